"""Omitted variable bias in terms of partial R2 (Cinelli and Hazlett 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compendium.errors import UserError
from compendium.inference.confounding.residuals import LEAST_DF, regression, residuals, squares
from compendium.stats.checks import LEVEL, check_level, t_p_value, t_quantile
from compendium.stats.fitted import ols
from compendium.stats.method import Method
from compendium.stats.multilevel import within_ols
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Confounding:
    """What an unseen confounder could do to one coefficient of a linear model.

    Attributes
    ----------
    line
        The coefficient as the model reports it: clustered errors where there are clusters.
    se_classical
        Its standard error under equal variances, which carries the algebra of the bias: times
        sqrt(df) it is sd(outcome's residual) / sd(treatment's residual).
    df
        Residual degrees of freedom of the regression.
    df_adjusted
        Degrees of freedom of t once a confounder is added: df - 1, or clusters less one.
    q
        Share of the estimate that counts as explaining it away.
    partial_r2
        Share of the outcome's residual variance that the treatment explains. Also the least share
        of the treatment that a confounder explaining all the rest of the outcome must explain.
    rv, rv_alpha
        Robustness values: share of both residual variances at which the estimate, or an end of its
        interval, loses the share q of the estimate. 0 where the interval is there already.
    """

    line: Tidy
    se_classical: float
    df: int
    df_adjusted: float
    q: float
    partial_r2: float
    rv: float
    rv_alpha: float

    @property
    def term(self) -> str:
        """Name of the treatment."""
        return self.line.term

    @property
    def critical_t(self) -> float:
        """Critical value of t in the model with the confounder."""
        return t_quantile(self.line.level, self.df_adjusted)

    def bias(self, r2_dz: ArrayLike, r2_yz: ArrayLike) -> Floats:
        """Absolute bias by a confounder of this strength.

        Parameters
        ----------
        r2_dz
            Share of the treatment's residual variance that the confounder explains.
        r2_yz
            Share of the outcome's, the treatment given.

        Raises
        ------
        UserError
            r2_dz outside [0, 1), r2_yz outside [0, 1].
        """
        d, y = _checked_r2(r2_dz, r2_yz)
        return np.asarray(self.se_classical * np.sqrt(self.df * y * d / (1 - d)))

    def values(self, r2_dz: ArrayLike, r2_yz: ArrayLike) -> Floats:
        """Estimates that a confounder which works for the finding would leave."""
        sign = np.sign(self.line.value) or 1.0
        return np.asarray(sign * (abs(self.line.value) - self.bias(r2_dz, r2_yz)))

    def errors(self, r2_dz: ArrayLike, r2_yz: ArrayLike) -> Floats:
        """Return standard errors of these estimates; see `confounding` on clusters."""
        d, y = _checked_r2(r2_dz, r2_yz)
        return np.asarray(self.line.se * np.sqrt((1 - y) / (1 - d) * self.df / (self.df - 1)))

    def t_values(self, r2_dz: ArrayLike, r2_yz: ArrayLike) -> Floats:
        """Return t statistics of these estimates against the share of the estimate that is left."""
        against = (1 - self.q) * self.line.value
        with np.errstate(divide="ignore"):
            return np.asarray((self.values(r2_dz, r2_yz) - against) / self.errors(r2_dz, r2_yz))

    def adjusted(self, r2_dz: float, r2_yz: float) -> Tidy:
        """Return the line that the model would report if it held such a confounder."""
        value, se = float(self.values(r2_dz, r2_yz)), float(self.errors(r2_dz, r2_yz))
        half = self.critical_t * se
        p = t_p_value(value / se, self.df_adjusted) if se > 0 else 0.0
        line = self.line
        method = line.method.then("adjusted_for", r2_dz=r2_dz, r2_yz=r2_yz)
        ends = (value - half, value + half, line.level, p)
        return Tidy(line.term, value, se, *ends, line.n, line.n_clusters, method)

    def tidy(self) -> tuple[Tidy, ...]:
        """Return partial R2 and both robustness values as lines, without intervals."""
        line = self.line
        counts = {"n": line.n, "n_clusters": line.n_clusters}
        share = Method.of("partial_r2", term=line.term, fit=line.method)
        value = Method.of("robustness_value", term=line.term, fit=line.method, q=self.q)
        of_end = value.also("interval_of", level=line.level)
        return (
            Tidy("partial_r2", self.partial_r2, method=share, **counts),
            Tidy("rv", self.rv, method=value, **counts),
            Tidy("rv_alpha", self.rv_alpha, method=of_end, **counts),
        )

    def grid(self, bound: float = 0.4, points: int = 41, *, of: str = "value") -> pd.DataFrame:
        """Estimates ("value") or t statistics ("t") over a grid of strengths.

        Parameters
        ----------
        bound
            Largest partial R2 on both sides.

        Returns
        -------
        DataFrame
            x (with the treatment), y (with the outcome), value; points squared rows.
        """
        if of not in ("value", "t"):
            raise UserError("unknown quantity", "use value or t", value=of)
        if not 0 < bound < 1:
            raise UserError("a partial R2 lies outside 0 to 1", "use 0.4", value=bound)
        steps = np.linspace(0, bound, points)
        x, y = (side.ravel() for side in np.meshgrid(steps, steps))
        found = self.values(x, y) if of == "value" else self.t_values(x, y)
        return pd.DataFrame({"x": x, "y": y, "value": found})


def confounding(
    y: object,
    X: pd.DataFrame,
    treatment: str,
    cluster: object = None,
    level: float = LEVEL,
    *,
    q: float = 1.0,
    absorb: object = None,
    absorbed: str | None = None,
    name: str | None = None,
) -> Confounding:
    """Sensitivity of one coefficient of a linear model to an unseen confounder.

    Parameters
    ----------
    y, X
        Outcome (n,) and terms (n, k), as for `ols`.
    treatment
        The term in question.
    cluster
        Label of each row's cluster: the errors are CR1 with t(G-1). Without clusters and groups
        they are classical with t(n-k).
    q
        Share of the estimate to be explained away: 1 is all of it.
    absorb
        Label of each row's group, whose effects are taken out as in `within_ols`; it is the
        cluster too unless one is given. Shares are then of the variance within groups.

    Raises
    ------
    UserError
        Missing values, collinear terms, no such treatment, no residual variation or degrees of
        freedom, q not above 0.

    Notes
    -----
    Partial R2, the bias and RV are identities of least squares and need no standard error, so
    clusters leave them as they are. What clusters change is the interval. Cinelli and Hazlett
    (2020) derive the adjusted error for classical errors only: se sqrt((1 - R2_yz) / (1 - R2_dz)
    df / (df - 1)). Here the clustered error takes its place in the same formula, which holds if the
    confounder leaves the ratio of clustered to classical error as it is. A confounder that lies
    between clusters takes intra-cluster correlation away with it, and the interval is then too wide
    (cautious); one that works within clusters only can make it too narrow. At equal strengths the
    two factors cancel, so rv_alpha has the authors' closed form with the critical f multiplied by
    that ratio. Effects of groups that are taken out leave confounding between groups aside.

    Blind spots: one confounder (or several taken as one linear index), linear models, a bias toward
    the finding. A high value is no evidence that there is no confounder.
    """
    model = regression(y, X, absorb)
    d = residuals(model.column(treatment), model.others(treatment))
    u_hat = residuals(model.y, model.X)
    se_classical = sqrt(squares(u_hat) / model.df / squares(d))
    if absorb is None:
        errors = {"cov_type": "nonrobust"} if cluster is None else {}
        fit = ols(y, X, cluster, level, name=name, **errors)
    else:
        fit = within_ols(y, X, absorb, cluster, level, absorbed=absorbed, name=name)
    return of_line(fit[treatment], model.df, q=q, se_classical=se_classical)


def of_line(
    line: Tidy, df: int, *, q: float = 1.0, se_classical: float | None = None
) -> Confounding:
    """Sensitivity of a coefficient that was reported elsewhere.

    Parameters
    ----------
    line
        The coefficient with its standard error, level and number of clusters (0 for none).
    df
        Residual degrees of freedom.
    se_classical
        Standard error under equal variances; by default that of the line. A line with clustered
        errors needs it.

    Raises
    ------
    UserError
        Standard error not above 0, clusters without a classical error, fewer than two degrees of
        freedom, q not above 0.
    """
    if not q > 0:
        raise UserError("the share to be explained away must be above 0", "use 1", value=q)
    if df < LEAST_DF:
        raise UserError("no degree of freedom is left for a confounder", "use more rows", value=df)
    if se_classical is None and line.n_clusters:
        raise UserError("clustered errors do not tell the bias", "give the classical error too")
    se = line.se if se_classical is None else se_classical
    if not (se > 0 and line.se > 0):
        raise UserError("a standard error must be above 0", "give the one of the model", value=se)
    level = check_level(line.level)
    df_adjusted = float(line.n_clusters - 1) if line.n_clusters else float(df - 1)
    f = abs(line.value) / se / sqrt(df)
    f_crit = t_quantile(level, df_adjusted) / sqrt(df - 1) * line.se / se
    return Confounding(
        line=line,
        se_classical=se,
        df=df,
        df_adjusted=df_adjusted,
        q=q,
        partial_r2=f**2 / (1 + f**2),
        rv=robustness_value(q * f),
        rv_alpha=robustness_value(q * f, f_crit),
    )


def robustness_value(f: float, f_crit: float = 0.0) -> float:
    """Least R2 with both treatment and outcome at which f is no more than critical.

    After Cinelli and Hazlett (2020), with the case where the largest loss of t lies short of equal
    strengths.

    Parameters
    ----------
    f
        Partial Cohen's f of the treatment, |t| / sqrt(df), times the share q.
    f_crit
        What f would have to be for the interval to touch: critical t / sqrt(df - 1).
    """
    left = f - f_crit
    if left <= 0:
        return 0.0
    if f_crit > 0 and f > 1 / f_crit:
        return (f**2 - f_crit**2) / (1 + f**2)
    if np.isinf(left):
        return 1.0
    return 2 / (1 + sqrt(1 + 4 / left**2))


def _checked_r2(r2_dz: ArrayLike, r2_yz: ArrayLike) -> tuple[Floats, Floats]:
    d, y = np.asarray(r2_dz, dtype=float), np.asarray(r2_yz, dtype=float)
    for values, most, words in ((d, 1.0, "the treatment"), (y, inf, "the outcome")):
        wrong = ~((values >= 0) & (values < most) & (values <= 1))
        if wrong.any():
            raise UserError(
                f"a partial R2 with {words} lies outside 0 to 1",
                "use a share below 1",
                value=float(values[wrong][0] if values.ndim else values),
            )
    return d, y
