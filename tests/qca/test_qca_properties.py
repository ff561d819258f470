"""What must hold of any truth table and any solution."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compendium.errors import UserError
from compendium.qca import (
    Cuts,
    Options,
    fit_necessity,
    fit_sufficiency,
    minimise,
    parameters_of_fit,
    parse,
    truth_table,
)

deterministic = settings(derandomize=True, deadline=None, max_examples=50, database=None)
NAMES = ("A", "B", "C", "D")
memberships = st.sampled_from([0.0, 0.1, 0.2, 0.4, 0.6, 0.7, 0.9, 1.0])


@st.composite
def frames(draw):
    """Fuzzy sets A to D and the outcome Y for 4 to 16 cases."""
    n = draw(st.integers(4, 16))
    cells = draw(st.lists(memberships, min_size=5 * n, max_size=5 * n))
    values = np.array(cells).reshape(n, 5)
    return pd.DataFrame(values, columns=[*NAMES, "Y"], index=[f"c{i}" for i in range(n)])


cuts = st.builds(Cuts, consistency=st.sampled_from([0.6, 0.75, 0.9]), pri=st.sampled_from([0, 0.4]))


def solvable(table):
    """Tables with something to explain and something to keep out."""
    assume(table.positive)
    assume(table.negative)
    return table


def holds(expression, configuration) -> bool:
    """Truth value of an expression for a configuration."""
    sets = {name: np.array([float(v)]) for name, v in zip(NAMES, configuration, strict=True)}
    return bool(expression.membership(sets)[0])


def three_solutions(table):
    """Conservative, parsimonious and intermediate."""
    yield minimise(table, "conservative")
    yield minimise(table, "parsimonious")
    yield minimise(table, "intermediate", expectations={"A": True, "B": False})


@given(frames(), cuts, st.sampled_from(["Y", "~Y"]))
@deterministic
def test_solutions_equal_the_truth_table_on_observed_rows(frame, cut, outcome):
    table = solvable(truth_table(frame, outcome, NAMES, cut))
    for solution in three_solutions(table):
        assert solution.models
        for model in solution.models:
            for row in table.rows:
                assert holds(model.expression, row.configuration) == (row.out == "1")


@given(frames(), cuts, st.permutations(range(4)), st.randoms(use_true_random=False))
@deterministic
def test_order_of_rows_and_columns_means_nothing(frame, cut, order, random):
    table = solvable(truth_table(frame, "Y", NAMES, cut))
    rows = list(frame.index)
    random.shuffle(rows)
    mixed = truth_table(frame.loc[rows], "Y", [NAMES[i] for i in order], cut)
    for ours, theirs in zip(three_solutions(table), three_solutions(mixed), strict=True):
        assert ours.as_sets == theirs.as_sets


@given(frames(), st.sampled_from(["A*~B", "C", "A + ~D", "~A*B + C*D"]))
@deterministic
def test_necessity_and_sufficiency_are_dual(frame, text):
    sets = {str(name): frame[name].to_numpy() for name in frame}
    x, y = parse(text).membership(sets), sets["Y"]
    necessary, sufficient = fit_necessity(x, y), fit_sufficiency(x, y)
    assert necessary.consistency == pytest.approx(sufficient.coverage, nan_ok=True)
    assert necessary.coverage == pytest.approx(sufficient.consistency, nan_ok=True)
    swapped = fit_sufficiency(y, x)
    assert necessary.consistency == pytest.approx(swapped.consistency, nan_ok=True)


@given(frames())
@deterministic
def test_necessity_is_sufficiency_of_the_negations_in_crisp_sets(frame):
    crisp = (frame > 0.5).astype(float)
    x, y = crisp["A"].to_numpy(), crisp["Y"].to_numpy()
    always_present = not np.any((y == 1) & (x == 0))
    fit_of_negations = fit_sufficiency(1 - x, 1 - y)
    assume((x == 0).any() and (y == 1).any())
    assert (fit_necessity(x, y).consistency == 1.0) == always_present
    assert (fit_of_negations.consistency == 1.0) == always_present


@given(frames(), cuts)
@deterministic
def test_parsimonious_is_never_longer_than_complex(frame, cut):
    table = solvable(truth_table(frame, "Y", NAMES, cut))
    complex_, parsimonious, between = three_solutions(table)
    assert parsimonious.solved.terms <= between.solved.terms <= complex_.solved.terms
    for term in complex_.solved.implicants:
        assert any(short.contains(term) for short in parsimonious.solved.implicants)
    shortest = [min(m.expression.literals for m in s.models) for s in (parsimonious, complex_)]
    if parsimonious.solved.terms == complex_.solved.terms:
        assert shortest[0] <= shortest[1]


@given(frames(), cuts)
@deterministic
def test_intermediate_lies_between_complex_and_parsimonious(frame, cut):
    table = solvable(truth_table(frame, "Y", NAMES, cut))
    solution = minimise(table, "intermediate", expectations=dict.fromkeys(NAMES, True))
    configurations = [tuple(code >> s & 1 for s in (3, 2, 1, 0)) for code in range(16)]
    for pair in solution.pairs:
        assert not set(pair.easy.rows) & set(pair.difficult.rows)
        for model in pair.solved.models:
            for code, c in enumerate(configurations, start=1):
                assert holds(pair.parsimonious, c) >= holds(model.expression, c)
                if holds(model.expression, c):
                    assert code in {*table.positive, *pair.easy.rows}


@given(frames(), cuts)
@deterministic
def test_all_models_are_irredundant_and_hold_the_minimal_ones(frame, cut):
    table = solvable(truth_table(frame, "Y", NAMES, cut))
    every = minimise(table, "parsimonious", options=Options(irredundant=True))
    least = minimise(table, "parsimonious")
    reduced = minimise(table, "parsimonious", options=Options(row_dominance=True))
    assert reduced.as_sets <= least.as_sets <= every.as_sets
    for model in every.models:
        for item in model.terms:
            others = {r for other in model.terms if other is not item for r in other.rows}
            assert not set(item.rows) <= others


@given(frames(), cuts)
@deterministic
def test_unique_coverages_add_up_to_no_more_than_the_coverage(frame, cut):
    table = solvable(truth_table(frame, "Y", NAMES, cut))
    for model in minimise(table, "conservative").models:
        if len(model.terms) > 1:
            unique = [item.fit.unique_coverage for item in model.terms]
            assert min(unique) >= -1e-12
            assert sum(unique) <= model.fit.coverage + 1e-12


@given(frames(), st.integers(0, 15))
@deterministic
def test_no_row_has_a_high_pri_for_the_outcome_and_its_negation(frame, code):
    row = "*".join(n if code >> (3 - j) & 1 else f"~{n}" for j, n in enumerate(NAMES))
    for_y = parameters_of_fit(frame, row, "Y", "sufficiency").iloc[0]
    against = parameters_of_fit(frame, row, "~Y", "sufficiency").iloc[0]
    if not np.isnan(for_y["pri"]) and not np.isnan(against["pri"]):
        assert for_y["pri"] + against["pri"] <= 1.0 + 1e-12


@given(
    st.lists(
        st.lists(st.sampled_from(["A", "~B", "C1", "~水务"]), min_size=1, unique=True), min_size=1
    )
)
@deterministic
def test_expressions_are_read_back_as_written(parts):
    text = " + ".join("*".join(part) for part in parts)
    assert str(parse(text)) == text
    assert parse(str(parse(text))) == parse(text)


@pytest.mark.parametrize("text", ["", "A +", "A**B", "A*(B + C)", "A*~A", "A B", "~~A", "1A"])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(UserError):
        parse(text)
