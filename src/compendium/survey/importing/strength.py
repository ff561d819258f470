"""How strong the words of answers are, in Chinese and English: below zero, zero, above."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

WEAK, PLAIN, STRONG, UTTER = 1.0, 2.0, 3.0, 4.0


def words(text: str) -> frozenset[str]:
    """Set of the words of a text."""
    return frozenset(text.split())


NEUTRAL_OR_NONE = words("不知道 说不清 不清楚 dontknow donotknow dk idontknow")
"""Words that say no answer, or the middle where their code stands in the middle."""


def _scores(*groups: tuple[float, str]) -> dict[str, float]:
    return {word: strength for strength, text in groups for word in text.split()}


_STRONG_ZH = "非常|很|十分|完全|极其|极度|极为|极|强烈|特别|绝对|相当"
_WEAK_ZH = "比较|较为|较|基本上?|有点儿?|有些|稍微|略微|略|部分|大致|倾向于?"
_AGREE_ZH = re.compile(
    rf"(?P<strong>{_STRONG_ZH})?(?P<weak>{_WEAK_ZH})?(?P<no>不)?(?P<soft>太|大|怎么|很|甚)?"
    r"(?P<base>同意|赞成|赞同|认同|符合|满意|支持|认可|反对|否定)"
)
_NEUTRAL_ZH = words(
    "一般 中立 无所谓 不确定 不好说 难说 说不上 普通 尚可 一半一半 没意见 无意见 不置可否 中等 "
    "介于两者之间 既不同意也不反对 既不同意也不不同意 既不赞成也不反对 既非同意也非不同意 持中 "
    "同意与不同意各半 没有意见 视情况而定"
)
_NEUTRAL_EN = words(
    "neutral undecided unsure not_sure no_opinion in_between mixed uncertain "
    "neither neither_agree_nor_disagree neither_disagree_nor_agree "
    "neither_agree_or_disagree neither_nor neither_satisfied_nor_dissatisfied"
)
_ADVERBS_EN = _scores(
    (STRONG, "strongly completely totally fully absolutely entirely definitely extremely very"),
    (WEAK, "somewhat slightly mostly rather partly moderately mildly generally quite little tend"),
    (WEAK, "partially bit mainly"),
)
_BASES_EN: Mapping[str, int] = {
    "agree": 1,
    "disagree": -1,
    "true": 1,
    "untrue": -1,
    "false": -1,
    "satisfied": 1,
    "dissatisfied": -1,
    "favour": 1,
    "favor": 1,
    "oppose": -1,
}
_FILLERS_EN = words("to a an i of much in the with")


def agreement(text: str) -> float | None:
    """Score of a word of agreement."""
    if text.isascii():
        return _agreement_en(text)
    plain = _letters(text)
    if plain in _NEUTRAL_ZH:
        return 0.0
    found = _AGREE_ZH.fullmatch(plain)
    if found is None or (found["soft"] and not found["no"]):
        return None
    against = found["base"] in ("反对", "否定")
    sign = -1 if bool(found["no"]) != against else 1
    if found["strong"] and (found["weak"] or found["soft"]):
        return None
    strength = STRONG if found["strong"] else WEAK if found["weak"] or found["soft"] else PLAIN
    return sign * strength


def _agreement_en(text: str) -> float | None:
    said = re.findall(r"[a-z']+", text)
    if "_".join(said) in _NEUTRAL_EN:
        return 0.0
    bases = [word for word in said if word in _BASES_EN]
    rest = [word for word in said if word not in _BASES_EN and word not in _FILLERS_EN]
    sign = 1
    if rest[:1] in (["not"], ["don't"]) or rest[:2] == ["do", "not"]:
        rest, sign = rest[2 if rest[0] == "do" else 1 :], -1
    at_all = rest == ["at", "all"]
    known = all(word in _ADVERBS_EN for word in rest) and not (sign < 0 and rest)
    if len(bases) != 1 or not (known or (at_all and sign < 0)):
        return None
    strengths = [_ADVERBS_EN[word] for word in rest] if not at_all else [STRONG]
    return sign * _BASES_EN[bases[0]] * (strengths[0] if strengths else PLAIN)


_EXTENT_ZH = re.compile(
    rf"有?(?P<strong>{_STRONG_ZH})?(?P<weak>{_WEAK_ZH})?(?P<base>大|高|多|强|重|小|低|少|弱|轻)"
    r"(?:的)?(?:程度)?"
)
_EXTENT_WORDS_ZH = _scores(
    (-UTTER, "没有 完全没有 毫无 无 根本没有 一点没有 一点也没有 完全不 从不 毫不 绝无 全无"),
    (-WEAK, "有一点 有点 一点 少许 略有 稍有 有一点点"),
    (0.0, "一般 一般程度 一定 一定程度 有一定程度 中等 中等程度 适中 普通 有一些 有些 中"),
    (UTTER, "完全 全部"),
)
_EXTENT_EN = _scores(
    (-UTTER, "not_at_all none no not_any nothing"),
    (-STRONG, "very_small very_little very_slight very_low minimal hardly hardly_any"),
    (-PLAIN, "small little slight slightly limited low bit"),
    (0.0, "some moderate moderately medium somewhat average fair fairly certain middling"),
    (PLAIN, "large great considerable considerably high lot quite_bit much very substantial"),
    (STRONG, "very_large very_great very_high extremely extreme very_much great_deal"),
    (STRONG, "completely huge enormous"),
)


def extent(text: str) -> float | None:
    """Score of a word for how much."""
    if text.isascii():
        said = [word for word in re.findall(r"[a-z]+", text) if word not in _FILLERS_OF_EXTENT]
        return _EXTENT_EN.get("_".join(said))
    plain = _letters(text)
    if plain in _EXTENT_WORDS_ZH:
        return _EXTENT_WORDS_ZH[plain]
    found = _EXTENT_ZH.fullmatch(plain)
    if found is None or (found["strong"] and found["weak"]):
        return None
    strength = STRONG if found["strong"] else WEAK if found["weak"] else PLAIN
    return strength if found["base"] in "大高多强重" else -strength


_FILLERS_OF_EXTENT = words("to a an extent degree the of")

_OFTEN = _scores(
    (-UTTER, "从不 从未 从来不 从来没有 从没 从没有 没有过 never"),
    (-STRONG, "几乎从不 几乎没有 几乎不 almostnever hardlyever"),
    (-PLAIN, "很少 极少 较少 rarely seldom notoften"),
    (-0.5, "偶尔 occasionally onceinawhile"),
    (0.0, "有时 有时候 sometimes 一般"),
    (PLAIN, "经常 时常 常常 较多 often frequently 频繁 比较频繁"),
    (STRONG, "很经常 非常频繁 几乎总是 非常经常 很频繁 usually 通常 veryoften almostalways"),
    (UTTER, "总是 一直 每天 始终 always everyday allthetime"),
)


def frequency(text: str) -> float | None:
    """Score of a word for how often."""
    return _OFTEN.get(_letters(text))


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


LEXICONS: Sequence[Callable[[str], float | None]] = (agreement, extent, frequency)
