"""Maximum likelihood for models given by the log-likelihood and the score of each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from compendium.errors import UserError
from compendium.stats.clusters import cluster_codes, cr1_covariance
from compendium.stats.method import Method, clustered
from compendium.stats.solve import Basis

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
"""Real when evaluated, complex when differentiated."""
Rows = Callable[[Numbers], Numbers]

IMAGINARY = 1e-20
"""Step along the imaginary axis: nothing is subtracted, so the derivative is exact to rounding."""
NEAR = 1e-10
"""Relative Newton decrement below which full steps converge and rounding hides any growth."""
POLISH = 3
"""Full steps from there: the error squares with each, so two would do."""
MAX_NEWTON = 100


def maximise(loglik: Rows, score: Rows, start: Floats) -> tuple[Floats, Floats]:
    """Maximum of a log-likelihood and the inverse of its negative Hessian there.

    Parameters
    ----------
    loglik, score
        Functions of theta (k,) giving the log-likelihood (n,) and the score (n, k) of each row;
        the score takes complex theta.
    start
        Where to begin, (k,).

    Raises
    ------
    UserError
        No maximum is found: the likelihood rises without end or is flat.
    """
    from scipy.optimize import minimize

    def objective(theta: Floats) -> tuple[float, Floats]:
        return -float(loglik(theta).sum()), -score(theta).sum(axis=0)

    with np.errstate(all="ignore"):
        theta = minimize(objective, start, jac=True, method="BFGS").x
        return _newton(loglik, score, theta)


def information(score: Rows, theta: Floats) -> Floats:
    """Negative Hessian of the log-likelihood, by complex steps of the score, (k, k).

    Squire and Trapp (1998); the score must be made of functions that take complex numbers.
    """
    steps = IMAGINARY * 1j * np.eye(theta.size)
    H = np.array([-score(theta + step).sum(axis=0).imag / IMAGINARY for step in steps])
    return (H + H.T) / 2


def logistic(z: Numbers) -> Numbers:
    """1 / (1 + exp(-z)), of complex numbers too."""
    return np.asarray(1 / (1 + np.exp(-z)))


def covariance(
    bread: Floats, scores: Floats, cluster: object, name: str | None
) -> tuple[Floats, int, float, Method]:
    """Covariance, clusters, degrees of freedom and words of the method.

    The inverse information without clusters (normal); CR1 with t(G - 1) with them.
    """
    if cluster is None:
        return bread, 0, float("inf"), Method.of("inverse_information")
    codes, G = cluster_codes(cluster, scores.shape[0])
    V = cr1_covariance(bread, scores, codes, G)
    return V, G, float(G - 1), clustered("CR1", name or "cluster", G)


def natural(basis: Basis, theta: Floats, V: Floats) -> tuple[Floats, Floats]:
    """Coefficients and covariance on the columns as given; further parameters stay as they are."""
    T = block_diag(basis.L, np.eye(theta.size - len(basis.L)))
    return np.asarray(T @ theta), np.asarray(T @ V @ T.T)


def _newton(loglik: Rows, score: Rows, theta: Floats) -> tuple[Floats, Floats]:
    value = float(loglik(theta).sum())
    for _ in range(MAX_NEWTON):
        gradient = score(theta).sum(axis=0)
        bread = _inverse(information(score, theta))
        step = bread @ gradient
        if float(gradient @ step) < NEAR * max(1.0, abs(value)):
            return _polish(score, theta + step)
        theta, value = _halve(loglik, theta, step, value)
    raise UserError("the likelihood has no maximum that can be found", "use fewer terms")


def _polish(score: Rows, theta: Floats) -> tuple[Floats, Floats]:
    for _ in range(POLISH):
        theta = theta + _inverse(information(score, theta)) @ score(theta).sum(axis=0)
    return theta, _inverse(information(score, theta))


def _halve(loglik: Rows, theta: Floats, step: Floats, value: float) -> tuple[Floats, float]:
    for _ in range(40):
        reached = float(loglik(theta + step).sum())
        if reached > value:
            return theta + step, reached
        step = step / 2
    return theta, value


def _inverse(H: Floats) -> Floats:
    scale = np.sqrt(np.abs(np.diag(H)))
    if not np.isfinite(H).all() or (scale == 0).any():
        raise UserError("the likelihood is flat in a parameter", "use fewer terms")
    scaled = H / np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled).min() <= FLAT:
        raise UserError("the likelihood is flat or rises without end", "use fewer terms")
    return np.asarray(np.linalg.inv(scaled) / np.outer(scale, scale))


FLAT = 1e-12
"""Smallest eigenvalue of the scaled information that still has an inverse worth having."""
