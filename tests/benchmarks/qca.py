"""Speed of the QCA minimiser: `python tests/benchmarks/qca.py [--quick] [--json FILE]`.

Prints one line a figure, NAME VALUE. Every figure is a ratio of somebody else's seconds, or of a
limit, to ours: above 1 is good, larger is better. Comparisons with PyPI `pyqca` are made where it
is installed; it runs in a process of its own, and where it is stopped at the limit the name ends
in `_at_least`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from compendium.qca import Cuts, Options, Solution, minimise, truth_table

DATASETS = Path(__file__).resolve().parents[1] / "reference" / "qca" / "datasets"
# R QCA 3.25.1 on rule_k12_n60, all models, when the reference was made.
R_SECONDS = 2.8
# One minimal model with its ties counted.
RANDOM_LIMIT = 1.0
PYQCA = """
import json, sys, time, warnings
import pandas as pd, qca
warnings.simplefilter("ignore")
frame = pd.read_csv(sys.argv[1], dtype={"case": str})
conditions = [name for name in frame if name.startswith("X")]
model = qca.FSQCA(data=frame, outcome="Y", conditions=conditions, case_id="case")
start = time.perf_counter()
solution = model.fit(consistency_cutoff=1.0, minimizer="exact_set_cover").minimization
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "terms": len(solution.parsimonious_solution)}))
"""


def names(kind: str, quick: bool) -> list[str]:
    """Data sets of a kind."""
    return sorted(p.stem for p in DATASETS.glob(f"{kind}_*.csv") if not quick or "n60" in p.stem)


def parsimonious(name: str, max_models: int) -> Solution:
    """From memberships to all models, or to one with the ties counted."""
    frame = pd.read_csv(DATASETS / f"{name}.csv", dtype={"case": str}).set_index("case")
    conditions = [column for column in frame if column.startswith("X")]
    table = truth_table(frame, "Y", conditions, Cuts(consistency=1.0))
    return minimise(table, "parsimonious", options=Options(max_models=max_models))


def all_three(name: str) -> Solution:
    """Do what one call of pyqca does: conservative, intermediate and parsimonious solutions."""
    parsimonious_one = parsimonious(name, 1)
    for kind, expectations in (("conservative", None), ("intermediate", {})):
        minimise(
            parsimonious_one.table, kind, expectations=expectations, options=Options(max_models=1)
        )
    return parsimonious_one


def seconds(call: Callable[[], Solution], repeats: int) -> tuple[float, Solution]:
    """Least seconds of several calls, the first of which warms up, and the result."""
    best, result = float("inf"), call()
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
    return best, result


def pyqca_seconds(name: str, limit: float) -> tuple[float, int | None]:
    """Seconds and number of terms of pyqca; the limit and None where it was stopped."""
    command = [sys.executable, "-c", PYQCA, str(DATASETS / f"{name}.csv")]
    try:
        done = subprocess.run(command, capture_output=True, timeout=limit, check=True, text=True)
    except subprocess.TimeoutExpired:
        return limit, None
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["seconds"], answer["terms"]


def against_r(quick: bool, repeats: int) -> dict[str, float]:
    """Limits of R QCA and of the promise on ties, over our seconds."""
    rule, _ = seconds(lambda: parsimonious("rule_k12_n60", 10_000), repeats)
    figures = {"rule_k12_n60_r_over_ours": R_SECONDS / rule}
    for name in names("random", quick):
        ours, solution = seconds(lambda name=name: parsimonious(name, 1), repeats)
        figures[f"{name}_limit_over_ours"] = RANDOM_LIMIT / ours
        figures[f"{name}_ties_exact"] = float(solution.solved.count.exact)
    return figures


def against_pyqca(quick: bool, repeats: int) -> dict[str, float]:
    """Seconds of pyqca over ours; nothing where it is not installed."""
    try:
        version("pyqca")
    except PackageNotFoundError:
        return {}
    figures = {}
    limit = 10.0 if quick else 60.0
    for name in ("rule_k08_n30", "rule_k08_n60", "rule_k10_n60"):
        ours, solution = seconds(lambda name=name: all_three(name), repeats)
        theirs, terms = pyqca_seconds(name, limit)
        suffix = "_at_least" if terms is None else ""
        figures[f"{name}_pyqca_over_ours{suffix}"] = theirs / ours
        if terms is not None:
            figures[f"{name}_pyqca_terms_over_ours"] = terms / solution.solved.terms
    return figures


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer data sets, under a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    repeats = 2 if options.quick else 5
    figures = against_r(options.quick, repeats) | against_pyqca(options.quick, repeats)
    for name, value in figures.items():
        print(name, f"{value:.4g}")
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
