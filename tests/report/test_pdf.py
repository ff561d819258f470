"""The PDF says what the ledger says and can be read by a screen reader."""

import errno
import io
import json
import re
from pathlib import Path

import pypdf
import pytest
from said import grids, of_claim, of_grid
from tracing import numbers_in, untraced

from compendium.errors import UserError
from compendium.exhibits.regression import NOTES
from compendium.exhibits.words import EVIDENCE_WORDS
from compendium.plan.about import citation_of
from compendium.report import pdf
from compendium.report.apart import parted
from compendium.report.pdf import typeset
from compendium.report.pdf.data import Data, data_of
from compendium.report.words import SIMULATED_WARNING
from compendium.text import LANGS


@pytest.fixture(scope="module", params=LANGS)
def made(request, contents):
    data = data_of(contents[request.param])
    return contents[request.param], data, typeset(data)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def shown(data: Data) -> list[str]:
    """Numbers of tables and tests, which lines do not break, as the document's source has them."""
    document = data.document
    claims = [*document["claims"], *document["simulated-claims"]]
    tests = [t for claim in claims for t in claim["tests"]]
    chapters = [*document["chapters"], *document["further"], *document["simulated"]]
    tables = [p for c in chapters for p in c["exhibits"] if p["kind"] == "table"]
    cells = [cell["text"] for t in tables for row in t["rows"] for cell in row["cells"]]
    return [*(t["found"] for t in tests), *cells]


def test_every_number_of_its_source_is_in_the_ledger_or_the_recorded_exhibits(made):
    contents, data, _ = made
    said = numbers_in(text for grid in grids(contents) for text in of_grid(grid))
    said += numbers_in(t for claim in contents.claims for t in of_claim(claim, contents.lang))
    assert not untraced(numbers_in(shown(data)), said)


def test_one_digit_altered_in_its_source_is_found(made):
    contents, data, _ = made
    altered = json.loads(json.dumps(data.document))
    test = altered["claims"][0]["tests"][0]
    test["found"] = test["found"].replace("13.907", "13.908")
    said = numbers_in(text for grid in grids(contents) for text in of_grid(grid))
    said += numbers_in(t for claim in contents.claims for t in of_claim(claim, contents.lang))
    assert untraced(numbers_in(shown(Data(altered))), said) == {"13.908": 1}


def test_its_pages_show_the_numbers_of_its_source(made):
    _, data, pdf = made
    pages = numbers_in(text_of(pdf))
    source = [number for number in numbers_in(shown(data)) if "." in number]
    assert [number for number in source if number not in pages] == []


def test_its_first_page_says_what_was_found_of_each_claim(made):
    contents, _, pdf = made
    first = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    places = [_squeezed(first).index(_squeezed(c.finding)[:40]) for c in contents.claims]
    assert places == sorted(places)
    assert all(_squeezed(claim.verdict) in _squeezed(first) for claim in contents.claims)
    assert _squeezed(contents.imprint[-1]) in _squeezed(first)
    assert _squeezed(SIMULATED_WARNING[contents.lang]) not in _squeezed(first)


def _squeezed(text: str) -> str:
    """Without blanks and hyphens at the ends of lines."""
    return re.sub(r"\s+", "", re.sub(r"[-\u2010\u00ad]\n", "", text))


def test_it_is_tagged_has_bookmarks_language_and_embedded_fonts(made):
    contents, _, pdf = made
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalogue
    assert str(catalogue["/Lang"]).startswith(contents.lang)
    assert len(reader.outline) > 3
    fonts = [
        font.get_object()
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
    ]
    inner = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert all({"/FontFile2", "/FontFile3"} & set(descriptor) for descriptor in inner)


def test_the_same_bytes_twice(made):
    _, data, pdf = made
    assert typeset(data) == pdf


def test_a_missing_picture_is_one_clear_line(made, tmp_path):
    _, data, _ = made
    name = next(iter(data.pictures))
    with pytest.raises(UserError, match=r"a picture is missing.*run the notebooks again"):
        typeset(Data(data.document, {**data.pictures, name: tmp_path / "none.svg"}))


def test_a_full_disk_names_the_file_and_what_to_do(made, tmp_path, monkeypatch):
    one, data, _ = made

    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(UserError, match=r"report\.typ: the disk is full; free some space"):
            typeset(data)

    def limited(_):
        raise OSError(errno.EFBIG, "File too large")

    monkeypatch.setattr(pdf, "typeset", limited)
    with pytest.raises(UserError, match=r"report.*\.pdf: the file is larger than the system"):
        pdf.write({one.lang: one}, tmp_path)


def test_what_typst_refuses_is_one_clear_line(made):
    _, data, _ = made
    name = next(iter(data.pictures))
    with pytest.raises(UserError, match="the PDF can't be set"):
        typeset(Data(data.document, {**data.pictures, name: b"no picture"}))


def test_a_character_without_a_glyph_is_one_clear_line_that_names_it(made):
    _, data, _ = made
    altered = {**data.document, "lead": "a rare \U00020000 sign"}
    with pytest.raises(UserError, match=r"no glyph for .* \(U\+20000\)"):
        typeset(Data(altered, data.pictures))


def test_simulated_data_stand_in_one_appendix_behind_its_warning(made):
    contents, data, pdf = made
    document = data.document
    shown = [*document["chapters"], *document["further"]]
    assert not any(part["simulated"] for chapter in shown for part in chapter["exhibits"])
    made_up = [part for chapter in document["simulated"] for part in chapter["exhibits"]]
    assert made_up
    assert all(part["simulated"] for part in made_up)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    mark = EVIDENCE_WORDS["stand-in"][contents.lang]
    warning = next(i for i, text in enumerate(pages) if SIMULATED_WARNING[contents.lang] in text)
    before = [text for text in pages[: warning + 1] if mark in text]
    assert len(before) == 1, "only the list of data names the survey"
    assert mark in "".join(pages[warning + 1 :])


def test_a_table_of_both_kinds_of_rows_is_parted_by_its_rows(contents):
    parts = parted(contents["en"])
    by_id = {p.id: p for half in (parts.further, parts.simulated) for c in half for p in c.exhibits}
    kinds = {
        name: set(by_id[name].recorded.frame["evidence"])
        for name in by_id
        if "tab-clus" in name and "evidence" in by_id[name].recorded.frame
    }
    assert kinds["tab-clusters"] == {"observed"}
    assert kinds["tab-clusters-simulated"] == {"stand-in"}


def test_captions_are_titles_and_notes_begin_as_notes(made):
    contents, data, _ = made
    for chapter in data.document["chapters"]:
        for part in chapter["exhibits"]:
            assert part["title"] == contents.exhibits[part["id"]].title
            assert not part["note"] or part["note"].startswith(NOTES[contents.lang])


def test_no_page_holds_a_heading_alone(made):
    _, _, pdf = made
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    heads = {"".join(title.split()) for title in titles(reader.outline)}
    for page in reader.pages[1:]:
        body = page.extract_text().split("\n")[1:-1]
        assert "".join("".join(body).split()) not in heads


def test_the_main_part_has_at_most_45_pages(made):
    # figures are as high as a run drew them (HEIGHTS of the fixtures); appendices have letters
    _, _, pdf = made
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    heads = [one for one in reader.outline if not isinstance(one, list)]
    appendix = next(one for one in heads if one.title.startswith("A "))
    assert 30 < reader.get_destination_page_number(appendix) <= 45


def titles(outline) -> list[str]:
    return [t for one in outline for t in (titles(one) if isinstance(one, list) else [one.title])]


def test_a_tall_figure_is_drawn_smaller_and_one_that_cannot_be_read_is_refused(made):
    _, data, _ = made
    name = next(name for name in data.pictures if name.startswith("fig-"))
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="459pt" height="{0}pt" viewBox="0 0 459 {0}"><rect y="{1}" width="459" height="9"/></svg>'
    whole = {**data.pictures, name: drawn.format(900, 890).encode()}
    assert typeset(Data(data.document, whole))
    with pytest.raises(
        UserError, match=rf"a figure does not fit a page.*{name[:-4]}.*part it in two"
    ):
        typeset(Data(data.document, {**whole, name: drawn.format(1500, 1490).encode()}))


def test_the_first_page_names_authors_article_date_licence_and_doi(made):
    contents, _, pdf = made
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    cited = citation_of(contents.root)
    assert cited.date in page
    assert cited.licence in page
    assert "DOI" in page
    assert all(author in page for author in cited.authors)
    assert "1007-5194" in page
