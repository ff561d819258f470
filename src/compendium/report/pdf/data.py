"""What the PDF says, as plain data for its template: no markup, so nothing has to be escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compendium import __version__
from compendium.exhibits.grid import Grid, GridColumn
from compendium.exhibits.words import COLON, SEPARATOR, STOP
from compendium.plan.about import authors_of
from compendium.registry import program
from compendium.report.bibliography import BIBLIOGRAPHY
from compendium.report.contents import Chapter, ClaimPart, Contents, FigurePart, TablePart, TestPart
from compendium.report.found import found_words, p_words
from compendium.report.methods import Method, formula_svg, reference_words
from compendium.report.origin import DataSource, data_sources, run_lines
from compendium.report.widths import SHORT_CELL, room_of
from compendium.report.words import (
    DATA_LEAD,
    HOW_TO_READ,
    ORIGIN,
    REFERENCES,
    REFERENCES_LEAD,
    STANDIN_WARNING,
)
from compendium.report.words import PDF_WORDS as WORDS
from compendium.text import Lang

LARGEST_TYPE = 8.5
"""Type of tables in points, where they fit."""
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
    standin = any(e.evidence == "stand-in" for e in contents.ledger.values())
    document = {
        "lang": lang,
        "region": "cn" if lang == "zh" else "us",
        "title": about.title[lang],
        "authors": authors_of(contents.root),
        "keywords": list(about.keywords.get(lang, ())),
        "lead": about.lead[lang],
        "imprint": list(contents.imprint),
        "about": about.about[lang] if about.about else "",
        "origin": ORIGIN[lang].format(program=program(), version=__version__),
        "version": f"{program()} {__version__}",
        "warning": STANDIN_WARNING[lang] if standin else "",
        "words": _words(lang),
        "claims": [_claim(claim, lang) for claim in contents.claims],
        "chapters": [_chapter(chapter) for chapter in contents.chapters if chapter.exhibits],
        "methods": [_method(method, lang) for method in contents.methods],
        "data-lead": DATA_LEAD[lang],
        "data": [_source(source, lang) for source in data_sources(contents)],
        "references-lead": REFERENCES_LEAD[lang].format(file=BIBLIOGRAPHY),
        "references": list(_references(contents)),
        "colophon": list(run_lines(contents)),
    }
    return Data(document, _pictures(contents))


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
    return {**{f"{part.id}.svg": part.picture("svg") for part in figures}, **formulas}


def _references(contents: Contents) -> Iterator[dict[str, Any]]:
    for keyword, heading in REFERENCES.items():
        listed = [
            {"text": entry.words(contents.lang), "address": entry.address}
            for entry in contents.bibliography
            if entry["keywords"] == keyword
        ]
        if listed:
            yield {"heading": heading[contents.lang], "entries": listed}


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


def _claim(claim: ClaimPart, lang: Lang) -> dict[str, Any]:
    return {
        "id": claim.id,
        "statement": claim.statement,
        "finding": claim.finding,
        "verdict": claim.verdict,
        "strength": claim.strength,
        "rests": claim.rests_on,
        "summary": claim.summary,
        "tests": [_test(test, lang) for test in claim.tests],
        "turning": " ".join(claim.turning),
        "limits": claim.limits,
        "exhibits": list(claim.exhibits),
    }


def _test(test: TestPart, lang: Lang) -> dict[str, Any]:
    estimate = test.estimate
    found = [found_words(estimate, lang), p_words(estimate)] if estimate else []
    return {
        "label": test.label,
        "outcome": test.outcome,
        "mark": test.mark,
        "standin": test.result.evidence == "stand-in",
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
    return {
        "kind": "figure",
        "id": part.id,
        "title": part.title,
        "alt": part.alt,
        "picture": f"{part.id}.svg",
    }


def table_data(grid: Grid) -> dict[str, Any]:
    """Arrange a table for the template: type size, column widths and cells that span rows."""
    room = room_of(grid)
    return {
        "kind": "table",
        "id": grid.id,
        "title": grid.title,
        "marks": [{"kind": kind, "words": words} for kind, words in grid.marks],
        "claims": grid.claims,
        "subtitle": grid.subtitle,
        "note": grid.note,
        "source": grid.source,
        "colophon": grid.colophon,
        "size": room.type_size(TEXT_WIDTHS[room.turned], LARGEST_TYPE),
        "wide": room.turned,
        "columns": [
            _column(column, length)
            for column, length in zip(grid.columns, room.columns, strict=True)
        ],
        "rows": list(_rows(grid)),
    }


def _column(column: GridColumn, length: int) -> dict[str, Any]:
    width = 0 if column.numeric or length <= SHORT_CELL else length
    return {"heading": column.heading, "numeric": column.numeric, "width": width}


def _rows(grid: Grid) -> Iterator[dict[str, Any]]:
    for i, row in enumerate(grid.rows):
        spans = [grid.span(i, k) for k in range(len(row))]
        cells = [
            {"text": text, "span": span} for text, span in zip(row, spans, strict=True) if span
        ]
        yield {"first": grid.begins_group(i), "cells": cells}


def _source(source: DataSource, lang: Lang) -> dict[str, str]:
    return {
        "label": source.label[lang],
        "unit": source.unit[lang],
        "rows": f"{source.rows:,}" if source.rows is not None else "–",
        "licence": source.licence,
        "hash": source.short_hash,
    }
