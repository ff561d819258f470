"""Calibration at its bounds: the last input taken, the first refused, and values on an anchor."""

from __future__ import annotations

from math import exp, inf, log, nextafter

import numpy as np
import pytest
import statsmodels.api as sm

from compendium.errors import UserError
from compendium.qca import Bell, Crisp, Direct, Indirect, Linear
from compendium.qca.calibration import (
    FULLY_IN,
    FULLY_OUT,
    SMALLEST_VALUE,
    binomial_deviance,
    inverse_logit,
    snap,
)

HALF_UP, ONE_DOWN = nextafter(0.5, 1), nextafter(1.0, 0)


@pytest.mark.parametrize(
    ("make", "taken", "refused"),
    [
        (lambda x: Direct(1, x, 3), 1.01, 1.0),
        (lambda x: Direct(1, x, 3), 2.99, 3.0),
        (lambda x: Direct(3, x, 1), 1.01, 1.0),
        (lambda x: Direct(3, x, 1), 2.99, 3.0),
        (lambda x: Linear(1, x, 3), 2.99, 3.0),
        (lambda x: Direct(1, 2, 3, idm=x), HALF_UP, 0.5),
        (lambda x: Direct(1, 2, 3, idm=x), ONE_DOWN, 1.0),
        (lambda x: Linear(1, 2, 3, below=x), 1e-300, 0.0),
        (lambda x: Linear(1, 2, 3, above=x), 1e-300, 0.0),
        (lambda x: Bell((1, 2, 3, 4, 5, 6), below=x), 1e-300, 0.0),
        (lambda x: Bell((1, 2, 3, 4, 5, 6), above=x), 1e-300, 0.0),
        (lambda x: Bell((1, 2, 3, x, 5, 6)), 3.0, 2.99),
        (lambda x: Bell((1, 2, 3, x, 5, 6)), 4.99, 5.0),
        (lambda x: Bell((1, 2, x, 4, 5, 6)), 4.0, 4.01),
        (lambda x: Crisp((1.0, x)), 1.01, 1.0),
        (lambda x: Indirect((1.0, x)), 1.01, 1.0),
    ],
)
def test_the_last_anchor_or_power_is_taken_and_the_first_beyond_it_refused(make, taken, refused):
    make(taken)
    with pytest.raises(UserError):
        make(refused)


@pytest.mark.parametrize("anchors", [(3, 2, 1, 4, 5, 6), (1, 2, 3, 6, 5, 4), (3, 2, 1, 6, 5, 4)])
def test_no_half_of_a_bell_may_fall(anchors):
    with pytest.raises(UserError, match="six anchors are out of order"):
        Bell(anchors)


@pytest.mark.parametrize("make", [Crisp, Indirect])
def test_one_threshold_is_enough_and_none_is_refused(make):
    make((1.0,))
    with pytest.raises(UserError, match="thresholds do not rise"):
        make(())


@pytest.mark.parametrize(
    ("calibration", "x", "memberships"),
    [
        (Direct(1, 2, 4), [1, 2, 4], [0.05, 0.5, 0.95]),
        (Direct(4, 2, 1), [1, 2, 4], [0.95, 0.5, 0.05]),
        (Linear(1, 2, 4), [0, 1, 2, 4, 5], [0, 0, 0.5, 1, 1]),
        (Linear(4, 2, 1), [0, 1, 2, 4, 5], [1, 1, 0.5, 0, 0]),
        (Bell((1, 2, 3, 3, 5, 7)), [1, 2, 3, 5, 7], [0, 0.5, 1, 0.5, 0]),
        (Bell((1, 2, 3, 3, 5, 7), valley=True), [1, 2, 3, 5, 7], [1, 0.5, 0, 0.5, 1]),
        # A threshold is reached by an equal value in a crisp set ...
        (Crisp((2.0,)), [1.99, 2.0], [0, 1]),
        (Crisp((2.0, 3.0)), [2.0, 2.99, 3.0], [1, 1, 2]),
        # ... but must be exceeded to be in the next group of the indirect method.
        (Indirect((2.0,)), [1.0, 1.5, 2.0, 3.0, 3.5, 4.0], [0, 0, 0, 1, 1, 1]),
    ],
)
def test_values_on_an_anchor_or_a_threshold(calibration, x, memberships):
    assert calibration.apply(x) == pytest.approx(memberships, abs=1e-12)


def test_the_indirect_method_takes_0_as_the_smallest_value_and_nothing_below():
    method, rest = Indirect((3.0, 5.0)), [1.0, 2.5, 3.5, 4.5, 6.0, 8.0]
    moved = method.apply([SMALLEST_VALUE, *rest])
    assert method.apply([0.0, *rest]) == pytest.approx(moved, abs=1e-6)
    assert SMALLEST_VALUE == 1e-5
    with pytest.raises(UserError, match="a value is negative"):
        method.apply([-1e-300, *rest])


def test_memberships_are_made_full_beyond_one_in_ten_thousand_and_not_at_it():
    below, beyond = nextafter(1e-4, 0), nextafter(1 - 1e-4, 1)
    found = snap(np.array([below, FULLY_OUT, FULLY_IN, beyond]))
    assert found.tolist() == [0.0, 1e-4, 1 - 1e-4, 1.0]


def test_a_mean_is_cut_where_the_linear_predictor_is_beyond_30_and_not_at_it():
    unit = 2.0**-52
    low, at_low, at_high = inverse_logit(np.array([nextafter(-30, -inf), -30.0, 30.0]))
    assert low == pytest.approx(unit, rel=1e-9, abs=0)
    assert at_low == pytest.approx(exp(-30), rel=1e-9, abs=0)
    assert 1 - at_high == pytest.approx(exp(-30), rel=0.01, abs=0)
    assert 1 - inverse_logit(np.array([nextafter(30, inf)]))[0] == pytest.approx(unit, abs=0)


@pytest.mark.parametrize(
    ("y", "mu", "deviance"),
    [
        (0.0, 0.25, -2 * log(0.75)),
        (1.0, 0.25, -2 * log(0.25)),
        (0.5, 0.5, 0.0),
        (0.5, 0.25, 2 * (0.5 * log(2) + 0.5 * log(0.5 / 0.75))),
    ],
)
def test_a_fraction_of_0_or_1_has_one_part_of_the_deviance(y, mu, deviance):
    found = binomial_deviance(np.array([y]), np.array([mu]))
    assert found == pytest.approx(deviance, abs=1e-15)


def test_indirect_memberships_are_a_fractional_logit_of_six_decimals() -> None:
    """As statsmodels fits it; what is next to 0 is fully out."""
    x, thresholds = np.arange(1.0, 13.0), (2.5, 4.5, 6.5, 9.5)
    group = (x[:, None] > np.array(thresholds)).sum(axis=1) / 4
    terms = np.column_stack([np.ones_like(x), np.log(x), np.sqrt(x), x, x**2])
    fitted = sm.GLM(group, terms / terms.max(axis=0), family=sm.families.Binomial()).fit()
    found = Indirect(thresholds).apply(x)
    assert found[0] == 0.0
    assert found[1:] == pytest.approx(fitted.fittedvalues[1:], abs=1e-6)
    assert found.tolist() == np.round(found, 6).tolist()
