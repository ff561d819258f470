"""SPSS files, compressed or not."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from compendium.survey.formats.encodings import decide, given
from compendium.survey.formats.packages import (
    Moment,
    Package,
    day_of,
    duration_of,
    read_package,
    second_of,
)
from compendium.survey.formats.raw import Raw

_START = datetime(1582, 10, 14)
_DAY = 86_400
_DAYS = re.compile(r"A?DATE|[EJS]DATE|QYR|MOYR|WKYR")
_SECONDS = re.compile(r"DATETIME|YMDHMS")
_DURATIONS = re.compile(r"D?TIME|MTIME")

_HEADER, _LAYOUT, _LAYOUTS = 176, 64, (2, 3)
_MACHINE, _ENCODING = 3, 20
_LONGEST = 1 << 10
_FIRST_PAGE = 100
"""Character codes below it say nothing: 2 is ASCII, 3 "8-bit ASCII", whatever that was."""


def read_sav(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read an SPSS file; codes that it declares missing stay, and are said to be that."""
    import pyreadstat

    if encoding is not None:
        choice = given(encoding, path)
        package = Package(pyreadstat.read_sav, lambda _: choice, _moment)
    else:
        said = declared_encoding(path)
        package = Package(pyreadstat.read_sav, lambda texts: decide(texts, said), _moment)
    return read_package(path, package, strict=encoding is not None)


def _moment(kind: str) -> Moment | None:
    letters = kind.upper().rstrip("0123456789.")
    if _DAYS.fullmatch(letters):
        return lambda seconds: day_of(_START, seconds // _DAY)
    if _SECONDS.fullmatch(letters):
        return partial(second_of, _START)
    return duration_of if _DURATIONS.fullmatch(letters) else None


def declared_encoding(path: Path) -> str | None:
    """Encoding or code page that the file's own records name; None where there are none."""
    with path.open("rb") as file:
        try:
            told = dict(_told(file))
        except (struct.error, IndexError, OSError):  # damaged, as the reader will say
            return None
    return told.get(_ENCODING) or told.get(_MACHINE)


def _told(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Names of encodings in a file's dictionary, by the record that they stand in."""
    header = file.read(_HEADER)
    order = "<" if struct.unpack_from("<i", header, _LAYOUT)[0] in _LAYOUTS else ">"

    def number() -> int:
        return int(struct.unpack(order + "i", file.read(4))[0])

    def skip(length: int) -> None:
        if length < 0:
            raise struct.error
        file.seek(length, 1)

    while True:
        match number():
            case 2:  # a variable
                _, labelled, missing, _, _ = (number() for _ in range(5))
                skip(8)
                skip(-4 * (-number() // 4) if labelled else 0)
                skip(8 * abs(missing))
            case 3:  # labels of values
                for _ in range(number()):
                    skip(8)
                    skip(file.read(1)[0] // 8 * 8 + 7)
            case 4:  # the variables that have them
                skip(4 * number())
            case 6:  # a document
                skip(80 * number())
            case 7:  # an extension
                kind, size, count = number(), number(), number()
                if kind not in (_MACHINE, _ENCODING) or size * count > _LONGEST:
                    skip(size * count)
                    continue
                content = file.read(size * count)
                if kind == _ENCODING:
                    yield kind, content.decode("ascii", "replace").strip("\0 ")
                else:
                    code = struct.unpack_from(order + "8i", content)[7]
                    if code > _FIRST_PAGE:
                        yield kind, str(code)
            case _:
                return
