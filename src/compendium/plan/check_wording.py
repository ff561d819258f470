"""Checks every text with slots when the plan is read: syntax, names, and both languages alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compendium.errors import UserError
from compendium.plan.check_titles import (
    judged_in,
    label_faults,
    opposite_faults,
    title_faults,
    word_faults,
)
from compendium.plan.names import Files, Names, entries, named, nearest, strings
from compendium.plan.templates import (
    CLAIM_FIELDS,
    Template,
    TemplateError,
    parse_template,
)
from compendium.plan.types import ExhibitPlan, Plan
from compendium.strict_yaml import Document, KeyPath
from compendium.text import LANGS, Text

EXHIBIT_TEXTS = ("title", "subtitle", "note", "source", "alt")
"""The texts of an exhibit that state what was found."""


def wording_faults(files: Files, names: Names) -> Iterator[UserError]:
    """Find templates that can't be read, unknown names, circles, and languages that differ."""
    if files.sentences is not None:
        yield from _condition_faults(files.sentences, names)
        yield from _sentence_faults(files.sentences, names)
        yield from _finding_faults(files.sentences, names)
    yield from title_faults(files)
    yield from opposite_faults(files, names)
    judged = judged_in(files)
    yield from label_faults(judged, files.claims)
    for document, keys, texts, differ in _texts(files):
        yield from _text_faults(document, keys, texts, names, differ)
        yield from word_faults(judged, document, keys, texts)


def slots_of(files: Files, names: Names) -> Iterator[tuple[Document, KeyPath, str]]:
    """Every estimate that a text says, with where it stands."""
    for document, keys, texts, _ in _texts(files):
        for lang, text in texts.items():
            try:
                slots = parse_template(text).slots
            except TemplateError:
                continue
            for slot in slots:
                if slot.field != "outcome" and slot.name not in names.claims:
                    yield document, (*keys, lang), slot.name


def _texts(files: Files) -> Iterator[tuple[Document, KeyPath, dict[str, str], bool]]:
    """Every text with slots that is there in both languages, and whether these may differ."""
    found: list[tuple[Document, KeyPath, Any, bool]] = [
        (files.exhibits, (*keys, part), exhibit.get(part), False)
        for keys, exhibit in entries(files.exhibits, "exhibits")
        for part in EXHIBIT_TEXTS
    ]
    found += [
        (files.sentences, keys, sentence, bool(sentence.get("differ")))
        for part in ("findings", "sentences")
        for keys, sentence in named(files.sentences, part)
        if files.sentences is not None
    ]
    for document, keys, told, differ in found:
        if isinstance(told, dict) and all(isinstance(told.get(lang), str) for lang in LANGS):
            yield document, keys, {lang: told[lang] for lang in LANGS}, differ


def _sentence_faults(document: Document, names: Names) -> Iterator[UserError]:
    for keys, sentence in named(document, "sentences"):
        name, notebook = str(keys[-1]), sentence.get("notebook")
        if notebook is None and name not in names.claims and name not in names.tests:
            yield document.error(
                f"sentence '{name}' has no notebook and is the id of no test and no claim",
                "say which notebook says it, or correct the id",
                *keys,
            )
        if notebook is not None and notebook not in names.notebooks:
            yield document.error(
                f"sentence '{name}' names the unknown notebook '{notebook}'",
                nearest(notebook, names.notebooks),
                *keys,
                "notebook",
            )
        for claim in strings(sentence, "claims"):
            if claim not in names.claims:
                yield document.error(
                    f"sentence '{name}' names the unknown claim '{claim}'",
                    nearest(claim, names.claims),
                    *keys,
                    "claims",
                )


def _finding_faults(document: Document, names: Names) -> Iterator[UserError]:
    """Find claims of which no finding is said, and findings of no claim."""
    said = {str(keys[-1]): keys for keys, _ in named(document, "findings")}
    for name in names.claims:
        if name not in said:
            mend = "say what was found in one plain sentence with its number: 'findings'"
            yield document.error(f"there is no finding of claim '{name}'", mend, "findings")
    for name, keys in said.items():
        if name not in names.claims:
            problem = f"there is a finding of the unknown claim '{name}'"
            yield document.error(problem, nearest(name, names.claims), *keys)


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


def _text_faults(
    document: Document, keys: KeyPath, texts: Mapping[str, str], names: Names, differ: bool
) -> Iterator[UserError]:
    read: dict[str, Template] = {}
    for lang, text in texts.items():
        try:
            read[lang] = parse_template(text)
        except TemplateError as error:
            yield document.error(str(error), "correct the text", *keys, lang)
    for lang, template in read.items():
        yield from _name_faults(document, (*keys, lang), template, names)
    only = read["en"].names ^ read["zh"].names if len(read) == len(LANGS) else frozenset()
    if only and not differ:
        yield document.error(
            f"the two languages differ: only one of them has {', '.join(sorted(only))}",
            "use the same slots in both, or say why not under 'differ' of a sentence",
            *keys,
        )


def _name_faults(
    document: Document, keys: KeyPath, template: Template, names: Names
) -> Iterator[UserError]:
    judged = [choice.name for choice in template.choices]
    for slot in template.slots:
        if slot.field == "outcome":
            judged.append(slot.name)
        elif (slot.name in names.claims) != (slot.field in CLAIM_FIELDS):
            what = "no claim" if slot.field in CLAIM_FIELDS else "a claim"
            yield document.error(
                f"'{slot.name}' is {what}, and the slot asks for its {slot.field}",
                f"claims have: {', '.join(CLAIM_FIELDS)}",
                *keys,
            )
    for name in judged:
        yield from _unjudged(document, keys, name, names)


def _unjudged(document: Document, keys: KeyPath, name: str, names: Names) -> Iterator[UserError]:
    if name not in names.tests and name not in names.conditions:
        yield document.error(
            f"'{name}' is no test and no condition",
            "use the id of a test in claims.yml, or add it to 'conditions' in sentences.yml",
            *keys,
        )


def _condition_faults(document: Document, names: Names) -> Iterator[UserError]:
    parts = {
        str(keys[-1]): (*strings(condition, "all_of"), *strings(condition, "any_of"))
        for keys, condition in named(document, "conditions")
    }
    for name, below in parts.items():
        keys = ("conditions", name)
        if name in names.tests:
            yield document.error(f"'{name}' is a test too", "rename the condition", *keys)
        for part in below:
            yield from _unjudged(document, keys, part, names)
        if name in _reached(name, parts):
            yield document.error(f"condition '{name}' rests on itself", "correct its parts", *keys)


def _reached(name: str, parts: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return every condition that `name` rests on, at any depth."""

    def below(of: str, seen: set[str]) -> Iterator[str]:
        for part in parts.get(of, ()):
            if part not in seen:
                seen.add(part)
                yield part
                yield from below(part, seen)

    return set(below(name, set()))
