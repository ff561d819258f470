"""From a file of the field to the observed survey: what is found, with row numbers, and what not."""

import json

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from compendium import cli
from compendium.errors import UserError
from compendium.measurement.items import scale_scores
from compendium.survey import load_survey
from compendium.survey.formats import read_raw
from compendium.survey.importing import draft_mapping, import_survey
from compendium.survey.importing.account import REPORT_NAME
from compendium.survey.importing.mapping import load_mapping
from compendium.survey.load import OBSERVED_FILE
from compendium.survey.private import PRIVATE
from compendium.survey.store import read_survey
from grassroots.scales import respondent_scores

from .fieldwork import (
    INSTRUMENT_OF_ROOT,
    ROOT,
    answers,
    csv_text,
    in_chinese,
    own_mapping,
    project_at,
)


@pytest.fixture(scope="module")
def clean():
    return answers()


@pytest.fixture
def project(tmp_path):
    return project_at(tmp_path / "研究 one")


@pytest.fixture
def frame(clean):
    return clean.copy()


def take(project, frame, *, accept=False, columns=(), extra="", encoding="utf-8"):
    file = project / "调查 raw.csv"
    file.write_bytes(csv_text(frame).encode(encoding))
    mapping = own_mapping(project / "mapping.yml", frame, columns=columns, extra=extra)
    return import_survey(project, file, mapping, accept=accept)


def only(done, rule):
    (found,) = [finding for finding in done.findings if finding.rule == rule]
    return found


def rules(done, *levels):
    return {f.rule for f in done.findings if not levels or f.level in levels}


def test_a_clean_file_goes_in_at_once_and_is_observed(project, frame):
    done = take(project, frame)
    assert rules(done) == {"encoding"}
    assert (done.rows, done.kept) == (240, 240)
    survey = load_survey(project, "observed")
    assert (survey.kind, survey.evidence, survey.sha256) == ("observed", "observed", done.written)
    assert len(survey.frame) == 240
    assert survey.source["file"] == "调查 raw.csv"
    assert survey.source["rows"] == 240
    given = frame["td_4"].map(lambda x: np.nan if x is None or x < 1 else 6 - x)
    np.testing.assert_array_equal(survey.frame["td_4"].to_numpy(float, na_value=np.nan), given)
    assert survey.frame["unit_kind"].astype(str).tolist() == frame["unit_kind"].tolist()


def test_the_report_file_stands_beside_it_and_names_no_path(project, frame):
    frame.loc[4, "td_1"] = 9
    take(project, frame, accept=True)
    text = (project / PRIVATE / REPORT_NAME).read_text("utf-8")
    report = json.loads(text)
    (wrong,) = [f for f in report["findings"] if f["rule"] == "out_of_range"]
    assert (wrong["column"], wrong["value"], wrong["rows"]) == ("td_1", "9", [5])
    assert str(project) not in text


def typed(frame):
    """Numbers as floats and words as text, as statistics packages hold them."""
    words = [n for n, q in INSTRUMENT_OF_ROOT.questions.items() if q.type in ("string", "category")]
    columns = {n: frame[n].fillna("") if n in words else frame[n].astype(float) for n in frame}
    return pd.DataFrame(columns)


def test_every_format_gives_the_same_survey(project, frame):
    files = [project / f"a.{suffix}" for suffix in ("csv", "xlsx", "dta", "sav", "parquet")]
    files[0].write_text(csv_text(frame), "utf-8")
    frame.to_excel(files[1], index=False)
    typed(frame).to_stata(files[2], write_index=False, version=118)
    pyreadstat.write_sav(typed(frame), files[3])
    typed(frame).to_parquet(files[4])
    mapping = own_mapping(project / "mapping.yml", frame)
    written = [import_survey(project, file, mapping).written for file in files]
    assert None not in written
    assert len(set(written)) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encoding_is_said(project, frame, encoding):
    frame["province_id"] = frame["province_id"].map({"p00001": "江苏"}).fillna("浙江")
    frame["county_id"] = frame["province_id"] + frame["county_id"]
    frame["unit_id"] = frame["county_id"] + frame["unit_id"]
    done = take(project, frame, encoding=encoding)
    said = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with a byte order mark", "gb18030": "GB18030"}
    assert only(done, "encoding").particulars["found"] == said[encoding]
    stored = read_survey(project / OBSERVED_FILE, INSTRUMENT_OF_ROOT)
    assert stored.columns["province_id"][0] == "江苏"


def test_nothing_is_written_before_it_is_accepted(project, frame):
    frame.loc[3, "td_1"] = 6
    done = take(project, frame)
    assert done.written is None
    assert not (project / OBSERVED_FILE).parent.exists()
    assert take(project, frame, accept=True).written is not None


def test_values_out_of_range_are_named_with_rows_and_left_out(project, frame):
    frame.loc[[3, 7], "td_1"] = 6
    frame.loc[9, "bu_2"] = 99
    frame.loc[11, "unit_staff"] = 99
    done = take(project, frame, accept=True)
    found = {(f.column, f.value): f.rows for f in done.findings if f.rule == "out_of_range"}
    assert found == {("td_1", "6"): (4, 8), ("bu_2", "99"): (10,)}
    loaded = load_survey(project, "observed").frame
    assert loaded.loc[[3, 7], "td_1"].isna().all()
    assert loaded.loc[11, "unit_staff"] == 99
    assert len(loaded) == 240


def test_no_value_from_6_to_99_passes_for_an_answer(project, frame):
    wrong = list(range(6, 100))
    frame["td_1"] = [*wrong, *frame["td_1"][len(wrong) :]]
    done = take(project, frame, accept=True)
    found = {f.value: f.rows for f in done.findings if f.rule == "out_of_range"}
    assert found == {str(value): (row,) for row, value in enumerate(wrong, start=1)}
    loaded = load_survey(project, "observed").frame["td_1"]
    assert loaded[: len(wrong)].isna().all()
    assert loaded.dropna().between(1, 5).all()


def test_rows_with_values_out_of_range_can_be_left_out_whole(project, frame):
    frame.loc[[3, 7], "td_1"] = 6
    done = take(project, frame, accept=True, extra="out_of_range: row\n")
    assert only(done, "out_of_range_row").rows == (4, 8)
    assert done.kept == 238


@pytest.mark.parametrize(("meant", "read"), [(98, 98), ("not_applicable", None), (-9, None)])
def test_a_code_for_no_answer_that_may_be_a_number_must_be_decided(project, frame, meant, read):
    frame.loc[2, "unit_staff"] = 98
    frame.loc[3, "td_1"] = 98
    extra = "missing: {not_applicable: [98]}\n"
    done = take(project, frame, accept=True, extra=extra)
    found = only(done, "missing_or_number")
    assert (found.column, found.value, found.rows) == ("unit_staff", "98", (3,))
    assert done.written is None
    told = {"unit_staff": f"{{from: unit_staff, values: {{98: {meant}}}}}"}
    assert take(project, frame, columns=told, extra=extra).written is not None
    loaded = load_survey(project, "observed").frame
    staff = loaded.loc[2, "unit_staff"]
    assert (None if pd.isna(staff) else staff) == read
    assert loaded["td_1"].isna()[3]


def test_words_where_a_code_is_expected(project, frame):
    frame.loc[5, "td_1"] = "很同意"
    frame.loc[6, "td_1"] = "还行"
    done = take(project, frame)
    answer, word = only(done, "unread_word"), only(done, "word")
    assert (answer.value, answer.rows, answer.level) == ("很同意", (6,), "stop")
    assert "the label of 5" in answer.line("en")
    assert "5 的标签" in answer.line("zh")
    assert (word.value, word.level) == ("还行", "accept")
    extra = "values: {agree: {很同意: 5, 还行: 3}}\n"
    assert take(project, frame, extra=extra).written is not None
    assert load_survey(project, "observed").frame.loc[[5, 6], "td_1"].tolist() == [5, 3]


def test_characters_that_only_look_like_the_usual_ones_are_read_and_said(project, frame):
    frame["province_id"] = frame["province_id"].map({"p00001": "山东省"}).fillna("周长")
    frame["county_id"] = frame["province_id"] + frame["county_id"]
    frame["unit_id"] = frame["county_id"] + frame["unit_id"]
    frame.loc[0, "province_id"] = "\u2f2d东省"
    frame.loc[1, "province_id"] = "山\u200b东省"
    last = len(frame) - 1
    frame.loc[last, "province_id"] = "周\u2ed3"
    frame.loc[5, "td_1"] = "４"
    frame.loc[6, "unit_kind"] = "ｔｏｗｎ"
    done = take(project, frame)
    found = {f.column: f for f in done.findings if f.rule == "odd_characters"}
    names = {f.rows: f for f in done.findings if f.column == "province_id"}
    assert names.keys() == {(1,), (2,), (last + 1,)}
    assert "a radical instead of a character: read as '山东省'" in names[1,].line()
    assert "an invisible character: read as '山东省'" in names[2,].line()
    assert "部首字符而非汉字：按“周长”读取" in names[last + 1,].line("zh")
    assert found["td_1"].rows == (6,)
    assert "read as 'town'" in found["unit_kind"].line()
    assert done.written is not None
    loaded = load_survey(project, "observed").frame
    assert loaded.loc[5, "td_1"] == 4
    stored = read_survey(project / OBSERVED_FILE, INSTRUMENT_OF_ROOT)
    assert set(stored.columns["province_id"]) == {"山东省", "周长"}


def test_a_respondent_who_stands_twice_is_left_out_the_second_time(project, frame):
    again = frame.iloc[[4]].copy()
    other = frame.iloc[[9]].assign(td_1=1, td_2=5)
    done = take(project, pd.concat([frame, again, other], ignore_index=True), accept=True)
    found = {f.value: f for f in done.findings if f.rule == "duplicate"}
    assert found["r0005"].rows == (241,)
    assert "row 5 already, with the same answers" in found["r0005"].line()
    assert "with other answers" in found["r0010"].line()
    assert (done.rows, done.kept) == (242, 240)


def test_straight_lines_and_missed_checks_are_left_out_with_their_rows(project, frame):
    frame.loc[[2, 3], list(INSTRUMENT_OF_ROOT.items)] = 4
    frame.loc[8, "attention_1"] = 2
    done = take(project, frame, accept=True)
    assert only(done, "straight_line").rows == (3, 4)
    assert only(done, "attention").rows == (9,)
    assert done.kept == 237
    loaded = load_survey(project, "observed")
    assert len(loaded.frame) == 237
    assert loaded.dropped.empty


@pytest.mark.parametrize("name", ["td_4", "lb_4", "burn_4"])
def test_an_unreversed_reversed_item_gives_itself_away(project, frame, name):
    frame[name] = frame[name].map(lambda x: x if x is None or x < 1 else 6 - x)
    done = take(project, frame)
    found = only(done, "reversed")
    assert found.column == name
    assert float(found.particulars["found"]) < 0
    assert "already_turned" in found.line()
    told = {name: f"{{from: {name}, already_turned: true}}"}
    assert take(project, frame, columns=told).written is not None


def test_an_item_turned_by_mistake_gives_itself_away(project, frame):
    frame["resp_funds_1"] = frame["resp_funds_1"].map(lambda x: x if x is None or x < 1 else 6 - x)
    assert only(take(project, frame), "reversed").column == "resp_funds_1"


def test_all_missing_columns_and_constant_items_are_named(project, frame):
    frame["bu_4"] = None
    frame["td_1"] = 3
    done = take(project, frame)
    assert only(done, "empty_column").column == "bu_4"
    assert (only(done, "constant").column, only(done, "constant").value) == ("td_1", "3")


def test_items_that_tell_nothing_are_in_no_score_and_the_survey_says_which(project, frame):
    scale = INSTRUMENT_OF_ROOT.items_of("bottom_up")
    frame[list(scale)] = 3
    without = frame.drop(columns="burn_5")
    done = take(project, without, accept=True, extra="not_collected: [burn_5]\n")
    assert {f.column for f in done.findings if f.rule == "constant"} == set(scale)
    survey = load_survey(project, "observed")
    assert set(survey.silent) == {*scale, "burn_5"}
    assert survey.instrument.items_of("bottom_up") == ()
    scored = ("burn_1", "burn_2", "burn_3", "burn_4")
    assert survey.instrument.items_of("burnout") == scored
    scores = scale_scores(survey.frame[list(scored)].astype(float), {"burnout": scored})
    assert scores["burnout"].notna().mean() > 0.9
    with pytest.raises(UserError, match="bottom_up"):
        respondent_scores(survey.frame, survey.instrument)


def test_a_unit_in_two_counties_is_never_accepted(project, frame):
    unit = frame.loc[20, "unit_id"]
    frame.loc[20, "county_id"] = "c00050"
    done = take(project, frame, accept=True)
    found = next(f for f in done.findings if f.rule == "nesting")
    assert (found.column, found.value) == ("unit_id", unit)
    assert 21 in found.rows
    assert "c00050" in found.line()
    assert done.written is None
    assert not (project / OBSERVED_FILE).exists()


def test_weights_that_are_not_above_zero_are_never_accepted(project, frame):
    frame.loc[[1, 5], "weight"] = [-0.5, 0]
    done = take(project, frame, accept=True)
    found = {f.value: f.rows for f in done.findings if f.rule == "weight"}
    assert found == {"-0.5": (2,), "0": (6,)}
    assert done.written is None


def test_twelve_rows_and_one_cluster_are_said(project, frame):
    few = frame.head(12).assign(unit_id="u1", county_id="c1", province_id="p1")
    done = take(project, few)
    assert only(done, "few_rows").particulars["found"] == 12
    assert {f.column for f in done.findings if f.rule == "one_cluster"} == {"unit_id", "county_id"}
    assert done.written is None
    assert take(project, few, accept=True).kept == 12


def test_empty_cells_where_none_may_be_are_named_and_their_rows_left_out(project, frame):
    frame.loc[3, "unit_id"] = None
    frame.loc[[5, 6], "weight"] = None
    frame.loc[8, "respondent_id"] = "a b"
    done = take(project, frame, accept=True)
    found = {f.column: f.rows for f in done.findings if f.rule == "required"}
    assert found == {"unit_id": (4,), "weight": (6, 7)}
    assert only(done, "name").rows == (9,)
    assert "' '" in only(done, "name").line()
    assert done.kept == 236


def test_answers_to_questions_that_were_not_to_be_asked_are_noted(project, frame):
    row = frame.index[frame["has_partners"] == 0][0]
    frame.loc[row, "co_soc_1"] = 3
    done = take(project, frame)
    assert only(done, "not_asked").rows == (row + 1,)
    assert done.written is not None


def test_labels_that_say_another_answer_than_the_code_stop_the_import(project, frame):
    file, labels = project / "a.sav", {1.0: "很同意", 5.0: "很不同意"}
    pyreadstat.write_sav(typed(frame), file, variable_value_labels={"td_1": labels})
    mapping = own_mapping(project / "m.yml", frame)
    done = import_survey(project, file, mapping, accept=True)
    assert {f.value for f in done.findings if f.rule == "label_conflict"} == {"1", "5"}
    assert done.written is None
    mapping.write_text(draft_mapping(read_raw(file), INSTRUMENT_OF_ROOT), "utf-8")
    assert "values: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}" in mapping.read_text("utf-8")
    assert import_survey(project, file, mapping).count("stop") == 0


def test_a_stand_in_is_never_imported(project, frame):
    frame.loc[7, "respondent_id"] = "standin-0000008"
    with pytest.raises(UserError, match="a stand-in is never imported") as caught:
        take(project, frame, accept=True)
    assert caught.value.row == 8
    load_survey(project, "standin")
    with pytest.raises(UserError, match="this file is a stand-in"):
        read_raw(project / "reports" / "survey" / "standin.parquet")


def test_columns_with_spaces_and_line_breaks_are_found(project, frame):
    frame = frame.rename(columns={"td_1": " Q1\n指标　提高 "})
    file = project / "a.csv"
    file.write_text(csv_text(frame), "utf-8")
    named = frame.rename(columns={" Q1\n指标　提高 ": "td_1"})
    mapping = own_mapping(project / "m.yml", named, columns={"td_1": '{from: "Q1 指标 提高"}'})
    assert import_survey(project, file, mapping).written is not None


@pytest.mark.parametrize(
    ("columns", "extra", "said"),
    [
        ({"td_1": "{from: td_9}"}, "", "a column that is not there"),
        ({"td_1": "{form: td_1}"}, "", "did you mean 'from'"),
        ({"td_1": "{from: td_1, already_turned: true}"}, "", "only a reversed item"),
        ({"td_1": "{from: td_1, values: {a: 7}}"}, "", "this is no code"),
        ({"td_1": "{from: td_2}"}, "", "come from the same column"),
        ({}, "not_collected: [td_1b]\n", "did you mean 'td_1'"),
        ({}, "missing: {refusd: [9]}\n", "did you mean 'refused'"),
        ({}, "values: {agreement: {a: 1}}\n", "there are no such answers"),
        ({}, "out_of_range: maybe\n", "is value or row"),
    ],
)
def test_a_faulty_mapping_is_refused(project, frame, columns, extra, said):
    with pytest.raises(UserError) as caught:
        take(project, frame, columns=columns, extra=extra)
    assert said in str(caught.value)


def test_a_question_must_be_mapped_constant_or_said_not_to_be_collected(project, frame):
    with pytest.raises(UserError, match="says nothing of 'burn_1'"):
        take(project, frame.drop(columns="burn_1"))
    without = frame.drop(columns=["burn_1", "weight"])
    with pytest.raises(UserError, match="'weight' can't be left out; name the column"):
        take(project, without, extra="not_collected: [burn_1, weight]\n")
    with pytest.raises(UserError, match="not a value it has"):
        take(project, without, extra="not_collected: [burn_1]\nconstants: {weight: much}\n")
    done = take(project, without, extra="not_collected: [burn_1]\nconstants: {weight: 1}\n")
    assert done.written is not None
    loaded = load_survey(project, "observed").frame
    assert loaded["burn_1"].isna().all()
    assert (loaded["weight"] == 1).all()


def test_a_draft_for_the_questionnaires_own_names_needs_no_correction(project, frame):
    file = project / "a.csv"
    file.write_text(csv_text(frame), "utf-8")
    mapping = project / "m.yml"
    mapping.write_text(draft_mapping(read_raw(file), INSTRUMENT_OF_ROOT), "utf-8")
    assert import_survey(project, file, mapping).written is not None


def test_a_chinese_export_from_draft_to_observed_and_back(project, frame, capsys):
    again = pd.concat([frame, frame.iloc[[4]]], ignore_index=True)
    file, mapping = project / "问卷 导出.csv", project / "映射.yml"
    file.write_bytes(csv_text(in_chinese(again)).encode("gb18030"))
    (project / "notebooks" / "plan").mkdir(parents=True)
    root = ["--root", str(project)]
    command = ["data", *root, "import", str(file), "--mapping", str(mapping)]
    assert cli.main([*command, "--draft-mapping"]) == 0
    drafted = load_mapping(mapping, INSTRUMENT_OF_ROOT)
    assert set(drafted.columns) == set(INSTRUMENT_OF_ROOT.questions)
    assert cli.main([*command, "--lang", "zh"]) == 1
    said = capsys.readouterr().out
    assert "GB18030" in said
    assert "第 241 行" in said
    assert "未写入任何文件" in said
    assert cli.main([*command, "--accept"]) == 0
    observed = load_survey(project, "observed")
    own = take(project, frame)
    assert observed.sha256 == own.written
    assert load_survey(project, "standin").evidence == "stand-in"


def test_the_mapping_that_the_readme_shows_is_understood(project):
    text = (ROOT / "data" / "survey" / "README.md").read_text("utf-8")
    path = project / "m.yml"
    path.write_text(text.split("```yaml\n")[1].split("```")[0], "utf-8")
    with pytest.raises(UserError, match="the mapping says nothing of 'province_id'"):
        load_mapping(path, INSTRUMENT_OF_ROOT)


def test_wrong_use_is_told_in_one_line(project, capsys):
    (project / "notebooks" / "plan").mkdir(parents=True)
    command = ["data", "--root", str(project), "import"]
    assert cli.main(command) == 2
    assert cli.main([*command, "a.csv"]) == 2
    assert cli.main([*command, "a.csv", "--draft-mapping"]) == 2
    assert cli.main([*command[:3], "standin", "--respondents", "0"]) == 2
    assert capsys.readouterr().err.count("\n") == 4
