"""Several coefficients tested as one family, with the dependence between them drawn along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compendium.errors import UserError
from compendium.inference.multipliers import Multipliers, multipliers
from compendium.inference.rows import kept_rows
from compendium.inference.wild import TIE, draw, lonely_words, term_last, wild_problem
from compendium.stats.clusters import MIN_CLUSTERS, cluster_codes
from compendium.stats.method import Method

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """That a coefficient of a linear model is `null`.

    Attributes
    ----------
    y, X, cluster
        Outcome (n,), terms (n, k) and label of each row's cluster. Hypotheses of a family may have
        different rows, outcomes and terms; the same label means the same cluster in all of them.
    term
        The coefficient.
    """

    y: object
    X: pd.DataFrame
    cluster: object
    term: str
    null: float = 0.0


def step_down(t: ArrayLike, t_star: ArrayLike, *, among: bool = False) -> Floats:
    """Romano and Wolf's (2005, 2016) adjusted p-values from resampled statistics, (m,).

    Hypotheses are taken in order of |t|; each is compared with the largest |t*| of itself and of
    those after it in each draw, and p-values never fall along the way. The chance of any false
    rejection is bounded, and the power is that of the dependence between the statistics. With
    statistics of permutations this is Westfall and Young's (1993) maxT.

    Parameters
    ----------
    t
        Statistics, (m,); nan stays nan and is not part of the family.
    t_star
        The same under the null in each draw, (draws, m), all drawn together.
    among
        Whether the data are one of the draws; else they count as one more.

    Raises
    ------
    UserError
        Shapes that do not fit, or a draw that is not a number.
    """
    statistics, drawn = _checked(t, t_star)
    tests = np.flatnonzero(np.isfinite(statistics))
    order = tests[np.argsort(-statistics[tests], kind="stable")]
    largest = np.maximum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
    extreme = (largest >= statistics[order] * (1 - TIE)).sum(axis=0)
    one = 0 if among else 1
    p = np.full(statistics.shape, np.nan)
    p[order] = np.maximum.accumulate((extreme + one) / (drawn.shape[0] + one))
    return p


@dataclass(frozen=True, eq=False)
class DrawnStatistics:
    """What a family of m hypotheses is tested with.

    Attributes
    ----------
    t, t_star
        CR1 t statistics (m,), and those of the draws (draws, m).
    weights
        Shared by all hypotheses.
    clusters
        Their number over the family.
    lonely
        By hypothesis, what a method adds where clusters alone decide its coefficient.
    """

    t: Floats
    t_star: Floats
    weights: Multipliers
    clusters: int
    lonely: tuple[Method, ...]


def drawn_statistics(
    family: Mapping[str, Hypothesis], *, seed: int, draws: int, weights: str = "rademacher"
) -> DrawnStatistics:
    """Statistics of each hypothesis and of the same draws of weights.

    Raises
    ------
    UserError
        An empty family, no clusters, unknown term, missing values, collinear terms.
    """
    if not family:
        raise UserError("the family of hypotheses is empty", "declare at least one")
    shared, G = _shared_codes(list(family.values()))
    V = multipliers(G, draws, weights, seed)
    found = [_statistics(h, codes, V) for h, codes in zip(family.values(), shared, strict=True)]
    t, t_star, lonely = zip(*found, strict=True)
    return DrawnStatistics(np.array(t), np.column_stack(t_star), V, G, lonely)


def _checked(t: ArrayLike, t_star: ArrayLike) -> tuple[Floats, Floats]:
    statistics, drawn = np.abs(np.asarray(t, dtype=float)), np.abs(np.asarray(t_star, dtype=float))
    if drawn.ndim != 2 or drawn.shape[1:] != statistics.shape or not drawn.size:
        raise UserError(
            f"draws of shape {drawn.shape} for {statistics.size} tests",
            "give a row a draw and a column a test",
        )
    if not np.isfinite(drawn[:, np.isfinite(statistics)]).all():
        raise UserError("a resampled statistic is not a number", "drop its test or mend its draws")
    return statistics, drawn


def _shared_codes(family: Sequence[Hypothesis]) -> tuple[list[Integers], int]:
    """Number clusters over the whole family, so that weights are shared by label."""
    if any(h.cluster is None for h in family):
        raise UserError("Romano-Wolf needs clusters here", "name the column of clusters")
    labels = [pd.Series(h.cluster).astype(object) for h in family]
    codes, G = cluster_codes(pd.concat(labels, ignore_index=True), sum(map(len, labels)))
    return list(np.split(codes, np.cumsum([len(part) for part in labels])[:-1])), G


def _statistics(h: Hypothesis, codes: Integers, V: Multipliers) -> tuple[float, Floats, Method]:
    rows = kept_rows(h.y, h.X, None, h.cluster)
    clusters, mine = np.unique(codes, return_inverse=True)
    if clusters.size < MIN_CLUSTERS:
        raise UserError("a hypothesis has one cluster only", "use more clusters", value=h.term)
    parts = term_last(rows.y, rows.X, rows.terms, mine, clusters.size, h.term)
    problem = wild_problem(parts)
    names = pd.Series(h.cluster).reset_index(drop=True).astype(str)
    first = np.unique(codes, return_index=True)[1]
    lonely = lonely_words(parts, tuple(names[first]))
    return problem.t(h.null), draw(problem, V, h.null, clusters=clusters).t(h.null), lonely
