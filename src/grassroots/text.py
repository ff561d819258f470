"""Words in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = get_args(Lang)


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
