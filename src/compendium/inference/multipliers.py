"""Random weights of clusters for the wild bootstraps: one drawn set serves any number of tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.method import Method

Floats = NDArray[np.float64]

WEBB = np.array([-sqrt(1.5), -1.0, -sqrt(0.5), sqrt(0.5), 1.0, sqrt(1.5)])
"""Webb's six points: more distinct draws than signs when clusters are few (Webb 2023)."""
MAMMEN = np.array([(1 - sqrt(5)) / 2, (1 + sqrt(5)) / 2])
"""Mammen's two points (1993): third moment 1, so that skewness is kept."""
MAMMEN_LOW = (sqrt(5) + 1) / (2 * sqrt(5))
"""Chance of the lower of them."""
POINTS = {"rademacher": np.array([1.0, -1.0]), "webb": WEBB, "mammen": MAMMEN}
KINDS = (*POINTS, "normal")
EXHAUSTED = {"rademacher": "all_signs", "webb": "all_webb"}
"""Kinds whose patterns are equally likely: using each once is exact."""
BLOCK = 2**17
"""Weights held as floats at a time: 1 MB, which the processor keeps at hand."""


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Weights of G clusters in a number of draws.

    Attributes
    ----------
    stored
        Places in `points`, one byte each, or the weights themselves, (G, draws).
    points
        The values that weights take; None when `stored` holds the weights.
    complete
        Whether they are all the patterns there are, so that nothing is left to chance.
    method
        What methods say of them.
    """

    stored: NDArray[np.int8] | Floats
    points: Floats | None
    complete: bool
    method: Method

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.stored.shape[1])

    def blocks(self, clusters: NDArray[np.intp] | None = None) -> Iterator[Floats]:
        """Yield the weights (G, b) a block of draws at a time, of all clusters or of some."""
        stored = self.stored if clusters is None else self.stored[clusters]
        step = max(1, BLOCK // stored.shape[0])
        for start in range(0, stored.shape[1], step):
            block = stored[:, start : start + step]
            yield np.asarray(block if self.points is None else self.points[block], dtype=float)


def multipliers(G: int, draws: int, kind: str, seed: int) -> Multipliers:
    """Draw weights, or list all their patterns when these are no more than the draws asked for.

    Parameters
    ----------
    G
        Clusters.
    kind
        "rademacher", "webb", "mammen" or "normal".

    Raises
    ------
    UserError
        Unknown kind, or no draws.
    """
    if kind not in KINDS:
        raise UserError("unknown weights", f"use one of {', '.join(KINDS)}", value=kind)
    if draws < 1:
        raise UserError("too few bootstrap draws", "use 1999", value=draws)
    if kind in EXHAUSTED and POINTS[kind].size ** G <= draws:
        words = Method.of(EXHAUSTED[kind], n=POINTS[kind].size ** G)
        return Multipliers(_patterns(G, POINTS[kind].size), POINTS[kind], True, words)
    words = Method.of(f"weights_{kind}").also("draws", draws=draws, seed=seed)
    rng = np.random.default_rng(seed)
    if kind == "normal":
        return Multipliers(rng.normal(size=(G, draws)), None, False, words)
    return Multipliers(_drawn(G, draws, kind, rng), POINTS[kind], False, words)


def _patterns(G: int, points: int) -> NDArray[np.int8]:
    """Every row of digits of base `points`, (G, points^G)."""
    number = np.arange(points**G)
    return np.array([number // points ** (G - 1 - g) % points for g in range(G)], dtype=np.int8)


def _drawn(G: int, draws: int, kind: str, rng: np.random.Generator) -> NDArray[np.int8]:
    stored = np.empty((G, draws), dtype=np.int8)
    for row in stored:
        if kind == "mammen":
            row[:] = rng.random(draws) >= MAMMEN_LOW
        else:
            row[:] = rng.integers(0, POINTS[kind].size, draws)
    return stored
