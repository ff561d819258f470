"""Covers of the positive rows by prime implicants: all smallest ones, or all irredundant ones.

The chart is reduced without losing a cover (McCluskey 1956: essential implicants; rows that are
covered whenever another is; implicants with equal cover kept together), the least size is proved
by integer programming, and covers are listed and counted under an allowance of steps. Where at
most 20 rows are left the number of smallest covers is exact whatever its size, by inclusion and
exclusion. Sources: Petrick (1956); Murakami and Uno (2014) for irredundant covers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, islice, product
from math import ceil, comb, prod
from operator import and_, or_

import numpy as np

from compendium.errors import UserError
from compendium.qca.primes import Bools

# Inclusion and exclusion over 2**20 sets of rows takes about 50 ms.
MOST_ROWS_COUNTED = 20
# Nodes of the search for covers: seconds where there are thousands of implicants.
MOST_NODES = 100_000
# A chart of this many cells doubles the price of a node.
CELLS_FOR_ONE = 50_000
# Nodes of the plain proof of the least size, before an integer programme is asked.
MOST_DEEPENING_NODES = 20_000
# Branch-and-bound nodes of the integer programme that proves the least size.
MOST_PROGRAMME_NODES = 2_000
# Masks longer than this are unpacked by numpy, which is faster from here on.
LONG_MASK = 256
# Rounding of a bound on the number of terms, which is a whole number.
BOUND_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Count:
    """A number of ties: exact, or at least this many."""

    value: int
    exact: bool = True

    def __str__(self) -> str:
        return str(self.value) if self.exact else f"at least {self.value}"


@dataclass(frozen=True)
class Covers:
    """Covers of a chart.

    Attributes
    ----------
    covers
        Sets of column numbers, each sorted; possibly only some of them.
    count
        How many there are.
    size, least
        Columns in the smallest cover listed, and the proved lower bound; equal when the cover is
        proved to be minimal.
    """

    covers: tuple[tuple[int, ...], ...]
    count: Count
    size: int
    least: int

    @property
    def complete(self) -> bool:
        """Tell whether every cover is listed."""
        return self.count.exact and self.count.value == len(self.covers)


@dataclass(frozen=True)
class Chart:
    """A reduced chart: what is left to choose.

    Attributes
    ----------
    forced
        Groups of columns of which every cover holds exactly one.
    groups
        Groups of columns that cover the same of the rows left.
    masks
        For each of `groups`, those rows as a bit mask.
    rows
        Number of rows left.
    """

    forced: tuple[tuple[int, ...], ...]
    groups: tuple[tuple[int, ...], ...]
    masks: tuple[int, ...]
    rows: int

    @property
    def full(self) -> int:
        """Mask of all rows left."""
        return (1 << self.rows) - 1


class ExhaustedError(Exception):
    """The allowance of nodes has been used up."""


@dataclass
class Nodes:
    """Allowance of nodes of a search; on a large chart a node costs more than one."""

    left: int
    price: int = 1

    def spend(self) -> None:
        """Count one node."""
        self.left -= self.price
        if self.left < 0:
            raise ExhaustedError


def minimum_covers(chart: Bools, limit: int, nodes: int = MOST_NODES) -> Covers:
    """All covers with the smallest number of columns.

    Parameters
    ----------
    chart
        Shape (columns, rows): which implicant covers which row.
    limit
        Most covers to list; ties beyond are counted as far as `nodes` go.

    Raises
    ------
    UserError
        A row that no column covers.
    """
    reduced = reduce_chart(chart)
    first, least = smallest_cover(reduced)
    base, size = len(reduced.forced), len(first)
    if least < size:
        covers = tuple(expand(reduced, [first], limit))
        return Covers(covers, Count(len(covers), exact=False), base + size, base + least)
    formula = reduced.rows <= MOST_ROWS_COUNTED
    search = search_smallest(reduced, size, Nodes(nodes, price(reduced)))
    found = collect(reduced, search, limit, stop_when_full=formula)
    count = Count(found.total, found.finished)
    if formula and not found.finished:
        count = Count(count_smallest(reduced, size), exact=True)
    covers = tuple(expand(reduced, found.listed or [first], limit))
    return Covers(covers, max_count(count, len(covers)), base + size, base + size)


def irredundant_covers(chart: Bools, limit: int, nodes: int = MOST_NODES) -> Covers:
    """All covers from which no column can be left out, whatever their size.

    Parameters and errors are those of `minimum_covers`; `size` is that of a smallest cover.
    """
    reduced = reduce_chart(chart)
    first, least = smallest_cover(reduced)
    found = collect(reduced, search_irredundant(reduced, Nodes(nodes, price(reduced))), limit)
    covers = tuple(expand(reduced, found.listed or [first], limit))
    count = max_count(Count(found.total, found.finished), len(covers))
    base = len(reduced.forced)
    return Covers(covers, count, base + len(first), base + least)


def price(chart: Chart) -> int:
    """Price of a node in an allowance, by the size of the chart."""
    return 1 + chart.rows * len(chart.masks) // CELLS_FOR_ONE


def max_count(count: Count, listed: int) -> Count:
    """At least as many as are listed."""
    return count if count.value >= listed else Count(listed, exact=False)


@dataclass(frozen=True)
class Found:
    """Covers of a reduced chart by groups; `total` counts them column by column."""

    listed: list[tuple[int, ...]]
    total: int
    finished: bool


def collect(
    chart: Chart, search: Iterator[tuple[int, ...]], limit: int, *, stop_when_full: bool = False
) -> Found:
    """Run a search to its end or to the end of its allowance; keep the first covers."""
    listed: list[tuple[int, ...]] = []
    total = kept = 0
    try:
        for cover in search:
            ties = multiplicity(chart, cover)
            total += ties
            if kept < limit:
                listed.append(cover)
                kept += ties
            elif stop_when_full:
                return Found(listed, total, finished=False)
    except ExhaustedError:
        return Found(listed, total, finished=False)
    return Found(listed, total, finished=True)


def multiplicity(chart: Chart, cover: Sequence[int]) -> int:
    """Count the covers by columns that one cover by groups stands for."""
    return prod(len(group) for group in chart.forced) * prod(len(chart.groups[g]) for g in cover)


def expand(
    chart: Chart, covers: Sequence[tuple[int, ...]], limit: int
) -> Iterator[tuple[int, ...]]:
    """Covers by columns, at most so many."""
    choices = (product(*chart.forced, *(chart.groups[g] for g in cover)) for cover in covers)
    return (tuple(sorted(chosen)) for chosen in islice(chain.from_iterable(choices), limit))


def reduce_chart(chart: Bools) -> Chart:
    """Force essential columns and drop rows that are covered whenever another row is.

    No cover is lost, neither a smallest nor an irredundant one: equal columns are kept together
    as a group, and a column dominated by another stays.
    """
    if not chart.any(axis=0).all():
        raise UserError("a positive row is covered by no implicant", "report this as a defect")
    columns = [int("".join("1" if v else "0" for v in row[::-1]), 2) for row in chart]
    forced: list[tuple[int, ...]] = []
    rest = (1 << chart.shape[1]) - 1
    while True:
        groups = group_columns(columns, rest)
        masks = list(groups)
        rows = columns_by_row(masks, rest)
        alone = next((row for row, by in rows.items() if by.bit_count() == 1), None)
        if alone is not None:
            mask = masks[rows[alone].bit_length() - 1]
            forced.append(groups[mask])
            rest &= ~mask
            continue
        needed = undominated(rows)
        if needed == rest:
            return pack(forced, groups, rest)
        rest = needed


def group_columns(columns: Sequence[int], rest: int) -> dict[int, tuple[int, ...]]:
    """Columns by the rows that they cover of those left; columns that cover none are out."""
    groups: dict[int, list[int]] = {}
    for column, mask in enumerate(columns):
        if mask & rest:
            groups.setdefault(mask & rest, []).append(column)
    return {mask: tuple(group) for mask, group in groups.items()}


def columns_by_row(masks: Sequence[int], rest: int) -> dict[int, int]:
    """For every row left, the columns that cover it as a bit mask."""
    rows = dict.fromkeys(set_bits(rest), 0)
    for column, mask in enumerate(masks):
        for row in set_bits(mask):
            rows[row] |= 1 << column
    return rows


def undominated(rows: dict[int, int]) -> int:
    """Mask of the rows whose columns hold those of no other row (of equal rows, the first)."""
    kept: list[int] = []
    for row in sorted(rows, key=lambda r: (rows[r].bit_count(), r)):
        if not any(rows[row] & rows[other] == rows[other] for other in kept):
            kept.append(row)
    return reduce(or_, (1 << row for row in kept), 0)


def pack(forced: Sequence[tuple[int, ...]], groups: dict[int, tuple[int, ...]], rest: int) -> Chart:
    """Renumber the rows left, from 0."""
    place = {row: i for i, row in enumerate(set_bits(rest))}
    masks = tuple(sum(1 << place[row] for row in set_bits(mask)) for mask in groups)
    return Chart(tuple(forced), tuple(groups.values()), masks, len(place))


def set_bits(mask: int) -> list[int]:
    """Positions of the ones in a mask, lowest first."""
    length = mask.bit_length()
    if length <= LONG_MASK:
        return [i for i, digit in enumerate(bin(mask)[:1:-1]) if digit == "1"]
    octets = np.frombuffer(mask.to_bytes(-(-length // 8), "little"), dtype=np.uint8)
    positions: list[int] = np.flatnonzero(np.unpackbits(octets, bitorder="little")).tolist()
    return positions


def maximal(masks: Sequence[int]) -> list[int]:
    """Numbers of the groups whose rows are not a proper part of another's."""
    order = sorted(range(len(masks)), key=lambda g: (-masks[g].bit_count(), g))
    kept: list[int] = []
    for g in order:
        if not any(masks[g] & masks[h] == masks[g] for h in kept):
            kept.append(g)
    return sorted(kept)


def smallest_cover(chart: Chart) -> tuple[tuple[int, ...], int]:
    """One smallest cover by groups, and the proved lower bound of its size."""
    if chart.rows == 0:
        return (), 0
    best = maximal(chart.masks)
    masks = [chart.masks[g] for g in best]
    greedy = greedy_cover(masks, chart.full)
    least = max(2 if len(greedy) > 1 else 1, independent_rows(masks, chart.full))
    if least < len(greedy):
        try:
            greedy = deepened_cover(masks, chart.full, least, greedy)
            least = len(greedy)
        except ExhaustedError:
            greedy, least = programme_cover(masks, chart.rows, greedy, least)
    return tuple(best[i] for i in greedy), least


def greedy_cover(masks: Sequence[int], full: int) -> list[int]:
    """Take the column with most rows left, again and again."""
    rest, chosen = full, []
    while rest:
        best = max(range(len(masks)), key=lambda i: ((masks[i] & rest).bit_count(), -i))
        chosen.append(best)
        rest &= ~masks[best]
    return chosen


def independent_rows(masks: Sequence[int], full: int) -> int:
    """Count rows no two of which share a column, found greedily: a lower bound."""
    rows = columns_by_row(masks, full)
    used = count = 0
    for row in sorted(rows, key=lambda r: (rows[r].bit_count(), r)):
        if not rows[row] & used:
            count += 1
            used |= reduce(or_, (by for by in rows.values() if by & rows[row]), 0) & rows[row]
    return count


def deepened_cover(masks: Sequence[int], full: int, least: int, greedy: list[int]) -> list[int]:
    """Smallest cover by trying one size after the other; raises when its nodes are used up."""
    coverable = make_coverable(masks, full, Nodes(MOST_DEEPENING_NODES))
    size = next((s for s in range(least, len(greedy)) if coverable(full, s)), len(greedy))
    if size == len(greedy):
        return greedy
    rest, chosen = full, list[int]()
    for left in range(size - 1, -1, -1):
        row = set_bits(rest)[0]
        holders = (g for g, mask in enumerate(masks) if mask >> row & 1)
        chosen.append(next(g for g in holders if coverable(rest & ~masks[g], left)))
        rest &= ~masks[chosen[-1]]
        if not rest:
            break
    return chosen


def programme_cover(
    masks: Sequence[int], rows: int, greedy: list[int], least: int
) -> tuple[list[int], int]:
    """Set cover as an integer programme; the greedy cover stands where the solver gives up."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    chart = np.array([[mask >> row & 1 for mask in masks] for row in range(rows)], dtype=float)
    result = milp(
        np.ones(len(masks)),
        integrality=np.ones(len(masks)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(chart, lb=1.0),
        options={"node_limit": MOST_PROGRAMME_NODES},
    )
    if result.mip_dual_bound is not None:
        least = max(least, ceil(result.mip_dual_bound - BOUND_TOLERANCE))
    if result.x is None:
        return greedy, least
    chosen = [i for i, value in enumerate(result.x) if value > 0.5]
    covers_all = reduce(or_, (masks[i] for i in chosen), 0) == (1 << rows) - 1
    return (chosen, least) if covers_all and len(chosen) < len(greedy) else (greedy, least)


def search_smallest(chart: Chart, size: int, nodes: Nodes) -> Iterator[tuple[int, ...]]:
    """Covers by groups of exactly the least size, each once.

    Branches on the row with the fewest columns; a column tried is taken away from its later
    siblings, so no cover comes twice.
    """
    by_row = list(columns_by_row(chart.masks, chart.full).values())
    best = [chart.masks[g] for g in maximal(chart.masks)]
    coverable = make_coverable(best, chart.full, nodes)

    def extend(
        rest: int, free: int, left: int, chosen: tuple[int, ...]
    ) -> Iterator[tuple[int, ...]]:
        nodes.spend()
        if not rest:
            yield chosen
            return
        rows = [by_row[row] & free for row in set_bits(rest)]
        if left == 1:
            yield from ((*chosen, g) for g in set_bits(reduce(and_, rows)))
        elif coverable(rest, left):
            for g in set_bits(min(rows, key=int.bit_count)):
                free &= ~(1 << g)
                yield from extend(rest & ~chart.masks[g], free, left - 1, (*chosen, g))

    return extend(chart.full, (1 << len(chart.masks)) - 1, size, ())


def make_coverable(masks: Sequence[int], full: int, nodes: Nodes) -> Callable[[int, int], bool]:
    """Make the test whether so many columns can cover the rest; answers are remembered."""
    by_row = list(columns_by_row(masks, full).values())
    largest = max((mask.bit_count() for mask in masks), default=0)
    known: dict[tuple[int, int], bool] = {}

    def coverable(rest: int, left: int) -> bool:
        if not rest or left * largest < rest.bit_count():
            return not rest
        if (rest, left) not in known:
            nodes.spend()
            rows = [by_row[row] for row in set_bits(rest)]
            if left == 1:
                known[rest, left] = reduce(and_, rows) != 0
            else:
                columns = set_bits(min(rows, key=int.bit_count))
                known[rest, left] = any(coverable(rest & ~masks[g], left - 1) for g in columns)
        return known[rest, left]

    return coverable


def search_irredundant(chart: Chart, nodes: Nodes) -> Iterator[tuple[int, ...]]:
    """Irredundant covers by groups, each once: every column keeps a row of its own."""
    by_row = list(columns_by_row(chart.masks, chart.full).values())

    def extend(
        rest: int, free: int, chosen: tuple[int, ...], own: tuple[int, ...]
    ) -> Iterator[tuple[int, ...]]:
        nodes.spend()
        if not rest:
            yield chosen
            return
        rows = [by_row[row] & free for row in set_bits(rest)]
        for g in set_bits(min(rows, key=int.bit_count)):
            free &= ~(1 << g)
            mask = chart.masks[g]
            kept = (*(rows_alone & ~mask for rows_alone in own), rest & mask)
            if all(kept):
                yield from extend(rest & ~mask, free, (*chosen, g), kept)

    return extend(chart.full, (1 << len(chart.masks)) - 1, (), ())


def count_smallest(chart: Chart, size: int) -> int:
    """Exact number of covers with so many columns, by inclusion and exclusion over the rows.

    The number of column sets of that size that miss every row of S is C(a(S), size), with a(S)
    the columns that miss all of S; summing over S with the sign of its parity leaves the covers.
    """
    inside = np.zeros(1 << chart.rows, dtype=np.int64)
    for mask, group in zip(chart.masks, chart.groups, strict=True):
        inside[mask] += len(group)
    sign = np.ones(1, dtype=np.int64)
    for row in range(chart.rows):
        pairs = inside.reshape(-1, 2, 1 << row)
        pairs[:, 1] += pairs[:, 0]
        sign = np.concatenate([sign, -sign])
    available, place = np.unique(inside[::-1], return_inverse=True)
    signed = np.zeros(len(available), dtype=np.int64)
    np.add.at(signed, place.ravel(), sign)
    total = sum(int(s) * comb(int(a), size) for a, s in zip(available, signed, strict=True))
    return total * prod(len(group) for group in chart.forced)
