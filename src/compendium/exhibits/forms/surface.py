"""Response surface: contours of a predicted outcome, and the outcome along some lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.errors import UserError
from compendium.exhibits.canvas import Sheet, compose
from compendium.exhibits.colours import Ink, inks, mark, shades
from compendium.exhibits.forms.axes import limits_for, ticks_in, write_ticks
from compendium.exhibits.forms.frames import (
    axis_words,
    checked,
    in_order,
    level_of,
    needed_words,
    refuse_repeats,
    words_of,
)
from compendium.exhibits.forms.keys import Key, Sample, lay_key, stroke, swatch
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle, tick_style
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import GRID, SOFT_INK, inner_width, is_narrow, margin, type_size
from compendium.exhibits.typeset import height_of, wrap
from compendium.exhibits.words import COLON, interval_words
from compendium.text import Lang, Text

REQUIRED = ("series", "x", "y", "value")
OPTIONAL = ("ci_low", "ci_high", "level")
SURFACE = "surface"
"""Code of the grid's points among the series; all others are lines on the surface."""
_PLOT_HEIGHT = 190.0
_GUTTER = 26.0
_TICK_WIDTH = 30.0
_X_AXIS = 18.0
# The last number of an axis needs this much beside the plot, some of it in the margin.
_EDGE = 12.0
_BANDS = 6
# Light enough for dark lines on top, apart enough in grey.
_LIGHTEST, _DARKEST = 0.04, 0.62
_TWO = NumberStyle(False, 2)
_HIGHEST = Text(
    "highest predicted value {high} at {hx} and {hy}, lowest {low} at {lx} and {ly}",
    "预测值最高 {high}（{hx}，{hy}），最低 {low}（{lx}，{ly}）",
)
_ENDS = Text("from {first} to {last}", "由 {first} 至 {last}")


@dataclass(frozen=True)
class SurfacePlot:
    """The body of the figure: contours on the left, lines on the right."""

    grid: pd.DataFrame
    lines: Mapping[str, pd.DataFrame]
    inks: Mapping[str, Ink]
    bands: tuple[float, ...]
    colours: tuple[str, ...]
    keys: tuple[Key, Key]
    x_words: tuple[str, ...]
    y_words: tuple[str, ...]
    z_words: tuple[str, ...]

    @property
    def _head(self) -> float:
        return height_of(max(len(self.y_words), len(self.z_words)), type_size("small")) + 4

    @property
    def _panel_height(self) -> float:
        words = height_of(len(self.x_words), type_size("small"))
        return self._head + _PLOT_HEIGHT + _X_AXIS + words

    @property
    def height(self) -> float:
        """Height of everything."""
        panels = 2 * self._panel_height + _GUTTER / 2 if is_narrow() else self._panel_height
        return sum(key.height for key in self.keys) + panels

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw keys, words and both plots."""
        for key in self.keys:
            key.draw(sheet, margin(), top)
            top += key.height
        places = [(margin(), top), (_second(), top)]
        if is_narrow():
            places[1] = (margin(), top + self._panel_height + _GUTTER / 2)
        self._contours(self._panel(sheet, places[0], self.y_words))
        self._profiles(self._panel(sheet, places[1], self.z_words))

    def _panel(self, sheet: Sheet, place: tuple[float, float], words: tuple[str, ...]) -> Axes:
        left, top = place
        plot_top = top + self._head
        high = plot_top - 4 - height_of(len(words), type_size("small"))
        sheet.text(left, high, words, type_size("small"), color=SOFT_INK)
        foot = plot_top + _PLOT_HEIGHT + _X_AXIS
        sheet.text(left + _TICK_WIDTH, foot, self.x_words, type_size("small"), color=SOFT_INK)
        return sheet.axes(left + _TICK_WIDTH, plot_top, _panel_width(), _PLOT_HEIGHT)

    def _contours(self, axes: Axes) -> None:
        table = self.grid.pivot_table(index="y", columns="x", values="value")
        xs, ys = table.columns.to_numpy(dtype=float), table.index.to_numpy(dtype=float)
        z = table.to_numpy()
        axes.contourf(xs, ys, z, levels=self.bands, colors=self.colours)
        axes.contour(xs, ys, z, levels=self.bands, colors=SOFT_INK, linewidths=0.4)
        axes.set(xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]))
        for code, line in self.lines.items():
            ink = self.inks[code]
            axes.plot(line["x"], line["y"], color=ink.colour, linestyle=ink.dash, linewidth=1.8)
        _dress(axes)

    def _profiles(self, axes: Axes) -> None:
        every = pd.concat(self.lines.values())
        names = [name for name in ("value", "ci_low", "ci_high") if name in every]
        low, high = limits_for(every[names].to_numpy().ravel(), floor_at_zero=False)
        axes.set(xlim=(self.grid["x"].min(), self.grid["x"].max()), ylim=(low, high))
        for code, line in self.lines.items():
            ink = self.inks[code]
            if "ci_low" in line:
                band = (line["x"], line["ci_low"], line["ci_high"])
                axes.fill_between(*band, color=ink.colour, alpha=0.18, linewidth=0)
            axes.plot(line["x"], line["value"], color=ink.colour, linestyle=ink.dash, linewidth=1.8)
        axes.grid(axis="y", color=GRID)
        _dress(axes)


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw a response surface seen from above, and cuts through it.

    Parameters
    ----------
    data
        series, x, y, value, and if wanted ci_low, ci_high. The series "surface" is a full grid;
        every other series is a line on it, drawn on the contours and, over x, beside them. Axes of
        the plan: x, y, value.
    """
    frame = frame_of(data, exhibit)
    grid, lines = parts_of(frame, exhibit)
    bands, colours = bands_of(grid)
    ink = inks(list(lines))
    width = _panel_width() + _TICK_WIDTH
    small = type_size("small")
    body = SurfacePlot(
        grid=grid,
        lines=lines,
        inks=ink,
        bands=bands,
        colours=colours,
        keys=(
            line_key(frame, lines, ink, exhibit, labels, lang),
            band_key(bands, colours, exhibit, lang),
        ),
        x_words=wrap(axis_words(exhibit, lang, "x"), _panel_width(), small),
        y_words=wrap(axis_words(exhibit, lang, "y"), width, small),
        z_words=wrap(needed_words(exhibit, lang, "value"), width, small),
    )
    return compose(exhibit, body, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences where the surface is highest and lowest and how it runs along each line."""
    grid, lines = parts_of(frame_of(data, exhibit), exhibit)
    high, low = grid.loc[grid["value"].idxmax()], grid.loc[grid["value"].idxmin()]
    told = [
        needed_words(exhibit, lang, "value")
        + COLON[lang]
        + _HIGHEST[lang].format(
            high=_TWO.write(high["value"]),
            hx=_TWO.write(high["x"]),
            hy=_TWO.write(high["y"]),
            low=_TWO.write(low["value"]),
            lx=_TWO.write(low["x"]),
            ly=_TWO.write(low["y"]),
        )
    ]
    words = words_of(list(lines), "series", exhibit, labels, lang)
    told += [
        words[code]
        + COLON[lang]
        + _ENDS[lang].format(
            first=_TWO.write(line["value"].iloc[0]), last=_TWO.write(line["value"].iloc[-1])
        )
        for code, line in lines.items()
    ]
    return told


def frame_of(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    """The data of a surface, refused where they are no such data."""
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("series", "x", "y"))
    return frame


def parts_of(
    frame: pd.DataFrame, exhibit: ExhibitPlan
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Grid and lines, these sorted by x.

    Raises
    ------
    UserError
        The grid has holes or fewer than two values on a side, or there is no line.
    """
    grid = frame[frame["series"] == SURFACE]
    sides = (grid["x"].nunique(), grid["y"].nunique())
    whole = len(grid) == sides[0] * sides[1] and grid["value"].notna().all()
    if min(sides) < 2 or not whole:
        raise UserError(f"figure {exhibit.id}: the surface is no full grid", "give every point")
    codes = [code for code in in_order(frame["series"]) if code != SURFACE]
    if not codes:
        raise UserError(f"figure {exhibit.id} has no line on its surface", "give at least one")
    return grid, {code: frame[frame["series"] == code].sort_values("x") for code in codes}


def bands_of(grid: pd.DataFrame) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Round edges of the bands of values, and the colour of each band, light to dark."""
    bands = _enclosing(ticks_in(_outer(grid["value"]), _BANDS + 1), grid["value"])
    return bands, shades(len(bands) - 1, _LIGHTEST, _DARKEST)


def _enclosing(edges: Sequence[float], values: pd.Series[float]) -> tuple[float, ...]:
    """The same edges, with one more at an end that values lie beyond."""
    step = edges[1] - edges[0]
    below = [edges[0] - step] if values.min() < edges[0] else []
    above = [edges[-1] + step] if values.max() > edges[-1] else []
    return (*below, *edges, *above)


def _outer(values: pd.Series[float]) -> tuple[float, float]:
    """Ends a little beyond the values, so that round contours enclose them."""
    low, high = float(values.min()), float(values.max())
    step = (high - low or 1.0) / (_BANDS - 1)
    return low - step, high + step


def line_key(
    frame: pd.DataFrame,
    lines: Mapping[str, pd.DataFrame],
    ink: Mapping[str, Ink],
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
) -> Key:
    """What each line is, and the level of the bands around them where there are any."""
    words = words_of(list(lines), "series", exhibit, labels, lang)
    items: list[tuple[str, Sample]] = [
        (words[code], stroke(ink[code].colour, ink[code].dash, 1.8)) for code in lines
    ]
    if "ci_low" in frame and frame["ci_low"].notna().any():
        items.append((interval_words(level_of(frame, exhibit), lang), swatch(mark("band").colour)))
    return lay_key(items, inner_width())


def band_key(
    bands: Sequence[float], colours: Sequence[str], exhibit: ExhibitPlan, lang: Lang
) -> Key:
    """Which values each colour stands for."""
    style = tick_style(float(np.diff(bands).min()), False)
    items: list[tuple[str, Sample]] = [
        (style.between(low, high), swatch(colour))
        for (low, high), colour in zip(pairwise(bands), colours, strict=True)
    ]
    words = needed_words(exhibit, lang, "value")
    first = f"{words}{COLON[lang].rstrip()} {items[0][0]}"
    return lay_key([(first, items[0][1]), *items[1:]], inner_width())


def _panel_width() -> float:
    width = inner_width() if is_narrow() else (inner_width() - _GUTTER) / 2
    return width - _TICK_WIDTH - max(0.0, _EDGE - margin())


def _second() -> float:
    """Left edge of the second panel."""
    return margin() + (inner_width() + _GUTTER) / 2


def _dress(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        write_ticks(axis, 5)
