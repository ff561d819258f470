"""Counts of who was sanctioned follow the coding rules."""

from pathlib import Path

import pandas as pd
import pytest
import statsmodels.api as sm

from compendium.data.names import NAME_LISTS
from compendium.plan import load_plan
from compendium.stats.fitted import fit, read
from grassroots import accountability as acc
from grassroots.universes import _levels, official_columns


@pytest.fixture
def incidents():
    base = dict.fromkeys([*acc.TIERS, *acc.FAILURES, "province", "tier_list_complete", "deaths"])
    rows = [
        {"incident_id": "a", "hazard": "epidemic", "tier_list_complete": 1, "tier_county": 3, "tier_township": 1, "date": "2022-03"},
        {"incident_id": "b", "hazard": "fire", "tier_list_complete": 1, "tier_community": 2, "tier_county": 0, "deaths": 0},
        {"incident_id": "c", "hazard": "fire", "tier_list_complete": 0, "tier_county": 9},
        {"incident_id": "d", "hazard": "flood", "phase_response": 1, "phase_warning": 1, "coordination_failure": 1},
        {"incident_id": "e", "hazard": "flood", "phase_aftermath": 1},
        {"incident_id": "f", "hazard": "flood"},
    ]  # fmt: skip
    frame = pd.DataFrame(
        [base | {"sanction_kind": "early_notice", "date": "2010-05-01"} | row for row in rows]
    )
    whole = [*acc.TIERS, *acc.FAILURES, "tier_list_complete", "deaths"]
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


def test_version_1_has_its_own_rows_and_lists_and_the_values_of_today(incidents):
    first = incidents.loc[[1, 0], ["incident_id", *acc.TIERS]].assign(tier_list_complete=[1, None])
    now = acc.version_1(incidents, first.astype({"tier_list_complete": "Int64"}))
    assert now["incident_id"].tolist() == ["b", "a"]
    assert now.index.tolist() == [0, 1], "an id in the index too would make its name ambiguous"
    assert now["deaths"].tolist() == [0, pd.NA]
    assert acc.fully_listed(now)["incident_id"].tolist() == ["b"]


@pytest.fixture
def lists(incidents):
    known = {"deciding_level": "county", "urban": pd.Series([1, 0, 1, 0, 0, 0], dtype="Int64")}
    staff = pd.Series([2, 0, None, None, None, None], dtype="Int64")
    return acc.decided(incidents.assign(**known, service_staff=staff))


def test_a_fire_outside_cities_is_not_among_the_incidents_of_cities(lists):
    assert lists["setting"].tolist() == ["epidemic", "other_elsewhere"]
    assert lists["deciding_level"].tolist() == ["county", "county"]


def test_lists_with_service_staff_stand_in_one_row_and_not_in_the_other(lists):
    rows = acc.with_and_without_staff(lists).groupby("rows")["incident_id"].apply(list)
    assert rows.to_dict() == {"staff_in": ["a", "b"], "staff_out": ["b"]}


def test_the_figure_of_who_decided_shows_one_share_a_stratum():
    strata = {"setting": "epidemic", "sanction_kind": "early_notice", "deciding_level": "county"}
    frame = pd.DataFrame([strata | {"successes": 1, "trials": 4, "clusters": 3}] * 2)
    shares = frame.assign(part=["tier_county", "township_or_below"], share=[0.75, 0.25])
    points = acc.deciding_points(shares)
    assert points["value"].tolist() == [0.25]
    assert points[["category", "group", "facet", "n"]].to_numpy().tolist() == [
        ["county", "early_notice", "epidemic", 3]
    ]


def test_an_incident_whose_province_is_not_stated_stays_in_the_estimates(incidents):
    frame = incidents.assign(
        province=pd.Series(["湖北省", None, None, None, None, "山东省"], dtype="str"),
        officials_sanctioned=pd.Series([4, 2, 9, 3, 5, 7], dtype="Int64"),
        investigation_level="county",
        severity_class=None,
    )
    listed, officials = acc.fully_listed(frame), acc.officials_sanctioned(frame)
    assert listed["province"].tolist() == ["湖北省", acc.NOT_STATED]
    assert officials["province"].tolist() == ["湖北省", *[acc.NOT_STATED] * 4, "山东省"]
    model = sm.NegativeBinomial(officials["officials"], officials[[]].assign(const=1.0))
    assert read(fit(model, officials["province"]), 0.95).n_clusters == 3


def test_every_province_and_the_lack_of_one_have_a_word():
    labels = load_plan(Path(__file__).parents[2]).labels
    names = {*NAME_LISTS["provinces"].names, acc.NOT_STATED}
    assert names <= set(labels)


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
        base | counts | rest | {"year": 2021},
    ]
    found = acc.discipline_ranks(pd.DataFrame(rows))
    assert found["year"].tolist() == [2021, 2024], "in order of time"
    assert found["persons_total"].tolist() == [100, 100]
    assert found.loc[0, "below_county_share"] == pytest.approx(0.9)


def test_unknown_deaths_are_flagged_and_zero_deaths_are_not(incidents):
    terms = acc.tier_terms(acc.fully_listed(incidents), incidents)
    assert terms["log_deaths"].tolist() == [0, 0]
    assert terms["log_deaths_missing"].tolist() == [1, 0]
    assert terms["epidemic"].tolist() == [1, 0]
    assert terms["decade"].tolist() == pytest.approx([0.7, -0.5])


@pytest.fixture
def investigated():
    base = {"province": "P", "hazard": "fire", "date": "2015-01-01", "deaths": 3}
    rows = [
        {"officials_sanctioned": 4, "investigation_level": "state_council", "severity_class": "特别重大"},
        {"officials_sanctioned": 2, "investigation_level": "county", "severity_class": "一般", "deaths": None},
        {"officials_sanctioned": 9, "investigation_level": "province", "severity_class": None, "hazard": "epidemic"},
        {"officials_sanctioned": 1, "investigation_level": None, "severity_class": "较大"},
        {"officials_sanctioned": None, "investigation_level": "county", "severity_class": "较大"},
    ]  # fmt: skip
    kinds = ["final_report", "early_notice", "unknown", "final_report", None]
    frame = pd.DataFrame(
        [
            base | row | {"incident_id": f"i{k}", "sanction_kind": kind}
            for k, (row, kind) in enumerate(zip(rows, kinds, strict=True))
        ]
    )
    return frame.astype({"deaths": "Int64", "officials_sanctioned": "Int64"})


def test_officials_need_a_number_and_a_level_and_keep_what_else_is_unknown(investigated):
    found = acc.officials_sanctioned(investigated)
    assert found["incident_id"].tolist() == ["i0", "i1", "i2"]
    assert found["higher_level"].tolist() == [1, 0, 1]
    assert found["severity"].tolist() == ["extraordinary", "lower", "none"]
    assert found["hazard_group"].tolist() == ["accident", "accident", "epidemic"]
    assert found["final_report"].tolist() == [1, 0, 0]
    assert found["complete"].tolist() == [True, False, False]


def test_levels_of_inquiry_are_those_of_their_own_incident_in_any_order(investigated):
    enterprise = pd.Series([1, None, 0, 0, 0], dtype="Int64")
    rows = investigated.assign(sanctioned_includes_enterprise=enterprise).iloc[::-1]
    found = official_columns(rows.set_axis([7, 7, 3, 1, 3])).set_index("incident_id")
    assert found["steps_up"].to_dict() == {"i0": 3, "i1": 0, "i2": 2}
    assert found["central"].dropna().to_dict() == {"i0": 1, "i1": 0}
    assert found["keeps_officials_only"].to_dict() == {"i0": 0, "i1": 1, "i2": 1}


def test_the_reference_is_the_first_level_and_the_others_follow_in_order():
    levels = _levels(pd.Series(list("hcbgafed")), "d").categories
    assert levels.tolist() == list("dabcefgh")


def test_terms_of_officials_are_against_a_lower_class_accident(investigated):
    terms = acc.officials_terms(acc.officials_sanctioned(investigated))
    dummies = [name for name in terms if "[" in name]
    assert dummies == ["severity[extraordinary]", "severity[none]", "hazard_group[epidemic]"]
    assert terms.loc[1, dummies].tolist() == [0, 0, 0]
    assert terms["log_deaths_missing"].tolist() == [0, 1, 0]


def test_each_step_of_the_sample_asks_for_one_thing_more(investigated):
    steps = acc.sample_steps(investigated).set_index("step")
    assert steps["incidents"].tolist() == [5, 4, 3, 2, 1]
    assert steps.loc["stated_level", ["epidemics", "final_reports", "nobody"]].tolist() == [1, 1, 0]


def test_of_overlapping_periods_the_longer_is_kept():
    counts = {"cases_provincial": 1, "cases_bureau": 2, "cases_county": 7}
    base = counts | {"kind": "all", "cases_section_and_below": 90}
    periods = [
        ("2025-08", "2025-08-01", "2025-08-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2026-01", "2026-01-01", "2026-01-31"),
        ("2018", "2018-01-01", "2018-12-31"),
    ]
    rows = [
        base | dict(zip(("period", "period_start", "period_end"), p, strict=True)) for p in periods
    ]
    rows.append(
        rows[2]
        | {
            "period": "2026-02",
            "period_start": "2026-02-01",
            "period_end": "2026-02-28",
            "cases_bureau": None,
        }
    )
    rows.append(rows[2] | {"kind": "formalism"})
    found = acc.eight_point_ranks(pd.DataFrame(rows[::-1]))
    assert found["period"].tolist() == ["2025", "2026-01"], "in order of time"
    assert found["persons_total"].tolist() == [100, 100]


def test_three_sources_of_ranks_stand_side_by_side():
    ranks = {"rank_bureau": [1, 2], "rank_county": [3, 4], "below_county": [6, 4]}
    inspections = pd.DataFrame({"announced": "2017-11-16", "persons_total": [10, 10], **ranks})
    discipline = pd.DataFrame(
        {"year": [2016, 2017], "rank_ministerial": 0, "persons_total": 10, **ranks}
    )
    eight = pd.DataFrame(
        {"period": ["2022", "2023-04"], "rank_ministerial": 0, "persons_total": 10, **ranks}
    )
    rows = acc.rank_rows(inspections, discipline, eight)
    assert rows["period"].tolist() == ["2017-11-16", "2016", "2017", "2022", "2023-04"]
    assert rows.loc[0, ["persons_total", "below_county"]].tolist() == [20, 10]
    assert rows["below_county_share"].tolist() == pytest.approx([0.5, 0.6, 0.4, 0.6, 0.4])
    assert pd.isna(rows.loc[0, "rank_ministerial"])


def test_an_incident_not_read_twice_has_no_second_codes():
    failures = pd.DataFrame({"incident_id": ["a", "b"]})
    second = pd.DataFrame(
        [("b", code, int(code == "coordination_failure")) for code in acc.FAILURES],
        columns=["incident_id", "field", "coder_2"],
    )
    found = acc.second_reading(failures, second)
    pd.testing.assert_index_equal(found.index, failures.index)
    renamed = failures.set_axis(failures.index + 7)
    pd.testing.assert_index_equal(acc.second_reading(renamed, second).index, renamed.index)
    assert found.loc[0].isna().all()
    assert found.loc[
        1, ["duty_unclear", "coordination_failure", "duty_or_coordination"]
    ].tolist() == [0, 1, 1]
