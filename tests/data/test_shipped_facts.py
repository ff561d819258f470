"""Facts that the READMEs of the shipped data state, recomputed from the files."""

import pytest

from compendium.data import load_codebooks, load_table
from compendium.strict_yaml import load_strict

from .samples import ROOT

TIERS = ["tier_province", "tier_prefecture", "tier_county", "tier_township", "tier_community"]
RANKS = ["rank_ministerial", "rank_bureau", "rank_county", "rank_section_and_below"]


@pytest.fixture(scope="module")
def incidents():
    return load_table(load_codebooks(ROOT)["incidents"])


def test_complete_tier_lists(incidents):
    complete = incidents[incidents["tier_list_complete"] == 1]
    epidemic = complete[complete["hazard"] == "epidemic"]
    persons = [int(frame[TIERS].sum().sum()) for frame in (complete, epidemic)]
    assert (len(complete), len(epidemic), *persons) == (46, 30, 277, 196)
    kinds = complete["sanction_kind"].value_counts()
    assert (kinds["early_notice"], kinds["unknown"], kinds["final_report"]) == (43, 3, 0)


def test_most_sanctioned_officials_on_complete_lists_sit_at_county_tier(incidents):
    sums = incidents.loc[incidents["tier_list_complete"] == 1, TIERS].sum()
    assert sums.idxmax() == "tier_county"


def test_complete_rank_splits(incidents):
    whole = incidents["officials_sanctioned"].fillna(incidents["accountable_total"])
    split = incidents[RANKS].sum(axis=1, min_count=1)
    assert int((split == whole).sum()) == 5


def test_classified_incidents(incidents):
    classes = incidents["severity_class"].value_counts()
    assert (classes.sum(), classes["特别重大"] + classes["重大"]) == (102, 89)


def test_sets_of_the_eight_point_rules_with_all_ranks():
    frame = load_table(load_codebooks(ROOT)["eight_point_rules"])
    ranks = ["cases_bureau", "cases_county", "cases_section_and_below"]
    full = frame[frame[ranks].notna().all(axis=1)]
    assert len(full) == 15
    assert (full[["cases_provincial", *ranks]].sum(axis=1) == full["cases_total"]).all()


def test_agreement_of_the_two_codings():
    codes = load_table(load_codebooks(ROOT)["second_coding"])
    first, second = codes["coder_1"].astype(float), codes["coder_2"].astype(float)
    observed = (first == second).mean()
    by_chance = first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean())
    assert round((observed - by_chance) / (1 - by_chance), 2) == 0.86
    prevalence = (first.mean() + second.mean()) / 2
    by_chance_gwet = 2 * prevalence * (1 - prevalence)
    assert round((observed - by_chance_gwet) / (1 - by_chance_gwet), 2) == 0.92


def test_poolable_figures():
    frame = load_table(load_codebooks(ROOT)["statistics"])
    pool = frame[frame["poolable"] == 1]
    assert (len(pool), pool["study_id"].nunique()) == (25, 7)


def test_series_read_on_official_pages_and_computed_shares():
    frame = load_table(load_codebooks(ROOT)["series"])
    assert int((frame["source_grade"] == "official").sum()) == 239
    years = frame.groupby("series_id", observed=True).size()
    assert (years["local_share_revenue"], years["local_share_expenditure"]) == (32, 25)


def test_instruments_join_the_studies():
    scales = load_strict(ROOT / "data/published_surveys/instruments.yml").value["instruments"]
    studies = set(load_table(load_codebooks(ROOT)["studies"])["study_id"])
    assert len({scale["id"] for scale in scales}) == 41
    assert {scale["study_id"] for scale in scales if scale["study_id"]} <= studies
