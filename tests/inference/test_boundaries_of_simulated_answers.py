"""Diagnoses and least squares of simulated surveys where interval, truth and bound meet."""

from __future__ import annotations

from math import isnan, nan, nextafter, sqrt

import numpy as np
import pytest

from compendium.inference.diagnosis import diagnose, shares_held
from compendium.inference.least_squares import Answers, products, solve
from compendium.plan.predicates import Predicate

ABOVE_0, BELOW_1 = Predicate("greater_than", low=0.0), Predicate("less_than", low=1.0)
BETWEEN = Predicate("between", low=0.0, high=1.0)


def answers(*intervals, value=None):
    low, high = np.array(intervals, dtype=float).T
    middle = (low + high) / 2 if value is None else np.array(value, dtype=float)
    return Answers(middle, np.full(len(low), 0.1), low, high)


def test_an_interval_covers_the_truth_at_its_ends():
    found = answers((0.5, 0.9), (0.1, 0.5), (nextafter(0.5, 1), 0.9), (0.1, nextafter(0.5, 0)))
    assert diagnose(found, 0.5, ABOVE_0).coverage == 0.5


@pytest.mark.parametrize(
    ("predicate", "interval", "holds", "fails"),
    [
        (ABOVE_0, (0.0, 1.0), 0, 0),
        (ABOVE_0, (nextafter(0, 1), 1.0), 1, 0),
        (ABOVE_0, (-1.0, 0.0), 0, 1),
        (ABOVE_0, (-1.0, nextafter(0, 1)), 0, 0),
        (BELOW_1, (0.0, 1.0), 0, 0),
        (BELOW_1, (0.0, nextafter(1, 0)), 1, 0),
        (BELOW_1, (1.0, 2.0), 0, 1),
        (BELOW_1, (nextafter(1, 0), 2.0), 0, 0),
        (BETWEEN, (0.0, 0.5), 0, 0),
        (BETWEEN, (0.1, 1.0), 0, 0),
        (BETWEEN, (0.1, 0.9), 1, 0),
        (BETWEEN, (-1.0, 0.0), 0, 1),
        (BETWEEN, (1.0, 2.0), 0, 1),
    ],
)
def test_an_interval_that_touches_a_bound_does_not_hold_and_fails_beyond_it(
    predicate, interval, holds, fails
):
    found = diagnose(answers(interval, interval), 0.5, predicate)
    assert (found.holds, found.fails) == (holds, fails)
    assert shares_held(answers(interval), predicate) == (holds, 0.0)


@pytest.mark.parametrize(
    ("truth", "inside"),
    [(0.0, False), (1e-300, True), (nextafter(1, 0), True), (1.0, False)],
)
def test_a_truth_on_the_bound_is_one_of_no_effect(truth, inside):
    found = diagnose(answers((0.1, 0.9), (-1, 2)), truth, BETWEEN)
    assert (found.size, found.power) == pytest.approx(
        (nan, 0.5) if inside else (0.5, nan), nan_ok=True
    )


def test_only_intervals_that_leave_the_bound_out_tell_of_sign_and_size():
    # The first two touch the bound; of the others one is on the wrong side and one on the bound.
    found = diagnose(
        answers((0, 2), (-2, 0), (1, 3), (-3, -1), (0.5, 2), value=[1, -1, 2, -2, 0]), 1.0, ABOVE_0
    )
    assert found.type_s == pytest.approx(1 / 3)
    assert found.type_m == pytest.approx((2 + 2 + 0) / 3)
    assert isnan(diagnose(answers((0, 2), (-2, 0)), 1.0, ABOVE_0).type_s)
    assert isnan(diagnose(answers((1, 2), (2, 3)), 0.0, ABOVE_0).type_s)


def test_one_sample_has_no_spread_and_two_have():
    one = diagnose(answers((0, 2)), 1.0, ABOVE_0)
    assert (one.replications, one.bias, one.se) == (1, 0.0, 0.1)
    assert all(map(isnan, (one.sd, one.sd_mc, one.bias_mc, one.se_mc)))
    two = diagnose(answers((0, 2), (2, 4)), 1.0, ABOVE_0)
    assert (two.bias, two.sd) == (1.0, pytest.approx(sqrt(2)))
    assert (two.sd_mc, two.bias_mc) == pytest.approx((1.0, 1.0))
    none = diagnose(Answers(*(np.array([nan]) for _ in range(4))), 1.0, ABOVE_0)
    assert (none.failed, none.replications) == (1, 1)
    assert all(map(isnan, (none.bias, none.bias_mc, none.coverage, none.sd)))


def test_counties_of_one_row_are_left_out_of_company_and_of_none_not_counted():
    # Counties of 1, 2 and 0 complete rows.
    x = np.array([[1.0, 2.0, 4.0, nan]])
    found = products([x, x], np.array([[0, 1, 3]]))
    assert found.rows.tolist() == [[1, 2, 0]]
    assert (found.n.tolist(), found.clusters.tolist()) == ([3], [2])
    kept = found.in_company()
    assert kept.rows.tolist() == [[0, 2, 0]]
    assert kept.within()[0, :, 0, 0] == pytest.approx([0, 2, 0])


def test_a_term_that_is_0_is_left_out_and_a_flat_one_has_no_slope():
    y, x = np.array([[1.0, 2.0, 4.0, 5.0]]), np.array([[0.0, 1.0, 2.0, 3.0]])
    flat = np.array([[1.0, 1.0, 3.0, 3.0]])
    found = products([y, x, np.zeros((1, 4)), flat], np.array([[0, 2]]))
    solved = solve(found.within(), 0, [1, 2])
    assert solved.beta[0] == pytest.approx([1.0, 0.0])
    assert solved.k.tolist() == [1.0]
    spread = found.spread()
    assert np.isnan(solve(found.within(), 0, [1, 3], spread[:, [1, 3]]).beta).all()
    assert np.isnan(solve(found.within(), 0, [1, 1]).beta).all()


@pytest.mark.parametrize(
    ("left", "slope"), [(1.05e-12, True), (1e-12, False), (0.95e-12, False), (0.0, False)]
)
def test_a_term_varies_within_counties_beyond_one_in_a_million_millions(left, slope):
    crossed = np.array([[left, left], [left, 1.0]]).reshape(1, 1, 2, 2)
    found = solve(crossed, 1, [0], np.array([[1.0]]))
    assert np.isfinite(found.beta[0, 0]) == slope
    assert not slope or found.beta[0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize(("determinant", "solved"), [(1.05e-10, True), (0.95e-10, False)])
def test_terms_are_collinear_where_their_correlations_have_almost_no_determinant(
    determinant, solved
):
    r = sqrt(1 - determinant)
    crossed = np.array([[1, r, 0.5], [r, 1, 0.5], [0.5, 0.5, 1]]).reshape(1, 1, 3, 3)
    assert np.isfinite(solve(crossed, 2, [0, 1]).beta).all() == solved
