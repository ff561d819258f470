"""Randomization inference: exact where it can be, level kept where it is drawn."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.permutation import permutation_test

Y = np.array([0.3, 1.2, 2.2, 0.1, 1.9, 2.7, 0.5, 1.4])
D = np.array([0, 0, 1, 0, 1, 1, 0, 1])
MONTE_CARLO_ERRORS = 4


def test_a_difference_in_means_is_compared_with_all_of_them():
    found = permutation_test(Y, D, seed=1)
    all_of_them = [Y[list(c)].mean() - np.delete(Y, c).mean() for c in combinations(range(8), 4)]
    value = Y[D == 1].mean() - Y[D == 0].mean()
    assert found.value == pytest.approx(value)
    assert found.p == (np.abs(all_of_them) >= value - 1e-12).mean()
    expected = "randomization test of the difference in means, all 70 permutations"
    assert str(found.method) == expected
    assert np.isnan(found.se)


def test_drawn_permutations_agree_with_all_of_them():
    exact = permutation_test(Y, D, seed=1, interval=False).p
    drawn = permutation_test(np.tile(Y, 1), D, seed=1, draws=69, interval=False)
    assert str(drawn.method).endswith("69 permutations, seed 1")
    error = np.sqrt(exact * (1 - exact) / 69)
    assert abs(drawn.p - exact) < MONTE_CARLO_ERRORS * error + 1 / 70


def test_the_interval_holds_the_effects_that_are_not_rejected():
    found = permutation_test(Y, D, seed=1)
    for end, step in ((found.ci_low, -0.01), (found.ci_high, 0.01)):
        inside, outside = (
            permutation_test(Y, D, seed=1, null=end + d, interval=False).p for d in (-step, step)
        )
        assert inside > 0.05 >= outside


def test_a_shift_of_the_outcome_shifts_the_interval():
    plain, shifted = permutation_test(Y, D, seed=1), permutation_test(Y + 2 * D, D, seed=1)
    assert shifted.value == pytest.approx(plain.value + 2)
    assert shifted.ci_low == pytest.approx(plain.ci_low + 2, abs=1e-5)


def test_permutations_stay_within_strata():
    strata = pd.Series(np.repeat(["a", "b"], 4), name="county")
    d = np.array([1, 0, 0, 0, 1, 1, 1, 0])
    found = permutation_test(Y, d, strata, seed=1)
    assert "all 16 permutations within county" in str(found.method)
    assert permutation_test(Y + 100 * (strata == "b"), d, strata, seed=1).p == found.p


def test_units_are_treated_as_one():
    unit = pd.Series(np.repeat(np.arange(6), 5), name="township")
    rng = np.random.default_rng(3)
    y, treated = rng.normal(size=30), np.repeat([1, 0, 1, 0, 0, 1], 5)
    found = permutation_test(y, treated, seed=1, units=unit)
    assert "all 20 permutations of township" in str(found.method)
    assert (found.n, found.n_clusters) == (30, 6)
    means = [y[unit == g].mean() for g in range(6)]
    alone = permutation_test(means, [1, 0, 1, 0, 0, 1], seed=1)
    assert found.p == alone.p
    assert found.value == pytest.approx(alone.value)


def test_doses_of_several_sizes_are_all_listed():
    dose = np.array([0.0, 1.0, 1.0, 2.0, 3.0])
    found = permutation_test(Y[:5], dose, seed=1, X=pd.DataFrame({"z": D[:5].astype(float)}))
    assert "coefficient, all 60 permutations" in str(found.method)


def test_it_keeps_its_level_when_drawn():
    rng = np.random.default_rng(9)
    rejected = 0
    for seed in range(300):
        strata = np.repeat([0, 1, 2], 12)
        d, y = rng.integers(0, 2, 36), strata + rng.standard_cauchy(36)
        rejected += permutation_test(y, d, strata, seed=seed, draws=99, interval=False).p <= 0.05
    assert abs(rejected / 300 - 0.05) < MONTE_CARLO_ERRORS * np.sqrt(0.05 * 0.95 / 300)


def test_wrong_use_is_refused():
    with pytest.raises(UserError, match="does not vary within any stratum"):
        permutation_test(Y, D, D, seed=1)
    with pytest.raises(UserError, match="row 3: the treatment differs within a unit"):
        permutation_test(Y, D, seed=1, units=np.repeat([0, 1], 4))
    with pytest.raises(UserError, match="too few permutations"):
        permutation_test(Y, D, seed=1, draws=0)
    with pytest.raises(UserError, match="treatment is missing"):
        permutation_test(Y, np.where(D == 1, np.nan, 0.0), seed=1)
