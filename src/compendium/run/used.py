"""What a kernel has used and which packages it had, asked of it when its notebook has ended."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any

ASK = f"__import__({__name__!r}, fromlist=['told']).told()"
"""An expression that a kernel answers, forked or not."""

MEGABYTE = 2**20
UNIT = 1 if sys.platform == "darwin" else 2**10
"""Bytes in which the system tells the peak memory of a process."""


@dataclass(frozen=True)
class Used:
    """What a notebook's kernel used, and with which packages it worked.

    Attributes
    ----------
    cpu_seconds
        Of the kernel and of processes that it has waited for; a forked kernel's begin with the
        fork. None where the system does not tell.
    peak_mb
        Largest memory at once, in megabytes; a forked kernel's holds what it shares.
    versions
        Versions of what can show in a result.
    other_packages
        Versions of packages that are not those of the lock.
    """

    cpu_seconds: float | None = None
    peak_mb: float | None = None
    versions: dict[str, str] = field(default_factory=dict)
    other_packages: dict[str, str] = field(default_factory=dict)


def told() -> str:
    """What this process has used so far, as JSON."""
    import os
    from pathlib import Path

    from compendium import packages
    from compendium.registry import variable
    from compendium.run.record import versions

    named = os.environ.get(variable("ROOT"))
    others = packages.told(packages.others(Path(named))) if named else {}
    return json.dumps({**resources(), "versions": versions(), "other_packages": others})


def resources() -> dict[str, Any]:
    """CPU seconds and peak memory of this process and of those it has waited for."""
    try:
        import resource
    except ImportError:  # Windows
        return {}
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "cpu_seconds": round(sum(one.ru_utime + one.ru_stime for one in spent), 3),
        "peak_mb": round(max(one.ru_maxrss for one in spent) * UNIT / MEGABYTE, 1),
    }
