"""Tables as LaTeX with booktabs: each file compiles alone and inside a manuscript."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from compendium.console import wrapped
from compendium.exhibits.grid import Grid, GridColumn
from compendium.exhibits.words import COLON, EVIDENCE_WORDS
from compendium.files import write_atomic
from compendium.report.contents import Contents, TablePart
from compendium.report.escape import escape_latex
from compendium.report.printed import Said, decimal_parts, noted, printed
from compendium.report.widths import SHORT_CELL, WIDE_CHARACTER, Room, room_of, width_of
from compendium.report.written import Written
from compendium.text import Lang, one_line, units_of

HEAD = r"""% {title}
% {origin}
% Compiles alone with {engine}. In a manuscript, \input it; load booktabs, longtable, dcolumn
% and array{more} there.
\makeatletter
\ifx\@nodocument\relax\def\compendiumend{{}}\else
\documentclass[{options}]{{{document}}}
\usepackage{{booktabs,longtable,dcolumn,array,geometry}}
\geometry{{a4paper,margin=25mm{landscape}}}
\pagestyle{{empty}}
\begin{{document}}
\def\compendiumend{{\end{{document}}}}
\fi
\makeatother
"""


@dataclass(frozen=True)
class _Setting:
    """Document class, its options, the engine and what else a manuscript loads."""

    document: str
    options: str
    engine: str
    more: str = ""


LATIN = _Setting("article", "10pt", "any engine")
CHINESE: dict[Lang, _Setting] = {
    "en": _Setting("ctexart", "scheme=plain,fontset=fandol", "xelatex or lualatex", ", and ctex"),
    "zh": _Setting("ctexart", "zihao=5,fontset=fandol", "xelatex or lualatex", ", and ctex"),
}
"""For tables with Chinese characters; an English one with Chinese names keeps English words."""
LARGEST_TYPE = 9.0
LEADING = 1.2
TEXT_WIDTHS = {False: 453.0, True: 700.0}
"""Width between the margins in points: standing pages, and pages on their side."""
HEADING, HEADINGS = 16, 60
"""Characters of a line of the heading of a model, and of those of all models beside each other."""
AIR = 16.0
"""Points that the names of terms leave to the brackets round the numbers of models."""
GAP = 3.0
"""Half of the space between columns, in points."""


def write(contents: Mapping[Lang, Contents], out: Path) -> Written:
    """Write a file for each table and language, and a manuscript that shows them all."""
    files: list[Path] = []
    for lang, one in contents.items():
        tables = [part for part in one.exhibits.values() if isinstance(part, TablePart)]
        folder = out / lang / "tables"
        for part in tables:
            files.append(folder / f"{part.id}.tex")
            write_atomic(files[-1], table_tex(part.grid).encode())
        files.append(folder / "all.tex")
        write_atomic(files[-1], all_tex([part.id for part in tables], lang).encode())
    return Written(tuple(path for path in files if path.name == "all.tex"), tuple(files))


def all_tex(names: list[str], lang: Lang) -> str:
    """Write a document that inputs every table, as a manuscript would."""
    setting = CHINESE[lang]
    inputs = "".join(f"\\input{{{name}}}\n\\clearpage\n" for name in names)
    return (
        f"\\documentclass[{setting.options}]{{{setting.document}}}\n"
        "\\usepackage{booktabs,longtable,dcolumn,array,geometry}\n"
        "\\geometry{a4paper,landscape,margin=25mm}\n"
        f"\\begin{{document}}\n{inputs}\\end{{document}}\n"
    )


def table_tex(grid: Grid) -> str:
    """Write a table; its heading repeats on every page, and its origin is a comment."""
    whole, (grid, said) = grid, printed(grid)
    room = _room(grid)
    setting = _setting(whole)
    head = HEAD.format(
        title=one_line(grid.title),
        origin=one_line(grid.colophon),
        **vars(setting),
        landscape=",landscape" if room.turned else "",
    )
    size = room.type_size(TEXT_WIDTHS[room.turned], LARGEST_TYPE)
    return "".join(
        [
            head,
            "\\begingroup\n",
            f"\\fontsize{{{size:g}}}{{{size * LEADING:.1f}}}\\selectfont\n",
            f"\\setlength{{\\tabcolsep}}{{{GAP:g}pt}}\n",
            "\\setlength{\\LTcapwidth}{\\linewidth}\n",
            f"\\begin{{longtable}}{{{_columns(grid)}}}\n",
            f"\\caption{{{escape_latex(grid.title)}}}\\label{{{grid.id}}}\\\\\n",
            *_heading(grid),
            *_rows(grid),
            "\\bottomrule\n\\end{longtable}\n",
            *(f"\\noindent {escape_latex(line)}\\par\n" for line in _notes(grid, said)),
            "\\endgroup\n\\compendiumend\n",
        ]
    )


def _room(grid: Grid) -> Room:
    """Room of the columns; numbers in line by their points need that on both sides of them."""
    room = room_of(grid)
    if not grid.paired:
        return room
    needed = (sum(map(int, _places(grid, c).split("."))) + 2 for c in grid.columns[1:])
    wide = (max(pair) for pair in zip(room.columns[1:], needed, strict=True))
    return replace(room, columns=(room.columns[0], *wide))


def _setting(grid: Grid) -> _Setting:
    texts = chain(
        (grid.title, grid.subtitle, grid.note, grid.source, grid.colophon, grid.claims), *grid.rows
    )
    headings = (column.heading for column in grid.columns)
    chinese = any(c >= WIDE_CHARACTER for text in chain(texts, headings) for c in text)
    return CHINESE[grid.lang] if chinese else LATIN


def _columns(grid: Grid) -> str:
    """Numbers flush right, words wrapped in a share of the line unless they are short."""
    room = _room(grid)
    gaps = (2 * GAP * len(grid.columns) + grid.paired * AIR) / TEXT_WIDTHS[room.turned]
    told = []
    for column, length, share in zip(grid.columns, room.columns, room.shares, strict=True):
        wide = f">{{\\raggedright\\arraybackslash}}p{{{share * (1 - gaps):.3f}\\linewidth}}"
        number = f"D{{.}}{{.}}{{{_places(grid, column)}}}" if grid.paired else "r"
        told.append(number if column.numeric else "l" if length <= SHORT_CELL else wide)
    return "".join(told)


def _places(grid: Grid, column: GridColumn) -> str:
    """Characters before and after the decimal point of a regression table's column."""
    k = grid.columns.index(column)
    parts = [part for row in grid.rows if (part := decimal_parts(row[k]))]
    before, after = (max((len(p[i]) for p in parts), default=1) for i in (0, 1))
    return f"{before}.{max(after - 1, 0)}"


def _heading(grid: Grid) -> Iterator[str]:
    heads = " & ".join(_cell(column.heading, column.numeric, grid) for column in grid.columns)
    for end in ("\\endfirsthead", "\\endhead"):
        yield f"\\toprule\n{_over(grid)}{heads} \\\\\n\\midrule\n{end}\n"
    yield "\\bottomrule\n\\endfoot\n\\endlastfoot\n"


def _over(grid: Grid) -> str:
    """Write the heading over all columns but the first."""
    if not grid.over:
        return ""
    n = len(grid.columns)
    lines = "\\\\".join(map(escape_latex, _lines(grid.over, HEADING * (n - 1))))
    words = f"\\begin{{tabular}}[b]{{@{{}}c@{{}}}}{lines}\\end{{tabular}}"
    told = f" & \\multicolumn{{{n - 1}}}{{c}}{{{words}}} \\\\\n"
    return f"{told}\\cmidrule(lr){{2-{n}}}\n"


def _cell(heading: str, right: bool, grid: Grid) -> str:
    """Break a heading of numbers at its spaces, so that it is no wider than they are."""
    if not right or not any(c.isspace() for c in heading):
        told = escape_latex(heading)
    else:
        lines = _broken(heading, grid) if grid.paired else heading.split()
        broken = "\\\\".join(map(escape_latex, lines))
        side = "c" if grid.paired else "r"
        told = f"\\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}{broken}\\end{{tabular}}"
    return f"\\multicolumn{{1}}{{c}}{{{told}}}" if right and grid.paired else told


def _broken(heading: str, grid: Grid) -> list[str]:
    room = min(HEADING, HEADINGS // (len(grid.columns) - 1))
    return [line for part in heading.split("\n") for line in _lines(part, room)]


def _lines(text: str, room: int) -> list[str]:
    """Break a text between words, or Chinese characters, that are never parted themselves."""
    return wrapped(text, max(room, *(width_of(unit) for _, unit in units_of(text))))


def _rows(grid: Grid) -> Iterator[str]:
    for i, row in enumerate(grid.rows):
        if grid.closes(i):
            yield "\\midrule\n"
        elif grid.begins_group(i) and i < len(grid.rows) - grid.closing:
            yield "\\addlinespace\n"
        shown = [_shown(grid, text, k) if grid.span(i, k) else "" for k, text in enumerate(row)]
        below = i + 1 < len(grid.rows) and not grid.span(i + 1, 0)
        kept = "*" if grid.paired and below else ""  # an error stays on the page of its coefficient
        yield f"{' & '.join(shown)} \\\\{kept}\n"


def _shown(grid: Grid, text: str, column: int) -> str:
    """Write a cell; numbers of regression tables are set as formulas, by their decimal points."""
    if not (grid.paired and column and text):
        return escape_latex(text)
    parts = decimal_parts(text)
    if parts is None:
        return f"\\multicolumn{{1}}{{c}}{{{escape_latex(text)}}}"
    left, right = parts[0].replace("−", "-").replace(",", "{,}"), parts[1].rstrip("*†")
    marks = parts[1][len(right) :].replace("†", "\\dagger ")
    told = f"{left}{right}^{{{marks}}}" if marks else f"{left}{right}"
    return f"\\{told[:-1]}\\}}" if told.startswith("{") else told


def _notes(grid: Grid, said: tuple[Said, ...]) -> Iterator[str]:
    if grid.stands_in:
        yield EVIDENCE_WORDS["stand-in"][grid.lang]
    if grid.subtitle:
        yield grid.subtitle
    if grid.note:
        yield noted(grid.note, grid.lang)
    for one in said:
        yield f"{one.of}{COLON[grid.lang]}{one.text}"
    if grid.source:
        yield grid.source
