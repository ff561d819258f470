"""Cells of an executed notebook: where an estimate was recorded and an exhibit shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from compendium.errors import UserError
from compendium.registry import program
from compendium.report.contents import Contents

NOTEBOOKS = "notebooks"
_SHOWS = re.compile(r"""\bshow\(\s*["']([\w-]+)["']""")


@dataclass(frozen=True)
class Cell:
    """A cell as the file has it, with its texts in one piece."""

    id: str
    kind: str
    source: str
    outputs: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Executed:
    """An executed notebook."""

    name: str
    path: Path

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Its cells; raises UserError where it can't be read."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
            return tuple(_cell(one) for one in found)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                "the executed notebook can't be read",
                f"run it again: {program()} run --force {self.name}",
                file=self.path,
            ) from error

    @cached_property
    def code(self) -> Mapping[str, str]:
        """Sources of the code cells by their ids, in order."""
        return {cell.id: cell.source for cell in self.cells if cell.kind == "code"}

    def cell_of_exhibit(self, name: str) -> str:
        """Id of the cell that shows an exhibit; empty where none names it."""
        return next((key for key, source in self.code.items() if name in shown_in(source)), "")


def _cell(told: dict[str, Any]) -> Cell:
    outputs = tuple(_output(one) for one in told.get("outputs", ()))
    return Cell(told["id"], told["cell_type"], _joined(told["source"]), outputs)


def _output(told: dict[str, Any]) -> dict[str, Any]:
    """Join what the file keeps as lists of lines."""
    if "data" not in told:
        return told
    return {**told, "data": {kind: _joined(said) for kind, said in told["data"].items()}}


def _joined(said: Any) -> Any:
    return "".join(said) if isinstance(said, list) else said


def executed(contents: Contents, notebook: str) -> Executed | None:
    """Find the executed copy in the language of the contents; None where it is gone."""
    path = contents.reports / contents.lang / NOTEBOOKS / f"{notebook}.ipynb"
    return Executed(notebook, path) if path.is_file() else None


def shown_in(source: str) -> Sequence[str]:
    """Ids of the exhibits that a cell shows by name."""
    return _SHOWS.findall(source)
