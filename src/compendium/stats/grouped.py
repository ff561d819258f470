"""Clustered shares of several parts within several groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.proportions import pooled_share
from compendium.stats.tidy import Tidy

MIN_CLUSTERS = 2


@dataclass(frozen=True)
class GroupedShares:
    """Shares by group and part.

    Attributes
    ----------
    tidy
        Result by (values of the grouping columns..., part).
    frame
        The same as rows: grouping columns, `part`, `clusters`, `successes`, `trials`, `share`,
        `ci_low`, `ci_high`.
    """

    tidy: dict[tuple[str, ...], Tidy]
    frame: pd.DataFrame


def shares_by(
    counts: pd.DataFrame,
    by: Sequence[str],
    parts: Sequence[str],
    total: str,
    cluster: str,
    *,
    level: float = 0.95,
    name: str | None = None,
) -> GroupedShares:
    """Share of each part in `total`, within each group, clustered.

    Parameters
    ----------
    counts
        One row a cluster or finer, with the columns `by`, `parts`, `total` and `cluster`.
    by
        Columns that form the groups.
    parts
        Columns of counts, each at most `total`.
    total
        Column of trials.
    cluster
        Column of clusters. A group of one cluster gets its share without an interval, and the
        method says so.
    level
        Level of the intervals.
    name
        What the method calls the clusters; the column's name by default.
    """
    tidy: dict[tuple[str, ...], Tidy] = {}
    rows: list[dict[str, object]] = []
    for values, group in counts.groupby(list(by), observed=True, sort=True):
        for part in parts:
            found = _share(group, part, total, cluster, level, name)
            tidy[(*map(str, values), part)] = found
            rows.append(_row(dict(zip(by, values, strict=True)), group, part, total, found))
    return GroupedShares(tidy, at_level(pd.DataFrame(rows), [level]))


def _share(
    group: pd.DataFrame, part: str, total: str, cluster: str, level: float, name: str | None
) -> Tidy:
    if group[cluster].nunique() < MIN_CLUSTERS:
        value = float(group[part].sum() / group[total].sum())
        return Tidy(
            part, value, n=int(group[total].sum()), n_clusters=1, method=Method.of("one_cluster")
        )
    return pooled_share(
        group[part], group[total], group[cluster], level, name=name or cluster, term=part
    )


def _row(
    values: dict[str, object], group: pd.DataFrame, part: str, total: str, found: Tidy
) -> dict[str, object]:
    return {
        **values,
        "part": part,
        "clusters": found.n_clusters,
        "successes": int(group[part].sum()),
        "trials": int(group[total].sum()),
        "share": found.value,
        **found.cells("ci_low", "ci_high"),
    }
