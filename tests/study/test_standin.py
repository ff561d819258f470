"""The stand-in: reproducible, with the truth it was made from, and marked for what it is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium import cli
from compendium.errors import UserError
from compendium.measurement.items import scale_scores
from compendium.survey import load_survey
from compendium.survey.instrument import INSTRUMENT, load_instrument
from compendium.survey.load import OBSERVED_FILE, frame_of, make_standin, recipe, survey_state
from compendium.survey.screens import screen
from compendium.survey.store import EMPTY, arrow_table, content_sha256, read_about
from grassroots import draws
from grassroots.scales import answers_of
from grassroots.simulated import TRUTH, load_truth
from grassroots.standin import simulate

ROOT = Path(__file__).parents[2]
LARGE = 60_000
"""Respondents enough for standard errors near 0.01 where a county's part of a construct is small."""


@pytest.fixture(scope="module")
def instrument():
    return load_instrument(ROOT)


@pytest.fixture(scope="module")
def truth(instrument):
    return load_truth(ROOT, instrument)


@pytest.fixture(scope="module")
def large(instrument, truth):
    return simulate(instrument, truth.scaled(20), respondents=LARGE, keep_latents=True)


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "研究 one"
    for path in (INSTRUMENT, TRUTH):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes((ROOT / path).read_bytes())
    return root


def slopes_within(groups, y, *x):
    values = pd.DataFrame(np.column_stack([y, *x]))
    within = (values - values.groupby(groups).transform("mean")).to_numpy()
    return np.linalg.lstsq(within[:, 1:], within[:, 0], rcond=None)[0]


def test_same_seed_same_bytes_and_another_seed_others(project, instrument):
    paths = [project / name for name in ("a.parquet", "b.parquet", "c.parquet")]
    for path, seed in zip(paths, (None, None, 8), strict=True):
        make_standin(path, project, instrument, recipe(project, respondents=400, seed=seed))
    a, b, c = (path.read_bytes() for path in paths)
    assert a == b != c


def test_the_numbers_do_not_depend_on_how_the_work_is_cut_up(instrument, truth, monkeypatch):
    n = 2 * draws.BLOCK + 100
    one = simulate(instrument, truth, respondents=n, workers=1)
    many = simulate(instrument, truth, respondents=n, workers=3)
    assert content_sha256(arrow_table(instrument, one.columns)) == content_sha256(
        arrow_table(instrument, many.columns)
    )


def test_the_default_sample_is_nested_and_weighted(project):
    frame = load_survey(project, "standin").frame
    assert 2800 < len(frame) <= 3000
    counts = frame[["unit_id", "county_id", "province_id", "stratum"]].nunique().tolist()
    assert counts == [150, 50, 10, 3]
    assert frame.groupby("unit_id")["county_id"].nunique().max() == 1
    assert frame.groupby("county_id")["province_id"].nunique().max() == 1
    assert frame.groupby("province_id")["stratum"].nunique().max() == 1
    assert frame["weight"].min() > 0


def test_items_that_are_reversed_as_given_point_the_same_way_when_loaded(project, instrument):
    frame = load_survey(project, "standin").frame
    for name in instrument.reversed_items:
        scale = instrument.items_of(instrument.questions[name].scale)
        rest = frame[[other for other in scale if other != name]].mean(axis=1)
        assert frame[name].astype(float).corr(rest.astype(float)) > 0.2


def test_duplicates_straight_lines_and_missed_checks_are_in_the_file_and_left_out(project, truth):
    survey = load_survey(project, "standin")
    reasons = survey.dropped["reason"].value_counts()
    assert set(reasons.index) == {"duplicate", "attention", "straight_line"}
    assert survey.frame["respondent_id"].is_unique
    assert 4 <= reasons["duplicate"] <= 20
    expected = 3000 * (truth.careless.straight_line + truth.careless.random)
    assert reasons["attention"] + reasons["straight_line"] > 0.7 * expected


def test_structural_paths_are_those_of_the_truth(large, truth):
    latents = large.latents
    units = large.columns["unit_id"][: len(latents["marker"])]
    for name, latent in truth.latents.items():
        if not latent.paths:
            continue
        sources = [latents[source] for source in latent.paths]
        products = [latents[p.of[0]] * latents[p.of[1]] for p in latent.products]
        found = slopes_within(units, latents[name], *sources, *products)
        wanted = [*latent.paths.values(), *(product.effect for product in latent.products)]
        np.testing.assert_allclose(found, wanted, atol=0.015)


def test_imbalance_is_responsibility_less_power_and_has_unit_variance(large, truth):
    latents, rule = large.latents, truth.latents["imbalance"].difference
    difference = (latents["responsibility"] - latents["power"]) / rule.divided_by
    np.testing.assert_allclose(latents["imbalance"], difference)
    for name in truth.latents:
        assert 0.93 < latents[name].std() < 1.07, name


def test_loadings_and_thresholds_are_those_of_the_truth(large, instrument, truth):
    from scipy.stats import norm

    n = len(large.latents["top_down"])
    for name in ("td_1", "power_funds_2", "mark_2", "td_4"):
        item, answers = truth.items[name], large.columns[name][:n].astype(float)
        answers[answers < 1] = np.nan
        if instrument.questions[name].reversed:
            answers = 6 - answers
        ((source, loading),) = item.on.items()
        latent = (large.latents[source] - large.latents[source].mean()) / large.latents[
            source
        ].std()
        low = np.quantile(latent, 0.475) < latent
        middle = answers[low & (latent < np.quantile(latent, 0.525))]
        shares = [np.nanmean(np.where(np.isnan(middle), np.nan, middle > k)) for k in range(1, 5)]
        residual = np.sqrt(1 - loading**2)
        wanted = norm.sf(np.array(item.thresholds) / residual)
        np.testing.assert_allclose(shares, wanted, atol=0.05)


def test_units_counties_and_provinces_share_variance_as_stated(large, truth, instrument):
    level = pd.Series(large.columns["unit_id"][: len(large.latents["marker"])])
    for name in ("top_down", "collaboration"):
        values = pd.Series(large.latents[name])
        within = values.groupby(level).var().mean()
        assert within == pytest.approx(
            values.var() - sum(truth.latents[name].between.values()), abs=0.05
        )


def test_without_effects_nothing_is_related_but_parts_of_a_construct_are(instrument, truth):
    null = simulate(
        instrument, truth.scaled(20).without_effects(), respondents=LARGE, keep_latents=True
    )
    related = pd.DataFrame(null.latents)[
        ["top_down", "bottom_up", "line_block", "responsibility", "power", "burnout"]
    ].corr()
    assert np.abs(related.to_numpy() - np.eye(6)).max() < 0.06
    latents = null.latents
    assert np.corrcoef(latents["responsibility"], latents["responsibility_staff"])[0, 1] > 0.8


def test_without_effects_no_two_scales_go_together(instrument, truth):
    null = simulate(instrument, truth.scaled(20).without_effects(), respondents=LARGE)
    frame = frame_of(instrument, null.columns, screen(instrument, null.columns))
    answers = answers_of(frame, instrument)
    names = ("top_down", "bottom_up", "line_block", "burnout", "marker", "performance_warning")
    scales = {name: instrument.items_of(name) for name in names}
    related = scale_scores(answers, scales).corr().to_numpy()
    assert abs(related[np.triu_indices(len(names), 1)].mean()) < 0.01


def test_the_stand_in_without_effects_is_a_survey_to_run_on(project):
    null, usual = (load_survey(project, kind) for kind in ("standin-null", "standin"))
    assert (null.kind, null.evidence) == ("standin-null", "stand-in")
    assert null.source == recipe(project, null=True)
    assert null.sha256 != usual.sha256
    assert survey_state(project, "standin-null") != survey_state(project, "standin")
    assert usual.silent == ()
    with pytest.raises(UserError, match="unknown survey 'null'"):
        load_survey(project, "null")


def test_answers_are_missing_for_the_reasons_stated(large, instrument, truth):
    refused = instrument.non_response["refused"].code
    rate = {n: (large.columns[n] == refused).mean() for n in ("td_1", "mark_1")}
    assert rate["td_1"] > rate["mark_1"] > 0
    top_down, n = large.latents["top_down"], len(large.latents["top_down"])
    silent = large.columns["td_1"][:n] == refused
    assert top_down[silent].mean() > top_down.mean() + 0.15
    skipped = large.columns["has_partners"] == 0
    assert (large.columns["co_soc_1"][skipped] == EMPTY).all()
    assert (large.columns["incidents_n"][large.columns["had_incident"] == 0] == EMPTY).all()
    last = large.columns[instrument.items[-1]] == EMPTY
    assert last.mean() == pytest.approx(truth.missing.break_off, abs=0.005)


def test_background_is_refused_and_left_out_as_often_as_stated(large, instrument, truth):
    refused = instrument.non_response["refused"].code
    for name, share in truth.missing.background_refused.items():
        assert (large.columns[name] == refused).mean() == pytest.approx(share, abs=0.005), name
    left_out = (large.columns["unit_staff"] == EMPTY).mean()
    assert left_out == pytest.approx(truth.missing.unit_staff_left_out, abs=0.005)


def test_the_file_says_what_it_is_and_a_changed_truth_makes_it_anew(project):
    first = load_survey(project, "standin")
    path = project / "reports" / "survey" / "standin.parquet"
    assert read_about(path)["kind"] == "stand-in"
    assert read_about(path)["sha256"] == first.sha256
    written, state = path.stat().st_mtime_ns, survey_state(project, "standin")
    assert load_survey(project, "standin").sha256 == first.sha256
    assert path.stat().st_mtime_ns == written
    text = (project / TRUTH).read_text("utf-8")
    (project / TRUTH).write_text(text.replace("seed: 20241115", "seed: 7"), "utf-8")
    assert load_survey(project, "standin").sha256 != first.sha256
    assert survey_state(project, "standin") != state


def test_the_command_makes_what_is_asked_for_and_leaves_the_notebooks_stand_in_alone(
    project, capsys
):
    (project / "notebooks" / "plan").mkdir(parents=True)
    command = ["data", "--root", str(project), "standin", "--respondents", "200"]
    assert cli.main([*command, "--seed", "5", "--null"]) == 0
    assert cli.main([*command, "--scale", "2", "--out", str(project / "替身.csv")]) == 0
    made = sorted(path.name for path in (project / "reports" / "survey").iterdir())
    assert made == ["standin-n200-seed5-null.parquet"]
    said = capsys.readouterr().out
    assert "never evidence" in said
    assert "No notebook reads it" in said
    assert cli.main([*command[:4], "--null"]) == 0
    assert "grassroots run -p survey=standin-null" in capsys.readouterr().out
    frame = pd.read_csv(project / "替身.csv")
    assert 400 <= len(frame) < 410
    assert frame["unit_id"].nunique() > 200
    about = read_about(project / "reports" / "survey" / made[0])
    assert (about["source"]["null"], about["source"]["seed"]) == (True, 5)


def test_a_file_changed_by_hand_is_refused(project, instrument):
    import pyarrow.parquet as pq

    load_survey(project, "standin")
    path = project / "reports" / "survey" / "standin.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    with pytest.raises(UserError, match="not what was written"):
        load_survey(project, "standin")


def test_a_stand_in_in_the_place_of_the_observed_survey_is_refused(project, instrument):
    make_standin(project / OBSERVED_FILE, project, instrument, recipe(project, respondents=50))
    with pytest.raises(UserError, match="stand-in, not observed"):
        load_survey(project, "observed")


def test_without_an_observed_survey_one_line_says_what_to_do(project):
    with pytest.raises(UserError, match="grassroots data import"):
        load_survey(project, "observed")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("paths: {top_down: 0.20}", "paths: {burnout: 0.20}", "does not stand before it"),
        ("  mark_1: {'on'", "  mark_9: {'on'", "in the questionnaire, not in both"),
        ("break_off: 0.020", "break_off: 2.0", "less than or equal to 1"),
        ("method_loading: 0.15", "method_loadings: 0.15", "method_loading"),
        ("thresholds: [-1.60, -0.90", "thresholds: [-0.90, -1.60", "do not rise"),
    ],
)
def test_a_faulty_truth_is_refused_with_its_line(project, instrument, old, new, said):
    text = (project / TRUTH).read_text("utf-8")
    assert old in text
    (project / TRUTH).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(UserError) as caught:
        load_truth(project, instrument)
    assert said in str(caught.value)
    assert caught.value.line is not None
