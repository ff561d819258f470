"""A bare copy of the project and the commands to set it up, as a stranger would have it."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from own_tree import copy_shipped, shipped

ROOT = Path(__file__).resolve().parents[2]
BUILD = {
    "editables",
    "hatchling",
    "packaging",
    "pathspec",
    "pluggy",
    "tomlkit",
    "trove-classifiers",
}
LOCK_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==.*(?:\n .*)*\n", re.MULTILINE)


def project_files() -> list[Path]:
    """Files of the project relative to its root; the tree of the tests has no others."""
    return shipped(ROOT)


def copy_project(target: Path) -> Path:
    return copy_shipped(ROOT, target)


def shrink_lock(project: Path) -> None:
    """Keep only what the build of the project needs, so that a real set-up takes seconds."""
    lock = project / "requirements.lock"
    entries = LOCK_ENTRY.finditer(lock.read_text(encoding="utf-8"))
    lock.write_text("".join(e[0] for e in entries if e["name"] in BUILD), encoding="utf-8")


def stranger(home: Path, **more: str) -> dict[str, str]:
    """Environment with an empty home; the ordinary download caches of this machine stay in use."""
    dropped = re.compile(
        "MAKE|MFLAGS|INSTALLER|GRASSROOTS_|VIRTUAL_ENV|PYTHON|COVERAGE|PYTEST|XDG_CONFIG"
    )
    kept = {name: value for name, value in os.environ.items() if not dropped.match(name)}
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    home.mkdir(exist_ok=True)
    return kept | {"HOME": str(home), "XDG_CACHE_HOME": cache} | more


def base_python() -> str:
    """The interpreter that this test's own environment was made from."""
    return getattr(sys, "_base_executable", None) or sys.executable


def make(
    project: Path, env: Mapping[str, str], *goals: str, prefix: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, "make", *goals], cwd=project, env=env, capture_output=True, encoding="utf-8"
    )


def cut_off() -> list[str]:
    """Front of a command line that leaves it this machine alone; empty where that is not allowed.

    A new network namespace of Linux has a loopback device that is down: kernels need it.
    """
    set_loopback_up = (
        "import fcntl, os, socket, struct, sys; "
        "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 1)); "
        "os.execvp(sys.argv[1], sys.argv[1:])"
    )
    prefix = ["unshare", "--map-root-user", "--net", base_python(), "-c", set_loopback_up]
    try:
        tried = subprocess.run([*prefix, "true"], capture_output=True)
    except OSError:
        return []
    return prefix if tried.returncode == 0 else []


def venv_python(project: Path) -> Path:
    return project / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def said(result: subprocess.CompletedProcess[str]) -> list[str]:
    """What set-up itself said; installers and make have their own lines."""
    return [line for line in result.stderr.splitlines() if line.startswith("set-up: ")]
