"""What simulated answers say of a test, counted by hand, at and beside every bound."""

from math import isnan, nan, sqrt

import numpy as np
import pytest

from compendium.inference.diagnosis import diagnose
from compendium.inference.least_squares import Answers
from compendium.plan.predicates import Predicate

POSITIVE = Predicate("greater_than", 0.0)


def answers(*lines: tuple[float, float, float]) -> Answers:
    """Value and ends of an interval of each sample; a fourth of its width is its error."""
    value, low, high = (np.array(column) for column in zip(*lines, strict=True))
    return Answers(value, (high - low) / 4, low, high)


FOUND = answers((1.0, 0.0, 2.0), (2.0, 0.5, 3.5), (-1.0, -2.0, 0.0), (3.0, 2.0, 4.0), (nan,) * 3)


def test_each_share_counts_the_samples_that_could_be_computed() -> None:
    """Intervals from 0 hold nothing; of four, two lie above 0, one ends at it."""
    found = diagnose(FOUND, 2.0, POSITIVE)
    assert (found.replications, found.failed) == (5, 1)
    assert found.bias == pytest.approx(1.25 - 2.0)
    assert found.sd == pytest.approx(np.std([1, 2, -1, 3], ddof=1))
    assert found.bias_mc == pytest.approx(found.sd / 2)
    assert found.sd_mc == pytest.approx(found.sd / sqrt(6))
    assert found.se == pytest.approx((0.5 + 0.75 + 0.5 + 0.5) / 4)
    assert found.se_mc == pytest.approx(np.std([0.5, 0.75, 0.5, 0.5], ddof=1) / 2)
    assert found.coverage == 0.75, "an interval that ends at the truth holds it"
    assert found.coverage_mc == pytest.approx(sqrt(0.75 * 0.25 / 4))
    assert (found.holds, found.fails) == (0.5, 0.25)
    assert found.power == 0.5
    assert isnan(found.size)


def test_a_region_between_two_bounds_has_its_nearer_one() -> None:
    """Truth 0.9 lies nearer to 1: intervals above 1 are on the wrong side."""
    found = diagnose(
        answers((1.5, 1.2, 1.8), (0.5, 0.2, 0.8), (0.5, 0.0, 1.0)), 0.9, Predicate("between", 0, 1)
    )
    assert found.holds == pytest.approx(1 / 3), "an interval from bound to bound does not hold"
    assert found.fails == pytest.approx(1 / 3)
    assert found.type_s == pytest.approx(1 / 2)


def test_the_error_of_the_truth_counts_in_that_of_the_bias() -> None:
    found = diagnose(FOUND, 2.0, POSITIVE, truth_mc=0.3)
    assert found.bias_mc == pytest.approx(sqrt(found.sd**2 / 4 + 0.09))
