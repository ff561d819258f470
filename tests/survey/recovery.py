"""The survey notebooks' estimates on stand-ins whose truth is known: what they should find, and do.

Two kinds of truth. Of the constructs themselves it is written in `standin.yml`, or follows from it
by a line of arithmetic (`construct_truth`). Of answers on five steps, which carry error, it is what
the same functions give on very large stand-ins (`answer_truth`): attenuation is part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from compendium.inference.multiplicity import p_adjust
from compendium.measurement.aggregation import aggregation, icc
from compendium.measurement.congruence import by_domain, mean_differences
from compendium.measurement.factor import cfa
from compendium.measurement.reliability import cronbach_alpha, omega_total
from compendium.stats.design import design
from compendium.stats.mediation import mediation, moderated_mediation, unmeasured_confounding
from compendium.stats.mediation_multilevel import mediation_211
from compendium.stats.multilevel import random_intercepts
from compendium.stats.proportions import pooled_share
from compendium.stats.response_surface import response_surface
from compendium.stats.survey_design import weighted_share
from compendium.stats.survey_regression import (
    design_of,
    mean_over,
    phase_system,
    regress,
    side_by_side,
    three_levels,
)
from compendium.stats.systems import equality_test, joint_test
from compendium.stats.tidy import Tidy
from compendium.survey import load_instrument
from compendium.survey.instrument import Instrument
from compendium.survey.load import frame_of
from compendium.survey.screens import screen
from grassroots import scales as sc
from grassroots.simulated import Truth, load_truth
from grassroots.standin import Simulated
from grassroots.survey_tables import line_of

ROOT = Path(__file__).parents[2]
LEVEL = 0.95
CAUSES = ("responsibility", "power", "top_down", "bottom_up", "line_block")
RESULTS = (
    *("collaboration_government", "collaboration_residents"),
    *(f"performance_{phase}" for phase in sc.PHASES[:3]),
    "burnout",
)
PAIR = ("imbalance", "collaboration")
PRODUCT = "imbalance:collaboration"
TERMS = (*PAIR, PRODUCT)
PHASE_SCORES = {phase: f"performance_{phase}" for phase in sc.PHASES}
FAMILY = 1 - (1 - LEVEL) / len(PHASE_SCORES)
"""Level of each of four intervals that cover together at LEVEL."""

Lines = dict[str, Tidy]


class Setting(NamedTuple):
    """Questionnaire, truth and the numbers that a run is made with."""

    instrument: Instrument
    truth: Truth
    draws: int


@dataclass(frozen=True)
class Scored:
    """A stand-in as the notebooks load it."""

    items: pd.DataFrame
    indicators: pd.DataFrame
    factors: Mapping[str, tuple[str, ...]]
    frame: pd.DataFrame
    scores: pd.DataFrame


def setting(draws: int = 1999) -> Setting:
    """Read questionnaire and truth of this project."""
    instrument = load_instrument(ROOT)
    return Setting(instrument, load_truth(ROOT, instrument), draws)


def enlarged(truth: Truth, times: int) -> Truth:
    """So many times the units, counties and provinces, units staying as small as they are."""
    size = truth.design
    more = {name: getattr(size, name) * times for name in ("units", "counties", "provinces")}
    more["respondents"] = size.respondents * times
    return truth.model_copy(update={"design": size.model_copy(update=more)})


def method_only(truth: Truth) -> Truth:
    """Nothing acts on anything, but people tend to agree with whatever is said."""
    loading = {"method_loading": truth.method_loading}
    return truth.without_effects().model_copy(update=loading)


def same_provinces(truth: Truth) -> Truth:
    """Provinces do not differ."""
    latents = {
        name: latent.model_copy(update={"between": {**latent.between, "province": 0.0}})
        for name, latent in truth.latents.items()
    }
    return truth.model_copy(update={"latents": latents})


def first_path_only(truth: Truth) -> Truth:
    """Pressure moves line-block conflict, and nothing else moves anything."""
    null = truth.without_effects()
    path = {"paths": {"top_down": truth.latents["line_block"].paths["top_down"]}}
    moved = null.latents["line_block"].model_copy(update=path)
    return null.model_copy(update={"latents": {**null.latents, "line_block": moved}})


def scored(made: Simulated) -> Scored:
    """Screen, load and score a stand-in."""
    instrument = made.instrument
    frame = frame_of(instrument, made.columns, screen(instrument, made.columns))
    indicators, factors = sc.indicators(frame, instrument)
    scores = sc.respondent_scores(frame, instrument)
    return Scored(sc.answers_of(frame, instrument), indicators, factors, frame, scores)


def measurement_lines(data: Scored, instrument: Instrument) -> Lines:
    """Notebook 07: alpha, omega, loadings and ICC(1)."""
    scales, lines = sc.scales_of(instrument), Lines()
    by_county = {"cluster": data.frame["county_id"], "level": LEVEL, "name": "county"}
    for scale, names in scales.items():
        lines[f"survey.alpha.{scale}"] = cronbach_alpha(data.items, names, **by_county)
        lines[f"survey.omega.{scale}"] = omega_total(data.items, names, **by_county)[0]
    for parts in (CAUSES, RESULTS):
        model = cfa(data.indicators, {name: data.factors[name] for name in parts}, **by_county)
        lines |= {f"loading.{line.term}": line for line in model.loadings}
    parts = {name: scales[name] for name in (*CAUSES, "burnout")}
    _, found, _ = aggregation(data.items, parts, data.frame["unit_id"], categories=5, level=LEVEL)
    return lines | {f"survey.icc1.{scale}": one.icc1 for scale, one in found.items()}


def gap_lines(data: Scored, instrument: Instrument) -> Lines:
    """Notebook 08: responsibility minus power by domain, and the share on one side."""
    keep = ["unit_kind", "county_id"]
    pairs = sc.domain_pairs(instrument)
    long = by_domain(data.scores, pairs, center=sc.MIDPOINT, keep=keep)
    means = mean_differences(long, ["domain"], "county_id", LEVEL)
    gaps = {row.domain: line_of(row, "gap", LEVEL) for row in means.itertuples()}
    rated = sc.complete_rows(data.scores, ["side"])
    inverted = (rated["side"] == 1).astype(int)
    return {
        **{f"survey.gap.in.{domain}": line for domain, line in gaps.items()},
        "survey.gap.smallest": min(gaps.values(), key=lambda line: line.value),
        "survey.inversion.share": pooled_share(
            inverted, inverted * 0 + 1, rated["county_id"], LEVEL, name="county"
        ),
        "survey.inversion.share.weighted": weighted_share(design_of(rated), inverted, LEVEL),
    }


def imbalance_lines(data: Scored, draws: int, seed: int) -> Lines:
    """Notebook 08: response surface, models of imbalance."""
    rows = sc.complete_rows(data.scores, ["performance", "responsibility", "power"])
    surface = response_surface(
        *(rows[name] for name in ("performance", "responsibility", "power", "county_id")),
        LEVEL,
        center=sc.MIDPOINT,
        draws=draws,
        seed=seed,
        name="county",
    )
    drawn = {line.term: line for line in surface.bootstrap}
    lines = {f"survey.surface.{name}": surface[name] for name in ("a1", "a2", "a3", "a4")}
    lines["survey.surface.a4.bootstrap"] = drawn["a4"]
    terms = ("top_down", "bottom_up", "unit_kind")
    rows = sc.complete_rows(data.scores, ["imbalance", "line_block", *terms])
    for model, fit in side_by_side(rows, "imbalance", "side", terms, LEVEL).items():
        for term in terms[:2]:
            end = "" if model == "county_effects" else f".{model}"
            lines[f"survey.imbalance.{term}{end}"] = fit[term]
    return lines | mediation_lines(rows, draws, seed)


def mediation_lines(rows: pd.DataFrame, draws: int, seed: int) -> Lines:
    """Notebook 08: pressure through line-block conflict."""
    how = {"level": LEVEL, "draws": draws, "seed": seed, "name": "county"}
    how["controls"] = rows[["bottom_up"]]
    path = [rows[name] for name in ("imbalance", "line_block", "top_down", "county_id")]
    found = mediation(*path, **how)
    pressure = rows.groupby("unit_id")["top_down"].transform("mean")
    groups, controls = rows[["unit_id", "county_id"]], rows[["bottom_up"]]
    between = mediation_211(*path[:2], pressure, groups, LEVEL, seed=seed, controls=controls)
    fragile = unmeasured_confounding(*path, rho=[0.0], **how)
    return {
        "survey.mediation.indirect": found.indirect,
        "survey.mediation.indirect.delta": found.delta,
        "survey.mediation.indirect.between_units": between.indirect,
        "survey.mediation.direct": found.direct,
        "survey.mediation.rho_at_zero": fragile.rho_at_zero,
    }


def phase_lines(data: Scored, draws: int, seed: int, *, joint: bool = True) -> Lines:
    """Notebook 09: each phase, the four together, pressure through imbalance.

    Parameters
    ----------
    joint
        False: leave out the system of four equations, which has a dummy for each county.
    """
    scores, lines = sc.centred(data.scores, PAIR), Lines()
    for phase, score in PHASE_SCORES.items():
        rows = sc.complete_rows(scores, [score, *PAIR, "unit_kind"])
        fit = regress(rows, score, [*TERMS, "unit_kind"], LEVEL)
        lines[f"survey.collaboration.{phase}"] = replace(fit, level=FAMILY)["collaboration"]
        lines[f"survey.phase.{phase}.imbalance"] = fit["imbalance"]
        lines[f"survey.phase.{phase}.imbalance_by_collaboration"] = fit[PRODUCT]
    full = sc.complete_rows(scores, [*PHASE_SCORES.values(), *PAIR, "unit_kind"])
    if joint:
        lines |= joint_lines(full)
    else:
        lines["survey.collaboration.buffer"] = mean_of_four(full)
    path = sc.complete_rows(scores, ["performance", "top_down", *PAIR])
    moderated = moderated_mediation(
        *(path[name] for name in ("performance", "imbalance", "top_down", "collaboration")),
        [0.0],
        path["county_id"],
        LEVEL,
        stage="second",
        draws=draws,
        seed=seed,
        name="county",
    )
    return lines | {"survey.moderated.index": moderated.index}


def joint_lines(full: pd.DataFrame) -> Lines:
    """Mean product of the four equations, and their joint tests."""
    system = phase_system(full, PHASE_SCORES, [*TERMS, "unit_kind"], LEVEL)
    lines = {"survey.collaboration.buffer": mean_over(system, PRODUCT, list(PHASE_SCORES))}
    for term in TERMS:
        lines[f"joint.zero.{term}"] = joint_test(system, term).tidy()
        lines[f"joint.equal.{term}"] = equality_test(system, term).tidy()
    return lines


def mean_of_four(full: pd.DataFrame) -> Tidy:
    """Mean product of the four equations, value alone."""
    fits = [regress(full, score, [*TERMS, "unit_kind"]) for score in PHASE_SCORES.values()]
    return replace(fits[0][PRODUCT], value=float(np.mean([fit[PRODUCT].value for fit in fits])))


def answer_lines(made: Simulated, draws: int, seed: int, *, joint: bool = True) -> Lines:
    """All that notebooks 08 to 10 record of a stand-in's answers, by id."""
    data = scored(made)
    return {
        **measurement_lines(data, made.instrument),
        **gap_lines(data, made.instrument),
        **imbalance_lines(data, draws, seed),
        **phase_lines(data, draws, seed, joint=joint),
    }


def null_lines(made: Simulated, draws: int, seed: int) -> Lines:
    """Lines of 09 and 10 whose true value is 0 where nothing acts on anything."""
    data = scored(made)
    return imbalance_lines(data, draws, seed) | phase_lines(data, draws, seed)


def half_null_lines(made: Simulated, draws: int, seed: int) -> Lines:
    """The mediation of 08, where pressure moves the mediator and the mediator nothing."""
    names = ["imbalance", "line_block", "top_down", "bottom_up"]
    rows = sc.complete_rows(scored(made).scores, names)
    return mediation_lines(rows, draws, seed)


def rejections(lines: Lines) -> dict[str, bool]:
    """Which lines, and which families of four phases, reject at 5 %.

    A line rejects where its own interval leaves out 0, a joint test where p is below 5 %, a family
    where any of its members does.
    """
    found = {
        name: line.p < 1 - LEVEL if name.startswith("joint.") else outside(line, 0.0)
        for name, line in lines.items()
    }
    if "joint.zero.collaboration" in lines:
        found |= family_rejections(lines, found)
    return found


def family_rejections(lines: Lines, each: Mapping[str, bool]) -> dict[str, bool]:
    """Whether any of four phases rejects, with and without control."""
    found = {}
    four = [f"survey.collaboration.{phase}" for phase in PHASE_SCORES]
    found["family.bonferroni.collaboration"] = any(each[name] for name in four)
    ends = {
        "collaboration": "survey.collaboration.{}",
        "imbalance": "survey.phase.{}.imbalance",
        PRODUCT: "survey.phase.{}.imbalance_by_collaboration",
    }
    for term, name in ends.items():
        p = [lines[name.format(phase)].p for phase in PHASE_SCORES]
        found[f"family.holm.{term}"] = bool((p_adjust(p, "holm") < 1 - LEVEL).any())
        found[f"family.unadjusted.{term}"] = min(p) < 1 - LEVEL
    return found


def outside(line: Tidy, value: float) -> bool:
    """Whether an interval leaves out a value."""
    return not line.ci_low <= value <= line.ci_high


def construct_rows(made: Simulated) -> pd.DataFrame:
    """The constructs themselves beside the columns of the design, one row a respondent."""
    rows, frame = pd.DataFrame(made.latents), frame_of(made.instrument, made.columns)
    columns = {name: frame[name].iloc[: len(rows)] for name in sc.DESIGN}
    return rows.assign(**columns, **{"imbalance squared": rows["imbalance"] ** 2})


def construct_lines(made: Simulated, draws: int, seed: int) -> Lines:
    """The same estimators on the constructs themselves, without error of measurement."""
    rows = construct_rows(made)
    terms = (*TERMS, "imbalance squared")
    lines = Lines()
    for phase, score in PHASE_SCORES.items():
        fit = regress(rows, score, terms, LEVEL)
        lines |= {f"construct.{phase}.{term}": fit[term] for term in terms}
    system = phase_system(rows, PHASE_SCORES, terms, LEVEL)
    lines["construct.buffer"] = mean_over(system, PRODUCT, list(PHASE_SCORES))
    causes = ("top_down", "bottom_up", "unit_kind")
    for model, fit in (
        ("county_effects", regress(rows, "imbalance", causes, LEVEL)),
        ("weighted", regress(rows, "imbalance", causes, LEVEL, weighted=True)),
        ("three_level", three_levels(rows, "imbalance", causes, LEVEL)),
    ):
        lines |= {f"construct.imbalance.{term}.{model}": fit[term] for term in causes[:2]}
    return lines | construct_paths(rows, draws, seed)


def construct_paths(rows: pd.DataFrame, draws: int, seed: int) -> Lines:
    """Mediation, response surface and likeness within units, on the constructs."""
    kinds = design(rows, ["bottom_up", "unit_kind"]).iloc[:, 1:]
    how = {"level": LEVEL, "draws": draws, "seed": seed, "name": "county"}
    path = [rows[name] for name in ("imbalance", "line_block", "top_down", "county_id")]
    found = mediation(*path, controls=kinds, **how)
    names = ("performance_response", "responsibility", "power", "county_id")
    others = design(rows, ["collaboration", PRODUCT]).iloc[:, 1:]
    surface = response_surface(*(rows[n] for n in names), LEVEL, center=0, controls=others)
    groups = rows[["unit_id", "county_id"]]
    levels = random_intercepts(rows["marker"], design(rows, ["top_down"]), groups, LEVEL)
    return {
        "construct.mediation.a": found.a,
        "construct.mediation.b": found.b,
        "construct.mediation.direct": found.direct,
        "construct.mediation.indirect": found.indirect,
        "construct.mediation.indirect.delta": found.delta,
        **{f"construct.surface.{name}": surface[name] for name in ("a1", "a2", "a3", "a4")},
        "construct.icc1.top_down": icc(rows["top_down"], rows["unit_id"], level=LEVEL).icc1,
        "construct.icc1.marker": icc(rows["marker"], rows["unit_id"], level=LEVEL).icc1,
        "construct.marker.top_down.three_level": levels["top_down"],
    }


def construct_truth(truth: Truth) -> dict[str, tuple[float, str]]:
    """True value of each line of `construct_lines`, and where it comes from."""
    return {name: (value, words) for name, value, words in _construct_truth(truth)}


def _construct_truth(truth: Truth) -> Iterator[tuple[str, float, str]]:
    latents, written = truth.latents, "standin.yml"
    products = []
    for phase, score in PHASE_SCORES.items():
        latent = latents[score]
        effect = {":".join(product.of): product.effect for product in latent.products}
        products.append(effect[PRODUCT])
        for term in PAIR:
            yield f"construct.{phase}.{term}", latent.paths[term], written
        yield f"construct.{phase}.{PRODUCT}", effect[PRODUCT], written
        square = effect["imbalance:imbalance"]
        yield f"construct.{phase}.imbalance squared", square, written
    yield "construct.buffer", float(np.mean(products)), f"{written}, mean of four"
    spread = latents["imbalance"].difference.divided_by
    duty, power, conflict = (latents[n].paths for n in ("responsibility", "power", "line_block"))
    b = (duty["line_block"] - power["line_block"]) / spread
    for term in ("top_down", "bottom_up"):
        total = (duty[term] - power[term]) / spread + b * conflict[term]
        for model in ("county_effects", "weighted", "three_level"):
            words = f"{written}, all paths to responsibility less those to power"
            yield f"construct.imbalance.{term}.{model}", total, words
    a = conflict["top_down"]
    yield "construct.mediation.a", a, written
    yield "construct.mediation.b", b, f"{written}, paths over {spread:g}"
    direct = (duty["top_down"] - power["top_down"]) / spread
    yield "construct.mediation.direct", direct, f"{written}, paths over {spread:g}"
    for name in ("indirect", "indirect.delta"):
        yield f"construct.mediation.{name}", a * b, f"{written}, product of paths"
    response = latents["performance_response"]
    square = next(p.effect for p in response.products if p.of == ("imbalance", "imbalance"))
    slope = 2 * response.paths["imbalance"] / spread
    for name, value in (("a1", 0.0), ("a2", 0.0), ("a3", slope), ("a4", 4 * square / spread**2)):
        yield f"construct.surface.{name}", value, f"{written}, with imbalance as a difference"
    between = sum(latents["top_down"].between.values())
    share = between / (between + latents["top_down"].within)
    yield "construct.icc1.top_down", share, f"{written}, variance between over all"
    yield "construct.icc1.marker", 0.0, written
    yield "construct.marker.top_down.three_level", 0.0, written


def behind(truth: Truth) -> dict[str, float]:
    """What a line of the answers is about, as the stand-in's truth has it, in its own units.

    Answers carry error and stand on other scales: theirs is the value to recover, not this one.
    """
    made = {name: value for name, (value, _) in construct_truth(truth).items()}
    known = {f"survey.mediation.{name}": f"mediation.{name}" for name in ("direct", "indirect")}
    known |= {f"survey.surface.{name}": f"surface.{name}" for name in ("a1", "a2", "a3", "a4")}
    known |= {"survey.collaboration.buffer": "buffer"}
    for term in ("top_down", "bottom_up"):
        known[f"survey.imbalance.{term}"] = f"imbalance.{term}.county_effects"
    for phase in PHASE_SCORES:
        known[f"survey.collaboration.{phase}"] = f"{phase}.collaboration"
        known[f"survey.phase.{phase}.imbalance"] = f"{phase}.imbalance"
        known[f"survey.phase.{phase}.imbalance_by_collaboration"] = f"{phase}.{PRODUCT}"
    loadings = {
        f"loading.{scale} =~ {name}": loading
        for name, item in truth.items.items()
        for scale, loading in item.on.items()
    }
    return {name: made[f"construct.{source}"] for name, source in known.items()} | loadings
