"""A made-up project of four small notebooks that write their files by hand."""

import json
import shutil
from pathlib import Path

import grassroots
from compendium.run.conduct import run
from compendium.run.options import RunOptions

NAMES = ("01_first", "02_second", "03_third", "11_last")

PROFILES = """
parameters:
  lang: {type: str, default: en, choices: [en, zh], help: {en: Language, zh: 语言}}
  seed: {type: int, default: 1, minimum: 0, maximum: 99, help: {en: Seed, zh: 种子}}
  level: {type: float, default: 0.95, minimum: 0.5, maximum: 0.999, help: {en: L, zh: 水平}}
  strict: {type: bool, default: false, help: {en: Strict, zh: 严格}}
  cell_limit: {type: int, default: 600, minimum: 1, maximum: 999, help: {en: Limit, zh: 时限}}
profiles:
  default: {}
  quick: {seed: 2}
"""

CLAIMS = """
claims:
  - id: C1
    statement: {en: It holds., zh: 成立。}
    limits: {en: None known., zh: 无。}
    tests:
      - id: C1.one
        label: {en: One, zh: 一}
        estimate: 01_first.value
        notebook: 01_first
        scale: real
        predicate: {greater_than: 0}
        evidence: observed
        why: {en: Because., zh: 因为。}
        known: {en: Nothing., zh: 无。}
"""

EXHIBITS_HEAD = """
notebooks:
  - {name: 01_first, title: {en: First, zh: 一}, data: [things]}
  - {name: 02_second, title: {en: Second, zh: 二}}
  - {name: 03_third, title: {en: Third, zh: 三}, after: [01_first]}
  - {name: 11_last, title: {en: Last, zh: 末}, reads_ledger: true}
labels:
  thing: {en: Thing, zh: 物}
exhibits:
"""

EXHIBIT = """  - id: {id}
    kind: table
    notebook: {notebook}
    evidence: [observed]
    title: {{en: Title, zh: 题}}
    subtitle: {{en: Values, zh: 数值}}
    descriptive: made up
    note: {{en: Note, zh: 注}}
    columns: [{{name: value, label: {{en: Value, zh: 值}}}}]
"""

CODEBOOK = """
title: {en: Things, zh: 物}
version: "1"
licence: CC BY 4.0
tables:
  things:
    file: things.csv
    label: {en: Things, zh: 物}
    unit_of_observation: {en: A thing, zh: 一物}
    key: [thing]
    rows: 2
    columns:
      thing: {label: {en: Thing, zh: 物}, type: string, required: true}
"""

WRITE = """
import os
from pathlib import Path

out = Path(os.environ["GRASSROOTS_STAGING"])


def write(path, text):
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    (out / path).write_text(text, encoding="utf-8")


def ledger(value):
    from compendium.claims.ledger import Estimate, write_ledger

    estimate = Estimate(f"{name}.value", "Value", "值", "value", value, notebook=name)
    write_ledger(out / "ledger" / f"{name}.csv", [estimate])


def table(number):
    write(f"exhibits/tab-{number}.csv", f"value\\n{number}\\n")
    write(f"exhibits/tab-{number}.json", "{}")
    for spoken in ("en", "zh"):
        write(f"{spoken}/tables/tab-{number}.html", f"<p>{spoken} {number}</p>")
"""

CELLS = {
    "01_first": [
        'lang: str = "en"\nseed: int = 1',
        'name = "01_first"',
        WRITE,
        "x = seed / 2\nledger(x)",
        "table(1)",
    ],
    "02_second": ['lang: str = "en"', 'name = "02_second"', WRITE, "ledger(2.0)", "table(2)"],
    "03_third": [
        'lang: str = "en"\nlevel: float = 0.95',
        'name = "03_third"',
        WRITE,
        "ledger(3.0)",
        "table(3)",
    ],
    "11_last": [
        'lang: str = "en"',
        'name = "11_last"',
        WRITE,
        'merged = Path(os.environ["GRASSROOTS_ROOT"], "reports", "estimates.csv").read_text()',
        "ledger(float(merged.count('Value')))",
        "table(11)",
    ],
}


def make_project(root: Path) -> Path:
    """Write the project and return its folder."""
    plan, data = root / "notebooks" / "plan", root / "data" / "things"
    plan.mkdir(parents=True)
    data.mkdir(parents=True)
    (plan / "profiles.yml").write_text(PROFILES, encoding="utf-8")
    (plan / "claims.yml").write_text(CLAIMS, encoding="utf-8")
    (data / "codebook.yml").write_text(CODEBOOK, encoding="utf-8")
    (data / "README.md").write_text("# Things\n", encoding="utf-8")
    (data / "things.csv").write_text("thing\na\nb\n", encoding="utf-8")
    numbers = {"01_first": 1, "02_second": 2, "03_third": 3, "11_last": 11}
    write_exhibits(root, {f"tab-{n}": notebook for notebook, n in numbers.items()})
    for name in NAMES:
        write_notebook(root, name, CELLS[name])
    return root


def write_exhibits(root: Path, exhibits: dict[str, str]) -> None:
    """Write the plan of exhibits: id to notebook."""
    entries = "".join(EXHIBIT.format(id=i, notebook=n) for i, n in exhibits.items())
    path = root / "notebooks" / "plan" / "exhibits.yml"
    path.write_text(EXHIBITS_HEAD + entries, encoding="utf-8")


def write_notebook(
    root: Path, name: str, cells: list[str], prose: str = "What to look at."
) -> None:
    """Write a notebook of one prose cell and code cells, the first of them the parameters."""
    made: list[dict[str, object]] = [
        {"cell_type": "markdown", "id": "p", "metadata": {}, "source": prose}
    ]
    for number, source in enumerate(cells):
        made.append(
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {"tags": ["parameters"]} if number == 0 else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
        )
    raw = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = root / "notebooks" / f"{name}.ipynb"
    path.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")


def change_cell(root: Path, name: str, number: int, source: str) -> None:
    """Rewrite a notebook with another code cell (0 is the parameters cell)."""
    cells = list(CELLS[name])
    cells[number] = source
    write_notebook(root, name, cells)


def go(root: Path, *notebooks: str, **options: object) -> int:
    """Run and return the exit code."""
    return run(RunOptions(root, tuple(notebooks), **options))  # type: ignore[arg-type]


def outcomes(root: Path) -> dict[str, str]:
    """Outcome of each step in the run record."""
    record = json.loads((root / "reports" / "run.json").read_text(encoding="utf-8"))
    return {name: entry["outcome"] for name, entry in sorted(record["notebooks"].items())}


def ran(root: Path) -> list[str]:
    """Steps that the last run ran."""
    return [name for name, outcome in outcomes(root).items() if outcome == "ran"]


def results(root: Path) -> dict[str, bytes]:
    """Bytes of everything under reports that a reader sees."""
    reports = root / "reports"
    return {
        path.relative_to(reports).as_posix(): path.read_bytes()
        for path in sorted(reports.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.parts[-4:])
    }


def source_folder() -> Path:
    """Folder to put on PYTHONPATH for a process of its own."""
    return Path(grassroots.__file__).parents[1]


def copy(built: Path, target: Path) -> Path:
    """Copy a built project."""
    shutil.copytree(built, target)
    return target
