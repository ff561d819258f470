"""CSV files in UTF-8, UTF-16 or GB18030, with or without a byte order mark."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from grassroots.errors import UserError
from grassroots.strict_yaml import decode_utf8
from grassroots.survey.formats.raw import CHINESE, Raw, headings_of

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = ",;\t"
EXCERPT_BYTES = 4
_PARSER_PREFIX = "Error tokenizing data. C error: "


def read_csv(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read a CSV file; the delimiter is the one that the header has most of."""
    import pandas as pd

    text, said = decoded(path, path.read_bytes(), encoding)
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            dtype="str",
            keep_default_na=False,
            sep=delimiter,
            index_col=False,
            skip_blank_lines=False,
        )
    except pd.errors.EmptyDataError:
        raise UserError("the file is empty", "export it again", file=path) from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise _misfit(path, error) from None
    short = frame.iloc[:, -1].isna().to_numpy()
    if short.any():
        row = int(short.argmax()) + 1
        raise UserError("the row has too few cells", "complete it", file=path, row=row)
    headings = headings_of(path, _own_names(first, frame.columns, delimiter))
    frame.columns = pd.Index(list(headings))
    return Raw(path, frame, said, headings)


def decoded(path: Path, raw: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Text of a file and its encoding in words; raises UserError with the line of a wrong byte."""
    if encoding is not None:
        return _decoded_as(path, raw, encoding), encoding
    if raw.startswith(UTF8_MARK):
        return decode_utf8(raw.removeprefix(UTF8_MARK), path), "UTF-8 with a byte order mark"
    if raw.startswith(UTF16_MARKS):
        return _decoded_as(path, raw, "UTF-16"), "UTF-16"
    try:
        return raw.decode("UTF-8"), "UTF-8"
    except UnicodeDecodeError:
        return _decoded_as(path, raw, CHINESE), CHINESE


def _decoded_as(path: Path, raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except LookupError:
        raise UserError("this encoding is not known", "use UTF-8 or GB18030", path) from None
    except UnicodeDecodeError as error:
        raise UserError(
            f"the bytes are not {encoding}",
            "save the file as UTF-8, or correct 'encoding' in the mapping",
            file=path,
            line=raw.count(b"\n", 0, error.start) + 1,
            value=raw[error.start : error.start + EXCERPT_BYTES],
        ) from None


def _misfit(path: Path, error: Exception) -> UserError:
    said = str(error).strip().removeprefix(_PARSER_PREFIX)
    line = re.search(r"(?:line|row) (\d+)", said)
    return UserError(
        f"the rows do not fit the header ({said})",
        "look for an unquoted delimiter or an open quotation mark",
        file=path,
        line=int(line[1]) if line else None,
    )


def _own_names(first: str, columns: Iterable[str], delimiter: str) -> list[str]:
    """Headings before pandas told double ones apart, where the header fits on one line."""
    names = next(csv.reader([first], delimiter=delimiter), [])
    columns = list(columns)
    return names if len(names) == len(columns) else columns
