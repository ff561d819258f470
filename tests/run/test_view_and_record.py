"""What is said while a run goes on, and what is kept of it."""

import io
import json

import pytest

from compendium import cli, run_record
from compendium.errors import UserError
from compendium.run import live, record
from compendium.run.session import Result
from compendium.run.times import times

NAMES = ("01_data", "02_context", "12_claims")


def test_lines_count_notebooks_and_leave_other_steps_out():
    out = io.StringIO()
    view = live.View(NAMES, {}, out=out)
    for name, outcome in (("01_data", "unchanged"), ("ledger", "ran"), ("12_claims", "skipped")):
        view.finished(Result(name, outcome))
    assert out.getvalue().splitlines() == [
        "[1/3] 01_data                  unchanged",
        "[2/3] 12_claims                skipped, something it needs failed",
    ]


def test_lines_are_written_in_chinese_too():
    out = io.StringIO()
    live.View(NAMES, {}, "zh", out=out).finished(Result("01_data", "ran"))
    assert out.getvalue().endswith("完成\n")


@pytest.mark.parametrize(("jobs", "seconds"), [(1, 9.0), (2, 5.0), (3, 5.0)])
def test_forecast_is_bounded_by_the_longest_notebook(jobs, seconds):
    forecast = {"01_data": 3.0, "02_context": 5.0, "12_claims": 1.0}
    assert live.View(NAMES, forecast, jobs=jobs).left() == pytest.approx(seconds)


def test_no_forecast_when_a_notebook_has_never_run():
    assert live.View(NAMES, {"01_data": 3.0}).left() is None


def test_a_notebook_that_did_not_run_keeps_its_seconds(tmp_path):
    lock = tmp_path / "requirements.lock"
    first = {"01_data": record.Outcome("ran", 2.0, 1.5), "02_context": record.Outcome("ran", 4.0)}
    record.write(tmp_path, first, last={}, lock=lock, profile="default")
    second = {"01_data": record.Outcome("unchanged"), "02_context": record.Outcome("ran", 6.0)}
    record.write(tmp_path, second, last=record.read(tmp_path), lock=lock, profile="quick")
    found = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert found["profile"] == "quick"
    assert found["notebooks"]["01_data"] == {
        "seconds": 2.0,
        "cell_seconds": 1.5,
        "outcome": "unchanged",
    }
    assert record.forecasts(found) == {"01_data": 2.0, "02_context": 6.0}


@pytest.mark.parametrize("text", ["{", "[1]", '{"notebooks": {"a": 3}}', "[" * 100_000])
def test_a_broken_record_counts_as_none(tmp_path, text):
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="not as a run writes it"):
        run_record.read(tmp_path)
    assert record.read(tmp_path) == {}


def test_times_are_a_table_whose_last_row_adds_them_up():
    entries = {
        "02_context": {"seconds": 4.04, "cpu_seconds": 3.96, "peak_mb": 210.6},
        "01_data": {"seconds": 2.0, "cpu_seconds": 1.5, "peak_mb": 301.2, "outcome": "ran"},
    }
    assert list(times({"notebooks": entries}, "en")) == [
        "| notebook | seconds | CPU seconds | peak memory, MB |",
        "|---|---:|---:|---:|",
        "| `01_data` | 2.0 | 1.5 | 301 |",
        "| `02_context` | 4.0 | 4.0 | 211 |",
        "| all | 6.0 | 5.5 | 301 |",
    ]
    del entries["01_data"]["cpu_seconds"]  # a system that does not tell
    assert list(times({"notebooks": entries}, "zh"))[-1] == "| 合计 | 6.0 | – | 301 |"


def test_times_of_no_run_are_refused(tmp_path, capsys):
    (tmp_path / "notebooks" / "plan").mkdir(parents=True)
    assert cli.main(["run", "--times", "--root", str(tmp_path)]) == 2
    assert "nothing has been run yet" in capsys.readouterr().err
