"""Moderation, stacked equations and adjusted p-values: identities, size, refusals."""

import numpy as np
import pandas as pd
import pytest
from survey_truth import clustered

from compendium.errors import UserError
from compendium.stats.design import design
from compendium.stats.fitted import ols
from compendium.stats.moderation import johnson_neyman, marginal_effects, simple_slopes
from compendium.stats.systems import contrast_test, equality_test, joint_test, stacked_ols

PHASES = ("assessment", "warning", "response", "aftermath")


def simulated(seed, G=30, size=10, slope=0.0, product=0.3):
    rng = np.random.default_rng(seed)
    e, unit = clustered(rng, G, size, n=7)
    frame = pd.DataFrame({"x": e[:, 0], "w": e[:, 1], "unit": unit})
    shared = e[:, 2]
    for i, phase in enumerate(PHASES):
        frame[phase] = slope * frame["x"] + product * frame["x"] * frame["w"] + shared + e[:, 3 + i]
    return frame


def moderated(frame, terms=("x", "w", "x:w")):
    return ols(frame["warning"], design(frame, list(terms)), frame["unit"])


FIT = moderated(simulated(1, slope=0.1))


@pytest.mark.parametrize("simultaneous", [False, True])
def test_intervals_touch_zero_at_the_bounds(simultaneous):
    found = johnson_neyman(FIT, "x", "w", -3, 3, simultaneous=simultaneous)
    assert len(found.bounds) == 2
    rows = marginal_effects(FIT, "x", "w", found.bounds, simultaneous=simultaneous)
    touching = np.minimum(rows["ci_low"].abs(), rows["ci_high"].abs())
    np.testing.assert_allclose(touching, 0, atol=1e-12)


def test_regions_are_what_a_fine_grid_shows():
    frame = simulated(1, slope=0.1)
    found = johnson_neyman(FIT, "x", "w", -3, 3, values=frame["w"])
    assert found.regions["slope"].tolist() == ["negative", "none", "positive"]
    assert found.regions["share"].sum() == pytest.approx(1)
    grid = marginal_effects(FIT, "x", "w", np.linspace(-3, 3, 601))
    for row in found.regions.itertuples():
        inside = grid[(grid["moderator"] > row.low) & (grid["moderator"] < row.high)]
        assert set(inside["slope"]) == {row.slope}


def test_simultaneous_region_is_smaller():
    one, all_ = (johnson_neyman(FIT, "x", "w", -3, 3, simultaneous=s) for s in (False, True))
    assert all_.bounds[0] < one.bounds[0] < one.bounds[1] < all_.bounds[1]
    assert "simultaneous" in str(all_.tidy()[0].method)


def test_a_slope_that_never_leaves_zero_has_no_bounds_in_sight():
    found = johnson_neyman(moderated(simulated(3, product=0.0)), "x", "w", -1, 1)
    assert found.regions["slope"].tolist() == ["none"]


def test_simple_slope_at_zero_is_the_coefficient():
    low, middle = simple_slopes(FIT, "x", "w", [-1, 0])
    assert middle.value == FIT["x"].value
    assert middle.se == pytest.approx(FIT["x"].se)
    assert low.value == pytest.approx(FIT["x"].value - FIT["x:w"].value)
    assert low.term == "x at -1"


def test_moderation_refusals():
    with pytest.raises(UserError, match="no product term"):
        johnson_neyman(moderated(simulated(1), ("x", "w")), "x", "w", -1, 1)
    with pytest.raises(UserError, match="needs its parts"):
        simple_slopes(moderated(simulated(1), ("x", "x:w")), "x", "w", [0])
    with pytest.raises(UserError, match="range is empty"):
        johnson_neyman(FIT, "x", "w", 1, 1)


def stacked(frame, terms=("x", "w", "x:w"), **options):
    outcomes = {phase: frame[phase] for phase in PHASES}
    return stacked_ols(outcomes, design(frame, list(terms)), frame["unit"], **options)


def test_each_equation_is_its_own_regression():
    frame = simulated(4)
    system = stacked(frame)
    one = ols(frame["warning"], design(frame, ["x", "w", "x:w"]), frame["unit"])
    for term in one.terms:
        ours = system[f"warning~{term}"]
        assert ours.value == pytest.approx(one[term].value, rel=1e-10)
        assert ours.se == pytest.approx(one[term].se, rel=1e-10)
    assert str(system.method) == "OLS, 4 stacked equations, CR1 by unit, 30 clusters, t(29)"


def test_equations_may_have_designs_of_their_own():
    frame = simulated(5)
    designs = {"warning": design(frame, ["x"]), "response": design(frame, ["x", "w"])}
    system = stacked_ols({p: frame[p] for p in designs}, designs)
    assert len(system.terms) == 5
    plain = ols(frame["response"], designs["response"])
    assert system["response~w"].se == pytest.approx(plain["w"].se, rel=2e-3)


def test_joint_tests_keep_near_their_level_and_chi_squared_does_not():
    simulations = 300
    rejected = np.zeros(3)
    for seed in range(simulations):
        system = stacked(simulated(2000 + seed, G=25, size=6, product=0.0), ("x", "w"))
        test = joint_test(system, "w")
        rejected += [test.p < 0.05, equality_test(system, "x").p < 0.05, test.chi2_p < 0.05]
    joint, equal, chi2 = rejected / simulations
    assert joint < 0.1
    assert equal < 0.1
    assert chi2 > 0.1


def test_an_effect_in_every_phase_is_found():
    test = joint_test(stacked(simulated(6, G=80)), "x:w")
    assert test.p < 1e-6
    assert test.df1 == 4
    line = test.tidy()
    assert line.p == test.p
    assert str(line.method).startswith("Wald F(4, 76) after")


def test_one_equation_by_itself_is_a_t_test():
    system = stacked(simulated(7))
    test = contrast_test(system, [{"warning~x": 1.0}], "x = 0")
    assert test.p == pytest.approx(system["warning~x"].p, rel=1e-9)


def test_system_refusals():
    frame = simulated(8, G=4, size=40)
    with pytest.raises(UserError, match="can't be tested together"):
        joint_test(stacked(frame), "x")
    with pytest.raises(UserError, match="fewer than two equations"):
        joint_test(stacked(frame), "z")
    with pytest.raises(UserError, match="no such term"):
        contrast_test(stacked(frame), [{"y": 1.0}], "y")
    with pytest.raises(UserError, match="two outcomes"):
        stacked_ols({"warning": frame["warning"]}, design(frame, ["x"]))
    with pytest.raises(UserError, match="1 cluster"):
        stacked(frame.assign(unit=1))
    with pytest.raises(UserError, match=r"warning.*missing"):
        stacked(frame.assign(warning=frame["warning"].where(frame.index > 0)))
