"""Congruence of matched items: what a unit must do against what it may do, domain by domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import LEVEL, refuse_rows
from compendium.stats.design import INTERCEPT
from compendium.stats.fitted import ols
from compendium.stats.levels import at_level
from compendium.stats.response_surface import polynomial
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

AGREEMENT = 0.5
"""Standard deviations within which two standardised scores agree (Fleenor et al. 1996)."""


def by_domain(
    frame: pd.DataFrame,
    pairs: Mapping[str, tuple[str, str]],
    *,
    center: float,
    keep: Sequence[str] = (),
) -> pd.DataFrame:
    """One row a respondent and domain, with the terms of the polynomial regression.

    Parameters
    ----------
    frame, pairs
        As for `differences`.
    center
        Midpoint of the scales, taken from both: 3 on scales of 1 to 5. The same number for both,
        so that x = y still means that responsibility equals power.
    keep
        Columns of the frame to repeat: outcome, unit, county.

    Returns
    -------
    DataFrame
        `respondent` (the frame's index), `domain` (ordered as in `pairs`), the kept columns,
        `responsibility`, `power`, `difference`, and `x`, `y`, `x2`, `xy`, `y2` (centred).
    """
    parts = []
    for domain, (duty, means) in pairs.items():
        x, y = _column(frame, duty), _column(frame, means)
        columns = {"respondent": frame.index, "domain": domain}
        columns |= {name: frame[name].to_numpy() for name in keep}
        columns |= {"responsibility": x, "power": y, "difference": x - y}
        parts.append(pd.DataFrame(columns | polynomial(x - center, y - center)))
    long = pd.concat(parts, ignore_index=True)
    return long.assign(domain=pd.Categorical(long["domain"], list(pairs), ordered=True))


def mean_differences(
    long: pd.DataFrame, by: Sequence[str], cluster: str, level: float = LEVEL
) -> pd.DataFrame:
    """Mean of responsibility minus power in each cell of `by`, with CR1 errors.

    Parameters
    ----------
    long
        As from `by_domain`; rows without a difference are left out and not counted in `n`.
    by
        Columns that make the cells, e.g. domain and kind of unit.
    cluster
        Column of clusters.

    Returns
    -------
    DataFrame
        The columns of `by`, `value`, `se`, `ci_low`, `ci_high`, `p`, `n`, `n_clusters`, `method`.

    Raises
    ------
    UserError
        A cell with one cluster, which is named.
    """
    complete = long.dropna(subset=["difference", cluster])
    rows = []
    for cell, part in complete.groupby(list(by), observed=True):
        line = _mean(part, cluster, level, cell)
        keys = ("value", "se", "ci_low", "ci_high", "p", "n", "n_clusters", "method")
        rows.append(dict(zip(by, cell, strict=True)) | line.cells(*keys))
    return at_level(pd.DataFrame(rows), [level])


def discrepancies(
    long: pd.DataFrame, by: Sequence[str] = ("domain",), half_width: float = AGREEMENT
) -> pd.DataFrame:
    """Share of rows in agreement and on either side of it: the look before a response surface.

    Scores within `half_width` standard deviations agree. Shanock et al. (2010) standardise each
    score about its own mean; here both share one standard deviation and nothing is taken away, so
    that agreement means the same answer and a duty greater than the power in general is seen.

    Returns
    -------
    DataFrame
        The columns of `by`, `n`, `power_greater`, `agreement`, `responsibility_greater` (shares).
    """
    both = long[["responsibility", "power"]].to_numpy(dtype=float)
    gap = long["difference"] / np.nanstd(both, ddof=1)
    side = pd.Series(np.select([gap > half_width, gap < -half_width], [2, 0], 1), long.index)
    known = long.assign(side=side)[gap.notna()]
    rows = []
    for cell, part in known.groupby(list(by), observed=True):
        share = np.bincount(part["side"], minlength=3) / len(part)
        names = ("power_greater", "agreement", "responsibility_greater")
        rows.append(
            dict(zip(by, cell, strict=True))
            | {"n": len(part)}
            | dict(zip(names, share.tolist(), strict=True))
        )
    return pd.DataFrame(rows)


def _column(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame.columns:
        raise UserError("no such column", "use a column of the table", column=name)
    given = frame[name]
    values = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.isnan(values) & given.notna().to_numpy()
    refuse_rows(bad, "an answer is not a number", "code it first", given, column=name)
    seen = values[~np.isnan(values)]
    if not seen.size or np.ptp(seen) == 0:
        raise UserError("the column is constant or empty", "drop the domain", column=name)
    return np.asarray(values)


def _mean(part: pd.DataFrame, cluster: str, level: float, cell: object) -> Tidy:
    X = pd.DataFrame({INTERCEPT: 1.0}, index=part.index)
    try:
        return ols(part["difference"], X, part[cluster], level, name=cluster)[INTERCEPT]
    except UserError as error:
        raise UserError(error.problem, error.mend, value=cell) from error
