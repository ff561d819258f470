"""Minimisation of truth tables: conservative (complex), parsimonious and intermediate solutions.

Sources: Ragin (1987; 2008, chapters 8 and 9) for the three solutions, Schneider and Wagemann
(2012, chapters 6 and 8) for easy and difficult counterfactuals and contradictory simplifying
assumptions, Quine (1952), McCluskey (1956) and Petrick (1956) for primes and covers, Duşa (2019,
chapters 8 and 9) for the pairing of conservative and parsimonious models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Literal

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.qca.cover import MOST_NODES, Count, Covers, irredundant_covers, minimum_covers
from compendium.qca.expression import Expression, Floats, Term
from compendium.qca.fit import Sufficiency, fit_sufficiency, fit_terms
from compendium.qca.primes import (
    Bools,
    Cube,
    Ints,
    meet,
    primes_against,
    primes_of_rows,
    primes_of_union,
)
from compendium.qca.remainders import RowSet, cubes_of, remainders_in, term_of
from compendium.qca.truthtable import TruthTable
from compendium.text import Text

Kind = Literal["conservative", "parsimonious", "intermediate"]
# Ties beyond this many are counted, not listed.
MOST_MODELS = 1000
# Pairs of a conservative and a parsimonious model from which intermediate solutions are made.
MOST_PAIRS = 1000


@dataclass(frozen=True)
class Options:
    """How covers are chosen.

    Attributes
    ----------
    contradictions
        Contradictory rows may be covered (they need not be); otherwise they are negative.
    row_dominance
        Drop implicants that cover a proper part of what another covers, before covers are sought.
    irredundant
        All irredundant covers, not the smallest ones only.
    max_models
        Most models to list.
    nodes
        Allowance of the search for covers, in nodes.
    """

    contradictions: bool = False
    row_dominance: bool = False
    irredundant: bool = False
    max_models: int = MOST_MODELS
    nodes: int = MOST_NODES


@dataclass(frozen=True)
class TermFit:
    """A term of a model, its fit, the positive rows it covers and their cases."""

    term: Term
    fit: Sufficiency
    rows: tuple[int, ...]
    cases: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Model:
    """One cover of the positive rows; `fit` is that of the union of its terms."""

    terms: tuple[TermFit, ...]
    fit: Sufficiency

    @property
    def expression(self) -> Expression:
        """The model as an expression."""
        return Expression(tuple(item.term for item in self.terms))

    def __str__(self) -> str:
        return str(self.expression)


@dataclass(frozen=True)
class Solved:
    """Models of one minimisation.

    Attributes
    ----------
    models
        Minimal models, shortest first; `count` says how many there are.
    least_terms
        Proved lower bound of the number of terms, equal to that of the models when `minimal`.
    implicants
        Prime implicants that cover a positive row, with the numbers of these rows.
    """

    models: tuple[Model, ...]
    count: Count
    terms: int
    least_terms: int
    implicants: Mapping[Term, tuple[int, ...]] = field(repr=False)

    @property
    def minimal(self) -> bool:
        """Tell whether the number of terms is proved to be the least."""
        return self.terms == self.least_terms

    @property
    def complete(self) -> bool:
        """Tell whether all models are listed."""
        return self.count.exact and self.count.value == len(self.models)

    @property
    def note(self) -> Text:
        """How many models there are, and whether the list is cut."""
        n, shown = self.count, len(self.models)
        if not self.minimal:
            return Text(
                f"a model of {self.terms} terms; at least {self.least_terms} are needed",
                f"模型含 {self.terms} 项；已证明至少需要 {self.least_terms} 项",
            )
        least = "" if n.exact else "至少 "
        if self.complete:
            plural = "model" if shown == 1 else "models"
            return Text(f"{n} {plural}, all listed", f"共 {n.value} 个模型，已全部列出")
        return Text(f"{n} models, {shown} listed", f"共{least}{n.value} 个模型，列出 {shown} 个")


@dataclass(frozen=True)
class Pair:
    """Intermediate solution from one conservative and one parsimonious model.

    Attributes
    ----------
    easy, difficult
        Counterfactuals: the simplifying assumptions of the parsimonious model that agree with
        the directional expectations, and the others.
    """

    conservative: Expression
    parsimonious: Expression
    easy: RowSet
    difficult: RowSet
    solved: Solved


@dataclass(frozen=True)
class Solution:
    """A solution of a truth table.

    Attributes
    ----------
    solved
        Models; for an intermediate solution the distinct ones of all pairs.
    pairs
        Intermediate solutions only: one entry a pair, the same model possibly in several.
    """

    kind: Kind
    table: TruthTable = field(repr=False)
    options: Options
    solved: Solved
    pairs: tuple[Pair, ...] = ()

    @property
    def models(self) -> tuple[Model, ...]:
        """Listed models, shortest first."""
        return self.solved.models

    @property
    def expressions(self) -> tuple[str, ...]:
        """Listed models as text."""
        return tuple(str(model) for model in self.models)

    @property
    def as_sets(self) -> frozenset[frozenset[Term]]:
        """Listed models as sets of terms, to compare solutions."""
        return frozenset(model.expression.as_set for model in self.models)

    def simplifying(self, model: Model) -> RowSet:
        """Remainders that a model covers: its simplifying assumptions."""
        return remainders_in(self.table, cubes_of(self.table, model.expression.terms))

    def together(self) -> tuple[dict[Term, float], Sufficiency]:
        """Measure all listed models together: unique coverage of each term, fit of the union."""
        terms = list(dict.fromkeys(t for m in self.models for t in m.expression.terms))
        X = np.column_stack([self.table.sets.membership(term) for term in terms])
        fits = fit_terms(X, self.table.sets.y)
        unique = {term: f.unique_coverage for term, f in zip(terms, fits, strict=True)}
        return unique, fit_sufficiency(X.max(axis=1), self.table.sets.y)

    def frame(self) -> pd.DataFrame:
        """One line a term of each model, and one line `model` with the fit of the whole."""
        lines = [line for i, m in enumerate(self.models, start=1) for line in model_lines(i, m)]
        return pd.DataFrame(lines)


def model_lines(number: int, model: Model) -> Iterator[dict[str, object]]:
    """Lines of one model for a table."""
    for item in model.terms:
        cases = "; ".join(", ".join(group) for group in item.cases)
        yield {"model": number, "term": str(item.term), **vars(item.fit), "cases": cases}
    yield {"model": number, "term": "model", **vars(model.fit), "cases": ""}


def minimise(
    table: TruthTable,
    kind: Kind = "conservative",
    *,
    expectations: Mapping[str, bool | None] | None = None,
    options: Options | None = None,
) -> Solution:
    """Minimise a truth table exactly.

    Parameters
    ----------
    kind
        `conservative` (complex): no remainder is used. `parsimonious`: any remainder.
        `intermediate`: easy counterfactuals only.
    expectations
        For intermediate solutions: True where the condition is expected to bring the outcome
        about when present, False when absent, None or not named for no expectation.

    Raises
    ------
    UserError
        No positive row; nothing negative although remainders may be used; expectations that are
        missing, needless or about no condition; more prime implicants than can be found.

    Notes
    -----
    Blind spot: models are ties in the number of terms, so one with longer terms stands beside one
    with shorter terms, as in the R package QCA.
    """
    options = options or Options()
    check_rows(table)
    check_expectations(table, kind, expectations)
    if kind == "intermediate":
        return intermediate(table, expectations or {}, options)
    cubes = (
        conservative_cubes(table, options) if kind == "conservative" else open_cubes(table, options)
    )
    return Solution(kind, table, options, solve(table, cubes, options))


def check_rows(table: TruthTable) -> None:
    """Refuse a table in which there is nothing to explain."""
    if not table.positive:
        raise UserError(
            f"no row of the truth table for {table.outcome} is positive",
            "lower the cut-offs, or report that nothing is consistently sufficient",
        )


def check_expectations(
    table: TruthTable, kind: Kind, expectations: Mapping[str, bool | None] | None
) -> None:
    """Refuse expectations that are missing, needless or about no condition."""
    if kind not in ("conservative", "parsimonious", "intermediate"):
        raise UserError("there is no such solution", "say conservative", value=kind)
    if (kind == "intermediate") != (expectations is not None):
        raise UserError(
            "directional expectations belong to the intermediate solution, and it needs them",
            "give expectations, or ask for another solution",
            value=kind,
        )
    unknown = sorted(set(expectations or {}) - set(table.conditions))
    if unknown:
        raise UserError("an expectation is about no condition", "check the name", value=unknown[0])


def conservative_cubes(table: TruthTable, options: Options) -> list[Cube]:
    """Primes of the positive rows (and contradictions, where these may be covered)."""
    rows = [*table.positive, *(table.contradictory if options.contradictions else ())]
    if len(rows) == table.size:
        raise everything_positive(table)
    return primes_of_rows([number - 1 for number in rows], len(table.conditions))


def open_cubes(table: TruthTable, options: Options) -> list[Cube]:
    """Primes over everything that is not negative."""
    negative = forbidden(table, options)
    if not negative:
        raise everything_positive(table)
    positive = [number - 1 for number in table.positive]
    return primes_against(positive, negative, len(table.conditions))


def forbidden(table: TruthTable, options: Options) -> list[int]:
    """List the configurations that no term may cover."""
    contradictory = () if options.contradictions else table.contradictory
    return [number - 1 for number in (*table.negative, *contradictory)]


def everything_positive(table: TruthTable) -> UserError:
    """Error for a table in which every configuration could be simplified away."""
    return UserError(
        f"no row of the truth table for {table.outcome} is negative",
        "raise the cut-offs: as it stands, the outcome follows from anything",
    )


def solve(table: TruthTable, cubes: Iterable[Cube], options: Options) -> Solved:
    """Cover the positive rows with implicants and measure every model."""
    codes = np.array([number - 1 for number in table.positive], dtype=np.int64)
    chosen, chart = chart_of(cubes, codes, options.row_dominance)
    search = irredundant_covers if options.irredundant else minimum_covers
    covers = search(chart, options.max_models, options.nodes)
    terms = [term_of(table, cube) for cube in chosen]
    implicants = {
        term: tuple(int(code) + 1 for code in codes[covered])
        for term, covered in zip(terms, chart, strict=True)
    }
    return measure(table, covers, terms, implicants)


def chart_of(cubes: Iterable[Cube], codes: Ints, row_dominance: bool) -> tuple[list[Cube], Bools]:
    """Prime implicant chart, shape (implicants, positive rows); fewest literals first."""
    ordered = sorted(cubes, key=lambda cube: (cube.care.bit_count(), -cube.care, -cube.bits))
    pairs = np.array(ordered, dtype=np.int64).reshape(-1, 2)
    chart = (codes & pairs[:, :1]) == pairs[:, 1:]
    keep = chart.any(axis=1)
    if row_dominance:
        keep &= ~dominated(chart)
    return [cube for cube, kept in zip(ordered, keep, strict=True) if kept], chart[keep]


def dominated(chart: Bools) -> Bools:
    """Implicants whose rows are a proper part of another's, shape (implicants,)."""
    sizes = chart.sum(axis=1)
    shared = chart.astype(np.int64) @ chart.T.astype(np.int64)
    return ((shared == sizes[:, None]) & (sizes[None, :] > sizes[:, None])).any(axis=1)


def measure(
    table: TruthTable,
    covers: Covers,
    terms: Sequence[Term],
    implicants: Mapping[Term, tuple[int, ...]],
) -> Solved:
    """Models of covers with their fit, shortest first."""
    used = sorted({column for cover in covers.covers for column in cover})
    memberships = {column: table.sets.membership(terms[column]) for column in used}
    cases = {row.number: row.cases for row in table.rows}
    models = [
        make_model(
            [terms[column] for column in cover],
            np.column_stack([memberships[column] for column in cover]),
            table.sets.y,
            implicants,
            cases,
        )
        for cover in covers.covers
    ]
    models.sort(key=lambda m: (len(m.terms), m.expression.literals, str(m)))
    return Solved(
        models=tuple(models),
        count=covers.count,
        terms=covers.size,
        least_terms=covers.least,
        implicants=implicants,
    )


def make_model(
    terms: Sequence[Term],
    X: Floats,
    y: Floats,
    implicants: Mapping[Term, tuple[int, ...]],
    cases: Mapping[int, tuple[str, ...]],
) -> Model:
    """Measure one model; X holds the memberships in its terms, shape (n, t)."""
    fits = fit_terms(X, y)
    items = [
        TermFit(term, fit, implicants[term], tuple(cases[row] for row in implicants[term]))
        for term, fit in zip(terms, fits, strict=True)
    ]
    return Model(tuple(items), fit_sufficiency(X.max(axis=1), y))


def intermediate(
    table: TruthTable, expectations: Mapping[str, bool | None], options: Options
) -> Solution:
    """Intermediate solutions of all pairs of a conservative and a parsimonious model."""
    conservative = solve(table, conservative_cubes(table, options), options)
    parsimonious = solve(table, open_cubes(table, options), options)
    couples = product(conservative.models, parsimonious.models)
    pairs = tuple(
        make_pair(table, c.expression, p.expression, expectations, options)
        for c, p in islice(couples, MOST_PAIRS)
    )
    all_pairs = (
        conservative.complete
        and parsimonious.complete
        and len(pairs) == len(conservative.models) * len(parsimonious.models)
    )
    return Solution("intermediate", table, options, distinct(pairs, all_pairs), pairs)


def make_pair(
    table: TruthTable,
    conservative: Expression,
    parsimonious: Expression,
    expectations: Mapping[str, bool | None],
    options: Options,
) -> Pair:
    """Intermediate solution between two models."""
    wide = cubes_of(table, parsimonious.terms)
    short = shortened(conservative, parsimonious, expectations)
    easy = [
        cube for a, b in product(wide, cubes_of(table, short)) if (cube := meet(a, b)) is not None
    ]
    positive = [Cube(table.size - 1, number - 1) for number in table.positive]
    contradictory = table.contradictory if options.contradictions else ()
    usable = [Cube(table.size - 1, number - 1) for number in contradictory]
    solved = solve(table, primes_of_union([*positive, *usable, *easy]), options)
    return Pair(
        conservative=conservative,
        parsimonious=parsimonious,
        easy=remainders_in(table, easy),
        difficult=remainders_in(table, wide, without=easy),
        solved=solved,
    )


def shortened(
    conservative: Expression, parsimonious: Expression, expectations: Mapping[str, bool | None]
) -> list[Term]:
    """Conservative terms without the literals that contradict an expectation.

    A literal is dropped where it is not in the parsimonious term that holds the conservative one.
    """
    return [
        Term(
            tuple(
                (name, present)
                for name, present in term.literals
                if (name, present) in wide.key or expectations.get(name) in (None, present)
            )
        )
        for term in conservative.terms
        for wide in parsimonious.terms
        if wide.contains(term)
    ]


def distinct(pairs: Sequence[Pair], all_pairs: bool) -> Solved:
    """Collect the different models of all pairs."""
    models = {m.expression.as_set: m for pair in pairs for m in pair.solved.models}
    ordered = sorted(models.values(), key=lambda m: (len(m.terms), m.expression.literals, str(m)))
    exact = all_pairs and all(pair.solved.complete for pair in pairs)
    return Solved(
        models=tuple(ordered),
        count=Count(len(ordered), exact),
        terms=min(pair.solved.terms for pair in pairs),
        least_terms=min(pair.solved.least_terms for pair in pairs),
        implicants={t: r for pair in pairs for t, r in pair.solved.implicants.items()},
    )
