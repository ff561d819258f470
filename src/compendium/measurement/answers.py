"""Answers to items as a matrix of numbers, refused where nothing can be measured with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import refuse_rows

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

MIN_ROWS = 30
"""Rows below which a factor model or a polychoric correlation is noise, whatever its fit says."""
ALIKE = 1e-13
"""Distance of two answers, relative to their size, that is rounding."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of n respondents to p items.

    Attributes
    ----------
    names
        Names of the items.
    Y
        Answers (n, p); nan where missing.
    complete
        Rows without a missing answer, (n,).
    """

    names: tuple[str, ...]
    Y: Floats
    complete: Booleans

    def complete_rows(self, at_least: int = 2) -> Floats:
        """Answers of the complete rows; too few of them, or a constant item there, is an error."""
        rows = self.Y[self.complete]
        if len(rows) < at_least:
            raise UserError(
                f"{len(rows)} complete rows, at least {at_least} needed",
                "use more respondents or fewer items",
            )
        refuse_constant(rows, self.names, "among complete rows")
        return rows


def answers(items: pd.DataFrame, columns: Sequence[str] | None = None) -> Answers:
    """Return the answers to the named items, all columns by default.

    Raises
    ------
    UserError
        A column is missing or named twice, an answer is not a number, an item was answered by
        nobody or alike by everybody.
    """
    names = tuple(items.columns if columns is None else columns)
    if not names or not len(items):
        raise UserError(f"{len(names)} items, {len(items)} rows", "give answers to items")
    absent = [name for name in names if name not in items.columns]
    if absent:
        raise UserError(
            f"{len(absent)} of {len(names)} items are not in the table",
            "check the names of the items",
            column=str(absent[0]),
        )
    if len(set(names)) < len(names) or items.columns.duplicated().any():
        raise UserError("an item is named twice", "name each item once")
    values = np.column_stack([_numeric(items[name], name) for name in names])
    for name, column in zip(names, values.T, strict=True):
        if np.isnan(column).all():
            raise UserError("item has no answer at all", "leave it out", column=name)
    refuse_constant(values, names)
    complete = np.asarray(~np.isnan(values).any(axis=1))
    return Answers(names, values, complete)


def refuse_constant(values: Floats, names: Sequence[str], where: str = "") -> None:
    """Raise when everybody who answered an item answered alike."""
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    constant = high - low <= ALIKE * np.maximum(np.abs(low), np.abs(high))
    if constant.any():
        j = int(np.flatnonzero(constant)[0])
        raise UserError(
            " ".join(filter(None, ("item has the same answer throughout", where))),
            "leave it out: it can measure nothing",
            column=str(names[j]),
            value=float(np.nanmin(values[:, j])),
        )


def correlation(S: Floats) -> Floats:
    """Correlations of a covariance matrix (p, p)."""
    scale = np.sqrt(np.diag(S))
    return np.asarray(S / np.outer(scale, scale))


def _numeric(series: pd.Series, name: str) -> Floats:
    plain = series.astype(object) if isinstance(series.dtype, pd.CategoricalDtype) else series
    numeric = pd.to_numeric(plain, errors="coerce")
    column = np.array(numeric.to_numpy(dtype=float, na_value=np.nan))
    bad = (np.isnan(column) & plain.notna().to_numpy()) | np.isinf(column)
    problem = f"answer is not a number in {bad.sum()} rows"
    refuse_rows(bad, problem, "give the code of the answer", series, column=name)
    return column
