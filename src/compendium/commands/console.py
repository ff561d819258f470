"""The console of all commands: words of plan and data are printed as they are."""

from __future__ import annotations

from typing import IO

from rich.console import Console


def plain_console(
    file: IO[str] | None = None, width: int | None = None, *, stderr: bool = False
) -> Console:
    """Return a console that takes brackets and colons in a text for what they are."""
    return Console(file=file, width=width, stderr=stderr, markup=False, emoji=False)
