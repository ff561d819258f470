"""Tidy frames for figures: XY plots and the truth-table view. Drawing belongs to the exhibits.

Source: Schneider and Wagemann (2012, chapter 11) and Schneider and Rohlfing (2013) for the types
of cases.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from compendium.qca.expression import Floats
from compendium.qca.truthtable import TruthTable

Relation = Literal["sufficiency", "necessity"]

# Types of cases by (x > 0.5, y > 0.5); codes, to be labelled where they are shown.
TYPES: dict[Relation, dict[tuple[bool, bool], str]] = {
    "sufficiency": {
        (True, True): "typical",
        (True, False): "deviant_consistency",
        (False, True): "deviant_coverage",
        (False, False): "irrelevant",
    },
    "necessity": {
        (True, True): "typical",
        (False, True): "deviant_consistency",
        (True, False): "deviant_relevance",
        (False, False): "irrelevant",
    },
}


def case_types(x: Floats, y: Floats, relation: Relation) -> list[str]:
    """Type of each case by the quadrant it lies in."""
    types = TYPES[relation]
    ambiguous = (x == 0.5) | (y == 0.5)
    return [
        "ambiguous" if unclear else types[bool(a), bool(b)]
        for unclear, a, b in zip(ambiguous, x > 0.5, y > 0.5, strict=True)
    ]


def truth_table_view(table: TruthTable) -> pd.DataFrame:
    """Cells of a truth-table figure, one line a row and condition.

    Returns
    -------
    DataFrame
        `row`, `position` (from 1, positive rows first, then by number of cases), `condition`,
        `present` (0 or 1), `out`, `n`, `n_deviant`, `consistency`, `pri`.
    """
    order = {"1": 0, "C": 1, "0": 2, "?": 3}
    rows = sorted(table.rows, key=lambda r: (order[r.out], -r.n, -r.consistency, r.number))
    lines = [
        {
            "row": row.number,
            "position": position,
            "condition": name,
            "present": present,
            "out": row.out,
            "n": row.n,
            "n_deviant": len(row.deviant_cases),
            "consistency": row.consistency,
            "pri": row.pri,
        }
        for position, row in enumerate(rows, start=1)
        for name, present in zip(table.conditions, row.configuration, strict=True)
    ]
    return pd.DataFrame(lines)


def diversity(table: TruthTable) -> dict[str, float]:
    """Limited diversity: how many of the possible rows are observed, and where cases crowd.

    Returns
    -------
    dict
        `possible`, `observed` (at least the frequency cut-off), `remainders`, `share_observed`,
        `cases`, `cases_in_no_row` (a membership of exactly 0.5), `largest_row` (most cases in
        one row).
    """
    observed = sum(row.out != "?" for row in table.rows)
    placed = sum(row.n for row in table.rows)
    sizes = np.array([row.n for row in table.rows] or [0])
    return {
        "possible": table.size,
        "observed": observed,
        "remainders": table.n_remainders,
        "share_observed": observed / table.size,
        "cases": len(table.sets.cases),
        "cases_in_no_row": len(table.sets.cases) - placed,
        "largest_row": int(sizes.max()),
    }
