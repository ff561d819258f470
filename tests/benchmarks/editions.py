"""Cost of this edition against an earlier one: the same work, on one machine, in turn.

Prints one line a figure, `NAME VALUE`: what this edition costs divided by what the earlier one does,
as CPU seconds of the whole tree of processes (`NAME_cpu_ratio`), seconds by the clock, and memory of
the largest process. Both are worktrees of this repository in a temporary folder, each with an
environment of its own by `make env`; what is not committed is not measured. Medians are taken over
pairs, the editions one after the other in each pair and in the other order in the next.
`GRASSROOTS_EXTERNAL` must name the external data: without them both editions leave work out.

setup           `make env` with everything in the installer's cache
help            `grassroots --help`
run             all notebooks in both languages, without results
reproduce       `make reproduce` without results, the environment ready
report          all formats of the report, written anew
report_FORMAT   one of them
restyle         one figure drawn in another style, in the formats that are drawn unless one is named
restyle_FORMAT  the same in one format
nothing         a run with nothing to do
prose           a run after one prose cell was touched
value           a run after one value of the data was changed
tests           the test suite (with --tests, or named by --only)

What this edition has more than the earlier one is not taken out of these ratios. It is shown apart:
`new_notebooks_cpu_now`, CPU seconds of the notebooks that the earlier one lacks, as run.json has
them; `new_exhibits_cpu_now`, those of drawing the exhibits that it lacks once in one language, their
estimates not counted; and `run_without_new_cpu_ratio`, `run` less the former.

The first edition ran each language on its own; its commands are those of its Makefile.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
BASELINE = "7d00851"
FORMATS = ("html", "pdf", "docx", "tex", "numbers")
PICTURES = ("png", "svg", "pdf")
FIGURE = ("exhibits", "fig-tiers", "--style", "journal", "--width", "85mm")
TOUCHED = "notebooks/03_accountability.ipynb"
CHANGED = ("data/official_statistics/series.csv", ",China,1132.26,", ",China,1132.27,")
QUICK = ("run", "nothing")
WITHOUT_RESULTS = ("setup", "help", "run", "reproduce", "tests")
"""Work that neither needs results nor profits from them."""
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

    def works(self) -> dict[str, Callable[[], Cost]]:
        """Each piece of work by its name, in its order."""
        python = str(self.folder / ".venv/bin/python")
        report = ("report", "--force")
        return {
            "setup": self.set_up,
            "help": lambda: self.study("--help"),
            "run": lambda: self.fresh(self.run),
            "reproduce": lambda: self.fresh(lambda: self.call("make", "reproduce")),
            "report": lambda: self.study(*report),
            **{f"report_{f}": partial(self.study, *report, "--format", f) for f in FORMATS},
            "restyle": lambda: self.study(*FIGURE),
            **{f"restyle_{f}": partial(self.study, *FIGURE, "--format", f) for f in PICTURES},
            "nothing": self.run,
            "prose": self.touched,
            "value": self.changed,
            "tests": lambda: self.call(python, "-m", "pytest", "-q", *self.parallel),
        }

    @property
    def parallel(self) -> tuple[str, ...]:
        """How the edition's own Makefile has pytest use the cores."""
        found = re.search(r"-m pytest (-n .*?)? ?\$\(ARGS\)", self.text("Makefile"))
        return tuple(found[1].split()) if found and found[1] else ()

    def text(self, name: str) -> str:
        """Read a file of the edition."""
        return (self.folder / name).read_text(encoding="utf-8")

    def notebooks(self) -> set[str]:
        """Names of its notebooks, without their numbers."""
        return {path.stem.partition("_")[2] for path in (self.folder / "notebooks").glob("*.ipynb")}

    def exhibits(self) -> set[str]:
        """Ids of its exhibits."""
        return set(
            re.findall(r"\bid: ((?:fig|tab)-[\w-]+)", self.text("notebooks/plan/exhibits.yml"))
        )


def work_of(edition: Edition, names: Sequence[str]) -> Iterator[tuple[str, Cost]]:
    """Do each piece of work in its order; results that one needs are made before, unmeasured."""
    known = edition.works()
    for name in names:
        if name not in WITHOUT_RESULTS and not (edition.folder / "reports/run.json").is_file():
            edition.run()
        yield name, known[name]()


def pair(now: Edition, then: Edition, names: Sequence[str], *, turned: bool) -> dict[str, float]:
    """Ratios of one pair, and what either edition took."""
    costs: dict[str, dict[str, Cost]] = {"now": {}, "then": {}}
    order = [("now", work_of(now, names)), ("then", work_of(then, names))]
    found: dict[str, float] = {}
    for steps in zip(*(work for _, work in (order[::-1] if turned else order)), strict=True):
        for (edition, _), (name, cost) in zip(order[::-1] if turned else order, steps, strict=True):
            costs[edition][name] = cost
        if name == "run":
            found = evidence(now, then, costs["now"][name], costs["then"][name])
    return ratios(costs["now"], costs["then"]) | found


def evidence(now: Edition, then: Edition, ours: Cost, theirs: Cost) -> dict[str, float]:
    """What notebooks and exhibits cost that the earlier edition lacks, and a run without the first."""
    ran = json.loads(now.text("reports/run.json"))["notebooks"]
    added = now.notebooks() - then.notebooks()
    cost = sum(one["cpu_seconds"] for name, one in ran.items() if name.partition("_")[2] in added)
    exhibits = sorted(now.exhibits() - then.exhibits())
    drawn = now.study("exhibits", *exhibits).cpu if exhibits else 0.0
    rest = (ours.cpu - cost) / theirs.cpu
    return {
        "new_notebooks_cpu_now": cost,
        "new_exhibits_cpu_now": drawn,
        "run_without_new_cpu_ratio": rest,
    }


def ratios(now: Mapping[str, Cost], then: Mapping[str, Cost]) -> dict[str, float]:
    """Write what each piece of work took, and its ratios."""
    found = {}
    for name, cost in now.items():
        for unit in ("cpu", "wall", "peak"):
            ours, theirs = getattr(cost, unit), getattr(then[name], unit)
            found[f"{name}_{unit}_ratio"] = ours / theirs
            found[f"{name}_{unit}_now"], found[f"{name}_{unit}_then"] = ours, theirs
    return found


def table(found: Mapping[str, float]) -> Iterator[str]:
    """Write the figures as a Markdown table, a row for each piece of work."""
    yield "| work | CPU | clock | memory | CPU seconds now, then | seconds now, then |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name in (key.removesuffix("_cpu_ratio") for key in found if key.endswith("_cpu_ratio")):
        if f"{name}_wall_ratio" in found:
            ratios = (f"{found[f'{name}_{unit}_ratio']:.2f}" for unit in ("cpu", "wall", "peak"))
            both = (
                ", ".join(f"{found[f'{name}_{unit}_{one}']:.2f}" for one in ("now", "then"))
                for unit in ("cpu", "wall")
            )
            yield f"| {' | '.join((name, *ratios, *both))} |"


def worktree(folder: Path, commit: str) -> Edition:
    """Check a commit out in a folder, which may have been kept, and build its environment."""
    named = ["git", "rev-parse", "--verify", f"{commit}^{{commit}}"]
    told = subprocess.run(named, cwd=ROOT, capture_output=True, text=True, check=False)
    place, command = ROOT, ["git", "worktree", "add", "--detach", str(folder), told.stdout.strip()]
    if (folder / "Makefile").is_file():
        place, command = folder, ["git", "checkout", "--detach", told.stdout.strip()]
    done = (
        told
        if told.returncode
        else subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    )
    if done.returncode:
        raise SystemExit(f"there is no commit {commit} to compare with: {done.stderr.strip()}")
    edition = Edition(folder)
    edition.call("make", "env")
    return edition


def remove(folder: Path) -> None:
    """Take a worktree away, and git's note of it."""
    command = ["git", "worktree", "remove", "--force", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)


def measure(folder: Path, baseline: str, pairs: int, names: Sequence[str]) -> dict[str, float]:
    """All figures, medians over pairs."""
    now, then = worktree(folder / "now", "HEAD"), worktree(folder / "then", baseline)
    found = [pair(now, then, names, turned=bool(number % 2)) for number in range(pairs)]
    return {name: median(one[name] for one in found) for name in found[0]}


def chosen(only: Sequence[str], *, quick: bool, tests: bool) -> list[str]:
    """Names of the work to do, in its order."""
    known = list(Edition(ROOT).works())
    if unknown := set(only) - set(known):
        raise SystemExit(f"no such work: {', '.join(unknown)}; there is {', '.join(known)}")
    wanted = only or (QUICK if quick else [name for name in known if tests or name != "tests"])
    return [name for name in known if name in wanted]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Cost of this edition against an earlier one.")
    add = parser.add_argument
    add("--baseline", default=BASELINE, metavar="COMMIT", help=f"the earlier one ({BASELINE})")
    add("--pairs", type=int, default=3, metavar="N", help="repetitions (3; quick: 1)")
    add("--quick", action="store_true", help=f"{' and '.join(QUICK)} alone, one pair")
    add("--tests", action="store_true", help="the test suites too")
    add("--only", action="append", default=[], metavar="NAME", help="this alone; may be repeated")
    add("--folder", type=Path, help="keep the worktrees here, and use them again")
    add("--json", type=Path, metavar="FILE", help="also write the figures and costs as JSON")
    add("--table", action="store_true", help="print a table for a README instead of lines")
    args = parser.parse_args()
    if not hasattr(os, "wait4"):
        sys.stdout.write("editions left out: processes can't be measured on this system\n")
        return
    names = chosen(args.only, quick=args.quick, tests=args.tests)
    pairs = 1 if args.quick else args.pairs
    with tempfile.TemporaryDirectory(prefix="editions-") as temporary:
        folder = args.folder.resolve() if args.folder else Path(temporary)
        try:
            found = measure(folder, args.baseline, pairs, names)
        finally:
            if args.folder is None:
                for name in ("now", "then"):
                    remove(folder / name)
    if args.table:
        sys.stdout.write("\n".join([*table(found), ""]))
    for name, value in () if args.table else found.items():
        if name.endswith("_ratio") or name.startswith("new_"):
            sys.stdout.write(f"{name} {value:.4g}\n")
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
