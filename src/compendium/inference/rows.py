"""Rows that enter a clustered fit, and what one cluster decides alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.alone import DECIDED as DECIDED
from compendium.stats.alone import Alone as Alone
from compendium.stats.alone import directions_of
from compendium.stats.checks import numbers, refuse_rows, same_rows
from compendium.stats.clusters import cluster_codes
from compendium.stats.design import check_design
from compendium.stats.few_clusters import ClusterParts
from compendium.stats.method import NONE, Method

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows kept: outcome and terms times the root of the weight; which of all rows they are."""

    terms: tuple[str, ...]
    y: Floats
    X: Floats
    root: Floats
    kept: NDArray[np.bool_]

    @property
    def dropped(self) -> Method:
        """What a method says of rows left out."""
        gone = int((~self.kept).sum())
        return Method.of("zero_weight", n=gone) if gone else NONE


def kept_rows(y: object, X: pd.DataFrame, weights: object, cluster: object = None) -> Rows:
    """Check outcome (n,), terms (n, k) and weights (n,), and leave out rows of weight 0.

    Labels of clusters are looked at for their index alone; `kept_codes` numbers them.
    """
    same_rows(outcome=y, terms=X, weights=weights, clusters=cluster)
    outcome = numbers(y, "outcome")
    w = np.ones(outcome.size) if weights is None else numbers(weights, "weight")
    refuse_rows(w < 0, "a weight is negative", "use 0 or more", w)
    kept = w > 0
    if not kept.any():
        raise UserError("every weight is 0", "give some rows a weight")
    matrix, terms = check_design(X[kept], int(kept.sum()))
    root = np.sqrt(w[kept])
    return Rows(terms, outcome[kept] * root, matrix * root[:, None], root, kept)


def kept_codes(cluster: object, rows: Rows) -> tuple[Integers, tuple[str, ...]]:
    """Return the codes of the rows kept and the labels they stand for."""
    labels = pd.Series(cluster)
    cluster_codes(labels, rows.kept.size)
    kept = labels[rows.kept]
    codes, _ = cluster_codes(kept, len(kept))
    return codes, tuple(str(label) for label in kept.drop_duplicates())


def decided_alone(parts: ClusterParts, labels: tuple[str, ...]) -> Alone:
    """Find the directions that single clusters decide."""
    return directions_of(parts.S, labels)
