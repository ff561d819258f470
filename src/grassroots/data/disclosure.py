"""Small cells are not shown: a rule for every table made from answers of persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grassroots.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

MINIMUM_CELL = 5
"""Fewest persons behind a published figure; respondents were promised groups of at least five."""


def suppress(frame: pd.DataFrame, n_column: str, *, minimum: int = MINIMUM_CELL) -> pd.DataFrame:
    """Copy of a table in which rows that rest on fewer than `minimum` persons have no figures.

    Words and codes stay, so that a reader sees which cells are held back.

    Parameters
    ----------
    frame
        One row a group.
    n_column
        Number of persons behind each row; it is taken away with the figures.

    Raises
    ------
    UserError
        There is no such column, or a number in it is missing.

    Notes
    -----
    Blind spot: a single suppressed cell can be worked out where the total is shown too; merge
    groups or leave the total out.
    """
    import pandas as pd

    if n_column not in frame.columns:
        raise UserError("there is no column of numbers of persons", "name it", column=n_column)
    if frame[n_column].isna().any():
        row = int(frame[n_column].isna().to_numpy().argmax()) + 1
        raise UserError("the number of persons is missing", "add it", row=row, column=n_column)
    small = (frame[n_column] < minimum).to_numpy()
    figures = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name].dtype)]
    return frame.assign(**{name: frame[name].mask(small) for name in figures})
