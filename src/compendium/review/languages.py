"""Every text of a study that stands in both languages, and where the two say different things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from compendium.data import load_books
from compendium.plan import Plan, load_plan
from compendium.plan.parity import Unlike, load_languages, pair, unlike_texts
from compendium.review.words import words_of_books, words_of_plan
from compendium.text import LANGS, Text

FENCED = re.compile(r"^```.*?^```|^\s*<.*?>$|\]\([^)]*\)", re.DOTALL | re.MULTILINE)
CHINESE, LATIN = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z]")
README = ("README.md", "README.zh-CN.md")


def different_texts(root: Path) -> list[tuple[str, Unlike]]:
    """Find what one language says and the other does not, by place.

    Looked at are the plan's words, codebooks, the prose of notebooks, and the READMEs of the
    project and its data folders.
    """
    return list(unlike_texts(texts_of(root, load_plan(root)), load_languages(root)))


def texts_of(root: Path, plan: Plan) -> Iterator[tuple[str, Text]]:
    """Every text in both languages with its place."""
    for place, row in (words_of_plan(plan) | words_of_books(load_books(root))).items():
        if all(row[lang] for lang in LANGS):
            yield place, Text(**row)
    for name in plan.notebooks:
        yield from _prose(root / "notebooks" / f"{name}.ipynb")
    for folder in (root, *sorted(path.parent for path in root.glob("data/*/README.md"))):
        paths = [folder / name for name in README]
        if all(path.is_file() for path in paths):
            yield from _readme(paths, folder.relative_to(root))


def _prose(path: Path) -> Iterator[tuple[str, Text]]:
    """Prose of each cell of a notebook: its lines in Chinese, and its others."""
    import nbformat

    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            lines = FENCED.sub(" ", cell.source).splitlines()
            told = ([x for x in lines if _chinese(x) is chinese] for chinese in (False, True))
            yield f"{path.stem}.{cell.id}", pair(*map("\n".join, told))


def _chinese(line: str) -> bool:
    """Whether a line is Chinese, and no English one that quotes some."""
    signs = len(CHINESE.findall(line))
    return bool(signs) and 2 * signs >= len(LATIN.findall(line))


def _readme(paths: Iterable[Path], place: Path) -> Iterator[tuple[str, Text]]:
    """Sections of both READMEs side by side; block by block where both have as many."""
    sections = (
        re.split(r"^#+ ", FENCED.sub(" ", path.read_text("utf-8")), flags=re.MULTILINE)
        for path in paths
    )
    for number, both in enumerate(zip_longest(*sections, fillvalue="")):
        blocks = [re.split(r"\n\s*\n|\n(?=[-|*] |\d+\. |\|)", one.strip()) for one in both]
        if len({len(one) for one in blocks}) == 1:
            for text in zip(*blocks, strict=True):
                yield f"{place.as_posix()}/README.{number}", pair(*text)
        else:
            yield f"{place.as_posix()}/README.{number}", pair(*both)
