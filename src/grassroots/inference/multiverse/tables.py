"""Multiverses arranged as the data of exhibits and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from grassroots.inference.multiverse.run import STRESS, Multiverse
from grassroots.inference.multiverse.summary import (
    flips,
    option_rows,
    summary_row,
    variance_shares,
)
from grassroots.plan.multiverse import MultiversePlan

DIGITS = 10
"""Significant digits of files: results agree to more than this on any machine and worker."""
CURVE = ("universe", "value", "ci_low", "ci_high", "outcome", "main")


def curve_rows(found: Multiverse) -> pd.DataFrame:
    """All universes as the data of the form `specification_curve`, failed ones without a value."""
    choices = [column for column in found.frame if column.startswith("choice:")]
    return found.frame[[*CURVE, *choices]].copy()


def summary_rows(found: Mapping[str, Multiverse], claim_of: Mapping[str, str]) -> pd.DataFrame:
    """One row a test, with its claim; `evidence` is that of the data it ran on."""
    rows = [{"claim": claim_of[test], **summary_row(one)} for test, one in found.items()]
    return pd.DataFrame(rows)


def joint_rows(found: Mapping[str, Multiverse]) -> pd.DataFrame:
    """Joint tests, one row a test and statistic."""
    return pd.DataFrame(
        [
            {
                "test": test,
                "statistic": f"joint:{line.term}",
                "value": line.value,
                "p": line.p,
                "universes": line.n,
                "n_clusters": line.n_clusters,
                "method": line.method,
            }
            for test, one in found.items()
            for line in one.joint
        ],
        columns=["test", "statistic", "value", "p", "universes", "n_clusters", "method"],
    )


def variance_rows(found: Mapping[str, Multiverse]) -> pd.DataFrame:
    """Shares of variance by decision, one row a test and decision."""
    parts = [variance_shares(one).assign(test=test) for test, one in found.items()]
    return pd.concat(parts, ignore_index=True)[["test", "decision", "share"]]


def flip_rows(found: Mapping[str, Multiverse]) -> pd.DataFrame:
    """Smallest sets of changes that turn the outcome, one row a test and set."""
    parts = [flips(one).assign(test=test, main=one.main.outcome) for test, one in found.items()]
    return pd.concat(parts, ignore_index=True)[
        ["test", "main", "changes", "changed", "outcome", "value"]
    ]


def choice_rows(found: Mapping[str, Multiverse]) -> pd.DataFrame:
    """Each option of each test: how often the test holds with it, and with it alone changed."""
    parts = [option_rows(one).assign(test=test) for test, one in found.items()]
    return pd.concat(parts, ignore_index=True)


def failure_rows(found: Mapping[str, Multiverse]) -> pd.DataFrame:
    """Universes that were not fitted, counted by test and reason."""
    parts = [
        one.failed.groupby(["reason", "detail"], as_index=False)
        .size()
        .assign(test=test, universes=len(one.frame))
        for test, one in found.items()
        if len(one.failed)
    ]
    columns = ["test", "reason", "detail", "size", "universes"]
    if not parts:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(parts, ignore_index=True)[columns]
    return rows.assign(reason="reason:" + rows["reason"])


def stress_rows(found: Multiverse) -> pd.DataFrame:
    """Stress tests of one multiverse, which count nowhere."""
    return found.frame[found.frame["admissibility"] == STRESS]


def file_rows(found: Multiverse) -> pd.DataFrame:
    """All universes as they are written to a file, rounded."""
    frame = found.frame.copy()
    for column in frame.select_dtypes("float64"):
        frame[column] = [_rounded(value) for value in frame[column]]
    return frame


def plan_size(plans: Sequence[MultiversePlan]) -> int:
    """Universes of some plans before exclusions, without stress tests."""
    return sum(plan.size for plan in plans)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else value
