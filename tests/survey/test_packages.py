"""Files of Stata and SPSS in every version, encoding and record: written, read, and equal.

The kinds are those of the public test folders of pyreadstat, haven and ReadStat, made anew.
"""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from compendium.errors import UserError
from compendium.survey.formats import plain, read_raw
from compendium.survey.importing import draft_mapping, import_survey

from .fieldwork import INSTRUMENT_OF_ROOT, answers, project_at
from .statfiles import dta, sav
from .test_import_cases import stored

WORDS = {
    "ascii": ("Wuhan", "good", "Do you agree?", "yes", "no"),
    "gb18030": ("北京市朝阳区", "好的", "您是否同意", "很同意", "不同意"),
    "utf-8": ("北京市", "好", "是否同意", "同意", "不"),
    "windows-1252": ("Größe", "déjà vu", "Überprüfung", "völlig", "naïve"),
}
OF_PYTHON = {"utf-8": "UTF-8", "gb18030": "GB18030", "ascii": "UTF-8"}
NUMBERS = [1, None, 5, 4, 2]


def cells(raw):
    return {name: [plain(value) for value in raw.frame[name]] for name in raw.frame}


def shown(values):
    return ["" if value is None else plain(value) for value in values]


def read(tmp_path, content, suffix, **told):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    return read_raw(path, **told)


# Stata


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [105, 108, 110, 111, 113, 114, 115])
@pytest.mark.parametrize("encoding", [*WORDS])
def test_old_stata_files(tmp_path, version, order, encoding):
    place, note, label, yes, no = WORDS[encoding]
    kinds = [("byte", "b"), ("int", "h"), ("long", "i"), ("double", "d")]
    columns = [(name, kind, NUMBERS) for name, kind in kinds]
    columns += [("float", "f", [1.1, -2.5, 3.0, 1e6, 0.0])]
    columns += [("place", 20, [place, "", note, "x", place]), ("s1", 1, [*"abcde"])]
    values = {1: yes, 5: no} if version > 107 else {1: "yes", 5: "no"}
    content = dta(
        version,
        columns,
        encoding=encoding,
        order=order,
        labels={"byte": label},
        value_labels={"byte": values},
    )
    raw = read(tmp_path, content, "dta")
    assert raw.encoding == OF_PYTHON.get(encoding, encoding)
    got = cells(raw)
    for name, _ in kinds:
        assert got.pop(name) == shown(NUMBERS)
    assert got == {
        "float": ["1.1", "-2.5", "3", "1000000", "0"],
        "place": [place, "", note, "x", place],
        "s1": [*"abcde"],
    }
    assert raw.labels == {"byte": label}
    assert raw.value_labels == {"byte": {str(code): text for code, text in values.items()}}
    assert len(raw.notes) == (encoding == "windows-1252")


@pytest.mark.parametrize("version", [113, 114, 115])
@pytest.mark.parametrize("order", ["<", ">"])
def test_kinds_of_missing_of_old_stata_files(tmp_path, version, order):
    given = [None, ".a", ".m", ".z", 1]
    columns = [(name, name, given) for name in "bhifd"]
    content = dta(
        version, columns, order=order, value_labels={"b": {1: "yes", ".a": "refused", ".z": "none"}}
    )
    raw = read(tmp_path, content, "dta")
    assert cells(raw) == {name: ["", ".a", ".m", ".z", "1"] for name in "bhifd"}
    assert all(raw.declared[name].codes == {".a", ".m", ".z"} for name in "bhifd")
    assert raw.value_labels == {"b": {"1": "yes", ".a": "refused", ".z": "none"}}


@pytest.mark.parametrize("version", [8, 10, 12, 13, 14, 15])
def test_kinds_of_missing_by_pyreadstat(tmp_path, version):
    path = tmp_path / "a.dta"
    frame = pd.DataFrame({"q": [1.0, "a", 3.0, None, "z"], "r": [1, 2, 3, 4, 5]}, dtype=object)
    frame["r"] = frame["r"].astype(float)
    pyreadstat.write_dta(
        frame,
        path,
        version=version,
        missing_user_values={"q": ["a", "z"]},
        variable_value_labels={"q": {1: "one", "a": "refused"}},
    )
    raw = read_raw(path)
    assert cells(raw) == {"q": ["1", ".a", "3", "", ".z"], "r": [*"12345"]}
    assert raw.declared["q"].codes == {".a", ".z"}
    assert raw.value_labels["q"] == {"1": "one", ".a": "refused"}


def pandas_dta(path, frame, version, **told):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_stata(path, write_index=False, version=version, **told)
    return read_raw(path)


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_types_and_long_texts_of_stata_files(tmp_path, version):
    long = "指" * 900
    frame = pd.DataFrame(
        {
            "tiny": np.array([1, -127, 100], dtype="int8"),
            "medium": np.array([1, -32_000, 32_740], dtype="int16"),
            "whole": np.array([1, -(10**9), 2_147_483_620], dtype="int32"),
            "single": np.array([0.1, np.nan, 1e-30], dtype="float32"),
            "twice": [0.1, np.nan, 1e300],
            "text": ["a", "", "b" * 244],
        }
    )
    told = {} if version == 114 else {"convert_strl": ["strl"]}
    if version > 114:
        frame["strl"] = ["", long, "c"]
    raw = pandas_dta(tmp_path / "a.dta", frame, version, **told)
    got = cells(raw)
    assert got["tiny"] == ["1", "-127", "100"]
    assert got["medium"] == ["1", "-32000", "32740"]
    assert got["whole"] == ["1", "-1000000000", "2147483620"]
    assert got["single"] == ["0.1", "", "1e-30"]
    assert got["twice"] == ["0.1", "", plain(1e300)]
    assert got["text"] == ["a", "", "b" * 244]
    if version > 114:
        assert got["strl"] == ["", long, "c"]


def test_long_texts_of_stata_13_in_chinese(tmp_path):
    path = tmp_path / "a.dta"
    frame = pd.DataFrame({"place": ["PLACES", "x"], "text": ["LONGER" * 400, "y"], "n": [1, 2]})
    frame.to_stata(path, write_index=False, version=117, convert_strl=["text"])
    content = path.read_bytes().replace(b"LONGER", "办事处".encode("gbk"))
    raw = read(tmp_path, content.replace(b"PLACES", "朝阳区".encode("gbk")), "dta")
    assert raw.encoding == "GB18030"
    assert cells(raw) == {"place": ["朝阳区", "x"], "text": ["办事处" * 400, "y"], "n": ["1", "2"]}


@pytest.mark.parametrize("version", [118, 119])
@pytest.mark.parametrize(
    "cell", ["m²", "36°C", "A·B", "×3", "±3", "café", "Köß", "模", "ģ", "Ω", "½"]
)
def test_signs_and_names_in_new_stata_files(tmp_path, version, cell):
    frame = pd.DataFrame({"Größe": [1, 2], "名称": [cell, "x"]})
    path = tmp_path / "a.dta"
    frame.to_stata(path, write_index=False, version=version, variable_labels={"名称": cell})
    raw = read_raw(path)
    assert raw.encoding == "UTF-8"
    assert not raw.notes
    assert cells(raw) == {"Größe": ["1", "2"], "名称": [plain(cell), "x"]}
    assert raw.labels == {"名称": plain(cell)}


def test_dates_of_stata_files(tmp_path):
    columns = [
        ("day", "i", [21_915, None, 0]),
        ("time", "d", [1_893_456_000_000.0 + 61_500, None, 1e300]),
        ("month", "i", [720, 1, 2]),
    ]
    content = dta(115, columns, formats={"day": "%td", "time": "%tc", "month": "%tm"})
    raw = read(tmp_path, content, "dta")
    assert cells(raw) == {
        "day": ["2020-01-01", "", "1960-01-01"],
        "time": ["2020-01-01 00:01:01.500000", "", str(int(1e300))],
        "month": ["720", "1", "2"],
    }
    assert [(note.heading, note.rows) for note in raw.notes if not note.lossy] == [("time", (3,))]


def test_a_cell_cut_within_a_character_is_said(tmp_path):
    for encoding in ("gb18030", "utf-8"):
        text = "街道办事处街道办".encode(encoding)
        columns = [("a", 15, ["街道".encode(encoding), text[:15]]), ("b", 20, ["好", "的"])]
        columns[0][2][1] = text[: 15 if encoding == "gb18030" else 14]
        raw = read(tmp_path, dta(114, columns, encoding=encoding), "dta")
        kept = "街道办事处街道" if encoding == "gb18030" else "街道办事"
        assert cells(raw)["a"] == ["街道", kept]
        (note,) = raw.notes
        assert (note.heading, note.rows) == ("a", (2,))


def test_a_damaged_cell_does_not_turn_all_others_into_another_encoding(tmp_path):
    good = ["街道办事处", "居民委员会", "很同意", "不同意", "一般", "乡镇"]
    columns = [("a", 20, [*good, b"ab\xffcd"])]
    for encoding in ("gb18030", "utf-8"):
        raw = read(tmp_path, dta(114, columns, encoding=encoding), "dta")
        assert cells(raw)["a"] == [*good, "ab\ufffdcd"]
        (note,) = raw.notes
        assert (note.heading, note.rows) == ("a", (7,))


def test_an_encoding_can_be_given_for_stata(tmp_path):
    content = dta(114, [("a", 20, ["Žluťoučký", "kůň"])], encoding="cp1250")
    assert cells(read(tmp_path, content, "dta", encoding="windows-1250"))["a"][1] == "kůň"
    with pytest.raises(UserError, match="the text is not UTF-8") as caught:
        read(tmp_path, content, "dta", encoding="UTF-8")
    assert (caught.value.row, caught.value.column) == (1, "a")
    with pytest.raises(UserError, match="this encoding is not known"):
        read(tmp_path, content, "dta", encoding="cp0000")


def test_a_little_text_that_fits_twice_is_said(tmp_path):
    (note,) = read(tmp_path, dta(114, [("a", 9, ["é", "x"])], encoding="utf-8"), "dta").notes
    assert "GB18030" in note.said.en
    raw = read(tmp_path, dta(114, [("a", 9, ["模", "x"])], encoding="gbk"), "dta")
    assert cells(raw)["a"] == ["模", "x"]
    assert "UTF-8" in raw.notes[0].said.zh


# SPSS

RECORDS = [
    ("gb18030", "GBK", 936, "GBK"),
    ("gb18030", "windows-936", None, "windows-936"),
    ("gb18030", "cp936", None, "cp936"),
    ("gb18030", "GB2312", None, "GB2312"),
    ("gb18030", "GB18030", 54936, "GB18030"),
    ("gb18030", None, 936, "936"),
    ("gb18030", None, 2, "GB18030"),
    ("gb18030", None, 3, "GB18030"),
    ("gb18030", None, None, "GB18030"),
    ("gb18030", "windows-1252", 1252, "GB18030"),
    ("gb18030", None, 1252, "GB18030"),
    ("gb18030", "UTF-8", 65001, "GB18030"),
    ("gb18030", "US-ASCII", None, "GB18030"),
    ("gb18030", "no-such-name", None, "GB18030"),
    ("utf-8", "UTF-8", 65001, "UTF-8"),
    ("utf-8", None, 65001, "65001"),
    ("utf-8", None, None, "UTF-8"),
    ("utf-8", "windows-1252", 1252, "UTF-8"),
    ("utf-8", "GBK", 936, "UTF-8"),
    ("utf-8", "ISO_8859-1:1987", None, "UTF-8"),
    ("windows-1252", "windows-1252", 1252, "windows-1252"),
    ("windows-1252", None, 1252, "1252"),
    ("windows-1252", "ISO_8859-1:1987", 28591, "ISO_8859-1:1987"),
    ("windows-1252", "UTF-8", 65001, "windows-1252"),
    ("windows-1252", None, None, "windows-1252"),
    ("ascii", "US-ASCII", 20127, "US-ASCII"),
    ("ascii", None, None, "UTF-8"),
]


@pytest.mark.parametrize(("encoding", "record", "code", "said"), RECORDS)
def test_spss_files_whose_record_is_right_wrong_or_absent(tmp_path, encoding, record, code, said):
    place, note, label, yes, no = WORDS[encoding]
    for number, order in enumerate("<>"):
        content = sav(
            [
                ("Q1", "num", NUMBERS),
                ("TXT", 30, [place, "", note, "x", place]),
                ("S1", 1, [*"abcde"]),
            ],
            encoding=encoding,
            record=record,
            code=code,
            order=order,
            packed=bool(number),
            labels={"Q1": label, "TXT": no},
            value_labels={"Q1": {1: yes, 5: no}},
            documents=["a line"],
        )
        raw = read(tmp_path, content, "sav")
        assert raw.encoding == said
        assert cells(raw) == {
            "Q1": shown(NUMBERS),
            "TXT": [place, "", note, "x", place],
            "S1": [*"abcde"],
        }
        assert raw.labels == {"Q1": label, "TXT": no}
        assert raw.value_labels == {"Q1": {"1": yes, "5": no}}
        told = record or (str(code) if (code or 0) > 100 else None)
        assert bool(raw.notes) == (said != told if told else encoding == "windows-1252")


@pytest.mark.parametrize(
    ("text", "encoding", "record"),
    [
        ("臺灣省鄉鎮", "big5", "windows-950"),
        ("日本語テスト", "cp932", "windows-932"),
        ("한국어 설문", "cp949", "windows-949"),
        ("Привет МОСКВА", "cp1251", "windows-1251"),
        ("žluťoučký kůň", "cp1250", "windows-1250"),
        ("Ελληνικά", "cp1253", "windows-1253"),
        ("שלום עולם", "utf-8", "UTF-8"),
        ("తెలుగు", "utf-8", "UTF-8"),
        ("ÄÖÜ Straße", "mac_roman", "macintosh"),
    ],
)
def test_spss_files_in_other_encodings_that_they_declare(tmp_path, text, encoding, record):
    content = sav([("A", 40, [text, "x"])], encoding=encoding, record=record, labels={"A": text})
    raw = read(tmp_path, content, "sav")
    assert cells(raw) == {"A": [plain(text), "x"]}
    assert raw.labels == {"A": plain(text)}
    assert not raw.notes


@pytest.mark.parametrize(
    ("given", "codes", "ranges"),
    [
        ([99], {"99"}, ()),
        ([97, 98, 99], {"97", "98", "99"}, ()),
        (["range", 90, 99], set(), ((90, 99),)),
        (["range", 90, 99, -1], {"-1"}, ((90, 99),)),
        (["range", -np.finfo(float).max, 0], set(), ((-np.finfo(float).max, 0),)),
    ],
)
def test_values_and_ranges_that_spss_declares_missing(tmp_path, given, codes, ranges):
    content = sav([("Q1", "num", [1, 95, -1, None])], missing={"Q1": given})
    raw = read(tmp_path, content, "sav")
    assert cells(raw)["Q1"] == ["1", "95", "-1", ""]
    declared = raw.declared["Q1"]
    assert declared.codes == codes
    assert [high for _, high in declared.ranges] == [high for _, high in ranges]
    assert declared.holds("95") == (given[0] == "range" and given[2] == 99)
    assert declared.holds("-1") == (-1 in given or given[-1] == 0)
    assert not declared.holds("1")


def test_texts_that_spss_declares_missing(tmp_path):
    for encoding, word in (("ascii", "Z"), ("gb18030", "拒答")):
        columns = [("T", 8, ["a", word, "b"]), ("Q1", "num", [1, 2, 3])]
        content = sav(
            columns,
            encoding=encoding,
            missing={"T": [word]},
            labels={"Q1": "北京市好"} if encoding != "ascii" else {},
            value_labels={"T": {word: "missing"}},
        )
        raw = read(tmp_path, content, "sav")
        assert raw.declared["T"].codes == {word}
        assert raw.value_labels["T"] == {word: "missing"}
        assert cells(raw)["T"] == ["a", word, "b"]


def test_an_odd_date_in_the_header_and_an_unknown_number_of_cases(tmp_path):
    columns = [("Q1", "num", NUMBERS)]
    for created in ("01-Jan-20", "1 Jan 20", "", "32 XYZ 99", "15 Okt 13"):
        raw = read(tmp_path, sav(columns, created=created, cases=-1), "sav")
        assert cells(raw)["Q1"] == shown(NUMBERS)


DATE_FORMATS = {"DATE11": 20, "ADATE10": 23, "EDATE10": 38, "SDATE10": 39, "JDATE7": 24}
TIME_FORMATS = {"DATETIME20": 22, "DATETIME17": 22}
DAY, DAYS_TO_2020 = 86_400, 159_713


@pytest.mark.parametrize(("name", "kind"), [*DATE_FORMATS.items(), *TIME_FORMATS.items()])
def test_dates_of_spss_files(tmp_path, name, kind):
    width = int("".join(char for char in name if char.isdigit()))
    days = (dt.date(2020, 1, 1) - dt.date(1582, 10, 14)).days
    good = days * DAY + 3661.0
    column = ("WHEN", "num", [good, None, 9e14, 99.0])
    content = sav(
        [column, ("Q1", "num", [1, 2, 3, 4])],
        formats={"WHEN": kind << 16 | width << 8},
        missing={"WHEN": [99.0]},
    )
    raw = read(tmp_path, content, "sav")
    shown_as = "2020-01-01" + (" 01:01:01" if name.startswith("DATETIME") else "")
    assert cells(raw)["WHEN"] == [shown_as, "", "900000000000000", "99"]
    assert [(note.heading, note.rows) for note in raw.notes] == [("WHEN", (3,))]
    assert raw.declared["WHEN"].holds("99")


@pytest.mark.parametrize("kind", [21, 25])
def test_times_of_spss_files_are_lengths_too(tmp_path, kind):
    content = sav([("LONG", "num", [93_905.5, 61, None])], formats={"LONG": kind << 16 | 11 << 8})
    assert cells(read(tmp_path, content, "sav"))["LONG"] == ["26:05:05.500", "0:01:01", ""]


def frame_of_every_kind():
    return pd.DataFrame(
        {
            "mychar": ["a", "b", "c", "", "e"],
            "很长的变量名称": ["街道", "乡镇", "", "县", "市"],
            "mynum": [1.1, 1.2, -1000.3, np.nan, 1e100],
            "mydate": [dt.date(2018, 5, 6), dt.date(1880, 5, 6), dt.date(1960, 1, 1), None, None],
            "dtime": [
                dt.datetime(2018, 5, 6, 10, 10, 10),
                None,
                dt.datetime(1960, 1, 1),
                None,
                None,
            ],
            "mytime": [dt.time(10, 10, 10), dt.time(23, 10, 10), dt.time(0, 0, 0), None, None],
            "long": ["文" * 200, "x" * 2000, "", "y", "z"],
            "mylabl": [1.0, 2, 1, 2, 1],
        }
    )


@pytest.mark.parametrize(
    ("suffix", "how"), [("sav", {}), ("sav", {"row_compress": True}), ("zsav", {"compress": True})]
)
def test_samples_of_spss(tmp_path, suffix, how):
    frame = frame_of_every_kind()
    path = tmp_path / f"sample.{suffix}"
    pyreadstat.write_sav(
        frame,
        path,
        file_label="a sample",
        column_labels=["character", "名称", "number", "date", "moment", "time", "long", "label"],
        note="a note",
        variable_value_labels={"mylabl": {1: "Male", 2: "Female"}, "mychar": {"a": "甲"}},
        missing_ranges={"mylabl": [2]},
        variable_measure={"mylabl": "nominal"},
        variable_display_width={"mychar": 20},
        **how,
    )
    raw = read_raw(path)
    assert raw.encoding == "UTF-8"
    assert cells(raw) == {
        "mychar": ["a", "b", "c", "", "e"],
        "很长的变量名称": ["街道", "乡镇", "", "县", "市"],
        "mynum": ["1.1", "1.2", "-1000.3", "", plain(1e100)],
        "mydate": ["2018-05-06", "1880-05-06", "1960-01-01", "", ""],
        "dtime": ["2018-05-06 10:10:10", "", "1960-01-01 00:00:00", "", ""],
        "mytime": ["10:10:10", "23:10:10", "0:00:00", "", ""],
        "long": ["文" * 200, "x" * 2000, "", "y", "z"],
        "mylabl": ["1", "2", "1", "2", "1"],
    }
    assert raw.labels["很长的变量名称"] == "名称"
    assert raw.value_labels == {"mylabl": {"1": "Male", "2": "Female"}, "mychar": {"a": "甲"}}
    assert raw.declared["mylabl"].codes == {"2"}
    assert [note.heading for note in raw.notes] == ["mynum"]


@pytest.mark.parametrize("version", [8, 10, 12, 13, 14, 15])
def test_samples_of_stata(tmp_path, version):
    frame = frame_of_every_kind().drop(columns=["很长的变量名称", "long", "mytime"])
    path = tmp_path / "sample.dta"
    pyreadstat.write_dta(
        frame,
        path,
        version=version,
        column_labels=["character", "number", "date", "moment", "label"],
        variable_value_labels={"mylabl": {1: "Male", 2: "Female"}},
    )
    raw = read_raw(path)
    assert cells(raw) == {
        "mychar": ["a", "b", "c", "", "e"],
        "mynum": ["1.1", "1.2", "-1000.3", "", plain(1e100)],
        "mydate": ["2018-05-06", "1880-05-06", "1960-01-01", "", ""],
        "dtime": ["2018-05-06 10:10:10", "", "1960-01-01 00:00:00", "", ""],
        "mylabl": ["1", "2", "1", "2", "1"],
    }
    assert raw.labels["mylabl"] == "label"
    assert raw.value_labels == {"mylabl": {"1": "Male", "2": "Female"}}


def test_the_encoding_of_an_spss_file_can_be_given(tmp_path):
    content = sav([("A", 20, ["Žluťoučký", "x"])], encoding="cp1250", record="windows-1252")
    assert cells(read(tmp_path, content, "sav", encoding="cp1250"))["A"][0] == "Žluťoučký"
    with pytest.raises(UserError, match="the text is not UTF-8"):
        read(tmp_path, content, "sav", encoding="UTF-8")


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_from_a_file_in_chinese_to_the_observed_survey(tmp_path, kind):
    """Every answer of a survey in GB18030, by a writer that does not share code with the reader."""
    project, told = project_at(tmp_path), answers(60)
    columns = []
    for name, question in INSTRUMENT_OF_ROOT.questions.items():
        values = [None if pd.isna(x) else x for x in told[name]]
        if question.type in ("string", "category"):
            texts = ["" if x is None else str(x) for x in values]
            columns.append((name, 16, texts))
        else:
            columns.append((name, "num" if kind == "sav" else "d", values))
    labels = {name: q.text.zh[:20] for name, q in INSTRUMENT_OF_ROOT.questions.items() if q.text}
    if kind == "sav":
        columns = [(f"V{place}", *rest) for place, (_, *rest) in enumerate(columns)]
        names = [*INSTRUMENT_OF_ROOT.questions]
        texts = {f"V{place}": name for place, name in enumerate(names)}
        content = sav(columns, encoding="gbk", labels=texts)
    else:
        content = dta(114, columns, encoding="gbk", labels=labels)
    path = project / f"a.{kind}"
    path.write_bytes(content)
    mapping = project / "m.yml"
    mapping.write_text(draft_mapping(read_raw(path), INSTRUMENT_OF_ROOT), "utf-8")
    done = import_survey(project, path, mapping, accept=True)
    assert done.written is not None
    rows = stored(project)
    for name in told:
        given = ["" if pd.isna(x) else plain(x) for x in told[name]]
        got = [plain(float(row[name])) if _is_number(row[name]) else row[name] for row in rows]
        assert got == [plain(float(x)) if _is_number(x) else x for x in given]


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
