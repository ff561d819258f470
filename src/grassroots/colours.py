"""Colours of the study's codes, by style of the engine.

Tiers and ranks are dark to light from the top down: blue above, orange for the primary level.
"""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "screen": {
        "central": "#3a3a3a",
        "province": "#14284b",
        "provincial": "#14284b",
        "prefecture": "#0f5a94",
        "county": "#5596c8",
        "township": "#f0a63c",
        "community": "#fbdfa8",
        "rank_ministerial": "#2d0b45",
        "rank_bureau": "#62318f",
        "rank_county": "#8b61b7",
        "rank_section": "#b597d8",
        "rank_section_and_below": "#b597d8",
        "ordinary_cadre": "#d9cbec",
        "rural_enterprise_other": "#f3eff8",
        "basic_duties": "#0f5a94",
        "cooperative_duties": "#f0a63c",
        "taken_back_duties": "#dcdcdc",
    },
    "journal": {
        "central": "#000000",
        "province": "#2b2b2b",
        "provincial": "#2b2b2b",
        "prefecture": "#5e5e5e",
        "county": "#8c8c8c",
        "township": "#bdbdbd ///",
        "community": "#f4f4f4 ...",
        "rank_ministerial": "#000000",
        "rank_bureau": "#3c3c3c",
        "rank_county": "#757575",
        "rank_section": "#a8a8a8",
        "rank_section_and_below": "#a8a8a8",
        "ordinary_cadre": "#d2d2d2 ///",
        "rural_enterprise_other": "#ffffff",
        "basic_duties": "#4a4a4a",
        "cooperative_duties": "#a6a6a6 ///",
        "taken_back_duties": "#ededed",
    },
}
"""Style -> code -> "#rrggbb", with a hatch where lightness alone does not tell."""
