"""Texts about findings hold no result typed by hand, and say what the ledger says.

Finding texts are titles, notes and alternative texts of exhibits, result sentences, the notebooks'
prose and the README's results. Statements, labels and predicates of claims, codebooks and the
names of axes say what is asked or what the data are: they are no findings and are left out.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from compendium.claims.ledger import read_ledger
from compendium.claims.wording import check_title
from compendium.plan import load_plan
from compendium.plan.sentences import Declared
from compendium.plan.templates import Choice, Slot, parse_template
from compendium.text import LANGS
from tests.prose import (
    READMES,
    Passage,
    all_said,
    findings_table,
    passages,
    stale,
    typed_results,
)

ROOT = Path(__file__).parents[1]
OUTCOMES = ("holds", "fails", "inconclusive")


@pytest.fixture(scope="module")
def plan():
    return load_plan(ROOT)


@pytest.fixture(scope="module")
def found(plan):
    return tuple(passages(plan, ROOT))


@pytest.fixture(scope="module")
def reference():
    return read_ledger(ROOT / "reports" / "reference" / "estimates.csv")


def test_no_result_is_typed_by_hand(plan, found):
    assert [str(typed) for typed in typed_results(found, plan.declared)] == []


def test_what_is_declared_still_stands_somewhere(plan, found):
    assert stale(found, plan.declared) == []


@pytest.mark.parametrize(
    ("lang", "text", "words"),
    [
        ("en", "Most of those sanctioned sit low.", ["Most"]),
        ("en", "It holds for 24 of 27 provinces (67.3%).", ["24", "27", "67.3%"]),
        ("en", "Two thirds live in towns; losses rise significantly.", ["Two", "thirds", "rise"]),
        ("en", "CR2 by province, AC1 and C3 of ST048 by NB2 are names.", []),
        ("zh", "多数被追责者在基层，高于其他层级。", ["多数", "高于"]),
        (
            "zh",
            "损失显著上升，约四分之一的地市超出省级。",
            ["显著", "上升", "四", "分之一", "超出"],
        ),
        ("zh", "按省聚类（CR2），贝塔二项模型。", []),
    ],
)
def test_numbers_and_comparisons_are_found(lang, text, words):
    typed = [result.words for result in typed_results([Passage("x.note", lang, text)], ())]
    assert typed[: len(words)] == words
    assert bool(typed) == bool(words)


def test_what_is_declared_is_declared_for_its_place_only():
    entry = Declared(why="date", where=("fig-a.*",), phrases=("since 1995",))
    passage = Passage("fig-a.note", "en", "Spending since 1995, 12 series")
    assert [result.words for result in typed_results([passage], [entry])] == ["12"]
    elsewhere = replace(passage, place="fig-b.note")
    assert [r.words for r in typed_results([elsewhere], [entry])] == ["1995", "12"]
    assert stale([elsewhere], [entry])


def test_every_text_can_be_said_from_the_reference_results(plan, reference):
    said = all_said(plan, reference)
    assert {f"{name}.title" for name in ("fig-tiers", "fig-forest")} <= set(said)
    assert not [place for place, text in said.items() if "{" in text.en + text.zh]


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("lang", LANGS)
def test_titles_have_room_whatever_the_outcome(plan, lang, outcome):
    for exhibit in plan.exhibits.values():
        template = parse_template(exhibit.title[lang])
        check_title(exhibit.id, "".join(spoken(part, outcome) for part in template.parts), lang)


def spoken(part, outcome):
    if isinstance(part, Choice):
        return "".join(spoken(inner, outcome) for inner in getattr(part, outcome))
    return "−00.0%" if isinstance(part, Slot) else part


def test_a_number_that_changes_changes_every_place_that_says_it(plan, reference):
    name = "tiers.early_notice.epidemic.county"
    before = all_said(plan, reference)
    assert "county officials are the largest group: 47%" in before["fig-tiers.title"].en
    changed = replace(reference[name], value=0.28, ci_low=0.17, ci_high=0.43)
    after = all_said(plan, {**reference, name: changed})
    places = {place for place, text in after.items() if text != before[place]}
    assert places == {"fig-tiers.title", "tab-tiers.title", "finding of C3"}
    assert "not in both kinds of incident the largest group: 28%" in after["fig-tiers.title"].en
    assert "并非在两类事件中占比都最高：疫情 28%" in after["fig-tiers.title"].zh
    assert "not in every kind of incident the largest group" in after["finding of C3"].en


@pytest.mark.parametrize("lang", LANGS)
def test_the_readme_says_what_the_reference_found(plan, reference, lang):
    lines = (ROOT / READMES[lang]).read_text(encoding="utf-8").splitlines()
    rows = findings_table(plan, reference, lang)
    first = lines.index(rows[0])
    assert lines[first : first + len(rows)] == rows


def test_an_outcome_that_turns_turns_the_words_of_its_test(plan, reference):
    name = "tiers.early_notice.epidemic.township_or_below"
    changed = replace(reference[name], value=0.28, ci_low=0.17, ci_high=0.43)
    after = all_said(plan, {**reference, name: changed})
    assert "at most half of those sanctioned" in after["C3.tier_epidemic"].en
    assert "至多半数在乡镇街道及以下" in after["C3.tier_epidemic"].zh


def test_a_wider_interval_takes_the_claim_back(plan, reference):
    name = "tiers.reach.township_or_below"
    assert reference[name].ci_low > 0.5
    wide = replace(reference[name], ci_low=0.45)
    said = all_said(plan, {**reference, name: wide})
    assert "can't be told: 67%" in said["C1.front_line"].en
    assert "Possibly most, possibly fewer of the fully listed" in said["C1"].en
