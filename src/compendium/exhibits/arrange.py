"""Results of models, arranged as the data of a form."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from compendium.exhibits import regression
from compendium.stats.bounds import NamedBounds
from compendium.stats.fit import slopes_of
from compendium.stats.fitted import of_model
from compendium.stats.levels import at_level
from compendium.stats.meta_analysis import MetaAnalysis, forest
from compendium.stats.method_words import ALONE
from compendium.stats.tidy import Tidy


def points(results: Mapping[tuple[str, str], Tidy]) -> pd.DataFrame:
    """Data of the form `dots` from results by (category, group)."""
    rows = [
        (category, group, found.value, found.ci_low, found.ci_high, found.n)
        for (category, group), found in results.items()
    ]
    frame = pd.DataFrame(rows, columns=["category", "group", "value", "ci_low", "ci_high", "n"])
    return at_level(frame, (found.level for found in results.values()))


def open_bars(bounds: Mapping[str, NamedBounds]) -> pd.DataFrame:
    """Data of the form `bounds`: `low` is what is named, `high` the upper bound."""
    rows = [
        (code, one.lower, one.upper, one.tidy.ci_low, one.tidy.ci_high, one.tidy.n)
        for code, one in bounds.items()
    ]
    frame = pd.DataFrame(rows, columns=["category", "low", "high", "ci_low", "ci_high", "n"])
    return at_level(frame, (one.tidy.level for one in bounds.values()))


def slopes(
    models: Mapping[str, Any], level: float, *, ratio: bool = False
) -> dict[tuple[str, str], Tidy]:
    """Coefficients of models, or their exponentials, by (model, term).

    Parameters
    ----------
    models
        Fitted models of statsmodels, or our own.
    level
        Level of the intervals of the former.

    Returns
    -------
    dict
        Neither intercepts nor dispersions nor thresholds.
    """
    fits = {name: of_model(results, level) for name, results in models.items()}
    return {
        (model, term): fit.ratio(term) if ratio else fit[term]
        for model, fit in fits.items()
        for term in slopes_of(fit)
    }


def tidy_rows(results: Mapping[tuple[str, str], Tidy]) -> pd.DataFrame:
    """Rows of a table from results by (category, group)."""
    rows = [
        (group, category, found.value, found.ci_low, found.ci_high, found.p, found.n)
        for (category, group), found in results.items()
    ]
    columns = ["group", "category", "value", "ci_low", "ci_high", "p", "n"]
    frame = pd.DataFrame(rows, columns=columns)
    return at_level(frame, (found.level for found in results.values()))


def by_term(results: Mapping[tuple[str, str], Tidy]) -> dict[tuple[str, str], Tidy]:
    """Results of (model, term) by (term, model), as a figure has them."""
    return {(term, model): found for (model, term), found in results.items()}


def regression_rows(
    results: Mapping[tuple[str, ...], Tidy],
    quality: Mapping[tuple[str, ...], Mapping[str, float]] | None = None,
    beside: Mapping[str, Mapping[tuple[str, ...], float]] | None = None,
) -> pd.DataFrame:
    """Data of a regression table from lines by (model, term), or by (panel, model, term).

    Parameters
    ----------
    quality
        How well models fit, by (model,) or (panel, model): see `compendium.results.quality`.
    beside
        What else is known of lines, by column and the keys of `results`; nan where it is not.
    """
    kept = [name for name in regression.COLUMNS if name not in ("group", "category")]
    rows = [
        {
            **({"panel": key[0]} if len(key) > len(("model", "term")) else {}),
            "group": key[-2],
            "category": key[-1],
            **{name: getattr(line, name) for name in kept},
            "method": str(line.method),
            **{name: told.get(key, nan) for name, told in (beside or {}).items()},
        }
        for key, line in results.items()
    ]
    frame = pd.DataFrame(rows)
    alone = [int(ALONE in line.method.codes) for line in results.values()]
    frame = frame.assign(alone=alone) if any(alone) else frame
    for name in regression.QUALITY:
        told = {key: one[name] for key, one in (quality or {}).items() if name in one}
        values = [told.get(key[:-1], nan) for key in results]
        frame = frame.assign(**{name: values}) if told else frame
    return at_level(frame, (line.level for line in results.values()))


def described(variables: pd.DataFrame, ends: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows of a first table, one a variable: how many are known, mean, deviation and ends.

    Parameters
    ----------
    variables
        One column a variable, nan where it is not known; a share is the mean of zeros and ones.
    ends
        `min` and `max` to show in the place of the data's, by variable: of answers the ends of the
        scale, since the lowest and the highest are somebody's.
    """
    told = variables.astype("float64").describe().T
    told = told if ends is None else ends.join(told[["count", "mean", "std"]])
    told = told.rename_axis("variable").reset_index().rename(columns={"count": "n", "std": "sd"})
    return told[["variable", "n", "mean", "sd", "min", "max"]]


def correlated(variables: pd.DataFrame, method: str, least: int = 10) -> pd.DataFrame:
    """Correlations of variables, one row each: `r1`, `r2`, ... with itself and those above it.

    Parameters
    ----------
    method
        "pearson", or "spearman" for counts with a long tail.
    least
        Fewest rows in which both are known; fewer leave a correlation empty. No interval is given:
        rows of one cluster are not independent, and nothing here is a test.
    """
    found = variables.astype("float64").corr(method, least)
    below = found.where(np.tril(np.ones(found.shape, dtype=bool)))
    below.columns = pd.Index([f"r{i}" for i in range(1, len(below) + 1)])
    return below.rename_axis("variable").reset_index().assign(number=range(1, len(below) + 1))


def forest_rows(analysis: MetaAnalysis, means: Mapping[str, Tidy]) -> pd.DataFrame:
    """Data of the form `forest`: studies by size of their effect, all means, the prediction.

    The rows of the analysis itself get the codes `random_effects` and `further_study`.
    """
    rows = forest(analysis).rename(columns={"label": "category", "kind": "group"})
    codes = {"mean": "random_effects", "prediction": "further_study"}
    rows = rows.drop(columns="weight").assign(category=rows["category"].replace(codes))
    studies = rows[rows["group"] == "study"].sort_values("value", ascending=False)
    others = [(code, "mean", m.value, m.ci_low, m.ci_high) for code, m in means.items()]
    parts = [
        studies,
        rows[rows["group"] == "mean"],
        pd.DataFrame(others, columns=rows.columns),
        rows[rows["group"] == "prediction"],
    ]
    levels = [analysis.mean.level, *(m.level for m in means.values())]
    return at_level(pd.concat(parts, ignore_index=True), levels)


def without_rows(
    found: Mapping[str, Mapping[tuple[str, str], Tidy]], full: Mapping[str, Tidy], unit: str
) -> pd.DataFrame:
    """Rows of a table of what single groups do to an estimate.

    Parameters
    ----------
    found
        Results of `leave_one_out.extremes_by`, by estimate.
    full
        Estimate from all rows, by estimate.
    unit
        What was left out.
    """
    rows = [
        (estimate, full[estimate].value, low.value, low.term, high.value, high.term)
        for estimate, ends in found.items()
        for low, high in [(ends[unit, "lowest"], ends[unit, "highest"])]
    ]
    columns = ["estimate", "full", "lowest", "without_low", "highest", "without_high"]
    return pd.DataFrame(rows, columns=columns)


def assumption_rows(
    named: Mapping[str, NamedBounds],
    monotone: Mapping[str, NamedBounds],
    once: Mapping[str, Tidy],
    twice: Mapping[str, Tidy],
) -> pd.DataFrame:
    """Rows of a table of what a majority of cases would take, read once and read twice.

    Parameters
    ----------
    named, monotone
        Bounds without assumption, and with the second reading under monotone missingness.
    once, twice
        Share of the unseen that a majority takes, before and after the second reading.
    """
    rows = [
        (code, found.lower, once[code].value, again.lower, again.upper, twice[code].value)
        for code, found in named.items()
        for again in [monotone[code]]
    ]
    columns = ["code", "named", "needed", "reread", "monotone_upper", "needed_reread"]
    return pd.DataFrame(rows, columns=columns)


def rootogram_bins(rows: pd.DataFrame, width: int) -> pd.DataFrame:
    """Data of the form `rootogram`: 0 alone, then `width` counts a bin; the last may be open.

    Parameters
    ----------
    rows
        From `models.counts.rootogram`.
    """
    counts = rows["count"].to_numpy()
    number = np.where(counts == 0, 0, (counts - 1) // width + 1)
    bins = rows.groupby(number)
    return pd.DataFrame(
        {
            "low": bins["count"].min(),
            "high": bins["count"].max().where(bins["open"].max() == 0),
            "observed": bins["observed"].sum(),
            "expected": bins["expected"].sum(),
        }
    ).reset_index(drop=True)
