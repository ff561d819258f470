"""What a run does on a made-up project in a folder whose name has spaces and Chinese characters."""

import json
import os
import platform
import re
import shutil

import pytest

from compendium.errors import UserError
from compendium.files import put_in_place
from compendium.report.contents import Contents
from compendium.report.origin import refuse_mixture
from compendium.run import tasks
from compendium.text import LANGS
from run import tiny
from run.tiny import change_cell, go, outcomes, ran, results


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tiny.make_project(tmp_path_factory.mktemp("基层 政府") / "a project 项目")
    assert go(root) == 0
    return root


@pytest.fixture
def project(built, tmp_path):
    return tiny.copy(built, tmp_path / "复本 copy")


def test_a_run_writes_ledgers_exhibits_notebooks_page_and_record(built):
    found = set(results(built))
    assert {"estimates.csv", "run.json", "en/index.html", "zh/index.html"} <= found
    for name, number in zip(tiny.NAMES, (1, 2, 3, 11), strict=True):
        assert f"ledger/{name}.csv" in found
        assert f"exhibits/tab-{number}.csv" in found
        for lang in LANGS:
            assert f"{lang}/notebooks/{name}.ipynb" in found
            assert f"{lang}/tables/tab-{number}.html" in found
    merged = (built / "reports" / "estimates.csv").read_text(encoding="utf-8")
    assert [row.split(",")[0] for row in merged.splitlines()[1:]] == [
        "01_first.value",
        "02_second.value",
        "03_third.value",
    ]
    record = json.loads((built / "reports" / "run.json").read_text(encoding="utf-8"))
    assert record["parameters"] == {"seed": 1, "level": 0.95, "strict": False}
    assert record["profile"] == "default"
    assert record["data"].keys() == {"things"}
    for name in tiny.NAMES:
        found = record["notebooks"][name]
        assert 0 < found["cell_seconds"] < found["seconds"]
        assert found["versions"]["python"] == platform.python_version()
        if os.name == "posix":
            assert 0 < found["cpu_seconds"] < 60
            assert 50 < found["peak_mb"] < 4000


def test_nothing_temporary_is_left(built):
    reports = built / "reports"
    assert not list((reports / ".staging").glob("*"))
    assert not (reports / ".lock.json").exists()


def test_executed_notebook_shows_its_parameters_and_no_clock(built):
    text = (built / "reports/en/notebooks/01_first.ipynb").read_text(encoding="utf-8")
    assert "seed = 1" in text
    assert "papermill" not in text


def test_a_second_run_has_nothing_to_do(project, capsys):
    shutil.copy(project / "reports/run.json", project / "before.json")
    assert go(project) == 0
    assert capsys.readouterr().out.startswith("Nothing to do")
    assert (project / "before.json").read_bytes() == (project / "reports/run.json").read_bytes()


def test_outputs_saved_into_a_source_notebook_wake_nothing(project):
    path = project / "notebooks" / "02_second.ipynb"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hello"}]
    raw["cells"][1]["execution_count"] = 3
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert go(project) == 0
    assert ran(project) == []


def test_touched_prose_runs_one_notebook_and_wakes_no_child(project):
    tiny.write_notebook(project, "01_first", tiny.CELLS["01_first"], prose="Look elsewhere.")
    assert go(project) == 0
    assert ran(project) == ["01_first"]


def test_a_changed_estimate_wakes_what_reads_it_and_nothing_else(project):
    change_cell(project, "01_first", 3, "x = seed / 4\nledger(x)")
    assert go(project) == 0
    assert ran(project) == ["01_first", "03_third", "11_last"]


def test_a_parameter_wakes_only_notebooks_whose_cell_names_it(project):
    assert go(project, overrides=("level=0.9",)) == 0
    assert ran(project) == ["03_third"]
    assert go(project) == 0
    assert ran(project) == ["03_third"]


def test_profile_sets_parameters_and_the_command_line_goes_before_it(project):
    assert go(project, profile="quick") == 0
    assert ran(project) == ["01_first", "03_third", "11_last"]
    assert go(project, profile="quick", overrides=("seed=1",)) == 0
    text = (project / "reports/en/notebooks/01_first.ipynb").read_text(encoding="utf-8")
    assert "seed = 1" in text


def test_an_exhibit_added_for_one_notebook_wakes_no_other(project):
    made = {"tab-1": "01_first", "tab-2": "02_second", "tab-22": "02_second"}
    tiny.write_exhibits(project, made | {"tab-3": "03_third", "tab-11": "11_last"})
    change_cell(project, "02_second", 4, "table(2)\ntable(22)")
    assert go(project) == 0
    assert ran(project) == ["02_second"]


def test_changed_data_wake_only_notebooks_that_declare_them(project, capsys):
    (project / "data/things/things.csv").write_text("thing\na\nc\n", encoding="utf-8")
    assert go(project, explain=True) == 0
    said = capsys.readouterr().out
    assert "01_first: would run\n  - changed: data data/things/things.csv" in said
    assert "02_second: up to date" in said
    assert "03_third: would run if what it reads" in said


def test_explain_and_dry_run_change_nothing(project, capsys):
    change_cell(project, "02_second", 3, "ledger(2.5)")
    before = {p: p.stat().st_mtime_ns for p in project.rglob("*")}
    assert go(project, explain=True) == 0
    assert "  - changed: notebook notebooks/02_second.ipynb" in capsys.readouterr().out
    assert go(project, dry_run=True, overrides=("seed=3",)) == 0
    said = capsys.readouterr().out
    assert "01_first: would run\n02_second: would run\n" in said
    assert {p: p.stat().st_mtime_ns for p in project.rglob("*")} == before


def test_explain_gives_the_values_of_a_parameter(project, capsys):
    assert go(project, explain=True, overrides=("seed=3",)) == 0
    assert "parameter seed: 1 -> 3" in capsys.readouterr().out


def test_a_missing_or_changed_output_is_made_again(project, capsys):
    (project / "reports/en/tables/tab-2.html").unlink()
    (project / "reports/exhibits/tab-3.csv").write_text("value\n4\n", encoding="utf-8")
    assert go(project, explain=True) == 0
    said = capsys.readouterr().out
    assert "reports/en/tables/tab-2.html is missing" in said
    assert "reports/exhibits/tab-3.csv is not as the last run wrote it" in said
    assert go(project) == 0
    assert ran(project) == ["02_second", "03_third"]
    assert (project / "reports/exhibits/tab-3.csv").read_text(encoding="utf-8") == "value\n3\n"


def test_force_runs_everything(project):
    assert go(project, force=True) == 0
    assert ran(project) == [*tiny.NAMES]


def test_a_failing_cell_is_told_in_three_lines_and_the_rest_goes_on(project, capsys):
    change_cell(project, "01_first", 3, "y = 1\nx = y / 0\nledger(x)")
    change_cell(project, "02_second", 3, "ledger(2.5)")
    assert go(project) == 1
    assert capsys.readouterr().err.splitlines() == [
        "01_first, cell 5",
        "x = y / 0",
        "ZeroDivisionError: division by zero",
    ]
    assert outcomes(project) == {
        "01_first": "failed",
        "02_second": "ran",
        "03_third": "skipped",
        "11_last": "skipped",
    }
    kept = [project / "reports" / lang / "notebooks/01_first.failed.ipynb" for lang in LANGS]
    assert all("ZeroDivisionError" in path.read_text(encoding="utf-8") for path in kept)
    assert not list((project / "reports" / ".staging").glob("*"))
    change_cell(project, "01_first", 3, "x = seed / 2\nledger(x)")
    assert go(project) == 0
    assert not any(path.exists() for path in kept)
    assert "02_second" not in ran(project)


def test_a_user_error_in_a_notebook_is_one_line(project, capsys):
    cell = "from compendium.errors import UserError\nraise UserError('no such thing', 'add it')"
    change_cell(project, "02_second", 3, cell)
    assert go(project, "02_second") == 1
    assert capsys.readouterr().err == "02_second: no such thing; add it\n"


def test_a_dead_kernel_is_told(project, capsys):
    change_cell(project, "02_second", 3, "import os\nos._exit(3)")
    assert go(project, "02_second") == 1
    assert capsys.readouterr().err.splitlines() == [
        "02_second, cell 5",
        "import os",
        "the kernel died: out of memory, or ended from outside",
    ]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("pass", "02_second did not write en/tables/tab-2.html and 3 more files; make the"),
        ("table(2); table(7)", "02_second wrote en/tables/tab-7.html and 3 more files, which"),
    ],
)
def test_exhibits_are_those_of_the_plan(project, capsys, cell, said):
    change_cell(project, "02_second", 4, cell)
    before = results(project)
    assert go(project, "02_second") == 1
    assert said in capsys.readouterr().err
    after = results(project)
    assert before.pop("run.json") != after.pop("run.json")
    assert before == after


def test_a_partial_run_takes_what_it_needs(tmp_path):
    root = tiny.make_project(tmp_path / "p")
    assert go(root, "03_third") == 0
    assert ran(root) == ["01_first", "03_third"]
    assert not (root / "reports/estimates.csv").exists()


def test_outputs_that_left_the_plan_are_taken_away(project):
    tiny.write_exhibits(project, {"tab-1": "01_first", "tab-3": "03_third", "tab-11": "11_last"})
    change_cell(project, "02_second", 4, "pass")
    assert go(project) == 0
    assert not [name for name in results(project) if "tab-2." in name]


def test_the_language_of_a_run_is_that_of_what_it_says_and_of_nothing_else(project, capsys):
    before = results(project)
    assert go(project, lang="zh") == 0
    said = capsys.readouterr().out
    assert said.startswith("无事可做")
    assert "reports/zh/index.html" in said
    assert go(project, lang="zh", force=True) == 0
    assert "完成 4" in capsys.readouterr().out
    after = results(project)
    assert {*before} == {*after}
    assert {name for name in before if before[name] != after[name]} <= {"run.json"}


def test_plain_and_forked_kernels_give_the_same_files(built, tmp_path):
    root = tiny.make_project(tmp_path / "plain")
    assert go(root, kernel="plain") == 0
    record = json.loads((root / "reports" / "run.json").read_text(encoding="utf-8"))
    assert record["kernel"] == "plain"
    plain, forked = results(root), results(built)
    assert {*plain} == {*forked}
    assert {name for name in plain if plain[name] != forked[name]} <= {"run.json"}


def test_a_project_that_moved_has_nothing_to_do(built, tmp_path):
    root = tiny.copy(built, tmp_path / "elsewhere")
    (root / "reports/.state/uptodate.json").unlink()
    assert go(root) == 0
    assert ran(root) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"profile": "quik"}, "unknown profile 'quik'; did you mean 'quick'?"),
        ({"lang": "fr"}, "unknown language 'fr'; known: en, zh"),
        ({"overrides": ("sed=1",)}, "unknown parameter 'sed'; did you mean 'seed'?"),
        ({"overrides": ("seed=x",)}, "'seed' is a whole number, not 'x'; give a whole number from"),
        ({"overrides": ("seed=100",)}, "parameter 'seed' can't be 100; give a whole number from 0"),
        ({"notebooks": ("03_thrid",)}, "unknown notebook '03_thrid'; did you mean '03_third'?"),
        ({"jobs": 0}, "--jobs needs a whole number from 1"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_written(tmp_path, options, said):
    root = tiny.make_project(tmp_path / "p")
    notebooks = options.pop("notebooks", ())
    with pytest.raises(UserError, match=re.escape(said)):
        go(root, *notebooks, **options)
    assert not (root / "reports").exists()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("seed: int = 2", "cell 2, line 1: parameter 'seed' is 2, in the plan 1"),
        ("seed: float = 1.0", "parameter 'seed' is declared float, in the plan int"),
        ("sead: int = 1", "unknown parameter 'sead'; did you mean 'seed'?"),
        ("seed: int = 1\nx = 2", "cell 2, line 2: not a typed parameter"),
    ],
)
def test_a_parameters_cell_that_differs_from_the_plan_is_refused(tmp_path, cell, said):
    root = tiny.make_project(tmp_path / "p")
    change_cell(root, "01_first", 0, cell)
    with pytest.raises(UserError, match=re.escape(said)) as caught:
        go(root)
    assert str(caught.value).startswith(str(root / "notebooks" / "01_first.ipynb"))
    assert not (root / "reports").exists()


def test_a_run_killed_between_two_moves_is_repaired_by_the_next(project, monkeypatch):
    expected = results(project)
    change_cell(project, "01_first", 3, "x = seed / 4\nledger(x)")

    def move_one(source, target, paths):
        ledger = next(path for path in paths if path.parts[0] == "ledger")
        put_in_place(source / ledger, target / ledger)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "move", move_one)
        assert go(project, "01_first") == 1
    assert results(project)["ledger/01_first.csv"] != expected["ledger/01_first.csv"]
    change_cell(project, "01_first", 3, tiny.CELLS["01_first"][3])
    assert go(project) == 0
    after = results(project)
    assert {name for name in expected if after[name] != expected[name]} <= {"run.json"}
    assert not (project / "reports" / "set-aside").exists()


def test_a_report_of_data_that_no_finished_run_recorded_is_refused_until_the_next_run(project):
    refuse_mixture(Contents(project, "en"))
    (project / "reports/exhibits/tab-3.csv").write_text("value\n4\n", encoding="utf-8")
    said = r"tab-3\.csv: tab-3 is not as a finished run recorded it; .* grassroots run 03_third"
    with pytest.raises(UserError, match=said):
        refuse_mixture(Contents(project, "en"))
    assert go(project) == 0
    refuse_mixture(Contents(project, "en"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("after: [01_first]", "after: [01_frist]", "did you mean '01_first'?"),
        ("after: [01_first]", "after: [11_last]", "comes after 11_last, which stands later"),
        ("data: [things]", "data: [thing]", "'thing'; did you mean 'things'?"),
    ],
)
def test_a_plan_whose_order_or_tables_make_no_sense_is_refused(tmp_path, old, new, said):
    root = tiny.make_project(tmp_path / "p")
    path = root / "notebooks" / "plan" / "exhibits.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(UserError, match=re.escape(said)):
        go(root)
    assert not (root / "reports").exists()


def test_an_estimate_recorded_by_two_notebooks_is_refused_in_one_line(project, capsys):
    change = "ledger(2.0)\nos.rename(out / 'ledger/01_first.csv', out / 'ledger/02_second.csv')"
    cells = list(tiny.CELLS["02_second"])
    cells[1], cells[3] = 'name = "01_first"', change
    tiny.write_notebook(project, "02_second", cells)
    assert go(project) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "estimate id recorded twice" in said
