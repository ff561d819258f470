"""Codebooks: the only place where a column is described, read into typed records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from compendium.data.names import known_lists, list_for
from compendium.errors import UserError
from compendium.strict_model import (
    BY_TEXT,
    GIVEN,
    NAMED,
    Filled,
    Number,
    Written,
    fault,
    read_typed,
)
from compendium.strict_yaml import Document, KeyPath, load_strict
from compendium.text import Text

ColumnType = Literal["string", "integer", "number", "date", "flag", "category", "url"]
Precision = Literal["day", "month", "year"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

CODED: tuple[ColumnType, ...] = ("category", "flag")
NUMERIC: tuple[ColumnType, ...] = ("integer", "number")
SURVEY_TABLE = "survey_responses"
"""Table that a notebook with `survey: true` loads."""
PRIVATE = "private"
"""Name of folders whose files are never published; what makes or imports them checks them."""


def regular_expression(pattern: str) -> str:
    """Return a pattern; raises a fault where it is not a regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        problem = f"the pattern is not a regular expression ({error})"
        raise fault(problem, "correct it", value=pattern) from None
    return pattern


@dataclass(frozen=True)
class Jump(Written):
    """How far a value may be from the one before it in its series.

    Attributes
    ----------
    of
        Columns that tell the series apart.
    along
        Column of years, or of dates, whose step is then a month.
    factor
        Largest ratio of two values one step apart; over n steps it is the n-th power.
    """

    of: tuple[Filled, ...]
    along: Filled
    factor: Number


@dataclass(frozen=True)
class Column(Written):
    """One column of a table.

    Attributes
    ----------
    values
        Allowed codes in their order, with words; None where the column has no list of codes.
    values_of
        "series" where the codes are the series of the codebook.
    names
        Closed list of names for text, a key of `names.NAME_LISTS`; None where any text may stand.
    precisions
        For dates: how much of YYYY-MM-DD may be given.
    decimal_notation
        Whole numbers are written with a decimal point in the file (14839.0).
    several
        For addresses: more than one may stand in a cell, joined by " ; ".
    earliest, latest
        For dates: the allowed range, as much of YYYY-MM-DD as matters.
    at_most
        Columns whose value in the same row is never smaller; of a span of years its end counts.
    one_for
        Columns each of whose values goes with one value of this column; of an address its site.
    jump
        For numbers in a series: how far one may be from the one before.
    missing
        What an empty cell means; None where the column is required.
    rule
        Coding rule or note.
    """

    name: str = field(metadata=GIVEN)
    label: Text
    type: ColumnType
    unit: Text | None = None
    required: StrictBool = False
    values: Annotated[Mapping[str, Text], Field(min_length=1), BY_TEXT] | None = None
    values_of: Literal["series"] | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    pattern: Annotated[str, AfterValidator(regular_expression)] | None = None
    names: str | None = None
    precisions: tuple[Precision, ...] = ()
    decimal_notation: StrictBool = False
    several: StrictBool = False
    earliest: str | None = None
    latest: str | None = None
    at_most: tuple[Filled, ...] = ()
    one_for: tuple[Filled, ...] = ()
    jump: Jump | None = None
    missing: Text | None = None
    rule: Text | None = None
    source: Text | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Allowed codes in their order; empty where the column has no list of codes."""
        return tuple(self.values or ())

    @model_validator(mode="after")
    def _fits_its_type(self) -> Column:
        for key, kinds in _ONLY_FOR.items():
            if getattr(self, key) not in (None, (), False) and self.type not in kinds:
                problem = f"{key!r} has no meaning for a column of type {self.type}"
                raise fault(problem, f"it belongs to: {', '.join(kinds)}", key)
        if self.required and self.missing is not None:
            problem = "a required column is never empty, so 'missing' has no meaning"
            raise fault(problem, "keep one of the two", "missing")
        if self.type in CODED and self.values is None and self.values_of is None:
            raise fault("there are no values", "list the allowed values", "values")
        if self.type == "date" and not self.precisions:
            raise fault("a date needs its precisions", f"add {', '.join(PRECISIONS)}", "precisions")
        odd = next((c for c in self.codes if self.type == "flag" and c not in ("0", "1")), None)
        if odd is not None:
            raise fault("a flag is 0 or 1", "use type category", "values", odd, value=odd)
        if self.names is not None and self.names not in known_lists():
            mend = f"write one of: {', '.join(known_lists())}"
            raise fault("'names' is not known", mend, "names", value=self.names)
        return self


_ONLY_FOR: Mapping[str, tuple[ColumnType, ...]] = {
    "values": CODED,
    "values_of": ("category",),
    "minimum": NUMERIC,
    "maximum": NUMERIC,
    "decimal_notation": ("integer",),
    "pattern": ("string",),
    "names": ("string",),
    "precisions": ("date",),
    "several": ("url",),
    "earliest": ("date",),
    "latest": ("date",),
    "jump": NUMERIC,
}


Columns = Annotated[Mapping[str, Column], Field(min_length=1), NAMED]
"""Columns of a table by their names; at least one."""


@dataclass(frozen=True)
class Exemption(Written):
    """Rows that break a cross rule for a documented reason; each row is named by its key."""

    rule: Filled
    rows: tuple[Filled, ...]
    reason: Text


@dataclass(frozen=True)
class Series(Written):
    """One series of official statistics; `n` counts its values over all regions."""

    name: str = field(metadata=GIVEN)
    label: Text
    unit: Text
    regions: tuple[Filled, ...]
    first_year: StrictInt
    last_year: StrictInt
    n: StrictInt
    breaks: Text | None = None
    formula: str | None = None


@dataclass(frozen=True)
class Table(Written):
    """One file with its columns.

    Attributes
    ----------
    rows
        Number of data rows it must have; None where the codebook does not say.
    """

    name: str = field(metadata=GIVEN)
    path: Annotated[Path, Field(validation_alias="file")] = field(metadata={"key": "file"})
    label: Text
    unit_of_observation: Text
    key: tuple[Filled, ...]
    columns: Columns
    rows: StrictInt | None = None
    source: Text | None = None
    exceptions: tuple[Exemption, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict, metadata=GIVEN)

    @property
    def folder(self) -> str:
        """Name of its data folder."""
        return (self.path.parent if self.shipped else self.path.parent.parent).name

    @model_validator(mode="after")
    def _key_is_of_columns(self) -> Table:
        for position, name in enumerate(self.key):
            if name not in self.columns:
                raise fault("the key names no column", "correct it", "key", position, value=name)
        for name, column in self.columns.items():
            jump = column.jump
            others = (*column.at_most, *column.one_for, *((*jump.of, jump.along) if jump else ()))
            odd = next((other for other in others if other not in self.columns), None)
            if odd is not None:
                problem = "the column is held against one that the table does not have"
                raise fault(problem, "correct it", "columns", name, value=odd)
        return self

    @property
    def file(self) -> str:
        """Name as it stands in messages: folder and file, with a slash on every system."""
        below = f"{PRIVATE}/" if not self.shipped else ""
        return f"data/{self.folder}/{below}{self.path.name}"

    @property
    def shipped(self) -> bool:
        """Whether the file is part of the project; one in a private folder is not."""
        return self.path.parent.name != PRIVATE

    def exempt(self, rule: str) -> frozenset[str]:
        """Keys of the rows that are documented exceptions to a cross rule."""
        return frozenset(row for item in self.exceptions if item.rule == rule for row in item.rows)


@dataclass(frozen=True)
class DocumentNote(Written):
    """A file of a data folder that is not a table."""

    name: str = field(metadata=GIVEN)
    label: Text
    unit_of_observation: Text
    note: Text | None = None


@dataclass(frozen=True)
class Codebook(Written):
    """One data folder: what it holds and under which licence."""

    title: Text
    licence: Filled
    tables: Annotated[Mapping[str, Table], NAMED]
    version: str | None = None
    encoding: str | None = None
    licence_scope: Text | None = None
    missing: Text | None = None
    shared: Any = None
    series: Annotated[Mapping[str, Series], NAMED] = field(default_factory=dict)
    documents: Annotated[Mapping[str, DocumentNote], NAMED] = field(default_factory=dict)
    path: Path = field(default=Path(), metadata=GIVEN)

    @property
    def folder(self) -> str:
        """Name of its data folder."""
        return self.path.parent.name


def load_codebooks(root: Path | str) -> dict[str, Table]:
    """Tables of every ``data/*/codebook.yml``, by name; raises UserError on the first fault."""
    return tables_of(load_books(root))


def tables_of(books: Iterable[Codebook]) -> dict[str, Table]:
    """Tables of codebooks by name; raises UserError where two have one name or one file."""
    tables: dict[str, Table] = {}
    files: dict[Path, str] = {}
    for book in books:
        for name, table in book.tables.items():
            first = files.setdefault(table.path.resolve(), name)
            if first != name:
                raise UserError(
                    f"the tables {first!r} and {name!r} have the same file {table.path.name}",
                    "keep one of the two",
                    file=book.path,
                )
            if name in tables:
                raise UserError(
                    f"the table {name!r} is also in data/{tables[name].folder}/codebook.yml",
                    "give one of the two another name",
                    file=book.path,
                )
            tables[name] = table
    return tables


def load_books(root: Path | str) -> tuple[Codebook, ...]:
    """All codebooks under ``data/``, by folder name; raises UserError on the first fault."""
    paths = sorted((Path(root) / "data").glob("*/codebook.yml"))
    if not paths:
        problem = "there is no data/*/codebook.yml"
        raise UserError(problem, "name the folder of the project", file=Path(root))
    return tuple(load_codebook(path) for path in paths)


def load_codebook(path: Path | str) -> Codebook:
    """Read one codebook; raises UserError with file and line."""
    doc = load_strict(path)
    book = read_typed(doc, Codebook)
    tables = {
        name: replace(
            table,
            path=doc.path.parent / table.path,
            columns=finished(
                doc, ("tables", name, "columns"), table.columns, book.missing, book.series
            ),
            series=book.series if any(c.values_of for c in table.columns.values()) else {},
        )
        for name, table in book.tables.items()
    }
    return replace(book, path=doc.path, tables=tables)


def finished(
    doc: Document,
    at: KeyPath,
    columns: Mapping[str, Column],
    missing: Text | None,
    series: Mapping[str, Series] | None = None,
) -> dict[str, Column]:
    """Columns with what the file says for all: meaning of an empty cell, codes that are series.

    Raises
    ------
    UserError
        With file and line: a column that may be empty and nothing says what empty means.
    """
    found = {}
    for name, column in columns.items():
        changes: dict[str, Any] = {}
        if not column.required and column.missing is None:
            if missing is None:
                problem = f"the column {name!r} may be empty, but nothing says what empty means"
                raise doc.error(problem, "add 'missing', or 'required: true'", *at, name)
            changes["missing"] = missing
        if column.values_of:
            changes["values"] = {key: one.label for key, one in (series or {}).items()}
        if column.type == "string":
            changes["names"] = list_for(name, column.names)
        found[name] = replace(column, **changes)
    return found
