"""Styles of figures as files: one YAML file holds everything that a style decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from compendium.errors import UserError
from compendium.registry import registered
from compendium.strict_yaml import Document, load_strict, refuse_unknown

FOLDER = Path(__file__).with_name("styles")
HOUSE = "screen"
OWN_STYLE = Path("notebooks/plan/style.yml")
"""An author's own style, below the project's folder."""
COLOPHONS = ("full", "short", "none")
PDF_FONTS = {"outlines": 3, "truetype": 42}
"""Type of the font embedded in a PDF."""

_POINTS = {"pt": 1.0, "mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0}
# A narrower figure holds no words, a wider one no page.
NARROWEST, WIDEST = 40.0, 1000.0
COLUMNS = {"single": "85mm", "double": "178mm"}
"""Named widths: one column of most journals, and both with the space between them."""
_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(pt|mm|cm|in)")
_COLOUR = re.compile(r"(#[0-9a-f]{6})(?: ([/\\|+xoO.*-]+))?", re.IGNORECASE)
# Sizes and dots per inch within which a figure is still one.
_RANGES = {"margin": (0.0, 72.0), "magnification": (0.5, 4.0), "size": (4.0, 24.0)}
DPI_RANGE = (50, 2400)
_GREY_SHADES = ("greys", "grays", "gray", "grey", "binary", "gist_gray", "gist_yarg")
_SHOW = ("title", "note", "colophon")
_MAPPINGS = ("evidence", "meanings", "marks")
_LISTS = ("series", "parts")
_KEYS = (
    *("base", "width", "margin", "magnification", "dpi", "pdf_font", "show", "sizes", "shades"),
    *_MAPPINGS,
    *_LISTS,
)


@dataclass(frozen=True)
class Fill:
    """How an area is filled: a colour, and a hatch where lightness alone does not tell."""

    colour: str
    hatch: str | None = None


@dataclass(frozen=True)
class Style:
    """Everything that one figure may look like and another not.

    Attributes
    ----------
    width
        Width on paper in points.
    margin, sizes
        Points before magnification; sizes by the role of the type.
    colophon
        "full", "short" or "none".
    colophon_lines
        Lines kept free for the colophon.
    meanings, marks, evidence
        Fills by code, by role in a form, by kind of evidence.
    """

    name: str
    width: float
    margin: float
    magnification: float
    dpi: int
    pdf_font: str
    title: bool
    note: bool
    colophon: str
    sizes: Mapping[str, float]
    shades: str
    evidence: Mapping[str, Fill]
    meanings: Mapping[str, Fill]
    marks: Mapping[str, Fill]
    series: tuple[str, ...]
    parts: tuple[Fill, ...]
    colophon_lines: int = field(default=2)

    @property
    def page(self) -> float:
        """Width of the page in points before magnification."""
        return self.width / self.magnification

    @property
    def grey(self) -> bool:
        """Whether it has no colour at all."""
        fills = (*self.evidence.values(), *self.meanings.values(), *self.marks.values())
        colours = (*(fill.colour for fill in (*fills, *self.parts)), *self.series)
        tones = all(one[1:3].lower() == one[3:5].lower() == one[5:7].lower() for one in colours)
        return tones and self.shades.lower().removesuffix("_r") in _GREY_SHADES

    def without(self, *parts: str) -> Style:
        """Leave out title, note or colophon.

        Raises
        ------
        UserError
            A figure has no such part.
        """
        for part in parts:
            if part not in _SHOW:
                raise _unknown("part of a figure", part, _SHOW)
        return replace(
            self,
            title=self.title and "title" not in parts,
            note=self.note and "note" not in parts,
            colophon="none" if "colophon" in parts else self.colophon,
        )


def house_styles() -> tuple[str, ...]:
    """Names of the styles that come with the package."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))


@cache
def named_style(name: str) -> Style:
    """Return one of the package's styles, with the colours of the study's codes.

    Raises
    ------
    UserError
        There is none of this name.
    """
    if name not in house_styles():
        raise _unknown("style", name, house_styles(), "; or name a file that ends in .yml")
    found = read_style(FOLDER / f"{name}.yml")
    own: Mapping[str, Mapping[str, str]] = registered().part("colours") or {}
    fills = {code: _as_fill(colour) for code, colour in own.get(name, {}).items()}
    return replace(found, meanings={**found.meanings, **fills})


def find_style(chosen: str | None, root: Path) -> Style:
    """Find a style by name or file; by default the author's own, else the house style.

    Raises
    ------
    UserError
        No such style, or the file is none.
    """
    if chosen is None:
        own = root / OWN_STYLE
        return read_style(own) if own.is_file() else named_style(HOUSE)
    if chosen.endswith((".yml", ".yaml")):
        return read_style(Path(chosen))
    return named_style(chosen)


def read_style(path: Path) -> Style:
    """Read a style; what it does not say is as in its `base`, by default the house style.

    Raises
    ------
    UserError
        With file and line: unknown key, length, colour, colour map or base; out of range.
    """
    doc = load_strict(path)
    refuse_unknown(doc, (), _KEYS)
    if path == FOLDER / f"{HOUSE}.yml":
        return Style(name=HOUSE, **_changes(doc, None))
    base = doc.at("base", default=HOUSE)
    if base not in house_styles():
        raise doc.error(f"no style {base!r}", f"use one of {_listed(house_styles())}", "base")
    found = named_style(base)
    return replace(found, name=path.stem, **_changes(doc, found))


def points_of(length: str) -> float:
    """Turn "85mm", "8.5cm", "3.35in", "240pt", "single" or "double" into points.

    Raises
    ------
    UserError
        Not a length, or none that a figure can have.
    """
    mend = "give for example single, double, 85mm, 8.5cm, 3.35in or 240pt"
    matched = _LENGTH.fullmatch(COLUMNS.get(length, length).strip())
    if matched is None:
        raise UserError("this is no width", mend, value=length)
    points = float(matched[1]) * _POINTS[matched[2]]
    if not NARROWEST <= points / _POINTS["mm"] <= WIDEST:
        limits = f"{NARROWEST:g} mm to {WIDEST:g} mm"
        raise UserError(f"no figure has this width, only {limits}", mend, value=length)
    return points


def millimetres(points: float) -> float:
    """Turn points into millimetres."""
    return points / _POINTS["mm"]


def _changes(doc: Document, base: Style | None) -> dict[str, Any]:
    """Read what a document says, as attributes of a style; all of it where there is no base."""
    given = doc.mapping()
    found: dict[str, Any] = {}
    for key in ("margin", "magnification"):
        if key in given:
            found[key] = _number(doc, _RANGES[key], key)
    if "width" in given:
        found["width"] = _width(doc)
    if "dpi" in given:
        found["dpi"] = int(_number(doc, DPI_RANGE, "dpi"))
    if "pdf_font" in given:
        found["pdf_font"] = _choice(doc, tuple(PDF_FONTS), "pdf_font")
    if "shades" in given:
        found["shades"] = _shades(doc)
    if "show" in given:
        found |= _shown(doc)
    if "sizes" in given:
        found["sizes"] = _sizes(doc, base)
    for key in _MAPPINGS:
        if key in given:
            found[key] = _fills(doc, key, base)
    if "series" in given:
        found["series"] = tuple(_fill(doc, "series", i).colour for i in _positions(doc, "series"))
    if "parts" in given:
        found["parts"] = tuple(_fill(doc, "parts", i) for i in _positions(doc, "parts"))
    return found


def _width(doc: Document) -> float:
    try:
        return points_of(doc.string("width"))
    except UserError as error:
        raise doc.error(error.problem, error.mend, "width", value=doc.at("width")) from None


def _number(doc: Document, limits: tuple[float, float], *keys: str) -> float:
    value = doc.at(*keys)
    low, high = limits
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        mend = f"give a number from {low:g} to {high:g}"
        raise doc.error(f"'{'.'.join(keys)}' can't be this", mend, *keys, value=value)
    return float(value)


def _choice(doc: Document, known: tuple[str, ...], *keys: str) -> str:
    value = doc.at(*keys)
    if value not in known:
        mend = f"use one of {_listed(known)}"
        raise doc.error(f"'{'.'.join(keys)}' can't be this", mend, *keys, value=value)
    return str(value)


def _truth(doc: Document, *keys: str) -> bool:
    value = doc.at(*keys)
    if not isinstance(value, bool):
        raise doc.error(
            f"'{'.'.join(keys)}' can't be this", "use true or false", *keys, value=value
        )
    return value


def _shades(doc: Document) -> str:
    from matplotlib import colormaps

    name = doc.string("shades")
    if name not in colormaps:
        mend = "use one such as Blues, Greys, Greens, viridis"
        raise doc.error("matplotlib has no such colour map", mend, "shades", value=name)
    return name


def _shown(doc: Document) -> dict[str, Any]:
    refuse_unknown(doc, ("show",), _SHOW)
    found: dict[str, Any] = {}
    for part in doc.mapping("show"):
        if part == "colophon":
            found[part] = _choice(doc, COLOPHONS, "show", part)
        else:
            found[part] = _truth(doc, "show", part)
    return found


def _sizes(doc: Document, base: Style | None) -> dict[str, float]:
    if base is not None:
        refuse_unknown(doc, ("sizes",), base.sizes)
    given = {role: _number(doc, _RANGES["size"], "sizes", role) for role in doc.mapping("sizes")}
    return {**(base.sizes if base else {}), **given}


def _fills(doc: Document, key: str, base: Style | None) -> dict[str, Fill]:
    """Read colours by name; codes of the study are free, marks and kinds of evidence are not."""
    known: Mapping[str, Fill] = getattr(base, key) if base else {}
    if base is not None and key != "meanings":
        refuse_unknown(doc, (key,), known)
    return {**known, **{str(name): _fill(doc, key, name) for name in doc.mapping(key)}}


def _positions(doc: Document, key: str) -> range:
    count = len(doc.sequence(key))
    if not count:
        raise doc.error(f"'{key}' is empty", "give at least one colour", key)
    return range(count)


def _fill(doc: Document, *keys: str | int) -> Fill:
    value = doc.at(*keys)
    try:
        return _as_fill(str(value))
    except UserError as error:
        raise doc.error(error.problem, error.mend, *keys, value=value) from None


def _as_fill(text: str) -> Fill:
    matched = _COLOUR.fullmatch(text)
    if matched is None:
        mend = 'write it as "#rrggbb", with a hatch if wanted: "#dcdcdc ///"'
        raise UserError("this is no colour", mend, value=text)
    return Fill(matched[1].lower(), matched[2])


def _unknown(what: str, name: str, known: tuple[str, ...], more: str = "") -> UserError:
    near = get_close_matches(name, known, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return UserError(f"unknown {what} '{name}'", f"{guess}known: {_listed(known)}{more}")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
