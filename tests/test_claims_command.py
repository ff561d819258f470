"""The terminal's tables of claims: whole sentences, and only tests that count are counted."""

from pathlib import Path

import pytest
from rich.console import Console

from grassroots.commands import claims
from grassroots.exhibits.ledger import read_ledger
from grassroots.exhibits.verdicts import judge_claims
from grassroots.plan import load_plan


@pytest.fixture(scope="module")
def results():
    root = Path(__file__).parents[1]
    return judge_claims(load_plan(root), read_ledger(root / "reports/reference/estimates.csv"))


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("table", [claims.verdict_table, claims.test_table])
def test_no_cell_of_a_chinese_table_is_cut(results, table, width):
    console = Console(width=width)
    with console.capture() as shown:
        console.print(table(results, "zh"))
    assert "…" not in shown.get()


def test_a_premise_that_holds_is_not_counted_among_what_supports_the_claim(results):
    c1 = next(result for result in results if result.claim.id == "C1")
    assert claims.counted_outcomes(c1, "en")[0] == f"{c1.count('holds')} holds"
    assert claims.counted_outcomes(c1, "en")[-1] == "(1 holds, not counted)"


def test_kinds_of_evidence_are_joined_as_the_language_does(results):
    console = Console(width=200)
    with console.capture() as shown:
        console.print(claims.verdict_table(results, "zh"))
    assert "观测、外部数据" in shown.get()
