"""Contours with a critical line and benchmarks: how strong a confounder would have to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from compendium.exhibits.forms.panels import MOST_TICKS, Panels, panel_width, tick_width
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle, tick_style
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import (
    FAINT_INK,
    GRID,
    SOFT_INK,
    inner_width,
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
# The last number below the axis needs this much.
_EDGE = 8.0
_LEVELS = 8
# A level this close to a critical one, in steps between levels, would hide it.
_TOO_NEAR = 0.3
_TICK_ROOM = 48.0
_POINT_GAP = 12.0
_POINT_SHARE = 0.55
_CRITICAL_DASH = (0, (5, 2))
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Middle, width and height of words, in points from the left top corner of their plot."""


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


@dataclass(frozen=True)
class ContourPlot(Panels):
    """The body: key, then one panel a facet."""

    @property
    def plot_height(self) -> float:
        """Height of one plot: room for the words of all benchmarks."""
        needed = [
            sum(height_of(len(lines), type_size("small")) + 2 for _, lines in panel.marks.values())
            for panel in self.panels
        ]
        return max([_HEIGHT, *needed])

    def paint(self, sheet: Sheet, axes: Axes, panel: Contours, place: tuple[float, float]) -> None:
        """Draw the contours of a panel, their numbers and its benchmarks."""
        axes.set(xlim=(panel.x[0], panel.x[-1]), ylim=(panel.y[0], panel.y[-1]))
        write_ticks(axes.xaxis, max(2, int(self.plot_width / _TICK_ROOM)))
        write_ticks(axes.yaxis, MOST_TICKS)
        axes.spines[["top", "right"]].set(visible=True, color=GRID)
        taken = self._draw_marks(sheet, panel, *place) if panel.marks else []
        _paint(axes, panel, (self.plot_width, self.plot_height), taken)

    def _draw_marks(self, sheet: Sheet, panel: Contours, left: float, top: float) -> list[Box]:
        """Draw benchmarks with their words; return the boxes of these in the plot."""
        places = {
            code: (
                float((x - panel.x[0]) / (panel.x[-1] - panel.x[0]) * self.plot_width),
                float((panel.y[-1] - y) / (panel.y[-1] - panel.y[0]) * self.plot_height),
            )
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
        boxes = [(x, y, _POINT_GAP, _POINT_GAP) for x, y in places.values()]
        for code, lines in words.items():
            width, x = measure("\n".join(lines), type_size("small")), places[code][0]
            ends = (column, column + (width if side == "left" else -width), x)
            middle = ((min(ends) + max(ends)) / 2, middles[code])
            boxes.append((*middle, max(ends) - min(ends), heights[code]))
        return boxes

    def _column(
        self, places: Mapping[str, Point], words: Mapping[str, tuple[str, ...]]
    ) -> tuple[float, str]:
        """Edge of the column of benchmark words and the side on which they are flush."""
        widest = max(measure("\n".join(lines), type_size("small")) for lines in words.values())
        first, last = min(x for x, _ in places.values()), max(x for x, _ in places.values())
        if last + _POINT_GAP + widest <= self.plot_width or first < widest + _POINT_GAP:
            return min(last + _POINT_GAP, self.plot_width - widest - 2), "left"
        return first - _POINT_GAP, "right"


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
    width = panel_width(len(parts))
    panels = tuple(
        _panel(part, headings.get(facet, ""), width, style, exhibit, labels, lang)
        for facet, part in parts.items()
    )
    body = ContourPlot(
        panels=panels,
        key=_key(frame, exhibit, labels, lang),
        x_words=wrap(needed_words(exhibit, lang, "x"), inner_width() * 0.9, type_size("small")),
        y_words=wrap(needed_words(exhibit, lang, "y"), inner_width(), type_size("small")),
        tick_width=max(tick_width((panel.y[0], panel.y[-1])) for panel in panels),
        side_width=_EDGE,
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


def _paint(axes: Axes, panel: Contours, plot: Point, taken: list[Box]) -> None:
    grid, (low, high) = (panel.x, panel.y, panel.z), (panel.z.min(), panel.z.max())
    for level in panel.critical:
        beyond = [low - 1, level] if panel.z[0, 0] >= level else [level, high + 1]
        if low < level < high:
            axes.contourf(*grid, levels=beyond, colors=[mark("beyond").colour], zorder=0)
    critical: dict[str, Any] = {"colors": mark("critical").colour, "linewidths": 1.8}
    plain: dict[str, Any] = {"colors": FAINT_INK, "linewidths": 0.9, "linestyles": "solid"}
    critical["linestyles"] = [_CRITICAL_DASH]
    for words, zorder, look in ((panel.critical, 3, critical), (panel.levels, 2, plain)):
        levels = sorted(level for level in words if low < level < high)
        if levels:
            lines = axes.contour(*grid, levels=levels, zorder=zorder, **look)
            for level, path in zip(levels, lines.get_paths(), strict=True):
                _number(axes, np.asarray(path.vertices), words[level], look["colors"], plot, taken)


def _number(
    axes: Axes,
    line: NDArray[np.float64],
    words: str,
    colour: str,
    plot: Point,
    taken: list[Box],
) -> None:
    """Write a line's number on it, next to its middle where there is room; `taken` grows."""
    size = type_size("small")
    wide, tall = measure(words, size) + 3, size + 3
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    xs = (line[:, 0] - left) / (right - left) * plot[0]
    ys = (high - line[:, 1]) / (high - low) * plot[1]
    free = (np.abs(xs - plot[0] / 2) < (plot[0] - wide) / 2) & (
        np.abs(ys - plot[1] / 2) < (plot[1] - tall) / 2
    )
    for x, y, width, height in taken:
        free &= (np.abs(xs - x) > (width + wide) / 2) | (np.abs(ys - y) > (height + tall) / 2)
    places = np.flatnonzero(free)
    if places.size:
        i = places[np.abs(places - len(line) / 2).argmin()]
        taken.append((xs[i], ys[i], wide, tall))
        style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": size, "zorder": 4}
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        axes.text(float(line[i, 0]), float(line[i, 1]), words, color=colour, bbox=paper, **style)
