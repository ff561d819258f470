"""A table in words: headings, cells, groups and marks, before any format writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from math import isnan
from typing import Any

import pandas as pd

from compendium.errors import UserError
from compendium.exhibits.canvas import claim_words
from compendium.exhibits.colophon import Colophon
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import MISSING, NumberStyle, write_p
from compendium.exhibits.protocols import ColumnPlan, ExhibitPlan
from compendium.exhibits.words import EVIDENCE_WORDS, TO
from compendium.text import Lang

NUMERIC = ("integer", "percent", "number", "p")
# Two levels of groups can still be followed by ear.
_MOST_GROUPS = 2
_DEFAULT_DIGITS = {"percent": 1, "number": 2, "p": 3}


@dataclass(frozen=True)
class GridColumn:
    """A column in words; `numeric` ones are aligned by their decimals."""

    name: str
    heading: str
    numeric: bool


@dataclass(frozen=True)
class Grid:
    """A table in words of one language.

    Attributes
    ----------
    rows
        Cells as they are printed, each row as long as `columns`.
    depth
        Leading columns whose repeated words head a group of rows.
    marks
        Kinds of evidence and their words; `claims` names the claims it speaks to, or is empty.
    subtitle
        What is measured, its unit and years; empty when there is none.
    note, source, colophon
        What stands below; empty when there is none.
    paired
        Whether rows share the words of the first column, and nothing else heads a row.
    over
        What heads all columns but the first together; empty when nothing does.
    closing
        Rows at the foot, below a rule: what holds for whole columns.
    """

    id: str
    lang: Lang
    title: str
    columns: tuple[GridColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    depth: int
    marks: tuple[tuple[str, str], ...]
    claims: str
    note: str
    colophon: str
    paired: bool = False
    subtitle: str = ""
    source: str = ""
    over: str = ""
    closing: int = 0

    @property
    def stands_in(self) -> bool:
        """Whether it rests on stand-in data, and so is no evidence."""
        return any(kind == "stand-in" for kind, _ in self.marks)

    def begins_group(self, row: int) -> bool:
        """Whether a row begins a new group of the first column."""
        return bool(self.depth) and row > 0 and self.rows[row][0] != self.rows[row - 1][0]

    def closes(self, row: int) -> bool:
        """Whether a row is the first of the closing ones."""
        return bool(self.closing) and row == len(self.rows) - self.closing

    def span(self, row: int, column: int) -> int:
        """Count the rows that share a group's words from `row` on; 0 within a group.

        Columns beyond `depth` have no groups: 1.
        """
        if column >= self.depth:
            return 1
        key = self.rows[row][: column + 1]
        if row and self.rows[row - 1][: column + 1] == key:
            return 0
        alike = takewhile(lambda cells: cells[: column + 1] == key, self.rows[row:])
        return sum(1 for _ in alike)


def grid_of(
    frame: pd.DataFrame,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    colophon: Colophon | None = None,
) -> Grid:
    """Put a table into words.

    A planned column `x` that the frame lacks while it has `x_low` and `x_high` is written as an
    interval; where it has `x_en` and `x_zh`, these are the cells. Leading columns of words that
    repeat become groups.

    Raises
    ------
    UserError
        A planned column that the frame lacks, a value that its format can't write, a code or
        heading without words.
    """
    columns = [
        GridColumn(c.name, _heading(c, exhibit, labels, lang), c.format in NUMERIC)
        for c in exhibit.columns
    ]
    cells = [_cells(column, frame, exhibit, labels, lang) for column in exhibit.columns]
    rows = tuple(zip(*cells, strict=True))
    grid = framed(exhibit, lang, tuple(columns), rows, colophon)
    return replace(grid, depth=_depth(rows, columns))


def framed(
    exhibit: ExhibitPlan,
    lang: Lang,
    columns: tuple[GridColumn, ...],
    rows: tuple[tuple[str, ...], ...],
    colophon: Colophon | None = None,
) -> Grid:
    """Put the exhibit's words round columns and rows."""
    return Grid(
        id=exhibit.id,
        lang=lang,
        title=exhibit.title[lang].strip(),
        columns=columns,
        rows=rows,
        depth=0,
        marks=tuple(_marks(exhibit, lang)),
        claims=claim_words(exhibit.claims, lang) if exhibit.claims else "",
        note=exhibit.note[lang].strip() if exhibit.note else "",
        colophon=colophon.line(lang) if colophon else "",
        subtitle=exhibit.subtitle[lang].strip() if exhibit.subtitle else "",
        source=exhibit.source[lang].strip() if exhibit.source else "",
    )


def _marks(exhibit: ExhibitPlan, lang: Lang) -> Iterator[tuple[str, str]]:
    for kind, words in EVIDENCE_WORDS.items():
        if kind in exhibit.evidence:
            yield kind, words[lang]


def _depth(rows: tuple[tuple[str, ...], ...], columns: list[GridColumn]) -> int:
    """Count the leading columns of words that repeat, so that a group of rows shares them."""
    depth = 0
    while depth < len(columns) - 1 and not columns[depth].numeric:
        keys = [row[: depth + 1] for row in rows]
        if not any(a == b for a, b in pairwise(keys)):
            break
        depth += 1
    return min(depth, _MOST_GROUPS)


def _heading(column: ColumnPlan, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> str:
    if column.label is not None:
        return column.label[lang]
    return labels.text(column.name, exhibit.labels.get("columns"), lang=lang)


def _cells(
    column: ColumnPlan, frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> list[str]:
    ends = (f"{column.name}_low", f"{column.name}_high")
    if column.name not in frame and all(end in frame for end in ends):
        style = _number_style(column)
        lows, highs = (_numbers(frame[end], column, exhibit) for end in ends)
        return [style.between(a, b, TO[lang]) for a, b in zip(lows, highs, strict=True)]
    if column.name not in frame and f"{column.name}_{lang}" in frame:
        return [str(words) for words in frame[f"{column.name}_{lang}"]]
    if column.name not in frame:
        raise UserError(
            f"table {exhibit.id} has no column {column.name}",
            "compute it in the notebook, or take it out of the plan",
            column=column.name,
        )
    values = frame[column.name]
    if column.format in NUMERIC:
        return [_number(value, column) for value in _numbers(values, column, exhibit)]
    return [_word(value, column, exhibit, labels, lang) for value in values]


def _numbers(values: pd.Series[Any], column: ColumnPlan, exhibit: ExhibitPlan) -> list[float]:
    try:
        return [float(value) for value in pd.to_numeric(values).astype("Float64").astype(float)]
    except (ValueError, TypeError) as error:
        raise UserError(
            f"table {exhibit.id} plans numbers where there are words",
            "plan the column as text or code",
            column=column.name,
        ) from error


def _number(value: float, column: ColumnPlan) -> str:
    if column.blank and isnan(value):
        return ""
    if column.format == "p":
        return write_p(value, _digits(column))
    return _number_style(column).write(value)


def _number_style(column: ColumnPlan) -> NumberStyle:
    return NumberStyle(column.format == "percent", _digits(column))


def _digits(column: ColumnPlan) -> int:
    if column.format == "integer":
        return 0
    return _DEFAULT_DIGITS.get(column.format, 0) if column.digits is None else column.digits


def _word(value: Any, column: ColumnPlan, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> str:
    if pd.isna(value):
        return MISSING
    source = column.labels or exhibit.labels.get(column.name)
    if column.format == "code" or source:
        return labels.text(value, source, lang=lang)
    return str(value[lang]) if isinstance(value, Mapping) else str(value)
