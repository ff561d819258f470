"""May answers be averaged within units? ICC(1), ICC(2), rwg(j) and average deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.measurement.answers import answers
from compendium.measurement.items import scale_scores
from compendium.stats.checks import LEVEL, check_level, same_rows
from compendium.stats.clusters import cluster_codes, cluster_name, cluster_sums
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

SLIGHTLY_SKEWED = (0.05, 0.15, 0.20, 0.35, 0.25)
"""Slightly skewed answers to five categories (LeBreton and Senter 2008, table 2): variance 1.34."""
AGREED = 0.70
"""Customary value of rwg(j) from which a unit's members agree (LeBreton and Senter 2008)."""
PROBABILITY = 1e-9
"""How far probabilities may sum from 1."""
TIE = 1e-12
"""Relative distance from a limit at which a unit is on it, not beyond."""
ROUNDING = 1e-20
"""Share of all squares below which those within units, or between them, are rounding."""


@dataclass(frozen=True)
class Icc:
    """Intraclass correlations of a one-way random-effects model.

    Attributes
    ----------
    icc1
        Share of the variance that lies between units; reliability of one answer as a measure of
        its unit. With the p-value of the F test (one-sided).
    icc2
        Reliability of a unit's mean; an interval ends at 0 at the lowest. nan where F is below 1:
        the means then differ less than chance alone would have it, and the formula falls without
        bound.
    f
        Mean square between units over that within them.
    size
        Rows a unit: (N - sum n^2 / N) / (G - 1), the plain mean when units are of one size.
    """

    icc1: Tidy
    icc2: Tidy
    f: float
    size: float


@dataclass(frozen=True, eq=False)
class Consensus:
    """Agreement within units.

    Attributes
    ----------
    units
        One row a unit: `unit`, `n`, `rwg_uniform`, `rwg_slight_skew` (where it is defined),
        `average_deviation`. rwg below 0 is set to 0, as the custom is. Units with one row are left
        out: they agree with themselves.
    single
        Units left out.
    limit
        Average deviation up to which members agree: categories / 6 (Burke and Dunlap 2002).
    """

    units: pd.DataFrame
    single: int
    limit: float


def icc(values: object, unit: object, *, level: float = LEVEL, name: str | None = None) -> Icc:
    """ICC(1) and ICC(2) from one-way analysis of variance (Bartko 1976; James 1982).

    Parameters
    ----------
    values
        Scale score of each row; rows with a missing one are left out.
    unit
        Label of each row's unit.

    Returns
    -------
    Icc
        Intervals follow from those of F; exact for units of one size and normal answers, otherwise
        approximate (Donner 1979). ICC(1) may be negative: then rows of a unit are less alike than
        rows of different units.

    Raises
    ------
    UserError
        One unit only, no unit with two rows, constant values.
    """
    same_rows(values=values, units=unit)
    y = answers(pd.DataFrame({"value": values})).Y[:, 0]
    labels = pd.Series(unit)
    kept = ~np.isnan(y)
    y = y[kept]
    codes, G = cluster_codes(labels[kept], len(y))
    between, within, size = _mean_squares(y, codes, G)
    df = G - 1, len(y) - G
    f = between / within
    by = cluster_name(unit, name)
    lines = _icc_lines(f, df, size, check_level(level), len(y), G, by)
    return Icc(*lines, f, size)


def consensus(
    items: pd.DataFrame, unit: object, *, categories: int, columns: Sequence[str] | None = None
) -> Consensus:
    """rwg(j) and average deviation of each unit over complete rows.

    rwg(j) (James, Demaree and Wolf 1984) compares the mean variance of J items within a unit with
    the variance that answers without any agreement would have: uniform over the categories, or
    slightly skewed as raters tend to be (five categories only; elsewhere the column is nan).
    AD (Burke, Finkelstein and Dusig 1999) is the mean distance from the unit's mean, over items.

    Parameters
    ----------
    items
        Answers, one row a respondent, coded in steps of 1.
    unit
        Label of each row's unit.
    categories
        Number of possible answers.
    columns
        Items of the scale, all columns by default.

    Raises
    ------
    UserError
        One unit only, no unit with two complete rows, answers that span more than the categories.

    Notes
    -----
    With many items rwg(j) rises for any given variance, and 0.70 says little; it also rewards
    a restricted range. Read it beside ICC(1).
    """
    found = answers(items, columns)
    _check_categories(found.Y, categories)
    same_rows(items=items, units=unit)
    labels = pd.Series(unit)
    rows = found.complete_rows()
    names = labels[found.complete]
    codes, G = cluster_codes(names, len(rows))
    n = np.bincount(codes, minlength=G)
    if n.max() < 2:
        raise UserError("no unit has two complete rows", "agreement needs two members")
    mean = cluster_sums(rows, codes, G) / n[:, None]
    gaps = rows - mean[codes]
    kept = n > 1
    squares = cluster_sums(gaps**2, codes, G)[kept] / (n[kept] - 1)[:, None]
    variance = squares.mean(axis=1)
    deviation = cluster_sums(np.abs(gaps), codes, G)[kept] / n[kept][:, None]
    J = rows.shape[1]
    raw = rwg_j(variance, uniform_variance(categories), J)
    skewed = (
        rwg_j(variance, null_variance(SLIGHTLY_SKEWED), J)
        if categories == len(SLIGHTLY_SKEWED)
        else np.full(variance.size, nan)
    )
    units = pd.DataFrame(
        {
            "unit": pd.unique(names)[kept],
            "n": n[kept],
            "rwg_uniform": np.maximum(raw, 0.0),
            "rwg_slight_skew": np.maximum(skewed, 0.0),
            "average_deviation": deviation.mean(axis=1),
        }
    )
    limit = categories / 6
    return Consensus(units, int((~kept).sum()), limit)


def aggregation(
    items: pd.DataFrame,
    scales: Mapping[str, Sequence[str]],
    unit: object,
    *,
    categories: int,
    level: float = LEVEL,
    name: str | None = None,
) -> tuple[pd.DataFrame, dict[str, Icc], dict[str, Consensus]]:
    """Everything that speaks for or against unit means, by scale.

    Returns
    -------
    frame
        `scale`, `units`, `size`, `icc1`, `icc1_low`, `icc1_high`, `icc2`, `f`, `p`, medians
        `rwg_uniform` and `rwg_slight_skew`, `share_agreed` (rwg under the slightly skewed null at
        least 0.70, uniform where that is not defined), `average_deviation` (median) and `share_ad`
        (units within its limit).
    correlations, agreements
        What is found, by scale.
    """
    scores = scale_scores(items, scales)
    found = {s: icc(scores[s], unit, level=level, name=name) for s in scales}
    agreed = {
        s: consensus(items, unit, categories=categories, columns=c) for s, c in scales.items()
    }
    frame = at_level(pd.DataFrame([_summary(s, found[s], agreed[s]) for s in scales]), [level])
    return frame, found, agreed


def rwg_j(variance: Floats, null: float, J: int) -> Floats:
    """rwg(j) of units with the given mean item variance; rwg when J is 1. May be negative."""
    ratio = variance / null
    same = 1 - ratio
    # Beyond the pole of the step-up formula the index turns back above 1; these units are at -inf.
    bottom = J * same + ratio
    return np.asarray(np.where(bottom > 0, J * same / np.where(bottom > 0, bottom, 1.0), -np.inf))


def uniform_variance(categories: int) -> float:
    """Variance of answers spread evenly over categories 1 to A: (A^2 - 1) / 12."""
    return (categories**2 - 1) / 12


def null_variance(probabilities: Sequence[float]) -> float:
    """Variance of answers 1 to A with the given probabilities."""
    q = np.asarray(probabilities, dtype=float)
    if (q < 0).any() or abs(q.sum() - 1) > PROBABILITY:
        raise UserError("probabilities of answers must sum to 1", "give shares", value=list(q))
    a = np.arange(1, q.size + 1)
    return float(q @ a**2 - (q @ a) ** 2)


def _mean_squares(y: Floats, codes: Integers, G: int) -> tuple[float, float, float]:
    n = np.bincount(codes, minlength=G)
    N = len(y)
    if n.max() < 2:
        raise UserError("no unit has two rows", "within-unit variance needs two members")
    means = np.bincount(codes, y, minlength=G) / n
    within = float(((y - means[codes]) ** 2).sum())
    between = float(n @ (means - y.mean()) ** 2)
    whole = float(((y - y.mean()) ** 2).sum())
    if within <= ROUNDING * whole:
        raise UserError("rows of a unit are all alike", "ICC is 1 and cannot be tested")
    if between <= ROUNDING * whole:
        between = 0.0
    size = (N - float(n @ n) / N) / (G - 1)
    return between / (G - 1), within / (N - G), size


def _icc_lines(
    f: float, df: tuple[int, int], size: float, level: float, n: int, G: int, by: str
) -> tuple[Tidy, Tidy]:
    tail = (1 - level) / 2
    low, high = f / special.fdtri(*df, 1 - tail), f / special.fdtri(*df, tail)
    if f == 0:
        low = high = nan
    p = float(special.fdtrc(*df, f))

    def first(x: float) -> float:
        return float((x - 1) / (x + size - 1))

    def second(x: float) -> float:
        return max(1 - 1 / x, 0.0) if x > 0 else 0.0

    anova = Method.of("anova", G=G)
    anova = anova.namely("none_alike") if f == 0 else anova
    one, two = (Method.of(f"icc{i}", by=by).also(anova) for i in (1, 2))
    line = Tidy("icc1", first(f), nan, first(low), first(high), level, p, n, G, one)
    if f < 1:
        two = two.namely("below_chance")
        return line, Tidy("icc2", nan, level=level, p=p, n=n, n_clusters=G, method=two)
    return line, Tidy("icc2", second(f), nan, second(low), second(high), level, p, n, G, two)


def _summary(scale: str, found: Icc, agreed: Consensus) -> dict[str, object]:
    units = agreed.units
    skewed = units["rwg_slight_skew"]
    judged = units["rwg_uniform"] if skewed.isna().all() else skewed
    return {
        "scale": scale,
        "units": found.icc1.n_clusters,
        "size": found.size,
        "icc1": found.icc1.value,
        "icc1_low": found.icc1.ci_low,
        "icc1_high": found.icc1.ci_high,
        "icc2": found.icc2.value,
        "f": found.f,
        "p": found.icc1.p,
        "rwg_uniform": float(units["rwg_uniform"].median()),
        "rwg_slight_skew": float(skewed.median()) if skewed.notna().any() else nan,
        "share_agreed": float((judged >= AGREED * (1 - TIE)).mean()),
        "average_deviation": float(units["average_deviation"].median()),
        "share_ad": float((units["average_deviation"] <= agreed.limit * (1 + TIE)).mean()),
    }


def _check_categories(values: Floats, categories: int) -> None:
    span = float(np.nanmax(values) - np.nanmin(values))
    if categories < 2 or span > categories - 1:
        raise UserError(
            f"answers span {span:g} steps, {categories} categories have {categories - 1}",
            "give the number of possible answers",
            value=categories,
        )
