"""What every kind of file is read into."""

from __future__ import annotations

import numbers
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.characters import cleaned
from compendium.errors import UserError
from compendium.text import Text

if TYPE_CHECKING:
    import pandas as pd

EXACT = 1 << 53
"""Whole numbers from here on are rounded in files that hold them as fractions."""

_ROUNDED = Text(
    "long numbers that the file holds rounded, such as {value}: if they are names, export them as"
    " text",
    "文件中的长数字已被舍入，如 {value}：若用作编号，请以文本格式导出",
)

_POWER = r"[0-9]\.?[0-9]*[eE]\+(?:1[1-9]|[2-9][0-9])"
"""A long number as spreadsheets show it and write it into a .csv, such as 1.7E+18."""

_POINT = re.compile(r"(-?[0-9]+)\.0+")
"""A whole number with a decimal point, as programs write a column that has empty cells."""

SHOWN = 5
"""Places named in one message: the first few are enough to find the rest."""


@dataclass(frozen=True)
class Declared:
    """Cells of a column that the file itself declares missing.

    Attributes
    ----------
    codes
        Texts as `plain` gives them; Stata's kinds of missing are '.a' to '.z', and so stand in the
        cells.
    ranges
        Lowest and highest number of each range, both of them in it.
    """

    codes: frozenset[str] = frozenset()
    ranges: tuple[tuple[float, float], ...] = ()

    def holds(self, text: str) -> bool:
        """Whether a cell of this text is missing."""
        if text in self.codes:
            return True
        try:
            number = float(text)
        except ValueError:
            return False
        return any(low <= number <= high for low, high in self.ranges)


@dataclass(frozen=True)
class Note:
    """Something that a reader did and that has to be said.

    Attributes
    ----------
    rows
        Rows of the file, from 1, the header not counted; empty where it concerns all.
    lossy
        What stood there can't be known from the file, so that it can be no name.
    """

    said: Text
    heading: str | None = None
    rows: tuple[int, ...] = ()
    lossy: bool = False


@dataclass(frozen=True)
class Raw:
    """A survey's file as it is.

    Attributes
    ----------
    frame
        Columns under their tidied headings, in the order of the file.
    encoding
        As detected or as the file says; empty where the format leaves no choice.
    headings
        Tidied heading to the heading in the file.
    labels, value_labels
        What the file itself says of its columns and codes, by tidied heading.
    declared
        Cells that the file itself declares missing, by tidied heading; they stay in the frame.
    notes
        What reading it changed or left out.
    """

    path: Path
    frame: pd.DataFrame
    encoding: str
    headings: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    declared: Mapping[str, Declared] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@lru_cache(maxsize=1 << 15)
def tidy(text: str) -> str:
    """Text as it is compared.

    Invisible characters are gone, radicals and full-width forms made plain, white space and line
    breaks one space.
    """
    plain_text = unicodedata.normalize("NFKC", cleaned(text, lines=True))
    return re.sub(r"\s+", " ", plain_text).strip()


def plain(value: Any) -> str:
    """Text of a cell: tidied, whole numbers without a decimal point, empty for missing."""
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        text = tidy(value)
        whole = _POINT.fullmatch(text)
        return whole[1] if whole else text
    if isinstance(value, numbers.Integral | np.bool_):
        return str(int(value))
    if hasattr(value, "__float__") and float(value).is_integer():
        return str(int(value))
    return str(value)


def headings_of(path: Path, names: Iterable[Any]) -> dict[str, str]:
    """Tidied headings with the file's own; raises UserError for empty and double ones."""
    own = ["" if name is None else str(name) for name in names]
    tidied = [tidy(name) for name in own]
    for position, name in enumerate(tidied, start=1):
        if not name or name.startswith("Unnamed:"):
            raise UserError(f"column {position} has no heading", "give it one", file=path)
    double = [name for name, times in Counter(tidied).items() if times > 1]
    if double:
        raise UserError("two columns have this heading", "rename one", path, column=double[0])
    return dict(zip(tidied, own, strict=True))


def damaged(path: Path, error: Exception) -> UserError:
    """Make the error for a file that its reader can't make sense of.

    Parsers of other packages raise almost anything on damaged bytes, so every exception of theirs
    is taken for damage; --debug shows it.
    """
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    said = said.replace(str(path), path.name)
    problem = f"the file is damaged or cut short ({said})"
    return UserError(problem, "copy or export it again", file=path)


def rounded(frame: pd.DataFrame, *, texts: bool = False) -> Iterator[Note]:
    """Say where numbers are too long to be exact; in texts too where these are to be looked at."""
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind == "f":
            found = np.flatnonzero(np.abs(column.to_numpy()) >= EXACT)
        elif column.dtype == object:
            found = np.flatnonzero([isinstance(x, float) and abs(x) >= EXACT for x in column])
        elif texts and column.dtype == "str":
            found = np.flatnonzero(column.str.fullmatch(_POWER).fillna(value=False))
        else:
            continue
        if len(found):
            value = plain(column.iloc[found[0]])
            said = _ROUNDED.filled(value=value)
            yield Note(said, str(name), tuple((found + 1).tolist()), lossy=True)
