"""The page of a figure: badge, title, body, note and colophon, measured before anything is drawn.

All lengths are points from the top left corner, so a figure grows with its content and nothing
has to be moved afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Tick
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text as TextArtist
from matplotlib.transforms import Affine2D, Transform

from compendium.exhibits.colours import evidence_colour
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.style import (
    FAINT_INK,
    INK,
    LEADING,
    SOFT_INK,
    active,
    inner_width,
    margin,
    page_width,
    type_size,
)
from compendium.exhibits.typeset import height_of, measure, wrap, wrap_evenly
from compendium.exhibits.words import CLAIM, CLAIMS, EVIDENCE_WORDS, SEPARATOR
from compendium.text import Lang, Text

POINTS_PER_INCH = 72.0
# Height of the middle of capitals, digits and ideographs over the baseline, in the packaged font.
BASELINE = 0.37
_BADGE_HEIGHT = 15.0
# Height of the band over its type.
_BAND_ROOM = 14.0
_BAND_SPACE = 8.0
_BORDER = 5.0
# Least space between the band's words and the claims.
_BETWEEN = 10.0
_COLOPHON = "colophon-"
BODY = "body"
"""Begins the name of a figure's group in an SVG; the heights of the body's ends follow."""


@dataclass(frozen=True)
class Sheet:
    """A figure with a place for everything, in points from its top left corner."""

    figure: Figure
    width: float
    height: float

    @property
    def points(self) -> Transform:
        """Points from the top left corner, to pixels."""
        inch = active().magnification / POINTS_PER_INCH
        flipped = Affine2D().scale(inch, -inch).translate(0, inches(self.height))
        return flipped + self.figure.dpi_scale_trans

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes that fill a rectangle."""
        bottom = self.height - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box)

    def text(self, x: float, y: float, lines: Sequence[str], size: float, **style: Any) -> None:
        """Write lines, the first one's top at y.

        With va="center" or "bottom" y is the middle or the foot of all lines. Lines are placed one
        by one, because matplotlib's own line height depends on the letters.
        """
        pitch = size * LEADING
        up = {"top": 0.0, "center": 0.5, "bottom": 1.0}[style.pop("va", "top")]
        first = y - up * pitch * len(lines) + pitch / 2 + BASELINE * size
        placed = {"ha": "left", "color": INK, **style, "fontsize": size, "va": "baseline"}
        for i, line in enumerate(lines):
            self.figure.text(x, first + i * pitch, line, transform=self.points, **placed)

    def line(self, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
        """Draw a line."""
        self.figure.add_artist(Line2D(xs, ys, transform=self.points, **style))

    def box(self, left: float, top: float, width: float, height: float, **style: Any) -> None:
        """Draw a rectangle."""
        style = {"linewidth": 0, **style}
        self.figure.add_artist(
            Rectangle((left, top), width, height, transform=self.points, **style)
        )


@dataclass
class TooNarrowError(Exception):
    """The page is too narrow for what stands on it.

    Attributes
    ----------
    why
        What has no room.
    """

    why: str


class Body(Protocol):
    """What stands between title and note: it knows its height before it is drawn."""

    @property
    def height(self) -> float:
        """Height in points."""
        ...

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw from `top` downwards, within the margins."""
        ...


def compose(exhibit: ExhibitPlan, body: Body, lang: Lang, figure: Figure | None = None) -> Figure:
    """Set a figure: evidence, title, subtitle, body, note, source, and room for the colophon.

    With `figure` the page is laid round what is drawn on that.
    """
    style = active()
    title = wrap_evenly(exhibit.title[lang], inner_width(), type_size("title"))
    below = _wrapped(exhibit.subtitle, lang) if style.title else ()
    note = (*_wrapped(exhibit.note, lang), *_wrapped(exhibit.source, lang)) if style.note else ()
    title = title if style.title else ()
    heading_top = _heading_top(exhibit, lang)
    below_top = heading_top + height_of(len(title), type_size("title")) + (2 if below else 0)
    body_top = below_top + height_of(len(below), type_size("note")) + (7 if title else 0)
    note_top = body_top + body.height + 9
    colophon_top = note_top + height_of(len(note), type_size("note")) + (4 if note else 0)
    foot = height_of(style.colophon_lines, type_size("colophon"))
    sheet = _sheet(colophon_top + foot + max(margin() - 5, min(margin(), 6)), figure)
    _draw_evidence(sheet, exhibit, lang)
    sheet.text(margin(), heading_top, title, type_size("title"))
    sheet.text(margin(), below_top, below, type_size("note"), color=SOFT_INK)
    body.draw(sheet, body_top)
    sheet.figure.set_gid(_body_mark(body_top, body_top + body.height))
    sheet.text(margin(), note_top, note, type_size("note"), color=SOFT_INK)
    for i in range(style.colophon_lines):
        top = colophon_top + height_of(i, type_size("colophon"))
        place: dict[str, Any] = {"color": FAINT_INK, "gid": f"{_COLOPHON}{i}"}
        sheet.text(margin(), top, [""], type_size("colophon"), **place)
    return magnified(sheet.figure, style.magnification)


def _wrapped(text: Text | None, lang: Lang) -> tuple[str, ...]:
    """Lines of a text in the type of notes."""
    return tuple(wrap(text[lang].strip(), inner_width(), type_size("note"))) if text else ()


def _body_mark(top: float, foot: float) -> str:
    """Name of a figure's group in an SVG: where its body stands, for `report.bare`."""
    return f"{BODY}-{inches(top) * POINTS_PER_INCH:.1f}-{inches(foot) * POINTS_PER_INCH:.1f}"


def write_colophon(figure: Figure, line: str) -> None:
    """Put the colophon into the place that `compose` left for it; too long a line ends in dots."""
    places = {artist.get_gid(): artist for artist in figure.findobj(TextArtist)}
    room = active().colophon_lines
    lines = list(wrap(line, inner_width(), type_size("colophon")))
    if len(lines) > room > 0:
        lines = lines[:room]
        while measure(lines[-1] + "…", type_size("colophon")) > inner_width():
            lines[-1] = lines[-1][:-1]
        lines[-1] += "…"
    for i, text in enumerate(lines[:room]):
        places[f"{_COLOPHON}{i}"].set_text(text)


def colophon_lines(line: str) -> int:
    """Count the lines that a colophon takes in the active style."""
    return len(wrap(line, inner_width(), type_size("colophon")))


def magnified(figure: Figure, times: float) -> Figure:
    """Enlarge type, strokes and marks of a figure that is laid out in smaller points."""
    if times != 1:
        for artist in figure.findobj():
            _magnify(artist, times)
    return figure


def _magnify(artist: Artist, times: float) -> None:
    if isinstance(artist, TextArtist):
        artist.set_fontsize(float(artist.get_fontsize()) * times)
    elif isinstance(artist, Line2D):
        artist.set_markersize(artist.get_markersize() * times)
        artist.set_markeredgewidth(artist.get_markeredgewidth() * times)
        artist.set_linewidth(artist.get_linewidth() * times)
    elif isinstance(artist, Patch):
        artist.set_linewidth(artist.get_linewidth() * times)
    elif isinstance(artist, Collection):
        artist.set_linewidth([width * times for width in np.atleast_1d(artist.get_linewidth())])
    elif isinstance(artist, Tick):
        artist.set_pad(artist._pad * times)  # type: ignore[attr-defined]


def inches(points: float) -> float:
    """Turn points of the layout into inches on paper."""
    return points / POINTS_PER_INCH * active().magnification


def _sheet(height: float, figure: Figure | None) -> Sheet:
    figure = figure or Figure()
    figure.set_size_inches(inches(page_width()), inches(height))
    return Sheet(figure, page_width(), height)


def _heading_top(exhibit: ExhibitPlan, lang: Lang) -> float:
    top = margin()
    if "stand-in" in exhibit.evidence:
        top += _band_height()
    if _calm(exhibit) or (exhibit.claims and not _claims_in_band(exhibit, lang)):
        top += _BADGE_HEIGHT + 6
    return top


def _calm(exhibit: ExhibitPlan) -> list[str]:
    return [kind for kind in EVIDENCE_WORDS if kind in exhibit.evidence and kind != "stand-in"]


def _claims_in_band(exhibit: ExhibitPlan, lang: Lang) -> bool:
    if "stand-in" not in exhibit.evidence:
        return False
    words = measure(EVIDENCE_WORDS["stand-in"][lang], type_size("band"))
    claims = measure(claim_words(exhibit.claims, lang), type_size("note"))
    return words + claims + _BETWEEN <= inner_width()


def _band_height() -> float:
    return type_size("band") + _BAND_ROOM


def _draw_evidence(sheet: Sheet, exhibit: ExhibitPlan, lang: Lang) -> None:
    top = margin()
    claims = (_band_middle(), "white")
    if "stand-in" in exhibit.evidence:
        _draw_band(sheet, EVIDENCE_WORDS["stand-in"][lang])
        top += _band_height()
    if not _claims_in_band(exhibit, lang):
        claims = (top + _BADGE_HEIGHT / 2, FAINT_INK)
    left = margin()
    for kind in _calm(exhibit):
        left += _draw_badge(sheet, left, top, EVIDENCE_WORDS[kind][lang], kind) + 6
    if exhibit.claims:
        words = claim_words(exhibit.claims, lang)
        place = {"ha": "right", "va": "center", "color": claims[1]}
        sheet.text(sheet.width - margin(), claims[0], [words], type_size("note"), **place)


def claim_words(claims: Sequence[str], lang: Lang) -> str:
    """Name the claims that an exhibit speaks to."""
    word = (CLAIM if len(claims) == 1 else CLAIMS)[lang]
    return f"{word} {SEPARATOR[lang].join(claims)}"


def _draw_badge(sheet: Sheet, left: float, top: float, words: str, kind: str) -> float:
    width = measure(words, type_size("note")) + 12
    sheet.box(left, top, width, _BADGE_HEIGHT, facecolor=evidence_colour(kind))
    middle = (left + width / 2, top + _BADGE_HEIGHT / 2)
    place: dict[str, Any] = {"ha": "center", "va": "center", "color": "white"}
    sheet.text(*middle, [words], type_size("note"), **place)
    return width


def _band_foot() -> float:
    """Foot of the band; between it and what follows is some space."""
    return margin() + _band_height() - _BAND_SPACE


def _band_middle() -> float:
    return _band_foot() / 2 + 1


def _draw_band(sheet: Sheet, words: str) -> None:
    colour = evidence_colour("stand-in")
    border = 2 * min(_BORDER, margin() / 2)
    frame = {"facecolor": "none", "edgecolor": colour, "linewidth": border}
    sheet.box(0, 0, sheet.width, sheet.height, **frame)
    sheet.box(0, 0, sheet.width, _band_foot(), facecolor=colour)
    place = (margin(), _band_middle())
    sheet.text(*place, [words], type_size("band"), va="center", color="white")
