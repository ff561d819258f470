"""What the plan lets a parameter be is what the code takes: neither can change alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.data import load_books, load_table
from compendium.errors import UserError
from compendium.plan import load_plan
from compendium.qca.truthtable import Cuts
from compendium.run.options import CELL_LIMIT, DEFAULT_CELL_LIMIT
from compendium.run.parameters import parse
from compendium.stats import cluster_bootstrap, imputation
from compendium.stats.checks import check_level
from grassroots.accountability import fully_listed, version_1
from grassroots.calibration import run as calibration

ROOT = Path(__file__).parents[2]
PARAMETERS = load_plan(ROOT).parameters
BOUNDED = {n for n, p in PARAMETERS.items() if (p.minimum, p.maximum) != (None, None)}
FEWEST_CASES = 7
"""Cases that each group of incidents keeps at the bound, with which notebooks 03 and 04 run."""

FRAME = pd.DataFrame({"x": [1.0, 4.0, 2.0, 9.0] * 9, "y": [2.0, 1.0, np.nan, 3.0] * 9})


def draw(draws):
    found = cluster_bootstrap.resample(FRAME[["x"]], None, draws, 1, "row")
    drawn = np.where(np.arange(draws) < 2, np.nan, 1.0 + np.arange(draws))
    cluster_bootstrap.percentile_line("x", 1.0, drawn, found, 0.95)


def cases_enough(least):
    tables = next(b.tables for b in load_books(ROOT) if "incidents" in b.tables)
    incidents = version_1(*(load_table(tables[name]) for name in ("incidents", "incidents_v1")))
    if fully_listed(incidents, least)["group"].value_counts().min() < FEWEST_CASES:
        raise UserError("too few cases")


DOORS = {
    "min_sanctioned": cases_enough,
    "level": check_level,
    "seed": np.random.default_rng,
    "draws": draw,
    "qca_consistency": lambda value: Cuts(consistency=value),
    "qca_pri": lambda value: Cuts(pri=value),
    "qca_frequency": lambda value: Cuts(frequency=value),
    "imputations": lambda value: imputation._checked(FRAME, value),
    "replications": lambda value: calibration._check(value, 0.95),
}
"""What refuses a value of each parameter in the code."""

OPEN = {
    "resamples": "the code takes any number from 0, which leaves the joint test out",
}
"""Bounded in the plan alone."""

HEAVY = {"draws"}
"""Whose largest value is a question of memory, not of a rule."""


def test_every_bounded_parameter_is_compared():
    assert {*DOORS, *OPEN, CELL_LIMIT} == BOUNDED
    assert PARAMETERS[CELL_LIMIT].default == DEFAULT_CELL_LIMIT


@pytest.mark.parametrize("name", DOORS)
def test_the_code_takes_what_the_plan_allows(name):
    allowed = PARAMETERS[name]
    DOORS[name](typed(name, allowed.minimum))
    if name not in HEAVY:
        DOORS[name](typed(name, allowed.maximum))
    DOORS[name](allowed.default)


@pytest.mark.parametrize(
    ("name", "end", "step"),
    [
        ("draws", "minimum", -1),
        ("replications", "minimum", -1),
        ("imputations", "minimum", -1),
        ("seed", "minimum", -1),
        ("qca_frequency", "minimum", -1),
        ("min_sanctioned", "maximum", 1),
        ("qca_consistency", "maximum", 0.01),
        ("qca_pri", "minimum", -0.01),
        ("qca_pri", "maximum", 0.01),
    ],
)
def test_the_plan_allows_all_that_the_code_takes(name, end, step):
    beyond = typed(name, getattr(PARAMETERS[name], end) + step)
    with pytest.raises((UserError, ValueError)):
        DOORS[name](beyond)
    with pytest.raises(UserError, match=f"parameter '{name}' can't be"):
        parse(f"{name}={beyond}", PARAMETERS)


def typed(name, value):
    return int(value) if PARAMETERS[name].type == "int" else float(value)
