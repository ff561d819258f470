"""What the Word report says, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docx.shared import Pt

from compendium.exhibits.canvas import claim_words
from compendium.exhibits.grid import Grid
from compendium.exhibits.words import COLON, EVIDENCE_WORDS, SEPARATOR, STOP
from compendium.plan.about import citation_of
from compendium.report.apart import (
    FalsePositives,
    Parted,
    data_tests,
    false_positives,
    parted,
    simulated_line,
    simulated_tests,
)
from compendium.report.bare import bare_png
from compendium.report.bibliography import BIBLIOGRAPHY
from compendium.report.contents import (
    Chapter,
    ClaimPart,
    Contents,
    FigurePart,
    TablePart,
    TestPart,
)
from compendium.report.found import found_words, p_words
from compendium.report.methods import formula_png, reference_words
from compendium.report.origin import data_sources, run_lines
from compendium.report.printed import BADGE, imprint, noted, printed
from compendium.report.widths import room_of
from compendium.report.word.document import (
    ALARM,
    NOTE_STYLE_ID,
    add_caption,
    add_formula,
    add_paragraph,
    add_picture,
    add_table,
    document_bytes,
    new_document,
    page_has_begun,
    set_property,
    text_width,
    turn_page,
)
from compendium.report.words import (
    DATA_LEAD,
    HOW_TO_READ,
    REFERENCES,
    REFERENCES_LEAD,
    SIMULATED_LEAD,
    SIMULATED_WARNING,
)
from compendium.report.words import PDF_WORDS as WORDS
from compendium.text import Lang

LARGEST_TYPE = 9.0
"""Type of tables in points, where they fit."""
SIMULATED_WIDTHS = (0.28, 0.2, 0.12, 0.15, 0.25)
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
    appendices: int = 0

    def turn(self, turned: bool) -> None:
        if turned != self.turned:
            turn_page(self.document, turned)
            self.turned = turned

    def words(self, name: str) -> str:
        return WORDS[name][self.lang]

    def say(self, text: str, style: str = "") -> Any:
        return add_paragraph(self.document, text, style)

    def note(self, *texts: str) -> None:
        """Say notes below each other, which stay together."""
        told = [self.say(text, NOTE_STYLE_ID) for text in texts if text]
        for paragraph in told[:-1]:
            paragraph.paragraph_format.keep_with_next = True
            paragraph.paragraph_format.space_after = Pt(1)

    def alarm(self, text: str, *, keep: bool = False, above: float = 0) -> None:
        """Say what none should miss, some points below what stands above it."""
        paragraph = self.say("", NOTE_STYLE_ID)
        paragraph.paragraph_format.keep_with_next = keep
        if above:
            paragraph.paragraph_format.space_before = Pt(above)
        run = paragraph.add_run(text)
        run.bold, run.font.color.rgb = True, ALARM

    def badge(self, stands_in: bool, words: list[str]) -> None:
        """Say over an exhibit what it rests on and which claims it speaks to."""
        said = BADGE.join(filter(None, words))
        if stands_in:
            self.alarm(said, keep=True)
        elif said:
            paragraph = self.say(said, NOTE_STYLE_ID)
            paragraph.paragraph_format.keep_with_next = True

    def subtitle(self, caption: Any, words: str) -> None:
        """Say below a caption what is measured."""
        if words:
            run = caption.add_run(f"\n{words}")
            run.bold, run.font.size = False, Pt(8.5)

    def appendix(self, name: str) -> None:
        """Begin an appendix on a new page; they are lettered in their order."""
        self.turn(False)
        begun = page_has_begun(self.document)
        letter = chr(ord("A") + self.appendices)
        self.appendices += 1
        title = f"{WORDS['appendix'][self.lang]} {letter}{COLON[self.lang]}{self.words(name)}"
        heading = self.document.add_heading(title, level=1)
        heading.paragraph_format.page_break_before = not begun


def report_document(contents: Contents) -> bytes:
    """Write the report of a language as a Word document."""
    lang, about = contents.lang, contents.plan.about
    writer = _Writer(new_document(about.title[lang], lang), lang)
    parts, rates = parted(contents), false_positives(contents)
    _head(writer, contents)
    _findings(writer, contents)
    writer.document.add_heading(writer.words("claims"), level=1)
    writer.note(HOW_TO_READ[lang])
    for claim in contents.claims:
        _claim(writer, claim, rates)
    writer.document.add_heading(writer.words("exhibits"), level=1)
    _chapters(writer, parts.main)
    writer.turn(False)
    _references(writer, contents, ("article", ""))
    _methods(writer, contents)
    if parts.further:
        writer.appendix("further")
        _chapters(writer, parts.further)
    writer.turn(False)
    _data(writer, contents)
    _simulated(writer, contents, parts, rates)
    writer.turn(False)
    writer.appendix("colophon")
    for line in run_lines(contents):
        writer.note(line)
    return document_bytes(writer.document)


def _head(writer: _Writer, contents: Contents) -> None:
    lang, about, citation = writer.lang, contents.plan.about, citation_of(contents.root)
    writer.document.add_heading(about.title[lang], level=0)
    if citation.authors:
        writer.say(SEPARATOR[lang].join(citation.authors))
    writer.note(imprint(citation, lang))
    for line in contents.imprint:
        writer.note(line)


def _chapters(writer: _Writer, chapters: tuple[Chapter, ...]) -> None:
    """Write exhibits by chapter, those on turned pages last: one turn a chapter."""
    for chapter in chapters:
        ordered = sorted(chapter.exhibits, key=_turned)
        writer.turn(_turned(ordered[0]))
        writer.document.add_heading(chapter.title, level=2)
        for part in ordered:
            _exhibit(writer, part)


def _turned(part: FigurePart | TablePart) -> bool:
    return isinstance(part, TablePart) and room_of(printed(part.grid)[0]).turned


def _simulated(
    writer: _Writer, contents: Contents, parts: Parted, rates: Mapping[str, FalsePositives]
) -> None:
    """Write the appendix on simulated data: a page of warning, tests, exhibits."""
    told = [(claim, simulated_tests(claim)) for claim in contents.claims]
    told = [(claim, tests) for claim, tests in told if tests]
    if not (told or parts.simulated):
        return
    lang, why = writer.lang, contents.plan.about.stand_in
    writer.appendix("simulated")
    writer.alarm(SIMULATED_WARNING[lang])
    writer.say(SIMULATED_LEAD[lang])
    if why is not None:
        writer.say(why[lang])
    writer.document.add_page_break()
    if told:
        writer.document.add_heading(writer.words("simulated-tests"), level=2)
    heads = [writer.words(name) for name in ("test", "found", "outcome", "rate", "method")]
    for claim, tests in told:
        writer.alarm(f"{claim.id}. {claim.statement}", keep=True, above=10)
        shares = [rates[test.id].words() if test.id in rates else "–" for test in tests]
        rows = [
            (*row[:3], share, row[3])
            for row, share in zip(_test_rows(tests, lang), shares, strict=True)
        ]
        add_table(
            *(writer.document, heads, rows, [False] * 5, SIMULATED_WIDTHS), size=8.5, noted=False
        )
    _chapters(writer, parts.simulated)


def table_document(part: TablePart, lang: Lang) -> bytes:
    """Write one table as a Word document of its own; what it was made from is in its properties."""
    writer = _Writer(new_document(part.title, lang), lang)
    writer.document.core_properties.subject = part.id
    set_property(writer.document, "comments", part.grid.colophon)
    if _turned(part):
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
        found.paragraph_format.space_after = Pt(1)
        judged = writer.say("", NOTE_STYLE_ID)
        judged.paragraph_format.space_after = Pt(5)
        judged.add_run(claim.verdict).bold = True
        judged.add_run(f"{COLON[lang]}{claim.statement} · {claim.strength}")
    writer.document.add_heading(writer.words("about"), level=1)
    for text in (about.about, about.lead):
        if text:
            writer.say(text[lang])


def _references(writer: _Writer, contents: Contents, keywords: tuple[str, ...]) -> None:
    """Write the entries of some keywords; the references proper have a heading of their own."""
    if not contents.bibliography:
        return
    if "article" in keywords:
        writer.document.add_heading(writer.words("references"), level=1)
        writer.note(REFERENCES_LEAD[writer.lang].format(file=BIBLIOGRAPHY))
    for keyword in keywords:
        writer.document.add_heading(REFERENCES[keyword][writer.lang], level=2)
        for entry in contents.bibliography:
            if entry["keywords"] == keyword:
                writer.note(f"{entry.words(writer.lang)} {entry.address}".strip())


def _claim(writer: _Writer, claim: ClaimPart, rates: Mapping[str, FalsePositives]) -> None:
    lang = writer.lang
    colon, stop = COLON[lang], STOP[lang]
    writer.document.add_heading(f"{claim.id}. {claim.statement}", level=2)
    told = [
        f"{writer.words('verdict')}{colon}{claim.verdict}",
        f"{writer.words('rests')}{colon}{claim.rests_on}",
    ]
    judged = writer.say(stop.join([*told, ""]).strip())
    judged.paragraph_format.keep_with_next = True
    writer.say(claim.summary)
    tests = data_tests(claim)
    for test in tests:
        writer.say(test.sentence, "ListBullet")
    if tests:
        heads = [writer.words(name) for name in ("test", "found", "outcome", "method")]
        rows = list(_test_rows(tests, lang))
        add_table(writer.document, heads, rows, [False] * 4, TEST_WIDTHS, size=8.5)
    if line := simulated_line(claim, rates, lang):
        writer.say(line)
    writer.note(" ".join(claim.turning))
    writer.note(f"{writer.words('limits')}{colon}{claim.limits}")


def _test_rows(tests: tuple[TestPart, ...], lang: Lang) -> Iterator[tuple[str, str, str, str]]:
    for test in tests:
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
    if isinstance(part, TablePart):
        writer.turn(_turned(part))
        _table(writer, part.grid)
        return
    writer.turn(False)
    writer.figures += 1
    exhibit, lang, document = part.recorded.exhibit, writer.lang, writer.document
    kinds = [words[lang] for kind, words in EVIDENCE_WORDS.items() if kind in exhibit.evidence]
    claims = claim_words(exhibit.claims, lang) if exhibit.claims else ""
    writer.badge("stand-in" in exhibit.evidence, [*kinds, claims])
    picture = bare_png(part.picture("png"), part.picture("svg"))
    subtitle = exhibit.subtitle[lang] if exhibit.subtitle else ""
    notes = noted(part.note, lang), exhibit.source[lang] if exhibit.source else ""
    add_picture(document, picture, part.alt, part.title, (part.title, subtitle, *notes))
    caption = add_caption(document, writer.words("figure"), writer.figures, part.title, "Figure")
    writer.subtitle(caption, subtitle)
    writer.note(*notes)


def _table(writer: _Writer, whole: Grid) -> None:
    writer.tables += 1
    writer.badge(whole.stands_in, [*(words for _, words in whole.marks), whole.claims])
    document = writer.document
    caption = add_caption(document, writer.words("table"), writer.tables, whole.title, "Table")
    writer.subtitle(caption, whole.subtitle)
    grid, said = printed(whole)
    size = room_of(grid).type_size(text_width(document), LARGEST_TYPE)
    grid_table(document, grid, size)
    more = (f"{one.of}{COLON[grid.lang]}{one.text}" for one in said)
    writer.note(noted(grid.note, grid.lang), *more, grid.source)


def grid_table(document: Any, grid: Grid, size: float) -> Any:
    """Add a table in words to a document, without its caption and note."""
    begins = grid.closes if grid.paired else grid.begins_group
    return add_table(
        document,
        [column.heading for column in grid.columns],
        grid.rows,
        [column.numeric for column in grid.columns],
        room_of(grid).shares,
        size=size,
        spans=_spans(grid),
        groups=[row for row in range(len(grid.rows)) if begins(row)],
        over=grid.over,
        paired=grid.paired,
    )


def _spans(grid: Grid) -> list[tuple[int, int, int]]:
    return [
        (column, row, row + grid.span(row, column) - 1)
        for column in range(grid.depth)
        for row in range(len(grid.rows))
        if grid.span(row, column) > 1
    ]


def _methods(writer: _Writer, contents: Contents) -> None:
    writer.appendix("methods")
    for method in contents.methods:
        writer.document.add_heading(method.title[writer.lang], level=2)
        for paragraph in method.text[writer.lang].strip().split("\n\n"):
            writer.say(paragraph)
        for latex in method.formulas:
            add_formula(writer.document, formula_png(latex), latex)
        writer.note("; ".join(reference_words(one) for one in method.references))


def _data(writer: _Writer, contents: Contents) -> None:
    lang = writer.lang
    writer.appendix("data")
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
    add_table(writer.document, heads, rows, numeric, DATA_WIDTHS, size=8.5, noted=False)
    _references(writer, contents, ("data",))
