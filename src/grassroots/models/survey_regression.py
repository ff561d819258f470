"""Regressions of the survey: county effects, or design weights, on the same terms."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from grassroots.models.checks import LEVEL
from grassroots.models.design import INTERCEPT, design
from grassroots.models.fit import Fit
from grassroots.models.multilevel import Multilevel, random_intercepts, within_ols
from grassroots.models.ordinal import ordered_logit
from grassroots.models.survey_design import SurveyDesign, survey_design, weighted_ls
from grassroots.models.tidy import Tidy

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
        Columns, or products "a:b"; categories become dummies.
    weighted
        False: an effect of each county and CR1 by county. True: design weights, errors linearised
        over strata and counties, no county effects; another estimand, as `method` says.
    """
    X = design(rows, list(terms))
    if weighted:
        return weighted_ls(design_of(rows), rows[outcome], X, level)
    return within_ols(rows[outcome], X, rows[COUNTY], level=level, absorbed=WORD, name=WORD)


def three_levels(
    rows: pd.DataFrame, outcome: str, terms: Sequence[str], level: float = LEVEL
) -> Multilevel:
    """Respondents in units in counties: a random intercept of each."""
    groups = rows[[UNIT, COUNTY]]
    return random_intercepts(rows[outcome], design(rows, list(terms)), groups, level)


def ordered(rows: pd.DataFrame, outcome: str, terms: Sequence[str], level: float = LEVEL) -> Fit:
    """Ordered logit, CR1 by county."""
    X = design(rows, list(terms))
    return ordered_logit(rows[outcome], X, rows[COUNTY], level, name=WORD).fit


def side_by_side(
    rows: pd.DataFrame,
    outcome: str,
    order: str,
    terms: Sequence[str],
    level: float = LEVEL,
) -> dict[str, dict[str, Tidy]]:
    """Four models of one outcome on the same rows and terms.

    Parameters
    ----------
    outcome, order
        The outcome as a number, for the linear models, and in ordered categories.

    Returns
    -------
    dict
        Model -> term -> line: "county_effects", "weighted", "three_level", "ordered_logit" (log
        odds). Intercepts and thresholds are left out.
    """
    linear: dict[str, Fit | Multilevel] = {
        "county_effects": regress(rows, outcome, terms, level),
        "weighted": regress(rows, outcome, terms, level, weighted=True),
        "three_level": three_levels(rows, outcome, terms, level),
        "ordered_logit": ordered(rows, order, terms, level),
    }
    names = [name for name in design(rows, list(terms)).columns if name != INTERCEPT]
    return {model: {term: fit[term] for term in names} for model, fit in linear.items()}
