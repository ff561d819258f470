"""Randomization inference: the effect of a treatment against all it might have been given to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, nan, prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.inference.wild import TIE, interval_end, open_words
from compendium.stats.checks import LEVEL, check_level, numbers, same_rows
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.method import Method
from compendium.stats.solve import EXACT
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

BLOCK = 2**20
"""Treatments held at a time: 8 MB of floats."""


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Coefficients of permuted treatments, `slope` - effect x `shift` each, (draws,).

    `shift` is what the treatment itself gets when it is the outcome.
    """

    slope: Floats
    shift: Floats
    complete: bool


def permutation_test(
    y: object,
    treatment: object,
    strata: object = None,
    level: float = LEVEL,
    *,
    seed: int,
    draws: int = 9999,
    X: pd.DataFrame | None = None,
    units: object = None,
    null: float = 0.0,
    interval: bool = True,
    term: str = "treatment",
) -> Tidy:
    """Fisher's test of a treatment's effect, by handing it out again within strata.

    Under the sharp null every row's outcome is y - null x treatment whoever is treated. The
    statistic is the coefficient of the treatment in a regression on it and `X`, which without `X`
    is the difference in means (within strata: that adjusted for them). p is the share of
    permutations with an estimate at least as far from the null. All permutations are used, once,
    when there are no more than `draws` of them.

    Parameters
    ----------
    y
        Outcome, (n,), complete.
    treatment
        Numbers, (n,), complete; 0 and 1, or a dose.
    strata
        Label of the stratum within which a row's treatment was given out; None: all are one.
        Strata enter the regression as effects of their own.
    X
        Further terms, (n, k); they keep to their rows.
    units
        Label of what was treated as one (a township, say); the treatment is the same within it, and
        so is the stratum. None: each row.
    seed, draws
        Of the permutations where not all are used; rows in another order are another draw.
    null
        Effect under test, the same for all rows.
    interval
        Effects that are not rejected; an end that lies nowhere is nan.

    Returns
    -------
    A line; `se` is nan, for the test has none, and `n_clusters` the number of units.

    Raises
    ------
    UserError
        The treatment does not vary, or not within any stratum; it varies within a unit; values are
        missing; terms are collinear; the outcome does not vary beyond the other terms.

    Notes
    -----
    Exact if the treatment was in fact given out at random within strata. Where it was not, the test
    says how surprising the estimate would be if it had been: it is then no safeguard against
    confounding. The interval takes the effect to be the same for all rows.
    """
    check_level(level)
    if draws < 1:
        raise UserError("too few permutations", "use 9999", value=draws)
    same_rows(outcome=y, treatment=treatment, strata=strata, terms=X, units=units)
    outcome, given = numbers(y, "outcome"), numbers(treatment, "treatment")
    unit, blocks = _units(units, strata, given)
    rest = _rest(X, strata, outcome.size)
    doses = _of_units(given, unit)
    groups = [np.flatnonzero(blocks == g) for g in range(blocks.max() + 1)]
    if all(np.ptp(doses[group]) == 0 for group in groups):
        raise UserError("the treatment does not vary within any stratum", "use other strata")
    # Around the mean the treatment keeps its digits; the intercept takes the shift.
    doses = doses - given.mean()
    statistic = _Statistic.of(outcome, given, rest, unit)
    value = float(statistic(doses[None])[0][0])
    found = _draw(statistic, doses, groups, draws, seed)
    scale = float(np.abs(found.slope).max())

    def p(effect: float) -> float:
        distance = abs(value - effect)
        slack = TIE * max(distance, scale)
        extreme = np.abs(found.slope - effect * found.shift) >= distance - slack
        one = 0 if found.complete else 1
        return (int(extreme.sum()) + one) / (extreme.size + one)

    exact = _is_exact(outcome, given, rest, value)
    step = float(np.std(found.slope))
    low, high = (
        interval_end(p, value, step, side, 1 - level) if interval and not exact else nan
        for side in (-1.0, 1.0)
    )
    method = Method.free(_method(found, seed, strata, X, units))
    if exact and interval:
        method = method.then(
            Method.free("no interval, for the treatment fits the outcome perfectly")
        )
    elif interval:
        method = method.then(open_words(low, high))
    return Tidy(term, value, nan, low, high, level, p(null), outcome.size, doses.size, method)


def _method(found: _Drawn, seed: int, strata: object, X: pd.DataFrame | None, units: object) -> str:
    statistic = "difference in means" if X is None and strata is None else "coefficient"
    count = f"{'all ' if found.complete else ''}{found.slope.size} permutations"
    whole = "" if units is None else f" of {getattr(units, 'name', None) or 'units'}"
    within = "" if strata is None else f" within {getattr(strata, 'name', None) or 'strata'}"
    chance = "" if found.complete else f", seed {seed}"
    return f"randomization test of the {statistic}, {count}{whole}{within}{chance}"


def _is_exact(outcome: Floats, given: Floats, Z: Floats, value: float) -> bool:
    """Whether the treatment leaves nothing of the outcome.

    Raises
    ------
    UserError
        There is nothing for the treatment to explain: the other terms fit the outcome perfectly.
    """
    left = outcome - Z @ (Z.T @ outcome)
    if np.linalg.norm(left) <= EXACT * np.linalg.norm(outcome):
        raise UserError(
            "the outcome does not vary beyond the other terms", "there is nothing to test"
        )
    rest = left - value * (given - Z @ (Z.T @ given))
    return bool(np.linalg.norm(rest) <= EXACT * np.linalg.norm(outcome))


def _units(units: object, strata: object, given: Floats) -> tuple[Integers, Integers]:
    """Unit of each row, numbered, and stratum of each unit."""
    n = given.size
    unit = np.arange(n) if units is None else _numbered(units, n, "unit")
    stratum = np.zeros(n, dtype=np.intp) if strata is None else _numbered(strata, n, "stratum")
    for values, what in ((given, "treatment"), (stratum.astype(float), "stratum")):
        first = _of_units(values, unit)
        wrong = np.flatnonzero(first[unit] != values)
        if wrong.size:
            raise UserError(
                f"the {what} differs within a unit", "correct it", row=int(wrong[0]) + 1
            )
    return unit, _of_units(stratum.astype(float), unit).astype(np.intp)


def _numbered(labels: object, n: int, what: str) -> Integers:
    series = pd.Series(labels).reset_index(drop=True)
    if len(series) != n:
        raise UserError(f"{len(series)} labels of a {what} for {n} rows", "give one a row")
    if series.isna().any():
        row = int(np.flatnonzero(series.isna())[0]) + 1
        raise UserError(f"the label of a {what} is missing", "drop or complete the row", row=row)
    return pd.factorize(series)[0].astype(np.intp)


def _of_units(values: Floats, unit: Integers) -> Floats:
    """Value of the first row of each unit."""
    _, first = np.unique(unit, return_index=True)
    return values[first]


def _rest(X: pd.DataFrame | None, strata: object, n: int) -> Floats:
    """Orthonormal columns of the terms beside the treatment."""
    parts = [pd.DataFrame({INTERCEPT: np.ones(n)})]
    if strata is not None:
        codes = _numbered(strata, n, "stratum")
        effects = {f"stratum {g}": (codes == g).astype(float) for g in range(1, codes.max() + 1)}
        parts.append(pd.DataFrame(effects))
    if X is not None:
        parts.append(X.reset_index(drop=True).drop(columns=INTERCEPT, errors="ignore"))
    matrix, _ = check_design(pd.concat(parts, axis=1), n)
    return np.asarray(np.linalg.qr(matrix)[0])


@dataclass(frozen=True, eq=False)
class _Statistic:
    """What a permuted treatment's coefficient needs, by unit: d'My and d'Md.

    Attributes
    ----------
    y, d
        Residuals of outcome and treatment given the rest, summed by unit, (units,).
    size
        Rows of each unit, (units,).
    Z
        Orthonormal columns of the rest, summed by unit, (units, k).
    """

    y: Floats
    d: Floats
    size: Floats
    Z: Floats

    @classmethod
    def of(cls, y: Floats, given: Floats, Z: Floats, unit: Integers) -> _Statistic:
        def total(values: Floats) -> Floats:
            return np.asarray(np.bincount(unit, values), dtype=float)

        residuals = [values - Z @ (Z.T @ values) for values in (y, given)]
        sums = np.column_stack([total(column) for column in Z.T])
        return cls(total(residuals[0]), total(residuals[1]), total(np.ones(y.size)), sums)

    def __call__(self, doses: Floats) -> tuple[Floats, Floats]:
        """Coefficients of treatments (draws, units), for the outcome and for the treatment."""
        own = (doses**2) @ self.size - ((doses @ self.Z) ** 2).sum(axis=1)
        if (own <= TIE * ((doses**2) @ self.size)).any():
            raise UserError(
                "a permuted treatment is a combination of the other terms", "use fewer terms"
            )
        return doses @ self.y / own, doses @ self.d / own


def _draw(
    statistic: _Statistic, doses: Floats, groups: Sequence[Integers], draws: int, seed: int
) -> _Drawn:
    """List all arrangements, or shuffle, and estimate with each."""
    total = prod(_arrangements(doses[group]) for group in groups)
    complete = total <= draws
    blocks = _listed(doses, groups, total) if complete else _shuffled(doses, groups, draws, seed)
    found = [statistic(block) for block in blocks]
    slope, shift = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return _Drawn(slope, shift, complete)


def _arrangements(values: Floats) -> int:
    """Number of different orders of these values."""
    _, counts = np.unique(values, return_counts=True)
    left = np.cumsum(counts)
    return prod(comb(int(n), int(k)) for n, k in zip(left, counts, strict=True))


def _orders(values: Floats) -> Floats:
    """Every different order of these values, (orders, n)."""
    n, kinds = values.size, np.unique(values)
    if kinds.size == 1:
        return values[None].copy()
    places = list(combinations(range(n), int((values == kinds[0]).sum())))
    others = _orders(values[values != kinds[0]])
    out = np.full((len(places), len(others), n), kinds[0])
    for i, place in enumerate(places):
        out[i][:, np.setdiff1d(np.arange(n), place)] = others
    return out.reshape(-1, n)


def _listed(doses: Floats, groups: Sequence[Integers], total: int) -> Iterator[Floats]:
    """Every combination of the orders of all strata, a block at a time."""
    orders = [_orders(doses[group]) for group in groups]
    shape = tuple(len(order) for order in orders)
    step = max(1, BLOCK // doses.size)
    for start in range(0, total, step):
        picks = np.unravel_index(np.arange(start, min(start + step, total)), shape)
        block = np.empty((picks[0].size, doses.size))
        for group, order, pick in zip(groups, orders, picks, strict=True):
            block[:, group] = order[pick]
        yield block


def _shuffled(doses: Floats, groups: Sequence[Integers], draws: int, seed: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK // doses.size)
    for start in range(0, draws, step):
        block = np.empty((min(step, draws - start), doses.size))
        for group in groups:
            block[:, group] = rng.permuted(np.tile(doses[group], (len(block), 1)), axis=1)
        yield block
