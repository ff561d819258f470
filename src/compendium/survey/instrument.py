"""The questionnaire: sections, questions, scales and answers, read from their one source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, StrictBool, StrictInt

from compendium.data.codebook import SURVEY_TABLE, regular_expression
from compendium.strict_model import GIVEN, NAMED, Filled, Number, Written, fault, read_typed
from compendium.strict_yaml import Document, load_strict
from compendium.text import Text

FOLDER = Path("data") / "survey"
INSTRUMENT = FOLDER / "instrument.yml"
TABLE = SURVEY_TABLE

LOWEST, HIGHEST = 1, 5
"""Answers to an item run from the lowest to the highest; their sum less an answer reverses it."""

QuestionType = Literal["item", "category", "flag", "integer", "number", "string"]
CODED: tuple[QuestionType, ...] = ("item", "category", "flag")
Code = StrictInt | str
Answers = Mapping[Code, Text]


def _one_pair(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        return next(iter(value.items()))
    raise fault("'relevant' is not one question and its answer", "correct it")


Relevant = Annotated[tuple[str, int], BeforeValidator(_one_pair)]
"""A question and the answer on which another is asked; in the file `{question: answer}`."""


@dataclass(frozen=True)
class NonResponse(Written):
    """A way of giving no answer, with the code that stands for it in a file."""

    name: str = field(metadata=GIVEN)
    code: StrictInt
    label: Text


@dataclass(frozen=True)
class Scale(Written):
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

    name: str = field(metadata=GIVEN)
    label: Text
    about: Text
    modelled_on: str | None = None
    phase: str | None = None
    single_items: StrictBool = False
    marker: StrictBool = False


@dataclass(frozen=True)
class Question(Written):
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

    name: str = field(metadata=GIVEN)
    short: Text
    type: QuestionType = "item"
    aliases: tuple[str, ...] = ()
    text: Text | None = None
    answers: str | None = None
    scale: str | None = None
    domain: str | None = None
    pair: str | None = None
    reversed: StrictBool = False
    relevant: Relevant | None = None
    asked: StrictBool = True
    required: StrictBool = False
    minimum: Number | None = None
    maximum: Number | None = None
    pattern: Annotated[str, AfterValidator(regular_expression)] | None = None
    unit: Text | None = None
    missing: Text | None = None
    rule: Text | None = None
    section: str = field(default="", metadata=GIVEN)


@dataclass(frozen=True)
class Section(Written):
    """Questions that stand together; what it says of `scale` and `answers` holds for them all."""

    name: str = field(metadata=GIVEN)
    label: Text
    questions: Annotated[Mapping[str, Question], NAMED]
    intro: Text | None = None
    scale: str | None = None
    answers: str | None = None
    relevant: Relevant | None = None


@dataclass(frozen=True)
class StraightLine(Written):
    """Kind of answers, and how many of them must be alike without an exception."""

    answers: Filled
    least_items: StrictInt


@dataclass(frozen=True)
class Screens(Written):
    """Signs of an unread questionnaire; `attention` has each check with its right answer."""

    attention: Mapping[str, StrictInt]
    straight_line: StraightLine


@dataclass(frozen=True)
class Consent(Written):
    """What respondents agree to, and what those read who do not."""

    text: Text
    refused: Text


@dataclass(frozen=True)
class TableWords(Written):
    """What the table of answers is called."""

    label: Text
    unit_of_observation: Text


@dataclass(frozen=True)
class Form(Written):
    """The questionnaire's name and frame."""

    id: Filled
    version: Filled
    title: Text
    consent: Consent
    table: TableWords


@dataclass(frozen=True)
class Instrument(Written):
    """The questionnaire as a whole; questions stand in the order of the form."""

    form: Form
    non_response: Annotated[Mapping[str, NonResponse], NAMED]
    answers: Mapping[str, Answers]
    scales: Annotated[Mapping[str, Scale], NAMED]
    domains: Mapping[str, Text]
    phases: Mapping[str, Text]
    screens: Screens
    sections: Annotated[Mapping[str, Section], NAMED]
    questions: Mapping[str, Question] = field(default_factory=dict, metadata=GIVEN)
    path: Path = field(default=Path(), metadata=GIVEN)

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
        kind = self.screens.straight_line.answers
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
    instrument = read_typed(doc, Instrument)
    instrument = replace(instrument, path=path, questions=_questions(doc, instrument))
    _check(doc, instrument)
    return instrument


def _questions(doc: Document, instrument: Instrument) -> dict[str, Question]:
    """All questions, with what their sections say of them."""
    found: dict[str, Question] = {}
    for section in instrument.sections.values():
        for name, question in section.questions.items():
            if name in found:
                at = ("sections", section.name, "questions", name)
                raise doc.error("another section has a question of this name", "rename it", *at)
            found[name] = replace(
                question,
                section=section.name,
                answers=question.answers or section.answers,
                scale=question.scale or section.scale,
                relevant=question.relevant or section.relevant,
            )
    return found


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
