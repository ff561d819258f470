"""The last input that each estimator takes and the first that it refuses, side by side."""

from math import inf, nan
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from properties import check_limit

from compendium.stats.binomial import beta_binomial
from compendium.stats.bounds import unseen_share_needed
from compendium.stats.checks import check_level
from compendium.stats.cluster_bootstrap import percentile_line, resample, whole
from compendium.stats.clusters import cluster_codes
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.dirichlet import dirichlet_multinomial
from compendium.stats.fit import Fit
from compendium.stats.fitted import fit
from compendium.stats.foreign import refuse_weights
from compendium.stats.imputation import impute, pool
from compendium.stats.leave_one_out import leave_one_out
from compendium.stats.levels import at_level
from compendium.stats.means import mean_difference
from compendium.stats.mediation import unmeasured_confounding
from compendium.stats.meta_analysis import Effects, fisher_z, random_effects
from compendium.stats.method import NONE
from compendium.stats.misclassified import ErrorRates, corrected_share
from compendium.stats.moderation import johnson_neyman
from compendium.stats.multilevel import random_intercepts
from compendium.stats.proportions import binomial_interval, check_counts
from compendium.stats.rank import kendall
from compendium.stats.survey_design import survey_design, weighted_ls
from compendium.stats.systems import contrast_test, joint_test, stacked_ols
from compendium.stats.tidy import Tidy

RNG = np.random.default_rng(5)
X, Y, Z = RNG.normal(size=(3, 60))
FOUR = np.arange(60) % 4


def rows(n, k):
    """A design of an intercept and k - 1 columns that nothing adds up to."""
    others = np.random.default_rng(1).normal(size=(n, k - 1))
    return pd.DataFrame(np.column_stack([np.ones(n), others])).rename(columns={0: INTERCEPT})


def mean_of(frame):
    return Tidy("mean", float(frame["y"].mean()))


def without_one_of(groups):
    frame = pd.DataFrame({"g": np.arange(6) % groups, "y": np.arange(6.0)})
    return leave_one_out(mean_of, frame, "g")


def of_studies(v):
    v = np.asarray(v, dtype=float)
    y = np.linspace(-1, 1, v.size)
    return random_effects(Effects(tuple(map(str, range(v.size))), y, v, "z"))


def rates(hits, passes):
    return ErrorRates(hits, 10, passes, 10)


def of_statsmodels(n):
    return fit(sm.OLS(Y[:n], rows(n, 3).to_numpy()))


def joint(q, df=2.0):
    terms = tuple("abcd"[:q])
    found = Fit(terms, np.ones(q), np.eye(q), 50, 3, df, 0.95, NONE, np.zeros(50))
    return contrast_test(found, [{term: 1.0} for term in terms], "all are 0")


def with_product(low, high):
    terms = (INTERCEPT, "x", "w", "x:w")
    found = Fit(terms, np.ones(4), np.eye(4) / 9, 50, 0, inf, 0.95, NONE, np.zeros(50))
    return johnson_neyman(found, "x", "w", low, high)


def undefined(n, draws=200):
    """A statistic that is undefined in n of its draws."""
    drawn = np.append(np.full(n, nan), np.linspace(-1, 2, draws - n))
    return percentile_line("t", 0.5, drawn, whole(pd.DataFrame({"x": X})), 0.95)


def answered(n):
    frame = pd.DataFrame({"x": X[:30], "y": Y[:30]})
    frame.loc[n:, "y"] = nan
    return impute(frame, m=2, seed=1, iterations=1, donors=2)


def lines(m):
    return pool([Tidy("x", float(i), 1.0, n=9, level=0.95) for i in range(m)])


def pool_of_errors(se):
    return pool([Tidy("x", 1.0, 1.0, n=9, level=0.95), Tidy("x", 2.0, se, n=9, level=0.95)])


def pool_of_rows(n):
    return pool([Tidy("x", 1.0, 1.0, n=9, level=0.95), Tidy("x", 2.0, 1.0, n=n, level=0.95)])


def weights(least):
    model = SimpleNamespace(weights=np.array([1.0, least]), freq_weights=None)
    return refuse_weights(SimpleNamespace(model=model))


def frequencies(least):
    model = SimpleNamespace(freq_weights=np.array([2.0, least]))
    return refuse_weights(SimpleNamespace(model=model))


def of_units(per_stratum):
    """Two strata with so many units in all, a unit a row."""
    strata = [0] + [1] * (per_stratum - 1)
    return survey_design(np.ones(per_stratum), strata, lonely="centre")


def of_levels(levels):
    return at_level(pd.DataFrame({"x": [1]}), levels)


def groups_of(sizes):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    n = labels.size
    return random_intercepts(Y[:n], rows(n, 1), pd.DataFrame({"g": labels}))


def of_counts(table):
    return dirichlet_multinomial(pd.DataFrame(table, columns=list("abc")[: len(table[0])]))


def on_another(equations):
    system = stacked_ols({"y": Y, "z": Z}, pd.DataFrame({INTERCEPT: 1.0, "x": X}))
    return joint_test(system, "x", equations)


def confounded(rho):
    return unmeasured_confounding(Y, Z + X, X, draws=100, seed=1, rho=(0.0, rho))


CASES = {
    "a line without an error in a pool": (pool_of_errors, 1e-9, 0.0, "no standard error"),
    "lines of as many rows": (pool_of_rows, 9, 10, "differ in term, rows or level"),
    "a trial": (lambda n: binomial_interval(0, n), 1, 0, "no trials"),
    "half of a hundred draws": (lambda n: undefined(n, 100), 50, 51, "undefined in nearly all"),
    "a level above 0": (check_level, 1e-9, 0.0, "level of an interval"),
    "a level below 1": (check_level, 1 - 1e-9, 1.0, "level of an interval"),
    "two clusters": (lambda G: cluster_codes(np.arange(6) % G, 6), 2, 1, "1 cluster"),
    "more rows than terms": (lambda n: check_design(rows(n, 3), n), 4, 3, "3 rows for 3"),
    "more rows than terms of a model": (of_statsmodels, 4, 3, "3 rows for 3"),
    "a threshold above 0": (
        lambda t: unseen_share_needed([1, 0, 0], [0, 1, 0], threshold=t),
        1e-6,
        0.0,
        "threshold must",
    ),
    "a threshold below 1": (
        lambda t: unseen_share_needed([1, 0, 0], [0, 1, 0], threshold=t),
        1 - 1e-6,
        1.0,
        "threshold must",
    ),
    "a row of two trials": (
        lambda n: beta_binomial([1, 0, 1, 0] * 5, [n, 1, 1, 1] * 5, rows(20, 1)),
        2,
        1,
        "every row has one trial",
    ),
    "two values of the first group": (
        lambda n: mean_difference(X[:n], Y[:3]),
        2,
        1,
        "first group has 1",
    ),
    "two values of the second group": (
        lambda n: mean_difference(X[:3], Y[:n]),
        2,
        1,
        "second group has 1",
    ),
    "two groups to leave out": (without_one_of, 2, 1, "one group only"),
    "100 draws": (
        lambda n: resample(pd.DataFrame({"x": X}), None, n, 1, "rows"),
        100,
        99,
        "too few bootstrap",
    ),
    "half of the draws": (undefined, 100, 101, "undefined in nearly all"),
    "two batches": (lambda n: of_counts([[3, 1], [1, 4]][:n]), 2, 1, "1 batches of 2"),
    "two categories": (
        lambda k: of_counts([[3, 1][:k], [1, 4][:k]]),
        2,
        1,
        "2 batches of 1",
    ),
    "counts from 0": (lambda least: of_counts([[3, least], [1, 4]]), 0, -1, "not counts"),
    "five pairs": (lambda n: kendall(X[:n], Y[:n]), 5, 4, "4 pairs are too few"),
    "two outcomes": (
        lambda n: stacked_ols(dict(list({"y": Y, "z": Z}.items())[:n]), rows(60, 2)),
        2,
        1,
        "needs two outcomes",
    ),
    "a term of two equations": (on_another, ["y", "z"], ["y"], "fewer than two equations"),
    "as many combinations as freedom": (joint, 2, 3, "3 combinations can't"),
    "two imputations": (
        lambda m: impute(pd.DataFrame({"x": [*X[:20], nan], "y": Y[:21]}), m=m, seed=1),
        2,
        1,
        "two imputations",
    ),
    "ten answers of a column": (answered, 10, 9, "9 answers in the column"),
    "two lines to pool": (lines, 2, 1, "two imputations"),
    "intervals of one level": (of_levels, [0.9, 0.9, nan], [0.9, 0.95], "several levels"),
    "a correlation of errors below 1": (confounded, 0.99, 1.0, "outside -1 to 1"),
    "a correlation of errors above -1": (confounded, -0.99, -1.0, "outside -1 to 1"),
    "two studies": (lambda k: of_studies(np.ones(k)), 2, 1, "of 1 study"),
    "a sampling variance above 0": (
        lambda v: of_studies([1, 2, v]),
        1e-3,
        0.0,
        "sampling variance",
    ),
    "a correlation inside 1": (
        lambda r: fisher_z([0.1, r], [9, 9], list("ab")),
        1 - 1e-9,
        1.0,
        "inside -1 to 1",
    ),
    "a correlation inside -1": (
        lambda r: fisher_z([0.1, r], [9, 9], list("ab")),
        -1 + 1e-9,
        -1.0,
        "inside -1 to 1",
    ),
    "four rows for Fisher's z": (
        lambda n: fisher_z([0.1, 0.2], [9, n], list("ab")),
        4,
        3,
        "n above 3",
    ),
    "codes better than chance": (
        lambda hits: corrected_share(50, 100, rates(hits, 5), seed=1),
        6,
        5,
        "no oftener than by chance",
    ),
    "a range of some width": (lambda high: with_product(0.0, high), 1e-9, 0.0, "range is empty"),
    "a row with a trial": (
        lambda n: check_counts([0, 1], [n, 3]),
        1,
        0,
        "without trials has no share",
    ),
    "successes from 0": (lambda x: check_counts([x, 1], [3, 3]), 0, -1, "outside 0 to trials"),
    "successes up to trials": (lambda x: check_counts([x, 1], [3, 3]), 3, 4, "outside 0 to"),
    "weights above 0": (weights, 1e-9, 0.0, "weight 0 or less"),
    "frequencies above 0": (frequencies, 1.0, 0.0, "weight 0 or less"),
    "a weight of 0": (survey_design, [1.0, 2.0, 0.0], [1.0, 2.0, -1e-9], "is negative"),
    "more units than strata": (of_units, 3, 2, "every stratum has one unit"),
    "more units than coefficients": (
        lambda G: weighted_ls(
            survey_design(np.ones(12), cluster=np.arange(12) % G), Y[:12], rows(12, 3)
        ),
        4,
        3,
        "too few units for these terms",
    ),
    "a group of two rows": (
        lambda largest: groups_of([largest, 1, 1, 1, 1, 1]),
        2,
        1,
        "every group has one row",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_last_input_is_accepted_and_the_next_refused(case):
    check_limit(*CASES[case])
