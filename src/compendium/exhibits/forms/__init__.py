"""The forms a figure may take; a new form is one file here and one line in `FORMS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.errors import UserError
from compendium.exhibits.canvas import TooNarrowError
from compendium.exhibits.forms import (
    contour,
    evidence_map,
    frames,
    lines,
    rootogram,
    shares,
    specification_curve,
    surface,
    truth_table,
    xy,
)
from compendium.exhibits.forms.rowcharts import bars, bounds, dots, forest
from compendium.exhibits.forms.sentences import Sentences
from compendium.exhibits.labels import Labels
from compendium.exhibits.own import page
from compendium.exhibits.own.found import found, marks_of, name_of
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.recorded import AXES
from compendium.exhibits.style import active, styled, using
from compendium.exhibits.style_file import millimetres, points_of
from compendium.exhibits.words import EVIDENCE_WORDS, STOP
from compendium.text import Lang

# Steps in which a width that fits is searched, and where the search ends.
_STEP_MM, _WIDEST_MM = 5, 300


class _Draw(Protocol):
    def __call__(
        self, data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
    ) -> Figure: ...


class _Describe(Protocol):
    def __call__(
        self, data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
    ) -> list[str]: ...


@dataclass(frozen=True)
class Form:
    """How a figure is drawn and how it is put into words.

    Attributes
    ----------
    arrange
        Makes the form's data of what a notebook or a table has.
    on
        Draws its marks alone; None for a form that lays out the whole page.
    """

    draw: _Draw
    describe: _Describe
    on: Callable[[Axes, pd.DataFrame], None] | None = None
    arrange: Callable[[pd.DataFrame], pd.DataFrame] = lambda data: data

    def __call__(self, ax: Axes, data: pd.DataFrame) -> None:
        """Draw its marks on axes of an author's, with codes at the ticks.

        Raises
        ------
        UserError
            The form lays out the whole page.
        """
        if self.on is None:
            raise UserError("this plot lays out the whole page", "give it to study.figure")
        self.on(ax, self.arrange(data))


FORMS = {
    "bars": Form(bars.draw, bars.describe, bars.on),
    "bounds": Form(bounds.draw, bounds.describe, bounds.on),
    "contour": Form(contour.draw, contour.describe),
    "dots": Form(dots.draw, dots.describe, dots.on),
    "evidence_map": Form(evidence_map.draw, evidence_map.describe),
    "forest": Form(forest.draw, forest.describe, forest.on),
    "lines": Form(lines.draw, lines.describe),
    "rootogram": Form(rootogram.draw, rootogram.describe),
    "shares": Form(shares.draw, shares.describe),
    "specification_curve": Form(specification_curve.draw, specification_curve.describe),
    "surface": Form(surface.draw, surface.describe),
    "truth_table": Form(truth_table.draw, truth_table.describe),
    "xy": Form(xy.draw, xy.describe),
}


def named(plot: Any, how: Mapping[str, Any] | None = None) -> str:
    """Name a plot as what a run records of a figure does; `how` is what seaborn's is given.

    Raises
    ------
    UserError
        No plot, or a function that can't be found again.
    """
    for name, form in FORMS.items():
        if isinstance(plot, Form) and plot.draw is form.draw and not how:
            return name
    if not callable(plot):
        known = ", ".join(f"plots.{name}" for name in FORMS)
        raise UserError(
            f"{type(plot).__name__} is no plot",
            f"give a function (ax, data), axes drawn in this cell, or one of {known}",
        )
    return name_of(plot, how)


def draw(
    data: pd.DataFrame,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    axes: Figure | None = None,
) -> Figure:
    """Draw a figure in the form and style that it is planned in.

    Parameters
    ----------
    axes
        Figure that its author drew, where it has no form.

    Raises
    ------
    UserError
        Unknown form, data that do not fit it, a code without words, or a page that is too narrow;
        says then how wide it has to be.
    """
    drawn = partial(_form(exhibit).draw, data, exhibit, labels, lang)
    if axes is not None:
        drawn = partial(page.drawn_before, axes, exhibit, labels, lang)
    try:
        with styled():
            return drawn()
    except TooNarrowError as error:
        given = f"{millimetres(active().width):.4g} mm"
        least = _least_width(drawn)
        mend = f"it needs at least {least} mm" if least else "show less in it"
        problem = f"figure {exhibit.id} does not fit a width of {given}: {error.why}"
        raise UserError(problem, mend) from None


def _least_width(draw: Callable[[], Figure]) -> int | None:
    """Find the least width in whole steps that a figure fits."""
    first = int(millimetres(active().width) // _STEP_MM + 1) * _STEP_MM
    last = int(_WIDEST_MM * active().magnification)
    for width in range(first, last + 1, _STEP_MM):
        with suppress(TooNarrowError), using(replace(active(), width=points_of(f"{width}mm"))):
            with styled():
                draw()
            return width
    return None


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> str:
    """Write the alternative text: what the plotted data show, what it is, then the details.

    A figure that rests on a stand-in says so first.
    """
    told = _form(exhibit).describe(data, exhibit, labels, lang)
    warning = [EVIDENCE_WORDS["stand-in"][lang]] if "stand-in" in exhibit.evidence else []
    planned = [exhibit.alt[lang].strip().rstrip(".。")] if exhibit.alt else []
    sentences = [*warning, *map(_capital, told[:1]), *planned, *told[1:]]
    return STOP[lang].join(sentences) + STOP[lang].strip()


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _form(exhibit: ExhibitPlan) -> Form:
    """Form of the plan or of what a run recorded: also an author's function, or drawn axes."""
    if exhibit.form in FORMS:
        return FORMS[exhibit.form]
    if exhibit.form == AXES:
        return Form(_refuse_axes, _say_nothing)
    if ":" in str(exhibit.form):
        return Form(partial(page.drawn_by, found(str(exhibit.form))), _of_columns)
    raise UserError(
        f"figure {exhibit.id} has an unknown form",
        f"use one of {', '.join(FORMS)}",
        value=exhibit.form,
    )


def _refuse_axes(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    del data, labels, lang
    raise UserError(
        f"{exhibit.id} was drawn on its notebook's own axes; there are only the run's pictures",
        "for other styles give study.figure a function (ax, data) of the study's package",
    )


def _of_columns(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Describe what seaborn drew of a category and its values; of all else nothing is known."""
    axis, drawn = marks_of(str(exhibit.form), data)
    if not axis:
        return []
    frame = frames.checked(drawn, exhibit, ("category", "value"), ("group",))
    style = frames.number_style(frame["value"], exhibit)
    return Sentences(exhibit, labels, lang, style, (axis,)).chart("bars", frame, "value")


def _say_nothing(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> list[str]:
    """Nothing is known of an author's own axes: the plan's `alt` stands alone."""
    del data, exhibit, labels, lang
    return []
