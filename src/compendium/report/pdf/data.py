"""What the PDF says, as plain data for its template: no markup, so nothing has to be escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compendium import __version__
from compendium.exhibits.canvas import claim_words
from compendium.exhibits.grid import Grid, GridColumn
from compendium.exhibits.words import COLON, EVIDENCE_WORDS, SEPARATOR, STOP
from compendium.plan.about import citation_of
from compendium.registry import program
from compendium.report.apart import (
    SIMULATED,
    FalsePositives,
    data_tests,
    false_positives,
    parted,
    simulated_line,
    simulated_tests,
)
from compendium.report.bare import bare_svg
from compendium.report.bibliography import BIBLIOGRAPHY
from compendium.report.contents import Chapter, ClaimPart, Contents, FigurePart, TablePart, TestPart
from compendium.report.found import found_words, p_words
from compendium.report.methods import Method, formula_svg, reference_words
from compendium.report.origin import DataSource, data_sources, run_lines
from compendium.report.printed import BADGE, decimal_parts, imprint, noted, printed
from compendium.report.widths import AIR, room_of
from compendium.report.words import (
    DATA_LEAD,
    HOW_TO_READ,
    ORIGIN,
    REFERENCES,
    REFERENCES_LEAD,
    SIMULATED_LEAD,
    SIMULATED_WARNING,
)
from compendium.report.words import PDF_WORDS as WORDS
from compendium.text import Lang

LARGEST_TYPE = 8.5
"""Type of tables in points, where they fit."""
LEAST_SCALE = 0.6
"""Scale below which a figure's type can't be read: it is then refused."""
TEXT_WIDTHS = {False: 459.0, True: 706.0}
"""Width between the margins in points: standing pages, and pages on their side."""
FORMULA_SCALE = 10 / 13
"""Formulas are drawn for text of 13 points."""


@dataclass(frozen=True)
class Data:
    """A document for the template and the pictures it names, as files or as bytes."""

    document: dict[str, Any]
    pictures: dict[str, Path | bytes] = field(default_factory=dict)


def data_of(contents: Contents) -> Data:
    """Arrange the contents of a report for the template."""
    lang, about = contents.lang, contents.plan.about
    citation, rates, parts = citation_of(contents.root), false_positives(contents), parted(contents)
    document = {
        "lang": lang,
        "region": "cn" if lang == "zh" else "us",
        "title": about.title[lang],
        "authors": list(citation.authors),
        "keywords": list(about.keywords.get(lang, ())),
        "lead": about.lead[lang],
        "article": contents.imprint,
        "about": about.about[lang] if about.about else "",
        "imprint": imprint(citation, lang),
        "origin": ORIGIN[lang].format(program=program(), version=__version__),
        "version": f"{program()} {__version__}",
        "words": _words(lang),
        "claims": [_claim(claim, contents, rates, parts.ids) for claim in contents.claims],
        "chapters": [_chapter(chapter) for chapter in parts.main],
        "further": [_chapter(chapter) for chapter in parts.further],
        "methods": [_method(method, lang) for method in contents.methods],
        "data-lead": DATA_LEAD[lang],
        "data": [_source(source, lang) for source in data_sources(contents)],
        "references-lead": REFERENCES_LEAD[lang].format(file=BIBLIOGRAPHY),
        "references": list(_references(contents, ("article", ""))),
        "sources": list(_references(contents, ("data",))),
        "warning": SIMULATED_WARNING[lang],
        "warning-lead": SIMULATED_LEAD[lang],
        "warning-why": about.stand_in[lang] if about.stand_in else "",
        "simulated-claims": list(_simulated_claims(contents, rates)),
        "simulated": [_chapter(chapter) for chapter in parts.simulated],
        "colophon": list(run_lines(contents)),
    }
    return Data(document, _pictures(contents))


def _simulated_claims(
    contents: Contents, rates: Mapping[str, FalsePositives]
) -> Iterator[dict[str, Any]]:
    for claim in contents.claims:
        tests = simulated_tests(claim)
        told = [
            {**_test(t, contents.lang), "rate": rates[t.id].words() if t.id in rates else "–"}
            for t in tests
        ]
        if told:
            yield {"id": claim.id, "statement": claim.statement, "tests": told}


def _words(lang: Lang) -> dict[str, str]:
    return {
        **{name: text[lang] for name, text in WORDS.items()},
        "how": HOW_TO_READ[lang],
        "colon": COLON[lang],
        "stop": STOP[lang],
        "separator": SEPARATOR[lang],
    }


def _pictures(contents: Contents) -> dict[str, Path | bytes]:
    figures = (part for part in contents.exhibits.values() if isinstance(part, FigurePart))
    formulas = {
        _formula_name(method, i): formula_svg(latex)
        for method in contents.methods
        for i, latex in enumerate(method.formulas)
    }
    return {**{f"{part.id}.svg": bare_svg(part.picture("svg")) for part in figures}, **formulas}


def _references(contents: Contents, keywords: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for keyword in keywords:
        listed = [
            {"text": entry.words(contents.lang), "address": entry.address}
            for entry in contents.bibliography
            if entry["keywords"] == keyword
        ]
        if listed:
            yield {"heading": REFERENCES[keyword][contents.lang], "entries": listed}


def _method(method: Method, lang: Lang) -> dict[str, Any]:
    return {
        "title": method.title[lang],
        "text": method.text[lang].strip().split("\n\n"),
        "formulas": [
            {"picture": _formula_name(method, i), "alt": latex, "height": _height(latex)}
            for i, latex in enumerate(method.formulas)
        ],
        "references": [reference_words(reference) for reference in method.references],
    }


def _formula_name(method: Method, i: int) -> str:
    return f"formula-{method.id}-{i}.svg"


def _height(latex: str) -> float:
    """Height of a formula in points, beside text of 10 points."""
    found = re.search(rb'<svg[^>]* height="([0-9.]+)pt"', formula_svg(latex))
    assert found is not None, latex
    return round(float(found[1]) * FORMULA_SCALE, 2)


def _claim(
    claim: ClaimPart,
    contents: Contents,
    rates: Mapping[str, FalsePositives],
    shown: frozenset[str],
) -> dict[str, Any]:
    lang = contents.lang
    return {
        "id": claim.id,
        "statement": claim.statement,
        "finding": claim.finding,
        "verdict": claim.verdict,
        "strength": claim.strength,
        "rests": claim.rests_on,
        "summary": claim.summary,
        "tests": [_test(test, lang) for test in data_tests(claim)],
        "simulated": simulated_line(claim, rates, lang),
        "turning": " ".join(claim.turning),
        "limits": claim.limits,
        "exhibits": [name for name in claim.exhibits if name in shown],
    }


def _test(test: TestPart, lang: Lang) -> dict[str, Any]:
    estimate = test.estimate
    found = [found_words(estimate, lang), p_words(estimate)] if estimate else []
    return {
        "label": test.label,
        "outcome": test.outcome,
        "mark": test.mark,
        "found": SEPARATOR["en"].join(filter(None, found)),
        "predicate": test.predicate,
        "method": estimate.method_in(lang) if estimate else "",
        "sentence": test.sentence,
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {"title": chapter.title, "exhibits": [_exhibit(part) for part in chapter.exhibits]}


def _exhibit(part: FigurePart | TablePart) -> dict[str, Any]:
    if isinstance(part, TablePart):
        return table_data(part.grid)
    exhibit, lang = part.recorded.exhibit, part.lang
    marks = [words[lang] for kind, words in EVIDENCE_WORDS.items() if kind in exhibit.evidence]
    claims = claim_words(exhibit.claims, lang) if exhibit.claims else ""
    return {
        "kind": "figure",
        "id": part.id,
        "title": part.title,
        "badge": BADGE.join(filter(None, (*marks, claims))),
        "simulated": SIMULATED in exhibit.evidence,
        "subtitle": exhibit.subtitle[lang] if exhibit.subtitle else "",
        "note": noted(part.note, lang),
        "source": exhibit.source[lang] if exhibit.source else "",
        "alt": part.alt,
        "picture": f"{part.id}.svg",
        "least": LEAST_SCALE,
        "wide": False,
    }


def table_data(grid: Grid) -> dict[str, Any]:
    """Arrange a table for the template: type size, column widths and cells that span rows."""
    grid, said = printed(grid)
    room = room_of(grid)
    return {
        "kind": "table",
        "id": grid.id,
        "title": grid.title,
        "badge": BADGE.join(filter(None, (*(words for _, words in grid.marks), grid.claims))),
        "simulated": grid.stands_in,
        "subtitle": grid.subtitle,
        "note": noted(grid.note, grid.lang),
        "source": grid.source,
        "said": [{"of": one.of, "text": one.text} for one in said],
        "size": room.type_size(TEXT_WIDTHS[room.turned], LARGEST_TYPE),
        "wide": room.turned,
        "over": grid.over,
        "paired": grid.paired,
        "columns": [
            _column(column, length)
            for column, length in zip(grid.columns, room.columns, strict=True)
        ],
        "rows": list(_rows(grid)),
    }


def _column(column: GridColumn, length: int) -> dict[str, Any]:
    return {"heading": column.heading, "numeric": column.numeric, "width": length + AIR}


def _rows(grid: Grid) -> Iterator[dict[str, Any]]:
    for i, row in enumerate(grid.rows):
        cells = [
            {"text": text, "span": grid.span(i, k), "column": k, **_decimal(grid, text, k)}
            for k, text in enumerate(row)
            if grid.span(i, k)
        ]
        first = grid.closes(i) if grid.paired else grid.begins_group(i)
        yield {"first": first, "cells": cells}


def _decimal(grid: Grid, text: str, column: int) -> dict[str, Any]:
    """Parts of a number of a regression table, which stands by its decimal point."""
    parts = decimal_parts(text) if grid.paired and column else None
    return {"left": parts[0], "right": parts[1]} if parts else {}


def _source(source: DataSource, lang: Lang) -> dict[str, str]:
    return {
        "label": source.label[lang],
        "unit": source.unit[lang],
        "rows": f"{source.rows:,}" if source.rows is not None else "–",
        "licence": source.licence,
        "hash": source.short_hash,
    }
