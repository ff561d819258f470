"""Charts of one row a category: words on the left, marks in the middle, numbers on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from compendium.exhibits.canvas import Sheet, TooNarrowError
from compendium.exhibits.forms.axes import Reference, dress_value_axis
from compendium.exhibits.forms.frames import axis_words, in_order, words_of
from compendium.exhibits.forms.keys import Key
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import (
    FAINT_INK,
    LEADING,
    RULE,
    SOFT_INK,
    inner_width,
    is_narrow,
    margin,
    type_size,
)
from compendium.exhibits.typeset import height_of, measure, wrap, wrap_evenly
from compendium.text import Lang

# Row words may take this share of the width before they break.
_LABEL_SHARE = 0.36
_INDENT = 8.0
_GAP = 12.0
_NARROW_GAP = 7.0
# Marks at the end of the axis need this much.
_EDGE = 8.0
# A narrower plot tells no value from its neighbours.
_LEAST_PLOT = 60.0
_ROW_PADDING = 8.0
# Words over their marks: padding of the row, of which this much is above the words.
_OVER_PADDING = 10.0
_OVER_SPACE = 3.0
_FACET_SPACE = 10.0
_COUNTS = NumberStyle()
RowKey = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One row: its words and where it stands below the top of the plot, in points.

    Attributes
    ----------
    over
        Height of its words where they stand over the marks instead of beside them.
    """

    key: RowKey
    lines: tuple[str, ...]
    top: float
    height: float
    over: float = 0.0

    @property
    def centre(self) -> float:
        """Middle of the marks."""
        return self.top + (self.over + self.height) / 2


@dataclass(frozen=True)
class Rows:
    """All rows and section headings from top to bottom."""

    rows: tuple[Row, ...]
    headings: tuple[Row, ...]
    height: float
    label_width: float

    @property
    def width(self) -> float:
        """Width of the words with the space beside them; almost nothing where they stand over."""
        return self.label_width + gap() if self.label_width else _EDGE


@dataclass(frozen=True)
class NumberColumn:
    """Numbers to the right of the marks, by row."""

    heading: str
    cells: Mapping[RowKey, str]

    @property
    def width(self) -> float:
        """Width in points of the widest line."""
        return max(
            measure(text, type_size("small")) for text in (self.heading, *self.cells.values())
        )


@dataclass(frozen=True)
class RowChart:
    """The body of a figure with one row a category.

    Attributes
    ----------
    paint
        Draws the marks; y of the axes is points below the top of the plot.
    limits
        Ends of the value axis.
    log
        Whether equal steps along the axis are equal ratios.
    above
        Words over the first row and the points from the left of the plot where they are centred.
    """

    rows: Rows
    axis: str
    limits: tuple[float, float]
    percent: bool
    paint: Callable[[Axes, Rows], None]
    key: Key = field(default_factory=Key)
    columns: tuple[NumberColumn, ...] = ()
    references: tuple[Reference, ...] = ()
    above: tuple[tuple[float, str], ...] = ()
    grid: bool = True
    log: bool = False

    @property
    def left(self) -> float:
        """Left edge of the plot."""
        return margin() + self.rows.width

    @property
    def width(self) -> float:
        """Width of the plot."""
        taken = sum(column.width + gap() for column in self.columns)
        return inner_width() - self.rows.width - max(taken, axis_height())

    @property
    def height(self) -> float:
        """Height of everything."""
        return self.key.height + self._header_height + self.rows.height + self._foot_height

    @property
    def _header_height(self) -> float:
        lines = sum(len(self._reference_lines(reference)) for reference in self.references)
        lines = max(lines, int(bool(self.columns or self.above)))
        return height_of(lines, type_size("note")) + 3 if lines else 0.0

    @property
    def _foot_height(self) -> float:
        return axis_height() + height_of(len(self._axis_lines()), type_size("small"))

    def _axis_lines(self) -> tuple[str, ...]:
        return wrap(self.axis, inner_width() - self.left + margin(), type_size("small"))

    def _reference_lines(self, reference: Reference) -> tuple[str, ...]:
        return wrap(reference.words, self.width, type_size("note"))

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw key, rows, marks, numbers and axis."""
        if self.width < _LEAST_PLOT:
            raise TooNarrowError("words and numbers leave no room for the marks")
        self.key.draw(sheet, margin(), top)
        plot_top = top + self.key.height + self._header_height
        self._draw_words(sheet, plot_top)
        axes = sheet.axes(self.left, plot_top, self.width, self.rows.height)
        axes.set(xscale="log" if self.log else "linear")
        axes.set(xlim=self.limits, ylim=(self.rows.height, 0))
        dress_value_axis(axes, self.percent, self.grid)
        above = plot_top - 3
        for reference in self.references:
            above -= self._draw_reference(sheet, axes, reference, above)
        for x, words in self.above:
            place = (self.left + x, plot_top - 3)
            sheet.text(
                *place, [words], type_size("small"), ha="center", va="bottom", color=SOFT_INK
            )
        self.paint(axes, self.rows)
        self._draw_columns(sheet, plot_top)
        sheet.text(
            self.left,
            plot_top + self.rows.height + axis_height(),
            self._axis_lines(),
            type_size("small"),
            color=SOFT_INK,
        )

    def _draw_words(self, sheet: Sheet, top: float) -> None:
        for row in self.rows.rows:
            draw_row_words(sheet, self.rows, row, top)
        for row in self.rows.headings:
            y = top + row.top + (0 if row.top == 0 else _FACET_SPACE / 2)
            sheet.line([margin(), margin() + inner_width()], [y, y], color=RULE, linewidth=0.8)
            sheet.text(margin(), y + 3, row.lines, type_size("text"), color=SOFT_INK)

    def _draw_columns(self, sheet: Sheet, top: float) -> None:
        right = margin() + inner_width()
        for column in reversed(self.columns):
            sheet.text(
                right,
                top - 3,
                [column.heading],
                type_size("note"),
                ha="right",
                va="bottom",
                color=FAINT_INK,
            )
            for row in self.rows.rows:
                place = (right, top + row.centre)
                cell = column.cells.get(row.key, "")
                sheet.text(*place, cell.split("\n"), type_size("small"), ha="right", va="center")
            right -= column.width + gap()

    def _draw_reference(
        self, sheet: Sheet, axes: Axes, reference: Reference, bottom: float
    ) -> float:
        low, high = self.limits
        axes.axvline(reference.value, color=SOFT_INK, linewidth=1.1, linestyle=(0, (4, 2)))
        lines = self._reference_lines(reference)
        half = measure("\n".join(lines), type_size("note")) / 2
        place = log if self.log else float
        x = (place(reference.value) - place(low)) / (place(high) - place(low)) * self.width
        x = min(max(x, half), self.width - half)
        sheet.text(
            self.left + x,
            bottom,
            lines,
            type_size("note"),
            ha="center",
            va="bottom",
            color=SOFT_INK,
        )
        return height_of(len(lines), type_size("note"))


def gap() -> float:
    """Return the space between words, marks and columns."""
    return _NARROW_GAP if is_narrow() else _GAP


def axis_height() -> float:
    """Return the height of the value axis with its numbers."""
    return 2 * type_size("small")


def draw_row_words(sheet: Sheet, rows: Rows, row: Row, top: float) -> None:
    """Write the words of a row, beside its marks or over them."""
    left = margin() + (_INDENT if rows.headings else 0.0)
    if row.over:
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        place = (left, top + row.top + _OVER_SPACE)
        sheet.text(*place, row.lines, type_size("text"), bbox=paper)
    else:
        sheet.text(left, top + row.centre, row.lines, type_size("text"), va="center")


def lay_rows(
    frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang, mark_height: float
) -> Rows:
    """Place one row a category, under one heading a facet.

    Parameters
    ----------
    mark_height
        Least height in points that the marks of a row need.
    """
    order = exhibit.options.get("order", ())
    words = words_of(in_order(frame["category"], order), "category", exhibit, labels, lang)
    facets = in_order(frame["facet"], exhibit.options.get("facets", ())) if "facet" in frame else []
    facet_words = words_of(facets, "facet", exhibit, labels, lang)
    width = _label_width(words.values(), bool(facets))
    rows: list[Row] = []
    headings: list[Row] = []
    top = 0.0
    for facet in facets or [""]:
        if facets:
            headings.append(_heading(facet, facet_words[facet], top))
            top += headings[-1].height
        present = frame.loc[frame["facet"] == facet, "category"] if facets else frame["category"]
        for category in in_order(present, [code for code in words if code in set(present)]):
            lines = wrap_evenly(
                words[category], width - (_INDENT if facets else 0), type_size("text")
            )
            row = _row((facet, category), lines, top, mark_height)
            rows.append(row)
            top += row.height
    if is_narrow():
        return Rows(tuple(rows), tuple(headings), top, 0.0)
    used = max(measure("\n".join(row.lines), type_size("text")) for row in rows)
    return Rows(tuple(rows), tuple(headings), top, used + (_INDENT if facets else 0))


def _row(key: RowKey, lines: tuple[str, ...], top: float, mark_height: float) -> Row:
    words = height_of(len(lines), type_size("text"))
    if is_narrow():
        return Row(key, lines, top, words + mark_height + _OVER_PADDING, words)
    return Row(key, lines, top, max(mark_height, words) + _ROW_PADDING)


def _label_width(words: Iterable[str], faceted: bool) -> float:
    if is_narrow():
        return inner_width()
    widest = max(measure(text, type_size("text")) for text in words)
    return min(widest + (_INDENT if faceted else 0) + 1, inner_width() * _LABEL_SHARE)


def _heading(facet: str, words: str, top: float) -> Row:
    lines = wrap(words, inner_width(), type_size("text"))
    space = _FACET_SPACE / 2 if top == 0 else _FACET_SPACE
    return Row((facet, ""), lines, top, height_of(len(lines), type_size("text")) + space + 2)


def group_step() -> float:
    """Return the distance of the marks of groups: a line of the number columns."""
    return type_size("small") * LEADING


def by_row(frame: pd.DataFrame) -> dict[RowKey, pd.DataFrame]:
    """Split the data into the rows of the chart."""
    facet = frame["facet"] if "facet" in frame else pd.Series("", index=frame.index)
    return {
        (str(key[0]), str(key[1])): part
        for key, part in frame.groupby([facet, frame["category"]], sort=False)
    }


def grouped_cells(
    frame: pd.DataFrame, groups: Iterable[str], write: Callable[[dict[str, Any]], str]
) -> dict[RowKey, str]:
    """Write one line a group into each row's cell, level with the marks of the group."""
    order = list(groups)
    named, order = bool(order), order or [""]
    cells = {}
    for key, part in by_row(frame).items():
        records = part.to_dict("records")
        lines = {str(row["group"]) if named else "": write(row) for row in records}
        cells[key] = "\n".join(lines.get(group, "") for group in order)
    return cells


def count_column(
    frame: pd.DataFrame, exhibit: ExhibitPlan, lang: Lang, groups: Iterable[str] = ()
) -> tuple[NumberColumn, ...]:
    """Return the column of numbers of cases, if the data have one."""
    if "n" not in frame or frame["n"].isna().all():
        return ()
    heading = axis_words(exhibit, lang, "n") or "n"
    if all(len(set(part["n"].fillna(-1))) == 1 for part in by_row(frame).values()):
        groups = ()
        frame = frame.drop(columns="group", errors="ignore")
    cells = grouped_cells(frame, groups, lambda row: _COUNTS.write(row["n"]))
    return (NumberColumn(heading, cells),)
