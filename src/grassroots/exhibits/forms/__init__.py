"""The forms a figure may take; a new form is one file here and one line in `FORMS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd
from matplotlib.figure import Figure

from grassroots.errors import UserError
from grassroots.exhibits.forms import (
    bars,
    bounds,
    contour,
    dots,
    evidence_map,
    forest,
    lines,
    rootogram,
    shares,
    specification_curve,
    surface,
    surface3d,
    truth_table,
    xy,
)
from grassroots.exhibits.labels import Labels
from grassroots.exhibits.protocols import ExhibitPlan
from grassroots.exhibits.style import styled
from grassroots.text import Lang


class _Draw(Protocol):
    def __call__(
        self, data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
    ) -> Figure: ...


class _Describe(Protocol):
    def __call__(
        self, data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
    ) -> str: ...


@dataclass(frozen=True)
class Form:
    """How a figure is drawn and how it is put into words."""

    draw: _Draw
    describe: _Describe


FORMS = {
    "bars": Form(bars.draw, bars.describe),
    "bounds": Form(bounds.draw, bounds.describe),
    "contour": Form(contour.draw, contour.describe),
    "dots": Form(dots.draw, dots.describe),
    "evidence_map": Form(evidence_map.draw, evidence_map.describe),
    "forest": Form(forest.draw, forest.describe),
    "lines": Form(lines.draw, lines.describe),
    "rootogram": Form(rootogram.draw, rootogram.describe),
    "shares": Form(shares.draw, shares.describe),
    "specification_curve": Form(specification_curve.draw, specification_curve.describe),
    "surface": Form(surface.draw, surface.describe),
    "surface3d": Form(surface3d.draw, surface3d.describe),
    "truth_table": Form(truth_table.draw, truth_table.describe),
    "xy": Form(xy.draw, xy.describe),
}


def draw(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> Figure:
    """Draw a figure in the form and style that it is planned in.

    Raises
    ------
    UserError
        Unknown form, data that do not fit it, or a code without words.
    """
    with styled():
        return _form(exhibit).draw(data, exhibit, labels, lang)


def describe(data: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> str:
    """Write the alternative text: what the plan says of the figure, then what its data say."""
    told = _form(exhibit).describe(data, exhibit, labels, lang)
    planned = exhibit.alt[lang].strip() if exhibit.alt else ""
    return f"{planned}{' ' if planned and lang == 'en' else ''}{told}"


def _form(exhibit: ExhibitPlan) -> Form:
    form = FORMS.get(str(exhibit.form))
    if form is None:
        raise UserError(
            f"figure {exhibit.id} has an unknown form",
            f"use one of {', '.join(FORMS)}",
            value=exhibit.form,
        )
    return form
