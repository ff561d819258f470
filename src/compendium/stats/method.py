"""What was done to get a number: a chain of words that prints in either language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Union

from compendium.stats.method_words import FREE, NAMES, OTHER_FAMILY, WORDS
from compendium.text import Lang, Text

Joint = Literal["", ", ", "; ", ": "]
Value = Union[str, float, Text, "Method", tuple[str | int, ...]]
Names = Callable[[str], Text | None]

_JOINTS: dict[Lang, dict[Joint, str]] = {
    "en": {"": "", ", ": ", ", "; ": "; ", ": ": ": "},
    "zh": {"": "", ", ": "，", "; ": "；", ": ": "："},
}
_AND: dict[Lang, str] = {"en": " and ", "zh": "与"}
_HAN, _LATIN = "[\u4e00-\u9fff]", "[A-Za-z0-9\u00b2\u0370-\u03ff]"
_TOUCHING = re.compile(f"(?<={_HAN})(?={_LATIN})|(?<={_LATIN})(?={_HAN})")
"""Where Chinese and Latin or Greek letters meet without the space that stands between them."""


@dataclass(frozen=True)
class Part:
    """One word of the vocabulary with what fills its places, and what stands before it."""

    code: str
    joint: Joint
    values: tuple[tuple[str, Value], ...]

    def __post_init__(self) -> None:
        if self.code not in WORDS:
            raise KeyError(f"the vocabulary of methods has no word '{self.code}'")

    def told(self, lang: Lang, names: Names) -> str:
        """Return the word in a language."""
        return WORDS[self.code][lang].format(
            **{name: _told(value, lang, names) for name, value in self.values}
        )


@dataclass(frozen=True)
class Method:
    """A method: estimator, errors, clusters, degrees of freedom, draws, each a part.

    `Method.of("ols").also("clustered", kind="CR1", by="county", G=50).also("t", df=49)` is "OLS,
    CR1 by county, 50 clusters, t(49)". An empty method was not told.

    Notes
    -----
    Words come from one place, `method_words.WORDS`. A value is a name (of a column, looked up in
    Chinese), a number, a text of both languages, a further method, or several names or numbers.
    """

    parts: tuple[Part, ...] = ()

    @classmethod
    def of(cls, code: str, **values: Value) -> Method:
        """Begin a method with a word of the vocabulary."""
        return cls((Part(code, "", tuple(values.items())),))

    @classmethod
    def free(cls, en: str, zh: str = "") -> Method:
        """Tell a method in an author's own words; Chinese marks what it was not given in."""
        return cls.of(FREE, text=Text(en, zh or f"{en}（英文原文）")) if en else cls()

    def also(self, word: str | Method, **values: Value) -> Method:
        """Add a word, or another method, after a comma."""
        return self.joined(", ", word, **values)

    def then(self, word: str | Method, **values: Value) -> Method:
        """Add a word, or another method, after a semicolon."""
        return self.joined("; ", word, **values)

    def namely(self, word: str | Method, **values: Value) -> Method:
        """Add a word, or another method, after a colon."""
        return self.joined(": ", word, **values)

    def until(self, code: str) -> Method:
        """Return the method up to and with its first part of this word."""
        place = [part.code for part in self.parts].index(code)
        return Method(self.parts[: place + 1])

    @property
    def family(self) -> str:
        """Family of the first word, e.g. "regression"; "other_method" for an author's own words."""
        return WORDS[self.parts[0].code].family or OTHER_FAMILY if self.parts else ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Every word's code in order, those within others after them."""
        return tuple(dict.fromkeys(self._codes()))

    def words(self, lang: Lang, names: Names = NAMES.get) -> str:
        """Return the sentence.

        Parameters
        ----------
        names
            Looks up what a name is called, for Chinese: English shows names as they are.
        """
        told = "".join(_JOINTS[lang][part.joint] + part.told(lang, names) for part in self.parts)
        return told if lang == "en" else _TOUCHING.sub(" ", told)

    def __getitem__(self, lang: Lang) -> str:
        return self.words(lang)

    def __str__(self) -> str:
        return self.words("en")

    def __bool__(self) -> bool:
        return bool(self.parts)

    def joined(self, joint: Joint, word: str | Method, **values: Value) -> Method:
        """Add a word, or another method, after a mark."""
        added = Method.of(word, **values) if isinstance(word, str) else word
        if not added.parts:
            return self
        first, *rest = added.parts
        return Method((*self.parts, Part(first.code, joint, first.values), *rest))

    def _codes(self) -> Iterator[str]:
        for part in self.parts:
            yield part.code
            for _, value in part.values:
                if isinstance(value, Method):
                    yield from value.codes


NONE = Method()
"""A method that was not told, or nothing to add to one."""


def clustered(kind: str, by: str, G: int) -> Method:
    """Tell errors by G clusters, with t of G - 1 degrees of freedom."""
    return Method.of("clustered", kind=kind, by=by, G=G).also("t", df=G - 1)


def _told(value: Value, lang: Lang, names: Names) -> str | float:
    if isinstance(value, Method):
        return value.words(lang, names)
    if isinstance(value, Text):
        return value[lang]
    if isinstance(value, tuple):
        return _AND[lang].join(str(_told(one, lang, names)) for one in value)
    if isinstance(value, str) and lang == "zh":
        found = names(value) or NAMES.get(value)
        return found[lang] if found else value
    return value
