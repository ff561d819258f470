"""Kendall's tau and Welch's t equal R's (script and results in tests/reference/models)."""

import json
from pathlib import Path

import pytest

from compendium.errors import UserError
from compendium.stats.means import mean_difference
from compendium.stats.rank import kendall

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "models" / "rank_and_means.json").read_text("utf-8")
)
PRINTED = 1e-12
"""Fifteen digits are stored and both programs use closed forms."""


@pytest.mark.parametrize("name", REFERENCE["kendall"])
def test_kendall_equals_r(name):
    r = REFERENCE["kendall"][name]
    found = kendall(r["x"], r["y"])
    assert found.value == pytest.approx(r["tau"], rel=PRINTED)
    assert found.p == pytest.approx(r["p"], rel=1e-9)
    assert found.ci_low < found.value < found.ci_high
    assert ("asymptotic" in str(found.method)) == (name == "cars_ties")


@pytest.mark.parametrize("name", REFERENCE["welch"])
def test_welch_equals_r(name):
    r = REFERENCE["welch"][name]
    found = mean_difference(r["a"], r["b"])
    for ours, theirs in (
        (found.value, r["difference"]),
        (found.se, r["se"]),
        (found.p, r["p"]),
        (found.ci_low, r["low"]),
        (found.ci_high, r["high"]),
    ):
        assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], "4 pairs are too few"),
        ([1, 2, 3, 4, 5], [1, 1, 1, 1, 1], "constant"),
        ([1, 2, 3, 4, float("nan")], [1, 2, 3, 4, 5], "row 5, column x.*missing"),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4], "x and y differ in rows, 5 and 4"),
    ],
)
def test_kendall_refuses(x, y, said):
    with pytest.raises(UserError, match=said):
        kendall(x, y)


def test_a_mean_of_one_value_has_no_interval():
    with pytest.raises(UserError, match="first group has 1 values"):
        mean_difference([1], [1, 2, 3])
    with pytest.raises(UserError, match="constant"):
        mean_difference([1, 1], [2, 2])
