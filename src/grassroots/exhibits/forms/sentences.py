"""Descriptions of charts in full sentences, made from the plotted data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from grassroots.exhibits.forms.frames import axis_words, in_order, words_of
from grassroots.exhibits.labels import Labels
from grassroots.exhibits.numbers import NumberStyle
from grassroots.exhibits.protocols import ExhibitPlan
from grassroots.exhibits.words import CLAUSE, CLOSE, COLON, COMMA, OPEN, SEPARATOR, STOP
from grassroots.text import Lang, Text

# Longer charts are described by their extremes; the data file has the rest.
MOST_ROWS_TOLD = 12

_KINDS = {
    "dots": Text("Dot chart with intervals of: {axis}", "点图（附区间），内容为：{axis}"),
    "shares": Text(
        "Bars divided into parts of 100%, of: {axis}", "百分比堆积条形图，内容为：{axis}"
    ),
    "bounds": Text("Bars from lower to upper bounds of: {axis}", "上下界条形图，内容为：{axis}"),
    "bars": Text("Bar chart of: {axis}", "条形图，内容为：{axis}"),
    "years": Text("Line chart, from {first} to {last}", "折线图，{first}至{last}"),
    "lines": Text(
        "Line chart of: {axis}, from {first} to {last}", "折线图，内容为：{axis}，{first}至{last}"
    ),
}
_ROWS = Text("{rows} rows", "共 {rows} 行")
_SECTIONS = Text("{rows} rows in {sections} sections", "共 {rows} 行，分 {sections} 组")
_EXTREMES = Text(
    "The lowest value is {low} ({low_name}), the highest {high} ({high_name})",
    "最低值为 {low}（{low_name}），最高值为 {high}（{high_name}）",
)
_LOW_BOUND = Text(
    "The lowest lower bound is {low} ({low_name}), the highest {high} ({high_name})",
    "下界最低为 {low}（{low_name}），最高为 {high}（{high_name}）",
)
_LARGEST = Text("The largest part is {high} ({high_name})", "最大部分为 {high}（{high_name}）")
_AT_LEAST = Text("at least {low}, at most {high}", "下界 {low}，上界 {high}")
_INTERVAL = Text("interval {low} to {high}", "区间 {low} 至 {high}")
_SERIES = Text(
    "{name}: {first} in {first_x}, {last} in {last_x}; "
    "lowest {low} in {low_x}, highest {high} in {high_x}",
    "{name}：{first_x} 为 {first}，{last_x} 为 {last}；"
    "最低 {low}（{low_x}），最高 {high}（{high_x}）",
)
_ONE_POINT = Text("{name}: {first} in {first_x}", "{name}：{first_x} 为 {first}")
_BREAKS = Text("broken between {places}, where its definition changes", "在 {places} 之间口径变动")
_UNKNOWN = Text("unknown", "未知")


@dataclass(frozen=True)
class Sentences:
    """Writes the description of one exhibit."""

    exhibit: ExhibitPlan
    labels: Labels
    lang: Lang
    style: NumberStyle

    def chart(self, kind: str, frame: pd.DataFrame, value: str) -> str:
        """Describe a chart of rows: kind, size, extremes, and every row if there are few."""
        named = self._named(frame)
        rows = named[["facet_words", "row_words"]].drop_duplicates()
        parts = [self._kind(kind, axis=axis_words(self.exhibit, self.lang, "value", "x"))]
        if len(named) > 1:
            sections = named["facet_words"].nunique() if "facet" in named else 0
            parts += [self._size(len(rows), sections), self._extremes(kind, named, value)]
        if len(rows) <= MOST_ROWS_TOLD:
            parts += [self._row(kind, group, value) for _, group in self._rows(named)]
        return self._joined(parts)

    def lines(self, frame: pd.DataFrame) -> str:
        """Describe a line chart: span, and for each series its ends, extremes and breaks."""
        named = self._named(frame.assign(category=frame["series"]), "series")
        if "facet" in frame and frame.groupby("facet")["series"].nunique().max() == 1:
            named = named.assign(row_words="")
        axis = axis_words(self.exhibit, self.lang, "y", "value")
        first, last = f"{frame['x'].min():g}", f"{frame['x'].max():g}"
        parts = [self._kind("lines" if axis else "years", axis=axis, first=first, last=last)]
        series = [group for _, group in self._rows(named)]
        if len(series) > MOST_ROWS_TOLD:
            return self._joined([*parts, self._extremes("lines", named, "value")])
        parts += [self._series(group) for group in series]
        return self._joined(parts)

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

    def _kind(self, kind: str, **words: str) -> str:
        return _KINDS[kind][self.lang].format(**words)

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

    def _series(self, group: pd.DataFrame) -> str:
        ordered = group.sort_values("x", kind="stable")
        low, high = ordered.loc[ordered["value"].idxmin()], ordered.loc[ordered["value"].idxmax()]
        ends = {"first": ordered.iloc[0], "last": ordered.iloc[-1], "low": low, "high": high}
        words = {name: self.style.write(row["value"]) for name, row in ends.items()}
        words |= {f"{name}_x": f"{row['x']:g}" for name, row in ends.items()}
        text = (_ONE_POINT if len(ordered) == 1 else _SERIES)[self.lang]
        told = text.format(name=self._name(ordered.iloc[0]), **words)
        return CLAUSE[self.lang].join([told, *self._breaks(ordered)])

    def _breaks(self, ordered: pd.DataFrame) -> list[str]:
        if "segment" not in ordered:
            return []
        changed = (ordered["segment"] != ordered["segment"].shift(-1)).to_numpy()[:-1]
        xs = ordered["x"].to_numpy()
        places = [f"{xs[i]:g}–{xs[i + 1]:g}" for i in changed.nonzero()[0]]
        if not places:
            return []
        return [_BREAKS[self.lang].format(places=SEPARATOR[self.lang].join(places))]

    def _joined(self, parts: list[str]) -> str:
        told = [part for part in parts if part]
        return STOP[self.lang].join(told) + STOP[self.lang].strip()
