"""Evidence map: what was studied by whom it was studied in, and how much can be read of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from compendium.errors import UserError
from compendium.exhibits.canvas import Sheet, TooNarrowError, compose
from compendium.exhibits.colours import ink_on, mark
from compendium.exhibits.forms.frames import checked, in_order, refuse_repeats, words_of
from compendium.exhibits.forms.keys import Key, Sample, lay_key
from compendium.exhibits.forms.rows import Row, RowKey, Rows, by_row, draw_row_words, lay_rows
from compendium.exhibits.labels import Labels
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import (
    FAINT_INK,
    RULE,
    SOFT_INK,
    inner_width,
    is_narrow,
    margin,
    type_size,
)
from compendium.exhibits.typeset import height_of, measure, wrap
from compendium.exhibits.words import CLAUSE, COLON, SEPARATOR
from compendium.text import Lang, Text

REQUIRED = ("category", "group", "part", "value")
OPTIONAL = ("facet",)
NOTHING = Text("no figure found", "未见数字")

# From what tells most to what tells least; lightness and outline carry it without colour.
_CHIPS: tuple[dict[str, Any], ...] = (
    {"linewidth": 0.8},
    {"linewidth": 0.8},
    {"linewidth": 1.3, "facecolor": "#ffffff"},
    {"linewidth": 0.8},
    {"linewidth": 0.8, "facecolor": "#ffffff", "linestyle": (0, (3, 1.5))},
)
_EMPTY = {"facecolor": "#ffffff", "edgecolor": "#b5b5b5", "linewidth": 0.7, "linestyle": ":"}
_CHIP_HEIGHT = 13.0
_CHIP_LEAST = 14.0
_CHIP_GAP = 4.0
_CHIP_SPARE = 4.0
_CELL = 15.0
_CELL_GAP = 4.0
_FACET_SPACE = 10.0
_TIGHTER = 3.0

_KIND = Text(
    "Grid of {rows} rows by {columns} columns, counting studies by what could be read of them",
    "表格图，{rows} 行 {columns} 列，按可读出的内容计数研究",
)
_TOTALS = Text("Entries in all: {counts}", "合计：{counts}")
_BEST = Text("{n} of {whole} rows have “{part}”: {rows}", "{whole} 行中有 {n} 行有“{part}”：{rows}")
_NOBEST = Text("None of {whole} rows has “{part}”", "{whole} 行中没有一行有“{part}”")
_NONE = Text("no figure found for {n}: {rows}", "{n} 行未见数字：{rows}")


@dataclass(frozen=True)
class _Grid:
    rows: Rows
    cells: dict[RowKey, pd.DataFrame]
    columns: dict[str, tuple[str, ...]]
    chips: dict[str, dict[str, Any]]
    key: Key
    nothing: str

    @property
    def left(self) -> float:
        return margin() + self.rows.width

    @property
    def step(self) -> float:
        return (margin() + inner_width() - self.left + _CELL_GAP) / len(self.columns)

    @property
    def head_height(self) -> float:
        return height_of(max(len(lines) for lines in self.columns.values()), type_size("small")) + 4

    @property
    def height(self) -> float:
        return self.key.height + self.head_height + self.rows.height

    def draw(self, sheet: Sheet, top: float) -> None:
        self.key.draw(sheet, margin(), top)
        grid_top = top + self.key.height + self.head_height
        for i, lines in enumerate(self.columns.values()):
            middle = self.left + i * self.step + (self.step - _CELL_GAP) / 2
            style = {"ha": "center", "va": "bottom", "color": SOFT_INK}
            sheet.text(middle, grid_top - 3, lines, type_size("small"), **style)
        for row in self.rows.headings:
            _draw_heading(sheet, row, grid_top)
        for row in self.rows.rows:
            draw_row_words(sheet, self.rows, row, grid_top)
            self._draw_row(sheet, row, grid_top + row.centre)

    def _draw_row(self, sheet: Sheet, row: Row, y: float) -> None:
        counts = self.cells[row.key].set_index(["group", "part"])["value"]
        width = self.step - _CELL_GAP
        if not counts.sum():
            whole = len(self.columns) * self.step - _CELL_GAP
            sheet.box(self.left, y - _CELL / 2, whole, _CELL, **_EMPTY)
            style = {"ha": "center", "va": "center", "color": FAINT_INK}
            sheet.text(self.left + whole / 2, y, [self.nothing], type_size("note"), **style)
            return
        for i, column in enumerate(self.columns):
            left = self.left + i * self.step
            shown = [(part, int(counts.get((column, part), 0))) for part in self.chips]
            shown = [(part, count) for part, count in shown if count]
            sheet.box(left, y - _CELL / 2, width, _CELL, **(_filled() if shown else _EMPTY))
            self._draw_chips(sheet, left + width / 2, y, shown)

    def _draw_chips(self, sheet: Sheet, middle: float, y: float, shown: list[Any]) -> None:
        widths, gap = _chip_widths([count for _, count in shown], self.step - _CELL_GAP)
        x = middle - (sum(widths) + gap * (len(widths) - 1)) / 2
        for (part, count), width in zip(shown, widths, strict=True):
            _draw_chip(sheet, (x, y), width, self.chips[part], str(count))
            x += width + gap


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw a grid of counts, one chip a kind of report, empty cells openly empty.

    Parameters
    ----------
    data
        category (row), group (column), part (what could be read, at most five kinds), value
        (number of studies; zero or absent is empty), and if wanted facet. Options: order, facets,
        groups, parts (what tells most comes first).
    """
    frame = _frame(data, exhibit)
    parts = _parts(frame, exhibit)
    words = words_of(parts, "part", exhibit, labels, lang)
    chips = dict(zip(parts, _chips(), strict=False))
    items = [(words[part], _chip_sample(chips[part])) for part in parts]
    rows = lay_rows(frame, exhibit, labels, lang, _CELL - (0 if is_narrow() else _TIGHTER))
    rows = rows if is_narrow() else _tight(rows)
    columns = words_of(_columns(frame, exhibit), "group", exhibit, labels, lang)
    width = (inner_width() - rows.width) / len(columns) - 2 * _CELL_GAP
    grid = _Grid(
        rows,
        by_row(frame),
        {code: wrap(text, width, type_size("small")) for code, text in columns.items()},
        chips,
        lay_key([*items, (NOTHING[lang], _chip_sample(_EMPTY))], inner_width()),
        NOTHING[lang],
    )
    return compose(exhibit, grid, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say which rows have the best kind of report, and which have nothing."""
    frame = _frame(data, exhibit)
    parts = _parts(frame, exhibit)
    part_words = words_of(parts, "part", exhibit, labels, lang)
    rows = words_of(
        in_order(frame["category"], exhibit.options.get("order", ())),
        "category", exhibit, labels, lang,
    )  # fmt: skip
    totals = frame.groupby("part", sort=False)["value"].sum()
    told = [f"{part_words[part]}{COLON[lang]}{totals[part]:.0f}" for part in parts]
    known = frame[frame["value"] > 0]
    told_best = set(known.loc[known["part"] == parts[0], "category"])
    some = set(known["category"])
    named = [words for code, words in rows.items() if code in told_best]
    missing = [words for code, words in rows.items() if code not in some]
    best = (_BEST if named else _NOBEST)[lang].format(
        n=len(named),
        whole=len(rows),
        part=part_words[parts[0]],
        rows=SEPARATOR[lang].join(named),
    )
    none = _NONE[lang].format(n=len(missing), rows=SEPARATOR[lang].join(missing))
    found = [best, *([none] if missing else [])]
    columns = frame["group"].nunique()
    return [
        CLAUSE[lang].join(found),
        _KIND[lang].format(rows=len(rows), columns=columns),
        _TOTALS[lang].format(counts=CLAUSE[lang].join(told)),
    ]


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("facet", "category", "group", "part"))
    frame["value"] = frame["value"].fillna(0.0)
    odd = (frame["value"] < 0) | (frame["value"] % 1 != 0)
    if odd.any():
        row = int(odd.to_numpy().argmax())
        raise UserError(
            f"figure {exhibit.id}: not a number of studies", "give counts", row=row + 1,
            column="value", value=frame.loc[row, "value"],
        )  # fmt: skip
    if frame["part"].nunique() > len(_CHIPS):
        raise UserError(
            f"figure {exhibit.id} has more than {len(_CHIPS)} kinds of report", "join some of them"
        )
    return frame


def _parts(frame: pd.DataFrame, exhibit: ExhibitPlan) -> list[str]:
    return in_order(frame["part"], exhibit.options.get("parts", ()))


def _columns(frame: pd.DataFrame, exhibit: ExhibitPlan) -> list[str]:
    return in_order(frame["group"], exhibit.options.get("groups", ()))


def _tight(rows: Rows) -> Rows:
    """Take a little off every row: boxes need less space between them than marks do."""
    moved: dict[RowKey, Row] = {}
    top = 0.0
    for row in sorted((*rows.rows, *rows.headings), key=lambda row: row.top):
        height = row.height if row in rows.headings else row.height - _TIGHTER
        moved[row.key] = replace(row, top=top, height=height)
        top += height
    old = (rows.rows, rows.headings)
    kept, headings = (tuple(moved[row.key] for row in group) for group in old)
    return replace(rows, rows=kept, headings=headings, height=top)


def _draw_heading(sheet: Sheet, row: Row, grid_top: float) -> None:
    y = grid_top + row.top + (0 if row.top == 0 else _FACET_SPACE / 2)
    sheet.line([margin(), margin() + inner_width()], [y, y], color=RULE, linewidth=0.8)
    sheet.text(margin(), y + 3, row.lines, type_size("text"), color=SOFT_INK)


def _draw_chip(
    sheet: Sheet, place: tuple[float, float], width: float, style: dict[str, Any], words: str
) -> None:
    x, y = place
    sheet.box(x, y - _CHIP_HEIGHT / 2, width, _CHIP_HEIGHT, **style)
    ink = ink_on(style["facecolor"])
    sheet.text(x + width / 2, y, [words], type_size("small"), ha="center", va="center", color=ink)


def _chips() -> list[dict[str, Any]]:
    colours = [mark(f"told_{i}").colour for i in range(1, len(_CHIPS) + 1)]
    return [
        {"facecolor": colour, "edgecolor": colour, **chip}
        for colour, chip in zip(colours, _CHIPS, strict=True)
    ]


def _filled() -> dict[str, Any]:
    colour = mark("cell").colour
    return {"facecolor": colour, "edgecolor": colour, "linewidth": 0.7}


def _chip_widths(counts: list[int], room: float) -> tuple[list[float], float]:
    """Widths of the chips of a cell and the gap between them: close together only where needed."""
    words = [measure(str(count), type_size("small")) for count in counts]
    wide = [max(_CHIP_LEAST, width + 5) for width in words]
    if sum(wide) + _CHIP_GAP * (len(wide) - 1) <= room:
        return wide, _CHIP_GAP
    narrow = [width + 2 for width in words]
    if sum(narrow) + len(narrow) - 1 > room:
        raise TooNarrowError("a cell has no room for its numbers")
    spare = (room - sum(narrow)) / len(narrow) - 1.0
    return [width + min(spare, _CHIP_SPARE) for width in narrow], 1.0


def _chip_sample(style: dict[str, Any]) -> Sample:
    def sample(sheet: Sheet, x: float, y: float) -> None:
        sheet.box(x, y - 4.5, 14, 9, **style)

    return sample
