"""Check every table of the project against its codebook and the rules across tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from compendium.data.codebook import Table, load_books, load_codebooks
from compendium.data.plausible import stated_rules
from compendium.data.presence import absences, odd_texts
from compendium.data.rules import CrossRule, run_rules
from compendium.data.sheet import Sheet, read_sheet
from compendium.data.violations import Violation, violation
from compendium.registry import registered

# Faults that leave every cell readable, so that rules across tables can still be run.
HARMLESS = frozenset(("row-count", "key-duplicate"))


@dataclass(frozen=True)
class TableReport:
    """What a check found in one file.

    Attributes
    ----------
    unchecked
        Rules across tables that could not be run because cells could not be read.
    """

    file: str
    rows: int
    columns: int
    violations: tuple[Violation, ...]
    unchecked: tuple[str, ...] = ()


def check(root: Path | str) -> list[TableReport]:
    """Check all that is under ``root/data``; raises UserError where a codebook is faulty.

    Besides what `check_tables` finds: files and codebooks that are missing, CSV files that no
    codebook describes, tables that a notebook of the plan loads and nothing describes, and odd
    characters in codebooks and plan. Private folders and external data are left out.
    """
    root = Path(root)
    tables = load_codebooks(root)
    reports = {report.file: report for report in check_tables(tables)}
    for found in (*absences(root, load_books(root), tables), *odd_texts(root)):
        known = reports.get(found.file, TableReport(found.file, 0, 0, ()))
        reports[found.file] = replace(known, violations=(*known.violations, found))
    return list(reports.values())


def check_tables(tables: Mapping[str, Table]) -> list[TableReport]:
    """Check some tables; rules are run where all their tables are among them and readable.

    Tables in private folders are left out: what makes or imports them checks them.
    """
    sheets = {name: read_sheet(table) for name, table in tables.items() if table.shipped}
    readable = {name: sheet for name, sheet in sheets.items() if is_readable(sheet)}
    every = (*rules(), *stated_rules(sheet.table for sheet in sheets.values()))
    crossing = list(run_rules(every, readable))
    return [_report(sheet, crossing, readable, every) for sheet in sheets.values()]


def rules() -> tuple[CrossRule, ...]:
    """Rules across tables that the study registers; codebooks state others."""
    return registered().part("rules") or ()


def is_readable(sheet: Sheet) -> bool:
    """Whether every cell of a file could be read."""
    return all(found.rule in HARMLESS for found in sheet.violations)


def _report(
    sheet: Sheet,
    crossing: list[Violation],
    readable: Mapping[str, Sheet],
    every: tuple[CrossRule, ...],
) -> TableReport:
    table = sheet.table
    own = [found for found in crossing if found.file == table.file]
    unchecked = [
        rule.id
        for rule in every
        if table.name in rule.tables and not all(name in readable for name in rule.tables)
    ]
    applicable = {rule.id for rule in every if table.name in rule.tables}
    unknown = [
        violation(table.file, "exception-unknown", broken=item.rule)
        for item in table.exceptions
        if item.rule not in applicable
    ]
    return TableReport(
        file=table.file,
        rows=len(sheet.records),
        columns=len(sheet.columns),
        violations=(*sheet.violations, *own, *unknown),
        unchecked=tuple(unchecked),
    )
