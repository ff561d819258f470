"""Shares over clusters: identities, coverage, edges and refusals."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.stats.checks import t_quantile
from compendium.stats.proportions import (
    binomial_interval,
    pooled_share,
)

IDENTITY = 1e-12
"""Two closed forms of one quantity differ by rounding alone."""


def clustered_counts(rng, G=40, p=0.3, rho=0.2, mean=6):
    q = rng.beta(p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho, G)
    trials = 1 + rng.poisson(mean, G)
    return rng.binomial(trials, q), trials


def test_rows_of_one_trial_give_the_share_of_a_simple_sample():
    x = np.array([1, 0, 0, 1, 1, 0, 1, 1])
    found = pooled_share(x, np.ones(8))
    assert found.value == x.mean()
    assert found.se == pytest.approx(x.std(ddof=1) / np.sqrt(8), rel=IDENTITY)
    assert found.n_clusters == 8


def test_splitting_a_cluster_into_rows_changes_nothing():
    whole = pooled_share([3, 1, 5], [6, 4, 5])
    split = pooled_share([1, 2, 1, 5], [2, 4, 4, 5], cluster=["a", "a", "b", "c"])
    assert (split.value, split.se) == pytest.approx((whole.value, whole.se), rel=IDENTITY)
    assert (split.ci_low, split.ci_high) == pytest.approx(
        (whole.ci_low, whole.ci_high), rel=IDENTITY
    )


def test_a_share_and_its_complement_mirror_each_other():
    x, n = clustered_counts(np.random.default_rng(1))
    for interval in ("logit", "korn-graubard"):
        a, b = (pooled_share(k, n, interval=interval) for k in (x, n - x))
        assert (a.ci_low, a.ci_high) == pytest.approx((1 - b.ci_high, 1 - b.ci_low), rel=1e-9)


def test_intervals_cover_the_true_share_in_most_samples():
    rng = np.random.default_rng(7)
    draws, p = 600, 0.3
    covered = {"logit": 0, "korn-graubard": 0}
    for _ in range(draws):
        x, n = clustered_counts(rng, p=p)
        for interval in covered:
            found = pooled_share(x, n, interval=interval)
            covered[interval] += found.ci_low <= p <= found.ci_high
    # Three Monte Carlo standard errors of 600 draws at 0.95 are 0.027.
    assert covered["logit"] / draws > 0.923
    assert covered["korn-graubard"] / draws > 0.923


def test_ignoring_clusters_would_be_overconfident():
    x, n = clustered_counts(np.random.default_rng(2), rho=0.4, mean=12)
    naive = binomial_interval(x.sum(), n.sum())
    assert pooled_share(x, n).se > 1.5 * naive.se


def test_equal_shares_in_all_clusters_are_not_certainty():
    found = pooled_share([1, 2, 3], [2, 4, 6])
    assert found.value == 0.5
    assert np.isnan(found.se)
    assert found.ci_low < 0.2
    assert found.ci_high > 0.8


def test_the_method_names_the_clusters():
    cluster = pd.Series(["a", "b", "b", "c"], name="incident_id")
    found = pooled_share([1, 0, 2, 1], [2, 1, 3, 4], cluster=cluster)
    assert str(found.method) == "pooled share, CR1 by incident_id, 3 clusters, logit interval, t(2)"
    assert (found.n, found.n_clusters, found.level) == (4, 3, 0.95)


def test_t_quantile_is_the_normal_one_without_end():
    assert t_quantile(0.95, np.inf) == pytest.approx(1.959963984540054, rel=IDENTITY)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([], []), "no trials"),
        (([0, 0], [0, 0]), "no trials"),
        (([1, 0], [2, 0]), "without trials"),
        (([3, 1], [2, 2]), "outside 0 to trials"),
        (([1, None], [2, 2]), "successes is missing"),
        (([1, 2], [2, 3, 4]), "successes and trials differ in rows, 2 and 3"),
        (([1, 2], [2, 3], ["a", "a"]), "1 cluster"),
        (([1, 2], [2, 3], ["a", None]), "cluster label is missing"),
        (([1, 2], [2, 3], ["a"]), "successes and clusters differ in rows, 2 and 1"),
        (([1, 2], [2, 3], None, 95), "level"),
    ],
)
def test_bad_counts_are_refused_in_one_line(arguments, words):
    with pytest.raises(UserError, match=words) as error:
        pooled_share(*arguments)
    assert "\n" not in str(error.value)


def test_other_refusals():
    with pytest.raises(UserError, match="unknown interval"):
        pooled_share([1, 0], [2, 2], interval="wald")
    with pytest.raises(UserError, match="no trials"):
        binomial_interval(0, 0)
