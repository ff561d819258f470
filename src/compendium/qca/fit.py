"""Parameters of fit for necessity and sufficiency.

Sources: Ragin (2006, 2008) for consistency and coverage; Schneider and Wagemann (2012) for PRI
and the relevance of necessity; Duşa (2019) for unique coverage. A ratio 0/0 is nan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.qca.expression import Expression, Floats, parse, parse_literal
from compendium.qca.expression import literal_membership as literal


@dataclass(frozen=True)
class Sufficiency:
    """Fit of "x is sufficient for y".

    Attributes
    ----------
    consistency
        Sum of min(x, y) over sum of x.
    pri
        Proportional reduction in inconsistency: how much of the consistency is not shared with
        the negated outcome.
    coverage, unique_coverage
        Share of y that x covers, alone and beyond the other terms; unique coverage is nan for a
        lone term and for a union.
    """

    consistency: float
    pri: float
    coverage: float
    unique_coverage: float = nan


@dataclass(frozen=True)
class Necessity:
    """Fit of "x is necessary for y".

    Attributes
    ----------
    consistency
        Sum of min(x, y) over sum of y.
    coverage
        Sum of min(x, y) over sum of x; low values mean a trivial condition.
    relevance
        Relevance of necessity (RoN): low values mean that x is close to a constant.
    """

    consistency: float
    coverage: float
    relevance: float


def ratio(numerator: float, denominator: float) -> float:
    """Divide, with nan for anything over 0."""
    return float(numerator) / float(denominator) if denominator != 0.0 else nan


def fit_sufficiency(x: Floats, y: Floats, others: Floats | None = None) -> Sufficiency:
    """Fit of sufficiency of memberships x for y, both of shape (n,).

    Parameters
    ----------
    others
        Membership in the union of the other terms, for unique coverage.
    """
    both = np.minimum(x, y)
    shared = np.minimum(both, 1.0 - y).sum()
    total = y.sum()
    unique = nan if others is None else ratio((both - np.minimum(both, others)).sum(), total)
    return Sufficiency(
        consistency=ratio(both.sum(), x.sum()),
        pri=ratio(both.sum() - shared, x.sum() - shared),
        coverage=ratio(both.sum(), total),
        unique_coverage=unique,
    )


def fit_necessity(x: Floats, y: Floats) -> Necessity:
    """Fit of necessity of memberships x for y, both of shape (n,)."""
    both = np.minimum(x, y)
    return Necessity(
        consistency=ratio(both.sum(), y.sum()),
        coverage=ratio(both.sum(), x.sum()),
        relevance=ratio((1.0 - x).sum(), (1.0 - both).sum()),
    )


def others_of_each(X: Floats) -> Floats:
    """Union of all other terms, for each term: row maximum without the own column.

    Parameters
    ----------
    X
        Memberships in at least two terms, shape (n, t).
    """
    top = np.argmax(X, axis=1)
    rows = np.arange(len(X))
    rest = X.copy()
    rest[rows, top] = -1.0
    others = np.repeat(X[rows, top][:, None], X.shape[1], axis=1)
    others[rows, top] = rest.max(axis=1)
    return others


def fit_terms(X: Floats, y: Floats) -> list[Sufficiency]:
    """Fit of sufficiency of each term of a model, X of shape (n, t)."""
    if X.shape[1] == 1:
        return [fit_sufficiency(X[:, 0], y)]
    others = others_of_each(X)
    return [fit_sufficiency(X[:, t], y, others[:, t]) for t in range(X.shape[1])]


def columns_of(frame: pd.DataFrame) -> dict[str, Floats]:
    """Numeric columns of a frame by name."""
    numbers = frame.select_dtypes("number")
    return {str(name): numbers[name].to_numpy(dtype=np.float64) for name in numbers.columns}


def outcome_of(sets: Mapping[str, Floats], outcome: str) -> Floats:
    """Memberships in an outcome that may be negated with a leading `~`."""
    return literal(sets, *parse_literal(outcome))


def parameters_of_fit(
    frame: pd.DataFrame, expression: str | Expression, outcome: str, relation: str
) -> pd.DataFrame:
    """Parameters of fit of every term of an expression and of the whole.

    Parameters
    ----------
    frame
        Memberships, one row a case.
    expression
        E.g. `A*~B + C`.
    relation
        `sufficiency` or `necessity`.

    Returns
    -------
    DataFrame
        Column `term` and the fields of `Sufficiency` or `Necessity`; when there is more than one
        term, the last row holds the union, named as the expression.
    """
    if relation not in ("sufficiency", "necessity"):
        raise UserError("there is no such relation", "say sufficiency or necessity", value=relation)
    sets = columns_of(frame)
    y = outcome_of(sets, outcome)
    parsed = parse(expression) if isinstance(expression, str) else expression
    X = np.column_stack([term.membership(sets) for term in parsed.terms])
    union = X.max(axis=1)
    fits: Sequence[Sufficiency | Necessity]
    if relation == "necessity":
        fits = [fit_necessity(column, y) for column in (*X.T, union)]
    else:
        fits = [*fit_terms(X, y), fit_sufficiency(union, y)]
    names = [*(str(term) for term in parsed.terms), str(parsed)]
    kept = len(names) if len(parsed) > 1 else 1
    rows = [{"term": n, **vars(f)} for n, f in zip(names[:kept], fits[:kept], strict=True)]
    return pd.DataFrame(rows)
