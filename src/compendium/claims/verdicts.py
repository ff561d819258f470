"""What the estimates say of the claims: outcomes of tests and verdicts of claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import nan
from typing import Literal

import pandas as pd

from compendium.claims.ledger import Estimate
from compendium.errors import UserError
from compendium.plan.predicates import COMPARISON_KINDS, Outcome
from compendium.plan.types import SURVEY, Claim, Plan, Test
from compendium.text import Text

Verdict = Literal["supported", "mixed", "not supported", "inconclusive", "untested"]

VERDICT_WORDS: dict[Verdict, Text] = {
    "supported": Text("supported", "得到支持"),
    "mixed": Text("mixed", "证据不一"),
    "not supported": Text("not supported", "未获支持"),
    "inconclusive": Text("inconclusive", "不能判定"),
    "untested": Text("untested", "未检验"),
}
OUTCOME_WORDS: dict[Outcome, Text] = {
    "holds": Text("holds", "成立"),
    "fails": Text("fails", "不成立"),
    "inconclusive": Text("inconclusive", "不能判定"),
    "not run": Text("not run", "未运行"),
}
EVIDENCE_WORDS: dict[str, Text] = {
    "observed": Text("observed", "观测"),
    "external": Text("external", "外部数据"),
    "stand-in": Text("stand-in (pipeline check)", "替身数据（流程检验）"),
    "survey": Text("survey", "问卷"),
}
POSSIBLE: tuple[Outcome, ...] = ("holds", "fails", "inconclusive")
"""Outcomes of a test that was run."""
SURVEY_KINDS = ("observed", "stand-in")
"""What the estimate of a survey test can be."""
ALWAYS_THERE = ("observed", SURVEY)
"""Evidence that every run has: shipped data, and a survey, be it a stand-in."""
RESTS_ON_WORDS: dict[str, Text] = {
    "none": Text("no test that counts", "无可计入的检验"),
    "observed external": Text("observed, external", "观测、外部数据"),
}
"""Words of what a verdict can rest on, beside the single kinds of evidence."""


@dataclass(frozen=True)
class TestResult:
    """A test, its outcome, and the estimate it was judged by (None when it was not run)."""

    __test__ = False

    test: Test
    outcome: Outcome
    estimate: Estimate | None

    @property
    def evidence(self) -> str:
        """Kind of evidence; of a survey test that of the survey it ran on, by its estimate."""
        if self.test.evidence == SURVEY and self.estimate is not None:
            return self.estimate.evidence
        return self.test.evidence

    @property
    def counts(self) -> bool:
        """Whether the outcome counts toward the claim.

        Stand-ins and tests not run never do; a premise does only where it fails.
        """
        if self.outcome == "not run" or self.evidence == "stand-in":
            return False
        return self.test.role == "core" or self.outcome == "fails"


@dataclass(frozen=True)
class ClaimResult:
    """A claim, the results of its tests and the verdict they give."""

    claim: Claim
    results: tuple[TestResult, ...]
    verdict: Verdict

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Return the kinds of evidence that the verdict rests on, in a fixed order."""
        kinds = {result.evidence for result in self.results if result.counts}
        return tuple(kind for kind in EVIDENCE_WORDS if kind in kinds)

    def count(self, outcome: Outcome) -> int:
        """Return how many tests that count toward the verdict have this outcome."""
        return sum(r.outcome == outcome for r in self.results if r.counts)


def judge_claims(plan: Plan, ledger: Mapping[str, Estimate]) -> tuple[ClaimResult, ...]:
    """Judge every claim of the plan by the ledger's estimates.

    Raises
    ------
    UserError
        The estimate of a test on observed data or the survey is missing: these ship with the
        project or are made by it, so only a misspelt id or a notebook that does not record it can
        be the reason. Also when an estimate is nan, or its kind of evidence is not the one the
        test names.
    """
    return tuple(judge_claim(claim, ledger) for claim in plan.claims.values())


def rows_of_claims(results: Iterable[ClaimResult]) -> pd.DataFrame:
    """Verdicts as the data of a table, codes not words."""
    rows = [
        {
            "claim": result.claim.id,
            "statement": result.claim.id,
            "verdict": result.verdict,
            **{outcome: result.count(outcome) for outcome in ("holds", "fails", "inconclusive")},
            "rests_on": " ".join(result.rests_on) or "none",
        }
        for result in results
    ]
    return pd.DataFrame(rows)


def rows_of_tests(results: Iterable[ClaimResult]) -> pd.DataFrame:
    """Tests as the data of a table, codes not words; numbers are nan where a test was not run."""
    found = [(claim.claim.id, result) for claim in results for result in claim.results]
    return pd.DataFrame([_test_row(claim, result) for claim, result in found])


def _test_row(claim: str, result: TestResult) -> dict[str, object]:
    estimate = result.estimate
    return {
        "claim": claim,
        "test": result.test.id,
        "predicate": f"{result.test.id}:predicate",
        "value": estimate.value if estimate else nan,
        "ci_low": estimate.ci_low if estimate else nan,
        "ci_high": estimate.ci_high if estimate else nan,
        "level": estimate.level if estimate else nan,
        "n": estimate.n if estimate else 0,
        "evidence": result.evidence,
        "role": result.test.role,
        "outcome": result.outcome,
    }


def verdict_of(outcomes: Iterable[Outcome]) -> Verdict:
    """Verdict from the outcomes of the tests that count.

    Supported when every test holds; mixed when some hold and some do not; not supported when none
    holds and at least one fails; inconclusive when none holds and none fails; untested when no
    test counts.
    """
    found = [outcome for outcome in outcomes if outcome != "not run"]
    if not found:
        return "untested"
    if all(outcome == "holds" for outcome in found):
        return "supported"
    if "holds" in found:
        return "mixed"
    return "not supported" if "fails" in found else "inconclusive"


def judge_claim(claim: Claim, ledger: Mapping[str, Estimate]) -> ClaimResult:
    """Judge one claim; see `judge_claims`."""
    results = tuple(judge_test(test, ledger) for test in claim.tests)
    return ClaimResult(claim, results, verdict_of(r.outcome for r in results if r.counts))


def judge_test(test: Test, ledger: Mapping[str, Estimate]) -> TestResult:
    """Judge one test; see `judge_claims`."""
    estimate = _find(test, test.estimate, ledger)
    comparison = test.predicate.kind in COMPARISON_KINDS
    other = _find(test, test.predicate.other, ledger) if comparison else None
    if estimate is None or (comparison and other is None):
        return TestResult(test, "not run", None)
    _refuse_other_evidence(test, estimate)
    if other is not None and test.evidence == SURVEY and other.evidence != estimate.evidence:
        raise UserError(
            f"test {test.id} compares a {estimate.evidence} with a {other.evidence} estimate",
            "run the notebooks of both on the same survey",
        )
    try:
        return TestResult(test, test.predicate.judge(estimate, other), estimate)
    except ValueError as error:
        raise UserError(
            f"test {test.id} can't be judged: {error}", f"look into estimate {estimate.id}"
        ) from error


def _refuse_other_evidence(test: Test, estimate: Estimate) -> None:
    allowed = SURVEY_KINDS if test.evidence == SURVEY else (test.evidence,)
    if estimate.evidence not in allowed:
        raise UserError(
            f"test {test.id} asks for {test.evidence} evidence, "
            f"estimate {estimate.id} is {estimate.evidence}",
            "correct 'evidence' in notebooks/plan/claims.yml or the estimate's data",
        )


def _find(test: Test, name: str, ledger: Mapping[str, Estimate]) -> Estimate | None:
    found = ledger.get(name)
    if found is None and test.evidence in ALWAYS_THERE:
        raise UserError(
            f"test {test.id} names the estimate '{name}', which {test.notebook} did not record",
            "correct the id in notebooks/plan/claims.yml or record the estimate",
        )
    return found


def turning_outcomes(
    result: ClaimResult,
) -> dict[Verdict, tuple[tuple[Test, Outcome], ...]]:
    """List the single outcomes that would give a claim another verdict, by that verdict.

    One test at a time is given each other outcome, tests that were not run included; tests on a
    stand-in are left as they are, for they never count.
    """
    turns: dict[Verdict, list[tuple[Test, Outcome]]] = {}
    for i, tested in enumerate(result.results):
        for outcome in POSSIBLE:
            other = replace(tested, outcome=outcome)
            if outcome == tested.outcome or tested.evidence in ("stand-in", SURVEY):
                continue
            results = (*result.results[:i], other, *result.results[i + 1 :])
            verdict = verdict_of(r.outcome for r in results if r.counts)
            if verdict != result.verdict:
                turns.setdefault(verdict, []).append((tested.test, outcome))
    return {verdict: tuple(turns[verdict]) for verdict in VERDICT_WORDS if verdict in turns}
