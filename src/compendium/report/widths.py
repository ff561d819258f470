"""How much room the columns of a table need, for formats that set pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

from compendium.exhibits.grid import Grid

WIDEST_CELL = 44
"""Characters of a cell that count for the width of its column; longer ones break into lines."""
SHORT_CELL = 13
"""Characters up to which a column of words keeps to one line."""
WIDE_CHARACTER = "\u2e80"
"""From here on characters are as wide as they are high."""
_WORDS = re.compile(rf"[{WIDE_CHARACTER}-\uffff]|[^\s{WIDE_CHARACTER}-\uffff]+")
STANDING = 118
"""Characters, with air, that fit a standing page in type that is read with ease."""
LEAST_WORDS = 15
"""Characters to which a column of words is narrowed before a table is turned."""

AIR = 2
"""Characters between a column and the next."""
EM_OF_A_CHARACTER = 0.5
"""Width of a digit over the type size."""
LEAST_TYPE = 6.5
"""Type below this, in points, can't be read in print."""


@dataclass(frozen=True)
class Room:
    """Characters that each column of a table needs.

    Attributes
    ----------
    turned
        Whether the table wants a page on its side: its numbers alone are too many for a page that
        stands.
    """

    columns: tuple[int, ...]
    turned: bool

    @property
    def whole(self) -> int:
        """Characters of the widest row, with air."""
        return sum(column + AIR for column in self.columns)

    def type_size(self, points: float, most: float) -> float:
        """Choose the largest type, in points and halves of one, in which a row fits `points`."""
        fits = points / (EM_OF_A_CHARACTER * self.whole)
        return max(LEAST_TYPE, min(most, int(2 * fits) / 2))

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the row that each column gets."""
        return tuple((column + AIR) / self.whole for column in self.columns)


def room_of(grid: Grid) -> Room:
    """Measure a table by its longest cells and the longest words of headings.

    Columns of words are narrowed as far as their longest words allow, where that lets the table
    stand; where it does not, they keep their width and the page is turned.
    """
    wide = [_length(grid, i) for i in range(len(grid.columns))]
    least = [_least(grid, i, length) for i, length in enumerate(wide)]
    over = sum(length + AIR for length in wide) - STANDING
    slack = sum(wide) - sum(least)
    if over <= 0:
        return Room(tuple(wide), turned=False)
    if slack < over:
        return Room(tuple(wide), turned=True)
    kept = 1 - over / slack
    narrowed = (low + int((high - low) * kept) for low, high in zip(least, wide, strict=True))
    return Room(tuple(narrowed), turned=False)


def width_of(text: str) -> int:
    """Count characters; Chinese ones are as wide as two others."""
    return sum(2 if c >= WIDE_CHARACTER else 1 for c in text)


def _length(grid: Grid, i: int) -> int:
    longest = max((_line(row[i]) for row in grid.rows), default=0)
    return max(min(longest, WIDEST_CELL), min(_heading(grid.columns[i].heading), WIDEST_CELL))


def _least(grid: Grid, i: int, length: int) -> int:
    """Characters to which a column can be narrowed: numbers not at all, words to the longest."""
    if grid.columns[i].numeric:
        return length
    texts = (grid.columns[i].heading, *(row[i] for row in grid.rows))
    words = max(min(_longest_word(text), WIDEST_CELL) for text in texts)
    return min(length, max(words, LEAST_WORDS))


def _heading(text: str) -> int:
    """Width of a heading's longest word; Chinese stands in three lines, two characters at least."""
    wide = sum(2 for c in text if c >= WIDE_CHARACTER)
    return max(_longest_word(text), min(wide, max(4, 2 * ceil(wide / 6))))


def _line(text: str) -> int:
    return max(map(width_of, text.split("\n")))


def _longest_word(text: str) -> int:
    """Width of the longest word; Chinese breaks anywhere, so a word of it is a character."""
    words = _WORDS.findall(text)
    return max(map(width_of, words), default=0)
