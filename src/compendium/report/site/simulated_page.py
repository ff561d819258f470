"""The page of simulated data: one warning, then tests and exhibits that rest on them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from compendium.report.contents import Chapter, ClaimPart
from compendium.report.site import words as w
from compendium.report.site.claims import is_simulated_test, simulated_anchor, test_html
from compendium.report.site.edition import SIMULATED, Edition
from compendium.report.site.html import element, heading, raw
from compendium.report.site.shown import folded_tables


def simulated_page(edition: Edition) -> str:
    """Write the page; empty where nothing of the run rests on simulated data."""
    lang = edition.lang
    told = [part for claim in edition.contents.claims for part in _of_claim(edition, claim)]
    shown = [part for one in edition.parts.simulated for part in _of_notebook(edition, one)]
    if not told and not shown:
        return ""
    return (
        "\n\n".join([heading(1, w.SIMULATED[lang]), raw(_warning(edition)), *told, *shown]) + "\n"
    )


def _warning(edition: Edition) -> str:
    lang, about = edition.lang, edition.contents.plan.about
    said = [text[lang] for text in (w.STAND_IN, about.stand_in, w.FALSE_POSITIVES) if text]
    head = element("p", w.STAND_IN_HEAD[lang], class_="gr-head")
    paragraphs = "".join(element("p", escape(one)) for one in said)
    return element("div", head + paragraphs, class_="gr-warning", role="note")


def _of_claim(edition: Edition, claim: ClaimPart) -> Iterator[str]:
    tests = [test for test in claim.tests if is_simulated_test(test)]
    if not tests:
        return
    yield raw(element("div", id=simulated_anchor(claim.id)))
    yield heading(2, w.TESTS_OF[edition.lang].format(claim.id))
    for test in tests:
        yield heading(3, test.label)
        yield raw(test_html(edition, SIMULATED, test))


def _of_notebook(edition: Edition, chapter: Chapter) -> Iterator[str]:
    yield heading(2, chapter.title)
    yield raw("\n".join(folded_tables(edition, SIMULATED, chapter.exhibits)))
