"""What the answers to each item look like, and scale scores made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.measurement.answers import answers
from compendium.measurement.reliability import NO_VARIANCE, alpha_of

Floats = NDArray[np.float64]

MIN_ANSWERED = 0.5
"""Share of a scale's items that must be answered for a score; half is the custom."""


@dataclass(frozen=True, eq=False)
class ItemStatistics:
    """Statistics of items.

    Attributes
    ----------
    frame
        One row an item: `scale`, `item`, `n`, `missing`, `mean`, `sd`, `skew` (third moment over
        the second to the power 1.5), `floor`, `ceiling` (shares of the lowest and highest possible
        answer), `item_rest` (correlation with the sum of the scale's other items, complete rows)
        and `alpha_if_dropped`; nan where a scale is too short.
    suspects
        Items whose item-rest correlation is below 0: a reversed item left unreversed, or one that
        belongs elsewhere.
    """

    frame: pd.DataFrame
    suspects: tuple[str, ...]


def item_statistics(
    items: pd.DataFrame, scales: Mapping[str, Sequence[str]], *, low: float, high: float
) -> ItemStatistics:
    """Describe each item within its scale.

    Parameters
    ----------
    items
        Answers, one row a respondent; reversed items already turned.
    scales
        Items by scale.
    low, high
        Lowest and highest possible answer.

    Raises
    ------
    UserError
        A constant or unanswered item, an answer outside the range.
    """
    frame = pd.concat(
        [_of_scale(items, scale, columns, low, high) for scale, columns in scales.items()],
        ignore_index=True,
    )
    return ItemStatistics(frame, tuple(frame.loc[frame["item_rest"] < 0, "item"]))


def scale_scores(
    items: pd.DataFrame, scales: Mapping[str, Sequence[str]], *, min_answered: float = MIN_ANSWERED
) -> pd.DataFrame:
    """Mean answer to each scale's items, nan where fewer than the given share are answered.

    The mean over answered items imputes the person's own mean, which is fair only if the items of
    a scale have similar means (Schafer and Graham 2002).
    """
    if not 0 < min_answered <= 1:
        raise UserError("share of answered items lies in (0, 1]", "use 0.5", value=min_answered)
    scores = {}
    for scale, columns in scales.items():
        values = answers(items, columns).Y
        given = ~np.isnan(values)
        total = np.where(given, values, 0.0).sum(axis=1)
        enough = given.mean(axis=1) >= min_answered
        scores[scale] = np.where(enough, total / np.maximum(given.sum(axis=1), 1), np.nan)
    return pd.DataFrame(scores, index=items.index)


def _of_scale(
    items: pd.DataFrame, scale: str, columns: Sequence[str], low: float, high: float
) -> pd.DataFrame:
    found = answers(items, columns)
    Y = found.Y
    outside = (low > Y) | (high < Y)
    if outside.any():
        row, j = (int(x[0]) for x in np.nonzero(outside))
        raise UserError(
            f"answer lies outside {low:g} to {high:g}",
            "name its code as missing or correct it",
            row=row + 1,
            column=found.names[j],
            value=float(Y[row, j]),
        )
    n = (~np.isnan(Y)).sum(axis=0)
    mean = np.nanmean(Y, axis=0)
    d = Y - mean
    m2, m3 = np.nanmean(d**2, axis=0), np.nanmean(d**3, axis=0)
    item_rest, dropped = _with_rest(found.complete_rows(3))
    return pd.DataFrame(
        {
            "scale": scale,
            "item": list(found.names),
            "n": n,
            "missing": len(Y) - n,
            "mean": mean,
            "sd": np.sqrt(m2 * n / (n - 1)),
            "skew": m3 / m2**1.5,
            "floor": np.sum(low == Y, axis=0) / n,
            "ceiling": np.sum(high == Y, axis=0) / n,
            "item_rest": item_rest,
            "alpha_if_dropped": dropped,
        }
    )


def _with_rest(rows: Floats) -> tuple[Floats, Floats]:
    """Item-rest correlations and alphas without each item, from complete rows (n, k)."""
    k = rows.shape[1]
    if k < 2:
        return np.full(k, nan), np.full(k, nan)
    S = np.cov(rows, rowvar=False)
    sums, variances = S.sum(axis=0), np.diag(S)
    rest = S.sum() - 2 * sums + variances
    varies = rest > NO_VARIANCE * variances
    spread = np.sqrt(variances * np.where(varies, rest, 1.0))
    item_rest = np.where(varies, (sums - variances) / spread, nan)
    if k == 2:
        return item_rest, np.full(k, nan)
    kept = [np.delete(np.delete(S, i, 0), i, 1) for i in range(k)]
    return item_rest, np.array([float(alpha_of(part)) for part in kept])
