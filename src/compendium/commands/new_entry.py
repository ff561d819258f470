"""`new figure|table|claim|test|notebook ID`: entries of the plan and cells, to be filled in."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any

from compendium.errors import UserError
from compendium.files import write_atomic
from compendium.plan.check import PLACEHOLDERS
from compendium.plan.exhibits_file import sources_of
from compendium.plan.insert import PlanText
from compendium.plan.names import Names, entries
from compendium.plan.read import FILES, PLAN_FOLDER, read_names

FORMS = {
    "figure": (r"fig-[a-z0-9]+(-[a-z0-9]+)*", "fig-reply-times"),
    "table": (r"tab-[a-z0-9]+(-[a-z0-9]+)*", "tab-reply-times"),
    "claim": (r"[A-Z][A-Za-z0-9]*", "C8"),
    "test": (r"[A-Z][A-Za-z0-9]*\.[a-z0-9_]+", "C8.second"),
    "notebook": (r"\d\d_[a-z0-9]+(_[a-z0-9]+)*", "13_replies"),
}
"""Ids of each kind, and an example."""
TO, ZU = PLACEHOLDERS["en"], PLACEHOLDERS["zh"]

HEAD = f"""\
title: {{en: "{TO}: the one message, in a slot", zh: {ZU}：一句话的结论（用占位符）}}
subtitle: {{en: "{TO}: what is measured, its unit, which years", zh: {ZU}：指标、单位与年份}}
descriptive: "{TO}: why the title states no finding; take it out once it does"
note: {{en: "{TO}: what is shown, and its limits", zh: {ZU}：所示内容及其局限}}
"""
FIGURE = f"""\
{HEAD}alt: {{en: "{TO}: what one sees", zh: {ZU}：图中所见}}
axes:
  x: {{en: "{TO}: name and unit of the axis", zh: {ZU}：坐标轴名称与单位}}
  y: {{en: "{TO}: name and unit of the other", zh: {ZU}：另一坐标轴名称与单位}}
"""
TABLE = f"""\
form: regression
{HEAD}axes:
  y: {{en: "{TO}: the dependent variable", zh: {ZU}：因变量}}
"""
CLAIM = f"""\
- id: {{name}}
  statement: {{{{en: "{TO}: what is claimed", zh: {ZU}：论断内容}}}}
  limits: {{{{en: "{TO}: what the data cannot show", zh: {ZU}：数据不能说明什么}}}}
"""
TEST = f"""\
- id: {{test}}
  label: {{{{en: "{TO}: what holds if the test holds", zh: {ZU}：检验成立意味着什么}}}}
  estimate: {{estimate}}
  notebook: {{notebook}}
  scale: real  # {TO}: share, difference, correlation, ratio, count or real
  predicate: {{{{greater_than: 0}}}}  # {TO}: before the estimate is looked at
  evidence: {{evidence}}
  why: {{{{en: "{TO}: why this speaks to the claim", zh: {ZU}：为何与论断有关}}}}
  known: {{{{en: "{TO}: what was known of the data", zh: {ZU}：写下时对数据已知什么}}}}
"""
WITHOUT = f"""\
- test: {{test}}
  why: {{{{en: "{TO}: why nothing could be chosen otherwise", zh: {ZU}：为何别无选择}}}}
"""
LEFT_OUT = f"""\
- tests: [{{test}}]
  why: {{{{en: "{TO}: why it is not simulated", zh: {ZU}：为何不作模拟}}}}
"""
ESTIMATE = f"""\
- id: {{estimate}}
  en: "{TO}: what is estimated"
  zh: {ZU}：估计什么
"""
FINDING = f"""\
{{name}}:
  en: "{TO}, in one plain sentence with its number: {{{{{{estimate}}|number2}}}}."
  zh: "{ZU}，一句话并附数字：{{{{{{estimate}}|number2}}}}。"
"""
SUMMARY = f"""\
{{name}}:
  en: "{TO}. {{name}} is {{{{{{name}}|verdict}}}}."
  zh: "{ZU}。论断 {{name}}：{{{{{{name}}|verdict}}}}。"
"""
SENTENCE = f"""\
{{test}}:
  en: "{TO} [{{test}}: holds|fails|can't be told]: {{{{{{estimate}}|number2}}}}."
  zh: "{ZU}[{{test}}: 成立|不成立|无法判定]：{{{{{{estimate}}|number2}}}}。"
"""
PROSE = f"""\
## {TO}: heading

{TO}: what to look at and why, never what is seen.

## {ZU}：标题

{ZU}：看什么、为何看，不写所见。"""


@dataclass
class Edit:
    """What a new entry changes: files of the plan and notebooks, by their paths; and where."""

    root: Path
    plan: dict[str, PlanText] = field(default_factory=dict)
    notebooks: dict[Path, dict[str, Any]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def put(self, part: str, entry: str, *keys: str | int, before: int | None = None) -> None:
        """Put an entry into a file of the plan, where the study has the file."""
        path = self.root / PLAN_FOLDER / FILES[part]
        if path.is_file():
            text = self.plan.setdefault(part, PlanText.of(path))
            self._say(path, text.put(entry, *keys, before=before))

    def cells(self, notebook: str, *cells: dict[str, Any], after: str = "") -> None:
        """Put cells before the last one of a notebook, or after the one with a text in its code."""
        path = self.root / "notebooks" / f"{notebook}.ipynb"
        told = self.notebooks.setdefault(path, json.loads(path.read_text(encoding="utf-8")))
        listed: list[dict[str, Any]] = told["cells"]
        found = [i for i, cell in enumerate(listed) if after and after in "".join(cell["source"])]
        at = found[-1] + 1 if found else max(len(listed) - 1, 0)
        used = {str(cell.get("id")) for cell in listed}
        for cell in cells:
            cell["id"] = _free(used)
        listed[at:at] = cells
        self._say(path, ", ".join(cell["id"] for cell in cells))

    def _say(self, path: Path, where: object) -> None:
        self.told.append(f"{path.relative_to(self.root).as_posix()}:{where}")

    def write(self) -> None:
        """Write all of it; the plan's files are read strictly before anything is written."""
        for text in self.plan.values():
            _ = text.document
        for text in self.plan.values():
            write_atomic(text.path, text.text.encode())
        for path, told in self.notebooks.items():
            write_atomic(path, (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode())


def add(root: Path, kind: str, name: str, notebook: str | None = None) -> tuple[str, ...]:
    """Write the entries and cells of a new figure, table, claim, test or notebook.

    Returns
    -------
    Where they stand: file, and line or cells.

    Raises
    ------
    UserError
        The id is there already or is no id of its kind; a test's claim is not there; no notebook
        is named and there are several, or it is unknown; a file of the plan can't be read.
    """
    if kind not in FORMS:
        problem = f"'{kind}' is nothing that a study has"
        raise UserError(problem, f"name one of: {', '.join(FORMS)}; or a folder alone", value=kind)
    form, example = FORMS[kind]
    if not re.fullmatch(form, name):
        raise UserError(f"'{name}' is no id of a {kind}", f"write it like {example}", value=name)
    names = read_names(root)
    known: Mapping[str, object] = getattr(
        names, "exhibits" if kind in ("figure", "table") else f"{kind}s"
    )
    if name in known or (root / "notebooks" / f"{name}.ipynb").exists():
        raise UserError(f"there is a {kind} '{name}' already", "choose another id", value=name)
    edit = Edit(root)
    if kind == "notebook":
        _add_notebook(edit, name)
    else:
        where = _notebook_of(names, notebook)
        adds = {"figure": _add_figure, "table": _add_table, "claim": _add_claim, "test": _add_test}
        adds[kind](edit, name, where)
    edit.write()
    return tuple(edit.told)


def _notebook_of(names: Names, notebook: str | None) -> str:
    if notebook is None and len(names.notebooks) == 1:
        return next(iter(names.notebooks))
    if notebook is None or notebook not in names.notebooks:
        problem = f"unknown notebook '{notebook}'" if notebook else "no notebook is named"
        raise UserError(problem, f"add --notebook, one of: {', '.join(names.notebooks)}")
    return notebook


def _add_figure(edit: Edit, name: str, notebook: str) -> None:
    _put_exhibit(edit, name, "figure", notebook, FIGURE)
    drawn = f'study.figure("{name}", sns.scatterplot, data, x="x", y="y")'
    code = f"import seaborn as sns\n\n{drawn}  # {TO}: the data and their columns"
    edit.cells(notebook, _markdown(PROSE), _code(code))


def _add_table(edit: Edit, name: str, notebook: str) -> None:
    _put_exhibit(edit, name, "table", notebook, TABLE)
    code = f'study.table("{name}", {{"model": fit}})  # {TO}: the fitted models by their names'
    edit.cells(notebook, _markdown(PROSE), _code(code))


def _put_exhibit(edit: Edit, name: str, kind: str, notebook: str, rest: str) -> None:
    """Put an exhibit where those of its notebook stand: in one list, or in a list a notebook."""
    document = PlanText.of(edit.root / PLAN_FOLDER / FILES["exhibits"]).document
    nested = isinstance(document.at("exhibits"), dict)
    others = [entry for _, entry in entries(document, "exhibits")]
    own = {"kind": kind, "notebook": notebook, "evidence": f"[{_evidence(document, notebook)}]"}
    wanted = {key: value for key, value in own.items() if any(key in one for one in others)}
    head = [f"- id: {name}", *(f"  {key}: {value}" for key, value in wanted.items())]
    body = [f"  {line}" for line in rest.splitlines()]
    loaded = sources_of(_notebook_entry(document, notebook))
    if len(loaded) > 1:
        body.append(f"  sources: [{', '.join(loaded)}]  # {TO}: those that it rests on")
    keys = ("exhibits", notebook) if nested else ("exhibits",)
    edit.put("exhibits", "\n".join([*head, *body]), *keys)


def _notebook_entry(document: Any, name: str) -> Mapping[str, Any]:
    return next(one for _, one in entries(document, "notebooks") if one.get("name") == name)


def _evidence(document: Any, notebook: str) -> str:
    entry = _notebook_entry(document, notebook)
    kinds = (("survey", "survey"), ("data", "observed"), ("external", "external"))
    return next((kind for key, kind in kinds if entry.get(key)), "observed")


def _add_claim(edit: Edit, name: str, notebook: str) -> None:
    test = f"{name}.first"
    words = _words_of(edit, test, notebook)
    tests = indent(TEST.format(**words), "    ")
    edit.put("claims", f"{CLAIM.format(**words)}  tests:\n{tests}", "claims")
    _put_beside(edit, words)
    edit.put("sentences", FINDING.format(**words), "findings")
    edit.put("sentences", SUMMARY.format(**words), "sentences")
    _say_test(edit, words)
    document = PlanText.of(edit.root / PLAN_FOLDER / FILES["exhibits"]).document
    readers = (one for _, one in entries(document, "notebooks") if one.get("reads_ledger"))
    for reader in readers:
        edit.cells(str(reader["name"]), _code(f'study.say("{name}")'), after="study.say(")


def _add_test(edit: Edit, name: str, notebook: str) -> None:
    claims, claim = read_names(edit.root).claims, name.partition(".")[0]
    if claim not in claims:
        problem = f"there is no claim '{claim}'"
        raise UserError(problem, f"use one of {', '.join(claims)}, or make it by new claim {claim}")
    words = _words_of(edit, name, notebook)
    edit.put("claims", TEST.format(**words), "claims", list(claims).index(claim), "tests")
    _put_beside(edit, words)
    _say_test(edit, words)


def _words_of(edit: Edit, test: str, notebook: str) -> dict[str, str]:
    document = PlanText.of(edit.root / PLAN_FOLDER / FILES["exhibits"]).document
    return {
        "name": test.partition(".")[0],
        "test": test,
        "notebook": notebook,
        "estimate": test.lower(),
        "evidence": _evidence(document, notebook),
    }


def _put_beside(edit: Edit, words: Mapping[str, str]) -> None:
    """Put what a test needs in other files than that of the claims."""
    edit.put("multiverse", WITHOUT.format(**words), "without")
    edit.put("calibration", LEFT_OUT.format(**words), "left_out")
    edit.put("estimates", ESTIMATE.format(**words), "estimates", words["notebook"])


def _say_test(edit: Edit, words: Mapping[str, str]) -> None:
    edit.put("sentences", SENTENCE.format(**words), "sentences")
    record = f'study.record("{words["estimate"]}", result)  # {TO}: the result that is recorded'
    said = _code(f'study.say("{words["test"]}")')
    edit.cells(words["notebook"], _markdown(PROSE), _code(record), said)


def _add_notebook(edit: Edit, name: str) -> None:
    entry = f'- name: {name}\n  title: {{en: "{TO}: title", zh: {ZU}：标题}}\n  data: []'
    document = PlanText.of(edit.root / PLAN_FOLDER / FILES["exhibits"]).document
    listed = [one for _, one in entries(document, "notebooks")]
    readers = [i for i, one in enumerate(listed) if one.get("reads_ledger")]
    edit.put("exhibits", entry, "notebooks", before=readers[0] if readers else None)
    profiles = PlanText.of(edit.root / PLAN_FOLDER / FILES["profiles"]).document
    types = {"lang": 'lang: str = "en"', "level": "level: float = {}"}
    own = {k: v for k, v in types.items() if k in profiles.at("parameters", default={})}
    default = profiles.at("parameters", "level", "default")
    opened = "from compendium.study import Study\n\n"
    cells = [
        _markdown(PROSE.replace("##", "#")),
        _code("\n".join(own.values()).format(default), "parameters"),
        _code(f'{opened}study = Study.open("{name}", globals())'),
        _code("study.close()"),
    ]
    used: set[str] = set()
    for cell in cells:
        cell["id"] = _free(used)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    path = edit.root / "notebooks" / f"{name}.ipynb"
    told = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    edit.notebooks[path] = told
    edit.told.append(path.relative_to(edit.root).as_posix())


def _free(used: set[str]) -> str:
    """Take the next id of a cell that is not used."""
    numbers = [int(found[1]) for one in used if (found := re.fullmatch(r"cell-(\d+)", one))]
    taken = f"cell-{max(numbers, default=0) + 1:02d}"
    used.add(taken)
    return taken


def _markdown(source: str) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": lines}


def _code(source: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "",
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def main(args: argparse.Namespace) -> int:
    """Write what is asked for and say where; exit code 0."""
    from compendium.registry import program
    from compendium.root import find_root

    told = add(find_root(args.root), args.what, args.id or "", args.notebook)
    todo = (
        f"replace what begins with '{TO}' and '{ZU}': {program()} run names each until it is done"
    )
    sys.stdout.write("\n".join([*told, todo]) + "\n")
    return 0
