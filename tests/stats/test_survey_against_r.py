"""Models of the survey: each case is a fit, ours beside the stored one of R.

Scripts, input data, versions and results are in tests/reference/models; R is not needed here.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.inference.multiplicity import p_adjust
from compendium.stats.design import design
from compendium.stats.imputation import beside_complete_cases, impute, pool
from compendium.stats.linear import ols
from compendium.stats.mediation import mediation, moderated_mediation, unmeasured_confounding
from compendium.stats.mediation_multilevel import mediation_211
from compendium.stats.moderation import johnson_neyman, simple_slopes
from compendium.stats.multilevel import random_intercepts, within_ols
from compendium.stats.response_surface import PARAMETERS, response_surface
from compendium.stats.survey_design import survey_design, weighted_ls, weighted_share
from compendium.stats.systems import equality_test, joint_test, stacked_ols
from compendium.stats.tidy import Tidy

FOLDER = Path(__file__).parents[1] / "reference" / "models"
CLOSED_FORM = 1e-11
"""Both sides are closed forms; R's results are stored to 15 digits."""
SOLVED = 1e-9
"""R solves for these: polyroot, uniroot, the logistic regression inside svyciprop."""
LME4 = 1e-6
"""lme4 searches without derivatives: its variances are good to about 1e-7."""
SATTERTHWAITE = 1e-5
"""lmerTest differentiates the deviance and the covariance by differences."""
APVAR = 1e-3
"""nlme differentiates the likelihood by coarse differences."""
LEVELS = {"two": 1, "three": 2, "four": 3}
PHASES = ("assessment", "warning", "response", "aftermath")


@cache
def reference(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@cache
def survey():
    return pd.read_csv(FOLDER / "data" / "survey_simulated.csv", encoding="utf-8")


def surface():
    d = survey()
    found = response_surface(
        d["burnout"], d["duty"], d["power"], d["unit"], center=3, controls=d[["age"]]
    )
    stored = reference("survey_linear")["surface"]
    lines = [found[parameter] for parameter in PARAMETERS]
    ours = {
        "value": [line.value for line in lines],
        "se": [line.se for line in lines],
        "beta": found.fit.beta[[0, 1, 2, 3, 4, 5, 6]],
        "beta_se": np.sqrt(np.diag(found.fit.V)),
    }
    order = ["a1", "a2", "a3", "a4", "a5", "x0", "y0", "p10", "p11", "p20", "p21"]
    assert list(PARAMETERS) == order
    return ours, stored


def moderated_fit():
    d = survey()
    X = design(d, ["imbalance", "collaboration", "imbalance:collaboration", "age"])
    return ols(d["response"], X, d["unit"])


def moderation():
    fit = moderated_fit()
    slopes = simple_slopes(fit, "imbalance", "collaboration", [-1, 0, 1])
    jn = [
        johnson_neyman(fit, "imbalance", "collaboration", -3, 3, simultaneous=s).bounds
        for s in (False, True)
    ]
    ours = {
        "slopes": [line.value for line in slopes],
        "slopes_se": [line.se for line in slopes],
        "pointwise": jn[0],
        "simultaneous": jn[1],
    }
    return ours, reference("survey_linear")["moderation"]


def mediated():
    d = survey()
    found = mediation(
        *(d[c] for c in ("imbalance", "conflict", "pressure", "unit")),
        draws=100,
        seed=1,
        controls=d[["age"]],
    )
    ours = {key: getattr(found, key).value for key in ("a", "b", "direct", "total", "indirect")}
    return ours | {"delta_se": found.delta.se}, reference("survey_linear")["mediation"]


def sensitivity():
    d = survey()
    stored = reference("survey_linear")["sensitivity"]
    found = unmeasured_confounding(
        *(d[c] for c in ("imbalance", "conflict", "pressure", "unit")),
        draws=100,
        seed=1,
        controls=d[["age"]],
        rho=stored["rho"],
    )
    ours = {
        "rho": found.curve["rho"],
        "value": found.curve["value"],
        "rho_at_zero": found.rho_at_zero.value,
        "r2_residual": found.r2_residual,
        "r2_total": found.r2_total,
    }
    return ours, stored


def moderated():
    d = survey()
    columns = [d[c] for c in ("imbalance", "conflict", "pressure", "collaboration")]
    ours = {
        stage: moderated_mediation(
            *columns, [0.0], d["unit"], stage=stage, draws=100, seed=1, controls=d[["age"]]
        ).index.value
        for stage in ("first", "second")
    }
    return ours, reference("survey_linear")["moderated"]


def system():
    d = survey()
    X = design(d, ["imbalance", "collaboration", "age"])
    fit = stacked_ols({phase: d[phase] for phase in PHASES}, X, d["unit"])
    tests = {
        "joint": joint_test(fit, "imbalance"),
        "equal": equality_test(fit, "collaboration"),
    }
    ours = {
        "beta": fit.beta.reshape(4, 4),
        "se": np.sqrt(np.diag(fit.V)).reshape(4, 4),
    }
    stored = dict(reference("survey_linear")["system"])
    for key, test in tests.items():
        ours[key] = [test.chi2, test.statistic, test.p, test.chi2_p]
        stored[key] = list(stored[key].values())
    stored |= {key: np.transpose(stored[key]) for key in ("beta", "se")}
    return ours, stored


def fixed_effects():
    d = survey()
    X = d[["pressure", "conflict", "age"]]
    fits = {
        "nested": within_ols(d["imbalance"], X, d["county"]),
        "crossed": within_ols(d["imbalance"], X, d["county"], d["unit"]),
    }
    ours = {key: np.sqrt(np.diag(fit.V)) for key, fit in fits.items()}
    return ours | {"beta": fits["nested"].beta}, reference("survey_linear")["fixed"]


def adjusted():
    stored = reference("survey_linear")["adjust"]
    p = np.array(stored["p"], dtype=float)
    methods = ("holm", "hochberg", "bonferroni", "bh", "by")
    ours = {method: p_adjust(p, method) for method in methods}
    return ours, {method: np.array(stored[method], dtype=float) for method in methods}


@cache
def multilevel(levels, criterion):
    d = survey()
    X = design(d, ["pressure", "conflict", "age"])
    groups = d[["unit", "county", "province"][: LEVELS[levels]]]
    return random_intercepts(d["imbalance"], X, groups, reml=criterion == "REML")


def mixed(levels, criterion):
    found = multilevel(levels, criterion)
    ours = {
        "beta": found.fit.beta,
        "se": np.sqrt(np.diag(found.fit.V)),
        "loglik": found.fit.loglik,
        "variances": [line.value for line in found.variances],
    }
    stored = reference("multilevel")["cases"][levels][criterion]
    return ours, {key: stored[key] for key in ours}


def satterthwaite(levels):
    found = multilevel(levels, "REML")
    df = [found.degrees({term: 1.0}) for term in found.fit.terms]
    return {"df": df}, {"df": reference("multilevel")["cases"][levels]["REML"]["df"]}


def variances_uncertainty():
    found = multilevel("three", "REML")
    ours = {v.term: v.se / v.value / 2 for v in found.variances}
    stored = reference("multilevel")["log_sd_se"]
    names = ("variance[unit]", "variance[county]", "variance[residual]")
    return ours, dict(zip(names, stored, strict=True))


def mediated_211():
    d = survey()
    found = mediation_211(
        *(d[c] for c in ("imbalance", "conflict", "pressure")),
        d[["unit"]],
        seed=1,
        controls=d[["age"]],
    )
    ours = {
        "a": found.a.value,
        "between": found.b_between.value,
        "within": found.b_within.value,
        "direct": found.direct.value,
        "indirect": found.indirect.value,
        "delta_se": found.delta.se,
    }
    return ours, reference("multilevel")["mediation"]


def pooled(df):
    stored = reference("imputation")
    analyses = pd.read_csv(FOLDER / "data" / "survey_analyses.csv", skipinitialspace=True)
    terms = stored["terms"] if df == "all" else stored["clustered"]["terms"]
    complete = stored["df_complete"] if df == "all" else 59
    found = []
    for term in terms:
        rows = analyses[analyses["term"].str.strip() == term]
        lines = [Tidy(term, v, se, n=100, level=0.95) for v, se in rows[["value", "se"]].to_numpy()]
        found.append(pool(lines, complete))
    ours = {"df": [one.df for one in found], "fmi": [one.fmi for one in found]}
    if df == "few":
        return ours, {key: stored["clustered"][key] for key in ours}
    ours |= {
        "value": [one.line.value for one in found],
        "se": [one.line.se for one in found],
        "within": [one.within for one in found],
        "between": [one.between for one in found],
        "riv": [one.riv for one in found],
        "lambda": [one.share for one in found],
    }
    return ours, {key: stored[key] for key in ours}


def complete_cases():
    d = survey()[["pressure", "conflict", "imbalance", "age", "item_1", "item_2"]]

    def estimate(rows):
        return ols(
            rows["imbalance"], design(rows, ["item_2", "pressure", "age"]), covariance="classical"
        )

    imputed = impute(d, m=2, seed=1, iterations=1)
    table = beside_complete_cases(estimate, d, imputed)
    ours = {
        "complete_value": table["complete_value"],
        "complete_se": table["complete_se"],
        "missing": imputed.missing["item_2"],
    }
    stored = reference("imputation")
    theirs = {f"complete_{key}": stored["complete"][key] for key in ("value", "se")}
    return ours, theirs | {"missing": stored["missing"]}


def weighted(kind):
    d = survey()
    parts = {
        "full": (d["province"], d["unit"]),
        "clusters": (None, d["unit"]),
        "rows": (d["province"], None),
    }
    plan = survey_design(d["weight"], *parts[kind])
    where, high = d["duty"] >= 4, d["imbalance"] > 1
    share, part = (weighted_share(plan, high.astype(float), where=w) for w in (None, where))
    fit = weighted_ls(plan, d["imbalance"], design(d, ["pressure", "conflict", "age"]))
    ours = {
        "degrees": plan.degrees(np.ones(len(d), bool)),
        "domain_degrees": plan.degrees(where.to_numpy()),
        "share": [share.value, share.se],
        "share_ci": [share.ci_low, share.ci_high],
        "domain_share": part.value,
        "domain_share_ci": [part.ci_low, part.ci_high],
        "beta": fit.beta,
        "se": np.sqrt(np.diag(fit.V)),
        "df": fit.df,
    }
    stored = reference("survey_design")["designs"][kind]
    return ours, {key: stored[key] for key in ours}


CASES = [
    (surface, (), SOLVED),
    (moderation, (), SOLVED),
    (mediated, (), CLOSED_FORM),
    (sensitivity, (), SOLVED),
    (moderated, (), CLOSED_FORM),
    (system, (), CLOSED_FORM),
    (fixed_effects, (), CLOSED_FORM),
    (adjusted, (), CLOSED_FORM),
    *((mixed, (levels, c), LME4) for levels in LEVELS for c in ("REML", "ML")),
    *((satterthwaite, (levels,), SATTERTHWAITE) for levels in LEVELS),
    (variances_uncertainty, (), APVAR),
    (mediated_211, (), LME4),
    *((pooled, (df,), SOLVED) for df in ("all", "few")),
    (complete_cases, (), CLOSED_FORM),
    *((weighted, (kind,), SOLVED) for kind in ("full", "clusters", "rows")),
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
