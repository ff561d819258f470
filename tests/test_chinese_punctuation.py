"""Chinese prose has full-width punctuation wherever a reader meets it."""

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from compendium.data import load_books
from compendium.plan import load_plan
from compendium.run import words
from compendium.stats.method_words import WORDS
from compendium.text import Text

ROOT = Path(__file__).parents[1]
HAN = "[\u3400-\u9fff]"
HALF_WIDTH = re.compile(rf'{HAN}(\*\*)?[,;:?!()]|[;!)]{HAN}|\*\*[:,;]{HAN}|"{HAN}[^"\n]*"')


def half_width(text):
    return [match.group() for match in HALF_WIDTH.finditer(text)]


def zh_of(value):
    """Every Chinese text within nested objects of the plan or the codebooks."""
    if isinstance(value, Text):
        yield value.zh
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in zh_of(item))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in zh_of(item))
    elif hasattr(value, "__dict__"):
        yield from zh_of(vars(value))


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_prose_of_the_notebooks(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    chinese = [
        line
        for text in prose
        for line in text.splitlines()
        if not re.search("[a-z]{3} [a-z]", line)
    ]
    assert {line: found for line in chinese if (found := half_width(line))} == {}


def test_words_of_the_plan():
    assert {text: found for text in zh_of(load_plan(ROOT)) if (found := half_width(text))} == {}


def test_words_of_the_codebooks():
    """Series have the labels of their source, so their codebook is left out."""
    books = [book for book in load_books(ROOT) if not book.series]
    tables = [table for book in books for table in book.tables.values()]
    found = {text: half_width(text) for text in zh_of(tables)}
    assert {text: marks for text, marks in found.items() if marks} == {}


def test_words_of_methods():
    assert {word for word in WORDS.values() if half_width(word.zh)} == set()


def test_what_a_run_says():
    said = list(zh_of(vars(words)))
    assert said
    assert {text: found for text in said if (found := half_width(text))} == {}


def prose_files():
    """Pages and cells of prose by name."""
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("data/*/*.md")]):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield f"{path.stem} {cell['id']}", "".join(cell["source"])


def test_what_is_to_be_bold_is_bold():
    """Beside Chinese punctuation two stars open or close nothing and are printed as they are."""
    render = MarkdownIt("commonmark").render
    unmade = [
        name
        for name, text in prose_files()
        if "**" in re.sub(r"<code.*?</code>", "", render(text), flags=re.S)
    ]
    assert unmade == []
    assert "**" in render("甲**乙。**丙")
