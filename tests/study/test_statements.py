"""The claims read as the table of wordings has them, wherever they are stated."""

import csv
from pathlib import Path

import pytest

from compendium.plan import load_plan
from compendium.text import LANGS

ROOT = Path(__file__).parents[2]
READMES = {"en": "README.md", "zh": "README.zh-CN.md"}
with (ROOT / "tests" / "reference" / "claims.csv").open(encoding="utf-8") as _file:
    WORDINGS = {row["claim"]: row for row in csv.DictReader(_file)}


def test_there_are_seven_claims():
    assert list(WORDINGS) == list(load_plan(ROOT).claims) == [f"C{i}" for i in range(1, 8)]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("claim", WORDINGS)
def test_the_plan_and_the_readme_state_a_claim_in_these_words(claim, lang):
    words = WORDINGS[claim][lang]
    assert load_plan(ROOT).claims[claim].statement[lang] == words
    assert f"| {claim} | {words} |" in (ROOT / READMES[lang]).read_text(encoding="utf-8")
