"""Boolean expressions in disjunctive form: `A*~B + C`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError

# A letter or underscore (of any script), then letters, digits, underscores or full stops.
NAME = re.compile(r"[^\W\d][\w.]*")

Floats = NDArray[np.float64]


def is_name(text: str) -> bool:
    """Tell whether a text can name a condition in an expression."""
    return NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class Term:
    """A conjunction of literals; equal to any term with the same literals in another order.

    Attributes
    ----------
    literals
        Pairs (condition, present); False stands for the negation `~`.
    """

    literals: tuple[tuple[str, bool], ...] = field(compare=False)
    key: frozenset[tuple[str, bool]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", frozenset(self.literals))

    def __str__(self) -> str:
        return "*".join(name if present else f"~{name}" for name, present in self.literals)

    def __len__(self) -> int:
        return len(self.literals)

    def contains(self, other: Term) -> bool:
        """Tell whether every configuration of `other` is one of this term."""
        return self.key <= other.key

    def membership(self, sets: Mapping[str, Floats]) -> Floats:
        """Fuzzy membership: the minimum over the literals (Zadeh 1965), shape (n,)."""
        parts = [literal_membership(sets, *literal) for literal in self.literals]
        return np.minimum.reduce(parts)


def literal_membership(sets: Mapping[str, Floats], name: str, present: bool) -> Floats:
    """Membership in one condition or in its negation, shape (n,)."""
    if name not in sets:
        raise UserError(f"{name} is in no column of the data", "check the spelling", column=name)
    values = np.asarray(sets[name], dtype=np.float64)
    return values if present else 1.0 - values


@dataclass(frozen=True)
class Expression:
    """A disjunction of terms, in the order in which they were written."""

    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return " + ".join(str(term) for term in self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    @property
    def literals(self) -> int:
        """Number of literals over all terms, the usual measure of length."""
        return sum(len(term) for term in self.terms)

    @property
    def as_set(self) -> frozenset[Term]:
        """The terms without their order, to compare solutions."""
        return frozenset(self.terms)

    def membership(self, sets: Mapping[str, Floats]) -> Floats:
        """Fuzzy membership: the maximum over the terms, shape (n,)."""
        return np.maximum.reduce([term.membership(sets) for term in self.terms])


def parse(text: str) -> Expression:
    """Read an expression such as `A*~B + C`.

    Raises
    ------
    UserError
        An empty term, a name that is none, a condition twice in one term, or parentheses
        (write the expression as a sum of products).
    """
    return Expression(tuple(parse_term(part, text) for part in text.split("+")))


def parse_term(text: str, whole: str = "") -> Term:
    """Read one conjunction such as `A*~B`."""
    literals = tuple(parse_literal(part, whole or text) for part in text.split("*"))
    names = [name for name, _ in literals]
    if len(set(names)) < len(names):
        raise UserError("a condition stands twice in one term", "keep it once", value=whole or text)
    return Term(literals)


def parse_literal(text: str, whole: str = "") -> tuple[str, bool]:
    """Read one literal: a name, or `~` and a name."""
    bare = text.strip()
    present = not bare.startswith("~")
    name = bare if present else bare[1:].strip()
    if not is_name(name):
        raise UserError(
            f"{bare!r} is no condition",
            "write a sum of products like A*~B + C",
            value=whole or text,
        )
    return name, present
