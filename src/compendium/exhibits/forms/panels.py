"""Plots of one kind side by side, one a facet, under a key and the words of their axes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from compendium.exhibits.canvas import Sheet
from compendium.exhibits.forms.axes import ticks_in
from compendium.exhibits.forms.keys import Key
from compendium.exhibits.numbers import tick_style
from compendium.exhibits.style import SOFT_INK, inner_width, is_narrow, margin, type_size
from compendium.exhibits.typeset import height_of, measure

MOST_TICKS = 5
_COLUMNS = 2
_GUTTER = 18.0
_X_AXIS = 18.0
_GAP, _SPACE = 3.0, 6.0


@dataclass(frozen=True)
class Panels:
    """The body of a figure with one panel a facet.

    Attributes
    ----------
    panels
        Facets; each has the lines of its `heading`.
    tick_width, side_width
        Room left of each plot for numbers, and right of it.
    """

    panels: tuple[Any, ...]
    key: Key
    x_words: tuple[str, ...]
    y_words: tuple[str, ...]
    tick_width: float
    side_width: float

    @property
    def plot_width(self) -> float:
        """Width of one plot."""
        return panel_width(len(self.panels)) - self.tick_width - self.side_width

    @property
    def plot_height(self) -> float:
        """Height of one plot."""
        raise NotImplementedError

    def paint(self, sheet: Sheet, axes: Axes, panel: Any, place: tuple[float, float]) -> None:
        """Draw a panel on its axes, whose left top corner is a place of the sheet."""
        raise NotImplementedError

    @property
    def _head(self) -> float:
        lines = max(len(panel.heading) for panel in self.panels)
        return height_of(lines, type_size("text")) + _SPACE

    @property
    def _panel_height(self) -> float:
        return self._head + self.plot_height + _X_AXIS + _SPACE

    @property
    def height(self) -> float:
        """Height of everything."""
        y, x = (height_of(len(words), type_size("small")) for words in (self.y_words, self.x_words))
        rows = ceil(len(self.panels) / panel_columns(len(self.panels)))
        return self.key.height + (y + _GAP + x) + rows * self._panel_height

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw key, words of the axes and panels."""
        self.key.draw(sheet, margin(), top)
        top += self.key.height
        sheet.text(margin(), top, self.y_words, type_size("small"), color=SOFT_INK)
        top += height_of(len(self.y_words), type_size("small")) + _GAP
        columns = panel_columns(len(self.panels))
        for i, panel in enumerate(self.panels):
            row, column = divmod(i, columns)
            left, high = (
                margin() + column * ((inner_width() + _GUTTER) / columns),
                top + row * self._panel_height,
            )
            sheet.text(left, high, panel.heading, type_size("text"))
            place = (left + self.tick_width, high + self._head)
            axes = sheet.axes(*place, self.plot_width, self.plot_height)
            self.paint(sheet, axes, panel, place)
        foot = top + ceil(len(self.panels) / columns) * self._panel_height - _SPACE
        left = margin() + self.tick_width
        sheet.text(left, foot, self.x_words, type_size("small"), color=SOFT_INK)


def panel_columns(panels: int) -> int:
    """Panels side by side: two where there is room, never fewer than one."""
    return 1 if is_narrow() else min(_COLUMNS, max(1, panels))


def panel_width(panels: int) -> float:
    """Return the width of one of so many panels, with what stands beside its plot."""
    columns = panel_columns(panels)
    return (inner_width() - _GUTTER * (columns - 1)) / columns


def tick_width(limits: tuple[float, float], percent: bool = False) -> float:
    """Return the room that the numbers of a vertical axis need."""
    ticks = ticks_in(limits, MOST_TICKS)
    style = tick_style(float(np.diff(ticks).min()), percent)
    return max(measure(style.write(tick), type_size("small")) for tick in ticks) + 7
