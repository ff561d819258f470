"""One matrix of comparisons with R: each case is a fit, ours beside the stored one.

Scripts, input data, versions and results are in tests/reference/models; R is not needed here.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from estimators import given_effects

from compendium.stats import meta_analysis as meta
from compendium.stats.binomial import beta_binomial, binomial_glm
from compendium.stats.bounds import imbens_manski_c
from compendium.stats.checks import t_quantile
from compendium.stats.counts import cameron_trivedi, negative_binomial, poisson
from compendium.stats.design import design
from compendium.stats.dirichlet import dirichlet_multinomial
from compendium.stats.linear import ols
from compendium.stats.marginal import average_marginal_effects
from compendium.stats.ordinal import ordered_logit
from compendium.stats.proportions import clopper_pearson, pooled_share, wilson

FOLDER = Path(__file__).parents[1] / "reference" / "models"
CLOSED_FORM = 1e-11
"""Both sides are closed forms or iterate to rounding; R's results are stored to 15 digits."""
ITERATED = 1e-9
"""R's errors come from the weights of its last iteration but one, or from differences of scores."""
GLM_NB = 1e-9
"""glm.nb alternates between coefficients and theta; the script has it go on to 1e-14."""
OPTIM = 1e-6
"""R's optim maximises with differences of the likelihood itself: half its digits are left."""


@cache
def reference(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@cache
def data(name):
    return pd.read_csv(FOLDER / "data" / f"{name}.csv", encoding="utf-8")


@cache
def incidents():
    frame = data("incidents_simulated")
    return frame, design(frame, ["epidemic", "deaths", "kind"])


def line(tidy):
    return {key: getattr(tidy, key) for key in ("value", "se", "ci_low", "ci_high")}


def coefficients(fit, name="beta"):
    return {name: fit.beta, "se": np.sqrt(np.diag(fit.V))}


def shares(name):
    d = data(f"shares_{name}")
    return line(pooled_share(d["successes"], d["trials"], d["cluster"])), (
        reference("proportions")["pooled"][name]
    )


def exact_intervals():
    cases = reference("proportions")["exact"]
    ours = [clopper_pearson(case["x"], case["n"], 0.95) for case in cases]
    return {"ci": ours}, {"ci": [case["ci"] for case in cases]}


def wilson_intervals():
    cases = reference("proportions")["wilson"]
    ours = [wilson(case["x"], case["n"], t_quantile(0.95, np.inf)) for case in cases]
    return {"ci": ours}, {"ci": [case["ci"] for case in cases]}


def imbens_manski():
    rows = reference("bounds")["critical"]
    ours = [
        imbens_manski_c(r["gap"], 1.0, 0.5, r["level"], np.inf if r["df"] is None else r["df"])
        for r in rows
    ]
    return {"c": ours}, {"c": [row["c"] for row in rows]}


def linear(covariance):
    d, X = incidents()
    stored = reference("regression")["ols"][covariance]
    if covariance.startswith("CR1"):
        return coefficients(ols(d["y"], X, d["province"])), stored
    return coefficients(ols(d["y"], X, covariance=covariance)), stored


def binomial(errors):
    d, X = incidents()
    cluster = d["province"] if errors == "CR1" else None
    fit = binomial_glm(d["successes"], d["trials"], X, cluster, quasi=errors == "quasi")
    return coefficients(fit), reference("regression")["binomial"][errors]


def counts(errors):
    d, X = incidents()
    cluster = d["province"] if errors == "CR1" else None
    fit = poisson(d["count"], X, cluster, exposure=d["exposure"])
    return coefficients(fit), reference("regression")["poisson"][errors]


def loglikelihoods():
    d, X = incidents()
    stored = reference("regression")
    ours = {
        "binomial": binomial_glm(d["successes"], d["trials"], X).loglik,
        "poisson": poisson(d["count"], X, exposure=d["exposure"]).loglik,
        "nb2": negative_binomial(d["count"], X).fit.loglik,
    }
    theirs = {
        "binomial": stored["binomial"]["loglik"],
        "poisson": stored["poisson"]["loglik"],
        "nb2": stored["nb2"]["glm.nb"]["loglik"],
    }
    return ours, theirs


def nb2(errors):
    d, X = incidents()
    cluster = d["province"] if errors == "CR1" else None
    fit = negative_binomial(d["count"], X, cluster).fit
    return coefficients(fit, "theta"), reference("regression")["nb2"][errors]


def glm_nb():
    d, X = incidents()
    found = negative_binomial(d["count"], X)
    stored = reference("regression")["nb2"]["glm.nb"]
    ours = {"beta": found.fit.beta[:-1], "theta": 1 / found.alpha.value}
    return ours, {key: stored[key] for key in ours}


def dispersion_test():
    d, X = incidents()
    found = cameron_trivedi(d["count"], poisson(d["count"], X))
    return {"alpha": found.value, "se": found.se, "p": found.p}, (
        reference("regression")["cameron_trivedi"]
    )


def marginal():
    d, X = incidents()
    fit = binomial_glm(d["successes"], d["trials"], X, d["province"])
    effects = average_marginal_effects(fit, X, "logit")
    ours = {"value": [e.value for e in effects], "se": [e.se for e in effects]}
    return ours, reference("regression")["ame"]


def overdispersed_binomial():
    d, _ = incidents()
    found = beta_binomial(d["successes"], d["trials"], design(d, ["epidemic", "deaths"])).fit
    return {**coefficients(found, "theta"), "loglik": found.loglik}, (
        reference("overdispersed")["beta_binomial"]
    )


def overdispersed_multinomial():
    found = dirichlet_multinomial(data("rank_batches").drop(columns="batch"))
    stored = reference("overdispersed")["dirichlet"]
    alpha = np.exp(stored["theta"])
    theirs = {
        "shares": alpha / alpha.sum(),
        "rho": 1 / (1 + alpha.sum()),
        "loglik": stored["loglik"],
    }
    shares = [share.value for share in found.shares]
    return {"shares": shares, "rho": found.rho.value, "loglik": found.loglik}, theirs


def ordered(errors):
    d = data("wine")
    cluster = d["judge"] if errors == "CR1" else None
    fit = ordered_logit(d["rating"], design(d, ["temp", "contact"]), cluster).fit
    stored = reference("ordinal")
    ours = {**coefficients(fit, "theta"), "loglik": fit.loglik}
    return ours, {"theta": stored["theta"], "se": stored[errors], "loglik": stored["loglik"]}


META_TESTS = {"z": "z", "knha": "hk", "adhoc": "hk-truncated"}


def averaged(name, method, test):
    d = data(f"meta_{name}")
    effects = given_effects(d["yi"], np.sqrt(d["vi"]), d.index)
    found = meta.random_effects(effects, method=method, test=META_TESTS[test])
    ours = {
        **line(found.mean),
        "p": found.mean.p,
        "pi_low": found.prediction.ci_low,
        "pi_high": found.prediction.ci_high,
        "tau2": found.tau2.value,
        "I2": 100 * found.I2,
        "H2": found.H2,
        "Q": found.Q,
        "Q_p": found.Q_p,
    }
    return ours, reference("meta_analysis")["sets"][name][method][test]


def transformed(measure):
    stored = reference("meta_analysis")["transformed"][measure]
    if measure == "zcor":
        found = meta.fisher_z([-0.3, 0.1, 0.55], [20, 55, 394], list("abc"))
    else:
        found = meta.logit_shares([3, 0, 20, 40], [10, 12, 20, 90], list("abcd"))
    return {"yi": found.y, "vi": found.v}, stored


CASES = [
    *((shares, (name,), CLOSED_FORM) for name in ("half", "rare", "single")),
    (exact_intervals, (), CLOSED_FORM),
    (wilson_intervals, (), CLOSED_FORM),
    (imbens_manski, (), CLOSED_FORM),
    *((linear, (v,), CLOSED_FORM) for v in ("classical", "HC1", "HC3", "CR1", "CR1S")),
    *((binomial, (v,), CLOSED_FORM) for v in ("model", "quasi", "CR1")),
    *((counts, (v,), ITERATED) for v in ("model", "CR1")),
    (loglikelihoods, (), CLOSED_FORM),
    *((nb2, (v,), ITERATED) for v in ("model", "CR1")),
    (glm_nb, (), GLM_NB),
    (dispersion_test, (), CLOSED_FORM),
    (marginal, (), CLOSED_FORM),
    (overdispersed_binomial, (), OPTIM),
    (overdispersed_multinomial, (), OPTIM),
    *((ordered, (v,), ITERATED) for v in ("model", "CR1")),
    *(
        (averaged, (name, method, test), ITERATED)
        for name in ("bcg", "molloy", "debruin", "homogeneous")
        for method in ("REML", "DL", "PM", "EE")
        for test in META_TESTS
        if method != "EE" or test == "z"
    ),
    *((transformed, (v,), CLOSED_FORM) for v in ("zcor", "plo")),
]


@pytest.mark.parametrize(
    ("compare", "arguments", "tolerance"),
    CASES,
    ids=["-".join((compare.__name__, *arguments)) for compare, arguments, _ in CASES],
)
def test_equals_r(compare, arguments, tolerance):
    ours, theirs = compare(*arguments)
    assert set(ours) == set(theirs)
    for key, value in theirs.items():
        np.testing.assert_allclose(
            ours[key], value, rtol=tolerance, atol=tolerance, err_msg=key, strict=False
        )
