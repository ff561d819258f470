"""Least squares with errors that allow for unequal variances or clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.alone import Alone, decided_alone, refuse_leverage
from compendium.stats.checks import LEVEL, check_level, numbers, same_rows
from compendium.stats.clusters import cluster_codes, cluster_name, cr1_covariance
from compendium.stats.design import check_design
from compendium.stats.fit import Fit
from compendium.stats.method import Method, clustered
from compendium.stats.solve import Basis, solve

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

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
        Missing values, collinear terms, one cluster only, unknown covariance; an outcome that the
        terms fit exactly; HC3 with a row of leverage 1.

    Notes
    -----
    Blind spot: with few clusters CR1 rejects too often; use the wild cluster bootstrap. Where one
    cluster (or row) alone decides a coefficient the error is too small, and the method says so.
    """
    same_rows(outcome=y, terms=X, clusters=cluster)
    outcome = numbers(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    solution = solve(outcome, matrix, terms)
    n, k = matrix.shape
    basis, u_hat = solution.basis, solution.u_hat
    if cluster is None:
        core, alone = _unclustered(basis, u_hat, covariance)
        G, df, words = 0, float(n - k), _errors(covariance).also("t", df=n - k)
    else:
        codes, G = cluster_codes(cluster, n)
        core = _clustered(basis, u_hat, outcome, codes, G)
        alone, df = decided_alone(basis.Z, codes, cluster), float(G - 1)
        words = clustered("CR1", cluster_name(cluster, name), G)
    V, method = basis.L @ core @ basis.L.T, Method.of("ols").also(words)
    level, fitted = check_level(level), outcome - u_hat
    return Fit(terms, solution.beta, V, n, G, df, level, method, fitted, alone=alone, L=basis.L)


def _errors(covariance: str) -> Method:
    robust = Method.of("robust", kind=covariance)
    return Method.of("classical") if covariance == "classical" else robust


def _clustered(basis: Basis, u_hat: Floats, y: Floats, codes: Integers, G: int) -> Floats:
    """CR1 covariance of the coefficients of the orthonormal columns."""
    Z = basis.Z
    size = np.abs(Z) * (np.abs(u_hat) + np.abs(y))[:, None]
    return cr1_covariance(np.eye(Z.shape[1]), Z * u_hat[:, None], codes, G, size)


def _unclustered(basis: Basis, u_hat: Floats, covariance: str) -> tuple[Floats, Alone | None]:
    """Covariance of the coefficients of the orthonormal columns, and what rows decide alone."""
    Z = basis.Z
    n, k = Z.shape
    if covariance == "classical":
        return np.asarray(np.eye(k) * (u_hat @ u_hat) / (n - k)), None
    if covariance == "HC1":
        weights = u_hat**2 * n / (n - k)
        return np.asarray((Z.T * weights) @ Z), decided_alone(Z, np.arange(n), None)
    if covariance == "HC3":
        leverage = (Z**2).sum(axis=1)
        refuse_leverage(leverage)
        return np.asarray((Z.T * (u_hat / (1 - leverage)) ** 2) @ Z), None
    raise UserError("unknown covariance", f"use one of {', '.join(COVARIANCES)}", value=covariance)
