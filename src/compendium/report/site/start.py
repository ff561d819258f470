"""The start page: what was found of each claim, its verdict, and how to read what follows."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from compendium.claims.verdicts import OUTCOME_WORDS
from compendium.exhibits.recorded import is_recorded
from compendium.exhibits.words import COLON, SEPARATOR
from compendium.plan.about import citation_of
from compendium.report.contents import ClaimPart
from compendium.report.site import words as w
from compendium.report.site.edition import Edition, address
from compendium.report.site.html import code, element, heading, link, listing, raw
from compendium.report.words import AUTHORS
from compendium.text import Lang

HERE = "index"


def start_page(edition: Edition, contents: str) -> str:
    """Write the start page; `contents` are the hidden lists of the other pages."""
    lang, about = edition.lang, edition.contents.plan.about
    what = (
        [heading(2, w.WHAT_THIS_IS[lang]), raw(element("p", escape(about.about[lang])))]
        if about.about
        else []
    )
    authors = SEPARATOR[lang].join(citation_of(edition.contents.root).authors)
    told = [f"{AUTHORS[lang]}{COLON[lang]}{authors}"] if authors else []
    lines = [*edition.contents.imprint[:1], *told, *edition.contents.imprint[1:]]
    imprint = "".join(element("p", escape(line)) for line in lines)
    parts = [
        heading(1, about.title[lang]),
        raw(element("p", escape(about.lead[lang]), class_="gr-lead")),
        heading(2, w.FINDINGS[lang]),
        raw(_findings(edition) + _missing(edition)),
        *what,
        raw(element("div", imprint, class_="gr-imprint")),
        heading(2, w.HOW_TO_READ[lang]),
        raw(listing(text[lang] for text in w.READING)),
        contents,
    ]
    return "\n\n".join(parts) + "\n"


def claim_page(claim: str) -> str:
    """Name of a claim's page."""
    return f"claims/{claim.lower()}"


def verdict_mark(claim: ClaimPart) -> str:
    """Write a verdict with its colour; the words alone say it too."""
    kind = claim.result.verdict.replace(" ", "-")
    return element("span", escape(claim.verdict), class_=f"gr-verdict gr-verdict-{kind}")


def _findings(edition: Edition) -> str:
    found = "".join(_finding(claim, edition.lang) for claim in edition.contents.claims)
    return element("div", found, class_="gr-findings")


def _finding(claim: ClaimPart, lang: Lang) -> str:
    """What was found, the verdict on which claim, and how strong it is."""
    named = link(address(HERE, claim_page(claim.id)), f"{claim.id}. {claim.statement}")
    counts = "".join(element("span", words, class_="gr-count") for words in _counts(claim, lang))
    return element(
        "section",
        element("p", escape(claim.finding), class_="gr-finding")
        + element("p", f"{verdict_mark(claim)} {named}")
        + element("p", f"{escape(claim.strength)} {counts}", class_="gr-small"),
        id=claim.id,
    )


def _counts(claim: ClaimPart, lang: Lang) -> Iterator[str]:
    """How many tests can't count, and why."""
    tests = claim.result.results
    idle = sum(test.outcome == "not run" for test in tests)
    checks = sum(test.evidence == "stand-in" for test in tests)
    counted = sum(test.counts for test in tests)
    numbers = {
        w.COUNTED: counted,
        w.NOT_COUNTED: len(tests) - counted - idle - checks,
        OUTCOME_WORDS["not run"]: idle,
        w.CHECKS: checks,
    }
    for words, number in numbers.items():
        if number:
            yield f"{words[lang]}{w.COLON[lang]}{number}"


def _missing(edition: Edition) -> str:
    said = []
    absent, partial = _absent(edition), sorted(set(_unmade(edition)))
    if absent:
        said.append(element("p", w.MISSING_EXTERNAL[edition.lang]))
    if partial:
        names = ", ".join(code(name) for name in partial)
        said.append(element("p", w.MISSING_PARTIAL[edition.lang].format(names)))
    return "".join(said)


def _absent(edition: Edition) -> bool:
    contents = edition.contents
    return any(
        exhibit.external_only and not is_recorded(contents.reports, exhibit.id)
        for exhibit in contents.plan.exhibits.values()
    )


def _unmade(edition: Edition) -> Iterator[str]:
    """Notebooks of planned exhibits that did not run."""
    contents = edition.contents
    for exhibit in contents.plan.exhibits.values():
        if not exhibit.external_only and not is_recorded(contents.reports, exhibit.id):
            yield exhibit.notebook
