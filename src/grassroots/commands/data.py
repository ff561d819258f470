"""`grassroots data`: what can be done with the data."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grassroots.text import LANGS

if TYPE_CHECKING:
    from rich.table import Table

    from grassroots.data import TableReport

HELP = "check the data against their codebooks"
EXAMPLE = "grassroots data check --lang zh"
SHOWN_VIOLATIONS = 50
"""More than fit on a few screens hide the first, which is usually the cause of the rest."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("action", choices=["check"], help="check: every table and cross-table rule")
    parser.add_argument("--lang", choices=LANGS, default="en", help="language (default: en)")
    parser.add_argument("--all", action="store_true", help="show every violation")


def main(args: argparse.Namespace) -> int:
    """Print the tables and their violations; exit code 1 when there are any."""
    from rich.console import Console

    from grassroots.data import check

    console = Console()
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
