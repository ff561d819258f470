"""Characters that look like others or like nothing."""

import unicodedata
from typing import get_args

import pytest

from compendium.characters import KIND_WORDS, RADICALS, Kind, cleaned, odd_characters

ODD = [
    ("\u2f2d东省", 0, "\u2f2d", "radical", "山", "山东省"),
    ("周⻓", 1, "\u2ed3", "radical", "长", "周长"),
    ("湖\u200b北省", 1, "\u200b", "invisible", "", "湖北省"),
    ("\ufeff湖北省", 0, "\ufeff", "invisible", "", "湖北省"),
    ("湖北省\u200f", 3, "\u200f", "invisible", "", "湖北省"),
    ("co\u00adop", 2, "\u00ad", "invisible", "", "coop"),
    ("葛\U000e0100城", 1, "\U000e0100", "invisible", "", "葛城"),
    ("a\u2028b", 1, "\u2028", "invisible", "", "ab"),
    ("a\nb", 1, "\n", "invisible", "", "ab"),
    ("New\u00a0York", 3, "\u00a0", "space", " ", "New York"),
    ("山\u3000东省", 1, "\u3000", "space", " ", "山 东省"),
    ("\uf90a属", 0, "\uf90a", "compatibility", "金", "金属"),
    ("\U0002f81a", 0, "\U0002f81a", "compatibility", "冬", "冬"),
    ("\ufb01re", 0, "\ufb01", "compatibility", "fi", "fire"),
    ("第\uff13期", 1, "\uff13", "width", "3", "第3期"),
    ("\uff21区", 0, "\uff21", "width", "A", "A区"),
    ("\uff76ナ", 0, "\uff76", "width", "カ", "カナ"),
    ("lu\u0308", 1, "u\u0308", "decomposed", "ü", "lü"),
    ("\ue000省", 0, "\ue000", "unusable", None, "\ue000省"),
    ("\ufffd省", 0, "\ufffd", "unusable", None, "\ufffd省"),
    ("\U0003ffff省", 0, "\U0003ffff", "unusable", None, "\U0003ffff省"),
    ("⺀", 0, "⺀", "radical", None, "⺀"),
]


@pytest.mark.parametrize(("text", "position", "character", "kind", "replacement", "clean"), ODD)
def test_an_odd_character_is_found_with_its_place_and_what_to_write(
    text, position, character, kind, replacement, clean
):
    (found,) = odd_characters(text)
    assert (found.position, found.character) == (position, character)
    assert (found.kind, found.replacement) == (kind, replacement)
    assert cleaned(text) == clean


def test_its_code_and_its_name_are_those_of_unicode():
    (found,) = odd_characters("\u2f2d东省")
    assert (found.code, found.name) == ("U+2F2D", "KANGXI RADICAL MOUNTAIN")
    assert odd_characters("\ue000")[0].name == ""
    assert set(KIND_WORDS) == set(get_args(Kind))


def test_what_chinese_text_rightly_holds_is_left_alone():
    for text in (
        "，。、；：？！（）［］《》〈〉“”‘’「」『』【】〔〕——……·～％／－＋＝＜＞．￥",
        "古城（2014年1月）148号①幢，Ⅳ级响应，㈠⑴⒈第〇号，37℃，№5，80㎡",
        "R², I², χ², km², ½, 5 µm, é, ü, naïve, GDP™",
        "\ufa0e\ufa11",  # unified ideographs among the compatibility ones
        "𠮷\U0002ebf0\U00031350",  # rare characters of names, some newer than Python's tables
        "",
    ):
        assert odd_characters(text) == []
        assert cleaned(text) == text


def test_several_are_found_in_their_order():
    text = "\u2f2d\u200b东\uff11"
    assert [(odd.position, odd.kind) for odd in odd_characters(text)] == [
        (0, "radical"),
        (1, "invisible"),
        (3, "width"),
    ]
    assert cleaned(text) == "山东1"


def test_line_breaks_are_allowed_where_they_are_asked_for():
    assert odd_characters("一\n二\t三\r\n", lines=True) == []
    assert [odd.code for odd in odd_characters("一\n\u200b", lines=True)] == ["U+200B"]


def test_every_radical_is_known_and_none_stands_for_another():
    assigned = {
        chr(code)
        for start, end in ((0x2E80, 0x2FD6), (0x31C0, 0x31E4))
        for code in range(start, end)
        if unicodedata.name(chr(code), "")
    }
    assert assigned <= set(RADICALS)
    assert not any(stands in RADICALS for stands in RADICALS.values() if stands)
    # The two that NFKC knows fix the order of the table at its middle and its end.
    for known in "\u2e9f\u2ef3":
        assert RADICALS[known] == unicodedata.normalize("NFKC", known)
    assert (RADICALS["\u2e81"], RADICALS["\u2ecf"], RADICALS["\u31d0"]) == ("厂", "邑", "一")
