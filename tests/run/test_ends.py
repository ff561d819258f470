"""How runs end: killed, interrupted, refused; no process is left and the next run finishes."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compendium import cli
from compendium.errors import UserError
from compendium.outputs import HOLDER
from compendium.run import lock
from compendium.run.conduct import _copy_state
from run import tiny
from run.tiny import change_cell, go, outcomes, ran

SLOW = "import time\nPath(os.environ['GRASSROOTS_ROOT'], 'started').touch()\ntime.sleep(60)"
PATIENCE = 120.0

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="processes are looked up in /proc"
)


@pytest.fixture
def slow(tmp_path):
    """A project whose second notebook never ends."""
    root = tiny.make_project(tmp_path / "慢 slow")
    change_cell(root, "02_second", 3, SLOW)
    return root


def start(root, *arguments):
    env = os.environ | {"PYTHONPATH": str(tiny.source_folder()), "GRASSROOTS_TEST": str(root)}
    return subprocess.Popen(
        [sys.executable, "-m", "compendium.cli", "run", *arguments],
        cwd=root,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def wait_for(what):
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def processes_of(root):
    """Processes that were started, directly or not, by the run of a project."""
    mark = f"GRASSROOTS_TEST={root}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def recorded(root):
    """Names of the steps whose state was written down while the run went on."""
    journal = root / "reports" / ".state" / "pytask.lock.journal"
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    return [json.loads(line)["id"] for line in lines if line.endswith("}")]


def until_slow_cell(root):
    wait_for((root / "started").exists)
    wait_for(lambda: "03_third" in recorded(root))


@needs_proc
@pytest.mark.parametrize(
    ("kernel", "number"),
    [
        ("fork", signal.SIGINT),
        ("plain", signal.SIGTERM),
        ("fork", signal.SIGKILL),
        ("plain", signal.SIGKILL),
    ],
)
def test_an_ended_run_leaves_no_process_and_the_next_one_finishes(slow, kernel, number):
    run = start(slow, "--kernel", kernel)
    until_slow_cell(slow)
    assert len(processes_of(slow)) >= 2
    run.send_signal(number)
    _, said = run.communicate(timeout=PATIENCE)
    wait_for(lambda: not processes_of(slow))
    if number == signal.SIGKILL:
        assert run.returncode == -signal.SIGKILL
    else:
        assert run.returncode == 130
        assert said.startswith("interrupted")
        assert "Traceback" not in said
    assert not (slow / "reports/estimates.csv").exists()
    tiny.write_notebook(slow, "02_second", tiny.CELLS["02_second"])
    assert go(slow) == 0
    assert outcomes(slow)["02_second"] == "ran"
    assert "03_third" not in ran(slow)
    assert not list((slow / "reports" / ".staging").glob("*"))


@needs_proc
def test_kernels_end_when_the_fork_server_is_killed(slow, capsys):
    run = start(slow, "--kernel", "fork")
    until_slow_cell(slow)
    server = next(pid for pid in processes_of(slow) if parent_of(pid) == run.pid)
    os.kill(server, signal.SIGKILL)
    _, said = run.communicate(timeout=PATIENCE)
    wait_for(lambda: not processes_of(slow))
    assert run.returncode == 1
    assert "the kernel died" in said


def test_a_second_run_is_refused_in_one_line(slow):
    run = start(slow)
    try:
        until_slow_cell(slow)
        second = start(slow)
        _, said = second.communicate(timeout=PATIENCE)
        assert second.returncode == 2
        assert said.count("\n") == 1
        assert said.startswith(f"error: another run is going on: process {run.pid}, since 20")
    finally:
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=PATIENCE)
    tiny.write_notebook(slow, "02_second", tiny.CELLS["02_second"])
    assert go(slow) == 0


def test_reports_that_can_not_be_a_folder_are_refused_in_one_line(tmp_path):
    root = tiny.make_project(tmp_path / "p")
    (root / "reports").write_text("a file", encoding="utf-8")
    run = start(root)
    _, said = run.communicate(timeout=PATIENCE)
    assert run.returncode == 2
    assert said.count("\n") == 1
    assert "the reports folder can't be written to" in said
    assert (root / "reports").read_text(encoding="utf-8") == "a file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_read_only_reports_are_refused(tmp_path):
    root = tiny.make_project(tmp_path / "p")
    (root / "reports").mkdir(mode=0o555)
    with pytest.raises(UserError, match="the reports folder can't be written to"):
        go(root)
    assert not list((root / "reports").iterdir())


def test_a_full_disk_is_refused_and_nothing_stays_behind(tmp_path, monkeypatch):
    root = tiny.make_project(tmp_path / "p")
    usage = type("usage", (), {"free": lock.ROOM - 1})
    monkeypatch.setattr(lock.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(UserError, match="only 64 MB are free on the disk; free at least 64 MB"):
        go(root)
    assert not (root / "reports").exists()


def test_a_run_with_nothing_to_do_is_refused_beside_another(tmp_path):
    root = tiny.make_project(tmp_path / "p")
    assert go(root) == 0
    assert go(root) == 0
    with lock.run_lock(root / "reports"), pytest.raises(UserError, match="another run is going on"):
        go(root)
    (root / "reports" / HOLDER).write_text("left by a killed run", encoding="utf-8")
    assert go(root) == 0


def test_what_would_run_is_told_from_a_state_that_can_not_be_written_to(tmp_path):
    root = tiny.make_project(tmp_path / "p")
    assert go(root) == 0
    state = root / "reports" / ".state"
    places = (state, *state.rglob("*"))
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    copy = tmp_path / "copy"
    _copy_state(state, copy)
    assert all(path.stat().st_mode & 0o200 for path in (copy, *copy.rglob("*")))
    for path in places:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_an_output_folder_that_can_not_be_written_to_is_refused_before_anything_runs(
    tmp_path, monkeypatch
):
    reports = tmp_path / "reports"
    figures = reports / "en" / "figures"
    figures.mkdir(parents=True)
    monkeypatch.setattr(lock.os, "access", lambda path, _: path != figures)
    with pytest.raises(UserError, match="permission denied: en/figures"):
        lock.check_room(reports)
    assert [path.name for path in reports.iterdir()] == ["en"]


def test_a_disk_that_fills_up_in_a_run_is_told_in_one_line(capsys, monkeypatch, tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path))
    assert cli._report(full, debug=False) == 2
    assert (
        capsys.readouterr().err
        == f"error: {tmp_path}: the disk is full; free some space and run again\n"
    )
