"""The terminal's tables of claims: whole sentences, and only tests that count are counted."""

import json
from pathlib import Path

import pytest

from compendium.claims import lines
from compendium.claims.ledger import read_ledger
from compendium.claims.verdicts import judge_claims
from compendium.commands import claims
from compendium.errors import UserError
from compendium.files import sha256_of
from compendium.plan import load_plan

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results():
    return judge_claims(load_plan(ROOT), read_ledger(ROOT / "reports/reference/estimates.csv"))


def test_verdict_and_strength_are_shown_and_given_to_machines_in_both_languages(results):
    c4 = next(result for result in results if result.claim.id == "C4")
    for lang, verdict, weakest in (("en", "mixed", "3 places"), ("zh", "证据不一", "3 个地方")):
        told = claims.as_json(c4)
        assert told["reads"][lang] == verdict
        assert told["strength"][lang].endswith(weakest)
        shown = lines.verdict_lines((c4,), lang, 300)
        assert shown[0] == f"C4  {verdict}"
        assert shown[-1].endswith(weakest)


def test_each_test_says_whether_it_is_blind_and_whether_it_counts(results):
    c1 = next(result for result in results if result.claim.id == "C1")
    lines = claims.test_lines((c1,), "en", 80)
    rows = lines[2:-2]
    assert [row.split()[-1] for row in rows].count("blind") == 3
    assert [row.split()[-1] for row in rows].count("seen") == 3
    assert [row.split()[0] for row in rows if "(" in row] == ["urbanization", "fails_first"]


def test_an_edited_ledger_is_refused_in_one_line(tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    ledger = reports / "estimates.csv"
    ledger.write_text((ROOT / "reports/reference/estimates.csv").read_text("utf-8"), "utf-8")
    known = {"ledger": sha256_of(ledger)}
    (reports / "run.json").write_text(json.dumps(known), encoding="utf-8")
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    (tmp_path / "data").symlink_to(ROOT / "data")
    assert len(claims.judged(tmp_path)) == 7
    edited = ledger.read_text(encoding="utf-8").replace(",0.95,", ",0.9,", 1)
    ledger.write_text(edited, encoding="utf-8")
    with pytest.raises(UserError, match="the ledger is not as the last run wrote it") as caught:
        claims.judged(tmp_path)
    assert "run 'grassroots run" in str(caught.value)
    (reports / "run.json").write_text("{}", encoding="utf-8")  # of an older run: nothing is known
    assert len(claims.judged(tmp_path)) == 7
