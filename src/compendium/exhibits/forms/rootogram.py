"""Rootogram: observed frequencies hanging from the ones that a model of counts expects."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from compendium.errors import UserError
from compendium.exhibits.canvas import Sheet, compose
from compendium.exhibits.colours import mark
from compendium.exhibits.forms.axes import plot_width, ticks_in
from compendium.exhibits.forms.frames import axis_words, checked, refuse_repeats
from compendium.exhibits.forms.keys import Key, lay_key, stroke, swatch
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import tick_style
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import GRID, INK, SOFT_INK, inner_width, margin, type_size
from compendium.exhibits.typeset import height_of, measure, wrap
from compendium.exhibits.words import CLAUSE
from compendium.text import Lang, Text

REQUIRED = ("low", "high", "observed", "expected")
OBSERVED = Text("observed, hanging from what is expected", "观察频数，悬挂于期望频数之下")
EXPECTED = Text("expected by the model", "模型期望频数")
_FINDING = Text(
    "{axis}: fewer observed than expected in {fewer} of {n} bins, more in {more}; furthest apart, "
    "on the scale of roots, {bin}, observed {observed:g}, expected {expected:.1f}",
    "{axis}：{n} 组中 {fewer} 组观察少于期望，{more} 组多于期望；按平方根相差最大的是 {bin}，"
    "观察 {observed:g}，期望 {expected:.1f}",
)
_TOLD = Text(
    "{bin}: observed {observed:g}, expected {expected:.1f}",
    "{bin}：观察 {observed:g}，期望 {expected:.1f}",
)
_OPEN_BIN = Text("{low} or more", "{low} 及以上")
_HEIGHT = 190.0
_BAR_SHARE = 0.82
_TICKS = 5
_SPACE = 0.06
_BIN_ROOM = 18.0
_BIN_GAP = 3.0


@dataclass(frozen=True)
class Rootogram:
    """The body of the figure: one bar a bin."""

    frame: pd.DataFrame
    bins: tuple[str, ...]
    axis: tuple[str, ...]
    x_axis: tuple[str, ...]
    key: Key

    @property
    def height(self) -> float:
        """Height of everything."""
        lines = len(self.axis) + len(self.x_axis)
        return self.key.height + height_of(lines, type_size("small")) + 3 + _HEIGHT + _BIN_ROOM

    @property
    def limits(self) -> tuple[float, float]:
        """Ends of the vertical axis, roots of frequencies."""
        top, foot = self._roots()
        low, high = min(0.0, float(foot.min())), float(top.max())
        space = _SPACE * (high - low)
        return low - space, high + space

    def _roots(self) -> tuple[np.ndarray, np.ndarray]:
        top = np.sqrt(self.frame["expected"].to_numpy())
        return top, top - np.sqrt(self.frame["observed"].to_numpy())

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw key, axis words, bars and curve."""
        self.key.draw(sheet, margin(), top)
        top += self.key.height
        sheet.text(margin(), top, self.axis, type_size("small"), color=SOFT_INK)
        top += height_of(len(self.axis), type_size("small")) + 3
        ticks = ticks_in(self.limits, _TICKS)
        style = tick_style(float(np.diff(ticks).min()), False)
        left = max(measure(style.write(tick), type_size("small")) for tick in ticks) + 7
        axes = sheet.axes(margin() + left, top, inner_width() - left, _HEIGHT)
        axes.set(xlim=(-0.6, len(self.bins) - 0.4), ylim=self.limits)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.set_yticks(ticks)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: style.write(value)))
        every = self._step(axes)
        axes.set_xticks(range(len(self.bins))[::every], self.bins[::every])
        axes.tick_params(axis="x", length=0)
        axes.grid(axis="y", color=GRID)
        self._paint(axes)
        foot = top + _HEIGHT + _BIN_ROOM
        sheet.text(margin() + left, foot, self.x_axis, type_size("small"), color=SOFT_INK)

    def _paint(self, axes: Axes) -> None:
        top, foot = self._roots()
        x, full = np.arange(len(self.bins)), top > foot
        edge: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.6, "zorder": 2}
        edge |= {"color": mark("observed_bar").colour, "hatch": mark("observed_bar").hatch}
        axes.bar(x[full], (top - foot)[full], _BAR_SHARE, foot[full], **edge)
        axes.axhline(0, color=INK, linewidth=1.2, zorder=3)
        curve: dict[str, Any] = {"color": mark("expected_curve").colour, "zorder": 4}
        axes.plot(x, top, marker="o", markersize=4.5, linestyle="none", **curve)
        axes.plot(x, np.where(self._usual(), top, np.nan), linewidth=1.6, **curve)

    def _step(self, axes: Axes) -> int:
        """How many bins go to one number below them, so that numbers stand apart."""
        widest = max(measure(words, type_size("small")) for words in self.bins) + _BIN_GAP
        return ceil(widest * len(self.bins) / plot_width(axes))

    def _usual(self) -> np.ndarray:
        """Bins of the usual width: the curve joins these only, as others are not on its scale."""
        width = self.frame["high"] - self.frame["low"]
        return (width == width.mode().iloc[0]).to_numpy()


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw a hanging rootogram (Kleiber and Zeileis 2016).

    Parameters
    ----------
    data
        One row a bin of counts in ascending order: lowest and highest count (nan where the bin is
        open), observed and expected number of rows. A bar that stops above the line of 0 says
        that fewer were observed than expected, one that crosses it that more were.
    """
    del labels
    frame = _frame(data, exhibit)
    curve, bar = mark("expected_curve"), mark("observed_bar")
    key = lay_key(
        [
            (EXPECTED[lang], stroke(curve.colour, "solid", 1.6, "o")),
            (OBSERVED[lang], swatch(bar.colour, bar.hatch)),
        ],
        inner_width(),
    )
    body = Rootogram(
        frame=frame,
        bins=tuple(_bin(row, "{low}+") for row in frame.to_dict("records")),
        axis=wrap(axis_words(exhibit, lang, "y"), inner_width(), type_size("small")),
        x_axis=wrap(axis_words(exhibit, lang, "x"), inner_width() * 0.9, type_size("small")),
        key=key,
    )
    return compose(exhibit, body, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say how many rows each bin has and was expected to have."""
    del labels
    frame = _frame(data, exhibit)
    told = [
        _TOLD[lang].format(bin=_bin(row, _OPEN_BIN[lang]), **row)
        for row in frame.to_dict("records")
    ]
    apart = np.sqrt(frame["observed"]) - np.sqrt(frame["expected"])
    furthest = frame.to_dict("records")[int(apart.abs().to_numpy().argmax())]
    finding = _FINDING[lang].format(
        axis=axis_words(exhibit, lang, "x"),
        fewer=int((apart < 0).sum()),
        more=int((apart > 0).sum()),
        n=len(frame),
        bin=_bin(furthest, _OPEN_BIN[lang]),
        observed=furthest["observed"],
        expected=furthest["expected"],
    )
    return [finding, CLAUSE[lang].join(told)]


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED)
    refuse_repeats(frame, exhibit, ("low",))
    negative = (frame[["observed", "expected"]] < 0).any(axis=1).to_numpy()
    if negative.any():
        row = int(negative.argmax()) + 1
        raise UserError(f"figure {exhibit.id}: a frequency is negative", "mend it", row=row)
    return frame


def _bin(row: dict[Any, Any], open_words: str) -> str:
    low, high = row["low"], row["high"]
    if pd.isna(high):
        return open_words.format(low=f"{low:g}")
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"
