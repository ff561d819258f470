"""Agreement of two coders who coded the same units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, check_level, same_rows, t_quantile
from compendium.stats.clusters import cluster_codes, cluster_name
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.proportions import wilson
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

WEIGHTS = ("none", "linear", "quadratic")
NO_CHANCE = 1e-12
"""Chance agreement this close to 1 means that both coders used one category: kappa is 0/0."""
ALIKE = 1e-12
"""Share of the squares below which the spread over units is rounding: no error follows from it."""


@dataclass(frozen=True)
class Agreement:
    """Agreement of two coders.

    Attributes
    ----------
    percent, kappa, ac1
        Share agreed, Cohen's kappa and Gwet's AC1; for weighted ones see the methods. Kappa
        is nan where a coder used one category throughout (it is 0 then whatever the other coded),
        and errors and intervals are nan where all units agree alike; the methods say so.
    table
        Units by category of the first (rows) and second coder (columns).
    """

    percent: Tidy
    kappa: Tidy
    ac1: Tidy
    table: pd.DataFrame

    def tidy(self) -> tuple[Tidy, ...]:
        """Return the three measures as lines."""
        return self.percent, self.kappa, self.ac1


def agreement(
    first: object,
    second: object,
    categories: Sequence[object] | None = None,
    *,
    weights: str = "none",
    cluster: object = None,
    seed: int | None = None,
    draws: int = 1999,
    level: float = LEVEL,
    name: str | None = None,
) -> Agreement:
    """Agreement of two coders on the same units.

    Parameters
    ----------
    first, second
        Codes by unit, (n,), complete.
    categories
        All categories in order; by default those that occur, sorted. Order matters for weights.
    weights
        "none" for nominal codes, "linear" or "quadratic" for ordered ones.
    cluster
        Label of each unit's cluster (a case with several codes). Without it the standard
        errors are asymptotic (Fleiss, Cohen and Everitt 1969; Gwet 2008); with it the intervals
        are percentiles over resampled clusters, and a seed is needed. A draw in which one coder
        used one category counts with a kappa of 0; clusters in another order are another draw.

    Raises
    ------
    UserError
        A code is missing or not among the categories; unknown weights; clusters without a seed.
    """
    same_rows(first_codes=first, second_codes=second, clusters=cluster)
    codes, labels = _both(first, second, categories)
    w = weight_matrix(len(labels), weights)
    counts = _table(codes[0], codes[1], len(labels))
    statistics = {
        "percent": _percent(counts, level),
        "kappa": _kappa(counts, w, weights, level),
        "ac1": _ac1(counts, w, weights, level),
    }
    if cluster is not None:
        if seed is None:
            raise UserError("a cluster bootstrap needs a seed", "pass the study's seed")
        q = len(labels)
        index, G = cluster_codes(cluster, codes[0].size)
        tables = np.zeros((G, q * q))
        np.add.at(tables, (index, codes[0] * q + codes[1]), 1.0)
        picks = np.random.default_rng(seed).multinomial(G, np.full(G, 1 / G), size=draws)
        drawn = (picks @ tables).reshape(draws, q, q)
        percent = np.trace(drawn, axis1=1, axis2=2) / drawn.sum(axis=(1, 2))
        resampled = {
            "percent": percent,
            "kappa": kappa_of(drawn, w),
            "ac1": ac1_of(drawn, w),
            "G": np.asarray(float(G)),
        }
        clusters = cluster_name(cluster, name)
        statistics = {
            key: _clustered(tidy, resampled[key], clusters, resampled["G"], draws, seed, level)
            for key, tidy in statistics.items()
        }
    table = pd.DataFrame(counts.astype(int), index=labels, columns=labels)
    return Agreement(**statistics, table=table)


@dataclass(frozen=True)
class CodingAgreement:
    """Agreement of two codings, code by code and pooled.

    Attributes
    ----------
    frame
        One row a code: `code`, `n`, `agreement`, `kappa`, `kappa_interval_low`,
        `kappa_interval_high`, `ac1`, `ac1_interval_low`, `ac1_interval_high`; nan where a
        coefficient is undefined.
    pooled
        `percent`, `kappa` and `ac1` over all codes, clustered by unit.
    by_code
        Agreement by code.
    """

    frame: pd.DataFrame
    pooled: dict[str, Tidy]
    by_code: dict[str, Agreement]


def agreement_by_code(
    codings: pd.DataFrame,
    *,
    level: float = LEVEL,
    draws: int = 1999,
    seed: int,
    unit: str | None = None,
    code: str = "field",
    coders: tuple[str, str] = ("coder_1", "coder_2"),
) -> CodingAgreement:
    """Agreement of two coders on several codes of the same units, bootstrapped over units.

    Parameters
    ----------
    codings
        One row a code of a unit, with the columns named by `unit` (by default the first),
        `code` and `coders`.

    Raises
    ------
    UserError
        A code is missing in one of the codings.
    """
    unit = unit or str(codings.columns[0])

    def agree(rows: pd.DataFrame) -> Agreement:
        first, second = (rows[coder] for coder in coders)
        return agreement(
            first, second, cluster=rows[unit], seed=seed, draws=draws, level=level, name=unit
        )

    by_code = {
        str(key): agree(rows) for key, rows in codings.groupby(code, observed=True, sort=False)
    }
    overall = agree(codings)
    pooled = {"percent": overall.percent, "kappa": overall.kappa, "ac1": overall.ac1}
    return CodingAgreement(_frame(by_code), pooled, by_code)


def _frame(by_code: dict[str, Agreement]) -> pd.DataFrame:
    rows = [
        {
            "code": code,
            "n": found.percent.n,
            "agreement": found.percent.value,
            "kappa": found.kappa.value,
            "kappa_interval_low": found.kappa.ci_low,
            "kappa_interval_high": found.kappa.ci_high,
            "ac1": found.ac1.value,
            "ac1_interval_low": found.ac1.ci_low,
            "ac1_interval_high": found.ac1.ci_high,
        }
        for code, found in by_code.items()
    ]
    return at_level(pd.DataFrame(rows), (found.kappa.level for found in by_code.values()))


def weight_matrix(q: int, weights: str) -> Floats:
    """Agreement weights (q, q): 1 on the diagonal, falling with distance for ordered categories."""
    if weights not in WEIGHTS:
        raise UserError("unknown weights", f"use one of {', '.join(WEIGHTS)}", value=weights)
    if weights == "none" or q == 1:
        return np.eye(q)
    distance = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) / (q - 1)
    return np.asarray(1 - distance ** (1 if weights == "linear" else 2))


def kappa_of(tables: Floats, w: Floats) -> Floats:
    """Cohen's (weighted) kappa of tables (..., q, q); nan where chance agreement is certain."""
    p = tables / tables.sum(axis=(-2, -1), keepdims=True)
    observed = (w * p).sum(axis=(-2, -1))
    chance = np.einsum("...i,ij,...j->...", p.sum(-1), w, p.sum(-2))
    return _beyond(observed, chance)


def ac1_of(tables: Floats, w: Floats) -> Floats:
    """Gwet's AC1 (AC2 when weighted) of tables (..., q, q)."""
    q = w.shape[0]
    if q == 1:
        return np.full(tables.shape[:-2], nan)
    p = tables / tables.sum(axis=(-2, -1), keepdims=True)
    observed = (w * p).sum(axis=(-2, -1))
    pi = (p.sum(-1) + p.sum(-2)) / 2
    chance = w.sum() * (pi * (1 - pi)).sum(-1) / (q * (q - 1))
    return _beyond(observed, chance)


def _beyond(observed: Floats, chance: Floats) -> Floats:
    room = 1 - chance
    defined = np.abs(room) > NO_CHANCE
    return np.where(defined, (observed - chance) / np.where(defined, room, 1.0), nan)


def _both(
    first: object, second: object, categories: Sequence[object] | None
) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], list[object]]:
    a, b = (pd.Series(codes).reset_index(drop=True) for codes in (first, second))
    if not len(a):
        raise UserError("there are no codes", "give those of both coders, paired")
    found = pd.unique(pd.concat([a, b]).dropna())
    labels = sorted(found) if categories is None else list(categories)
    index = pd.Index(labels)
    coded = [index.get_indexer(pd.Index(series)) for series in (a, b)]
    bad = np.flatnonzero((coded[0] < 0) | (coded[1] < 0))
    if bad.size:
        row = int(bad[0])
        raise UserError(
            "a code is missing or not a category",
            "keep units that both coders coded",
            row=row + 1,
            value=(a[row], b[row]),
        )
    return (coded[0], coded[1]), labels


def _table(a: NDArray[np.intp], b: NDArray[np.intp], q: int) -> Floats:
    return np.bincount(a * q + b, minlength=q * q).reshape(q, q).astype(float)


def _percent(counts: Floats, level: float) -> Tidy:
    n, same = float(counts.sum()), float(np.trace(counts))
    p = same / n
    low, high = wilson(same, n, t_quantile(check_level(level), np.inf))
    method = Method.of("percent_agreement").also("two_coders").also("wilson")
    return Tidy("percent", p, sqrt(p * (1 - p) / n), low, high, level, nan, int(n), 0, method)


def _kappa(counts: Floats, w: Floats, weights: str, level: float) -> Tidy:
    """Kappa with the large-sample variance of Fleiss, Cohen and Everitt (1969, eq. 13)."""
    from statsmodels.stats.inter_rater import cohens_kappa

    n = counts.sum()
    statistic = _weighted("kappa", "kappa_weighted", weights)
    used = [int((counts.sum(axis) > 0).sum()) for axis in (0, 1)]
    if min(used) == 1:
        said = statistic.namely("both_one_category" if max(used) == 1 else "one_category")
        return Tidy("kappa", nan, n=int(n), level=level, method=said)
    with np.errstate(invalid="ignore"):  # a variance that rounding makes negative has no root
        found = cohens_kappa(counts, 1 - w)
    se = float(found.std_kappa) if found.var_kappa * n > ALIKE else nan
    return _asymptotic("kappa", float(found.kappa), se, int(n), statistic, level)


def _ac1(counts: Floats, w: Floats, weights: str, level: float) -> Tidy:
    """AC1 with the variance of its linearised value over units (Gwet 2008; as irrCAC has it)."""
    n, q = counts.sum(), w.shape[0]
    ac1 = float(ac1_of(counts, w))
    statistic = _weighted("ac1", "ac2", weights)
    if np.isnan(ac1):
        said = statistic.namely("only_category")
        return Tidy("ac1", nan, n=int(n), level=level, method=said)
    p = counts / n
    pi = (p.sum(1) + p.sum(0)) / 2
    chance = w.sum() * (pi * (1 - pi)).sum() / (q * (q - 1))
    slope = w.sum() * (1 - np.add.outer(pi, pi)) / (q * (q - 1))
    unit = w - (1 - ac1) * slope
    squares = float((p * unit**2).sum())
    spread = squares - float((p * unit).sum() ** 2)
    se = _error(spread, squares, n, float(1 - chance))
    return _asymptotic("ac1", ac1, se, int(n), statistic, level)


def _error(spread: float, squares: float, n: float, room: float) -> float:
    """Standard error from the spread over units; nan where they do not differ."""
    return sqrt(spread / n) / room if spread > ALIKE * squares else nan


def _weighted(plain: str, weighted: str, weights: str) -> Method:
    return Method.of(plain) if weights == "none" else Method.of(weighted, weights=weights)


def _asymptotic(
    term: str, value: float, se: float, n: int, statistic: Method, level: float
) -> Tidy:
    method = statistic.also("two_coders")
    if np.isnan(se):
        return Tidy(term, value, n=n, level=level, method=method.namely("no_spread"))
    half = t_quantile(level, np.inf) * se
    method = method.also("asymptotic")
    return Tidy(term, value, se, value - half, min(value + half, 1.0), level, nan, n, 0, method)


def _clustered(
    tidy: Tidy, values: Floats, clusters: str, G: Floats, draws: int, seed: int, level: float
) -> Tidy:
    defined = values[~np.isnan(values)]
    if np.isnan(tidy.value):
        return replace(tidy, n_clusters=int(G))
    if defined.size < 2:
        raise UserError(
            f"{tidy.term} is defined in {defined.size} of {draws} draws",
            "use more draws, or units of more clusters",
        )
    tail = (1 - level) / 2
    low, high = (float(v) for v in np.quantile(defined, [tail, 1 - tail]))
    coders = tidy.method.until("two_coders")
    if np.ptp(defined) <= ALIKE:
        method = coders.also("clusters", G=int(G)).namely("no_spread")
        return Tidy(tidy.term, tidy.value, nan, nan, nan, level, nan, tidy.n, int(G), method)
    lost = draws - defined.size
    method = coders.also("coders_bootstrap", by=clusters, G=int(G))
    method = method.also("draws", draws=draws, seed=seed)
    method = method.also("undefined_draws", n=lost) if lost else method
    if low == high:
        return Tidy(
            tidy.term, tidy.value, n=tidy.n, n_clusters=int(G), method=method.also("all_the_same")
        )
    se = float(defined.std(ddof=1))
    return Tidy(tidy.term, tidy.value, se, low, high, level, nan, tidy.n, int(G), method)
