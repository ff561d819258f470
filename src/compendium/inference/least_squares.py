"""Least squares of many surveys at once, by way of the cross products within counties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
SINGULAR = 1e-10
"""Determinant of the correlation matrix of the terms below which a survey has collinear terms."""
CONSTANT = 1e-12
"""Share of a term's sum of squares within counties below which it does not vary there."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What one test found in each of R simulated samples; nan where it could not be computed.

    Attributes
    ----------
    value, se, ci_low, ci_high
        Of length R.
    """

    value: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats

    @classmethod
    def by_t(cls, value: Floats, se: Floats, df: Floats, level: float) -> Answers:
        """Estimates with symmetric intervals by t."""
        half = special.stdtrit(df, (1 + level) / 2) * se
        return cls(value, se, value - half, value + half)

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Parts one after the other."""
        columns = ("value", "se", "ci_low", "ci_high")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


@dataclass(frozen=True, eq=False)
class Products:
    """Cross products of variables within counties.

    Attributes
    ----------
    rows
        Complete rows by county, (R, G).
    sums
        Sums of the variables less their means, (R, G, p).
    squares
        Cross products of the same, (R, G, p, p).
    mean
        What was taken from the variables, (R, p).
    """

    rows: Floats
    sums: Floats
    squares: Floats
    mean: Floats

    @property
    def n(self) -> Floats:
        """Complete rows of each survey, (R,)."""
        return np.asarray(self.rows.sum(axis=1))

    @property
    def clusters(self) -> Floats:
        """Counties with a complete row, (R,)."""
        return np.asarray((self.rows > 0).sum(axis=1), dtype=float)

    def in_company(self) -> Products:
        """Without counties of one row, which `within_ols` leaves out."""
        kept = self.rows > 1
        return Products(
            np.where(kept, self.rows, 0.0),
            np.where(kept[:, :, None], self.sums, 0.0),
            np.where(kept[:, :, None, None], self.squares, 0.0),
            self.mean,
        )

    def within(self) -> Floats:
        """Cross products about the means of the counties, (R, G, p, p)."""
        per = np.maximum(self.rows, 1)[:, :, None, None]
        return self.squares - self.sums[:, :, :, None] * self.sums[:, :, None, :] / per

    def spread(self) -> Floats:
        """Sum of squares of each variable about its mean, (R, p)."""
        return np.asarray(np.einsum("rgpp->rp", self.squares))

    def with_intercept(self) -> Floats:
        """Cross products of a column of ones and the variables, (R, G, p + 1, p + 1)."""
        R, G, p = self.sums.shape
        full = np.empty((R, G, p + 1, p + 1))
        full[:, :, 0, 0] = self.rows
        full[:, :, 0, 1:] = full[:, :, 1:, 0] = self.sums
        full[:, :, 1:, 1:] = self.squares
        return full


def products(variables: Sequence[Floats], starts: Integers) -> Products:
    """Sum products within counties over the rows that are complete in all variables.

    Parameters
    ----------
    variables
        p arrays (R, n), nan where missing.
    starts
        First row of each county, (R, G), rows counted over all R n.
    """
    complete = ~np.isnan(variables[0])
    for variable in variables[1:]:
        complete &= ~np.isnan(variable)
    n = np.maximum(complete.sum(axis=1, keepdims=True), 1)
    mean, centred = [], []
    for variable in variables:
        kept = np.where(complete, variable, 0.0)
        middle = kept.sum(axis=1, keepdims=True) / n
        mean.append(middle[:, 0])
        centred.append(np.where(complete, kept - middle, 0.0))
    R, G, p = *starts.shape, len(variables)
    sums = np.stack([county_sums(z, starts) for z in centred], axis=-1)
    squares = np.empty((R, G, p, p))
    for i, one in enumerate(centred):
        for j in range(i, p):
            squares[:, :, i, j] = squares[:, :, j, i] = county_sums(one * centred[j], starts)
    rows = county_sums(complete.astype(float), starts)
    return Products(rows, sums, squares, np.stack(mean, axis=1))


def county_sums(values: Floats, starts: Integers) -> Floats:
    """Sums over the rows of each county, (R, G); 0 where a county has none."""
    flat = np.append(values.ravel(), 0.0)
    first = starts.ravel()
    sums = np.add.reduceat(flat, first)
    sums[np.diff(np.append(first, values.size)) == 0] = 0.0
    return np.asarray(sums.reshape(starts.shape))


@dataclass(frozen=True, eq=False)
class Solved:
    """Coefficients of R surveys and the scores of their counties.

    Attributes
    ----------
    beta
        (R, k); nan where the terms are collinear. A term that is 0 throughout is left out: its
        coefficient is 0.
    influence
        Bread times the score of each county, (R, G, k).
    k
        Terms that are not left out, (R,).
    """

    beta: Floats
    influence: Floats
    k: Floats

    def variance(self, weights: Floats) -> Floats:
        """Variance of a combination of coefficients without the factor of few clusters, (R,)."""
        return np.asarray(((self.influence @ weights) ** 2).sum(axis=1))


def solve(crossed: Floats, y: int, terms: Sequence[int], spread: Floats | None = None) -> Solved:
    """Least squares from cross products by county.

    Parameters
    ----------
    crossed
        (R, G, p, p), as from `within` or `with_intercept`.
    y, terms
        Positions of the outcome and of the k terms.
    spread
        Sum of squares of each term before the counties' means were taken from it, (R, k): a term
        with none is left out, one that has some but does not vary within counties has no slope.
    """
    block = crossed[:, :, list(terms)][:, :, :, list(terms)]
    right = crossed[:, :, list(terms), y]
    gram, total = block.sum(axis=1), right.sum(axis=1)
    squares = np.einsum("rkk->rk", gram)
    before = squares if spread is None else spread
    used = before > 0
    flat = used & (squares <= CONSTANT * before)
    unit = np.sqrt(np.where(used & ~flat, squares, 1.0))
    correlation = gram / (unit[:, :, None] * unit[:, None, :])
    correlation += np.eye(len(terms)) * ~used[:, None, :]
    bad = flat.any(axis=1)
    correlation[bad] = np.eye(len(terms))
    bad |= ~(np.linalg.det(correlation) > SINGULAR)
    correlation[bad] = np.eye(len(terms))
    bread = np.linalg.inv(correlation) / (unit[:, :, None] * unit[:, None, :])
    beta = (bread @ total[:, :, None])[:, :, 0]
    beta[bad] = np.nan
    scores = right - (block @ beta[:, None, :, None])[..., 0]
    return Solved(beta, scores @ bread, used.sum(axis=1).astype(float))
