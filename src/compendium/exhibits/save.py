"""Writing figures and tables below a reports folder, the same bytes wherever and whenever."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from compendium.exhibits.canvas import write_colophon
from compendium.exhibits.colophon import Colophon
from compendium.exhibits.labels import Labels
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.recorded import csv_bytes
from compendium.exhibits.style import active, check_glyphs, styled
from compendium.exhibits.tables import table_html
from compendium.files import write_atomic
from compendium.text import Lang

FORMATS = ("png", "svg", "pdf")
"""What a run writes of every figure."""
PICTURES = (*FORMATS, "tiff")
"""What a figure can be written as."""


@dataclass(frozen=True)
class RenderedFigure:
    """A figure as bytes, by format, with its alternative text and its width on paper in points."""

    id: str
    lang: Lang
    alt: str
    files: Mapping[str, bytes]
    width: float


def render_figure(
    figure: Figure,
    exhibit: ExhibitPlan,
    colophon: Colophon,
    lang: Lang,
    alt: str,
    formats: Sequence[str] = FORMATS,
) -> RenderedFigure:
    """Render a figure in some formats, its colophon written into it.

    Raises
    ------
    UserError
        A label holds a character that the font lacks.
    """
    write_colophon(figure, colophon.line(lang, short=active().colophon == "short"))
    check_glyphs(figure)
    title = exhibit.title[lang]
    writers: dict[str, Callable[[], bytes]] = {
        "png": lambda: _png(figure),
        "svg": lambda: _svg(figure, exhibit.id, title, alt, lang),
        "pdf": lambda: _pdf(figure, title),
        "tiff": lambda: _tiff(figure),
    }
    with styled():
        files = {name: writers[name]() for name in formats}
    return RenderedFigure(exhibit.id, lang, alt, files, active().width)


def save_figure(
    figure: Figure,
    exhibit: ExhibitPlan,
    data: pd.DataFrame,
    colophon: Colophon,
    lang: Lang,
    alt: str,
    out: Path,
) -> RenderedFigure:
    """Write a figure (PNG, SVG, PDF, alternative text), its data and its colophon below `out`."""
    rendered = render_figure(figure, exhibit, colophon, lang, alt)
    folder = out / lang / "figures"
    for name, content in rendered.files.items():
        write_atomic(folder / f"{exhibit.id}.{name}", content)
    write_atomic(folder / f"{exhibit.id}.txt", f"{alt}\n".encode())
    save_data(exhibit, data, colophon, out)
    return rendered


def save_table(
    frame: pd.DataFrame,
    exhibit: ExhibitPlan,
    labels: Labels,
    colophon: Colophon,
    lang: Lang,
    out: Path,
) -> str:
    """Write a table (HTML), its data and its colophon below `out`; return the HTML."""
    html = table_html(frame, exhibit, labels, lang, colophon)
    write_atomic(out / lang / "tables" / f"{exhibit.id}.html", html.encode())
    save_data(exhibit, frame, colophon, out)
    return html


def save_data(exhibit: ExhibitPlan, data: pd.DataFrame, colophon: Colophon, out: Path) -> None:
    """Write an exhibit's data and its colophon below `out`."""
    folder = out / "exhibits"
    write_atomic(folder / f"{exhibit.id}.csv", csv_bytes(data))
    write_atomic(folder / f"{exhibit.id}.json", colophon.json_bytes())


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    options: dict[str, Any] = {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 6}}
    _printed(figure, FigureCanvasAgg(figure).print_png, buffer, active().dpi, options)
    return buffer.getvalue()


def _tiff(figure: Figure) -> bytes:
    """On white and without transparency, as printers want it; grey alone where the style is."""
    drawn, dpi, buffer = io.BytesIO(), active().dpi, io.BytesIO()
    _printed(figure, FigureCanvasAgg(figure).print_tif, drawn, dpi, {})
    with Image.open(drawn) as picture:
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture.convert("RGBA"))
    mode = "L" if active().grey else "RGB"
    paper.convert(mode).save(buffer, "tiff", compression="tiff_lzw", dpi=(dpi, dpi))
    return buffer.getvalue()


def _svg(figure: Figure, id_: str, title: str, alt: str, lang: Lang) -> bytes:
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    _printed(figure, FigureCanvasSVG(figure).print_svg, buffer, 72, {"metadata": nothing})
    return _accessible(buffer.getvalue(), id_, title, alt, lang).encode()


def _accessible(svg: str, id_: str, title: str, alt: str, lang: Lang) -> str:
    start = svg.index("<svg ")
    end = svg.index(">", start)
    head = svg[start:end].replace("<svg ", f'<svg role="img" lang="{lang}" xml:lang="{lang}" ', 1)
    named = f'{head} aria-labelledby="{id_}-title {id_}-desc">'
    told = (
        f'\n <title id="{id_}-title">{escape(title)}</title>'
        f'\n <desc id="{id_}-desc">{escape(alt)}</desc>'
    )
    return svg[:start] + named + told + svg[end + 1 :]


def _pdf(figure: Figure, title: str) -> bytes:
    buffer = io.BytesIO()
    metadata = {"Title": title, "CreationDate": None, "Creator": None, "Producer": None}
    _printed(figure, FigureCanvasPdf(figure).print_pdf, buffer, 72, {"metadata": metadata})
    return buffer.getvalue()


def _printed(
    figure: Figure,
    print_: Callable[..., Any],
    buffer: io.BytesIO | io.StringIO,
    dpi: int,
    options: dict[str, Any],
) -> None:
    """Print without `savefig`, which would lay the figure out and switch canvases once more."""
    before = figure.dpi
    figure.dpi = dpi
    try:
        print_(buffer, **options)
    finally:
        figure.dpi = before
