"""`claims`: the claims, their tests and verdicts, judged by the last run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from rich.table import Table

    from compendium.claims.verdicts import ClaimResult, TestResult

HELP = "show each claim, what its tests found and the verdict"
EXAMPLE = "claims --lang zh"

SEPARATORS = Text(", ", "、")
NOT_COUNTED = Text("({}, not counted)", "（{}，不计入）")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--lang", choices=LANGS, default="en", help="language (default: en)")
    parser.add_argument("--tests", action="store_true", help="show every test, not only verdicts")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def main(args: argparse.Namespace) -> int:
    """Print the claims; the exit code is 0 whatever the verdicts are."""
    results = judged(args.root)
    if args.json:
        print(json.dumps([as_json(r) for r in results], ensure_ascii=False, indent=1))  # noqa: T201
        return 0
    from compendium.commands.console import plain_console

    console = plain_console()
    console.print(verdict_table(results, args.lang))
    if args.tests:
        console.print(test_table(results, args.lang))
    return 0


def judged(root: Path) -> tuple[ClaimResult, ...]:
    """Judge the claims by the ledger of the last run.

    Raises
    ------
    UserError
        There is no ledger, or it is not as the run wrote it.
    """
    from compendium.claims.ledger import read_ledger
    from compendium.claims.verdicts import judge_claims
    from compendium.plan import load_plan
    from compendium.run_record import check_ledger

    check_ledger(root / "reports")
    plan = load_plan(root)
    return judge_claims(plan, read_ledger(root / "reports" / "estimates.csv", plan.renamed))


def as_json(result: ClaimResult) -> dict[str, object]:
    """One claim for machines."""
    return {
        "claim": result.claim.id,
        "verdict": result.verdict,
        "rests_on": list(result.rests_on),
        "tests": [
            {
                "test": r.test.id,
                "outcome": r.outcome,
                "evidence": r.evidence,
                "counts": r.counts,
                "predicate": r.test.predicate.words().en,
                "estimate": r.test.estimate,
                "value": r.estimate.value if r.estimate else None,
                "interval": _interval(r),
            }
            for r in result.results
        ],
    }


def verdict_table(results: tuple[ClaimResult, ...], lang: Lang) -> Table:
    """Claims and verdicts as a terminal table."""
    from compendium.claims.verdicts import EVIDENCE_WORDS, VERDICT_WORDS

    heads = {
        "en": ("Claim", "Statement", "Verdict", "Tests", "Rests on"),
        "zh": ("论断", "内容", "结论", "检验", "依据"),
    }
    table = _table(heads[lang], show_lines=True)
    for result in results:
        rests = SEPARATORS[lang].join(EVIDENCE_WORDS[kind][lang] for kind in result.rests_on)
        statement = result.claim.statement[lang]
        verdict = VERDICT_WORDS[result.verdict][lang]
        counted = "\n".join(counted_outcomes(result, lang))
        table.add_row(result.claim.id, statement, verdict, counted, rests or "–")
    return table


def counted_outcomes(result: ClaimResult, lang: Lang) -> list[str]:
    """How many tests had each outcome; those that do not count toward the verdict apart.

    Tests on a stand-in are counted without their outcome, which says nothing of the claim.
    """
    from compendium.claims.verdicts import EVIDENCE_WORDS, OUTCOME_WORDS

    checks = sum(_is_check(r) for r in result.results)
    told = [f"{checks} {EVIDENCE_WORDS['stand-in'][lang]}"] if checks else []
    return [
        (f"{count} {words[lang]}" if counts else NOT_COUNTED[lang].format(f"{count} {words[lang]}"))
        for counts in (True, False)
        for outcome, words in OUTCOME_WORDS.items()
        if (
            count := sum(
                r.outcome == outcome and (r.counts or outcome == "not run") == counts
                for r in result.results
                if not _is_check(r)
            )
        )
    ] + told


def test_table(results: tuple[ClaimResult, ...], lang: Lang) -> Table:
    """Tests and outcomes as a terminal table."""
    from compendium.claims.verdicts import EVIDENCE_WORDS, OUTCOME_WORDS
    from compendium.exhibits.numbers import NumberStyle

    heads = {
        "en": ("Test", "What", "Predicate", "Estimate", "Interval", "Outcome"),
        "zh": ("检验", "内容", "判据", "估计值", "区间", "结果"),
    }
    table, style = _table(heads[lang]), NumberStyle(digits=3)
    for result in (r for claim in results for r in claim.results):
        test, found = result.test, result.estimate
        value = style.write(found.value) if found else "–"
        if found and found.is_lower_bound:
            value = f"≥ {value}"
        interval = style.between(found.ci_low, found.ci_high) if found else "–"
        mark = f"\n{EVIDENCE_WORDS['stand-in'][lang]}" if _is_check(result) else ""
        outcome = f"{OUTCOME_WORDS[result.outcome][lang]}{mark}"
        table.add_row(
            test.id, test.label[lang], test.predicate.words()[lang], value, interval, outcome
        )
    return table


def _is_check(result: TestResult) -> bool:
    """Whether the test ran on a stand-in, so that its outcome says nothing of the claim."""
    return result.estimate is not None and result.evidence == "stand-in"


def _table(heads: Sequence[str], *, show_lines: bool = False) -> Table:
    """A table whose cells are folded, never cut: Chinese text has no spaces to break at."""
    from rich.table import Table

    table = Table(show_lines=show_lines)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _interval(result: TestResult) -> list[float] | None:
    found = result.estimate
    if found is None or found.ci_low != found.ci_low:
        return None
    return [found.ci_low, found.ci_high]
