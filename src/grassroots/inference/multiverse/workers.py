"""Blocks of work in order, on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from grassroots.errors import UserError

Block = TypeVar("Block")
Result = TypeVar("Result")
Progress = Callable[[int, int], None]


def run_blocks(
    function: Callable[[Block], Result],
    blocks: Sequence[Block],
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Apply a function to each block and return the results in the order of the blocks."""
    if jobs != 1 or scheduler is not None:
        raise UserError("only one job is available", "leave out jobs and scheduler")
    results = []
    for done, block in enumerate(blocks, start=1):
        results.append(function(block))
        if progress is not None:
            progress(done, len(blocks))
    return results
