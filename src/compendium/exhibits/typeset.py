"""Measuring and breaking lines of mixed Chinese and Latin text."""

from __future__ import annotations

from functools import cache, lru_cache

from matplotlib.ft2font import LoadFlags

from compendium.exhibits.style import LEADING, font, refuse_missing_glyphs
from compendium.text import units_of

# What matplotlib's own kerning and rounding may add to a measured width.
_SLACK = 1.01


def height_of(lines: int, size: float) -> float:
    """Return the height in points of a number of lines."""
    return lines * size * LEADING


@cache
def _advance(character: str) -> float:
    glyph = font().load_char(ord(character), flags=LoadFlags.NO_SCALE)
    return float(glyph.horiAdvance) / float(font().units_per_EM)


@lru_cache(maxsize=4096)
def measure(text: str, size: float) -> float:
    """Return the width in points of the longest line of `text` set in `size` points.

    Raises
    ------
    UserError
        The font lacks one of the characters.
    """
    refuse_missing_glyphs(text)
    widths = (sum(map(_advance, line)) for line in text.split("\n"))
    return max(widths) * size * _SLACK


@lru_cache(maxsize=1024)
def wrap(text: str, width: float, size: float) -> tuple[str, ...]:
    """Break `text` into lines no wider than `width` points.

    Chinese breaks between any two characters that punctuation rules allow; Latin at spaces. Only a
    word that alone is wider than a line is cut.
    """
    lines: list[str] = []
    line = ""
    for gap, unit in units_of(text):
        if line and measure(line + gap + unit, size) > width:
            lines.append(line)
            line = unit
        else:
            line = line + gap + unit if line else unit
        while len(line) > 1 and measure(line, size) > width:
            fits = _fitting(line, width, size)
            lines.append(line[:fits])
            line = line[fits:]
    return (*lines, line) if line else tuple(lines)


def wrap_evenly(text: str, width: float, size: float) -> tuple[str, ...]:
    """Break like `wrap`, in as few lines, but of about equal length."""
    best = wrap(text, width, size)
    widest = widest_unit(text, size)
    low, high = max(width / 2, min(widest, width)), width
    while len(best) > 1 and high - low > size / 2:
        middle = (low + high) / 2
        tried = wrap(text, middle, size)
        if len(tried) == len(best):
            best, high = tried, middle
        else:
            low = middle
    return best


def widest_unit(text: str, size: float) -> float:
    """Return the width in points of the longest piece of `text` that must not be broken."""
    return max((measure(unit, size) for _, unit in units_of(text)), default=0.0)


def _fitting(line: str, width: float, size: float) -> int:
    fits = 1
    while fits < len(line) and measure(line[: fits + 1], size) <= width:
        fits += 1
    return fits
