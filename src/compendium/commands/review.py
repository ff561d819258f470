"""`review`: certificate, README, lists and hashes that a reviewer hands in, made from the run."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from compendium.commands.verify import check_run, say_comparison
from compendium.console import plain_console, say
from compendium.text import LANGS, Text

HELP = "check a run and make the kit that a reviewer signs, as a folder and a .zip"
EXAMPLE = "review --out check"
WIDTH = 100
DONE = Text(
    "{folder} and {packed}: {n} files; name, ORCID, number, date and signature are left to you",
    "{folder} 与 {packed}：{n} 个文件；姓名、ORCID、编号、日期与签名留待填写",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("--lang", choices=LANGS, default="en", help="language of messages (default: en)")
    add("--out", type=Path, default=Path("review"), metavar="FOLDER", help="the folder to write")


def main(args: argparse.Namespace) -> int:
    """Write the kit; exit code 1 when something differs, which the kit then says."""
    from compendium.review.kit import kit, write_kit
    from compendium.run_record import machine

    console = plain_console()
    results, files = check_run(args.root, None, None, console, args.lang)
    held = io.StringIO()
    code = say_comparison(plain_console(held, WIDTH), args.root, None, None, results, files, "en")
    made = kit(args.root, results, files, held.getvalue(), machine())
    packed = write_kit(made, args.out)
    say(console, DONE[args.lang].format(folder=args.out, packed=packed.name, n=len(made)))
    return code
