"""`archive`: the deposit of the last commit, with the metadata that archives read."""

from __future__ import annotations

import argparse
from pathlib import Path

from compendium.console import plain_console, say
from compendium.text import LANGS, Text

HELP = "make a deposit of the last commit, with the metadata that archives read"
EXAMPLE = "archive --repository https://example.org/study --doi 10.5281/zenodo.1234567"
DONE = Text("{path}: {n} files", "{path}：{n} 个文件")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("--lang", choices=LANGS, default="en", help="language (default: en)")
    add("--out", type=Path, default=Path("deposit.zip"), metavar="FILE", help="the .zip to write")
    add("--wheels", type=Path, metavar="FOLDER", help="packages of the lock to go with it")
    add("--doi", default="", help="the DOI that the archive has reserved")
    add("--repository", default="", metavar="ADDRESS", help="public address of the project")


def main(args: argparse.Namespace) -> int:
    """Write the deposit; exit code 0."""
    from compendium.review.deposit import deposit

    number = deposit(args.root, args.out, args.wheels, args.doi, args.repository)
    say(plain_console(), DONE[args.lang].format(path=args.out, n=number))
    return 0
