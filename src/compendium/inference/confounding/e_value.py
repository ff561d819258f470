"""E-values: how strong a confounder would have to be to explain a ratio away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf, isfinite, nan, sqrt

from compendium.errors import UserError
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

STANDARDISED = 0.91
"""log risk ratio per standard deviation of the outcome (Chinn 2000; VanderWeele 2017)."""


DIFFERENCE = "standardised_difference"


def _hazard(ratio: float) -> float:
    """Risk ratio of a hazard ratio of a common outcome (VanderWeele 2017)."""
    if ratio == 0:
        return 0.0
    if ratio == inf:
        return inf
    return float((1 - 0.5 ** sqrt(ratio)) / (1 - 0.5 ** sqrt(1 / ratio)))


_TO_RISK_RATIO: dict[str, Callable[[float], float]] = {
    "risk_ratio": lambda x: x,
    "rate_ratio": lambda x: x,
    "odds_ratio_rare": lambda x: x,
    "odds_ratio_common": sqrt,
    "hazard_ratio_rare": lambda x: x,
    "hazard_ratio_common": _hazard,
    DIFFERENCE: lambda x: exp(STANDARDISED * x),
}
MEASURES = tuple(_TO_RISK_RATIO)


@dataclass(frozen=True)
class EValue:
    """An E-value.

    Attributes
    ----------
    term, measure
        What was estimated, and on which scale it came.
    ratio, ci_low, ci_high, level
        Estimate and interval as a risk ratio, converted where `measure` needs it.
    true
        Risk ratio to which the confounder would have to move the estimate.
    value
        Least ratio by which a confounder would have to go together with both treatment and
        outcome, beyond the covariates, to do so.
    limit
        The same for the end of the interval that is nearer; 1 where the interval reaches it
        already, nan without an interval.
    method
        How the scale was converted, and the method of the estimate.
    """

    term: str
    measure: str
    ratio: float
    ci_low: float
    ci_high: float
    level: float
    true: float
    value: float
    limit: float
    n: int
    n_clusters: int
    method: Method

    def tidy(self) -> tuple[Tidy, ...]:
        """Return both E-values as lines, without intervals of their own."""
        counts = {"n": self.n, "n_clusters": self.n_clusters}
        return (
            Tidy("e_value", self.value, method=self.method, **counts),
            Tidy("e_value_limit", self.limit, method=self.method.also("nearer_limit"), **counts),
        )


def e_value(line: Tidy, measure: str = "risk_ratio", *, true: float | None = None) -> EValue:
    """E-value of a ratio and of the nearer limit of its interval (VanderWeele and Ding 2017).

    Parameters
    ----------
    line
        Estimate and interval on the scale of `measure`; ratios, not their logarithms. A
        standardised difference is per standard deviation of the outcome.
    measure
        One of `MEASURES`. An odds or hazard ratio is read as a risk ratio where the outcome is rare
        (below 15%); where it is common, an odds ratio is replaced by its square root.
    true
        What the confounder would have to leave, on the scale of `measure`; by default no effect.

    Raises
    ------
    UserError
        Unknown measure, a ratio or an end of its interval that is not above 0, true not above 0,
        an interval that leaves the estimate out.

    Notes
    -----
    Ends of an interval are converted as they are, so an interval that allows for clusters stays
    one. For a difference that is 0.91 times its half width; the authors' 1.78 se is that with a
    normal interval of 95%.

    Blind spots: for a continuous treatment the value is that of the contrast of one unit, and
    changes with the unit. The conversions of common outcomes and differences are approximations.
    It speaks of the strength that is needed, not of whether it is there: a confounder of this
    strength could, but need not, explain the estimate away, and weaker ones could do so together.
    """
    if measure not in _TO_RISK_RATIO:
        raise UserError("unknown measure", f"use one of {', '.join(MEASURES)}", value=measure)
    convert = _TO_RISK_RATIO[measure]
    plain = (line.value, line.ci_low, line.ci_high)
    _check_ratios(plain, measure)
    nothing = 0.0 if measure == DIFFERENCE else 1.0
    wanted = nothing if true is None else true
    if measure != DIFFERENCE and not wanted > 0:
        raise UserError("a ratio must be above 0", "use 1 for no effect", value=true)
    ratio, low, high = (convert(x) if x == x else nan for x in plain)
    of, left = Method.of(measure), convert(wanted)
    toward = Method.of("e_value_toward", true=wanted, of=of)
    method = toward if wanted != nothing else Method.of("e_value", of=of)
    return EValue(
        term=line.term,
        measure=measure,
        ratio=ratio,
        ci_low=low,
        ci_high=high,
        level=line.level,
        true=left,
        value=strength_needed(ratio / left),
        limit=_of_limit(ratio, low, high, left),
        n=line.n,
        n_clusters=line.n_clusters,
        method=method.then(line.method),
    )


def strength_needed(ratio: float) -> float:
    """Return RR + sqrt(RR (RR - 1)), of the inverse where RR is below 1."""
    away = max(ratio, 1 / ratio) if ratio > 0 else inf
    return away + sqrt(away * (away - 1)) if isfinite(away) else inf


def _of_limit(ratio: float, low: float, high: float, true: float) -> float:
    if not (low == low and high == high):
        return nan
    if low <= true <= high:
        return 1.0
    return strength_needed((low if ratio > true else high) / true)


def _check_ratios(values: tuple[float, float, float], measure: str) -> None:
    value, low, high = values
    if not isfinite(value):
        raise UserError("the estimate is missing", "give an estimate", value=value)
    if low > value or high < value:
        raise UserError(
            "the interval leaves the estimate out", "give matching numbers", value=f"{value:g}"
        )
    if measure == DIFFERENCE:
        return
    if value <= 0 or low < 0:
        raise UserError(
            "a ratio must be above 0",
            "give the ratio and its interval, not their logarithms",
            value=min(x for x in values if x == x),
        )
