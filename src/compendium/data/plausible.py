"""Rules that a codebook states of its columns: what a value may be beside others of its table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from urllib.parse import urlsplit

from compendium.data.cells import SEVERAL_SEPARATOR
from compendium.data.codebook import Column, Table
from compendium.data.rules import Breach, CrossRule, Sheets, above, shown
from compendium.text import Text


def stated_rules(tables: Iterable[Table]) -> tuple[CrossRule, ...]:
    """Rules that codebooks state by `at_most`, `one_for` and `jump`; exceptions name them by id."""
    return tuple(rule for table in tables for rule in _of_table(table))


def _of_table(table: Table) -> Iterator[CrossRule]:
    for column in table.columns.values():
        for other in column.at_most:
            words = Text(f"at most {other}", f"不大于 {other}")
            yield _rule(f"{column.name}-at-most-{other}", table, words, column, other)
        for other in column.one_for:
            words = Text(f"one value for each {other}", f"同一 {other} 只有一个取值")
            if table.columns[other].type == "url":
                words = Text(f"one value for each site of {other}", f"{other} 同一网站只有一个取值")
            yield _rule(f"{column.name}-one-for-{other}", table, words, column, other)
        if column.jump is not None:
            times, along = f"{column.jump.factor:g}", column.jump.along
            words = Text(
                f"changes to less than {times} times or 1/{times} from one {along} to the next",
                f"相邻 {along} 之间的变动在 {times} 倍以内",
            )
            yield _rule(f"{column.name}-jump", table, words, column, "")


def _rule(name: str, table: Table, words: Text, column: Column, other: str) -> CrossRule:
    def find(sheets: Sheets) -> Iterator[Breach]:
        if column.jump is not None and not other:
            return _jumps(sheets, table.name, column)
        if other in column.at_most:
            return _larger(sheets, table.name, column.name, other)
        return _several(sheets, table, column.name, other)

    return CrossRule(name, words, (table.name,), find)


def _larger(sheets: Sheets, table: str, column: str, other: str) -> Iterator[Breach]:
    """Values that are above the other of their row, the end of a span of years among them."""
    for position, record in enumerate(sheets[table].records):
        one, two = record[column], record[other]
        if isinstance(one, str):
            one, two = one[-len(str(two)) :], None if two is None else str(two)
        if above(one, two):
            yield Breach(table, position, column, shown(record, column, other))


def _several(sheets: Sheets, table: Table, column: str, other: str) -> Iterator[Breach]:
    """Values that are not those that most rows of their group have; of two, the later."""
    groups: Mapping[object, list[int]] = defaultdict(list)
    records = sheets[table.name].records
    for position, record in enumerate(records):
        if record[other] is not None:
            groups[_group(record[other], table.columns[other])].append(position)
    for group, positions in groups.items():
        ((usual, _),) = Counter(records[position][column] for position in positions).most_common(1)
        for position in positions:
            if records[position][column] != usual:
                found = f"{group}: {usual}, {records[position][column]}"
                yield Breach(table.name, position, column, found)


def _group(value: object, column: Column) -> object:
    if column.type != "url":
        return value
    return urlsplit(str(value).split(SEVERAL_SEPARATOR)[0]).netloc


def _jumps(sheets: Sheets, table: str, column: Column) -> Iterator[Breach]:
    """Values that differ from the one before by more than the factor, a step of time; 0 aside."""
    jump = column.jump
    assert jump is not None
    series: Mapping[tuple[object, ...], list[tuple[int, float, int]]] = defaultdict(list)
    for position, record in enumerate(sheets[table].records):
        if record[jump.along] is not None and record[column.name]:
            name = tuple(record[one] for one in jump.of)
            series[name].append((_step(record[jump.along]), record[column.name], position))
    for values in series.values():
        values.sort()
        for (early, before, _), (late, after, position) in pairwise(values):
            steps = max(late - early, 1)
            if max(after / before, before / after) > jump.factor**steps:
                yield Breach(table, position, column.name, f"{before:g} → {after:g}")


def _step(when: int | str) -> int:
    """Years as they are, months and days (YYYY-MM, YYYY-MM-DD) as months."""
    if isinstance(when, int) or "-" not in when:
        return int(when)
    year, month = when.split("-")[:2]
    return 12 * int(year) + int(month)
