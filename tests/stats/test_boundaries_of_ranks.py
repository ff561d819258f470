"""Kendall's tau: ties of one side, and the interval with as few pairs as there may be."""

import numpy as np
import pytest

from compendium.stats.rank import kendall


@pytest.mark.parametrize(
    ("x", "y", "kind"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 5, 4], "exact"),
        ([1, 2, 3, 4, 4], [1, 2, 3, 5, 4], "asymptotic"),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 4], "asymptotic"),
    ],
)
def test_a_tie_on_either_side_is_enough_for_an_asymptotic_p_value(x, y, kind):
    assert kind in str(kendall(x, y).method)


@pytest.mark.parametrize("n", [5, 6, 12])
def test_the_interval_is_that_of_fieller_hartley_and_pearson(n):
    """The inverse hyperbolic tangent of tau has the variance 0.437 / (n - 4) (1957)."""
    y = [*range(n - 2), n - 1, n - 2]
    found = kendall(np.arange(n), y)
    tau = 1 - 2 / (n * (n - 1) / 2)  # one pair of all is turned round
    half = 1.959964 * np.sqrt(0.437 / (n - 4))
    assert found.value == pytest.approx(tau)
    assert found.ci_low == pytest.approx(np.tanh(np.arctanh(tau) - half), rel=1e-6)
    assert found.ci_high == pytest.approx(np.tanh(np.arctanh(tau) + half), rel=1e-6)
