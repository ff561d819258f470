"""Excess of prefecture rules: made-up units, and the facts of the external files."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.data import load_codebooks, load_table
from compendium.data.external import External, find_external, load_external, load_registry
from compendium.errors import UserError
from compendium.stats.tidy import Tidy
from grassroots import escalation as esc
from grassroots.published_rules import defects, directions, published_beside_ours

ROOT = Path(__file__).parents[2]
PLACES = (os.environ.get("GRASSROOTS_EXTERNAL", ""), "../shared/external", "data/external")


def tables():
    names = ["甲", "乙", "丙", "丁", "北京", "庄河"]
    rules = {"name": names, "code": [130100, 130200, 220100, 220200, 110000, 210283]}
    cases = {"cases_start": [0, 5, 1, 1, 9, 7], "cases_end": [0, 8, 1, 2, 9, 8]}
    provinces = {"province": list("冀吉京辽"), "province_code": [13, 22, 11, 21]}
    yearbook = {"population": [100.0, 200.0], "beds": [10.0, 20.0], "doctors": [2000.0, 6000.0]}
    return {
        "covid_cases": pd.DataFrame(rules | cases),
        "covid_province_cases": pd.DataFrame(
            provinces | {"cases_start": [1, 1, 1, 1], "cases_end": [4, 2, 1, 1]}
        ),
        "covid_digital": pd.DataFrame(
            {
                "name": ["甲市", "丙市"],
                "digital_ability": [30.0, 20.0],
                "digital": [60.0, 40.0],
                "city_class": [2, 2],
            }
        ),
        "covid_attention": pd.DataFrame(
            {"name": ["甲市", "甲市"], "attention": [10, 10], "attention_change": [5, 5]}
        ),
        "covid_movement": pd.DataFrame({"name": ["乙市"], "inflow": [0.5]}),
        "covid_yearbook": pd.DataFrame(
            {"name": ["甲市", "乙市"], **yearbook, "growth": [6.0, 7.0]}
        ),
    }


def ruled():
    """Shipped rules of the same units."""
    coded = {"force_1": [1, 3, 3, 5, 2, 1], "force_2": [1, 2, 3, None, 2, 1]}
    provinces = {"province_code": [13, 13, 22, 22, 11, 21], "province_force": [1, 1, 3, 3, 1, 1]}
    force = {"force": [1, 3, 2, 5, 2, 1]}
    return tables()["covid_cases"][["name", "code"]].assign(**coded, **provinces, **force)


UNITS = esc.assemble(ruled(), tables()).set_index("name")


def test_excess_is_counted_against_the_own_province():
    assert UNITS["excess"].to_dict() == {"甲": 0, "乙": 2, "丙": -1, "丁": 2, "北京": 1, "庄河": 0}


def test_only_prefectures_below_a_province_count():
    assert list(esc.prefectures(UNITS.reset_index())["name"]) == ["甲", "乙", "丙", "丁"]


def test_a_city_listed_twice_is_joined_once_and_one_without_a_source_stays_empty():
    assert UNITS.loc["甲", "attention"] == pytest.approx(np.log(10))
    assert np.isnan(UNITS.loc["乙", "attention"])


def test_cases_are_new_ones_and_those_of_another_city_are_not_taken():
    assert UNITS["city_period"].to_dict()["乙"] == 3
    assert pd.isna(UNITS.loc["庄河", "city_period"])
    assert UNITS.loc["乙", "new_cases"] == pytest.approx(np.log(4))


def test_peers_are_cities_of_the_class_or_of_the_province():
    assert UNITS.loc["甲", "peer_period"] == 0
    assert UNITS.loc["乙", "peer_period"] == 0
    assert UNITS.loc["丁", "peer_period"] == 0
    assert UNITS.loc["丙", "peer_period"] == 0
    assert np.isnan(UNITS.loc["北京", "peer_period"])


def test_rows_for_a_model_are_complete_and_standardised_but_for_the_scale_itself():
    rows = esc.rows_for(
        UNITS.reset_index(), ["province_force", "doctors", "province_force:doctors"]
    )
    assert list(rows["name"]) == ["甲", "乙"]
    assert rows["doctors"].mean() == pytest.approx(0)
    assert rows["doctors"].std() == pytest.approx(1)
    assert set(rows["province_force"]) == {1}
    with pytest.raises(UserError, match="column inflow: a term does not vary"):
        esc.rows_for(UNITS.reset_index(), ["inflow"])
    with pytest.raises(UserError, match="column alike: a term does not vary"):
        esc.rows_for(UNITS.assign(alike=1.0), ["doctors", "alike"])


def test_demands_are_paired_where_both_teams_coded_the_unit():
    rows = pd.DataFrame({"name": ["甲", "乙", "甲", "丙"], "team": [1, 1, 2, 2]})
    rows = rows.assign(**dict.fromkeys(esc.MEASURES, 0)).assign(serology=[2, 1, 0, 1])
    found = esc.codings(rows)
    assert found["name"].tolist() == ["甲"] * len(esc.MEASURES)
    serology = found[found["field"] == "serology"]
    assert serology[["coder_1", "coder_2"]].to_numpy().tolist() == [[1, 0]]
    assert found.drop(index=serology.index)[["coder_1", "coder_2"]].sum().sum() == 0


def test_units_that_one_team_did_not_code_are_counted_as_such():
    """Of those coded twice, the force of one is that of neither team."""
    counts = defects(UNITS.reset_index(), tables()).set_index("defect")["rows"]
    assert counts[["not_coded", "agreed_with_neither"]].tolist() == [1, 1]


def test_steps_add_up_and_nobody_at_the_floor_lies_below():
    units = esc.prefectures(UNITS.reset_index())
    steps = esc.step_counts(units)
    assert (steps[list(esc.STEPS)].sum(axis=1) == steps["trials"]).all()
    assert steps.loc[steps["floor"] == "province_at_floor", "below"].sum() == 0
    assert esc.excess_counts(units)["value"].sum() == len(units)


def test_directions_are_compared_with_one():
    same = Tidy("x", 1.5, ci_low=1.1, ci_high=2.0, n=9)
    found = directions(
        dict.fromkeys(
            (
                "digital_ability",
                "beds",
                "city_period",
                "province_period",
                "peer_period",
                "attention_change",
            ),
            same,
        )
    )
    by_term = found.set_index("term")["finding"]
    assert by_term["city_period"] == "same_direction_excludes_none"
    assert by_term["beds"] == "other_direction"


@pytest.fixture(scope="module")
def covid() -> External:
    for place in filter(None, PLACES):
        folder = ROOT / place / "covid19policy_cn"
        if folder.is_dir():
            return External(find_external(load_registry(ROOT), "covid19policy_cn"), folder)
    pytest.skip("the external data covid19policy_cn are absent")


@pytest.mark.external
def test_force_is_the_strictest_demand_of_each_coding(covid):
    """The authors' rule, applied to the flags, gives their force for every unit that was coded."""
    levels = {"reporting": 2, "test_before": 3, "test_after": 3, "monitoring": 4}
    levels |= {"home_isolation": 5, "central_isolation": 6}
    rules = covid.table("covid_prefectures").set_index("name")
    for team in (1, 2):
        flags = covid.table(f"covid_team_{team}").set_index("name")
        strictest = sum((flags[name] > 0) * 0 for name in levels) + 1
        for name, level in levels.items():
            strictest = strictest.mask(flags[name] > 0, strictest.clip(lower=level))
        known = rules[f"force_{team}"].dropna()
        off = (strictest.reindex(known.index) != known).mean()
        assert off == 0


@pytest.mark.external
def test_the_shipped_tables_are_those_that_the_script_derives(covid, monkeypatch, tmp_path):
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", str(covid.folder.resolve().parent))
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import derive_escalation

    monkeypatch.setattr(derive_escalation, "FOLDER", tmp_path)
    derive_escalation.main()
    for name in ("prefecture_rules.csv", "demands.csv"):
        assert (tmp_path / name).read_bytes() == (ROOT / "data" / "escalation" / name).read_bytes()


def test_two_provinces_are_corrected_and_the_others_follow_the_code():
    units = pd.DataFrame({"name": ["海口", "海南", "广州"], "code": [440000, 440000, 440100]})
    assert esc.province_codes(units).tolist() == [46, 63, 44]


@pytest.mark.external
def test_defects_named_by_the_source_are_found(covid):
    found = {name: covid.table(name) for name in covid.described.tables}
    units = esc.assemble(load_table(load_codebooks(ROOT)["prefecture_rules"]), found)
    counts = defects(units, found).set_index("defect")["rows"]
    assert counts["dalian_twice"] == 2
    assert counts["nanjing_twice"] == 2
    beside = published_beside_ours(units, found).set_index("figure")
    assert beside.loc["henan_mean", "ours"] == "2.235"
    assert beside.loc["shanxi_mean", "ours"] == "1.364"
    assert beside.loc["province_max", "ours"] == "4"
    assert beside.loc["province_mean", "finding"] == "agrees"


@pytest.mark.external
def test_texts_with_telephone_numbers_are_never_read(covid):
    read = {own for t in covid.described.tables.values() for own in t.names.values()}
    assert "ForceText" not in read


def test_absent_data_are_none(monkeypatch, tmp_path):
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", str(tmp_path))
    assert load_external(ROOT, "covid19policy_cn") is None
