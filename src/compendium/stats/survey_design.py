"""Estimates from a sample with design weights, strata and clusters, errors by linearisation."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.alone import decided_alone
from compendium.stats.checks import LEVEL, check_level, numbers, refuse_rows, same_rows, t_quantile
from compendium.stats.clusters import cluster_codes
from compendium.stats.design import check_design
from compendium.stats.fit import Fit
from compendium.stats.method import Method
from compendium.stats.solve import EXACT, solve
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Flags = NDArray[np.bool_]

LONELY = ("refuse", "centre", "certain")


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """How the sample was drawn; made by `survey_design`.

    Attributes
    ----------
    w
        Weight of each row, (n,).
    unit, stratum
        Number of each row's primary sampling unit, and of each unit's stratum, (n,) and (G,).
    n_units, n_strata
        How many there are.
    lonely
        What is done with a stratum of one unit.
    method
        How errors are made.
    index
        Index of the weights; None when they were no pandas object.
    clusters
        Label of each row's unit as given, for cautions; None when each row is one.
    """

    w: Floats
    unit: Integers
    stratum: Integers
    n_units: int
    n_strata: int
    lonely: str
    method: Method
    index: pd.Index[Any] | None = None
    clusters: object = None

    @property
    def weights(self) -> object:
        """Weights with the index they were given with, if any: outcomes must have the same."""
        return self.w if self.index is None else pd.Series(self.w, index=self.index)

    @property
    def n(self) -> int:
        """Rows."""
        return self.w.size

    def degrees(self, rows: Flags) -> float:
        """Units less strata, of those with a weight above 0 among the rows."""
        units = np.unique(self.unit[rows & (self.w > 0)])
        return float(units.size - np.unique(self.stratum[units]).size)

    @property
    def effective(self) -> float:
        """Effective number of rows by the weights alone, (sum w)^2 / sum w^2 (Kish 1965)."""
        return float(self.w.sum() ** 2 / (self.w**2).sum())

    def covariance(self, z: Floats) -> Floats:
        """Covariance of the totals of z, (n, k), weights included: (k, k).

        Sum over strata of n_h / (n_h - 1) times the cross products of the units' totals about
        their stratum's mean; units are taken as drawn with replacement.
        """
        totals = np.zeros((self.n_units, z.shape[1]))
        np.add.at(totals, self.unit, z)
        size = np.bincount(self.stratum, minlength=self.n_strata)
        means = np.zeros((self.n_strata, z.shape[1]))
        np.add.at(means, self.stratum, totals)
        means /= size[:, None]
        alone = size == 1
        if self.lonely == "centre":
            means[alone] = totals.mean(axis=0)
        factor = np.where(alone, 1.0, size / np.maximum(size - 1, 1))[self.stratum]
        rest = (totals - means[self.stratum]) * np.sqrt(factor)[:, None]
        return np.asarray(rest.T @ rest)


def survey_design(
    weights: object, strata: object = None, cluster: object = None, *, lonely: str = "refuse"
) -> SurveyDesign:
    """Check weights, strata and primary sampling units.

    Parameters
    ----------
    weights
        Inverse chance of being drawn, (n,): not negative, not all 0.
    strata
        Label of each row's stratum; None: one stratum.
    cluster
        Label of each row's primary sampling unit; None: rows were drawn one by one.
    lonely
        A stratum of one unit has no variance: "refuse" it, "centre" its unit at the mean of all
        units (cautious), or take it as drawn with "certain"ty (adds nothing).

    Raises
    ------
    UserError
        A negative or missing weight, a unit in two strata, one unit only, a stratum of one unit.
    """
    same_rows(weights=weights, strata=strata, clusters=cluster)
    w = numbers(weights, "weight")
    refuse_rows(w < 0, "a weight is negative", "correct the weights", w)
    if w.sum() == 0:
        raise UserError("all weights are 0", "pass design weights")
    if lonely not in LONELY:
        raise UserError("unknown treatment", f"use one of {', '.join(LONELY)}", value=lonely)
    unit, G = cluster_codes(cluster, w.size)
    stratum, H = _strata(strata, w.size)
    by_unit = np.zeros(G, dtype=np.intp)
    by_unit[unit[::-1]] = stratum[::-1]
    strays = by_unit[unit] != stratum
    refuse_rows(strays, "a unit lies in two strata", "name units uniquely over strata", cluster)
    size = np.bincount(by_unit, minlength=H)
    if lonely == "refuse" and (size == 1).any():
        label = pd.Series(strata).iloc[int(np.flatnonzero(stratum == int(size.argmin()))[0])]
        raise UserError(
            "a stratum has one unit", 'join strata, or use lonely="centre"', value=label
        )
    if G - H < 1:
        raise UserError("every stratum has one unit", "no standard error can be estimated")
    plain = Method.of("linearised", units=G)
    words = Method.of("linearised_strata", units=G, strata=H) if H > 1 else plain
    index = weights.index if isinstance(weights, pd.Series) else None
    return SurveyDesign(w, unit, by_unit, G, H, lonely, words, index, cluster)


def weighted_share(
    design: SurveyDesign,
    flags: object,
    level: float = LEVEL,
    *,
    where: object = None,
    term: str = "share",
) -> Tidy:
    """Weighted share with an interval on the logit scale, which stays between 0 and 1.

    Raises
    ------
    UserError
        As `weighted_mean`; a value that is neither 0 nor 1.
    """
    values, rows = _in_domain(design, flags, where)
    if not np.isin(values, (0.0, 1.0)).all():
        raise UserError("a share is made of 0 and 1", "use weighted_mean for numbers")
    share, se = _ratio(design, values, rows)
    df = design.degrees(rows)
    method = Method.of("weighted_share").also(design.method).also("logit_interval").also("t", df=df)
    n = int(rows.sum())
    if isnan(se):
        words = method.namely("all_alike")
        return Tidy(term, share, level=level, n=n, n_clusters=design.n_units, method=words)
    half = t_quantile(check_level(level), df) * se / (share * (1 - share))
    low, high = (float(special.expit(special.logit(share) + s * half)) for s in (-1, 1))
    return Tidy(term, share, se, low, high, level, float("nan"), n, design.n_units, method)


def weighted_ls(design: SurveyDesign, y: object, X: pd.DataFrame, level: float = LEVEL) -> Fit:
    """Weighted least squares with linearised errors (Fuller 1975; Binder 1983).

    Parameters
    ----------
    y, X
        As for `ols`. t has units - strata + 1 - k degrees of freedom.

    Raises
    ------
    UserError
        As `ols`; no more units than strata and coefficients.
    """
    same_rows(weights=design.weights, outcome=y, terms=X)
    outcome = numbers(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    df = design.degrees(np.ones(design.n, dtype=bool)) + 1 - len(terms)
    if df < 1:
        raise UserError("too few units for these terms", "use fewer terms", value=design.n_units)
    root = np.sqrt(design.w)
    solution = solve(outcome * root, matrix * root[:, None], terms)
    basis = solution.basis
    V = basis.L @ design.covariance(basis.Z * solution.u_hat[:, None]) @ basis.L.T
    method = Method.of("weighted_ls").also(design.method).also("t", df=df)
    return Fit(
        terms,
        solution.beta,
        np.asarray(V),
        design.n,
        design.n_units,
        df,
        check_level(level),
        method,
        matrix @ solution.beta,
        alone=decided_alone(basis.Z, design.unit, design.clusters),
        L=basis.L,
        r2=_weighted_r2(outcome, solution.u_hat, design.w),
    )


def _weighted_r2(outcome: Floats, u_hat: Floats, w: Floats) -> float:
    """Share of the weighted variation that is explained; the residuals bear the weights' roots."""
    around = outcome - np.average(outcome, weights=w)
    return 1 - float(u_hat @ u_hat) / float(w @ around**2)


def _strata(strata: object, n: int) -> tuple[Integers, int]:
    if strata is None:
        return np.zeros(n, dtype=np.intp), 1
    labels = pd.Series(strata).reset_index(drop=True)
    if len(labels) != n:
        raise UserError(f"{len(labels)} strata for {n} weights", "give one label a row")
    refuse_rows(labels.isna(), "a stratum is missing", "complete it")
    codes, found = pd.factorize(labels)
    return codes.astype(np.intp), len(found)


def _in_domain(design: SurveyDesign, y: object, where: object) -> tuple[Floats, Flags]:
    same_rows(weights=design.weights, values=y, where=where)
    values = pd.Series(y)
    rows = np.ones(design.n, dtype=bool) if where is None else np.asarray(where, dtype=bool)
    if design.w[rows].sum() == 0:
        raise UserError("no weight in the subpopulation", "choose rows that occur")
    return numbers(values.where(rows, 0.0), "value"), rows


def _ratio(design: SurveyDesign, y: Floats, rows: Flags) -> tuple[float, float]:
    """Ratio of weighted totals over the rows and its linearised error; nan where it is rounding."""
    w = design.w * rows
    mean = float(w @ y / w.sum())
    z = (w * (y - mean) / w.sum())[:, None]
    se = sqrt(float(design.covariance(z)[0, 0]))
    return mean, se if se > EXACT * float(np.abs(y).max()) else nan
