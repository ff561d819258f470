"""All columns of a multiverse, standardised once, and their cross products over any rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from compendium.inference.multiverse.columns import MISSING, Columns
from compendium.inference.multiverse.universes import Model
from compendium.plan.multiverse import MEAN
from compendium.stats.clusters import Integers

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

INTERCEPT = MEAN
"""The intercept is the column whose coefficient a mean is."""
FEW_LEFT_OUT = 0.4
"""Share of the rows up to which those left out are subtracted rather than the others summed."""


@dataclass(eq=False)
class Pool:
    """Columns that the models of a multiverse need, and sums of their products by cluster.

    A number is taken from its mean and divided by its length over all rows, 0 where it is missing,
    so that sums over most rows are those over all rows less a few.

    Attributes
    ----------
    columns
        The prepared columns; rows of a cluster lie side by side.
    names, place
        The p columns, and the place of each.
    Z, scale
        Columns (n, p), and what they were divided by, (p,).
    """

    columns: Columns
    names: tuple[str, ...]
    place: dict[str, int]
    Z: Floats
    scale: Floats
    _sums: dict[str | None, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Columns, models: Sequence[Model]) -> Pool:
        """Collect what the models name; outcomes of means keep their own zero."""
        raw: dict[str, Floats | Flags] = {INTERCEPT: np.ones(columns.n)}
        flagged = {term for m in models if m.missing == "indicator" for term in m.controls}
        effects = {model.fixed_effects for model in models} - {None}
        for name in {model.outcome for model in models} | {m.predictor for m in models} - {MEAN}:
            columns.numbers(name)
        for term in _terms(models):
            if term in effects and columns.absorbed(term):
                continue
            if term in effects or columns.is_category(term):
                codes, levels = columns.codes(term)
                raw |= {level_name(term, levels[j]): codes == j for j in range(len(levels))}
            else:
                raw[term] = columns.numbers(term)
                if term in flagged and not columns.known(term).all():
                    raw[level_name(term, MISSING)] = ~columns.known(term)
        centre = all(model.predictor != MEAN for model in models)
        names = tuple(raw)
        Z = np.column_stack([np.asarray(values, dtype=float) for values in raw.values()])
        return cls(columns, names, {name: i for i, name in enumerate(names)}, *_standard(Z, centre))

    def root_weights(self, weights: str | None) -> Floats | None:
        """Roots of the weights, 0 where missing or not positive; None where there are none."""
        if weights is None:
            return None
        w = self.columns.numbers(weights)
        return np.sqrt(np.where(w > 0, w, 0.0))

    def products(self, mask: Flags, weights: str | None) -> Floats:
        """Cross products within each cluster over the rows of a mask, (G, p, p)."""
        left_out = ~mask
        if left_out.mean() > FEW_LEFT_OUT:
            return self._over(mask, weights)
        if weights not in self._sums:
            self._sums[weights] = self._over(np.ones(mask.size, dtype=bool), weights)
        return self._sums[weights] - self._over(left_out, weights)

    def rows(self, rows: Integers, weights: str | None) -> Floats:
        """Some rows of the columns, times the roots of their weights."""
        root = self.root_weights(weights)
        return self.Z[rows] if root is None else self.Z[rows] * root[rows, None]

    def levels(self, category: str, mask: Flags) -> list[int]:
        """Places of the levels of a category that occur in the rows."""
        codes, levels = self.columns.codes(category)
        found = np.flatnonzero(np.bincount(codes[mask], minlength=len(levels)))
        return [self.place[level_name(category, levels[j])] for j in found]

    def _over(self, mask: Flags, weights: str | None) -> Floats:
        rows = np.flatnonzero(mask)
        S = np.zeros((self.columns.n_clusters, len(self.names), len(self.names)))
        add_products(S, self.rows(rows, weights), self.columns.clusters[rows])
        return S


def add_products(S: Floats, Z: Floats, clusters: Integers) -> None:
    """Put the cross products of rows sorted by cluster into the places of their clusters."""
    starts = np.flatnonzero(np.diff(clusters, prepend=-1))
    ends = [*starts[1:].tolist(), clusters.size] if starts.size else []
    for start, end in zip(starts.tolist(), ends, strict=True):
        part = Z[start:end]
        np.matmul(part.T, part, out=S[clusters[start]])


def level_name(term: str, level: str) -> str:
    """Name of a dummy."""
    return f"{term}[{level}]"


def _terms(models: Sequence[Model]) -> Iterable[str]:
    """Every column that becomes a column of a model, once."""
    named = (
        name
        for model in models
        for name in (
            model.outcome,
            model.predictor,
            model.per_sd_of,
            model.fixed_effects,
            *model.controls,
        )
    )
    return (name for name in dict.fromkeys(named) if name and name != MEAN)


def _standard(D: Floats, centre: bool) -> tuple[Floats, Floats]:
    known = ~np.isnan(D)
    mean = np.where(known, D, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    mean[0] = 0.0
    Z = np.where(known, D - mean if centre else D, 0.0)
    scale = np.sqrt(np.einsum("ij,ij->j", Z, Z))
    scale[scale == 0] = 1.0
    return Z / scale, scale
