"""What simulated answers say of a test: bias, coverage, size, power, and errors of type S and M."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from compendium.inference.least_squares import Answers
from compendium.plan.predicates import Predicate

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Diagnosis:
    """Diagnosands of one test under one condition, each with its Monte Carlo error (`_mc`).

    Attributes
    ----------
    replications, failed
        Simulated samples, and those in which the test could not be computed; all else is of the
        rest.
    truth
        The inquiry's answer; `truth_mc` is its own Monte Carlo error, 0 where it is exact.
    bias
        Mean estimate less the truth.
    sd, se
        Standard deviation of the estimates, and the mean of their standard errors.
    coverage
        Share of intervals that hold the truth.
    holds, fails
        Share of samples in which the test's predicate holds, and in which it fails.
    size, power
        `holds` where the truth lies outside the predicate's region, and where it lies inside. For
        a one-sided predicate at its bound the nominal size is half of what the intervals leave out.
    type_s
        Of the intervals that exclude the bound, the share on the wrong side of it.
    type_m
        Over the same, mean distance of the estimate from the bound, in true distances (Gelman and
        Carlin 2014). nan for both where the truth is the bound.
    """

    replications: int
    failed: int
    truth: float
    truth_mc: float
    bias: float
    bias_mc: float
    sd: float
    sd_mc: float
    se: float
    se_mc: float
    coverage: float
    coverage_mc: float
    holds: float
    holds_mc: float
    fails: float
    fails_mc: float
    size: float
    size_mc: float
    power: float
    power_mc: float
    type_s: float
    type_s_mc: float
    type_m: float
    type_m_mc: float


def diagnose(
    answers: Answers, truth: float, predicate: Predicate, truth_mc: float = 0.0
) -> Diagnosis:
    """Diagnose a test from its answers in simulated samples.

    Parameters
    ----------
    answers
        One a sample; nan where the test could not be computed.
    truth
        What the inquiry's answer is.
    predicate
        The test's, with a region on one side of a bound or between two.
    """
    known = ~np.isnan(answers.value)
    value, low, high = (x[known] for x in (answers.value, answers.ci_low, answers.ci_high))
    # A statistic whose variance is 0 has no standard error; its interval counts all the same.
    se = answers.se[known]
    R, region = len(value), predicate.region()
    sd = float(value.std(ddof=1)) if R > 1 else nan
    mean_se = _mean(se[~np.isnan(se)])
    coverage = _share((low <= truth) & (truth <= high))
    holds = shares_held(answers, predicate)
    fails = _share((high <= region[0]) | (low >= region[1]))
    inside, none = region[0] < truth < region[1], (nan, nan)
    bias = float(value.mean()) - truth if R else nan
    return Diagnosis(
        *(len(known), int((~known).sum()), truth, truth_mc),
        *(bias, sqrt(sd**2 / R + truth_mc**2) if R else nan),
        *(sd, sd / sqrt(2 * (R - 1)) if R > 1 else nan),
        *mean_se,
        *coverage,
        *holds,
        *fails,
        *(none if inside else holds),
        *(holds if inside else none),
        *_sign_and_size(value, low, high, truth, _bound(region, truth)),
    )


def shares_held(answers: Answers, predicate: Predicate) -> tuple[float, float]:
    """Share of samples in which the predicate holds, and its Monte Carlo error."""
    known, (low, high) = ~np.isnan(answers.value), predicate.region()
    return _share((answers.ci_low > low)[known] & (answers.ci_high < high)[known])


def _bound(region: tuple[float, float], truth: float) -> float:
    """The finite end of the region that lies nearest to the truth."""
    finite = [end for end in region if np.isfinite(end)]
    return min(finite, key=lambda end: abs(end - truth))


def _sign_and_size(
    value: Floats, low: Floats, high: Floats, truth: float, bound: float
) -> tuple[float, float, float, float]:
    excludes = (low > bound) | (high < bound)
    if truth == bound or not excludes.any():
        return (nan, nan, nan, nan)
    found = value[excludes]
    wrong = _share((found - bound) * (truth - bound) < 0)
    return (*wrong, *_mean(np.abs(found - bound) / abs(truth - bound)))


def _share(which: Marks) -> tuple[float, float]:
    """Share and its Monte Carlo error."""
    if not which.size:
        return (nan, nan)
    p = float(which.mean())
    return p, sqrt(p * (1 - p) / which.size)


def _mean(values: Floats) -> tuple[float, float]:
    """Mean and its Monte Carlo error; nan where fewer than two values tell of it."""
    if not values.size:
        return (nan, nan)
    error = float(values.std(ddof=1)) / sqrt(values.size) if values.size > 1 else nan
    return float(values.mean()), error
