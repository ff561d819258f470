"""The tests run in a tree of their own: what a user keeps in the project is neither seen nor touched.

`conftest.py` hands every run of pytest to `run_in_copy`: it copies the files that belong to the
project to a temporary folder and runs pytest there, so that a test finds the same files however it
looks for them. An imported survey, results, mappings, external data and notes stay where they are.
In the copy, `guard` makes a test fail that reaches for the user's tree all the same.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

OWNER_VARIABLE = "GRASSROOTS_TESTS_OF"
"""Set in the inner run only: the tree that the copy was made from."""

BESIDE = {
    "GRASSROOTS_EXTERNAL": "shared/external",
    "GRASSROOTS_QCA_REFERENCE": "shared/reference/qca",
}
"""Folders beside the project that some tests read where they are there, by the variable that names
another place."""

DEVELOPED = ("src", "tests", "tools", "notebooks")
"""Folders whose files belong to the project before git knows them, as one writes a test first."""

NEVER = re.compile(
    r"(?:^|/)(?:\.git|\.venv|node_modules|__pycache__|private|[^/]*_checkpoints|\.[a-z]+_cache)/"
)
KEPT_FOLDERS = (*DEVELOPED, "data", "reports/reference", ".ci", ".github")
KEPT_AT_TOP = re.compile(
    r"(?:[A-Z]+(?:\.zh-CN)?\.md|LICENSE.*|CITATION\.cff|\.zenodo\.json|Makefile|Dockerfile|postBuild"
    r"|pyproject\.toml|environment\.yml|requirements.*\.lock|\.(?:git|docker)ignore|\.gitattributes)"
)
KEPT_IN_DATA = re.compile(
    r"README.*\.md|LICENSE|codebook\.yml|registry\.yml|(?:instrument|standin)\.(?:yml|xlsx)"
)


def shipped(root: Path) -> list[Path]:
    """Files that belong to the project, relative to its root: as git has it, else by their names."""
    tracked = _git(root, "ls-files", "-z")
    names = (
        tracked | _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", *DEVELOPED)
        if tracked
        else {path.relative_to(root).as_posix() for path in _walk(root)}
    )
    return sorted(Path(name) for name in names if (root / name).is_file())


def _git(root: Path, *arguments: str) -> set[str]:
    command = ["git", "-c", "core.quotepath=off", *arguments]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    except OSError:
        return set()
    return set(filter(None, listed.stdout.decode("utf-8").split("\0")))


def _walk(root: Path) -> Iterator[Path]:
    for path in root.iterdir():
        if path.is_file() and KEPT_AT_TOP.fullmatch(path.name):
            yield path
    for folder in KEPT_FOLDERS:
        for path in (root / folder).rglob("*"):
            if not NEVER.search(path.relative_to(root).as_posix()) and _is_ours(path, root):
                yield path


def _is_ours(path: Path, root: Path) -> bool:
    """Whether a file of a data folder has a usual name or is named in the folder's codebook."""
    if path.is_dir() or path.relative_to(root).parts[0] != "data":
        return path.is_file()
    codebook = path.parent / "codebook.yml"
    described = codebook.is_file() and path.name in codebook.read_text("utf-8")
    return bool(KEPT_IN_DATA.fullmatch(path.name)) or described


def copy_shipped(root: Path, target: Path) -> Path:
    """Copy the files that belong to the project."""
    for name in shipped(root):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, target / name)
    return target


def run_in_copy(root: Path, arguments: Sequence[str], here: Path, report: Path | None) -> int:
    """Run pytest with the same arguments in a copy, which is removed afterwards.

    What pytest remembers and its report in XML are written where they would have been.
    """
    with tempfile.TemporaryDirectory(prefix="grassroots-tests-") as folder:
        copy, made = copy_shipped(root, Path(folder).resolve() / root.name), Path(folder, "report")
        below = here.relative_to(root) if here.is_relative_to(root) else Path()
        there = [argument.replace(str(root), str(copy)) for argument in arguments]
        cache = root / ".pytest_cache"
        cache.mkdir(exist_ok=True)  # or pytest would make it in a folder beside it
        there.append(f"--override-ini=cache_dir={cache}")
        if report:
            there.append(f"--junitxml={made}")
        env = os.environ | {OWNER_VARIABLE: str(root), "PWD": str(copy / below)} | _beside(root)
        code = _waited_for([sys.executable, "-m", "pytest", *there], copy / below, env)
        if report and made.is_file():
            shutil.copy(made, report)
    return code


def _waited_for(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> int:
    with subprocess.Popen(command, cwd=folder, env=env) as inner:
        signal.signal(signal.SIGTERM, lambda *_: inner.terminate())
        while True:
            try:
                return inner.wait()
            except KeyboardInterrupt:
                continue  # the inner run has had it too, and says so


def _beside(root: Path) -> dict[str, str]:
    named = {name: os.environ.get(name) for name in BESIDE}
    places = {name: root / (named[name] or root.parent / BESIDE[name]) for name in BESIDE}
    return {name: str(place) for name, place in places.items() if named[name] or place.is_dir()}


GUARDED = frozenset(
    (
        "open",
        *(f"os.{name}" for name in ("listdir", "scandir", "remove", "rename", "mkdir", "rmdir")),
    )
)


def guard(owner: Path, *allowed: Path) -> None:
    """Fail whatever this process does with a file of the owner's tree outside the allowed folders.

    The source is imported from there, so `src` and `.venv` are allowed.
    """
    inside = _prefix(owner)
    free = tuple(_prefix(path) for path in (owner / "src", owner / ".venv", *allowed))

    def look(event: str, arguments: tuple[object, ...]) -> None:
        if event == "subprocess.Popen":
            paths: Sequence[object] = arguments[2:3]
        elif event in GUARDED:
            paths = arguments[:2]
        else:
            return
        for path in paths:
            if isinstance(path, str | bytes | os.PathLike):
                absolute = os.path.abspath(os.fsdecode(path)) + os.sep  # noqa: PTH100 - no links
                if absolute.startswith(inside) and not absolute.startswith(free):
                    raise AssertionError(f"a test reached for what the user keeps: {absolute}")

    sys.addaudithook(look)


def _prefix(path: Path) -> str:
    return str(path) + os.sep
