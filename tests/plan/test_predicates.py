"""Predicates are judged by interval, and senseless ones are refused."""

from dataclasses import dataclass
from math import nan

import pytest

from compendium.plan.predicates import check_scale, read_predicate


@dataclass
class Found:
    value: float
    ci_low: float = nan
    ci_high: float = nan


@pytest.mark.parametrize(
    ("predicate", "found", "outcome"),
    [
        ({"greater_than": 0.5}, Found(0.6, 0.51, 0.7), "holds"),
        ({"greater_than": 0.5}, Found(0.6, 0.49, 0.7), "inconclusive"),
        ({"greater_than": 0.5}, Found(0.4, 0.3, 0.5), "fails"),
        ({"greater_than": 0.5}, Found(0.6), "holds"),
        ({"greater_than": 0.5}, Found(0.5), "fails"),
        ({"less_than": 0}, Found(-1, -2, -0.1), "holds"),
        ({"less_than": 0}, Found(-1, -2, 0.1), "inconclusive"),
        ({"less_than": 0}, Found(1, 0, 2), "fails"),
        ({"between": [0.25, 0.75]}, Found(0.5), "holds"),
        ({"between": [0.25, 0.75]}, Found(0.5, 0.2, 0.6), "inconclusive"),
        ({"between": [0.25, 0.75]}, Found(0.1, 0.0, 0.25), "fails"),
        ({"between": [0.25, 0.75]}, Found(0.9), "fails"),
        ({"interval_within": [-1, 1]}, Found(0, -0.9, 0.9), "holds"),
        ({"interval_within": [-1, 1]}, Found(0, -1.1, 0.9), "inconclusive"),
        ({"interval_within": [-1, 1]}, Found(3, 2, 4), "fails"),
        ({"interval_excludes": 0}, Found(1, 0.5, 2), "holds"),
        ({"interval_excludes": 0}, Found(1, -0.5, 2), "inconclusive"),
    ],
)
def test_outcome_by_interval(predicate, found, outcome):
    assert read_predicate(predicate).judge(found) == outcome


@pytest.mark.parametrize(
    ("kind", "one", "two", "outcome"),
    [
        ("greater_than_estimate", Found(3, 2.5, 4), Found(1, 0, 2), "holds"),
        ("greater_than_estimate", Found(3, 1.5, 4), Found(1, 0, 2), "inconclusive"),
        ("greater_than_estimate", Found(0, -1, 0), Found(1, 0, 2), "fails"),
        ("less_than_estimate", Found(1, 0, 2), Found(3, 2.5, 4), "holds"),
        ("less_than_estimate", Found(3, 2.5, 4), Found(1, 0, 2), "fails"),
    ],
)
def test_comparison_of_two_estimates(kind, one, two, outcome):
    assert read_predicate({kind: "other"}).judge(one, two) == outcome


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"bigger_than": 1}, "unknown predicate 'bigger_than'"),
        ({"greater_than": 1, "less_than": 2}, "exactly one entry"),
        ("greater_than", "exactly one entry"),
        ({"greater_than": "much"}, "finite number"),
        ({"greater_than": True}, "finite number"),
        ({"greater_than": float("nan")}, "finite number"),
        ({"between": [1]}, "two numbers"),
        ({"between": [2, 1]}, "low < high"),
        ({"between": [1, 1]}, "low < high"),
        ({"greater_than_estimate": 3}, "names another estimate"),
    ],
)
def test_senseless_predicates_are_refused(raw, said):
    with pytest.raises(ValueError, match=said):
        read_predicate(raw)


@pytest.mark.parametrize(
    ("raw", "scale", "said"),
    [
        ({"greater_than": 1.2}, "share", "lies between 0 and 1"),
        ({"greater_than": 1}, "share", "no share can be"),
        ({"less_than": 0}, "ratio", "no ratio can be"),
        ({"between": [-2, 0.5]}, "difference", "lies between"),
        ({"between": [0, 1]}, "share", "could not fail"),
        ({"interval_excludes": -0.1}, "share", "lies between"),
    ],
)
def test_predicates_off_their_scale_are_refused(raw, scale, said):
    with pytest.raises(ValueError, match=said):
        check_scale(read_predicate(raw), scale)


def test_an_interval_is_demanded_where_the_statement_is_about_one():
    for raw in ({"interval_excludes": 0}, {"interval_within": [0, 1]}):
        with pytest.raises(ValueError, match="needs an estimate with an interval"):
            read_predicate(raw).judge(Found(0.5))


def test_nan_is_never_judged():
    with pytest.raises(ValueError, match="nan"):
        read_predicate({"greater_than": 0}).judge(Found(nan))


def test_words_in_both_languages():
    words = read_predicate({"between": [0.25, 0.75]}).words()
    assert words.en == "between 0.25 and 0.75"
    assert words.zh == "介于 0.25 与 0.75 之间"
