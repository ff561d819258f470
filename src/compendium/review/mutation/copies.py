"""Copies of a project in which defects are tried, and processes of their own to try them in."""

from __future__ import annotations

import os
import pickle
import re
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from compendium.registry import package_folders
from compendium.review.mutation.draw import Mutant

LEFT_OUT = re.compile(
    r"(?:\.git|\.venv|\.[a-z]+_cache|\.hypothesis|node_modules|reports/(?:\.state|\.staging|styled"
    r"|set-aside|calibration|mutations)|data/external/[^/]+(?<!\.md)(?<!\.yml)|data/.*/private)"
)
"""Paths that no copy has: what git, tools and the machine keep, external and private data."""
RENEWED = ("estimates.csv", "ledger", "exhibits", "reference")
"""Below the reports folder: what a run that is tried may write."""

T = TypeVar("T")


class OverdueError(Exception):
    """A child process took longer than it may."""


class ChildError(Exception):
    """A child process failed; the message is its error."""


@dataclass(frozen=True)
class Copy:
    """A copy of the project, which is the same as the project between two defects."""

    project: Path
    root: Path

    def make(self) -> None:
        """Copy the project's files, compiled modules with them; the user's own data stay behind."""

        def left_out(folder: str, names: list[str]) -> set[str]:
            inside = Path(folder).relative_to(self.project)
            return {name for name in names if LEFT_OUT.fullmatch((inside / name).as_posix())}

        shutil.copytree(self.project, self.root, ignore=left_out, symlinks=True)

    def put(self, mutant: Mutant) -> None:
        """Put a defect in."""
        path = self.root / mutant.file
        path.unlink()
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()
        if mutant.content is not None:
            path.write_bytes(mutant.content)

    def mend(self, mutant: Mutant) -> None:
        """Take a defect out, with all that came of it."""
        for path in (Path("reports", name) for name in RENEWED):
            here, there = self.root / path, self.project / path
            if there.is_dir():
                shutil.rmtree(here, ignore_errors=True)
                shutil.copytree(there, here)
            elif there.is_file():
                shutil.copy2(there, here)
        shutil.copy2(self.project / mutant.file, self.root / mutant.file)
        shutil.rmtree(self.staging, ignore_errors=True)

    @property
    def staging(self) -> Path:
        """Where a notebook that is tried writes."""
        return self.root / "reports" / ".tried"


def files_of_project(root: Path) -> list[str]:
    """Files that a copy has, relative to the project's folder; those below `reports` left out."""
    found = []
    for place, folders, files in os.walk(root):
        inside = Path(place).relative_to(root)
        folders[:] = [
            name
            for name in folders
            if not LEFT_OUT.fullmatch((inside / name).as_posix())
            and (inside / name).name != "reports"
        ]
        found += [(inside / name).as_posix() for name in files]
    return sorted(name for name in found if not LEFT_OUT.fullmatch(name))


def in_child(work: Callable[[], T], seconds: float, *, leads: bool = False) -> T:
    """Do some work in a forked process and return its result.

    Parameters
    ----------
    leads
        Make the child the head of its own group of processes, which ends as a whole.

    Raises
    ------
    OverdueError
        It took longer than it may.
    ChildError
        It raised an error, or died.
    """
    child = start(work, leads=leads)
    try:
        return child.result(seconds)
    finally:
        child.end()


@dataclass
class Child:
    """A forked process at work."""

    pid: int
    pipe: int
    leads: bool
    begun: float
    received: bytes = b""

    def result(self, seconds: float) -> Any:
        """Wait for its result; raises as `in_child` does."""
        while not self.ready(max(0.0, self.begun + seconds - time.monotonic())):
            if time.monotonic() - self.begun > seconds:
                raise OverdueError
        return self.value()

    def ready(self, seconds: float = 0.0) -> bool:
        """Read what there is; whether it has ended."""
        if select.select([self.pipe], [], [], seconds)[0]:
            got = os.read(self.pipe, 1 << 20)
            self.received += got
            return not got
        return False

    def value(self) -> Any:
        """What it returned, once it has ended."""
        if not self.received:
            raise ChildError("the process died")
        done, value = pickle.loads(self.received)
        if not done:
            raise ChildError(value)
        return value

    def end(self) -> None:
        """Kill what is left of it."""
        os.close(self.pipe)
        with suppress(ProcessLookupError, PermissionError):
            (os.killpg if self.leads else os.kill)(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def start(work: Callable[[], object], *, leads: bool = False) -> Child:
    """Fork a process that does some work."""
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _work(work, write, leads)
    os.close(write)
    return Child(pid, read, leads, time.monotonic())


def _work(work: Callable[[], object], pipe: int, leads: bool) -> NoReturn:
    try:
        if leads:
            os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        told: tuple[bool, object] = (True, work())
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        told = (False, f"{type(error).__name__}: {error} ({last.filename.rpartition('/')[2]})")
    with os.fdopen(pipe, "wb") as out:
        out.write(pickle.dumps(told))
    os._exit(0)


def take_modules_of(root: Path) -> None:
    """Let this process import the packages as they are in a copy, not as they were imported."""
    sys.dont_write_bytecode = True
    packages = {folder.name for folder in package_folders()} | {"tests"}
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]
    sys.path.insert(0, str(root / "src"))
    sys.path_importer_cache.clear()
