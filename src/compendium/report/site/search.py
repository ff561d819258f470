"""Search offline: Chinese without a dictionary, by pairs of neighbouring characters; English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path

from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")


def pairs(text: str) -> Iterator[str]:
    """Split text into pairs of Chinese characters, and other words as they are."""
    for run in _RUN.findall(text):
        if not re.match(f"[{_HAN}]", run):
            yield run.lower()
        elif len(run) == 1:
            yield run
        else:
            yield from (run[i : i + 2] for i in range(len(run) - 1))


TEXTS = "searchtexts.js"
"""Script with the text of each page, from which search shows the words around what it found."""
_ARTICLE = re.compile(r"<article\b[^>]*>(.*)</article>", re.DOTALL)
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]+>", re.DOTALL)


def texts_script(folder: Path) -> str:
    """Write the script of what stands on the pages of a language, by their names."""
    pages = sorted(
        path for path in folder.rglob("*.html") if path.relative_to(folder).parts[0][0] != "_"
    )
    texts = {
        path.relative_to(folder).with_suffix("").as_posix(): _text(path.read_text(encoding="utf-8"))
        for path in pages
    }
    told = json.dumps({name: text for name, text in texts.items() if text}, ensure_ascii=False)
    return f"window.grTexts = {told};\n"


def _text(page: str) -> str:
    article = _ARTICLE.search(page)
    return " ".join(unescape(_UNSEEN.sub(" ", article[1])).split()) if article else ""


class RememberedEnglish(SearchEnglish):
    """Sphinx's English, which stems each word once and not wherever it stands."""

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self._stem = cache(super().stem)

    def stem(self, word: str) -> str:
        """Stem a word."""
        return self._stem(word)


class ChinesePairs(SearchLanguage):
    """Index and query are split alike, so every phrase of two characters or more is found.

    Blind spot: a page is also found where the pairs of a longer phrase stand apart on it.
    """

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = f"""
function splitQuery(query) {{
  const words = [];
  for (const run of query.match(/[{_HAN}]+|[^\\s{_HAN}\\p{{P}}_]+/gu) || []) {{
    if (!/[{_HAN}]/.test(run) || run.length === 1) words.push(run.toLowerCase());
    else for (let i = 0; i + 1 < run.length; i++) words.push(run.slice(i, i + 2));
  }}
  return words;
}}
"""

    def split(self, input: str) -> list[str]:  # noqa: A002  (the base class's name)
        """Split text as `splitQuery` splits the query."""
        return list(pairs(input))
