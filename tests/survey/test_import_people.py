"""Who stands behind the answers: names that find a person, and the account that is kept."""

import json
import os
import shutil
import stat

import pytest

from compendium import cli
from compendium.plan import PLAN_FOLDER, load_plan
from compendium.survey.importing import import_survey
from compendium.survey.importing.account import ranges
from compendium.survey.importing.personal import SURNAMES
from compendium.survey.load import PRIVATE

from .fieldwork import INSTRUMENT_OF_ROOT, ROOT, answers, csv_text, own_mapping, project_at

QUESTIONS = INSTRUMENT_OF_ROOT.questions
FEW = ("respondent_id", "unit_id", "county_id", "province_id", "stratum", "weight", "td_1", "td_2")


@pytest.fixture(scope="module")
def clean():
    return answers(60)[list(FEW)]


@pytest.fixture
def project(tmp_path):
    return project_at(tmp_path)


def take(project, frame, **told):
    file = project / "a.csv"
    file.write_text(csv_text(frame), "utf-8")
    rest = [name for name in QUESTIONS if name not in frame]
    mapping = own_mapping(project / "m.yml", frame, extra=f"not_collected: {rest}\n")
    return import_survey(project, file, mapping, **{"accept": True, **told})


def identity(number):
    """An identity number with the right check character."""
    body = f"110101199{number % 10}0101{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (lambda i: f"138{i:08d}", "telephone numbers"),
        (lambda i: f"+86 139-{i:04d}-{i:04d}", "telephone numbers"),
        (identity, "identity card numbers"),
        (lambda i: f"person{i}@example.org", "e-mail addresses"),
        (lambda i: "王李张刘陈"[i % 5] + chr(0x4E00 + 37 * i), "names of persons"),
    ],
)
def test_names_that_find_a_person_are_refused_and_never_shown(project, clean, names, words):
    named = [names(i) for i in range(len(clean))]
    done = take(project, clean.assign(respondent_id=named), report=project / "报告")
    assert done.written is None
    (found,) = [f for f in done.findings if f.rule == "personal"]
    assert words in found.line()
    assert "serial numbers" in found.line()
    assert found.rows == tuple(range(1, len(clean) + 1))
    assert not any(named[5] in path.read_text("utf-8") for path in done.report)
    assert named[5] not in found.line() + found.line("zh")


def test_a_few_telephone_numbers_among_other_names_are_refused(project, clean):
    named = list(clean["respondent_id"])
    named[7] = "13812345678"
    done = take(project, clean.assign(respondent_id=named))
    assert done.written is None
    assert [f.rows for f in done.findings if f.rule == "personal"] == [(8,)]


@pytest.mark.parametrize(
    "names",
    [
        lambda i: f"{10**10 + i * 131_071_777 % 8 * 10**10 + 7 * i}",
        lambda i: f"1101011991{i:02d}99{i:03d}0",
        lambda i: str(1_700_000_000_000_000_001 + i),
        lambda i: "甲乙丙丁戊己庚辛壬癸"[i % 10] + "一二三四五六七八九十"[i // 10],
    ],
    ids=["eleven digits", "no birthday", "nineteen digits", "numerals"],
)
def test_serial_numbers_are_no_personal_names(project, clean, names):
    done = take(project, clean.assign(respondent_id=[names(i) for i in range(len(clean))]))
    assert [f for f in done.findings if f.rule == "personal"] == []
    assert done.written is not None


def test_surnames_are_single_characters():
    assert all(len(name) == 1 for name in SURNAMES)


def test_one_province_under_several_spellings_is_never_written(project, clean):
    named = clean.assign(province_id="湖北省", county_id="c1", unit_id="u1")
    named.loc[30:, ["county_id", "unit_id"]] = ["c2", "u2"]
    assert take(project, named).written is not None
    for other in ("湖北", "Hubei", "鄂"):
        named.loc[30:, "province_id"] = other
        done = take(project, named)
        (found,) = [f for f in done.findings if f.rule == "two_spellings"]
        assert "湖北省" in found.line()
        assert other in found.line()
        assert done.written is None


def test_a_scale_of_which_nothing_is_collected_is_named_before_anything_is_written(project, clean):
    shutil.copytree(ROOT / PLAN_FOLDER, project / PLAN_FOLDER)
    done = take(project, clean.drop(columns=["td_1", "td_2"]), accept=False)
    assert done.written is None
    named = [f.line() for f in done.findings if f.rule == "no_scale"]
    assert any("Top-down pressure" in line and "09_imbalance" in line for line in named)
    assert any("自上而下的压力" in f.line("zh") for f in done.findings if f.rule == "no_scale")
    (rest,) = [f for f in done.findings if f.rule == "not_collected"]
    assert rest.particulars["n"] == len(QUESTIONS) - len(FEW) + 2


def test_the_notebooks_that_score_the_survey_are_those_named():
    scoring = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if "respondent_scores(" in code or "scales_of(" in code:
            scoring.append(path.stem)
    planned = load_plan(ROOT).notebooks.values()
    assert scoring == [notebook.name for notebook in planned if notebook.survey]


def test_the_account_counts_before_and_after_and_names_no_respondent(project, clean):
    frame = clean.copy()
    frame["respondent_id"] = [f"resp-{i:03d}-x" for i in range(len(frame))]
    frame.loc[3, "td_1"] = 9
    frame.loc[4, "td_2"] = "我是老王"
    frame.loc[5, "weight"] = None
    frame.loc[9, "respondent_id"] = frame.loc[8, "respondent_id"]
    done = take(project, frame)
    told = json.loads(done.report[0].read_text("utf-8"))
    assert (told["rows"], told["kept"], told["written"]) == (60, 58, done.written)
    assert told["left_out"] == {"required": [6], "duplicate": [10]}
    counts = {one["question"]: one for one in told["questions"]}
    td_1 = counts["td_1"]
    given = sum(value is not None for value in frame["td_1"])
    read = sum(value is not None and 1 <= value <= 5 for value in frame["td_1"])
    lost = sum(frame.loc[i, "td_1"] is not None and frame.loc[i, "td_1"] >= 1 for i in (5, 9))
    assert (td_1["given"], td_1["answers"], td_1["kept"]) == (given, read, read - lost)
    assert td_1["label"]["zh"] == QUESTIONS["td_1"].short.zh
    assert counts["bu_1"]["heading"] is None
    scores = {one["text"]: one for one in told["codes"] if one["question"] == "td_1"}
    assert scores["5"]["count"] == int((frame["td_1"] == 5).sum())
    assert scores["5"]["meaning"] == {"en": "Strongly agree", "zh": "很同意"}
    assert told["rules"]["out_of_range"] == 1
    assert told["rules"]["nesting"] == 0
    assert {"sha256", "mapping"} <= told.keys()
    for path in done.report:
        text = path.read_text("utf-8")
        assert "resp-" not in text
        assert "老王" not in text
        assert str(project) not in text


def test_the_page_is_there_in_both_languages_and_holds_nothing_that_runs(project, clean):
    frame = clean.rename(columns={"td_1": "<script>alert(1)</script>"})
    file = project / "a.csv"
    file.write_text(csv_text(frame), "utf-8")
    rest = [name for name in QUESTIONS if name not in clean]
    told = {"td_1": '{from: "<script>alert(1)</script>"}'}
    mapping = own_mapping(project / "m.yml", clean, columns=told, extra=f"not_collected: {rest}\n")
    done = import_survey(project, file, mapping, accept=True)
    english, chinese = (path.read_text("utf-8") for path in done.report[1:])
    assert "<script>" not in english + chinese
    assert "&lt;script&gt;" in english
    assert '<html lang="en">' in english
    assert '<html lang="zh-CN">' in chinese
    assert "<h2>Rows left out</h2>" in english
    assert "<h2>剔除的行</h2>" in chinese
    assert "<td>比较同意</td>" in chinese


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_the_account_is_for_the_owner_alone_and_goes_where_it_is_asked_to(project, clean):
    done = take(project, clean)
    assert {path.parent for path in done.report} == {project / PRIVATE}
    assert {stat.S_IMODE(path.stat().st_mode) for path in done.report} == {0o600}
    folder = project / "elsewhere"
    refused = take(project, clean.assign(weight=-1), report=folder)
    assert refused.written is None
    assert {path.parent for path in refused.report} == {folder}
    assert json.loads(refused.report[0].read_text("utf-8"))["written"] is None


def test_the_command_says_where_the_report_is(project, clean, capsys):
    take(project, clean)
    (project / "notebooks" / "plan").mkdir(parents=True)
    command = ["data", "--root", str(project), "import", str(project / "a.csv"), "--accept"]
    command += ["--mapping", str(project / "m.yml"), "--report", str(project / "here")]
    assert cli.main(command) == 0
    assert "import_report.zh.html" in capsys.readouterr().out
    assert (project / "here" / "import_report.json").is_file()


def test_rows_are_shown_as_ranges():
    assert ranges([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"
    assert ranges(list(range(1, 200, 2))).endswith(" …")
