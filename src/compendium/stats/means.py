"""Difference of two means."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from compendium.errors import UserError
from compendium.stats.checks import numbers
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

MIN_GROUP = 2
CONSTANT = 1e-13
"""Spread below this, relative to the largest value, is rounding."""


def mean_difference(
    one: ArrayLike, other: ArrayLike, *, level: float = 0.95, term: str = "difference"
) -> Tidy:
    """Mean of `one` minus mean of `other` by Welch (1947), variances not assumed equal.

    Parameters
    ----------
    one, other
        Finite numbers of two independent groups, at least two each.
    level
        Level of the interval.

    Raises
    ------
    UserError
        A group has fewer than two values, missing values, or both groups are constant.
    """
    from scipy.stats import ttest_ind

    a, b = numbers(one, "first group"), numbers(other, "second group")
    for name, group in (("first", a), ("second", b)):
        if len(group) < MIN_GROUP:
            raise UserError(f"the {name} group has {len(group)} values", f"use {MIN_GROUP} or more")
    if all(np.ptp(group) <= CONSTANT * np.abs(group).max() for group in (a, b)):
        raise UserError("both groups are constant", "without variation there is no interval")
    with warnings.catch_warnings():
        # scipy warns of one constant group, whose variance of 0 Welch's formulas take as it is
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)
        found = ttest_ind(a, b, equal_var=False)
    interval = found.confidence_interval(level)
    difference = float(a.mean() - b.mean())
    return Tidy(
        term=term,
        value=difference,
        se=_se(a, b),
        ci_low=float(interval.low),
        ci_high=float(interval.high),
        level=level,
        p=float(found.pvalue),
        n=len(a) + len(b),
        method=Method.of("welch", df=float(found.df)),
    )


def _se(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))
