"""Data sets of others that are not shipped: their registry, where their files are, their tables."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import StrictInt, StringConstraints, model_validator

from compendium.data.codebook import NUMERIC, Column, Columns, finished
from compendium.errors import UserError
from compendium.files import sha256_of
from compendium.registry import program, variable
from compendium.strict_model import BY_TEXT, GIVEN, NAMED, Filled, Written, fault, read_typed
from compendium.strict_yaml import load_strict
from compendium.text import Text

if TYPE_CHECKING:
    import pandas as pd

REGISTRY = Path("data") / "external" / "registry.yml"
LOCATION = "EXTERNAL"
"""Environment variable of the folder, with the study's name before it."""
ABSENT = "absent"
"""State of a data set none of whose files is there."""


@dataclass(frozen=True)
class ExternalFile(Written):
    """A file as it must be; `path` is its place below the data set's public address."""

    name: str = field(metadata=GIVEN)
    path: Filled
    sha256: Filled
    bytes: StrictInt | None = None
    """None where nobody has noted the size; the hash decides."""


@dataclass(frozen=True)
class ExternalTable(Written):
    """One file read as a table.

    Attributes
    ----------
    rows
        Number of rows it must have.
    names
        The file's own heading of each column; headings that are not named are never read.
    """

    name: str = field(metadata=GIVEN)
    file: Filled
    label: Text
    unit_of_observation: Text
    rows: StrictInt
    names: Annotated[Mapping[str, str], BY_TEXT]
    columns: Columns

    @model_validator(mode="after")
    def _names_are_columns(self) -> ExternalTable:
        if list(self.names) != list(self.columns):
            raise fault("'names' and 'columns' differ", "name each column once", "names")
        return self


@dataclass(frozen=True)
class ExternalSet(Written):
    """A data set of others as the registry describes it."""

    title: Text
    what: Text
    citation: Annotated[Filled, StringConstraints(strip_whitespace=True)]
    licence: Filled
    licence_scope: Text
    address: Filled
    files: Annotated[Mapping[str, ExternalFile], NAMED]
    tables: Annotated[Mapping[str, ExternalTable], NAMED] = field(default_factory=dict)
    missing: Text | None = None
    shared: Any = None
    id: str = field(default="", metadata=GIVEN)

    @model_validator(mode="after")
    def _tables_have_files(self) -> ExternalSet:
        for name, table in self.tables.items():
            if table.file not in self.files:
                problem = "the table names no registered file"
                raise fault(problem, "correct it", "tables", name, "file", value=table.file)
        return self


@dataclass(frozen=True)
class External:
    """A data set whose files are there.

    Attributes
    ----------
    folder
        Folder of the files.
    """

    described: ExternalSet
    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        """Read one of its tables, typed and with the columns of the registry.

        Raises
        ------
        UserError
            The registry has no such table, the file is not the registered one, or a cell is not
            what the registry says.
        """
        if name not in self.described.tables:
            raise UserError(
                f"{self.described.id} has no table '{name}'",
                f"use one of: {', '.join(self.described.tables)}",
            )
        table = self.described.tables[name]
        path = self.folder / table.file
        check_file(self.described.files[table.file], path)
        return _read(table, path)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All its tables by name; raises what `table` does."""
        return {name: self.table(name) for name in self.described.tables}

    def sha256(self) -> str:
        """Hash of all its files as they are, in the order of the registry."""
        return state_of(self.described, self.folder)


def load_registry(root: Path) -> dict[str, ExternalSet]:
    """Read `data/external/registry.yml`, empty where there is none; raises UserError with line."""
    path = root / REGISTRY
    if not path.is_file():
        return {}
    doc = load_strict(path)
    found = read_typed(doc, dict[str, ExternalSet])
    for name, one in found.items():
        tables = {
            key: replace(
                table,
                columns=finished(doc, (name, "tables", key, "columns"), table.columns, one.missing),
            )
            for key, table in one.tables.items()
        }
        found[name] = replace(one, id=name, tables=tables)
    return found


def find_external(registry: Mapping[str, ExternalSet], name: str) -> ExternalSet:
    """Find a data set in the registry; an unknown name is an error."""
    if name not in registry:
        known = ", ".join(registry) or "none is registered"
        raise UserError(f"no external data set '{name}'", f"use one of: {known}", file=REGISTRY)
    return registry[name]


def folder_of(root: Path, name: str) -> Path:
    """Folder of a data set: below PROGRAM_EXTERNAL where that is set, else data/external.

    A relative PROGRAM_EXTERNAL counts from the project's folder.
    """
    location = os.environ.get(variable(LOCATION), "")
    return (root / location if location else root / REGISTRY.parent) / name


def refuse_lost_location(root: Path) -> None:
    """Raise UserError where PROGRAM_EXTERNAL names a folder that does not exist."""
    location = os.environ.get(variable(LOCATION), "")
    if location and not (root / location).is_dir():
        raise UserError(
            f"{variable(LOCATION)} names a folder that does not exist",
            "correct it, or unset it to work without external data",
            value=location,
        )


def is_there(root: Path, name: str) -> bool:
    """Whether any file of a data set is there; says nothing of what it holds."""
    folder = folder_of(root, name)
    described = find_external(load_registry(root), name)
    return any((folder / file).is_file() for file in described.files)


def load_external(root: Path, name: str) -> External | None:
    """Return a data set, or None where none of its files is there.

    Raises
    ------
    UserError
        Some files are there and some are not, one is not the registered one, or the folder that
        PROGRAM_EXTERNAL names does not exist.
    """
    refuse_lost_location(root)
    described, folder = find_external(load_registry(root), name), folder_of(root, name)
    if state_of(described, folder) == ABSENT:
        return None
    for file in described.files.values():
        check_file(file, folder / file.name)
    return External(described, folder)


def state_of(described: ExternalSet, folder: Path) -> str:
    """State of a data set for a record: "absent", or the hash of what is there."""
    hashes = [
        (name, sha256_of(folder / name) if (folder / name).is_file() else ABSENT)
        for name in described.files
    ]
    if all(found == ABSENT for _, found in hashes):
        return ABSENT
    return hashlib.sha256(repr(hashes).encode()).hexdigest()


def check_file(file: ExternalFile, path: Path) -> None:
    """Raise UserError where a file is missing or its bytes are not the registered ones."""
    if not path.is_file():
        raise UserError(
            "this file of an external data set is missing while others are there",
            f"run '{program()} data fetch' or copy it there",
            file=path,
        )
    found = sha256_of(path)
    if found != file.sha256:
        raise UserError(
            f"the file has sha256 {found}, the registry says {file.sha256}",
            f"take it away and run '{program()} data fetch'",
            file=path,
        )


def _read(table: ExternalTable, path: Path) -> pd.DataFrame:
    import pandas as pd

    own = list(table.names.values())
    try:
        raw = _cells(path, own)
    except ValueError as error:
        raise UserError(f"the table can't be read ({error})", "fetch it again", path) from error
    if len(raw) != table.rows:
        problem = f"the file has {len(raw)} rows, the registry says {table.rows}"
        raise UserError(problem, "fetch it again", file=path)
    return pd.DataFrame(
        {
            name: _typed(raw[heading].str.strip(), table.columns[name], path)
            for name, heading in table.names.items()
        }
    )


def _cells(path: Path, own: list[str]) -> pd.DataFrame:
    """Some columns of a CSV or Stata file, as text; a missing number is an empty cell."""
    import pandas as pd

    if path.suffix == ".dta":
        return pd.read_stata(path, columns=own, convert_categoricals=False).astype("string")
    return pd.read_csv(path, usecols=own, dtype="str", encoding="utf-8-sig")


def _typed(cells: pd.Series[Any], column: Column, path: Path) -> pd.Series[Any]:
    import pandas as pd

    if column.required and cells.isna().any():
        row = int(cells.isna().to_numpy().argmax()) + 1
        raise UserError("the cell is empty", "fetch the file again", path, None, row, column.name)
    if column.type not in NUMERIC:
        return cells
    numbers = pd.to_numeric(cells, errors="coerce")
    low = float("-inf") if column.minimum is None else column.minimum
    high = float("inf") if column.maximum is None else column.maximum
    wrong = cells.notna() & ~numbers.between(low, high)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise UserError(
            "this is not a number that the registry allows",
            "fetch the file again",
            file=path,
            row=row + 1,
            column=column.name,
            value=cells.iloc[row],
        )
    return numbers.astype("Int64" if column.type == "integer" else "float64")
