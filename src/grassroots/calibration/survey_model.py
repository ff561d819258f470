"""Many surveys of the stand-in's population at once: scores of scales, whole surveys in one array.

The model is that of `survey/standin.py`, read from the same `standin.yml`; only the streams of
random numbers differ, and answers that no score needs are not drawn. What is left out: rows that
stand in the file twice (the loader drops them) and those who give one answer throughout and break
off before the screen can see it (1 in 10,000).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from compendium.survey.instrument import HIGHEST, LOWEST, Instrument
from grassroots.draws import pick
from grassroots.scales import LOAD, MEANS, PARTS, PHASES, domains_of, scales_of
from grassroots.simulated import LEVELS, Latent, NoAnswer, Truth

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.intp]
Marks = NDArray[np.bool_]

MIN_ANSWERED = 0.5
"""Share of a scale's items that make a score, as in `measures.items.scale_scores`."""
STEPS = 1 << 16
"""Chances and normal numbers of single rows are drawn in so many steps of equal probability: no
share of answers can tell, and it takes a quarter of the time. Groups get exact normal numbers."""
NEVER = np.iinfo(np.int16).max


class Streams:
    """Streams of random numbers by name, so that what is drawn does not depend on what else is."""

    def __init__(self, *entropy: int) -> None:
        self.entropy = entropy
        self.known: dict[str, np.random.Generator] = {}

    def __getitem__(self, name: str) -> np.random.Generator:
        """Return the stream of a name where it was left."""
        if name not in self.known:
            seed = np.random.SeedSequence([*self.entropy, zlib.crc32(name.encode())])
            self.known[name] = np.random.Generator(np.random.SFC64(seed))
        return self.known[name]


@dataclass(frozen=True)
class Size:
    """How large a survey is.

    Attributes
    ----------
    counties
        Clusters.
    units, respondents
        In each county.
    provinces
        Provinces that the counties lie in.
    """

    counties: int
    units: int
    respondents: int
    provinces: int

    @property
    def n(self) -> int:
        """Respondents in all."""
        return self.counties * self.respondents


@dataclass(frozen=True, eq=False)
class Surveys:
    """Simulated surveys.

    Attributes
    ----------
    scores
        Score -> (R, n); nan where too few items are answered and where the row is left out.
    kept
        Rows that the screens leave, (R, n).
    kind
        Kind of each row's unit, as its position among the kinds, (R, n).
    starts
        First row of each county, (R, counties), rows counted over all R n; rows of a county stand
        together.
    kinds
        Names of the kinds of unit.
    """

    scores: Mapping[str, Floats]
    kept: Marks
    kind: NDArray[np.int8]
    starts: Integers
    kinds: tuple[str, ...]

    @cached_property
    def county(self) -> Integers:
        """County of each row of a survey, (R, n)."""
        R, n = self.kept.shape
        ends = np.append(self.starts.ravel(), R * n)
        codes = np.repeat(np.arange(self.starts.size), np.diff(ends))
        return np.asarray(codes.reshape(R, n) % self.starts.shape[1])


def with_effects(truth: Truth, times: float) -> Truth:
    """The same with each path, product and difference between kinds of unit so many times.

    The tendency to agree stays, also at 0: what it alone makes tests find is to be seen.
    """

    def scaled(latent: Latent) -> Latent:
        products = tuple(
            product.model_copy(update={"effect": times * product.effect})
            for product in latent.products
        )
        paths = {name: times * effect for name, effect in latent.paths.items()}
        kinds = {name: times * effect for name, effect in latent.unit_kind.items()}
        update = {"paths": paths, "products": products, "unit_kind": kinds}
        return latent.model_copy(update=update)

    latents = {name: scaled(latent) for name, latent in truth.latents.items()}
    return truth.model_copy(update={"latents": latents})


def with_gap(truth: Truth, instrument: Instrument, times: float) -> Truth:
    """The same with so many times the distance between responsibility and power.

    The thresholds of each item on responsibility are moved toward those of the item on power that
    it matches; at 0 both are answered alike and the gap is nil in every domain.
    """
    items = dict(truth.items)
    for name, question in instrument.questions.items():
        if question.pair is not None:
            means, load = truth.items[name], truth.items[question.pair]
            both = zip(means.thresholds, load.thresholds, strict=True)
            moved = tuple(m + times * (r - m) for m, r in both)
            items[question.pair] = load.model_copy(update={"thresholds": moved})
    return truth.model_copy(update={"items": items})


def items_needed(instrument: Instrument, scores: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Items of each score that is a mean of items, those behind composite scores too."""
    scales = scales_of(instrument)
    known = {
        **scales,
        **domains_of(instrument),
        "collaboration": tuple(item for part in PARTS for item in scales[part]),
    }
    wanted: dict[str, tuple[str, ...]] = {}
    for score in scores:
        for part in COMPOSITES.get(score, (score,)):
            wanted[part] = known[part]
    return wanted


COMPOSITES: dict[str, tuple[str, ...]] = {
    "imbalance": (LOAD, MEANS),
    "performance": tuple(f"performance_{phase}" for phase in PHASES),
}
"""Scores that are made of scores."""


@dataclass(frozen=True, eq=False)
class Population:
    """What surveys are drawn from.

    Attributes
    ----------
    wanted
        The scores that the answers need; only what these rest on is drawn.
    """

    instrument: Instrument
    truth: Truth
    wanted: tuple[str, ...]

    def draw(self, size: Size, surveys: int, streams: Streams) -> Surveys:
        """Draw so many surveys."""
        return _Drawing(self, size, surveys, streams).surveys()

    @cached_property
    def scales(self) -> dict[str, tuple[str, ...]]:
        """Items by score."""
        return items_needed(self.instrument, self.wanted)

    @cached_property
    def items(self) -> dict[str, tuple[str, ...]]:
        """Scores by item, in the order of the questionnaire."""
        return {
            item: found
            for item in self.instrument.items
            if (found := tuple(s for s, items in self.scales.items() if item in items))
        }

    @cached_property
    def constructs(self) -> tuple[str, ...]:
        """Constructs that the items rest on, causes first."""
        needed = {name for item in self.items for name in self.truth.items[item].on}
        needed |= {n for name in needed for n in self.truth.facets.get(name, ())}
        needed |= set(self.truth.missing.refused.latent) | set(
            self.truth.missing.not_applicable.latent
        )
        for name in reversed(self.truth.latents):
            if name in needed:
                needed |= set(self.truth.latents[name].sources)
        known = (*self.truth.latents, *self.truth.facets)
        return tuple(name for name in known if name in needed)


class _Drawing:
    """The arrays of one draw; rows of all surveys stand one after the other, (R n,)."""

    def __init__(self, population: Population, size: Size, surveys: int, streams: Streams) -> None:
        self.population, self.truth = population, population.truth
        self.instrument, self.streams = population.instrument, streams
        self.R, self.size, self.N = surveys, size, surveys * size.n
        units = size.counties * size.units
        weights = np.exp(
            self.truth.design.unit_size_log_sd
            * streams["unit size"].standard_normal((surveys, units))
        )
        sizes = streams["respondents"].multinomial(
            size.n, weights / weights.sum(axis=1, keepdims=True)
        )
        self.unit = np.repeat(np.arange(surveys * units), sizes.ravel())
        ends = np.cumsum(sizes.ravel()).reshape(surveys, size.counties, size.units)
        self.starts = ends[:, :, 0] - sizes.reshape(ends.shape)[:, :, 0]
        self.kind = pick(streams["unit kind"].random(surveys * units), self.truth.design.unit_kind)

    def surveys(self) -> Surveys:
        """Draw constructs, answers, and make scores."""
        shape = (self.R, self.size.n)
        latents = self._constructs()
        kept, random = self._screened()
        scores = self._scores(latents, random)
        left_out = ~kept
        for values in scores.values():
            values[left_out] = np.nan
        made = {name: values.reshape(shape) for name, values in scores.items()}
        kinds = tuple(self.truth.design.unit_kind)
        kind = self.kind[self.unit].reshape(shape)
        return Surveys(_composed(made), kept.reshape(shape), kind, self.starts, kinds)

    def _normal(self, name: str, *shape: int) -> Singles:
        return self.streams[name].standard_normal(shape, dtype=np.float32)

    def _uniform(self, name: str) -> Singles:
        return self.streams[name].random(self.N, dtype=np.float32)

    def _own(self, name: str) -> Singles:
        """Standard normal numbers, one a row."""
        return normal_steps().take(self._steps(name))

    def _steps(self, name: str) -> NDArray[np.uint16]:
        """Whole numbers below `STEPS`, one a row: four from each random word."""
        words = self.streams[name].integers(0, 2**64 - 1, -(-self.N // 4), np.uint64, endpoint=True)
        return words.view(np.uint16)[: self.N]

    def _constructs(self) -> dict[str, Singles]:
        found: dict[str, Singles] = {}
        for name in self.population.constructs:
            if name in self.truth.facets:
                loadings = self.truth.facets[name]
                sd = np.sqrt(1.0 - sum(x * x for x in loadings.values()))
                found[name] = _weighted(np.float32(sd) * self._own(name), loadings, found)
            else:
                found[name] = self._construct(name, self.truth.latents[name], found)
        return found

    def _construct(self, name: str, latent: Latent, found: dict[str, Singles]) -> Singles:
        if (difference := latent.difference) is not None:
            less = found[difference.of] - found[difference.less]
            return np.asarray(less / np.float32(difference.divided_by), np.float32)
        value = np.float32(np.sqrt(latent.within)) * self._own(name)
        value += self._intercepts(name, latent)[self.unit]
        for product in latent.products:
            one, other = product.of
            value += np.float32(product.effect) * found[one] * found[other]
        return _weighted(value, latent.paths, found)

    def _intercepts(self, name: str, latent: Latent) -> Singles:
        """Sum of random intercepts and the effect of the kind, one a unit of any survey."""
        R, G, U = self.R, self.size.counties, self.size.units
        P = self.size.provinces
        province = np.arange(G) * P // G
        shapes = {"province": (R, P, 1), "county": (R, G, 1), "unit": (R, G, U)}
        total = np.zeros((R, G, U), np.float32)
        for level in LEVELS:
            if (variance := latent.between.get(level, 0.0)) > 0:
                drawn = self._normal(f"{name} {level}", *shapes[level])
                by_county = drawn[:, province] if level == "province" else drawn
                total += np.float32(np.sqrt(variance)) * by_county
        if latent.unit_kind:
            effects = np.array(list(latent.unit_kind.values()), np.float32)
            total += effects[self.kind].reshape(R, G, U)
        return total.ravel()

    def _screened(self) -> tuple[Marks, Marks]:
        """Rows that pass the screens, and rows that are answered at random."""
        careless = self.truth.careless
        drawn = self._uniform("careless")
        alike = drawn < careless.straight_line
        random = ~alike & (drawn < careless.straight_line + careless.random)
        slip = self._uniform("attention slip") < careless.attention_slip
        right = self._uniform("attention answer") < 1 / (HIGHEST - LOWEST + 1)
        return ~alike & (right | ~(random | slip)), random

    def _scores(self, latents: dict[str, Singles], random: Marks) -> dict[str, Floats]:
        scales = self.population.scales
        total = {score: np.zeros(self.N, np.int16) for score in scales}
        given = {score: np.zeros(self.N, np.int8) for score in scales}
        agreeing = np.float32(self.truth.method_loading) * self._own("method")
        careless = np.flatnonzero(random)
        stop, chance = self._stops(), self._chances(latents)
        places = {item: place for place, item in enumerate(self.instrument.items)}
        for item, scores in self.population.items.items():
            answers = self._answers(item, latents, agreeing)
            question = self.instrument.questions[item]
            there = self._steps(f"no answer {item}") >= chance[question.scale or ""]
            anything = self.streams[f"random {item}"]
            answers[careless] = anything.integers(LOWEST, HIGHEST + 1, len(careless), np.int8)
            there[careless] = True
            there &= stop > places[item]
            if question.relevant is not None:
                there &= self._asked(question.relevant)
            answers *= there
            for score in scores:
                total[score] += answers
                given[score] += there
        return {score: _mean(total[score], given[score], len(scales[score])) for score in scales}

    def _answers(
        self, item: str, latents: dict[str, Singles], agreeing: Singles
    ) -> NDArray[np.int8]:
        """Answers in the direction of the construct, as the loader turns them."""
        about = self.truth.items[item]
        common = sum(x * x for x in about.on.values()) + self.truth.method_loading**2
        value = np.float32(np.sqrt(1.0 - common)) * self._own(item)
        if self.instrument.questions[item].reversed:
            value -= agreeing
        else:
            value += agreeing
        value = _weighted(value, about.on, latents)
        code = np.full(self.N, LOWEST, np.int8)
        for threshold in about.thresholds:
            code += value > np.float32(threshold)
        return code

    def _stops(self) -> NDArray[np.int16]:
        """Position of the first item that is not answered any more."""
        breaks = self._uniform("break off") < self.truth.missing.break_off
        stop = np.full(self.N, NEVER, np.int16)
        where = np.flatnonzero(breaks)
        last = self.streams["break off after"]
        stop[where] = last.integers(1, len(self.instrument.items), len(where))
        return stop

    def _chances(self, latents: dict[str, Singles]) -> dict[str, NDArray[np.uint16]]:
        """Chance of no answer to an item of each scale, in steps, one a row."""
        position = picked(self._uniform("position"), self.truth.background.position)
        rules = [getattr(self.truth.missing, reason) for reason in ("refused", "not_applicable")]
        shifts = [self._log_odds(rule, position, latents) for rule in rules]
        scales = {self.instrument.questions[item].scale or "" for item in self.population.items}
        chances = {}
        for scale in sorted(scales):
            answered = np.ones(self.N, np.float32)
            for rule, shift in zip(rules, shifts, strict=True):
                probability = rule.scales.get(scale, rule.probability)
                answered /= 1 + np.float32(probability / (1.0 - probability)) * shift
            chances[scale] = ((1 - answered) * STEPS).astype(np.uint16)
        return chances

    def _log_odds(
        self, rule: NoAnswer, position: NDArray[np.int8], latents: dict[str, Singles]
    ) -> Singles:
        by_position = [rule.position.get(code, 0.0) for code in self.truth.background.position]
        total = np.array(by_position, np.float32)[position]
        return np.exp(_weighted(total, rule.latent, latents))

    def _asked(self, relevant: tuple[str, int]) -> Marks:
        source, code = relevant
        if source not in self._flags:
            share = self.truth.background.units_with[source]
            drawn = self.streams[source].random(len(self.kind))
            self._flags[source] = (drawn < share)[self.unit]
        return self._flags[source] == bool(code)

    @cached_property
    def _flags(self) -> dict[str, Marks]:
        return {}


@cache
def normal_steps() -> Singles:
    """Quantiles of the normal in the middle of each step, scaled to a variance of 1."""
    middle = special.ndtri((np.arange(STEPS) + 0.5) / STEPS)
    return np.asarray(middle / middle.std(), np.float32)


def picked(uniform: Singles, shares: Mapping[str, float]) -> NDArray[np.int8]:
    """Position of the share that each number falls into; for few shares."""
    bounds = np.cumsum(list(shares.values()))
    position = np.zeros(len(uniform), np.int8)
    for bound in bounds[:-1] / bounds[-1]:
        position += uniform >= np.float32(bound)
    return position


def _weighted(start: Singles, weights: Mapping[str, float], found: dict[str, Singles]) -> Singles:
    for name, weight in weights.items():
        start += np.float32(weight) * found[name]
    return start


def _mean(total: NDArray[np.int16], given: NDArray[np.int8], items: int) -> Floats:
    mean: Floats = total / np.maximum(given, 1)
    mean[given < MIN_ANSWERED * items] = np.nan
    return mean


def _composed(scores: dict[str, Floats]) -> dict[str, Floats]:
    if LOAD in scores and MEANS in scores:
        scores["imbalance"] = scores[LOAD] - scores[MEANS]
    phases = [f"performance_{phase}" for phase in PHASES]
    if all(phase in scores for phase in phases):
        stacked = np.stack([scores[phase] for phase in phases])
        answered = (~np.isnan(stacked)).sum(axis=0)
        mean = np.nansum(stacked, axis=0) / np.maximum(answered, 1)
        scores["performance"] = np.where(answered >= len(PHASES) - 1, mean, np.nan)
    return scores


def needed_by(scores: Iterable[str]) -> tuple[str, ...]:
    """Scores in a fixed order, so that the same set draws the same numbers."""
    return tuple(sorted(set(scores)))


def chunks(replications: int, n: int, rows: int) -> Sequence[int]:
    """Surveys to draw at a time, so that the arrays stay within the processor's cache."""
    each = max(1, rows // n)
    whole, rest = divmod(replications, each)
    return [each] * whole + ([rest] if rest else [])
