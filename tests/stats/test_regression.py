"""Designs, binomial and count models: identities, recovered truth, edges and refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from door import binomial_glm, negative_binomial, poisson
from scipy import special, stats

from compendium.errors import UserError
from compendium.stats.binomial import _beta_binomial_loglik, _beta_binomial_score, beta_binomial
from compendium.stats.counts import cameron_trivedi, dispersion, overdispersion, rootogram
from compendium.stats.design import INTERCEPT, check_design, design, flag_missing
from compendium.stats.fitted import fit, ols
from compendium.stats.leave_one_out import leave_one_out
from compendium.stats.marginal import average_contrast, average_marginal_effects
from compendium.stats.proportions import pooled_share
from compendium.stats.tidy import Tidy

MIXTURES = json.loads(
    (Path(__file__).parents[1] / "reference" / "models" / "overdispersed.json").read_text("utf-8")
)["mixture"]
DIFFERENCES = 1e-6
"""Central differences of a likelihood keep about half the digits."""


def simulated(n=300, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "epidemic": rng.integers(0, 2, n),
            "deaths": rng.exponential(1.0, n),
            "kind": rng.choice(["early", "final", "unknown"], n),
            "province": rng.choice([f"p{k:02d}" for k in range(25)], n),
        }
    )
    frame["trials"] = 1 + rng.poisson(5, n)
    mu = special.expit(-0.4 + 0.9 * frame["epidemic"] - 0.3 * frame["deaths"])
    frame["successes"] = rng.binomial(frame["trials"], rng.beta(mu * 4, (1 - mu) * 4))
    mean = np.exp(0.5 + 0.6 * frame["epidemic"] + 0.2 * frame["deaths"])
    frame["count"] = rng.negative_binomial(2.0, 2.0 / (2.0 + mean))
    frame["equal"] = rng.binomial(frame["trials"], 0.4)
    frame["poisson"] = rng.poisson(3.0, n)
    return frame


FRAME = simulated()
X = design(FRAME, ["epidemic", "deaths"])


def test_design_has_a_dummy_for_each_level_but_one():
    columns = design(FRAME, ["deaths", "kind"], {"kind": "final"}).columns.tolist()
    assert columns == [INTERCEPT, "deaths", "kind[early]", "kind[unknown]"]


def test_levels_of_a_category_keep_the_codebooks_order():
    kind = pd.Categorical(["b", "a", "b"], categories=["c", "b", "a"], ordered=True)
    assert design(pd.DataFrame({"kind": kind}), ["kind"]).columns.tolist() == [INTERCEPT, "kind[a]"]


def test_products_of_terms():
    matrix = design(FRAME, ["deaths", "kind", "deaths:kind"])
    expected = FRAME["deaths"] * (FRAME["kind"] == "final")
    np.testing.assert_array_equal(matrix["deaths:kind[final]"], expected)


def test_missing_values_are_flagged_openly():
    frame = pd.DataFrame({"deaths": pd.array([1, None, 3], dtype="Int64")})
    with pytest.raises(UserError, match=r"row 2.*missing"):
        design(frame, ["deaths"])
    filled = flag_missing(frame, "deaths")
    assert filled["deaths"].tolist() == [1, 0, 3]
    assert filled["deaths_missing"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("frame", "terms", "words"),
    [
        ({"a": [1, 2, 3]}, ["b"], "no such column"),
        ({"a": ["x", "x", "x"]}, ["a"], "one level only"),
    ],
)
def test_designs_that_make_no_sense_are_refused(frame, terms, words):
    with pytest.raises(UserError, match=words):
        design(pd.DataFrame(frame), terms)


def test_an_unknown_reference_level_is_refused():
    with pytest.raises(UserError, match="does not occur"):
        design(FRAME, ["kind"], {"kind": "late"})


def test_collinear_terms_are_named():
    twice = X.assign(again=2 * X["deaths"] + X["epidemic"])
    with pytest.raises(UserError, match=r"column again.*combination"):
        ols(FRAME["count"], twice)
    with pytest.raises(UserError, match="0 in every row"):
        ols(FRAME["count"], X.assign(nothing=0.0))
    with pytest.raises(UserError, match="3 rows for 3 coefficients"):
        check_design(X[:3], 3)
    with pytest.raises(UserError, match="300 rows of terms for 2 outcomes"):
        check_design(X, 2)
    with pytest.raises(UserError, match=r"column deaths.*missing"):
        check_design(X.assign(deaths=np.nan), 300)


def test_residuals_are_orthogonal_to_the_terms():
    fit = ols(FRAME["count"], X)
    np.testing.assert_allclose(X.T @ (FRAME["count"] - fit.fitted), 0, atol=1e-10)


def test_rows_as_clusters_give_hc1():
    by_row = ols(FRAME["count"], X, np.arange(len(X)))
    np.testing.assert_allclose(by_row.V, ols(FRAME["count"], X).V, rtol=1e-12)


def test_ols_recovers_the_truth_within_its_errors():
    rng = np.random.default_rng(4)
    truth = np.array([1.0, 0.5, -0.25])
    y = X.to_numpy() @ truth + rng.normal(size=len(X)) * (1 + FRAME["deaths"])
    for line, value in zip(ols(y, X).tidy(), truth, strict=True):
        assert abs(line.value - value) < 3 * line.se


def test_combinations_ratios_and_joint_tests():
    fit = binomial_glm(FRAME["successes"], FRAME["trials"], X, FRAME["province"])
    line, ratio = fit["epidemic"], fit.ratio("epidemic")
    assert ratio.value == pytest.approx(np.exp(line.value))
    assert (ratio.ci_low, ratio.p) == (pytest.approx(np.exp(line.ci_low)), line.p)
    total = fit.combination({"epidemic": 1, "deaths": 2}, "sum")
    assert total.value == pytest.approx(line.value + 2 * fit["deaths"].value)
    with pytest.raises(UserError, match="no such term"):
        _ = fit["rank"]
    assert str(line.method) == "binomial GLM (logit), CR1 by province, 25 clusters, t(24)"


def test_intercept_only_model_is_the_pooled_share():
    ones = X[[INTERCEPT]]
    fit = binomial_glm(FRAME["successes"], FRAME["trials"], ones, FRAME["province"])
    share = pooled_share(FRAME["successes"], FRAME["trials"], FRAME["province"])
    line = fit[INTERCEPT]
    assert special.expit(line.value) == pytest.approx(share.value)
    assert special.expit(line.ci_low) == pytest.approx(share.ci_low, rel=1e-9)


def test_quasi_errors_are_the_models_times_the_root_of_the_dispersion():
    model, quasi = (
        binomial_glm(FRAME["successes"], FRAME["trials"], X, quasi=q) for q in (False, True)
    )
    ratio = np.diag(quasi.V) / np.diag(model.V)
    assert ratio == pytest.approx(ratio[0])
    assert f"dispersion {ratio[0]:.4g}" in str(quasi.method)
    assert ratio[0] > 1.5


@pytest.mark.parametrize("case", MIXTURES)
def test_beta_binomial_is_the_binomial_mixed_over_a_beta(case):
    theta = np.array([special.logit(case["mu"]), special.logit(case["rho"])])
    x, n = np.array([float(case["x"])]), np.array([float(case["n"])])
    found = np.exp(_beta_binomial_loglik(theta, x, n, np.ones((1, 1))))[0]
    assert found == pytest.approx(case["p"], rel=1e-9)


def test_beta_binomial_goes_to_the_binomial_as_rho_goes_to_zero():
    x, n = np.arange(6.0), np.full(6, 5.0)
    theta = np.array([special.logit(0.3), special.logit(1e-7)])
    found = np.exp(_beta_binomial_loglik(theta, x, n, np.ones((6, 1))))
    np.testing.assert_allclose(found, stats.binom.pmf(x, 5, 0.3), rtol=1e-5)


def test_the_score_of_the_beta_binomial_is_the_slope_of_its_likelihood():
    counts = [FRAME[name].to_numpy(dtype=float) for name in ("successes", "trials")]
    arguments = (*counts, X.to_numpy())
    theta, h = np.array([0.2, -0.4, 0.1, -0.7]), 1e-6
    for j in range(theta.size):
        step = h * np.eye(theta.size)[j]
        ends = [_beta_binomial_loglik(theta + s, *arguments) for s in (step, -step)]
        slope = np.subtract(*ends) / (2 * h)
        score = _beta_binomial_score(theta, *arguments)[:, j]
        np.testing.assert_allclose(score, slope, atol=DIFFERENCES)


def test_beta_binomial_recovers_the_truth():
    frame = simulated(1500, seed=2)
    found = beta_binomial(
        frame["successes"], frame["trials"], design(frame, ["epidemic", "deaths"])
    )
    truth = {INTERCEPT: -0.4, "epidemic": 0.9, "deaths": -0.3}
    for term, value in truth.items():
        assert abs(found.fit[term].value - value) < 3 * found.fit[term].se
    assert found.rho.ci_low < 1 / 5 < found.rho.ci_high
    assert found.overdispersion.p < 1e-6


def test_equal_chances_put_rho_at_zero_or_nearby():
    flat = FRAME.assign(trials=6, even=np.tile([2, 3, 2, 2, 3], 60))
    found = beta_binomial(flat["even"], flat["trials"], X)
    assert found.rho.value == 0
    assert np.isnan(found.rho.se)
    assert found.overdispersion.p == 1
    plain = binomial_glm(flat["even"], flat["trials"], X)
    np.testing.assert_array_equal(found.fit.beta, plain.beta)
    assert "at rho = 0" in str(found.fit.method)


def test_boundary_test_of_rho_rejects_as_often_as_it_says():
    rng = np.random.default_rng(5)
    ones = pd.DataFrame({INTERCEPT: np.ones(60)})
    rejected = [
        beta_binomial(rng.binomial(5, 0.4, 60), np.full(60, 5), ones).overdispersion.p < 0.1
        for _ in range(200)
    ]
    # Three Monte Carlo standard errors of 200 draws at 0.1 are 0.064.
    assert np.mean(rejected) < 0.164


@pytest.mark.parametrize(
    ("successes", "words"),
    [
        (np.where(FRAME["epidemic"] == 1, FRAME["trials"], 0), "perfect separation.*epidemic"),
        (np.where(FRAME["epidemic"] == 1, FRAME["trials"], FRAME["equal"]), "epidemic"),
        (np.where(FRAME["deaths"] > 1, FRAME["trials"], 0), "deaths"),
    ],
)
def test_perfect_separation_is_refused_and_its_terms_named(successes, words):
    with pytest.raises(UserError, match=words):
        binomial_glm(successes, FRAME["trials"], X)


def test_a_single_overlap_is_not_separation():
    successes = np.where(FRAME["epidemic"] == 1, FRAME["trials"], 0)
    for value in (0, 1):
        successes[np.flatnonzero(FRAME["epidemic"] == value)[0]] = 1
    trials = np.maximum(FRAME["trials"], 2)
    fit = binomial_glm(np.minimum(successes, trials), trials, X[[INTERCEPT, "epidemic"]])
    assert np.isfinite(fit.beta).all()


def test_other_refusals_of_binomial_models():
    one = np.ones(len(FRAME))
    with pytest.raises(UserError, match="one trial"):
        beta_binomial(FRAME["epidemic"], one, X[[INTERCEPT, "deaths"]])
    with pytest.raises(UserError, match="without trials"):
        beta_binomial([0, 1], [0, 2], X[:2])


def test_poisson_means_add_up_to_the_counts():
    fit = poisson(FRAME["count"], X)
    assert fit.fitted.sum() == pytest.approx(FRAME["count"].sum(), rel=1e-10)


def test_exposure_is_an_offset():
    exposure = np.linspace(1, 3, len(FRAME))
    fit = poisson(FRAME["count"], X[[INTERCEPT]], exposure=exposure)
    assert np.exp(fit.beta[0]) == pytest.approx(FRAME["count"].sum() / exposure.sum())


def test_negative_binomial_recovers_the_truth():
    frame = simulated(1500, seed=3)
    found = negative_binomial(frame["count"], design(frame, ["epidemic", "deaths"]))
    for term, value in {INTERCEPT: 0.5, "epidemic": 0.6, "deaths": 0.2}.items():
        assert abs(found[term].value - value) < 3 * found[term].se
    alpha = found["alpha"]
    assert abs(np.log(alpha.value / 0.5)) < 3 * alpha.se / alpha.value


def test_over_dispersion_is_found_where_it_is_and_not_where_it_is_not():
    plain, other = (fit(sm.Poisson(FRAME[name], X)) for name in ("count", "poisson"))
    assert cameron_trivedi(plain).p < 0.01
    assert cameron_trivedi(other).p > 0.05
    nb2 = fit(sm.NegativeBinomial(FRAME["count"], X))
    assert overdispersion(nb2, plain).p < 1e-6
    alpha = dispersion(nb2)
    assert alpha.ci_low * alpha.ci_high == pytest.approx(alpha.value**2)
    with pytest.raises(UserError, match="highest at alpha = 0; fit Poisson"):
        negative_binomial(np.tile([2, 3, 2, 3, 3], 60), X)
    with pytest.raises(UserError, match="no dispersion"):
        dispersion(plain)


@pytest.mark.parametrize("largest", [None, 4])
def test_rootogram_counts_every_row_once(largest):
    rows = rootogram(fit(sm.NegativeBinomial(FRAME["count"], X)), largest=largest)
    assert rows["observed"].sum() == len(FRAME)
    assert rows["expected"].sum() == pytest.approx(len(FRAME), rel=0.02)
    assert rows["open"].iloc[-1] == (largest is not None)
    np.testing.assert_allclose(
        rows["hanging_from"], np.sqrt(rows["expected"]) - np.sqrt(rows["observed"])
    )


def test_poisson_chances_of_the_rootogram_are_scipys():
    results = fit(sm.Poisson(FRAME["poisson"], X))
    rows, mu = rootogram(results), np.asarray(results.predict())
    expected = stats.poisson.pmf(rows["count"].to_numpy()[None, :], mu[:, None]).sum(axis=0)
    np.testing.assert_allclose(rows["expected"], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([1.5] * 300, "not a count"),
        ([-1] * 300, "not a count"),
        ([0] * 300, "perfect separation"),
        (np.where(FRAME["epidemic"] == 1, 0, 2), "perfect separation.*epidemic"),
    ],
)
def test_bad_counts_are_refused(y, words):
    with pytest.raises(UserError, match=words):
        poisson(y, X)


def test_marginal_effect_of_a_linear_model_is_its_coefficient():
    fit = ols(FRAME["count"], X, FRAME["province"])
    for effect, term in zip(
        average_marginal_effects(fit, X, "identity"), X.columns[1:], strict=True
    ):
        assert effect.value == pytest.approx(fit[term].value, rel=1e-9)
        assert effect.se == pytest.approx(fit[term].se, rel=1e-9)


def test_marginal_effects_move_products_with_their_parts():
    matrix = design(FRAME, ["epidemic", "deaths", "epidemic:deaths"])
    fit = ols(FRAME["count"], matrix)
    effect = {e.term: e for e in average_marginal_effects(fit, matrix, "identity")}
    expected = fit.combination({"deaths": 1, "epidemic:deaths": FRAME["epidemic"].mean()}, "slope")
    assert effect["deaths"].value == pytest.approx(expected.value)
    assert effect["deaths"].se == pytest.approx(expected.se)


def test_poisson_marginal_slope_is_coefficient_times_mean():
    fit = poisson(FRAME["count"], X)
    (effect,) = average_marginal_effects(fit, X, "log", ("deaths",))
    assert effect.value == pytest.approx(fit["deaths"].value * FRAME["count"].mean(), rel=1e-6)


def test_marginal_refusals():
    fit = poisson(FRAME["count"], X)
    with pytest.raises(UserError, match="unknown link"):
        average_contrast(fit, X, X, "probit", "x")
    with pytest.raises(UserError, match="no such term"):
        average_marginal_effects(fit, X, "log", ("rank",))


def test_leaving_one_province_out():
    def estimate(frame):
        return pooled_share(frame["successes"], frame["trials"], frame["province"])

    found = leave_one_out(estimate, FRAME, "province")
    assert len(found) == FRAME["province"].nunique()
    assert found["change"].is_monotonic_increasing
    assert found["rows"].sum() == len(FRAME)
    first = found.iloc[0]
    kept = FRAME[FRAME["province"] != first["left_out"]]
    assert first["value"] == kept["successes"].sum() / kept["trials"].sum()


def test_what_is_left_of_the_rows_is_numbered_anew():
    def estimate(frame):
        return Tidy("last", float(frame.index[-1]))

    frame = pd.DataFrame({"unit": list("abbc")}, index=[7, 7, 9, 8])
    found = leave_one_out(estimate, frame, "unit").set_index("left_out")
    assert found["value"].to_dict() == {"a": 2.0, "b": 1.0, "c": 2.0}


def test_leaving_out_the_only_exception_is_reported_not_dropped():
    frame = pd.DataFrame({"y": [1, 0, 1, 1, 0, 1, 0, 0], "x": [1, 1, 1, 1, 0, 0, 0, 0]})
    frame["unit"] = list("abcdefgh")

    def estimate(rows):
        return binomial_glm(rows["y"], np.ones(len(rows)), design(rows, ["x"]))["x"]

    found = leave_one_out(estimate, frame, "unit").set_index("left_out")
    assert "perfect separation" in found.loc["b", "problem"]
    assert np.isnan(found.loc["b", "value"])
    assert (found["problem"] == "").sum() == 6


def _nothing(frame):
    return Tidy("nothing", len(frame))


def test_leave_one_out_refusals():
    with pytest.raises(UserError, match="no such column"):
        leave_one_out(_nothing, FRAME, "county")
    with pytest.raises(UserError, match="one group only"):
        leave_one_out(_nothing, FRAME[:1], "province")
