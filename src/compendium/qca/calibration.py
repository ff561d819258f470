"""Calibration: from measured values to memberships in a set.

Sources: Ragin (2008, chapter 5) for the direct and the indirect method, Duşa (2019, chapter 4)
for linear, bell-shaped and valley-shaped memberships, Papke and Wooldridge (1996) for the
fractional logit behind the indirect method. A missing value stays missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from compendium.errors import UserError
from compendium.qca.expression import Floats
from compendium.stats.solve import basic_solution

# Memberships this close to 0 or 1 are full non-membership or full membership.
FULLY_OUT, FULLY_IN = 1e-4, 1 - 1e-4
# The usual membership at the inclusion anchor (Ragin 2008, page 90).
MEMBERSHIP_AT_INCLUSION = 0.95
# Convergence of the fractional logit: relative change of the deviance, rounds, and the largest
# linear predictor, beyond which a membership cannot be told from 0 or 1.
DEVIANCE_CHANGE, ROUNDS, LARGEST_ETA = 1e-8, 25, 30.0
# A value of exactly 0 has no logarithm; it is moved this far.
SMALLEST_VALUE = 1e-5


class Calibration(Protocol):
    """Anything that turns measured values into memberships."""

    def apply(self, x: ArrayLike) -> Floats:
        """Memberships in [0, 1], of the shape of `x`."""


@dataclass(frozen=True)
class Direct:
    """Direct method with a logistic curve.

    Attributes
    ----------
    exclusion, crossover, inclusion
        Anchors, rising, or falling for a set that decreases with x.
    idm
        Degree of membership at the inclusion anchor, between 0.5 and 1.
    """

    exclusion: float
    crossover: float
    inclusion: float
    idm: float = MEMBERSHIP_AT_INCLUSION

    def __post_init__(self) -> None:
        check_order((self.exclusion, self.crossover, self.inclusion))
        if not 0.5 < self.idm < 1.0:
            raise UserError("idm is not between 0.5 and 1", "0.95 is usual", value=self.idm)

    def apply(self, x: ArrayLike) -> Floats:
        """Memberships: 1/(1 + exp(-L d)), d the distance to the crossover in anchor units."""
        values = numbers(x)
        if self.exclusion > self.inclusion:
            mirrored = Direct(self.inclusion, self.crossover, self.exclusion, self.idm)
            return 1.0 - mirrored.apply(values)
        above = (values - self.crossover) / (self.inclusion - self.crossover)
        below = (values - self.crossover) / (self.crossover - self.exclusion)
        distance = np.where(values >= self.crossover, above, below)
        log_odds = np.log(self.idm / (1.0 - self.idm)) * distance
        return snap(1.0 / (1.0 + np.exp(-np.clip(log_odds, -700.0, 700.0))))


@dataclass(frozen=True)
class Linear:
    """Piecewise linear membership with three anchors.

    Attributes
    ----------
    exclusion, crossover, inclusion
        Anchors, rising or falling.
    below, above
        Powers under and over the crossover: 1 is straight.
    """

    exclusion: float
    crossover: float
    inclusion: float
    below: float = 1.0
    above: float = 1.0

    def __post_init__(self) -> None:
        check_order((self.exclusion, self.crossover, self.inclusion))
        check_powers(self.below, self.above)

    def apply(self, x: ArrayLike) -> Floats:
        """Memberships: 0 to the exclusion anchor, 1/2 at the crossover, 1 from inclusion on."""
        values = numbers(x)
        if self.exclusion > self.inclusion:
            return slope(-values, -self.exclusion, -self.crossover, -self.inclusion, self)
        return slope(values, self.exclusion, self.crossover, self.inclusion, self)


@dataclass(frozen=True)
class Bell:
    """Membership that is highest in the middle, or lowest there (`valley`).

    Attributes
    ----------
    anchors
        Six rising values: exclusion, crossover, inclusion, inclusion, crossover, exclusion; for
        a valley inclusion, crossover, exclusion, exclusion, crossover, inclusion.
    """

    anchors: tuple[float, float, float, float, float, float]
    valley: bool = False
    below: float = 1.0
    above: float = 1.0

    def __post_init__(self) -> None:
        check_order(self.anchors[:3])
        check_order(self.anchors[3:])
        if list(self.anchors) != sorted(self.anchors):
            raise UserError("six anchors are out of order", "let them rise", value=self.anchors)
        check_powers(self.below, self.above)

    def apply(self, x: ArrayLike) -> Floats:
        """Memberships, linear (or of the given powers) between the anchors."""
        a, b, c, d, e, f = self.anchors
        e1, i1, i2, e2 = (c, a, f, d) if self.valley else (a, c, d, f)
        left = Linear(e1, b, i1, self.below, self.above).apply(x)
        right = Linear(e2, e, i2, self.below, self.above).apply(x)
        return np.maximum(left, right) if self.valley else np.minimum(left, right)


@dataclass(frozen=True)
class Crisp:
    """Crisp set: the number of thresholds that a value reaches (x >= threshold)."""

    thresholds: tuple[float, ...]

    def __post_init__(self) -> None:
        check_thresholds(self.thresholds)

    def apply(self, x: ArrayLike) -> Floats:
        """Codes 0, 1, ...; with a single threshold these are memberships."""
        values = numbers(x)
        codes = (values[:, None] >= np.asarray(self.thresholds)).sum(axis=1).astype(np.float64)
        return np.where(np.isnan(values), np.nan, codes)


@dataclass(frozen=True)
class Indirect:
    """Indirect method: groups of cases, smoothed by a fractional logit.

    A case is in the next group when it is strictly greater than a threshold. The groups' values
    0, 1/m, ..., 1 (three decimals) are regressed on ln x, sqrt x, x and x squared.

    Blind spots: `x` must not be negative; with nearly separated groups the fitted memberships
    depend on where the iteration stops (change of the deviance below 1e-8, at most 25 rounds).
    """

    thresholds: tuple[float, ...]

    def __post_init__(self) -> None:
        check_thresholds(self.thresholds)

    def apply(self, x: ArrayLike) -> Floats:
        """Fitted memberships, six decimals."""
        values = numbers(x)
        here = ~np.isnan(values)
        known = np.where(values[here] == 0.0, SMALLEST_VALUE, values[here])
        if np.any(known < 0.0):
            raise UserError("a value is negative", "shift it or use the direct method")
        m = len(self.thresholds)
        group = (values[here][:, None] > np.asarray(self.thresholds)).sum(axis=1)
        X = np.column_stack([np.ones_like(known), np.log(known), np.sqrt(known), known, known**2])
        out = np.full(values.shape, np.nan)
        out[here] = snap(np.round(fractional_logit(X, np.round(group / m, 3)), 6))
        return out


def slope(values: Floats, e: float, c: float, i: float, curve: Linear) -> Floats:
    """Rising piecewise membership with anchors e < c < i."""
    under = np.clip((values - e) / (c - e), 0.0, 1.0) ** curve.below / 2.0
    over = 1.0 - np.clip((i - values) / (i - c), 0.0, 1.0) ** curve.above / 2.0
    return np.where(values < c, under, over) + 0.0 * values


def fractional_logit(X: Floats, y: Floats) -> Floats:
    """Fitted means of a quasi-binomial logit, by iteratively reweighted least squares.

    Starts from (y + 1/2)/2 and stops as R's `glm` does, so that nearly separated data give the
    same memberships; columns are scaled, or x squared would swamp the others.
    """
    scaled = X / np.abs(X).max(axis=0)
    mu = (y + 0.5) / 2.0
    eta = np.log(mu / (1.0 - mu))
    deviance = binomial_deviance(y, mu)
    for _ in range(ROUNDS):
        weight = mu * (1.0 - mu)
        working = eta + (y - mu) / weight
        root = np.sqrt(weight)
        eta = scaled @ basic_solution(working * root, scaled * root[:, None])
        mu = inverse_logit(eta)
        previous, deviance = deviance, binomial_deviance(y, mu)
        if abs(deviance - previous) / (abs(deviance) + 0.1) < DEVIANCE_CHANGE:
            break
    return mu


def inverse_logit(eta: Floats) -> Floats:
    """Mean from the linear predictor; beyond +-30 it is a rounding unit away from 0 or 1."""
    unit = float(np.finfo(np.float64).eps)
    odds = np.exp(np.clip(eta, -LARGEST_ETA, LARGEST_ETA))
    odds = np.where(eta < -LARGEST_ETA, unit, np.where(eta > LARGEST_ETA, 1.0 / unit, odds))
    return odds / (1.0 + odds)


def binomial_deviance(y: Floats, mu: Floats) -> float:
    """Twice the log-likelihood ratio of fractions y to means mu, with 0 ln 0 = 0."""
    inner = y * np.log(np.where(y > 0.0, y / mu, 1.0))
    outer = (1 - y) * np.log(np.where(y < 1.0, (1 - y) / (1 - mu), 1.0))
    return float(2.0 * (inner + outer).sum())


def numbers(x: ArrayLike) -> Floats:
    """Measured values as floats, missing ones as nan."""
    series = pd.Series(x)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def snap(memberships: Floats) -> Floats:
    """Full membership and non-membership where the difference means nothing."""
    low = np.where(memberships < FULLY_OUT, 0.0, memberships)
    return np.where(low > FULLY_IN, 1.0, low)


def check_order(anchors: Sequence[float]) -> None:
    """Refuse three anchors that neither rise nor fall."""
    steps = np.diff(np.asarray(anchors, dtype=np.float64))
    if not (np.all(steps > 0.0) or np.all(steps < 0.0)):
        raise UserError(
            "anchors are out of order",
            "put the crossover strictly between exclusion and inclusion",
            value=tuple(anchors),
        )


def check_powers(below: float, above: float) -> None:
    """Refuse powers that do not rise from 0 to 1."""
    if below <= 0.0 or above <= 0.0:
        raise UserError("a power is not positive", "1 is straight", value=(below, above))


def check_thresholds(thresholds: Sequence[float]) -> None:
    """Refuse thresholds that are absent or do not rise."""
    if not thresholds or not np.all(np.diff(np.asarray(thresholds, dtype=np.float64)) > 0.0):
        raise UserError("thresholds do not rise", "sort them", value=tuple(thresholds))


def calibrate(frame: pd.DataFrame, how: Mapping[str, Calibration]) -> pd.DataFrame:
    """Calibrate columns of a frame; the others are kept as they are.

    Parameters
    ----------
    how
        Column name to calibration, e.g. `{"DEV": Direct(400, 550, 900)}`.
    """
    absent = [name for name in how if name not in frame.columns]
    if absent:
        raise UserError("there is no such column", "check the spelling", column=absent[0])
    new = {name: calibration.apply(frame[name]) for name, calibration in how.items()}
    return frame.assign(**{name: pd.Series(v, index=frame.index) for name, v in new.items()})
