"""Files that were once misread or refused, each beside its truth, and one more of each kind.

`cases/` holds 24 small invented files with one set of answers, `truth_answers.csv`. Every case goes
from the draft to the observed survey and is compared cell by cell.
"""

import csv
import re
import zipfile
from contextlib import nullcontext
from dataclasses import replace

import pandas as pd
import pyreadstat
import pytest

from compendium import cli
from compendium.errors import UserError
from compendium.survey.formats import Declared, Raw, plain, read_raw
from compendium.survey.importing import draft_mapping, import_survey
from compendium.survey.importing.convert import convert
from compendium.survey.importing.mapping import ColumnMap, load_mapping
from compendium.survey.load import OBSERVED_FILE
from compendium.survey.store import EMPTY, arrow_table, csv_bytes, read_survey

from .fieldwork import INSTRUMENT_OF_ROOT, ROOT, answers, csv_text, project_at

CASES = ROOT / "tests" / "survey" / "cases"
LINES = (CASES / "truth_answers.csv").read_text("utf-8").splitlines()
TRUTH = {row["respondent_id"]: row for row in csv.DictReader(LINES)}
DESIGN = ("respondent_id", "unit_id", "county_id", "province_id", "stratum", "weight")
AGREE = ("td_1", "td_2", "td_3", "td_4", "td_5", "bu_1", "bu_2", "bu_3", "bu_4")
BURN = ("burn_1", "burn_2", "burn_3", "burn_4", "burn_5")


def case(number):
    (path,) = CASES.glob(f"{number:02d}_*")
    return path


@pytest.fixture
def project(tmp_path):
    return project_at(tmp_path)


def take(project, file, *, edit=lambda text: text, accept=True, raw=None):
    """Draft, edit, import."""
    mapping = project / "m.yml"
    text = edit(draft_mapping(raw or read_raw(file), INSTRUMENT_OF_ROOT))
    mapping.write_text(text, "utf-8")
    return text, import_survey(project, file, mapping, accept=accept)


def stored(project):
    """Rows of the observed survey as text, by column."""
    columns = read_survey(project / OBSERVED_FILE, INSTRUMENT_OF_ROOT).columns
    text = csv_bytes(arrow_table(INSTRUMENT_OF_ROOT, columns)).decode()
    return list(csv.DictReader(text.splitlines()))


def differences(project, *, without=(), by_row=False):
    """Cells that are not the truth: question to row (from 1), what is there, what is true."""
    found = {}
    for number, (row, name) in enumerate(zip(stored(project), TRUTH, strict=True), start=1):
        true = TRUTH[name if by_row else row["respondent_id"]]
        for question, value in row.items():
            if question not in without and not same(value, true[question]):
                found.setdefault(question, []).append((number, value, true[question]))
    return found


def same(value, true):
    try:
        return float(value) == pytest.approx(float(true), abs=1e-9)
    except ValueError:
        return value == true


def rules(done, level):
    return {finding.rule for finding in done.findings if finding.level == level}


# 1 to 4: what the labels of a file mean


@pytest.mark.parametrize(
    ("number", "without", "kind"),
    [
        (1, ("dual_above", "attention_1"), "agree"),
        (2, ("attention_1",), "extent"),
        (3, ("attention_1",), "frequency"),
    ],
)
def test_a_scale_in_other_words_is_read_whole_and_has_to_be_looked_at(
    project, number, without, kind
):
    text, done = take(project, case(number), accept=False)
    assert f"  {kind}:\n    1: 5" in text
    assert done.written is None
    assert rules(done, "accept") == {"other_words"}
    assert take(project, case(number))[1].written is not None
    assert differences(project, without=without) == {}


def test_the_drafts_own_mapping_passes_where_a_code_is_chosen_by_nobody(project):
    _, done = take(project, case(4), accept=False)
    assert done.written is not None
    assert differences(project) == {}


def test_a_mapping_that_turns_a_part_of_the_codes_is_never_written(project):
    path, mapping = case(1), project / "m.yml"
    text = draft_mapping(read_raw(path), INSTRUMENT_OF_ROOT)
    part = [line for line in text.splitlines() if line[:7] not in ("    2: ", "    4: ")]
    mapping.write_text("\n".join(part), "utf-8")
    done = import_survey(project, path, mapping, accept=True)
    assert done.written is None
    conflicts = {f.value for f in done.findings if f.rule == "label_conflict"}
    assert conflicts == {"2", "4"}
    assert "partly_mapped" in rules(done, "stop")


# 5, 6, 21: what is missing, and yes and no


def test_what_a_file_declares_missing_is_no_number(project):
    text, done = take(project, case(5), accept=False)
    assert "values: {999: refused, 99: empty}" in text
    assert done.written is not None
    raw = read_raw(case(5)).frame
    coded = dict(zip(raw["respondent_id"], raw["unit_staff"], strict=True))
    for number, value, _ in differences(project).pop("unit_staff"):
        code = coded[f"r{number:04d}"]
        assert value == {999: "-9", 99: ""}[code]
    assert {f.value for f in done.findings if f.rule == "declared"} == {"999", "99"}
    assert set(differences(project)) == {"unit_staff"}


def test_a_declaration_counts_where_the_mapping_says_nothing(project):
    _, done = take(
        project, case(5), edit=lambda text: text.replace(", values: {999: refused, 99: empty}", "")
    )
    assert done.written is not None
    assert {row["unit_staff"] for row in stored(project)} & {"999", "99"} == set()


def test_values_of_a_mapping_act_on_numbers(project):
    def edit(text):
        line = "unit_staff: {from: unit_staff"
        assert line in text
        return text.replace(line, line + ", values: {998: -9}")

    _, done = take(project, case(6), edit=edit, accept=False)
    assert done.written is not None
    found = differences(project)
    assert {value for _, value, _ in found.pop("unit_staff")} == {"-9"}
    assert found == {}


def test_yes_and_no_in_other_words(project):
    text, done = take(project, case(21), accept=False)
    assert "1: 1  # 有 = 是 / Yes; check" in text
    assert "2: 0  # 没有 = 否 / No; check" in text
    assert rules(done, "accept") == {"other_words"}
    assert take(project, case(21))[1].written is not None
    assert differences(project) == {}


def test_accepting_never_leaves_a_variable_of_ones(project):
    path, mapping = case(21), project / "m.yml"
    names = "\n".join(f"  {name}: {{from: {name}}}" for name in INSTRUMENT_OF_ROOT.questions)
    mapping.write_text(f"columns:\n{names}\n", "utf-8")
    done = import_survey(project, path, mapping, accept=True)
    assert done.written is None
    (conflict,) = [f for f in done.findings if f.rule == "label_conflict" and f.column == FLAGS[0]]
    assert "没有" in conflict.line()
    only = {f.column for f in done.findings if f.rule == "one_answer_left"}
    assert only == set(FLAGS)


FLAGS = ("has_duty_list", "has_partners", "had_incident")


# 7 to 20, 22 to 24: reading


@pytest.mark.parametrize(
    ("number", "column", "cell"),
    [(7, "note", "m²"), (8, "note", "36°C"), (23, "note", "A·B")],
)
def test_stata_from_14_on_is_utf8(project, number, column, cell):
    raw = read_raw(case(number))
    assert raw.encoding == "UTF-8"
    assert set(raw.frame[column]) == {cell}
    assert take(project, case(number), raw=raw)[1].written is not None
    assert differences(project) == {}


def test_older_stata_files_that_hold_utf8(project):
    raw = read_raw(case(24))
    assert raw.value_labels["dual_above"]["1"] == "很不同意"
    assert set(raw.frame["note"]) == {"单位"}
    assert take(project, case(24), raw=raw)[1].written is not None
    assert differences(project) == {}


@pytest.mark.parametrize(
    ("number", "texts", "label", "values"),
    [
        (9, ["北京市朝阳区", "好的"], "您是否同意", {"1": "很不同意", "5": "很同意"}),
        (10, ["北京市朝阳区", "好的"], "q1", None),
        (11, ["Größe", "x"], "Größe", {"1": "Straße", "5": "Füße"}),
        (12, None, "您是否同意", {"1": "很不同意", "5": "很同意"}),
    ],
)
def test_spss_files_with_a_right_a_wrong_or_no_encoding(number, texts, label, values):
    raw = read_raw(case(number))
    assert raw.labels["Q1"] == label
    assert raw.value_labels.get("Q1") == values
    if texts is not None:
        assert raw.frame["TXT"].tolist() == texts
    else:
        assert raw.frame["TXT"].tolist()[1] == "好的"
        assert raw.frame["TXT"].tolist()[0].startswith("北京市朝阳")


def test_one_impossible_date_does_not_refuse_a_file():
    raw = read_raw(case(13))
    assert raw.frame["Q1"].tolist() == [1, 2]
    assert len(raw.frame["WHEN"].dropna()) in (1, 2)
    assert [note.heading for note in raw.notes] == ["WHEN"]


def test_compressed_spss_files(project):
    assert take(project, case(14))[1].written is not None
    assert differences(project) == {}


def test_headings_of_qualtrics(project):
    text, done = take(project, case(15))
    assert done.rows == 60
    assert "not_collected: []" in text
    for row in stored(project):
        true = TRUTH[row["respondent_id"]]
        assert {name for name, value in row.items() if not same(value, true[name])} == set()


def test_numbers_of_respondents_that_a_file_holds_rounded_are_no_names(project):
    _, done = take(project, case(16))
    assert done.written is None
    (found,) = [f for f in done.findings if f.rule == "rounded_name"]
    assert len(found.rows) == 120
    assert "such as 1700000000000000000" in found.line()


def test_long_numbers_of_respondents_stay_apart(project):
    path = project / "a.xlsx"
    rows = iter(range(1_700_000_000_000_000_001, 1_700_000_000_000_000_121))
    rewritten_book(
        case(16), path, lambda text: re.sub(rb"1[.]7e[+]18", lambda _: b"%d" % next(rows), text)
    )
    _, done = take(project, path, accept=False)
    assert done.written is not None
    assert (done.rows, done.kept) == (120, 120)
    names = [int(row["respondent_id"]) for row in stored(project)]
    assert names == list(range(names[0], names[0] + 120))
    assert names[0] == 1_700_000_000_000_000_001
    assert differences(project, without=("respondent_id",), by_row=True) == {}


def rewritten_book(source, path, change):
    """Write a workbook again with its first sheet changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text) if name.endswith("sheet1.xml") else text)


def test_names_of_odk(project):
    _, done = take(project, case(17), accept=False)
    assert done.written is not None
    assert stored(project)[0]["respondent_id"] == "00000000-ab"
    assert differences(project, without=("respondent_id",), by_row=True) == {}


@pytest.mark.parametrize("number", [18, 19])
def test_shapes_of_csv_files(project, number):
    _, done = take(project, case(number))
    assert done.written is not None
    for row in stored(project):
        true = TRUTH[row["respondent_id"]]
        assert {name for name, value in row.items() if not same(value, true[name])} == set()


def test_a_quoted_heading_full_of_commas():
    raw = read_raw(case(20))
    assert next(iter(raw.frame.columns)) == "_id"
    assert raw.frame.shape[1] == 2
    assert raw.frame.iloc[0].tolist() == ["1", "3"]


def test_the_encoding_can_be_given_to_the_draft(project, capsys):
    (project / "notebooks" / "plan").mkdir(parents=True)
    command = ["data", "--root", str(project), "import", str(case(22)), "--draft-mapping"]
    assert cli.main([*command, "--encoding", "latin-1"]) == 0
    assert "# read as latin-1" in capsys.readouterr().out
    assert read_raw(case(22), encoding="latin-1").frame["name"].tolist() == ["Größe", "café"]


def test_the_draft_says_what_reading_the_file_changed():
    for number, said in ((12, "says that its encoding is windows-1252"), (13, "no date or time")):
        lines = draft_mapping(read_raw(case(number)), INSTRUMENT_OF_ROOT).splitlines()
        assert [line for line in lines if line.startswith("#") and said in line]


# one more of each kind


@pytest.fixture(scope="module")
def few():
    """Clean answers to a part of the questionnaire."""
    return answers(70)[[*DESIGN, *AGREE, *BURN, *FLAGS, "unit_staff"]]


def sav(project, frame, **told):
    """An SPSS file with numbers and texts as statistics packages hold them."""
    texts = [name for name in frame if name in DESIGN[:5]]
    made = {n: frame[n].fillna("") if n in texts else frame[n].astype(float) for n in frame}
    path = project / "a.sav"
    pyreadstat.write_sav(pd.DataFrame(made), path, **told)
    return path


def turned(frame, names, start=5):
    """Items in codes that run the other way, from `start` down."""
    out = frame.copy()
    for name in names:
        out[name] = [None if x is None or x < 1 else start + 1 - x for x in frame[name]]
    return out


def labels(words, start=1):
    return {float(code): word for code, word in enumerate(words, start=start)}


def read_back(project, names):
    rows = stored(project)
    return {name: [row[name] for row in rows] for name in names}


def given(frame, names):
    return {
        name: ["" if x is None or x < 1 else str(int(x)) for x in frame[name]] for name in names
    }


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (AGREE, "非常贊成 贊成 無意見 不贊成 非常不贊成"),
        (AGREE, "Completely_agree Agree Undecided Disagree Completely_disagree"),
        (AGREE, "1._很同意 2._比较同意 3._一般 4._不太同意 5._很不同意"),
        (AGREE, "同意 比较同意 一般 不太同意 不同意"),
        (AGREE, "非常同意 同意 不知道 不同意 非常不同意"),
        (AGREE, "Strongly_agree 2 3 4 Strongly_disagree"),
        (BURN, "Always Often Sometimes Rarely Never"),
        (BURN, "總是 經常 偶爾 很少 從不"),
    ],
)
def test_more_scales_that_run_the_other_way(project, few, names, words):
    said = [word.replace("_", " ") for word in words.split()]
    path = sav(
        project,
        turned(few, names),
        variable_value_labels={name: labels(said) for name in names},
    )
    _, done = take(project, path)
    assert done.written is not None
    assert read_back(project, names) == given(few, names)


@pytest.mark.parametrize(
    "words",
    ["甲 乙 丙 丁 戊", "非常同意 很同意 同意 比较同意 一般", "同意 有点 一般 不 没有"],
)
def test_a_set_with_a_word_that_cannot_be_read_is_decided_by_a_person(project, few, words):
    path = sav(
        project,
        turned(few, AGREE),
        variable_value_labels={name: labels(words.split()) for name in AGREE},
    )
    with pytest.raises(UserError, match="5 codes are not decided yet, the first is 1"):
        take(project, path)
    mapping = project / "m.yml"
    text = mapping.read_text("utf-8")
    for code in range(1, 6):
        text = text.replace(f'    {code}: "?"', f"    {code}: {6 - code}")
    mapping.write_text(text, "utf-8")
    assert import_survey(project, path, mapping, accept=True).written is not None
    assert read_back(project, AGREE) == given(few, AGREE)
    bare = text.partition("values:\n")[0] + "values: {}\n\n" + text[text.index("missing:") :]
    mapping.write_text(bare, "utf-8")
    done = import_survey(project, path, mapping, accept=True)
    assert done.written is None
    assert len([f for f in done.findings if f.rule == "unread_label"]) == 5 * len(AGREE)


WORDS = ["非常不同意", "不同意", "一般", "同意", "非常同意"]


def shifted(frame, codes):
    """Items whose answers 1 to 5 are these codes."""
    out = frame.copy()
    for name in AGREE:
        out[name] = [None if x is None or x < 1 else codes[int(x) - 1] for x in frame[name]]
    return out


@pytest.mark.parametrize(
    ("codes", "words", "silent"),
    [
        ([5, 4, 3, 2, 1], [*WORDS[:4], "非常认可吗"], ()),
        ([5, 4, 3, 2, 1], [*WORDS[:3], "非常同意", "非常同意"], ()),
        ([5, 4, 3, 2, 1], ["很不同意", "很同意", "一般", "比较同意", "很同意"], ()),
        ([5, 1, 3, 2, 4], WORDS, ()),
        ([5, 4, 3, 2, 1], WORDS, ("bu_3",)),
        ([2, 1, 0, -1, -2], WORDS, ("td_2", "bu_2")),
        ([4, 3, 2, 1, 0], WORDS, ("td_4",)),
        ([-2, -1, 0, 1, 2], WORDS, AGREE),
    ],
)
def test_what_cannot_be_known_is_never_guessed(project, few, codes, words, silent):
    """A word unknown, one word twice, another order, and columns that say nothing."""
    told = dict(zip(map(float, codes), words, strict=True))
    spoken = {name: told for name in AGREE if name not in silent}
    path = sav(project, shifted(few, codes), variable_value_labels=spoken)
    with pytest.raises(UserError, match="are not decided yet"):
        take(project, path)


@pytest.mark.parametrize("codes", [[50, 40, 30, 20, 10], [-2, -1, 0, 1, 2], [15, 14, 13, 12, 11]])
def test_whatever_the_codes_their_labels_decide(project, few, codes):
    told = {name: dict(zip(map(float, codes), WORDS, strict=True)) for name in AGREE}
    path = sav(project, shifted(few, codes), variable_value_labels=told)
    assert take(project, path)[1].written is not None
    assert read_back(project, AGREE) == given(few, AGREE)


def test_words_in_cells_are_read_as_a_set_too(project, few):
    words = dict(zip("12345", ["非常不同意", "不同意", "一般", "同意", "非常同意"], strict=True))
    said = few.copy()
    for name in AGREE:
        said[name] = [None if x is None else words.get(str(int(x)), x) for x in few[name]]
    path = project / "a.csv"
    path.write_text(csv_text(said), "utf-8")
    text, done = take(project, path)
    assert '"同意": 4  # 同意 = 比较同意 / Agree; check' in text
    assert done.written is not None
    assert read_back(project, AGREE)["td_1"] == [
        "" if x is None else str(int(x)) for x in few["td_1"]
    ]
    _, done = take(project, path, edit=lambda text: text.replace('    "不同意": 2', '    "不": 2'))
    assert done.written is None
    assert {f.value for f in done.findings if f.rule == "unread_word"} == {"不同意"}


def test_codes_from_0_with_a_code_that_nobody_chose(project, few):
    shifted = turned(few, AGREE, start=4)
    shifted["td_1"] = [None if x == 0 else x for x in shifted["td_1"]]
    words = [INSTRUMENT_OF_ROOT.answers["agree"][code].en for code in (5, 4, 3, 2, 1)]
    path = sav(project, shifted, variable_value_labels={name: labels(words, 0) for name in AGREE})
    _, done = take(project, path, accept=False)
    assert rules(done, "stop") == set()
    assert take(project, path)[1].written is not None
    assert read_back(project, AGREE[1:]) == given(few, AGREE[1:])


def test_codes_from_0_without_labels(project, few):
    path = project / "a.csv"
    shifted = few.copy()
    for name in AGREE:
        shifted[name] = [None if x is None or x < 1 else x - 1 for x in few[name]]
    path.write_text(csv_text(shifted), "utf-8")
    text, done = take(project, path)
    assert "check: 0 to 4 read as 1 to 5" in text
    assert done.written is not None
    assert read_back(project, AGREE) == given(few, AGREE)
    names = "\n".join(f"  {name}: {{from: {name}}}" for name in few)
    rest = [name for name in INSTRUMENT_OF_ROOT.questions if name not in few]
    (project / "m.yml").write_text(f"columns:\n{names}\nnot_collected: {rest}\n", "utf-8")
    done = import_survey(project, path, project / "m.yml", accept=True)
    assert done.written is None
    assert "common_value" in rules(done, "stop")


def test_a_scale_without_labels_whose_check_most_failed_by_its_mirror(project):
    frame = answers(120)[[*DESIGN, *AGREE, "attention_1"]]
    path = project / "a.csv"
    path.write_text(csv_text(turned(frame, (*AGREE, "attention_1"))), "utf-8")
    _, done = take(project, path)
    assert done.written is None
    (found,) = [f for f in done.findings if f.rule == "attention_failed"]
    assert found.particulars["found"] == 2


def test_an_item_that_runs_against_its_siblings_is_named(project, few):
    path = project / "a.csv"
    path.write_text(csv_text(turned(few, ["bu_1"])), "utf-8")
    told = "{from: bu_1, values: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}}"
    _, done = take(project, path, edit=lambda text: text.replace("{from: bu_1}", told))
    assert [f.column for f in done.findings if f.rule == "direction"] == ["bu_1"]
    assert done.written is not None


def test_a_range_that_spss_declares_missing(project, few):
    frame = few.copy()
    frame.loc[[3, 4], "unit_staff"] = [97, 998]
    frame.loc[[5, 6], "td_1"] = [8, 9]
    ranges = {"unit_staff": [{"lo": 97, "hi": 999}], "td_1": [{"lo": 8, "hi": 8}, 9]}
    told = {"td_1": {8.0: "不适用", 9.0: "说不清"}}
    path = sav(project, frame, missing_ranges=ranges, variable_value_labels=told)
    text, done = take(project, path)
    assert "97: empty" in text
    assert done.written is not None
    rows = stored(project)
    assert [rows[i]["unit_staff"] for i in (3, 4)] == ["", ""]
    assert [rows[i]["td_1"] for i in (5, 6)] == ["-8", ""]


def test_kinds_of_missing_of_stata_say_why_there_is_no_answer(project, few):
    frame = few.copy()
    frame.loc[[3, 4], "td_1"] = [".a", ".b"]
    frame.loc[[5, 6], "unit_staff"] = [".a", ".z"]
    declared = Declared(frozenset({".a", ".b", ".z"}))
    told = {".a": "拒答", ".b": "不适用"}
    names = ("td_1", "unit_staff")
    raw = Raw(
        CASES / "a.dta",
        frame,
        "UTF-8",
        {name: name for name in frame},
        value_labels=dict.fromkeys(names, told),
        declared=dict.fromkeys(names, declared),
    )
    text = draft_mapping(raw, INSTRUMENT_OF_ROOT)
    assert '".a": refused, ".b": not_applicable' in text
    (project / "m.yml").write_text(text, "utf-8")
    drafted = load_mapping(project / "m.yml", INSTRUMENT_OF_ROOT)
    silent = replace(drafted, columns={name: ColumnMap(name) for name in drafted.columns})
    for mapping in (drafted, silent):
        columns = convert(INSTRUMENT_OF_ROOT, raw, mapping).columns
        assert list(columns["td_1"][3:5]) == [-9, -8]
        assert list(columns["unit_staff"][5:7]) == [-9, EMPTY]


def test_an_answer_that_the_file_declares_missing_is_decided_by_a_person(project, few):
    words = [INSTRUMENT_OF_ROOT.answers["agree"][code].zh for code in range(1, 6)]
    told = {name: labels(words) for name in AGREE}
    ranges = {name: [3] for name in AGREE}
    path = sav(project, few, missing_ranges=ranges, variable_value_labels=told)
    with pytest.raises(UserError, match="1 codes are not decided yet, the first is 3"):
        take(project, path)
    names = "\n".join(f"  {name}: {{from: {name}}}" for name in few)
    rest = [name for name in INSTRUMENT_OF_ROOT.questions if name not in few]
    (project / "m.yml").write_text(f"columns:\n{names}\nnot_collected: {rest}\n", "utf-8")
    done = import_survey(project, path, project / "m.yml", accept=True)
    assert {f.rule for f in done.findings if f.level == "stop"} == {"declared_answer"}


def test_a_number_that_the_file_labels_is_no_number(project, few):
    frame = few.copy()
    frame.loc[[3, 4], "unit_staff"] = [888, 500]
    told = {"unit_staff": {888.0: "拒绝回答", 500.0: "500 人及以上"}}
    path = sav(project, frame, variable_value_labels=told)
    text, done = take(project, path)
    assert "values: {888: refused}" in text
    assert done.written is not None
    assert [stored(project)[i]["unit_staff"] for i in (3, 4)] == ["-9", "500"]
    _, done = take(project, path, edit=lambda text: text.replace(", values: {888: refused}", ""))
    assert [f.value for f in done.findings if f.rule == "labelled_number"] == ["888"]
    assert done.written is None


def test_values_of_a_mapping_act_on_times_and_names(project):
    frame = answers(60)[[*DESIGN, "duration_minutes", *AGREE]].assign(unit_id="u1")
    frame["county_id"], frame["province_id"] = "c1", "p1"
    frame.loc[2, "duration_minutes"] = 9999
    frame.loc[3, "unit_id"] = "一号"
    path = project / "a.csv"
    path.write_text(csv_text(frame), "utf-8")

    def edit(text):
        time, unit = "{from: duration_minutes", "{from: unit_id"
        assert time in text
        assert unit in text
        text = text.replace(time, time + ", values: {9999: empty}")
        return text.replace(unit, unit + ", values: {一号: u1}")

    _, done = take(project, path, edit=edit)
    assert done.written is not None
    assert stored(project)[2]["duration_minutes"] == ""
    assert {row["unit_id"] for row in stored(project)} == {"u1"}
    _, done = take(project, path)
    assert stored(project)[2]["duration_minutes"] == "9999"


@pytest.mark.parametrize(
    ("column", "given"),
    [
        ("unit_staff", "many"),
        ("unit_staff", "-3"),
        ("weight", "heavy"),
        ("unit_id", "a b"),
        ("td_1", "6"),
    ],
)
def test_a_value_that_a_question_cannot_have_is_refused_in_the_mapping(project, few, column, given):
    path = project / "a.csv"
    path.write_text(csv_text(few), "utf-8")
    line = f"{{from: {column}"
    with pytest.raises(UserError, match=r"can't have this|is no code"):
        take(
            project,
            path,
            edit=lambda text: text.replace(line, f'{line}, values: {{x: "{given}"}}'),
        )


@pytest.mark.parametrize(("yes", "no"), [("Y", "N"), ("有的", "没"), ("TRUE", "FALSE")])
def test_more_words_for_yes_and_no(project, few, yes, no):
    said = few.copy()
    for name in FLAGS:
        said[name] = [{1: yes, 0: no}.get(x) for x in few[name]]
    path = project / "a.csv"
    path.write_text(csv_text(said), "utf-8")
    _, done = take(project, path)
    assert done.written is not None
    assert read_back(project, FLAGS) == {
        name: ["" if x is None or x < 0 else str(int(x)) for x in few[name]] for name in FLAGS
    }


def test_1_and_2_for_yes_and_no_are_decided_by_a_person_where_nothing_tells(project, few):
    said = few.copy()
    for name in FLAGS:
        said[name] = [{1: "1", 0: "2"}.get(x) for x in few[name]]
    path = project / "a.csv"
    path.write_text(csv_text(said), "utf-8")
    with pytest.raises(UserError, match="2 codes are not decided yet, the first is 1"):
        take(project, path)

    def decided(text):
        return text.replace('    1: "?"', "    1: 1").replace('    2: "?"', "    2: 0")

    assert take(project, path, edit=decided)[1].written is not None
    assert read_back(project, FLAGS)["has_partners"] == [
        "" if x is None or x < 0 else str(int(x)) for x in few["has_partners"]
    ]


def test_a_slip_of_the_pen_spoils_no_set(project, few):
    said = few.copy()
    words = dict(zip(range(1, 6), WORDS, strict=True))
    for name in AGREE:
        said[name] = [None if x is None else words.get(int(x), str(int(x))) for x in few[name]]
    said.loc[5, "td_2"] = "还行吧"
    path = project / "a.csv"
    path.write_text(csv_text(said), "utf-8")
    text, done = take(project, path)
    assert "还行吧" not in text
    (slip,) = [f for f in done.findings if f.rule == "word"]
    assert (slip.value, slip.rows) == ("还行吧", (6,))
    assert done.written is not None
    assert stored(project)[5]["td_2"] == ""


def test_names_with_other_characters_are_said_once_with_these(project, few):
    path = project / "a.csv"
    named = few.assign(respondent_id=[f"A.{i}/1" for i in range(len(few))])
    path.write_text(csv_text(named), "utf-8")
    _, done = take(project, path)
    (found,) = [f for f in done.findings if f.rule == "name"]
    assert len(found.rows) == len(few)
    assert "'.' '/'" in found.line()


def test_names_of_odk_in_any_column(project, few):
    path = project / "a.csv"
    named = few.assign(respondent_id=[f"uuid:9f-{i}" for i in range(len(few))])
    path.write_text(csv_text(named.rename(columns={"respondent_id": "KEY"})), "utf-8")
    assert take(project, path)[1].written is not None
    assert stored(project)[7]["respondent_id"] == "9f-7"


def test_whole_numbers_with_a_decimal_point_are_codes(project, few):
    path = project / "a.csv"
    path.write_text(
        few[list(DESIGN)].join(few[[*AGREE]].astype(float)).to_csv(index=False), "utf-8"
    )
    assert "4.0" in path.read_text("utf-8")
    text, done = take(project, path)
    assert "values: {}" in text
    assert done.written is not None
    assert read_back(project, AGREE) == {
        name: ["" if x is None else str(int(x)) for x in few[name]] for name in AGREE
    }


@pytest.mark.parametrize("cell", ["--5", "9" * 40, "9" * 5000, "1e999", "\u136b", "-", "5.0.0"])
def test_cells_that_only_look_like_numbers_end_in_no_raw_error(project, few, cell):
    frame = few.copy()
    for name in ("td_1", "unit_staff", "weight", FLAGS[0]):
        frame[name] = frame[name].astype(object)
        frame.loc[range(8), name] = cell
    path = project / "a.csv"
    path.write_text(csv_text(frame), "utf-8")
    drafted = cell != "-" and len(cell) < 100
    with pytest.raises(UserError, match="not decided") if drafted else nullcontext():
        take(project, path)
    names = "\n".join(f"  {name}: {{from: {name}}}" for name in few)
    rest = [name for name in INSTRUMENT_OF_ROOT.questions if name not in few]
    (project / "m.yml").write_text(f"columns:\n{names}\nnot_collected: {rest}\n", "utf-8")
    assert import_survey(project, path, project / "m.yml", accept=True).written is None


# one more of each kind of reading


def swapped(tmp_path, number, old, new, encoding):
    """A case with other letters of the same length."""
    source, path = case(number), tmp_path / case(number).name
    before, after = old.encode(encoding), new.encode(encoding)
    content = source.read_bytes()
    assert len(before) == len(after)
    assert before in content
    path.write_bytes(content.replace(before, after))
    return read_raw(path)


@pytest.mark.parametrize(
    ("number", "old", "new", "encoding"),
    [
        (9, "朝阳", "海淀", "gb18030"),
        (10, "朝阳", "海淀", "gb18030"),
        (11, "Größe", "Köpfe", "windows-1252"),
        (12, "北京", "天津", "utf-8"),
    ],
)
def test_more_spss_files_in_their_encoding(tmp_path, number, old, new, encoding):
    raw = swapped(tmp_path, number, old, new, encoding)
    assert new in "".join([*raw.frame["TXT"], *raw.labels.values()])


@pytest.mark.parametrize("cell", ["3×5", "café", "±3", "5 µg"])
def test_more_signs_in_stata_files(tmp_path, few, cell):
    path = tmp_path / "a.dta"
    made = few[["respondent_id", "weight"]].assign(note=cell)
    made["weight"] = made["weight"].astype(float)
    made.to_stata(path, write_index=False, version=118)
    raw = read_raw(path)
    assert raw.encoding == "UTF-8"
    assert set(raw.frame["note"]) == {cell}


def test_more_stata_files_with_chinese_labels(tmp_path, few):
    made = few[["respondent_id", "td_1"]].assign(note="K·M")
    made["td_1"] = made["td_1"].fillna(-9).astype(int)
    words = {1: "很不同意", 5: "很同意"}
    for version, said in ((118, words), (114, {k: latin(v) for k, v in words.items()})):
        path = tmp_path / f"{version}.dta"
        told = made if version > 117 else made.assign(note=latin("乡镇"))
        told.to_stata(path, write_index=False, version=version, value_labels={"td_1": said})
        raw = read_raw(path)
        assert raw.value_labels["td_1"] == {"1": "很不同意", "5": "很同意"}
        assert set(raw.frame["note"]) == {"K·M" if version > 117 else "乡镇"}


def latin(text):
    """Text whose bytes, once written as Latin-1, are UTF-8: as other programs write it."""
    return text.encode().decode("latin-1")


@pytest.mark.parametrize("kind", ["DATE11", "ADATE10", "DATETIME20"])
def test_more_impossible_dates(tmp_path, kind):
    path = tmp_path / "a.sav"
    frame = pd.DataFrame({"Q1": [1.0, 2.0], "WHEN": [13_900_000_000.0, 9e14]})
    pyreadstat.write_sav(frame, path, variable_format={"WHEN": kind})
    raw = read_raw(path)
    assert raw.frame["Q1"].tolist() == [1, 2]
    assert [note.heading for note in raw.notes] == ["WHEN"]


def test_more_compressed_files(tmp_path, few):
    loose, packed = tmp_path / "a.sav", tmp_path / "a.zsav"
    made = few[["respondent_id", "weight"]].assign(note="街道办事处")
    made["weight"] = made["weight"].astype(float)
    pyreadstat.write_sav(made, loose)
    pyreadstat.write_sav(made, packed, compress=True)
    pd.testing.assert_frame_equal(read_raw(loose).frame, read_raw(packed).frame)


def test_more_headings_of_qualtrics(tmp_path):
    path = tmp_path / "a.csv"
    question = INSTRUMENT_OF_ROOT.questions["td_1"].text.en
    path.write_text(
        "StartDate,ResponseId,Q9_1\n"
        f'Start Date,Response ID,"How far do you agree? - {question}"\n'
        '"{""ImportId"":""startDate""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID9_1""}"\n'
        "2025-01-01 10:00:00,R_1,4\n",
        "utf-8",
    )
    raw = read_raw(path)
    assert len(raw.frame) == 1
    assert "  td_1: {from: Q9_1}" in draft_mapping(raw, INSTRUMENT_OF_ROOT)


def test_more_long_numbers(tmp_path):
    first = 1_700_000_000_000_000_001
    path = tmp_path / "a.parquet"
    pd.DataFrame({"respondent_id": [first, first + 1], "x": [1, 2]}).to_parquet(path)
    texts = [plain(value) for value in read_raw(path).frame["respondent_id"]]
    assert texts == [str(first), str(first + 1)]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a;b;;\n1;2;;\n3;4;;\n", [["1", "2"], ["3", "4"]]),
        ("sep=,\na,b\n1,2\n3,4\n", [["1", "2"], ["3", "4"]]),
        ('"a";"b, c, d and e"\n1;2\n3;4\n', [["1", "2"], ["3", "4"]]),
        ("a|b\n1|2\n3|4\n", [["1", "2"], ["3", "4"]]),
        ('"a\nb";c\n1;2\n3;4\n', [["1", "2"], ["3", "4"]]),
    ],
)
def test_more_shapes_of_csv_files(tmp_path, text, cells):
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    assert read_raw(path).frame.astype(str).to_numpy().tolist() == cells


def test_an_encoding_given_to_the_import_goes_before_the_mappings(project, few):
    path = project / "a.csv"
    named = few.assign(unit_id="Köln", county_id="Köln", province_id="Köln")
    path.write_bytes(csv_text(named).encode("latin-1"))
    text = draft_mapping(read_raw(path, encoding="latin-1"), INSTRUMENT_OF_ROOT)
    (project / "m.yml").write_text("file: {encoding: UTF-8}\n" + text, "utf-8")
    done = import_survey(project, path, project / "m.yml", accept=True, encoding="latin-1")
    assert done.written is not None
    assert stored(project)[0]["unit_id"] == "Köln"
