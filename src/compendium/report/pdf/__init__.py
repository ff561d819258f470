"""The report as a PDF: typeset offline by typst from one file of data and one of looks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from compendium.errors import UserError
from compendium.exhibits.style import font_path, refuse_missing_glyphs
from compendium.files import naming, write_atomic
from compendium.report.contents import Contents
from compendium.report.pdf.data import Data, data_of
from compendium.report.written import Written
from compendium.scratch import scratch_folder
from compendium.text import Lang

TEMPLATE = "report.typ"
NAMES: dict[Lang, str] = {"en": "report.pdf", "zh": "report.zh.pdf"}
SERIF_LETTERS = range(0x20, 0x250)
"""Latin letters with any accent: typst's own serif has them, before the Chinese font is asked."""
STANDARD: Literal["ua-1"] = "ua-1"
"""PDF/UA-1, readable by screen readers: typst refuses what lacks alt text, title or language."""


def write(contents: Mapping[Lang, Contents], out: Path) -> Written:
    """Write the PDF of each language below `out`.

    Raises
    ------
    UserError
        A picture is missing, a text has a character that the font lacks, or typst refuses the
        document; the last PDF stays as it was.
    """
    paths = []
    for lang, one in contents.items():
        path = out / NAMES[lang]
        with naming(path):
            write_atomic(path, typeset(data_of(one)))
        paths.append(path)
    return Written(tuple(paths), tuple(paths))


def typeset(data: Data, template: str = TEMPLATE) -> bytes:
    """Set a document from its data; the same bytes whenever the data are the same.

    Parameters
    ----------
    template
        A file beside this module that says how the document looks.
    """
    import typst

    for text in _texts(data.document):
        refuse_missing_glyphs("".join(c for c in text if ord(c) not in SERIF_LETTERS))
    with scratch_folder() as place:
        _lay_out(data, place, template)
        try:
            pdf: bytes = typst.compile(
                str(place / template),
                root=str(place),
                font_paths=[str(font_path().parent)],
                ignore_system_fonts=True,
                pdf_standards=[STANDARD],
            )
        except typst.TypstError as error:
            if "too tall for a page" in str(error):
                raise UserError(
                    f"a figure does not fit a page of the PDF: {error}",
                    "show fewer rows in it, or part it in two figures",
                ) from error
            raise UserError(
                f"the PDF can't be set: {error}", "the last PDF is kept; report this"
            ) from error
    return pdf


def _texts(value: Any) -> Iterator[str]:
    """Every text of a document, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for part in value.values() for text in _texts(part))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in _texts(part))


def _lay_out(data: Data, folder: Path, template: str) -> None:
    look = files("compendium.report.pdf").joinpath(template).read_bytes()
    write_atomic(folder / template, look)
    write_atomic(folder / "data.json", json.dumps(data.document, ensure_ascii=False).encode())
    for name, source in data.pictures.items():
        content = source if isinstance(source, bytes) else _picture(source)
        write_atomic(folder / name, content)


def _picture(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError("a picture is missing", "run the notebooks again", file=path) from error
