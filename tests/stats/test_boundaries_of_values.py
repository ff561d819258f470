"""Right values where a comparison is of two equal numbers: no variance, no gap, exactly at a cut."""

from math import inf, nan, sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from compendium.errors import UserError
from compendium.stats.alone import SINGULAR, Alone, refuse_leverage
from compendium.stats.binomial import beta_binomial
from compendium.stats.bounds import imbens_manski_c
from compendium.stats.cluster_bootstrap import percentile_line, resample, whole
from compendium.stats.counts import rootogram
from compendium.stats.design import INTERCEPT
from compendium.stats.dirichlet import dirichlet_multinomial
from compendium.stats.fit import Fit
from compendium.stats.foreign import refuse_unfinished
from compendium.stats.grouped import shares_by
from compendium.stats.imputation import impute, pool
from compendium.stats.means import mean_difference
from compendium.stats.meta_analysis import Effects, random_effects
from compendium.stats.method import NONE, Method
from compendium.stats.moderation import johnson_neyman, marginal_effects
from compendium.stats.multilevel import varies_within
from compendium.stats.overdispersion import boundary_ratio_test
from compendium.stats.proportions import pooled_share
from compendium.stats.response_surface import SURFACE, ResponseSurface, surface_lines
from compendium.stats.solve import project, refuse_exact
from compendium.stats.survey_design import survey_design, weighted_share
from compendium.stats.tidy import Tidy


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("a", "a"),
        ("abc", "a, b, c"),
        ("abcd", "a, b, c and 1 more"),
        ("abcde", "a, b, c and 2 more"),
    ],
)
def test_three_clusters_that_decide_alone_are_named_and_more_are_counted(names, said):
    found = Alone(np.eye(len(names)), tuple(names)).deciding(np.ones(len(names)))
    assert found is not None
    assert found.en == said


def test_a_leverage_is_refused_only_above_its_limit():
    refuse_leverage(np.array([0.1, 1 - SINGULAR]))
    with pytest.raises(UserError, match="row 2"):
        refuse_leverage(np.array([0.1, np.nextafter(1 - SINGULAR, 2)]))


@pytest.mark.parametrize(
    ("width", "se", "level"),
    [(0.0, 0.0, 0.95), (0.0, 0.1, 0.95), (0.2, 0.0, 0.90), (1e9, 1.0, 0.90)],
)
def test_bounds_that_meet_have_a_two_sided_and_bounds_apart_a_one_sided_value(width, se, level):
    """Imbens and Manski's two limits; without errors any width is far apart."""
    assert imbens_manski_c(width, se, 0.0, 0.95) == pytest.approx(stats.norm.ppf((1 + level) / 2))
    assert imbens_manski_c(width, 0.0, se, 0.95, 7) == pytest.approx(
        stats.t.ppf((1 + level) / 2, 7)
    )


@pytest.mark.parametrize(
    ("largest", "is_open"), [(None, [0, 0, 0, 0]), (3, [0] * 4), (2, [0, 0, 1])]
)
def test_a_rootogram_is_open_only_where_counts_lie_above_its_last(largest, is_open):
    model = sm.GLM([0, 1, 1, 3], np.ones(4), family=sm.families.Poisson()).fit()
    found = rootogram(model, largest=largest)
    assert found["open"].tolist() == is_open
    wanted = stats.poisson(1.25).pmf(np.arange(len(is_open))) * 4
    wanted[-1] = wanted[-1] if not is_open[-1] else 4 - wanted[:-1].sum()
    np.testing.assert_allclose(found["expected"], wanted)


@pytest.mark.parametrize(("below", "above"), [(10, 185), (185, 10)])
def test_draws_of_exactly_0_count_on_both_sides(below, above):
    """Davison and Hinkley (1997, eq. 4.11): 10 beyond 0, 5 at 0, and 1 added, twice, of 201."""
    drawn = np.repeat([-1.0, 0.0, 1.0], [below, 5, above])
    line = percentile_line("t", 0.5, drawn, whole(pd.DataFrame({"x": [1.0, 2, 4]})), 0.95)
    assert line.p == pytest.approx(2 * 16 / 201)


def test_draws_of_clusters_in_which_a_variable_is_the_same_are_undefined():
    """x is at its mean in half of the clusters: where only these are drawn nothing is known."""
    frame = pd.DataFrame({"x": [-1.0, -1, 1, 1, 0, 0, 0, 0], "y": [1.0, 2, 5, 3, 2, 4, 1, 6]})
    draws = resample(frame, np.repeat(np.arange(4), 2), 400, 1, "county")
    k = 1 + draws.names.index("x")
    same = draws.grams[:, k, k] == 0
    assert 10 < same.sum() < 50  # a sixteenth of 400 is expected
    assert np.isnan(draws.slopes("y", ["x"])[same]).all()
    assert np.isnan(draws.residual_covariance(["x"], ["y"])[same]).all()


@pytest.mark.parametrize(("clusters", "has_interval"), [("aabb", True), ("aaaa", False)])
def test_a_group_of_two_clusters_has_an_interval_and_of_one_has_none(clusters, has_interval):
    counts = pd.DataFrame({"by": "u", "x": [1, 2, 2, 4], "n": 5, "county": list(clusters)})
    line = shares_by(counts, ["by"], ["x"], "n", "county").tidy["u", "x"]
    assert line.value == pytest.approx(9 / 20)
    assert (line.se > 0) is has_interval
    assert line.n_clusters == len(set(clusters))


@pytest.mark.parametrize("constant", [0.0, 3.0, 0.1])
def test_two_constant_groups_have_no_interval_whatever_the_constant(constant):
    with pytest.raises(UserError, match="both groups are constant"):
        mean_difference(np.full(3, constant), np.full(4, constant))


def of_same(y, k=3, **how):
    return random_effects(Effects(tuple("abc"[:k]), np.full(k, y), np.ones(k), "logit"), **how)


@pytest.mark.parametrize("y", [0.0, 0.3])
def test_studies_of_one_effect_have_no_heterogeneity_and_no_error_by_hartung_and_knapp(y):
    found = of_same(y, method="EE", test="z")
    assert max(abs(found.I2), abs(found.H2)) < 1e-12
    assert found.on_scale.se == pytest.approx(sqrt(1 / 3))
    with pytest.raises(UserError, match="same effect"):
        of_same(y, test="hk")


@pytest.mark.parametrize(("k", "has_interval"), [(2, False), (3, True)])
def test_three_studies_are_the_fewest_for_a_prediction_interval(k, has_interval):
    assert np.isfinite(of_same(0.2, k, test="z").prediction.ci_low) == has_interval


def linear(b, V):
    """A fit of x, w and their product with these coefficients and covariances of x and x:w."""
    beta, cov = np.array([0.0, b[0], 0.0, b[1]]), np.zeros((4, 4))
    cov[np.ix_([1, 3], [1, 3])] = V
    return Fit((INTERCEPT, "x", "w", "x:w"), beta, cov, 50, 0, inf, 0.95, NONE, np.zeros(50))


def test_a_region_of_no_width_is_no_region():
    fit = linear((0.5, 1.0), np.diag([0.04, 0.01]))
    first, last = johnson_neyman(fit, "x", "w", -5, 5).bounds
    for low, high, slopes in [
        (first, last, ["none"]),
        (-5, first, ["negative"]),
        (last, 5, ["positive"]),
        (first, 5, ["none", "positive"]),
    ]:
        regions = johnson_neyman(fit, "x", "w", low, high).regions
        assert regions["slope"].tolist() == slopes
        assert (regions["low"] < regions["high"]).all()


def test_a_slope_whose_interval_ends_at_0_is_neither_positive_nor_negative():
    fit = linear((0.0, 1.0), np.zeros((2, 2)))
    assert marginal_effects(fit, "x", "w", [-1.0, 0.0, 1.0])["slope"].tolist() == [
        "negative",
        "none",
        "positive",
    ]


@pytest.mark.parametrize(
    ("values", "varies"),
    [
        ([3.0, 3, 3, 3], False),
        ([0.0, 0, 0, 0], False),
        ([1.0, 1, 2, 2], False),
        ([1.0, 2, 2, 2], True),
    ],
)
def test_numbers_that_are_all_the_same_do_not_vary_within_groups(values, varies):
    assert varies_within(np.array(values), np.array([0, 0, 1, 1])) is varies


@pytest.mark.parametrize(("top", "p"), [(-10.0, 1.0), (-11.0, 1.0), (-10 + 3.841459 / 2, 0.025)])
def test_a_likelihood_that_is_no_higher_has_a_p_value_of_1(top, p):
    """Half of the chi-squared distribution lies at 0, so p is 1 there and a half just above it."""
    found = boundary_ratio_test(-10.0, top, 20, ("model_nb2", "model_poisson"))
    assert found.p == pytest.approx(p, rel=1e-5)


@pytest.mark.parametrize("share", [0, 1])
def test_a_share_of_none_or_all_has_no_error(share):
    line = pooled_share([4 * share] * 5, [4] * 5, list("aabbc"))
    assert line.value == share
    assert np.isnan(line.se)
    assert 0 <= line.ci_low <= share <= line.ci_high <= 1


def test_counts_that_vary_just_as_binomial_ones_have_no_further_spread():
    """Half, of 2 trials: 0, 1, 1, 2 have the variance of 1/2 that the binomial has."""
    X = pd.DataFrame({INTERCEPT: np.ones(4)})
    assert beta_binomial([0, 1, 1, 2], [2] * 4, X).rho.value == 0
    table = pd.DataFrame({"a": [0, 1, 1, 2], "b": [2, 1, 1, 0]})
    assert dirichlet_multinomial(table).rho.value == 0


def surface(x_range, y_range):
    """z = x - x^2 - 3 y^2: the axes are y = 0, and the upright line x = 1/2."""
    beta = np.array([0.0, 1.0, 0.0, -1.0, 0.0, -3.0])
    fit = Fit((INTERCEPT, *SURFACE), beta, np.eye(6), 50, 0, inf, 0.95, NONE, np.zeros(50))
    return ResponseSurface(fit, 0.0, x_range, y_range, None)


@pytest.mark.parametrize("y_range", [(0.0, 1.0), (-1.0, 0.0), (-1.0, 1.0)])
def test_an_axis_along_the_edge_of_the_range_is_drawn(y_range):
    lines = surface_lines(surface((-1.0, 1.0), y_range), points=3)
    level = lines[(lines["y"] == 0) & lines["path"].str.endswith("axis")]
    assert level["x"].tolist() == [-1, 0, 1]
    assert level["value"].tolist() == [-2, 0, 0]


def test_a_path_that_only_touches_a_corner_of_the_ranges_has_no_rows():
    """x = -y meets the square from 0 to 1 in one point."""
    paths = surface_lines(surface((0.0, 1.0), (0.0, 1.0)), points=3)["path"]
    assert "incongruence" not in set(paths)
    assert (paths == "congruence").sum() == 3


def test_an_outcome_of_0_throughout_leaves_nothing_to_estimate_an_error_from():
    with pytest.raises(UserError, match="the same in every row"):
        refuse_exact(np.zeros(3), np.zeros(3))


def test_columns_of_0_add_nothing_to_a_projection():
    y = np.array([1.0, 2, 6])
    np.testing.assert_allclose(project(y, np.column_stack([np.zeros(3), np.ones(3)])), 3)
    np.testing.assert_allclose(project(y, np.zeros((3, 2))), 0)


def test_units_of_weight_0_bring_no_degrees_of_freedom():
    design = survey_design([1.0, 1, 2, 0, 0], cluster=list("abcde"))
    everyone = np.ones(5, dtype=bool)
    assert design.degrees(everyone) == 2
    assert survey_design([1.0, 1, 2, 1, 0], cluster=list("abcde")).degrees(everyone) == 3


def test_one_stratum_is_no_stratification():
    for strata, words in [
        (None, Method.of("linearised", units=4)),
        (list("ssss"), Method.of("linearised", units=4)),
        (list("sstt"), Method.of("linearised_strata", units=4, strata=2)),
    ]:
        assert survey_design(np.ones(4), strata, list("abcd")).method == words


@pytest.mark.parametrize("flag", [0.0, 1.0])
def test_a_weighted_share_of_none_or_all_has_no_error(flag):
    line = weighted_share(survey_design([1.0, 2, 3]), [flag] * 3)
    assert line.value == flag
    assert np.isnan(line.se)


def test_one_filled_value_has_no_standard_deviation_and_two_have():
    gaps = np.arange(20.0)
    frame = pd.DataFrame({"one": gaps, "two": gaps[::-1] ** 2, "x": np.sin(gaps)})
    frame.loc[3, "one"] = frame.loc[[5, 12], "two"] = nan
    trace = impute(frame, m=2, seed=1, iterations=2).trace
    assert trace.loc[trace["column"] == "one", "sd"].isna().all()
    assert trace.loc[trace["column"] == "two", "sd"].notna().all()


@pytest.mark.parametrize(("complete", "df"), [(inf, inf), (10.0, 11 / 13 * 10)])
def test_lines_that_agree_have_the_degrees_of_freedom_of_the_complete_data(complete, df):
    """Barnard and Rubin (1999, eq. 3) with no share of missing information."""
    found = pool([Tidy("x", 2.0, 1.0, n=9, level=0.95)] * 3, complete)
    assert [found.df, found.between, found.riv] == pytest.approx([df, 0, 0])


@pytest.mark.parametrize("se", [0.0, nan])
def test_lines_without_an_error_are_not_pooled(se):
    with pytest.raises(UserError, match="no standard error"):
        pool([Tidy("x", 2.0, 1.0, n=9, level=0.95), Tidy("x", 2.0, se, n=9, level=0.95)])


@pytest.mark.parametrize(
    ("steps", "is_refused"),
    [
        ([[1.0]], True),
        ([[1.0], [1.0]], False),
        ([[0.0], [1.0], [1.0]], False),
        ([[0.0], [1.0]], True),
    ],
)
def test_a_search_of_one_step_or_of_a_long_last_step_has_not_ended(steps, is_refused):
    model = SimpleNamespace(endog=np.zeros(3))
    results = SimpleNamespace(model=model, history={"params": steps}, bse=np.array([0.5]))
    if is_refused:
        with pytest.raises(UserError, match="did not reach its maximum"):
            refuse_unfinished(results, np.array([1.0]))
    else:
        refuse_unfinished(results, np.array([1.0]))
