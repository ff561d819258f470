"""Parameters of fit and necessary expressions, worked out by hand on four cases."""

from math import isnan

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.qca.fit import (
    fit_necessity,
    fit_sufficiency,
    fit_terms,
    others_of_each,
    parameters_of_fit,
    ratio,
)
from compendium.qca.necessity import necessary_expressions, single_conditions
from compendium.qca.sets import read_sets

X = np.array([1.0, 0.8, 0.4, 0.0])
Y = np.array([0.8, 0.9, 0.2, 0.1])
FRAME = pd.DataFrame({"a": X, "b": [0.2, 0.9, 0.9, 0.1], "y": Y}, index=list("pqrs"))


def test_sufficiency_by_hand() -> None:
    """Both 0.8 + 0.8 + 0.2 = 1.8 of x 2.2 and y 2.0; shared with not-y 0.2 + 0.1 + 0.2 = 0.5."""
    found = fit_sufficiency(X, Y)
    assert found.consistency == pytest.approx(1.8 / 2.2)
    assert found.coverage == pytest.approx(1.8 / 2.0)
    assert found.pri == pytest.approx(1.3 / 1.7)
    assert isnan(found.unique_coverage)


def test_necessity_by_hand() -> None:
    """1 - x sums to 1.8, 1 - min(x, y) to 2.2."""
    found = fit_necessity(X, Y)
    assert found.consistency == pytest.approx(1.8 / 2.0)
    assert found.coverage == pytest.approx(1.8 / 2.2)
    assert found.relevance == pytest.approx(1.8 / 2.2)


def test_what_a_term_covers_alone_is_beyond_the_others() -> None:
    """Of a and b: min(a, y) 0.8, 0.8, 0.2, 0; what b has of it 0.2, 0.8, 0.2, 0: 0.6 of 2.0."""
    terms = np.column_stack([X, FRAME["b"]])
    first, second = fit_terms(terms, Y)
    assert first.unique_coverage == pytest.approx(0.3)
    assert second.unique_coverage == pytest.approx(0.1 * 2 / 2.0)
    assert isnan(fit_terms(terms[:, :1], Y)[0].unique_coverage)
    three = np.array([[0.1, 0.5, 0.3], [0.9, 0.2, 0.9]])
    assert others_of_each(three).tolist() == [[0.5, 0.3, 0.5], [0.9, 0.9, 0.9]]


def test_nothing_over_nothing_is_not_a_number() -> None:
    assert isnan(ratio(0.0, 0.0))
    assert isnan(ratio(1.0, 0.0))
    assert ratio(1.0, 4.0) == 0.25


def test_a_lone_term_has_one_row_and_a_union_has_one_more() -> None:
    one = parameters_of_fit(FRAME, "a", "y", "sufficiency")
    two = parameters_of_fit(FRAME, "a + ~b", "y", "sufficiency")
    assert one["term"].tolist() == ["a"]
    assert two["term"].tolist() == ["a", "~b", "a + ~b"]
    union = np.maximum(X, 1 - FRAME["b"])
    assert two["consistency"].iloc[2] == pytest.approx(np.minimum(union, Y).sum() / union.sum())
    necessary = parameters_of_fit(FRAME, "a + b", "~y", "necessity")
    assert necessary["consistency"].iloc[0] == pytest.approx(np.minimum(X, 1 - Y).sum() / 2.0)
    with pytest.raises(UserError, match="no such relation"):
        parameters_of_fit(FRAME, "a", "y", "both")


def test_every_condition_and_its_negation_are_looked_at() -> None:
    found = single_conditions(read_sets(FRAME, "y", ["a", "b"]))
    assert [str(one.expression) for one in found] == ["a", "~a", "b", "~b"]
    assert found[0].fit.consistency == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        ({"consistency": 0.9}, {"a"}),
        ({"consistency": 0.901}, {"a + b"}),
        ({"consistency": 0.9, "coverage": 0.819}, set()),
        ({"consistency": 0.9, "coverage": 0.818}, {"a"}),
        ({"consistency": 0.9, "relevance": 0.819}, set()),
        ({"consistency": 0.901, "depth": 1}, set()),
        ({"consistency": 0.6}, {"a", "b", "a*b"}),
    ],
)
def test_expressions_pass_at_their_cut_offs(cuts: dict[str, float], expected: set[str]) -> None:
    """Consistencies: a 0.9, b (0.2 + 0.9 + 0.2 + 0.1) / 2 = 0.7, a*b 0.6, a + b 0.95."""
    found = necessary_expressions(read_sets(FRAME, "y", ["a", "b"]), **cuts)
    names = {str(one.expression) for one in found}
    assert {name for name in names if "~" not in name} == expected
