"""Clusters: who belongs together, and the covariance that allows for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grassroots.errors import UserError

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

MIN_CLUSTERS = 2
"""With one cluster there is no variation between clusters to estimate anything from."""


def cluster_codes(cluster: object, n: int) -> tuple[Integers, int]:
    """Return the clusters numbered 0 to G - 1 in order of appearance, and their number G.

    Parameters
    ----------
    cluster
        Array of n labels, or None when each row is a cluster of its own.
    n
        Number of rows.

    Raises
    ------
    UserError
        A label is missing, the length is wrong, or there is one cluster only.
    """
    if cluster is None:
        codes, G = np.arange(n, dtype=np.intp), n
    else:
        labels = pd.Series(cluster).reset_index(drop=True)
        if len(labels) != n:
            raise UserError(f"{len(labels)} cluster labels for {n} rows", "give one label a row")
        if labels.isna().any():
            row = int(np.flatnonzero(labels.isna())[0]) + 1
            raise UserError("cluster label is missing", "drop or complete the row", row=row)
        found, uniques = pd.factorize(labels)
        codes, G = found.astype(np.intp), len(uniques)
    if G < MIN_CLUSTERS:
        raise UserError(f"{G} cluster: no standard error can be estimated", "use more clusters")
    return codes, G


def cluster_name(cluster: object, name: str | None = None) -> str:
    """Return the given name of the clusters, else the series' name, else row."""
    if name:
        return name
    if cluster is None:
        return "row"
    return str(getattr(cluster, "name", None) or "cluster")


def cluster_sums(rows: Floats, codes: Integers, G: int) -> Floats:
    """Sum the rows (n, ...) within clusters: (G, ...)."""
    sums = np.zeros((G, *rows.shape[1:]))
    np.add.at(sums, codes, rows)
    return sums


def cr1_factor(n: int, k: int, G: int) -> float:
    """Return G/(G-1) (n-1)/(n-k), the finite-sample factor of CR1 (MacKinnon et al. 2023)."""
    return G / (G - 1) * (n - 1) / (n - k)


def cr1_covariance(bread: Floats, scores: Floats, codes: Integers, G: int) -> Floats:
    """Cluster-robust covariance, CR1.

    Parameters
    ----------
    bread
        Inverse of the negative Hessian, (k, k).
    scores
        Score of each row, (n, k).
    codes, G
        As from `cluster_codes`.
    """
    n, k = scores.shape
    u = cluster_sums(scores, codes, G)
    meat = u.T @ u
    return cr1_factor(n, k, G) * bread @ meat @ bread
