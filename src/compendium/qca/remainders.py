"""Remainders: truth table rows without cases, and how many of them a solution assumes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from compendium.qca.expression import Term
from compendium.qca.primes import Bools, Cube, Ints, meet
from compendium.qca.truthtable import TruthTable

# Sets of rows are listed up to this many conditions; beyond, they are only counted.
WIDEST_LISTING = 16


@dataclass(frozen=True)
class RowSet:
    """Truth table rows, e.g. simplifying assumptions.

    Attributes
    ----------
    count
        How many.
    rows
        Their numbers, rising; None with more than 16 conditions, where they are only counted.
    """

    count: int
    rows: tuple[int, ...] | None


def term_of(table: TruthTable, cube: Cube) -> Term:
    """Name the literals of a cube."""
    k = len(table.conditions)
    shifts = [k - 1 - j for j in range(k)]
    return Term(
        tuple(
            (name, bool(cube.bits >> shift & 1))
            for name, shift in zip(table.conditions, shifts, strict=True)
            if cube.care >> shift & 1
        )
    )


def cubes_of(table: TruthTable, terms: Iterable[Term]) -> list[Cube]:
    """Bit masks of terms."""
    k = len(table.conditions)
    place = {name: 1 << (k - 1 - j) for j, name in enumerate(table.conditions)}
    return [
        Cube(
            sum(place[name] for name, _ in term.literals),
            sum(place[name] for name, present in term.literals if present),
        )
        for term in terms
    ]


def remainders_in(table: TruthTable, cubes: Sequence[Cube], without: Sequence[Cube] = ()) -> RowSet:
    """Remainders in a union of cubes, except those that are in another union."""
    k = len(table.conditions)
    blocked = [*without, *(Cube(table.size - 1, n - 1) for n in decided_rows(table))]
    if k > WIDEST_LISTING:
        return RowSet(union_size([*cubes, *blocked], k) - union_size(blocked, k), None)
    every = np.arange(1 << k, dtype=np.int64)
    chosen = np.flatnonzero(in_union(every, cubes) & ~in_union(every, blocked))
    return RowSet(len(chosen), tuple(int(code) + 1 for code in chosen))


def in_union(codes: Ints, cubes: Sequence[Cube]) -> Bools:
    """Which configurations belong to one of the cubes."""
    inside = np.zeros(len(codes), dtype=bool)
    for care, bits in cubes:
        inside |= codes & care == bits
    return inside


def union_size(cubes: Sequence[Cube], k: int) -> int:
    """Count the configurations of k conditions in a union of cubes."""
    total = 0
    for i, first in enumerate(cubes):
        overlap = [both for c in cubes[i + 1 :] if (both := meet(first, c)) is not None]
        total += (1 << (k - first.care.bit_count())) - union_size(irreducible(overlap), k)
    return total


def irreducible(cubes: Sequence[Cube]) -> list[Cube]:
    """Cubes that lie in no other of them."""
    unique = list(dict.fromkeys(cubes))
    return [c for c in unique if not any(o.contains(c) for o in unique if o != c)]


def decided_rows(table: TruthTable) -> list[int]:
    """Rows that are no remainders."""
    return sorted({*table.positive, *table.contradictory, *table.negative})
