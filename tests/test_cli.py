"""The command line: quick, and plain in what it refuses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import grassroots
from compendium import cli
from compendium.root import find_root

HEAVY = ("numpy", "pandas", "matplotlib", "rich", "pytask", "papermill", "yaml", "pydantic")
CPU_SECONDS = 0.5


def run(*arguments, cwd=None, code="from compendium.cli import main; sys.exit(main())"):
    source = str(Path(grassroots.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", f"import sys; {code}", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": source},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("command", [(), *((name,) for name in cli.COMMANDS)])
def test_help_has_an_example(command):
    shown = run(*command, "--help")
    assert shown.returncode == 0
    assert "example: grassroots" in shown.stdout


def test_help_is_quick_and_imports_nothing_heavy():
    code = (
        "import time\nfrom compendium.cli import main\n"
        "try: main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        f"print('heavy:', [m for m in {HEAVY} if m in sys.modules], time.process_time())"
    )
    last = run(code=code).stdout.splitlines()[-1]
    assert last.startswith("heavy: [] ")
    assert float(last.split()[-1]) < CPU_SECONDS


def test_every_command_has_its_module():
    for name, about in cli.COMMANDS.items():
        assert about == cli._module(name).HELP


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["walk"], "invalid choice: 'walk'"),
        (["run", "--kernel", "spoon"], "argument --kernel: invalid choice: 'spoon'"),
        (["run", "--jobs", "many"], "argument --jobs: invalid int value: 'many'"),
        (["run", "--root", "nowhere"], "the folder notebooks/plan is not here; go to the"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(tmp_path, arguments, said):
    refused = run(*arguments, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.startswith("error: ")
    assert said in refused.stderr


def test_outside_a_project_one_line_says_where_to_go(tmp_path):
    refused = run("run", cwd=tmp_path)
    assert refused.returncode == 2
    assert "the folder notebooks/plan is not here, nor in a folder above" in refused.stderr


def test_the_project_is_found_from_a_folder_within(tmp_path, monkeypatch):
    inner = tmp_path / "a" / "notebooks" / "plan"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert find_root() == (tmp_path / "a").resolve()


def test_debug_shows_the_trace(tmp_path):
    (tmp_path / "notebooks" / "plan").mkdir(parents=True)
    assert "Traceback" not in run("run", cwd=tmp_path).stderr
    assert "Traceback" in run("run", "--debug", cwd=tmp_path).stderr
