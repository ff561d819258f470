"""Parquet files."""

from __future__ import annotations

from pathlib import Path

from compendium.errors import UserError
from compendium.survey.formats.raw import Raw, damaged, headings_of, rounded
from compendium.survey.store import read_about


def read_parquet(path: Path, encoding: str | None, sheet: str | None) -> Raw:  # noqa: ARG001
    """Read a Parquet file, its long whole numbers exactly; a stand-in is refused."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}
    about = read_about(path)
    if about is not None and about.get("kind") == "stand-in":
        raise UserError("this file is a stand-in", "a stand-in is never imported", file=path)
    try:
        frame = pq.read_table(path).to_pandas(types_mapper=whole.get)
    except Exception as error:
        raise damaged(path, error) from error
    headings = headings_of(path, frame.columns)
    frame.columns = pd.Index(list(headings))
    return Raw(path, frame, "", headings, notes=tuple(rounded(frame)))
