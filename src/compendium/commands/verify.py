"""`verify`: compare the run with the committed reference results."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from compendium.review.verify import Verified

HELP = "compare this run with reports/reference, exhibit by exhibit"
EXAMPLE = "verify --json verification.json"
SHOWN_DIFFERENCES = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write every cell as JSON")
    parser.add_argument(
        "--accept",
        action="store_true",
        help="make this run the reference (authors only; review the change before committing it)",
    )


def main(args: argparse.Namespace) -> int:
    """Print the comparison; exit code 1 when anything differs, is missing or is new."""
    from compendium import packages
    from compendium.commands.console import plain_console
    from compendium.files import write_atomic
    from compendium.review.verify import accept, report_json, verify
    from compendium.run_record import other_packages, read

    console = plain_console()
    if args.accept:
        accepted = accept(args.root)
        for path in accepted.removed:
            console.print(
                f"removed: {path.relative_to(args.root)}", highlight=False, soft_wrap=True
            )
        console.print(
            f"{len(accepted.written)} files are now the reference; review them with git diff."
        )
        return 0
    results = verify(args.root)
    if args.json:
        write_atomic(args.json, report_json(results).encode())
    for result in results:
        _print(console, result)
    for notebook, found in other_packages(read(args.root / "reports")).items():
        told = f"{notebook} ran with other packages than {packages.LOCK}: {packages.written(found)}"
        console.print(told, highlight=False, soft_wrap=True)
    off = sum(not result.agrees for result in results)
    not_run = sum(result.comparison.status == "not run" for result in results)
    ended = f" {not_run} not run: external data absent." if not_run else ""
    if off:
        console.print(f"{off} of {len(results)} differ from the reference.{ended}")
        return 1
    console.print(f"All {len(results) - not_run} agree with the reference.{ended}")
    return 0


def _print(console: Console, result: Verified) -> None:
    comparison = result.comparison
    status: str = comparison.status
    if status == "within tolerance":
        from compendium.review.compare import RELATIVE_TOLERANCE

        status += (
            f" (largest relative difference {comparison.largest:.1e}, "
            f"allowed {RELATIVE_TOLERANCE:g}: rounding of linear algebra and optimisers)"
        )
    console.print(f"{result.name:<36} {status}", highlight=False, soft_wrap=True)
    for difference in comparison.differences[:SHOWN_DIFFERENCES]:
        place = f"{difference.row}, {difference.column}" if difference.column else difference.row
        console.print(
            f"    {place}: reference {difference.reference}, found {difference.found}",
            highlight=False,
            soft_wrap=True,
        )
    more = len(comparison.differences) - SHOWN_DIFFERENCES
    if more > 0:
        console.print(f"    and {more} more cells (see --json FILE)")
    for reason in result.reasons:
        console.print(f"    {reason}", highlight=False, soft_wrap=True)
