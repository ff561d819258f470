"""Codebooks as Markdown, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from compendium.data.codebook import Codebook, Column, Table
from compendium.data.names import NAME_LISTS
from compendium.text import Lang, Text, as_markdown, one_line

WORDS: Mapping[str, Text] = {
    "dictionary": Text("Data dictionary", "数据字典"),
    "file": Text("File", "文件"),
    "row": Text("One row is", "一行是"),
    "key": Text("Key", "主键"),
    "rows": Text("Rows", "行数"),
    "unstated": Text("not stated", "未载明"),
    "unshipped": Text("not shipped", "不随项目发布"),
    "source": Text("Source", "来源"),
    "licence": Text("Licence", "许可"),
    "column": Text("Column", "列"),
    "label": Text("Label", "标签"),
    "type": Text("Type", "类型"),
    "unit": Text("Unit", "单位"),
    "values": Text("Allowed values", "允许的取值"),
    "empty": Text("Empty means", "空值含义"),
    "rule": Text("Rule", "规则"),
    "never": Text("never empty", "从不为空"),
    "exceptions": Text("Documented exceptions", "载明的例外"),
    "series": Text("Series", "序列"),
    "regions": Text("Regions", "地区"),
    "years": Text("Years", "年份"),
    "n": Text("Values", "数值个数"),
    "breaks": Text("Breaks and formula", "口径变化与公式"),
    "several": Text("one or several, joined by ' ; '", "一个或多个，以“ ; ”连接"),
    "decimals": Text("written with decimals (1.0)", "写作小数（1.0）"),
}
TYPES: Mapping[str, Text] = {
    "string": Text("text", "文本"),
    "integer": Text("whole number", "整数"),
    "number": Text("number", "数值"),
    "date": Text("date", "日期"),
    "flag": Text("0/1 mark", "0/1 标记"),
    "category": Text("category", "类别"),
    "url": Text("web address", "网址"),
}
PRECISIONS: Mapping[str, Text] = {
    "day": Text("YYYY-MM-DD", "YYYY-MM-DD"),
    "month": Text("YYYY-MM", "YYYY-MM"),
    "year": Text("YYYY", "YYYY"),
}
JOIN: Mapping[Lang, str] = {"en": "; ", "zh": "\uff1b"}
_TICKS = re.compile(r"`+")
_BAR = re.compile(r"(?<!\\)\|")
COLON: Mapping[Lang, str] = {"en": ": ", "zh": "\uff1a"}


def render_book(book: Codebook, lang: Lang) -> str:
    """Markdown heading of one data folder."""
    licence = as_markdown(book.licence)
    if book.licence_scope is not None:
        licence += f" ({as_markdown(book.licence_scope[lang])})"
    facts = [(WORDS["licence"], licence)]
    if book.missing is not None:
        facts.append((WORDS["empty"], as_markdown(book.missing[lang])))
    lines = [f"## {as_markdown(book.title[lang])}", "", *_facts(facts, lang)]
    for name, note in book.documents.items():
        said = f"{note.label[lang]}, {note.unit_of_observation[lang]}"
        said += f". {note.note[lang]}" if note.note else ""
        lines.append(f"- {_code(name)}{COLON[lang]}{as_markdown(said)}")
    return "\n".join(lines) + "\n"


def render_codebook(table: Table, lang: Lang) -> str:
    """Markdown of one table: facts, columns, series and documented exceptions."""
    facts = [
        (WORDS["file"], _code(table.file)),
        (WORDS["row"], as_markdown(table.unit_of_observation[lang])),
        (WORDS["key"], ", ".join(map(_code, table.key))),
        (WORDS["rows"], _rows(table, lang)),
    ]
    if table.source is not None:
        facts.append((WORDS["source"], as_markdown(table.source[lang])))
    heading = ("column", "label", "type", "values", "empty", "rule")
    blocks = [
        f"### {as_markdown(table.label[lang])} ({_code(table.name)})\n",
        "\n".join(_facts(facts, lang)) + "\n",
        _grid(heading, [_column_cells(c, table, lang) for c in table.columns.values()], lang),
    ]
    if table.series:
        blocks.append(_series(table, lang))
    if table.exceptions:
        blocks.append(_exceptions(table, lang))
    return "\n".join(blocks)


def _rows(table: Table, lang: Lang) -> str:
    if table.rows is not None:
        return f"{table.rows:,}"
    return WORDS["unstated" if table.shipped else "unshipped"][lang]


def _facts(facts: Iterable[tuple[Text, str]], lang: Lang) -> list[str]:
    return [f"- {word[lang]}{COLON[lang]}{said}" for word, said in facts]


def _grid(heading: Iterable[str], rows: Iterable[Iterable[str]], lang: Lang) -> str:
    names = [WORDS[name][lang] for name in heading]
    lines = [names, ["---"] * len(names), *rows]
    return (
        "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines) + "\n"
    )


def _cell(text: str) -> str:
    """Keep the bars of code from ending the cell; those of words are marked already."""
    return _BAR.sub(r"\\|", one_line(text))


def _code(text: str) -> str:
    """Write a name as it stands in files, between more backticks than it holds."""
    shown = one_line(text)
    mark = "`" * (1 + max(map(len, _TICKS.findall(shown)), default=0))
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{mark}{space}{shown}{space}{mark}"


def _column_cells(column: Column, table: Table, lang: Lang) -> list[str]:
    return [
        _code(column.name),
        as_markdown(column.label[lang]),
        _type(column, lang),
        _values(column, table, lang),
        as_markdown(column.missing[lang]) if column.missing else WORDS["never"][lang],
        _rule(column, lang),
    ]


def _type(column: Column, lang: Lang) -> str:
    parts = [TYPES[column.type][lang]]
    if column.precisions:
        parts.append(" / ".join(PRECISIONS[name][lang] for name in column.precisions))
    if column.unit is not None:
        parts.append(f"{WORDS['unit'][lang]}{COLON[lang]}{as_markdown(column.unit[lang])}")
    if column.several:
        parts.append(WORDS["several"][lang])
    if column.decimal_notation:
        parts.append(WORDS["decimals"][lang])
    return JOIN[lang].join(parts)


def _values(column: Column, table: Table, lang: Lang) -> str:
    if column.values is not None:
        if table.series and list(column.values) == list(table.series):
            return WORDS["series"][lang]
        words = (f"{_code(key)} {as_markdown(text[lang])}" for key, text in column.values.items())
        return JOIN[lang].join(words)
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum:g} – {column.maximum:g}"
    if column.minimum is not None:
        return f"≥ {column.minimum:g}"
    if column.maximum is not None:
        return f"≤ {column.maximum:g}"
    if column.names:
        return as_markdown(NAME_LISTS[column.names].label[lang])
    return _code(column.pattern) if column.pattern else ""


def _rule(column: Column, lang: Lang) -> str:
    parts = [as_markdown(column.rule[lang])] if column.rule else []
    if column.source is not None:
        parts.append(f"{WORDS['source'][lang]}{COLON[lang]}{as_markdown(column.source[lang])}")
    return JOIN[lang].join(parts)


def _series(table: Table, lang: Lang) -> str:
    heading = ("series", "label", "unit", "regions", "years", "n", "breaks")
    regions = table.columns["region"].values or {}
    rows = [
        [
            _code(item.name),
            as_markdown(item.label[lang]),
            as_markdown(item.unit[lang]),
            ", ".join(as_markdown(regions[name][lang]) for name in item.regions),
            f"{item.first_year}–{item.last_year}",
            str(item.n),
            JOIN[lang].join(_breaks(item.breaks, item.formula, lang)),
        ]
        for item in table.series.values()
    ]
    return _grid(heading, rows, lang)


def _breaks(breaks: Text | None, formula: str | None, lang: Lang) -> list[str]:
    said = [as_markdown(breaks[lang])] if breaks else []
    return [*said, _code(formula)] if formula else said


def _exceptions(table: Table, lang: Lang) -> str:
    lines = [f"{WORDS['exceptions'][lang]}{COLON[lang].strip()}", ""]
    for item in table.exceptions:
        rows = ", ".join(_code(str(row)) for row in item.rows)
        said = as_markdown(item.reason[lang])
        lines.append(f"- {_code(item.rule)}, {rows}{COLON[lang]}{said}")
    return "\n".join(lines) + "\n"
