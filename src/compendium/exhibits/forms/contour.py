"""Contours with a critical line and benchmarks: how strong a confounder would have to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.exhibits.canvas import Sheet, compose
from compendium.exhibits.colours import mark
from compendium.exhibits.forms.axes import spread, ticks_in, write_ticks
from compendium.exhibits.forms.frames import (
    axis_words,
    checked,
    in_order,
    needed_words,
    number_style,
    refuse_repeats,
    words_of,
)
from compendium.exhibits.forms.keys import Key, Sample, lay_key, marker, stroke, swatch
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle, tick_style
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import (
    FAINT_INK,
    GRID,
    SOFT_INK,
    inner_width,
    is_narrow,
    margin,
    type_size,
)
from compendium.exhibits.typeset import height_of, measure, wrap
from compendium.exhibits.words import CLAUSE, COLON
from compendium.text import Lang, Text

REQUIRED = ("part", "category", "x", "y", "value")
OPTIONAL = ("facet",)
PARTS = ("grid", "critical", "benchmark")
"""What a row is: a point of the full grid, the value of a critical line, or a marked point."""
_BEYOND = Text("beyond a critical line", "越过临界线之处")
_BENCHMARK = Text(
    "benchmark: as strong as the covariate named, and the value there",
    "基准：与所列协变量同样强，及该处取值",
)
_KIND = Text("Contours of: {z}, over: {x}, and: {y}", "等值线图，内容为：{z}，横轴：{x}，纵轴：{y}")
_SPAN = Text("from {low} to {high}", "由 {low} 至 {high}")
_LINE = Text("{words}: {value}", "{words}：{value}")
_POINT = Text("{words}: {value} at {x} and {y}", "{words}：{value}（{x}，{y}）")
_THREE = NumberStyle(False, 3)
_HEIGHT = 215.0
_COLUMNS = 2
_GUTTER = 22.0
_LEVELS = 8
# A level this close to a critical one, in steps between levels, would hide it.
_TOO_NEAR = 0.3
_X_AXIS = 18.0
_TICK_ROOM = 48.0
_LABEL_GAP = 9.0
_POINT_GAP = 12.0
_POINT_SHARE = 0.55
_CRITICAL_DASH = (0, (5, 2))
Point = tuple[float, float]


@dataclass(frozen=True)
class Contours:
    """One facet: the grid, its levels, and what is marked on it.

    Attributes
    ----------
    x, y, z
        Sides (p,) and (q,) and values (q, p) of the grid.
    levels
        Values of the lines and their words.
    critical
        Values of the critical lines and their words.
    marks
        Place and words of each benchmark, by its code.
    """

    heading: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    levels: Mapping[float, str]
    critical: Mapping[float, str]
    marks: Mapping[str, tuple[Point, tuple[str, ...]]]

    @property
    def words(self) -> dict[float, str]:
        """Words of all lines."""
        return {**self.levels, **self.critical}

    @property
    def on_the_right(self) -> dict[float, float]:
        """Y at which each line leaves through the right side."""
        found = {level: _crossing(self.y, self.z[:, -1], level) for level in self.words}
        return {level: at for level, at in found.items() if at is not None}

    @property
    def on_top(self) -> dict[float, float]:
        """X at which each of the other lines leaves through the top."""
        right = self.on_the_right
        found = {
            level: _crossing(self.x, self.z[-1], level)
            for level in self.words
            if level not in right
        }
        return {level: at for level, at in found.items() if at is not None}


@dataclass(frozen=True)
class ContourPlot:
    """The body: key, then one panel a facet."""

    panels: tuple[Contours, ...]
    key: Key
    x_words: tuple[str, ...]
    y_words: tuple[str, ...]
    tick_width: float
    level_width: float

    @property
    def columns(self) -> int:
        """Panels side by side."""
        return _columns(len(self.panels))

    @property
    def plot_width(self) -> float:
        """Width of one plot."""
        whole = (inner_width() - _GUTTER * (self.columns - 1)) / self.columns
        return whole - self.tick_width - self.level_width

    @property
    def plot_height(self) -> float:
        """Height of one plot: room for the words of all benchmarks."""
        needed = [
            sum(height_of(len(lines), type_size("small")) + 2 for _, lines in panel.marks.values())
            for panel in self.panels
        ]
        return max([_HEIGHT, *needed])

    @property
    def _head(self) -> float:
        lines = max(len(panel.heading) for panel in self.panels)
        above = any(panel.on_top for panel in self.panels)
        return height_of(lines, type_size("text")) + height_of(int(above), type_size("small")) + 5

    @property
    def _panel_height(self) -> float:
        return self._head + self.plot_height + _X_AXIS + 8

    @property
    def height(self) -> float:
        """Height of everything."""
        words = height_of(len(self.y_words) + len(self.x_words), type_size("small"))
        return self.key.height + words + ceil(len(self.panels) / self.columns) * self._panel_height

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw key, axis words and panels."""
        self.key.draw(sheet, margin(), top)
        top += self.key.height
        sheet.text(margin(), top, self.y_words, type_size("small"), color=SOFT_INK)
        top += height_of(len(self.y_words), type_size("small"))
        step = (inner_width() + _GUTTER) / self.columns
        for i, panel in enumerate(self.panels):
            row, column = divmod(i, self.columns)
            place = (margin() + column * step, top + row * self._panel_height)
            self._draw_panel(sheet, panel, *place)
        foot = top + ceil(len(self.panels) / self.columns) * self._panel_height - 8
        sheet.text(
            margin() + self.tick_width, foot, self.x_words, type_size("small"), color=SOFT_INK
        )

    def _draw_panel(self, sheet: Sheet, panel: Contours, left: float, top: float) -> None:
        sheet.text(left, top, panel.heading, type_size("text"))
        left, top = left + self.tick_width, top + self._head
        axes = sheet.axes(left, top, self.plot_width, self.plot_height)
        axes.set(xlim=(panel.x[0], panel.x[-1]), ylim=(panel.y[0], panel.y[-1]))
        _dress(axes, self.plot_width)
        _paint(axes, panel)
        self._draw_levels(sheet, panel, left, top)
        self._draw_marks(sheet, panel, left, top)

    def _draw_levels(self, sheet: Sheet, panel: Contours, left: float, top: float) -> None:
        right = panel.on_the_right
        wanted = {f"{level}": self._down(panel, at) for level, at in right.items()}
        heights = dict.fromkeys(wanted, height_of(1, type_size("small")))
        placed = spread(wanted, heights, self.plot_height)
        edge = left + self.plot_width
        for level in right:
            y, at = placed[f"{level}"], wanted[f"{level}"]
            colour = self._colour(panel, level)
            sheet.line([edge, edge + 6], [top + at, top + y], color=colour, linewidth=0.6)
            words = [panel.words[level]]
            sheet.text(edge + 8, top + y, words, type_size("small"), va="center", color=colour)
        self._draw_top_levels(sheet, panel, left, top)

    def _draw_top_levels(self, sheet: Sheet, panel: Contours, left: float, top: float) -> None:
        wanted = {f"{level}": self._across(panel, at) for level, at in panel.on_top.items()}
        size = type_size("small")
        widths = {f"{level}": measure(panel.words[level], size) + 4 for level in panel.on_top}
        placed = spread(wanted, widths, self.plot_width)
        for level in panel.on_top:
            place = (left + placed[f"{level}"], top - 2)
            look: dict[str, Any] = {
                "ha": "center",
                "va": "bottom",
                "color": self._colour(panel, level),
            }
            sheet.text(*place, [panel.words[level]], type_size("small"), **look)

    def _draw_marks(self, sheet: Sheet, panel: Contours, left: float, top: float) -> None:
        if not panel.marks:
            return
        places = {
            code: (self._across(panel, x), self._down(panel, y))
            for code, ((x, y), _) in panel.marks.items()
        }
        words = {code: lines for code, (_, lines) in panel.marks.items()}
        heights = {
            code: height_of(len(lines), type_size("small")) + 2 for code, lines in words.items()
        }
        middles = spread({code: y for code, (_, y) in places.items()}, heights, self.plot_height)
        column, side = self._column(places, words)
        for code, lines in words.items():
            x, y = places[code]
            end = (left + column + (-2 if side == "left" else 2), top + middles[code])
            style: dict[str, Any] = {"color": mark("single").colour, "linewidth": 0.6, "zorder": 6}
            sheet.line([left + x, end[0]], [top + y, end[1]], **style)
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
            place = (left + column, top + middles[code])
            sheet.text(
                *place, lines, type_size("small"), va="center", ha=side, bbox=paper, zorder=7
            )
            look: dict[str, Any] = {"marker": "D", "markersize": 5, "markeredgecolor": "white"}
            look["color"] = mark("single").colour
            sheet.line([left + x], [top + y], markeredgewidth=0.5, zorder=8, **look)

    def _column(
        self, places: Mapping[str, Point], words: Mapping[str, tuple[str, ...]]
    ) -> tuple[float, str]:
        """Edge of the column of benchmark words and the side on which they are flush."""
        widest = max(measure("\n".join(lines), type_size("small")) for lines in words.values())
        first, last = min(x for x, _ in places.values()), max(x for x, _ in places.values())
        if last + _POINT_GAP + widest <= self.plot_width or first < widest + _POINT_GAP:
            return min(last + _POINT_GAP, self.plot_width - widest - 2), "left"
        return first - _POINT_GAP, "right"

    def _across(self, panel: Contours, x: float) -> float:
        return float((x - panel.x[0]) / (panel.x[-1] - panel.x[0]) * self.plot_width)

    def _down(self, panel: Contours, y: float) -> float:
        return float((panel.y[-1] - y) / (panel.y[-1] - panel.y[0]) * self.plot_height)

    def _colour(self, panel: Contours, level: float) -> str:
        return mark("critical").colour if level in panel.critical else SOFT_INK


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw labelled contours, the critical ones among them, and benchmarks on them.

    Parameters
    ----------
    data
        part, category, x, y, value, and if wanted facet. Rows of the part "grid" are a full grid;
        a "critical" row gives the value of a critical line (x and y empty), its category the words
        of the line; a "benchmark" row is a marked point with its value, its category the words.
        The ground beyond a critical line, seen from the grid's first corner, is shaded. Axes of the
        plan: x, y, value. Options: digits, facets, order (of benchmarks).
    """
    frame = _frame(data, exhibit)
    parts = _parts(frame, exhibit)
    headings = words_of([f for f in parts if f], "facet", exhibit, labels, lang)
    style = number_style(frame["value"], exhibit)
    columns = _columns(len(parts))
    width = (inner_width() - _GUTTER * (columns - 1)) / columns
    panels = tuple(
        _panel(part, headings.get(facet, ""), width, style, exhibit, labels, lang)
        for facet, part in parts.items()
    )
    body = ContourPlot(
        panels=panels,
        key=_key(frame, exhibit, labels, lang),
        x_words=wrap(needed_words(exhibit, lang, "x"), inner_width() * 0.9, type_size("small")),
        y_words=wrap(needed_words(exhibit, lang, "y"), inner_width(), type_size("small")),
        tick_width=max(_tick_width(panel.y) for panel in panels),
        level_width=_LABEL_GAP + max(_level_width(panel) for panel in panels),
    )
    return compose(exhibit, body, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences what the grid spans, where the critical lines lie and what is marked."""
    frame = _frame(data, exhibit)
    parts = _parts(frame, exhibit)
    headings = words_of([f for f in parts if f], "facet", exhibit, labels, lang)
    style = number_style(frame["value"], exhibit)
    words = {name: axis_words(exhibit, lang, name) for name in "xy"}
    told = []
    for facet, part in parts.items():
        grid = part.loc[part["part"] == "grid", "value"]
        span = {"low": style.write(grid.min()), "high": style.write(grid.max())}
        facts = [_SPAN[lang].format(**span), *_tell(part, style, exhibit, labels, lang)]
        head = headings[facet] + COLON[lang] if facet else ""
        told.append(head + CLAUSE[lang].join(facts))
    value = needed_words(exhibit, lang, "value", "x")
    kind = _KIND[lang].format(z=value, **words)
    return [f"{value}{COLON[lang]}{told[0]}", *told[1:], kind]


def _tell(
    part: pd.DataFrame, style: NumberStyle, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> list[str]:
    rows = part[part["part"] != "grid"]
    words = words_of(in_order(rows["category"]), "category", exhibit, labels, lang)
    return [
        (_LINE if row["part"] == "critical" else _POINT)[lang].format(
            words=words[row["category"]],
            value=style.write(row["value"]),
            x=_THREE.write(row["x"]),
            y=_THREE.write(row["y"]),
        )
        for row in rows.to_dict("records")
    ]


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("facet", "part", "category", "x", "y"))
    unknown = sorted(set(frame["part"]) - set(PARTS))
    if unknown:
        raise UserError(
            f"figure {exhibit.id}: a row is of an unknown part",
            f"use one of {', '.join(PARTS)}",
            column="part",
            value=unknown[0],
        )
    return frame


def _columns(panels: int) -> int:
    """Panels side by side."""
    return 1 if is_narrow() else min(_COLUMNS, panels)


def _parts(frame: pd.DataFrame, exhibit: ExhibitPlan) -> dict[str, pd.DataFrame]:
    """Rows by facet, each with a full grid and its benchmarks on it.

    Raises
    ------
    UserError
        A grid has holes or fewer than two values on a side, or a benchmark lies outside.
    """
    facets = in_order(frame["facet"], exhibit.options.get("facets", ())) if "facet" in frame else []
    parts = {facet: frame[frame["facet"] == facet] for facet in facets} or {"": frame}
    for part in parts.values():
        grid, marks = part[part["part"] == "grid"], part[part["part"] == "benchmark"]
        sides = (grid["x"].nunique(), grid["y"].nunique())
        whole = len(grid) == sides[0] * sides[1] and bool(np.isfinite(grid["value"]).all())
        if min(sides) < 2 or not whole:
            raise UserError(f"figure {exhibit.id}: the surface is no full grid", "give every point")
        for name in "xy":
            outside = ~marks[name].between(grid[name].min(), grid[name].max())
            if outside.any():
                raise UserError(
                    f"figure {exhibit.id}: a benchmark lies outside the grid",
                    "make the grid larger",
                    column=name,
                    value=marks.loc[outside.idxmax(), "category"],
                )
    return parts


def _panel(
    part: pd.DataFrame,
    heading: str,
    width: float,
    style: NumberStyle,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
) -> Contours:
    grid, marks = part[part["part"] == "grid"], part[part["part"] == "benchmark"]
    table = grid.pivot_table(index="y", columns="x", values="value")
    critical = tuple(part.loc[part["part"] == "critical", "value"].unique())
    words = words_of(
        in_order(marks["category"], exhibit.options.get("order", ())),
        "category",
        exhibit,
        labels,
        lang,
    )
    return Contours(
        heading=wrap(heading, width, type_size("text")) if heading else (),
        x=table.columns.to_numpy(dtype=float),
        y=table.index.to_numpy(dtype=float),
        z=table.to_numpy(dtype=float),
        levels=_levels(grid["value"], critical),
        critical={level: style.write(level) for level in critical},
        marks={
            row["category"]: (
                (row["x"], row["y"]),
                wrap(
                    f"{words[row['category']]} {style.write(row['value'])}",
                    width * _POINT_SHARE,
                    type_size("small"),
                ),
            )
            for row in marks.to_dict("records")
        },
    )


def _levels(values: pd.Series[float], critical: Sequence[float]) -> dict[float, str]:
    """Round values for the lines and their words, none of them hiding a critical one."""
    ticks = ticks_in((float(values.min()), float(values.max())), _LEVELS)
    step = float(np.diff(ticks).min())
    near = [any(abs(t - c) < _TOO_NEAR * step for c in critical) for t in ticks]
    style = tick_style(step, False)
    return {t: style.write(t) for t, hides in zip(ticks, near, strict=True) if not hides}


def _crossing(at: NDArray[np.float64], z: NDArray[np.float64], level: float) -> float | None:
    """Place along a side where its values first cross a level; None where they do not."""
    above = z >= level
    turns = np.flatnonzero(above[1:] != above[:-1])
    if not turns.size:
        return None
    i = int(turns[0])
    return float(at[i] + (level - z[i]) / (z[i + 1] - z[i]) * (at[i + 1] - at[i]))


def _key(frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Key:
    critical = in_order(frame.loc[frame["part"] == "critical", "category"])
    words = words_of(critical, "category", exhibit, labels, lang)
    items: list[tuple[str, Sample]] = [
        (needed_words(exhibit, lang, "value", "x"), stroke(SOFT_INK, width=0.9))
    ]
    items += [
        (words[code], stroke(mark("critical").colour, _CRITICAL_DASH, 1.8)) for code in critical
    ]
    if critical:
        items.append((_BEYOND[lang], swatch(mark("beyond").colour)))
    if (frame["part"] == "benchmark").any():
        benchmark = axis_words(exhibit, lang, "benchmark") or _BENCHMARK[lang]
        items.append((benchmark, marker(mark("single").colour, "D")))
    return lay_key(items, inner_width())


def _tick_width(side: NDArray[np.float64]) -> float:
    ticks = ticks_in((float(side[0]), float(side[-1])), 5)
    style = tick_style(float(np.diff(ticks).min()), False)
    return max(measure(style.write(tick), type_size("small")) for tick in ticks) + 8


def _level_width(panel: Contours) -> float:
    return max((measure(words, type_size("small")) for words in panel.words.values()), default=0.0)


def _dress(axes: Axes, width: float) -> None:
    write_ticks(axes.xaxis, max(2, int(width / _TICK_ROOM)))
    write_ticks(axes.yaxis, 5)
    axes.spines[["top", "right"]].set(visible=True, color=GRID)


def _paint(axes: Axes, panel: Contours) -> None:
    grid = (panel.x, panel.y, panel.z)
    lines = [*panel.on_the_right, *panel.on_top]
    plain = sorted(level for level in lines if level not in panel.critical)
    for level in panel.critical:
        beyond = (-inf, level) if panel.z[0, 0] >= level else (level, inf)
        low, high = max(beyond[0], panel.z.min() - 1), min(beyond[1], panel.z.max() + 1)
        if low < high and level in lines:
            axes.contourf(*grid, levels=[low, high], colors=[mark("beyond").colour], zorder=0)
    if plain:
        style: dict[str, Any] = {"linewidths": 0.9, "linestyles": "solid", "zorder": 2}
        axes.contour(*grid, levels=plain, colors=FAINT_INK, **style)
    for level in panel.critical:
        if level in lines:
            axes.contour(
                *grid,
                levels=[level],
                colors=mark("critical").colour,
                linewidths=1.8,
                linestyles=[_CRITICAL_DASH],
                zorder=3,
            )
