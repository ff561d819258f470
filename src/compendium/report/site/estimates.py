"""The page of all estimates, and the list of those that one notebook recorded."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from compendium.claims.ledger import Estimate, to_digits
from compendium.exhibits.numbers import write_p
from compendium.report.found import interval_words, value_words
from compendium.report.site import words as w
from compendium.report.site.edition import (
    ESTIMATES,
    Edition,
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
    markdown_html,
    raw,
    table,
)

NUMERIC = frozenset(range(1, 5))


def estimates_page(edition: Edition) -> str:
    """Write the ledger as a page."""
    lang = edition.lang
    parts = [heading(1, w.ESTIMATES[lang]), raw(markdown_html(w.ESTIMATES_LEAD[lang]))]
    for name, estimates in edition.by_notebook().items():
        title = f"{name} · {edition.contents.plan.notebooks[name].title[lang]}"
        parts += [heading(2, title), raw(_ledger(edition, title, estimates))]
    return "\n\n".join(parts) + "\n"


def recorded_here(edition: Edition, here: str, estimates: Iterable[Estimate]) -> str:
    """List the estimates of a notebook, each with its row of the ledger and its cell."""
    lang = edition.lang
    rows = [
        (
            "",
            (
                escape(e.words(lang)),
                value_link(edition, here, e),
                interval_words(e),
                estimate_cell(here, e),
            ),
        )
        for e in estimates
    ]
    heads = (w.WHAT_ESTIMATED[lang], w.VALUE[lang], w.INTERVAL[lang], w.CELL[lang])
    told = table(w.RECORDED_HERE[lang], heads, rows, frozenset({1, 2}))
    return element("div", told, class_="gr-ledger")


def _ledger(edition: Edition, title: str, estimates: Iterable[Estimate]) -> str:
    lang = edition.lang
    heads = (w.WHAT_ESTIMATED[lang], w.VALUE[lang], w.INTERVAL[lang], w.P[lang], w.N[lang])
    rows = [(e.id, _row(edition, e)) for e in estimates]
    return element("div", table(title, heads, rows, NUMERIC), class_="gr-ledger")


def _row(edition: Edition, e: Estimate) -> tuple[str, ...]:
    exact = element("data", value_words(e, edition.lang), value=to_digits(e.value))
    return (
        f"{escape(e.words(edition.lang))} {_origin(edition, e)}",
        exact,
        interval_words(e),
        escape(write_p(e.p)) if e.p == e.p else "",
        f"{e.n:,}" if e.n else "",
    )


def _origin(edition: Edition, e: Estimate) -> str:
    """Fold where an estimate comes from behind its id."""
    lang = edition.lang
    clusters = f"{e.n_clusters:,}" if e.n_clusters else ""
    said = facts(
        [
            (w.METHOD[lang], method_words(edition, ESTIMATES, e)),
            (w.N_CLUSTERS[lang], clusters),
            (w.EVIDENCE[lang], badge(e.evidence, lang)),
            (w.CELL[lang], estimate_cell(ESTIMATES, e)),
            (w.DATA_USED[lang], data_links(edition, ESTIMATES, e.dataset)),
        ]
    )
    return folded(e.id, said)
