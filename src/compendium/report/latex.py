"""Tables as LaTeX with booktabs: each file compiles alone and inside a manuscript."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from compendium.exhibits.grid import Grid
from compendium.exhibits.words import EVIDENCE_WORDS, SEPARATOR
from compendium.files import write_atomic
from compendium.report.contents import Contents, TablePart
from compendium.report.escape import escape_latex
from compendium.report.widths import SHORT_CELL, WIDE_CHARACTER, room_of
from compendium.report.written import Written
from compendium.text import Lang, one_line

HEAD = r"""% {title}
% Compiles alone with {engine}. In a manuscript, \input it; load booktabs, longtable and
% array{more} there.
\makeatletter
\ifx\@nodocument\relax\def\compendiumend{{}}\else
\documentclass[{options}]{{{document}}}
\usepackage{{booktabs,longtable,array,geometry}}
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
        "\\usepackage{booktabs,longtable,array,geometry}\n"
        "\\geometry{a4paper,landscape,margin=25mm}\n"
        f"\\begin{{document}}\n{inputs}\\end{{document}}\n"
    )


def table_tex(grid: Grid) -> str:
    """Write a table; its heading repeats on every page."""
    room = room_of(grid)
    setting = _setting(grid)
    head = HEAD.format(
        title=one_line(grid.title),
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
            f"\\begin{{longtable}}{{{_columns(grid)}}}\n",
            f"\\caption{{{escape_latex(grid.title)}}}\\label{{{grid.id}}}\\\\\n",
            *_heading(grid),
            *_rows(grid),
            "\\bottomrule\n\\end{longtable}\n",
            *(f"\\noindent {escape_latex(line)}\\par\n" for line in _notes(grid)),
            "\\endgroup\n\\compendiumend\n",
        ]
    )


def _setting(grid: Grid) -> _Setting:
    texts = chain(
        (grid.title, grid.subtitle, grid.note, grid.source, grid.colophon, grid.claims), *grid.rows
    )
    headings = (column.heading for column in grid.columns)
    chinese = any(c >= WIDE_CHARACTER for text in chain(texts, headings) for c in text)
    return CHINESE[grid.lang] if chinese else LATIN


def _columns(grid: Grid) -> str:
    """Numbers flush right, words wrapped in a share of the line unless they are short."""
    room = room_of(grid)
    gaps = 2 * GAP * len(grid.columns) / TEXT_WIDTHS[room.turned]
    told = []
    for column, length, share in zip(grid.columns, room.columns, room.shares, strict=True):
        wide = f">{{\\raggedright\\arraybackslash}}p{{{share * (1 - gaps):.3f}\\linewidth}}"
        told.append("r" if column.numeric else "l" if length <= SHORT_CELL else wide)
    return "".join(told)


def _heading(grid: Grid) -> Iterator[str]:
    heads = (_cell(column.heading, column.numeric) for column in grid.columns)
    yield f"\\toprule\n{' & '.join(heads)} \\\\\n\\midrule\n\\endfirsthead\n"
    heads = (_cell(column.heading, column.numeric) for column in grid.columns)
    yield f"\\toprule\n{' & '.join(heads)} \\\\\n\\midrule\n\\endhead\n"
    yield "\\bottomrule\n\\endfoot\n\\endlastfoot\n"


def _cell(heading: str, right: bool) -> str:
    """Break a heading of numbers at its spaces, so that it is no wider than they are."""
    if not right or " " not in heading:
        return escape_latex(heading)
    broken = "\\\\".join(escape_latex(word) for word in heading.split(" "))
    return f"\\begin{{tabular}}[b]{{@{{}}r@{{}}}}{broken}\\end{{tabular}}"


def _rows(grid: Grid) -> Iterator[str]:
    for i, row in enumerate(grid.rows):
        if grid.begins_group(i):
            yield "\\addlinespace\n"
        shown = [escape_latex(text) if grid.span(i, k) else "" for k, text in enumerate(row)]
        yield f"{' & '.join(shown)} \\\\\n"


def _notes(grid: Grid) -> Iterator[str]:
    if grid.stands_in:
        yield EVIDENCE_WORDS["stand-in"][grid.lang]
    marks = SEPARATOR[grid.lang].join(words for kind, words in grid.marks if kind != "stand-in")
    said = " ".join(filter(None, (grid.note, marks, grid.claims)))
    yield from filter(None, (grid.subtitle, said, grid.source, grid.colophon))
