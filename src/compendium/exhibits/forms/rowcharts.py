"""Charts of one row a category that differ in their marks: dots, bars, bounds, and forest plots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from compendium.errors import UserError
from compendium.exhibits.canvas import compose
from compendium.exhibits.colours import Ink, inks, mark, part_fills
from compendium.exhibits.forms.axes import references_of, value_limits
from compendium.exhibits.forms.frames import (
    checked,
    in_order,
    level_of,
    needed_words,
    number_style,
    on_its_scale,
    refuse_repeats,
    words_of,
)
from compendium.exhibits.forms.keys import Sample, lay_key, marker, stroke, swatch, whisker
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
from compendium.exhibits.numbers import NumberStyle, interval_glue
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import EDGE, INK, inner_width
from compendium.exhibits.style_file import Fill
from compendium.exhibits.words import (
    BOUNDS,
    ESTIMATE,
    NAMED,
    TO,
    VALUE,
    WORST_CASE,
    interval_words,
)
from compendium.text import Lang, Text

KINDS = ("study", "mean", "prediction")
WEIGHT = Text("Weight", "权重")
STUDY = Text("one study", "单项研究")
MEAN = Text("mean of the studies, its width is the interval", "各研究均值，宽度为区间")
PREDICTION = Text(
    "where one further study would lie (prediction interval)", "再做一项研究的预测区间"
)
_BAR, _BOUND, _DIAMOND = 10.0, 11.0, 5.5
_SQUARE, _LEAST_SQUARE, _MOST_SQUARE = 7.0, 4.0, 11.0

Point = Mapping[Any, Any]
Items = list[tuple[str, Sample]]
Paint = Callable[[Axes, float, Point, Any], None]
"""Draws the marks of one line of the data at a height of the axes, with the look of its group."""


@dataclass(frozen=True)
class RowForm:
    """What sets one chart of rows apart from the others.

    Attributes
    ----------
    value
        Column that says how numbers are written and which the description compares.
    series
        Looks of the column `group`, whose marks stand side by side; None where they do not.
    single, sample
        Look without groups, and the key's sample of a look.
    height
        Least height in points of a row's marks; None for a line of numbers a group.
    columns, items
        Columns of numbers, and entries of the key beside the groups.
    told
        Kind of chart in the description.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    paint: Paint
    columns: Callable[[pd.DataFrame, Sequence[str], ExhibitPlan, Lang], tuple[NumberColumn, ...]]
    told: str
    value: str = "value"
    series: Callable[[Sequence[str]], Mapping[str, Any]] | None = None
    single: Callable[[], Any] = lambda: None
    sample: Callable[[Any], Sample] | None = None
    height: float | None = None
    items: Callable[[pd.DataFrame, ExhibitPlan, Lang], Items] = lambda *_: []
    check: Callable[[pd.DataFrame, ExhibitPlan], None] = lambda *_: None
    about: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame

    def draw(self, data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
        """Draw it on the page; options: percent, digits, level, order, groups, facets, xlim, ...

        `points` shows differences of shares as percentage points, `ratio` logs of ratios as ratios
        on a log axis.
        """
        frame = self._frame(data, exhibit)
        looks = self._looks(frame, exhibit)
        height = group_step() * max(1, len(looks)) if self.height is None else self.height
        words = words_of(list(looks), "group", exhibit, labels, lang)
        samples = [(words[code], self.sample(look)) for code, look in looks.items() if self.sample]
        chart = RowChart(
            rows=lay_rows(frame, exhibit, labels, lang, height),
            axis=needed_words(exhibit, lang, "value", "x"),
            limits=value_limits(frame, exhibit),
            percent=bool(exhibit.options.get("percent")),
            log=bool(exhibit.options.get("ratio")),
            paint=self._painter(frame, looks),
            key=lay_key([*samples, *self.items(frame, exhibit, lang)], inner_width()),
            columns=(
                *self.columns(frame, list(looks), exhibit, lang),
                *count_column(frame, exhibit, lang, looks),
            ),
            references=references_of(exhibit, labels, lang),
        )
        return compose(exhibit, chart, lang)

    def describe(
        self, data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
    ) -> list[str]:
        """Say in sentences what the chart shows, from its data."""
        frame = self._frame(data, exhibit)
        sentences = Sentences(exhibit, labels, lang, number_style(frame[self.value], exhibit))
        return sentences.chart(self.told, self.about(frame), self.value)

    def on(self, ax: Axes, data: pd.DataFrame) -> None:
        """Draw the marks on axes of an author's, one row a category, its code at the tick."""
        looks = self.series(in_order(data["group"])) if self.series and "group" in data else {}
        categories = in_order(data["category"].astype(str))
        step = 2 * (group_step() * max(1, len(looks)) if self.height is None else self.height)
        for point in data.to_dict("records"):
            y = (categories.index(str(point["category"])) + 0.5) * step
            self._paint_group(ax, y, point, looks)
        places = [(i + 0.5) * step for i in range(len(categories))]
        ax.set(yticks=places, yticklabels=categories, ylim=(step * len(categories), 0))

    def _frame(self, data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
        frame = checked(data, exhibit, self.required, self.optional)
        keys = ("facet", "category", "group")
        refuse_repeats(frame, exhibit, keys if self.series else keys[:2])
        self.check(frame, exhibit)
        return on_its_scale(frame, exhibit)

    def _looks(self, frame: pd.DataFrame, exhibit: ExhibitPlan) -> Mapping[str, Any]:
        if self.series is None or "group" not in frame:
            return {}
        return self.series(in_order(frame["group"], exhibit.options.get("groups", ())))

    def _painter(
        self, frame: pd.DataFrame, looks: Mapping[str, Any]
    ) -> Callable[[Axes, Rows], None]:
        parts = by_row(frame)

        def paint(axes: Axes, rows: Rows) -> None:
            for row in rows.rows:
                for point in parts[row.key].to_dict("records"):
                    self._paint_group(axes, row.centre, point, looks)

        return paint

    def _paint_group(
        self, axes: Axes, middle: float, point: Point, looks: Mapping[str, Any]
    ) -> None:
        if not looks:
            self.paint(axes, middle, point, self.single())
            return
        group = str(point["group"])
        y = middle + (list(looks).index(group) - (len(looks) - 1) / 2) * group_step()
        self.paint(axes, y, point, looks[group])


def _value_column(
    frame: pd.DataFrame,
    groups: Sequence[str],
    exhibit: ExhibitPlan,
    lang: Lang,
    words: Text = VALUE,
) -> tuple[NumberColumn, ...]:
    style = number_style(frame["value"], exhibit)

    def value(row: Point) -> str:
        foretold = not groups and row.get("group") == "prediction"
        return "" if foretold else style.write(row["value"])

    cells = grouped_cells(frame, groups, value)
    return (NumberColumn(exhibit.axes.get("number", words)[lang], cells),)


def _estimate_columns(
    frame: pd.DataFrame, groups: Sequence[str], exhibit: ExhibitPlan, lang: Lang
) -> tuple[NumberColumn, ...]:
    """Values, and their intervals where any is known."""
    style = number_style(frame["value"], exhibit)
    glue = interval_glue(frame["ci_low"], TO[lang])

    def interval(row: Point) -> str:
        known = pd.notna(row["ci_low"]) or pd.notna(row["ci_high"])
        return style.between(row["ci_low"], row["ci_high"], glue) if known else ""

    columns = _value_column(frame, groups, exhibit, lang, ESTIMATE)
    if frame[["ci_low", "ci_high"]].isna().to_numpy().all():
        return columns
    heading = interval_words(level_of(frame, exhibit), lang)
    return (*columns, NumberColumn(heading, grouped_cells(frame, groups, interval)))


def _ends(point: Point) -> list[float]:
    """Ends of an interval that are known."""
    ends = (float(point.get(name, nan)) for name in ("ci_low", "ci_high"))
    return [end for end in ends if not np.isnan(end)]


def _interval_item(frame: pd.DataFrame, exhibit: ExhibitPlan, lang: Lang) -> Items:
    known = "ci_low" in frame and frame["ci_low"].notna().any()
    return [(interval_words(level_of(frame, exhibit), lang), whisker())] if known else []


def _dot(axes: Axes, y: float, point: Point, ink: Ink) -> None:
    _estimate(axes, y, point, ink.colour, 2.0, marker=ink.marker, markersize=7)


def _estimate(axes: Axes, y: float, point: Point, colour: str, width: float, **symbol: Any) -> None:
    """Draw a value as a symbol on a line that spans its interval."""
    ends, value = _ends(point), float(point["value"])
    style: dict[str, Any] = {"color": colour, "clip_on": False}
    if ends:
        span = [min([*ends, value]), max([*ends, value])]
        axes.plot(span, [y, y], linewidth=width, solid_capstyle="butt", zorder=3, **style)
        caps: dict[str, Any] = {"markersize": 6, "markeredgewidth": 1.5, "zorder": 3}
        axes.plot(ends, [y] * len(ends), "|", **caps, **style)
    edge = INK if colour == "#ffffff" else "white"
    symbol = {"markeredgecolor": edge, "markeredgewidth": 0.8, "zorder": 4, **symbol}
    axes.plot([value], [y], **symbol, **style)


def _bar(axes: Axes, y: float, point: Point, fill: Fill) -> None:
    if pd.notna(point["value"]):
        edge: dict[str, Any] = {"edgecolor": EDGE, "linewidth": 0.5, "hatch": fill.hatch}
        axes.barh(y, point["value"], height=_BAR, color=fill.colour, **edge)
    ends = _ends(point)
    if len(ends) == 2:
        halo: dict[str, Any] = {"solid_capstyle": "butt", "zorder": 4}
        axes.plot(ends, [y, y], color="white", linewidth=3.2, **halo)
        axes.plot(ends, [y, y], color=INK, linewidth=1.3, **halo)
        axes.plot(ends, [y, y], "|", color=INK, markersize=6, markeredgewidth=1.3, zorder=4)


def _refuse_crossed(frame: pd.DataFrame, exhibit: ExhibitPlan) -> None:
    crossed = (frame["low"] > frame["high"]).to_numpy()
    if crossed.any():
        row = int(crossed.argmax()) + 1
        raise UserError(f"figure {exhibit.id}: low is above high", "swap the bounds", row=row)


def _bound_items(frame: pd.DataFrame, exhibit: ExhibitPlan, lang: Lang) -> Items:
    solid = exhibit.axes.get("solid", NAMED)[lang]
    hatched = exhibit.axes.get("hatched", WORST_CASE)[lang]
    named, possible = mark("named"), mark("possible")
    return [
        (solid, swatch(named.colour, named.hatch)),
        (hatched, swatch(possible.colour, possible.hatch)),
        *_interval_item(frame, exhibit, lang),
    ]


def _bounds_column(
    frame: pd.DataFrame, groups: Sequence[str], exhibit: ExhibitPlan, lang: Lang
) -> tuple[NumberColumn, ...]:
    style, glue = number_style(frame["low"], exhibit), interval_glue(frame["low"], TO[lang])
    cells = grouped_cells(frame, groups, lambda row: style.between(row["low"], row["high"], glue))
    return (NumberColumn(BOUNDS[lang], cells),)


def _bound(axes: Axes, y: float, point: Point, _: Any) -> None:
    """Draw a lower bound solid, the way up to the upper one hatched, the interval below them."""
    ends = _ends(point)
    y -= 3.5 if len(ends) == 2 else 0
    for low, high, fill in (
        (point["low"], point["high"], mark("possible")),
        (0.0, point["low"], mark("named")),
    ):
        if pd.notna(low) and pd.notna(high):
            look: dict[str, Any] = {"color": fill.colour, "hatch": fill.hatch, "edgecolor": INK}
            axes.barh(y, high - low, left=low, height=_BOUND, linewidth=0.6, **look)
    if len(ends) == 2:
        below = y + _BOUND / 2 + 5
        style: dict[str, Any] = {"color": INK, "clip_on": False}
        axes.plot(ends, [below, below], linewidth=1.2, solid_capstyle="butt", **style)
        axes.plot(ends, [below, below], "|", markersize=5, markeredgewidth=1.2, **style)


def _refuse_strange(frame: pd.DataFrame, exhibit: ExhibitPlan) -> None:
    strange = ~frame["group"].isin(KINDS)
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise UserError(
            f"figure {exhibit.id}: unknown kind of row", f"use one of {', '.join(KINDS)}",
            row=row + 1, column="group", value=frame.loc[row, "group"],
        )  # fmt: skip


def _forest_items(frame: pd.DataFrame, exhibit: ExhibitPlan, lang: Lang) -> Items:
    """Explain the marks where there is more than studies."""
    samples: dict[str, tuple[Text, Sample]] = {
        "study": (STUDY, marker(mark("single").colour, "s")),
        "mean": (MEAN, swatch(mark("mean").colour)),
        "prediction": (PREDICTION, stroke(mark("prediction").colour, width=4.0)),
    }
    present = [kind for kind in KINDS if (frame["group"] == kind).any()]
    told = [(exhibit.axes.get(k, samples[k][0])[lang], samples[k][1]) for k in present]
    return told if len(told) > 1 else []


def _forest_columns(
    frame: pd.DataFrame, groups: Sequence[str], exhibit: ExhibitPlan, lang: Lang
) -> tuple[NumberColumn, ...]:
    columns = _estimate_columns(frame, groups, exhibit, lang)
    if "weight" not in frame or frame["weight"].isna().all():
        return columns
    style = NumberStyle(percent=True)

    def weight(row: Point) -> str:
        return style.write(row["weight"]) if pd.notna(row["weight"]) else ""

    return (*columns, NumberColumn(WEIGHT[lang], grouped_cells(frame, groups, weight)))


def _forest(axes: Axes, y: float, point: Point, _: Any) -> None:
    """Draw a study as a square, a mean as a diamond, a prediction interval as a broad line."""
    ends, value = _ends(point), point["value"]
    if point["group"] == "study":
        square = _SQUARE
        if pd.notna(weight := point.get("weight", nan)):  # its area grows with the weight
            square = _LEAST_SQUARE + (_MOST_SQUARE - _LEAST_SQUARE) * sqrt(weight)
        _estimate(
            axes, y, point, mark("single").colour, 1.8, marker="s", markersize=square, zorder=3
        )
    elif point["group"] == "mean":
        low, high = ends if len(ends) == 2 else (value, value)
        corners = [(low, y), (value, y - _DIAMOND), (high, y), (value, y + _DIAMOND)]
        look: dict[str, Any] = {"facecolor": mark("mean").colour, "edgecolor": INK}
        axes.add_patch(
            Polygon(corners, closed=True, zorder=4, clip_on=False, linewidth=0.6, **look)
        )
    elif len(ends) == 2:
        style: dict[str, Any] = {"color": mark("prediction").colour, "linewidth": 4.0}
        axes.plot(ends, [y, y], solid_capstyle="butt", zorder=3, **style)


def _studies(frame: pd.DataFrame) -> pd.DataFrame:
    told = frame.drop(columns=["group", "weight"], errors="ignore")
    return told.assign(compared=frame["group"] == "study")


dots = RowForm(
    required=("category", "value", "ci_low", "ci_high"),
    optional=("n", "group", "facet", "level"),
    paint=_dot,
    columns=_estimate_columns,
    told="dots",
    series=inks,
    single=lambda: Ink(mark("single").colour, "o", "solid"),
    sample=lambda ink: marker(ink.colour, ink.marker),
)
"""Estimates as dots on lines that span their intervals."""
bars = RowForm(
    required=("category", "value"),
    optional=("ci_low", "ci_high", "n", "group", "facet", "level"),
    paint=_bar,
    columns=_value_column,
    told="bars",
    series=part_fills,
    single=lambda: mark("single"),
    sample=lambda fill: swatch(fill.colour, fill.hatch),
    items=_interval_item,
)
"""Amounts as bars from zero."""
bounds = RowForm(
    required=("category", "low", "high"),
    optional=("ci_low", "ci_high", "n", "facet", "level"),
    paint=_bound,
    columns=_bounds_column,
    told="bounds",
    value="low",
    height=_BOUND + 7,
    items=_bound_items,
    check=_refuse_crossed,
)
"""What is known at least, and what cannot be ruled out; `solid` and `hatched` in `axes` name it."""
forest = RowForm(
    required=("category", "group", "value", "ci_low", "ci_high"),
    optional=("n", "weight", "facet", "level"),
    paint=_forest,
    columns=_forest_columns,
    told="dots",
    height=2 * _DIAMOND,
    items=_forest_items,
    check=_refuse_strange,
    about=_studies,
)
"""Studies, their means and predictions: `group` is study, mean or prediction; `axes` name these."""
