"""`data`: what can be done with the data."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.commands import data_survey
from compendium.errors import UserError
from compendium.text import LANGS

if TYPE_CHECKING:
    from rich.table import Table

    from compendium.data import TableReport

HELP = "check the data, fetch external data, make or import a survey"
EXAMPLE = "data check --lang zh"
SHOWN_VIOLATIONS = 50
"""More than fit on a few screens hide the first, which is usually the cause of the rest."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "action",
        choices=["check", "fetch", *data_survey.ACTIONS],
        help="check: every table and cross-table rule; fetch: download external data; "
        + data_survey.HELP,
    )
    parser.add_argument(
        "ids", nargs="*", metavar="NAME", help="fetch: which data sets (all); import: the file"
    )
    parser.add_argument("--lang", choices=LANGS, default="en", help="language (default: en)")
    parser.add_argument("--all", action="store_true", help="show every violation or finding")
    data_survey.add_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Do what is asked; exit code 1 when a check or an import finds something amiss."""
    if args.action in data_survey.ACTIONS:
        return data_survey.main(args)
    if args.action == "fetch":
        return fetch_all(args.root, args.ids)
    if args.ids:
        raise UserError("'data check' takes no names", "leave them out", value=args.ids[0])
    return check_all(args)


def fetch_all(root: Path, ids: Sequence[str]) -> int:
    """Download external data sets, all by default; says where their files are."""
    from rich.progress import Progress

    from compendium.commands.console import plain_console
    from compendium.data.external import find_external, folder_of, load_registry
    from compendium.data.fetch import fetch

    registry = load_registry(root)
    console = plain_console()
    for described in [find_external(registry, name) for name in ids or registry]:
        folder = folder_of(root, described.id)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task(described.id, total=len(described.files))
            written = fetch(described, folder, lambda: progress.advance(task))  # noqa: B023
        size = sum(file.bytes for file in described.files.values())
        told = f"{described.id}: {len(described.files)} files, {size:,} bytes, sha256 as registered"
        console.print(f"{told}; {len(written)} downloaded to {folder}", soft_wrap=True)
        console.print(f"Licence: {described.licence}. {described.licence_scope.en}")
    return 0


def check_all(args: argparse.Namespace) -> int:
    """Print the tables and their violations; exit code 1 when there are any."""
    from compendium.commands.console import plain_console
    from compendium.data import check

    console = plain_console()
    reports = check(args.root)
    console.print(summary(reports))
    found = [violation for report in reports for violation in report.violations]
    for violation in found if args.all else found[:SHOWN_VIOLATIONS]:
        line = f"[{violation.rule}] {violation.error(args.lang)}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    hidden = 0 if args.all else len(found) - SHOWN_VIOLATIONS
    if hidden > 0:
        console.print(f"and {hidden} more; --all shows them")
    for report in reports:
        if report.unchecked:
            rules = ", ".join(report.unchecked)
            console.print(f"{report.file}: not checked until its cells can be read: {rules}")
    return 1 if found else 0


def summary(reports: Sequence[TableReport]) -> Table:
    """File, rows, columns and violations of every table."""
    from rich.table import Table

    table = Table("file", "rows", "columns", "violations")
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify = "right"
    for report in reports:
        cells = (report.rows, report.columns, len(report.violations))
        table.add_row(report.file, *map(str, cells))
    return table
