"""The words that exhibits add of their own."""

from __future__ import annotations

from compendium.text import Lang, Text

EVIDENCE_WORDS = {
    "observed": Text("Observed evidence", "观测证据"),
    "external": Text("External data", "外部数据"),
    "stand-in": Text(
        "Simulated data: pipeline check, not evidence", "模拟数据：仅检验流程，不作证据"
    ),
}
CLAIM = Text("Claim", "论断")
CLAIMS = Text("Claims", "论断")
ESTIMATE = Text("Estimate", "估计值")
VALUE = Text("Value", "数值")
NAMED = Text("Named in a source: at least this share", "来源中点名：比例下限")
WORST_CASE = Text("Not seen: possible up to here (worst case)", "未见记载：最坏情形下的上限")
BOUNDS = Text("Bounds", "上下界")
BREAK = Text(
    "Break in the series: values on its two sides are not comparable", "口径变动：前后不可直接比较"
)
DATA = Text("data", "数据")
DEFAULT = Text("default", "默认")
WRITTEN_FOR_DEFAULTS = Text(
    "words on methods were written for the default parameters", "方法说明按默认参数写成"
)
OTHER_PACKAGES = Text("packages other than the lock's", "软件包与锁定版本不符")
TO = Text(" to ", " 至 ")
NO_INTERVAL = Text("no interval", "无区间")
SEPARATOR = Text(", ", "、")
COMMA = Text(", ", "，")
CLAUSE = Text("; ", "；")
STOP = Text(". ", "。")
SOURCE = Text("Source", "资料来源")
SIMULATED_ANSWERS = Text("simulated answers to the questionnaire", "按问卷模拟的答复")
COLON = Text(": ", "：")
OPEN = Text(" (", "（")
CLOSE = Text(")", "）")


def interval_words(level: float | None, lang: Lang) -> str:
    """Name the interval, with its level when that is known."""
    if level is None:
        return {"en": "Interval", "zh": "区间"}[lang]
    return {"en": f"{100 * level:g}% interval", "zh": f"{100 * level:g}% 区间"}[lang]
