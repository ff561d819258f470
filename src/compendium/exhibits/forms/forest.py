"""Forest plot: independent studies of one thing, and their mean where there is one."""

from __future__ import annotations

from math import nan, sqrt
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

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
from compendium.exhibits.forms.keys import Key, Sample, lay_key, marker, stroke, swatch
from compendium.exhibits.forms.rows import (
    NumberColumn,
    RowChart,
    RowKey,
    Rows,
    by_row,
    count_column,
    lay_rows,
)
from compendium.exhibits.forms.sentences import Sentences
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle, interval_glue
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import INK, inner_width
from compendium.exhibits.words import ESTIMATE, TO, interval_words
from compendium.text import Lang, Text

REQUIRED = ("category", "group", "value", "ci_low", "ci_high")
OPTIONAL = ("n", "weight", "facet", "level")
KINDS = ("study", "mean", "prediction")
WEIGHT = Text("Weight", "权重")
STUDY = Text("one study", "单项研究")
MEAN = Text("mean of the studies, its width is the interval", "各研究均值，宽度为区间")
PREDICTION = Text(
    "where one further study would lie (prediction interval)", "再做一项研究的预测区间"
)
_SQUARE = 7.0
_LEAST_SQUARE, _MOST_SQUARE = 4.0, 11.0
_DIAMOND = 5.5


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw studies as squares, a mean as a diamond, a prediction interval as a broad line.

    Parameters
    ----------
    data
        category (the study, or the code of a mean), group ("study", "mean", "prediction"), value,
        ci_low, ci_high, and if wanted n, weight (share of the study in the mean, squares grow
        with it), facet, level. Options: percent, digits, level, order, facets, xlim, reference,
        zero. Words "study", "mean" and "prediction" in `axes` replace those of the key.
    """
    frame = _frame(data, exhibit)
    chart = RowChart(
        rows=lay_rows(frame, exhibit, labels, lang, 2 * _DIAMOND),
        axis=needed_words(exhibit, lang, "value", "x"),
        limits=value_limits(frame, exhibit),
        percent=bool(exhibit.options.get("percent")),
        paint=_painter(frame),
        key=_key(frame, exhibit, lang),
        columns=(
            *_number_columns(frame, exhibit, lang),
            *_weight_column(frame, lang),
            *count_column(frame, exhibit, lang),
        ),
        references=references_of(exhibit, labels, lang),
    )
    return compose(exhibit, chart, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences what the plot shows, from its data."""
    frame = _frame(data, exhibit)
    told = frame.drop(columns=["group", "weight"], errors="ignore")
    told["compared"] = frame["group"] == "study"
    return Sentences(exhibit, labels, lang, number_style(frame["value"], exhibit)).chart(
        "dots", told, "value"
    )


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    frame = checked(data, exhibit, REQUIRED, OPTIONAL)
    refuse_repeats(frame, exhibit, ("facet", "category"))
    strange = ~frame["group"].isin(KINDS)
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise UserError(
            f"figure {exhibit.id}: unknown kind of row", f"use one of {', '.join(KINDS)}",
            row=row + 1, column="group", value=frame.loc[row, "group"],
        )  # fmt: skip
    return frame


def _key(frame: pd.DataFrame, exhibit: ExhibitPlan, lang: Lang) -> Key:
    """Explain the marks where there is more than studies."""
    samples: dict[str, tuple[Text, Sample]] = {
        "study": (exhibit.axes.get("study", STUDY), marker(mark("single").colour, "s")),
        "mean": (exhibit.axes.get("mean", MEAN), swatch(mark("mean").colour)),
        "prediction": (
            exhibit.axes.get("prediction", PREDICTION),
            stroke(mark("prediction").colour, width=4.0),
        ),
    }
    present = [samples[kind] for kind in KINDS if (frame["group"] == kind).any()]
    if len(present) == 1:
        return Key()
    return lay_key([(words[lang], sample) for words, sample in present], inner_width())


def _number_columns(
    frame: pd.DataFrame, exhibit: ExhibitPlan, lang: Lang
) -> tuple[NumberColumn, ...]:
    style = number_style(frame["value"], exhibit)
    glue = interval_glue(frame["ci_low"], TO[lang])
    values: dict[RowKey, str] = {}
    intervals: dict[RowKey, str] = {}
    for key, part in by_row(frame).items():
        row = part.iloc[0]
        values[key] = "" if row["group"] == "prediction" else style.write(row["value"])
        known = pd.notna(row["ci_low"]) or pd.notna(row["ci_high"])
        intervals[key] = style.between(row["ci_low"], row["ci_high"], glue) if known else ""
    heading = exhibit.axes.get("number", ESTIMATE)[lang]
    columns = (NumberColumn(heading, values),)
    if not any(intervals.values()):
        return columns
    return (*columns, NumberColumn(interval_words(level_of(frame, exhibit), lang), intervals))


def _weight_column(frame: pd.DataFrame, lang: Lang) -> tuple[NumberColumn, ...]:
    if "weight" not in frame or frame["weight"].isna().all():
        return ()
    style = NumberStyle(percent=True)
    cells = {
        key: style.write(part["weight"].iloc[0]) if part["weight"].notna().all() else ""
        for key, part in by_row(frame).items()
    }
    return (NumberColumn(WEIGHT[lang], cells),)


def _painter(frame: pd.DataFrame) -> Any:
    parts = by_row(frame)
    painters = {"study": _paint_study, "mean": _paint_mean, "prediction": _paint_prediction}

    def paint(axes: Axes, rows: Rows) -> None:
        for row in rows.rows:
            point = parts[row.key].to_dict("records")[0]
            painters[point["group"]](axes, row.centre, point)

    return paint


def _ends(point: dict[Any, Any]) -> list[float]:
    return [float(point[end]) for end in ("ci_low", "ci_high") if pd.notna(point[end])]


def _paint_study(axes: Axes, y: float, point: dict[Any, Any]) -> None:
    ends = _ends(point)
    style: dict[str, Any] = {"color": mark("single").colour, "zorder": 3, "clip_on": False}
    if ends:
        span = [min([*ends, point["value"]]), max([*ends, point["value"]])]
        axes.plot(span, [y, y], linewidth=1.8, solid_capstyle="butt", **style)
        axes.plot(ends, [y] * len(ends), "|", markersize=6, markeredgewidth=1.5, **style)
    edge: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.8}
    axes.plot([point["value"]], [y], "s", markersize=_square(point), **style, **edge)


def _square(point: dict[Any, Any]) -> float:
    """Side of a study's square in points; its area grows with the weight."""
    weight = float(point.get("weight", nan))
    if pd.isna(weight):
        return _SQUARE
    return _LEAST_SQUARE + (_MOST_SQUARE - _LEAST_SQUARE) * sqrt(weight)


def _paint_mean(axes: Axes, y: float, point: dict[Any, Any]) -> None:
    low, high = _ends(point) if len(_ends(point)) == 2 else (point["value"], point["value"])
    corners = [(low, y), (point["value"], y - _DIAMOND), (high, y), (point["value"], y + _DIAMOND)]
    style: dict[str, Any] = {"facecolor": mark("mean").colour, "edgecolor": INK, "linewidth": 0.6}
    axes.add_patch(Polygon(corners, closed=True, zorder=4, clip_on=False, **style))


def _paint_prediction(axes: Axes, y: float, point: dict[Any, Any]) -> None:
    ends = _ends(point)
    if len(ends) == 2:
        style: dict[str, Any] = {"color": mark("prediction").colour, "linewidth": 4.0}
        axes.plot(ends, [y, y], solid_capstyle="butt", zorder=3, **style)
