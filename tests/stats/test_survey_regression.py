"""The regressions of the survey find the truth that a stand-in was made with."""

import numpy as np
import pandas as pd
import pytest

from compendium.root import find_root
from compendium.stats.mediation import mediation
from compendium.stats.survey_regression import (
    absorbed_kinds,
    complete_and_imputed,
    mean_over,
    phase_system,
    regress,
    side_by_side,
)
from compendium.survey import load_instrument
from compendium.survey.load import frame_of
from grassroots import scales as sc
from grassroots import survey_tables as tables
from grassroots.simulated import load_truth
from grassroots.standin import simulate

ROOT = find_root()
TERMS = ("top_down", "bottom_up", "unit_kind")
PAIR = ("imbalance", "collaboration")
PRODUCT = "imbalance:collaboration"
# Errors of a slope at this sample size are about 0.03; three of them.
CLOSE = 0.09


def drawn(*, null=False, respondents=3000, seed=5):
    instrument = load_instrument(ROOT)
    truth = load_truth(ROOT, instrument)
    truth = truth.without_effects() if null else truth
    made = simulate(instrument, truth, respondents=respondents, seed=seed, keep_latents=True)
    frame = frame_of(instrument, made.columns).head(respondents)
    return sc.respondent_scores(frame, instrument), pd.DataFrame(made.latents).head(respondents)


@pytest.fixture(scope="module")
def latent():
    """The design of a stand-in with the true constructs in place of the scores."""
    scores, constructs = drawn()
    design = scores[list(sc.DESIGN)].reset_index(drop=True)
    return pd.concat([design, constructs.reset_index(drop=True)], axis=1)


@pytest.fixture(scope="module")
def scores():
    return drawn()[0]


def total_effects():
    """Effects of pressure and demand on imbalance that the paths of the truth add up to."""
    conflict = {"top_down": 0.45, "bottom_up": 0.15}
    load = {"top_down": 0.30, "bottom_up": 0.25}
    power = {"top_down": -0.25, "bottom_up": -0.08}
    through = 0.20 + 0.25
    return {k: (load[k] - power[k] + conflict[k] * through) / 1.575 for k in conflict}


@pytest.mark.parametrize("weighted", [False, True])
def test_pressure_and_demand_have_the_effects_they_were_given(latent, weighted):
    fit = regress(latent, "imbalance", TERMS, weighted=weighted)
    for term, true in total_effects().items():
        assert fit[term].value == pytest.approx(true, abs=CLOSE)


@pytest.mark.parametrize(
    ("phase", "slope", "product"),
    [("assessment", 0.35, 0.12), ("warning", 0.30, 0.10), ("response", 0.40, 0.15)],
)
def test_the_phases_have_the_slopes_they_were_given(latent, phase, slope, product):
    terms = (*PAIR, PRODUCT)
    fit = regress(sc.centred(latent, PAIR), f"performance_{phase}", terms)
    assert fit["collaboration"].value == pytest.approx(slope, abs=CLOSE)
    assert fit[PRODUCT].value == pytest.approx(product, abs=CLOSE)


def test_line_block_conflict_carries_the_share_it_was_given(latent):
    found = mediation(
        latent["imbalance"],
        latent["line_block"],
        latent["top_down"],
        latent["county_id"],
        draws=199,
        seed=1,
        controls=latent[["bottom_up"]],
    )
    assert found.indirect.value == pytest.approx(0.45 * (0.20 + 0.25) / 1.575, abs=0.03)
    assert found.indirect.ci_low < 0.45 * 0.45 / 1.575 < found.indirect.ci_high


def test_scores_weaken_effects_but_keep_their_signs(scores):
    rows = sc.complete_rows(scores, ["imbalance", *TERMS])
    fits = side_by_side(rows, "imbalance", "side", TERMS)
    assert set(fits) == {"county_effects", "weighted", "three_level", "ordered_logit"}
    for lines in fits.values():
        assert lines["top_down"].ci_low > 0
        assert lines["bottom_up"].ci_low > 0


def test_without_effects_nothing_is_found():
    scores, _ = drawn(null=True, seed=8)
    rows = sc.complete_rows(scores, ["imbalance", *TERMS])
    fit = regress(rows, "imbalance", TERMS, level=0.999)
    assert fit["top_down"].ci_low < 0 < fit["top_down"].ci_high


def test_the_mean_over_equations_is_the_mean_of_their_coefficients(scores):
    outcomes = {phase: f"performance_{phase}" for phase in sc.PHASES}
    rows = sc.complete_rows(sc.centred(scores, PAIR), [*outcomes.values(), *PAIR])
    system = phase_system(rows, outcomes, [*PAIR, PRODUCT])
    each = [system[f"{phase}~{PRODUCT}"].value for phase in sc.PHASES]
    mean = mean_over(system, PRODUCT, sc.PHASES)
    assert mean.value == pytest.approx(np.mean(each))
    assert mean.ci_low > 0
    alone = regress(rows, "performance_warning", [*PAIR, PRODUCT])
    assert system[f"warning~{PRODUCT}"].value == pytest.approx(alone[PRODUCT].value)


def test_imputing_few_gaps_changes_little(scores):
    few = sc.centred(scores.head(800).reset_index(drop=True), PAIR)
    helpers = ["top_down", "performance_assessment"]
    rows = complete_and_imputed(few, "performance_response", PAIR, helpers, m=2, seed=3)
    found = rows.set_index("term")
    assert found.loc["collaboration", "pooled_n"] == 800
    gap = found["pooled_value"] - found["complete_value"]
    assert (gap.abs() < found["complete_se"]).all()


def test_regions_end_where_the_band_touches_zero(scores):
    centred = sc.centred(scores, PAIR)
    rows = sc.complete_rows(centred, ["performance_response", *PAIR])
    fits = {"response": regress(rows, "performance_response", [*PAIR, PRODUCT])}
    regions = tables.region_rows(fits, *PAIR, scores["collaboration"])
    assert regions["slope"].tolist()[0] == "slope_negative"
    bound = regions["high"].iloc[0] - scores["collaboration"].mean()
    line = fits["response"].combination({"imbalance": 1.0, PRODUCT: bound}, "slope")
    assert line.ci_high == pytest.approx(0, abs=1e-9)
    assert regions["share"].sum() == pytest.approx(1)
    few = scores["collaboration"].clip(upper=regions["low"].iloc[-1] - 0.2)
    few.iloc[0] = 5.0
    held = tables.region_rows(fits, *PAIR, few)
    assert held[["n", "share"]].isna().all(axis=None)


def with_kinds(kinds_of_counties):
    """Respondents of counties whose units are of the given kinds, in turn."""
    rng = np.random.default_rng(3)
    rows = [
        {"county_id": f"c{place}", "unit_id": f"u{place}{kind}", "unit_kind": kind}
        for place, kinds in enumerate(kinds_of_counties)
        for kind in kinds * (24 // len(kinds))
    ]
    frame = pd.DataFrame(rows)
    names = ["subdistrict", "town", "township"]
    return frame.assign(
        unit_kind=pd.Categorical(frame["unit_kind"], names),
        x=rng.normal(size=len(frame)),
        y=rng.normal(size=len(frame)),
        x2=rng.normal(size=len(frame)),
    )


@pytest.mark.parametrize(
    ("kinds_of_counties", "absorbed"),
    [
        ([["subdistrict", "town", "township"]] * 6, ()),
        ([["subdistrict", "town"]] * 6 + [["township"]] * 2, ("unit_kind[township]",)),
        ([["subdistrict"]] * 3 + [["town", "township"]] * 6, ("unit_kind[township]",)),
    ],
)
def test_kinds_that_counties_take_in_do_not_stop_the_models(kinds_of_counties, absorbed):
    rows = with_kinds(kinds_of_counties)
    assert absorbed_kinds(rows) == absorbed
    assert absorbed_kinds(rows, ("x",)) == ()
    fit = regress(rows, "y", ["x", "unit_kind"])
    dummies = pd.get_dummies(rows[["county_id", "unit_kind"]], dtype=float)
    X = np.column_stack([rows["x"], dummies])
    slope = (np.linalg.pinv(X) @ rows["y"])[0]
    assert fit["x"].value == pytest.approx(slope, rel=1e-9)
    assert set(absorbed).isdisjoint(fit.terms)
    system = phase_system(rows, {"one": "y", "two": "x2"}, ["x", "unit_kind"])
    assert system["one~x"].value == pytest.approx(slope, rel=1e-9)
