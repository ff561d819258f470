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
from compendium.text import LANGS, Lang, Text

REPORT_NAME = "import_report.json"
ROW_RULES = ("required", "name", "left_out", "not_in_frame", "out_of_range_row", *REASONS)
"""Rules that leave out whole rows."""

COMMON = 5
"""A word that fewer rows have may say who wrote it, and is not repeated."""

_RANGES = 40
"""Ranges of rows in a line of the page; the JSON file has all."""

_TITLE = Text("Import of a survey", "问卷数据导入报告")
_WRITTEN = Text("written, content {sha}", "已写入，内容哈希 {sha}")
_NOT_WRITTEN = Text("not written", "未写入")
_FILE = Text("File", "文件")
_HASHES = Text("Hashes (SHA-256)", "哈希（SHA-256）")
_ROWS = Text("Rows", "行数")
_READ_KEPT = Text("{rows} read, {kept} kept", "读取 {rows}，保留 {kept}")
_ENCODING = Text("Read as", "读取编码")
_RULES = Text("Rules", "规则")
_LEFT_OUT = Text("Rows left out", "剔除的行")
_FOUND = Text("What was found", "发现的问题")
_QUESTIONS = Text("Answers by question", "各题答案数")
_CODES = Text("How each code was read", "各代码的读取")
_HEADS: Mapping[str, tuple[Text, ...]] = {
    "rules": (
        Text("Rule", "规则"),
        Text("Level", "级别"),
        Text("What it finds", "内容"),
        Text("Found", "次数"),
    ),
    "left_out": (Text("Reason", "原因"), Text("Rows", "行数"), Text("Row numbers", "行号")),
    "found": (
        Text("Rule", "规则"),
        Text("Question", "题目"),
        Text("Heading in the file", "文件中的表头"),
        Text("Value", "取值"),
        Text("Problem", "问题"),
        Text("Row numbers", "行号"),
    ),
    "questions": (
        Text("Question", "题目"),
        Text("Meaning", "含义"),
        Text("Heading in the file", "文件中的表头"),
        Text("Cells not empty", "非空单元格"),
        Text("Answers read", "读出答案"),
        Text("Answers kept", "保留答案"),
    ),
    "codes": (
        Text("Question", "题目"),
        Text("In the file", "文件中"),
        Text("Its label in the file", "文件中的标签"),
        Text("Score", "计分"),
        Text("Meaning", "含义"),
        Text("Cells", "单元格"),
    ),
}
_LEVELS: Mapping[str, Text] = {
    "stop": Text("must be mended", "必须更正"),
    "accept": Text("needs --accept", "需要 --accept"),
    "note": Text("for information", "供参考"),
}
_NO_ANSWER = Text("no answer", "未作答")
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
        meaning = known.get(row.code) or (Text(row.code, row.code) if row.code else _NO_ANSWER)
        yield {
            "question": row.question,
            "text": row.text,
            "label": row.label,
            "score": row.code or None,
            "meaning": _both(meaning),
            "count": row.count,
        }


def _both(text: Text) -> dict[str, str]:
    return {lang: text[lang] for lang in LANGS}


def _page(told: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    code = {"en": "en", "zh": "zh-CN"}[lang]
    yield f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8">'
    yield f"<title>{_TITLE[lang]}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{_TITLE[lang]}</h1>"
    yield from _table(None, list(_summary(told, lang)), lang)
    for key, title, rows in (
        ("left_out", _LEFT_OUT, _left_out_cells(told, lang)),
        ("found", _FOUND, _found_cells(told, lang)),
        ("codes", _CODES, _code_cells(told, lang)),
        ("questions", _QUESTIONS, _question_cells(told, lang)),
        ("rules", _RULES, _rule_cells(told, lang)),
    ):
        yield f"<h2>{title[lang]}</h2>"
        yield from _table(key, list(rows), lang)
    yield "</body></html>"


def _table(key: str | None, rows: Sequence[Sequence[Any]], lang: Lang) -> Iterator[str]:
    yield "<table>"
    if key is not None:
        heads = "".join(f"<th>{head[lang]}</th>" for head in _HEADS[key])
        yield f"<tr>{heads}</tr>"
    for row in rows:
        yield "<tr>" + "".join(_cell(value) for value in row) + "</tr>"
    yield "</table>"


def _cell(value: Any) -> str:
    kind = ' class="n"' if isinstance(value, int) else ""
    return f"<td{kind}>{'' if value is None else escape(str(value))}</td>"


def _summary(told: Mapping[str, Any], lang: Lang) -> Iterator[tuple[str, str]]:
    sha = told["written"]
    yield _FILE[lang], told["file"]
    yield _ENCODING[lang], told["encoding"]
    yield _ROWS[lang], _READ_KEPT[lang].format(rows=told["rows"], kept=told["kept"])
    yield "", _WRITTEN[lang].format(sha=sha) if sha else _NOT_WRITTEN[lang]
    for name, key in (("", "sha256"), ("mapping", "mapping"), ("frame", "frame")):
        if key in told:
            yield f"{_HASHES[lang]} {name or told['file']}", told[key]


def _left_out_cells(told: Mapping[str, Any], lang: Lang) -> Iterator[tuple[str, int, str]]:
    for rule, rows in told["left_out"].items():
        yield RULES[rule].said(lang), len(rows), ranges(rows)


def _found_cells(told: Mapping[str, Any], lang: Lang) -> Iterator[tuple[Any, ...]]:
    for one in told["findings"]:
        where = ranges(one["rows"])
        heading = one["heading"]
        yield one["rule"], one["column"], heading, one["value"], one["problem"][lang], where


def _code_cells(told: Mapping[str, Any], lang: Lang) -> Iterator[tuple[Any, ...]]:
    for one in told["codes"]:
        meaning = one["meaning"][lang]
        yield one["question"], one["text"], one["label"], one["score"], meaning, one["count"]


def _question_cells(told: Mapping[str, Any], lang: Lang) -> Iterator[tuple[Any, ...]]:
    for one in told["questions"]:
        counts = (one["given"], one["answers"], one["kept"])
        yield one["question"], one["label"][lang], one["heading"], *counts


def _rule_cells(told: Mapping[str, Any], lang: Lang) -> Iterator[tuple[Any, ...]]:
    for rule, n in told["rules"].items():
        yield rule, _LEVELS[RULES[rule].level][lang], RULES[rule].said(lang), n


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
