"""Prepared columns as arrays: numbers, products, and dummies of categories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.inference.multiverse.universes import Model
from compendium.plan.multiverse import MEAN
from compendium.stats.clusters import cluster_codes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.intp]

MISSING = "missing"


@dataclass
class Columns:
    """A frame of prepared columns; every array is made once.

    Attributes
    ----------
    frame
        One row a unit of observation, rows of a cluster side by side; the index counts the rows as
        they came.
    clusters, n_clusters
        Number of each row's cluster, 0 to G - 1, and G.
    """

    frame: pd.DataFrame
    clusters: Integers
    n_clusters: int
    _numbers: dict[str, Floats] = field(default_factory=dict)
    _known: dict[str, Flags] = field(default_factory=dict)
    _coded: dict[str, tuple[Integers, tuple[str, ...]]] = field(default_factory=dict)
    _absorbed: dict[str, str | None] = field(default_factory=dict)
    _kinds: dict[str, bool] = field(default_factory=dict)
    _orders: dict[str | None, Integers] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: pd.DataFrame, cluster: str) -> Columns:
        """Take the columns of a frame and sort its rows by cluster; these must be complete.

        Raises
        ------
        UserError
            No such column of clusters, a missing label, one cluster only.
        """
        if cluster not in frame:
            raise UserError("no such column of clusters", "name a prepared column", column=cluster)
        codes, G = cluster_codes(frame[cluster], len(frame))
        order = np.argsort(codes, kind="stable")
        return cls(frame.iloc[order].set_axis(order, axis=0), codes[order], G)

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.frame)

    def known(self, term: str) -> Flags:
        """Rows in which a column, or all parts of a product, are known."""
        if term not in self._known:
            parts = (self._column(part).notna().to_numpy() for part in term.split(":"))
            self._known[term] = np.asarray(reduce(np.logical_and, parts))
        return self._known[term]

    def numbers(self, term: str) -> Floats:
        """Values of a number or of a product of numbers, nan where missing.

        Raises
        ------
        UserError
            No such column, or a category where a number is needed.
        """
        if term not in self._numbers:
            parts = [self._number(part) for part in term.split(":")]
            self._numbers[term] = np.prod(parts, axis=0)
        return self._numbers[term]

    def is_category(self, term: str) -> bool:
        """Whether a term is a category, so that it enters as dummies."""
        if term not in self._kinds:
            number = ":" in term or pd.api.types.is_numeric_dtype(self._column(term))
            self._kinds[term] = not number
        return self._kinds[term]

    def expanded(self, term: str, rows: Integers, treat: str) -> dict[str, Floats]:
        """Columns of a control over some rows.

        A number is itself, with "indicator" also `term[missing]` and 0 where it is missing; a
        category is a dummy of each level that occurs but the first, a missing one being a level.
        """
        if self.is_category(term):
            return self.expanded_levels(term, rows)
        values = self.numbers(term)[rows]
        gaps = np.isnan(values)
        if treat != "indicator" or not gaps.any():
            return {term: values}
        return {term: np.where(gaps, 0.0, values), f"{term}[{MISSING}]": gaps.astype(float)}

    def rows(self, model: Model) -> Flags:
        """Rows that a model uses: in the sample, complete, with a weight above 0.

        Raises
        ------
        UserError
            A weight is negative.
        """
        terms = [model.outcome, *model.also]
        terms += [] if model.predictor == MEAN else [model.predictor]
        terms += [name for name in (model.fixed_effects, model.weights) if name]
        terms += [] if model.missing == "indicator" else list(model.controls)
        keep = self._all(terms)
        for flag in model.samples:
            keep = keep & (self.numbers(flag) == 1)
        return keep & self._weighted(model.weights)

    def codes(self, name: str) -> tuple[Integers, tuple[str, ...]]:
        """Level of each row of a category, its levels in their order, a missing one last."""
        if name not in self._coded:
            column = self._column(name)
            if not isinstance(column.dtype, pd.CategoricalDtype):
                column = column.astype("category")
            found = column.cat.codes.to_numpy().astype(np.intp)
            levels = (*map(str, column.cat.categories), MISSING)
            self._coded[name] = np.where(found < 0, len(levels) - 1, found), levels
        return self._coded[name]

    def absorbed(self, fixed_effects: str | None) -> str | None:
        """How fixed effects are absorbed: "clusters" where they are these, "within" where smaller.

        None where they are not: effects that reach over clusters are dummies, for cross products by
        cluster of absorbed columns stay those of the clusters only within them.
        """
        if fixed_effects is None:
            return None
        if fixed_effects not in self._absorbed:
            self._absorbed[fixed_effects] = self._absorption(fixed_effects)
        return self._absorbed[fixed_effects]

    def _absorption(self, fixed_effects: str) -> str | None:
        codes, levels = self.codes(fixed_effects)
        of_group = np.zeros(len(levels), dtype=np.intp)
        of_group[codes] = self.clusters
        if (of_group[codes] != self.clusters).any():
            return None
        of_cluster = np.zeros(self.n_clusters, dtype=np.intp)
        of_cluster[self.clusters] = codes
        return "clusters" if (of_cluster[self.clusters] == codes).all() else "within"

    def ordered(self, mask: Flags, fixed_effects: str | None) -> Integers:
        """Numbers of the rows of a mask, rows of a cluster and of a fixed effect side by side."""
        if fixed_effects not in self._orders:
            inner = 0 * self.clusters if fixed_effects is None else self.codes(fixed_effects)[0]
            self._orders[fixed_effects] = np.lexsort((inner, self.clusters)).astype(np.intp)
        order = self._orders[fixed_effects]
        return order[mask[order]]

    def _all(self, terms: Iterable[str]) -> Flags:
        keep = np.ones(len(self.frame), dtype=bool)
        for term in dict.fromkeys(terms):
            keep &= self.known(term)
        return keep

    def _weighted(self, name: str | None) -> Flags:
        if name is None:
            return np.ones(len(self.frame), dtype=bool)
        w = self.numbers(name)
        if (w < 0).any():
            row = self.frame.index[w < 0].min()
            raise UserError(
                "a weight is negative",
                "correct it",
                row=int(row) + 1,
                column=name,
                value=float(w[self.frame.index == row][0]),
            )
        return np.asarray(w > 0)

    def _column(self, name: str) -> pd.Series:
        if name not in self.frame:
            known = ", ".join(map(str, self.frame.columns))
            raise UserError(f"no prepared column '{name}'", f"use one of: {known}", column=name)
        return self.frame[name]

    def _number(self, name: str) -> Floats:
        column = self._column(name)
        if not pd.api.types.is_numeric_dtype(column):
            raise UserError("a number is needed, not a category", "use a number", column=name)
        return column.to_numpy(dtype=float, na_value=np.nan)

    def expanded_levels(self, term: str, rows: Integers) -> dict[str, Floats]:
        """Return a dummy of each level that occurs in the rows but the first."""
        codes, levels = self.codes(term)
        codes = codes[rows]
        found = np.flatnonzero(np.bincount(codes, minlength=len(levels)))
        if found.size == 1:
            return {term: np.ones(rows.size)}
        return {f"{term}[{levels[j]}]": (codes == j).astype(float) for j in found[1:]}
