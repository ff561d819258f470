"""Maximum likelihood for models given by the log-likelihood and the score of each row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from grassroots.errors import UserError
from grassroots.models.clusters import cluster_codes, cr1_covariance

Floats = NDArray[np.float64]
Rows = Callable[[Floats], Floats]

DIFFERENCE = 1e-5
"""Relative step of the central difference of scores: its error is about 1e-10."""
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
        Functions of theta (k,) giving the log-likelihood (n,) and the score (n, k) of each row.
    start
        Where to begin, (k,).

    Raises
    ------
    UserError
        No maximum is found: the likelihood rises without end or is flat.
    """

    def objective(theta: Floats) -> tuple[float, Floats]:
        return -float(loglik(theta).sum()), -score(theta).sum(axis=0)

    with np.errstate(all="ignore"):
        theta = optimize.minimize(objective, start, jac=True, method="BFGS").x
        return _newton(loglik, score, theta)


def information(score: Rows, theta: Floats) -> Floats:
    """Negative Hessian of the log-likelihood, by central differences of the score, (k, k)."""
    steps = DIFFERENCE * np.maximum(1.0, np.abs(theta))
    rows = []
    for j, h in enumerate(steps):
        shift = np.zeros_like(theta)
        shift[j] = h
        rows.append((score(theta - shift).sum(axis=0) - score(theta + shift).sum(axis=0)) / (2 * h))
    H = np.array(rows)
    return (H + H.T) / 2


def covariance(
    bread: Floats, scores: Floats, cluster: object, name: str | None
) -> tuple[Floats, int, float, str]:
    """Covariance, clusters, degrees of freedom and words for the method string.

    The inverse information without clusters (normal); CR1 with t(G - 1) with them.
    """
    if cluster is None:
        return bread, 0, float("inf"), "inverse information"
    codes, G = cluster_codes(cluster, scores.shape[0])
    V = cr1_covariance(bread, scores, codes, G)
    return V, G, float(G - 1), f"CR1 by {name}, {G} clusters, t({G - 1})"


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
