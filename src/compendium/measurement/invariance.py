"""Measurement invariance across groups: configural, metric and scalar models side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.measurement.answers import MIN_ROWS, answers, refuse_constant
from compendium.measurement.covariance_structure import (
    FIXED,
    Moments,
    Pattern,
    Solution,
    fit_structure,
    moments,
)
from compendium.measurement.factor import normal_line, with_improper
from compendium.measurement.fit_indices import RMSEA_LEVEL, Clusters, FitIndices, judged
from compendium.measurement.simple_structure import Structure, flipped, impossible, refuse_few
from compendium.stats.checks import LEVEL, check_level, refuse_rows, same_rows
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

LEVELS = ("configural", "metric", "scalar")
CFI_DROP = 0.010
"""Fall of CFI up to which a level holds (Cheung and Rensvold 2002; Chen 2007)."""
RMSEA_RISE = 0.015
"""Rise of RMSEA up to which a level holds (Chen 2007)."""


@dataclass(frozen=True, eq=False)
class Invariance:
    """Invariance of a factor model across groups.

    Attributes
    ----------
    groups
        Complete rows by group; the first is the reference.
    frame
        One row a level: `model`, the indices of its fit, the differences from the level before
        (`delta_chi2`, `delta_df`, `delta_p`, `delta_cfi`, `delta_rmsea`) and `holds`: CFI falls by
        at most 0.010 and RMSEA rises by at most 0.015. The chi-squared difference refutes trifles
        in large samples and is not part of it. nan and None at the first level.
    fits
        Fit by level.
    latent_means
        Differences of factor means from the reference group under the scalar model, in standard
        deviations of the reference group, term "factor: group".
    loadings
        Under the metric model, unstandardised, common to all groups: `factor`, `item`, `loading`.
    improper
        What cannot be, by level.
    """

    groups: dict[str, int]
    frame: pd.DataFrame
    fits: dict[str, FitIndices]
    latent_means: tuple[Tidy, ...]
    loadings: pd.DataFrame
    improper: dict[str, tuple[str, ...]]


def invariance(
    items: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    group: object,
    *,
    residual_covariances: Sequence[tuple[str, str]] = (),
    free_loadings: Collection[str] = (),
    free_intercepts: Collection[str] = (),
    cluster: object = None,
    robust_errors: bool = False,
    level: float = LEVEL,
    name: str | None = None,
) -> Invariance:
    """Configural, metric and scalar models of complete rows by maximum likelihood.

    Parameters
    ----------
    items, factors, residual_covariances, cluster, robust_errors
        As for `cfa`.
    group
        Group of each row; categories keep their order, other labels are sorted. The first is the
        reference, whose factors have mean 0 and variance 1.
    free_loadings, free_intercepts
        Items let go in the metric and scalar models (partial invariance, Byrne, Shavelson and
        Muthen 1989); decide on them before looking at differences of means.

    Raises
    ------
    UserError
        Fewer than two groups, a group with fewer than 30 complete rows or a constant item, and
        whatever `cfa` raises.

    Notes
    -----
    With a cluster or robust errors the chi-squared difference is scaled (Satorra and Bentler 2001);
    it is nan where its scaling factor is not positive.
    """
    same_rows(items=items, groups=group, clusters=cluster)
    structure = Structure.of(factors, residual_covariances)
    _check_free(structure, (*free_loadings, *free_intercepts))
    found = answers(items, structure.items)
    rows = found.complete_rows(MIN_ROWS)
    labels, positions = _groups(group, found.complete)
    parts = [rows[index] for index in positions]
    samples = [_sample(part, label, structure) for part, label in zip(parts, labels, strict=True)]
    clusters = Clusters.of(cluster, robust_errors, found.complete, positions, name)
    builder = _Builder(structure, len(labels), frozenset(free_loadings), frozenset(free_intercepts))
    solutions: dict[str, Solution] = {}
    fits, covariances = {}, {}
    for model in LEVELS:
        solutions[model] = builder.fit(model, samples)
        covariances[model], fits[model] = judged(solutions[model], parts, clusters)
    return Invariance(
        {label: len(part) for label, part in zip(labels, parts, strict=True)},
        _compared(fits),
        fits,
        _latent_means(
            solutions["scalar"], covariances["scalar"], structure, labels, clusters, level
        ),
        _common_loadings(solutions["metric"], structure),
        {model: tuple(map(str, impossible(solutions[model], structure))) for model in LEVELS},
    )


@dataclass(frozen=True)
class _Builder:
    """Patterns of the three levels for some groups."""

    structure: Structure
    groups: int
    free_loadings: frozenset[str]
    free_intercepts: frozenset[str]

    def fit(self, model: str, samples: Sequence[Moments]) -> Solution:
        """Patterns, first guess from each group by itself, maximum likelihood."""
        patterns, q = self.patterns(model)
        refuse_few(sum(sample.n for sample in samples), q)
        start = np.zeros(q)
        for pattern, sample in reversed(list(zip(patterns, samples, strict=True))):
            single, size = self.structure.pattern()
            guess = self.structure.start(sample, size)
            _place(start, pattern, single, guess)
            start[_given(pattern.intercepts)] = sample.mean
        solution = fit_structure(patterns, samples, start)
        return flipped(solution, self.structure) if model == "configural" else solution

    def patterns(self, model: str) -> tuple[list[Pattern], int]:
        """Positions by group: a common parameter has the position it has in the first group."""
        single, _ = self.structure.pattern()
        p, m = single.loadings.shape
        patterns: list[Pattern] = []
        q = 0
        for g in range(self.groups):
            loadings, q = _renumber(single.loadings, q)
            between, q = _renumber(single.factor_covariances, q)
            residuals, q = _renumber(single.residual_covariances, q)
            intercepts, q = q + np.arange(p), q + p
            means = np.full(m, FIXED)
            if g and model != "configural":
                loadings = self._tied(loadings, patterns[0].loadings, self.free_loadings)
                between = between.copy()  # variances of later groups are free
                np.fill_diagonal(between, q + np.arange(len(between)))
                q += len(between)
            if g and model == "scalar":
                free = self.free_intercepts
                intercepts = self._tied(intercepts, patterns[0].intercepts, free)
                means, q = q + np.arange(m), q + m
            patterns.append(Pattern(loadings, between, residuals, intercepts, means))
        return _compact(patterns)

    def _tied(self, own: Integers, first: Integers | None, free: frozenset[str]) -> Integers:
        """Take the first group's positions except for free items."""
        kept = np.array([item in free for item in self.structure.items])
        kept = kept.reshape(-1, *[1] * (own.ndim - 1))
        return np.where(kept, own, _given(first))


def _groups(group: object, complete: NDArray[np.bool_]) -> tuple[list[str], list[Integers]]:
    labels = pd.Series(group).reset_index(drop=True)
    refuse_rows(labels.isna(), "group is missing", "drop or complete the row")
    codes, names = pd.factorize(labels[complete], sort=True)
    if len(names) < 2:
        raise UserError(
            f"{len(names)} group among complete rows", "invariance compares two or more groups"
        )
    return [str(name) for name in names], [np.flatnonzero(codes == g) for g in range(len(names))]


def _sample(rows: Floats, label: str, structure: Structure) -> Moments:
    if len(rows) < MIN_ROWS:
        raise UserError(
            f"group {label} has {len(rows)} complete rows, at least {MIN_ROWS} needed",
            "join groups or leave this one out",
        )
    refuse_constant(rows, structure.items, f"in group {label}")
    return moments(rows, structure.items)


def _compared(fits: Mapping[str, FitIndices]) -> pd.DataFrame:
    rows = []
    before: FitIndices | None = None
    for model, fit in fits.items():
        rows.append({"model": model, **fit.row(), **_difference(before, fit)})
        before = fit
    return at_level(pd.DataFrame(rows), [RMSEA_LEVEL])


def _difference(before: FitIndices | None, fit: FitIndices) -> dict[str, object]:
    if before is None:
        names = ("delta_chi2", "delta_df", "delta_p", "delta_cfi", "delta_rmsea")
        return {**dict.fromkeys(names, nan), "holds": None}
    df = fit.df - before.df
    raw = fit.chi2 * fit.scaling - before.chi2 * before.scaling
    scaling = (fit.df * fit.scaling - before.df * before.scaling) / df if df else nan
    chi2 = max(raw / scaling, 0.0) if scaling > 0 else nan
    cfi, rmsea = fit.cfi - before.cfi, fit.rmsea - before.rmsea
    return {
        "delta_chi2": chi2,
        "delta_df": df,
        "delta_p": float(special.chdtrc(df, chi2)) if df else nan,
        "delta_cfi": cfi,
        "delta_rmsea": rmsea,
        "holds": bool(cfi >= -CFI_DROP and rmsea <= RMSEA_RISE),
    }


def _latent_means(
    solution: Solution,
    V: Floats,
    structure: Structure,
    labels: Sequence[str],
    clusters: Clusters,
    level: float,
) -> tuple[Tidy, ...]:
    check_level(level)
    ses = np.sqrt(np.diag(V))
    method = Method.of("latent_difference", group=labels[0]).also(clusters.method)
    method = with_improper(method, impossible(solution, structure), "; ")
    lines = []
    for label, pattern in zip(labels[1:], solution.patterns[1:], strict=True):
        for factor, position in zip(structure.factors, _given(pattern.factor_means), strict=True):
            value, se = float(solution.theta[position]), float(ses[position])
            term = f"{factor}: {label}"
            lines.append(normal_line(term, value, se, level, solution.n, clusters.count, method))
    return tuple(lines)


def _common_loadings(solution: Solution, structure: Structure) -> pd.DataFrame:
    names = list(structure.factors)
    j = np.array(structure.owner)
    values = solution.matrices().Lambda[np.arange(j.size), j]
    return pd.DataFrame(
        {"factor": [names[k] for k in j], "item": list(structure.items), "loading": values}
    )


def _check_free(structure: Structure, items: Sequence[str]) -> None:
    unknown = [item for item in items if item not in structure.items]
    if unknown:
        raise UserError("item let go is not in the model", "check its name", column=unknown[0])


def _given(positions: Integers | None) -> Integers:
    if positions is None:
        raise TypeError("the pattern has no mean structure")
    return positions


def _renumber(positions: Integers, first: int) -> tuple[Integers, int]:
    """Number the parameters of one matrix from `first`, in the order of their positions."""
    free = np.unique(positions[positions >= 0])
    fresh = first + np.searchsorted(free, positions)
    return np.where(positions >= 0, fresh, FIXED), first + free.size


def _place(start: Floats, pattern: Pattern, single: Pattern, guess: Floats) -> None:
    """Put a group's own first guess where its parameters are; variances start at 1."""
    for target, source in (
        (pattern.loadings, single.loadings),
        (pattern.factor_covariances, single.factor_covariances),
        (pattern.residual_covariances, single.residual_covariances),
    ):
        free = target >= 0
        start[target[free]] = np.where(source[free] >= 0, guess[source[free]], 1.0)


def _compact(patterns: Sequence[Pattern]) -> tuple[list[Pattern], int]:
    """Close the gaps that tied parameters leave in the numbering."""
    fields = (
        "loadings",
        "factor_covariances",
        "residual_covariances",
        "intercepts",
        "factor_means",
    )
    used = np.unique(np.concatenate([getattr(p, f).ravel() for p in patterns for f in fields]))
    used = used[used >= 0]

    def close(positions: Integers) -> Integers:
        return np.where(positions >= 0, np.searchsorted(used, positions), FIXED)

    closed = [Pattern(*(close(getattr(p, f)) for f in fields)) for p in patterns]
    return closed, used.size
