"""How much room the columns of a table need, for formats that set pages."""

from __future__ import annotations

from dataclasses import dataclass

from compendium.exhibits.grid import Grid

WIDEST_CELL = 44
"""Characters of a cell that count for the width of its column; longer ones break into lines."""
SHORT_CELL = 13
"""Characters up to which a column of words keeps to one line."""
WIDE_CHARACTER = "\u2e80"
"""From here on characters are as wide as they are high."""
TURNED = 128
"""Characters of the widest row from which a table is set on a turned page."""

AIR = 2
"""Characters between a column and the next."""
EM_OF_A_CHARACTER = 0.5
"""Width of a digit over the type size."""
LEAST_TYPE = 6.5
"""Type below this, in points, can't be read in print."""


@dataclass(frozen=True)
class Room:
    """Characters that each column of a table needs."""

    columns: tuple[int, ...]

    @property
    def whole(self) -> int:
        """Characters of the widest row."""
        return sum(self.columns)

    @property
    def turned(self) -> bool:
        """Whether the table wants a page on its side."""
        return self.whole > TURNED

    def type_size(self, points: float, most: float) -> float:
        """Choose the largest type, in points and halves of one, in which a row fits `points`."""
        fits = points / (EM_OF_A_CHARACTER * sum(column + AIR for column in self.columns))
        return max(LEAST_TYPE, min(most, int(2 * fits) / 2))

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the row that each column gets."""
        padded = [column + AIR for column in self.columns]
        return tuple(column / sum(padded) for column in padded)


def room_of(grid: Grid) -> Room:
    """Measure a table by its longest cells, within bounds, and the longest words of headings."""
    return Room(tuple(_length(grid, i) for i in range(len(grid.columns))))


def width_of(text: str) -> int:
    """Count characters; Chinese ones are as wide as two others."""
    return sum(2 if c >= WIDE_CHARACTER else 1 for c in text)


def _length(grid: Grid, i: int) -> int:
    longest = max((width_of(row[i]) for row in grid.rows), default=0)
    words = max((width_of(word) for word in grid.columns[i].heading.split()), default=0)
    return max(min(longest, WIDEST_CELL), min(words, WIDEST_CELL))
