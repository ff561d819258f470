"""Multiverses arranged as the data of exhibits and files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from compendium.inference.multiverse.run import NOT_RUN, STRESS, Multiverse
from compendium.inference.multiverse.summary import (
    NO_UNIVERSE,
    option_rows,
    summary_row,
    variance_shares,
)
from compendium.stats.levels import at_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Found = Mapping[str, Multiverse]

DIGITS = 10
"""Significant digits of files: results agree to more than this on any machine and worker."""
CURVE = ("universe", "value", "ci_low", "ci_high", "outcome", "main")


def curve_rows(found: Multiverse) -> pd.DataFrame:
    """All universes as the data of the form `specification_curve`, failed ones without a value."""
    choices = [column for column in found.frame if column.startswith("choice:")]
    return at_level(found.frame[[*CURVE, *choices]].copy(), [found.level])


def summary_rows(found: Found, evidence: Mapping[str, str]) -> pd.DataFrame:
    """How often each test holds over its universes, one row a test; columns of `summary_row`.

    Parameters
    ----------
    evidence
        Kind of evidence by test, the survey's being that of the loaded one.
    """
    rows = [
        {"claim": test.partition(".")[0], "evidence": evidence[test], **summary_row(one)}
        for test, one in found.items()
    ]
    return pd.DataFrame(rows)


def joint_rows(found: Found, evidence: Mapping[str, str]) -> pd.DataFrame:
    """Joint tests, one row a test: each statistic and its p-value; tests without one left out."""
    rows = []
    for test, one in found.items():
        if not one.joint:
            continue
        first = one.joint[0]
        row: dict[str, object] = {"test": test, "evidence": evidence[test]}
        row |= {"universes": first.n, "n_clusters": first.n_clusters}
        for line in one.joint:
            row |= {line.term: line.value, f"{line.term}_p": line.p}
        rows.append({**row, "method": str(first.method)})
    return pd.DataFrame(rows)


def variance_rows(found: Found, evidence: Mapping[str, str]) -> pd.DataFrame:
    """Shares of variance by decision, one row a test and decision."""
    parts = [
        variance_shares(one).assign(test=test, evidence=evidence[test], universes=len(one.counted))
        for test, one in found.items()
    ]
    columns = ["test", "evidence", "decision", "share", "universes"]
    return pd.concat(parts, ignore_index=True)[columns]


def flip_rows(found: Found, evidence: Mapping[str, str]) -> pd.DataFrame:
    """Single choices that turn the outcome, one row a test and option; stress tests left out."""
    parts = [_single_flips(one).assign(evidence=evidence[test]) for test, one in found.items()]
    columns = ["test", "evidence", "main", "decision", "option", "outcome", "value"]
    return pd.concat(parts, ignore_index=True)[columns]


def _single_flips(found: Multiverse) -> pd.DataFrame:
    rows = option_rows(found).rename(columns={"single": "outcome", "single_value": "value"})
    stress = rows["admissibility"] == f"admissible:{STRESS}"
    turned = ~rows["outcome"].isin([found.main.outcome, NOT_RUN, NO_UNIVERSE]) & ~stress
    return rows[turned].assign(test=found.test.id, main=found.main.outcome)


def holding_line(found: Multiverse) -> Tidy:
    """Share of the universes that count in which the test holds, as a line for the ledger."""
    counted = found.counted
    share = float((counted["outcome"] == "holds").mean())
    plan = found.plan
    method = Method.of("multiverse_share", n=len(counted), failed=len(found.failed))
    method = method.then("where_linear", kind=plan.errors, by=plan.cluster_word)
    return Tidy("holds", share, n=len(counted), method=method)


def choice_rows(found: Found) -> pd.DataFrame:
    """Each option of each test: how often the test holds with it, and with it alone changed."""
    parts = [option_rows(one).assign(test=test) for test, one in found.items()]
    return pd.concat(parts, ignore_index=True)


def failure_rows(found: Found) -> pd.DataFrame:
    """Universes that were not fitted, counted by test and reason; `detail` in words."""
    parts = []
    for test, one in found.items():
        if len(one.failed):
            rows = one.failed.groupby(["reason", "detail"], as_index=False).size()
            told = [_option_of(one, str(column)) for column in rows["detail"]]
            parts.append(rows.assign(detail=told, test=test, universes=len(one.frame)))
    columns = ["test", "reason", "detail", "size", "universes"]
    if not parts:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(parts, ignore_index=True)[columns]
    return rows.assign(reason="reason:" + rows["reason"])


def _option_of(found: Multiverse, column: str) -> dict[str, str]:
    """Words of the option that takes a column; the column's own name where none does."""
    for decision in found.plan.decisions:
        for option in decision.options:
            if column in (option.column, *(option.columns or ())):
                return {
                    "en": f"{decision.label.en}: {option.label.en.lower()}",
                    "zh": f"{decision.label.zh}：{option.label.zh}",
                }
    return {"en": column, "zh": column}


def file_rows(found: Multiverse) -> pd.DataFrame:
    """All universes as they are written to a file, rounded."""
    return rounded(found.frame)


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Round a table to the digits that agree on any machine."""
    out = frame.copy()
    for column in out.select_dtypes("float64"):
        out[column] = [_rounded(value) for value in out[column]]
    return out


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else value
