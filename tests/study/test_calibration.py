"""Simulated truth: the batched answers are those of the notebooks, and known truths come back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from compendium.errors import UserError
from compendium.inference.diagnosis import diagnose
from compendium.inference.least_squares import Answers, county_sums, products, solve
from compendium.plan import load_plan
from compendium.plan.calibration import calibration_faults
from compendium.plan.predicates import Predicate
from compendium.plan.read import load_calibration_plan
from compendium.strict_yaml import load_strict
from compendium.survey.load import frame_of as loaded
from compendium.survey.screens import screen
from grassroots import scales as sc
from grassroots.calibration import calibrate, counties_needed, power_curve, read_setup
from grassroots.calibration.observed_tests import BUILDERS, observed_test
from grassroots.calibration.run import _survey_table
from grassroots.calibration.simulation import Setup, survey_conditions
from grassroots.calibration.survey_model import (
    Population,
    Size,
    Streams,
    Surveys,
    needed_by,
    with_effects,
    with_gap,
)
from grassroots.calibration.survey_tests import Settings, frame_of, one_by_one, survey_tests
from grassroots.standin import simulate

ROOT = Path(__file__).parents[2]
COLUMNS = ("value", "se", "ci_low", "ci_high")
SURVEY_TESTS = (
    "C3.survey_inversion",
    "C3.survey_every_domain",
    "C4.survey_pressure",
    "C5.survey_demand",
    "C6.survey_mediation",
    *(f"C7.survey_{phase}" for phase in sc.PHASES),
    "C7.survey_buffer",
    "C7.survey_match",
)


@cache
def setup() -> Setup:
    return read_setup(ROOT)


@cache
def surveys(counties: int, respondents: int) -> Surveys:
    strategies = survey_tests(setup().domains)
    scores = needed_by(score for test in strategies.values() for score in test.scores)
    population = Population(setup().instrument, setup().truth, scores)
    return population.draw(Size(counties, 3, respondents, min(10, counties)), 4, Streams(7))


@pytest.mark.parametrize("test", SURVEY_TESTS)
@pytest.mark.parametrize("size", [(50, 60), (9, 12)])
def test_the_batched_answer_is_that_of_the_notebooks_function(test: str, size: tuple) -> None:
    drawn, settings = surveys(*size), Settings(0.95, 100, 1, setup().domains)
    strategy = survey_tests(setup().domains)[test]
    batched = strategy.answer(drawn, settings)
    ordinary = one_by_one(strategy.ordinary, drawn, settings)
    for column in COLUMNS:
        found, wanted = getattr(batched, column), getattr(ordinary, column)
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)


def test_every_survey_test_of_the_plan_has_an_answer_and_every_observed_one_a_model() -> None:
    plan = setup().plan
    planned = {name for variation in plan.survey.variations for name in variation.tests}
    assert planned == set(SURVEY_TESTS) == set(survey_tests(setup().domains))
    assert {one.test for one in plan.observed} == set(BUILDERS)


def test_the_surveys_are_those_of_the_stand_ins_generator() -> None:
    """Many provinces, since a mean over ten of them says little."""
    truth = setup().truth
    many = {"provinces": 300, "counties": 300, "units": 900}
    spread = truth.model_copy(update={"design": truth.design.model_copy(update=many)})
    made = simulate(setup().instrument, spread, respondents=18_000, seed=3).columns
    frame = loaded(setup().instrument, made, screen(setup().instrument, made))
    theirs = sc.respondent_scores(frame, setup().instrument)
    names = (*sc.scales_of(setup().instrument), *sc.domains_of(setup().instrument), "collaboration")
    population = Population(setup().instrument, spread, needed_by((*names, "imbalance")))
    ours = frame_of(population.draw(Size(300, 3, 60, 300), 1, Streams(4)), 0)
    assert abs(len(ours) / 18_000 - len(theirs) / 18_000) < 0.006
    columns = [*names, "imbalance", "performance"]
    for name in columns:
        for what in (lambda f, name=name: f[name], lambda f, name=name: f[name].isna()):
            one, two = (
                what(f).groupby(f["county_id"]).mean().agg(["mean", "sem"]) for f in (ours, theirs)
            )
            assert abs(one["mean"] - two["mean"]) < 4 * np.hypot(one["sem"], two["sem"]), name
        assert ours[name].std() == pytest.approx(theirs[name].std(), rel=0.03), name
    difference = ours[columns].corr() - theirs[columns].corr()
    assert difference.abs().max().max() < 0.06


def test_no_effect_and_no_gap_are_what_they_say() -> None:
    truth, instrument = setup().truth, setup().instrument
    nothing = with_effects(truth, 0.0)
    drawn = simulate(instrument, nothing, respondents=500, seed=2).columns
    agreeing = {"method_loading": truth.method_loading}
    without = truth.without_effects().model_copy(update=agreeing)
    null = simulate(instrument, without, respondents=500, seed=2).columns
    assert all((drawn[name] == null[name]).all() for name in instrument.items)
    even = with_gap(truth, instrument, 0.0).items
    pairs = [(n, q.pair) for n, q in instrument.questions.items() if q.pair is not None]
    assert len(pairs) == 10
    assert all(even[one].thresholds == even[two].thresholds for one, two in pairs)
    assert with_gap(truth, instrument, 1.0).items["power_staff_1"] == truth.items["power_staff_1"]


def test_a_county_without_rows_adds_nothing() -> None:
    values = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
    starts = np.array([[0, 2, 2], [3, 3, 6]])
    wanted = [[3.0, 0.0, 4.0], [0.0, 56.0, 0.0]]
    np.testing.assert_array_equal(county_sums(values, starts), wanted)


def test_a_term_that_does_not_vary_within_counties_has_no_slope() -> None:
    rng = np.random.default_rng(5)
    y, x = rng.standard_normal((2, 1, 40))
    of_county = np.repeat(np.arange(4.0), 10)[None]
    found = products([y, x, of_county], np.arange(0, 40, 10)[None])
    flat = solve(found.within(), 0, (1, 2), found.spread()[:, 1:])
    assert np.isnan(flat.beta).all()
    absent = products([y, x, of_county * 0], np.arange(0, 40, 10)[None])
    left_out = solve(absent.within(), 0, (1, 2), absent.spread()[:, 1:])
    assert left_out.k == 1
    assert left_out.beta[0, 1] == 0


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.8])
def test_type_s_and_type_m_follow_from_the_normal_distribution(truth: float) -> None:
    """Gelman and Carlin (2014): one estimate with standard error 1."""
    draws, z = np.random.default_rng(1).standard_normal(400_000) + truth, special.ndtri(0.975)
    answers = Answers(draws, np.ones_like(draws), draws - z, draws + z)
    found = diagnose(answers, truth, Predicate("greater_than", 0.0))
    right, wrong = special.ndtr(truth - z), special.ndtr(-truth - z)
    density = stats.norm.pdf
    exaggerated = truth * (right - wrong) + density(z - truth) + density(z + truth)
    assert found.power == pytest.approx(right, abs=4 * found.power_mc)
    assert found.type_s == pytest.approx(wrong / (right + wrong), abs=4 * found.type_s_mc)
    assert found.type_m == pytest.approx(
        exaggerated / truth / (right + wrong), abs=4 * found.type_m_mc
    )
    assert found.coverage == pytest.approx(0.95, abs=4 * found.coverage_mc)
    assert abs(found.bias) < 4 * found.bias_mc
    assert np.isnan(found.size)


def test_at_the_bound_the_share_that_holds_is_the_size_and_there_is_no_sign_to_get_wrong() -> None:
    draws, z = np.random.default_rng(2).standard_normal(100_000), special.ndtri(0.975)
    answers = Answers(draws, np.ones_like(draws), draws - z, draws + z)
    found = diagnose(answers, 0.0, Predicate("less_than", 0.0))
    assert found.size == pytest.approx(0.025, abs=4 * found.size_mc)
    assert np.isnan([found.power, found.type_s, found.type_m]).all()


def test_samples_in_which_the_test_could_not_be_computed_are_counted_and_left_out() -> None:
    value = np.array([np.nan, 1.0, 3.0])
    found = diagnose(
        Answers(value, value, value - 1, value + 1), 2.0, Predicate("greater_than", 0.0)
    )
    assert (found.replications, found.failed) == (3, 1)
    assert (found.bias, found.bias_mc, found.sd) == pytest.approx((0, 1, 2**0.5))
    assert (found.se, found.se_mc) == pytest.approx((2, 1))
    assert found.holds == 0.5


def test_a_sample_without_a_standard_error_counts_in_all_but_the_mean_of_these() -> None:
    value, se = np.array([1.0, 3.0]), np.array([0.5, np.nan])
    found = diagnose(Answers(value, se, value - 1, value + 1), 2.0, Predicate("greater_than", 0.0))
    assert (found.replications, found.failed, found.se) == (2, 0, 0.5)
    assert np.isnan(found.se_mc)
    assert found.coverage == 1


def test_intervals_with_county_effects_hold_their_level_where_nothing_is_there() -> None:
    found = calibrate(
        setup(), replications=400, seed=3, tests=["C4.survey_pressure"], main=True
    ).survey
    null = found[found["effect"] == 0].iloc[0]
    assert abs(null["bias"]) < 4 * null["bias_mc"]
    assert null["coverage"] == pytest.approx(0.95, abs=4 * null["coverage_mc"])
    assert null["size"] == pytest.approx(0.025, abs=4 * np.sqrt(0.025 * 0.975 / 400))


def test_a_common_method_makes_collaboration_seem_to_help_where_it_does_not() -> None:
    """All items share a tendency to agree: the size of a test on two self-ratings is not nominal."""
    found = calibrate(
        setup(), replications=100, seed=3, tests=["C7.survey_response"], main=True
    ).survey
    null = found[found["effect"] == 0].iloc[0]
    assert null["bias"] > 4 * null["bias_mc"]
    assert null["size"] > 4 * 0.00625


def test_numbers_do_not_depend_on_which_other_tests_are_simulated() -> None:
    chosen = ["C4.survey_pressure", "C5.survey_demand", "C7.phases", "C6.line_block"]
    together = calibrate(setup(), replications=20, seed=5, tests=chosen, main=True)
    alone = [calibrate(setup(), replications=20, seed=5, tests=[t], main=True) for t in chosen]
    for name in ("survey", "observed"):
        parts = pd.concat([getattr(one, name) for one in alone])
        whole = getattr(together, name)
        keys = [k for k in ("test", "effect", "truth_set") if k in whole]
        pd.testing.assert_frame_equal(
            whole.sort_values(keys, ignore_index=True),
            parts.sort_values(keys, ignore_index=True),
            check_exact=True,
        )


def test_two_processes_and_one_give_the_same_bytes() -> None:
    chosen = ["C5.survey_demand", "C3.tier_other"]
    one, two = (
        calibrate(setup(), replications=120, seed=5, tests=chosen, main=True, jobs=jobs)
        for jobs in (1, 2)
    )
    assert one.survey.to_csv() == two.survey.to_csv()
    assert one.observed.to_csv() == two.observed.to_csv()


@pytest.mark.parametrize(
    ("test", "estimate"),
    [
        ("C1.front_line", "tiers.reach.township_or_below"),
        ("C1.fails_first", "phases.first.before_event"),
        ("C3.tier_adjusted", "tiers.model.mean_share"),
        ("C3.rank_dirichlet", "ranks.inspection.dirichlet.below_county"),
        ("C4.sanctions_from_above", "officials.nb2.higher_level"),
        ("C6.line_block", "named.final_report.duty_or_coordination"),
        ("C7.phases", "phases.gap_by_coordination"),
    ],
)
def test_the_fitted_models_are_those_of_the_notebook(test: str, estimate: str) -> None:
    ledger = pd.read_csv(ROOT / "reports" / "reference" / "estimates.csv", index_col="id")
    model = observed_test(test, setup().tables.__getitem__)
    assert model.fitted == pytest.approx(ledger.loc[estimate, "value"], rel=1e-6)


def test_lists_of_epidemics_and_of_others_are_the_early_notices_of_the_notebook() -> None:
    ledger = pd.read_csv(ROOT / "reports" / "reference" / "estimates.csv", index_col="id")
    for group in ("epidemic", "other"):
        n = ledger.loc[f"tiers.early_notice.{group}.township_or_below", "n"]
        assert observed_test(f"C3.tier_{group}", setup().tables.__getitem__).clusters == n


def test_inversion_is_a_gap_above_half_a_standard_deviation_of_a_sample() -> None:
    """Scores spread by 2, of three respondents by less if they were all there are."""
    scores = {sc.LOAD: np.array([[4.0, 6.0, 2.0]]), sc.MEANS: np.array([[3.0, 0.0, 3.0]])}
    kept, starts = np.ones((1, 3), dtype=bool), np.array([[0, 1]])
    drawn = Surveys(scores, kept, np.zeros((1, 3), np.int8), starts, ("town",))
    test = survey_tests(setup().domains)["C3.survey_inversion"]
    assert test.answer(drawn, Settings(0.95, 2, 1, setup().domains)).value == pytest.approx(1 / 3)


def test_the_same_scores_are_needed_in_the_same_order() -> None:
    assert needed_by("hcbgafedac") == tuple("abcdefgh")


def test_the_error_of_a_simulated_truth_is_that_of_its_mean() -> None:
    test = "C4.survey_pressure"
    (*_, tested), (*_, asked) = survey_conditions(setup(), [test], 20, main=True)
    answers = {
        asked.name: {test: Answers(*[np.array([1.0, 2.0, 4.0, 5.0])] * 4)},
        tested.name: {test: Answers(*[np.array([3.0, 3.0])] * 4)},
    }
    row = _survey_table(setup(), [tested], answers).iloc[0]
    assert row["truth"] == 3
    assert row["truth_mc"] == pytest.approx(np.sqrt(10 / 3 / 4))


def sampled(test: str, truth: float, samples: int) -> Answers:
    model = observed_test(test, setup().tables.__getitem__)
    return model.answers(np.random.default_rng(11), truth, 4, samples, 0.95)


TRUTHS: Mapping[str, Callable[[], float]] = {
    "C1.front_line": lambda: 0.6,
    "C3.tier_epidemic": lambda: 0.6,
    "C3.tier_adjusted": lambda: 0.6,
    "C3.rank_inspection": lambda: 0.6,
    "C3.rank_random_effects": lambda: 0.6,
    "C3.rank_dirichlet": lambda: 0.6,
    "C7.phases": lambda: 0.75,
}


@pytest.mark.parametrize("test", TRUTHS)
def test_the_truth_that_is_set_comes_back_from_many_copies(test: str) -> None:
    truth = TRUTHS[test]()
    values = sampled(test, truth, 40).value
    assert values.mean() == pytest.approx(truth, abs=4 * values.std(ddof=1) / np.sqrt(40))


def test_bounds_cover_the_prevalence_however_little_of_it_is_named() -> None:
    found = sampled("C6.line_block", 0.5, 100)
    assert ((found.ci_low <= 0.5) & (found.ci_high >= 0.5)).all()
    assert not (found.ci_low > 0.5).any(), "so little is named that the test can't hold"


def test_power_rises_with_the_survey_and_says_how_large_it_must_be() -> None:
    plan = setup().plan
    power = plan.survey.power.model_copy(
        update={"counties": (5, 20, 60), "tests": ("C4.survey_pressure", "C7.survey_buffer")}
    )
    survey = plan.survey.model_copy(update={"power": power})
    smaller = replace(setup(), plan=plan.model_copy(update={"survey": survey}))
    curve = power_curve(smaller, replications=100, seed=1)
    pressure = curve[curve["series"] == "C4.survey_pressure"]
    assert list(pressure["x"]) == [300, 1200, 3600]
    assert pressure["value"].is_monotonic_increasing
    assert ((curve["ci_low"] <= curve["value"]) & (curve["value"] <= curve["ci_high"])).all()
    enough, never = counties_needed(smaller, curve)["counties"]
    reached = pressure.loc[pressure["value"] >= power.target, "x"].min()
    assert enough * plan.survey.respondents == reached
    assert never is pd.NA, "a product this small is not found with 60 counties"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"tests": ["C9.none"]}, "not simulated"), ({"replications": 3}, "too few replications")],
)
def test_what_makes_no_sense_is_refused(wrong: dict, said: str) -> None:
    with pytest.raises(UserError, match=said):
        calibrate(setup(), **{"replications": 20, "seed": 1, **wrong})


def test_every_test_of_a_claim_is_simulated_or_left_out_with_a_reason() -> None:
    plan = load_plan(ROOT)
    found = load_calibration_plan(ROOT, plan)
    assert sorted(found.tests) == sorted(plan.tests)
    document = load_strict(ROOT / "notebooks" / "plan" / "calibration.yml")
    fewer = {name: test for name, test in plan.tests.items() if name != "C7.phases"}
    more = {**plan.tests, "C8.new": plan.tests["C7.phases"]}

    def told(tests):
        return [str(fault) for fault in calibration_faults(document, found, tests)]

    assert told(plan.tests) == []
    assert ["no claim has the test 'C7.phases'" in one for one in told(fewer)] == [True]
    assert ["'C8.new' is neither simulated nor" in one for one in told(more)] == [True]
