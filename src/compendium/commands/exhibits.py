"""`exhibits`: figures and tables again from recorded data, in any style and width."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from compendium import packages
from compendium.registry import program
from compendium.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from compendium.exhibits.restyle import Restyled
    from compendium.exhibits.style_file import Style
    from compendium.plan import ExhibitPlan, Plan
    from compendium.vocabulary import Vocabulary

HELP = "draw figures and tables again from recorded data, in a style, width and format"
EXAMPLE = "exhibits --lang zh --format pdf,png --style journal --width single"

STYLED = "styled"
"""Folder of the exhibits drawn again, below the reports folder."""

NOT_RECORDED = Text(
    "not recorded yet: {ids} (run {notebooks})", "尚无记录：{ids}（请运行 {notebooks}）"
)
OF_AXES = Text(
    "drawn on a notebook's own axes, so only as the run drew them: {ids}",
    "在笔记本自有的坐标系上绘制，仅有运行时所绘：{ids}",
)
WRITTEN = Text("{count} exhibits in {folder}", "{count} 个图表写入 {folder}")
DRAWING = Text("Drawing {id} …", "正在绘制 {id}……")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("ids", nargs="*", metavar="ID", help="exhibits of the plan (all that are recorded)")
    add("--lang", default="en", metavar="|".join(LANGS), help="language (en)")
    add(
        "--format",
        metavar="NAME,...",
        help="figures: png,svg,pdf,tiff (png,svg,pdf); tables: html,csv (both)",
    )
    add(
        "--style",
        metavar="NAME|FILE",
        help="screen, journal, slide or a file.yml (notebooks/plan/style.yml, else screen)",
    )
    add("--width", metavar="W", help="single, double, or a length such as 85mm or 3.35in")
    add("--dpi", type=int, metavar="N", help="dots per inch of png and tiff")
    add("--without", metavar="PART,...", default="", help="leave out title, note, colophon")
    add("--out", type=Path, metavar="FOLDER", help="folder (reports/styled/STYLE/LANG)")
    packages.add_argument(parser)


def main(args: argparse.Namespace) -> int:
    """Draw; exit code 0 when all that was asked for is written."""
    from compendium.console import plain_console
    from compendium.exhibits.recorded import is_of_axes
    from compendium.exhibits.restyle import marked
    from compendium.outputs import recorded_outputs
    from compendium.plan import load_plan
    from compendium.vocabulary import Vocabulary

    lang = _language(args.lang)
    others = packages.check(args.root, allowed=args.other_packages)
    style = chosen_style(args)
    plan = load_plan(args.root)
    reports: Path = args.root / "reports"
    exhibits, absent = _chosen(plan, args.ids, reports)
    fixed = [] if args.ids else [e for e in exhibits if is_of_axes(reports, e.id)]
    exhibits = [exhibit for exhibit in exhibits if exhibit not in fixed]
    formats = _formats(args.format, exhibits, named=bool(args.ids))
    out = args.out or reports / STYLED / style.name / lang
    vocabulary = Vocabulary(args.root, plan)
    packages.say(others, lang)
    console = plain_console()
    with recorded_outputs(reports) as outputs, console.status("") as status:
        for exhibit in exhibits:
            status.update(DRAWING[lang].format(id=exhibit.id))
            drawn = _drawn(vocabulary, exhibit, lang, style, formats)
            drawn = marked(drawn, packages.told(others))
            if args.ids:
                console.print(*_write(drawn, out), sep="\n", highlight=False, soft_wrap=True)
            else:
                list(_write(drawn, out))
    if not args.ids:
        words = WRITTEN[lang].format(count=len(exhibits), folder=out)
        console.print(words, highlight=False, soft_wrap=True)
    for line in outputs.told(lang, args.root):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if fixed:
        ids = ", ".join(exhibit.id for exhibit in fixed)
        console.print(OF_AXES[lang].format(ids=ids), highlight=False, soft_wrap=True)
    if absent:
        console.print(_told_absent(absent, lang), highlight=False, soft_wrap=True)
    return 0


def chosen_style(args: argparse.Namespace) -> Style:
    """Find the style and apply width, resolution and what to leave out.

    Raises
    ------
    UserError
        Unknown style, width or part, or a resolution out of range.
    """
    from compendium.errors import UserError
    from compendium.exhibits.style_file import DPI_RANGE, find_style, points_of

    style = find_style(args.style, args.root).without(*_listed(args.without))
    if args.width is not None:
        style = replace(style, width=points_of(args.width))
    if args.dpi is not None:
        low, high = DPI_RANGE
        if not low <= args.dpi <= high:
            raise UserError("no such resolution", f"give {low} to {high} dpi", value=args.dpi)
        style = replace(style, dpi=args.dpi)
    return style


def _chosen(
    plan: Plan, ids: Sequence[str], reports: Path
) -> tuple[list[ExhibitPlan], list[ExhibitPlan]]:
    """Exhibits to draw, and those of the plan that no run has recorded."""
    from compendium.errors import UserError
    from compendium.exhibits.recorded import is_recorded

    for id_ in ids:
        if id_ not in plan.exhibits:
            near = get_close_matches(id_, plan.exhibits, n=3, cutoff=0.5)
            guess = f"did you mean {' or '.join(near)}? " if near else ""
            mend = f"{guess}all are in notebooks/plan/exhibits.yml"
            raise UserError(f"unknown exhibit '{id_}'", mend)
    if ids:
        return [plan.exhibits[id_] for id_ in dict.fromkeys(ids)], []
    recorded = [e for e in plan.exhibits.values() if is_recorded(reports, e.id)]
    if not recorded:
        raise UserError("no exhibit is recorded yet", f"run the notebooks first: {program()} run")
    return recorded, [e for e in plan.exhibits.values() if e not in recorded]


def _formats(
    given: str | None, exhibits: Sequence[ExhibitPlan], *, named: bool
) -> dict[str, tuple[str, ...]]:
    """Formats by kind of exhibit.

    Raises
    ------
    UserError
        A format that neither kind has, or none for an exhibit that was named.
    """
    from compendium.errors import UserError
    from compendium.exhibits.restyle import TABLE_FORMATS
    from compendium.exhibits.save import FORMATS, PICTURES
    from compendium.run.parameters import unknown

    known = {"figure": tuple(PICTURES), "table": TABLE_FORMATS}
    if given is None:
        return {"figure": FORMATS, "table": TABLE_FORMATS}
    names = _listed(given)
    for name in names:
        if not any(name in some for some in known.values()):
            raise unknown("format", name, (*known["figure"], *known["table"]))
    chosen = {kind: tuple(n for n in some if n in names) for kind, some in known.items()}
    for exhibit in exhibits if named else ():
        if not chosen[exhibit.kind]:
            mend = f"use one of: {', '.join(known[exhibit.kind])}"
            if exhibit.kind == "table":
                mend += f"; Word and LaTeX: {program()} report"
            raise UserError(f"{exhibit.id} is a {exhibit.kind}, not written as {given}", mend)
    return chosen


def _drawn(
    vocabulary: Vocabulary,
    exhibit: ExhibitPlan,
    lang: Lang,
    style: Style,
    formats: dict[str, tuple[str, ...]],
) -> Restyled:
    from compendium.exhibits.recorded import read_recorded
    from compendium.exhibits.restyle import restyled_figure, restyled_table

    parameters = vocabulary.plan.parameters
    defaults = {name: known.default for name, known in parameters.items()}
    recorded = read_recorded(vocabulary.root / "reports", exhibit, defaults)
    labels = vocabulary.labels(exhibit.notebook)
    if exhibit.kind == "table":
        return restyled_table(recorded, labels, lang, formats["table"])
    return restyled_figure(recorded, labels, lang, style, formats["figure"])


def _write(drawn: Restyled, out: Path) -> Iterator[Path]:
    from compendium.files import write_atomic

    for ending, content in drawn.files.items():
        path = out / f"{drawn.id}.{ending}"
        write_atomic(path, content)
        yield path


def _told_absent(absent: Sequence[ExhibitPlan], lang: Lang) -> str:
    notebooks = " ".join(dict.fromkeys(e.notebook for e in absent))
    ids = ", ".join(e.id for e in absent)
    return NOT_RECORDED[lang].format(ids=ids, notebooks=f"{program()} run {notebooks}")


def _language(name: str) -> Lang:
    from compendium.run.parameters import unknown

    for lang in LANGS:
        if lang == name:
            return lang
    raise unknown("language", name, LANGS)


def _listed(given: str) -> list[str]:
    return [name for part in given.split(",") if (name := part.strip())]
