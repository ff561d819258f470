"""Codebooks: the only place where a column is described, read into typed records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from compendium.data.names import known_lists, list_for
from compendium.errors import UserError
from compendium.strict_yaml import (
    Document,
    Key,
    load_strict,
    read_optional_text,
    read_text,
    refuse_unknown,
)
from compendium.text import Text

ColumnType = Literal["string", "integer", "number", "date", "flag", "category", "url"]
Precision = Literal["day", "month", "year"]
COLUMN_TYPES: tuple[ColumnType, ...] = get_args(ColumnType)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

CODED: tuple[ColumnType, ...] = ("category", "flag")
NUMERIC: tuple[ColumnType, ...] = ("integer", "number")
PRIVATE = "private"
"""Name of folders whose files are never published; what makes or imports them checks them."""

_BOOK_KEYS = (
    *("title", "version", "encoding", "licence", "licence_scope", "missing"),
    *("shared", "documents", "series", "tables"),
)
_TABLE_KEYS = (
    *("file", "label", "unit_of_observation", "key", "rows"),
    *("source", "exceptions", "columns"),
)
_COLUMN_KEYS = (
    *("label", "type", "unit", "required", "values", "values_of", "minimum", "maximum"),
    *("pattern", "names", "precisions", "decimal_notation", "several", "missing", "rule"),
    "source",
)
_SERIES_KEYS = ("label", "unit", "regions", "first_year", "last_year", "n", "breaks", "formula")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    values
        Allowed codes in their order, with words; None where the column has no list of codes.
    names
        Closed list of names for text, a key of `names.NAME_LISTS`; None where any text may stand.
    precisions
        For dates: how much of YYYY-MM-DD may be given.
    decimal_notation
        Whole numbers are written with a decimal point in the file (14839.0).
    several
        For addresses: more than one may stand in a cell, joined by " ; ".
    missing
        What an empty cell means; None where the column is required.
    rule
        Coding rule or note.
    """

    name: str
    label: Text
    type: ColumnType
    unit: Text | None = None
    required: bool = False
    values: Mapping[str, Text] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    names: str | None = None
    precisions: tuple[Precision, ...] = ()
    decimal_notation: bool = False
    several: bool = False
    missing: Text | None = None
    rule: Text | None = None
    source: Text | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Allowed codes in their order; empty where the column has no list of codes."""
        return tuple(self.values or ())


@dataclass(frozen=True)
class Exemption:
    """Rows that break a cross rule for a documented reason; each row is named by its key."""

    rule: str
    rows: tuple[str, ...]
    reason: Text


@dataclass(frozen=True)
class Series:
    """One series of official statistics; `n` counts its values over all regions."""

    name: str
    label: Text
    unit: Text
    regions: tuple[str, ...]
    first_year: int
    last_year: int
    n: int
    breaks: Text | None = None
    formula: str | None = None


@dataclass(frozen=True)
class Table:
    """One file with its columns.

    Attributes
    ----------
    rows
        Number of data rows it must have; None where the codebook does not say.
    """

    name: str
    folder: str
    path: Path
    label: Text
    unit_of_observation: Text
    key: tuple[str, ...]
    rows: int | None
    columns: Mapping[str, Column]
    source: Text | None = None
    exceptions: tuple[Exemption, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)

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
class DocumentNote:
    """A file of a data folder that is not a table."""

    name: str
    label: Text
    unit_of_observation: Text
    note: Text | None = None


@dataclass(frozen=True)
class Codebook:
    """One data folder: what it holds and under which licence."""

    folder: str
    path: Path
    title: Text
    licence: str
    tables: Mapping[str, Table]
    version: str | None = None
    encoding: str | None = None
    licence_scope: Text | None = None
    missing: Text | None = None
    series: Mapping[str, Series] = field(default_factory=dict)
    documents: Mapping[str, DocumentNote] = field(default_factory=dict)


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
    refuse_unknown(doc, (), _BOOK_KEYS)
    series = {name: _series(doc, name) for name in doc.at("series", default={})}
    missing = read_optional_text(doc, "missing")
    return Codebook(
        folder=doc.path.parent.name,
        path=doc.path,
        title=read_text(doc, "title"),
        licence=doc.string("licence"),
        tables={name: _table(doc, name, series, missing) for name in doc.mapping("tables")},
        version=_optional(doc, str, "version"),
        encoding=_optional(doc, str, "encoding"),
        licence_scope=read_optional_text(doc, "licence_scope"),
        missing=missing,
        series=series,
        documents={name: _document(doc, name) for name in doc.at("documents", default={})},
    )


def _table(doc: Document, name: str, series: Mapping[str, Series], missing: Text | None) -> Table:
    at = ("tables", name)
    refuse_unknown(doc, at, _TABLE_KEYS)
    columns = {c: read_column(doc, (*at, "columns"), c, series, missing) for c in _names(doc, at)}
    return Table(
        name=name,
        folder=doc.path.parent.name,
        path=doc.path.parent / doc.string(*at, "file"),
        label=read_text(doc, *at, "label"),
        unit_of_observation=read_text(doc, *at, "unit_of_observation"),
        key=_known(doc, columns, *at, "key"),
        rows=None if doc.at(*at, "rows") is None else _integer(doc, *at, "rows"),
        columns=columns,
        source=read_optional_text(doc, *at, "source"),
        exceptions=_exceptions(doc, at),
        series=series,
    )


def _names(doc: Document, at: tuple[Key, ...]) -> dict[str, Any]:
    columns = doc.mapping(*at, "columns")
    if not columns:
        raise doc.error("the table has no columns", "describe its columns", *at, "columns")
    return columns


def read_column(
    doc: Document,
    above: tuple[Key, ...],
    name: str,
    series: Mapping[str, Series],
    missing: Text | None,
) -> Column:
    """Read the description of one column; raises UserError with file and line."""
    at = (*above, name)
    refuse_unknown(doc, at, _COLUMN_KEYS)
    kind = _choice(doc, COLUMN_TYPES, *at, "type")
    _refuse_misplaced(doc, at, kind)
    required = bool(_optional(doc, bool, *at, "required"))
    column = Column(
        name=name,
        label=read_text(doc, *at, "label"),
        type=kind,
        unit=read_optional_text(doc, *at, "unit"),
        required=required,
        values=_values(doc, at, series) if kind in CODED else None,
        minimum=_bound(doc, *at, "minimum"),
        maximum=_bound(doc, *at, "maximum"),
        pattern=_pattern(doc, *at, "pattern"),
        names=_names_of(doc, at, name) if kind == "string" else None,
        precisions=_precisions(doc, at) if kind == "date" else (),
        decimal_notation=bool(_optional(doc, bool, *at, "decimal_notation")),
        several=bool(_optional(doc, bool, *at, "several")),
        missing=None if required else read_optional_text(doc, *at, "missing") or missing,
        rule=read_optional_text(doc, *at, "rule"),
        source=read_optional_text(doc, *at, "source"),
    )
    if not required and column.missing is None:
        problem = f"the column {name!r} may be empty, but nothing says what empty means"
        raise doc.error(problem, "add 'missing', or 'required: true'", *at)
    return column


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
}


def _refuse_misplaced(doc: Document, at: tuple[Key, ...], kind: ColumnType) -> None:
    for key in doc.mapping(*at):
        kinds = _ONLY_FOR.get(key)
        if kinds is not None and kind not in kinds:
            problem = f"{key!r} has no meaning for a column of type {kind}"
            raise doc.error(problem, f"it belongs to: {', '.join(kinds)}", *at, key)
    if doc.at(*at, "required") and doc.at(*at, "missing") is not None:
        problem = "a required column is never empty, so 'missing' has no meaning"
        raise doc.error(problem, "keep one of the two", *at, "missing")


def _values(doc: Document, at: tuple[Key, ...], series: Mapping[str, Series]) -> dict[str, Text]:
    if doc.at(*at, "values_of") is not None:
        _choice(doc, ("series",), *at, "values_of")
        return {name: item.label for name, item in series.items()}
    codes = doc.mapping(*at, "values")
    if not codes:
        raise doc.error("there are no values", "list the allowed values", *at, "values")
    for code in codes:
        if doc.at(*at, "type") == "flag" and str(code) not in ("0", "1"):
            mend = "use type category"
            raise doc.error("a flag is 0 or 1", mend, *at, "values", code, value=code)
    return {str(code): read_text(doc, *at, "values", code) for code in codes}


def _names_of(doc: Document, at: tuple[Key, ...], name: str) -> str | None:
    if doc.at(*at, "names") is not None:
        _choice(doc, known_lists(), *at, "names")
    return list_for(name, doc.at(*at, "names"))


def _precisions(doc: Document, at: tuple[Key, ...]) -> tuple[Precision, ...]:
    positions = range(len(doc.sequence(*at, "precisions")))
    return tuple(_choice(doc, PRECISIONS, *at, "precisions", position) for position in positions)


def _exceptions(doc: Document, at: tuple[Key, ...]) -> tuple[Exemption, ...]:
    positions = range(len(doc.at(*at, "exceptions", default=[])))
    return tuple(_exception(doc, (*at, "exceptions", position)) for position in positions)


def _exception(doc: Document, at: tuple[Key, ...]) -> Exemption:
    refuse_unknown(doc, at, ("rule", "rows", "reason"))
    return Exemption(
        rule=doc.string(*at, "rule"),
        rows=_strings(doc, *at, "rows"),
        reason=read_text(doc, *at, "reason"),
    )


def _series(doc: Document, name: str) -> Series:
    at = ("series", name)
    refuse_unknown(doc, at, _SERIES_KEYS)
    return Series(
        name=name,
        label=read_text(doc, *at, "label"),
        unit=read_text(doc, *at, "unit"),
        regions=_strings(doc, *at, "regions"),
        first_year=_integer(doc, *at, "first_year"),
        last_year=_integer(doc, *at, "last_year"),
        n=_integer(doc, *at, "n"),
        breaks=read_optional_text(doc, *at, "breaks"),
        formula=_optional(doc, str, *at, "formula"),
    )


def _document(doc: Document, name: str) -> DocumentNote:
    at = ("documents", name)
    refuse_unknown(doc, at, ("label", "unit_of_observation", "note"))
    text = partial(read_text, doc, *at)
    note = read_optional_text(doc, *at, "note")
    return DocumentNote(name, text("label"), text("unit_of_observation"), note)


def _optional(doc: Document, kind: type, *keys: Key) -> Any:
    value = doc.at(*keys)
    if value is None or isinstance(value, kind):
        return value
    shown = {str: "a text", bool: "true or false"}[kind]
    raise doc.error(f"{keys[-1]!r} is not {shown}", "correct it", *keys, value=value)


def _integer(doc: Document, *keys: Key) -> int:
    value = doc.at(*keys)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise doc.error(f"{keys[-1]!r} is not a whole number", "correct it", *keys, value=value)


def _bound(doc: Document, *keys: Key) -> float | None:
    value = doc.at(*keys)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise doc.error(f"{keys[-1]!r} is not a number", "correct it", *keys, value=value)


def _pattern(doc: Document, *keys: Key) -> str | None:
    pattern: str | None = _optional(doc, str, *keys)
    try:
        re.compile(pattern or "")
    except re.error as error:
        problem = f"the pattern is not a regular expression ({error})"
        raise doc.error(problem, "correct it", *keys, value=pattern) from None
    return pattern


def _choice(doc: Document, allowed: Iterable[Any], *keys: Key) -> Any:
    value = doc.at(*keys)
    if value in (allowed := tuple(allowed)):
        return value
    problem = f"{keys[-1]!r} is missing" if value is None else f"{keys[-1]!r} is not known"
    raise doc.error(problem, f"write one of: {', '.join(allowed)}", *keys, value=value)


def _strings(doc: Document, *keys: Key) -> tuple[str, ...]:
    positions = range(len(doc.sequence(*keys)))
    return tuple(doc.string(*keys, position) for position in positions)


def _known(doc: Document, columns: Mapping[str, Column], *keys: Key) -> tuple[str, ...]:
    names = _strings(doc, *keys)
    for position, name in enumerate(names):
        if name not in columns:
            raise doc.error("the key names no column", "correct it", *keys, position, value=name)
    return names
