"""P-values of resampling, counted by hand or by refitting every draw: not one draw more or less."""

from itertools import product
from math import inf, isnan, nan

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from compendium.errors import UserError
from compendium.inference.cluster_shape import cluster_shape
from compendium.inference.confounding.benchmarks import bound
from compendium.inference.confounding.e_value import e_value
from compendium.inference.confounding.oster import Movement
from compendium.inference.confounding.residuals import regression
from compendium.inference.romano_wolf import Hypothesis, drawn_statistics
from compendium.inference.wild import tail_p, wild_cluster_bootstrap
from compendium.stats.design import INTERCEPT, design
from compendium.stats.tidy import Tidy

G, SIZE = 5, 6
SIGNS = np.array(list(product([1.0, -1.0], repeat=G)))
CLUSTER = np.repeat(np.arange(G), SIZE)
CLOSE = 1e-9

DRAWS = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(
    ("t", "kind", "among", "p"),
    [
        # |t*| >= 2 in five of eight draws; the data count as one more unless they are among them.
        (2.0, "symmetric", True, 5 / 8),
        (2.0, "symmetric", False, 6 / 9),
        (-2.0, "symmetric", True, 5 / 8),
        (5.0, "symmetric", True, 0.0),
        (5.0, "symmetric", False, 1 / 9),
        (0.0, "symmetric", True, 1.0),
        # t* >= 2 in three, t* <= -2 in two.
        (2.0, "equal-tailed", True, 6 / 8),
        (2.0, "equal-tailed", False, 8 / 9),
        (-2.0, "equal-tailed", True, 4 / 8),
        (-2.0, "equal-tailed", False, 6 / 9),
        (4.0, "equal-tailed", True, 2 / 8),
        (-5.0, "equal-tailed", False, 2 / 9),
        (0.5, "equal-tailed", True, 1.0),
        (0.5, "equal-tailed", False, 1.0),
    ],
)
def test_tails_are_counted(t, kind, among, p):
    assert tail_p(t, DRAWS, among, kind) == p


@pytest.mark.parametrize("kind", ["symmetric", "equal-tailed"])
def test_a_draw_that_differs_by_rounding_is_a_tie_and_another_is_none(kind):
    times = 2 if kind == "equal-tailed" else 1
    near, apart = (np.array([2 - gap, 1.0, 0.0, -1.0]) for gap in (1e-12, 1e-6))
    assert tail_p(2.0, near, True, kind) == times * 1 / 4
    assert tail_p(2.0, apart, True, kind) == 0
    assert tail_p(-2.0, -near, True, kind) == times * 1 / 4


def skewed():
    rng = np.random.default_rng(7)
    x = rng.normal(size=G)[CLUSTER] + rng.normal(size=CLUSTER.size)
    y = 0.5 * x + rng.exponential(size=G)[CLUSTER] + rng.exponential(size=CLUSTER.size)
    return y, design(pd.DataFrame({"x": x}), ["x"])


def t_of(y, X, null):
    groups = {"groups": CLUSTER, "use_correction": True}
    fit = sm.OLS(y, X).fit(cov_type="cluster", cov_kwds=groups)
    return (fit.params[1] - null) / fit.bse[1]


def refitted(imposed, null):
    """The CR1 t statistic of the data, and of every pattern of signs refitted as Rademacher is."""
    y, X = skewed()
    X = X.to_numpy()
    held = sm.OLS(y - null * X[:, 1], X[:, 0]).fit().fittedvalues + null * X[:, 1]
    fitted = held if imposed else sm.OLS(y, X).fit().fittedvalues
    value = sm.OLS(y, X).fit().params[1]
    center = null if imposed else value
    drawn = [t_of(fitted + (y - fitted) * v[CLUSTER], X, center) for v in SIGNS]
    return t_of(y, X, null), np.array(drawn)


@pytest.mark.parametrize("null", [0.0, 0.9])
@pytest.mark.parametrize("imposed", [True, False])
def test_wild_p_values_are_shares_of_refitted_draws(imposed, null):
    t, drawn = refitted(imposed, null)
    one = 0 if imposed else 1
    both = (np.abs(drawn) >= abs(t) * (1 - CLOSE)).sum()
    above, below = (drawn >= t - CLOSE).sum(), (drawn <= t + CLOSE).sum()
    expected = {
        "symmetric": (both + one) / (len(SIGNS) + one),
        "equal-tailed": min(1.0, 2 * (min(above, below) + one) / (len(SIGNS) + one)),
    }
    for kind, p in expected.items():
        how = {"null": null, "null_imposed": imposed, "p_value": kind, "interval": False}
        assert wild_cluster_bootstrap(*skewed(), CLUSTER, "x", seed=1, **how).p == p


def score_draws(imposed, null):
    """As `refitted`, for the scores of a Poisson regression at the null or at the maximum."""
    y, X = skewed()
    counts, X = np.floor(np.exp(y / 2)), X.to_numpy()
    full = sm.GLM(counts, X, family=sm.families.Poisson()).fit(tol=1e-12)
    held = sm.GLM(counts, X[:, :1], family=sm.families.Poisson(), offset=null * X[:, 1])
    beta = np.array([held.fit(tol=1e-12).params[0], null]) if imposed else full.params
    mu = np.exp(X @ beta)
    bread = np.linalg.inv((X.T * mu) @ X)
    s = np.bincount(CLUSTER, (X @ bread[1]) * (counts - mu))
    drawn = SIGNS * s
    if imposed:
        t = s.sum() / np.sqrt(((s - s.mean()) ** 2).sum())
        factor = 1.0
    else:
        n = counts.size
        factor = G / (G - 1) * (n - 1) / (n - 2)
        t = (full.params[1] - null) / np.sqrt(factor * (s**2).sum())
    around = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return counts, t, drawn.sum(axis=1) / np.sqrt(factor * around)


def test_one_treated_cluster_is_said_by_every_front_end():
    y, X = skewed()
    X = X.assign(here=(CLUSTER == 4).astype(float))
    words = "4 alone decides it: this test hardly ever rejects"
    assert words in str(wild_cluster_bootstrap(y, X, CLUSTER, "here", seed=1).method)
    family = {"one": Hypothesis(y, X, CLUSTER, "here"), "two": Hypothesis(y, X, CLUSTER, "x")}
    one, two = drawn_statistics(family, seed=1, draws=99).lonely
    assert words in str(one)
    assert not two


def test_a_summary_of_clusters_states_their_sizes():
    rng = np.random.default_rng(6)
    cluster = np.repeat(list("abcd"), [2, 3, 5, 10])
    X = pd.DataFrame({INTERCEPT: 1.0, "x": rng.normal(size=20)})
    row = cluster_shape(rng.normal(size=20), X, cluster, "x").frame().iloc[0]
    assert row[["clusters", "smallest", "median", "largest"]].tolist() == [4, 2, 4.0, 10]
    assert row["size_cv"] == pytest.approx(np.std([2, 3, 5, 10], ddof=1) / 5)


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_the_rarer_of_two_values_is_seen_in_any_unit(unit):
    y, X = skewed()
    X["x"] = np.where(CLUSTER < 2, 3.0, 1.0) * unit
    assert cluster_shape(y, X, CLUSTER, "x", weights=np.linspace(0.5, 2, y.size)).rarer == 2


def test_a_confounder_needs_a_degree_of_freedom_beside_the_last():
    rng = np.random.default_rng(5)
    X = pd.DataFrame({INTERCEPT: 1.0, "x": rng.normal(size=5), "z": rng.normal(size=5)})
    assert regression(rng.normal(size=5), X).df == 2
    with pytest.raises(UserError, match="no degree of freedom for a confounder"):
        regression(rng.normal(size=4), X[:4])


def test_a_benchmark_is_once_as_strong_unless_said_otherwise():
    assert bound(0.1, 0.2) == bound(0.1, 0.2, 1.0) == bound(0.1, 0.2, k=1.0)


def test_an_e_value_has_no_limit_with_half_an_interval():
    assert isnan(e_value(Tidy("x", 2.0, ci_low=1.5, ci_high=nan)).limit)
    assert isnan(e_value(Tidy("x", 2.0, ci_low=nan, ci_high=3.0)).limit)


def test_no_finite_selection_leaves_a_coefficient_that_makes_the_seen_vanish():
    moved = Movement("x", 2.0, 0.25, 1.0, 0.75, 4.0, 1.0, 0.5, 50)
    # d = -2: seen is (1 - 2) 1 + 2 / 2 = 0, the index (0.75 - 0.25) 4 + 1 - 4 / 2 = 1.
    assert moved.delta(0.75, beta=3.0) == -inf
    assert isnan(moved.delta(0.75, beta=1.0))


@pytest.mark.parametrize("unit", [1e-9, 1e9])
@pytest.mark.parametrize("delta", [1.0, 1.7])
def test_roots_of_oster_change_with_the_unit_and_nothing_else(unit, delta):
    plain = Movement("x", 2.0, 0.2, 1.4, 0.5, 4.0, 1.0, 0.7, 50)
    coarse = Movement("x", 2.0 * unit, 0.2, 1.4 * unit, 0.5, 4.0 * unit**2, 1.0, 0.7, 50)
    wide = Movement("x", 2.0 / unit, 0.2, 1.4 / unit, 0.5, 4.0, unit**2, 0.7 * unit**2, 50)
    roots = np.array(plain.roots(0.65, delta))
    assert roots.size
    np.testing.assert_allclose(coarse.roots(0.65, delta), roots * unit, rtol=1e-9)
    np.testing.assert_allclose(wide.roots(0.65, delta), roots / unit, rtol=1e-9)
