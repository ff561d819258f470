"""In which encoding the texts of a file are, decided on all of them together.

A wrong guess turns one letter into another without a trace, so nothing is decided on a part of the
texts. UTF-8 is known by its form. GB18030 is not: almost any bytes make sense in it, but those of
Chinese text fall on the common characters of GB 2312, and those of accented letters on rare ones.

Blind spots: text of another East Asian encoding that no file declares may pass for GB18030, and
that of Central or Eastern Europe for windows-1252.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from compendium.errors import UserError
from compendium.text import Text

UTF8, CHINESE, WESTERN = "UTF-8", "GB18030", "windows-1252"

_MOSTLY = 0.8
"""Share of the texts that have to make sense for the others to be taken for damaged."""

_COMMON = 0.5
"""Share of common characters from which bytes are taken for Chinese; accented letters have none."""

_LAST_COMMON = 0xD7
"""First byte, in GB 2312, of the last row of common characters; rare ones follow."""

_GB_FAMILY = frozenset({"gbk", "gb2312", "gb18030", "hz"})
_LATIN_FAMILY = frozenset({"cp1252", "iso8859-15"})
_WIDE_FAMILY = frozenset(
    {"big5", "big5hkscs", "cp950", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "gb18030"}
)
_PAGES = {"10000": "mac_roman", "20127": "ascii", "28591": "cp1252", "28605": "iso8859-15"}
_PAGES |= {"20936": "gb18030", "51949": "euc_kr", "54936": "gb18030", "65001": "utf-8"}
_PAGE = re.compile(r"(?:windows|cp|ms|ibm)?[-_ ]?([0-9]{3,5})")
_RUN = re.compile(rb"[\x80-\xff]+")
_LONGEST_ACCENTS = 2
_SIGNS = frozenset("\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u20ac°²³±×·µ½")
"""What Western text holds besides accented letters."""

_THREE_BYTES = re.compile(rb"[\xe0-\xf4][\x80-\xbf]{2}")
_WESTERN_LETTERS = re.compile("[\u00a0-\u00ff]")
_CONTROLS = {
    byte: bytes([byte]).decode("cp1252", "replace")
    for byte in range(0x80, 0xA0)
    if byte not in b"\x81\x8d\x8f\x90\x9d"
}
"""What windows-1252 has where Latin-1 has control characters, which no survey holds."""

_OTHERWISE = Text(
    "the file says that its encoding is {said}, but its text is {found} and is read as that; give"
    " --encoding if this is wrong",
    "文件声明的编码为 {said}，而文本实为 {found}，已按后者读取；如有误，请用 --encoding 指定",
)
_GUESSED = Text(
    "the text is not UTF-8 and not clearly Chinese in GB18030; it is read as {found}: look at the"
    " letters that are not ASCII, or give --encoding",
    "文本不是 UTF-8，也不像 GB18030 中文，已按 {found} 读取：请核对其中的非 ASCII 字符，"
    "或用 --encoding 指定",
)
_EITHER = Text(
    "the few letters that are not ASCII make sense in {other} too, and are read as {found}: look at"
    " them, or give --encoding",
    "非 ASCII 字符很少，按 {other} 也读得通，现按 {found} 读取：请核对，或用 --encoding 指定",
)

Trouble = Literal["cut", "broken"]


@dataclass(frozen=True)
class Choice:
    """An encoding, as it is said, and what has to be said of the choice."""

    name: str
    notes: tuple[Text, ...] = ()

    def decode(self, raw: bytes) -> tuple[str, Trouble | None]:
        """Text without a character that is cut off at its end, and with U+FFFD for what is none."""
        if raw.isascii():
            return raw.decode("ascii"), None
        codec = codec_of(self.name)
        if codec == "cp1252":
            return raw.decode("latin-1").translate(_CONTROLS), None
        try:
            return raw.decode(codec), None
        except UnicodeDecodeError:
            whole = _without_tail(raw, codec)
        return (raw.decode(codec, "replace"), "broken") if whole is None else (whole, "cut")


@dataclass(frozen=True)
class _Tally:
    """How many texts make sense in an encoding.

    Attributes
    ----------
    fit, cut, broken
        Texts with a whole character that is not ASCII; texts with none but one cut off at the end,
        which may as well be another encoding's accent; the rest.
    characters
        Those that are not ASCII, of all texts that fit.
    """

    fit: int
    cut: int
    broken: int
    characters: Counter[str]

    @property
    def makes_sense(self) -> bool:
        """Whether this can be the encoding of nearly all texts."""
        return self.fit > self.cut and (self.fit + self.cut) >= _MOSTLY * self.texts

    @property
    def is_whole(self) -> bool:
        """Whether no text speaks against it."""
        return not self.broken

    @property
    def texts(self) -> int:
        """How many there are."""
        return self.fit + self.cut + self.broken

    @property
    def is_chinese(self) -> bool:
        """Whether this is Chinese, where the encoding is GB18030."""
        common = sum(times for char, times in self.characters.items() if _is_common(char))
        return self.makes_sense and common >= _COMMON * sum(self.characters.values())


@lru_cache(maxsize=1 << 10)
def codec_of(name: str) -> str:
    """Python's name of an encoding, by the names and code pages that files use.

    GB 2312 and GBK are read as their superset GB18030, ASCII and Latin-1 as windows-1252.

    Raises
    ------
    LookupError
        No encoding of text has this name.
    """
    known = name.strip().lower()
    if page := _PAGE.fullmatch(known):
        known = _PAGES.get(page[1], f"cp{page[1]}")
    try:
        codec = codecs.lookup(known).name
        b"a\0a\0".decode(codec)
        if not isinstance("a".encode(codec), bytes):
            raise LookupError(name)
    except (UnicodeError, ValueError):
        raise LookupError(name) from None
    if codec in _GB_FAMILY:
        return "gb18030"
    return "cp1252" if codec in ("ascii", "iso8859-1") else codec


def given(name: str, path: Path) -> Choice:
    """Take the encoding that the user names; raises UserError where none has this name."""
    try:
        codec_of(name)
    except LookupError:
        mend = "use UTF-8, GB18030, windows-1252 or another that Python knows"
        raise UserError("this encoding is not known", mend, path, value=name) from None
    return Choice(name)


def decide(texts: Iterable[bytes], said: str | None = None, *, fixed: bool = False) -> Choice:
    """Choose the encoding of all texts of a file.

    Parameters
    ----------
    said
        What the file declares, or its format.
    fixed
        The format leaves no choice, so that what can be `said` is.
    """
    foreign = {text for text in texts if not text.isascii()}
    if not foreign:
        return Choice(said or UTF8)
    try:
        declared = codec_of(said) if said else None
    except LookupError:
        declared = None
    found = _found(foreign, declared, fixed=fixed)
    if said is None:
        return found
    if declared == codec_of(found.name):
        return Choice(said, found.notes)
    return Choice(found.name, (_OTHERWISE.filled(said=said, found=found.name),))


def is_plausibly_western(texts: Collection[bytes]) -> bool:
    """Whether high bytes are mostly accents: letters, by ones or twos, next to those of ASCII."""
    runs = near = 0
    for text in texts:
        for run in _RUN.finditer(text):
            letters = run[0].decode("latin-1").translate(_CONTROLS)
            beside = text[: run.start()][-1:].isalnum() or text[run.end() :][:1].isalnum()
            usual = all(char.isalpha() or char in _SIGNS for char in letters)
            near += beside and usual and len(letters) <= _LONGEST_ACCENTS
            runs += 1
    return 2 * near >= runs


def _found(foreign: Collection[bytes], declared: str | None, *, fixed: bool) -> Choice:
    utf8 = _tally(foreign, "utf-8")
    if fixed and declared == "utf-8" and utf8.fit + utf8.cut >= _MOSTLY * utf8.texts:
        return Choice(UTF8)
    by_form = utf8.makes_sense
    if by_form and any(map(_THREE_BYTES.search, foreign)):
        return Choice(UTF8)
    own = _tally(foreign, declared) if declared not in (None, "utf-8") else None
    if own is not None and own.is_whole and declared in _WIDE_FAMILY:
        return Choice(str(declared))
    chinese = _tally(foreign, "gb18030")
    if by_form:
        return _of_either(utf8, chinese, sure=declared == "utf-8")
    if own is not None and own.is_whole and declared not in _LATIN_FAMILY:
        return Choice(str(declared))
    if chinese.is_chinese:
        return Choice(CHINESE)
    if own is not None and declared in _LATIN_FAMILY:
        return Choice(str(declared))
    odd = chinese.makes_sense and not is_plausibly_western(foreign)
    guess = CHINESE if odd else WESTERN
    return Choice(guess, (_GUESSED.filled(found=guess),))


def _of_either(utf8: _Tally, chinese: _Tally, *, sure: bool) -> Choice:
    """UTF-8 of two bytes a letter, which can be Chinese in GB18030 where there is little of it."""
    if sure or not (chinese.is_chinese and chinese.is_whole):
        return Choice(UTF8)
    western = any(_WESTERN_LETTERS.fullmatch(char) for char in utf8.characters)
    found, other = (UTF8, CHINESE) if western else (CHINESE, UTF8)
    return Choice(found, (_EITHER.filled(found=found, other=other),))


def _tally(foreign: Collection[bytes], codec: str) -> _Tally:
    try:
        whole = b"\n".join(foreign).decode(codec)
    except UnicodeDecodeError:
        pass
    else:
        return _Tally(len(foreign), 0, 0, _foreign(whole))
    fit = cut = broken = 0
    characters: Counter[str] = Counter()
    for text in foreign:
        try:
            known: str | None = text.decode(codec)
        except UnicodeDecodeError:
            known = _without_tail(text, codec)
        if known is None:
            broken += 1
        elif known.isascii():
            cut += 1
        else:
            fit += 1
            characters += _foreign(known)
    return _Tally(fit, cut, broken, characters)


def _foreign(text: str) -> Counter[str]:
    return Counter({char: times for char, times in Counter(text).items() if not char.isascii()})


def _without_tail(raw: bytes, codec: str) -> str | None:
    """Text before a character that is cut off at the end; None where more is wrong."""
    try:
        decoder = codecs.getincrementaldecoder(codec)()
        known = decoder.decode(raw)
    except (LookupError, UnicodeDecodeError):
        return None
    return known if decoder.getstate()[0] else None


@lru_cache(maxsize=1 << 15)
def _is_common(char: str) -> bool:
    try:
        return char.encode("gb2312")[0] <= _LAST_COMMON
    except UnicodeEncodeError:
        return False
