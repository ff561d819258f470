"""What a rule across columns, rows or tables is, and how rules are run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compendium.data.sheet import Sheet
from compendium.data.violations import CROSS_RULE_MEND, Violation, violation
from compendium.text import LANGS, Text

Sheets = Mapping[str, Sheet]
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Breach:
    """One place where a rule is broken.

    Attributes
    ----------
    table, position, column
        Where: the position counts records from 0; None for a table as a whole.
    found
        What is there instead, as an expression that reads the same in every language.
    """

    table: str
    position: int | None
    column: str | None
    found: str


@dataclass(frozen=True)
class CrossRule:
    """A rule that needs more than one cell; `find` gives its breaches."""

    id: str
    text: Text
    tables: tuple[str, ...]
    find: Callable[[Sheets], Iterator[Breach]]


def table_rule(
    name: str, *tables: str, en: str, zh: str
) -> Callable[[Callable[[Sheets], Iterator[Breach]]], CrossRule]:
    """Make a rule of a function that goes through one or several tables."""
    return lambda find: CrossRule(name, Text(en, zh), tables, find)


def row_rule(
    name: str, table: str, column: str, *, en: str, zh: str
) -> Callable[[Callable[[Record], str | None]], CrossRule]:
    """Make a rule of a function that says what is wrong with one record, or None."""

    def decorate(fault_of: Callable[[Record], str | None]) -> CrossRule:
        def find(sheets: Sheets) -> Iterator[Breach]:
            for position, record in enumerate(sheets[table].records):
                found = fault_of(record)
                if found is not None:
                    yield Breach(table, position, column, found)

        return CrossRule(name, Text(en, zh), (table,), find)

    return decorate


def joins(name: str, child: str, parent: str, key: str, *, en: str, zh: str) -> CrossRule:
    """Make a rule that every row of a table belongs to one of another."""
    return table_rule(name, child, parent, en=en, zh=zh)(
        lambda sheets: orphans(sheets, child, parent, key)
    )


def rules_of(module: Mapping[str, object]) -> tuple[CrossRule, ...]:
    """Rules that a module has defined, in its order; `module` is its `globals()`."""
    return tuple(rule for rule in module.values() if isinstance(rule, CrossRule))


def run_rules(rules: Iterable[CrossRule], sheets: Sheets) -> Iterator[Violation]:
    """Violations of all rules whose tables are there, less the exceptions that codebooks document.

    An exception that no row needs any more is a violation itself.
    """
    for rule in rules:
        if not all(name in sheets for name in rule.tables):
            continue
        used: set[tuple[str, str]] = set()
        for breach in rule.find(sheets):
            sheet = sheets[breach.table]
            key = None if breach.position is None else sheet.keys[breach.position]
            if key is not None and key in sheet.table.exempt(rule.id):
                used.add((breach.table, key))
            else:
                yield _violation(rule, breach, sheet)
        yield from _unused(rule, sheets, used)


def _violation(rule: CrossRule, breach: Breach, sheet: Sheet) -> Violation:
    row = line = value = None
    if breach.position is not None:
        row, line = sheet.numbers[breach.position], sheet.lines[breach.position]
        value = sheet.raw[breach.position].get(breach.column or "")
    problem = Text(**{lang: f"{rule.text[lang]} ({breach.found})" for lang in LANGS})
    place = (sheet.table.file, row, breach.column, value)
    return Violation(*place, rule.id, problem, CROSS_RULE_MEND, line)


def _unused(rule: CrossRule, sheets: Sheets, used: set[tuple[str, str]]) -> Iterator[Violation]:
    for name in rule.tables:
        table = sheets[name].table
        for key in sorted(table.exempt(rule.id)):
            if (name, key) not in used:
                yield violation(table.file, "exception-unused", key=key, broken=rule.id)


def total(record: Record, names: Iterable[str]) -> int | None:
    """Sum of the cells that are filled; None where all are empty."""
    filled = [record[name] for name in names if record[name] is not None]
    return sum(filled) if filled else None


def shown(record: Record, *names: str) -> str:
    """Names and values of the filled cells, for `found`."""
    return ", ".join(f"{name} {record[name]}" for name in names if record[name] is not None)


def above(low: float | None, high: float | None) -> bool:
    """Whether both are known and the first is larger."""
    return low is not None and high is not None and low > high


def parts_above(record: Record, parts: Iterable[str], whole: str) -> str | None:
    """Say so where the filled parts add up to more than the whole."""
    part_names = tuple(parts)
    added = total(record, part_names)
    if not above(added, record[whole]):
        return None
    return f"{shown(record, *part_names)}: {added} > {whole} {record[whole]}"


def orphans(sheets: Sheets, child: str, parent: str, column: str) -> Iterator[Breach]:
    """One breach per value of `column` in `child` that is no key of `parent`."""
    known = {record[column] for record in sheets[parent].records}
    rows: dict[Any, list[int]] = {}
    for position, record in enumerate(sheets[child].records):
        if record[column] not in known:
            rows.setdefault(record[column], []).append(position)
    for value, positions in rows.items():
        lines = ", ".join(str(sheets[child].lines[position]) for position in positions)
        found = f"{value}: {len(positions)} × {child}, line {lines}"
        yield Breach(child, positions[0], column, found)
