"""Specification curve: estimates of all universes, and the choices that made each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.exhibits.canvas import Sheet, TooNarrowError, compose
from compendium.exhibits.colours import OUTCOME_MARKERS, mark, meaning
from compendium.exhibits.forms.axes import (
    limits_for,
    planned_limits,
    ratio_limits,
    reference_values,
    references_of,
    write_ratios,
    write_ticks,
)
from compendium.exhibits.forms.frames import (
    axis_words,
    checked,
    in_order,
    level_of,
    needed_words,
    number_style,
    refuse_repeats,
    words_of,
)
from compendium.exhibits.forms.keys import Key, Sample, lay_key, marker, stroke, swatch, upright
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import (
    FAINT_INK,
    GRID,
    INK,
    RULE,
    SOFT_INK,
    inner_width,
    margin,
    type_size,
)
from compendium.exhibits.typeset import height_of, measure, wrap
from compendium.exhibits.words import CLAUSE, COLON, SEPARATOR, interval_words
from compendium.text import Lang, Text

REQUIRED = ("universe", "value", "ci_low", "ci_high", "outcome", "main")
OPTIONAL = ("facet", "level")
CHOICE = "choice:"
"""Prefix of the columns that say which option of a decision made the universe."""
_OUTCOME_WORDS = {
    "holds": Text("holds", "成立"),
    "inconclusive": Text("inconclusive", "不能判定"),
    "fails": Text("fails", "不成立"),
    "not run": Text("not judged", "未判定"),
}
_TEST = Text("Test of the claim", "论断的检验")
_SHARE = Text("share", "占比")
_HOLDS = Text("of these, holds", "其中成立")
_MAIN = Text("main analysis {value}", "主分析 {value}")
_MAIN_KEY = Text("main analysis", "主分析")
_DENSITY = Text(
    "the darker, the more specifications there use the option", "越深，该处采用此选项的设定越多"
)
_COUNT = Text("{n} specifications", "共 {n} 个设定")
_COUNTED = Text("{words} {n}", "{words} {n}")
_FAILED = Text(
    "{n} could not be estimated and stand at the right end, without a mark above",
    "{n} 个未能估计，列于最右，上方无标记",
)
_KIND = Text("Specification curve of: {axis}", "设定曲线，内容为：{axis}")
_RANGE = Text(
    "Estimates run from {low} to {high}, median {median}",
    "估计值由 {low} 至 {high}，中位数 {median}",
)
_SHARES = Text(
    "Share of specifications in which the test holds, {decision}", "检验成立的设定占比，{decision}"
)
_ESTIMATE_KEY = Text("estimate", "估计值")
_PERCENT = NumberStyle(True, 0)
_COUNTS = NumberStyle(False, 0)
_CURVE_HEIGHT = 150.0
_LABEL_SHARE = 0.34
# A narrower curve has no shape.
_LEAST_PLOT = 75.0
_GAP = 8.0
_ROW = 13.0
_TICK_SHARE = 0.62
_DECISION_SPACE = 5.0
_PANEL_SPACE = 16.0
_Y_TICKS = 5
_REFERENCE_DASH = (0, (4, 2))
_MAIN_DASH = (0, (1, 1.5))
# A universe narrower than this many points gets no mark of its own: curve and shades instead.
_ROOM = 2.0
# Steps of grey: more could not be told apart.
_SHADES = 6
# Failed universes stand apart by this share of the width.
_APART = 0.015

_Box = tuple[float, float, float, float]
"""Left, right, top and bottom."""


@dataclass(frozen=True)
class Option:
    """A row of the matrix: words, share at the right, and which universes tick it, in order."""

    lines: tuple[str, ...]
    share: str
    ticked: NDArray[np.bool_]

    @property
    def height(self) -> float:
        """Height in points."""
        return max(_ROW, height_of(len(self.lines), type_size("small")) + 2)


@dataclass(frozen=True)
class Decision:
    """A block of the matrix: heading, heading of the shares, options."""

    lines: tuple[str, ...]
    share_words: str
    options: tuple[Option, ...]

    @property
    def head(self) -> float:
        """Height of the heading."""
        return height_of(len(self.lines), type_size("note")) + _DECISION_SPACE

    @property
    def height(self) -> float:
        """Height in points."""
        return self.head + sum(option.height for option in self.options)


@dataclass(frozen=True)
class Curve:
    """One facet: heading, sentence of counts, universes in order, and the matrix.

    Attributes
    ----------
    frame
        Universes sorted by value, the failed last.
    """

    heading: tuple[str, ...]
    counts: tuple[str, ...]
    frame: pd.DataFrame
    decisions: tuple[Decision, ...]
    limits: tuple[float, float]
    main: str

    @property
    def n(self) -> int:
        """Universes that were estimated."""
        return int(self.frame["value"].notna().sum())

    @property
    def places(self) -> NDArray[np.float64]:
        """Left edge of each universe on an axis from 0 to 1, (N,)."""
        total = len(self.frame)
        shift = _APART if 0 < self.n < total else 0.0
        step = (1 - shift) / total
        number = np.arange(total)
        return np.asarray(number * step + shift * (number >= self.n), dtype=float)

    @property
    def step(self) -> float:
        """Width of a universe on an axis from 0 to 1."""
        return (1 - (_APART if 0 < self.n < len(self.frame) else 0.0)) / len(self.frame)

    @property
    def main_places(self) -> list[float]:
        """Middles of the main universes that were estimated."""
        is_main = (self.frame["main"] == 1) & self.frame["value"].notna()
        return [float(x) for x in self.places[is_main.to_numpy()] + self.step / 2]

    @property
    def head(self) -> float:
        """Height of the words above the curve."""
        words = height_of(len(self.heading), type_size("text")) + height_of(
            len(self.counts), type_size("small")
        )
        return words + (height_of(1, type_size("note")) if self.main else 0.0) + 5

    @property
    def height(self) -> float:
        """Height of everything."""
        return self.head + _CURVE_HEIGHT + sum(d.height for d in self.decisions)


@dataclass(frozen=True)
class SpecificationCurves:
    """The body: key, words of the axis, and one curve with its matrix a facet."""

    curves: tuple[Curve, ...]
    key: Key
    axis: tuple[str, ...]
    percent: bool
    log: bool
    references: tuple[float, ...]
    label_width: float
    share_width: float

    @property
    def left(self) -> float:
        """Left edge of the plots."""
        return margin() + self.label_width + _GAP

    @property
    def width(self) -> float:
        """Width of the plots."""
        return inner_width() - self.label_width - self.share_width - 2 * _GAP

    @property
    def height(self) -> float:
        """Height of everything."""
        words = height_of(len(self.axis), type_size("small")) + 4
        gaps = _PANEL_SPACE * (len(self.curves) - 1)
        return self.key.height + words + sum(curve.height for curve in self.curves) + gaps

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw key, axis words and curves."""
        self.key.draw(sheet, margin(), top)
        top += self.key.height
        sheet.text(margin(), top, self.axis, type_size("small"), color=SOFT_INK)
        top += height_of(len(self.axis), type_size("small")) + 4
        for curve in self.curves:
            self._draw_curve(sheet, curve, top)
            top += curve.height + _PANEL_SPACE

    def _draw_curve(self, sheet: Sheet, curve: Curve, top: float) -> None:
        sheet.text(margin(), top, curve.heading, type_size("text"))
        words = top + height_of(len(curve.heading), type_size("text"))
        sheet.text(margin(), words, curve.counts, type_size("small"), color=SOFT_INK)
        plot_top = top + curve.head
        self._draw_main_words(sheet, curve, plot_top - 2)
        axes = sheet.axes(self.left, plot_top, self.width, _CURVE_HEIGHT)
        axes.set(xlim=(0, 1), yscale="log" if self.log else "linear", ylim=curve.limits)
        _dress(axes, self.percent)
        for value in self.references:
            axes.axhline(value, color=SOFT_INK, linewidth=1.1, linestyle=_REFERENCE_DASH, zorder=3)
        _paint_estimates(axes, curve, self.width)
        foot = plot_top + _CURVE_HEIGHT
        height = sum(decision.height for decision in curve.decisions)
        self._draw_matrix(sheet, curve, foot)
        below = sheet.axes(self.left, foot, self.width, height)
        below.set(xlim=(0, 1), ylim=(height, 0))
        below.axis("off")
        _paint_matrix(below, curve, self.width)
        for x in curve.main_places:
            for part in (axes, below):
                part.axvline(x, color=INK, linewidth=0.8, linestyle=_MAIN_DASH, zorder=5)

    def _draw_main_words(self, sheet: Sheet, curve: Curve, bottom: float) -> None:
        if not curve.main:
            return
        half = measure(curve.main, type_size("note")) / 2
        x = self.left + curve.main_places[0] * self.width
        x = min(max(x, self.left + half), self.left + self.width - half)
        sheet.text(x, bottom, [curve.main], type_size("note"), ha="center", va="bottom")

    def _draw_matrix(self, sheet: Sheet, curve: Curve, top: float) -> None:
        right = margin() + inner_width()
        for decision in curve.decisions:
            place = (top + decision.head - 1, decision.lines)
            rule = top + _DECISION_SPACE / 2
            sheet.line([margin(), right], [rule, rule], color=RULE, linewidth=0.6)
            sheet.text(margin(), *place, type_size("note"), va="bottom", color=FAINT_INK)
            shares = {"ha": "right", "va": "bottom", "color": FAINT_INK}
            sheet.text(right, place[0], [decision.share_words], type_size("note"), **shares)
            top += decision.head
            for option in decision.options:
                middle = top + option.height / 2
                sheet.text(margin() + 6, middle, option.lines, type_size("small"), va="center")
                sheet.text(
                    right, middle, [option.share], type_size("small"), ha="right", va="center"
                )
                top += option.height


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw the estimates of all universes in order, above the matrix of choices.

    Parameters
    ----------
    data
        universe (unique within a facet), value, ci_low, ci_high, outcome (holds, fails,
        inconclusive, not run), main (1 for the main analysis), one column `choice:DECISION` a
        decision (empty where the decision does not apply), and if wanted facet and level. A
        universe without a value is one that failed: it is counted, and stands at the right end.
        The words of decisions come from the labels of `decision`, those of options from the labels
        of their decision, or from the plan's labels. Values that are ratios have a logarithmic
        axis by the option log. Shares to the right are among all universes of the row, the failed
        too. Options: percent, log, digits, level, order (of options), facets, ylim, reference.
    """
    frame = _frame(data, exhibit)
    facets = _facets(frame, exhibit)
    headings = words_of(facets, "facet", exhibit, labels, lang)
    parts = {facet: frame[frame["facet"] == facet] for facet in facets} or {"": frame}
    label_width, share_width = _column_widths(frame, exhibit, labels, lang)
    curves = tuple(
        _curve(part, headings.get(facet, ""), label_width, exhibit, labels, lang)
        for facet, part in parts.items()
    )
    width = inner_width() - label_width - share_width - 2 * _GAP
    if width < _LEAST_PLOT:
        raise TooNarrowError("the words of the choices leave no room for the curve")
    body = SpecificationCurves(
        curves=curves,
        key=_key(frame, curves, width, exhibit, labels, lang),
        axis=wrap(needed_words(exhibit, lang, "value", "x"), inner_width(), type_size("small")),
        percent=bool(exhibit.options.get("percent")),
        log=bool(exhibit.options.get("log")),
        references=tuple(reference.value for reference in references_of(exhibit, labels, lang)),
        label_width=label_width,
        share_width=share_width,
    )
    return compose(exhibit, body, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Say in sentences how many universes there are, what they find, and what each choice does."""
    frame = _frame(data, exhibit)
    facets = _facets(frame, exhibit)
    headings = words_of(facets, "facet", exhibit, labels, lang)
    told = []
    for facet in facets or [""]:
        part = frame[frame["facet"] == facet] if facets else frame
        head = headings[facet] + COLON[lang] if facets else ""
        told += [head + _counts(part, lang), *_tell(part, exhibit, labels, lang)]
    kind = _KIND[lang].format(axis=axis_words(exhibit, lang, "value", "y", "x"))
    return [*(text for text in told if text), kind]


def _frame(data: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    choices = [str(name) for name in data.columns if str(name).startswith(CHOICE)]
    known = data.assign(**{name: data[name].astype(object).fillna("") for name in choices})
    frame = checked(known, exhibit, REQUIRED, (*OPTIONAL, *choices))
    refuse_repeats(frame, exhibit, ("facet", "universe"))
    unknown = sorted(set(frame["outcome"]) - set(_OUTCOME_WORDS))
    if unknown:
        raise UserError(
            f"figure {exhibit.id}: a universe has an unknown outcome",
            f"use one of {', '.join(_OUTCOME_WORDS)}",
            column="outcome",
            value=unknown[0],
        )
    judged = frame["value"].isna() & (frame["outcome"] != "not run")
    if judged.any():
        raise UserError(
            f"figure {exhibit.id}: a universe without a value has an outcome",
            "write not run",
            value=frame.loc[judged.idxmax(), "universe"],
        )
    if frame["value"].isna().all():
        raise UserError(f"figure {exhibit.id}: no value is known", "give at least one value")
    return frame.sort_values(["value", "universe"], kind="stable", na_position="last")


def _facets(frame: pd.DataFrame, exhibit: ExhibitPlan) -> list[str]:
    if "facet" not in frame:
        return []
    return in_order(frame["facet"].sort_index(), exhibit.options.get("facets", ()))


def _curve(
    frame: pd.DataFrame,
    heading: str,
    label_width: float,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
) -> Curve:
    main = frame.loc[(frame["main"] == 1) & frame["value"].notna(), "value"]
    style = number_style(frame["value"], exhibit)
    return Curve(
        heading=wrap(heading, inner_width(), type_size("text")) if heading else (),
        counts=wrap(_counts(frame, lang), inner_width(), type_size("small")),
        frame=frame,
        decisions=_matrix(frame, label_width, exhibit, labels, lang),
        limits=_limits(frame, exhibit),
        main=_MAIN[lang].format(value=style.write(float(main.iloc[0]))) if len(main) else "",
    )


def _counts(frame: pd.DataFrame, lang: Lang) -> str:
    """Sentence of how many universes hold, fail and could not be estimated."""
    failed = frame["value"].isna()
    seen = frame.loc[~failed, "outcome"].value_counts()
    parts = [
        _COUNTED[lang].format(words=words[lang], n=_COUNTS.write(seen[code]))
        for code, words in _OUTCOME_WORDS.items()
        if code in seen
    ]
    told = _COUNT[lang].format(n=_COUNTS.write(len(frame))) + COLON[lang]
    told += SEPARATOR[lang].join(parts)
    if failed.any():
        told += CLAUSE[lang] + _FAILED[lang].format(n=_COUNTS.write(failed.sum()))
    return told


def _limits(frame: pd.DataFrame, exhibit: ExhibitPlan) -> tuple[float, float]:
    values = frame[["value", "ci_low", "ci_high"]].to_numpy(dtype=float).ravel()
    if exhibit.options.get("log"):
        return planned_limits(exhibit, "ylim") or ratio_limits(values)
    everything = np.append(values, reference_values(exhibit))
    return planned_limits(exhibit, "ylim") or limits_for(everything, floor_at_zero=False)


def _decisions(frame: pd.DataFrame, exhibit: ExhibitPlan) -> dict[str, list[str]]:
    """Options that occur, by decision, both in order."""
    order = exhibit.options.get("order", ())
    found = {
        name.removeprefix(CHOICE): [
            code for code in in_order(frame[name].sort_index(), order) if code
        ]
        for name in frame.columns
        if name.startswith(CHOICE)
    }
    return {decision: options for decision, options in found.items() if options}


def _matrix(
    frame: pd.DataFrame, width: float, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> tuple[Decision, ...]:
    decisions = _decisions(frame, exhibit)
    heads = words_of(list(decisions), "decision", exhibit, labels, lang)
    holds = (frame["outcome"] == "holds").to_numpy()
    blocks = [_outcome_block(frame, lang)]
    for decision, options in decisions.items():
        words = words_of(options, decision, exhibit, labels, lang)
        rows = []
        for code in options:
            ticked = (frame[CHOICE + decision] == code).to_numpy()
            share = _PERCENT.write(float(holds[ticked].mean()))
            rows.append(Option(wrap(words[code], width - 6, type_size("small")), share, ticked))
        blocks.append(
            Decision(wrap(heads[decision], width, type_size("note")), _HOLDS[lang], tuple(rows))
        )
    return tuple(block for block in blocks if block.options)


def _outcome_block(frame: pd.DataFrame, lang: Lang) -> Decision:
    known = frame["value"].notna()
    rows = []
    for code in ("holds", "inconclusive", "fails"):
        ticked = ((frame["outcome"] == code) & known).to_numpy()
        if ticked.any():
            share = _PERCENT.write(float(ticked.mean()))
            rows.append(Option((_OUTCOME_WORDS[code][lang],), share, ticked))
    return Decision((_TEST[lang],), _SHARE[lang], tuple(rows))


def _column_widths(
    frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> tuple[float, float]:
    """Widths of the words on the left and of the shares on the right."""
    decisions = _decisions(frame, exhibit)
    heads = words_of(list(decisions), "decision", exhibit, labels, lang).values()
    options = [
        words
        for decision, codes in decisions.items()
        for words in words_of(codes, decision, exhibit, labels, lang).values()
    ]
    rows = [*options, *(words[lang] for words in _OUTCOME_WORDS.values())]
    widest = max(
        *(measure(words, type_size("note")) for words in (*heads, _TEST[lang])),
        *(measure(words, type_size("small")) + 6 for words in rows),
    )
    share = max(measure(words[lang], type_size("note")) for words in (_SHARE, _HOLDS))
    return min(widest + 1, inner_width() * _LABEL_SHARE), share


def _key(
    frame: pd.DataFrame,
    curves: Sequence[Curve],
    width: float,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
) -> Key:
    single = [curve for curve in curves if _has_room(curve, width)]
    dense = [curve for curve in curves if not _has_room(curve, width)]
    codes = in_order(pd.concat([curve.frame for curve in single])["outcome"]) if single else []
    items: list[tuple[str, Sample]] = [
        (_OUTCOME_WORDS[code][lang], marker(meaning(code).colour, OUTCOME_MARKERS[code]))
        for code in _OUTCOME_WORDS
        if code in codes and code != "not run"
    ]
    if dense:
        items += [(_ESTIMATE_KEY[lang], stroke(mark("curve").colour, "solid", 1.6))]
    if frame["ci_low"].notna().any():
        sample = swatch(mark("curve_band").colour) if dense else upright(FAINT_INK, "solid")
        items.append((interval_words(level_of(frame, exhibit), lang), sample))
    if any(curve.main for curve in curves):
        items.append((_MAIN_KEY[lang], upright(INK, _MAIN_DASH)))
    dashed = stroke(SOFT_INK, _REFERENCE_DASH, 1.1)
    items += [(r.words, dashed) for r in references_of(exhibit, labels, lang)]
    if dense:
        items.append((_DENSITY[lang], swatch("#8c8c8c")))
    return lay_key(items, inner_width())


def _has_room(curve: Curve, width: float) -> bool:
    return width / len(curve.frame) >= _ROOM


def _dress(axes: Axes, percent: bool) -> None:
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xticks([])
    if axes.get_yscale() == "log":
        write_ratios(axes.yaxis, axes.get_ylim())
    else:
        write_ticks(axes.yaxis, _Y_TICKS, percent)
    axes.grid(axis="y", color=GRID)


def _paint_estimates(axes: Axes, curve: Curve, width: float) -> None:
    n, step = curve.n, curve.step
    if n < len(curve.frame):
        ground: dict[str, Any] = {"color": mark("failed").colour, "linewidth": 0}
        axes.axvspan(float(curve.places[n]), 1, zorder=0, **ground)
    known = curve.frame.iloc[:n]
    left = curve.places[:n]
    if _has_room(curve, width):
        _paint_points(axes, known, left + step / 2, min(6.0, 0.8 * step * width))
    else:
        _paint_band(axes, known, left, step)


def _paint_points(axes: Axes, known: pd.DataFrame, x: NDArray[np.float64], size: float) -> None:
    style: dict[str, Any] = {"colors": FAINT_INK, "linewidth": min(1.2, size / 2), "zorder": 2}
    axes.vlines(x, known["ci_low"], known["ci_high"], **style)
    outcomes = known["outcome"].to_numpy()
    for code in _OUTCOME_WORDS:
        here = outcomes == code
        look: dict[str, Any] = {"color": meaning(code).colour, "marker": OUTCOME_MARKERS[code]}
        edge: dict[str, Any] = {"markeredgecolor": INK, "markeredgewidth": 0.3}
        place = (x[here], known["value"].to_numpy()[here])
        axes.plot(*place, linestyle="none", markersize=size, zorder=4, **look, **edge)


def _paint_band(axes: Axes, known: pd.DataFrame, left: NDArray[np.float64], step: float) -> None:
    edges = np.append(left, left[-1] + step)
    low, value, high = (
        np.append(known[name], known[name].iloc[-1]) for name in ("ci_low", "value", "ci_high")
    )
    band: dict[str, Any] = {"color": mark("curve_band").colour, "linewidth": 0, "zorder": 1}
    axes.fill_between(edges, low, high, step="post", **band)
    axes.step(edges, value, where="post", color=mark("curve").colour, linewidth=1.6, zorder=4)


def _paint_matrix(axes: Axes, curve: Curve, width: float) -> None:
    """Mark the universes of each option; all shades of a grey are one shape, which draws fast."""
    y, boxes = 0.0, defaultdict[int, list[_Box]](list)
    for decision in curve.decisions:
        y += decision.head
        for option in decision.options:
            middle, half = y + option.height / 2, _ROW * _TICK_SHARE / 2
            axes.axhline(middle, color=GRID, linewidth=0.6, zorder=0)
            if _has_room(curve, width):
                _paint_ticks(axes, curve, option, middle, half, width)
            else:
                for level, left, right in _runs(curve, option, width):
                    boxes[level].append((left, right, middle - half, middle + half))
            y += option.height
    for level in sorted(boxes):
        _paint_boxes(axes, boxes[level], str(round(0.92 - 0.85 * level / _SHADES, 3)))


def _paint_ticks(
    axes: Axes, curve: Curve, option: Option, middle: float, half: float, width: float
) -> None:
    x = curve.places[option.ticked] + curve.step / 2
    thick = min(4.0, 0.7 * curve.step * width)
    axes.vlines(x, middle - half, middle + half, colors=INK, linewidth=thick, zorder=2)


def _runs(curve: Curve, option: Option, width: float) -> list[tuple[int, float, float]]:
    """Shade, left and right of each run: the share of universes at a point that tick the option."""
    bins = int(width)
    place = np.minimum(((curve.places + curve.step / 2) * bins).astype(int), bins - 1)
    total = np.bincount(place, minlength=bins)
    ticked = np.bincount(place, weights=option.ticked, minlength=bins)
    share = np.divide(ticked, total, out=np.zeros(bins), where=total > 0)
    shade = np.ceil(share * _SHADES).astype(int)
    edges = [0, *(np.flatnonzero(np.diff(shade)) + 1).tolist(), bins]
    runs = zip(shade[edges[:-1]].tolist(), edges[:-1], edges[1:], strict=True)
    return [(level, left / bins, right / bins) for level, left, right in runs if level]


def _paint_boxes(axes: Axes, boxes: Sequence[_Box], grey: str) -> None:
    corners = [[(a, c), (b, c), (b, d), (a, d), (a, c)] for a, b, c, d in boxes]
    steps = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    shape = Path(np.array(corners).reshape(-1, 2), steps * len(boxes))
    style: dict[str, Any] = {"facecolor": grey, "linewidth": 0, "antialiased": False}
    axes.add_patch(PathPatch(shape, **style))


def _tell(frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    style = number_style(frame["value"], exhibit)
    value = frame["value"]
    numbers = {"low": value.min(), "high": value.max(), "median": value.median()}
    told = [_RANGE[lang].format(**{k: style.write(float(v)) for k, v in numbers.items()})]
    main = frame.loc[(frame["main"] == 1) & value.notna(), "value"]
    told += [_MAIN[lang].format(value=style.write(float(main.iloc[0])))] if len(main) else []
    decisions = _decisions(frame, exhibit)
    heads = words_of(list(decisions), "decision", exhibit, labels, lang)
    holds = frame["outcome"] == "holds"
    for decision, options in decisions.items():
        words = words_of(options, decision, exhibit, labels, lang)
        shares = [
            f"{words[code]} {_PERCENT.write(float(holds[frame[CHOICE + decision] == code].mean()))}"
            for code in options
        ]
        head = _SHARES[lang].format(decision=heads[decision])
        told.append(head + COLON[lang] + SEPARATOR[lang].join(shares))
    return told
