"""Texts with slots: numbers of the ledger, and words that the outcome of a predicate chooses.

``{model.term|percent}`` writes an estimate; ``[claim.test: Most|Fewer than half|About half]``
writes the words for the outcome of a test or of a named condition: holds, fails, inconclusive.
A brace or bracket that stands for itself is doubled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

NUMBER_FIELDS = ("value", "abs", "low", "high", "interval", "full")
"""Fields that need a style; `full` is the value with its interval and n, or that it has none."""
PLAIN_FIELDS = ("n", "clusters", "level", "p", "outcome")
CLAIM_FIELDS = ("verdict", "holds", "fails", "inconclusive", "counted", "rests_on")
STYLES = ("percent", "points", "number", "integer")
"""`percent` is 100 times the value with its sign, `points` the same without it."""

_NAME = r"[A-Za-z0-9][A-Za-z0-9_.\-]*"
_SLOT = re.compile(rf"({_NAME})((?:\|[a-z_]+\d?)*)")
_CHOICE = re.compile(rf"({_NAME}): ", re.DOTALL)
_PLAIN = re.compile(r"[^{}\[\]]+")
_STYLE = re.compile(rf"({'|'.join(STYLES[:-1])})(\d?)|integer")


class TemplateError(ValueError):
    """What is wrong with a template, as a sentence without a full stop."""


@dataclass(frozen=True)
class Slot:
    """A number or word of an estimate, a test or a claim.

    Attributes
    ----------
    name
        Id of the estimate, test or claim.
    field
        What of it.
    style, digits
        How a number is written; "" for fields that have one way of writing only.
    """

    name: str
    field: str = "value"
    style: str = ""
    digits: int = 0


@dataclass(frozen=True)
class Choice:
    """Words by the outcome of a test or condition."""

    name: str
    holds: tuple[str | Slot, ...]
    fails: tuple[str | Slot, ...]
    inconclusive: tuple[str | Slot, ...]


Part = str | Slot | Choice


@dataclass(frozen=True)
class Template:
    """A text as literal words, slots and choices, in order."""

    parts: tuple[Part, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every slot, those within choices too."""
        return tuple(
            part
            for outer in self.parts
            for part in (
                (*outer.holds, *outer.fails, *outer.inconclusive)
                if isinstance(outer, Choice)
                else (outer,)
            )
            if isinstance(part, Slot)
        )

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Every choice."""
        return tuple(part for part in self.parts if isinstance(part, Choice))

    @property
    def names(self) -> frozenset[str]:
        """Estimates, tests, claims and conditions that the text speaks of."""
        return frozenset(
            [*(slot.name for slot in self.slots), *(choice.name for choice in self.choices)]
        )

    @property
    def literal(self) -> str:
        """The words outside of slots and choices, each of which leaves a space."""
        return "".join(part if isinstance(part, str) else " " for part in self.parts)


@cache
def parse_template(text: str) -> Template:
    """Read a text with slots.

    Raises
    ------
    TemplateError
        A bracket is not closed, a slot has an unknown field or no way of writing, or a choice has
        other than three alternatives.
    """
    return Template(tuple(_merged(_parts(text))))


def _parts(text: str) -> Iterable[Part]:
    at = 0
    while at < len(text):
        plain = _PLAIN.match(text, at)
        if plain:
            yield plain[0]
            at = plain.end()
            continue
        sign = text[at]
        if text[at : at + 2] == 2 * sign:
            yield sign
            at += 2
        elif sign == "{":
            yield _slot(_enclosed(text, at, "}"))
            at = text.index("}", at) + 1
        elif sign == "[":
            inside = _enclosed(text, at, "]")
            yield _choice(inside)
            at += len(inside) + 2
        else:
            raise TemplateError(f"'{sign}' closes nothing in '{_near(text, at)}'")


def _enclosed(text: str, at: int, closing: str) -> str:
    end = text.find(closing, at)
    if end < 0:
        raise TemplateError(f"'{text[at]}' is not closed in '{_near(text, at)}'")
    return text[at + 1 : end]


def _near(text: str, at: int) -> str:
    return text[max(0, at - 10) : at + 30].strip()


def _slot(inside: str) -> Slot:
    found = _SLOT.fullmatch(inside)
    if found is None:
        raise TemplateError(f"'{{{inside}}}' is no slot; write {{estimate.id|percent}}")
    name, words = found[1], found[2].split("|")[1:]
    style, digits, fields = "", 0, []
    for word in words:
        styled = _STYLE.fullmatch(word)
        if styled is None:
            fields.append(word)
            continue
        if style:
            raise TemplateError(f"'{{{inside}}}' has two styles")
        style, digits = styled[1] or "integer", int(styled[2] or 0)
    field = fields[0] if fields else "value"
    _check_slot(inside, fields, field, style)
    return Slot(name, field, style, digits)


def _check_slot(inside: str, fields: list[str], field: str, style: str) -> None:
    known = (*NUMBER_FIELDS, *PLAIN_FIELDS, *CLAIM_FIELDS)
    if len(fields) > 1 or field not in known:
        raise TemplateError(
            f"'{{{inside}}}' asks for '{'|'.join(fields)}'; a slot has one of: {', '.join(known)}, "
            f"and a style: {', '.join(STYLES)}"
        )
    if field in NUMBER_FIELDS and not style:
        raise TemplateError(f"'{{{inside}}}' has no style; add one of: {', '.join(STYLES)}")
    if field not in NUMBER_FIELDS and style:
        raise TemplateError(f"'{{{inside}}}': {field} is written in one way, without '{style}'")


def _choice(inside: str) -> Choice:
    found = _CHOICE.match(inside)
    if found is None:
        raise TemplateError(
            f"'[{inside}]' is no choice; write [test: words if it holds|fails|is inconclusive], "
            "with a colon and a space, or double a bracket that stands for itself"
        )
    alternatives = _split(inside[found.end() :])
    if len(alternatives) != len(("holds", "fails", "inconclusive")):
        raise TemplateError(
            f"'[{inside}]' has {len(alternatives)} alternatives; three are needed: "
            "for holds, fails, inconclusive"
        )
    holds, fails, inconclusive = (tuple(_words(words)) for words in alternatives)
    return Choice(found[1], holds, fails, inconclusive)


def _split(text: str) -> list[str]:
    """Split at bars outside of braces."""
    return re.split(r"\|(?![^{]*\})", text)


def _words(text: str) -> Iterable[str | Slot]:
    for part in parse_template(text).parts:
        if isinstance(part, Choice):
            raise TemplateError("a choice stands within a choice; use a condition with 'all_of'")
        yield part


def _merged(parts: Iterable[Part]) -> Iterable[Part]:
    words = ""
    for part in parts:
        if isinstance(part, str):
            words += part
            continue
        if words:
            yield words
        words = ""
        yield part
    if words:
        yield words
