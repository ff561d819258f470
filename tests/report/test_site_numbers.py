"""Every number that the site shows of claims, tests and estimates is in the ledger."""

import re

import pytest
import sites
from said import of_claim, of_grid, visible_text
from tracing import numbers_in, untraced

from compendium.claims.ledger import to_digits
from compendium.exhibits.numbers import write_p
from compendium.report.contents import TablePart
from compendium.report.found import interval_words, value_words
from compendium.report.site import words
from compendium.text import LANGS, Text

CELL = re.compile(r"cell-\d+")
ROW = re.compile(r'<tr id="([^"]+)".*?</tr>', re.DOTALL)


@pytest.fixture(scope="module")
def built(reported):
    return sites.built(reported)


def fixed_words(lang):
    """Words of the site's own, where numbers are names of pages and formats."""
    return [value[lang] for value in vars(words).values() if isinstance(value, Text)]


def of_estimate(estimate, lang):
    yield from (estimate.id, estimate.words(lang), estimate.method_in(lang), estimate.dataset)
    yield from (estimate.notebook, value_words(estimate, lang), interval_words(estimate))
    yield from (write_p(estimate.p), f"{estimate.n:,}", f"{estimate.n_clusters:,}")
    yield from (to_digits(estimate.value), to_digits(estimate.level))


def said_of(claim, contents):
    """Everything that a claim's page may say, piece by piece."""
    lang = contents.lang
    yield from of_claim(claim, lang)
    for test in claim.tests:
        yield from (test.label, test.why, test.known, test.outcome)
        yield from of_estimate(test.estimate, lang) if test.estimate else ()
    for name in (*claim.exhibits, "tab-agreement-sheet", "tab-agreement-summary"):
        part = contents.exhibits[name]
        yield from (part.id, part.title, part.note, part.recorded.exhibit.notebook)
        planned = part.recorded.exhibit
        yield from (text[lang] for text in (planned.subtitle, planned.source) if text)
        yield part.recorded.colophon.line(lang)
        yield from of_grid(part.grid) if isinstance(part, TablePart) else [part.alt]
    yield from (c.statement for c in contents.claims)
    yield from (f"{c.id} {c.id} {c.id}" for c in contents.claims)
    yield from (n.title[lang] for n in contents.plan.notebooks.values())
    yield from (book.title[lang] for book in contents.vocabulary.books)
    yield from fixed_words(lang)


def main_of(path):
    page = path.read_text(encoding="utf-8")
    return page[page.index("<main") : page.index("</main>")]


def page_numbers(html):
    return numbers_in(CELL.sub("", visible_text(html)))


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_of_a_claims_page_is_in_the_ledger_or_its_exhibits(built, contents, lang):
    for claim in contents[lang].claims:
        found = page_numbers(main_of(built / lang / "claims" / f"{claim.id.lower()}.html"))
        # A caption stands over its table, and a picture's words beside it: twice is no other number.
        said = numbers_in(said_of(claim, contents[lang]))
        assert not set(untraced(found, said)) - set(said), claim.id


@pytest.mark.parametrize("lang", LANGS)
def test_each_test_shows_its_estimates_numbers_and_no_other(built, contents, lang):
    for claim in contents[lang].claims:
        page = main_of(built / lang / "claims" / f"{claim.id.lower()}.html")
        for test in claim.tests:
            if test.result.evidence == "stand-in":
                continue  # on the page of simulated data
            start = page.index(f'id="{test.id}"')
            block = page[start : page.index("</dl>", start)]
            pieces = [test.sentence, test.predicate, test.why, test.known, test.mark]
            pieces += of_estimate(test.estimate, lang) if test.estimate else []
            pieces += fixed_words(lang)
            assert not untraced(page_numbers(f"<p {block}"), numbers_in(pieces)), test.id


@pytest.mark.parametrize("lang", LANGS)
def test_every_row_of_the_ledgers_page_is_its_estimate(built, contents, lang):
    page = main_of(built / lang / "estimates.html")
    rows = {found[1]: found[0] for found in ROW.finditer(page)}
    assert set(rows) == set(contents[lang].ledger)
    for name, row in rows.items():
        assert numbers_of_row(row, contents[lang], name) == [], name


def numbers_of_row(row, contents, name):
    """Numbers of a row that its estimate does not have, apart from links to methods and data."""
    pieces = [*of_estimate(contents.ledger[name], contents.lang), *fixed_words(contents.lang)]
    pieces += [method.title[contents.lang] for method in contents.methods]
    return sorted(untraced(page_numbers(row), numbers_in(pieces)))


def test_one_digit_altered_by_hand_in_the_page_is_found(built, contents):
    page = main_of(built / "en" / "estimates.html")
    row = next(f[0] for f in ROW.finditer(page) if f[1] == "tiers.reach.township_or_below")
    assert numbers_of_row(row, contents["en"], "tiers.reach.township_or_below") == []
    altered = row.replace("0.674", "0.675")
    assert altered != row
    assert numbers_of_row(altered, contents["en"], "tiers.reach.township_or_below") == ["0.675"]
