"""Names of respondents by which a person could be found: they are refused, and never shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

import numpy as np

from compendium.survey.formats import Raw, plain
from compendium.survey.importing.findings import Finding, rows_of
from compendium.survey.importing.mapping import ImportMapping
from compendium.survey.instrument import Instrument
from compendium.text import Text

LIKELY = 0.5
"""Part of the values of one form that must look personal: some serial numbers do by chance."""

_ELEVEN = re.compile(r"(?:\+?86)?([0-9]{11})")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_IDENTITY = re.compile(r"[0-9]{17}[0-9Xx]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_HAN = re.compile(r"[\u4e00-\u9fff]{2,4}")
_LONG_ID = 18

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
"""The hundred commonest surnames and some more: over four fifths of all people in China."""

_KINDS: Mapping[str, Text] = {
    "mail": Text("e-mail addresses", "电子邮箱地址"),
    "identity": Text("identity card numbers", "身份证号码"),
    "phone": Text("telephone numbers", "电话号码"),
    "name": Text("names of persons", "人名"),
}


def check_personal(instrument: Instrument, raw: Raw, mapping: ImportMapping) -> Iterator[Finding]:
    """Columns of names that hold what finds a person."""
    for name, mapped in mapping.columns.items():
        if instrument.questions[name].type != "string":
            continue
        texts = raw.frame[mapped.source].map(plain).to_numpy(dtype=object)
        for kind, (form, looks) in _FORMS.items():
            if kind == "name" and name != "respondent_id":
                continue
            formed = {text for text in set(texts) if form(text)}
            found = {text for text in formed if looks(text)}
            if found and len(found) >= LIKELY * len(formed):
                rows = rows_of(np.isin(texts, list(found)))
                said = {"found": _KINDS[kind]}
                heading = raw.headings[mapped.source]
                yield Finding("personal", name, heading, None, rows, said)


def _is_identity(text: str) -> bool:
    """Whether a text of 18 characters has a date of birth and the right check character."""
    if not _IDENTITY.fullmatch(text):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return _CHECK[total % len(_CHECK)] == text[-1].upper()


def _eleven(text: str) -> str:
    """Eleven digits without the country's code and the marks between them; else empty."""
    found = _ELEVEN.fullmatch(re.sub("[ -]", "", text))
    return found[1] if found else ""


_FORMS: Mapping[str, tuple[Callable[[str], bool], Callable[[str], bool]]] = {
    "mail": (lambda text: "@" in text, lambda text: _MAIL.fullmatch(text) is not None),
    "identity": (lambda text: len(text) == _LONG_ID, _is_identity),
    "phone": (
        lambda text: bool(_eleven(text)),
        lambda text: _MOBILE.fullmatch(_eleven(text)) is not None,
    ),
    "name": (lambda text: _HAN.fullmatch(text) is not None, lambda text: text[0] in SURNAMES),
}
"""Kind to the form that a text must have to be judged at all, and to the judgement."""
