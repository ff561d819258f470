"""Temporary folders of killed processes are taken away by the next, all others stay."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compendium import scratch
from run import tiny

HOLD = """
import sys, time
from compendium.scratch import scratch_folder
with scratch_folder(sys.argv[1]) as folder:
    print(folder, flush=True)
    time.sleep(60)
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are killed as on Unix")


@pytest.fixture
def killed(tmp_path):
    """A number that no process has any more."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_killed_process_leaves_a_folder_that_the_next_takes_away(tmp_path):
    env = os.environ | {"PYTHONPATH": str(tiny.source_folder())}
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as held:
        assert held.stdout is not None
        folder = Path(held.stdout.readline().strip())
        with scratch.scratch_folder(str(tmp_path)) as own:
            assert {*tmp_path.iterdir()} == {folder, own}
        held.send_signal(signal.SIGKILL)
    assert [*tmp_path.iterdir()] == [folder]
    with scratch.scratch_folder(str(tmp_path)) as own:
        assert [*tmp_path.iterdir()] == [own]
    assert not [*tmp_path.iterdir()]


def test_what_is_not_known_to_be_abandoned_stays(tmp_path, killed):
    base, outside = tmp_path / "base", tmp_path / "outside"
    outside.mkdir()
    (outside / scratch.OWNER).touch()
    names = {
        f"{scratch.PREFIX}notes": 0.0,  # no number, no lock: of somebody, or of an earlier edition
        f"{scratch.PREFIX}{os.getpid()}-old": 0.0,
        f"{scratch.PREFIX}{killed}-new": time.time(),
        f"{scratch.PREFIX}{killed}-old": 0.0,
    }
    for name, changed in names.items():
        (base / name).mkdir(parents=True)
        os.utime(base / name, (changed, changed))
    (base / f"{scratch.PREFIX}link").symlink_to(outside)
    with scratch.scratch_folder(str(base)):
        pass
    left = {path.name for path in base.iterdir()}
    assert left == {*names, f"{scratch.PREFIX}link"} - {f"{scratch.PREFIX}{killed}-old"}
    assert (outside / scratch.OWNER).exists()


def test_folders_of_other_users_stay(tmp_path, monkeypatch, killed):
    folder = tmp_path / f"{scratch.PREFIX}{killed}-old"
    folder.mkdir()
    os.utime(folder, (0, 0))
    monkeypatch.setattr(scratch.os, "getuid", lambda: folder.stat().st_uid + 1)
    scratch._remove_abandoned(tmp_path, scratch.PREFIX)
    assert folder.exists()
