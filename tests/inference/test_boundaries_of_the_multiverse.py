"""Multiverses of the fewest universes, clusters and rows, and of weights and levels at none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.multiverse import run_multiverse
from compendium.inference.multiverse.joint import Pieces, resample
from compendium.inference.multiverse.summary import variance_shares
from tests.inference import multiverse_cases as case

OUTCOMES = case.decision(
    "outcome", "outcome", case.option("y", True, column="y"), case.option("y2", column="y2")
)


def run(frame, *decisions, resamples=0, **base):
    plan = case.plan(*(decisions or (OUTCOMES,)), base={"predictor": "x", **base})
    return run_multiverse(plan, case.judged(), frame, resamples=resamples)


@pytest.mark.parametrize(
    ("rows", "clusters", "reason", "detail"),
    [
        (12, 3, "", ""),
        (12, 2, "parameters_exceed_clusters", "2 ≥ 2"),
        (3, 3, "", ""),
        (2, 2, "few_rows", "2 < 3"),
    ],
)
def test_a_slope_needs_three_rows_in_three_clusters(rows, clusters, reason, detail):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["x", "y", "y2"])
    found = run(frame.assign(c=np.arange(rows) % clusters)).frame
    assert found["reason"].tolist() == [reason] * 2
    assert found["detail"].tolist() == [detail] * 2


@pytest.mark.parametrize(("clusters", "reason"), [(3, "one_treated_cluster"), (4, "")])
def test_one_treated_cluster_of_three_is_told_from_two_of_four(clusters, reason):
    rng = np.random.default_rng(4)
    code = np.arange(24) % clusters
    frame = pd.DataFrame(rng.normal(size=(24, 2)), columns=["y", "y2"])
    found = run(frame.assign(c=code, x=(code < clusters - 2) * 1.0)).frame
    assert found["reason"].tolist() == [reason] * 2


def test_a_sample_of_one_row_is_one_cluster():
    frame = case.rows(n=60, G=6).assign(kept=[1.0, *[0.0] * 59])
    assert run(frame, samples=("kept",)).frame["reason"].tolist() == ["one_cluster"] * 2


def test_rows_of_weight_0_are_left_out_and_the_row_of_a_negative_weight_is_named():
    frame = case.rows(n=60, G=6).assign(w=1.0)
    frame.loc[frame.index[:3], "w"] = 0.0
    some = run(frame, weights="w").frame.iloc[0]
    assert some["n"] == 57
    assert some["value"] == pytest.approx(run(frame.iloc[3:]).frame["value"][0])
    frame.loc[frame.index[5], "w"] = -1.0
    with pytest.raises(UserError, match=r"row 6, column w, value -1\.0: a weight is negative"):
        run(frame, weights="w")


def test_a_cluster_that_a_sample_leaves_out_has_no_effect_of_its_own():
    frame = case.rows(n=60, G=6)
    some = frame["c"] != "county 2"
    found = run(frame.assign(kept=some * 1.0), samples=("kept",), fixed_effects="c").frame
    alone = run(frame[some].reset_index(drop=True), fixed_effects="c").frame
    assert found["reason"].tolist() == alone["reason"].tolist() == ["", ""]
    for column in ("value", "ci_low", "ci_high"):
        assert found[column].tolist() == pytest.approx(alone[column].tolist(), rel=1e-9)


def test_a_control_of_one_level_is_a_constant_and_is_said_to_be_one():
    frame = case.rows(n=60, G=6).assign(kind=pd.Categorical(["a"] * 60))
    found = run(frame, controls=("kind",)).frame.iloc[0]
    assert found["reason"] == "control_constant"


def test_two_universes_are_tested_jointly_and_one_that_is_left_is_not():
    frame = case.rows(n=80, G=8)
    assert len(run(frame, resamples=9).joint) == 3
    assert run(frame, resamples=0).joint == ()
    assert run(frame.assign(y2=1.0), resamples=9).joint == ()
    with pytest.raises(UserError, match="resamples can't be negative"):
        run(frame, resamples=-1)


def test_two_estimates_have_a_variance_to_share_and_one_that_is_left_has_none():
    frame = case.rows(n=80, G=8)
    assert variance_shares(run(frame))["share"].tolist() == pytest.approx([1, 0], abs=1e-9)
    assert variance_shares(run(frame.assign(y2=1.0))).empty


def test_a_resample_without_an_error_has_a_statistic_of_0():
    # Two clusters that contribute alike and opposite scores: with equal signs nothing is left.
    nothing = np.zeros((1, 2, 1))
    block = Pieces(np.array([[0.0, 0.0]]), nothing, nothing, np.ones(1), np.ones(1), np.arange(2))
    effect, t = resample((block, np.ones((2, 1))))
    assert (effect.tolist(), t.tolist()) == ([[0.0]], [[0.0]])
