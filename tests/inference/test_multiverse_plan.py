"""What `multiverse.yml` may say, and what the project's own says."""

from pathlib import Path

import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.multiverse import expand, run_multiverse
from compendium.inference.multiverse.words import MULTIVERSE_WORDS
from compendium.plan import load_multiverses, load_plan
from compendium.plan.multiverse import multiverse_words
from tests.inference import multiverse_cases as case

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "notebooks" / "plan"


@pytest.fixture(scope="module")
def plan():
    return load_plan(ROOT)


@pytest.fixture(scope="module")
def multiverses(plan):
    return load_multiverses(ROOT, plan)


def test_every_test_of_the_claims_has_a_multiverse_or_a_reason(plan, multiverses):
    assert set(multiverses) < set(plan.tests)
    survey = {name for name, test in plan.tests.items() if test.evidence == "survey"}
    assert survey <= set(multiverses)


def test_every_choice_has_reasons_in_both_languages_and_one_is_the_articles(multiverses):
    for plan in multiverses.values():
        universes = expand(plan)
        assert sum(universe.main for universe in universes) == 1
        assert len({tuple(universe.choices.items()) for universe in universes}) == len(universes)
        for decision in plan.decisions:
            for option in decision.options:
                assert option.why.en != option.why.zh


def test_excluded_combinations_do_not_occur(multiverses):
    universes = expand(multiverses["C4.sanctions_from_above"])
    pairs = {(u.choices["count_form"], u.choices["count_model"]) for u in universes}
    assert pairs == {("number", "nb2"), ("number", "quasi_poisson"), ("log", "linear")}


def test_the_survey_multiverse_has_two_thousand_universes(multiverses):
    assert len(expand(multiverses["C4.survey_pressure"])) > 2000


def test_words_of_choices_collide_with_no_other_words(plan, multiverses):
    words = multiverse_words(multiverses)
    assert not set(words) & {*plan.labels, *plan.notebooks, *plan.tests, *plan.claims}
    assert all(text.en != text.zh for text in MULTIVERSE_WORDS.values())


def test_stress_options_vary_one_at_a_time():
    stress = case.option("bad", False, "stress", columns=())
    one = case.decision(
        "one", "controls", case.option("a", True, columns=()), case.option("b", columns=()), stress
    )
    two = case.decision("two", "controls", case.option("a", True, columns=()), stress)
    found = expand(case.plan(one, two, base={"outcome": "y", "predictor": "x"}))
    assert [u.choices for u in found if u.admissibility == "stress"] == [
        {"one": "bad", "two": "a"},
        {"one": "a", "two": "bad"},
    ]
    assert len(found) == 4


ENTRY = """\
multiverses:
  - test: C5.attention
    data: prefectures
    cluster: province_code
    cluster_word: province
    base: {predictor: attention}
    decisions:
      - id: coding
        kind: outcome
        label: {en: Coding, zh: 编码}
        options:
          - {id: agreed, label: {en: Agreed, zh: 最终}, why: {en: w, zh: 由}, admissibility: equivalent, main: true, column: force}
          - {id: first, label: {en: First, zh: 第一}, why: {en: w, zh: 由}, admissibility: equivalent, column: force_1}
"""
FIRST = "{id: first, label: {en: First, zh: 第一}, why: {en: w, zh: 由}, admissibility: equivalent, column: force_1}"


@pytest.fixture
def read(plan, tmp_path):
    folder = tmp_path / "notebooks" / "plan"
    folder.mkdir(parents=True)
    others = "".join(
        f"  - {{test: {name}, why: {{en: w, zh: 由}}}}\n"
        for name in plan.tests
        if name != "C5.attention"
    )

    def read(text):
        (folder / "multiverse.yml").write_text(text + "without:\n" + others, encoding="utf-8")
        return load_multiverses(tmp_path, plan)

    return read


def test_a_sound_file_is_read(read):
    assert read(ENTRY)["C5.attention"].size == 2


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("C5.attention", "C5.nothing", 2, "unknown test 'C5.nothing'"),
        ("C5.attention", "C5.survey_demand", None, "stands here twice"),
        ("C5.attention", "C2.two_masters", None, "stands here twice"),
        ("kind: outcome", "kind: outcom", 9, "kind"),
        ("main: true, ", "", 8, "exactly one option is the article's own"),
        (FIRST, FIRST.replace("first", "agreed"), 13, "two options 'agreed'"),
        (FIRST, FIRST.replace(", column: force_1", ""), 8, "option 'first' needs 'column'"),
        (FIRST, FIRST.replace("column", "treat"), None, "treat"),
        (FIRST, FIRST.replace("force_1", "force_1, family: ols"), 8, "option 'first' of outcome has no 'family'"),
        (FIRST, FIRST.replace("equivalent", "fine"), 13, "admissibility"),
        (FIRST, FIRST.replace("why: {en: w, zh: 由}, ", ""), 13, "'why' is missing"),
        (FIRST, FIRST.replace("{en: w, zh: 由}", "{en: w}"), 13, "zh"),
        ("predictor: attention", "predictor: attention, outcome: force", 2, "the outcome is named twice"),
        ("predictor: attention", "controls: [digital]", 2, "the predictor is named nowhere"),
        ("predictor: attention", 'predictor: (mean), controls: [digital]', 2, "a mean has no controls"),
        ("cluster_word: province", "cluster_word: province\n    errors: CR9", 6, "errors"),
        ("cluster_word: province", "cluster_word: province\n    weigths: no", 6, "unknown key 'weigths'"),
        ("      - id: coding", "      - &again\n        id: coding", None, None),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(read, old, new, line, message):
    text = ENTRY.replace(old, new)
    assert text != ENTRY
    if message is None:
        assert read(text)
        return
    with pytest.raises(UserError, match=message.replace("(", r"\(")) as caught:
        read(text)
    assert line is None or caught.value.line == line


@pytest.mark.parametrize(
    ("exclusion", "message"),
    [
        ("{when: {coding: agreed}, why: {en: w, zh: 由}}", "excludes the article's own choices"),
        ("{when: {coding: third}, why: {en: w, zh: 由}}", "unknown option 'third' of 'coding'"),
        ("{when: {colour: red}, why: {en: w, zh: 由}}", "unknown decision 'colour'"),
        ("{when: {coding: first}}", "'why' is missing"),
    ],
)
def test_an_exclusion_names_what_exists_and_says_why(read, exclusion, message):
    with pytest.raises(UserError, match=message) as caught:
        read(f"{ENTRY}    excluded:\n      - {exclusion}\n")
    assert caught.value.line == 15


def test_a_test_without_direction_has_no_multiverse(plan, tmp_path):
    folder = tmp_path / "notebooks" / "plan"
    folder.mkdir(parents=True)
    text = ENTRY.replace("C5.attention", "C2.two_masters")
    others = "".join(
        f"  - {{test: {n}, why: {{en: w, zh: 由}}}}\n" for n in plan.tests if n != "C2.two_masters"
    )
    (folder / "multiverse.yml").write_text(text + "without:\n" + others, encoding="utf-8")
    with pytest.raises(UserError, match="predicts no direction"):
        load_multiverses(tmp_path, plan)


def test_a_test_that_is_forgotten_is_named(plan, tmp_path):
    folder = tmp_path / "notebooks" / "plan"
    folder.mkdir(parents=True)
    (folder / "multiverse.yml").write_text(ENTRY, encoding="utf-8")
    with pytest.raises(UserError, match="'C1\\.urbanization' has no multiverse and no reason why"):
        load_multiverses(tmp_path, plan)


def test_too_many_universes_are_refused(read):
    options = "".join(
        f"          - {{id: o{i}, label: {{en: o{i}, zh: 选{i}}}, why: {{en: w, zh: 由}}, admissibility: equivalent, "
        f"main: {'true' if i == 0 else 'false'}, columns: []}}\n"
        for i in range(40)
    )
    more = "".join(
        f"      - id: d{j}\n        kind: controls\n        label: {{en: d{j}, zh: 决{j}}}\n        options:\n{options}"
        for j in range(3)
    )
    with pytest.raises(UserError, match="128,000 universes are more than 50,000"):
        read(ENTRY + more)


def test_an_absent_column_is_named_with_those_there_are(multiverses, plan):
    frame = pd.DataFrame({"province_code": [1, 2], "force": [1.0, 2.0]})
    with pytest.raises(UserError, match="no prepared column"):
        run_multiverse(multiverses["C5.attention"], plan.tests["C5.attention"], frame)
