"""Prime implicants and covers against enumeration of everything."""

from __future__ import annotations

from itertools import chain, combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compendium.errors import UserError
from compendium.qca.cover import (
    count_smallest,
    irredundant_covers,
    minimum_covers,
    programme_cover,
    reduce_chart,
    undominated,
)
from compendium.qca.primes import (
    Cube,
    Steps,
    hitting_sets_by_edges,
    hitting_sets_by_table,
    minimal_edges,
    primes_against,
    primes_of_rows,
    primes_of_union,
)
from compendium.qca.remainders import union_size

deterministic = settings(derandomize=True, deadline=None, max_examples=60, database=None)
WIDTH = 4


def every_cube(width: int) -> list[Cube]:
    """All 3**width cubes."""
    cares = range(1 << width)
    return [Cube(c, b) for c in cares for b in range(1 << width) if b & ~c == 0]


def primes_by_enumeration(inside: set[int], width: int) -> set[Cube]:
    """Cubes within a set of configurations that no larger one holds."""
    rows = range(1 << width)
    fitting = [q for q in every_cube(width) if {r for r in rows if q.covers(r)} <= inside]
    return {q for q in fitting if not any(p.contains(q) for p in fitting if p != q)}


row_sets = st.sets(st.integers(0, (1 << WIDTH) - 1), min_size=1, max_size=(1 << WIDTH) - 1)


@given(row_sets)
@deterministic
def test_merging_finds_exactly_the_primes(rows):
    assert set(primes_of_rows(rows, WIDTH)) == primes_by_enumeration(rows, WIDTH)


@given(row_sets, st.randoms(use_true_random=False))
@deterministic
def test_consensus_finds_the_primes_of_a_union_of_cubes(rows, random):
    cubes = [q for q in every_cube(WIDTH) if {r for r in range(16) if q.covers(r)} <= rows]
    some = [*random.sample(cubes, len(cubes) // 2), *(Cube(15, r) for r in rows)]
    assert set(primes_of_union(some)) == primes_by_enumeration(rows, WIDTH)


@given(row_sets, st.data())
@deterministic
def test_hitting_sets_are_the_primes_that_cover_a_positive_row(negative, data):
    rest = sorted(set(range(1 << WIDTH)) - negative)
    positive = data.draw(st.sets(st.sampled_from(rest), min_size=1))
    expected = {
        q for q in primes_by_enumeration(set(rest), WIDTH) if any(q.covers(r) for r in positive)
    }
    assert set(primes_against(positive, negative, WIDTH)) == expected


@given(st.sets(st.integers(1, 255), min_size=1, max_size=14))
@deterministic
def test_both_searches_for_hitting_sets_agree(edges):
    kept = minimal_edges(edges)
    by_table = hitting_sets_by_table(kept, 8)
    assert sorted(by_table) == sorted(hitting_sets_by_edges(kept, Steps()))


@given(st.lists(st.sampled_from(every_cube(WIDTH)), max_size=7))
@deterministic
def test_size_of_a_union_of_cubes(cubes):
    rows = [r for r in range(1 << WIDTH) if any(q.covers(r) for q in cubes)]
    assert union_size(cubes, WIDTH) == len(rows)


def charts(columns: int, rows: int):
    """Charts in which some column covers each row."""
    cells = st.lists(
        st.lists(st.booleans(), min_size=rows, max_size=rows), min_size=1, max_size=columns
    )
    return cells.map(np.array).filter(lambda chart: chart.any(axis=0).all())


def covers_by_enumeration(chart: np.ndarray) -> set[tuple[int, ...]]:
    """All irredundant covers."""
    columns = range(len(chart))
    sets = chain.from_iterable(combinations(columns, m) for m in range(1, len(chart) + 1))
    covers = [set(s) for s in sets if chart[list(s)].any(axis=0).all()]
    return {tuple(sorted(c)) for c in covers if not any(d < c for d in covers)}


@given(charts(9, 6))
@deterministic
def test_all_irredundant_and_all_smallest_covers(chart):
    expected = covers_by_enumeration(chart)
    least = min(map(len, expected))
    found = irredundant_covers(chart, limit=1000)
    assert (set(found.covers), found.count.value, found.complete) == (expected, len(expected), True)
    smallest = {c for c in expected if len(c) == least}
    found = minimum_covers(chart, limit=1000)
    assert (set(found.covers), found.size, found.least) == (smallest, least, least)
    assert (found.count.value, found.complete) == (len(smallest), True)


@given(charts(14, 9))
@deterministic
def test_inclusion_and_exclusion_counts_the_smallest_covers(chart):
    found = minimum_covers(chart, limit=5000)
    reduced = reduce_chart(chart)
    size = found.size - len(reduced.forced)
    assert count_smallest(reduced, size) == len(found.covers)
    if size:
        assert count_smallest(reduced, size - 1) == 0


@given(charts(14, 9))
@deterministic
def test_integer_programme_agrees_on_the_least_size(chart):
    reduced = reduce_chart(chart)
    if reduced.rows:
        everything = list(range(len(reduced.masks)))
        cover, least = programme_cover(reduced.masks, reduced.rows, everything, 1)
        assert len(cover) == least == minimum_covers(chart, 1).size - len(reduced.forced)


def test_a_cut_list_says_so_and_the_count_stays_exact():
    chart = np.repeat(np.eye(6, dtype=bool), 10, axis=0)
    found = minimum_covers(chart, limit=7)
    assert len(found.covers) == 7
    assert (found.count.value, found.count.exact, found.complete) == (10**6, True, False)


def test_ties_beyond_any_search_are_counted_exactly():
    chart = np.array([c for c in product([False, True], repeat=16) if sum(c) == 4])
    found = minimum_covers(chart, limit=5)
    assert found.size == 4
    assert found.count.exact
    assert found.count.value == 2627625, "16!/(4!^4 4!): partitions of 16 rows into fours"


def test_an_exhausted_search_bounds_the_ties():
    rng = np.random.default_rng(7)
    chart = np.vstack([rng.random((60, 40)) < 0.15, np.eye(40, dtype=bool)])
    found = irredundant_covers(chart, limit=10, nodes=500)
    assert not found.count.exact
    assert found.count.value >= len(found.covers)
    assert all(chart[list(cover)].any(axis=0).all() for cover in found.covers)


def test_too_many_prime_implicants_are_refused_not_awaited():
    rng = np.random.default_rng(26)
    codes = [int(code) for code in rng.integers(0, 1 << 26, 60)]
    with pytest.raises(UserError, match="too many prime implicants"):
        primes_against(codes[:20], codes[20:], 26, Steps(100_000))


def test_uncoverable_rows_are_refused():
    with pytest.raises(UserError, match="covered by no implicant"):
        minimum_covers(np.array([[True, False]]), 10)


def test_a_row_goes_where_a_later_one_has_fewer_of_its_columns():
    assert undominated({0: 0b11, 1: 0b01}) == 0b10
    assert undominated({0: 0b01, 1: 0b01, 2: 0b10}) == 0b101
