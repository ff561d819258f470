"""Sensitivity to an unseen confounder at its bounds: shares of 0 and 1, no effect, no error."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan, nan, nextafter, sqrt

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.confounding import (
    benchmark_bounds,
    confounding,
    e_value,
    of_line,
    oster,
    robustness_value,
)
from compendium.inference.confounding.benchmarks import bound
from compendium.inference.confounding.e_value import strength_needed
from compendium.inference.confounding.oster import Movement
from compendium.inference.confounding.residuals import regression
from compendium.inference.confounding.tables import contour_points
from compendium.inference.confounding.words import e_value_sentence, number, oster_sentence
from compendium.stats.checks import t_quantile
from compendium.stats.design import design
from compendium.stats.tidy import Tidy
from compendium.text import Text

WHAT = Text("d on y", "d 对 y")
LINE = Tidy("d", 0.5, 0.2, level=0.95)
BELOW_1 = nextafter(1.0, 0)


def ratio(value, low=nan, high=nan):
    return Tidy("x", value, ci_low=low, ci_high=high, level=0.95)


def data(n=12):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["y", "d", "x"])
    return frame.assign(y=frame["y"] + frame["d"], g=np.arange(n) % 3)


@pytest.mark.parametrize("share", [0.0, BELOW_1])
def test_a_partial_r2_of_0_is_taken_and_1_refused(share):
    bound(share, 0.1)
    bound(0.1, share)
    for pair in ((1.0, 0.1), (0.1, 1.0), (-1e-300, 0.1), (0.1, -1e-300)):
        with pytest.raises(UserError, match="outside 0 to 1"):
            bound(*pair)


def test_a_confounder_that_explains_all_that_is_left_is_not_cut():
    # Without a part in the treatment, eta is sqrt(k) and r2_yz is k r2_yx / (1 - r2_yx).
    assert bound(0.0, 0.5) == (0.0, 1.0, False)
    assert bound(0.0, 0.5, 2) == (0.0, 1.0, True)
    assert bound(0.0, 0.2, 2) == pytest.approx((0.0, 0.5, False))


@pytest.mark.parametrize(("r2_dx", "k"), [(0.5, 1), (0.25, 3)])
def test_a_confounder_that_explains_all_of_the_treatment_is_impossible(r2_dx, k):
    assert isnan(bound(r2_dx, 0.1, k)[0])
    assert bound(r2_dx - 0.01, 0.1, k)[0] == pytest.approx(k * (r2_dx - 0.01) / (1.01 - r2_dx))


def test_a_multiple_above_0_is_taken_and_0_refused():
    frame = data()
    y, X = frame["y"], design(frame, ["d", "x"])
    found = confounding(y, X, "d")
    assert len(benchmark_bounds(found, y, X, {"x": ["x"]}, [1e-9])) == 1
    with pytest.raises(UserError, match="a multiple must be above 0"):
        benchmark_bounds(found, y, X, {"x": ["x"]}, [0])


def test_an_e_value_is_taken_from_an_interval_that_ends_at_the_estimate():
    assert e_value(ratio(2, 2, 3)).limit == pytest.approx(2 + sqrt(2))
    assert e_value(ratio(2, 0, 2)).limit == 1.0
    assert e_value(ratio(1, 1, 3)).limit == 1.0
    assert e_value(ratio(1, 0.5, 1)).limit == 1.0
    assert e_value(ratio(2, 1, 3)).limit == 1.0
    for line in (ratio(2, nextafter(2, 3), 3), ratio(2, 1, nextafter(2, 1))):
        with pytest.raises(UserError, match="the interval leaves the estimate out"):
            e_value(line)


@pytest.mark.parametrize(
    "line", [ratio(0.0), ratio(0.0, 0.0, 1.0), ratio(1.0, -1e-300, 2.0), ratio(-1.0, -2.0, 0.0)]
)
def test_a_ratio_of_0_is_refused_but_not_an_interval_from_0(line):
    with pytest.raises(UserError, match="a ratio must be above 0"):
        e_value(line)
    assert e_value(ratio(0.5, 0.0, 0.8)).limit == pytest.approx(1.25 + sqrt(1.25 * 0.25))


def test_the_ratio_to_be_reached_is_above_0():
    assert e_value(ratio(2.0), true=0.5).value == pytest.approx(4 + sqrt(12))
    with pytest.raises(UserError, match="a ratio must be above 0"):
        e_value(ratio(2.0), true=0)
    assert e_value(ratio(0.5), "standardised_difference", true=0).value > 1


@pytest.mark.parametrize(
    ("of", "needed"), [(1.0, 1.0), (2.0, 2 + sqrt(2)), (0.5, 2 + sqrt(2)), (0.0, inf), (inf, inf)]
)
def test_the_strength_that_a_ratio_needs(of, needed):
    assert strength_needed(of) == pytest.approx(needed)


@pytest.mark.parametrize(
    ("r2_dz", "r2_yz", "taken"),
    [
        (0.0, 0.0, True),
        (BELOW_1, 1.0, True),
        (1.0, 0.5, False),
        (-1e-300, 0.5, False),
        (0.5, -1e-300, False),
        (0.5, nextafter(1.0, 2), False),
    ],
)
def test_all_of_the_outcome_may_be_explained_but_not_all_of_the_treatment(r2_dz, r2_yz, taken):
    found = of_line(LINE, 50)
    if taken:
        assert np.isfinite(found.values(r2_dz, r2_yz))
    else:
        with pytest.raises(UserError, match="lies outside 0 to 1"):
            found.values(r2_dz, r2_yz)


def test_an_adjusted_line_without_an_error_has_a_p_value_of_0():
    line = of_line(LINE, 50).adjusted(0.1, 1.0)
    assert (line.se, line.p) == (0.0, 0.0)
    assert line.ci_low == line.ci_high == line.value


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        (lambda: of_line(LINE, 2), lambda: of_line(LINE, 1)),
        (lambda: of_line(LINE, 50, q=1e-9), lambda: of_line(LINE, 50, q=0)),
        (
            lambda: of_line(LINE, 50, se_classical=1e-9),
            lambda: of_line(LINE, 50, se_classical=0.0),
        ),
        (
            lambda: of_line(replace(LINE, se=1e-9), 50, se_classical=0.1),
            lambda: of_line(replace(LINE, se=0.0), 50, se_classical=0.1),
        ),
        (lambda: of_line(LINE, 50).grid(1e-9, 2), lambda: of_line(LINE, 50).grid(0.0, 2)),
        (lambda: of_line(LINE, 50).grid(BELOW_1, 2), lambda: of_line(LINE, 50).grid(1.0, 2)),
    ],
    ids=["df", "q", "classical error", "error", "no grid", "whole grid"],
)
def test_the_last_number_is_taken_and_the_first_beyond_it_refused(taken, refused):
    taken()
    with pytest.raises(UserError):
        refused()


@pytest.mark.parametrize(
    ("f", "f_crit", "value"),
    [
        (0.0, 0.0, 0.0),
        (0.5, 0.5, 0.0),
        # f of 1.5 more than critical: 2 / (1 + sqrt(1 + 4 / 2.25)); at 1 / f_crit both forms agree.
        (1.5, 0.0, 0.75),
        (2.0, 0.5, 0.75),
        (3.0, 0.5, (9 - 0.25) / 10),
        (inf, 0.0, 1.0),
    ],
)
def test_the_robustness_value_at_the_bounds_of_its_forms(f, f_crit, value):
    assert robustness_value(f, f_crit) == pytest.approx(value)


MOVED = Movement("d", 1.0, 0.25, 0.75, 0.5, 1.0, 1.0, 0.5, 20)


def test_r_max_may_be_the_r2_itself_or_1_and_nothing_beyond():
    assert isnan(replace(MOVED, r_tilde=1.0).delta(1.0, 0.75))
    for r_max in (0.5, 1.0):
        MOVED.delta(r_max)
    for r_max in (nextafter(0.5, 0), nextafter(1.0, 2)):
        with pytest.raises(UserError, match="R_max lies outside"):
            MOVED.delta(r_max)


def test_an_index_needs_a_variance_and_an_unmoved_coefficient_has_no_sign_to_keep():
    still = replace(MOVED, beta_o=0.75)
    assert still.is_admissible(0.75)
    assert not replace(still, r_o=0.5).is_admissible(0.75)


def test_two_residual_degrees_of_freedom_are_enough_for_a_confounder():
    for n in (5, 4):
        frame = data(n)
        X = design(frame, ["d", "x"])
        if n == 5:
            assert regression(frame["y"], X).df == 2
        else:
            with pytest.raises(UserError, match="no degree of freedom for a confounder"):
                regression(frame["y"], X)


def test_an_outcome_or_a_term_that_is_0_throughout_is_refused():
    frame = data().assign(zero=0.0)
    with pytest.raises(UserError, match="no residual variation"):
        regression(frame["zero"], design(frame, ["d", "x"]))
    with pytest.raises(UserError, match="does not vary within groups"):
        regression(frame["y"], frame[["d", "zero"]], absorb=frame["g"])


def bounds(**columns):
    row = {"benchmark": "x", "multiple": 1.0, "r2_dz": 0.1, "r2_yz": 0.1, "value": 0.4, "t": 2.0}
    return pd.DataFrame([{**row, "possible": True, **columns}])


@pytest.mark.parametrize("side", ["r2_dz", "r2_yz"])
@pytest.mark.parametrize(("share", "marked"), [(0.95, True), (nextafter(0.95, 1), False)])
def test_a_benchmark_at_the_end_of_a_side_is_marked_and_none_beyond(side, share, marked):
    points = contour_points(of_line(LINE, 50), bounds(**{side: share}))
    assert points["x"].max() == 0.95
    assert (points["part"] == "benchmark").any() == marked


@pytest.mark.parametrize(("value", "sign"), [(0.0, 1), (1e-9, 1), (-1e-9, -1)])
def test_the_critical_line_lies_on_the_side_of_the_estimate(value, sign):
    points = contour_points(of_line(replace(LINE, value=value), 50), bounds(), of="t")
    critical = points.loc[points["part"] == "critical", "value"].item()
    assert critical == pytest.approx(sign * t_quantile(0.95, 49))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0.00"),
        (0.1, "0.10"),
        (0.0999, "0.100"),
        (0.01, "0.010"),
        (0.00099, "0.00099"),
        (1e-5, "0.000010"),
        (1e-7, "0.000000"),
        (-0.1, "\N{MINUS SIGN}0.10"),
    ],
)
def test_small_numbers_keep_two_digits_down_to_six_decimals(value, written):
    assert number(value) == written


def test_a_delta_of_0_is_a_strength_and_one_solution_is_not_several():
    frame = data()
    found = oster(frame["y"], design(frame, ["d", "x"]), "d")
    one = replace(found, beta_star=replace(found.beta_star, value=0.4, admissible=(0.4,)))
    two = replace(found, beta_star=replace(found.beta_star, value=0.4, admissible=(0.4, 0.9)))
    turned, zero = (oster_sentence(replace(one, delta=d), WHAT).en for d in (-1e-9, 0.0))
    assert "would not bring it to 0" in turned
    assert "would have to be selected 0.00 times as strongly" in zero
    assert "admissible solutions" not in zero
    assert "2 admissible solutions" in oster_sentence(two, WHAT).en


def test_an_interval_that_holds_no_effect_is_said_to_hold_it():
    inside, at, outside = (
        e_value_sentence(e_value(ratio(2, low, 3)), WHAT).en for low in (0.9, 1.0, 1.1)
    )
    assert inside == at != outside


@pytest.mark.parametrize(
    ("shares", "end"),
    [
        # A quarter more than the farthest, to the next 0.05; 0.1 is the least that is shown.
        ({"r2_dz": 0.01, "r2_yz": 0.01}, 0.15),
        ({"r2_dz": 0.12}, 0.15),
        ({"r2_yz": 0.12}, 0.15),
        ({"r2_dz": 0.121}, 0.2),
        ({"r2_dz": 0.7}, 0.9),
        ({"r2_dz": 0.9}, 0.95),
        ({"r2_dz": 0.7, "multiple": 2.0}, 0.15),
        ({"r2_dz": 0.7, "possible": False}, 0.15),
    ],
)
def test_a_contour_ends_a_little_beyond_what_it_shows(shares, end):
    points = contour_points(of_line(replace(LINE, value=1e-9), 50), bounds(**shares))
    assert points["x"].max() == points["y"].max() == pytest.approx(end)
