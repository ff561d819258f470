"""What a report has to say, from its contents alone, piece by piece."""

import re
from collections.abc import Iterator
from html import unescape

from compendium.exhibits.grid import Grid
from compendium.report.contents import ClaimPart, Contents, TablePart
from compendium.report.found import found_words, p_words

_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def visible_text(html: str) -> str:
    """What a reader sees of a page: text and alternative texts, no tags, no scripts."""
    alts = re.findall(r'\balt="([^"]*)"', html)
    seen = _TAG.sub(" ", _UNSEEN.sub(" ", html))
    return unescape(re.sub(r"\s+", " ", " ".join([seen, *alts]))).strip()


def of_grid(grid: Grid) -> Iterator[str]:
    """Title, headings, note and colophon of a table, and the cells that are printed."""
    yield from (grid.title, grid.subtitle, grid.note, grid.source, grid.colophon)
    yield from (grid.claims, grid.over)
    yield from (column.heading for column in grid.columns)
    for i, row in enumerate(grid.rows):
        yield from (text for k, text in enumerate(row) if grid.span(i, k))


def of_claim(claim: ClaimPart, lang: str) -> Iterator[str]:
    """What is said of a claim and its tests."""
    yield from (
        claim.id,
        claim.statement,
        claim.finding,
        claim.summary,
        claim.verdict,
        claim.strength,
        claim.rests_on,
        claim.limits,
    )
    yield from claim.turning
    for test in claim.tests:
        yield from (test.label, test.sentence, test.mark, test.predicate, test.outcome)
        if test.estimate:
            yield from (found_words(test.estimate, lang), p_words(test.estimate))
            yield test.estimate.method_in(lang)


def grids(contents: Contents) -> list[Grid]:
    """Every table in words."""
    return [part.grid for part in contents.exhibits.values() if isinstance(part, TablePart)]
