"""Which words a notebook asked for when it last ran, so that others can change without it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from compendium.files import write_atomic

ASKED = ".asked.json"
"""File in which a notebook's kernel leaves the codes that it asked words for."""

Code = tuple[str, str | None]
"""A code and the codebook table or column that it was looked up in, None for the plan's labels."""


def write_asked(path: Path, asked: Iterable[Code]) -> None:
    """Write the codes that were asked for."""
    listed = sorted(asked, key=lambda code: (code[0], code[1] or ""))
    write_atomic(path, f"{json.dumps(listed, ensure_ascii=False)}\n".encode())


def read_asked(path: Path) -> tuple[Code, ...] | None:
    """Read the codes that were asked for; None where that is not known."""
    try:
        return tuple((str(key), source) for key, source in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
