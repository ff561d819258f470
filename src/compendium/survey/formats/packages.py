"""Files of statistics packages.

ReadStat reads each of them once, with every byte of text as a letter of Latin-1, which loses
nothing; the encoding is then decided on all texts of the file, names and labels among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.errors import UserError
from compendium.survey.formats.encodings import Choice, Trouble
from compendium.survey.formats.raw import (
    Declared,
    Note,
    Raw,
    damaged,
    headings_of,
    plain,
    rounded,
    tidy,
)
from compendium.text import Text

if TYPE_CHECKING:
    import pandas as pd

_LOSSLESS = "ISO-8859-1"

_TROUBLES: Mapping[Trouble, Text] = {
    "cut": Text(
        "a text ends within a character, as the column was too narrow for it; the rest of this"
        " character is left out",
        "文本在某个字符中间被截断（该列宽度不足），已略去这个残缺字符",
    ),
    "broken": Text(
        "bytes that are not {found} are read as '\ufffd': export the file again, or give"
        " --encoding",
        "有字节不合 {found} 编码，读作“\ufffd”：请重新导出文件，或用 --encoding 指定编码",
    ),
}
_IMPOSSIBLE = Text(
    "no date or time can be {value}: this cell stays the number that the file holds",
    "{value} 不可能是日期或时间：该单元格保留文件中的原数值",
)

Moment = Callable[[float], str]
"""Text of a date or time that a file holds as a number; raises OverflowError or ValueError."""


@dataclass(frozen=True)
class Package:
    """What a statistics package does in its own way.

    Attributes
    ----------
    read
        A function of pyreadstat.
    choose
        Encoding of the file's texts.
    moment
        How numbers of a column of this format are dates or times; None where they are not.
    """

    read: Callable[..., tuple[pd.DataFrame, Any]]
    choose: Callable[[Iterable[bytes]], Choice]
    moment: Callable[[str], Moment | None]


def read_package(path: Path, package: Package, *, strict: bool) -> Raw:
    """Read a file of a statistics package.

    Parameters
    ----------
    strict
        The user named the encoding, so that a byte which is not of it is an error.
    """
    try:
        frame, about = package.read(
            path, encoding=_LOSSLESS, user_missing=True, disable_datetime_conversion=True
        )
    except Exception as error:
        raise damaged(path, error) from error
    return _File(path, frame, about, package, strict=strict).raw()


class _File:
    """One file while its texts are decoded."""

    def __init__(
        self, path: Path, frame: pd.DataFrame, about: Any, package: Package, *, strict: bool
    ) -> None:
        self.path, self.frame, self.about, self.package = path, frame, about, package
        self.strict = strict
        self.notes: list[Note] = []
        self.own = list(about.column_names)
        frame.columns = range(len(self.own))

    @cached_property
    def texts(self) -> dict[int, tuple[Any, list[str]]]:
        """Columns with letters other than ASCII: place of each cell's text, and these texts."""
        import pandas as pd

        found = {}
        for place in self.frame.columns:
            column = self.frame[place]
            if column.dtype == "str" and not _is_ascii(column):
                found[place] = pd.factorize(column)
        return {place: (codes, [*distinct]) for place, (codes, distinct) in found.items()}

    @cached_property
    def choice(self) -> Choice:
        """The encoding."""
        about, said = self.about, []
        for codes in about.variable_value_labels.values():
            said += [text for pair in codes.items() for text in pair if isinstance(text, str)]
        for ranges in about.missing_ranges.values():
            said += [one["lo"] for one in ranges if isinstance(one["lo"], str)]
        said += [*self.own, *filter(None, about.column_labels)]
        for _, distinct in self.texts.values():
            said += distinct
        return self.package.choose(_raw(text) for text in dict.fromkeys(said))

    def raw(self) -> Raw:
        """Everything that the file says, in letters."""
        import pandas as pd

        decoded = [self._text(name) for name in self.own]
        headings = headings_of(self.path, decoded)
        names = list(headings)
        value_labels = {
            names[self.own.index(own)]: dict(self._labels(codes))
            for own, codes in self.about.variable_value_labels.items()
        }
        declared = dict(self._declared(names))
        for place, name in enumerate(names):
            self._decode(place, name)
            self._plain_kinds(place)
            kept = (declared.get(name, Declared()), value_labels.get(name, {}))
            self._moments(place, name, *kept)
        self.frame.columns = pd.Index(names)
        labels = zip(names, self.about.column_labels, strict=True)
        self.notes += rounded(self.frame)
        return Raw(
            self.path,
            self.frame,
            self.choice.name,
            headings,
            {name: tidy(self._text(label)) for name, label in labels if label},
            value_labels,
            declared,
            (*(Note(said) for said in self.choice.notes), *self.notes),
        )

    def _text(self, text: str) -> str:
        known, trouble = self.choice.decode(_raw(text))
        if trouble == "broken":
            if self.strict:
                raise self._misfit(value=_raw(text))
            self.notes.append(Note(self._trouble(trouble)))
        return known

    def _trouble(self, trouble: Trouble) -> Text:
        return _TROUBLES[trouble].filled(found=self.choice.name)

    def _misfit(self, **place: Any) -> UserError:
        problem = f"the text is not {self.choice.name}"
        return UserError(problem, "give another --encoding, or none", self.path, **place)

    def _labels(self, codes: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
        for code, label in codes.items():
            yield self._code(code), tidy(self._text(str(label)))

    def _code(self, code: Any) -> str:
        """Text of a code; Stata's kinds of missing with their dot."""
        text = plain(self._text(code) if isinstance(code, str) else code)
        return f".{text}" if isinstance(code, str) and self._is_stata else text

    @cached_property
    def _is_stata(self) -> bool:
        kinds = self.about.original_variable_types.values()
        return any(str(kind).startswith("%") for kind in kinds)

    def _declared(self, names: list[str]) -> Iterator[tuple[str, Declared]]:
        for own, ranges in self.about.missing_ranges.items():
            codes, spans = set(), []
            for one in ranges:
                low, high = one["lo"], one["hi"]
                if isinstance(low, str) or low == high:
                    codes.add(self._code(low))
                else:
                    spans.append((float(low), float(high)))
            yield names[self.own.index(own)], Declared(frozenset(codes), tuple(spans))
        for own, kinds in self.about.missing_user_values.items():
            yield names[self.own.index(own)], Declared(frozenset(f".{kind}" for kind in kinds))

    def _decode(self, place: int, name: str) -> None:
        """Give a column its letters, and say where that was not quite possible."""
        import pandas as pd

        if place not in self.texts:
            return
        codes, distinct = self.texts[place]
        known: list[str | None] = []
        places: dict[Trouble, list[int]] = {}
        for position, text in enumerate(distinct):
            decoded, trouble = self.choice.decode(_raw(text))
            known.append(decoded)
            if trouble is not None:
                places.setdefault(trouble, []).append(position)
        for trouble, where in places.items():
            rows = np.flatnonzero(np.isin(codes, where)) + 1
            if trouble == "broken" and self.strict:
                raise self._misfit(row=int(rows[0]), column=name, value=_raw(distinct[where[0]]))
            self.notes.append(Note(self._trouble(trouble), name, tuple(rows.tolist())))
        self.frame[place] = pd.array([*known, None], dtype="str")[codes]

    def _plain_kinds(self, place: int) -> None:
        """Write Stata's kinds of missing with their dot, and its short numbers as given."""
        column = self.frame[place]
        short = self.about.readstat_variable_types[self.own[place]] == "float"
        if not short and not (self._is_stata and column.dtype == object):
            return
        told = {
            x: f".{x}" if isinstance(x, str) else float(str(np.float32(x))) if short else x
            for x in column.dropna().unique()
        }
        self.frame[place] = column.map(told)

    def _moments(
        self, place: int, name: str, declared: Declared, labels: Mapping[str, str]
    ) -> None:
        """Write dates and times as text; declared and labelled numbers are none."""
        import pandas as pd

        column = self.frame[place]
        moment = self.package.moment(self.about.original_variable_types[self.own[place]] or "")
        if moment is None or column.dtype == "str":
            return
        codes, distinct = pd.factorize(column)
        texts: list[str | None] = []
        for position, value in enumerate(distinct):
            text = plain(value)
            if not isinstance(value, str) and not declared.holds(text) and text not in labels:
                try:
                    text = moment(float(value))
                except (OverflowError, ValueError):
                    rows = tuple((np.flatnonzero(codes == position) + 1).tolist())
                    self.notes.append(Note(_IMPOSSIBLE.filled(value=text), name, rows))
            texts.append(text)
        self.frame[place] = pd.array([*texts, None], dtype="str")[codes]


def day_of(start: datetime, days: float) -> str:
    """Text of a day, counted from another."""
    return (start + timedelta(days=days)).date().isoformat()


def second_of(start: datetime, seconds: float) -> str:
    """Text of a moment, counted in seconds from another."""
    return (start + timedelta(milliseconds=round(1000 * seconds))).isoformat(sep=" ")


def duration_of(seconds: float) -> str:
    """Text of a time of the day or of a length of time, such as 26:05:00."""
    minutes, rest = divmod(round(abs(seconds), 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    shown = f"{rest:06.3f}".removesuffix(".000")
    return f"{'-' if seconds < 0 else ''}{hours}:{minutes:02d}:{shown}"


def _raw(text: str) -> bytes:
    return text.encode("latin-1")


def _is_ascii(column: pd.Series[Any]) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(pc.all(pc.string_is_ascii(pa.array(column, from_pandas=True))).as_py() is not False)
