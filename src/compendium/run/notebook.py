"""A notebook as the pipeline sees it: cells, parameters, imports; outputs do not count."""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, cast

from compendium.errors import UserError

PARAMETERS_TAG = "parameters"
PYTHON_TYPES: dict[str, type] = {"int": int, "float": float, "bool": bool, "str": str}


@dataclass(frozen=True)
class Cell:
    """One cell; `number` counts all cells from 1."""

    number: int
    kind: str
    source: str
    tags: tuple[str, ...] = ()


class ReadCell(NamedTuple):
    """A code cell and its syntax tree."""

    cell: Cell
    tree: ast.Module


@dataclass(frozen=True)
class ParameterLine:
    """One line of the parameters cell, `name: type = value`; `line` counts in the cell from 1."""

    name: str
    type: str
    value: int | float | bool | str
    line: int


@dataclass(frozen=True)
class Notebook:
    """A notebook file, read once, so that what is hashed is what runs."""

    path: Path
    text: str
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """Name without folder and suffix."""
        return self.path.stem

    @cached_property
    def digest(self) -> str:
        """Hash of kind, source and tags of every cell; outputs and metadata do not count."""
        content = [[cell.kind, cell.source, sorted(cell.tags)] for cell in self.cells]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    @cached_property
    def parameters(self) -> dict[str, ParameterLine]:
        """The lines of the parameters cell by name.

        Raises
        ------
        UserError
            There is no such cell, more than one, or a line of it is no annotated literal.
        """
        cell = self.parameters_cell
        lines = [self._parameter(cell, statement) for statement in self._statements(cell)]
        return {line.name: line for line in lines}

    @property
    def parameters_cell(self) -> Cell:
        """The one code cell tagged `parameters`."""
        tagged = [c for c in self.cells if PARAMETERS_TAG in c.tags and c.kind == "code"]
        if len(tagged) == 1:
            return tagged[0]
        found = "has no" if not tagged else f"has {len(tagged)}"
        raise UserError(
            f"the notebook {found} code cell{'s'[: len(tagged)]} tagged '{PARAMETERS_TAG}'",
            "give exactly one code cell this tag",
            file=self.path,
        )

    def trees(self) -> list[ast.Module]:
        """Syntax trees of the code cells that are plain Python once magics are taken out."""
        return [one.tree for one in self.read_cells()]

    def code_cells(self) -> list[ReadCell]:
        """Code cells but for that of the parameters, with their syntax trees."""
        return [one for one in self.read_cells() if PARAMETERS_TAG not in one.cell.tags]

    def read_cells(self) -> list[ReadCell]:
        """Code cells with their syntax trees; those that are no plain Python are left out."""
        found = []
        for cell in self.cells:
            if cell.kind == "code":
                try:
                    found.append(ReadCell(cell, ast.parse(without_magics(cell.source))))
                except SyntaxError:
                    continue
        return found

    def error(self, cell: Cell, line: int, problem: str, mend: str) -> UserError:
        """An error that points at a line of a cell."""
        return UserError(f"cell {cell.number}, line {line}: {problem}", mend, file=self.path)

    def _statements(self, cell: Cell) -> list[ast.stmt]:
        try:
            return ast.parse(cell.source).body
        except SyntaxError as error:
            raise self.error(cell, error.lineno or 1, "not valid Python", "correct it") from None

    def _parameter(self, cell: Cell, statement: ast.stmt) -> ParameterLine:
        wanted = "write 'name: type = value' with a literal value"
        match statement:
            case ast.AnnAssign(ast.Name(name), ast.Name(kind), ast.expr() as value):
                pass
            case _:
                raise self.error(cell, statement.lineno, "not a typed parameter", wanted)
        if kind not in PYTHON_TYPES:
            raise self.error(
                cell,
                statement.lineno,
                f"parameter '{name}' has the type '{kind}'",
                f"use one of: {', '.join(PYTHON_TYPES)}",
            )
        try:
            literal = ast.literal_eval(value)
        except ValueError:
            raise self.error(cell, statement.lineno, f"'{name}' is not a literal", wanted) from None
        fits = type(literal) is PYTHON_TYPES[kind]
        if not fits:
            raise self.error(
                cell,
                statement.lineno,
                f"parameter '{name}' is declared {kind} but its value is {literal!r}",
                "let type and value agree",
            )
        return ParameterLine(name, kind, cast("Any", literal), statement.lineno)


def read_notebook(path: Path) -> Notebook:
    """Read a notebook.

    Raises
    ------
    UserError
        No such file, or not a notebook of format 4.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(
            "the plan names a notebook that is not there", "restore it or correct the plan", path
        ) from None
    except UnicodeDecodeError:
        raise UserError("the notebook is not UTF-8", "save it as UTF-8", path) from None
    try:
        raw = json.loads(text)
        if raw["nbformat"] != 4:
            raise UserError("not a notebook of format 4", "save it with JupyterLab", path)
        cells = tuple(_cell(number, cell) for number, cell in enumerate(raw["cells"], start=1))
    except (ValueError, KeyError, TypeError):
        raise UserError("not a Jupyter notebook", "restore it", path) from None
    return Notebook(path, text, cells)


def _cell(number: int, raw: dict[str, Any]) -> Cell:
    source = raw["source"]
    tags = raw.get("metadata", {}).get("tags", ())
    return Cell(
        number,
        raw["cell_type"],
        source if isinstance(source, str) else "".join(source),
        tuple(tags),
    )


def without_magics(source: str) -> str:
    """Source with IPython magics and shell lines blanked, so that Python can parse it."""
    lines = source.splitlines()
    if lines and lines[0].startswith("%%"):
        return ""
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)
