"""Views of truth tables, types of cases and remainders, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from compendium.qca.primes import Cube
from compendium.qca.remainders import in_union, irreducible, remainders_in, union_size
from compendium.qca.truthtable import Cuts, truth_table
from compendium.qca.views import case_types, diversity, truth_table_view

CASES = pd.DataFrame(
    {
        "a": [0.9, 0.9, 0.8, 0.1, 0.2, 0.5],
        "b": [0.9, 0.8, 0.1, 0.9, 0.1, 0.9],
        "c": [0.1, 0.1, 0.9, 0.9, 0.9, 0.9],
        "y": [0.9, 0.9, 0.8, 0.1, 0.1, 0.9],
    },
    index=["p", "q", "r", "s", "t", "u"],
)
TABLE = truth_table(CASES, "y", ["a", "b", "c"], Cuts(consistency=0.8))


@pytest.mark.parametrize(
    ("x", "y", "sufficiency", "necessity"),
    [
        (0.6, 0.6, "typical", "typical"),
        (0.6, 0.4, "deviant_consistency", "deviant_relevance"),
        (0.4, 0.6, "deviant_coverage", "deviant_consistency"),
        (0.4, 0.4, "irrelevant", "irrelevant"),
        (0.5, 0.9, "ambiguous", "ambiguous"),
        (0.9, 0.5, "ambiguous", "ambiguous"),
        (0.5001, 0.5001, "typical", "typical"),
    ],
)
def test_cases_have_the_type_of_their_quadrant(
    x: float, y: float, sufficiency: str, necessity: str
) -> None:
    at = np.array([x]), np.array([y])
    assert case_types(*at, "sufficiency") == [sufficiency]
    assert case_types(*at, "necessity") == [necessity]


def test_diversity_counts_rows_with_cases_and_the_case_on_the_fence() -> None:
    """Cases lie in ABc (two), AbC, aBC and abC; the last is at 0.5 of A, in no row."""
    assert diversity(TABLE) == {
        "possible": 8,
        "observed": 4,
        "remainders": 4,
        "share_observed": 0.5,
        "cases": 6,
        "cases_in_no_row": 1,
        "largest_row": 2,
    }


def test_positive_rows_come_first_then_those_of_most_cases() -> None:
    view = truth_table_view(TABLE).drop_duplicates("row")
    assert view["position"].tolist() == list(range(1, len(view) + 1))
    assert view["n"].tolist()[0] == 2
    order = {"1": 0, "C": 1, "0": 2, "?": 3}
    assert view["out"].map(order).is_monotonic_increasing
    first = truth_table_view(TABLE).head(3)
    assert first["condition"].tolist() == ["a", "b", "c"]
    assert first["present"].tolist() == [1, 1, 0]


def test_unions_are_counted_as_they_are_listed() -> None:
    """A is configurations 4 to 7 of three conditions, BC 3 and 7: five in all."""
    a, bc, abc = Cube(4, 4), Cube(3, 3), Cube(7, 7)
    assert union_size([a, bc], 3) == 5
    assert union_size([a, bc, abc], 3) == 5
    assert union_size([], 3) == 0
    assert union_size([Cube(0, 0)], 3) == 8
    assert np.flatnonzero(in_union(np.arange(8), [a, bc])).tolist() == [3, 4, 5, 6, 7]
    assert irreducible([a, abc, bc, a]) == [a, bc]


def test_remainders_of_a_union_have_no_cases() -> None:
    """Of A (AbC and ABc have cases) the rows Abc and ABC are left: numbers 5 and 8."""
    found = remainders_in(TABLE, [Cube(4, 4)])
    assert found.rows == (5, 8)
    assert found.count == 2
    assert remainders_in(TABLE, [Cube(4, 4)], without=[Cube(7, 7)]).rows == (5,)
