"""Each limit on what is handed in: the last value that is taken, and the first that is refused."""

from collections.abc import Callable
from math import inf, nan, sqrt

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.stats.binomial import beta_binomial
from compendium.stats.bounds import unseen_share_needed
from compendium.stats.checks import check_level
from compendium.stats.cluster_bootstrap import percentile_line, resample
from compendium.stats.design import check_design, design
from compendium.stats.dirichlet import dirichlet_multinomial
from compendium.stats.fitted import ols
from compendium.stats.imputation import impute, pool
from compendium.stats.leave_one_out import leave_one_out
from compendium.stats.means import mean_difference
from compendium.stats.mediation import unmeasured_confounding
from compendium.stats.meta_analysis import Effects, fisher_z, random_effects
from compendium.stats.moderation import _roots, johnson_neyman
from compendium.stats.multilevel import random_intercepts, within_ols
from compendium.stats.proportions import binomial_interval, pooled_share
from compendium.stats.rank import kendall
from compendium.stats.survey_design import survey_design, weighted_share
from compendium.stats.systems import joint_test, stacked_ols
from compendium.stats.tidy import Tidy

RNG = np.random.default_rng(7)
N = 40
X = RNG.normal(size=N)
Y = X + RNG.normal(size=N)
FRAME = pd.DataFrame({"x": X, "w": RNG.normal(size=N), "y": Y, "place": np.arange(N) % 8})


def _design(rows: int, columns: int) -> pd.DataFrame:
    made = np.column_stack([np.ones(rows), np.eye(rows)[:, : columns - 1]])
    return pd.DataFrame(made, columns=[f"c{i}" for i in range(columns)])


def _counts(batches: int, categories: int) -> pd.DataFrame:
    made = RNG.integers(5, 30, size=(batches, categories))
    return pd.DataFrame(made, columns=[f"k{i}" for i in range(categories)])


def _gaps(seen: int) -> pd.DataFrame:
    x = np.arange(30.0)
    return pd.DataFrame({"x": x, "z": np.where(np.arange(30) < seen, x % 7, nan)})


def _line(value: float, se: float = 1.0, n: int = 50) -> Tidy:
    return Tidy("b", value, se, value - 2, value + 2, 0.95, 0.5, n)


def _studies(count: int) -> Effects:
    y = np.array([0.1, 0.4, 0.2, 0.3])[:count]
    return Effects(tuple("abcd"[:count]), y, np.full(count, 0.04))


def _groups(rows_in_the_last: int) -> pd.Series:
    """Groups of one row each, the last of which may have more."""
    return pd.Series([*range(N - rows_in_the_last), *[N] * rows_in_the_last])


def _mean_of(frame: pd.DataFrame) -> Tidy:
    return mean_difference(frame["y"], -frame["y"])


MODERATED = ols(Y, design(FRAME.assign(**{"x:w": FRAME.x * FRAME.w}), ["x", "w", "x:w"]))
DRAWN = resample(FRAME[["x", "y"]], FRAME["place"], 100, 1, "place")
SYSTEM = stacked_ols({"one": Y, "two": X + Y**2}, design(FRAME, ["w"]))

LIMITS: dict[str, tuple[Callable[[object], object], object, object, str]] = {
    "trials a row": (
        lambda n: beta_binomial([1, 1, 0, 1], n, _design(4, 1)),
        [2, 3, 2, 3],
        [1, 1, 1, 1],
        "one trial",
    ),
    "level, low": (check_level, 1e-9, 0, "level"),
    "level, high": (check_level, 1 - 1e-9, 1, "level"),
    "threshold, low": (
        lambda t: unseen_share_needed([1, 0, 0, 0], threshold=t),
        0.9,
        0,
        "threshold",
    ),
    "threshold, high": (
        lambda t: unseen_share_needed([1, 0, 0, 0], threshold=t),
        0.9,
        1,
        "threshold",
    ),
    "bootstrap draws": (
        lambda d: resample(FRAME[["x", "y"]], FRAME["place"], d, 1, "place"),
        100,
        99,
        "too few bootstrap draws",
    ),
    "draws that are defined": (
        lambda k: percentile_line("b", 0.5, np.where(np.arange(100) < k, 0.5, nan), DRAWN, 0.95),
        50,
        49,
        "undefined in nearly all",
    ),
    "rows for columns": (lambda n: check_design(_design(n, 3), n), 4, 3, "rows for 3 coefficients"),
    "rows for coefficients": (
        lambda n: ols(Y[:n], design(FRAME[:n], ["x", "w"])),
        4,
        3,
        "rows for 3 coefficients",
    ),
    "batches": (lambda b: dirichlet_multinomial(_counts(b, 3)), 6, 1, "batches of"),
    "categories": (lambda k: dirichlet_multinomial(_counts(6, k)), 2, 1, "batches of"),
    "counts of nothing": (
        lambda v: dirichlet_multinomial(_counts(6, 3).assign(k0=[v, 3, 9, 4, 7, 2])),
        0,
        -1,
        "not counts",
    ),
    "answers in a column": (lambda k: impute(_gaps(k), m=2, seed=1), 10, 9, "answers in the"),
    "imputations made": (lambda m: impute(_gaps(20), m=m, seed=1), 2, 1, "two imputations"),
    "imputations pooled": (
        lambda m: pool([_line(1.0 + i) for i in range(m)]),
        2,
        1,
        "two imputations",
    ),
    "errors of pooled lines": (
        lambda se: pool([_line(1.0), _line(2.0, se)]),
        1e-9,
        0.0,
        "no standard error",
    ),
    "rows of pooled lines": (
        lambda n: pool([_line(1.0), _line(2.0, n=n)]),
        50,
        51,
        "differ in term, rows or level",
    ),
    "groups to leave out": (
        lambda g: leave_one_out(_mean_of, FRAME.assign(g=np.arange(N) % g), "g"),
        2,
        1,
        "one group only",
    ),
    "values of a group": (lambda k: mean_difference(Y[:k], X), 2, 1, "group has"),
    "correlation of errors, high": (
        lambda r: unmeasured_confounding(Y, X + FRAME.w, X, draws=100, seed=1, rho=(-0.5, 0.0, r)),
        0.999,
        1.0,
        "outside -1 to 1",
    ),
    "studies": (lambda k: random_effects(_studies(k)), 2, 1, "meta-analysis of"),
    "rows of a correlation": (lambda n: fisher_z([0.2], [n], ["a"]), 4, 3, "above 3"),
    "size of a correlation": (lambda r: fisher_z([r], [9], ["a"]), -0.999, -1.0, "inside -1 to 1"),
    "variance of a study": (
        lambda v: random_effects(Effects(("a", "b"), np.array([0.1, 0.2]), np.array([0.1, v]))),
        1e-6,
        0.0,
        "must be positive",
    ),
    "range of a moderator": (
        lambda high: johnson_neyman(MODERATED, "x", "w", 0.0, high),
        0.1,
        0.0,
        "range is empty",
    ),
    "rows beside their groups": (
        lambda k: (
            random_intercepts(Y, design(FRAME, ["x"]), pd.DataFrame({"g": _groups(k)})).counts
        ),
        9,
        1,
        "every group has one row",
    ),
    "trials": (lambda n: binomial_interval(0, n), 1, 0, "no trials"),
    "trials of a row": (lambda n: pooled_share([0, 3, 2], [n, 6, 5]), 1, 0, "without trials"),
    "successes, low": (lambda x: pooled_share([x, 3, 2], [5, 6, 5]), 0, -1, "outside 0 to trials"),
    "successes, high": (lambda x: pooled_share([x, 3, 2], [5, 6, 5]), 5, 6, "outside 0 to trials"),
    "pairs": (lambda k: kendall(X[:k], Y[:k]), 5, 4, "pairs are too few"),
    "weight": (
        lambda w: survey_design([w, 1.0, 1.0, 2.0]),
        0.0,
        -1e-9,
        "a weight is negative",
    ),
    "units over strata": (
        lambda s: survey_design([1.0, 1.0, 1.0], strata=s, lonely="centre"),
        ["a", "b", "b"],
        ["a", "b", "c"],
        "every stratum has one unit",
    ),
    "outcomes": (
        lambda k: stacked_ols(dict(zip("ab"[:k], (Y, X + Y), strict=False)), design(FRAME, ["w"])),
        2,
        1,
        "two outcomes",
    ),
    "equations": (
        lambda k: joint_test(SYSTEM, "w", ["one", "two"][:k]),
        2,
        1,
        "fewer than two equations",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_last_that_is_taken_and_the_first_that_is_refused(name: str) -> None:
    call, taken, refused, words = LIMITS[name]
    call(taken)
    with pytest.raises(UserError, match=words):
        call(refused)


def test_roots_of_a_line_of_a_parabola_and_of_none() -> None:
    """Of a w^2 + 2 h w + c: (w - 1)(w - 3) has h = -2, c = 3."""
    assert _roots(1.0, -2.0, 3.0) == pytest.approx((1.0, 3.0))
    assert _roots(-1.0, 2.0, -3.0) == pytest.approx((1.0, 3.0))
    assert _roots(0.0, 2.0, 3.0) == (-0.75,)
    assert _roots(0.0, 0.0, 3.0) == ()
    assert _roots(1.0, 0.0, -4.0) == pytest.approx((-2.0, 2.0))
    assert _roots(1.0, -1.0, 1.0) == (), "a double root changes no sign"
    assert _roots(1.0, 0.0, 1.0) == ()


def test_half_the_rows_of_a_within_model_may_be_one_group() -> None:
    place = pd.Series(np.repeat(np.arange(20), 2))
    found = within_ols(Y, design(FRAME, ["x"]), place)
    dummies = ols(Y, design(FRAME.assign(p=place.astype(str)), ["x", "p"]), place)
    assert found["x"].value == pytest.approx(dummies["x"].value)


def test_a_share_of_the_weights_of_a_subpopulation() -> None:
    """Of weights 1, 2, 3, 4 the last two rows: 3 of 7."""
    made = survey_design([1.0, 2.0, 3.0, 4.0])
    found = weighted_share(made, [1, 0, 1, 0], where=[False, False, True, True])
    assert found.value == pytest.approx(3 / 7)
    with pytest.raises(UserError, match="no weight in the subpopulation"):
        weighted_share(made, [1, 0, 1, 0], where=[False] * 4)


def test_two_estimates_pool_by_the_rules_of_rubin() -> None:
    """Within 1, between 2 for estimates 1 and 3: total variance 1 + 1.5 x 2."""
    found = pool([_line(1.0), _line(3.0)])
    assert found.line.value == 2.0
    assert found.within == 1.0
    assert found.between == 2.0
    assert found.line.se == pytest.approx(sqrt(4.0))
    assert found.riv == pytest.approx(3.0)
    assert found.df == pytest.approx((1 + 1 / 3) ** 2)
    assert found.df < inf
