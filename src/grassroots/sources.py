"""What the tables are made of: sizes, grades of sources, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

GRADES = ("official", "mainstream_media", "journal", "repost", "other")
SHOWN_FIELDS = (
    "province",
    "investigation_level",
    "severity_class",
    "deaths",
    "direct_loss_10k_cny",
    "accountable_total",
    "officials_sanctioned",
    "criminal_measures",
    "tier_township",
    "rank_section_and_below",
)


def describe_tables(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows, columns and the share of rows of each source grade, one row a table.

    Shares are nan where a table carries no grade of its own.
    """
    return pd.DataFrame([_describe(name, frame) for name, frame in tables.items()])


def filled_shares(frame: pd.DataFrame, fields: Sequence[str] = SHOWN_FIELDS) -> pd.DataFrame:
    """Share of rows with a value, one row a field in the order of `fields`."""
    filled = [float(frame[name].notna().mean()) for name in fields]
    return pd.DataFrame({"category": list(fields), "value": filled})


def _describe(name: str, frame: pd.DataFrame) -> dict[str, object]:
    size: dict[str, object] = {"table": name, "rows": len(frame), "columns": frame.shape[1]}
    if "source_grade" not in frame:
        return size | dict.fromkeys(GRADES, float("nan"))
    shares = frame["source_grade"].astype(str).value_counts(normalize=True)
    return size | {grade: float(shares.get(grade, 0.0)) for grade in GRADES}
