"""What a format has written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """Files that a format has written.

    Attributes
    ----------
    first
        What a reader opens first, one a language or one for both.
    files
        All files, `first` among them.
    """

    first: tuple[Path, ...]
    files: tuple[Path, ...]
