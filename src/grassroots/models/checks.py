"""Checks that every estimator makes of what it is handed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from grassroots.errors import UserError

Floats = NDArray[np.float64]

LEVEL = 0.95
"""Level of intervals unless the study's profile says otherwise."""


def numbers(values: object, name: str) -> Floats:
    """Return a float vector; a missing or non-numeric value is an error that names its row."""
    series = pd.Series(values).reset_index(drop=True)
    numeric = pd.to_numeric(series, errors="coerce")
    array = numeric.to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise UserError(
            f"{name} is missing or not a number in {bad.size} of {array.size} rows",
            "drop these rows openly or complete them",
            row=int(bad[0]) + 1,
            column=name,
            value=series.iloc[int(bad[0])],
        )
    return array


def check_level(level: float) -> float:
    """Return the level, refused unless it lies between 0 and 1."""
    if not 0 < level < 1:
        raise UserError("level of an interval must lie between 0 and 1", "use 0.95", value=level)
    return float(level)


def t_quantile(level: float, df: float) -> float:
    """Two-sided critical value of t with df degrees of freedom, of the normal when df is inf."""
    upper = (1 + level) / 2
    return float(special.ndtri(upper) if np.isinf(df) else special.stdtrit(df, upper))


def t_p_value(statistic: float, df: float) -> float:
    """Two-sided p-value of a t statistic, of a normal one when df is inf."""
    tail = special.ndtr(-abs(statistic)) if np.isinf(df) else special.stdtr(df, -abs(statistic))
    return float(2 * tail)
