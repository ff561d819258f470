"""Bounds: what is known at least, and what cannot be ruled out."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.errors import UserError
from compendium.exhibits.canvas import compose
from compendium.exhibits.colours import mark
from compendium.exhibits.forms.axes import references_of, value_limits
from compendium.exhibits.forms.frames import (
    checked,
    level_of,
    needed_words,
    number_style,
    refuse_repeats,
)
from compendium.exhibits.forms.keys import Key, Sample, lay_key, swatch, whisker
from compendium.exhibits.forms.rows import (
    NumberColumn,
    RowChart,
    Rows,
    by_row,
    count_column,
    lay_rows,
)
from compendium.exhibits.forms.sentences import Sentences
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import interval_glue
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import INK, inner_width
from compendium.exhibits.style_file import Fill
from compendium.exhibits.words import BOUNDS, NAMED, TO, WORST_CASE, interval_words
from compendium.text import Lang

REQUIRED = ("category", "low", "high")
OPTIONAL = ("ci_low", "ci_high", "n", "facet", "level")
_BAR = 11.0


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw each lower bound solid and the way up to its upper bound hatched.

    Parameters
    ----------
    data
        category, low, high, and if wanted ci_low, ci_high, n, facet. Options: percent, digits,
        level, order, facets, xlim, reference; labels "solid" and "hatched" in `axes` replace the
        standard words of the key.
    """
    frame = _frame(data, exhibit)
    chart = RowChart(
        rows=lay_rows(frame, exhibit, labels, lang, _BAR + 7),
        axis=needed_words(exhibit, lang, "value", "x"),
        limits=value_limits(frame, exhibit),
        percent=bool(exhibit.options.get("percent")),
        paint=_painter(frame),
        key=_key(frame, exhibit, lang),
        columns=(_bounds_column(frame, exhibit, lang), *count_column(frame, exhibit, lang)),
        references=references_of(exhibit, labels, lang),
    )
    return compose(exhibit, chart, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences what the chart shows, from its data."""
    frame = _frame(data, exhibit)
    return Sentences(exhibit, labels, lang, number_style(frame["low"], exhibit)).chart(
        "bounds", frame, "low"
    )


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("facet", "category"))
    crossed = (frame["low"] > frame["high"]).to_numpy()
    if crossed.any():
        row = int(crossed.argmax()) + 1
        raise UserError(f"figure {exhibit.id}: low is above high", "swap the bounds", row=row)
    return frame


def _key(frame: pd.DataFrame, exhibit: ExhibitPlan, lang: Lang) -> Key:
    solid = exhibit.axes.get("solid", NAMED)[lang]
    hatched = exhibit.axes.get("hatched", WORST_CASE)[lang]
    named, possible = mark("named"), mark("possible")
    items: list[tuple[str, Sample]] = [
        (solid, swatch(named.colour, named.hatch)),
        (hatched, swatch(possible.colour, possible.hatch)),
    ]
    if "ci_low" in frame and frame["ci_low"].notna().any():
        items.append((interval_words(level_of(frame, exhibit), lang), whisker()))
    return lay_key(items, inner_width())


def _bounds_column(frame: pd.DataFrame, exhibit: ExhibitPlan, lang: Lang) -> NumberColumn:
    style = number_style(frame["low"], exhibit)
    glue = interval_glue(frame["low"], TO[lang])
    cells = {
        key: style.between(part["low"].iloc[0], part["high"].iloc[0], glue)
        for key, part in by_row(frame).items()
    }
    return NumberColumn(BOUNDS[lang], cells)


def _painter(frame: pd.DataFrame) -> Any:
    parts = by_row(frame)

    def paint(axes: Axes, rows: Rows) -> None:
        for row in rows.rows:
            _paint_row(axes, row.centre, parts[row.key].iloc[0])

    return paint


def _paint_part(axes: Axes, y: float, ends: tuple[float, float], fill: Fill) -> None:
    look: dict[str, Any] = {"color": fill.colour, "hatch": fill.hatch, "edgecolor": INK}
    axes.barh(y, ends[1] - ends[0], left=ends[0], height=_BAR, linewidth=0.6, **look)


def _paint_row(axes: Axes, centre: float, row: pd.Series[Any]) -> None:
    has_interval = "ci_low" in row and pd.notna(row["ci_low"]) and pd.notna(row["ci_high"])
    y = centre - (3.5 if has_interval else 0)
    low, high = row["low"], row["high"]
    if pd.notna(low) and pd.notna(high):
        _paint_part(axes, y, (low, high), mark("possible"))
    if pd.notna(low):
        _paint_part(axes, y, (0.0, low), mark("named"))
    if has_interval:
        ends = [row["ci_low"], row["ci_high"]]
        below = y + _BAR / 2 + 5
        axes.plot(
            ends, [below, below], color=INK, linewidth=1.2, solid_capstyle="butt", clip_on=False
        )
        caps: dict[str, Any] = {"markersize": 5, "markeredgewidth": 1.2, "clip_on": False}
        axes.plot(ends, [below, below], "|", color=INK, **caps)
