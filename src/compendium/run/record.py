"""The run record, reports/run.json: what ran, with what, on what, for how long."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from compendium import __version__, run_record
from compendium.errors import UserError
from compendium.files import sha256_of, write_atomic
from compendium.registry import program

PACKAGES = (
    *("ipykernel", "matplotlib", "numpy", "pandas", "pandera", "papermill"),
    *("pyarrow", "pytask", "scipy", "seaborn", "statsmodels"),
)
"""Packages whose version can show in a result."""


@dataclass(frozen=True)
class Outcome:
    """How a notebook ended in this run, and what it took the last time that it ran.

    Attributes
    ----------
    seconds, cell_seconds
        Time on the clock, in all and in its cells.
    cpu_seconds, peak_mb
        What its kernel used; see `compendium.run.used`.
    versions, other_packages
        What its results were made with, and what of that was not the lock's.
    """

    outcome: str
    seconds: float | None = None
    cell_seconds: float | None = None
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    versions: Mapping[str, str] | None = None
    other_packages: Mapping[str, str] | None = None
    error: str | None = None


KEPT = ("seconds", "cell_seconds", "cpu_seconds", "peak_mb", "versions", "other_packages")
"""What stays of a notebook's last time while it does not run."""


def read(reports: Path) -> dict[str, Any]:
    """The record of the last run, empty where there is none or a broken one to write over."""
    try:
        return run_record.read(reports)
    except UserError:
        return {}


def forecasts(record: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of each notebook the last time it ran."""
    notebooks = record.get("notebooks", {})
    return {
        name: float(entry["seconds"]) for name, entry in notebooks.items() if entry.get("seconds")
    }


def write(
    reports: Path,
    outcomes: Mapping[str, Outcome],
    *,
    last: Mapping[str, Any],
    lock: Path,
    **facts: Any,
) -> None:
    """Write the record; a notebook that did not run keeps what the last time that it did took."""
    notebooks = dict(last.get("notebooks", {}))
    for name, outcome in outcomes.items():
        entry = {key: value for key, value in vars(outcome).items() if value is not None}
        earlier = notebooks.get(name, {}) if outcome.outcome != "ran" else {}
        kept = {key: earlier[key] for key in KEPT if key in earlier}
        notebooks[name] = kept | entry
    content = {
        **facts,
        "lock": sha256_of(lock) if lock.is_file() else None,
        "versions": versions_of(notebooks) or versions(),
        "other_packages": _joined(notebooks, "other_packages"),
        "machine": run_record.machine(),
        "notebooks": notebooks,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    write_atomic(reports / run_record.NAME, text.encode())


def versions_of(notebooks: Mapping[str, Any]) -> dict[str, str]:
    """Versions that the results were made with; two where notebooks ran with different ones."""
    return _joined(notebooks, "versions")


def _joined(notebooks: Mapping[str, Any], key: str) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for entry in notebooks.values():
        for name, known in entry.get(key, {}).items():
            found.setdefault(name, set()).add(known)
    return {name: ", ".join(sorted(all_known)) for name, all_known in found.items()}


def versions() -> dict[str, str]:
    """Versions of Python, the system and the packages that matter."""
    found = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        program(): __version__,
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
