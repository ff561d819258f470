"""`multiverse`: every admissible analysis of each test, and how often it holds."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from compendium import packages
from compendium.errors import UserError
from compendium.registry import program
from compendium.text import LANGS, Lang, Text
from compendium.threads import one_thread

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from compendium.inference.multiverse.run import Multiverse
    from compendium.plan import MultiversePlan, Plan

HELP = "fit every admissible analysis of each test and show how often it holds"
EXAMPLE = "multiverse --resamples 500"
FOLDER = Path("reports") / "multiverse"
WIDE = 150
"""Columns of a table that goes into a file."""

_TITLE = Text("Fitting {test}", "正在拟合 {test}")
_ABSENT = Text(
    "Not run, for the external data are absent: {tests}. '{program} data fetch' downloads them.",
    "外部数据缺失，未运行：{tests}。可用 '{program} data fetch' 下载。",
)
_STANDIN = Text(
    "(*) ran on simulated data: a pipeline check, never evidence.",
    "（*）在模拟数据上运行：仅检验流程，不作证据。",
)
_READING = Text(
    "Holds: share of fitted specifications, stress tests left out. Flip: fewest choices that turn "
    "the outcome. p: of median effect, share significant, aggregate z under the null, one-sided.",
    "成立：占已拟合设定的比例，不计压力测试。翻转：扭转结果所需的最少改动数。"
    "p：效应中位数、显著占比与合并 z 在原假设下的单侧 p 值。",
)
_WRITTEN = Text("Written to {folder}", "已写入 {folder}")
_HEADS = {
    "en": (
        "Test",
        "Specified",
        "Failed",
        "Main",
        "Holds",
        "Lowest",
        "Median",
        "Highest",
        "Flip",
    ),
    "zh": ("检验", "设定数", "失败", "本文", "成立", "最小", "中位数", "最大", "翻转"),
}
_P = ("median_p", "share_significant_p", "stouffer_z_p")
_P_HEADS = {"en": ("p median", "p share", "p z"), "zh": ("p 中位数", "p 占比", "p 合并")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--claim", action="append", metavar="ID", help="only tests of this claim")
    parser.add_argument("--test", action="append", metavar="ID", help="only this test; repeatable")
    parser.add_argument(
        "--resamples",
        type=int,
        metavar="N",
        help="of the joint test; 0: none (default: the plan's)",
    )
    parser.add_argument("--seed", type=int, metavar="S", help="seed (default: the study's)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler, tcp://HOST:PORT")
    parser.add_argument("--survey", choices=("standin", "observed"), default="standin")
    parser.add_argument("--lang", choices=LANGS, default="en", help="language (default: en)")
    packages.add_argument(parser)


def main(args: argparse.Namespace) -> int:
    """Fit, write the tables and print the summary."""
    one_thread()
    packages.say(packages.check(args.root, allowed=args.other_packages), args.lang)
    from compendium.console import plain_console
    from compendium.outputs import recorded_outputs, refuse_links
    from compendium.plan import load_multiverses, load_plan

    refuse_links(args.root / "reports")
    plan = load_plan(args.root)
    plans = chosen(load_multiverses(args.root, plan), plan, args.claim, args.test)
    columns, evidence = prepared(args.root, plans, args.survey)
    found = {
        test: _run(plan, planned, columns[planned.data], args)
        for test, planned in plans.items()
        if planned.data in columns
    }
    kinds = {
        test: evidence if plan.tests[test].evidence == "survey" else plan.tests[test].evidence
        for test in found
    }
    folder = args.root / FOLDER
    with recorded_outputs(args.root / "reports") as outputs:
        write(folder, found, kinds)
    console = plain_console()
    if not console.is_terminal:
        console.width = WIDE
    _print(console, found, kinds, [t for t in plans if t not in found], args.lang)
    console.print(_WRITTEN[args.lang].format(folder=folder), highlight=False, soft_wrap=True)
    for line in outputs.told(args.lang, args.root):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def chosen(
    plans: Mapping[str, MultiversePlan],
    plan: Plan,
    claims: list[str] | None,
    tests: list[str] | None,
) -> dict[str, MultiversePlan]:
    """Multiverses of the named claims and tests; of all where none is named.

    Raises
    ------
    UserError
        No such claim or test, or none of the named has a multiverse.
    """
    for name in claims or ():
        if name not in plan.claims:
            raise UserError("no such claim", f"use one of: {', '.join(plan.claims)}", value=name)
    for name in tests or ():
        if name not in plans:
            problem = "this test has no multiverse" if name in plan.tests else "no such test"
            raise UserError(problem, f"use one of: {', '.join(plans)}", value=name)
    wanted = {test.id for name in claims or () for test in plan.claims[name].tests} | {
        *(tests or ())
    }
    found = {test: planned for test, planned in plans.items() if not wanted or test in wanted}
    if not found:
        mend = "notebooks/plan/multiverse.yml says why; choose another"
        raise UserError(
            "no test of this claim has a multiverse", mend, value=", ".join(claims or ())
        )
    return found


def prepared(
    root: Path, plans: Mapping[str, MultiversePlan], survey: str
) -> tuple[dict[str, pd.DataFrame], str]:
    """Prepared columns of what the multiverses need and what is at hand, and the survey's kind."""
    from compendium.data import load_books, load_table
    from compendium.data.external import load_external
    from compendium.registry import registered
    from compendium.survey import load_survey

    sources = registered().needed("universes")
    needed = {planned.data for planned in plans.values()}
    wanted = {
        table
        for name, (tables_of, _) in sources.SOURCES.items()
        if name in needed
        for table in tables_of
    }
    wanted |= {sources.RULES} if sources.EXTERNAL in needed else set()
    books = load_books(root)
    tables = {
        name: load_table(table)
        for book in books
        for name, table in book.tables.items()
        if name in wanted
    }
    others = load_external(root, sources.EXTERNAL_SET) if sources.EXTERNAL in needed else None
    responses = load_survey(root, survey) if sources.SURVEY in needed else None
    columns = sources.prepare(
        tables,
        {name: others.table(name) for name in others.described.tables} if others else None,
        survey=responses,
    )
    return columns, responses.evidence if responses else ""


def write(folder: Path, found: Mapping[str, Multiverse], evidence: Mapping[str, str]) -> None:
    """Write `<test>.csv` with all universes, `summary.csv`, `choices.csv` and `joint.csv`."""
    from compendium.files import csv_for_readers, write_atomic
    from compendium.inference.multiverse import tables

    files = {test: tables.file_rows(one) for test, one in found.items()}
    if found:
        files["summary"] = tables.rounded(tables.summary_rows(found, evidence))
        files["choices"] = tables.rounded(tables.choice_rows(found))
        files["joint"] = tables.rounded(tables.joint_rows(found, evidence))
    for name, table in files.items():
        text = table.to_csv(index=False, lineterminator="\n")
        write_atomic(folder / f"{name}.csv", csv_for_readers(text))


def summary_table(
    found: Mapping[str, Multiverse], evidence: Mapping[str, str], lang: Lang
) -> Table:
    """One row a test as a terminal table; tests on simulated data are marked."""
    from rich.table import Table

    from compendium.claims.verdicts import OUTCOME_WORDS
    from compendium.inference.multiverse import tables

    table = Table()
    for head in (*_HEADS[lang], *_P_HEADS[lang]):
        table.add_column(head, overflow="fold")
    joint = tables.joint_rows(found, evidence)
    chances = {} if joint.empty else joint.set_index("test")[list(_P)].to_dict("index")
    for row in tables.summary_rows(found, evidence).itertuples():
        mark = " *" if row.evidence == "stand-in" else ""
        values = [f"{value:.3g}" for value in (row.lowest, row.median, row.highest)]
        changes = f"{row.changes:.0f}" if row.changes == row.changes else "–"
        p = [f"{chances[row.test][name]:.3f}" if row.test in chances else "–" for name in _P]
        main = OUTCOME_WORDS[row.main][lang]
        counts = (f"{row.universes:,}", str(row.failed), main, f"{row.holds:.0%}")
        table.add_row(f"{row.test}{mark}", *counts, *values, changes, *p)
    return table


def _run(
    plan: Plan, planned: MultiversePlan, frame: pd.DataFrame, args: argparse.Namespace
) -> Multiverse:
    from compendium.inference.multiverse import run_multiverse
    from compendium.inference.workers import shown

    def default(name: str, given: int | None) -> int:
        return int(plan.parameters[name].default) if given is None else given

    if args.seed is not None and args.seed < 0:
        raise UserError("a seed is a whole number from 0", "leave it out", value=args.seed)
    with shown(_TITLE[args.lang].format(test=planned.test), args.lang) as progress:
        return run_multiverse(
            planned,
            plan.tests[planned.test],
            frame,
            level=float(plan.parameters["level"].default),
            resamples=default("resamples", args.resamples),
            seed=default("seed", args.seed),
            jobs=args.jobs,
            scheduler=args.scheduler,
            progress=progress,
        )


def _print(
    console: Console,
    found: Mapping[str, Multiverse],
    evidence: Mapping[str, str],
    absent: list[str],
    lang: Lang,
) -> None:
    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    if found:
        console.print(summary_table(found, evidence, lang))
        say(_READING[lang])
    if "stand-in" in evidence.values():
        say(_STANDIN[lang])
    if absent:
        say(_ABSENT[lang].format(program=program(), tests=", ".join(absent)))
