"""Models of counts: Poisson and negative binomial (NB2), with tests of over-dispersion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.linalg import solve_triangular

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, check_level, numbers, same_rows
from compendium.stats.clusters import cluster_name
from compendium.stats.design import check_design
from compendium.stats.fit import Fit, with_cautions
from compendium.stats.glm import glm_coefficients
from compendium.stats.maximum_likelihood import (
    Numbers,
    covariance,
    maximise,
    natural,
    refuse_exact_fit,
)
from compendium.stats.method import Method
from compendium.stats.overdispersion import boundary_ratio_test
from compendium.stats.separation import refuse_separation
from compendium.stats.solve import Basis, standard
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

BOUNDARY_ALPHA = 1e-8
"""An NB2 dispersion below this cannot be told from 0."""
START_ALPHA = 0.05
"""Where the search for alpha starts at the least."""
LOG_ALPHA = "log(alpha)"


@dataclass(frozen=True, eq=False)
class NegativeBinomial:
    """An NB2 fit.

    Attributes
    ----------
    fit
        Coefficients on the log scale, then log(alpha) unless alpha is 0.
    alpha
        Dispersion: variance = mu + alpha mu^2; 1 / alpha is MASS's theta.
    overdispersion
        value = likelihood ratio against Poisson; p halves the chi-squared one, since alpha = 0 lies
        on the boundary.
    """

    fit: Fit
    alpha: Tidy
    overdispersion: Tidy


def poisson(
    y: object,
    X: pd.DataFrame,
    cluster: object = None,
    level: float = LEVEL,
    *,
    exposure: object = None,
    name: str | None = None,
) -> Fit:
    """Poisson regression with log link.

    Parameters
    ----------
    y
        Counts, (n,), complete, whole and not negative.
    X
        Terms, (n, k), as from `design`.
    cluster
        Label of each row's cluster: CR1 errors with t(G-1), right also when the variance is not
        the mean. Without it the errors are the model's.
    exposure
        Positive exposure of each row; its log enters with coefficient 1.

    Raises
    ------
    UserError
        Not counts, missing values, collinear terms, a term that fits zeros perfectly.
    """
    counts, basis, terms, offset = _prepare(y, X, cluster, exposure)
    gamma, mu, bread = _irls(counts, basis.Z, offset)
    refuse_exact_fit(counts - mu, counts, cluster)
    scores = basis.Z * (counts - mu)[:, None]
    V, G, df, words = covariance(bread, scores, cluster, cluster_name(cluster, name))
    loglik = float((special.xlogy(counts, mu) - mu - special.gammaln(counts + 1)).sum())
    method = Method.of(_exposed("poisson", exposure)).also(words)
    beta, V = natural(basis, gamma, V)
    index = y.index if isinstance(y, pd.Series) else None
    level = check_level(level)
    fit = Fit(terms, beta, V, counts.size, G, df, level, method, mu, loglik, index=index)
    return with_cautions(fit, basis, cluster)


def negative_binomial(
    y: object,
    X: pd.DataFrame,
    cluster: object = None,
    level: float = LEVEL,
    *,
    exposure: object = None,
    name: str | None = None,
) -> NegativeBinomial:
    """Negative binomial regression, NB2, by maximum likelihood over coefficients and alpha.

    Errors come from the full observed information (MASS holds theta fixed, which differs in small
    samples), or are CR1 with t(G-1) when clustered. When the likelihood is highest at alpha = 0 the
    Poisson fit is returned and the method says so.

    Parameters
    ----------
    y, X, cluster, exposure
        As for `poisson`.

    Raises
    ------
    UserError
        As `poisson`.
    """
    plain = poisson(y, X, cluster, level, exposure=exposure, name=name)
    counts, basis, terms, offset = _prepare(y, X, cluster, exposure)
    start = _moment_alpha(counts, plain.fitted, len(terms))
    if _slope_at_zero(counts, plain.fitted) <= 0:
        return _at_boundary(plain)

    def loglik(theta: Floats) -> Floats:
        return _nb2_loglik(theta, counts, basis.Z, offset)

    def score(theta: Numbers) -> Numbers:
        return _nb2_score(theta, counts, basis.Z, offset)

    begin = np.append(solve_triangular(basis.L, plain.beta), np.log(start))
    theta, bread = maximise(loglik, score, begin)
    if np.exp(theta[-1]) < BOUNDARY_ALPHA:
        return _at_boundary(plain)
    V, G, df, words = covariance(bread, score(theta), cluster, cluster_name(cluster, name))
    mu, top = np.exp(basis.Z @ theta[:-1] + offset), float(loglik(theta).sum())
    beta, V = natural(basis, theta, V)
    method = Method.of(_exposed("nb2", exposure)).also(words)
    fit = Fit((*terms, LOG_ALPHA), beta, V, counts.size, G, df, plain.level, method, mu, top)
    fit = with_cautions(fit, basis, cluster)
    return NegativeBinomial(fit, _alpha(fit), _ratio_test(plain, top))


def zero_truncated(
    y: object,
    X: pd.DataFrame,
    cluster: object = None,
    level: float = LEVEL,
    *,
    name: str | None = None,
) -> Fit:
    """Negative binomial regression, NB2, of counts of which only those above 0 were collected.

    Maximum likelihood of the distribution given y > 0 (Cameron and Trivedi 2013, section 4.3). The
    coefficients are those of the counts before selection; `fitted` is their mean, zeros included.

    Parameters
    ----------
    y
        Counts, (n,), all above 0.
    X, cluster
        As for `poisson`.

    Raises
    ------
    UserError
        As `poisson`; a count of 0; no more variation than a truncated Poisson has.

    Notes
    -----
    Blind spot: how many zeros there were is read from the shape of the distribution alone.
    """
    counts, basis, terms, offset = _prepare(y, X, cluster, None)
    if (counts == 0).any():
        row = int(np.flatnonzero(counts == 0)[0]) + 1
        raise UserError("a count of 0 in truncated data", "use negative_binomial", row=row)
    start = negative_binomial(y, X)
    alpha = max(start.alpha.value, START_ALPHA)

    def loglik(theta: Floats) -> Floats:
        return _truncated_loglik(theta, counts, basis.Z, offset)

    def score(theta: Numbers) -> Numbers:
        return _truncated_score(theta, counts, basis.Z, offset)

    begin = np.append(solve_triangular(basis.L, start.fit.beta[: len(terms)]), np.log(alpha))
    try:
        theta, bread = maximise(loglik, score, begin)
    except UserError as error:
        raise UserError(
            "the likelihood of the truncated counts has no maximum: they vary no more than a "
            "truncated Poisson's, or the terms are too many",
            "report negative_binomial of the counts as they are, or use fewer terms",
        ) from error
    V, G, df, words = covariance(bread, score(theta), cluster, cluster_name(cluster, name))
    method = Method.of("nb2").also("truncated").also(words)
    mu, top = np.exp(basis.Z @ theta[:-1]), float(loglik(theta).sum())
    (beta, V), level = natural(basis, theta, V), check_level(level)
    fit = Fit((*terms, LOG_ALPHA), beta, V, counts.size, G, df, level, method, mu, top)
    return with_cautions(fit, basis, cluster)


def cameron_trivedi(y: object, fit: Fit, level: float = LEVEL) -> Tidy:
    """Regression test of equidispersion after a Poisson fit (Cameron and Trivedi 1990).

    ((y - mu)^2 - y) / mu on mu without intercept: the slope estimates alpha of NB2. The p-value is
    one-sided, against over-dispersion, from the normal.
    """
    fitted = fit.fitted if fit.index is None else pd.Series(fit.fitted, index=fit.index)
    same_rows(count=y, fitted=fitted)
    counts, mu = numbers(y, "count"), fit.fitted
    z = ((counts - mu) ** 2 - counts) / mu
    alpha = float(z @ mu / (mu @ mu))
    residual = z - alpha * mu
    se = sqrt(float(residual @ residual) / (counts.size - 1) / float(mu @ mu))
    half = float(special.ndtri((1 + check_level(level)) / 2)) * se
    p = float(special.ndtr(-alpha / se))
    method = Method.of("cameron_trivedi")
    return Tidy("alpha", alpha, se, alpha - half, alpha + half, level, p, counts.size, 0, method)


def rootogram(
    y: object, fit: Fit, alpha: float = 0.0, *, largest: int | None = None
) -> pd.DataFrame:
    """Observed and expected frequency of each count (Kleiber and Zeileis 2016).

    Parameters
    ----------
    y
        Counts, (n,).
    fit, alpha
        A Poisson fit, or the fit and alpha of NB2.
    largest
        Counts above are summed in one last row; by default the largest observed.

    Returns
    -------
    Columns `count`, `observed`, `expected`, `root_observed`, `root_expected`, `hanging_from`
    (where a bar hung from the expected root ends) and `open` (1 for the last row if it sums).
    """
    counts = numbers(y, "count").astype(int)
    top = int(counts.max()) if largest is None else largest
    k = np.arange(top + 1)
    observed = np.bincount(np.minimum(counts, top), minlength=top + 1).astype(float)
    expected = _probabilities(k, fit.fitted, alpha).sum(axis=0)
    summed = bool((counts > top).any())
    if summed:
        expected[-1] = counts.size - expected[:-1].sum()
    roots = np.sqrt(observed), np.sqrt(expected)
    return pd.DataFrame(
        {
            "count": k,
            "observed": observed,
            "expected": expected,
            "root_observed": roots[0],
            "root_expected": roots[1],
            "hanging_from": roots[1] - roots[0],
            "open": ((k == top) & summed).astype(int),
        }
    )


def _prepare(
    y: object, X: pd.DataFrame, cluster: object, exposure: object
) -> tuple[Floats, Basis, tuple[str, ...], Floats]:
    same_rows(count=y, terms=X, clusters=cluster, exposure=exposure)
    counts = numbers(y, "count")
    bad = np.flatnonzero((counts < 0) | (counts != np.round(counts)))
    if bad.size:
        row = int(bad[0])
        raise UserError("not a count", "use whole numbers from 0", row=row + 1, value=counts[row])
    matrix, terms = check_design(X, counts.size)
    if not counts.any():
        raise UserError("all counts are 0", "there is nothing to model")
    refuse_separation(matrix, np.where(counts == 0, -1.0, 0.0), terms)
    if exposure is None:
        return counts, standard(matrix, terms), terms, np.zeros(counts.size)
    exposed = numbers(exposure, "exposure")
    if (exposed <= 0).any():
        row = int(np.flatnonzero(exposed <= 0)[0]) + 1
        raise UserError("exposure must be positive", "drop or mend the row", row=row)
    return counts, standard(matrix, terms), terms, np.log(exposed)


def _exposed(word: str, exposure: object) -> str:
    exposed = {"poisson": "poisson_exposed", "nb2": "nb2_exposed"}
    return word if exposure is None else exposed[word]


def _irls(y: Floats, X: Floats, offset: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients, means and inverse information of the Poisson GLM."""
    beta = glm_coefficients(y, X, "Poisson", offset)
    mu: Floats = np.exp(X @ beta + offset)
    return beta, mu, np.asarray(np.linalg.inv((X.T * mu) @ X), dtype=float)


def _nb2_loglik(theta: Floats, y: Floats, X: Floats, offset: Floats) -> Floats:
    mu, r = np.exp(X @ theta[:-1] + offset), np.exp(-theta[-1])
    choose = special.gammaln(y + r) - special.gammaln(r) - special.gammaln(y + 1)
    return np.asarray(choose + special.xlogy(y, mu / (mu + r)) - r * np.log1p(mu / r))


def _nb2_score(theta: Numbers, y: Floats, X: Floats, offset: Floats) -> Numbers:
    mu, r = np.exp(X @ theta[:-1] + offset), np.exp(-theta[-1])
    d_eta = (y - mu) * r / (mu + r)
    d_r = special.psi(y + r) - special.psi(r) - np.log1p(mu / r) + (mu - y) / (mu + r)
    return np.column_stack([X * d_eta[:, None], -r * d_r])


def _truncated_loglik(theta: Floats, y: Floats, X: Floats, offset: Floats) -> Floats:
    mu, r = np.exp(X @ theta[:-1] + offset), np.exp(-theta[-1])
    above_zero = np.log(-np.expm1(-r * np.log1p(mu / r)))
    return np.asarray(_nb2_loglik(theta, y, X, offset) - above_zero)


def _truncated_score(theta: Numbers, y: Floats, X: Floats, offset: Floats) -> Numbers:
    """Score of NB2 plus that of the chance of 0, times its odds."""
    mu, r = np.exp(X @ theta[:-1] + offset), np.exp(-theta[-1])
    odds = 1 / np.expm1(r * np.log1p(mu / r))
    d_eta = -mu * r / (r + mu)
    d_log_alpha = -r * (mu / (r + mu) - np.log1p(mu / r))
    scores = _nb2_score(theta, y, X, offset)
    return np.asarray(scores + odds[:, None] * np.column_stack([X * d_eta[:, None], d_log_alpha]))


def _slope_at_zero(y: Floats, mu: Floats) -> float:
    """Derivative of the log-likelihood in alpha at 0, times 2."""
    return float(((y - mu) ** 2 - y).sum())


def _moment_alpha(y: Floats, mu: Floats, k: int) -> float:
    spread = float((((y - mu) ** 2 - mu) / mu**2).sum()) / (y.size - k)
    return min(max(spread, 0.05), 20.0)


def _at_boundary(plain: Fit) -> NegativeBinomial:
    method = Method.of("nb2_boundary", fit=plain.method)
    counts = (plain.n, plain.n_clusters)
    fit = replace(plain, method=method)
    alpha = Tidy("alpha", 0.0, level=plain.level, n=counts[0], n_clusters=counts[1], method=method)
    return NegativeBinomial(fit, alpha, _ratio_test(plain, plain.loglik))


def _alpha(fit: Fit) -> Tidy:
    line = fit[LOG_ALPHA]
    alpha, low, high = (float(np.exp(v)) for v in (line.value, line.ci_low, line.ci_high))
    method = fit.method.then("log_interval_delta")
    return Tidy(
        "alpha", alpha, alpha * line.se, low, high, fit.level, nan, fit.n, fit.n_clusters, method
    )


def _ratio_test(plain: Fit, top: float) -> Tidy:
    return boundary_ratio_test(plain.loglik, top, plain.n, ("model_nb2", "model_poisson"))


def _probabilities(k: NDArray[np.intp], mu: Floats, alpha: float) -> Floats:
    """Chance of each count k (m,) in each row of mean mu (n,): (n, m)."""
    mean = mu[:, None]
    if alpha == 0:
        return np.asarray(np.exp(special.xlogy(k, mean) - mean - special.gammaln(k + 1)))
    r = 1 / alpha
    choose = special.gammaln(k + r) - special.gammaln(r) - special.gammaln(k + 1)
    return np.asarray(np.exp(choose + special.xlogy(k, mean / (mean + r)) - r * np.log1p(mean / r)))
