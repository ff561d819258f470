"""The container file's steps work outside a container, for a stranger with an empty home."""

import re
import shlex
import subprocess

import pytest
from bare import ROOT, copy_project, shrink_lock, stranger


def steps() -> list[tuple[str, str]]:
    """Instructions of the container file and what each is given."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if line and not line.startswith("#")]


def test_the_image_is_named_by_its_digest_and_nobody_works_as_root() -> None:
    told = steps()
    assert re.fullmatch(r"python:3\.12\.\d+-slim-\w+@sha256:[0-9a-f]{64}", dict(told)["FROM"])
    names = [name for name, _ in told]
    assert names.index("USER") < names.index("COPY") < len(names) - 1
    assert "root" not in dict(told)["USER"]


def test_what_is_private_or_made_never_gets_into_an_image() -> None:
    """The same folders are left out as of the repository."""
    left_out = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for line in ("data/**/private", "data/external/*", "reports/*", ".venv", ".git"):
        assert line in left_out


@pytest.mark.slow
def test_its_steps_succeed_in_an_empty_home(tmp_path) -> None:
    """With the build's packages alone in the lock: the whole lock is what other tests install."""
    project = copy_project(tmp_path / "project")
    shrink_lock(project)
    env = stranger(tmp_path / "home", PATH=_with_python(tmp_path))
    ran = []
    for name, given in steps():
        command = shlex.split(given)
        if name != "RUN" or command[0] == "useradd":
            continue
        if command[0].startswith(".venv"):
            command = [*command[:1], "--version"]  # data check needs the packages left out
        done = subprocess.run(command, cwd=project, env=env, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        ran.append(done.stdout + done.stderr)
    assert "is ready" in ran[0]
    assert ran[1].startswith("grassroots ")


def _with_python(place) -> str:
    """A PATH on which `python` is the interpreter of these tests, as it is in the image."""
    import os

    from bare import base_python

    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(base_python())
    return f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
