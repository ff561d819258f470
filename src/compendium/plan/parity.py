"""Whether the two languages of a text say the same: numbers, directions, strengths, negations.

A word of a concept in one language asks for one of the same concept in the other, sentence by
sentence where both have as many, and for each outcome of a text with branches. The concepts are
those of `lexicon.csv` and the terms that a study adds: `en` and `zh` are the words that ask,
`en_also` and `zh_also` others that answer.

Blind spots: presence is compared, not place, so that of two directions in one sentence each may
stand with the wrong subject; a word that no concept has is not seen.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from compendium.plan.base import Identifier, Strict
from compendium.plan.templates import Choice, TemplateError, parse_template
from compendium.root import MARK
from compendium.strict_model import read_typed
from compendium.strict_yaml import load_strict
from compendium.text import LANGS, Lang, Text

LANGUAGES_FILE = "languages.yml"
NEGATION, NUMBERS, PROOF = "negation", "number", "proof"
OUTCOMES = ("holds", "fails", "inconclusive")
SHORT = 2
"""Sentences up to which a text is no prose."""
_SENTENCE: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(r"(?<=[.!?;])\s+"),
    "zh": re.compile(r"(?<=[。！？；])"),
}
_CODE = re.compile(r"\*\*|`[^`]*`|<[^>]*>|https?://\S+|\b[A-Za-z]\w*(?:[._]\w+)+")
"""Code, addresses and ids: no words of a language."""
_DIGITS = re.compile(
    r"(?<![A-Za-z\d_.,-])[−-]?\d+(?:,\d{3})*(?:\.\d+)?(?=(?:st|nd|rd|th)\b|(?![-.\d]*[A-Za-z_]))"
)
_DOUBT = re.compile("(?:无法判定)?是否[^，。；]*")
"""An open question states no direction and no strength."""
_SCALES: Mapping[str, float] = {
    "万": 1e4,
    "亿": 1e8,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
}
_ROUND = {"十万": 1e5, "百万": 1e6, "千万": 1e7}
_SCALED = re.compile(rf"(\d[\d,.]*)\s*({'|'.join(_SCALES)})")
_EN = """no|zero|none one|once|first|january two|both|twice|half|second|february three|thirds?|march
four|quarters?|fourth|april five|fifths?|may six|june seven|july eight|august nine|september
ten|tenths?|october eleven|november twelve|december thirteen fourteen fifteen sixteen"""
_ZH = "零 一|单|首|个|同 二|两|双|半 三 四 五 六 七 八 九 十 十一 十二"
_WORDED: Mapping[Lang, tuple[re.Pattern[str], ...]] = {
    "en": tuple(re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for words in _EN.split()),
    "zh": tuple(re.compile(words) for words in _ZH.split()),
}
"""Words for 0, 1, 2 ..., months among them."""


_PROOF: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:proofs?|prov(?:e|es|ed|en|ing))\b", re.IGNORECASE),
    "zh": re.compile("证明|证实了"),
}
_DENIAL: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:not|no|nothing|neither|never|cannot|but)\b|n't\b", re.IGNORECASE),
    "zh": re.compile("不|未|无|没|非"),
}


class Differs(Strict):
    """Where the two languages may differ in some concepts, and why.

    Attributes
    ----------
    where
        Places, with * for any letters.
    """

    why: Annotated[str, Field(min_length=1)]
    where: Annotated[tuple[str, ...], Field(min_length=1)]
    concepts: Annotated[tuple[str, ...], Field(min_length=1)]


class Term(Strict):
    """Words of one term in both languages: those that ask for the other, those that answer."""

    en: str = ""
    zh: str = ""
    en_also: str = ""
    zh_also: str = ""


class Languages(Strict):
    """What `notebooks/plan/languages.yml` holds: terms of the study, and what may differ."""

    terms: dict[Identifier, Term] = Field(default_factory=dict)
    unlike: tuple[Differs, ...] = ()


def load_languages(root: Path) -> Languages:
    """Read the terms of a study; none where it has no such file. Raises UserError on a fault."""
    path = root / MARK / LANGUAGES_FILE
    return read_typed(load_strict(path), Languages) if path.is_file() else Languages()


def unlike_texts(
    texts: Iterable[tuple[str, Text]], languages: Languages
) -> Iterator[tuple[str, Unlike]]:
    """Find where the languages of texts, given by place, differ and no entry says they may."""
    concepts = (*lexicon(), *(concept(name, term) for name, term in languages.terms.items()))
    for place, text in texts:
        for found in unlike(text, concepts):
            if not any(
                found.concept in one.concepts and any(fnmatchcase(place, w) for w in one.where)
                for one in languages.unlike
            ):
                yield place, found


class Concept(NamedTuple):
    """One concept: the words that ask for it in the other language, and those that answer."""

    name: str
    asks: Mapping[Lang, re.Pattern[str] | None]
    answers: Mapping[Lang, re.Pattern[str]]


class Unlike(NamedTuple):
    """A word of one language that the other has no word for."""

    concept: str
    lang: Lang
    word: str
    sentence: Text


def concept(name: str, words: Term) -> Concept:
    """Make a concept of its words in both languages."""
    also = {"en": words.en_also, "zh": words.zh_also}
    asks: dict[Lang, str] = {"en": words.en, "zh": words.zh}
    return Concept(
        name,
        {lang: _pattern(asked, lang) if asked else None for lang, asked in asks.items()},
        {lang: _pattern("|".join(filter(None, (asks[lang], also[lang]))), lang) for lang in LANGS},
    )


def pair(en: str, zh: str) -> Text:
    """Both languages of a passage, of which one may say nothing."""
    return Text(en if en.strip() else "-", zh if zh.strip() else "-")


def _pattern(words: str, lang: Lang) -> re.Pattern[str]:
    return re.compile(words if lang == "zh" else rf"(?<![^\W\d])(?:{words})(?!\w)", re.IGNORECASE)


@cache
def lexicon() -> tuple[Concept, ...]:
    """Concepts that any study's texts may have."""
    table = files(__package__).joinpath("lexicon.csv").read_text(encoding="utf-8")
    return tuple(
        concept(row.pop("concept"), Term(**row)) for row in csv.DictReader(io.StringIO(table))
    )


def unlike(text: Text, concepts: Sequence[Concept]) -> Iterator[Unlike]:
    """Find what one language of a text says and the other does not; each word once."""
    seen = set()
    denied = [one for one in concepts if one.name == NEGATION]
    for said in _branches(text):
        for found in _concepts_unlike(said, denied):
            seen.add(found[:3])
            yield found
    for variant in _variants(text):
        for said in _sentences(variant):
            for found in (
                *_concepts_unlike(said, concepts),
                *_numbers_unlike(said),
                *_proofs(said[0]),
            ):
                if found[:3] not in seen:
                    seen.add(found[:3])
                    yield found


def _variants(text: Text) -> Iterator[Text]:
    """What a text says for each outcome of its branches; once where it has none."""
    try:
        read = {lang: parse_template(text[lang]) for lang in LANGS}
    except TemplateError:
        yield text
        return
    branching = any(read[lang].choices for lang in LANGS)
    for outcome in OUTCOMES if branching else OUTCOMES[:1]:
        yield pair(*(_said(read[lang].parts, outcome) for lang in LANGS))


def _branches(text: Text) -> Iterator[tuple[Text, Text]]:
    """Each branch of a text beside the same of the other language: it denies alone or not."""
    try:
        read = [parse_template(text[lang]).choices for lang in LANGS]
    except TemplateError:
        return
    if [one.name for one in read[0]] == [one.name for one in read[1]]:
        for both in zip(*read, strict=True):
            for outcome in OUTCOMES:
                said = pair(*(_said(getattr(one, outcome), outcome) for one in both))
                yield said, said


def _said(parts: Iterable[object], outcome: str) -> str:
    return "".join(
        _said(getattr(part, outcome), outcome)
        if isinstance(part, Choice)
        else part
        if isinstance(part, str)
        else " # "
        for part in parts
    )


def _sentences(text: Text) -> Iterator[tuple[Text, Text]]:
    """Sentences of both languages side by side, each with what may answer it.

    That is the sentence itself, in prose with its neighbours, for a translator may join and part;
    the whole text where the languages have not as many.
    """
    split = {
        lang: [one for one in _SENTENCE[lang].split(_CODE.sub(" ", text[lang])) if one.strip()]
        for lang in LANGS
    }
    number = len(split["en"])
    if number != len(split["zh"]):
        whole = pair(*(_CODE.sub(" ", text[lang]) for lang in LANGS))
        yield whole, whole
        return
    near = 1 if number > SHORT else 0
    for i in range(number):
        around = slice(max(i - near, 0), i + near + 1)
        yield (
            pair(*(split[lang][i] for lang in LANGS)),
            pair(*(" ".join(split[lang][around]) for lang in LANGS)),
        )


def _concepts_unlike(said: tuple[Text, Text], concepts: Iterable[Concept]) -> Iterator[Unlike]:
    text, answers = said
    for one in concepts:
        for lang, other in zip(LANGS, reversed(LANGS), strict=True):
            asks = one.asks[lang]
            found = asks.search(_DOUBT.sub("", text[lang])) if asks else None
            if found and not one.answers[other].search(answers[other]):
                yield Unlike(one.name, lang, found[0], text)


def _numbers_unlike(said: tuple[Text, Text]) -> Iterator[Unlike]:
    """Digits that the other language has neither as digits nor in words."""
    text, answers = said
    for lang, other in zip(LANGS, reversed(LANGS), strict=True):
        known: set[float] | None = None
        for number, written in _numbers(text[lang]).items():
            if known is None:
                known = _known(answers[other], other)
            if number not in known:
                yield Unlike(NUMBERS, lang, written, text)


def _proofs(text: Text) -> Iterator[Unlike]:
    """Words that call something proven; no data do that, so they stand in a denial alone."""
    for lang in LANGS:
        found = _PROOF[lang].search(text[lang])
        if found and not _DENIAL[lang].search(text[lang]):
            yield Unlike(PROOF, lang, found[0], text)


def _known(text: str, lang: Lang) -> set[float]:
    """Numbers that a text has as digits or in words."""
    worded = {float(n) for n, words in enumerate(_WORDED[lang]) if words.search(text)}
    scales = {n for word, n in {**_SCALES, **_ROUND}.items() if word in text}
    return worded | scales | set(_numbers(text))


def _numbers(text: str) -> dict[float, str]:
    scaled = {
        float(found[1].replace(",", "").rstrip(".")) * _SCALES[found[2]]: found[0]
        for found in _SCALED.finditer(text)
    }
    plain = _DIGITS.finditer(_SCALED.sub(" ", text))
    return scaled | {abs(float(one[0].replace(",", "").replace("−", "-"))): one[0] for one in plain}
