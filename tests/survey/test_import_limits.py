"""Files that are small and hold far more than they look."""

import io
import zipfile

import pytest

from compendium.errors import UserError
from compendium.survey.formats import read_raw, workbook

from .fieldwork import answers


def rewritten(path, change):
    """Write the workbook again with one part changed."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, change(name, content))


def test_a_workbook_of_millions_of_empty_cells_is_refused_before_it_is_opened(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(workbook, "MOST_CELLS", 20_000)
    path = tmp_path / "a.xlsx"
    answers(5).to_excel(path, index=False)
    row = b"<row>" + b'<c s="1"/>' * 1_000 + b"</row>"
    end = b"</sheetData>"
    rewritten(
        path,
        lambda name, text: text.replace(end, row * 21 + end) if "sheet1" in name else text,
    )
    assert path.stat().st_size < 20_000
    with pytest.raises(UserError, match="more than 20,000 cells") as caught:
        read_raw(path)
    assert "as .csv" in str(caught.value)


def test_cells_are_counted_across_blocks_and_with_a_prefix(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    answers(5).to_excel(path, index=False)
    rewritten(
        path,
        lambda name, text: text.replace(b"<c ", b"<x:c ") if "sheet1" in name else text,
    )
    monkeypatch.setattr(workbook, "_BLOCK", 7)
    with zipfile.ZipFile(path) as archive:
        (part,) = [one for one in archive.infolist() if "sheet1" in one.filename]
        assert sum(workbook._cells(archive, part)) == archive.read(part).count(b"<x:c ")


def test_a_workbook_that_unpacks_to_more_than_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_BYTES", 1 << 20)
    path = tmp_path / "a.xlsx"
    answers(5).to_excel(path, index=False)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/a.bin", bytes(1 << 20))
    with pytest.raises(UserError, match="too large once unpacked"):
        read_raw(path)
