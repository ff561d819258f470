"""An author's own Word document is filled by ids, again and again, and otherwise left alone."""

import io
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import RGBColor

from compendium.errors import UserError
from compendium.plan.renamed import Renamed
from compendium.report.contents import Contents, TablePart
from compendium.report.numbers import fields_of
from compendium.report.word.document import document_bytes
from compendium.report.word.fill import CONTROL, filled
from compendium.text import LANGS

NUMBER = "tiers.reach.township_or_below"


def manuscript(path, *paragraphs):
    document = docx.Document()
    document.add_heading("My paper 我的论文", level=1)
    for text in paragraphs:
        document.add_paragraph(text)
    document.add_paragraph("The end 完")
    document.sections[0].header.paragraphs[0].text = "Header {{" + NUMBER + "|n}}"
    document.save(path)
    return path


def renew(path, contents):
    made = filled(path, contents)
    path.write_bytes(made.content)
    return made


def text_of(path):
    return [p.text for p in docx.Document(path).paragraphs]


@pytest.mark.parametrize("lang", LANGS)
def test_numbers_tables_and_figures_come_by_their_ids(contents, tmp_path, lang):
    one = contents[lang]
    told = fields_of(one.ledger[NUMBER])
    path = manuscript(
        tmp_path / "论文.docx",
        "Share {{" + NUMBER + "|percent}}, n = {{ " + NUMBER + " | n }}; {{" + NUMBER + "}}.",
        "{{tab-officials}}",
        "{{fig-tiers}}",
    )
    made = renew(path, one)
    assert (made.numbers, made.tables, made.figures) == (4, 1, 1)
    texts = text_of(path)
    assert texts[1] == f"Share {told['percent']}, n = {told['n']}; {told['value']}."
    document = docx.Document(path)
    controls = [e.get(qn("w:val")) for e in document.element.body.iter(qn("w:tag"))]
    assert controls == [f"{CONTROL}tab-officials", f"{CONTROL}fig-tiers"]
    grid = one.exhibits["tab-officials"].grid
    table = next(document.element.body.iter(qn("w:tbl")))
    said = ["".join(t.text or "" for t in cell.iter(qn("w:t"))) for cell in table.iter(qn("w:tc"))]
    assert {cell for row in grid.rows for cell in row} <= set(said)
    picture = next(document.element.body.iter(qn("wp:docPr")))
    assert picture.get("descr") == one.exhibits["fig-tiers"].alt
    assert document.sections[0].header.paragraphs[0].text == f"Header {told['n']}"


def test_a_second_call_changes_no_byte_and_a_new_run_renews_the_values(contents, tmp_path):
    one = contents["en"]
    path = manuscript(
        tmp_path / "a.docx", "At {{" + NUMBER + "|percent}}", "{{tab-tiers}}", "{{fig-tiers}}"
    )
    renew(path, one)
    first = path.read_bytes()
    assert renew(path, one).content == first
    other = Contents(one.root, "en")
    other.__dict__["ledger"] = {**one.ledger, NUMBER: replace(one.ledger[NUMBER], value=0.123)}
    part = one.exhibits["tab-tiers"]
    row = ("CHANGED", *part.grid.rows[0][1:])
    grid = replace(part.grid, rows=(row, *part.grid.rows[1:]))
    other.__dict__["exhibits"] = {**one.exhibits, "tab-tiers": TablePart(part.recorded, grid)}
    renew(path, other)
    assert text_of(path)[1] == "At 12.3%"
    body = docx.Document(path).element.body
    assert len(list(body.iter(qn("w:tbl")))) == 1
    assert "CHANGED" in "".join(t.text or "" for t in body.iter(qn("w:t")))
    renew(path, one)
    assert path.read_bytes() == first


def test_a_marker_that_word_has_parted_into_runs_is_found_and_keeps_its_looks(contents, tmp_path):
    document = docx.Document()
    paragraph = document.add_paragraph("Before ")
    for piece in ("{{tiers.reach.", "township_or", "_below|n}}"):
        run = paragraph.add_run(piece)
        run.bold = True
        run.font.color.rgb = RGBColor(1, 2, 3)
    paragraph.add_run(" after").italic = True
    path = tmp_path / "a.docx"
    document.save(path)
    renew(path, contents["en"])
    paragraph = docx.Document(path).paragraphs[0]
    n = fields_of(contents["en"].ledger[NUMBER])["n"]
    assert paragraph.text == f"Before {n} after"
    shown = next(run for run in paragraph.runs if run.text == n)
    assert shown.bold
    assert shown.font.color.rgb == RGBColor(1, 2, 3)
    assert paragraph.runs[-1].italic


def test_nothing_else_is_touched(contents, tmp_path):
    path = manuscript(
        tmp_path / "a.docx", "No marker here.", "A {{" + NUMBER + "|n}}", "Braces {x} and {{ }}."
    )
    before = docx.Document(path)
    renew(path, contents["en"])
    after = docx.Document(path)
    parts = {str(p.partname): p.blob for p in before.part.package.iter_parts()}
    now = {str(p.partname): p.blob for p in after.part.package.iter_parts()}
    assert set(parts) == set(now)
    changed = {name for name in parts if parts[name] != now[name]}
    assert changed == {"/word/document.xml", "/word/header1.xml"}
    kept = [p._p.xml for p in before.paragraphs]
    assert [p._p.xml for i, p in enumerate(after.paragraphs) if i != 2] == kept[:2] + kept[3:]


def test_a_document_without_markers_stays_byte_for_byte(contents, tmp_path):
    path = tmp_path / "a.docx"
    path.write_bytes(document_bytes(docx.Document()))
    assert filled(path, contents["en"]).content == path.read_bytes()


def test_footnotes_are_filled(contents, tmp_path):
    # python-docx makes none: the part is put in by hand
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    document = docx.Document()
    xml = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<w:footnote w:id="1"><w:p><w:r><w:t>n = {{%s|n}}</w:t></w:r></w:p></w:footnote>'
        "</w:footnotes>"
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(
        PackURI("/word/footnotes.xml"), kind, (xml % NUMBER).encode(), document.part.package
    )
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    document.part.relate_to(part, relation)
    path = tmp_path / "a.docx"
    document.save(path)
    assert renew(path, contents["en"]).numbers == 1
    parts = docx.Document(path).part.package.iter_parts()
    written = next(p.blob.decode() for p in parts if str(p.partname).endswith("footnotes.xml"))
    assert f">{fields_of(contents['en'].ledger[NUMBER])['n']}</w:t>" in written


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Of all {{tiers.reach.township_or_belov}} here",
            r"text, paragraph 2 \(“Of all .*unknown id.*did you mean 'tiers.reach.township_or_below'",
        ),
        ("X {{" + NUMBER + "|percentage}}", r"unknown field.*percentinterval"),
        ("In a line {{tab-tiers}} of text", r"not a number.*paragraph of its own"),
        ("{{tab-tiers|n}}", r"an exhibit has no fields"),
    ],
)
def test_an_unknown_id_is_named_with_its_place_and_nothing_is_written(
    contents, tmp_path, text, told
):
    path = manuscript(tmp_path / "a.docx", text)
    before = path.read_bytes()
    with pytest.raises(UserError, match=told):
        filled(path, contents["en"])
    assert path.read_bytes() == before


def test_every_fault_is_told_at_once(contents, tmp_path):
    path = manuscript(tmp_path / "a.docx", "{{no.such}} and {{nor.this}}")
    with pytest.raises(UserError) as found:
        filled(path, contents["en"])
    assert "no.such" in str(found.value)
    assert "nor.this" in str(found.value)


@pytest.mark.parametrize("content", [None, b"", b"not a zip", b"PK\x03\x04broken"])
def test_what_is_no_document_is_one_clear_line(contents, tmp_path, content):
    path = tmp_path / "a.docx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"no such document|not a Word document"):
        filled(path, contents["en"])


def test_an_id_of_before_is_taken(contents, tmp_path):
    one = contents["en"]
    plan = one.plan.model_copy(update={"renamed": Renamed(estimates={"of.before": NUMBER})})
    path = manuscript(tmp_path / "a.docx", "Old {{of.before|n}}")
    with pytest.raises(UserError, match=r"of\.before"):
        filled(path, one)
    other = Contents(one.root, "en")
    other.__dict__.update(plan=plan, ledger=one.ledger)
    renew(path, other)
    assert text_of(path)[1] == f"Old {fields_of(one.ledger[NUMBER])['n']}"


def test_what_is_filled_is_the_same_bytes_twice(contents, tmp_path):
    path = manuscript(tmp_path / "a.docx", "{{tab-officials}}", "{{" + NUMBER + "|n}}")
    assert filled(path, contents["en"]).content == filled(path, contents["en"]).content
    assert docx.Document(io.BytesIO(filled(path, contents["en"]).content))
