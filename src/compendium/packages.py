"""Installed packages against the lock, by the names of folders: no package is imported for it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from compendium.errors import UserError
from compendium.text import Lang, Text

LOCK = "requirements.lock"
SHOWN = 3
"""Packages that a message names; it counts the rest."""
IMPORTED = (
    *("matplotlib", "numpy", "pandas", "pandera", "papermill", "pyarrow", "pytask"),
    *("scipy", "seaborn", "statsmodels"),
)
"""Packages that a folder without a version could stand before."""

WORDS = Text(
    "With other packages than requirements.lock: {packages}",
    "所用软件包与 requirements.lock 不符：{packages}",
)

_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?$", re.MULTILINE)
_RECORDS = (".dist-info", ".egg-info")


@dataclass(frozen=True)
class Installed:
    """A package as Python would import it: its version, and the folder that is searched for it."""

    version: str
    folder: str


@dataclass(frozen=True)
class Other:
    """A package that is not the lock's.

    Attributes
    ----------
    found
        The version in its place; None where there is none.
    folder
        Where it lies; empty where there is none.
    """

    name: str
    locked: str
    found: str | None
    folder: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.found or 'missing'} (lock: {self.locked})"


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that lets a command go on with other packages than the lock's."""
    parser.add_argument(
        "--other-packages",
        action="store_true",
        help="go on where packages are not those of requirements.lock, and mark the results",
    )


def differing(wanted: Mapping[str, str | None], found: Mapping[str, str | None]) -> tuple[str, ...]:
    """Names that are found in another version than the wanted one, or not at all."""
    return tuple(name for name, version in wanted.items() if found.get(name) != version)


def others(root: Path) -> tuple[Other, ...]:
    """Packages of the project's lock that are missing here or are there in another version.

    What is installed beside the lock does not count; nothing does in a project without a lock.
    """
    wanted, found = locked(root / LOCK), installed()
    versions = {name: one.version for name, one in found.items()}
    odd = differing(wanted, versions)
    named = [name for name in IMPORTED if name in wanted and name not in odd]
    return (
        *(_other(name, wanted[name], found.get(name)) for name in odd),
        *(other for name in named for other in _shadow(name, wanted[name], found[name])),
    )


def told(found: Iterable[Other]) -> dict[str, str]:
    """Return the versions in place of the lock's by name, as a record keeps them."""
    return {other.name: other.found or "missing" for other in found}


def written(found: Mapping[str, str]) -> str:
    """Write versions in place of the lock's in one line."""
    return ", ".join(f"{name} {version}" for name, version in found.items())


def say(found: Iterable[Other], lang: Lang) -> None:
    """Print which packages are not the lock's; nothing where all are."""
    if others := told(found):
        sys.stdout.write(WORDS[lang].format(packages=written(others)) + "\n")


def check(root: Path, *, allowed: bool = False) -> tuple[Other, ...]:
    """Return the packages that are not the lock's; refuse them unless they are allowed.

    Raises
    ------
    UserError
        A package of the lock is missing or there in another version.
    """
    found = others(root)
    if not found or allowed:
        return found
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    named = ", ".join(map(str, found[:SHOWN]))
    count = "1 package is" if len(found) == 1 else f"{len(found)} packages are"
    raise UserError(
        f"{count} not as in {LOCK}: {named}{more}",
        f"{_mend(found)}; --other-packages goes on all the same and marks the results",
    )


def locked(lock: Path) -> dict[str, str]:
    """Versions of the packages that the lock has for this Python and platform."""
    try:
        text = lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        from packaging.markers import Marker
    except ImportError:
        raise UserError(
            f"the packages of {LOCK} are missing in this Python", "run 'make env'", value=sys.prefix
        ) from None
    return {
        _normal(name): version
        for name, version, marker in _LOCKED.findall(text)
        if not marker or Marker(marker).evaluate()
    }


def installed() -> dict[str, Installed]:
    """What is installed, as Python would find it: the first folder of its path has its way.

    Two records of one package in a folder are told as two versions: nobody knows which is there.
    """
    found: dict[str, Installed] = {}
    for folder in dict.fromkeys(sys.path):
        here: dict[str, list[str]] = {}
        for name, version in _records(folder or os.curdir):
            here.setdefault(name, []).append(version)
        for name, versions in here.items():
            found.setdefault(name, Installed(" and ".join(sorted(versions)), folder))
    return found


def _records(folder: str) -> Iterator[tuple[str, str]]:
    try:
        entries = os.listdir(folder)  # noqa: PTH208  (names alone, for a start without delay)
    except OSError:
        return
    for entry in entries:
        stem, ending = os.path.splitext(entry)  # noqa: PTH122
        if ending in _RECORDS and "-" in stem:
            name, version, *_ = stem.split("-")
            yield _normal(name), version


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _other(name: str, locked: str, found: Installed | None) -> Other:
    return Other(name, locked, found.version, found.folder) if found else Other(name, locked, None)


def _shadow(name: str, locked: str, found: Installed) -> Iterator[Other]:
    """A module that is imported from elsewhere than the package's own folder."""
    spec = find_spec(name)
    if spec is None or not spec.origin:
        return
    module = Path(spec.origin)
    folder = module.parents[1] if module.name == "__init__.py" else module.parent
    own = Path(found.folder or os.curdir)
    if folder.resolve() != own.resolve():
        yield Other(name, locked, f"imported from {folder}", str(folder))


def _mend(found: Iterable[Other]) -> str:
    """Say what to do: a folder that stands before the environment, or an environment to build."""
    prefix = Path(sys.prefix).resolve()
    for other in found:
        if other.folder and prefix not in Path(other.folder).resolve().parents:
            return f"{other.folder} comes first: unset PYTHONPATH and set PYTHONNOUSERSITE=1"
    return "build the environment again: make env (conda: see environment.yml)"
