"""What models of counts say beside their coefficients: dispersion, and how well counts fit."""

from __future__ import annotations

from math import inf, nan, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, check_level, t_quantile
from compendium.stats.fitted import ALPHA, read
from compendium.stats.method import Method
from compendium.stats.overdispersion import boundary_ratio_test
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]


def dispersion(results: Any, level: float = LEVEL) -> Tidy:
    """Dispersion alpha of a negative binomial model, variance = mu + alpha mu^2.

    Parameters
    ----------
    results
        A fitted `NegativeBinomial` of statsmodels; 1 / alpha is the theta of MASS.

    Notes
    -----
    The interval is symmetric on the log scale, by the delta method: alpha is above 0. There is no
    p-value, for 0 lies on the boundary; see `overdispersion`.

    Raises
    ------
    UserError
        A model without dispersion; what `read` refuses.
    """
    fit = read(results, level)
    if ALPHA not in fit.terms:
        raise UserError("the model has no dispersion", "fit NegativeBinomial")
    line = fit[ALPHA]
    factor = np.exp(t_quantile(fit.level, fit.df) * line.se / line.value)
    method = fit.method.then("log_interval_delta")
    ends = line.value / factor, line.value * factor
    return Tidy(ALPHA, line.value, line.se, *ends, fit.level, nan, fit.n, fit.n_clusters, method)


def overdispersion(results: Any, plain: Any) -> Tidy:
    """Likelihood ratio of a negative binomial model against the Poisson model of the same rows.

    p halves the chi-squared one, since alpha = 0 lies on the boundary.
    """
    n = int(results.nobs)
    return boundary_ratio_test(plain.llf, results.llf, n, ("model_nb2", "model_poisson"))


def cameron_trivedi(results: Any, level: float = LEVEL) -> Tidy:
    """Regression test of equidispersion after a Poisson fit (Cameron and Trivedi 1990).

    ((y - mu)^2 - y) / mu on mu without intercept: the slope estimates alpha of NB2. The p-value is
    one-sided, against over-dispersion, from the normal.

    Parameters
    ----------
    results
        A fitted Poisson model of statsmodels.
    """
    counts, mu = np.asarray(results.model.endog), np.asarray(results.predict())
    z = ((counts - mu) ** 2 - counts) / mu
    alpha = float(z @ mu / (mu @ mu))
    residual = z - alpha * mu
    se = sqrt(float(residual @ residual) / (counts.size - 1) / float(mu @ mu))
    half = t_quantile(check_level(level), inf) * se
    p = float(special.ndtr(-alpha / se))
    method = Method.of("cameron_trivedi")
    return Tidy(ALPHA, alpha, se, alpha - half, alpha + half, level, p, counts.size, 0, method)


def rootogram(results: Any, *, largest: int | None = None) -> pd.DataFrame:
    """Observed and expected frequency of each count (Kleiber and Zeileis 2016).

    Parameters
    ----------
    results
        A fitted Poisson or negative binomial (NB2) model of statsmodels.
    largest
        Counts above are summed in one last row; by default the largest observed.

    Returns
    -------
    Columns `count`, `observed`, `expected`, `root_observed`, `root_expected`, `hanging_from`
    (where a bar hung from the expected root ends) and `open` (1 for the last row if it sums).
    """
    fitted = dict(zip(results.model.exog_names, np.asarray(results.params), strict=True))
    alpha, mu = fitted.get(ALPHA, 0.0), np.asarray(results.predict())
    counts = np.asarray(results.model.endog).astype(int)
    top = int(counts.max()) if largest is None else largest
    k = np.arange(top + 1)
    observed = np.bincount(np.minimum(counts, top), minlength=top + 1).astype(float)
    expected = _probabilities(k, mu, alpha).sum(axis=0)
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


def _probabilities(k: NDArray[np.intp], mu: Floats, alpha: float) -> Floats:
    """Chance of each count k (m,) in each row of mean mu (n,): (n, m)."""
    mean = mu[:, None]
    if alpha == 0:
        return np.asarray(np.exp(special.xlogy(k, mean) - mean - special.gammaln(k + 1)))
    r = 1 / alpha
    choose = special.gammaln(k + r) - special.gammaln(r) - special.gammaln(k + 1)
    return np.asarray(np.exp(choose + special.xlogy(k, mean / (mean + r)) - r * np.log1p(mean / r)))
