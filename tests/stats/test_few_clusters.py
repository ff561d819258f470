"""CR2 against clubSandwich; models side by side."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from compendium.errors import UserError
from compendium.stats.design import INTERCEPT, design
from compendium.stats.few_clusters import mean_cr2, ols_cr2, slope_over

FOLDER = Path(__file__).parents[1] / "reference" / "models"
REFERENCE = json.loads((FOLDER / "few_clusters.json").read_text("utf-8"))["cr2"]
FRAME = pd.read_csv(FOLDER / "data" / "incidents_simulated.csv", encoding="utf-8")
FEW = FRAME[FRAME["province"].isin(sorted(FRAME["province"].unique())[:9])]


@pytest.mark.parametrize(
    ("name", "frame", "terms"),
    [
        ("many", FRAME, ["epidemic", "deaths", "kind"]),
        ("few", FEW, ["epidemic", "deaths"]),
        ("mean", FRAME, []),
    ],
)
def test_equals_clubsandwich(name, frame, terms):
    fit = ols_cr2(frame["y"], design(frame, terms), frame["province"])
    lines = fit.tidy()
    ours = {
        "beta": fit.beta,
        "se": [line.se for line in lines],
        "df": [fit.correction.df(weights) for weights in np.eye(len(fit.terms))],
        "p": [line.p for line in lines],
    }
    for key, value in REFERENCE[name].items():
        np.testing.assert_allclose(ours[key], np.atleast_1d(value), rtol=1e-9, err_msg=key)


def test_with_every_row_its_own_cluster_it_is_hc2():
    X = design(FRAME, ["epidemic"])
    M = X.to_numpy()
    bread = np.linalg.inv(M.T @ M)
    u = FRAME["y"].to_numpy() - M @ (bread @ M.T @ FRAME["y"].to_numpy())
    h = np.einsum("ij,jk,ik->i", M, bread, M)
    hc2 = bread @ (M.T * (u**2 / (1 - h))) @ M @ bread
    np.testing.assert_allclose(ols_cr2(FRAME["y"], X, FRAME.index).V, hc2, rtol=1e-10)


def test_the_share_explained_is_that_of_least_squares():
    X = design(FRAME, ["epidemic"])
    found = sm.OLS(FRAME["y"].to_numpy(float), X.to_numpy(float)).fit().rsquared
    assert ols_cr2(FRAME["y"], X, FRAME["province"]).r2 == pytest.approx(found, rel=1e-10)
    assert np.isnan(ols_cr2(FRAME["y"] * 0 + 3, X[["epidemic"]], FRAME["province"]).r2)


def test_equal_clusters_give_a_mean_g_minus_one_degrees_of_freedom():
    y, cluster = np.arange(40.0) ** 1.5, np.repeat(np.arange(8), 5)
    found = mean_cr2(y, cluster, name="group")
    assert found.value == pytest.approx(y.mean())
    means = y.reshape(8, 5).mean(axis=1)
    assert found.se == pytest.approx(means.std(ddof=1) / np.sqrt(8))
    assert "CR2 by group, 8 clusters, Satterthwaite t with 7.0 degrees" in str(found.method)


def test_a_term_of_one_cluster_has_its_error_and_hardly_any_freedom():
    only_one = FEW.assign(here=(FEW["province"] == FEW["province"].iloc[0]).astype(float))
    fit = ols_cr2(only_one["y"], design(only_one, ["here"]), only_one["province"])
    assert np.isfinite(fit["here"].se)
    assert fit.correction.df(np.array([0.0, 1.0])) < REFERENCE["few"]["df"][0]


def test_clusters_are_never_left_out():
    with pytest.raises(UserError, match="CR2 needs clusters"):
        ols_cr2(FRAME["y"], design(FRAME, ["deaths"]), None)


def simulated(n=400, seed=3):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"x": rng.normal(size=n), "m": rng.normal(size=n)})
    rows["province"] = rng.integers(0, 20, n)
    latent = (0.8 - 0.4 * rows["m"]) * rows["x"] + rng.logistic(size=n)
    rows["score"] = 1 + np.digitize(latent, [-1, 0.5, 2])
    return rows


def test_slopes_fall_as_they_were_made_to():
    rows = simulated()
    fit = ols_cr2(rows["score"], design(rows, ["x", "m", "x:m"]), rows["province"])
    found = slope_over(fit, "x", "m", rows["m"], points=3)
    assert found["value"].is_monotonic_decreasing
    beta = dict(zip(fit.terms, fit.beta, strict=True))
    np.testing.assert_allclose(found["value"], beta["x"] + beta["x:m"] * found["x"])
    assert INTERCEPT in beta
