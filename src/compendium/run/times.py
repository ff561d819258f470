"""What the last run took, by notebook, as a table that fits a terminal and a README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compendium.text import Lang, Text

HEADS = (
    Text("notebook", "笔记本"),
    Text("seconds", "耗时（秒）"),
    Text("CPU seconds", "CPU 时间（秒）"),
    Text("peak memory, MB", "内存峰值（MB）"),
)
ALL = Text("all", "合计")
UNKNOWN = "–"
COLUMNS = {"seconds": 1, "cpu_seconds": 1, "peak_mb": 0}
"""What the record has of a notebook, and the decimals that are shown."""


def times(record: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    """Lines of the table; in its last row times are added up and the memory is the largest."""
    entries: Mapping[str, Mapping[str, Any]] = record.get("notebooks", {})
    yield _row(head[lang] for head in HEADS)
    yield "|---|---:|---:|---:|"
    for name, entry in sorted(entries.items()):
        yield _row((f"`{name}`", *(_cell(entry.get(key), key) for key in COLUMNS)))
    whole = {key: _whole(entries, key) for key in COLUMNS}
    yield _row((ALL[lang], *(_cell(whole[key], key) for key in COLUMNS)))


def _whole(entries: Mapping[str, Mapping[str, Any]], key: str) -> float | None:
    known = [entry[key] for entry in entries.values() if entry.get(key) is not None]
    if len(known) < len(entries) or not known:
        return None
    return max(known) if key == "peak_mb" else sum(known)


def _cell(value: float | None, key: str) -> str:
    return UNKNOWN if value is None else f"{value:.{COLUMNS[key]}f}"


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
