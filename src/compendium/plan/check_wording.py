"""Checks every text with slots when the plan is loaded: syntax, names, and both languages alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compendium.plan.templates import CLAIM_FIELDS, Slot, Template, TemplateError, parse_template
from compendium.plan.types import ExhibitPlan, Plan
from compendium.strict_yaml import Document, KeyPath
from compendium.text import LANGS, Text

EXHIBIT_TEXTS = ("title", "note", "alt")
"""The texts of an exhibit that state what was found."""


def check_wording(
    plan: Plan, exhibits: Document, places: Mapping[str, KeyPath], sentences: Document | None
) -> None:
    """Check the texts of exhibits and the file of sentences.

    Raises
    ------
    UserError
        With file and line: a template that can't be read, an unknown test, condition, claim or
        notebook, a circle of conditions, or languages with different slots.
    """
    if sentences is not None:
        _check_conditions(plan, sentences)
        _check_sentences(plan, sentences)
    for exhibit in plan.exhibits.values():
        for part, text in texts_of(exhibit).items():
            _check_text(plan, text, exhibits, (*places[exhibit.id], part))


def _check_sentences(plan: Plan, sentences: Document) -> None:
    for name, sentence in plan.sentences.items():
        keys = ("sentences", name)
        _check_text(plan, sentence.text, sentences, keys, differ=bool(sentence.differ))
        if sentence.notebook is None and name not in plan.claims:
            raise sentences.error(
                f"sentence '{name}' has no notebook and is the id of no test and no claim",
                "say which notebook says it, or correct the id",
                *keys,
            )
        if sentence.notebook is not None and sentence.notebook not in plan.notebooks:
            raise sentences.error(
                f"sentence '{name}' names the unknown notebook '{sentence.notebook}'",
                f"use one of: {', '.join(plan.notebooks)}",
                *keys,
                "notebook",
            )
        for claim in sentence.claims:
            if claim not in plan.claims:
                raise sentences.error(
                    f"sentence '{name}' names the unknown claim '{claim}'",
                    f"use one of: {', '.join(plan.claims)}",
                    *keys,
                    "claims",
                )


def texts_of(exhibit: ExhibitPlan) -> dict[str, Text]:
    """Texts of an exhibit that state what was found, by part."""
    found: dict[str, Text | None] = {part: getattr(exhibit, part) for part in EXHIBIT_TEXTS}
    return {part: text for part, text in found.items() if text is not None}


def spoken_of(plan: Plan, notebook: str) -> dict[str, object]:
    """What the words of a notebook depend on beside its exhibits: sentences, tests, conditions."""
    own = (notebook, None) if plan.notebooks[notebook].reads_ledger else (notebook,)
    sentences = {name: said for name, said in plan.sentences.items() if said.notebook in own}
    texts = [text for e in plan.exhibits_of(notebook) for text in texts_of(e).values()]
    texts += [sentence.text for sentence in sentences.values()]
    names = {n for t in texts for lang in LANGS for n in parse_template(t[lang]).names}
    parts = {name: condition.parts for name, condition in plan.conditions.items()}
    names |= {below for name in names for below in _reached(name, parts)}
    judged = {
        **{name: condition for name, condition in plan.conditions.items() if name in names},
        **{name: test.predicate for name, test in plan.tests.items() if name in names},
    }
    return {**sentences, **dict(sorted(judged.items()))}


def _check_text(
    plan: Plan, text: Text, document: Document, keys: KeyPath, differ: bool = False
) -> None:
    templates = {lang: _read(text[lang], document, (*keys, lang)) for lang in LANGS}
    for lang, template in templates.items():
        for choice in template.choices:
            _refuse_unknown(plan, choice.name, document, (*keys, lang))
        for slot in template.slots:
            _check_slot(plan, slot, document, (*keys, lang))
    only = templates["en"].names ^ templates["zh"].names
    if only and not differ:
        raise document.error(
            f"the two languages differ: only one of them has {', '.join(sorted(only))}",
            "use the same slots in both, or say why not under 'differ' of a sentence",
            *keys,
        )


def _read(text: str, document: Document, keys: KeyPath) -> Template:
    try:
        return parse_template(text)
    except TemplateError as error:
        raise document.error(str(error), "correct the text", *keys) from None


def _refuse_unknown(plan: Plan, name: str, document: Document, keys: KeyPath) -> None:
    if name not in plan.tests and name not in plan.conditions:
        raise document.error(
            f"'{name}' is no test and no condition",
            "use the id of a test in claims.yml, or add it to 'conditions' in sentences.yml",
            *keys,
        )


def _check_slot(plan: Plan, slot: Slot, document: Document, keys: KeyPath) -> None:
    if slot.field == "outcome":
        _refuse_unknown(plan, slot.name, document, keys)
    elif (slot.name in plan.claims) != (slot.field in CLAIM_FIELDS):
        what = "no claim" if slot.field in CLAIM_FIELDS else "a claim"
        raise document.error(
            f"'{slot.name}' is {what}, and the slot asks for its {slot.field}",
            f"claims have: {', '.join(CLAIM_FIELDS)}",
            *keys,
        )


def _check_conditions(plan: Plan, document: Document) -> None:
    for name, condition in plan.conditions.items():
        keys = ("conditions", name)
        if name in plan.tests:
            raise document.error(f"'{name}' is a test too", "rename the condition", *keys)
        for part in condition.parts:
            _refuse_unknown(plan, part, document, keys)
    parts = {name: condition.parts for name, condition in plan.conditions.items()}
    for name in parts:
        if name in _reached(name, parts):
            raise document.error(
                f"condition '{name}' rests on itself", "correct its parts", "conditions", name
            )


def _reached(name: str, parts: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return every condition that `name` rests on, at any depth."""

    def below(of: str, seen: set[str]) -> Iterator[str]:
        for part in parts.get(of, ()):
            if part not in seen:
                seen.add(part)
                yield part
                yield from below(part, seen)

    return set(below(name, set()))
