"""The verdicts of a run beside those of the reference: which differ, and why."""

from __future__ import annotations

from pathlib import Path

from compendium.exhibits.labels import Labels
from compendium.exhibits.words import SEPARATOR
from compendium.plan import load_plan
from compendium.review.compare import read_rows
from compendium.review.verify import REFERENCE, REPORTS, Rows
from compendium.text import Lang, Text
from compendium.vocabulary import labels_of

SAME = Text("All {} verdicts are those of the reference.", "{} 项判定均与存档结果一致。")
DIFFER = Text("Verdicts that differ from the reference: {}.", "与存档结果不同的判定：{}。")
ONE = Text("{} {} (reference: {}; {})", "{} {}（存档：{}；{}）")
SAME_OUTCOMES = Text("every test as there: the plan differs", "各检验结果相同，方案不同")
STRENGTH = Text("  {} {}; {}", "  {} {}；{}")
_CLAIMS, _TESTS = (("tab-claims", "claim"), ("tab-tests", "test"))
"""Exhibits that hold the verdicts and the tests behind them, and the column of their ids."""


def verdict_lines(
    root: Path, lang: Lang, run: Path | None = None, reference: Path | None = None
) -> list[str]:
    """Say which verdicts differ from the reference and why; then each verdict with its strength.

    Returns
    -------
    list of str
        Empty where the run or the reference has no table of verdicts.
    """
    folders = (reference or root / REFERENCE, run or root / REPORTS)
    before, after = (_rows(folder, *_CLAIMS) for folder in folders)
    if not before or not after:
        return []
    labels = labels_of(load_plan(root), ())
    found = {claim: labels.text(row["reads"], lang=lang) for claim, row in after.items()}
    expected = {claim: labels.text(_read(row), lang=lang) for claim, row in before.items()}
    there, here = (_rows(folder, *_TESTS) for folder in folders)
    differing = [
        ONE[lang].format(claim, words, expected[claim], _why(claim, there, here, labels, lang))
        for claim, words in found.items()
        if expected.get(claim, words) != words
    ]
    first = DIFFER if differing else SAME
    said = SEPARATOR[lang].join(differing) if differing else len(found)
    strengths = (
        STRENGTH[lang].format(claim, words, labels.text(after[claim]["strength"], lang=lang))
        for claim, words in found.items()
    )
    return [first[lang].format(said), *strengths]


def _rows(folder: Path, name: str, key: str) -> Rows:
    path = folder / "exhibits" / f"{name}.csv"
    return read_rows(path, key) if path.is_file() else {}


def _read(row: dict[str, str]) -> str:
    """The verdict as it is read; references of the first edition hold the bare verdict."""
    return row.get("reads") or row["verdict"]


def _why(claim: str, before: Rows, after: Rows, labels: Labels, lang: Lang) -> str:
    """Name the tests with another outcome than in the reference."""
    moved = [
        f"{name} {labels.text(row['outcome'], lang=lang)}"
        for name, row in after.items()
        if row["claim"] == claim and row["outcome"] != before.get(name, {}).get("outcome")
    ]
    return SEPARATOR[lang].join(moved) or SAME_OUTCOMES[lang]
