"""Files that are whole or absent, and their hashes."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

from grassroots.errors import UserError

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
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name or folder"),
}


def refused(error: BaseException | None) -> TypeGuard[OSError]:
    """Whether the system refused to write, for a reason that `explained` has words for."""
    return isinstance(error, OSError) and error.errno in _REASONS


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
        raise UserError("a folder stands where a file has to go", "rename the folder", file=path)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
        _write_new(temporary, data, 0o600 if private else 0o666)
        os.replace(temporary, path)  # noqa: PTH105  (one system call, replaces on every platform)
    except OSError as error:
        _discard(temporary)
        raise explained(error, path) from error
    except BaseException:
        _discard(temporary)
        raise


def _write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a file that is not there yet, with its rights from the first moment."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


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


def sha256_of_all(paths: Mapping[str, Path]) -> dict[str, str]:
    """Hashes of several named files, by name in sorted order."""
    return {name: sha256_of(paths[name]) for name in sorted(paths)}


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
    return UserError(problem, mend, file=path)
