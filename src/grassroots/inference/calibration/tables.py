"""Rows of the calibration's exhibits."""

from __future__ import annotations

import pandas as pd

SHOWN = (
    "bias",
    "bias_mc",
    "coverage",
    "coverage_mc",
    "size",
    "power",
    "holds_mc",
    "type_s",
    "type_m",
    "failed",
)


def survey_rows(survey: pd.DataFrame) -> pd.DataFrame:
    """Diagnosands of the survey's tests, one row a test and strength of effects.

    Returns
    -------
    DataFrame
        `category`, the test; `effect`, times the stand-in's; `clusters`; the diagnosands with the
        Monte Carlo errors of bias, coverage, and of size or power (`holds_mc`).
    """
    rows = survey.rename(columns={"test": "category"})
    return _by_test(rows, "category")[["category", "effect", "clusters", *SHOWN]]


def observed_rows(observed: pd.DataFrame) -> pd.DataFrame:
    """Diagnosands of the tests on shipped facts, one row a test and truth.

    Returns
    -------
    DataFrame
        `test`, `truth`, `clusters` and the diagnosands as in `survey_rows`.
    """
    return _by_test(observed, "test")[["test", "truth", "clusters", *SHOWN]]


def _by_test(rows: pd.DataFrame, test: str) -> pd.DataFrame:
    """Rows in the order of the claims and of the plan, those of a test together."""
    place = {name: number for number, name in enumerate(dict.fromkeys(rows[test]))}
    order = rows[test].map(lambda name: (name.partition(".")[0], place[name]))
    return rows.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def size_rows(needed: pd.DataFrame) -> pd.DataFrame:
    """How large a survey each test needs; empty where no size that was tried is enough."""
    return needed.rename(columns={"test": "category"})
