"""One execution of a notebook serves every language."""

import json

import pytest

from compendium.text import LANGS
from run import tiny
from run.tiny import change_cell, go, ran

CELL = """
from compendium.exhibits.display import InEach, ShownText, tell
import pandas as pd

with Path(os.environ["GRASSROOTS_ROOT"], "executions").open("a") as file:
    file.write("once ")
print("printed")
tell(InEach(lang, {"en": ShownText("It holds."), "zh": ShownText("成立。")}))
ledger(1.0)
heads = {"en": "value", "zh": "估计值"}
InEach(lang, {spoken: pd.DataFrame({heads[spoken]: [1]}) for spoken in heads})
"""
SAID = {"en": "It holds.", "zh": "成立。"}
HEADS = {"en": "value", "zh": "估计值"}


@pytest.fixture(scope="module", params=[True, False], ids=["as_declared", "without_lang"])
def root(request, tmp_path_factory):
    root = tiny.make_project(tmp_path_factory.mktemp("languages") / "p")
    cells = [*tiny.CELLS["01_first"]]
    cells[3] = CELL
    if not request.param:
        cells[0], cells[1] = "seed: int = 1", 'lang = "en"\nname = "01_first"'
    tiny.write_notebook(root, "01_first", cells)
    assert go(root, "01_first", lang="zh") == 0
    return root


def code_cells(root, lang, name="01_first"):
    path = root / "reports" / lang / "notebooks" / f"{name}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_a_notebook_is_executed_once(root):
    assert (root / "executions").read_text() == "once "


@pytest.mark.parametrize("lang", LANGS)
def test_its_copy_in_a_language_shows_what_cells_show_in_it(root, lang):
    cells = code_cells(root, lang)
    (shown,) = [cell["outputs"] for cell in cells if "executions" in "".join(cell["source"])]
    printed, said, frame = shown
    assert printed["text"] == ["printed\n"]
    assert said["data"] == {"text/markdown": [SAID[lang]], "text/plain": [SAID[lang]]}
    assert frame["output_type"] == "execute_result"
    table = "".join(frame["data"]["text/html"])
    assert [head in table for head in HEADS.values()] == [
        head == HEADS[lang] for head in HEADS.values()
    ]
    assert said["metadata"] == frame["metadata"] == {}


@pytest.mark.parametrize("lang", LANGS)
def test_its_copy_in_a_language_names_that_language_as_its_parameter(root, lang):
    injected = next(c for c in code_cells(root, lang) if "injected" in str(c["metadata"]))
    source = "".join(injected["source"])
    assert "seed = 1" in source
    declared = "lang" in "".join(code_cells(root, lang)[0]["source"])
    assert (f'lang = "{lang}"' in source) == declared


def test_what_is_kept_of_a_failed_notebook_is_in_each_language(tmp_path):
    root = tiny.make_project(tmp_path / "p")
    change_cell(root, "01_first", 3, CELL.replace("ledger(1.0)", "1 / 0"))
    assert go(root, "01_first") == 1
    for lang in LANGS:
        cells = code_cells(root, lang, "01_first.failed")
        told = [output.get("data") for cell in cells for output in cell["outputs"]]
        assert SAID[lang] in str(told)
        assert not any(SAID[other] in str(told) for other in LANGS if other != lang)


def test_a_language_that_was_not_asked_for_before_runs_nothing(root):
    assert go(root, "01_first", lang="en") == 0
    (root / "reports" / ".state" / "uptodate.json").unlink()
    assert go(root, "01_first", lang="en") == 0
    assert ran(root) == []
    assert (root / "executions").read_text() == "once "
