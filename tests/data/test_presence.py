"""Data that are not there, and data that nothing describes, are named."""

import shutil
from argparse import Namespace

import pytest

from compendium.commands.data import check_all
from compendium.data import check, load_codebooks
from compendium.errors import UserError

from .samples import ROOT, edit

INCIDENTS = "data/incidents/codebook.yml"
PLAN = "notebooks/plan/exhibits.yml"


@pytest.fixture
def planned(project):
    """The shipped data with the plan that says which tables notebooks load."""
    shutil.copytree(ROOT / "notebooks" / "plan", project / "notebooks" / "plan")
    return project


def found_in(root):
    """Rule, file and value of every violation."""
    found = [v for report in check(root) for v in report.violations]
    assert all(str(v.error("zh")) and v.mend.en for v in found)
    return {(v.rule, v.file, v.value) for v in found}


def undescribed(file):
    return ("file-undescribed", file, None)


def unloaded(*tables):
    return {("table-missing", PLAN, table) for table in tables}


def test_a_codebook_that_is_gone_is_named_and_so_are_the_tables_that_notebooks_load(
    planned, capsys
):
    (planned / INCIDENTS).unlink()
    assert found_in(planned) == {("codebook-missing", INCIDENTS, None)} | unloaded(
        "incidents",
        "incidents_v1",
        "incident_evidence",
        "second_coding",
        "inspection_accountability",
        "discipline_by_rank",
        "eight_point_rules",
    )
    assert check_all(Namespace(root=planned, lang="en", all=False)) == 1
    said = capsys.readouterr().out
    assert "eight_point_rules.csv" in said
    assert "04_configurations" in said


def test_a_folder_that_is_gone_is_named_by_the_tables_that_notebooks_load(planned):
    shutil.rmtree(planned / "data" / "official_statistics")
    (found,) = [v for report in check(planned) for v in report.violations]
    assert (found.rule, found.file, found.value) == ("table-missing", PLAN, "series")
    assert found.problem.en.startswith("01_data, 02_context")
    line = (planned / PLAN).read_text("utf-8").splitlines()[found.line - 1]
    assert line.strip().startswith("data:")


def test_a_registry_a_questionnaire_or_a_document_that_is_gone_is_named(planned):
    (planned / "data/external/registry.yml").unlink()
    (planned / "data/survey/codebook.yml").unlink()
    (planned / "data/published_surveys/instruments.yml").unlink()
    assert found_in(planned) == {
        ("external-missing", PLAN, "covid19policy_cn"),
        ("external-missing", PLAN, "env_complaints_gwr"),
        ("table-missing", PLAN, "survey_responses"),
        ("file-missing", "data/published_surveys/instruments.yml", None),
    }


def test_a_table_that_is_gone_is_named(planned):
    (planned / "data/incidents/second_coding.csv").unlink()
    assert found_in(planned) == {("file-missing", "data/incidents/second_coding.csv", None)}


def test_an_entry_without_rows_has_all_its_values_checked(planned):
    book = planned / "data/published_surveys/codebook.yml"
    text = book.read_text("utf-8")
    start = text.index("file: satisfaction_by_tier.csv")
    end = text.index("columns:", start)
    entry = "\n".join(line for line in text[start:end].split("\n") if "rows:" not in line)
    book.write_text(text[:start] + entry + text[end:], "utf-8")
    table = load_codebooks(planned)["satisfaction_by_tier"]
    assert table.rows is None
    bounded = next(name for name, column in table.columns.items() if column.maximum is not None)
    edit(planned, "satisfaction_by_tier", lambda rows: rows[0].update({bounded: "9999"}))
    assert found_in(planned) == {
        ("maximum", "data/published_surveys/satisfaction_by_tier.csv", "9999")
    }


def test_one_file_under_two_names_is_refused(planned):
    text = (planned / INCIDENTS).read_text(encoding="utf-8")
    again = text[text.index("  second_coding:") :].replace("second_coding:", "again:", 1)
    again = again.replace("file: second_coding.csv", "file: ./second_coding.csv", 1)
    (planned / INCIDENTS).write_text(text + again, encoding="utf-8")
    with pytest.raises(UserError, match="'second_coding' and 'again' have the same file") as caught:
        load_codebooks(planned)
    assert str(caught.value).startswith(str(planned / INCIDENTS))


def test_a_file_that_no_codebook_describes_is_named_wherever_it_lies(planned):
    for name in ("mine.csv", "incidents/copy (1).CSV", "incidents/old/incidents.csv"):
        file = planned / "data" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("a\n1\n", "utf-8")
    (planned / "data/others").mkdir()
    (planned / "data/others/b.csv").write_text("a\n1\n", "utf-8")
    assert found_in(planned) == {
        undescribed("data/mine.csv"),
        undescribed("data/incidents/copy (1).CSV"),
        undescribed("data/incidents/old/incidents.csv"),
        ("codebook-missing", "data/others/codebook.yml", None),
    }


def test_files_of_the_author_alone_are_not_looked_at(planned):
    for name in (
        "survey/private/answers.csv",
        "incidents/private/notes.csv",
        "external/covid19policy_cn/citydata.csv",
        "incidents/.~lock.incidents.csv",
        "incidents/~$incidents.csv",
        "incidents/._incidents.csv",
        "incidents/notes.txt",
    ):
        file = planned / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\xff\xfe not a table")
    assert found_in(planned) == set()


def test_an_odd_character_in_a_codebook_or_the_plan_is_named_with_its_line(planned):
    book, plan = planned / INCIDENTS, planned / PLAN
    book.write_text(book.read_text("utf-8").replace("zh: 火灾", "zh: \u2f55灾", 1), "utf-8")
    plan.write_text(plan.read_text("utf-8").replace("zh: 数据", "zh: 数\u200b据", 1), "utf-8")
    found = {v.file: v for report in check(planned) for v in report.violations}
    assert {file: v.rule for file, v in found.items()} == {
        INCIDENTS: "look-alike-character",
        PLAN: "invisible-character",
    }
    for file, odd in ((INCIDENTS, "\u2f55"), (PLAN, "\u200b")):
        line = (planned / file).read_text("utf-8").split("\n")[found[file].line - 1]
        assert odd in line
        assert odd in found[file].value
        assert line.index(odd) + 1 == int(found[file].problem.en.split()[1])
    assert "火灾" in found[INCIDENTS].mend.zh
