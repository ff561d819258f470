"""The calibration as typed objects: what is simulated for each test, and what is asked of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from compendium.errors import UserError
from compendium.plan.base import Identifier, Strict
from compendium.strict_yaml import Document
from compendium.text import Text

CALIBRATION_FILE = "calibration.yml"

FITTED = "fitted"
"""In place of a number: the truth that the model fitted to the observed data implies."""

Count = Annotated[int, Field(ge=1)]
Effect = Annotated[float, Field(ge=0)]


class Declared(Strict):
    """What is asked of a test, and how it is answered; the model and the data stand above it."""

    inquiry: Text
    answer: Text


class Variation(Strict):
    """A part of the truth that is scaled, and the tests that speak to it.

    Attributes
    ----------
    vary
        "paths": all effects between constructs and of the kind of unit. "gap": the distance between
        the thresholds of matched items on responsibility and power.
    effects
        How many times the stand-in's.
    """

    vary: Literal["paths", "gap"]
    what: Text
    effects: Annotated[tuple[Effect, ...], Field(min_length=1)]
    tests: Annotated[dict[Identifier, Declared], Field(min_length=1)]


class PopulationPlan(Strict):
    """The large surveys whose mean estimate answers each inquiry."""

    counties: Annotated[int, Field(ge=100)]
    surveys: Annotated[int, Field(ge=2)]


class PowerPlan(Strict):
    """The figure of power against the size of the survey."""

    effect: Effect
    counties: Annotated[tuple[Count, ...], Field(min_length=2)]
    target: Annotated[float, Field(gt=0, lt=1)]
    tests: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class SurveyPlan(Strict):
    """Simulated surveys.

    Attributes
    ----------
    units, respondents
        In each county.
    counties
        Sizes of the survey.
    draws
        Bootstrap draws of answers that resample.
    """

    model: Text
    data: Text
    units: Count
    respondents: Count
    counties: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)]
    draws: Annotated[int, Field(ge=100)]
    population: PopulationPlan
    variations: tuple[Variation, ...]
    power: PowerPlan


class ObservedPlan(Strict):
    """A test on shipped facts: its model, the truths that are set, and how many copies are drawn.

    `copies` are of the observed rows, each with clusters of its own.
    """

    test: Identifier
    model: Text
    data: Text
    inquiry: Text
    answer: Text
    truths: Annotated[tuple[float | Literal["fitted"], ...], Field(min_length=1)]
    copies: Annotated[tuple[Count, ...], Field(min_length=1)] = (1,)


class LeftOut(Strict):
    """Tests that are not simulated, and why."""

    tests: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    why: Text


class CalibrationPlan(Strict):
    """Model, inquiry, data strategy and answer strategy of each test (Blair et al. 2019)."""

    survey: SurveyPlan
    observed: tuple[ObservedPlan, ...]
    left_out: tuple[LeftOut, ...]

    @model_validator(mode="after")
    def _tests_stand_once(self) -> CalibrationPlan:
        names = self.tests
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise ValueError(f"test '{double}' stands twice")
        return self

    @property
    def simulated(self) -> tuple[str, ...]:
        """Tests that are simulated, in order."""
        survey = (name for part in self.survey.variations for name in part.tests)
        return (*survey, *(one.test for one in self.observed))

    @property
    def tests(self) -> tuple[str, ...]:
        """Every test that is spoken of."""
        return (*self.simulated, *(name for part in self.left_out for name in part.tests))


def calibration_faults(
    document: Document, found: CalibrationPlan, tests: Collection[str]
) -> Iterator[UserError]:
    """Find tests that no claim has, and tests of claims neither simulated nor left out."""
    for name in found.tests:
        if name not in tests:
            yield document.error(f"no claim has the test '{name}'", "correct the id", value=name)
    for name in tests:
        if name not in found.tests:
            problem = f"the test '{name}' is neither simulated nor left out"
            yield document.error(
                problem, "add it, or name it under left_out with the reason", "left_out"
            )
