"""Compares two CSV tables cell by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose, isfinite, nan
from pathlib import Path
from typing import Literal

from compendium.claims.ledger import CELL
from compendium.errors import UserError
from compendium.files import READERS
from compendium.text import LANGS, Lang

Status = Literal["same", "within tolerance", "different", "missing", "new", "not run"]

RELATIVE_TOLERANCE = 1e-6
"""Optimisers stop at about 1e-8 of the optimum and linear algebra libraries differ from the
thirteenth digit on; a difference that a reader could see in print is larger than one millionth."""

ABSOLUTE_TOLERANCE = 1e-9
"""For numbers that are zero but for rounding, where a relative difference has no meaning."""


@dataclass(frozen=True)
class Difference:
    """One cell that differs: the row's key, the column, the reference value and the value found."""

    row: str
    column: str
    reference: str
    found: str


@dataclass(frozen=True)
class Comparison:
    """What comparing one table found.

    `largest` is the largest relative difference among numbers within tolerance; `differences`
    lists the cells that differ by more.
    """

    status: Status
    differences: tuple[Difference, ...] = ()
    largest: float = 0.0


def compare_csv(reference: Path, found: Path, key: str | None = None) -> Comparison:
    """Compare two CSV files; rows are matched by `key`, or by position without one.

    Raises
    ------
    UserError
        A file is no readable CSV.
    """
    if not found.is_file():
        return Comparison("missing")
    if not reference.is_file():
        return Comparison("new")
    if reference.read_bytes() == found.read_bytes():
        return Comparison("same")
    return compare_rows(read_rows(reference, key), read_rows(found, key))


def compare_rows(
    reference: Mapping[str, Mapping[str, str]], found: Mapping[str, Mapping[str, str]]
) -> Comparison:
    """Compare two tables given as rows by key; numbers within tolerance count as equal."""
    differences: list[Difference] = []
    largest = 0.0
    for name in [*reference, *(name for name in found if name not in reference)]:
        if name not in found or name not in reference:
            here, there = ("a row", "no row") if name in reference else ("no row", "a row")
            differences.append(Difference(name, "", here, there))
            continue
        one, two = reference[name], found[name]
        for column in [*one, *(column for column in two if column not in one)]:
            a, b = one.get(column, "no column"), two.get(column, "no column")
            distance = cell_distance(a, b)
            if distance is None:
                differences.append(Difference(name, column, a, b))
            else:
                largest = max(largest, distance)
    if differences:
        return Comparison("different", tuple(differences), largest)
    return Comparison("within tolerance" if largest else "same", (), largest)


def compare_words(
    reference: Mapping[str, Mapping[Lang, str]], found: Mapping[str, Mapping[Lang, str]]
) -> Comparison:
    """Compare two tables of words, given as rows by key; they have no tolerance."""
    differences = tuple(
        Difference(name, column, one.get(column, ""), two.get(column, ""))
        for name in dict.fromkeys((*reference, *found))
        for one, two in [(reference.get(name, {}), found.get(name, {}))]
        for column in LANGS
        if one.get(column, "") != two.get(column, "")
    )
    return Comparison("different" if differences else "same", differences)


def same_but_for_order(reference: Path, found: Path) -> bool:
    """Whether two CSV files hold the same rows, within tolerance, in whatever order."""
    one, two = (
        {str(n): row for n, row in enumerate(sorted(read_rows(path, None).values(), key=_sortable))}
        for path in (reference, found)
    )
    return not compare_rows(one, two).differences


def _sortable(row: Mapping[str, str]) -> tuple[list[str], list[float]]:
    """Words of a row before its numbers, so that rounding moves a row past none of other words."""
    numbers = {name: number for name, cell in row.items() if isfinite(number := _number(cell))}
    return [cell for name, cell in row.items() if name not in numbers], list(numbers.values())


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return nan


def cell_distance(a: str, b: str) -> float | None:
    """Return the relative difference of two cells: 0 when alike, None when beyond tolerance."""
    if a == b:
        return 0.0
    try:
        x, y = float(a), float(b)
    except ValueError:
        return None
    if not isclose(x, y, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE):
        return None
    return relative_distance(a, b)


def relative_distance(a: str, b: str) -> float | None:
    """Return by how much two numbers differ in relation to the larger; None where one is none."""
    x, y = _number(a), _number(b)
    if not (isfinite(x) and isfinite(y)):
        return None
    return abs(x - y) / max(abs(x), abs(y), ABSOLUTE_TOLERANCE)


def read_rows(path: Path, key: str | None) -> dict[str, dict[str, str]]:
    """Read the rows of a CSV file by key, or by position where there is no such column."""
    try:
        text = path.read_text(encoding=READERS)
    except UnicodeDecodeError:
        raise UserError("the file is not UTF-8", "run the notebooks again", file=path) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="", restkey="beyond the header")
    rows: Sequence[dict[str, str]] = list(reader)
    if key is None or (rows and key not in rows[0]):
        return {f"row {number}": row for number, row in enumerate(rows, start=1)}
    by_key: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        if row[key] in by_key:
            mend = "run the notebooks again"
            raise UserError(f"the {key} stands in two rows", mend, path, number, value=row[key])
        by_key[row[key]] = row
    return by_key


def without_cells(rows: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Leave out which cell recorded a row of a ledger: a notebook's layout is no result."""
    return {key: {k: v for k, v in row.items() if k != CELL} for key, row in rows.items()}
