"""CSV files in UTF-8, UTF-16, GB18030 or a Western encoding, with any usual delimiter."""

from __future__ import annotations

import csv as rows_of_text
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.errors import UserError
from compendium.survey.formats.encodings import (
    CHINESE,
    UTF8,
    Choice,
    codec_of,
    decide,
    given,
    is_plausibly_western,
)
from compendium.survey.formats.headings import with_headings
from compendium.survey.formats.raw import Note, Raw
from compendium.text import Text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
QUOTE = b'"'
DELIMITERS = b",;\t|"
EXCERPT_BYTES = 4

_SAMPLE, _SAMPLE_LINES = 1 << 20, 200
_BLOCK, _LARGEST_BLOCK = 1 << 24, 1 << 30
_SEPARATOR = re.compile(rb'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
_QUOTED = re.compile(rb'"[^"]*"')
_POWERS = re.compile(rb"[0-9][eE]\+[12]")
_BREAK = re.compile(rb"\r\n|\r|\n")

_NO_MARK = Text("UTF-16 without a mark at its start", "UTF-16，开头无字节顺序标记")
_SEPARATOR_SAID = Text("the first line only names the delimiter", "首行仅声明分隔符，未作数据读取")


def read_csv(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read a CSV file; the delimiter is the one that parts header and rows alike."""
    content, choice = decoded(path, path.read_bytes(), encoding)
    notes = [Note(said) for said in choice.notes]
    named = _SEPARATOR.match(content)
    if named:
        content = content[named.end() :]
        notes.append(Note(_SEPARATOR_SAID))
    if not content.strip():
        raise UserError("the file is empty", "export it again", file=path)
    if content.count(QUOTE) % 2:
        line = content.count(b"\n", 0, content.rindex(QUOTE)) + 1 + bool(named)
        raise UserError("a quotation mark is not closed", "close it", file=path, line=line)
    content = content.rstrip(b"\r\n") + b"\n"
    delimiter = named[1].decode() if named else _delimiter(content)
    names, frame = _parsed(path, content, delimiter)
    powers = _POWERS.search(content) is not None
    return with_headings(path, names, frame, choice.name, notes, powers=powers)


def decoded(path: Path, raw: bytes, encoding: str | None = None) -> tuple[bytes, Choice]:
    """Text of a file as UTF-8 without a mark, and its encoding.

    Raises
    ------
    UserError
        With the line of a byte that is not of the encoding.
    """
    if encoding is not None:
        choice = given(encoding, path)
        if raw.startswith(UTF16_MARKS) and codec_of(encoding).startswith("utf-16"):
            return _transcoded(path, raw, "UTF-16"), choice
        return _transcoded(path, raw, encoding), choice
    if raw.startswith(UTF8_MARK):
        return _transcoded(path, raw, UTF8), Choice("UTF-8 with a byte order mark")
    if raw.startswith(UTF16_MARKS):
        return _transcoded(path, raw, "UTF-16"), Choice("UTF-16")
    if b"\0" in raw[:_SAMPLE]:
        order = "LE" if raw[1:_SAMPLE:2].count(0) > raw[:_SAMPLE:2].count(0) else "BE"
        return _transcoded(path, raw, f"UTF-16-{order}"), Choice(f"UTF-16-{order}", (_NO_MARK,))
    # a break after each, or an accent at the end would be taken for a character that is cut off
    foreign = {line + b"\n" for line in raw.splitlines() if not line.isascii()}
    choice = decide(foreign)
    if choice.name not in (UTF8, CHINESE) and not is_plausibly_western(foreign):
        mend = "give its encoding with --encoding, or save the file as UTF-8"
        raise _misfit_of_bytes(path, raw, "neither UTF-8 nor GB18030", "gb18030", mend)
    return _transcoded(path, raw, choice.name), choice


def _transcoded(path: Path, raw: bytes, encoding: str) -> bytes:
    codec = codec_of(encoding)
    if codec == "utf-8":
        raw = raw.removeprefix(UTF8_MARK)
    if codec == "cp1252":
        return Choice(encoding).decode(raw)[0].encode()
    try:
        text = raw.decode(codec)
    except UnicodeError:
        mend = "save the file as UTF-8, or give its encoding with --encoding or in the mapping"
        raise _misfit_of_bytes(path, raw, f"not {encoding}", codec, mend) from None
    return raw if codec == "utf-8" else text.removeprefix("\ufeff").encode("utf-8", "replace")


def _misfit_of_bytes(path: Path, raw: bytes, what: str, codec: str, mend: str) -> UserError:
    start = 0
    try:
        raw.decode(codec)
    except UnicodeDecodeError as error:
        start = error.start
    except UnicodeError:  # a mark that is missing, and such
        pass
    return UserError(
        f"the bytes are {what}",
        mend,
        file=path,
        line=raw.count(b"\n", 0, start) + 1,
        value=raw[start : start + EXCERPT_BYTES],
    )


def _delimiter(content: bytes) -> str:
    """Delimiter that the header has most of, of those that its rows have as often."""
    sample = _QUOTED.sub(b"", content[:_SAMPLE])
    lines = _BREAK.split(sample)[: -1 if len(content) > len(sample) else None]
    lines = [line for line in lines[:_SAMPLE_LINES] if line] or [sample]
    counts = {chr(one): [line.count(one) for line in lines] for one in DELIMITERS}
    alike = [one for one, times in counts.items() if times[0] and len({*times}) == 1]
    return max(alike or counts, key=lambda one: counts[one][0])


def _parsed(path: Path, content: bytes, delimiter: str) -> tuple[list[str], pd.DataFrame]:
    """Names and cells as they stand in the file; the frame's columns are numbers."""
    import pandas as pd
    import pyarrow as pa

    try:
        table = _table(content, delimiter)
    except pa.ArrowInvalid as error:
        rows = list(_cut(content, delimiter))
        if not rows:
            raise _misfit(path, error) from None
        header, *cells = rows
        return header, pd.DataFrame(cells, columns=range(len(header)), dtype="str")
    columns = dict(enumerate(column.to_pandas() for column in table.columns))
    return table.column_names, pd.DataFrame(columns, copy=False)


def _table(content: bytes, delimiter: str) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    for block in (_BLOCK, _LARGEST_BLOCK):
        try:
            # one thread, or the message on a misfit does not say the row
            return csv.read_csv(
                pa.BufferReader(content),
                read_options=csv.ReadOptions(use_threads=False, block_size=block),
                parse_options=csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
                ),
                convert_options=csv.ConvertOptions(default_column_type=pa.string()),
            )
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block == _LARGEST_BLOCK:
                raise
    raise AssertionError


def _cut(content: bytes, delimiter: str) -> Iterator[list[str]]:
    """Rows without empty cells beyond the header's last; none where a row has others there."""
    lines = io.StringIO(content.decode(), newline="")
    try:
        rows = list(rows_of_text.reader(lines, delimiter=delimiter))
    except rows_of_text.Error:  # a cell too long for this reader
        return
    width = max((place for place, name in enumerate(rows[0], start=1) if name.strip()), default=0)
    if all(len(row) >= width and not any(row[width:]) for row in rows):
        yield from (row[:width] for row in rows)


def _misfit(path: Path, error: Exception) -> UserError:
    said = str(error).removeprefix("CSV parse error: ").splitlines()[0]
    row = re.match(r"Row #(\d+): (Expected \d+ columns, got \d+)", said)
    return UserError(
        f"the rows do not fit the header ({row[2] if row else said})",
        "look for a missing or unquoted delimiter",
        file=path,
        row=int(row[1]) - 1 if row else None,
    )
