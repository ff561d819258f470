"""Results of models, arranged as the data of a form."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from grassroots.models.tidy import Tidy


def points(results: Mapping[tuple[str, str], Tidy]) -> pd.DataFrame:
    """Data of the form `dots` from results by (category, group)."""
    rows = [
        (category, group, found.value, found.ci_low, found.ci_high, found.n)
        for (category, group), found in results.items()
    ]
    return pd.DataFrame(rows, columns=["category", "group", "value", "ci_low", "ci_high", "n"])


def open_bars(results: Mapping[str, Tidy], worst_case: Mapping[str, float]) -> pd.DataFrame:
    """Data of the form `bounds`: `low` is the result's value, `high` its worst case."""
    rows = [
        (category, found.value, worst_case[category], found.ci_low, found.ci_high, found.n)
        for category, found in results.items()
    ]
    return pd.DataFrame(rows, columns=["category", "low", "high", "ci_low", "ci_high", "n"])
