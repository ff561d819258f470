"""What may be told of respondents: one rule for everything that a run on a real survey publishes.

A small group can be worked out wherever a total is shown beside the other groups, so it is not
enough to leave its own row empty. Three steps keep what respondents were promised:

1. `small_kinds`: kinds of unit with fewer than `MINIMUM_CELL` respondents are left out when the
   survey is loaded, in every notebook. Nothing that is published is computed from their answers,
   so nothing published can tell of them, neither by itself nor taken together.
2. `codes`: names of persons, units and places are replaced by codes at the same moment, so that
   no name can reach a result.
3. `to_fives` and `coarse`: numbers of persons are published to the nearest five, means and shares
   no finer than two persons make them. Two published numbers that differ by fewer than five
   persons can't be told from equal ones, and a mean doesn't give away its number of persons.

A stand-in has no respondents; its numbers stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import pandas as pd

    from compendium.stats.tidy import Tidy

MINIMUM_CELL = 5
"""Fewest persons behind a published figure; respondents were promised groups of at least five."""

MINIMUM_COUNTIES = 2
"""Fewest counties of a group: answers of one are that county's, and have no standard error."""

P_DIGITS = 3
"""Significant digits of a published p-value."""

COUNTS = ("n", "judged", "missing")
"""Columns of numbers of persons, beside those that end in `_n`."""

SIZES = ("smallest", "median", "largest")
"""Columns of the sizes of clusters, where all three stand together."""

SHARES_OF_SIZES = {
    "size_cv": 1,
    "largest_partial_leverage": 2,
    "effective": 0,
    "effective_alike": 0,
}
"""Decimals of what is computed from the sizes of clusters: 20/296 to ten digits tells of both."""

SPREAD = ("value", "lowest", "median", "highest")
"""Columns of estimates on different parts of the respondents, where they stand without interval."""

P_VALUES = ("p", "holm", "bh", "p_corrected", "adjusted", "romano_wolf", "delta_p")


def small_kinds(
    kinds: NDArray[Any], counties: NDArray[Any], answered: Sequence[NDArray[np.bool_]]
) -> NDArray[Any]:
    """Kinds that are too small to be in any result.

    Parameters
    ----------
    kinds, counties
        Kind of unit and county of each respondent.
    answered
        For each group of questions that is shown by kind, who answered all of it: a kind has to be
        large enough in each, or its empty cell would follow from the others.

    Returns
    -------
    array
        Kinds with fewer than `MINIMUM_CELL` respondents, or with respondents in one county only
        where there are several, in one of the groups of questions.
    """
    least = min(MINIMUM_COUNTIES, len(np.unique(counties)))
    small = [
        any(
            np.sum(given & (kinds == kind)) < MINIMUM_CELL
            or len(np.unique(counties[given & (kinds == kind)])) < least
            for given in answered
        )
        for kind in np.unique(kinds)
    ]
    return np.asarray(np.unique(kinds)[small])


def codes(names: NDArray[Any], prefix: str, salt: bytes) -> NDArray[Any]:
    """Replace names by codes: the same name has the same code, and order tells nothing.

    Parameters
    ----------
    salt
        What nobody outside can know, so that a list of all places does not give the codes away.
    """
    known = sorted(set(names), key=lambda name: hashlib.sha256(salt + str(name).encode()).digest())
    width = max(5, len(str(len(known))))
    told = {name: f"{prefix}{place:0{width}d}" for place, name in enumerate(known, start=1)}
    return np.array([told[name] for name in names], dtype=object)


def shown_range(values: ArrayLike) -> tuple[float, float]:
    """Ends of a range with `MINIMUM_CELL` persons at each end or beyond: no one person's answer."""
    given = np.asarray(values, dtype=float)
    given = np.sort(given[~np.isnan(given)])
    last = min(MINIMUM_CELL, (given.size + 1) // 2) - 1
    return float(given[last]), float(given[-1 - last])


def to_fives(number: float) -> float:
    """Number of persons to the nearest five; nan stays."""
    return number if np.isnan(number) else MINIMUM_CELL * floor(number / MINIMUM_CELL + 0.5)


def counts_to_fives(frame: pd.DataFrame, rows: Iterable[bool] | None = None) -> pd.DataFrame:
    """Copy of a table with its numbers of persons to the nearest five.

    So are the mean sizes of a known number of units; shares of the sizes of clusters are rounded.

    Parameters
    ----------
    rows
        Rows that tell of respondents; all by default.
    """
    sizes = SIZES if set(SIZES) <= set(frame.columns) else ()
    names = [n for n in frame if n in (*COUNTS, *sizes) or str(n).endswith("_n")]
    chosen = np.ones(len(frame), dtype=bool) if rows is None else np.fromiter(rows, dtype=bool)
    told = {str(n): frame[n].astype("float64").map(to_fives) for n in names}
    if sizes:
        told |= {n: frame[n].round(places) for n, places in SHARES_OF_SIZES.items() if n in frame}
    elif {"units", "size"} <= set(frame.columns):
        persons = (frame["units"] * frame["size"]).astype("float64").map(to_fives)
        told["size"] = persons / frame["units"]
    return frame.assign(**{n: frame[n].where(~chosen, column) for n, column in told.items()})


def line_to_fives(line: Tidy) -> Tidy:
    """Line with its number of persons to the nearest five."""
    return replace(line, n=int(to_fives(line.n)))


def decimals(persons: int) -> int:
    """Decimals at which the last one stands for two persons or more; one at the least."""
    return max(1, floor(log10(max(persons, 2) / 2)))


def coarse(frame: pd.DataFrame, persons: int) -> pd.DataFrame:
    """Copy of a table of means and shares, none finer than two of `persons` make it."""
    import pandas as pd

    floats = [name for name in frame if pd.api.types.is_float_dtype(frame[name].dtype)]
    kept = {*COUNTS, *(str(n) for n in frame if str(n).endswith("_n"))}
    places = decimals(persons)
    rounded = {
        str(name): frame[name].map(_p) if name in P_VALUES else frame[name].round(places)
        for name in floats
        if name not in kept
    }
    return frame.assign(**rounded)


def coarse_spread(frame: pd.DataFrame, persons: int, rows: Iterable[bool]) -> pd.DataFrame:
    """Copy of a table of estimates without intervals, those of chosen rows made coarse.

    The same share on all respondents and on most of them would tell of the few between.
    """
    if "ci_low" in frame:
        return frame
    chosen, places = np.fromiter(rows, dtype=bool), decimals(persons)
    spread = [name for name in SPREAD if name in frame]
    return frame.assign(**{n: frame[n].where(~chosen, frame[n].round(places)) for n in spread})


def coarse_line(line: Tidy, persons: int) -> Tidy:
    """Line of a mean or share, no finer than two of `persons` make it."""
    places = decimals(persons)
    value, se, low, high = (
        round(x, places) for x in (line.value, line.se, line.ci_low, line.ci_high)
    )
    return replace(line, value=value, se=se, ci_low=low, ci_high=high, p=_p(line.p))


def _p(value: float) -> float:
    return float(f"{value:.{P_DIGITS}g}")
