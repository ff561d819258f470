"""Files as they come: every encoding and every kind, and a plain word on what can't be read."""

import warnings

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook

from grassroots.errors import UserError
from grassroots.survey.formats import plain, read_raw, tidy

TABLE = {"编号": ["a1", "a2"], "指标 不断提高": ["5", "很同意"], "备注": ["", "街道，镇"]}


def csv_of(table=TABLE):
    return pd.DataFrame(table).to_csv(index=False)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
        ("utf-16", "UTF-16"),
    ],
)
def test_a_csv_is_read_in_any_usual_encoding_which_is_said(tmp_path, encoding, said):
    path = tmp_path / "数据 one.csv"
    path.write_bytes(csv_of().encode(encoding))
    raw = read_raw(path)
    assert raw.encoding == said
    assert raw.frame.to_dict("list") == TABLE


def test_a_wrong_encoding_in_the_mapping_is_named_with_its_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a\n1\n很同意\n".encode("gb18030"))
    with pytest.raises(UserError, match="the bytes are not utf-8") as caught:
        read_raw(path, encoding="utf-8")
    assert caught.value.line == 3


def test_bytes_of_no_known_encoding_are_refused_with_their_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n\xff\xff\xff,3\n")
    with pytest.raises(UserError) as caught:
        read_raw(path)
    assert caught.value.line == 3


def test_headings_with_spaces_line_breaks_and_full_width_forms_are_tidied(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('" Q1\n指标　提高 ",ｂ\n1,2\n', "utf-8")
    assert list(read_raw(path).frame.columns) == ["Q1 指标 提高", "b"]
    assert tidy("　４ ") == "4"
    assert [plain(x) for x in (4.0, np.int8(4), " ４", None, np.nan, 1.5, True)] == [
        *("4", "4", "4", "", "", "1.5", "1")
    ]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_recognised(tmp_path, delimiter):
    path = tmp_path / "a.csv"
    path.write_text(csv_of({"a": ["1"], "b": ["2"]}).replace(",", delimiter), "utf-8")
    assert read_raw(path).frame.to_dict("list") == {"a": ["1"], "b": ["2"]}


@pytest.mark.parametrize(
    ("text", "said", "place"),
    [
        ("a,b\n1,2,3\n", "Expected 2 columns, got 3", "row 1"),
        ("a,b\n1,2\n3\n", "Expected 2 columns, got 1", "row 2"),
        ("a,a\n1,2\n", "two columns have this heading", "column a"),
        ("a,\n1,2\n", "column 2 has no heading", ""),
        ('a,b\n1,"2\n3,4\n', "a quotation mark is not closed", "line 2"),
        ("a,b\n", "no rows", ""),
        ("", "the file is empty", ""),
    ],
)
def test_a_broken_csv_is_refused_with_its_place(tmp_path, text, said, place):
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=said) as caught:
        read_raw(path)
    where = {"line": caught.value.line, "row": caught.value.row, "column": caught.value.column}
    if place:
        name, value = place.split()
        assert str(where[name]) == value


def book_at(path, *sheets):
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.save(path)
    return book


def test_a_workbook_with_one_sheet_of_data_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    book_at(path, ("数据", [["编号", "指标"], ["a1", 5], ["a2", None]]), ("空", []))
    raw = read_raw(path)
    assert raw.frame["指标"].tolist()[0] == 5
    assert raw.frame.shape == (2, 2)


def test_several_sheets_need_a_choice(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [["a"], [1]]
    book_at(path, ("一", rows), ("二", [["a"], [2]]))
    with pytest.raises(UserError, match="several sheets: 一, 二"):
        read_raw(path)
    assert read_raw(path, sheet="二").frame["a"].tolist() == [2]
    with pytest.raises(UserError, match="there is no sheet '三'"):
        read_raw(path, sheet="三")


def test_merged_headings_are_refused_with_their_cells(tmp_path):
    path = tmp_path / "a.xlsx"
    book = book_at(path, ("s", [["第一部分", None], ["a", "b"], [1, 2]]))
    book["s"].merge_cells("A1:B1")
    book.save(path)
    with pytest.raises(UserError, match="merged cells: A1:B1"):
        read_raw(path)


def test_formulas_are_refused_with_their_cells(tmp_path):
    path = tmp_path / "a.xlsx"
    book_at(path, ("s", [["a", "b"], [1, "=A2+1"], [2, "=A3+1"]]))
    with pytest.raises(UserError, match="formulas, whose results may be stale: B2, B3"):
        read_raw(path)


def test_a_blank_row_keeps_the_numbers_of_the_rows_below(tmp_path):
    path = tmp_path / "a.xlsx"
    book_at(path, ("s", [["a", "b"], [1, 2], [None, None], [3, 4], [None, None]]))
    assert len(read_raw(path).frame) == 3


def test_a_protected_workbook_is_named_for_what_it_is(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))
    with pytest.raises(UserError, match="protected by a password"):
        read_raw(path)


def stata(path, version, encode):
    frame = pd.DataFrame(
        {"q1": np.array([1, 2, 5], dtype="int8"), "unit": ["朝阳", "海淀", "西城"]}
    )
    frame["unit"] = frame["unit"].map(encode)
    words = {1: "很不同意", 2: "不太同意", 5: "很同意"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_stata(
            path,
            write_index=False,
            version=version,
            variable_labels={"q1": encode("指标不断提高"), "unit": encode("单位")},
            value_labels={"q1": {code: encode(word) for code, word in words.items()}},
        )


def as_gb_bytes(text):
    """Text whose Latin-1 bytes are the GB18030 bytes of another: what old Stata files hold."""
    return text.encode("gb18030").decode("latin-1")


@pytest.mark.parametrize(
    ("version", "encode", "said"),
    [
        (114, as_gb_bytes, "GB18030"),
        (117, as_gb_bytes, "GB18030"),
        (118, as_gb_bytes, "UTF-8"),
        (118, str, "UTF-8"),
        (119, str, "UTF-8"),
    ],
)
def test_stata_files_of_all_versions_keep_their_chinese(tmp_path, version, encode, said):
    path = tmp_path / "a.dta"
    stata(path, version, encode)
    if encode is as_gb_bytes and version == 118:
        path.write_bytes(wrongly_written(path.read_bytes()))
        said = "GB18030"
    raw = read_raw(path)
    assert raw.encoding == said
    assert raw.frame["unit"].tolist() == ["朝阳", "海淀", "西城"]
    assert raw.labels == {"q1": "指标不断提高", "unit": "单位"}
    assert raw.value_labels == {"q1": {"1": "很不同意", "2": "不太同意", "5": "很同意"}}


def wrongly_written(content):
    """A version 118 file whose texts are GB18030, which it must not be, byte for byte as long."""
    for word in ("指标不断提高", "单位", "朝阳", "海淀", "西城", "很不同意", "不太同意", "很同意"):
        right = as_gb_bytes(word).encode("utf-8")
        gb = word.encode("gb18030")
        content = content.replace(right, gb + bytes(len(right) - len(gb)))
    return content


def test_an_spss_file_keeps_labels_and_declared_missing_codes(tmp_path):
    path = tmp_path / "a.sav"
    frame = pd.DataFrame({"q1": [1.0, 99.0, 5.0], "unit": ["朝阳", "海淀", "西城"]})
    pyreadstat.write_sav(
        frame,
        path,
        column_labels=["指标不断提高", "单位"],
        variable_value_labels={"q1": {1: "很不同意", 99: "拒答"}},
        missing_ranges={"q1": [99]},
    )
    raw = read_raw(path)
    assert raw.frame["q1"].tolist() == [1, 99, 5]
    assert raw.value_labels["q1"] == {"1": "很不同意", "99": "拒答"}
    assert raw.frame["unit"].tolist() == ["朝阳", "海淀", "西城"]


@pytest.mark.parametrize("suffix", ["sav", "dta", "parquet", "xlsx"])
def test_a_truncated_file_is_said_to_be_damaged(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    frame = pd.DataFrame({f"a{i}": np.arange(500) for i in range(9)})
    if suffix == "sav":
        pyreadstat.write_sav(frame, path)
    elif suffix == "dta":
        frame.to_stata(path, write_index=False, version=118)
    elif suffix == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_excel(path, index=False)
    whole = path.read_bytes()
    for length in (len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="damaged or cut short") as caught:
            read_raw(path)
        assert str(tmp_path) not in caught.value.problem


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "dta", "sav", "parquet"])
def test_damaged_bytes_give_a_plain_word_or_a_table_and_never_a_trace(tmp_path, suffix):
    path, random = tmp_path / f"a.{suffix}", np.random.default_rng(1)
    frame = pd.DataFrame({"编号": ["甲", "乙", "丙"] * 20, "td_1": [1.0, 5.0, np.nan] * 20})
    if suffix == "csv":
        path.write_text(frame.to_csv(index=False), "gb18030")
    elif suffix == "xlsx":
        frame.to_excel(path, index=False)
    elif suffix == "dta":
        frame.to_stata(path, write_index=False, version=118)
    elif suffix == "sav":
        pyreadstat.write_sav(frame, path)
    else:
        frame.to_parquet(path)
    whole = path.read_bytes()
    said = []
    for _ in range(60):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), 12):
            damaged[place] = random.integers(0, 256)
        path.write_bytes(bytes(damaged))
        try:
            assert read_raw(path).frame.shape[1] > 0
        except UserError as error:
            said.append(str(error))
    assert len(said) > 5
    assert not any("\n" in line for line in said)


def test_a_workbook_that_is_called_csv_and_unknown_kinds_are_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    book_at(path, ("s", [["a"], [1]]))
    with pytest.raises(UserError, match="a workbook or a zip archive"):
        read_raw(path.rename(tmp_path / "a.csv"))
    (tmp_path / "a.doc").write_bytes(b"x")
    with pytest.raises(UserError, match="this kind of file is not read"):
        read_raw(tmp_path / "a.doc")
    with pytest.raises(UserError, match="no such file"):
        read_raw(tmp_path / "b.csv")
