"""Oster's delta and beta* recover what is known of the unseen."""

import json
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.confounding import movement, oster
from compendium.inference.confounding.oster import beta_star
from compendium.stats.design import INTERCEPT, design
from compendium.stats.fitted import ols

FOLDER = Path(__file__).parents[1] / "reference" / "inference"
R = json.loads((FOLDER / "sensitivity_r.json").read_text(encoding="utf-8"))
DATA = pd.read_csv(FOLDER / "data" / "sensitivity_simulated.csv")
CONTROLS = {"one": ["x1"], "several": ["x1", "kind"]}
BETA = 0.7


def known(delta, n=400, seed=3):
    """Data in which selection on the unseen is exactly `delta` times that on the seen.

    Seen w, unseen v and noise e have mean 0, are orthogonal and of variance 1 in the sample, and
    y = BETA x + 1.2 w + 0.8 v + e. Returns terms, y, the share of y that is no noise, and v.
    """
    rng = np.random.default_rng(seed)
    raw = rng.standard_normal((n, 4))
    basis = np.linalg.qr(np.column_stack([np.ones(n), raw]))[0][:, 1:] * np.sqrt(n - 1)
    w, v, e, r = basis.T
    seen, unseen = 1.2, 0.8
    a = 0.5
    x = a * w + delta * a / seen * unseen * v + r
    y = BETA * x + seen * w + unseen * v + e
    share = 1 - 1 / np.var(y, ddof=1)
    return pd.DataFrame({INTERCEPT: 1.0, "x": x, "w": w}), y, share, v


@pytest.mark.parametrize("delta", [1.0, 0.4, 1.7, -0.5])
def test_the_coefficient_is_recovered_where_selection_is_known(delta):
    X, y, share, v = known(delta)
    found = oster(y, X, "x", r_max=share, delta=delta)
    assert found.movement.delta(share, BETA) == pytest.approx(delta, rel=1e-9)
    assert found.beta_star.value == pytest.approx(BETA, rel=1e-9)
    assert ols(y, X.assign(v=v))["x"].value == pytest.approx(BETA, rel=1e-9)
    assert abs(found.movement.beta_tilde - BETA) > 0.05


@pytest.mark.parametrize("name", CONTROLS)
def test_delta_and_all_roots_agree_with_a_search_in_r(name):
    wanted = R["oster"][name]
    moved = movement(DATA["y"], design(DATA, ["d", *CONTROLS[name]]), "d")
    for field in ("beta_o", "beta_tilde", "r_o", "r_tilde"):
        assert getattr(moved, field) == pytest.approx(wanted[field], rel=1e-10)
    assert moved.delta(wanted["r_max"]) == pytest.approx(wanted["delta"], rel=1e-9)
    for delta, roots in zip(wanted["deltas"], wanted["roots"], strict=True):
        ours = np.array(moved.roots(wanted["r_max"], delta))
        for root in roots:
            assert np.abs(ours - root).min() < 1e-6


def test_every_root_gives_back_its_delta():
    moved = movement(DATA["y"], design(DATA, ["d", "x1", "kind"]), "d")
    for delta in (0.5, 1.0, 2.0, 3.0, -1.0):
        roots = moved.roots(0.5, delta)
        assert roots
        assert list(roots) == sorted(roots, key=lambda root: abs(root - moved.beta_tilde))
        for root in roots:
            assert moved.delta(0.5, root) == pytest.approx(delta, rel=1e-6)


def test_a_root_at_which_the_seen_has_no_variance_is_none():
    moved = movement(DATA["y"], design(DATA, ["d", "x1"]), "d")
    turn = moved.beta_tilde + (moved.beta_o - moved.beta_tilde) * moved.sigma_xx / (
        moved.sigma_xx - moved.tau_x
    )
    assert all(abs(root - turn) > 1e-3 for root in moved.roots(0.75))


def test_several_admissible_roots_are_all_told():
    X, y, share, _ = known(1.0)
    moved = movement(y, X, "x")
    star = beta_star(moved, share)
    assert star.value in star.admissible
    assert set(star.admissible) <= set(star.roots)
    turned = beta_star(movement(DATA["y"], design(DATA, ["d", "x1", "kind"]), "d"), 0.5)
    assert len(turned.roots) == 2
    assert turned.admissible == (turned.value,)


def test_where_no_root_is_admissible_there_is_no_value():
    moved = movement(DATA["y"], design(DATA, ["d", "x1", "kind"]), "d")
    star = beta_star(moved, 0.5, delta=3.0)
    assert star.roots
    assert star.admissible == ()
    assert isnan(star.value)


def test_nothing_more_to_explain_leaves_the_coefficient():
    moved = movement(DATA["y"], design(DATA, ["d", "x1"]), "d")
    assert beta_star(moved, moved.r_tilde).value == pytest.approx(moved.beta_tilde)


def test_group_effects_are_taken_out_of_both_regressions():
    columns = ["y", "d", "x1"]
    inside = DATA[columns] - DATA.groupby("kind")[columns].transform("mean")
    by_hand = movement(inside["y"], design(inside, ["d", "x1"]), "d")
    grouped = movement(DATA["y"], design(DATA, ["d", "x1"]), "d", absorb=DATA["kind"])
    for name in ("beta_o", "beta_tilde", "r_o", "r_tilde", "sigma_xx", "tau_x"):
        assert getattr(by_hand, name) == pytest.approx(getattr(grouped, name), rel=1e-9)


def test_the_highest_r2_is_stated_and_at_most_one():
    X, y, _, _ = known(1.0)
    found = oster(y, X, "x")
    assert found.r_max == pytest.approx(min(1.0, 1.3 * found.movement.r_tilde))
    assert f"R_max = {found.r_max:.4g}" in str(found.tidy()[0].method)


def test_bad_input_is_refused_in_one_line():
    X = design(DATA, ["d", "x1"])
    for how, words in (
        ({"r_max": 0.01}, "R_max lies outside"),
        ({"r_max": 1.2}, "R_max lies outside"),
    ):
        with pytest.raises(UserError, match=words) as caught:
            oster(DATA["y"], X, "d", **how)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="no covariate is added"):
        oster(DATA["y"], X.drop(columns="x1"), "d")
    with pytest.raises(UserError, match="no such term"):
        oster(DATA["y"], X, "z")
    with pytest.raises(UserError, match="combination"):
        oster(DATA["y"], X.assign(again=X["x1"]), "d")


def test_an_unmoved_coefficient_has_no_finite_delta_without_distance():
    moved = movement(DATA["y"], design(DATA, ["d", "x1"]), "d")
    still = replace(moved, beta_o=moved.beta_tilde)
    assert beta_star(still, 0.75).value == pytest.approx(moved.beta_tilde)
