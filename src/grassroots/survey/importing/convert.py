"""Cells of a file turned into codes of the questionnaire; faults are collected, never raised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grassroots.errors import UserError
from grassroots.survey.formats import Raw, plain, tidy
from grassroots.survey.importing.findings import Finding, rows_of
from grassroots.survey.importing.mapping import EMPTY_REASON, ColumnMap, ImportMapping
from grassroots.survey.instrument import HIGHEST, LOWEST, Instrument, Question
from grassroots.survey.store import EMPTY
from grassroots.text import LANGS, Text

if TYPE_CHECKING:
    import pandas as pd

FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000]")
INTEGER = re.compile(r"-?[0-9]+(\.0+)?")
NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")

_LABEL_OF = Text(
    ", the label of {code}: add it under 'values'", "，是 {code} 的标签：请加入 values"
)
_MISFIT = object()


@dataclass(frozen=True)
class Converted:
    """Answers of a file in the codes of the questionnaire.

    Attributes
    ----------
    columns
        As a survey's file holds them; faulty cells are empty.
    findings
        Faulty cells and what else was seen in passing.
    faulty_rows
        Rows with a required cell that is empty, from 0.
    """

    columns: dict[str, NDArray[Any]]
    findings: tuple[Finding, ...]
    faulty_rows: NDArray[np.int64]


def convert(instrument: Instrument, raw: Raw, mapping: ImportMapping) -> Converted:
    """Convert every column that the mapping names."""
    rows = len(raw.frame)
    columns: dict[str, NDArray[Any]] = {}
    findings: list[Finding] = []
    for name, question in instrument.questions.items():
        reader = _Reader(instrument, question, mapping)
        if name in mapping.columns:
            columns[name] = reader.column(raw, findings)
        else:
            columns[name] = reader.constant(mapping.constants.get(name, ""), rows)
    findings += _labels_against_codes(instrument, raw, mapping)
    faulty = [row for one in findings if one.rule == "required" for row in one.rows]
    return Converted(columns, tuple(findings), np.unique(np.array(faulty, dtype=np.int64)) - 1)


@dataclass(frozen=True)
class _Reader:
    """Reads the cells of one question: each distinct value once."""

    instrument: Instrument
    question: Question
    mapping: ImportMapping

    def column(self, raw: Raw, findings: list[Finding]) -> NDArray[Any]:
        """Values of all rows; appends what was found."""
        mapped = self.mapping.columns[self.question.name]
        positions, distinct = _factorized(raw.frame[mapped.source])
        meaning = self.meaning(mapped)
        texts = [plain(value) for value in distinct]
        values = [meaning(text) for text in texts]
        heading = raw.headings[mapped.source]
        for position, (text, value) in enumerate(zip(texts, values, strict=True)):
            if value is _MISFIT:
                shown = distinct[position] if isinstance(distinct[position], str) else text
                findings.append(self._fault(heading, shown, text, rows_of(positions == position)))
        findings += self._full_width(heading, distinct, positions)
        array = self.array(values)[positions]
        if self.question.required:
            known = [finding for finding in findings if finding.heading == heading]
            findings += self._required(heading, array, known)
        return array

    def constant(self, text: str, rows: int) -> NDArray[Any]:
        """The same value in every row; raises UserError where the question has no such value."""
        value = self.meaning(ColumnMap("", {}, already_turned=False))(text)
        if value is _MISFIT:
            problem = f"the constant for '{self.question.name}' is not a value it has"
            raise UserError(problem, "correct the mapping", self.mapping.path, value=text)
        return np.repeat(self.array([value])[:1], rows)

    def array(self, values: list[Any]) -> NDArray[Any]:
        """Array of the distinct values with the empty one last, where position -1 leads."""
        kind = self.question.type
        if kind == "string":
            return np.array([None if v is _MISFIT else v for v in values] + [None], dtype=object)
        if kind == "number":
            return np.array([np.nan if v in (_MISFIT, None) else v for v in values] + [np.nan])
        codes = [EMPTY if v in (_MISFIT, None) else v for v in values] + [EMPTY]
        return np.array(codes, dtype=np.int32)

    def meaning(self, mapped: ColumnMap) -> Callable[[str], Any]:
        """Function from the text of a cell to its value, None where empty, or _MISFIT."""
        own = {"string": self._string, "number": self._number, "integer": self._integer}
        if self.question.type in own:
            return own[self.question.type]
        table = self._codes(mapped)
        return lambda text: table.get(text, _MISFIT)

    def _codes(self, mapped: ColumnMap) -> Mapping[str, int | None]:
        question, instrument = self.question, self.instrument
        legal = [str(code) for code in instrument.codes(question.name)]
        number = {
            code: i if question.type == "category" else int(code) for i, code in enumerate(legal)
        }
        number |= {str(code): code for code in instrument.non_response_codes}
        table: dict[str, int | None] = {"": None, **self._missing(), **number}
        shared = self.mapping.codes.get(question.answers or "", {})
        table |= {text: number[code] for text, code in {**shared, **mapped.codes}.items()}
        if mapped.already_turned:
            table = {text: _turned_back(code) for text, code in table.items()}
        return table

    def _missing(self) -> dict[str, int | None]:
        ways = self.instrument.non_response
        return {
            text: None if reason == EMPTY_REASON else ways[reason].code
            for text, reason in self.mapping.missing.items()
        }

    def _string(self, text: str) -> Any:
        if not text or self.mapping.missing.get(text) == EMPTY_REASON:
            return None
        fits = self.question.pattern is None or re.fullmatch(self.question.pattern, text)
        return text if fits else _MISFIT

    def _number(self, text: str) -> Any:
        if not text or text in self.mapping.missing:
            return None
        if not NUMBER.fullmatch(text):
            return _MISFIT
        number = float(text)
        below = self.question.name != "weight" and number < (self.question.minimum or 0)
        return _MISFIT if below else number

    def _integer(self, text: str) -> Any:
        whole = int(float(text)) if INTEGER.fullmatch(text) else None
        low, high = self.question.minimum or 0, self.question.maximum or np.inf
        if whole is not None and low <= whole <= high:
            return whole
        if whole in self.instrument.non_response_codes:
            return whole
        return {"": None, **self._missing()}.get(text, _MISFIT)

    def _fault(self, heading: str, shown: str, text: str, rows: tuple[int, ...]) -> Finding:
        name = self.question.name
        if self.question.type == "string":
            return Finding("required", name, heading, shown, rows)
        if INTEGER.fullmatch(text) or NUMBER.fullmatch(text):
            return Finding("out_of_range", name, heading, shown, rows)
        return Finding("word", name, heading, shown, rows, {"hint": self._hint(text)})

    def _hint(self, text: str) -> Any:
        labels = labels_of(self.instrument, self.question)
        if text.lower() not in labels:
            return ""
        code = labels[text.lower()]
        return Text(*(_LABEL_OF[lang].format(code=code) for lang in LANGS))

    def _full_width(self, heading: str, distinct: Any, positions: NDArray[Any]) -> list[Finding]:
        if self.question.type == "string":
            return []
        return [
            Finding(
                "full_width",
                self.question.name,
                heading,
                value,
                rows_of(positions == position),
                {"found": tidy(value)},
            )
            for position, value in enumerate(distinct)
            if isinstance(value, str) and FULL_WIDTH.search(value)
        ]

    def _required(self, heading: str, array: NDArray[Any], known: list[Finding]) -> list[Finding]:
        told = {row for one in known for row in one.rows}
        missing = rows_of(_is_empty(array, self.question))
        rows = tuple(row for row in missing if row not in told)
        return [Finding("required", self.question.name, heading, None, rows)] if rows else []


def labels_of(instrument: Instrument, question: Question) -> dict[str, str]:
    """Label of an answer in either language, tidied and in small letters, to its code."""
    answers = instrument.answers[question.answers] if question.answers else {}
    known = {way.code: way.label for way in instrument.non_response.values()} | dict(answers)
    return {tidy(text[lang]).lower(): str(code) for code, text in known.items() for lang in LANGS}


def _is_empty(array: NDArray[Any], question: Question) -> NDArray[np.bool_]:
    import pandas as pd

    if question.type == "string":
        empty: NDArray[np.bool_] = pd.isna(array)
        return empty
    return np.isnan(array) if question.type == "number" else array < 0


def _factorized(column: pd.Series[Any]) -> tuple[NDArray[Any], list[Any]]:
    """Position of each cell among the distinct values, -1 where missing, and these values."""
    import pandas as pd

    positions, distinct = pd.factorize(column, use_na_sentinel=True)
    return positions, list(distinct)


def _turned_back(code: int | None) -> int | None:
    return code if code is None or code < LOWEST else LOWEST + HIGHEST - code


def _labels_against_codes(
    instrument: Instrument, raw: Raw, mapping: ImportMapping
) -> list[Finding]:
    """Codes that the file itself labels with another answer than the questionnaire does."""
    found = []
    for name, mapped in mapping.columns.items():
        question = instrument.questions[name]
        if question.type not in ("item", "flag") or mapped.already_turned:
            continue
        shared = mapping.codes.get(question.answers or "", {})
        labels = labels_of(instrument, question)
        for code, label in raw.value_labels.get(mapped.source, {}).items():
            meant = labels.get(label.lower(), code)
            taken = {**shared, **mapped.codes}.get(code, code)
            if taken != meant and code not in mapping.missing:
                said = {"found": label, "code": meant}
                found.append(Finding("label_conflict", name, mapped.source, code, (), said))
    return found
