"""Wild cluster bootstrap: equals a brute-force one in R, keeps its level, says what it did."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.multipliers import multipliers
from compendium.inference.rows import kept_codes, kept_rows
from compendium.inference.wild import (
    draw,
    term_last,
    wild_cluster_bootstrap,
    wild_p_values,
    wild_problem,
)
from compendium.stats.design import design

FOLDER = Path(__file__).parents[1] / "reference" / "models"
REFERENCE = json.loads((FOLDER / "few_clusters.json").read_text("utf-8"))
MONTE_CARLO_ERRORS = 4


def few_clusters():
    frame = pd.read_csv(FOLDER / "data" / "incidents_simulated.csv", encoding="utf-8")
    few = frame[frame["province"].isin(sorted(frame["province"].unique())[:9])]
    return few["y"], design(few, ["epidemic", "deaths"]), few["province"]


@pytest.mark.parametrize("stored", REFERENCE["wild"], ids=lambda case: f"null {case['null']}")
def test_all_patterns_of_signs_give_what_refitting_each_draw_gives(stored):
    found = wild_cluster_bootstrap(*few_clusters(), "epidemic", seed=1, null=stored["null"])
    assert found.p == stored["p"]
    assert (found.value - stored["null"]) / found.se == pytest.approx(stored["t"], rel=1e-12)
    assert "all 512 patterns of signs" in str(found.method)


def test_the_interval_holds_what_is_not_rejected():
    found = wild_cluster_bootstrap(*few_clusters(), "epidemic", seed=1)
    for end, step in ((found.ci_low, -0.02), (found.ci_high, 0.02)):
        inside, outside = (
            wild_cluster_bootstrap(
                *few_clusters(), "epidemic", seed=1, null=end + d, interval=False
            )
            for d in (-step, step)
        )
        assert inside.p > 0.05 >= outside.p


def test_random_signs_agree_with_all_of_them():
    exact = wild_cluster_bootstrap(*few_clusters(), "deaths", seed=1, interval=False).p
    drawn = wild_cluster_bootstrap(*few_clusters(), "deaths", seed=1, draws=500, interval=False)
    assert "Rademacher weights, 500 draws, seed 1" in str(drawn.method)
    error = np.sqrt(max(exact, 0.01) * (1 - exact) / 500)
    assert abs(drawn.p - exact) < MONTE_CARLO_ERRORS * error


def test_it_keeps_its_level_with_eight_clusters():
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(8), 12)
    rejections = 0
    for _ in range(200):
        x = rng.normal(size=8)[cluster] + rng.normal(size=96)
        y = rng.normal(size=8)[cluster] + rng.normal(size=96)
        X = design(pd.DataFrame({"x": x}), ["x"])
        p = wild_cluster_bootstrap(y, X, cluster, "x", seed=1, interval=False).p
        rejections += p <= 0.05
    assert abs(rejections / 200 - 0.05) < MONTE_CARLO_ERRORS * np.sqrt(0.05 * 0.95 / 200)


def test_webb_weights_and_every_term():
    y, X, cluster = few_clusters()
    found = wild_cluster_bootstrap(y, X, cluster, "epidemic", seed=2, weights="webb")
    assert "Webb weights, 1999 draws, seed 2" in str(found.method)
    assert found.ci_low < found.value < found.ci_high
    assert set(wild_p_values(y, X, cluster, seed=1)) == {"epidemic", "deaths"}


def test_all_patterns_with_the_null_not_imposed_never_give_a_p_of_0():
    y, X, cluster = few_clusters()
    found = wild_cluster_bootstrap(
        50 * X["deaths"].to_numpy() + y, X, cluster, "deaths", seed=1, null_imposed=False
    )
    assert found.p == 1 / 513
    assert "null not imposed, all 512 patterns of signs" in str(found.method)


def test_the_unrestricted_interval_is_percentile_t():
    y, X, cluster = few_clusters()
    found = wild_cluster_bootstrap(y, X, cluster, "deaths", seed=1, null_imposed=False)
    rows = kept_rows(y, X, None, cluster)
    codes, labels = kept_codes(cluster, rows)
    problem = wild_problem(term_last(rows.y, rows.X, rows.terms, codes, len(labels), "deaths"))
    V = multipliers(9, 1999, "rademacher", 1)
    drawn = draw(problem, V, 0.0, null_imposed=False).t(0.0)
    half = np.sort(np.abs(drawn))[-int(0.05 * 513)] * found.se
    assert found.ci_low == pytest.approx(found.value - half, abs=1e-5)
    assert found.ci_high == pytest.approx(found.value + half, abs=1e-5)


@pytest.mark.parametrize("weights", ["mammen", "normal", "webb"])
def test_other_weights_agree_with_all_signs_when_clusters_are_many(weights):
    frame = pd.read_csv(FOLDER / "data" / "incidents_simulated.csv", encoding="utf-8")
    model = frame["y"], design(frame, ["epidemic", "deaths"]), frame["province"], "epidemic"
    signs = wild_cluster_bootstrap(*model, seed=1, interval=False, draws=9999)
    other = wild_cluster_bootstrap(*model, seed=1, interval=False, draws=9999, weights=weights)
    assert other.p == pytest.approx(signs.p, abs=0.02)


def test_weighted_rows_are_the_rows_times_the_root_of_their_weight():
    y, X, cluster = few_clusters()
    w = np.linspace(0.5, 2.0, len(y))
    found = wild_cluster_bootstrap(y, X, cluster, "deaths", seed=1, row_weights=w)
    root = np.sqrt(w)
    plain = wild_cluster_bootstrap(y * root, X.mul(root, axis=0), cluster, "deaths", seed=1)
    assert (found.p, found.ci_low) == (plain.p, pytest.approx(plain.ci_low))
    assert str(found.method).startswith("WLS, wild cluster bootstrap-t")


def test_one_treated_cluster_is_said_and_makes_wcr_useless():
    y, X, cluster = few_clusters()
    X = X.assign(here=(cluster == cluster.iloc[0]).to_numpy(float)).drop(columns="epidemic")
    wcr, wcu = (
        wild_cluster_bootstrap(y, X, cluster, "here", seed=1, null_imposed=imposed)
        for imposed in (True, False)
    )
    assert f"{cluster.iloc[0]} alone decides it: this test hardly ever rejects" in str(wcr.method)
    assert f"{cluster.iloc[0]} alone decides it: this test rejects far too often" in str(wcu.method)
    assert wcr.ci_high - wcr.ci_low > 10 * (wcu.ci_high - wcu.ci_low)


def test_two_clusters_give_four_patterns_and_no_verdict():
    y, X, cluster = few_clusters()
    two = cluster.isin(sorted(cluster.unique())[:2])
    found = wild_cluster_bootstrap(y[two], X[two.to_numpy()], cluster[two], "deaths", seed=1)
    assert found.p >= 0.5
    assert "2 clusters" in str(found.method)
    assert "all 4 patterns" in str(found.method)


def test_an_outcome_that_is_fitted_perfectly_has_no_test():
    _, X, cluster = few_clusters()
    with pytest.raises(UserError, match="nothing is left to estimate an error from"):
        wild_cluster_bootstrap(2 * X["deaths"] + 1, X, cluster, "deaths", seed=1)


def test_wrong_use_is_refused():
    y, X, cluster = few_clusters()
    with pytest.raises(UserError, match="needs clusters"):
        wild_cluster_bootstrap(y, X, None, "epidemic", seed=1)
    with pytest.raises(UserError, match="no such term"):
        wild_cluster_bootstrap(y, X, cluster, "depth", seed=1)
    with pytest.raises(UserError, match="unknown weights"):
        wild_cluster_bootstrap(y, X, cluster, "epidemic", seed=1, weights="gamma")
