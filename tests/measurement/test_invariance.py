"""Measurement invariance: what is invariant holds, what is not fails where it was broken."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.measurement.factor import cfa
from compendium.measurement.invariance import invariance

from .simulated import structure, two_factors

KINDS = np.repeat(["town", "subdistrict", "township"], 300)


def kinds(seed=1, *, shift=0.5, intercept=0.0, loading=1.0):
    """Three kinds of unit; the first factor is higher in towns, one item may behave otherwise."""
    items, _ = two_factors(900, seed)
    town = KINDS == "town"
    items.loc[town, structure()["first"]] += 0.7 * shift
    items.loc[town, "y0"] += intercept
    items.loc[town, "y5"] *= loading
    return items


def test_invariant_answers_pass_every_level_and_means_are_recovered():
    found = invariance(kinds(), structure(), KINDS)
    assert found.groups == {"subdistrict": 300, "town": 300, "township": 300}
    assert found.frame["holds"].tolist() == [None, True, True]
    means = {line.term: line for line in found.latent_means}
    assert means["first: town"].ci_low < 0.5 < means["first: town"].ci_high
    assert means["second: township"].ci_low < 0 < means["second: township"].ci_high
    assert str(means["first: town"].method) == "difference from subdistrict, scalar invariance, ML"


def test_shifted_intercept_breaks_scalar_invariance_only_and_may_be_let_go():
    items = kinds(intercept=0.8)
    found = invariance(items, structure(), KINDS)
    assert found.frame["holds"].tolist() == [None, True, False]
    partial = invariance(items, structure(), KINDS, free_intercepts=["y0"])
    assert partial.frame["holds"].tolist() == [None, True, True]
    assert partial.frame["delta_df"].tolist()[2] == found.frame["delta_df"].tolist()[2] - 2


def test_other_loading_breaks_metric_invariance_and_may_be_let_go():
    items = kinds()
    town = KINDS == "town"
    noise = np.random.default_rng(9).normal(size=900)
    items.loc[town, "y5"] = noise[town]
    assert invariance(items, structure(), KINDS).frame["holds"].tolist()[1] is False
    assert invariance(items, structure(), KINDS, free_loadings=["y5"]).frame["holds"][1] is True


def test_configural_fit_is_the_sum_of_the_groups_fits():
    items = kinds()
    apart = sum(cfa(part, structure()).indices.chi2 for _, part in items.groupby(KINDS))
    found = invariance(items, structure(), KINDS).fits["configural"]
    assert found.chi2 == pytest.approx(apart, rel=1e-9)


def test_fit_does_not_depend_on_which_group_is_the_reference():
    items = kinds()
    order = pd.Categorical(KINDS, categories=["township", "town", "subdistrict"])
    plain, other = (invariance(items, structure(), group) for group in (KINDS, order))
    assert list(other.groups) == ["township", "town", "subdistrict"]
    columns = ["chi2", "df", "cfi", "rmsea", "srmr"]
    pd.testing.assert_frame_equal(plain.frame[columns], other.frame[columns], rtol=1e-7)


def test_clusters_may_cross_groups():
    cluster = pd.Series(np.arange(900) % 60, name="county")
    found = invariance(kinds(), structure(), KINDS, cluster=cluster)
    assert found.fits["scalar"].n_clusters == 60
    assert "by county, 60 clusters" in str(found.latent_means[0].method)


@pytest.mark.parametrize(
    ("group", "options", "words"),
    [
        (np.repeat("town", 900), {}, "1 group among complete rows"),
        (np.repeat(["town", "township"], [888, 12]), {}, "group township has 12 complete rows"),
        (np.repeat(["town", None], [450, 450]), {}, "group is missing"),
        (KINDS[:5], {}, "items and groups differ in rows, 900 and 5"),
        (KINDS, {"free_loadings": ["z"]}, "not in the model"),
        (KINDS, {"cluster": np.zeros(900)}, "1 cluster"),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(group, options, words):
    with pytest.raises(UserError, match=words):
        invariance(kinds(), structure(), group, **options)


def test_item_constant_in_one_group_is_named():
    items = kinds()
    items.loc[KINDS == "town", "y3"] = 1.0
    with pytest.raises(UserError, match="in group town") as caught:
        invariance(items, structure(), KINDS)
    assert caught.value.column == "y3"
