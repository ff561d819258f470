"""A small table with one column of each type, and a way to change a shipped one."""

import csv
from pathlib import Path

from compendium.data import load_codebooks

ROOT = Path(__file__).parents[2]

CODEBOOK = """\
title: {en: Sample, zh: 样例}
licence: CC BY 4.0
tables:
  sample:
    file: sample.csv
    label: {en: Sample, zh: 样例}
    unit_of_observation: {en: one thing, zh: 一件事}
    key: [id]
    rows: 3
    columns:
      id:
        label: {en: Identifier, zh: 编号}
        type: string
        required: true
        pattern: 'x[0-9]+'
      day:
        label: {en: Day, zh: 日期}
        type: date
        precisions: [day, month]
        missing: {en: not stated, zh: 未载明}
      n:
        label: {en: Count, zh: 数量}
        type: integer
        minimum: 0
        maximum: 500
        missing: {en: not stated, zh: 未载明}
      whole:
        label: {en: Whole, zh: 整数}
        type: integer
        decimal_notation: true
        missing: {en: not stated, zh: 未载明}
      share:
        label: {en: Share, zh: 比例}
        type: number
        minimum: 0
        maximum: 1
        missing: {en: not stated, zh: 未载明}
      kind:
        label: {en: Kind, zh: 类型}
        type: category
        required: true
        values:
          fire: {en: Fire, zh: 火灾}
          flood: {en: Flood, zh: 洪涝}
      mark:
        label: {en: Mark, zh: 标记}
        type: flag
        values:
          '1': {en: Named, zh: 指明}
        missing: {en: not seen, zh: 未见到}
      page:
        label: {en: Page, zh: 网址}
        type: url
        missing: {en: not stated, zh: 未载明}
      note:
        label: {en: Note, zh: 备注}
        type: string
        missing: {en: nothing to add, zh: 无补充}
"""
HEADER = "id,day,n,whole,share,kind,mark,page,note"
ROWS = (
    "x1,2020-02-29,3,12.0,0.5,fire,1,https://a.cn/1,风险",
    "x2,2020-03,,7,1,flood,,,",
    'x3,,0,,,fire,,http://b.cn/x?y=1,"a, b"',
)
GOOD = "\n".join((HEADER, *ROWS)) + "\n"


def edit(root, name, change):
    """Rewrite a table after `change` was applied to its list of row dicts."""
    path = load_codebooks(root)[name].path
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    header = list(rows[0])
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
