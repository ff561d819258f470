"""Reliability of sum scores: Cronbach's alpha, McDonald's omega, their ordinal versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.measurement.answers import answers
from compendium.measurement.covariance_structure import (
    Moments,
    Solution,
    check_positive_definite,
    delta,
    fit_structure,
    implied,
)
from compendium.measurement.factor import FactorModel, cfa, normal_line, omega_of, withheld
from compendium.measurement.polychoric import polychoric
from compendium.measurement.simple_structure import (
    MIN_SINGLE,
    Structure,
    flipped,
    heywood,
    impossible,
    refuse_few,
)
from compendium.stats.checks import LEVEL, check_level, same_rows
from compendium.stats.clusters import cluster_codes, cluster_name, cluster_sums
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

FACTOR = "scale"
NO_VARIANCE = 1e-12
"""Share of the items' variances below which that of their sum is rounding."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """Reliability of one scale.

    Attributes
    ----------
    alpha, omega
        Of the sum of the answers as they are.
    ordinal_alpha, ordinal_omega
        Of the sum of the normal variables thought to lie behind the answers (Zumbo, Gadermann and
        Zeisser 2007): not of any score that can be computed, so read them as what more categories
        could reach. No interval.
    """

    alpha: Tidy
    omega: Tidy
    ordinal_alpha: Tidy
    ordinal_omega: Tidy


def reliability(
    items: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    cluster: object = None,
    level: float = LEVEL,
    name: str | None = None,
) -> Reliability:
    """Alpha and omega of one scale, and both from polychoric correlations.

    Parameters
    ----------
    items
        Answers, one row a respondent, reversed items already turned.
    columns
        Items of the scale, all columns by default.
    cluster
        Label of each row's cluster; intervals of alpha and omega then allow for dependence.

    Raises
    ------
    UserError
        A constant item, singular correlations, too few complete rows.
    """
    alpha = cronbach_alpha(items, columns, cluster=cluster, level=level, name=name)
    ordinal_alpha, ordinal_omega = ordinal_reliability(items, columns)
    if _size(items, columns) < MIN_SINGLE:
        method = Method.of("omega_two_items").namely("two_items")
        omega = Tidy("omega", nan, level=level, n=alpha.n, method=method)
        return Reliability(alpha, omega, ordinal_alpha, ordinal_omega)
    omega, _ = omega_total(items, columns, cluster=cluster, level=level, name=name)
    return Reliability(alpha, omega, ordinal_alpha, ordinal_omega)


def reliability_by_scale(
    items: pd.DataFrame,
    scales: Mapping[str, Sequence[str]],
    *,
    cluster: object = None,
    level: float = LEVEL,
    name: str | None = None,
) -> tuple[pd.DataFrame, dict[str, Reliability]]:
    """Reliability of each scale, as a frame and as found.

    Returns
    -------
    frame
        `scale`, `items`, `n`, `alpha`, `alpha_low`, `alpha_high`, `omega`, `omega_low`,
        `omega_high`, `ordinal_alpha`, `ordinal_omega`.
    found
        Reliability by scale.
    """
    found = {
        scale: reliability(items, columns, cluster=cluster, level=level, name=name)
        for scale, columns in scales.items()
    }
    rows = [
        {
            "scale": scale,
            "items": len(scales[scale]),
            "n": one.alpha.n,
            "alpha": one.alpha.value,
            "alpha_low": one.alpha.ci_low,
            "alpha_high": one.alpha.ci_high,
            "omega": one.omega.value,
            "omega_low": one.omega.ci_low,
            "omega_high": one.omega.ci_high,
            "ordinal_alpha": one.ordinal_alpha.value,
            "ordinal_omega": one.ordinal_omega.value,
        }
        for scale, one in found.items()
    ]
    return at_level(pd.DataFrame(rows), [level]), found


def cronbach_alpha(
    items: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    cluster: object = None,
    level: float = LEVEL,
    name: str | None = None,
) -> Tidy:
    """Cronbach's alpha of the sum of complete answers.

    Without clusters the interval is Feldt's (1965, F distribution) and the standard error that of
    Duhachek and Iacobucci (2004), both for normal answers; with clusters both come from the
    linearised alpha summed over clusters, without normality. Alpha is the reliability only if all
    items load alike and errors are uncorrelated; otherwise it is too low or too high.
    """
    same_rows(items=items, clusters=cluster)
    found = answers(items, columns)
    if len(found.names) < 2:
        raise UserError("alpha needs two items or more", "name the items of the scale")
    rows = found.complete_rows(3)
    check_level(level)
    S = np.cov(rows, rowvar=False)
    if S.sum() <= NO_VARIANCE * np.trace(S):
        raise UserError("the sum of the items has no variance", "turn the reversed items")
    alpha = float(alpha_of(S))
    n = len(rows)
    if 1 - alpha <= NO_VARIANCE:
        method = Method.of("alpha").namely("copies")
        return Tidy("alpha", 1.0, level=level, n=n, method=method)
    if cluster is None:
        k = len(S)
        tail = (1 - level) / 2
        df = n - 1, (n - 1) * (k - 1)
        upper, lower = special.fdtri(*df, 1 - tail), special.fdtri(*df, tail)
        low, high = float(1 - (1 - alpha) * upper), float(1 - (1 - alpha) * lower)
        method = Method.of("alpha").also("feldt")
        return Tidy("alpha", alpha, _normal_error(S, n), low, high, level, nan, n, 0, method)
    labels = pd.Series(cluster)
    codes, G = cluster_codes(labels[found.complete], n)
    influence = cluster_sums(_influence(rows), codes, G)
    se = sqrt(G / (G - 1) * float(influence @ influence)) / n
    method = Method.of("alpha").also("linearised_by", by=cluster_name(cluster, name), G=G)
    return replace(normal_line("alpha", alpha, se, level, n, G, method), p=nan)


def ordinal_reliability(
    items: pd.DataFrame, columns: Sequence[str] | None = None
) -> tuple[Tidy, Tidy]:
    """Ordinal alpha and ordinal omega, from polychoric correlations of complete rows.

    Omega is nan with two items. No standard errors: see `Reliability`.

    Raises
    ------
    UserError
        The polychoric correlations are not positive definite.
    """
    found = answers(items, columns)
    rows = pd.DataFrame(found.complete_rows(), columns=list(found.names))
    correlations = polychoric(rows)
    R, n = correlations.correlations.to_numpy(), len(rows)
    check_positive_definite(R, found.names)
    how = Method.of("ordinal_alpha", fit=correlations.method)
    alpha = Tidy("ordinal_alpha", float(alpha_of(R)), n=n, method=how)
    if len(R) < MIN_SINGLE:
        method = Method.of("ordinal_omega_two_items").namely("two_items")
        return alpha, Tidy("ordinal_omega", nan, n=n, method=method)
    structure, solution = one_factor(Moments(n, np.zeros(len(R)), R), found.names)
    improper = impossible(solution, structure)
    method = Method.of("ordinal_omega", fit=correlations.method)
    for word in improper:
        method = method.then(word)
    if heywood(solution, structure):
        return alpha, Tidy("ordinal_omega", nan, n=n, method=method.namely("undefined"))
    model = solution.matrices()
    value = float(omega_of(model.Lambda[:, 0], model.Theta))
    return alpha, Tidy("ordinal_omega", value, n=n, method=method)


def one_factor(group: Moments, names: Sequence[str]) -> tuple[Structure, Solution]:
    """One factor by maximum likelihood for given moments."""
    structure = Structure.of({FACTOR: names}, ())
    pattern, q = structure.pattern()
    refuse_few(group.n, q)
    solution = fit_structure([pattern], [group], structure.start(group, q))
    return structure, flipped(solution, structure)


def alpha_of(S: Floats) -> Floats:
    """Cronbach's alpha of covariances (..., k, k)."""
    k = S.shape[-1]
    trace = np.trace(S, axis1=-2, axis2=-1)
    return np.asarray(k / (k - 1) * (1 - trace / S.sum(axis=(-2, -1))))


def omega_total(
    items: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    cluster: object = None,
    level: float = LEVEL,
    name: str | None = None,
) -> tuple[Tidy, FactorModel]:
    """McDonald's omega of the sum of complete answers, from one factor by maximum likelihood.

    The interval is Wald's by the delta method, robust when clusters are given. Where one factor
    does not fit, omega counts what the items share beyond it as error. It is nan where a residual
    variance is below 0, and the method string says so.
    """
    members = list(items.columns if columns is None else columns)
    model = cfa(items, {FACTOR: members}, cluster=cluster, level=level, name=name)
    solution = model.solution
    pattern = solution.patterns[0]

    def omega(theta: Floats) -> Floats:
        matrices = implied(pattern, theta)
        return np.array([omega_of(matrices.Lambda[:, 0], matrices.Theta)])

    V = model.covariance
    value, se = (float(x[0]) for x in delta(omega, solution.theta, V))
    method = Method.of("omega").also(model.method).also("delta")
    fit = model.indices
    line = normal_line("omega", value, se, level, fit.n, fit.n_clusters, method)
    beyond = heywood(solution, Structure.of({FACTOR: members}, ()))
    (line,) = withheld([line], ("omega",) if beyond else ())
    return replace(line, p=nan), model


def _normal_error(S: Floats, n: int) -> float:
    """Standard error of alpha for normal answers (Duhachek and Iacobucci 2004, eq. 2)."""
    k, total, trace = len(S), float(S.sum()), float(np.trace(S))
    squares = float((S**2).sum())
    row_sums = S.sum(axis=0)
    inner = total * (squares + trace**2) - 2 * trace * float(row_sums @ row_sums)
    return sqrt(2 * k**2 / ((k - 1) ** 2 * total**3) * inner / n)


def _influence(rows: Floats) -> Floats:
    """Influence of each row on alpha, (n,)."""
    k = rows.shape[1]
    d = rows - rows.mean(axis=0)
    squares, sums = (d**2).sum(axis=1), d.sum(axis=1) ** 2
    t, s = squares.mean(), sums.mean()
    return np.asarray(-k / (k - 1) * ((squares - t) / s - t * (sums - s) / s**2))


def _size(items: pd.DataFrame, columns: Sequence[str] | None) -> int:
    return items.shape[1] if columns is None else len(columns)
