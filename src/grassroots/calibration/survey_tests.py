"""The survey's tests on many simulated surveys: the models of notebooks 09 and 10, batched.

Each answer equals that of the function which the notebook calls, digit for digit up to rounding;
`ordinary` calls that function on one survey, and the tests hold both against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.inference.least_squares import Answers, Products, products, solve
from compendium.measurement.congruence import AGREEMENT, by_domain, mean_differences
from compendium.stats.mediation import mediation
from compendium.stats.proportions import pooled_share
from compendium.stats.response_surface import response_surface
from compendium.stats.survey_regression import mean_over, phase_system, regress
from compendium.stats.tidy import Tidy
from grassroots import scales as sc
from grassroots.calibration.survey_model import Surveys

Floats = NDArray[np.float64]

PAIR = ("imbalance", "collaboration")
PRODUCT = "imbalance:collaboration"
PATH = ("imbalance", "line_block", "top_down", "bottom_up")
"""Outcome, mediator, cause and control of the mediation."""
FAMILY = len(sc.PHASES)
"""Tests of one family: each phase's interval is widened for four (Bonferroni)."""


@dataclass(frozen=True)
class Settings:
    """What answers depend on beside the data.

    Attributes
    ----------
    draws, seed
        Of answers that resample.
    domains
        Domains of the matched scales.
    """

    level: float
    draws: int
    seed: int
    domains: tuple[str, ...]


@dataclass(frozen=True)
class SurveyTest:
    """One test's answer strategy.

    Attributes
    ----------
    scores
        What it needs.
    answer
        Surveys and settings to answers, one a survey.
    ordinary
        The same for one survey as a frame of scores, by the functions that the notebook calls.
    """

    scores: tuple[str, ...]
    answer: Callable[[Surveys, Settings], Answers]
    ordinary: Callable[[pd.DataFrame, Settings], Tidy]


def frame_of(surveys: Surveys, number: int) -> pd.DataFrame:
    """One survey as the notebooks have it: scores beside county and kind of unit, kept rows."""
    kept = surveys.kept[number]
    kind = pd.Categorical.from_codes(surveys.kind[number][kept], categories=list(surveys.kinds))
    scores = {name: values[number][kept] for name, values in surveys.scores.items()}
    county = pd.Series(surveys.county[number][kept]).map("c{:05d}".format)
    return pd.DataFrame({"county_id": county, "unit_kind": kind, **scores})


def one_by_one(
    ordinary: Callable[[pd.DataFrame, Settings], Tidy], surveys: Surveys, settings: Settings
) -> Answers:
    """Answers of a function that takes one survey at a time."""
    lines = [ordinary(frame_of(surveys, r), settings) for r in range(len(surveys.kept))]
    columns = ("value", "se", "ci_low", "ci_high")
    return Answers(*(np.array([getattr(line, name) for line in lines]) for name in columns))


def _kinds(surveys: Surveys) -> list[Floats]:
    """Dummies of the kinds of unit; that of the first kind that occurs is 0 throughout."""
    kinds = np.arange(len(surveys.kinds))
    occurs = ((surveys.kind[:, None, :] == kinds[:, None]) & surveys.kept[:, None, :]).any(axis=2)
    reference = occurs.argmax(axis=1)[:, None]
    return [((surveys.kind == i) & (reference != i)).astype(float) for i in kinds]


def _within_answer(
    found: Products, position: int, level: float, *, counted: Callable[[Floats, Floats], Floats]
) -> Answers:
    """Coefficient of a term beside county effects with CR1; the outcome stands first."""
    p = found.sums.shape[2]
    solved = solve(found.within(), 0, range(1, p), found.spread()[:, 1:])
    G, n = found.clusters, found.n
    factor = G / (G - 1) * (n - 1) / (n - counted(solved.k, G))
    se = np.sqrt(factor * solved.variance(np.eye(p - 1)[position - 1]))
    return Answers.by_t(solved.beta[:, position - 1], se, G - 1, level)


def _absorbed(k: Floats, _: Floats) -> Floats:
    """County effects lie within clusters and cost nothing, as in `within_ols`."""
    return k + 1


def _imbalance(position: int, surveys: Surveys, settings: Settings) -> Answers:
    scores = surveys.scores
    named = [scores[name] for name in ("imbalance", "top_down", "bottom_up")]
    # The notebook drops rows without the other score.
    extra = np.where(np.isnan(scores["line_block"]), np.nan, named[0])
    found = products([extra, *named[1:], *_kinds(surveys)], surveys.starts)
    return _within_answer(found.in_company(), position, settings.level, counted=_absorbed)


def _imbalance_ordinary(term: str, frame: pd.DataFrame, settings: Settings) -> Tidy:
    terms = ("top_down", "bottom_up", "unit_kind")
    rows = sc.complete_rows(frame, ["imbalance", "line_block", *terms])
    return regress(rows, "imbalance", terms, settings.level)[term]


def _centred_pair(surveys: Surveys) -> list[Floats]:
    """Imbalance and collaboration from their means over all who have a score, and the product."""
    pair = []
    for name in PAIR:
        values = surveys.scores[name]
        pair.append(values - np.nanmean(values, axis=1, keepdims=True))
    return [*pair, pair[0] * pair[1]]


def _phase(phase: str, surveys: Surveys, settings: Settings) -> Answers:
    outcome = surveys.scores[f"performance_{phase}"]
    found = products([outcome, *_centred_pair(surveys), *_kinds(surveys)], surveys.starts)
    return _within_answer(found.in_company(), 2, widened(settings.level), counted=_absorbed)


def widened(level: float) -> float:
    """Level of each interval so that all four cover together (Bonferroni)."""
    return 1 - (1 - level) / FAMILY


def interval_level(test: str, level: float) -> float:
    """Level of a test's interval: wider for the four phases, which are tested as a family."""
    return widened(level) if test in _PHASE_TESTS else level


def _phase_ordinary(phase: str, frame: pd.DataFrame, settings: Settings) -> Tidy:
    score, terms = f"performance_{phase}", [*PAIR, PRODUCT, "unit_kind"]
    rows = sc.complete_rows(sc.centred(frame, PAIR), [score, *PAIR, "unit_kind"])
    return regress(rows, score, terms, widened(settings.level))["collaboration"]


def _buffer(surveys: Surveys, settings: Settings) -> Answers:
    outcomes = [surveys.scores[f"performance_{phase}"] for phase in sc.PHASES]
    terms = [*_centred_pair(surveys), *_kinds(surveys)]
    found = products([sum(outcomes[1:], outcomes[0]) / len(outcomes), *terms], surveys.starts)
    return _within_answer(found, 3, settings.level, counted=lambda k, G: k + G)


def _buffer_ordinary(frame: pd.DataFrame, settings: Settings) -> Tidy:
    phases = {phase: f"performance_{phase}" for phase in sc.PHASES}
    rows = sc.complete_rows(sc.centred(frame, PAIR), [*phases.values(), *PAIR, "unit_kind"])
    system = phase_system(rows, phases, [*PAIR, PRODUCT, "unit_kind"], settings.level)
    return mean_over(system, PRODUCT, list(phases))


def _match(surveys: Surveys, settings: Settings) -> Answers:
    x, y = (surveys.scores[name] - sc.MIDPOINT for name in (sc.LOAD, sc.MEANS))
    variables = [surveys.scores["performance"], x, y, x * x, x * y, y * y]
    found = products(variables, surveys.starts)
    solved = solve(found.with_intercept(), 1, (0, 2, 3, 4, 5, 6))
    curvature = np.array([0.0, 0.0, 0.0, 1.0, -1.0, 1.0])
    G, n = found.clusters, found.n
    factor = G / (G - 1) * (n - 1) / (n - solved.k)
    se = np.sqrt(factor * solved.variance(curvature))
    return Answers.by_t(solved.beta @ curvature, se, G - 1, settings.level)


def _match_ordinary(frame: pd.DataFrame, settings: Settings) -> Tidy:
    rows = sc.complete_rows(frame, ["performance", sc.LOAD, sc.MEANS])
    columns = (rows["performance"], rows[sc.LOAD], rows[sc.MEANS], rows["county_id"])
    return response_surface(*columns, settings.level, center=sc.MIDPOINT, name="county")["a4"]


def _inversion(surveys: Surveys, settings: Settings) -> Answers:
    load, means = (surveys.scores[name] for name in (sc.LOAD, sc.MEANS))
    known = ~np.isnan(load) & ~np.isnan(means)
    both = np.concatenate([np.where(known, s, np.nan) for s in (load, means)], axis=1)
    spread = np.nanstd(both, axis=1, ddof=1)[:, None]
    inverted = np.where(known, ((load - means) / spread > AGREEMENT).astype(float), np.nan)
    found = products([inverted], surveys.starts)
    share, G = found.mean[:, 0], found.clusters
    se = np.sqrt(G / (G - 1) * (found.sums[:, :, 0] ** 2).sum(axis=1)) / found.n
    centre = special.logit(share)
    half = special.stdtrit(G - 1, (1 + settings.level) / 2) * se / (share * (1 - share))
    return Answers(share, se, special.expit(centre - half), special.expit(centre + half))


def _inversion_ordinary(frame: pd.DataFrame, settings: Settings) -> Tidy:
    side = sc.side_of(frame[sc.LOAD], frame[sc.MEANS])
    rated = sc.complete_rows(frame.assign(side=side), ["side"])
    inverted = (rated["side"] == 1).astype(int)
    clusters = rated["county_id"]
    return pooled_share(inverted, inverted * 0 + 1, clusters, settings.level, name="county")


def _every_domain(surveys: Surveys, settings: Settings) -> Answers:
    lines = [_gap(surveys, domain, settings.level) for domain in settings.domains]
    smallest = np.argmin([line.value for line in lines], axis=0)
    columns = ("value", "se", "ci_low", "ci_high")
    stacked = (np.stack([getattr(line, name) for line in lines]) for name in columns)
    return Answers(*(np.take_along_axis(x, smallest[None], axis=0)[0] for x in stacked))


def _gap(surveys: Surveys, domain: str, level: float) -> Answers:
    load, means = (surveys.scores[f"{scale}_{domain}"] for scale in (sc.LOAD, sc.MEANS))
    found = products([load - means], surveys.starts)
    G = found.clusters
    se = np.sqrt(G / (G - 1) * (found.sums[:, :, 0] ** 2).sum(axis=1)) / found.n
    return Answers.by_t(found.mean[:, 0], se, G - 1, level)


def _every_domain_ordinary(frame: pd.DataFrame, settings: Settings) -> Tidy:
    pairs = {d: (f"{sc.LOAD}_{d}", f"{sc.MEANS}_{d}") for d in settings.domains}
    long = by_domain(frame, pairs, center=sc.MIDPOINT, keep=["unit_kind", "county_id"])
    table = mean_differences(long, ["domain"], "county_id", settings.level)
    row = table.loc[table["value"].idxmin()]
    line: dict[str, Any] = {name: row[name] for name in ("value", "se", "ci_low", "ci_high")}
    return Tidy("gap", **line, level=settings.level, method=row["method"])


def _mediated(frame: pd.DataFrame, settings: Settings) -> Tidy:
    rows = sc.complete_rows(frame, [*PATH, "unit_kind"])
    y, m, x, control = PATH
    return mediation(
        *(rows[y], rows[m], rows[x], rows["county_id"]),
        level=settings.level,
        draws=settings.draws,
        seed=settings.seed,
        controls=rows[[control]],
        name="county",
    ).indirect


_PHASE_TESTS = frozenset(f"C7.survey_{phase}" for phase in sc.PHASES)
_IMBALANCE = ("imbalance", "line_block", "top_down", "bottom_up")


def survey_tests(domains: Sequence[str]) -> Mapping[str, SurveyTest]:
    """Answer strategies of the survey's tests, by the id of the test."""
    scales = tuple(f"{scale}_{domain}" for scale in (sc.LOAD, sc.MEANS) for domain in domains)
    phases = tuple(f"performance_{phase}" for phase in sc.PHASES)
    return {
        "C3.survey_inversion": SurveyTest((sc.LOAD, sc.MEANS), _inversion, _inversion_ordinary),
        "C3.survey_every_domain": SurveyTest(scales, _every_domain, _every_domain_ordinary),
        "C4.survey_pressure": SurveyTest(
            _IMBALANCE, partial(_imbalance, 1), partial(_imbalance_ordinary, "top_down")
        ),
        "C5.survey_demand": SurveyTest(
            _IMBALANCE, partial(_imbalance, 2), partial(_imbalance_ordinary, "bottom_up")
        ),
        "C6.survey_mediation": SurveyTest(PATH, partial(one_by_one, _mediated), _mediated),
        **{
            f"C7.survey_{phase}": SurveyTest(
                (f"performance_{phase}", *PAIR),
                partial(_phase, phase),
                partial(_phase_ordinary, phase),
            )
            for phase in sc.PHASES
        },
        "C7.survey_buffer": SurveyTest((*phases, *PAIR), _buffer, _buffer_ordinary),
        "C7.survey_match": SurveyTest(("performance", sc.LOAD, sc.MEANS), _match, _match_ordinary),
    }
