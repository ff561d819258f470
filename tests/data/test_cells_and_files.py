"""Every bad cell and every bad file is named with its place."""

import pytest

from compendium.data import check_tables, load_codebooks, load_table, table_sha256
from compendium.data.sheet import read_sheet
from compendium.errors import UserError
from compendium.text import LANGS

from .samples import GOOD, HEADER, ROWS, edit

FILE = "data/sample/sample.csv"
WIDE_THREE = "\uff13"
IDEOGRAPHIC_SPACE = "\u3000"
ZERO_WIDTH_SPACE = "\u200b"


def cell(row, column, text):
    """The good file with one cell changed (rows from 1; the text is written as it is)."""
    names = HEADER.split(",")
    rows = [line.split(",") for line in ROWS[:2]] + [[*ROWS[2].split(",")[:8], '"a, b"']]
    rows[row - 1][names.index(column)] = text
    return "\n".join([HEADER, *(",".join(r) for r in rows)]) + "\n"


BAD_CELLS = [
    (1, "id", "y1", "pattern"),
    (1, "id", "", "required"),
    (2, "id", " x2", "stray-space"),
    (2, "id", "x2" + IDEOGRAPHIC_SPACE, "stray-space"),
    (2, "id", "x" + WIDE_THREE, "look-alike-character"),
    (1, "day", "2020-02-30", "date"),
    (1, "day", "2020-2-9", "date"),
    (1, "day", "2020/02/09", "date"),
    (1, "day", "2020", "date"),
    (1, "day", "2020-13", "date"),
    (1, "day", "20200209", "date"),
    (3, "n", WIDE_THREE, "look-alike-character"),
    (3, "n", "3.0", "integer"),
    (3, "n", "1e2", "integer"),
    (3, "n", "three", "integer"),
    (3, "n", "+3", "integer"),
    (3, "n", "007", "integer"),
    (3, "n", "-1", "minimum"),
    (3, "n", "501", "maximum"),
    (3, "n", "NA", "missing-word"),
    (3, "n", "#REF!", "missing-word"),
    (1, "whole", "12.5", "integer"),
    (2, "share", "1.01", "maximum"),
    (2, "share", ".5", "number"),
    (2, "share", "50%", "number"),
    (2, "share", "nan", "missing-word"),
    (2, "share", "inf", "number"),
    (1, "kind", "fires", "category"),
    (1, "kind", "火灾", "category"),
    (1, "kind", "", "required"),
    (1, "mark", "0", "flag"),
    (1, "mark", "yes", "flag"),
    (1, "page", "www.a.cn", "url"),
    (1, "page", "https://a.cn/1 ; https://a.cn/2", "url"),
    (1, "note", "风险" + ZERO_WIDTH_SPACE, "invisible-character"),
    (1, "note", "风\u00a0险", "invisible-character"),
    (1, "note", "风" + IDEOGRAPHIC_SPACE + "险", "invisible-character"),
    (1, "note", "\u2ed3江", "look-alike-character"),
    (1, "note", "\uf90a山", "look-alike-character"),
    (1, "page", "https://a.cn/\uff11", "look-alike-character"),
    (1, "kind", "fi\u200bre", "invisible-character"),
    (1, "note", "null", "missing-word"),
]


@pytest.mark.parametrize(("row", "column", "value", "rule"), BAD_CELLS)
def test_a_bad_cell_is_named_with_row_column_and_value(sample, row, column, value, rule):
    found = read_sheet(sample(cell(row, column, value))).violations
    assert [(v.file, v.row, v.column, v.value, v.rule) for v in found] == [
        (FILE, row, column, value, rule)
    ]
    assert all(found[0].problem[lang] and found[0].mend[lang] for lang in LANGS)


def test_the_good_file_is_clean_and_a_bad_one_does_not_load(sample):
    assert read_sheet(sample(GOOD)).violations == ()
    with pytest.raises(UserError) as caught:
        load_table(sample(cell(3, "n", "three")))
    assert str(caught.value) == (
        f"{FILE}:4, column n, value 'three': this is not a whole number; "
        "write digits only, without separators or decimals"
    )


def test_full_width_digits_are_answered_with_the_ascii_ones(sample):
    (found,) = read_sheet(sample(cell(3, "n", WIDE_THREE + WIDE_THREE))).violations
    assert found.mend.en == "write '33'"
    assert "character 1" in found.problem.en
    assert "U+FF13" in found.problem.zh


def test_an_unknown_category_is_answered_with_the_nearest_code(sample):
    for text in ("fires", "火灾", "Fire"):
        (found,) = read_sheet(sample(cell(1, "kind", text))).violations
        assert "did you mean 'fire'?" in found.problem.en


BAD_FILES = [
    (b"", None, None, "file-empty", None),
    (b"\n\n", None, None, "file-empty", None),
    (HEADER + "\n", None, None, "no-rows", None),
    (b"\xef\xbb\xbf" + GOOD.encode(), None, None, "encoding", 1),
    (GOOD.encode("gbk"), None, None, "encoding", 2),
    (GOOD.encode("utf-16"), None, None, "encoding", 1),
    (GOOD.replace("flood", "fl\0od"), None, None, "nul-byte", 3),
    (GOOD.replace('"a, b"', '"a, b'), None, None, "csv-syntax", 4),
    (GOOD.replace("note", "n", 1), None, "n", "column-duplicate", None),
    (GOOD.replace("note", "notes", 1), None, "notes", "column-unknown", None),
    (GOOD.replace("note", "notes", 1), None, "note", "column-missing", None),
    (GOOD.replace("n,whole", "whole,n", 1), None, "whole", "column-order", None),
    (GOOD.replace("x2,", "x2,,"), 2, None, "row-length", 3),
    (GOOD.replace("flood,,,", "flood,,"), 2, None, "row-length", 3),
    (GOOD + "\n", 4, None, "row-length", 5),
    (GOOD + ROWS[0].replace("x1", "x4") + "\n", None, None, "row-count", None),
    (GOOD.replace("x3", "x1"), 3, "id", "key-duplicate", 4),
]


@pytest.mark.parametrize(("content", "row", "column", "rule", "line"), BAD_FILES)
def test_a_bad_file_is_named_with_its_place(sample, content, row, column, rule, line):
    found = read_sheet(sample(content)).violations
    assert (FILE, row, column, rule, line) in [
        (v.file, v.row, v.column, v.rule, v.line) for v in found
    ]


def test_the_encoding_is_named(sample):
    assert "GBK" in read_sheet(sample(GOOD.encode("gbk"))).violations[0].problem.en
    euro_and_rare = GOOD.replace("风险", "𠀀").encode("gb18030")
    assert "GB18030" in read_sheet(sample(euro_and_rare)).violations[0].problem.zh


def test_duplicate_keys_name_both_rows(sample):
    (found,) = read_sheet(sample(GOOD.replace("x3", "x1"))).violations
    assert (found.row, found.value) == (3, "x1")
    assert "line 2" in found.problem.en


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_fault_below_a_cell_of_several_lines_is_named_with_the_line_of_the_file(sample, end):
    content = GOOD.replace("风险", '"风\n\n险"').replace("flood", "fire?").replace("\n", end)
    found = read_sheet(sample(content)).violations
    assert [(v.rule, v.row, v.line) for v in found] == [
        ("invisible-character", 1, 2),
        ("category", 2, 5),
    ]
    assert str(found[1].error()).startswith(f"{FILE}:5, column kind, value 'fire?'")


def test_windows_line_ends_are_read(sample):
    assert read_sheet(sample(GOOD.replace("\n", "\r\n"))).violations == ()


def test_a_missing_file_is_named(sample):
    table = sample()
    table.path.unlink()
    assert [v.rule for v in read_sheet(table).violations] == ["file-missing"]
    with pytest.raises(UserError, match="no such file"):
        table_sha256(table)


def test_rules_that_could_not_be_run_are_listed(project):

    edit(project, "incidents", lambda rows: rows[0].update(deaths="many"))
    reports = {report.file: report for report in check_tables(load_codebooks(project))}
    assert [v.rule for v in reports["data/incidents/incidents.csv"].violations] == ["integer"]
    assert "evidence-joins-incidents" in reports["data/incidents/incident_evidence.csv"].unchecked
