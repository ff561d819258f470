"""Files as they come: every encoding and every kind, and a plain word on what can't be read."""

import datetime as dt
import decimal
import warnings
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from openpyxl import Workbook

from compendium.errors import UserError
from compendium.survey.formats import plain, read_raw, tidy
from compendium.survey.formats import text as text_files
from compendium.survey.formats.encodings import decide
from compendium.survey.instrument import load_instrument

from .fieldwork import ROOT

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


# shapes of .csv files


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("sep=\t\na\tb\n1\t2\n", {"a": ["1"], "b": ["2"]}),
        ('"sep=;"\r\na;b\r\n1;2\r\n', {"a": ["1"], "b": ["2"]}),
        ("a,b,,\n1,2,,\n3,4,,\n", {"a": ["1", "3"], "b": ["2", "4"]}),
        ("a,b\n1,2,,\n3,4,\n", {"a": ["1", "3"], "b": ["2", "4"]}),
        ("a,b,\n1,2\n3,4\n", {"a": ["1", "3"], "b": ["2", "4"]}),
        ('a,b\n1,"x, y",\n3,"4\n5",\n', {"a": ["1", "3"], "b": ["x, y", "4\n5"]}),
        ('"a, b; c";"d, e, f"\n1;2\n', {"a, b; c": ["1"], "d, e, f": ["2"]}),
        (
            "Q1 | x, or y;Q2 | z, w\n1;2\n3;4\n",
            {"Q1 | x, or y": ["1", "3"], "Q2 | z, w": ["2", "4"]},
        ),
        ("a;b\n1,5;2\n3,5;4\n", {"a": ["1,5", "3,5"], "b": ["2", "4"]}),
        ('"a\r\nb";"c|d"\r\n1;2\r\n', {"a b": ["1"], "c|d": ["2"]}),
        ("a,b\r1,2\r3,4\r", {"a": ["1", "3"], "b": ["2", "4"]}),
        ('a,b\n1,"say ""yes"", please"\n', {"a": ["1"], "b": ['say "yes", please']}),
        ("a\n1\n2\n", {"a": ["1", "2"]}),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_shapes_of_csv_files(tmp_path, text, cells, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    assert read_raw(path).frame.to_dict("list") == cells


def test_a_cell_that_stands_beyond_the_headings_is_still_refused(tmp_path):
    path = tmp_path / "a.csv"
    for text in ("a,b\n1,2,\n3,4,5\n", "a,b,\n1,2,\n3,,5\n"):
        path.write_text(text, "utf-8")
        with pytest.raises(UserError, match=r"do not fit the header|has no heading"):
            read_raw(path)


def test_a_cell_of_more_than_a_megabyte(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "_BLOCK", 1 << 16)
    path, long = tmp_path / "a.csv", "长" * 400_000
    path.write_text(f"a,b\n1,2\n3,{long}\n", "utf-8")
    assert read_raw(path).frame["b"].tolist() == ["2", long]
    path.write_text(f"a,b\n1,2\n3,{long},4\n", "utf-8")
    with pytest.raises(UserError, match="do not fit the header"):
        read_raw(path)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_said(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(csv_of().encode(encoding))
    raw = read_raw(path)
    assert raw.frame.to_dict("list") == TABLE
    assert raw.encoding == encoding.upper()
    assert "without a mark" in raw.notes[0].said.en


@pytest.mark.parametrize("text", ["don’t,café\n", "Größe,Straße\n", "36 °C,naïve\n", "m²,±3\n"])
def test_western_text_is_not_taken_for_chinese(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_bytes(("a,b\n" + text).encode("windows-1252"))
    raw = read_raw(path)
    assert raw.encoding == "windows-1252"
    assert raw.frame.iloc[0].tolist() == text.strip().split(",")
    assert "--encoding" in raw.notes[0].said.zh


def test_one_damaged_byte_does_not_make_chinese_western(tmp_path):
    path = tmp_path / "a.csv"
    lines = ["编号,单位", *(f"{n},朝阳区街道办事处" for n in range(20))]
    for encoding, said in (("gb18030", "GB18030"), ("utf-8", "UTF-8")):
        whole = "\n".join(lines).encode(encoding)
        path.write_bytes(whole.replace(b"\n7,", b"\n7\xff,"))
        with pytest.raises(UserError, match=f"the bytes are not {said}") as caught:
            read_raw(path)
        assert caught.value.line == 9


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("latin-1", "cp1252"), ("GBK", "gbk"), ("gb2312", "gbk"), ("windows-936", "gbk"),
     ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-8", "utf-8-sig"),
     ("cp1251", "cp1251"), ("1251", "cp1251"), ("Big5", "big5"), ("shift-jis", "shift-jis")],
)  # fmt: skip
def test_an_encoding_that_is_given_is_used_and_said(tmp_path, name, encoding):
    word = {"cp1252": "Köln’s", "cp1251": "Москва", "shift-jis": "東京"}.get(encoding, "臺北")
    path = tmp_path / "a.csv"
    path.write_bytes(f"a,b\n{word},2\n".encode(encoding))
    raw = read_raw(path, encoding=name)
    assert raw.encoding == name
    assert raw.frame["a"].tolist() == [word]
    assert list(raw.frame.columns) == ["a", "b"]


@pytest.mark.parametrize("name", ["no-such", "rot13", "base64", "undefined", "idna2"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path, name):
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n", "utf-8")
    with pytest.raises(UserError, match="this encoding is not known"):
        read_raw(path, encoding=name)


# further rows of headings

QUALTRICS = [
    ["StartDate", "ResponseId", "Q1"],
    ["Start Date", "Response ID", "How far, in all, do you agree?"],
    ['{"ImportId":"startDate"}', '{"ImportId":"_recordId"}', '{"ImportId":"QID1"}'],
    ["2025-01-01", "R_1", "4"],
]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("rows", [QUALTRICS, [QUALTRICS[0], *QUALTRICS[2:]]])
def test_headings_of_qualtrics_become_labels(tmp_path, suffix, rows):
    path = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        pd.DataFrame(rows).to_csv(path, index=False, header=False)
    else:
        book_at(path, ("s", rows))
    raw = read_raw(path)
    assert raw.frame.to_numpy().tolist() == [rows[-1]]
    texts = dict(zip(*QUALTRICS[:2], strict=True)) if len(rows) == 4 else {}
    assert raw.labels == texts
    assert "headings" in raw.notes[-1].said.en


def test_older_headings_of_qualtrics(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("V1,V2,Q1,\nResponseID,ResponseSet,Agree?,\nR_1,Default,4,\n", "utf-8")
    raw = read_raw(path)
    assert raw.labels == {"V1": "ResponseID", "V2": "ResponseSet", "Q1": "Agree?"}
    assert raw.frame.to_dict("list") == {"V1": ["R_1"], "V2": ["Default"], "Q1": ["4"]}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_headings_of_surveymonkey(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    rows = [
        ["Respondent ID", "Collector ID", "Are you well?", "How far do you agree?", None, "Why?"],
        [None, None, "Response", "Targets rise", "Blame grows", "Open-Ended Response"],
        ["11", "2", "Yes", "5", "4", "because"],
    ]
    if suffix == "csv":
        pd.DataFrame(rows).to_csv(path, index=False, header=False)
    else:
        book_at(path, ("s", rows))
    raw = read_raw(path)
    assert raw.frame.to_dict("list") == {
        "Respondent ID": ["11"],
        "Collector ID": ["2"],
        "Are you well?": ["Yes"],
        "How far do you agree? - Targets rise": ["5"],
        "How far do you agree? - Blame grows": ["4"],
        "Why?": ["because"],
    }


def test_answers_that_look_like_headings_stay(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Respondent ID,Collector ID,V1\n1,2,ResponseID\n3,4,{}\n", "utf-8")
    assert len(read_raw(path).frame) == 2


# numbers that are too long for a fraction

LONG = 1_700_000_000_000_000_001


def test_long_whole_numbers_take_no_road_over_fractions(tmp_path):
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame({"a": pd.array([LONG, None, LONG + 1], dtype="Int64"), "b": [1, 2, 3]})
    frame["c"] = pd.array([2**64 - 1, None, 5], dtype="UInt64")
    # without what pandas notes of its types, as other programs write it
    pq.write_table(pa.Table.from_pandas(frame).replace_schema_metadata(None), path)
    raw = read_raw(path)
    assert [plain(x) for x in raw.frame["a"].fillna(0)] == [str(LONG), "0", str(LONG + 1)]
    assert plain(raw.frame["c"].iloc[0]) == str(2**64 - 1)
    assert not raw.notes
    assert plain(decimal.Decimal(LONG)) == str(LONG)
    assert plain(decimal.Decimal("5.0")) == "5"
    assert plain(np.uint64(2**64 - 1)) == str(2**64 - 1)


def test_long_numbers_of_a_workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    book_at(path, ("s", [["a", "b"], ["x", 5], ["y", 6]]))
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<v>5</v>", b"<v>%d</v>" % LONG)
    parts[sheet] = parts[sheet].replace(b"<v>6</v>", b"<v>1.7000000000000001E+18</v>")
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    raw = read_raw(path)
    assert plain(raw.frame["b"].iloc[0]) == str(LONG)
    assert [(note.heading, note.rows, note.lossy) for note in raw.notes] == [("b", (2,), True)]


def test_long_numbers_that_a_spreadsheet_has_shortened_are_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1.7E+18,1\n1.7E+18,2\nx,1E+3\n", "utf-8")
    (note,) = read_raw(path).notes
    assert (note.heading, note.rows, note.lossy) == ("a", (1, 2), True)
    assert "1.7E+18" in note.said.zh


# workbooks of other programs


def test_codes_of_control_characters_in_workbooks_are_undone(tmp_path):
    path = tmp_path / "a.xlsx"
    book_at(path, ("s", [["a_x000D_\nb"], ["line_x000D_\nbreak"], ["_x005F_x000D_"], ["a_xy"]]))
    raw = read_raw(path)
    assert list(raw.frame) == ["a b"]
    assert [plain(x) for x in raw.frame["a b"]] == ["line break", "_x000D_", "a_xy"]


def test_a_style_that_is_not_there_does_not_refuse_a_workbook_and_dates_stay(tmp_path):
    path = tmp_path / "a.xlsx"
    book_at(path, ("s", [["a", "when"], [5, dt.datetime(2025, 3, 1)]]))
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'<c r="A2"' in parts[sheet]
    parts[sheet] = parts[sheet].replace(b'<c r="A2"', b'<c r="A2" s="77"')
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    raw = read_raw(path)
    assert plain(raw.frame["a"].iloc[0]) == "5"
    assert plain(raw.frame["when"].iloc[0]).startswith("2025-03-01")


# encodings, decided on all texts

CASES_OF_BYTES = [
    (["北京市朝阳区", "好的"], "gbk", "windows-1252", "GB18030"),
    (["Größe", "Straße"], "cp1252", "windows-1252", "windows-1252"),
    (["Größe", "Straße"], "cp1252", None, "windows-1252"),
    (["МОСКВА"], "cp1251", "windows-1251", "windows-1251"),
    (["臺灣", "你好"], "big5", "950", "950"),
    (["臺灣"], "gbk", None, "GB18030"),
    (["喆", "玥"], "gbk", None, "GB18030"),
    (["안녕"], "cp949", "EUC-KR", "EUC-KR"),
    (["您是否同意", "北京"], "utf-8", "GBK", "UTF-8"),
    (["模"], "gbk", None, "GB18030"),
    (["模"], "gbk", "GBK", "GBK"),
    (["é"], "utf-8", None, "UTF-8"),
    (["A·B"], "cp1252", "UTF-8", "windows-1252"),
    (["北京", "天津很好"], "gbk", "UTF-8", "GB18030"),
]


@pytest.mark.parametrize(("texts", "encoding", "said", "found"), CASES_OF_BYTES)
def test_an_encoding_is_found_by_all_texts(texts, encoding, said, found):
    raw = [text.encode(encoding) for text in texts]
    choice = decide(raw, said)
    assert choice.name == found
    assert [choice.decode(text) for text in raw] == [(text, None) for text in texts]
    assert bool(choice.notes) == (choice.name != said)


def test_a_format_that_leaves_no_choice_has_none():
    for text in (b"a\xc3", "模".encode(), "é".encode()):
        choice = decide([text], "UTF-8", fixed=True)
        assert (choice.name, choice.notes) == ("UTF-8", ())


def test_common_chinese_words_are_told_from_western_ones():
    """All labels of the questionnaire, and words of five languages of western Europe."""
    labels = [t.zh for codes in load_instrument(ROOT).answers.values() for t in codes.values()]
    for label in labels:
        assert decide([label.encode("gbk")]).name in ("GB18030", "UTF-8"), label
    western = "Größe Füße völlig déjà été naïve señor mañana così perché não três år først ÜBER É"
    for word in western.split()[:-1]:
        assert decide([word.encode("cp1252")]).name == "windows-1252", word
