"""From columns of a frame to the columns of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import numbers, refuse_rows
from compendium.stats.solve import orthonormal

Floats = NDArray[np.float64]

INTERCEPT = "(intercept)"


def design(
    frame: pd.DataFrame, terms: Sequence[str], reference: Mapping[str, object] | None = None
) -> pd.DataFrame:
    """Columns of a model: intercept, numbers as they are, a dummy for each level of a category.

    Parameters
    ----------
    frame
        Complete in all columns used; rows are never dropped here, and the index is kept.
    terms
        Columns of the frame, or products written "a:b".
    reference
        Level left out by category column; by default the first level that occurs. Dummies are
        named "column[level]".

    Raises
    ------
    UserError
        Unknown column, missing value, constant category, reference that does not occur.
    """
    columns: dict[str, Floats] = {INTERCEPT: np.ones(len(frame))}
    for term in terms:
        parts = [_expand(frame, name, (reference or {}).get(name)) for name in term.split(":")]
        for combination in product(*(part.items() for part in parts)):
            name = ":".join(label for label, _ in combination)
            columns[name] = np.prod([values for _, values in combination], axis=0)
    return pd.DataFrame(columns, index=frame.index)


def flag_missing(frame: pd.DataFrame, column: str, fill: float = 0.0) -> pd.DataFrame:
    """Return the frame with gaps of a number filled and `<column>_missing` (0/1) added.

    The open way to keep rows: the model then estimates a level of its own for them, and the slope
    of the column comes from the complete rows alone. Blind spot: other coefficients are biased when
    gaps are not at random (Jones 1996); compare with the complete rows.
    """
    missing = frame[column].isna()
    values = frame[column].astype("Float64").fillna(fill).astype(float)
    return frame.assign(**{column: values, f"{column}_missing": missing.astype(float)})


def check_design(X: pd.DataFrame, n: int) -> tuple[Floats, tuple[str, ...]]:
    """Return the matrix (n, k) and its terms.

    Raises
    ------
    UserError
        Missing values, n differs, no more rows than columns, or a column that is a combination of
        the ones before it, which is named.
    """
    if not X.columns.is_unique:
        twice = str(X.columns[X.columns.duplicated()][0])
        raise UserError("two terms have one name", "rename one", column=twice)
    if len(X) != n:
        raise UserError(f"{len(X)} rows of terms for {n} outcomes", "give a row for each")
    matrix = _matrix(X)
    holes = np.argwhere(~np.isfinite(matrix))
    if holes.size:
        row, column = (int(i) for i in holes[0])
        raise UserError(
            "a term is missing", "use flag_missing", row=row + 1, column=str(X.columns[column])
        )
    if n <= matrix.shape[1]:
        raise UserError(f"{n} rows for {matrix.shape[1]} coefficients", "use fewer terms")
    terms = tuple(str(c) for c in X.columns)
    orthonormal(matrix, terms)
    return matrix, terms


def _matrix(X: pd.DataFrame) -> Floats:
    for column in X.columns:
        if not pd.api.types.is_numeric_dtype(X[column]):
            numbers(X[column].dropna(), str(column))
    return X.to_numpy(dtype=float, na_value=np.nan)


def _expand(frame: pd.DataFrame, name: str, reference: object) -> dict[str, Floats]:
    if name not in frame.columns:
        raise UserError("no such column", "use a column of the table", column=name)
    column = frame[name]
    mend = "use flag_missing or drop rows"
    refuse_rows(column.isna(), "a term is missing", mend, column=name)
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return {name: column.to_numpy(dtype=float)}
    return _dummies(column, name, reference)


def _dummies(column: pd.Series, name: str, reference: object) -> dict[str, Floats]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = [level for level in column.cat.categories if (column == level).any()]
    else:
        levels = sorted(column.unique())
    left_out = levels[0] if reference is None else reference
    if left_out not in levels:
        raise UserError("the reference level does not occur", "use one that does", value=left_out)
    if len(levels) == 1:
        raise UserError("a category has one level only", "drop the term", column=name)
    return {
        f"{name}[{level}]": (column == level).to_numpy(dtype=float)
        for level in levels
        if level != left_out
    }
