"""The standard analysis: three solutions for an outcome and for its negation, side by side.

Sources: Ragin (2008, chapter 9); Schneider and Wagemann (2012, chapter 8) for contradictory
simplifying assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import pandas as pd

from compendium.errors import UserError
from compendium.qca.expression import Expression, parse_literal
from compendium.qca.minimisation import Kind, Options, Solution, minimise
from compendium.qca.primes import Cube, meet
from compendium.qca.remainders import RowSet, cubes_of, decided_rows, remainders_in
from compendium.qca.truthtable import Cuts, TruthTable, truth_table

KINDS: tuple[Kind, ...] = ("conservative", "intermediate", "parsimonious")


@dataclass(frozen=True)
class Side:
    """Solutions for one outcome.

    Attributes
    ----------
    solutions
        By kind; empty where the table has none.
    refusal
        Why there is no solution, e.g. that no row is positive; empty otherwise.
    """

    table: TruthTable
    solutions: Mapping[Kind, Solution]
    refusal: str = ""


@dataclass(frozen=True)
class StandardAnalysis:
    """Solutions for an outcome and for its negation.

    Attributes
    ----------
    contradictions
        Pairs of parsimonious models that assume the same remainders for both.
    """

    outcome: Side
    negation: Side
    contradictions: tuple[Contradiction, ...]

    def frame(self) -> pd.DataFrame:
        """One line a term or model, with columns `outcome` and `solution` in front."""
        parts = [
            solution.frame().assign(outcome=side.table.outcome, solution=kind)
            for side in (self.outcome, self.negation)
            for kind, solution in side.solutions.items()
        ]
        if not parts:
            return pd.DataFrame(columns=["outcome", "solution", "model", "term"])
        whole = pd.concat(parts, ignore_index=True)
        front = ["outcome", "solution"]
        return whole[[*front, *(name for name in whole if name not in front)]]


def standard_analysis(
    frame: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    cuts: Cuts | None = None,
    *,
    expectations: Mapping[str, bool | None],
    options: Options | None = None,
    case: str | None = None,
) -> StandardAnalysis:
    """Analyse an outcome and its negation; expectations are turned round for the negation.

    Parameters
    ----------
    expectations
        For the outcome, as in `minimise`.
    """
    name, present = parse_literal(outcome)
    negated = f"~{name}" if present else name
    turned = {c: None if sign is None else not sign for c, sign in expectations.items()}
    first = truth_table(frame, outcome, conditions, cuts, case=case)
    second = truth_table(frame, negated, conditions, cuts, case=case)
    for_outcome = solve_side(first, expectations, options)
    for_negation = solve_side(second, turned, options)
    return StandardAnalysis(for_outcome, for_negation, between(for_outcome, for_negation))


def solve_side(
    table: TruthTable, expectations: Mapping[str, bool | None], options: Options | None
) -> Side:
    """Find the three solutions of a table, or the reason why it has none."""
    try:
        solutions = {
            kind: minimise(
                table,
                kind,
                expectations=expectations if kind == "intermediate" else None,
                options=options,
            )
            for kind in KINDS
        }
    except UserError as error:
        return Side(table, {}, error.problem)
    return Side(table, solutions)


def between(first: Side, second: Side) -> tuple[Contradiction, ...]:
    """Contradictions between the parsimonious solutions of both sides."""
    if not first.solutions or not second.solutions:
        return ()
    return contradictory_assumptions(
        first.solutions["parsimonious"], second.solutions["parsimonious"]
    )


@dataclass(frozen=True)
class Contradiction:
    """Simplifying assumptions made for the outcome and for its negation at once."""

    model: Expression
    negated_model: Expression
    assumptions: RowSet


def contradictory_assumptions(solution: Solution, negated: Solution) -> tuple[Contradiction, ...]:
    """Pairs of models of the outcome and of its negation that assume the same remainders.

    Parameters
    ----------
    solution, negated
        Of truth tables with the same conditions in the same order.

    Returns
    -------
    tuple
        Only pairs that contradict each other; empty when no assumption does.
    """
    if solution.table.conditions != negated.table.conditions:
        raise UserError("the two solutions have different conditions", "make them alike")
    found = (
        contradiction(solution, a.expression, negated, b.expression)
        for a, b in product(solution.models, negated.models)
    )
    return tuple(item for item in found if item.assumptions.count)


def contradiction(
    solution: Solution, model: Expression, negated: Solution, other: Expression
) -> Contradiction:
    """Rows that are remainders in both tables and covered by both models."""
    first = cubes_of(solution.table, model.terms)
    second = cubes_of(negated.table, other.terms)
    both = [cube for a, b in product(first, second) if (cube := meet(a, b)) is not None]
    decided = [Cube(negated.table.size - 1, n - 1) for n in decided_rows(negated.table)]
    return Contradiction(model, other, remainders_in(solution.table, both, without=decided))
