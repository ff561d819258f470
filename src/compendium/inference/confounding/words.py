"""A sentence with each number: what it shows, and what it does not."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import isfinite
from typing import Any

from compendium.inference.confounding.e_value import EValue
from compendium.inference.confounding.omitted import Confounding
from compendium.inference.confounding.oster import Oster
from compendium.text import LANGS, Text, word_table

_WORDS = {row["code"]: Text(row["en"], row["zh"]) for row in word_table(__package__, "words.csv")}
"""Parts of sentences by code, with places for numbers and names."""


def robustness_sentence(found: Confounding, what: Text) -> Text:
    """Say what the robustness values of a coefficient show.

    Parameters
    ----------
    what
        Words of predictor and outcome, such as "Pressure on imbalance".
    """
    reached = _WORDS["reached"] if found.rv_alpha == 0 else _WORDS["interval"]
    target = number((1 - found.q) * found.line.value) if found.q != 1 else "0"
    return _joined(
        (_WORDS["value"], reached, _WORDS["extreme"], _WORDS["not"]),
        what,
        value=number(found.line.value),
        target=target,
        rv=percent(found.rv),
        rv_alpha=percent(found.rv_alpha),
        partial_r2=percent(found.partial_r2),
        level=percent(found.line.level, 0),
    )


def benchmark_sentence(
    found: Confounding, row: Mapping[Hashable, Any], what: Text, benchmark: Text
) -> Text:
    """Say what a confounder as strong as a covariate would leave; one row of `benchmark_bounds`."""
    multiple = _times(row["multiple"], f"{row['multiple']:g}")
    if not row["possible"]:
        return _joined((_WORDS["impossible"],), what, benchmark=benchmark, multiple=multiple)
    return _joined(
        (_WORDS["capped"] if row["capped"] else _WORDS["benchmark"],),
        what,
        benchmark=benchmark,
        multiple=multiple,
        value=number(row["value"]),
        low=number(row["ci_low"]),
        high=number(row["ci_high"]),
        level=percent(found.line.level, 0),
    )


def e_value_sentence(found: EValue, what: Text) -> Text:
    """Say what the E-value of a ratio shows."""
    parts = [_WORDS["e_value"]]
    if isfinite(found.limit):
        parts.append(_WORDS["inside"] if found.limit == 1 else _WORDS["limit"])
    converted = _WORDS.get(f"measure:{found.measure}")
    parts += [_WORDS["converted"]] if converted else []
    return _joined(
        (*parts, _WORDS["not"]),
        what,
        ratio=number(found.ratio),
        value=number(found.value),
        limit=number(found.limit),
        true=f"{found.true:g}",
        level=percent(found.level, 0) if isfinite(found.level) else "",
        measure=converted or "",
    )


def oster_sentence(found: Oster, what: Text) -> Text:
    """Say what delta and the adjusted coefficient show."""
    moved, star = found.movement, found.beta_star
    parts = [_WORDS["moved"], _WORDS["away"] if found.delta < 0 else _WORDS["delta"]]
    parts += [_WORDS["star"]] if star.admissible else [_WORDS["no_root"]]
    parts += [_WORDS["roots"]] if len(star.admissible) > 1 else []
    return _joined(
        (*parts, _WORDS["assumed"]),
        what,
        beta_o=number(moved.beta_o),
        beta_tilde=number(moved.beta_tilde),
        r_o=number(moved.r_o),
        r_tilde=number(moved.r_tilde),
        r_max=number(found.r_max),
        value=number(star.value),
        n=str(len(star.admissible)),
        roots=_listed(star.admissible),
        delta=number(found.delta) if found.delta < 0 else _times(found.delta, number(found.delta)),
        strength=_times(star.delta, f"{star.delta:g}"),
    )


def number(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign; small ones keep two significant digits."""
    if not isfinite(value):
        return "∞" if value == float("inf") else "–"
    while digits < 6 and 0 < abs(value) < 10 ** (1 - digits):
        digits += 1
    text = f"{value:,.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if text.strip("-0.,") else text.lstrip("-")


def percent(share: float, digits: int = 1) -> str:
    """Write a share as a percentage."""
    return f"{100 * share:.{digits}f}%"


def _joined(parts: tuple[Text, ...], what: Text, **values: str | Text) -> Text:
    whole = Text(*("".join(part[lang] for part in parts) for lang in LANGS))
    return whole.filled(what=what, **values)


def _listed(values: tuple[float, ...]) -> Text | str:
    glue = {"en": "; ", "zh": "；"}
    return Text(*(glue[lang].join(map(number, values)) for lang in LANGS)) if values else ""


def _times(factor: float, k: str) -> Text:
    return _WORDS["once"] if factor == 1 else _WORDS["times"].filled(k=k)
