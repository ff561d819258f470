"""The tests see the project's files only, and leave the user's alone."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from own_tree import copy_shipped, shipped

ROOT = Path(__file__).parents[1]
KEPT = {
    "data/survey/private/survey_responses.parquet": b"PAR1 not a survey",
    "data/survey/mapping.yml": b"columns: {}\n",
    "data/survey/answers.csv": b"a\n1\n",
    "data/external/covid19policy_cn/citydata.csv": b"another file\n",
    "data/mine/notes.csv": b"a\n1\n",
    "reports/.state/03_accountability.json": b"{",
    "reports/en/index.html": b"<p>mine",
    "reports/estimates.csv": b"id\n",
    "thesis.docx": b"PK",
    "mapping.yml": b"file: answers.csv\n",
}
INNER = """
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OWNER = Path({owner!r})


def test_nothing_of_the_user_is_here():
    assert not [name for name in {names!r} if (ROOT / name).exists() or Path(name).exists()]
    assert ROOT != OWNER
    assert Path.cwd() == ROOT


def test_what_belongs_to_the_project_is_here_before_git_knows_it():
    assert (ROOT / "data/incidents/incidents.csv").is_file()
    (ROOT / "data/incidents/incidents.csv").write_text("spoilt")


@pytest.mark.parametrize("name", ["data/survey/mapping.yml", "reports", "thesis.docx"])
def test_reaches_for_the_users_tree(name):
    path = OWNER / name
    os.listdir(path) if path.is_dir() else path.read_bytes()


def test_writes_into_the_users_tree():
    (OWNER / "data" / "new.csv").write_text("x")


def test_deletes_from_the_users_tree():
    (OWNER / "thesis.docx").unlink()
"""


@pytest.fixture
def users(tmp_path):
    """A small project of the same kind, with what a user keeps in it."""
    root = tmp_path / "研究 copy"
    for name in shipped(ROOT):
        top = len(name.parts) == 1 or name.parts[:2] == ("data", "incidents")
        if top or name.as_posix() in ("tests/conftest.py", "tests/own_tree.py"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes((ROOT / name).read_bytes())
    return root


def keep(root):
    """Add what a user keeps in the project, and a test that nobody has given to git."""
    for name, content in KEPT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    inner = INNER.format(owner=str(root), names=list(KEPT))
    (root / "tests" / "test_inner.py").write_text(inner, "utf-8")


def state(root):
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and not {".git", "__pycache__", ".pytest_cache"} & set(path.parts)
    }


def test_a_run_neither_sees_nor_touches_what_a_user_keeps(users):
    keep(users)
    before = state(users)
    inner = str(users / "tests" / "test_inner.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--junitxml=found.xml", inner],
        cwd=users,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "5 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("AssertionError: a test reached for what the user keeps") >= 5
    assert done.returncode == 1
    after = state(users)
    assert after.pop("found.xml")
    assert after == before


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_what_git_knows_belongs_to_the_project_and_so_does_a_new_test(users):
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=users, check=True, capture_output=True)
    known = shipped(users)
    assert known
    keep(users)
    assert set(shipped(users)) == {*known, Path("tests/test_inner.py")}


def test_without_git_the_same_files_belong_to_the_project(tmp_path):
    """This tree is a copy without git: made of what git knows, it is copied again by names."""
    again = copy_shipped(ROOT, tmp_path / "again")
    ours = {name.relative_to(ROOT) for name in ROOT.rglob("*") if name.is_file()}
    ours = {name for name in ours if not {"__pycache__", ".hypothesis"} & set(name.parts)}
    assert {name.relative_to(again) for name in again.rglob("*") if name.is_file()} == ours


def test_these_tests_run_in_a_copy():
    assert not (ROOT / ".git").exists()
    assert not (ROOT / ".venv").exists()
