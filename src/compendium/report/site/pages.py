"""Every page of one language, and the lists that lead to them."""

from __future__ import annotations

from collections.abc import Iterator

from compendium.report.site import words as w
from compendium.report.site.claims import claim_text
from compendium.report.site.data_pages import data_page, external_page
from compendium.report.site.edition import (
    ESTIMATES,
    EXTERNAL_PAGE,
    INDEX,
    METHODS,
    REFERENCES,
    RUN,
    SIMULATED,
    VERIFY,
    Edition,
)
from compendium.report.site.estimates import estimates_page
from compendium.report.site.html import fenced
from compendium.report.site.methods_page import methods_page
from compendium.report.site.notebooks import notebook_page
from compendium.report.site.record import run_page, verify_page
from compendium.report.site.references_page import references_page
from compendium.report.site.simulated_page import simulated_page
from compendium.report.site.start import claim_page, start_page
from compendium.report.words import PDF_WORDS
from compendium.text import one_line


def pages(edition: Edition) -> dict[str, str]:
    """Sources of all pages, by file name; each page has the same name in every language."""
    contents = edition.contents
    told = simulated_page(edition)
    written = {f"{INDEX}.md": start_page(edition, "\n".join(_lists(edition, bool(told))))}
    for claim in contents.claims:
        written[f"{claim_page(claim.id)}.md"] = claim_text(edition, claim)
    for chapter in contents.chapters:
        suffix, text = notebook_page(edition, chapter)
        written[f"notebooks/{chapter.notebook}{suffix}"] = text
    for book in edition.books:
        written[f"data/{book.folder}.md"] = data_page(edition, book)
    if edition.registry:
        written[f"{EXTERNAL_PAGE}.md"] = external_page(edition)
    if told:
        written[f"{SIMULATED}.md"] = told
    written[f"{ESTIMATES}.md"] = estimates_page(edition)
    written[f"{METHODS}.md"] = methods_page(edition)
    if contents.bibliography:
        written[f"{REFERENCES}.md"] = references_page(edition)
    written[f"{RUN}.md"] = run_page(edition)
    written[f"{VERIFY}.md"] = verify_page(edition)
    return written


def _lists(edition: Edition, has_simulated: bool) -> Iterator[str]:
    contents, lang = edition.contents, edition.lang
    claims = {claim_page(c.id): f"{c.id} · {c.verdict}" for c in contents.claims}
    notebooks = {f"notebooks/{c.notebook}": c.title for c in contents.chapters}
    data = {f"data/{book.folder}": book.title[lang] for book in edition.books}
    if edition.registry:
        data[EXTERNAL_PAGE] = w.EXTERNAL_TITLE[lang]
    behind = {
        **({SIMULATED: w.SIMULATED[lang]} if has_simulated else {}),
        ESTIMATES: w.ESTIMATES[lang],
        METHODS: w.METHODS[lang],
        **({REFERENCES: PDF_WORDS["references"][lang]} if contents.bibliography else {}),
        RUN: w.RUN_RECORD[lang],
        VERIFY: w.VERIFY[lang],
    }
    for caption, listed in (
        (w.CLAIMS, claims),
        (w.NOTEBOOKS, notebooks),
        (w.BACKGROUND, behind),
        (w.DATA, data),
    ):
        yield _list(caption[lang], listed)


def _list(caption: str, listed: dict[str, str]) -> str:
    # Sphinx takes a line with :// anywhere for a foreign address and leaves the page out.
    titles = {name: one_line(title).replace("://", ":\u2060//") for name, title in listed.items()}
    lines = "\n".join(f"{title} <{name}>" for name, title in titles.items())
    return fenced("toctree", f":hidden:\n:caption: {caption}\n\n{lines}") + "\n"
