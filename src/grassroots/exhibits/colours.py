"""Colours by meaning; every scale steps in lightness, so it also reads in grey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.colors import to_rgb

from grassroots.exhibits.style import INK

# Blue above, orange for primary-level government, dark to light from the top down.
TIERS = {
    "central": "#3a3a3a",
    "province": "#14284b",
    "provincial": "#14284b",
    "prefecture": "#0f5a94",
    "county": "#5596c8",
    "township": "#f0a63c",
    "community": "#fbdfa8",
}
RANKS = {
    "rank_ministerial": "#2d0b45",
    "rank_bureau": "#62318f",
    "rank_county": "#9168bd",
    "rank_section": "#b597d8",
    "rank_section_and_below": "#b597d8",
    "ordinary_cadre": "#d9cbec",
    "rural_enterprise_other": "#f3eff8",
}
DUTIES = {
    "basic_duties": "#0f5a94",
    "cooperative_duties": "#f0a63c",
    "taken_back_duties": "#dcdcdc",
}
EVIDENCE_COLOURS = {"observed": "#00614a", "external": "#1f4e8c", "stand-in": "#b23a00"}
OUTCOMES = {
    "holds": "#00785a",
    "fails": "#c24a00",
    "inconclusive": "#9a9a9a",
    "not run": "#ffffff",
    "supported": "#00785a",
    "mixed": "#e3b04b",
    "not supported": "#c24a00",
    "untested": "#ffffff",
}
OUTCOME_MARKERS = {"holds": "o", "fails": "X", "inconclusive": "D", "not run": "o"}

# Okabe and Ito (2008), ordered so that neighbours differ in lightness.
SERIES = ("#0072b2", "#d55e00", "#111111", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#8c6d31")
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
# Parts of a whole without a colour of their own: light to dark and back, never alike in grey.
PARTS = ("#0f5a94", "#f0a63c", "#5596c8", "#fbdfa8", "#14284b", "#dcdcdc", "#9a6a16", "#8fc7b5")

_MEANINGS = {**TIERS, **{f"tier_{k}": v for k, v in TIERS.items()}, **RANKS, **DUTIES, **OUTCOMES}


@dataclass(frozen=True)
class Ink:
    """How one series or group is drawn: colour, marker and dash say the same thing three times."""

    colour: str
    marker: str
    dash: str | tuple[float, tuple[float, ...]]


def inks(codes: Sequence[str]) -> dict[str, Ink]:
    """Give each code its colour of meaning, or the next free colour; markers and dashes differ."""
    free = iter(colour for colour in SERIES * len(codes) if colour)
    return {
        code: Ink(
            _MEANINGS.get(code) or next(free),
            OUTCOME_MARKERS.get(code, MARKERS[i % len(MARKERS)]),
            DASHES[i % len(DASHES)],
        )
        for i, code in enumerate(codes)
    }


def part_colours(codes: Sequence[str]) -> dict[str, str]:
    """Give each part of a whole its colour of meaning, or the next of `PARTS`."""
    free = iter(PARTS * (1 + len(codes) // len(PARTS)))
    return {code: _MEANINGS.get(code) or next(free) for code in codes}


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
