"""The page of methods: text, formulas, references, and the estimates that each speaks of."""

from __future__ import annotations

import re
from html import escape

from compendium.exhibits.words import CLAUSE
from compendium.report.bibliography import Entry
from compendium.report.methods import Method, formula_svg
from compendium.report.site import words as w
from compendium.report.site.edition import METHODS, Edition, anchor
from compendium.report.site.html import element, facts, heading, link, listing, picture, raw
from compendium.stats.method_words import WORDS
from compendium.text import Lang

_PLACES = re.compile(r"\{[^}]*\}")
FORMULAS = "formulas"
"""Folder of the formulas, shared by both languages."""


def methods_page(edition: Edition) -> str:
    """Write the page of methods."""
    lang = edition.lang
    parts = [heading(1, w.METHODS[lang]), raw(element("p", w.METHODS_LEAD[lang]))]
    for method in edition.methods:
        parts += [heading(2, method.title[lang]), raw(_method(edition, method))]
    return "\n\n".join(parts) + "\n"


def formula_name(method: Method, i: int) -> str:
    """Name of the picture of a method's formula."""
    return f"{method.id}-{i + 1}.svg"


def _method(edition: Edition, method: Method) -> str:
    lang = edition.lang
    formulas = "".join(_formula(method, i) for i in range(len(method.formulas)))
    used = sum(method.explains(e.method_codes) for e in edition.contents.ledger.values())
    said = [
        (w.EXPLAINS[lang], _told(method.leads, lang)),
        (w.MENTIONS[lang], _told(method.mentions, lang)),
        (w.IN_THIS_RUN[lang], w.USED_FOR[lang].format(used)),
        (w.REFERENCES[lang], _references(method.references)),
    ]
    text = element("p", escape(method.text[lang]))
    return element(
        "div",
        f"{text}\n{formulas}\n{facts(said)}",
        class_="gr-method",
        id=anchor(METHODS, method.id),
    )


def _told(codes: tuple[str, ...], lang: Lang) -> str:
    """Write words of methods; what fills them differs from estimate to estimate."""
    told = dict.fromkeys(_PLACES.sub("…", WORDS[one][lang]) for one in codes)
    return CLAUSE[lang].join(map(escape, told))


def _formula(method: Method, i: int) -> str:
    latex = method.formulas[i]
    place = f"../{FORMULAS}/{formula_name(method, i)}"
    return element("p", picture(place, latex, formula_svg(latex)), class_="gr-formula")


def _references(references: tuple[Entry, ...]) -> str:
    return listing(map(_reference, references), lang="en") if references else ""


def _reference(reference: Entry) -> str:
    line = escape(reference.line)
    if not reference.doi:
        return line
    return f"{line} {link(f'https://doi.org/{reference.doi}', f'doi:{reference.doi}')}"
