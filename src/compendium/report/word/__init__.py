"""The report and its tables as Word files: three-line tables that can be edited, figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compendium.errors import UserError
from compendium.files import write_atomic
from compendium.report.contents import Contents, TablePart
from compendium.report.word.report import report_document, table_document
from compendium.report.written import Written
from compendium.text import Lang

NAMES: dict[Lang, str] = {"en": "report.docx", "zh": "report.zh.docx"}


def write(contents: Mapping[Lang, Contents], out: Path) -> Written:
    """Write the report of each language, and one file for each table, below `out`.

    Raises
    ------
    UserError
        A file is open in a word processor, which would later write its own version over ours;
        nothing is written then.
    """
    places = {lang: _places(one, out) for lang, one in contents.items()}
    for places_ in places.values():
        for path in places_.values():
            refuse_open(path)
    for lang, one in contents.items():
        write_atomic(places[lang][""], report_document(one))
        for part in _tables(one):
            write_atomic(places[lang][part.id], table_document(part, lang))
    first = tuple(places[lang][""] for lang in contents)
    return Written(first, tuple(path for found in places.values() for path in found.values()))


def refuse_open(path: Path) -> None:
    """Refuse to write over a document that a word processor holds open.

    Raises
    ------
    UserError
        Beside the file is the mark that Word, WPS or LibreOffice leaves while it is open.
    """
    word = (f"~${path.name}", f"~${path.name[2:]}")
    marks = [path.with_name(name) for name in (*word, f".~lock.{path.name}#")]
    if any(mark.exists() for mark in marks):
        raise UserError("the document is open elsewhere", "close it and call again", file=path)


def _tables(contents: Contents) -> list[TablePart]:
    return [part for part in contents.exhibits.values() if isinstance(part, TablePart)]


def _places(contents: Contents, out: Path) -> dict[str, Path]:
    """Path of the report, under "", and of each table."""
    folder = out / contents.lang / "tables"
    tables = {part.id: folder / f"{part.id}.docx" for part in _tables(contents)}
    return {"": out / NAMES[contents.lang], **tables}
