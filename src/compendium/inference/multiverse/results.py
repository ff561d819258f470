"""What fitting a multiverse takes and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray

from compendium.inference.multiverse.batch import Failure
from compendium.inference.multiverse.joint import Pieces
from compendium.inference.workers import Progress
from compendium.stats.clusters import Integers
from compendium.stats.method import NONE, Method

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Settings:
    """How a multiverse is run.

    Attributes
    ----------
    level
        Of the intervals of each universe.
    null
        Coefficient under the null.
    tested
        Which universes the joint test counts, provided that they are fitted.
    resamples, seed
        Of the joint test.
    jobs, scheduler, progress
        As for `run_blocks`.
    """

    level: float
    null: float
    tested: NDArray[np.bool_]
    resamples: int = 0
    seed: int = 0
    jobs: int = 1
    scheduler: str | None = None
    progress: Progress | None = None


@dataclass(eq=False)
class Fits:
    """Results by universe, on the scale of the coefficients.

    Attributes
    ----------
    coef, low, high, se, p
        Estimate, interval, error and p-value against the null; nan where not fitted.
    unit
        What brings a coefficient to standard deviations of outcome and predictor.
    n, G, k
        Rows, clusters, coefficients.
    method
        What was done; empty where nothing was.
    failed
        Why a universe was not fitted.
    scores
        Contribution of each cluster to the estimate, CR1's factor in it, where it was asked for.
    tasks
        Places of the universes that are tested jointly, and what the test needs of them.
    """

    coef: Floats
    low: Floats
    high: Floats
    se: Floats
    p: Floats
    unit: Floats
    n: Counts
    G: Counts
    k: Counts
    method: list[Method]
    failed: dict[int, Failure] = field(default_factory=dict)
    scores: dict[int, Floats] = field(default_factory=dict)
    tasks: list[tuple[Integers, list[Pieces]]] = field(default_factory=list)

    @classmethod
    def empty(cls, size: int) -> Fits:
        """No universe fitted yet."""
        value = [np.full(size, nan) for _ in range(5)]
        count = [np.zeros(size, dtype=np.int64) for _ in range(3)]
        coef, low, high, se, p = value
        n, G, k = count
        return cls(coef, low, high, se, p, np.ones(size), n, G, k, [NONE] * size)

    def refuse(self, i: int, why: Failure) -> None:
        """Take a universe's results back: it was fitted in part."""
        for values in (self.coef, self.low, self.high, self.se, self.p):
            values[i] = nan
        for counts in (self.n, self.G, self.k):
            counts[i] = 0
        self.unit[i], self.method[i], self.failed[i] = 1.0, NONE, why

    def cut(self, size: int) -> Fits:
        """The first `size` universes."""
        names = ("coef", "low", "high", "se", "p", "unit", "n", "G", "k", "method")
        parts = {name: getattr(self, name)[:size] for name in names}
        return Fits(**parts, failed=self.failed, scores={}, tasks=self.tasks)
