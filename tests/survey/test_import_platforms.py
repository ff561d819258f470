"""From the export of a platform to the observed survey, the mapping corrected in few lines."""

import numpy as np
import pandas as pd
import pytest

from compendium.survey.formats import read_raw
from compendium.survey.importing import draft_mapping, import_survey
from compendium.survey.importing.mapping import load_mapping
from compendium.survey.instrument import CODED
from compendium.survey.load import OBSERVED_FILE
from compendium.survey.store import read_survey

from . import exports
from .fieldwork import INSTRUMENT_OF_ROOT, answers, csv_text, project_at

QUESTIONS = INSTRUMENT_OF_ROOT.questions


@pytest.fixture(scope="module")
def clean():
    """Answers with some in every way of giving none."""
    frame = answers(90)
    frame.loc[3, "td_1"] = None
    return frame


@pytest.fixture
def project(tmp_path):
    return project_at(tmp_path)


def take(project, exported, clean, *, edit=lambda text: text, accept=False):
    """Draft with the sampling frame, edit, import; the text of the mapping and what was done."""
    file, framed, mapping = (project / name for name in ("a.csv", "frame.csv", "m.yml"))
    file.write_text(csv_text(exported), "utf-8")
    framed.write_text(csv_text(exports.sampling_frame(clean)), "utf-8")
    text = edit(draft_mapping(read_raw(file), INSTRUMENT_OF_ROOT, read_raw(framed)))
    mapping.write_text(text, "utf-8")
    return text, import_survey(project, file, mapping, accept=accept, frame=framed)


def wrong_cells(project, clean, without=("respondent_id",)):
    """Question to the rows whose stored answer is not the true one, from 0."""
    columns = read_survey(project / OBSERVED_FILE, INSTRUMENT_OF_ROOT).columns
    found = {}
    for name, question in QUESTIONS.items():
        if name in without:
            continue
        true = [None if value is None else value for value in clean[name]]
        codes = [str(code) for code in INSTRUMENT_OF_ROOT.codes(name)]
        stored = list(columns[name])
        if question.type == "category":
            stored = [codes[x] if x >= 0 else str(x) for x in stored]
        pairs = zip(stored, true, strict=True)
        wrong = [row for row, (a, b) in enumerate(pairs) if not alike(question, a, b)]
        if wrong:
            found[name] = wrong
    return found


def alike(question, stored, true):
    if question.type == "string":
        return stored == true
    if question.type == "number":
        return np.isclose(stored, true, atol=0.01)
    none = true is None or (not isinstance(true, str) and true < 0) or true in ("-8", "-9")
    if none:
        return str(stored).startswith("-")
    return str(stored) == str(true if isinstance(true, str) else int(true))


def by_hand(text):
    """Lines of a draft that say that they are guesses or have to be decided."""
    notes = [(line, line.rpartition("  # ")[2]) for line in text.splitlines() if "  # " in line]
    return [line for line, note in notes if "decide" in note or "check" in note]


@pytest.mark.parametrize(
    "heading",
    [
        exports.path_of,
        lambda question: exports.path_of(question, "-"),
        lambda question: exports.path_of(question, "."),
        exports.label_path_of,
        lambda question: exports.label_path_of(question, "en"),
    ],
    ids=["kobo", "odk", "dots", "labels in Chinese", "labels in English"],
)
def test_a_form_with_groups_is_found_whole_and_nothing_is_written_by_hand(project, clean, heading):
    text, done = take(project, exports.kobo(clean, heading), clean)
    assert by_hand(text) == []
    assert done.written is not None
    assert wrong_cells(project, clean, without=("respondent_id",)) == {}
    names = read_survey(project / OBSERVED_FILE, INSTRUMENT_OF_ROOT).columns["respondent_id"]
    assert len(set(names)) == len(clean)
    assert {f.rule for f in done.findings if f.level == "accept"} == set()


def test_a_column_that_ends_like_a_question_is_said(project, clean):
    exported = exports.kobo(clean).assign(**{"main/section_household/gender": "male"})
    text, _ = take(project, exported, clean)
    (line,) = [line for line in text.splitlines() if line.startswith("  gender:")]
    assert 'from: "main/section_background/gender"' in line
    assert "# check: also main/section_household/gender" in line
    assert "risks" not in line


def test_rows_not_approved_or_without_consent_are_left_out_and_named(project, clean):
    marked = [(4, "Not Approved"), (7, "validation_status_not_approved"), (9, "On Hold")]
    marked += [(11, "Approved"), (12, "validation_status_approved")]
    exported = exports.kobo(clean, not_approved=marked, refused=[20])
    _, done = take(project, exported, clean)
    assert done.written is None
    found = {(f.heading, f.value): f.rows for f in done.findings if f.rule == "left_out"}
    assert found == {
        ("_validation_status", "Not Approved"): (5,),
        ("_validation_status", "validation_status_not_approved"): (8,),
        ("_validation_status", "On Hold"): (10,),
        ("consent", "0"): (21,),
    }
    assert take(project, exported, clean, accept=True)[1].kept == len(clean) - 4


def test_what_the_mapping_says_of_not_approved_rows_holds(project, clean):
    exported = exports.kobo(clean, not_approved=[(4, "Not Approved"), (5, "On Hold")])

    def only_held(text):
        return text.replace('["Not Approved", "On Hold"]', '["On Hold"]')

    _, done = take(project, exported, clean, edit=only_held, accept=True)
    assert done.kept == len(clean) - 1
    _, done = take(project, exported, clean, edit=lambda text: drop(text, "leave_out"), accept=True)
    assert done.kept == len(clean) - 2


def drop(text, key):
    """A mapping without one of its blocks."""
    blocks = text.split("\n\n")
    return "\n\n".join(block for block in blocks if not block.startswith(key))


def test_wenjuanxing_by_text(project, clean):
    text, done = take(project, exports.wenjuanxing(clean), clean)
    assert by_hand(text) == []
    assert done.written is not None
    assert wrong_cells(project, clean) == {}


@pytest.mark.parametrize("yes_first", [False, True])
def test_wenjuanxing_by_code_with_either_order_of_yes_and_no(project, clean, yes_first):
    exported = exports.wenjuanxing(clean, codes=True, yes_first=yes_first)
    text, done = take(project, exported, clean)
    assert "unit: seconds" in text
    assert "by who answered the questions that follow a yes" in text
    unsaid = [f.line() for f in done.findings if f.rule == "no_labels"]
    assert any("3 questions from has_duty_list" in line for line in unsaid)
    assert any("read as 1 = subdistrict, 2 = town, 3 = township" in line for line in unsaid)
    assert {f.rule for f in done.findings if f.level != "note"} == set()
    assert done.written is not None
    assert wrong_cells(project, clean) == {}


def test_yes_and_no_the_wrong_way_round_stop_the_import(project, clean):
    exported = exports.wenjuanxing(clean, codes=True)

    def turned(text):
        head, _, rest = text.partition("  yes_no:\n")
        lines = rest.split("\n")
        lines[:2] = ["    1: 1", "    2: 0"]
        return head + "  yes_no:\n" + "\n".join(lines)

    _, done = take(project, exported, clean, edit=turned, accept=True)
    assert done.written is None
    assert {f.column for f in done.findings if f.rule == "skip_reversed"} == {
        "has_partners",
        "had_incident",
    }


def test_codes_1_and_2_without_a_word_in_the_mapping_are_never_read_as_yes(project, clean):
    exported = exports.wenjuanxing(clean, codes=True)

    def without(text):
        before, _, rest = text.partition("  yes_no:\n")
        lines = rest.split("\n")
        return before + "\n".join(line for line in lines if line[:7] not in ("    1: ", "    2: "))

    _, done = take(project, exported, clean, edit=without, accept=True)
    assert done.written is None
    assert {f.column for f in done.findings if f.rule == "yes_no_codes"} == {
        "has_duty_list",
        "has_partners",
        "had_incident",
    }


def test_limesurvey_by_code(project, clean):
    text, done = take(project, exports.limesurvey(clean), clean)
    assert done.written is not None
    assert wrong_cells(project, clean, ("respondent_id",)) == {}
    assert "in the order of choices" in text


@pytest.mark.parametrize("labels", [False, True])
def test_redcap_by_code_and_by_label(project, clean, labels):
    text, done = take(project, exports.redcap(clean, labels=labels), clean)
    assert "respondent_id: {from: " + ('"Record ID"' if labels else "record_id") in text
    assert done.written is not None
    assert wrong_cells(project, clean, ("respondent_id", "duration_minutes")) == {}


def test_qualtrics_by_number(project, clean):
    _, done = take(project, exports.qualtrics(clean), clean)
    assert done.written is not None
    assert wrong_cells(project, clean) == {}


def test_a_preview_of_qualtrics_is_left_out(project, clean):
    exported = exports.qualtrics(clean)
    exported.loc[6, "Status"] = "Survey Preview"
    _, done = take(project, exported, clean, accept=True)
    (found,) = [f for f in done.findings if f.rule == "left_out"]
    assert found.rows == (7,)
    assert done.kept == len(clean) - 1


def test_what_does_not_join_the_sampling_frame_is_listed_and_left_out(project, clean):
    exported = exports.kobo(clean)
    exported.loc[[2, 5], "main/section_design/unit_id"] = "u7777"
    _, done = take(project, exported, clean)
    found = {f.rule: f for f in done.findings}
    assert found["not_in_frame"].rows == (3, 6)
    assert found["not_in_frame"].value == "u7777"
    assert found["frame_unused"].particulars["n"] >= 1
    assert "required" not in found
    assert done.written is None
    assert take(project, exported, clean, accept=True)[1].kept == len(clean) - 2


def test_a_frame_with_a_unit_twice_or_without_the_key_is_refused(project, clean):
    from compendium.errors import UserError

    file, framed = project / "a.csv", project / "f.csv"
    file.write_text(csv_text(exports.kobo(clean)), "utf-8")
    units = exports.sampling_frame(clean)
    again = pd.concat([units, units.iloc[[0]].assign(县区编号="c77777")], ignore_index=True)
    framed.write_text(csv_text(units), "utf-8")
    mapping = project / "m.yml"
    text = draft_mapping(read_raw(file), INSTRUMENT_OF_ROOT, read_raw(framed))
    mapping.write_text(text, "utf-8")
    framed.write_text(csv_text(again), "utf-8")
    with pytest.raises(UserError, match="twice, with different values") as caught:
        import_survey(project, file, mapping, frame=framed)
    assert caught.value.row == len(again)
    with pytest.raises(UserError, match="name its file with --frame"):
        import_survey(project, file, mapping)
    framed.write_text(csv_text(units.rename(columns={"单位编号": "何处"})), "utf-8")
    with pytest.raises(UserError, match="no column 'unit_id'"):
        draft_mapping(read_raw(file), INSTRUMENT_OF_ROOT, read_raw(framed))


def test_a_mapping_made_without_a_frame_can_be_joined_to_one(project, clean):
    file, framed, mapping = (project / name for name in ("a.csv", "f.xlsx", "m.yml"))
    file.write_text(csv_text(exports.kobo(clean)), "utf-8")
    units = exports.sampling_frame(clean)
    units["抽样层"] = units["抽样层"].map({"东部": "east", "中部": "central", "西部": "west"})
    units.to_excel(framed, index=False)
    mapping.write_text(draft_mapping(read_raw(file), INSTRUMENT_OF_ROOT), "utf-8")
    assert "- county_id" in mapping.read_text("utf-8")
    assert load_mapping(mapping, INSTRUMENT_OF_ROOT, ("county_id", *exports.FRAME))
    done = import_survey(project, file, mapping, frame=framed)
    assert done.written is not None
    assert wrong_cells(project, clean) == {}


def test_every_coded_question_of_an_export_is_in_the_report(project, clean):
    import json

    _, done = take(project, exports.wenjuanxing(clean, codes=True), clean)
    told = json.loads(done.report[0].read_text("utf-8"))
    assert {one["question"] for one in told["codes"]} >= {
        name for name, q in QUESTIONS.items() if q.type in CODED
    }
    (yes,) = [c for c in told["codes"] if c["question"] == "has_duty_list" and c["text"] == "2"]
    assert (yes["score"], yes["meaning"]["zh"]) == ("1", "是")
    assert yes["count"] == int((clean["has_duty_list"] == 1).sum())
