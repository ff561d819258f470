"""Closed lists of names that a column of text may have, and the spellings that are taken for them.

A name written in another way is another group for every estimate that groups by it. So a column
either has one of the names exactly as it stands in the list, or `grassroots data check` says which
one was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from grassroots.characters import cleaned
from grassroots.text import Text

# Official name, short forms in Chinese, names in English and pinyin.
_PROVINCES: tuple[tuple[str, str, str], ...] = (
    ("北京市", "北京 京", "Beijing Peking"),
    ("天津市", "天津 津", "Tianjin"),
    ("河北省", "河北 冀", "Hebei"),
    ("山西省", "山西 晋", "Shanxi"),
    ("内蒙古自治区", "内蒙古 内蒙 蒙", "Inner-Mongolia Nei-Mongol Neimenggu"),
    ("辽宁省", "辽宁 辽", "Liaoning"),
    ("吉林省", "吉林 吉", "Jilin"),
    ("黑龙江省", "黑龙江 黑", "Heilongjiang"),
    ("上海市", "上海 沪", "Shanghai"),
    ("江苏省", "江苏 苏", "Jiangsu"),
    ("浙江省", "浙江 浙", "Zhejiang"),
    ("安徽省", "安徽 皖", "Anhui"),
    ("福建省", "福建 闽", "Fujian"),
    ("江西省", "江西 赣", "Jiangxi"),
    ("山东省", "山东 鲁", "Shandong"),
    ("河南省", "河南 豫", "Henan"),
    ("湖北省", "湖北 鄂", "Hubei"),
    ("湖南省", "湖南 湘", "Hunan"),
    ("广东省", "广东 粤", "Guangdong"),
    ("广西壮族自治区", "广西 广西自治区 广西省 桂", "Guangxi Guangxi-Zhuang"),
    ("海南省", "海南 琼", "Hainan"),
    ("重庆市", "重庆 渝", "Chongqing"),
    ("四川省", "四川 川", "Sichuan"),
    ("贵州省", "贵州 黔", "Guizhou"),
    ("云南省", "云南 滇", "Yunnan"),
    ("西藏自治区", "西藏 藏", "Xizang Tibet"),
    ("陕西省", "陕西 陕", "Shaanxi"),
    ("甘肃省", "甘肃 甘", "Gansu"),
    ("青海省", "青海 青", "Qinghai"),
    ("宁夏回族自治区", "宁夏 宁夏自治区 宁", "Ningxia Ningxia-Hui"),
    ("新疆维吾尔自治区", "新疆 新疆自治区 新", "Xinjiang Xinjiang-Uygur Xinjiang-Uyghur"),
)
# Traditional and Japanese forms of the characters in these names.
_SIMPLIFIED = str.maketrans(
    "內遼寧龍蘇東廣壯慶貴雲陝肅維爾區閩贛魯滬瓊広竜",
    "内辽宁龙苏东广壮庆贵云陕肃维尔区闽赣鲁沪琼广龙",
)
_KIND_OF_PLACE = re.compile(
    r"\b(?:municipality|province|city|autonomous|region|sheng|shi|zizhiqu)\b"
)


@dataclass(frozen=True)
class NameList:
    """Names that a column may have.

    Attributes
    ----------
    label
        What is listed, in the plural.
    variants
        Other spellings of each name.
    """

    label: Text
    variants: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names as they must be written."""
        return tuple(self.variants)

    def meant(self, text: str) -> str | None:
        """The name that was probably meant: a known spelling of it, else the nearest."""
        word = _plain(text)
        if word in self._spellings:
            return self._spellings[word]
        near = get_close_matches(word, self._spellings, n=1)
        return self._spellings[near[0]] if near else None

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        return {
            _plain(spelling): name
            for name, variants in self.variants.items()
            for spelling in (name, *variants)
        }


def _plain(text: str) -> str:
    """Text without what makes no other name: odd characters, case, spaces, English kinds."""
    word = cleaned(text).translate(_SIMPLIFIED).casefold()
    if word.isascii():
        word = _KIND_OF_PLACE.sub(" ", word)
    return re.sub(r"[\W_]", "", word)


def _provinces() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, chinese, english in _PROVINCES:
        yield name, (*chinese.split(), *english.split())


NAME_LISTS: Mapping[str, NameList] = {
    "provinces": NameList(
        Text("official full names of the 31 provinces", "31 个省级行政区全称"), dict(_provinces())
    )
}
"""Closed lists by the word that a codebook has for them under `names`."""

FREE = "free"
"""What a codebook writes under `names` where a column has no list in spite of its name."""

COLUMN_NAMES: Mapping[str, str] = {"province": "provinces"}
"""Columns of text that have a list without being told so."""


def list_for(column: str, named: str | None) -> str | None:
    """The list of a column of text: the one that is named, else that of its own name."""
    chosen = COLUMN_NAMES.get(column) if named is None else named
    return None if chosen == FREE else chosen


def known_lists() -> Iterable[str]:
    """What may stand under `names`."""
    return (*NAME_LISTS, FREE)
