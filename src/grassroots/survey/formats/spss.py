"""SPSS files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grassroots.survey.formats.raw import CHINESE, Raw, damaged, encoding_of, headings_of, labelled

if TYPE_CHECKING:
    import pandas as pd


def read_sav(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read an SPSS file; codes that it declares missing stay, the mapping says what they mean."""
    import pandas as pd

    try:
        frame, about = _read(path, encoding)
    except Exception as error:
        raise damaged(path, error) from error
    headings = headings_of(path, about.column_names)
    frame.columns = pd.Index(list(headings))
    return labelled(path, frame, about.file_encoding or "", headings, about)


def _read(path: Path, encoding: str | None) -> tuple[pd.DataFrame, Any]:
    import pyreadstat

    try:
        frame, about = pyreadstat.read_sav(path, encoding=encoding, user_missing=True)
    except pyreadstat.ReadstatError as error:
        if encoding is not None or "convert string" not in str(error):
            raise
        return _read(path, CHINESE)
    if encoding is None and _is_garbled(about):
        return _read(path, CHINESE)
    return frame, about


def _is_garbled(about: Any) -> bool:
    """Whether labels look like Chinese bytes that were read as a Western encoding."""
    texts = [text for text in about.column_labels if text]
    texts += [x for codes in about.variable_value_labels.values() for x in codes.values()]
    return encoding_of(texts) == CHINESE
