"""Counts without their zeros, and shares averaged over rows: recovered truth and identities."""

import numpy as np
import pandas as pd
import pytest
from door import binomial_glm, negative_binomial, zero_truncated
from scipy import special

from compendium.stats.design import INTERCEPT, design
from compendium.stats.marginal import average_share
from compendium.stats.proportions import pooled_share


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
    truth = {INTERCEPT: 0.5, "epidemic": 0.6, "deaths": 0.2, "alpha": 0.5}
    for term, value in truth.items():
        assert abs(found[term].value - value) < 3 * found[term].se
    ignored = negative_binomial(seen["count"], terms)
    assert abs(ignored["epidemic"].value - 0.6) > 3 * ignored["epidemic"].se


def test_a_zero_in_truncated_data_is_left_out_by_statsmodels():
    whole, seen = FRAME["count"], FRAME["count"] > 0
    found, wanted = zero_truncated(whole, X), zero_truncated(whole[seen], X[seen])
    assert found.n == wanted.n == seen.sum()
    np.testing.assert_allclose(found.beta, wanted.beta, rtol=1e-9)


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
