"""What the text of a cell means for one question."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compendium.survey.formats import Declared
from compendium.survey.importing.labels import EMPTY_REASON, reason_of
from compendium.survey.importing.mapping import SECONDS, TIME, ColumnMap, ImportMapping
from compendium.survey.instrument import CODED, HIGHEST, LOWEST, Instrument, Question

INTEGER = re.compile(r"-?[0-9]{1,18}(\.0+)?")
NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_CLOCK = re.compile(r"(?:([0-9]+):)?([0-9]{1,2}):([0-9]{1,2}(?:\.[0-9]+)?)")
_SPELT = re.compile(
    r"(?:([0-9]+)\s*(?:小时|时|h))?\s*(?:([0-9]+)\s*(?:分钟|分|min|m))?\s*"
    r"(?:([0-9]+(?:\.[0-9]+)?)\s*(?:秒钟|秒|sec|s))?"
)
_HOUR, _MINUTE = 3600, 60

_ODK = "uuid:"
"""Before the names that ODK gives; it is no part of the name."""

MISFIT = object()
"""What a cell means that has no meaning for its question."""


@dataclass(frozen=True)
class Cells:
    """What the cells of one column mean.

    Attributes
    ----------
    explicit
        Texts that the mapping gives a meaning: a code, a number, a name, or a reason.
    declared
        What the file itself declares missing, where the mapping says nothing of it.
    labels
        The file's own labels.
    """

    instrument: Instrument
    question: Question
    mapped: ColumnMap
    explicit: Mapping[str, str]
    declared: Declared
    labels: Mapping[str, str]

    def __call__(self, text: str) -> Any:
        """Value of a cell, None where empty, or MISFIT."""
        value = self._given(text)
        if self.mapped.already_turned and isinstance(value, int) and value >= LOWEST:
            return LOWEST + HIGHEST - value
        return value

    def code(self, value: Any) -> str:
        """A value as the questionnaire's codes say it; empty where there is no answer."""
        if value is None or value is MISFIT:
            return ""
        if self.question.type == "category" and value >= 0:
            return str(self.instrument.codes(self.question.name)[value])
        return f"{value:g}" if isinstance(value, float) else str(value)

    def _given(self, text: str) -> Any:
        if text in self.explicit:
            return self._meant(self.explicit[text])
        if not text:
            return None
        if self.declared.holds(text):
            return self._meant(self.reason(text))
        return self._read(text)

    def reason(self, text: str) -> str:
        """Reason for no answer of a code that the file declares missing, by its label."""
        return reason_of(self.labels.get(text, "")) or EMPTY_REASON

    def _meant(self, meaning: str) -> Any:
        """Value of what a mapping or a declaration says."""
        ways = self.instrument.non_response
        if meaning == EMPTY_REASON:
            return None
        if meaning in ways:
            meaning = str(ways[meaning].code)
        if self.question.type == "string":
            return meaning
        code = int(float(meaning)) if INTEGER.fullmatch(meaning) else None
        if code in self.instrument.non_response_codes:
            return None if self.question.type == "number" else code
        return self._read(meaning)

    def _read(self, text: str) -> Any:
        question = self.question
        if question.type == "string":
            text = text.removeprefix(_ODK)
            fits = question.pattern is None or re.fullmatch(question.pattern, text)
            return text if fits else MISFIT
        if question.type == "number":
            return self._number(text)
        if question.type == "integer":
            return self._integer(text)
        return legal_codes(self.instrument, question).get(text, MISFIT)

    def _number(self, text: str) -> Any:
        number = _duration(text) if self.question.name == TIME else None
        if number is None:
            number = float(text) if NUMBER.fullmatch(text) else math.nan
            number /= _MINUTE if self.mapped.unit == SECONDS else 1
        below = self.question.name != "weight" and number < (self.question.minimum or 0)
        return MISFIT if below or not math.isfinite(number) else number

    def _integer(self, text: str) -> Any:
        whole = int(float(text)) if INTEGER.fullmatch(text) else None
        low, high = self.question.minimum or 0, self.question.maximum or math.inf
        if whole is not None and low <= whole <= high:
            return whole
        return whole if whole in self.instrument.non_response_codes else MISFIT


def cells_of(
    instrument: Instrument,
    question: Question,
    mapping: ImportMapping,
    mapped: ColumnMap,
    declared: Declared,
    labels: Mapping[str, str],
) -> Cells:
    """Gather what the mapping and the file say of a question's cells.

    The reasons for no answer that hold for the whole file do not touch numbers that a name may
    be: a respondent may be called 99.
    """
    explicit = {
        text: reason
        for text, reason in mapping.missing.items()
        if question.type != "string" or not INTEGER.fullmatch(text)
    }
    explicit |= mapping.codes.get(question.answers or "", {}) if question.type in CODED else {}
    return Cells(instrument, question, mapped, explicit | dict(mapped.codes), declared, labels)


def legal_codes(instrument: Instrument, question: Question) -> dict[str, int]:
    """Text of each code of a question to its value: a category's are its places."""
    codes = instrument.codes(question.name)
    number = {
        str(code): place if question.type == "category" else int(code)
        for place, code in enumerate(codes)
    }
    return number | {str(code): code for code in instrument.non_response_codes}


def _duration(text: str) -> float | None:
    """Minutes of a time such as '623秒', '10分24秒' or '0:10:24'; None where it is none."""
    found = _CLOCK.fullmatch(text) or _SPELT.fullmatch(text)
    if not text or found is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return (hours * _HOUR + minutes * _MINUTE + seconds) / _MINUTE
