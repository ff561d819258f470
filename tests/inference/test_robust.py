"""Least squares with named errors: what is refused, what is said, what is recovered."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.robust import least_squares
from compendium.stats.design import design
from compendium.stats.few_clusters import ols_cr2
from compendium.stats.linear import ols

DATA = Path(__file__).parents[1] / "reference" / "inference" / "data" / "clustered.csv"
FRAME = pd.read_csv(DATA, encoding="utf-8")
X = design(FRAME, ["x", "treated"])


def fit(errors, frame=FRAME, terms=("x", "treated"), **options):
    cluster = None if errors.startswith("HC") else frame["place"]
    return least_squares(frame["y"], design(frame, list(terms)), cluster, errors=errors, **options)


def test_it_is_what_the_other_rooms_have():
    clustered = ols(FRAME["y"], X, FRAME["place"])
    np.testing.assert_allclose(fit("CR1").V, clustered.V, rtol=1e-10)
    assert fit("CR1")["x"].p == pytest.approx(clustered["x"].p)
    np.testing.assert_allclose(fit("HC3").V, ols(FRAME["y"], X, covariance="HC3").V, rtol=1e-10)
    plain = ols_cr2(FRAME["y"], X, FRAME["place"])
    assert fit("CR2")["x"].ci_low == pytest.approx(plain["x"].ci_low)


def test_the_method_string_says_what_was_done():
    method = str(fit("CR2", weights=FRAME["w"], working="identity")["x"].method)
    assert method.startswith("WLS, CR2 by place (working covariance identity), 12 clusters")
    assert "Satterthwaite t with" in method
    assert str(fit("CR3")["x"].method) == "OLS, CR3 by place, 12 clusters, t(11)"
    assert str(fit("HC2")["x"].method) == "OLS, HC2, t(237)"


def test_errors_are_never_swapped():
    with pytest.raises(UserError, match="CR2 needs clusters"):
        least_squares(FRAME["y"], X, errors="CR2")
    with pytest.raises(UserError, match="HC1 does not allow for clusters"):
        least_squares(FRAME["y"], X, FRAME["place"], errors="HC1")
    with pytest.raises(UserError, match="unknown errors"):
        least_squares(FRAME["y"], X, FRAME["place"], errors="CR4")


def test_a_missing_cluster_and_a_single_one_are_refused():
    holes = FRAME["place"].mask(FRAME.index == 3)
    with pytest.raises(UserError, match="row 4: cluster label is missing"):
        least_squares(FRAME["y"], X, holes, errors="CR1")
    with pytest.raises(UserError, match="1 cluster: no standard error"):
        least_squares(FRAME["y"], X, ["one"] * len(FRAME), errors="CR2")


def test_collinear_terms_are_named():
    doubled = X.assign(again=2 * X["x"])
    with pytest.raises(UserError, match="column again: a term is a combination"):
        least_squares(FRAME["y"], doubled, FRAME["place"], errors="CR2")


def test_rows_of_weight_zero_count_for_nothing_and_are_counted():
    zero = FRAME["place"].isin(["p01", "p02"])
    weighted = fit("CR2", weights=(~zero).astype(float))
    left = FRAME[~zero].reset_index(drop=True)
    np.testing.assert_allclose(weighted.V, fit("CR2", frame=left).V, rtol=1e-10)
    assert weighted.n_clusters == 10
    assert "9 rows of weight 0 left out" in str(weighted["x"].method)


def test_impossible_weights_are_refused():
    with pytest.raises(UserError, match=r"row 1, value -1\.0: a weight is negative"):
        fit("CR1", weights=np.full(len(FRAME), -1.0))
    with pytest.raises(UserError, match="every weight is 0"):
        fit("CR1", weights=np.zeros(len(FRAME)))


def test_more_coefficients_than_clusters_is_said():
    rng = np.random.default_rng(1)
    noise = {f"z{i}": rng.normal(size=len(FRAME)) for i in range(14)}
    found = fit("CR2", frame=FRAME.assign(**noise), terms=("x", *noise))["x"]
    assert np.isfinite(found.se)
    assert "16 coefficients on 12 clusters: no joint test of all" in str(found.method)


@pytest.mark.parametrize("errors", ["CR0", "CR1", "CR2", "CR3"])
def test_one_treated_cluster_is_said_of_its_term_alone(errors):
    frame = FRAME.assign(here=(FRAME["place"] == "p03").astype(float))
    found = fit(errors, frame=frame, terms=("x", "here"))
    assert "p03 alone decides it: the error is too small" in str(found["here"].method)
    assert "alone" not in str(found["x"].method)


def test_two_clusters_have_an_error_with_one_degree_of_freedom():
    two = FRAME[FRAME["place"].isin(["p11", "p12"])].reset_index(drop=True)
    found = fit("CR1", frame=two, terms=("x",))["x"]
    assert "2 clusters, t(1)" in str(found.method)
    assert found.ci_high - found.ci_low > 20 * found.se


def test_a_row_that_decides_alone_has_no_hc3():
    frame = FRAME.assign(single=(FRAME.index == 7).astype(float))
    with pytest.raises(UserError, match=r"row 8: a row alone decides a coefficient"):
        fit("HC3", frame=frame, terms=("x", "single"))


def test_a_hundred_thousand_rows_need_no_array_of_rows_by_rows():
    rng = np.random.default_rng(2)
    n, G = 100_000, 500
    frame = pd.DataFrame({"x": rng.normal(size=n), "place": rng.integers(0, G, n)})
    frame["y"] = 0.5 * frame["x"] + rng.normal(size=G)[frame["place"]] + rng.normal(size=n)
    line = ols_cr2(frame["y"], design(frame, ["x"]), frame["place"])["x"]
    assert abs(line.value - 0.5) < 4 * line.se
