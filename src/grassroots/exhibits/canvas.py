"""The page of a figure: badge, title, body, note and colophon, measured before anything is drawn.

All lengths are points from the top left corner, so a figure grows with its content and nothing
has to be moved afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text as TextArtist
from matplotlib.transforms import Affine2D, Transform

from grassroots.exhibits.colours import EVIDENCE_COLOURS
from grassroots.exhibits.protocols import ExhibitPlan
from grassroots.exhibits.style import (
    COLOPHON_SIZE,
    FAINT_INK,
    INK,
    LEADING,
    NOTE_SIZE,
    SMALL_SIZE,
    SOFT_INK,
    TITLE_SIZE,
)
from grassroots.exhibits.typeset import height_of, measure, wrap, wrap_evenly
from grassroots.exhibits.words import CLAIM, CLAIMS, EVIDENCE_WORDS, SEPARATOR
from grassroots.text import Lang

POINTS_PER_INCH = 72.0
# Height of the middle of capitals, digits and ideographs over the baseline, in the packaged font.
BASELINE = 0.37
# 178 mm: the text width of A4 and of a double column in most journals.
PAGE_WIDTH = 504.0
MARGIN = 12.0
INNER_WIDTH = PAGE_WIDTH - 2 * MARGIN
_BADGE_HEIGHT = 15.0
_BAND_HEIGHT = 26.0
_BAND_SIZE = 12.0
_BAND_MIDDLE = 16.0
_COLOPHON_LINES = 2
_COLOPHON = "colophon-"
_BORDER = 5.0


@dataclass(frozen=True)
class Sheet:
    """A figure with a place for everything, in points from its top left corner."""

    figure: Figure
    width: float
    height: float

    @property
    def points(self) -> Transform:
        """Points from the top left corner, to pixels."""
        flipped = Affine2D().scale(1 / POINTS_PER_INCH, -1 / POINTS_PER_INCH)
        return flipped.translate(0, self.height / POINTS_PER_INCH) + self.figure.dpi_scale_trans

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes that fill a rectangle."""
        bottom = self.height - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box)

    def text(
        self, x: float, y: float, lines: Sequence[str], size: float = SMALL_SIZE, **style: Any
    ) -> None:
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


class Body(Protocol):
    """What stands between title and note: it knows its height before it is drawn."""

    @property
    def height(self) -> float:
        """Height in points."""
        ...

    def draw(self, sheet: Sheet, top: float) -> None:
        """Draw from `top` downwards, within the margins."""
        ...


def compose(exhibit: ExhibitPlan, body: Body, lang: Lang) -> Figure:
    """Set a figure: evidence, title, body, note, and room for the colophon."""
    title = wrap_evenly(exhibit.title[lang], INNER_WIDTH, TITLE_SIZE)
    note = wrap(exhibit.note[lang], INNER_WIDTH, NOTE_SIZE) if exhibit.note else ()
    heading_top = _heading_top(exhibit)
    body_top = heading_top + height_of(len(title), TITLE_SIZE) + 7
    note_top = body_top + body.height + 9
    colophon_top = note_top + height_of(len(note), NOTE_SIZE) + (4 if note else 0)
    sheet = _sheet(colophon_top + height_of(_COLOPHON_LINES, COLOPHON_SIZE) + MARGIN - 5)
    _draw_evidence(sheet, exhibit, lang)
    sheet.text(MARGIN, heading_top, title, TITLE_SIZE)
    body.draw(sheet, body_top)
    sheet.text(MARGIN, note_top, note, NOTE_SIZE, color=SOFT_INK)
    for i in range(_COLOPHON_LINES):
        top = colophon_top + height_of(i, COLOPHON_SIZE)
        sheet.text(MARGIN, top, [""], COLOPHON_SIZE, color=FAINT_INK, gid=f"{_COLOPHON}{i}")
    return sheet.figure


def write_colophon(figure: Figure, line: str) -> None:
    """Put the colophon into the place that `compose` left for it; too long a line ends in dots."""
    lines = list(wrap(line, INNER_WIDTH, COLOPHON_SIZE))
    if len(lines) > _COLOPHON_LINES:
        lines = lines[:_COLOPHON_LINES]
        while measure(lines[-1] + "…", COLOPHON_SIZE) > INNER_WIDTH:
            lines[-1] = lines[-1][:-1]
        lines[-1] += "…"
    places = {artist.get_gid(): artist for artist in figure.findobj(TextArtist)}
    for i, text in enumerate(lines):
        places[f"{_COLOPHON}{i}"].set_text(text)


def _sheet(height: float) -> Sheet:
    figure = Figure(figsize=(PAGE_WIDTH / POINTS_PER_INCH, height / POINTS_PER_INCH))
    return Sheet(figure, PAGE_WIDTH, height)


def _heading_top(exhibit: ExhibitPlan) -> float:
    top = MARGIN
    if "stand-in" in exhibit.evidence:
        top += _BAND_HEIGHT
    if _calm(exhibit) or (exhibit.claims and "stand-in" not in exhibit.evidence):
        top += _BADGE_HEIGHT + 6
    return top


def _calm(exhibit: ExhibitPlan) -> list[str]:
    return [kind for kind in EVIDENCE_WORDS if kind in exhibit.evidence and kind != "stand-in"]


def _draw_evidence(sheet: Sheet, exhibit: ExhibitPlan, lang: Lang) -> None:
    top = MARGIN
    claims = (top + _BADGE_HEIGHT / 2, FAINT_INK)
    if "stand-in" in exhibit.evidence:
        _draw_band(sheet, EVIDENCE_WORDS["stand-in"][lang])
        claims = (_BAND_MIDDLE, "white")
        top += _BAND_HEIGHT
    left = MARGIN
    for kind in _calm(exhibit):
        left += _draw_badge(sheet, left, top, EVIDENCE_WORDS[kind][lang], kind) + 6
    if exhibit.claims:
        words = claim_words(exhibit.claims, lang)
        place = {"ha": "right", "va": "center", "color": claims[1]}
        sheet.text(sheet.width - MARGIN, claims[0], [words], NOTE_SIZE, **place)


def claim_words(claims: Sequence[str], lang: Lang) -> str:
    """Name the claims that an exhibit speaks to."""
    word = (CLAIM if len(claims) == 1 else CLAIMS)[lang]
    return f"{word} {SEPARATOR[lang].join(claims)}"


def _draw_badge(sheet: Sheet, left: float, top: float, words: str, kind: str) -> float:
    width = measure(words, NOTE_SIZE) + 12
    sheet.box(left, top, width, _BADGE_HEIGHT, facecolor=EVIDENCE_COLOURS[kind])
    middle = (left + width / 2, top + _BADGE_HEIGHT / 2)
    sheet.text(*middle, [words], NOTE_SIZE, ha="center", va="center", color="white")
    return width


def _draw_band(sheet: Sheet, words: str) -> None:
    colour = EVIDENCE_COLOURS["stand-in"]
    frame = {"facecolor": "none", "edgecolor": colour, "linewidth": 2 * _BORDER}
    sheet.box(0, 0, sheet.width, sheet.height, **frame)
    sheet.box(0, 0, sheet.width, _BAND_HEIGHT + 4, facecolor=colour)
    sheet.text(MARGIN, _BAND_MIDDLE, [words], _BAND_SIZE, va="center", color="white")
