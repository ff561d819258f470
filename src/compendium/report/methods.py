"""What the methods of the ledger do: text, formulas and references, from one file of the plan."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from compendium.errors import UserError
from compendium.plan.read import PLAN_FOLDER
from compendium.report.bibliography import BIBLIOGRAPHY, Entry, bibliography
from compendium.stats.method_words import WORDS
from compendium.strict_yaml import Document, Key, load_strict, read_text, refuse_unknown
from compendium.text import Text

METHODS = PLAN_FOLDER / "methods.yml"

_ID = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_KEYS = ("id", "leads", "mentions", "title", "text", "formulas", "references")
_FONT_SIZE = 13
"""Points at which a formula stands beside text of 16 px."""
_PNG_DPI = 300
_NO_METADATA = {"svg": ("Date", "Creator", "Format", "Type"), "png": ("Software",)}
"""What matplotlib would write of itself and of the clock."""


@dataclass(frozen=True)
class Method:
    """A method in words of both languages.

    Attributes
    ----------
    leads, mentions
        Codes of `method_words.WORDS` that the methods it explains begin with, and codes anywhere
        in them.
    formulas
        LaTeX without the dollar signs, as far as matplotlib's mathtext goes.
    """

    id: str
    title: Text
    text: Text
    leads: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    references: tuple[Entry, ...] = ()

    def leads_to(self, codes: Sequence[str]) -> bool:
        """Whether a method of these words begins with one of its own."""
        return bool(codes) and codes[0] in self.leads

    def explains(self, codes: Sequence[str]) -> bool:
        """Whether it says something of a method of these words."""
        return self.leads_to(codes) or not set(codes).isdisjoint(self.mentions)


def methods(root: Path) -> tuple[Method, ...]:
    """Read `notebooks/plan/methods.yml`.

    Raises
    ------
    UserError
        With file and line, for anything unreadable, unknown, missing or double.
    """
    doc = load_strict(root / METHODS)
    refuse_unknown(doc, (), ("methods",))
    known = bibliography(root)
    found = tuple(_method(doc, i, known) for i in range(len(doc.sequence("methods"))))
    _refuse_doubles(doc, [(one.id, i) for i, one in enumerate(found)], "id")
    _refuse_doubles(doc, [(lead, i) for i, one in enumerate(found) for lead in one.leads], "lead")
    return found


def explanations(codes: Sequence[str], known: Iterable[Method]) -> tuple[Method, ...]:
    """Return the entries that explain a method of these words, the one it begins with first."""
    found = [one for one in known if one.explains(codes)]
    return tuple(sorted(found, key=lambda one: not one.leads_to(codes)))


def reference_words(reference: Entry) -> str:
    """Write a publication in one line, its DOI at the end where it is known."""
    doi = f" doi:{reference.doi}" if reference.doi else ""
    return reference.line + doi


@cache
def formula_svg(latex: str) -> bytes:
    """Draw a formula as SVG, its letters as outlines so that no font is needed.

    Raises
    ------
    UserError
        The formula holds what mathtext can't set.
    """
    return _drawn(latex, "svg")


@cache
def formula_png(latex: str) -> bytes:
    """Draw a formula as PNG at 300 dots an inch; see `formula_svg`."""
    return _drawn(latex, "png")


def _drawn(latex: str, form: Literal["svg", "png"]) -> bytes:
    from matplotlib import rc_context, rcdefaults, rcParams
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    try:
        with rc_context():
            rcdefaults()  # whatever an author has set: a formula has the same bytes everywhere
            rcParams.update({"svg.hashsalt": latex, "svg.fonttype": "path"})
            figure = Figure(figsize=(0.01, 0.01))
            figure.text(0, 0, f"${latex}$", fontsize=_FONT_SIZE, math_fontfamily="stix")
            figure.savefig(
                buffer,
                format=form,
                dpi=_PNG_DPI,
                bbox_inches="tight",
                pad_inches=0.02,
                transparent=True,
                metadata=dict.fromkeys(_NO_METADATA[form]),
            )
    except ValueError as error:
        said = str(error).strip().splitlines()[-1]
        raise UserError(
            f"a formula can't be set: {said}",
            "write it with the LaTeX that matplotlib knows",
            file=METHODS,
            value=latex,
        ) from error
    return buffer.getvalue()


def _method(doc: Document, i: int, known: Mapping[str, Entry]) -> Method:
    at: tuple[Key, ...] = ("methods", i)
    refuse_unknown(doc, at, _KEYS)
    name = doc.string(*at, "id")
    if not _ID.fullmatch(name):
        mend = "use small letters, digits and _"
        raise doc.error("an id that can't stand in an address", mend, *at, "id", value=name)
    leads, mentions = _strings(doc, *at, "leads"), _strings(doc, *at, "mentions")
    if not leads and not mentions:
        raise doc.error(f"the method '{name}' explains nothing", "add 'leads' or 'mentions'", *at)
    for code in (*leads, *mentions):
        if code not in WORDS:
            mend = "use a code of compendium.stats.method_words"
            raise doc.error("no word of a method has this code", mend, *at, value=code)
    references = (
        _reference(doc, known, *at, "references", j)
        for j in range(len(_optional(doc, *at, "references")))
    )
    return Method(
        id=name,
        title=read_text(doc, *at, "title"),
        text=read_text(doc, *at, "text"),
        leads=leads,
        mentions=mentions,
        formulas=_strings(doc, *at, "formulas"),
        references=tuple(references),
    )


def _reference(doc: Document, known: Mapping[str, Entry], *at: Key) -> Entry:
    key = doc.string(*at)
    if key not in known:
        raise doc.error("no such entry", f"add it to {BIBLIOGRAPHY}", *at, value=key)
    return known[key]


def _optional(doc: Document, *at: Key) -> list[object]:
    return doc.sequence(*at) if doc.at(*at) is not None else []


def _strings(doc: Document, *at: Key) -> tuple[str, ...]:
    return tuple(doc.string(*at, i) for i in range(len(_optional(doc, *at))))


def _refuse_doubles(doc: Document, named: list[tuple[str, int]], what: str) -> None:
    seen: dict[str, int] = {}
    for name, i in named:
        if name in seen:
            raise doc.error(f"two methods have the {what} '{name}'", "keep one", "methods", i)
        seen[name] = i
