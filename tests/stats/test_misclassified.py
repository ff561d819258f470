"""Corrections for errors of a code return the truth that was put in."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.stats.fitted import ols
from compendium.stats.misclassified import (
    ErrorRates,
    corrected_share,
    corrected_slope,
    differences_needed,
    error_rates,
)

RATES = ErrorRates(hits=400, positives=500, passes=1900, negatives=2000)
HOW = {"seed": 1, "draws": 999}


def test_error_rates_are_counts_over_readings_of_one_and_of_zero():
    found = error_rates([1, 0, 1, 0, 0], [1, 1, 0, 0, 0])
    assert found == ErrorRates(1, 2, 2, 3)
    assert found.tidy()["specificity"].value == pytest.approx(2 / 3)
    with pytest.raises(UserError, match="no error rates"):
        error_rates([1, 0], [1, 1])


def test_a_share_is_corrected_by_rogan_and_gladen():
    share = corrected_share(230, 1000, RATES, 0.95, **HOW)
    assert share.value == pytest.approx((0.23 + 0.95 - 1) / (0.8 + 0.95 - 1))
    assert share.ci_low < share.value < share.ci_high
    assert corrected_share(10, 1000, RATES, 0.95, **HOW).value == 0
    with pytest.raises(UserError, match="by chance"):
        corrected_share(10, 100, ErrorRates(1, 10, 1, 10), 0.95, **HOW)


def test_an_interval_of_a_share_covers_the_truth_as_often_as_it_says():
    rng, hits = np.random.default_rng(3), 0
    for _ in range(200):
        there = rng.binomial(200, 0.3)
        codes = rng.binomial(there, 0.8) + rng.binomial(200 - there, 0.05)
        rates = ErrorRates(rng.binomial(40, 0.8), 40, rng.binomial(150, 0.95), 150)
        found = corrected_share(int(codes), 200, rates, 0.9, seed=1, draws=400)
        hits += found.ci_low <= 0.3 <= found.ci_high
    assert 165 <= hits <= 199


def simulated(n=60_000):
    rng = np.random.default_rng(2)
    z = rng.normal(size=n)
    x = (rng.random(n) < 1 / (1 + np.exp(1 - z))).astype(float)
    code = np.where(x == 1, rng.random(n) < 0.8, rng.random(n) < 0.05).astype(float)
    y = 0.7 * x + 0.5 * z + rng.normal(size=n)
    seen = np.where(y > 0.5, rng.random(n) < 0.9, rng.random(n) < 0.1).astype(float)
    return y, seen, pd.DataFrame({"one": 1.0, "code": code, "z": z}), x


def test_a_slope_on_codes_becomes_that_on_the_truth_beside_another_term():
    y, _, X, _ = simulated()
    coded = ols(y, X)["code"]
    right = corrected_slope(coded, X, "code", RATES, **HOW)
    assert coded.value < 0.6
    assert right.value == pytest.approx(0.7, abs=0.03)
    assert right.ci_low < 0.7 < right.ci_high
    assert np.isnan(right.p)


def test_errors_of_a_coded_outcome_divide_the_slope_once_more():
    y, seen, X, x = simulated()
    truth = ols((y > 0.5).astype(float), X.assign(code=x))["code"].value
    errors = ErrorRates(900, 1000, 900, 1000)
    right = corrected_slope(ols(seen, X)["code"], X, "code", RATES, outcome=errors, **HOW)
    assert right.value == pytest.approx(truth, abs=0.02)


def test_codes_that_could_not_be_so_many_and_unknown_terms_are_refused():
    y, _, X, _ = simulated(400)
    slope = ols(y, X)["code"]
    with pytest.raises(UserError, match="could not be so many"):
        corrected_slope(slope, X, "code", ErrorRates(60, 100, 60, 100), **HOW)
    with pytest.raises(UserError, match="no such term"):
        corrected_slope(slope, X, "x", RATES, **HOW)


def test_the_difference_of_rates_that_makes_a_slope_makes_it():
    needed = differences_needed(0.1, 0.25)
    same, sensitivity, specificity = 0.25, 0.8, 0.95
    more = same * (sensitivity + needed["sensitivity"]) + (1 - same) * (1 - specificity)
    less = same * sensitivity + (1 - same) * (1 - specificity)
    assert more - less == pytest.approx(0.1)
    assert needed["specificity"] * (1 - same) == pytest.approx(0.1)
