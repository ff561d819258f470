"""The start page: the claims, their verdicts, and how to read what follows."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from compendium.claims.verdicts import OUTCOME_WORDS
from compendium.exhibits.recorded import is_recorded
from compendium.report.contents import ClaimPart
from compendium.report.site import words as w
from compendium.report.site.edition import Edition, address
from compendium.report.site.html import code, element, heading, link, listing, raw, table
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
    tested = escape(edition.contents.tested)
    parts = [
        heading(1, about.title[lang]),
        raw(
            element("p", escape(about.lead[lang]), class_="gr-lead")
            + (element("p", tested) if tested else "")
            + _warning(edition)
        ),
        heading(2, w.VERDICTS[lang]),
        raw(_verdicts(edition) + _missing(edition)),
        heading(2, w.HOW_TO_READ[lang]),
        raw(listing(text[lang] for text in w.READING)),
        *what,
        contents,
    ]
    return "\n\n".join(parts) + "\n"


def _warning(edition: Edition) -> str:
    """Say what made-up answers are, where the study has any."""
    lang, plan = edition.lang, edition.contents.plan
    if not any(notebook.survey for notebook in plan.notebooks.values()):
        return ""
    head = element("p", w.STAND_IN_HEAD[lang], class_="gr-head")
    said = [text[lang] for text in (w.STAND_IN, plan.about.stand_in) if text]
    paragraphs = "".join(element("p", escape(one)) for one in said)
    return element("div", head + paragraphs, class_="gr-warning", role="note")


def claim_page(claim: str) -> str:
    """Name of a claim's page."""
    return f"claims/{claim.lower()}"


def verdict_mark(claim: ClaimPart) -> str:
    """Write a verdict with its colour; the words alone say it too."""
    kind = claim.result.verdict.replace(" ", "-")
    return element("span", escape(claim.verdict), class_=f"gr-verdict gr-verdict-{kind}")


def _verdicts(edition: Edition) -> str:
    lang = edition.lang
    heads = (w.CLAIM[lang], w.VERDICT[lang], w.STRENGTH[lang], w.TESTS[lang])
    rows = [(claim.id, _row(claim, lang)) for claim in edition.contents.claims]
    return element("div", table(w.VERDICTS[lang], heads, rows), class_="gr-verdicts")


def _row(claim: ClaimPart, lang: Lang) -> tuple[str, ...]:
    named = link(address(HERE, claim_page(claim.id)), f"{claim.id}. {claim.statement}")
    counts = "".join(element("span", words, class_="gr-count") for words in _counts(claim, lang))
    return named, verdict_mark(claim), escape(claim.strength), counts


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
