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
from compendium.stats.checks import LEVEL, check_level, t_p_value, t_quantile
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MarkerCorrection:
    """Correlations with and without what a marker variable shares with everything.

    Attributes
    ----------
    r_marker
        The correlation taken to be common-method variance.
    frame
        One row a pair: `first`, `second`, `correlation`, `p`, `corrected`, `ci_low`, `ci_high`,
        `p_corrected`, `changes` (True where significance at 5 % is lost).
    corrected
        One line a pair, term "first ~~ second".
    """

    r_marker: float
    frame: pd.DataFrame
    corrected: tuple[Tidy, ...]


def single_factor(items: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> Tidy:
    """Share of the items' variance on the first principal component: Harman's single-factor test.

    More than one half is taken as alarming (Podsakoff and Organ 1986).

    Known weaknesses: the test has no power unless method variance swamps everything, since one
    factor never explains half of many items that measure several things; the share falls with the
    number of items; and it corrects nothing (Podsakoff et al. 2003). A low share is not evidence
    against common-method variance.

    Raises
    ------
    UserError
        Missing or constant items, fewer than 30 complete rows.
    """
    names = [item for members in factors.values() for item in members]
    rows = answers(items, names).complete_rows(MIN_ROWS)
    R = correlation(moments(rows, names).S)
    share = float(np.linalg.eigvalsh(R)[-1] / len(names))
    method = Method.of("first_component", k=len(names))
    return Tidy("single_factor_share", share, n=len(rows), method=method)


def marker_correction(
    scales: pd.DataFrame, marker: str, *, level: float = LEVEL
) -> MarkerCorrection:
    """Partial the marker's correlation out of all others (Lindell and Whitney 2001).

    r_M is the smallest positive correlation of the marker; 0 where none is positive.
    r_A = (r - r_M) / (1 - r_M), t(n - 3) = r_A / sqrt((1 - r_A^2) / (n - 3)).

    Parameters
    ----------
    scales
        Scale scores and the marker, one row a respondent; complete rows are used.
    marker
        Column that should have nothing to do with the others but shares the method.

    Raises
    ------
    UserError
        No such marker, fewer than two other scales, fewer than 30 complete rows.

    Notes
    -----
    Known weaknesses: assumes that the method adds the same to every correlation, so one number
    serves all; a marker that is related in substance overcorrects, one of another format
    undercorrects; negative correlations grow. Intervals are Fisher's for r, carried through with
    r_M held fixed, hence too narrow.
    """
    if marker not in scales.columns:
        raise UserError("marker is not in the table", "name its column", column=marker)
    others = [column for column in scales.columns if column != marker]
    if len(others) < 2:
        raise UserError("a correction needs two scales besides the marker", "give more scales")
    rows = answers(scales, [*others, marker]).complete_rows(MIN_ROWS)
    n = len(rows)
    R = correlation(np.cov(rows, rowvar=False))
    r_marker = min((float(r) for r in R[:-1, -1] if r > 0), default=0.0)
    lines, table = _pairs(R, others, r_marker, n, check_level(level), marker)
    return MarkerCorrection(r_marker, table, lines)


def _pairs(
    R: Floats, names: Sequence[str], r_marker: float, n: int, level: float, marker: str
) -> tuple[tuple[Tidy, ...], pd.DataFrame]:
    lines, rows = [], []
    half = t_quantile(level, np.inf) / sqrt(n - 3)
    method = Method.of("marker", marker=marker, r=r_marker).also("t", df=n - 3)
    method = method.also("fisher_interval")
    below_diagonal = [(k, j) for j in range(len(names)) for k in range(j)]
    for k, j in below_diagonal:
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


def _p_value(r: float, df: int) -> float:
    if abs(r) >= 1:
        return nan
    return t_p_value(r / sqrt((1 - r**2) / df), df)
