"""A page for each notebook: the executed copy, with exhibits in the language of the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from compendium.registry import program
from compendium.report.contents import Chapter, FigurePart
from compendium.report.site import words as w
from compendium.report.site.cells import Cell, Executed, shown_in
from compendium.report.site.claims import is_simulated_test
from compendium.report.site.edition import SIMULATED, Edition, address, data_links
from compendium.report.site.estimates import recorded_here
from compendium.report.site.html import (
    code,
    element,
    facts,
    heading,
    link,
    listing,
    markdown_html,
    raw,
    scrolling,
)
from compendium.report.site.shown import exhibit_html, is_simulated
from compendium.report.site.start import claim_page
from compendium.text import Lang

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_CODE_SPAN = re.compile(r"`[^`]*`")
_BLANK_LINES = re.compile(r"\n\s*\n")
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
_TABLE_ID = re.compile(r'<section class="gr-exhibit[^"]*" id="([\w-]+)"')
_LINK_TO_FILE = re.compile(r"\[([^\]]*)\]\((?!https?://)[^)]*\)")
_METADATA = {"language_info": {"name": "python", "pygments_lexer": "python"}}
_FORMAT = {"nbformat": 4, "nbformat_minor": 5}


def notebook_page(edition: Edition, chapter: Chapter) -> tuple[str, str]:
    """Write the page of a notebook; returns its suffix and its text."""
    known = edition.executed.get(chapter.notebook)
    if known is None:
        return ".md", _without_cells(edition, chapter)
    cells = [{"id": f"part-{i}", **cell} for i, cell in enumerate(_cells(edition, chapter, known))]
    page = {"cells": cells, "metadata": _METADATA, **_FORMAT}
    return ".ipynb", json.dumps(page, ensure_ascii=False)


def prose(source: str, lang: Lang) -> str:
    """Keep the paragraphs of one language; a cell that speaks one language only is kept whole."""
    blocks = _BLANK_LINES.split(source.strip())
    kept = [block for block in blocks if language_of(block) in (lang, None)]
    spoken = any(language_of(block) == lang for block in blocks)
    return "\n\n".join(kept if spoken else blocks)


def language_of(block: str) -> Lang | None:
    """Language of a paragraph, by its words outside code; None where it has none."""
    said = _CODE_SPAN.sub("", block)
    han, latin = len(_HAN.findall(said)), len(_LATIN_WORD.findall(said))
    if not han and not latin:
        return None
    return "zh" if han > latin else "en"


def _without_cells(edition: Edition, chapter: Chapter) -> str:
    here, lang = f"notebooks/{chapter.notebook}", edition.lang
    said = w.NOT_EXECUTED[lang].format(command=code(f"{program()} run {chapter.notebook}"))
    parts = [heading(1, chapter.title), raw(element("p", said, class_="gr-note"))]
    parts += [raw(exhibit_html(edition, here, part)) for part in chapter.exhibits]
    return "\n\n".join([*parts, _recorded(edition, chapter)]) + "\n"


def _cells(edition: Edition, chapter: Chapter, known: Executed) -> Iterator[dict[str, Any]]:
    """Cells of the page: title and findings, then the set-up in one, then the notebook's own."""
    first = next((i for i, cell in enumerate(known.cells) if cell.kind == "markdown"), None)
    own = "" if first is None else _own_words(edition, known.cells[first])
    yield _words(_with_lead(edition, chapter, own or heading(1, chapter.title)))
    setup = _setup(known.cells)
    if setup:
        yield _words(raw("".join(_anchor(cell.id) for cell in setup)))
        yield _folded_code("\n\n".join(cell.source for cell in setup), [], w.SETUP[edition.lang])
    for i, cell in enumerate(known.cells):
        if cell.kind == "markdown" and i != first:
            yield _words(_own_words(edition, cell))
        elif cell.kind == "code" and cell not in setup:
            yield _words(raw(_anchor(cell.id)))
            yield _code(edition, chapter, cell)
    yield _words(_recorded(edition, chapter))


def _own_words(edition: Edition, cell: Cell) -> str:
    return _LINK_TO_FILE.sub(r"\1", prose(cell.source, edition.lang))


def _setup(cells: Iterable[Cell]) -> list[Cell]:
    """Code before anything is shown or said: parameters, imports, data."""
    found: list[Cell] = []
    for cell in cells:
        if cell.outputs or (found and cell.kind == "markdown"):
            return found
        if cell.kind == "code":
            found.append(cell)
    return found


def _found_here(edition: Edition, chapter: Chapter) -> str:
    """Say what the tests on real data found in a notebook, each a link to its claim."""
    lang, here = edition.lang, f"notebooks/{chapter.notebook}"
    mine = [
        (claim, test)
        for claim in edition.contents.claims
        for test in claim.tests
        if test.notebook == chapter.notebook and test.estimate is not None
    ]
    real = [(claim, test) for claim, test in mine if not is_simulated_test(test)]
    if real:
        said = (
            f"{escape(test.sentence)} "
            + element(
                "a",
                escape(test.id),
                href=address(here, f"{claim_page(claim.id)}#{test.id}"),
                class_="gr-test-name",
            )
            for claim, test in real
        )
        return element("p", w.FOUND_HERE[lang], class_="gr-head") + listing(said, class_="gr-found")
    if mine:
        page = link(address(here, SIMULATED), w.SIMULATED[lang])
        return element("p", w.ALL_SIMULATED[lang].format(page=page), class_="gr-found")
    figures = [part for part in chapter.exhibits if isinstance(part, FigurePart)]
    titles = [link(f"#{part.id}", part.title) for part in figures if not is_simulated(part)]
    return listing(titles, class_="gr-found") if titles else ""


def _with_lead(edition: Edition, chapter: Chapter, text: str) -> str:
    lang, here = edition.lang, f"notebooks/{chapter.notebook}"
    title, _, rest = text.partition("\n")
    file = code(f"reports/{lang}/notebooks/{chapter.notebook}.ipynb")
    note = element("p", w.NOTEBOOK_LEAD[lang].format(file=file), class_="gr-note")
    planned = edition.contents.plan.notebooks[chapter.notebook]
    loaded = (*planned.data, *planned.external, *(("survey_responses",) if planned.survey else ()))
    origin = note + facts([(w.DATA_USED[lang], data_links(edition, here, loaded))])
    found = _found_here(edition, chapter)
    return f"{title}\n{raw(found) if found else ''}\n{rest}\n{raw(origin)}"


def _anchor(cell: str) -> str:
    return element("div", id=cell, class_="gr-cell")


def _code(edition: Edition, chapter: Chapter, cell: Cell) -> dict[str, Any]:
    named = shown_in(cell.source)
    outputs = [
        _output(edition, chapter, output, named)
        for output in cell.outputs
        if output["output_type"] != "error"
    ]
    return _folded_code(cell.source, outputs)


def _folded_code(source: str, outputs: list[dict[str, Any]], words: str = "") -> dict[str, Any]:
    """Write a code cell, folded behind words of its own or those of all cells."""
    own = {"mystnb": {"code_prompt_show": words, "code_prompt_hide": words}} if words else {}
    return {
        "cell_type": "code",
        "source": source,
        "outputs": outputs,
        "metadata": {"tags": ["hide-input"], **own},
        "execution_count": None,
    }


def _words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": text, "metadata": {}}


def _html(content: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/html": content}, "metadata": {}}


def _output(
    edition: Edition,
    chapter: Chapter,
    output: dict[str, Any],
    named: Iterable[str],
) -> dict[str, Any]:
    data = output.get("data", {})
    parts = {part.id: part for part in chapter.exhibits}
    found = _exhibit_of(data, named)
    here = f"notebooks/{chapter.notebook}"
    if found in parts:
        return _html(exhibit_html(edition, here, parts[found]))
    estimates = edition.by_notebook().get(chapter.notebook, ())
    ends = [e for e in estimates if data.get("text/plain", "").startswith(f"{e.id}: ")]
    if ends and "text/html" not in data:
        return _html(recorded_here(edition, here, ends))
    if "text/html" in data:
        return _html(scrolling(_STYLE.sub("", data["text/html"]), w.OUTPUT[edition.lang]))
    if "text/markdown" in data:
        return _html(markdown_html(data["text/markdown"]))
    return output


def _exhibit_of(data: dict[str, str], named: Iterable[str]) -> str:
    """Id of the exhibit that an output shows; empty where it shows none."""
    table = _TABLE_ID.search(data.get("text/html", ""))
    if table:
        return table[1]
    figures = [name for name in named if name.startswith("fig-")]
    return figures[0] if "image/png" in data and len(figures) == 1 else ""


def _recorded(edition: Edition, chapter: Chapter) -> str:
    estimates = edition.by_notebook().get(chapter.notebook, [])
    if not estimates:
        return ""
    here = f"notebooks/{chapter.notebook}"
    title = w.RECORDED_HERE[edition.lang]
    return f"{heading(2, title)}\n{raw(recorded_here(edition, here, estimates))}"
