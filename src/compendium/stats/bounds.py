"""What can be said of a prevalence when only 'named' is observed: worst-case bounds."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.checks import (
    LEVEL,
    check_level,
    numbers,
    refuse_rows,
    same_rows,
    t_p_value,
    t_quantile,
    without_index,
)
from compendium.stats.clusters import cluster_codes, cluster_name, cluster_sums
from compendium.stats.method import Method, clustered
from compendium.stats.method_words import LOWER_BOUND
from compendium.stats.proportions import NO_VARIANCE, pooled_share, wilson
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

WORDS = {"none": "worst_case", "monotone": "monotone"}
"""The method's word for each assumption."""


@dataclass(frozen=True)
class NamedBounds:
    """A prevalence known only to lie between two shares.

    Attributes
    ----------
    tidy
        value = the lower bound (the share named), se = its standard error, ci = the Imbens-Manski
        interval of the prevalence itself, which covers it wherever it lies between the bounds.
    lower, upper
        The two bounds.
    named, absent, unseen
        How many units are known to have it, known not to, and not known.
    """

    tidy: Tidy
    lower: float
    upper: float
    named: int
    absent: int
    unseen: int


def named_bounds(
    named: object,
    absent: object = None,
    cluster: object = None,
    level: float = LEVEL,
    *,
    assumption: str = "none",
    name: str | None = None,
    term: str = "prevalence",
) -> NamedBounds:
    """Bounds of the prevalence of a finding of which only 'named' is observed.

    Manski (1989, 2003): the unseen may all be without it or all have it, so the prevalence lies
    between named / n and (n - absent) / n. With nothing known to be absent the upper bound is 1:
    naming alone never says that something is rare.

    Parameters
    ----------
    named
        1 or True where named, by unit; 0, False and empty all mean 'not seen', never 'not there'.
    absent
        1 or True where the finding is known to be absent, e.g. from `read_again`; None: nowhere.
    cluster
        Label of each unit's cluster; None makes each unit its own.
    assumption
        "none", or "monotone": the unseen are no likelier to have it than the seen, so the upper
        bound is named / (named + absent). Without absent units that says nothing and is refused.

    Raises
    ------
    UserError
        A code other than 0, 1 or empty; no unit; a unit both named and absent; nothing absent
        under "monotone".
    """
    if assumption not in WORDS:
        raise UserError("unknown assumption", f"use {' or '.join(WORDS)}", value=assumption)
    same_rows(named=named, absent=absent, clusters=cluster)
    y, z = _codes(named, absent)
    cluster = without_index(cluster)
    one, rows = np.ones_like(y), np.ones(y.size, dtype=bool)
    if assumption == "monotone":
        if not z.any():
            raise UserError(
                "no unit is known to be absent, so monotone missingness bounds nothing",
                "use the second coder's reading, or no assumption",
            )
        rows = (y == 1) | (z == 1)
    clusters = cluster_name(cluster, name)
    low = pooled_share(y, one, cluster, level, name=clusters, term=term)
    seen = None if cluster is None else without_index(pd.Series(cluster)[rows])
    high = pooled_share(1 - z[rows], one[rows], seen, level, name=clusters, term=term)
    counts = (int(y.sum()), int(z.sum()), int((one - y - z).sum()))
    return _between(low, high, WORDS[assumption], clusters, *counts)


def read_again(first: object, second: object) -> pd.DataFrame:
    """Columns named and absent if the second coder would have found whatever was named.

    Named where either coder found it; absent where the second coder read the unit (the code is
    not empty) and neither found it. The index is that of the codes.
    """
    same_rows(first=first, second=second)
    index = next((codes.index for codes in (first, second) if isinstance(codes, pd.Series)), None)
    a, b = (pd.Series(codes).reset_index(drop=True).astype("Float64") for codes in (first, second))
    named = (a == 1).fillna(False) | (b == 1).fillna(False)
    found = pd.DataFrame({"named": named, "absent": (b == 0).fillna(False) & ~named}, dtype=bool)
    return found if index is None else found.set_axis(index)


def unseen_share_needed(
    named: object,
    absent: object = None,
    cluster: object = None,
    level: float = LEVEL,
    *,
    threshold: float = 0.5,
    name: str | None = None,
    term: str = "unseen share needed",
) -> Tidy:
    """Share of the unseen that would have to be 1 for the prevalence to reach the threshold.

    (threshold - named / n) / (unseen / n), a ratio linearised by cluster. At or below 0 the named
    alone suffice; above 1 not even all of the unseen would. Not a probability: no clipping.

    Raises
    ------
    UserError
        Nothing is unseen, or a threshold outside (0, 1).
    """
    if not 0 < threshold < 1:
        raise UserError("threshold must lie between 0 and 1", "use 0.5", value=threshold)
    same_rows(named=named, absent=absent, clusters=cluster)
    y, z = _codes(named, absent)
    unseen = 1 - y - z
    if not unseen.any():
        raise UserError("every case was seen, so there is nothing to bound", "report the share")
    index, G = cluster_codes(cluster, y.size)
    value = float((threshold - y).sum() / unseen.sum())
    u = cluster_sums(threshold - y - value * unseen, index, G)
    se = float(sqrt(G / (G - 1) * (u @ u)) / unseen.sum())
    se = se if se > NO_VARIANCE else nan
    half = t_quantile(check_level(level), G - 1) * se
    method = Method.of("unseen_needed", threshold=threshold)
    method = method.also(clustered("CR1", cluster_name(cluster, name), G))
    method = method if se > 0 else method.then("same_everywhere")
    p = t_p_value(value / se, G - 1) if se > 0 else nan
    return Tidy(term, value, se, value - half, value + half, level, p, y.size, G, method)


def imbens_manski_c(
    width: float, se_low: float, se_high: float, level: float, df: float = np.inf
) -> float:
    """Critical value c of Imbens and Manski (2004, eq. 6-7), with t(df) in place of the normal.

    Solves F(c + width / max(se)) - F(-c) = level. It is the two-sided critical value when the
    bounds coincide and the one-sided one when they lie far apart.
    """
    largest = max(se_low, se_high)
    if width <= 0:
        return t_quantile(check_level(level), df)
    if largest <= 0 or width / largest > _FAR_APART:
        return t_quantile(2 * check_level(level) - 1, df)
    from scipy.optimize import brentq

    gap = width / largest

    def excess(c: float) -> float:
        return _cdf(c + gap, df) - _cdf(-c, df) - level

    return float(brentq(excess, 0.0, t_quantile(level, df) + 1, xtol=1e-13))


_FAR_APART = 1e8
"""Standard errors; c does not differ from its one-sided limit in double precision beyond."""


def _cdf(x: float, df: float) -> float:
    return float(special.ndtr(x) if np.isinf(df) else special.stdtr(df, x))


def _codes(named: object, absent: object) -> tuple[Floats, Floats]:
    """Return y (1 where named) and z (1 where known to be absent), each (n,)."""
    y = _flags(named, "named")
    z = np.zeros_like(y) if absent is None else _flags(absent, "absent")
    if not y.size:
        raise UserError("no unit was given", "check the selection")
    refuse_rows((y == 1) & (z == 1), "a unit is both named and absent", "mend it")
    return y, z


def _flags(codes: object, name: str) -> Floats:
    series = pd.Series(codes).astype("Float64").fillna(0)
    flags = numbers(series, name)
    strange = (flags != 0) & (flags != 1)
    refuse_rows(strange, "a code must be 0, 1 or empty", "mend it", flags)
    return flags


def _between(
    low: Tidy, high: Tidy, word: str, clusters: str, named: int, absent: int, unseen: int
) -> NamedBounds:
    G = low.n_clusters
    width = high.value - low.value
    c = imbens_manski_c(width, _se(low), _se(high), low.level, G - 1)
    method = Method.of(word).namely(LOWER_BOUND, upper=high.value).then("imbens_manski")
    method = method.also(clustered("CR1", clusters, G))
    if np.isnan(low.se):
        method = method.then("no_variation_low")
    ci_low, ci_high = _limits(low, c)[0], _limits(high, c)[1]
    tidy = Tidy(low.term, low.value, low.se, ci_low, ci_high, low.level, nan, low.n, G, method)
    return NamedBounds(tidy, low.value, high.value, named, absent, unseen)


def _se(bound: Tidy) -> float:
    return 0.0 if np.isnan(bound.se) else bound.se


def _limits(bound: Tidy, c: float) -> tuple[float, float]:
    """Wilson limits; a share that does not vary between clusters counts one trial a cluster."""
    p = bound.value
    effective = p * (1 - p) / bound.se**2 if _se(bound) > 0 else bound.n_clusters
    return wilson(p * effective, effective, c)
