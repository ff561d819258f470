# ruff: noqa: E402 - threads are chosen before NumPy is loaded
"""How time and memory grow: `python tests/benchmarks/scale.py [--only NAME] [--quick] [--json FILE]`.

Each of these is done at four sizes, half of the next, the largest last and each in a process of its
own (much smaller ones with --quick):

respondents          a .csv of 1,000,000 respondents: import, load, scores and a clustered model
specifications       at least 1,000,000 specifications of one test, one by one
replications         10,000 replications of one test's calibration on two workers
replications_dask    the same on a Dask cluster of two workers on this machine

Prints one line a figure, NAME VALUE: `NAME_SIZE_seconds` by the clock, `NAME_SIZE_gigabytes` of the
largest process, and the exponents of growth `NAME_seconds_exponent` and `NAME_gigabytes_exponent`,
slopes of the logarithm over that of the size: 1 is proportional, 0 is flat. The two ways to spread
replications must find the same: where they differ the script fails.
"""

from __future__ import annotations

import os

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FACTORS = (8, 4, 2, 1)
LARGEST = {
    "respondents": 1_000_000,
    "specifications": 1_024_000,
    "replications": 10_000,
    "replications_dask": 10_000,
}
QUICK = {
    "respondents": 24_000,
    "specifications": 128_000,
    "replications": 200,
    "replications_dask": 200,
}
SURVEY_TEST, SIMULATED_TEST = "C4.survey_pressure", "C4.survey_pressure"
WORKERS = 2
GIB = 2**30 if sys.platform == "darwin" else 2**20
"""Units of `ru_maxrss` in a gigabyte."""


def respondents(size: int) -> str:
    """Draw a survey, write it, import and load it, make scores and fit the main model."""
    from survey_data import frame_of, write_csv

    from compendium.stats.multilevel import within_ols
    from compendium.survey import load_instrument, load_survey
    from compendium.survey.formats import read_raw
    from compendium.survey.importing import draft_mapping, import_survey
    from compendium.survey.instrument import INSTRUMENT
    from grassroots import scales
    from grassroots.simulated import TRUTH, load_truth
    from grassroots.standin import simulate

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path in (INSTRUMENT, TRUTH):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes((ROOT / path).read_bytes())
        instrument = load_instrument(root)
        truth = load_truth(root, instrument).scaled(max(1, size // 3000))
        file, mapping = root / "a.csv", root / "a.yml"
        made = simulate(instrument, truth, respondents=size)
        write_csv(instrument, frame_of(instrument, made), file)
        del made
        mapping.write_text(draft_mapping(read_raw(file), instrument), encoding="utf-8")
        import_survey(root, file, mapping, accept=True)
        survey = load_survey(root, "observed")
    scores = scales.respondent_scores(survey.frame, instrument)
    terms = ["top_down", "bottom_up"]
    rows = scales.complete_rows(scores, ["imbalance", *terms])
    county = rows["county_id"]
    found = within_ols(rows["imbalance"], rows[terms], county)
    return repr(found.beta)


def specifications(size: int) -> str:
    """Fit at least so many specifications of one test: further controls, in or out, double them."""
    from multiverse import plans_of, survey_frame

    from compendium.inference.multiverse import expand, run_multiverse
    from compendium.plan import load_multiverses, load_plan

    plan, frame = load_plan(ROOT), survey_frame()
    planned = plans_of(load_multiverses(ROOT, plan)[SURVEY_TEST])["grid"]
    rng, control, count = np.random.default_rng(1), planned.decisions[-1], len(expand(planned))
    while count < size:
        name = f"further{len(planned.decisions)}"
        frame[name] = rng.normal(size=len(frame))
        use = control.options[1].model_copy(update={"columns": (name,)})
        more = control.model_copy(update={"id": name, "options": (control.options[0], use)})
        planned = planned.model_copy(update={"decisions": (*planned.decisions, more)})
        count *= 2
    found = run_multiverse(planned, plan.tests[SURVEY_TEST], frame).frame
    return f"{len(found)} {found['own'].sum()!r}"


def replications(size: int, scheduler: str | None = None) -> str:
    """Simulate one test's calibration on two workers."""
    from joblib.externals.loky import get_reusable_executor

    from grassroots.calibration import calibrate, read_setup

    how = {"seed": 1, "main": True, "tests": [SIMULATED_TEST], "jobs": WORKERS}
    found = calibrate(read_setup(ROOT), replications=size, scheduler=scheduler, **how)
    if scheduler is None:  # the memory of workers is known once they have ended
        get_reusable_executor().shutdown(wait=True)
    told = found.survey.to_csv() + found.observed.to_csv()
    return sha256(told.encode()).hexdigest()


def replications_dask(size: int) -> str:
    """Do the same by a Dask scheduler."""
    from distributed import LocalCluster

    here = {"dashboard_address": None, "threads_per_worker": 1}
    with LocalCluster(n_workers=WORKERS, **here) as cluster:  # type: ignore[no-untyped-call]
        return replications(size, cluster.scheduler_address)


WORK: dict[str, Callable[[int], str]] = {
    "respondents": respondents,
    "specifications": specifications,
    "replications": replications,
    "replications_dask": replications_dask,
}


def measured(name: str, size: int) -> tuple[float, float, str]:
    """Seconds, gigabytes of the largest process, and what was found; in a process of its own."""
    import resource

    start = time.perf_counter()
    found = WORK[name](size)
    seconds = time.perf_counter() - start
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return seconds, max(resource.getrusage(who).ru_maxrss for who in whose) / GIB, found


def exponent(sizes: list[int], values: list[float]) -> float:
    """Slope of the logarithm of values over that of sizes."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def grown(name: str, largest: int) -> tuple[dict[str, float], list[str]]:
    """Figures of one kind of work at four sizes, and what each found."""
    sizes, figures, told = [largest // by for by in FACTORS], {}, []
    taken: dict[str, list[float]] = {"seconds": [], "gigabytes": []}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as process:
        for size in sizes:
            seconds, gigabytes, found = process.submit(measured, name, size).result()
            told.append(found)
            for unit, value in (("seconds", seconds), ("gigabytes", gigabytes)):
                figures[f"{name}_{size}_{unit}"] = value
                taken[unit].append(value)
    for unit, values in taken.items():
        figures[f"{name}_{unit}_exponent"] = exponent(sizes, values)
    return figures, told


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description="How time and memory grow over four sizes.")
    parser.add_argument("--only", action="append", choices=list(WORK), help="this alone")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, some minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    options = parser.parse_args()
    if sys.platform == "win32":
        sys.stdout.write("scale left out: the largest memory used can't be asked for\n")
        return
    figures: dict[str, float] = {}
    told: dict[str, list[str]] = {}
    for name in options.only or WORK:
        largest = (QUICK if options.quick else LARGEST)[name]
        more, told[name] = grown(name, largest)
        figures |= more
        for key, value in more.items():
            print(f"{key} {value:.4g}", flush=True)
    here, dask = told.get("replications"), told.get("replications_dask")
    if here and dask and here != dask:
        raise SystemExit("two workers and Dask found different numbers")
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
