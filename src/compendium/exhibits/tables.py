"""Tables as HTML fragments: caption, scopes, note, colophon; no script and no inline style."""

from __future__ import annotations

from html import escape

import pandas as pd

from compendium.exhibits.colophon import Colophon
from compendium.exhibits.grid import Grid, GridColumn
from compendium.exhibits.labels import Labels
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.regression import table_grid
from compendium.text import Lang

HTML_LANG = {"en": "en", "zh": "zh-CN"}

TABLE_CSS = """\
.gr-exhibit { margin: 1.2em 0; max-width: 60rem; overflow-x: auto; }
.gr-exhibit table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid;
  width: 100%; font-size: 0.92rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
.gr-exhibit caption { text-align: left; font-size: 1.08rem; padding: 0 0 0.5rem; }
.gr-exhibit thead th { border-bottom: 1px solid; font-weight: 600; vertical-align: bottom; }
.gr-exhibit th, .gr-exhibit td { padding: 0.3rem 0.7rem; text-align: left; vertical-align: top;
  border-left: 0; border-right: 0; background: none; }
.gr-exhibit[lang|="zh"] thead th { white-space: nowrap; }
.gr-exhibit tbody th { font-weight: 400; }
.gr-exhibit tbody tr + tr > *, .gr-exhibit tbody + tbody > tr:first-child > *
  { border-top: 1px solid #8884; }
.gr-exhibit.gr-paired tbody tr > *, .gr-exhibit.gr-paired tbody + tbody > tr:first-child > *
  { border-top: 0; padding-bottom: 0; padding-top: 0; }
.gr-exhibit.gr-paired tbody > tr:first-child > * { padding-top: 0.4rem; }
.gr-exhibit.gr-paired tbody:last-child > tr > * { padding-bottom: 0.3rem; }
.gr-exhibit .gr-number { text-align: right; white-space: nowrap; }
.gr-exhibit.gr-paired .gr-number { text-align: center; }
.gr-exhibit .gr-subtitle { display: block; font-size: 0.92rem; opacity: 0.85; }
.gr-exhibit .gr-note { font-size: 0.86rem; margin: 0.5rem 0 0; }
.gr-exhibit .gr-colophon { font-size: 0.74rem; margin: 0.3rem 0 0; opacity: 0.75;
  overflow-wrap: anywhere; }
.gr-exhibit .gr-marks { display: block; margin-bottom: 0.35rem; font-size: 0.8rem; }
.gr-exhibit .gr-evidence { display: inline-block; padding: 0.1rem 0.55rem; margin-right: 0.4rem;
  color: #fff; background: #00614a; }
.gr-exhibit .gr-evidence-external { background: #1f4e8c; }
.gr-exhibit .gr-evidence-stand-in { background: #b23a00; font-size: 1rem; }
.gr-exhibit.gr-stand-in { border: 4px solid #b23a00; padding: 0.7rem; }
"""


def table_html(
    frame: pd.DataFrame,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    colophon: Colophon | None = None,
) -> str:
    """Write a table as a self-contained HTML fragment; see `table_grid` for what it raises."""
    return grid_html(table_grid(frame, exhibit, labels, lang, colophon))


def grid_html(grid: Grid) -> str:
    """Write a table in words as a self-contained HTML fragment.

    The first column heads its rows; where its words repeat they are written once for a group of
    rows, and the next column heads the single rows.
    """
    head = "".join(
        f'<th scope="col"{_class(column)}>{escape(column.heading)}</th>' for column in grid.columns
    )
    classes = "gr-exhibit" + (" gr-stand-in" if grid.stands_in else "")
    classes += " gr-paired" if grid.paired else ""
    lines = [
        f'<section class="{classes}" id="{escape(grid.id)}" lang="{HTML_LANG[grid.lang]}">',
        "<table>",
        f"<caption>{_marks(grid)}{escape(grid.title)}{_subtitle(grid)}</caption>",
        f"<thead>\n{_over(grid)}<tr>{head}</tr>\n</thead>",
        *_bodies(grid),
        "</table>",
        *_foot(grid),
        "</section>",
    ]
    return "\n".join(lines) + "\n"


def _over(grid: Grid) -> str:
    """Write the row that heads all columns but the first together."""
    if not grid.over:
        return ""
    span = len(grid.columns) - 1
    told = f'<th scope="colgroup" colspan="{span}" class="gr-number">{escape(grid.over)}</th>'
    return f"<tr><td></td>{told}</tr>\n"


def _marks(grid: Grid) -> str:
    badges = [
        f'<span class="gr-evidence gr-evidence-{kind}">{escape(words)}</span>'
        for kind, words in grid.marks
    ]
    if grid.claims:
        badges.append(f'<span class="gr-claims">{escape(grid.claims)}</span>')
    return f'<span class="gr-marks">{" ".join(badges)}</span>' if badges else ""


def _subtitle(grid: Grid) -> str:
    return f'<span class="gr-subtitle">{escape(grid.subtitle)}</span>' if grid.subtitle else ""


def _foot(grid: Grid) -> list[str]:
    told = filter(None, (grid.note, grid.source))
    lines = [f'<p class="gr-note">{escape(text)}</p>' for text in told]
    if grid.colophon:
        lines.append(f'<p class="gr-colophon">{escape(grid.colophon)}</p>')
    return lines


def _bodies(grid: Grid) -> list[str]:
    lines = ["<tbody>"]
    for i in range(len(grid.rows)):
        if grid.begins_group(i):
            lines += ["</tbody>", "<tbody>"]
        lines.append(f"<tr>{_row(grid, i)}</tr>")
    return [*lines, "</tbody>"]


def _row(grid: Grid, i: int) -> str:
    row, depth = grid.rows[i], grid.depth
    heads = [_group(row[k], grid.span(i, k), k) for k in range(depth) if grid.span(i, k)]
    rest = zip(row[depth:], grid.columns[depth:], strict=True)
    first = -1 if grid.paired else 0
    return "".join(
        heads + [_cell(text, k == first, column) for k, (text, column) in enumerate(rest)]
    )


def _group(text: str, span: int, level: int) -> str:
    scope = "rowgroup" if level == 0 else "row"
    return f'<th scope="{scope}" rowspan="{span}">{escape(text)}</th>'


def _cell(text: str, heads: bool, column: GridColumn) -> str:
    if heads:
        return f'<th scope="row"{_class(column)}>{escape(text)}</th>'
    return f"<td{_class(column)}>{escape(text)}</td>"


def _class(column: GridColumn) -> str:
    return ' class="gr-number"' if column.numeric else ""
