"""Cells of a file turned into codes of the questionnaire; faults are collected, never raised."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from compendium.characters import KIND_WORDS, odd_characters
from compendium.errors import UserError
from compendium.survey.formats import Declared, Raw, plain
from compendium.survey.importing.cells import INTEGER, MISFIT, NUMBER, Cells, cells_of
from compendium.survey.importing.findings import Finding, rows_of
from compendium.survey.importing.labels import EMPTY_REASON, labels_of, reason_of
from compendium.survey.importing.labels import bare as bare_text
from compendium.survey.importing.mapping import ColumnMap, ImportMapping
from compendium.survey.instrument import CODED, Instrument, Question
from compendium.survey.store import EMPTY
from compendium.text import LANGS, Text

if TYPE_CHECKING:
    import pandas as pd

FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000]")
MANY = 30
"""A column with more distinct values than this holds no codes."""

_MARK = Text(", ", "、")
_LABEL_OF = Text(
    ", the label of {code}: add it under 'values'", "，是 {code} 的标签：请加入 values"
)


@dataclass(frozen=True)
class CodeRow:
    """One code of one question: what the file calls it, what it became, and how often.

    Attributes
    ----------
    text, label
        The cell, and the file's own label of it; empty where it has none.
    code
        The questionnaire's; empty where it is no answer and no code stands for that.
    """

    question: str
    text: str
    label: str
    code: str
    count: int


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
    codes
        How each code was read, in the order of the questions.
    given
        Question to its cells in the file that are not empty.
    """

    columns: dict[str, NDArray[Any]]
    findings: tuple[Finding, ...]
    faulty_rows: NDArray[np.int64]
    codes: tuple[CodeRow, ...]
    given: dict[str, int]


def convert(instrument: Instrument, raw: Raw, mapping: ImportMapping) -> Converted:
    """Convert every column that the mapping names."""
    rows = len(raw.frame)
    columns: dict[str, NDArray[Any]] = {}
    findings: list[Finding] = []
    codes: list[CodeRow] = []
    given: dict[str, int] = {}
    for name, question in instrument.questions.items():
        if name in mapping.columns:
            column = _Column(instrument, question, mapping, raw)
            columns[name] = column.values()
            findings += column.findings()
            codes += column.codes()
            given[name] = int(column.counts[[bool(text) for text in column.texts]].sum())
        else:
            columns[name] = _constant(instrument, question, mapping, rows)
    faulty = [row for one in findings if one.rule in ("required", "name") for row in one.rows]
    where = np.unique(np.array(faulty, dtype=np.int64)) - 1
    return Converted(columns, tuple(findings), where, tuple(codes), given)


def meaning_of(
    instrument: Instrument, question: Question, mapping: ImportMapping, raw: Raw
) -> Cells:
    """What the cells of a mapped question mean."""
    mapped = mapping.columns[question.name]
    declared = raw.declared.get(mapped.source, Declared())
    labels = raw.value_labels.get(mapped.source, {})
    return cells_of(instrument, question, mapping, mapped, declared, labels)


def _constant(
    instrument: Instrument, question: Question, mapping: ImportMapping, rows: int
) -> NDArray[Any]:
    """The same value in every row; raises UserError where the question has no such value."""
    text = mapping.constants.get(question.name, "")
    value = cells_of(instrument, question, mapping, ColumnMap(""), Declared(), {})(text)
    if value is MISFIT:
        problem = f"the constant for '{question.name}' is not a value it has"
        raise UserError(problem, "correct the mapping", mapping.path, value=text)
    return np.repeat(_array(question, [value])[:1], rows)


class _Column:
    """The cells of one question, each distinct value read once."""

    def __init__(
        self, instrument: Instrument, question: Question, mapping: ImportMapping, raw: Raw
    ) -> None:
        self.instrument, self.question, self.mapping = instrument, question, mapping
        self.cells = meaning_of(instrument, question, mapping, raw)
        mapped = self.cells.mapped
        self.heading = raw.headings[mapped.source]
        cells = raw.frame[mapped.source]
        if mapped.until is not None:
            cells = _elapsed(cells, raw.frame[mapped.until])
        self.positions, self.distinct = _factorized(cells)
        self.texts = [plain(value) for value in self.distinct]
        self.read = [self.cells(text) for text in self.texts]
        self.counts = np.bincount(self.positions[self.positions >= 0], minlength=len(self.texts))

    def values(self) -> NDArray[Any]:
        """Values of all rows."""
        return _array(self.question, self.read)[self.positions]

    def codes(self) -> Iterator[CodeRow]:
        """How each code was read: all of a coded question's, of others what was given a meaning."""
        told: Counter[tuple[str, str]] = Counter()
        for text, value, count in zip(self.texts, self.read, self.counts, strict=True):
            odd = text in self.cells.explicit or self.cells.declared.holds(text)
            if text and value is not MISFIT and (self.question.type in CODED or odd):
                told[text, self.cells.code(value)] += int(count)
        for (text, code), count in sorted(told.items()):
            label = self.cells.labels.get(text, "")
            yield CodeRow(self.question.name, text, label, code, count)

    def findings(self) -> Iterator[Finding]:
        """What is wrong with cells, or has to be said of them."""
        faults = list(self._faults())
        yield from faults
        yield from self._odd_characters()
        yield from self._declared()
        yield from self._ambiguous()
        if self.question.required:
            told = {row for one in faults for row in one.rows}
            empty = rows_of(_is_empty(self.values(), self.question))
            if rows := tuple(row for row in empty if row not in told):
                yield Finding("required", self.question.name, self.heading, None, rows)

    def _rows(self, position: int) -> tuple[int, ...]:
        return rows_of(self.positions == position)

    def _faults(self) -> Iterator[Finding]:
        if self.question.type == "string":
            yield from self._names()
            return
        for position, (text, value) in enumerate(zip(self.texts, self.read, strict=True)):
            if value is MISFIT:
                own = self.distinct[position]
                shown = own if isinstance(own, str) else text
                yield self._fault(shown, text, self._rows(position))

    def _fault(self, shown: str, text: str, rows: tuple[int, ...]) -> Finding:
        name = self.question.name
        if INTEGER.fullmatch(text) or NUMBER.fullmatch(text):
            return Finding("out_of_range", name, self.heading, shown, rows)
        return Finding("word", name, self.heading, shown, rows, {"hint": self._hint(text)})

    def _names(self) -> Iterator[Finding]:
        """All cells that can be no name as one finding, with the characters that do not fit."""
        wrong = [i for i, value in enumerate(self.read) if value is MISFIT]
        pattern = re.compile(self.question.pattern or "")
        odd = sorted({c for i in wrong for c in self.texts[i] if not pattern.fullmatch(c)})
        if wrong:
            rows = rows_of(np.isin(self.positions, wrong))
            shown = " ".join(repr(char) for char in odd)
            said = {"odd": f" ({shown})" if shown else ""}
            yield Finding("name", self.question.name, self.heading, None, rows, said)

    def _hint(self, text: str) -> Any:
        code = labels_of(self.instrument, self.question).get(bare_text(text))
        return _LABEL_OF.filled(code=code) if code else ""

    def _odd_characters(self) -> Iterator[Finding]:
        """Cells that are not written in the usual characters, and how they are read."""
        for position, value in enumerate(self.distinct):
            if not isinstance(value, str):
                continue
            odd = odd_characters(value, lines=True)
            if odd or (self.question.type != "string" and FULL_WIDTH.search(value)):
                kinds = dict.fromkeys(KIND_WORDS[one.kind] for one in odd) or [KIND_WORDS["width"]]
                kind = Text(*(_MARK[lang].join(k[lang] for k in kinds) for lang in LANGS))
                said = {"found": self.texts[position], "kind": kind}
                rows = self._rows(position)
                yield Finding("odd_characters", self.question.name, self.heading, value, rows, said)

    def _declared(self) -> Iterator[Finding]:
        """Codes that the file itself declares missing, and what they are taken for."""
        for position, (text, value) in enumerate(zip(self.texts, self.read, strict=True)):
            if text and self.cells.declared.holds(text):
                label = self.cells.labels.get(text, "")
                taken = self.cells.code(value) or EMPTY_REASON
                said = {"label": f" ({label})" if label else "", "code": taken}
                rows = self._rows(position)
                yield Finding("declared", self.question.name, self.heading, text, rows, said)

    def _ambiguous(self) -> Iterator[Finding]:
        """Numbers that the mapping calls missing for the whole file, and this question can have."""
        own = self.cells.mapped.codes
        for position, text in enumerate(self.texts):
            if text not in self.mapping.missing or text in own or reason_of(text):
                continue
            if self.cells.declared.holds(text) or not INTEGER.fullmatch(text):
                continue
            if self.question.type in ("integer", "number") and float(text) >= 0:
                rows = self._rows(position)
                yield Finding("missing_or_number", self.question.name, self.heading, text, rows)
            elif self.question.type == "string":
                rows = self._rows(position)
                yield Finding("stays_name", self.question.name, self.heading, text, rows)


def _array(question: Question, values: list[Any]) -> NDArray[Any]:
    """Array of the distinct values with the empty one last, where position -1 leads."""
    if question.type == "string":
        return np.array([None if v is MISFIT else v for v in values] + [None], dtype=object)
    if question.type == "number":
        return np.array([np.nan if v in (MISFIT, None) else v for v in values] + [np.nan])
    codes = [EMPTY if v in (MISFIT, None) else v for v in values] + [EMPTY]
    return np.array(codes, dtype=np.int32)


def _elapsed(start: pd.Series[Any], end: pd.Series[Any]) -> pd.Series[Any]:
    """Minutes from the one time to the other."""
    import pandas as pd

    first, last = (
        pd.to_datetime(times.map(plain), utc=True, errors="coerce", format="mixed")
        for times in (start, end)
    )
    return ((last - first).dt.total_seconds() / 60).round(2)


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
