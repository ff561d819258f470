"""All that entries of the plan lack is named at once, with file and line."""

import shutil
from pathlib import Path

import pytest

from compendium.errors import SHOWN, UserError, UserErrors, each_of, settle
from compendium.plan import load_plan
from tests.plan import small
from tests.plan.small import change, make_study, write_cells

ROOT = Path(__file__).parents[2]

CLAIM = """\
  - id: C2
    statement: {en: It grows., zh: 增长。}
    limits: {en: None known., zh: 无。}
    tests:
      - id: C2.growth
        label: {en: Growth, zh: 增长}
        estimate: growth.x
        notebook: 01_first
        scale: real
        predicate: {greater_than: 0}
        evidence: observed
        why: {en: Because., zh: 因为。}
        known: {en: Nothing., zh: 无。}
"""


def told(root, **how):
    """File, line and problem of each fault."""
    with pytest.raises(UserError) as caught:
        load_plan(root, **how)
    return {(Path(str(e.file)).name, e.line, e.problem) for e in each_of(caught.value)}


def problems(root):
    return {problem for _, _, problem in told(root)}


def test_a_study_without_multiverse_and_calibration_is_whole(tmp_path):
    plan = load_plan(make_study(tmp_path))
    assert list(plan.tests) == ["C1.slope"]


def test_a_study_with_every_file_is_whole(tmp_path):
    root = make_study(tmp_path, multiverse=small.MULTIVERSE, calibration=small.CALIBRATION)
    assert list(load_plan(root).sentences) == ["C1", "C1.slope"]


def test_a_new_claim_is_told_all_that_it_lacks_at_once(tmp_path):
    root = make_study(tmp_path, multiverse=small.MULTIVERSE, calibration=small.CALIBRATION)
    change(root, "claims.yml", "claims:\n", f"claims:\n{CLAIM}")
    assert told(root) == {
        ("multiverse.yml", 2, "the test 'C2.growth' has no multiverse and no reason why"),
        ("calibration.yml", 12, "the test 'C2.growth' is neither simulated nor left out"),
        ("sentences.yml", 8, "there is no finding of claim 'C2'"),
        ("sentences.yml", 1, "there is no sentence 'C2'"),
        ("sentences.yml", 1, "there is no sentence 'C2.growth'"),
        ("claims.yml", 8, "nothing in 01_first records the estimate 'growth.x' of 'C2.growth'"),
    }


def test_a_fault_within_an_entry_hides_nothing_that_the_entry_lacks(tmp_path):
    root = make_study(tmp_path, multiverse=small.MULTIVERSE)
    change(root, "claims.yml", "claims:\n", f"claims:\n{CLAIM}")
    change(root, "claims.yml", "        known: {en: Nothing., zh: 无。}\n", "")
    found = problems(root)
    assert "'known' is missing in claims.0.tests.0" in found
    assert "the test 'C2.growth' has no multiverse and no reason why" in found
    assert "there is no sentence 'C2.growth'" in found


def test_every_missing_and_every_unknown_key_is_named_and_a_misspelt_one_once(tmp_path):
    root = make_study(tmp_path)
    line = change(root, "claims.yml", "known:", "knwon:")
    change(root, "claims.yml", "    limits: {en: None known., zh: 无。}\n", "")
    change(root, "exhibits.yml", "    note: {en: All of them., zh: 全部。}\n", "")
    assert told(root) == {
        ("claims.yml", 2, "'limits' is missing in claims.0"),
        ("claims.yml", line - 1, "unknown key 'knwon' in claims.0.tests.0"),
        ("exhibits.yml", 10, "'note' is missing in exhibits.0"),
    }
    with pytest.raises(UserError, match="did you mean 'known'"):
        load_plan(root)


def test_files_that_cannot_be_read_are_named_together(tmp_path):
    root = make_study(tmp_path, multiverse="multiverses: [\n")
    change(root, "claims.yml", "scale: real", "\tscale: real")
    assert {name for name, *_ in told(root)} == {"claims.yml", "multiverse.yml"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"tab-things"', '"tab-thing"', "cell-05 shows 'tab-thing', which is no exhibit"),
        ('"tab-things"', '"tab-thing"', "no cell of 01_first shows the exhibit 'tab-things'"),
        ('study.say("C1.slope")', "", "no cell of 01_first says the sentence 'C1.slope'"),
        ('say("C1.slope")', 'say("C1.slop")', "cell-05 says 'C1.slop', which is no sentence"),
        ("slopes.{term}", "slope.{term}", "cell-04 records 'slope.{term}', which is no estimate"),
        ("slopes.{term}", "slope.{term}", "no cell of 01_first records the estimate 'slopes."),
        ('load("things")', 'load("others")', "cell-04 loads 'others', which is no 'data'"),
    ],
)
def test_plan_and_cells_are_held_against_each_other(tmp_path, old, new, problem):
    root = make_study(tmp_path)
    write_cells(root, [cell.replace(old, new) for cell in small.CELLS])
    assert any(problem in one for one in problems(root))
    assert load_plan(root, whole=False).tests


def test_a_wider_pattern_of_a_cell_records_the_entries_that_it_covers(tmp_path):
    root = make_study(tmp_path)
    write_cells(root, [cell.replace("slopes.{term}", "{what}.{term}") for cell in small.CELLS])
    assert load_plan(root).tests


def test_what_a_cell_computes_is_not_guessed(tmp_path):
    cells = [cell.replace('"tab-things"', "name") for cell in small.CELLS]
    root = make_study(tmp_path)
    write_cells(root, [*cells[:-1], "%time 1", 'study.record("own", things, en="o", zh="o")'])
    assert load_plan(root).exhibits


def test_of_a_notebook_that_never_asks_the_study_nothing_is_told(tmp_path):
    root = make_study(tmp_path)
    write_cells(root, [small.CELLS[0], "x = 1"])
    assert load_plan(root).exhibits


def test_a_text_that_says_an_estimate_that_nobody_records_is_named(tmp_path):
    root = make_study(tmp_path)
    for lang in ("rises|", "为正|"):
        change(root, "sentences.yml", lang, f"{lang[:-1]} {{heights.x|number}}|")
    problem = "no notebook records the estimate 'heights.x' that this text says"
    assert told(root) == {("sentences.yml", 6, problem), ("sentences.yml", 7, problem)}


def test_a_table_without_codebook_and_a_notebook_without_file_are_named(tmp_path):
    root = make_study(tmp_path)
    change(root, "exhibits.yml", "data: [things]", "data: [things, stars]")
    second = "  - {name: 02_second, title: {en: Second, zh: 二}}\n\nlabels:"
    line = change(root, "exhibits.yml", "\nlabels:", second)
    assert told(root) == {
        ("exhibits.yml", 4, "notebook '01_first' loads the unknown table 'stars'"),
        ("exhibits.yml", line + 6, "tab-things does not say its sources"),
        ("exhibits.yml", line, "notebook '02_second' has no readable file notebooks/02_second.ipynb"),
    }  # fmt: skip


def test_a_claim_that_the_notebook_of_claims_leaves_out_is_named(tmp_path):
    root = make_study(tmp_path)
    change(
        root, "exhibits.yml", "    data: [things]\n", "    data: [things]\n    reads_ledger: true\n"
    )
    assert told(root) == {("claims.yml", 2, "no cell of 01_first says the sentence 'C1'")}
    write_cells(root, [*small.CELLS[:-1], "study.say(*study.plan.claims)", "study.close()"])
    assert load_plan(root).claims


def test_texts_that_nobody_has_written_yet_are_named_line_by_line(tmp_path):
    root = make_study(tmp_path)
    line = change(
        root, "exhibits.yml", "{en: Things, zh: 物}", "{en: TO WRITE title, zh: 待写：题}"
    )
    other = change(
        root, "exhibits.yml", "{en: All of them., zh: 全部。}", "{en: All., zh: 待写：注}"
    )
    write_cells(root, [*small.CELLS[:-1], "study.close()  # TO WRITE"], "# 待写：标题")
    title = "title: {en: TO WRITE title, zh: 待写：题}"
    assert told(root) == {
        ("exhibits.yml", line, f"not written yet: {title}"),
        ("exhibits.yml", other, "not written yet: note: {en: All., zh: 待写：注}"),
        ("01_first.ipynb", None, "cell-01 is not written yet"),
        ("01_first.ipynb", None, "cell-06 is not written yet"),
    }


def test_one_fault_is_told_as_it_is_and_several_in_one_list():
    one, two = UserError("a", "b", "f.yml", 2), UserError("c", "d", "f.yml", 1)
    settle([], "the plan")
    with pytest.raises(UserError, match=r"^f\.yml:2: a; b$"):
        settle([one, one], "the plan")
    with pytest.raises(UserErrors) as caught:
        settle([one, two], "the plan")
    said = "2 things in the plan must be mended:\n  f.yml:1: c; d\n  f.yml:2: a; b"
    assert str(caught.value) == said
    many = [UserError("a", line=n) for n in range(SHOWN + 3)]
    with pytest.raises(UserErrors, match=r"and 3 more$"):
        settle(many, "the plan")


def test_the_projects_own_plan_notebooks_and_codebooks_agree(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    for codebook in (ROOT / "data").glob("*/codebook.yml"):
        target = tmp_path / codebook.relative_to(ROOT)
        target.parent.mkdir(parents=True)
        shutil.copy(codebook, target)
    assert load_plan(tmp_path).claims
    for name in ("multiverse.yml", "calibration.yml"):
        (tmp_path / "notebooks" / "plan" / name).unlink()
    assert load_plan(tmp_path).claims
