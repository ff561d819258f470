"""Bars: one row a category, with optional groups and sections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.exhibits.canvas import compose
from compendium.exhibits.colours import mark, part_fills
from compendium.exhibits.forms.axes import references_of, value_limits
from compendium.exhibits.forms.frames import (
    checked,
    in_order,
    level_of,
    needed_words,
    number_style,
    refuse_repeats,
    words_of,
)
from compendium.exhibits.forms.keys import Key, Sample, lay_key, swatch, whisker
from compendium.exhibits.forms.rows import (
    NumberColumn,
    RowChart,
    Rows,
    by_row,
    count_column,
    group_step,
    grouped_cells,
    lay_rows,
)
from compendium.exhibits.forms.sentences import Sentences
from compendium.exhibits.labels import Labels
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import EDGE, INK, inner_width
from compendium.exhibits.style_file import Fill
from compendium.exhibits.words import VALUE, interval_words
from compendium.text import Lang

REQUIRED = ("category", "value")
OPTIONAL = ("ci_low", "ci_high", "n", "group", "facet", "level")
_BAR = 10.0


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw amounts as bars from zero, with their numbers beside them.

    Parameters
    ----------
    data
        category, value, and if wanted ci_low, ci_high, n, group, facet. Options: percent, digits,
        level, order, groups, facets, xlim, reference.
    """
    frame = _frame(data, exhibit)
    fills = _fills(frame, exhibit)
    chart = RowChart(
        rows=lay_rows(frame, exhibit, labels, lang, group_step() * max(1, len(fills))),
        axis=needed_words(exhibit, lang, "value", "x"),
        limits=value_limits(frame, exhibit),
        percent=bool(exhibit.options.get("percent")),
        paint=_painter(frame, fills),
        key=_key(frame, fills, exhibit, labels, lang),
        columns=(
            _value_column(frame, fills, exhibit, lang),
            *count_column(frame, exhibit, lang, fills),
        ),
        references=references_of(exhibit, labels, lang),
    )
    return compose(exhibit, chart, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences what the chart shows, from its data."""
    frame = _frame(data, exhibit)
    return Sentences(exhibit, labels, lang, number_style(frame["value"], exhibit)).chart(
        "bars", frame, "value"
    )


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("facet", "category", "group"))
    return frame


def _fills(frame: pd.DataFrame, exhibit: ExhibitPlan) -> dict[str, Fill]:
    if "group" not in frame:
        return {}
    return part_fills(in_order(frame["group"], exhibit.options.get("groups", ())))


def _key(
    frame: pd.DataFrame, fills: dict[str, Fill], exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> Key:
    words = words_of(list(fills), "group", exhibit, labels, lang)
    items: list[tuple[str, Sample]] = [
        (words[g], swatch(fill.colour, fill.hatch)) for g, fill in fills.items()
    ]
    if "ci_low" in frame and frame["ci_low"].notna().any():
        items.append((interval_words(level_of(frame, exhibit), lang), whisker()))
    return lay_key(items, inner_width())


def _value_column(
    frame: pd.DataFrame, fills: dict[str, Fill], exhibit: ExhibitPlan, lang: Lang
) -> NumberColumn:
    style = number_style(frame["value"], exhibit)
    cells = grouped_cells(frame, fills, lambda row: style.write(row["value"]))
    return NumberColumn(exhibit.axes.get("number", VALUE)[lang], cells)


def _painter(frame: pd.DataFrame, fills: dict[str, Fill]) -> Any:
    parts = by_row(frame)
    order = list(fills) or [""]
    middle = (len(order) - 1) / 2

    def paint(axes: Axes, rows: Rows) -> None:
        for row in rows.rows:
            for bar in parts[row.key].to_dict("records"):
                group = bar.get("group", "")
                y = row.centre + (order.index(group) - middle) * group_step()
                _paint_bar(axes, y, bar, fills.get(group, mark("single")), _BAR)

    return paint


def _paint_bar(axes: Axes, y: float, bar: dict[Any, Any], fill: Fill, height: float) -> None:
    if pd.notna(bar["value"]):
        edge: dict[str, Any] = {"edgecolor": EDGE, "linewidth": 0.5, "hatch": fill.hatch}
        axes.barh(y, bar["value"], height=height, color=fill.colour, **edge)
    ends = [float(bar.get(name, np.nan)) for name in ("ci_low", "ci_high")]
    if np.isfinite(ends).all():
        halo: dict[str, Any] = {"solid_capstyle": "butt", "zorder": 4}
        axes.plot(ends, [y, y], color="white", linewidth=3.2, **halo)
        axes.plot(ends, [y, y], color=INK, linewidth=1.3, **halo)
        axes.plot(ends, [y, y], "|", color=INK, markersize=6, markeredgewidth=1.3, zorder=4)
