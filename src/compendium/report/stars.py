"""Stars in place of intervals, for journals that ask for them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from compendium.exhibits.grid import Grid, GridColumn
from compendium.exhibits.regression import Manner, stars_of, stars_words
from compendium.exhibits.words import CLAUSE
from compendium.text import Lang, Text

VALUE, INTERVAL, P = "value", "ci", "p"
"""Columns of a table that can have stars: they go to the value, interval and p-value go."""
LEDGER_NOTE = Text("methods and intervals are in the ledger.", "方法与区间见估计值台账。")


def stars_note(manner: Manner, lang: Lang) -> str:
    """Say what the stars mean and where the rest is."""
    return f"{stars_words(manner, lang)}{CLAUSE[lang]}{LEDGER_NOTE[lang]}"


def can_have_stars(grid: Grid) -> bool:
    """Whether a table has a value with an interval and a p-value."""
    return {VALUE, INTERVAL, P} <= {column.name for column in grid.columns}


def starred(grid: Grid, frame: pd.DataFrame, manner: Manner = "stars") -> Grid:
    """Put stars beside the value of each row in place of its interval and p-value.

    Stars have a narrow column of their own, so that the decimals of the values stay in line. A row
    without a p-value has none. A table that lacks one of the columns stays as it is.

    Parameters
    ----------
    grid
        The table in words.
    frame
        Its data, in the same rows, with p-values as numbers.
    manner
        Which stars.
    """
    if not can_have_stars(grid):
        return grid
    names = [column.name for column in grid.columns]
    kept = [k for k, name in enumerate(names) if name not in (INTERVAL, P)]
    place = kept.index(names.index(VALUE)) + 1
    marks = [stars_of(p, manner) for p in pd.to_numeric(frame[P]).astype(float)]
    columns = [grid.columns[k] for k in kept]
    columns.insert(place, GridColumn("stars", "", numeric=False))
    rows = []
    for row, mark in zip(grid.rows, marks, strict=True):
        cells = [row[k] for k in kept]
        cells.insert(place, mark)
        rows.append(tuple(cells))
    note = f"{grid.note} {stars_note(manner, grid.lang)}".strip()
    return replace(grid, columns=tuple(columns), rows=tuple(rows), note=note)
