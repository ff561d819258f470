"""Intervals are shown at the level that their exhibit is headed with, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.exhibits.regression import DIGITS
from compendium.exhibits.words import CLOSE, OPEN, SEPARATOR, interval_words
from compendium.plan.types import REGRESSION, ExhibitPlan
from compendium.stats.levels import LEVEL_OF_INTERVALS, noted_level
from compendium.stats.tidy import ROUNDING
from compendium.text import LANGS, Text

_NAMING = ("test", "term", "category", "code", "scale", "first", "model", "facet")
"""Columns that name a row, the most telling first."""
NO_WIDTH = (
    "nothing varies there: drop categories without rows (study.complete_rows) and columns of one "
    "value, or show no interval"
)


def at_its_level(data: pd.DataFrame, exhibit: ExhibitPlan) -> tuple[pd.DataFrame, ExhibitPlan]:
    """Return the data of an exhibit without their level, once it is the one of the heading.

    The title of an exhibit with a level of its own, or with lines of several, says so.

    Raises
    ------
    UserError
        Rows with an interval of another level, or whose level nobody knows.
    """
    wanted, levels = exhibit.options.get("level"), set[float]()
    for i in map(int, np.flatnonzero(_have_intervals(data))):
        found = _level_of(data, i)
        if found is None or found != found:
            raise UserError(
                f"{exhibit.id}: nobody knows the level of the interval in {row_name(data, i)}",
                "arrange the rows with compendium.exhibits.arrange, or give them a column 'level'",
            )
        if exhibit.level != "each":
            _refuse_other(exhibit, row_name(data, i), float(found), wanted)
        levels.add(float(found))
    if exhibit.level is not None and levels:
        exhibit = _headed(exhibit, sorted(levels))
    return data.drop(columns=LEVEL_OF_INTERVALS, errors="ignore"), exhibit


def _headed(exhibit: ExhibitPlan, levels: Sequence[float]) -> ExhibitPlan:
    """Say in the subtitle, or in the title where there is none, which levels intervals have."""
    part = "subtitle" if exhibit.subtitle else "title"
    told = {}
    for lang in LANGS:
        words = SEPARATOR[lang].join(interval_words(level, lang) for level in levels)
        told[lang] = f"{getattr(exhibit, part)[lang].strip()}{OPEN[lang]}{words}{CLOSE[lang]}"
    return exhibit.model_copy(update={part: Text(**told)})


def refuse_no_width(data: pd.DataFrame, exhibit: ExhibitPlan) -> None:
    """Refuse an interval without width and an error of zero: nothing was estimated there.

    Raises
    ------
    UserError
        Names the row. In a table also where both ends would be printed as 0.
    """
    digits = _printed_digits(exhibit)
    for low, high in interval_columns(data):
        a, b = ends_of(data, low), ends_of(data, high)
        printed = digits.get(low.removesuffix("_low"))
        bad = without_width(a, b)
        if printed is not None:
            bad |= (np.abs(a) < 0.5 * 10.0**-printed) & (np.abs(b) < 0.5 * 10.0**-printed)
        _refuse_where(bad, data, exhibit, f"an interval without width ({low}, {high})")
    for name in map(str, data.columns):
        if name == "se" or name.endswith("_se"):
            _refuse_where(ends_of(data, name) == 0, data, exhibit, f"an error of zero ({name})")


def _printed_digits(exhibit: ExhibitPlan) -> dict[str, int]:
    """Decimals, of shares and not of percent, that a table prints of each of its columns."""
    if exhibit.form == REGRESSION:
        points = bool(exhibit.options.get("points"))
        return {"ci": int(exhibit.options.get("digits", DIGITS)) + 2 * points}
    return {c.name: c.digits + 2 * (c.format == "percent") for c in exhibit.columns}


def without_width(low: Any, high: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether the ends of intervals are the same but for rounding."""
    a, b = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    return np.asarray(np.abs(b - a) <= ROUNDING * np.maximum(np.abs(a), np.abs(b)))


def _refuse_where(
    bad: np.ndarray[Any, np.dtype[np.bool_]], data: pd.DataFrame, exhibit: ExhibitPlan, what: str
) -> None:
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        raise UserError(f"{exhibit.id}: {what} in {row_name(data, i)}", NO_WIDTH)


def interval_columns(data: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Pairs of columns that hold the ends of intervals; plain `low` and `high` are none."""
    for name in map(str, data.columns):
        other = f"{name.removesuffix('_low')}_high"
        if name.endswith("_low") and other in data and not _has_words(data[name]):
            yield name, other


def _has_words(column: pd.Series[Any]) -> bool:
    return any(isinstance(cell, str) for cell in column)


def ends_of(data: pd.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the numbers of a column, nan where there is none."""
    return pd.to_numeric(data[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def row_name(data: pd.DataFrame, i: int) -> str:
    """Name a row by its first telling cell, or by its number."""
    named = next((name for name in _NAMING if name in data), None)
    return f"row {i + 1}" if named is None else f"row {i + 1} ({data[named].iloc[i]})"


def _have_intervals(data: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    found = np.zeros(len(data), dtype=bool)
    for low, high in interval_columns(data):
        found |= np.isfinite(ends_of(data, low)) | np.isfinite(ends_of(data, high))
    return found


def _level_of(data: pd.DataFrame, i: int) -> Any:
    return data[LEVEL_OF_INTERVALS].iloc[i] if LEVEL_OF_INTERVALS in data else noted_level(data)


def _refuse_other(exhibit: ExhibitPlan, row: str, found: float, wanted: float | None) -> None:
    if wanted is not None and isclose(found, wanted, rel_tol=0, abs_tol=1e-9):
        return
    study = "none" if wanted is None else f"{wanted:g}"
    raise UserError(
        f"{exhibit.id}: the interval in {row} has level {found:g}, that of the exhibit is {study}",
        f"estimate it with level=level, or set 'level: {found:g}' for the exhibit in "
        "notebooks/plan/exhibits.yml, which then says so in its heading",
    )
