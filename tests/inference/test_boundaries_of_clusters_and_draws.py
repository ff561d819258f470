"""Few clusters, random weights and their p-values at the numbers at which words and forms change."""

from __future__ import annotations

import os
from math import isnan, nextafter

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference import size_study as module
from compendium.inference.cluster_shape import ClusterShape, effective_clusters, warnings_of
from compendium.inference.multipliers import multipliers
from compendium.inference.multiverse import joint
from compendium.inference.romano_wolf import Hypothesis, drawn_statistics, step_down
from compendium.inference.rows import kept_rows
from compendium.inference.size_study import size_study, verdict
from compendium.inference.wild import (
    Drawn,
    interval_end,
    tail_p,
    wild_cluster_bootstrap,
    wild_problem,
)
from compendium.inference.workers import run_blocks
from compendium.inference.workers_dask import ROUNDS, _Work
from compendium.stats.few_clusters import ClusterParts
from compendium.text import Text

# Statistics this near to each other, relative to their size, are a tie.
TIE = 1e-10


def shape(G=40, *, k=2, effective=None, varying=None, rarer=0, top=None, alone=None):
    top = 1 / G if top is None else top
    partial = [top, *[(1 - top) / (G - 1)] * (G - 1)]
    table = pd.DataFrame({"cluster": [f"c{g}" for g in range(G)], "partial_leverage": partial})
    worth = G if effective is None else effective
    varying = G if varying is None else varying
    return ClusterShape("x", table, 9 * G, k, G, worth, worth, varying, rarer, alone, "county")


@pytest.mark.parametrize(
    ("words", "said", "unsaid"),
    [
        ("no method is reliable", {"G": 9}, {"G": 10}),
        ("10 clusters are few", {"G": 10}, {"G": 9}),
        ("39 clusters are few", {"G": 39}, {"G": 40}),
        ("very unequal", {"effective": nextafter(20, 0)}, {"effective": 20}),
        ("varies in", {"varying": 39}, {"varying": 40}),
        ("rarer value in 1", {"rarer": 1}, {"rarer": 0}),
        ("rarer value in", {"rarer": 4}, {"rarer": 5}),
        ("of the variation", {"top": 0.0751}, {"top": 0.0749}),
        ("of the variation", {"G": 4, "top": nextafter(0.75, 1)}, {"G": 4, "top": 0.75}),
        ("coefficients on", {"k": 41}, {"k": 40}),
    ],
)
def test_a_warning_begins_at_its_number_and_not_before(words, said, unsaid):
    assert words in " ".join(text.en for text in warnings_of(shape(**said)))
    assert words not in " ".join(text.en for text in warnings_of(shape(**unsaid)))
    assert warnings_of(shape()) == ()


def test_where_one_cluster_decides_alone_that_is_said_and_not_its_parts():
    found = warnings_of(shape(rarer=1, top=0.9, alone=Text("c0", "c0")))
    assert ["alone decides" in text.en for text in found] == [True]


def test_three_clusters_have_none_that_stands_out():
    # All of the variation, and a rounding more.
    for top in (1.0, 1 + 1e-12):
        assert "of the variation" not in " ".join(t.en for t in warnings_of(shape(3, top=top)))


def test_clusters_without_variation_are_worth_no_number():
    assert isnan(effective_clusters(np.zeros(3)))
    assert effective_clusters(np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(2)


@pytest.mark.parametrize(
    ("kind", "G", "draws", "complete"),
    [
        ("rademacher", 3, 8, True),
        ("rademacher", 3, 7, False),
        ("webb", 2, 36, True),
        ("webb", 2, 35, False),
        ("mammen", 2, 999, False),
    ],
)
def test_all_patterns_are_listed_when_they_are_no_more_than_the_draws(kind, G, draws, complete):
    found = multipliers(G, draws, kind, seed=1)
    assert (found.complete, found.draws) == (complete, draws)
    if complete:
        assert len({tuple(pattern) for pattern in found.stored.T.tolist()}) == draws


def test_one_draw_is_taken_and_none_refused():
    assert multipliers(9, 1, "webb", seed=1).draws == 1
    with pytest.raises(UserError, match="too few bootstrap draws"):
        multipliers(9, 0, "webb", seed=1)


@pytest.mark.parametrize(
    ("t", "draws", "kind", "among", "p"),
    [
        # No effect at all: every draw is at least as extreme, that of 0 on both sides.
        (0.0, [-1, 0, 1], "symmetric", True, 1.0),
        (0.0, [-2, -1, 0, 1], "equal-tailed", True, 1.0),
        # A draw is a tie up to a rounding of 1e-10, on either side.
        (1.0, [1 - TIE, -(1 - TIE), nextafter(1 - TIE, 0)], "symmetric", True, 2 / 3),
        (1.0, [1 - TIE, nextafter(1 - TIE, 0), -3, -2], "equal-tailed", True, 0.5),
        (-1.0, [-1 + TIE, nextafter(-1 + TIE, 0), 3, 2], "equal-tailed", True, 0.5),
        # The data count as one more draw.
        (2.0, [0, 1, 3], "symmetric", False, 0.5),
        (2.0, [0, 1, 1], "equal-tailed", False, 0.5),
    ],
)
def test_a_draw_that_ties_counts_as_extreme(t, draws, kind, among, p):
    assert tail_p(t, np.array(draws, dtype=float), among, kind) == pytest.approx(p)


def test_a_draw_without_an_error_has_a_statistic_of_0():
    none = np.empty(0)
    drawn = Drawn(0.0, False, np.array([1.0, 1.0]), none, np.array([0.0, 4.0]), none, none)
    assert drawn.t(0.0).tolist() == [0.0, 0.5]


def test_an_interval_ends_where_the_p_value_comes_down_to_alpha_itself():
    assert interval_end(lambda null: max(0.25, 1 - 0.75 * null), 0.0, 1.0, 1, 0.25) == 1.0
    assert interval_end(lambda null: max(0.25, 1 + 0.75 * null), 0.0, 1.0, -1, 0.25) == -1.0
    # The farthest place looked at is 2048 standard errors away.
    assert interval_end(lambda null: 1 - null / 2048 * 0.75, 0, 1.0, 1, 0.25) == 2048
    assert isnan(interval_end(lambda null: 1 - null / 2049 * 0.75, 0, 1.0, 1, 0.25))
    assert isnan(interval_end(lambda _: 0.26, 0.0, 1.0, 1, 0.25))


def clustered(G=6, size=4):
    rng = np.random.default_rng(2)
    X = pd.DataFrame({"(intercept)": 1.0, "x": rng.normal(size=G * size)})
    return rng.normal(size=G * size), X, np.repeat(np.arange(G), size)


def test_an_outcome_of_0_throughout_has_nothing_to_test():
    _, X, cluster = clustered()
    with pytest.raises(UserError):
        wild_cluster_bootstrap(np.zeros(len(X)), X, cluster, "x", seed=1)


def test_clusters_whose_residuals_cancel_have_nothing_to_test_though_the_mean_is_0():
    y, X, cluster = (
        np.tile([1.0, -1.0], 6),
        pd.DataFrame({"(intercept)": np.ones(12)}),
        "aabbccddeeff",
    )
    with pytest.raises(UserError, match="fits every cluster perfectly"):
        wild_cluster_bootstrap(y, X, list(cluster), "(intercept)", seed=1)
    parts = ClusterParts(np.zeros(1), np.eye(1), np.zeros((6, 1)), np.full((6, 1, 1), 1 / 6), 12)
    with pytest.raises(UserError, match="fits every cluster perfectly"):
        wild_problem(parts)


@pytest.mark.parametrize(
    ("draw", "p"), [(1.0, 1.0), (1 - TIE, 1.0), (nextafter(1 - TIE, 0), 0.5), (-1.0, 1.0)]
)
def test_a_tie_counts_in_the_family_too(draw, p):
    assert step_down([1.0], [[draw]])[0] == p


def test_a_hypothesis_needs_two_clusters():
    y, X, cluster = clustered()
    whole = Hypothesis(y, X, cluster, "x")
    for G in (2, 1):
        some = cluster < G
        part = Hypothesis(y[some], X[some].reset_index(drop=True), cluster[some], "x")
        if G == 2:
            found = drawn_statistics({"a": whole, "b": part}, seed=1, draws=9)
            assert found.t.shape == (2,)
        else:
            with pytest.raises(UserError, match="one cluster only"):
                drawn_statistics({"a": whole, "b": part}, seed=1, draws=9)


def test_rows_of_weight_0_are_left_out_and_a_negative_weight_is_refused():
    y, X, _ = clustered()
    weights = np.ones(len(y))
    weights[3] = 0.0
    rows = kept_rows(y, X, weights)
    assert rows.kept.tolist() == [i != 3 for i in range(len(y))]
    assert "1" in str(rows.dropped)
    weights[3] = -1e-300
    with pytest.raises(UserError, match="a weight is negative"):
        kept_rows(y, X, weights)


@pytest.mark.parametrize(
    ("size", "error", "said"),
    [
        (0.05 * 1.2, 0.0, "holds"),
        (nextafter(0.05 * 1.2, 1), 0.0, "too often"),
        (0.05 * (1 - 0.2), 0.0, "holds"),
        (nextafter(0.05 * (1 - 0.2), 0), 0.0, "too rarely"),
        (0.0701, 0.005, "too often"),
        (0.0699, 0.005, "holds"),
        (0.0299, 0.005, "too rarely"),
        (0.0301, 0.005, "holds"),
    ],
)
def test_a_size_is_tolerated_to_a_fifth_of_its_level_and_two_errors(size, error, said):
    assert verdict(size, error) == said


def test_five_clusters_and_one_replication_can_be_simulated_and_no_fewer():
    found = size_study((5,), ("balanced",), ("CR1",), seed=1, replications=1)
    assert found["replications"].tolist() == [module.PER_DESIGN]
    assert found["mc_error"].gt(0).all()
    with pytest.raises(UserError, match="too few clusters"):
        size_study((4,), ("balanced",), ("CR1",), seed=1, replications=1)
    with pytest.raises(UserError, match="no replications"):
        size_study((5,), ("balanced",), ("CR1",), seed=1, replications=0)


@pytest.mark.parametrize(("nominal", "ever"), [(1 / 16, True), (nextafter(1 / 16, 0), False)])
def test_a_p_value_of_just_the_level_rejects(nominal, ever):
    # Of the 32 patterns of five signs the data's own and its opposite are the most extreme.
    how = {"seed": 1, "replications": 50, "draws": 32, "nominal": nominal}
    found = size_study((5,), ("balanced",), ("WCR Rademacher",), **how)
    assert (found["size"].item() > 0) == ever


@pytest.mark.parametrize(("G", "treated"), [(5, 1), (10, 2), (40, 8)])
def test_one_cluster_in_five_is_treated(G, treated):
    found = module._design(G, "few treated", np.random.default_rng(1))
    # Beside mean and control, the term is a step from cluster to cluster.
    own = [(found.codes == g).astype(float) for g in range(G)]
    terms = np.column_stack([found.Z[:, 1], *own])
    steps = np.linalg.lstsq(terms, found.Z[:, 2], rcond=None)[0][1:]
    values, counts = np.unique(np.round(steps, 8), return_counts=True)
    assert (len(values), counts.min()) == (2, treated)


def test_one_block_is_worked_on_in_this_process_whatever_the_jobs():
    assert run_blocks(lambda _: os.getpid(), [0], jobs=2) == [os.getpid()]
    assert run_blocks(lambda _: os.getpid(), [0, 1], jobs=1) == [os.getpid()] * 2
    assert run_blocks(lambda _: os.getpid(), [], jobs=2) == []
    with pytest.raises(UserError, match="at least one job"):
        run_blocks(lambda _: None, [0], jobs=0)


def test_a_block_is_given_up_when_its_worker_is_lost_for_the_third_time():
    work = object.__new__(_Work)
    work._give_up(4, ROUNDS - 1)
    with pytest.raises(UserError, match="block 5 lost its worker again and again"):
        work._give_up(4, ROUNDS)
    assert ROUNDS == 3


def test_the_joint_test_takes_webbs_points_below_twelve_clusters():
    assert "Webb" in str(joint.weights_for(30, 11, 99, 1).method)
    assert "Webb" not in str(joint.weights_for(30, 12, 99, 1).method)


@pytest.mark.parametrize(("complete", "p"), [(True, 2 / 4), (False, 3 / 5)])
def test_a_resample_that_ties_is_as_extreme_as_what_was_found(complete, p):
    tie = 1.0 - 1e-10
    drawn = np.array([[tie, nextafter(tie, 0), 1.0, 0.0]])
    assert joint.p_values(np.array([1.0]), drawn, complete) == pytest.approx([p])
