"""Word files say what the ledger says, cell by cell, and are the same bytes each time."""

import io
import shutil

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn

from compendium.errors import UserError
from compendium.exhibits.words import EVIDENCE_WORDS
from compendium.report import word
from compendium.report.apart import data_tests, false_positives, parted, simulated_line
from compendium.report.contents import Contents, TablePart
from compendium.report.found import found_words
from compendium.report.printed import printed
from compendium.report.word.report import _turned, report_document, table_document
from compendium.report.words import SIMULATED_WARNING
from compendium.text import LANGS


def opened(content: bytes):
    return docx.Document(io.BytesIO(content))


def cells_of(table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


@pytest.fixture(scope="module", params=LANGS)
def report(request, contents):
    lang = request.param
    return lang, contents[lang], report_document(contents[lang])


def in_order(chapters) -> list:
    """Exhibits as pages show them: those on turned pages last in their chapter."""
    return [part for chapter in chapters for part in sorted(chapter.exhibits, key=_turned)]


def expected_of(contents: Contents) -> list[list[list[str]]]:
    parts = parted(contents)
    shown = in_order((*parts.main, *parts.further, *parts.simulated))
    tables = [printed(part.grid)[0] for part in shown if isinstance(part, TablePart)]
    return [
        [*over_of(grid), [column.heading for column in grid.columns], *map(list, grid.rows)]
        for grid in tables
    ]


def over_of(grid) -> list[list[str]]:
    return [["", *[grid.over] * (len(grid.columns) - 1)]] if grid.over else []


def exhibits_of(document) -> list:
    """Tables of exhibits: those below a caption."""
    body = list(document.element.body)
    captions = [i for i, one in enumerate(body) if one.tag == qn("w:p") and one.style == "Caption"]
    found = {id(body[i + 1]) for i in captions if body[i + 1].tag == qn("w:tbl")}
    return [table for table in document.tables if id(table._tbl) in found]


def differences(document, contents: Contents) -> list[str]:
    """Cells of the exhibits' tables that do not say what the recorded data say."""
    shown = [cells_of(table) for table in exhibits_of(document)]
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
    table = exhibits_of(document)[0]
    run = next(run for cell in table.rows[1].cells[1:] for run in cell.paragraphs[0].runs)
    before = run.text
    run.text = before[:-1] + ("7" if before[-1] != "7" else "8")
    assert differences(document, contents) == [
        f"table 1, row 1, column 2: {run.text!r}, recorded {before!r}"
    ]


def test_claims_show_the_ledgers_value_and_interval(report):
    lang, contents, content = report
    document = opened(content)
    told = [tests for claim in contents.claims if (tests := data_tests(claim))]
    for tests, table in zip(told, document.tables, strict=False):
        for test, row in zip(tests, cells_of(table)[1:], strict=True):
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
        last = [r for r in table.rows if r._tr.trPr.find(qn("w:tblHeader")) is not None][-1]
        lines = last.cells[0]._tc.tcPr.find(qn("w:tcBorders"))
        assert lines.find(qn("w:bottom")).get(qn("w:sz")) == "6"
    borders = document.styles["Three-line table"].element.find(".//" + qn("w:tblBorders"))
    assert {line.tag for line in borders} == {qn("w:top"), qn("w:bottom")}


def test_pictures_say_what_they_show(report):
    _, contents, content = report
    document = opened(content)
    told = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    parts = parted(contents)
    first, further, simulated = (
        [part.alt for part in in_order(chapters) if not isinstance(part, TablePart)]
        for chapters in (parts.main, parts.further, parts.simulated)
    )
    formulas = [latex for method in contents.methods for latex in method.formulas]
    assert told == [*first, *formulas, *further, *simulated]


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
    assert places[-1] < told.index(SIMULATED_WARNING[lang])


def test_simulated_data_stand_in_one_appendix_behind_its_warning(report):
    lang, _, content = report
    paragraphs = opened(content).paragraphs
    texts = [paragraph.text for paragraph in paragraphs]
    begin = texts.index(SIMULATED_WARNING[lang])
    assert paragraphs[begin - 1].style.name == "Heading 1"
    mark = EVIDENCE_WORDS["stand-in"][lang]
    badges = [i for i, text in enumerate(texts) if text.startswith(mark)]
    assert badges
    assert min(badges) > begin
    later = [t.text for t in paragraphs[begin:] if t.style.name == "Heading 1"]
    assert len(later) == 1, "nothing but the colophon follows"


def test_a_claim_names_its_simulated_tests_in_one_line(report):
    lang, contents, content = report
    texts = [paragraph.text for paragraph in opened(content).paragraphs]
    rates = false_positives(contents)
    lines = [simulated_line(claim, rates, lang) for claim in contents.claims]
    assert any(lines)
    assert all(texts.count(line) == 1 for line in filter(None, lines))


def test_no_row_and_no_heading_breaks_from_what_it_belongs_to(report):
    _, contents, content = report
    document = opened(content)
    headings = [one.text for one in document.paragraphs if one.style.name.startswith("Heading")]
    rows = [row for table in document.tables for row in table.rows]
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)
    kept = ("Heading 1", "Heading 2", "Heading 3", "Caption")
    assert all(document.styles[name].paragraph_format.keep_with_next for name in kept)
    claims = tuple(f"{claim.id}. " for claim in contents.claims)
    apart = 0
    for table in document.tables:
        heads, last = (table.rows[i].cells[-1].paragraphs[0] for i in (0, -1))
        assert heads.paragraph_format.keep_with_next
        after = "".join(text.text or "" for text in table._tbl.getnext().iter(qn("w:t")))
        followed_by_notes = not after.startswith((*claims, *headings))
        assert bool(last.paragraph_format.keep_with_next) == followed_by_notes, after
        apart += not followed_by_notes
    assert apart, "what is not its note does not hold a table: it would push all on a new page"
    notes = [p for p in document.paragraphs if p.style.name == "Exhibit note"]
    assert any(
        p.paragraph_format.keep_with_next for p in notes if p.text.startswith(("Notes:", "注："))
    )


def test_an_appendix_begins_a_page_once_after_one_that_lies_on_its_side_too(report):
    lang, _, content = report
    document = opened(content)
    body = list(document.element.body)
    word = {"en": "Appendix ", "zh": "附录 "}[lang]
    heads = [one for one in document.paragraphs if one.text.startswith(word)]
    assert heads
    for head in heads:
        before = body[body.index(head._p) - 1]
        new_section = bool(before.findall(f".//{qn('w:sectPr')}"))
        new_page = any(one.get(qn("w:type")) == "page" for one in before.iter(qn("w:br")))
        asked = bool(head.paragraph_format.page_break_before)
        assert [new_section, new_page, asked].count(True) == 1, head.text


def test_what_a_table_was_made_from_is_in_the_files_properties_and_not_on_its_page(contents):
    long = contents["en"].exhibits["tab-sources"]
    assert len(long.grid.colophon) > 255
    document = opened(table_document(long, "en"))
    assert document.core_properties.comments == long.grid.colophon
    part = contents["en"].exhibits["tab-officials"]
    document = opened(table_document(part, "en"))
    assert document.core_properties.comments == part.grid.colophon
    assert part.grid.colophon not in "\n".join(p.text for p in document.paragraphs)


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


def test_models_stand_by_their_decimal_points_below_what_they_explain(contents):
    part = contents["en"].exhibits["tab-officials"]
    table = opened(table_document(part, "en")).tables[0]
    assert table.rows[0]._tr.tc_lst[1].grid_span == 3
    below = table.rows[3].cells[1].paragraphs[0]
    assert below.text.startswith("(")
    assert below.paragraph_format.tab_stops[0].alignment == WD_TAB_ALIGNMENT.DECIMAL
    interval = next(row.cells[1].paragraphs[0] for row in table.rows if "[" in row.cells[1].text)
    assert interval.alignment == WD_ALIGN_PARAGRAPH.CENTER
