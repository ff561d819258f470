"""What the Word report says, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compendium.exhibits.grid import Grid
from compendium.exhibits.words import COLON, SEPARATOR, STOP
from compendium.report.bibliography import BIBLIOGRAPHY
from compendium.report.contents import ClaimPart, Contents, FigurePart, TablePart
from compendium.report.found import found_words, p_words
from compendium.report.methods import formula_png, reference_words
from compendium.report.origin import data_sources, run_lines
from compendium.report.widths import room_of
from compendium.report.word.document import (
    ALARM,
    NOTE_STYLE,
    add_caption,
    add_formula,
    add_picture,
    add_table,
    document_bytes,
    new_document,
    text_width,
    turn_page,
)
from compendium.report.words import (
    DATA_LEAD,
    HOW_TO_READ,
    REFERENCES,
    REFERENCES_LEAD,
    STANDIN_WARNING,
)
from compendium.report.words import PDF_WORDS as WORDS
from compendium.text import Lang

LARGEST_TYPE = 9.0
"""Type of tables in points, where they fit."""
TEST_WIDTHS = (0.33, 0.23, 0.14, 0.3)
DATA_WIDTHS = (0.3, 0.28, 0.08, 0.16, 0.18)


@dataclass
class _Writer:
    """A document being written, and how many tables and figures it has so far."""

    document: Any
    lang: Lang
    tables: int = 0
    figures: int = 0
    turned: bool = False

    def turn(self, turned: bool) -> None:
        if turned != self.turned:
            turn_page(self.document, turned)
            self.turned = turned

    def words(self, name: str) -> str:
        return WORDS[name][self.lang]

    def say(self, text: str, style: str | None = None) -> Any:
        return self.document.add_paragraph(text, style=style)

    def note(self, text: str) -> None:
        if text:
            self.say(text, NOTE_STYLE)

    def alarm(self, text: str) -> None:
        run = self.say("", NOTE_STYLE).add_run(text)
        run.bold, run.font.color.rgb = True, ALARM


def report_document(contents: Contents) -> bytes:
    """Write the report of a language as a Word document."""
    lang, about = contents.lang, contents.plan.about
    writer = _Writer(new_document(about.title[lang], lang), lang)
    writer.document.add_heading(about.title[lang], level=0)
    for line in contents.imprint:
        writer.note(line)
    _findings(writer, contents)
    writer.document.add_heading(writer.words("claims"), level=1)
    writer.note(HOW_TO_READ[lang])
    for claim in contents.claims:
        _claim(writer, claim)
    writer.document.add_heading(writer.words("exhibits"), level=1)
    if any(estimate.evidence == "stand-in" for estimate in contents.ledger.values()):
        writer.alarm(STANDIN_WARNING[lang])
    for chapter in contents.chapters:
        if chapter.exhibits:
            writer.turn(False)
            writer.document.add_heading(chapter.title, level=2)
        for part in chapter.exhibits:
            _exhibit(writer, part)
    _methods(writer, contents)
    _data(writer, contents)
    _references(writer, contents)
    return document_bytes(writer.document)


def table_document(part: TablePart, lang: Lang) -> bytes:
    """Write one table as a Word document of its own."""
    writer = _Writer(new_document(part.title, lang), lang)
    if room_of(part.grid).turned:
        section = writer.document.sections[0]
        section.page_width, section.page_height = section.page_height, section.page_width
    _table(writer, part.grid)
    return document_bytes(writer.document)


def _findings(writer: _Writer, contents: Contents) -> None:
    """Say what was found of each claim with its verdict, then what the report is."""
    lang, about = writer.lang, contents.plan.about
    writer.document.add_heading(writer.words("findings"), level=1)
    for claim in contents.claims:
        found = writer.say("")
        found.add_run(f"{claim.id}  ").bold = True
        found.add_run(claim.finding)
        found.paragraph_format.keep_with_next = True
        judged = writer.say("", NOTE_STYLE)
        judged.add_run(claim.verdict).bold = True
        judged.add_run(f"{COLON[lang]}{claim.statement} · {claim.strength}")
    writer.document.add_heading(writer.words("about"), level=1)
    for text in (about.about, about.lead):
        if text:
            writer.say(text[lang])


def _references(writer: _Writer, contents: Contents) -> None:
    if not contents.bibliography:
        return
    writer.document.add_heading(writer.words("references"), level=1)
    writer.note(REFERENCES_LEAD[writer.lang].format(file=BIBLIOGRAPHY))
    for keyword, heading in REFERENCES.items():
        writer.document.add_heading(heading[writer.lang], level=2)
        for entry in contents.bibliography:
            if entry["keywords"] == keyword:
                writer.note(f"{entry.words(writer.lang)} {entry.address}".strip())


def _claim(writer: _Writer, claim: ClaimPart) -> None:
    lang = writer.lang
    colon, stop = COLON[lang], STOP[lang]
    writer.document.add_heading(f"{claim.id}. {claim.statement}", level=2)
    told = [
        f"{writer.words('verdict')}{colon}{claim.verdict}",
        f"{writer.words('rests')}{colon}{claim.rests_on}",
    ]
    writer.say(stop.join([*told, ""]).strip())
    writer.say(claim.summary)
    for test in claim.tests:
        writer.say(test.sentence, "List Bullet")
    heads = [writer.words(name) for name in ("test", "found", "outcome", "method")]
    rows = list(_test_rows(claim, lang))
    add_table(writer.document, heads, rows, [False] * 4, TEST_WIDTHS, size=8.5)
    writer.note(" ".join(claim.turning))
    writer.note(f"{writer.words('limits')}{colon}{claim.limits}")


def _test_rows(claim: ClaimPart, lang: Lang) -> Iterator[tuple[str, str, str, str]]:
    for test in claim.tests:
        estimate = test.estimate
        found = [found_words(estimate, lang), p_words(estimate)] if estimate else []
        told = SEPARATOR["en"].join(filter(None, found))
        yield (
            "\n".join(filter(None, (test.label, test.mark))),
            "\n".join(filter(None, (told, test.predicate))),
            test.outcome,
            estimate.method_in(lang) if estimate else "",
        )


def _exhibit(writer: _Writer, part: FigurePart | TablePart) -> None:
    if isinstance(part, FigurePart):
        writer.turn(False)
        writer.figures += 1
        document = writer.document
        add_picture(document, part.picture("png"), part.alt, part.title)
        add_caption(document, writer.words("figure"), writer.figures, part.title, "Figure")
        return
    writer.turn(room_of(part.grid).turned)
    _table(writer, part.grid)


def _table(writer: _Writer, grid: Grid) -> None:
    writer.tables += 1
    marks = SEPARATOR[writer.lang].join(words for _, words in grid.marks)
    if grid.stands_in:
        writer.alarm(marks)
    document = writer.document
    add_caption(document, writer.words("table"), writer.tables, grid.title, "Table")
    if grid.subtitle:
        writer.say(grid.subtitle, NOTE_STYLE).paragraph_format.keep_with_next = True
    room = room_of(grid)
    rows = range(len(grid.rows))
    add_table(
        document,
        [column.heading for column in grid.columns],
        grid.rows,
        [column.numeric for column in grid.columns],
        room.shares,
        size=room.type_size(text_width(document), LARGEST_TYPE),
        spans=_spans(grid),
        groups=[row for row in rows if grid.begins_group(row)],
    )
    said = [grid.note, marks if not grid.stands_in else "", grid.claims]
    writer.note(" ".join(filter(None, said)))
    writer.note(grid.source)
    writer.note(grid.colophon)


def _spans(grid: Grid) -> list[tuple[int, int, int]]:
    return [
        (column, row, row + grid.span(row, column) - 1)
        for column in range(grid.depth)
        for row in range(len(grid.rows))
        if grid.span(row, column) > 1
    ]


def _methods(writer: _Writer, contents: Contents) -> None:
    writer.turn(False)
    writer.document.add_heading(writer.words("methods"), level=1)
    for method in contents.methods:
        writer.document.add_heading(method.title[writer.lang], level=2)
        for paragraph in method.text[writer.lang].strip().split("\n\n"):
            writer.say(paragraph)
        for latex in method.formulas:
            add_formula(writer.document, formula_png(latex), latex)
        writer.note("; ".join(reference_words(one) for one in method.references))


def _data(writer: _Writer, contents: Contents) -> None:
    lang = writer.lang
    writer.document.add_heading(writer.words("data"), level=1)
    writer.say(DATA_LEAD[lang])
    heads = [writer.words(name) for name in ("dataset", "unit", "rows", "licence", "hash")]
    rows = [
        (
            source.label[lang],
            source.unit[lang],
            f"{source.rows:,}" if source.rows is not None else "–",
            source.licence,
            source.short_hash,
        )
        for source in data_sources(contents)
    ]
    numeric = [False, False, True, False, False]
    add_table(writer.document, heads, rows, numeric, DATA_WIDTHS, size=8.5)
    writer.document.add_heading(writer.words("colophon"), level=1)
    for line in run_lines(contents):
        writer.note(line)
