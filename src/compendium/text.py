"""Words in both languages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any, ClassVar, Literal, get_args

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = get_args(Lang)
LANGUAGES = "languages"
"""Key in the metadata of a cell's output: the output in the languages that it does not show."""
_LINE_BREAKS = re.compile(r"\s*[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$&]")
_BEGINS_A_BLOCK = re.compile(r"^(\d*)(?=[-+=:%.)!@(^'\"])")
# Line-breaking prohibitions of Chinese typesetting (GB/T 15834, JIS X 4051).
_NO_LINE_START = frozenset("，。、；：？！）》」』】〉”’…—~·%‰,.;:?!)]}%")
_NO_LINE_END = frozenset("（《「『【〈“‘([{¥$")
# First code point of the CJK radicals; ideographs and full-width forms all come after it.
_FIRST_WIDE = 0x2E80


@dataclass(frozen=True, order=True)
class Text:
    """One text in English and Chinese; an empty or missing language is an error."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    en: str
    zh: str

    def __post_init__(self) -> None:
        for lang in LANGS:
            if not str(self[lang]).strip():
                raise ValueError(f"the text in language '{lang}' is empty")

    def __getitem__(self, lang: Lang) -> str:
        return str(getattr(self, lang))

    def filled(self, **values: object) -> Text:
        """Return it with its places filled; another text fills them in its own language."""
        en, zh = (
            self[lang].format(
                **{
                    name: value[lang] if isinstance(value, Text) else value
                    for name, value in values.items()
                }
            )
            for lang in LANGS
        )
        return Text(en, zh)


def word_table(package: str, name: str) -> list[dict[str, str]]:
    """Rows of a table of words that lies beside a package's modules."""
    table = files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(table)))


def spoken(code: str, words: Callable[[str], str]) -> str:
    """Words of a code of parts joined by |: those of the first have a slot for each other one."""
    first, *others = code.split("|")
    return words(first).format(*map(words, others)) if others else words(first)


def one_line(text: str) -> str:
    """Join the lines of a text."""
    return _LINE_BREAKS.sub(" ", text).strip()


def tidied(text: str) -> str:
    """Undo line folding: one space between words, none between Chinese characters."""
    words = text.split()
    joined = words[:1]
    for before, word in pairwise(words):
        glue = "" if _is_wide(before[-1]) and _is_wide(word[0]) else " "
        joined.append(glue + word)
    return "".join(joined)


def units_of(text: str) -> list[tuple[str, str]]:
    """Split a text where a line may break: the spaces before each piece, and the piece.

    Chinese breaks between any two characters that punctuation rules allow; Latin at spaces.
    """
    units: list[tuple[str, str]] = []
    for match in re.finditer(r"( *)([^ ])", tidied(text)):
        gap, character = match.groups()
        if units and not gap and not _may_break(units[-1][1][-1], character):
            units[-1] = (units[-1][0], units[-1][1] + character)
        else:
            units.append((gap, character))
    return units


def _is_wide(character: str) -> bool:
    return ord(character) >= _FIRST_WIDE


def _may_break(before: str, after: str) -> bool:
    if before in _NO_LINE_END or after in _NO_LINE_START:
        return False
    return _is_wide(before) or _is_wide(after)


def as_markdown(text: str) -> str:
    """Write plain text so that Markdown, MyST's too, shows it as it is; lines are joined."""
    marked = _MARKUP.sub(r"\\\g<0>", one_line(text))
    return _BEGINS_A_BLOCK.sub(r"\1\\", marked)
