"""How far a result hangs on one row or one cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import nan

import pandas as pd

from compendium.errors import UserError
from compendium.stats.tidy import Tidy


def leave_one_out(
    estimate: Callable[[pd.DataFrame], Tidy], frame: pd.DataFrame, by: str
) -> pd.DataFrame:
    """Estimate again without each group in turn.

    Parameters
    ----------
    estimate
        From a frame to one tidy line.
    frame
        The rows that gave the full estimate.
    by
        Column of groups to leave out.

    Returns
    -------
    One row a group, in order of `change`: `left_out`, `rows` left out, `value`, `se`, `ci_low`,
    `ci_high`, `change` from the full estimate, `n`, `n_clusters`, `method`, and `problem` (empty,
    or why there is no estimate: it is then nan, never dropped).

    Raises
    ------
    UserError
        Unknown column or fewer than two groups; what `estimate` raises on all rows.
    """
    if by not in frame.columns:
        raise UserError("no such column", "use a column of the table", column=by)
    groups = frame[by].drop_duplicates().tolist()
    if len(groups) < 2:
        raise UserError("one group only: nothing is left without it", "use another", column=by)
    full = estimate(frame)
    rows = [_without(estimate, frame, frame[by] == group, group, full) for group in groups]
    return pd.DataFrame(rows).sort_values("change", kind="stable", ignore_index=True)


def extremes(found: pd.DataFrame, full: Tidy) -> tuple[Tidy, Tidy]:
    """Lowest and highest estimate of `leave_one_out`; the term names what was left out."""
    known = found[found["value"].notna()]
    lowest, highest = (known.loc[known["value"].agg(end)] for end in ("idxmin", "idxmax"))
    return _line(lowest, full), _line(highest, full)


def extremes_by(
    estimate: Callable[[pd.DataFrame], Tidy], frame: pd.DataFrame, units: Mapping[str, str]
) -> dict[tuple[str, str], Tidy]:
    """Lowest and highest estimate without one unit, by (unit, "lowest" or "highest").

    Parameters
    ----------
    estimate, frame
        As for `leave_one_out`.
    units
        Kind of unit -> its column.
    """
    full = estimate(frame)
    return {
        (unit, end): line
        for unit, column in units.items()
        for end, line in zip(
            ("lowest", "highest"),
            extremes(leave_one_out(estimate, frame, column), full),
            strict=True,
        )
    }


def _line(row: pd.Series, full: Tidy) -> Tidy:
    value, se, low, high = (float(row[name]) for name in ("value", "se", "ci_low", "ci_high"))
    n, G = int(row["n"]), int(row["n_clusters"])
    method = row["method"].then("without", case=str(row["left_out"]))
    return Tidy(
        str(row["left_out"]), value, se, low, high, full.level, n=n, n_clusters=G, method=method
    )


def _without(
    estimate: Callable[[pd.DataFrame], Tidy],
    frame: pd.DataFrame,
    out: pd.Series,
    group: object,
    full: Tidy,
) -> dict[str, object]:
    problem = ""
    try:
        found = estimate(frame[~out].reset_index(drop=True))
    except UserError as error:
        found, problem = Tidy(full.term, nan), error.problem
    return {
        "left_out": group,
        "rows": int(out.sum()),
        **found.cells("value", "se", "ci_low", "ci_high"),
        "change": found.value - full.value,
        **found.cells("n", "n_clusters", "method"),
        "problem": problem,
    }
