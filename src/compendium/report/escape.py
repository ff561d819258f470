"""Plain text as LaTeX."""

from __future__ import annotations

from unicodedata import name

from compendium.text import one_line

_CHARACTERS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "\N{MINUS SIGN}": r"\ensuremath{-}",
    "\N{LESS-THAN OR EQUAL TO}": r"\ensuremath{\le}",
    "\N{GREATER-THAN OR EQUAL TO}": r"\ensuremath{\ge}",
    "\N{MULTIPLICATION SIGN}": r"\ensuremath{\times}",
    "\N{MIDDLE DOT}": r"\ensuremath{\cdot}",
    "\N{RIGHTWARDS ARROW}": r"\ensuremath{\rightarrow}",
    "\N{SUPERSCRIPT TWO}": r"\ensuremath{^2}",
    "\N{EN DASH}": "--",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    "\N{BLACK CIRCLE}": r"\ensuremath{\bullet}",
    "\N{WHITE CIRCLE}": r"\ensuremath{\circ}",
    "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''",
}
_GREEK = {
    letter: rf"\ensuremath{{\{name(letter).split()[-1].lower()}}}"
    for letter in "αβγδεζηθικμνξπρστυφχψω"
} | {"λ": r"\ensuremath{\lambda}"}
"""Unicode spells lambda without its b; omicron looks like its Latin letter."""
_TABLE = str.maketrans(_CHARACTERS | _GREEK)


def escape_latex(text: str) -> str:
    """Write plain text so that LaTeX prints it as it is; line breaks become spaces.

    A bracket or star in front is set in braces: after the end of a row it would be an option.
    """
    told = one_line(text).translate(_TABLE)
    return f"{{{told[0]}}}{told[1:]}" if told[:1] in ("[", "*") else told
