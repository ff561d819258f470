"""Each limit on what is handed in: the last value that is taken, and the first that is refused."""

from collections.abc import Callable
from math import nan

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.measurement.aggregation import consensus, icc, null_variance
from compendium.measurement.answers import answers
from compendium.measurement.invariance import invariance
from compendium.measurement.items import item_statistics, scale_scores
from compendium.measurement.method_variance import marker_correction
from compendium.measurement.polychoric import polychoric
from compendium.measurement.reliability import cronbach_alpha
from compendium.measurement.simple_structure import refuse_few

RNG = np.random.default_rng(5)
TRAIT = RNG.normal(size=120)
ITEMS = pd.DataFrame(
    {f"i{k}": np.clip(np.round(3 + TRAIT + RNG.normal(size=120)), 1, 5) for k in range(4)}
)
FACTOR = {"f": list(ITEMS.columns)}


def _steps(count: int) -> pd.DataFrame:
    """Two items, the first of which has so many different answers."""
    return pd.DataFrame({"a": np.arange(120) % count, "b": ITEMS["i0"]})


def _units(rows: int) -> pd.Series:
    """Units of one row each, the last of which has so many."""
    return pd.Series([*range(120 - rows), *[-1] * rows])


LIMITS: dict[str, tuple[Callable[[float], object], float, float, str]] = {
    "categories": (
        lambda k: consensus(ITEMS, np.arange(120) % 9, categories=int(k)),
        5,
        4,
        "answers span 4 steps",
    ),
    "rows of a unit": (lambda k: icc(ITEMS["i0"], _units(int(k))), 2, 1, "two rows"),
    "complete rows of a unit": (
        lambda k: consensus(ITEMS, _units(int(k)), categories=5),
        2,
        1,
        "two complete rows",
    ),
    "probabilities": (lambda p: null_variance([0.5, 0.5 + p]), 1e-10, 1e-8, "must sum to 1"),
    "a probability": (lambda p: null_variance([p, 1 - p]), 0.0, -1e-6, "must sum to 1"),
    "rows that are asked for": (
        lambda n: answers(ITEMS[:30]).complete_rows(int(n)),
        30,
        31,
        "complete rows, at least 31",
    ),
    "rows for alpha": (lambda n: cronbach_alpha(ITEMS[: int(n)]), 3, 2, "complete rows"),
    "items for alpha": (lambda k: cronbach_alpha(ITEMS.iloc[:, : int(k)]), 2, 1, "two items"),
    "share answered, low": (
        lambda s: scale_scores(ITEMS, FACTOR, min_answered=s),
        1e-6,
        0.0,
        "share of answered items",
    ),
    "share answered, high": (
        lambda s: scale_scores(ITEMS, FACTOR, min_answered=s),
        1.0,
        1.1,
        "share of answered items",
    ),
    "scales beside a marker": (
        lambda k: marker_correction(ITEMS.iloc[:, : 1 + int(k)], "i0"),
        2,
        1,
        "two scales besides",
    ),
    "answers of an item": (lambda k: polychoric(_steps(int(k))), 10, 11, "11 different answers"),
    "items that correlate": (
        lambda k: polychoric(ITEMS.iloc[:, : int(k)]),
        2,
        1,
        "correlates with nothing",
    ),
    "rows for parameters": (lambda n: refuse_few(int(n), 12), 13, 12, "12 complete rows for 12"),
    "groups": (
        lambda g: invariance(ITEMS, FACTOR, np.arange(120) % int(g)),
        2,
        1,
        "group among complete rows",
    ),
    "rows of a group": (
        lambda n: invariance(ITEMS, FACTOR, np.arange(120) < n),
        30,
        29,
        "29 complete rows",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_last_that_is_taken_and_the_first_that_is_refused(name: str) -> None:
    call, taken, refused, words = LIMITS[name]
    call(taken)
    with pytest.raises(UserError, match=words):
        call(refused)


def test_units_that_differ_as_much_as_their_members_have_an_icc_of_0() -> None:
    """Means -1, 0, 1 of pairs one off their mean: mean squares of 4 / 2 and 6 / 3, so F is 1."""
    found = icc([-2.0, 0.0, -1.0, 1.0, 0.0, 2.0], ["a", "a", "b", "b", "c", "c"])
    assert found.f == 1.0
    assert found.icc1.value == 0.0
    assert found.icc2.value == 0.0


def test_units_whose_means_are_alike_have_the_least_icc_of_their_size() -> None:
    """With F at 0 ICC(1) is -1 / (size - 1); a reliability below chance is not given."""
    found = icc([-1.0, 1.0, -1.0, 1.0], ["a", "a", "b", "b"])
    assert found.f == 0.0
    assert found.icc1.value == -1.0
    assert np.isnan(found.icc2.value)


def test_half_the_answers_are_enough_for_a_score() -> None:
    frame = pd.DataFrame(
        {"a": [1, 1, 2, 4], "b": [3, nan, 1, nan], "c": [nan, 3, 2, nan], "d": [4, nan, 5, nan]}
    )
    scores = scale_scores(frame, {"s": list("abcd")})["s"]
    assert scores[0] == pytest.approx((1 + 3 + 4) / 3)
    assert scores[1] == 2.0
    assert np.isnan(scores[3])


def test_answers_at_the_ends_of_the_scale_are_counted() -> None:
    frame = pd.DataFrame({"a": [1, 1, 5, 3, 2], "b": [2, 3, 4, 3, 5]})
    found = item_statistics(frame, {"s": ["a", "b"]}, low=1, high=5).set_index("item")
    assert found.loc["a", "floor"] == pytest.approx(0.4)
    assert found.loc["a", "ceiling"] == pytest.approx(0.2)
    assert found.loc["b", "floor"] == 0.0
