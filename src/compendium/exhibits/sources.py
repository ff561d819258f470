"""The line that names what an exhibit rests on, made of the codebooks."""

from __future__ import annotations

from collections.abc import Sequence

from compendium.exhibits.labels import Labels
from compendium.exhibits.words import (
    CLAUSE,
    COLON,
    SEPARATOR,
    SIMULATED_ANSWERS,
    SOURCE,
)
from compendium.plan.exhibits_file import RESPONSES
from compendium.plan.types import ExhibitPlan
from compendium.text import Lang, Text

OF, WITHIN = "source:", "within:"
"""How the codes begin of a source and of the data set that it belongs to."""


def sourced(exhibit: ExhibitPlan, labels: Labels) -> ExhibitPlan:
    """Give an exhibit the line of its sources, unless its plan has written one or names none.

    Raises
    ------
    UserError
        No codebook and no registry has words for a source.
    """
    if exhibit.source is not None or not exhibit.sources:
        return exhibit
    made_up = "stand-in" in exhibit.evidence
    lines: dict[Lang, str] = {
        lang: SOURCE[lang] + COLON[lang] + _named(exhibit.sources, labels, lang, made_up)
        for lang in ("en", "zh")
    }
    return exhibit.model_copy(update={"source": Text(**lines)})


def _named(sources: Sequence[str], labels: Labels, lang: Lang, made_up: bool) -> str:
    """Sources, those of one data set together, with its title before them."""
    within: dict[str, list[str]] = {}
    for name in sources:
        book = labels.find(WITHIN + name)
        words = labels.text(OF + name, lang=lang)
        if name == RESPONSES and made_up:
            book, words = None, SIMULATED_ANSWERS[lang]
        within.setdefault(book[lang] if book else "", []).append(words)
    return CLAUSE[lang].join(
        (f"{book}{COLON[lang]}" if book else "") + SEPARATOR[lang].join(words)
        for book, words in within.items()
    )
