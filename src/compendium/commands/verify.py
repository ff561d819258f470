"""`verify`: compare a run with the reference, and each of its files with its recorded data."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.console import plain_console, say
from compendium.review.compare import relative_distance
from compendium.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from rich.console import Console

    from compendium.review.remade import FileCheck
    from compendium.review.verify import Verified

HELP = "check results: every file against its recorded data, numbers against the reference"
EXAMPLE = "verify --json verification.json"
SHOWN_DIFFERENCES = 5
SHOWN_MOVES = 5
NAMED = 34
"""Columns for the name of what is compared."""
STATUS_WORDS: dict[str, Text] = {
    "same": Text("same", "相同"),
    "within tolerance": Text("within tolerance", "容差之内"),
    "different": Text("different", "不同"),
    "missing": Text("missing", "缺失"),
    "new": Text("new", "新增"),
    "not run": Text("not run: external data absent", "未运行：缺外部数据"),
}
TOLERANCE = Text(
    " (largest relative difference {:.1e}, allowed {:g}: rounding of linear algebra and "
    "optimisers)",
    "（最大相对差异 {:.1e}，容许 {:g}：线性代数与优化程序的舍入）",
)
MOVES = Text("Largest moves of a number:", "变动最大的数值：")
MOVE = Text("{}: {}, {}: {} there, {} here", "{}：{}、{}：存档 {}，本次 {}")
CELL = Text("{}: reference {}, found {}", "{}：存档 {}，本次 {}")
PLACE = Text("{}, {}", "{}、{}")
MORE = Text("and {} more cells (see --json FILE)", "另有 {} 格（见 --json FILE）")
SAME = Text("{} more are the same as in the reference.", "另有 {} 项与存档相同。")
OTHERS = Text("{} ran with other packages than {}: {}", "{} 运行时的软件包与 {} 不符：{}")
NOT_RUN = Text(" {} not run: external data absent.", "{} 项未运行：缺外部数据。")
OFF = Text("{} of {} differ from the reference.", "{} 项与存档结果不同（共 {} 项）。")
AGREE = Text("All {} agree with the reference.", "全部 {} 项均与存档结果一致。")
FILE_WORDS: dict[str, Text] = {
    **STATUS_WORDS,
    "not of this run": Text("not of this run", "非本次运行所出"),
    "not recomputed": Text("not recomputed", "未重新制作"),
}
WHY = Text("{}: {}", "{}：{}")
MAKING = Text("Making {} again …", "正在重新制作 {}……")
FILES_OFF = Text(
    "{} of {} files are not what the recorded data give.", "{} 个文件与记录的数据不符（共 {} 个）。"
)
FILES = Text("All {} files are what the recorded data give.", "全部 {} 个文件均与记录的数据一致。")
UNMADE = Text(" {} not recomputed, see above.", "{} 个未重新制作，见上。")
REMOVED = Text("removed: {}", "已删除：{}")
ACCEPTED = Text(
    "{} files are now the reference; review them with git diff.",
    "{} 个文件现为存档结果，请以 git diff 审阅。",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--lang", choices=LANGS, default="en", help="language (default: en)")
    add = parser.add_argument
    add(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="the folder of results to check, also one that somebody handed over (reports)",
    )
    add(
        "--against",
        type=Path,
        metavar="FOLDER",
        help="compare with the results in this folder, such as a copy made before a change",
    )
    add(
        "--numbers", action="store_true", help="compare numbers and words alone: draw no file again"
    )
    add("--json", metavar="FILE", type=Path, help="also write every cell and file as JSON")
    parser.add_argument(
        "--accept",
        action="store_true",
        help="make this run the reference (authors only; review the change before committing it)",
    )


def main(args: argparse.Namespace) -> int:
    """Print the comparison; exit code 1 when anything differs, is missing or is new."""
    from compendium.files import write_atomic
    from compendium.review.verify import report_json

    console, lang = plain_console(), args.lang
    if args.accept:
        return _accept(args.root, console, lang)
    folder, against = (path and path.resolve() for path in (args.folder, args.against))
    results, files = check_run(args.root, folder, against, console, lang, files=not args.numbers)
    if args.json:
        write_atomic(args.json, report_json(results, files).encode())
    return say_comparison(console, args.root, folder, against, results, files, lang)


def check_run(
    root: Path,
    folder: Path | None,
    against: Path | None,
    console: Console,
    lang: Lang,
    *,
    files: bool = True,
) -> tuple[Sequence[Verified], Sequence[FileCheck]]:
    """Compare a run with the reference and, unless `files` is false, its files with its data."""
    from compendium.review.verify import verify

    results = verify(root, folder, against)
    return results, _check_files(root, folder, console, lang) if files else ()


def say_comparison(
    console: Console,
    root: Path,
    folder: Path | None,
    against: Path | None,
    results: Sequence[Verified],
    files: Sequence[FileCheck],
    lang: Lang,
) -> int:
    """Print what was found, verdicts first; return 1 when anything differs, is missing or new."""
    from compendium.review.verdicts import verdict_lines

    first, *others = verdict_lines(root, lang, folder, against) or [""]
    for line in filter(None, (first, *others)):
        say(console, line.strip(), *(("  ", "     ") if line.startswith(" ") else ("", "  ")))
    _print_moves(console, results, lang)
    for result in results:
        if result.comparison.status != "same" or result.reasons:
            _print(console, result, lang)
    same = sum(one.comparison.status == "same" and not one.reasons for one in results)
    if same:
        say(console, SAME[lang].format(same))
    for file in files:
        if file.status != "same":
            told = FILE_WORDS[file.status][lang]
            said = WHY[lang].format(told, file.why) if file.why else told
            say(console, said, f"{file.path:<{NAMED}}  ", "    ")
    _print_packages(folder or root / "reports", console, lang)
    return max(_print_end(console, results, lang), _print_files(console, files, lang))


def _check_files(
    root: Path, folder: Path | None, console: Console, lang: Lang
) -> tuple[FileCheck, ...]:
    from tempfile import TemporaryDirectory

    from compendium.review.remade import check_files

    with TemporaryDirectory(prefix="verify-") as scratch, console.status("") as status:
        return check_files(
            root,
            folder or root / "reports",
            Path(scratch),
            lambda name: status.update(MAKING[lang].format(name)),
        )


def _print_files(console: Console, files: Sequence[FileCheck], lang: Lang) -> int:
    if not files:
        return 0
    off = sum(not file.agrees for file in files)
    unknown = sum(file.status == "not recomputed" for file in files)
    ended = UNMADE[lang].format(unknown) if unknown else ""
    told = (
        FILES_OFF[lang].format(off, len(files)) if off else FILES[lang].format(len(files) - unknown)
    )
    say(console, told + ended)
    return int(off > 0)


def _accept(root: Path, console: Console, lang: Lang) -> int:
    from compendium.review.verify import accept

    accepted = accept(root)
    for path in accepted.removed:
        console.print(REMOVED[lang].format(path.relative_to(root)), soft_wrap=True)
    say(console, ACCEPTED[lang].format(len(accepted.written)))
    return 0


def _print_moves(console: Console, results: Sequence[Verified], lang: Lang) -> None:
    """Print which numbers moved most in relation to their size; words are no numbers."""
    moved = sorted(
        (
            (-distance, i, result.name, one)
            for i, result in enumerate(results)
            for one in result.comparison.differences
            if (distance := relative_distance(one.reference, one.found)) is not None
        ),
        key=lambda move: move[:2],
    )
    if moved:
        say(console, MOVES[lang])
    for _, _, name, one in moved[:SHOWN_MOVES]:
        told = MOVE[lang].format(name, one.row, one.column, one.reference, one.found)
        say(console, told, "  ", "    ")


def _print(console: Console, result: Verified, lang: Lang) -> None:
    from compendium.review.compare import RELATIVE_TOLERANCE

    comparison = result.comparison
    status = STATUS_WORDS[comparison.status][lang]
    if comparison.status == "within tolerance":
        status += TOLERANCE[lang].format(comparison.largest, RELATIVE_TOLERANCE)
    say(console, status, f"{result.name:<{NAMED}}  ", "    ")
    for one in comparison.differences[:SHOWN_DIFFERENCES]:
        place = PLACE[lang].format(one.row, one.column) if one.column else one.row
        say(console, CELL[lang].format(place, one.reference, one.found), "    ", "      ")
    more = len(comparison.differences) - SHOWN_DIFFERENCES
    if more > 0:
        say(console, MORE[lang].format(more), "    ")
    if comparison.status != "not run":
        for reason in result.reasons:
            say(console, reason, "    ", "      ")


def _print_packages(reports: Path, console: Console, lang: Lang) -> None:
    from compendium import packages
    from compendium.run_record import other_packages, read

    for notebook, found in other_packages(read(reports)).items():
        told = OTHERS[lang].format(notebook, packages.LOCK, packages.written(found))
        say(console, told, "", "  ")


def _print_end(console: Console, results: Sequence[Verified], lang: Lang) -> int:
    off = sum(not result.agrees for result in results)
    not_run = sum(result.comparison.status == "not run" for result in results)
    ended = NOT_RUN[lang].format(not_run) if not_run else ""
    if off:
        say(console, OFF[lang].format(off, len(results)) + ended)
        return 1
    say(console, AGREE[lang].format(len(results) - not_run) + ended)
    return 0
