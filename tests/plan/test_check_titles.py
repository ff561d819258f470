"""A title says what was found, in words and a unit that fit; a mutation of one is named."""

import shutil
from pathlib import Path

import pytest

from compendium.errors import UserError, each_of
from compendium.plan import load_plan
from compendium.plan.directions import directions, wrong_words
from compendium.plan.templates import parse_template
from tests.plan import small

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path):
    shutil.copytree(ROOT / "notebooks" / "plan", tmp_path / "notebooks" / "plan")
    return tmp_path


def edit(project, old, new, name="exhibits.yml"):
    path = project / "notebooks" / "plan" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def told(project):
    with pytest.raises(UserError) as caught:
        load_plan(project)
    return [f"{Path(str(one.file)).name}: {one}" for one in each_of(caught.value)]


MUTATIONS = [
    # rose for fell, in each language and in each branch
    ("accidents [C1.major_accidents: rose|fell|", "accidents [C1.major_accidents: fell|fell|"),
    ("accidents [C1.major_accidents: rose|fell|", "accidents [C1.major_accidents: rose|rose|"),
    ("起数[C1.major_accidents: 上升|下降|", "起数[C1.major_accidents: 下降|上升|"),
    ("spending [C3.fiscal_gap: has exceeded|has not", "spending [C3.fiscal_gap: has not|has not"),
    ("收入占比：平均", "收入占比：平均"),
    ("answered [C5.load_mailbox: later|sooner|", "answered [C5.load_mailbox: sooner|later|"),
    ("答复[C5.load_mailbox: 更迟|更快|", "答复[C5.load_mailbox: 更快|更迟|"),
]


@pytest.mark.parametrize(("old", "new"), [pair for pair in MUTATIONS if pair[0] != pair[1]])
def test_words_that_say_the_reverse_of_their_outcome_are_named(project, old, new):
    edit(project, old, new)
    if "has not|has not" in new:
        edit(project, "has not|has not exceeded|", "has not exceeded|has exceeded|")
    assert any("says the reverse of the outcome of" in said for said in told(project))


def test_an_open_outcome_is_not_said_as_one_that_was_decided(project):
    edit(project, "rose|fell|show no clear trend] over", "rose|fell|rose] over")
    assert any("'rose' says the reverse" in said for said in told(project))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("|points} percentage points on average", "|points}% on average", "is not called so"),
        ("|points} 个百分点", "|points}%", "is not called so"),
        ("by {fiscal.gap.since_1995|points} per", "by {fiscal.gap.since_1995|percent} per", "is a"),
        (
            "(by {satisfaction.township.rise|points} p",
            "(by {satisfaction.township.rise|percent} p",
            "is a difference and is written as percent",
        ),
        (
            "of {tiers.reach.township_or_below|n} incidents with a complete list of those "
            "sanctioned, {tiers.reach.township_or_below|percent}",
            "of {tiers.reach.township_or_below|n} incidents with a complete list of those "
            "sanctioned, {tiers.reach.township_or_below|points} percentage points",
            "is a share and is written as points",
        ),
        (
            "{escalation.share.above|percent} of prefectures went",
            "{escalation.share.above|percent} percentage points of prefectures went",
            "so many percentage points",
        ),
    ],
)
def test_a_wrong_unit_is_named(project, old, new, said):
    plan = project / "notebooks" / "plan"
    files = [f for f in ("exhibits.yml", "sentences.yml") if old in (plan / f).read_text("utf-8")]
    edit(project, old, new, files[0])
    assert any(said in one for one in told(project))


def test_a_title_that_names_its_topic_only_is_named(project):
    en = "{escalation.share.above|percent} of prefectures went beyond their province"
    edit(project, en, "Prefectures and their provinces")
    edit(project, "{escalation.share.above|percent} 的地级市超出省级要求", "地级市与所在省")
    assert any("the title of fig-escalation names its topic" in said for said in told(project))


def test_a_message_is_not_called_descriptive(project):
    edit(project, "  - id: fig-escalation\n", "  - id: fig-escalation\n    descriptive: counts\n")
    assert any("fig-escalation is called descriptive" in said for said in told(project))


def test_a_reason_makes_a_topic_a_title_and_without_one_the_small_study_is_named(tmp_path):
    root = small.make_study(tmp_path)
    load_plan(root)
    small.change(root, "exhibits.yml", "    descriptive: a list\n", "")
    assert any("the title of tab-things names its topic" in said for said in told(root))


def test_a_missing_subtitle_and_sources_that_are_not_loaded_are_named(tmp_path):
    root = small.make_study(tmp_path)
    small.change(root, "exhibits.yml", "    subtitle: {en: Number of things, zh: 物的数目}\n", "")
    small.change(root, "exhibits.yml", "    note:", "    sources: [stars]\n    note:")
    found = told(root)
    assert any("tab-things has no subtitle" in said for said in found)
    assert any("names the source 'stars', which 01_first does not load" in said for said in found)


def test_a_notebook_of_several_tables_says_on_which_an_exhibit_rests(tmp_path):
    root = small.make_study(tmp_path)
    small.change(root, "exhibits.yml", "data: [things]", "data: [things, stars]")
    assert any("tab-things does not say its sources" in said for said in told(root))


def test_words_that_run_against_their_number_need_a_test_and_a_reason(project):
    edit(
        project, "  C7.survey_buffer: a positive", "  C7.survey_buffr: a positive", "sentences.yml"
    )
    found = told(project)
    assert any("'C7.survey_buffr' is no test and no condition" in said for said in found)
    assert any("the reverse of the outcome of 'C7.survey_buffer'" in said for said in found)


@pytest.mark.parametrize(
    ("lang", "words", "signs"),
    [
        ("en", "losses rose", {1}),
        ("en", "losses did not rise", {-1}),
        ("en", "at most half of those sanctioned", {-1}),
        ("en", "most of those sanctioned", {1}),
        ("en", "not in both groups do most of those sanctioned sit", {-1}),
        ("en", "a letter is later the fewer came before", {1, -1}),
        ("en", "at township tier or below", set()),
        ("zh", "起数上升", {1}),
        ("zh", "没有上升", {-1}),
        ("zh", "并非两类事件的被追责者都多数在乡镇街道及以下", {-1}),
        ("zh", "至多半数", {-1}),
        ("zh", "点名职责不清或协同失灵的最终报告属少数", {-1}),
        ("zh", "乡镇街道及以下", set()),
    ],
)
def test_which_way_words_point(lang, words, signs):
    assert directions(words, lang) == signs


@pytest.mark.parametrize(
    ("text", "sign", "wrong"),
    [
        ("[t: rose|did not rise|can't be told]", 1, None),
        ("[t: fell|did not rise|can't be told]", 1, "fell"),
        ("[t: rose|rose|can't be told]", 1, "rose"),
        ("[t: fell|rose|perhaps rose]", -1, None),
        ("[t: fell|rose|rose]", -1, "rose"),
        ("[t: is there|is not there|is open]", 1, None),
    ],
)
def test_words_are_held_against_the_direction_of_the_predicate(text, sign, wrong):
    assert wrong_words(parse_template(text).choices[0], sign, "en") == wrong
