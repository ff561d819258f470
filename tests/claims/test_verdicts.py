"""Verdicts follow from outcomes, and from nothing that is not evidence."""

from dataclasses import replace
from pathlib import Path

import pytest

from compendium.claims.ledger import Estimate
from compendium.claims.verdicts import judge_claims, rows_of_claims, rows_of_tests, verdict_of
from compendium.errors import UserError
from compendium.plan import load_plan

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (["holds"], "supported"),
        (["holds", "not run"], "supported"),
        (["holds", "fails"], "mixed"),
        (["holds", "inconclusive"], "mixed"),
        (["fails", "inconclusive"], "not supported"),
        (["fails"], "not supported"),
        (["inconclusive", "inconclusive"], "inconclusive"),
        (["not run"], "untested"),
        ([], "untested"),
    ],
)
def test_verdict_of_outcomes(outcomes, verdict):
    assert verdict_of(outcomes) == verdict


@pytest.fixture(scope="module")
def plan():
    whole = load_plan(ROOT)
    claim = whole.claims["C1"]
    tests = (claim.tests[0], claim.tests[3])
    assert [test.role for test in tests] == ["premise", "core"]
    return whole.model_copy(update={"claims": {"C1": claim.model_copy(update={"tests": tests})}})


def ledger(plan, premise, core, **changes):
    values = dict(zip(plan.tests, (premise, core), strict=True))
    found = {}
    for name, value in values.items():
        estimate = plan.tests[name].estimate
        found[estimate] = replace(Estimate(estimate, "a", "甲", "x", value), **changes)
    return found


@pytest.mark.parametrize(
    ("premise", "core", "verdict"),
    [
        (1, 0.9, "supported"),
        (1, 0.1, "not supported"),
        (-1, 0.9, "mixed"),
        (-1, 0.1, "not supported"),
    ],
)
def test_a_premise_counts_only_where_it_fails(plan, premise, core, verdict):
    (result,) = judge_claims(plan, ledger(plan, premise, core))
    assert result.verdict == verdict


def only(plan, index, **changes):
    claim = plan.claims["C1"]
    test = claim.tests[index].model_copy(update=changes)
    return plan.model_copy(update={"claims": {"C1": claim.model_copy(update={"tests": (test,)})}})


def test_a_premise_alone_leaves_the_claim_untested(plan):
    alone = only(plan, 0)
    name = alone.claims["C1"].tests[0].estimate
    (result,) = judge_claims(alone, {name: Estimate(name, "a", "甲", "x", 1.0)})
    assert (result.results[0].outcome, result.verdict) == ("holds", "untested")
    assert result.rests_on == ()


def test_a_stand_in_never_counts(plan):
    alone = only(plan, 1, evidence="stand-in")
    name = alone.claims["C1"].tests[0].estimate
    standin = Estimate(name, "a", "甲", "x", 0.9, evidence="stand-in")
    (result,) = judge_claims(alone, {name: standin})
    assert (result.results[0].outcome, result.verdict) == ("holds", "untested")


@pytest.mark.parametrize(
    ("evidence", "verdict", "rests_on"),
    [("stand-in", "untested", ()), ("observed", "supported", ("observed",))],
)
def test_a_survey_test_counts_once_the_survey_is_observed(plan, evidence, verdict, rests_on):
    alone = only(plan, 1, evidence="survey")
    name = alone.claims["C1"].tests[0].estimate
    found = {name: Estimate(name, "a", "甲", "x", 0.9, evidence=evidence)}
    (result,) = judge_claims(alone, found)
    assert (result.results[0].outcome, result.verdict, result.rests_on) == (
        "holds",
        verdict,
        rests_on,
    )
    assert rows_of_tests([result]).loc[0, "evidence"] == evidence


def test_a_survey_test_takes_neither_external_data_nor_nothing(plan):
    alone = only(plan, 1, evidence="survey")
    name = alone.claims["C1"].tests[0].estimate
    external = Estimate(name, "a", "甲", "x", 0.9, evidence="external")
    with pytest.raises(UserError, match="asks for survey evidence"):
        judge_claims(alone, {name: external})
    with pytest.raises(UserError, match="did not record"):
        judge_claims(alone, {})


def test_external_data_that_are_absent_leave_a_test_not_run(plan):
    alone = only(plan, 1, evidence="external")
    (result,) = judge_claims(alone, {})
    assert (result.results[0].outcome, result.verdict) == ("not run", "untested")
    assert rows_of_tests([result]).loc[0, "outcome"] == "not run"


def test_a_missing_observed_estimate_is_an_error(plan):
    with pytest.raises(UserError, match="which 02_context did not record"):
        judge_claims(plan, {})


def test_evidence_of_another_kind_is_refused(plan):
    with pytest.raises(UserError, match="asks for observed evidence"):
        judge_claims(plan, ledger(plan, 1, 0.9, evidence="stand-in"))


def test_an_estimate_that_is_nan_is_refused(plan):
    with pytest.raises(UserError, match="can't be judged"):
        judge_claims(plan, ledger(plan, float("nan"), 0.9))


def test_tables_hold_codes_not_words(plan):
    results = judge_claims(plan, ledger(plan, 1, 0.9))
    assert rows_of_claims(results).loc[0, ["claim", "verdict", "holds"]].tolist() == [
        "C1",
        "supported",
        1,
    ]
    assert rows_of_tests(results)["role"].tolist() == ["premise", "core"]
