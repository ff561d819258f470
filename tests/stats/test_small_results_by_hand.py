"""Small results, each worked out by hand or by the library it could have come from."""

from math import atanh, sqrt, tanh

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from compendium.errors import UserError
from compendium.measurement.congruence import by_domain, discrepancies, mean_differences
from compendium.stats.alone import _listed
from compendium.stats.counts import rootogram
from compendium.stats.grouped import shares_by
from compendium.stats.leave_one_out import extremes, leave_one_out
from compendium.stats.means import mean_difference
from compendium.stats.overdispersion import boundary_ratio_test
from compendium.stats.rank import kendall
from compendium.stats.tidy import Tidy


def test_the_interval_of_a_rank_correlation_is_that_of_fieller() -> None:
    """Of six pairs 12 agree and 3 do not: tau 0.6; variance of its z 0.437 / 2."""
    found = kendall([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5], level=0.9)
    half = stats.norm.ppf(0.95) * sqrt(0.437 / 2)
    assert found.value == pytest.approx(0.6)
    assert found.ci_low == pytest.approx(tanh(atanh(0.6) - half))
    assert found.ci_high == pytest.approx(tanh(atanh(0.6) + half))
    assert "exact" in str(found.method)


@pytest.mark.parametrize("tied", ["x", "y"])
def test_a_tie_in_either_variable_makes_p_asymptotic(tied: str) -> None:
    pairs = {"x": [1, 2, 3, 4, 5, 6], "y": [2, 1, 4, 3, 6, 5]}
    pairs[tied] = [1, 1, 3, 4, 5, 6]
    found = kendall(**pairs)
    theirs = stats.kendalltau(pairs["x"], pairs["y"], method="asymptotic")
    assert found.p == pytest.approx(theirs.pvalue)
    assert "asymptotic" in str(found.method)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_perfect_order_has_no_interval(sign: int) -> None:
    found = kendall([1, 2, 3, 4, 5], [sign * x for x in (1, 2, 3, 4, 5)])
    assert found.value == pytest.approx(sign)
    assert np.isnan(found.ci_low)


@pytest.mark.parametrize("constant", [0, 1])
def test_a_constant_variable_has_no_order(constant: int) -> None:
    pairs = [[1, 2, 3, 4, 5], [2, 1, 4, 3, 5]]
    pairs[constant] = [7] * 5
    with pytest.raises(UserError, match="constant"):
        kendall(*pairs)


def test_one_constant_group_has_a_difference_and_two_have_none() -> None:
    """Variance 1 of three values over 3, nothing from the other group."""
    found = mean_difference([1.0, 2.0, 3.0], [5.0, 5.0])
    assert found.value == -3.0
    assert found.se == pytest.approx(sqrt(1 / 3))
    assert found.n == 5
    with pytest.raises(UserError, match="both groups are constant"):
        mean_difference([2.0, 2.0, 2.0], [5.0, 5.0])


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


@pytest.mark.parametrize(
    ("names", "en", "zh"),
    [
        (["a"], "a", "a"),
        (["a", "b", "c"], "a, b, c", "a、b、c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more", "a、b、c等另1个"),
        (["row 3", "b"], "row 3, b", "第3行、b"),
    ],
)
def test_three_names_are_listed_and_more_are_counted(names: list[str], en: str, zh: str) -> None:
    told = _listed(names)
    assert (told.en, told.zh) == (en, zh)
    assert _listed([]) is None


def test_a_rootogram_sums_what_is_above_its_last_count() -> None:
    counts = np.array([0, 0, 1, 1, 1, 2, 3, 5, 7, 0])
    results = sm.Poisson(counts, np.ones((10, 1))).fit(disp=False)
    whole, cut = rootogram(results), rootogram(results, largest=2)
    assert whole["observed"].tolist() == [3, 3, 1, 1, 0, 1, 0, 1]
    assert whole["expected"].to_numpy() == pytest.approx(10 * stats.poisson.pmf(range(8), 2.0))
    assert whole["open"].tolist() == [0] * 8
    assert cut["observed"].tolist() == [3, 3, 4]
    assert cut["expected"].sum() == pytest.approx(10)
    assert cut["open"].tolist() == [0, 0, 1]
    hanging = np.sqrt(cut["expected"]) - np.sqrt(cut["observed"])
    assert cut["hanging_from"].to_numpy() == pytest.approx(hanging.to_numpy())
    assert rootogram(results, largest=7)["open"].sum() == 0


def test_a_group_of_one_cluster_has_a_share_and_no_interval() -> None:
    counts = pd.DataFrame(
        {
            "kind": ["e", "e", "o", "o"],
            "place": ["p", "p", "q", "r"],
            "below": [1, 2, 1, 3],
            "all": [4, 4, 4, 4],
        }
    )
    found = shares_by(counts, ["kind"], ["below"], "all", "place")
    alone, two = found.tidy["e", "below"], found.tidy["o", "below"]
    assert (alone.value, alone.n, alone.n_clusters) == (0.375, 8, 1)
    assert np.isnan(alone.ci_low)
    assert (two.value, two.n_clusters) == (0.5, 2)
    assert two.ci_low < 0.5 < two.ci_high
    assert found.frame["successes"].tolist() == [3, 4]
    assert found.frame["trials"].tolist() == [8, 8]


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


def test_scores_just_half_a_deviation_apart_agree() -> None:
    frame = pd.DataFrame({"d": [4.0, 2.0, 5.0, 1.0], "m": [3.0, 3.0, 1.0, 4.0]})
    long = by_domain(frame, {"fire": ("d", "m")}, center=3.0)
    spread = np.std([4, 2, 5, 1, 3, 3, 1, 4], ddof=1)
    at, below = discrepancies(long, half_width=1 / spread), discrepancies(long, half_width=0.0)
    assert at[["power_greater", "agreement", "responsibility_greater"]].iloc[0].tolist() == [
        0.25,
        0.5,
        0.25,
    ]
    assert below["agreement"].tolist() == [0.0]
    assert at["n"].tolist() == [4]
