"""Step-down over a family: bounds, order, shared draws, and the error of the whole family."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.multiplicity import p_adjust
from compendium.inference.romano_wolf import Hypothesis, drawn_statistics, step_down
from compendium.inference.wild import wild_cluster_bootstrap
from compendium.stats.design import design
from compendium.stats.linear import ols

MONTE_CARLO_ERRORS = 4


def adjusted(family, seed, draws=1999):
    found = drawn_statistics(family, seed=seed, draws=draws)
    return step_down(found.t, found.t_star, among=found.weights.complete)


def family(rng, G=20, size=8, effects=(0.0, 0.0, 0.0, 0.0), rho=0.8):
    place = np.repeat(np.arange(G), size)
    x = rng.normal(size=G)[place] + rng.normal(size=place.size)
    shared = rng.normal(size=G)[place] + rng.normal(size=place.size)
    X = design(pd.DataFrame({"x": x}), ["x"])
    made = {}
    for i, effect in enumerate(effects):
        own = rng.normal(size=G)[place] + rng.normal(size=place.size)
        y = effect * x + rho * shared + np.sqrt(1 - rho**2) * own
        made[f"y{i}"] = Hypothesis(y, X, place, "x")
    return made


def test_hypotheses_that_are_the_same_cost_nothing():
    one = family(np.random.default_rng(1), effects=(0.4,))["y0"]
    found = adjusted({"a": one, "b": one, "c": one}, seed=1, draws=999)
    alone = wild_cluster_bootstrap(one.y, one.X, one.cluster, "x", seed=1, draws=999)
    assert set(found) == {alone.p}
    assert p_adjust([alone.p] * 3)[0] == pytest.approx(min(1, 3 * alone.p))


def test_hypotheses_that_are_independent_cost_what_sidak_says():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(200_000, 5))
    t = np.array([2.5, 0.1, 0.3, 0.2, 0.4])
    raw = (np.abs(draws[:, 0]) >= 2.5).mean()
    sidak = 1 - (1 - raw) ** 5
    error = np.sqrt(sidak * (1 - sidak) / 200_000)
    assert abs(step_down(t, draws)[0] - sidak) < MONTE_CARLO_ERRORS * 2 * error


def test_the_family_keeps_its_level_and_finds_what_is_there():
    false, found = 0, 0
    for seed in range(80):
        made = family(np.random.default_rng([5, seed]), G=15)
        false += min(adjusted(made, seed, draws=199)) <= 0.05
        strong = family(np.random.default_rng([6, seed]), G=15, effects=(1.0, 0.0, 0.0, 0.0))
        found += adjusted(strong, seed, draws=199)[0] <= 0.05
    error = np.sqrt(0.05 * 0.95 / 80)
    assert false / 80 < 0.05 + MONTE_CARLO_ERRORS * error
    assert found / 80 > 0.5


def test_hypotheses_may_have_rows_of_their_own():
    made = family(np.random.default_rng(7), effects=(0.5, 0.5))
    whole = made["y1"]
    part = np.asarray(whole.cluster) >= 3
    made["y1"] = Hypothesis(
        np.asarray(whole.y)[part], whole.X[part], np.asarray(whole.cluster)[part], "x"
    )
    found = drawn_statistics(made, seed=1, draws=499)
    alone = ols(made["y1"].y, made["y1"].X, made["y1"].cluster)["x"]
    assert (found.clusters, alone.n_clusters) == (20, 17)
    assert found.t[1] == pytest.approx(alone.value / alone.se)
    assert found.t_star.shape == (499, 2)


def test_wrong_use_is_refused():
    with pytest.raises(UserError, match="family of hypotheses is empty"):
        drawn_statistics({}, seed=1, draws=99)
    one = family(np.random.default_rng(8))["y0"]
    with pytest.raises(UserError, match="needs clusters"):
        drawn_statistics({"a": Hypothesis(one.y, one.X, None, "x")}, seed=1, draws=99)
    with pytest.raises(UserError, match="draws of shape"):
        step_down([1.0, 2.0], np.zeros((9, 3)))
    with pytest.raises(UserError, match="not a number"):
        step_down([1.0, 2.0], np.full((9, 2), np.nan))
