"""Models at the edge of what can be estimated: no spread, one degree of freedom, defaults."""

from math import inf, nan
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.stats.fitted import _covariance
from compendium.stats.imputation import _cluster_effects, impute
from compendium.stats.means import mean_difference
from compendium.stats.rank import kendall
from compendium.stats.survey_design import survey_design


@pytest.mark.parametrize(
    ("variance", "is_refused"),
    [(1e-300, False), (0.0, True), (-1.0, True), (inf, True), (nan, True)],
)
def test_a_coefficient_without_a_variance_is_refused_by_name(variance, is_refused):
    results = SimpleNamespace(cov_params=lambda: np.diag([1.0, variance]))
    if not is_refused:
        assert _covariance(results, ["x", "z"])[1, 1] == variance
        return
    with pytest.raises(UserError, match="value 'z': a coefficient has no standard error"):
        _covariance(results, ["x", "z"])


@pytest.mark.parametrize(
    ("codes", "G", "known"),
    [
        ([0, 0, 1], 2, True),  # one degree of freedom within and between
        ([0, 1, 2], 3, False),  # none within
        ([0, 0, 0], 1, False),  # none between
        ([0, 0, 2], 3, True),  # a cluster without answers takes none away
        ([0, 0, 0], 2, False),
    ],
)
def test_effects_of_clusters_need_a_degree_of_freedom_within_and_one_between(codes, G, known):
    rest = np.array([100.0, 100.1, -100.0])
    mean, drawn = _cluster_effects(rest, np.array(codes), G, np.random.default_rng(1))
    assert mean.any() == drawn.any() == known
    if known:
        assert mean[0] == pytest.approx(100, rel=0.01)
        assert mean[-1] == pytest.approx(-100, rel=0.01)
    if known and G == 3:
        assert mean[1] == 0
        assert drawn[1] != 0


def test_ten_rounds_and_five_donors_unless_told_otherwise():
    x = np.arange(20.0)
    frame = pd.DataFrame({"x": np.where(x == 4, nan, x), "y": np.cos(x)})
    found = impute(frame, m=2, seed=1)
    assert found.trace["iteration"].max() == 10
    assert "5 donors" in str(found.method)


@pytest.mark.parametrize(("one", "other"), [([1, 2, 3, 4, 5], [2] * 5), ([2] * 5, [1, 2, 3, 4, 5])])
def test_one_constant_is_enough_to_have_no_order_but_leaves_a_difference(one, other):
    with pytest.raises(UserError, match="a variable is constant"):
        kendall(one, other)
    line = mean_difference(one, other)
    assert line.se == pytest.approx(np.sqrt(2.5 / 5))


@pytest.mark.parametrize("lonely", ["centre", "certain"])
def test_a_stratum_of_one_unit_is_refused_unless_told_otherwise(lonely):
    strata, units = list("sst"), list("abc")
    with pytest.raises(UserError, match="a stratum has one unit"):
        survey_design(np.ones(3), strata, units)
    design = survey_design(np.ones(3), strata, units, lonely=lonely)
    assert (design.n_units, design.n_strata) == (3, 2)
