"""Each exhibit is followed by what was found there, in a sentence from the ledger."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from compendium.plan import load_plan

ROOT = Path(__file__).resolve().parents[2]
SHOWS = ("show", "table", "figure")
OWN_WORDS = "the table says in words, a row, what to mind"
BESIDE = "drawn from numbers that another sentence of its section says"
DESCRIBES = "the usual description of variables before any model"
REASONS = {
    "tab-cluster-size": OWN_WORDS,
    "tab-clusters": OWN_WORDS,
    "tab-clusters-external": OWN_WORDS,
    "tab-calibration-survey": OWN_WORDS,
    "tab-calibration-observed": OWN_WORDS,
    "tab-tests": OWN_WORDS,
    "tab-agreement-summary": OWN_WORDS,
    "tab-agreement-sheet": OWN_WORDS,
    "fig-power": "simulated samples give no estimate that is recorded",
    "tab-survey-size": "simulated samples give no estimate that is recorded",
    "tab-incidents": DESCRIBES,
    "tab-incidents-correlated": DESCRIBES,
    "tab-scores": DESCRIBES,
    "tab-scores-correlated": DESCRIBES,
    "tab-careless": "counts of a few respondents may be withheld",
    "tab-qca-robustness": "ranges in which a solution stays as it is, of which none is recorded",
    "tab-flips-external": BESIDE,
}


def sections(cells: list[dict]) -> Iterator[list[str]]:
    """Code of a notebook by its sections."""
    part: list[str] = []
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("#"):
            yield part
            part = []
        elif cell["cell_type"] == "code":
            part.append(source)
    yield part


def calls_of(source: str) -> Iterator[tuple[str, str, bool]]:
    """Calls of the study in the order of the text: method, exhibit, and whether it says something."""
    for node in ast.walk(ast.parse(source)):
        func = getattr(node, "func", None)
        if isinstance(node, ast.Call) and isinstance(func, ast.Attribute):
            if getattr(func.value, "id", "") != "study":
                continue
            first = (
                node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
            )
            says = func.attr == "say" or any(word.arg == "say" for word in node.keywords)
            yield func.attr, str(first), says


def silent(path: Path) -> list[str]:
    """Exhibits after which nothing is said before their section ends."""
    found = []
    for part in sections(json.loads(path.read_text("utf-8"))["cells"]):
        waiting: list[str] = []
        for source in part:
            for method, exhibit, says in calls_of(source):
                if method in SHOWS:
                    waiting.append(exhibit)
                if says:
                    waiting = []
        found += waiting
    return found


BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_each_exhibit_is_followed_by_a_sentence(path: Path) -> None:
    """What has no sentence has a reason here."""
    assert [one for one in silent(path) if one not in REASONS] == []


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_each_sentence_of_a_notebook_is_said_there(path: Path) -> None:
    """A sentence that the plan has for a notebook and no cell says would be lost in silence."""
    sentences = load_plan(ROOT).sentences
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    own = [name for name, one in sentences.items() if one.notebook == path.stem]
    tests = load_plan(ROOT).tests  # those of a family are said by the names of its tests
    assert [name for name in own if f'"{name}"' not in code and name not in tests] == []


def test_no_reason_is_left_over() -> None:
    """A reason goes with its exhibit."""
    assert {one for path in BOOKS for one in silent(path)} == set(REASONS)


def test_an_exhibit_without_a_sentence_is_named(tmp_path: Path) -> None:
    """The check can fail: an exhibit whose sentence is taken away."""
    book = json.loads(BOOKS[0].read_text("utf-8"))
    for cell in book["cells"]:
        cell["source"] = [line.replace(', say="gaps"', "") for line in cell["source"]]
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps(book), "utf-8")
    assert silent(path) == [*silent(BOOKS[0]), "fig-missing"]
