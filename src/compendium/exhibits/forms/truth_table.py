"""Truth tables: conditions as full and empty circles, beside them how consistent each row is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.errors import UserError
from compendium.exhibits.canvas import Sheet, TooNarrowError, compose
from compendium.exhibits.colours import series_colour
from compendium.exhibits.forms.frames import checked, in_order, refuse_repeats, words_of
from compendium.exhibits.forms.keys import Key, Sample, lay_key
from compendium.exhibits.forms.rows import group_step
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import FAINT_INK, GRID, INK, RULE, inner_width, margin, type_size
from compendium.exhibits.typeset import height_of, measure, widest_unit, wrap
from compendium.exhibits.words import CLAUSE, COLON, COMMA, SEPARATOR
from compendium.text import Lang, Text

REQUIRED = (
    "row",
    "category",
    "value",
    "group",
    "part",
    "n",
    "consistency",
    "pri",
    "cut",
    "pri_cut",
)
RESULTS = {
    "positive": Text("sufficient", "充分"),
    "negative": Text("not sufficient", "不充分"),
    "contradictory": Text("contradictory", "矛盾"),
    "remainder": Text("too few cases", "案例过少"),
}
_CASES = Text("Cases", "案例数")
_CONSISTENCY = Text("Consistency", "一致性")
_PRI = Text("PRI", "PRI")
_RESULT = Text("Result", "结果")
_PRESENT = Text("condition present", "条件存在")
_ABSENT = Text("condition absent", "条件不存在")
_CONSISTENCY_KEY = Text("{outcome}: consistency", "{outcome}：一致性")
_PRI_KEY = Text("PRI (open mark of the same shape)", "PRI（同形空心标记）")
_CUT_KEY = Text("cut-offs: consistency {cut}, PRI {pri}", "阈值：一致性 {cut}，PRI {pri}")
_FINDING = Text(
    "Sufficient for: {outcome}: {sufficient} of {rows} rows",
    "对“{outcome}”充分的有 {rows} 行中的 {sufficient} 行",
)
_WITHOUT = Text("not {words}", "非{words}")
_COUNT = Text("{n} cases", "{n} 个案例")
_FIT = Text(
    "{outcome}: consistency {consistency}, PRI {pri}, {result}",
    "{outcome}：一致性 {consistency}，PRI {pri}，{result}",
)
_TWO = NumberStyle(False, 2)
# Width of a condition: as much as its words like, or as little as they bear.
_CONDITION, _LEAST_CONDITION = 54.0, 30.0
_CONDITION_GAP = 4.0
_GAP = 9.0
_PADDING = 9.0
_MARKERS = ("o", "s", "D")
# A narrower plot could not tell a cut-off from its neighbours.
_LEAST_PLOT = 50.0


@dataclass(frozen=True)
class Column:
    """A column of words: heading, one cell a line of each row, and its right edge."""

    heading: str
    cells: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> float:
        """Width in points."""
        texts = [self.heading, *(line for cell in self.cells for line in cell)]
        return max(measure(text, type_size("small")) for text in texts)


@dataclass(frozen=True)
class Grid:
    """The body: circles, number of cases, a plot from 0 to 1, and columns of numbers.

    Attributes
    ----------
    rows
        The lines of each row of the truth table, one a group, in order.
    """

    rows: tuple[tuple[dict[str, Any], ...], ...]
    present: tuple[tuple[bool, ...], ...]
    headings: tuple[tuple[str, ...], ...]
    condition: float
    cases: Column
    columns: tuple[Column, ...]
    key: Key

    @property
    def row_height(self) -> float:
        """Height of a row."""
        return len(self.rows[0]) * group_step() + _PADDING

    @property
    def head(self) -> float:
        """Height of key and headings."""
        lines = max(1, *(len(lines) for lines in self.headings))
        return self.key.height + height_of(lines, type_size("note")) + 6

    @property
    def height(self) -> float:
        """Height of everything."""
        return self.head + self.row_height * len(self.rows) + 15

    @property
    def plot_left(self) -> float:
        """Left edge of the plot."""
        return margin() + self.condition * len(self.headings) + self.cases.width + 2 * _GAP

    @property
    def plot_width(self) -> float:
        """Width of the plot."""
        taken = sum(column.width + _GAP for column in self.columns)
        return margin() + inner_width() - self.plot_left - taken - _GAP

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw key, headings, rows and plot."""
        self.key.draw(sheet, margin(), top)
        body = top + self.head
        self._draw_conditions(sheet, body)
        right = margin() + inner_width()
        for column in reversed(self.columns):
            self._draw_column(sheet, column, right, body)
            right -= column.width + _GAP
        self._draw_column(sheet, self.cases, self.plot_left - _GAP, body)
        height = self.row_height * len(self.rows)
        axes = sheet.axes(self.plot_left, body, self.plot_width, height)
        axes.set(xlim=(-0.03, 1.03), ylim=(height, 0))
        axes.axis("off")
        self._paint(axes, height)
        for value in (0, 0.5, 1):
            x = self.plot_left + (value + 0.03) / 1.06 * self.plot_width
            place = (x, body + height + 2)
            sheet.text(*place, [f"{value:g}"], type_size("note"), ha="center", color=FAINT_INK)

    def _draw_conditions(self, sheet: Sheet, top: float) -> None:
        for j, lines in enumerate(self.headings):
            x = margin() + self.condition * (j + 0.5)
            sheet.text(
                x, top - 4, lines, type_size("note"), ha="center", va="bottom", color=FAINT_INK
            )
        for i, configuration in enumerate(self.present):
            y = top + i * self.row_height
            sheet.line([margin(), margin() + inner_width()], [y, y], color=RULE, linewidth=0.6)
            for j, present in enumerate(configuration):
                x = margin() + self.condition * (j + 0.5)
                _circle(present)(sheet, x - 7, y + self.row_height / 2)

    def _draw_column(self, sheet: Sheet, column: Column, right: float, top: float) -> None:
        words = {"ha": "right", "va": "bottom", "color": FAINT_INK}
        sheet.text(right, top - 4, [column.heading], type_size("note"), **words)
        for i, cell in enumerate(column.cells):
            place = (right, top + (i + 0.5) * self.row_height)
            sheet.text(*place, cell, type_size("small"), ha="right", va="center")

    def _paint(self, axes: Axes, height: float) -> None:
        first = self.rows[0][0]
        for value in (0, 0.5, 1):
            axes.plot([value, value], [0, height], color=GRID, linewidth=0.9, zorder=1)
        for name, dash in (("cut", "solid"), ("pri_cut", (0, (2, 2)))):
            at = float(first[name])
            axes.plot([at, at], [0, height], color=INK, linewidth=0.9, linestyle=dash, zorder=2)
        for i, lines in enumerate(self.rows):
            for g, line in enumerate(lines):
                y = (i + 0.5) * self.row_height + (g - (len(lines) - 1) / 2) * group_step()
                _paint_line(axes, y, line, g)


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw a truth table for one or more outcomes on the same conditions.

    Parameters
    ----------
    data
        One line a row, condition and outcome: row, category (condition), value (1 present, 0
        absent), group (outcome), part (positive, negative, contradictory or remainder), n,
        consistency, pri, and the cut-offs cut and pri_cut.
    """
    frame = _frame(data, exhibit)
    groups = in_order(frame["group"])
    words = words_of(groups, "group", exhibit, labels, lang)
    conditions = _condition_words(frame, exhibit, labels, lang)
    rows = tuple(_lines(part, groups) for _, part in frame.groupby("row", sort=False))
    cases = Column(_CASES[lang], tuple((f"{int(lines[0]['n'])}",) for lines in rows))
    columns = _columns(rows, lang)
    condition = _condition_width(conditions, (cases, *columns))
    body = Grid(
        rows=rows,
        present=_present(frame),
        headings=tuple(
            wrap(text, condition - _CONDITION_GAP, type_size("note")) for text in conditions
        ),
        condition=condition,
        cases=cases,
        columns=columns,
        key=_key(frame, groups, words, lang),
    )
    if body.plot_width < _LEAST_PLOT:
        raise TooNarrowError("conditions and numbers leave no room for the marks")
    return compose(exhibit, body, lang)


def _condition_width(conditions: Sequence[str], columns: Sequence[Column]) -> float:
    taken = sum(column.width + _GAP for column in columns) + 2 * _GAP + _LEAST_PLOT
    room = (inner_width() - taken) / len(conditions)
    longest = max(widest_unit(words, type_size("note")) for words in conditions)
    return min(_CONDITION, max(_LEAST_CONDITION, longest + _CONDITION_GAP, room))


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences what each row holds."""
    frame = _frame(data, exhibit)
    groups = in_order(frame["group"])
    words = words_of(groups, "group", exhibit, labels, lang)
    names = _condition_words(frame, exhibit, labels, lang)
    rows = [_lines(part, groups) for _, part in frame.groupby("row", sort=False)]
    found = [
        _FINDING[lang].format(
            outcome=words[group],
            rows=len(rows),
            sufficient=sum(
                line["group"] == group and line["part"] == "positive"
                for lines in rows
                for line in lines
            ),
        )
        for group in groups
    ]
    told = [CLAUSE[lang].join(found)]
    for lines, present in zip(rows, _present(frame), strict=True):
        parts = [
            name if yes else _WITHOUT[lang].format(words=name)
            for name, yes in zip(names, present, strict=True)
        ]
        count = _COUNT[lang].format(n=int(lines[0]["n"]))
        fits = [_tell(line, words[line["group"]], lang) for line in lines]
        head = SEPARATOR[lang].join(parts) + COMMA[lang] + count
        told.append(head + COLON[lang] + CLAUSE[lang].join(fits))
    return told


def _tell(line: dict[str, Any], outcome: str, lang: Lang) -> str:
    numbers = {name: _TWO.write(line[name]) for name in ("consistency", "pri")}
    return _FIT[lang].format(outcome=outcome, result=RESULTS[line["part"]][lang], **numbers)


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED)
    refuse_repeats(frame, exhibit, ("row", "category", "group"))
    unknown = sorted(set(frame["part"]) - set(RESULTS))
    if unknown:
        raise UserError(
            f"figure {exhibit.id}: a row has an unknown result",
            f"use one of {', '.join(RESULTS)}",
            column="part",
            value=unknown[0],
        )
    return frame


def _condition_words(
    frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> list[str]:
    words = words_of(in_order(frame["category"]), "category", exhibit, labels, lang)
    return list(words.values())


def _present(frame: pd.DataFrame) -> tuple[tuple[bool, ...], ...]:
    order = in_order(frame["category"])
    once = frame.drop_duplicates(["row", "category"])
    wide = once.pivot_table(index="row", columns="category", values="value", sort=False)
    return tuple(tuple(bool(cell) for cell in row) for row in wide[order].to_numpy())


def _lines(part: pd.DataFrame, groups: Sequence[str]) -> tuple[dict[str, Any], ...]:
    lines = {str(line["group"]): line for line in part.to_dict("records")}
    return tuple(
        {str(name): value for name, value in lines[group].items()}
        for group in groups
        if group in lines
    )


def _columns(rows: Sequence[Sequence[dict[str, Any]]], lang: Lang) -> tuple[Column, ...]:
    def cells(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(_TWO.write(line[name]) for line in lines) for lines in rows)

    results = tuple(tuple(RESULTS[line["part"]][lang] for line in lines) for lines in rows)
    return (
        Column(_CONSISTENCY[lang], cells("consistency")),
        Column(_PRI[lang], cells("pri")),
        Column(_RESULT[lang], results),
    )


def _key(frame: pd.DataFrame, groups: Sequence[str], words: dict[str, str], lang: Lang) -> Key:
    cuts = {"cut": _TWO.write(frame["cut"].iloc[0]), "pri": _TWO.write(frame["pri_cut"].iloc[0])}
    items: list[tuple[str, Sample]] = [
        (_PRESENT[lang], _circle(True)),
        (_ABSENT[lang], _circle(False)),
        *(
            (_CONSISTENCY_KEY[lang].format(outcome=words[group]), _mark(g))
            for g, group in enumerate(groups)
        ),
        (_PRI_KEY[lang], _mark(0, full=False)),
        (_CUT_KEY[lang].format(**cuts), _cut_lines),
    ]
    return lay_key(items, inner_width())


def _look(g: int, full: bool = True) -> dict[str, Any]:
    colour = series_colour(g)
    return {
        "marker": _MARKERS[g % len(_MARKERS)],
        "color": colour,
        "markerfacecolor": colour if full else "white",
        "markeredgecolor": colour,
        "markersize": 5.5,
        "linestyle": "none",
    }


def _paint_line(axes: Axes, y: float, line: dict[str, Any], g: int) -> None:
    ends = [line["pri"], line["consistency"]]
    axes.plot(ends, [y, y], color=series_colour(g), linewidth=0.9, zorder=3)
    axes.plot(line["pri"], y, zorder=4, clip_on=False, **_look(g, full=False))
    axes.plot(line["consistency"], y, zorder=5, clip_on=False, **_look(g))


def _circle(present: bool) -> Sample:
    def sample(sheet: Sheet, x: float, y: float) -> None:
        face = INK if present else "white"
        look = {"markersize": 8.5, "markeredgecolor": INK, "markeredgewidth": 0.9}
        sheet.line([x + 7], [y], color=face, marker="o", **look)

    return sample


def _mark(g: int, full: bool = True) -> Sample:
    def sample(sheet: Sheet, x: float, y: float) -> None:
        sheet.line([x + 7], [y], **_look(g, full))

    return sample


def _cut_lines(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([x + 4, x + 4], [y - 6, y + 6], color=INK, linewidth=0.9)
    sheet.line([x + 11, x + 11], [y - 6, y + 6], color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
