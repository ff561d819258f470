"""What an import can find in a file, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from compendium.text import LANGS, Lang, Text

Level = Literal["stop", "accept", "note"]
"""A stop must be mended in the file or the mapping; what needs accepting goes on with --accept; a
note is for information."""

SHOWN_ROWS = 10
"""Rows named in a line; the report file has all."""


@dataclass(frozen=True)
class Rule:
    """Something that can be found.

    Attributes
    ----------
    done
        What is done about it with --accept, or what to do where it is a stop; may be empty.
    """

    level: Level
    problem: Text
    done: Text | None = None

    def said(self, lang: Lang) -> str:
        """What the rule finds, an ellipsis where a finding has its particulars."""
        return re.sub(r"\{\w+\}", "…", self.problem[lang])


_SET_EMPTY = Text("the value is left out", "该值将被剔除")
_ROW_OUT = Text("the row is left out", "该行将被剔除")
_KEPT = Text("it stays as it is", "保留原样")
_SAY = Text("say under 'values' of this column what it means", "请在该列的 values 中写明其含义")
_CORRECT = Text("correct the file or the mapping", "请更正文件或映射")

RULES: Mapping[str, Rule] = {
    "encoding": Rule("note", Text("read as {found}", "按 {found} 读取")),
    "odd_characters": Rule("note", Text("{kind}: read as '{found}'", "{kind}：按“{found}”读取")),
    "not_used": Rule("note", Text("not named in the mapping, not used", "映射未提及，未使用")),
    "not_asked": Rule(
        "note", Text("answered though {source} says not to ask", "已作答，但按 {source} 不应询问")
    ),
    "out_of_range": Rule(
        "accept", Text("not a value that the question has", "不是该题的取值"), _SET_EMPTY
    ),
    "word": Rule(
        "accept",
        Text("a word where a code is expected{hint}", "应为代码而出现文字{hint}"),
        _SET_EMPTY,
    ),
    "required": Rule("accept", Text("the cell is empty", "单元格为空"), _ROW_OUT),
    "name": Rule(
        "accept",
        Text(
            "names have letters, digits, - and _ only, not these characters{odd}",
            "编号只能含字母、数字、- 和 _，不能含下列字符{odd}",
        ),
        _ROW_OUT,
    ),
    "common_value": Rule(
        "stop",
        Text(
            "{share} of the answers are this value, which the question does not have{hint}: it is "
            "no slip",
            "占全部答案的 {share}，而该题没有此取值{hint}：并非个别笔误",
        ),
        _SAY,
    ),
    "unread_word": Rule(
        "stop",
        Text(
            "a word for an answer ({found}) that the mapping does not name",
            "该词表示某一答案（{found}），而映射未列出",
        ),
        _SAY,
    ),
    "yes_no_codes": Rule(
        "stop",
        Text(
            "answered in 1 and 2: which of them is yes is not known",
            "答案为 1 和 2：无法判断哪个表示“是”",
        ),
        _SAY,
    ),
    "unread_label": Rule(
        "stop",
        Text(
            "the file calls this code '{found}', which can't be read",
            "文件中该代码的标签为“{found}”，无法识别",
        ),
        _SAY,
    ),
    "partly_mapped": Rule(
        "stop",
        Text(
            "the mapping moves some codes of this question and leaves {found} as they are: the "
            "order is lost",
            "映射改动了该题的部分代码，却保留 {found} 原样：顺序被打乱",
        ),
        Text("name every code under 'values'", "请在 values 中列出全部代码"),
    ),
    "labelled_number": Rule(
        "stop", Text("the file calls this number '{found}'", "文件中该数字的标签为“{found}”"), _SAY
    ),
    "declared_answer": Rule(
        "stop",
        Text(
            "the file declares this code missing and calls it '{found}', which is an answer",
            "文件声明该代码为缺失，其标签“{found}”却是一个答案",
        ),
        _SAY,
    ),
    "missing_or_number": Rule(
        "stop",
        Text(
            "'missing' names it for the whole file, and it can be a true number here",
            "映射的 missing 对全文件列出该值，而它在此题可能是真实数字",
        ),
        _SAY,
    ),
    "one_answer_left": Rule(
        "stop",
        Text(
            "only the answer {found} would be left, the others being left out",
            "剔除其他取值后，该题只剩答案 {found}",
        ),
        _SAY,
    ),
    "attention_failed": Rule(
        "stop",
        Text(
            "{n} of {total} answers are not {right}, the right one, most often {found}: are these "
            "answers read upside down or shifted?",
            "{total} 个答案中有 {n} 个不是正确答案 {right}，最多者为 {found}："
            "这类答案是否读反或错位？",
        ),
        _SAY,
    ),
    "skip_reversed": Rule(
        "stop",
        Text(
            "questions for those who said {yes} are answered by {no_share} of those who said {no} "
            "and by {yes_share} of the others: are the two read the wrong way round?",
            "仅应由答 {yes} 者回答的题目，答 {no} 者中有 {no_share} 作答，其余者为 {yes_share}："
            "两者是否读反？",
        ),
        _SAY,
    ),
    "personal": Rule(
        "stop",
        Text("these look like {found}", "这些值像是{found}"),
        Text(
            "take a column of serial numbers, or replace each by a number of your own and keep "
            "the list of both apart, outside the project",
            "请改用序号列，或以自编编号替换，并将对照表另行保存在项目之外",
        ),
    ),
    "two_spellings": Rule(
        "stop",
        Text("these are one province, {name}: {found}", "以下写法是同一省份（{name}）：{found}"),
        _SAY,
    ),
    "no_scale": Rule(
        "accept",
        Text(
            "no item of the scale '{found}' is collected; these can't run: {notebooks}",
            "量表“{found}”没有采集任何题目；以下笔记本无法运行：{notebooks}",
        ),
        _KEPT,
    ),
    "other_words": Rule(
        "accept",
        Text(
            "{n} questions from {first}: the file's words are not the questionnaire's, read as "
            "{found}",
            "自 {first} 起 {n} 题：文件中的用词与问卷不同，读作 {found}",
        ),
        Text("correct 'values' in the mapping where this is wrong", "如有误，请更正映射的 values"),
    ),
    "no_labels": Rule(
        "note",
        Text(
            "{n} questions from {first}: the file does not say what its codes mean, read as "
            "{found}",
            "自 {first} 起 {n} 题：文件未说明代码含义，读作 {found}",
        ),
    ),
    "direction": Rule(
        "accept",
        Text(
            "its codes run the other way than those of {n} questions with the same answers",
            "其代码方向与 {n} 道选项相同的题目相反",
        ),
        Text("correct 'values' in the mapping where this is wrong", "如有误，请更正映射的 values"),
    ),
    "left_out": Rule(
        "accept",
        Text("this value marks a row that is no answer", "此值表明该行不是有效答卷"),
        _ROW_OUT,
    ),
    "not_in_frame": Rule("accept", Text("not in the sampling frame", "不在抽样框中"), _ROW_OUT),
    "frame_unused": Rule(
        "note",
        Text(
            "{n} entries of the sampling frame have no respondent",
            "抽样框中有 {n} 个条目没有受访者",
        ),
    ),
    "from_frame": Rule(
        "note", Text("taken from the sampling frame: {found}", "取自抽样框：{found}")
    ),
    "declared": Rule(
        "note",
        Text(
            "declared missing by the file{label}, taken as {code}",
            "文件声明为缺失{label}，按 {code} 处理",
        ),
    ),
    "stays_name": Rule(
        "note",
        Text("stays a name, though 'missing' has this number", "仍作编号，尽管 missing 列有此数字"),
    ),
    "not_collected": Rule(
        "note", Text("not collected ({n}): {found}", "未采集（{n} 题）：{found}")
    ),
    "reading": Rule("note", Text("{found}", "{found}")),
    "rounded_name": Rule("stop", Text("{found}", "{found}")),
    "out_of_range_row": Rule(
        "accept", Text("a value out of range in this row", "该行有超出取值范围的值"), _ROW_OUT
    ),
    "duplicate": Rule(
        "accept",
        Text(
            "the respondent stands in row {found} already, {same}",
            "该受访者已见于第 {found} 行，{same}",
        ),
        _ROW_OUT,
    ),
    "attention": Rule("accept", Text("missed the attention check", "未通过注意力检测"), _ROW_OUT),
    "straight_line": Rule(
        "accept",
        Text("one answer throughout, reversed items too", "全部题目（含反向题）答案相同"),
        _ROW_OUT,
    ),
    "reversed": Rule(
        "accept",
        Text(
            "correlates {found} with the rest of its scale ({n} respondents){hint}",
            "与量表其余题目的相关为 {found}（{n} 人）{hint}",
        ),
        _KEPT,
    ),
    "empty_column": Rule("accept", Text("the column has no answer", "该列没有任何答案"), _KEPT),
    "constant": Rule("accept", Text("every answer is the same", "所有答案相同"), _KEPT),
    "few_rows": Rule(
        "accept",
        Text("only {found} rows are left, fewer than {least}", "仅剩 {found} 行，少于 {least} 行"),
        _KEPT,
    ),
    "one_cluster": Rule(
        "accept",
        Text(
            "all rows have the same value: no standard error by cluster can be had",
            "所有行取值相同：无法计算按群组聚类的标准误",
        ),
        _KEPT,
    ),
    "nesting": Rule(
        "stop",
        Text("stands in several of {column}: {found}", "同时属于多个 {column}：{found}"),
        _CORRECT,
    ),
    "weight": Rule("stop", Text("the weight is not above 0", "权重不大于 0"), _CORRECT),
    "label_conflict": Rule(
        "stop",
        Text(
            "the file calls this code '{found}', which is {code} in the questionnaire",
            "文件中该代码的标签为“{found}”，在问卷中对应 {code}",
        ),
        Text("add 'values' for this column to the mapping", "请在映射中为该列添加 values"),
    ),
}


@dataclass(frozen=True)
class Finding:
    """Something found in a file; the same fault with the same value in many rows is one finding.

    Attributes
    ----------
    column, heading
        The question, and the heading in the file.
    rows
        Rows of the file, from 1, the header not counted; empty where it concerns all.
    """

    rule: str
    column: str | None = None
    heading: str | None = None
    value: str | None = None
    rows: tuple[int, ...] = ()
    particulars: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """Whether it stops the import."""
        return RULES[self.rule].level

    def line(self, lang: Lang = "en") -> str:
        """One line: rule, place, value, what is wrong and what is done."""
        place = [self.column or ""]
        if self.heading and self.heading != self.column:
            place.append(repr(self.heading) if "\n" in self.heading else f"'{self.heading}'")
        parts = [" ".join(filter(None, place)), _rows(self.rows, lang), self._value(lang)]
        where = _COMMA[lang].join(filter(None, parts))
        said = (f"{where}{_COLON[lang]}" if where else "") + self.problem(lang)
        done = RULES[self.rule].done
        return f"[{self.rule}] {said}" + (f"{_SEMICOLON[lang]}{done[lang]}" if done else "")

    def problem(self, lang: Lang) -> str:
        """What is wrong."""
        filled = {
            name: value[lang] if isinstance(value, Text) else value
            for name, value in self.particulars.items()
        }
        return RULES[self.rule].problem[lang].format(**filled)

    def record(self) -> dict[str, Any]:
        """All of it, for the report file."""
        return {
            "rule": self.rule,
            "level": self.level,
            "column": self.column,
            "heading": self.heading,
            "value": self.value,
            "rows": self.rows,
            "problem": {lang: self.problem(lang) for lang in LANGS},
        }

    def _value(self, lang: Lang) -> str:
        return f"{_VALUE[lang]} {self.value!r}" if self.value is not None else ""


_COMMA, _COLON = Text(", ", "\uff0c"), Text(": ", "\uff1a")
_SEMICOLON = Text("; ", "\uff1b")
_VALUE = Text("value", "取值")
_ROW = Text("row {rows}", "第 {rows} 行")
_ROWS = Text("{n} rows: {rows}", "{n} 行：{rows}")


def _rows(rows: tuple[int, ...], lang: Lang) -> str:
    if not rows:
        return ""
    shown = ", ".join(str(row) for row in rows[:SHOWN_ROWS]) + (" …" if rows[SHOWN_ROWS:] else "")
    return (_ROW if len(rows) == 1 else _ROWS)[lang].format(n=len(rows), rows=shown)


def rows_of(marked: NDArray[np.bool_]) -> tuple[int, ...]:
    """Row numbers, from 1, where a mask is true."""
    return tuple(int(position) + 1 for position in np.flatnonzero(marked))
