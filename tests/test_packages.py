"""Packages other than the lock's are refused, or allowed and marked; nothing is installed here."""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from compendium import packages
from compendium.errors import UserError

LOCK = """accessible==1.0 ; sys_platform == 'nowhere' \\
    --hash=sha256:00
pandas=={pandas} \\
    --hash=sha256:00
numpy=={numpy} ; python_full_version >= '3.11' \\
    --hash=sha256:00
numpy==1.0 ; python_full_version < '3.11' \\
    --hash=sha256:00
typing-extensions=={typing} \\
    --hash=sha256:00
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose lock is what is installed."""
    found = {name: version(name) for name in ("pandas", "numpy")}
    text = LOCK.format(**found, typing=version("typing_extensions"))
    (tmp_path / packages.LOCK).write_text(text, encoding="utf-8")
    return tmp_path


def stand_before(monkeypatch, folder: Path, *names: str) -> Path:
    """Let a folder with records of packages come first on the path, as PYTHONPATH does."""
    for name in names:
        (folder / name).mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


def test_what_the_lock_names_is_installed_here(project):
    assert packages.others(project) == ()
    assert set(packages.locked(project / packages.LOCK)) == {
        *("pandas", "numpy", "typing-extensions")
    }


def test_the_environment_of_the_tests_is_that_of_the_projects_lock():
    assert packages.check(Path(__file__).parents[1]) == ()


def test_a_project_without_a_lock_has_nothing_to_compare(tmp_path):
    assert packages.check(tmp_path) == ()


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("pandas-2.9.9.dist-info", "pandas 2.9.9"),
        ("Typing_Extensions-0.1.dist-info", "typing-extensions 0.1"),
        ("numpy-2.4.0-py3.11.egg-info", "numpy 2.4.0"),
    ],
)
def test_a_folder_that_stands_before_the_environment_is_named(
    monkeypatch, project, tmp_path, record, said
):
    folder = stand_before(monkeypatch, tmp_path / "user site", record)
    with pytest.raises(UserError) as caught:
        packages.check(project)
    told = str(caught.value)
    assert told.startswith(f"1 package is not as in requirements.lock: {said} (lock: ")
    assert f"{folder} comes first: unset PYTHONPATH and set PYTHONNOUSERSITE=1" in told
    assert "--other-packages" in told
    assert len(told.splitlines()) == 1


def test_many_are_counted_and_a_missing_one_is_said_to_be_missing(project):
    lock = project / packages.LOCK
    more = "".join(f"nobody-has-{n}==1.{n} \\\n" for n in range(5))
    lock.write_text(lock.read_text(encoding="utf-8") + more, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        packages.check(project)
    told = str(caught.value)
    assert told.startswith(
        "5 packages are not as in requirements.lock: nobody-has-0 missing (lock: 1.0), "
        "nobody-has-1 missing (lock: 1.1), nobody-has-2 missing (lock: 1.2) and 2 more; "
    )
    assert "make env" in told


def test_two_records_of_one_package_in_a_folder_are_told_as_two(monkeypatch, project, tmp_path):
    names = ("pandas-3.0.0.dist-info", "pandas-3.0.1.dist-info")
    stand_before(monkeypatch, tmp_path / "site", *names)
    assert packages.told(packages.others(project)) == {"pandas": "3.0.0 and 3.0.1"}


def test_a_module_without_a_version_that_stands_before_the_package_is_found(
    monkeypatch, project, tmp_path
):
    folder = tmp_path / "shadow"
    (folder / "pandas").mkdir(parents=True)
    (folder / "pandas" / "__init__.py").touch()
    stand_before(monkeypatch, folder)
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    assert packages.told(packages.others(project)) == {"pandas": f"imported from {folder}"}


def test_others_can_be_allowed_and_are_then_said(monkeypatch, project, tmp_path, capsys):
    stand_before(monkeypatch, tmp_path / "site", "pandas-2.9.9.dist-info")
    parser = argparse.ArgumentParser()
    packages.add_argument(parser)
    allowed = parser.parse_args(["--other-packages"]).other_packages
    packages.say(packages.check(project, allowed=allowed), "zh")
    assert capsys.readouterr().out == "所用软件包与 requirements.lock 不符：pandas 2.9.9\n"
