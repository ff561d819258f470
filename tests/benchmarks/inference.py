"""Speed of inference: `python tests/benchmarks/inference.py [--quick] [--json FILE]`.

Prints one line a figure, NAME VALUE. Names that end in `_over_ours` are ratios of somebody else's
seconds to ours in this run: larger is better. `_seconds` are seconds. A ratio to a package that is
not installed (see the extra `benchmark`) is left out, and a line says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the kernels that run the notebooks

import numpy as np
import pandas as pd

from compendium.inference.romano_wolf import Hypothesis, drawn_statistics
from compendium.inference.size_study import size_study
from compendium.inference.wild import wild_cluster_bootstrap
from compendium.stats.design import design
from compendium.stats.few_clusters import ols_cr2

Figures = dict[str, float]
DRAWS, ROWS, CLUSTERS = 9_999, 5_000, 40
TERMS = ("a", "b", "c", "d", "e")


def best(call: Callable[[], object], repeats: int) -> float:
    """Least seconds of several calls after one that warms up."""
    call()
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)


def missing(package: str) -> bool:
    """Whether a package is absent, which is said."""
    absent = importlib.util.find_spec(package) is None
    if absent:
        print(
            f"# {package} is not installed: its ratios are left out (make benchmarks installs it)"
        )
    return absent


def clustered_rows(rows: int, clusters: int) -> pd.DataFrame:
    """Five terms and an outcome, alike within clusters of random sizes."""
    rng = np.random.default_rng(1)
    g = np.sort(rng.integers(0, clusters, rows))
    x = rng.normal(size=(rows, len(TERMS))) + rng.normal(size=(clusters, len(TERMS)))[g]
    y = 0.1 * x[:, 0] + x[:, 1] + rng.normal(size=clusters)[g] + rng.normal(size=rows)
    return pd.DataFrame(x, columns=list(TERMS)).assign(y=y, g=g)


def our_wild(frame: pd.DataFrame, *, interval: bool = False) -> float:
    """p of the restricted wild cluster bootstrap, from the frame on."""
    X = design(frame, list(TERMS))
    line = wild_cluster_bootstrap(
        frame["y"], X, frame["g"], "a", seed=1, draws=DRAWS, interval=interval
    )
    return line.p


def wild_over_pyfixest(quick: bool) -> Figures:
    """Wild cluster bootstrap, 9,999 draws, against pyfixest's second call and later ones."""
    if missing("pyfixest") or missing("wildboottest"):
        return {}
    import pyfixest as pf

    frame = clustered_rows(ROWS, CLUSTERS)
    fit = pf.feols(f"y ~ {' + '.join(TERMS)}", frame, vcov={"CRV1": "g"})
    repeats = 2 if quick else 5
    theirs = best(lambda: fit.wildboottest(param="a", reps=DRAWS, seed=1), repeats)
    ours = best(lambda: our_wild(frame), repeats * 4)
    return {"wild_bootstrap_pyfixest_second_call_over_ours": theirs / ours, "wild_seconds": ours}


def wild_over_wildboottest(quick: bool) -> Figures:
    """The same against PyPI wildboottest on a statsmodels model, second call and later ones."""
    if missing("wildboottest"):
        return {}
    import statsmodels.formula.api as smf
    from wildboottest.wildboottest import wildboottest

    frame = clustered_rows(ROWS, CLUSTERS)
    model = smf.ols(f"y ~ {' + '.join(TERMS)}", frame)
    options = {"param": "a", "cluster": frame["g"], "B": DRAWS, "seed": 1, "show": False}
    repeats = 1 if quick else 3
    theirs = best(lambda: wildboottest(model, **options), repeats)
    ours = best(lambda: our_wild(frame), 8)
    return {"wild_bootstrap_wildboottest_over_ours": theirs / ours}


def wild_by_loop(quick: bool) -> Figures:
    """The same draws, each a fit of its own by statsmodels on arrays, scaled up from some."""
    from statsmodels.regression.linear_model import OLS

    frame = clustered_rows(ROWS, CLUSTERS)
    X, g, some = design(frame, list(TERMS)), frame["g"].to_numpy(), 20 if quick else 100
    matrix, y, rng = X.to_numpy(), frame["y"].to_numpy(), np.random.default_rng(1)
    held = OLS(y, matrix[:, [0, 2, 3, 4, 5]]).fit()

    def loop() -> None:
        for _ in range(some):
            signs = rng.choice([-1.0, 1.0], CLUSTERS)[g]
            star = held.fittedvalues + held.resid * signs
            fit = OLS(star, matrix).fit(cov_type="cluster", cov_kwds={"groups": g})
            float(fit.tvalues[1])

    theirs = best(loop, 1) * DRAWS / some
    return {"wild_bootstrap_statsmodels_loop_over_ours": theirs / best(lambda: our_wild(frame), 8)}


def interval_seconds(quick: bool) -> Figures:
    """The interval by inversion on top of the p-value, 9,999 draws."""
    frame = clustered_rows(ROWS, CLUSTERS)
    seconds = best(lambda: our_wild(frame, interval=True), 3 if quick else 8)
    return {"wild_bootstrap_with_interval_seconds": seconds}


def romano_wolf_over_pyfixest(quick: bool) -> Figures:
    """Four outcomes of 3,000 rows in 50 clusters, 999 draws, against pyfixest's rwolf."""
    if missing("pyfixest") or missing("wildboottest"):
        return {}
    import pyfixest as pf

    frame = clustered_rows(3_000, 50)
    rng = np.random.default_rng(2)
    names = [f"y{i}" for i in range(4)]
    frame = frame.assign(**{name: frame["y"] + rng.normal(size=len(frame)) for name in names})
    fits = [pf.feols(f"{name} ~ a + b", frame, vcov={"CRV1": "g"}) for name in names]
    X = design(frame, ["a", "b"])
    family = {name: Hypothesis(frame[name], X, frame["g"], "a") for name in names}
    theirs = best(lambda: pf.rwolf(fits, "a", reps=999, seed=1), 1 if quick else 3)
    ours = best(lambda: drawn_statistics(family, seed=1, draws=999), 3)
    return {"romano_wolf_pyfixest_over_ours": theirs / ours}


def cr2_of_a_hundred_thousand_rows(quick: bool) -> Figures:
    """CR2 with Satterthwaite's degrees of freedom, 100,000 rows in 1,000 clusters."""
    frame = clustered_rows(100_000, 1_000)
    X = design(frame, list(TERMS))
    seconds = best(lambda: ols_cr2(frame["y"], X, frame["g"]).tidy(), 1 if quick else 3)
    return {"cr2_100000_rows_seconds": seconds}


def size_study_seconds(quick: bool) -> Figures:
    """The table of sizes of the notebook: 6 cells of 1,000 replications, 7 methods."""
    start = time.perf_counter()
    size_study(seed=1, replications=200 if quick else 1_000)
    name = "size_study_200_seconds" if quick else "size_study_1000_seconds"
    return {name: time.perf_counter() - start}


RATIOS: tuple[Callable[[bool], Figures], ...] = (
    wild_over_pyfixest,
    wild_over_wildboottest,
    wild_by_loop,
    interval_seconds,
    romano_wolf_over_pyfixest,
    cr2_of_a_hundred_thousand_rows,
    size_study_seconds,
)


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats, under a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    figures: Figures = {}
    for ratio in RATIOS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ratio(options.quick)
        for name, value in found.items():
            print(name, f"{value:.4g}", flush=True)
        figures |= found
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
