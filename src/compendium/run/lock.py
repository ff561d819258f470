"""One run at a time, and a reports folder that can be written to before anything starts."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from compendium.errors import UserError
from compendium.files import explained, write_atomic
from compendium.outputs import HOLDER, LOCK, refuse_links

ROOM = 64 * 2**20
"""Bytes that must be free: a run of all notebooks writes about two fifths of it."""

PROBE_SIZE = 2**16
"""Bytes written as a test: a quota shows only when something is written."""


@contextmanager
def run_lock(reports: Path) -> Iterator[None]:
    """Hold the lock of a project while a run goes on; the system frees it when the run dies.

    Raises
    ------
    UserError
        Another run holds it, or the folder can't be written to, or holds a link where it may not.
    """
    from filelock import FileLock, Timeout

    refuse_links(reports)
    reports.mkdir(parents=True, exist_ok=True)
    lock = FileLock(reports / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(*_held(reports)) from None
    except OSError as error:
        raise explained(error, reports / LOCK) from None
    try:
        now = datetime.now().astimezone().isoformat(" ", "seconds")
        write_atomic(reports / HOLDER, json.dumps({"pid": os.getpid(), "since": now}).encode())
        yield
    finally:
        (reports / HOLDER).unlink(missing_ok=True)
        lock.release()


def check_room(reports: Path) -> None:
    """Raise UserError where the reports folder can't be written to or the disk has no room.

    A folder that was not there is taken away again.
    """
    existed = reports.exists()
    try:
        reports.mkdir(parents=True, exist_ok=True)
        _write_probe(reports)
        _check_folders(reports)
    except OSError as error:
        raise _explained(error, reports) from None
    free = shutil.disk_usage(reports).free
    if free < ROOM:
        if not existed:
            with suppress(OSError):
                reports.rmdir()
        raise UserError(
            f"only {free / 2**20:.0f} MB are free on the disk",
            f"free at least {ROOM / 2**20:.0f} MB",
            file=reports,
        )


def _check_folders(reports: Path) -> None:
    """Raise PermissionError for a folder of outputs that can't be written to."""
    for top in reports.iterdir():
        if not top.is_dir() or top.name == "reference":
            continue
        for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
            if not os.access(folder, os.W_OK):
                place = folder.relative_to(reports).as_posix()
                raise PermissionError(errno.EACCES, f"permission denied: {place}")


def _write_probe(reports: Path) -> None:
    """Write to a new file without a name: no link is followed, a kill leaves nothing."""
    with tempfile.TemporaryFile(dir=reports) as probe:
        probe.write(bytes(PROBE_SIZE))


def _explained(error: OSError, reports: Path) -> UserError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return explained(error, reports)
    return UserError(
        f"the reports folder can't be written to ({error.strerror})",
        "make it a writable folder",
        file=reports,
    )


def _held(reports: Path) -> tuple[str, str]:
    mend = "wait until it ends"
    try:
        holder = json.loads((reports / HOLDER).read_text(encoding="utf-8"))
        return f"another run is going on: process {holder['pid']}, since {holder['since']}", mend
    except (OSError, ValueError, TypeError, KeyError):
        return "another run is going on", mend
