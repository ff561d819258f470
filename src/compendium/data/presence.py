"""What should be there and is not, and what is there without a description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from compendium.data.cells import odd_fault
from compendium.data.codebook import PRIVATE, SURVEY_TABLE, Codebook, Table
from compendium.data.external import load_registry
from compendium.data.violations import Violation, violation
from compendium.strict_yaml import Document, load_strict, read_utf8

PLANNED = Path("notebooks") / "plan"
DATA = Path("data")
CODEBOOK = "codebook.yml"
ELSEWHERE = frozenset((PRIVATE, "external"))
"""Folders below `data/` whose files are not the project's: the author's own, and those that the
registry of external data describes by their hashes."""

SHOWN = 20
"""Characters of a line shown before and after an odd one."""


def absences(
    root: Path, books: Iterable[Codebook], tables: Mapping[str, Table]
) -> Iterator[Violation]:
    """Codebooks, tables, data sets and documents that are named and not there."""
    yield from _undescribed(root, tables)
    for book in books:
        for name in book.documents:
            if not (book.path.parent / name).is_file():
                yield violation(f"{DATA}/{book.folder}/{name}", "file-missing")
    plan = root / PLANNED / "exhibits.yml"
    if plan.is_file():
        yield from _undeclared(root, load_strict(plan), tables)


def _undescribed(root: Path, tables: Mapping[str, Table]) -> Iterator[Violation]:
    described = {table.path.resolve() for table in tables.values()}
    lonely: dict[str, list[str]] = {}
    for path in sorted((root / DATA).rglob("*")):
        below = path.relative_to(root / DATA)
        if not _is_table(path, below) or path.resolve() in described:
            continue
        folder = below.parts[0] if len(below.parts) > 1 else "..."
        if folder == "..." or (root / DATA / folder / CODEBOOK).is_file():
            codebook = f"{DATA}/{folder}/{CODEBOOK}"
            yield violation(f"{DATA}/{below.as_posix()}", "file-undescribed", codebook=codebook)
        else:
            lonely.setdefault(folder, []).append(below.relative_to(folder).as_posix())
    for folder, names in lonely.items():
        yield violation(f"{DATA}/{folder}/{CODEBOOK}", "codebook-missing", tables=", ".join(names))


def _is_table(path: Path, below: Path) -> bool:
    """Whether a file is a CSV file of the project, not hidden and no lock file of a spreadsheet."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return False
    return not (ELSEWHERE & set(below.parts) or any(part[0] in ".~" for part in below.parts))


def _undeclared(root: Path, plan: Document, tables: Mapping[str, Table]) -> Iterator[Violation]:
    """Tables and external data sets that a notebook of the plan loads and nothing describes."""
    known = {"data": set(tables), "external": set(load_registry(root)), "survey": set(tables)}
    rules = {"data": "table-missing", "external": "external-missing", "survey": "table-missing"}
    lines: dict[tuple[str, str], int] = {}
    users: dict[tuple[str, str], list[str]] = {}
    for position, notebook in enumerate(plan.sequence("notebooks")):
        for key, name in _loaded(notebook, SURVEY_TABLE):
            if name not in known[key]:
                lines.setdefault((rules[key], name), plan.line("notebooks", position, key))
                users.setdefault((rules[key], name), []).append(str(notebook.get("name")))
    for (rule, name), line in lines.items():
        file = (PLANNED / plan.path.name).as_posix()
        notebooks = ", ".join(users[rule, name])
        yield violation(file, rule, line=line, value=name, notebooks=notebooks)


def _loaded(notebook: Any, survey_table: str) -> Iterator[tuple[str, str]]:
    if not isinstance(notebook, dict):
        return  # reading the plan says so
    for key in ("data", "external"):
        for name in notebook.get(key) or ():
            yield key, str(name)
    if notebook.get("survey"):
        yield "survey", survey_table


def odd_texts(root: Path) -> Iterator[Violation]:
    """Odd characters in codebooks, questionnaire and plan: labels are words of the results."""
    for folder in (DATA, PLANNED):
        pattern = "*/*.yml" if folder == DATA else "*.yml"
        for path in sorted((root / folder).glob(pattern)):
            yield from _odd_lines(path, path.relative_to(root).as_posix())


def _odd_lines(path: Path, file: str) -> Iterator[Violation]:
    text = read_utf8(path)
    if odd_fault(text, lines=True) is None:
        return
    for number, line in enumerate(text.split("\n"), 1):
        fault = odd_fault(line, lines=True)
        if fault is None:
            continue
        place = fault.particulars["place"]
        shown = line[max(0, place - SHOWN) : place + SHOWN].strip()
        found = odd_fault(shown, lines=True) or fault
        yield violation(
            file, fault.rule, line=number, value=shown, **{**found.particulars, "place": place}
        )
