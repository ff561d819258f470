"""Colours by meaning, from the active style; every scale steps in lightness and reads in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex, to_rgb

from compendium.exhibits.style import INK, active
from compendium.exhibits.style_file import Fill

OUTCOME_MARKERS = {"holds": "o", "fails": "X", "inconclusive": "D", "not run": "o"}

MARKERS = ("o", "s", "D", "^", "v", "P", "X", "h")
DASHES: tuple[str | tuple[float, tuple[float, ...]], ...] = (
    "solid",
    (0, (5, 1.6)),
    (0, (1.2, 1.4)),
    (0, (7, 1.6, 1.2, 1.6)),
    (0, (3, 1, 1.2, 1, 1.2, 1)),
    (0, (9, 2)),
    (0, (2, 2)),
    (0, (4, 1.2, 4, 1.2, 1.2, 1.2)),
)


@dataclass(frozen=True)
class Ink:
    """How one series or group is drawn: colour, marker and dash say the same thing three times."""

    colour: str
    marker: str
    dash: str | tuple[float, tuple[float, ...]]


def inks(codes: Sequence[str]) -> dict[str, Ink]:
    """Give each code its colour of meaning, or the next free colour; markers and dashes differ."""
    free = iter(active().series * len(codes))
    return {
        code: Ink(
            _meant(code).colour if _has_meaning(code) else next(free),
            OUTCOME_MARKERS.get(code, MARKERS[i % len(MARKERS)]),
            DASHES[i % len(DASHES)],
        )
        for i, code in enumerate(codes)
    }


def series_colour(i: int) -> str:
    """Return the colour of the i-th line or group, from 0."""
    colours = active().series
    return colours[i % len(colours)]


def part_fills(codes: Sequence[str]) -> dict[str, Fill]:
    """Give each part of a whole its fill of meaning, or the next of the style's parts."""
    parts = active().parts
    free = iter(parts * (1 + len(codes) // len(parts)))
    return {code: _meant(code) if _has_meaning(code) else next(free) for code in codes}


def mark(role: str) -> Fill:
    """Return the fill of a mark that forms draw, by its role."""
    return active().marks[role]


def meaning(code: str) -> Fill:
    """Return the fill of a code of the study that looks the same in every figure."""
    return _meant(code)


def evidence_colour(kind: str) -> str:
    """Return the colour of a kind of evidence."""
    return active().evidence[kind].colour


def shades(count: int, lightest: float, darkest: float) -> tuple[str, ...]:
    """Return shades from light to dark between two places (0 to 1) of the style's colour map."""
    colours = mpl.colormaps[active().shades]
    return tuple(to_hex(colours(place)) for place in np.linspace(lightest, darkest, count))


def _has_meaning(code: str) -> bool:
    return _bare(code) in active().meanings


def _meant(code: str) -> Fill:
    return active().meanings[_bare(code)]


def _bare(code: str) -> str:
    """Take `tier_county` for `county`, where only that has a meaning."""
    tier = code.removeprefix("tier_")
    return code if code in active().meanings else tier


def lightness(colour: str) -> float:
    """Compute relative luminance from 0 (black) to 1 (white), WCAG 2.2."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(colour: str) -> str:
    """Choose black or white, whichever stands out more on `colour`."""
    light = lightness(colour)
    return "#ffffff" if (1.05 / (light + 0.05)) > ((light + 0.05) / 0.06) else INK
