"""Rank correlation of short series."""

from __future__ import annotations

from math import atanh, sqrt, tanh

import numpy as np
from numpy.typing import ArrayLike

from compendium.errors import UserError
from compendium.stats.checks import numbers, same_rows
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

# Fieller, Hartley and Pearson (1957): variance of atanh(tau) is about 0.437 / (n - 4).
FISHER_Z_VARIANCE = 0.437
MIN_PAIRS = 5
PERFECT = 1e-12


def kendall(x: ArrayLike, y: ArrayLike, *, level: float = 0.95, term: str = "tau") -> Tidy:
    """Kendall's tau-b with the interval of Fieller, Hartley and Pearson (1957).

    Parameters
    ----------
    x, y
        Arrays of n finite numbers.
    level
        Level of the interval.

    Returns
    -------
    Tidy
        p is exact without ties and asymptotic with ties; the method says which. Both
        the interval and p treat the pairs as independent, which a time series is not.

    Raises
    ------
    UserError
        Fewer than five pairs, unequal lengths, missing values or a constant variable.
    """
    from scipy.stats import kendalltau, norm

    same_rows(x=x, y=y)
    a, b = numbers(x, "x"), numbers(y, "y")
    _refuse(a, b)
    n = len(a)
    ties = len(np.unique(a)) < n or len(np.unique(b)) < n
    kind = "asymptotic" if ties else "exact"
    found = kendalltau(a, b, method=kind)
    tau = float(found.statistic)
    method = Method.of(f"kendall_{kind}")
    if abs(tau) > 1 - PERFECT:
        method = method.then("every_pair")
        return Tidy(term, tau, level=level, p=float(found.pvalue), n=n, method=method)
    half = float(norm.ppf(0.5 + level / 2)) * sqrt(FISHER_Z_VARIANCE / (n - 4))
    z = atanh(tau)
    return Tidy(
        term=term,
        value=tau,
        ci_low=tanh(z - half),
        ci_high=tanh(z + half),
        level=level,
        p=float(found.pvalue),
        n=n,
        method=method.also("fieller"),
    )


def _refuse(a: np.ndarray, b: np.ndarray) -> None:
    if len(a) < MIN_PAIRS:
        raise UserError(f"{len(a)} pairs are too few", f"use at least {MIN_PAIRS}")
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        raise UserError("a variable is constant", "a constant has no order to compare")
