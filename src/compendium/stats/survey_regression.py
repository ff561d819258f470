"""Regressions of the survey: county effects, or design weights, on the same terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from compendium.stats.checks import LEVEL
from compendium.stats.design import INTERCEPT, design
from compendium.stats.fit import Fit
from compendium.stats.imputation import beside_complete_cases, impute
from compendium.stats.multilevel import Multilevel, random_intercepts, within_ols
from compendium.stats.survey_design import SurveyDesign, survey_design, weighted_ls
from compendium.stats.systems import stacked_ols
from compendium.stats.tidy import Tidy

KIND = "unit_kind"
COUNTY, UNIT, PROVINCE = "county_id", "unit_id", "province_id"
WORD = "county"


def design_of(rows: pd.DataFrame) -> SurveyDesign:
    """Weights, strata and counties as primary sampling units of some rows.

    A stratum that is left with one county is centred at the mean of all.
    """
    strata = rows["stratum"].astype(str)
    return survey_design(rows["weight"], strata, rows[COUNTY], lonely="centre")


def regress(
    rows: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    level: float = LEVEL,
    *,
    weighted: bool = False,
) -> Fit:
    """Least squares of an outcome.

    Parameters
    ----------
    rows
        Complete in outcome, terms and the columns of the design.
    terms
        Columns, or products "a:b"; categories become dummies, kinds of unit only where
        `absorbed_kinds` does not name them.
    weighted
        False: an effect of each county and CR1 by county. True: design weights, errors linearised
        over strata and counties, no county effects; another estimand, as `method` says.
    """
    X = design(rows, list(terms))
    if weighted:
        return weighted_ls(design_of(rows), rows[outcome], X, level)
    X = X.drop(columns=list(absorbed_kinds(rows, terms)))
    return within_ols(rows[outcome], X, rows[COUNTY], level=level, absorbed=WORD, name=WORD)


def absorbed_kinds(rows: pd.DataFrame, terms: Sequence[str] = (KIND,)) -> tuple[str, ...]:
    """Dummies of kinds of unit that county effects take in: no county has the kind beside others.

    One small kind, or a survey whose city counties have subdistricts only, comes to this. The other
    slopes are the same without such a dummy.
    """
    if KIND not in terms:
        return ()
    dummies = design(rows, [KIND]).drop(columns=INTERCEPT)
    inside = dummies - dummies.groupby(rows[COUNTY].to_numpy()).transform("mean")
    kept: list[str] = []
    for name in dummies:
        if np.linalg.matrix_rank(inside[[*kept, name]].to_numpy()) > len(kept):
            kept.append(str(name))
    return tuple(str(name) for name in dummies if name not in kept)


def three_levels(
    rows: pd.DataFrame, outcome: str, terms: Sequence[str], level: float = LEVEL
) -> Multilevel:
    """Respondents in units in counties: a random intercept of each."""
    groups = rows[[UNIT, COUNTY]]
    return random_intercepts(rows[outcome], design(rows, list(terms)), groups, level)


def phase_system(
    rows: pd.DataFrame, outcomes: Mapping[str, str], terms: Sequence[str], level: float = LEVEL
) -> Fit:
    """Equations of several outcomes on the same respondents, with an effect of each county.

    Parameters
    ----------
    outcomes
        Equation -> column.

    Returns
    -------
    Fit
        Terms "equation~term", joint covariance by county.
    """
    X = design(rows, [*terms, COUNTY]).drop(columns=list(absorbed_kinds(rows, terms)))
    scores = {equation: rows[column] for equation, column in outcomes.items()}
    return stacked_ols(scores, X, rows[COUNTY], level, name=WORD)


def mean_over(system: Fit, term: str, equations: Sequence[str]) -> Tidy:
    """Mean of a term's coefficients over equations."""
    weights = {f"{equation}~{term}": 1 / len(equations) for equation in equations}
    return system.combination(weights, f"mean of {term}")


def complete_and_imputed(
    scores: pd.DataFrame,
    outcome: str,
    pair: tuple[str, str],
    helpers: Sequence[str],
    level: float = LEVEL,
    *,
    m: int,
    seed: int,
) -> pd.DataFrame:
    """Regression on two terms and their product: complete rows beside multiple imputation.

    Parameters
    ----------
    pair
        The two terms, centred. Their product is imputed as a column of its own, for an imputation
        without it would pull the product's coefficient to zero (von Hippel 2009).
    helpers
        Further columns that help to impute.
    m, seed
        Number of completed data sets, and of all draws.

    Returns
    -------
    DataFrame
        As `imputation.beside_complete_cases`; both with county effects and CR1 by county.
    """
    product = f"{pair[0]}:{pair[1]}"
    frame = scores[[outcome, *pair, *helpers]].assign(
        **{product: scores[pair[0]] * scores[pair[1]]}
    )
    county = scores[COUNTY]

    def estimate(completed: pd.DataFrame) -> Fit:
        X = completed[[*pair, product]]
        at = county.loc[completed.index]
        return within_ols(completed[outcome], X, at, level=level, absorbed=WORD, name=WORD)

    filled = impute(frame, county, m=m, seed=seed)
    return beside_complete_cases(estimate, frame, filled)
