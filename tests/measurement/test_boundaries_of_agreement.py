"""Agreement and polychoric correlations where draws, categories or spread are as few as may be."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from compendium.errors import UserError
from compendium.measurement.agreement import ac1_of, agreement, kappa_of, weight_matrix
from compendium.measurement.polychoric import polychoric

FIRST, SECOND = list("aabbabbaabab") * 3, list("ababaabbabab") * 3
UNITS = np.arange(36) // 3


def test_two_draws_are_the_fewest_that_an_interval_is_made_of():
    """All percentiles of two draws lie between them."""
    found = agreement(FIRST, SECOND, cluster=UNITS, seed=1, draws=2)
    assert found.percent.ci_low < found.percent.ci_high
    with pytest.raises(UserError, match="defined in 1 of 1 draws"):
        agreement(FIRST, SECOND, cluster=UNITS, seed=1, draws=1)


@pytest.mark.parametrize(
    ("first", "second", "percent", "defined"),
    [
        ("aaab", "aabb", 0.75, True),
        ("aaaa", "aabb", 0.5, False),
        ("aabb", "aaaa", 0.5, False),
        ("aaaa", "aaaa", 1.0, False),
    ],
)
def test_kappa_needs_two_categories_of_each_coder(first, second, percent, defined):
    found = agreement(list(first), list(second), ["a", "b"])
    assert found.percent.value == percent
    assert np.isfinite(found.kappa.value) == defined
    assert np.isfinite(found.ac1.value)  # its chance agreement is never certain


def test_coefficients_of_a_table_of_one_category_by_hand():
    """Chance agreement is certain by Cohen and nil by Gwet."""
    table, w = np.array([[5.0, 0], [0, 0]]), weight_matrix(2, "none")
    assert np.isnan(kappa_of(table, w))
    assert ac1_of(table, w) == 1
    assert np.isnan(ac1_of(np.array([[5.0]]), weight_matrix(1, "none")))


def test_units_that_all_agree_have_no_error_and_no_interval():
    found = agreement(list("aabb"), list("aabb"))
    for line in (found.kappa, found.ac1):
        assert line.value == 1
        assert np.isnan([line.se, line.ci_low, line.ci_high]).all()
    found = agreement(list("aabb") * 4, list("aabb") * 4, cluster=np.arange(16) // 4, seed=1)
    assert found.percent.value == 1
    assert np.isnan([found.percent.se, found.percent.ci_low]).all()


def test_an_item_has_one_threshold_less_than_categories():
    """Shares of 1/2, and of 1/4 each: thresholds at the quantiles of the normal."""
    items = pd.DataFrame({"two": np.arange(64) // 32, "four": np.arange(64) % 4})
    found = polychoric(items).thresholds
    assert found.loc["two"].tolist() == pytest.approx([0, np.nan, np.nan], nan_ok=True, abs=1e-12)
    assert found.loc["four"].tolist() == pytest.approx(norm.ppf([0.25, 0.5, 0.75]).tolist())


def test_items_that_never_cross_are_at_the_bound_and_others_are_not():
    copies = pd.DataFrame(
        {"a": np.arange(63) % 3, "b": np.arange(63) % 3, "c": np.arange(63) // 21}
    )
    found = polychoric(copies.assign(d=2 - copies["a"]))
    assert set(found.at_bound) == {("a", "b"), ("a", "d"), ("b", "d")}
    assert found.correlations.loc["a", "b"] == -found.correlations.loc["a", "d"]
    assert abs(found.correlations.loc["a", "c"]) < 1e-6
