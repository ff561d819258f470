"""Predicates on estimates: written before the estimates are looked at, judged by interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import Literal, Protocol

from compendium.text import Text

Outcome = Literal["holds", "fails", "inconclusive", "not run"]

SCALES: dict[str, tuple[float, float]] = {
    "share": (0.0, 1.0),
    "difference": (-1.0, 1.0),
    "correlation": (-1.0, 1.0),
    "ratio": (0.0, float("inf")),
    "count": (0.0, float("inf")),
    "real": (-float("inf"), float("inf")),
}
"""Values that an estimand can take: a bound outside them makes no sense."""

REGION_KINDS = ("greater_than", "less_than", "between", "interval_within")
COMPARISON_KINDS = ("greater_than_estimate", "less_than_estimate")
KINDS = (*REGION_KINDS, "interval_excludes", *COMPARISON_KINDS)


class Estimated(Protocol):
    """What a predicate needs to know of an estimate."""

    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def ci_low(self) -> float: ...  # noqa: D102
    @property
    def ci_high(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Predicate:
    """A statement about one estimate, or about one estimate against another.

    `greater_than`, `less_than` and `between` hold when the whole interval lies inside the stated
    region, fail when it lies wholly outside, and are inconclusive when it straddles a bound; an
    estimate without an interval (a full count, an arithmetic figure) is judged by its value.
    `interval_within` is the same but refuses an estimate without an interval.
    `interval_excludes` holds when the interval leaves the value out and is otherwise inconclusive:
    an interval that contains a value does not show that the value is true.
    `greater_than_estimate` and `less_than_estimate` compare two intervals and hold or fail only
    where these do not overlap, which is conservative.
    """

    kind: str
    low: float = nan
    high: float = nan
    other: str = ""

    def judge(self, estimate: Estimated, other: Estimated | None = None) -> Outcome:
        """Judge `estimate`; `other` is the estimate that a comparison names."""
        low, high = interval_of(estimate)
        if isnan(low) or isnan(high):
            raise ValueError("the estimate is nan")
        if self.kind in COMPARISON_KINDS:
            if other is None:
                raise ValueError(f"{self.kind} needs the estimate {self.other!r}")
            return _compare(self.kind, (low, high), interval_of(other))
        if self.kind == "interval_excludes":
            _demand_interval(self.kind, estimate)
            return "inconclusive" if low <= self.low <= high else "holds"
        if self.kind == "interval_within":
            _demand_interval(self.kind, estimate)
        return _locate(low, high, *self.region())

    def region(self) -> tuple[float, float]:
        """Lower and upper end of the region in which the statement is true."""
        if self.kind == "greater_than":
            return self.low, float("inf")
        if self.kind == "less_than":
            return -float("inf"), self.low
        return self.low, self.high

    def words(self, other: Text | None = None) -> Text:
        """The predicate as a person reads it; `other` is what the other estimate is called."""
        called = other or Text(f"the estimate {self.other}", f"估计值 {self.other}")
        number = {"a": _short(self.low), "b": _short(self.high)}
        en, zh = _WORDS[self.kind]
        return Text(en.format(other=called.en, **number), zh.format(other=called.zh, **number))


_WORDS: dict[str, tuple[str, str]] = {
    "greater_than": ("greater than {a}", "大于 {a}"),
    "less_than": ("less than {a}", "小于 {a}"),
    "between": ("between {a} and {b}", "介于 {a} 与 {b} 之间"),
    "interval_within": ("whole interval within {a} to {b}", "区间整体落在 {a} 至 {b} 之内"),
    "interval_excludes": ("interval excludes {a}", "区间不含 {a}"),
    "greater_than_estimate": ("greater than {other}", "大于{other}"),
    "less_than_estimate": ("less than {other}", "小于{other}"),
}


def read_predicate(raw: object) -> Predicate:
    """Predicate from its one-entry mapping in the plan; ValueError says what makes no sense."""
    if not isinstance(raw, dict) or len(raw) != 1:
        raise ValueError(f"a predicate has exactly one entry, one of: {', '.join(KINDS)}")
    ((kind, bound),) = raw.items()
    if kind not in KINDS:
        raise ValueError(f"unknown predicate '{kind}'; known ones: {', '.join(KINDS)}")
    if kind in COMPARISON_KINDS:
        if not isinstance(bound, str) or not bound:
            raise ValueError(f"'{kind}' names another estimate")
        return Predicate(kind, other=bound)
    if kind in ("between", "interval_within"):
        return Predicate(kind, *_two_numbers(kind, bound))
    return Predicate(kind, low=_number(kind, bound))


def check_scale(predicate: Predicate, scale: str) -> None:
    """Raise ValueError where a predicate could not fail, or not hold, on its scale."""
    lowest, highest = SCALES[scale]
    if predicate.kind in COMPARISON_KINDS:
        return
    bounds = [bound for bound in (predicate.low, predicate.high) if not isnan(bound)]
    if any(not lowest <= bound <= highest for bound in bounds):
        raise ValueError(f"a {scale} lies between {_short(lowest)} and {_short(highest)}")
    low, high = predicate.region() if predicate.kind in REGION_KINDS else (lowest, highest)
    if predicate.kind in REGION_KINDS and (low >= highest or high <= lowest):
        raise ValueError(f"no {scale} can be {predicate.words().en}")
    if predicate.kind in REGION_KINDS and low <= lowest and high >= highest:
        raise ValueError(f"every {scale} is {predicate.words().en}: the test could not fail")


def interval_of(estimate: Estimated) -> tuple[float, float]:
    """The interval of an estimate, or its value twice when it has none."""
    if isnan(estimate.ci_low) or isnan(estimate.ci_high):
        return estimate.value, estimate.value
    return estimate.ci_low, estimate.ci_high


def _demand_interval(kind: str, estimate: Estimated) -> None:
    if isnan(estimate.ci_low) or isnan(estimate.ci_high):
        raise ValueError(f"{kind} needs an estimate with an interval")


def _locate(low: float, high: float, region_low: float, region_high: float) -> Outcome:
    if region_low < low and high < region_high:
        return "holds"
    if high <= region_low or low >= region_high:
        return "fails"
    return "inconclusive"


def _compare(kind: str, one: tuple[float, float], two: tuple[float, float]) -> Outcome:
    larger, smaller = (one, two) if kind == "greater_than_estimate" else (two, one)
    if larger[0] > smaller[1]:
        return "holds"
    return "fails" if larger[1] <= smaller[0] else "inconclusive"


def _number(kind: str, bound: object) -> float:
    if isinstance(bound, bool) or not isinstance(bound, int | float) or not isfinite(bound):
        raise ValueError(f"'{kind}' needs a finite number, not {bound!r}")
    return float(bound)


def _two_numbers(kind: str, bound: object) -> tuple[float, float]:
    if not isinstance(bound, list) or len(bound) != 2:
        raise ValueError(f"'{kind}' needs two numbers, [low, high]")
    low, high = (_number(kind, part) for part in bound)
    if low >= high:
        raise ValueError(f"'{kind}' needs low < high, not [{_short(low)}, {_short(high)}]")
    return low, high


def _short(number: float) -> str:
    return f"{number:g}"
