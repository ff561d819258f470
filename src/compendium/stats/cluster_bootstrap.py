"""Least squares on resampled clusters: thousands of draws at once, by way of Gram matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import check_level, same_rows
from compendium.stats.clusters import cluster_codes
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.method import NONE, Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

CELLS = 50_000
"""Counts of clusters held at a time: 400 kB, which the processor keeps at hand."""
SINGULAR = 1e-12
"""Determinant of a correlation matrix below which a draw has collinear terms."""
FLAT = 1e-12
"""Share of an outcome's square below which what is left of it is rounding."""
MIN_DRAWS = 100


@dataclass(frozen=True, eq=False)
class Draws:
    """Resampled data, reduced to what least squares needs.

    Attributes
    ----------
    names
        Names of the p variables.
    grams
        Cross products of intercept and standardised variables in each draw, (draws, p + 1, p + 1).
    scale
        Standard deviation of each variable in the data, (p,).
    n, n_clusters
        Rows and clusters of the data; draws hold as many clusters, not as many rows. 0 clusters
        when rows were drawn.
    method
        How the draws were made.
    """

    names: tuple[str, ...]
    grams: Floats
    scale: Floats
    n: int
    n_clusters: int
    method: Method

    def slopes(self, outcome: str, terms: Sequence[str]) -> Floats:
        """Coefficients of the terms beside an intercept, (draws, k); nan where collinear."""
        A, b = self._normal_equations([outcome], terms)
        k = [self.names.index(term) for term in terms]
        unit = self.scale[self.names.index(outcome)] / self.scale[k]
        return np.asarray(_solve(A, b)[:, 1:, 0] * unit)

    def residual_covariance(self, outcomes: Sequence[str], terms: Sequence[str]) -> Floats:
        """Cross products of residuals given the terms, (draws, q, q), divided by rows drawn.

        nan in draws in which the terms explain an outcome fully.
        """
        A, b = self._normal_equations(outcomes, terms)
        index = [1 + self.names.index(name) for name in outcomes]
        total = self.grams[:, index][:, :, index]
        unit = self.scale[[i - 1 for i in index]]
        rest = total - np.swapaxes(b, 1, 2) @ _solve(A, b)
        left, all_ = np.einsum("dii->di", rest), np.einsum("dii->di", total)
        rest[(left <= FLAT * all_).any(axis=1)] = np.nan
        return np.asarray(rest / self.grams[:, :1, :1] * np.outer(unit, unit))

    def _normal_equations(
        self, outcomes: Sequence[str], terms: Sequence[str]
    ) -> tuple[Floats, Floats]:
        rows = [0, *(1 + self.names.index(term) for term in terms)]
        columns = [1 + self.names.index(outcome) for outcome in outcomes]
        return self.grams[:, rows][:, :, rows], self.grams[:, rows][:, :, columns]


def resample(variables: pd.DataFrame, cluster: object, draws: int, seed: int, name: str) -> Draws:
    """Draw clusters with replacement and keep the cross products of each draw.

    Parameters
    ----------
    variables
        Complete and not collinear, (n, p); an intercept is left out and added by the draws.
    cluster
        Label of each row's cluster; None resamples rows.
    draws, seed
        Number of draws and the seed that makes them.
    name
        What the clusters are called.

    Raises
    ------
    UserError
        Fewer than 100 draws, one cluster, missing values, collinear variables.
    """
    if draws < MIN_DRAWS:
        raise UserError("too few bootstrap draws", f"use at least {MIN_DRAWS}", value=draws)
    same_rows(variables=variables, clusters=cluster)
    names, standard, scale = _standardise(variables)
    n = len(standard)
    codes, G = cluster_codes(cluster, n)
    grams = _drawn(_grams(standard, codes, G), draws, np.random.default_rng(seed))
    rows, of_clusters = Method.of("percentile_rows"), Method.of("percentile_clusters", by=name, G=G)
    method = (rows if cluster is None else of_clusters).also("draws", draws=draws, seed=seed)
    return Draws(names, grams, scale, n, 0 if cluster is None else G, method)


def whole(variables: pd.DataFrame) -> Draws:
    """Return the data as the only draw: one formula then serves the estimate and the bootstrap."""
    names, standard, scale = _standardise(variables)
    return Draws(names, (standard.T @ standard)[None], scale, len(standard), 0, NONE)


def percentile_line(term: str, value: float, drawn: Floats, draws: Draws, level: float) -> Tidy:
    """Percentile interval of a statistic, its bootstrap error and two-sided p-value.

    Draws in which the statistic is undefined are left out and counted in the method. p is
    twice the smaller share of draws on a side of 0, with 1 added to each count (Davison and Hinkley
    1997, eq. 4.11).
    """
    defined = drawn[np.isfinite(drawn)]
    if defined.size < min(MIN_DRAWS, drawn.size / 2):
        raise UserError("the statistic is undefined in nearly all draws", "use more clusters")
    tail = (1 - check_level(level)) / 2
    low, high = (float(q) for q in np.quantile(defined, [tail, 1 - tail]))
    side = 1 + min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    lost = drawn.size - defined.size
    method = draws.method.also("undefined_draws", n=lost) if lost else draws.method
    return Tidy(
        term,
        value,
        float(defined.std(ddof=1)),
        low,
        high,
        level,
        min(1.0, 2 * side / (defined.size + 1)),
        draws.n,
        draws.n_clusters,
        method,
    )


def _standardise(variables: pd.DataFrame) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, intercept and standardised columns (n, p + 1), and the scale of each column."""
    values = variables.drop(columns=INTERCEPT, errors="ignore").reset_index(drop=True)
    one = pd.DataFrame({INTERCEPT: np.ones(len(values))})
    matrix, terms = check_design(one.join(values), len(values))
    matrix[:, 1:] -= matrix[:, 1:].mean(axis=0)
    scale = matrix[:, 1:].std(axis=0)
    matrix[:, 1:] /= scale
    return terms[1:], matrix, scale


def _grams(standard: Floats, codes: Integers, G: int) -> Floats:
    p = standard.shape[1]
    grams = np.empty((G, p, p))
    for i in range(p):
        for j in range(i + 1):
            products = np.bincount(codes, standard[:, i] * standard[:, j], minlength=G)
            grams[:, i, j] = grams[:, j, i] = products
    return grams


def _drawn(grams: Floats, draws: int, rng: np.random.Generator) -> Floats:
    G, p, _ = grams.shape
    flat = grams.reshape(G, p * p)
    out = np.empty((draws, p * p))
    step = max(1, CELLS // G)
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        picks = rng.integers(0, G, size=(rows, G)) + G * np.arange(rows)[:, None]
        counts = np.bincount(picks.ravel(), minlength=rows * G).reshape(rows, G)
        out[start : start + rows] = counts.astype(float) @ flat
    return out.reshape(draws, p, p)


def _solve(A: Floats, b: Floats) -> Floats:
    """Solve each draw's normal equations; nan where the terms of a draw are collinear."""
    size = np.sqrt(np.einsum("dii->di", A))
    size = np.where(size > 0, size, 1.0)
    R = A / (size[:, :, None] * size[:, None, :])
    sign, logdet = np.linalg.slogdet(R)
    bad = (sign <= 0) | (logdet < np.log(SINGULAR))
    R[bad] = np.eye(R.shape[1])
    solution = np.linalg.solve(R, b / size[:, :, None]) / size[:, :, None]
    solution[bad] = np.nan
    return np.asarray(solution)
