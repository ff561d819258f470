"""Selection on what is seen and unseen: delta and the adjusted coefficient of Oster (2019)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.inference.confounding.residuals import regression, residuals, squares
from compendium.stats.design import INTERCEPT
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

RMAX_FACTOR = 1.3
"""R_max over the R2 with all covariates: 90% of the randomised results that Oster (2019) gathered
survive it."""
REAL = 1e-8
"""Imaginary part of a root, relative to its size or to sd(outcome)/sd(treatment), of rounding."""
EMPTY = 1e-9
"""Variance of the index over that of the outcome which is none."""
SAME = 1e-9
"""Relative distance at which two roots are one."""


@dataclass(frozen=True)
class Movement:
    """How coefficient and fit move when the covariates come in.

    Attributes
    ----------
    beta_o, r_o
        Coefficient and R2 of the short regression.
    beta_tilde, r_tilde
        Coefficient and R2 with the covariates.
    sigma_yy, sigma_xx, tau_x
        Variances of outcome, of the treatment (net of the terms in both regressions), and of what
        the covariates leave of it.
    """

    term: str
    beta_o: float
    r_o: float
    beta_tilde: float
    r_tilde: float
    sigma_yy: float
    sigma_xx: float
    tau_x: float
    n: int

    def delta(self, r_max: float, beta: float = 0.0) -> float:
        """Strength of selection on the unseen, relative to the seen, that would leave `beta`.

        inf or nan where the equation has no solution.
        """
        self._check(r_max)
        d = self.beta_tilde - beta
        s_2x, s_22 = d * self.tau_x, self._unseen(r_max) + d**2 * self.tau_x
        top, bottom = s_2x * self._index(d), s_22 * self._seen(d)
        if bottom == 0:
            return nan if top == 0 else float(np.sign(top)) * inf
        return top / bottom

    def roots(self, r_max: float, delta: float = 1.0) -> tuple[float, ...]:
        """All coefficients that selection of this strength could leave, nearest to beta~ first.

        The real roots of the cubic of Oster (2019), which is a quadratic for delta 1, without those
        at which the index of the covariates has no variance: there delta is 0 / 0.
        """
        self._check(r_max)
        # In standard deviations of outcome and treatment, so that units change nothing.
        unit = sqrt(self.sigma_yy / self.sigma_xx)
        move, tau = (self.beta_o - self.beta_tilde) / unit, self.tau_x / self.sigma_xx
        unseen, seen = r_max - self.r_tilde, self.r_tilde - self.r_o
        coefficients = [
            (delta - 1) * tau * (1 - tau),
            tau * move * (delta - 2),
            delta * unseen * (1 - tau) - seen * tau - tau * move**2,
            delta * unseen * move,
        ]
        roots = np.roots(np.trim_zeros(coefficients, "f")) if any(coefficients) else np.array([])
        real = [float(x.real) for x in roots if abs(x.imag) <= REAL * max(abs(x), 1.0)]
        near = sorted(real, key=abs)
        apart = [x for i, x in enumerate(near) if not any(_same(x, other) for other in near[:i])]
        told = [x for x in (unit * x for x in apart) if abs(self._index(x)) > EMPTY * self.sigma_yy]
        return tuple(self.beta_tilde - x for x in told)

    def is_admissible(self, beta: float) -> bool:
        """Whether the index has a variance and keeps its sign (Assumption 3 of Oster 2019).

        The unseen must not be so strong that the covariates' true index goes together with the
        treatment in the other direction than the estimated one.
        """
        d, move = self.beta_tilde - beta, self.beta_o - self.beta_tilde
        return self._index(d) > 0 and self._seen(d) * np.sign(move) >= 0

    def _check(self, r_max: float) -> None:
        if not self.r_tilde <= r_max <= 1:
            raise UserError(
                "R_max lies outside the R2 with all covariates and 1",
                f"use a value from {self.r_tilde:.4g} to 1",
                value=r_max,
            )

    def _unseen(self, r_max: float) -> float:
        return (r_max - self.r_tilde) * self.sigma_yy

    def _seen(self, d: float) -> float:
        """Covariance of treatment and index of the covariates, if the unseen bias is d."""
        return (self.beta_o - self.beta_tilde + d) * self.sigma_xx - d * self.tau_x

    def _index(self, d: float) -> float:
        """Variance of the index of the covariates, if the unseen bias is d."""
        short = (self.beta_o - self.beta_tilde + d) ** 2 * self.sigma_xx
        return (self.r_tilde - self.r_o) * self.sigma_yy + short - d**2 * self.tau_x


@dataclass(frozen=True)
class BetaStar:
    """The coefficient that selection of a given strength leaves.

    Attributes
    ----------
    value
        The admissible root nearest to beta~; nan where none is admissible.
    roots
        All real roots, nearest to beta~ first.
    admissible
        Those that satisfy Assumption 3. With more than one, theory does not choose between them.
    """

    value: float
    roots: tuple[float, ...]
    admissible: tuple[float, ...]
    delta: float
    r_max: float


@dataclass(frozen=True)
class Oster:
    """Delta and adjusted coefficient for one treatment.

    Attributes
    ----------
    delta
        Selection on the unseen over selection on the seen that would leave a coefficient of 0.
        Negative: selection in the same direction would enlarge it.
    beta_star
        Coefficient left by selection of equal strength.
    r_max
        R2 of the regression that holds the unseen too.
    within
        Whether R2 is the one within groups.
    """

    movement: Movement
    r_max: float
    delta: float
    beta_star: BetaStar
    within: bool

    def tidy(self) -> tuple[Tidy, ...]:
        """Return delta and beta* as lines, without intervals."""
        n = self.movement.n
        many = len(self.beta_star.admissible)
        told = {"delta": self.beta_star.delta, "most": self.r_max}
        scope = "_within" if self.within else ""
        r2 = Method.of("r2", r2=self.movement.r_tilde)
        delta, beta = (Method.of(f"oster_{w}{scope}", **told).also(r2) for w in ("delta", "beta"))
        roots = Method.of("many_roots", n=many) if many else Method.of("no_roots")
        beta = beta if many == 1 else beta.also(roots)
        return (
            Tidy("delta", self.delta, n=n, method=delta),
            Tidy("beta_star", self.beta_star.value, n=n, method=beta),
        )


def oster(
    y: object,
    X: pd.DataFrame,
    treatment: str,
    *,
    r_max: float | None = None,
    delta: float = 1.0,
    absorb: object = None,
) -> Oster:
    """Delta that explains a coefficient away, and the coefficient under given selection.

    Parameters
    ----------
    y, X, treatment, absorb
        As for `movement`.
    r_max
        R2 of the regression that holds the unseen too; by default 1.3 times the R2 with all
        covariates, at most 1.
    delta
        Selection on the unseen over selection on the seen, for the adjusted coefficient.

    Raises
    ------
    UserError
        As `movement`; r_max below the R2 with all covariates or above 1.

    Notes
    -----
    Blind spots: no standard errors, so nothing here depends on clusters. Delta compares with the
    covariates at hand and says little where these are weak or few: if adding them barely moves the
    coefficient, delta is huge by division. R_max is an assumption. The unseen is taken to be
    uncorrelated with the covariates.
    """
    moved = movement(y, X, treatment, absorb=absorb)
    most = min(1.0, RMAX_FACTOR * moved.r_tilde) if r_max is None else r_max
    star = beta_star(moved, most, delta)
    return Oster(moved, most, moved.delta(most), star, absorb is not None)


def beta_star(moved: Movement, r_max: float, delta: float = 1.0) -> BetaStar:
    """Return the coefficient that selection of strength `delta` leaves, and all other roots.

    Stata's psacalc chooses by the direction of the move instead of Assumption 3; the two differ
    where the nearest root turns back.
    """
    roots = moved.roots(r_max, delta)
    admissible = tuple(root for root in roots if moved.is_admissible(root))
    return BetaStar(admissible[0] if admissible else nan, roots, admissible, delta, r_max)


def movement(y: object, X: pd.DataFrame, treatment: str, *, absorb: object = None) -> Movement:
    """Compare a regression on the treatment alone with one on all terms.

    Parameters
    ----------
    y, X
        Outcome (n,) and all terms (n, k).
    absorb
        Label of each row's group: group effects stand in both, and R2 is the one within groups.

    Raises
    ------
    UserError
        As `confounding`; no covariate stands beside the treatment.
    """
    model = regression(y, X, absorb)
    model.position(treatment)
    added = [term for term in model.terms if term not in (treatment, INTERCEPT)]
    if not added:
        raise UserError("no covariate is added to the short regression", "add one")
    both = model.others(treatment, *added)
    x, centred = model.column(treatment), model.y - model.y.mean()
    x_short, x_long = residuals(x, both), residuals(x, model.others(treatment))
    y_short, y_long = residuals(model.y, both), residuals(model.y, model.others(treatment))
    beta_o = float(x_short @ y_short / squares(x_short))
    beta_tilde = float(x_long @ y_long / squares(x_long))
    total = squares(centred)
    return Movement(
        term=treatment,
        beta_o=beta_o,
        r_o=1 - squares(y_short - beta_o * x_short) / total,
        beta_tilde=beta_tilde,
        r_tilde=1 - squares(y_long - beta_tilde * x_long) / total,
        sigma_yy=total / (model.y.size - 1),
        sigma_xx=squares(x_short) / (model.y.size - 1),
        tau_x=squares(x_long) / (model.y.size - 1),
        n=model.y.size,
    )


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= SAME * max(abs(one), abs(other), sqrt(SAME))
