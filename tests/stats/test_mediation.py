"""Mediation: identities, draws against refitting, recovered truth, refusals."""

import numpy as np
import pandas as pd
import pytest
from survey_truth import clustered, near, survey

from compendium.errors import UserError
from compendium.stats.cluster_bootstrap import percentile_line, resample
from compendium.stats.design import design
from compendium.stats.fitted import ols
from compendium.stats.mediation import mediation, moderated_mediation, unmeasured_confounding
from compendium.stats.mediation_multilevel import mediation_211


def fitted(frame, **options):
    return mediation(
        frame["y"], frame["m"], frame["x"], frame["unit"], **({"draws": 500, "seed": 1} | options)
    )


FRAME = survey(np.random.default_rng(1), G=60)


def test_effects_add_up_and_the_total_is_the_regression_without_the_mediator():
    found = fitted(FRAME)
    assert found.total.value == pytest.approx(found.direct.value + found.indirect.value)
    assert found.indirect.value == pytest.approx(found.a.value * found.b.value)
    total = ols(FRAME["y"], design(FRAME, ["x"]))["x"]
    assert found.total.value == pytest.approx(total.value, rel=1e-10)


def test_draws_are_regressions_on_resampled_clusters():
    draws, G = 100, 60
    drawn = resample(FRAME[["x", "m", "y"]], FRAME["unit"], draws, 7, "unit")
    picks = np.random.default_rng(7).integers(0, G, size=(draws, G))
    slopes = drawn.slopes("y", ["x", "m"])
    covariance = drawn.residual_covariance(["y", "m"], ["x"])
    for i in range(5):
        rows = pd.concat([FRAME[FRAME["unit"] == g] for g in picks[i]], ignore_index=True)
        np.testing.assert_allclose(
            slopes[i], ols(rows["y"], design(rows, ["x", "m"])).beta[1:], rtol=1e-9
        )
        rest = [rows[c] - ols(rows[c], design(rows, ["x"])).fitted for c in ("y", "m")]
        np.testing.assert_allclose(covariance[i], np.cov(rest, bias=True), rtol=1e-9)


def test_bootstrap_error_is_near_that_of_the_delta_method():
    found = fitted(FRAME, draws=2000)
    assert found.indirect.se == pytest.approx(found.delta.se, rel=0.15)
    assert found.indirect.n_clusters == 60
    assert "percentile cluster bootstrap by unit, 60 clusters, 2000 draws, seed 1" in (
        str(found.indirect.method)
    )


def test_a_seed_gives_the_same_digits_and_another_seed_others():
    one, same, other = (fitted(FRAME, seed=s).indirect for s in (1, 1, 2))
    assert one == same
    assert one.ci_low != other.ci_low


def test_rows_are_drawn_where_there_are_no_clusters():
    found = mediation(FRAME["y"], FRAME["m"], FRAME["x"], draws=200, seed=1)
    assert found.indirect.n_clusters == 0
    assert "bootstrap of rows" in str(found.indirect.method)


def test_intervals_cover_and_the_null_is_rejected_no_more_than_it_should():
    simulations = 200
    covered = rejected = 0
    for seed in range(simulations):
        frame = survey(np.random.default_rng(1000 + seed), G=40, size=6)
        line = fitted(frame, draws=300).indirect
        covered += line.ci_low <= 0.2 <= line.ci_high
        null = survey(np.random.default_rng(5000 + seed), G=40, size=6, a=0.0)
        line = fitted(null, draws=300).indirect
        rejected += not line.ci_low <= 0 <= line.ci_high
    assert near(covered / simulations, 0.95, simulations, errors=4)
    assert near(rejected / simulations, 0.05, simulations, errors=4)


def test_the_right_correlation_of_errors_gives_back_the_truth():
    frame = survey(np.random.default_rng(3), G=400, confounding=0.4)
    found = unmeasured_confounding(
        frame["y"], frame["m"], frame["x"], frame["unit"], draws=500, seed=1, rho=(0.0, 0.4)
    )
    naive, right = found.curve.itertuples()
    assert not naive.ci_low < 0.2 < naive.ci_high
    assert right.ci_low < 0.2 < right.ci_high


def test_without_confounding_the_curve_is_the_product_of_coefficients():
    found = unmeasured_confounding(
        FRAME["y"], FRAME["m"], FRAME["x"], FRAME["unit"], draws=200, seed=1
    )
    at_zero = found.curve.set_index("rho").loc[0.0]
    product = fitted(FRAME, draws=200).indirect
    assert at_zero["value"] == pytest.approx(product.value)
    assert at_zero["ci_low"] == pytest.approx(product.ci_low)
    assert found.curve["value"].is_monotonic_decreasing
    assert found.r2_total < found.r2_residual


@pytest.mark.parametrize("stage", ["first", "second"])
def test_index_of_moderated_mediation_recovers_the_truth(stage):
    rng = np.random.default_rng(4)
    e, unit = clustered(rng, G=100, n=4)
    x, w = e[:, 0], e[:, 1]
    m = 0.5 * x + (0.3 * x * w if stage == "first" else 0) + e[:, 2]
    y = 0.2 * x + 0.4 * m + (0.25 * m * w if stage == "second" else 0) + e[:, 3]
    found = moderated_mediation(y, m, x, w, [-1, 1], unit, stage=stage, draws=500, seed=1)
    truth = 0.3 * 0.4 if stage == "first" else 0.5 * 0.25
    assert found.index.ci_low < truth < found.index.ci_high
    low, high = found.conditional
    assert high.value - low.value == pytest.approx(2 * found.index.value)
    assert low.term == "indirect at -1"


def units(seed, *, units=200, size=8, between=0.6, within=0.2):
    """x of the unit; m and y of its members; the effect of m differs between and within."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), size)
    x = rng.normal(size=units)
    shared = 0.5 * x + rng.normal(size=units) * 0.5
    own = rng.normal(size=unit.size)
    m = shared[unit] + own - (np.bincount(unit, own) / size)[unit]
    y = 0.3 * x[unit] + between * shared[unit] + within * (m - shared[unit])
    y += rng.normal(size=units)[unit] * 0.3 + rng.normal(size=unit.size)
    return pd.DataFrame({"x": x[unit], "m": m, "y": y, "unit": unit})


def test_effects_between_and_within_units_are_kept_apart():
    frame = units(5)
    found = mediation_211(frame["y"], frame["m"], frame["x"], frame[["unit"]], seed=1)
    assert found.b_between.ci_low < 0.6 < found.b_between.ci_high
    assert found.b_within.ci_low < 0.2 < found.b_within.ci_high
    assert found.contextual.value == pytest.approx(
        found.b_between.value - found.b_within.value, rel=1e-9
    )
    assert found.indirect.ci_low < 0.5 * 0.6 < found.indirect.ci_high
    assert found.indirect.se == pytest.approx(found.delta.se, rel=0.1)
    assert "Monte Carlo" in str(found.indirect.method)


def test_refusals():
    x, m, y, unit = (FRAME[c] for c in ("x", "m", "y", "unit"))
    cases = {
        "1 cluster": (y, m, x, np.ones(len(FRAME))),
        "column x.*same in every row": (y, m, np.ones(len(FRAME)), unit),
        "combination of the terms": (y, x, x, unit),
        "y and m differ in rows": (y, m[:9], x, unit),
    }
    for words, arguments in cases.items():
        with pytest.raises(UserError, match=words):
            mediation(*arguments, draws=200, seed=1)
    with pytest.raises(UserError, match="too few bootstrap draws"):
        fitted(FRAME, draws=10)
    with pytest.raises(UserError, match="control has the name"):
        fitted(FRAME, controls=FRAME[["x"]])
    with pytest.raises(UserError, match="-1 to 1"):
        unmeasured_confounding(y, m, x, unit, draws=200, seed=1, rho=(1.0,))
    with pytest.raises(UserError, match="unknown stage"):
        moderated_mediation(y, m, x, m**2, [0], unit, stage="third", draws=200, seed=1)
    with pytest.raises(UserError, match="x varies within a unit"):
        mediation_211(y, m, x, FRAME[["unit"]], seed=1)
    flat = FRAME.groupby("unit").transform("mean").assign(unit=unit)
    with pytest.raises(UserError, match="m does not vary within units"):
        mediation_211(y, flat["m"], flat["x"], FRAME[["unit"]], seed=1)


def test_twelve_rows_in_four_clusters_say_in_how_many_draws_nothing_was_defined():
    frame = survey(np.random.default_rng(6), G=4, size=3)
    found = fitted(frame)
    assert found.indirect.n == 12
    frame["x"] = [0.0, 1.0, 2.0, *([1.0] * 9)]
    assert "undefined in" in str(fitted(frame).indirect.method)


def test_a_bootstrap_error_is_the_standard_deviation_of_the_draws_that_are_defined():
    draws = resample(FRAME[["x", "m"]], FRAME["unit"], 100, 1, "unit")
    line = percentile_line("a", 2.0, np.array([1.0, 2.0, 4.0, np.nan]), draws, 0.5)
    assert line.se == pytest.approx(np.sqrt(7 / 3))
    assert (line.ci_low, line.ci_high, line.p) == (1.5, 3.0, 0.5)


def test_the_error_between_units_is_the_standard_deviation_of_its_own_draws():
    frame, draws = units(5), 100
    found = mediation_211(frame["y"], frame["m"], frame["x"], frame[["unit"]], seed=1, draws=draws)
    rng, paths = np.random.default_rng(1), (found.a, found.b_between)
    drawn = np.prod([rng.normal(path.value, path.se, draws) for path in paths], axis=0)
    assert found.indirect.se == pytest.approx(np.std(drawn, ddof=1), rel=1e-12)
