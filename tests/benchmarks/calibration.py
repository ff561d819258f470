# ruff: noqa: E402 - threads are chosen before NumPy is loaded
"""Speed of the calibration: `python tests/benchmarks/calibration.py [--quick] [--json FILE]`.

Prints one line a figure, NAME VALUE. Ratios are of the plain way to do the same to ours, both
measured in this run: larger is better. The plain way simulates a stand-in, makes its scores and fits
the main survey model with statsmodels' formula, one replication after the other; it is measured on
some replications and scaled up. CPU seconds, but for two workers against one, where the clock counts.
"""

from __future__ import annotations

import os

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import statsmodels.formula.api as smf
from joblib.externals.loky import get_reusable_executor

from compendium.survey.load import frame_of as loaded
from compendium.survey.screens import screen
from grassroots import scales as sc
from grassroots.calibration import calibrate, read_setup
from grassroots.calibration.simulation import ROWS, Block, Setup, Simulation, survey_condition
from grassroots.calibration.survey_model import Population, Size, Streams, chunks
from grassroots.calibration.survey_tests import Settings, frame_of, survey_tests
from grassroots.standin import simulate

ROOT = Path(__file__).parents[2]
REPLICATIONS = 1000
MAIN = "C4.survey_pressure"
FORMULA = "imbalance ~ top_down + bottom_up + C(unit_kind) + C(county_id)"
COUNTIES = 50
# Enough for more than half a minute on one worker of a usual machine.
LONG = {"replications": 1500, "tests": ["C6.survey_mediation"]}
SHORT = {"replications": 150, "tests": ["C6.survey_mediation"]}


def fitted(rows: pd.DataFrame) -> float:
    """The main model as one would write it."""
    groups = rows["county_id"].astype("category").cat.codes
    how = {"cov_type": "cluster", "cov_kwds": {"groups": groups}, "use_t": True}
    return float(smf.ols(FORMULA, rows).fit(**how).bse["top_down"])


def naive(setup: Setup, seed: int) -> float:
    """One replication of the plain loop: the stand-in's generator, the scores, the fit."""
    columns = simulate(setup.instrument, setup.truth, seed=seed).columns
    frame = loaded(setup.instrument, columns, screen(setup.instrument, columns))
    scores = sc.respondent_scores(frame, setup.instrument)
    rows = sc.complete_rows(scores, ["imbalance", "line_block", "top_down", "bottom_up"])
    return fitted(rows)


def cpu(call: Callable[[], object]) -> float:
    """CPU seconds of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def against_the_loop(setup: Setup, loops: int) -> dict[str, float]:
    """A thousand replications, simulated and answered, over the plain loop."""
    condition = survey_condition("paths", 1.0, (MAIN,), COUNTIES, REPLICATIONS)
    simulation = Simulation(setup, 0.95, 1)
    simulation(Block(condition, 0, 50))
    naive(setup, 0)
    ours = loop = 0.0
    each = REPLICATIONS // loops
    for part in range(loops):
        ours += cpu(lambda part=part: simulation(Block(condition, part, each)))
        loop += cpu(lambda part=part: naive(setup, part + 1)) * each
    return {
        f"calibration_{REPLICATIONS}_statsmodels_loop_over_ours": loop / ours,
        f"calibration_{REPLICATIONS}_ms_a_replication": ours / REPLICATIONS * 1000,
    }


def fits_alone(setup: Setup, loops: int) -> dict[str, float]:
    """The fits of the same simulated surveys, without the simulation on either side."""
    strategy = survey_tests(setup.domains)[MAIN]
    population = Population(setup.instrument, setup.truth, strategy.scores)
    settings = Settings(0.95, 100, 1, setup.domains)
    size = Size(COUNTIES, 3, 60, 10)
    streams, ours, loop, done = Streams(1), 0.0, 0.0, 0
    for number in chunks(loops * 8, size.n, ROWS):
        drawn = population.draw(size, number, streams)
        rows = frame_of(drawn, 0).dropna(subset=list(strategy.scores))
        ours += cpu(lambda drawn=drawn: strategy.answer(drawn, settings))
        loop += cpu(lambda rows=rows: fitted(rows)) * number
        done += number
    return {"fits_alone_statsmodels_loop_over_ours": loop / ours}


def two_workers(setup: Setup, *, quick: bool) -> dict[str, float]:
    """Seconds on the clock of one process over those of two.

    The clock needs two free cores. Where others use them, CPU seconds say what it would show: those
    of one process over half of what the two took together, start and imports among them.
    """
    how = {"seed": 1, "main": True, **(SHORT if quick else LONG)}
    start, alone = time.perf_counter(), time.process_time()
    calibrate(setup, jobs=1, **how)
    one, alone = time.perf_counter() - start, time.process_time() - alone
    start, before = time.perf_counter(), of_children()
    calibrate(setup, jobs=2, **how)
    two = time.perf_counter() - start
    get_reusable_executor().shutdown(wait=True)
    name = "short_calibration" if quick else "long_calibration"
    found = {f"{name}_seconds_one_worker": one, f"{name}_two_workers_over_one": one / two}
    if (together := of_children() - before) > 0:
        found[f"{name}_two_workers_over_one_by_cpu"] = 2 * alone / together
    return found


def of_children() -> float:
    """CPU seconds of processes that have ended; 0 on Windows, which does not count them."""
    times = os.times()
    return times.children_user + times.children_system


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer loops, under a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    setup, loops = read_setup(ROOT), 10 if options.quick else 40
    figures = against_the_loop(setup, loops) | fits_alone(setup, loops)
    figures |= two_workers(setup, quick=options.quick)
    for name, value in figures.items():
        print(name, f"{value:.4g}")
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
