"""The mapping: which column of a file answers which question, and what its codes mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from grassroots.errors import UserError
from grassroots.strict_yaml import Document, Key, load_strict, refuse_unknown
from grassroots.survey.formats import Raw, plain, tidy
from grassroots.survey.instrument import Instrument

EMPTY_REASON = "empty"
OutOfRange = Literal["value", "row"]
_FILE_KEYS = (
    *("file", "columns", "values", "missing", "constants"),
    *("not_collected", "ignored", "out_of_range"),
)


@dataclass(frozen=True)
class ColumnMap:
    """Where the answers to a question are.

    Attributes
    ----------
    source
        Tidied heading.
    codes
        Text of a cell to the code of the questionnaire; goes before the codes shared by all
        questions with the same answers.
    already_turned
        The file holds a reversed item turned; it is turned back, as files hold answers as given.
    """

    source: str
    codes: Mapping[str, str]
    already_turned: bool


@dataclass(frozen=True)
class ImportMapping:
    """A mapping file.

    Attributes
    ----------
    codes
        Answers of the questionnaire (such as agree) to text of a cell to code.
    missing
        Text of a cell to the reason for no answer, or to "empty".
    constants
        Question to the value that it has in every row.
    out_of_range
        What is left out with --accept: the value alone, or its whole row.
    """

    path: Path
    encoding: str | None
    sheet: str | None
    columns: Mapping[str, ColumnMap]
    codes: Mapping[str, Mapping[str, str]]
    missing: Mapping[str, str]
    constants: Mapping[str, str]
    not_collected: tuple[str, ...]
    ignored: tuple[str, ...]
    out_of_range: OutOfRange


def load_mapping(path: Path, instrument: Instrument) -> ImportMapping:
    """Read a mapping.

    Raises
    ------
    UserError
        With file and line: an unknown key, question or code; a question that is neither mapped
        nor constant nor said not to be collected; a required one not collected.
    """
    doc = load_strict(path)
    refuse_unknown(doc, (), _FILE_KEYS)
    if doc.at("file") is not None:
        refuse_unknown(doc, ("file",), ("encoding", "sheet"))
    mapping = ImportMapping(
        path=path,
        encoding=doc.at("file", "encoding"),
        sheet=doc.at("file", "sheet"),
        columns={str(name): _column(doc, instrument, name) for name in doc.mapping("columns")},
        codes={kind: _values(doc, instrument, kind) for kind in doc.at("values", default={})},
        missing=_missing(doc, instrument),
        constants={k: plain(v) for k, v in doc.at("constants", default={}).items()},
        not_collected=tuple(doc.at("not_collected", default=())),
        ignored=tuple(tidy(str(name)) for name in doc.at("ignored", default=())),
        out_of_range=doc.at("out_of_range", default="value"),
    )
    _check(doc, mapping, instrument)
    return mapping


def check_sources(mapping: ImportMapping, raw: Raw) -> None:
    """Raise UserError where a mapped column is not in the file."""
    for name, column in mapping.columns.items():
        if column.source not in raw.headings:
            near = get_close_matches(column.source, raw.headings, n=1)
            mend = f"did you mean {raw.headings[near[0]]!r}?" if near else "correct the mapping"
            problem = f"the mapping takes '{name}' from a column that is not there"
            raise UserError(problem, mend, raw.path, column=column.source)


def _column(doc: Document, instrument: Instrument, name: str) -> ColumnMap:
    at = ("columns", name)
    _refuse_question(doc, instrument, name, *at)
    if isinstance(doc.at(*at), str):
        return ColumnMap(tidy(doc.string(*at)), {}, already_turned=False)
    refuse_unknown(doc, at, ("from", "values", "already_turned"))
    turned = bool(doc.at(*at, "already_turned", default=False))
    if turned and not instrument.questions[name].reversed:
        problem = "only a reversed item can be turned already"
        raise doc.error(problem, "take this out", *at, "already_turned")
    codes = [str(code) for code in _codes(instrument, instrument.questions[name].answers)]
    given = doc.at(*at, "values", default={})
    values = {plain(text): _code(doc, codes, *at, "values", text) for text in given}
    return ColumnMap(tidy(doc.string(*at, "from")), values, turned)


def _values(doc: Document, instrument: Instrument, kind: str) -> dict[str, str]:
    if kind not in instrument.answers:
        mend = f"use one of: {', '.join(instrument.answers)}"
        raise doc.error("there are no such answers", mend, "values", kind, value=kind)
    codes = [str(code) for code in _codes(instrument, kind)]
    given = doc.mapping("values", kind)
    return {plain(text): _code(doc, codes, "values", kind, text) for text in given}


def _codes(instrument: Instrument, answers: str | None) -> tuple[Any, ...]:
    known = tuple(instrument.answers[answers]) if answers else ()
    return (*known, *instrument.non_response_codes)


def _code(doc: Document, codes: list[str], *at: Key) -> str:
    code = plain(doc.at(*at))
    if codes and code not in codes:
        raise doc.error("this is no code", f"use one of: {', '.join(codes)}", *at, value=code)
    return code


def _missing(doc: Document, instrument: Instrument) -> dict[str, str]:
    reasons = (*instrument.non_response, EMPTY_REASON)
    given = doc.at("missing", default={})
    if given:
        refuse_unknown(doc, ("missing",), reasons)
    return {plain(text): reason for reason, texts in given.items() for text in texts}


def _check(doc: Document, mapping: ImportMapping, instrument: Instrument) -> None:
    for key in ("constants", "not_collected"):
        for position, name in enumerate(doc.at(key, default=())):
            _refuse_question(doc, instrument, name, key, name if key == "constants" else position)
    if mapping.out_of_range not in get_args(OutOfRange):
        raise doc.error("'out_of_range' is value or row", "correct it", "out_of_range")
    told = {*mapping.columns, *mapping.constants, *mapping.not_collected}
    for name, question in instrument.questions.items():
        if name not in told:
            problem = f"the mapping says nothing of '{name}' ({question.short.zh})"
            mend = "add it under columns, constants or not_collected"
            raise doc.error(problem, mend, "columns")
        if question.required and name in mapping.not_collected:
            mend = "name its column, or its value under constants"
            raise doc.error(f"'{name}' can't be left out", mend, "not_collected")
    _refuse_shared(doc, mapping)


def _refuse_shared(doc: Document, mapping: ImportMapping) -> None:
    first: dict[str, str] = {}
    for name, column in mapping.columns.items():
        other = first.setdefault(column.source, name)
        if other != name:
            problem = f"'{name}' and '{other}' come from the same column"
            raise doc.error(problem, "correct one", "columns", name, value=column.source)


def _refuse_question(doc: Document, instrument: Instrument, name: Any, *at: Key) -> None:
    if name not in instrument.questions:
        near: Iterable[str] = get_close_matches(str(name), instrument.questions, n=1)
        mend = "".join(f"did you mean '{other}'?" for other in near) or "see instrument.yml"
        raise doc.error(f"the questionnaire has no '{name}'", mend, *at)
