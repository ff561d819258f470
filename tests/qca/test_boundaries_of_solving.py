"""Primes, covers, remainders and robustness at their allowances and widths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.qca.calibration import Crisp
from compendium.qca.cover import (
    Chart,
    Count,
    ExhaustedError,
    Nodes,
    irredundant_covers,
    make_coverable,
    max_count,
    minimum_covers,
    price,
    set_bits,
)
from compendium.qca.minimisation import dominated
from compendium.qca.primes import Cube, Steps
from compendium.qca.remainders import remainders_in
from compendium.qca.robustness import GRID, Analysis, halved, robustness_ranges, walk
from compendium.qca.truthtable import truth_table


def cycle(n):
    """Chart of n columns and n rows: column i covers row i and the next."""
    return np.eye(n, dtype=bool) | np.roll(np.eye(n, dtype=bool), 1, axis=1)


def test_an_allowance_is_used_up_by_its_last_step_and_not_before():
    Steps(5).spend(5)
    with pytest.raises(UserError, match="too many prime implicants"):
        Steps(5).spend(6)
    Nodes(6, price=3).spend()
    nodes = Nodes(6, price=3)
    nodes.spend()
    nodes.spend()
    with pytest.raises(ExhaustedError):
        nodes.spend()


@pytest.mark.parametrize(("rows", "count"), [(20, Count(2)), (21, Count(1, exact=False))])
def test_ties_are_counted_exactly_up_to_20_rows_whatever_the_allowance(rows, count):
    # A cycle of 20 rows has two smallest covers: every other column, from the first or the second.
    found = minimum_covers(cycle(rows), limit=5, nodes=0)
    assert found.count == count
    assert found.size == -(-rows // 2)


def test_one_column_that_covers_all_rows_is_proved_smallest():
    chart = np.array([[1, 1], [1, 0], [0, 1]], dtype=bool)
    smallest, all_of_them = minimum_covers(chart, limit=10), irredundant_covers(chart, limit=10)
    assert (smallest.covers, smallest.count) == (((0,),), Count(1))
    assert (sorted(all_of_them.covers), all_of_them.count) == ([(0,), (1, 2)], Count(2))
    assert (smallest.size, smallest.least) == (all_of_them.size, all_of_them.least) == (1, 1)


@pytest.mark.parametrize(("limit", "listed"), [(1, 1), (2, 2), (3, 2)])
def test_covers_are_listed_up_to_the_limit_and_all_are_counted(limit, listed):
    found = minimum_covers(cycle(4), limit=limit)
    assert (len(found.covers), found.count, found.complete) == (listed, Count(2), listed == 2)


def test_two_columns_that_just_fill_the_rows_cover_them_and_one_does_not():
    coverable = make_coverable([0b0011, 0b1100], 0b1111, Nodes(10))
    assert coverable(0b1111, 2)
    assert not coverable(0b1111, 1)
    assert coverable(0b0011, 1)
    assert coverable(0, 0)


def test_a_count_stands_when_just_so_many_are_listed():
    assert max_count(Count(3), 3) == Count(3)
    assert max_count(Count(2), 3) == Count(3, exact=False)


@pytest.mark.parametrize("length", [255, 256, 257, 264])
def test_bits_are_found_in_short_and_long_masks(length):
    assert set_bits(1 << (length - 1) | 0b101) == [0, 2, length - 1]


def test_equal_implicants_do_not_dominate_each_other_and_a_larger_one_does():
    chart = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=bool)
    assert dominated(chart).tolist() == [False, False, True, False]


@pytest.mark.parametrize(("k", "rows"), [(16, (1, 2)), (17, None)])
def test_remainders_are_listed_up_to_16_conditions_and_counted_beyond(k, rows):
    names = [f"X{i}" for i in range(k)]
    table = truth_table(pd.DataFrame([[1.0] * (k + 1)], columns=[*names, "Y"]), "Y", names)
    # All conditions but the last absent: two configurations, both without a case.
    found = remainders_in(table, [Cube((1 << k) - 2, 0)])
    assert (found.count, found.rows) == (2, rows)


@pytest.mark.parametrize("sign", [1, -1])
def test_halving_finds_where_the_solution_changes_between_two_places(sign):
    def at(value):
        return ("same", "A") if abs(value) <= 1.6 else ("other", "B")

    places = [sign * step for step in (1.0, 2.0, 3.0)]
    end, text = halved(places, at, "same", 0.0)
    assert text == "B"
    # Twelve halvings of a step of 1, and never beyond the change.
    assert 1.6 - 2.0**-12 <= abs(end) <= 1.6
    assert walk(places, at, "same", 0.0) == (sign * 1.0, "B")


def test_halving_leaves_the_last_place_where_nothing_changes():
    places = np.arange(1, GRID + 1) / GRID
    assert halved(places, lambda _: ("same", "A"), "same", 0.0) == (1.0, "")


@pytest.mark.parametrize(("columns", "costs"), [(0, 1), (24_999, 1), (25_000, 2), (50_000, 3)])
def test_a_node_costs_one_more_for_every_50000_cells(columns, costs):
    assert price(Chart((), (), (0,) * columns, 2)) == costs


def test_the_range_of_a_threshold_is_found_to_a_grid_of_25_and_12_halvings():
    # A is sufficient for Y with any threshold above 1, and up to 4 a case belongs to it.
    frame = pd.DataFrame({"A": [0.0, 1.0, 3.0, 4.0], "Y": [0.0, 0.0, 1.0, 1.0]})
    analysis = Analysis(frame, "Y", ("A",), calibrations={"A": Crisp((2.0,))})
    found = {r.parameter: r for r in robustness_ranges(analysis)}
    threshold = found["A.thresholds[1]"]
    precision = 4 / 25 / 2**12
    assert threshold.precision == pytest.approx(precision)
    assert 1 < threshold.low <= 1 + precision
    assert 4 - precision <= threshold.high <= 4
    # Rows of a consistency of 0 and of 1: any cut-off above 0 gives the same solution.
    assert (found["consistency"].low, found["consistency"].high) == (0.0, 1.0)
    assert found["consistency"].precision == 0.0
    # Two cases a row; with three asked for, none is left.
    assert (found["frequency"].low, found["frequency"].high) == (1, 2)
