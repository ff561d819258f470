"""Exhibits in a language that the last run did not speak, drawn from what it recorded."""

from __future__ import annotations

from collections.abc import Callable

from grassroots.exhibits.forms import draw
from grassroots.exhibits.recorded import recorded_digest
from grassroots.exhibits.save import save_figure
from grassroots.exhibits.tables import grid_html
from grassroots.files import write_atomic
from grassroots.report.contents import Chapter, Contents, FigurePart
from grassroots.report.origin import run_record

NOTEBOOKS = "notebooks"


def is_current(contents: Contents, notebook: str) -> bool:
    """Whether a notebook last ran in this language on what is recorded now.

    Then its pictures, tables and the executed notebook itself show what the ledger says.
    """
    names = [exhibit.id for exhibit in contents.plan.exhibits_of(notebook)]
    stamps = run_record(contents).get("drawn", {}).get(contents.lang, {})
    executed = contents.reports / contents.lang / NOTEBOOKS / f"{notebook}.ipynb"
    return executed.is_file() and stamps.get(notebook) == recorded_digest(contents.reports, names)


def draw_outdated(contents: Contents, progress: Callable[[str], None] = lambda _: None) -> int:
    """Draw every exhibit whose picture in this language is of another run; returns how many.

    The bytes are those that a run in the language would write. `progress` is told each id.
    """
    drawn = 0
    for chapter in contents.chapters:
        if is_current(contents, chapter.notebook):
            continue
        drawn += _draw(contents, chapter, progress)
    return drawn


def _draw(contents: Contents, chapter: Chapter, progress: Callable[[str], None]) -> int:
    lang, out = contents.lang, contents.reports
    labels = contents.vocabulary.labels(chapter.notebook)
    for part in chapter.exhibits:
        progress(part.id)
        exhibit, frame = part.recorded.exhibit, part.recorded.frame
        if isinstance(part, FigurePart):
            figure = draw(frame, exhibit, labels, lang)
            save_figure(figure, exhibit, frame, part.recorded.colophon, lang, part.alt, out)
        else:
            page = out / lang / "tables" / f"{part.id}.html"
            write_atomic(page, grid_html(part.grid).encode())
    return len(chapter.exhibits)
