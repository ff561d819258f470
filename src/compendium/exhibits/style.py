"""The look of every figure, and the packaged font that it is set in.

What may differ between styles is asked of the active one while a figure is drawn: `type_size`,
`margin`, `page_width`, `inner_width`, and the colours in `colours`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text as TextArtist

from compendium.errors import UserError
from compendium.exhibits.style_file import HOUSE, PDF_FONTS, Style, named_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE_FILE = Path(__file__).with_name("compendium.mplstyle")

# A name of our own, so that no font of the system is taken in its place.
FONT_FAMILY = "Compendium Sans"
FONT_FILE = "NotoSansSC-Regular.ttf"

# Line height over font size; Chinese type needs more than Latin.
LEADING = 1.36

# Inner width in points (about 130 mm) below which forms lay out for one column.
NARROW = 370.0

INK = "#1a1a1a"
SOFT_INK = "#4d4d4d"
FAINT_INK = "#6b6b6b"
RULE = "#c4c4c4"
GRID = "#dedede"
EDGE = "#5a5a5a"

_LABEL_SIZES = ("axes.labelsize", "xtick.labelsize", "ytick.labelsize")
# Lengths that no artist holds, so that they can't be enlarged after drawing.
_MAGNIFIED = ("xtick.major.pad", "ytick.major.pad")

_ACTIVE: ContextVar[Style | None] = ContextVar("style", default=None)


@contextmanager
def using(style: Style) -> Iterator[None]:
    """Draw and save in another style than the house's within the block."""
    token = _ACTIVE.set(style)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


def active() -> Style:
    """Return the style that figures are drawn in now."""
    return _ACTIVE.get() or named_style(HOUSE)


def type_size(role: str) -> float:
    """Return the size of type of a role: title, text, small, note, case, band or colophon."""
    return active().sizes[role]


def margin() -> float:
    """Return the space around a figure in points."""
    return active().margin


def page_width() -> float:
    """Return the width of a figure in points, before it is magnified."""
    return active().page


def inner_width() -> float:
    """Return the width between the margins in points."""
    return page_width() - 2 * margin()


def is_narrow() -> bool:
    """Whether words have to stand over their marks instead of beside them."""
    return inner_width() < NARROW


@cache
def font_path() -> Path:
    """Path of Noto Sans SC as shipped by the package zhplot (SIL Open Font License).

    Raises
    ------
    UserError
        The package is not installed or has no such file.
    """
    spec = find_spec("zhplot")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "fonts" / FONT_FILE
        if path.is_file():
            return path
    raise UserError(f"the font {FONT_FILE} is missing", "install zhplot from requirements.lock")


@cache
def font() -> FT2Font:
    """Open the packaged font."""
    return FT2Font(str(font_path()))


@cache
def _characters() -> frozenset[int]:
    return frozenset(font().get_charmap())


@cache
def _settings() -> Any:
    entry = font_manager.ttfFontProperty(font())
    font_manager.fontManager.ttflist.append(replace(entry, name=FONT_FAMILY))
    return mpl.rc_params_from_file(STYLE_FILE, use_default_template=False)


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save with the active style, whatever the settings outside are."""
    settings, style = _settings(), active()
    changed: dict[Any, Any] = {
        "font.size": style.sizes["text"],
        **dict.fromkeys(_LABEL_SIZES, style.sizes["small"]),
        **{name: settings[name] * style.magnification for name in _MAGNIFIED},
        "pdf.fonttype": PDF_FONTS[style.pdf_font],
    }
    with mpl.rc_context():
        mpl.rcParams.update(settings)
        mpl.rcParams.update(changed)
        yield


def refuse_missing_glyphs(label: str) -> None:
    """Refuse a label with a character that would print as an empty box.

    Raises
    ------
    UserError
        Names the label and the character.
    """
    known = _characters()
    missing = next((c for c in label if c != "\n" and ord(c) not in known), None)
    if missing is not None:
        raise UserError(
            f"the font has no glyph for {missing!r} (U+{ord(missing):04X}) in a label",
            "write the label without it",
            value=label,
        )


def check_glyphs(figure: Figure) -> None:
    """Refuse a figure with a character that the font lacks; see `refuse_missing_glyphs`."""
    for artist in figure.findobj(TextArtist):
        refuse_missing_glyphs(artist.get_text())
