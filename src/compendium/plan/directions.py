"""Words of direction in both languages, held against the direction that a predicate asks for.

"rose|did not rise|..." over a predicate `greater_than` says what the outcome says; "fell|..." says
the reverse. A branch that has words of both directions ("later the more came before") is not
judged, nor is a predicate without a direction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from compendium.plan.templates import Choice
from compendium.text import Lang

SIGNS = {"greater_than": 1, "greater_than_estimate": 1, "less_than": -1, "less_than_estimate": -1}
"""Kind of a predicate -> which way its estimate lies where it holds."""

_UP_EN = (
    r"most(?:ly)?|majority|largest|more|higher|larger|greater|stronger|heavier|later|longer"
    r"|rise[sn]?|rose|rising|grow(?:s|n|ing)?|grew|increase[sd]?|increasing|exceed(?:s|ed|ing)?"
)
_DOWN_EN = (
    r"at most(?: half)?|minority|smallest|fewer|less|lower|smaller|weaker|lighter|sooner|shorter"
    r"|fall(?:s|en|ing)?|fell|declin(?:e|es|ed|ing)|decrease[sd]?|decreasing|weakens?|shrinks?"
)
_UP_ZH = (
    "多数|最多|占比最高|多于|高于|大于|严于|超过|更多|更高|更大|更强|更严|更迟|更重|较多|较高|较大"
    "|较强|较严|较重|上升|增长|增加|加重"
)
_DOWN_ZH = (
    "至多|少数|最少|少于|低于|小于|宽于|更少|更低|更小|更弱|更宽|更快|更轻|较少|较低|较小|较弱|较宽|较轻"
    "|下降|减少|减轻|削弱"
)
_WORDS: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(rf"\b(?:(?P<down>{_DOWN_EN})|(?P<up>{_UP_EN}))\b", re.IGNORECASE),
    "zh": re.compile(rf"(?P<down>{_DOWN_ZH})|(?P<up>{_UP_ZH})"),
}
_NOT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:no|not|nor|never|neither|none)\b|n't\b", re.IGNORECASE),
    # Before a phrase with a preposition ("未随……下降") a negation may stand far from its verb.
    "zh": re.compile(r"并非|没有|无(?!关)|(?:不(?!清|足|良)|没|未)(?=.{0,4}$|[随因在与同比])"),
}
_DOUBT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"can't|cannot|whether|\bno clear|\bnot (?:clearly|certainly)|unclear|possibl|perhaps"
        r"|\bmay\b|neither|\bopen\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("无法|不能|是否|看不出|不明|未见|可能|不足以|未定"),
}
_CLAUSE = re.compile(r"[,;:.!?，；：。！？（）()]")


def directions(words: str, lang: Lang) -> frozenset[int]:
    """Which ways words point: 1 up, -1 down; a negation before one in its clause turns it."""
    found = set()
    for clause in _CLAUSE.split(words):
        for match in _WORDS[lang].finditer(clause):
            sign = 1 if match["up"] else -1
            found.add(-sign if _NOT[lang].search(clause[: match.start()]) else sign)
    return frozenset(found)


def wrong_words(choice: Choice, sign: int, lang: Lang) -> str | None:
    """Return the words of a choice that say the reverse of their outcome, None where none do.

    Parameters
    ----------
    sign
        Which way the estimate lies where the predicate holds: 1 up, -1 down.
    """
    for alternative, right in ((choice.holds, sign), (choice.fails, -sign)):
        words = _literal(alternative)
        found = directions(words, lang)
        if found and right not in found:
            return words.strip()
    words = _literal(choice.inconclusive)
    if directions(words, lang) and not _DOUBT[lang].search(words):
        return words.strip()
    return None


def sign_of(
    name: str,
    predicates: Mapping[str, Any],
    parts: Mapping[str, Sequence[str]],
    above: frozenset[str] = frozenset(),
) -> int:
    """Which way a test or condition asks its estimate to lie; 0 where it asks for no direction.

    Parameters
    ----------
    predicates
        Predicates as the plan writes them, by test and condition.
    parts
        What a joined condition joins; its direction is that which all of them have.
    above
        Conditions that it is a part of; one that rests on itself has no direction.
    """
    if name in above:
        return 0
    if parts.get(name):
        signs = {sign_of(part, predicates, parts, above | {name}) for part in parts[name]}
        return signs.pop() if len(signs) == 1 else 0
    predicate = predicates.get(name)
    kind = next(iter(predicate), "") if isinstance(predicate, dict) else ""
    return SIGNS.get(str(kind), 0)


def _literal(alternative: tuple[object, ...]) -> str:
    return "".join(part if isinstance(part, str) else " " for part in alternative)
