"""What holds for every estimator of models, whatever the data: units, order of rows, bad columns."""

import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest
from estimators import CASES, PARTS, PIECES, Inputs, flat, lines_of, table

import compendium.stats
from compendium.errors import UserError

ROWS = table()
EXACT = 1e-7
"""Relative: likelihoods are polished to 1e-10, differences of fitted values lose some digits."""
TOLD = re.compile(
    r"no (error|interval|variation)|undefined|boundary|rho = 0|alpha = 0|report|one cluster"
)
"""Words by which a method string says why a number is missing."""
FOUND = {name: flat(case.run(Inputs(ROWS))) for name, case in CASES.items()}


def power_of(powers, term):
    for key in (term, term.split("[")[0], term.split("#")[0], "*"):
        if key in powers:
            return powers[key]
    return 0


def same(found, wanted, name):
    assert found.keys() == wanted.keys()
    for key, value in wanted.items():
        scale = max(abs(value), 1e-9 * abs(wanted[key[0], "value"]))
        np.testing.assert_allclose(
            found[key], value, rtol=EXACT, atol=EXACT * scale, err_msg=f"{name} {key}"
        )


@pytest.mark.parametrize("factor", [1e9, 1e-9])
@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name, case in CASES.items() for column in case.scales]
)
def test_a_unit_rescales_its_coefficient_and_nothing_else(name, column, factor):
    case = CASES[name]
    found = flat(case.run(Inputs(ROWS.assign(**{column: ROWS[column] * factor}))))
    wanted = {
        (term, what): value
        * (1.0 if what == "p" else factor ** power_of(case.scales[column], term))
        for (term, what), value in FOUND[name].items()
    }
    same(found, wanted, name)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.ordered])
def test_the_order_of_rows_is_no_matter(name):
    order = np.random.default_rng(1).permutation(len(ROWS))
    if name == "random_effects":
        order = np.r_[order[order < 8], order[order >= 8]]
    if name in ("mean_difference",):
        order = order[::-1]
    found, wanted = flat(CASES[name].run(Inputs(ROWS.iloc[order]))), FOUND[name]
    if CASES[name].drawn:
        found, wanted = (
            {k: v for k, v in n.items() if k[1] == "value" and not k[0].startswith("ci_")}
            for n in (found, wanted)
        )
    same(found, wanted, name)


@pytest.mark.parametrize("name", [name for name in CASES if name != "complete_and_imputed"])
def test_labels_of_rows_are_no_matter_even_where_they_repeat(name):
    labelled = ROWS.set_axis(5 + np.arange(len(ROWS)) // 2)
    same(flat(CASES[name].run(Inputs(labelled))), FOUND[name], name)


def inputs_of(name):
    given = Inputs(ROWS)
    CASES[name].run(given)
    return range(given.asked)


@pytest.mark.parametrize(
    ("name", "which"),
    [(name, i) for name in CASES if len(inputs_of(name)) > 1 for i in inputs_of(name)],
)
def test_an_input_with_a_shuffled_index_is_refused(name, which):
    with pytest.raises((UserError, ValueError), match="not aligned"):
        CASES[name].run(Inputs(ROWS, which))


def replaced(column, how):
    n = len(ROWS)
    values = {
        "zeros": np.zeros(n),
        "one value": np.full(n, 3.0),
        "two values": np.arange(n) % 2.0,
        "one other": (np.arange(n) == 4).astype(float),
        "one cluster": (ROWS["province"] == "p03").to_numpy(dtype=float),
    }[how]
    return ROWS.assign(**{column: values})


HOW = ("zeros", "one value", "two values", "one other", "one cluster")
DEGENERATE = [
    (name, f"{column}: {how}", replaced(column, how))
    for name, case in CASES.items()
    for column in (*case.terms, *case.outcomes)
    for how in HOW
]
FEW = [(name, "n = k", ROWS.iloc[: case.k]) for name, case in CASES.items()] + [
    (name, "one cluster only", ROWS.assign(**{case.cluster: "p00"}))
    for name, case in CASES.items()
    if case.cluster
]


@pytest.mark.parametrize(
    ("name", "rows"),
    [pytest.param(name, rows, id=f"{name}-{words}") for name, words, rows in DEGENERATE + FEW],
)
def test_columns_that_say_nothing_are_refused_or_answered_in_words(name, rows):
    """No raw exception, no warning, no nan without a word, no interval of no width."""
    try:
        found = CASES[name].run(Inputs(rows))
    except UserError as error:
        said = str(error)
        found = None
    if found is None:
        assert "\n" not in said
        return
    usual = FOUND[name]
    for line in lines_of(found):
        missing = [
            what
            for what in ("value", "se", "ci_low", "ci_high")
            if np.isnan(getattr(line, what)) and not np.isnan(usual.get((line.term, what), 0.0))
        ]
        assert not missing or TOLD.search(str(line.method)), (missing, line)
        assert not line.ci_low >= line.ci_high, line
        assert not (line.se <= 1e-12 * abs(line.value)), line


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.terms == ("x",) and case.cluster]
)
def test_terms_of_one_value_one_cluster_and_n_of_k_are_refused(name):
    case = CASES[name]
    for rows in (
        replaced("x", "zeros"),
        replaced("x", "one value"),
        ROWS.assign(**{case.cluster: "p00"}),
        ROWS.iloc[: case.k],
    ):
        with pytest.raises(UserError):
            case.run(Inputs(rows))


def public():
    for module in pkgutil.iter_modules(compendium.stats.__path__):
        if module.name in PARTS:
            continue
        loaded = importlib.import_module(f"compendium.stats.{module.name}")
        for name, found in vars(loaded).items():
            own = inspect.isfunction(found) and found.__module__ == loaded.__name__
            if own and not name.startswith("_"):
                yield found


def test_every_public_estimator_is_in_the_registry():
    known = {of for case in CASES.values() for of in case.of} | set(PIECES)
    missing = [f"{f.__module__}.{f.__name__}" for f in public() if f not in known]
    assert not missing, missing


def test_no_module_is_named_in_vain():
    names = {module.name for module in pkgutil.iter_modules(compendium.stats.__path__)}
    assert set(PARTS) <= names
