"""Set-up of `.venv` in a bare copy whose path has a space and Chinese characters."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bare import (
    LOCK_ENTRY,
    ROOT,
    base_python,
    copy_project,
    cut_off,
    make,
    project_files,
    said,
    shrink_lock,
    stranger,
    venv_python,
)

pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("make") is None, reason="needs GNU make on a POSIX system"
)
NO_SOURCE = "no package source could be reached"

# Stands in for an interpreter that differs from this one in one respect.
FAKE = """#!/bin/sh
exec "{python}" -c '
import os, runpy, sys
{difference}
arguments = sys.argv[1:]
if arguments[0] == "-c":
    exec(arguments[1])
else:
    sys.argv = arguments
    sys.path.insert(0, os.path.dirname(arguments[0]))
    runpy.run_path(arguments[0], run_name="__main__")
' "$@"
"""
OLD = 'sys.version_info = (3, 8, 19, "final", 0); sys.version = "3.8.19 (fake)"'
WITHOUT_VENV = 'sys.modules["ensurepip"] = None'


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return stranger(tmp_path_factory.mktemp("home"), PYTHON=base_python())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare copy with a small lock, not set up."""
    project = copy_project(tmp_path_factory.mktemp("a copy") / "基层 政府")
    shrink_lock(project)
    return project


@pytest.fixture(scope="module")
def built(small: Path, env: dict[str, str]) -> Path:
    """The same after `make env`."""
    result = make(small, env, "env")
    if NO_SOURCE in result.stderr:
        pytest.skip(NO_SOURCE)
    assert result.returncode == 0, result.stderr
    return small


@pytest.fixture
def changed(built: Path) -> Iterator[Path]:
    """The built copy for a test that spoils it: its small files are put back afterwards."""
    names = ["requirements.lock", "pyproject.toml", ".venv/setup.json"]
    kept = {name: (built / name).read_bytes() for name in names}
    yield built
    for name, content in kept.items():
        (built / name).write_bytes(content)


def outdated(project: Path, *arguments: str) -> str:
    code = "import sys, environment; print(environment._outdated('--this-python' in sys.argv))"
    answer = subprocess.run(
        [base_python(), "-c", code, *arguments],
        cwd=project / "tools",
        env=stranger(project.parent / "home", PYTHONDONTWRITEBYTECODE="1", PYTHONUTF8="1"),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return answer.stdout.strip()


def fake_path(folder: Path, python: str = "") -> str:
    """A PATH with make, sh and nothing else but, perhaps, one fake python3."""
    folder.mkdir()
    for tool in ("make", "sh"):
        (folder / tool).symlink_to(shutil.which(tool))
    if python:
        (folder / "python3").write_text(python, encoding="utf-8")
        (folder / "python3").chmod(0o755)
    return str(folder)


def test_set_up_links_the_source_in_a_folder_with_chinese_characters(built: Path) -> None:
    code = "import grassroots, importlib.metadata as m; "
    code += "print(grassroots.__file__, m.version('grassroots'))"
    answer = subprocess.run(
        [venv_python(built), "-X", "utf8", "-I", "-c", code],
        cwd=built.parent,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert answer.stdout.split("\n")[0] == f"{built / 'src/grassroots/__init__.py'} 0.1.0"


def test_link_to_the_source_is_ascii_and_relative(built: Path) -> None:
    (link,) = built.glob(".venv/**/site-packages/*grassroots*.pth")
    assert link.read_text(encoding="ascii").strip() == "../../../../src"


def test_console_script_is_there(built: Path) -> None:
    assert (built / ".venv/bin/grassroots").is_file()


def test_packages_are_compiled(built: Path) -> None:
    assert any(built.glob(".venv/lib/python3*/site-packages/hatchling/__pycache__/*.pyc"))


def test_second_set_up_does_nothing_and_says_nothing(built: Path, env: dict[str, str]) -> None:
    result = make(built, env, "env")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_help_lists_the_goals(small: Path, env: dict[str, str]) -> None:
    result = make(small, env, "help")
    assert result.returncode == 0
    assert {"reproduce", "test", "lab"} <= {line.split()[1] for line in result.stdout.splitlines()}


def test_a_finished_set_up_is_current(built: Path) -> None:
    assert outdated(built) == outdated(built, "--this-python") == ""


def test_a_changed_lock_is_stale(changed: Path) -> None:
    with (changed / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write("six==1.17.0\n")
    assert outdated(changed) == "the lock file has changed"


def test_line_ends_of_a_checkout_do_not_matter(changed: Path) -> None:
    lock = changed / "requirements.lock"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    assert outdated(changed) == ""


def test_a_package_of_another_version_is_stale_and_one_more_is_not(built: Path) -> None:
    (record,) = built.glob(".venv/lib/python3*/site-packages/pathspec-*.dist-info")
    more = record.with_name("colour_by_hand-1.0.dist-info")
    more.mkdir()
    assert outdated(built) == ""
    moved = record.rename(record.with_name("pathspec-0.1.dist-info"))
    try:
        assert outdated(built) == "packages in it were changed by hand"
    finally:
        moved.rename(record)
        more.rmdir()


def test_a_half_built_environment_is_not_taken_as_done(changed: Path) -> None:
    (changed / ".venv/setup.json").write_text('{"packages":', encoding="utf-8")
    assert outdated(changed) == "an earlier set-up was not finished"


def test_a_moved_folder_is_stale(built: Path) -> None:
    moved = built.rename(built.with_name("moved 移动"))
    try:
        assert outdated(moved) == "the folder was moved"
    finally:
        moved.rename(built)


def test_another_python_is_stale_only_when_asked_for(changed: Path) -> None:
    path = changed / ".venv/setup.json"
    release = f"{sys.version_info[0]}.{sys.version_info[1]}."
    path.write_text(path.read_text(encoding="utf-8").replace(release, "3.99."), encoding="utf-8")
    assert outdated(changed, "--this-python") == "another Python is asked for"


def test_a_python_that_went_away_is_stale(built: Path) -> None:
    python = venv_python(built)
    kept = python.rename(python.with_name("kept"))
    python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    try:
        assert outdated(built) == "its Python no longer runs"
    finally:
        kept.replace(python)


def test_changed_metadata_link_the_project_again_without_packages(
    changed: Path, env: dict[str, str]
) -> None:
    metadata = changed / "pyproject.toml"
    text = metadata.read_text(encoding="utf-8").replace('version = "0.1.0"', 'version = "0.1.1"')
    metadata.write_text(text, encoding="utf-8")
    result = make(changed, env | {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}, "env")
    assert result.returncode == 0, result.stderr
    assert said(result)[0] == "set-up: building .venv: pyproject.toml has changed"
    assert len(said(result)) == 2
    assert any(changed.glob(".venv/**/grassroots-0.1.1.dist-info"))


@pytest.mark.slow
def test_killed_set_up_is_repaired_by_the_next(built: Path, env: dict[str, str]) -> None:
    (built / ".venv/setup.json").unlink()
    with subprocess.Popen(
        [base_python(), "tools/setup_env.py"],
        cwd=built,
        env=env,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        while "installing" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGKILL)
    assert not (built / ".venv/setup.json").exists()
    result = make(built, env, "env")
    assert result.returncode == 0, result.stderr
    assert any("not finished" in line or "none yet" in line for line in said(result))
    assert outdated(built) == ""


@pytest.mark.slow
def test_two_at_once_build_once(built: Path, env: dict[str, str]) -> None:
    (built / ".venv/setup.json").unlink()
    both = [
        subprocess.Popen(
            ["make", "env"], cwd=built, env=env, stderr=subprocess.PIPE, encoding="utf-8"
        )
        for _ in range(2)
    ]
    texts = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    assert sum("building .venv" in text for text in texts) == 1
    assert outdated(built) == ""


def test_a_wrong_hash_is_refused(tmp_path: Path, built: Path, env: dict[str, str]) -> None:
    project = copy_project(tmp_path / "p")
    lock = (built / "requirements.lock").read_text(encoding="utf-8")
    altered = re.sub("sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", lock)
    (project / "requirements.lock").write_text(altered, encoding="utf-8")
    result = make(project, env, "env")
    assert result.returncode == 2
    assert "hash" in result.stderr.lower()
    assert not (project / ".venv/setup.json").exists()


def add_benchmarks(project: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["sh", "tools/setup.sh", "--benchmarks"]
    return subprocess.run(command, cwd=project, env=env, capture_output=True, encoding="utf-8")


def test_benchmarks_are_added_once_and_only_when_asked_for(
    built: Path, env: dict[str, str]
) -> None:
    lock = built / "requirements-benchmark.lock"
    entries = {entry["name"]: entry[0] for entry in LOCK_ENTRY.finditer(lock.read_text("utf-8"))}
    lock.write_text(entries["faicons"], encoding="utf-8")
    assert not any(built.glob(".venv/**/faicons-*.dist-info"))
    first = add_benchmarks(built, env)
    if NO_SOURCE in first.stderr:
        pytest.skip(NO_SOURCE)
    assert first.returncode == 0, first.stderr
    assert any(built.glob(".venv/**/faicons-*.dist-info"))
    assert said(add_benchmarks(built, env)) == []
    assert outdated(built) == ""


def test_benchmarks_go_on_without_what_cannot_be_installed(
    built: Path, env: dict[str, str]
) -> None:
    lock = built / "requirements-benchmark.lock"
    lock.write_text(f"nokap==0.1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    result = add_benchmarks(built, env)
    assert result.returncode == 0
    assert "the benchmarks will leave out the ratios" in said(result)[-1]


ALONE = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_FIND_LINKS": "",
    "PIP_NO_CACHE_DIR": "1",
    "PIP_NO_INDEX": "1",
    "UV_NO_CACHE": "1",
    "UV_OFFLINE": "1",
}
"""Settings with which no installer finds a package anywhere."""


@pytest.mark.slow
def test_packages_beside_the_project_need_no_other_source(
    tmp_path: Path, env: dict[str, str]
) -> None:
    project = copy_project(tmp_path / "p")
    shrink_lock(project)
    wheels = ["--only-binary", ":all:", "-r", "requirements.lock", "--dest", "wheels"]
    command = [base_python(), "-m", "pip", "download", "--quiet", "--no-deps", *wheels]
    subprocess.run(command, cwd=project, env=env, check=True)
    result = make(project, env | ALONE, "env")
    assert result.returncode == 0, said(result)
    assert (project / ".venv/setup.json").exists()


def test_no_package_source_is_said_in_one_line(tmp_path: Path, env: dict[str, str]) -> None:
    project = copy_project(tmp_path / "p")
    result = make(project, env | ALONE, "env")
    assert result.returncode == 2
    assert NO_SOURCE in said(result)[-1]
    assert not (project / ".venv/setup.json").exists()


def test_python_that_is_too_old_gets_one_line(small: Path, tmp_path: Path) -> None:
    path = fake_path(tmp_path / "bin", FAKE.format(python=base_python(), difference=OLD))
    result = make(small, stranger(tmp_path / "home", PATH=path), "reproduce")
    assert result.returncode == 2
    (line,) = said(result)
    assert "Python 3.8.19 is too old: install Python 3.11 or newer" in line


def test_python_without_venv_gets_one_line(small: Path, tmp_path: Path) -> None:
    path = fake_path(tmp_path / "bin", FAKE.format(python=base_python(), difference=WITHOUT_VENV))
    project = copy_project(tmp_path / "p")
    result = make(project, stranger(tmp_path / "home", PATH=path), "test")
    assert result.returncode == 2
    assert "has no venv or ensurepip: install them" in said(result)[-1]
    assert "apt install python3" in said(result)[-1]


def test_no_python_at_all_gets_one_line(small: Path, tmp_path: Path) -> None:
    result = make(small, stranger(tmp_path / "home", PATH=fake_path(tmp_path / "bin")), "lab")
    assert result.returncode == 2
    assert said(result) == [
        "set-up: no Python was found: install Python 3.11 or newer and call again"
    ]


def test_named_python_that_is_not_there_gets_one_line(small: Path, tmp_path: Path) -> None:
    result = make(small, stranger(tmp_path / "home"), "env", "PYTHON=python9.9")
    assert result.returncode == 2
    assert said(result) == ["set-up: PYTHON=python9.9 was not found: name a Python 3.11 or newer"]


def test_first_file_of_the_set_up_parses_on_old_pythons() -> None:
    text = (ROOT / "tools/setup_env.py").read_text(encoding="ascii")
    ast.parse(text, feature_version=(3, 6))


def test_set_up_imports_the_standard_library_alone() -> None:
    tree = ast.parse((ROOT / "tools/environment.py").read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.slow
def test_bare_copy_is_set_up_and_then_reproduces_without_a_network(
    tmp_path: Path, env: dict[str, str]
) -> None:
    project = copy_project(tmp_path / "全部 files")
    result = make(project, env, "env")
    if NO_SOURCE in result.stderr:
        pytest.skip(NO_SOURCE)
    assert result.returncode == 0, result.stderr
    run = make(project, env, "reproduce", "ARGS=--profile quick", prefix=cut_off())
    assert run.returncode == 0, run.stdout + run.stderr
    assert all(claim in run.stdout for claim in ("C1", "C2", "C3", "C4", "C5", "C6", "C7"))
    assert (project / "reports/estimates.csv").is_file()
    spoiled = [
        name
        for name in project_files()
        if (project / name).read_bytes() != (ROOT / name).read_bytes()
    ]
    assert spoiled == []
