"""Rows of the calibration's exhibits."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan

import pandas as pd
from scipy import special

from compendium.inference.size_study import TOLERATED
from compendium.stats.checks import LEVEL
from compendium.text import LANGS, Text
from grassroots.calibration.survey_tests import interval_level

SHOWN = (
    "bias",
    "bias_mc",
    "coverage",
    "coverage_mc",
    "size",
    "nominal",
    "power",
    "holds_mc",
    "type_s",
    "type_m",
    "failed",
    "reading",
)
UNLIKELY = 0.025
"""Chance at which a share counts as off: that of one side of a 95 % interval."""
TOO_LITTLE = Text("under-covers", "覆盖率偏低")
TOO_OFTEN = Text("false-positive rate above nominal", "假阳性率高于名义水平")
AS_ASKED = Text("as nominal", "符合名义水平")


def survey_rows(survey: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Diagnosands of the survey's tests, one row a test and strength of effects.

    Parameters
    ----------
    survey
        As from `calibrate`.
    level
        Of the simulated intervals.

    Returns
    -------
    DataFrame
        `category`, the test; `effect`, times the stand-in's; `clusters`; the diagnosands with the
        Monte Carlo errors of bias, coverage, and of size or power (`holds_mc`); `nominal`, the size
        that was asked for; `reading`, in words whether coverage or size is off.
    """
    rows = _read(survey, lambda test: interval_level(test, level))
    rows = rows.rename(columns={"test": "category"})
    return _by_test(rows)[["category", "effect", "clusters", *SHOWN]]


def observed_rows(observed: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Diagnosands of the tests on shipped facts, one row a test and truth.

    Returns
    -------
    DataFrame
        `category`, the test; `truth`, `clusters` and the diagnosands as in `survey_rows`.
    """
    rows = _read(observed, lambda _: level).rename(columns={"test": "category"})
    return _by_test(rows)[["category", "truth", "clusters", *SHOWN]]


def reading(row: pd.Series, level: float) -> Text:
    """Say whether an interval covers too little, or a false claim holds too often.

    Off by more than chance and a fifth of the nominal share, as in the size study.
    """
    missed, nominal = 1 - level, (1 - level) / 2
    samples = int(row["replications"] - row["failed"])
    told = []
    if _too_often(1 - row["coverage"], missed, samples):
        told.append(TOO_LITTLE)
    if not isnan(row["size"]) and _too_often(row["size"], nominal, samples):
        told.append(TOO_OFTEN)
    if not told:
        return AS_ASKED
    return Text("; ".join(text.en for text in told), "；".join(text.zh for text in told))


def _too_often(share: float, nominal: float, samples: int) -> bool:
    """Whether so many samples would be unlikely at a share a fifth above the nominal one."""
    found = round(share * samples)
    chance = special.bdtrc(found - 1, samples, nominal * (1 + TOLERATED)) if found else 1.0
    return bool(chance < UNLIKELY)


def _read(rows: pd.DataFrame, level_of: Callable[[str], float]) -> pd.DataFrame:
    """Add the size that was asked for where there is one, and the reading."""
    levels = rows["test"].map(level_of)
    texts = [reading(row, level) for (_, row), level in zip(rows.iterrows(), levels, strict=True)]
    return rows.assign(
        nominal=((1 - levels) / 2).where(rows["size"].notna()),
        reading=[{lang: text[lang] for lang in LANGS} for text in texts],
    )


def _by_test(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of the claims and of the plan, those of a test together."""
    place = {name: number for number, name in enumerate(dict.fromkeys(rows["category"]))}
    order = rows["category"].map(lambda name: (name.partition(".")[0], place[name]))
    return rows.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def size_rows(needed: pd.DataFrame) -> pd.DataFrame:
    """How large a survey each test needs; empty where no size that was tried is enough."""
    return needed.rename(columns={"test": "category"})
