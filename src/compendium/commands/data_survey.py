"""`data standin|import|instrument`: what can be done with the survey."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.errors import UserError
from compendium.registry import program
from compendium.survey.private import CLOSED_WORDS
from compendium.text import Lang, Text

if TYPE_CHECKING:
    from rich.console import Console

    from compendium.survey.importing import Imported
    from compendium.survey.importing.findings import Level

ACTIONS = ("standin", "import", "instrument")
HELP = (
    "standin: simulate the survey; import: check a real survey's file and take it in; "
    "instrument: derive form and codebook from the questionnaire"
)
SHOWN_FINDINGS = 50
"""More than fit on a few screens; the report file and --all have the rest."""

_LEVELS: dict[Level, Text] = {
    "stop": Text("must be mended", "必须更正"),
    "accept": Text("need --accept", "需要 --accept"),
    "note": Text("for information", "供参考"),
}
_READ = Text(
    "{file}: {rows:,} rows read, {kept:,} would be kept",
    "{file}：读取 {rows:,} 行，可保留 {kept:,} 行",
)
_WRITTEN = Text(
    "Written to {path}, content {sha}. The survey is now observed: run with --profile observed.",
    "已写入 {path}，内容哈希 {sha}。调查数据现为实测：请用 --profile observed 运行。",
)
_REPORT = Text("Report: {paths}", "报告：{paths}")
_NOT_WRITTEN = Text("Nothing was written.", "未写入任何文件。")
_MORE = Text("and {n} more; --all shows them", "另有 {n} 条；用 --all 显示")
_MADE = Text(
    "{path}: {rows:,} rows, content {sha}. Simulated data are never evidence.",
    "{path}：{rows:,} 行，内容哈希 {sha}。模拟数据绝不作为证据。",
)
_USED = Text(
    "The survey notebooks run on it with: {program} run -p survey={kind}",
    "在其上运行问卷各笔记本：{program} run -p survey={kind}",
)
_UNUSED = Text(
    "No notebook reads it: they make their own, which standin.yml describes.",
    "笔记本不读取此文件：其所用者按 standin.yml 自行生成。",
)
_DERIVED = Text("{path} is up to date", "{path} 已是最新")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of these actions."""
    made = parser.add_argument_group("standin")
    made.add_argument("--respondents", type=int, metavar="N", help="respondents (standin.yml's)")
    made.add_argument("--seed", type=int, metavar="S", help="seed (standin.yml's)")
    made.add_argument("--scale", type=int, default=1, metavar="K", help="K times the whole sample")
    made.add_argument("--null", action="store_true", help="every effect at zero")
    made.add_argument("--out", type=Path, metavar="FILE", help=".parquet or .csv; of code: .csv")
    taken = parser.add_argument_group("import")
    taken.add_argument(
        "--mapping", type=Path, metavar="FILE", help="which column is which question"
    )
    taken.add_argument("--draft-mapping", action="store_true", help="propose a mapping and stop")
    taken.add_argument("--sheet", metavar="NAME", help="sheet to draft from")
    taken.add_argument("--encoding", metavar="NAME", help="encoding of the file, e.g. GB18030")
    taken.add_argument(
        "--frame",
        type=Path,
        metavar="FILE",
        help="sampling frame: county, province, stratum and weight by unit_id",
    )
    taken.add_argument(
        "--report", type=Path, metavar="FOLDER", help="keep the report there, written or not"
    )
    taken.add_argument("--accept", action="store_true", help="leave out what the report says")


def main(args: argparse.Namespace) -> int:
    """Do one of the actions; exit code 1 when an import was not written."""
    if args.action == "standin":
        return standin(args)
    if args.action == "instrument":
        return instrument(args)
    return import_(args)


def standin(args: argparse.Namespace) -> int:
    """Make a stand-in and say where it is."""
    from rich.progress import Progress

    from compendium.console import plain_console
    from compendium.outputs import refuse_links
    from compendium.survey.instrument import load_instrument
    from compendium.survey.load import FILES, STANDINS, make_standin, recipe

    refuse_links(args.root / "reports")
    for name in ("respondents", "scale"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            mend = "leave it out for the usual number"
            raise UserError(
                f"--{name} needs a whole number from 1", mend, value=getattr(args, name)
            )
    wanted = recipe(
        args.root,
        respondents=args.respondents,
        seed=args.seed,
        scale=args.scale,
        null=args.null,
    )
    path = args.out or args.root / _standin_path(args)
    console = plain_console()
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("stand-in", total=None)
        made = make_standin(
            path, args.root, load_instrument(args.root), wanted, lambda: progress.advance(task)
        )
    said = _MADE[args.lang].format(path=path, rows=made.rows, sha=made.sha256)
    used = [kind for kind in STANDINS if path == args.root / FILES[kind]]
    said += "\n" + (
        _USED[args.lang].format(program=program(), kind=used[0]) if used else _UNUSED[args.lang]
    )
    console.print(said, highlight=False, soft_wrap=True)
    return 0


def _standin_path(args: argparse.Namespace) -> Path:
    """Path of a stand-in without a name of its own: the notebooks' one only where it is that."""
    from compendium.survey.load import STANDIN_FILE

    parts = [
        f"n{args.respondents}" if args.respondents else "",
        f"x{args.scale}" if args.scale > 1 else "",
        f"seed{args.seed}" if args.seed is not None else "",
        "null" if args.null else "",
    ]
    return STANDIN_FILE.with_stem("-".join([STANDIN_FILE.stem, *filter(None, parts)]))


def instrument(args: argparse.Namespace) -> int:
    """Write the form and the codebook where they are not up to date."""
    from compendium.console import plain_console
    from compendium.survey.derive import derive, derived

    derive(args.root)
    for path in derived(args.root):
        plain_console().print(_DERIVED[args.lang].format(path=path), soft_wrap=True)
    return 0


def import_(args: argparse.Namespace) -> int:
    """Draft a mapping, or import; exit code 1 when nothing was written."""
    from compendium.console import plain_console

    if len(args.ids) != 1:
        raise UserError("'data import' takes one file", f"{program()} data import FILE --mapping M")
    console = plain_console()
    if args.draft_mapping:
        return _draft(args, console)
    if args.mapping is None:
        mend = "propose one with --draft-mapping, then name it with --mapping"
        raise UserError("'data import' needs a mapping", mend)
    from compendium.survey.importing import import_survey

    with console.status(""):
        done = import_survey(
            args.root,
            Path(args.ids[0]),
            args.mapping,
            accept=args.accept,
            frame=args.frame,
            encoding=args.encoding,
            report=args.report,
        )
    _print(console, done, args.lang, everything=args.all)
    return 0 if done.written else 1


def _draft(args: argparse.Namespace, console: Console) -> int:
    from compendium.files import write_atomic
    from compendium.survey.formats import read_raw
    from compendium.survey.importing import draft_mapping
    from compendium.survey.instrument import load_instrument

    if args.mapping is not None and args.mapping.exists():
        raise UserError("this file exists", "name another for the draft", file=args.mapping)
    raw = read_raw(Path(args.ids[0]), sheet=args.sheet, encoding=args.encoding)
    frame = read_raw(args.frame) if args.frame is not None else None
    text = draft_mapping(raw, load_instrument(args.root), frame)
    if args.mapping is None:
        console.print(text, highlight=False, markup=False, soft_wrap=True, end="")
    else:
        write_atomic(args.mapping, text.encode())
        console.print(f"{args.mapping}", soft_wrap=True)
    return 0


def _print(console: Console, done: Imported, lang: Lang, *, everything: bool) -> None:
    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    say(_READ[lang].format(file=done.file, rows=done.rows, kept=done.kept))
    ordered = [f for level in _LEVELS for f in done.findings if f.level == level]
    say(", ".join(f"{_LEVELS[level][lang]} {done.count(level)}" for level in _LEVELS))
    for finding in ordered if everything else ordered[:SHOWN_FINDINGS]:
        say(finding.line(lang))
    hidden = 0 if everything else len(ordered) - SHOWN_FINDINGS
    if hidden > 0:
        say(_MORE[lang].format(n=hidden))
    if done.closed:
        names = ", ".join(done.closed)
        say(CLOSED_WORDS[lang].format(names=names, folder=done.path.parent))
    if done.written is None:
        say(_NOT_WRITTEN[lang])
    else:
        say(_WRITTEN[lang].format(path=done.path, sha=done.written))
    if done.report:
        say(_REPORT[lang].format(paths=" ".join(str(path) for path in done.report)))
