"""Units, near-collinear terms and single clusters: right values, or words, from every front end."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from door import binomial_glm, negative_binomial, ordered_logit, poisson, zero_truncated
from estimators import given_effects

from compendium.errors import UserError
from compendium.stats.alone import Alone, decided_alone
from compendium.stats.binomial import beta_binomial
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.few_clusters import mean_cr2, ols_cr2
from compendium.stats.fitted import ols
from compendium.stats.meta_analysis import random_effects
from compendium.stats.multilevel import random_intercepts, within_ols
from compendium.stats.proportions import pooled_share
from compendium.stats.rank import kendall
from compendium.stats.solve import basic_solution, orthonormal, project
from compendium.stats.survey_design import survey_design, weighted_ls
from compendium.stats.systems import stacked_ols

RNG = np.random.default_rng(2)
N = 300
UNIT = pd.Series(np.arange(N) // 10, name="unit")


def squared(values):
    return pd.DataFrame({INTERCEPT: 1.0, "x": values, "x2": values**2})


def with_statsmodels(y, x):
    return sm.OLS(y, squared(x)).fit(cov_type="HC1")


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        (RNG.lognormal(np.log(4e6), 0.7, 3000), 1e6),  # population of prefectures, in persons
        (RNG.lognormal(np.log(3e11), 1.0, 3000), 1e11),  # product of prefectures, in yuan
        (RNG.normal(2e15, 1e15, 3000), 1e15),
    ],
)
def test_a_number_and_its_square_in_any_unit_are_as_on_scaled_data(values, unit):
    """statsmodels' figures on the numbers in a sensible unit are the truth."""
    x = values / unit
    y = 2 + x + 0.1 * x**2 + np.random.default_rng(1).normal(size=x.size)
    wanted = with_statsmodels(y, x)
    found = ols(y, squared(values))
    back = np.array([1, unit, unit**2])
    np.testing.assert_allclose(found.beta * back, wanted.params, rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(found.V)) * back, wanted.bse, rtol=1e-9)
    cluster = np.arange(x.size) // 100
    for fit in (ols(y, squared(values), cluster), ols_cr2(y, squared(values), cluster)):
        np.testing.assert_allclose(fit.beta * back, wanted.params, rtol=1e-9)
    within = within_ols(y, squared(values), cluster)
    plain = within_ols(y, squared(x), cluster)
    np.testing.assert_allclose(within.beta * back[1:], plain.beta, rtol=1e-9)


def test_a_shuffled_frame_is_refused_as_statsmodels_does():
    x = pd.Series(RNG.normal(size=N))
    y, X = 1 + 2 * x, squared(x)
    with pytest.raises(ValueError, match="not aligned"):
        sm.OLS(y, X.iloc[::-1])
    with pytest.raises(
        UserError, match="indexes of outcome and terms are not aligned, 0 is not 299"
    ):
        ols(y, X.iloc[::-1])


YEAR = RNG.integers(2000, 2020, N).astype(float)
POPULATION = RNG.lognormal(np.log(5e6), 0.6, N)
TERMS = pd.DataFrame({INTERCEPT: 1.0, "year": YEAR, "people": POPULATION})
SMALL = pd.DataFrame({INTERCEPT: 1.0, "year": (YEAR - 2010) / 10, "people": POPULATION / 1e6})
ETA = 0.5 + 0.3 * SMALL["year"] + 0.1 * SMALL["people"]
COUNT = RNG.negative_binomial(2.0, 2 / (2 + np.exp(ETA)))
TRIALS = RNG.integers(4, 12, N)
SUCCESSES = RNG.binomial(TRIALS, RNG.beta(2, 3, N))
SCORE = pd.cut(ETA + RNG.logistic(size=N), 4, labels=False).to_numpy()


@pytest.mark.parametrize(
    "fit",
    [
        lambda X: negative_binomial(COUNT, X, UNIT),
        lambda X: poisson(COUNT, X, UNIT),
        lambda X: zero_truncated(COUNT[COUNT > 0], X[COUNT > 0].reset_index(drop=True)),
        lambda X: binomial_glm(SUCCESSES, TRIALS, X, UNIT),
        lambda X: beta_binomial(SUCCESSES, TRIALS, X, UNIT).fit,
        lambda X: ordered_logit(SCORE, X, UNIT),
        lambda X: ols(ETA + COUNT, X, UNIT),
        lambda X: random_intercepts(ETA + COUNT, X, UNIT.to_frame()).fit,
        lambda X: within_ols(ETA + COUNT, X, UNIT),
    ],
)
def test_calendar_years_and_raw_population_fit_as_they_are(fit):
    wanted, found = fit(SMALL), fit(TERMS)
    for term, unit in (("year", 10), ("people", 1e6)):
        assert found[term].value * unit == pytest.approx(wanted[term].value, rel=1e-7)
        assert found[term].se * unit == pytest.approx(wanted[term].se, rel=1e-7)
        assert found[term].p == pytest.approx(wanted[term].p, rel=1e-6)


TWINS = TERMS[[INTERCEPT, "year"]].assign(again=YEAR + 1e-6 * RNG.normal(size=N))
OUTCOME = pd.Series(RNG.normal(size=N))
FRONT_ENDS = {
    "ols": lambda y, X, g: ols(y, X, g),
    "ols_cr2": lambda y, X, g: ols_cr2(y, X, g),
    "random_intercepts": lambda y, X, g: random_intercepts(y, X, g.to_frame()),
    "weighted_ls": lambda y, X, g: weighted_ls(survey_design(np.ones(len(y)), cluster=g), y, X),
    "stacked_ols": lambda y, X, g: stacked_ols({"one": y, "two": y**2 + y}, X, g),
    "poisson": lambda y, X, g: poisson((y > 0).astype(int) + 1, X, g),
    "binomial_glm": lambda y, X, g: binomial_glm((y > 0).astype(int), np.ones(len(y)), X, g),
    "ordered_logit": lambda y, X, g: ordered_logit((y > 0).astype(int) + (y > 1), X, g),
}


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_nearly_collinear_terms_are_one_error_that_names_them(name):
    with pytest.raises(UserError, match=r"column again: a term is a combination.*year"):
        FRONT_ENDS[name](OUTCOME, TWINS, UNIT)


def test_only_the_terms_that_take_part_are_named():
    X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "c"])
    with pytest.raises(UserError, match=r"column d: .*nearly \(a, c\)"):
        orthonormal(X.assign(d=X["a"] - 2 * X["c"]).to_numpy(), ["a", "b", "c", "d"])


def test_a_term_that_is_zero_wherever_there_is_weight_is_refused():
    w = np.r_[np.zeros(50), np.ones(N - 50)]
    X = pd.DataFrame({INTERCEPT: 1.0, "x": np.r_[np.ones(50), np.zeros(N - 50)]})
    with pytest.raises(UserError, match="column x: a term is 0 in every row"):
        weighted_ls(survey_design(w), OUTCOME, X)


@pytest.mark.parametrize("name", [n for n in FRONT_ENDS if n not in ("random_intercepts",)])
def test_every_front_end_says_that_one_treated_cluster_decides_alone(name):
    X = pd.DataFrame({INTERCEPT: 1.0, "treated": (UNIT == 3) * 1.0, "z": RNG.normal(size=N)})
    fit = FRONT_ENDS[name](OUTCOME, X, UNIT)
    treated, z = ("one~treated", "one~z") if name == "stacked_ols" else ("treated", "z")
    assert "; 3 alone decides it: the error is too small" in str(fit[treated].method)
    assert "alone" not in str(fit[z].method)


def test_within_groups_one_treated_cluster_decides_alone_too():
    big, x = UNIT // 5, ((UNIT == 3) * (np.arange(N) % 2)).astype(float)
    X = pd.DataFrame({"x": x, "z": RNG.normal(size=N)})
    fit = within_ols(OUTCOME, X, UNIT, big)
    assert "0 alone decides it" in str(fit["x"].method)
    assert "alone" not in str(fit["z"].method)


def test_a_row_of_leverage_one_is_refused_or_named():
    X = pd.DataFrame({INTERCEPT: 1.0, "x": (np.arange(N) == 4) * 1.0})
    with pytest.raises(UserError, match=r"row 5: a row alone decides a coefficient"):
        ols(OUTCOME, X, cov_type="HC3")
    assert "row 5 alone decides it" in str(ols(OUTCOME, X, cov_type="HC1", use_t=True)["x"].method)


def test_clusters_that_decide_together_are_named_in_their_order():
    labels = tuple("fedcba")
    said = Alone(np.tile([1.0, 0.0], (6, 1)), labels).deciding(np.array([2.0, 0.0]))
    assert said is not None
    assert said.en == "a, b, c and 3 more"


def test_clusters_without_any_leverage_are_not_looked_at():
    Z = orthonormal(TERMS.to_numpy(), list(TERMS)).Z
    assert decided_alone(Z, UNIT.to_numpy(), UNIT).directions.shape == (0, 3)


@pytest.mark.parametrize("value", [0.1, 3.0, 1e9])
@pytest.mark.parametrize("name", [n for n in FRONT_ENDS if n not in ("poisson", "binomial_glm")])
def test_a_constant_outcome_has_no_error_to_speak_of(name, value):
    """Residuals of 1e-16 gave p = 0 before."""
    with pytest.raises(UserError):
        FRONT_ENDS[name](OUTCOME * 0 + value, TERMS, UNIT)


def test_an_outcome_made_of_the_terms_is_refused():
    with pytest.raises(UserError, match="combination of the terms"):
        ols(1 + 0.1 * TERMS["year"], TERMS, UNIT)
    with pytest.raises(UserError, match="combination of the terms"):
        poisson(np.full(N, 3), TERMS, UNIT)


def test_clusters_of_one_mean_give_no_error_and_say_so():
    y, cluster = np.tile([0.1, 0.2, 0.6], 10), np.repeat(np.arange(10), 3)
    one = pd.DataFrame({INTERCEPT: np.ones(30)})
    for line in (mean_cr2(y, cluster), ols(y, one, cluster)[INTERCEPT]):
        assert line.value == pytest.approx(0.3)
        assert np.isnan([line.se, line.ci_low, line.ci_high, line.p]).all()
        assert "nothing varies: no error and no interval" in str(line.method)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("fit", [ols, ols_cr2])
def test_the_level_of_the_one_treated_cluster_has_no_error(fit, seed):
    """Intercept and effect vary together: what is left of their variances is rounding."""
    y = np.random.default_rng(seed).normal(5, 3, size=N)
    X = pd.DataFrame({INTERCEPT: 1.0, "treated": (UNIT == 3) * 1.0})
    line = fit(y, X, UNIT).combination({INTERCEPT: 1.0, "treated": 1.0}, "level")
    assert line.value == pytest.approx(y[UNIT == 3].mean())
    assert np.isnan([line.se, line.ci_low, line.p]).all()
    assert "nothing varies: no error" in str(line.method)


def test_groups_of_one_row_are_left_out_and_counted():
    """The errors are those of the other rows by themselves, as in reghdfe and fixest."""
    alone = np.arange(N) >= 250
    groups = pd.Series(np.where(alone, np.arange(N) + 1000, UNIT))
    X, cluster = TERMS[["year"]], pd.Series(np.arange(N) % 12)
    found = within_ols(OUTCOME, X, groups, cluster)["year"]
    wanted = within_ols(OUTCOME[~alone], X[~alone], groups[~alone], cluster[~alone])["year"]
    assert (found.value, found.se, found.n) == (wanted.value, wanted.se, 250)
    assert "50 of one row each left out" in str(found.method)
    with pytest.raises(UserError, match="every group has one row"):
        within_ols(OUTCOME, X, np.arange(N))


@pytest.mark.parametrize("unit", [1e-8, 1e-4, 1e6])
@pytest.mark.parametrize("method", ["REML", "PM", "DL"])
def test_a_meta_analysis_does_not_depend_on_the_unit(unit, method):
    y, se = np.array([0.1, 0.5, 0.9, 0.2, 1.1]), np.array([0.2, 0.25, 0.3, 0.15, 0.2])
    wanted = random_effects(given_effects(y, se, list("abcde")), method=method)
    found = random_effects(given_effects(y * unit, se * unit, list("abcde")), method=method)
    for name, power in (("tau2", 2), ("mean", 1), ("prediction", 1)):
        one, other = getattr(found, name), getattr(wanted, name)
        for what in ("value", "ci_low", "ci_high"):
            assert getattr(one, what) / unit**power == pytest.approx(getattr(other, what), rel=1e-9)
    assert found.mean.p == pytest.approx(wanted.mean.p, rel=1e-9)


def test_studies_of_one_effect_have_no_error_by_hartung_and_knapp():
    same = given_effects([0.1, 0.1, 0.1], [0.2, 0.3, 0.4], list("abc"))
    with pytest.raises(UserError, match="same effect"):
        random_effects(same)
    assert random_effects(same, test="hk-truncated").mean.se > 0.1


def test_pairs_that_all_agree_have_no_interval():
    found = kendall([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])
    assert found.value == pytest.approx(1)
    assert np.isnan([found.ci_low, found.ci_high]).all()
    assert "no interval" in str(found.method)


def test_a_rare_share_that_varies_has_an_error():
    found = pooled_share([1, 3, 2, 1], [4e12, 5e12, 3e12, 4e12])
    assert 0 < found.se < 1e-12
    assert found.ci_low < found.value < found.ci_high


def test_two_terms_of_one_name_are_refused():
    twice = pd.concat([TERMS, TERMS[["year"]] ** 2], axis=1)
    with pytest.raises(UserError, match="column year: two terms have one name"):
        check_design(twice, N)


def test_projection_takes_collinear_columns_of_any_scale():
    X = np.column_stack([np.ones(N), POPULATION, POPULATION**2, 2 * POPULATION, np.zeros(N)])
    wanted = ols(OUTCOME, squared(POPULATION / 1e6)).fitted
    np.testing.assert_allclose(project(OUTCOME.to_numpy(), X), wanted, rtol=1e-9)
    np.testing.assert_allclose(X @ basic_solution(OUTCOME.to_numpy(), X), wanted, rtol=1e-7)
