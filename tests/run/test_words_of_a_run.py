"""A change of words runs again the notebooks that show them, and no other."""

import json

import pytest

from compendium.exhibits.asked import read_asked, write_asked
from run import tiny
from run.tiny import go

SAYS = """
from compendium.exhibits.asked import ASKED, write_asked

write_asked(out / ASKED, {asked})
"""
ASKED = {
    "01_first": [("thing", "things"), ("elsewhere", "absent_table.column")],
    "02_second": [("note", None), ("things", None)],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tiny.make_project(tmp_path_factory.mktemp("words") / "p")
    change(
        root, "notebooks/plan/exhibits.yml", "labels:\n", "labels:\n  note: {en: Note, zh: 注}\n"
    )
    for name, asked in ASKED.items():
        cells = [*tiny.CELLS[name], SAYS.format(asked=asked)]
        tiny.write_notebook(root, name, cells)
    assert go(root, "01_first", "02_second") == 0
    return root


def change(root, name, old, new):
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def would_run(root, capsys):
    assert go(root, "01_first", "02_second", explain=True) == 0
    return capsys.readouterr().out.splitlines()


def test_what_was_asked_for_is_kept_and_nothing_runs_twice(built, capsys):
    kept = built / "reports" / ".state" / "asked" / "02_second.json"
    assert read_asked(kept) == (("note", None), ("things", None))
    assert would_run(built, capsys) == ["01_first: up to date", "02_second: up to date"]


@pytest.mark.parametrize(
    ("file", "old", "new", "runs"),
    [
        ("notebooks/plan/exhibits.yml", "en: Note,", "en: A note,", ["02_second"]),
        ("notebooks/plan/exhibits.yml", "zh: 物}", "zh: 物件}", []),
        (
            "data/things/codebook.yml",
            "label: {en: Things, zh: 物}\n    unit",
            "label: {en: Objects, zh: 物}\n    unit",
            ["01_first", "02_second"],
        ),
    ],
)
def test_only_notebooks_that_show_a_word_run_again_when_it_changes(
    built, tmp_path, capsys, file, old, new, runs
):
    root = tiny.copy(built, tmp_path / "copy")
    change(root, file, old, new)
    lines = would_run(root, capsys)
    assert [line.split(":")[0] for line in lines if line.endswith(": would run")] == runs
    for name in runs if file.startswith("notebooks") else ():
        assert f"  - changed: words shown by {name}" in lines


def test_all_words_count_where_nobody_knows_which_were_asked_for(built, tmp_path, capsys):
    root = tiny.copy(built, tmp_path / "copy")
    (root / "reports" / ".state" / "asked" / "01_first.json").write_text("{", "utf-8")
    assert would_run(root, capsys)[0] == "01_first: would run"


def test_codes_are_written_in_an_order_of_their_own(tmp_path):
    write_asked(tmp_path / "a.json", {("b", None), ("a", "t.c"), ("a", None)})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == [
        ["a", None],
        ["a", "t.c"],
        ["b", None],
    ]
