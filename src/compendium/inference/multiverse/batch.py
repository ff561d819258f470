"""Many least-squares fits at once, from cross products by cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compendium.inference.multiverse.groups import Builder, Group, Members, Shared
from compendium.inference.multiverse.pool import add_products
from compendium.stats.clusters import Integers
from compendium.stats.solve import RANK_TOLERANCE

Floats = NDArray[np.float64]

ILL = 1e-5
"""Smallest eigenvalue of the correlations of a universe's terms below which its rows are used
instead: rounding errors grow with its inverse, and 1e-10 is asked for."""
EXACT = 1e-12
"""Cluster scores below this, relative to the outcome's length, are rounding: a perfect fit."""
BLOCK = 4_000_000
"""Numbers in the largest array of a block: 32 MB."""


@dataclass(frozen=True)
class Failure:
    """Why a universe can't be fitted: a code of `words.csv` (`reason:...`) and what it concerns."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Solved:
    """Coefficients of the predictors of U universes, in the standardised columns of their group.

    Attributes
    ----------
    keep
        Position among the group's members, (U,).
    idx
        Columns of each universe's terms, the predictor first, padded with p, (U, K).
    y
        Column of the outcome, (U,).
    A
        Inverse of the terms' cross products, 0 where padded, (U, K, K).
    beta
        Coefficients, 0 where padded, (U, K).
    k
        Coefficients, absorbed ones included, (U,).
    ratio
        What brings a coefficient back to the unit of its columns, (U,).
    """

    keep: Integers
    idx: Integers
    y: Integers
    A: Floats
    beta: Floats
    k: Integers
    ratio: Floats

    def part(self, rows: slice | NDArray[np.bool_]) -> Solved:
        """Some of the universes."""
        return Solved(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class Fitted:
    """Results of U universes in the unit of their columns, (U,) each.

    `scores`, (U, G), are the contributions of the clusters, CR1's factor in them: the error is the
    root of the sum of their squares.
    """

    keep: Integers
    value: Floats
    se: Floats
    k: Integers
    scores: Floats


def refusals(group: Group, members: Members) -> dict[int, Failure]:
    """Universes that can't be fitted whatever the method, by position among the members."""
    found: dict[int, Failure] = {}
    for i, (y, x, rest) in enumerate(zip(members.y, members.x, members.rest, strict=True)):
        failure = _refusal(group, int(y), int(x), rest)
        if failure is None and members.alone[i]:
            failure = Failure("one_treated_cluster", group.names[x])
        if failure is not None:
            found[i] = failure
    return found


def _refusal(group: Group, y: int, x: int, rest: Integers) -> Failure | None:
    k, G = rest.size + 1, group.n_clusters
    names = group.names
    if G < 2:
        return Failure("one_cluster", str(G))
    if group.n <= k + group.absorbed:
        return Failure("few_rows", f"{group.n} < {k + group.absorbed + 1}")
    if group.scale[y] == 0:
        return Failure("outcome_constant", names[y])
    if group.scale[x] == 0:
        return Failure("predictor_constant", names[x])
    flat = rest[group.scale[rest] == 0]
    if flat.size:
        return Failure("control_constant", names[int(flat[0])])
    if k >= G:
        return Failure("parameters_exceed_clusters", f"{k} ≥ {G}")
    return None


def solve(
    group: Group, members: Members, among: Sequence[int]
) -> tuple[Solved | None, tuple[int, ...]]:
    """Coefficients of the universes that cross products are good enough for, and which are not."""
    if not among:
        return None, ()
    among_ = np.array(among, dtype=np.intp)
    p = len(group.names)
    K = max(members.rest[i].size for i in among) + 1
    idx = np.full((among_.size, K), p, dtype=np.intp)
    for row, i in enumerate(among):
        rest = members.rest[i]
        idx[row, 0], idx[row, 1 : rest.size + 1] = members.x[i], rest
    total = np.zeros((p + 1, p + 1))
    total[:p, :p] = group.S.sum(axis=0)
    A = total[idx[:, :, None], idx[:, None, :]]
    pad = idx == p
    A[:, np.arange(K), np.arange(K)] += pad
    well = np.linalg.eigvalsh(A)[:, 0] >= ILL
    ill = tuple(int(i) for i in among_[~well])
    if not well.any():
        return None, ill
    idx, kept, pad = idx[well], among_[well], pad[well]
    inverse = np.linalg.inv(A[well])
    y = members.y[kept]
    beta = np.einsum("ukj,uj->uk", inverse, total[idx, y[:, None]])
    inverse[:, np.arange(K), np.arange(K)] -= pad
    solved = Solved(
        keep=kept,
        idx=idx,
        y=y,
        A=np.asarray(inverse, dtype=float),
        beta=beta,
        k=(~pad).sum(axis=1) + group.absorbed,
        ratio=group.scale[y] / group.scale[members.x[kept]] * members.unit[kept],
    )
    return solved, ill


def fit(group: Group, solved: Solved) -> tuple[Fitted, dict[int, Failure]]:
    """Coefficients of the predictors with CR1 errors."""
    p, G = len(group.names), group.n_clusters
    c = np.empty((solved.keep.size, G))
    for rows in blocks(solved.keep.size, G * (p + 1)):
        part = solved.part(rows)
        c[rows] = (weighted_products(group.S, part) * _residual(part, p)[:, None, :]).sum(axis=2)
    length = np.linalg.norm(c, axis=1)
    perfect = length < EXACT * np.sqrt(solved.A[:, 0, 0])
    failed = {int(i): Failure("perfect_fit") for i in solved.keep[perfect]}
    good = ~perfect
    ratio = solved.ratio[good]
    scores = c[good] * (np.sqrt(cr1_factors(group, solved.k))[good] * ratio)[:, None]
    value = solved.beta[good, 0] * ratio
    se = np.linalg.norm(scores, axis=1)
    return Fitted(solved.keep[good], value, se, solved.k[good], scores), failed


def cr1_factors(group: Group, k: Integers) -> Floats:
    """CR1's factor G/(G-1) (n-1)/(n-k) for each universe."""
    G, n = group.n_clusters, group.n
    return np.asarray(G / (G - 1) * (n - 1) / (n - k), dtype=float)


def blocks(count: int, each: int) -> Iterator[slice]:
    """Slices of `count` universes of which each needs `each` numbers."""
    step = max(1, BLOCK // max(each, 1))
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def weighted_products(S: Floats, part: Solved) -> Floats:
    """T_g = a'S_g, a being the predictor's row of the inverse in all p columns: (U, G, p)."""
    G, p, _ = S.shape
    a = scattered(part.A[:, 0], part.idx, p)
    return np.asarray((a @ S.transpose(1, 0, 2).reshape(p, G * p)).reshape(-1, G, p))


def scattered(values: Floats, idx: Integers, p: int) -> Floats:
    """Values (U, K) of some columns put into their places among all p, 0 elsewhere: (U, p)."""
    out = np.zeros((len(values), p + 1))
    np.add.at(out, (np.arange(len(values))[:, None], idx), values)
    return out[:, :p]


def _residual(part: Solved, p: int) -> Floats:
    """The residual as a combination of the columns: outcome minus fit, (U, p)."""
    r = -scattered(part.beta, part.idx, p)
    r[np.arange(len(r)), part.y] += 1.0
    return r


def from_rows(
    builder: Builder, shared: Shared, group: Group, members: Members, i: int
) -> tuple[Group, Members] | Failure:
    """A group of one, its terms made orthonormal by QR from the rows: for ill-conditioned terms.

    The predictor comes last, so that its coefficient is that of its own part of the basis over the
    last diagonal element of R; a term that is a combination of those before it is a failure.
    """
    terms, y = np.append(members.rest[i], members.x[i]), int(members.y[i])
    rows, codes = builder.terms(shared, group, np.append(terms, y))
    Q, R = np.linalg.qr(rows[:, :-1])
    own = np.abs(np.diag(R))
    if own.min() < RANK_TOLERANCE:
        at = int(terms[int(own.argmin())])
        kind = "predictor_collinear" if at == members.x[i] else "control_collinear"
        return Failure(kind, group.names[at])
    k = terms.size
    scale = np.ones(k + 1)
    scale[k], scale[k - 1] = group.scale[y], group.scale[members.x[i]] * R[k - 1, k - 1]
    S = np.zeros((group.n_clusters, k + 1, k + 1))
    add_products(S, np.column_stack([Q, rows[:, -1]]), codes)
    names = tuple(group.names[t] for t in (*terms, y))
    alone = replace(group, names=names, S=S, scale=scale)
    return alone, _member(members, i, k)


def _member(members: Members, i: int, k: int) -> Members:
    """One universe whose k terms come first, the predictor last of them, then the outcome."""
    return Members(
        place=(members.place[i],),
        y=np.array([k], dtype=np.intp),
        x=np.array([k - 1], dtype=np.intp),
        rest=(np.arange(k - 1, dtype=np.intp),),
        unit=members.unit[[i]],
        spread=members.spread[[i]],
        alone=members.alone[[i]],
    )
