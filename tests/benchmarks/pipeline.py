"""Speed of the pipeline against a plain papermill loop over the same notebooks and parameters.

Prints one line a figure, `NAME VALUE`. Everything is measured in this run, in copies of the project
in a temporary folder, each command in a process of its own:

cold_run_speedup           seconds of the plain loop / seconds of `grassroots run` without reports
overhead_ratio             overhead of the plain loop / that of `grassroots run`
overhead_ratio_sequential  the same with `--jobs 1`, so that nothing is gained by working abreast
noop_fraction_percent      seconds of a run with nothing to do, in % of the plain loop
help_cpu_seconds           CPU seconds of `grassroots --help`
touch_runs                 steps that run after one notebook's prose cell was touched
outputs_equal              1 when plain loop and run wrote the same bytes: ledger, exhibits, pictures

Overhead is wall time minus the notebooks' own cell time after imports. The latter is taken from the
sequential run, whose kernels have everything imported. Notebooks that run abreast can end in less
than the sum of their cell times; the overhead then counts as FLOOR seconds.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
COPIED = ("notebooks", "data", "requirements.lock", "pyproject.toml")
PICTURES = tuple(f"{lang}/{kind}" for lang in ("en", "zh") for kind in ("figures", "tables"))
FLOOR = 0.1
NOOP_REPEATS = 3

PLAIN_LOOP = """
import json, sys
from pathlib import Path
import papermill

root, parameters = Path(sys.argv[1]), json.loads(sys.argv[2])
reports = root / "reports"
for name, values in parameters.items():
    if not values.pop("_recording"):
        from compendium.claims.ledger import merge_ledgers, write_ledger
        ledgers = sorted((reports / "ledger").glob("*.csv"))
        write_ledger(reports / "estimates.csv", merge_ledgers(ledgers))
    target = reports / "en" / "notebooks" / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    source = str(root / "notebooks" / f"{name}.ipynb")
    papermill.execute_notebook(
        source, str(target), values, kernel_name="python3", progress_bar=False,
        cwd=str(root / "notebooks"),
    )
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Speed of the pipeline against plain papermill.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="one repetition, profile quick")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        figures = measure(Path(folder), quick=args.quick)
    for name, value in figures.items():
        sys.stdout.write(f"{name} {value:.6g}\n")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def measure(folder: Path, *, quick: bool) -> dict[str, float]:
    """All figures, medians over rounds; `quick` is one round with the profile of that name."""
    profile = "quick" if quick else "default"
    warm_up()
    plain_root, run_root = copy_project(folder / "plain"), copy_project(folder / "run")
    values = parameters(run_root, profile)
    rounds = [one_round(plain_root, run_root, values, profile) for _ in range(1 if quick else 3)]
    figures = {name: median(found[name] for found in rounds) for name in rounds[0]}
    figures["help_cpu_seconds"] = cpu_seconds(lambda: grassroots(run_root, "--help"))
    touch(run_root)
    grassroots(run_root, "run", "--profile", profile)
    ran = [entry["outcome"] == "ran" for entry in record(run_root).values()]
    return figures | {"touch_runs": sum(ran)}


def one_round(
    plain_root: Path, run_root: Path, values: dict[str, dict[str, object]], profile: str
) -> dict[str, float]:
    """Loop and runs one after the other, so that a busy machine is busy for all of them."""
    command = ("run", "--profile", profile)
    plain = fresh(plain_root, lambda: plain_loop(plain_root, values))
    cold = fresh(run_root, lambda: grassroots(run_root, *command))
    equal = outputs(plain_root) == outputs(run_root)
    sequential = fresh(run_root, lambda: grassroots(run_root, *command, "--jobs", "1"))
    own = sum(float(str(entry["cell_seconds"])) for entry in record(run_root).values())
    noop = median(timed(lambda: grassroots(run_root, *command)) for _ in range(NOOP_REPEATS))
    return {
        "plain_loop_seconds": plain,
        "cold_run_seconds": cold,
        "sequential_run_seconds": sequential,
        "own_cell_seconds": own,
        "cold_run_speedup": plain / cold,
        "overhead_ratio": (plain - own) / max(cold - own, FLOOR),
        "overhead_ratio_sequential": (plain - own) / max(sequential - own, FLOOR),
        "noop_seconds": noop,
        "noop_fraction_percent": 100 * noop / plain,
        "outputs_equal": float(equal),
    }


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


def parameters(root: Path, profile: str) -> dict[str, dict[str, object]]:
    """Parameters of each notebook, as the run resolves them."""
    from compendium.run.options import RunOptions
    from compendium.run.parameters import for_notebook
    from compendium.run.steps import open_project

    project = open_project(RunOptions(root, profile=profile))
    return {
        name: {
            **for_notebook(notebook, project.plan.parameters, project.values),
            "_recording": not project.plan.notebooks[name].reads_ledger,
        }
        for name, notebook in project.notebooks.items()
    }


def plain_loop(root: Path, values: dict[str, dict[str, object]]) -> None:
    """Papermill with ordinary kernels, one notebook after the other, writing straight to reports."""
    from compendium.run.kernels import kernel_env

    env = kernel_env(root, root) | {"GRASSROOTS_STAGING": str(root / "reports")}
    call(["-c", PLAIN_LOOP, str(root), json.dumps(values)], root, env)


def grassroots(root: Path, *arguments: str) -> None:
    """The command line, in a process of its own."""
    call(["-m", "compendium.cli", *arguments], root, dict(os.environ))


def call(arguments: list[str], root: Path, env: dict[str, str]) -> None:
    """Run Python; raises where it fails."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=env | {"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"failed: {arguments[:3]}\n{done.stdout}\n{done.stderr}")


def warm_up() -> None:
    """Have the bytecode compiled and the files in the disk cache, for both sides alike."""
    modules = "compendium.study, compendium.run.session, compendium.run.execution"
    code = f"import {modules}, seaborn, statsmodels.api, pandera.pandas, matplotlib.pyplot"
    call(["-c", code], ROOT, dict(os.environ))


def fresh(root: Path, do: Callable[[], None]) -> float:
    """Seconds, starting without reports."""
    shutil.rmtree(root / "reports", ignore_errors=True)
    (root / "reports").mkdir()
    return timed(do)


def timed(do: Callable[[], None]) -> float:
    """Seconds by the wall clock."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def cpu_seconds(do: Callable[[], None]) -> float:
    """CPU seconds of the processes that `do` starts; wall time where they can't be had."""
    before, wall = os.times(), timed(do)
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system if os.name == "posix" else wall


def record(root: Path) -> dict[str, dict[str, object]]:
    """Notebooks in the run record."""
    text = (root / "reports" / "run.json").read_text(encoding="utf-8")
    notebooks: dict[str, dict[str, object]] = json.loads(text)["notebooks"]
    return notebooks


def outputs(root: Path) -> dict[str, bytes]:
    """Ledgers, exhibits, pictures and tables; not the executed notebooks, which carry a clock."""
    return dict(_outputs(root / "reports"))


def _outputs(reports: Path) -> Iterator[tuple[str, bytes]]:
    for folder in ("ledger", "exhibits", *PICTURES):
        for path in sorted((reports / folder).iterdir()):
            yield f"{folder}/{path.name}", path.read_bytes()
    yield "estimates.csv", (reports / "estimates.csv").read_bytes()


def touch(root: Path) -> None:
    """Add a word to the first prose cell of one notebook."""
    path = root / "notebooks" / "03_accountability.ipynb"
    raw = json.loads(path.read_text(encoding="utf-8"))
    prose = next(cell for cell in raw["cells"] if cell["cell_type"] == "markdown")
    prose["source"] = ["".join(prose["source"]), "\n\nTouched."]
    path.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
