"""Every public estimator of `compendium.stats` on one small table, for the property tests.

A case is a function of `Inputs`: each call of it hands over a column or columns, one input of the
estimator. The tests hand over other rows, other units, or one input with its index shuffled.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache

import door
import numpy as np
import pandas as pd
import statsmodels.api as sm

from compendium.stats import (
    binomial,
    bounds,
    counts,
    dirichlet,
    few_clusters,
    fitted,
    grouped,
    imputation,
    leave_one_out,
    levels,
    library_method,
    marginal,
    means,
    mediation,
    mediation_multilevel,
    meta_analysis,
    method,
    moderation,
    multilevel,
    proportions,
    rank,
    response_surface,
    survey_design,
    survey_regression,
    systems,
)
from compendium.stats.design import INTERCEPT, design
from compendium.stats.tidy import Tidy

DRAWS, SEED = 200, 7


def table() -> pd.DataFrame:
    """72 rows in 36 units, 12 provinces and 4 strata; labels of the index are not positions."""
    rng = np.random.default_rng(5)
    n = 72
    rows = pd.DataFrame({"province": np.repeat([f"p{g:02d}" for g in range(12)], 6)})
    rows["unit"] = np.repeat([f"u{g:02d}" for g in range(36)], 2)
    rows["stratum"] = np.repeat(list("abcd"), 18)
    rows["x"], rows["z"] = rng.normal(size=n), rng.normal(1.0, 2.0, size=n)
    rows["kind"] = pd.Categorical(rng.choice(["early", "late"], n), ["early", "late", "never"])
    shared = np.repeat(rng.normal(0, 0.7, 12), 6)
    rows["y"] = 1 + 0.8 * rows["x"] - 0.3 * rows["z"] + shared + rng.normal(size=n)
    rows["m"] = 0.5 * rows["x"] + shared + rng.normal(size=n)
    rows["y2"] = rows["y"] + 0.5 * rows["m"] + rng.normal(size=n)
    rows["x_unit"] = np.repeat(rng.normal(size=36), 2)
    rows["exposure"] = rng.uniform(1, 3, n)
    mean = np.exp(0.8 + 0.3 * rows["x"])
    rows["count"] = rng.negative_binomial(1.5, 1.5 / (1.5 + mean))
    rows["seen"] = np.maximum(rows["count"], 1) + rng.negative_binomial(1, 0.3, n)
    rows["trials"] = rng.integers(3, 12, n)
    share = 1 / (1 + np.exp(-0.4 * rows["x"]))
    rows["success"] = rng.binomial(rows["trials"], rng.beta(3 * share, 3 * (1 - share)))
    rows["rest"] = rows["trials"] - rows["success"]
    rows["fewer"] = rng.binomial(rows["success"], 0.5)
    rows["score"] = pd.cut(rows["y"] + rng.logistic(size=n), 4, labels=False) + 1
    rows["flag"] = (rng.random(n) < 0.4).astype(float)
    rows["absent"] = ((rng.random(n) < 0.4) & (rows["flag"] == 0)).astype(float)
    rows["weight"] = rng.uniform(1, 4, n)
    rows["gap"] = rows["y"].where(rng.random(n) > 0.2)
    rows["se"] = rng.uniform(0.2, 0.5, n)
    rows["r"], rows["size"] = np.tanh(rows["y"] / 4), rng.integers(20, 90, n)
    return rows.set_axis(rng.permutation(1000)[:n])


class Inputs:
    """Columns of a table; the `shuffled`-th that is asked for comes in another order."""

    def __init__(self, rows: pd.DataFrame, shuffled: int | None = None) -> None:
        self.rows, self.shuffled, self.asked = rows, shuffled, 0

    def __call__(self, columns: str | list[str]) -> pd.Series | pd.DataFrame:
        """Hand over a column, or a frame of columns."""
        found = self.rows[columns]
        found = found.iloc[::-1] if self.asked == self.shuffled else found
        self.asked += 1
        return found

    def design(self, *terms: str) -> pd.DataFrame:
        """Hand over a design as one input."""
        return design(
            self(list(dict.fromkeys(t for term in terms for t in term.split(":")))), terms
        )


Powers = dict[str, int]


@dataclass(frozen=True)
class Case:
    """An estimator on the table.

    `scales`: column -> powers of its unit by term, "*" for the others (0 where none is named).
    `terms`, `outcomes`: columns that the tests replace by zeros, one value, two values.
    `drawn`: resampled in the order of rows, so that only estimates stay as rows are permuted.
    `ordered`: the order of rows has a meaning, or there are none.
    `k`: rows that leave no degree of freedom.
    """

    run: Callable[[Inputs], object]
    of: tuple[Callable[..., object], ...]
    scales: dict[str, Powers] = field(default_factory=dict)
    terms: tuple[str, ...] = ("x",)
    outcomes: tuple[str, ...] = ("y",)
    cluster: str | None = "province"
    drawn: bool = False
    ordered: bool = False
    k: int = 3


NONE: Powers = {}
X, Y = {"x": -1}, {"*": 1}
LINEAR = {"x": X, "y": Y}
PATHS = {
    "x": {"a": -1, "direct": -1, "total": -1, "indirect": -1, "mediator~x": -1, "outcome~x": -1},
    "y": dict.fromkeys(("b", "direct", "total", "indirect", "outcome~x", "outcome~m"), 1)
    | {"outcome~(intercept)": 1, "outcome~z": 1},
    "m": {"a": 1, "b": -1, "mediator~x": 1, "mediator~z": 1, "mediator~(intercept)": 1}
    | {"outcome~m": -1},
}
CURVE = {"value": 1, "ci_low": 1, "ci_high": 1}
SURFACE = dict.fromkeys(("x0", "y0", "p10", "p11", "p20", "p21"), 0)


def _fit(i: Inputs):
    return fitted.ols(i("y"), i.design("x", "z"), i("province"))


def given_effects(y, se, labels):
    """Effects as published, with their standard errors."""
    names = tuple(str(label) for label in pd.Series(labels))
    return meta_analysis.Effects(names, np.asarray(y, float), np.asarray(se, float) ** 2)


def _meta(i: Inputs, **options: object):
    effects = given_effects(i("y"), i("se"), i("unit_name"))
    return meta_analysis.random_effects(effects, **options)


def _studies(i: Inputs) -> Inputs:
    """First 8 rows as studies."""
    return Inputs(
        i.rows[:8].assign(unit_name=[f"s{j}" for j in range(len(i.rows[:8]))]), i.shuffled
    )


def _product(i: Inputs):
    return fitted.ols(i("y"), i.design("x", "z", "x:z"), i("province"))


def _system(i: Inputs):
    return systems.stacked_ols({"one": i("y"), "two": i("y2")}, i.design("x", "z"), i("province"))


def _survey(i: Inputs):
    return survey_design.survey_design(i("weight"), i("stratum"), i("province"))


def _poisson(i: Inputs):
    return door.poisson(i("count"), i.design("x", "z"), i("province"), exposure=i("exposure"))


def _counts(i: Inputs, kind: str = "NegativeBinomial"):
    model = getattr(sm, kind)(i("count"), i.design("x", "z"))
    return fitted.fit(model, i("province"))


def _glm(i: Inputs):
    X = i.design("x", "z")
    return X, door.binomial_glm(i("success"), i("trials"), X, i("province"))


def _ids(rows: pd.DataFrame) -> pd.DataFrame:
    names = {"province": "county_id", "unit": "unit_id", "stratum": "stratum"}
    return rows.rename(columns=names)


def _three(i: Inputs, reml: bool = True, levels: tuple[str, ...] = ("unit", "province")):
    X = i.design("x", "z")
    return multilevel.random_intercepts(i("y"), X, i(list(levels)), reml=reml)


def _imputed(i: Inputs):
    frame = i(["gap", "x", "z"])
    return frame, imputation.impute(frame, i("province"), m=3, seed=SEED, iterations=2)


def _gap_fit(frame: pd.DataFrame):
    return fitted.ols(frame["gap"], design(frame, ["x", "z"]))


def _pooled(i: Inputs):
    _, found = _imputed(i)
    fits = [_gap_fit(frame) for frame in found.frames]
    return [found.line for found in imputation.pool_fits(fits)] + [
        imputation.pool([fit["x"] for fit in fits]).line
    ]


def _survey_models(i: Inputs):
    rows = _ids(i.rows)
    return {
        "weighted": survey_regression.regress(rows, "y", ["x", "z"], weighted=True),
        "three_levels": survey_regression.three_levels(rows, "y", ["x", "z"]),
    }


def _phases(i: Inputs):
    rows = _ids(i.rows)
    system = survey_regression.phase_system(rows, {"a": "y", "b": "y2"}, ["x", "z"])
    return survey_regression.mean_over(system, "x", ["a", "b"])


MEAN = {"y": {"*": 1}}
META = {"y": {"mean effect": 1, "tau2": 2}}

CASES = {
    "ols": Case(_fit, (fitted.ols,), LINEAR),
    **{
        f"ols_{kind}": Case(
            lambda i, kind=kind: fitted.ols(i("y"), i.design("x", "z"), cov_type=kind, use_t=True),
            (fitted.ols,),
            LINEAR,
            cluster=None,
        )
        for kind in ("nonrobust", "HC1", "HC3")
    },
    "ols_category": Case(
        lambda i: fitted.ols(i("y"), i.design("x", "kind"), i("province")), (fitted.ols,), LINEAR
    ),
    "ols_cr2": Case(
        lambda i: few_clusters.ols_cr2(i("y"), i.design("x", "z"), i("province")),
        (few_clusters.ols_cr2,),
        LINEAR,
    ),
    "mean_cr2": Case(
        lambda i: few_clusters.mean_cr2(i("y"), i("province")),
        (few_clusters.mean_cr2,),
        MEAN,
        terms=(),
        k=1,
    ),
    "within_ols": Case(
        lambda i: multilevel.within_ols(i("y"), i.design("x", "z"), i("unit"), i("province")),
        (multilevel.within_ols,),
        LINEAR,
        k=4,
    ),
    "random_intercepts": Case(
        _three,
        (multilevel.random_intercepts,),
        {
            "x": X,
            "y": Y
            | {"variance[unit]": 2, "variance[province]": 2, "variance[residual]": 2}
            | {"icc[unit]": 0, "icc[province]": 0},
        },
        cluster=None,
    ),
    "stacked_ols": Case(
        _system,
        (systems.stacked_ols,),
        {"x": {"one~x": -1, "two~x": -1}, "y": {"one~(intercept)": 1, "one~x": 1, "one~z": 1}},
    ),
    "system_tests": Case(
        lambda i: (
            [test(_system(i), "x").p for test in (systems.joint_test, systems.equality_test)]
            + [systems.contrast_test(_fit(i), [{"x": 1.0}, {"z": 1.0}], "both").p]
        ),
        (systems.joint_test, systems.equality_test, systems.contrast_test),
        {"x": {}},
    ),
    "weighted_ls": Case(
        lambda i: survey_design.weighted_ls(_survey(i), i("y"), i.design("x", "z")),
        (survey_design.survey_design, survey_design.weighted_ls),
        LINEAR | {"weight": {}},
    ),
    "weighted_share": Case(
        lambda i: survey_design.weighted_share(_survey(i), i("flag")),
        (survey_design.weighted_share,),
        {"weight": {}},
        terms=(),
        outcomes=("flag",),
        k=1,
    ),
    "poisson": Case(_poisson, (fitted.fit, fitted.read), {"x": X}, outcomes=("count",)),
    "cameron_trivedi": Case(
        lambda i: [
            counts.cameron_trivedi(_counts(i, "Poisson")),
            counts.dispersion(_counts(i)),
            counts.overdispersion(_counts(i), _counts(i, "Poisson")),
        ],
        (counts.cameron_trivedi, counts.rootogram, counts.dispersion, counts.overdispersion),
        {"x": {}},
        outcomes=("count",),
    ),
    "negative_binomial": Case(
        lambda i: door.negative_binomial(i("count"), i.design("x", "z"), i("province")),
        (fitted.fit, fitted.read),
        {"x": X},
        outcomes=("count",),
    ),
    "zero_truncated": Case(
        lambda i: door.zero_truncated(i("seen"), i.design("x", "z"), i("province")),
        (fitted.fit, fitted.read),
        {"x": X},
        outcomes=(),
    ),
    "binomial_glm": Case(
        lambda i: _glm(i)[1], (fitted.fit, fitted.read), {"x": X}, outcomes=("success",)
    ),
    "quasi_binomial": Case(
        lambda i: door.binomial_glm(i("success"), i("trials"), i.design("x", "z"), quasi=True),
        (fitted.fit, fitted.read),
        {"x": X},
        outcomes=("success",),
        cluster=None,
    ),
    "beta_binomial": Case(
        lambda i: binomial.beta_binomial(
            i("success"), i("trials"), i.design("x", "z"), i("province")
        ),
        (binomial.beta_binomial,),
        {"x": X},
        outcomes=("success",),
    ),
    "ordered_logit": Case(
        lambda i: door.ordered_logit(i("score"), i.design("x", "z"), i("province")),
        (fitted.fit, fitted.read),
        {"x": X},
        terms=(),
        outcomes=("score",),
    ),
    "average_marginal_effects": Case(
        lambda i: marginal.average_marginal_effects(*_glm(i)[::-1], "logit"),
        (marginal.average_marginal_effects, marginal.average_contrast, marginal.moved),
        {"x": X},
        outcomes=("success",),
    ),
    "average_share": Case(
        lambda i: marginal.average_share(*_glm(i)[::-1]),
        (marginal.average_share,),
        {"x": {}},
        outcomes=("success",),
    ),
    "dirichlet_multinomial": Case(
        lambda i: dirichlet.dirichlet_multinomial(i(["success", "rest"]), i("province")),
        (dirichlet.dirichlet_multinomial,),
        terms=("success",),
        outcomes=(),
        k=1,
    ),
    "pooled_share": Case(
        lambda i: proportions.pooled_share(i("success"), i("trials"), i("province")),
        (proportions.pooled_share,),
        terms=(),
        outcomes=("success", "fewer"),
        k=1,
    ),
    "korn_graubard": Case(
        lambda i: proportions.pooled_share(
            i("success"), i("trials"), i("province"), interval="korn-graubard"
        ),
        (proportions.pooled_share,),
        terms=(),
        outcomes=("success",),
        k=1,
    ),
    "shares_by": Case(
        lambda i: grouped.shares_by(i.rows, ["kind"], ["success"], "trials", "province").tidy,
        (grouped.shares_by,),
        terms=(),
        outcomes=("success",),
        k=1,
    ),
    "named_bounds": Case(
        lambda i: bounds.named_bounds(i("flag"), i("absent"), i("province")),
        (bounds.named_bounds,),
        terms=("absent",),
        outcomes=("flag",),
        k=1,
    ),
    "named_bounds_monotone": Case(
        lambda i: bounds.named_bounds(i("flag"), i("absent"), i("province"), assumption="monotone"),
        (bounds.named_bounds,),
        terms=("absent",),
        outcomes=("flag",),
        k=1,
    ),
    "read_again": Case(
        lambda i: bounds.read_again(i("flag"), i("absent")).sum().to_dict(),
        (bounds.read_again,),
        terms=("absent",),
        outcomes=("flag",),
        cluster=None,
        k=1,
    ),
    "unseen_share_needed": Case(
        lambda i: bounds.unseen_share_needed(i("flag"), i("absent"), i("province")),
        (bounds.unseen_share_needed,),
        terms=("absent",),
        outcomes=("flag",),
        k=1,
    ),
    "mean_difference": Case(
        lambda i: means.mean_difference(i("y"), i.rows["z"]),
        (means.mean_difference,),
        terms=(),
        cluster=None,
        k=1,
    ),
    "kendall": Case(
        lambda i: rank.kendall(i("x"), i("y")),
        (rank.kendall,),
        {"x": {}, "y": {}},
        cluster=None,
        k=4,
    ),
    "mediation": Case(
        lambda i: mediation.mediation(
            i("y"), i("m"), i("x"), i("province"), draws=DRAWS, seed=SEED, controls=i(["z"])
        ),
        (mediation.mediation, mediation.product_line),
        PATHS,
        drawn=True,
        k=4,
    ),
    "unmeasured_confounding": Case(
        lambda i: mediation.unmeasured_confounding(
            i("y"), i("m"), i("x"), i("province"), draws=DRAWS, seed=SEED, rho=(0.0, 0.3)
        ),
        (mediation.unmeasured_confounding,),
        {"y": CURVE, "m": NONE, "x": dict.fromkeys(CURVE, -1)},
        drawn=True,
    ),
    "moderated_mediation": Case(
        lambda i: mediation.moderated_mediation(
            i("y"),
            i("m"),
            i("x"),
            i("z"),
            [0.0, 1.0],
            i("province"),
            stage="second",
            draws=DRAWS,
            seed=SEED,
        ),
        (mediation.moderated_mediation,),
        {
            "y": dict.fromkeys(("index", "indirect at 0", "indirect at 1"), 1)
            | {f"outcome~{t}": 1 for t in (INTERCEPT, "x", "m", "w", "m:w")}
        },
        drawn=True,
        k=5,
    ),
    "mediation_211": Case(
        lambda i: mediation_multilevel.mediation_211(
            i("y"), i("m"), i("x_unit"), i(["unit", "province"]), seed=SEED, draws=2000
        ),
        (mediation_multilevel.mediation_211,),
        terms=("x_unit",),
        cluster=None,
        k=4,
    ),
    "response_surface": Case(
        lambda i: response_surface.response_surface(
            i("y"), i("x"), i("z"), i("province"), center=0.2, draws=DRAWS, seed=SEED
        ),
        (response_surface.response_surface, response_surface.surface_parameters),
        {"y": Y | SURFACE},
        drawn=True,
        k=6,
    ),
    "surface": Case(
        lambda i: [
            frame.drop(columns="path", errors="ignore").abs().sum().to_dict()
            for make in (response_surface.surface_grid, response_surface.surface_lines)
            for frame in [
                make(
                    response_surface.response_surface(
                        i("y"), i("x"), i("z"), i("province"), center=0.2
                    ),
                    5,
                )
            ]
        ],
        (response_surface.surface_grid, response_surface.surface_lines),
        k=6,
    ),
    "moderation": Case(
        lambda i: (
            moderation.simple_slopes(_product(i), "x", "z", [0.0, 1.0]),
            moderation.johnson_neyman(_product(i), "x", "z", -3, 3).bounds,
            moderation.marginal_effects(_product(i), "x", "z", [0.0, 2.0])[["se"]],
        ),
        (moderation.simple_slopes, moderation.johnson_neyman, moderation.marginal_effects),
        {"y": {"x at 0": 1, "x at 1": 1, "se": 1}},
        k=4,
    ),
    "impute": Case(
        lambda i: _imputed(i)[1].frames[0].sum().to_dict(),
        (imputation.impute,),
        {"gap": {"gap": 1}, "x": {"x": 1}},
        outcomes=("gap",),
        drawn=True,
        ordered=True,
        k=4,
    ),
    "pool": Case(
        _pooled,
        (imputation.pool, imputation.pool_fits),
        {"x": X | {"x#2": -1}},
        outcomes=("gap",),
        drawn=True,
        ordered=True,
        k=4,
    ),
    "beside_complete_cases": Case(
        lambda i: imputation.beside_complete_cases(_gap_fit, *_imputed(i))["riv"].tolist(),
        (imputation.beside_complete_cases,),
        {"x": {}},
        outcomes=("gap",),
        drawn=True,
        ordered=True,
        k=4,
    ),
    "random_effects": Case(
        lambda i: _meta(_studies(i)),
        (meta_analysis.random_effects, meta_analysis.forest),
        terms=("se",),
        cluster=None,
        k=1,
    ),
    "logit_shares": Case(
        lambda i: meta_analysis.random_effects(
            meta_analysis.logit_shares(i("success"), i("trials"), i("unit"))
        ),
        (meta_analysis.logit_shares,),
        terms=(),
        outcomes=("success",),
        cluster=None,
        k=1,
    ),
    "fisher_z": Case(
        lambda i: meta_analysis.random_effects(
            meta_analysis.fisher_z(i("r"), i("size"), i("unit")), method="PM"
        ),
        (meta_analysis.fisher_z,),
        terms=(),
        outcomes=("r",),
        cluster=None,
        k=1,
    ),
    "survey_regressions": Case(
        _survey_models,
        (
            survey_regression.design_of,
            survey_regression.regress,
            survey_regression.three_levels,
        ),
        {"x": X},
    ),
    "phase_system": Case(
        _phases,
        (survey_regression.phase_system, survey_regression.mean_over),
        {"x": {"*": -1}},
        k=5,
    ),
    "complete_and_imputed": Case(
        lambda i: survey_regression.complete_and_imputed(
            _ids(i.rows), "gap", ("x", "z"), ["m"], m=2, seed=SEED
        )["pooled_value"].tolist(),
        (survey_regression.complete_and_imputed,),
        outcomes=("gap",),
        drawn=True,
        ordered=True,
        k=4,
    ),
    "leave_one_out": Case(
        lambda i: (
            leave_one_out.leave_one_out(
                lambda rows: proportions.pooled_share(rows["success"], rows["trials"]),
                i.rows,
                "stratum",
            )[["value", "se", "change"]]
            .sum()
            .to_dict()
        ),
        (leave_one_out.leave_one_out, leave_one_out.extremes, leave_one_out.extremes_by),
        terms=(),
        outcomes=("success",),
        cluster="stratum",
        k=1,
    ),
}

PARTS = {
    "alone": "what estimators say of single clusters; tests of its own",
    "arithmetic": "no estimate",
    "checks": "guards",
    "cluster_bootstrap": "draws of the mediation and surface models",
    "clusters": "covariances of estimators",
    "design": "columns of a design; refusals are tested through the models",
    "fit": "lines of fitted models",
    "foreign": "what is refused of models of other packages; see test_results",
    "maximum_likelihood": "search of the likelihood models",
    "misclassified": "corrections of given shares and slopes: tests/stats/test_misclassified.py",
    "overdispersion": "test within the likelihood models",
    "separation": "refusal within the likelihood models",
    "solve": "least squares of all estimators",
    "tidy": "the line itself",
    "variables": "refusals of the mediation and surface models",
}
"""Modules without an estimator of their own, and why."""

PIECES = {
    bounds.imbens_manski_c: "critical value of the bounds",
    levels.at_level: "note of a level on a frame",
    levels.noted_level: "note of a level on a frame",
    survey_regression.absorbed_kinds: "names of dummies that county effects take in",
    few_clusters.slope_over: "combinations of ols_cr2",
    fitted.of_model: "read, or nothing",
    fitted.refuse_doubles: "refusal of read",
    fitted.short_term: "name of a term",
    few_clusters.cluster_parts: "part of ols_cr2",
    few_clusters.corrections: "part of ols_cr2",
    few_clusters.corrected: "part of ols_cr2",
    library_method.library_method: "words for a model of statsmodels",
    method.clustered: "words for clustered errors",
    moderation.product_term: "name of a term",
    moderation.critical_value: "quantile",
    multilevel.varies_within: "refusal of random_intercepts",
    proportions.check_counts: "refusals of shares",
    proportions.logit_interval: "interval of a given share and error",
    proportions.clopper_pearson: "interval of given counts",
    proportions.wilson: "interval of given counts",
    proportions.binomial_interval: "share of given counts",
    response_surface.polynomial: "columns of the surface",
}
"""Public functions beside the estimators, and what they are."""


WHAT = ("value", "se", "ci_low", "ci_high", "p")
HIDDEN = {
    "fit",
    "problem",
    "at",
    "effects",
    "n",
    "n_clusters",
    "center",
    "x_range",
    "y_range",
    "counts",
}


def flat(found: object) -> dict[tuple[str, str], float]:
    """All numbers of a result by (term, what); a term that comes again is numbered."""
    numbers: dict[tuple[str, str], float] = {}
    for line in lines_of(found):
        term, count = line.term, 1
        while (term, "value") in numbers:
            count += 1
            term = f"{line.term}#{count}"
        numbers |= {(term, what): getattr(line, what) for what in WHAT}
    return numbers


def lines_of(found: object, name: str = "") -> list[Tidy]:
    """All lines of a result; a number without a line becomes one with a value only."""
    if isinstance(found, Tidy):
        return [found]
    if isinstance(found, int | float | np.number):
        return [Tidy(name, float(found))]
    return [line for at, part in _parts(found, name) for line in lines_of(part, at)]


def _parts(found: object, name: str) -> list[tuple[str, object]]:
    if isinstance(found, pd.DataFrame):
        return [
            (f"{c}[{i}]", v) for c in found.select_dtypes("number") for i, v in enumerate(found[c])
        ]
    if isinstance(found, dict):
        return [(str(key), part) for key, part in found.items()]
    if isinstance(found, list | tuple):
        return [(f"{name}[{i}]", part) for i, part in enumerate(found)]
    own = [("", found.tidy())] if callable(getattr(found, "tidy", None)) else []
    if not is_dataclass(found) or hasattr(found, "V"):
        return own
    kept = [f.name for f in fields(found) if f.name not in HIDDEN or (f.name == "fit" and not own)]
    return own + [(key, getattr(found, key)) for key in kept]


@cache
def rows() -> pd.DataFrame:
    """The table, made once."""
    return table()
