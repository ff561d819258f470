"""Sensitivity statistics by PySensemakr, of simulated data and of its Darfur example.

python tests/reference/inference/sensitivity.py, with PySensemakr installed; writes
data/sensitivity_simulated.csv and sensitivity_pysensemakr.json beside itself. The Darfur data stay
in the package: they come without a licence of their own, so only results are stored.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import sensemakr
import statsmodels
import statsmodels.formula.api as smf

FOLDER = Path(__file__).parent
SEED = 20241116
POINTS = [(0.0, 0.0), (0.05, 0.1), (0.1, 0.05), (0.3, 0.3), (0.02, 1.0)]


def simulate():
    """240 rows in 12 clusters; d lowers y, an unseen u moves both, kind has three levels."""
    rng = np.random.default_rng(SEED)
    n, clusters = 240, 12
    g = np.arange(n) % clusters
    shared = rng.standard_normal(clusters)[g]
    x1, u = rng.standard_normal(n) + 0.5 * shared, rng.standard_normal(n)
    kind = np.array(["a", "b", "c"])[rng.integers(0, 3, n)]
    d = 0.25 * x1 + 0.4 * (kind == "b") + 0.4 * u + rng.standard_normal(n) + 0.6 * shared
    y = -0.6 * d + 0.4 * x1 - 0.5 * (kind == "c") - 0.5 * u + rng.standard_normal(n) + shared
    return pd.DataFrame({"y": y, "d": d, "x1": x1, "kind": kind, "u": u, "g": g}).round(6)


def statistics(model, treatment, benchmark, multiples):
    """Everything the package says of one coefficient."""

    def rv(**how):
        return float(sensemakr.robustness_value(model, covariates=treatment, **how).iloc[0])

    bounds = sensemakr.ovb_bounds(
        model, treatment, benchmark_covariates=benchmark, kd=multiples, ky=multiples
    )
    points = [
        {
            "r2_dz": d,
            "r2_yz": y,
            "value": float(
                np.squeeze(sensemakr.adjusted_estimate(d, y, model=model, treatment=treatment))
            ),
            "se": float(np.squeeze(sensemakr.adjusted_se(d, y, model=model, treatment=treatment))),
        }
        for d, y in POINTS
    ]
    return {
        "estimate": float(model.params[treatment]),
        "se": float(model.bse[treatment]),
        "df": int(model.df_resid),
        "partial_r2": float(
            sensemakr.partial_r2(t_statistic=float(model.tvalues[treatment]), dof=model.df_resid)
        ),
        "rv": rv(),
        "rv_half": rv(q=0.5),
        "rv_alpha": rv(alpha=0.05),
        "rv_half_90": rv(q=0.5, alpha=0.1),
        "points": points,
        "bounds": json.loads(bounds.to_json(orient="records", double_precision=15)),
    }


def main():
    data = simulate()
    (FOLDER / "data").mkdir(exist_ok=True)
    data.to_csv(FOLDER / "data" / "sensitivity_simulated.csv", index=False, lineterminator="\n")
    ours = smf.ols("y ~ d + x1 + kind", data=data).fit()
    groups = {"x1": ["x1"], "kind": ["kind[T.b]", "kind[T.c]"]}
    darfur = sensemakr.load_darfur()
    terms = "directlyharmed + age + farmer_dar + herder_dar + pastvoted + hhsize_darfur + female"
    theirs = smf.ols(f"peacefactor ~ {terms} + village", data=darfur).fit()
    found = {
        "versions": {
            "python": sys.version.split()[0],
            "PySensemakr": "0.0.8",
            "statsmodels": statsmodels.__version__,
            "numpy": np.__version__,
        },
        "simulated": statistics(ours, "d", groups, [1, 2, 3]),
        "darfur": statistics(theirs, "directlyharmed", {"female": ["female"]}, [1, 2, 3]),
    }
    text = json.dumps(found, indent=1) + "\n"
    (FOLDER / "sensitivity_pysensemakr.json").write_text(text, encoding="utf-8")


main()
