"""Universes that share rows, weights and absorbed effects, and the cross products they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from math import nan

import numpy as np
from numpy.typing import NDArray

from compendium.inference.multiverse.columns import MISSING, Columns
from compendium.inference.multiverse.pool import INTERCEPT, Pool, add_products, level_name
from compendium.inference.multiverse.universes import Model
from compendium.plan.multiverse import MEAN
from compendium.stats.clusters import Integers

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CONSTANT = 1e-10
"""A column of whose squares a smaller share lies beside intercept or fixed effects does not vary.
Sums that were subtracted from each other are good to 1e-14."""


@dataclass(frozen=True, eq=False)
class Group:
    """Cross products by cluster of the columns, over the rows of some universes.

    Attributes
    ----------
    names
        The p columns.
    S
        Cross products within each cluster that occurs, (G, p, p), taken from the means of absorbed
        fixed effects; their sum has 1 or 0 on the diagonal.
    scale
        What a column was divided by, (p,); 0 where it does not vary.
    clusters
        Number of each cluster among those of all rows, (G,).
    n
        Rows.
    absorbed
        Coefficients that fixed effects count as in CR1's factor, beside the columns.
    columns
        Place of each column in the pool, (p,); empty where it comes from elsewhere.
    """

    names: tuple[str, ...]
    S: Floats
    scale: Floats
    clusters: Integers
    n: int
    absorbed: int = 0
    columns: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    @property
    def n_clusters(self) -> int:
        """Clusters."""
        return self.S.shape[0]


@dataclass(frozen=True, eq=False)
class Members:
    """Universes of a group: positions of their columns.

    Attributes
    ----------
    place
        Position of each universe in the multiverse, U of them.
    y, x
        Column of outcome and predictor, (U,).
    rest
        Columns of the other terms, intercept included, one array each.
    unit
        What the coefficient of the predictor is multiplied by, (U,): 1, or a standard deviation.
    spread
        Standard deviation of the predictor over that of the outcome, unweighted, (U,).
    alone
        Whether the predictor tells one cluster from all others and does nothing else, (U,).
    """

    place: tuple[int, ...]
    y: Integers
    x: Integers
    rest: tuple[Integers, ...]
    unit: Floats
    spread: Floats
    alone: Flags


@dataclass(frozen=True, eq=False)
class Shared:
    """Models that share rows, weights and absorbed fixed effects.

    Attributes
    ----------
    mask
        The rows, (n,).
    absorb
        The fixed effects that are absorbed; others are dummies of the single model.
    places
        Positions of the models in the multiverse.
    """

    mask: Flags
    weights: str | None
    absorb: str | None
    places: tuple[int, ...]


def group_by_rows(columns: Columns, models: Sequence[Model]) -> Iterator[Shared]:
    """Models by what they share; those that differ in what is absorbed follow each other."""
    found: dict[tuple[bytes, str | None], dict[str | None, list[int]]] = {}
    seen: dict[Model, bytes] = {}
    for i, model in enumerate(models):
        key = _row_key(model)
        if key not in seen:
            seen[key] = columns.rows(model).tobytes()
        effects = found.setdefault((seen[key], model.weights), {})
        absorb = model.fixed_effects if columns.absorbed(model.fixed_effects) else None
        effects.setdefault(absorb, []).append(i)
    for (mask, weights), by_effects in found.items():
        rows = np.frombuffer(mask, dtype=bool)
        for effects_, places in by_effects.items():
            yield Shared(rows, weights, effects_, tuple(places))


def _row_key(model: Model) -> Model:
    """The parts of a model that decide its rows, in one order whatever the model's."""
    terms = {model.outcome, *model.also} | ({model.predictor} - {MEAN})
    terms |= set(model.controls) if model.missing != "indicator" else set()
    return Model(
        outcome="",
        predictor=MEAN,
        fixed_effects=model.fixed_effects,
        weights=model.weights,
        samples=tuple(sorted(model.samples)),
        also=tuple(sorted(terms)),
    )


class Builder:
    """Makes groups from a pool; rows that the next group shares are summed once."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._last: tuple[Flags, str | None] | None = None
        self._products = np.zeros((0, 0, 0))
        self._rows: _Rows | None = None

    def group(self, shared: Shared, models: Mapping[int, Model]) -> tuple[Group, Members]:
        """Cross products over the rows, and the places of the models' columns."""
        mask, pool = shared.mask, self.pool
        nested = pool.columns.absorbed(shared.absorb)
        members = self._members(shared, models, nested is not None)
        used = _used(members)
        S = self._summed(mask, shared.weights)[:, used[:, None], used]
        before = np.einsum("gjj->j", S)
        if nested == "clusters":
            S -= S[:, :, :1] * S[:, :1, :] / _divisible(S[:, :1, :1])
        elif nested == "within":
            S = self._within(shared)[:, used[:, None], used]
        present = np.flatnonzero(np.bincount(pool.columns.clusters[mask]))
        S = S if present.size == len(S) else S[present]
        total = S.sum(axis=0)
        varies = _varies(total, before, nested is not None)
        length = np.sqrt(np.where(varies, np.diag(total), 1.0))
        S /= length[:, None] * length
        group = Group(
            names=tuple(pool.names[i] for i in used),
            S=S,
            scale=np.where(varies, pool.scale[used] * length, 0.0),
            clusters=present.astype(np.intp),
            n=int(np.count_nonzero(mask)),
            absorbed=0 if nested is None else 1,
            columns=used,
        )
        return group, replace(
            members,
            x=np.searchsorted(used, members.x),
            y=np.searchsorted(used, members.y),
            rest=tuple(np.searchsorted(used, terms) for terms in members.rest),
        )

    def terms(self, shared: Shared, group: Group, some: Integers) -> tuple[Floats, Integers]:
        """Rows of some columns as the group has them, (n, k), and the cluster of each row."""
        rows = self.pool.columns.ordered(shared.mask, shared.absorb)
        Z = self.pool.rows(rows, shared.weights)
        if group.absorbed:
            Z = _demeaned(Z, self.pool.columns.codes(str(shared.absorb))[0][rows])
        places = group.columns[some]
        codes = np.searchsorted(group.clusters, self.pool.columns.clusters[rows])
        scale = group.scale[some] / self.pool.scale[places]
        return Z[:, places] / scale, codes.astype(np.intp)

    def _summed(self, mask: Flags, weights: str | None) -> Floats:
        if self._last is None or self._last[0] is not mask or self._last[1] != weights:
            self._last, self._products = (mask, weights), self.pool.products(mask, weights)
        return self._products

    def _within(self, shared: Shared) -> Floats:
        """Cross products of columns taken from the means of groups smaller than clusters."""
        columns, p = self.pool.columns, len(self.pool.names)
        rows = columns.ordered(shared.mask, shared.absorb)
        codes = columns.codes(str(shared.absorb))[0][rows]
        S = np.zeros((columns.n_clusters, p, p))
        Z = _demeaned(self.pool.rows(rows, shared.weights), codes)
        add_products(S, Z, columns.clusters[rows])
        return S

    def _members(self, shared: Shared, models: Mapping[int, Model], absorbed: bool) -> Members:
        pool, mask = self.pool, shared.mask
        always = [] if absorbed else [0]
        x = [pool.place[model.predictor] for model in models.values()]
        y = [pool.place[model.outcome] for model in models.values()]
        units = [pool.place[m.per_sd_of] if m.per_sd_of else -1 for m in models.values()]
        about = self._about(mask)
        spreads, alone = about.spreads({*x, *y, *units} - {-1}), about.alone({*x})
        rest = []
        for i, model in zip(x, models.values(), strict=True):
            effects = [] if absorbed else about.effects(model.fixed_effects)
            own = [about.terms(name, model.missing) for name in model.controls]
            terms = chain(always, effects, *own)
            rest.append(np.array([t for t in terms if t != i], dtype=np.intp))
        ratio = [spreads[i] / spreads[j] if spreads[j] else nan for i, j in zip(x, y, strict=True)]
        return Members(
            place=tuple(models),
            y=np.array(y, dtype=np.intp),
            x=np.array(x, dtype=np.intp),
            rest=tuple(rest),
            unit=np.array([1.0 if i < 0 else spreads[i] for i in units]),
            spread=np.array(ratio),
            alone=np.array([alone[i] for i in x]),
        )

    def _about(self, mask: Flags) -> _Rows:
        if self._rows is None or self._rows.mask is not mask:
            self._rows = _Rows(self.pool, mask)
        return self._rows


class _Rows:
    """What is known of the columns over some rows; each is looked up once."""

    def __init__(self, pool: Pool, mask: Flags) -> None:
        self.pool, self.mask, self.rows = pool, mask, np.flatnonzero(mask)
        self._terms: dict[tuple[str, str], list[int]] = {}
        self._spreads: dict[int, float] = {}
        self._alone: dict[int, bool] = {}

    def spreads(self, places: set[int]) -> dict[int, float]:
        """Standard deviations of columns in their own unit."""
        some = sorted(places - set(self._spreads))
        if some:
            Z = self.pool.Z[self.rows[:, None], some]
            spread = Z.std(axis=0, ddof=1) if len(Z) > 1 else np.zeros(len(some))
            own = spread * self.pool.scale[some]
            self._spreads |= dict(zip(some, own.tolist(), strict=True))
        return self._spreads

    def alone(self, places: set[int]) -> dict[int, bool]:
        """Whether a column tells one cluster from all others and does nothing else."""
        clusters = self.pool.columns.clusters[self.rows]
        for i in places - set(self._alone):
            self._alone[i] = _tells_one(self.pool.Z[self.rows, i], clusters)
        return self._alone

    def effects(self, name: str | None) -> list[int]:
        """Places of the dummies of fixed effects that are not absorbed."""
        if name is None:
            return []
        key = (name, "effects")
        if key not in self._terms:
            self._terms[key] = self.pool.levels(name, self.mask)[1:]
        return self._terms[key]

    def terms(self, term: str, treat: str) -> list[int]:
        """Places of the columns of a control."""
        key = (term, treat)
        if key not in self._terms:
            self._terms[key] = self._expand(term, treat)
        return self._terms[key]

    def _expand(self, term: str, treat: str) -> list[int]:
        pool = self.pool
        if pool.columns.is_category(term):
            levels = pool.levels(term, self.mask)
            return levels[1:] if len(levels) > 1 else levels
        if treat == "indicator" and not pool.columns.known(term)[self.mask].all():
            return [pool.place[term], pool.place[level_name(term, MISSING)]]
        return [pool.place[term]]


def _used(members: Members) -> Integers:
    """Places of the columns that some universes use, the intercept first."""
    some = np.concatenate([[0], members.x, members.y, *members.rest])
    return np.unique(some).astype(np.intp)


def _varies(total: Floats, before: Floats, absorbed: bool) -> Flags:
    """Whether enough of each column's squares is left beside intercept or fixed effects."""
    left = np.diag(total).copy()
    if not absorbed:
        left -= total[0] ** 2 / _divisible(total[0, 0])
        left[0] = total[0, 0]
    return np.asarray(left > CONSTANT * np.maximum(before, np.finfo(float).tiny))


def _divisible(values: Floats | np.float64) -> Floats:
    return np.where(np.asarray(values) > 0, values, 1.0)


def _demeaned(Z: Floats, codes: Integers) -> Floats:
    """Weighted columns taken from the means of contiguous groups; the first is the intercept's."""
    new = np.diff(codes, prepend=-1) != 0
    own, starts = np.cumsum(new) - 1, np.flatnonzero(new)
    root = Z[:, :1]
    sums = np.add.reduceat(Z * root, starts, axis=0)
    return np.asarray(Z - root * (sums / sums[:, :1])[own])


def _tells_one(x: Floats, clusters: Integers) -> bool:
    """Whether a column is the same in all clusters but one, and constant in each."""
    new = np.diff(clusters, prepend=-1) != 0
    first = x[new]
    if first.size < 3 or not np.array_equal(x, first[np.cumsum(new) - 1]):
        return False
    values, counts = np.unique(first, return_counts=True)
    return bool(values.size == 2 and counts.min() == 1)


__all__ = ["INTERCEPT", "Builder", "Group", "Members", "Shared", "group_by_rows"]
