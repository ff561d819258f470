"""Random-effects meta-analysis of independent studies of one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import nan, sqrt, tanh

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
)
from compendium.stats.levels import at_level
from compendium.stats.method import NONE, Method
from compendium.stats.proportions import check_counts
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

METHODS = ("REML", "DL", "PM", "EE")
"""Restricted ML, DerSimonian-Laird, Paule-Mandel, and equal effects (tau2 = 0)."""
TESTS = ("hk", "hk-truncated", "z")
MIN_STUDIES = 2
MIN_FOR_PREDICTION = 3
"""Two studies say next to nothing of how studies differ."""
GRID_START, GRID_POINTS = 1e-4, 60
"""The slope of the restricted likelihood is looked at on a grid: it may have several maxima."""
ROOT = 1e-15
"""Tolerance of tau2, relative to the median sampling variance."""
EQUAL = 1e-13
"""Effects that differ by less than this, relative to the largest, differ by rounding."""
CONTINUITY = 0.5
"""Added to both cells of a study with an empty one, as metafor does."""


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of k studies on the scale on which they are averaged.

    Attributes
    ----------
    labels, y, v
        Names, effects and sampling variances, k each.
    scale
        "identity", "logit" (of shares), "z" (Fisher's, of correlations).
    note
        What was done to the figures.
    """

    labels: tuple[str, ...]
    y: Floats
    v: Floats
    scale: str = "identity"
    note: Method = NONE


@dataclass(frozen=True, eq=False)
class MetaAnalysis:
    """A random-effects meta-analysis.

    Attributes
    ----------
    effects
        What went in.
    on_scale
        Mean effect on the scale of averaging (logit, z, or as given).
    mean
        The same in natural units: share, correlation, or as given; p is that of `on_scale`.
    prediction
        value = the mean, ci = where the effect of one further study like these would lie, in
        natural units; nan below three studies.
    tau2
        Variance between studies on the scale of averaging, with the Q-profile interval (Viechtbauer
        2007).
    I2, H2
        Share of variance that is between studies (0 to 1), and total over within variance (Higgins
        and Thompson 2002).
    Q, Q_p
        Cochran's Q and its p-value, chi-squared(k - 1).
    weights
        Share of each study in the mean.
    """

    effects: Effects
    on_scale: Tidy
    mean: Tidy
    prediction: Tidy
    tau2: Tidy
    I2: float
    H2: float
    Q: float
    Q_p: float
    weights: Floats


def logit_shares(successes: object, trials: object, labels: object) -> Effects:
    """Logits of shares; a study with an empty cell has 0.5 added to both cells, and is counted."""
    same_rows(successes=successes, trials=trials, labels=labels)
    x, n = check_counts(successes, trials)
    empty = (x == 0) | (x == n)
    x = np.where(empty, x + CONTINUITY, x)
    rest = np.where(empty, n + 2 * CONTINUITY, n) - x
    count = int(empty.sum())
    note = Method.of("empty_cells", add=CONTINUITY, n=count) if count else NONE
    return Effects(_labels(labels, x.size), np.log(x / rest), 1 / x + 1 / rest, "logit", note)


def fisher_z(correlations: object, n: object, labels: object) -> Effects:
    """Fisher's z of correlations, variance 1 / (n - 3)."""
    same_rows(correlation=correlations, n=n, labels=labels)
    r, size = numbers(correlations, "correlation"), numbers(n, "n")
    refuse_rows(np.abs(r) >= 1, "a correlation must lie inside -1 to 1", "mend it", r)
    refuse_rows(size <= 3, "Fisher's z needs n above 3", "drop the study", size)
    return Effects(_labels(labels, r.size), np.arctanh(r), 1 / (size - 3), "z")


def random_effects(
    effects: Effects,
    level: float = LEVEL,
    *,
    method: str = "REML",
    test: str = "hk",
    groups: object = None,
    term: str = "mean effect",
) -> MetaAnalysis:
    """Mean of independent studies whose true effects differ.

    Parameters
    ----------
    effects
        From `given_effects`, `logit_shares` or `fisher_z`.
    method
        Estimator of tau2: "REML", "DL" (1986), "PM" (1982); "EE" assumes that all are equal.
    test
        "hk": Hartung and Knapp (2001), t(k-1), not truncated, so it can be narrower than "z";
        "hk-truncated": its factor is at least 1 (the ad hoc correction); "z": normal.
    groups
        Label of each study's independent sample; two studies of one group are refused.

    Raises
    ------
    UserError
        One study; two studies of one sample; unknown method or test; "hk" of studies that all have
        one effect, from which it would make an error of 0.

    Notes
    -----
    The prediction interval uses the quantile of the test: t(k-1) with "hk", normal with "z", as
    metafor does; Higgins et al. (2009) use t(k-2). Blind spot: with few studies tau2 is hardly
    known, and prediction intervals cover too little (Partlett and Riley 2017): 0.86 instead of 0.95
    with 8 studies of unequal size in a simulation among the tests.
    """
    _check(effects, method, test, groups)
    k = effects.y.size
    tau2 = 0.0 if method == "EE" else _TAU2[method](effects.y, effects.v)
    w = 1 / (effects.v + tau2)
    mean = float(w @ effects.y / w.sum())
    factor = 1.0 if test == "z" else float(w @ (effects.y - mean) ** 2) / (k - 1)
    factor = max(factor, 1.0) if test == "hk-truncated" else factor
    if test == "hk" and np.ptp(effects.y) <= EQUAL * np.abs(effects.y).max():
        raise UserError(
            f"all {effects.y.size} studies have the same effect, from which Hartung and Knapp "
            "make an error of 0",
            'use test="hk-truncated" or "z"',
            value=float(effects.y[0]),
        )
    se = sqrt(factor / w.sum())
    df = float("inf") if test == "z" else float(k - 1)
    words = _words(effects, method, test, factor)
    on_scale = _line(term, mean, se, df, check_level(level), k, words)
    spread = sqrt(se**2 + tau2) if k >= MIN_FOR_PREDICTION else nan
    ahead = _line(term, mean, spread, df, level, k, Method.of("prediction_interval", fit=words))
    Q = _generalised_q(0.0, effects.y, effects.v)
    I2, H2 = _heterogeneity(effects.v, tau2, Q, method)
    return MetaAnalysis(
        effects,
        on_scale,
        _natural(on_scale, effects.scale),
        replace(_natural(ahead, effects.scale), p=nan),
        _tau2_line(tau2, effects, level, method),
        I2,
        H2,
        Q,
        float(special.chdtrc(k - 1, Q)),
        w / w.sum(),
    )


def forest(analysis: MetaAnalysis) -> pd.DataFrame:
    """Rows of a forest plot in natural units.

    Columns `label`, `kind` ("study", "mean", "prediction"), `value`, `ci_low`, `ci_high`, `weight`.
    Studies have normal intervals on the scale of averaging.
    """
    effects, level = analysis.effects, analysis.mean.level
    half = t_quantile(level, np.inf) * np.sqrt(effects.v)
    rows = [
        (label, "study", *(_back(x, effects.scale) for x in (y, y - h, y + h)), weight)
        for label, y, h, weight in zip(
            effects.labels, effects.y, half, analysis.weights, strict=True
        )
    ]
    for kind, line in (("mean", analysis.mean), ("prediction", analysis.prediction)):
        rows.append((kind, kind, line.value, line.ci_low, line.ci_high, nan))
    frame = pd.DataFrame(rows, columns=["label", "kind", "value", "ci_low", "ci_high", "weight"])
    return at_level(frame, [level])


def _labels(labels: object, k: int) -> tuple[str, ...]:
    names = tuple(str(label) for label in pd.Series(labels))
    if len(names) != k:
        raise UserError(f"{len(names)} labels for {k} studies", "give one a study")
    return names


def _check(effects: Effects, method: str, test: str, groups: object) -> None:
    if method not in METHODS:
        raise UserError("unknown method", f"use one of {', '.join(METHODS)}", value=method)
    if test not in TESTS:
        raise UserError("unknown test", f"use one of {', '.join(TESTS)}", value=test)
    if effects.y.size < MIN_STUDIES:
        raise UserError(
            f"a meta-analysis of {effects.y.size} study is none", "report the study as it is"
        )
    refuse_rows(effects.v <= 0, "a sampling variance must be positive", "mend the study")
    if groups is not None:
        names = _labels(groups, effects.y.size)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UserError(
                "several effects come from one sample", "keep one a sample", value=twice[0]
            )


def _generalised_q(tau2: float, y: Floats, v: Floats) -> float:
    w = 1 / (v + tau2)
    return float(w @ (y - w @ y / w.sum()) ** 2)


def _dersimonian_laird(y: Floats, v: Floats) -> float:
    w = 1 / v
    c = w.sum() - (w @ w) / w.sum()
    return max(0.0, float((_generalised_q(0.0, y, v) - (y.size - 1)) / c))


def _reml(y: Floats, v: Floats) -> float:
    """Best of 0 and all interior maxima of the restricted likelihood."""
    top = float(v.max() + (y.max() - y.min()) ** 2)
    grid = np.append(0.0, np.geomspace(float(v.min()) * GRID_START, 4 * top, GRID_POINTS))
    slopes = np.array([_reml_slope(t, y, v) for t in grid])
    peaks = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    unit = float(np.median(v))
    candidates = [_root(lambda t: _reml_slope(t, y, v), grid[i], grid[i + 1], unit) for i in peaks]
    if slopes[0] <= 0:
        candidates.append(0.0)
    return max(candidates, key=lambda t: _restricted_loglik(t, y, v))


def _reml_slope(tau2: float, y: Floats, v: Floats) -> float:
    """Twice the derivative of the restricted log-likelihood."""
    w = 1 / (v + tau2)
    residual = y - w @ y / w.sum()
    return float((w**2) @ residual**2 - (w.sum() - (w @ w) / w.sum()))


def _restricted_loglik(tau2: float, y: Floats, v: Floats) -> float:
    w = 1 / (v + tau2)
    return float(np.log(w).sum() - np.log(w.sum()) - _generalised_q(tau2, y, v)) / 2


def _root(f: Callable[[float], float], low: float, high: float, unit: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(f, low, high, xtol=ROOT * unit, rtol=4 * np.finfo(float).eps))


_TAU2 = {
    "REML": _reml,
    "DL": _dersimonian_laird,
    "PM": lambda y, v: _tau2_at(float(y.size - 1), y, v),
}


def _tau2_at(target: float, y: Floats, v: Floats) -> float:
    """tau2 at which the generalised Q falls to the target; 0 if it is below it from the start."""
    if _generalised_q(0.0, y, v) <= target:
        return 0.0
    top = float(v.max() + (y.max() - y.min()) ** 2)
    while _generalised_q(top, y, v) > target:
        top *= 4
    return _root(lambda t: _generalised_q(t, y, v) - target, 0.0, top, float(np.median(v)))


def _tau2_line(tau2: float, effects: Effects, level: float, method: str) -> Tidy:
    df, tail = effects.y.size - 1, (1 - level) / 2
    low, high = (
        _tau2_at(float(special.chdtri(df, p)), effects.y, effects.v) for p in (tail, 1 - tail)
    )
    words = Method.of("between_studies", tau2=method)
    words = words.then("q_too_small") if high == 0 else words.also("q_profile")
    if high == 0:
        low, high = nan, nan
    return Tidy("tau2", tau2, nan, low, high, level, nan, effects.y.size, 0, words)


def _heterogeneity(v: Floats, tau2: float, Q: float, method: str) -> tuple[float, float]:
    """I2 and H2 from tau2 and the typical sampling variance, or from Q where tau2 is not estimated.

    Higgins and Thompson (2002, eq. 9 and 6).
    """
    if method == "EE":
        return max(0.0, 1 - (v.size - 1) / Q) if Q > 0 else 0.0, Q / (v.size - 1)
    w = 1 / v
    typical = (v.size - 1) * w.sum() / (w.sum() ** 2 - w @ w)
    return float(tau2 / (tau2 + typical)), float(tau2 / typical + 1)


def _words(effects: Effects, method: str, test: str, factor: float) -> Method:
    df = effects.y.size - 1
    tests = {
        "z": Method.of("normal"),
        "hk": Method.of("hartung_knapp", df=df, factor=factor),
        "hk-truncated": Method.of("hartung_knapp_truncated", df=df),
    }
    scale = "" if effects.scale == "identity" else f"_{effects.scale}"
    told = {} if method == "EE" else {"tau2": method}
    equal = method == "EE"
    model = Method.of(f"equal_effects{scale}" if equal else f"random_effects{scale}", **told)
    return model.also("studies", k=effects.y.size).also(tests[test]).then(effects.note)


def _line(
    term: str, value: float, se: float, df: float, level: float, k: int, words: Method
) -> Tidy:
    half = t_quantile(level, df) * se
    p = t_p_value(value / se, df)
    return Tidy(term, value, se, value - half, value + half, level, p, k, 0, words)


def _back(x: float, scale: str) -> float:
    if scale == "logit":
        return float(special.expit(x))
    return tanh(x) if scale == "z" else float(x)


def _natural(line: Tidy, scale: str) -> Tidy:
    """Back to shares or correlations; the standard error by the delta method."""
    if scale == "identity":
        return line
    value, low, high = (_back(x, scale) for x in (line.value, line.ci_low, line.ci_high))
    slope = value * (1 - value) if scale == "logit" else 1 - value**2
    return Tidy(
        line.term, value, slope * line.se, low, high, line.level, line.p, line.n, 0, line.method
    )
