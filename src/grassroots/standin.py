"""The stand-in: made-up answers with known truth, in the form of a file from the field.

Answers stand as given (reversed items are not turned) with the codes for no answer; duplicates and
careless respondents are in. The numbers depend on truth, seed and size alone, not on how the work
is cut up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compendium.survey.instrument import HIGHEST, LOWEST, Instrument, Question
from compendium.survey.store import EMPTY, Columns
from grassroots import simulated
from grassroots.draws import Draws, Floats, blocks, pick
from grassroots.simulated import LEVELS, Latent, NoAnswer, Truth, load_truth

PREFIX = "standin-"
"""Every respondent of a stand-in is called so; the import refuses files in which one is."""


WEIGHT_DIGITS, MINUTE_DIGITS = 4, 1

Ints = NDArray[np.int64]
Codes = NDArray[np.int8]


@dataclass(frozen=True)
class Sample:
    """Where each respondent is, and what holds for whole units.

    Attributes
    ----------
    unit
        Position of each respondent's unit, length n.
    county, province
        Position of each unit's county and each county's province.
    kind, region
        Position of each unit's kind and each province's region.
    """

    unit: Ints
    county: Ints
    province: Ints
    kind: Codes
    region: Codes

    @property
    def unit_province(self) -> Ints:
        """Province of each unit."""
        return self.province[self.county]

    def groups(self, level: str) -> tuple[Ints, int]:
        """Group of each unit at a level, and how many groups there are."""
        units = len(self.county)
        return {
            "unit": (np.arange(units), units),
            "county": (self.county, len(self.province)),
            "province": (self.unit_province, len(self.region)),
        }[level]


@dataclass
class Simulated:
    """A stand-in and what is behind it.

    Attributes
    ----------
    columns
        Column to array; whole numbers have EMPTY where the cell is empty, names are strings,
        categories positions among the answers of the questionnaire.
    latents
        Construct to its value for each respondent without the duplicates, where asked for.
    """

    instrument: Instrument
    columns: dict[str, NDArray[np.generic]]
    latents: dict[str, Floats] = field(default_factory=dict)


TRUTH = simulated.TRUTH
GENERATOR = tuple(
    Path(__file__).with_name(name) for name in ("draws.py", "standin.py", "simulated.py")
)
"""The files that decide the stand-in's content beside its truth."""


def draw(
    root: Path,
    instrument: Instrument,
    wanted: Mapping[str, Any],
    advance: Callable[[], object] = lambda: None,
) -> Columns:
    """Columns of the stand-in of a recipe; see `compendium.survey.load.recipe`."""
    truth = load_truth(root, instrument)
    respondents = wanted["respondents"] or truth.design.respondents
    truth = truth.without_effects() if wanted["null"] else truth
    return simulate(
        instrument,
        truth.scaled(wanted["scale"]),
        respondents=respondents * wanted["scale"],
        seed=wanted["seed"],
        workers=os.cpu_count() or 1,
        advance=advance,
    ).columns


def simulate(
    instrument: Instrument,
    truth: Truth,
    *,
    respondents: int | None = None,
    seed: int | None = None,
    keep_latents: bool = False,
    workers: int = 1,
    advance: Callable[[], object] = lambda: None,
) -> Simulated:
    """Draw a stand-in.

    Parameters
    ----------
    truth
        As read, or `truth.without_effects()`, or `truth.scaled(times)`.
    respondents, seed
        Those of the truth by default; duplicates come on top.
    keep_latents
        Keep the true constructs too: 8 bytes a respondent and construct.
    workers
        Blocks of rows at a time.
    advance
        Called after each block.
    """
    n = truth.design.respondents if respondents is None else respondents
    draws = Draws(truth.seed if seed is None else seed)
    sample = draw_sample(truth, draws, n)
    columns = _empty_columns(instrument, n)
    _fill_design(columns, instrument, truth, draws, sample)
    intercepts = {name: _intercepts(name, x, sample, draws) for name, x in truth.latents.items()}
    names = [*truth.latents, *truth.facets]
    latents = {name: np.empty(n) for name in names} if keep_latents else {}
    task = _Task(instrument, truth, draws, sample, intercepts, columns, latents)
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(task.block, *zip(*blocks(n), strict=True)):
            advance()
    twice = np.flatnonzero(draws.uniform("duplicates", n) < truth.duplicates)
    rows = np.concatenate([np.arange(n), twice]) if len(twice) else slice(None)
    return Simulated(instrument, {name: array[rows] for name, array in columns.items()}, latents)


def draw_sample(truth: Truth, draws: Draws, respondents: int) -> Sample:
    """Put respondents into units of unequal size, units into counties, counties into provinces."""
    design = truth.design
    kind = pick(draws.uniform("unit kind", design.units), design.unit_kind)
    weights = np.exp(design.unit_size_log_sd * draws.normal("unit size", design.units))
    sizes = draws.stream("respondents of units").multinomial(respondents, weights / weights.sum())
    places = (np.arange(design.provinces) + 0.5) / design.provinces
    return Sample(
        unit=np.repeat(np.arange(design.units), sizes),
        county=np.arange(design.units) * design.counties // design.units,
        province=np.arange(design.counties) * design.provinces // design.counties,
        kind=kind,
        region=pick(places, design.regions),
    )


def _empty_columns(instrument: Instrument, n: int) -> dict[str, NDArray[np.generic]]:
    types = {"item": np.int8, "flag": np.int8, "category": np.int8, "integer": np.int16}
    columns: dict[str, NDArray[np.generic]] = {}
    for name, question in instrument.questions.items():
        if question.type == "number":
            columns[name] = np.empty(n)
        elif question.type != "string":
            columns[name] = np.full(n, EMPTY, types[question.type])
        else:
            columns[name] = np.empty(n, dtype=object)
    return columns


def _fill_design(
    columns: dict[str, NDArray[np.generic]],
    instrument: Instrument,
    truth: Truth,
    draws: Draws,
    sample: Sample,
) -> None:
    unit, design, background = sample.unit, truth.design, truth.background
    units, n = len(sample.county), len(unit)
    kinds = list(design.unit_kind)
    columns["respondent_id"][:] = [f"{PREFIX}{i:07d}" for i in range(1, n + 1)]
    for name, letter, group in (
        ("unit_id", "u", np.arange(units)),
        ("county_id", "c", sample.county),
        ("province_id", "p", sample.unit_province),
    ):
        names = np.array([f"{letter}{i:05d}" for i in range(1, int(group.max()) + 2)], dtype=object)
        columns[name][:] = names[group][unit]
    region = sample.region[sample.unit_province]
    columns["stratum"][:] = region[unit]
    columns["unit_kind"][:] = sample.kind[unit]
    weight = (
        _per_code(design.weight.region)[region] * _per_code(design.weight.unit_kind)[sample.kind]
    )
    weight = weight * np.exp(design.weight.unit_log_sd * draws.normal("weight", units))
    columns["weight"][:] = weight.round(WEIGHT_DIGITS)[unit]
    median = np.array([background.unit_staff_median[kind] for kind in kinds])[sample.kind]
    spread = np.exp(background.unit_staff_log_sd * draws.normal("unit_staff", units))
    question = instrument.questions["unit_staff"]
    columns["unit_staff"][:] = _whole(median * spread, question)[unit]
    for name, share in background.units_with.items():
        columns[name][:] = (draws.uniform(name, units) < share)[unit]
    incidents = 1 + draws.stream("incidents_n").poisson(background.incidents_mean - 1, units)
    columns["incidents_n"][:] = _whole(incidents, instrument.questions["incidents_n"])[unit]


def _per_code(values: dict[str, float]) -> Floats:
    return np.array(list(values.values()))


def _whole(values: NDArray[Any], question: Question) -> Ints:
    return np.clip(np.rint(values), question.minimum, question.maximum).astype(np.int64)


def _intercepts(name: str, latent: Latent, sample: Sample, draws: Draws) -> Floats:
    """Sum of the random intercepts and of the effect of the kind of unit, one a unit."""
    total = np.zeros(len(sample.county))
    for level in LEVELS:
        group, groups = sample.groups(level)
        sd = np.sqrt(latent.between.get(level, 0.0))
        total += sd * draws.normal(f"{name} {level}", groups)[group]
    if latent.unit_kind:
        total += np.array(list(latent.unit_kind.values()))[sample.kind]
    return total


@dataclass(frozen=True)
class _Task:
    """Fills the columns block by block."""

    instrument: Instrument
    truth: Truth
    draws: Draws
    sample: Sample
    intercepts: dict[str, Floats]
    columns: dict[str, NDArray[np.generic]]
    latents: dict[str, Floats]

    def block(self, number: int, rows: slice) -> None:
        """Draw everything about the respondents of a block."""
        latents = self._constructs(number, rows)
        for name, values in self.latents.items():
            values[rows] = latents[name]
        self._background(number, rows)
        answers = self._answers(number, rows, latents)
        self._no_answers(number, rows, latents, answers)
        careless = self._careless(number, rows, answers)
        self._skips(rows, answers)
        self._break_off(number, rows, answers)
        self._background_refused(number, rows)
        self._minutes(number, rows, careless)
        for name, given in answers.items():
            self.columns[name][rows] = given

    def _constructs(self, block: int, rows: slice) -> dict[str, Floats]:
        n, found = rows.stop - rows.start, dict[str, Floats]()
        for name, latent in self.truth.latents.items():
            if (difference := latent.difference) is not None:
                less = found[difference.of] - found[difference.less]
                found[name] = less / difference.divided_by
            else:
                own = np.sqrt(latent.within) * self.draws.normal(name, n, block)
                unit = self.intercepts[name][self.sample.unit[rows]]
                found[name] = own + unit + _explained(latent, found)
        for name, loadings in self.truth.facets.items():
            sd = np.sqrt(1.0 - sum(x * x for x in loadings.values()))
            found[name] = sd * self.draws.normal(name, n, block) + _weighted(loadings, found)
        return found

    def _background(self, block: int, rows: slice) -> None:
        n = rows.stop - rows.start
        for name, shares in self.truth.background.of_persons.items():
            self.columns[name][rows] = pick(self.draws.uniform(name, n, block), shares)

    def _answers(self, block: int, rows: slice, latents: dict[str, Floats]) -> dict[str, Codes]:
        n = rows.stop - rows.start
        agreeing = self.truth.method_loading * self.draws.normal("method", n, block)
        answers: dict[str, Codes] = {}
        for name, item in self.truth.items.items():
            turned = self.instrument.questions[name].reversed
            common = sum(x * x for x in item.on.values()) + self.truth.method_loading**2
            value = np.sqrt(1.0 - common) * self.draws.normal(name, n, block)
            value += (-agreeing if turned else agreeing) + _weighted(item.on, latents)
            code = np.full(n, LOWEST, np.int8)
            for threshold in item.thresholds:
                code += value > threshold
            answers[name] = LOWEST + HIGHEST - code if turned else code
        slip = self.draws.uniform("attention slip", n, block) < self.truth.careless.attention_slip
        anything = self._anything("attention answer", n, block)
        for name, right in self.instrument.screens.attention.items():
            answers[name] = np.where(slip, anything, np.int8(right))
        return {name: answers[name] for name in self.instrument.items}

    def _anything(self, name: str, n: int, block: int) -> Codes:
        return self.draws.stream(name, block).integers(LOWEST, HIGHEST + 1, n, dtype=np.int8)

    def _no_answers(
        self, block: int, rows: slice, latents: dict[str, Floats], answers: dict[str, Codes]
    ) -> None:
        for reason in ("not_applicable", "refused"):
            rule: NoAnswer = getattr(self.truth.missing, reason)
            code = np.int8(self.instrument.non_response[reason].code)
            shift = self._log_odds(rule, rows, latents)
            for name in self.truth.items:
                scale = self.instrument.questions[name].scale or ""
                probability = rule.scales.get(scale, rule.probability)
                odds = probability / (1.0 - probability) * shift
                drawn = self.draws.uniform(f"{reason} {name}", len(shift), block)
                answers[name][drawn * (1.0 + odds) < odds] = code

    def _log_odds(self, rule: NoAnswer, rows: slice, latents: dict[str, Floats]) -> Floats:
        """Factor on the odds of giving no answer, one a respondent."""
        by_position = [rule.position.get(code, 0.0) for code in self.truth.background.position]
        total = np.array(by_position)[self.columns["position"][rows].astype(np.int64)]
        for name, effect in rule.latent.items():
            total = total + effect * latents[name]
        return np.exp(total)

    def _careless(self, block: int, rows: slice, answers: dict[str, Codes]) -> NDArray[np.bool_]:
        """Overwrite the answers of those who do not read; say who they are."""
        n, careless = rows.stop - rows.start, self.truth.careless
        drawn = self.draws.uniform("careless", n, block)
        alike = drawn < careless.straight_line
        random = ~alike & (drawn < careless.straight_line + careless.random)
        one = self._anything("straight line", n, block)
        for name in answers:
            answers[name][alike] = one[alike]
        for name in answers if random.any() else ():
            answers[name][random] = self._anything(f"random {name}", n, block)[random]
        return alike | random

    def _skips(self, rows: slice, answers: dict[str, Codes]) -> None:
        for name, question in self.instrument.questions.items():
            if question.relevant is not None:
                source, code = question.relevant
                skipped = self.columns[source][rows] != code
                target = answers[name] if name in answers else self.columns[name][rows]
                target[skipped] = EMPTY

    def _break_off(self, block: int, rows: slice, answers: dict[str, Codes]) -> None:
        n = rows.stop - rows.start
        breaks = self.draws.uniform("break off", n, block) < self.truth.missing.break_off
        last = self.draws.stream("break off after", block).integers(1, len(answers), n)
        for position, name in enumerate(answers):
            answers[name][breaks & (position >= last)] = EMPTY

    def _background_refused(self, block: int, rows: slice) -> None:
        n, missing = rows.stop - rows.start, self.truth.missing
        code = self.instrument.non_response["refused"].code
        for name, share in missing.background_refused.items():
            drawn = self.draws.uniform(f"{name} refused", n, block)
            self.columns[name][rows][drawn < share] = code
        drawn = self.draws.uniform("unit_staff left out", n, block)
        self.columns["unit_staff"][rows][drawn < missing.unit_staff_left_out] = EMPTY

    def _minutes(self, block: int, rows: slice, careless: NDArray[np.bool_]) -> None:
        rule = self.truth.duration
        median = np.where(careless, rule.careless_median_minutes, rule.median_minutes)
        spread = np.exp(rule.log_sd * self.draws.normal("minutes", len(careless), block))
        self.columns["duration_minutes"][rows] = (median * spread).round(MINUTE_DIGITS)


def _explained(latent: Latent, found: dict[str, Floats]) -> Floats | float:
    """What a construct takes from those before it."""
    products = (p.effect * found[p.of[0]] * found[p.of[1]] for p in latent.products)
    return _weighted(latent.paths, found) + sum(products)


def _weighted(weights: dict[str, float], found: dict[str, Floats]) -> Floats | float:
    return sum((weight * found[name] for name, weight in weights.items()), start=0.0)
