"""Simulated samples in blocks: what a block draws depends on the seed and its own name alone."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from compendium.data import load_books
from compendium.data.load import load_table
from compendium.inference.least_squares import Answers
from compendium.plan import Plan, load_plan
from compendium.plan.calibration import FITTED, CalibrationPlan, ObservedPlan, Variation
from compendium.plan.predicates import Predicate
from compendium.plan.read import load_calibration_plan
from compendium.stats.cluster_bootstrap import MIN_DRAWS
from compendium.survey.instrument import Instrument, load_instrument
from grassroots.calibration.observed_tests import observed_test
from grassroots.calibration.survey_model import (
    Population,
    Size,
    Streams,
    chunks,
    needed_by,
    with_effects,
    with_gap,
)
from grassroots.calibration.survey_tests import Settings, SurveyTest, survey_tests
from grassroots.simulated import Truth, load_truth

TABLES = ("incidents", "incidents_v1", "inspection_accountability", "messages")
"""Shipped tables that the models of observed tests are fitted to."""
BLOCK = 50
"""Samples in a block: a second or two of work, so that losing one costs little."""
ROWS = 24_000
"""Respondents at a time: their arrays of 4 bytes stay in the processor's cache."""
MAIN_POPULATION = 5
"""The main conditions ask so many times fewer surveys for the truth, as their replications are."""
FEWEST_DRAWS = MIN_DRAWS
"""Bootstrap draws where only the estimate is asked for: the least that are allowed."""


@dataclass(frozen=True)
class Setup:
    """What a calibration needs to know, read once.

    Attributes
    ----------
    tables
        The shipped tables by name.
    """

    plan: CalibrationPlan
    predicates: Mapping[str, Predicate]
    instrument: Instrument
    truth: Truth
    tables: Mapping[str, pd.DataFrame]

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains of the matched scales."""
        return tuple(self.instrument.domains)


def read_setup(root: Path, plan: Plan | None = None) -> Setup:
    """Read the plan, the questionnaire, the stand-in's truth and the tables.

    Raises
    ------
    UserError
        As their readers.
    """
    known = load_plan(root) if plan is None else plan
    instrument = load_instrument(root)
    tables = {name: table for book in load_books(root) for name, table in book.tables.items()}
    return Setup(
        load_calibration_plan(root, known),
        {name: test.predicate for name, test in known.tests.items()},
        instrument,
        load_truth(root, instrument),
        {name: load_table(tables[name]) for name in TABLES},
    )


@dataclass(frozen=True)
class Condition:
    """Something that is simulated.

    Attributes
    ----------
    name
        Of the streams of random numbers.
    tests
        Tests that are answered by the same samples.
    effect
        Times the stand-in's effects, or the truth that is set.
    size
        Counties of a survey, or copies of the observed rows.
    samples
        How many.
    vary
        Part of the stand-in's truth that is scaled; "" for observed tests.
    population
        Whether it answers the inquiry and not the test.
    """

    name: str
    tests: tuple[str, ...]
    effect: float
    size: int
    samples: int
    vary: str = ""
    population: bool = False


@dataclass(frozen=True)
class Block:
    """Some samples of a condition: the block's number makes its seed."""

    condition: Condition
    number: int
    samples: int


def blocks_of(conditions: Sequence[Condition]) -> list[Block]:
    """Blocks of all conditions, the same whoever works on them."""
    return [
        Block(condition, number, min(each, condition.samples - start))
        for condition in conditions
        for each in [1 if condition.population else BLOCK]
        for number, start in enumerate(range(0, condition.samples, each))
    ]


@dataclass(frozen=True)
class Simulation:
    """The work of one block; travels to the workers.

    Attributes
    ----------
    level, seed
        Of the study.
    """

    setup: Setup
    level: float
    seed: int

    def __call__(self, block: Block) -> dict[str, Answers]:
        """Answers by test."""
        condition = block.condition
        entropy = (self.seed, zlib.crc32(condition.name.encode()), block.number)
        if condition.vary:
            return self._survey(condition, block.samples, Streams(*entropy))
        (test,) = condition.tests
        rng = np.random.default_rng(np.random.SeedSequence(entropy))
        model = observed_test(test, self.setup.tables.__getitem__)
        answers = model.answers(rng, condition.effect, condition.size, block.samples, self.level)
        return {test: answers}

    def _survey(self, condition: Condition, samples: int, streams: Streams) -> dict[str, Answers]:
        chosen = {name: self.known[name] for name in condition.tests}
        scores = needed_by(score for test in chosen.values() for score in test.scores)
        population = Population(self.setup.instrument, self.truth(condition), scores)
        size = self.size(condition)
        found: dict[str, list[Answers]] = {name: [] for name in chosen}
        for surveys in chunks(samples, size.n, ROWS):
            drawn = population.draw(size, surveys, streams)
            for name, test in chosen.items():
                found[name].append(test.answer(drawn, self.settings(condition)))
        return {name: Answers.joined(parts) for name, parts in found.items()}

    def size(self, condition: Condition) -> Size:
        """Counties in so many provinces as the stand-in has; in a population, in many."""
        plan, design = self.setup.plan.survey, self.setup.truth.design
        per = design.counties / design.provinces
        many = round(condition.size / per)
        provinces = many if condition.population else min(design.provinces, condition.size)
        return Size(condition.size, plan.units, plan.respondents, provinces)

    def truth(self, condition: Condition) -> Truth:
        """The stand-in's truth with some of it scaled."""
        if condition.vary == "gap":
            return with_gap(self.setup.truth, self.setup.instrument, condition.effect)
        return with_effects(self.setup.truth, condition.effect)

    def settings(self, condition: Condition) -> Settings:
        """Level, draws and seed of the answers."""
        draws = FEWEST_DRAWS if condition.population else self.setup.plan.survey.draws
        return Settings(self.level, draws, self.seed, self.setup.domains)

    @cached_property
    def known(self) -> Mapping[str, SurveyTest]:
        """Answer strategies of the survey's tests."""
        return survey_tests(self.setup.domains)


def survey_conditions(
    setup: Setup, chosen: Sequence[str], replications: int, *, main: bool = False
) -> tuple[list[Condition], list[Condition]]:
    """What is simulated for the survey's tests: the conditions, and the populations behind them."""
    plan = setup.plan.survey
    tested, asked = [], []
    for variation in plan.variations:
        tests = tuple(name for name in variation.tests if name in chosen)
        effects = (variation.effects[0], variation.effects[-1]) if main else variation.effects
        for effect in effects if tests else ():
            asked.append(_population(setup, variation, tests, effect, main=main))
            tested += [
                survey_condition(variation.vary, effect, tests, counties, replications)
                for counties in (plan.counties[-1:] if main else plan.counties)
            ]
    return tested, [condition for condition in asked if not is_nil(condition)]


def survey_condition(
    vary: str, effect: float, tests: tuple[str, ...], counties: int, replications: int
) -> Condition:
    """Surveys of one size and strength of effects."""
    name = f"{vary} {effect:g} {counties} counties"
    return Condition(name, tests, effect, counties, replications, vary)


def is_nil(condition: Condition) -> bool:
    """Whether no construct has an effect, so that the inquiry's answer is known to be 0.

    What the same regression shows in the population is then bias: the method that all items share.
    """
    return condition.vary == "paths" and condition.effect == 0


def _population(
    setup: Setup, variation: Variation, tests: tuple[str, ...], effect: float, *, main: bool
) -> Condition:
    plan = setup.plan.survey.population
    surveys = max(2, plan.surveys // MAIN_POPULATION) if main else plan.surveys
    one = survey_condition(variation.vary, effect, tests, plan.counties, surveys)
    return replace(one, name=f"population {one.name}", population=True)


def observed_conditions(
    setup: Setup, chosen: Sequence[str], replications: int, *, main: bool = False
) -> list[tuple[ObservedPlan, Condition]]:
    """What is simulated for the tests on shipped facts."""
    found = []
    for plan in setup.plan.observed:
        if plan.test in chosen:
            fitted = observed_test(plan.test, setup.tables.__getitem__).fitted
            for truth in plan.truths[:2] if main else plan.truths:
                value = fitted if truth == FITTED else float(truth)
                for copies in plan.copies[:1] if main else plan.copies:
                    name = f"{plan.test} {truth} {copies} copies"
                    tests = (plan.test,)
                    found.append((plan, Condition(name, tests, value, copies, replications)))
    return found
