"""Entry-by-entry comparison with the stored results of the R package QCA.

`compare(entry)` returns the names of documented differences met (none: the results are equal),
raises `OutOfScopeError` for variants that are not built, and fails an assertion otherwise.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.qca import (
    Bell,
    Crisp,
    Cuts,
    Direct,
    Indirect,
    Linear,
    Options,
    Solution,
    minimise,
    necessary_expressions,
    parameters_of_fit,
    parse,
    read_sets,
    truth_table,
)
from compendium.qca.expression import parse_term
from compendium.qca.minimisation import Solved
from compendium.qca.remainders import cubes_of

Entry = dict[str, Any]

PROJECT = Path(__file__).resolve().parents[2]
STORED = PROJECT / "tests" / "reference" / "qca"
FULL = Path(os.environ.get("GRASSROOTS_QCA_REFERENCE", PROJECT.parent / "shared/reference/qca"))
SIMULATED = ("sim_", "random_", "rule_")
VALUE_TOLERANCE = 1e-6
NAMES = re.compile(r"[A-Za-z][\w.]*")


@dataclass(frozen=True)
class Difference:
    """Where we are right rather than alike."""

    name: str
    theirs: str
    ours: str


DIFFERENCES = {
    d.name: d
    for d in (
        Difference(
            "half-membership-row",
            "a row whose only cases have a membership of exactly 0.5 is listed with n = 0",
            "it is a remainder and is not listed; the cases are flagged",
        ),
        Difference(
            "contradiction-code-recycled",
            "two consistency cut-offs with rows below the frequency cut-off put C on wrong rows",
            "C by the documented rule",
        ),
        Difference(
            "rows-removed",
            "with more than 7 conditions rows below the frequency cut-off leave the table",
            "they are listed with the code ?",
        ),
        Difference(
            "tiny-set-to-zero",
            "fit values under 1e-5 (1e-4 in solutions with several models) are set to 0",
            "the value",
        ),
        Difference(
            "list-cut",
            "only the first models are written",
            "all are listed; theirs are among ours and the numbers are equal",
        ),
        Difference(
            "one-of-the-ties",
            "first.min returns one minimal model",
            "all ties are counted; theirs is a cover of the same number of terms",
        ),
        Difference(
            "contradictions-among-assumptions",
            "contradictory rows that a model covers are listed among its simplifying assumptions",
            "they are observed, so they are listed apart",
        ),
        Difference(
            "refused",
            "an error of the package",
            "a UserError (or, for necessity, an empty result)",
        ),
    )
}


class OutOfScopeError(Exception):
    """A variant of QCA that is not built: multi-value or temporal."""


class AbsentError(Exception):
    """The reference folder is not there."""


@cache
def documented() -> dict[str, frozenset[str]]:
    """Differences that each entry is known to meet, by its id (`documented.json`)."""
    text = (Path(__file__).parent / "documented.json").read_text(encoding="utf-8")
    pairs = [(i, name) for name, ids in json.loads(text).items() for i in ids]
    return {i: frozenset(name for j, name in pairs if j == i) for i, _ in pairs}


@cache
def stored_entries(folder: Path) -> tuple[Entry, ...]:
    """Entries of a folder of reference results."""
    path = folder / "results.json"
    if not path.exists():
        raise AbsentError(f"{path} is absent; set GRASSROOTS_QCA_REFERENCE")
    return tuple(json.loads(path.read_text(encoding="utf-8"))["entries"])


def all_entries() -> tuple[Entry, ...]:
    """Every entry at hand: the full reference, or else the simulated sets."""
    return stored_entries(FULL if (FULL / "results.json").exists() else STORED)


@cache
def data(name: str) -> pd.DataFrame:
    """One data set with cases in the index."""
    folder = STORED if name.startswith(SIMULATED) else FULL
    path = folder / "datasets" / f"{name}.csv"
    return pd.read_csv(path, dtype={"case": str}, keep_default_na=False).set_index("case")


def close(theirs: Any, ours: float) -> bool:
    """Tell whether two values agree; null and NaN are nan."""
    if theirs is None or theirs == "NaN":
        return isnan(ours)
    return bool(abs(float(theirs) - ours) <= VALUE_TOLERANCE)


def agree(theirs: Any, ours: float, found: set[str], zero_below: float = 1e-5) -> None:
    """Assert agreement, noting values that the package sets to 0."""
    if theirs == 0 and VALUE_TOLERANCE < abs(ours) < zero_below:
        found.add("tiny-set-to-zero")
        return
    assert close(theirs, ours), f"{theirs} is not {ours}"


def check_scope(entry: Entry) -> None:
    """Refuse multi-value and temporal entries: a column that is used has other values."""
    if entry["function"] == "calibrate":
        return
    arguments = entry["arguments"]
    names = arguments.get("conditions") or NAMES.findall(arguments["expression"])
    used = data(entry["dataset"])[[*names, arguments["outcome"].lstrip("~")]]
    numeric = all(pd.api.types.is_numeric_dtype(used[name]) for name in used)
    if not numeric or used.to_numpy().max() > 1:
        raise OutOfScopeError(entry["id"])


def compare(entry: Entry) -> frozenset[str]:
    """Compare one entry; see the module's docstring."""
    check_scope(entry)
    return frozenset(COMPARISONS[entry["function"]](entry))


def calibration_of(a: Mapping[str, Any]) -> Any:
    """Calibration that the arguments of an entry describe."""
    t = a["thresholds"]
    if a["type"] == "crisp":
        return Crisp(tuple(t))
    if a["method"] == "indirect":
        return Indirect(tuple(t))
    if len(t) == 6:
        return Bell(tuple(t.values()), valley=next(iter(t)) == "i1", **powers(a))
    if a["logistic"]:
        return Direct(t["e"], t["c"], t["i"], idm=a["idm"])
    return Linear(t["e"], t["c"], t["i"], **powers(a))


def powers(a: Mapping[str, Any]) -> dict[str, float]:
    """Powers of a linear calibration."""
    return {"below": a["below"], "above": a["above"]}


def compare_calibrate(entry: Entry) -> set[str]:
    a = entry["arguments"]
    ours = calibration_of(a).apply(data(entry["dataset"])[a["column"]])
    np.testing.assert_allclose(ours, entry["output"]["values"], rtol=0, atol=VALUE_TOLERANCE)
    return set()


FIELDS = {
    "inclN": "consistency",
    "RoN": "relevance",
    "covN": "coverage",
    "inclS": "consistency",
    "PRI": "pri",
    "covS": "coverage",
    "covU": "unique_coverage",
}


def compare_pof(entry: Entry) -> set[str]:
    a, found = entry["arguments"], set[str]()
    ours = parameters_of_fit(data(entry["dataset"]), a["expression"], a["outcome"], a["relation"])
    theirs = entry["output"]["rows"]
    assert len(ours) == len(theirs)
    for line, row in zip(ours.to_dict("records"), theirs, strict=True):
        assert row["term"] in (line["term"], "expression")
        for name in row.keys() - {"term"}:
            agree(row[name], line[FIELDS[name]], found)
    return found


def table_for(entry: Entry) -> Any:
    """Truth table that the arguments of an entry describe."""
    a = entry["arguments"]
    upper, *lower = a["incl.cut"]
    cuts = Cuts(
        consistency=upper,
        contradiction=lower[0] if lower else None,
        pri=a["pri.cut"],
        frequency=a["n.cut"],
    )
    return truth_table(
        data(entry["dataset"]), a["outcome"], a["conditions"], cuts, exclude=a.get("exclude", ())
    )


def compare_truth_table(entry: Entry) -> set[str]:
    ours, theirs, found = table_for(entry), entry["output"], set[str]()
    rows = {row.number: row for row in ours.rows}
    assert theirs["n_possible_rows"] == ours.size
    removed = theirs.get("removed", {"row": []})
    if removed["row"]:
        found.add("rows-removed")
        assert all(rows[n].out == "?" for n in removed["row"])
    check_removed(removed, rows, found)
    codes = theirs.get("OUT_by_documented_rule", theirs["OUT"])
    if codes != theirs["OUT"]:
        found.add("contradiction-code-recycled")
    for i, number in enumerate(theirs["row"]):
        if theirs["n"][i] == 0:
            found.add("half-membership-row")
            assert number not in rows
            assert codes[i] == "?"
            continue
        row = rows.pop(number)
        assert list(row.configuration) == theirs["configuration"][i]
        assert (row.out, row.n) == (codes[i], theirs["n"][i])
        agree(theirs["incl"][i], row.consistency, found)
        agree(theirs["PRI"][i], row.pri, found)
        assert list(row.cases) == theirs["cases"][i]
        assert list(row.deviant_cases) == theirs["deviant_cases"][i]
    assert set(rows) == {n for n in removed["row"] if n in rows}
    return found


def check_removed(removed: Entry, rows: Mapping[int, Any], found: set[str]) -> None:
    """Rows that the package lists apart."""
    for i, number in enumerate(removed["row"]):
        assert rows[number].n == removed["n"][i]
        agree(removed["incl"][i], rows[number].consistency, found)
        agree(removed["PRI"][i], rows[number].pri, found)


def solution_for(entry: Entry) -> Solution:
    """Solution that the arguments of an entry describe."""
    a = entry["arguments"]
    expectations = None
    if a["dir.exp"] is not None:
        signs = {1: True, 0: False, "-": None}
        expectations = {name: signs[value] for name, value in a["dir.exp"].items()}
    options = Options(
        contradictions="C" in a["include"],
        row_dominance=a["row.dom"],
        irredundant=a["all.sol"],
        max_models=1 if a.get("first.min") else 10_000,
    )
    return minimise(table_for(entry), a["solution"], expectations=expectations, options=options)


def compare_minimize(entry: Entry) -> set[str]:
    if "error" in entry:
        return refuses(lambda: solution_for(entry))
    ours, theirs, found = solution_for(entry), entry["output"], set[str]()
    if "explained_rows" in theirs:
        assert list(ours.table.positive) == theirs["explained_rows"]
        negative = {*ours.table.negative, *ours.table.contradictory}
        usable = set(ours.table.contradictory) if ours.options.contradictions else set()
        assert negative - usable == set(theirs["negative_rows"])
    if "intermediate" in theirs:
        compare_pairs(ours, theirs, found)
    elif entry["arguments"].get("first.min"):
        compare_one_of_ties(ours, theirs, found)
    else:
        compare_solved(ours.solved, theirs, found)
        compare_simplifying(ours, theirs, found)
        compare_together(ours, theirs, found)
    return found


def refuses(call: Callable[[], object]) -> set[str]:
    """The package's error is an error here also."""
    try:
        call()
    except UserError:
        return {"refused"}
    raise AssertionError("no error was raised")


def compare_one_of_ties(ours: Solution, theirs: Entry, found: set[str]) -> None:
    assert ours.solved.minimal
    assert ours.solved.terms == theirs["terms_per_model"]
    assert ours.solved.count.exact
    (model,) = theirs["models"]
    terms = [parse_term(t["term"]) for t in model["terms"]]
    assert len(terms) == ours.solved.terms
    covered = {row for term in terms for row in ours.solved.implicants[term]}
    assert covered == set(ours.table.positive)
    if ours.solved.count.value > 1:
        found.add("one-of-the-ties")


def compare_solved(ours: Solved, theirs: Entry, found: set[str]) -> None:
    assert ours.complete
    assert ours.count.value == theirs["n_models"]
    if "n_prime_implicants" in theirs:
        assert len(ours.implicants) == theirs["n_prime_implicants"]
        assert ours.terms == theirs["terms_per_model"]
    if "prime_implicants" in theirs:
        implicants = {parse_term(t): tuple(r) for t, r in theirs["prime_implicants"].items()}
        assert implicants == dict(ours.implicants)
    if "essential_terms" in theirs:
        essential = {parse_term(t) for t in theirs["essential_terms"]}
        assert frozenset.intersection(*(m.expression.as_set for m in ours.models)) == essential
    ours_by_terms = {model.expression.as_set: model for model in ours.models}
    zero_below = 1e-4 if theirs["n_models"] > 1 else 1e-5
    for model in theirs["models"]:
        compare_model(ours_by_terms[terms_of(model)], model, found, zero_below)
    if "models_truncated_to" in theirs:
        found.add("list-cut")
    else:
        assert len(theirs["models"]) == len(ours_by_terms)


def terms_of(model: Entry) -> frozenset[Any]:
    """Terms of one of their models."""
    return frozenset(parse_term(t["term"]) for t in model["terms"])


def compare_model(ours: Any, theirs: Entry, found: set[str], zero_below: float) -> None:
    items = {item.term: item for item in ours.terms}
    for line in theirs["terms"]:
        item = items[parse_term(line["term"])]
        for name in line.keys() & FIELDS.keys():
            agree(line[name], getattr(item.fit, FIELDS[name]), found, zero_below)
        if "cases" in line:
            assert [list(group) for group in item.cases] == line["cases"]
    for name in theirs.keys() & FIELDS.keys():
        agree(theirs[name], getattr(ours.fit, FIELDS[name]), found, zero_below)


def compare_simplifying(ours: Solution, theirs: Entry, found: set[str]) -> None:
    by_terms = {model.expression.as_set: model for model in ours.models}
    for model in theirs["models"]:
        if "simplifying_assumptions" in model:
            found |= compare_assumed(ours, by_terms[terms_of(model)], model)


def contradictions(ours: Solution, model: Any) -> list[int]:
    """Contradictory rows that a model covers: observed, so no simplifying assumptions."""
    cubes = cubes_of(ours.table, model.expression.terms)
    return [n for n in ours.table.contradictory if any(cube.covers(n - 1) for cube in cubes)]


def compare_assumed(ours: Solution, model: Any, theirs: Entry) -> set[str]:
    assumed, used = ours.simplifying(model).rows, contradictions(ours, model)
    assert not set(assumed) & set(used)
    assert sorted((*assumed, *used)) == theirs["simplifying_assumptions"]
    return {"contradictions-among-assumptions"} if used else set()


def compare_together(ours: Solution, theirs: Entry, found: set[str]) -> None:
    if "all_models_together" not in theirs:
        return
    expected = theirs["all_models_together"]
    unique, union = ours.together()
    for term, value in expected["covU"].items():
        agree(value, unique[parse_term(term)], found, 1e-4)
    for name in ("inclS", "PRI", "covS"):
        agree(expected[name], getattr(union, FIELDS[name]), found, 1e-4)


def compare_pairs(ours: Solution, theirs: Entry, found: set[str]) -> None:
    pairs = {(p.conservative.as_set, p.parsimonious.as_set): p for p in ours.pairs}
    assert len(pairs) == theirs["n_combinations"]
    for line in theirs["intermediate"]:
        key = tuple(
            frozenset(parse_term(t) for t in line[side])
            for side in ("conservative_model", "parsimonious_model")
        )
        pair = pairs[key]
        assert list(pair.easy.rows) == line["easy_counterfactuals"]
        assert list(pair.difficult.rows) == line["difficult_counterfactuals"]
        compare_solved(pair.solved, line, found)


def compare_super_subset(entry: Entry) -> set[str]:
    a, found = entry["arguments"], set[str]()
    sets = read_sets(data(entry["dataset"]), a["outcome"], a["conditions"])
    ours = necessary_expressions(
        sets, consistency=a["incl.cut"], coverage=a["cov.cut"], relevance=a["ron.cut"]
    )
    if "error" in entry:
        assert ours == ()
        return {"refused"}
    by_terms = {(item.expression.as_set, item.shape): item for item in ours}
    shapes = {"single": "single", "conjunction": "conjunction", "disjunction": "union"}
    for row in entry["output"]["rows"]:
        item = by_terms.pop((parse(row["expression"]).as_set, shapes[row["type"]]))
        for name in ("inclN", "RoN", "covN"):
            agree(row[name], getattr(item.fit, FIELDS[name]), found)
    assert not by_terms, [str(item.expression) for item in by_terms.values()]
    return found


COMPARISONS: dict[str, Callable[[Entry], set[str]]] = {
    "calibrate": compare_calibrate,
    "pof": compare_pof,
    "truthTable": compare_truth_table,
    "minimize": compare_minimize,
    "superSubset": compare_super_subset,
}


def differences_of(entry: Entry) -> frozenset[str]:
    """Names of the differences met, `out-of-scope` for variants that are not built."""
    try:
        return compare(entry)
    except OutOfScopeError:
        return frozenset({"out-of-scope"})


def data_kind(name: str) -> str:
    """Kind of a data set, for the matrix of comparisons."""
    prefix = name.split("_")[0]
    return prefix if prefix in ("sim", "random", "rule") else "published"


def outcomes() -> Iterator[tuple[Entry, frozenset[str]]]:
    """Every entry at hand with the differences it met."""
    for entry in all_entries():
        yield entry, differences_of(entry)
