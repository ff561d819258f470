"""Universes that share rows, weights and fixed effects, and the cross products they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grassroots.inference.multiverse.columns import Columns
from grassroots.inference.multiverse.universes import Model
from grassroots.models.clusters import Integers
from grassroots.plan.multiverse import MEAN

Floats = NDArray[np.float64]

CONSTANT = 1e-10
"""A column whose part beside intercept or fixed effects is smaller (relative) does not vary."""
INTERCEPT = MEAN
"""The intercept is the column whose coefficient a mean is."""


@dataclass(frozen=True, eq=False)
class Group:
    """Cross products by cluster of all columns that some universes need.

    Columns are taken from their mean (or from those of their fixed effects), multiplied by the root
    of the weights and divided by their length, so that the cross products are correlations.

    Attributes
    ----------
    names
        The p columns.
    S
        Cross products within each cluster, (G, p, p); their sum has 1 on the diagonal.
    Z
        The columns, (n, p).
    scale
        Length of each column before division, (p,); 0 where it does not vary.
    spread
        Standard deviation of each column as it was, unweighted, (p,).
    clusters
        Number of each cluster among those of all rows, (G,).
    codes
        Cluster of each row, 0 to G - 1, (n,).
    absorbed
        Coefficients that fixed effects count as in CR1's factor, beside the columns.
    """

    names: tuple[str, ...]
    S: Floats
    Z: Floats
    scale: Floats
    spread: Floats
    clusters: Integers
    codes: Integers
    absorbed: int = 0

    @property
    def n(self) -> int:
        """Rows."""
        return self.Z.shape[0]

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
        Position of each universe in the multiverse, (U,).
    y, x
        Column of outcome and predictor, (U,).
    rest
        Columns of the other terms, intercept included, one array each.
    unit
        What the coefficient of the predictor is multiplied by, (U,): 1, or a standard deviation.
    alone
        Whether the predictor tells one cluster from all others and does nothing else, (U,).
    """

    place: tuple[int, ...]
    y: Integers
    x: Integers
    rest: tuple[Integers, ...]
    unit: Floats
    alone: NDArray[np.bool_]


def group_by_rows(
    columns: Columns, models: Sequence[Model]
) -> dict[tuple[bytes, str | None, str | None], list[int]]:
    """Positions of the models by what they share: rows, weights, fixed effects."""
    found: dict[tuple[bytes, str | None, str | None], list[int]] = {}
    seen: dict[Model, bytes] = {}
    for i, model in enumerate(models):
        key = _row_key(model)
        if key not in seen:
            seen[key] = columns.rows(model).tobytes()
        found.setdefault((seen[key], model.weights, model.fixed_effects), []).append(i)
    return found


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


def build_group(
    columns: Columns, rows: Integers, models: Mapping[int, Model]
) -> tuple[Group, Members]:
    """Cross products of the columns that these models need; they share weights, fixed effects.

    Parameters
    ----------
    rows
        Numbers of the rows.
    models
        By position in the multiverse.
    """
    first = next(iter(models.values()))
    raw, members, absorb = _columns_of(columns, rows, models)
    w = np.ones(rows.size) if first.weights is None else columns.numbers(first.weights)[rows]
    names = tuple(raw)
    D = np.column_stack(list(raw.values()))
    codes, clusters = _renumbered(columns.clusters[rows])
    Z = _centred(D, w, absorb, centre=first.predictor != MEAN)
    if INTERCEPT in raw:
        Z[:, names.index(INTERCEPT)] = 1.0
    if first.weights is not None:
        Z *= np.sqrt(w)[:, None]
    scale = _lengths(Z)
    scale[scale <= CONSTANT * np.sqrt(w.max()) * _lengths(D)] = 0.0
    Z = np.divide(Z, scale, out=np.zeros_like(Z), where=scale > 0)
    spread = D.std(axis=0, ddof=1) if rows.size > 1 else np.zeros(len(names))
    group = Group(
        names=names,
        S=cluster_products(Z, codes, clusters.size),
        Z=Z,
        scale=scale,
        spread=spread,
        clusters=clusters,
        codes=codes,
        absorbed=0 if absorb is None else 1,
    )
    return group, members(names, D, spread, codes)


def _lengths(D: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", D, D)))


def cluster_products(Z: Floats, codes: Integers, G: int) -> Floats:
    """Cross products of the columns within each cluster, (G, p, p); rows sorted by cluster."""
    ends = np.cumsum(np.bincount(codes, minlength=G))
    S = np.empty((G, Z.shape[1], Z.shape[1]))
    start = 0
    for g, end in enumerate(ends.tolist()):
        part = Z[start:end]
        np.matmul(part.T, part, out=S[g])
        start = end
    return S


def _columns_of(
    columns: Columns, rows: Integers, models: Mapping[int, Model]
) -> tuple[dict[str, Floats], _Members, Integers | None]:
    first = next(iter(models.values()))
    raw: dict[str, Floats] = {}
    absorb, effects = _effects(columns, rows, first.fixed_effects)
    if absorb is None:
        raw[INTERCEPT] = np.ones(rows.size)
    raw |= effects
    always = tuple(raw)
    terms: dict[tuple[str, str], tuple[str, ...]] = {}
    wanted = []
    for at, model in models.items():
        names = list(always)
        for control in model.controls:
            key = (control, model.missing)
            if key not in terms:
                made = columns.expanded(control, rows, model.missing)
                own = {_own(name, made, raw): values for name, values in made.items()}
                raw |= own
                terms[key] = tuple(own)
            names += terms[key]
        for term in (model.outcome, model.predictor, model.per_sd_of):
            if term and term not in raw and term != MEAN:
                raw[term] = columns.numbers(term)[rows]
        wanted.append((at, model, names))
    return raw, _Members(tuple(wanted)), absorb


def _own(name: str, made: Mapping[str, Floats], raw: Mapping[str, Floats]) -> str:
    """A name of its own for a filled column, which differs from the one with gaps."""
    return f"{name} " if name in raw and not np.array_equal(raw[name], made[name]) else name


@dataclass(frozen=True)
class _Members:
    """What becomes `Members` once the columns have their places."""

    wanted: tuple[tuple[int, Model, list[str]], ...]

    def __call__(self, names: Sequence[str], D: Floats, spread: Floats, codes: Integers) -> Members:
        place = {name: i for i, name in enumerate(names)}
        x = [place[model.predictor] for _, model, _ in self.wanted]
        units = [model.per_sd_of for _, model, _ in self.wanted]
        alone = {i: _alone(D[:, i], codes) for i in set(x)}
        return Members(
            place=tuple(at for at, _, _ in self.wanted),
            y=np.array([place[model.outcome] for _, model, _ in self.wanted], dtype=np.intp),
            x=np.array(x, dtype=np.intp),
            rest=tuple(
                np.array([place[name] for name in terms if place[name] != own], dtype=np.intp)
                for own, (_, _, terms) in zip(x, self.wanted, strict=True)
            ),
            unit=np.array([1.0 if name is None else spread[place[name]] for name in units]),
            alone=np.array([alone[i] for i in x]),
        )


def _effects(
    columns: Columns, rows: Integers, name: str | None
) -> tuple[Integers | None, dict[str, Floats]]:
    """Fixed effects that lie within clusters are absorbed, all others become dummies.

    The cross products by cluster of absorbed columns stay those of the clusters only in that case.
    """
    if name is None:
        return None, {}
    codes, levels = columns.codes(name)
    codes, cluster = codes[rows], columns.clusters[rows]
    of_group = np.zeros(len(levels), dtype=np.intp)
    of_group[codes] = cluster
    if (of_group[codes] == cluster).all():
        return codes, {}
    return None, columns.expanded_levels(name, rows)


def _renumbered(codes: Integers) -> tuple[Integers, Integers]:
    """Codes of sorted rows from 0 without gaps, and what they were."""
    new = np.diff(codes, prepend=-1) != 0
    return (np.cumsum(new) - 1).astype(np.intp), codes[new]


def _centred(D: Floats, w: Floats, absorb: Integers | None, *, centre: bool) -> Floats:
    """Columns less their weighted mean, over all rows or over each absorbed group (contiguous)."""
    if absorb is None:
        return D - (w @ D / w.sum() if centre else 0.0)
    codes = (np.cumsum(np.diff(absorb, prepend=-1) != 0) - 1).astype(np.intp)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    total = np.add.reduceat(D * w[:, None], starts, axis=0)
    return np.asarray(D - (total / np.add.reduceat(w, starts)[:, None])[codes])


def _alone(x: Floats, codes: Integers) -> bool:
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    first = x[starts]
    if first.size < 3 or not np.array_equal(x, first[codes]):
        return False
    values, counts = np.unique(first, return_counts=True)
    return bool(values.size == 2 and counts.min() == 1)
