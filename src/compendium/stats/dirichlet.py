"""Shares of several ranks over batches whose shares differ: the Dirichlet-multinomial."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, check_level, numbers, refuse_rows, same_rows
from compendium.stats.clusters import cluster_name
from compendium.stats.fit import Fit
from compendium.stats.maximum_likelihood import Numbers, covariance, maximise
from compendium.stats.method import Method
from compendium.stats.overdispersion import boundary_ratio_test
from compendium.stats.proportions import logit_interval
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

START_PRECISION = 10.0


@dataclass(frozen=True, eq=False)
class DirichletMultinomial:
    """A Dirichlet-multinomial fit.

    Attributes
    ----------
    shares
        Mean share of each category over batches, terms = column names. Batches count more equally
        than in a pooled share: the more they differ, the less a large one weighs.
    rho
        Correlation of two persons of one batch, 1 / (1 + sum of alpha).
    overdispersion
        value = likelihood ratio against the multinomial; p halves the chi-squared one, since
        rho = 0 lies on the boundary.
    loglik
        Log-likelihood at the maximum.
    """

    shares: tuple[Tidy, ...]
    rho: Tidy
    overdispersion: Tidy
    loglik: float


def dirichlet_multinomial(
    counts: pd.DataFrame, cluster: object = None, level: float = LEVEL, *, name: str | None = None
) -> DirichletMultinomial:
    """Dirichlet-multinomial by maximum likelihood (Mosimann 1962).

    Each batch draws its own shares from a Dirichlet distribution. When batches differ no more than
    a multinomial would, rho is 0, the shares are the pooled ones, and the method says so.

    Parameters
    ----------
    counts
        One row a batch, one column a category; complete, whole, each row and column with a positive
        sum.
    cluster
        Label of each batch's cluster (a province with several batches): CR1 errors with t(G-1).

    Raises
    ------
    UserError
        Fewer than two categories or batches, missing or negative counts, an empty row or column.
    """
    same_rows(counts=counts, clusters=cluster)
    x = _check(counts)
    check_level(level)
    pooled = x.sum(axis=0) / x.sum()
    multinomial = float((_log_choose(x) + special.xlogy(x, pooled).sum(axis=1)).sum())
    if _slope_at_zero(x, pooled) <= 0:
        return _at_boundary(counts, x, pooled, multinomial, level)
    theta, bread = maximise(
        lambda t: _loglik(t, x), lambda t: _score(t, x), np.log(START_PRECISION * pooled)
    )
    V, G, df, words = covariance(bread, _score(theta, x), cluster, cluster_name(cluster, name))
    method = Method.of("dirichlet", n=len(x)).also(words).also("logit_scale")
    top = float(_loglik(theta, x).sum())
    names = tuple(str(c) for c in counts.columns)
    fit = Fit(names, theta, V, len(x), G, df, level, method, np.exp(theta), top)
    return DirichletMultinomial(_shares(fit), _rho(fit), _ratio_test(multinomial, top, len(x)), top)


def _check(counts: pd.DataFrame) -> Floats:
    x = np.column_stack([numbers(counts[c], str(c)) for c in counts.columns])
    if x.shape[0] < 2 or x.shape[1] < 2:
        raise UserError(
            f"{x.shape[0]} batches of {x.shape[1]} categories", "use two of each or more"
        )
    if (x < 0).any() or (x != np.round(x)).any():
        raise UserError("not counts", "use whole numbers from 0")
    nobody = x.sum(axis=1) == 0
    refuse_rows(nobody, "a batch without persons has no shares", "drop the row openly")
    if (x.sum(axis=0) == 0).any():
        column = str(counts.columns[int(np.flatnonzero(x.sum(axis=0) == 0)[0])])
        raise UserError("a category is empty in all batches", "drop the column", column=column)
    return x


def _log_choose(x: Floats) -> Floats:
    return np.asarray(special.gammaln(x.sum(axis=1) + 1) - special.gammaln(x + 1).sum(axis=1))


def _loglik(theta: Floats, x: Floats) -> Floats:
    a, n = np.exp(theta), x.sum(axis=1)
    A = a.sum()
    within = (special.gammaln(x + a) - special.gammaln(a)).sum(axis=1)
    return np.asarray(_log_choose(x) + special.gammaln(A) - special.gammaln(n + A) + within)


def _score(theta: Numbers, x: Floats) -> Numbers:
    a, n = np.exp(theta), x.sum(axis=1)
    A = a.sum()
    total = special.psi(A) - special.psi(n + A)
    return np.asarray((special.psi(x + a) - special.psi(a) + total[:, None]) * a)


def _slope_at_zero(x: Floats, shares: Floats) -> float:
    """Derivative of the log-likelihood in rho at 0, times 2."""
    n = x.sum(axis=1)
    return float((x * (x - 1) / shares).sum() - (n * (n - 1)).sum())


def _shares(fit: Fit) -> tuple[Tidy, ...]:
    a = np.exp(fit.beta)
    p = a / a.sum()
    lines = []
    for k, term in enumerate(fit.terms):
        gradient = p[k] * ((np.arange(p.size) == k) - p)
        lines.append(_line(fit, term, float(p[k]), gradient))
    return tuple(lines)


def _rho(fit: Fit) -> Tidy:
    a = np.exp(fit.beta)
    rho = 1 / (1 + float(a.sum()))
    return _line(fit, "rho", rho, -(rho**2) * a)


def _line(fit: Fit, term: str, value: float, gradient: Floats) -> Tidy:
    se = sqrt(float(gradient @ fit.V @ gradient))
    low, high = logit_interval(value, se, fit.df, fit.level)
    return Tidy(term, value, se, low, high, fit.level, nan, fit.n, fit.n_clusters, fit.method)


def _at_boundary(
    counts: pd.DataFrame, x: Floats, pooled: Floats, loglik: float, level: float
) -> DirichletMultinomial:
    persons = float(x.sum())
    boundary = Method.of("dirichlet_boundary", n=len(x))
    method = boundary.namely("pooled_share_plain").also("logit_scale")
    lines = []
    for term, p in zip(counts.columns, pooled, strict=True):
        se = sqrt(p * (1 - p) / persons)
        low, high = logit_interval(p, se, np.inf, level)
        lines.append(Tidy(str(term), float(p), se, low, high, level, nan, len(x), 0, method))
    rho = Tidy("rho", 0.0, level=level, n=len(x), method=method)
    return DirichletMultinomial(tuple(lines), rho, _ratio_test(loglik, loglik, len(x)), loglik)


def _ratio_test(multinomial: float, top: float, n: int) -> Tidy:
    return boundary_ratio_test(multinomial, top, n, ("model_dirichlet", "model_multinomial"))
