"""What the tables are made of: sizes, grades of sources, and what is missing."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from compendium.files import READERS
from compendium.text import Text

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


def names_of(root: Path, tables: Collection[str]) -> dict[str, Text]:
    """Names of the incidents by their ids, where they are among `tables`; else nothing."""
    path = root / "data" / "incidents" / "incidents.csv"
    if "incidents" not in tables or not path.is_file():
        return {}
    with path.open(encoding=READERS, newline="") as file:
        rows = [
            (row.get("incident_id"), row.get("name_en"), row.get("name_zh"))
            for row in csv.DictReader(file)
        ]
    return {name: Text(en, zh) for name, en, zh in rows if name and en and zh}


def describe_tables(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows, columns and the share of rows of each source grade, one row a table.

    Shares are nan where a table carries no grade of its own.
    """
    return pd.DataFrame([_describe(name, frame) for name, frame in tables.items()])


def filled_shares(frame: pd.DataFrame, fields: Sequence[str] = SHOWN_FIELDS) -> pd.DataFrame:
    """Share of the `n` rows with a value, one row a field in the order of `fields`."""
    filled = [float(frame[name].notna().mean()) for name in fields]
    return pd.DataFrame({"category": list(fields), "value": filled, "n": len(frame)})


def _describe(name: str, frame: pd.DataFrame) -> dict[str, object]:
    size: dict[str, object] = {"table": name, "rows": len(frame), "columns": frame.shape[1]}
    if "source_grade" not in frame:
        return size | dict.fromkeys(GRADES, float("nan"))
    shares = frame["source_grade"].astype(str).value_counts(normalize=True)
    return size | {grade: float(shares.get(grade, 0.0)) for grade in GRADES}
