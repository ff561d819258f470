"""`claims`: the claims, their tests and verdicts, judged by the last run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.text import LANGS, Lang

if TYPE_CHECKING:
    from rich.table import Table

    from compendium.claims.verdicts import ClaimResult, TestResult

HELP = "show each claim, what its tests found and the verdict"
EXAMPLE = "claims --lang zh"


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
        "reads": {lang: result.words(result.reads, lang) for lang in LANGS},
        "strength": {lang: result.words(result.strength, lang) for lang in LANGS},
        "incomplete": [r.test.id for r in result.missing],
        "rests_on": list(result.rests_on),
        "tests": [
            {
                "test": r.test.id,
                "outcome": r.outcome,
                "evidence": r.evidence,
                "counts": r.counts,
                "role": r.test.role,
                "blind": r.test.blind,
                "line": r.test.evidence_line,
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
    heads = {
        "en": ("Claim", "Statement", "Verdict", "Strength"),
        "zh": ("论断", "内容", "判定", "证据强度"),
    }
    table = _table(heads[lang], show_lines=True)
    for result in results:
        verdict, strength = (result.words(code, lang) for code in (result.reads, result.strength))
        table.add_row(result.claim.id, result.claim.statement[lang], verdict, strength)
    return table


def test_table(results: tuple[ClaimResult, ...], lang: Lang) -> Table:
    """Tests and outcomes as a terminal table."""
    from compendium.claims.verdicts import OUTCOME_WORDS
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
        marks = (mark[lang] for mark in result.marks)
        outcome = "\n".join((OUTCOME_WORDS[result.outcome][lang], *marks))
        table.add_row(
            test.id, test.label[lang], test.predicate.words()[lang], value, interval, outcome
        )
    return table


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
