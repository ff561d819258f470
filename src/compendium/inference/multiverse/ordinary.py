"""Universes that cross products can't fit: other families, and CR2 errors; one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.inference.multiverse.batch import Failure
from compendium.inference.multiverse.columns import Columns
from compendium.inference.multiverse.groups import Group, Members
from compendium.inference.multiverse.pool import add_products
from compendium.inference.multiverse.universes import Model
from compendium.plan.multiverse import MEAN
from compendium.stats.clusters import Integers
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.few_clusters import ols_cr2
from compendium.stats.fit import Fit
from compendium.stats.fitted import ALPHA, NO_DISPERSION, fit, read
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

LOGISTIC_VARIANCE = np.pi**2 / 3


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows of one universe: outcome, terms with the predictor first, and clusters.

    Attributes
    ----------
    x
        Name of the predictor's column of X, the intercept where a mean is estimated.
    unit
        What its coefficient is multiplied by.
    """

    y: Floats
    X: pd.DataFrame
    x: str
    clusters: Integers
    family: str
    unit: float = 1.0


def problem_of(columns: Columns, rows: Integers, model: Model) -> Problem | Failure:
    """Outcome and terms of a universe; fixed effects become dummies."""
    if model.weights is not None:
        return Failure("no_weights_here", model.weights)
    terms: dict[str, Floats] = {INTERCEPT: np.ones(rows.size)}
    if model.predictor != MEAN:
        terms[model.predictor] = columns.numbers(model.predictor)[rows]
    controls = [*model.controls, *([model.fixed_effects] if model.fixed_effects else [])]
    for control in controls:
        terms |= columns.expanded(control, rows, model.missing)
    spread = model.per_sd_of
    return Problem(
        y=columns.numbers(model.outcome)[rows],
        X=pd.DataFrame(terms),
        x=INTERCEPT if model.predictor == MEAN else model.predictor,
        clusters=columns.clusters[rows],
        family=model.family,
        unit=1.0 if spread is None else float(columns.numbers(spread)[rows].std(ddof=1)),
    )


def fit_one(problem: Problem, level: float, word: str) -> tuple[Tidy, float] | Failure:
    """Coefficient of the predictor, and the spread of the outcome on the model's scale.

    Least squares has CR2 errors here. The spread is the standard deviation of a logit's latent
    outcome, whose variance is that of the linear predictor plus pi^2 / 3 (McKelvey and Zavoina
    1975), and 1 for counts, whose logs have a unit of their own.
    """
    try:
        if problem.family == "ols":
            fit_cr2 = ols_cr2(problem.y, problem.X, problem.clusters, level, name=word)
            return _in_unit(fit_cr2[problem.x], problem.unit), 1.0
        found = _fitted(problem, problem.X, level, word)
    except UserError as error:
        return Failure("refused", error.problem)
    spread = 1.0
    if problem.family == "logit":
        spread = float(np.sqrt(special.logit(found.fitted).var(ddof=1) + LOGISTIC_VARIANCE))
    return _in_unit(found[problem.x], problem.unit), spread


def _in_unit(line: Tidy, unit: float) -> Tidy:
    """The line of the coefficient times a positive number."""
    scaled = {name: getattr(line, name) * unit for name in ("value", "se", "ci_low", "ci_high")}
    return replace(line, **scaled)


def at_the_null(problem: Problem, null: float, word: str) -> tuple[Group, Members] | Failure:
    """The model as a least-squares problem at its fit under the null, for the score bootstrap.

    With mu and the working weights W of the fit without the predictor, rows root(W) X and outcome
    (y - mu) / root(W): the one-step estimate is linear in the scores, which are what is multiplied
    (Kline and Santos 2012). Only a null of no association is available.
    """
    if null != 0 or problem.x == INTERCEPT:
        return Failure("no_score_test")
    rest = problem.X.drop(columns=problem.x)
    try:
        found = _fitted(problem, rest, 0.95, word)
    except UserError as error:
        return Failure("refused", error.problem)
    W, score = _working(problem.family, problem.y, found)
    clusters, codes = np.unique(problem.clusters, return_inverse=True)
    ordered = np.column_stack([rest.to_numpy(), problem.X[problem.x].to_numpy()])
    Z = np.column_stack([ordered * np.sqrt(W)[:, None], score / np.sqrt(W)])
    scale = np.linalg.norm(Z, axis=0)
    k = ordered.shape[1]
    S = np.zeros((clusters.size, k + 1, k + 1))
    add_products(S, Z / scale, codes.astype(np.intp))
    names = (*rest.columns, problem.x, "score")
    group = Group(names, S, scale, clusters.astype(np.intp), len(Z))
    members = Members(
        place=(0,),
        y=np.array([k], dtype=np.intp),
        x=np.array([k - 1], dtype=np.intp),
        rest=(np.arange(k - 1, dtype=np.intp),),
        unit=np.array([problem.unit]),
        spread=np.ones(1),
        alone=np.zeros(1, dtype=bool),
    )
    return group, members


def _fitted(problem: Problem, X: pd.DataFrame, level: float, word: str) -> Fit:
    from statsmodels.discrete.discrete_model import NegativeBinomial, Poisson
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    def fitted(model: Any) -> Fit:
        return read(fit(model, problem.clusters, name=word), level)

    check_design(X, problem.y.size)
    if problem.family == "logit":
        return fitted(GLM(problem.y, X, Binomial()))
    if problem.family == "poisson":
        return fitted(Poisson(problem.y, X))
    try:
        return fitted(NegativeBinomial(problem.y, X))
    except UserError as error:
        if error.problem != NO_DISPERSION:
            raise
        plain = fitted(Poisson(problem.y, X))
        return replace(plain, method=Method.of("nb2_boundary", fit=plain.method))


def _working(family: str, y: Floats, found: Fit) -> tuple[Floats, Floats]:
    """Expected information and score of each row's linear predictor."""
    mu = found.fitted
    if family == "logit":
        return np.asarray(mu * (1 - mu)), np.asarray(y - mu)
    alpha = found.beta[-1] if found.terms[-1] == ALPHA else 0.0
    return np.asarray(mu / (1 + alpha * mu)), np.asarray((y - mu) / (1 + alpha * mu))
