"""`calibrate`: what each test finds where the truth is known."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium import packages
from compendium.errors import UserError
from compendium.text import LANGS, Lang, Text
from compendium.threads import one_thread

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table


HELP = "simulate each test where the truth is known: bias, coverage, size, power"
EXAMPLE = "calibrate --replications 1000 --jobs 4"
FOLDER = Path("reports") / "calibration"
REPLICATIONS = 500
"""A coverage of 0.95 is then known to a hundredth."""
DIGITS = 10
"""Significant digits that do not depend on the machine's linear algebra."""
SHOWN = 3
TLS_FILES = {
    "ca": "certificate that the scheduler's is checked against",
    "cert": "own certificate, for a scheduler with TLS",
    "key": "key of the own certificate",
}
WIDE = 140
"""Columns of a table that goes into a file."""

_TITLE = Text("Calibration", "模拟校准")
_SURVEY = Text(
    "{vary}: {n} simulated surveys for each row. {model} {data}",
    "{vary}：每行模拟 {n} 次调查。{model}{data}",
)
_OBSERVED = Text(
    "Tests on shipped facts: {n} samples for each row, drawn from the fitted model (parametric "
    "bootstrap) at the truth that is set",
    "基于随附事实的检验：每行 {n} 个样本，按所设真值自拟合模型抽取（参数自助法）",
)
_ERROR = Text(
    "After ±: Monte Carlo error, what another set of simulations would move a figure by. "
    "Size: share of samples in which the test holds though the truth lies outside its region; "
    "power: the same where it lies inside. Type S: wrong side of the bound among intervals that "
    "exclude it; type M: mean exaggeration among the same.",
    "± 后为蒙特卡罗误差，即另作一组模拟时数字的变动幅度。"
    "显著水平：真值在区域外而检验成立的样本比例；"
    "功效：真值在区域内时的同一比例。S 型误差：区间不含界值者中方向相反的比例；"
    "M 型误差：同样情形下的平均夸大倍数。",
)
_NEVER = Text(
    "Simulated samples are never evidence; effects of the simulated data are guesses.",
    "模拟样本绝不作为证据；模拟数据的效应只是设想。",
)
_LEFT_OUT = Text("Not simulated: {tests}. {why}.", "未模拟：{tests}。{why}。")
_WRITTEN = Text("Written to {folder}", "已写入 {folder}")
_HEADS = {
    "test": Text("Test", "检验"),
    "effect": Text("Effect", "效应"),
    "truth": Text("Truth", "真值"),
    "clusters": Text("Clusters", "聚类数"),
    "bias": Text("Bias", "偏误"),
    "coverage": Text("Coverage", "覆盖率"),
    "size": Text("Size", "显著水平"),
    "power": Text("Power", "功效"),
    "type_s": Text("Type S", "S 型误差"),
    "type_m": Text("Type M", "M 型误差"),
    "failed": Text("Failed", "失败"),
}
_WITH_ERROR = ("bias", "coverage", "size", "power", "type_s", "type_m")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--replications",
        type=int,
        default=REPLICATIONS,
        metavar="N",
        help=f"samples under each condition (default: {REPLICATIONS})",
    )
    parser.add_argument("--test", action="append", metavar="ID", help="only this test; repeatable")
    parser.add_argument("--quick", action="store_true", help="only the main conditions, for a look")
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler, tls://HOST:PORT")
    for name, what in TLS_FILES.items():
        parser.add_argument(f"--tls-{name}", type=Path, metavar="FILE", help=what)
    parser.add_argument("--seed", type=int, metavar="S", help="seed (default: the study's)")
    parser.add_argument("--lang", choices=LANGS, default="en", help="language (default: en)")
    packages.add_argument(parser)


def main(args: argparse.Namespace) -> int:
    """Simulate, write the tables and print them."""
    one_thread()
    packages.say(packages.check(args.root, allowed=args.other_packages), args.lang)
    from compendium.console import plain_console
    from compendium.inference.workers import shown
    from compendium.inference.workers_dask import use_tls
    from compendium.outputs import recorded_outputs, refuse_links
    from compendium.plan import load_plan
    from compendium.registry import registered

    refuse_links(args.root / "reports")
    if args.seed is not None and args.seed < 0:
        raise UserError("a seed is a whole number from 0", "leave it out", value=args.seed)
    use_tls(args.scheduler, {name: getattr(args, f"tls_{name}") for name in TLS_FILES})
    plan = load_plan(args.root)
    study = registered().needed("calibration")
    setup = study.read_setup(args.root, plan)
    seed = int(plan.parameters["seed"].default) if args.seed is None else args.seed
    with shown(_TITLE[args.lang], args.lang) as progress:
        found = study.calibrate(
            setup,
            replications=args.replications,
            seed=seed,
            level=float(plan.parameters["level"].default),
            tests=args.test,
            main=args.quick,
            jobs=(os.cpu_count() or 1) if args.jobs is None else args.jobs,
            scheduler=args.scheduler,
            progress=progress,
        )
    folder = args.root / FOLDER
    with recorded_outputs(args.root / "reports") as outputs:
        write(folder, found)
    console = plain_console()
    if not console.is_terminal:
        console.width = WIDE
    _print(console, setup, found, args)
    for line in outputs.told(args.lang, args.root):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def write(folder: Path, found: Any) -> None:
    """Write `survey.csv` and `observed.csv`; a table without rows is not written."""
    from compendium.files import csv_for_readers, write_atomic

    for name in ("survey", "observed"):
        table: pd.DataFrame = getattr(found, name)
        if len(table):
            text = table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
            write_atomic(folder / f"{name}.csv", csv_for_readers(text))


def _print(console: Console, setup: Any, found: Any, args: argparse.Namespace) -> None:
    lang: Lang = args.lang

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    survey = setup.plan.survey
    for variation in survey.variations if len(found.survey) else ():
        rows = found.survey[found.survey["vary"] == variation.vary]
        if len(rows):
            words = {"vary": variation.what[lang], "n": args.replications}
            say(_SURVEY[lang].format(**words, model=survey.model[lang], data=survey.data[lang]))
            console.print(_table(rows, "effect", lang))
    if len(found.observed):
        say(_OBSERVED[lang].format(n=args.replications))
        console.print(_table(found.observed, "truth", lang))
    say(_ERROR[lang])
    say(_NEVER[lang])
    for part in setup.plan.left_out if args.test is None else ():
        say(_LEFT_OUT[lang].format(tests=", ".join(part.tests), why=part.why[lang]))
    say(_WRITTEN[lang].format(folder=FOLDER.as_posix()))


def _table(rows: pd.DataFrame, condition: str, lang: Lang) -> Table:
    from rich import box
    from rich.table import Table

    columns = ["test", condition, "clusters", *_WITH_ERROR, "failed"]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in columns:
        if name == "test":
            table.add_column(_HEADS[name][lang], no_wrap=True)
        else:
            table.add_column(_HEADS[name][lang], justify="right", overflow="fold")
    for row in rows.to_dict("records"):
        table.add_row(*(_cell(row, name) for name in columns))
    return table


def _cell(row: dict[str, object], name: str) -> str:
    value = row[name]
    if not isinstance(value, float):
        return str(value)
    if value != value:
        return "–"
    if name not in _WITH_ERROR:
        return f"{value:.{SHOWN}g}"
    return f"{value:.{SHOWN}f} ±{row[f'{name}_mc']:.{SHOWN}f}"
