"""The plan is read strictly: each fault is named with its file and line."""

import shutil
from pathlib import Path

import pytest

from compendium.errors import UserError, each_of
from compendium.plan import load_plan

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path):
    shutil.copytree(ROOT / "notebooks" / "plan", tmp_path / "notebooks" / "plan")
    return tmp_path


def edit(project, name, old, new):
    path = project / "notebooks" / "plan" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    path.write_text(changed, encoding="utf-8", newline="\n")
    return text[: text.index(old)].count("\n") + 1


def test_the_seven_claims_of_the_article_are_planned():
    plan = load_plan(ROOT)
    assert list(plan.claims) == [f"C{number}" for number in range(1, 8)]
    assert all(test.known.en and test.known.zh for test in plan.tests.values())


@pytest.mark.parametrize(
    ("name", "old", "new", "offset", "said"),
    [
        (
            "claims.yml",
            "    tests:\n      - id: C1.urb",
            "    testing:\n      - id: C1.urb",
            0,
            "testing",
        ),
        (
            "claims.yml",
            "        estimate: context.urbanization.per_decade\n",
            "",
            -2,
            "'estimate' is missing",
        ),
        ("claims.yml", "predicate: {greater_than: 0}", "predicate: {greatest: 0}", 0, "greatest"),
        ("estimates.yml", "  02_context:\n", "  02_contexts:\n", 0, "unknown notebook"),
        ("estimates.yml", "    - id: duties.own\n", "    - id: duties.items\n", 0, "two entries"),
        ("estimates.yml", "ment, {wave}", "ment, {year}", None, "'year' in its words is no part"),
        ("estimates.yml", "{wave}\n      data", "{wave\n      data", None, "no part of the id"),
        (
            "claims.yml",
            "predicate: {greater_than: 0.5}",
            "predicate: {greater_than: 5}",
            None,
            "share lies",
        ),
        (
            "claims.yml",
            "id: C1.major_accidents",
            "id: C1.urbanization",
            None,
            "two tests have the id",
        ),
        ("claims.yml", "  - id: C2\n", "  - id: C1\n", 0, "two claims have the id 'C1'"),
        (
            "claims.yml",
            "notebook: 02_context",
            "notebook: 02_contxt",
            0,
            "unknown notebook '02_contxt'",
        ),
        ("claims.yml", "scale: real", "\tscale: real", 0, "tab"),
        (
            "claims.yml",
            "tests: [C4.survey_pressure, C5.survey_demand]",
            "tests: [C4.survey_pressure, C5.survey_demnd]",
            0,
            "unknown test 'C5.survey_demnd'",
        ),
        (
            "claims.yml",
            "tests: [C4.survey_pressure, C5.survey_demand]",
            "tests: [C4.survey_pressure, C4.survey_pressure]",
            0,
            "names the test 'C4.survey_pressure' twice",
        ),
        ("claims.yml", "id: survey.imbalance", "id: survey.phases", None, "two families"),
        ("claims.yml", "adjust: romano-wolf", "adjust: none", 0, "families.0.adjust"),
        (
            "claims.yml",
            "        scale: real\n",
            "        scale: real\n        scale: real\n",
            1,
            "second time",
        ),
        (
            "exhibits.yml",
            "  - id: tab-sources\n",
            "  - id: tab-sources\n    kind: chart\n",
            1,
            "kind",
        ),
        (
            "exhibits.yml",
            "exhibits:\n  01_data:\n",
            "exhibits:\n  1_data:\n",
            1,
            "unknown notebook",
        ),
        ("exhibits.yml", "claims: [C1]", "claims: [C9]", 0, "unknown claim 'C9'"),
        ("exhibits.yml", "zh: 数据概览", "", 0, "'zh' is missing"),
        ("profiles.yml", "    draws: 199\n", "    drws: 199\n", 0, "unknown parameter 'drws'"),
        ("profiles.yml", "  default: {}\n", "", None, "no profile 'default'"),
        ("profiles.yml", "    type: str\n", "    type: text\n", 0, "parameters.lang.type"),
    ],
)
def test_a_fault_is_named_with_its_line(project, name, old, new, offset, said):
    line = edit(project, name, old, new)
    with pytest.raises(UserError) as caught:
        load_plan(project)
    fault = next(one for one in each_of(caught.value) if said in str(one))
    assert Path(str(fault.file)).name == name
    assert "\n" not in str(fault)
    if offset is not None:
        assert fault.line == line + offset


def test_a_claim_without_tests_is_refused(project):
    path = project / "notebooks" / "plan" / "claims.yml"
    text = path.read_text(encoding="utf-8")
    start = text.index("    tests:\n      - id: C7.phases")
    path.write_text(text[:start] + "    tests: []\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"claims\.6\.tests' is empty"):
        load_plan(project)


def test_every_family_of_the_plan_is_of_tests_on_one_kind_of_evidence():
    plan = load_plan(ROOT)
    assert plan.families
    for family in plan.families.values():
        assert len({plan.tests[test].evidence for test in family.tests}) == 1


def test_the_table_of_tests_shows_what_each_rests_on():
    shown = {column.name for column in load_plan(ROOT).exhibits["tab-tests"].columns}
    assert {"evidence", "role", "outcome"} <= shown
