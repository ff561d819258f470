"""Average marginal effects: what a term does to the outcome itself, by the delta method."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.checks import same_rows
from compendium.stats.design import INTERCEPT
from compendium.stats.fit import Fit
from compendium.stats.method import Method
from compendium.stats.proportions import logit_interval
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

STEP = 1e-4
"""Half step of a derivative in standard deviations of the term: its relative error is near 1e-9."""
LINKS = ("identity", "log", "logit")


def average_share(fit: Fit, X: pd.DataFrame, term: str = "share") -> Tidy:
    """Mean over rows of the share that a logit model predicts, each row counting alike.

    Parameters
    ----------
    fit
        A logit fit whose first coefficients belong to the columns of `X`.
    X
        The rows to predict for, (n, k).

    Notes
    -----
    Delta method, interval symmetric on the logit scale, no p-value: a share is not tested against
    0. The rows are taken as given.
    """
    k = X.shape[1]
    value, slope = _average(X.to_numpy(dtype=float), fit.beta[:k], "logit")
    se = sqrt(float(slope @ fit.V[:k, :k] @ slope))
    low, high = logit_interval(value, se, fit.df, fit.level)
    method = fit.method.then("mean_share")
    return Tidy(term, value, se, low, high, fit.level, nan, fit.n, fit.n_clusters, method)


def average_contrast(
    fit: Fit, low: pd.DataFrame, high: pd.DataFrame, link: str, term: str, scale: float = 1.0
) -> Tidy:
    """Mean over rows of the outcome at `high` minus at `low`, divided by `scale`.

    Parameters
    ----------
    fit
        A fit whose first coefficients belong to the columns of `low` and `high`.
    low, high
        Two designs, (n, k) each, with the same columns.
    link
        "identity", "log" or "logit"; exposure counts as 1.

    Notes
    -----
    The rows are taken as given: the error is that of the coefficients alone.
    """
    if link not in LINKS:
        raise UserError("unknown link", f"use one of {', '.join(LINKS)}", value=link)
    same_rows(low=low, high=high)
    k = low.shape[1]
    beta, V = fit.beta[:k], fit.V[:k, :k]
    (mean_0, slope_0), (mean_1, slope_1) = (
        _average(X.to_numpy(dtype=float), beta, link) for X in (low, high)
    )
    gradient = (slope_1 - slope_0) / scale
    method = Method.of("marginal_effect", fit=fit.method)
    se = sqrt(float(gradient @ V @ gradient))
    return fit.line(term, (mean_1 - mean_0) / scale, se, method)


def average_marginal_effects(
    fit: Fit, X: pd.DataFrame, link: str, terms: tuple[str, ...] | None = None
) -> tuple[Tidy, ...]:
    """Average marginal effect of each term on the scale of the outcome.

    A dummy (0/1) is switched from 0 to 1, with the other dummies of its category at 0; any other
    term gets its average slope. Products "a:b" move with their parts and have no own effect.

    Parameters
    ----------
    fit, link
        As for `average_contrast`.
    X
        The design that was fitted, (n, k).
    terms
        Which terms; by default all but the intercept and products.
    """
    wanted = terms or tuple(c for c in X.columns if c != INTERCEPT and ":" not in c)
    return tuple(
        average_contrast(fit, low, high, link, term, scale)
        for term in wanted
        for low, high, scale in [moved(X, term)]
    )


def moved(X: pd.DataFrame, term: str) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Return two designs between which only the term moves, and by how much: 1 for a dummy."""
    if term not in X.columns:
        raise UserError("the model has no such term", "use a column of the design", value=term)
    if set(np.unique(X[term])) <= {0.0, 1.0}:
        base = _set(X, dict.fromkeys(_siblings(X, term), 0.0))
        return base, _set(base, {term: 1.0}), 1.0
    h = STEP * float(X[term].std(ddof=0))
    return _set(X, {term: X[term] - h}), _set(X, {term: X[term] + h}), 2 * h


def _siblings(X: pd.DataFrame, term: str) -> list[str]:
    stem = term.split("[")[0]
    same = [c for c in X.columns if ":" not in c and c.split("[")[0] == stem]
    return same if "[" in term else [term]


def _set(X: pd.DataFrame, values: Mapping[str, float | pd.Series]) -> pd.DataFrame:
    """Return the design with columns replaced and the products of columns worked out again."""
    changed = X.assign(**values)
    for column in X.columns:
        parts = column.split(":")
        if len(parts) > 1 and set(parts) <= set(X.columns):
            changed[column] = changed[parts].prod(axis=1)
    return changed


def _average(X: Floats, beta: Floats, link: str) -> tuple[float, Floats]:
    """Mean prediction and its gradient in the coefficients."""
    eta = X @ beta
    if link == "identity":
        mu, slope = eta, np.ones_like(eta)
    elif link == "log":
        mu = slope = np.exp(eta)
    else:
        mu = special.expit(eta)
        slope = mu * (1 - mu)
    return float(mu.mean()), np.asarray((X * slope[:, None]).mean(axis=0))
