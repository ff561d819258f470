"""Step-down over a family: bounds, order, shared draws, and the error of the whole family."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.multiplicity import p_adjust
from compendium.inference.romano_wolf import Hypothesis, romano_wolf, single_step, step_down
from compendium.inference.wild import wild_cluster_bootstrap
from compendium.stats.design import design

MONTE_CARLO_ERRORS = 4


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
    found = romano_wolf({"a": one, "b": one, "c": one}, seed=1, draws=999)
    alone = wild_cluster_bootstrap(one.y, one.X, one.cluster, "x", seed=1, draws=999)
    assert {line.p for line in found} == {alone.p}
    assert p_adjust([alone.p] * 3)[0] == pytest.approx(min(1, 3 * alone.p))


def test_hypotheses_that_are_independent_cost_what_sidak_says():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(200_000, 5))
    t = np.array([2.5, 0.1, 0.3, 0.2, 0.4])
    raw = (np.abs(draws[:, 0]) >= 2.5).mean()
    sidak = 1 - (1 - raw) ** 5
    error = np.sqrt(sidak * (1 - sidak) / 200_000)
    assert abs(step_down(t, draws)[0] - sidak) < MONTE_CARLO_ERRORS * 2 * error


def test_p_values_follow_the_order_of_the_statistics_and_lie_between_raw_and_one_step():
    rng = np.random.default_rng(3)
    draws, t = rng.normal(size=(999, 6)), rng.normal(size=6) * 2
    p = step_down(t, draws)
    assert (np.diff(p[np.argsort(-np.abs(t))]) >= 0).all()
    raw = ((np.abs(draws) >= np.abs(t)).sum(axis=0) + 1) / 1000
    assert (p >= raw).all()
    assert (p <= single_step(t, draws)).all()


def test_what_was_not_tested_does_not_count():
    rng = np.random.default_rng(4)
    draws, t = rng.normal(size=(999, 3)), np.array([2.0, np.nan, 1.0])
    kept = step_down(t[[0, 2]], draws[:, [0, 2]])
    np.testing.assert_array_equal(step_down(t, draws)[[0, 2]], kept)
    assert np.isnan(step_down(t, draws)[1])
    assert np.isnan(single_step(t, draws)[1])


def test_the_family_keeps_its_level_and_finds_what_is_there():
    false, found = 0, 0
    for seed in range(80):
        made = family(np.random.default_rng([5, seed]), G=15)
        false += min(line.p for line in romano_wolf(made, seed=seed, draws=199)) <= 0.05
        strong = family(np.random.default_rng([6, seed]), G=15, effects=(1.0, 0.0, 0.0, 0.0))
        found += romano_wolf(strong, seed=seed, draws=199)[0].p <= 0.05
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
    first, second = romano_wolf(made, seed=1, draws=499, name="county", family_name="two")
    assert (first.n_clusters, second.n_clusters) == (20, 17)
    assert "Romano-Wolf step-down over the 2 tests of two" in str(second.method)
    assert "by county with the null imposed, 20 clusters" in str(second.method)
    assert "499 draws, seed 1" in str(second.method)


def test_wrong_use_is_refused():
    with pytest.raises(UserError, match="family of hypotheses is empty"):
        romano_wolf({}, seed=1)
    one = family(np.random.default_rng(8))["y0"]
    with pytest.raises(UserError, match="needs clusters"):
        romano_wolf({"a": Hypothesis(one.y, one.X, None, "x")}, seed=1)
    with pytest.raises(UserError, match="draws of shape"):
        step_down([1.0, 2.0], np.zeros((9, 3)))
    with pytest.raises(UserError, match="not a number"):
        step_down([1.0, 2.0], np.full((9, 2), np.nan))
