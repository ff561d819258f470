"""Draws or sets an exhibit, saves it when there is a place for it, and shows it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from compendium.exhibits.colophon import Colophon
from compendium.exhibits.display import ShownFigure, ShownTable
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.labels import Labels
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.recorded import as_recorded
from compendium.exhibits.save import render_figure, save_figure, save_table
from compendium.exhibits.tables import table_html
from compendium.text import Lang


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
