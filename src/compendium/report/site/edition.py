"""Everything that the pages of one language are written from, read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import isfinite
from typing import Any

from compendium.claims.ledger import Estimate
from compendium.claims.verdicts import EVIDENCE_WORDS
from compendium.data import Codebook
from compendium.data.codebook import Table
from compendium.data.external import ExternalSet, load_registry
from compendium.data.sheet import Sheet, read_sheet
from compendium.errors import UserError
from compendium.exhibits.words import EVIDENCE_WORDS as EVIDENCE_MARKS
from compendium.registry import program
from compendium.report.apart import Parted, parted
from compendium.report.contents import Contents
from compendium.report.found import value_words
from compendium.report.methods import Method, explanations, methods
from compendium.report.site.cells import Executed, executed
from compendium.report.site.html import code, element, link
from compendium.run_record import NAME as RUN_RECORD
from compendium.run_record import read
from compendium.survey import TABLE
from compendium.text import Lang

INDEX, ESTIMATES, METHODS, RUN, VERIFY = "index", "estimates", "methods", "run", "verify"
REFERENCES = "references"
TABLES = "table"
SIMULATED = "simulated"
SURVEY_PAGE, EXTERNAL_PAGE = "data/survey", "data/external"


@dataclass(frozen=True)
class Edition:
    """The site in one language.

    Attributes
    ----------
    contents
        What was recorded, in words of this language.
    sheet
        Reads a data table; both languages share what was read.
    """

    contents: Contents
    sheet: Callable[[Table], Sheet] = read_sheet

    @property
    def lang(self) -> Lang:
        """Language of the pages."""
        return self.contents.lang

    @cached_property
    def methods(self) -> tuple[Method, ...]:
        """What the methods do."""
        return methods(self.contents.root)

    @cached_property
    def run(self) -> Mapping[str, Any]:
        """The run record."""
        reports = self.contents.reports
        if not (found := read(reports)):
            mend = f"run again: {program()} run"
            raise UserError("the run record is missing", mend, file=reports / RUN_RECORD)
        return found

    @cached_property
    def registry(self) -> Mapping[str, ExternalSet]:
        """Data sets of others."""
        return load_registry(self.contents.root)

    @cached_property
    def parts(self) -> Parted:
        """Chapters, with what rests on simulated data alone kept apart."""
        return parted(self.contents)

    @property
    def books(self) -> tuple[Codebook, ...]:
        """Codebooks of all data folders."""
        return self.contents.vocabulary.books

    @cached_property
    def executed(self) -> Mapping[str, Executed]:
        """Executed notebooks by name."""
        found = {
            chapter.notebook: executed(self.contents, chapter.notebook)
            for chapter in self.contents.chapters
        }
        return {name: one for name, one in found.items() if one is not None}

    @cached_property
    def tables(self) -> Mapping[str, str]:
        """Page and anchor of each table and data set, by its name in the ledger."""
        shipped = {
            name: f"data/{book.folder}#{anchor(TABLES, name)}"
            for book in self.books
            for name in book.tables
        }
        foreign = {name: f"{EXTERNAL_PAGE}#{anchor(TABLES, name)}" for name in self.registry}
        return {**shipped, **foreign, TABLE: f"{SURVEY_PAGE}#{anchor(TABLES, TABLE)}"}

    def by_notebook(self) -> dict[str, list[Estimate]]:
        """Estimates by the notebook that recorded them, in the order of the plan."""
        found: dict[str, list[Estimate]] = {c.notebook: [] for c in self.contents.chapters}
        for estimate in self.contents.ledger.values():
            found.setdefault(estimate.notebook, []).append(estimate)
        return {name: estimates for name, estimates in found.items() if estimates}


def anchor(kind: str, name: str) -> str:
    """Anchor of a table or a method; its kind keeps it apart from the anchors of headings."""
    return f"{kind}-{name}"


def address(here: str, page: str) -> str:
    """Address of a page (with or without #anchor) from another page of the same language."""
    name, mark, place = page.partition("#")
    return f"{up(here)}{name}.html{mark}{place}"


def up(here: str) -> str:
    """Way from a page up to the folder of its language."""
    return "../" * here.count("/")


def badge(kind: str, lang: Lang) -> str:
    """Mark of a kind of evidence."""
    known = kind if kind in EVIDENCE_MARKS else "observed"
    words = EVIDENCE_WORDS[kind][lang]
    return element("span", escape(words), class_=f"gr-evidence gr-evidence-{known}")


def value_link(edition: Edition, here: str, estimate: Estimate) -> str:
    """Write the value of an estimate as the link to its row of the ledger."""
    return link(address(here, f"{ESTIMATES}#{estimate.id}"), value_words(estimate, edition.lang))


def cell_link(here: str, notebook: str, cell: str) -> str:
    """Write the link to a cell of a notebook's page, or to the page where the cell is unknown."""
    words = code(f"{notebook} · {cell}" if cell else notebook)
    place = f"#{cell}" if cell else ""
    return f'<a href="{escape(address(here, f"notebooks/{notebook}{place}"))}">{words}</a>'


def estimate_cell(here: str, estimate: Estimate) -> str:
    """Write the link to the cell that records an estimate."""
    return cell_link(here, estimate.notebook, estimate.cell)


def data_links(edition: Edition, here: str, names: str | tuple[str, ...]) -> str:
    """Write links to the tables of a ledger's dataset column, or of a colophon."""
    listed = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    return ", ".join(_data_link(edition, here, name) for name in listed if name)


def method_words(edition: Edition, here: str, estimate: Estimate) -> str:
    """Write an estimate's method with links to what explains it."""
    links = " ".join(
        link(address(here, f"{METHODS}#{anchor(METHODS, one.id)}"), one.title[edition.lang])
        for one in explanations(estimate.method_codes, edition.methods)
    )
    return f'{escape(estimate.method_in(edition.lang))} <span class="gr-explained">{links}</span>'


def refuse_unknown_values(contents: Contents) -> None:
    """Raise UserError at the first estimate without a value: nothing could be said of it."""
    for estimate in contents.ledger.values():
        if not isfinite(estimate.value):
            raise UserError(
                f"estimate {estimate.id} has no value",
                f"look into {estimate.notebook}, which recorded it",
                file=contents.reports / "estimates.csv",
                value=estimate.value,
            )


def _data_link(edition: Edition, here: str, name: str) -> str:
    page = edition.tables.get(name)
    if page is None:
        return code(name)
    return f'<a href="{escape(address(here, page))}">{code(name)}</a>'
