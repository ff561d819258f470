"""The level of intervals travels with them: it is a fact about the rows, not about the page."""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan
from typing import Any

import pandas as pd

from compendium.errors import UserError

LEVEL_OF_INTERVALS = "level"
"""Where a frame keeps it: a column, where rows tell it, or else an attribute of the frame."""


def at_level(frame: pd.DataFrame, levels: Iterable[float]) -> pd.DataFrame:
    """Note on a frame the one level that its intervals have; nan is of a row without one.

    pandas hands the note on to what is made from the frame and drops it where frames with other
    notes are joined, so that a lost level is refused where the rows are shown, never guessed.

    Raises
    ------
    UserError
        The intervals have several levels.
    """
    known = {float(level) for level in levels if not isnan(level)}
    if len(known) > 1:
        told = ", ".join(f"{level:g}" for level in sorted(known))
        raise UserError(
            "intervals of several levels in one exhibit", "show each level apart", value=told
        )
    if known:
        frame.attrs[LEVEL_OF_INTERVALS] = known.pop()
    return frame


def noted_level(frame: pd.DataFrame) -> Any:
    """Return the level noted on a frame, None where there is none."""
    return frame.attrs.get(LEVEL_OF_INTERVALS)
