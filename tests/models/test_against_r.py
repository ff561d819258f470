"""One matrix of comparisons with R: each row is an estimate, ours beside the stored one.

Scripts, input data, versions and results are in tests/reference/models; R is not needed here.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grassroots.models.bounds import imbens_manski_c
from grassroots.models.checks import t_quantile
from grassroots.models.proportions import clopper_pearson, pooled_share, wilson

FOLDER = Path(__file__).parents[1] / "reference" / "models"
CLOSED_FORM = 1e-9
"""Both sides are closed forms or converged to rounding; R's results are stored to 15 digits."""
ROOT = 1e-9
"""Root finding to 1e-13 here and 1e-14 in R, on curves with slopes near 1."""


def reference(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def data(name):
    return pd.read_csv(FOLDER / "data" / f"{name}.csv", encoding="utf-8")


def numbers_of(tidy):
    return {key: getattr(tidy, key) for key in ("value", "se", "ci_low", "ci_high")}


def proportions():
    stored = reference("proportions")
    for name, theirs in stored["pooled"].items():
        d = data(f"shares_{name}")
        ours = numbers_of(pooled_share(d["successes"], d["trials"], d["cluster"]))
        for key, value in theirs.items():
            yield f"pooled_share-{name}-{key}", ours[key], value, CLOSED_FORM
    for case in stored["exact"]:
        ours = clopper_pearson(case["x"], case["n"], 0.95)
        for side in (0, 1):
            yield f"clopper-{case['x']}-{side}", ours[side], case["ci"][side], CLOSED_FORM
    for case in stored["wilson"]:
        ours = wilson(case["x"], case["n"], t_quantile(0.95, np.inf))
        for side in (0, 1):
            yield f"wilson-{case['x']}-{side}", ours[side], case["ci"][side], CLOSED_FORM


def bounds():
    for row in reference("bounds")["critical"]:
        df = np.inf if row["df"] is None else row["df"]
        ours = imbens_manski_c(row["gap"], 1.0, 0.5, row["level"], df)
        yield f"imbens_manski-{row['gap']}-{row['level']}-{df}", ours, row["c"], ROOT


COMPARISONS = [(*row,) for rows in (proportions, bounds) for row in rows()]


@pytest.mark.parametrize(
    ("ours", "theirs", "tolerance"),
    [row[1:] for row in COMPARISONS],
    ids=[row[0] for row in COMPARISONS],
)
def test_equals_r(ours, theirs, tolerance):
    assert ours == pytest.approx(theirs, rel=tolerance, abs=tolerance)
