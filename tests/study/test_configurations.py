"""Sets of incidents follow their definitions, and what is reported follows the solutions."""

from math import isnan

import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.exhibits.forms.truth_table import RESULTS
from compendium.qca import Cuts, calibrate
from compendium.text import Text
from grassroots import accountability as acc
from grassroots import configurations as cfg

CUTS = Cuts(consistency=0.8, pri=0.65, frequency=2)


def incident(i, hazard, urban, size, low, date="2021-03-05"):
    base = dict.fromkeys([*acc.TIERS, *acc.FAILURES, "province"])
    return base | {
        "incident_id": f"case{i}",
        "hazard": hazard,
        "urban": urban,
        "date": date,
        "tier_list_complete": 1,
        "tier_county": size - low,
        "tier_township": low,
        "sanction_kind": "early_notice",
    }


@pytest.fixture
def incidents():
    """Blame is low in epidemics and only there, whatever else is the case."""
    rows = [
        incident(4 * i + 2 * j + k, hazard, urban, size, size if hazard == "epidemic" else 0)
        for i, hazard in enumerate(("epidemic", "epidemic", "fire", "flood"))
        for j, urban in enumerate((0, 1))
        for k, size in enumerate((2, 12))
    ]
    return pd.DataFrame(rows).astype({"urban": "Int64"})


@pytest.fixture
def found(incidents):
    return cfg.analyse(cfg.measured(incidents), cfg.DESIGNS[0], CUTS)


@pytest.mark.parametrize(
    ("date", "moment", "in_force"),
    [
        ("2021-07-31", 2021 + 6 / 12, 0),
        ("2021-08", 2021 + 7 / 12, 1),
        ("2020", 2020.5, 0),
        ("2022", 2022.5, 1),
    ],
)
def test_a_date_without_a_month_is_enough_where_the_year_decides(date, moment, in_force):
    rows = pd.DataFrame([incident(1, "epidemic", 1, 3, 1, date)]).astype({"urban": "Int64"})
    measured = cfg.measured(rows)
    assert measured["dynamic_zero"].tolist() == pytest.approx([moment])
    sets = calibrate(measured, {"dynamic_zero": cfg.DYNAMIC_ZERO_FROM})
    assert sets["dynamic_zero"].tolist() == [in_force]


def test_the_incident_is_named_where_only_the_month_decides():
    rows = pd.DataFrame([incident(1, "epidemic", 1, 3, 1, "2021")]).astype({"urban": "Int64"})
    with pytest.raises(UserError, match=r"'case1'.*no month") as caught:
        cfg.measured(rows)
    assert caught.value.column == "date"


def test_half_of_a_list_is_no_majority_and_any_majority_is_one():
    for size in range(1, 19):
        shares = pd.DataFrame({cfg.OUTCOME: [low / size for low in range(size + 1)]})
        sets = calibrate(shares, {cfg.OUTCOME: cfg.SHARE_ANCHORS})
        assert [m > 0.5 for m in sets[cfg.OUTCOME]] == [2 * low > size for low in range(size + 1)]


def test_no_list_has_a_length_of_exactly_half_membership():
    lengths = pd.DataFrame({"long_list": [float(n) for n in range(1, 40)]})
    sets = calibrate(lengths, {"long_list": cfg.LENGTH_ANCHORS})
    assert [m > 0.5 for m in sets["long_list"]] == [n > len(acc.TIERS) for n in range(1, 40)]


@pytest.mark.parametrize(
    ("date", "member"), [("2021-07-31", 0.0), ("2021-08-01", 1.0), ("2020-01-20", 0.0)]
)
def test_dynamic_zero_begins_in_august_2021(date, member):
    raw = cfg.measured(pd.DataFrame([incident(1, "epidemic", 1, 3, 1, date)]))
    assert calibrate(raw, cfg.CALIBRATIONS)["dynamic_zero"].tolist() == [member]


def test_measures_are_those_of_the_list(incidents):
    raw = cfg.measured(incidents)
    assert raw.loc["case1"].tolist()[:5] == ["epidemic", 1.0, 1.0, 0.0, 12.0]
    assert len(cfg.measured(incidents, min_sanctioned=3)) == 8


def test_a_design_takes_the_incidents_of_its_group(incidents):
    raw = cfg.measured(incidents)
    taken = {design.group: design.choose(raw)["group"].unique().tolist() for design in cfg.DESIGNS}
    assert taken == {"all": ["epidemic", "other"], "epidemic": ["epidemic"], "other": ["other"]}


def test_a_planted_rule_is_found_for_the_outcome_and_its_negation(found):
    rows = cfg.solution_rows([found]).query("solution == 'intermediate'")
    assert rows[["outcome", "epidemic", "urban", "long_list"]].to_numpy().tolist() == [
        ["low_tier", "present", "any", "any"],
        ["~low_tier", "absent", "any", "any"],
    ]
    assert rows["cases"].tolist() == [8, 8]
    assert found.analysis.contradictions == ()


def test_a_design_without_a_positive_row_says_so(incidents):
    raw = cfg.measured(incidents)
    other = cfg.analyse(raw, cfg.DESIGNS[2], CUTS)
    rows = cfg.solution_rows([other])
    assert rows.loc[0, "solution"] == "no_solution"
    assert other.sides[0].solutions == {}
    assert "qca.other.low_tier.solution.consistency" not in cfg.fit_lines(other)
    assert cfg.fit_lines(other)["qca.other.low_tier.positive_rows"].value == 0
    assert set(cfg.xy_points(other, other.sides[0])["x"]) == {0.0}
    assert list(cfg.robustness_rows([])) == cfg.RANGE_COLUMNS


def test_diversity_counts_rows_and_cases(found):
    rows = cfg.diversity_rows([found]).set_index("outcome")
    assert rows.loc["low_tier", ["cases", "possible", "observed", "positive"]].tolist() == [
        16,
        8,
        8,
        4,
    ]
    assert rows.loc["low_tier", "positive_cases"] == 8


def test_an_incident_tips_the_solution_where_expectations_cannot_fill_its_row(found):
    """A city is expected to help: without one case, only rows outside cities are lost."""
    outside = found.raw.query("epidemic == 1 and urban == 0").index
    assert cfg.tipping_cases(found, found.sides[0]) == tuple(outside)
    loose = cfg.analyse(found.raw, found.design, Cuts(0.8, pri=0.65, frequency=1))
    assert cfg.tipping_cases(loose, loose.sides[0]) == ()


def test_the_condition_of_a_planted_rule_is_necessary(found):
    rows = cfg.necessity_rows([found]).query("outcome == 'low_tier' and second.isna()")
    passing = rows.query("passes == 'passes'")["first"].tolist()
    assert passing == ["epidemic"]


def test_points_of_a_planted_rule_are_typical_or_irrelevant(found):
    points = cfg.xy_points(found, found.sides[0])
    assert ((points["x"] > 0.5) == (points["value"] > 0.5)).all()
    assert (points["x"] == (points["group"] == "epidemic")).all()
    fit = found.sides[0].solutions["intermediate"].models[0].fit
    for name in ("consistency", "pri", "coverage"):
        assert points[name].tolist() == pytest.approx([getattr(fit, name)] * len(points))


def test_robustness_ranges_hold_the_value_and_stay_on_the_scale(found):
    rows = cfg.robustness_rows([found])
    assert (rows["low"] <= rows["value"]).all()
    assert (rows["value"] <= rows["high"]).all()
    shares = rows[rows["subject"] == "outcome_share"]
    assert shares["low"].min() >= 0
    assert shares["high"].max() <= 1
    assert set(rows["below"]) | set(rows["above"]) <= {cfg.SAME, cfg.ANOTHER, cfg.NONE}


def test_without_short_lists_the_planted_rule_holds_for_long_ones_alone(found):
    """Lists have 2 or 12 persons: from 3 on no row of short lists has a case."""
    rows = cfg.robustness_rows([found]).query("subject == 'lists'")
    assert rows[["value", "low", "high"]].to_numpy().tolist() == [[2, 2, 2]] * 2
    assert rows["above"].tolist() == [cfg.ANOTHER] * 2


def test_truth_rows_have_both_outcomes_and_known_results(found):
    rows = cfg.truth_rows(found)
    assert set(rows["group"]) == {"low_tier", "~low_tier"}
    assert set(rows["part"]) <= set(RESULTS)
    assert len(rows) == 8 * 3 * 2


def test_a_fit_has_no_interval_and_its_method_names_cuts_and_anchors(found):
    lines = cfg.ledger_lines({"all": found})
    for line in lines.values():
        assert isnan(line.ci_low)
        assert isnan(line.se)
        assert line.n == 16
        assert "no sampling interval" in str(line.method)
        assert "PRI 0.65" in str(line.method)
        assert "low_tier 0.2/0.52/0.8" in str(line.method)
    assert lines["qca.all.expected.consistency"].value > 0.95


def test_estimates_are_told_in_words(found):
    lines = cfg.fit_lines(found)
    name = "qca.all.not_low_tier.solution.pri"
    words = cfg.told(name, lines[name], lambda code: Text(f"<{code}>", f"「{code}」"))
    assert words.en == (
        "Intermediate solution (<~epidemic>), <pri>; outcome: <~low_tier>; incidents: <all>"
    )
    assert words.zh.startswith("中间解（「~epidemic」），「pri」")
