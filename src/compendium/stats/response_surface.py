"""Polynomial regression with response-surface analysis: what congruence does to an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, same_rows, t_quantile, without_index
from compendium.stats.cluster_bootstrap import percentile_line, resample
from compendium.stats.clusters import cluster_name
from compendium.stats.design import INTERCEPT
from compendium.stats.fit import Fit
from compendium.stats.fitted import ols
from compendium.stats.levels import at_level
from compendium.stats.maximum_likelihood import IMAGINARY
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy
from compendium.stats.variables import terms_of, variable

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
"""Real when evaluated, complex when differentiated."""

SURFACE = ("x", "y", "x2", "xy", "y2")
LINEAR = ("a1", "a2", "a3", "a4", "a5")
AXES = ("x0", "y0", "p10", "p11", "p20", "p21")
PARAMETERS = (*LINEAR, *AXES)
PATHS = ("congruence", "incongruence", "first_axis", "second_axis")


@dataclass(frozen=True, eq=False)
class ResponseSurface:
    """A fitted surface z = b0 + b1 x + b2 y + b3 x^2 + b4 xy + b5 y^2.

    Attributes
    ----------
    fit
        The regression, terms "(intercept)", "x", "y", "x2", "xy", "y2" and the controls.
    center
        What was taken from both scales before squaring.
    x_range, y_range
        Observed range of each scale in centred units.
    bootstrap
        Percentile intervals of the surface's parameters; empty when no draws were asked for.
    """

    fit: Fit
    center: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    bootstrap: tuple[Tidy, ...] = ()

    def __getitem__(self, parameter: str) -> Tidy:
        """Return a parameter with its delta-method interval; see `surface_parameters`."""
        if parameter not in PARAMETERS:
            raise UserError(
                "no such parameter", f"use one of {', '.join(PARAMETERS)}", value=parameter
            )
        value, gradient = self._parameters()[parameter]
        if not np.isfinite(value):
            return Tidy(
                parameter,
                value,
                n=self.fit.n,
                method=Method.of("undefined_after", fit=self.fit.method),
            )
        index = [self.fit.terms.index(term) for term in SURFACE]
        se = sqrt(float(gradient @ self.fit.V[np.ix_(index, index)] @ gradient))
        word = "linear_combination" if parameter in LINEAR else "delta_after"
        return self.fit.line(parameter, value, se, Method.of(word, fit=self.fit.method))

    def tidy(self) -> tuple[Tidy, ...]:
        """Return all parameters of the surface with delta-method intervals."""
        return tuple(self[parameter] for parameter in PARAMETERS)

    def _parameters(self) -> dict[str, tuple[float, Floats]]:
        b = self.fit.beta[[self.fit.terms.index(term) for term in SURFACE]]
        steps = surface_parameters(b + IMAGINARY * 1j * np.eye(5))
        here = surface_parameters(b)
        return {k: (float(here[k]), np.asarray(steps[k].imag / IMAGINARY)) for k in PARAMETERS}


def response_surface(
    z: object,
    x: object,
    y: object,
    cluster: object = None,
    level: float = LEVEL,
    *,
    center: float,
    controls: pd.DataFrame | None = None,
    draws: int = 0,
    seed: int | None = None,
    name: str | None = None,
) -> ResponseSurface:
    """Polynomial regression of z on x, y and their squares and product (Edwards and Parry 1993).

    Parameters
    ----------
    z
        Outcome, (n,), complete.
    x, y
        The matched pair, on the same scale, (n,), complete: responsibility and power.
    cluster
        Label of each row's cluster: CR1 errors.
    center
        Taken from both, e.g. 3 on scales of 1 to 5: the midpoint of the scale, not a mean, so that
        x = y stays the line of congruence.
    controls
        Further terms, (n, c), without intercept.
    draws, seed
        Cluster bootstrap of the parameters; none with 0 draws.

    Raises
    ------
    UserError
        Missing values, a constant scale, scales that differ by a constant, one cluster, no seed.

    Notes
    -----
    Blind spots: measurement error in x and y attenuates squares and product most. The stationary
    point and the axes are ratios: near a flat surface their delta-method intervals are too short
    and only the bootstrap shows it.
    """
    same_rows(z=z, x=x, y=y, controls=controls, clusters=cluster)
    cluster = without_index(cluster)
    columns = {"x": variable(x, "x") - center, "y": variable(y, "y") - center}
    outcome = variable(z, "z")
    X = terms_of(polynomial(columns["x"], columns["y"]), controls)
    called = cluster_name(cluster, name)
    fit = ols(outcome, X, cluster, level, name=called)
    ranges = [(float(v.min()), float(v.max())) for v in columns.values()]
    surface = ResponseSurface(fit, center, ranges[0], ranges[1])
    if not draws:
        return surface
    if seed is None:
        raise UserError("a bootstrap needs a seed", "pass the study's seed")
    drawn = resample(X.assign(z=outcome), cluster, draws, seed, called)
    slopes = drawn.slopes("z", [c for c in X.columns if c != INTERCEPT])[:, :5]
    found = surface_parameters(slopes)
    lines = tuple(
        percentile_line(key, surface[key].value, found[key], drawn, level) for key in PARAMETERS
    )
    return ResponseSurface(fit, center, ranges[0], ranges[1], lines)


def polynomial(x: Floats, y: Floats) -> dict[str, Floats]:
    """Return the five terms of the surface of two centred scales."""
    return {"x": x, "y": y, "x2": x**2, "xy": x * y, "y2": y**2}


def surface_parameters(b: Numbers) -> dict[str, Numbers]:
    """Parameters of surfaces with coefficients b = (x, y, x2, xy, y2), (..., 5).

    Returns
    -------
    dict
        `a1`, `a2`: slope at 0 and curvature along x = y. `a3`, `a4`: the same along x = -y. `a5`:
        b3 - b5, 0 where the ridge runs along x = y or across it (Humberg, Nestler and Back 2019).
        `x0`, `y0`: stationary point. `p10`, `p11`: intercept and slope of the first principal axis,
        y = p10 + p11 x, along which the surface curves upward most (or downward least); `p20`,
        `p21`: of the second. Edwards and Parry (1993, eqs. 9 to 14); Shanock et al. (2010). nan or
        inf where a surface is flat or an axis upright.
    """
    b1, b2, b3, b4, b5 = np.moveaxis(np.asarray(b), -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        D = 4 * b3 * b5 - b4**2
        x0, y0 = (b2 * b4 - 2 * b1 * b5) / D, (b1 * b4 - 2 * b2 * b3) / D
        root = np.sqrt((b3 - b5) ** 2 + b4**2)
        p11, p21 = _axis(b3 - b5, b4, root), _axis(b3 - b5, b4, -root)
        return {
            "a1": b1 + b2,
            "a2": b3 + b4 + b5,
            "a3": b1 - b2,
            "a4": b3 - b4 + b5,
            "a5": b3 - b5,
            "x0": x0,
            "y0": y0,
            "p10": y0 - p11 * x0,
            "p11": p11,
            "p20": y0 - p21 * x0,
            "p21": p21,
        }


def surface_grid(surface: ResponseSurface, points: int = 41) -> pd.DataFrame:
    """Predicted outcome on a grid over both observed ranges, controls at 0 and as centred there.

    Returns
    -------
    DataFrame
        `x`, `y` (on the scales' own units), `value`, `se`; points^2 rows, x outer.
    """
    sides = [np.linspace(*ends, points) for ends in (surface.x_range, surface.y_range)]
    x, y = (side.ravel() for side in np.meshgrid(*sides, indexing="ij"))
    value, se = _predict(surface.fit, x, y)
    c = surface.center
    return pd.DataFrame({"x": x + c, "y": y + c, "value": value, "se": se})


def surface_lines(surface: ResponseSurface, points: int = 41) -> pd.DataFrame:
    """Predicted outcome along the lines that matter, where they cross the observed ranges.

    Returns
    -------
    DataFrame
        `path` ("congruence": x = y, "incongruence": x = -y about the centre, "first_axis",
        "second_axis"), `x`, `y` (own units), `value`, `se`, `ci_low`, `ci_high`. A path that is
        undefined or misses the ranges has no rows.
    """
    half = t_quantile(surface.fit.level, surface.fit.df)
    frames = []
    for path, (intercept, slope) in _paths(surface).items():
        ends = _clip(intercept, slope, surface)
        if ends is None:
            continue
        x = np.linspace(*ends, points)
        y = intercept + slope * x
        value, se = _predict(surface.fit, x, y)
        c = surface.center
        columns = {"x": x + c, "y": y + c, "value": value, "se": se}
        columns |= {"ci_low": value - half * se, "ci_high": value + half * se}
        frames.append(pd.DataFrame({"path": path, **columns}))
    return at_level(pd.concat(frames, ignore_index=True), [surface.fit.level])


def _axis(d: Numbers, b4: Numbers, root: Numbers) -> Numbers:
    """(root - d) / b4 by the form without cancellation; d = b3 - b5."""
    same = (np.real(d) >= 0) == (np.real(root) >= 0)
    return np.where(same, b4 / (root + d), (root - d) / b4)


def _paths(surface: ResponseSurface) -> Mapping[str, tuple[float, float]]:
    at = {key: value for key, (value, _) in surface._parameters().items()}
    axes = [(at["p10"], at["p11"]), (at["p20"], at["p21"])]
    return dict(zip(PATHS, [(0.0, 1.0), (0.0, -1.0), *axes], strict=True))


def _clip(intercept: float, slope: float, surface: ResponseSurface) -> tuple[float, float] | None:
    """Ends in x of the part of a line that lies in both ranges."""
    if not (np.isfinite(intercept) and np.isfinite(slope)):
        return None
    low, high = surface.x_range
    bottom, top = surface.y_range
    if slope:
        at = sorted(((bottom - intercept) / slope, (top - intercept) / slope))
        low, high = max(low, at[0]), min(high, at[1])
    elif not bottom <= intercept <= top:
        return None
    return (low, high) if low < high else None


def _predict(fit: Fit, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    rows: ArrayLike = np.column_stack([np.ones(x.size), *polynomial(x, y).values()])
    index = [fit.terms.index(term) for term in (INTERCEPT, *SURFACE)]
    P = np.asarray(rows)
    value = P @ fit.beta[index]
    se = np.sqrt(np.einsum("ij,jk,ik->i", P, fit.V[np.ix_(index, index)], P))
    return np.asarray(value), np.asarray(se)
