"""Dots with intervals: one row a category, with optional groups and sections."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.exhibits.canvas import compose
from compendium.exhibits.colours import Ink, inks, mark
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
from compendium.exhibits.forms.keys import Key, Sample, lay_key, marker
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
from compendium.exhibits.numbers import interval_glue
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import INK, inner_width
from compendium.exhibits.words import ESTIMATE, TO, interval_words
from compendium.text import Lang

REQUIRED = ("category", "value", "ci_low", "ci_high")
OPTIONAL = ("n", "group", "facet", "level")


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw estimates as dots on lines that span their intervals.

    Parameters
    ----------
    data
        category, value, ci_low, ci_high, and if wanted n, group, facet. Options: percent, digits,
        level, order, facets, xlim, reference, zero (False lets the axis start where the data do),
        points (differences of shares are shown as percentage points).
    """
    frame = _frame(data, exhibit)
    groups = _groups(frame, exhibit)
    chart = RowChart(
        rows=lay_rows(frame, exhibit, labels, lang, group_step() * max(1, len(groups))),
        axis=needed_words(exhibit, lang, "value", "x"),
        limits=value_limits(frame, exhibit),
        percent=bool(exhibit.options.get("percent")),
        paint=_painter(frame, groups),
        key=_key(groups, exhibit, labels, lang),
        columns=(
            *_number_columns(frame, groups, exhibit, lang),
            *count_column(frame, exhibit, lang, groups),
        ),
        references=references_of(exhibit, labels, lang),
    )
    return compose(exhibit, chart, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences what the chart shows, from its data."""
    frame = _frame(data, exhibit)
    sentences = Sentences(exhibit, labels, lang, number_style(frame["value"], exhibit))
    return sentences.chart("dots", frame, "value")


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("facet", "category", "group"))
    if exhibit.options.get("points"):
        frame = frame.assign(**{name: 100 * frame[name] for name in REQUIRED[1:]})
    return frame


def _groups(frame: pd.DataFrame, exhibit: ExhibitPlan) -> dict[str, Ink]:
    if "group" not in frame:
        return {}
    return inks(in_order(frame["group"], exhibit.options.get("groups", ())))


def _key(groups: dict[str, Ink], exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Key:
    words = words_of(list(groups), "group", exhibit, labels, lang)
    items: list[tuple[str, Sample]] = [
        (words[code], marker(ink.colour, ink.marker)) for code, ink in groups.items()
    ]
    return lay_key(items, inner_width())


def _number_columns(
    frame: pd.DataFrame, groups: dict[str, Ink], exhibit: ExhibitPlan, lang: Lang
) -> tuple[NumberColumn, ...]:
    style = number_style(frame["value"], exhibit)
    glue = interval_glue(frame["ci_low"], TO[lang])

    def interval(row: dict[str, Any]) -> str:
        known = pd.notna(row["ci_low"]) or pd.notna(row["ci_high"])
        return style.between(row["ci_low"], row["ci_high"], glue) if known else ""

    values = grouped_cells(frame, groups, lambda row: style.write(row["value"]))
    columns = (NumberColumn(exhibit.axes.get("number", ESTIMATE)[lang], values),)
    if frame[["ci_low", "ci_high"]].isna().to_numpy().all():
        return columns
    heading = interval_words(level_of(frame, exhibit), lang)
    return (*columns, NumberColumn(heading, grouped_cells(frame, groups, interval)))


def _painter(frame: pd.DataFrame, groups: dict[str, Ink]) -> Any:
    parts = by_row(frame)

    def paint(axes: Axes, rows: Rows) -> None:
        for row in rows.rows:
            part = parts[row.key]
            for offset, ink, point in _points(part, groups):
                _paint_point(axes, row.centre + offset, ink, point)

    return paint


def _points(
    part: pd.DataFrame, groups: dict[str, Ink]
) -> list[tuple[float, Ink, dict[str, float]]]:
    records = part.to_dict("records")
    if not groups:
        return [(0.0, Ink(mark("single").colour, "o", "solid"), records[0])]
    middle = (len(groups) - 1) / 2
    places = {code: (i - middle) * group_step() for i, code in enumerate(groups)}
    return [(places[point["group"]], groups[point["group"]], point) for point in records]


def _paint_point(axes: Axes, y: float, ink: Ink, point: dict[str, float]) -> None:
    low, high, value = point["ci_low"], point["ci_high"], point["value"]
    ends = [end for end in (low, high) if pd.notna(end)]
    if ends:
        span = [min([*ends, value]), max([*ends, value])]
        style: dict[str, Any] = {"color": ink.colour, "zorder": 3, "clip_on": False}
        axes.plot(span, [y, y], linewidth=2.0, solid_capstyle="butt", **style)
        axes.plot(ends, [y] * len(ends), "|", markersize=6, markeredgewidth=1.5, **style)
    axes.plot(
        [value],
        [y],
        marker=ink.marker,
        color=ink.colour,
        markersize=7,
        markeredgecolor=INK if ink.colour == "#ffffff" else "white",
        markeredgewidth=0.8,
        zorder=4,
        clip_on=False,
    )
