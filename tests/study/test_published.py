"""Published figures: nothing is pooled that may not be, and every study in scope is on the map."""

from math import atanh, sqrt, tanh
from pathlib import Path

import pandas as pd
import pytest

from compendium.errors import UserError
from grassroots import published

FOLDER = Path(__file__).parents[2] / "data" / "published_surveys"
DEPRESSION = {"ST196": 1, "ST210": 1}
DEMAND = {"ST048": 1, "ST194": -1}


@pytest.fixture(scope="module")
def shipped():
    return pd.read_csv(FOLDER / "statistics.csv"), pd.read_csv(FOLDER / "studies.csv")


@pytest.fixture
def small():
    studies = pd.DataFrame(
        [
            ("a", "township", "convenience", 1, "A"),
            ("b", "subdistrict", "convenience", 1, "B"),
            ("c", "mixed", "document", 1, "C"),
            ("d", "community", "probability", 1, "D"),
            ("e", "other", "convenience", 0, "E"),
        ],
        columns=["study_id", "tier", "design", "in_scope", "independent_group"],
    )
    statistics = pd.DataFrame(
        [
            ("S2", "a", "strain", "alpha", 0),
            ("S1", "a", "strain", "proportion", 1),
            ("S3", "a", "burnout", "coefficient", 0),
            ("S4", "b", "strain", "proportion", 0),
            ("S5", "c", "staffing", "count", 0),
            ("S6", "d", "sample_composition", "proportion", 0),
            ("S7", "e", "recovery", "alpha", 0),
        ],
        columns=["stat_id", "study_id", "construct", "statistic", "poolable"],
    )
    return statistics, studies


def cells(grid):
    filled = grid[grid["value"] > 0]
    return {tuple(row[1:]) for row in filled.itertuples(index=False)}


def test_a_study_counts_once_in_a_cell_by_the_best_that_can_be_read(small):
    assert cells(published.evidence_map(*small)) == {
        ("strain", "township_tier", "sample_figure", 1),
        ("strain", "township_tier", "partial_figure", 1),
        ("burnout", "township_tier", "direction_only", 1),
        ("staffing", "several_tiers", "units_only", 1),
        ("no_construct", "community_tier", "design_only", 1),
    }


def test_the_map_is_the_whole_grid_with_its_zeros(small):
    grid = published.evidence_map(*small)
    assert len(grid) == 20 * 4 * 5
    assert not grid.duplicated(["category", "group", "part"]).any()
    assert grid.query("category == 'recovery'")["value"].sum() == 0


def test_a_tier_in_scope_that_the_map_does_not_know_is_refused(small):
    statistics, studies = small
    abroad = studies.assign(in_scope=1, tier=studies["tier"].replace("other", "county"))
    with pytest.raises(UserError, match=r"'county': study e is in scope, but not its tier"):
        published.evidence_map(statistics, abroad)


def test_every_construct_of_the_data_has_its_row(shipped):
    statistics, _ = shipped
    rows = {code for codes in published.SECTIONS.values() for code in codes}
    assert set(statistics["construct"]) - set(published.WITHOUT_CONSTRUCT) <= rows


def test_seven_samples_have_a_usable_figure_and_none_on_the_mismatch(shipped):
    figures = published.figures_in_scope(*shipped)
    assert figures.loc[figures["poolable"] == 1, "independent_group"].nunique() == 7
    mismatch = published.evidence_map(*shipped).query("category == 'power_responsibility_mismatch'")
    assert mismatch.query("value > 0")["part"].tolist() == ["units_only"]


def test_the_count_behind_a_published_share_is_restored():
    found = published.share_line(0.1508, 126, 0.95)
    assert found.value == 19 / 126
    assert found.n == 126
    assert round(found.value, 4) == 0.1508


def test_the_interval_of_a_correlation_is_fishers():
    found = published.correlation_line(0.5, 103, 0.95)
    assert found.ci_low == pytest.approx(tanh(atanh(0.5) - 1.959963985 / 10), abs=1e-9)
    assert found.ci_high == pytest.approx(tanh(atanh(0.5) + 1.959963985 / 10), abs=1e-9)
    assert found.se == pytest.approx(0.75 / sqrt(100))


def test_a_reversed_correlation_points_the_same_way(shipped):
    found = published.same_thing(*shipped, DEMAND)
    assert found["value"].tolist() == [0.516, 0.372]
    assert found["group"].is_unique


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        ({"ST061": 1, "ST064": 1}, "of this sample is already there"),
        ({"ST999": 1}, "no figure in scope"),
        ({"ST166": 1}, "may not be pooled"),
        ({"ST196": 1, "ST048": 1}, "is no proportion"),
        ({"ST196": -1}, "only a correlation can be reversed"),
    ],
)
def test_figures_that_may_not_stand_together_are_refused(shipped, signs, words):
    with pytest.raises(UserError, match=words):
        published.same_thing(*shipped, signs)


def test_an_interval_is_not_made_up_for_a_mean(shipped):
    with pytest.raises(UserError, match="no interval follows"):
        published.lines_of(published.same_thing(*shipped, {"ST205": 1}), 0.95)


def test_two_samples_are_never_averaged(shipped):
    sets = {"depression": published.same_thing(*shipped, DEPRESSION)}
    assert published.averages(sets, {"depression": True}, 0.95) == {}
    rows = published.forest_rows(sets, {}, 0.95)
    assert set(rows["group"]) == {"study"}
    assert rows["weight"].isna().all()


def third(figures):
    more = figures.iloc[:1].assign(stat_id="ST900", study_id="New", value=0.25, n=400, group="New")
    return pd.concat([figures, more], ignore_index=True)


def test_a_third_sample_of_the_same_thing_is_averaged_both_ways(shipped):
    sets = {"depression": third(published.same_thing(*shipped, DEPRESSION))}
    means = published.averages(sets, {"depression": True}, 0.95)
    assert [method for _, method in means] == ["REML", "DL"]
    rows = published.forest_rows(sets, means, 0.95)
    assert rows["group"].tolist() == ["study"] * 3 + ["mean", "prediction"] * 2
    assert rows["weight"].sum() == pytest.approx(1)
    mean = rows.query("category == 'mean_REML'").iloc[0]
    assert 0.15 < mean["value"] < 0.37
    ahead = rows.query("category == 'prediction_REML'").iloc[0]
    assert ahead["ci_low"] < mean["ci_low"] < mean["ci_high"] < ahead["ci_high"]


def test_different_things_are_not_averaged_however_many(shipped):
    sets = {"demand": third(published.same_thing(*shipped, DEMAND))}
    assert published.averages(sets, {"demand": False}, 0.95) == {}
    assert published.pooling_rows(sets, {"demand": False})["done"].tolist() == ["side_by_side"]


def test_one_sample_is_a_reference_point(shipped):
    sets = {"burnout": published.same_thing(*shipped, {"ST061": 1})}
    row = published.pooling_rows(sets, {"burnout": True}).iloc[0]
    assert (row["samples"], row["done"], row["why"]) == (1, "alone", "few_samples")


def test_staffing_ratios_are_residents_for_one_worker(shipped):
    found = published.residents_per_worker(*shipped)
    assert found["value"].is_monotonic_increasing
    assert set(found["design"]) == {"document", "case"}
