"""What a notebook may do with the study, and what it may not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter

from compendium.claims.ledger import read_ledger
from compendium.errors import UserError
from compendium.exhibits.arrange import points
from compendium.plan.sentences import Sentence
from compendium.root import find_root
from compendium.stats.tidy import Tidy
from compendium.study import Study
from compendium.text import LANGS, LANGUAGES, Text

ROOT = Path(__file__).parents[1]
POWERS = pd.DataFrame({"place": ["Hebei"], "handed_down": [5], "withdrawn": [4]}).assign(
    share_withdrawn=0.8
)


@pytest.fixture
def study(monkeypatch, tmp_path):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    monkeypatch.setenv("GRASSROOTS_STAGING", str(tmp_path / "暂 存"))
    return Study.open("02_context", lang="zh", level=0.9)


def test_a_table_must_be_declared(study):
    assert len(study.load("series")) == study.tables["series"].rows
    with pytest.raises(UserError, match="loads the table 'incidents' without declaring it"):
        study.load("incidents")


def test_an_exhibit_belongs_to_its_notebook(study):
    with pytest.raises(UserError, match="no exhibit 'fig-tiers' for 02_context"):
        study.show("fig-tiers", pd.DataFrame())


def test_an_estimate_is_recorded_once_and_in_both_languages(study):
    study.record("a.b", Tidy("x", 0.5), en="share", zh="比例", dataset="series")
    with pytest.raises(UserError, match="recorded twice"):
        study.record("a.b", Tidy("x", 0.5), en="share", zh="比例", dataset="series")
    shown = study.close()
    assert shown.shown["zh"].loc[0, "估计对象"] == "比例"
    assert shown.shown["en"].loc[0, "estimand"] == "share"
    ledger = read_ledger(study.staging / "ledger" / "02_context.csv")
    assert ledger["a.b"].words("en") == "share"
    assert ledger["a.b"].notebook == "02_context"


def test_words_ids_and_data_of_an_estimate_come_from_the_plan(study):
    waves = {wave: Tidy("difference", 0.1) for wave in ("2003", "2016")}
    study.record("satisfaction.central_minus_township.{wave}", waves)
    found = study.estimates["satisfaction.central_minus_township.2016"]
    assert found.estimand.endswith("township government, 2016")
    assert found.estimand_zh == "2016 年对中央与对乡镇政府满意比例之差"
    assert (found.dataset, found.evidence) == ("satisfaction_by_tier", "observed")


def test_a_wider_pattern_stands_for_the_narrowest_entries_that_its_keys_lead_to(monkeypatch):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    study = Study.open("03_accountability")
    line = Tidy("share", 0.4)
    by_source = {source: {"rank_county": line} for source in ("inspection", "discipline")}
    study.record("ranks.{source}.{rank}", by_source)
    assert {name: one.dataset for name, one in study.estimates.items()} == {
        "ranks.inspection.rank_county": "inspection_accountability",
        "ranks.discipline.rank_county": "discipline_by_rank",
    }
    by_model = {model: {"rho": line} for model in ("share_model", "rank_model")}
    study.record("dispersion.{model}.{quantity}", by_model)
    assert study.estimates["dispersion.share_model.rho"].dataset == "incidents"
    ranks = study.estimates["dispersion.rank_model.rho"]
    assert ranks.dataset == "inspection_accountability"
    assert ranks.estimand == f"{study.word('rank_model').en}: {study.word('rho').en}"
    with pytest.raises(UserError, match="no words for the estimates"):
        study.record("ranks.{source}.{rank}", {"elsewhere": {"rank_county": line}})


def test_a_plain_number_is_recorded_by_the_formula_of_its_entry(study):
    study.record("duties.own", 12, n=1)
    study.record("satisfaction.central_minus_township.{wave}", {"2003": 0.1, "2016": 0.2}, n=2)
    own = study.estimates["duties.own"]
    assert (own.value, own.n, own.term) == (12.0, 1, "count")
    assert own.method_in("en").endswith(": published national averages")
    assert "已发布的全国平均数" in own.method_in("zh")
    assert study.estimates["satisfaction.central_minus_township.2016"].value == 0.2
    with pytest.raises(UserError, match="does not say how 'context"):
        study.record("context.major_accidents.tau", 0.3, n=20)


def test_the_parameters_of_a_cell_are_those_that_the_plan_knows(monkeypatch):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    cell = {"lang": "zh", "level": 0.9, "weighted": False, "rows": 3, "np": np}
    study = Study.open("09_imbalance", cell)
    assert (study.lang, study.parameters) == ("zh", {"level": 0.9, "weighted": False})


def test_the_level_travels_inside_the_study(study):
    assert study.level == 0.9
    assert Study.open("03_accountability").level == 0.95


def test_whole_results_are_recorded_term_by_term(study):
    def lines(**values):
        return {name: Tidy(name, value) for name, value in values.items()}

    accountability = Study.open("03_accountability", lang="zh", level=0.9)
    accountability.record(
        "officials.{model}.{term}",
        {"nb2": lines(higher_level=1.2, log_deaths=1.1), "nb2_truncated": lines(final_report=2.0)},
    )
    assert list(accountability.estimates) == [
        "officials.nb2.higher_level",
        "officials.nb2.log_deaths",
        "officials.nb2_truncated.final_report",
    ]
    word = accountability.word("final_report")
    estimate = accountability.estimates["officials.nb2_truncated.final_report"]
    assert word.zh in estimate.estimand_zh


@pytest.mark.parametrize(
    ("name", "results", "more", "problem"),
    [
        (
            "fiscal.gap.since_1996",
            Tidy("x", 1.0),
            {},
            "no words .* or write 'fiscal.gap.since_1995'",
        ),
        ("fiscal.gap.since_1995", {"a": Tidy("x", 1.0)}, {}, "1 parts in their keys, the id 0"),
        ("fiscal.gap.since_1995", Tidy("x", 1.0), {"model": "a"}, "do not know 'model'"),
        ("fiscal.gap.since_1995", 0.5, {}, "a float is no result"),
    ],
)
def test_results_that_do_not_fit_the_plan_are_refused(study, name, results, more, problem):
    with pytest.raises(UserError, match=problem):
        study.record(name, results, **more)


def test_a_slot_that_is_not_in_the_id_must_be_named(study):
    imbalance = Study.open("09_imbalance", survey="standin")
    imbalance.survey()
    with pytest.raises(UserError, match="need 'model'"):
        imbalance.record("survey.imbalance.{term}", {"top_down": Tidy("x", 0.5)})


def test_only_a_notebook_that_declares_it_reads_the_ledger(study):
    with pytest.raises(UserError, match="reads the ledger without declaring it"):
        study.claims()


def test_what_rests_on_a_stand_in_says_so_whatever_the_notebook_says(study, monkeypatch):
    survey = Study.open("09_imbalance", survey="standin", level=0.95)
    loaded = survey.survey()
    found = survey.record("a.b", Tidy("x", 0.5), en="share", zh="比例", dataset="survey_responses")
    assert (loaded.evidence, found.evidence) == ("stand-in", "stand-in")
    share = {"en": "share", "zh": "比例", "dataset": "survey_responses"}
    survey.record(
        "survey.inversion.share", Tidy("x", 0.6, ci_low=0.55, ci_high=0.65, level=0.95), **share
    )
    sides = {"category": ["domain:funds"] * 2, "part": ["agreement", "power_greater"]}
    survey.show("fig-sides", pd.DataFrame(sides | {"value": [0.5, 0.5]}))
    told = json.loads((survey.staging / "exhibits" / "fig-sides.json").read_text("utf-8"))
    assert told["evidence"] == ["stand-in"]
    assert told["data"] == {"survey_responses": loaded.sha256}


def test_the_survey_is_loaded_where_it_is_declared_and_before_anything_else(study):
    with pytest.raises(UserError, match="can't load the survey"):
        study.survey()
    survey = Study.open("09_imbalance", survey="standin")
    with pytest.raises(UserError, match="rest on the survey"):
        survey.show("fig-sides", pd.DataFrame())
    survey.record("a.b", Tidy("x", 0.5), en="share", zh="比例", dataset="survey_responses")
    with pytest.raises(UserError, match="before anything is recorded"):
        survey.survey()


def test_there_is_no_observed_survey_until_one_is_imported(study):
    with pytest.raises(UserError, match="no observed survey"):
        Study.open("09_imbalance", survey="observed").survey()


def record_median(study):
    """Record what the title of tab-powers states."""
    words = {"en": "Median share", "zh": "中位比例", "dataset": "series"}
    study.record("powers.share_withdrawn.median", Tidy("x", 0.5, n=3), **words)


def test_opened_by_hand_it_writes_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    monkeypatch.delenv("GRASSROOTS_STAGING", raising=False)
    monkeypatch.chdir(tmp_path)
    study = Study.open("02_context")
    record_median(study)
    powers = {"place": ["Beijing"], "handed_down": [10.0], "withdrawn": [5.0]}
    shown = study.show("tab-powers", pd.DataFrame(powers | {"share_withdrawn": [0.5]}))
    study.close()
    assert "50.0%" in shown._repr_html_()
    assert list(tmp_path.iterdir()) == []


def test_every_claim_test_and_exhibit_has_words_in_both_languages(study):
    for name in (*study.plan.claims, *study.plan.tests, *study.plan.notebooks, *study.tables):
        word = study.word(name)
        assert word.en != word.zh


def test_unknown_notebook_and_language_are_refused(monkeypatch):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    with pytest.raises(UserError, match="no notebook '99_none'"):
        Study.open("99_none")
    with pytest.raises(UserError, match="unknown language 'fr'"):
        Study.open("02_context", lang="fr")


def test_the_project_is_found_upward(tmp_path):
    assert find_root(start=ROOT / "notebooks" / "plan") == ROOT
    with pytest.raises(UserError, match="nor in a folder above"):
        find_root(start=tmp_path)
    with pytest.raises(UserError, match="notebooks/plan is not here"):
        find_root(ROOT / "src")


def test_external_data_must_be_declared_and_may_be_absent(monkeypatch, tmp_path):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", str(tmp_path))
    with pytest.raises(UserError, match="without declaring it"):
        Study.open("02_context").external("covid19policy_cn")
    study = Study.open("05_escalation", lang="zh")
    assert study.external("covid19policy_cn") is None
    assert "外部数据缺失" in study.about("covid19policy_cn").text
    assert "External data absent" in Study.open("05_escalation").about("covid19policy_cn").text


def test_own_parameters_say_how_to_make_their_run_official(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    monkeypatch.delenv("GRASSROOTS_STAGING", raising=False)
    Study.open("03_accountability", level=0.95)
    assert capsys.readouterr().err == ""
    Study.open("03_accountability", level=0.9)
    said = capsys.readouterr().err
    assert "differ from the default profile: level 0.9 (default 0.95)" in said
    assert "`grassroots run 03_accountability -p level=0.9`" in said
    Study.open("03_accountability", lang="zh", level=0.9)
    assert "`grassroots run 03_accountability -p level=0.9 --lang zh`" in capsys.readouterr().err
    monkeypatch.setenv("GRASSROOTS_STAGING", str(tmp_path))
    Study.open("03_accountability", level=0.9)
    assert capsys.readouterr().err == ""


def test_the_words_of_an_exhibit_are_kept_as_they_were_filled(study):
    record_median(study)
    study.show("tab-powers", POWERS)
    told = json.loads((study.staging / "exhibits" / "tab-powers.json").read_text("utf-8"))
    said = "In the median of 3 places 50% of the powers handed down were later withdrawn"
    assert told["title"]["en"] == said


def test_a_title_waits_for_the_estimate_that_it_states(study):
    share = Text("{duties.not_own_share|percent}", "{duties.not_own_share|percent}")
    study.plan.exhibits["tab-powers"] = study.plan.exhibits["tab-powers"].model_copy(
        update={"title": share}
    )
    with pytest.raises(UserError, match="title of tab-powers names the estimate"):
        study.show("tab-powers", POWERS)
    study.record("duties.not_own_share", Tidy("x", 0.66), en="s", zh="比", dataset="series")
    study.show("tab-powers", POWERS)
    told = json.loads((study.staging / "exhibits" / "tab-powers.json").read_text("utf-8"))
    assert told["title"]["zh"] == "66%"


def test_a_title_longer_than_its_place_is_refused(study):
    long = Text("A title that goes on " * 20, "题")
    study.plan.exhibits["tab-powers"] = study.plan.exhibits["tab-powers"].model_copy(
        update={"title": long}
    )
    with pytest.raises(UserError, match=r"title of tab-powers in language 'en' takes \d lines"):
        study.show("tab-powers", POWERS)


def test_a_notebook_says_its_own_sentences_only(study):
    study.plan.sentences["mine"] = Sentence(en="{a|n}", zh="{a|n} 起", notebook="02_context")
    study.plan.sentences["other"] = Sentence(en="So.", zh="如此。", notebook="03_accountability")
    study.record("a", Tidy("x", 0.66, n=7), en="s", zh="比", dataset="series")
    assert repr(study.say("mine")) == "7 起"
    with pytest.raises(UserError, match="belongs to 03_accountability"):
        study.say("other")
    with pytest.raises(UserError, match="there is no sentence 'none'"):
        study.say("none")


def test_an_exhibit_is_shown_before_the_sentence_below_it(study, capsys):
    study.plan.sentences["mine"] = Sentence(en="So.", zh="如此。", notebook="02_context")
    study.record("powers.share_withdrawn.median", 0.8, n=1)
    assert repr(study.show("tab-powers", POWERS, say="mine")) == "如此。"
    assert capsys.readouterr().err == "table tab-powers\n"
    with pytest.raises(UserError, match="there is no sentence 'none'"):
        study.show("tab-powers", POWERS, say=["mine", "none"])


@pytest.fixture
def robust(monkeypatch, tmp_path):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    monkeypatch.setenv("GRASSROOTS_STAGING", str(tmp_path))
    return Study.open("11_robustness", survey="standin", level=0.95)


def shares(*tests):
    rows = [
        {"claim": "C4", "test": test, "evidence": "observed", "main": "holds"} for test in tests
    ]
    counts = dict.fromkeys(("universes", "failed", "changes"), 1)
    values = dict.fromkeys(
        ("holds", "inconclusive", "fails", "holds_equivalent", "lowest", "median", "highest"), 0.5
    )
    return pd.DataFrame([row | counts | values for row in rows])


def test_where_evidence_is_mixed_each_exhibit_has_its_own(robust):
    robust.survey()
    robust.load("incidents")
    robust.show("tab-multiverse", shares("C4.survey_pressure", "C7.phases"))
    told = json.loads((robust.staging / "exhibits" / "tab-multiverse.json").read_text("utf-8"))
    assert told["evidence"] == ["observed", "stand-in"]
    assert set(told["data"]) == {"incidents", "survey_responses"}
    failed = {"test": ["C7.phases"], "reason": ["reason:no_rows"], "detail": ["x"]}
    robust.show("tab-universes-failed", pd.DataFrame(failed | {"size": [1], "universes": [2]}))
    told = json.loads(
        (robust.staging / "exhibits" / "tab-universes-failed.json").read_text("utf-8")
    )
    assert told["evidence"] == ["observed"]
    assert set(told["data"]) == {"incidents"}


def test_a_survey_test_is_not_shown_as_observed(robust):
    robust.survey()
    failed = {"test": ["C4.survey_pressure"], "reason": ["reason:no_rows"], "detail": ["x"]}
    with pytest.raises(
        UserError, match=r"shows the test C4\.survey_pressure, which rests on survey"
    ):
        robust.show("tab-universes-failed", pd.DataFrame(failed | {"size": [1], "universes": [2]}))
    with pytest.raises(UserError, match="rests on external"):
        robust.show("tab-multiverse", shares("C5.attention"))


def test_a_test_on_shipped_data_may_stand_among_external_ones_and_not_the_other_way(robust):
    robust.survey()
    robust.show("tab-multiverse-external", shares("C4.escalation_common", "C5.attention"))
    told = json.loads(
        (robust.staging / "exhibits" / "tab-multiverse-external.json").read_text("utf-8")
    )
    assert told["evidence"] == ["external"]
    with pytest.raises(UserError, match="rests on survey"):
        robust.show("tab-multiverse-external", shares("C4.survey_pressure"))


def test_survey_estimates_are_not_called_observed(robust):
    with pytest.raises(UserError, match="not loaded"):
        robust.record("a", Tidy("x", 1.0), en="e", zh="值", dataset="incidents", evidence="survey")
    robust.survey()
    words = {"en": "estimate", "zh": "估计"}
    own = robust.record("a", Tidy("x", 1.0), **words, dataset="incidents", evidence="observed")
    its = robust.record("b", Tidy("x", 1.0), **words, dataset="survey_responses", evidence="survey")
    assert (own.evidence, its.evidence) == ("observed", "stand-in")
    assert robust.record("c", Tidy("x", 1.0), **words, dataset="x").evidence == "stand-in"
    with pytest.raises(UserError, match="the survey that is loaded is stand-in, not observed"):
        robust.record("d", Tidy("x", 1.0), **words, dataset="survey_responses", evidence="observed")
    assert robust.evidence_of(["C7.phases", "C4.survey_pressure"]) == {
        "C7.phases": "observed",
        "C4.survey_pressure": "stand-in",
    }


def test_only_a_notebook_that_declares_it_uses_the_multiverse(study, robust):
    with pytest.raises(UserError, match="uses the multiverse without declaring it"):
        study.multiverses()
    assert "C7.phases" in robust.multiverses()


def test_a_line_that_can_not_be_and_words_in_one_language_are_refused(study):
    words = {"en": "share", "zh": "比例", "dataset": "series"}
    for line in (Tidy("x", 0.5, p=1.3), Tidy("x", 0.5, p=-0.1), Tidy("x", 0.5, n=-9)):
        with pytest.raises(UserError, match="outside 0 and 1 or a number of rows below 0"):
            study.record("a.b", line, **words)
    with pytest.raises(UserError, match="words in one language only"):
        study.record("a.b", Tidy("x", 0.5), en="share", dataset="series")


def _shown(lang):
    """What cells show of a study that is opened with a language: the publisher's data of each."""
    format_ = DisplayFormatter().format
    context, surveys = (
        Study.open("02_context", lang=lang, level=0.95),
        Study.open("07_published_surveys", lang=lang),
    )
    record_median(context)
    for name in ("usable", "mismatch"):
        surveys.record(f"surveys.samples.{name}", Tidy("count", 5.0, n=9))
    title = {"title": Text("Satisfied", "满意")}
    figure = context.plan.exhibits["fig-satisfaction"].model_copy(update=title)
    context.plan.exhibits["fig-satisfaction"] = figure
    satisfied = points({("township", "2003"): Tidy("s", 0.4, ci_low=0.3, ci_high=0.5, level=0.95)})
    shown = (
        context.show("tab-powers", POWERS),
        context.show("fig-satisfaction", satisfied),
        context.about_set_aside(["township"]),
        context.about_absorbed(["township"]),
        Study.open("05_escalation", lang=lang).about("covid19policy_cn"),
        surveys.say("survey-samples"),
        surveys.close(),
    )
    return [format_(one) for one in shown]


def test_what_one_run_shows_is_what_each_language_shows_by_hand(monkeypatch, tmp_path):
    monkeypatch.setenv("GRASSROOTS_ROOT", str(ROOT))
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", str(tmp_path))
    monkeypatch.setenv("GRASSROOTS_STAGING", str(tmp_path / "staging"))
    run = _shown("en")
    monkeypatch.delenv("GRASSROOTS_STAGING")
    assert _shown("en") == [
        (data, {key: told for key, told in metadata.items() if key != LANGUAGES})
        for data, metadata in run
    ]
    others = [metadata[LANGUAGES] for _, metadata in run]
    assert _shown("zh") == [(other["zh"]["data"], other["zh"]["metadata"]) for other in others]
    assert all(other["zh"]["data"] != data for other, (data, _) in zip(others, run, strict=True))
    names = {p.relative_to(tmp_path / "staging").as_posix() for p in tmp_path.rglob("*.*")}
    for lang in LANGS:
        assert {f"{lang}/tables/tab-powers.html", f"{lang}/figures/fig-satisfaction.png"} <= names


def test_the_rows_of_a_table_are_recorded_where_it_is_shown():
    data = Study.open("01_data", level=0.9)
    data.load("incidents")
    frame = pd.DataFrame({"category": ["deaths", "province"], "value": [0.25, 1.0], "n": [8, 8]})
    data.show("fig-missing", frame, record="known.{category}")
    deaths = data.estimates["known.deaths"]
    assert (deaths.value, deaths.n, deaths.term) == (0.25, 8, "share")
    assert deaths.estimand == "Share of incidents of which it is known: deaths"
    with pytest.raises(UserError, match="does not say how 'coding"):
        data.show("fig-missing", frame, record="coding.{measure}")
