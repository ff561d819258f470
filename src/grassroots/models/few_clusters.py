"""Least squares with few clusters: CR2 errors and Satterthwaite's degrees of freedom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from grassroots.errors import UserError
from grassroots.models.checks import (
    LEVEL,
    check_level,
    numbers,
    same_rows,
    t_p_value,
    t_quantile,
    without_index,
)
from grassroots.models.clusters import cluster_codes, cluster_name, cluster_sums
from grassroots.models.design import INTERCEPT, check_design
from grassroots.models.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

SINGULAR = 1e-10
"""Eigenvalues of I - H_gg below this are 0: the cluster alone decides a coefficient."""


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
class FitCR2:
    """A least-squares fit with CR2 errors.

    Attributes
    ----------
    terms
        Names of the k coefficients.
    beta, V
        Coefficients (k,) and their CR2 covariance (k, k).
    correction
        What Satterthwaite's degrees of freedom are made of: sums by cluster, never n by n.
    n, n_clusters
        Rows and clusters.
    clusters
        What the method string calls the clusters.
    level
        Level of the intervals.
    """

    terms: tuple[str, ...]
    beta: Floats
    V: Floats
    correction: Correction
    n: int
    n_clusters: int
    clusters: str
    level: float

    def __getitem__(self, term: str) -> Tidy:
        """Return the tidy line of one coefficient; an unknown term is an error."""
        return self.combination({term: 1.0}, term)

    def tidy(self) -> tuple[Tidy, ...]:
        """Return one line a coefficient, in the order of `terms`."""
        return tuple(self[term] for term in self.terms)

    def combination(self, weights: Mapping[str, float], term: str) -> Tidy:
        """Return the line of a linear combination, with degrees of freedom of its own."""
        w = self._weights(weights)
        value, se, df = float(w @ self.beta), sqrt(float(w @ self.V @ w)), self.df(w)
        half = t_quantile(self.level, df) * se
        p = t_p_value(value / se, df) if se > 0 else nan
        method = (
            f"OLS, CR2 by {self.clusters}, {self.n_clusters} clusters, "
            f"Satterthwaite t with {df:.1f} degrees of freedom"
        )
        low, high = value - half, value + half
        return Tidy(term, value, se, low, high, self.level, p, self.n, self.n_clusters, method)

    def df(self, weights: Floats) -> float:
        """Return Satterthwaite's degrees of freedom of a combination (k,)."""
        return self.correction.df(weights)

    def _weights(self, weights: Mapping[str, float]) -> Floats:
        w = np.zeros(len(self.terms))
        for term, weight in weights.items():
            if term not in self.terms:
                known = ", ".join(self.terms)
                raise UserError("the model has no such term", f"use one of {known}", value=term)
            w[self.terms.index(term)] = weight
        return w


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
        No clusters given, one cluster only, missing values, collinear terms.

    Notes
    -----
    Blind spot: a term that varies in two or three clusters only keeps two or three degrees of
    freedom; below about four the t approximation itself is poor. The method string tells them.
    """
    if cluster is None:
        raise UserError("CR2 needs clusters", "name the column of clusters")
    same_rows(outcome=y, terms=X, clusters=cluster)
    outcome = numbers(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    codes, G = cluster_codes(cluster, outcome.size)
    parts = cluster_parts(outcome, matrix, codes, G)
    found = corrected(parts, 0.5)
    words = cluster_name(cluster, name)
    return FitCR2(terms, parts.beta, found.V, found, outcome.size, G, words, check_level(level))


def cluster_parts(y: Floats, X: Floats, codes: Integers, G: int) -> ClusterParts:
    """Fit y (n,) to X (n, k) of full rank and sum by cluster."""
    Z, R = np.linalg.qr(X)
    L = solve_triangular(R, np.eye(R.shape[0]))
    theta = Z.T @ y
    s = cluster_sums(Z * (y - Z @ theta)[:, None], codes, G)
    return ClusterParts(L @ theta, L, s, cluster_grams(Z, codes, G), y.size)


def cluster_grams(Z: Floats, codes: Integers, G: int) -> Floats:
    """Z_g'Z_g of each cluster, (G, k, k), without an array of n k^2 numbers."""
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=G))[:-1]
    return np.array([block.T @ block for block in np.split(Z[order], ends)])


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
