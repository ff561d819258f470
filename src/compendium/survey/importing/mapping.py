"""The mapping: which column of a file answers which question, and what its codes mean."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from compendium.errors import UserError
from compendium.strict_yaml import Document, Key, load_strict, refuse_unknown
from compendium.survey.formats import Raw, plain, tidy
from compendium.survey.importing.labels import EMPTY_REASON
from compendium.survey.instrument import CODED, Instrument, Question

OutOfRange = Literal["value", "row"]
FRAME_KEY = "unit_id"
UNDECIDED = "?"
"""Stands in a draft for what a code means where that can't be read; an import refuses it."""

TIME = "duration_minutes"
SECONDS = "seconds"
_FILE_KEYS = (
    *("file", "columns", "values", "missing", "constants", "frame"),
    *("not_collected", "ignored", "leave_out", "out_of_range"),
)
_COLUMN_KEYS = ("from", "values", "already_turned", "unit", "until")
_WHOLE = re.compile(r"-?[0-9]+")


@dataclass(frozen=True)
class ColumnMap:
    """Where the answers to a question are.

    Attributes
    ----------
    source
        Tidied heading.
    codes
        Text of a cell to the code of the questionnaire, to a number or a name where the question
        has no codes, or to a reason for no answer; goes before what holds for all questions.
    already_turned
        The file holds a reversed item turned; it is turned back, as files hold answers as given.
    unit, until
        For the time taken: "seconds" where it is not in minutes, and the heading of the end where
        `source` is the start.
    """

    source: str
    codes: Mapping[str, str] = field(default_factory=dict)
    already_turned: bool = False
    unit: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class FrameMap:
    """Which columns of the sampling frame answer which questions.

    Attributes
    ----------
    key
        Question whose value finds the row of the frame.
    columns
        Question to its column in the frame, the key's among them.
    """

    key: str
    columns: Mapping[str, ColumnMap]


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
    leave_out
        Tidied heading to the texts of cells whose rows are left out.
    frame
        None where the frame's columns are found by the questions' own names.
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
    leave_out: Mapping[str, tuple[str, ...]]
    frame: FrameMap | None
    out_of_range: OutOfRange

    def codes_of(self, question: Question) -> dict[str, str]:
        """What cells of a question mean: by the answers' kind, then by the column's own values."""
        column = self.columns.get(question.name)
        shared = self.codes.get(question.answers or "", {})
        return {**shared, **(column.codes if column else {})}


def load_mapping(
    path: Path, instrument: Instrument, from_frame: Collection[str] = ()
) -> ImportMapping:
    """Read a mapping.

    Parameters
    ----------
    from_frame
        Questions that the sampling frame answers, where the mapping itself does not.

    Raises
    ------
    UserError
        With file and line: an unknown key, question or code; a question that is neither mapped
        nor constant nor said not to be collected; a required one not collected; a code that is
        still undecided.
    """
    doc = load_strict(path)
    refuse_unknown(doc, (), _FILE_KEYS)
    _refuse_undecided(doc)
    if doc.at("file") is not None:
        refuse_unknown(doc, ("file",), ("encoding", "sheet"))
    mapping = ImportMapping(
        path=path,
        encoding=doc.at("file", "encoding"),
        sheet=doc.at("file", "sheet"),
        columns={
            str(name): _column(doc, instrument, name, "columns") for name in doc.mapping("columns")
        },
        codes={kind: _values(doc, instrument, kind) for kind in doc.at("values", default={})},
        missing=_missing(doc, instrument),
        constants={k: plain(v) for k, v in doc.at("constants", default={}).items()},
        not_collected=tuple(doc.at("not_collected", default=())),
        ignored=tuple(tidy(str(name)) for name in doc.at("ignored", default=())),
        leave_out=_leave_out(doc),
        frame=_frame(doc, instrument),
        out_of_range=doc.at("out_of_range", default="value"),
    )
    _check(doc, mapping, instrument, from_frame)
    return mapping


def check_sources(mapping: ImportMapping, raw: Raw) -> None:
    """Raise UserError where a mapped column is not in the file."""
    for name, column in mapping.columns.items():
        for source in (column.source, column.until):
            if source is not None and source not in raw.headings:
                raise _not_there(raw, f"'{name}'", source)
    for source in mapping.leave_out:
        if source not in raw.headings:
            raise _not_there(raw, "'leave_out'", source)


def _not_there(raw: Raw, what: str, source: str) -> UserError:
    near = get_close_matches(source, raw.headings, n=1)
    mend = f"did you mean {raw.headings[near[0]]!r}?" if near else "correct the mapping"
    problem = f"the mapping takes {what} from a column that is not there"
    return UserError(problem, mend, raw.path, column=source)


def _refuse_undecided(doc: Document) -> None:
    """Raise UserError at the first of the codes that a draft could not read."""
    places: list[tuple[Key, ...]] = []
    for kind in doc.mapping("values") if doc.at("values") is not None else ():
        places += [("values", kind, code) for code in doc.mapping("values", kind)]
    for name, column in doc.mapping("columns").items():
        if isinstance(column, dict) and column.get("values") is not None:
            codes = doc.mapping("columns", name, "values")
            places += [("columns", name, "values", code) for code in codes]
    undecided = [place for place in places if doc.at(*place) == UNDECIDED]
    if undecided:
        problem = f"{len(undecided)} codes are not decided yet, the first is {undecided[0][-1]!r}"
        mend = "write what each means in place of '?': a code, or a reason for no answer"
        raise doc.error(problem, mend, *undecided[0])


def _column(doc: Document, instrument: Instrument, name: str, *under: Key) -> ColumnMap:
    at = (*under, name)
    _refuse_question(doc, instrument, name, *at)
    if isinstance(doc.at(*at), str):
        return ColumnMap(tidy(doc.string(*at)))
    refuse_unknown(doc, at, _COLUMN_KEYS)
    question = instrument.questions[name]
    turned = bool(doc.at(*at, "already_turned", default=False))
    if turned and not question.reversed:
        problem = "only a reversed item can be turned already"
        raise doc.error(problem, "take this out", *at, "already_turned")
    unit, until = doc.at(*at, "unit"), doc.at(*at, "until")
    for key, value in (("unit", unit), ("until", until)):
        if value is not None and name != TIME:
            raise doc.error(f"{key!r} is for {TIME} alone", "take this out", *at, key)
    if unit not in (None, "minutes", SECONDS):
        raise doc.error("the unit is minutes or seconds", "correct it", *at, "unit", value=unit)
    given = doc.at(*at, "values", default={})
    values = {plain(text): _meant(doc, instrument, question, *at, "values", text) for text in given}
    source = tidy(doc.string(*at, "from"))
    return ColumnMap(source, values, turned, unit, tidy(str(until)) if until is not None else None)


def _values(doc: Document, instrument: Instrument, kind: str) -> dict[str, str]:
    if kind not in instrument.answers:
        mend = f"use one of: {', '.join(instrument.answers)}"
        raise doc.error("there are no such answers", mend, "values", kind, value=kind)
    codes = [str(code) for code in instrument.answers[kind]]
    given = doc.mapping("values", kind)
    return {plain(text): _code(doc, instrument, codes, "values", kind, text) for text in given}


def _meant(doc: Document, instrument: Instrument, question: Question, *at: Key) -> str:
    """What a value of one column is to mean; raises UserError where the question has no such."""
    if question.type in CODED:
        return _code(doc, instrument, [str(c) for c in instrument.codes(question.name)], *at)
    meant = plain(doc.at(*at))
    if question.type == "string":
        named = re.fullmatch(question.pattern or ".*", meant) is not None
        fits = meant == EMPTY_REASON or named
        problem, mend = "the question can't have this name", f"or write {EMPTY_REASON}"
    else:
        if meant in _no_answers(instrument):
            return meant
        low, high = question.minimum or 0, question.maximum or math.inf
        whole = question.type == "integer"
        fits = bool(_WHOLE.fullmatch(meant)) if whole else _is_number(meant)
        fits = fits and low <= float(meant) <= high
        problem = "the question can't have this value"
        mend = f"write a number that it has, or one of: {', '.join(_no_answers(instrument))}"
    if not fits:
        raise doc.error(problem, mend, *at, value=meant)
    return meant


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _no_answers(instrument: Instrument) -> tuple[str, ...]:
    codes = [str(code) for code in instrument.non_response_codes]
    return (*codes, *instrument.non_response, EMPTY_REASON)


def _code(doc: Document, instrument: Instrument, codes: list[str], *at: Key) -> str:
    code = plain(doc.at(*at))
    known = (*codes, *_no_answers(instrument))
    if code not in known:
        raise doc.error("this is no code", f"use one of: {', '.join(known)}", *at, value=code)
    return code


def _leave_out(doc: Document) -> dict[str, tuple[str, ...]]:
    given = doc.at("leave_out", default={})
    return {
        tidy(str(name)): tuple(plain(text) for text in doc.sequence("leave_out", name))
        for name in given
    }


def _frame(doc: Document, instrument: Instrument) -> FrameMap | None:
    if doc.at("frame") is None:
        return None
    refuse_unknown(doc, ("frame",), ("key", "columns"))
    key = doc.at("frame", "key", default=FRAME_KEY)
    _refuse_question(doc, instrument, key, "frame", "key")
    names = doc.mapping("frame", "columns")
    if key not in names:
        mend = "name the frame's column of it"
        raise doc.error(f"the frame's columns do not name '{key}'", mend, "frame", "columns")
    columns = {str(name): _column(doc, instrument, name, "frame", "columns") for name in names}
    return FrameMap(key, columns)


def _missing(doc: Document, instrument: Instrument) -> dict[str, str]:
    reasons = (*instrument.non_response, EMPTY_REASON)
    given = doc.at("missing", default={})
    if given:
        refuse_unknown(doc, ("missing",), reasons)
    return {plain(text): reason for reason, texts in given.items() for text in texts}


def _check(
    doc: Document, mapping: ImportMapping, instrument: Instrument, from_frame: Collection[str]
) -> None:
    for key in ("constants", "not_collected"):
        for position, name in enumerate(doc.at(key, default=())):
            _refuse_question(doc, instrument, name, key, name if key == "constants" else position)
    if mapping.out_of_range not in get_args(OutOfRange):
        raise doc.error("'out_of_range' is value or row", "correct it", "out_of_range")
    framed = {*from_frame, *(mapping.frame.columns if mapping.frame else ())}
    told = {*mapping.columns, *mapping.constants, *mapping.not_collected, *framed}
    for name, question in instrument.questions.items():
        if name not in told:
            problem = f"the mapping says nothing of '{name}' ({question.short.zh})"
            mend = "add it under columns, constants or not_collected"
            raise doc.error(problem, mend, "columns")
    required = (name for name, q in instrument.questions.items() if q.required)
    missing = [n for n in required if n in mapping.not_collected and n not in framed]
    if missing:
        names = ", ".join(f"'{name}'" for name in missing)
        mend = "name the column, the value under constants, or a sampling frame with --frame"
        raise doc.error(f"{names} can't be left out", mend, "not_collected")
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
