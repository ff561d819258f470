"""Rows that are left out of a survey, and why: one place for stand-ins and real files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compendium.survey.instrument import LOWEST, Instrument
from compendium.survey.store import Columns
from compendium.text import Text

REASONS: dict[str, Text] = {
    "duplicate": Text("respondent stands in an earlier row", "受访者已见于前面的行"),
    "attention": Text("missed the attention check", "未通过注意力检测"),
    "straight_line": Text(
        "one answer throughout, reversed items too", "全部题目（含反向题）答案相同"
    ),
}
"""Why a row is left out, in the order in which the reasons are tried."""


@dataclass(frozen=True)
class Dropped:
    """A row that is left out.

    Attributes
    ----------
    row
        Row of the file, from 1, the header not counted.
    value
        What gave it away: the earlier row, the wrong answer, or the one answer.
    """

    row: int
    respondent: str
    reason: str
    column: str | None
    value: str


def screen(instrument: Instrument, columns: Columns) -> tuple[Dropped, ...]:
    """Rows to leave out, each with its first reason, in the order of the file."""
    found: dict[int, Dropped] = {}
    for one in (
        *_duplicates(columns),
        *_inattentive(instrument, columns),
        *_straight_lines(instrument, columns),
    ):
        found.setdefault(one.row, one)
    return tuple(found[row] for row in sorted(found))


def kept(rows: int, dropped: tuple[Dropped, ...]) -> NDArray[np.bool_]:
    """Which rows are not left out, length `rows`."""
    stay = np.ones(rows, dtype=bool)
    stay[[one.row - 1 for one in dropped]] = False
    return stay


def _duplicates(columns: Columns) -> Iterator[Dropped]:
    import pandas as pd

    names = pd.Series(columns["respondent_id"])
    again = names.duplicated().to_numpy()
    if not again.any():
        return
    shared = names[names.isin(names[again]) & ~again]
    first = {name: row + 1 for row, name in shared.items()}
    for position in np.flatnonzero(again):
        name = names.iloc[position]
        yield Dropped(int(position) + 1, name, "duplicate", "respondent_id", str(first[name]))


def _inattentive(instrument: Instrument, columns: Columns) -> Iterator[Dropped]:
    for name, right in instrument.screens.attention.items():
        answers = columns[name]
        for position in np.flatnonzero((answers >= LOWEST) & (answers != right)):
            yield _dropped(columns, int(position), "attention", name, answers[position])


def _straight_lines(instrument: Instrument, columns: Columns) -> Iterator[Dropped]:
    first: NDArray[Any] = np.zeros(len(columns["respondent_id"]), dtype=np.int8)
    answered = np.zeros(len(first), dtype=np.int16)
    alike = np.ones(len(first), dtype=bool)
    for name in instrument.straight_line_items:
        answers = columns[name]
        given = answers >= LOWEST
        first = np.where((first == 0) & given, answers, first)
        alike &= ~given | (answers == first)
        answered += given
    least = instrument.screens.straight_line.least_items
    for position in np.flatnonzero(alike & (answered >= least)):
        yield _dropped(columns, int(position), "straight_line", None, first[position])


def _dropped(
    columns: Columns, position: int, reason: str, column: str | None, value: object
) -> Dropped:
    respondent = str(columns["respondent_id"][position])
    return Dropped(position + 1, respondent, reason, column, str(value))
