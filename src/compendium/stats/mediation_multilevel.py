"""2-1-1 mediation: a cause of the unit, a mediator and an outcome of its members."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, check_level, refuse_rows, same_rows, without_index
from compendium.stats.clusters import cluster_codes, cluster_sums
from compendium.stats.method import Method
from compendium.stats.multilevel import Multilevel, random_intercepts, varies_within
from compendium.stats.tidy import Tidy
from compendium.stats.variables import terms_of, variable

Floats = NDArray[np.float64]

DRAWS = 20_000
"""Draws of the Monte Carlo interval: an end moves by about 1 % of the standard error."""


@dataclass(frozen=True, eq=False)
class MultilevelMediation:
    """A 2-1-1 mediation.

    Attributes
    ----------
    mediator, outcome
        Random-intercept models of m and of y.
    a, b_between, b_within, contextual, direct
        Paths: x -> m; unit mean of m -> y; m within its unit -> y; b_between - b_within; c'.
    indirect
        a b_between with a Monte Carlo interval: x is the same for all of a unit, so that its
        effect can run between units only.
    delta
        The same by the delta method.
    """

    mediator: Multilevel
    outcome: Multilevel
    a: Tidy
    b_between: Tidy
    b_within: Tidy
    contextual: Tidy
    direct: Tidy
    indirect: Tidy
    delta: Tidy

    def tidy(self) -> tuple[Tidy, ...]:
        """Return the paths and the indirect effect."""
        paths = (self.a, self.b_between, self.b_within, self.contextual, self.direct)
        return (*paths, self.indirect, self.delta)


def mediation_211(
    y: object,
    m: object,
    x: object,
    groups: pd.DataFrame,
    level: float = LEVEL,
    *,
    seed: int,
    draws: int = DRAWS,
    controls: pd.DataFrame | None = None,
    reml: bool = True,
) -> MultilevelMediation:
    """Mediation with x at the level of units, within and between effects of m kept apart.

    m = i1 + a x + u + e and y = i2 + c' x + b_w (m - mean of m in the unit) + b_b (mean of m in the
    unit) + v + e; the indirect effect is a b_b (Zhang, Zyphur and Preacher 2009, model CWC(M)). Its
    interval draws a and b_b from their normal distributions, independent of each other because
    the errors of the two equations are (MacKinnon, Lockwood and Williams 2004).

    The causal assumptions are those of `mediation`, now between units: no unmeasured cause common
    to x and the unit's m, x and y, or m and y of units; none of the latter moved by x; no
    interference between units.

    Parameters
    ----------
    y, m, x
        Outcome, mediator and cause, (n,), complete; x is the same for all of a unit.
    groups
        One column a level, the units first, as for `random_intercepts`.
    seed, draws
        Of the Monte Carlo interval.
    controls
        Terms of both equations, (n, c).

    Raises
    ------
    UserError
        x varies within a unit, m does not, or as `random_intercepts`.

    Notes
    -----
    Blind spot: the mean of a few members stands for the unit with error, which pulls b_b towards
    b_w (Luedtke et al. 2008); the smaller the units and the ICC of m, the more.
    """
    same_rows(y=y, m=m, x=x, groups=groups, controls=controls)
    y, groups = without_index(y), without_index(groups)
    cause, mediator = variable(x, "x"), variable(m, "m")
    mean = _unit_means(cause, mediator, groups)
    first = random_intercepts(mediator, terms_of({"x": cause}, controls), groups, level, reml=reml)
    columns = {"x": cause, "m within": mediator - mean, "m between": mean}
    second = random_intercepts(y, terms_of(columns, controls), groups, level, reml=reml)
    a, b = first["x"], second["m between"]
    indirect, delta = _product(a, b, second, level, draws, seed)
    return MultilevelMediation(
        first,
        second,
        replace(a, term="a"),
        replace(b, term="b between"),
        replace(second["m within"], term="b within"),
        second.combination({"m between": 1.0, "m within": -1.0}, "contextual"),
        replace(second["x"], term="direct"),
        indirect,
        delta,
    )


def _unit_means(x: Floats, m: Floats, groups: pd.DataFrame) -> Floats:
    codes, G = cluster_codes(groups.iloc[:, 0], m.size)
    sizes = np.bincount(codes, minlength=G)
    first = np.zeros(G)
    first[codes[::-1]] = x[::-1]
    mend = "pass a cause of the unit, or its unit mean"
    refuse_rows(first[codes] != x, "x varies within a unit", mend, x)
    if not varies_within(m, codes):
        raise UserError("m does not vary within units", "use a regression of unit means")
    return np.asarray((cluster_sums(m, codes, G) / sizes)[codes])


def _product(
    a: Tidy, b: Tidy, outcome: Multilevel, level: float, draws: int, seed: int
) -> tuple[Tidy, Tidy]:
    value = a.value * b.value
    rng = np.random.default_rng(seed)
    drawn = rng.normal(a.value, a.se, draws) * rng.normal(b.value, b.se, draws)
    tail = (1 - check_level(level)) / 2
    low, high = (float(q) for q in np.quantile(drawn, [tail, 1 - tail]))
    share = 1 + min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    p = min(1.0, 2 * share / (draws + 1))
    method = Method.of("two_one_one", fit=outcome.fit.method)
    indirect = Tidy(
        "indirect",
        value,
        float(drawn.std(ddof=1)),
        low,
        high,
        level,
        p,
        outcome.fit.n,
        outcome.fit.n_clusters,
        method.also("monte_carlo", draws=draws, seed=seed),
    )
    se = sqrt(a.value**2 * b.se**2 + b.value**2 * a.se**2)
    return indirect, outcome.fit.line("indirect", value, se, method.also("delta_normal"))
