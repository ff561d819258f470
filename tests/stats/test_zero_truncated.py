"""Counts without their zeros, and shares averaged over rows: recovered truth and identities."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from compendium.errors import UserError
from compendium.stats.binomial import binomial_glm
from compendium.stats.counts import (
    _nb2_loglik,
    _truncated_loglik,
    _truncated_score,
    negative_binomial,
    zero_truncated,
)
from compendium.stats.design import INTERCEPT, design
from compendium.stats.marginal import average_share
from compendium.stats.proportions import pooled_share

DIFFERENCES = 1e-6
"""Central differences of a likelihood keep about half the digits."""


def simulated(n=300, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "epidemic": rng.integers(0, 2, n),
            "deaths": rng.exponential(1.0, n),
            "province": rng.choice([f"p{k:02d}" for k in range(25)], n),
            "trials": 1 + rng.poisson(5, n),
        }
    )
    mu = special.expit(-0.4 + 0.9 * frame["epidemic"] - 0.3 * frame["deaths"])
    frame["successes"] = rng.binomial(frame["trials"], mu)
    mean = np.exp(0.5 + 0.6 * frame["epidemic"] + 0.2 * frame["deaths"])
    frame["count"] = rng.negative_binomial(2.0, 2.0 / (2.0 + mean))
    return frame


FRAME = simulated()
X = design(FRAME, ["epidemic", "deaths"])


def test_the_truth_is_recovered_from_what_truncation_left():
    frame = simulated(3000, seed=5)
    seen = frame[frame["count"] > 0].reset_index(drop=True)
    terms = design(seen, ["epidemic", "deaths"])
    found = zero_truncated(seen["count"], terms)
    truth = {INTERCEPT: 0.5, "epidemic": 0.6, "deaths": 0.2, "log(alpha)": np.log(0.5)}
    for term, value in truth.items():
        assert abs(found[term].value - value) < 3 * found[term].se
    ignored = negative_binomial(seen["count"], terms).fit
    assert abs(ignored["epidemic"].value - 0.6) > 3 * ignored["epidemic"].se


def test_truncated_chances_are_those_of_the_counts_above_zero():
    theta, one = np.array([0.4, -0.7]), np.ones((8, 1))
    y, none = np.arange(1.0, 9.0), np.zeros(8)
    r, mu = np.exp(0.7), np.exp(0.4)
    chances = stats.nbinom(r, r / (r + mu))
    expected = chances.pmf(y) / chances.sf(0)
    np.testing.assert_allclose(np.exp(_truncated_loglik(theta, y, one, none)), expected, rtol=1e-10)


def test_truncation_does_not_matter_where_zeros_are_out_of_the_question():
    theta, one = np.array([6.0, -3.0]), np.ones((3, 1))
    y, none = np.array([350.0, 400.0, 480.0]), np.zeros(3)
    whole = _nb2_loglik(theta, y, one, none)
    np.testing.assert_allclose(_truncated_loglik(theta, y, one, none), whole, rtol=1e-12)


def test_the_score_is_the_slope_of_the_truncated_likelihood():
    y, matrix = FRAME["count"].to_numpy(dtype=float) + 1, X.to_numpy()
    theta, offset, h = np.array([0.2, -0.4, 0.1, -0.7]), np.zeros(len(y)), 1e-6
    for j in range(theta.size):
        step = h * np.eye(theta.size)[j]
        ends = (_truncated_loglik(theta + s, y, matrix, offset) for s in (step, -step))
        slope = np.subtract(*ends) / (2 * h)
        score = _truncated_score(theta, y, matrix, offset)[:, j]
        np.testing.assert_allclose(score, slope, atol=DIFFERENCES)


def test_a_zero_in_truncated_data_is_refused():
    with pytest.raises(UserError, match="count of 0"):
        zero_truncated(FRAME["count"], X)


def test_mean_share_of_equal_lists_is_the_pooled_share():
    equal = FRAME.assign(trials=9, successes=np.minimum(FRAME["successes"], 9))
    fit = binomial_glm(equal["successes"], equal["trials"], X, equal["province"])
    found = average_share(fit, X)
    assert found.value == pytest.approx(equal["successes"].sum() / equal["trials"].sum())


def test_without_terms_the_mean_share_has_the_interval_of_the_pooled_share():
    alone = X[[INTERCEPT]]
    fit = binomial_glm(FRAME["successes"], FRAME["trials"], alone, FRAME["province"])
    found = average_share(fit, alone)
    same = pooled_share(FRAME["successes"], FRAME["trials"], FRAME["province"])
    assert (found.ci_low, found.ci_high) == pytest.approx((same.ci_low, same.ci_high), rel=1e-6)
    assert found.value == pytest.approx(float(special.expit(fit.beta[0])))
