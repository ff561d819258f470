"""Files that are whole or absent, and their hashes."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard

from compendium.errors import UserError

READERS = "utf-8-sig"
"""Encoding of CSV files of results."""

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space and run again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run again"),
    errno.EROFS: ("the folder is on a read-only disk", "choose a folder that can be written to"),
    errno.EACCES: (
        "the folder or file can't be written to",
        "close the file elsewhere, or change its permissions",
    ),
    errno.EPERM: (
        "the folder or file can't be written to",
        "close the file elsewhere, or change its permissions",
    ),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "rename that file"),
    errno.EEXIST: ("a part of the path is a file, not a folder", "rename that file"),
    errno.EISDIR: ("a folder stands where a file has to go", "rename the folder"),
    errno.EFBIG: (
        "the file is larger than the system allows here",
        "raise the limit (ulimit -f) or use another disk",
    ),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name or folder"),
}

_NO_FILES = (
    "no more files fit on the disk (its inodes are used up)",
    "remove files there and run again",
)

_watchers: list[Callable[[Path, Path], None]] = []


@contextmanager
def watched(tell: Callable[[Path, Path], None]) -> Iterator[None]:
    """Tell of every file before it goes into its place: where it is and where it goes."""
    _watchers.append(tell)
    try:
        yield
    finally:
        _watchers.remove(tell)


def put_in_place(source: Path, target: Path) -> None:
    """Move a whole file into its place, where it replaces an older one."""
    for tell in _watchers:
        tell(source, target)
    os.replace(source, target)  # noqa: PTH105  (one system call, replaces on every platform)


def refused(error: BaseException | None) -> TypeGuard[OSError]:
    """Whether the system refused to write, for a reason that `explained` has words for."""
    return isinstance(error, OSError) and error.errno in _REASONS


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn a refusal of the system into a user's error: on the file it names, or else on `path`."""
    try:
        yield
    except OSError as error:
        raise explained(error, None if error.filename else path) from error


def write_atomic(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write `data` under a temporary name beside `path`, then move it into place.

    Folders on the way are created. Whatever goes wrong, an older file at `path` stays as it was
    and no temporary file is left.

    Parameters
    ----------
    private
        Nobody but the owner can read the file, nor its folder where that is made, at any moment.

    Raises
    ------
    UserError
        Disk full, folder read-only, path is a folder, or any other refusal by the system.
    """
    if path.is_dir():
        raise UserError(*_REASONS[errno.EISDIR], file=path)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
        if private:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        temporary.write_bytes(data)
        put_in_place(temporary, path)
    except OSError as error:
        _discard(temporary)
        raise explained(error, path) from error
    except BaseException:
        _discard(temporary)
        raise


def csv_for_readers(text: str) -> bytes:
    """Encode a CSV that people open: UTF-8 behind a mark, without which Excel garbles Chinese.

    Results alone are written so, never the ledger or anything below `data/`; read them back with
    the encoding `READERS`, which does without the mark too.
    """
    return text.encode(READERS)


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes.

    Raises
    ------
    UserError
        The file is missing or can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise UserError("no such file", "check the name", file=path) from error
    except OSError as error:
        raise UserError(f"can't be read ({error.strerror})", "check the file", file=path) from error


def _discard(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        return


def explained(error: OSError, path: Path | None = None) -> UserError:
    """The refusal of the system as a user's error; its own file where no path is given."""
    path = path or (Path(name) if (name := error.filename2 or error.filename) else None)
    problem, mend = _REASONS.get(
        error.errno or 0, (f"can't be written ({error.strerror or error})", "check the folder")
    )
    if error.errno == errno.ENOSPC and path is not None and _no_more_files(path):
        problem, mend = _NO_FILES
    return UserError(problem, mend, file=path)


def _no_more_files(path: Path) -> bool:
    """Whether the disk of a path is out of inodes; systems without a fixed number say 0 of 0."""
    there = next((p for p in (path, *path.absolute().parents) if p.exists()), None)
    if there is None or not hasattr(os, "statvfs"):
        return False
    about = os.statvfs(there)
    return about.f_files > 0 and about.f_favail == 0
