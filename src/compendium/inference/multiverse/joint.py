"""Joint inference over universes: what the whole curve would look like if nothing were there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from compendium.inference.multipliers import Multipliers, multipliers
from compendium.inference.multiverse.batch import (
    Solved,
    blocks,
    cr1_factors,
    scattered,
    weighted_products,
)
from compendium.inference.multiverse.groups import Group
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

STATISTICS = ("median", "share_significant", "stouffer_z")
FEW = 12
"""With fewer clusters signs make too few patterns, and Webb's six points are drawn instead."""
SMALLEST_P = 1e-300
"""Smaller p-values would become an infinite z."""
DRAWS_AT_ONCE = 16_000_000
"""Universes times draws held at once: two arrays of 128 MB."""


def weights_for(clusters: int, largest: int, draws: int, seed: int) -> Multipliers:
    """Rademacher signs by cluster, or Webb's points where few clusters take part.

    Parameters
    ----------
    clusters
        Of all rows, each with a weight.
    largest
        Most clusters that a universe has.
    """
    return multipliers(clusters, draws, "webb" if largest < FEW else "rademacher", seed)


def as_floats(drawn: Multipliers, chunk: slice) -> Floats:
    """Weights of all clusters in some of the draws, (G, b)."""
    stored = drawn.stored[:, chunk]
    return np.asarray(stored if drawn.points is None else drawn.points[stored], dtype=float)


@dataclass(frozen=True, eq=False)
class Task:
    """Universes of one group, ready to be resampled.

    Attributes
    ----------
    null
        Coefficient under the null, in the unit of the columns, (U,).
    """

    group: Group
    solved: Solved
    null: Floats


@dataclass(frozen=True, eq=False)
class Pieces:
    """What resampling needs of U universes.

    Attributes
    ----------
    s
        Contribution of each cluster to the coefficient, restricted residuals, (U, G).
    L
        T_g (X'X)^-1, (U, G, K).
    scores
        X_g' u_g with restricted residuals, (U, G, K).
    factor, ratio, clusters
        CR1's factor (U,), what brings a coefficient to its unit (U,), and numbers of clusters (G,).
    """

    s: Floats
    L: Floats
    scores: Floats
    factor: Floats
    ratio: Floats
    clusters: NDArray[np.intp]


def pieces(task: Task) -> list[Pieces]:
    """Split a task into blocks of limited size and prepare each."""
    group, p = task.group, len(task.group.names)
    each = group.n_clusters * (p + 1) * 2
    factor = cr1_factors(group, task.solved.k)
    found = []
    for rows in blocks(task.solved.keep.size, each):
        part = task.solved.part(rows)
        T = weighted_products(group.S, part)
        r = restricted_residual(part, task.null[rows] / part.ratio, p)
        L = np.matmul(_gather(T, part.idx), part.A)
        U, G = len(r), group.n_clusters
        products = (r @ group.S.transpose(1, 0, 2).reshape(p, G * p)).reshape(U, G, p)
        scores = _gather(products, part.idx)
        s = (T * r[:, None, :]).sum(axis=2)
        found.append(Pieces(s, L, scores, factor[rows], part.ratio, group.clusters))
    return found


def restricted_residual(part: Solved, null: Floats, p: int) -> Floats:
    """Residual with the predictor's coefficient held at `null`, in all p columns: (U, p)."""
    moved = (part.beta[:, 0] - null) / part.A[:, 0, 0]
    beta = part.beta - part.A[:, 0] * moved[:, None]
    r = -scattered(beta, part.idx, p)
    r[np.arange(len(r)), part.y] += 1.0
    return r


def observed(block: Pieces) -> Floats:
    """CR1 t statistic of every universe, (U, 1): the resample in which no sign turns."""
    return resample((block, np.ones((int(block.clusters.max()) + 1, 1))))[1]


def resample(work: tuple[Pieces, Floats]) -> tuple[Floats, Floats]:
    """Effects (U, B) and t statistics (U, B) of every universe in every resample.

    Residuals of each universe's model with the null imposed are multiplied by the same weights of
    the clusters; the sum of squared cluster scores is expanded into products of K columns, so that
    nothing of the size of clusters times draws is ever made for a universe.
    """
    block, weights = work
    V = weights[block.clusters]
    effect = block.s @ V
    W = np.matmul(block.scores.transpose(0, 2, 1), V)
    P = np.matmul((block.s[:, :, None] * block.L).transpose(0, 2, 1), V)
    quad = np.matmul(np.matmul(block.L.transpose(0, 2, 1), block.L), W)
    ss = block.s**2 @ V**2 + (W * (quad - 2 * P)).sum(axis=1)
    se = np.sqrt(block.factor[:, None] * np.maximum(ss, 0.0))
    t = np.divide(effect, se, out=np.zeros_like(effect), where=se > 0)
    return effect * block.ratio[:, None], t * np.sign(block.ratio)[:, None]


def statistics(effect: Floats, t: Floats, df: Floats, level: float) -> Floats:
    """Median effect, share significant in the predicted direction and Stouffer's z, (3, B).

    Parameters
    ----------
    effect, t
        Oriented so that the prediction is positive, (U, B).
    df
        Degrees of freedom of each universe's t, (U,).
    level
        Of the intervals that decide significance.
    """
    critical = special.stdtrit(df, (1 + level) / 2)[:, None]
    tail = np.maximum(special.stdtr(df[:, None], -np.abs(t)), SMALLEST_P)
    z = -special.ndtri(tail) * np.sign(t)
    return np.array(
        [np.median(effect, axis=0), (t > critical).mean(axis=0), z.sum(axis=0) / np.sqrt(len(t))]
    )


def p_values(found: Floats, drawn: Floats, complete: bool) -> Floats:
    """Share of resamples at least as extreme as what was found, (3,).

    Random draws count the data themselves as one; all patterns contain them.
    """
    slack = 1e-10 * np.maximum(np.abs(found), 1e-10)[:, None]
    extreme = (drawn >= found[:, None] - slack).sum(axis=1)
    B = drawn.shape[1]
    return np.asarray(extreme / B if complete else (extreme + 1) / (B + 1))


def lines(found: Floats, p: Floats, method: Method, n: int, G: int) -> tuple[Tidy, ...]:
    """One line a statistic."""
    return tuple(
        Tidy(term=name, value=float(value), p=float(chance), n=n, n_clusters=G, method=method)
        for name, value, chance in zip(STATISTICS, found, p, strict=True)
    )


def draw_chunks(universes: int, draws: int) -> Sequence[slice]:
    """Slices of the draws such that universes times draws stay within `DRAWS_AT_ONCE`."""
    step = max(1, DRAWS_AT_ONCE // max(universes, 1))
    return [slice(start, min(start + step, draws)) for start in range(0, draws, step)]


def _gather(rows: Floats, idx: NDArray[np.intp]) -> Floats:
    """Columns idx (U, K) of rows (U, G, p); the padding p is 0."""
    padded = np.concatenate([rows, np.zeros((*rows.shape[:2], 1))], axis=2)
    return np.asarray(np.take_along_axis(padded, idx[:, None, :], axis=2))
