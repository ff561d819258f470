"""Shares: bars of equal length, divided into parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.errors import UserError
from compendium.exhibits.canvas import BASELINE, compose
from compendium.exhibits.colours import ink_on, part_fills
from compendium.exhibits.forms.axes import plot_width, spread
from compendium.exhibits.forms.frames import (
    checked,
    in_order,
    needed_words,
    refuse_repeats,
    words_of,
)
from compendium.exhibits.forms.keys import Key, lay_key, swatch
from compendium.exhibits.forms.rows import (
    RowChart,
    RowKey,
    Rows,
    by_row,
    count_column,
    lay_rows,
)
from compendium.exhibits.forms.sentences import Sentences
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import EDGE, inner_width, is_narrow, type_size
from compendium.exhibits.style_file import Fill
from compendium.exhibits.typeset import measure
from compendium.text import Lang

REQUIRED = ("category", "part", "value")
OPTIONAL = ("n", "facet")
_BAR = 18.0
_WORD_GAP = 10.0


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw how each category divides into parts, as 100 % bars with the shares written in them.

    Parameters
    ----------
    data
        category, part, value (any unit: a bar is scaled to its sum), and if wanted n, facet.
        Options: digits, order, parts, facets.
    """
    frame = _frame(data, exhibit)
    fills = part_fills(in_order(frame["part"], exhibit.options.get("parts", ())))
    words = words_of(list(fills), "part", exhibit, labels, lang)
    items = [(words[part], swatch(fill.colour, fill.hatch)) for part, fill in fills.items()]
    key = lay_key(items, inner_width())
    chart = RowChart(
        rows=lay_rows(frame, exhibit, labels, lang, _BAR),
        axis=needed_words(exhibit, lang, "value", "x"),
        limits=(0.0, 1.0),
        percent=True,
        paint=_painter(frame, fills, _style(exhibit)),
        columns=count_column(frame, exhibit, lang),
        grid=False,
    )
    above = _above(chart, frame, words)
    return compose(exhibit, replace(chart, above=above, key=key if not above else Key()), lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences what the chart shows, from its data."""
    frame = _frame(data, exhibit)
    return Sentences(exhibit, labels, lang, _style(exhibit)).chart("shares", frame, "share")


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("facet", "category", "part"))
    frame["value"] = frame["value"].fillna(0.0)
    if (frame["value"] < 0).any():
        row = int((frame["value"] < 0).to_numpy().argmax()) + 1
        raise UserError(
            f"figure {exhibit.id}: a part is negative", "give parts of a whole", row=row
        )
    wholes = {key: part["value"].sum() for key, part in by_row(frame).items()}
    empty = next((key for key, whole in wholes.items() if whole == 0), None)
    if empty:
        raise UserError(f"figure {exhibit.id}: all parts are zero", "leave it out", value=empty[1])
    keys = _row_keys(frame)
    return frame.assign(share=frame["value"] / [wholes[key] for key in keys])


def _row_keys(frame: pd.DataFrame) -> list[RowKey]:
    facets = frame["facet"] if "facet" in frame else [""] * len(frame)
    return [(str(f), str(c)) for f, c in zip(facets, frame["category"], strict=True)]


def _style(exhibit: ExhibitPlan) -> NumberStyle:
    return NumberStyle(percent=True, digits=int(exhibit.options.get("digits", 0)))


def _above(
    chart: RowChart, frame: pd.DataFrame, words: dict[str, str]
) -> tuple[tuple[float, str], ...]:
    """Place the parts' words over the first bar, if every one can stand over its own part."""
    if chart.rows.headings or is_narrow():
        return ()
    first = by_row(frame)[chart.rows.rows[0].key].set_index("part")["share"]
    shares = {part: float(first.get(part, 0.0)) * chart.width for part in words}
    ends = np.cumsum(list(shares.values()))
    wanted = {p: float(end) - shares[p] / 2 for p, end in zip(words, ends, strict=True)}
    widths = {part: measure(text, type_size("small")) + _WORD_GAP for part, text in words.items()}
    placed = spread(wanted, widths, chart.width)
    fits = sum(widths.values()) <= chart.width and all(
        abs(placed[part] - wanted[part]) < shares[part] / 2 - _WORD_GAP / 2 for part in words
    )
    return tuple((placed[part], text) for part, text in words.items()) if fits else ()


def _painter(frame: pd.DataFrame, fills: dict[str, Fill], style: NumberStyle) -> Any:
    parts = by_row(frame)

    def paint(axes: Axes, rows: Rows) -> None:
        width = plot_width(axes)
        for row in rows.rows:
            shares = dict(zip(parts[row.key]["part"], parts[row.key]["share"], strict=True))
            _paint_bar(axes, width, row.centre, shares, fills, style)

    return paint


def _paint_bar(
    axes: Axes,
    width: float,
    y: float,
    shares: dict[str, float],
    fills: dict[str, Fill],
    style: NumberStyle,
) -> None:
    left = 0.0
    for part, fill in fills.items():
        share = shares.get(part, 0.0)
        edge: dict[str, Any] = {"edgecolor": EDGE, "linewidth": 0.5, "hatch": fill.hatch}
        axes.barh(y, share, left=left, height=_BAR, color=fill.colour, **edge)
        words = style.write(share)
        if measure(words, type_size("small")) + 4 <= share * width:
            middle = left + share / 2
            place: dict[str, Any] = {"ha": "center", "va": "baseline", "color": ink_on(fill.colour)}
            if fill.hatch:
                place["bbox"] = {"facecolor": fill.colour, "edgecolor": "none", "pad": 0.8}
            axes.text(
                middle,
                y + BASELINE * type_size("small"),
                words,
                fontsize=type_size("small"),
                **place,
            )
        left += share
