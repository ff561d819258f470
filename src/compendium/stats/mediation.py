"""Mediation: how much of an effect runs through a mediator, and how fragile that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, same_rows, without_index
from compendium.stats.cluster_bootstrap import Draws, percentile_line, resample, whole
from compendium.stats.clusters import cluster_name
from compendium.stats.design import INTERCEPT
from compendium.stats.fit import Fit
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.systems import OF, stacked_ols
from compendium.stats.tidy import Tidy
from compendium.stats.variables import terms_of, variable

Floats = NDArray[np.float64]

STAGES = ("first", "second")
RHO = tuple(round(-0.9 + 0.05 * i, 2) for i in range(37))
"""Correlations of the sensitivity curve."""


@dataclass(frozen=True, eq=False)
class Mediation:
    """A mediation model.

    Attributes
    ----------
    system
        Both regressions with their joint covariance, terms "mediator~x", "outcome~m" and so on.
    a, b, direct, indirect, total
        Paths x -> m and m -> y, c', a b, and c' + a b, with cluster-bootstrap intervals.
    delta
        The indirect effect by the delta method, the paths' covariance under clustering included.
    """

    system: Fit
    a: Tidy
    b: Tidy
    direct: Tidy
    indirect: Tidy
    total: Tidy
    delta: Tidy

    def tidy(self) -> tuple[Tidy, ...]:
        """Return the five effects with bootstrap intervals."""
        return (self.a, self.b, self.direct, self.indirect, self.total)


def mediation(
    y: object,
    m: object,
    x: object,
    cluster: object = None,
    level: float = LEVEL,
    *,
    draws: int,
    seed: int,
    controls: pd.DataFrame | None = None,
    name: str | None = None,
) -> Mediation:
    """Product of coefficients with a cluster bootstrap.

    m = i1 + a x + controls + e2 and y = i2 + c' x + b m + controls + e3; the indirect effect is
    a b (Baron and Kenny 1986; MacKinnon 2008), the total effect c' + a b holds exactly.

    The effects are causal only if: (1) no unmeasured cause is common to x and m or to x and y,
    given the controls; (2) none is common to m and y, given x and the controls; (3) no common cause
    of m and y is itself moved by x; (4) effects are linear and x and m do not interact in y; (5) x
    precedes m and m precedes y. A survey at one time supports none of these by design: (2) is
    probed by `unmeasured_confounding`, (4) by a product term, (1), (3) and (5) rest on argument.
    Without them a b is a decomposition of associations.

    Parameters
    ----------
    y, m, x
        Outcome, mediator and cause, (n,), complete.
    cluster
        Label of each row's cluster; the bootstrap resamples whole clusters. None resamples rows.
    draws, seed
        Of the bootstrap.
    controls
        Terms of both equations, (n, c), without intercept.

    Raises
    ------
    UserError
        Missing values, a constant variable, collinear terms, one cluster, too few draws.

    Notes
    -----
    Blind spot: percentile intervals are a little short when clusters are few; with 40 of 8 rows
    they cover in about 94 of 100 samples (tests/benchmarks/survey_models.py).
    """
    same_rows(y=y, m=m, x=x, controls=controls, clusters=cluster)
    data, cluster = _data(y, m, x, controls), without_index(cluster)
    called = cluster_name(cluster, name)
    first = [c for c in data.columns if c not in ("y", "m")]
    system = stacked_ols(
        {"mediator": data["m"], "outcome": data["y"]},
        {"mediator": data[first], "outcome": data[[*first, "m"]]},
        cluster,
        level,
        name=called,
    )
    drawn = resample(data, cluster, draws, seed, called)
    found = _paths(drawn, first[1:])
    at = {"a": f"mediator{OF}x", "b": f"outcome{OF}m", "direct": f"outcome{OF}x"}
    value = {key: system[term].value for key, term in at.items()}
    value["indirect"] = value["a"] * value["b"]
    value["total"] = value["direct"] + value["indirect"]
    lines = {k: percentile_line(k, value[k], found[k], drawn, level) for k in value}
    return Mediation(system, **lines, delta=product_line(system, at["a"], at["b"], "indirect"))


def product_line(fit: Fit, one: str, other: str, term: str) -> Tidy:
    """Product of two coefficients by the delta method (Sobel 1982), with their covariance."""
    i, j = fit.terms.index(one), fit.terms.index(other)
    a, b = float(fit.beta[i]), float(fit.beta[j])
    se = sqrt(float(b**2 * fit.V[i, i] + a**2 * fit.V[j, j] + 2 * a * b * fit.V[i, j]))
    return fit.line(term, a * b, se, Method.of("product_of_coefficients", fit=fit.method))


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What unmeasured confounding of mediator and outcome would do to the indirect effect.

    Attributes
    ----------
    curve
        `rho` (correlation of the two equations' errors), `value`, `ci_low`, `ci_high`.
    rho_at_zero
        The rho at which the indirect effect is 0.
    r2_residual, r2_total
        Product of the shares of variance of m and y that a confounder would have to explain for
        that: of the residual variance (rho^2) and of the total variance.
    """

    curve: pd.DataFrame
    rho_at_zero: Tidy
    r2_residual: float
    r2_total: float


def unmeasured_confounding(
    y: object,
    m: object,
    x: object,
    cluster: object = None,
    level: float = LEVEL,
    *,
    draws: int,
    seed: int,
    controls: pd.DataFrame | None = None,
    rho: Sequence[float] = RHO,
    name: str | None = None,
) -> Sensitivity:
    """Indirect effect if the errors of mediator and outcome were correlated by rho.

    For linear models without interaction (Imai, Keele and Yamamoto 2010, theorem 4): with r the
    correlation of the errors of m and of y in the regressions on x alone, s1 and s2 the standard
    deviations of the errors of y and m,
    indirect(rho) = a s1 / s2 (r - rho sqrt((1 - r^2) / (1 - rho^2))). It is 0 where rho = r.

    Parameters
    ----------
    y, m, x, cluster, controls, draws, seed
        As for `mediation`.
    rho
        Correlations strictly between -1 and 1.

    Raises
    ------
    UserError
        As `mediation`; a rho outside -1 to 1.
    """
    same_rows(y=y, m=m, x=x, controls=controls, clusters=cluster)
    data, cluster = _data(y, m, x, controls), without_index(cluster)
    rhos = np.asarray(rho, dtype=float)
    if not (np.abs(rhos) < 1).all():
        raise UserError("a correlation lies outside -1 to 1", "use values between", value=list(rho))
    called = cluster_name(cluster, name)
    terms = [c for c in data.columns if c not in ("y", "m", INTERCEPT)]
    drawn = resample(data, cluster, draws, seed, called)
    here, found = _errors(whole(data), terms), _errors(drawn, terms)
    lines = [
        percentile_line(f"rho {r:g}", float(here.effect(r)[0]), found.effect(r), drawn, level)
        for r in rhos
    ]
    cells = pd.DataFrame([line.cells("value", "ci_low", "ci_high") for line in lines])
    cells.insert(0, "rho", rhos)
    curve = at_level(cells, [level])
    zero = percentile_line("rho at zero", float(here.r[0]), found.r, drawn, level)
    square = float(here.r[0] ** 2)
    left_of_m = float(here.s2[0] ** 2 / data["m"].var(ddof=0))
    left_of_y = float(here.s1[0] ** 2 * (1 - square) / data["y"].var(ddof=0))
    return Sensitivity(curve, zero, square, square * left_of_m * left_of_y)


@dataclass(frozen=True, eq=False)
class ModeratedMediation:
    """A mediation whose first or second path depends on a moderator.

    Attributes
    ----------
    system
        Both regressions with their joint covariance.
    index
        Change of the indirect effect with one unit of the moderator (Hayes 2015).
    conditional
        Indirect effect at each value asked for, "indirect at w".
    """

    system: Fit
    index: Tidy
    conditional: tuple[Tidy, ...]


def moderated_mediation(
    y: object,
    m: object,
    x: object,
    w: object,
    at: Sequence[float],
    cluster: object = None,
    level: float = LEVEL,
    *,
    stage: str,
    draws: int,
    seed: int,
    controls: pd.DataFrame | None = None,
    name: str | None = None,
) -> ModeratedMediation:
    """Index of moderated mediation with a cluster bootstrap (Hayes 2015).

    stage "first": m = a1 x + a2 w + a3 xw, y = c' x + b m; index a3 b, indirect (a1 + a3 w) b.
    stage "second": m = a x, y = c' x + b1 m + b2 w + b3 mw; index a b3, indirect a (b1 + b3 w).
    The causal assumptions are those of `mediation`, at every value of w.

    Parameters
    ----------
    w, at
        Moderator, (n,), and its values of interest.

    Raises
    ------
    UserError
        As `mediation`; an unknown stage.
    """
    if stage not in STAGES:
        raise UserError("unknown stage", f"use one of {', '.join(STAGES)}", value=stage)
    same_rows(y=y, m=m, x=x, w=w, controls=controls, clusters=cluster)
    moderator, cluster = variable(w, "w"), without_index(cluster)
    data = _data(y, m, x, controls, w=moderator)
    moved = "x" if stage == "first" else "m"
    data[f"{moved}:w"] = data[moved] * moderator
    base = [c for c in data.columns if c not in ("y", "m", "w", f"{moved}:w")]
    extra = ["w", f"{moved}:w"]
    first = [*base, *extra] if stage == "first" else base
    second = [*base, "m"] if stage == "first" else [*base, "m", *extra]
    called = cluster_name(cluster, name)
    system = stacked_ols(
        {"mediator": data["m"], "outcome": data["y"]},
        {"mediator": data[first], "outcome": data[second]},
        cluster,
        level,
        name=called,
    )
    drawn = resample(data, cluster, draws, seed, called)
    here = _products(whole(data), first, second, stage)
    found = _products(drawn, first, second, stage)
    index = percentile_line("index", float(here[1][0]), found[1], drawn, level)
    conditional = tuple(
        percentile_line(
            f"indirect at {v:g}",
            float(here[0][0] + v * here[1][0]),
            found[0] + v * found[1],
            drawn,
            level,
        )
        for v in at
    )
    return ModeratedMediation(system, index, conditional)


def _data(
    y: object, m: object, x: object, controls: pd.DataFrame | None, **more: Floats
) -> pd.DataFrame:
    """Intercept, x, further columns, controls, m and y as columns of one frame."""
    columns = {"x": variable(x, "x"), **more}
    mediator, outcome = variable(m, "m"), variable(y, "y")
    return terms_of(columns, controls).assign(m=mediator, y=outcome)


def _paths(drawn: Draws, first: Sequence[str]) -> dict[str, Floats]:
    a = drawn.slopes("m", first)[:, 0]
    slopes = drawn.slopes("y", [*first, "m"])
    b, direct = slopes[:, -1], slopes[:, 0]
    return {"a": a, "b": b, "direct": direct, "indirect": a * b, "total": direct + a * b}


@dataclass(frozen=True, eq=False)
class _Errors:
    """Errors of y and m given the terms: correlation, standard deviations; and the path a."""

    r: Floats
    s1: Floats
    s2: Floats
    a: Floats

    def effect(self, rho: float) -> Floats:
        """Indirect effect if the errors of the mediator and the full model went together by rho."""
        rest = rho * np.sqrt((1 - self.r**2) / (1 - rho**2))
        return np.asarray(self.a * self.s1 / self.s2 * (self.r - rest))


def _errors(drawn: Draws, terms: Sequence[str]) -> _Errors:
    S = drawn.residual_covariance(["y", "m"], terms)
    s1, s2 = np.sqrt(S[:, 0, 0]), np.sqrt(S[:, 1, 1])
    return _Errors(S[:, 0, 1] / (s1 * s2), s1, s2, drawn.slopes("m", terms)[:, 0])


def _products(
    drawn: Draws, first: Sequence[str], second: Sequence[str], stage: str
) -> tuple[Floats, Floats]:
    """Indirect effect at w = 0 and its change with w."""
    a = dict(zip(first[1:], drawn.slopes("m", first[1:]).T, strict=True))
    b = dict(zip(second[1:], drawn.slopes("y", second[1:]).T, strict=True))
    if stage == "first":
        return a["x"] * b["m"], a["x:w"] * b["m"]
    return a["x"] * b["m"], a["x"] * b["m:w"]
