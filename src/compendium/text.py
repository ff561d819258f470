"""Words in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = get_args(Lang)
LANGUAGES = "languages"
"""Key in the metadata of a cell's output: the output in the languages that it does not show."""
_LINE_BREAKS = re.compile(r"\s*[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$&]")
_BEGINS_A_BLOCK = re.compile(r"^(\d*)(?=[-+=:%.)!@(^'\"])")


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


def spoken(code: str, words: Callable[[str], str]) -> str:
    """Words of a code of parts joined by |: those of the first have a slot for each other one."""
    first, *others = code.split("|")
    return words(first).format(*map(words, others)) if others else words(first)


def one_line(text: str) -> str:
    """Join the lines of a text."""
    return _LINE_BREAKS.sub(" ", text).strip()


def as_markdown(text: str) -> str:
    """Write plain text so that Markdown, MyST's too, shows it as it is; lines are joined."""
    marked = _MARKUP.sub(r"\\\g<0>", one_line(text))
    return _BEGINS_A_BLOCK.sub(r"\1\\", marked)
