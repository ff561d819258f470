"""Verdicts follow from outcomes, and from nothing that is not evidence."""

from dataclasses import replace
from pathlib import Path

import pytest

from compendium.claims.ledger import Estimate
from compendium.claims.verdicts import (
    VERDICT_WORDS,
    ClaimResult,
    TestResult,
    judge_claims,
    rows_of_claims,
    rows_of_tests,
    verdict_of,
)
from compendium.errors import UserError
from compendium.plan import load_plan
from compendium.plan.types import Claim, Test
from compendium.text import Text

ROOT = Path(__file__).parents[2]


# A test in short: outcome, then b for blind, role p(remise) c(onsequence) s(upplementary), then the
# line where several share one, ~ where its estimate has no interval.
OUTCOMES = {"+": "holds", "-": "fails", "?": "inconclusive", "0": "not run"}
ROLES = {"p": "premise", "c": "consequence", "s": "supplementary"}
CASES = [
    ("", "untested", "untested"),
    ("0", "untested", "incomplete|untested"),
    # a blind test that holds supports; seen tests alone do not
    ("+b", "supported", "supported"),
    ("+b +", "supported", "supported"),
    ("+", "consistent with what was known", "consistent with what was known"),
    ("+ +", "consistent with what was known", "consistent with what was known"),
    ("-", "not supported", "not supported"),
    ("- -", "not supported", "not supported"),
    ("-b ?b", "not supported", "not supported"),
    ("+b -", "mixed", "mixed"),
    ("+b ?", "mixed", "mixed"),
    ("+ -b", "mixed", "mixed"),
    ("?b ?", "inconclusive", "inconclusive"),
    # premises never count as holding, and against the claim where they fail
    ("+bp", "untested", "untested"),
    ("?bp", "untested", "untested"),
    ("+b +bp", "supported", "supported"),
    ("+ +bp", "consistent with what was known", "consistent with what was known"),
    ("?b +bp", "inconclusive", "inconclusive"),
    ("+b -p", "mixed", "mixed"),
    ("-p", "not supported", "not supported"),
    # a line counts once, whatever the number of its tests
    ("+b1 +1 ?1", "supported", "supported"),
    ("+1 ?b1", "consistent with what was known", "consistent with what was known"),
    ("+b1 -1", "inconclusive", "inconclusive"),
    ("+b1 -1 +b2", "mixed", "mixed"),
    ("-1 -1 -1 +b2 ?3", "mixed", "mixed"),
    ("-1 ?1 ?2", "not supported", "not supported"),
    # consequences alone never give full support
    ("+bc", "supported in its consequences", "supported in its consequences"),
    ("+bc +", "supported in its consequences", "supported in its consequences"),
    ("+c", "consistent with what was known", "consistent with what was known"),
    ("+bc +b", "supported", "supported"),
    ("+bc ?b", "mixed", "mixed"),
    ("-bc", "not supported", "not supported"),
    # supplementary tests count nowhere
    ("+bs", "untested", "untested"),
    ("+b -bs", "supported", "supported"),
    ("+b 0s", "supported", "supported"),
    # what lacks its data leaves a mark and no other verdict
    ("+b 0", "supported", "incomplete|supported"),
    ("-b 0bc", "not supported", "incomplete|not supported"),
    ("?b 0p", "inconclusive", "incomplete|inconclusive"),
    # a verdict that rests on numbers without an interval says so in the word
    ("-b~", "not supported", "sums|not supported|3|T0:cases"),
    ("-b~ ?b", "not supported", "sums|not supported|3|T0:cases"),
    ("-b~ -b", "not supported", "not supported"),
    ("+~ +~", "consistent with what was known", "sums|consistent with what was known|3|T0:cases"),
    ("+b +~", "supported", "supported"),
    ("+b -~", "mixed", "sums|mixed|4|T1:cases"),
    ("+b -~1 -1", "mixed", "mixed"),
    ("-b~ 0", "not supported", "sums, incomplete|not supported|3|T0:cases"),
]


def results_of(short):
    return tuple(result_of(i, word) for i, word in enumerate(short.split()))


def result_of(i, word):
    bare, line = "~" in word, "".join(letter for letter in word[1:] if letter.isdecimal())
    test = Test(
        id=f"T{i}",
        label=Text("a", "甲"),
        estimate=f"e{i}",
        notebook="n",
        scale="real",
        predicate={"greater_than": 0},
        evidence="external",
        role=next((ROLES[letter] for letter in word if letter in ROLES), "core"),
        blind="b" in word,
        line=f"L{line}" if line else None,
        cases=Text("places", "个地方"),
        why=Text("a", "甲"),
        known=Text("a", "甲"),
    )
    interval = {} if bare else {"ci_low": -9.0, "ci_high": 9.0}
    found = Estimate(f"e{i}", "a", "甲", "x", 1.0, n=3 + i, evidence="external", **interval)
    outcome = OUTCOMES[word[0]]
    return TestResult(test, outcome, None if outcome == "not run" else found)


def claim_of(results):
    tests = tuple(result.test for result in results) or (result_of(0, "0").test,)
    claim = Claim(id="C", statement=Text("a", "甲"), limits=Text("a", "甲"), tests=tests)
    return ClaimResult(claim, results, verdict_of(results))


@pytest.mark.parametrize(("short", "verdict", "reads"), CASES, ids=[case[0] for case in CASES])
def test_a_verdict_follows_from_lines_of_evidence(short, verdict, reads):
    found = claim_of(results_of(short))
    assert found.verdict == verdict
    assert found.reads == reads


def test_every_verdict_has_a_case():
    assert {verdict for _, verdict, _ in CASES} == set(VERDICT_WORDS)


def test_a_test_that_does_not_count_changes_no_verdict():
    for short, verdict, _ in CASES:
        assert verdict_of(results_of(f"{short} +bp")) == verdict
        assert verdict_of(results_of(f"{short} -bs")) == verdict
        assert verdict_of(results_of(f"{short} 0b")) == verdict


def test_the_verdict_says_in_both_languages_what_it_rests_on():
    found = claim_of(results_of("-b~ ?1 +1 0"))
    assert found.words(found.reads, "en") == "mixed (3 places), incomplete"
    assert found.words(found.reads, "zh") == "证据不一（3 个地方；证据不全）"
    assert found.words(found.strength, "en") == (
        "lines of evidence: 2 (1 holding, 1 failing, 0 open; 1 blind, 1 with an interval); "
        "the weakest: 3 places"
    )
    assert found.words(found.strength, "zh") == (
        "证据线 2 条（成立 1、不成立 1、不能判定 0；盲检 1、有区间 1）；最弱者 3 个地方"
    )
    nothing = claim_of(())
    assert nothing.words(nothing.strength, "en") == "no test that counts"


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
    rows = rows_of_tests(results)
    assert rows["role"].tolist() == ["premise", "core"]
    assert rows["known"].tolist() == ["seen", "blind"]
    assert rows["line"].tolist() == [1, 2]
