"""Design weights: identities, coverage of a drawn sample, refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from survey_truth import near

from compendium.errors import UserError
from compendium.stats.design import design
from compendium.stats.fitted import ols
from compendium.stats.survey_design import survey_design, weighted_ls, weighted_share

RNG = np.random.default_rng(1)
FRAME = pd.DataFrame(
    {
        "y": RNG.normal(size=120),
        "x": RNG.normal(size=120),
        "w": RNG.uniform(0.5, 3, 120),
        "unit": np.repeat(np.arange(24), 5),
        "stratum": np.repeat(np.arange(4), 30),
    }
)


def weighted_mean(plan, y):
    return weighted_ls(
        plan, y, pd.DataFrame({"(intercept)": np.ones(len(y))}, getattr(y, "index", None))
    )["(intercept)"]


PLAN = survey_design(FRAME["w"], FRAME["stratum"], FRAME["unit"])


def test_equal_weights_without_strata_are_robust_least_squares():
    X = design(FRAME, ["x"])
    ours = weighted_ls(survey_design(np.ones(120)), FRAME["y"], X)
    robust = ols(FRAME["y"], X)
    np.testing.assert_allclose(ours.beta, robust.beta, rtol=1e-12)
    np.testing.assert_allclose(ours.V, robust.V * 118 / 119, rtol=1e-10)


def test_the_unit_of_weights_is_of_no_account():
    one, other = (
        weighted_mean(survey_design(k * FRAME["w"], FRAME["stratum"], FRAME["unit"]), FRAME["y"])
        for k in (1, 250)
    )
    assert other.value == pytest.approx(one.value)
    assert other.se == pytest.approx(one.se)


def test_subpopulations_may_leave_other_answers_missing():
    where = FRAME["x"] > 0
    high = (FRAME["y"] > 0).astype(float)
    line = weighted_share(PLAN, high.where(where), where=where)
    whole = weighted_share(PLAN, high, where=where)
    assert replace(line, p=0) == replace(whole, p=0)
    assert line.n == where.sum()


def test_shares_stay_between_0_and_1():
    flags = np.zeros(120)
    flags[0] = 1
    line = weighted_share(PLAN, flags)
    assert 0 < line.ci_low < line.value < line.ci_high < 1
    none = weighted_share(PLAN, np.zeros(120))
    assert none.value == 0
    assert "no interval" in str(none.method)


def test_effective_number_of_rows():
    assert survey_design(np.ones(120)).effective == pytest.approx(120)
    assert survey_design([1, 1, 0, 0]).effective == pytest.approx(2)


def test_weights_undo_an_unequal_draw():
    """Units of a large kind are drawn four times as often; weights and strata put it right."""
    rng = np.random.default_rng(3)
    kind = np.repeat([0, 1], 500)
    units = np.where(kind == 0, 1.0, 2.0) + rng.normal(size=1000) * 0.5
    truth, simulations = units.mean(), 200
    covered = naive = 0
    for _ in range(simulations):
        drawn = np.concatenate([rng.choice(500, 40), 500 + rng.choice(500, 10)])
        unit, rows = np.repeat(np.arange(50), 4), np.repeat(drawn, 4)
        y = units[rows] + rng.normal(size=rows.size)
        weight = np.where(kind[rows] == 0, 500 / 40, 500 / 10)
        line = weighted_mean(survey_design(weight, kind[rows], unit), y)
        covered += line.ci_low <= truth <= line.ci_high
        plain = weighted_mean(survey_design(np.ones(rows.size), cluster=unit), y)
        naive += plain.ci_low <= truth <= plain.ci_high
    assert near(covered / simulations, 0.95, simulations)
    assert naive / simulations < 0.6


def test_refusals():
    bad = FRAME["w"].where(FRAME.index != 7, -1.0)
    with pytest.raises(UserError, match=r"row 8, value -1.0.*negative"):
        survey_design(bad)
    with pytest.raises(UserError, match=r"row 8.*missing"):
        survey_design(FRAME["w"].where(FRAME.index != 7))
    with pytest.raises(UserError, match="all weights are 0"):
        survey_design(np.zeros(120))
    astray = FRAME["stratum"].where(FRAME.index != 1, 3)
    with pytest.raises(UserError, match=r"row 2.*two strata"):
        survey_design(FRAME["w"], astray, FRAME["unit"])
    lonely = FRAME["stratum"].where(FRAME["unit"] != 0, 9)
    with pytest.raises(UserError, match=r"value .*9.*one unit"):
        survey_design(FRAME["w"], lonely, FRAME["unit"])
    with pytest.raises(UserError, match="1 cluster"):
        survey_design(FRAME["w"], cluster=np.ones(120))
    with pytest.raises(UserError, match="every stratum has one unit"):
        survey_design(FRAME["w"], FRAME["unit"], FRAME["unit"], lonely="certain")
    with pytest.raises(UserError, match="no weight in the subpopulation"):
        weighted_share(PLAN, np.zeros(120), where=np.zeros(120))
    with pytest.raises(UserError, match="0 and 1"):
        weighted_share(PLAN, FRAME["y"])
    with pytest.raises(UserError, match="unknown treatment"):
        survey_design(FRAME["w"], lonely="ignore")


def test_twelve_rows_in_three_units_can_not_carry_three_terms():
    few = FRAME[:12]
    plan = survey_design(few["w"], cluster=np.repeat([1, 2, 3], 4))
    with pytest.raises(UserError, match="too few units"):
        weighted_ls(
            plan, few["y"], design(few.assign(z=few["x"] ** 2, v=few["x"] ** 3), ["x", "z", "v"])
        )


def test_rows_belong_together_by_their_order_whatever_the_index():
    turned = FRAME.set_axis(FRAME.index[::-1])
    plan = survey_design(turned["w"], turned["stratum"], turned["unit"])
    assert weighted_mean(plan, turned["y"]) == weighted_mean(PLAN, FRAME["y"])


def test_a_unit_whose_weights_are_all_0_gives_no_degree_of_freedom():
    weights = FRAME["w"].where(FRAME["unit"] != 3, 0.0)
    plan = survey_design(weights, FRAME["stratum"], FRAME["unit"])
    assert plan.degrees(np.ones(120, dtype=bool)) == 23 - 4
