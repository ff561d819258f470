"""What the labels of a file's codes mean, read as a set.

Either a set makes sense as a whole or its labels stay unread and are named: a scale of which some
codes are turned and others are not is worse than one that stops the import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from compendium.survey.formats import tidy
from compendium.survey.importing.strength import LEXICONS, NEUTRAL_OR_NONE, words
from compendium.survey.instrument import HIGHEST, LOWEST, Instrument, Question
from compendium.text import LANGS

Way = Literal["own", "order", "no_answer", "unread"]
"""How a label was read: it is the questionnaire's; by its place among the others of its set; as a
reason for no answer; or not at all."""

EMPTY_REASON = "empty"

_TRADITIONAL = str.maketrans(
    "贊願個沒無較從總經極滿適對為幾週鄉鎮東歲專學應務與領導幹縣區號綜執財產農業單會團黨員"
    "時間數據這裡條塊責權風險級評確實認識說麼樣現場處數見聞頻繁強輕點於倾傾盡該過還隨認贈"
    "爾覺長來後並嚴難應觀討論關鍵穩定標準變動進導線網絡熱訴簽責內遼寧龍蘇廣壯慶貴雲陝肅維閩贛魯滬瓊",
    "赞愿个没无较从总经极满适对为几周乡镇东岁专学应务与领导干县区号综执财产农业单会团党员"
    "时间数据这里条块责权风险级评确实认识说么样现场处数见闻频繁强轻点于倾倾尽该过还随认赠"
    "尔觉长来后并严难应观讨论关键稳定标准变动进导线网络热诉签责内辽宁龙苏广壮庆贵云陕肃维闽赣鲁沪琼",
)
_NUMBERED = (
    re.compile(r"^[(\[]?([0-9]{1,2}|[a-z])[)\]]?\s*[.,:=)、,]\s*(?=\S)"),
    re.compile(r"^[(\[]([0-9]{1,2}|[a-z])[)\]]\s*"),
    re.compile(r"^[0-9]{1,2}\s*[-\u2013\u2014_]?\s*(?=[^0-9\s])"),
    re.compile(r"\s*[(\[=]\s*[0-9]{1,2}\s*[)\]]?$"),
    re.compile(r"\s*[0-9]\s*分$"),
)
_BETWEEN = re.compile(r"(?<=[0-9])\s*(?:-|\u2013|\u2014|~|\u2212|到|to)\s*(?=[0-9])")

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DASH = re.compile(r"[-./\u2013\u2014]+")
_YES = words("是 有 对 yes y true t 是的 有的 checked selected 已选 选中")
_NO = words("否 没有 无 不是 没 不 no n false f unchecked notselected 未选 未选中 不是的 不对")

NO_ANSWER: Mapping[str, str] = {
    **dict.fromkeys(
        words("不适用 doesnotapply notapplicable 不涉及 无此情况 -8"), "not_applicable"
    ),
    **dict.fromkeys(
        words(
            "不愿回答 拒绝回答 拒答 拒绝 不便回答 refused refusal refusedtoanswer declined "
            "declinetoanswer prefernottosay prefernottoanswer -9"
        ),
        "refused",
    ),
    **dict.fromkeys(
        words(
            "不知道 说不清 不清楚 dontknow donotknow dk idontknow unknown 未知 noanswer 无回答 "
            "未回答 未作答 未答 漏答 缺失 缺失值 空 跳过 missing skipped na null none noresponse "
            "notasked 未填 未填写 notanswered seenbutunanswered 系统缺失"
        ),
        EMPTY_REASON,
    ),
}
"""Words that stand for no answer, as `bare` gives them, with the reason that they say."""


def is_whole(text: str) -> bool:
    """Whether a text is a whole number that a code can be."""
    return _WHOLE.fullmatch(text) is not None


@dataclass(frozen=True)
class Read:
    """What a label means.

    Attributes
    ----------
    target
        A code of the questionnaire, or the reason for no answer; None where it is unread.
    """

    label: str
    target: str | None
    way: Way


def read_labels(
    instrument: Instrument, question: Question, labels: Mapping[str, str]
) -> dict[str, Read]:
    """Read a set of labels, by the code (or the word in a cell) that each stands for."""
    own = labels_of(instrument, question)
    found: dict[str, Read] = {}
    for code, label in labels.items():
        if bare(label) == bare(code) and is_whole(code):
            continue
        target = _first(label, own)
        reason = None if target is not None else reason_of(label)
        way: Way = "own" if target is not None else "no_answer" if reason else "unread"
        found[code] = Read(label, target or reason, way)
    told = all(read.way == "own" for read in found.values())
    if question.type == "item" and not told:
        found |= _ordered(found)
    elif question.type == "flag" and not told:
        found |= _yes_or_no(found)
    return _all_or_none(found) if question.type in ("item", "flag") else found


def _all_or_none(found: Mapping[str, Read]) -> dict[str, Read]:
    """The set without any answer where one of its labels is unread, or two mean the same."""
    answers = [read.target for read in found.values() if not is_reason(read)]
    if None not in answers and len(answers) == len({*answers}):
        return dict(found)
    return {
        code: read if is_reason(read) else Read(read.label, None, "unread")
        for code, read in found.items()
    }


def is_reason(read: Read) -> bool:
    """Whether a label says that there is no answer."""
    return read.way == "no_answer" or (read.target or "").startswith("-")


def labels_of(instrument: Instrument, question: Question) -> dict[str, str]:
    """Label of an answer in either language, as `bare` gives it, to its code."""
    answers = instrument.answers[question.answers] if question.answers else {}
    known = {way.code: way.label for way in instrument.non_response.values()} | dict(answers)
    return {bare(text[lang]): str(code) for code, text in known.items() for lang in LANGS}


def reason_of(label: str) -> str | None:
    """The reason for no answer that a label or a cell says; None where it says none."""
    return _first(label, NO_ANSWER) or (EMPTY_REASON if _DASH.fullmatch(label.strip()) else None)


@lru_cache(maxsize=1 << 15)
def bare(text: str) -> str:
    """Letters and digits of a text in simplified Chinese and small letters."""
    plain = _BETWEEN.sub("至", tidy(text).casefold().translate(_TRADITIONAL))
    kept = "".join(char for char in plain if char.isalnum())
    return f"-{kept}" if re.fullmatch(r"-[0-9]+", plain) else kept


def _forms(label: str) -> Iterator[str]:
    """A label as it is, then without the number before or after it."""
    plain = tidy(label).casefold().translate(_TRADITIONAL)
    yield plain
    for pattern in _NUMBERED:
        rest = pattern.sub("", plain)
        if rest and rest != plain:
            yield rest
    if not plain.isascii() and re.search("[a-z]{2}", plain):
        yield "".join(char for char in plain if not char.isascii())
        yield "".join(char if char.isascii() else " " for char in plain).strip(" /|()")


def _first(label: str, known: Mapping[str, str]) -> str | None:
    return next((known[bare(form)] for form in _forms(label) if bare(form) in known), None)


def _ordered(found: Mapping[str, Read]) -> dict[str, Read]:
    """The set by the strength of its words; empty where these make no scale of five."""
    answers = {
        code: read for code, read in found.items() if not (read.target or "").startswith("-")
    }
    for lexicon in LEXICONS:
        for codes in _scales(answers, lexicon):
            targets = _places(codes)
            agreed = targets is not None and all(
                answers[code].way != "own" or answers[code].target == targets[code]
                for code in codes
            )
            if targets is not None and agreed:
                return {
                    code: Read(read.label, targets[code], "order")
                    for code, read in answers.items()
                    if code in targets and read.way != "own"
                }
    return {}


def _scales(
    answers: Mapping[str, Read], lexicon: Callable[[str], float | None]
) -> Iterator[dict[str, float]]:
    """Scores of the labels: without those that say no answer, then with one as the middle."""
    scores: dict[str, float] = {}
    doubtful = []
    for code, read in answers.items():
        score = next((s for form in _forms(read.label) if (s := lexicon(form)) is not None), None)
        if read.way == "no_answer":
            if bare(read.label) in NEUTRAL_OR_NONE:
                doubtful.append(code)
        elif score is None:
            return
        else:
            scores[code] = score
    yield scores
    for code in doubtful:
        if all(is_whole(other) for other in (*scores, code)):
            yield scores | {code: 0.0}


def _places(scores: Mapping[str, float]) -> dict[str, str] | None:
    """Places from the lowest to the highest of five words; None where they make no such scale."""
    order = sorted(scores, key=lambda code: scores[code])
    ranked = [scores[code] for code in order]
    if len(order) != HIGHEST - LOWEST + 1 or len({*ranked}) != len(order):
        return None
    low, below, middle, above, high = ranked
    if not (low < below < 0 < above < high and abs(middle) <= 1) or (
        0 not in ranked and middle != -0.5
    ):
        return None
    if all(is_whole(code) for code in order):
        steps = {int(b) > int(a) for a, b in pairwise(order)}
        if len(steps) != 1:
            return None
    return {code: str(place) for place, code in enumerate(order, start=LOWEST)}


def _yes_or_no(found: Mapping[str, Read]) -> dict[str, Read]:
    said = {}
    for code, read in found.items():
        forms = {bare(form) for form in _forms(read.label)}
        target = "1" if forms & _YES else "0" if forms & _NO else None
        if target is not None and read.way != "own":
            said[code] = Read(read.label, target, "order")
    targets = [said[code].target if code in said else found[code].target for code in found]
    answers = [target for target in targets if target in ("0", "1")]
    return said if len(answers) == len({*answers}) else {}
