"""The console of all commands: words of plan and data are printed as they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import IO

from rich.cells import cell_len, chop_cells
from rich.console import Console

from compendium.text import units_of

GAP = "  "
"""Between two columns."""


def plain_console(
    file: IO[str] | None = None, width: int | None = None, *, stderr: bool = False
) -> Console:
    """Return a console that takes brackets and colons in a text for what they are."""
    return Console(
        file=file, width=width, stderr=stderr, markup=False, emoji=False, highlight=False
    )


def wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Break a text into lines of at most `width` columns of a terminal.

    Words stay whole unless one is wider than a line, and no line begins with a mark that Chinese
    typesetting does not let begin one.

    Parameters
    ----------
    first, rest
        What the first line begins with, and each other one (as wide a space as `first`).
    """
    indent = " " * cell_len(first) if rest is None else rest
    lines, line, empty = [], first, True
    for gap, unit in units_of(text):
        if not empty and cell_len(line + gap + unit) > width:
            lines.append(line)
            line, empty = indent, True
        pieces = chop_cells(unit, max(1, width - cell_len(line))) if empty else [gap + unit]
        for piece in pieces[:-1]:
            lines.append(line + piece)
            line = indent
        line, empty = line + pieces[-1], False
    return [*lines, line]


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Write rows as lines with their columns below each other, those of `right` at their right."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(
            _filled(cell, width, at_right=i in right)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def say(console: Console, text: str, first: str = "", rest: str | None = None) -> None:
    """Print a text in lines that fit the console."""
    for line in wrapped(text, console.width, first, rest):
        console.print(line, soft_wrap=True)


def _filled(cell: str, width: int, *, at_right: bool) -> str:
    space = " " * (width - cell_len(cell))
    return space + cell if at_right else cell + space
