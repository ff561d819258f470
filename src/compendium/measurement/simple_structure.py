"""Simple structure of a factor model: each item measures one factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.measurement.covariance_structure import FIXED, Moments, Pattern, Solution
from compendium.stats.method import Method

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

START_SHARE = 0.5
"""Share of each item's variance that starts as residual."""
START_CORRELATION = 0.3
"""Where factor correlations start, nearer 0 with many factors; the sign follows the items' sums."""
DOMINANCE = 0.9
"""Sum of a factor's correlations at the start: below 1 their matrix is positive definite."""
MIN_SINGLE = 3
"""Items that one factor alone needs."""


@dataclass(frozen=True)
class Structure:
    """Simple structure: which items measure what, and which residuals covary."""

    factors: dict[str, tuple[str, ...]]
    items: tuple[str, ...]
    owner: tuple[int, ...]
    residual_pairs: tuple[tuple[int, int], ...]

    @classmethod
    def of(
        cls, factors: Mapping[str, Sequence[str]], residual_covariances: Sequence[tuple[str, str]]
    ) -> Structure:
        """Check the names; items stand in the order of their factors."""
        named = {factor: tuple(members) for factor, members in factors.items()}
        items = tuple(item for members in named.values() for item in members)
        owner = tuple(j for j, members in enumerate(named.values()) for _ in members)
        _check_structure(named, items)
        for first, second in residual_covariances:
            if first == second or first not in items or second not in items:
                raise UserError(
                    "residuals that covary belong to two items of the model",
                    "name a pair of its items",
                    value=f"{first}, {second}",
                )
        pairs = tuple((items.index(a), items.index(b)) for a, b in residual_covariances)
        return cls(named, items, owner, pairs)

    def of_factor(self, j: int) -> Integers:
        """Positions of a factor's items."""
        return np.flatnonzero(np.array(self.owner) == j)

    @property
    def factor_pairs(self) -> list[tuple[int, int]]:
        """Pairs of factors, first before second, in the order of their correlations in theta."""
        return [(k, j) for j in range(len(self.factors)) for k in range(j)]

    def pattern(self) -> tuple[Pattern, int]:
        """Positions of loadings, factor correlations, residuals; and how many there are."""
        p, m = len(self.items), len(self.factors)
        loadings = np.full((p, m), FIXED)
        loadings[np.arange(p), self.owner] = np.arange(p)
        between = np.array(self.factor_pairs, dtype=int).reshape(-1, 2)
        covariances, q = _symmetric(m, between, p)
        diagonal = np.column_stack([np.arange(p)] * 2)
        pairs = np.array(self.residual_pairs, dtype=int).reshape(-1, 2)
        residuals, q = _symmetric(p, np.vstack([diagonal, pairs]), q)
        return Pattern(loadings, covariances, residuals), q

    def start(self, group: Moments, q: int) -> Floats:
        """First guess for `pattern`: first principal axis of each factor's items."""
        theta = np.zeros(q)
        p, m = len(self.items), len(self.factors)
        sd = np.sqrt(np.diag(group.S))
        for j in range(m):
            own = self.of_factor(j)
            R = group.S[np.ix_(own, own)] / np.outer(sd[own], sd[own])
            axis = np.linalg.eigh(R)[1][:, -1]
            axis = axis * (1.0 if axis.sum() >= 0 else -1.0)
            theta[own] = sqrt(1 - START_SHARE) * sd[own] * np.sign(axis)
        sums = np.zeros((p, m))
        sums[np.arange(p), self.owner] = theta[:p] / sd**2
        between = sums.T @ group.S @ sums
        signs = [np.sign(between[pair]) for pair in self.factor_pairs]
        first = p + len(signs)
        theta[p:first] = min(START_CORRELATION, DOMINANCE / max(m - 1, 1)) * np.array(signs)
        theta[first : first + p] = START_SHARE * sd**2
        return theta


def refuse_few(n: int, q: int) -> None:
    """Raise when there are no more rows than parameters."""
    if n <= q:
        raise UserError(
            f"{n} complete rows for {q} parameters of the factor model",
            "use more respondents or a smaller model",
        )


def flipped(solution: Solution, structure: Structure) -> Solution:
    """Turn factors whose loadings sum to less than 0: the same fit, signs as items are keyed.

    Only for patterns in which no factor mean is a parameter.
    """
    theta, information = solution.theta.copy(), solution.information
    turn = np.ones(theta.size)
    for pattern in solution.patterns:
        for j in range(len(structure.factors)):
            own = pattern.loadings[structure.of_factor(j), j]
            if theta[own].sum() < 0:
                turn[own] *= -1
                others = pattern.factor_covariances[j]
                turn[others[others >= 0]] *= -1
    return Solution(
        solution.patterns,
        solution.moments,
        theta * turn,
        information * np.outer(turn, turn),
        solution.chi2,
        solution.df,
    )


def impossible(solution: Solution, structure: Structure) -> tuple[Method, ...]:
    """Estimates that no population can have, in words; over all groups."""
    words: list[Method] = []
    for g in range(len(solution.patterns)):
        model = solution.matrices(g)
        negative = np.flatnonzero(np.diag(model.Theta) < 0)
        words += [Method.of("negative_residual", item=structure.items[i]) for i in negative]
        if len(model.Psi) > 1 and np.linalg.eigvalsh(model.Psi)[0] < 0:
            words.append(Method.of("not_definite"))
    return tuple(dict.fromkeys(words))


def heywood(solution: Solution, structure: Structure) -> tuple[str, ...]:
    """Factors of which an item has a residual variance below 0, in any group."""
    groups = range(len(solution.patterns))
    low = np.min([np.diag(solution.matrices(g).Theta) for g in groups], axis=0)
    found = [j for j in range(len(structure.factors)) if (low[structure.of_factor(j)] < 0).any()]
    return tuple(list(structure.factors)[j] for j in found)


def _symmetric(size: int, pairs: Integers, first: int) -> tuple[Integers, int]:
    """Number the pairs of a symmetric matrix from `first`; return it and the next number."""
    positions = np.full((size, size), FIXED)
    numbers = first + np.arange(len(pairs))
    positions[pairs[:, 0], pairs[:, 1]] = numbers
    positions[pairs[:, 1], pairs[:, 0]] = numbers
    return positions, first + len(pairs)


def _check_structure(factors: Mapping[str, tuple[str, ...]], items: tuple[str, ...]) -> None:
    if not factors:
        raise UserError("no factor is named", "give items by factor")
    twice = sorted({item for item in items if items.count(item) > 1})
    if twice:
        raise UserError("item belongs to two factors", "name it once", column=twice[0])
    needed = MIN_SINGLE if len(factors) == 1 else 2
    for factor, members in factors.items():
        if len(members) < needed:
            raise UserError(
                f"factor has {len(members)} items, at least {needed} needed",
                "use more items",
                value=factor,
            )
