"""Random intercepts and fixed effects: identities, boundary, recovered truth, refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from survey_truth import near

from compendium.errors import UserError
from compendium.stats.design import INTERCEPT, design
from compendium.stats.fitted import ols
from compendium.stats.multilevel import random_intercepts, within_ols

FOLDER = Path(__file__).parents[1] / "reference" / "models"


def nested(seed, *, counties=20, units=4, size=6, between=(0.3, 0.2), slope=0.5):
    """Rows in units in counties; x belongs to units; variances `between` and 1 within."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(counties * units), size)
    county = unit // units
    x = rng.normal(size=counties * units)[unit]
    y = slope * x + rng.normal(size=unit.size)
    y += np.sqrt(between[0]) * rng.normal(size=counties * units)[unit]
    y += np.sqrt(between[1]) * rng.normal(size=counties)[county]
    return pd.DataFrame(
        {"y": y, "x": x, "w": rng.normal(size=unit.size), "unit": unit, "county": county}
    )


def alone(frame):
    return pd.DataFrame({INTERCEPT: np.ones(len(frame))})


def mean_squares(frame):
    by = frame.groupby("unit")["y"]
    size = len(frame) // by.ngroups
    within = ((frame["y"] - by.transform("mean")) ** 2).sum() / (len(frame) - by.ngroups)
    return size * by.mean().var(ddof=1), within, size


def test_reml_of_a_balanced_design_is_the_analysis_of_variance():
    frame = nested(1)
    between, within, size = mean_squares(frame)
    found = random_intercepts(frame["y"], alone(frame), frame[["unit"]])
    values = [line.value for line in found.variances]
    np.testing.assert_allclose(values, [(between - within) / size, within], rtol=1e-8)
    icc = (between - within) / (between + (size - 1) * within)
    assert found.icc[0].value == pytest.approx(icc, rel=1e-8)
    assert found["(intercept)"].value == pytest.approx(frame["y"].mean())
    assert found["(intercept)"].se == pytest.approx(np.sqrt(between / len(frame)), rel=1e-8)


def test_the_mean_of_a_balanced_design_has_units_less_one_degrees():
    frame = nested(1)
    found = random_intercepts(frame["y"], alone(frame), frame[["unit"]])
    assert found.degrees({INTERCEPT: 1.0}) == pytest.approx(79, rel=1e-4)
    assert str(found["(intercept)"].method) == (
        "random intercepts (80 unit), REML, Satterthwaite t(79.0)"
    )


def test_a_variance_on_the_boundary_is_zero_without_interval():
    frame = nested(1, between=(0, 0), slope=0.0)
    between, within, _ = mean_squares(frame)
    assert between < within
    found = random_intercepts(frame["y"], design(frame, ["x"]), frame[["unit"]])
    assert found.variances[0].value == 0
    assert np.isnan(found.variances[0].ci_low)
    assert "on the boundary" in str(found.icc[0].method)
    plain = ols(frame["y"], design(frame, ["x"]), cov_type="nonrobust")
    np.testing.assert_allclose(found.fit.beta, plain.beta, rtol=1e-10)
    np.testing.assert_allclose(found.fit.V, plain.V, rtol=1e-8)


def test_likelihoods_are_no_lower_than_those_of_lme4():
    frame = pd.read_csv(FOLDER / "data" / "survey_simulated.csv")
    X = design(frame, ["pressure", "conflict", "age"])
    cases = json.loads((FOLDER / "multilevel.json").read_text("utf-8"))["cases"]
    for groups, case in (("unit",), "two"), (("unit", "county"), "three"):
        found = random_intercepts(frame["imbalance"], X, frame[list(groups)])
        assert found.fit.loglik >= cases[case]["REML"]["loglik"] - 1e-9


def test_three_levels_recover_their_variances():
    frame = nested(4, counties=150, units=6, size=6)
    found = random_intercepts(frame["y"], design(frame, ["x"]), frame[["unit", "county"]])
    for line, truth in zip(found.variances, (0.3, 0.2, 1.0), strict=True):
        assert abs(line.value - truth) < 3 * line.se
        assert line.ci_low < truth < line.ci_high
    truth = {"icc[unit]": 0.5 / 1.5, "icc[county]": 0.2 / 1.5}
    for line in found.icc:
        assert line.ci_low < truth[line.term] < line.ci_high
    assert found.counts == (900, 150)


def test_order_of_rows_is_of_no_account():
    frame = nested(5)
    mixed = frame.sample(frac=1, random_state=3)
    one, other = (
        random_intercepts(f["y"], design(f, ["x"]), f[["unit", "county"]]) for f in (frame, mixed)
    )
    np.testing.assert_allclose(one.fit.beta, other.fit.beta, rtol=1e-9)
    assert one.fit.loglik == pytest.approx(other.fit.loglik, rel=1e-12)


def test_the_slope_of_units_keeps_its_level():
    simulations = 300
    covered = 0
    for seed in range(simulations):
        frame = nested(100 + seed, counties=12, units=1, size=8, between=(0, 0))
        frame["y"] += np.random.default_rng(seed).normal(size=12)[frame["unit"]] * 0.7
        line = random_intercepts(frame["y"], design(frame, ["x"]), frame[["unit"]])["x"]
        covered += line.ci_low < 0.5 < line.ci_high
    assert near(covered / simulations, 0.95, simulations)


def test_within_transformation_is_regression_on_dummies():
    frame = nested(6)
    dummies = pd.get_dummies(frame["county"]).to_numpy(dtype=float)
    beta = np.linalg.lstsq(np.column_stack([frame[["x", "w"]], dummies]), frame["y"], rcond=None)[0]
    fit = within_ols(frame["y"], design(frame, ["x", "w"]), frame["county"])
    np.testing.assert_allclose(fit.beta, beta[:2], rtol=1e-10)
    assert fit.terms == ("x", "w")
    assert str(fit.method) == "OLS, fixed effects of 20 county, CR1 by county, 20 clusters, t(19)"


def test_refusals():
    frame = nested(7)
    X = design(frame, ["x"])
    astray = frame.assign(county=frame["county"].where(frame.index != 3, 9))
    with pytest.raises(UserError, match=r"row 4, column unit.*two of county"):
        random_intercepts(frame["y"], X, astray[["unit", "county"]])
    with pytest.raises(UserError, match="every group has one row"):
        random_intercepts(frame["y"], X, pd.DataFrame({"row": frame.index}))
    with pytest.raises(UserError, match="1 cluster"):
        random_intercepts(frame["y"], X, pd.DataFrame({"unit": np.ones(len(frame))}))
    with pytest.raises(UserError, match="same in every row"):
        random_intercepts(np.ones(len(frame)), X, frame[["unit"]])
    with pytest.raises(UserError, match=r"column again.*combination"):
        random_intercepts(frame["y"], X.assign(again=2 * X["x"]), frame[["unit"]])
    with pytest.raises(UserError, match=r"column x.*not vary within groups"):
        within_ols(frame["y"], X, frame["unit"])


def test_twelve_rows_in_three_units_are_estimated_with_little_trust():
    frame = nested(9, counties=3, units=1, size=4)
    line = random_intercepts(frame["y"], alone(frame), frame[["unit"]])["(intercept)"]
    assert line.n == 12
    assert line.ci_high - line.ci_low > 0
