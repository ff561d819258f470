"""The account of an import, to be kept: counts, rules, codes and rows, and no respondent's name."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compendium.files import write_atomic
from compendium.survey.importing.convert import Converted
from compendium.survey.importing.findings import RULES, Finding
from compendium.survey.importing.frame import Joined
from compendium.survey.instrument import Instrument, Question
from compendium.survey.screens import REASONS
from compendium.text import LANGS, Lang, Text, word_table

REPORT_NAME = "import_report.json"
ROW_RULES = ("required", "name", "left_out", "not_in_frame", "out_of_range_row", *REASONS)
"""Rules that leave out whole rows."""

COMMON = 5
"""A word that fewer rows have may say who wrote it, and is not repeated."""

_RANGES = 40
"""Ranges of rows in a line of the page; the JSON file has all."""

_WORDS = {row["code"]: Text(row["en"], row["zh"]) for row in word_table(__package__, "account.csv")}
_HEADS: Mapping[str, str] = {
    "left_out": "reason rows row_numbers",
    "found": "rule question heading value problem row_numbers",
    "codes": "question text label score meaning cells",
    "questions": "question meaning heading given answers kept",
    "rules": "rule level finds found",
}
"""Heads of the page's tables, in the order of the page."""
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 2em}"
    "th,td{text-align:left;vertical-align:top;padding:.2em .8em .2em 0}"
    "tr{border-bottom:1px solid #ccc}"
    "td.n{text-align:right}"
)


def account(
    instrument: Instrument,
    joined: Joined,
    converted: Converted,
    findings: Sequence[Finding],
    stay: NDArray[np.bool_],
    source: Mapping[str, Any],
    written: str | None,
) -> dict[str, Any]:
    """Everything that is told of an import."""
    counted = Counter(finding.rule for finding in findings)
    return {
        **source,
        "written": written,
        "rules": {rule: counted[rule] for rule in RULES},
        "left_out": _rows_out(findings, stay),
        "findings": [_record(instrument, finding) for finding in findings],
        "questions": list(_questions(instrument, joined, converted, stay)),
        "codes": list(_codes(instrument, converted)),
    }


def write_report(folder: Path, told: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write the account as JSON and as a page in each language, for the owner's eyes alone."""
    path = folder / REPORT_NAME
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    files = {path: text} | {
        path.with_suffix(f".{lang}.html"): "\n".join(_page(told, lang)) + "\n" for lang in LANGS
    }
    for target, content in files.items():
        write_atomic(target, content.encode(), private=True)
    return tuple(files)


def _rows_out(findings: Iterable[Finding], stay: NDArray[np.bool_]) -> dict[str, list[int]]:
    """Rule to the rows that it leaves out; a row may have several reasons."""
    found: dict[str, set[int]] = defaultdict(set)
    for finding in findings:
        if finding.rule in ROW_RULES:
            found[finding.rule] |= {row for row in finding.rows if not stay[row - 1]}
    return {rule: sorted(rows) for rule, rows in found.items() if rows}


def _record(instrument: Instrument, finding: Finding) -> dict[str, Any]:
    """A finding without what a respondent is called or wrote."""
    question = instrument.questions.get(finding.column or "")
    name = question is not None and question.type == "string" and question.name != "unit_id"
    rare = finding.rule == "word" and len(finding.rows) < COMMON
    hidden = name or rare or finding.rule in REASONS
    return finding.record() | ({"value": None} if hidden else {})


def _questions(
    instrument: Instrument, joined: Joined, converted: Converted, stay: NDArray[np.bool_]
) -> Iterator[dict[str, Any]]:
    mapping = joined.mapping
    for name, question in instrument.questions.items():
        answered = _answered(question, converted.columns[name])
        column = mapping.columns.get(name)
        yield {
            "question": name,
            "label": _both(question.short),
            "heading": joined.raw.headings[column.source] if column else None,
            "given": converted.given.get(name, 0),
            "answers": int(answered.sum()),
            "kept": int(answered[stay].sum()),
        }


def _answered(question: Question, values: NDArray[Any]) -> NDArray[np.bool_]:
    if question.type == "string":
        return np.array([value is not None for value in values], dtype=bool)
    return ~np.isnan(values) if question.type == "number" else values >= 0


def _codes(instrument: Instrument, converted: Converted) -> Iterator[dict[str, Any]]:
    ways = {str(way.code): way.label for way in instrument.non_response.values()}
    for row in converted.codes:
        question = instrument.questions[row.question]
        answers = instrument.answers[question.answers] if question.answers else {}
        known = {str(code): label for code, label in answers.items()} | ways
        said = Text(row.code, row.code) if row.code else _WORDS["no_answer"]
        yield {
            "question": row.question,
            "text": row.text,
            "label": row.label,
            "score": row.code or None,
            "meaning": _both(known.get(row.code, said)),
            "count": row.count,
        }


def _both(text: Text) -> dict[str, str]:
    return {lang: text[lang] for lang in LANGS}


def _page(told: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    code = {"en": "en", "zh": "zh-CN"}[lang]
    yield f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8">'
    title, rows = _WORDS["title"][lang], _rows(told, lang)
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1>"
    yield from _table(list(_summary(told, lang)))
    for key, names in _HEADS.items():
        yield f"<h2>{_WORDS[key][lang]}</h2>"
        yield from _table(rows[key], [_WORDS[f"head:{name}"][lang] for name in names.split()])
    yield "</body></html>"


def _table(rows: Sequence[Sequence[Any]], heads: Sequence[str] = ()) -> Iterator[str]:
    yield "<table>"
    if heads:
        yield "<tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(_cell(value) for value in row) + "</tr>"
    yield "</table>"


def _cell(value: Any) -> str:
    kind = ' class="n"' if isinstance(value, int) else ""
    return f"<td{kind}>{'' if value is None else escape(str(value))}</td>"


def _summary(told: Mapping[str, Any], lang: Lang) -> Iterator[tuple[str, str]]:
    sha = told["written"]
    words = {code: text[lang] for code, text in _WORDS.items()}
    yield words["file"], told["file"]
    yield words["encoding"], told["encoding"]
    yield words["rows"], words["read_kept"].format(rows=told["rows"], kept=told["kept"])
    yield "", words["written"].format(sha=sha) if sha else words["not_written"]
    for name, key in (("", "sha256"), ("mapping", "mapping"), ("frame", "frame")):
        if key in told:
            yield f"{words['hashes']} {name or told['file']}", told[key]


def _rows(told: Mapping[str, Any], lang: Lang) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of the page's tables, by its parts."""
    return {
        "left_out": [
            (RULES[rule].said(lang), len(rows), ranges(rows))
            for rule, rows in told["left_out"].items()
        ],
        "found": [
            (
                *(one[name] for name in ("rule", "column", "heading", "value")),
                *(one["problem"][lang], ranges(one["rows"])),
            )
            for one in told["findings"]
        ],
        "codes": [
            (
                *(one[name] for name in ("question", "text", "label", "score")),
                *(one["meaning"][lang], one["count"]),
            )
            for one in told["codes"]
        ],
        "questions": [
            (
                *(one["question"], one["label"][lang]),
                *(one[name] for name in ("heading", "given", "answers", "kept")),
            )
            for one in told["questions"]
        ],
        "rules": [
            (rule, _WORDS[f"level:{RULES[rule].level}"][lang], RULES[rule].said(lang), n)
            for rule, n in told["rules"].items()
        ],
    }


def ranges(rows: Sequence[int]) -> str:
    """Numbers in ascending order as ranges, such as 3-5, 9."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    shown = [f"{low}" if low == high else f"{low}-{high}" for low, high in spans[:_RANGES]]
    return ", ".join(shown) + (" …" if spans[_RANGES:] else "")
