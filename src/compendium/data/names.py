"""Closed lists of names that a column of text may have, and the spellings that are taken for them.

A name written in another way is another group for every estimate that groups by it. So a column
either has one of the names exactly as it stands in the list, or `data check` says which
one was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from compendium.characters import cleaned
from compendium.data.places import PROVINCES, SIMPLIFIED, prefectures
from compendium.text import Text

_KIND_OF_PLACE = re.compile(
    r"\b(?:municipality|province|city|autonomous|region|sheng|shi|zizhiqu)\b"
)


@dataclass(frozen=True)
class NameList:
    """Names that a column may have.

    Attributes
    ----------
    label
        What is listed, in the plural.
    variants
        Other spellings of each name.
    """

    label: Text
    variants: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names as they must be written."""
        return tuple(self.variants)

    def meant(self, text: str) -> str | None:
        """The name that was probably meant: a known spelling of it, else the nearest."""
        word = _plain(text)
        if word in self._spellings:
            return self._spellings[word]
        near = get_close_matches(word, self._spellings, n=1)
        return self._spellings[near[0]] if near else None

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name, variants in self.variants.items():
            for spelling in (name, *variants):
                found.setdefault(_plain(spelling), name)
        return found


def _plain(text: str) -> str:
    """Text without what makes no other name: odd characters, case, spaces, English kinds."""
    word = cleaned(text).translate(SIMPLIFIED).casefold()
    if word.isascii():
        word = _KIND_OF_PLACE.sub(" ", word)
    return re.sub(r"[\W_]", "", word)


def _provinces() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, chinese, english in PROVINCES:
        yield name, (*chinese.split(), *english.split())


NAME_LISTS: Mapping[str, NameList] = {
    "provinces": NameList(
        Text("official full names of the 31 provinces", "31 个省级行政区全称"), dict(_provinces())
    ),
    "prefectures": NameList(
        Text("official full names of prefecture-level units", "地级行政区全称"), prefectures()
    ),
}
"""Closed lists by the word that a codebook has for them under `names`."""

FREE = "free"
"""What a codebook writes under `names` where a column has no list in spite of its name."""

COLUMN_NAMES: Mapping[str, str] = {
    "province": "provinces",
    "prefecture": "prefectures",
}
"""Columns of text that have a list without being told so."""


def list_for(column: str, named: str | None) -> str | None:
    """The list of a column of text: the one that is named, else that of its own name."""
    chosen = COLUMN_NAMES.get(column) if named is None else named
    return None if chosen == FREE else chosen


def known_lists() -> Iterable[str]:
    """What may stand under `names`."""
    return (*NAME_LISTS, FREE)
