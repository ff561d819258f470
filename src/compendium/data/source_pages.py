"""The public pages that rows of a table name as their sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from compendium.data.codebook import Table
from compendium.data.sheet import Sheet, read_sheet

_ADDRESS = "url"


def source_pages(
    table: Table, tables: Mapping[str, Table], read: Callable[[Table], Sheet] = read_sheet
) -> dict[str, tuple[str, ...]]:
    """Pages by address, each with the keys of the rows that rest on it, in the file's order.

    What other tables of the folder name beside this table's key are sources of its rows, too.
    Which cell of a row a page backs is not told.

    Raises
    ------
    UserError
        A file can't be read.
    """
    sheet = read(table)
    found: dict[str, dict[str, None]] = {}
    names: dict[str, str] = {}
    for named, row in zip(sheet.keys, sheet.raw, strict=True):
        names[row[table.key[0]]] = named
        for page in _addresses(table, row):
            found.setdefault(page, {})[named] = None
    for other in _beside(table, tables):
        for row in read(other).raw:
            if (named := names.get(row[table.key[0]], "")) != "":
                for page in _addresses(other, row):
                    found.setdefault(page, {})[named] = None
    return {page: tuple(keys) for page, keys in found.items()}


def _beside(table: Table, tables: Mapping[str, Table]) -> Iterator[Table]:
    """Tables of the folder whose rows name a row of this one by its key."""
    if len(table.key) == 1:
        for other in tables.values():
            same = other.folder == table.folder and other.name != table.name
            if same and table.key[0] in other.columns and other.path.is_file():
                yield other


def _addresses(table: Table, row: Mapping[str, str]) -> Iterator[str]:
    for name, column in table.columns.items():
        if column.type == _ADDRESS:
            yield from filter(None, map(str.strip, row.get(name, "").split(" ; ")))
