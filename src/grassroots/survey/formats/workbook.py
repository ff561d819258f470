"""Excel workbooks: one sheet, one row of headings, plain values."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grassroots.errors import UserError
from grassroots.survey.formats.raw import SHOWN, Raw, damaged, headings_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEADED = 2
"""Rows that a sheet must have to hold data: headings and one below."""


def read_xlsx(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read one sheet of a workbook; cells keep their types."""
    import pandas as pd
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path)
    except Exception as error:
        raise damaged(path, error) from error
    headed = {page.title: page for page in book.worksheets if page.max_row >= HEADED}
    page = _chosen(path, headed, sheet)
    _refuse_merged(path, page)
    _refuse_formulas(path, page)
    header, *rows = ([cell.value for cell in row] for row in page.iter_rows())
    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    width = max((i for i, name in enumerate(header, start=1) if name is not None), default=0)
    for number, row in enumerate(rows, start=1):
        if any(value is not None for value in row[width:]):
            raise UserError("a cell stands beyond the last heading", "delete it", path, row=number)
    headings = headings_of(path, header[:width])
    frame = pd.DataFrame([row[:width] for row in rows], columns=list(headings), dtype="object")
    return Raw(path, frame, "", headings)


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


def _refuse_merged(path: Path, page: Worksheet) -> None:
    merged = sorted(str(cells) for cells in page.merged_cells.ranges)
    if merged:
        problem = f"sheet '{page.title}' has merged cells: {_some(merged)}"
        raise UserError(problem, "unmerge them, one heading a column in row 1", file=path)


def _refuse_formulas(path: Path, page: Worksheet) -> None:
    cells = [cell.coordinate for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    if cells:
        problem = f"sheet '{page.title}' has formulas, whose results may be stale: {_some(cells)}"
        raise UserError(problem, "paste them as values", file=path)


def _some(places: list[str]) -> str:
    more = len(places) - SHOWN
    return ", ".join(places[:SHOWN]) + (f" and {more} more" if more > 0 else "")
