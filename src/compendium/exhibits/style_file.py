"""Styles of figures as files: one YAML file holds everything that a style decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StrictBool

from compendium.errors import UserError
from compendium.registry import registered
from compendium.strict_model import BY_TEXT, Written, fault, read_typed
from compendium.strict_yaml import load_strict, refuse_unknown

FOLDER = Path(__file__).with_name("styles")
HOUSE = "screen"
OWN_STYLE = Path("notebooks/plan/style.yml")
"""An author's own style, below the project's folder."""
PDF_FONTS = {"outlines": 3, "truetype": 42}
"""Type of the font embedded in a PDF."""

_POINTS = {"pt": 1.0, "mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0}
# A narrower figure holds no words, a wider one no page.
NARROWEST, WIDEST = 40.0, 1000.0
COLUMNS = {"single": "85mm", "double": "178mm"}
"""Named widths: one column of most journals, and both with the space between them."""
_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(pt|mm|cm|in)")
_COLOUR = re.compile(r"(#[0-9a-f]{6})(?: ([/\\|+xoO.*-]+))?", re.IGNORECASE)
DPI_RANGE = (50, 2400)
_GREY_SHADES = ("greys", "grays", "gray", "grey", "binary", "gist_gray", "gist_yarg")
_SHOW = ("title", "note", "colophon")
_MAPPINGS = ("evidence", "meanings", "marks")


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
    fills = {code: _fill(colour) for code, colour in own.get(name, {}).items()}
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
    found = read_typed(doc, _StyleFile)
    said = {key: value for key, value in vars(found).items() if value is not None}
    if "series" in said:
        said["series"] = tuple(fill.colour for fill in said["series"])
    said |= {
        key: value for key, value in vars(said.pop("show", _Show())).items() if value is not None
    }
    if path == FOLDER / f"{HOUSE}.yml":
        return Style(name=HOUSE, **said)
    base = said.pop("base", HOUSE)
    if base not in house_styles():
        raise doc.error(f"no style {base!r}", f"use one of {_listed(house_styles())}", "base")
    under = named_style(base)
    for key in ("sizes", *_MAPPINGS):
        if key in said:
            known = getattr(under, key)
            if (
                key != "meanings"
            ):  # codes of the study are free, marks and kinds of evidence are not
                refuse_unknown(doc, (key,), known)
            said[key] = {**known, **said[key]}
    return replace(under, name=path.stem, **said)


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


def _between(low: float, high: float) -> BeforeValidator:
    def check(value: Any) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise fault(
                "'{place}' can't be this", f"give a number from {low:g} to {high:g}", value=value
            )
        return float(value)

    return BeforeValidator(check)


def _width(value: Any) -> float:
    if not isinstance(value, str):
        raise fault("'{place}' is not a text", "write it with its unit, 85mm", value=value)
    try:
        return points_of(value)
    except UserError as error:
        raise fault(error.problem, error.mend, value=value) from None


def _colour_map(name: str) -> str:
    from matplotlib import colormaps

    if name not in colormaps:
        mend = "use one such as Blues, Greys, Greens, viridis"
        raise fault("matplotlib has no such colour map", mend, value=name)
    return name


def _fill(value: Any) -> Fill:
    matched = _COLOUR.fullmatch(str(value))
    if matched is None:
        mend = 'write it as "#rrggbb", with a hatch if wanted: "#dcdcdc ///"'
        raise fault("this is no colour", mend, value=value)
    return Fill(matched[1].lower(), matched[2])


_Fill = Annotated[Fill, BeforeValidator(_fill)]
_Fills = Annotated[dict[str, _Fill], BY_TEXT]
_Size = Annotated[float, _between(4, 24)]


@dataclass(frozen=True)
class _Show(Written):
    title: StrictBool | None = None
    note: StrictBool | None = None
    colophon: Literal["full", "short", "none"] | None = None


@dataclass(frozen=True)
class _StyleFile(Written):
    """What a file says; None where it says nothing."""

    base: str | None = None
    width: Annotated[float, PlainValidator(_width)] | None = None
    margin: Annotated[float, _between(0, 72)] | None = None
    magnification: Annotated[float, _between(0.5, 4)] | None = None
    dpi: Annotated[int, _between(*DPI_RANGE)] | None = None
    pdf_font: Literal["outlines", "truetype"] | None = None
    show: _Show | None = None
    sizes: dict[str, _Size] | None = None
    shades: Annotated[str, AfterValidator(_colour_map)] | None = None
    evidence: _Fills | None = None
    meanings: _Fills | None = None
    marks: _Fills | None = None
    series: Annotated[tuple[_Fill, ...], Field(min_length=1)] | None = None
    parts: Annotated[tuple[_Fill, ...], Field(min_length=1)] | None = None


def _unknown(what: str, name: str, known: tuple[str, ...], more: str = "") -> UserError:
    near = get_close_matches(name, known, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return UserError(f"unknown {what} '{name}'", f"{guess}known: {_listed(known)}{more}")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
