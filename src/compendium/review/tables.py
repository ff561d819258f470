"""Data tables against the reference: a short hash of each row, and of each of its cells.

Blind spots: a cell's hash has 12 bits, so that of one changed cell in 4,096 the row is told and
not the column; a row's own hash has 32. What a cell was before is not kept: git has it.
"""

from __future__ import annotations

import csv
import io
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import NamedTuple

from compendium.data import Table
from compendium.data.sheet import Sheet, read_sheet
from compendium.files import READERS, csv_for_readers
from compendium.review.compare import Comparison, Difference

HEAD = ("row", "hashes")
ROW, CELL = 8, 2
"""Characters of a row's hash, and of each cell's hash behind it."""
ANOTHER, UNREADABLE = "another value", "no row can be read (see data check)"


class Hashed(NamedTuple):
    """Columns of a table, and the hashes of its rows by key, in the file's order."""

    columns: tuple[str, ...]
    rows: dict[str, str]

    def cells(self, key: str) -> dict[str, str]:
        """Hashes of a row's cells by column."""
        ends = range(ROW, ROW + CELL * len(self.columns), CELL)
        return {
            name: self.rows[key][i : i + CELL] for name, i in zip(self.columns, ends, strict=True)
        }


def hash_rows(sheet: Sheet) -> Hashed:
    """Hash the rows of a table; a key that stands twice is counted."""
    rows: dict[str, str] = {}
    for key, cells in zip(sheet.keys, sheet.raw, strict=True):
        row = blake2b("\0".join(cells.values()).encode(), digest_size=ROW // 2).hexdigest()
        names = (key if n == 1 else f"{key} ({n})" for n in count(1))
        name = next(name for name in names if name not in rows)
        rows[name] = row + "".join(map(_of_cell, cells.values()))
    return Hashed(sheet.columns, rows)


def _of_cell(value: str) -> str:
    return urlsafe_b64encode(blake2b(value.encode(), digest_size=3).digest())[:CELL].decode()


def tables_csv(tables: Iterable[Table]) -> bytes:
    """Write the hashes as a reference keeps them: each file with its columns, below it its rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for table in filter(lambda table: table.shipped, tables):
        hashed = hash_rows(read_sheet(table))
        writer.writerow([table.file, " ".join(hashed.columns)])
        writer.writerows(hashed.rows.items())
    return csv_for_readers(text.getvalue())


def _kept(reference: Path) -> dict[str, Hashed]:
    kept: dict[str, Hashed] = {}
    text = reference.read_text(encoding=READERS)
    for name, told in list(csv.reader(io.StringIO(text, newline="")))[1:]:
        if name.startswith("data/") and name.endswith(".csv"):
            kept[name] = Hashed(tuple(told.split()), {})
        else:
            next(reversed(kept.values())).rows[name] = told
    return kept


def compare_tables(reference: Path, tables: Iterable[Table]) -> dict[str, Comparison]:
    """Compare tables, by file, with the hashes in a reference; private tables are left out.

    A row is named by its line and key. Rows that were added, are gone or stand elsewhere are told
    as such; one whose key alone changed is told by the cells of its key.
    """
    kept = _kept(reference)
    found = {table.file: table for table in tables if table.shipped}
    compared = {}
    for file in (*found, *(file for file in kept if file not in found)):
        if file not in kept or file not in found:
            compared[file] = Comparison("missing" if file in kept else "new")
            continue
        differences = tuple(_differences(kept[file], read_sheet(found[file])))
        compared[file] = Comparison("different" if differences else "same", differences)
    return compared


def _differences(before: Hashed, sheet: Sheet) -> Iterator[Difference]:
    after = hash_rows(sheet)
    if before == after and list(before.rows) == list(after.rows):
        return
    if not after.rows:
        yield Difference(UNREADABLE, "", "rows", "none")
        return
    for name in before.columns:
        if name not in after.columns:
            yield Difference("header", name, "a column", "no column")
    for name in after.columns:
        if name not in before.columns:
            yield Difference("header", name, "no column", "a column")
    places = {
        key: (f"line {line} ({key})", cells)
        for key, line, cells in zip(after.rows, sheet.lines, sheet.raw, strict=True)
    }
    pairs = _paired(before, after, sheet.table.key)
    for old, new in pairs.items():
        if before.rows[old] != after.rows[new]:
            yield from _changed(before.cells(old), after.cells(new), *places[new])
    for key in before.rows:
        if key not in pairs:
            yield Difference(key, "", "a row", "no row")
    came = set(after.rows) - set(pairs.values())
    for key in after.rows:
        if key in came:
            yield Difference(places[key][0], "", "no row", "a row")
    for key in _moved(
        [pairs[key] for key in pairs], [key for key in after.rows if key not in came]
    ):
        yield Difference(places[key][0], "", "another place", "moved")


def _paired(before: Hashed, after: Hashed, key: Sequence[str]) -> dict[str, str]:
    """Keys of rows in the reference and those of the same rows here, also under another key."""
    rest = {
        _but_for(after.cells(name), key): name for name in after.rows if name not in before.rows
    }
    pairs = {}
    for name in before.rows:
        if name in after.rows:
            pairs[name] = name
        elif (other := rest.pop(_but_for(before.cells(name), key), None)) is not None:
            pairs[name] = other
    return pairs


def _but_for(cells: Mapping[str, str], key: Sequence[str]) -> str:
    return " ".join(value for name, value in cells.items() if name not in key)


def _changed(
    before: Mapping[str, str], after: Mapping[str, str], place: str, cells: Mapping[str, str]
) -> Iterator[Difference]:
    """Cells of one row that differ; the row as a whole where no hash of a cell tells."""
    names = [name for name in after if name in before and before[name] != after[name]]
    if not names and set(before) == set(after):
        yield Difference(place, "", ANOTHER, "this row")
    for name in names:
        yield Difference(place, name, ANOTHER, cells[name])


def _moved(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Names that do not stand in the same order as before."""
    if before != after:
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        stayed = {name for block in blocks for name in after[block.b : block.b + block.size]}
        yield from (name for name in after if name not in stayed)
