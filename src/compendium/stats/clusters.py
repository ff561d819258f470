"""Clusters: who belongs together, and the covariance that allows for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import refuse_rows

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

MIN_CLUSTERS = 2
"""With one cluster there is no variation between clusters to estimate anything from."""

ROUNDING = 1e-14
"""Relative size of sums that are the rounding of their parts."""


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
        if np.ndim(cluster) != 1:  # type: ignore[arg-type]
            raise UserError("cluster labels in several columns", "cluster by one column")
        labels = pd.Series(cluster).reset_index(drop=True)
        if len(labels) != n:
            raise UserError(f"{len(labels)} cluster labels for {n} rows", "give one label a row")
        refuse_rows(labels.isna(), "cluster label is missing", "drop or complete the row")
        _refuse_mixed(labels)
        found, uniques = pd.factorize(labels)
        codes, G = found.astype(np.intp), len(uniques)
    if G < MIN_CLUSTERS:
        raise UserError(f"{G} cluster: no standard error can be estimated", "use more clusters")
    return codes, G


def _refuse_mixed(labels: pd.Series) -> None:
    """Refuse text beside numbers: "31" and 31 would be two clusters."""
    if labels.dtype == object:
        text = labels.map(lambda label: isinstance(label, str)).to_numpy(dtype=bool)
        if text.any() and not text.all():
            row = int((text != text[0]).argmax())
            raise UserError(
                "cluster labels are text in some rows and numbers in others",
                "turn all into text",
                row=row + 1,
                value=repr(labels.iloc[row]),
            )


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


def cluster_labels(cluster: object, codes: Integers) -> tuple[str, ...]:
    """Return what the numbers of `cluster_codes` stand for; rows by their number from 1."""
    if cluster is None:
        return tuple(f"row {i + 1}" for i in range(codes.size))
    first = np.unique(codes, return_index=True)[1]
    labels = pd.Series(cluster).reset_index(drop=True)
    return tuple(str(label) for label in labels[first])


def cluster_grams(Z: Floats, codes: Integers, G: int) -> Floats:
    """Z_g'Z_g of each cluster, (G, k, k), without an array of n k^2 numbers."""
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=G))[:-1]
    return np.array([block.T @ block for block in np.split(Z[order], ends)])


def score_sums(scores: Floats, codes: Integers, G: int, size: Floats | None = None) -> Floats:
    """Sum scores (n, k) within clusters; sums that are no more than rounding are 0.

    Parameters
    ----------
    size
        How large what the scores were made from is, (n, k), where that is more than the scores
        themselves: a residual is only as exact as its outcome.
    """
    sums = cluster_sums(scores, codes, G)
    rounding = ROUNDING * cluster_sums(np.abs(scores) if size is None else size, codes, G)
    return np.where(np.abs(sums) <= rounding, 0.0, sums)


def cr1_factor(n: int, k: int, G: int) -> float:
    """Return G/(G-1) (n-1)/(n-k), the finite-sample factor of CR1 (MacKinnon et al. 2023)."""
    return G / (G - 1) * (n - 1) / (n - k)


def cr1_covariance(
    bread: Floats, scores: Floats, codes: Integers, G: int, size: Floats | None = None
) -> Floats:
    """Cluster-robust covariance, CR1.

    Parameters
    ----------
    bread
        Inverse of the negative Hessian, (k, k).
    scores
        Score of each row, (n, k).
    codes, G
        As from `cluster_codes`.
    size
        As for `score_sums`.
    """
    n, k = scores.shape
    u = score_sums(scores, codes, G, size)
    meat = u.T @ u
    return cr1_factor(n, k, G) * bread @ meat @ bread
