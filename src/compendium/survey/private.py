"""The folder that respondents' answers are kept in: nobody but its owner can read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from compendium.errors import UserError
from compendium.survey.instrument import FOLDER
from compendium.text import Text

PRIVATE = FOLDER / "private"
FOLDER_MODE, FILE_MODE = 0o700, 0o600

CLOSED_WORDS = Text(
    "Others on this computer could read {names} in {folder}: now only you can.",
    "本机其他用户此前可读取 {folder} 中的 {names}：现已改为仅本人可读。",
)


def close_private(root: Path) -> tuple[str, ...]:
    """Take other users' rights to the folder and what lies in it away.

    Returns
    -------
    tuple
        Names of what was open, "." for the folder itself; none where nothing was, there is no
        folder, or the system knows no such rights. Links are left alone.

    Raises
    ------
    UserError
        The system refuses: the answers lie open.
    """
    folder = root / PRIVATE
    if os.name != "posix" or folder.is_symlink() or not folder.is_dir():
        return ()
    return tuple(_closed(folder))


def _closed(folder: Path) -> Iterator[str]:
    for path in (folder, *sorted(folder.rglob("*"))):
        if path.is_symlink():
            continue
        mode = FOLDER_MODE if path.is_dir() else FILE_MODE
        if path.stat().st_mode & 0o777 & ~mode:
            try:
                path.chmod(mode)
            except OSError as error:
                mend = f"take the rights of others away: chmod {mode:o}"
                raise UserError("others can read this", mend, file=path) from error
            yield path.relative_to(folder).as_posix()
