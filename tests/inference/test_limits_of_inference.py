"""Each limit on what is handed in: the last value that is taken, and the first that is refused."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.confounding import benchmark_bounds, confounding, of_line, oster
from compendium.inference.confounding.benchmarks import bound
from compendium.inference.confounding.e_value import e_value
from compendium.inference.multipliers import multipliers
from compendium.inference.rows import kept_rows
from compendium.inference.size_study import size_study, verdict
from compendium.inference.wild import tail_p
from compendium.inference.workers import run_blocks
from compendium.stats.design import design
from compendium.stats.tidy import Tidy

RNG = np.random.default_rng(3)
FRAME = pd.DataFrame(RNG.normal(size=(30, 3)), columns=["x", "z", "noise"])
Y = FRAME["x"] + FRAME["z"] + FRAME["noise"]
X = design(FRAME, ["x", "z"])
FOUND = confounding(Y, X, "x")
FULL = oster(Y, X, "x").movement


def ratio(value: float, low: float, high: float) -> Tidy:
    return Tidy("b", value, 0.1, low, high, 0.95)


LIMITS: dict[str, tuple[Callable[[float], object], float, float, str]] = {
    "partial R2, high": (lambda r: bound(0.1, r), 0.99, 1.0, "outside 0 to 1"),
    "partial R2, low": (lambda r: bound(r, 0.1), 0.0, -1e-9, "outside 0 to 1"),
    "multiple": (
        lambda k: benchmark_bounds(FOUND, Y, X, {"z": ["z"]}, (k,)),
        1e-6,
        0.0,
        "multiple must be above 0",
    ),
    "grid, low": (lambda b: FOUND.grid(bound=b, points=3), 1e-6, 0.0, "outside 0 to 1"),
    "grid, high": (lambda b: FOUND.grid(bound=b, points=3), 0.999, 1.0, "outside 0 to 1"),
    "share explained away": (
        lambda q: of_line(Tidy("b", 1.0, 0.5, level=0.95), 9, q=q),
        1e-6,
        0.0,
        "above 0",
    ),
    "degrees of freedom": (
        lambda df: of_line(Tidy("b", 1.0, 0.5, level=0.95), int(df)),
        2,
        1,
        "no degree of",
    ),
    "error of a line": (
        lambda se: of_line(Tidy("b", 1.0, se, level=0.95), 9),
        1e-6,
        0.0,
        "must be above 0",
    ),
    "error of a line beside a classical one": (
        lambda se: of_line(Tidy("b", 1.0, se, level=0.95), 9, se_classical=0.5),
        1e-6,
        0.0,
        "must be above 0",
    ),
    "classical error": (
        lambda se: of_line(Tidy("b", 1.0, 0.5, level=0.95), 9, se_classical=se),
        1e-6,
        0.0,
        "must be above 0",
    ),
    "largest R2, high": (lambda r: FULL.delta(r_max=r), 1.0, 1.0 + 1e-9, "lies outside the R2"),
    "largest R2, low": (
        lambda r: FULL.delta(r_max=r),
        FULL.r_tilde,
        FULL.r_tilde - 1e-9,
        "lies outside the R2",
    ),
    "a ratio": (lambda v: e_value(ratio(v, v, 2.0)), 1e-3, 0.0, "a ratio must be above 0"),
    "low end of a ratio": (lambda v: e_value(ratio(1.5, v, 2.0)), 0.0, -1e-9, "must be above 0"),
    "high end of a ratio": (lambda v: e_value(ratio(0.5, 0.1, v)), 0.5, 0.4, "leaves the estimate"),
    "low end over the ratio": (
        lambda v: e_value(ratio(1.5, v, 2.0)),
        1.5,
        1.6,
        "leaves the estimate",
    ),
    "ratio to be left": (lambda v: e_value(ratio(1.5, 1.2, 2.0), true=v), 1e-3, 0.0, "above 0"),
    "draws": (lambda d: multipliers(9, int(d), "webb", 1), 1, 0, "too few bootstrap draws"),
    "weight": (
        lambda w: kept_rows(Y, X, np.where(np.arange(30) == 4, w, 1.0)),
        0.0,
        -1e-9,
        "weight is negative",
    ),
    "clusters of a size study": (
        lambda G: size_study((int(G),), ("balanced",), ("CR1",), seed=1, replications=2),
        5,
        4,
        "too few clusters",
    ),
    "replications": (
        lambda n: size_study((6,), ("balanced",), ("CR1",), seed=1, replications=int(n)),
        2,
        0,
        "no replications",
    ),
    "jobs": (lambda n: run_blocks(len, [(1,)], jobs=int(n)), 1, 0, "one job"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_last_that_is_taken_and_the_first_that_is_refused(name: str) -> None:
    call, taken, refused, words = LIMITS[name]
    call(taken)
    with pytest.raises(UserError, match=words):
        call(refused)


def test_a_difference_may_be_negative_and_has_no_ratio_to_refuse() -> None:
    assert e_value(Tidy("b", -0.5, 0.1, -0.7, -0.3, 0.95), "standardised_difference").value > 1


@pytest.mark.parametrize(
    ("t", "drawn", "among", "kind", "expected"),
    [
        (0.0, [0.0, 0.0, 0.0, 0.0], True, "symmetric", 1.0),
        (2.0, [2.0, -2.0, 1.0, 0.0], True, "symmetric", 0.5),
        (2.0, [2.0, -2.0, 1.0], False, "symmetric", 0.75),
        (-2.0, [-2.0, 2.0, 1.0, 0.0], True, "symmetric", 0.5),
        (2.0, [2.0, -2.0, 1.0, 0.0], True, "equal-tailed", 0.5),
        (-2.0, [2.0, -2.0, 1.0, 0.0], True, "equal-tailed", 0.5),
        (0.0, [0.0, 0.0, 0.0], False, "equal-tailed", 1.0),
        (9.0, [1.0, 2.0, 3.0], False, "equal-tailed", 0.5),
    ],
)
def test_ties_count_as_extreme(
    t: float, drawn: list[float], among: bool, kind: str, expected: float
) -> None:
    """P of t among its draws, with as many as reach it; +1 in both where t is not among them."""
    assert tail_p(t, np.array(drawn), among, kind) == pytest.approx(expected)


def test_a_size_within_its_error_of_the_nominal_is_said_so() -> None:
    assert verdict(0.05, 0.001) == verdict(0.06, 0.001)
    assert verdict(0.0601, 0.0) != verdict(0.06, 0.0), "a fifth more than nominal is tolerated"
