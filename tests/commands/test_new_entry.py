"""A new figure, table, claim, test or notebook: all its entries and cells, to be filled in."""

import json
import shutil
from pathlib import Path

import pytest

from compendium.cli import main
from compendium.commands.new_entry import add
from compendium.errors import UserError, each_of
from compendium.plan import load_plan
from compendium.plan.insert import PlanText
from tests.plan import small
from tests.plan.small import change, make_study

ROOT = Path(__file__).parents[2]
CASES = [
    ("figure", "fig-new", "01_first"),
    ("table", "tab-new", "01_first"),
    ("claim", "C2", "01_first"),
    ("test", "C1.second", "01_first"),
    ("notebook", "02_second", None),
]


@pytest.fixture
def root(tmp_path):
    return make_study(
        tmp_path / "a study", multiverse=small.MULTIVERSE, calibration=small.CALIBRATION
    )


def faults(root):
    with pytest.raises(UserError) as caught:
        load_plan(root)
    return each_of(caught.value)


def written(root):
    """Replace every placeholder, as an author would."""
    for path in [*root.glob("notebooks/plan/*.yml"), *root.glob("notebooks/*.ipynb")]:
        text = path.read_text("utf-8").replace("TO WRITE: ", "").replace("TO WRITE", "Written")
        path.write_text(text.replace("待写：", "").replace("待写", "写就"), "utf-8", newline="\n")
    return root


def lines_of(root):
    files = [*root.glob("notebooks/plan/*.yml"), *root.glob("notebooks/*.ipynb")]
    return {path.name: path.read_text("utf-8").splitlines() for path in files}


@pytest.mark.parametrize(("kind", "name", "notebook"), CASES)
def test_what_is_written_lacks_nothing_but_words(root, kind, name, notebook):
    before = lines_of(root)
    add(root, kind, name, notebook)
    found = faults(root)
    assert len(found) >= 2
    assert {one.problem.partition(":")[0].split(" is ")[-1] for one in found} == {"not written yet"}
    assert load_plan(written(root))
    after = lines_of(root)
    for file, lines in before.items():
        rest = iter(after[file])
        lost = [line for line in lines if line not in rest]
        assert file.endswith(".ipynb") or lost == []


def test_every_kind_can_be_added_one_after_the_other(root):
    for kind, name, notebook in CASES:
        add(root, kind, name, notebook)
    plan = load_plan(written(root))
    assert list(plan.notebooks) == ["01_first", "02_second"]
    assert {*plan.exhibits} == {"tab-things", "fig-new", "tab-new"}
    assert [test.estimate for test in plan.claims["C2"].tests] == ["c2.first"]
    assert plan.sentences["C2.first"].notebook == "01_first"
    assert plan.claims["C1"].tests[-1].id == "C1.second"
    assert plan.sentences["C1.second"].notebook == "01_first"


def test_cells_stand_before_the_last_one_with_ids_of_their_own(root):
    add(root, "figure", "fig-new", "01_first")
    cells = json.loads((root / "notebooks" / "01_first.ipynb").read_text("utf-8"))["cells"]
    assert "".join(cells[-1]["source"]) == "study.close()"
    assert 'study.figure("fig-new", sns.scatterplot, data' in "".join(cells[-2]["source"])
    ids = [cell["id"] for cell in cells]
    assert len({*ids}) == len(ids) == len(small.CELLS) + 3


def test_a_study_without_multiverse_and_calibration_gets_no_such_file(tmp_path):
    root = make_study(tmp_path)
    add(root, "claim", "C2")
    assert {path.name for path in root.glob("notebooks/plan/*")} == {*small.FILES}
    assert load_plan(written(root)).claims["C2"]


@pytest.mark.parametrize(
    ("kind", "name", "notebook", "said"),
    [
        ("figure", "tab-things", "01_first", "'tab-things' is no id of a figure"),
        ("figure", "fig-A", "01_first", "'fig-A' is no id of a figure; write it like fig-"),
        ("table", "tab-things", "01_first", "there is a table 'tab-things' already"),
        ("claim", "C1", "01_first", "there is a claim 'C1' already"),
        ("claim", "c 2", "01_first", "'c 2' is no id of a claim"),
        ("test", "C1", "01_first", "'C1' is no id of a test; write it like C8.second"),
        ("test", "C9.a", "01_first", "no claim 'C9'; use one of C1, or make it by new claim C9"),
        ("notebook", "first", None, "'first' is no id of a notebook"),
        ("notebook", "01_first", None, "there is a notebook '01_first' already"),
        ("claim", "C2", "09_none", "unknown notebook '09_none'; add --notebook, one of: 01_first"),
    ],
)
def test_an_id_that_is_there_or_ill_formed_is_refused_and_nothing_changes(
    root, kind, name, notebook, said
):
    before = lines_of(root)
    with pytest.raises(UserError) as caught:
        add(root, kind, name, notebook)
    assert said in str(caught.value)
    assert lines_of(root) == before


def test_where_there_are_several_notebooks_one_must_be_named(root):
    add(root, "notebook", "02_second")
    with pytest.raises(
        UserError, match="no notebook is named; add --notebook, one of: 01_first, 0"
    ):
        add(root, "figure", "fig-new")


def test_a_list_in_one_line_is_refused_with_its_line_and_nothing_changes(root):
    line = change(
        root, "multiverse.yml", small.MULTIVERSE, "multiverses: []\nwithout: [{test: x}]\n"
    )
    before = lines_of(root)
    with pytest.raises(UserError, match="without is written in one line") as caught:
        add(root, "claim", "C2")
    assert caught.value.line == line + 1
    assert lines_of(root) == before


def test_the_command_says_what_it_wrote_and_what_to_do(root, capsys):
    assert main(["new", "figure", "fig-new", "--root", str(root)]) == 0
    said = capsys.readouterr().out.splitlines()
    entry = (root / "notebooks/plan/exhibits.yml").read_text("utf-8").splitlines()
    where = entry.index("  - id: fig-new") + 1
    assert said[0] == f"notebooks/plan/exhibits.yml:{where}"
    assert said[1] == "notebooks/01_first.ipynb:cell-07, cell-08"
    assert "grassroots run names each" in said[2]
    assert main(["new", "figure", "fig-new", "--root", str(root)]) == 2


@pytest.mark.parametrize(
    ("text", "keys", "entry", "after"),
    [
        ("a:\n  - 1\n\n# b\nb: 2\n", ("a",), "- 3", "a:\n  - 1\n  - 3\n\n# b\nb: 2\n"),
        ("a:\n- 1\nb: 2\n", ("a",), "- 3", "a:\n- 1\n- 3\nb: 2\n"),
        ("a:\n  - x: 1\n\n  - x: 2\n", ("a",), "- x: 3", "a:\n  - x: 1\n\n  - x: 2\n\n  - x: 3\n"),
        ("a: []\nb: 2\n", ("a",), "- 3", "a:\n  - 3\nb: 2\n"),
        ("a: {}\n", ("a",), "x: 3", "a:\n  x: 3\n"),
        ("b: 2\n", ("a",), "- 3", "b: 2\n\na:\n  - 3\n"),
        ("a:\n  x:\n    - 1\nb: 2\n", ("a", "y"), "- 3", "a:\n  x:\n    - 1\n\n  y:\n    - 3\nb: 2\n"),
        ("a:\n  x: >-\n    # no\n    remark\n", ("a",), "y: 1", "a:\n  x: >-\n    # no\n    remark\n  y: 1\n"),
        ("a:\n  x:\n  - 1\n# b\nb: 2\n", ("a", "x"), "- 3", "a:\n  x:\n  - 1\n  - 3\n# b\nb: 2\n"),
        ("a:\n  x:\n  - 1\nb: 2\n", ("a", "y"), "- 3", "a:\n  x:\n  - 1\n\n  y:\n    - 3\nb: 2\n"),
        ("a:\r\n  - 1\r\n", ("a",), "- 3", "a:\r\n  - 1\r\n  - 3\r\n"),
    ],
)  # fmt: skip
def test_an_entry_is_put_where_it_belongs_and_all_else_stays(text, keys, entry, after):
    file = PlanText(Path("plan.yml"), text)
    line = file.put(entry, *keys)
    assert file.text == after
    assert after.splitlines()[line - 1].strip() == entry


def test_an_entry_can_be_put_before_another():
    file = PlanText(Path("plan.yml"), "a:\n  - x: 1\n    y: 1\n  - x: 2\n")
    assert file.put("- x: 3", "a", before=1) == 4
    assert file.text == "a:\n  - x: 1\n    y: 1\n  - x: 3\n  - x: 2\n"


@pytest.mark.parametrize(("kind", "name"), [("figure", "fig-new"), ("claim", "C99")])
def test_the_projects_own_plan_takes_new_entries(tmp_path, kind, name):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    notebook = next(iter(load_plan(tmp_path).notebooks))
    add(tmp_path, kind, name, notebook)
    assert {one.problem.partition(":")[0].split(" is ")[-1] for one in faults(tmp_path)} == {
        "not written yet"
    }
    assert load_plan(written(tmp_path))


def test_a_notebook_comes_before_the_one_that_reads_the_ledger(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    add(tmp_path, "notebook", "98_new")
    plan = load_plan(written(tmp_path))
    names = list(plan.notebooks)
    assert plan.notebooks[names[-1]].reads_ledger
    assert names[-2] == "98_new"
