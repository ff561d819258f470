"""What can be wrong with a data file, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compendium.errors import UserError
from compendium.text import Lang, Text


@dataclass(frozen=True)
class Violation:
    """One fault of a data file.

    Attributes
    ----------
    file, row, column, value
        Where it is: data rows count from 1, the header not counted; None where it does not apply.
        People are told the line instead, which is also what a spreadsheet shows.
    rule
        Name of the broken rule, the same in every language.
    problem, mend
        What is wrong and what to do about it.
    line
        Line of the file on which the row begins, or on which the fault stands.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    problem: Text
    mend: Text
    line: int | None = None

    def error(self, lang: Lang = "en") -> UserError:
        """Make the error that a loader raises for this fault."""
        return UserError(
            self.problem[lang],
            self.mend[lang],
            file=self.file,
            line=self.line,
            row=self.row if self.line is None else None,
            column=self.column,
            value=self.value,
        )


@dataclass(frozen=True)
class Message:
    """Words of a rule's violation, with ``{names}`` for its particulars."""

    problem: Text
    mend: Text

    def filled(self, **particulars: Any) -> tuple[Text, Text]:
        """Problem and mend with their particulars; a Text among them is taken per language."""
        return self.problem.filled(**particulars), self.mend.filled(**particulars)


CORRECT_CELL = Text("compare with the source and correct the cell", "对照来源更正该单元格")
RESTORE_FILE = Text("restore the file from the version history", "从版本历史恢复该文件")
SAVE_UTF8 = Text(
    "save the file as UTF-8 without byte order mark", "将文件另存为不带字节顺序标记的 UTF-8"
)
SAME_HEADER = Text(
    "give the file exactly the columns of the codebook, in its order",
    "使文件的列与编码簿完全一致，顺序相同",
)
ODD_CHARACTER = Text(
    "character {place} is {kind} ({found})",
    "第 {place} 个字符是{kind}（{found}）",
)
MEND = Text("{mend}", "{mend}")

MESSAGES: Mapping[str, Message] = {
    "file-missing": Message(Text("there is no such file", "文件不存在"), RESTORE_FILE),
    "codebook-missing": Message(
        Text(
            "there is no such file, and no other describes {tables}",
            "文件不存在，{tables} 因此无从核对",
        ),
        Text(
            "restore it from the version history, or describe the tables in it (data/README.md)",
            "从版本历史恢复，或在其中描述这些表（见 data/README.zh-CN.md）",
        ),
    ),
    "file-undescribed": Message(
        Text("no codebook describes this file", "没有编码簿描述该文件"),
        Text(
            "describe it in {codebook}; a file of your own that is not to be published belongs "
            "into a folder named private, or out of data/",
            "在 {codebook} 中加以描述；不拟发布的自有文件放入名为 private 的文件夹，或移出 data/",
        ),
    ),
    "table-missing": Message(
        Text(
            "{notebooks} would load a table that no codebook below data/ has",
            "{notebooks} 须载入的表不在 data/ 下的任何编码簿中",
        ),
        Text(
            "restore its folder below data/ from the version history, or correct the name",
            "从版本历史恢复其在 data/ 下的文件夹，或更正名称",
        ),
    ),
    "external-missing": Message(
        Text(
            "{notebooks} would load a data set that data/external/registry.yml does not have",
            "{notebooks} 须载入的数据集不在 data/external/registry.yml 中",
        ),
        Text("restore the registry, or correct the name", "恢复登记表，或更正名称"),
    ),
    "file-empty": Message(Text("the file is empty", "文件为空"), RESTORE_FILE),
    "encoding": Message(
        Text(
            "the bytes are not plain UTF-8 but look like {found}", "字节不是纯 UTF-8，似为 {found}"
        ),
        SAVE_UTF8,
    ),
    "nul-byte": Message(
        Text("the line holds a NUL byte", "该行含有 NUL 字节"),
        Text("the file is damaged: restore it", "文件已损坏：请恢复"),
    ),
    "csv-syntax": Message(
        Text("the quoting of the line is broken ({said})", "该行的引号有误（{said}）"),
        Text(
            "close every quoted cell and double quotes inside it", "闭合引号，单元格内的引号写两遍"
        ),
    ),
    "column-duplicate": Message(
        Text("the column stands in the header {times} times", "该列在表头出现 {times} 次"),
        SAME_HEADER,
    ),
    "column-missing": Message(Text("the column is missing", "缺少该列"), SAME_HEADER),
    "column-unknown": Message(
        Text("the codebook does not know the column{hint}", "编码簿中没有该列{hint}"), SAME_HEADER
    ),
    "column-order": Message(
        Text("the codebook has {expected} in this place", "编码簿此处为 {expected}"), SAME_HEADER
    ),
    "no-rows": Message(Text("the file has a header but no rows", "文件只有表头"), RESTORE_FILE),
    "row-length": Message(
        Text(
            "the row has {found} cells instead of {expected}",
            "该行有 {found} 个单元格，应为 {expected} 个",
        ),
        Text("look for a missing or an unquoted comma", "检查是否缺少逗号或逗号未加引号"),
    ),
    "row-count": Message(
        Text(
            "the file has {found} rows, the codebook says {expected}",
            "文件有 {found} 行，编码簿载明 {expected} 行",
        ),
        Text(
            "restore the rows, or change 'rows' in the codebook if the change is meant",
            "恢复数据行；若确为有意更改，则修改编码簿的 rows",
        ),
    ),
    "key-duplicate": Message(
        Text("the key stands also on line {other}", "主键与第 {other} 行重复"),
        Text("delete one of the two rows or correct its key", "删除其中一行或更正主键"),
    ),
    "stray-space": Message(
        Text("the cell starts or ends with a space", "单元格首尾有空格"),
        Text("delete the space", "删除空格"),
    ),
    "invisible-character": Message(ODD_CHARACTER, MEND),
    "look-alike-character": Message(ODD_CHARACTER, MEND),
    "required": Message(Text("the cell is empty", "单元格为空"), CORRECT_CELL),
    "missing-word": Message(
        Text("a word stands for a missing value", "用词语表示缺失值"),
        Text("leave the cell empty", "将单元格留空"),
    ),
    "integer": Message(
        Text("this is not a whole number", "不是整数"),
        Text("write digits only, without separators or decimals", "只写数字，不加分隔符和小数"),
    ),
    "number": Message(
        Text("this is not a number", "不是数字"),
        Text("write digits with a point for decimals", "只写数字，小数用点"),
    ),
    "minimum": Message(Text("this is below {bound}", "小于下限 {bound}"), CORRECT_CELL),
    "maximum": Message(Text("this is above {bound}", "大于上限 {bound}"), CORRECT_CELL),
    "date": Message(
        Text("this is not a date of the calendar", "不是日历上的日期"),
        Text("write {expected}", "写作 {expected}"),
    ),
    "flag": Message(Text("this is not one of: {allowed}", "不属于：{allowed}"), CORRECT_CELL),
    "category": Message(
        Text("the codebook does not know this value{hint}", "编码簿中没有该值{hint}"),
        Text("use one of: {allowed}", "使用下列之一：{allowed}"),
    ),
    "name": Message(
        Text("this is none of the {list}{hint}", "不在{list}之列{hint}"),
        Text("write the official full name", "写官方全称"),
    ),
    "pattern": Message(
        Text("this does not have the form {pattern}", "格式不符合 {pattern}"), CORRECT_CELL
    ),
    "url": Message(
        Text("this is not a web address", "不是网址"),
        Text(
            "write one address that starts with http:// or https://",
            "写一个以 http:// 或 https:// 开头的网址",
        ),
    ),
    "exception-unused": Message(
        Text(
            "the codebook documents {key} as an exception to {broken}, but it is none",
            "编码簿将 {key} 列为 {broken} 的例外，但实际并非例外",
        ),
        Text("delete the exception from the codebook", "从编码簿删除该例外"),
    ),
    "exception-unknown": Message(
        Text(
            "the codebook documents exceptions to {broken}, which is no rule of this table",
            "编码簿载有 {broken} 的例外，但该表没有此规则",
        ),
        Text("correct the name of the rule in the codebook", "更正编码簿中的规则名称"),
    ),
}
CROSS_RULE_MEND = Text(
    "compare with the source; correct the file, or document the exception in the codebook",
    "对照来源；更正文件，或在编码簿中载明例外",
)


def violation(
    file: str,
    rule: str,
    *,
    row: int | None = None,
    column: str | None = None,
    value: str | None = None,
    line: int | None = None,
    **particulars: Any,
) -> Violation:
    """Make a violation of one of the rules in MESSAGES."""
    problem, mend = MESSAGES[rule].filled(**particulars)
    return Violation(file, row, column, value, rule, problem, mend, line)
