"""Excel workbooks: one sheet, one row of headings, plain values."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.errors import UserError
from compendium.survey.formats.headings import with_headings
from compendium.survey.formats.raw import SHOWN, Raw, damaged

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 1 << 29
"""Unpacked, in all: a file of a few kilobytes can hold more than any machine's memory."""

MOST_CELLS = 2_000_000
"""About a minute and two gigabytes; what is larger comes as .csv."""

SHEETS = "xl/worksheets/"
_STYLE = re.compile(rb"(<(?:[a-z]+:)?(?:c|row|col)\b[^>]*?) (?:s|style)=\"([0-9]+)\"")
_FORMATS = re.compile(rb"<(?:[a-z]+:)?cellXfs\b.*?</(?:[a-z]+:)?cellXfs>", re.DOTALL)
_FORMAT = re.compile(rb"<(?:[a-z]+:)?xf\b")
_CELL = re.compile(rb"<(?:[a-z]+:)?c[ >/]")
_BLOCK, _OVERLAP = 1 << 20, 16

HEADED = 2
"""Rows that a sheet must have to hold data: headings and one below."""


def read_xlsx(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read one sheet of a workbook; cells keep their types, whole numbers all their digits."""
    import pandas as pd

    _refuse_large(path)
    try:
        book = _opened(path)
        headed = {page.title: page for page in book.worksheets if page.max_row >= HEADED}
    except Exception as error:
        raise damaged(path, error) from error
    page = _chosen(path, headed, sheet)
    merged = sorted(str(cells) for cells in page.merged_cells.ranges)
    if merged:
        problem = f"sheet '{page.title}' has merged cells: {_some(merged)}"
        raise UserError(problem, "unmerge them, one heading a column in row 1", file=path)
    _refuse_formulas(path, page)
    header, *rows = ([_value(cell) for cell in row] for row in page.iter_rows())
    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    width = max((i for i, name in enumerate(header, start=1) if name is not None), default=0)
    for number, row in enumerate(rows, start=1):
        if any(value is not None for value in row[width:]):
            raise UserError("a cell stands beyond the last heading", "delete it", path, row=number)
    cells = [row[:width] for row in rows]
    frame = pd.DataFrame(cells, columns=range(width), dtype="object")
    return with_headings(path, header[:width], frame, "")


def _opened(path: Path) -> Any:
    """Open a workbook; without the cells' styles that it does not have where it names some.

    Some programs count styles that they do not write. The others stay: they make numbers dates.
    """
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return load_workbook(io.BytesIO(path.read_bytes()))
        except IndexError:
            return load_workbook(io.BytesIO(_with_known_styles(path)))


def _with_known_styles(path: Path) -> bytes:
    """Make the same workbook without the numbers of styles that are not there."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        known = _FORMATS.search(old.read("xl/styles.xml"))
        count = len(_FORMAT.findall(known[0])) if known else 0

        def kept(cell: re.Match[bytes]) -> bytes:
            return cell[0] if int(cell[2]) < count else cell[1]

        for part in old.infolist():
            content = old.read(part)
            if part.filename.startswith(SHEETS):
                content = _STYLE.sub(kept, content)
            new.writestr(part.filename, content)
    return made.getvalue()


def _value(cell: Any) -> Any:
    """Value of a cell, its text without the codes for control characters, such as _x000D_."""
    from openpyxl.utils.escape import unescape

    value = cell.value
    return unescape(value) if isinstance(value, str) and "_x" in value else value


def _refuse_large(path: Path) -> None:
    """Count bytes and cells before anything is made of them."""
    mend = "save the sheet as .csv, without empty cells that only have a format"
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MOST_BYTES:
                raise UserError("the workbook is too large once unpacked", mend, file=path)
            sheets = [part for part in parts if part.filename.startswith(SHEETS)]
            cells = 0
            for part in sheets:
                for count in _cells(archive, part):
                    cells += count
                    if cells > MOST_CELLS:
                        problem = f"the workbook has more than {MOST_CELLS:,} cells"
                        raise UserError(problem, mend, file=path)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError) as error:
        raise damaged(path, error) from error


def _cells(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[int]:
    """Cells of a sheet, block by block."""
    rest = b""
    with archive.open(part) as sheet:
        while block := sheet.read(_BLOCK):
            text = rest + block
            rest = text[-_OVERLAP:]
            yield len(_CELL.findall(text)) - len(_CELL.findall(rest))


def _chosen(path: Path, pages: Mapping[str, Any], sheet: str | None) -> Worksheet:
    names = ", ".join(pages)
    if not pages:
        raise UserError("no sheet has rows below a header", "export it again", file=path)
    if sheet is not None and sheet not in pages:
        raise UserError(f"there is no sheet '{sheet}' with rows", f"use one of: {names}", file=path)
    if sheet is None and len(pages) > 1:
        mend = "name one as 'sheet' in the mapping, or with --sheet"
        raise UserError(f"the workbook has several sheets: {names}", mend, file=path)
    return pages[sheet] if sheet is not None else next(iter(pages.values()))


def _refuse_formulas(path: Path, page: Worksheet) -> None:
    cells = [cell.coordinate for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    if cells:
        problem = f"sheet '{page.title}' has formulas, whose results may be stale: {_some(cells)}"
        raise UserError(problem, "paste them as values", file=path)


def _some(places: list[str]) -> str:
    more = len(places) - SHOWN
    return ", ".join(places[:SHOWN]) + (f" and {more} more" if more > 0 else "")
