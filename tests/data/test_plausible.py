"""What a value may be beside others of its table: the rules that a codebook states."""

import pytest

from compendium.data import check_tables
from compendium.errors import UserError

CODEBOOK = """\
title: {en: Sample, zh: 样例}
licence: CC BY 4.0
missing: {en: not stated, zh: 未载明}
tables:
  sample:
    file: sample.csv
    label: {en: Sample, zh: 样例}
    unit_of_observation: {en: one value, zh: 一个数值}
    key: [series, year]
    exceptions:
      - {rule: value-jump, rows: [b|2003], reason: {en: a war, zh: 战争}}
    columns:
      series: {label: {en: Series, zh: 序列}, type: string, required: true}
      year: {label: {en: Year, zh: 年}, type: integer, required: true}
      value:
        label: {en: Value, zh: 数值}
        type: number
        jump: {of: [series], along: year, factor: 2}
      part: {label: {en: Part, zh: 部分}, type: number, at_most: [value]}
      page: {label: {en: Page, zh: 网址}, type: url}
      grade: {label: {en: Grade, zh: 等级}, type: string, one_for: [page]}
      day: {label: {en: Day, zh: 日}, type: date, precisions: [day], earliest: '2001', latest: '2005'}
"""
ROWS = [
    "series,year,value,part,page,grade,day",
    "a,2001,10,10,https://a.cn/1,x,2001-01-01",
    "a,2002,19,,https://a.cn/2,x,2005-12-31",
    "a,2004,70,3,https://b.cn/1,y,",
    "b,2002,1,1,https://b.cn/2,y,",
    "b,2003,9,,,,",
]


def faults(sample, *changes):
    content = "\n".join(ROWS) + "\n"
    for before, after in changes:
        assert before in content
        content = content.replace(before, after)
    (report,) = check_tables({"sample": sample(content, CODEBOOK)})
    return [(one.rule, one.line, one.column) for one in report.violations]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("a,2002,19,", "a,2002,21,", ("value-jump", 3, "value")),
        ("a,2002,19,", "a,2002,17,", ("value-jump", 4, "value")),
        ("a,2001,10,10", "a,2001,10,11", ("part-at-most-value", 2, "part")),
        ("b.cn/2,y", "b.cn/2,x", ("grade-one-for-page", 5, "grade")),
        ("a.cn/2,x", "b.cn/2,x", ("grade-one-for-page", 3, "grade")),
        ("2001-01-01", "2000-12-31", ("minimum", 2, "day")),
        ("2005-12-31", "2006-01-01", ("maximum", 3, "day")),
        ("b,2003,9,", "b,2003,2,", ("exception-unused", None, None)),
    ],
)
def test_a_value_that_does_not_fit_the_others_is_named(sample, before, after, fault):
    assert faults(sample) == []
    assert fault in faults(sample, (before, after))


def test_a_rule_about_a_column_that_is_not_there_is_refused(sample):
    with pytest.raises(UserError, match="held against one that the table does not have"):
        sample("x", CODEBOOK.replace("at_most: [value]", "at_most: [worth]"))
