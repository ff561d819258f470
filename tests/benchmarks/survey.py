# ruff: noqa: E402 - threads are chosen before NumPy is loaded
"""Speed of the survey study: `python tests/benchmarks/survey.py [--quick] [--json FILE]`.

Prints one line a figure, NAME VALUE. Every figure is a ratio of a limit, or of the plain way to do
the same, to ours: above 1 is good, larger is better. BLAS runs in one thread, as in the notebooks.
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

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal, norm

from compendium.measurement.factor import cfa
from compendium.measurement.polychoric import polychoric

RESPONDENTS, ITEMS, SCALES = 3_000, 40, 8
# CPU seconds promised for the polychoric matrix of 40 items and 3,000 respondents.
POLYCHORIC_LIMIT = 5.0


def survey(n: int, p: int, scales: int) -> pd.DataFrame:
    """Five-point answers to p items on some correlated scales."""
    rng = np.random.default_rng(20241101)
    factors = 0.6 * rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, scales))
    loadings = rng.uniform(0.5, 0.9, p)
    normal = loadings * factors[:, np.arange(p) * scales // p]
    normal = normal + np.sqrt(1 - loadings**2) * rng.normal(size=(n, p))
    return pd.DataFrame(np.digitize(normal, [-1.4, -0.5, 0.4, 1.3]) + 1).add_prefix("q")


def cpu_seconds(call: Callable[[], object], repeats: int) -> float:
    """Least CPU seconds of several calls, after one that warms up."""
    call()
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def one_pair(items: pd.DataFrame, first: str, second: str) -> float:
    """Polychoric correlation of one pair as one would write it: cells by scipy, Brent's method."""
    table = pd.crosstab(items[first], items[second]).to_numpy()
    n = table.sum()
    edges = []
    for margin in (table.sum(axis=1), table.sum(axis=0)):
        inner = norm.ppf(margin.cumsum()[:-1] / n)
        edges.append(np.concatenate([[-8.0], inner, [8.0]]))
    points = np.stack(np.meshgrid(*edges, indexing="ij"), axis=-1)

    def loss(rho: float) -> float:
        below = multivariate_normal.cdf(points, cov=[[1, rho], [rho, 1]])
        cells = np.diff(np.diff(below, axis=0), axis=1)
        return -float((table * np.log(np.maximum(cells, 1e-12))).sum())

    return float(minimize_scalar(loss, bounds=(-0.999, 0.999), method="bounded").x)


def polychoric_figures(items: pd.DataFrame, pairs: int, repeats: int) -> dict[str, float]:
    """Limit, and a loop over pairs scaled up from some of them, over our CPU seconds."""
    ours = cpu_seconds(lambda: polychoric(items), repeats)
    names = list(items)
    chosen = [(names[k], names[-1 - k]) for k in range(pairs)]
    correlations = polychoric(items).correlations
    start = time.process_time()
    found = [one_pair(items, *pair) for pair in chosen]
    loop = (time.process_time() - start) / pairs * len(names) * (len(names) - 1) / 2
    expected = [correlations.loc[pair] for pair in chosen]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    return {
        f"polychoric_{ITEMS}x{RESPONDENTS}_limit_over_ours": POLYCHORIC_LIMIT / ours,
        f"polychoric_{ITEMS}x{RESPONDENTS}_pair_loop_over_ours": loop / ours,
    }


def factor_figures(items: pd.DataFrame, repeats: int) -> dict[str, float]:
    """One CPU second over that of a clustered factor model of all items."""
    size = ITEMS // SCALES
    factors = {f"f{k}": [f"q{size * k + j}" for j in range(size)] for k in range(SCALES)}
    unit = np.arange(len(items)) % 150
    ours = cpu_seconds(lambda: cfa(items, factors, cluster=unit), repeats)
    return {f"cfa_{ITEMS}x{RESPONDENTS}_clustered_second_over_ours": 1.0 / ours}


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats, under a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    repeats, pairs = (2, 4) if options.quick else (5, 20)
    items = survey(RESPONDENTS, ITEMS, SCALES)
    figures = polychoric_figures(items, pairs, repeats) | factor_figures(items, repeats)
    for name, value in figures.items():
        print(name, f"{value:.4g}")
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
