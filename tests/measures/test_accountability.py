"""Counts of who was sanctioned follow the coding rules."""

import pandas as pd
import pytest

from grassroots.measures import accountability as acc


@pytest.fixture
def incidents():
    base = dict.fromkeys([*acc.TIERS, *acc.FAILURES, "province", "tier_list_complete"])
    rows = [
        {"incident_id": "a", "hazard": "epidemic", "tier_list_complete": 1, "tier_county": 3, "tier_township": 1},
        {"incident_id": "b", "hazard": "fire", "tier_list_complete": 1, "tier_community": 2, "tier_county": 0},
        {"incident_id": "c", "hazard": "fire", "tier_list_complete": 0, "tier_county": 9},
        {"incident_id": "d", "hazard": "flood", "phase_response": 1, "phase_warning": 1, "coordination_failure": 1},
        {"incident_id": "e", "hazard": "flood", "phase_aftermath": 1},
        {"incident_id": "f", "hazard": "flood"},
    ]  # fmt: skip
    frame = pd.DataFrame([base | {"sanction_kind": "early_notice"} | row for row in rows])
    whole = [*acc.TIERS, *acc.FAILURES, "tier_list_complete"]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def test_only_complete_lists_enter_and_an_empty_tier_of_theirs_is_zero(incidents):
    listed = acc.fully_listed(incidents).set_index("incident_id")
    assert list(listed.index) == ["a", "b"]
    assert listed.loc["a", ["sanctioned", "township_or_below", "group"]].tolist() == [
        4,
        1,
        "epidemic",
    ]
    assert listed.loc["b", ["sanctioned", "township_or_below", "group"]].tolist() == [2, 2, "other"]


def test_short_lists_can_be_left_out(incidents):
    assert acc.fully_listed(incidents, min_sanctioned=3)["incident_id"].tolist() == ["a"]


def test_the_first_phase_named_is_the_earliest_in_the_cycle(incidents):
    named = acc.named_failures(incidents).set_index("incident_id")
    assert named.loc["d", "first_named"] == "phase_warning"
    assert named.loc["d", "phases_named"] == 2
    assert named.loc["f", "first_named"] == ""
    assert named["any_named"].tolist() == [False, False, False, True, True, False]
    assert named.loc["d", "duty_or_coordination"]


def test_phases_are_compared_among_incidents_with_a_named_failure(incidents):
    rows = acc.phase_rows(acc.named_failures(incidents)).set_index("phase")
    assert rows["first"].sum() == 2
    assert rows.loc["phase_response", "coordination_named"] == 1
    assert rows.loc["phase_aftermath", "coordination_not_named"] == 1


def test_a_year_with_two_sources_counts_once():
    base = {"area": "national", "category": "punished", "period_label": "full year"}
    counts = {"rank_ministerial": 1, "rank_bureau": 2, "rank_county": 7, "rank_section": 10}
    rest = {"ordinary_cadre": 20, "rural_enterprise_other": 60}
    rows = [
        base | counts | rest | {"year": 2024},
        base | counts | rest | {"year": 2024, "rank_county": 8},
        base | counts | rest | {"year": 2023, "ordinary_cadre": None},
        base | counts | rest | {"year": 2022, "area": "广东省"},
    ]
    found = acc.discipline_ranks(pd.DataFrame(rows))
    assert found["year"].tolist() == [2024]
    assert found.loc[0, "persons_total"] == 100
    assert found.loc[0, "below_county_share"] == pytest.approx(0.9)
