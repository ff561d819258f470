"""Lines: series over time, interrupted where their definition changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from compendium.errors import UserError
from compendium.exhibits.canvas import Sheet, compose
from compendium.exhibits.colours import Ink, inks, mark
from compendium.exhibits.forms.axes import (
    limits_for,
    planned_limits,
    reference_values,
    references_of,
    spread,
    ticks_in,
    write_ticks,
)
from compendium.exhibits.forms.frames import (
    axis_words,
    checked,
    in_order,
    level_of,
    number_style,
    refuse_repeats,
    words_of,
)
from compendium.exhibits.forms.keys import Key, Sample, lay_key, stroke, swatch, upright
from compendium.exhibits.forms.panels import (
    MOST_TICKS,
    Panels,
    panel_columns,
    panel_width,
    tick_width,
)
from compendium.exhibits.forms.sentences import Sentences
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import GRID, SOFT_INK, inner_width, type_size
from compendium.exhibits.typeset import height_of, measure, wrap
from compendium.exhibits.words import BREAK, interval_words
from compendium.text import Lang

REQUIRED = ("x", "value", "series")
OPTIONAL = ("segment", "facet", "ci_low", "ci_high", "level")
_PLOT_HEIGHT = 205.0
_FACET_HEIGHT = 150.0
_LABEL_GAP = 9.0
# End labels may take this share of a panel before they break.
_LABEL_SHARE = 0.32
# Below this distance between points each one gets a marker.
_MARKER_ROOM = 7.0
# A plot's usual share of its panel; the same in every language, so that markers are too.
_USUAL_SHARE = 0.7
_TICK_ROOM = 44.0
_LABEL_PADDING = 3.0
_BREAK_DASH = (0, (1, 2))
_REFERENCE_DASH = (0, (4, 2))


@dataclass(frozen=True)
class Panel:
    """One facet: heading, data, the words at the ends of its lines, and its vertical limits."""

    heading: tuple[str, ...]
    frame: pd.DataFrame
    labels: dict[str, tuple[str, ...]]
    y_limits: tuple[float, float]

    @property
    def labels_height(self) -> float:
        """Height in points that the end labels need."""
        return sum(_label_height(lines) for lines in self.labels.values())


@dataclass(frozen=True)
class LineChart(Panels):
    """The body of a figure with one panel a facet."""

    inks: dict[str, Ink]
    x_limits: tuple[float, float]
    percent: bool
    references: tuple[float, ...]
    step: float

    @property
    def plot_height(self) -> float:
        """Height of one plot: as usual, or as much as the end labels need."""
        usual = _PLOT_HEIGHT if len(self.panels) == 1 else _FACET_HEIGHT
        return max([usual, *(panel.labels_height for panel in self.panels)])

    def paint(self, sheet: Sheet, axes: Axes, panel: Panel, place: tuple[float, float]) -> None:
        """Draw the lines of a panel and their names."""
        axes.set(xlim=self.x_limits, ylim=panel.y_limits)
        _dress(axes, self.percent, self.plot_width)
        for value in self.references:
            axes.axhline(value, color=SOFT_INK, linewidth=1.1, linestyle=_REFERENCE_DASH)
        for x in _breaks(panel.frame):
            axes.axvline(x, color=SOFT_INK, linewidth=1.1, linestyle=_BREAK_DASH)
        for code, part in panel.frame.groupby("series", sort=False):
            _paint_series(axes, part, self.inks[str(code)], self._has_markers(panel), self.step)
        self._draw_labels(sheet, panel, *place)

    def _has_markers(self, panel: Panel) -> bool:
        room = inner_width() * _USUAL_SHARE / panel_columns(len(self.panels))
        return bool(room / panel.frame["x"].nunique() >= _MARKER_ROOM)

    def _draw_labels(self, sheet: Sheet, panel: Panel, left: float, top: float) -> None:
        ends = {code: self._end(panel, code) for code in panel.labels}
        heights = {code: _label_height(lines) for code, lines in panel.labels.items()}
        wanted = {code: end[1] for code, end in ends.items()}
        placed = spread(wanted, heights, self.plot_height)
        for code, lines in panel.labels.items():
            x, y = ends[code]
            edge = left + self.plot_width + _LABEL_GAP
            start, end = (left + x + 3, top + y), (edge - 2, top + placed[code])
            sheet.line(*zip(start, end, strict=True), color=self.inks[code].colour, linewidth=0.7)
            sheet.text(edge, top + placed[code], lines, type_size("small"), va="center")

    def _end(self, panel: Panel, code: str) -> tuple[float, float]:
        frame = panel.frame
        part = frame[(frame["series"] == code) & frame["value"].notna()].sort_values("x")
        last = part.iloc[-1]
        (x_low, x_high), (y_low, y_high) = self.x_limits, panel.y_limits
        x = (last["x"] - x_low) / (x_high - x_low) * self.plot_width
        y = (y_high - last["value"]) / (y_high - y_low) * self.plot_height
        return float(x), float(min(max(y, 0.0), self.plot_height))


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw series as lines with their names at the right ends.

    Parameters
    ----------
    data
        x, value, series, and if wanted segment, facet, ci_low, ci_high. A new segment interrupts a
        line and is marked. Options: percent, digits, level, order, facets, xlim, ylim, reference,
        zero (whether the axis has to start at zero; so it does for percent), step (points further
        apart are not joined: no line is drawn across missing years), free (each facet has its own
        vertical axis).
    """
    frame = _frame(data, exhibit)
    percent = bool(exhibit.options.get("percent"))
    codes = in_order(frame["series"], exhibit.options.get("order", ()))
    panels = _panels(frame, codes, exhibit, labels, lang)
    chart = LineChart(
        panels=panels,
        key=_key(frame, exhibit, labels, lang),
        x_words=wrap(axis_words(exhibit, lang, "x"), inner_width() * 0.8, type_size("small")),
        y_words=wrap(_axis(exhibit, lang), inner_width(), type_size("small")),
        tick_width=max(tick_width(panel.y_limits, percent) for panel in panels),
        side_width=_LABEL_GAP + max(_widest(panel.labels) for panel in panels) + 2,
        inks=_inks(frame, codes),
        x_limits=_x_limits(frame, exhibit),
        percent=percent,
        references=tuple(reference.value for reference in references_of(exhibit, labels, lang)),
        step=float(exhibit.options.get("step", inf)),
    )
    return compose(exhibit, chart, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences what the chart shows, from its data."""
    frame = _frame(data, exhibit)
    style = number_style(frame["value"], exhibit)
    return Sentences(exhibit, labels, lang, style, ("y", "value")).lines(frame)


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("facet", "series", "x", "segment"))
    known = frame[frame["value"].notna() & frame["x"].notna()]
    if known.empty:
        raise UserError(f"figure {exhibit.id}: no value is known", "give at least one value")
    return known.sort_values("x", kind="stable")


def _axis(exhibit: ExhibitPlan, lang: Lang) -> str:
    words = axis_words(exhibit, lang, "y", "value")
    if not words and not exhibit.options.get("free"):
        raise UserError(
            f"figure {exhibit.id} has no words for its value axis",
            "add axes: y: {en:, zh:} in notebooks/plan/exhibits.yml",
        )
    return words


def _panels(
    frame: pd.DataFrame,
    codes: Sequence[str],
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
) -> tuple[Panel, ...]:
    words = words_of(codes, "series", exhibit, labels, lang)
    facets = in_order(frame["facet"], exhibit.options.get("facets", ())) if "facet" in frame else []
    headings = words_of(facets, "facet", exhibit, labels, lang)
    width = panel_width(len(facets))
    panels = []
    for facet in facets or [""]:
        part = frame[frame["facet"] == facet] if facets else frame
        scaled = part if exhibit.options.get("free") else frame
        style = number_style(scaled["value"], exhibit)
        names = words if len(facets) < 2 else dict.fromkeys(codes, "")
        ends = {code: _end_words(part, code, names[code], style, width) for code in codes}
        heading = wrap(headings[facet], width, type_size("text")) if facets else ()
        shown = {code: lines for code, lines in ends.items() if lines}
        panels.append(Panel(heading, part, shown, _y_limits(scaled, exhibit)))
    return tuple(panels)


def _end_words(
    frame: pd.DataFrame, code: str, words: str, style: NumberStyle, width: float
) -> tuple[str, ...]:
    part = frame[frame["series"] == code]
    if part.empty:
        return ()
    last = style.write(float(part["value"].iloc[-1]))
    return wrap(f"{words} {last}".strip(), width * _LABEL_SHARE, type_size("small"))


def _label_height(lines: tuple[str, ...]) -> float:
    return height_of(len(lines), type_size("small")) + _LABEL_PADDING


def _widest(labels: dict[str, tuple[str, ...]]) -> float:
    return max(measure("\n".join(lines), type_size("small")) for lines in labels.values())


def _key(frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Key:
    items = _series_samples(frame, exhibit, labels, lang)
    if _breaks(frame):
        items.append((BREAK[lang], upright(SOFT_INK, _BREAK_DASH)))
    if "ci_low" in frame and frame["ci_low"].notna().any():
        items.append((interval_words(level_of(frame, exhibit), lang), swatch(mark("band").colour)))
    dashed = stroke(SOFT_INK, _REFERENCE_DASH, 1.1)
    items += [(r.words, dashed) for r in references_of(exhibit, labels, lang)]
    return lay_key(items, inner_width())


def _inks(frame: pd.DataFrame, codes: Sequence[str]) -> dict[str, Ink]:
    """Tell series of a panel apart; panels of one series each are told apart by their headings."""
    if _is_crowded(frame):
        return inks(codes)
    return {code: ink for code in codes for ink in inks([code]).values()}


def _is_crowded(frame: pd.DataFrame) -> bool:
    facets = frame["facet"] if "facet" in frame else pd.Series("", index=frame.index)
    return bool(frame.groupby(facets)["series"].nunique().max() > 1)


def _series_samples(
    frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> list[tuple[str, Sample]]:
    """Samples of the series where panels repeat them; in a single panel the lines bear names."""
    codes = in_order(frame["series"], exhibit.options.get("order", ()))
    if "facet" not in frame or not _is_crowded(frame):
        return []
    words = words_of(codes, "series", exhibit, labels, lang)
    return [
        (words[code], stroke(ink.colour, ink.dash, 1.8, ink.marker))
        for code, ink in inks(codes).items()
    ]


def _x_limits(frame: pd.DataFrame, exhibit: ExhibitPlan) -> tuple[float, float]:
    planned = planned_limits(exhibit)
    if planned:
        return planned
    low, high = float(frame["x"].min()), float(frame["x"].max())
    space = 0.02 * (high - low) or 0.5
    return low - space, high + space


def _y_limits(frame: pd.DataFrame, exhibit: ExhibitPlan) -> tuple[float, float]:
    names = [name for name in ("value", "ci_low", "ci_high") if name in frame]
    values = frame[names].to_numpy(dtype=float).ravel()
    percent = bool(exhibit.options.get("percent"))
    return planned_limits(exhibit, "ylim") or limits_for(
        np.append(values, reference_values(exhibit)),
        percent=percent,
        floor_at_zero=bool(exhibit.options.get("zero", percent)),
    )


def _dress(axes: Axes, percent: bool, width: float) -> None:
    axes.spines["left"].set_visible(False)
    write_ticks(axes.yaxis, MOST_TICKS, percent)
    axes.grid(axis="y", color=GRID)
    x_ticks = ticks_in(axes.get_xlim(), max(2, int(width / _TICK_ROOM)), whole=True)
    axes.set_xticks(x_ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(_plain_tick))


def _plain_tick(value: float, _: int) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def _paint_series(axes: Axes, part: pd.DataFrame, ink: Ink, markers: bool, step: float) -> None:
    low, high = axes.get_ylim()
    clipped = not part["value"].between(low, high).all()
    for piece in _pieces(part, step):
        symbol = ink.marker if markers or len(piece) == 1 else ""
        style: dict[str, Any] = {"color": ink.colour, "linestyle": ink.dash, "marker": symbol}
        axes.plot(piece["x"], piece["value"], **style, markersize=4.0, zorder=3, clip_on=clipped)
        if "ci_low" in piece:
            band: dict[str, Any] = {"color": ink.colour, "alpha": 0.18, "linewidth": 0}
            axes.fill_between(piece["x"], piece["ci_low"], piece["ci_high"], **band)


def _pieces(part: pd.DataFrame, step: float = inf) -> list[pd.DataFrame]:
    ordered = part.sort_values("x", kind="stable")
    apart = ordered["x"].diff() > step
    if "segment" in ordered:
        apart |= (ordered["segment"] != ordered["segment"].shift()) & ordered["x"].shift().notna()
    return [piece for _, piece in ordered.groupby(apart.cumsum(), sort=True)]


def _breaks(frame: pd.DataFrame) -> list[float]:
    """Places of breaks, half a usual step before the first point of the new segment."""
    found: set[float] = set()
    for _, part in frame.groupby(["facet", "series"] if "facet" in frame else "series"):
        usual = float(part["x"].sort_values().diff().median())
        for before, after in pairwise(_pieces(part)):
            first = float(after["x"].iloc[0])
            found.add(first - min(usual, first - float(before["x"].iloc[-1])) / 2)
    return sorted(found)
