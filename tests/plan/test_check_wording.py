"""Texts with slots are checked when the plan is loaded: each fault has its file and line."""

import re
import shutil
from pathlib import Path

import pytest

from compendium.errors import UserError, each_of
from compendium.plan import load_plan
from compendium.plan.check_wording import spoken_of
from compendium.run.steps import digest

ROOT = Path(__file__).parents[2]
FRONT_LINE = "[C1.front_line: Most fully listed incidents reach"
TIERS = (
    "not clearly the largest group]: {tiers.early_notice.epidemic.county|percent} in epidemics, "
)


@pytest.fixture
def project(tmp_path):
    shutil.copytree(ROOT / "notebooks" / "plan", tmp_path / "notebooks" / "plan")
    return tmp_path


def edit(project, name, old, new):
    path = project / "notebooks" / "plan" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("exhibits.yml", TIERS, TIERS.replace("]", "|What]", 1), "has 4 alternatives"),
        (
            "exhibits.yml",
            TIERS,
            TIERS.replace("]", "", 1),
            "three are needed|is no choice|is not closed",
        ),
        ("exhibits.yml", "{duties.items|integer} items", "{duties.items} items", "has no style"),
        ("exhibits.yml", "[demand.both: ", "[demand.bot: ", "'demand.bot' is no test"),
        (
            "exhibits.yml",
            "{duties.own|integer} are its own",
            "a part is its own",
            "only one of them has duties.own",
        ),
        ("sentences.yml", FRONT_LINE, FRONT_LINE.replace("line", "lin"), "is no test and no"),
        ("sentences.yml", "C1 is {C1|verdict}", "C1 is {C1.front_line|verdict}", "is no claim"),
        ("sentences.yml", "C1 is {C1|verdict}", "C1 is {C1|percent}", "is a claim"),
    ],
)
def test_a_fault_in_a_text_is_named_with_its_line(project, name, old, new, said):
    line = edit(project, name, old, new)
    with pytest.raises(UserError, match=said) as caught:
        load_plan(project)
    assert Path(str(caught.value.file)).name == name
    assert line - 3 <= caught.value.line <= line
    assert caught.value.mend


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{all_of: [C3.tier_epidemic, ",
            "{all_of: [tiers.majority_low, ",
            "'tiers.majority_low' rests on itself",
        ),
        ("{all_of: [C3.tier_epidemic, ", "{all_of: [C3.tier, ", "'C3.tier' is no test"),
        ("  tiers.majority_low: {", "  C1.front_line: {", "'C1.front_line' is a test too"),
        (
            "scale: ratio, predicate: {greater_than: 1}",
            "scale: ratio",
            "a condition has 'estimate'",
        ),
        ("predicate: {less_than: 0.5}", "predicate: {less_than: 5}", "a share lies between"),
        ("    notebook: 01_data\n", "", "'coding-agreement' has no notebook"),
        ("    notebook: 01_data\n", "    notebook: 01_date\n", "unknown notebook '01_date'"),
        ("    claims: [C2]\n", "    claims: [C9]\n", "unknown claim 'C9'"),
        ('where: ["*"]\n', 'where: ["*"]\n    phrases: []\n    words: []\n', "unknown key 'words'"),
        ("['(?<!", "['((?<!", "can't be read"),
    ],
)
def test_a_fault_in_the_file_of_sentences_is_named(project, old, new, said):
    edit(project, "sentences.yml", old, new)
    with pytest.raises(UserError, match=said) as caught:
        load_plan(project)
    fault = next(one for one in each_of(caught.value) if re.search(said, str(one)))
    assert Path(str(fault.file)).name == "sentences.yml"
    assert "\n" not in str(fault)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("findings:\n  C1:\n", "findings:\n  C9:\n", "no finding of claim 'C1'"),
        ("findings:\n  C1:\n", "findings:\n  C9:\n", "finding of the unknown claim 'C9'"),
        (
            'findings:\n  C1:\n    en: "As',
            'findings:\n  C1:\n    en: "[C1.x: a|b|c] As',
            "is no test",
        ),
    ],
)
def test_each_claim_has_its_finding(project, old, new, said):
    edit(project, "sentences.yml", old, new)
    with pytest.raises(UserError) as caught:
        load_plan(project)
    assert any(said in str(one) for one in each_of(caught.value))


def test_titles_need_the_conditions_that_they_name(project):
    (project / "notebooks" / "plan" / "sentences.yml").unlink()
    with pytest.raises(UserError, match=r"exhibits\.yml:\d+: '.*' is no test and no condition"):
        load_plan(project)


def test_a_notebook_depends_on_the_words_that_it_says_and_on_no_others(project):
    def states():
        plan = load_plan(project)
        return {
            name: digest(tuple(spoken_of(plan, name).items()))
            for name in ("02_context", "03_accountability")
        }

    before = states()
    edit(
        project, "sentences.yml", "officials.nb2.final_report, scale", "officials.nb2.decade, scale"
    )
    after = states()
    assert before["02_context"] == after["02_context"]
    assert before["03_accountability"] != after["03_accountability"]
