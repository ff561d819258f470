"""Random numbers that depend on a seed, a name and a place, and on nothing else."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 14
"""Rows that share a stream: large enough that making the stream costs little, and the same for
every size of chunk, so that the numbers do not depend on it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """Streams of random numbers, one a name and block of rows."""

    seed: int

    def stream(self, name: str, block: int = 0) -> np.random.Generator:
        """Return the stream of a name and block, from its start."""
        entropy = np.random.SeedSequence([self.seed, zlib.crc32(name.encode()), block])
        return np.random.Generator(np.random.PCG64(entropy))

    def normal(self, name: str, size: int, block: int = 0) -> Floats:
        """Standard normal numbers."""
        return self.stream(name, block).standard_normal(size)

    def uniform(self, name: str, size: int, block: int = 0) -> Floats:
        """Numbers between 0 and 1, 1 excluded."""
        return self.stream(name, block).random(size)


def blocks(rows: int) -> Iterator[tuple[int, slice]]:
    """Number and rows of each block."""
    for number, start in enumerate(range(0, rows, BLOCK)):
        yield number, slice(start, min(start + BLOCK, rows))


def pick(uniform: Floats, shares: dict[str, float]) -> NDArray[np.int8]:
    """Position of the share that each uniform number falls into, whatever the shares add up to."""
    bounds = np.cumsum(list(shares.values()))
    return np.searchsorted(bounds[:-1] / bounds[-1], uniform, side="right").astype(np.int8)
