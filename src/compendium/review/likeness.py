"""Whether two files say the same, by their kind: bytes, pixels, members, streams, or lines."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

PIXEL_LEVELS = 24
"""Of 255: by how much anti-aliasing may differ between machines at any pixel."""
SVG_UNITS = 0.01
"""Points: by how much a coordinate may differ; a printer's dot is ten times as wide."""
REPACKED = "packed otherwise, the same content"
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_SHOWN = 60


class Likeness(NamedTuple):
    """How two files compare, and what is said of a difference."""

    status: Literal["same", "within tolerance", "different"]
    why: str = ""


def likeness(name: str, expected: bytes, found: bytes) -> Likeness:
    """Compare a file with what it should be.

    The same bytes are the same. Else pictures may differ by `PIXEL_LEVELS` at a pixel, coordinates
    of an SVG by `SVG_UNITS`, and archives, PDF files and PNG pictures in how they are packed.
    """
    if expected == found:
        return Likeness("same")
    compare = _BY_ENDING.get(name.rpartition(".")[2], _compare_text)
    try:
        return compare(expected, found)
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error):
        return Likeness("different", "it can't be read")


def _compare_png(expected: bytes, found: bytes) -> Likeness:
    from PIL import Image

    one, two = (
        np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"), dtype=np.int16)
        for content in (expected, found)
    )
    if one.shape != two.shape:
        sizes = (f"{a.shape[1]} × {a.shape[0]}" for a in (two, one))
        return Likeness("different", "{} pixels, not {}".format(*sizes))
    away = np.abs(one - two).max(axis=2)
    if not away.any():
        return Likeness("within tolerance", REPACKED)
    if away.max() <= PIXEL_LEVELS:
        said = f"pixels differ by at most {away.max()} of 255, allowed {PIXEL_LEVELS}"
        return Likeness("within tolerance", said)
    return Likeness("different", f"{int((away > PIXEL_LEVELS).sum())} pixels show something else")


def _compare_archive(expected: bytes, found: bytes) -> Likeness:
    one, two = (_members(content) for content in (expected, found))
    names = [name for name in sorted({*one, *two}) if one.get(name) != two.get(name)]
    if not names:
        return Likeness("within tolerance", REPACKED)
    first = names[0]
    inside = _compare_text(one.get(first, b""), two.get(first, b"")).why
    return Likeness("different", f"{first}: {inside}")


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _compare_pdf(expected: bytes, found: bytes) -> Likeness:
    one, two = ([_inflated(s) for s in _STREAM.findall(c)] for c in (expected, found))
    if not one or one != two:
        said = f"{sum(a != b for a, b in zip(one, two, strict=False))} of {len(one)} streams"
        more = "" if len(one) == len(two) else f", {len(two)} streams, not {len(one)}"
        return Likeness("different", f"{said} differ{more}")
    return Likeness("within tolerance", REPACKED)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def _compare_svg(expected: bytes, found: bytes) -> Likeness:
    one, two = (content.decode("utf-8") for content in (expected, found))
    if _NUMBER.sub("0", one) == _NUMBER.sub("0", two):
        pairs = zip(_NUMBER.findall(one), _NUMBER.findall(two), strict=True)
        largest = max(abs(float(a) - float(b)) for a, b in pairs)
        if largest <= SVG_UNITS:
            said = f"coordinates differ by at most {largest:g} points, allowed {SVG_UNITS:g}"
            return Likeness("within tolerance", said)
    return _compare_text(expected, found)


def _compare_text(expected: bytes, found: bytes) -> Likeness:
    """Name the first line that differs, with what stands there and what should."""
    one, two = (c.decode("utf-8", "replace").splitlines() for c in (expected, found))
    for number, (a, b) in enumerate(zip(one, two, strict=False), 1):
        if a != b:
            return Likeness("different", f"line {number}: {_beside(b, a)}")
    return Likeness("different", f"{len(two)} lines, not {len(one)}")


def _beside(found: str, expected: str) -> str:
    """Quote two lines round where they first differ."""
    pairs = enumerate(zip(found, expected, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(found), len(expected)))
    begin = max(0, at - _SHOWN // 3)
    cut = (f"'{text[begin : begin + _SHOWN]}'" for text in (found, expected))
    return "{}, not {}".format(*cut)


_BY_ENDING: dict[str, Callable[[bytes, bytes], Likeness]] = {
    "png": _compare_png,
    "svg": _compare_svg,
    "pdf": _compare_pdf,
    "docx": _compare_archive,
    "xlsx": _compare_archive,
    "zip": _compare_archive,
}
