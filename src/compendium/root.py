"""Where the project is."""

from __future__ import annotations

from pathlib import Path

from compendium.errors import UserError

MARK = Path("notebooks") / "plan"
"""The folder that makes a folder a study."""


def find_root(named: Path | None = None, start: Path | None = None) -> Path:
    """Folder of the project: as named, or the first one upward from `start` that holds a plan.

    Raises
    ------
    UserError
        There is none.
    """
    here = (named or start or Path.cwd()).resolve()
    for folder in (here,) if named else (here, *here.parents):
        if (folder / MARK).is_dir():
            return folder
    raise UserError(
        f"the folder {MARK.as_posix()} is not here" + ("" if named else ", nor in a folder above"),
        "go to the project's folder or name it with --root",
        file=here,
    )
