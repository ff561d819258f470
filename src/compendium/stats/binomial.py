"""Beta-binomial model of a share by row, on the logit scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.linalg import solve_triangular

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, same_rows, without_index
from compendium.stats.clusters import cluster_name
from compendium.stats.design import check_design
from compendium.stats.fit import Fit, with_cautions
from compendium.stats.fitted import fit, read
from compendium.stats.maximum_likelihood import Numbers, covariance, logistic, maximise, natural
from compendium.stats.method import Method
from compendium.stats.overdispersion import boundary_ratio_test
from compendium.stats.proportions import check_counts
from compendium.stats.solve import standard
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

START_RHO = 0.1
BOUNDARY_RHO = 1e-6
"""An intra-cluster correlation below this cannot be told from 0."""
LOGIT_RHO = "logit(rho)"


@dataclass(frozen=True, eq=False)
class BetaBinomial:
    """A beta-binomial fit.

    Attributes
    ----------
    fit
        Coefficients on the logit scale, then logit(rho) unless rho is 0.
    rho
        Correlation of two trials of one row, interval on the logit scale.
    overdispersion
        value = likelihood ratio against the binomial; p halves the chi-squared one, since rho = 0
        lies on the boundary (Self and Liang 1987).
    """

    fit: Fit
    rho: Tidy
    overdispersion: Tidy


def beta_binomial(
    successes: object,
    trials: object,
    X: pd.DataFrame,
    cluster: object = None,
    level: float = LEVEL,
    *,
    name: str | None = None,
) -> BetaBinomial:
    """Beta-binomial by maximum likelihood: logit mean, one intra-row correlation rho.

    Each row's chance is drawn from a beta distribution with mean mu and rho = 1 / (1 + a + b)
    (Skellam 1948; Prentice 1986). When the likelihood is highest at rho = 0 the binomial fit is
    returned, rho is 0 with nan for its error, and the method says so.

    Parameters
    ----------
    successes, trials
        Counts by row; every row has at least one trial.
    X
        Terms, (n, k), as from `design`.
    cluster
        Label of each row's cluster: CR1 errors with t(G-1); clusters may hold several rows. Without
        it the errors are the model's.

    Raises
    ------
    UserError
        No trials, missing values, collinear terms, perfect separation; or no row has two trials, so
        rho cannot be seen.
    """
    same_rows(successes=successes, trials=trials, terms=X, clusters=cluster)
    x, n = check_counts(successes, trials)
    if n.max() < 2:
        raise UserError("every row has one trial, so rho cannot be estimated", "fit a binomial GLM")
    matrix, terms = check_design(X, x.size)
    columns, cluster = pd.DataFrame(matrix, columns=list(terms)), without_index(cluster)
    plain = _binomial(x, n, columns, cluster, level, name)
    basis = standard(matrix, terms)
    if _slope_at_zero(x, n, plain.fitted) <= 0:
        return _at_boundary(plain)

    def loglik(theta: Floats) -> Floats:
        return _beta_binomial_loglik(theta, x, n, basis.Z)

    def score(theta: Numbers) -> Numbers:
        return _beta_binomial_score(theta, x, n, basis.Z)

    start = np.append(solve_triangular(basis.L, plain.beta), special.logit(START_RHO))
    theta, bread = maximise(loglik, score, start)
    if special.expit(theta[-1]) < BOUNDARY_RHO:
        return _at_boundary(plain)
    clusters = cluster_name(cluster, name)
    V, G, df, words = covariance(bread, score(theta), cluster, clusters)
    method = Method.of("beta_binomial").also(words)
    mu, top = special.expit(basis.Z @ theta[:-1]), float(loglik(theta).sum())
    beta, V = natural(basis, theta, V)
    found = Fit((*terms, LOGIT_RHO), beta, V, x.size, G, df, plain.level, method, mu, top)
    found = with_cautions(found, basis, cluster)
    return BetaBinomial(found, _rho(found), _ratio_test(plain, top))


def _binomial(
    x: Floats, n: Floats, X: pd.DataFrame, cluster: object, level: float, name: str | None
) -> Fit:
    """The binomial model by statsmodels, with the log-likelihood of the counts."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    model = GLM(x / n, X, Binomial(), var_weights=n)
    plain = read(fit(model, cluster, name=name), level)
    return replace(plain, loglik=float(_binomial_loglik(x, n, plain.fitted).sum()))


def _binomial_loglik(x: Floats, n: Floats, mu: Floats) -> Floats:
    log_choose = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return np.asarray(log_choose + special.xlogy(x, mu) + special.xlogy(n - x, 1 - mu))


def _beta_binomial_loglik(theta: Floats, x: Floats, n: Floats, X: Floats) -> Floats:
    eta, phi = X @ theta[:-1], np.exp(-theta[-1])
    a, b = special.expit(eta) * phi, special.expit(-eta) * phi
    log_choose = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return np.asarray(log_choose + special.betaln(x + a, n - x + b) - special.betaln(a, b))


def _beta_binomial_score(theta: Numbers, x: Floats, n: Floats, X: Floats) -> Numbers:
    eta, phi = X @ theta[:-1], np.exp(-theta[-1])
    mu, nu = logistic(eta), logistic(-eta)
    a, b = mu * phi, nu * phi
    both = special.psi(phi) - special.psi(n + phi)
    d_a = special.psi(x + a) - special.psi(a) + both
    d_b = special.psi(n - x + b) - special.psi(b) + both
    d_eta = phi * (d_a - d_b) * mu * nu
    d_rho = -phi * (mu * d_a + nu * d_b)
    return np.column_stack([X * d_eta[:, None], d_rho])


def _slope_at_zero(x: Floats, n: Floats, mu: Floats) -> float:
    """Derivative of the log-likelihood in rho at 0 (Tarone 1979), up to a positive factor."""
    return float((x * (x - 1) / mu + (n - x) * (n - x - 1) / (1 - mu) - n * (n - 1)).sum())


def _at_boundary(plain: Fit) -> BetaBinomial:
    method = Method.of("beta_binomial_boundary", fit=plain.method)
    counts = (plain.n, plain.n_clusters)
    fit = replace(plain, method=method)
    rho = Tidy("rho", 0.0, level=plain.level, n=counts[0], n_clusters=counts[1], method=method)
    return BetaBinomial(fit, rho, _ratio_test(plain, plain.loglik))


def _rho(fit: Fit) -> Tidy:
    line = fit[LOGIT_RHO]
    rho, low, high = (float(special.expit(v)) for v in (line.value, line.ci_low, line.ci_high))
    method = fit.method.then("logit_interval_delta")
    return Tidy(
        "rho",
        rho,
        line.se * rho * (1 - rho),
        low,
        high,
        fit.level,
        nan,
        fit.n,
        fit.n_clusters,
        method,
    )


def _ratio_test(plain: Fit, top: float) -> Tidy:
    return boundary_ratio_test(
        plain.loglik, top, plain.n, ("model_beta_binomial", "model_binomial")
    )
