"""Confirmatory factor models: fit, standardised loadings, composite reliability, HTMT."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.measurement.answers import MIN_ROWS, answers, correlation
from compendium.measurement.covariance_structure import (
    Numbers,
    Pattern,
    Solution,
    delta,
    fit_structure,
    implied,
    moments,
)
from compendium.measurement.fit_indices import Clusters, FitIndices, judged
from compendium.measurement.simple_structure import (
    Structure,
    flipped,
    heywood,
    impossible,
    refuse_few,
)
from compendium.stats.checks import LEVEL, check_level, same_rows, t_p_value, t_quantile
from compendium.stats.levels import at_level
from compendium.stats.method import NONE, Joint, Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Lines = tuple[Tidy, ...]


@dataclass(frozen=True, eq=False)
class FactorModel:
    """A fitted confirmatory factor model.

    Attributes
    ----------
    factors
        Items by factor.
    indices
        Fit.
    loadings, unstandardised
        One line an item, term "factor =~ item": in units of standard deviations, and in units of
        the answers for a factor of variance 1. Where factors covary negatively by the keying of
        their items the signs follow the items.
    correlations
        Factor correlations, term "first ~~ second".
    composite_reliability, ave
        One line a factor: composite reliability (Fornell and Larcker 1981; covariances of residuals
        within the factor counted as error, Raykov 2001) and average variance extracted. nan, and
        the method says why, where a residual variance of the factor's items is below 0:
        what "explains" more than there is has no reliability.
    loading_frame
        `factor`, `item`, `loading`, `ci_low`, `ci_high`, `se`, `p`, `residual` (share of variance).
    factor_frame
        `factor`, `items`, `composite_reliability`, `ave`, with intervals.
    pair_frame
        `first`, `second`, `correlation`, `ci_low`, `ci_high`, `htmt`, `ave_smaller`,
        `fornell_larcker` (True where both AVE exceed the squared correlation).
    residuals
        Correlations left over, item by item (p, p): where a bad fit comes from.
    improper
        What cannot be: a residual variance below 0, a factor correlation beyond 1. Not mended.
    solution, covariance
        The estimates as the engine has them, and their covariance (q, q).
    method
        How they were estimated.
    """

    factors: dict[str, tuple[str, ...]]
    indices: FitIndices
    loadings: tuple[Tidy, ...]
    unstandardised: tuple[Tidy, ...]
    correlations: tuple[Tidy, ...]
    composite_reliability: tuple[Tidy, ...]
    ave: tuple[Tidy, ...]
    loading_frame: pd.DataFrame
    factor_frame: pd.DataFrame
    pair_frame: pd.DataFrame
    residuals: pd.DataFrame
    improper: tuple[str, ...]
    solution: Solution
    covariance: Floats
    method: Method


def cfa(
    items: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    *,
    residual_covariances: Sequence[tuple[str, str]] = (),
    cluster: object = None,
    robust_errors: bool = False,
    level: float = LEVEL,
    name: str | None = None,
) -> FactorModel:
    """Confirmatory factor model of complete rows by maximum likelihood.

    Parameters
    ----------
    items
        Answers, one row a respondent; other columns are ignored.
    factors
        Items by factor; an item belongs to one factor. Factor variances are 1.
    residual_covariances
        Pairs of items whose residuals covary, e.g. items on the same domain.
    cluster
        Label of each row's cluster. Standard errors and chi-squared are then robust to dependence
        within clusters and to non-normal answers (Satorra and Bentler 1994, over cluster sums).
    robust_errors
        The same for independent rows (MLM).
    level
        Level of intervals, save that of RMSEA.

    Raises
    ------
    UserError
        Missing or constant items, fewer than 30 complete rows or no more rows than parameters,
        singular correlations, a model that is not identified.

    Notes
    -----
    Five-point answers are taken as continuous: loadings are biased towards 0 where few categories
    are used or answers pile up at one end; compare `ordinal_omega`. Rows with a missing answer are
    left out, which is harmless only if they are missing completely at random.
    """
    same_rows(items=items, clusters=cluster)
    structure = Structure.of(factors, residual_covariances)
    found = answers(items, structure.items)
    rows = found.complete_rows(MIN_ROWS)
    pattern, q = structure.pattern()
    refuse_few(len(rows), q)
    group = moments(rows, structure.items)
    solution = fit_structure([pattern], [group], structure.start(group, q))
    solution = flipped(solution, structure)
    clusters = Clusters.of(cluster, robust_errors, found.complete, [np.arange(len(rows))], name)
    V, indices = judged(solution, [rows], clusters)
    return _report(structure, solution, V, indices, clusters, check_level(level))


def standardised_loadings(structure: Structure, pattern: Pattern, theta: Numbers) -> Numbers:
    """Loadings (p,) in standard deviations of factor and item; theta may be complex."""
    model = implied(pattern, theta)
    j = np.array(structure.owner)
    own = model.Lambda[np.arange(j.size), j]
    return np.asarray(own * np.sqrt(model.Psi[j, j]) / np.sqrt(np.diagonal(model.Sigma)))


def omega_of(model_loadings: Numbers, residuals: Numbers) -> Numbers:
    """Share of the variance of a sum that its factor explains: loadings (p,), residuals (p, p)."""
    explained = model_loadings.sum() ** 2
    return np.asarray(explained / (explained + residuals.sum()))


def normal_line(
    term: str, value: float, se: float, level: float, n: int, G: int, method: Method
) -> Tidy:
    """Line with a normal interval and p-value; no error means no interval."""
    value, se = float(value), float(se)
    if not se > 0:
        return Tidy(term, value, nan, nan, nan, level, nan, n, G, method)
    half = t_quantile(level, np.inf) * se
    p = t_p_value(value / se, np.inf)
    return Tidy(term, value, se, value - half, value + half, level, p, n, G, method)


def _report(
    structure: Structure,
    solution: Solution,
    V: Floats,
    indices: FitIndices,
    clusters: Clusters,
    level: float,
) -> FactorModel:
    pattern, theta, factors = solution.patterns[0], solution.theta, list(structure.factors)
    improper = impossible(solution, structure)
    estimated = with_improper(clusters.method, improper, ", ")
    method = Method.of("cfa").also(estimated)

    def lines(word: str, terms: Sequence[str], function: Callable[[Numbers], Numbers]) -> Lines:
        return tuple(
            normal_line(term, value, se, level, indices.n, indices.n_clusters, told)
            for told in [Method.of(word).then(method)]
            for term, value, se in zip(terms, *delta(function, theta, V), strict=True)
        )

    p, m = len(structure.items), len(factors)
    terms = [f"{factors[j]} =~ {i}" for j, i in zip(structure.owner, structure.items, strict=True)]
    pairs = [f"{factors[k]} ~~ {factors[j]}" for k, j in structure.factor_pairs]
    loadings = lines(
        "standardised_loading", terms, lambda t: standardised_loadings(structure, pattern, t)
    )
    correlations = lines("factor_correlation", pairs, lambda t: t[p : p + len(pairs)])
    reliability = lines(
        "composite_reliability", factors, lambda t: _composites(structure, pattern, t)[:m]
    )
    ave = lines("ave", factors, lambda t: _composites(structure, pattern, t)[m:])
    left_over = correlation(solution.moments[0].S) - correlation(solution.matrices().Sigma)
    beyond = heywood(solution, structure)
    reliability, ave = withheld(reliability, beyond), withheld(ave, beyond)
    return FactorModel(
        structure.factors,
        indices,
        loadings,
        lines("loading", terms, lambda t: t[:p]),
        correlations,
        reliability,
        ave,
        _loading_frame(structure, loadings),
        _factor_frame(structure, reliability, ave),
        _pair_frame(structure, solution, correlations, ave),
        pd.DataFrame(left_over, index=list(structure.items), columns=list(structure.items)),
        tuple(map(str, improper)),
        solution,
        V,
        estimated,
    )


def with_improper(method: Method, improper: Sequence[Method], joint: Joint) -> Method:
    """Return the method with what of its solution cannot be, if anything."""
    told, *others = improper or [NONE]
    for other in others:
        told = told.joined(joint, other)
    return method.then("improper").namely(told) if improper else method


def withheld(lines: Sequence[Tidy], beyond: Collection[str]) -> Lines:
    """Lines by factor, without the numbers of the factors that have a negative residual variance.

    Parameters
    ----------
    beyond
        Names of these factors, as from `heywood`.
    """
    return tuple(_without_number(line) if line.term in beyond else line for line in lines)


def _without_number(line: Tidy) -> Tidy:
    method = line.method.then("undefined_residual")
    return Tidy(
        line.term, nan, level=line.level, n=line.n, n_clusters=line.n_clusters, method=method
    )


def _composites(structure: Structure, pattern: Pattern, theta: Numbers) -> Numbers:
    """Composite reliabilities, then average variances extracted, of standardised items."""
    model = implied(pattern, theta)
    scale = np.sqrt(np.diagonal(model.Sigma))
    loadings = standardised_loadings(structure, pattern, theta)
    residuals = model.Theta / np.outer(scale, scale)
    own = [structure.of_factor(j) for j in range(len(structure.factors))]
    reliabilities = [omega_of(loadings[k], residuals[np.ix_(k, k)]) for k in own]
    return np.array([*reliabilities, *((loadings[k] ** 2).mean() for k in own)])


def _loading_frame(structure: Structure, loadings: Sequence[Tidy]) -> pd.DataFrame:
    names = list(structure.factors)
    rows = [
        {
            **{"factor": names[j], "item": item, "loading": line.value},
            **line.cells("ci_low", "ci_high", "se", "p"),
            "residual": 1 - line.value**2,
        }
        for j, item, line in zip(structure.owner, structure.items, loadings, strict=True)
    ]
    return at_level(pd.DataFrame(rows), (line.level for line in loadings))


def _factor_frame(
    structure: Structure, reliability: Sequence[Tidy], ave: Sequence[Tidy]
) -> pd.DataFrame:
    rows = [
        {
            **{"factor": name, "items": len(members)},
            **{"composite_reliability": one.value},
            **{"composite_low": one.ci_low, "composite_high": one.ci_high},
            **{"ave": other.value, "ave_low": other.ci_low, "ave_high": other.ci_high},
        }
        for (name, members), one, other in zip(
            structure.factors.items(), reliability, ave, strict=True
        )
    ]
    return at_level(pd.DataFrame(rows), (line.level for line in (*reliability, *ave)))


def _pair_frame(
    structure: Structure, solution: Solution, correlations: Sequence[Tidy], ave: Sequence[Tidy]
) -> pd.DataFrame:
    names = list(structure.factors)
    ratios = _htmt(correlation(solution.moments[0].S), structure)
    rows = []
    for (k, j), line in zip(structure.factor_pairs, correlations, strict=True):
        smaller = min(ave[j].value, ave[k].value)
        rows.append(
            {
                "first": names[k],
                "second": names[j],
                "correlation": line.value,
                **line.cells("ci_low", "ci_high"),
                "htmt": float(ratios[j, k]),
                "ave_smaller": smaller,
                "fornell_larcker": smaller > line.value**2,
            }
        )
    columns = ["first", "second", "correlation", "ci_low", "ci_high", "htmt"]
    frame = pd.DataFrame(rows, columns=[*columns, "ave_smaller", "fornell_larcker"])
    return at_level(frame, (line.level for line in correlations))


def _htmt(R: Floats, structure: Structure) -> Floats:
    m = len(structure.factors)
    own = [structure.of_factor(j) for j in range(m)]
    within = np.array([_mean_within(R[np.ix_(k, k)]) for k in own])
    ratios = np.eye(m)
    for k, j in structure.factor_pairs:
        between = R[np.ix_(own[j], own[k])].mean()
        product = within[j] * within[k]
        defined = within[j] > 0 and within[k] > 0
        ratios[j, k] = ratios[k, j] = between / sqrt(product) if defined else nan
    return ratios


def _mean_within(R: Floats) -> float:
    k = len(R)
    return float((R.sum() - k) / (k * (k - 1)))
