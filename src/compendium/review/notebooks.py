"""Executed notebooks held against their sources, their exhibits and their sentences."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compendium.claims.ledger import read_ledger
from compendium.claims.wording import Wording
from compendium.exhibits.tables import TABLE_CSS
from compendium.plan import Plan
from compendium.run_record import LEDGER
from compendium.text import LANGS, as_markdown

SAYS = ".say("
"""How a cell says sentences of the plan."""
ADDED = "injected-parameters"
"""Tag of the cell that a run adds to a notebook."""


def notebook_faults(
    root: Path, reports: Path, plan: Plan, made: Mapping[str, bytes]
) -> Iterator[tuple[str, str]]:
    """Name what executed notebooks show that neither their sources nor the results say.

    Code and prose must be those of the project's notebook; a picture or a table must be an exhibit
    as it is made again, and a sentence one of the plan, filled from the ledger. Other outputs, such
    as a printed frame, are held by the run record's hash alone.

    Parameters
    ----------
    made
        Files made again, by their path relative to the reports folder.

    Yields
    ------
    tuple of str
        Path relative to the reports folder, and the fault.
    """
    ledger = read_ledger(reports / LEDGER, plan.renamed)
    for lang in LANGS:
        pictures = {c for n, c in made.items() if n.startswith(lang) and n.endswith(".png")}
        pages = {n: c for n, c in made.items() if n.startswith(f"{lang}/tables/")}
        tables = {content.decode() for n, content in pages.items() if n.endswith(".html")}
        said = _sentences(Wording(plan, ledger, lang))
        for path in sorted((reports / lang / "notebooks").glob("*.ipynb")):
            name = path.relative_to(reports).as_posix()
            source = root / "notebooks" / path.name
            if not source.is_file():
                continue
            executed, written = (_cells(one) for one in (path, source))
            for fault in _source_faults(executed, written):
                yield name, fault
            for cell in executed or ():
                for output in cell.get("outputs", ()):
                    spoken = said if SAYS in _text(cell["source"]) else ""
                    if fault := _output_fault(output, pictures, tables, spoken):
                        yield name, f"{cell.get('id')}: {fault}"


def _sentences(wording: Wording) -> str:
    """All sentences of the plan as one text, in which what a cell says must be found."""
    return "\n".join(as_markdown(wording.sentence(name)) for name in wording.plan.sentences)


def _cells(path: Path) -> list[dict[str, Any]] | None:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return cells if isinstance(cells, list) else None


def _source_faults(
    executed: list[dict[str, Any]] | None, written: list[dict[str, Any]] | None
) -> Iterator[str]:
    if executed is None or written is None:
        yield "it is no notebook"
        return
    own = [cell for cell in executed if ADDED not in cell.get("metadata", {}).get("tags", ())]
    ids = [[cell.get("id") for cell in cells] for cells in (own, written)]
    if ids[0] != ids[1]:
        yield "its cells are not those of the project's notebook"
        return
    for one, two in zip(own, written, strict=True):
        if _text(one["source"]) != _text(two["source"]):
            yield f"{one.get('id')}: the cell is not that of the project's notebook"


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _output_fault(
    output: Mapping[str, Any], pictures: set[bytes], tables: set[str], said: str
) -> str:
    """Say what an output shows that was not made again; empty where it was, or can't be known."""
    shown = {kind: _text(content) for kind, content in output.get("data", {}).items()}
    if "image/png" in shown:
        known = base64.b64decode(shown["image/png"]) in pictures
        return "" if known or not pictures else "a picture that is no exhibit as recorded"
    head = f"<style>\n{TABLE_CSS}</style>\n"
    if shown.get("text/html", "").startswith(head):
        known = shown["text/html"].removeprefix(head).strip() in {one.strip() for one in tables}
        return "" if known else "a table that is no exhibit as recorded"
    for paragraph in shown.get("text/markdown", "").split("\n\n") if said else ():
        if paragraph and paragraph not in said:
            return f"a sentence that the results do not say: {paragraph[:80]}"
    return ""
