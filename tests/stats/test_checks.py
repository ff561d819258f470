"""Inputs of one estimator must be of the same rows, and numbers must be numbers."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.stats.checks import numbers, same_rows, without_index
from compendium.stats.clusters import cluster_codes, cluster_labels
from compendium.stats.design import INTERCEPT, check_design, design

ROWS = pd.DataFrame({"y": [1.0, 2, 3, 4], "x": [2.0, 1, 4, 3]}, index=[10, 11, 12, 13])


def test_an_index_in_another_order_is_refused_by_both_names_and_the_first_label():
    with pytest.raises(UserError) as error:
        same_rows(outcome=ROWS["y"], some_terms=ROWS[["x"]].loc[[10, 12, 11, 13]])
    said = str(error.value)
    assert said.startswith("row 2: the indexes of outcome and some terms are not aligned")
    assert "11 is not 12" in said


@pytest.mark.parametrize(
    "others",
    [
        {"x": ROWS["x"].reset_index(drop=True)},
        {"x": np.ones(4), "clusters": ROWS["x"].rename(index=str)},
        {"x": ROWS["x"].set_axis([10, 11, np.nan, 13])},
        {"x": ROWS["x"].set_axis(pd.MultiIndex.from_product([["a", "b"], [1, 2]]))},
    ],
)
def test_any_other_index_is_refused(others):
    with pytest.raises(UserError, match="not aligned"):
        same_rows(y=ROWS["y"], **others)


def test_lengths_are_compared_whatever_holds_the_values():
    with pytest.raises(UserError, match="y and clusters differ in rows, 4 and 3"):
        same_rows(y=ROWS["y"].to_numpy(), x=None, clusters=["a", "b", "c"])


def test_equal_indexes_and_arrays_pass_and_labels_may_repeat():
    twice = ROWS.set_axis([1, 1, 2, 2])
    same_rows(y=twice["y"], x=twice[["x"]], clusters=list("aabb"), weights=None)
    same_rows(y=ROWS["y"], x=ROWS[["x"]].set_axis([10.0, 11.0, 12.0, 13.0]))


def test_a_design_keeps_the_index_of_its_frame():
    same_rows(outcome=ROWS["y"], terms=design(ROWS, ["x"]))


def test_without_index_numbers_rows_anew_and_leaves_the_rest():
    assert without_index(ROWS["x"]).index.tolist() == [0, 1, 2, 3]
    assert without_index(ROWS["x"]).name == "x"
    assert without_index([1, 2]) == [1, 2]
    assert without_index(None) is None


@pytest.mark.parametrize("values", [["1", "2"], pd.Series(["1", "2"]), pd.Categorical(["1", "2"])])
def test_text_is_no_number_even_where_it_looks_like_one(values):
    with pytest.raises(UserError, match=r"row 1, column score, value '1': score is text"):
        numbers(values, "score")


def test_numbers_in_an_object_column_are_numbers():
    np.testing.assert_array_equal(
        numbers(pd.Series([1, 2.5, True], dtype=object), "x"), [1, 2.5, 1]
    )


@pytest.mark.parametrize("dates", [pd.to_datetime(["2000-01-01", None]), pd.to_timedelta([1, 2])])
def test_dates_are_no_numbers(dates):
    with pytest.raises(UserError, match="a date is no number"):
        numbers(pd.Series(dates), "day")


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (pd.Series([31, "31", 32]), "row 2, value \"'31'\".*text in some rows"),
        (np.array([[1, 2], [1, 3], [2, 3]]), "several columns"),
    ],
)
def test_a_cluster_has_one_label_of_one_kind(labels, problem):
    with pytest.raises(UserError, match=problem):
        cluster_codes(labels, 3)


def test_labels_of_clusters_are_those_of_the_rows_whatever_the_index():
    labels = pd.Series(["b", "a", "b", "c"], index=[3, 2, 1, 0])
    codes, G = cluster_codes(labels, 4)
    assert (G, cluster_labels(labels, codes)) == (3, cluster_labels(list(labels), codes))
    assert [cluster_labels(labels, codes)[code] for code in codes] == ["b", "a", "b", "c"]


def test_a_gap_among_objects_is_a_missing_term_and_not_a_bad_number():
    X = pd.DataFrame({INTERCEPT: 1.0, "x": pd.Series([1, None, 3, 5], dtype=object)})
    with pytest.raises(UserError, match="row 2, column x: a term is missing"):
        check_design(X, 4)
