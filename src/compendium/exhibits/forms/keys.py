"""Keys: small samples with words, set in lines above the marks that they explain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compendium.exhibits.canvas import Sheet
from compendium.exhibits.style import INK, SOFT_INK, type_size
from compendium.exhibits.typeset import height_of, measure, wrap

_SAMPLE = 20.0
_GAP = 14.0
_LINE = 14.0

Sample = Callable[[Sheet, float, float], None]


@dataclass(frozen=True)
class Key:
    """Entries of a sample and its words, laid in lines.

    Attributes
    ----------
    entries
        Left, top, words and sample of each, from the key's own corner.
    height
        Height in points, with the space below.
    """

    entries: tuple[tuple[float, float, tuple[str, ...], Sample], ...] = ()
    height: float = 0.0

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        """Draw all entries."""
        for x, y, words, sample in self.entries:
            sample(sheet, left + x, top + y + _LINE / 2)
            sheet.text(
                left + x + _SAMPLE,
                top + y + _LINE / 2,
                words,
                type_size("small"),
                va="center",
                color=SOFT_INK,
            )


def lay_key(items: Sequence[tuple[str, Sample]], width: float) -> Key:
    """Lay samples and words in lines of at most `width` points."""
    entries: list[tuple[float, float, tuple[str, ...], Sample]] = []
    x = y = 0.0
    line_height = _LINE
    for words, sample in items:
        lines = wrap(words, width - _SAMPLE, type_size("small"))
        needed = _SAMPLE + measure("\n".join(lines), type_size("small"))
        if x and x + needed > width:
            x, y, line_height = 0.0, y + line_height, _LINE
        tall = max(_LINE, height_of(len(lines), type_size("small")) + 2)
        entries.append((x, y + (tall - _LINE) / 2, lines, sample))
        line_height = max(line_height, tall)
        x += needed + _GAP
    return Key(tuple(entries), y + line_height + 4) if entries else Key()


def swatch(colour: str, hatch: str | None = None) -> Sample:
    """Make a sample of a filled area."""

    def sample(sheet: Sheet, x: float, y: float) -> None:
        sheet.box(x, y - 4.5, 14, 9, facecolor=colour, hatch=hatch, edgecolor=INK, linewidth=0.5)

    return sample


def marker(colour: str, symbol: str) -> Sample:
    """Make a sample of a point."""
    edge = INK if colour == "#ffffff" else colour

    def sample(sheet: Sheet, x: float, y: float) -> None:
        sheet.line([x + 7], [y], color=colour, marker=symbol, markersize=7, markeredgecolor=edge)

    return sample


def stroke(colour: str, dash: object = "solid", width: float = 1.4, symbol: str = "") -> Sample:
    """Make a sample of a line."""

    def sample(sheet: Sheet, x: float, y: float) -> None:
        sheet.line([x, x + 15], [y, y], color=colour, linestyle=dash, linewidth=width)
        if symbol:
            sheet.line([x + 7.5], [y], color=colour, marker=symbol, markersize=5)

    return sample


def whisker(colour: str = INK) -> Sample:
    """Make a sample of an interval."""

    def sample(sheet: Sheet, x: float, y: float) -> None:
        sheet.line([x, x + 15], [y, y], color=colour, linewidth=1.3)
        for end in (x, x + 15):
            sheet.line([end, end], [y - 3, y + 3], color=colour, linewidth=1.3)

    return sample


def upright(colour: str, dash: object) -> Sample:
    """Make a sample of a vertical line."""

    def sample(sheet: Sheet, x: float, y: float) -> None:
        sheet.line([x + 7, x + 7], [y - 6, y + 6], color=colour, linestyle=dash, linewidth=1.1)

    return sample
