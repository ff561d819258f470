"""Typed frames from checked files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from compendium.data.codebook import Column, Table
from compendium.data.sheet import Sheet, read_sheet

if TYPE_CHECKING:
    import pandas as pd

YEAR_DIGITS = 4


def load_table(table: Table) -> pd.DataFrame:
    """Load a table as a typed frame; columns and categories in the order of the codebook.

    Rows come in the order of the table's key, whatever that of the file is: a sort in a
    spreadsheet program changes no list, no figure and no draw of a bootstrap.

    Whole numbers and flags are Int64, numbers float64, codes category (unordered), everything else
    str; dates stay ISO strings because some give only a year or a month (see :func:`year_of`).

    Raises
    ------
    UserError
        The first violation: file, row, column, value and the mend.
    """
    sheet = read_sheet(table)
    for found in sheet.violations:
        raise found.error()
    frame = frame_of(sheet)
    return frame.sort_values(list(table.key), kind="stable", ignore_index=True)


def frame_of(sheet: Sheet) -> pd.DataFrame:
    """Frame of the records of a sheet, typed by its codebook."""
    import pandas as pd

    columns = sheet.table.columns
    return pd.DataFrame(
        {
            name: pd.array([record[name] for record in sheet.records], dtype=dtype_of(column))
            for name, column in columns.items()
        }
    )


def dtype_of(column: Column) -> Any:
    """Pandas type of a column."""
    import pandas as pd

    if column.type == "category":
        return pd.CategoricalDtype(list(column.codes))
    types: Mapping[str, str] = {"integer": "Int64", "flag": "Int64", "number": "float64"}
    return types.get(column.type, "str")


def year_of(dates: Iterable[str | None] | pd.Series) -> pd.Series:
    """Year of ISO dates of any precision, as Int64 with the index of the input."""
    import pandas as pd

    series = pd.Series(dates, dtype="str")
    return series.str.slice(0, YEAR_DIGITS).astype("Int64")
