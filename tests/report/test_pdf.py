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
from compendium.report import pdf
from compendium.report.pdf import typeset
from compendium.report.pdf.data import Data, data_of
from compendium.report.words import STANDIN_WARNING
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
    tests = [t for claim in document["claims"] for t in claim["tests"]]
    tables = [p for c in document["chapters"] for p in c["exhibits"] if p["kind"] == "table"]
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
    assert _squeezed(STANDIN_WARNING[contents.lang]) not in _squeezed(first)


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
