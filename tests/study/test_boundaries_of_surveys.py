"""Scores, made-up answers and the calibration where a number lies on a line."""

import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compendium.errors import UserError
from compendium.measurement.answers import MIN_ROWS
from compendium.survey import load_instrument
from compendium.survey.instrument import INSTRUMENT
from compendium.survey.load import frame_of
from compendium.survey.store import EMPTY
from grassroots import scales as sc
from grassroots.calibration import calibrate, counties_needed, read_setup
from grassroots.calibration.observed_tests import _beta_counts
from grassroots.calibration.simulation import Setup
from grassroots.calibration.survey_model import (
    Population,
    Size,
    Streams,
    Surveys,
    _Drawing,
    picked,
)
from grassroots.calibration.survey_tests import Settings, survey_tests
from grassroots.calibration.tables import AS_ASKED, TOO_LITTLE, TOO_OFTEN, reading
from grassroots.draws import pick
from grassroots.simulated import TRUTH, load_truth
from grassroots.standin import simulate
from grassroots.survey_tables import screen_rows, screens_without

ROOT = Path(__file__).parents[2]


@cache
def setup() -> Setup:
    return read_setup(ROOT)


def test_performance_needs_three_of_the_four_phases():
    instrument = setup().instrument
    made = simulate(instrument, setup().truth, respondents=40, seed=2)
    frame = frame_of(instrument, made.columns).head(40)
    for row in range(5):
        for number, phase in enumerate(sc.PHASES):
            given = number + 1 if number < row else pd.NA
            frame.loc[row, list(instrument.items_of(f"performance_{phase}"))] = given
    found = sc.respondent_scores(frame, instrument)["performance"].head(5)
    np.testing.assert_equal(found.tolist(), [np.nan, np.nan, np.nan, 2, 2.5])


def test_a_kind_with_thirty_complete_rows_can_be_compared():
    counts = {"town": MIN_ROWS, "village": MIN_ROWS - 1, "street": MIN_ROWS + 1}
    assert MIN_ROWS == 30
    kinds = pd.Series([kind for kind, n in counts.items() for _ in range(n)], dtype="category")
    rows = pd.DataFrame({"a": 1.0, "b": 2.0}, index=range(len(kinds)))
    kept, small = sc.comparable(rows, {"f": ("a", "b")}, kinds)
    assert small == ("village",)
    assert kept.tolist() == (kinds != "village").tolist()
    rows.loc[0, "b"] = np.nan
    assert sc.comparable(rows, {"f": ("a", "b")}, kinds)[1] == ("town", "village")


def test_a_screen_that_judged_nobody_is_named_and_not_shown():
    names = ["longstring", "speed", "attention"]
    summary = {"judged": [0, 1, 90], "flagged": [0, 1, 9], "share": [np.nan, 1.0, 0.1]}
    found = SimpleNamespace(summary=pd.DataFrame({"screen": names, **summary}))
    rows = screen_rows(pd.DataFrame({"reason": ["duplicate"] * 5}), 100, found)
    assert rows["category"].tolist() == ["duplicate", "speed"]
    assert screens_without(found) == ("longstring",)


@pytest.fixture
def project(tmp_path):
    for path in (INSTRUMENT, TRUTH):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    return tmp_path


SIZES = "  units: 150\n  counties: 50\n  provinces: 10\n"


@pytest.mark.parametrize(
    ("units", "counties", "provinces", "right"),
    [
        (50, 50, 10, True),
        (49, 50, 10, False),
        (150, 10, 10, True),
        (150, 9, 10, False),
        (10, 10, 10, True),
    ],
)
def test_a_county_may_be_one_unit_and_a_province_one_county(
    project, units, counties, provinces, right
):
    text = (project / TRUTH).read_text("utf-8")
    assert SIZES in text
    sizes = f"  units: {units}\n  counties: {counties}\n  provinces: {provinces}\n"
    (project / TRUTH).write_text(text.replace(SIZES, sizes), "utf-8")
    instrument = load_instrument(project)
    if right:
        assert load_truth(project, instrument).design.units == units
    else:
        with pytest.raises(UserError, match="fewer units than counties or provinces"):
            load_truth(project, instrument)


@pytest.mark.parametrize(("method", "right"), [("0.98", True), ("1.0", False)])
def test_loadings_must_leave_some_variance(project, method, right):
    """The items rest on the method alone."""
    text = re.sub(r"('on': )\{[^}]*\}", r"\1{}", (project / TRUTH).read_text("utf-8"))
    assert "method_loading: 0.15" in text
    text = text.replace("method_loading: 0.15", f"method_loading: {method}")
    (project / TRUTH).write_text(text, "utf-8")
    instrument = load_instrument(project)
    if right:
        assert load_truth(project, instrument).method_loading == 0.98
    else:
        with pytest.raises(UserError, match="leave no variance"):
            load_truth(project, instrument)


def all_break_off():
    """Everyone stops somewhere, and nothing else is missing."""
    truth, none = setup().truth, {"probability": 0.0, "scales": {}}
    missing = truth.missing.model_copy(
        update={
            "break_off": 1.0,
            "refused": truth.missing.refused.model_copy(update=none),
            "not_applicable": truth.missing.not_applicable.model_copy(update=none),
        }
    )
    background = truth.background.model_copy(
        update={"units_with": dict.fromkeys(truth.background.units_with, 1.0)}
    )
    return truth.model_copy(
        update={"missing": missing, "background": background, "duplicates": 0.0}
    )


def test_who_breaks_off_has_answered_the_first_item_and_not_the_last():
    instrument = setup().instrument
    made = simulate(instrument, all_break_off(), respondents=600, seed=1)
    given = np.column_stack([made.columns[name] != EMPTY for name in instrument.items])
    assert given[:, 0].all()
    assert not given[:, -1].any()
    assert given[:, -2].any()
    assert (np.diff(given.astype(int), axis=1) <= 0).all()


def drawn(monkeypatch, *scores, **fixed):
    """Four surveys of 60 with some of the drawn arrays set to one value for all."""
    for name, value in fixed.items():
        monkeypatch.setattr(_Drawing, name, value)
    truth = all_break_off()
    careless = truth.careless.model_copy(
        update={"straight_line": 0.0, "random": 0.0, "attention_slip": 0.0}
    )
    population = Population(
        setup().instrument, truth.model_copy(update={"careless": careless}), scores
    )
    return population.draw(Size(5, 3, 12, 5), 4, Streams(7))


@pytest.mark.parametrize(("answered", "known"), [(0, False), (1, False), (2, True), (4, True)])
def test_half_of_the_items_before_the_stop_make_a_score(monkeypatch, answered, known):
    items = setup().instrument.items_of("bottom_up")
    assert len(items) == 4
    stop = list(setup().instrument.items).index(items[0]) + answered
    found = drawn(
        monkeypatch, "bottom_up", _stops=lambda self: np.full(self.N, stop, np.int16)
    ).scores["bottom_up"]
    assert (~np.isnan(found)).all() if known else np.isnan(found).all()


@pytest.mark.parametrize(("step", "chance", "there"), [(0, 0, True), (7, 8, False), (8, 8, True)])
def test_an_item_is_answered_from_its_chance_of_no_answer_on(monkeypatch, step, chance, there):
    found = drawn(
        monkeypatch,
        "bottom_up",
        _stops=lambda self: np.full(self.N, 1000, np.int16),
        _steps=lambda self, _: np.full(self.N, step, np.uint16),
        _chances=lambda self, _: {"bottom_up": np.full(self.N, chance, np.uint16)},
    ).scores["bottom_up"]
    assert (~np.isnan(found)).all() if there else np.isnan(found).all()


def test_performance_of_a_simulated_row_needs_three_phases(monkeypatch):
    items = list(setup().instrument.items)
    for phases, known in ((2, False), (3, True)):
        stop = items.index(f"perf_{sc.PHASES[phases]}_1")
        found = drawn(
            monkeypatch,
            "performance",
            _stops=lambda self, stop=stop: np.full(self.N, stop, np.int16),
        ).scores["performance"]
        assert (~np.isnan(found)).all() if known else np.isnan(found).all()


@pytest.mark.parametrize("chosen", [pick, picked])
def test_a_number_on_a_bound_falls_into_the_share_above_it(chosen):
    shares = {"a": 0.25, "b": 0.25, "c": 1.5}
    uniform = np.array([0, 0.12, 0.125, 0.2, 0.25, 0.99], np.float32)
    assert chosen(uniform, shares).tolist() == [0, 0, 1, 1, 2, 2]


def test_scores_half_a_standard_deviation_apart_are_no_inversion_in_a_simulated_survey():
    """Both surveys: six scores with a standard deviation of 2, gaps of 1, 6 and -1."""
    load, means = np.array([[4.0, 6.0, 2.0]] * 2), np.array([[3.0, 0.0, 3.0]] * 2)
    kept, kind = np.ones((2, 3), bool), np.zeros((2, 3), np.int8)
    starts = np.array([[0, 1, 2], [3, 4, 5]])
    surveys = Surveys({sc.LOAD: load, sc.MEANS: means}, kept, kind, starts, ("town",))
    strategy = survey_tests(setup().domains)["C3.survey_inversion"]
    found = strategy.answer(surveys, Settings(0.95, 100, 1, setup().domains))
    assert found.value.tolist() == pytest.approx([1 / 3, 1 / 3])


def test_counts_without_a_correlation_are_binomial():
    mean, persons = np.array([0.0, 0.3, 1.0]), np.array([5, 8, 3])
    rng, same = np.random.default_rng(4), np.random.default_rng(4)
    found = _beta_counts(rng, mean, 0.0, persons)
    assert found.tolist() == same.binomial(persons, mean).tolist()
    assert found[[0, 2]].tolist() == [0, 3]


@pytest.mark.parametrize(("over", "reached"), [(-1e-9, False), (0.0, True)])
def test_the_power_that_the_plan_asks_for_is_enough(over, reached):
    plan = setup().plan.survey
    curve = pd.DataFrame(
        {
            "series": "C4.survey_pressure",
            "x": [10 * plan.respondents, 20 * plan.respondents],
            "value": [plan.power.target + over, 1.0],
        }
    )
    assert counties_needed(setup(), curve)["counties"].tolist() == [10 if reached else 20]


@pytest.mark.parametrize("replications", [1, 19])
def test_fewer_than_twenty_replications_are_too_few(replications):
    with pytest.raises(UserError, match="use at least 20"):
        calibrate(setup(), replications=replications, seed=1)


def test_twenty_replications_are_enough():
    found = calibrate(setup(), replications=20, seed=1, tests=["C1.front_line"], main=True)
    assert set(found.observed["replications"]) == {20}


@pytest.mark.parametrize(("share", "text"), [("coverage", TOO_LITTLE), ("size", TOO_OFTEN)])
def test_a_share_is_off_where_a_fifth_more_than_nominal_makes_it_unlikely(share, text):
    """So many of 1,000 samples or more have a chance of 2.5 % at 1.2 times the nominal share."""
    nominal = 0.05 if share == "coverage" else 0.025
    tail = stats.binom(1000, 1.2 * nominal)
    first = next(found for found in range(1001) if tail.sf(found - 1) < 0.025)
    for found, said in ((first - 1, AS_ASKED), (first, text)):
        row = {"replications": 1010, "failed": 10, "coverage": 1.0, "size": 0.0}
        row[share] = 1 - found / 1000 if share == "coverage" else found / 1000
        assert reading(pd.Series(row), 0.95) == said


def test_no_share_of_nothing_is_off():
    row = pd.Series({"replications": 20, "failed": 0, "coverage": 1.0, "size": np.nan})
    assert reading(row, 0.95) == AS_ASKED
    both = reading(row.replace({1.0: 0.0}).fillna(1.0), 0.95)
    assert both.en == f"{TOO_LITTLE.en}; {TOO_OFTEN.en}"
