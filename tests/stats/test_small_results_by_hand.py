"""Small results, each worked out by hand or by the library it could have come from."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compendium.errors import UserError
from compendium.measurement.congruence import by_domain, mean_differences
from compendium.stats.imputation import pool
from compendium.stats.leave_one_out import extremes, leave_one_out
from compendium.stats.means import mean_difference
from compendium.stats.moderation import _roots
from compendium.stats.overdispersion import boundary_ratio_test
from compendium.stats.rank import kendall
from compendium.stats.survey_design import survey_design, weighted_share
from compendium.stats.tidy import Tidy


@pytest.mark.parametrize("sign", [1, -1])
def test_a_perfect_order_has_no_interval(sign: int) -> None:
    found = kendall([1, 2, 3, 4, 5], [sign * x for x in (1, 2, 3, 4, 5)])
    assert found.value == pytest.approx(sign)
    assert np.isnan(found.ci_low)


def test_the_difference_of_two_means_has_the_error_of_welch() -> None:
    """Variances 1 of three and 2 of two: 1/3 + 1."""
    assert mean_difference([1.0, 2.0, 3.0], [4.0, 6.0]).se == pytest.approx(sqrt(4 / 3))


def test_a_ratio_on_its_boundary_halves_chi_squared() -> None:
    models = ("model_nb2", "model_poisson")
    found = boundary_ratio_test(-12.0, -10.0, 9, models)
    assert found.value == 4.0
    assert found.p == pytest.approx(stats.chi2.sf(4.0, 1) / 2)
    assert boundary_ratio_test(-10.0, -10.0, 9, models).p == 1.0
    below = boundary_ratio_test(-10.0, -10.1, 9, models)
    assert (below.value, below.p) == (0.0, 1.0)


def test_without_each_group_in_order_of_what_it_changes() -> None:
    """Means of 1, 2, 9 without each: 5.5, 5, 1.5 against 4."""
    frame = pd.DataFrame({"g": ["a", "b", "c"], "v": [1.0, 2.0, 9.0]}, index=[7, 7, 7])

    def mean(rows: pd.DataFrame) -> Tidy:
        assert len(rows) == 3 or rows.index.tolist() == [0, 1]
        return Tidy("mean", rows["v"].mean(), 1.0, 0.0, 1.0, 0.95, n=len(rows), n_clusters=2)

    found = leave_one_out(mean, frame, "g")
    assert found["left_out"].tolist() == ["c", "b", "a"]
    assert found["change"].tolist() == [-2.5, 1.0, 1.5]
    assert found["rows"].tolist() == [1, 1, 1]
    lowest, highest = extremes(found, mean(frame.reset_index(drop=True)))
    assert (lowest.term, lowest.value, lowest.n) == ("c", 1.5, 2)
    assert (highest.term, highest.value) == ("a", 5.5)


def test_domains_are_long_with_the_terms_of_a_surface() -> None:
    frame = pd.DataFrame({"d": [4.0, 2.0, 5.0], "m": [2.0, 2.0, 1.0], "c": ["k", "k", "l"]})
    long = by_domain(frame, {"fire": ("d", "m")}, center=3.0, keep=("c",))
    assert long["difference"].tolist() == [2.0, 0.0, 4.0]
    assert long["x"].tolist() == [1.0, -1.0, 2.0]
    assert long["y"].tolist() == [-1.0, -1.0, -2.0]
    assert long["xy"].tolist() == [-1.0, 1.0, -4.0]
    assert long["x2"].tolist() == [1.0, 1.0, 4.0]
    means = mean_differences(long, ["domain"], "c")
    assert means["value"].tolist() == [2.0]
    assert means["n_clusters"].tolist() == [2]


def test_roots_of_a_line_of_a_parabola_and_of_none() -> None:
    """Of a w^2 + 2 h w + c: (w - 1)(w - 3) has h = -2, c = 3."""
    assert _roots(1.0, -2.0, 3.0) == pytest.approx((1.0, 3.0))
    assert _roots(-1.0, 2.0, -3.0) == pytest.approx((1.0, 3.0))
    assert _roots(0.0, 2.0, 3.0) == (-0.75,)
    assert _roots(0.0, 0.0, 3.0) == ()
    assert _roots(1.0, 0.0, -4.0) == pytest.approx((-2.0, 2.0))
    assert _roots(1.0, -1.0, 1.0) == (), "a double root changes no sign"
    assert _roots(1.0, 0.0, 1.0) == ()


def test_a_share_of_the_weights_of_a_subpopulation() -> None:
    """Of weights 1, 2, 3, 4 the last two rows: 3 of 7."""
    made = survey_design([1.0, 2.0, 3.0, 4.0])
    found = weighted_share(made, [1, 0, 1, 0], where=[False, False, True, True])
    assert found.value == pytest.approx(3 / 7)
    with pytest.raises(UserError, match="no weight in the subpopulation"):
        weighted_share(made, [1, 0, 1, 0], where=[False] * 4)


def test_two_estimates_pool_by_the_rules_of_rubin() -> None:
    """Within 1, between 2 for estimates 1 and 3: total variance 1 + 1.5 x 2."""
    lines = [Tidy("b", value, 1.0, level=0.95, n=50) for value in (1.0, 3.0)]
    found = pool(lines)
    assert found.line.value == 2.0
    assert found.within == 1.0
    assert found.between == 2.0
    assert found.line.se == pytest.approx(sqrt(4.0))
    assert found.riv == pytest.approx(3.0)
    assert found.df == pytest.approx((1 + 1 / 3) ** 2)
