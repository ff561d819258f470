"""What single clusters decide alone, which no error by cluster can see."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.clusters import cluster_grams, cluster_labels, cluster_sums
from compendium.stats.method import NONE, Method
from compendium.stats.method_words import ALONE
from compendium.text import Text

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

DECIDED = 1e-8
"""Share of a combination's variation in one cluster beyond which that cluster alone decides it."""
_ROW = re.compile(r"^row (\d+)$")
"""What `cluster_labels` calls a row."""
SINGULAR = 1e-10
"""Eigenvalues of I - H_gg below this are 0: the cluster alone decides a coefficient."""


@dataclass(frozen=True, eq=False)
class Alone:
    """Directions of the coefficients in which H_gg is 1: nothing but cluster g speaks to them.

    Residuals of cluster g are 0 there by construction, so that every error of such a combination
    is too small, whatever the model: linear, or of a linear predictor.

    Attributes
    ----------
    directions
        Unit vectors in the orthonormal columns Z, (m, k).
    labels
        The cluster of each.
    """

    directions: Floats
    labels: tuple[str, ...]

    def deciding(self, v: Floats) -> Text | None:
        """Name the clusters that alone decide a combination L'w = v (k,); None where none does."""
        hit = (self.directions @ v) ** 2 > DECIDED * float(v @ v)
        return _listed(sorted({self.labels[i] for i in np.flatnonzero(hit)}))

    def caution(self, v: Floats, word: str = ALONE) -> Method:
        """What a method says of a combination L'w = v (k,) that single clusters decide."""
        names = self.deciding(v)
        return Method.of(word, names=names) if names else NONE


def decided_alone(Z: Floats, codes: Integers, cluster: object) -> Alone:
    """Find the directions of orthonormal columns Z (n, k) that single clusters decide.

    Leverages add up to k, so that no more than k clusters have the leverage of 1 that it takes.

    Parameters
    ----------
    codes
        Number of each row's cluster, (n,), as from `cluster_codes`.
    cluster
        The labels that were numbered; None when each row is a cluster.
    """
    leverage = cluster_sums((Z**2).sum(axis=1), codes, int(codes.max()) + 1)
    able = np.flatnonzero(leverage >= 1 - SINGULAR)
    if not able.size:
        return Alone(np.empty((0, Z.shape[1])), ())
    place = np.full(leverage.size, -1)
    place[able] = np.arange(able.size)
    rows = place[codes] >= 0
    S = cluster_grams(Z[rows], place[codes[rows]], able.size)
    labels = cluster_labels(cluster, codes)
    return directions_of(S, tuple(labels[g] for g in able))


def directions_of(S: Floats, labels: tuple[str, ...]) -> Alone:
    """Find the directions that single clusters decide, from Z_g'Z_g of each, (G, k, k)."""
    values, vectors = np.linalg.eigh(S)
    g, i = np.nonzero(1 - values <= SINGULAR)
    return Alone(np.asarray(vectors[g, :, i]), tuple(labels[j] for j in g))


def refuse_leverage(h: Floats) -> None:
    """Refuse a row of leverage 1 where residuals are divided by 1 less their leverage."""
    if h.max() > 1 - SINGULAR:
        raise UserError(
            "a row alone decides a coefficient (leverage of 1)",
            "use HC1 or drop the term",
            row=int(h.argmax()) + 1,
        )


def _listed(names: list[str]) -> Text | None:
    if not names:
        return None
    shown, more = names[:3], len(names) - 3
    en, zh = ", ".join(shown), "、".join(_ROW.sub(r"第\1行", name) for name in shown)
    return Text(f"{en} and {more} more", f"{zh}等另{more}个") if more > 0 else Text(en, zh)
