"""Which clustered tests hold their size, by simulation: few clusters, equal and unequal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.inference.multipliers import multipliers
from compendium.inference.wild import TIE
from compendium.stats.checks import t_quantile
from compendium.stats.clusters import cluster_grams, cr1_factor
from compendium.stats.few_clusters import ClusterParts, corrected, corrections
from compendium.text import Text

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

METHODS = {
    "CR0": Text("CR0, normal", "CR0，正态"),
    "CR1": Text("CR1, t(G-1)", "CR1，t(G-1)"),
    "CR2": Text("CR2, Satterthwaite t", "CR2，Satterthwaite t"),
    "CR3": Text("CR3, t(G-1)", "CR3，t(G-1)"),
    "WCR Rademacher": Text(
        "wild bootstrap, null imposed, Rademacher", "wild 自助法，施加原假设，Rademacher 权重"
    ),
    "WCR Webb": Text("wild bootstrap, null imposed, Webb", "wild 自助法，施加原假设，Webb 权重"),
    "WCU Rademacher": Text(
        "wild bootstrap, null not imposed, Rademacher", "wild 自助法，不施加原假设，Rademacher 权重"
    ),
}
SHAPES = {
    "balanced": Text("equal clusters", "聚类均等"),
    "unequal": Text("unequal clusters", "聚类不均"),
    "few treated": Text("one cluster in five treated", "五分之一的聚类受处理"),
}
CLUSTERS = (10, 20, 40)

VERDICTS = {
    "holds": Text("holds its size", "水平基本准确"),
    "too often": Text("rejects too often", "过度拒绝"),
    "too rarely": Text("rejects too rarely", "拒绝过少"),
}
NOMINAL = 0.05
TOLERATED = 0.2
"""A size within this share of its level will do: 4 to 6 % for 5 % (Cochran 1952)."""

PER_DESIGN = 50
"""Replications that share a design and random weights: enough to compute them in one product."""
MEAN_SIZE = 15
"""Rows a cluster on average: that of respondents in a sampled unit."""
SPREAD = 2.0
"""Sizes of unequal clusters grow as exp(2 g / G) (MacKinnon and Webb 2017): e^2 from end to end."""
TREATED_SHARE = 0.2
"""Clusters treated in the shape "few treated": 2, 4 and 8 of 10, 20 and 40."""
ICC = 0.1
"""Share of the variance of errors that lies between clusters."""
BETWEEN = 0.5
"""Share of the variance of the term that lies between clusters."""


@dataclass(frozen=True, eq=False)
class _Design:
    """Terms and clusters, drawn once for many replications.

    Attributes
    ----------
    Z
        Orthonormal terms, the one under test last, (n, k).
    codes
        Cluster of each row, sorted.
    starts
        First row of each cluster.
    """

    Z: Floats
    codes: Integers
    starts: Integers


def size_study(
    clusters: Sequence[int] = CLUSTERS,
    shapes: Sequence[str] = tuple(SHAPES)[:2],
    methods: Sequence[str] = tuple(METHODS),
    *,
    seed: int,
    replications: int = 1000,
    draws: int = 399,
    nominal: float = NOMINAL,
) -> pd.DataFrame:
    """Simulate a true null and count how often each method rejects it.

    Outcomes have an error of each cluster and one of each row; the term under test varies between
    and within clusters, or is a treatment of one cluster in five. Every PER_DESIGN replications
    have a design of their own.

    Parameters
    ----------
    clusters
        Numbers of clusters.
    shapes
        Of "balanced" (15 rows each), "unequal" (as many rows in all, the largest cluster about
        seven times the smallest) and "few treated" (balanced, a treatment of whole clusters).
    methods
        Of `METHODS`.
    seed
        Each cell draws from the seed and its own name: cells do not depend on which others run.
    replications
        Of each cell, rounded up to whole designs.
    draws
        Of each wild bootstrap.
    nominal
        Size that the tests should have; it has nothing to do with the level of intervals.

    Returns
    -------
    A row a cell: `clusters`, `shape`, `method`, `size` (share of true nulls rejected), `mc_error`
    (the larger of the binomial one and that of the means of designs), `low` and `high` (two of
    these either way), `verdict` (a key of `VERDICTS`), `replications`, `draws`.

    Raises
    ------
    UserError
        Unknown shape or method, fewer than five clusters, no replications.
    """
    _check(clusters, shapes, methods, replications)
    rows = []
    for G in clusters:
        for shape in shapes:
            rejected = _cell(G, shape, tuple(methods), seed, replications, draws, nominal)
            rows += [
                _row(G, shape, method, hits, draws, nominal)
                for method, hits in zip(methods, rejected, strict=True)
            ]
    return pd.DataFrame(rows)


def verdict(size: float, error: float, level: float = NOMINAL) -> str:
    """Say whether a size is its level, or near enough, within two Monte Carlo errors."""
    if size - 2 * error > level * (1 + TOLERATED):
        return "too often"
    return "too rarely" if size + 2 * error < level * (1 - TOLERATED) else "holds"


def _check(
    clusters: Sequence[int], shapes: Sequence[str], methods: Sequence[str], replications: int
) -> None:
    for values, known, what in (
        (shapes, tuple(SHAPES), "shape"),
        (methods, tuple(METHODS), "method"),
    ):
        unknown = [value for value in values if value not in known]
        if unknown:
            raise UserError(f"unknown {what}", f"use of {', '.join(known)}", value=unknown[0])
    if min(clusters) < 5:
        raise UserError("too few clusters to simulate", "use 5 or more", value=min(clusters))
    if replications < 1:
        raise UserError("no replications", "use 1000", value=replications)


def _row(
    G: int, shape: str, method: str, hits: Floats, draws: int, level: float
) -> dict[str, object]:
    size, designs = float(hits.mean()), len(hits)
    binomial = sqrt(max(size, 1 / hits.size) * (1 - size) / hits.size)
    between = float(hits.mean(axis=1).std(ddof=1)) / sqrt(designs) if designs > 1 else 0.0
    error = max(binomial, between)
    return {
        "clusters": G,
        "shape": shape,
        "method": method,
        "size": size,
        "mc_error": error,
        "low": max(0.0, size - 2 * error),
        "high": size + 2 * error,
        "verdict": verdict(size, error, level),
        "replications": hits.size,
        "draws": draws if method.startswith("WC") else 0,
    }


def _cell(
    G: int,
    shape: str,
    methods: tuple[str, ...],
    seed: int,
    replications: int,
    draws: int,
    level: float,
) -> list[Floats]:
    """Rejections of each method, (designs, PER_DESIGN) each."""
    designs = -(-replications // PER_DESIGN)
    found = [_replicate(G, shape, methods, (seed, i), draws, level) for i in range(designs)]
    return [np.array([one[m] for one in found]) for m in range(len(methods))]


def _replicate(
    G: int, shape: str, methods: tuple[str, ...], seed: tuple[int, int], draws: int, level: float
) -> list[NDArray[np.bool_]]:
    """Rejections of each method for one design, by the study's seed and the design's number."""
    rng = np.random.default_rng([seed[0], G, crc32(shape.encode()), seed[1]])
    design = _design(G, shape, rng)
    n = design.codes.size
    shared = rng.normal(size=(G, PER_DESIGN))[design.codes] * sqrt(ICC)
    y = shared + rng.normal(size=(n, PER_DESIGN)) * sqrt(1 - ICC)
    theta = design.Z.T @ y
    s = _sums(design, y - design.Z @ theta)
    k = design.Z.shape[1]
    S = cluster_grams(design.Z, design.codes, G)
    parts = ClusterParts(theta[:, 0], np.eye(k), s[:, :, 0], S, n)
    draw_seed = int(rng.integers(2**31))
    return [
        _bootstrap(method, S, theta[-1], s, draws, draw_seed, level)
        if method.startswith("WC")
        else _analytic(method, parts, theta[-1], s, level)
        for method in methods
    ]


def _sizes(G: int, shape: str) -> Integers:
    if shape != "unequal":
        return np.full(G, MEAN_SIZE, dtype=np.intp)
    share = np.exp(SPREAD * np.arange(1, G + 1) / G)
    return np.maximum(2, np.round(share / share.sum() * G * MEAN_SIZE)).astype(np.intp)


def _design(G: int, shape: str, rng: np.random.Generator) -> _Design:
    """Intercept, a control and the term under test, which comes last."""
    sizes = _sizes(G, shape)
    codes = np.repeat(np.arange(G), sizes)

    def mixed() -> Floats:
        between, within = rng.normal(size=G)[codes], rng.normal(size=codes.size)
        return np.asarray(sqrt(BETWEEN) * between + sqrt(1 - BETWEEN) * within)

    control = mixed()
    treated = rng.permutation(G) < round(TREATED_SHARE * G)
    term = treated[codes].astype(float) if shape == "few treated" else mixed()
    Z, R = np.linalg.qr(np.column_stack([np.ones(codes.size), control, term]))
    return _Design(Z * np.sign(np.diag(R)), codes, np.cumsum(sizes) - sizes)


def _sums(design: _Design, u: Floats) -> Floats:
    """Z_g'u_g of each replication, (G, k, replications)."""
    products = design.Z[:, :, None] * u[:, None, :]
    return np.asarray(np.add.reduceat(products, design.starts, axis=0))


def _analytic(
    method: str, parts: ClusterParts, theta: Floats, s: Floats, level: float
) -> NDArray[np.bool_]:
    G, k = parts.s.shape
    power = {"CR2": 0.5, "CR3": 1.0}.get(method, 0.0)
    influence = np.einsum("gj,gjr->gr", corrections(parts.S, power)[:, -1], s)
    factor = cr1_factor(parts.n, k, G) if method == "CR1" else 1.0
    t = np.abs(theta) / np.sqrt(factor * (influence**2).sum(axis=0))
    freedom = float(G - 1)
    if method == "CR0":
        freedom = np.inf
    elif method == "CR2":
        freedom = corrected(parts, power).df(np.eye(k)[-1])
    return np.asarray(t > t_quantile(1 - level, freedom))


def _bootstrap(
    method: str, S: Floats, theta: Floats, s: Floats, draws: int, seed: int, level: float
) -> NDArray[np.bool_]:
    """Rejections of all replications, from products of sums by cluster and weights.

    The squared error of a draw, the sum of (a_g v_g - T_g'C)^2, is multiplied out, so that no array
    of clusters by draws by replications is made.
    """
    form, kind = method.split(" ")
    imposed, T = form == "WCR", S[:, -1]
    a, b = s[:, -1], s
    if imposed:
        a, b = a + T[:, -1:] * theta, b + T[:, :, None] * theta
    V = multipliers(S.shape[0], draws, kind.lower(), seed)
    t2 = theta**2 / (s[:, -1] ** 2).sum(axis=0) * (1 - TIE)
    extreme = sum(_extreme(a, b, T, block, t2) for block in V.blocks())
    one = 0 if V.complete and imposed else 1
    return np.asarray((extreme + one) / (V.draws + one) <= level)


def _extreme(a: Floats, b: Floats, T: Floats, V: Floats, t2: Floats) -> Floats:
    """Number of draws with t*^2 at least t2, (replications,); all draws come from one product."""
    G, k, R = b.shape
    left = np.concatenate([a[:, None], b, a[:, None] * T[:, :, None]], axis=1)
    drawn = (left.reshape(G, -1).T @ V).reshape(2 * k + 1, R, -1)
    n, C, D = drawn[0], drawn[1 : k + 1], drawn[k + 1 :]
    MC = ((T.T @ T) @ C.reshape(k, -1)).reshape(C.shape)
    q = (a**2).T @ V**2 + (C * (MC - 2 * D)).sum(axis=0)
    return np.asarray((n**2 >= t2[:, None] * q).sum(axis=1), dtype=float)
