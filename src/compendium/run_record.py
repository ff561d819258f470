"""What a run leaves for those who read its results: its record, and files as it wrote them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from compendium.errors import UserError
from compendium.files import sha256_of
from compendium.registry import program

NAME = "run.json"
LEDGER = "estimates.csv"


class _Entry(BaseModel):
    """Shape of what is kept of a notebook."""

    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    versions: dict[str, str] = {}
    other_packages: dict[str, str] = {}


class _Record(BaseModel):
    """Shape of the record, as far as readers rely on it; an older one may lack parts."""

    notebooks: dict[str, _Entry] = {}
    parameters: dict[str, Any] = {}
    survey: dict[str, Any] = {}
    data: dict[str, str] = {}
    external: dict[str, str] = {}
    versions: dict[str, str] = {}
    other_packages: dict[str, str] = {}
    exhibits: dict[str, str] = {}
    executed: dict[str, str] = {}
    ledger: str | None = None
    lock: str | None = None
    machine: dict[str, Any] = {}


def machine() -> dict[str, Any]:
    """Describe the machine without its name: system, processor, cores, memory in gigabytes.

    What the system does not tell is left out: memory on Windows, and the processor's name where
    neither Python nor /proc has it.
    """
    release = ".".join(platform.release().split("-")[0].split(".")[:2])
    known: dict[str, Any] = {
        "system": f"{platform.system()} {release} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
    }
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        known["memory_gb"] = round(size / 2**30, 1)
    return {name: value for name, value in known.items() if value}


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in told.splitlines() if "model name" in line)
    return next(names, platform.processor())


def read(reports: Path) -> dict[str, Any]:
    """Return the record of the last run, empty where there is none.

    Raises
    ------
    UserError
        It is broken: what a reader would be told of the run is not known.
    """
    path = reports / NAME
    return checked(path, _Record) if path.is_file() else {}


def checked(path: Path, shape: type[BaseModel]) -> dict[str, Any]:
    """Read a JSON file that a run wrote and see that it has the shape that readers rely on.

    Raises
    ------
    UserError
        It can't be read, or a part of it is of another kind.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        shape.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        told = f"{place}: {first['msg'].lower()}" if place else "not a mapping"
        raise UserError(f"not as a run writes it ({told})", _mend(), file=path) from None
    except (OSError, ValueError, RecursionError):
        raise UserError("not as a run writes it (no JSON)", _mend(), file=path) from None
    return found


def _mend() -> str:
    return f"run '{program()} run --force' to write it again"


def check_ledger(reports: Path) -> None:
    """Raise UserError where the ledger is not as the last run wrote it."""
    known, ledger = read(reports).get("ledger"), reports / LEDGER
    if known is not None and ledger.is_file() and sha256_of(ledger) != known:
        raise UserError("the ledger is not as the last run wrote it", _mend(), file=ledger)


def other_packages(record: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Packages that were not those of the lock, by notebook."""
    entries = record.get("notebooks", {}).items()
    return {name: found for name, entry in entries if (found := entry.get("other_packages"))}
