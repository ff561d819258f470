"""One matrix of comparisons with R: each case is a measure, ours beside the stored one.

Scripts, input data, versions and results are in tests/reference/measures; R is not needed here.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.measurement.aggregation import consensus, icc, null_variance
from compendium.measurement.answers import answers
from compendium.measurement.careless import Cuts, careless, longstring
from compendium.measurement.factor import cfa
from compendium.measurement.invariance import invariance
from compendium.measurement.items import item_statistics
from compendium.measurement.method_variance import marker_correction, single_factor
from compendium.measurement.polychoric import polychoric
from compendium.measurement.reliability import cronbach_alpha, omega_total, ordinal_reliability

FOLDER = Path(__file__).parents[1] / "reference" / "measures"
CLOSED_FORM = 1e-11
"""Both sides are closed forms; R's results are stored to 15 digits."""
POLISHED = 1e-8
"""lavaan's fits were polished by Newton steps from its own gradient (polish.R)."""
NLMINB = 1e-6
"""lavCor stops where nlminb no longer tells values of the likelihood apart: half the digits."""
BASELINE = 1e-5
"""lavaan fits the independence model of MLM itself, unpolished, and robust indices rest on it."""
OPTIMIZE = 1e-4
"""psych finds each correlation by optimize() with its default tolerance."""
PSYCH_FA = 1e-4
"""Polychoric correlations by optimize(), then psych's factor analysis by optim()."""
LMER = 1e-6
"""lme4 stops where the profiled likelihood is flat."""

TURNED = ("A1", "C4", "C5", "E1", "E2", "O2", "O5")
SCALES = {
    name: [f"{name[0].upper()}{k}" for k in range(1, 6)]
    for name in ("agree", "conscientious", "extravert", "neurotic", "open")
}
FACTORS = {
    "holzinger_swineford": {
        "visual": ["x1", "x2", "x3"],
        "textual": ["x4", "x5", "x6"],
        "speed": ["x7", "x8", "x9"],
    },
    "bfi": SCALES,
}
PAIRED = {"holzinger_swineford": [("x7", "x8")], "bfi": [("N1", "N2"), ("A1", "C4")]}
CLUSTERS = {"holzinger_swineford": 43, "bfi": 60}


@cache
def reference(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@cache
def data(name):
    frame = pd.read_csv(FOLDER / "data" / f"{name}.csv", encoding="utf-8")
    if name != "bfi":
        return frame
    complete = frame.dropna(subset=[item for items in SCALES.values() for item in items])
    turned = {name: 7 - complete[name] for name in TURNED}
    return complete.assign(**turned).reset_index(drop=True)


def raw():
    return pd.read_csv(FOLDER / "data" / "bfi.csv", encoding="utf-8").drop(columns="gender")


def picked(ours, stored):
    return ours, {key: stored[key] for key in ours}


def clusters(name):
    return np.arange(1, len(data(name)) + 1) % CLUSTERS[name]


def below(frame):
    matrix = frame.to_numpy()
    return matrix.T[np.triu_indices(len(matrix), 1)]


def item(scale):
    frame = item_statistics(data("bfi"), {scale: SCALES[scale]}, low=1, high=6).frame
    stored = reference("items_and_reliability")["scales"][scale]["items"]
    return {key: frame[key] for key in stored}, stored


def alpha(scale):
    found = cronbach_alpha(data("bfi"), SCALES[scale])
    ours = {key: getattr(found, key) for key in ("value", "se", "ci_low", "ci_high")}
    return ours, reference("items_and_reliability")["scales"][scale]["alpha"]


def alpha_by_cluster(scale):
    found = cronbach_alpha(data("bfi"), SCALES[scale], cluster=clusters("bfi"))
    return {"se": found.se}, {
        "se": reference("items_and_reliability")["scales"][scale]["alpha_clusters"]
    }


def omega(scale):
    found = omega_total(data("bfi"), SCALES[scale])[0]
    ours = {"value": found.value, "se": found.se}
    return ours, reference("items_and_reliability")["scales"][scale]["omega"]


def ordinal(scale, package):
    found = ordinal_reliability(data("bfi"), SCALES[scale])
    return {"alpha": found[0].value, "omega": found[1].value}, (
        reference("items_and_reliability")["scales"][scale][package]
    )


def polychoric_matrix(case, package):
    frames = {
        "complete": lambda: raw().dropna(),
        "pairwise": raw,
        "sparse": lambda: data("ordinal_sparse"),
    }
    found = polychoric(frames[case]())
    return {"rho": below(found.correlations)}, {"rho": reference("polychoric")[case][package]}


def thresholds():
    found = polychoric(raw().dropna())
    return {"tau": found.thresholds}, {"tau": reference("polychoric")["complete"]["thresholds"]}


def values(lines):
    return [line.value for line in lines]


def errors(lines):
    return [line.se for line in lines]


@cache
def model(name, kind):
    options = {
        "ML": {},
        "MLM": {"robust_errors": True},
        "paired": {"residual_covariances": PAIRED[name]},
        "cluster": {"cluster": clusters(name) if kind == "cluster" else None},
    }[kind]
    return cfa(data(name), FACTORS[name], **options), reference("factor")["models"][name][kind]


def factor_fit(name, kind):
    found, stored = model(name, kind)
    keys = ("chi2", "df", "p", "cfi", "tli", "rmsea", "srmr", "baseline_chi2", "baseline_df")
    return picked({key: getattr(found.indices, key) for key in keys}, stored)


def rmsea_interval(name, kind):
    found, _ = model(name, kind)
    ours = {key: getattr(found.indices, key) for key in ("rmsea_low", "rmsea_high")}
    return ours, reference("factor")["models"][name][f"{kind}_interval"]


def factor_estimates(name, kind):
    found, stored = model(name, kind)
    return picked(
        {
            "standardised": values(found.loadings),
            "standardised_se": errors(found.loadings),
            "loading": values(found.unstandardised),
            "loading_se": errors(found.unstandardised),
        },
        stored,
    )


def factor_correlations(name, kind):
    found, stored = model(name, kind)
    # lavaan lists pairs by their first factor, we by their second.
    order = found.pair_frame.reset_index().sort_values(["first", "index"], key=_place(found))
    ours = {
        "correlation": np.array(values(found.correlations))[order.index],
        "correlation_se": np.array(errors(found.correlations))[order.index],
    }
    if "htmt" in stored:
        ours["htmt"] = order["htmt"]
    return picked(ours, stored)


def _place(found):
    names = list(found.factors)
    return lambda column: column.map(names.index) if column.name == "first" else column


def composites(name, kind):
    found, stored = model(name, kind)
    return picked(
        {"reliability": values(found.composite_reliability), "ave": values(found.ave)}, stored
    )


def scaling(name, kind):
    found, stored = model(name, kind)
    return picked({"scaling": found.indices.scaling}, stored)


@cache
def invariant(case, estimator):
    options = {"robust_errors": estimator == "MLM"}
    if case == "three_groups":
        frame = data("bfi")
        factors = {name: SCALES[name] for name in ("agree", "neurotic")}
        group = np.array(list("abc"))[np.arange(1, len(frame) + 1) % 3]
        options |= {"residual_covariances": [("N1", "N2")]}
    else:
        frame, factors = data("holzinger_swineford"), FACTORS["holzinger_swineford"]
        group = frame["school"]
    if case == "schools_partial":
        options |= {"free_loadings": ["x2"], "free_intercepts": ["x3", "x7"]}
    return invariance(frame, factors, group, **options), reference("invariance")[estimator][case]


def invariance_fit(case, estimator):
    found, stored = invariant(case, estimator)
    frame = found.frame
    ours = {key: frame[key] for key in stored["frame"]}
    ours |= {key: frame[key].to_numpy()[1:] for key in ("delta_chi2", "delta_df", "delta_p")}
    return ours, stored["frame"] | {key: stored[key] for key in ours if key not in stored["frame"]}


def latent_means(case, estimator):
    found, stored = invariant(case, estimator)
    return picked(
        {"means": values(found.latent_means), "means_se": errors(found.latent_means)}, stored
    )


def intraclass(case):
    units = data("units")
    if case == "balanced":
        units = units[units["unit"] <= "u20"]
    found = icc(units.drop(columns="unit").mean(axis=1), units["unit"])
    ours = {
        "icc1": found.icc1.value,
        "icc1_ci": (found.icc1.ci_low, found.icc1.ci_high),
        "icc2": found.icc2.value,
        "icc2_ci": (found.icc2.ci_low, found.icc2.ci_high),
        "f": found.f,
        "p": found.icc1.p,
        "size": found.size,
    }
    return ours, reference("aggregation")[case]


def intraclass_by_reml():
    ours, _ = intraclass("balanced")
    return {"icc1": ours["icc1"]}, {"icc1": reference("aggregation")["reml"]}


def within_units():
    units = data("units")
    found = consensus(units.drop(columns="unit"), units["unit"], categories=5).units
    stored = reference("aggregation")
    found = found.set_index("unit").loc[stored["units"]]
    return {key: found[key] for key in stored["consensus"]}, stored["consensus"]


def slight_skew():
    ours = null_variance((0.05, 0.15, 0.20, 0.35, 0.25))
    return {"variance": ours}, {"variance": reference("aggregation")["slight_skew"]}


def letters():
    return {letter: [f"{letter}{k}" for k in range(1, 6)] for letter in "ACENO"}


def first_people():
    return raw().dropna().head(300)


def harman():
    found = single_factor(first_people(), letters())
    return picked({"share": found.value}, reference("method_variance_and_careless"))


def marker():
    people = first_people()
    scores = pd.DataFrame(
        {letter: people[items].mean(axis=1) for letter, items in letters().items()}
    )
    found = marker_correction(scores, "O")
    frame = found.frame.sort_values(["first", "second"])
    ours = {
        "r_marker": found.r_marker,
        "corrected": frame["corrected"],
        "p_corrected": frame["p_corrected"],
    }
    return ours, reference("method_variance_and_careless")["marker"]


def screens(name):
    found = careless(first_people(), letters(), cuts=Cuts(synonym_pairs=0.5))
    stored = reference("method_variance_and_careless")
    theirs = [np.nan if value in (None, "NA", "NaN") else value for value in stored[name]]
    return {name: found.frame[name]}, {name: theirs}


def runs():
    return {"longstring": longstring(answers(raw()).Y)}, {
        "longstring": reference("method_variance_and_careless")["longstring"]
    }


SAMPLES = ("holzinger_swineford", "bfi")
INVARIANT = ("schools", "schools_partial", "three_groups")
CASES = [
    *((item, (scale,), CLOSED_FORM) for scale in SCALES),
    *((alpha, (scale,), CLOSED_FORM) for scale in SCALES),
    *((alpha_by_cluster, (scale,), CLOSED_FORM) for scale in SCALES),
    *((omega, (scale,), POLISHED) for scale in SCALES),
    *((ordinal, (scale, "ordinal"), NLMINB) for scale in SCALES),
    *((ordinal, (scale, "ordinal_psych"), PSYCH_FA) for scale in SCALES),
    *((polychoric_matrix, (v, "lavaan"), NLMINB) for v in ("complete", "pairwise", "sparse")),
    *((polychoric_matrix, (v, "psych"), OPTIMIZE) for v in ("complete", "pairwise")),
    (thresholds, (), CLOSED_FORM),
    *((factor_fit, (s, kind), POLISHED) for s in SAMPLES for kind in ("ML", "paired")),
    *((factor_fit, (s, "MLM"), BASELINE) for s in SAMPLES),
    *((rmsea_interval, (s, kind), POLISHED) for s in SAMPLES for kind in ("ML", "MLM")),
    *(
        (factor_estimates, (s, kind), POLISHED)
        for s in SAMPLES
        for kind in ("ML", "MLM", "paired", "cluster")
    ),
    *(
        (factor_correlations, (s, kind), POLISHED)
        for s in SAMPLES
        for kind in ("ML", "MLM", "paired", "cluster")
    ),
    *((composites, (s, kind), POLISHED) for s in SAMPLES for kind in ("ML", "paired")),
    *((scaling, (s, kind), POLISHED) for s in SAMPLES for kind in ("MLM", "cluster")),
    *((invariance_fit, (case, "ML"), POLISHED) for case in INVARIANT),
    *((invariance_fit, (case, "MLM"), BASELINE) for case in INVARIANT),
    *((latent_means, (case, e), POLISHED) for case in INVARIANT for e in ("ML", "MLM")),
    *((intraclass, (case,), CLOSED_FORM) for case in ("balanced", "unbalanced")),
    (intraclass_by_reml, (), LMER),
    (within_units, (), CLOSED_FORM),
    (slight_skew, (), CLOSED_FORM),
    (harman, (), CLOSED_FORM),
    (marker, (), CLOSED_FORM),
    *((screens, (name,), CLOSED_FORM) for name in ("even_odd", "synonyms", "mahalanobis")),
    (runs, (), CLOSED_FORM),
]


@pytest.mark.parametrize(
    ("compare", "arguments", "tolerance"),
    CASES,
    ids=["-".join((compare.__name__, *arguments)) for compare, arguments, _ in CASES],
)
def test_equals_r(compare, arguments, tolerance):
    ours, theirs = compare(*arguments)
    assert set(ours) == set(theirs)
    for key, value in theirs.items():
        np.testing.assert_allclose(
            np.asarray(ours[key], dtype=float),
            np.asarray(value, dtype=float),
            rtol=tolerance,
            atol=tolerance,
            err_msg=key,
        )
