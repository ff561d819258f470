"""Packages other than the lock's: refused by a run, or allowed, marked and counted as a change."""

import json
import sys
from importlib.metadata import version

import pytest

from compendium.errors import UserError
from compendium.run import record
from run import tiny
from run.tiny import go

MARKED = """
import json
import os
from pathlib import Path
from compendium import packages

found = packages.told(packages.others(Path(os.environ["GRASSROOTS_ROOT"])))
write("exhibits/tab-2.json", json.dumps(found))
"""


def read(root):
    return record.read(root / "reports")


@pytest.fixture
def project(tmp_path):
    """A project with a lock that is what is installed, one exhibit of which is marked."""
    root = tiny.make_project(tmp_path / "p")
    tiny.write_notebook(root, "02_second", [*tiny.CELLS["02_second"], MARKED])
    lock = f"seaborn=={version('seaborn')}\nstatsmodels=={version('statsmodels')}\n"
    (root / "requirements.lock").write_text(lock, encoding="utf-8")
    return root


@pytest.fixture
def shadowed(tmp_path, monkeypatch):
    """Let records of other versions come first, for this process and those it starts."""

    def shadow():
        folder = tmp_path / "other"
        for name in ("statsmodels-0.14.5.dist-info", "seaborn-0.12.2.dist-info"):
            (folder / name).mkdir(parents=True)
            metadata = f"Name: {name.split('-')[0]}\nVersion: {name.split('-')[1][:-5]}\n"
            (folder / name / "METADATA").write_text(metadata, encoding="utf-8")
        monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return shadow


def test_others_are_refused_and_once_allowed_they_mark_their_results(project, shadowed, capsys):
    assert go(project, "01_first", "02_second") == 0
    before = (project / "reports" / "run.json").read_bytes()
    right = read(project)
    locked = right["versions"]["statsmodels"]
    assert right["other_packages"] == {}
    shadowed()
    for options in ({}, {"explain": True}, {"force": True}):
        with pytest.raises(UserError, match=r"2 packages are not as in requirements.lock: seaborn"):
            go(project, "02_second", **options)
    assert (project / "reports" / "run.json").read_bytes() == before

    assert go(project, "02_second", explain=True, other_packages=True) == 0
    said = capsys.readouterr().out
    assert "packages other than those of requirements.lock: none -> seaborn 0.12.2" in said
    assert go(project, "02_second", other_packages=True) == 0
    made, others = read(project), {"seaborn": "0.12.2", "statsmodels": "0.14.5"}
    assert made["notebooks"]["02_second"]["outcome"] == "ran"
    assert made["other_packages"] == others
    assert made["notebooks"]["02_second"]["other_packages"] == others
    assert made["notebooks"]["02_second"]["versions"]["statsmodels"] == "0.14.5"
    assert "other_packages" not in made["notebooks"]["01_first"]
    assert made["notebooks"]["01_first"]["versions"]["statsmodels"] == locked
    assert made["versions"]["statsmodels"] == f"0.14.5, {locked}"
    exhibit = project / "reports" / "exhibits" / "tab-2.json"
    assert json.loads(exhibit.read_text(encoding="utf-8")) == others


def test_the_right_packages_again_run_again_what_others_made(project, shadowed, monkeypatch):
    shadowed()
    assert go(project, "02_second", other_packages=True) == 0
    monkeypatch.undo()
    assert go(project, "02_second") == 0
    made = read(project)
    assert made["notebooks"]["02_second"]["outcome"] == "ran"
    assert made["other_packages"] == {}


def test_a_notebook_that_did_not_run_keeps_the_versions_that_made_its_results(tmp_path):
    lock = tmp_path / "requirements.lock"
    first = {"01_data": record.Outcome("ran", versions={"scipy": "1.0"}, other_packages={"a": "1"})}
    record.write(tmp_path, first, last={}, lock=lock)
    record.write(
        tmp_path,
        {"01_data": record.Outcome("unchanged")},
        last=record.read(tmp_path),
        lock=lock,
    )
    assert record.read(tmp_path)["notebooks"]["01_data"]["versions"] == {"scipy": "1.0"}
    record.write(
        tmp_path,
        {"01_data": record.Outcome("ran", versions={"scipy": "1.1"})},
        last=record.read(tmp_path),
        lock=lock,
    )
    found = record.read(tmp_path)
    assert found["versions"] == {"scipy": "1.1"}
    assert "other_packages" not in found["notebooks"]["01_data"]
    assert found["other_packages"] == {}
