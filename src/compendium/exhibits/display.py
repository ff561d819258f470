"""How exhibits show in a notebook: once, sharp, with their alternative text, in each language."""

from __future__ import annotations

import base64
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from compendium.exhibits.colophon import Colophon
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.labels import Labels
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.save import RenderedFigure, render_figure, save_figure, save_table
from compendium.exhibits.tables import TABLE_CSS, table_html
from compendium.text import LANGUAGES, Lang

# CSS defines an inch as 96 pixels.
_PIXELS_PER_POINT = 96 / 72


@dataclass(frozen=True)
class ShownFigure:
    """A saved figure as a cell's result; it is no matplotlib figure, so nothing shows it twice."""

    rendered: RenderedFigure

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        del include, exclude
        png = base64.b64encode(self.rendered.files["png"]).decode("ascii")
        width = round(self.rendered.width * _PIXELS_PER_POINT)
        size = {"width": width, "alt": self.rendered.alt}
        return {"image/png": png, "text/plain": self.rendered.alt}, {"image/png": size}

    def __repr__(self) -> str:
        return self.rendered.alt


@dataclass(frozen=True)
class ShownText:
    """A sentence as a cell's result.

    Attributes
    ----------
    markdown
        The same for a notebook's page; left out where the text is Markdown itself.
    """

    text: str
    markdown: str = ""

    def _repr_markdown_(self) -> str:
        return self.markdown or self.text

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class ShownTable:
    """A table as a cell's result."""

    id: str
    html: str

    def _repr_html_(self) -> str:
        return f"<style>\n{TABLE_CSS}</style>\n{self.html}"

    def __repr__(self) -> str:
        return f"table {self.id}"


@dataclass(frozen=True)
class InEach:
    """What a cell shows in each language: one as its output, the others beside it.

    Attributes
    ----------
    lang
        The language of the output.
    shown
        What is shown, by language.
    """

    lang: Lang
    shown: Mapping[Lang, Any]

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from IPython.core.formatters import DisplayFormatter

        del include, exclude
        shell = sys.modules["IPython"].get_ipython()
        formatter = shell.display_formatter if shell else DisplayFormatter()
        found = {lang: formatter.format(one) for lang, one in self.shown.items()}
        data, metadata = found.pop(self.lang)
        others = {lang: {"data": d, "metadata": m} for lang, (d, m) in found.items()}
        return data, {**metadata, LANGUAGES: others}

    def __repr__(self) -> str:
        return repr(self.shown[self.lang])


def tell(text: ShownFigure | ShownTable | ShownText | InEach) -> None:
    """Show something at once: in a notebook below the cell, elsewhere on standard error."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        sys.stderr.write(f"{text!r}\n")
        return
    from IPython.display import display

    display(text)


def shown_table(
    exhibit: ExhibitPlan,
    data: pd.DataFrame,
    labels: Labels,
    colophon: Colophon,
    lang: Lang,
    out: Path | None,
) -> ShownTable:
    """Set a table of the plan; write it below `out` unless that is None."""
    if out is None:
        return ShownTable(exhibit.id, table_html(data, exhibit, labels, lang, colophon))
    return ShownTable(exhibit.id, save_table(data, exhibit, labels, colophon, lang, out))


def shown_figure(
    exhibit: ExhibitPlan,
    data: pd.DataFrame,
    labels: Labels,
    colophon: Colophon,
    lang: Lang,
    out: Path | None,
    axes: Figure | None = None,
) -> ShownFigure:
    """Draw a figure of the plan; write it below `out` unless that is None.

    Parameters
    ----------
    data
        As they are recorded, so that drawing them again gives the same bytes.
    axes
        Figure that its author drew, where it has no form.
    """
    figure = draw(data, exhibit, labels, lang, axes)
    alt = describe(data, exhibit, labels, lang)
    if out is None:
        return ShownFigure(render_figure(figure, exhibit, colophon, lang, alt))
    return ShownFigure(save_figure(figure, exhibit, data, colophon, lang, alt, out))
