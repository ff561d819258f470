"""Least squares with errors that allow for unequal variances or clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grassroots.errors import UserError
from grassroots.models.checks import LEVEL, check_level, numbers, same_rows
from grassroots.models.clusters import cluster_codes, cluster_name, cr1_covariance
from grassroots.models.design import check_design
from grassroots.models.fit import Fit

Floats = NDArray[np.float64]

COVARIANCES = ("classical", "HC1", "HC3")


def ols(
    y: object,
    X: pd.DataFrame,
    cluster: object = None,
    level: float = LEVEL,
    *,
    covariance: str = "HC1",
    name: str | None = None,
) -> Fit:
    """Ordinary least squares.

    Parameters
    ----------
    y
        Outcome, (n,), complete.
    X
        Terms, (n, k), as from `design`.
    cluster
        Label of each row's cluster: CR1 errors, G/(G-1) (n-1)/(n-k), with t(G-1). Without it
        `covariance` decides, with t(n-k).
    covariance
        "classical", "HC1" or "HC3" (MacKinnon and White 1985); not with clusters.

    Raises
    ------
    UserError
        Missing values, collinear terms, one cluster only, unknown covariance.

    Notes
    -----
    Blind spot: with few clusters CR1 rejects too often; use the wild cluster bootstrap.
    """
    same_rows(outcome=y, terms=X, clusters=cluster)
    outcome = numbers(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    n, k = matrix.shape
    bread = np.asarray(np.linalg.inv(matrix.T @ matrix), dtype=float)
    beta = np.asarray(np.linalg.lstsq(matrix, outcome, rcond=None)[0], dtype=float)
    u_hat = outcome - matrix @ beta
    if cluster is None:
        V, G, df = _unclustered(matrix, u_hat, bread, covariance), 0, float(n - k)
        words = f"{covariance}, t({n - k})"
    else:
        codes, G = cluster_codes(cluster, n)
        V, df = cr1_covariance(bread, matrix * u_hat[:, None], codes, G), float(G - 1)
        words = f"CR1 by {cluster_name(cluster, name)}, {G} clusters, t({G - 1})"
    method = f"OLS, {words}"
    return Fit(terms, beta, V, n, G, df, check_level(level), method, matrix @ beta)


def _unclustered(X: Floats, u_hat: Floats, bread: Floats, covariance: str) -> Floats:
    n, k = X.shape
    if covariance == "classical":
        return np.asarray(bread * (u_hat @ u_hat) / (n - k))
    if covariance == "HC1":
        weights = u_hat**2 * n / (n - k)
    elif covariance == "HC3":
        leverage: Floats = np.einsum("ij,jk,ik->i", X, bread, X)
        weights = (u_hat / (1 - leverage)) ** 2
    else:
        raise UserError(
            "unknown covariance", f"use one of {', '.join(COVARIANCES)}", value=covariance
        )
    return np.asarray(bread @ (X.T * weights) @ X @ bread)
