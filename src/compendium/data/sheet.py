"""Read one CSV file strictly: every fault with its file, row, column and value."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from compendium.data.cells import Fault, Value, parse_cell
from compendium.data.codebook import Table
from compendium.data.violations import Violation, violation
from compendium.strict_yaml import encoding_fault
from compendium.text import Text

KEY_SEPARATOR = "|"


@dataclass(frozen=True)
class Sheet:
    """A CSV file as typed records.

    Attributes
    ----------
    records
        One dict a row: whole numbers, floats, strings, None for empty; a faulty cell is None.
    raw
        The same cells as they are written.
    numbers, lines
        Row number of each record, from 1, the header not counted, and the line where it begins.
    columns
        Names in the header; empty where the file could not be read.
    """

    table: Table
    records: tuple[dict[str, Any], ...]
    raw: tuple[dict[str, str], ...]
    numbers: tuple[int, ...]
    lines: tuple[int, ...]
    columns: tuple[str, ...]
    violations: tuple[Violation, ...]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Key of each record; parts of a composite key are joined by "|"."""
        return tuple(
            KEY_SEPARATOR.join(cells[name] for name in self.table.key) for cells in self.raw
        )


def table_sha256(table: Table) -> str:
    """SHA-256 of a table's file, in hexadecimal; raises UserError where there is no file."""
    if not table.path.is_file():
        raise violation(table.file, "file-missing").error()
    return hashlib.sha256(table.path.read_bytes()).hexdigest()


def read_sheet(table: Table) -> Sheet:
    """Read and check a table's file; faults are collected, never raised."""
    if not table.path.is_file():
        return _unreadable(table, violation(table.file, "file-missing"))
    raw = table.path.read_bytes()
    fault = _fault_of_bytes(table, raw)
    if fault is not None:
        return _unreadable(table, fault)
    try:
        (_, header), *rows = _numbered(raw)
    except csv.Error as error:
        return _unreadable(table, _syntax_fault(table, raw, error))
    faults = list(_header_faults(table, header))
    if faults or not rows:
        faults = faults or [violation(table.file, "no-rows")]
        return Sheet(table, (), (), (), (), tuple(header), tuple(faults))
    return _parse(table, header, rows)


def reading_once() -> Callable[[Table], Sheet]:
    """A `read_sheet` that reads the file of a table when first asked for it, and remembers."""
    known: dict[str, Sheet] = {}

    def read(table: Table) -> Sheet:
        if table.name not in known:
            known[table.name] = read_sheet(table)
        return known[table.name]

    return read


def _unreadable(table: Table, fault: Violation) -> Sheet:
    return Sheet(table, (), (), (), (), (), (fault,))


def _numbered(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    """Rows of a file with the line on which each begins: a quoted cell may have several lines."""
    reader = csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True)
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _fault_of_bytes(table: Table, raw: bytes) -> Violation | None:
    if not raw.strip():
        return violation(table.file, "file-empty")
    wrong = encoding_fault(raw)
    if wrong is not None:
        return violation(table.file, "encoding", line=wrong.line, found=wrong.found)
    before, nul, _ = raw.partition(b"\0")
    if nul:
        return violation(table.file, "nul-byte", line=before.count(b"\n") + 1)
    return None


def _syntax_fault(table: Table, raw: bytes, error: csv.Error) -> Violation:
    reader = csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True)
    start = 1
    try:
        for _ in reader:
            start = reader.line_num + 1
    except csv.Error:
        pass
    return violation(table.file, "csv-syntax", line=start, said=error)


def _header_faults(table: Table, header: Sequence[str]) -> Iterator[Violation]:
    names = tuple(table.columns)
    for name, times in Counter(header).items():
        if times > 1:
            yield violation(table.file, "column-duplicate", column=name, times=times)
    for name in names:
        if name not in header:
            yield violation(table.file, "column-missing", column=name)
    for name in header:
        if name not in names:
            near = get_close_matches(name, [n for n in names if n not in header], n=1)
            hint = Text(f", did you mean {near[0]!r}?", f"，是否应为 {near[0]!r}?") if near else ""
            yield violation(table.file, "column-unknown", column=name, hint=hint)
    if sorted(header) == sorted(names):
        for found, expected in zip(header, names, strict=True):
            if found != expected:
                yield violation(table.file, "column-order", column=found, expected=expected)


def _parse(table: Table, header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> Sheet:
    violations: list[Violation] = []
    records, raw, numbers, lines = [], [], [], []
    known: dict[tuple[str, str], Value] = {}
    for number, (line, row) in enumerate(rows, start=1):
        if len(row) != len(header):
            found, expected = len(row), len(header)
            fault = violation(
                table.file, "row-length", row=number, line=line, found=found, expected=expected
            )
            violations.append(fault)
            continue
        cells = dict(zip(header, row, strict=True))
        records.append(_record(table, cells, (number, line), violations, known))
        raw.append(cells)
        numbers.append(number)
        lines.append(line)
    parts = (tuple(records), tuple(raw), tuple(numbers), tuple(lines), tuple(header))
    violations.extend(_duplicate_keys(Sheet(table, *parts, ())))
    if table.rows is not None and len(rows) != table.rows:
        fault = violation(table.file, "row-count", found=len(rows), expected=table.rows)
        violations.append(fault)
    return Sheet(table, *parts, tuple(violations))


def _record(
    table: Table,
    cells: dict[str, str],
    place: tuple[int, int],
    violations: list[Violation],
    known: dict[tuple[str, str], Value],
) -> dict[str, Value]:
    """Values of a row's cells; what a column has had before is known and not parsed again."""
    record: dict[str, Value] = {}
    row, line = place
    for name, text in cells.items():
        try:
            if (name, text) not in known:
                known[name, text] = parse_cell(text, table.columns[name])
            record[name] = known[name, text]
        except Fault as fault:
            record[name] = None
            where: dict[str, Any] = {"row": row, "line": line, "column": name, "value": text}
            found = violation(table.file, fault.rule, **where, **fault.particulars)
            violations.append(found)
    return record


def _duplicate_keys(sheet: Sheet) -> Iterator[Violation]:
    first: dict[str, int] = {}
    columns = KEY_SEPARATOR.join(sheet.table.key)
    for key, row, line in zip(sheet.keys, sheet.numbers, sheet.lines, strict=True):
        if key in first:
            place: dict[str, Any] = {"row": row, "line": line, "column": columns, "value": key}
            yield violation(sheet.table.file, "key-duplicate", **place, other=first[key])
        first.setdefault(key, line)
