"""Ordered logit: its kin with the binary logit, recovered truth, effects, separation."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.stats.binomial import binomial_glm
from compendium.stats.design import design
from compendium.stats.ordinal import ordered_logit


def simulated(n=400, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"pressure": rng.normal(size=n), "digital": rng.integers(0, 2, n)})
    latent = 0.8 * frame["pressure"] - 0.5 * frame["digital"] + rng.logistic(size=n)
    frame["excess"] = np.searchsorted([-1.0, 0.5, 2.0], latent)
    frame["province"] = rng.integers(0, 20, n)
    return frame


FRAME = simulated()
X = design(FRAME, ["pressure", "digital"])


def test_two_categories_are_a_binary_logit():
    y = (FRAME["excess"] > 1).astype(int)
    ordered = ordered_logit(y, X, FRAME["province"])
    binary = binomial_glm(y, np.ones(len(y)), X, FRAME["province"])
    for term in ("pressure", "digital"):
        assert ordered.fit[term].value == pytest.approx(binary[term].value, rel=1e-8)
        assert ordered.fit[term].se == pytest.approx(binary[term].se, rel=1e-7)
    assert ordered.fit["0|1"].value == pytest.approx(-binary["(intercept)"].value, rel=1e-7)


def test_truth_is_recovered():
    frame = simulated(2500, seed=2)
    fit = ordered_logit(frame["excess"], design(frame, ["pressure", "digital"])).fit
    truth = {"pressure": 0.8, "digital": -0.5, "0|1": -1.0, "1|2": 0.5, "2|3": 2.0}
    assert fit.terms == tuple(truth)
    for term, value in truth.items():
        assert abs(fit[term].value - value) < 3 * fit[term].se


def test_turning_the_scale_turns_the_signs():
    fit = ordered_logit(FRAME["excess"], X).fit
    turned = ordered_logit(-FRAME["excess"], X).fit
    assert turned["pressure"].value == pytest.approx(-fit["pressure"].value, rel=1e-8)
    assert turned["pressure"].se == pytest.approx(fit["pressure"].se, rel=1e-7)
    assert turned.loglik == pytest.approx(fit.loglik, rel=1e-12)


def test_probabilities_add_up_and_match_the_shares():
    model = ordered_logit(FRAME["excess"], X)
    p = model.probabilities()
    assert p.sum(axis=1) == pytest.approx(1)
    shares = FRAME["excess"].value_counts(normalize=True).sort_index().to_numpy()
    np.testing.assert_allclose(p.mean(axis=0), shares, atol=0.02)
    assert p.min() > 0


def test_a_constant_design_gives_the_shares_as_thresholds():
    with_noise = X.assign(pressure=np.tile([-1.0, 1.0], 200))
    model = ordered_logit(FRAME["excess"], with_noise[["(intercept)", "pressure"]])
    share = (FRAME["excess"] == 0).mean()
    assert 1 / (1 + np.exp(-model.fit["0|1"].value)) == pytest.approx(share, abs=0.01)


def test_perfect_separation_is_refused():
    y = np.where(FRAME["digital"] == 1, 3, FRAME["excess"] % 3)
    with pytest.raises(UserError, match=r"perfect separation.*digital"):
        ordered_logit(y, X)


def test_one_category_and_collinear_terms_are_refused():
    with pytest.raises(UserError, match="one category only"):
        ordered_logit(np.ones(len(X)), X)
    with pytest.raises(UserError, match="column again"):
        ordered_logit(FRAME["excess"], X.assign(again=X["pressure"] * 3))
    with pytest.raises(UserError, match="outcome is missing"):
        ordered_logit(FRAME["excess"].where(FRAME["digital"] == 1), X)
