"""Aggregation: hand-worked values, limits, recovered truth, refusals."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.measurement.aggregation import (
    SLIGHTLY_SKEWED,
    aggregation,
    consensus,
    icc,
    null_variance,
    rwg_j,
    uniform_variance,
)

from .simulated import five_points, structure, two_factors


def test_null_variances_are_those_of_lebreton_and_senter():
    # LeBreton and Senter (2008), table 2: five categories, uniform 2.00, slight skew 1.34.
    assert uniform_variance(5) == 2
    assert null_variance(SLIGHTLY_SKEWED) == pytest.approx(1.34)


def test_agreement_of_four_answers_by_hand():
    items = pd.DataFrame({"a": [4, 4, 5, 3, 1, 5, 2]})
    found = consensus(items, list("uuuuvvw"), categories=5)
    # Unit u: variance 2/3, 1 - (2/3) / 2; mean distance 1/2. Unit v: variance 8, below zero.
    assert found.units["rwg_uniform"].tolist() == pytest.approx([2 / 3, 0])
    assert found.units["rwg_slight_skew"].tolist() == pytest.approx([1 - 2 / 3 / 1.34, 0])
    assert found.units["average_deviation"].tolist() == pytest.approx([0.5, 2])
    assert found.single == 1
    assert found.limit == pytest.approx(5 / 6)


def test_rwg_rises_with_the_number_of_items():
    ten, one = (rwg_j(np.array([1.0]), 2.0, J)[0] for J in (10, 1))
    assert (one, ten) == (0.5, pytest.approx(10 * 0.5 / 5.5))
    assert rwg_j(np.array([3.0]), 2.0, 10)[0] == -np.inf


def test_members_who_answer_alike_agree_perfectly():
    items = pd.DataFrame({"a": [1, 1, 4, 4], "b": [2, 2, 5, 5]})
    found = consensus(items, [1, 1, 2, 2], categories=5)
    assert found.units["rwg_uniform"].tolist() == [1, 1]
    assert found.units["average_deviation"].tolist() == [0, 0]


def test_icc_by_hand():
    # Means 2 and 6, mean squares between 16, within 1: (16 - 1) / (16 + 1) and 1 - 1 / 16.
    found = icc([1.5, 2.5, 5.5, 6.5], list("aabb"))
    assert found.f == 16 / 0.5
    assert found.icc1.value == pytest.approx((32 - 1) / (32 + 1))
    assert found.icc2.value == pytest.approx(1 - 1 / 32)


def test_icc_recovers_the_share_between_units_and_covers():
    found = []
    for seed in range(200):
        y, unit = two_factors(400, seed, units=40, shared=0.2, items=1)
        found.append(icc(y["y0"], unit).icc1)
    assert np.mean([line.value for line in found]) == pytest.approx(0.2, abs=0.02)
    covered = np.mean([line.ci_low <= 0.2 <= line.ci_high for line in found])
    assert 0.91 <= covered <= 0.985


def test_units_that_are_alike_have_a_negative_icc():
    found = icc([1, 5, 1, 5, 1, 5], list("aabbcc"))
    assert found.icc1.value == pytest.approx(-1)
    assert np.isnan(found.icc2.value)
    assert "undefined, for unit means differ less than chance has it (F below 1)" in str(
        found.icc2.method
    )


def test_scales_are_judged_side_by_side():
    normal, unit = two_factors(600, 7, units=40, shared=0.4)
    items = five_points(normal)
    frame, found, agreed = aggregation(items, structure(), unit, categories=5, name="unit")
    assert frame["scale"].tolist() == ["first", "second"]
    assert frame.loc[0, "icc1"] == found["first"].icc1.value
    assert frame.loc[0, "rwg_uniform"] == agreed["first"].units["rwg_uniform"].median()
    assert (frame["rwg_slight_skew"] < frame["rwg_uniform"]).all()
    assert frame["share_agreed"].between(0, 1).all()
    assert (
        str(found["first"].icc1.method) == "ICC(1) by unit, 40 units, one-way ANOVA, interval of F"
    )


def test_seven_categories_have_no_slightly_skewed_null_here():
    items = pd.DataFrame({"a": [1, 7, 3, 4], "b": [1, 6, 3, 5]})
    found = consensus(items, [1, 1, 2, 2], categories=7)
    assert found.units["rwg_slight_skew"].isna().all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: icc([1, 2, 3], ["u"] * 3), "1 cluster"),
        (lambda: icc([1, 2, 3], list("uvw")), "no unit has two rows"),
        (lambda: icc([2, 2, 2], list("uuv")), "same answer throughout"),
        (lambda: icc([1, 1, 2, 2], list("uuvv")), "all alike"),
        (lambda: icc([1, 2], list("uvw")), "values and units differ in rows, 2 and 3"),
        (
            lambda: consensus(pd.DataFrame({"a": [1, 2]}), list("uv"), categories=5),
            "no unit has two",
        ),
        (lambda: consensus(pd.DataFrame({"a": [1, 7]}), list("uu"), categories=5), "span 6 steps"),
        (lambda: null_variance([0.5, 0.6]), "sum to 1"),
    ],
)
def test_units_that_cannot_be_judged_are_refused(call, words):
    with pytest.raises(UserError, match=words):
        call()
