"""A study as small as one can be: one notebook, one claim, one table, no optional file."""

from __future__ import annotations

import json
from pathlib import Path

CLAIMS = """\
claims:
  - id: C1
    statement: {en: It holds., zh: 成立。}
    limits: {en: None known., zh: 无。}
    tests:
      - id: C1.slope
        label: {en: Slope, zh: 斜率}
        estimate: slopes.x
        notebook: 01_first
        scale: real
        predicate: {greater_than: 0}
        evidence: observed
        why: {en: Because., zh: 因为。}
        known: {en: Nothing., zh: 无。}
"""
EXHIBITS = """\
notebooks:
  - name: 01_first
    title: {en: First, zh: 一}
    data: [things]

labels:
  thing: {en: Thing, zh: 物}

exhibits:
  - id: tab-things
    kind: table
    notebook: 01_first
    evidence: [observed]
    title: {en: Things, zh: 物}
    subtitle: {en: Number of things, zh: 物的数目}
    descriptive: a list
    note: {en: All of them., zh: 全部。}
    columns: [{name: thing, label: {en: Thing, zh: 物}}]
"""
PROFILES = """\
parameters:
  lang: {type: str, default: en, choices: [en, zh], help: {en: Language, zh: 语言}}
profiles:
  default: {}
"""
ESTIMATES = """\
estimates:
  01_first:
    - id: slopes.{term}
      dataset: things
      en: "Slope of {term}"
      zh: "{term}的斜率"
      parts: {term: {words: {x: {en: x, zh: x}}}}
"""
SENTENCES = """\
sentences:
  C1:
    en: "C1 is {C1|verdict}."
    zh: "论断 C1：{C1|verdict}。"
  C1.slope:
    en: "The slope [C1.slope: rises|does not rise|can't be told]: {slopes.x|number2}."
    zh: "斜率[C1.slope: 为正|不为正|无法判定]：{slopes.x|number2}。"
findings:
  C1: {en: "The slope is {slopes.x|number2}.", zh: "斜率为 {slopes.x|number2}。"}
"""
MULTIVERSE = """\
multiverses: []
without:
  - {test: C1.slope, why: {en: Arithmetic., zh: 算术。}}
"""
CALIBRATION = """\
survey:
  model: {en: m, zh: 模}
  data: {en: d, zh: 数}
  units: 2
  respondents: 2
  counties: [20]
  draws: 100
  population: {counties: 100, surveys: 2}
  variations: []
  power: {effect: 1, counties: [20, 40], target: 0.8, tests: [C1.slope]}
observed: []
left_out:
  - tests: [C1.slope]
    why: {en: Arithmetic., zh: 算术。}
"""
CODEBOOK = """\
title: {en: Things, zh: 物}
tables:
  things: {}
"""
CELLS = [
    'lang: str = "en"',
    'from compendium.study import Study\n\nstudy = Study.open("01_first", lang=lang)',
    'things = study.load("things")\nstudy.record("slopes.{term}", things)',
    'study.show("tab-things", things)\nstudy.say("C1.slope")',
    "study.close()",
]
FILES = {
    "claims.yml": CLAIMS,
    "exhibits.yml": EXHIBITS,
    "profiles.yml": PROFILES,
    "estimates.yml": ESTIMATES,
    "sentences.yml": SENTENCES,
}
BESIDE = {"multiverse.yml": MULTIVERSE, "calibration.yml": CALIBRATION}


def make_study(root: Path, **others: str) -> Path:
    """Write it; `others` are more files of the plan, by their names without the ending."""
    plan, data = root / "notebooks" / "plan", root / "data" / "things"
    plan.mkdir(parents=True)
    data.mkdir(parents=True)
    (data / "codebook.yml").write_text(CODEBOOK, encoding="utf-8")
    for name, text in {**FILES, **{f"{key}.yml": text for key, text in others.items()}}.items():
        (plan / name).write_text(text, encoding="utf-8")
    write_cells(root, CELLS)
    return root


def write_cells(root: Path, sources: list[str], prose: str = "# First\n\n# 一") -> None:
    """Write the notebook: prose, the parameters, more code."""
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "id": "cell-01", "metadata": {}, "source": [prose]}
    ]
    for number, source in enumerate(sources):
        tags = {"tags": ["parameters"]} if number == 0 else {}
        cells.append(
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"cell-{number + 2:02d}",
                "metadata": tags,
                "outputs": [],
                "source": source.splitlines(keepends=True),
            }
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    raw = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path = root / "notebooks" / "01_first.ipynb"
    path.write_text(json.dumps(raw, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def change(root: Path, name: str, old: str, new: str) -> int:
    """Edit a file of the plan; return the line of what was changed, from 1."""
    path = root / "notebooks" / "plan" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    return text[: text.index(old)].count("\n") + 1
