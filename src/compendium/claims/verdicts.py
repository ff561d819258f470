"""What the estimates say of the claims: outcomes of tests and verdicts of claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Literal

import pandas as pd

from compendium.claims.ledger import Estimate
from compendium.errors import UserError
from compendium.plan.predicates import COMPARISON_KINDS, Outcome
from compendium.plan.types import SURVEY, Claim, Plan, Test
from compendium.text import Lang, Text, spoken

Verdict = Literal[
    "supported",
    "supported in its consequences",
    "consistent with what was known",
    "mixed",
    "not supported",
    "inconclusive",
    "untested",
]

VERDICT_WORDS: dict[Verdict, Text] = {
    "supported": Text("supported", "得到支持"),
    "supported in its consequences": Text("supported in its consequences", "仅后果获支持"),
    "consistent with what was known": Text("consistent with what was known", "与已知相符"),
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
    "stand-in": Text("simulated (pipeline check)", "模拟数据（流程检验）"),
    "survey": Text("survey", "问卷"),
}
ROLE_WORDS: dict[str, Text] = {
    "premise": Text("premise: counts only where it fails", "前提：仅在不成立时计入"),
    "consequence": Text(
        "consequence: supports the claim in its consequences at most",
        "后果：至多使论断“仅后果获支持”",
    ),
    "supplementary": Text("supplementary: counts in no verdict", "补充：不计入判定"),
}
"""What keeps a test from counting as a core test does."""
KNOWN_WORDS: dict[str, Text] = {"blind": Text("blind", "盲检"), "seen": Text("seen", "已见")}
"""Whether the outcome of a test could be told from what its writer had seen."""
PATTERNS: dict[str, Text] = {
    "sums": Text("{} ({} {})", "{}（{} {}）"),
    "incomplete": Text("{}, incomplete", "{}（证据不全）"),
    "sums, incomplete": Text("{} ({} {}), incomplete", "{}（{} {}；证据不全）"),
    "strength": Text(
        "lines of evidence: {} ({} holding, {} failing, {} open; {} blind, {} with an interval); "
        "the weakest: {} {}",
        "证据线 {} 条（成立 {}、不成立 {}、不能判定 {}；盲检 {}、有区间 {}）；最弱者 {} {}",
    ),
}
"""Words around the parts of a code; see `spoken`."""
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

        Stand-ins, supplementary tests and tests not run never do; a premise only where it fails.
        """
        idle = self.outcome == "not run" or self.evidence == "stand-in"
        if idle or self.test.role == "supplementary":
            return False
        return self.test.role != "premise" or self.outcome == "fails"

    @property
    def has_interval(self) -> bool:
        """Whether its estimate has an interval; without one it is a sum of published figures."""
        return self.estimate is not None and not isnan(self.estimate.ci_low)

    @property
    def cases(self) -> int:
        """The cases behind its estimate."""
        return self.estimate.n if self.estimate else 0

    @property
    def marks(self) -> tuple[Text, ...]:
        """What a reader must know of it: simulated data; else blind or seen, and its role."""
        if self.evidence == "stand-in":
            return (EVIDENCE_WORDS["stand-in"],)
        role = ROLE_WORDS.get(self.test.role)
        known = KNOWN_WORDS["blind" if self.test.blind else "seen"]
        return (known, role) if role else (known,)


@dataclass(frozen=True)
class Line:
    """A line of evidence: tests that count and ask one body of data the same question."""

    results: tuple[TestResult, ...]

    @property
    def outcome(self) -> Outcome:
        """Holds where a test holds and none fails, fails in the mirror case, else open."""
        found = {result.outcome for result in self.results}
        if ("holds" in found) == ("fails" in found):
            return "inconclusive"
        return "holds" if "holds" in found else "fails"

    @property
    def blind(self) -> bool:
        """Whether one of its tests is blind."""
        return any(result.test.blind for result in self.results)

    @property
    def has_interval(self) -> bool:
        """Whether one of its estimates has an interval."""
        return any(result.has_interval for result in self.results)

    @property
    def largest(self) -> TestResult:
        """The test with the most cases."""
        return max(self.results, key=lambda result: result.cases)


@dataclass(frozen=True)
class ClaimResult:
    """A claim, the results of its tests and the verdict they give."""

    claim: Claim
    results: tuple[TestResult, ...]
    verdict: Verdict

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of evidence that count."""
        return lines_of(self.results)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Return the kinds of evidence that the verdict rests on, in a fixed order."""
        kinds = {result.evidence for result in self.results if result.counts}
        return tuple(kind for kind in EVIDENCE_WORDS if kind in kinds)

    @property
    def missing(self) -> tuple[TestResult, ...]:
        """Tests that could count and lack their data: they leave the verdict incomplete."""
        return tuple(
            r for r in self.results if r.outcome == "not run" and r.test.role != "supplementary"
        )

    @property
    def sums(self) -> TestResult | None:
        """The weakest line without an interval, where the verdict rests on such lines; else None.

        It does where it would be another without them.
        """
        with_one = [result for line in self.lines if line.has_interval for result in line.results]
        if verdict_of(with_one) == self.verdict:
            return None
        bare = (line.largest for line in self.lines if not line.has_interval)
        return min(bare, key=lambda result: result.cases)

    @property
    def reads(self) -> str:
        """Code of the verdict as it is read: with what it rests on, and whether it is complete."""
        pattern = [
            word for word, is_so in (("sums", self.sums), ("incomplete", self.missing)) if is_so
        ]
        parts = _cases(self.sums) if self.sums else ()
        return "|".join(((", ".join(pattern),) if pattern else ()) + (self.verdict, *parts))

    @property
    def strength(self) -> str:
        """Code of how strong the evidence is; "none" where no test counts."""
        lines = self.lines
        if not lines:
            return "none"
        counts = (
            *(len(lines), *map(self.count, POSSIBLE)),
            *(sum(line.blind for line in lines), sum(line.has_interval for line in lines)),
        )
        weakest = min((line.largest for line in lines), key=lambda result: result.cases)
        return "|".join(("strength", *map(str, counts), *_cases(weakest)))

    def words(self, code: str, lang: Lang) -> str:
        """Words of `reads` or of `strength`."""
        known: dict[str, Text] = {**RESTS_ON_WORDS, **PATTERNS, **cases_words(self.claim.tests)}
        known |= {str(verdict): words for verdict, words in VERDICT_WORDS.items()}
        return spoken(code, lambda part: known[part][lang] if part in known else part)

    def count(self, outcome: Outcome) -> int:
        """Return how many lines of evidence have this outcome."""
        return sum(line.outcome == outcome for line in self.lines)


def _cases(result: TestResult) -> tuple[str, str]:
    return str(result.cases), f"{result.test.id}:cases"


def cases_words(tests: Iterable[Test]) -> dict[str, Text]:
    """What the n of each test counts, by code."""
    return {f"{test.id}:cases": test.cases for test in tests}


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
            "reads": result.reads,
            "strength": result.strength,
            **{outcome: result.count(outcome) for outcome in ("holds", "fails", "inconclusive")},
            "rests_on": " ".join(result.rests_on) or "none",
        }
        for result in results
    ]
    return pd.DataFrame(rows)


def rows_of_tests(results: Iterable[ClaimResult]) -> pd.DataFrame:
    """Tests as the data of a table, codes not words; numbers are nan where a test was not run."""
    rows = []
    for claim in results:
        lines = list(dict.fromkeys(result.test.evidence_line for result in claim.results))
        rows += [
            _test_row(claim.claim.id, result, 1 + lines.index(result.test.evidence_line))
            for result in claim.results
        ]
    return pd.DataFrame(rows)


def _test_row(claim: str, result: TestResult, line: int) -> dict[str, object]:
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
        "known": "blind" if result.test.blind else "seen",
        "line": line,
        "outcome": result.outcome,
    }


def lines_of(results: Iterable[TestResult]) -> tuple[Line, ...]:
    """Tests that count, by the line of evidence that the plan put them in."""
    lines: dict[str, list[TestResult]] = {}
    for result in results:
        if result.counts:
            lines.setdefault(result.test.evidence_line, []).append(result)
    return tuple(Line(tuple(line)) for line in lines.values())


def verdict_of(results: Iterable[TestResult]) -> Verdict:
    """Verdict from the tests of a claim; tests that do not count change nothing.

    Lines of evidence count, not tests. Where some hold and others do not, the verdict is mixed; not
    supported where none holds and at least one fails; inconclusive where none holds and none fails;
    untested where there is none. Where every line holds, it takes a blind test that holds to make
    the claim "supported", and a core one: with blind tests of consequences alone it is "supported
    in its consequences", with seen tests alone "consistent with what was known".
    """
    lines = lines_of(results)
    outcomes = {line.outcome for line in lines}
    if not lines:
        return "untested"
    if "holds" not in outcomes:
        return "not supported" if "fails" in outcomes else "inconclusive"
    if len(outcomes) > 1:
        return "mixed"
    tests = (result for line in lines for result in line.results if result.outcome == "holds")
    roles = {result.test.role for result in tests if result.test.blind}
    if "core" in roles:
        return "supported"
    return "supported in its consequences" if roles else "consistent with what was known"


def judge_claim(claim: Claim, ledger: Mapping[str, Estimate]) -> ClaimResult:
    """Judge one claim; see `judge_claims`."""
    results = tuple(judge_test(test, ledger) for test in claim.tests)
    return ClaimResult(claim, results, verdict_of(results))


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
            verdict = verdict_of((*result.results[:i], other, *result.results[i + 1 :]))
            if verdict != result.verdict:
                turns.setdefault(verdict, []).append((tested.test, outcome))
    return {verdict: tuple(turns[verdict]) for verdict in VERDICT_WORDS if verdict in turns}
