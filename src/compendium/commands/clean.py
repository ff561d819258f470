"""`clean`: remove what the project wrote below `reports/`, and nothing of its user's."""

from __future__ import annotations

import argparse
import shutil
from contextlib import suppress
from pathlib import Path

from compendium.text import LANGS, Text

HELP = "remove results as they were written; files of your own stay and are named"
EXAMPLE = "clean"

DONE = Text("{n} files of results removed", "已删除 {n} 个结果文件")
STAYS = Text("left, not as a run wrote it: {path}", "保留，与运行写出的不同：{path}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--lang", choices=LANGS, default="en", help="language (default: en)")


def main(args: argparse.Namespace) -> int:
    """Remove; exit code 0, also where something stays."""
    from compendium.outputs import STAGING, STATE, Outputs, refuse_links
    from compendium.run.lock import run_lock
    from compendium.survey.load import FILES, STANDINS

    reports: Path = args.root / "reports"
    if not reports.is_dir():
        return 0
    refuse_links(reports)
    with run_lock(reports):
        outputs = Outputs(reports)
        outputs.remove_all()
        for kind in STANDINS:
            (args.root / FILES[kind]).unlink(missing_ok=True)
        for name in (STATE, STAGING):
            shutil.rmtree(reports / name, ignore_errors=True)
    for folder in sorted((p for p in reports.rglob("*") if p.is_dir()), reverse=True):
        with suppress(OSError):
            folder.rmdir()
    print(DONE[args.lang].format(n=len(outputs.removed)))  # noqa: T201
    for name in sorted((*outputs.changed, *outputs.left)):
        print(STAYS[args.lang].format(path=f"reports/{name}"))  # noqa: T201
    return 0
