"""Figures that are computed, not estimated: no interval exists and none is invented."""

from __future__ import annotations

from compendium.stats.method import Method
from compendium.stats.tidy import Tidy


def arithmetic(term: str, value: float, formula: str, n: int) -> Tidy:
    """Tidy line of a figure computed from `n` published figures; the method states the formula.

    Parameters
    ----------
    formula
        In English; its Chinese is looked up, like a name, where the line is recorded.
    """
    return Tidy(term, float(value), n=n, method=Method.of("arithmetic", formula=formula))
