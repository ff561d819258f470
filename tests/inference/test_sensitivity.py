"""Partial R2, robustness values and bounds agree with the authors and with the algebra."""

import json
from math import inf, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.confounding import (
    benchmark_bounds,
    confounding,
    of_line,
    robustness_value,
)
from compendium.inference.confounding.benchmarks import bound
from compendium.stats.checks import t_quantile
from compendium.stats.design import design
from compendium.stats.fitted import ols
from compendium.stats.tidy import Tidy

FOLDER = Path(__file__).parents[1] / "reference" / "inference"
PUBLISHED = json.loads((FOLDER / "sensitivity_published.json").read_text(encoding="utf-8"))
PACKAGE = json.loads((FOLDER / "sensitivity_pysensemakr.json").read_text(encoding="utf-8"))
R = json.loads((FOLDER / "sensitivity_r.json").read_text(encoding="utf-8"))
DATA = pd.read_csv(FOLDER / "data" / "sensitivity_simulated.csv")
TERMS = ["d", "x1", "kind"]
BENCHMARKS = {"x1": ["x1"], "kind": ["kind[b]", "kind[c]"]}


def simulated(**how):
    return confounding(DATA["y"], design(DATA, TERMS), "d", **how)


def darfur(**how):
    known = PUBLISHED["darfur"]
    line = Tidy("directlyharmed", known["estimate"], known["se"], level=0.95)
    return of_line(line, known["df"], **how)


def test_the_darfur_example_has_the_published_robustness_values():
    found, known = darfur(), PUBLISHED["darfur"]
    assert found.partial_r2 == pytest.approx(known["partial_r2"], abs=1e-8)
    assert found.rv == pytest.approx(known["rv"], abs=1e-7)
    assert found.rv_alpha == pytest.approx(known["rv_alpha"], abs=1e-7)


@pytest.mark.parametrize("i", range(3))
def test_the_darfur_example_has_the_published_adjusted_estimates(i):
    known = PUBLISHED["darfur"]
    line = darfur().adjusted(known["r2_dz"][i], known["r2_yz"][i])
    names = {"value": "value", "se": "se_adjusted", "ci_low": "ci_low", "ci_high": "ci_high"}
    for ours, theirs in names.items():
        assert getattr(line, ours) == pytest.approx(known[theirs][i], abs=1e-7)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_darfur_benchmark_follows_from_two_t_values(k):
    known = PUBLISHED["darfur"]
    r2 = {
        name: known[name] ** 2 / (known[name] ** 2 + known["df"])
        for name in ("female_t_outcome", "female_t_treatment")
    }
    d, y, capped = bound(r2["female_t_treatment"], r2["female_t_outcome"], k)
    assert d == pytest.approx(known["r2_dz"][k - 1], rel=1e-3)
    assert y == pytest.approx(known["r2_yz"][k - 1], rel=1e-3)
    assert not capped


@pytest.mark.parametrize("data", ["simulated", "darfur"])
def test_robustness_values_agree_with_pysensemakr(data):
    known = PACKAGE[data]
    line = Tidy("d", known["estimate"], known["se"], level=0.95)
    whole, half = of_line(line, known["df"]), of_line(line, known["df"], q=0.5)
    narrow = of_line(Tidy("d", known["estimate"], known["se"], level=0.9), known["df"], q=0.5)
    for ours, theirs in (
        (whole.partial_r2, "partial_r2"),
        (whole.rv, "rv"),
        (half.rv, "rv_half"),
        (whole.rv_alpha, "rv_alpha"),
        (narrow.rv_alpha, "rv_half_90"),
    ):
        assert ours == pytest.approx(known[theirs], rel=1e-12)


def test_our_regression_agrees_with_pysensemakr():
    found, known = simulated(), PACKAGE["simulated"]
    assert found.line.value == pytest.approx(known["estimate"], rel=1e-12)
    assert found.line.se == pytest.approx(known["se"], rel=1e-12)
    assert found.df == known["df"]
    for point in known["points"]:
        line = found.adjusted(point["r2_dz"], point["r2_yz"])
        assert line.value == pytest.approx(point["value"], rel=1e-12)
        assert line.se == pytest.approx(point["se"], abs=1e-13)


def test_bounds_by_single_and_grouped_benchmarks_agree_with_pysensemakr():
    ours = benchmark_bounds(simulated(), DATA["y"], design(DATA, TERMS), BENCHMARKS)
    theirs = pd.DataFrame(PACKAGE["simulated"]["bounds"])
    names = {
        "r2_dz": "r2dz_x",
        "r2_yz": "r2yz_dx",
        "value": "adjusted_estimate",
        "se": "adjusted_se",
    }
    for one, other in names.items():
        np.testing.assert_allclose(ours[one], theirs[other], rtol=1e-9, atol=1e-12)
    half = (theirs["adjusted_upper_CI"] - theirs["adjusted_lower_CI"]) / 2
    theirs_t = half * t_quantile(0.95, 234) / t_quantile(0.95, 235)
    np.testing.assert_allclose(ours["ci_high"] - ours["value"], theirs_t, rtol=1e-9, atol=1e-12)
    assert list(ours["capped"]) == [False, False, True, False, False, False]


def test_the_confounder_itself_turns_the_short_regression_into_the_long_one():
    short, long = design(DATA, TERMS), design(DATA, [*TERMS, "u"])
    r2_dz = 1 - ssr(DATA["d"], long.drop(columns="d")) / ssr(DATA["d"], short.drop(columns="d"))
    r2_yz = 1 - ssr(DATA["y"], long) / ssr(DATA["y"], short)
    assert r2_dz == pytest.approx(R["truth"]["r2_dz"], rel=1e-12)
    found = simulated().adjusted(r2_dz, r2_yz)
    wanted = ols(DATA["y"], long, cov_type="nonrobust")["d"]
    for name in ("value", "se", "ci_low", "ci_high", "p"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=1e-9)
    assert found.value == pytest.approx(R["truth"]["value"], rel=1e-12)
    assert found.se == pytest.approx(R["truth"]["se"], rel=1e-12)


@pytest.mark.parametrize(
    ("level", "rv"), [*zip(R["clustered"]["level"], R["clustered"]["rv_alpha"], strict=True)]
)
def test_with_clusters_the_robustness_value_is_where_the_interval_touches(level, rv):
    found = simulated(cluster=DATA["g"], level=level)
    assert found.line.se == pytest.approx(R["clustered"]["se"], rel=1e-12)
    assert found.line.n_clusters == R["clustered"]["clusters"]
    assert found.rv_alpha == pytest.approx(rv, abs=1e-9)
    line = found.adjusted(found.rv_alpha, found.rv_alpha)
    assert min(abs(line.ci_low), abs(line.ci_high)) == pytest.approx(0, abs=1e-12)


def test_clusters_change_the_interval_and_not_the_algebra():
    plain, clustered = simulated(), simulated(cluster=DATA["g"])
    assert clustered.rv == plain.rv
    assert clustered.partial_r2 == plain.partial_r2
    assert clustered.rv_alpha < plain.rv_alpha
    assert "CR1 by g, 12 clusters" in str(clustered.adjusted(0.1, 0.1).method)


def test_group_effects_taken_out_equal_dummies():
    dummies = design(DATA.assign(g=DATA["g"].astype(str)), [*TERMS, "g"])
    inside = confounding(DATA["y"], design(DATA, TERMS), "d", absorb=DATA["g"])
    outside = confounding(DATA["y"], dummies, "d")
    for name in ("partial_r2", "rv", "se_classical"):
        assert getattr(inside, name) == pytest.approx(getattr(outside, name), rel=1e-9)
    assert inside.df == outside.df
    X = design(DATA, TERMS)
    one = benchmark_bounds(inside, DATA["y"], X, BENCHMARKS, absorb=DATA["g"])
    other = benchmark_bounds(outside, DATA["y"], dummies, BENCHMARKS)
    np.testing.assert_allclose(one[["r2_dz", "r2_yz"]], other[["r2_dz", "r2_yz"]], rtol=1e-9)


def test_at_the_robustness_value_the_share_q_is_gone():
    for q in (0.3, 1.0, 1.4):
        found = simulated(q=q)
        assert found.values(found.rv, found.rv) == pytest.approx((1 - q) * found.line.value)


def test_explaining_all_of_the_outcome_takes_the_partial_r2_of_the_treatment():
    found = simulated()
    assert found.values(found.partial_r2, 1.0) == pytest.approx(0, abs=1e-12)


def test_a_very_large_critical_value_is_reached_short_of_equal_strengths():
    f, f_crit = 3.0, 0.8
    r = robustness_value(f, f_crit)
    shares = np.linspace(0, r, 200_001)
    loss = np.sqrt(shares * r / (1 - r)) + f_crit * np.sqrt((1 - shares) / (1 - r))
    assert loss.max() == pytest.approx(f, rel=1e-9)
    assert loss[-1] < f


def test_the_robustness_value_at_its_ends():
    assert robustness_value(0.1, 0.2) == 0
    assert robustness_value(0) == 0
    assert robustness_value(inf) == 1
    x = 0.3
    assert robustness_value(x) == pytest.approx((sqrt(x**4 + 4 * x**2) - x**2) / 2)


def test_the_grid_starts_at_the_estimate_itself():
    found = simulated()
    grid = found.grid(0.4, 5)
    assert len(grid) == 25
    assert grid["value"].iloc[0] == found.line.value
    again = found.values(grid["x"].to_numpy(), grid["y"].to_numpy())
    np.testing.assert_array_equal(grid["value"], again)
    t = found.grid(0.4, 5, of="t")["value"]
    assert t.iloc[0] == pytest.approx(found.line.value / found.line.se / sqrt(found.df / 234))


def test_an_impossible_multiple_keeps_its_row():
    X = design(DATA, TERMS)
    found = benchmark_bounds(simulated(), DATA["y"], X, {"x1": ["x1"]}, multiples=(1, 50))
    assert list(found["possible"]) == [True, False]
    assert found["value"].isna().tolist() == [False, True]


def ssr(y, X):
    return float(((y - ols(y, X).fitted) ** 2).sum())


@pytest.mark.parametrize(
    ("r2_dz", "r2_yz"), [(1.0, 0.1), (-0.1, 0.1), (0.1, 1.1), (0.1, np.nan), (1.5, 0.5)]
)
def test_a_share_outside_its_range_is_refused(r2_dz, r2_yz):
    with pytest.raises(UserError, match="outside 0 to 1") as caught:
        simulated().adjusted(r2_dz, r2_yz)
    assert "\n" not in str(caught.value)


def test_models_that_leave_nothing_to_explain_are_refused():
    X = design(DATA, TERMS)
    wrong = {
        "combination": (DATA["y"], X.assign(copy=2 * X["d"] - X["x1"]), {}),
        "no residual variation": (X["d"] + X["x1"], X, {}),
        "no such term": (DATA["y"], X, {"treatment": "z"}),
        "no degree of freedom": (DATA["y"][:6], X[:6], {}),
        "does not vary within groups": (DATA["y"], X.assign(d=DATA["g"]), {"absorb": DATA["g"]}),
        "must be above 0": (DATA["y"], X, {"q": 0}),
        "missing": (DATA["y"].where(DATA.index != 3), X, {}),
    }
    for words, (y, terms, how) in wrong.items():
        with pytest.raises(UserError, match=words) as caught:
            confounding(y, terms, **{"treatment": "d", **how})
        assert "\n" not in str(caught.value)


def test_benchmarks_that_are_no_covariates_are_refused():
    X, found = design(DATA, TERMS), simulated()
    for benchmarks, multiples, words in (
        ({"z": ["z"]}, (1,), "no such term"),
        ({"d": ["d"]}, (1,), "its own benchmark"),
        ({"none": []}, (1,), "no terms"),
        ({"x1": ["x1"]}, (0,), "must be above 0"),
    ):
        with pytest.raises(UserError, match=words):
            benchmark_bounds(found, DATA["y"], X, benchmarks, multiples)
    with pytest.raises(UserError, match="outside 0 to 1"):
        bound(1.0, 0.2)


def test_reported_lines_need_what_the_algebra_needs():
    line = Tidy("d", 0.1, 0.02, level=0.95, n=100, n_clusters=12)
    with pytest.raises(UserError, match="clustered errors do not tell"):
        of_line(line, 90)
    assert of_line(line, 90, se_classical=0.015).df_adjusted == 11
    with pytest.raises(UserError, match="no degree of freedom"):
        of_line(Tidy("d", 0.1, 0.02, level=0.95), 1)
    with pytest.raises(UserError, match="must be above 0"):
        of_line(Tidy("d", 0.1, 0.0, level=0.95), 90)
