"""Factor models: closed forms, identities, recovered truth, size under clustering, refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.measurement.covariance_structure import chi_squared
from compendium.measurement.factor import cfa
from compendium.measurement.simple_structure import flipped

from .simulated import structure, two_factors, with_covariance

THREE = {"scale": ["y0", "y1", "y2"]}


def test_three_items_have_spearmans_loadings_and_no_degree_of_freedom():
    R = np.array([[1, 0.42, 0.35], [0.42, 1, 0.3], [0.35, 0.3, 1]])
    model = cfa(with_covariance(R, 200), THREE)
    expected = [np.sqrt(0.42 * 0.35 / 0.3), np.sqrt(0.42 * 0.3 / 0.35), np.sqrt(0.35 * 0.3 / 0.42)]
    assert [line.value for line in model.loadings] == pytest.approx(expected, abs=1e-9)
    assert (model.indices.chi2, model.indices.df) == (pytest.approx(0, abs=1e-9), 0)
    assert (model.indices.cfi, model.indices.rmsea) == (1, 0)
    assert np.isnan(model.indices.p)


def test_negative_residual_variance_is_said_not_mended():
    R = np.array([[1, 0.7, 0.7], [0.7, 1, 0.3], [0.7, 0.3, 1]])
    model = cfa(with_covariance(R, 200), THREE)
    assert model.improper == ("residual variance of y0 below 0",)
    assert "improper: residual variance of y0 below 0" in str(model.loadings[0].method)


def test_exact_structure_fits_exactly():
    loadings = np.array([0.8, 0.7, 0.6, 0.5, 0.9, 0.6, 0.4, 0.7])
    L = np.zeros((8, 2))
    L[np.arange(8), np.arange(8) // 4] = loadings
    S = L @ np.array([[1, 0.3], [0.3, 1]]) @ L.T
    np.fill_diagonal(S, 1.0)
    model = cfa(with_covariance(S, 150), structure())
    assert [line.value for line in model.loadings] == pytest.approx(list(loadings), abs=1e-8)
    assert model.correlations[0].value == pytest.approx(0.3, abs=1e-8)
    assert model.indices.chi2 == pytest.approx(0, abs=1e-9)
    assert model.indices.srmr == pytest.approx(0, abs=1e-9)
    first = loadings[:4].sum() ** 2
    reliability = first / (first + (1 - loadings[:4] ** 2).sum())
    assert model.composite_reliability[0].value == pytest.approx(reliability, abs=1e-8)
    assert model.ave[0].value == pytest.approx((loadings[:4] ** 2).mean(), abs=1e-8)
    assert np.abs(model.residuals.to_numpy()).max() < 1e-8


def test_units_of_the_answers_change_no_fit_and_no_standardised_loading():
    items, _ = two_factors(300, 1)
    plain = cfa(items, structure())
    other = cfa(items * np.arange(1, 9) * 100 + 5, structure())
    assert other.indices.chi2 == pytest.approx(plain.indices.chi2, rel=1e-8)
    for ours, theirs in zip(other.loadings, plain.loadings, strict=True):
        assert (ours.value, ours.se) == pytest.approx((theirs.value, theirs.se), rel=1e-7)


def test_reversed_item_loads_negatively_whatever_the_order():
    items, _ = two_factors(300, 2)
    items["y0"] = -items["y0"]
    model = cfa(items, {"first": ["y0", "y1", "y2", "y3"], "second": structure()["second"]})
    signs = [line.value > 0 for line in model.loadings]
    assert signs == [False] + [True] * 7


def test_residuals_that_covary_are_modelled():
    items, _ = two_factors(800, 3)
    shared = np.random.default_rng(3).normal(size=800)
    items["y0"] += 0.7 * shared
    items["y4"] += 0.7 * shared
    plain = cfa(items, structure()).indices
    paired = cfa(items, structure(), residual_covariances=[("y0", "y4")]).indices
    assert paired.df == plain.df - 1
    assert plain.p < 1e-6 < 0.01 < paired.p


def test_loadings_are_recovered_and_intervals_cover():
    truth = np.array([0.8, 0.7, 0.6, 0.5] * 2)
    draws = [cfa(two_factors(250, seed, loadings=truth)[0], structure()) for seed in range(100)]
    values = np.array([[line.value for line in draw.loadings] for draw in draws])
    error = values.std(axis=0, ddof=1) / 10
    # Standardised loadings are biased by less than 1 / n; four Monte Carlo errors over eight items.
    assert (np.abs(values.mean(axis=0) - truth) < 4 * error + 1 / 250).all()
    covered = [
        line.ci_low <= t <= line.ci_high
        for draw in draws
        for line, t in zip(draw.loadings, truth, strict=True)
    ]
    assert 0.92 <= np.mean(covered) <= 0.98
    chi2 = np.array([draw.indices.chi2 for draw in draws])
    df = draws[0].indices.df
    assert abs(chi2.mean() - df) < 4 * np.sqrt(2 * df / 100) + 0.5


def test_clustered_answers_reject_a_true_model_too_often_unless_clusters_are_told():
    plain, told = [], []
    for seed in range(60):
        items, unit = two_factors(500, 1000 + seed, units=50, shared=0.5, items=3)
        plain.append(cfa(items, structure(3)).indices.p < 0.05)
        told.append(cfa(items, structure(3), cluster=unit).indices.p < 0.05)
    assert np.mean(plain) > 0.3
    # 60 draws at 0.05: Monte Carlo error 0.028; scaled chi2 is a little liberal with 50 clusters.
    assert np.mean(told) < 0.15


def test_rows_copied_within_clusters_carry_no_information():
    items, _ = two_factors(200, 4)
    once = cfa(items, structure(), robust_errors=True)
    twice = pd.concat([items, items], ignore_index=True)
    cluster = np.tile(np.arange(200), 2)
    clustered = cfa(twice, structure(), cluster=cluster, name="person")
    naive = cfa(twice, structure(), robust_errors=True)
    ratio = clustered.loadings[0].se / once.loadings[0].se
    assert ratio == pytest.approx(np.sqrt(200 / 199), rel=1e-9)
    assert clustered.indices.chi2 == pytest.approx(once.indices.chi2 * 199 / 200, rel=1e-9)
    assert naive.loadings[0].se == pytest.approx(once.loadings[0].se / np.sqrt(2), rel=1e-9)
    assert clustered.loadings[0].n_clusters == 200
    assert "by person, 200 clusters" in str(clustered.loadings[0].method)


def items(n=200, **changes):
    return two_factors(n, 5)[0].assign(**changes)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((items(12), structure()), {}, "12 complete rows, at least 30 needed"),
        ((items(y1=2.0), structure()), {}, "same answer throughout"),
        ((items().drop(columns="y5"), structure()), {}, "not in the table"),
        ((items(y1=lambda d: d["y0"]), structure()), {}, "singular"),
        ((items(y1=lambda d: d["y0"] + d["y2"]), structure()), {}, "singular"),
        ((items(), {"one": ["y0", "y1"]}), {}, "2 items, at least 3 needed"),
        ((items(), {"one": ["y0"], "two": ["y1", "y2"]}), {}, "1 items, at least 2 needed"),
        ((items(), {"one": ["y0", "y1"], "two": ["y1", "y2"]}), {}, "belongs to two factors"),
        ((items(), {}), {}, "no factor is named"),
        ((items(), structure()), {"cluster": np.zeros(200)}, "1 cluster"),
        (
            (items(), structure()),
            {"cluster": np.zeros(7)},
            "items and clusters differ in rows, 200 and 7",
        ),
        ((items(), structure()), {"level": 95}, "level of an interval"),
        ((items(), structure()), {"residual_covariances": [("y0", "z")]}, "residuals that covary"),
        (
            (items(), THREE),
            {"residual_covariances": [("y0", "y1")]},
            "7 parameters for 6 moments",
        ),
    ],
)
def test_models_that_cannot_be_fitted_are_refused(arguments, options, words):
    with pytest.raises(UserError, match=words):
        cfa(*arguments, **options)


def test_factors_that_share_nothing_are_not_identified_by_two_items_each():
    S = np.eye(4)
    S[0, 1] = S[1, 0] = S[2, 3] = S[3, 2] = 0.5
    with pytest.raises(UserError, match=r"not identified|no maximum"):
        cfa(with_covariance(S, 200), {"one": ["y0", "y1"], "two": ["y2", "y3"]})


def test_where_scoring_is_slow_the_maximum_is_reached_all_the_same():
    # Factors that are hard to tell apart: scoring alone takes 69 steps, one of Newton's replaces 30.
    rng = np.random.default_rng(11)
    mixed = rng.normal(size=(158, 7)) @ rng.normal(size=(7, 7))
    loadings = rng.uniform(0.1, 0.9, 28)
    y = loadings * (mixed / mixed.std(axis=0))[:, np.arange(28) // 4]
    answers = pd.DataFrame(y + np.sqrt(1 - loadings**2) * rng.normal(size=(158, 28))).add_prefix(
        "y"
    )
    factors = {f"f{j}": [f"y{4 * j + i}" for i in range(4)] for j in range(7)}
    solution = cfa(answers, factors).solution
    for _ in range(20):
        away = solution.theta + 1e-3 * rng.normal(size=solution.theta.size)
        assert chi_squared(solution.patterns, solution.moments, away) > solution.chi2


def test_a_factor_that_was_found_upside_down_is_turned_and_nothing_else(monkeypatch):
    seen = []

    def listen(solution, own):
        seen.append((solution, own))
        return flipped(solution, own)

    monkeypatch.setattr("compendium.measurement.factor.flipped", listen)
    cfa(two_factors(300, 5)[0], structure())
    solution, own = seen[0]
    pattern = solution.patterns[0]
    first = pattern.loadings[own.of_factor(0), 0]
    between = pattern.factor_covariances[0, 1]
    theta = solution.theta.copy()
    theta[[*first, between]] *= -1
    information = solution.information.copy()
    information[[*first, between]] *= -1
    information[:, [*first, between]] *= -1
    upside_down = replace(solution, theta=theta, information=information)
    turned = flipped(upside_down, own)
    assert turned.theta.tolist() == solution.theta.tolist()
    assert turned.information.tolist() == solution.information.tolist()
    assert flipped(turned, own).theta.tolist() == turned.theta.tolist()
