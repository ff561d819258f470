"""Draws or sets an exhibit, saves it when there is a place for it, and shows it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from grassroots.exhibits.colophon import Colophon
from grassroots.exhibits.display import ShownFigure, ShownTable
from grassroots.exhibits.forms import describe, draw
from grassroots.exhibits.labels import Labels
from grassroots.exhibits.protocols import ExhibitPlan
from grassroots.exhibits.recorded import as_recorded
from grassroots.exhibits.save import render_figure, save_figure, save_table
from grassroots.exhibits.tables import table_html
from grassroots.text import Lang


def present(
    exhibit: ExhibitPlan,
    data: pd.DataFrame,
    labels: Labels,
    colophon: Colophon,
    lang: Lang,
    out: Path | None,
) -> ShownFigure | ShownTable:
    """Show an exhibit of the plan; write it below `out` unless that is None.

    It is drawn from the data as they are recorded, so that drawing it again gives the same bytes.
    """
    data = as_recorded(data)
    if exhibit.kind == "table":
        if out is None:
            return ShownTable(exhibit.id, table_html(data, exhibit, labels, lang, colophon))
        return ShownTable(exhibit.id, save_table(data, exhibit, labels, colophon, lang, out))
    figure = draw(data, exhibit, labels, lang)
    alt = describe(data, exhibit, labels, lang)
    if out is None:
        return ShownFigure(render_figure(figure, exhibit, colophon, lang, alt))
    return ShownFigure(save_figure(figure, exhibit, data, colophon, lang, alt, out))
