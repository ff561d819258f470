"""Cost of this edition against an earlier one: the same work, on one machine, in turn.

Prints one line a figure, `NAME VALUE`: what this edition costs divided by what the earlier one does,
as CPU seconds, seconds by the clock, and memory of the largest process. Both are worktrees of this
repository in a temporary folder, each with an environment of its own by `make env`; what is not
committed is not measured. Medians are taken over pairs, the editions one after the other in each
pair and in the other order in the next.

reproduce       `make reproduce` without results, the environment ready
run             all notebooks in both languages, without results
report_FORMAT   one format of the report, written anew
restyle         one figure drawn in another style
nothing         a run with nothing to do
prose           a run after one prose cell was touched
value           a run after one value of the data was changed
tests           the test suite (with --tests)
setup           `make env` with everything in the installer's cache

The first edition ran each language on its own; its commands are those of its Makefile.
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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
BASELINE = "7d00851"
FORMATS = ("html", "pdf", "docx", "tex", "numbers")
FIGURE = ("exhibits", "fig-tiers", "--style", "journal", "--width", "85mm")
TOUCHED = "notebooks/03_accountability.ipynb"
CHANGED = ("data/official_statistics/series.csv", ",China,1132.26,", ",China,1132.27,")
QUICK = ("run", "nothing")
KIB = 1024 if sys.platform == "darwin" else 1
"""Units of `ru_maxrss` in a KiB."""


@dataclass(frozen=True)
class Cost:
    """What a piece of work took: seconds of all processors, by the clock, KiB of one process."""

    cpu: float = 0.0
    wall: float = 0.0
    peak: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        """Add work that came after."""
        peak = max(self.peak, other.peak)
        return Cost(self.cpu + other.cpu, self.wall + other.wall, peak)


@dataclass(frozen=True)
class Edition:
    """A worktree with its environment."""

    folder: Path

    @property
    def both(self) -> bool:
        """Whether one run makes both languages."""
        return "--lang zh" not in (self.folder / "Makefile").read_text(encoding="utf-8")

    def call(self, *command: str) -> Cost:
        """Run a command to its end; stops everything where it fails."""
        begun = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
            child = subprocess.Popen(
                command, cwd=self.folder, env=env, stdout=said, stderr=subprocess.STDOUT
            )
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                said.seek(0)
                tail = said.read().decode(errors="replace")[-3000:]
                raise SystemExit(f"failed in {self.folder}: {' '.join(command)}\n{tail}")
        wall = time.perf_counter() - begun
        return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / KIB)

    def study(self, *arguments: str) -> Cost:
        """Run the console command."""
        return self.call(str(self.folder / ".venv" / "bin" / "grassroots"), *arguments)

    def run(self) -> Cost:
        """Run the notebooks, so that both languages are there."""
        if self.both:
            return self.study("run")
        return self.study("run", "--lang", "zh") + self.study("run", "--lang", "en")

    def clear(self) -> None:
        """Remove the results, as `make clean` of either edition does."""
        for path in (self.folder / "reports").iterdir():
            if path.name != "reference":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def fresh(self, do: Callable[[], Cost]) -> Cost:
        """Do something without results."""
        self.clear()
        return do()

    def touched(self) -> Cost:
        """Run after a prose cell was touched, and put it back."""
        path = self.folder / TOUCHED
        before = path.read_text(encoding="utf-8")
        raw = json.loads(before)
        prose = next(cell for cell in raw["cells"] if cell["cell_type"] == "markdown")
        prose["source"] = ["".join(prose["source"]), "\n\nTouched."]
        return self._with(path, before, json.dumps(raw, ensure_ascii=False))

    def changed(self) -> Cost:
        """Run after a value was changed, and put it back."""
        path = self.folder / CHANGED[0]
        before = path.read_text(encoding="utf-8")
        after = before.replace(*CHANGED[1:], 1)
        if after == before:
            raise SystemExit(f"{path} has no {CHANGED[1]}: name another value in CHANGED")
        return self._with(path, before, after)

    def _with(self, path: Path, before: str, after: str) -> Cost:
        path.write_text(after, encoding="utf-8", newline="\n")
        try:
            cost = self.run()
        finally:
            path.write_text(before, encoding="utf-8", newline="\n")
        self.run()
        return cost

    def set_up(self) -> Cost:
        """Build the environment anew."""
        shutil.rmtree(self.folder / ".venv", ignore_errors=True)
        return self.call("make", "env")


def work_of(edition: Edition, *, quick: bool, tests: bool) -> Iterator[tuple[str, Cost]]:
    """Do each piece of work in its order; those after the first find its results."""
    if quick:
        yield "run", edition.fresh(edition.run)
        yield "nothing", edition.run()
        return
    yield "setup", edition.set_up()
    yield "run", edition.fresh(edition.run)
    yield "reproduce", edition.fresh(lambda: edition.call("make", "reproduce"))
    for name in FORMATS:
        yield f"report_{name}", edition.study("report", "--format", name, "--force")
    yield "restyle", edition.study(*FIGURE)
    yield "nothing", edition.run()
    yield "prose", edition.touched()
    yield "value", edition.changed()
    if tests:
        yield "tests", edition.call(str(edition.folder / ".venv/bin/python"), "-m", "pytest", "-q")


def pair(now: Edition, then: Edition, *, turned: bool, **how: bool) -> dict[str, float]:
    """Ratios of one pair, and what either edition took."""
    costs: dict[str, dict[str, Cost]] = {"now": {}, "then": {}}
    order = [("now", work_of(now, **how)), ("then", work_of(then, **how))]
    for steps in zip(*(work for _, work in (order[::-1] if turned else order)), strict=True):
        for (edition, _), (name, cost) in zip(order[::-1] if turned else order, steps, strict=True):
            costs[edition][name] = cost
    return ratios(costs["now"], costs["then"])


def ratios(now: Mapping[str, Cost], then: Mapping[str, Cost]) -> dict[str, float]:
    """Write what each piece of work took, and its ratios."""
    found = {}
    for name, cost in now.items():
        for unit in ("cpu", "wall", "peak"):
            ours, theirs = getattr(cost, unit), getattr(then[name], unit)
            found[f"{name}_{unit}_ratio"] = ours / theirs
            found[f"{name}_{unit}_now"], found[f"{name}_{unit}_then"] = ours, theirs
    return found


def worktree(folder: Path, commit: str) -> Edition:
    """Check a commit out in a folder and build its environment, unless both are there."""
    if not (folder / "Makefile").is_file():
        command = ["git", "worktree", "add", "--detach", str(folder), commit]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"there is no commit {commit} to compare with: {done.stderr.strip()}")
    edition = Edition(folder)
    edition.call("make", "env")
    return edition


def remove(folder: Path) -> None:
    """Take a worktree away, and git's note of it."""
    command = ["git", "worktree", "remove", "--force", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)


def measure(folder: Path, baseline: str, pairs: int, **how: bool) -> dict[str, float]:
    """All figures, medians over pairs."""
    now, then = worktree(folder / "now", "HEAD"), worktree(folder / "then", baseline)
    found = [pair(now, then, turned=bool(number % 2), **how) for number in range(pairs)]
    return {name: median(one[name] for one in found) for name in found[0]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Cost of this edition against an earlier one.")
    add = parser.add_argument
    add("--baseline", default=BASELINE, metavar="COMMIT", help=f"the earlier one ({BASELINE})")
    add("--pairs", type=int, default=3, metavar="N", help="repetitions (3; quick: 1)")
    add("--quick", action="store_true", help=f"{' and '.join(QUICK)} alone, one pair")
    add("--tests", action="store_true", help="the test suites too")
    add("--folder", type=Path, help="keep the worktrees here, and use them again")
    add("--json", type=Path, metavar="FILE", help="also write the figures and costs as JSON")
    args = parser.parse_args()
    if not hasattr(os, "wait4"):
        sys.stdout.write("editions left out: processes can't be measured on this system\n")
        return
    pairs = 1 if args.quick else args.pairs
    with tempfile.TemporaryDirectory(prefix="editions-") as temporary:
        folder = args.folder.resolve() if args.folder else Path(temporary)
        try:
            found = measure(folder, args.baseline, pairs, quick=args.quick, tests=args.tests)
        finally:
            if args.folder is None:
                for name in ("now", "then"):
                    remove(folder / name)
    for name, value in found.items():
        if name.endswith("_ratio"):
            sys.stdout.write(f"{name} {value:.4g}\n")
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
