"""The page of references: the article, sources of data, publications on methods."""

from __future__ import annotations

from html import escape

from compendium.report.bibliography import BIBLIOGRAPHY, Entry
from compendium.report.site.edition import Edition
from compendium.report.site.html import element, heading, link, listing, raw
from compendium.report.words import PDF_WORDS, REFERENCES, REFERENCES_LEAD
from compendium.text import Lang


def references_page(edition: Edition) -> str:
    """Write the page of references."""
    lang, entries = edition.lang, edition.contents.bibliography
    lead = escape(REFERENCES_LEAD[lang].format(file=BIBLIOGRAPHY))
    parts = [heading(1, PDF_WORDS["references"][lang]), raw(element("p", lead))]
    for keyword, words in REFERENCES.items():
        listed = [_entry(entry, lang) for entry in entries if entry["keywords"] == keyword]
        parts += [heading(2, words[lang]), raw(listing(listed))]
    return "\n\n".join(parts) + "\n"


def _entry(entry: Entry, lang: Lang) -> str:
    address = f" {link(entry.address, entry.address)}" if entry.address else ""
    return f"{escape(entry.words(lang))}{address}"
