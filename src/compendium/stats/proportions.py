"""Shares over clusters: so many of so many trials, over clusters that differ in size."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, check_level, numbers, refuse_rows, same_rows, t_quantile
from compendium.stats.clusters import cluster_codes, cluster_name, cluster_sums
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

NO_VARIANCE = 1e-12
"""Errors below this, relative to the share, are rounding: all clusters have one share."""

INTERVALS = ("logit", "korn-graubard")


@dataclass(frozen=True)
class _Linearised:
    """A share and what its clusters say of its precision; `u` is the linearised value (G,)."""

    share: float
    se: float
    u: Floats
    trials: float
    n: int
    G: int
    clusters: str


def check_counts(successes: object, trials: object) -> tuple[Floats, Floats]:
    """Return successes and trials as floats.

    Raises
    ------
    UserError
        A value is missing, a row has no trials, or successes lie outside 0 to trials.
    """
    same_rows(successes=successes, trials=trials)
    x, n = numbers(successes, "successes"), numbers(trials, "trials")
    if not x.size or n.sum() == 0:
        raise UserError("no trials: a share of nothing does not exist", "check the selection")
    mend = "drop the row openly or mend it"
    refuse_rows(n <= 0, "a row without trials has no share", mend, x)
    refuse_rows((x < 0) | (x > n), "successes lie outside 0 to trials", mend, x)
    return x, n


def pooled_share(
    successes: object,
    trials: object,
    cluster: object = None,
    level: float = LEVEL,
    *,
    interval: str = "logit",
    name: str | None = None,
    term: str = "share",
) -> Tidy:
    """Share of all trials, a ratio of totals, with a standard error by cluster.

    The estimate is sum(x) / sum(n), so that large clusters count for more; its variance is that of
    the linearised ratio, G/(G-1) sum(u_g^2) / N^2 with u_g = x_g - p n_g, which equals CR1 of an
    intercept-only binomial GLM. The interval is built on the logit scale with t(G-1): it stays in
    (0, 1), and is asymmetric as counts near an edge require.

    When all clusters have one and the same share (0 and 1 among them) the linearised variance
    is 0, which is not knowledge. The interval is then Clopper-Pearson on G trials, as if each
    cluster had been a single draw (the most cautious effective sample size), and `se` is nan.

    Parameters
    ----------
    successes, trials
        Counts by row; every row has at least one trial.
    cluster
        Label of each row's cluster; None makes each row a cluster of its own.
    interval
        "logit", or "korn-graubard": Clopper-Pearson on the effective number of trials
        (Korn and Graubard 1998), wider for rare findings.
    name
        What the method calls the clusters; the series' own name by default.

    Raises
    ------
    UserError
        No trials, missing values, one cluster only, unknown interval.

    Notes
    -----
    Blind spot: with fewer than about 30 clusters of unequal size CR1 is too small; the bootstrap
    and the beta-binomial are the cross-checks. No p-value: a share is not tested against 0.
    """
    if interval not in INTERVALS:
        raise UserError("unknown interval", f"use one of {', '.join(INTERVALS)}", value=interval)
    same_rows(successes=successes, trials=trials, clusters=cluster)
    x, n = check_counts(successes, trials)
    codes, G = cluster_codes(cluster, x.size)
    share = float(x.sum() / n.sum())
    u = cluster_sums(x - share * n, codes, G)
    total = float(n.sum())
    fit = _Linearised(share, _ratio_se(u, total), u, total, x.size, G, cluster_name(cluster, name))
    if fit.se <= NO_VARIANCE * fit.share:
        return _without_variance(fit, check_level(level), term)
    if interval == "logit":
        low, high = logit_interval(fit.share, fit.se, fit.G - 1, level)
        how = Method.of("logit_interval").also("t", df=fit.G - 1)
    else:
        low, high = _korn_graubard(fit, check_level(level))
        how = Method.of("korn_graubard")
    errors = Method.of("clustered", kind="CR1", by=fit.clusters, G=fit.G)
    method = Method.of("pooled_share").also(errors).also(how)
    return Tidy(term, fit.share, fit.se, low, high, level, nan, fit.n, fit.G, method)


def logit_interval(share: float, se: float, df: float, level: float) -> tuple[float, float]:
    """Interval of a share in (0, 1), symmetric on the logit scale, with t(df)."""
    half = t_quantile(check_level(level), df) * se / (share * (1 - share))
    centre = special.logit(share)
    return float(special.expit(centre - half)), float(special.expit(centre + half))


def clopper_pearson(successes: float, trials: float, level: float) -> tuple[float, float]:
    """Exact binomial interval; successes and trials may be effective, so need not be whole."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(successes, trials, 1 - level, "beta")
    return float(low), float(high)


def wilson(successes: float, trials: float, z: float) -> tuple[float, float]:
    """Wilson (1927) score limits at z standard errors."""
    p = successes / trials
    centre = (p + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2))
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return low, high


def binomial_interval(
    successes: float, trials: float, level: float = LEVEL, *, term: str = "share"
) -> Tidy:
    """Share of independent trials, with Wilson's score interval.

    Raises
    ------
    UserError
        No trials, or successes outside 0 to trials.
    """
    x, n = (float(v[0]) for v in check_counts([successes], [trials]))
    p = x / n
    low, high = wilson(x, n, t_quantile(check_level(level), np.inf))
    method = Method.of("independent_share").also("wilson")
    return Tidy(term, p, sqrt(p * (1 - p) / n), low, high, level, nan, int(n), 0, method)


def _ratio_se(u: Floats, trials: float) -> float:
    G = u.size
    return float(sqrt(G / (G - 1) * (u @ u)) / trials)


def _korn_graubard(fit: _Linearised, level: float) -> tuple[float, float]:
    effective = fit.share * (1 - fit.share) / fit.se**2
    effective *= (t_quantile(level, fit.trials - 1) / t_quantile(level, fit.G - 1)) ** 2
    effective = min(effective, fit.trials)
    return clopper_pearson(fit.share * effective, effective, level)


def _without_variance(fit: _Linearised, level: float, term: str) -> Tidy:
    low, high = clopper_pearson(fit.share * fit.G, fit.G, level)
    method = Method.of("pooled_share").also("no_variation", G=fit.G, by=fit.clusters)
    method = method.namely("clopper_pearson", n=fit.G)
    return Tidy(term, fit.share, nan, low, high, level, nan, fit.n, fit.G, method)
