"""A slope that depends on a moderator: simple slopes, Johnson-Neyman region, marginal effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf, sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.checks import t_quantile
from compendium.stats.fit import Fit
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JohnsonNeyman:
    """Where on the moderator the slope differs from 0.

    Attributes
    ----------
    bounds
        All values of the moderator at which the interval of the slope touches 0: none, one or two,
        ascending, whether or not they lie in the range.
    regions
        One row an interval of the range: `low`, `high`, `slope` ("negative", "none", "positive"),
        and `share`, the part of the respondents in it (nan when no values were given).
    critical
        Multiplier of the standard error.
    method
        What was done.
    """

    bounds: tuple[float, ...]
    regions: pd.DataFrame
    critical: float
    method: Method

    def tidy(self) -> tuple[Tidy, ...]:
        """Return one line a bound; a bound is solved for and has no interval of its own."""
        return tuple(
            Tidy(f"bound {i + 1}", bound, method=self.method) for i, bound in enumerate(self.bounds)
        )


def simple_slopes(fit: Fit, term: str, moderator: str, at: Sequence[float]) -> tuple[Tidy, ...]:
    """Slope of a term at values of the moderator, (b1 + b3 w), named "term at w"."""
    both = product_term(fit, term, moderator)
    return tuple(fit.combination({term: 1.0, both: float(w)}, f"{term} at {w:g}") for w in at)


def marginal_effects(
    fit: Fit, term: str, moderator: str, grid: ArrayLike, *, simultaneous: bool = False
) -> pd.DataFrame:
    """Slope of a term along the moderator with its interval, for plotting.

    Returns
    -------
    DataFrame
        `moderator`, `value`, `se`, `ci_low`, `ci_high`, `slope` ("negative", "none", "positive":
        whether the interval excludes 0).
    """
    w = np.asarray(grid, dtype=float)
    b, V = _pair(fit, term, product_term(fit, term, moderator))
    value = b[0] + b[1] * w
    se = np.sqrt(V[0, 0] + 2 * w * V[0, 1] + w**2 * V[1, 1])
    half = critical_value(fit, simultaneous) * se
    sign = np.where(value - half > 0, "positive", np.where(value + half < 0, "negative", "none"))
    frame = pd.DataFrame(
        {
            "moderator": w,
            "value": value,
            "se": se,
            "ci_low": value - half,
            "ci_high": value + half,
            "slope": sign,
        }
    )
    return at_level(frame, [fit.level])


def johnson_neyman(
    fit: Fit,
    term: str,
    moderator: str,
    low: float,
    high: float,
    *,
    values: ArrayLike | None = None,
    simultaneous: bool = False,
) -> JohnsonNeyman:
    """Values of the moderator at which the slope of a term differs from 0.

    The bounds solve (b1 + b3 w)^2 = c^2 Var(b1 + b3 w), a quadratic in w, exactly; the covariance
    is that of the fit, so clustered errors carry over (Johnson and Neyman 1936; Bauer and Curran
    2005).

    Parameters
    ----------
    fit
        A linear fit with the term, the moderator and their product.
    term, moderator
        Their names; the product is "term:moderator" or the other way round.
    low, high
        Range of the moderator that occurs; nothing is said beyond it.
    values
        The respondents' values of the moderator: adds the share of them in each region.
    simultaneous
        False: each value of the moderator is tested by itself with the fit's t, so that over a
        range some slope is found too often. True: all at once, c^2 = 2 F(2, df) (Potthoff 1964).

    Raises
    ------
    UserError
        The model lacks the product, or the range is empty.
    """
    if not low < high:
        raise UserError("the moderator's range is empty", "give low < high", value=(low, high))
    b, V = _pair(fit, term, product_term(fit, term, moderator))
    c = critical_value(fit, simultaneous)
    bounds = _roots(*(b[i] * b[j] - c**2 * V[i, j] for i, j in ((1, 1), (0, 1), (0, 0))))
    inner = [w for w in bounds if low < w < high]
    edges = np.array([low, *inner, high])
    middles = (edges[1:] + edges[:-1]) / 2
    slopes = marginal_effects(fit, term, moderator, middles, simultaneous=simultaneous)
    regions = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "slope": slopes["slope"]})
    kind = "simultaneous" if simultaneous else "pointwise"
    method = Method.of("johnson_neyman", kind=kind, c=c, fit=fit.method)
    share: object = np.nan
    if values is not None:
        place = np.searchsorted(edges[1:-1], np.asarray(values, dtype=float))
        share = np.bincount(place, minlength=len(regions)) / place.size
    return JohnsonNeyman(bounds, regions.assign(share=share), c, method)


def product_term(fit: Fit, term: str, moderator: str) -> str:
    """Name of the product of term and moderator in the fit; its parts must be there too."""
    names = [f"{term}:{moderator}", f"{moderator}:{term}"]
    found = [name for name in names if name in fit.terms]
    if not found:
        raise UserError("the model has no product term", f"add {names[0]}", value=names[0])
    for part in (term, moderator):
        if part not in fit.terms:
            raise UserError(
                "a product needs its parts in the model", "add the term itself", value=part
            )
    return found[0]


def critical_value(fit: Fit, simultaneous: bool) -> float:
    """Multiplier of the standard error: the fit's t, or the root of 2 F(2, df)."""
    if not simultaneous:
        return t_quantile(fit.level, fit.df)
    if isinf(fit.df):
        return sqrt(float(special.chdtri(2, 1 - fit.level)))
    return sqrt(2 * float(special.fdtri(2, fit.df, fit.level)))


def _pair(fit: Fit, term: str, product: str) -> tuple[Floats, Floats]:
    index = [fit.terms.index(term), fit.terms.index(product)]
    return fit.beta[index], fit.V[np.ix_(index, index)]


def _roots(a: float, half_b: float, c: float) -> tuple[float, ...]:
    """Real roots of a w^2 + 2 half_b w + c, without cancellation."""
    inside = half_b**2 - a * c
    if a == 0:
        return (-c / (2 * half_b),) if half_b else ()
    if inside <= 0:
        return ()
    q = -(half_b + np.copysign(sqrt(inside), half_b))
    return tuple(sorted((float(q / a), float(c / q))))
