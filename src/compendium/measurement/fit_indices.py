"""How well a covariance structure fits, and what dependence within clusters does to that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.measurement.covariance_structure import Solution, baseline, inverse, robust
from compendium.stats.clusters import cluster_codes, cluster_name
from compendium.stats.method import Method

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

RMSEA_LEVEL = 0.90
"""Level of the interval of RMSEA by custom (Steiger 1990): both one-sided tests at 5 %."""


@dataclass(frozen=True)
class FitIndices:
    """Fit of a covariance structure.

    Attributes
    ----------
    n, n_clusters
        Complete rows; clusters, 0 when rows are independent.
    chi2, df, p
        Likelihood-ratio test of the model; divided by `scaling` when that is not 1.
    scaling
        Scaling factor of Satorra and Bentler (1994); 1 for plain maximum likelihood.
    cfi, tli, rmsea, rmsea_low, rmsea_high
        Against the independence model; with scaling the robust versions (Brosseau-Liard and Savalei
        2014) that estimate what plain ones would be under normality. Interval at 90 %.
    srmr
        Standardised root mean squared residual of covariances (and of means, where modelled).
    baseline_chi2, baseline_df
        Test of the independence model.
    """

    n: int
    n_clusters: int
    chi2: float
    df: int
    p: float
    scaling: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    srmr: float
    baseline_chi2: float
    baseline_df: int

    def row(self) -> dict[str, float]:
        """One row of an exhibit; RMSEA has no interval there where both its ends lie at 0."""
        inside = self.rmsea_high > 0
        return {
            "n": self.n,
            "chi2": self.chi2,
            "df": self.df,
            "p": self.p,
            "cfi": self.cfi,
            "tli": self.tli,
            "rmsea": self.rmsea,
            "rmsea_low": self.rmsea_low if inside else nan,
            "rmsea_high": self.rmsea_high if inside else nan,
            "srmr": self.srmr,
        }


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of complete rows by group; `count` 0 and no codes for plain likelihood."""

    codes: tuple[Integers, ...]
    G: int
    count: int
    method: Method

    @classmethod
    def of(
        cls,
        cluster: object,
        robust_errors: bool,
        complete: NDArray[np.bool_],
        groups: Sequence[Integers],
        name: str | None,
    ) -> Clusters:
        """Number the clusters of the complete rows; `groups` are positions among these."""
        n = int(complete.sum())
        if cluster is None and not robust_errors:
            return cls((), n, 0, Method.of("ml"))
        if cluster is None:
            codes, G, count = np.arange(n), n, 0
            how = Method.of("ml").also("robust_chi2")
        else:
            labels = pd.Series(cluster)
            codes, G = cluster_codes(labels[complete], n)
            count = G
            how = Method.of("ml").also("clustered_chi2", by=cluster_name(cluster, name), G=G)
        return cls(tuple(codes[group] for group in groups), G, count, how)


def judged(
    solution: Solution, rows: Sequence[Floats], clusters: Clusters
) -> tuple[Floats, FitIndices]:
    """Covariance of the estimates and fit against the independence model."""
    empty = baseline(solution.moments, solution.patterns[0].intercepts is not None)
    if not clusters.codes:
        V = inverse(solution.information)
        scaling = empty_scaling = 1.0
    else:
        V, scaling = robust(solution, rows, clusters.codes, clusters.G)
        _, empty_scaling = robust(empty, rows, clusters.codes, clusters.G)
    return V, _indices(solution, empty, scaling, empty_scaling, clusters.count)


def _indices(
    solution: Solution, empty: Solution, scaling: float, empty_scaling: float, G: int
) -> FitIndices:
    df, n = solution.df, solution.n
    excess = solution.chi2 - (scaling * df if df else 0.0)
    empty_excess = empty.chi2 - empty_scaling * empty.df
    worst = max(excess, empty_excess, 0.0)
    tested = solution.chi2 / scaling if df else 0.0
    tli = 1 - excess / df * empty.df / empty_excess if df and empty_excess > 0 else nan
    groups = len(solution.moments)
    per_df = sqrt(groups / (n * df)) if df else 0.0
    low, high = (sqrt(scaling * x) * per_df if df else 0.0 for x in _noncentrality(tested, df))
    return FitIndices(
        n,
        G,
        tested,
        df,
        float(special.chdtrc(df, tested)) if df else nan,
        scaling if df else 1.0,
        1 - max(excess, 0.0) / worst if worst > 0 else 1.0,
        tli,
        sqrt(max(excess, 0.0)) * per_df,
        low,
        high,
        srmr(solution),
        empty.chi2 / empty_scaling,
        empty.df,
    )


def _noncentrality(chi2: float, df: int) -> tuple[float, float]:
    """Limits of the non-centrality that chi2 does not refute at 5 % on either side."""
    from scipy.optimize import brentq

    if not df:
        return 0.0, 0.0
    tail = (1 - RMSEA_LEVEL) / 2
    limits = []
    for share in (1 - tail, tail):
        if special.chdtr(df, chi2) <= share:
            limits.append(0.0)
            continue
        top = chi2 + 10 * sqrt(2 * chi2 + df) + 50
        args = (chi2, df, share)
        limits.append(float(brentq(_excess, 0.0, top, args, xtol=1e-12, rtol=1e-14)))
    return limits[0], limits[1]


def _excess(noncentrality: float, chi2: float, df: int, share: float) -> float:
    return float(special.chndtr(chi2, df, noncentrality)) - share


def srmr(solution: Solution) -> float:
    """Standardised root mean squared residual (Bentler 1995), groups weighted by their rows."""
    total = 0.0
    for g, group in enumerate(solution.moments):
        model = solution.matrices(g)
        scale = np.sqrt(np.diag(group.S))
        residuals = ((group.S - model.Sigma) / np.outer(scale, scale))[np.tril_indices(scale.size)]
        if model.mu is not None:
            residuals = np.concatenate([residuals, (group.mean - model.mu) / scale])
        total += group.n / solution.n * sqrt(float((residuals**2).mean()))
    return total
