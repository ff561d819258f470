"""Why a universe was not fitted, and other words of the multiverse."""

from __future__ import annotations

from compendium.text import Text, word_table

MULTIVERSE_WORDS: dict[str, Text] = {
    row["code"]: Text(row["en"], row["zh"]) for row in word_table(__package__, "words.csv")
}
"""Words of codes in tables of the multiverse; choices and options come from the plan."""
