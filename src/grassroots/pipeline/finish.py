"""What a run ends with: the page of its results and the verdicts."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

from grassroots.pipeline import words
from grassroots.text import Lang

if TYPE_CHECKING:
    from grassroots.pipeline.steps import Project

WIDTH = 100
"""Columns of the table of verdicts, the same on every terminal and in a log."""


def finish(project: Project) -> tuple[str, tuple[PurePosixPath, ...]]:
    """Write the page; returns the words the run ends with, and the page relative to reports."""
    from grassroots.pipeline.products import MERGED_LEDGER

    if not (project.reports / MERGED_LEDGER).is_file():
        return "", ()
    from grassroots.commands.claims import verdict_table
    from grassroots.commands.console import plain_console
    from grassroots.exhibits.ledger import read_ledger
    from grassroots.exhibits.verdicts import judge_claims
    from grassroots.report.page import outdated_pages, write_pages

    lang = cast("Lang", project.lang)
    page = write_pages(project.root, project.plan, lang)
    shown = io.StringIO()
    results = judge_claims(project.plan, read_ledger(project.reports / MERGED_LEDGER))
    plain_console(shown, WIDTH).print(verdict_table(results, lang))
    inside = page.relative_to(project.reports)
    place = page.relative_to(project.root)
    said = [f"{shown.getvalue()}{words.OPEN[lang].format(path=place)}"]
    outdated = outdated_pages(project.root, project.plan, lang)
    said.extend(words.OUTDATED[lang].format(lang=other) for other in outdated)
    return "\n".join(said), (PurePosixPath(inside.as_posix()),)
