"""`report`: the site, the PDF, the Word and LaTeX files and the numbers of a run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from compendium import packages
from compendium.registry import program
from compendium.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from compendium.exhibits.regression import Manner
    from compendium.report.contents import Contents

HELP = "make the site, the PDF, Word and LaTeX files and numbers from the last run"
EXAMPLE = "report --format pdf --format docx"

WRITING = Text("Writing {format} …", "正在写入 {format}……")
UNCHANGED = Text("unchanged", "未变")
FILLED = Text(
    "{path}: {numbers} numbers, {tables} tables, {figures} figures",
    "{path}：数字 {numbers} 处，表 {tables} 张，图 {figures} 幅",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--format",
        action="append",
        default=[],
        dest="formats",
        metavar="html|pdf|docx|tex|numbers",
        help="write this format; may be given several times (all)",
    )
    parser.add_argument(
        "--lang", default="en", metavar="|".join(LANGS), help="language of the messages (en)"
    )
    parser.add_argument(
        "--stars",
        action="store_true",
        help="stars in place of intervals and p-values in the Word and LaTeX tables",
    )
    parser.add_argument(
        "--chinese-stars",
        action="store_true",
        help="the same as Chinese journals have them: ***, ** and * at 1, 5 and 10 percent",
    )
    parser.add_argument(
        "--fill",
        type=Path,
        action="append",
        default=[],
        metavar="PAPER.docx",
        help="put numbers, tables and figures into your own Word document where it has {{ID}} or "
        "{{ID|FIELD}} (those of reports/numbers.csv), in the language of --lang; called again it "
        "renews them",
    )
    parser.add_argument("--force", action="store_true", help="write also what has not changed")
    packages.add_argument(parser)


def main(args: argparse.Namespace) -> int:
    """Write the report in both languages; exit code 0."""
    from compendium.console import plain_console
    from compendium.outputs import recorded_outputs
    from compendium.report import formats
    from compendium.report.origin import refuse_mixture
    from compendium.run.lock import run_lock

    plain: Manner = ""
    names = formats.chosen(args.formats)
    lang = _language(args.lang)
    reports: Path = args.root / "reports"
    _refuse_without_run(reports)
    packages.say(packages.check(args.root, allowed=args.other_packages), lang)
    console = plain_console()
    if args.fill:
        with run_lock(reports):
            refuse_mixture(_contents(args.root, plain)[lang])
            manner = _manner(args)
            for path in args.fill:
                console.print(_fill(path, _contents(args.root, manner)[lang]), soft_wrap=True)
        return 0
    with run_lock(reports), recorded_outputs(reports) as outputs:
        digest = formats.inputs_digest(args.root)
        starred = {
            name: _manner(args) if name in formats.CAN_HAVE_STARS else plain for name in names
        }
        fresh = {
            name: formats.still_written(reports, name, digest, starred[name]) for name in names
        }
        stale = [name for name in names if args.force or fresh[name] is None]
        if stale:
            refuse_mixture(_contents(args.root, plain)[lang])
        for name in stale:
            with console.status(WRITING[lang].format(format=name)):
                written = formats.write(name, _contents(args.root, starred[name]), reports)
            formats.forget_gone(outputs, name, written)
            formats.remember(reports, name, digest, starred[name], written)
            fresh[name] = written.first
        for name in names:
            said = "" if name in stale else f" ({UNCHANGED[lang]})"
            for path in fresh[name] or ():
                place = path.relative_to(args.root).as_posix()
                console.print(f"{name:<8} {place}{said}", highlight=False, soft_wrap=True)
        for line in outputs.told(lang, args.root):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def _manner(args: argparse.Namespace) -> Manner:
    return "chinese" if args.chinese_stars else "stars" if args.stars else ""


def _fill(path: Path, contents: Contents) -> str:
    """Fill a document of an author; say how much of what stands in it."""
    from compendium.files import naming, write_atomic
    from compendium.report.word import refuse_open
    from compendium.report.word.fill import filled

    refuse_open(path)
    with naming(path):
        made = filled(path, contents)
        unchanged = path.read_bytes() == made.content
        if not unchanged:
            write_atomic(path, made.content)
    told = FILLED[contents.lang].format(
        path=path, numbers=made.numbers, tables=made.tables, figures=made.figures
    )
    return f"{told} ({UNCHANGED[contents.lang]})" if unchanged else told


@cache
def _contents(root: Path, starred: Manner) -> Mapping[Lang, Contents]:
    from compendium.report.contents import Contents

    return {lang: Contents(root, lang, starred) for lang in LANGS}


def _language(name: str) -> Lang:
    from compendium.errors import UserError

    for lang in LANGS:
        if lang == name:
            return lang
    raise UserError(f"unknown language '{name}'", f"use one of: {', '.join(LANGS)}")


def _refuse_without_run(reports: Path) -> None:
    from compendium.errors import UserError
    from compendium.run_record import check_ledger

    if not (reports / "estimates.csv").is_file():
        raise UserError("there are no results to report yet", f"run the notebooks: {program()} run")
    check_ledger(reports)
