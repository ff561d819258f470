"""Agreement sheet: what each method found of each claim, from the ledger and the plan alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import nan

import pandas as pd

from compendium.claims.ledger import Estimate
from compendium.claims.verdicts import ClaimResult, TestResult
from compendium.errors import UserError
from compendium.plan.predicates import COMPARISON_KINDS, Outcome
from compendium.plan.types import Test
from compendium.stats.method_words import OTHER_FAMILY

DIRECTIONS: dict[Outcome, str] = {
    "holds": "toward",
    "fails": "against",
    "inconclusive": "open",
    "not run": "no_direction",
}
ROLES = {
    "core": "direct",
    "premise": "premise",
    "consequence": "consequence",
    "supplementary": "supplementary",
}
VARIANT = "variant"
BOUNDS = "bounds"
"""Family of methods whose intervals end where the value can at most be."""


@dataclass(frozen=True)
class Found:
    """What one method found of one test.

    Attributes
    ----------
    role
        "direct" for a core test, that of the plan for others, or "variant": another estimate of
        the same estimand, recorded under the id of the tested one with a point and a name after it.
        It is judged by the same predicate and never counts toward the verdict.
    outcome
        By the whole interval.
    direction
        By the value alone: "toward" the claim, "against" it, "open" where only bounds are known
        and they lie on both sides, "no_direction" where nothing was run.
    """

    claim: str
    test: Test
    role: str
    estimate: Estimate | None
    outcome: Outcome
    direction: str

    @property
    def family(self) -> str:
        """Family of the method; "no_method" where nothing was run."""
        return (self.estimate.family or OTHER_FAMILY) if self.estimate else "no_method"

    @property
    def evidence(self) -> str:
        """Kind of evidence of the estimate; that of the plan where nothing was run."""
        return self.estimate.evidence if self.estimate else self.test.evidence

    @property
    def speaks(self) -> bool:
        """Whether it says anything of the claim: run, on evidence, and no premise."""
        real = self.estimate is not None and self.estimate.evidence != "stand-in"
        return real and self.test.role in ("core", "consequence")


def findings(results: Iterable[ClaimResult], ledger: Mapping[str, Estimate]) -> list[Found]:
    """Every test of every claim and every variant of its estimate, in the order of the plan.

    Raises
    ------
    UserError
        A variant can't be judged, or is of another kind of evidence than its test.
    """
    found = []
    for result in results:
        for tested in result.results:
            found.append(_tested(result.claim.id, tested, ledger))
            found += _variants(result.claim.id, tested, ledger)
    return found


def rows_of_findings(found: Iterable[Found]) -> pd.DataFrame:
    """Agreement sheet as the data of a table: codes and numbers, nan where nothing was run."""
    return pd.DataFrame([_row(one) for one in found])


def rows_of_agreement(found: Iterable[Found]) -> pd.DataFrame:
    """How far the methods agree, one row a claim.

    Returns
    -------
    DataFrame
        `claim`, `estimates` and `families` that speak to it (premises and stand-ins do not),
        families whose estimates all point toward it, all against it, or `undecided` (both ways, or
        open), and `reading`: "all_toward", "all_against", "split", "one_family" or "nothing".
    """
    claims: dict[str, list[Found]] = {}
    for one in found:
        claims.setdefault(one.claim, []).append(one)
    return pd.DataFrame([_agreement(claim, ones) for claim, ones in claims.items()])


def _tested(claim: str, tested: TestResult, ledger: Mapping[str, Estimate]) -> Found:
    test, estimate = tested.test, tested.estimate
    direction = _direction(test, estimate, ledger) if estimate else "no_direction"
    return Found(claim, test, ROLES[test.role], estimate, tested.outcome, direction)


def _variants(claim: str, tested: TestResult, ledger: Mapping[str, Estimate]) -> list[Found]:
    test = tested.test
    stem = f"{test.estimate}."
    found = []
    for name in sorted(name for name in ledger if name.startswith(stem)):
        estimate = ledger[name]
        if estimate.evidence != tested.evidence:
            raise UserError(
                f"estimate {name} is a variant of test {test.id} on other evidence",
                "give it an id of its own or record it with the evidence of the test",
            )
        outcome, direction = _judge(test, estimate, ledger), _direction(test, estimate, ledger)
        found.append(Found(claim, test, VARIANT, estimate, outcome, direction))
    return found


def _direction(test: Test, estimate: Estimate, ledger: Mapping[str, Estimate]) -> str:
    point = _point(estimate)
    points = {**ledger, estimate.id: point}
    other = test.predicate.other
    if test.predicate.kind in COMPARISON_KINDS and other in ledger:
        points[other] = _point(ledger[other])
    return DIRECTIONS[_judge(test, point, points)]


def _point(estimate: Estimate) -> Estimate:
    """Estimate without its uncertainty; the value of bounds is the lower one, so both are kept."""
    upper = estimate.ci_high if estimate.family == BOUNDS else estimate.value
    return replace(estimate, ci_low=estimate.value, ci_high=upper)


def _judge(test: Test, estimate: Estimate, ledger: Mapping[str, Estimate]) -> Outcome:
    comparison = test.predicate.kind in COMPARISON_KINDS
    other = ledger.get(test.predicate.other) if comparison else None
    if comparison and other is None:
        return "not run"
    try:
        return test.predicate.judge(estimate, other)
    except ValueError as error:
        raise UserError(
            f"estimate {estimate.id} can't be judged by test {test.id}: {error}",
            "record it with a value and, where the predicate asks for one, an interval",
        ) from error


def _row(one: Found) -> dict[str, object]:
    estimate = one.estimate
    return {
        "claim": one.claim,
        "test": one.test.id,
        "estimate": estimate.id if estimate else one.test.estimate,
        "role": one.role,
        "family": one.family,
        "direction": one.direction,
        "scale": one.test.scale,
        "value": estimate.value if estimate else nan,
        "ci_low": estimate.ci_low if estimate else nan,
        "ci_high": estimate.ci_high if estimate else nan,
        "level": estimate.level if estimate else nan,
        "n": estimate.n if estimate else nan,
        "n_clusters": estimate.n_clusters or nan if estimate else nan,
        "evidence": one.evidence,
        "standing": f"{one.evidence}_{one.role}",
        "outcome": one.outcome,
    }


def _agreement(claim: str, found: list[Found]) -> dict[str, object]:
    speaking = [one for one in found if one.speaks and one.direction != "no_direction"]
    families: dict[str, set[str]] = {}
    for one in speaking:
        families.setdefault(one.family, set()).add(one.direction)
    toward = sum(ways == {"toward"} for ways in families.values())
    against = sum(ways == {"against"} for ways in families.values())
    return {
        "claim": claim,
        "estimates": len(speaking),
        "families": len(families),
        "toward": toward,
        "against": against,
        "undecided": len(families) - toward - against,
        "reading": _reading(len(families), toward, against),
    }


def _reading(families: int, toward: int, against: int) -> str:
    if not families:
        return "nothing"
    if families == 1:
        return "one_family"
    if toward == families:
        return "all_toward"
    return "all_against" if against == families else "split"
