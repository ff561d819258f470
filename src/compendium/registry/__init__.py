"""What only a study knows, handed to the engine: the one seam between the two.

A study describes itself in an object of its own, by convention `STUDY` in its module `register`.
The engine finds it, in this order: the environment variable `COMPENDIUM_STUDY` ("module:name"), the
entry `study` of `[tool.compendium]` in the `pyproject.toml` of the folder it works in, the entry
point group `compendium.study` of an installed package. Without any, and where that table names
none, the engine runs as it is.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VARIABLE = "COMPENDIUM_STUDY"
GROUP = "compendium.study"

_start: Path | None = None


@dataclass(frozen=True)
class Registered:
    """What a study hands over; parts are "module:attribute" or a module, imported when asked for.

    Attributes
    ----------
    program
        Console command, as messages name it; in capitals the head of environment variables.
    package
        Package of the study's own code; "" where notebooks have none.
    rules
        `tuple[CrossRule, ...]`: rules across columns, rows and tables.
    scale_words
        `Instrument -> Mapping[str, Text]`: words of the questionnaire's scales.
    standin
        Module that draws the simulated survey: `TRUTH`, `PREFIX`, `GENERATOR`, `draw`.
    universes
        Module that prepares the data of multiverses: `SOURCES`, `EXTERNAL_SET`, `EXTERNAL`,
        `RULES`, `SURVEY`, `prepare`.
    colours
        Style -> code -> colour, "#rrggbb" with a hatch if wanted: the study's codes in figures.
    calibration
        Module that simulates the claims' tests: `read_setup`, `calibrate`, `tables`.
    coding
        `(root, names) -> Iterator`: codes the files that shipped codes came from again, source by
        source; each has `source`, `rows` (None where absent), `same` and `told`.
    names
        `(root, tables) -> Mapping[str, Text]`: names of the cases in these tables, by the ids that
        exhibits hold.
    """

    program: str = "compendium"
    package: str = ""
    rules: str = ""
    scale_words: str = ""
    standin: str = ""
    universes: str = ""
    colours: str = ""
    calibration: str = ""
    coding: str = ""
    names: str = ""

    def part(self, name: str) -> Any:
        """A part, imported; None where the study has none."""
        return _imported(where) if (where := getattr(self, name)) else None

    def needed(self, name: str) -> Any:
        """A part that what was asked for can't do without.

        Raises
        ------
        UserError
            The study has none.
        """
        if not getattr(self, name):
            from compendium.errors import UserError

            mend = "hand it over in its register; compendium.registry says what it is"
            raise UserError(f"this study has no {name}", mend)
        return self.part(name)


@cache
def registered() -> Registered:
    """The study that this process works for."""
    where = os.environ.get(VARIABLE) or _of_folder()
    where = _installed() if where is None else where
    found = _imported(where) if where else Registered()
    assert isinstance(found, Registered), where
    return found


def work_in(folder: Path) -> None:
    """Look for the study in this project's folder instead of that of the process."""
    global _start
    _start = folder
    registered.cache_clear()


def program() -> str:
    """Name of the console command."""
    return registered().program


def variable(name: str) -> str:
    """Name of an environment variable of the study's, e.g. `variable("ROOT")`."""
    return f"{program()}_{name}".upper()


def package_folders() -> tuple[Path, ...]:
    """Folders of the engine and of the study's own package, where it has one."""
    engine = Path(__file__).resolve().parents[1]
    spec = find_spec(registered().package) if registered().package else None
    own = Path(spec.origin).resolve().parent if spec and spec.origin else None
    return (engine, own) if own else (engine,)


def _of_folder() -> str | None:
    """The study that the project's `pyproject.toml` names, here or in a folder above.

    Empty where its table `[tool.compendium]` names none, None where it has no such table.
    """
    here = _start or Path.cwd()
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if (folder / "notebooks" / "plan").is_dir() and file.is_file():
            import tomllib

            settings = tomllib.loads(file.read_text(encoding="utf-8"))
            own = settings.get("tool", {}).get("compendium")
            where = None if own is None else str(own.get("study", ""))
            if where and (folder / "src").is_dir() and str(folder / "src") not in sys.path:
                sys.path.append(str(folder / "src"))
            return where
    return None


def _installed() -> str:
    return next((found.value for found in entry_points(group=GROUP)), "")


def _imported(where: str) -> Any:
    module, _, name = where.partition(":")
    found = import_module(module)
    return getattr(found, name) if name else found
