"""Screens for careless answers: each flags, none decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.measurement.answers import Answers, answers
from compendium.measurement.covariance_structure import check_positive_definite

Floats = NDArray[np.float64]

SCREENS = ("longstring", "mahalanobis", "even_odd", "synonyms", "attention")
MIN_PAIRS = 3
"""Pairs of answers that a correlation within one person needs."""
ROUNDING = 1e-24
"""Squares around the mean, as a share of those around 0, that centring a constant leaves behind."""


@dataclass(frozen=True)
class Cuts:
    """Where a screen flags, and how little may be asked of one person.

    Attributes
    ----------
    longstring
        Share of the items answered alike in a row, at least; half (Curran 2016).
    mahalanobis
        p-value of the squared distance, below; 0.001 by custom.
    even_odd
        Even-odd consistency, below; 0.30 (Jackson 1976).
    synonyms
        Correlation over psychometric synonyms, below; 0: no consistency at all.
    synonym_pairs
        Correlation over persons that makes two items synonyms; 0.60 (Meade and Craig 2012).
    """

    longstring: float = 0.5
    mahalanobis: float = 0.001
    even_odd: float = 0.30
    synonyms: float = 0.0
    synonym_pairs: float = 0.60


@dataclass(frozen=True, eq=False)
class Careless:
    """Careless-response screens.

    Attributes
    ----------
    frame
        One row a respondent, in the order and with the index of the answers: `longstring` (length),
        `mahalanobis` (squared distance), `mahalanobis_p`, `even_odd`, `synonyms`, `attention` (True
        where failed), and `flags`, the number of screens that flag. nan where a screen has too
        little to go on; that never flags.
    flagged
        One column a screen, True where it flags.
    summary
        `screen`, `cut`, `judged` (respondents with a value), `flagged`, `share` (of all).
    synonym_pairs
        Pairs of items used as synonyms.
    """

    frame: pd.DataFrame
    flagged: pd.DataFrame
    summary: pd.DataFrame
    synonym_pairs: tuple[tuple[str, str], ...] = field(default=())


def careless(
    items: pd.DataFrame,
    scales: Mapping[str, Sequence[str]],
    *,
    attention: Mapping[str, float] | None = None,
    cuts: Cuts | None = None,
) -> Careless:
    """Screen respondents for careless answers (Meade and Craig 2012; Curran 2016).

    Parameters
    ----------
    items
        Answers as they were given; reversed items not turned, or straight-lining is hidden, for
        long strings. Consistency is computed from `scales`, whose items it takes as they stand.
    scales
        Items by scale, in the order in which they were asked.
    attention
        Expected answer by attention item; no answer is no failure.
    cuts
        Where screens flag.

    Raises
    ------
    UserError
        Missing or constant items, singular correlations.

    Notes
    -----
    Flags are grounds for a sensitivity analysis, not for silent deletion: agreement by conviction
    also straight-lines, and people with extreme but true answers lie far from the rest.
    """
    cuts = cuts or Cuts()
    names = [item for members in scales.values() for item in members]
    found = answers(items, names)
    enough = found.complete.sum() > len(found.names)
    distance, p = mahalanobis(found) if enough else np.full((2, len(items)), np.nan)
    pairs = synonyms(found, cuts.synonym_pairs)
    failed = _attention(items, attention or {})
    frame = pd.DataFrame(
        {
            "longstring": longstring(found.Y),
            "mahalanobis": distance,
            "mahalanobis_p": p,
            "even_odd": even_odd(found, scales),
            "synonyms": _within_person(found, pairs),
            "attention": failed,
        },
        index=items.index,
    )
    limit = cuts.longstring * len(found.names)
    flagged = pd.DataFrame(
        {
            "longstring": frame["longstring"] >= limit,
            "mahalanobis": frame["mahalanobis_p"] < cuts.mahalanobis,
            "even_odd": frame["even_odd"] < cuts.even_odd,
            "synonyms": frame["synonyms"] < cuts.synonyms,
            "attention": frame["attention"],
        }
    )
    frame["flags"] = flagged.sum(axis=1)
    summary = _summary(frame, flagged, [limit, cuts.mahalanobis, cuts.even_odd, cuts.synonyms])
    return Careless(frame, flagged, summary, _names(found, pairs))


def longstring(values: Floats) -> NDArray[np.int64]:
    """Longest run of the same answer in each row (n, p); a missing answer ends a run."""
    n, p = values.shape
    longest = np.zeros(n, dtype=np.int64)
    run = np.zeros(n, dtype=np.int64)
    for j in range(p):
        given = ~np.isnan(values[:, j])
        same = given & (values[:, j] == values[:, j - 1]) if j else np.zeros(n, dtype=bool)
        run = np.where(same, run + 1, given.astype(np.int64))
        longest = np.maximum(longest, run)
    return longest


def mahalanobis(found: Answers) -> tuple[Floats, Floats]:
    """Squared distance from the means over each person's answers (n,), and its p-value.

    Means and covariances come from the complete rows; a person with missing answers is compared on
    the others. The chi-squared distribution is exact for normal answers only, so that long-tailed
    items flag more than their level.
    """
    rows = found.complete_rows(len(found.names) + 1)
    mean, S = rows.mean(axis=0), np.cov(rows, rowvar=False)
    scale = np.sqrt(np.diag(S))
    check_positive_definite(S / np.outer(scale, scale), found.names)
    given = ~np.isnan(found.Y)
    patterns, which = np.unique(given, axis=0, return_inverse=True)
    distance = np.full(len(given), np.nan)
    order = np.argsort(which.ravel(), kind="stable")
    bounds = np.searchsorted(which.ravel()[order], np.arange(1, len(patterns)))
    for pattern, index in zip(patterns, np.split(order, bounds), strict=True):
        if pattern.any():
            d = found.Y[np.ix_(index, pattern)] - mean[pattern]
            solved = np.linalg.solve(S[np.ix_(pattern, pattern)], d.T).T
            distance[index] = (d * solved).sum(axis=1)
    return distance, np.asarray(special.chdtrc(given.sum(axis=1), distance))


def even_odd(found: Answers, scales: Mapping[str, Sequence[str]]) -> Floats:
    """Even-odd consistency of each person (n,), stepped up by Spearman and Brown.

    Correlation over scales between the means of each scale's first, third, ... and second, fourth,
    ... items (Jackson 1976; Johnson 2005). nan with fewer than three scales answered or no spread.
    """
    odd, even = [], []
    for members in scales.values():
        values = found.Y[:, [found.names.index(item) for item in members]]
        if values.shape[1] > 1:
            odd.append(_row_means(values[:, ::2]))
            even.append(_row_means(values[:, 1::2]))
    if len(odd) < MIN_PAIRS:
        return np.full(len(found.Y), np.nan)
    r = row_correlations(np.column_stack(odd), np.column_stack(even))
    stepped = np.where(r > -1, 2 * r / np.where(r > -1, 1 + r, 1.0), -1.0)
    return np.asarray(np.where(np.isnan(r), np.nan, np.maximum(stepped, -1.0)))


def synonyms(found: Answers, least: float) -> list[tuple[int, int]]:
    """Pairs of items that correlate by at least so much over complete rows."""
    R = np.corrcoef(found.complete_rows(3), rowvar=False)
    return [(int(j), int(k)) for k, j in zip(*np.nonzero(np.tril(R, -1) >= least), strict=True)]


def row_correlations(x: Floats, y: Floats) -> Floats:
    """Correlation of x and y (n, k) within each row over the pairs given; nan with too few."""
    given = ~np.isnan(x) & ~np.isnan(y)
    count = given.sum(axis=1)
    sizes = [np.where(given, v**2, 0.0).sum(axis=1) for v in (x, y)]
    x, y = (_centred(v, given, count) for v in (x, y))
    squares = [(v**2).sum(axis=1) for v in (x, y)]
    spread = np.sqrt(squares[0] * squares[1])
    varies = [s > ROUNDING * size for s, size in zip(squares, sizes, strict=True)]
    defined = (count >= MIN_PAIRS) & varies[0] & varies[1]
    r = (x * y).sum(axis=1) / np.where(defined, spread, 1.0)
    return np.asarray(np.where(defined, np.clip(r, -1.0, 1.0), np.nan))


def _centred(v: Floats, given: NDArray[np.bool_], count: NDArray[np.intp]) -> Floats:
    filled = np.where(given, v, 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    return np.asarray(np.where(given, filled - mean[:, None], 0.0))


def _row_means(values: Floats) -> Floats:
    given = ~np.isnan(values)
    count = given.sum(axis=1)
    total = np.where(given, values, 0.0).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _within_person(found: Answers, pairs: Sequence[tuple[int, int]]) -> Floats:
    if len(pairs) < MIN_PAIRS:
        return np.full(len(found.Y), np.nan)
    first, second = zip(*pairs, strict=True)
    return row_correlations(found.Y[:, list(first)], found.Y[:, list(second)])


def _attention(items: pd.DataFrame, expected: Mapping[str, float]) -> NDArray[np.bool_]:
    failed = np.zeros(len(items), dtype=bool)
    for item, answer in expected.items():
        if item not in items.columns:
            raise UserError("attention item is not in the table", "check its name", column=item)
        given = pd.to_numeric(items[item], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        failed |= ~np.isnan(given) & (given != answer)
    return failed


def _summary(frame: pd.DataFrame, flagged: pd.DataFrame, cuts: Sequence[float]) -> pd.DataFrame:
    n = len(frame)
    return pd.DataFrame(
        {
            "screen": list(SCREENS),
            "cut": [*cuts, np.nan],
            "judged": [int(frame[screen].notna().sum()) for screen in SCREENS],
            "flagged": [int(flagged[screen].sum()) for screen in SCREENS],
            "share": [float(flagged[screen].sum() / n) for screen in SCREENS],
        }
    )


def _names(found: Answers, pairs: Sequence[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
    return tuple((found.names[j], found.names[k]) for j, k in pairs)
