"""The questionnaire: sections, questions, scales and answers, read from their one source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from compendium.data.codebook import SURVEY_TABLE
from compendium.strict_yaml import (
    Document,
    Key,
    load_strict,
    read_optional_text,
    read_text,
    refuse_unknown,
)
from compendium.text import Text

FOLDER = Path("data") / "survey"
INSTRUMENT = FOLDER / "instrument.yml"
TABLE = SURVEY_TABLE

LOWEST, HIGHEST = 1, 5
"""Answers to an item run from the lowest to the highest; their sum less an answer reverses it."""

QuestionType = Literal["item", "category", "flag", "integer", "number", "string"]
QUESTION_TYPES: tuple[QuestionType, ...] = get_args(QuestionType)
CODED: tuple[QuestionType, ...] = ("item", "category", "flag")
Code = int | str
Answers = Mapping[Code, Text]

_FILE_KEYS = (
    *("form", "non_response", "answers", "scales", "domains", "phases", "screens", "sections"),
)
_SCALE_KEYS = ("label", "about", "modelled_on", "phase", "single_items", "marker")
_SECTION_KEYS = ("label", "intro", "scale", "answers", "relevant", "questions")
_QUESTION_KEYS = (
    *(
        "short",
        "aliases",
        "text",
        "type",
        "answers",
        "scale",
        "domain",
        "pair",
        "reversed",
        "relevant",
    ),
    *("asked", "required", "minimum", "maximum", "pattern", "unit", "missing", "rule"),
)


@dataclass(frozen=True)
class NonResponse:
    """A way of giving no answer, with the code that stands for it in a file."""

    reason: str
    code: int
    label: Text


@dataclass(frozen=True)
class Scale:
    """A construct and the items that measure it.

    Attributes
    ----------
    modelled_on
        Id of the published scale whose construct it follows, None where there is none.
    phase
        Phase of the risk cycle that it is about.
    single_items
        Its items are used one by one and never averaged.
    marker
        Unrelated to the study in theory.
    """

    name: str
    label: Text
    about: Text
    modelled_on: str | None
    phase: str | None
    single_items: bool
    marker: bool


@dataclass(frozen=True)
class Question:
    """One question, or one column that the fieldwork team fills in.

    Attributes
    ----------
    short, text
        A few words for tables and figures; the wording that respondents read.
    aliases
        What the column is often called in files.
    type
        An item is answered from 1 to 5.
    pair
        For an item on power: the item on responsibility that it matches.
    relevant
        Question and answer on which it is asked; None where everyone is asked.
    asked
        Whether the form asks it.
    """

    name: str
    section: str
    type: QuestionType
    short: Text
    aliases: tuple[str, ...]
    text: Text | None
    answers: str | None
    scale: str | None
    domain: str | None
    pair: str | None
    reversed: bool
    relevant: tuple[str, int] | None
    asked: bool
    required: bool
    minimum: float | None
    maximum: float | None
    pattern: str | None
    unit: Text | None
    missing: Text | None
    rule: Text | None


@dataclass(frozen=True)
class Section:
    """Questions that stand together."""

    name: str
    label: Text
    intro: Text | None
    relevant: tuple[str, int] | None


@dataclass(frozen=True)
class Screens:
    """Signs of an unread questionnaire.

    Attributes
    ----------
    attention
        Attention checks with their right answers.
    straight_line_answers, straight_line_least
        Kind of answers, and how many of them must be alike without an exception.
    """

    attention: Mapping[str, int]
    straight_line_answers: str
    straight_line_least: int


@dataclass(frozen=True)
class Instrument:
    """The questionnaire as a whole; questions stand in the order of the form."""

    path: Path
    id: str
    version: str
    title: Text
    consent: Text
    consent_refused: Text
    table_label: Text
    unit_of_observation: Text
    non_response: Mapping[str, NonResponse]
    answers: Mapping[str, Answers]
    scales: Mapping[str, Scale]
    domains: Mapping[str, Text]
    phases: Mapping[str, Text]
    screens: Screens
    sections: Mapping[str, Section]
    questions: Mapping[str, Question]

    @property
    def items(self) -> tuple[str, ...]:
        """Names of all questions answered from 1 to 5, in the order of the form."""
        return tuple(name for name, q in self.questions.items() if q.type == "item")

    @property
    def reversed_items(self) -> tuple[str, ...]:
        """Items whose high answer means little of the construct."""
        return tuple(name for name, q in self.questions.items() if q.reversed)

    @property
    def pairs(self) -> dict[str, str]:
        """Item on power to the item on responsibility that it matches."""
        return {name: q.pair for name, q in self.questions.items() if q.pair}

    @property
    def non_response_codes(self) -> tuple[int, ...]:
        """Codes that stand for no answer."""
        return tuple(way.code for way in self.non_response.values())

    def items_of(self, scale: str, domain: str | None = None) -> tuple[str, ...]:
        """Names of a scale's items, or of those on one domain."""
        return tuple(
            name
            for name, q in self.questions.items()
            if q.scale == scale and (domain is None or q.domain == domain)
        )

    @property
    def straight_line_items(self) -> tuple[str, ...]:
        """Items that the straight-line screen looks at; attention checks are not among them."""
        kind = self.screens.straight_line_answers
        return tuple(
            name
            for name in self.items
            if self.questions[name].answers == kind and name not in self.screens.attention
        )

    def codes(self, name: str) -> tuple[Code, ...]:
        """Answers of a question, without those that stand for no answer."""
        answers = self.questions[name].answers
        return tuple(self.answers[answers]) if answers else ()


def load_instrument(root: Path | str) -> Instrument:
    """Read the questionnaire of a project; raises UserError with file and line."""
    return read_instrument(Path(root) / INSTRUMENT)


def read_instrument(path: Path) -> Instrument:
    """Read a questionnaire; raises UserError with file and line."""
    doc = load_strict(path)
    refuse_unknown(doc, (), _FILE_KEYS)
    answers: dict[str, Answers] = {
        name: _texts(doc, "answers", name) for name in doc.mapping("answers")
    }
    scales = {name: _scale(doc, name) for name in doc.mapping("scales")}
    instrument = Instrument(
        path=path,
        id=doc.string("form", "id"),
        version=doc.string("form", "version"),
        title=read_text(doc, "form", "title"),
        consent=read_text(doc, "form", "consent", "text"),
        consent_refused=read_text(doc, "form", "consent", "refused"),
        table_label=read_text(doc, "form", "table", "label"),
        unit_of_observation=read_text(doc, "form", "table", "unit_of_observation"),
        non_response={name: _non_response(doc, name) for name in doc.mapping("non_response")},
        answers=answers,
        scales=scales,
        domains=_texts(doc, "domains"),
        phases=_texts(doc, "phases"),
        screens=_screens(doc),
        sections={name: _section(doc, name) for name in doc.mapping("sections")},
        questions=_questions(doc),
    )
    _check(doc, instrument)
    return instrument


def _texts(doc: Document, *keys: Key) -> dict[Any, Text]:
    return {code: read_text(doc, *keys, code) for code in doc.mapping(*keys)}


def _non_response(doc: Document, name: str) -> NonResponse:
    at = ("non_response", name)
    refuse_unknown(doc, at, ("code", "label"))
    return NonResponse(name, doc.at(*at, "code"), read_text(doc, *at, "label"))


def _scale(doc: Document, name: str) -> Scale:
    at = ("scales", name)
    refuse_unknown(doc, at, _SCALE_KEYS)
    return Scale(
        name=name,
        label=read_text(doc, *at, "label"),
        about=read_text(doc, *at, "about"),
        modelled_on=doc.at(*at, "modelled_on"),
        phase=doc.at(*at, "phase"),
        single_items=bool(doc.at(*at, "single_items", default=False)),
        marker=bool(doc.at(*at, "marker", default=False)),
    )


def _screens(doc: Document) -> Screens:
    refuse_unknown(doc, ("screens",), ("attention", "straight_line"))
    refuse_unknown(doc, ("screens", "straight_line"), ("answers", "least_items"))
    return Screens(
        attention=doc.mapping("screens", "attention"),
        straight_line_answers=doc.string("screens", "straight_line", "answers"),
        straight_line_least=doc.at("screens", "straight_line", "least_items"),
    )


def _section(doc: Document, name: str) -> Section:
    at = ("sections", name)
    refuse_unknown(doc, at, _SECTION_KEYS)
    return Section(
        name,
        read_text(doc, *at, "label"),
        read_optional_text(doc, *at, "intro"),
        _relevant(doc, at),
    )


def _questions(doc: Document) -> dict[str, Question]:
    found: dict[str, Question] = {}
    for section in doc.mapping("sections"):
        for name in doc.mapping("sections", section, "questions"):
            if name in found:
                at = ("sections", section, "questions", name)
                raise doc.error("another section has a question of this name", "rename it", *at)
            found[name] = _question(doc, section, name)
    return found


def _question(doc: Document, section: str, name: str) -> Question:
    at = ("sections", section, "questions", name)
    refuse_unknown(doc, at, _QUESTION_KEYS)

    def of_section(key: str) -> Any:
        return doc.at(*at, key, default=doc.at("sections", section, key))

    return Question(
        name=name,
        section=section,
        type=_type(doc, at),
        short=read_text(doc, *at, "short"),
        aliases=tuple(str(name) for name in doc.at(*at, "aliases", default=[])),
        text=read_optional_text(doc, *at, "text"),
        answers=of_section("answers"),
        scale=of_section("scale"),
        domain=doc.at(*at, "domain"),
        pair=doc.at(*at, "pair"),
        reversed=bool(doc.at(*at, "reversed", default=False)),
        relevant=_relevant(doc, at) or _relevant(doc, ("sections", section)),
        asked=bool(doc.at(*at, "asked", default=True)),
        required=bool(doc.at(*at, "required", default=False)),
        minimum=doc.at(*at, "minimum"),
        maximum=doc.at(*at, "maximum"),
        pattern=doc.at(*at, "pattern"),
        unit=read_optional_text(doc, *at, "unit"),
        missing=read_optional_text(doc, *at, "missing"),
        rule=read_optional_text(doc, *at, "rule"),
    )


def _type(doc: Document, at: tuple[Key, ...]) -> QuestionType:
    kind: QuestionType = doc.at(*at, "type", default="item")
    if kind not in QUESTION_TYPES:
        mend = f"write one of: {', '.join(QUESTION_TYPES)}"
        raise doc.error("the type is not known", mend, *at, "type", value=kind)
    return kind


def _relevant(doc: Document, at: tuple[Key, ...]) -> tuple[str, int] | None:
    wanted = doc.at(*at, "relevant")
    if wanted is None:
        return None
    if not isinstance(wanted, dict) or len(wanted) != 1:
        raise doc.error("'relevant' is not one question and its answer", "correct it", *at)
    ((name, code),) = wanted.items()
    return name, code


def _check(doc: Document, instrument: Instrument) -> None:
    """Refuse names that lead nowhere."""
    for name, question in instrument.questions.items():
        at = ("sections", question.section, "questions", name)
        relevant = [question.relevant[0]] if question.relevant else []
        links: tuple[tuple[str, Iterable[str | None], Iterable[str]], ...] = (
            ("answers", [question.answers], instrument.answers),
            ("scale", [question.scale], instrument.scales),
            ("domain", [question.domain], instrument.domains),
            ("pair", [question.pair], instrument.questions),
            ("relevant", relevant, instrument.questions),
        )
        for what, named, known in links:
            for target in named:
                if target is not None and target not in known:
                    raise doc.error(f"{what!r} names nothing", "correct it", *at, value=target)
        if question.type in CODED and question.answers is None:
            raise doc.error("the question has no answers", "add 'answers'", *at)
        if question.asked and question.text is None:
            raise doc.error("the question has no wording", "add 'text', or 'asked: false'", *at)
        re.compile(question.pattern or "")
