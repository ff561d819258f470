"""`data`: what can be done with the data."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.commands import data_survey
from compendium.console import aligned, plain_console, say
from compendium.errors import UserError
from compendium.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from compendium.data import TableReport

HELP = "check the data, fetch external data, make or import a survey"
EXAMPLE = "data check --lang zh"
SHOWN_VIOLATIONS = 50
"""More than fit on a few screens hide the first, which is usually the cause of the rest."""

HEADS = (Text("file", "文件"), Text("rows", "行"), Text("columns", "列"), Text("faults", "违规"))
HIDDEN = Text("and {} more; --all shows them", "另有 {} 条，加 --all 全部列出")
UNCHECKED = Text("{}: not checked until its cells can be read: {}", "{}：单元格可读之前不检查：{}")

CHANGED = Text("{}: {} other than in the reference", "{}：{} 与存档不同")
ROWS = Text("{} row{}", "{} 行")
NAMES: dict[Lang, Text] = {"en": Text("English", "英文"), "zh": Text("Chinese", "中文")}
UNLIKE = Text(
    "[languages-differ] {0}: only the {3} text says '{1}' ({2}); correct one of the two, or say "
    "why under 'unlike' in notebooks/plan/languages.yml",
    "[languages-differ] {0}：仅{3}有“{1}”（{2}）；请更正其一，或在 notebooks/plan/languages.yml 的 "
    "unlike 中说明理由",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "action",
        choices=["check", "fetch", "code", *data_survey.ACTIONS],
        help="check: every table and cross-table rule; fetch: download external data; "
        "code: code the public files again and compare; " + data_survey.HELP,
    )
    parser.add_argument(
        "ids",
        nargs="*",
        metavar="NAME",
        help="fetch: which data sets (all); code: which sources (all); import: the file",
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
    if args.action == "code":
        return code_again(args)
    if args.ids:
        raise UserError("'data check' takes no names", "leave them out", value=args.ids[0])
    return check_all(args)


def fetch_all(root: Path, ids: Sequence[str]) -> int:
    """Download external data sets, all by default; says where their files are."""
    from rich.progress import Progress

    from compendium.data.external import find_external, folder_of, load_registry
    from compendium.data.fetch import fetch

    registry = load_registry(root)
    console = plain_console()
    for described in [find_external(registry, name) for name in ids or registry]:
        folder = folder_of(root, described.id)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task(described.id, total=len(described.files))
            written = fetch(described, folder, lambda: progress.advance(task))  # noqa: B023
        size = sum((folder / name).stat().st_size for name in described.files)
        told = f"{described.id}: {len(described.files)} files, {size:,} bytes, sha256 as registered"
        console.print(f"{told}; {len(written)} downloaded to {folder}", soft_wrap=True)
        console.print(f"Licence: {described.licence}. {described.licence_scope.en}")
    return 0


def code_again(args: argparse.Namespace) -> int:
    """Code the public files again, say what was found; exit code 1 where rows differ."""
    from compendium.registry import registered

    recode = registered().part("coding")
    if recode is None:
        raise UserError("this study has nothing that is coded by rules", "leave out 'data code'")
    console, found = plain_console(), []
    for one in recode(args.root, args.ids):
        console.print(one.told[args.lang], highlight=False, markup=False, soft_wrap=True)
        found.append(one)
    tables = [one.rows for one in found if one.rows is not None]
    if args.out and tables:
        import pandas as pd

        from compendium.files import write_atomic

        text = pd.concat(tables).to_csv(index=False, lineterminator="\n")
        write_atomic(args.out, text.encode())
    return 0 if all(one.same for one in found) else 1


def check_all(args: argparse.Namespace) -> int:
    """Print the tables and their violations; exit code 1 when there are any."""
    from compendium.data import check

    console = plain_console()
    reports = check(args.root)
    for line in summary(reports, args.lang):
        console.print(line, soft_wrap=True)
    found = [violation for report in reports for violation in report.violations]
    for violation in found if args.all else found[:SHOWN_VIOLATIONS]:
        line = f"[{violation.rule}] {violation.error(args.lang)}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    hidden = 0 if args.all else len(found) - SHOWN_VIOLATIONS
    if hidden > 0:
        console.print(HIDDEN[args.lang].format(hidden))
    for report in reports:
        if report.unchecked:
            rules = ", ".join(report.unchecked)
            say(console, UNCHECKED[args.lang].format(report.file, rules), "", "  ")
    for line in changes(args.root, args.lang):
        say(console, line, "", "  ")
    unlike = [] if found else unlike_lines(args.root, args.lang)  # the plan needs its tables
    for line in unlike:
        say(console, line, "", "  ")
    return 1 if found or unlike else 0


def unlike_lines(root: Path, lang: Lang) -> list[str]:
    """Say where the two languages of a text differ, a line each."""
    from compendium.review.languages import different_texts
    from compendium.root import MARK

    return [
        UNLIKE[lang].format(place, found.word, found.concept, NAMES[found.lang][lang])
        for place, found in (different_texts(root) if (root / MARK).is_dir() else ())
    ]


def changes(root: Path, lang: Lang) -> Iterator[str]:
    """Say of each table how many of its rows are not those behind the reference."""
    from compendium.review.verify import verify_data

    for one in verify_data(root):
        rows = len({difference.row for difference in one.comparison.differences})
        if rows:
            yield CHANGED[lang].format(one.name, ROWS[lang].format(rows, "s"[: rows > 1]))


def summary(reports: Sequence[TableReport], lang: Lang) -> list[str]:
    """File, rows, columns and violations of every table, a line each."""
    rows = [(one.file, *map(str, (one.rows, one.columns, len(one.violations)))) for one in reports]
    return aligned([tuple(head[lang] for head in HEADS), *rows], right={1, 2, 3})
