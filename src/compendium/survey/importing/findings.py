"""What an import can find in a file, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from compendium.text import LANGS, Lang, Text, word_table

Level = Literal["stop", "accept", "note"]
"""A stop must be mended in the file or the mapping; what needs accepting goes on with --accept; a
note is for information."""

SHOWN_ROWS = 10
"""Rows named in a line; the report file has all."""


@dataclass(frozen=True)
class Rule:
    """Something that can be found.

    Attributes
    ----------
    done
        What is done about it with --accept, or what to do where it is a stop; may be empty.
    """

    level: Level
    problem: Text
    done: Text | None = None

    def said(self, lang: Lang) -> str:
        """What the rule finds, an ellipsis where a finding has its particulars."""
        return re.sub(r"\{\w+\}", "…", self.problem[lang])


def _read_rules() -> dict[str, Rule]:
    """Rules by code, from the table beside this module; what is done is a row without a level."""
    rows = {row["code"]: row for row in word_table(__package__, "findings.csv")}
    words = {code: Text(row["en"], row["zh"]) for code, row in rows.items()}
    return {
        code: Rule(cast(Level, row["level"]), words[code], words.get(row["done"]))
        for code, row in rows.items()
        if row["level"]
    }


RULES: Mapping[str, Rule] = _read_rules()


@dataclass(frozen=True)
class Finding:
    """Something found in a file; the same fault with the same value in many rows is one finding.

    Attributes
    ----------
    column, heading
        The question, and the heading in the file.
    rows
        Rows of the file, from 1, the header not counted; empty where it concerns all.
    """

    rule: str
    column: str | None = None
    heading: str | None = None
    value: str | None = None
    rows: tuple[int, ...] = ()
    particulars: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """Whether it stops the import."""
        return RULES[self.rule].level

    def line(self, lang: Lang = "en") -> str:
        """One line: rule, place, value, what is wrong and what is done."""
        place = [self.column or ""]
        if self.heading and self.heading != self.column:
            place.append(repr(self.heading) if "\n" in self.heading else f"'{self.heading}'")
        parts = [" ".join(filter(None, place)), _rows(self.rows, lang), self._value(lang)]
        where = _COMMA[lang].join(filter(None, parts))
        said = (f"{where}{_COLON[lang]}" if where else "") + self.problem(lang)
        done = RULES[self.rule].done
        return f"[{self.rule}] {said}" + (f"{_SEMICOLON[lang]}{done[lang]}" if done else "")

    def problem(self, lang: Lang) -> str:
        """What is wrong."""
        return RULES[self.rule].problem.filled(**self.particulars)[lang]

    def record(self) -> dict[str, Any]:
        """All of it, for the report file."""
        return {
            "rule": self.rule,
            "level": self.level,
            "column": self.column,
            "heading": self.heading,
            "value": self.value,
            "rows": self.rows,
            "problem": {lang: self.problem(lang) for lang in LANGS},
        }

    def _value(self, lang: Lang) -> str:
        return f"{_VALUE[lang]} {self.value!r}" if self.value is not None else ""


_COMMA, _COLON = Text(", ", "\uff0c"), Text(": ", "\uff1a")
_SEMICOLON = Text("; ", "\uff1b")
_VALUE = Text("value", "取值")
_ROW = Text("row {rows}", "第 {rows} 行")
_ROWS = Text("{n} rows: {rows}", "{n} 行：{rows}")


def _rows(rows: tuple[int, ...], lang: Lang) -> str:
    if not rows:
        return ""
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS]) + (" …" if rows[SHOWN_ROWS:] else "")
    return (_ROW if len(rows) == 1 else _ROWS)[lang].format(n=len(rows), rows=shown)


def rows_of(marked: NDArray[np.bool_]) -> tuple[int, ...]:
    """Row numbers, from 1, where a mask is true."""
    return tuple(int(position) + 1 for position in np.flatnonzero(marked))
