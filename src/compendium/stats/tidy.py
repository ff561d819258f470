"""What every estimator returns."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Any

from compendium.stats.method import NONE, Method

# BLAS builds and thread counts disagree from about the 13th digit on; 10 leaves a margin.
SIGNIFICANT_DIGITS = 10

ROUNDING = 1e-12
"""Width of an interval, by its ends, that is none."""


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
        What was really done, e.g. "OLS, CR1 by province, 31 clusters"; a plain sentence is an
        author's own words, see `Method.free`.
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
    method: Method = NONE

    def __post_init__(self) -> None:
        if isinstance(self.method, str):
            object.__setattr__(self, "method", Method.free(self.method))

    def cells(self, *names: str) -> dict[str, Any]:
        """Return some of its fields by name, as cells of a row."""
        return {name: getattr(self, name) for name in names}
