"""CSV files in UTF-8, UTF-16 or GB18030, with or without a byte order mark."""

from __future__ import annotations

import re
from pathlib import Path

from grassroots.errors import UserError
from grassroots.strict_yaml import decode_utf8
from grassroots.survey.formats.raw import CHINESE, Raw, headings_of

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
QUOTE = '"'
DELIMITERS = ",;\t"
EXCERPT_BYTES = 4


def read_csv(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read a CSV file; the delimiter is the one that the header has most of."""
    import pandas as pd
    import pyarrow as pa
    from pyarrow import csv

    text, said = decoded(path, path.read_bytes(), encoding)
    if not text.strip():
        raise UserError("the file is empty", "export it again", file=path)
    if text.count(QUOTE) % 2:
        line = text.count("\n", 0, text.rindex(QUOTE)) + 1
        raise UserError("a quotation mark is not closed", "close it", file=path, line=line)
    text = text.rstrip("\r\n") + "\n"
    first = text.partition("\n")[0]
    parsed = csv.ParseOptions(
        delimiter=max(DELIMITERS, key=first.count),
        newlines_in_values=True,
        ignore_empty_lines=False,
    )
    try:
        # one thread, or the message on a misfit does not say the row
        table = csv.read_csv(
            pa.BufferReader(text.encode()),
            read_options=csv.ReadOptions(use_threads=False),
            parse_options=parsed,
            convert_options=csv.ConvertOptions(default_column_type=pa.string()),
        )
    except pa.ArrowInvalid as error:
        raise _misfit(path, error) from None
    headings = headings_of(path, table.column_names)
    columns = [column.to_pandas() for column in table.columns]
    frame = pd.DataFrame(dict(zip(headings, columns, strict=True)), copy=False)
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
    said = str(error).removeprefix("CSV parse error: ").splitlines()[0]
    row = re.match(r"Row #(\d+): (Expected \d+ columns, got \d+)", said)
    return UserError(
        f"the rows do not fit the header ({row[2] if row else said})",
        "look for a missing or unquoted delimiter",
        file=path,
        row=int(row[1]) - 1 if row else None,
    )
