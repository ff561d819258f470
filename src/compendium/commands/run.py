"""`run`: run the notebooks whose inputs changed."""

from __future__ import annotations

import argparse

from compendium import packages
from compendium.registry import program
from compendium.run.options import KERNELS, RunOptions
from compendium.text import LANGS, Lang

HELP = "run the notebooks whose inputs changed"
EXAMPLE = "run --profile quick -p seed=7 --lang zh"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("notebooks", nargs="*", metavar="NOTEBOOK", help="run these and what they need (all)")
    add("--profile", default="default", metavar="NAME", help="named set of parameters (default)")
    add(
        *("-p", "--parameter"),
        action="append",
        default=[],
        dest="overrides",
        metavar="NAME=VALUE",
        help="set one parameter; may be given several times",
    )
    add("--lang", default="en", metavar="|".join(LANGS), help="language of what the run says (en)")
    add("--kernel", choices=KERNELS, default=None, help="fork, where it exists, or plain")
    add("--jobs", type=int, default=None, metavar="N", help="notebooks at a time")
    add("--dry-run", action="store_true", help="list what would run, run nothing")
    add("--explain", action="store_true", help="say why each notebook would run, run nothing")
    add("--force", action="store_true", help="run also what has not changed")
    add("--times", action="store_true", help="print what the last run took, run nothing")
    packages.add_argument(parser)


def main(args: argparse.Namespace) -> int:
    """Run; exit code 0 when every notebook succeeded or was up to date, 1 when one failed."""
    if args.times:
        return _print_times(args)
    options = RunOptions(
        root=args.root,
        notebooks=tuple(args.notebooks),
        profile=args.profile,
        overrides=tuple(args.overrides),
        lang=args.lang,
        kernel=args.kernel,
        jobs=args.jobs,
        dry_run=args.dry_run,
        explain=args.explain,
        force=args.force,
        debug=args.debug,
        other_packages=args.other_packages,
    )
    from compendium.run.conduct import run

    return run(options)


def _print_times(args: argparse.Namespace) -> int:
    """Print seconds, CPU seconds and peak memory of each notebook the last time that it ran."""
    import sys

    from compendium import run_record
    from compendium.errors import UserError
    from compendium.run.times import times

    reports = args.root / "reports"
    if not (found := run_record.read(reports)):
        mend = f"run the notebooks: {program()} run"
        raise UserError("nothing has been run yet", mend, file=reports / run_record.NAME)
    lang: Lang = "zh" if args.lang == "zh" else "en"
    sys.stdout.write("\n".join(times(found, lang)) + "\n")
    return 0
