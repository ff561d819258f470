"""Necessary conditions: single ones, and all conjunctions and unions up to a depth.

Sources: Ragin (2008), Schneider and Wagemann (2012, chapter 5), Duşa (2019, chapter 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

import numpy as np

from compendium.qca.expression import Expression, Floats, Term
from compendium.qca.fit import Necessity, fit_necessity
from compendium.qca.sets import Sets
from compendium.qca.truthtable import TOLERANCE

Shape = Literal["single", "conjunction", "union"]
Literals = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class NecessaryExpression:
    """An expression that passes the cut-offs of necessity."""

    expression: Expression
    shape: Shape
    fit: Necessity


def single_conditions(sets: Sets) -> tuple[NecessaryExpression, ...]:
    """Fit of necessity of every condition and of its negation, whatever the values."""
    return tuple(
        NecessaryExpression(conjunction(((name, present),)), "single", fit_necessity(x, sets.y))
        for name, present, x in literal_columns(sets)
    )


def necessary_expressions(
    sets: Sets,
    *,
    consistency: float = 0.9,
    coverage: float = 0.0,
    relevance: float = 0.0,
    depth: int | None = None,
) -> tuple[NecessaryExpression, ...]:
    """All necessary conjunctions, and the shortest necessary unions.

    Every conjunction (single conditions too) that passes `consistency` and `coverage` is kept,
    also when a part of it is. A union of literals is kept unless it contains the literals of a
    kept conjunction or of a shorter kept union: it would be necessary for that reason alone.
    `relevance` is asked last, so it frees no longer expression.

    Parameters
    ----------
    depth
        Most literals in an expression; all conditions by default.
    """
    most = len(sets.conditions) if depth is None else min(depth, len(sets.conditions))
    memberships = {(name, present): x for name, present, x in literal_columns(sets)}
    passing = Passing(sets.y, consistency, coverage)
    conjunctions = necessary_conjunctions(sets.conditions, memberships, passing, most)
    unions = necessary_unions(sets.conditions, memberships, passing, most, conjunctions)
    found = [
        *(
            NecessaryExpression(conjunction(k), "conjunction" if len(k) > 1 else "single", f)
            for k, f in conjunctions.items()
        ),
        *(NecessaryExpression(union(k), "union", f) for k, f in unions.items()),
    ]
    return tuple(item for item in found if item.fit.relevance >= relevance)


@dataclass(frozen=True)
class Passing:
    """Cut-offs on consistency and coverage of necessity for one outcome."""

    y: Floats
    consistency: float
    coverage: float

    def fit(self, x: Floats) -> tuple[Necessity, bool]:
        """Fit of memberships and whether it passes."""
        fit = fit_necessity(x, self.y)
        consistent = fit.consistency >= self.consistency - TOLERANCE
        return fit, consistent and fit.coverage >= self.coverage - TOLERANCE


def necessary_conjunctions(
    conditions: Sequence[str],
    memberships: dict[tuple[str, bool], Floats],
    passing: Passing,
    most: int,
) -> dict[Literals, Necessity]:
    """Conjunctions that pass; one more literal never raises consistency, so the search is cut."""
    found: dict[Literals, Necessity] = {}
    level: dict[Literals, Floats] = {(): np.ones_like(passing.y)}
    for _ in range(most):
        following: dict[Literals, Floats] = {}
        for literals, x in level.items():
            for extra in later_literals(conditions, literals):
                narrower = np.minimum(x, memberships[extra])
                fit, passes = passing.fit(narrower)
                if passes:
                    found[(*literals, extra)] = fit
                if fit.consistency >= passing.consistency - TOLERANCE:
                    following[(*literals, extra)] = narrower
        level = following
    return found


def later_literals(conditions: Sequence[str], literals: Literals) -> Iterator[tuple[str, bool]]:
    """Literals of the conditions after the last one used."""
    start = conditions.index(literals[-1][0]) + 1 if literals else 0
    yield from product(conditions[start:], (False, True))


def necessary_unions(
    conditions: Sequence[str],
    memberships: dict[tuple[str, bool], Floats],
    passing: Passing,
    most: int,
    conjunctions: dict[Literals, Necessity],
) -> dict[Literals, Necessity]:
    """Unions of at least two literals that pass and hold no kept expression."""
    found: dict[Literals, Necessity] = {}
    kept = [frozenset(literals) for literals in conjunctions]
    for length in range(2, most + 1):
        new: dict[Literals, Necessity] = {}
        for literals in literal_sets(conditions, length):
            if any(part <= set(literals) for part in kept):
                continue
            x = np.maximum.reduce([memberships[literal] for literal in literals])
            fit, passes = passing.fit(x)
            if passes:
                new[literals] = fit
        kept.extend(frozenset(literals) for literals in new)
        found |= new
    return found


def literal_sets(conditions: Sequence[str], length: int) -> Iterator[Literals]:
    """All sets of literals of so many different conditions."""
    for chosen in combinations(conditions, length):
        for signs in product((False, True), repeat=length):
            yield tuple(zip(chosen, signs, strict=True))


def literal_columns(sets: Sets) -> Iterator[tuple[str, bool, Floats]]:
    """Every condition and its negation with memberships."""
    for name, x in sets.as_mapping().items():
        yield name, True, x
        yield name, False, 1.0 - x


def conjunction(literals: Literals) -> Expression:
    """Expression of one term."""
    return Expression((Term(literals),))


def union(literals: Literals) -> Expression:
    """Expression of one term a literal."""
    return Expression(tuple(Term((literal,)) for literal in literals))
