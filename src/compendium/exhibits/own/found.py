"""How an author's function is named in what a run records, and found again by that name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from compendium.errors import UserError
from compendium.registry import registered

_ENGINE = "compendium"


def name_of(paint: Any) -> str:
    """Return "module:function" of a function of the study's package or of the engine.

    Raises
    ------
    UserError
        It can't be found again: it was defined in a cell or in another function, or elsewhere.
    """
    module, name = str(getattr(paint, "__module__", "")), str(getattr(paint, "__qualname__", ""))
    where = f"{module}:{name}"
    if not _is_ours(module) or getattr(_imported(module), name, None) is not paint:
        package = registered().package or "the study's package"
        raise UserError(
            "a figure's function must be found again when the figure is drawn in another style",
            f"move it to a module of {package}, say figures.py, and import it from there",
            value=where,
        )
    return where


def found(where: str) -> Any:
    """Return the function of a name that `name_of` gave.

    Raises
    ------
    UserError
        There is none now.
    """
    module, _, name = where.partition(":")
    paint = getattr(_imported(module), name, None) if _is_ours(module) else None
    if not callable(paint):
        raise UserError(
            "the function that drew a figure is not there any more",
            "put it back, or run the figure's notebook again",
            value=where,
        )
    return paint


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in {_ENGINE, registered().package} - {""}


def _imported(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        return None
