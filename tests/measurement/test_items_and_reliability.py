"""Item statistics, scores and reliability: definitions, identities, refusals."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.measurement.items import (
    item_statistics,
    scale_scores,
)
from compendium.measurement.reliability import (
    cronbach_alpha,
    omega_total,
    ordinal_reliability,
    reliability,
    reliability_by_scale,
)

from .simulated import five_points, structure, two_factors, with_covariance

PARALLEL = np.full((4, 4), 0.5) + np.diag([0.5] * 4)
"""Parallel items with correlation 0.5: Spearman and Brown give 4 * 0.5 / (1 + 3 * 0.5) = 0.8."""


def answered(n=400, seed=1):
    return five_points(two_factors(n, seed)[0])


def test_parallel_items_have_the_reliability_of_spearman_and_brown():
    items = with_covariance(PARALLEL, 300)
    assert cronbach_alpha(items).value == pytest.approx(0.8, abs=1e-12)
    assert omega_total(items)[0].value == pytest.approx(0.8, abs=1e-9)


def test_omega_of_congeneric_items_exceeds_alpha():
    loadings = np.array([0.9, 0.7, 0.5, 0.3])
    S = np.outer(loadings, loadings)
    np.fill_diagonal(S, 1.0)
    items = with_covariance(S, 300)
    truth = loadings.sum() ** 2 / S.sum()
    assert omega_total(items)[0].value == pytest.approx(truth, abs=1e-9)
    assert cronbach_alpha(items).value < truth


def test_ordinal_reliability_is_that_of_the_variables_behind_the_answers():
    items = five_points(two_factors(20_000, 3, loadings=0.7)[0])
    alpha, omega = ordinal_reliability(items, structure()["first"])
    truth = 4 * 0.49 / (1 + 3 * 0.49)
    assert alpha.value == pytest.approx(truth, abs=0.01)
    assert omega.value == pytest.approx(truth, abs=0.01)
    assert cronbach_alpha(items, structure()["first"]).value < truth - 0.02


def test_intervals_of_alpha_and_omega_cover_at_their_level():
    truth = 4 * 0.49 / (1 + 3 * 0.49)
    draws = [two_factors(200, seed)[0][structure()["first"]] for seed in range(150)]
    for estimator in (cronbach_alpha, lambda draw: omega_total(draw)[0]):
        found = [estimator(draw) for draw in draws]
        covered = np.mean([line.ci_low <= truth <= line.ci_high for line in found])
        # 150 draws at 0.95: Monte Carlo error 0.018.
        assert 0.90 <= covered <= 0.995


def test_clusters_widen_the_interval_of_alpha_where_answers_depend_on_the_unit():
    items, unit = two_factors(600, 5, units=30, shared=0.6)
    scale = items[structure()["first"]]
    plain, clustered = cronbach_alpha(scale), cronbach_alpha(scale, cluster=unit, name="unit")
    assert clustered.value == plain.value
    assert clustered.se > 1.3 * plain.se
    assert str(clustered.method) == "Cronbach's alpha, linearised by unit, 30 clusters"
    assert "errors and scaled chi2 by unit, 30 clusters" in (
        str(omega_total(scale, cluster=unit, name="unit")[0].method)
    )


def test_two_items_have_alpha_but_no_omega():
    found = reliability(answered(), ["y0", "y1"])
    assert 0 < found.alpha.value < 1
    assert np.isnan(found.omega.value)
    assert np.isnan(found.ordinal_omega.value)
    assert "not identified by two items" in str(found.omega.method)


def test_scales_are_listed_with_what_belongs_to_them():
    frame, found = reliability_by_scale(answered(), structure())
    assert frame["scale"].tolist() == ["first", "second"]
    assert frame.loc[0, "alpha"] == found["first"].alpha.value
    assert (frame["alpha_low"] < frame["alpha"]).all()
    assert (frame["omega"] < frame["ordinal_omega"]).all()


def test_alpha_if_dropped_is_alpha_of_the_rest():
    items = answered()
    frame = item_statistics(items, structure(), low=1, high=5).set_index("item")
    rest = cronbach_alpha(items, ["y0", "y1", "y3"]).value
    assert frame.loc["y2", "alpha_if_dropped"] == pytest.approx(rest, abs=1e-14)
    floor = (items["y0"] == 1).mean()
    assert frame.loc["y0", "floor"] == floor


def test_scores_need_their_share_of_answers():
    items = pd.DataFrame(
        {
            "a": [1.0, 2, None, None],
            "b": [2.0, None, None, 3],
            "c": [3.0, 4, 5, None],
            "d": [4.0, 5, None, 1],
        }
    )
    half = scale_scores(items, {"s": list("abcd")})["s"]
    assert half.tolist()[:2] == [2.5, pytest.approx(11 / 3)]
    assert np.isnan(half[2])
    assert half[3] == 2
    all_four = scale_scores(items, {"s": list("abcd")}, min_answered=1.0)["s"]
    assert all_four.notna().tolist() == [True, False, False, False]


def bad(**changes):
    return answered(100).astype(object).assign(**changes)


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (lambda: bad(y1=3), "same answer throughout"),
        (lambda: bad(y1=None), "no answer at all"),
        (lambda: bad(y1="很同意"), "not a number in 100 rows"),
        (lambda: bad(y1=np.inf), "not a number"),
        (lambda: bad().drop(columns="y1"), "1 of 4 items are not in the table"),
        (lambda: bad().iloc[:12], "12 rows answer both y0 and y1, at least 30 needed"),
        (lambda: bad().iloc[:0], "0 rows"),
    ],
)
def test_scales_that_measure_nothing_are_refused(items, words):
    with pytest.raises(UserError, match=words):
        reliability(items(), structure()["first"])


def test_refusals_name_column_row_and_value():
    items = bad()
    items.loc[6, "y3"] = "５"
    with pytest.raises(UserError) as caught:
        cronbach_alpha(items)
    assert (caught.value.row, caught.value.column, caught.value.value) == (7, "y3", "５")


@pytest.mark.parametrize("value", [0, 6, 99])
def test_answers_out_of_range_are_named(value):
    items = answered()
    items.loc[41, "y1"] = value
    with pytest.raises(UserError, match="outside 1 to 5") as caught:
        item_statistics(items, structure(), low=1, high=5)
    assert (caught.value.row, caught.value.column, caught.value.value) == (42, "y1", value)


def test_one_cluster_gives_no_interval():
    with pytest.raises(UserError, match="1 cluster"):
        cronbach_alpha(answered(), cluster=np.zeros(400))


def test_items_that_cancel_have_no_sum():
    items = answered()[["y0"]].assign(y1=lambda d: 6 - d["y0"])
    with pytest.raises(UserError, match="no variance"):
        cronbach_alpha(items)


def test_copies_of_an_item_are_named():
    items = answered()
    items["y3"] = items["y2"]
    with pytest.raises(UserError, match="singular") as caught:
        omega_total(items, structure()["first"])[0]
    assert caught.value.column in ("y2", "y3")
