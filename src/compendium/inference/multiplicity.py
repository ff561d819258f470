"""Several tests of one family: p-values adjusted for their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compendium.errors import UserError
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

METHODS = {
    "bonferroni": "Bonferroni",
    "holm": "Holm",
    "hochberg": "Hochberg",
    "bh": "Benjamini-Hochberg",
    "by": "Benjamini-Yekutieli",
}


def p_adjust(p: ArrayLike, method: str = "holm") -> Floats:
    """Adjusted p-values in the order given.

    "holm" (1979) and "bonferroni" bound the chance of any false rejection whatever the dependence;
    "hochberg" (1988) does under independence or positive dependence. "bh" (Benjamini and Hochberg
    1995) bounds the expected share of false rejections under the same, "by" (Benjamini and
    Yekutieli 2001) always.

    Parameters
    ----------
    p
        p-values, (m,); nan stays nan and does not count as a test.

    Raises
    ------
    UserError
        Unknown method, or a value outside 0 to 1.
    """
    values = np.asarray(p, dtype=float)
    if method not in METHODS:
        raise UserError("unknown adjustment", f"use one of {', '.join(METHODS)}", value=method)
    wrong = np.flatnonzero((values < 0) | (values > 1))
    if wrong.size:
        raise UserError(
            "a p-value lies outside 0 to 1",
            "pass p-values",
            row=int(wrong[0]) + 1,
            value=float(values[wrong[0]]),
        )
    adjusted = np.full(values.shape, np.nan)
    tests = ~np.isnan(values)
    adjusted[tests] = _adjust(values[tests], method)
    return adjusted


def adjusted(lines: Sequence[Tidy], method: str = "holm") -> tuple[Tidy, ...]:
    """Return the lines with p-values adjusted as one family; their methods say so."""
    p = p_adjust([line.p for line in lines], method)
    m = int((~np.isnan(p)).sum())
    words = Method.of("adjusted", by=METHODS.get(method, method), m=m)
    return tuple(
        replace(line, p=float(value), method=line.method.then(words))
        for line, value in zip(lines, p, strict=True)
    )


def _adjust(p: Floats, method: str) -> Floats:
    m = p.size
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, m + 1)
    if method == "bonferroni":
        return np.minimum(1.0, m * p)
    if method == "holm":
        steps = np.maximum.accumulate((m + 1 - rank) * p[order])
    else:
        harmonic = (1 / rank).sum() if method == "by" else 1.0
        factor = m + 1 - rank if method == "hochberg" else harmonic * m / rank
        steps = np.minimum.accumulate((factor * p[order])[::-1])[::-1]
    out = np.empty(m)
    out[order] = np.minimum(1.0, steps)
    return out
