"""Checks of one cell against its column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from compendium.characters import KIND_WORDS, cleaned, odd_characters
from compendium.data.codebook import Column, Precision
from compendium.data.names import NAME_LISTS
from compendium.data.violations import CORRECT_CELL
from compendium.text import Text

Value = str | int | float | None

MISSING_WORDS = frozenset(
    ("na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "#ref!", "#value!", "#div/0!", "#name?")
)
SEVERAL_SEPARATOR = " ; "
UNSEEN = ("invisible", "space")  # kinds of odd characters that leave no mark on paper
WRITE = ("write", "改写为")
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
INTEGRAL_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.0+)?")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
URL = re.compile(r"https?://[^\s/]+\.[^\s]+")
PRECISION_OF_LENGTH: Mapping[int, Precision] = {4: "year", 7: "month", 10: "day"}
DATE_FORMS: Mapping[Precision, str] = {"day": "YYYY-MM-DD", "month": "YYYY-MM", "year": "YYYY"}


@dataclass
class Fault(Exception):  # noqa: N818 - a fault of a cell is carried, not shown
    """A broken rule and its particulars."""

    rule: str
    particulars: Mapping[str, Any] = field(default_factory=dict)


def parse_cell(text: str, column: Column) -> Value:
    """Value of a cell, None where it is empty; raises Fault."""
    _refuse_odd_characters(text, column)
    if not text:
        if column.required:
            raise Fault("required")
        return None
    if text.lower() in MISSING_WORDS:
        raise Fault("missing-word")
    return _PARSERS[column.type](text, column)


def _refuse_odd_characters(text: str, column: Column) -> None:
    if text != text.strip():
        raise Fault("stray-space")
    fault = odd_fault(text, column.names)
    if fault is not None:
        raise fault


def odd_fault(text: str, names: str | None = None, *, lines: bool = False) -> Fault | None:
    """Say which character of a text is not what it looks like, and what to write; None if none.

    Parameters
    ----------
    names
        Closed list that the text should be in.
    lines
        Whether the text may have line breaks and tabs.
    """
    found = odd_characters(text, lines=lines)
    if not found:
        return None
    odd = found[0]
    meant = NAME_LISTS[names].meant(text) if names else None
    clean = meant or cleaned(text, lines=lines)
    known = odd.replacement is not None
    particulars = {
        "kind": KIND_WORDS[odd.kind],
        "found": f"{odd.code} {odd.name}".strip(),
        "place": odd.position + 1,
        "mend": Text(*(f"{word} {clean!r}" for word in WRITE)) if known else CORRECT_CELL,
    }
    return Fault(
        "invisible-character" if odd.kind in UNSEEN else "look-alike-character", particulars
    )


def _integer(text: str, column: Column) -> int:
    form = INTEGRAL_DECIMAL if column.decimal_notation else INTEGER
    if not form.fullmatch(text):
        raise Fault("integer")
    number = int(text.partition(".")[0])
    _within_bounds(number, column)
    return number


def _number(text: str, column: Column) -> float:
    if not NUMBER.fullmatch(text):
        raise Fault("number")
    number = float(text)
    _within_bounds(number, column)
    return number


def _within_bounds(number: float, column: Column) -> None:
    if column.minimum is not None and number < column.minimum:
        raise Fault("minimum", {"bound": f"{column.minimum:g}"})
    if column.maximum is not None and number > column.maximum:
        raise Fault("maximum", {"bound": f"{column.maximum:g}"})


def _date(text: str, column: Column) -> str:
    if is_date(text) and PRECISION_OF_LENGTH[len(text)] in column.precisions:
        if column.earliest and text < column.earliest[: len(text)]:
            raise Fault("minimum", {"bound": column.earliest})
        if column.latest and text[: len(column.latest)] > column.latest:
            raise Fault("maximum", {"bound": column.latest})
        return text
    expected = " / ".join(DATE_FORMS[precision] for precision in column.precisions)
    raise Fault("date", {"expected": expected})


def is_date(text: str) -> bool:
    """Whether text is YYYY, YYYY-MM or YYYY-MM-DD and exists in the calendar."""
    if not DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _flag(text: str, column: Column) -> int:
    if text not in column.codes:
        raise Fault("flag", {"allowed": ", ".join(column.codes)})
    return int(text)


def _category(text: str, column: Column) -> str:
    values = column.values or {}
    if text in values:
        return text
    near = _nearest_code(text, values)
    hint = Text(f", did you mean {near!r}?", f"，是否应为 {near!r}?") if near else ""
    raise Fault("category", {"hint": hint, "allowed": ", ".join(values)})


def _nearest_code(text: str, values: Mapping[str, Text]) -> str | None:
    words = {word.lower(): code for code, text in values.items() for word in (text.en, text.zh)}
    words |= {code.lower(): code for code in values}
    near = get_close_matches(text.lower(), words, n=1)
    return words[near[0]] if near else None


def _url(text: str, column: Column) -> str:
    addresses = text.split(SEVERAL_SEPARATOR) if column.several else [text]
    if all(URL.fullmatch(address) for address in addresses):
        return text
    raise Fault("url")


def _string(text: str, column: Column) -> str:
    if column.names:
        _refuse_other_name(text, column.names)
    if column.pattern and not re.fullmatch(column.pattern, text):
        raise Fault("pattern", {"pattern": column.pattern})
    return text


def _refuse_other_name(text: str, names: str) -> None:
    listed = NAME_LISTS[names]
    if text in listed.variants:
        return
    meant = listed.meant(text)
    hint = Text(f", did you mean {meant!r}?", f"，是否应为 {meant!r}？") if meant else ""
    raise Fault("name", {"list": listed.label, "hint": hint})


_PARSERS: Mapping[str, Any] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "date": _date,
    "flag": _flag,
    "category": _category,
    "url": _url,
}
