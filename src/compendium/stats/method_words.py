"""The vocabulary of methods: every word that says what was done, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from compendium.text import Text, word_table

OTHER_FAMILY = "other_method"
FREE = "free"
"""The word for a method in an author's own words."""
LOWER_BOUND = "lower_bound"
"""The word of methods whose value is the least that can be."""
ALONE = "alone"
"""The word of an error that is too small, for one cluster alone decides the coefficient."""


@dataclass(frozen=True, order=True)
class Word(Text):
    """A word of a method; `family` is that of the methods which it begins."""

    family: str = ""


NAMES = {
    "row": Text("row", "行"),
    "cluster": Text("cluster", "聚类"),
    "linear": Text("linear", "线性"),
    "quadratic": Text("quadratic", "二次"),
    "simultaneous": Text("simultaneous", "联合"),
    "pointwise": Text("pointwise", "逐点"),
    "normal": Text("normal", "正态"),
    "units": Text("units", "单位"),
    "strata": Text("strata", "层"),
    "residual": Text("residual", "残差"),
    "none": Text("none", "无"),
}
"""What the engine's own names are called."""


def _read() -> dict[str, Word]:
    """Words by code, from the table beside this module: code, family, English, Chinese."""
    rows = word_table(__package__, "method_words.csv")
    return {row["code"]: Word(row["en"], row["zh"], row["family"]) for row in rows}


WORDS = _read()
"""Every word by its code; places in braces are filled by what a method was given."""
