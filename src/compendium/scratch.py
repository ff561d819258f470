"""Temporary folders that a kill can leave behind, and that a later call then takes away."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

PREFIX = "compendium-"
OWNER = ".owner"
"""File in the folder that its process holds locked; the system frees it when the process dies."""

UNOWNED = 3600.0
"""Seconds after which a folder without that file is no longer one that is just being made."""


@contextmanager
def scratch_folder(base: str | None = None, prefix: str = PREFIX) -> Iterator[Path]:
    """Make a temporary folder that is taken away at the end; those of dead processes are, too."""
    base = base or tempfile.gettempdir()
    _remove_abandoned(Path(base), prefix)
    folder, lock = _owned_folder(base, prefix)
    try:
        yield Path(folder.name)
    finally:
        lock.release()
        folder.cleanup()


def _owned_folder(base: str, prefix: str) -> tuple[tempfile.TemporaryDirectory[str], BaseFileLock]:
    """A new folder and the lock that its process holds: a new one if another was faster."""
    from filelock import FileLock

    while True:
        folder = tempfile.TemporaryDirectory(
            prefix=f"{prefix}{os.getpid()}-", dir=base, ignore_cleanup_errors=True
        )
        lock = FileLock(Path(folder.name) / OWNER)
        lock.acquire()
        if Path(folder.name, OWNER).exists():
            return folder, lock
        lock.release()
        folder.cleanup()


def _remove_abandoned(base: Path, prefix: str) -> None:
    """Remove this user's folders whose process has died."""
    for folder in base.glob(f"{prefix}*"):
        with suppress(OSError):
            if _is_own_folder(folder):
                _remove_if_abandoned(folder, prefix)


def _is_own_folder(folder: Path) -> bool:
    about = folder.lstat()
    return stat.S_ISDIR(about.st_mode) and (
        not hasattr(os, "getuid") or about.st_uid == os.getuid()
    )


def _remove_if_abandoned(folder: Path, prefix: str) -> None:
    """Remove a folder that nobody holds: proven by its lock, or it never came to have one."""
    from filelock import FileLock, Timeout

    if (folder / OWNER).is_file():
        with suppress(Timeout), FileLock(folder / OWNER, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
        return
    number = folder.name.removeprefix(prefix).partition("-")[0]
    old = time.time() - folder.stat().st_mtime > UNOWNED
    if old and number.isdigit() and not _lives(int(number)):
        shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    """Whether a process exists; where that can't be asked without harm, it is taken to."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
