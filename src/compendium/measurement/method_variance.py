"""Common-method variance: single-factor test and marker-variable correction.

Neither shows that common-method variance is absent. They are reported because reviewers ask, with
what they cannot do said where they are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.measurement.answers import MIN_ROWS, answers, correlation
from compendium.measurement.covariance_structure import moments
from compendium.measurement.factor import cfa
from compendium.measurement.fit_indices import FitIndices
from compendium.stats.checks import LEVEL, check_level, t_p_value, t_quantile
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

HALF = 0.5
"""Share of variance on the first factor that the single-factor test takes as alarming."""
CHOICES = ("smallest", "second", "mean")


@dataclass(frozen=True, eq=False)
class SingleFactor:
    """Harman's single-factor test.

    Attributes
    ----------
    share
        Share of the items' variance on the first unrotated principal component.
    eigenvalues
        Of the correlation matrix, falling (p,).
    alarming
        True where the share exceeds one half.
    one_factor, proposed
        Fit of one factor for all items, and of the proposed factors.
    """

    share: Tidy
    eigenvalues: Floats
    alarming: bool
    one_factor: FitIndices
    proposed: FitIndices


@dataclass(frozen=True, eq=False)
class MarkerCorrection:
    """Correlations with and without what a marker variable shares with everything.

    Attributes
    ----------
    r_marker
        The correlation taken to be common-method variance.
    marker_frame
        `scale`, `correlation` with the marker.
    frame
        One row a pair: `first`, `second`, `correlation`, `p`, `corrected`, `ci_low`, `ci_high`,
        `p_corrected`, `changes` (True where significance at 5 % is lost).
    corrected
        One line a pair, term "first ~~ second".
    """

    r_marker: float
    marker_frame: pd.DataFrame
    frame: pd.DataFrame
    corrected: tuple[Tidy, ...]


def single_factor(items: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> SingleFactor:
    """Harman's single-factor test (Podsakoff and Organ 1986), with the one-factor CFA beside it.

    Known weaknesses: the test has no power unless method variance swamps everything, since one
    factor never explains half of many items that measure several things; the share falls with the
    number of items; and it corrects nothing (Podsakoff et al. 2003). A low share is not evidence
    against common-method variance. A better fit of the proposed factors says that the scales
    differ, not that they are free of it.

    Raises
    ------
    UserError
        As `cfa`.
    """
    names = [item for members in factors.values() for item in members]
    rows = answers(items, names).complete_rows(MIN_ROWS)
    R = correlation(moments(rows, names).S)
    eigenvalues = np.asarray(np.linalg.eigvalsh(R)[::-1], dtype=np.float64)
    share = float(eigenvalues[0] / len(names))
    method = Method.of("first_component", k=len(names))
    return SingleFactor(
        Tidy("single_factor_share", share, n=len(rows), method=method),
        eigenvalues,
        share > HALF,
        cfa(items, {"method": names}).indices,
        cfa(items, factors).indices,
    )


def marker_correction(
    scales: pd.DataFrame,
    marker: str,
    *,
    choice: str = "smallest",
    upper: float | None = None,
    level: float = LEVEL,
) -> MarkerCorrection:
    """Partial the marker's correlation out of all others (Lindell and Whitney 2001).

    r_A = (r - r_M) / (1 - r_M), t(n - 3) = r_A / sqrt((1 - r_A^2) / (n - 3)).

    Parameters
    ----------
    scales
        Scale scores and the marker, one row a respondent; complete rows are used.
    marker
        Column that should have nothing to do with the others but shares the method.
    choice
        r_M is the "smallest" positive correlation of the marker, the "second" smallest, or the
        "mean" of all; 0 where that is not positive.
    upper
        Level at which the upper limit of the marker's correlation is used in place of the estimate,
        e.g. 0.95 (Malhotra, Kim and Patil 2006); None for the estimate.

    Raises
    ------
    UserError
        No such marker, fewer than two other scales, fewer than 30 complete rows, unknown choice.

    Notes
    -----
    Known weaknesses: assumes that the method adds the same to every correlation, so one number
    serves all; a marker that is related in substance overcorrects, one of another format
    undercorrects; negative correlations grow. Intervals are Fisher's for r, carried through with
    r_M held fixed, hence too narrow.
    """
    if marker not in scales.columns:
        raise UserError("marker is not in the table", "name its column", column=marker)
    if choice not in CHOICES:
        raise UserError("unknown choice", f"use one of {', '.join(CHOICES)}", value=choice)
    others = [column for column in scales.columns if column != marker]
    if len(others) < 2:
        raise UserError("a correction needs two scales besides the marker", "give more scales")
    rows = answers(scales, [*others, marker]).complete_rows(MIN_ROWS)
    n = len(rows)
    R = correlation(np.cov(rows, rowvar=False))
    with_marker = R[:-1, -1]
    r_marker = max(_chosen(with_marker, choice), 0.0)
    if upper is not None:
        half = t_quantile(2 * check_level(upper) - 1, np.inf) / sqrt(n - 3)
        r_marker = max(float(np.tanh(np.arctanh(r_marker) + half)), 0.0)
    lines, table = _pairs(R, others, r_marker, n, check_level(level), marker)
    marker_frame = pd.DataFrame({"scale": others, "correlation": with_marker})
    return MarkerCorrection(r_marker, marker_frame, table, lines)


def _chosen(with_marker: Floats, choice: str) -> float:
    if choice == "mean":
        return float(with_marker.mean())
    positive = np.sort(with_marker[with_marker > 0])
    place = CHOICES.index(choice)
    return float(positive[place]) if positive.size > place else 0.0


def _pairs(
    R: Floats, names: Sequence[str], r_marker: float, n: int, level: float, marker: str
) -> tuple[tuple[Tidy, ...], pd.DataFrame]:
    lines, rows = [], []
    half = t_quantile(level, np.inf) / sqrt(n - 3)
    method = Method.of("marker", marker=marker, r=r_marker).also("t", df=n - 3)
    method = method.also("fisher_interval")
    for k, j in _pairs_of(len(names)):
        r = float(R[j, k])
        z = np.arctanh(r)
        low, value, high = (
            (float(x) - r_marker) / (1 - r_marker)
            for x in (np.tanh(z - half), r, np.tanh(z + half))
        )
        p, p_plain = _p_value(value, n - 3), _p_value(r, n - 2)
        term = f"{names[k]} ~~ {names[j]}"
        lines.append(Tidy(term, value, nan, low, high, level, p, n, 0, method))
        rows.append(
            {
                "first": names[k],
                "second": names[j],
                "correlation": r,
                "p": p_plain,
                "corrected": value,
                "ci_low": low,
                "ci_high": high,
                "p_corrected": p,
                "changes": p_plain < 1 - level <= p,
            }
        )
    return tuple(lines), at_level(pd.DataFrame(rows), [level])


def _pairs_of(m: int) -> list[tuple[int, int]]:
    """Pairs in the order of the rows below the diagonal."""
    return [(k, j) for j in range(m) for k in range(j)]


def _p_value(r: float, df: int) -> float:
    if abs(r) >= 1:
        return nan
    return t_p_value(r / sqrt((1 - r**2) / df), df)
