"""Polychoric correlations of ordered answers: two-step maximum likelihood, all pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from compendium.errors import UserError
from compendium.measurement.answers import MIN_ROWS, Answers, answers
from compendium.stats.method import Method

Floats = NDArray[np.float64]

MAX_CATEGORIES = 10
"""Answers with more values than this are measured, not ordered in categories."""
MAX_RHO = 0.9999
"""Bound of a correlation; tables with all answers on one diagonal have their maximum at 1."""
FAR = 40.0
"""Threshold of a category that does not exist: the normal distribution ends before it."""
TINY = 1e-300
"""Smallest probability of a cell, so that empty and impossible cells have a logarithm."""
FLAT = 1e-6
"""Log-likelihood a row by which a correlation must beat the bound to be told apart from it."""
DONE = 1e-13
"""Largest step of a correlation after which scoring has converged to rounding."""
MAX_SCORING = 100
NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
"""Gauss-Legendre rule; 32 nodes give the bivariate normal to 1e-9 at 0.999, to rounding at 0.9."""
CHUNK = 1 << 16
"""Rows counted at once: 100 MB with 40 items of five categories."""


@dataclass(frozen=True, eq=False)
class Polychoric:
    """Polychoric correlations.

    Attributes
    ----------
    correlations
        Items by items (p, p).
    thresholds
        One row an item, one column a threshold, of the standard normal; nan beyond its categories.
    n
        Rows with both answers (p, p).
    at_bound
        Pairs whose likelihood rises up to a correlation of 1 or -1, as when a table of two by two
        has an empty cell; their value is the bound.
    smallest_eigenvalue
        Below 0 the matrix is no correlation matrix: each pair is estimated by itself.
    method
        What was done.
    """

    correlations: pd.DataFrame
    thresholds: pd.DataFrame
    n: pd.DataFrame
    at_bound: tuple[tuple[str, str], ...]
    smallest_eigenvalue: float
    method: Method


def polychoric(
    items: pd.DataFrame, columns: Sequence[str] | None = None, *, empty: float = 0.0
) -> Polychoric:
    """Polychoric correlations of all pairs of items (Olsson 1979, two-step).

    Thresholds come from all answers to an item, then each correlation maximises the likelihood of
    its table. Rows are used pair by pair where both answers are given.

    Parameters
    ----------
    items
        Ordered answers, one row a respondent; any increasing codes.
    columns
        Items, all columns by default.
    empty
        Added to each empty cell of a pair's table; 0.5 is a custom for two by two tables and pulls
        correlations of sparse tables towards 0.

    Raises
    ------
    UserError
        A constant item, more than 10 categories, fewer than 30 rows with both answers.
    """
    found = answers(items, columns)
    categories = [np.unique(column[~np.isnan(column)]) for column in found.Y.T]
    _check_categories(found, categories)
    counts, totals = _crossed(found.Y, categories)
    tau = _thresholds(totals)
    i, j = np.triu_indices(len(found.names), 1)
    tables = counts[i, j]
    n = tables.sum(axis=(1, 2))
    worst = int(n.argmin())
    if n[worst] < MIN_ROWS:
        first, second = found.names[i[worst]], found.names[j[worst]]
        raise UserError(
            f"{int(n[worst])} rows answer both {first} and {second}, at least {MIN_ROWS} needed",
            "use more respondents or leave an item out",
        )
    if empty:
        exists = (totals > 0)[i][:, :, None] & (totals > 0)[j][:, None, :]
        tables = np.where((tables == 0) & exists, empty, tables)
    rho = _maximise(tables, tau[i], tau[j])
    return _named(found.names, rho, tau, categories, n, (i, j), empty)


def bivariate_normal(h: Floats, k: Floats, rho: Floats) -> Floats:
    """P(X <= h, Y <= k) of standard normals with correlation rho; all broadcast, all finite.

    Integral of the density over the correlation (Sheppard 1898; Drezner and Wesolowsky 1990).
    """
    angle = np.arcsin(rho)[..., None]
    sine = np.sin(angle * (NODES + 1) / 2)
    h_, k_ = h[..., None], k[..., None]
    exponent = (2 * h_ * k_ * sine - h_**2 - k_**2) / (2 * (1 - sine**2))
    integral = (np.exp(exponent) * WEIGHTS).sum(axis=-1) * angle[..., 0] / 2
    return np.asarray(ndtr(h) * ndtr(k) + integral / (2 * pi))


def _density(h: Floats, k: Floats, rho: Floats) -> Floats:
    rest = 1 - rho**2
    return np.asarray(
        np.exp((2 * rho * h * k - h**2 - k**2) / (2 * rest)) / (2 * pi * np.sqrt(rest))
    )


def _crossed(values: Floats, categories: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Tables of all pairs (p, p, K, K) and counts of each item (p, K): products of indicators."""
    p, K = len(categories), max(len(c) for c in categories)
    labels = np.full((p, K), np.nan)
    for row, found in zip(labels, categories, strict=True):
        row[: len(found)] = found
    gram = np.zeros((p * K, p * K))
    for start in range(0, len(values), CHUNK):
        chunk = values[start : start + CHUNK]
        hot = (chunk[:, :, None] == labels).reshape(len(chunk), p * K).astype(np.float32)
        gram += hot.T @ hot
    tables = gram.reshape(p, K, p, K).transpose(0, 2, 1, 3)
    return tables, np.diag(gram).reshape(p, K).copy()


def _thresholds(totals: Floats) -> Floats:
    """Thresholds (p, K - 1) from counts (p, K); FAR beyond an item's last category."""
    below = totals.cumsum(axis=1)[:, :-1] / totals.sum(axis=1, keepdims=True)
    return np.asarray(np.where(below < 1, ndtri(np.minimum(below, 1 - 1e-16)), FAR))


def _maximise(tables: Floats, row: Floats, column: Floats) -> Floats:
    """Correlation of each table (P, K, K) given thresholds (P, K - 1): bracketed Fisher scoring.

    A step that would leave the interval known to hold the root of the score halves it instead.
    """
    rho = np.clip(_product_moment(tables), -0.9, 0.9)
    low, high = np.full(rho.size, -MAX_RHO), np.full(rho.size, MAX_RHO)
    active = np.arange(rho.size)
    for _ in range(MAX_SCORING):
        r = rho[active]
        score, information = _score(tables[active], row[active], column[active], r)
        low[active] = np.where(score > 0, r, low[active])
        high[active] = np.where(score > 0, high[active], r)
        step = r + score / information
        middle = (low[active] + high[active]) / 2
        inside = (step > low[active]) & (step < high[active])
        rho[active] = np.where(inside, step, middle)
        active = active[np.abs(rho[active] - r) > DONE]
        if not active.size:
            break
    bound = np.copysign(MAX_RHO, rho)
    lead = _loglik(tables, row, column, rho) - _loglik(tables, row, column, bound)
    return np.where(lead > FLAT * tables.sum(axis=(1, 2)), rho, bound)


def _score(tables: Floats, row: Floats, column: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """Score and expected information of the correlation of each table."""
    P = _probabilities(row, column, rho)
    nothing = np.zeros_like(row)
    density = _density(row[:, :, None], column[:, None, :], rho[:, None, None])
    dP = _cells(density, nothing, nothing, 0.0)
    information = tables.sum(axis=(1, 2)) * (dP**2 / np.maximum(P, 1e-30)).sum(axis=(1, 2))
    score = np.where(tables > 0, tables * dP / P, 0.0).sum(axis=(1, 2))
    return score, np.maximum(information, TINY)


def _loglik(tables: Floats, row: Floats, column: Floats, rho: Floats) -> Floats:
    logs = np.log(_probabilities(row, column, rho))
    return np.asarray(np.where(tables > 0, tables * logs, 0.0).sum(axis=(1, 2)))


def _probabilities(row: Floats, column: Floats, rho: Floats) -> Floats:
    """Probabilities of the cells of each table."""
    corners = np.broadcast_arrays(row[:, :, None], column[:, None, :], rho[:, None, None])
    inner = bivariate_normal(*corners)
    return np.maximum(_cells(inner, ndtr(row), ndtr(column), 1.0), TINY)


def _cells(inner: Floats, row_edge: Floats, column_edge: Floats, corner: float) -> Floats:
    """Second differences of a distribution over cells, its last row and column given."""
    P, K = inner.shape[0], inner.shape[1] + 1
    F = np.zeros((P, K + 1, K + 1))
    F[:, 1:K, 1:K] = inner
    F[:, 1:K, K] = row_edge
    F[:, K, 1:K] = column_edge
    F[:, K, K] = corner
    return np.diff(np.diff(F, axis=1), axis=2)


def _product_moment(tables: Floats) -> Floats:
    """Pearson correlations of the category numbers of tables (P, K, K)."""
    n = tables.sum(axis=(1, 2))
    codes = np.arange(tables.shape[1])
    a, b = tables.sum(axis=2), tables.sum(axis=1)
    mean_a, mean_b = a @ codes / n, b @ codes / n
    cross = np.einsum("pij,i,j->p", tables, codes, codes) / n - mean_a * mean_b
    spread = (a @ codes**2 / n - mean_a**2) * (b @ codes**2 / n - mean_b**2)
    return np.asarray(np.where(spread > 0, cross / np.sqrt(np.maximum(spread, TINY)), 0.0))


def _named(
    names: tuple[str, ...],
    rho: Floats,
    tau: Floats,
    categories: Sequence[Floats],
    n: Floats,
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]],
    empty: float,
) -> Polychoric:
    p = len(names)
    R, N = np.eye(p), np.zeros((p, p), dtype=int)
    R[pairs] = R.T[pairs] = rho
    N[pairs] = N.T[pairs] = np.rint(n)
    bound = np.flatnonzero(np.abs(rho) >= MAX_RHO)
    exists = np.arange(tau.shape[1]) < np.array([len(c) - 1 for c in categories])[:, None]
    columns = [f"threshold_{k + 1}" for k in range(tau.shape[1])]
    method = Method.of("polychoric")
    return Polychoric(
        pd.DataFrame(R, index=list(names), columns=list(names)),
        pd.DataFrame(np.where(exists, tau, np.nan), index=list(names), columns=columns),
        pd.DataFrame(N, index=list(names), columns=list(names)),
        tuple((names[pairs[0][b]], names[pairs[1][b]]) for b in bound),
        float(np.linalg.eigvalsh(R)[0]),
        method.also("filled_cells", add=empty) if empty else method,
    )


def _check_categories(found: Answers, categories: Sequence[Floats]) -> None:
    if len(found.names) < 2:
        raise UserError("one item correlates with nothing", "give two or more items")
    for name, values in zip(found.names, categories, strict=True):
        if len(values) > MAX_CATEGORIES:
            raise UserError(
                f"item has {len(values)} different answers, at most {MAX_CATEGORIES} are ordered "
                "categories",
                "use Pearson correlations for measured quantities",
                column=name,
            )
