"""Wild cluster bootstrap of a coefficient of a linear model: null imposed (WCR) or not (WCU)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from compendium.errors import UserError
from compendium.inference.multipliers import Multipliers, multipliers
from compendium.inference.rows import decided_alone, kept_codes, kept_rows
from compendium.stats.checks import LEVEL, check_level
from compendium.stats.clusters import cluster_name, cr1_factor
from compendium.stats.design import INTERCEPT
from compendium.stats.few_clusters import ClusterParts, cluster_parts
from compendium.stats.method import NONE, Method
from compendium.stats.solve import EXACT
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

P_VALUES = ("symmetric", "equal-tailed")
TIE = 1e-10
"""Relative distance at which two t statistics count as equal: drawing all signs repeats some."""
DOUBLINGS = 12
"""Steps outward in search of an end of the interval: up to 4096 standard errors."""
END_TOLERANCE = 1e-6
"""Precision of an end of the interval in standard errors; p is a step function, finer is noise."""
UNSEEN = 1e-24
"""A bootstrap variance this small against its parts is rounding: its t statistic is 0."""


@dataclass(frozen=True, eq=False)
class WildProblem:
    """What a bootstrap of one coefficient needs, by cluster and in units of the term's own column.

    With z the part of the term orthogonal to the others, of length 1, and Z all terms made
    orthonormal, z last:

    Attributes
    ----------
    a_y, a_x
        z_g'u_g of the restricted residuals of the outcome and of the term, (G,): under
        beta = b they are those of y - b x, so a_y - b a_x.
    b_y, b_x
        Z_g'u_g of the same, (G, k).
    T
        Z_g'z_g, (G, k).
    beta, se
        The coefficient and its CR1 error.
    unit
        sqrt of CR1's finite-sample factor.
    """

    a_y: Floats
    a_x: Floats
    b_y: Floats
    b_x: Floats
    T: Floats
    beta: float
    se: float
    unit: float

    def t(self, null: float) -> float:
        """CR1 t statistic of a null."""
        return (self.beta - null) / self.se


@dataclass(frozen=True, eq=False)
class Drawn:
    """t statistics of all draws as a function of the null.

    At null = center + d the numerator is n0 - d n1 and the squared error q0 - d q1 + d^2 q2, each
    (draws,). With the null not imposed they are the same whatever the null.
    """

    center: float
    moves: bool
    n0: Floats
    n1: Floats
    q0: Floats
    q1: Floats
    q2: Floats

    def t(self, null: float) -> Floats:
        """T statistics of the draws under a null, (draws,)."""
        d = null - self.center
        if d == 0 or not self.moves:
            return _ratio(self.n0, self.q0)
        return _ratio(self.n0 - d * self.n1, self.q0 - d * self.q1 + d * d * self.q2)


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
    null_imposed: bool = True,
    p_value: str = "symmetric",
    row_weights: object = None,
    interval: bool = True,
    name: str | None = None,
) -> Tidy:
    """Test one coefficient by the wild cluster bootstrap-t, restricted (WCR) or not (WCU).

    Residuals of the model with the coefficient held at `null` (WCR), or of the model as fitted
    (WCU), are multiplied cluster by cluster by random weights, and the CR1 t statistic is
    recomputed on each draw (Cameron, Gelbach and Miller 2008; algorithm of Roodman et al. 2019:
    only sums by cluster are used). The interval holds all values that are not rejected.

    Parameters
    ----------
    y, X, cluster
        As for `ols`; clusters are needed.
    term
        The coefficient.
    seed, draws
        Of the weights. When there are no more than `draws` patterns of signs (Rademacher; also of
        Webb's), all of them are used once and the result is free of chance. Otherwise weights go to
        clusters in the order in which these first appear: sorted rows are another draw.
    weights
        "rademacher", "webb", "mammen" or "normal".
    null
        Value under test.
    null_imposed
        WCR, or WCU when False.
    p_value
        "symmetric": draws with |t*| >= |t|. "equal-tailed": twice the smaller share on a side of t.
    row_weights
        Of weighted least squares, (n,), not negative; rows of weight 0 are left out and counted.
    interval
        Whether to invert the test; an end that lies nowhere is nan.

    Raises
    ------
    UserError
        Unknown term or weights, no clusters, missing values, collinear terms, too few draws.

    Notes
    -----
    Blind spot: where the term varies in a few clusters only, WCR hardly ever rejects and the
    interval is much too wide, while WCU rejects far too often (MacKinnon and Webb 2017); the method
    string says so where one cluster decides alone.
    """
    if cluster is None:
        raise UserError("the wild cluster bootstrap needs clusters", "name the column of clusters")
    if p_value not in P_VALUES:
        raise UserError("unknown p-value", f"use one of {', '.join(P_VALUES)}", value=p_value)
    check_level(level)
    rows = kept_rows(y, X, row_weights, cluster)
    codes, labels = kept_codes(cluster, rows)
    parts = term_last(rows.y, rows.X, rows.terms, codes, len(labels), term)
    problem = wild_problem(parts)
    V = multipliers(len(labels), draws, weights, seed)
    slopes = interval and null_imposed
    drawn = draw(problem, V, null, null_imposed=null_imposed, slopes=slopes)

    def p(b: float) -> float:
        return tail_p(problem.t(b), drawn.t(b), V.complete and null_imposed, p_value)

    beta, se = problem.beta, problem.se
    low, high = (
        interval_end(p, beta, se, side, 1 - level) if interval else nan for side in (-1.0, 1.0)
    )
    method = Method.of("ols" if row_weights is None else "wls")
    method = method.also("wild", by=cluster_name(cluster, name), G=len(labels))
    method = method.also("null_imposed" if null_imposed else "null_free").also(V.method)
    method = method.then("equal_tailed") if p_value == "equal-tailed" else method
    method = method.then(rows.dropped).then(lonely_words(parts, labels, null_imposed=null_imposed))
    method = method.then(open_words(low, high)) if interval else method
    return Tidy(term, beta, se, low, high, level, p(null), parts.n, len(labels), method)


def lonely_words(
    parts: ClusterParts, labels: tuple[str, ...], *, null_imposed: bool = True
) -> Method:
    """Caution where clusters alone decide the last term: how the bootstrap then errs."""
    return decided_alone(parts, labels).caution(parts.L[-1], leaning(null_imposed))


def leaning(null_imposed: bool) -> str:
    """Word for how a wild bootstrap errs where one cluster alone decides the coefficient."""
    return "alone_never" if null_imposed else "alone_often"


def open_words(low: float, high: float) -> Method:
    """Say that an end of an interval was not found; nothing where both were."""
    below, above = np.isnan(low), np.isnan(high)
    if not (below or above):
        return NONE
    return Method.of("open_both" if below and above else "open_below" if below else "open_above")


def wild_p_values(
    y: object, X: pd.DataFrame, cluster: object, *, seed: int, draws: int = 1999
) -> dict[str, float]:
    """Test every coefficient but the intercept by `wild_cluster_bootstrap`; p-values by term."""
    return {
        term: wild_cluster_bootstrap(y, X, cluster, term, seed=seed, draws=draws, interval=False).p
        for term in X.columns
        if term != INTERCEPT
    }


def term_last(
    y: Floats, X: Floats, terms: tuple[str, ...], codes: Integers, G: int, term: str
) -> ClusterParts:
    """Fit with the term under test as the last column.

    Raises
    ------
    UserError
        The model has no such term, or leaves nothing of the outcome.
    """
    if term not in terms:
        raise UserError("the model has no such term", f"use one of {', '.join(terms)}", value=term)
    j = terms.index(term)
    return cluster_parts(y, np.column_stack([np.delete(X, j, axis=1), X[:, j]]), codes, G)


def wild_problem(parts: ClusterParts) -> WildProblem:
    """Reduce a fit whose last column is under test.

    Raises
    ------
    UserError
        The fit leaves no residuals.
    """
    G, k = parts.s.shape
    turn = np.ones(k)
    turn[-1] = np.sign(parts.L[-1, -1])
    beta, scale = float(parts.beta[-1]), abs(float(parts.L[-1, -1]))
    unit = sqrt(cr1_factor(parts.n, k, G))
    s, T = parts.s * turn, parts.S[:, -1] * turn * turn[-1]
    a_x, b_x = T[:, -1] / scale, T / scale
    se = unit * scale * sqrt(float(s[:, -1] @ s[:, -1]))
    if se <= EXACT * abs(beta):
        raise UserError("the model fits every cluster perfectly", "there is nothing to test")
    return WildProblem(s[:, -1] + beta * a_x, a_x, s + beta * b_x, b_x, T, beta, se, unit)


def draw(
    problem: WildProblem,
    V: Multipliers,
    null: float,
    *,
    null_imposed: bool = True,
    slopes: bool = False,
    clusters: Integers | None = None,
) -> Drawn:
    """Sum up the draws, a block at a time.

    `slopes` are needed for other nulls than this one; `clusters` are the rows of V that the
    problem's clusters have, when V serves more clusters than these.
    """
    center = null if null_imposed else problem.beta
    found = [_draw_block(problem, block, center, slopes) for block in V.blocks(clusters)]
    n0, n1, q0, q1, q2 = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Drawn(center, null_imposed, n0, n1, q0, q1, q2)


def _draw_block(
    problem: WildProblem, V: Floats, center: float, slopes: bool
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    a, b = problem.a_y - center * problem.a_x, problem.b_y - center * problem.b_x
    weighted = a[:, None] * V
    bent = weighted - problem.T @ (b.T @ V)
    n0, q0 = a @ V, _squares(bent, bent)
    q0[q0 <= UNSEEN * _squares(weighted, weighted)] = 0.0
    none = np.empty(0)
    if not slopes:
        return n0, none, problem.unit**2 * q0, none, none
    bent_x = problem.a_x[:, None] * V - problem.T @ (problem.b_x.T @ V)
    q1, q2 = 2 * _squares(bent, bent_x), _squares(bent_x, bent_x)
    scale = problem.unit**2
    return n0, problem.a_x @ V, scale * q0, scale * q1, scale * q2


def _squares(left: Floats, right: Floats) -> Floats:
    return np.asarray(np.einsum("gb,gb->b", left, right))


def _ratio(numerator: Floats, variance: Floats) -> Floats:
    seen = variance > 0
    return np.where(seen, numerator / np.sqrt(np.where(seen, variance, 1.0)), 0.0)


def tail_p(t: float, t_star: Floats, among: bool, kind: str) -> float:
    """Return the p-value of a statistic among its draws.

    Unless the data are `among` them, as they are when all patterns are drawn with the null imposed,
    they count as one more (Davison and Hinkley 1997, eq. 4.11): no p-value is 0.
    """
    slack = TIE * abs(t)
    one = 0 if among else 1
    if kind == "symmetric":
        extreme = float((np.abs(t_star) >= abs(t) - slack).sum())
        return (extreme + one) / (t_star.size + one)
    sides = min(float((t_star <= t + slack).sum()), float((t_star >= t - slack).sum()))
    return min(1.0, 2 * (sides + one) / (t_star.size + one))


def interval_end(
    p: Callable[[float], float], value: float, se: float, side: float, alpha: float
) -> float:
    """Find where the p-value of a null falls to alpha on a side of the estimate; nan if nowhere."""

    def excess(distance: float) -> float:
        return p(value + side * distance * se) - alpha

    far = next((2.0**i for i in range(DOUBLINGS) if excess(2.0**i) <= 0), nan)
    if np.isnan(far):
        return nan
    distance = brentq(excess, 0.0, far, xtol=END_TOLERANCE)
    return value + side * float(distance) * se
