"""A cell that does not end: said while it runs, stopped at its limit, named."""

import json
import re

import pytest

from compendium.run import execution, live
from run import tiny
from run.tiny import change_cell, go, outcomes

ENDLESS = "x = 1\nwhile True:\n    x += 1"
DEAF = """import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass"""
STUBBORN = """import time
try:
    time.sleep(60)
except KeyboardInterrupt:
    pass
table(2)"""


@pytest.fixture
def project(tmp_path):
    root = tiny.make_project(tmp_path / "p")
    plan = root / "notebooks" / "plan" / "profiles.yml"
    plan.write_text(plan.read_text("utf-8").replace("600", "2"), encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("kernel", "cell", "line", "shown"),
    [
        ("fork", ENDLESS, "[23]", "while True:|x [+]= 1"),
        ("plain", ENDLESS, "[23]", "while True:|x [+]= 1"),
        ("fork", DEAF, "1", "import signal"),
        ("plain", DEAF, "1", "import signal"),
        ("fork", STUBBORN, "1", "import time"),
    ],
)
def test_a_cell_that_does_not_end_is_stopped_and_named(
    project, capsys, monkeypatch, kernel, cell, line, shown
):
    monkeypatch.setattr(execution, "LONG", 0.5)
    monkeypatch.setattr(execution, "GRACE", 0.5 if cell == DEAF else 30.0)
    change_cell(project, "02_second", 4, cell)
    assert go(project, "02_second", kernel=kernel) == 1
    said, failed = capsys.readouterr()
    place, source, reason = failed.splitlines()
    assert re.fullmatch(rf"02_second, cell 6 \(c4\), line {line}", place)
    assert re.fullmatch(shown, source)
    assert reason.startswith("stopped: one cell may run for 2 s; allow more with -p cell_limit=")
    assert said.count("02_second, cell 6 (c4) has been running for") == 2
    assert "has been running for 1 s (limit 2 s)" in said
    assert outcomes(project) == {"02_second": "failed"}
    assert not (project / "reports/ledger/02_second.csv").exists()
    kept = (project / "reports/en/notebooks/02_second.failed.ipynb").read_text(encoding="utf-8")
    assert "".join(json.loads(kept)["cells"][-1]["source"]) == cell


def test_a_kernel_that_a_cell_keeps_busy_after_the_last_is_given_up(project, capsys):
    later = "import asyncio, time\ntable(2)\nasyncio.get_event_loop().call_soon(time.sleep, 60)"
    change_cell(project, "02_second", 4, later)
    assert go(project, "02_second", overrides=("cell_limit=1",)) == 1
    assert capsys.readouterr().err.splitlines()[0] == "02_second, cell 6 (c4), line 1"


def test_the_limit_wakes_no_notebook_and_is_no_parameter_of_the_results(project):
    assert go(project, "02_second") == 0
    assert go(project, "02_second", overrides=("cell_limit=9",)) == 0
    assert outcomes(project) == {"02_second": "unchanged"}
    record = json.loads((project / "reports" / "run.json").read_text(encoding="utf-8"))
    assert "cell_limit" not in record["parameters"]
    assert record["cell_limit"] == 9


def test_a_long_cell_is_told_in_the_language_of_the_run(capsys):
    live.View(["a"], {}, "zh").long_at("a, cell 1 (b)", 60.0, 3600.0)
    assert capsys.readouterr().out == "a, cell 1 (b) 已运行 60 秒（上限 3600 秒）\n"
