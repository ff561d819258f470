"""The engine has no word of the study that it was made for."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "src" / "compendium"
TEXTS = (
    ".py",
    ".csv",
    ".yml",
    ".mplstyle",
    ".css",
    ".js",
    ".html",
    ".typ",
    ".ipynb",
    ".md",
    ".toml",
)

WORDS = (
    r"grassroots",
    r"incidents?\b",
    r"townships?\b",
    r"accountabilit(?:y|ies)",
    r"escalat\w+",
    r"mailbox",
    r"cadres?\b",
    r"primary.level",
    r"petitions?\b",
    r"covid",
    r"基层",
    r"乡镇",
    r"问责",
    r"七项",
    r"\bseven claims\b",
)
"""The study's words as regular expressions, whatever their case."""

ALLOWED = {
    ("survey/importing/labels.py", "乡镇"): "characters by which an encoding is recognised",
    ("plan/multiverse.py", "mailbox"): "names of sources, which the study should register",
    ("review/verdicts.py", "tab-claims"): "the table of verdicts of any study, the starter's too",
    ("review/verdicts.py", "tab-tests"): "the table of tests of any study, the starter's too",
}
"""File below the engine and word that may stand there, with the reason."""


def files() -> list[Path]:
    found = (path for path in ENGINE.rglob("*") if path.suffix in TEXTS)
    return sorted(path for path in found if "__pycache__" not in path.parts)


@cache
def names() -> frozenset[str]:
    """Names of the study's notebooks and exhibits."""
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    plan = (ROOT / "notebooks/plan/exhibits.yml").read_text("utf-8")
    return frozenset(notebooks | {*re.findall(r"^  - id: (\S+)", plan, re.MULTILINE)})


def found(text: str) -> set[str]:
    low = text.lower()
    told = {match[0] for word in WORDS for match in re.finditer(word, low)}
    return told | (names() & {*re.findall(r"[\w-]+", text)})


def test_the_engine_has_no_word_of_the_study():
    told = [
        f"{path.relative_to(ENGINE).as_posix()}: {word}"
        for path in files()
        for word in sorted(found(path.read_text("utf-8")))
        if (path.relative_to(ENGINE).as_posix(), word) not in ALLOWED
    ]
    assert not told, "\n".join(told)


def test_every_exception_is_still_needed():
    for place, word in ALLOWED:
        assert word in found((ENGINE / place).read_text("utf-8")), (place, word)


@pytest.mark.parametrize("claim", ["C1", "C7"])
def test_the_engine_names_no_claim(claim):
    told = [path.name for path in files() if re.search(rf"\b{claim}\b", path.read_text("utf-8"))]
    assert not told


def test_the_engine_imports_nothing_of_the_study():
    for path in ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [one for one in names if one.partition(".")[0] == "grassroots"], path


def test_a_word_of_the_study_would_be_seen():
    assert "fig-tiers" in names()
    told = found("a Township and its 基层 in 03_accountability")
    assert told == {"township", "基层", "accountability", "03_accountability"}
