"""A Word document with our styles: headings, captions, three-line tables, pictures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from math import ceil
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Mm, Pt, RGBColor

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
"""Rows of a table up to which it stays on one page."""
CROWD = 36
"""Rows from which a table is long: they stand closer."""
TABLE_STYLE = "Three-line table"
NOTE_STYLE, CELL_STYLE = "Exhibit note", "Table cell"
CELL_STYLE_ID = "Tablecell"
"""Word's own id of the style: looking it up by name for every cell takes most of the time."""
ALARM = RGBColor(0xB2, 0x3A, 0x00)
FORMULA_SCALE = 10.5 / 13
"""Formulas are drawn for text of 13 points."""
EMU_PER_POINT = 12700
_SIZES = {"Title": 18, "Heading 1": 15, "Heading 2": 12, "Heading 3": 10.5, "Caption": 9.5}

_PLACES = {"right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER}

_TABLE_STYLE_XML = f"""
<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ThreeLineTable">
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
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = A4
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, MARGIN)
    _set_styles(document)
    properties = document.core_properties
    set_property(document, "title", title)
    properties.language, properties.author = LANGUAGES[lang], program()
    properties.created = properties.modified = EPOCH
    properties.comments = properties.last_modified_by = ""
    return document


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


def text_width(document: Any) -> float:
    """Width between the margins of the current pages, in points."""
    section = document.sections[-1]
    room = section.page_width - section.left_margin - section.right_margin
    return float(Emu(room).pt)


def add_caption(document: Any, kind: str, number: int, title: str, sequence: str) -> Any:
    """Add a caption that Word can number anew and list: `Table 3  Title`."""
    paragraph = document.add_paragraph(style="Caption")
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
    picture = document.add_picture(io.BytesIO(content), width=TEXT_WIDTH)
    if picture.height > tallest:
        picture.width = int(picture.width * tallest / picture.height)
        picture.height = int(tallest)
    paragraph = document.paragraphs[-1]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    for name in paragraph._p.iter(qn("wp:docPr")):
        name.set("descr", alt)
        name.set("title", title)


def add_formula(document: Any, png: bytes, latex: str) -> None:
    """Add a formula, drawn, on a line of its own; its LaTeX is its alternative text."""
    picture = document.add_picture(io.BytesIO(png))
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
    """
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    if over:
        lines.insert(0, ("", over, *("" for _ in lines[0][2:])))
    heads = 2 if over else 1
    numeric, widths = tuple(numeric), tuple(widths)
    table = document.add_table(rows=len(lines), cols=len(lines[0]), style=_style_of(document))
    table.autofit = False
    cells = [list(row.cells) for row in table.rows]
    _set_widths(document, table, cells, widths)
    below = {(heads + row, k) for k, first, last in spans for row in range(first + 1, last + 1)}
    middles = [share * text_width(document) / 2 for share in widths] if paired else []
    for i, texts in enumerate(lines):
        for j, text in enumerate(texts):
            shown, place = "" if (i, j) in below else text, "right" if numeric[j] else ""
            if paired and j:
                place = "decimal" if i >= heads and decimal_parts(text) else "center"
            _write_cell(cells[i][j], shown, size, place, middles[j] if paired else 0)
    for column, first, last in spans:
        _join(cells[heads:], column, first, last)
    for i in range(heads):
        _head(table.rows[i], cells[i], whole=i == heads - 1)
    _keep_rows(table, cells)
    if over:
        _head_over(cells[0])
    for row in groups:
        for cell in cells[heads + row]:
            _border(cell, "top", 4 if paired else 2)
    return table


def _style_of(document: Any) -> str | None:
    """Our style of tables, where the document has it."""
    names = (style.name for style in document.styles)
    return TABLE_STYLE if TABLE_STYLE in names else None


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


def _set_widths(
    document: Any, table: Any, cells: list[list[Any]], widths: tuple[float, ...]
) -> None:
    section = document.sections[-1]
    room = section.page_width - section.left_margin - section.right_margin
    for j, share in enumerate(widths):
        table.columns[j].width = int(room * share)
        for row in cells:
            row[j].width = int(room * share)


def _join(cells: list[list[Any]], column: int, first: int, last: int) -> None:
    """Join cells downwards; a word processor shows the first one's text for all of them."""
    if first == last:
        return
    for row in range(first, last + 1):
        merge = OxmlElement("w:vMerge")
        merge.set(qn("w:val"), "restart" if row == first else "continue")
        cells[row][column]._tc.get_or_add_tcPr().append(merge)


def _write_cell(cell: Any, text: str, size: float, place: str, middle: float) -> None:
    """Write a cell: at its right end, in its middle, or its decimal point in the middle."""
    paragraph = cell.paragraphs[0]
    paragraph._p.style = CELL_STYLE_ID
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    if place == "decimal":
        # a cell whose first stop is a decimal one aligns by it, without a tab character
        paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(middle), WD_TAB_ALIGNMENT.DECIMAL)
    elif place:
        paragraph.alignment = _PLACES[place]


def _head(row: Any, cells: list[Any], *, whole: bool) -> None:
    properties = row._tr.get_or_add_trPr()
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    properties.append(header)
    for cell in cells if whole else cells[1:]:
        _border(cell, "bottom", 6 if whole else 4)


def _head_over(cells: list[Any]) -> None:
    """Join the cells of a heading over all columns but the first."""
    for cell in cells[2:]:
        cell._tc.getparent().remove(cell._tc)
    span = OxmlElement("w:gridSpan")
    span.set(qn("w:val"), str(len(cells) - 1))
    properties = cells[1]._tc.get_or_add_tcPr()
    width = properties.find(qn("w:tcW"))
    width.addnext(span)
    total = sum(int(cell.width or 0) for cell in cells[1:])
    width.set(qn("w:w"), str(int(Emu(total).pt * 20)))


def _keep_rows(table: Any, cells: list[list[Any]]) -> None:
    """Break no row over two pages, and no short table; the last rows stay with the notes."""
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    whole = len(cells) <= WHOLE_ROWS
    for row in cells if whole else (*cells[:3], *cells[-3:]):
        for cell in row:
            # after the style and before the alignment, as the schema wants it
            cell._tc.p_lst[0].pPr.insert(1, OxmlElement("w:keepNext"))


def _border(cell: Any, side: str, eighths: int) -> None:
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", eighths), ("space", 0), ("color", "000000")):
        line.set(qn(f"w:{name}"), str(value))
    borders.append(line)
