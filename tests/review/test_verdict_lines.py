"""`verify` begins with the verdicts: which differ from the reference, and why."""

import csv
import shutil
from pathlib import Path

import pytest

from compendium.claims.ledger import read_ledger
from compendium.claims.verdicts import judge_claims, rows_of_claims, rows_of_tests
from compendium.plan import load_plan
from compendium.review.verdicts import verdict_lines

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path):
    for name in ("notebooks", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    write(tmp_path / "reports" / "reference")
    return tmp_path


def write(folder, without=""):
    ledger = read_ledger(ROOT / "reports/reference/estimates.csv")
    kept = {name: one for name, one in ledger.items() if one.evidence != without}
    results = judge_claims(load_plan(ROOT), kept)
    shutil.rmtree(folder / "exhibits", ignore_errors=True)
    (folder / "exhibits").mkdir(parents=True)
    for name, rows in (("claims", rows_of_claims), ("tests", rows_of_tests)):
        rows(results).to_csv(folder / "exhibits" / f"tab-{name}.csv", index=False)


def test_a_run_with_the_verdicts_of_the_reference_says_so_and_gives_their_strength(project):
    write(project / "reports")
    said = verdict_lines(project, "en")
    assert said[0] == "All 7 verdicts are those of the reference."
    assert said[2].startswith("  C2 consistent with what was known (2 published averages); lines")
    assert len(said) == 8
    assert verdict_lines(project, "zh")[0] == "7 项判定均与存档结果一致。"


def test_without_external_data_the_first_line_names_what_differs_and_why(project):
    write(project / "reports", without="external")
    first = verdict_lines(project, "en")[0]
    assert first.startswith("Verdicts that differ from the reference: C4 ")
    assert ", C5 " in first
    assert "incomplete (reference: mixed; " in first
    assert "C4.capacity_moderates not run" in first
    assert "C5.attention not run)" in first
    assert not any(f"{claim} " in first for claim in ("C1", "C2", "C3", "C6", "C7"))
    zh = verdict_lines(project, "zh")[0]
    assert zh.startswith("与存档结果不同的判定：C4 ")
    assert "证据不全" in zh
    assert "C5.attention 未运行" in zh


def test_a_verdict_that_moves_without_any_test_is_laid_to_the_plan(project):
    write(project / "reports")
    path = project / "reports" / "exhibits" / "tab-claims.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    rows[0]["reads"] = "supported"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert verdict_lines(project, "en")[0] == (
        "Verdicts that differ from the reference: "
        "C1 supported (reference: mixed; every test as there: the plan differs)."
    )


def test_where_there_is_no_table_of_verdicts_nothing_is_said_of_them(project):
    assert verdict_lines(project, "en") == []
