"""Claims as lines of a terminal: verdict, statement, strength."""

from __future__ import annotations

from collections.abc import Sequence

from compendium.claims.verdicts import POSSIBLE, ClaimResult
from compendium.console import GAP, wrapped
from compendium.text import Lang, Text

ONE: dict[str, Text] = {
    "holds": Text("{} holds", "{} 条成立"),
    "fails": Text("{} fails", "{} 条不成立"),
    "inconclusive": Text("{} is inconclusive", "{} 条不能判定"),
}
MANY: dict[str, Text] = {
    "holds": Text("{} hold", "{} 条成立"),
    "fails": Text("{} fail", "{} 条不成立"),
    "inconclusive": Text("{} are inconclusive", "{} 条不能判定"),
}
LISTED = Text(", ", "，")
STRENGTH = Text(
    "lines of evidence: {}; {} blind, {} with an interval; the weakest: {}",
    "证据线：{}；盲检 {} 条，有区间 {} 条；最弱者 {}",
)


def verdict_lines(results: Sequence[ClaimResult], lang: Lang, width: int) -> list[str]:
    """Write each claim with its verdict, its words and its strength, in lines of `width`."""
    lines: list[str] = []
    for result in results:
        name = f"{result.claim.id}{GAP}"
        indent = " " * len(name)
        lines += wrapped(result.words(result.reads, lang), width, name)
        lines += wrapped(result.claim.statement[lang], width, indent)
        lines += wrapped(strength_words(result, lang), width, indent)
    return lines


def strength_words(result: ClaimResult, lang: Lang) -> str:
    """Write how many lines of evidence there are, which way they point, and the weakest."""
    if not result.lines:
        return result.words(result.strength, lang)
    numbers = {outcome: result.count(outcome) for outcome in POSSIBLE}
    found = [
        (ONE if number == 1 else MANY)[outcome][lang].format(number)
        for outcome, number in numbers.items()
        if number
    ]
    blind = sum(line.blind for line in result.lines)
    with_interval = sum(line.has_interval for line in result.lines)
    weakest = result.words("{} {}|" + result.strength.partition("|")[2].split("|", 6)[6], lang)
    return STRENGTH[lang].format(LISTED[lang].join(found), blind, with_interval, weakest)
