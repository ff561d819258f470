"""What the engine is told of this study."""

from __future__ import annotations

import sys

from compendium.registry import Registered

STUDY = Registered(
    program="grassroots",
    package="grassroots",
    rules="grassroots.rules:RULES",
    scale_words="grassroots.scales:words_of",
    standin="grassroots.standin",
    universes="grassroots.universes",
    colours="grassroots.colours:MEANINGS",
    calibration="grassroots.calibration",
    coding="grassroots.message_codes:recode",
    names="grassroots.sources:names_of",
)


def main() -> int:
    """Run the study's console command."""
    from compendium.cli import main as command

    return command()


if __name__ == "__main__":
    sys.exit(main())
