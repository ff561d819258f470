"""Each limit on what is handed in: the last value that is taken, and the first that is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from compendium.errors import UserError
from compendium.qca.calibration import Bell, Crisp, Direct, Indirect, Linear
from compendium.qca.sets import read_sets
from compendium.qca.truthtable import Cuts, truth_table

FRAME = pd.DataFrame(
    {"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "y": [1, 1, 0, 0]}, index=list("wxyz")
).astype(float)


def _many(count: int) -> object:
    names = [f"c{i}" for i in range(count)]
    frame = pd.DataFrame(np.tile([[0.2], [0.8]], (1, count)), columns=names).assign(y=[0.1, 0.9])
    return read_sets(frame, "y", names)


LIMITS: dict[str, tuple[Callable[[Any], object], object, object, str]] = {
    "idm, low": (lambda v: Direct(0, 1, 2, idm=v), 0.51, 0.5, "idm"),
    "idm, high": (lambda v: Direct(0, 1, 2, idm=v), 0.99, 1.0, "idm"),
    "crossover over exclusion": (lambda v: Direct(0, v, 2), 1e-6, 0, "out of order"),
    "crossover under inclusion": (lambda v: Direct(0, v, 2), 1.999, 2, "out of order"),
    "falling crossover": (lambda v: Direct(2, v, 0), 1.999, 2, "out of order"),
    "power below": (lambda v: Linear(0, 1, 2, below=v), 1e-6, 0.0, "power is not positive"),
    "power above": (lambda v: Linear(0, 1, 2, above=v), 1e-6, 0.0, "power is not positive"),
    "middle of a bell": (lambda v: Bell((0, 1, 2, v, 4, 5)), 2, 1.9, "six anchors"),
    "rising thresholds": (lambda v: Crisp((1.0, v)), 1.001, 1.0, "do not rise"),
    "value of the indirect method": (
        lambda v: Indirect((2.5, 4.5)).apply([v, 1, 2, 3, 4, 5, 6]),
        0.0,
        -1e-9,
        "a value is negative",
    ),
    "consistency, low": (lambda v: Cuts(consistency=v), 0.0, -1e-9, "cut-offs"),
    "consistency, high": (lambda v: Cuts(consistency=v), 1.0, 1.1, "cut-offs"),
    "contradiction": (lambda v: Cuts(contradiction=v), 0.8, 0.81, "cut-offs"),
    "PRI, low": (lambda v: Cuts(pri=v), 0.0, -1e-9, "cut-offs"),
    "PRI, high": (lambda v: Cuts(pri=v), 1.0, 1.1, "cut-offs"),
    "frequency": (lambda v: Cuts(frequency=v), 1, 0, "frequency"),
    "first row": (lambda v: truth_table(FRAME, "y", ["a", "b"], exclude=[v]), 1, 0, "no such row"),
    "last row": (lambda v: truth_table(FRAME, "y", ["a", "b"], exclude=[v]), 4, 5, "no such row"),
    "conditions": (_many, 26, 27, "27 conditions"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_last_that_is_taken_and_the_first_that_is_refused(name: str) -> None:
    call, taken, refused, words = LIMITS[name]
    call(taken)
    with pytest.raises(UserError, match=words):
        call(refused)


@pytest.mark.parametrize(
    ("n", "consistency", "pri", "expected"),
    [
        (1, 1.0, 1.0, "?"),
        (2, 0.8, 0.6, "1"),
        (2, 0.8, 0.5, "0"),
        (2, 0.79, 0.6, "C"),
        (2, 0.7, 0.6, "C"),
        (2, 0.69, 0.6, "0"),
    ],
)
def test_a_row_at_a_cut_off_is_over_it(
    n: int, consistency: float, pri: float, expected: str
) -> None:
    cuts = Cuts(consistency=0.8, contradiction=0.7, pri=0.6, frequency=2)
    assert cuts.out(n, consistency, pri) == expected


def test_a_crisp_value_at_a_threshold_is_below_it_or_in_it_as_documented() -> None:
    assert Crisp((2.0,)).apply([1.0, 2.0, 3.0]).tolist() == [0.0, 1.0, 1.0]


def test_memberships_at_the_anchors_are_those_of_their_definition() -> None:
    assert Linear(0, 1, 3).apply([-1, 0, 0.5, 1, 2, 3, 4]).tolist() == [
        0.0,
        0.0,
        0.25,
        0.5,
        0.75,
        1.0,
        1.0,
    ]
    found = Bell((0, 1, 2, 4, 5, 6)).apply([0, 1, 2, 3, 4, 5, 6])
    assert found.tolist() == [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0]
    valley = Bell((0, 1, 2, 4, 5, 6), valley=True).apply([0, 1, 2, 3, 4, 5, 6])
    assert valley.tolist() == [1.0, 0.5, 0.0, 0.0, 0.0, 0.5, 1.0]


def test_indirect_memberships_are_a_fractional_logit_of_six_decimals() -> None:
    """As statsmodels fits it; what is next to 0 is fully out."""
    x, thresholds = np.arange(1.0, 13.0), (2.5, 4.5, 6.5, 9.5)
    group = (x[:, None] > np.array(thresholds)).sum(axis=1) / 4
    terms = np.column_stack([np.ones_like(x), np.log(x), np.sqrt(x), x, x**2])
    fitted = sm.GLM(group, terms / terms.max(axis=0), family=sm.families.Binomial()).fit()
    found = Indirect(thresholds).apply(x)
    assert found[0] == 0.0
    assert found[1:] == pytest.approx(fitted.fittedvalues[1:], abs=1e-6)
    assert found.tolist() == np.round(found, 6).tolist()
