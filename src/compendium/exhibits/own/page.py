"""An author's own axes on the house's page: title, note, evidence and colophon round them."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine, TightLayoutEngine
from matplotlib.text import Text as TextArtist
from matplotlib.ticker import FixedFormatter

from compendium.errors import UserError
from compendium.exhibits.canvas import POINTS_PER_INCH, Sheet, TooNarrowError, compose, inches
from compendium.exhibits.labels import Labels
from compendium.exhibits.own.found import SEED
from compendium.exhibits.own.texts import translate, words_in
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import FONT_FAMILY, check_glyphs, inner_width, margin, own_settings
from compendium.exhibits.typeset import widest_unit, wrap_evenly
from compendium.text import Lang

Paint = Callable[[Axes, pd.DataFrame], object]
"""An author's function, which draws data on axes."""
Box = tuple[float, float, float, float]
"""Left, bottom, width and height, in shares of the figure."""

# Height over width of a figure whose plan has no option `shape`.
_SHAPE = 0.58
# Words beside the vertical axis may take this share of the width before they break.
_WORDS_SHARE = 0.3
# Around the axes, as a part of the type's size.
_PAD = 0.2
# Beside a legend of the figure, as a share of its width.
_LEGEND_SPACE = 0.02


@dataclass
class _Place:
    """The body of an author's figure: a place that its axes get once all else is drawn."""

    height: float
    box: Box = (0.0, 0.0, 1.0, 1.0)

    def draw(self, sheet: Sheet, top: float) -> None:
        """Keep the place."""
        self.box = (
            margin() / sheet.width,
            1 - (top + self.height) / sheet.height,
            inner_width() / sheet.width,
            self.height / sheet.height,
        )


def drawn_by(
    paint: Paint, data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> Figure:
    """Draw data by an author's function `(ax, data)`; the plan's option `shape` is height / width.

    Raises
    ------
    UserError
        The function draws nothing, or a text on the axes has no pair in the other language.
    """
    shape = float(exhibit.options.get("shape", _SHAPE))
    width = inches(inner_width())
    with mpl.rc_context(own_settings()):
        figure = Figure(figsize=(width, width * shape))
        with _same_chance():
            paint(figure.subplots(), data)
        refuse_empty(figure, exhibit.id)
        return _on_page(figure, exhibit, labels, lang, tuple(map(str, data.columns)))


@contextmanager
def _same_chance() -> Iterator[None]:
    """Let numpy's own random numbers, of which seaborn jitters points, be the same each time."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(SEED)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def drawn_before(figure: Figure, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Put a copy of a figure that its author drew on the page, in the house's type.

    Raises
    ------
    UserError
        It can't be copied, or a text on it has no pair in the other language.
    """
    try:
        figure = pickle.loads(pickle.dumps(figure))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UserError(
            f"the axes of {exhibit.id} can't be copied: {error}",
            "give study.figure a function (ax, data) that draws them",
        ) from error
    with mpl.rc_context(own_settings()):
        for artist in figure.findobj(TextArtist):
            artist.set_fontfamily(FONT_FAMILY)
        return _on_page(figure, exhibit, labels, lang)


def figure_of(drawn: Any, name: str) -> Figure | None:
    """Return the figure of axes, of several, of a seaborn grid, or itself; None of all else.

    Raises
    ------
    UserError
        The axes were removed, their figure was closed, or nothing is drawn on them.
    """
    first = drawn.flat[0] if isinstance(drawn, np.ndarray) and drawn.size else drawn
    figure = first if isinstance(first, Figure) else getattr(first, "figure", None)
    removed = isinstance(first, Axes) and (figure is None or first not in figure.axes)
    if removed or (isinstance(figure, Figure) and _is_closed(figure)):
        raise UserError(
            f"the axes of {name} are on a figure that was closed or cleared",
            "draw them and hand them to study.figure in one cell",
        )
    if not isinstance(figure, Figure):
        return None
    refuse_empty(figure, name)
    pyplot.close(figure)
    return figure


def _is_closed(figure: Figure) -> bool:
    """Whether pyplot had the figure and has it no more."""
    number = getattr(figure, "number", None)
    return number is not None and not (
        pyplot.fignum_exists(number) and pyplot.figure(number) is figure
    )


def refuse_empty(figure: Figure, name: str) -> None:
    """Refuse a figure without marks.

    Raises
    ------
    UserError
        No axes of it have data.
    """
    if not any(axes.has_data() for axes in figure.axes):
        raise UserError(f"the axes of {name} have no data", "draw on them first")


def _on_page(
    figure: Figure,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    columns: tuple[str, ...] = (),
) -> Figure:
    translate(figure, exhibit, words_in(lang, exhibit, labels, columns), lang)
    check_glyphs(figure)
    wide, high = figure.get_size_inches()
    place = _Place(inner_width() * high / wide)
    compose(exhibit, place, lang, figure)
    lay = _layout(figure)
    lay(place.box)
    for _ in range(2):
        # Words that break change the room that is left, and with it where others break.
        _break_words(figure, place.box)
        lay(place.box)
    for axes in figure.axes:
        _refuse_touching(axes.xaxis)
        drawn = axes.get_tightbbox()
        if drawn is not None and (drawn.x0 < -1 or drawn.x1 > figure.bbox.x1 + 1):
            raise TooNarrowError("its axes and what stands beside them are wider")
    return figure


def _layout(figure: Figure) -> Callable[[Box], None]:
    """Return what gives the axes, and legends beside them, a box; by their author's engine."""
    constrained = isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine)
    gridded = constrained or all(axes.get_subplotspec() for axes in figure.axes)
    places = [axes.get_position().bounds for axes in figure.axes]

    def lay(box: Box) -> None:
        left, bottom, width, height = box
        for legend in figure.legends:
            legend.set_loc("center right")
            legend.set_bbox_to_anchor((left + width, bottom + height / 2), figure.transFigure)
            width -= legend.get_window_extent().width / figure.bbox.width + _LEGEND_SPACE
        if gridded:
            _execute(figure, (left, bottom, width, height), constrained)
            return
        for axes, (x, y, w, h) in zip(figure.axes, places, strict=True):
            axes.set_position((left + x * width, bottom + y * height, w * width, h * height))

    return lay


def _execute(figure: Figure, box: Box, constrained: bool) -> None:
    left, bottom, width, height = box
    engine: LayoutEngine = TightLayoutEngine(
        pad=_PAD, rect=(left, bottom, left + width, bottom + height)
    )
    if constrained:
        engine = ConstrainedLayoutEngine(rect=box)
    figure.set_layout_engine(engine)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        try:
            engine.execute(figure)
        except UserWarning:
            raise TooNarrowError("its words leave no room for the axes") from None
    figure.set_layout_engine("none")


def _break_words(figure: Figure, box: Box) -> None:
    """Break words of ticks and axes where they are wider than their place."""
    page = figure.get_figwidth() * POINTS_PER_INCH
    beside = box[2] * page * _WORDS_SHARE
    for axes in figure.axes:
        place = axes.get_position()
        width, height = place.width * page, place.height * page / _ratio(figure)
        _break_ticks(axes.xaxis, width / max(1, len(axes.get_xticks())))
        _break_ticks(axes.yaxis, beside)
        for axis, room in ((axes.xaxis, width), (axes.yaxis, height)):
            _break(axis.label, room)


def _ratio(figure: Figure) -> float:
    return float(figure.get_figwidth() / figure.get_figheight())


def _break_ticks(axis: Axis, room: float) -> None:
    formatter = axis.get_major_formatter()
    if isinstance(formatter, FixedFormatter) and not axis.get_ticklabels()[0].get_rotation():
        size = float(axis.get_ticklabels()[0].get_fontsize())
        told = [
            _broken(text, room, size) for text in formatter.format_ticks(list(axis.get_ticklocs()))
        ]
        axis.set_major_formatter(FixedFormatter(told))


def _break(text: TextArtist, room: float) -> None:
    text.set_text(_broken(text.get_text(), room, float(text.get_fontsize())))


def _broken(text: str, room: float, size: float) -> str:
    """Break a text between words; a word wider than the room stays whole, and is then refused."""
    if "$" in text:
        return text
    return "\n".join(wrap_evenly(text, max(room, widest_unit(text, size)), size))


def _refuse_touching(axis: Axis) -> None:
    """Refuse words of ticks that run into each other."""
    boxes = [text.get_window_extent() for text in axis.get_ticklabels() if text.get_text()]
    turned = any(text.get_rotation() for text in axis.get_ticklabels())
    if not turned and any(a.x1 > b.x0 and b.x1 > a.x0 for a, b in pairwise(boxes)):
        raise TooNarrowError("the words of its ticks run into each other")
