"""Polychoric correlations: closed forms, recovered truth, refusals."""

from itertools import product
from math import asin, pi, sin

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from compendium.errors import UserError
from compendium.measurement.polychoric import bivariate_normal, polychoric

from .simulated import five_points, two_factors


def from_table(table):
    cells = np.array(table)
    i, j = np.divmod(np.repeat(np.arange(cells.size), cells.ravel()), cells.shape[1])
    return pd.DataFrame({"a": i, "b": j})


@pytest.mark.parametrize("agree", [10, 25, 40, 48])
def test_median_splits_have_the_tetrachoric_correlation_of_sheppard(agree):
    found = polychoric(from_table([[agree, 50 - agree], [50 - agree, agree]]))
    assert found.correlations.loc["a", "b"] == pytest.approx(
        sin(2 * pi * (agree / 100 - 0.25)), abs=1e-12
    )
    assert found.thresholds["threshold_1"].tolist() == pytest.approx([0, 0], abs=1e-15)


@pytest.mark.parametrize("rho", [-0.99, -0.7, 0.0, 0.3, 0.95, 0.999])
def test_bivariate_normal_equals_scipy_and_its_closed_form(rho):
    points = list(product([-2.0, -0.3, 0.0, 0.31, 1.5], repeat=2))
    h, k = np.array(points).T
    ours = bivariate_normal(h, k, np.full(h.size, rho))
    theirs = [multivariate_normal.cdf(point, cov=[[1, rho], [rho, 1]]) for point in points]
    np.testing.assert_allclose(ours, theirs, atol=1e-8)
    zero = np.zeros(1)
    quarter = 0.25 + asin(rho) / (2 * pi)
    assert bivariate_normal(zero, zero, zero + rho)[0] == pytest.approx(quarter, abs=1e-15)


def test_correlations_behind_five_point_answers_are_recovered():
    normal, _ = two_factors(40_000, 11, loadings=[0.9, 0.8, 0.6, 0.4] * 2, correlation=0.5)
    found = polychoric(five_points(normal)).correlations.to_numpy()
    # Standard error of a correlation at 40,000 rows is below 0.005, of a polychoric one a bit more.
    np.testing.assert_allclose(found, normal.corr().to_numpy(), atol=0.012)
    cut = five_points(normal).corr().to_numpy()
    assert abs(cut[0, 1]) < abs(found[0, 1]) - 0.03


def test_only_the_order_of_codes_matters():
    items = five_points(two_factors(500, 12)[0])
    recoded = items.replace({1: -7, 2: 0, 3: 0.5, 4: 90, 5: 91})
    plain, other = polychoric(items).correlations, polychoric(recoded).correlations
    pd.testing.assert_frame_equal(plain, other)
    turned = polychoric(items.assign(y1=-items["y1"])).correlations
    assert turned.loc["y0", "y1"] == pytest.approx(-plain.loc["y0", "y1"], abs=1e-12)


def test_rows_are_used_where_both_answers_are_given():
    items = five_points(two_factors(300, 13)[0]).astype(float)
    items.loc[:99, "y0"] = np.nan
    found = polychoric(items)
    assert found.n.loc["y0", "y1"] == 200
    assert found.n.loc["y1", "y2"] == 300


def test_empty_cells_are_no_obstacle():
    found = polychoric(from_table([[30, 9, 0], [5, 20, 6], [0, 4, 26]]))
    assert found.at_bound == ()
    assert 0.8 < found.correlations.loc["a", "b"] < 0.95


@pytest.mark.parametrize("table", [[[50, 0], [10, 40]], [[30, 0, 0], [0, 30, 0], [0, 0, 30]]])
def test_correlations_that_rise_to_one_are_named(table):
    found = polychoric(from_table(table))
    assert found.at_bound == (("a", "b"),)
    assert found.correlations.loc["a", "b"] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (lambda: from_table([[20, 20], [0, 0]]), "same answer throughout"),
        (lambda: from_table([[4, 3], [2, 3]]), "12 rows answer both a and b"),
        (lambda: pd.DataFrame({"a": range(40), "b": [0, 1] * 20}), "40 different answers"),
        (lambda: from_table([[20, 20], [20, 20]])[["a"]], "one item"),
    ],
)
def test_tables_that_show_nothing_are_refused(items, words):
    with pytest.raises(UserError, match=words):
        polychoric(items())
