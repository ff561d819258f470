"""Pandera schemas derived from codebooks, for frames that do not come from a checked file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from compendium.data.cells import URL, is_date
from compendium.data.codebook import Column, Table
from compendium.data.load import dtype_of
from compendium.data.names import NAME_LISTS
from compendium.errors import UserError

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa


def schema(table: Table) -> pa.DataFrameSchema:
    """Pandera schema of a table: types, codes, ranges, forms, emptiness, key and column order.

    Importing pandera takes about half a second on top of pandas, so it is imported here.
    """
    import pandera.pandas as pa

    columns = {name: _column(column) for name, column in table.columns.items()}
    return pa.DataFrameSchema(
        columns, strict=True, ordered=True, unique=list(table.key), name=table.name
    )


def _column(column: Column) -> pa.Column:
    import pandera.pandas as pa

    return pa.Column(dtype_of(column), _checks(column), nullable=not column.required)


def _checks(column: Column) -> list[pa.Check]:
    import pandera.pandas as pa

    checks = []
    if column.codes:
        codes = [int(code) if column.type == "flag" else code for code in column.codes]
        checks.append(pa.Check.isin(codes, error="value"))
    if column.names:
        checks.append(pa.Check.isin(NAME_LISTS[column.names].names, error="names"))
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum, error="minimum"))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum, error="maximum"))
    if column.pattern is not None:
        checks.append(pa.Check.str_matches(f"^(?:{column.pattern})$", error="pattern"))
    if column.type == "date":
        checks.append(pa.Check(is_date, element_wise=True, error="date"))
    if column.type == "url":
        checks.append(pa.Check.str_matches(URL.pattern, error="url"))
    return checks


def validate_frame(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Check a typed frame against its codebook.

    Raises
    ------
    UserError
        The first violation with table, row (from 1), column and value.
    """
    from pandera.errors import SchemaErrors

    try:
        return schema(table).validate(frame, lazy=True)
    except SchemaErrors as errors:
        raise _first(errors.failure_cases, table) from None


def _first(cases: pd.DataFrame, table: Table) -> UserError:
    case: dict[str, Any] = cases.iloc[0].to_dict()
    whole_frame = case["schema_context"] == "DataFrameSchema"
    row = None if case["index"] is None or case["index"] != case["index"] else int(case["index"])
    return UserError(
        f"the frame does not follow the codebook ({case['check']})",
        f"compare it with the codebook of {table.name}",
        file=table.file,
        row=None if row is None else row + 1,
        column=None if whole_frame else str(case["column"]),
        value=case["failure_case"],
    )
