"""Cells of an executed notebook: where an estimate was recorded and an exhibit shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from grassroots.errors import UserError
from grassroots.report.contents import Contents
from grassroots.report.drawn import NOTEBOOKS, is_current
from grassroots.text import Lang

_STRING = re.compile(r"""(f?)(["'])((?:\\.|(?!\2).)*)\2""")
_HOLE = re.compile(r"\{[^{}]*\}")
_RECORDS = re.compile(r"\brecord\(")
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
    """An executed notebook and the language that its outputs speak."""

    name: str
    lang: Lang
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
                f"run it again: grassroots run --force {self.name}",
                file=self.path,
            ) from error

    @cached_property
    def code(self) -> Mapping[str, str]:
        """Sources of the code cells by their ids, in order."""
        return {cell.id: cell.source for cell in self.cells if cell.kind == "code"}

    def cell_of_estimate(self, name: str) -> str:
        """Id of the cell that records an estimate, or of the one whose names are nearest."""
        return recording_cell(self.code, name)

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


def executed(contents: Contents, others: Iterable[Contents], notebook: str) -> Executed | None:
    """Find the executed copy that shows what was recorded, in this language if there is one."""
    for one in (contents, *others):
        if is_current(one, notebook):
            path = one.reports / one.lang / NOTEBOOKS / f"{notebook}.ipynb"
            return Executed(notebook, one.lang, path)
    return None


def shown_in(source: str) -> Sequence[str]:
    """Ids of the exhibits that a cell shows by name."""
    return _SHOWS.findall(source)


def recording_cell(code: Mapping[str, str], name: str) -> str:
    """Id of the code cell that records the estimate `name`.

    The cells that call `record` are searched for the id as it is written there, then for a
    pattern with parts filled in. Else the cell with the string that begins most like it is taken,
    or where that records nothing, the next one that does.
    """
    recording = [key for key, source in code.items() if _RECORDS.search(source)]
    for fits in (_is_written, _is_patterned):
        found = next((key for key in recording if fits(code[key], name)), "")
        if found:
            return found
    nearest = max(code, key=lambda key: _likeness(code[key], name), default="")
    after = list(code)[list(code).index(nearest) :] if nearest else []
    return next((key for key in after if key in recording), nearest)


def _is_written(source: str, name: str) -> bool:
    return any(text == name for _, _, text in _STRING.findall(source))


def _is_patterned(source: str, name: str) -> bool:
    patterns = (text for kind, _, text in _STRING.findall(source) if kind and "." in text)
    return any(_filled(text, name) for text in patterns)


def _filled(text: str, name: str) -> bool:
    parts = [re.escape(part) for part in _HOLE.split(text)]
    return len(parts[0]) > 0 and re.fullmatch(".+".join(parts), name) is not None


def _likeness(source: str, name: str) -> int:
    texts = (_HOLE.split(text)[0] for _, _, text in _STRING.findall(source))
    return max((_shared(text, name) for text in texts), default=0)


def _shared(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
