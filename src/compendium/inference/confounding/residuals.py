"""The regression that all of this starts from, group effects taken out where there are some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import numbers, same_rows
from compendium.stats.clusters import cluster_codes, cluster_sums
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.solve import project

Floats = NDArray[np.float64]

PERFECT = 1e-20
"""Share of a variable's squares below which what is left of it is rounding."""
LEAST_DF = 2
"""A confounder costs one degree of freedom; one must be left beside it."""


@dataclass(frozen=True, eq=False)
class Regression:
    """A linear model as arrays.

    Attributes
    ----------
    y, X, terms
        Outcome (n,), terms (n, k) and their names; deviations from group means, and no intercept,
        where group effects were taken out.
    df
        Rows less all coefficients, the group effects too.
    """

    y: Floats
    X: Floats
    terms: tuple[str, ...]
    df: int

    def column(self, term: str) -> Floats:
        """Return the values of a term."""
        return self.X[:, self.position(term)]

    def others(self, *terms: str) -> Floats:
        """Return all terms but these."""
        return np.delete(self.X, [self.position(term) for term in terms], axis=1)

    def position(self, term: str) -> int:
        """Return the place of a term; an unknown one is an error."""
        if term not in self.terms:
            known = ", ".join(self.terms)
            raise UserError("the model has no such term", f"use one of {known}", value=term)
        return self.terms.index(term)


def regression(y: object, X: pd.DataFrame, absorb: object = None) -> Regression:
    """Check a model and take out the means of groups.

    Raises
    ------
    UserError
        Missing values, collinear terms, a term without variation within the groups, fewer than two
        residual degrees of freedom, an outcome that the model fits without a remainder.
    """
    same_rows(outcome=y, terms=X, groups=absorb)
    outcome = numbers(y, "outcome")
    n = outcome.size
    groups = 0
    if absorb is not None:
        codes, groups = cluster_codes(absorb, n)
        X = X.drop(columns=INTERCEPT, errors="ignore")
        values = X.to_numpy(dtype=float, na_value=np.nan)
        X = pd.DataFrame(demean(values, codes, groups), columns=X.columns)
        size = np.linalg.norm(X.to_numpy(), axis=0)
        flat = size <= np.sqrt(PERFECT) * np.linalg.norm(values, axis=0)
        if flat.any():
            column = str(X.columns[int(flat.argmax())])
            raise UserError("a term does not vary within groups", "drop it", column=column)
        outcome = demean(outcome[:, None], codes, groups)[:, 0]
    df = n - X.shape[1] - groups
    if df < LEAST_DF:
        raise UserError(
            f"{n} rows for {n - df} coefficients: no degree of freedom for a confounder",
            "use fewer terms",
        )
    matrix, terms = check_design(X, n)
    if squares(residuals(outcome, matrix)) <= PERFECT * squares(outcome):
        raise UserError("the model leaves no residual variation", "drop what repeats the outcome")
    return Regression(outcome, matrix, terms, df)


def demean(values: Floats, codes: NDArray[np.intp], groups: int) -> Floats:
    """Deviations of the columns of values (n, k) from the means of their groups."""
    sizes = np.bincount(codes, minlength=groups)[:, None]
    return np.asarray(values - (cluster_sums(values, codes, groups) / sizes)[codes])


def residuals(y: Floats, X: Floats) -> Floats:
    """What least squares on X leaves of y, (n,) or (n, m)."""
    return np.asarray(y - project(y, X))


def squares(values: Floats) -> float:
    """Sum of squares."""
    return float(values @ values)


def partial_r2(model: Regression, terms: Sequence[str]) -> float:
    """Share of the outcome's variance, left by all other terms, that these terms explain."""
    without = squares(residuals(model.y, model.others(*terms)))
    return 1 - squares(residuals(model.y, model.X)) / without
