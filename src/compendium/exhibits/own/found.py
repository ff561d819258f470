"""How a figure's function is named in what a run records, and found again by that name."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from pandas.api.types import is_numeric_dtype

from compendium.errors import UserError
from compendium.exhibits.style import is_narrow
from compendium.registry import registered

_ENGINE, _LIBRARY = "compendium", "seaborn"
SEED = 20240101
"""Of resampling and jitter where the author names none, so that a figure is the same each time."""


def name_of(paint: Any, how: Mapping[str, Any] | None = None) -> str:
    """Return "module:function" of a function of the study's package, the engine or seaborn.

    Parameters
    ----------
    how
        What seaborn's function is given beside data and axes; stands behind its name, as JSON.

    Raises
    ------
    UserError
        It can't be found again: it was defined in a cell or in another function, or elsewhere; or
        seaborn's function draws on no given axes, or is given what can't be written down.
    """
    if str(getattr(paint, "__module__", "")).partition(".")[0] == _LIBRARY:
        return _library_name(paint, how or {})
    if how:
        raise UserError(
            "only seaborn's functions are given more than axes and data",
            "give the function what it needs as columns of the data",
            value=", ".join(how),
        )
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


def _library_name(paint: Any, how: Mapping[str, Any]) -> str:
    if "ax" not in inspect.signature(paint).parameters:
        raise UserError(
            f"seaborn's {paint.__name__} makes a figure of its own",
            "use the function that draws on axes, such as scatterplot for relplot, or hand over "
            "the grid that it returns",
        )
    try:
        told = json.dumps(how, ensure_ascii=False, sort_keys=True)
    except TypeError as error:
        raise UserError(
            f"what {paint.__name__} is given can't be written down: {error}",
            "name columns of the data, and give numbers, words or lists of these",
        ) from None
    return f"{_LIBRARY}:{paint.__name__} {told}"


def columns_of(where: str, data: pd.DataFrame) -> pd.DataFrame:
    """Of the data of seaborn's function the columns that it draws, in their order; else all."""
    if not where.startswith(f"{_LIBRARY}:"):
        return data
    used = [one for one in json.loads(where.partition(" ")[2]).values() if isinstance(one, str)]
    return data[[name for name in data if name in used]].reset_index(drop=True)


def marks_of(where: str, data: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Data of seaborn's function as category, value and group, and which axis has the values.

    Returns
    -------
    tuple
        No axis where it is no single value of each category and group.
    """
    how = json.loads(where.partition(" ")[2]) if where.startswith(f"{_LIBRARY}:") else {}
    x, y, group = (how.get(name) for name in ("x", "y", "hue"))
    known = x in data and y in data
    if not known or is_numeric_dtype(data[x]) == is_numeric_dtype(data[y]):
        return "", data
    axis, (value, category) = ("x", (x, y)) if is_numeric_dtype(data[x]) else ("y", (y, x))
    names = {category: "category", value: "value"} | ({group: "group"} if group in data else {})
    found = data.rename(columns=names)[list(names.values())]
    alone = not found.duplicated([name for name in found if name != "value"]).any()
    return (axis if alone and len(set(names.values())) == len(names) else ""), found


def _drawn_by_library(name: str, how: dict[str, Any]) -> Callable[[Axes, pd.DataFrame], None]:
    import seaborn as sns

    paint = getattr(sns, name)
    if "seed" in inspect.signature(paint).parameters:
        how = {"seed": SEED, **how}

    def drawn(ax: Axes, data: pd.DataFrame) -> None:
        paint(data=data, ax=ax, **how)
        key_above(ax)

    return drawn


def key_above(ax: Axes) -> None:
    """Put the key of axes over them, in a row and without the name of its column."""
    if (legend := ax.get_legend()) is not None:
        import seaborn as sns

        place = {"title": None, "frameon": False, "borderaxespad": 0.2}
        if is_narrow():  # words beside the axes leave these no room of their own
            sns.move_legend(ax, "lower right", bbox_to_anchor=(1, 1), **place)
            return
        columns = len(legend.get_texts())
        sns.move_legend(ax, "lower left", bbox_to_anchor=(0, 1), ncol=columns, **place)


def found(where: str) -> Any:
    """Return the function of a name that `name_of` gave.

    Raises
    ------
    UserError
        There is none now.
    """
    module, _, name = where.partition(":")
    if module == _LIBRARY:
        name, _, told = name.partition(" ")
        return _drawn_by_library(name, json.loads(told))
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
