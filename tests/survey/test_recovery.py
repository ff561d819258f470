"""What is put into a stand-in is found again, and where nothing is put in, nothing is found.

A small version of tests/benchmarks/survey_recovery.py, whose committed table says what the answers'
true values are and how far single estimates scatter about them. After a change of
data/survey/standin.yml the table has to be made anew.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grassroots.standin import simulate

from . import recovery as rec

TABLE = Path(__file__).parents[1] / "benchmarks" / "results" / "survey_recovery.csv"
REPLICATIONS, MEASURED, SEED, DRAWS = 14, 4, 80_000_000, 199
ERRORS = 4.0
"""Monte Carlo errors that a mean may be off by: of 110 means all stay within, but for 1 in 150."""


@pytest.fixture(scope="module")
def known():
    return rec.setting(DRAWS)


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE).set_index(["scenario", "target"])


def stand_ins(known, truth, count):
    for seed in range(SEED, SEED + count):
        yield simulate(known.instrument, truth, seed=seed, keep_latents=True)


def analysed(known, truth, count):
    runs = []
    for number, made in enumerate(stand_ins(known, truth, count)):
        data = rec.scored(made)
        lines = rec.gap_lines(data, known.instrument)
        lines |= rec.imbalance_lines(data, DRAWS, number) | rec.phase_lines(data, DRAWS, number)
        runs.append(lines | rec.construct_lines(made, DRAWS, number))
    return runs


@pytest.fixture(scope="module")
def runs(known):
    return analysed(known, known.truth, REPLICATIONS)


@pytest.fixture(scope="module")
def null_runs(known):
    made = stand_ins(known, known.truth.without_effects(), REPLICATIONS)
    return [rec.null_lines(one, DRAWS, number) for number, one in enumerate(made)]


def astray(runs, rows):
    """Targets whose mean is farther from the true value than chance allows, and how far."""
    found = {}
    for target in runs[0]:
        if target not in rows.index or np.isnan(rows.loc[target, "true"]):
            continue
        row = rows.loc[target]
        error = np.hypot(row["sd"] / len(runs) ** 0.5, row["true_error"])
        off = (np.mean([run[target].value for run in runs]) - row["true"]) / error
        if abs(off) > ERRORS:
            found[target] = round(float(off), 1)
    return found


def test_the_table_is_of_the_truth_that_is_written_down(known, table):
    for target, (value, _) in rec.construct_truth(known.truth).items():
        assert table.loc[("effects", target), "true"] == pytest.approx(value, rel=1e-5, abs=1e-9)
    assert (table.loc["effects", "counties"] == known.truth.design.counties).all()


def test_every_effect_that_was_put_in_is_found(runs, table):
    assert len(runs[0]) > 60
    assert astray(runs, table.loc["effects"]) == {}


def test_reliability_loadings_and_likeness_within_units_are_found(known, table):
    made = stand_ins(known, known.truth, MEASURED)
    runs = [rec.measurement_lines(rec.scored(one), known.instrument) for one in made]
    assert len(runs[0]) == 14 * 2 + 44 + 6
    assert astray(runs, table.loc["effects"]) == {}


def test_intervals_cover_as_often_as_the_table_says(runs, table):
    rows = table.loc["effects"]
    targets = [t for t in runs[0] if t.startswith("construct.") and rows.loc[t, "level"] == 0.95]
    covered = [
        not rec.outside(run[target], rows.loc[target, "true"]) for run in runs for target in targets
    ]
    assert np.mean(covered) == pytest.approx(rows.loc[targets, "coverage"].mean(), abs=0.04)


def test_where_nothing_acts_on_anything_nothing_is_found(null_runs, table):
    assert astray(null_runs, table.loc["nothing"]) == {}
    rejected = [rec.rejections(run) for run in null_runs]
    single = [name for name in rejected[0] if name.startswith(("survey.imb", "survey.phase"))]
    share = np.mean([[one[name] for name in single] for one in rejected])
    assert share < 0.05 + 4 * (0.05 * 0.95 / (REPLICATIONS * 4)) ** 0.5
    for name in ("family.holm.imbalance", "family.bonferroni.collaboration"):
        assert sum(one[name] for one in rejected) <= 4


def test_an_effect_of_another_size_would_be_seen(known, table):
    latents = dict(known.truth.latents)
    response = latents["performance_response"]
    latents["performance_response"] = response.model_copy(
        update={"paths": {**response.paths, "collaboration": 0.30}}
    )
    other = known.truth.model_copy(update={"latents": latents})
    off = astray(analysed(known, other, 4), table.loc["effects"])
    assert {"construct.response.collaboration", "survey.collaboration.response"} <= set(off)
    assert off["construct.response.collaboration"] < 0
    assert not [name for name in off if "warning" in name]


def test_a_tendency_to_agree_makes_answers_go_together_that_have_nothing_in_common(known, table):
    made = stand_ins(known, rec.method_only(known.truth), 6)
    runs = [rec.null_lines(one, DRAWS, number) for number, one in enumerate(made)]
    assert "survey.surface.a1" in astray(runs, table.loc["nothing"])
