"""Which heading of a file is which question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from compendium.survey.formats import Raw, tidy
from compendium.survey.instrument import Instrument, Question
from compendium.text import LANGS

LIKELY = 0.75
"""Likeness from which two texts may be the same question; below it most pairs are chance."""

SURE = 0.95
"""Likeness from which a match is not marked."""

_WITHIN = 0.95
_LEAST_WITHIN = 6
"""Characters that a wording must have to be looked for inside a heading."""

NUMBERING = re.compile(r"^[Qq]?[0-9]+[.,:)_ 、]+")
"""Number of a question before its text."""

_PATH = re.compile(r"[/\\:.|\u2014\u2013\u2015\-\[\](){}>]+")
"""What stands between the parts of a path: of Kobo, ODK, LimeSurvey and matrix questions."""


@dataclass(frozen=True)
class Match:
    """A question's column.

    Attributes
    ----------
    likeness
        1 where name or wording are the same.
    also
        Other headings that are as like.
    """

    source: str
    likeness: float
    also: tuple[str, ...] = ()


def match_columns(raw: Raw, instrument: Instrument) -> dict[str, Match]:
    """Question to the heading that is likest it; each heading is taken once."""
    found = _exact(raw, instrument.questions)
    rest = {n: q for n, q in instrument.questions.items() if n not in found}
    taken = {match.source for match in found.values()}
    taken |= {source for match in found.values() for source in match.also}
    pairs = sorted(_likenesses(raw, rest, taken), key=lambda pair: -pair[0])
    for likeness, name, source in pairs:
        if name not in found and source not in taken:
            found[name] = Match(source, likeness)
            taken.add(source)
    return {name: found[name] for name in instrument.questions if name in found}


def exact_matches(raw: Raw, questions: Mapping[str, Question]) -> dict[str, str]:
    """Question to the heading that is its name, an alias or its short text."""
    return {name: match.source for name, match in _exact(raw, questions).items()}


def last_part(heading: str) -> str:
    """What stands after the last mark of a path."""
    parts = [part for part in _PATH.split(heading) if part.strip()]
    return parts[-1].strip() if parts else heading


def _exact(raw: Raw, questions: Mapping[str, Question]) -> dict[str, Match]:
    """Matches of whole headings and labels, then of their last parts."""
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for parts, texts in ((_whole, _names_of), (_ends, _full_names_of)):
        known = {text: name for name, q in questions.items() for text in texts(q)}
        known |= {_bare(name): name for name in questions}
        here: dict[str, list[str]] = {}
        for source in raw.headings:
            names = [known[text] for text in parts(raw, source) if text in known]
            if names and source not in taken and names[0] not in found:
                here.setdefault(names[0], []).append(source)
        found |= here
        taken |= {source for sources in here.values() for source in sources}
    return {name: Match(first, 1.0, tuple(also)) for name, (first, *also) in found.items()}


def _whole(raw: Raw, source: str) -> Iterator[str]:
    for text in (source, raw.labels.get(source, "")):
        yield _bare(text)
        yield _bare(NUMBERING.sub("", text))


def _ends(raw: Raw, source: str) -> Iterator[str]:
    """Every end of a path, the longest first, as wordings may hold the same marks.

    An answer of a question with several answers is none: the question itself is a heading.
    """
    above = {source[: mark.start()] for mark in _PATH.finditer(source)}
    if above & {*raw.headings}:
        return
    for text in (source, raw.labels.get(source, "")):
        for mark in _PATH.finditer(text):
            if end := _bare(text[mark.end() :]):
                yield end
        yield _bare(last_part(text))


def _likenesses(
    raw: Raw, questions: Mapping[str, Question], taken: set[str]
) -> Iterator[tuple[float, str, str]]:
    # A name such as td_1 is like its neighbours and not them.
    names = {
        name: [text for text in _names_of(question) if not (text.isascii() and text[-1:].isdigit())]
        for name, question in questions.items()
    }
    for source in raw.headings:
        if source in taken:
            continue
        texts = (source, raw.labels.get(source, ""))
        told = [_bare(NUMBERING.sub("", text)) for text in texts if text]
        for name, known in names.items():
            best = max(_likeness(one, other) for one in told for other in known)
            if best >= LIKELY:
                yield best, name, source


def _names_of(question: Question) -> list[str]:
    texts = [question.name, question.name.replace("_", ""), *question.aliases]
    for text in (question.text, question.short):
        texts += [text[lang] for lang in LANGS] if text is not None else []
    return [_bare(text) for text in texts]


def _full_names_of(question: Question) -> list[str]:
    """What the end of a path must be to be the question: an alias such as 'id' says too little."""
    texts = [question.text[lang] for lang in LANGS] if question.text is not None else []
    return [_bare(text) for text in (question.name, *texts)]


def _bare(text: str) -> str:
    """Letters and digits alone, so that numbering marks and punctuation do not count."""
    return "".join(char for char in tidy(text).lower() if char.isalnum() or char == "_")


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    name = other.isascii() and "_" in other
    if len(other) >= _LEAST_WITHIN and not name and other in one:
        return _WITHIN
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < LIKELY or matcher.quick_ratio() < LIKELY:
        return 0.0
    return 0.94 * matcher.ratio()
