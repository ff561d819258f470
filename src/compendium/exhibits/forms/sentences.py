"""Descriptions of charts in full sentences, made from the plotted data: the finding first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from compendium.exhibits.forms.axes import references_of
from compendium.exhibits.forms.frames import axis_words, in_order, words_of
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.words import CLAUSE, CLOSE, COLON, COMMA, OPEN, SEPARATOR
from compendium.text import Lang, Text

# Longer charts are described by their extremes; the data file has the rest.
MOST_ROWS_TOLD = 12

_ROWS = Text("{rows} rows", "共 {rows} 行")
_SECTIONS = Text("{rows} rows in {sections} sections", "共 {rows} 行，分 {sections} 组")
_EXTREMES = Text(
    "lowest {low} ({low_name}), highest {high} ({high_name})",
    "最低 {low}（{low_name}），最高 {high}（{high_name}）",
)
_LOW_BOUND = Text(
    "lower bounds from {low} ({low_name}) to {high} ({high_name})",
    "下界由 {low}（{low_name}）至 {high}（{high_name}）",
)
_LARGEST = Text("largest part {high} ({high_name})", "最大部分为 {high}（{high_name}）")
_AGAINST = Text(
    "of {n} intervals {above} lie above {words} ({value}), {below} below, {across} contain it",
    "{n} 个区间中，{above} 个高于{words}（{value}），{below} 个低于，{across} 个包含该值",
)
_BOUNDS_AGAINST = Text(
    "of {n} pairs of bounds {above} lie above {words} ({value}), {below} below, {across} leave it "
    "open",
    "{n} 对上下界中，{above} 对高于{words}（{value}），{below} 对低于，{across} 对不能判定",
)
_RUNS = Text(
    "{name} from {first} {first_x} to {last} {last_x}",
    "{name}由 {first_x} 的 {first} 变为 {last_x} 的 {last}",
)
_AT_LEAST = Text("at least {low}, at most {high}", "下界 {low}，上界 {high}")
_INTERVAL = Text("interval {low} to {high}", "区间 {low} 至 {high}")
_SERIES = Text(
    "{name}: {first} {first_x}, {last} {last_x}; lowest {low} {low_x}, highest {high} {high_x}",
    "{name}：{first_x} 为 {first}，{last_x} 为 {last}；"
    "最低 {low}（{low_x}），最高 {high}（{high_x}）",
)
_ONE_POINT = Text("{name}: {first} {first_x}", "{name}：{first_x} 为 {first}")
_YEAR, _PLACE = Text("in {x}", "{x}"), Text("at {x}", "{x}")
_YEARS = range(1000, 3000)
_BREAKS = Text("broken between {places}, where its definition changes", "在 {places} 之间口径变动")
_UNKNOWN = Text("unknown", "未知")


@dataclass(frozen=True)
class Sentences:
    """Writes the description of one exhibit, a sentence an entry and the finding first.

    Attributes
    ----------
    axes
        Names under which the plan may have the words of the value axis.
    """

    exhibit: ExhibitPlan
    labels: Labels
    lang: Lang
    style: NumberStyle
    axes: tuple[str, ...] = ("value", "x")

    def chart(self, kind: str, frame: pd.DataFrame, value: str) -> list[str]:
        """Describe a chart of rows: extremes, size, and every row if there are few.

        Intervals are compared with the planned value of reference where there is one; a column
        `compared` leaves rows out of that.
        """
        named = self._named(frame)
        rows = named[["facet_words", "row_words"]].drop_duplicates()
        told = [self._row(kind, group, value) for _, group in self._rows(named)]
        if len(named) == 1:
            return [self._with_axis(told[0])]
        facts = [self._extremes(kind, named, value), *self._against(kind, named)]
        sections = named["facet_words"].nunique() if "facet" in named else 0
        parts = [self._with_axis(self._clauses(facts)), self._size(len(rows), sections)]
        return parts + told if len(rows) <= MOST_ROWS_TOLD else parts

    def lines(self, frame: pd.DataFrame) -> list[str]:
        """Describe a line chart: where series begin and end, then extremes and breaks of each."""
        named = self._named(frame.assign(category=frame["series"]), "series")
        if "facet" in frame and frame.groupby("facet")["series"].nunique().max() == 1:
            named = named.assign(row_words="")
        series = [group for _, group in self._rows(named)]
        if len(series) > MOST_ROWS_TOLD:
            return [self._with_axis(self._extremes("lines", named, "value"))]
        runs = [self._series(group, _RUNS) for group in series if len(group) > 1]
        told = [self._clauses([self._series(g, _SERIES), *self._breaks(g)]) for g in series]
        if not runs:
            return [self._with_axis(told[0]), *told[1:]]
        return [self._with_axis(self._clauses(runs)), *told]

    def _with_axis(self, text: str) -> str:
        axis = axis_words(self.exhibit, self.lang, *self.axes)
        return axis + COLON[self.lang] + text if axis else text

    def _clauses(self, parts: list[str]) -> str:
        return CLAUSE[self.lang].join(part for part in parts if part)

    def _against(self, kind: str, named: pd.DataFrame) -> list[str]:
        """Say how many intervals, or bounds, lie on which side of the value of reference."""
        references = references_of(self.exhibit, self.labels, self.lang)
        ends = ["low", "high"] if kind == "bounds" else ["ci_low", "ci_high"]
        if len(references) != 1 or not set(ends) <= set(named):
            return []
        known = named[named[ends].notna().all(axis=1)]
        known = known[known["compared"]] if "compared" in known else known
        if known.empty:
            return []
        above = int((known[ends[0]] > references[0].value).sum())
        below = int((known[ends[1]] < references[0].value).sum())
        text = _BOUNDS_AGAINST if kind == "bounds" else _AGAINST
        counts = {"n": len(known), "above": above, "below": below}
        across = len(known) - above - below
        words, value = references[0].words, self.style.write(references[0].value)
        told = text[self.lang].format(**counts, across=across, words=words, value=value)
        return [told]

    def _named(self, frame: pd.DataFrame, column: str = "category") -> pd.DataFrame:
        def words(name: str, source: str) -> pd.Series[Any]:
            found = words_of(in_order(frame[name]), source, self.exhibit, self.labels, self.lang)
            return frame[name].map(found)

        return frame.assign(
            row_words=words("category", column),
            facet_words=words("facet", "facet") if "facet" in frame else "",
            **{f"{n}_words": words(n, n) for n in ("group", "part") if n in frame},
        )

    def _rows(self, named: pd.DataFrame) -> Any:
        return named.groupby(["facet_words", "row_words"], sort=False)

    def _size(self, rows: int, sections: int) -> str:
        text = _SECTIONS if sections else _ROWS
        return text[self.lang].format(rows=rows, sections=sections)

    def _extremes(self, kind: str, named: pd.DataFrame, value: str) -> str:
        known = named[named[value].notna()]
        if known.empty:
            return ""
        text = {"bounds": _LOW_BOUND, "shares": _LARGEST}.get(kind, _EXTREMES)
        low, high = known.loc[known[value].idxmin()], known.loc[known[value].idxmax()]
        return text[self.lang].format(
            low=self.style.write(low[value]),
            low_name=self._name(low),
            high=self.style.write(high[value]),
            high_name=self._name(high),
        )

    def _name(self, row: pd.Series[Any]) -> str:
        names = (row.get(f"{name}_words", "") for name in ("facet", "row", "group", "part"))
        return SEPARATOR[self.lang].join(name for name in names if name)

    def _row(self, kind: str, group: pd.DataFrame, value: str) -> str:
        told = [self._mark(kind, row, value) for _, row in group.iterrows()]
        first = group.iloc[0]
        names = [name for name in (first["facet_words"], first["row_words"]) if name]
        counts = group["n"].dropna().unique() if "n" in group else []
        count = ""
        if len(counts) == 1:
            count = f"{COMMA[self.lang]}n = {int(counts[0]):,}"
        name = SEPARATOR[self.lang].join(names)
        return name + COLON[self.lang] + SEPARATOR[self.lang].join(told) + count

    def _mark(self, kind: str, row: pd.Series[Any], value: str) -> str:
        if kind == "bounds":
            bounds = {name: self._number(row[name]) for name in ("low", "high")}
            return _AT_LEAST[self.lang].format(**bounds)
        name = row.get("group_words") or row.get("part_words") or ""
        gap = "" if name.endswith(CLOSE["zh"]) else " "
        text = f"{name}{gap}{self._number(row[value])}".strip()
        if pd.notna(row.get("ci_low")) and pd.notna(row.get("ci_high")):
            ends = {"low": self._number(row["ci_low"]), "high": self._number(row["ci_high"])}
            interval = _INTERVAL[self.lang].format(**ends)
            text += OPEN[self.lang] + interval + CLOSE[self.lang]
        return text

    def _number(self, value: float) -> str:
        return self.style.write(value) if pd.notna(value) else _UNKNOWN[self.lang]

    def _series(self, group: pd.DataFrame, text: Text) -> str:
        ordered = group.sort_values("x", kind="stable")
        low, high = ordered.loc[ordered["value"].idxmin()], ordered.loc[ordered["value"].idxmax()]
        ends = {"first": ordered.iloc[0], "last": ordered.iloc[-1], "low": low, "high": high}
        words = {name: self.style.write(row["value"]) for name, row in ends.items()}
        words |= {f"{name}_x": self._place(row["x"]) for name, row in ends.items()}
        text = _ONE_POINT if len(ordered) == 1 else text
        return text[self.lang].format(name=self._name(ordered.iloc[0]), **words)

    def _place(self, x: float) -> str:
        text = _YEAR if x in _YEARS else _PLACE
        return text[self.lang].format(x=f"{x:.4g}".replace("-", "\N{MINUS SIGN}"))

    def _breaks(self, group: pd.DataFrame) -> list[str]:
        ordered = group.sort_values("x", kind="stable")
        if "segment" not in ordered:
            return []
        changed = (ordered["segment"] != ordered["segment"].shift(-1)).to_numpy()[:-1]
        xs = ordered["x"].to_numpy()
        places = [f"{xs[i]:g}–{xs[i + 1]:g}" for i in changed.nonzero()[0]]
        if not places:
            return []
        return [_BREAKS[self.lang].format(places=SEPARATOR[self.lang].join(places))]
