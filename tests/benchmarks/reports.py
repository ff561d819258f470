"""Speed of what people hold in their hands: `python tests/benchmarks/reports.py [--quick]`.

Prints one line a figure, `NAME VALUE`, measured in this run in a copy of the project, each command
in a process of its own; smaller is better:

figure_restyled_seconds   one figure in a journal's style as PDF and PNG of 600 dpi, start-up included
figure_restyled_percent   the same, in % of the run of its notebook without other notebooks
figures_restyled_seconds  seconds a figure when all are restyled at once (not with --quick)
report_seconds            site, PDF, Word and LaTeX tables and numbers of a full run (not with --quick)
report_again_percent      the same call when nothing has changed, in % of the first (not with --quick)
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
COPIED = ("notebooks", "data", "requirements.lock", "pyproject.toml")
FIGURE, NOTEBOOK = "fig-tiers", "03_accountability"
RESTYLE = ("--lang", "zh", "--format", "pdf,png", "--style", "journal", "--width", "85mm")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Speed of the reports and of restyled figures.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        root = copy_project(Path(folder) / "project")
        figures = restyled(root, quick=args.quick)
        if not args.quick:
            figures |= reported(root)
    for name, value in figures.items():
        sys.stdout.write(f"{name} {value:.6g}\n")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def restyled(root: Path, *, quick: bool) -> dict[str, float]:
    """Seconds that figures take from recorded data, against the notebook that records one."""
    grassroots(root, "run", NOTEBOOK)
    notebook = timed(lambda: grassroots(root, "run", NOTEBOOK, "--force"))
    command = ("exhibits", FIGURE, *RESTYLE, "--dpi", "600")
    one = median(timed(lambda: grassroots(root, *command)) for _ in range(3 if quick else 7))
    found = {"figure_restyled_seconds": one, "figure_restyled_percent": 100 * one / notebook}
    if quick:
        return found
    grassroots(root, "run")
    count = len(list((root / "reports" / "exhibits").glob("fig-*.json")))
    every = timed(lambda: grassroots(root, "exhibits", "--style", "slide", "--format", "pdf,png"))
    return found | {"figures_restyled_seconds": every / count}


def reported(root: Path) -> dict[str, float]:
    """Seconds that the whole report takes after a run, and when all is written."""
    grassroots(root, "run")
    first = timed(lambda: grassroots(root, "report"))
    again = timed(lambda: grassroots(root, "report"))
    return {"report_seconds": first, "report_again_percent": 100 * again / first}


def copy_project(target: Path) -> Path:
    """Copy what a run needs, without reports."""
    target.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(".*"))
        else:
            shutil.copy(source, target / name)
    return target


def grassroots(root: Path, *arguments: str) -> None:
    """Run the command line on a project."""
    subprocess.run(
        [sys.executable, "-m", "compendium.cli", *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def timed(call: Callable[[], object]) -> float:
    """Wall seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
