"""Results of models are arranged without losing or inventing any."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from compendium.exhibits import arrange
from compendium.stats.bounds import named_bounds, read_again, unseen_share_needed
from compendium.stats.counts import rootogram
from compendium.stats.fitted import fit
from compendium.stats.leave_one_out import extremes_by
from compendium.stats.meta_analysis import logit_shares, random_effects
from compendium.stats.proportions import pooled_share
from compendium.stats.tidy import Tidy

RNG = np.random.default_rng(7)
FRAME = pd.DataFrame({"x": RNG.normal(size=120), "y": RNG.negative_binomial(2, 0.1, 120)})
FITTED = fit(smf.negativebinomial("y ~ x", FRAME))


def test_rate_ratios_are_exponentials_of_coefficients_without_intercept_and_dispersion():
    plain = arrange.slopes({"nb2": FITTED}, 0.95)
    ratios = arrange.slopes({"nb2": FITTED}, 0.95, ratio=True)
    assert list(plain) == list(ratios) == [("nb2", "x")]
    assert ratios["nb2", "x"].value == pytest.approx(np.exp(plain["nb2", "x"].value))
    assert arrange.tidy_rows(arrange.by_term(ratios)).loc[
        0, ["group", "category", "n"]
    ].tolist() == [
        "nb2",
        "x",
        120,
    ]


@pytest.mark.parametrize("width", [1, 5, 7])
def test_bins_of_the_rootogram_hold_every_incident_once(width):
    bins = arrange.rootogram_bins(rootogram(FITTED, largest=41), width)
    assert bins["observed"].sum() == len(FRAME)
    assert bins["expected"].sum() == pytest.approx(len(FRAME))
    assert bins.loc[0, ["low", "high"]].tolist() == [0, 0]
    assert (bins["low"].to_numpy()[1:] == bins["high"].to_numpy()[:-1] + 1).all()
    assert np.isnan(bins["high"].iloc[-1])


def test_a_forest_ends_in_its_means_and_the_prediction():
    analysis = random_effects(logit_shares([5, 20, 9], [30, 40, 50], ["a", "b", "c"]))
    rows = arrange.forest_rows(analysis, {"other": Tidy("share", 0.3, ci_low=0.2, ci_high=0.4)})
    assert rows["category"].tolist() == ["b", "c", "a", "random_effects", "other", "further_study"]
    assert rows["group"].tolist() == ["study"] * 3 + ["mean", "mean", "prediction"]


def test_what_single_groups_do_is_told_by_the_two_that_do_most():
    frame = pd.DataFrame({"hit": [0, 1, 9, 5], "all": 10, "place": list("abcd")})

    def share(rows):
        return pooled_share(rows["hit"], rows["all"], rows["place"])

    full = share(frame)
    ends = extremes_by(share, frame, {"town": "place"})
    low, high = ends["town", "lowest"], ends["town", "highest"]
    rows = arrange.without_rows({"share": ends}, {"share": full}, "town")
    assert rows.loc[0, ["without_low", "without_high"]].tolist() == ["c", "a"]
    assert rows.loc[0, ["lowest", "full", "highest"]].tolist() == pytest.approx([0.2, 0.375, 0.5])
    assert low.n == high.n == 3


def test_a_majority_needs_more_of_the_unseen_once_the_absent_are_known():
    first, second = [1, None, None, None], [1, 0, None, None]
    again = read_again(first, second)
    rows = arrange.assumption_rows(
        {"code": named_bounds(first)},
        {"code": named_bounds(**again, assumption="monotone")},
        {"code": unseen_share_needed(first)},
        {"code": unseen_share_needed(**again)},
    )
    assert rows.loc[0, ["named", "needed"]].tolist() == pytest.approx([1 / 4, 1 / 3])
    assert rows.loc[0, ["reread", "monotone_upper", "needed_reread"]].tolist() == [0.25, 0.5, 0.5]


def test_a_first_table_counts_what_is_known_and_shows_the_ends_that_it_is_given():
    rows = pd.DataFrame({"a": [1.0, np.nan, 3.0, 5.0], "b": [0, 1, 1, 1]})
    seen = arrange.described(rows).set_index("variable")
    assert seen.loc["a"].tolist() == [3, 3.0, 2.0, 1, 5]
    assert seen.loc["b", ["n", "mean"]].tolist() == [4, 0.75]
    ends = pd.DataFrame({"min": 0, "max": 9}, index=["a", "b"])
    told = arrange.described(rows, ends).set_index("variable")
    assert told.loc["a"].tolist() == [3, 3.0, 2.0, 0, 9]


def test_correlations_are_a_lower_triangle_and_few_pairs_have_none():
    rows = FRAME.assign(z=FRAME["x"].where(FRAME.index < 5), w=1.0)
    found = arrange.correlated(rows, "pearson").set_index("variable")
    assert found.loc["y", "r1"] == pytest.approx(np.corrcoef(rows["x"], rows["y"])[0, 1])
    assert np.isnan(found.loc["x", "r2"])
    assert found.loc[["z", "w"], ["r1", "r2"]].isna().all(axis=None)
    assert found["number"].tolist() == [1, 2, 3, 4]
