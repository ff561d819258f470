"""Checks that every estimator makes of what it is handed."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError

Floats = NDArray[np.float64]
T = TypeVar("T")

LEVEL = 0.95
"""Level of intervals unless the study's profile says otherwise."""


def same_rows(**inputs: object) -> None:
    """Refuse inputs of one estimator that are not of the same rows in the same order.

    Rows are matched by position. Where two inputs are pandas objects their indexes must therefore
    be equal: a shuffled or filtered one would be matched with other rows without a word.

    Parameters
    ----------
    inputs
        Name for the message (underscores are shown as blanks) -> array, series, frame, or None for
        an input that was not given.

    Raises
    ------
    UserError
        Two inputs differ in length, or in their index; both are named, and the first row that
        differs with its two labels.
    """
    given = [(name.replace("_", " "), v) for name, v in inputs.items() if v is not None]
    for name, values in given[1:]:
        (first, one), n = given[0], _length(values)
        if n != _length(one):
            raise UserError(
                f"{first} and {name} differ in rows, {_length(one)} and {n}",
                "give one of each a row",
            )
    indexed = [(n, v.index) for n, v in given if isinstance(v, pd.Series | pd.DataFrame)]
    for name, index in indexed[1:]:
        _refuse_unaligned(*indexed[0], name, index)


def _refuse_unaligned(first: str, left: pd.Index[Any], other: str, right: pd.Index[Any]) -> None:
    if left.equals(right):
        return
    pairs = enumerate(zip(left, right, strict=True))
    row, (a, b) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    raise UserError(
        f"the indexes of {first} and {other} are not aligned, {a!r} is not {b!r}",
        "put both in the same order, e.g. with .loc, or reset both indexes",
        row=row + 1,
    )


def refuse_rows(
    bad: object, problem: str, mend: str, values: object = None, *, column: str | None = None
) -> None:
    """Refuse rows that are marked; the error names the first of them.

    Parameters
    ----------
    bad
        Marks, (n,).
    values
        What stands in the rows, (n,), to be told of the first.
    """
    marked = np.flatnonzero(bad)  # type: ignore[arg-type]
    if marked.size:
        row = int(marked[0])
        value = None if values is None else pd.Series(values).iloc[row]
        plain = value.item() if isinstance(value, np.generic) else value
        raise UserError(problem, mend, row=row + 1, column=column, value=plain)


def without_index(values: T) -> T:
    """Return a series or frame with its rows numbered from 0, anything else as it is.

    For inputs that `same_rows` has found to be aligned and that then meet arrays.
    """
    if isinstance(values, pd.Series | pd.DataFrame):
        return values.reset_index(drop=True)
    return values


def _length(values: object) -> int:
    return len(values) if isinstance(values, Sized) and not isinstance(values, str) else 1


def numbers(values: object, name: str) -> Floats:
    """Return a float vector; a missing or non-numeric value is an error that names its row."""
    series = pd.Series(values).reset_index(drop=True)
    _refuse_text(series, name)
    if pd.api.types.is_datetime64_any_dtype(series) or series.dtype.kind == "m":
        raise UserError(
            "a date is no number: its unit is not said, and a missing one would be -9e18",
            "count years or days first, e.g. frame['date'].dt.year",
            column=name,
        )
    numeric = pd.to_numeric(series, errors="coerce")
    array = numeric.to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(array)
    problem = f"{name} is missing or not a number in {bad.sum()} of {array.size} rows"
    refuse_rows(bad, problem, "drop these rows openly or complete them", series, column=name)
    return array


def _refuse_text(series: pd.Series, name: str) -> None:
    """Text is no number even where it looks like one: "1" may be a code, "1,5" would be lost."""
    if pd.api.types.is_numeric_dtype(series) or not len(series):
        return
    text = series.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
    problem = f"{name} is text, not a number"
    refuse_rows(text, problem, "turn the column into numbers first", series, column=name)


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
