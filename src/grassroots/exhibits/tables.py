"""Tables as HTML fragments: caption, scopes, note, colophon; no script and no inline style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise, takewhile
from typing import Any

import pandas as pd

from grassroots.errors import UserError
from grassroots.exhibits.canvas import claim_words
from grassroots.exhibits.colophon import Colophon
from grassroots.exhibits.labels import Labels
from grassroots.exhibits.numbers import MISSING, NumberStyle, write_p
from grassroots.exhibits.protocols import ColumnPlan, ExhibitPlan
from grassroots.exhibits.words import EVIDENCE_WORDS, TO
from grassroots.text import Lang

HTML_LANG = {"en": "en", "zh": "zh-CN"}
NUMERIC = ("integer", "percent", "number", "p")
# Two levels of groups can still be followed by ear.
_MOST_GROUPS = 2
_DEFAULT_DIGITS = {"percent": 1, "number": 2, "p": 3}

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
.gr-exhibit .gr-number { text-align: right; white-space: nowrap; }
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
    """Write a table as a self-contained HTML fragment.

    The first column heads its rows; where its words repeat they are written once for a group of
    rows, and the next column heads the single rows. A planned column `x` that the frame lacks
    while it has `x_low` and `x_high` is written as an interval.

    Raises
    ------
    UserError
        A planned column that the frame lacks, a value that its format can't write, a code or
        heading without words.
    """
    headings = [_heading(column, exhibit, labels, lang) for column in exhibit.columns]
    cells = [_cells(column, frame, exhibit, labels, lang) for column in exhibit.columns]
    head = "".join(_head(text, c) for text, c in zip(headings, exhibit.columns, strict=True))
    classes = "gr-exhibit" + (" gr-stand-in" if "stand-in" in exhibit.evidence else "")
    lines = [
        f'<section class="{classes}" id="{escape(exhibit.id)}" lang="{HTML_LANG[lang]}">',
        "<table>",
        f"<caption>{_marks(exhibit, lang)}{escape(exhibit.title[lang].strip())}</caption>",
        f"<thead>\n<tr>{head}</tr>\n</thead>",
        *_bodies(list(zip(*cells, strict=True)), exhibit.columns),
        "</table>",
        *_foot(exhibit, lang, colophon),
        "</section>",
    ]
    return "\n".join(lines) + "\n"


def _marks(exhibit: ExhibitPlan, lang: Lang) -> str:
    badges = [
        f'<span class="gr-evidence gr-evidence-{kind}">{escape(words[lang])}</span>'
        for kind, words in EVIDENCE_WORDS.items()
        if kind in exhibit.evidence
    ]
    if exhibit.claims:
        words = escape(claim_words(exhibit.claims, lang))
        badges.append(f'<span class="gr-claims">{words}</span>')
    return f'<span class="gr-marks">{" ".join(badges)}</span>' if badges else ""


def _foot(exhibit: ExhibitPlan, lang: Lang, colophon: Colophon | None) -> list[str]:
    note = exhibit.note[lang].strip() if exhibit.note else ""
    lines = [f'<p class="gr-note">{escape(note)}</p>'] if note else []
    if colophon is not None:
        lines.append(f'<p class="gr-colophon">{escape(colophon.line(lang))}</p>')
    return lines


def _head(text: str, column: ColumnPlan) -> str:
    return f'<th scope="col"{_class(column)}>{escape(text)}</th>'


def _bodies(rows: list[tuple[str, ...]], columns: Sequence[ColumnPlan]) -> list[str]:
    depth = _depth(rows, columns)
    lines = ["<tbody>"] if rows else ["<tbody>", "</tbody>"]
    for i, row in enumerate(rows):
        if depth and i and row[0] != rows[i - 1][0]:
            lines += ["</tbody>", "<tbody>"]
        spans = [_span(rows, i, level) for level in range(depth)]
        heads = [_group(row[k], span, k) for k, span in enumerate(spans) if span]
        rest = zip(row[depth:], columns[depth:], strict=True)
        cells = [_cell(text, k == 0, column) for k, (text, column) in enumerate(rest)]
        lines.append(f"<tr>{''.join(heads + cells)}</tr>")
    return [*lines, "</tbody>"] if rows else lines


def _depth(rows: list[tuple[str, ...]], columns: Sequence[ColumnPlan]) -> int:
    """Count the leading columns of words that repeat, so that a group of rows shares them."""
    depth = 0
    while depth < len(columns) - 1 and columns[depth].format not in NUMERIC:
        keys = [row[: depth + 1] for row in rows]
        if not any(a == b for a, b in pairwise(keys)):
            break
        depth += 1
    return min(depth, _MOST_GROUPS)


def _span(rows: list[tuple[str, ...]], start: int, level: int) -> int:
    """Count the rows that share a group's words from `start` on; 0 within a group."""
    key = rows[start][: level + 1]
    if start and rows[start - 1][: level + 1] == key:
        return 0
    alike = takewhile(lambda row: row[: level + 1] == key, rows[start:])
    return sum(1 for _ in alike)


def _group(text: str, span: int, level: int) -> str:
    scope = "rowgroup" if level == 0 else "row"
    return f'<th scope="{scope}" rowspan="{span}">{escape(text)}</th>'


def _cell(text: str, heads: bool, column: ColumnPlan) -> str:
    if heads:
        return f'<th scope="row"{_class(column)}>{escape(text)}</th>'
    return f"<td{_class(column)}>{escape(text)}</td>"


def _class(column: ColumnPlan) -> str:
    return ' class="gr-number"' if column.format in NUMERIC else ""


def _heading(column: ColumnPlan, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> str:
    if column.label is not None:
        return column.label[lang]
    return labels.text(column.name, exhibit.labels.get("columns"), lang=lang)


def _cells(
    column: ColumnPlan, frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> list[str]:
    ends = (f"{column.name}_low", f"{column.name}_high")
    if column.name not in frame and all(end in frame for end in ends):
        style = _number_style(column)
        lows, highs = (_numbers(frame[end], column, exhibit) for end in ends)
        return [style.between(a, b, TO[lang]) for a, b in zip(lows, highs, strict=True)]
    if column.name not in frame:
        raise UserError(
            f"table {exhibit.id} has no column {column.name}",
            "compute it in the notebook, or take it out of the plan",
            column=column.name,
        )
    values = frame[column.name]
    if column.format in NUMERIC:
        return [_number(value, column) for value in _numbers(values, column, exhibit)]
    return [_word(value, column, exhibit, labels, lang) for value in values]


def _numbers(values: pd.Series[Any], column: ColumnPlan, exhibit: ExhibitPlan) -> list[float]:
    try:
        return [float(value) for value in pd.to_numeric(values).astype("Float64").astype(float)]
    except (ValueError, TypeError) as error:
        raise UserError(
            f"table {exhibit.id} plans numbers where there are words",
            "plan the column as text or code",
            column=column.name,
        ) from error


def _number(value: float, column: ColumnPlan) -> str:
    if column.format == "p":
        return write_p(value, _digits(column))
    return _number_style(column).write(value)


def _number_style(column: ColumnPlan) -> NumberStyle:
    return NumberStyle(column.format == "percent", _digits(column))


def _digits(column: ColumnPlan) -> int:
    if column.format == "integer":
        return 0
    return _DEFAULT_DIGITS.get(column.format, 0) if column.digits is None else column.digits


def _word(value: Any, column: ColumnPlan, exhibit: ExhibitPlan, labels: Labels, lang: Lang) -> str:
    if pd.isna(value):
        return MISSING
    source = column.labels or exhibit.labels.get(column.name)
    if column.format == "code" or source:
        return labels.text(value, source, lang=lang)
    return str(value[lang]) if isinstance(value, Mapping) else str(value)
