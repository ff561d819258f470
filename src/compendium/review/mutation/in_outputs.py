"""Places of defects in a finished reports folder: any file of any kind."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from compendium.review.mutation.draw import Change, Draw, Place, edit
from compendium.text import LANGS

TEXTS = frozenset(
    "html csv json tex txt ipynb js css svg xml inv bib md toml typ".split()  # noqa: SIM905
)
PICTURES = ("png", "svg", "pdf")
BLOCK = 12
"""Pixels of a side of the block that is altered."""
MEASURED = re.compile(r'"(?:seconds|cell_seconds|cpu_seconds|memory_mb|peak_mb|ended)": ')
"""Lines of the run record that a clock or a meter wrote: no result, and no two runs agree in them."""
_DIGIT = re.compile(r"\d")
_COORDINATE = re.compile(r"\.\d\d\d*")
_WORD = re.compile(r"(?<=[\s>])[A-Za-z]{4,}(?=[\s<.,;])|[\u3400-\u9fff]{2}")


def in_outputs(reports: Path, files: Sequence[str], folder: str) -> Iterator[Place]:
    """Places in the files below a reports folder.

    Parameters
    ----------
    files
        Paths relative to the reports folder.
    folder
        Its path relative to the project's folder, for the places' names.
    """
    known = frozenset(files)
    for name in files:
        for operator, make in _of_file(reports, name, known):
            yield Place(operator, f"{folder}/{name}", name, make)


Make = Callable[[Draw], Change | None]


def _of_file(reports: Path, name: str, known: frozenset[str]) -> Iterator[tuple[str, Make]]:
    path = reports / name
    end = name.rpartition(".")[2]
    if end in TEXTS:
        yield "digit", lambda rng: _in_text(path, _DIGIT, _digit, rng)
        yield "word", lambda rng: _in_text(path, _WORD, lambda _, __: "", rng)
        yield "line", lambda rng: _without_line(path, rng)
    if end in PICTURES and path.parent.name == "figures":
        others = sorted(one for one in known if _beside(one, name))
        if others:
            yield "picture", lambda rng: _as(reports, name, rng.choice(others))
    if end == "png":
        yield "block", lambda rng: _blocked(path, rng)
    if end == "docx":
        yield "packed", lambda rng: _packed(path, rng)
    if other := _other_language(name, known):
        yield "language", lambda _: _as(reports, name, other)
    yield "removed", lambda _: Change(name, "", None)


def _beside(one: str, name: str) -> bool:
    a, b = PurePosixPath(one), PurePosixPath(name)
    return a != b and a.parent == b.parent and a.suffix == b.suffix


def _other_language(name: str, known: frozenset[str]) -> str | None:
    first, _, rest = name.partition("/")
    if first in LANGS and rest:
        other = f"{next(lang for lang in LANGS if lang != first)}/{rest}"
    else:
        stem, _, end = name.rpartition(".")
        other = f"{stem.removesuffix('.zh')}.{end}" if stem.endswith(".zh") else f"{stem}.zh.{end}"
    return other if other in known else None


def _as(reports: Path, name: str, other: str) -> Change | None:
    content = (reports / other).read_bytes()
    return None if content == (reports / name).read_bytes() else Change(name, other, content)


def _digit(text: str, rng: Draw) -> str:
    return rng.choice([d for d in "0123456789" if d != text])


def _in_text(
    path: Path, pattern: re.Pattern[str], vary: Callable[[str, Draw], str], rng: Draw
) -> Change | None:
    """Change one match; digits that no reader can see in a picture or that a meter wrote are none."""
    text = path.read_text(encoding="utf-8")
    found = [match.span() for match in pattern.finditer(text)]
    if not found:
        return None
    start, end = rng.choice(found)
    line = text[text.rfind("\n", 0, start) + 1 : end]
    if MEASURED.search(line) or (path.suffix == ".svg" and _fine(text, start)):
        return None
    after = vary(text[start:end], rng)
    change = edit(text, start, end, after)
    around = text[max(0, start - 30) : start], text[end : end + 30]
    return change._replace(before=text[start:end].join(around), after=after.join(around))


def _fine(text: str, at: int) -> bool:
    """Whether a digit stands behind the first decimal of a coordinate."""
    return any(
        match.start() + 1 < at < match.end()
        for match in _COORDINATE.finditer(text, max(0, at - 12), at + 2)
    )


def _without_line(path: Path, rng: Draw) -> Change | None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    full = [n for n, line in enumerate(lines) if line.strip() and not MEASURED.search(line)]
    if len(full) < 3:
        return None
    n = rng.choice(full)
    return Change(lines[n], "", "".join((*lines[:n], *lines[n + 1 :])).encode())


def _blocked(path: Path, rng: Draw) -> Change | None:
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGBA")).copy()
    y, x = (rng.randrange(max(1, size - BLOCK)) for size in pixels.shape[:2])
    pixels[y : y + BLOCK, x : x + BLOCK, :3] = 255 - pixels[y : y + BLOCK, x : x + BLOCK, :3]
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return Change("", f"block at {x}, {y}", buffer.getvalue())


def _packed(path: Path, rng: Draw) -> Change | None:
    with zipfile.ZipFile(path) as archive:
        members = {info: archive.read(info) for info in archive.infolist()}
    inside = next(info for info in members if info.filename == "word/document.xml")
    text = members[inside].decode("utf-8")
    shown = [m.start() for m in re.finditer(r"\d", text) if _is_shown(text, m.start())]
    if not shown:
        return None
    at = rng.choice(shown)
    after = _digit(text[at], rng)
    members[inside] = edit(text, at, at + 1, after).content or b""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members.items():
            archive.writestr(info, content)
    return Change(text[at - 20 : at + 20], after, buffer.getvalue())


def _is_shown(text: str, at: int) -> bool:
    """Whether a position is between two tags, in words."""
    return text.rfind(">", 0, at) > text.rfind("<", 0, at)
