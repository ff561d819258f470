"""Truth tables, necessity, sets and views at their cut-offs and at memberships of 0, 0.5 and 1."""

from __future__ import annotations

from math import nan, nextafter

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.qca import Cuts, parameters_of_fit, read_sets, truth_table
from compendium.qca.expression import parse_term
from compendium.qca.fit import fit_necessity, fit_sufficiency
from compendium.qca.necessity import Passing, necessary_expressions
from compendium.qca.truthtable import TOLERANCE, Row


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        ({"consistency": 1.0}, {"consistency": nextafter(1.0, 2)}),
        ({"consistency": 0.0}, {"consistency": -1e-300}),
        ({"pri": 0.0}, {"pri": -1e-300}),
        ({"pri": 1.0}, {"pri": nextafter(1.0, 2)}),
        ({"contradiction": 0.0}, {"contradiction": -1e-300}),
        ({"contradiction": 0.8}, {"contradiction": nextafter(0.8, 1)}),
        ({"frequency": 1}, {"frequency": 0}),
    ],
)
def test_the_last_cut_off_is_taken_and_the_first_beyond_it_refused(taken, refused):
    Cuts(**taken)
    with pytest.raises(UserError):
        Cuts(**refused)


AT = Cuts(consistency=0.8, contradiction=0.5, pri=0.6, frequency=3)


@pytest.mark.parametrize(
    ("n", "consistency", "pri", "out"),
    [
        (2, 1.0, 1.0, "?"),
        (3, 0.8, 0.6, "1"),
        # Cut-offs are reached within a rounding of 1.5e-8.
        (3, 0.8 - 1.5e-8, 0.6 - 1.5e-8, "1"),
        (3, nextafter(0.8 - 1.5e-8, 0), 1.0, "C"),
        (3, 0.8, nextafter(0.6 - 1.5e-8, 0), "0"),
        (3, 0.8, nan, "0"),
        (3, 0.5, 1.0, "C"),
        (3, 0.5 - 1.5e-8, 1.0, "C"),
        (3, nextafter(0.5 - 1.5e-8, 0), 1.0, "0"),
    ],
)
def test_a_row_reaches_each_cut_off_at_its_value(n, consistency, pri, out):
    assert AT.out(n, consistency, pri) == out


def test_a_row_without_a_pri_is_positive_where_none_is_asked():
    assert Cuts().out(1, 0.8, nan) == "1"
    assert Cuts().out(1, 0.79, nan) == "0"


@pytest.mark.parametrize(("deviant", "mixed"), [(0, False), (1, True), (2, True), (3, False)])
def test_a_row_is_mixed_when_some_but_not_all_cases_deviate(deviant, mixed):
    cases = ("a", "b", "c")
    assert Row(1, (1,), "0", 3, 0.5, 0.5, cases, cases[:deviant]).mixed is mixed


def test_an_outcome_of_a_half_is_no_deviant_case():
    frame = pd.DataFrame({"A": [1.0, 1.0, 1.0, 0.0], "Y": [0.5, nextafter(0.5, 0), 1.0, 0.0]})
    table = truth_table(frame, "Y", ["A"])
    assert table.row(2).deviant_cases == ("1",)
    assert table.row(1).cases == ("3",)


@pytest.mark.parametrize(("number", "taken"), [(0, False), (1, True), (4, True), (5, False)])
def test_rows_to_exclude_count_from_1_to_the_number_of_rows(number, taken):
    frame = pd.DataFrame({"A": [1.0, 0.0], "B": [1.0, 1.0], "Y": [1.0, 0.0]})
    if taken:
        assert truth_table(frame, "Y", ["A", "B"], exclude=[number]).excluded == (number,)
    else:
        with pytest.raises(UserError, match="no such row among 4"):
            truth_table(frame, "Y", ["A", "B"], exclude=[number])


def test_26_conditions_are_taken_and_27_refused():
    names = [f"X{i}" for i in range(27)]
    wide = pd.DataFrame(np.zeros((1, 28)), columns=[*names, "Y"])
    assert len(read_sets(wide, "Y", names[:26]).conditions) == 26
    with pytest.raises(UserError, match="27 conditions are more than 26"):
        read_sets(wide, "Y", names)


@pytest.mark.parametrize(
    ("value", "taken"),
    [(0.0, True), (1.0, True), (-1e-300, False), (nextafter(1.0, 2), False)],
)
def test_memberships_of_0_and_1_are_taken_and_none_beyond(value, taken):
    frame = pd.DataFrame({"A": [value], "Y": [1.0]})
    if taken:
        assert read_sets(frame, "Y", ["A"]).X.tolist() == [[value]]
    else:
        with pytest.raises(UserError):
            read_sets(frame, "Y", ["A"])


def test_a_term_contains_itself_and_longer_terms_but_no_shorter_one():
    one, two, swapped = parse_term("A"), parse_term("A*~B"), parse_term("~B*A")
    assert two.contains(swapped)
    assert one.contains(two)
    assert not two.contains(one)


def test_one_term_has_one_row_and_two_terms_have_a_union_too():
    frame = pd.DataFrame({"A": [1.0, 0.0], "B": [1.0, 1.0], "Y": [1.0, 0.0]})
    assert parameters_of_fit(frame, "A*B", "Y", "sufficiency")["term"].tolist() == ["A*B"]
    both = parameters_of_fit(frame, "A + B", "Y", "sufficiency")
    assert both["term"].tolist() == ["A", "B", "A + B"]
    with pytest.raises(UserError, match="a condition stands twice"):
        parse_term("A*A")


# x is 3/4 consistent as necessary for y, covers 3/5, and has a relevance of 3/5.
X = np.array([1.0, 1, 1, 0, 1, 1, 0, 0])
Y = np.array([1.0, 1, 1, 1, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("consistency", "coverage", "passes"),
    [
        (0.75, 0.6, True),
        (0.75 + TOLERANCE, 0.6 + TOLERANCE, True),
        (nextafter(0.75 + TOLERANCE, 1), 0.6, False),
        (0.75, nextafter(0.6 + TOLERANCE, 1), False),
    ],
)
def test_necessity_reaches_a_cut_off_within_rounding(consistency, coverage, passes):
    fit, passed = Passing(Y, consistency, coverage).fit(X)
    assert (fit.consistency, fit.coverage, fit.relevance) == (0.75, 0.6, 0.6)
    assert passed is passes
    sets = read_sets(pd.DataFrame({"A": X, "B": np.ones(8), "Y": Y}), "Y", ["A", "B"])
    found = necessary_expressions(sets, consistency=consistency, coverage=coverage)
    kept = {(str(item.expression), item.shape) for item in found}
    assert (("A", "single") in kept) is passes
    assert (("A*B", "conjunction") in kept) is passes


@pytest.mark.parametrize(("relevance", "kept"), [(0.6, True), (nextafter(0.6, 1), False)])
def test_a_relevance_at_its_cut_off_is_enough(relevance, kept):
    sets = read_sets(pd.DataFrame({"A": X, "Y": Y}), "Y", ["A"])
    found = necessary_expressions(sets, consistency=0.7, relevance=relevance)
    assert ("A" in {str(item.expression) for item in found}) is kept


@pytest.mark.parametrize(("depth", "longest"), [(1, 1), (2, 2), (3, 2), (None, 2)])
def test_expressions_are_as_long_as_asked_and_as_there_are_conditions(depth, longest):
    sets = read_sets(pd.DataFrame({"A": X, "B": np.ones(8), "Y": Y}), "Y", ["A", "B"])
    found = necessary_expressions(sets, consistency=0.7, depth=depth)
    assert max(item.expression.literals for item in found) == longest


def test_a_union_of_the_literals_of_a_kept_conjunction_is_left_out():
    # A*B*C covers half of its 24 cases, A + B + C 24 of its 45, and no shorter expression of these
    # literals half: A 16 of 34, A*B 12 of 27, A + B 20 of 41.
    alone, pair, all_three = [1, 0, 0], [1, 1, 0], [1, 1, 1]
    turned = [(alone[i:] + alone[:i], pair[i:] + pair[:i]) for i in range(3)]
    rows = [
        *[[*one, 1] for one, _ in turned for _ in range(4)],
        *[[*two, 0] for _, two in turned for _ in range(3)],
        *[[*all_three, y] for y in (0, 1) for _ in range(12)],
    ]
    sets = read_sets(pd.DataFrame(rows, columns=["A", "B", "C", "Y"]), "Y", ["A", "B", "C"])
    found = {str(i.expression) for i in necessary_expressions(sets, consistency=0.5, coverage=0.5)}
    assert "A*B*C" in found
    assert not {"A", "A*B", "A + B"} & found
    assert "A + B + C" not in found


def test_an_empty_set_has_no_consistency_and_an_empty_outcome_no_coverage():
    none, some = np.zeros(2), np.array([1.0, 0.0])
    assert np.isnan(fit_sufficiency(none, some).consistency)
    assert fit_sufficiency(none, some).coverage == 0.0
    assert np.isnan(fit_sufficiency(some, none).coverage)
    assert np.isnan(fit_necessity(none, some).coverage)
    assert np.isnan(fit_necessity(np.ones(2), np.ones(2)).relevance)
    assert fit_sufficiency(some, some, none).unique_coverage == 1.0


def test_a_constant_and_a_half_are_flagged_and_a_half_in_the_outcome_is_not():
    frame = pd.DataFrame({"A": [0.5, 1.0], "B": [0.7, 0.7], "Y": [0.5, 1.0]}, index=["a", "b"])
    flags = read_sets(frame, "Y", ["A", "B"]).flags
    assert [(f.kind, f.column, f.cases) for f in flags] == [
        ("constant", "B", ()),
        ("half", "A", ("a",)),
    ]


def test_what_is_asked_of_a_row_and_of_a_necessary_condition_unless_said():
    assert (Cuts().consistency, Cuts().contradiction) == (0.8, None)
    assert (Cuts().pri, Cuts().frequency) == (0.0, 1)
    # A necessary condition is 0.9 consistent: 9 of 10 cases will do, 8 of 9 will not.
    for missing, n, kept in ((1, 10, True), (1, 9, False)):
        x = np.array([0.0] * missing + [1.0] * (n - missing))
        sets = read_sets(pd.DataFrame({"A": x, "Y": np.ones(n)}), "Y", ["A"])
        assert ("A" in {str(i.expression) for i in necessary_expressions(sets)}) is kept
