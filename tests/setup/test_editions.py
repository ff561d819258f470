"""The benchmark of two editions measures what a command takes, and divides ours by theirs."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("editions", ROOT / "tests/benchmarks/editions.py")
editions = importlib.util.module_from_spec(SPEC)
sys.modules["editions"] = editions
SPEC.loader.exec_module(editions)
Cost, Edition = editions.Cost, editions.Edition

pytestmark = pytest.mark.skipif(not hasattr(editions.os, "wait4"), reason="POSIX alone")

BUSY = "import time\nwhile time.process_time() < 0.3: pass\nheld = bytearray(300_000_000)"


def test_a_command_is_measured_with_all_that_it_starts(tmp_path):
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    measured = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from editions import Edition\n"
        "cost = Edition(Path(sys.argv[2])).call(sys.executable, '-c', sys.argv[3])\n"
        "print(cost.cpu, cost.wall, cost.peak)"
    )
    # In a process of its own: a child's peak counts its parent's memory until it is another program.
    place = (str(ROOT / "tests/benchmarks"), str(tmp_path), code)
    told = subprocess.run(
        [sys.executable, "-c", measured, *place], capture_output=True, text=True, check=True
    ).stdout
    cpu, wall, peak = map(float, told.split())
    assert 0.3 <= cpu < wall + 5
    assert 280_000 < peak < 1_000_000


def test_a_command_that_fails_stops_it_and_says_why(tmp_path):
    with pytest.raises(SystemExit, match="why it failed"):
        Edition(tmp_path).call(sys.executable, "-c", "raise SystemExit('why it failed')")


def test_work_in_turn_adds_up_and_memory_is_that_of_the_largest():
    assert Cost(1, 2, 3) + Cost(10, 20, 2) == Cost(11, 22, 3)


def test_ratios_are_ours_by_theirs():
    found = editions.ratios({"run": Cost(1, 6, 3)}, {"run": Cost(2, 3, 3)})
    assert {k: v for k, v in found.items() if k.endswith("ratio")} == {
        "run_cpu_ratio": 0.5,
        "run_wall_ratio": 2,
        "run_peak_ratio": 1,
    }


@pytest.mark.parametrize("turned", [False, True])
def test_the_editions_work_in_turn_in_either_order(monkeypatch, turned):
    done = []

    def work_of(edition, names):
        for name in names:
            done.append((edition, name))
            yield name, Cost(*(3.0 if edition == "now" else 6.0,) * 3)

    monkeypatch.setattr(editions, "work_of", work_of)
    monkeypatch.setattr(editions, "evidence", lambda *_: {"new_notebooks_cpu_now": 1.5})
    found = editions.pair("now", "then", ("run", "nothing"), turned=turned)
    first, second = ("then", "now") if turned else ("now", "then")
    assert done == [(first, "run"), (second, "run"), (first, "nothing"), (second, "nothing")]
    assert found["nothing_wall_ratio"] == 0.5
    assert found["new_notebooks_cpu_now"] == 1.5


def edition_of(folder, notebooks, exhibits):
    (folder / "notebooks/plan").mkdir(parents=True)
    (folder / "reports").mkdir()
    for name in notebooks:
        (folder / f"notebooks/{name}.ipynb").touch()
    listed = "".join(f"  - {{id: {name}, title: x}}\n" for name in exhibits)
    (folder / "notebooks/plan/exhibits.yml").write_text(listed, encoding="utf-8")
    record = {name: {"cpu_seconds": 2.0} for name in notebooks}
    (folder / "reports/run.json").write_text(json.dumps({"notebooks": record}), encoding="utf-8")
    return Edition(folder)


def test_what_an_edition_has_more_is_shown_apart(tmp_path, monkeypatch):
    now = edition_of(tmp_path / "now", ("01_data", "02_new", "03_old"), ("fig-a", "tab-b"))
    then = edition_of(tmp_path / "then", ("01_data", "02_old"), ("fig-a",))
    drawn = []
    monkeypatch.setattr(Edition, "study", lambda _, *told: drawn.append(told) or Cost(0.5))
    assert editions.evidence(now, then, Cost(6.0), Cost(8.0)) == {
        "new_notebooks_cpu_now": 2.0,
        "new_exhibits_cpu_now": 0.5,
        "run_without_new_cpu_ratio": 0.5,
    }
    assert drawn == [("exhibits", "tab-b")]


def test_the_work_named_is_done_in_its_order_and_another_name_is_refused():
    assert editions.chosen(["nothing", "run"], quick=False, tests=False) == ["run", "nothing"]
    assert "tests" not in editions.chosen([], quick=False, tests=False)
    with pytest.raises(SystemExit, match="no such work: reports"):
        editions.chosen(["reports"], quick=False, tests=False)


def test_the_suite_runs_on_as_many_cores_as_its_makefile_says():
    assert Edition(ROOT).parallel[:2] == ("-n", "auto")


def test_results_are_removed_but_not_the_reference_and_a_change_is_put_back(tmp_path, monkeypatch):
    edition = Edition(tmp_path)
    for name in ("reports/reference/a", "reports/en/b", "data/official_statistics/series.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"x{editions.CHANGED[1]}y", encoding="utf-8")
    edition.clear()
    assert [path.name for path in (tmp_path / "reports").rglob("*")] == ["reference", "a"]
    path, seen = tmp_path / editions.CHANGED[0], []
    monkeypatch.setattr(Edition, "run", lambda _: seen.append(path.read_text("utf-8")) or Cost())
    before = path.read_text("utf-8")
    edition.changed()
    assert seen == [before.replace("1132.26", "1132.27"), before]
    assert path.read_text("utf-8") == before


def test_what_the_benchmark_changes_is_in_the_data():
    assert editions.CHANGED[1] in (ROOT / editions.CHANGED[0]).read_text("utf-8")
    assert (ROOT / editions.TOUCHED).is_file()
