"""Missing answers: chained equations, and the rules that pool what they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import same_rows, t_p_value, t_quantile
from compendium.stats.clusters import cluster_codes, cluster_sums
from compendium.stats.fit import Fit
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Flags = NDArray[np.bool_]

DONORS = 5
"""Nearest observed answers from which one is drawn, as in mice."""
RIDGE = 1e-5
"""Relative increase of the diagonal of the cross products: collinear items do no harm."""
MIN_OBSERVED = 10
"""Answers an incomplete column needs: with fewer there is nothing to match."""
MIN_IMPUTATIONS = 2


@dataclass(frozen=True, eq=False)
class Imputed:
    """Completed data sets.

    Attributes
    ----------
    frames
        m frames like the one given, its gaps filled with observed values of the same column.
    missing
        Number of gaps by column.
    trace
        Mean and standard deviation of the filled values: `imputation`, `iteration`, `column`,
        `mean`, `sd`; the lines of the imputations should mix and not drift.
    method
        What was done.
    """

    frames: tuple[pd.DataFrame, ...]
    missing: dict[str, int]
    trace: pd.DataFrame
    method: Method


def impute(
    frame: pd.DataFrame,
    cluster: object = None,
    *,
    m: int,
    seed: int,
    iterations: int = 10,
    donors: int = DONORS,
) -> Imputed:
    """Multiple imputation by chained equations with predictive mean matching.

    Each incomplete column in turn is regressed on all others (van Buuren and Groothuis-Oudshoorn
    2011); coefficients are drawn from their posterior, and each gap takes the answer of one of the
    `donors` respondents whose fitted value is nearest to the gap's drawn one (type 1 matching).
    Filled values are answers that somebody gave, so five-point scales stay five-point scales.

    Parameters
    ----------
    frame
        Numbers only, (n, p): ordinal and continuous items, and complete columns that help. Every
        variable of the later analysis belongs here, the outcome too.
    cluster
        Label of each row's cluster: the cluster means of the other columns are predictors too, and
        a cluster effect is drawn with the coefficients, so that likeness within clusters is not
        lost.
    m, iterations
        Number of completed frames and of rounds for each.
    seed
        Of all draws; each frame has a stream of its own, so frame i does not depend on m.

    Raises
    ------
    UserError
        A column that is not numeric, all missing or constant; fewer than two imputations; nothing
        is missing.

    Notes
    -----
    Blind spots: answers are taken as missing at random given the columns here. Relations between
    items are linear in the predictors; an interaction of interest must be a column. Where hardly
    anything predicts an item, matching narrows to few donors and the fraction of missing
    information comes out too high, as it does in mice.
    """
    same_rows(frame=frame, clusters=cluster)
    given, gaps = _checked(frame, m)
    # Dividing by a power of two next to a column's largest number loses no digit.
    _, exponent = np.frexp(np.nanmax(np.abs(given), axis=0))
    unit = np.asarray(2.0**exponent)
    values = given / unit
    incomplete = [int(j) for j in np.argsort(gaps.sum(axis=0), kind="stable") if gaps[:, j].any()]
    groups = None if cluster is None else cluster_codes(cluster, len(frame))
    frames, traces = [], []
    for i, stream in enumerate(np.random.SeedSequence(seed).spawn(m)):
        rng = np.random.default_rng(stream)
        filled = _start(values, gaps, rng)
        for iteration in range(iterations):
            for j in incomplete:
                here, drawn = _predictions(filled, j, gaps[:, j], groups, rng)
                filled[gaps[:, j], j] = _match(filled[:, j], here, drawn, gaps[:, j], donors, rng)
            traces += _trace(frame, filled * unit, gaps, incomplete, i, iteration)
        frames.append(pd.DataFrame(filled * unit, index=frame.index, columns=frame.columns))
    missing = {str(frame.columns[j]): int(gaps[:, j].sum()) for j in incomplete}
    method = Method.of("chained", donors=donors, m=m, iterations=iterations)
    method = method.also("chained_clusters", G=groups[1]) if groups else method
    method = method.also("seed", seed=seed)
    return Imputed(tuple(frames), missing, pd.DataFrame(traces), method)


@dataclass(frozen=True)
class Pooled:
    """A parameter pooled over imputations.

    Attributes
    ----------
    line
        Estimate, total standard error, interval and p on `df` degrees of freedom.
    within, between
        Mean of the squared standard errors, and variance of the estimates.
    df
        Degrees of freedom by Barnard and Rubin (1999).
    riv, share
        Relative increase of variance by missing answers, and share of variance due to them
        (lambda).
    fmi
        Fraction of missing information, corrected for the finite number of imputations.
    """

    line: Tidy
    within: float
    between: float
    df: float
    riv: float
    share: float
    fmi: float


def pool(lines: Sequence[Tidy], df_complete: float = inf) -> Pooled:
    """Pool one parameter over completed data sets by Rubin's rules.

    Parameters
    ----------
    lines
        The parameter's line in each completed data set: value, se, the same n and level.
    df_complete
        Degrees of freedom of the analysis had nothing been missing; G - 1 with clusters.

    Raises
    ------
    UserError
        Fewer than two lines, different terms or numbers of rows, a missing standard error.

    Notes
    -----
    Rubin (1987, section 3.3); degrees of freedom by Barnard and Rubin (1999, eqs. 2 to 4).
    """
    if len(lines) < MIN_IMPUTATIONS:
        raise UserError("Rubin's rules need two imputations", "use 20", value=len(lines))
    if len({(line.term, line.n, line.level) for line in lines}) > 1:
        raise UserError("the lines differ in term, rows or level", "pool one parameter")
    if not all(line.se > 0 for line in lines):
        raise UserError("a line has no standard error", "pool estimates with errors")
    m, first = len(lines), lines[0]
    estimates = np.array([line.value for line in lines])
    within = float(np.mean([line.se**2 for line in lines]))
    between = float(estimates.var(ddof=1))
    extra = (1 + 1 / m) * between
    total = within + extra
    share, riv = extra / total, extra / within
    df = _degrees(m, share, df_complete)
    fmi = (riv + 2 / (df + 3)) / (riv + 1)
    value, se = float(estimates.mean()), sqrt(total)
    half = t_quantile(first.level, df) * se
    method = first.method.then("pooled_imputations", m=m, df=df)
    line = replace(
        first,
        value=value,
        se=se,
        ci_low=value - half,
        ci_high=value + half,
        p=t_p_value(value / se, df),
        method=method,
    )
    return Pooled(line, within, between, df, riv, share, fmi)


def pool_fits(fits: Sequence[Fit]) -> tuple[Pooled, ...]:
    """Pool every coefficient of a model fitted to each completed data set."""
    if not fits or any(fit.terms != fits[0].terms for fit in fits):
        raise UserError("the fits have different terms", "fit the same model to each frame")
    return tuple(
        pool([fit[term] for fit in fits], min(fit.df for fit in fits)) for term in fits[0].terms
    )


def beside_complete_cases(
    estimate: Callable[[pd.DataFrame], Fit], frame: pd.DataFrame, imputed: Imputed
) -> pd.DataFrame:
    """Fit a model to the complete rows and to each completed frame, side by side.

    Parameters
    ----------
    estimate
        Makes a fit of a frame like `frame`; it looks up clusters and the like by the frame's index.
    frame
        The data with gaps.

    Returns
    -------
    DataFrame
        One row a term: `term`, `complete_value`, `complete_se`, `complete_ci_low`,
        `complete_ci_high`, `complete_n`, the same with `pooled_`, `df`, `riv`, `fmi`.
    """
    complete = estimate(frame.dropna())
    pooled = pool_fits([estimate(one) for one in imputed.frames])
    rows = []
    for found in pooled:
        row: dict[str, object] = {"term": found.line.term}
        for kind, line in (("complete", complete[found.line.term]), ("pooled", found.line)):
            for key in ("value", "se", "ci_low", "ci_high", "n"):
                row[f"{kind}_{key}"] = getattr(line, key)
        rows.append(row | {"df": found.df, "riv": found.riv, "fmi": found.fmi})
    levels = [complete.level, *(found.line.level for found in pooled)]
    return at_level(pd.DataFrame(rows), levels)


def _checked(frame: pd.DataFrame, m: int) -> tuple[Floats, Flags]:
    if m < MIN_IMPUTATIONS:
        raise UserError("Rubin's rules need two imputations", "use 20", value=m)
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            raise UserError("not a column of numbers", "code it first", column=str(column))
    values = frame.to_numpy(dtype=float, na_value=np.nan)
    gaps = np.isnan(values)
    if not gaps.any():
        raise UserError("nothing is missing", "use the data as they are")
    for j, column in enumerate(frame.columns):
        seen = values[~gaps[:, j], j]
        if gaps[:, j].any() and seen.size < MIN_OBSERVED:
            raise UserError(f"{seen.size} answers in the column", "drop it", column=str(column))
        if np.ptp(seen) == 0:
            raise UserError("the column is the same in every row", "drop it", column=str(column))
    return values, gaps


def _start(values: Floats, gaps: Flags, rng: np.random.Generator) -> Floats:
    """Fill each gap with a random answer of its column."""
    filled = values.copy()
    for j in range(values.shape[1]):
        hole = gaps[:, j]
        filled[hole, j] = rng.choice(values[~hole, j], size=int(hole.sum()))
    return filled


def _predictors(filled: Floats, j: int, groups: tuple[Integers, int] | None) -> Floats:
    """Intercept, the other columns and their cluster means."""
    others = np.delete(filled, j, axis=1)
    parts = [np.ones((len(filled), 1)), others]
    if groups is not None:
        codes, G = groups
        size = np.bincount(codes, minlength=G)[:, None]
        parts.append((cluster_sums(others, codes, G) / size)[codes])
    return np.hstack(parts)


def _predictions(
    filled: Floats,
    j: int,
    hole: Flags,
    groups: tuple[Integers, int] | None,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Fitted value of each row, and its prediction from drawn coefficients and cluster effects."""
    X = _predictors(filled, j, groups)
    y, Z = filled[~hole, j], X[~hole]
    gram = Z.T @ Z
    gram[np.diag_indices_from(gram)] *= 1 + RIDGE
    inverse = np.linalg.inv(gram)
    b = inverse @ (Z.T @ y)
    rest = y - Z @ b
    sigma = np.sqrt(rest @ rest / rng.chisquare(max(y.size - Z.shape[1], 1)))
    b_drawn = b + sigma * np.linalg.cholesky((inverse + inverse.T) / 2) @ rng.normal(size=b.size)
    if groups is None:
        return X @ b, X @ b_drawn
    codes, G = groups
    mean, drawn = _cluster_effects(rest, codes[~hole], G, rng)
    return X @ b + mean[codes], X @ b_drawn + drawn[codes]


def _cluster_effects(
    rest: Floats, codes: Integers, G: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Posterior mean and a draw of each cluster's effect, (G,), from residuals.

    Variances within and between clusters by the analysis of variance of unequal groups, each drawn
    from its chi-squared; a cluster without answers gets a draw from all clusters.
    """
    size = np.bincount(codes, minlength=G).astype(float)
    seen = size > 0
    mean = np.bincount(codes, rest, minlength=G) / np.maximum(size, 1)
    df_within, df_between = rest.size - seen.sum(), seen.sum() - 1
    if df_within < 1 or df_between < 1:
        return np.zeros(G), np.zeros(G)
    within = ((rest - mean[codes]) ** 2).sum() / rng.chisquare(df_within)
    between = (size * (mean - rest.mean()) ** 2).sum() / rng.chisquare(df_between)
    alike = (rest.size - (size**2).sum() / rest.size) / df_between
    tau2 = max(0.0, (between - within) / alike)
    shrink = tau2 * size / (tau2 * size + within)
    drawn = shrink * mean + np.sqrt(tau2 * (1 - shrink)) * rng.normal(size=G)
    return shrink * mean, drawn


def _match(
    column: Floats, here: Floats, drawn: Floats, hole: Flags, donors: int, rng: np.random.Generator
) -> Floats:
    """Answers of donors whose fitted value is near to the drawn prediction of each gap."""
    seen = column[~hole]
    return seen[_nearest(here[~hole], drawn[hole], min(donors, seen.size), rng)]


def _nearest(have: Floats, want: Floats, donors: int, rng: np.random.Generator) -> Integers:
    """For each wanted number the index of one of its `donors` nearest, drawn at random."""
    shuffled = rng.permutation(have.size)
    order = shuffled[np.argsort(have[shuffled], kind="stable")]
    ranked = have[order]
    at = np.searchsorted(ranked, want)
    first = np.clip(at - donors, 0, max(have.size - 2 * donors, 0))
    window = first[:, None] + np.arange(min(2 * donors, have.size))
    distance = np.abs(ranked[window] - want[:, None])
    near = np.argpartition(distance, donors - 1, axis=1)[:, :donors]
    pick = near[np.arange(want.size), rng.integers(0, donors, size=want.size)]
    return np.asarray(order[window[np.arange(want.size), pick]])


def _trace(
    frame: pd.DataFrame,
    filled: Floats,
    gaps: Flags,
    incomplete: Sequence[int],
    imputation: int,
    iteration: int,
) -> list[dict[str, object]]:
    rows = []
    for j in incomplete:
        values = filled[gaps[:, j], j]
        rows.append(
            {
                "imputation": imputation + 1,
                "iteration": iteration + 1,
                "column": str(frame.columns[j]),
                "mean": float(values.mean()),
                "sd": float(values.std(ddof=1)) if values.size > 1 else nan,
            }
        )
    return rows


def _degrees(m: int, share: float, df_complete: float) -> float:
    """Barnard and Rubin (1999); without missing information those of the complete data."""
    old = (m - 1) / share**2 if share > 0 else inf
    if df_complete == inf:
        return old
    observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    return observed if old == inf else old * observed / (old + observed)
