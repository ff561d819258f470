"""Least squares with few clusters: CR2 errors and Satterthwaite's degrees of freedom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.alone import SINGULAR, decided_alone
from compendium.stats.checks import LEVEL, check_level, numbers, same_rows, without_index
from compendium.stats.clusters import cluster_codes, cluster_grams, cluster_name, score_sums
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.fit import Fit, spread
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.solve import orthonormal, solve
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

MIDDLE = (0.05, 0.95)
GRID = 25
"""Points of a slope over its moderator: straight lines need two, their bands bend."""
Integers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ClusterParts:
    """A least-squares fit reduced to sums by cluster, whatever the number of rows.

    Columns are orthonormal: X = Z R with Z'Z = I. What is computed from Z_g'Z_g is then as exact
    as from the rows, and nothing of n by n is ever held.

    Attributes
    ----------
    beta
        Coefficients, (k,).
    L
        R^-1, upper triangular, (k, k): beta = L Z'y and (X'X)^-1 = L L'.
    s
        Scores Z_g'u_g, (G, k).
    S
        Z_g'Z_g, (G, k, k); its eigenvalues other than 0 are those of H_gg.
    n
        Rows.
    """

    beta: Floats
    L: Floats
    s: Floats
    S: Floats
    n: int


@dataclass(frozen=True, eq=False)
class Correction:
    """Scores by cluster after a correction A_g, and what their degrees of freedom are made of.

    Attributes
    ----------
    influence
        (X'X)^-1 X_g'A_g u_g, (G, k): the covariance is the sum of their outer products.
    own, left, right
        With a_g = A_g X_g (X'X)^-1 w and p_g = (I - H)_g'a_g of a combination w, p_g'p_h is
        w'own_g w where g = h, less (left_g w)'(right_h w): (G, k, k), (G, m, k), (G, m, k).
    """

    influence: Floats
    own: Floats
    left: Floats
    right: Floats

    @property
    def V(self) -> Floats:  # noqa: N802
        """Covariance of the coefficients, (k, k)."""
        return np.asarray(self.influence.T @ self.influence)

    def df(self, w: Floats) -> float:
        """Return Satterthwaite's degrees of freedom of a combination (k,).

        (sum of p_g'p_g)^2 / sum over g, h of (p_g'p_h)^2 (Bell and McCaffrey 2002; Pustejovsky and
        Tipton 2018, eq. 11), the errors being independent and alike.
        """
        own = np.einsum("i,gij,j->g", w, self.own, w)
        left, right = self.left @ w, self.right @ w
        shared = (left * right).sum(axis=1)
        across = ((left.T @ left) * (right.T @ right)).sum()
        return float((own - shared).sum() ** 2 / ((own**2 - 2 * own * shared).sum() + across))


@dataclass(frozen=True, eq=False)
class FitCR2(Fit):
    """A least-squares fit with CR2 errors; `df` is of no use, each combination has its own.

    Attributes
    ----------
    correction
        What Satterthwaite's degrees of freedom are made of: sums by cluster, never n by n.
    """

    correction: Correction = field(kw_only=True)

    def combination(self, weights: Mapping[str, float], term: str) -> Tidy:
        """Return the line of a linear combination, with degrees of freedom of its own."""
        w = self._weights(weights)
        se = spread(w, self.V) or nan
        df = self.correction.df(w) if se > 0 else nan
        freedom = Method.of("satterthwaite_freedom", df=df) if se > 0 else Method.of("no_error")
        method = self.method.also(freedom).then(self._caution(w))
        return replace(self, df=df).line(term, float(w @ self.beta), se, method)


def ols_cr2(
    y: object, X: pd.DataFrame, cluster: object, level: float = LEVEL, *, name: str | None = None
) -> FitCR2:
    """Ordinary least squares with bias-reduced clustered errors.

    CR2 with a working covariance of independence: residuals of each cluster are multiplied by
    A_g = (I - H_gg)^(-1/2), symmetric, so that the covariance is unbiased were the errors
    independent (Bell and McCaffrey 2002).

    Parameters
    ----------
    y
        Outcome, (n,), complete.
    X
        Terms, (n, k), as from `design`.
    cluster
        Label of each row's cluster.

    Raises
    ------
    UserError
        No clusters given, one cluster only, missing values, collinear terms; an outcome that the
        terms fit exactly.

    Notes
    -----
    Blind spot: a term that varies in two or three clusters only keeps two or three degrees of
    freedom; below about four the t approximation itself is poor. The method tells them, and
    says where one cluster alone decides a coefficient, whose error is then too small.
    """
    if cluster is None:
        raise UserError("CR2 needs clusters", "name the column of clusters")
    same_rows(outcome=y, terms=X, clusters=cluster)
    outcome = numbers(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    codes, G = cluster_codes(cluster, outcome.size)
    basis = orthonormal(matrix, terms)
    parts = cluster_parts(outcome, matrix, codes, G)
    found = corrected(parts, 0.5)
    errors = Method.of("clustered", kind="CR2", by=cluster_name(cluster, name), G=G)
    left, spread_out = outcome - matrix @ parts.beta, outcome - outcome.mean()
    return FitCR2(
        terms,
        parts.beta,
        found.V,
        outcome.size,
        G,
        nan,
        check_level(level),
        Method.of("ols").also(errors),
        matrix @ parts.beta,
        alone=decided_alone(basis.Z, codes, cluster),
        L=basis.L,
        r2=1 - float(left @ left / (spread_out @ spread_out)) if spread_out.any() else nan,
        correction=found,
    )


def cluster_parts(y: Floats, X: Floats, codes: Integers, G: int) -> ClusterParts:
    """Fit y (n,) to X (n, k) of full rank and sum by cluster."""
    solution = solve(y, X, [f"term {i + 1}" for i in range(X.shape[1])])
    Z, L, u_hat = solution.basis.Z, solution.basis.L, solution.u_hat
    size = np.abs(Z) * (np.abs(u_hat) + np.abs(y))[:, None]
    s = score_sums(Z * u_hat[:, None], codes, G, size)
    return ClusterParts(solution.beta, L, s, cluster_grams(Z, codes, G), y.size)


def corrections(S: Floats, power: float) -> Floats:
    """(I - Z_g'Z_g)^-power for each cluster, (G, k, k), from Z_g'Z_g.

    Directions in which H_gg is 1 get 0 (the Moore-Penrose inverse): residuals are 0 there.
    """
    if not power:
        return np.broadcast_to(np.eye(S.shape[1]), S.shape)
    values, vectors = np.linalg.eigh(S)
    free = 1 - values > SINGULAR
    f = np.where(free, np.where(free, 1 - values, 1.0) ** -power, 0.0)
    return np.asarray((vectors * f[:, None, :]) @ np.swapaxes(vectors, 1, 2))


def corrected(parts: ClusterParts, power: float) -> Correction:
    """Correct the scores by A_g = (I - H_gg)^-power: 0 for CR0, 1/2 for CR2, 1 for CR3.

    A_g Z_g = Z_g (I - Z_g'Z_g)^-power, so that k by k matrices do.
    """
    F = corrections(parts.S, power)
    a = F @ parts.L.T
    shadow = parts.S @ a
    own = np.swapaxes(a, 1, 2) @ shadow
    influence = np.einsum("gij,gj->gi", F, parts.s) @ parts.L.T
    return Correction(influence, own, shadow, shadow)


def mean_cr2(
    values: object,
    cluster: object,
    level: float = LEVEL,
    *,
    name: str | None = None,
    term: str = "mean",
) -> Tidy:
    """Mean of clustered values with a CR2 error and Satterthwaite's degrees of freedom."""
    same_rows(values=values, clusters=cluster)
    y, labels = numbers(values, term), without_index(cluster)
    fit = ols_cr2(y, pd.DataFrame({INTERCEPT: np.ones(y.size)}), labels, level, name=name)
    return fit.combination({INTERCEPT: 1.0}, term)


def slope_over(
    fit: FitCR2, term: str, moderator: str, values: object, points: int = GRID
) -> pd.DataFrame:
    """Slope of a term over its moderator, from a model with their product "term:moderator".

    Each point has degrees of freedom of its own. How to read it: Brambor, Clark and Golder (2006).

    Parameters
    ----------
    values
        The moderator's values, (n,): the slope is given evenly between their 5th and 95th
        percentile, for beyond these a few rows speak.

    Returns
    -------
    DataFrame
        `x` (moderator), `value`, `ci_low`, `ci_high`.
    """
    known = numbers(values, moderator)
    low, high = np.quantile(known, MIDDLE)
    grid = np.linspace(low, high, points).round(2)
    product = f"{term}:{moderator}"
    found = [fit.combination({term: 1.0, product: float(x)}, term) for x in grid]
    frame = pd.DataFrame([tidy.cells("value", "ci_low", "ci_high") for tidy in found])
    frame.insert(0, "x", grid)
    return at_level(frame, (tidy.level for tidy in found))
