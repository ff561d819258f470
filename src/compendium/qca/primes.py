"""Prime implicants, exactly, on bit masks.

A cube is a pair of integers: `care` has a 1 for every condition that the term mentions, `bits`
the value of those conditions. The first condition is the most significant digit.

Sources: Quine (1952, 1955) and McCluskey (1956) for merging and iterated consensus; that primes
over remainders are the minimal sets of literals that exclude every negative row is the view of
Petrick (1956) and Duşa (2018, consistency cubes), here solved as minimal hitting sets (Berge 1989).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# Tables of all literal sets are kept up to this many conditions: 2**16 flags take no time.
WIDEST_TABLE = 16
# Steps (cubes looked at) after which a search is refused; about ten seconds.
MOST_STEPS = 20_000_000


class Cube(NamedTuple):
    """A conjunction of literals as two bit masks."""

    care: int
    bits: int

    def covers(self, row: int) -> bool:
        """Tell whether a configuration belongs to the cube."""
        return row & self.care == self.bits

    def contains(self, other: Cube) -> bool:
        """Tell whether every configuration of `other` belongs to the cube."""
        return self.care & ~other.care == 0 and other.bits & self.care == self.bits


@dataclass
class Steps:
    """A deterministic allowance of work, so that nothing hangs whatever the machine."""

    left: int = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Count steps; refuse to go on when none are left."""
        self.left -= steps
        if self.left < 0:
            raise UserError(
                "there are too many prime implicants to find them all",
                "use fewer conditions or higher cut-offs",
            )


def primes_of_rows(rows: Collection[int], width: int, steps: Steps | None = None) -> list[Cube]:
    """Prime implicants of exactly these rows, by merging cubes that differ in one literal.

    Parameters
    ----------
    rows
        Configurations as integers from 0.
    """
    steps = steps or Steps()
    level = {Cube((1 << width) - 1, row) for row in rows}
    primes: list[Cube] = []
    while level:
        steps.spend(len(level) * width)
        pairs = [pair for cube in level for pair in mergeable(cube, level, width)]
        merged = {cube for pair in pairs for cube in pair}
        primes.extend(sorted(level - merged))
        level = {Cube(a.care & ~(a.bits ^ b.bits), a.bits & b.bits) for a, b in pairs}
    return primes


def mergeable(cube: Cube, level: Collection[Cube], width: int) -> list[tuple[Cube, Cube]]:
    """Pairs of this cube and one that has a literal more that is true, in the same conditions."""
    absent = cube.care & ~cube.bits
    others = [Cube(cube.care, cube.bits | 1 << s) for s in range(width) if absent >> s & 1]
    return [(cube, other) for other in others if other in level]


def primes_against(
    positive: Iterable[int], negative: Collection[int], width: int, steps: Steps | None = None
) -> list[Cube]:
    """Prime implicants that cover a positive row when everything but `negative` may be used.

    A term that covers row p excludes a negative row q when it mentions a condition in which the
    two differ; the primes that cover p are the minimal sets of conditions that hit all those
    differences.
    """
    steps = steps or Steps()
    found: dict[Cube, None] = {}
    for row in positive:
        edges = minimal_edges({row ^ other for other in negative})
        if width <= WIDEST_TABLE:
            hitting = hitting_sets_by_table(edges, width)
        else:
            hitting = hitting_sets_by_edges(edges, steps)
        found |= {Cube(int(care), int(care) & row): None for care in hitting}
    return list(found)


def minimal_edges(edges: Collection[int]) -> list[int]:
    """Edges that contain no other, shortest first."""
    kept: list[int] = []
    for edge in sorted(edges, key=lambda e: (e.bit_count(), e)):
        if not any(edge & other == other for other in kept):
            kept.append(edge)
    return kept


def hitting_sets_by_table(edges: Sequence[int], width: int) -> Ints:
    """Minimal hitting sets from a table of all 2**width sets.

    A set misses an edge when it is part of the edge's complement; missing sets are closed
    downwards, and a hitting set is minimal when it misses after any one element is taken out.
    """
    size = 1 << width
    misses = np.zeros(size, dtype=bool)
    misses[[(size - 1) & ~edge for edge in edges]] = True
    for shift in range(width):
        pairs = misses.reshape(-1, 2, 1 << shift)
        pairs[:, 0] |= pairs[:, 1]
    minimal = ~misses
    for shift in range(width):
        minimal.reshape(-1, 2, 1 << shift)[:, 1] &= misses.reshape(-1, 2, 1 << shift)[:, 0]
    return np.flatnonzero(minimal)


def hitting_sets_by_edges(edges: Sequence[int], steps: Steps) -> Ints:
    """Minimal hitting sets, one edge after the other (Berge 1989)."""
    found: Ints = np.zeros(1, dtype=np.int64)
    for edge in edges:
        hit = found & edge != 0
        kept, missed = found[hit], found[~hit]
        parts = [kept]
        for bit in single_bits(edge):
            without = kept[kept & bit != 0] & ~bit
            steps.spend(len(missed) * (1 + len(without)) // 100 + 1)
            parts.append(missed[~holds_any(missed, without)] | bit)
        found = np.concatenate(parts)
    return found


def single_bits(mask: int) -> list[int]:
    """Powers of two in a mask."""
    return [1 << shift for shift in range(mask.bit_length()) if mask >> shift & 1]


def holds_any(sets: Ints, parts: Ints) -> Bools:
    """For each set, whether one of the parts is contained in it."""
    held = np.zeros(len(sets), dtype=bool)
    for part in parts:
        held |= sets & part == part
    return held


def primes_of_union(cubes: Iterable[Cube], steps: Steps | None = None) -> list[Cube]:
    """Prime implicants of a union of cubes, by iterated consensus (Quine 1955).

    The configurations are never listed, so the number of conditions does not matter.
    """
    steps = steps or Steps()
    queue = deque(sorted(set(cubes), key=lambda cube: (cube.care.bit_count(), cube)))
    care: Ints = np.zeros(0, dtype=np.int64)
    bits: Ints = np.zeros(0, dtype=np.int64)
    while queue:
        cube = queue.popleft()
        steps.spend(1 + len(care) // 100)
        if np.any((care & ~cube.care == 0) & (care & cube.bits == bits)):
            continue
        queue.extend(consensus(cube, care, bits))
        survives = ~((cube.care & ~care == 0) & (bits & cube.care == cube.bits))
        care = np.append(care[survives], cube.care)
        bits = np.append(bits[survives], cube.bits)
    return [Cube(int(c), int(b)) for c, b in zip(care, bits, strict=True)]


def consensus(cube: Cube, care: Ints, bits: Ints) -> list[Cube]:
    """Consensus of a cube with each of many: defined where exactly one literal is opposed."""
    opposed = (bits ^ cube.bits) & care & cube.care
    one = (opposed != 0) & (opposed & (opposed - 1) == 0)
    both_care = (care | cube.care)[one] & ~opposed[one]
    both_bits = (bits | cube.bits)[one] & ~opposed[one]
    return [Cube(int(c), int(b)) for c, b in zip(both_care, both_bits, strict=True)]


def meet(first: Cube, second: Cube) -> Cube | None:
    """Intersect two cubes; None when they share no configuration."""
    if (first.bits ^ second.bits) & first.care & second.care:
        return None
    return Cube(first.care | second.care, first.bits | second.bits)
