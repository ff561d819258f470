"""The words that every format of the report shares."""

from __future__ import annotations

from grassroots.text import Lang, Text

LANGUAGE_NAMES: dict[Lang, str] = {"en": "English", "zh": "中文"}
HTML_LANG: dict[Lang, str] = {"en": "en", "zh": "zh-Hans"}

TITLE = Text(
    "Power and responsibility of primary-level government in urban risk governance",
    "城市风险治理中基层政府的权责：证据与结论",
)
LEAD = Text(
    "Seven claims of an article, tested on the data that ship with this compendium. "
    "A claim that fails is shown as failing.",
    "对文章七项论断的检验，所用数据随本材料一并提供。不成立的论断照实列出。",
)
PREMISE = Text("premise: counts only where it fails", "前提：仅在不成立时计入")
TURNS = Text(
    "One other outcome would make the verdict “{verdict}”: {tests}.",
    "改变其中任一项结果，结论即为“{verdict}”：{tests}。",
)
ALSO_TURNS = Text(
    "One other outcome would make it “{verdict}”: {tests}.",
    "改变其中任一项结果，结论亦可为“{verdict}”：{tests}。",
)
NOTHING_TURNS = Text(
    "No single test with another outcome would change the verdict.",
    "任何单项检验改变结果均不会改变结论。",
)
AT_LEAST = Text("at least {}", "至少 {}")
