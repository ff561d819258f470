"""Words follow the ledger: change a number and its sentence changes, turn an outcome and its words
turn with it."""

import json
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest

from compendium.claims.ledger import Estimate
from compendium.claims.verdicts import OUTCOME_WORDS, VERDICT_WORDS, judge_claims
from compendium.claims.wording import ABSENT, STANDIN, Wording
from compendium.errors import UserError
from compendium.exhibits.colophon import Colophon
from compendium.exhibits.recorded import read_recorded
from compendium.plan import load_plan
from compendium.plan.predicates import Predicate
from compendium.plan.sentences import Condition, Sentence
from compendium.stats.bounds import named_bounds
from compendium.text import Text

ROOT = Path(__file__).parents[2]
REACH = "tiers.reach.township_or_below"
MOST = Text(
    f"[C1.front_line: Most|Fewer than half|About half] of the lists ({{{REACH}|percent}})",
    f"[C1.front_line: 多数|少于半数|约半数]名单（{{{REACH}|percent}}）",
)


@pytest.fixture(scope="module")
def plan():
    conditions = {
        "more": Condition(estimate="a", predicate={"greater_than_estimate": "b"}),
        "both": Condition(all_of=("C1.front_line", "more")),
        "counted": Condition(estimate="a", predicate={"greater_than_estimate": "b"}, by="value"),
        "one": Condition(any_of=("C1.front_line", "more")),
    }
    sentences = {
        "reach": Sentence(en=MOST.en, zh=MOST.zh, notebook="03_accountability"),
        "rules": Sentence(
            en="{escalation.attention|number2}",
            zh="{escalation.attention|number2}",
            notebook="05_escalation",
        ),
    }
    return load_plan(ROOT).model_copy(update={"conditions": conditions, "sentences": sentences})


def estimate(name, value, low=nan, high=nan, **more):
    more = {"level": 0.95, "n": 46, "notebook": "03_accountability"} | more
    return Estimate(name, "a", "甲", "x", value, ci_low=low, ci_high=high, **more)


def wording(plan, *estimates, lang="en"):
    return Wording(plan, {e.id: e for e in estimates}, lang)


@pytest.mark.parametrize(
    ("value", "low", "high", "en", "zh"),
    [
        (0.67, 0.53, 0.79, "Most of the lists (67%)", "多数名单（67%）"),
        (0.3, 0.2, 0.4, "Fewer than half of the lists (30%)", "少于半数名单（30%）"),
        (0.51, 0.4, 0.6, "About half of the lists (51%)", "约半数名单（51%）"),
    ],
)
def test_words_turn_with_the_outcome(plan, value, low, high, en, zh):
    found = wording(plan, estimate(REACH, value, low, high))
    assert found.text_both(MOST) == Text(en, zh)
    assert found.sentence("reach") == found.text(MOST) == en


@pytest.mark.parametrize(
    ("slot", "en", "zh"),
    [
        (
            "full|percent",
            "36% (95% interval 22–52%, n = 1,028)",
            "36%（95% 区间 22–52%，n = 1,028）",
        ),
        ("interval|points1", "22.0–52.0", "22.0–52.0"),
        ("abs|number2", "0.36", "0.36"),
        ("level", "95%", "95%"),
        ("p", "p = 0.040", "p = 0.040"),
        ("n", "1,028", "1,028"),
        ("clusters", "28", "28"),
    ],
)
def test_numbers_are_written_in_one_way(plan, slot, en, zh):
    found = estimate("a", 0.36, 0.22, 0.52, n=1028, n_clusters=28, p=0.04)
    text = Text(*2 * [f"{{a|{slot}}}"])
    written = wording(plan, found).text_both(text)
    assert (written.en, written.zh) == (en, zh)


def test_a_negative_interval_is_not_glued_with_a_dash(plan):
    found = wording(plan, estimate("a", -0.2, -0.5, 0.1))
    assert found.text(Text("{a|interval|number1}", "无")) == "−0.5 to 0.1"


def test_no_interval_is_said(plan):
    found = wording(plan, estimate("a", 0.656))
    assert found.text(Text("{a|full|percent}", "无")) == "66% (no interval)"
    with pytest.raises(UserError, match="'a' has no interval"):
        found.text(Text("{a|interval|percent}", "无"))


def test_a_lower_bound_is_called_one(plan):
    tidy = named_bounds([1] * 20 + [0] * 80).tidy
    found = estimate(
        "a", tidy.value, tidy.ci_low, tidy.ci_high, method_words="worst_case lower_bound"
    )
    assert wording(plan, found).text(Text("{a|full|percent}", "无")).startswith("at least 20% (")


def test_conditions_join_outcomes(plan):
    for a, b, more in (((1, 2), (3, 4), "fails"), ((5, 6), (3, 4), "holds")):
        found = wording(
            plan, estimate(REACH, 0.5, 0.4, 0.6), estimate("a", a[0], *a), estimate("b", b[0], *b)
        )
        assert found.outcome("more") == more
        assert found.outcome("C1.front_line") == "inconclusive"
        assert found.outcome("both") == ("fails" if more == "fails" else "inconclusive")
        assert found.outcome("one") == ("holds" if more == "holds" else "inconclusive")


def test_what_is_said_of_a_list_alone_is_judged_by_its_values(plan):
    wide, low = estimate("a", 0.47, 0.34, 0.6), estimate("b", 0.36, 0.22, 0.52)
    found = wording(plan, wide, low)
    assert found.outcome("more") == "inconclusive"
    assert found.outcome("counted") == "holds"
    assert wording(plan, replace(low, id="a"), replace(wide, id="b")).outcome("counted") == "fails"


def test_a_finding_follows_the_ledger_and_says_what_is_made_up(plan):
    said = Text("It is {a|percent}.", "为 {a|percent}。")
    plan = plan.model_copy(update={"findings": {"C1": said}})
    made_up = estimate("a", 0.4, evidence="stand-in")
    assert wording(plan, estimate("a", 0.47)).finding("C1") == "It is 47%."
    assert wording(plan, made_up).finding("C1") == f"It is 40%.{STANDIN.en}"
    assert wording(plan, estimate("a", 0.47)).finding("C2") == ""


def test_what_rests_on_absent_external_data_says_so_and_does_not_fail(plan):
    here = estimate("x", 1.0)
    assert wording(plan, here).sentence("rules") == ABSENT.en
    assert wording(plan, here, lang="zh").sentence("rules") == ABSENT.zh
    assert wording(plan, here).outcome("C5.attention") == "not run"
    shipped = estimate("z", 1.0, notebook="05_escalation", evidence="observed")
    assert wording(plan, here, shipped).sentence("rules") == ABSENT.en
    other = estimate("y", 1.0, notebook="05_escalation", evidence="external")
    with pytest.raises(UserError, match=r"'escalation\.attention', which was not recorded"):
        wording(plan, here, other).sentence("rules")


def test_an_estimate_of_data_that_are_there_is_missed_and_not_called_absent(plan):
    """A title before the cell that records its number said that the data were absent."""
    there = replace(wording(plan, estimate("x", 1.0)), present=frozenset({"covid19policy_cn"}))
    with pytest.raises(UserError, match=r"'escalation\.attention', which was not recorded"):
        there.sentence("rules")
    other = replace(there, present=frozenset({"another"}))
    assert other.sentence("rules") == ABSENT.en


def test_a_sentence_on_a_stand_in_says_so(plan):
    found = wording(plan, estimate(REACH, 0.67, 0.53, 0.79))
    assert not found.sentence("reach").endswith(STANDIN.en)
    said = plan.model_copy(
        update={"sentences": {"s": Sentence(en="{a|percent}", zh="{a|percent}", notebook="x")}}
    )
    made_up = estimate("a", 0.7, evidence="stand-in")
    assert wording(said, made_up).sentence("s") == "70%" + STANDIN.en


@pytest.mark.parametrize(
    ("estimates", "said"),
    [
        ((), r"title of fig-x names the estimate 'tiers\.reach\.township_or_below'"),
        ((estimate(REACH, nan),), r"title of fig-x can't be written: estimate '.*' is nan"),
    ],
)
def test_a_missing_or_nan_estimate_names_text_estimate_and_mend(plan, estimates, said):
    with pytest.raises(UserError, match=said) as caught:
        wording(plan, *estimates).text(MOST, place="title of fig-x")
    assert caught.value.mend


def test_words_follow_the_ledger_as_it_is_on_disk(plan):
    barely = estimate(REACH, 0.6, 0.5 + 1e-14, 0.7)
    assert wording(plan, barely).outcome("C1.front_line") == "inconclusive"


def test_verdict_and_outcome_have_the_words_that_they_have_everywhere():
    plan = load_plan(ROOT)
    claim = plan.claims["C2"]
    plan = plan.model_copy(update={"claims": {"C2": claim}})
    core = [test for test in claim.tests if test.role != "supplementary"]
    found = [estimate(test.estimate, value) for test, value in zip(core, (0.4, -0.1), strict=True)]
    text = Text("{C2|verdict}; {C2|strength}; {C2.two_masters|outcome}", "{C2|verdict}")
    said = wording(plan, *found).text_both(text)
    (judged,) = judge_claims(plan, {one.id: one for one in found})
    strength = judged.words(judged.strength, "en")
    sums = f"{VERDICT_WORDS['mixed'].en} (46 published averages)"
    assert said.en == f"{sums}; {strength}; {OUTCOME_WORDS['holds'].en}"
    assert said.zh == f"{VERDICT_WORDS['mixed'].zh}（46 个公布平均数）"


def test_an_estimate_that_decides_is_read_by_its_interval_not_its_value(plan):
    above = estimate(REACH, 0.6, 0.55, 0.65)
    wide = replace(above, ci_low=0.45)
    assert wording(plan, above).outcome("C1.front_line") == "holds"
    assert wording(plan, wide).outcome("C1.front_line") == "inconclusive"


def test_a_bound_is_judged_like_any_predicate(plan):
    above = Condition(estimate="a", predicate={"less_than": 0})
    changed = plan.model_copy(update={"conditions": {"below": above}})
    assert isinstance(above.predicate, Predicate)
    assert wording(changed, estimate("a", -1.0, -2.0, -0.5)).outcome("below") == "holds"


def test_an_exhibit_is_read_back_with_the_words_of_its_run_and_not_without(plan, tmp_path):
    exhibit = plan.exhibits["fig-tiers"].model_copy(update={"title": MOST})
    told = json.loads(Colophon.of(exhibit, {}, {}).json_bytes())
    filled = {"title": {"en": "Most of the lists (67%)", "zh": "多数名单（67%）"}}
    folder = tmp_path / "exhibits"
    folder.mkdir()
    (folder / "fig-tiers.csv").write_text("value\n1\n", encoding="utf-8")
    colophon = folder / "fig-tiers.json"
    colophon.write_text(json.dumps(told | filled), encoding="utf-8")
    assert read_recorded(tmp_path, exhibit, {}).exhibit.title.zh == "多数名单（67%）"
    del told["title"]
    colophon.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(UserError, match="its title was not recorded"):
        read_recorded(tmp_path, exhibit, {})
