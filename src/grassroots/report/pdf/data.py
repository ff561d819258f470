"""What the PDF says, as plain data for its template: no markup, so nothing has to be escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grassroots import __version__
from grassroots.exhibits.grid import Grid, GridColumn
from grassroots.exhibits.words import COLON, SEPARATOR, STOP
from grassroots.report.contents import (
    Chapter,
    ClaimPart,
    Contents,
    FigurePart,
    TablePart,
    TestPart,
)
from grassroots.report.found import found_words, p_words
from grassroots.report.origin import DataSource, data_sources, run_lines
from grassroots.report.words import (
    AUTHORS,
    DATA_LEAD,
    HOW_TO_READ,
    KEYWORDS,
    LEAD,
    ORIGIN,
    STANDIN_WARNING,
    TITLE,
)
from grassroots.report.words import PDF_WORDS as WORDS
from grassroots.text import Lang

SIZES = ((88, 8.5), (118, 7.5), (9999, 6.8))
"""Type size of a table, in points, by the characters of its widest row."""
TURNED = 128
"""Characters of the widest row from which a table is set on a turned page."""
WIDEST_CELL = 44
"""Characters of a cell that count for the width of its column; longer ones break into lines."""
SHORT_CELL = 13
"""Characters up to which a column of words keeps to one line."""
WIDE_CHARACTER = "\u2e80"
"""From here on characters are as wide as they are high."""
SHOWN_HASH = 12


@dataclass(frozen=True)
class Data:
    """A document for the template and the pictures it names, as files or as bytes."""

    document: dict[str, Any]
    pictures: dict[str, Path | bytes] = field(default_factory=dict)


def data_of(contents: Contents) -> Data:
    """Arrange the contents of a report for the template."""
    lang = contents.lang
    standin = any(e.evidence == "stand-in" for e in contents.ledger.values())
    document = {
        "lang": lang,
        "region": "cn" if lang == "zh" else "us",
        "title": TITLE[lang],
        "authors": AUTHORS,
        "keywords": list(KEYWORDS[lang]),
        "lead": LEAD[lang],
        "origin": ORIGIN[lang].format(version=__version__),
        "version": f"grassroots {__version__}",
        "warning": STANDIN_WARNING[lang] if standin else "",
        "words": _words(lang),
        "claims": [_claim(claim, lang) for claim in contents.claims],
        "chapters": [_chapter(chapter) for chapter in contents.chapters if chapter.exhibits],
        "methods": [],
        "data-lead": DATA_LEAD[lang],
        "data": [_source(source, lang) for source in data_sources(contents)],
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
    return {f"{part.id}.svg": part.picture("svg") for part in figures}


def _claim(claim: ClaimPart, lang: Lang) -> dict[str, Any]:
    return {
        "id": claim.id,
        "statement": claim.statement,
        "verdict": claim.verdict,
        "rests": claim.rests_on,
        "summary": "",
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
        "method": estimate.method if estimate else "",
        "sentence": "",
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
    lengths = [_length(grid, i) for i in range(len(grid.columns))]
    return {
        "kind": "table",
        "id": grid.id,
        "title": grid.title,
        "marks": [{"kind": kind, "words": words} for kind, words in grid.marks],
        "claims": grid.claims,
        "note": grid.note,
        "colophon": grid.colophon,
        "size": next(size for most, size in SIZES if sum(lengths) <= most),
        "wide": sum(lengths) > TURNED,
        "columns": [
            _column(column, length) for column, length in zip(grid.columns, lengths, strict=True)
        ],
        "rows": list(_rows(grid)),
    }


def _column(column: GridColumn, length: int) -> dict[str, Any]:
    width = 0 if column.numeric or length <= SHORT_CELL else length
    return {"heading": column.heading, "numeric": column.numeric, "width": width}


def _length(grid: Grid, i: int) -> int:
    """Characters that a column needs: its longest cell, within bounds, or its longest word."""
    column = grid.columns[i]
    longest = max((_width(row[i]) for row in grid.rows), default=0)
    words = max((_width(word) for word in column.heading.split()), default=0)
    return max(min(longest, WIDEST_CELL), min(words, WIDEST_CELL))


def _width(text: str) -> int:
    return sum(2 if c >= WIDE_CHARACTER else 1 for c in text)


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
        "hash": source.sha256[:SHOWN_HASH],
    }
