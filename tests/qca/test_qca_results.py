"""Known answers: anchors, recovered rules, worked examples, ranges found by hand."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import qca_reference as reference

from compendium.qca import (
    Bell,
    Crisp,
    Cuts,
    Direct,
    Indirect,
    Linear,
    Options,
    contradictory_assumptions,
    minimise,
    necessary_expressions,
    parse,
    read_sets,
    single_conditions,
    standard_analysis,
    truth_table,
)
from compendium.qca.robustness import Analysis, robustness_ranges
from compendium.qca.views import diversity, truth_table_view

RULE = parse("X01*X02 + ~X03*X04*X05").as_set


def test_direct_method_passes_through_its_anchors():
    x = [2.0, 5.0, 9.0]
    np.testing.assert_allclose(Direct(2, 5, 9).apply(x), [0.05, 0.5, 0.95])
    np.testing.assert_allclose(Direct(9, 5, 2, idm=0.99).apply(x), [0.99, 0.5, 0.01])
    np.testing.assert_allclose(Linear(2, 5, 9).apply(x), [0.0, 0.5, 1.0])


def test_calibration_never_falls_where_the_set_rises():
    x = np.linspace(-5, 20, 200)
    for rising in (Direct(1, 4, 11), Linear(1, 4, 11, below=2, above=0.5), Crisp((4.0,))):
        assert np.all(np.diff(rising.apply(x)) >= 0)
    assert np.all(np.diff(Indirect((2.0, 5.0, 9.0)).apply(np.linspace(1, 12, 50))) >= 0)


def test_diversity_counts_rows_and_cases():
    frame = pd.DataFrame(
        {"A": [1, 1, 1, 1, 0, 0, 0.5], "B": [1, 1, 1, 0, 0, 0, 1], "Y": [1, 1, 0, 1, 0, 0, 1]},
        index=list("abcdefg"),
    ).astype(float)
    assert diversity(truth_table(frame, "Y", ["A", "B"], Cuts(consistency=0.8, frequency=2))) == {
        "possible": 4,
        "observed": 2,  # A*B with three cases and ~A*~B with two; A*~B has too few
        "remainders": 2,
        "share_observed": 0.5,
        "cases": 7,
        "cases_in_no_row": 1,
        "largest_row": 3,
    }


def test_bell_and_valley_are_complements():
    x = np.linspace(0, 10, 101)
    anchors = (1.0, 2.0, 4.0, 5.0, 7.0, 9.0)
    bell, valley = Bell(anchors).apply(x), Bell(anchors, valley=True).apply(x)
    np.testing.assert_allclose(bell + valley, 1.0)


def test_missing_values_stay_missing():
    x = [1.0, np.nan, 9.0]
    for method in (Direct(2, 5, 9), Linear(2, 5, 9), Crisp((5.0,)), Bell((1, 2, 3, 4, 5, 6))):
        assert list(np.isnan(method.apply(x))) == [False, True, False]


def random_table(name):
    """Truth table of one of the large crisp problems."""
    frame = reference.data(name)
    conditions = [column for column in frame if column.startswith("X")]
    return truth_table(frame, "Y", conditions, Cuts(consistency=1.0))


@pytest.mark.parametrize("k", [8, 10, 12])
def test_the_rule_behind_the_data_is_recovered(k):
    solution = minimise(random_table(f"rule_k{k:02d}_n60"), "parsimonious")
    if k == 8:
        assert solution.solved.terms == len(RULE)
    else:
        assert RULE in solution.as_sets


@pytest.mark.parametrize("n", [30, 45, 60])
@pytest.mark.parametrize("k", [8, 10, 12])
def test_very_many_ties_are_counted_and_said(k, n):
    start = time.perf_counter()
    solution = minimise(random_table(f"random_k{k:02d}_n{n}"), "parsimonious")
    assert time.perf_counter() - start < 10, "one second is the promise; machines differ"
    solved = solution.solved
    assert solved.minimal
    assert solved.count.exact
    assert solved.count.value >= len(solution.models) > 0
    cut = solved.count.value > len(solution.models)
    assert (f"{solved.count} models, {len(solution.models)} listed" in solved.note["en"]) == cut


def test_thousands_of_positive_rows_end_with_a_bound():
    rng = np.random.default_rng(20)
    codes = rng.choice(1 << 10, 600, replace=False)
    X = codes[:, None] >> np.arange(9, -1, -1) & 1
    names = [f"X{j}" for j in range(10)]
    frame = pd.DataFrame(X, columns=names).assign(Y=(rng.random(600) < 0.5).astype(int))
    table = truth_table(frame, "Y", names, Cuts(consistency=1.0))
    solution = minimise(table, "parsimonious", options=Options(max_models=5, nodes=2000))
    assert 1 <= len(solution.models) <= 5
    assert solution.solved.least_terms <= solution.solved.terms
    assert not solution.solved.count.exact
    words = solution.solved.note
    assert "at least" in words["en"]
    assert "至少" in words["zh"]


def test_twenty_conditions_are_counted_not_listed():
    rng = np.random.default_rng(4)
    names = [f"X{j:02d}" for j in range(20)]
    X = rng.integers(0, 2, (6, 20))
    frame = pd.DataFrame(X, columns=names).assign(Y=[1, 1, 0, 0, 0, 0])
    table = truth_table(frame, "Y", names, Cuts(consistency=1.0))
    solution = minimise(table, "parsimonious", options=Options(max_models=3))
    assumed = solution.simplifying(solution.models[0])
    (term,) = solution.models[0].expression.terms
    assert assumed.rows is None
    assert assumed.count == 2 ** (20 - len(term)) - 2


def test_a_worked_intermediate_solution():
    """A*b is observed to work, a*b is observed to fail; A*B is unobserved."""
    frame = pd.DataFrame({"A": [1, 0, 0], "B": [0, 0, 1], "Y": [1, 0, 0]})
    table = truth_table(frame, "Y", ["A", "B"])
    assert minimise(table, "conservative").expressions == ("A*~B",)
    assert minimise(table, "parsimonious").expressions == ("A",)
    expected = minimise(table, "intermediate", expectations={"B": True})
    assert expected.expressions == ("A",)
    assert expected.pairs[0].easy.rows == (4,)
    opposed = minimise(table, "intermediate", expectations={"B": False})
    assert opposed.expressions == ("A*~B",)
    assert (opposed.pairs[0].easy.count, opposed.pairs[0].difficult.rows) == (0, (4,))


def test_contradictory_simplifying_assumptions_are_found():
    frame = pd.DataFrame({"A": [1, 0], "B": [0, 1], "Y": [1, 0]})
    cuts = Cuts(consistency=1.0)
    for_y = minimise(truth_table(frame, "Y", ["A", "B"], cuts), "parsimonious")
    against = minimise(truth_table(frame, "~Y", ["A", "B"], cuts), "parsimonious")
    found = {
        (str(c.model), str(c.negated_model)): c.assumptions.rows
        for c in contradictory_assumptions(for_y, against)
    }
    assert found == {("A", "B"): (4,), ("~B", "~A"): (1,)}
    assert contradictory_assumptions(minimise(for_y.table), against) == ()


def test_excluded_remainders_are_never_assumed():
    frame = pd.DataFrame({"A": [1, 0], "B": [0, 1], "Y": [1, 0]})
    table = truth_table(frame, "Y", ["A", "B"], exclude=[4])
    solution = minimise(table, "parsimonious")
    assert solution.expressions == ("~B",)
    assert solution.simplifying(solution.models[0]).rows == (1,)


def test_depth_of_necessary_expressions():
    sets = read_sets(reference.data("sim_b"), "OUTC", ["AUT", "BUD", "CAD", "DEN", "EDU"])
    deep = necessary_expressions(sets, consistency=0.85, coverage=0.5)
    flat = necessary_expressions(sets, consistency=0.85, coverage=0.5, depth=2)
    assert {str(i.expression) for i in flat} == {
        str(i.expression) for i in deep if i.expression.literals <= 2
    }
    assert len(single_conditions(sets)) == 10


def crisp_analysis():
    """Y follows A; A is measured, with a gap between 40 and 60."""
    frame = pd.DataFrame(
        {"a": [10, 20, 40, 60, 80, 90], "B": [1, 0, 1, 0, 1, 0], "Y": [0, 0, 0, 1, 1, 1]},
        index=list("pqrstu"),
    )
    return Analysis(
        frame, "Y", ("a", "B"), Cuts(consistency=0.9), {"a": Crisp((50.0,))}, kind="parsimonious"
    )


def test_range_of_a_threshold_ends_at_the_cases_that_change_the_solution():
    """At 40 a case without the outcome enters the set; above 90 nobody is left in it."""
    ranges = {r.parameter: r for r in robustness_ranges(crisp_analysis())}
    threshold = ranges["a.thresholds[1]"]
    assert threshold.low == pytest.approx(40.0, abs=2 * threshold.precision)
    assert threshold.low > 40.0
    assert threshold.high == pytest.approx(90.0, abs=2 * threshold.precision)
    assert threshold.below
    assert threshold.above


def test_ranges_of_the_cut_offs_are_exact():
    ranges = {r.parameter: r for r in robustness_ranges(crisp_analysis())}
    assert (ranges["consistency"].low, ranges["consistency"].high) == (0.0, 1.0)
    assert "negative" in ranges["consistency"].below
    assert (ranges["frequency"].low, ranges["frequency"].high) == (1, 1)
    assert ranges["frequency"].below == ""


def fuzzy_analysis():
    """Simulated measurements, calibrated with three anchors each."""
    raw = reference.data("sim_a_raw")
    known = reference.data("sim_a")
    names = ("AUT", "BUD", "CAD", "DEN")
    anchors = {n: Direct(*(float(q) for q in raw[n].quantile([0.1, 0.501, 0.9]))) for n in names}
    frame = raw[list(names)].assign(OUTC=known["OUTC"])
    return Analysis(frame, "OUTC", names, Cuts(consistency=0.8), anchors, kind="parsimonious")


def test_the_solution_stays_within_its_ranges_and_changes_beyond():
    analysis = fuzzy_analysis()
    same = analysis.solution().as_sets
    ranges = robustness_ranges(analysis)
    assert len(ranges) == 3 + 4 * 3
    for item in ranges:
        assert item.low <= item.value <= item.high
    cut = next(r for r in ranges if r.parameter == "consistency")
    for inside in (cut.high, cut.low + 1e-6):
        moved = Analysis(**{**vars(analysis), "cuts": Cuts(consistency=inside)})
        assert moved.solution().as_sets == same
    moved = Analysis(**{**vars(analysis), "cuts": Cuts(consistency=cut.low)})
    assert moved.solution().as_sets != same
    assert "; ".join(moved.solution().expressions) == cut.below


def test_truth_table_view_puts_positive_rows_first():
    table = truth_table(reference.data("sim_a"), "OUTC", ["AUT", "BUD", "CAD", "DEN"])
    view = truth_table_view(table)
    outs = view.drop_duplicates("position")["out"].tolist()
    assert outs == sorted(outs, key="1C0?".index)
    assert len(view) == 4 * len(table.rows)
    assert set(table.frame()["row"]) == set(view["row"])


def test_frames_hold_what_the_results_hold():
    table = truth_table(reference.data("sim_a"), "OUTC", ["AUT", "BUD", "CAD", "DEN"])
    solution = minimise(table, "conservative")
    frame = solution.frame()
    first = solution.models[0]
    assert list(frame["term"][: len(first.terms)]) == [str(i.term) for i in first.terms]
    assert frame["coverage"].iloc[len(first.terms)] == first.fit.coverage


def test_standard_analysis_turns_expectations_round_for_the_negation():
    frame = pd.DataFrame({"A": [1, 0], "B": [0, 1], "Y": [1, 0]})
    both = standard_analysis(
        frame, "Y", ["A", "B"], Cuts(consistency=1.0), expectations={"A": True, "B": None}
    )
    for_y, against = both.outcome.solutions, both.negation.solutions
    assert for_y["conservative"].expressions == ("A*~B",)
    assert against["conservative"].expressions == ("~A*B",)
    assert against["intermediate"].as_sets == {parse("~A*B").as_set}
    assert len(both.contradictions) == 2
    assert set(both.frame()["outcome"]) == {"Y", "~Y"}


def test_standard_analysis_says_why_one_side_has_no_solution():
    frame = pd.DataFrame({"A": [1, 1, 0, 0], "Y": [1, 1, 1, 0]})
    both = standard_analysis(frame, "Y", ["A"], Cuts(consistency=1.0), expectations={})
    assert both.outcome.solutions["parsimonious"].expressions == ("A",)
    assert both.negation.solutions == {}
    assert "no row of the truth table for ~Y is positive" in both.negation.refusal
    assert both.contradictions == ()


def test_a_mixed_row_is_named():
    frame = pd.DataFrame({"A": [1, 1, 0], "Y": [1, 0, 0]}, index=["p", "q", "r"])
    rows = {row.number: row for row in truth_table(frame, "Y", ["A"], Cuts(0.8, 0.4)).rows}
    assert (rows[2].out, rows[2].mixed, rows[2].deviant_cases) == ("C", True, ("q",))
    assert not rows[1].mixed
