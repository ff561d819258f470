"""A Word document with our styles: headings, captions, three-line tables, pictures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html import escape
from math import ceil
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Emu, Length, Mm, Pt, RGBColor, Twips
from docx.text.paragraph import Paragraph

from compendium.registry import program
from compendium.report.printed import decimal_parts
from compendium.report.widths import width_of
from compendium.text import Lang

LATIN, EAST_ASIAN, EAST_ASIAN_HEADING = "Times New Roman", "SimSun", "SimHei"
"""Fonts that manuscripts in China are asked for; word processors without them take their own."""
LANGUAGES: dict[Lang, str] = {"en": "en-US", "zh": "zh-CN"}
A4 = (Mm(210), Mm(297))
MARGIN = Mm(25)
TEXT_WIDTH = Mm(160)
BODY_HEIGHT = Mm(297 - 2 * 25)
BADGE_HEIGHT, LINE_HEIGHT, LINE_LENGTH = Mm(7), Mm(4.3), 110
"""Of what stands round a picture; a line of a note has so many characters, Chinese ones twice."""
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""The date that files get: theirs would change with the clock, and so would their bytes."""
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
WHOLE_ROWS = 16
"""Lines of a table up to which it stays on one page."""
TABLE_STYLE, TABLE_STYLE_ID = "Three-line table", "ThreeLineTable"
NOTE_STYLE, CELL_STYLE = "Exhibit note", "Table cell"
NOTE_STYLE_ID, CELL_STYLE_ID = "Exhibitnote", "Tablecell"
"""Word's own ids of the styles: looking them up by name takes most of the time."""
ALARM = RGBColor(0xB2, 0x3A, 0x00)
FORMULA_SCALE = 10.5 / 13
"""Formulas are drawn for text of 13 points."""
EMU_PER_POINT = 12700
_SIZES = {"Title": 18, "Heading 1": 15, "Heading 2": 12, "Heading 3": 10.5, "Caption": 9.5}

_HEADING = '<w:tblHeader w:val="true"/>'
_KEPT = ' xml:space="preserve"'
_LAYOUT = (
    '<w:tblLayout w:type="fixed"/><w:tblLook w:firstColumn="1" w:firstRow="1" w:lastColumn="0" '
    'w:lastRow="0" w:noHBand="0" w:noVBand="1" w:val="04A0"/>'
)

_TABLE_STYLE_XML = f"""
<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="{TABLE_STYLE_ID}">
  <w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/>
  <w:uiPriority w:val="99"/><w:qFormat/>
  <w:tblPr><w:tblBorders>
    <w:top w:val="single" w:sz="12" w:space="0" w:color="000000"/>
    <w:bottom w:val="single" w:sz="12" w:space="0" w:color="000000"/>
  </w:tblBorders><w:tblCellMar>
    <w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/>
  </w:tblCellMar></w:tblPr>
  <w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>
    <w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/>
  </w:tcBorders></w:tcPr></w:tblStylePr>
</w:style>
"""


def new_document(title: str, lang: Lang) -> Any:
    """Begin an A4 document with the styles of the report."""
    document = Document(io.BytesIO(_styled()))
    properties = document.core_properties
    set_property(document, "title", title)
    properties.language, properties.author = LANGUAGES[lang], program()
    properties.created = properties.modified = EPOCH
    properties.comments = properties.last_modified_by = ""
    return document


@cache
def _styled() -> bytes:
    """Write a document without text that has the styles, which take longer than a small table."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = A4
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, MARGIN)
    _set_styles(document)
    return document_bytes(document)


def set_property(document: Any, name: str, text: str) -> None:
    """Write a property of a document of any length, which python-docx would refuse."""
    properties, begin = document.core_properties, f"({name})"
    setattr(properties, name, begin)
    next(part for part in properties._element if part.text == begin).text = text


def document_bytes(document: Any) -> bytes:
    """Write a document; the same bytes whenever its content is the same."""
    written = io.BytesIO()
    document.save(written)
    steady = io.BytesIO()
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            target.writestr(entry, source.read(name))
    return steady.getvalue()


def turn_page(document: Any, turned: bool) -> None:
    """Begin a page that lies on its side, or one that stands again."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    width, height = A4
    section.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (height, width) if turned else (width, height)


def page_has_begun(document: Any) -> bool:
    """Whether the last page was begun and nothing stands on it yet."""
    body = document.element.body
    return len(body) > 1 and body[-2].find(f".//{qn('w:sectPr')}") is not None


def text_width(document: Any) -> float:
    """Width between the margins of the current pages, in points."""
    return float(Emu(_room(document)).pt)


def _room(document: Any) -> int:
    # `document.sections` would read all paragraphs
    section: Any = Section(document.element.body[-1], document.part)
    return int(section.page_width - section.left_margin - section.right_margin)


def add_paragraph(document: Any, text: str = "", style: str = "") -> Any:
    """Add a paragraph; python-docx looks up its style by name and the end of the text each time."""
    made = OxmlElement("w:p")
    document.element.body[-1].addprevious(made)
    paragraph = Paragraph(made, document._body)
    if text:
        paragraph.add_run(text)
    if style:
        made.style = style
    return paragraph


def add_caption(document: Any, kind: str, number: int, title: str, sequence: str) -> Any:
    """Add a caption that Word can number anew and list: `Table 3  Title`."""
    paragraph = add_paragraph(document, style="Caption")
    paragraph.add_run(f"{kind} ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), f" SEQ {sequence} \\* ARABIC ")
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = str(number)
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
    paragraph.add_run(f"  {title}")
    paragraph.paragraph_format.keep_with_next = True
    return paragraph


def add_picture(
    document: Any, content: bytes, alt: str, title: str, below: Iterable[str] = ()
) -> None:
    """Add a picture with its alternative text, small enough for what stands `below` on its page."""
    lines = sum(1 + ceil(width_of(text) / LINE_LENGTH) for text in below if text)
    tallest = BODY_HEIGHT - BADGE_HEIGHT - lines * LINE_HEIGHT
    paragraph = add_paragraph(document)
    picture = paragraph.add_run().add_picture(io.BytesIO(content), width=TEXT_WIDTH)
    if picture.height > tallest:
        picture.width = int(picture.width * tallest / picture.height)
        picture.height = int(tallest)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    for name in paragraph._p.iter(qn("wp:docPr")):
        name.set("descr", alt)
        name.set("title", title)


def add_formula(document: Any, png: bytes, latex: str) -> None:
    """Add a formula, drawn, on a line of its own; its LaTeX is its alternative text."""
    picture = add_paragraph(document).add_run().add_picture(io.BytesIO(png))
    scale = min(FORMULA_SCALE, text_width(document) * EMU_PER_POINT / picture.width)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
    picture._inline.docPr.set("descr", latex)


def add_table(
    document: Any,
    headings: Iterable[str],
    rows: Iterable[Iterable[str]],
    numeric: Iterable[bool],
    widths: Iterable[float],
    *,
    size: float,
    spans: Iterable[tuple[int, int, int]] = (),
    groups: Iterable[int] = (),
    over: str = "",
    paired: bool = False,
    noted: bool = True,
) -> Any:
    """Add a three-line table: thick, thin, thick; its heading repeats on every page.

    Parameters
    ----------
    numeric
        Whether a column is set flush right: a column's numbers have the same decimals, so their
        points stand in one line.
    widths
        Share of the text width of each column.
    spans
        Column, first and last body row (from 0) of cells that are joined because they say the same.
    groups
        Rows (from 0) that begin a group; a hair line goes before them.
    over
        What heads all columns but the first together, in a row of its own.
    paired
        Whether it is a regression table: its numbers stand under each other's decimal points, and
        its groups are what closes it.
    noted
        Whether notes follow, with which the last rows stay.
    """
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    if over:
        lines.insert(0, ("", over, *("" for _ in lines[0][2:])))
    heads = 2 if over else 1
    shares, room = tuple(widths), _room(document)
    columns: list[tuple[int, Length]] = [
        (Emu(int(room * share)).twips, Pt(share * Emu(room).pt / 2)) for share in shares
    ]
    cells = [
        [_Cell(*column, text) for column, text in zip(columns, texts, strict=True)]
        for texts in lines
    ]
    for i, row in enumerate(cells):
        for cell, right in zip(row, numeric, strict=True):
            cell.place = "right" if right else ""
        for cell in row[1:] if paired else ():
            cell.place = "decimal" if i >= heads and decimal_parts(cell.text) else "center"
        for cell in row if i == heads - 1 else row[1:] if i < heads else ():
            cell.border("bottom", 6 if i == heads - 1 else 4)
    for first in groups:
        for cell in cells[heads + first]:
            cell.border("top", 4 if paired else 2)
    for column, first, last in spans:
        _join([row[column] for row in cells[heads + first : heads + last + 1]])
    whole = sum(1 + max(text.count("\n") for text in texts) for texts in lines) <= WHOLE_ROWS
    kept = cells if whole else [*cells[:3], *cells[-3:]]
    for row in kept if noted else kept[:-1]:
        for cell in row:
            cell.kept = True
    if over:
        _head_over(cells[0])
    table = parse_xml(_table_xml(cells, columns, _has_style(document), size, heads))
    document.element.body[-1].addprevious(table)
    return table


@dataclass
class _Cell:
    """A cell before it is written: a table's XML is written at once, which python-docx can't."""

    width: int
    middle: Length
    text: str
    place: str = ""
    span: str = ""
    joined: str = ""
    lines: str = ""
    kept: bool = False

    def border(self, side: str, eighths: int) -> None:
        """Draw a line at one side."""
        line = f'w:val="single" w:sz="{eighths}" w:space="0" w:color="000000"'
        self.lines += f"<w:{side} {line}/>"

    def xml(self, size: float) -> str:
        """Write it: at its right end, in its middle, or its decimal point in the middle."""
        lines = f"<w:tcBorders>{self.lines}</w:tcBorders>" if self.lines else ""
        width = f'<w:tcW w:type="dxa" w:w="{self.width}"/>'
        look = f'<w:pStyle w:val="{CELL_STYLE_ID}"/>' + "<w:keepNext/>" * self.kept
        if self.place == "decimal":
            # a cell whose first stop is a decimal one aligns by it, without a tab character
            stop = self.middle.twips
            look += f'<w:tabs><w:tab w:pos="{stop}" w:val="decimal"/></w:tabs>'
        elif self.place:
            look += f'<w:jc w:val="{self.place}"/>'
        run = f'<w:rPr><w:sz w:val="{int(2 * Pt(size).pt)}"/></w:rPr>{_text_xml(self.text)}'
        inside = f"<w:tcPr>{width}{self.span}{self.joined}{lines}</w:tcPr>"
        return f"<w:tc>{inside}<w:p><w:pPr>{look}</w:pPr><w:r>{run}</w:r></w:p></w:tc>"


def _table_xml(
    cells: list[list[_Cell]],
    columns: list[tuple[int, Length]],
    styled: bool,
    size: float,
    heads: int,
) -> str:
    style = f'<w:tblStyle w:val="{TABLE_STYLE_ID}"/>' if styled else ""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width, _ in columns)
    rows = [
        f"<w:tr><w:trPr>{_HEADING * (i < heads)}<w:cantSplit/></w:trPr>"
        f"{''.join(cell.xml(size) for cell in row)}</w:tr>"
        for i, row in enumerate(cells)
    ]
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr>{style}<w:tblW w:type="auto" w:w="0"/>{_LAYOUT}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _text_xml(text: str) -> str:
    """Write a text as a run holds it; its lines part where the text has line ends."""
    lines = (
        f"<w:t{_KEPT * (line != line.strip())}>{escape(line)}</w:t>" * bool(line)
        for line in text.split("\n")
    )
    return "<w:br/>".join(lines)


def _join(cells: list[_Cell]) -> None:
    """Join cells downwards; a word processor shows the first one's text for all of them."""
    for cell in cells if len(cells) > 1 else ():
        again = cell is not cells[0]
        cell.joined = f'<w:vMerge w:val="{"continue" if again else "restart"}"/>'
        cell.text = "" if again else cell.text


def _head_over(cells: list[_Cell]) -> None:
    """Join the cells of a heading over all columns but the first."""
    total = Emu(sum(Twips(cell.width) for cell in cells[1:]))
    cells[1].span, cells[1].width = f'<w:gridSpan w:val="{len(cells) - 1}"/>', int(total.pt * 20)
    del cells[2:]


def _has_style(document: Any) -> bool:
    """Whether the document has our style of tables."""
    return any(one.get(qn("w:styleId")) == TABLE_STYLE_ID for one in document.styles.element)


def _set_styles(document: Any) -> None:
    styles = document.styles
    styles.element.append(parse_xml(_TABLE_STYLE_XML))
    normal = styles["Normal"]
    _set_font(normal, 10.5, EAST_ASIAN)
    normal.paragraph_format.space_after = Pt(6)
    for name, size in _SIZES.items():
        _set_font(styles[name], size, EAST_ASIAN_HEADING)
        styles[name].font.bold = name.startswith("Heading")
        styles[name].font.italic = False
        styles[name].paragraph_format.keep_with_next = name != "Title"
        styles[name].font.color.rgb = RGBColor(0, 0, 0)
    _without_line(styles["Title"])
    for name, size, after in ((NOTE_STYLE, 8.5, 10), (CELL_STYLE, 8.5, 0)):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _set_font(style, size, EAST_ASIAN)
        style.paragraph_format.space_after = Pt(after)
    cell = styles[CELL_STYLE].paragraph_format
    cell.space_before = cell.space_after = Pt(1.5)


def _set_font(style: Any, size: float, east_asian: str) -> None:
    style.font.name, style.font.size = LATIN, Pt(size)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{kind}"), None)
    fonts.set(qn("w:eastAsia"), east_asian)
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), LANGUAGES["en"])
    language.set(qn("w:eastAsia"), LANGUAGES["zh"])
    properties.append(language)


def _without_line(style: Any) -> None:
    for line in style.element.iter(qn("w:pBdr")):
        line.getparent().remove(line)
        break
