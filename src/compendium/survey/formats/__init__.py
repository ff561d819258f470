"""Survey files of any common kind read into one form; encodings are detected and said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from compendium.errors import UserError
from compendium.survey.formats.parquet import read_parquet
from compendium.survey.formats.raw import Declared, Note, Raw, plain, tidy
from compendium.survey.formats.spss import read_sav
from compendium.survey.formats.stata import read_dta
from compendium.survey.formats.text import read_csv
from compendium.survey.formats.workbook import read_xlsx

READERS: Mapping[str, Callable[[Path, str | None, str | None], Raw]] = {
    ".csv": read_csv,
    ".xlsx": read_xlsx,
    ".sav": read_sav,
    ".zsav": read_sav,
    ".dta": read_dta,
    ".parquet": read_parquet,
}
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
ZIP_MAGIC = b"PK\x03\x04"

__all__ = ["READERS", "Declared", "Note", "Raw", "plain", "read_raw", "tidy"]


def read_raw(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> Raw:
    """Read a survey's file by its suffix: .csv, .xlsx, .sav, .zsav, .dta or .parquet.

    Raises
    ------
    UserError
        No such file, a kind that is not read, a damaged or protected file, an encoding that does
        not fit, headings that are missing or double; for .xlsx also several sheets without a
        choice, merged cells and formulas; a stand-in.
    """
    if not path.is_file():
        raise UserError("there is no such file", "check the name", file=path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError("this kind of file is not read", f"use {', '.join(READERS)}", file=path)
    with path.open("rb") as file:
        start = file.read(len(OLE_MAGIC))
        if not start:
            raise UserError("the file is empty", "export it again", file=path)
        if start == OLE_MAGIC:
            problem = "the workbook is protected by a password, or an old .xls"
            raise UserError(problem, "save it as .xlsx without a password", file=path)
        if start.startswith(ZIP_MAGIC) and path.suffix.lower() != ".xlsx":
            raise UserError(
                "this is a workbook or a zip archive", "name it .xlsx or unpack it", path
            )
    raw = reader(path, encoding, sheet)
    if not len(raw.frame):
        raise UserError("the file has no rows", "export it again", file=path)
    return raw
