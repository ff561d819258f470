"""Axes: their ends, ticks and reference values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from compendium.exhibits.canvas import POINTS_PER_INCH
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle, tick_style
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import GRID, SOFT_INK, active, type_size
from compendium.exhibits.typeset import measure
from compendium.text import Lang

_MOST_TICKS = 6
# Ticks of an axis of ratios.
_RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
# Least space in points between the numbers of two ticks.
_TICK_GAP = 3.0


@dataclass(frozen=True)
class Reference:
    """A value to compare with, drawn as a line with its words on top."""

    value: float
    words: str


def plot_width(axes: Axes) -> float:
    """Return the width of axes in points of the layout, before they are magnified."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    inches = float(axes.get_position().width * figure.get_figwidth())
    return inches * POINTS_PER_INCH / active().magnification


def ticks_in(
    limits: tuple[float, float], most: int = _MOST_TICKS, whole: bool = False
) -> list[float]:
    """Choose round ticks within the ends of an axis; at least its two ends."""
    low, high = limits
    locator = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], integer=whole)
    slack = (high - low) * 1e-9
    ticks = [float(tick) for tick in np.atleast_1d(locator.tick_values(low, high))]
    inside = [tick for tick in ticks if low - slack <= tick <= high + slack]
    return inside if len(inside) > 1 else [low, high]


def write_ticks(axis: Axis, most: int, percent: bool = False) -> None:
    """Give an axis at most so many round ticks, with just enough decimals."""
    low, high = axis.get_view_interval()
    ticks = ticks_in((float(low), float(high)), most)
    style = tick_style(float(np.diff(ticks).min()), percent)
    axis.set_ticks(ticks)
    axis.set_major_formatter(FuncFormatter(lambda value, _: style.write(value)))


def dress_value_axis(axes: Axes, percent: bool, grid: bool = True) -> None:
    """Give a horizontal value axis ticks with just enough decimals, faint lines, no frame."""
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="y", left=False, labelleft=False)
    axes.tick_params(axis="x", length=0 if grid else 3)
    low, high = axes.get_xlim()
    if axes.get_xscale() == "log":
        write_ratios(axes.xaxis, (low, high))
    else:
        ticks, style = _ticks_that_fit((low, high), plot_width(axes), percent)
        axes.set_xticks(ticks)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.write(value)))
    if grid:
        axes.grid(axis="x", color=GRID)
    if low <= 0 < high and grid:
        axes.axvline(0, color=SOFT_INK, linewidth=0.9, zorder=2)


def write_ratios(axis: Axis, limits: tuple[float, float]) -> None:
    """Give a logarithmic axis the ticks that all axes of ratios have."""
    ticks = [tick for tick in _RATIOS if limits[0] <= tick <= limits[1]]
    axis.set_minor_locator(NullLocator())
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])


def ratio_limits(values: np.ndarray) -> tuple[float, float]:
    """Choose the ends of an axis of ratios, wide enough for all of them and for no difference."""
    low, high = limits_for(np.append(np.log(values[np.isfinite(values)]), 0.0), floor_at_zero=False)
    return float(np.exp(low)), float(np.exp(high))


def _ticks_that_fit(
    limits: tuple[float, float], width: float, percent: bool
) -> tuple[list[float], NumberStyle]:
    """Choose as many ticks as their numbers leave room for, and how these are written."""
    for most in range(_MOST_TICKS, 0, -1):
        ticks = ticks_in(limits, most)
        style = tick_style(float(np.diff(ticks).min()), percent)
        widths = [measure(style.write(tick), type_size("small")) for tick in ticks]
        needed = max(a + b for a, b in pairwise(widths)) / 2 + _TICK_GAP
        if needed <= float(np.diff(ticks).min()) / (limits[1] - limits[0]) * width:
            break
    return ticks, style


def limits_for(
    values: np.ndarray, *, percent: bool = False, floor_at_zero: bool = True
) -> tuple[float, float]:
    """Choose the ends of an axis: from zero (where sensible) to a little past the largest value."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if floor_at_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    space = 0.04 * (high - low or abs(high) or 1.0)
    first = low if floor_at_zero and low == 0 else low - space
    last = high if floor_at_zero and high == 0 else high + space
    return first, min(last, 1.0) if percent and high <= 1 else last


def planned_limits(exhibit: ExhibitPlan, name: str = "xlim") -> tuple[float, float] | None:
    """Return the ends of an axis as the plan sets them."""
    planned = exhibit.options.get(name)
    return None if planned is None else (float(planned[0]), float(planned[1]))


def value_limits(frame: pd.DataFrame, exhibit: ExhibitPlan) -> tuple[float, float]:
    """Choose the ends of the value axis, wide enough for all marks and reference values."""
    names = [n for n in ("value", "low", "high", "ci_low", "ci_high") if n in frame]
    values = frame[names].to_numpy(dtype=float).ravel()
    if exhibit.options.get("ratio"):
        return planned_limits(exhibit) or ratio_limits(values)
    return planned_limits(exhibit) or limits_for(
        np.append(values, reference_values(exhibit)),
        percent=bool(exhibit.options.get("percent")),
        floor_at_zero=bool(exhibit.options.get("zero", True)),
    )


def _planned_references(exhibit: ExhibitPlan) -> list[Mapping[str, Any]]:
    planned = exhibit.options.get("reference") or []
    return [planned] if isinstance(planned, Mapping) else list(planned)


def reference_values(exhibit: ExhibitPlan) -> list[float]:
    """Return the values of the planned reference lines."""
    return [float(entry["value"]) for entry in _planned_references(exhibit)]


def references_of(exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> tuple[Reference, ...]:
    """Return the references of the plan: one mapping with value and label, or a list."""
    return tuple(
        Reference(float(entry["value"]), labels.text(entry["label"], lang=lang))
        for entry in _planned_references(exhibit)
    )


def spread(wanted: dict[str, float], heights: dict[str, float], room: float) -> dict[str, float]:
    """Move label middles apart until none overlap, as little as possible, within 0 and `room`.

    Labels keep their order; they overlap only if all heights together exceed `room`.
    """
    order = sorted(wanted, key=lambda code: wanted[code])
    placed: dict[str, float] = {}
    free = 0.0
    for code in order:
        placed[code] = max(wanted[code], free + heights[code] / 2)
        free = placed[code] + heights[code] / 2
    free = max(room, 0.0)
    for code in reversed(order):
        placed[code] = min(placed[code], free - heights[code] / 2)
        free = placed[code] - heights[code] / 2
    return placed
