"""Response surface in three dimensions, with the lines that matter drawn upon it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import NDArray

from compendium.exhibits.canvas import Sheet, compose
from compendium.exhibits.colours import Ink, inks
from compendium.exhibits.forms.axes import ticks_in
from compendium.exhibits.forms.frames import axis_words
from compendium.exhibits.forms.keys import Key
from compendium.exhibits.forms.surface import (
    band_key,
    bands_of,
    describe,
    frame_of,
    line_key,
    parts_of,
    value_words,
)
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import tick_style
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import GRID, SOFT_INK, inner_width, margin, page_width, type_size
from compendium.exhibits.typeset import height_of, wrap
from compendium.text import Lang

__all__ = ["describe", "draw"]

# Height of the plot: as much, or this share of a narrow page.
_PLOT_HEIGHT, _PLOT_SHARE = 300.0, 0.6
_FOOT = 6.0
# From the corner where both are low: the line of congruence runs away from the reader, that of
# incongruence across, and neither hides the other.
_ELEVATION, _AZIMUTH = 26.0, -122.0
_FLATNESS = 0.62
_ZOOM = 1.18
_DEPTH = 0.35
"""Space under the surface, as a part of its height, so that its shadow lines are seen."""
_LIFT = 0.004
"""What lines are lifted over the surface by, as a part of its height: else they are cut by it."""


@dataclass(frozen=True)
class SolidPlot:
    """The body of the figure."""

    grid: pd.DataFrame
    lines: Mapping[str, pd.DataFrame]
    inks: Mapping[str, Ink]
    bands: tuple[float, ...]
    colours: tuple[str, ...]
    keys: tuple[Key, Key]
    x_words: tuple[str, ...]
    y_words: tuple[str, ...]
    z_words: tuple[str, ...]

    @property
    def _top(self) -> float:
        return sum(key.height for key in self.keys) + height_of(
            len(self.z_words), type_size("small")
        )

    @property
    def height(self) -> float:
        """Height of everything."""
        words = max(len(self.x_words), len(self.y_words))
        return self._top + plot_height() + foot_height() + height_of(words, type_size("small"))

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw keys, words and the surface; each word stands beside its axis."""
        self.keys[0].draw(sheet, margin(), top)
        self.keys[1].draw(sheet, margin(), top + self.keys[0].height)
        high = top + sum(key.height for key in self.keys)
        sheet.text(margin(), high, self.z_words, type_size("small"), color=SOFT_INK)
        foot, right = top + self._top + plot_height() + foot_height(), margin() + inner_width()
        sheet.text(margin(), foot, self.y_words, type_size("small"), color=SOFT_INK)
        sheet.text(right, foot, self.x_words, type_size("small"), color=SOFT_INK, ha="right")
        self._solid(_space(sheet, top + self._top))

    def _solid(self, axes: Axes3D) -> None:
        table = self.grid.pivot_table(index="y", columns="x", values="value")
        x, y = np.meshgrid(table.columns.to_numpy(float), table.index.to_numpy(float))
        z = table.to_numpy()
        height = float(np.ptp(z)) or 1.0
        floor = float(z.min()) - _DEPTH * height
        colours: dict[str, Any] = {
            "cmap": ListedColormap(list(self.colours)),
            "norm": BoundaryNorm(self.bands, len(self.colours)),
        }
        sides: dict[str, Any] = {"rcount": len(table), "ccount": table.shape[1]}
        edges: dict[str, Any] = {
            "edgecolor": SOFT_INK,
            "linewidth": 0.25,
            "antialiased": True,
            "shade": False,
        }
        axes.plot_surface(x, y, z, zorder=1, **colours, **sides, **edges)
        for code, line in self.lines.items():
            at, ink = (line["x"], line["y"]), self.inks[code]
            drawn: dict[str, Any] = {"color": ink.colour, "linestyle": ink.dash}
            axes.plot(*at, np.full(len(line), floor), linewidth=0.9, zorder=0, **drawn)
            above = (*at, line["value"] + _LIFT * height)
            axes.plot(*above, linewidth=4.4, color="white", zorder=2)
            axes.plot(*above, linewidth=2.2, zorder=3, **drawn)
        for artist in (*axes.collections, *axes.lines):
            artist.set_clip_on(False)  # the box of a solid is square, its corners reach beyond
        axes.set(xlim=_ends(x), ylim=_ends(y), zlim=(floor, float(z.max())))
        _dress(axes)


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw a response surface as a solid.

    Parameters
    ----------
    data
        As of the form `surface`; lines are drawn on the surface and, thin, on the floor.
    """
    frame = frame_of(data, exhibit)
    grid, lines = parts_of(frame, exhibit)
    bands, colours = bands_of(grid)
    ink, half = inks(list(lines)), inner_width() / 2 - margin()
    bare = frame.drop(columns=["ci_low", "ci_high"], errors="ignore")
    body = SolidPlot(
        grid=grid,
        lines=lines,
        inks=ink,
        bands=bands,
        colours=colours,
        keys=(
            line_key(bare, lines, ink, exhibit, labels, lang),
            band_key(bands, colours, exhibit, lang),
        ),
        x_words=wrap(axis_words(exhibit, lang, "x"), half, type_size("small")),
        y_words=wrap(axis_words(exhibit, lang, "y"), half, type_size("small")),
        z_words=wrap(value_words(exhibit, lang), inner_width(), type_size("small")),
    )
    return compose(exhibit, body, lang)


def plot_height() -> float:
    """Return the height of the plot in points."""
    return min(_PLOT_HEIGHT, _PLOT_SHARE * page_width())


def foot_height() -> float:
    """Return the space below the plot; in a smaller one the numbers of the corner need more."""
    return _FOOT if plot_height() == _PLOT_HEIGHT else _FOOT + height_of(1, type_size("small"))


def _space(sheet: Sheet, top: float) -> Axes3D:
    """Axes in three dimensions over the whole width."""
    bottom = sheet.height - top - plot_height()
    box = (0, bottom / sheet.height, 1, plot_height() / sheet.height)
    axes = sheet.figure.add_axes(box, projection="3d", computed_zorder=False)
    assert isinstance(axes, Axes3D)
    axes.view_init(_ELEVATION, _AZIMUTH)
    axes.set_box_aspect((1, 1, _FLATNESS), zoom=_ZOOM)
    axes.set_proj_type("ortho")
    return axes


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _dress(axes: Axes3D) -> None:
    limits = (axes.get_xlim(), axes.get_ylim(), axes.get_zlim())
    for axis, ends in zip((axes.xaxis, axes.yaxis, axes.zaxis), limits, strict=True):
        ticks = ticks_in(ends, 5)
        style = tick_style(float(np.diff(ticks).min()), False)
        axis.set_ticks(ticks)
        axis.set_major_formatter(FuncFormatter(lambda value, _, s=style: s.write(value)))
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(SOFT_INK)
        axis._axinfo["grid"].update(color=GRID, linewidth=0.5)
