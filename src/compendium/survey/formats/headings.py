"""Headings of tables, also where platforms write more than one row of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.survey.formats.raw import Note, Raw, headings_of, rounded, tidy
from compendium.text import Text

if TYPE_CHECKING:
    import pandas as pd

Row = Sequence[str]
_LOOKED_AT = 2
_IMPORT_ID = re.compile(r'\{"?\'?ImportId')
_SINGLE = frozenset({"response", "open-ended response"})
_SAID = Text(
    "the first rows of the file are headings too, and are no answers",
    "文件开头另有标题行，不作为答卷读取",
)


def with_headings(
    path: Path,
    names: Sequence[Any],
    frame: pd.DataFrame,
    encoding: str,
    notes: Sequence[Note] = (),
    *,
    powers: bool = False,
) -> Raw:
    """Make a table whose columns are numbers into a raw file.

    Empty columns at the end that have no heading are left out, further rows of headings become
    labels.

    Parameters
    ----------
    powers
        Texts may be numbers such as 1.7E+18.
    """
    import pandas as pd

    wanted = list(names)
    while len(wanted) > 1 and not _text(wanted[-1]) and _is_empty(frame[len(wanted) - 1]):
        wanted.pop()
    frame = frame[range(len(wanted))]
    labels: list[str] = []
    first = [[_text(cell) for cell in row] for row in frame.head(_LOOKED_AT).to_numpy(object)]
    for further in (_of_qualtrics, _of_surveymonkey):
        found = further(wanted, first)
        if found is not None:
            rows, wanted, labels = found
            frame = frame.iloc[rows:].reset_index(drop=True)
            notes = [*notes, Note(_SAID)]
            break
    headings = headings_of(path, wanted)
    frame.columns = pd.Index(list(headings))
    told = {name: label for name, label in zip(headings, labels, strict=False) if label}
    return Raw(path, frame, encoding, headings, told, notes=(*notes, *rounded(frame, texts=powers)))


def _of_qualtrics(names: list[Any], rows: Sequence[Row]) -> tuple[int, list[Any], list[str]] | None:
    """Qualtrics writes names, wordings and identifiers; in older exports names and wordings."""
    for place, row in enumerate(rows):
        filled = [cell for cell in row if cell]
        if filled and all(map(_IMPORT_ID.match, filled)):
            return place + 1, names, [*rows[0]] if place else []
    if rows and _text(names[0]) == "V1" and rows[0][0] == "ResponseID":
        return 1, names, [*rows[0]]
    return None


def _of_surveymonkey(
    names: list[Any], rows: Sequence[Row]
) -> tuple[int, list[Any], list[str]] | None:
    """SurveyMonkey writes questions, each over its first column, and then their answers."""
    start = [_text(name).casefold() for name in names[:2]]
    if start != ["respondent id", "collector id"] or not rows or any(rows[0][:2]):
        return None
    whole = [_text(name) for name in names]
    for place, (before, name) in enumerate(pairwise([*whole]), start=1):
        whole[place] = name or whole[place - 1] or before
    double = {one for one in whole if whole.count(one) > 1}
    told = [
        f"{name} - {part}" if part and (name in double or part.casefold() not in _SINGLE) else name
        for name, part in zip(whole, rows[0], strict=True)
    ]
    return 1, told, []


def _text(value: Any) -> str:
    return "" if value is None or value != value else tidy(str(value))


def _is_empty(column: pd.Series[Any]) -> bool:
    return bool((column.isna() | (column.astype("str").str.strip() == "")).all())
