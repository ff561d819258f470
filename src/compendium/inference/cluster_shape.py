"""How few and how unequal the clusters are, and how far a result hangs on one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.inference.rows import DECIDED, Rows, decided_alone, kept_codes, kept_rows
from compendium.inference.wild import term_last
from compendium.stats.alone import SINGULAR
from compendium.stats.clusters import cluster_name
from compendium.stats.few_clusters import ClusterParts
from compendium.text import Text

Floats = NDArray[np.float64]

FEW = 40
"""Below this many clusters CR1 with t(G-1) tends to reject too often (Angrist and Pischke 2009)."""
VERY_FEW = 10
"""Below this many no method is reliable whatever the design."""
EFFECTIVE_SHARE = 0.5
"""Effective clusters below this share of those counted: the clusters are very unequal."""
TOP_LEVERAGE = 3.0
"""A cluster with more than this many times the mean partial leverage stands out."""
FEW_HOLD = 5
"""A value held by fewer clusters than this is rare (MacKinnon and Webb 2017)."""
DIGITS = 9
"""Decimals, of a term's largest value, to which two of its values are told apart."""
NO_VARIATION = 1e-12
"""Partial leverage below this is rounding: the term does not vary in the cluster."""


@dataclass(frozen=True, eq=False)
class ClusterShape:
    """The clusters of a linear model, seen from one coefficient.

    Attributes
    ----------
    term
        The coefficient.
    table
        A row a cluster, in order of appearance: `cluster`, `rows`, `leverage` (trace of H_gg; they
        add up to k), `partial_leverage` (share of the term's own variation; they add up to 1), and
        the coefficient `without` the cluster (nan where it does not exist then).
    n, k, n_clusters
        Rows, coefficients, clusters.
    effective
        Carter, Schnepel and Steigerwald's (2017) effective number of clusters, G / (1 + Gamma),
        for errors that are independent (`rho` 0); it can only fall short of `n_clusters`.
    effective_alike
        The same for errors that are one and the same within a cluster (rho 1); nan where that
        cannot be, as with fixed effects of the clusters.
    varying
        Clusters in which the term varies once the other terms are allowed for.
    rarer
        Clusters that hold the rarer value of a term of two values; 0 for other terms.
    alone
        Clusters that alone decide the coefficient, in words; None when none does.
    name
        What the clusters are called.
    """

    term: str
    table: pd.DataFrame
    n: int
    k: int
    n_clusters: int
    effective: float
    effective_alike: float
    varying: int
    rarer: int
    alone: Text | None
    name: str

    def frame(self) -> pd.DataFrame:
        """One row that sums up: numbers of clusters, sizes, spread and leverage."""
        rows, partial = self.table["rows"], self.table["partial_leverage"]
        return pd.DataFrame(
            {
                "term": [self.term],
                "clusters": [self.n_clusters],
                "effective": [self.effective],
                "effective_alike": [self.effective_alike],
                "smallest": [int(rows.min())],
                "median": [float(rows.median())],
                "largest": [int(rows.max())],
                "size_cv": [float(rows.std() / rows.mean())],
                "largest_partial_leverage": [float(partial.max())],
                "most_influential": [str(self.table.loc[partial.idxmax(), "cluster"])],
            }
        )


def cluster_shape(
    y: object,
    X: pd.DataFrame,
    cluster: object,
    term: str,
    *,
    weights: object = None,
    name: str | None = None,
) -> ClusterShape:
    """Describe the clusters of a linear model (MacKinnon, Nielsen and Webb 2023, section 3).

    Parameters
    ----------
    y, X, cluster, weights
        As for `least_squares`.
    term
        The coefficient.

    Raises
    ------
    UserError
        No clusters, unknown term, missing values, collinear terms.
    """
    if cluster is None:
        raise UserError("there are no clusters to describe", "name the column of clusters")
    rows = kept_rows(y, X, weights, cluster)
    codes, labels = kept_codes(cluster, rows)
    G = len(labels)
    parts = term_last(rows.y, rows.X, rows.terms, codes, G, term)
    partial = parts.S[:, -1, -1]
    table = pd.DataFrame(
        {
            "cluster": labels,
            "rows": np.bincount(codes, minlength=G),
            "leverage": np.trace(parts.S, axis1=1, axis2=2),
            "partial_leverage": partial,
            "without": _without(parts),
        }
    )
    return ClusterShape(
        term,
        table,
        parts.n,
        parts.beta.size,
        G,
        effective_clusters(partial),
        effective_clusters(_alike(rows, codes, G, term)),
        int((partial > NO_VARIATION).sum()),
        _rarer(rows, codes, term),
        decided_alone(parts, labels).deciding(parts.L[-1]),
        cluster_name(cluster, name),
    )


def effective_clusters(gamma: Floats) -> float:
    """G / (1 + Gamma), Gamma the squared coefficient of variation of gamma_g, (G,).

    gamma_g is cluster g's part in the variance of the coefficient (Carter, Schnepel and Steigerwald
    2017, eq. 10); nan where all are 0.
    """
    mean = float(gamma.mean())
    if mean <= NO_VARIATION**2:
        return nan
    return float(gamma.size / (1 + gamma.var() / mean**2))


def warnings_of(
    shape: ClusterShape, label: Text | None = None, names: Mapping[str, Text] | None = None
) -> tuple[Text, ...]:
    """Say in words what makes clustered inference on the coefficient shaky; empty when nothing.

    `label` is what readers call the term, `names` what they call clusters; without them the term's
    and the cluster's own name stand.
    """
    label = label or Text(shape.term, shape.term)
    G = shape.n_clusters
    share = _effective_range(shape)[0] / G
    partial = shape.table["partial_leverage"]
    heaviest = str(shape.table.loc[partial.idxmax(), "cluster"])
    top = (names or {}).get(heaviest, Text(heaviest, heaviest))
    found = [
        (G < VERY_FEW, _very_few(G)),
        (VERY_FEW <= G < FEW, _few(G)),
        (share < EFFECTIVE_SHARE, _unequal(shape, label)),
        (shape.varying < G, _constant(shape, label)),
        (0 < shape.rarer < FEW_HOLD and not shape.alone, _rare(shape, label)),
        *(((True, _alone(shape.alone, label)),) if shape.alone else ()),
        (
            partial.max() > TOP_LEVERAGE / G and G > TOP_LEVERAGE and not shape.alone,
            _top(top, partial.max()),
        ),
        (shape.k > G, _crowded(shape)),
    ]
    return tuple(text for applies, text in found if applies)


def _very_few(G: int) -> Text:
    return Text(
        f"Only {G} clusters: no method is reliable here; read the interval as a rough guide.",
        f"仅有 {G} 个聚类：任何方法都不可靠，区间只能作粗略参考。",
    )


def _few(G: int) -> Text:
    return Text(
        f"{G} clusters are few: CR1 with t({G - 1}) tends to reject too often; prefer CR2 with "
        "Satterthwaite's degrees of freedom or the wild cluster bootstrap.",
        f"聚类仅 {G} 个，偏少：CR1 配 t({G - 1}) 容易过度拒绝，"
        "宜用 CR2 配 Satterthwaite 自由度或 wild 聚类自助法。",
    )


def _unequal(shape: ClusterShape, label: Text) -> Text:
    low, high = _effective_range(shape)
    return Text(
        f"Clusters are very unequal: for {label.en}, {shape.n_clusters} clusters are worth "
        f"{low:.1f} to {high:.1f} equal ones, by how alike errors are within them.",
        f"聚类很不均衡：就 {label.zh} 而言，{shape.n_clusters} 个聚类约相当于 "
        f"{low:.1f} 至 {high:.1f} 个均等聚类，视组内误差相似程度而定。",
    )


def _constant(shape: ClusterShape, label: Text) -> Text:
    return Text(
        f"Given the other terms, {label.en} varies in {shape.varying} of "
        f"{shape.n_clusters} clusters only; the others add nothing to its estimate.",
        f"控制其他变量后，{label.zh} 仅在 {shape.n_clusters} 个聚类中的 {shape.varying} 个内"
        "有变化，其余聚类对其估计无贡献。",
    )


def _rare(shape: ClusterShape, label: Text) -> Text:
    return Text(
        f"{label.en} has its rarer value in {shape.rarer} of {shape.n_clusters} clusters: "
        "with so few, clustered errors are too small and the restricted wild bootstrap hardly "
        "ever rejects.",
        f"{label.zh} 的少数取值只出现在 {shape.n_clusters} 个聚类中的 {shape.rarer} 个："
        "此时聚类标准误偏小，施加原假设的 wild 自助法几乎从不拒绝。",
    )


def _alone(alone: Text, label: Text) -> Text:
    return Text(
        f"{alone.en} alone decides {label.en}: clustered errors are far too small and "
        "the restricted wild bootstrap hardly ever rejects; neither can be relied on.",
        f"{label.zh} 由 {alone.zh} 单独决定：聚类标准误严重偏小，"
        "施加原假设的 wild 自助法几乎从不拒绝，两者都不可依赖。",
    )


def _top(label: Text, share: float) -> Text:
    return Text(
        f"{label.en} carries {share:.0%} of the variation behind the estimate; look at the result "
        "without it.",
        f"{label.zh} 占估计所依据变异的 {share:.0%}，应查看去掉它之后的结果。",
    )


def _crowded(shape: ClusterShape) -> Text:
    return Text(
        f"{shape.k} coefficients on {shape.n_clusters} clusters: single coefficients can be "
        "tested, all of them jointly cannot.",
        f"{shape.n_clusters} 个聚类却有 {shape.k} 个系数：可以逐个检验，不能联合检验全部。",
    )


def _effective_range(shape: ClusterShape) -> tuple[float, float]:
    """Smaller and larger effective number of clusters; one of them where the other is unknown."""
    alike = shape.effective if isnan(shape.effective_alike) else shape.effective_alike
    return min(shape.effective, alike), max(shape.effective, alike)


def _rarer(rows: Rows, codes: NDArray[np.intp], term: str) -> int:
    """Clusters that hold the rarer value of a term of two values; 0 for other terms."""
    column = rows.X[:, rows.terms.index(term)] / rows.root
    column = np.round(column / np.abs(column).max(), DIGITS)
    values = np.unique(column)
    if values.size != 2:
        return 0
    return min(np.unique(codes[column == value]).size for value in values)


def _alike(rows: Rows, codes: NDArray[np.intp], G: int, term: str) -> Floats:
    """gamma_g of errors that are the same within clusters: squared sums of the term's influence."""
    j = rows.terms.index(term)
    Z, _ = np.linalg.qr(np.column_stack([np.delete(rows.X, j, axis=1), rows.X[:, j]]))
    influence = Z[:, -1] * rows.root
    influence = influence / np.linalg.norm(influence)
    return np.asarray(np.bincount(codes, influence, minlength=G) ** 2)


def _without(parts: ClusterParts) -> Floats:
    """Coefficient without each cluster, (G,); nan where it does not exist."""
    values, vectors = np.linalg.eigh(parts.S)
    free = 1 - values > SINGULAR
    inverse = np.where(free, 1 / np.where(free, 1 - values, 1.0), 0.0)
    # Inverse of I - Z_g'Z_g, (G, k, k), 0 in directions that no other cluster speaks to.
    F = (vectors * inverse[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    change = np.einsum("gij,gj->gi", F, parts.s)
    v = parts.L[-1]
    hit = (v @ vectors) ** 2 > DECIDED * float(v @ v)
    exists = ~(hit & ~free).any(axis=1)
    return np.where(exists, parts.beta[-1] - change @ v, nan)
