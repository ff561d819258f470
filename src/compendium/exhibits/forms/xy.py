"""XY plots of set memberships: outcome against solution, deviant cases by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.errors import UserError
from compendium.exhibits.canvas import BASELINE, Sheet, TooNarrowError, compose
from compendium.exhibits.colours import MARKERS, mark
from compendium.exhibits.forms.axes import spread
from compendium.exhibits.forms.frames import (
    checked,
    in_order,
    needed_words,
    refuse_repeats,
    words_of,
)
from compendium.exhibits.forms.keys import Key, Sample, lay_key, marker, swatch
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import (
    FAINT_INK,
    GRID,
    INK,
    LEADING,
    SOFT_INK,
    inner_width,
    margin,
    type_size,
)
from compendium.exhibits.typeset import height_of, measure, wrap
from compendium.exhibits.words import COLON, COMMA, SEPARATOR, STOP
from compendium.qca.views import case_types
from compendium.text import Lang, Text

REQUIRED = ("category", "x", "value")
FIT = ("consistency", "pri", "coverage")
OPTIONAL = ("group", *FIT)
Point = tuple[float, float]

_TYPE_WORDS = {
    "typical": Text("Typical: in the solution, with the outcome", "典型案例：属于解，且出现结果"),
    "deviant_consistency": Text(
        "Deviant in consistency: in the solution, without the outcome",
        "一致性偏离案例：属于解，未出现结果",
    ),
    "deviant_coverage": Text(
        "Not covered: outcome without the solution", "未覆盖案例：出现结果，不属于解"
    ),
    "irrelevant": Text("Neither", "两者皆无"),
    "ambiguous": Text("Exactly 0.5 in one of the two", "其一隶属度恰为 0.5"),
}
_FIT = Text(
    "Consistency {consistency}, PRI {pri}, coverage {coverage}, n = {n}",
    "一致性 {consistency}，PRI {pri}，覆盖度 {coverage}，n = {n}",
)
_KIND = Text("Upwards: {y}; rightwards: {x}", "纵轴：{y}；横轴：{x}")
_TWO = NumberStyle(False, 2)
# Names stand below the plot in columns of at least this width; beside it are their numbers.
_NAME_WIDTH = 190.0
_LEAST_PLOT = 85.0
_GAP = 10.0
_TICKS = 20.0
_LEAST_SIDE = 225.0
_DOT = 6.0
_EDGE = 0.05
# Points of rounding.
TOUCH = 1e-6
# Places around a point, nearest first.
_STEPS = range(-8, 9)
_RINGS = sorted(product(_STEPS, _STEPS), key=lambda step: (step[0] ** 2 + step[1] ** 2, step))


@dataclass(frozen=True)
class Names:
    """Deviant cases whose numbers stand in one column beside the plot."""

    cases: tuple[str, ...]

    @property
    def width(self) -> float:
        """Width of the column with the gap to the plot; nothing when it is empty."""
        return measure("00", type_size("case")) + _GAP if self.cases else 0.0

    @property
    def height(self) -> float:
        """Height that all numbers need."""
        return len(self.cases) * _case_line()

    def place(self, at: Mapping[str, Point], x: float, room: float) -> dict[str, float]:
        """Find the middle of each number at `x`, from above, so that no two leader lines cross."""
        heights = dict.fromkeys(self.cases, _case_line())
        middles = spread({case: at[case][1] for case in self.cases}, heights, room)
        order = sorted(middles, key=lambda case: middles[case])
        slots = [middles[case] for case in order]
        return dict(zip(untangled(order, slots, at, x), slots, strict=True))


@dataclass(frozen=True)
class XYPlot:
    """The body of an XY plot: key, fit, names on the left, plot, names on the right.

    Attributes
    ----------
    frame
        category, x, value, type and group of each case.
    left, right
        Cases that are not covered, and cases that contradict sufficiency.
    names
        What these are called, by case.
    """

    frame: pd.DataFrame
    markers: dict[str, str]
    key: Key
    fit: str
    x_words: tuple[str, ...]
    y_words: tuple[str, ...]
    left: Names
    right: Names
    names: Mapping[str, str]

    @property
    def width(self) -> float:
        """Width of the plot."""
        return inner_width() - self.left.width - self.right.width - _TICKS - _GAP

    @property
    def side(self) -> float:
        """Height of the plot: room for the longer column of names."""
        return max(_LEAST_SIDE, self.left.height, self.right.height)

    @property
    def head(self) -> float:
        """Height above the plot."""
        lines = height_of(bool(self.fit) + len(self.y_words), type_size("small"))
        return self.key.height + lines + 10

    @property
    def height(self) -> float:
        """Height of everything."""
        words = height_of(len(self.x_words), type_size("small"))
        return self.head + self.side + _TICKS + words + self.list_height

    @property
    def list_height(self) -> float:
        """Height of the list of names below the plot."""
        return max(map(len, self.columns)) * _case_line() + 8 if self.names else 0.0

    @cached_property
    def places(self) -> dict[str, Point]:
        """Where the mark of each case stands in the plot."""
        x = _at(self.frame["x"].to_numpy(), self.width)
        y = self.side - _at(self.frame["value"].to_numpy(), self.side)
        corner = self.width * (1 - _EDGE), self.side * (1 - _EDGE)
        found = apart(list(zip(x, y, strict=True)), _DOT + 0.6, corner)
        return dict(zip(self.frame["category"], found, strict=True))

    @cached_property
    def beside(self) -> tuple[tuple[float, dict[str, float]], ...]:
        """Where the columns of numbers begin, and the middle of each number by its case."""
        return tuple(
            (x, names.place(self.places, x, self.side))
            for names, x in ((self.left, -_TICKS), (self.right, self.width + _GAP))
        )

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Numbers of the named cases, from above, the left column first."""
        cases = [case for _, middles in self.beside for case in middles]
        return {case: str(i) for i, case in enumerate(cases, start=1)}

    @cached_property
    def columns(self) -> list[list[str]]:
        """Lines of the list of names, by column."""
        n = max(1, int(inner_width() // _NAME_WIDTH))
        width, size = inner_width() / n - _GAP, type_size("case")
        listed = [wrap(f"{i} {self.names[case]}", width, size) for case, i in self.numbers.items()]
        depth = max(1, -(-len(listed) // n))
        parts = (listed[start : start + depth] for start in range(0, len(listed), depth))
        return [[line for lines in part for line in lines] for part in parts]

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw key, fit, plot and names."""
        self.key.draw(sheet, margin(), top)
        left = margin() + self.left.width + _TICKS
        words_top = top + self.key.height
        if self.fit:
            sheet.text(margin(), words_top, [self.fit], type_size("small"), color=INK)
            words_top += height_of(1, type_size("small")) + 4
        sheet.text(margin(), words_top, self.y_words, type_size("small"), color=SOFT_INK)
        plot_top = top + self.head
        axes = sheet.axes(left, plot_top, self.width, self.side)
        self._paint(axes)
        self._name(axes)
        below = plot_top + self.side + _TICKS
        room = margin() + inner_width() - measure("\n".join(self.x_words), type_size("small"))
        place = (min(left, room), below)
        sheet.text(*place, self.x_words, type_size("small"), color=SOFT_INK)
        self._list(sheet, below + height_of(len(self.x_words), type_size("small")) + 8)

    def _list(self, sheet: Sheet, top: float) -> None:
        for k, lines in enumerate(self.columns):
            x = margin() + k * inner_width() / len(self.columns)
            for i, line in enumerate(lines):
                sheet.text(x, top + i * _case_line(), [line], type_size("case"))

    def _paint(self, axes: Axes) -> None:
        axes.set(xlim=(0, self.width), ylim=(self.side, 0))
        axes.axis("off")
        _draw_frame(axes, self.width, self.side)
        for case in self.frame.to_dict("records"):
            colour = mark(case["type"]).colour
            look: dict[str, Any] = {
                "markersize": _DOT,
                "markeredgecolor": INK,
                "markeredgewidth": 0.5,
            }
            symbol, place = self.markers[str(case["group"])], self.places[case["category"]]
            axes.plot(*place, symbol, color=colour, clip_on=False, zorder=4, **look)

    def _name(self, axes: Axes) -> None:
        for (x, middles), side, away in zip(self.beside, ("right", "left"), (-3, 3), strict=True):
            for case, middle in middles.items():
                y = middle + BASELINE * type_size("case")
                style: dict[str, Any] = {"fontsize": type_size("case"), "ha": side}
                axes.text(x + away, y, self.numbers[case], color=INK, va="baseline", **style)
                line = ([x, self.places[case][0]], [middle, self.places[case][1]])
                axes.plot(*line, color=FAINT_INK, linewidth=0.4, clip_on=False, zorder=2)


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw memberships in an outcome against memberships in a solution.

    Parameters
    ----------
    data
        category (case, shown by its name where it has one), x (solution), value (outcome), and if
        wanted group, which chooses the marker, and the fit (consistency, pri, coverage), the same
        in every row. Colours
        tell the quadrants apart; cases that contradict sufficiency have their numbers on the right,
        cases that the solution leaves out on the left, and their names below the plot.
    """
    frame = _frame(data, exhibit)
    markers = _markers(frame)
    left, right = (_cases(frame, f"deviant_{kind}") for kind in ("coverage", "consistency"))
    body = XYPlot(
        frame=frame,
        markers=markers,
        key=_key(frame, markers, exhibit, labels, lang),
        fit=_fit_words(frame, lang),
        x_words=wrap(needed_words(exhibit, lang, "x"), inner_width() / 2, type_size("small")),
        y_words=wrap(needed_words(exhibit, lang, "y"), inner_width(), type_size("small")),
        left=Names(left),
        right=Names(right),
        names={case: _named(case, labels, lang) for case in (*left, *right)},
    )
    if body.width < _LEAST_PLOT:
        raise TooNarrowError("the numbers of the cases leave no room for the marks")
    return compose(exhibit, body, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences how many cases lie in each quadrant, and which deviate."""
    frame = _frame(data, exhibit)
    axes = {name: needed_words(exhibit, lang, name) for name in ("x", "y")}
    kind, fit = _KIND[lang].format(**axes), _fit_words(frame, lang)
    told = [fit] if fit else []
    groups = words_of(_groups(frame), "group", exhibit, labels, lang)
    counts = [f"{words} {(frame['group'] == group).sum()}" for group, words in groups.items()]
    told += [SEPARATOR[lang].join(counts)] if counts else []
    for case_type in in_order(frame["type"], list(_TYPE_WORDS)):
        cases = list(frame.loc[frame["type"] == case_type, "category"])
        text = _TYPE_WORDS[case_type][lang] + COMMA[lang] + str(len(cases))
        if case_type.startswith("deviant"):
            names = (_named(case, labels, lang) for case in cases)
            text += COLON[lang] + SEPARATOR[lang].join(names)
        told.append(text)
    told[0] += STOP[lang] + kind
    return told


def apart(wanted: Sequence[Point], distance: float, corner: Point) -> list[Point]:
    """Move points that would cover each other to the nearest free places short of a corner."""
    placed: list[Point] = []
    for x, y in wanted:
        ring = ((x + dx * distance, y + dy * distance) for dx, dy in _RINGS)
        inside = (p for p in ring if _is_within(p, corner))
        placed.append(next((p for p in inside if _is_free(p, placed, distance)), (x, y)))
    return placed


def _is_within(place: Point, corner: Point) -> bool:
    return all(
        end * _EDGE / (1 - _EDGE) - TOUCH <= at <= end + TOUCH
        for at, end in zip(place, corner, strict=True)
    )


def _is_free(place: Point, others: Sequence[Point], distance: float) -> bool:
    x, y = place
    return all(np.hypot(x - a, y - b) >= 0.98 * distance for a, b in others)


def untangled(
    order: Sequence[str], slots: Sequence[float], at: Mapping[str, Point], x: float
) -> list[str]:
    """Swap names whose leader lines cross until none do; each swap shortens the lines."""
    cases = list(order)
    for _ in range(len(cases) ** 2):
        crossed = next(
            (
                (i, j)
                for i, j in combinations(range(len(cases)), 2)
                if _length(cases[i], slots[i], at, x) + _length(cases[j], slots[j], at, x)
                > _length(cases[i], slots[j], at, x) + _length(cases[j], slots[i], at, x) + TOUCH
            ),
            None,
        )
        if crossed is None:
            break
        i, j = crossed
        cases[i], cases[j] = cases[j], cases[i]
    return cases


def _case_line() -> float:
    return type_size("case") * LEADING


def _length(case: str, slot: float, at: Mapping[str, Point], x: float) -> float:
    return float(np.hypot(at[case][0] - x, at[case][1] - slot))


def _at(membership: np.ndarray, length: float) -> np.ndarray:
    return np.asarray((_EDGE + (1 - 2 * _EDGE) * membership) * length)


def _draw_frame(axes: Axes, width: float, height: float) -> None:
    x0, xm, x1 = _at(np.array([0.0, 0.5, 1.0]), width)
    y0, ym, y1 = height - _at(np.array([0.0, 0.5, 1.0]), height)
    axes.fill_between([xm, x1], [ym, ym], [y0, y0], color=mark("shaded").colour, linewidth=0)
    box = ([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0])
    axes.plot(*box, color=SOFT_INK, linewidth=0.8)
    axes.plot([xm, xm], [y0, y1], color=GRID, linewidth=1.1)
    axes.plot([x0, x1], [ym, ym], color=GRID, linewidth=1.1)
    axes.plot([x0, x1], [y0, y1], color=SOFT_INK, linewidth=0.9, linestyle=(0, (4, 2)))
    style: dict[str, Any] = {"fontsize": type_size("note"), "color": FAINT_INK}
    for value, x in ((0, x0), (0.5, xm), (1, x1)):
        axes.text(x, height + 3, f"{value:g}", ha="center", va="top", **style)
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    for value, y in ((0, y0), (0.5, ym), (1, y1)):
        axes.text(-3, y, f"{value:g}", ha="right", va="center", bbox=paper, **style)


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("category",))
    memberships = frame[["x", "value"]].to_numpy()
    wrong = ~((memberships >= 0) & (memberships <= 1)).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax()) + 1
        raise UserError(
            f"figure {exhibit.id}: a membership is no number from 0 to 1", "calibrate it", row=row
        )
    types = case_types(frame["x"].to_numpy(), frame["value"].to_numpy(), "sufficiency")
    return frame.assign(type=types, group=frame.get("group", ""))


def _cases(frame: pd.DataFrame, kind: str) -> tuple[str, ...]:
    return tuple(frame.loc[frame["type"] == kind, "category"])


def _named(case: str, labels: Labels, lang: Lang) -> str:
    """Name of a case, or its id where nothing has a name for it."""
    found = labels.find(case)
    return found[lang] if found else case


def _fit_words(frame: pd.DataFrame, lang: Lang) -> str:
    """Fit as the data have it, the same in every row; nothing where they have none."""
    if not set(FIT) <= set(frame):
        return ""
    numbers = {name: _TWO.write(frame[name].iloc[0]) for name in FIT}
    return _FIT[lang].format(**numbers, n=len(frame))


def _groups(frame: pd.DataFrame) -> list[str]:
    return [group for group in in_order(frame["group"]) if group]


def _markers(frame: pd.DataFrame) -> dict[str, str]:
    return dict(zip(in_order(frame["group"]), MARKERS, strict=False))


def _key(
    frame: pd.DataFrame,
    markers: dict[str, str],
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
) -> Key:
    items: list[tuple[str, Sample]] = [
        (_TYPE_WORDS[kind][lang], swatch(mark(kind).colour))
        for kind in in_order(frame["type"], list(_TYPE_WORDS))
    ]
    words = words_of(_groups(frame), "group", exhibit, labels, lang)
    items += [(text, marker("#ffffff", markers[group])) for group, text in words.items()]
    return lay_key(items, inner_width())
