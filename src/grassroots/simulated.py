"""The truth of the stand-in: every number its generator uses, read from `standin.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from compendium.errors import UserError
from compendium.plan.base import Strict
from compendium.strict_model import read_typed
from compendium.strict_yaml import Document, load_strict
from compendium.survey.instrument import FOLDER, Instrument
from compendium.text import Text

TRUTH = FOLDER / "standin.yml"

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Shares = dict[str, Share]
Effects = dict[str, float]
Level = Literal["province", "county", "unit"]
LEVELS: tuple[Level, ...] = ("province", "county", "unit")


class Weights(Strict):
    """Design weight: product of both factors and a log-normal one of the unit."""

    region: dict[str, Positive]
    unit_kind: dict[str, Positive]
    unit_log_sd: float


class Design(Strict):
    """Respondents in units in counties in provinces in regions."""

    respondents: Count
    units: Count
    counties: Count
    provinces: Count
    regions: Shares
    unit_kind: Shares
    unit_size_log_sd: float
    weight: Weights


class Background(Strict):
    """Who answers, and in what units; `units_with` and the counts are the same for a whole unit."""

    position: Shares
    work_area: Shares
    tenure_group: Shares
    age_group: Shares
    gender: Shares
    education: Shares
    units_with: Shares
    incidents_mean: Positive
    unit_staff_median: dict[str, Positive]
    unit_staff_log_sd: float

    @property
    def of_persons(self) -> dict[str, Shares]:
        """Shares of the answers to the questions about the respondent."""
        names = ("position", "work_area", "tenure_group", "age_group", "gender", "education")
        return {name: getattr(self, name) for name in names}


class Product(Strict):
    """Effect of the product of two constructs."""

    of: tuple[str, str]
    effect: float


class Difference(Strict):
    """A construct that is nothing but a difference of two others."""

    of: str
    less: str
    divided_by: Positive


class Latent(Strict):
    """A construct: what it depends on, and the variances of its disturbances by level."""

    between: dict[Level, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    within: Annotated[float, Field(ge=0)] = 0.0
    paths: Effects = Field(default_factory=dict)
    products: tuple[Product, ...] = ()
    unit_kind: Effects = Field(default_factory=dict)
    difference: Difference | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the constructs it depends on."""
        parts = (self.difference.of, self.difference.less) if self.difference else ()
        return (*self.paths, *(name for product in self.products for name in product.of), *parts)


class Item(Strict):
    """Loadings of an item and the thresholds between its answers."""

    on: Effects
    thresholds: tuple[float, float, float, float]


class NoAnswer(Strict):
    """A reason for no answer: probability, by scale where named; effects on the log-odds."""

    probability: Share
    scales: Shares
    position: Effects
    latent: Effects


class Missing(Strict):
    """Answers that are not given, by reason."""

    refused: NoAnswer
    not_applicable: NoAnswer
    break_off: Share
    background_refused: Shares
    unit_staff_left_out: Share


class Careless(Strict):
    """Shares of those who do not read."""

    straight_line: Share
    random: Share
    attention_slip: Share


class Duration(Strict):
    """Minutes taken, log-normal."""

    median_minutes: Positive
    careless_median_minutes: Positive
    log_sd: float


class Truth(Strict):
    """All that the stand-in is made from."""

    seed: Annotated[int, Field(ge=0)]
    about: Text
    does_not_preserve: tuple[Text, ...]
    design: Design
    background: Background
    latents: dict[str, Latent]
    facets: dict[str, Effects]
    method_loading: float
    missing: Missing
    careless: Careless
    duplicates: Share
    duration: Duration
    items: dict[str, Item]

    def without_effects(self) -> Truth:
        """The same with every path, product and difference between kinds of unit at zero.

        Nobody tends to agree either: that tendency alone relates any two scales.
        """
        nothing: dict[str, Any] = {"paths": {}, "products": (), "unit_kind": {}}
        latents = {name: latent.model_copy(update=nothing) for name, latent in self.latents.items()}
        return self.model_copy(update={"latents": latents, "method_loading": 0.0})

    def scaled(self, times: int) -> Truth:
        """The same with so many times the units and counties, in the same provinces."""
        design = self.design
        more = {"units": design.units * times, "counties": design.counties * times}
        return self.model_copy(update={"design": design.model_copy(update=more)})


def load_truth(root: Path, instrument: Instrument) -> Truth:
    """Read `data/survey/standin.yml` and hold it against the questionnaire.

    Raises
    ------
    UserError
        With file and line: an unknown or missing entry, a construct that depends on a later one,
        items or answers that differ from the questionnaire's.
    """
    doc = load_strict(root / TRUTH)
    truth = read_typed(doc, Truth)
    _check_order(doc, truth)
    wanted = {name for name in instrument.items if name not in instrument.screens.attention}
    if wanted != set(truth.items):
        odd = min(wanted ^ set(truth.items))
        problem = f"'{odd}' stands either here or in the questionnaire, not in both"
        raise doc.error(problem, "make them agree", "items", odd)
    for name, item in truth.items.items():
        if list(item.thresholds) != sorted(item.thresholds):
            raise doc.error("the thresholds do not rise", "order them", "items", name)
        if sum(x * x for x in item.on.values()) + truth.method_loading**2 >= 1:
            raise doc.error("the loadings leave no variance", "lower them", "items", name)
    _check_answers(doc, truth, instrument)
    return truth


def _check_order(doc: Document, truth: Truth) -> None:
    known: set[str] = set()
    for name, latent in truth.latents.items():
        for source in latent.sources:
            if source not in known:
                problem = f"'{name}' depends on '{source}', which does not stand before it"
                raise doc.error(problem, "change the order", "latents", name)
        known.add(name)
    for name, loadings in truth.facets.items():
        _refuse_unknown(doc, loadings, known, "facets", name)
    known |= set(truth.facets)
    for name, item in truth.items.items():
        _refuse_unknown(doc, item.on, known, "items", name)
    for reason in ("refused", "not_applicable"):
        _refuse_unknown(doc, getattr(truth.missing, reason).latent, known, "missing", reason)


def _refuse_unknown(doc: Document, names: Effects, known: set[str], *at: str) -> None:
    for name in names:
        if name not in known:
            raise doc.error(f"there is no construct '{name}'", "correct it", *at, value=name)


def _check_answers(doc: Document, truth: Truth, instrument: Instrument) -> None:
    for name, shares in truth.background.of_persons.items():
        if list(shares) != list(instrument.codes(name)):
            raise doc.error(
                "the answers differ from the questionnaire's", "correct", "background", name
            )
    if list(truth.design.regions) != list(instrument.codes("stratum")):
        raise doc.error(
            "the regions differ from the questionnaire's", "correct", "design", "regions"
        )
    if truth.design.units < truth.design.counties or truth.design.counties < truth.design.provinces:
        raise UserError("there are fewer units than counties or provinces", "correct", doc.path)
