"""A page for each claim: what it says, what it rests on, and what would change its verdict."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from itertools import pairwise

from compendium.claims.ledger import Estimate
from compendium.report.contents import ClaimPart, TablePart, TestPart
from compendium.report.found import interval_words, p_words
from compendium.report.site import words as w
from compendium.report.site.edition import (
    SIMULATED,
    Edition,
    address,
    anchor,
    badge,
    data_links,
    estimate_cell,
    method_words,
    value_link,
)
from compendium.report.site.html import (
    element,
    facts,
    folded,
    heading,
    link,
    listing,
    markdown_html,
    raw,
)
from compendium.report.site.shown import folded_tables, grid_scrolling, is_simulated
from compendium.report.site.start import claim_page, verdict_mark
from compendium.text import Lang


def claim_text(edition: Edition, claim: ClaimPart) -> str:
    """Write the page of a claim."""
    lang, here = edition.lang, claim_page(claim.id)
    lead = element("p", escape(claim.finding), class_="gr-lead") if claim.finding else ""
    summary = raw(lead + _verdict(edition, claim) + element("p", escape(claim.summary)))
    parts = [heading(1, f"{claim.id}. {claim.statement}"), summary]
    parts.append(heading(2, w.TESTS[lang]))
    for test in claim.tests:
        if not is_simulated_test(test):
            parts += [heading(3, test.label), raw(test_html(edition, here, test))]
    if said := _simulated(here, claim, lang):
        parts.append(raw(element("p", said, class_="gr-note")))
    parts += [heading(2, w.EXHIBITS[lang]), raw(_exhibits(edition, here, claim))]
    if edition.contents.plan.about.by_claim:
        parts += [heading(2, w.AGREEMENT[lang]), raw(_agreement(edition, claim))]
    parts += [heading(2, w.TURNING[lang]), raw(listing(escape(said) for said in claim.turning))]
    return "\n\n".join(parts) + "\n"


def _verdict(edition: Edition, claim: ClaimPart) -> str:
    lang = edition.lang
    return facts(
        [
            (w.VERDICT[lang], verdict_mark(claim)),
            (w.STRENGTH[lang], escape(claim.strength)),
            (w.RESTS_ON[lang], escape(claim.rests_on)),
            (w.LIMITS[lang], escape(claim.limits)),
        ]
    )


def is_simulated_test(test: TestPart) -> bool:
    """Whether a test ran on simulated data."""
    return test.result.evidence == "stand-in"


def _simulated(here: str, claim: ClaimPart, lang: Lang) -> str:
    """Say where the tests on simulated data stand, with how often they hold by mistake."""
    number = sum(map(is_simulated_test, claim.tests))
    if not number:
        return ""
    page = link(address(here, f"{SIMULATED}#{simulated_anchor(claim.id)}"), w.SIMULATED[lang])
    return (w.SIMULATED_TEST if number == 1 else w.SIMULATED_TESTS)[lang].format(
        number=number, page=page
    )


def simulated_anchor(claim: str) -> str:
    """Anchor of a claim's tests on the page of simulated data."""
    return anchor("simulated", claim)


def test_html(edition: Edition, here: str, test: TestPart) -> str:
    """Show a test: what it found, and folded how it was tested."""
    lang = edition.lang
    kind = test.result.outcome.replace(" ", "-")
    outcome = element("span", escape(test.outcome), class_=f"gr-outcome gr-outcome-{kind}")
    estimate = test.estimate
    found = _found(edition, here, estimate) if estimate else escape(w.WAS_NOT_RUN[lang])
    said = [
        (w.OUTCOME[lang], f"{outcome} {_mark(edition, test)}"),
        (w.PREDICATE[lang], escape(test.predicate)),
        (w.FOUND[lang], found),
    ]
    how = [(w.WHY[lang], escape(test.why)), (w.KNOWN[lang], escape(test.known))]
    if estimate:
        how += [
            (w.METHOD[lang], method_words(edition, here, estimate)),
            (w.TRAIL[lang], _trail(edition, here, estimate)),
        ]
    stand_in = "gr-test gr-stand-in" if is_simulated_test(test) else "gr-test"
    told = element("p", escape(test.sentence)) + facts(said)
    more = folded(w.HOW_TESTED[lang], facts(how))
    return element("div", told + more, class_=stand_in, id=test.id)


def _mark(edition: Edition, test: TestPart) -> str:
    if is_simulated_test(test):
        return badge("stand-in", edition.lang)
    return f"{badge(test.result.evidence, edition.lang)} <em>{escape(test.mark)}</em>"


def _found(edition: Edition, here: str, estimate: Estimate) -> str:
    lang = edition.lang
    counts = [f"n = {estimate.n:,}"] if estimate.n else []
    if estimate.n_clusters:
        counts.append(w.CLUSTERS[lang].format(f"{estimate.n_clusters:,}"))
    parts = [
        f"{value_link(edition, here, estimate)} {interval_words(estimate)}".strip(),
        escape(p_words(estimate)),
        *counts,
    ]
    return f"{escape(estimate.words(lang))}{w.COLON[lang]}" + w.SEMICOLON[lang].join(
        filter(None, parts)
    )


def _trail(edition: Edition, here: str, estimate: Estimate) -> str:
    cell = estimate_cell(here, estimate)
    return f"{cell} · {data_links(edition, here, estimate.dataset)}"


def _exhibits(edition: Edition, here: str, claim: ClaimPart) -> str:
    own = (edition.contents.exhibits[name] for name in claim.exhibits)
    notebooks = edition.contents.plan.notebooks
    mine = [
        part
        for part in own
        if not notebooks[part.recorded.exhibit.notebook].reads_ledger and not is_simulated(part)
    ]
    shown = list(folded_tables(edition, here, mine))
    return "\n".join(shown) or element("p", w.NO_EXHIBITS[edition.lang])


def _agreement(edition: Edition, claim: ClaimPart) -> str:
    sheets = (edition.contents.exhibits.get(name) for name in edition.contents.plan.about.by_claim)
    shown = [
        folded(part.title, _rows_of(part, claim.id))
        for part in sheets
        if isinstance(part, TablePart)
    ]
    return "\n".join(shown) or markdown_html(w.NO_AGREEMENT[edition.lang])


def _rows_of(part: TablePart, claim: str) -> str:
    """Show the rows of a table that speak of one claim, without the column that names it."""
    mine = part.recorded.frame["claim"] == claim
    kept = [i for i, column in enumerate(part.grid.columns) if column.name != "claim"]
    named = [row for row, keep in zip(part.grid.rows, mine, strict=True) if keep]
    rows = tuple(tuple(row[i] for i in kept) for row in named)
    repeats = any(one[0] == other[0] for one, other in pairwise(rows))
    columns = tuple(part.grid.columns[i] for i in kept)
    return grid_scrolling(replace(part.grid, columns=columns, rows=rows, depth=int(repeats)))
