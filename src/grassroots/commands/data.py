"""`grassroots data`: what can be done with the data."""

from __future__ import annotations

import argparse

HELP = "check the data against their codebooks"
EXAMPLE = "grassroots data check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("action", choices=["check"], help="check: every table and cross-table rule")


def main(args: argparse.Namespace) -> int:
    """Print the tables and their violations; exit code 1 when there are any."""
    from rich.console import Console

    from grassroots.data import check

    console = Console()
    reports = check(args.root)
    console.print(_tables(reports))
    violations = [violation for report in reports for violation in report.violations]
    for violation in violations:
        console.print(describe(violation), highlight=False, markup=False, soft_wrap=True)
    return 1 if violations else 0


def _tables(reports):  # type: ignore[no-untyped-def]
    from rich.table import Table

    table = Table("file", "rows", "columns", "violations")
    for report in reports:
        table.add_row(
            str(report.file), str(report.rows), str(report.columns), str(len(report.violations))
        )
    return table


def describe(violation) -> str:  # type: ignore[no-untyped-def]
    """One line: file, row, column, value, rule."""
    details = [
        f"{name} {shown}"
        for name, shown in (
            ("row", violation.row),
            ("column", violation.column),
            ("value", None if violation.value is None else repr(violation.value)),
        )
        if shown is not None
    ]
    return f"{', '.join((str(violation.file), *details))}: {violation.rule}"
