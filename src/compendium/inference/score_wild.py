"""Score wild bootstrap: few clusters and models that are not linear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.linalg import solve_triangular

from compendium.errors import UserError
from compendium.inference.multipliers import Multipliers, multipliers
from compendium.inference.wild import P_VALUES, interval_end, leaning, open_words, tail_p
from compendium.stats.binomial import binomial_glm
from compendium.stats.checks import LEVEL, check_level, numbers
from compendium.stats.clusters import cluster_codes, cluster_name, cluster_sums
from compendium.stats.counts import poisson
from compendium.stats.design import INTERCEPT
from compendium.stats.fit import Fit
from compendium.stats.glm import glm_coefficients
from compendium.stats.maximum_likelihood import information
from compendium.stats.method import Method
from compendium.stats.ordinal import ordered_logit, row_scores
from compendium.stats.proportions import check_counts
from compendium.stats.solve import standard
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Influence = Callable[[float | None], Floats]
"""From a null to each row's H^-1 score for the term, (n,), at the fit with the null imposed; from
None to the same at the maximum."""

FLAT = 1e-24
"""Squared scores this small against the number of draws' own are rounding: t is then 0."""


@dataclass(frozen=True)
class Bootstrap:
    """How a score bootstrap is drawn.

    Attributes
    ----------
    seed, draws, weights
        As for `wild_cluster_bootstrap`.
    null
        Value under test.
    null_imposed
        Scores at the maximum under the null, or at the maximum when False.
    p_value
        "symmetric" or "equal-tailed".
    interval
        Whether to invert the test; with the null imposed each value tried is a fit.
    """

    seed: int
    draws: int = 1999
    weights: str = "rademacher"
    null: float = 0.0
    null_imposed: bool = True
    p_value: str = "symmetric"
    interval: bool = True


def score_bootstrap_binomial(
    successes: object,
    trials: object,
    X: pd.DataFrame,
    cluster: object,
    term: str,
    how: Bootstrap,
    level: float = LEVEL,
    *,
    name: str | None = None,
) -> Tidy:
    """Test a coefficient of a binomial GLM (logit) by the score wild cluster bootstrap.

    Scores of the model with the coefficient held at the null (or of the model as fitted) are summed
    by cluster, premultiplied by the inverse information and multiplied by random weights; no draw
    is a fit (Kline and Santos 2012). The variance of each draw is that of its clusters' scores
    around their mean.

    Parameters
    ----------
    successes, trials, X
        As for `binomial_glm`.
    cluster
        Label of each row's cluster; needed.
    how
        Draws, null and p-value.

    Raises
    ------
    UserError
        No clusters, unknown term, what `binomial_glm` raises.

    Notes
    -----
    Blind spot: the scores are linear in the weights, so that curvature of the likelihood is taken
    at one point; with clusters of very unequal size it is no better than the linear bootstrap.
    """
    _need(cluster, how)
    x, n = check_counts(successes, trials)
    fit = binomial_glm(successes, trials, X, cluster, level, name=name)
    matrix, j = X.to_numpy(dtype=float), _position(fit, term)
    both = np.column_stack([x, n - x])

    def influence(null: float | None) -> Floats:
        beta = fit.beta if null is None else _held(both, matrix, j, null, "Binomial", 0.0)
        mu = special.expit(matrix @ beta)
        return _times_bread(matrix, n * mu * (1 - mu), x - n * mu, j)

    return _test(fit, influence, cluster, term, how, check_level(level), name)


def score_bootstrap_poisson(
    y: object,
    X: pd.DataFrame,
    cluster: object,
    term: str,
    how: Bootstrap,
    level: float = LEVEL,
    *,
    exposure: object = None,
    name: str | None = None,
) -> Tidy:
    """Test a coefficient of a Poisson regression; see `score_bootstrap_binomial`."""
    _need(cluster, how)
    fit = poisson(y, X, cluster, level, exposure=exposure, name=name)
    counts, matrix, j = numbers(y, "count"), X.to_numpy(dtype=float), _position(fit, term)
    offset = 0.0 if exposure is None else np.log(numbers(exposure, "exposure"))

    def influence(null: float | None) -> Floats:
        beta = fit.beta if null is None else _held(counts, matrix, j, null, "Poisson", offset)
        mu = np.exp(matrix @ beta + offset)
        return _times_bread(matrix, mu, counts - mu, j)

    return _test(fit, influence, cluster, term, how, check_level(level), name)


def score_bootstrap_ordered_logit(
    y: object,
    X: pd.DataFrame,
    cluster: object,
    term: str,
    how: Bootstrap,
    level: float = LEVEL,
    *,
    name: str | None = None,
) -> Tidy:
    """Test that a coefficient of an ordered logit is 0; see `score_bootstrap_binomial`.

    With the null imposed only 0 can be tested, and there is no interval (nan): no other null has a
    fit here. Not imposed, both exist.
    """
    _need(cluster, how)
    if how.null_imposed and how.null:
        raise UserError("only 0 can be imposed on an ordered logit", "test 0", value=how.null)
    fit = ordered_logit(y, X, cluster, level, name=name).fit
    j = _position(fit, term)
    held = X.drop(columns=term)

    def influence(null: float | None) -> Floats:
        theta = fit.beta if null is None else np.insert(ordered_logit(y, held).fit.beta, j, 0.0)
        bread = np.linalg.inv(information(lambda at: row_scores(at, y, X), theta))
        return np.asarray(row_scores(theta, y, X) @ bread[j])

    return _test(fit, influence, cluster, term, how, check_level(level), name, only_null=True)


def _need(cluster: object, how: Bootstrap) -> None:
    if cluster is None:
        raise UserError("the score bootstrap needs clusters", "name the column of clusters")
    if how.p_value not in P_VALUES:
        raise UserError("unknown p-value", f"use one of {', '.join(P_VALUES)}", value=how.p_value)


def _position(fit: Fit, term: str) -> int:
    if term not in fit.terms or term == INTERCEPT:
        known = ", ".join(t for t in fit.terms if t != INTERCEPT)
        raise UserError("the model has no such term", f"use one of {known}", value=term)
    return fit.terms.index(term)


def _held(y: Floats, X: Floats, j: int, null: float, family: str, offset: Floats | float) -> Floats:
    """Coefficients with the j-th one held at the null.

    Only the part of its column beside the others is held as an offset: a year of 2000 and more
    would take the iterations out of reach.
    """
    basis = standard(np.delete(X, j, axis=1), [f"term {i + 1}" for i in range(X.shape[1] - 1)])
    shared = basis.Z.T @ X[:, j] / len(X)
    shift = np.asarray(offset + null * (X[:, j] - basis.Z @ shared))
    theta = glm_coefficients(y, basis.Z, family, shift)
    return np.insert(basis.L @ (theta - null * shared), j, null)


def _times_bread(X: Floats, weights: Floats, errors: Floats, j: int) -> Floats:
    # By QR: the product of the columns would lose half of their digits where units differ.
    _, R = np.linalg.qr(np.sqrt(weights)[:, None] * X)
    L = solve_triangular(R, np.eye(R.shape[0]))
    return np.asarray((X @ (L @ L[j])) * errors)


def _test(
    fit: Fit,
    influence: Influence,
    cluster: object,
    term: str,
    how: Bootstrap,
    level: float,
    name: str | None,
    only_null: bool = False,
) -> Tidy:
    codes, G = cluster_codes(cluster, fit.n)
    V = multipliers(G, how.draws, how.weights, how.seed)
    line, free = fit[term], cluster_sums(influence(None), codes, G)
    if not line.se > 0:
        raise UserError("the coefficient has no error", "use an outcome that varies", value=term)
    free_t = _statistics(free, V)
    unit = line.se / sqrt(float(free @ free))

    def p(null: float) -> float:
        if not how.null_imposed:
            t = (line.value - null) / line.se
            return tail_p(t, free_t / unit, False, how.p_value)
        scores = cluster_sums(influence(null), codes, G)
        t = float(_statistics(scores, None)[0])
        return tail_p(t, _statistics(scores, V), V.complete, how.p_value)

    def searched(null: float) -> float:
        # So far out that no fit is found there is nothing to reject with: no end of the interval.
        try:
            with np.errstate(over="raise", divide="raise", invalid="raise"):
                return p(null)
        except (FloatingPointError, UserError):
            return 1.0

    inverted = how.interval and not (only_null and how.null_imposed)
    low, high = (
        interval_end(searched, line.value, line.se, side, 1 - level) if inverted else nan
        for side in (-1.0, 1.0)
    )
    words = (
        f"{str(fit.method).split(',')[0]}, score wild cluster bootstrap-t by "
        f"{cluster_name(cluster, name)}, {G} clusters, "
        f"null {'' if how.null_imposed else 'not '}imposed, {V.method}"
    )
    tails = ("equal-tailed p",) if how.p_value == "equal-tailed" else ()
    method = Method.free("; ".join((words, *tails)))
    method = method.then(_lonely(fit, term, how))
    method = method.then(open_words(low, high)) if inverted else method
    return Tidy(term, line.value, line.se, low, high, level, p(how.null), fit.n, G, method)


def _lonely(fit: Fit, term: str, how: Bootstrap) -> Method:
    """Caution where clusters alone decide the term."""
    if fit.alone is None or fit.L is None:
        return Method()
    return fit.alone.caution(fit.L[fit.terms.index(term)], leaning(how.null_imposed))


def _statistics(scores: Floats, V: Multipliers | None) -> Floats:
    """Sum over root of squares around the mean of the weighted scores (G,), for each draw."""
    blocks = [np.ones((scores.size, 1))] if V is None else V.blocks()
    return np.concatenate([_block_statistics(scores[:, None] * block) for block in blocks])


def _block_statistics(drawn: Floats) -> Floats:
    total = drawn.sum(axis=0)
    around = drawn - total / drawn.shape[0]
    squares, all_squares = (around**2).sum(axis=0), (drawn**2).sum(axis=0)
    seen = squares > FLAT * all_squares
    return np.where(seen, total / np.sqrt(np.where(seen, squares, 1.0)), 0.0)
