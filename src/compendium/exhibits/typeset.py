"""Measuring and breaking lines of mixed Chinese and Latin text."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise

from matplotlib.ft2font import LoadFlags

from compendium.exhibits.style import LEADING, font, refuse_missing_glyphs

# Line-breaking prohibitions of Chinese typesetting (GB/T 15834, JIS X 4051).
_NO_LINE_START = frozenset("，。、；：？！）》」』】〉”’…—~·%‰,.;:?!)]}%")
_NO_LINE_END = frozenset("（《「『【〈“‘([{¥$")
# First code point of the CJK radicals; ideographs and full-width forms all come after it.
_FIRST_WIDE = 0x2E80
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
    for gap, unit in _units(tidied(text)):
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
    return max((measure(unit, size) for _, unit in _units(tidied(text))), default=0.0)


def tidied(text: str) -> str:
    """Undo line folding: one space between words, none between Chinese characters."""
    words = text.split()
    joined = words[:1]
    for before, word in pairwise(words):
        glue = "" if _is_wide(before[-1]) and _is_wide(word[0]) else " "
        joined.append(glue + word)
    return "".join(joined)


def _is_wide(character: str) -> bool:
    return ord(character) >= _FIRST_WIDE


def _units(text: str) -> list[tuple[str, str]]:
    units: list[tuple[str, str]] = []
    for match in re.finditer(r"( *)([^ ])", text):
        gap, character = match.groups()
        if units and not gap and not _may_break(units[-1][1][-1], character):
            units[-1] = (units[-1][0], units[-1][1] + character)
        else:
            units.append((gap, character))
    return units


def _may_break(before: str, after: str) -> bool:
    if before in _NO_LINE_END or after in _NO_LINE_START:
        return False
    return _is_wide(before) or _is_wide(after)


def _fitting(line: str, width: float, size: float) -> int:
    fits = 1
    while fits < len(line) and measure(line[: fits + 1], size) <= width:
        fits += 1
    return fits
