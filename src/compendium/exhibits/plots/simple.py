"""Plots with seaborn's marks, as plain functions of axes and data."""

from __future__ import annotations

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from compendium.exhibits.colours import inks, shades
from compendium.exhibits.own.found import key_above
from compendium.exhibits.style import EDGE, type_size

_HUES = 64


def scatter(ax: Axes, data: pd.DataFrame) -> None:
    """Draw points; columns x, y, and if wanted group."""
    colours = _colours(data)
    sns.scatterplot(data, x="x", y="y", edgecolor="white", ax=ax, **colours)
    key_above(ax)


def histogram(ax: Axes, data: pd.DataFrame) -> None:
    """Draw how often values occur; columns x, and if wanted group."""
    colours = {
        name: told for name, told in _colours(data).items() if name not in ("style", "markers")
    }
    sns.histplot(data, x="x", edgecolor=EDGE, ax=ax, **colours)
    ax.set_ylabel("y")
    key_above(ax)


def heat(ax: Axes, data: pd.DataFrame) -> None:
    """Draw values as cells of a table; columns x and y of codes, and value."""
    order = {name: list(dict.fromkeys(data[name].astype(str))) for name in ("x", "y")}
    keyed = data.astype({"x": str, "y": str}).set_index(["y", "x"])
    cells = keyed["value"].unstack("x")  # noqa: PD010  (two rows for a cell are an error)
    cells = cells.reindex(index=order["y"], columns=order["x"])
    sns.heatmap(
        cells,
        cmap=list(shades(_HUES, 0.0, 0.85)),
        annot=True,
        fmt=".3g",
        cbar=False,
        linewidths=1,
        annot_kws={"fontsize": type_size("small")},
        ax=ax,
    )
    ax.tick_params(length=0, rotation=0)


def _colours(data: pd.DataFrame) -> dict[str, Any]:
    if "group" not in data:
        return {}
    known = inks(list(dict.fromkeys(data["group"].astype(str))))
    return {
        "hue": "group",
        "style": "group",
        "palette": {code: ink.colour for code, ink in known.items()},
        "markers": {code: ink.marker for code, ink in known.items()},
    }
