"""What every kind of file is read into."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grassroots.characters import cleaned
from grassroots.errors import UserError
from grassroots.text import Text

if TYPE_CHECKING:
    import pandas as pd

CHINESE = "GB18030"
"""Superset of GBK and GB2312, which files from Chinese systems are written in."""

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
    """

    said: Text
    heading: str | None = None
    rows: tuple[int, ...] = ()


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
    number = float(value) if hasattr(value, "__float__") else None
    if number is not None and number.is_integer():
        return str(int(number))
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


def labelled(
    path: Path, frame: pd.DataFrame, encoding: str, headings: Mapping[str, str], about: Any
) -> Raw:
    """Raw file of a statistics package, with the labels that pyreadstat found in it."""
    names = {own: tidied for tidied, own in headings.items()}
    labels = zip(headings, about.column_labels, strict=True)
    return Raw(
        path,
        frame,
        encoding,
        headings,
        {name: tidy(label) for name, label in labels if label},
        {
            names[own]: {plain(code): tidy(str(label)) for code, label in codes.items()}
            for own, codes in about.variable_value_labels.items()
        },
        {names[own]: _declared(ranges) for own, ranges in about.missing_ranges.items()},
    )


def _declared(ranges: Iterable[Mapping[str, Any]]) -> Declared:
    """What pyreadstat calls missing ranges: single codes, texts among them, and true ranges."""
    codes, spans = set(), []
    for one in ranges:
        low, high = one["lo"], one["hi"]
        if low == high:
            codes.add(plain(low))
        else:
            spans.append((float(low), float(high)))
    return Declared(frozenset(codes), tuple(spans))


def latin_bytes(text: str) -> bytes | None:
    """Bytes of a text that was read as Latin-1; None where it was not."""
    try:
        return str(text).encode("latin-1")
    except UnicodeEncodeError:
        return None


def encoding_of(texts: Iterable[str]) -> str:
    """Encoding of texts that were read as UTF-8 or, failing that, as Latin-1, which loses nothing.

    Blind spot: bytes of another East Asian encoding often make sense as GB18030 too.
    """
    raw = [known for text in texts if (known := latin_bytes(text)) is not None]
    foreign = [text for text in raw if not text.isascii()]
    if not foreign:
        return "UTF-8"
    for candidate in ("UTF-8", CHINESE):
        try:
            for text in foreign:
                text.decode(candidate)
        except UnicodeDecodeError:
            continue
        return candidate
    return "Latin-1"
