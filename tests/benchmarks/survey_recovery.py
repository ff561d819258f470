# ruff: noqa: E402 - threads are chosen before NumPy is loaded
"""Does the survey study find what was put in? `survey_recovery.py [--quick] [--replications N]`.

Makes stand-ins of the default size with known truth, runs on each what notebooks 08 to 10 run, and
prints a table of true value, mean, bias and coverage, and where nothing acts on anything of
rejections, each with its Monte Carlo error. `--table FILE` also writes it; the one committed is
`results/survey_recovery.csv`, from which --quick and the tests take the true values of answers.
Nothing depends on the number of workers.
"""

from __future__ import annotations

import os

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grassroots.simulated import Truth
from grassroots.standin import Simulated, simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "survey"))
import recovery as rec

RESULTS = Path(__file__).parent / "results" / "survey_recovery.csv"
REPLICATIONS, QUICK = 600, 24
DRAWS = 1999
LARGE_SEED, LARGE, TIMES = 70_000_000, 12, 50
"""First seed of the very large stand-ins, how many there are, and how many times the default size
each has. Their mean is the truth of answers, their spread says how well it is known."""
FEWEST_DRAWS = 100
"""Bootstrap draws on the very large stand-ins: only their values are used."""
DIGITS = 6
CHUNK = 5
ERRORS = 3.0
"""Monte Carlo errors beyond which a figure is called off: by chance 3 in 1,000 are."""
COLUMNS = (
    *("scenario", "target", "of_constructs", "true", "true_error", "truth", "mean", "bias"),
    *("bias_error", "sd", "level", "coverage", "coverage_error", "rejects", "rejects_error"),
    *("replications", "counties", "note"),
)

Floats = NDArray[np.float64]

Known = tuple[float, float, str]
"""True value, its Monte Carlo error, where it comes from."""


@dataclass(frozen=True)
class Scenario:
    """A truth and what is estimated on stand-ins of it."""

    words: str
    truth: Callable[[Truth], Truth]
    lines: Callable[[Simulated, int, int], rec.Lines]
    seed: int
    null: bool = False


def as_it_is(truth: Truth) -> Truth:
    """The stand-in of the notebooks."""
    return truth


def all_lines(made: Simulated, draws: int, seed: int) -> rec.Lines:
    """Everything, on answers and on constructs."""
    return rec.answer_lines(made, draws, seed) | rec.construct_lines(made, draws, seed)


def between_lines(made: Simulated, draws: int, seed: int) -> rec.Lines:
    """What is estimated without county effects, so that likeness within provinces matters."""
    data = rec.scored(made)
    answers = rec.gap_lines(data, made.instrument) | rec.imbalance_lines(data, draws, seed)
    return answers | rec.construct_paths(rec.construct_rows(made), draws, seed)


SCENARIOS: Mapping[str, Scenario] = {
    "effects": Scenario("the stand-in as it is", as_it_is, all_lines, 10_000_000),
    "alike": Scenario("provinces do not differ", rec.same_provinces, between_lines, 20_000_000),
    "nothing": Scenario("--null", Truth.without_effects, rec.null_lines, 30_000_000, True),
    "half": Scenario(
        "pressure moves conflict and nothing else moves anything",
        rec.first_path_only,
        rec.half_null_lines,
        40_000_000,
        True,
    ),
    "agreeing": Scenario(
        "--null, but respondents tend to agree with whatever is said",
        rec.method_only,
        rec.null_lines,
        50_000_000,
        True,
    ),
}

UNEXPLAINED = "unexplained"
PROVINCES = "counties of a province are alike, which clusters of counties leave out: see alike"
TEN = "ten provinces and fifty counties show a little less than all of their variance"
F_INTERVAL = "the interval of F takes units as independent, but units of a county are alike"
OWN_MEAN = "the slope is at the sample's own mean, which the interval takes as given"
CARELESS = "some who answer at random pass the attention check and pull all scales together"
FEW = "50 clusters, of which some weigh much: CR1 is a little short"
PRODUCT = "both paths are 0: a product can hardly reject"
FAMILY = "no control over the four phases: not what is reported"
AGREEMENT = "a shared tendency to agree makes answers go together: no test tells it from an effect"
NOTES: Mapping[str, Sequence[tuple[str, str]]] = {
    "effects": (
        ("survey.gap", PROVINCES),
        ("survey.inversion", PROVINCES),
        ("survey.mediation", PROVINCES),
        ("construct.mediation", PROVINCES),
        ("survey.alpha", TEN),
        ("survey.omega", TEN),
        ("loading", TEN),
        ("survey.icc1", F_INTERVAL),
        ("construct.icc1", F_INTERVAL),
        ("survey.collaboration", OWN_MEAN),
        ("survey.phase", OWN_MEAN),
    ),
    "alike": (("construct.icc1", F_INTERVAL), ("construct.mediation", FEW)),
    "nothing": (
        ("survey.mediation.indirect", PRODUCT),
        ("survey.moderated", PRODUCT),
        ("family.unadjusted", FAMILY),
        ("survey.surface.a1", FEW),
        ("survey", CARELESS),
    ),
    "agreeing": (
        ("survey.mediation.indirect", PRODUCT),
        ("survey.moderated", PRODUCT),
        ("family.unadjusted", FAMILY),
        ("", AGREEMENT),
    ),
}
"""Why figures of a scenario that are off are so, by how their names begin; the first one counts."""


@cache
def setting() -> rec.Setting:
    """What each process reads once."""
    return rec.setting(DRAWS)


def replication(name: str, number: int) -> dict[str, tuple[float, ...]]:
    """Value, ends and level of the interval, and whether it rejects, of every line and family."""
    scenario, known = SCENARIOS[name], setting()
    truth, seed = scenario.truth(known.truth), scenario.seed + number
    made = simulate(known.instrument, truth, seed=seed, keep_latents=True)
    lines = scenario.lines(made, known.draws, number)
    found = {key: (x.value, x.ci_low, x.ci_high, x.level) for key, x in lines.items()}
    rejected = rec.rejections(lines) if scenario.null else {}
    nothing = (np.nan,) * 4
    return {
        key: (*found.get(key, nothing), float(rejected.get(key, np.nan)))
        for key in {**found, **rejected}
        if scenario.null or not key.startswith("joint.")
    }


def large(name: str, number: int) -> dict[str, float]:
    """Values of a very large stand-in's answers."""
    known = setting()
    truth = rec.enlarged(SCENARIOS[name].truth(known.truth), TIMES)
    made = simulate(known.instrument, truth, seed=LARGE_SEED + number)
    if name == "effects":
        lines = rec.answer_lines(made, FEWEST_DRAWS, number, joint=False)
    else:
        data = rec.scored(made)
        lines = rec.gap_lines(data, made.instrument)
        lines |= rec.imbalance_lines(data, FEWEST_DRAWS, number)
    return {key: line.value for key, line in lines.items()}


def answer_truths(name: str, pool: ProcessPoolExecutor) -> dict[str, Known]:
    """True values of answers from very large stand-ins."""
    found = pd.DataFrame(list(pool.map(partial(large, name), range(LARGE))))
    size = setting().truth.design.respondents * TIMES
    words = f"mean of {LARGE} stand-ins of {size}, first seed {LARGE_SEED}"
    errors = found.std(ddof=1) / LARGE**0.5
    return {key: (float(found[key].mean()), float(errors[key]), words) for key in found}


def stored_truths(name: str, _pool: ProcessPoolExecutor) -> dict[str, Known]:
    """True values of answers as committed."""
    table = pd.read_csv(RESULTS)
    rows = table[(table["scenario"] == name) & table["truth"].str.startswith("mean of")]
    return {r.target: (r.true, r.true_error, r.truth) for r in rows.itertuples()}


def truths_of(name: str, targets: Sequence[str], answers: Mapping[str, Known]) -> dict[str, Known]:
    """True value of each target that has one; joint tests and families have none."""
    scenario = SCENARIOS[name]
    if scenario.null:
        single = [key for key in targets if not key.startswith(("joint.", "family."))]
        return dict.fromkeys(single, (0.0, 0.0, scenario.words))
    written = rec.construct_truth(scenario.truth(setting().truth))
    made = {key: (value, 0.0, words) for key, (value, words) in written.items()}
    return {key: made[key] if key in made else answers[key] for key in targets}


def share_error(share: float, replications: int) -> float:
    """Monte Carlo error of a share, not 0 where none or all were counted."""
    inner = min(max(share, 1 / replications), 1 - 1 / replications)
    return float((inner * (1 - inner) / replications) ** 0.5)


def recovered(values: Floats, known: Known) -> dict[str, object]:
    """Mean, bias and coverage of one target, (replications, 5)."""
    estimate, low, high, level, _ = values.T
    true, error, words = known
    sd, root = float(estimate.std(ddof=1)), len(values) ** 0.5
    coverage = float(((low <= true) & (true <= high)).mean())
    return {
        "true": true,
        "true_error": error,
        "truth": words,
        "mean": float(estimate.mean()),
        "bias": float(estimate.mean()) - true,
        "bias_error": float(np.hypot(sd / root, error)),
        "sd": sd,
        "level": float(level[0]),
        "coverage": coverage,
        "coverage_error": share_error(coverage, len(values)),
    }


def note_of(row: Mapping[str, Any]) -> str:
    """Why a mean, a coverage or a rejection is off; empty where none is."""
    notes = NOTES.get(str(row["scenario"]), ())
    known = (words for start, words in notes if str(row["target"]).startswith(start))
    return next(known, UNEXPLAINED) if off_level(row) else ""


def off_level(row: Mapping[str, Any]) -> bool:
    """Whether bias, coverage or rejection is beyond what its Monte Carlo error allows.

    Families have to keep below their level, all else at it.
    """
    if "bias" in row and abs(row["bias"]) > ERRORS * row["bias_error"]:
        return True
    if "rejects" not in row:
        return bool(abs(row["coverage"] - row["level"]) > ERRORS * row["coverage_error"])
    excess = row["rejects"] - (1 - row.get("level", rec.LEVEL))
    miss = excess if row["target"].startswith("family.") else abs(excess)
    return bool(miss > ERRORS * row["rejects_error"])


def rows_of(
    name: str, found: Sequence[dict[str, tuple[float, ...]]], answers: Mapping[str, Known]
) -> list[dict[str, object]]:
    """One row a target of a scenario."""
    truths = truths_of(name, list(found[0]), answers)
    behind, counties = rec.behind(setting().truth), setting().truth.design.counties
    rows = []
    for target in found[0]:
        values = np.array([one[target] for one in found])
        row: dict[str, object] = {"scenario": name, "target": target}
        if target in truths:
            row |= recovered(values, truths[target])
        if SCENARIOS[name].null:
            share = float(values[:, 4].mean())
            row |= {"rejects": share, "rejects_error": share_error(share, len(values))}
        elif target in behind:
            row["of_constructs"] = behind[target]
        row["note"] = note_of(row)
        rows.append(row | {"replications": len(values), "counties": counties})
    return rows


def measure(replications: int, *, stored: bool, workers: int) -> pd.DataFrame:
    """Run all scenarios; one row a scenario and target."""
    rows = []
    with ProcessPoolExecutor(workers) as pool:
        for name, scenario in SCENARIOS.items():
            truth = (
                {} if scenario.null else (stored_truths if stored else answer_truths)(name, pool)
            )
            runs = pool.map(partial(replication, name), range(replications), chunksize=CHUNK)
            rows += rows_of(name, list(runs), truth)
            print(f"{name}: {scenario.words}, {replications} stand-ins", file=sys.stderr)
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def printed(table: pd.DataFrame) -> str:
    """The table as text, errors after their figures."""
    lines = []
    for row in table.itertuples():
        parts = [f"{row.scenario:9}{row.target:58}"]
        if not np.isnan(row.mean):
            parts += [
                f"true {row.true:8.4f} +- {row.true_error:.4f}",
                f"mean {row.mean:8.4f}",
                f"bias {row.bias:8.4f} +- {row.bias_error:.4f}",
                f"covers {row.coverage:.3f} +- {row.coverage_error:.3f} at {row.level:g}",
            ]
        if not np.isnan(row.rejects):
            parts.append(f"rejects {row.rejects:.3f} +- {row.rejects_error:.3f}")
        parts += [f"({row.note})"] if row.note else []
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def summary(table: pd.DataFrame) -> dict[str, float]:
    """Figures for --json: how many biases and coverages are off by more than three errors."""
    found: dict[str, float] = {}
    for name, part in table.groupby("scenario", sort=False):
        one = part.dropna(subset="mean")
        found[f"{name}_targets"] = len(part)
        found[f"{name}_bias_beyond_3_errors"] = int((one.bias.abs() > 3 * one.bias_error).sum())
        found[f"{name}_mean_coverage"] = float(one.loc[one.level == rec.LEVEL, "coverage"].mean())
        found[f"{name}_least_coverage"] = float(one["coverage"].min())
        found[f"{name}_off_unexplained"] = int((part["note"] == UNEXPLAINED).sum())
        if SCENARIOS[str(name)].null:
            found[f"{name}_largest_rejection"] = float(part["rejects"].max())
    return found


def main() -> None:
    """Simulate, print, and write the table and JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, metavar="N", help=f"default: {REPLICATIONS}")
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK} stand-ins, true values as committed"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes at a time")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table as CSV")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write a summary")
    options = parser.parse_args()
    replications = options.replications or (QUICK if options.quick else REPLICATIONS)
    table = measure(replications, stored=options.quick, workers=options.workers)
    print(printed(table))
    if options.table is not None:
        text = table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
        options.table.write_text(text, encoding="utf-8")
    if options.json is not None:
        options.json.write_text(json.dumps(summary(table), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
