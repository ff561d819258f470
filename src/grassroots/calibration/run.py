"""The calibration as tables: diagnosands of each test by effect and number of clusters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.inference.diagnosis import diagnose, shares_held
from compendium.inference.least_squares import Answers
from compendium.inference.workers import run_blocks
from compendium.plan.calibration import FITTED, ObservedPlan
from compendium.stats.checks import LEVEL, check_level, t_quantile
from compendium.stats.levels import at_level
from compendium.stats.proportions import wilson
from grassroots.calibration.observed_tests import observed_test
from grassroots.calibration.simulation import (
    Condition,
    Setup,
    Simulation,
    blocks_of,
    is_nil,
    observed_conditions,
    survey_condition,
    survey_conditions,
)

MIN_REPLICATIONS = 20
"""Fewer tell nothing: a share of 20 has a Monte Carlo error of 0.1."""


@dataclass(frozen=True)
class Calibrated:
    """What a calibration found.

    Attributes
    ----------
    survey
        One row a test, effect and number of counties.
    observed
        One row a test, truth and number of copies.
    """

    survey: pd.DataFrame
    observed: pd.DataFrame


def calibrate(
    setup: Setup,
    *,
    replications: int,
    seed: int,
    level: float = LEVEL,
    tests: Collection[str] | None = None,
    main: bool = False,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Calibrated:
    """Simulate each test where the truth is known, and diagnose it.

    Parameters
    ----------
    setup
        As from `read_setup`.
    replications
        Samples under each condition.
    seed
        The numbers of a test depend on it and on nothing else: not on workers, nor on which other
        tests are simulated.
    tests
        Ids of tests; all that the plan simulates by default.
    main
        Only the weakest and the strongest effects, the largest survey, the first two truths and
        the observed rows once.
    jobs, scheduler, progress
        As for `run_blocks`.

    Returns
    -------
    Calibrated
        Columns `test`, `vary`, `effect`, `clusters`, `n` and the fields of `Diagnosis`; in
        `observed` `truth_set` says where the truth came from and `copies` how often the observed
        rows were drawn.

    Raises
    ------
    UserError
        An unknown test, too few replications, or as `run_blocks`.
    """
    chosen = _chosen(setup, tests)
    _check(replications, level)
    tested, asked = survey_conditions(setup, chosen, replications, main=main)
    observed = observed_conditions(setup, chosen, replications, main=main)
    simulation = Simulation(setup, level, seed)
    # The populations come first: they are the longest blocks, and nobody should wait for one.
    conditions = [*asked, *tested, *(condition for _, condition in observed)]
    blocks = blocks_of(conditions)
    found = run_blocks(simulation, blocks, jobs=jobs, scheduler=scheduler, progress=progress)
    answers = _gathered(conditions, [block.condition.name for block in blocks], found)
    return Calibrated(
        _survey_table(setup, tested, answers),
        pd.DataFrame(
            [
                _observed_row(setup, plan, condition, answers[condition.name][plan.test])
                for plan, condition in observed
            ]
        ),
    )


def _chosen(setup: Setup, tests: Collection[str] | None) -> tuple[str, ...]:
    known = setup.plan.simulated
    for name in tests or ():
        if name not in known:
            raise UserError(
                "this test is not simulated", f"use one of: {', '.join(known)}", value=name
            )
    return known if tests is None else tuple(name for name in known if name in tests)


def _check(replications: int, level: float) -> None:
    check_level(level)
    if replications < MIN_REPLICATIONS:
        raise UserError(
            "too few replications", f"use at least {MIN_REPLICATIONS}", value=replications
        )


def _gathered(
    conditions: Sequence[Condition], names: Sequence[str], found: Sequence[dict[str, Answers]]
) -> dict[str, dict[str, Answers]]:
    """Answers by condition and test."""
    parts: dict[str, list[dict[str, Answers]]] = {condition.name: [] for condition in conditions}
    for name, answers in zip(names, found, strict=True):
        parts[name].append(answers)
    return {
        condition.name: {
            test: Answers.joined([part[test] for part in parts[condition.name]])
            for test in condition.tests
        }
        for condition in conditions
    }


def _survey_table(
    setup: Setup, tested: Sequence[Condition], answers: Mapping[str, Mapping[str, Answers]]
) -> pd.DataFrame:
    plan, rows = setup.plan.survey, []
    for condition in tested:
        population = f"population {condition.vary} {condition.effect:g} {plan.population.counties}"
        for test in condition.tests:
            truth, mc = 0.0, 0.0
            if not is_nil(condition):
                asked = answers[f"{population} counties"][test].value
                truth, mc = float(asked.mean()), float(asked.std(ddof=1)) / sqrt(len(asked))
            found = answers[condition.name][test]
            rows.append(
                {
                    "test": test,
                    "vary": condition.vary,
                    "effect": condition.effect,
                    "clusters": condition.size,
                    "n": condition.size * plan.respondents,
                    **asdict(diagnose(found, truth, setup.predicates[test], mc)),
                }
            )
    return pd.DataFrame(rows)


def _observed_row(
    setup: Setup, plan: ObservedPlan, condition: Condition, found: Answers
) -> dict[str, object]:
    model = observed_test(plan.test, setup.tables.__getitem__)
    clusters = model.clusters * condition.size
    fitted = condition.effect == model.fitted
    return {
        "test": plan.test,
        "truth_set": FITTED if fitted else "set",
        "copies": condition.size,
        "clusters": clusters,
        **asdict(diagnose(found, condition.effect, setup.predicates[plan.test])),
    }


def power_curve(
    setup: Setup, *, replications: int, seed: int, level: float = LEVEL, jobs: int = 1
) -> pd.DataFrame:
    """Power of the survey's tests against the number of counties: how large a survey must be.

    Returns
    -------
    DataFrame
        `x`, respondents; `value`, the share of simulated surveys in which the test
        holds; `ci_low`, `ci_high`, its Wilson interval at `level`: what so many replications leave
        open; `series`, the test.

    Raises
    ------
    UserError
        As `calibrate`.
    """
    _check(replications, level)
    plan = setup.plan.survey.power
    conditions = [
        survey_condition("paths", plan.effect, plan.tests, counties, replications)
        for counties in plan.counties
    ]
    blocks = blocks_of(conditions)
    found = run_blocks(Simulation(setup, level, seed), blocks, jobs=jobs)
    answers = _gathered(conditions, [block.condition.name for block in blocks], found)
    rows = [
        _power_row(setup, condition, test, answers[condition.name][test], level)
        for test in plan.tests
        for condition in conditions
    ]
    return at_level(pd.DataFrame(rows), [level])


def _power_row(
    setup: Setup, condition: Condition, test: str, found: Answers, level: float
) -> dict[str, object]:
    holds, _ = shares_held(found, setup.predicates[test])
    done = int((~np.isnan(found.value)).sum())
    low, high = wilson(holds * done, done, t_quantile(level, np.inf))
    return {
        "x": condition.size * setup.plan.survey.respondents,
        "value": holds,
        "ci_low": low,
        "ci_high": high,
        "series": test,
    }


def counties_needed(setup: Setup, curve: pd.DataFrame) -> pd.DataFrame:
    """Fewest counties and respondents of those tried at which each test reaches the plan's power.

    Parameters
    ----------
    curve
        As from `power_curve`.

    Returns
    -------
    DataFrame
        `test`, `counties`, `respondents`; missing where no size that was tried is enough.
    """
    plan, rows = setup.plan.survey, []
    for test, part in curve.groupby("series", sort=False):
        enough = part.loc[part["value"] >= plan.power.target, "x"]
        x = int(enough.min()) if len(enough) else None
        rows.append((test, None if x is None else x // plan.respondents, x))
    found = pd.DataFrame(rows, columns=["test", "counties", "respondents"])
    return found.astype({"counties": "Int64", "respondents": "Int64"})
