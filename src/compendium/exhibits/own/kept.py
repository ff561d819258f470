"""What is plotted on axes, read from their marks, so that a figure's data are kept with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable
from matplotlib.collections import Collection, PathCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.spines import Spine

Row = dict[str, Any]


def plotted(figure: Figure) -> pd.DataFrame:
    """Data of all marks of a figure.

    Returns
    -------
    DataFrame
        panel (from 1), mark, name (of the legend) and, in the units of the axes, x and y; of bars
        also width and height, of cells their value. Codes stand for places of ticks with words.
    """
    mapped = [one for one in figure.findobj() if isinstance(one, ScalarMappable)]
    keys = {id(one.colorbar.ax) for one in mapped if one.colorbar}
    panels = [axes for axes in figure.axes if id(axes) not in keys]
    rows = [
        {"panel": i, **row}
        for i, axes in enumerate(panels, start=1)
        for artist in axes.get_children()
        for row in _coded(list(_rows(artist, axes)), axes)
    ]
    return pd.DataFrame(rows, columns=["panel", "mark", "name", "x", "y", *_more(rows)])


def _more(rows: list[Row]) -> list[str]:
    return [name for name in ("width", "height", "value") if any(name in row for row in rows)]


def _rows(artist: Artist, axes: Axes) -> Iterator[Row]:
    label = str(artist.get_label())
    known = {"name": "" if label.startswith("_") else label}
    if isinstance(artist, Line2D):
        yield from _points("line", known, artist.get_xydata())
    elif isinstance(artist, QuadMesh | AxesImage):
        cells: Any = np.atleast_2d(
            np.ma.filled(np.ma.asarray(artist.get_array(), dtype=float), np.nan)
        )
        for (y, x), value in np.ndenumerate(cells):
            yield {"mark": "cell", **known, "x": x + 0.5, "y": y + 0.5, "value": value}
    elif isinstance(artist, PathCollection):
        yield from _points("point", known, np.ma.filled(artist.get_offsets(), np.nan))
    elif isinstance(artist, Collection):
        for path in artist.get_paths():
            yield from _points("area", known, path.vertices)
    elif isinstance(artist, Rectangle) and artist is not axes.patch:
        size = {"width": artist.get_width(), "height": artist.get_height()}
        yield {"mark": "bar", **known, "x": artist.get_x(), "y": artist.get_y(), **size}
    elif isinstance(artist, Patch) and artist is not axes.patch and not isinstance(artist, Spine):
        yield from _points("area", known, artist.get_path().vertices)


def _points(mark: str, known: Row, places: Any) -> Iterator[Row]:
    for x, y in np.asarray(places, dtype=float):
        if np.isfinite((x, y)).any():
            yield {"mark": mark, **known, "x": x, "y": y}


def _coded(rows: list[Row], axes: Axes) -> list[Row]:
    """Rows with the codes of an axis of words; a bar stands where its middle is."""
    for name, size, axis in (("x", "width", axes.xaxis), ("y", "height", axes.yaxis)):
        codes = _codes(axis)
        at = [codes.get(round(row[name] + row.get(size, 0) / 2, 6)) for row in rows if codes]
        if at and all(at):
            rows = [{**row, name: code} for row, code in zip(rows, at, strict=True)]
    return rows


def _codes(axis: Axis) -> dict[float, str]:
    places = [float(place) for place in axis.get_majorticklocs()]
    texts = [str(text) for text in axis.get_major_formatter().format_ticks(places)]
    words = all(text and not text[-1].isdigit() for text in texts)
    return dict(zip((round(p, 6) for p in places), texts, strict=True)) if words else {}
