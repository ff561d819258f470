"""Recorded exhibits drawn again in another style, width or format; no model is refitted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from compendium.exhibits.canvas import colophon_lines
from compendium.exhibits.colophon import Colophon
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.labels import Labels
from compendium.exhibits.recorded import RecordedExhibit, csv_bytes
from compendium.exhibits.save import render_figure
from compendium.exhibits.style import using
from compendium.exhibits.style_file import HOUSE, Style, millimetres
from compendium.exhibits.tables import table_html
from compendium.plan.check_wording import texts_of
from compendium.text import Lang

TABLE_FORMATS = ("html", "csv")


@dataclass(frozen=True)
class Restyled:
    """An exhibit drawn again: its files by ending."""

    id: str
    files: Mapping[str, bytes]


def restyled_figure(
    recorded: RecordedExhibit, labels: Labels, lang: Lang, style: Style, formats: Sequence[str]
) -> Restyled:
    """Draw a recorded figure in a style.

    Besides the pictures there are the alternative text (txt) and what it was made from and how
    (json). In the house style the bytes of pictures and text are those of the run.

    Raises
    ------
    UserError
        The figure does not fit the width; says which it needs.
    """
    exhibit, frame = recorded.exhibit, recorded.frame
    with using(with_room(style, recorded.colophon, lang)):
        figure = draw(frame, exhibit, labels, lang)
        alt = describe(frame, exhibit, labels, lang)
        drawn = render_figure(figure, exhibit, recorded.colophon, lang, alt, formats)
    told = {
        **_origin(recorded, lang),
        "alt": alt,
        "style": style.name,
        "width_mm": round(millimetres(style.width), 2),
        "dpi": style.dpi,
    }
    return Restyled(
        exhibit.id, {**drawn.files, "txt": f"{alt}\n".encode(), "json": _json_bytes(told)}
    )


def restyled_table(
    recorded: RecordedExhibit, labels: Labels, lang: Lang, formats: Sequence[str]
) -> Restyled:
    """Write a recorded table again, with what it was made from (json)."""
    exhibit, frame = recorded.exhibit, recorded.frame
    files = {"json": _json_bytes(_origin(recorded, lang))}
    if "html" in formats:
        files["html"] = table_html(frame, exhibit, labels, lang, recorded.colophon).encode()
    if "csv" in formats:
        files["csv"] = csv_bytes(frame)
    return Restyled(exhibit.id, files)


def marked(drawn: Restyled, others: Mapping[str, str]) -> Restyled:
    """Say in an exhibit's origin which packages drew it that are not the lock's, if any."""
    if not others:
        return drawn
    told = {**json.loads(drawn.files["json"]), "drawn_with_other_packages": dict(others)}
    return replace(drawn, files={**drawn.files, "json": _json_bytes(told)})


def with_room(style: Style, colophon: Colophon, lang: Lang) -> Style:
    """Keep as many lines free as the colophon takes; the house style always keeps the same."""
    if style.colophon == "none":
        return replace(style, colophon_lines=0)
    if style.name == HOUSE and style.colophon == "full":
        return style
    with using(style):
        lines = colophon_lines(colophon.line(lang, short=style.colophon == "short"))
    return replace(style, colophon_lines=lines)


def _origin(recorded: RecordedExhibit, lang: Lang) -> dict[str, Any]:
    exhibit = recorded.exhibit
    words = {part: text[lang] for part, text in texts_of(exhibit).items() if part != "alt"}
    return {**json.loads(recorded.colophon.json_bytes()), "lang": lang, **words}


def _json_bytes(told: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True)}\n".encode()
