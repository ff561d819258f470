"""Download external data sets: each file checked by its hash, all in place or none."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from compendium.data.external import ExternalFile, ExternalSet, check_file
from compendium.errors import UserError
from compendium.scratch import scratch_folder

SCRATCH = ".fetch-"
"""What the folder of files that are being downloaded is called."""

TIMEOUT = 30
"""Seconds without an answer after which a server counts as unreachable."""


def fetch(
    described: ExternalSet, folder: Path, advance: Callable[[], object] = lambda: None
) -> tuple[Path, ...]:
    """Download the files of a data set that are not there yet.

    They are downloaded to a temporary folder beside `folder` and moved into it when all of them
    are complete and have the registered hash.

    Parameters
    ----------
    described
        The data set.
    folder
        Where its files go.
    advance
        Called once a file, whether it was there or was downloaded.

    Returns
    -------
    The files that were downloaded.

    Raises
    ------
    UserError
        No connection, a refusal by the server, other bytes than registered (also of a file that is
        there already), or a folder that can't be written to.
    """
    wanted = []
    for file in described.files.values():
        if (folder / file.name).is_file():
            check_file(file, folder / file.name)
            advance()
        else:
            wanted.append(file)
    if not wanted:
        return ()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with scratch_folder(str(folder.parent), SCRATCH) as scratch:
            _download(described, folder, wanted, scratch, advance)
            return tuple(_move(scratch / file.name, folder) for file in wanted)
    except OSError as error:
        _leave_no_empty(folder)
        reason = error.strerror or type(error).__name__
        raise UserError(
            f"the files can't be written ({reason})", "check the folder", folder
        ) from error
    except UserError:
        _leave_no_empty(folder)
        raise


def _download(
    described: ExternalSet,
    folder: Path,
    wanted: list[ExternalFile],
    scratch: Path,
    advance: Callable[[], object],
) -> None:
    import pooch

    pooch.get_logger().setLevel(logging.ERROR)
    downloader = pooch.HTTPDownloader(timeout=TIMEOUT, stream=False)  # small files; closes sockets
    for file in wanted:
        address = f"{described.address}/{file.path}"
        try:
            pooch.retrieve(address, f"sha256:{file.sha256}", file.name, scratch, None, downloader)
        except (OSError, ValueError) as error:
            raise _failed(file, address, folder, error) from error
        advance()


def _failed(file: ExternalFile, address: str, folder: Path, error: Exception) -> UserError:
    by_hand = f"or put {file.name} into {folder} by hand, see data/external/README.md"
    if isinstance(error, ValueError) and "hash" in str(error).lower():
        return UserError(
            f"{address} has changed: its sha256 is not {file.sha256}",
            f"get the registered version, {by_hand}",
        )
    status = getattr(getattr(error, "response", None), "status_code", None)
    reason = f"HTTP {status}" if status else "no connection"
    return UserError(
        f"{address} can't be downloaded ({reason})", f"try again with a connection, {by_hand}"
    )


def _move(source: Path, folder: Path) -> Path:
    target = folder / source.name
    os.replace(source, target)  # noqa: PTH105  (replaces on every platform)
    return target


def _leave_no_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
