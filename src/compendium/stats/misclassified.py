"""Shares and slopes of a 0/1 code whose error rates were measured against a careful reading."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, check_level, same_rows
from compendium.stats.design import check_design
from compendium.stats.method import Method
from compendium.stats.proportions import binomial_interval
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorRates:
    """How often a code is right where the reading says 1, and where it says 0.

    Attributes
    ----------
    hits, positives
        Codes of 1 among readings of 1.
    passes, negatives
        Codes of 0 among readings of 0.
    """

    hits: int
    positives: int
    passes: int
    negatives: int

    def tidy(self, level: float = LEVEL) -> dict[str, Tidy]:
        """Sensitivity and specificity with Wilson's interval."""
        return {
            "sensitivity": binomial_interval(self.hits, self.positives, level, term="sensitivity"),
            "specificity": binomial_interval(
                self.passes, self.negatives, level, term="specificity"
            ),
        }

    @property
    def point(self) -> tuple[float, float]:
        """Sensitivity and specificity."""
        return self.hits / self.positives, self.passes / self.negatives

    def drawn(self, rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
        """Draws of both from their Jeffreys posteriors, (draws,) each."""
        right = ((self.hits, self.positives), (self.passes, self.negatives))
        one, two = (rng.beta(k + 0.5, n - k + 0.5, draws) for k, n in right)
        return one, two


def error_rates(code: object, reading: object) -> ErrorRates:
    """Count how often a 0/1 code agrees with a reading of the same things.

    Raises
    ------
    UserError
        Rows that do not fit, or no reading of 1 or none of 0.
    """
    same_rows(code=code, reading=reading)
    coded, read = (np.asarray(x, dtype=float) == 1 for x in (code, reading))
    found = ErrorRates(
        int((coded & read).sum()), int(read.sum()), int((~coded & ~read).sum()), int((~read).sum())
    )
    if not found.positives or not found.negatives:
        problem = "without a reading of 1 and one of 0 there are no error rates"
        raise UserError(problem, "read more, or give the code as it is")
    return found


def corrected_share(
    ones: int, n: int, rates: ErrorRates, level: float = LEVEL, *, seed: int, draws: int = 1999
) -> Tidy:
    """Share of what is true from a share of codes (Rogan and Gladen 1978), within 0 and 1.

    Parameters
    ----------
    ones, n
        Codes of 1 among all codes.
    seed, draws
        Of the interval: percentiles over Jeffreys posteriors of share, sensitivity and specificity.

    Raises
    ------
    UserError
        Codes that are right no oftener than by chance.
    """
    low, high = _tails(level)
    rng = np.random.default_rng(seed)
    share = rng.beta(ones + 0.5, n - ones + 0.5, draws)
    found = _true_share(share, *rates.drawn(rng, draws))
    value = float(_true_share(np.array(ones / n), *rates.point))
    start, end = (float(q) for q in np.quantile(found, (low, high)))
    method = Method.of("rogan_gladen", ones=rates.positives, zeros=rates.negatives)
    method = method.then("jeffreys", draws=draws)
    return Tidy("share", value, float("nan"), start, end, level, n=n, method=method)


def corrected_slope(
    slope: Tidy,
    X: pd.DataFrame,
    term: str,
    rates: ErrorRates,
    *,
    outcome: ErrorRates | None = None,
    seed: int,
    draws: int = 1999,
) -> Tidy:
    """Slope on the truth behind a 0/1 term from the slope on its codes, errors at random.

    With errors that depend on the truth alone, the residual product of codes and outcome is that of
    the truth times sensitivity + specificity - 1, and the residual variance of the codes is that of
    the truth times its square plus the variance of the errors (Aigner 1973); the same holds beside
    other terms. A 0/1 outcome coded with errors of its own divides the slope once more.

    Parameters
    ----------
    slope
        On the codes, with standard error and level.
    X
        Terms of the model, codes included.
    rates, outcome
        Of the term, and of the outcome where that is a code too.
    seed, draws
        Of the interval: percentiles over the slope's normal and Jeffreys posteriors of the rates;
        an end that more draws leave open than lie beyond it is missing.

    Raises
    ------
    UserError
        No such term, or error rates under which so many codes of 1 could not be.
    """
    low, high = _tails(slope.level)
    matrix, terms = check_design(X, len(X))
    if term not in terms:
        raise UserError("no such term", f"use one of: {', '.join(terms)}", value=term)
    place = terms.index(term)
    codes, others = matrix[:, place], np.delete(matrix, place, axis=1)
    residual = codes - others @ np.linalg.lstsq(others, codes, rcond=None)[0]
    spread, share = float(residual @ residual) / len(codes), float(codes.mean())

    def factor(se: Floats, sp: Floats) -> Floats:
        truth = _true_share(np.array(share), se, sp)
        noise = truth * se * (1 - se) + (1 - truth) * sp * (1 - sp)
        left = spread - noise
        return np.where(left > 0, (se + sp - 1) * spread / np.where(left > 0, left, 1), np.inf)

    def of_outcome(se: Floats, sp: Floats) -> Floats:
        return 1 / np.maximum(se + sp - 1, 0)

    rng = np.random.default_rng(seed)
    value = float(factor(*map(np.array, rates.point)))
    many = rng.normal(slope.value, slope.se, draws) * factor(*rates.drawn(rng, draws))
    if outcome is not None:
        value *= float(of_outcome(*map(np.array, outcome.point)))
        many = many * of_outcome(*outcome.drawn(rng, draws))
    if not np.isfinite(value):
        problem = "with these error rates there could not be so many codes of 1"
        raise UserError(problem, "give the slope as coded", value=term)
    ends = np.quantile(many, (low, high), method="inverted_cdf")
    open_ends = np.where(np.isfinite(ends), ends, np.nan)
    corrected = "corrected_code_and_outcome" if outcome else "corrected_code"
    method = slope.method.then(corrected, term=term).also("percentiles", draws=draws)
    return replace(
        slope,
        value=slope.value * value,
        se=float("nan"),
        p=float("nan"),
        ci_low=float(open_ends[0]),
        ci_high=float(open_ends[1]),
        method=method,
    )


def differences_needed(slope: float, share: float) -> dict[str, float]:
    """Differences of error rates between two groups that alone would make a difference of codes.

    Parameters
    ----------
    slope
        Difference of the share of codes of 1 between the groups.
    share
        True share, taken to be the same in both.

    Returns
    -------
    dict
        By `sensitivity` and `specificity`: how much higher the one, or lower the other, would have
        to be where more is coded. Above 1 no difference of that rate is enough.
    """
    return {"sensitivity": slope / share, "specificity": slope / (1 - share)}


def _true_share(share: Floats, se: object, sp: object) -> Floats:
    sensitivity, specificity = np.asarray(se, dtype=float), np.asarray(sp, dtype=float)
    gain = sensitivity + specificity - 1
    if np.ndim(gain) == 0 and gain <= 0:
        problem = "these codes are right no oftener than by chance"
        raise UserError(problem, "give the share as coded", value=float(gain))
    found = (share + specificity - 1) / np.maximum(gain, np.finfo(float).tiny)
    return np.asarray(np.clip(found, 0, 1))


def _tails(level: float) -> tuple[float, float]:
    half = (1 - check_level(level)) / 2
    return half, 1 - half
