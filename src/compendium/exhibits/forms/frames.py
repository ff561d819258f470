"""Checking the data that a form is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle, style_for
from compendium.exhibits.protocols import ExhibitPlan
from compendium.text import Lang


def checked(
    data: pd.DataFrame,
    exhibit: ExhibitPlan,
    required: Sequence[str],
    optional: Sequence[str] = (),
) -> pd.DataFrame:
    """Return a copy with codes as text and everything else as floats.

    Raises
    ------
    UserError
        No rows, a column missing or unknown to the form, an empty code, or text for a number.
    """
    missing = [name for name in required if name not in data.columns]
    unknown = [name for name in data.columns if name not in (*required, *optional)]
    where = f"figure {exhibit.id}, form {exhibit.form}"
    if missing or unknown:
        what = f"lacks {', '.join(missing)}" if missing else f"has unknown {', '.join(unknown)}"
        known = ", ".join((*required, *(f"[{name}]" for name in optional)))
        raise UserError(f"{where}: the data {what}", f"give columns {known}")
    if data.empty:
        raise UserError(f"{where}: there is nothing to draw", "give at least one row")
    frame = data.reset_index(drop=True)
    return frame.assign(**{name: _typed(frame[name], name, where) for name in frame.columns})


_CODES = ("category", "group", "facet", "part", "series", "segment", "universe", "outcome")
# Columns of choices are named after what was decided.
_CHOICE = "choice:"


def _typed(column: pd.Series[Any], name: str, where: str) -> pd.Series[Any]:
    if name in _CODES or name.startswith(_CHOICE):
        if column.isna().any():
            row = int(column.isna().to_numpy().argmax()) + 1
            raise UserError(f"{where}: a code is empty", "give every row one", row=row, column=name)
        return column.astype(str)
    try:
        return pd.to_numeric(column).astype("Float64").astype(float)
    except (ValueError, TypeError) as error:
        raise UserError(f"{where}: not numbers", "give numbers", column=name) from error


def refuse_repeats(frame: pd.DataFrame, exhibit: ExhibitPlan, names: Sequence[str]) -> None:
    """Refuse two values for the same mark.

    Raises
    ------
    UserError
        Names the first row that repeats an earlier one.
    """
    keys = [name for name in names if name in frame]
    doubled = frame.duplicated(keys)
    if doubled.any():
        row = int(doubled.to_numpy().argmax())
        value = tuple(frame.loc[row, keys])
        raise UserError(
            f"figure {exhibit.id} has two values for one mark",
            f"give one row for each {' and '.join(keys)}",
            row=row + 1,
            value=value[0] if len(value) == 1 else value,
        )


def in_order(codes: pd.Series[Any], order: Sequence[str] = ()) -> list[str]:
    """List distinct codes: those of `order` first, the others as they come."""
    present = list(dict.fromkeys(codes))
    first = [str(code) for code in order if str(code) in present]
    return [*first, *(code for code in present if code not in first)]


def words_of(
    codes: Sequence[str], column: str, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> dict[str, str]:
    """Return the words of a column's codes, from the source that the plan names for it."""
    source = exhibit.labels.get(column)
    return {code: labels.text(code, source, lang=lang) for code in codes}


def axis_words(exhibit: ExhibitPlan, lang: Lang, *names: str) -> str:
    """Return the words of the first of the named axes that the plan describes, else nothing."""
    found = next((exhibit.axes[name] for name in names if name in exhibit.axes), None)
    return found[lang] if found else ""


def needed_words(exhibit: ExhibitPlan, lang: Lang, *names: str) -> str:
    """Return the words of the first of the named axes that the plan describes.

    Raises
    ------
    UserError
        The plan describes none of them.
    """
    words = axis_words(exhibit, lang, *names)
    if not words:
        what = f"axis {names[0]}" if names[0] in ("x", "y") else f"{names[0]} axis"
        raise UserError(
            f"figure {exhibit.id} has no words for its {what}",
            f"add axes: {names[0]}: {{en:, zh:}} in notebooks/plan/exhibits.yml",
        )
    return words


def level_of(frame: pd.DataFrame, exhibit: ExhibitPlan) -> float | None:
    """Return the level of the drawn intervals: what the data say, else the plan, else unknown.

    Raises
    ------
    UserError
        The intervals have several levels.
    """
    levels = frame["level"].dropna().unique() if "level" in frame else []
    if len(levels) > 1:
        raise UserError(
            f"figure {exhibit.id} mixes intervals of several levels",
            "draw intervals of one level",
            column="level",
            value=", ".join(f"{level:g}" for level in levels),
        )
    planned = exhibit.options.get("level")
    found = levels[0] if len(levels) else planned
    return None if found is None else float(found)


def on_its_scale(frame: pd.DataFrame, exhibit: ExhibitPlan) -> pd.DataFrame:
    """Turn differences of shares into percentage points, or logs of ratios into ratios."""
    names = [name for name in ("value", "low", "high", "ci_low", "ci_high") if name in frame]
    if exhibit.options.get("points"):
        return frame.assign(**{name: 100 * frame[name] for name in names})
    if exhibit.options.get("ratio"):
        return frame.assign(**{name: np.exp(frame[name]) for name in names})
    return frame


def number_style(values: pd.Series, exhibit: ExhibitPlan) -> NumberStyle:
    """Choose how the numbers of a figure are written, from the plan's options and the data."""
    options = exhibit.options
    return style_for(values, bool(options.get("percent")), options.get("digits"))
