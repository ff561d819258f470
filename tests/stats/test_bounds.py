"""Bounds of what is only ever named: definitions, coverage, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compendium.errors import UserError
from compendium.stats.bounds import (
    imbens_manski_c,
    named_bounds,
    read_again,
    unseen_share_needed,
)
from compendium.stats.checks import t_quantile
from compendium.stats.proportions import wilson


def test_naming_alone_never_bounds_from_above():
    found = named_bounds([1] * 12 + [None] * 8)
    assert (found.lower, found.upper, found.tidy.ci_high) == (0.6, 1.0, 1.0)
    assert found.tidy.value == 0.6
    assert (found.named, found.absent, found.unseen) == (12, 0, 8)


def test_false_and_empty_both_mean_not_seen():
    flags = named_bounds([True] * 12 + [False] * 8)
    assert flags == named_bounds([1] * 12 + [None] * 8)
    assert flags == named_bounds(pd.array([1] * 12 + [pd.NA] * 8, dtype="Int64"))


def test_far_apart_bounds_are_one_sided():
    # 399 effective trials: the unbiased variance of 400 units.
    found = named_bounds([1] * 240 + [None] * 160)
    c = t_quantile(0.90, 399)
    assert found.tidy.ci_low == pytest.approx(wilson(0.6 * 399, 399, c)[0], rel=1e-9)


def test_when_all_is_seen_bounds_collapse_to_a_two_sided_interval():
    named = np.array([1] * 12 + [0] * 8)
    found = named_bounds(named, 1 - named)
    assert found.lower == found.upper == 0.6
    expected = wilson(0.6 * 19, 19, t_quantile(0.95, 19))
    assert (found.tidy.ci_low, found.tidy.ci_high) == pytest.approx(expected, rel=1e-9)


def test_monotone_missingness_narrows_to_the_share_among_the_seen():
    named = [1] * 6 + [0] * 14
    absent = [0] * 6 + [1] * 4 + [0] * 10
    free, monotone = (named_bounds(named, absent, assumption=a) for a in ("none", "monotone"))
    assert (free.lower, free.upper) == (0.3, 0.8)
    assert (monotone.lower, monotone.upper) == (0.3, 0.6)
    assert monotone.tidy.ci_high < free.tidy.ci_high
    assert "no more often" in str(monotone.tidy.method)


def test_nothing_named_and_all_read_still_leaves_room_above():
    found = named_bounds([0] * 10, [1] * 10)
    assert (found.lower, found.upper) == (0.0, 0.0)
    assert found.tidy.ci_high > 0.2


def test_interval_covers_the_prevalence_wherever_it_lies():
    rng = np.random.default_rng(11)
    draws, n, prevalence = 500, 60, 0.5
    for finding_rate in (0.4, 0.9):
        covered = 0
        for _ in range(draws):
            truth = rng.random(n) < prevalence
            named = truth & (rng.random(n) < finding_rate)
            absent = ~truth & (rng.random(n) < finding_rate)
            found = named_bounds(named, absent).tidy
            covered += found.ci_low <= prevalence <= found.ci_high
        assert covered / draws > 0.95 - 3 * np.sqrt(0.95 * 0.05 / draws)


def test_the_second_reading_decides_absence():
    found = read_again([1, 1, 0, 0, None, None], [0, 1, 0, None, 1, 0])
    assert found["named"].tolist() == [True, True, False, False, True, False]
    assert found["absent"].tolist() == [False, False, True, False, False, True]


def test_readings_are_paired_by_place_and_keep_the_index_of_a_series():
    first, second = pd.Series([1, 0, 0], index=[5, 5, 6]), [None, 0, 1]
    found = read_again(first, second)
    assert found.index.tolist() == [5, 5, 6]
    assert found["named"].tolist() == [True, False, True]
    assert found["absent"].tolist() == [False, True, False]


def test_share_of_the_unseen_that_makes_a_majority():
    assert unseen_share_needed([1] * 30 + [0] * 70).value == pytest.approx(20 / 70)
    assert unseen_share_needed([1] * 60 + [0] * 40).value < 0
    known = unseen_share_needed([1] * 10 + [0] * 90, [0] * 10 + [1] * 60 + [0] * 30)
    assert known.value > 1


def test_share_needed_is_zero_where_the_named_are_just_a_majority():
    found = unseen_share_needed([1] * 10 + [0] * 10)
    assert (found.value, found.p) == (0.0, 1.0)


@given(
    st.floats(0.001, 1), st.floats(0.001, 0.3), st.floats(0.001, 0.3), st.sampled_from([9, np.inf])
)
def test_critical_value_lies_between_one_and_two_sided(width, se_low, se_high, df):
    c = imbens_manski_c(width, se_low, se_high, 0.95, df)
    assert t_quantile(0.90, df) - 1e-9 <= c <= t_quantile(0.95, df) + 1e-9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0, 2],), "0, 1 or empty"),
        (([],), "no unit was given"),
        (([1, 0], [1, 0]), "both named and absent"),
        (([1, 0], [1]), "named and absent differ in rows, 2 and 1"),
    ],
)
def test_bad_codes_are_refused(arguments, words):
    with pytest.raises(UserError, match=words):
        named_bounds(*arguments)


def test_other_refusals():
    with pytest.raises(UserError, match="monotone missingness bounds nothing"):
        named_bounds([1, 0], assumption="monotone")
    with pytest.raises(UserError, match="unknown assumption"):
        named_bounds([1, 0], assumption="hope")
    with pytest.raises(UserError, match="nothing to bound"):
        unseen_share_needed([1, 0], [0, 1])
    with pytest.raises(UserError, match="threshold"):
        unseen_share_needed([1, 0], threshold=1)
