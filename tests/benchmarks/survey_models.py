# ruff: noqa: E402 - threads are chosen before NumPy is loaded
"""Speed and truth of the survey's models: `python survey_models.py [--quick] [--json FILE]`.

Prints one line a figure, NAME VALUE. Names that end in `_over_ours` are ratios of somebody else's
seconds to ours: larger is better, and that of the ordered logit has to be above 0.5. `_seconds` and
`_gigabytes` are of one million respondents.
`coverage_` should be near 0.95 and `size_` near 0.05; `monte_carlo_error` is that of a share of
0.05 at the number of `simulations`. BLAS runs in one thread, as in the notebooks.
"""

from __future__ import annotations

import os

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.mixed_linear_model import MixedLM

from compendium.stats.design import design
from compendium.stats.fitted import ols
from compendium.stats.mediation import mediation
from compendium.stats.multilevel import no_grouping, random_intercepts, within_ols
from compendium.stats.response_surface import response_surface, surface_parameters
from compendium.stats.systems import joint_test, stacked_ols

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "models"))
from survey_truth import clustered, survey

DRAWS, UNITS, COUNTIES, RESPONDENTS = 5000, 150, 50, 3000
MILLION = 1_000_000
SURFACE = np.array([0.3, -0.2, 0.12, -0.2, 0.05])
Figures = dict[str, float]


def best(call: Callable[[], object], repeats: int) -> float:
    """Least seconds of several calls after one that warms up."""
    call()
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)


def respondents(n: int, units: int, counties: int) -> pd.DataFrame:
    """Mediation data in units in counties, with unit and county effects in y."""
    rng = np.random.default_rng(1)
    frame = survey(rng, G=units, size=n // units)
    frame["county"] = frame["unit"] * counties // units
    frame["y"] += rng.normal(size=counties)[frame["county"]] * 0.4
    return frame


def bootstrap_by_loop(frame: pd.DataFrame, draws: int) -> None:
    """Refit both regressions with statsmodels on each draw, arrays and not frames."""
    rng = np.random.default_rng(1)
    values = frame[["x", "m", "y"]].to_numpy()
    rows = [np.flatnonzero(frame["unit"] == g) for g in range(frame["unit"].nunique())]
    for _ in range(draws):
        drawn = values[np.concatenate([rows[g] for g in rng.integers(0, len(rows), len(rows))])]
        one = np.ones(len(drawn))
        a = OLS(drawn[:, 1], np.column_stack([one, drawn[:, 0]])).fit().params[1]
        b = OLS(drawn[:, 2], np.column_stack([one, drawn[:, :2]])).fit().params[2]
        float(a * b)


def speed(quick: bool) -> Figures:
    """Ratios on the survey's own size."""
    frame = respondents(RESPONDENTS, UNITS, COUNTIES)
    repeats, some = (2, 100) if quick else (5, 500)
    y, m, x, unit = (frame[c] for c in ("y", "m", "x", "unit"))
    ours = best(lambda: mediation(y, m, x, unit, draws=DRAWS, seed=1), repeats)
    loop = best(lambda: bootstrap_by_loop(frame, some), 1) * DRAWS / some
    figures = {"mediation_bootstrap_statsmodels_loop_over_ours": loop / ours}
    X = design(frame, ["x", "m"])
    matrix = X.to_numpy()
    two = best(lambda: random_intercepts(y, X, frame[["unit"]]), repeats)
    three = best(lambda: random_intercepts(y, X, frame[["unit", "county"]]), repeats)
    within = best(lambda: within_ols(y, X, frame["county"], unit), repeats)
    dummies = np.column_stack([matrix[:, 1:], pd.get_dummies(frame["county"]).to_numpy(float)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = best(lambda: MixedLM(y.to_numpy(), matrix, unit.to_numpy()).fit(), 1)
        figures["two_levels_statsmodels_over_ours"] = theirs / two
        nested = {"unit": "0 + C(unit)"}
        model = MixedLM.from_formula("y ~ x + m", frame, groups="county", vc_formula=nested)
        figures["three_levels_statsmodels_over_ours"] = best(model.fit, 1) / three
    robust = {"cov_type": "cluster", "cov_kwds": {"groups": unit.to_numpy()}}
    theirs = best(lambda: OLS(y.to_numpy(), dummies).fit(**robust), repeats)
    figures["county_effects_statsmodels_dummies_over_ours"] = theirs / within
    return figures


def million() -> Figures:
    """Seconds and memory of the linear models of a million respondents."""
    frame = respondents(MILLION, 50_000, 2_500)
    y, m, x, unit = (frame[c] for c in ("y", "m", "x", "unit"))
    X = design(frame, ["x", "m"])
    scale = [np.clip(np.round(3 + v), 1, 5) for v in (x, m)]
    calls = {
        "ols": lambda: ols(y, X, unit),
        "county_effects": lambda: within_ols(y, X, frame["county"]),
        "three_levels": lambda: random_intercepts(y, X, frame[["unit", "county"]]),
        "response_surface": lambda: response_surface(y, *scale, unit, center=3),
        "mediation_500_draws": lambda: mediation(y, m, x, unit, draws=500, seed=1),
    }
    figures = {}
    for name, call in calls.items():
        start = time.perf_counter()
        call()
        figures[f"million_{name}_seconds"] = time.perf_counter() - start
    return figures | {"million_peak_gigabytes": peak_gigabytes()}


def peak_gigabytes() -> float:
    """Largest memory of this process so far; nan where the system does not say."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return getrusage(RUSAGE_SELF).ru_maxrss * unit / 1e9


def truth(simulations: int) -> Figures:
    """Share of intervals that cover and of tests that reject under the null."""
    kept: dict[str, int] = {}

    def count(name: str, hit: bool) -> None:
        kept[name] = kept.get(name, 0) + bool(hit)

    for seed in range(simulations):
        rng = np.random.default_rng([2, seed])
        frame = survey(rng, G=40, size=8)
        null = survey(rng, G=40, size=8, a=0.0)
        for name, data, target in (("coverage", frame, 0.2), ("size", null, 0.0)):
            columns = (data[c] for c in ("y", "m", "x", "unit"))
            line = mediation(*columns, draws=500, seed=seed).indirect
            inside = line.ci_low <= target <= line.ci_high
            count(f"{name}_indirect", inside if name == "coverage" else not inside)
        surface_and_system(rng, count)
        levels(rng, count)
    return {name: hits / simulations for name, hits in kept.items()}


def surface_and_system(rng: np.random.Generator, count: Callable[[str, bool], None]) -> None:
    """Parameters of a surface; an effect that is absent in all of four equations."""
    e, unit = clustered(rng, 40, 8, n=6)
    x, y = (rng.integers(1, 6, len(e)) - 3.0 for _ in range(2))
    z = np.column_stack([x, y, x**2, x * y, y**2]) @ SURFACE + e[:, 0]
    found = response_surface(z, x, y, unit, center=0)
    for key in ("a1", "a4", "p11", "x0"):
        target = surface_parameters(SURFACE)[key]
        count(f"coverage_{key}", found[key].ci_low <= target <= found[key].ci_high)
    X = design(pd.DataFrame({"x": e[:, 5]}), ["x"])
    system = stacked_ols({f"y{i}": e[:, i] for i in range(1, 5)}, X, unit)
    test = joint_test(system, "x")
    count("size_joint_four_phases", test.p < 0.05)
    count("size_joint_four_phases_by_chi_squared", test.chi2_p < 0.05)


def levels(rng: np.random.Generator, count: Callable[[str, bool], None]) -> None:
    """A cause of twelve units; no variance between units; and some."""
    unit = np.repeat(np.arange(12), 8)
    X = design(pd.DataFrame({"x": rng.normal(size=12)[unit]}), ["x"])
    y = 0.5 * X["x"].to_numpy() + rng.normal(size=unit.size)
    groups = pd.DataFrame({"unit": unit})
    count("size_variance_between_units", no_grouping(random_intercepts(y, X, groups)).p < 0.05)
    line = random_intercepts(y + 0.7 * rng.normal(size=12)[unit], X, groups)["x"]
    count("coverage_cause_of_twelve_units", line.ci_low <= 0.5 <= line.ci_high)


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer draws, under a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    simulations = 100 if options.quick else 2000
    figures = speed(options.quick) | ({} if options.quick else million()) | truth(simulations)
    figures |= {"simulations": simulations, "monte_carlo_error": (0.05 * 0.95 / simulations) ** 0.5}
    for name, value in figures.items():
        print(name, f"{value:.4g}")
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
