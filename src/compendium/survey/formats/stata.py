"""Stata files: UTF-8 from version 14 on, before that in an encoding that they do not say."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.survey.formats.encodings import UTF8, decide, given
from compendium.survey.formats.packages import Moment, Package, day_of, read_package, second_of
from compendium.survey.formats.raw import Raw, damaged

if TYPE_CHECKING:
    import pandas as pd

_OPEN, _CLOSE = b"<stata_dta>", b"</stata_dta>"
_RELEASE = re.compile(rb"<stata_dta><header><release>([0-9]+)</release>")
_OF_UTF8 = 118
_START = datetime(1960, 1, 1)
_DAYS = re.compile(r"%-?(td|d)")
_MILLISECONDS = re.compile(r"%-?t[cC]")


def read_dta(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read a Stata file; its kinds of missing stay as '.a' to '.z'."""
    version = _version(path)
    read = partial(_read, version=version)
    if encoding is not None:
        choice = given(encoding, path)
        package = Package(read, lambda _: choice, _moment)
    elif version >= _OF_UTF8:
        package = Package(read, lambda texts: decide(texts, UTF8, fixed=True), _moment)
    else:
        package = Package(read, decide, _moment)
    return read_package(path, package, strict=encoding is not None)


def _read(path: Path, *, version: int, **how: Any) -> tuple[pd.DataFrame, Any]:
    """Read with pyreadstat; it takes the bytes of long texts, which it calls 0 wide, for UTF-8."""
    from pandas.io.stata import StataReader
    from pyreadstat import read_dta

    _, about = read_dta(path, metadataonly=True, encoding=how["encoding"])
    names = about.column_names
    long = [name for name in names if about.variable_storage_width[name] == 0]
    if not long or version >= _OF_UTF8:
        frame, about = read_dta(path, **how)
        for name in long:
            frame[name] = [text.encode().decode(how["encoding"]) for text in frame[name]]
        return frame, about
    with StataReader(path, convert_categoricals=False) as reader:
        frame = reader.read(columns=long)
    if rest := [name for name in names if name not in long]:
        others, told = read_dta(path, usecols=rest, **how)
        frame, about.missing_user_values = others.join(frame), told.missing_user_values
    return frame[names], about


def _moment(kind: str) -> Moment | None:
    if _DAYS.match(kind):
        return lambda days: day_of(_START, days)
    if _MILLISECONDS.match(kind):
        return lambda milliseconds: second_of(_START, milliseconds / 1000)
    return None


def _version(path: Path) -> int:
    """Version of the format; raises UserError where the closing mark of newer ones is not there."""
    with path.open("rb") as file:
        start = file.read(64)
        if not start.startswith(_OPEN):
            return start[0]
        file.seek(-len(_CLOSE), 2)
        if file.read() != _CLOSE:
            raise damaged(path, ValueError("its end is missing"))
    found = _RELEASE.match(start)
    return int(found[1]) if found else 0
