"""Stata files of all versions; those before 14 do not say their encoding."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grassroots.survey.formats.raw import (
    Raw,
    damaged,
    encoding_of,
    headings_of,
    labelled,
    latin_bytes,
)

if TYPE_CHECKING:
    import pandas as pd

_OPEN, _CLOSE = b"<stata_dta>", b"</stata_dta>"


def read_dta(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read data with pandas, which is fast, and labels with pyreadstat, which takes an encoding.

    Blind spot: Stata's letters for kinds of missing (.a to .z) are all read as empty.
    """
    import pandas as pd
    import pyreadstat

    try:
        _refuse_cut(path)
        frame, texts = _read(path)
        said = encoding or encoding_of([*texts, *frame.columns, *_texts(frame)])
        own = None if said == "UTF-8" else said
        _, about = pyreadstat.read_dta(path, metadataonly=True, encoding=own)
    except Exception as error:
        raise damaged(path, error) from error
    headings = headings_of(path, about.column_names)
    frame.columns = pd.Index(list(headings))
    for name in frame.columns:
        if not _is_number(frame[name]):
            frame[name] = _repaired(frame[name], said)
    return labelled(path, frame, said, headings, about)


def _refuse_cut(path: Path) -> None:
    """Raise ValueError where the closing mark of newer versions is not there."""
    with path.open("rb") as file:
        if file.read(len(_OPEN)) != _OPEN:
            return
        file.seek(-len(_CLOSE), 2)
        if file.read() != _CLOSE:
            raise ValueError("the end of the file is missing")


def _read(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Data and labels; a text that is not UTF-8 comes as Latin-1."""
    from pandas.io.stata import StataReader

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with StataReader(path, convert_categoricals=False, convert_dates=False) as reader:
            frame = reader.read()
            texts = list(reader.variable_labels().values())
            texts += [x for codes in reader.value_labels().values() for x in codes.values()]
    return frame, texts


def _texts(frame: pd.DataFrame) -> list[str]:
    """Distinct texts in a frame's cells."""
    columns = [frame[name] for name in frame.columns if not _is_number(frame[name])]
    return [x for column in columns for x in column.drop_duplicates() if isinstance(x, str)]


def _is_number(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return pd.api.types.is_numeric_dtype(column.dtype)


def _repaired(column: pd.Series[Any], encoding: str) -> pd.Series[Any]:
    """Texts that were read as Latin-1, in their true encoding."""
    known = {x: _decoded(x, encoding) for x in column.drop_duplicates() if isinstance(x, str)}
    if all(old == new for old, new in known.items()):
        return column
    return column.map(known)


def _decoded(text: str, encoding: str) -> str:
    raw = latin_bytes(text)
    if raw is None or raw.isascii():
        return text
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return text
