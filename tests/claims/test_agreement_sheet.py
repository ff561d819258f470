"""The agreement sheet repeats the ledger, adds no verdict, and knows the family of each method."""

from dataclasses import replace
from math import nan
from pathlib import Path

import pytest

from compendium.claims.agreement import (
    DIRECTIONS,
    ROLES,
    VARIANT,
    findings,
    rows_of_agreement,
    rows_of_findings,
)
from compendium.claims.ledger import EVIDENCE, Estimate
from compendium.claims.verdicts import judge_claims
from compendium.errors import UserError
from compendium.plan import load_plan
from compendium.stats.method_words import OTHER_FAMILY, WORDS

FAMILIES = {word.family for word in WORDS.values() if word.family}
ROOT = Path(__file__).parents[2]
READINGS = ("all_toward", "all_against", "split", "one_family", "nothing")
SHARE, BOUNDS = "clustered_share", "bounds"


@pytest.fixture(scope="module")
def plan():
    """A plan of one claim: its premise and one core test, a share above one half."""
    whole = load_plan(ROOT)
    claim = whole.claims["C1"]
    tests = (claim.tests[0], claim.tests[3])
    assert [(t.role, t.predicate.low) for t in tests] == [("premise", 0), ("core", 0.5)]
    return whole.model_copy(update={"claims": {"C1": claim.model_copy(update={"tests": tests})}})


def ledger_of(plan, core, **variants):
    premise, tested = (test.estimate for test in plan.tests.values())
    found = [
        Estimate(premise, "a", "甲", "x", 1.0, family="arithmetic"),
        replace(core, id=tested),
        *(replace(variant, id=f"{tested}.{name}") for name, variant in variants.items()),
    ]
    return {estimate.id: estimate for estimate in found}


def share(value, low=nan, high=nan, family=SHARE, **changes):
    ends = {"ci_low": low, "ci_high": high}
    return Estimate("x", "a", "甲", "x", value, **ends, family=family, n=9, **changes)


def sheet(plan, ledger):
    return findings(judge_claims(plan, ledger), ledger)


def test_direction_is_of_the_value_and_outcome_of_the_interval(plan):
    one = rows_of_findings(sheet(plan, ledger_of(plan, share(0.6, 0.4, 0.8)))).iloc[1]
    assert (one["direction"], one["outcome"]) == ("toward", "inconclusive")
    one = rows_of_findings(sheet(plan, ledger_of(plan, share(0.4, 0.2, 0.8)))).iloc[1]
    assert (one["direction"], one["outcome"]) == ("against", "inconclusive")


def test_a_lower_bound_points_nowhere_while_the_upper_one_is_on_the_other_side(plan):
    ledger = ledger_of(plan, share(0.1, 0.05, 1.0, BOUNDS))
    assert sheet(plan, ledger)[1].direction == "open"
    ledger = ledger_of(plan, share(0.6, 0.4, 1.0, BOUNDS))
    assert sheet(plan, ledger)[1].direction == "toward"


def test_a_variant_is_judged_and_never_counts(plan):
    ledger = ledger_of(plan, share(0.7, 0.6, 0.8), glm=share(0.2, 0.1, 0.3, "regression"))
    results = judge_claims(plan, ledger)
    assert results[0].verdict == "supported"
    variant = findings(results, ledger)[2]
    assert (variant.role, variant.outcome, variant.family) == (VARIANT, "fails", "regression")


@pytest.mark.parametrize(
    ("core", "variant", "reading"),
    [
        (0.7, 0.8, "all_toward"),
        (0.2, 0.3, "all_against"),
        (0.7, 0.3, "split"),
    ],
)
def test_two_families_agree_or_not(plan, core, variant, reading):
    ledger = ledger_of(plan, share(core), glm=share(variant, family="regression"))
    row = rows_of_agreement(sheet(plan, ledger)).iloc[0]
    assert (row["estimates"], row["families"], row["reading"]) == (2, 2, reading)


def test_one_family_has_nothing_to_agree_with(plan):
    ledger = ledger_of(plan, share(0.7), again=share(0.2))
    row = rows_of_agreement(sheet(plan, ledger)).iloc[0]
    assert (row["families"], row["undecided"], row["reading"]) == (1, 1, "one_family")


def test_a_premise_speaks_neither_for_nor_against(plan):
    premise = plan.claims["C1"].model_copy(update={"tests": plan.claims["C1"].tests[:1]})
    alone = plan.model_copy(update={"claims": {"C1": premise}})
    found = sheet(alone, ledger_of(plan, share(0.7)))
    assert rows_of_agreement(found)["reading"].tolist() == ["nothing"]
    assert found[0].direction == "toward"


def test_a_stand_in_says_nothing_of_a_claim(plan):
    test = plan.claims["C1"].tests[1].model_copy(update={"evidence": "stand-in"})
    claim = plan.claims["C1"].model_copy(update={"tests": (test,)})
    checked = plan.model_copy(update={"claims": {"C1": claim}})
    ledger = ledger_of(plan, share(0.9, evidence="stand-in"))
    assert rows_of_agreement(sheet(checked, ledger))["reading"].tolist() == ["nothing"]


def test_what_was_not_run_is_a_row_without_numbers(plan):
    test = plan.claims["C1"].tests[1].model_copy(update={"evidence": "external"})
    claim = plan.claims["C1"].model_copy(update={"tests": (test,)})
    absent = plan.model_copy(update={"claims": {"C1": claim}})
    row = rows_of_findings(sheet(absent, {})).iloc[0]
    assert (row["outcome"], row["direction"], row["family"]) == (
        "not run",
        "no_direction",
        "no_method",
    )
    assert row[["value", "ci_low", "n", "n_clusters"]].isna().all()


def test_a_variant_on_other_evidence_is_refused(plan):
    ledger = ledger_of(plan, share(0.7), glm=share(0.2, evidence="external"))
    with pytest.raises(UserError, match=r"\.glm is a variant of test .* on other evidence"):
        sheet(plan, ledger)


def test_a_variant_without_a_value_is_refused(plan):
    ledger = ledger_of(plan, share(0.7), glm=share(nan))
    with pytest.raises(UserError, match=r"\.glm can't be judged"):
        sheet(plan, ledger)


def test_a_ledger_without_families_has_other_methods(plan):
    ledger = ledger_of(plan, share(0.7, family=""))
    assert [one.family for one in sheet(plan, ledger)] == ["arithmetic", OTHER_FAMILY]


def test_every_code_of_the_sheet_has_words():
    labels = load_plan(ROOT).labels
    standing = {f"{kind}_{role}" for kind in EVIDENCE for role in (*ROLES.values(), VARIANT)}
    codes = {*FAMILIES, OTHER_FAMILY, "no_method", *DIRECTIONS.values(), *READINGS}
    assert codes | standing <= set(labels)
