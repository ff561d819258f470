"""Wild cluster bootstrap of a coefficient of a linear model, null imposed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from grassroots.errors import UserError
from grassroots.models.checks import LEVEL, check_level, numbers
from grassroots.models.clusters import cluster_codes, cluster_name, cluster_sums, cr1_factor
from grassroots.models.design import check_design
from grassroots.models.tidy import Tidy

Floats = NDArray[np.float64]

WEIGHTS = ("rademacher", "webb")
WEBB = np.array([-sqrt(1.5), -1.0, -sqrt(0.5), sqrt(0.5), 1.0, sqrt(1.5)])
"""Webb's six points: more distinct draws than signs when clusters are few (Webb 2023)."""
TIE = 1e-10
"""Relative distance at which two t statistics count as equal: drawing all signs repeats some."""
DOUBLINGS = 12
"""Steps outward in search of an end of the interval: up to 4096 standard errors."""
END_TOLERANCE = 1e-6
"""Precision of an end of the interval in standard errors; p is a step function, finer is noise."""


@dataclass(frozen=True)
class _Problem:
    """What a bootstrap of one coefficient needs, by cluster.

    Attributes
    ----------
    s_y, s_x
        Scores A_j X_g'u_g of restricted residuals of the outcome and of the term, all k terms:
        (G, k) each; the residuals under beta_j = b are those of y - b x.
    A
        Row j of (X'X)^-1, (k,).
    L
        A_j X_g'X_g (X'X)^-1, (G, k).
    factor
        Finite-sample factor of CR1.
    """

    s_y: Floats
    s_x: Floats
    A: Floats
    L: Floats
    factor: float
    beta: float
    se: float


def wild_cluster_bootstrap(
    y: object,
    X: pd.DataFrame,
    cluster: object,
    term: str,
    level: float = LEVEL,
    *,
    seed: int,
    draws: int = 1999,
    weights: str = "rademacher",
    null: float = 0.0,
    interval: bool = True,
    name: str | None = None,
) -> Tidy:
    """Test one coefficient by the restricted wild cluster bootstrap (WCR).

    Residuals of the model with the coefficient held at `null` are multiplied cluster by cluster by
    random weights, and the CR1 t statistic is recomputed on each draw (Cameron, Gelbach and Miller
    2008; algorithm of Roodman et al. 2019). The interval holds all values that are not rejected.

    Parameters
    ----------
    y, X, cluster
        As for `ols`; clusters are needed.
    term
        The coefficient.
    seed, draws
        Of the weights. When there are no more than `draws` patterns of signs (Rademacher), all of
        them are used once and the result is free of chance.
    weights
        "rademacher" or "webb".
    null
        Value under test; the p-value is two-sided and symmetric.
    interval
        Whether to invert the test; an end that lies nowhere is nan.

    Raises
    ------
    UserError
        Unknown term or weights, no clusters, missing values, collinear terms, too few draws.

    Notes
    -----
    Blind spot: where the term varies in a few clusters only, WCR hardly ever rejects and the
    interval is much too wide (MacKinnon and Webb 2017).
    """
    if cluster is None:
        raise UserError("the wild cluster bootstrap needs clusters", "name the column of clusters")
    check_level(level)
    problem, n, G = _prepare(y, X, cluster, term)
    V, complete, words = _draw(G, draws, weights, seed)
    p = _p_value(problem, null, V, complete)
    low, high = _invert(problem, V, complete, 1 - level) if interval else (nan, nan)
    method = (
        f"OLS, wild cluster bootstrap-t by {cluster_name(cluster, name)}, {G} clusters, "
        f"null imposed, {words}"
    )
    return Tidy(term, problem.beta, problem.se, low, high, level, p, n, G, method)


def _prepare(y: object, X: pd.DataFrame, cluster: object, term: str) -> tuple[_Problem, int, int]:
    outcome = numbers(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    if term not in terms:
        raise UserError("the model has no such term", f"use one of {', '.join(terms)}", value=term)
    n, k = matrix.shape
    j = terms.index(term)
    codes, G = cluster_codes(cluster, n)
    bread = np.asarray(np.linalg.inv(matrix.T @ matrix), dtype=float)
    rest = np.delete(matrix, j, axis=1)
    u_y, u_x = _residuals(outcome, rest), _residuals(matrix[:, j], rest)
    outer = cluster_sums(matrix[:, :, None] * matrix[:, None, :], codes, G)
    beta = float(u_x @ u_y / (u_x @ u_x))
    factor = cr1_factor(n, k, G)
    u_hat = u_y - beta * u_x
    scores = cluster_sums(matrix * u_hat[:, None], codes, G) @ bread[j]
    problem = _Problem(
        s_y=cluster_sums(matrix * u_y[:, None], codes, G),
        s_x=cluster_sums(matrix * u_x[:, None], codes, G),
        A=bread[j],
        L=np.einsum("i,gij,jk->gk", bread[j], outer, bread),
        factor=factor,
        beta=beta,
        se=sqrt(factor * float(scores @ scores)),
    )
    return problem, n, G


def _residuals(y: Floats, X: Floats) -> Floats:
    return np.asarray(y - X @ np.linalg.lstsq(X, y, rcond=None)[0])


def _draw(G: int, draws: int, weights: str, seed: int) -> tuple[Floats, bool, str]:
    """Weights (G, draws), whether they are all there are, and what they are."""
    if weights not in WEIGHTS:
        raise UserError("unknown weights", f"use one of {', '.join(WEIGHTS)}", value=weights)
    if draws < 1:
        raise UserError("too few bootstrap draws", "use 1999", value=draws)
    if weights == "rademacher" and 2**G <= draws:
        patterns = np.array(list(product((1.0, -1.0), repeat=G))).T
        return patterns, True, f"all {2**G} patterns of signs"
    points = np.array([1.0, -1.0]) if weights == "rademacher" else WEBB
    rng = np.random.default_rng(seed)
    kind = "Rademacher" if weights == "rademacher" else "Webb"
    drawn = rng.choice(points, size=(G, draws))
    return drawn, False, f"{kind} weights, {draws} draws, seed {seed}"


def _p_value(problem: _Problem, null: float, V: Floats, complete: bool) -> float:
    """Share of draws with |t*| at least |t|; random draws count the data themselves as one."""
    S = problem.s_y - null * problem.s_x
    a = S @ problem.A
    bent = np.diag(a) - problem.L @ S.T
    spread = np.sqrt(problem.factor * ((bent @ V) ** 2).sum(axis=0))
    t_star = np.abs(np.divide(a @ V, spread, out=np.zeros(V.shape[1]), where=spread > 0))
    t = abs(problem.beta - null) / problem.se
    extreme = int((t_star >= t * (1 - TIE)).sum())
    return extreme / V.shape[1] if complete else (extreme + 1) / (V.shape[1] + 1)


def _invert(problem: _Problem, V: Floats, complete: bool, alpha: float) -> tuple[float, float]:
    def excess(distance: float, side: float) -> float:
        return _p_value(problem, problem.beta + side * distance * problem.se, V, complete) - alpha

    ends = []
    for side in (-1.0, 1.0):
        far = next((2.0**i for i in range(DOUBLINGS) if excess(2.0**i, side) <= 0), nan)
        if np.isnan(far):
            ends.append(nan)
            continue
        distance = brentq(excess, 0.0, far, args=(side,), xtol=END_TOLERANCE)
        ends.append(problem.beta + side * float(distance) * problem.se)
    return ends[0], ends[1]
