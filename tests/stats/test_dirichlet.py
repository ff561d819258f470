"""Dirichlet-multinomial: recovered truth, the boundary, its kin with the beta-binomial."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.stats.binomial import beta_binomial
from compendium.stats.design import INTERCEPT
from compendium.stats.dirichlet import dirichlet_multinomial

TRUTH = np.array([0.1, 0.4, 0.3, 0.2])
RANKS = ["bureau", "division", "section", "staff"]


def batches(n=60, precision=8.0, seed=1):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(TRUTH * precision, n)
    totals = 10 + rng.poisson(60, n)
    rows = [rng.multinomial(t, p) for t, p in zip(totals, shares, strict=True)]
    return pd.DataFrame(rows, columns=RANKS)


def test_truth_is_recovered():
    found = dirichlet_multinomial(batches(200))
    for line, share in zip(found.shares, TRUTH, strict=True):
        assert abs(line.value - share) < 3 * line.se
    assert found.rho.ci_low < 1 / 9 < found.rho.ci_high
    assert found.overdispersion.p < 1e-6
    assert sum(line.value for line in found.shares) == pytest.approx(1)


def test_two_categories_are_a_beta_binomial():
    counts = batches()[["division", "staff"]]
    found = dirichlet_multinomial(counts)
    ones = pd.DataFrame({INTERCEPT: np.ones(len(counts))})
    kin = beta_binomial(counts["division"], counts.sum(axis=1), ones)
    assert found.loglik == pytest.approx(kin.fit.loglik, rel=1e-10)
    assert found.rho.value == pytest.approx(kin.rho.value, rel=1e-7)
    assert found.rho.se == pytest.approx(kin.rho.se, rel=1e-5)
    assert found.shares[0].ci_low == pytest.approx(
        1 / (1 + np.exp(-kin.fit[INTERCEPT].ci_low)), rel=1e-6
    )


def test_batches_that_do_not_differ_give_the_pooled_shares():
    counts = pd.DataFrame([[10, 30, 20, 40], [11, 29, 21, 39], [9, 31, 20, 40]], columns=RANKS)
    found = dirichlet_multinomial(counts)
    assert found.rho.value == 0
    pooled = list(counts.sum() / counts.to_numpy().sum())
    assert [share.value for share in found.shares] == pytest.approx(pooled)
    assert "rho = 0" in str(found.shares[0].method)


def test_order_of_batches_and_ranks_does_not_matter():
    counts = batches(30)
    found = dirichlet_multinomial(counts)
    turned = dirichlet_multinomial(counts.iloc[::-1, ::-1])
    assert turned.loglik == pytest.approx(found.loglik, rel=1e-12)
    assert turned.shares[-1].value == pytest.approx(found.shares[0].value, rel=1e-8)


def test_batches_of_one_province_may_be_clustered():
    counts = batches(30)
    province = pd.Series(np.repeat(np.arange(10), 3), name="province")
    line = dirichlet_multinomial(counts, province).shares[0]
    assert line.n_clusters == 10
    assert "CR1 by province, 10 clusters, t(9)" in str(line.method)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1, 2]], "1 batches"),
        ([[1], [2]], "1 categories"),
        ([[1, 2], [0, 0]], "without persons"),
        ([[1, 0], [2, 0]], "column b.*empty in all"),
        ([[1, 2], [1, None]], "missing"),
        ([[1, 2], [1, -1]], "not counts"),
    ],
)
def test_bad_counts_are_refused(rows, words):
    counts = pd.DataFrame(rows, columns=list("ab")[: len(rows[0])])
    with pytest.raises(UserError, match=words):
        dirichlet_multinomial(counts)
