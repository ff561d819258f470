"""What pages share: imprint, badges, notes, and tables without columns of sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from compendium.exhibits.grid import Grid
from compendium.exhibits.regression import NOTES
from compendium.exhibits.words import COLON, SEPARATOR
from compendium.plan.about import Citation
from compendium.report.words import PDF_WORDS as WORDS
from compendium.text import Lang

BADGE = " · "
"""Stands between the words of a badge."""
_DECIMAL = re.compile(r"([({−-]?\d[\d,]*)((?:\.\d+)?[)}]?[*†]*)")
LONGEST = 120
"""Characters of a cell from which its column is of sentences."""


@dataclass(frozen=True)
class Said:
    """A sentence below a table and the rows that it is of."""

    of: str
    text: str


def printed(grid: Grid) -> tuple[Grid, tuple[Said, ...]]:
    """Take columns of sentences out of a table.

    Returns
    -------
    Grid, tuple
        The table without them, and each sentence once with the words of its rows.
    """
    long = [
        k
        for k, column in enumerate(grid.columns)
        if k and not column.numeric and any(len(row[k]) > LONGEST for row in grid.rows)
    ]
    if not long:
        return grid, ()
    kept = [k for k in range(len(grid.columns)) if k not in long]
    rows = tuple(tuple(row[k] for k in kept) for row in grid.rows)
    columns = tuple(grid.columns[k] for k in kept)
    found: dict[str, list[str]] = {}
    for k in long:
        for row in grid.rows:
            named = found.setdefault(row[k], [])
            if row[k] and row[0] not in named:
                named.append(row[0])
    said = tuple(Said(SEPARATOR[grid.lang].join(of), text) for text, of in found.items() if text)
    return replace(grid, columns=columns, rows=rows), said


def imprint(citation: Citation, lang: Lang) -> str:
    """Say date, licence and DOI in a line; a DOI that is not there yet is said to be missing."""
    doi = citation.doi or WORDS["no-doi"][lang]
    said = {"date": citation.date, "licence": citation.licence, "doi": doi}
    return "  ·  ".join(f"{WORDS[n][lang]}{COLON[lang]}{word}" for n, word in said.items() if word)


def noted(note: str, lang: Lang) -> str:
    """Begin a note as journals do."""
    head = NOTES[lang]
    return note if not note or note.startswith(head) else f"{head}{note}"


def decimal_parts(text: str) -> tuple[str, str] | None:
    """Part a number before its decimal point, with brackets and stars; None of anything else."""
    found = _DECIMAL.fullmatch(text)
    return (found[1], found[2]) if found else None
