"""An author's own Word document, filled: numbers, tables and figures by their ids, again and again.

A marker `{{ID}}` or `{{ID|FIELD}}` in the text becomes a field that keeps its id, so that the next
call renews its value; a paragraph that holds a marker of an exhibit and nothing else becomes a
content control with the table or the picture. Nothing else of the document is touched.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Pt

from compendium.errors import UserError, settle
from compendium.exhibits.grid import Grid
from compendium.report.bare import bare_png
from compendium.report.contents import Contents, FigurePart, TablePart
from compendium.report.numbers import FIELDS, fields_of
from compendium.report.printed import noted, printed
from compendium.report.widths import room_of
from compendium.report.word.document import document_bytes
from compendium.report.word.report import LARGEST_TYPE, grid_table

MARKER = re.compile(r"\{\{\s*([^{}|\s]+)\s*(?:\|\s*([^{}|\s]+)\s*)?\}\}")
FIELD = "ADDIN compendium "
"""Begins the code of a field that holds a number; word processors leave such fields alone."""
CONTROL = "compendium:"
"""Begins the tag of a content control that holds an exhibit."""
PLAIN = "value"
"""The field of a marker that names none."""
SHOWN = 40
"""Characters of a paragraph that an error shows."""
NOTES = ("footnotes", "endnotes")
SMALL = 8.5
"""Type of a note below a table, in points."""


@dataclass
class Filled:
    """What was put into a document.

    Attributes
    ----------
    content
        The document's bytes; those that were read where nothing has changed.
    numbers, tables, figures
        How many of each it holds.
    """

    content: bytes
    numbers: int = 0
    tables: int = 0
    figures: int = 0


@dataclass
class _Filler:
    """A document being filled from the contents of a report."""

    contents: Contents
    path: Path
    document: Any
    numbers: int = 0
    tables: int = 0
    figures: int = 0
    faults: list[UserError] = field(default_factory=list)

    def fill(self, body: Any, part: Any, name: str) -> None:
        """Fill a part of the document: its text, a header, its notes."""
        for paragraph in list(body.iter(qn("w:p"))):
            place = f"{name}, paragraph {_number(body, paragraph)}"
            if self._renewed(paragraph, place):
                continue
            whole = MARKER.fullmatch(_text(paragraph).strip())
            if whole and whole[1] in self.contents.exhibits and paragraph.getparent().tag in _ROOMS:
                self._exhibit(paragraph, whole, place)
            else:
                _explode(paragraph)
                self._mark(paragraph, place)
        for control in list(body.iter(qn("w:sdt"))):
            self._control(control, part, name)

    def _renewed(self, paragraph: Any, place: str) -> bool:
        """Renew the numbers that are fields already; whether no marker is left."""
        for code in list(paragraph.iter(qn("w:instrText"))):
            told = (code.text or "").strip()
            if told.startswith(FIELD):
                found = MARKER.fullmatch(told.removeprefix(FIELD).strip())
                words = self._number(found, paragraph, place) if found else None
                if words is not None:
                    _set_result(code.getparent(), words)
                    self.numbers += 1
        return MARKER.search(_text(paragraph)) is None

    def _mark(self, paragraph: Any, place: str) -> None:
        """Turn the markers of a paragraph into fields."""
        while (found := _first_marker(paragraph)) is not None:
            runs, match = found
            words = self._number(match, paragraph, place)
            if words is None:
                _retire(runs)
                continue
            for run in _field(match[0], words, runs[0].find(qn("w:rPr"))):
                runs[0].addprevious(run)
            for run in runs:
                run.getparent().remove(run)
            self.numbers += 1
        _unretire(paragraph)

    def _number(self, match: re.Match[str], paragraph: Any, place: str) -> str | None:
        contents, name, wanted = self.contents, match[1], match[2] or PLAIN
        estimate = contents.ledger.get(contents.plan.renamed.estimates.get(name, name))
        said = _shown(paragraph)
        if estimate is None:
            exhibit = name in contents.exhibits
            near = get_close_matches(name, [*contents.ledger, *contents.exhibits], n=1)
            mend = f"did you mean '{near[0]}'?" if near else "ids are those of numbers.csv"
            mend = "give it a paragraph of its own" if exhibit else mend
            problem = f"{place} ({said}): " + ("not a number" if exhibit else "an unknown id")
            self.faults.append(UserError(problem, mend, file=self.path, value=name))
            return None
        if wanted not in FIELDS:
            problem = f"{place} ({said}): an unknown field"
            mend = f"use one of: {', '.join(FIELDS)}"
            self.faults.append(UserError(problem, mend, file=self.path, value=wanted))
            return None
        if wanted == "method":
            return estimate.method_in(contents.lang)
        return fields_of(estimate)[wanted]

    def _exhibit(self, paragraph: Any, match: re.Match[str], place: str) -> None:
        if match[2]:
            problem = f"{place} ({_shown(paragraph)}): an exhibit has no fields"
            self.faults.append(
                UserError(problem, f"write {{{{{match[1]}}}}}", file=self.path, value=match[2])
            )
            return
        control = parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtPr/><w:sdtContent/></w:sdt>")
        for name, told in (("w:alias", match[1]), ("w:tag", CONTROL + match[1])):
            one = OxmlElement(name)
            one.set(qn("w:val"), told)
            control[0].append(one)
        paragraph.addprevious(control)
        control[1].append(paragraph)

    def _control(self, control: Any, part: Any, name: str) -> None:
        tag = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        told = tag.get(qn("w:val")) if tag is not None else ""
        if not told.startswith(CONTROL):
            return
        named = told.removeprefix(CONTROL)
        shown = self.contents.exhibits.get(named)
        if shown is None:
            near = get_close_matches(named, list(self.contents.exhibits), n=1)
            mend = f"did you mean '{near[0]}'?" if near else "take the content control out"
            problem = f"{name}, content control: no exhibit of this id"
            self.faults.append(UserError(problem, mend, file=self.path, value=named))
            return
        content = control.find(qn("w:sdtContent"))
        width = Emu(_width(self.document)).pt
        made = self._table(shown, width) if isinstance(shown, TablePart) else None
        if made is None:
            assert isinstance(shown, FigurePart)
            made = self._picture(shown, content, part, width)
        for old in list(content):
            content.remove(old)
        content.extend(made)

    def _table(self, part: TablePart, width: float) -> list[Any]:
        self.tables += 1
        grid, said = printed(part.grid)
        size = _size(grid, width)
        made = [_own_looks(grid_table(_scratch(width), grid, size), size)]
        notes = [noted(grid.note, grid.lang), *(f"{one.of}: {one.text}" for one in said)]
        if grid.stands_in:
            notes.insert(0, " · ".join(words for _, words in grid.marks))
        return [*made, *(_small(note) for note in notes if note)] + [_small("")] * (not any(notes))

    def _picture(self, part: FigurePart, content: Any, story: Any, width: float) -> list[Any]:
        self.figures += 1
        png = bare_png(part.picture("png"), part.picture("svg"))
        relation, image = story.get_or_add_image(io.BytesIO(png))
        kept = [blip.get(qn("r:embed")) for blip in content.iter(qn("a:blip"))]
        old = next(content.iter(qn("wp:inline")), None)
        if kept == [relation] and old is not None:
            return list(content)
        paragraph = OxmlElement("w:p")
        high = int(Pt(width) * image.px_height / image.px_width)
        inline = story.new_pic_inline(io.BytesIO(png), Pt(width), Emu(high))
        inline.docPr.set("descr", part.alt)
        drawing = OxmlElement("w:drawing")
        drawing.append(inline)
        run = OxmlElement("w:r")
        run.append(drawing)
        paragraph.append(run)
        for name in set(kept) - {relation}:
            if name in story.rels:
                story.drop_rel(name)
        return [paragraph]


_ROOMS = (qn("w:body"), qn("w:tc"), qn("w:sdtContent"))


def filled(path: Path, contents: Contents) -> Filled:
    """Put numbers, tables and figures into a document.

    Parameters
    ----------
    path
        A Word document with markers, or one that was filled before.
    contents
        The run's results in the language of tables, notes and methods.

    Raises
    ------
    UserError
        No such document, or one that can't be read; unknown ids and fields, each with its place.
    """
    try:
        before = path.read_bytes()
        document = Document(io.BytesIO(before))
    except OSError as error:
        raise UserError("there is no such document", "correct its name", file=path) from error
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise UserError("not a Word document", "save it as .docx", file=path) from error
    filler = _Filler(contents, path, document)
    seen = _content(document)
    for body, part, name in _stories(document):
        filler.fill(body, part, name)
    for part, name in _notes(document):
        root = parse_xml(part.blob)
        before_fill = serialize_part_xml(root)
        filler.fill(root, document.part, name)
        if (written := serialize_part_xml(root)) != before_fill:
            part._blob = written
    settle(filler.faults, path.name)
    same = _content(document) == seen
    content = before if same else document_bytes(document)
    return Filled(content, filler.numbers, filler.tables, filler.figures)


def _stories(document: Any) -> Iterator[tuple[Any, Any, str]]:
    """The text, and each header and footer once."""
    yield document.element.body, document.part, "text"
    done: set[int] = set()
    for section in document.sections:
        for name in ("header", "footer", "first_page_header", "first_page_footer"):
            story = getattr(section, name)
            if not story.is_linked_to_previous and id(story.part) not in done:
                done.add(id(story.part))
                yield story._element, story.part, name.replace("_", " ")


def _notes(document: Any) -> list[tuple[Any, str]]:
    parts = document.part.package.iter_parts()
    return [
        (part, name)
        for part in parts
        for name in NOTES
        if part.content_type.endswith(f"{name}+xml")
    ]


def _content(document: Any) -> Mapping[str, bytes]:
    return {str(part.partname): part.blob for part in document.part.package.iter_parts()}


def _text(paragraph: Any) -> str:
    return "".join(one.text or "" for one in paragraph.iter(qn("w:t")))


def _shown(paragraph: Any) -> str:
    said = "".join(one.get("was") or one.text or "" for one in paragraph.iter(qn("w:t"))).strip()
    return f"“{said[:SHOWN]}…”" if len(said) > SHOWN else f"“{said}”"


def _number(body: Any, paragraph: Any) -> int:
    return 1 + next(i for i, one in enumerate(body.iter(qn("w:p"))) if one is paragraph)


def _explode(paragraph: Any) -> None:
    """Give each piece of text a run of its own where runs hold several; looks stay."""
    for run in list(paragraph.iter(qn("w:r"))):
        pieces = [one for one in run if one.tag != qn("w:rPr")]
        if len(pieces) < 2 or not any(one.tag == qn("w:t") for one in pieces):
            continue
        for piece in pieces[1:]:
            twin = OxmlElement("w:r")
            if (looks := run.find(qn("w:rPr"))) is not None:
                twin.append(deepcopy(looks))
            twin.append(piece)
            run.getparent().insert(run.getparent().index(run) + pieces.index(piece), twin)


def _first_marker(paragraph: Any) -> tuple[list[Any], re.Match[str]] | None:
    """Find the first marker, wherever runs part it, and give it runs of its own."""
    texts = [one for one in paragraph.iter(qn("w:t")) if one.getparent().tag == qn("w:r")]
    match = MARKER.search("".join(one.text or "" for one in texts))
    if match is None:
        return None
    at, runs = 0, []
    for text in texts:
        said = text.text or ""
        begin, end = max(match.start() - at, 0), min(match.end() - at, len(said))
        at += len(said)
        if begin < end:
            runs.append(_cut(text, begin, end))
    return runs, match


def _cut(text: Any, begin: int, end: int) -> Any:
    """Part a run so that one holds the text from `begin` to `end`; return that."""
    run, said = text.getparent(), text.text
    for piece, after in ((said[:begin], False), (said[end:], True)):
        if piece:
            twin = deepcopy(run)
            _set_text(twin.find(qn("w:t")), piece)
            (run.addnext if after else run.addprevious)(twin)
    _set_text(text, said[begin:end])
    return run


def _set_text(element: Any, words: str) -> None:
    element.text = words
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _retire(runs: list[Any]) -> None:
    """Keep a marker that can't be filled from being found again."""
    for run in runs:
        text = run.find(qn("w:t"))
        text.set("was", text.text)
        text.text = ""


def _unretire(paragraph: Any) -> None:
    for text in paragraph.iter(qn("w:t")):
        if (was := text.attrib.pop("was", None)) is not None:
            text.text = was


def _field(marker: str, words: str, looks: Any) -> list[Any]:
    """Runs of a field: its code is the marker, its result the number."""
    made = []
    for kind in ("begin", "code", "separate", "result", "end"):
        run = OxmlElement("w:r")
        if looks is not None:
            run.append(deepcopy(looks))
        if kind in ("code", "result"):
            one = OxmlElement("w:instrText" if kind == "code" else "w:t")
            _set_text(one, f" {FIELD}{marker} " if kind == "code" else words)
        else:
            one = OxmlElement("w:fldChar")
            one.set(qn("w:fldCharType"), kind)
        run.append(one)
        made.append(run)
    return made


def _set_result(code: Any, words: str) -> None:
    """Renew the result of a field, given the run of its code; its first run's looks stay."""
    run, inside, results = code.getnext(), False, []
    while run is not None:
        mark = run.find(qn("w:fldChar"))
        kind = mark.get(qn("w:fldCharType")) if mark is not None else ""
        if kind == "end":
            break
        if inside and run.tag == qn("w:r"):
            results.append(run)
        inside = inside or kind == "separate"
        run = run.getnext()
    told = [text for one in results for text in one.iter(qn("w:t"))]
    if "".join(text.text or "" for text in told) == words or not told:
        return
    _set_text(told[0], words)
    for text in told[1:]:
        text.getparent().remove(text)


def _width(document: Any) -> int:
    section = document.sections[0]
    return int(section.page_width - section.left_margin - section.right_margin)


def _scratch(width: float) -> Any:
    document = Document()
    section = document.sections[0]
    section.left_margin = section.right_margin = Pt(0)
    section.page_width = Pt(width)
    return document


def _size(grid: Grid, width: float) -> float:
    return room_of(grid).type_size(width, LARGEST_TYPE)


def _own_looks(table: Any, size: float) -> Any:
    """Give a table its rules and type itself: the author's document does not have our styles."""
    properties = table.tblPr
    for name in ("w:tblStyle", "w:tblLook"):
        for one in properties.findall(qn(name)):
            properties.remove(one)
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="12" w:space="0" w:color="000000"/>'
        for side in ("top", "bottom")
    )
    cells = "".join(f'<w:{side} w:w="57" w:type="dxa"/>' for side in ("left", "right"))
    layout = properties.find(qn("w:tblLayout"))
    borders = parse_xml(f"<w:tblBorders {nsdecls('w')}>{lines}</w:tblBorders>")
    margins = parse_xml(f"<w:tblCellMar {nsdecls('w')}>{cells}</w:tblCellMar>")
    if layout is None:
        properties.append(borders)
    else:
        layout.addprevious(borders)
    properties.append(margins)
    for paragraph in table.iter(qn("w:p")):
        paragraph.style = None
        paragraph.get_or_add_pPr().get_or_add_spacing()
        spacing = paragraph.pPr.spacing
        for name, points in (("before", 30), ("after", 30)):
            spacing.set(qn(f"w:{name}"), str(points))
        # an empty cell is as high as the mark of its paragraph
        paragraph.pPr.append(
            parse_xml(f'<w:rPr {nsdecls("w")}><w:sz w:val="{int(2 * size)}"/></w:rPr>')
        )
    return table


def _small(words: str) -> Any:
    run = f'<w:r><w:rPr><w:sz w:val="{int(2 * SMALL)}"/></w:rPr><w:t/></w:r>'
    paragraph = parse_xml(f"<w:p {nsdecls('w')}>{run}</w:p>")
    _set_text(next(paragraph.iter(qn("w:t"))), words)
    return paragraph
