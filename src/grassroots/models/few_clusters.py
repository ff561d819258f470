"""Least squares with few clusters: CR2 errors and Satterthwaite's degrees of freedom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grassroots.errors import UserError
from grassroots.models.checks import LEVEL, check_level, numbers, t_p_value, t_quantile
from grassroots.models.clusters import cluster_codes, cluster_name
from grassroots.models.design import INTERCEPT, check_design
from grassroots.models.tidy import Tidy

Floats = NDArray[np.float64]

SINGULAR = 1e-10
"""Eigenvalues of I - H_gg below this are 0: the cluster alone decides a coefficient."""


@dataclass(frozen=True, eq=False)
class FitCR2:
    """A least-squares fit with CR2 errors.

    Attributes
    ----------
    terms
        Names of the k coefficients.
    beta, V
        Coefficients (k,) and their CR2 covariance (k, k).
    D
        (I - H)_g' A_g X_g (X'X)^-1 for each cluster, (G, n, k): what Satterthwaite's degrees of
        freedom are made of.
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
    D: Floats
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
        """Return Satterthwaite's degrees of freedom of a combination (k,).

        (sum of p_g'p_g)^2 / sum over g, h of (p_g'p_h)^2, with p_g = (I - H)_g' A_g X_g (X'X)^-1 w
        (Bell and McCaffrey 2002; Pustejovsky and Tipton 2018, eq. 11).
        """
        P = self.D @ weights
        products = P @ P.T
        return float(np.trace(products) ** 2 / (products**2).sum())

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
    outcome = numbers(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    codes, G = cluster_codes(cluster, outcome.size)
    bread = np.asarray(np.linalg.inv(matrix.T @ matrix), dtype=float)
    beta = np.asarray(np.linalg.lstsq(matrix, outcome, rcond=None)[0], dtype=float)
    u_hat = outcome - matrix @ beta
    scores, D = np.empty((G, len(terms))), np.empty((G, outcome.size, len(terms)))
    annihilator = np.eye(outcome.size) - matrix @ bread @ matrix.T
    for g in range(G):
        rows = codes == g
        adjusted = _inverse_root(annihilator[np.ix_(rows, rows)]) @ matrix[rows]
        scores[g] = adjusted.T @ u_hat[rows]
        D[g] = annihilator[:, rows] @ adjusted @ bread
    V = bread @ scores.T @ scores @ bread
    return FitCR2(
        terms, beta, V, D, outcome.size, G, cluster_name(cluster, name), check_level(level)
    )


def mean_cr2(
    values: object,
    cluster: object,
    level: float = LEVEL,
    *,
    name: str | None = None,
    term: str = "mean",
) -> Tidy:
    """Mean of clustered values with a CR2 error and Satterthwaite's degrees of freedom."""
    y = numbers(values, term)
    fit = ols_cr2(y, pd.DataFrame({INTERCEPT: np.ones(y.size)}), cluster, level, name=name)
    return fit.combination({INTERCEPT: 1.0}, term)


def _inverse_root(B: Floats) -> Floats:
    """Symmetric inverse square root, with 0 for eigenvalues that are 0."""
    values, vectors = np.linalg.eigh(B)
    safe = np.where(values > SINGULAR, values, 1.0)
    roots = np.where(values > SINGULAR, 1 / np.sqrt(safe), 0.0)
    return np.asarray((vectors * roots) @ vectors.T)
