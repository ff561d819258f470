"""Ordered logit: an outcome of ordered categories, with clustered errors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, check_level, numbers, same_rows
from compendium.stats.clusters import cluster_name
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.fit import Fit, with_cautions
from compendium.stats.marginal import moved
from compendium.stats.maximum_likelihood import IMAGINARY, Numbers, covariance, logistic, maximise
from compendium.stats.method import Method
from compendium.stats.separation import refuse_separation
from compendium.stats.solve import Basis, standard
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class OrderedLogit:
    """An ordered logit fit.

    Attributes
    ----------
    fit
        Coefficients, then the J - 1 thresholds, named "lower|upper". A positive coefficient makes
        higher categories likelier.
    categories
        The J ordered values of the outcome.
    X
        The design that was fitted, without intercept.
    """

    fit: Fit
    categories: tuple[float, ...]
    X: pd.DataFrame

    def probabilities(self, X: pd.DataFrame | None = None) -> Floats:
        """Chance of each category in each row, (n, J)."""
        matrix = (self.X if X is None else X).to_numpy(dtype=float)
        return _probabilities(self.fit.beta, matrix)


def ordered_logit(
    y: object,
    X: pd.DataFrame,
    cluster: object = None,
    level: float = LEVEL,
    *,
    name: str | None = None,
) -> OrderedLogit:
    """Ordered logit (proportional odds; McCullagh 1980) by maximum likelihood.

    logit P(y <= j) = threshold_j - x b.

    Parameters
    ----------
    y
        Ordered numbers, (n,); each value that occurs is a category.
    X
        Terms, (n, k), as from `design`; an intercept is left out: the thresholds take its
        place.
    cluster
        Label of each row's cluster: CR1 errors with t(G-1). Without it the inverse information.

    Raises
    ------
    UserError
        Fewer than two categories, missing values, collinear terms, perfect separation.

    Notes
    -----
    Blind spot: one slope serves all thresholds; compare with binary logits at each.
    """
    same_rows(outcome=y, terms=X, clusters=cluster)
    outcome = numbers(y, "outcome")
    categories, codes = np.unique(outcome, return_inverse=True)
    J = categories.size
    if J < 2:
        raise UserError("the outcome has one category only", "nothing can be ordered")
    matrix, terms, kept = _terms(X, outcome.size)
    names = (*terms, *(f"{a:g}|{b:g}" for a, b in pairwise(categories)))
    _refuse_separation(matrix, codes, J, names)
    start = np.concatenate([np.zeros(len(terms)), _start(codes, J)])
    basis = standard(np.column_stack([np.ones(outcome.size), matrix]), (INTERCEPT, *terms))
    Z = basis.Z[:, 1:]

    def loglik(theta: Floats) -> Floats:
        return _loglik(_natural(theta, len(terms)), Z, codes)

    def score(theta: Numbers) -> Numbers:
        natural = _natural(theta, len(terms))
        return _score(natural, Z, codes) @ _jacobian(theta, len(terms))

    theta, bread = maximise(loglik, score, start)
    V, G, df, words = covariance(bread, score(theta), cluster, cluster_name(cluster, name))
    to_terms = _to_terms(basis, J - 1)
    jacobian = to_terms @ _jacobian(theta, len(terms))
    natural = _natural(theta, len(terms))
    fitted = _probabilities(natural, Z) @ categories
    fit = Fit(
        names,
        to_terms @ natural,
        jacobian @ V @ jacobian.T,
        outcome.size,
        G,
        df,
        check_level(level),
        Method.of("ordered_logit").also(words),
        fitted,
        float(loglik(theta).sum()),
    )
    fit = with_cautions(fit, Basis(basis.Z, basis.L[1:]), cluster)
    return OrderedLogit(fit, tuple(float(c) for c in categories), kept)


def row_scores(theta: Numbers, y: object, X: pd.DataFrame) -> Numbers:
    """Score of each row in coefficients and thresholds, (n, k + J - 1).

    Parameters
    ----------
    theta
        Coefficients, then increasing thresholds, as in `OrderedLogit.fit.beta`; may be complex.
    y, X
        As for `ordered_logit`.
    """
    same_rows(outcome=y, terms=X)
    _, codes = np.unique(numbers(y, "outcome"), return_inverse=True)
    return _score(theta, X.drop(columns=INTERCEPT, errors="ignore").to_numpy(dtype=float), codes)


def category_effects(model: OrderedLogit, term: str) -> tuple[Tidy, ...]:
    """Average marginal effect of a term on the chance of each category; they add up to 0.

    A dummy is switched from 0 to 1, any other term gets its average slope; see
    `marginal.average_marginal_effects`. Terms are named "term -> category".
    """
    low, high, scale = moved(model.X, term)
    low_matrix, high_matrix = (X.to_numpy(dtype=float) for X in (low, high))

    def effects(theta: Numbers) -> Numbers:
        change = _probabilities(theta, high_matrix) - _probabilities(theta, low_matrix)
        return np.asarray(change.mean(axis=0) / scale)

    fit = model.fit
    steps = IMAGINARY * 1j * np.eye(fit.beta.size)
    gradient = np.column_stack([effects(fit.beta + h).imag / IMAGINARY for h in steps])
    method = Method.of("marginal_effect", fit=fit.method)
    return tuple(
        fit.line(f"{term} -> {category:g}", float(value), sqrt(float(g @ fit.V @ g)), method)
        for category, value, g in zip(model.categories, effects(fit.beta), gradient, strict=True)
    )


def _terms(X: pd.DataFrame, n: int) -> tuple[Floats, tuple[str, ...], pd.DataFrame]:
    with_intercept = X if INTERCEPT in X.columns else X.assign(**{INTERCEPT: 1.0})
    check_design(with_intercept[[INTERCEPT, *X.columns.drop(INTERCEPT, errors="ignore")]], n)
    kept = X.drop(columns=INTERCEPT, errors="ignore")
    return kept.to_numpy(dtype=float), tuple(str(c) for c in kept.columns), kept


def _to_terms(basis: Basis, cuts: int) -> Floats:
    """From coefficients of the standardised columns and thresholds to those of the terms.

    The columns are Z = X L + l, l making their means 0, so that thresholds move by l.
    """
    k = len(basis.L) - 1
    T = np.eye(k + cuts)
    T[:k, :k] = basis.L[1:, 1:]
    T[k:, :k] = -basis.L[0, 1:]
    return T


def _start(codes: Integers, J: int) -> Floats:
    share = np.cumsum(np.bincount(codes, minlength=J))[:-1] / codes.size
    cut = special.logit(share)
    return np.concatenate([cut[:1], np.log(np.diff(cut))])


def _natural(theta: Numbers, k: int) -> Numbers:
    """From (b, first threshold, log steps) to (b, thresholds)."""
    steps = np.concatenate([theta[k : k + 1], np.exp(theta[k + 1 :])])
    return np.concatenate([theta[:k], np.cumsum(steps)])


def _jacobian(theta: Numbers, k: int) -> Numbers:
    """Derivative of `_natural`, square."""
    J = np.eye(theta.size, dtype=theta.dtype)
    steps = np.concatenate([[1.0], np.exp(theta[k + 1 :])])
    J[k:, k:] = np.tril(np.ones((steps.size, steps.size))) * steps
    return J


def _cumulative(natural: Numbers, X: Floats) -> Numbers:
    """P(y <= j) for j = 0 (impossible) to J (certain), (n, J + 1)."""
    k = X.shape[1]
    inner = logistic(natural[None, k:] - (X @ natural[:k])[:, None])
    edge = np.zeros((X.shape[0], 1))
    return np.hstack([edge, inner, edge + 1])


def _probabilities(natural: Numbers, X: Floats) -> Numbers:
    return np.asarray(np.diff(_cumulative(natural, X), axis=1))


def _loglik(natural: Floats, X: Floats, codes: Integers) -> Floats:
    rows = np.arange(codes.size)
    return np.asarray(np.log(_probabilities(natural, X)[rows, codes]))


def _score(natural: Numbers, X: Floats, codes: Integers) -> Numbers:
    F = _cumulative(natural, X)
    f = F * (1 - F)
    rows = np.arange(codes.size)
    p = F[rows, codes + 1] - F[rows, codes]
    upper, lower = f[rows, codes + 1] / p, f[rows, codes] / p
    d_cut = np.zeros((codes.size, F.shape[1]), dtype=F.dtype)
    d_cut[rows, codes + 1] += upper
    d_cut[rows, codes] -= lower
    return np.hstack([-X * (upper - lower)[:, None], d_cut[:, 1:-1]])


def _refuse_separation(X: Floats, codes: Integers, J: int, names: tuple[str, ...]) -> None:
    """Stack each row's two inequalities: below its upper threshold and above its lower one."""
    cuts = np.eye(J - 1)
    below, above = codes < J - 1, codes > 0
    stacked = np.vstack(
        [
            np.hstack([-X[below], cuts[codes[below]]]),
            np.hstack([X[above], -cuts[codes[above] - 1]]),
        ]
    )
    refuse_separation(stacked, np.ones(len(stacked)), names)
