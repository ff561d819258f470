"""Checks that titles say what was found, in words and units that fit what they are chosen by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compendium.errors import UserError
from compendium.plan.directions import directions, sign_of, wrong_words
from compendium.plan.exhibits_file import sources_of
from compendium.plan.names import Files, Names, entries, named, nearest, strings, tests_of
from compendium.plan.templates import NUMBER_FIELDS, Template, TemplateError, parse_template
from compendium.strict_yaml import Document, KeyPath
from compendium.text import LANGS, Lang

POINTS: dict[Lang, tuple[str, ...]] = {"en": ("percentage point",), "zh": ("百分点",)}
"""What a text with a number in percentage points calls them."""
STYLES_OF = {"share": "points", "difference": "percent"}
"""Scale of an estimate -> the style that would give it another unit."""


@dataclass(frozen=True)
class Judged:
    """What outcomes are judged by, as the plan's files write it.

    Attributes
    ----------
    predicates, parts
        By test and condition: the predicate, and what a joined condition joins.
    scales
        By estimate.
    opposite
        Tests and conditions whose words run against the number that they are judged by.
    """

    predicates: Mapping[str, Any]
    parts: Mapping[str, tuple[str, ...]]
    scales: Mapping[str, str]
    opposite: frozenset[str]

    def sign(self, name: str) -> int:
        """Which way words for "holds" have to point; 0 where there is no direction."""
        sign = sign_of(name, self.predicates, self.parts)
        return -sign if name in self.opposite else sign


def title_faults(files: Files) -> Iterator[UserError]:
    """Find exhibits whose title names their topic only, or that lack a subtitle or a source."""
    loads = {str(entry.get("name")): sources_of(entry) for _, entry in _notebooks(files)}
    readers = {str(e.get("name")) for _, e in _notebooks(files) if e.get("reads_ledger")}
    for keys, exhibit in entries(files.exhibits, "exhibits"):
        yield from _message_faults(files.exhibits, keys, exhibit)
        name = str(exhibit.get("id", keys[-1]))
        if "subtitle" not in exhibit:
            mend = "add 'subtitle': what is measured, its unit, and of which years"
            yield files.exhibits.error(f"{name} has no subtitle", mend, *keys)
        notebook = str(exhibit.get("notebook", keys[-2]))
        known = loads.get(notebook, ())
        for source in strings(exhibit, "sources"):
            if source not in known:
                problem = f"{name} names the source '{source}', which {notebook} does not load"
                yield files.exhibits.error(problem, nearest(source, known), *keys, "sources")
        told = {"source", "sources"} & set(exhibit)
        if not told and len(known) > 1 and notebook not in readers:
            mend = f"add 'sources', those it rests on of: {', '.join(known)}"
            yield files.exhibits.error(f"{name} does not say its sources", mend, *keys)


def _notebooks(files: Files) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    return entries(files.exhibits, "notebooks")


def _message_faults(
    document: Document, keys: KeyPath, exhibit: Mapping[str, Any]
) -> Iterator[UserError]:
    """Find a title without estimate and outcome that nobody called descriptive, or the reverse."""
    title = exhibit.get("title")
    if not isinstance(title, dict):
        return
    says = any(map(_says_something, filter(None, (_parsed(title.get(lang)) for lang in LANGS))))
    name, why = exhibit.get("id", keys[-1]), exhibit.get("descriptive")
    if not says and not why:
        yield document.error(
            f"the title of {name} names its topic and says nothing that was found",
            "state an estimate or an outcome in a slot, or say under 'descriptive' why none can be",
            *keys,
            "title",
        )
    if says and why:
        problem = f"{name} is called descriptive, and its title says what was found"
        yield document.error(problem, "take 'descriptive' out", *keys, "descriptive")


def _says_something(template: Template) -> bool:
    return bool(template.choices) or any(
        slot.field in (*NUMBER_FIELDS, "outcome", "verdict") for slot in template.slots
    )


def _parsed(text: object) -> Template | None:
    try:
        return parse_template(text) if isinstance(text, str) else None
    except TemplateError:
        return None


def word_faults(
    judged: Judged, document: Document, keys: KeyPath, texts: Mapping[str, str]
) -> Iterator[UserError]:
    """Find words of a text that point the other way than their outcome, and wrong units."""
    for lang in LANGS:
        template = _parsed(texts[lang])
        if template is None:
            continue
        for choice in template.choices:
            sign = judged.sign(choice.name)
            words = wrong_words(choice, sign, lang) if sign else None
            if words is not None:
                yield document.error(
                    f"'{words}' says the reverse of the outcome of '{choice.name}'",
                    "correct the words, or name it under 'opposite' in sentences.yml with a reason",
                    *keys,
                    lang,
                )
        for problem in _unit_faults(template, texts[lang], lang, judged.scales):
            mend = "a share is 'percent', a difference of shares 'points' with that word behind it"
            yield document.error(problem, mend, *keys, lang)


def label_faults(judged: Judged, claims: Document) -> Iterator[UserError]:
    """Find labels of tests that point the other way than their predicate."""
    for keys, test in tests_of(claims):
        sign = judged.sign(str(test.get("id")))
        label: Any = test.get("label")
        said = label if isinstance(label, dict) and sign else {}
        for lang in LANGS:
            found = directions(str(said.get(lang, "")), lang)
            if found and sign not in found:
                yield claims.error(
                    f"the label says the reverse of what the predicate of '{test.get('id')}' asks",
                    "correct the words or the predicate",
                    *keys,
                    "label",
                    lang,
                )


def opposite_faults(files: Files, names: Names) -> Iterator[UserError]:
    """Find reasons for words that run against a number of which nothing is judged."""
    for name in files.sentences.at("opposite", default={}) if files.sentences else ():
        if name not in names.tests and name not in names.conditions:
            assert files.sentences is not None
            problem = f"'{name}' is no test and no condition"
            mend = nearest(name, [*names.tests, *names.conditions])
            yield files.sentences.error(problem, mend, "opposite", name)


def judged_in(files: Files) -> Judged:
    """Collect what outcomes are judged by."""
    tests = [entry for _, entry in tests_of(files.claims)]
    conditions = {str(keys[-1]): entry for keys, entry in named(files.sentences, "conditions")}
    predicates = {str(one.get("id")): one.get("predicate") for one in tests}
    predicates |= {name: one.get("predicate") for name, one in conditions.items()}
    scales = {
        str(one["estimate"]): str(one["scale"])
        for one in (*conditions.values(), *tests)
        if "estimate" in one and "scale" in one
    }
    joined = {
        name: (*strings(one, "all_of"), *strings(one, "any_of")) for name, one in conditions.items()
    }
    opposite = files.sentences.at("opposite", default={}) if files.sentences else {}
    return Judged(predicates, joined, scales, frozenset(opposite))


def _unit_faults(
    template: Template, text: str, lang: Lang, scales: Mapping[str, str]
) -> Iterator[str]:
    for slot in template.slots:
        if slot.style and slot.style == STYLES_OF.get(scales.get(slot.name, "")):
            yield f"'{slot.name}' is a {scales[slot.name]} and is written as {slot.style}"
    in_points = any(slot.style == "points" for slot in template.slots)
    says = any(word in text for word in POINTS[lang])
    if in_points and not says:
        yield f"a number in percentage points is not called so ({POINTS[lang][0]})"
    numbers = [slot for slot in template.slots if slot.style]
    if says and numbers and all(slot.style == "percent" for slot in numbers):
        yield f"a share in per cent is called so many percentage points ({POINTS[lang][0]})"
