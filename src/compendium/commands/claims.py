"""`claims`: the claims, their tests and verdicts, judged by the last run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len

from compendium.console import GAP, aligned, plain_console, wrapped
from compendium.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from compendium.claims.verdicts import ClaimResult, TestResult

HELP = "show each claim, what its tests found and the verdict"
EXAMPLE = "claims --lang zh"
TEST_HEADS = (
    *(Text("Test", "检验"), Text("Outcome", "结果"), Text("Estimate", "估计值")),
    *(Text("Interval", "区间"), Text("Known", "已知"), Text("What", "内容")),
)
SIMULATED = Text("simulated", "模拟数据")
BRACKETS = Text(
    "Outcomes in brackets count toward no verdict: simulated data, premises that hold, "
    "supplementary tests.",
    "括号内的结果不计入判定：模拟数据、成立的前提、补充检验。",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--lang", choices=LANGS, default="en", help="language (default: en)")
    parser.add_argument("--tests", action="store_true", help="show every test in a line")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")


def main(args: argparse.Namespace) -> int:
    """Print the claims; the exit code is 0 whatever the verdicts are."""
    from compendium.claims.lines import verdict_lines

    results = judged(args.root)
    if args.json:
        print(json.dumps([as_json(r) for r in results], ensure_ascii=False, indent=1))  # noqa: T201
        return 0
    console = plain_console()
    written = test_lines if args.tests else verdict_lines
    for line in written(results, args.lang, console.width):
        console.print(line, soft_wrap=True)
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
                "predicate": r.test.asks.en,
                "estimate": r.test.estimate,
                "value": r.estimate.value if r.estimate else None,
                "interval": _interval(r),
            }
            for r in result.results
        ],
    }


def test_lines(results: Sequence[ClaimResult], lang: Lang, width: int) -> list[str]:
    """Write each test in a line below its claim; where there is room, with what it says.

    An outcome in brackets counts toward no verdict.
    """
    rows = {
        result.claim.id: [_test_row(test, lang) for test in result.results] for result in results
    }
    heads = tuple(word[lang] for word in TEST_HEADS)
    labels = [heads[-1], *(row[-1] for one in rows.values() for row in one)]
    every = [heads, *(row for one in rows.values() for row in one)]
    bare = aligned([row[:-1] for row in every], right={2})
    full = [
        f"{line}{' ' * (max(map(cell_len, bare)) - cell_len(line))}{GAP}{label}"
        for line, label in zip(bare, labels, strict=True)
    ]
    lines = iter(full if max(map(cell_len, full)) + len(GAP) <= width else bare)
    said = [GAP + next(lines)]
    for result in results:
        said += wrapped(result.words(result.reads, lang), width, f"{result.claim.id}{GAP}")
        said += [GAP + next(lines) for _ in result.results]
    return [*said, *wrapped(BRACKETS[lang], width)]


def _test_row(result: TestResult, lang: Lang) -> tuple[str, ...]:
    """Cells of a test: name, outcome, value, interval, what was known, what it says."""
    from compendium.claims.verdicts import KNOWN_WORDS, OUTCOME_WORDS
    from compendium.report.found import SHOWN, interval_words

    found = result.estimate
    outcome = OUTCOME_WORDS[result.outcome][lang]
    bound = "≥ " if found and found.is_lower_bound else ""
    known = KNOWN_WORDS["blind" if result.test.blind else "seen"]
    simulated = result.evidence == "stand-in"
    return (
        result.test.id.partition(".")[2],
        outcome if result.counts or found is None else f"({outcome})",
        f"{bound}{SHOWN.write(found.value)}" if found else "",
        interval_words(found) if found else "",
        (SIMULATED if simulated else known)[lang],
        result.test.label[lang],
    )


def _interval(result: TestResult) -> list[float] | None:
    found = result.estimate
    if found is None or found.ci_low != found.ci_low:
        return None
    return [found.ci_low, found.ci_high]
