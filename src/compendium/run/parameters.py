"""Parameters: plan, profile and command line resolved to typed values for each notebook."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any, Protocol

from compendium.errors import UserError
from compendium.run.notebook import PYTHON_TYPES, Notebook, ParameterLine

Value = int | float | bool | str
LANGUAGE = "lang"

_WORDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
_BOOLEANS = {"true": True, "false": False}


class Declared(Protocol):
    """What is needed of a parameter in the plan."""

    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def default(self) -> Value: ...  # noqa: D102
    @property
    def minimum(self) -> float | None: ...  # noqa: D102
    @property
    def maximum(self) -> float | None: ...  # noqa: D102
    @property
    def choices(self) -> tuple[Value, ...]: ...  # noqa: D102


def resolve(
    declared: Mapping[str, Declared],
    profiles: Mapping[str, Mapping[str, Value]],
    *,
    profile: str = "default",
    overrides: Iterable[str] = (),
) -> dict[str, Value]:
    """Values of all parameters: default, then profile, then `name=value`.

    Raises
    ------
    UserError
        Unknown profile or parameter; a value of the wrong type or out of range; a
        parameter given twice.
    """
    if profile not in profiles:
        raise unknown("profile", profile, profiles)
    values = {name: parameter.default for name, parameter in declared.items()}
    for name, value in profiles[profile].items():
        values[name] = checked(name, value, declared[name])
    given: set[str] = set()
    for override in overrides:
        name, value = parse(override, declared)
        if name in given:
            raise UserError(f"parameter '{name}' is given twice", "give it once")
        given.add(name)
        values[name] = value
    return values


def for_notebook(
    notebook: Notebook, declared: Mapping[str, Declared], values: Mapping[str, Value]
) -> dict[str, Value]:
    """The values that a notebook's parameters cell names, and no others.

    Raises
    ------
    UserError
        The cell names an unknown parameter, or its type or value differs from the plan's; the
        code sets one again, or gives a call a number in its place.
    """
    for line in notebook.parameters.values():
        _agree(notebook, line, declared)
    _act(notebook)
    return {name: values[name] for name in notebook.parameters}


def parse(override: str, declared: Mapping[str, Declared]) -> tuple[str, Value]:
    """Name and typed value of `name=value`."""
    name, equals, text = override.partition("=")
    name, text = name.strip(), text.strip()
    if not equals:
        raise UserError(f"'{override}' is not name=value", "write, for example, -p seed=7")
    if name not in declared:
        raise unknown("parameter", name, declared)
    if name == LANGUAGE:
        raise UserError("the language is not set with -p", "leave it out: a run is in all")
    parameter = declared[name]
    try:
        value = _READERS[parameter.type](text)
    except (KeyError, ValueError):
        raise UserError(
            f"parameter '{name}' is {_WORDS[parameter.type]}, not '{text}'",
            f"give {_range(parameter)}",
        ) from None
    return name, checked(name, value, parameter)


def checked(name: str, value: Value, parameter: Declared) -> Value:
    """Return the value as the parameter's type; raises UserError outside its range or choices."""
    kind = PYTHON_TYPES[parameter.type]
    if kind is float and type(value) is int:
        value = float(value)
    fits = type(value) is kind and not (isinstance(value, float) and not isfinite(value))
    if fits and parameter.choices:
        fits = value in parameter.choices
    if fits and isinstance(value, int | float):
        low, high = parameter.minimum, parameter.maximum
        fits = (low is None or value >= low) and (high is None or value <= high)
    if not fits:
        raise UserError(f"parameter '{name}' can't be {value!r}", f"give {_range(parameter)}")
    return value


def unknown(what: str, name: str, known: Iterable[str]) -> UserError:
    """An error that lists the known names and suggests the nearest."""
    known = list(known)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    guess = f"did you mean '{near[0]}'? " if near else ""
    return UserError(f"unknown {what} '{name}'", f"{guess}known: {', '.join(known)}")


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(text)
    return int(text)


def _float(text: str) -> float:
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return float(text)


def _boolean(text: str) -> bool:
    return _BOOLEANS[text.lower()]


_READERS: dict[str, Any] = {"int": _integer, "float": _float, "bool": _boolean, "str": str}


def _range(parameter: Declared) -> str:
    if parameter.choices:
        return f"one of: {', '.join(str(choice) for choice in parameter.choices)}"
    words, low, high = _WORDS[parameter.type], parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return f"{words} from {low:g} to {high:.10g}"
    if low is not None:
        return f"{words}, at least {low:.10g}"
    return f"{words}, at most {high:.10g}" if high is not None else words


def _act(notebook: Notebook) -> None:
    """Refuse parameters that the code does not follow."""
    lines = notebook.parameters
    for other in notebook.code_cells():
        for node in ast.walk(other.tree):
            match node:
                case ast.Name(name, ast.Store()) if name in lines:
                    problem = f"parameter '{name}' is set again"
                    raise notebook.error(other.cell, node.lineno, problem, "use another name")
                case ast.keyword(name, ast.Constant(int() | float() as value)) if (
                    name in lines and not isinstance(value, bool)
                ):
                    problem = f"'{name}' is {value!r} here, whatever the parameter says"
                    mend = f"write {name}={name}"
                    raise notebook.error(other.cell, node.value.lineno, problem, mend)


def _agree(notebook: Notebook, line: ParameterLine, declared: Mapping[str, Declared]) -> None:
    cell = notebook.parameters_cell
    if line.name not in declared:
        error = unknown("parameter", line.name, declared)
        raise notebook.error(cell, line.line, error.problem, error.mend)
    parameter = declared[line.name]
    if line.type != parameter.type:
        raise notebook.error(
            cell,
            line.line,
            f"parameter '{line.name}' is declared {line.type}, in the plan {parameter.type}",
            "let both agree",
        )
    if line.value != parameter.default:
        raise notebook.error(
            cell,
            line.line,
            f"parameter '{line.name}' is {line.value!r}, in the plan {parameter.default!r}",
            "let both agree",
        )
