"""What a run ends with: the pages of its results and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.run import words
from compendium.text import LANGS, Lang

if TYPE_CHECKING:
    from compendium.run.steps import Project

WIDTH = 80
"""Columns of the verdicts, the same on every terminal and in a log."""


def finish(project: Project) -> tuple[dict[Lang, str], tuple[Path, ...]]:
    """Write the pages; returns the words the run ends with, by language, and the pages."""
    from compendium.run.products import MERGED_LEDGER

    if not (project.reports / MERGED_LEDGER).is_file():
        return dict.fromkeys(LANGS, ""), ()
    from compendium.report.page import write_pages

    pages = write_pages(project.root, project.plan)
    return _summaries(project, pages), tuple(pages.values())


def _summaries(project: Project, pages: Mapping[Lang, Path]) -> dict[Lang, str]:
    """Verdicts, and the page to open."""
    from compendium.claims.ledger import read_ledger
    from compendium.claims.lines import verdict_lines
    from compendium.claims.verdicts import judge_claims
    from compendium.run.products import MERGED_LEDGER

    results = judge_claims(project.plan, read_ledger(project.reports / MERGED_LEDGER))
    said = {}
    for lang, page in pages.items():
        place = page.relative_to(project.root)
        opening = words.OPEN[lang].format(path=place)
        said[lang] = "\n".join((*verdict_lines(results, lang, WIDTH), opening))
    return said
