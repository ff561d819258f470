"""Speed of the multiverse: `python multiverse.py [--quick] [--pyfixest PYTHON] [--json FILE]`.

Prints one line a figure, NAME VALUE. `specifications_*_over_ours` are ratios of the seconds that
statsmodels' formulas and pyfixest need to ours, a specification: larger is better. `grid`: all on
the same rows; `survey`: the study's own 2,000 universes, which differ in rows. `million_seconds`
and `million_gigabytes` are of the joint test of 2,000 specifications with 500 resamples and the
peak memory of the process that ran it. `largest_difference` is relative, to statsmodels, of
estimates and clustered errors. `--pyfixest` names an interpreter that has pyfixest, where this one
does not; without it those figures are skipped with the reason.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from compendium.inference.multiverse import Model, expand, run_multiverse
from compendium.inference.multiverse.run import Multiverse
from compendium.plan import MultiversePlan, load_multiverses, load_plan
from compendium.plan.types import Test
from compendium.survey import load_survey
from grassroots.universes import prepare

ROOT = Path(__file__).parents[2]
TEST = "C4.survey_pressure"
COMPARED, COMPARED_QUICK = 100, 20
RESAMPLES = 500
REPEATS = 3
Figures = dict[str, float]

PYFIXEST = """
import json, sys, time, warnings
import pandas as pd, pyfixest as pf
warnings.filterwarnings("ignore")
rows = pd.read_pickle(sys.argv[1])
work = json.load(open(sys.argv[2]))
def run(w):
    data = rows if w["sample"] is None else rows[rows[w["sample"]] == 1]
    data = data.dropna(subset=w["needed"])
    pf.feols(w["formula"], data, vcov={"CRV1": "county_id"}, weights=w["weights"])
for w in work[:3]:
    run(w)
start = time.perf_counter()
for w in work:
    run(w)
print((time.perf_counter() - start) / len(work))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pyfixest", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", message="The design matrix is rank-deficient")
    compared = COMPARED_QUICK if args.quick else COMPARED
    figures: Figures = {}
    plan = load_plan(ROOT)
    frame, test = survey_frame(), plan.tests[TEST]
    for name, planned in plans_of(load_multiverses(ROOT, plan)[TEST]).items():
        figures |= speed(name, planned, test, frame, compared, args.pyfixest)
    figures |= million(load_multiverses(ROOT, plan)[TEST], test, frame)
    for name, value in figures.items():
        print(f"{name} {value:.4g}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def survey_frame() -> pd.DataFrame:
    """Prepared columns of the stand-in."""
    frame = prepare({}, survey=load_survey(ROOT, "standin"))["survey"]
    numeric = [c for c in frame if pd.api.types.is_numeric_dtype(frame[c])]
    return frame.astype(dict.fromkeys(numeric, "float64"))


def plans_of(planned: MultiversePlan) -> Mapping[str, MultiversePlan]:
    """The study's multiverse, and the same on rows that are complete in everything it uses."""
    models = [universe.model for universe in expand(planned)]
    used = {name for m in models for name in (m.outcome, m.predictor, *m.controls, *m.also)}
    base = planned.base.model_copy(update={"also": tuple(sorted(used))})
    kept = tuple(d for d in planned.decisions if d.kind not in ("sample", "missing"))
    kept = (*kept, *_more_controls(planned))
    grid = planned.model_copy(update={"base": base, "decisions": kept})
    return {"survey": planned, "grid": grid}


def _more_controls(planned: MultiversePlan) -> tuple[object, ...]:
    """Three further controls, in or out: eight times the specifications in place of the samples."""
    control = next(d for d in planned.decisions if d.kind == "controls")
    found = []
    for name in ("burnout", "marker", "line_block"):
        out = control.options[1].model_copy(update={"id": "out", "columns": (), "main": True})
        use = control.options[1].model_copy(update={"id": "use", "columns": (name,)})
        found.append(control.model_copy(update={"id": name, "options": (out, use)}))
    return tuple(found)


def speed(
    name: str, planned: MultiversePlan, test: Test, frame: pd.DataFrame, compared: int, python: str
) -> Figures:
    """Seconds a specification, ours and theirs, and how far the results differ."""
    ours, found = best_of(planned, test, frame)
    universes = expand(planned)
    chosen = np.random.default_rng(1).choice(len(universes), compared, replace=False)
    models = [universes[i].model for i in chosen]
    start = time.perf_counter()
    theirs = [by_statsmodels(model, frame) for model in models]
    statsmodels = (time.perf_counter() - start) / compared
    rows = found.frame.iloc[chosen]
    figures = {
        f"specifications_{name}": float(len(universes)),
        f"specifications_{name}_milliseconds": ours / len(universes) * 1000,
        f"specifications_{name}_statsmodels_over_ours": statsmodels * len(universes) / ours,
        f"specifications_{name}_largest_difference": difference(rows, theirs),
    }
    pyfixest = by_pyfixest(models, frame, python)
    if pyfixest is None:
        print(f"specifications_{name}_pyfixest_over_ours skipped: {python} has no pyfixest")
        return figures
    return figures | {f"specifications_{name}_pyfixest_over_ours": pyfixest * len(universes) / ours}


def best_of(planned: MultiversePlan, test: Test, frame: pd.DataFrame) -> tuple[float, Multiverse]:
    """Median seconds of several runs after one that warms up."""
    found = run_multiverse(planned, test, frame)
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run_multiverse(planned, test, frame)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[REPEATS // 2], found


def parts_of(model: Model, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows of a model and its terms but the fixed effects; gaps filled where it keeps them."""
    rows = frame if not model.samples else frame[frame[model.samples[0]] == 1]
    needed = [model.outcome, model.predictor, *model.also]
    needed += [] if model.missing == "indicator" else model.controls
    rows, terms = rows.dropna(subset=needed), [model.predictor]
    filled = {}
    for name in model.controls:
        if pd.api.types.is_numeric_dtype(frame[name]):
            if rows[name].isna().any():
                filled |= {name: rows[name].fillna(0), f"{name}_gap": rows[name].isna() * 1.0}
                terms.append(f"{name}_gap")
            terms.append(name)
        else:
            filled[name] = rows[name].astype(object).fillna("missing").astype(str)
            terms.append(f"C({name})")
    return rows.assign(**filled), terms


def by_statsmodels(model: Model, frame: pd.DataFrame) -> tuple[float, float]:
    """Estimate and clustered error by a formula, with the study's count of nested effects."""
    import statsmodels.formula.api as smf

    rows, terms = parts_of(model, frame)
    effects = [f"C({model.fixed_effects})"] if model.fixed_effects else []
    formula = f"{model.outcome} ~ {' + '.join([*terms, *effects])}"
    made = (
        smf.wls(formula, rows, weights=rows[model.weights])
        if model.weights
        else smf.ols(formula, rows)
    )
    clusters = pd.factorize(rows["county_id"])[0]
    fit = made.fit(cov_type="cluster", cov_kwds={"groups": clusters})
    n, k = fit.nobs, fit.df_model + 1
    nested = rows["county_id"].nunique() - 1 if model.fixed_effects == "county_id" else 0
    factor = np.sqrt((n - k) / (n - k + nested))
    return float(fit.params[model.predictor]), float(fit.bse[model.predictor] * factor)


def difference(rows: pd.DataFrame, theirs: Sequence[tuple[float, float]]) -> float:
    """Largest relative difference of estimates and errors."""
    value, se = np.array(theirs).T
    t = stats.t.ppf(0.975, rows["n_clusters"] - 1)
    own_se = (rows["own_high"] - rows["own_low"]) / (2 * t)
    return float(max((rows["own"] / value - 1).abs().max(), (own_se / se - 1).abs().max()))


def by_pyfixest(models: Sequence[Model], frame: pd.DataFrame, python: str) -> float | None:
    """Seconds a specification in another interpreter; None where it has no pyfixest."""
    if subprocess.run([python, "-c", "import pyfixest"], capture_output=True).returncode:
        return None
    with tempfile.TemporaryDirectory() as folder:
        data, work = Path(folder) / "rows.pkl", Path(folder) / "work.json"
        plain = frame.copy()
        for name in plain.columns:
            if not pd.api.types.is_numeric_dtype(plain[name]):
                plain[name] = plain[name].astype(object)
        pd.to_pickle(plain, data, protocol=4)
        work.write_text(json.dumps([_formula(model, frame) for model in models]), encoding="utf-8")
        call = [python, "-c", PYFIXEST, str(data), str(work)]
        done = subprocess.run(call, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def _formula(model: Model, frame: pd.DataFrame) -> dict[str, object]:
    numeric = {c for c in frame if pd.api.types.is_numeric_dtype(frame[c])}
    terms = [c if c in numeric else f"C({c})" for c in (model.predictor, *model.controls)]
    effects = f" | {model.fixed_effects}" if model.fixed_effects else ""
    return {
        "formula": f"{model.outcome} ~ {' + '.join(terms)}{effects}",
        "weights": model.weights,
        "sample": model.samples[0] if model.samples else None,
        "needed": [model.outcome, model.predictor, *model.also, *model.controls],
    }


def million(planned: MultiversePlan, test: Test, frame: pd.DataFrame) -> Figures:
    """A joint test of all universes: seconds, regressions, and the process's peak memory."""
    start = time.perf_counter()
    found = run_multiverse(planned, test, frame, resamples=RESAMPLES, seed=1)
    seconds = time.perf_counter() - start
    figures = {
        "million_seconds": seconds,
        "million_regressions": float(found.joint[0].n * RESAMPLES),
    }
    peak = peak_gigabytes()
    return figures if peak is None else figures | {"million_gigabytes": peak}


def peak_gigabytes() -> float | None:
    """Largest resident memory of this process; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**30 if sys.platform == "darwin" else 2**20)


if __name__ == "__main__":
    main()
