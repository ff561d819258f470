"""Meta-analysis: identities, coverage, back-transformation and stated refusals."""

import numpy as np
import pytest
from estimators import given_effects

from compendium.errors import UserError
from compendium.stats.meta_analysis import (
    fisher_z,
    forest,
    logit_shares,
    random_effects,
)

Y = [0.2, 0.5, -0.1, 0.7, 0.3]
SE = [0.1, 0.2, 0.15, 0.25, 0.1]
NAMES = list("abcde")


def test_equal_effects_are_the_inverse_variance_mean():
    found = random_effects(given_effects(Y, SE, NAMES), method="EE", test="z")
    w = 1 / np.square(SE)
    assert found.mean.value == pytest.approx(np.average(Y, weights=w))
    assert found.mean.se == pytest.approx(w.sum() ** -0.5)


def test_equal_precision_makes_hartung_knapp_the_one_sample_t():
    found = random_effects(given_effects(Y, [0.1] * 5, NAMES))
    assert found.mean.se == pytest.approx(np.std(Y, ddof=1) / np.sqrt(5), rel=1e-9)
    assert "Hartung-Knapp, t(4)" in str(found.mean.method)


def test_estimators_of_tau2_agree_for_equal_precision():
    effects = given_effects(Y, [0.1] * 5, NAMES)
    found = [random_effects(effects, method=m).tau2.value for m in ("REML", "DL", "PM")]
    assert found == pytest.approx([np.var(Y, ddof=1) - 0.01] * 3, rel=1e-9)


def test_homogeneous_studies_have_no_variance_between_them():
    found = random_effects(given_effects([0.1, 0.11, 0.1], [0.2, 0.2, 0.3], list("abc")))
    assert found.tau2.value == 0
    assert np.isnan([found.tau2.ci_low, found.tau2.ci_high]).all()
    assert "no interval" in str(found.tau2.method)
    assert (found.I2, found.H2) == (0, 1)
    assert "not truncated" in str(found.mean.method)


def test_truncation_is_chosen_never_silent():
    effects = given_effects([0.1, 0.11, 0.1], [0.2, 0.2, 0.3], list("abc"))
    free, truncated = (random_effects(effects, test=t).mean for t in ("hk", "hk-truncated"))
    assert free.se < truncated.se
    assert "factor at least 1" in str(truncated.method)


def test_q_profile_interval_holds_its_defining_equation():
    found = random_effects(given_effects(Y, SE, NAMES))
    w = 1 / (np.square(SE) + found.tau2.ci_high)
    q = (w * (Y - np.average(Y, weights=w)) ** 2).sum()
    assert q == pytest.approx(0.4844185570879, rel=1e-9)  # qchisq(0.025, 4) of R


def test_hartung_knapp_and_prediction_intervals_cover():
    rng = np.random.default_rng(9)
    draws, k, covered, ahead = 400, 8, 0, 0
    for _ in range(draws):
        se = rng.uniform(0.1, 0.4, k)
        y = rng.normal(0.3, np.hypot(0.25, se))
        found = random_effects(given_effects(y, se, range(k)))
        covered += found.mean.ci_low <= 0.3 <= found.mean.ci_high
        ahead += found.prediction.ci_low <= rng.normal(0.3, 0.25) <= found.prediction.ci_high
    # In 3000 draws the mean is covered in 0.935 and the next study in 0.864 of samples; three Monte
    # Carlo standard errors of 400 draws are 0.037 and 0.051.
    assert covered / draws > 0.898
    assert ahead / draws > 0.813


def test_shares_come_back_as_shares():
    found = random_effects(logit_shares([10, 20, 30], [50, 60, 70], list("abc")))
    assert 0 < found.prediction.ci_low < found.mean.ci_low < found.mean.value < 1
    assert found.mean.value == pytest.approx(1 / (1 + np.exp(-found.on_scale.value)))
    complement = random_effects(logit_shares([40, 40, 40], [50, 60, 70], list("abc")))
    assert complement.mean.value == pytest.approx(1 - found.mean.value)
    assert complement.mean.ci_low == pytest.approx(1 - found.mean.ci_high)


def test_correlations_come_back_as_correlations():
    found = random_effects(
        fisher_z([0.3, 0.3, 0.3], [30, 40, 50], list("abc")), method="DL", test="z"
    )
    assert found.mean.value == pytest.approx(0.3)
    assert "on Fisher's z" in str(found.mean.method)


def test_a_study_with_an_empty_cell_is_corrected_and_counted():
    found = random_effects(logit_shares([0, 5, 9], [12, 20, 30], list("abc")))
    assert "0.5 added to 1 studies" in str(found.mean.method)


def test_forest_has_a_row_for_each_study_the_mean_and_the_prediction():
    rows = forest(random_effects(logit_shares([10, 20, 30], [50, 60, 70], list("abc"))))
    assert rows["kind"].tolist() == ["study"] * 3 + ["mean", "prediction"]
    assert rows["weight"].sum() == pytest.approx(1)
    assert rows.loc[0, "value"] == pytest.approx(0.2)
    assert ((rows["ci_low"] > 0) & (rows["ci_high"] < 1)).all()


def test_two_studies_give_a_mean_but_no_prediction():
    found = random_effects(given_effects([0.1, 0.4], [0.1, 0.1], list("ab")))
    assert np.isfinite(found.mean.ci_low)
    assert np.isnan(found.prediction.ci_low)


def test_one_study_is_refused():
    with pytest.raises(UserError, match="a meta-analysis of 1 study is none"):
        random_effects(given_effects([0.1], [0.1], ["a"]))


def test_two_effects_of_one_sample_are_refused():
    effects = given_effects(Y, SE, NAMES)
    with pytest.raises(UserError, match=r"value 'liaoning'.*one sample"):
        random_effects(effects, groups=["liaoning", "x", "liaoning", "y", "z"])
    assert random_effects(effects, groups=NAMES).mean.n == 5


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: random_effects(given_effects([0.1, 0.2], [0.1, 0], ["a", "b"])),
            "row 2: a sampling variance must be positive",
        ),
        (lambda: fisher_z([1.0], [30], ["a"]), "inside -1 to 1"),
        (lambda: fisher_z([0.1], [3], ["a"]), "n above 3"),
        (lambda: logit_shares([3], [0], ["a"]), "no trials"),
        (lambda: random_effects(given_effects(Y, SE, NAMES), method="ML"), "unknown method"),
        (lambda: random_effects(given_effects(Y, SE, NAMES), test="t"), "unknown test"),
    ],
)
def test_bad_studies_are_refused(make, words):
    with pytest.raises(UserError, match=words):
        make()
