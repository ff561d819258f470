"""Texts with slots, filled from the ledger: numbers, and words chosen by outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import Any

from compendium.claims.ledger import Estimate, to_digits
from compendium.claims.verdicts import (
    EVIDENCE_WORDS,
    OUTCOME_WORDS,
    RESTS_ON_WORDS,
    ClaimResult,
    judge_claim,
    judge_test,
)
from compendium.errors import UserError
from compendium.exhibits.numbers import NumberStyle, interval_glue, write_p
from compendium.exhibits.words import CLOSE, COMMA, NO_INTERVAL, OPEN, TO, interval_words
from compendium.plan.check_wording import texts_of
from compendium.plan.predicates import Outcome
from compendium.plan.sentences import Condition
from compendium.plan.templates import Choice, Part, Slot, Template, TemplateError, parse_template
from compendium.plan.types import ExhibitPlan, Plan
from compendium.text import LANGS, Lang, Text

ABSENT = Text("External data absent: not computed.", "外部数据缺失，未计算。")
"""What a text says whole where an estimate of it rests on external data that are absent."""
STANDIN = Text(
    " (Simulated data: pipeline check, not evidence.)", "（模拟数据：仅检验流程，不作证据。）"
)
"""What ends a sentence that rests on a stand-in."""
AT_LEAST = Text("at least ", "至少 ")
"""Before a value that its method calls a lower bound."""

TITLE_LINES = 2
"""Lines that a title has at full width: more push the figure off a journal's half page."""

_FLOATS = ("value", "se", "ci_low", "ci_high", "level", "p")


class _AbsentError(Exception):
    """A text rests on external data that are absent."""


@dataclass(frozen=True)
class Wording:
    """Words and sentences of a plan, from the estimates of a ledger; reads and writes no file.

    Attributes
    ----------
    plan, ledger
        The plan, and the estimates by id: the whole ledger, or what a notebook recorded so far.
    lang
        The language of `text`, `sentence`, `of_test` and `of_claim`.
    present
        External data sets whose files are known to be there: what rests on these alone and was not
        recorded is a fault, where else the data may be absent.

    Notes
    -----
    Numbers and outcomes follow the ledger as it is written to disk, with 10 significant digits,
    so that a text is the same in the run and when it is made again from the file.
    """

    plan: Plan
    ledger: Mapping[str, Estimate]
    lang: Lang
    present: frozenset[str] = frozenset()

    def text(self, text: Text, *, place: str = "the text", notebook: str | None = None) -> str:
        """Fill the slots of a text.

        Parameters
        ----------
        text
            The text with its slots in both languages; only that of `lang` is filled.
        place
            What messages call it, such as "title of fig-x".
        notebook
            The notebook that says it: where its external data are absent, so may its estimates be.

        Raises
        ------
        UserError
            An estimate was not recorded, is nan, or lacks what the slot asks for. The message names
            the place, the estimate and what to do.
        """
        return _Filling(self, self.lang, place, notebook).fill(_parsed(text[self.lang], place))

    def text_both(
        self, text: Text, *, place: str = "the text", notebook: str | None = None
    ) -> Text:
        """Fill the slots of a text in both languages; see `text`."""
        filled = {
            lang: _Filling(self, lang, place, notebook).fill(_parsed(text[lang], place))
            for lang in ("en", "zh")
        }
        return Text(**filled)

    def exhibit(self, exhibit: ExhibitPlan) -> ExhibitPlan:
        """Fill title, note and alternative text of an exhibit, in both languages."""
        filled = {
            part: self.text_both(text, place=f"{part} of {exhibit.id}", notebook=exhibit.notebook)
            for part, text in texts_of(exhibit).items()
        }
        return exhibit.model_copy(update=filled)

    def sentence(self, name: str) -> str:
        """Say a result sentence; one that rests on a stand-in ends by saying so.

        Raises
        ------
        UserError
            There is no such sentence, or whatever `text` raises.
        """
        sentence = self.plan.sentences.get(name)
        if sentence is None:
            raise UserError(
                f"there is no sentence '{name}'", "add it to notebooks/plan/sentences.yml"
            )
        return self._said(sentence.text, f"sentence '{name}'", sentence.notebook)

    def _said(self, text: Text, place: str, notebook: str | None = None) -> str:
        filling = _Filling(self, self.lang, place, notebook)
        said = filling.fill(_parsed(text[self.lang], place))
        return said + STANDIN[self.lang] if filling.rests_on_standin else said

    def of_test(self, test: str) -> str:
        """Say what a test found, in the sentence that has its id."""
        return self.sentence(test)

    def finding(self, claim: str) -> str:
        """Say what was found of a claim, in one plain sentence; empty where the plan has none."""
        text = self.plan.findings.get(claim)
        return self._said(text, f"finding of {claim}") if text else ""

    def of_claim(self, claim: str) -> str:
        """Sum up a claim, in the sentence that has its id."""
        return self.sentence(claim)

    def outcome(self, name: str) -> Outcome:
        """Outcome of a test or a named condition; "not run" where external data are absent."""
        try:
            return _Filling(self, self.lang, f"condition '{name}'", None).outcome(name)
        except _AbsentError:
            return "not run"


@dataclass
class _Filling:
    """The filling of one text, and what it turned out to rest on."""

    wording: Wording
    lang: Lang
    place: str
    notebook: str | None
    rests_on_standin: bool = field(default=False)

    def fill(self, template: Template) -> str:
        try:
            return "".join(map(self._part, template.parts))
        except _AbsentError:
            return ABSENT[self.lang]

    def outcome(self, name: str) -> Outcome:
        if name in self.wording.plan.tests:
            return self._of_test(name)
        condition = self.wording.plan.conditions.get(name)
        if condition is None:
            raise UserError(f"{self.place}: '{name}' is no test and no condition", "correct it")
        if condition.parts:
            return _joined(condition, [self.outcome(part) for part in condition.parts])
        found = [self.estimate(estimate) for estimate in condition.estimates]
        assert condition.predicate is not None
        if condition.by == "value":
            found = [replace(estimate, ci_low=nan, ci_high=nan) for estimate in found]
        try:
            return condition.predicate.judge(*found)
        except ValueError as error:
            raise self._fault(found[0].id, str(error)) from error

    def estimate(self, name: str) -> Estimate:
        found = self.wording.ledger.get(name)
        if found is None:
            self._pass_if_absent(name)
            raise UserError(
                f"{self.place} names the estimate '{name}', which was not recorded",
                "correct the id, or record it before the text is used",
            )
        if isnan(found.value):
            raise self._fault(name, "is nan")
        self.rests_on_standin |= found.evidence == "stand-in"
        return as_written(found)

    def _part(self, part: Part) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, Choice):
            return "".join(map(self._part, self._chosen(part)))
        return _WRITERS[part.field](self, part)

    def _chosen(self, choice: Choice) -> tuple[str | Slot, ...]:
        outcome = self.outcome(choice.name)
        if outcome == "holds":
            return choice.holds
        return choice.fails if outcome == "fails" else choice.inconclusive

    def _of_test(self, name: str) -> Outcome:
        test = self.wording.plan.tests[name]
        ledger = {key: self.estimate(key) for key in test.estimates}
        return judge_test(test, ledger).outcome

    def _pass_if_absent(self, name: str) -> None:
        """Raise `_AbsentError` where an estimate may be missing because external data are."""
        plan, ledger = self.wording.plan, self.wording.ledger
        tests = (t for t in plan.tests.values() if name in t.estimates)
        notebooks = {test.notebook for test in tests if test.evidence == "external"}
        for notebook in filter(None, {*notebooks, self.notebook}):
            planned = plan.notebooks.get(notebook)
            external = {*planned.external} - self.wording.present if planned else set()
            recorded = (e for e in ledger.values() if e.notebook == notebook)
            if external and not any(e.evidence == "external" for e in recorded):
                raise _AbsentError

    def _fault(self, name: str, what: str) -> UserError:
        return UserError(
            f"{self.place} can't be written: estimate '{name}' {what}",
            "look into the cell that records it, or change the text",
        )

    def number(self, slot: Slot, value: float) -> str:
        return _style(slot).write(value)

    def claim(self, name: str) -> ClaimResult:
        plan = self.wording.plan
        ledger = {key: as_written(found) for key, found in self.wording.ledger.items()}
        return judge_claim(plan.claims[name], ledger)

    def known(self, slot: Slot, value: float) -> float:
        """Return a number that the slot asks for, or raise where the estimate has none."""
        if isnan(value):
            raise self._fault(slot.name, f"has no {slot.field}")
        return value


def worded(exhibit: ExhibitPlan, wording: Wording) -> ExhibitPlan:
    """Fill the texts of an exhibit and check that its title has room, in both languages."""
    filled = wording.exhibit(exhibit)
    for lang in LANGS:
        check_title(filled.id, filled.title[lang], lang)
    return filled


def check_title(name: str, title: str, lang: Lang) -> None:
    """Refuse a title that takes more lines than an exhibit has for it.

    Raises
    ------
    UserError
        It is too long; the message says how many lines it takes and how long it may be.
    """
    from compendium.exhibits.style import inner_width, type_size
    from compendium.exhibits.typeset import wrap

    lines = wrap(title, inner_width(), type_size("title"))
    if len(lines) > TITLE_LINES:
        raise UserError(
            f"the title of {name} in language '{lang}' takes {len(lines)} lines, "
            f"{TITLE_LINES} have room",
            f"make it shorter, its longest choice of words too: about {len(''.join(lines[:2]))} "
            "letters fit",
            value=title,
        )


def as_written(estimate: Estimate) -> Estimate:
    """Return the estimate as a ledger on disk holds it."""
    rounded: dict[str, Any] = {name: _as_written(getattr(estimate, name)) for name in _FLOATS}
    return replace(estimate, **rounded)


def _as_written(value: float) -> float:
    text = to_digits(float(value))
    return float(text) if text else float("nan")


def _parsed(text: str, place: str) -> Template:
    try:
        return parse_template(text)
    except TemplateError as error:
        raise UserError(f"{place} can't be read: {error}", "correct the text") from error


def _joined(condition: Condition, outcomes: list[Outcome]) -> Outcome:
    """Join outcomes as Kleene's strong logic of three values does."""
    first: Outcome = "fails" if condition.all_of else "holds"
    last: Outcome = "holds" if condition.all_of else "fails"
    if first in outcomes:
        return first
    return last if all(outcome == last for outcome in outcomes) else "inconclusive"


def _style(slot: Slot) -> NumberStyle:
    return NumberStyle(slot.style in ("percent", "points"), slot.digits)


def _number(filling: _Filling, slot: Slot) -> str:
    estimate = filling.estimate(slot.name)
    values = {
        "value": estimate.value,
        "abs": abs(estimate.value),
        "low": estimate.ci_low,
        "high": estimate.ci_high,
    }
    text = filling.number(slot, filling.known(slot, values[slot.field]))
    return text.rstrip("%") if slot.style == "points" else text


def _interval(filling: _Filling, slot: Slot) -> str:
    estimate = filling.estimate(slot.name)
    low = filling.known(slot, estimate.ci_low)
    return _written_interval(slot, low, estimate.ci_high, filling.lang)


def _written_interval(slot: Slot, low: float, high: float, lang: Lang) -> str:
    text = _style(slot).between(low, high, interval_glue([low, high], TO[lang]))
    return text.replace("%", "") if slot.style == "points" else text


def _full(filling: _Filling, slot: Slot) -> str:
    estimate, lang = filling.estimate(slot.name), filling.lang
    value = _number(filling, replace(slot, field="value"))
    least = AT_LEAST[lang] if estimate.is_lower_bound else ""
    if isnan(estimate.ci_low):
        return f"{least}{value}{OPEN[lang]}{NO_INTERVAL[lang]}{CLOSE[lang]}"
    ends = _written_interval(slot, estimate.ci_low, estimate.ci_high, lang)
    named = f"{interval_words(estimate.level, lang)} {ends}"
    return f"{least}{value}{OPEN[lang]}{named}{COMMA[lang]}n = {estimate.n:,}{CLOSE[lang]}"


def _count(of: str) -> Callable[[_Filling, Slot], str]:
    def write(filling: _Filling, slot: Slot) -> str:
        return f"{getattr(filling.estimate(slot.name), of):,}"

    return write


def _level(filling: _Filling, slot: Slot) -> str:
    return f"{100 * filling.known(slot, filling.estimate(slot.name).level):g}%"


def _p(filling: _Filling, slot: Slot) -> str:
    p = write_p(filling.known(slot, filling.estimate(slot.name).p))
    return f"p {p}" if p.startswith("<") else f"p = {p}"


def _outcome(filling: _Filling, slot: Slot) -> str:
    return OUTCOME_WORDS[filling.outcome(slot.name)][filling.lang]


def _verdict(filling: _Filling, slot: Slot) -> str:
    claim = filling.claim(slot.name)
    return claim.words(claim.reads, filling.lang)


def _strength(filling: _Filling, slot: Slot) -> str:
    claim = filling.claim(slot.name)
    return claim.words(claim.strength, filling.lang)


def _rests_on(filling: _Filling, slot: Slot) -> str:
    kinds = " ".join(filling.claim(slot.name).rests_on) or "none"
    return (RESTS_ON_WORDS.get(kinds) or EVIDENCE_WORDS[kinds])[filling.lang]


_WRITERS: dict[str, Callable[[_Filling, Slot], str]] = {
    **dict.fromkeys(("value", "abs", "low", "high"), _number),
    "interval": _interval,
    "full": _full,
    "n": _count("n"),
    "clusters": _count("n_clusters"),
    "level": _level,
    "p": _p,
    "outcome": _outcome,
    "verdict": _verdict,
    "strength": _strength,
    "rests_on": _rests_on,
}
