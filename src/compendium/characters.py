"""Characters that look like others or like nothing, found in any text.

Text copied from a PDF, a web page or a chat carries characters that a reader can't tell from the
usual ones: the radical ⼭ (U+2F2D) for 山, a full-width digit, a space of no width. A name written
with one of them is another name for every program, so it is found here, in one place for data
files, codebooks, plans and imported surveys.

What Chinese text rightly holds is left alone although NFKC would change it: full-width punctuation
(GB/T 15834) and the full-width signs of arithmetic and currency that stand among Chinese
characters, the ellipsis, and the signs of rows 2 and 1 of GB 2312 that every Chinese keyboard
writes and that no other spelling of a name is mistaken for (①, ⑴, ㈠, Ⅳ, ℃, №), squared units
(㎡), superscripts and the signs of Latin-1 (R², ½, µ). Full-width letters and digits are never
right: they are another spelling of the plain ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from compendium.text import Text

Kind = Literal["invisible", "space", "radical", "compatibility", "width", "decomposed", "unusable"]
KIND_WORDS: dict[Kind, Text] = {
    "invisible": Text("an invisible character", "不可见字符"),
    "space": Text("a space other than the plain one", "非普通空格"),
    "radical": Text("a radical instead of a character", "部首字符而非汉字"),
    "compatibility": Text("a compatibility character", "兼容字符"),
    "width": Text("a character of another width", "全角或半角变体"),
    "decomposed": Text("a letter and its mark apart", "字母与附加符号分开书写"),
    "unusable": Text("a character without a meaning", "没有确定含义的字符"),
}


@dataclass(frozen=True)
class OddCharacter:
    """A character that is not what it looks like.

    Attributes
    ----------
    position
        Place in the text, from 0.
    character
        The character; a letter with the marks that follow it where they can be one character.
    kind
        What is odd about it, see KIND_WORDS.
    replacement
        What to write for it: "" to delete it, None where nobody can know.
    """

    position: int
    character: str
    kind: Kind
    replacement: str | None

    @property
    def code(self) -> str:
        """Code points, such as U+2F2D."""
        return " ".join(f"U+{ord(one):04X}" for one in self.character)

    @property
    def name(self) -> str:
        """Name in Unicode, such as KANGXI RADICAL MOUNTAIN; empty where there is none."""
        return ", ".join(filter(None, (unicodedata.name(one, "") for one in self.character)))


def odd_characters(text: str, *, lines: bool = False) -> list[OddCharacter]:
    """Find every odd character of a text, in order.

    Parameters
    ----------
    lines
        Whether the text may have line breaks and tabs.
    """
    if text.isascii() and text.isprintable():
        return []
    allowed = "\n\r\t" if lines else ""
    if not any(map(_is_suspect, set(text).difference(allowed))):
        return []
    return list(_found(text, allowed))


def cleaned(text: str, *, lines: bool = False) -> str:
    """Text with every odd character replaced that has a replacement; the rest stays as it is."""
    made = list(text)
    for odd in odd_characters(text, lines=lines):
        if odd.replacement is not None:
            end = odd.position + len(odd.character)
            made[odd.position : end] = [odd.replacement] + [""] * (len(odd.character) - 1)
    return unicodedata.normalize("NFC", "".join(made))


def _found(text: str, allowed: str) -> Iterator[OddCharacter]:
    for match in _UNIT.finditer(text):
        unit = match[0]
        if unit in allowed or (unit.isascii() and unit.isprintable()):
            continue
        whole = unicodedata.normalize("NFC", unit)
        if len(unit) > 1 and len(whole) < len(unit):
            yield OddCharacter(match.start(), unit, "decomposed", whole)
            continue
        for offset, character in enumerate(unit):
            judged = _judge(character)
            if judged:
                yield OddCharacter(match.start() + offset, character, *judged)


@cache
def _is_suspect(character: str) -> bool:
    return bool(_MARK.match(character)) or _judge(character) is not None


def _judge(character: str) -> tuple[Kind, str | None] | None:
    category = unicodedata.category(character)
    if category in ("Co", "Cs") or character == "\ufffd" or _is_no_character(character):
        return "unusable", None
    if category in ("Cc", "Cf", "Zl", "Zp") or _IGNORED.match(character):
        return "invisible", ""
    if category == "Zs":
        return None if character == " " else ("space", " ")
    if character in RADICALS:
        return "radical", RADICALS[character]
    plain = unicodedata.normalize("NFKC", character)
    if plain == character or _RIGHT.match(character):
        return None
    wide = unicodedata.decomposition(character).startswith(("<wide>", "<narrow>", "<small>"))
    return ("width" if wide else "compatibility"), plain


def _is_no_character(character: str) -> bool:
    """Whether the code point is set aside for ever; one not yet given may be a new name."""
    code = ord(character)
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


_MARK = re.compile("[\u0300-\u036f\u3099\u309a\uff9e\uff9f]")
_UNIT = re.compile(f"(?s:.{_MARK.pattern}*)")  # a letter and its marks
_IGNORED = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_RIGHT = re.compile(
    "[\u00a8-\u00be"  # Latin-1: superscripts, fractions, the micro sign
    "\u2026\u2070-\u209c"  # ellipsis, superscripts and subscripts
    "\u2103\u2116\u2122"  # ℃ № ™
    "\u2160-\u216b\u2170-\u2179"  # Roman numerals: Ⅳ级响应
    "\u2460-\u249b\u3220-\u3229"  # ① ⑴ ⒈ ㈠
    "\u3380-\u33df"  # squared units: ㎡
    "\uff01\uff05\uff08\uff09\uff0b-\uff0f\uff1a-\uff1f\uff3b\uff3d\uff5e\uffe5]"
)

# What stands for the radicals and strokes that NFKC leaves alone: the property
# Equivalent_Unified_Ideograph of the Unicode Character Database, in the order of the code points.
_SUPPLEMENT = (
    "·厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵·旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓"
    "罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨"
    "鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
_STROKES = "······𠃌········乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎··"


def _radicals() -> dict[str, str | None]:
    found: dict[str, str | None] = {
        chr(start + place): None if stands == "·" else stands
        for start, row in ((0x2E80, _SUPPLEMENT), (0x31C0, _STROKES))
        for place, stands in enumerate(row)
    }
    for code in range(0x2F00, 0x2FD6):
        found[chr(code)] = unicodedata.normalize("NFKC", chr(code))
    return found


RADICALS = _radicals()
"""Radicals and strokes by the character that looks the same; None where there is none."""
