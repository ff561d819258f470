"""What every estimator returns."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True)
class Tidy:
    """One line of a tidy result; numbers that do not exist are nan, never 0.

    Attributes
    ----------
    term
        The parameter's name within its model.
    value, se
        Estimate and standard error, in the unit of the estimand.
    ci_low, ci_high, level
        Interval and its level, e.g. 0.95.
    p
        Two-sided p-value against zero unless `method` says otherwise.
    n, n_clusters
        Rows and clusters used; `n_clusters` is 0 when nothing is clustered.
    method
        What was really done, e.g. "OLS, CR1 by province, 31 clusters".
    """

    term: str
    value: float
    se: float = nan
    ci_low: float = nan
    ci_high: float = nan
    level: float = nan
    p: float = nan
    n: int = 0
    n_clusters: int = 0
    method: str = ""
