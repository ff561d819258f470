"""Exhibits on a page: figure or table, and the way back to cell and data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from compendium.errors import UserError
from compendium.exhibits.grid import Grid
from compendium.exhibits.tables import grid_html
from compendium.registry import program
from compendium.report.contents import FigurePart, TablePart
from compendium.report.site import words as w
from compendium.report.site.edition import Edition, badge, cell_link, data_links, up
from compendium.report.site.html import element, folded, link, picture

_CAPTION = re.compile(r"<table>\s*<caption>(.*?)</caption>", re.DOTALL)
FIGURES, PLOTTED = "figures", "plotted"
"""Folders of pictures and of their data, beside the pages."""


def is_simulated(part: FigurePart | TablePart) -> bool:
    """Whether simulated data are among what an exhibit shows."""
    return "stand-in" in part.recorded.exhibit.evidence


def folded_tables(
    edition: Edition, here: str, parts: Iterable[FigurePart | TablePart]
) -> Iterator[str]:
    """Show figures, and each table folded behind its title."""
    for part in parts:
        shown = exhibit_html(edition, here, part)
        yield folded(part.title, shown) if isinstance(part, TablePart) else shown


def exhibit_html(edition: Edition, here: str, part: FigurePart | TablePart) -> str:
    """Show an exhibit with its marks, its note and its trail."""
    trail = _trail(edition, here, part)
    if isinstance(part, TablePart):
        return f"{grid_scrolling(part.grid)}{trail}"
    place = f"{up(here)}{FIGURES}/{part.id}.svg"
    # alone it can be made larger: on a telephone its words are too small
    image = element("a", picture(place, part.alt, picture_of(part)), href=place)
    marks = "".join(badge(kind, edition.lang) for kind in part.recorded.exhibit.evidence)
    return element(
        "figure",
        f'<p class="gr-quiet">{marks}</p>\n{image}\n<figcaption>{trail}</figcaption>',
        class_="gr-figure gr-stand-in" if is_simulated(part) else "gr-figure",
        id=part.id,
    )


def grid_scrolling(grid: Grid) -> str:
    """Write a table that scrolls by itself, by keyboard too, while its caption stays in sight."""
    head, caption, rest = _CAPTION.split(grid_html(grid), maxsplit=1)
    name = f"{grid.id}-caption"
    opened = f'<div class="gr-scrolls" tabindex="0" role="group" aria-labelledby="{name}">'
    return (
        f'{head}<p class="gr-caption" id="{name}">{caption}</p>\n'
        f'{opened}<table aria-labelledby="{name}">{rest}'
    ).replace("</table>", "</table></div>", 1)


def picture_of(part: FigurePart) -> bytes:
    """Read the picture of a figure as SVG."""
    path = part.picture("svg")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{part.id} has no picture",
            f"draw it: {program()} run --force {part.recorded.exhibit.notebook}",
            file=path,
        ) from error


def _trail(edition: Edition, here: str, part: FigurePart | TablePart) -> str:
    lang, origin = edition.lang, part.recorded.colophon
    known = edition.executed.get(origin.notebook)
    cell = known.cell_of_exhibit(origin.id) if known else ""
    plotted = w.TABLE_DATA if isinstance(part, TablePart) else w.PLOTTED
    parts = [
        f"{w.MADE_BY[lang]} {cell_link(here, origin.notebook, cell)}",
        f"{w.DATA_USED[lang]} {data_links(edition, here, tuple(sorted(origin.data)))}"
        if origin.data
        else "",
        link(f"{up(here)}../{PLOTTED}/{origin.id}.csv", plotted[lang]),
    ]
    return element("p", " · ".join(filter(None, parts)), class_="gr-trail")
