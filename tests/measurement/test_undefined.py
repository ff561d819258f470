"""Coefficients that do not exist: nan with a reason, never a number with an interval of no width."""

from dataclasses import fields
from math import isnan, nan

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.measurement.aggregation import aggregation, icc
from compendium.measurement.agreement import agreement
from compendium.measurement.answers import answers
from compendium.measurement.careless import even_odd, row_correlations
from compendium.measurement.factor import cfa
from compendium.measurement.fit_indices import FitIndices
from compendium.measurement.items import scale_scores
from compendium.measurement.reliability import cronbach_alpha, omega_total, ordinal_reliability
from grassroots.scales import side_of

from .simulated import with_covariance

HEYWOOD = np.array([[1, 0.7, 0.7], [0.7, 1, 0.3], [0.7, 0.3, 1]])
THREE = ["y0", "y1", "y2"]
FIRST = [0, 0, 1, 1, 0, 1, 0, 1]


def empty(line):
    return all(isnan(x) for x in (line.se, line.ci_low, line.ci_high))


def test_a_constant_coder_leaves_kappa_undefined_whatever_the_other_coded():
    for second, who in (([0] * 8, "a coder"), ([1] * 8, "a coder")):
        for weights in ("none", "quadratic"):
            kappa = agreement(FIRST, second, weights=weights).kappa
            assert isnan(kappa.value)
            assert empty(kappa)
            assert str(kappa.method).endswith(f"undefined, {who} used one category")
    both = agreement([1] * 8, [1] * 8, [0, 1])
    assert str(both.kappa.method).endswith("undefined, both coders used one category")
    apart = agreement([0] * 8, [1] * 8)
    assert isnan(apart.kappa.value)
    assert apart.ac1.value == -1
    assert empty(apart.ac1)
    clustered = agreement(FIRST, [0] * 8, cluster=list("aabbccdd"), seed=1).kappa
    assert (isnan(clustered.value), clustered.n_clusters) == (True, 4)


@pytest.mark.parametrize("weights", ["none", "linear"])
@pytest.mark.parametrize("clustered", [False, True])
def test_perfect_agreement_has_no_interval_but_wilsons(weights, clustered):
    how = {"cluster": list("aabbccdd"), "seed": 1} if clustered else {}
    found = agreement(FIRST, FIRST, weights=weights, **how)
    for line in (found.kappa, found.ac1):
        assert line.value == 1
        assert empty(line)
        assert str(line.method).endswith(": no interval, for all units agree or differ alike")
    assert found.percent.value == 1
    if clustered:
        assert empty(found.percent)
    else:
        assert 0.6 < found.percent.ci_low < found.percent.ci_high == 1


def test_a_bootstrap_interval_is_that_of_the_percentiles_of_its_draws():
    rng = np.random.default_rng(9)
    first, second, units = rng.integers(0, 2, 90), rng.integers(0, 2, 90), np.arange(90) // 3
    found = agreement(first, second, cluster=units, seed=5, draws=499, level=0.9).percent
    agreed = np.bincount(units, first == second)
    picks = np.random.default_rng(5).multinomial(30, np.full(30, 1 / 30), size=499)
    drawn = picks @ agreed / 90
    assert found.se == pytest.approx(drawn.std(ddof=1))
    ends = np.quantile(drawn, [0.05, 0.95])
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(ends), rel=1e-12)
    assert ends[0] > np.quantile(drawn, 0.1 / 3)


def test_too_few_draws_with_a_kappa_are_refused():
    with pytest.raises(UserError, match="percent is defined in 1 of 1 draws"):
        agreement(FIRST, FIRST[::-1], cluster=list("aabbccdd"), seed=1, draws=1)


def test_unit_means_that_differ_less_than_chance_have_no_reliability():
    # Means 2 and 2.1, all variance within: F is far below 1.
    found = icc([1.0, 3.0, 1.1, 3.1], list("aabb"))
    assert found.f == pytest.approx(0.01 / 4 * 2, rel=1e-6)
    assert found.icc1.value < 0
    assert isnan(found.icc2.value)
    assert str(found.icc2.method).endswith("(F below 1)")
    weak = icc([1.0, 3.0, 2.0, 4.5, 4.0, 6.0], list("aabbcc")).icc2
    assert 0 < weak.value < 1
    assert weak.ci_low == 0


def test_unit_means_that_are_alike_have_no_interval():
    found = icc([1.0, 3.0, 1.0, 3.0], list("aabb"))
    assert (found.icc1.value, found.f) == (-1, 0)
    assert empty(found.icc1)
    assert str(found.icc1.method).endswith("none, for unit means are all alike")


def test_rows_that_differ_by_rounding_within_their_unit_are_alike():
    with pytest.raises(UserError, match="rows of a unit are all alike"):
        icc([0.3, 0.1 + 0.2, 0.7, 0.7], list("aabb"))


def test_a_unit_on_the_limit_of_average_deviation_is_within_it():
    rows = [1, 2, 4, 5, 3, 3]
    items = pd.DataFrame({"a": rows * 2, "b": rows[::-1] * 2})
    # Mean distances 1 of each item against the limit of 5 / 6: beyond; scaled to 6 categories, on.
    for categories, share in ((5, 0.0), (6, 1.0)):
        frame, *_ = aggregation(
            items, {"s": ["a", "b"]}, np.repeat([1, 2], 6), categories=categories
        )
        assert frame["share_ad"].item() == share


def test_a_factor_with_a_negative_residual_variance_has_no_reliability():
    rows = with_covariance(HEYWOOD, 200)
    model = cfa(rows, {"f": THREE})
    for line in (*model.composite_reliability, *model.ave):
        assert isnan(line.value)
        assert empty(line)
        assert str(line.method).endswith("undefined, a residual variance is below 0")
    assert model.factor_frame[["composite_reliability", "ave"]].isna().all(axis=None)
    omega = omega_total(rows, THREE)[0]
    assert isnan(omega.value)
    assert "improper: residual variance of y0 below 0" in str(omega.method)
    assert np.isfinite(model.loadings[0].value)


def test_only_the_factor_concerned_is_withheld():
    S = np.eye(6)
    S[:3, :3], S[3:, 3:] = HEYWOOD, 0.5 + 0.5 * np.eye(3)
    model = cfa(
        with_covariance(S + 0.02 * (1 - np.eye(6)) * (S == 0), 300),
        {"f": THREE, "g": ["y3", "y4", "y5"]},
    )
    assert isnan(model.composite_reliability[0].value)
    assert model.composite_reliability[1].value == pytest.approx(0.75, abs=0.01)


def test_ordinal_omega_of_a_negative_residual_variance_is_undefined():
    x = with_covariance(HEYWOOD, 400).to_numpy()
    grades = pd.DataFrame(np.digitize(x, [-1, 0, 1]), columns=THREE)
    _, omega = ordinal_reliability(grades)
    assert isnan(omega.value)
    assert str(omega.method).endswith("residual variance of y0 below 0: undefined")


def test_copies_of_an_item_have_an_alpha_of_1_and_no_interval():
    one = np.random.default_rng(1).integers(1, 6, 40)
    rows = pd.DataFrame({"a": one, "b": one, "c": one})
    for cluster in (None, np.repeat(np.arange(8), 5)):
        line = cronbach_alpha(rows, cluster=cluster)
        assert line.value == 1
        assert empty(line)
        assert "copies of each other" in str(line.method)


def test_scores_of_one_answer_are_that_answer():
    rows = pd.DataFrame({"a": [4.0, 2.0, 1.0], "b": [nan, 5.0, 2.0]})
    assert scale_scores(rows, {"s": ["a", "b"]})["s"].tolist() == [4.0, 3.5, 1.5]


@pytest.mark.parametrize("unit", [1e-14, 1.0, 1e9])
def test_correlations_within_a_person_do_not_depend_on_the_unit(unit):
    x = np.array([[1.0, 2.0, 4.0], [0.1, 0.1, 0.1], [3.0, 1.0, nan]]) * unit
    y = np.array([[2.0, 3.0, 4.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    r = row_correlations(x, y)
    assert r[0] == pytest.approx(np.corrcoef([1, 2, 4], [2, 3, 4])[0, 1])
    assert np.isnan(r[1:]).all()


def test_a_person_who_left_half_of_each_scale_out_has_no_even_odd_consistency():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame(rng.integers(1, 6, (40, 8)).astype(float)).add_prefix("i")
    rows.iloc[0, [1, 3]] = nan
    scales = {name: [f"i{2 * k}", f"i{2 * k + 1}"] for k, name in enumerate("abcd")}
    found = even_odd(answers(rows), scales)
    assert isnan(found[0])
    assert np.isfinite(found[1:]).sum() > 30


def test_sides_of_scores_that_are_all_alike_are_refused():
    same = pd.Series([2.0, 2.0])
    with pytest.raises(UserError, match="all scores are alike or missing"):
        side_of(same, same)


def test_rmsea_of_a_model_that_fits_too_well_has_no_interval_of_zero_width():
    told = {field.name: 0.0 for field in fields(FitIndices)} | {"chi2": 2.0, "df": 40, "n": 300}
    at_zero = FitIndices(**told).row()
    assert isnan(at_zero["rmsea_low"])
    assert isnan(at_zero["rmsea_high"])
    inside = FitIndices(**told | {"rmsea_high": 0.02}).row()
    assert (inside["rmsea_low"], inside["rmsea_high"]) == (0.0, 0.02)
