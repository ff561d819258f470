"""Models of one outcome side by side: linear, ordered logit and Poisson on the same terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, numbers
from compendium.stats.counts import poisson
from compendium.stats.design import design
from compendium.stats.few_clusters import FitCR2, ols_cr2
from compendium.stats.fit import Fit
from compendium.stats.levels import at_level
from compendium.stats.ordinal import ordered_logit

MIDDLE = (0.05, 0.95)
GRID = 25
"""Points of a slope over its moderator: straight lines need two, their bands bend."""


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Three models of an ordered score.

    Attributes
    ----------
    terms
        Terms without the intercept.
    linear
        Least squares with CR2 errors: steps of the score.
    logit
        Ordered logit with CR1 errors: log odds of a higher level.
    counts
        Poisson with CR1 errors: log ratio of the expected number of steps above the lowest level.
    """

    terms: tuple[str, ...]
    linear: FitCR2
    logit: Fit
    counts: Fit

    def frame(self) -> pd.DataFrame:
        """Return one row a term: `term`, n, clusters, and each model's estimate and interval."""
        levels = (self.linear.level, self.logit.level, self.counts.level)
        return at_level(pd.DataFrame([self._row(term) for term in self.terms]), levels)

    def _row(self, term: str) -> dict[str, object]:
        found = {"linear": self.linear[term], "logit": self.logit[term]}
        found["ratio"] = self.counts.ratio(term)
        row: dict[str, object] = {"term": term, "n": self.linear.n}
        row["clusters"] = self.linear.n_clusters
        weights = (np.array(self.linear.terms) == term).astype(float)
        for name, tidy in found.items():
            row |= {
                name: tidy.value,
                f"{name}_ci_low": tidy.ci_low,
                f"{name}_ci_high": tidy.ci_high,
            }
        return row | {"df": self.linear.df(weights), "p": found["linear"].p}


def side_by_side(
    rows: pd.DataFrame,
    score: str,
    terms: Sequence[str],
    cluster: str,
    level: float = LEVEL,
    *,
    lowest: int = 1,
    name: str | None = None,
) -> SideBySide:
    """Fit a linear model, an ordered logit and a Poisson regression of the same terms.

    A score of ordered levels is neither a quantity nor a count. The ordered logit takes it for what
    it is; the linear model gives effects in steps, and few-cluster errors exist for it alone; the
    Poisson model of the steps above the lowest level is there because published work uses it, its
    clustered errors ask only for a right mean. Their signs should agree.

    Parameters
    ----------
    rows
        Complete in score, terms and cluster.
    score
        Column of whole numbers from `lowest` up.
    terms
        Columns, or products "a:b".
    cluster
        Column of clusters.

    Raises
    ------
    UserError
        As the three models; a score below the lowest.
    """
    y = rows[score].astype("int64")
    if (y < lowest).any():
        row = int((y < lowest).to_numpy().argmax())
        raise UserError("score below the lowest level", "check it", row=row + 1, column=score)
    X, clusters = design(rows, list(terms)), rows[cluster]
    return SideBySide(
        terms=tuple(terms),
        linear=ols_cr2(y, X, clusters, level, name=name),
        logit=ordered_logit(y, X, clusters, level, name=name).fit,
        counts=poisson(y - lowest, X, clusters, level, name=name),
    )


def slopes(
    fit: FitCR2, term: str, moderator: str, values: object, points: int = GRID
) -> pd.DataFrame:
    """Slope of a term over its moderator, from a model with their product "term:moderator".

    Each point has degrees of freedom of its own. How to read it: Brambor, Clark and Golder (2006).

    Parameters
    ----------
    values
        The moderator's values, (n,): the slope is given evenly between their 5th and 95th
        percentile, for beyond these a few rows speak.

    Returns
    -------
    DataFrame
        `x` (moderator), `value`, `ci_low`, `ci_high`.
    """
    known = numbers(values, moderator)
    low, high = np.quantile(known, MIDDLE)
    grid = np.linspace(low, high, points).round(2)
    product = f"{term}:{moderator}"
    found = [fit.combination({term: 1.0, product: float(x)}, term) for x in grid]
    frame = pd.DataFrame(
        {
            "x": grid,
            "value": [tidy.value for tidy in found],
            "ci_low": [tidy.ci_low for tidy in found],
            "ci_high": [tidy.ci_high for tidy in found],
        }
    )
    return at_level(frame, (tidy.level for tidy in found))
