"""Word files say what the ledger says, cell by cell, and are the same bytes each time."""

import io
import shutil

import docx
import pytest
from docx.oxml.ns import qn
from said import grids

from compendium.errors import UserError
from compendium.report import word
from compendium.report.contents import Contents, TablePart
from compendium.report.found import found_words
from compendium.report.word.report import report_document, table_document
from compendium.report.words import STANDIN_WARNING
from compendium.text import LANGS


def opened(content: bytes):
    return docx.Document(io.BytesIO(content))


def cells_of(table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


@pytest.fixture(scope="module", params=LANGS)
def report(request, contents):
    lang = request.param
    return lang, contents[lang], report_document(contents[lang])


def expected_of(contents: Contents) -> list[list[list[str]]]:
    return [
        [[column.heading for column in grid.columns], *map(list, grid.rows)]
        for grid in grids(contents)
    ]


def differences(document, contents: Contents) -> list[str]:
    """Cells of the exhibits' tables that do not say what the recorded data say."""
    first = len(contents.claims)
    shown = [cells_of(table) for table in document.tables[first:-1]]
    expected = expected_of(contents)
    assert len(shown) == len(expected)
    return [
        f"table {k + 1}, row {i}, column {j + 1}: {there!r}, recorded {here!r}"
        for k, (one, two) in enumerate(zip(shown, expected, strict=True))
        for i, (row, said) in enumerate(zip(one, two, strict=True))
        for j, (there, here) in enumerate(zip(row, said, strict=True))
        if there != here
    ]


def test_every_cell_of_every_table_is_the_recorded_one(report):
    _, contents, content = report
    assert differences(opened(content), contents) == []


def test_one_digit_altered_by_hand_is_found(report):
    _, contents, content = report
    document = opened(content)
    table = document.tables[len(contents.claims)]
    run = next(run for cell in table.rows[1].cells[1:] for run in cell.paragraphs[0].runs)
    before = run.text
    run.text = before[:-1] + ("7" if before[-1] != "7" else "8")
    assert differences(document, contents) == [
        f"table 1, row 1, column 2: {run.text!r}, recorded {before!r}"
    ]


def test_claims_show_the_ledgers_value_and_interval(report):
    lang, contents, content = report
    document = opened(content)
    for claim, table in zip(contents.claims, document.tables, strict=False):
        for test, row in zip(claim.tests, cells_of(table)[1:], strict=True):
            told = found_words(test.estimate, lang) if test.estimate else ""
            assert row[1].startswith(told)
            assert row[2] == test.outcome


def test_tables_have_three_lines_and_a_heading_that_repeats(report):
    _, _, content = report
    document = opened(content)
    for table in document.tables:
        assert table.style.name == "Three-line table"
        head = table.rows[0]
        assert head._tr.trPr.find(qn("w:tblHeader")) is not None
        lines = head.cells[0]._tc.tcPr.find(qn("w:tcBorders"))
        assert lines.find(qn("w:bottom")).get(qn("w:sz")) == "6"
    borders = document.styles["Three-line table"].element.find(".//" + qn("w:tblBorders"))
    assert {line.tag for line in borders} == {qn("w:top"), qn("w:bottom")}


def test_pictures_say_what_they_show(report):
    _, contents, content = report
    document = opened(content)
    told = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    figures = [part for part in contents.exhibits.values() if not isinstance(part, TablePart)]
    formulas = [latex for method in contents.methods for latex in method.formulas]
    assert told == [*(part.alt for part in figures), *formulas]


def test_headings_are_styles_and_fonts_are_those_of_chinese_manuscripts(report):
    lang, contents, content = report
    document = opened(content)
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    assert headings[: len(contents.claims)] == [f"{c.id}. {c.statement}" for c in contents.claims]
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:ascii")) == "Times New Roman"
    assert fonts.get(qn("w:eastAsia")) == "SimSun"
    assert document.core_properties.language == {"en": "en-US", "zh": "zh-CN"}[lang]


def test_findings_stand_first_and_the_warning_where_made_up_data_come(report):
    lang, contents, content = report
    told = [paragraph.text for paragraph in opened(content).paragraphs]
    places = [
        next(i for i, text in enumerate(told) if claim.finding in text) for claim in contents.claims
    ]
    judged = [told[place + 1] for place in places]
    assert all(
        c.verdict in t and c.strength in t for c, t in zip(contents.claims, judged, strict=True)
    )
    assert places == sorted(places)
    assert places[-1] < told.index(contents.plan.about.about[lang])
    assert places[-1] < told.index(STANDIN_WARNING[lang])


def test_the_stand_in_is_marked_in_the_text(report):
    lang, _, content = report
    words = {"en": "Simulated data", "zh": "模拟数据"}[lang]
    assert any(words in paragraph.text for paragraph in opened(content).paragraphs)


def test_the_same_bytes_twice(report):
    lang, contents, content = report
    assert report_document(Contents(contents.root, lang)) == content


def test_a_table_alone_reads_back_equal(contents):
    for lang in LANGS:
        part = contents[lang].exhibits["tab-tiers"]
        table = opened(table_document(part, lang)).tables[0]
        grid = part.grid
        assert cells_of(table) == [[c.heading for c in grid.columns], *map(list, grid.rows)]


@pytest.mark.parametrize("mark", ["~$port.docx", ".~lock.report.docx#"])
def test_a_document_open_elsewhere_is_refused_and_nothing_is_written(reported, tmp_path, mark):
    root = tmp_path / "p"
    shutil.copytree(reported, root)
    (root / "reports" / mark).write_text("", encoding="utf-8")
    contents = {lang: Contents(root, lang) for lang in LANGS}
    with pytest.raises(UserError, match=r"open elsewhere.*close it"):
        word.write(contents, root / "reports")
    assert not list((root / "reports").rglob("report*.docx"))
