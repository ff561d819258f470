"""Properties that every estimator of the measures and of the configurations holds."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from properties import (
    Result,
    called_in,
    check_broken,
    missing_from,
    numbers_of,
    tidy,
    unitless,
)

from compendium import qca
from compendium.errors import UserError
from compendium.measurement.aggregation import aggregation, consensus, icc
from compendium.measurement.agreement import agreement, agreement_by_code
from compendium.measurement.answers import answers
from compendium.measurement.careless import careless
from compendium.measurement.congruence import (
    by_domain,
    discrepancies,
    mean_differences,
)
from compendium.measurement.factor import cfa
from compendium.measurement.invariance import invariance
from compendium.measurement.items import item_statistics, scale_scores
from compendium.measurement.method_variance import marker_correction, single_factor
from compendium.measurement.polychoric import polychoric
from compendium.measurement.reliability import (
    cronbach_alpha,
    omega_total,
    ordinal_reliability,
    reliability,
    reliability_by_scale,
)
from compendium.qca import (
    Analysis,
    Bell,
    Crisp,
    Cuts,
    Direct,
    Indirect,
    Linear,
    calibrate,
    contradictory_assumptions,
    diversity,
    fit_necessity,
    fit_sufficiency,
    minimise,
    necessary_expressions,
    parameters_of_fit,
    parse,
    read_sets,
    robustness_ranges,
    single_conditions,
    standard_analysis,
    truth_table,
    truth_table_view,
)
from grassroots.scales import side_of

UNITS = (1e-9, 1e9)
CLOSE = 1e-6
ITEMS = [f"y{k}" for k in range(6)]
FACTORS = {"one": ITEMS[:3], "two": ITEMS[3:]}
CATEGORIES = 5
UNDEFINED = {"improper", "undefined"}


def sample():
    """120 respondents of 12 townships: six items of two factors, codes by two coders, scores."""
    rng = np.random.default_rng(11)
    unit = np.repeat(np.arange(12), 10)
    factor = rng.normal(size=(120, 2)) @ np.array([[1, 0.5], [0, 0.8]])
    factor += 0.6 * rng.normal(size=(12, 2))[unit]
    raw = 0.8 * factor[:, np.arange(6) // 3] + 0.7 * rng.normal(size=(120, 6))
    frame = pd.DataFrame(raw, columns=ITEMS)
    grades = np.clip(np.round(raw + 3), 1, CATEGORIES)
    for k in range(6):
        frame[f"g{k}"] = grades[:, k]
    frame["first"] = rng.integers(0, 3, 120)
    frame["second"] = np.where(rng.random(120) < 0.7, frame["first"], rng.integers(0, 3, 120))
    frame["unit"] = pd.Categorical([f"u{u:02d}" for u in unit])
    frame["half"] = np.tile(["a", "b"], 60)
    return frame


FRAME = sample()


def items(frame):
    return frame[ITEMS]


def grades(frame):
    return frame[[f"g{k}" for k in range(6)]].set_axis(ITEMS, axis=1)


def coded(weights="none", clustered=False):
    def fit(frame, other):
        how = {"cluster": other["unit"], "seed": 1, "draws": 199} if clustered else {}
        found = agreement(frame["first"], other["second"], weights=weights, **how)
        return unitless(found.percent, found.kappa, found.ac1)

    return fit


def correlated(frame, other):
    found = icc(frame["y0"], other["unit"])
    line = unitless(found.icc1, found.icc2)
    return Result((), (*line.free, found.f, found.size), line.said)


def agreeing(frame, other):
    found = consensus(grades(frame), other["unit"], categories=CATEGORIES)
    return Result((), numbers_of(found.units.sort_values("unit")))


def aggregated(frame, other):
    frame_, *_ = aggregation(grades(frame), FACTORS, other["unit"], categories=CATEGORIES)
    said = "undefined" if frame_["icc2"].isna().any() else ""
    return Result((), numbers_of(frame_), said)


def alpha(clustered=False):
    def fit(frame, other):
        cluster = other["unit"] if clustered else None
        return unitless(cronbach_alpha(items(frame), cluster=cluster))

    return fit


def omega(frame, other):
    return unitless(omega_total(items(frame), ITEMS[:3], cluster=other["unit"])[0])


def reliable(frame, other):
    scales, _ = reliability_by_scale(grades(frame), FACTORS, cluster=other["unit"])
    one = reliability(grades(frame), ITEMS[:3], cluster=other["unit"])
    lines = (one.alpha, one.omega, one.ordinal_alpha, one.ordinal_omega)
    return Result((), numbers_of(scales), "; ".join(str(line.method) for line in lines))


def ordinal(frame, other):
    return unitless(*ordinal_reliability(grades(frame)))


def factors(**how):
    def fit(frame, other):
        options = {"cluster": other["unit"]} if how.get("clustered") else how
        model = cfa(items(frame), FACTORS, **options)
        standard = (*model.loadings, *model.correlations, *model.composite_reliability, *model.ave)
        free = (*unitless(*standard).free, *numbers_of(model.pair_frame))
        fitted = tuple(model.indices.row().values())
        loadings = tidy(*model.unstandardised)
        said = "; ".join((*(str(line.method) for line in standard), *model.improper))
        return Result(loadings.scaled, (*free, *fitted, *loadings.free), said)

    return fit


def invariant(frame, other):
    found = invariance(items(frame), FACTORS, other["half"], cluster=other["unit"])
    lines = unitless(*found.latent_means)
    fits = [x for fit in found.fits.values() for x in fit.row().values()]
    said = "; ".join((lines.said, *(word for words in found.improper.values() for word in words)))
    return Result((), (*lines.free, *fits), said.replace("improper", "undefined"))


def described(frame, other):
    found = item_statistics(grades(frame), FACTORS, low=1, high=CATEGORIES)
    return Result((), numbers_of(found))


def scored(frame, other):
    found = scale_scores(items(frame), FACTORS)
    return Result(tuple(found.mean()), ())


def screened(frame, other):
    three = {"a": ITEMS[:2], "b": ITEMS[2:4], "c": ITEMS[4:]}
    found = careless(items(frame), three)
    columns = ["mahalanobis", "mahalanobis_p", "even_odd", "longstring", "flags"]
    return Result((), numbers_of(found.frame[columns].sort_index()), "undefined")


def harman(frame, other):
    return Result((), (single_factor(items(frame), FACTORS).value,))


def marked(frame, other):
    found = marker_correction(items(frame), "y5")
    return Result((), (found.r_marker, *unitless(*found.corrected).free[: 4 * 10]), "no error")


def crossed(frame, other):
    found = polychoric(grades(frame))
    said = "undefined" if found.thresholds.isna().any(axis=None) else ""
    return Result((), (*numbers_of(found.correlations), *numbers_of(found.thresholds)), said)


PAIRS = {"a": ("y0", "y1"), "b": ("y2", "y3")}


def congruent(frame, other):
    long = by_domain(frame, PAIRS, center=0.0, keep=["unit"])
    means = mean_differences(long, ["domain"], "unit")
    scaled = numbers_of(means[["value", "se", "ci_low", "ci_high"]])
    free = (*numbers_of(discrepancies(long)), *numbers_of(means[["p", "n", "n_clusters"]]))
    return Result(scaled, free, "; ".join(map(str, means["method"])))


def sides(frame, other):
    found = side_of(frame["y0"], other["y1"]).sort_index()
    return Result((), tuple(found), "undefined" if frame["y0"].isna().any() else "")


ESTIMATORS = {
    "agreement": coded(),
    "agreement, weighted": coded("quadratic"),
    "agreement, clustered": coded(clustered=True),
    "ICC": correlated,
    "consensus": agreeing,
    "aggregation": aggregated,
    "alpha": alpha(),
    "alpha, clustered": alpha(clustered=True),
    "omega": omega,
    "reliability": reliable,
    "ordinal reliability": ordinal,
    "CFA": factors(),
    "CFA, robust": factors(robust_errors=True),
    "CFA, clustered": factors(clustered=True),
    "invariance": invariant,
    "items": described,
    "scores": scored,
    "careless": screened,
    "single factor": harman,
    "marker": marked,
    "polychoric": crossed,
    "congruence": congruent,
    "sides": sides,
}
TWO_INPUTS = [
    name
    for name in ESTIMATORS
    if name.startswith("agreement")
    or "clustered" in name
    or name in ("ICC", "consensus", "aggregation", "omega", "reliability", "invariance", "sides")
]
DRAWN = {"agreement, clustered"}
"""Clusters in another order are another draw, as the docstring says."""

SETS = pd.DataFrame(
    np.random.default_rng(4).choice([0.0, 0.1, 0.2, 0.3, 0.6, 0.7, 0.9, 1.0], size=(40, 4)),
    columns=["A", "B", "C", "Y"],
).assign(raw=lambda frame: 10 + 90 * frame["A"])
CONDITIONS = ["A", "B", "C"]
CUTS = Cuts(consistency=0.75)


def configured(frame, other):
    table = truth_table(frame, "Y", CONDITIONS, CUTS)
    solution = minimise(table)
    analysis = standard_analysis(frame, "Y", CONDITIONS, CUTS, expectations={"A": True})
    free = (*numbers_of(truth_table_view(table)), *diversity(table).values())
    free += (*numbers_of(solution.frame()), *numbers_of(analysis.frame()))
    both = [side.solutions.get("parsimonious") for side in (analysis.outcome, analysis.negation)]
    if None not in both:
        free += (float(len(contradictory_assumptions(*both))),)
    return Result((), tuple(float(x) for x in free), "undefined")


def necessary(frame, other):
    sets = read_sets(frame, "Y", CONDITIONS)
    found = (*single_conditions(sets), *necessary_expressions(sets, consistency=0.8))
    return Result((), numbers_of(pd.DataFrame([vars(one.fit) for one in found])), "undefined")


def fitted(frame, other):
    Y, A = frame["Y"].to_numpy(), frame["A"].to_numpy()
    free = [fit_sufficiency(A, Y).consistency, fit_necessity(A, Y).relevance]
    for relation in ("sufficiency", "necessity"):
        free += numbers_of(parameters_of_fit(frame, parse("A*~B + C"), "Y", relation))
    return Result((), tuple(free), "undefined")


QCA = {"configurations": configured, "necessity": necessary, "fit": fitted}


def anchored(unit):
    anchors = np.array([15.0, 50.0, 90.0]) * unit
    six = tuple(np.array([12.0, 30.0, 45.0, 55.0, 70.0, 95.0]) * unit)
    return {
        "direct": Direct(*anchors),
        "linear": Linear(*anchors, below=2.0),
        "bell": Bell(six),
        "crisp": Crisp((50.0 * unit,)),
        "indirect": Indirect(tuple(np.array([30.0, 50.0, 80.0]) * unit)),
    }


EXCLUDED = {
    **dict.fromkeys(
        [
            "measurement.covariance_structure",
            "measurement.simple_structure",
            "measurement.fit_indices",
            "measurement.factor.standardised_loadings",
            "measurement.factor.omega_of",
            "measurement.factor.normal_line",
            "measurement.factor.withheld",
            "measurement.factor.with_improper",
            "measurement.reliability.one_factor",
            "measurement.reliability.alpha_of",
            "measurement.polychoric.bivariate_normal",
            "measurement.agreement.weight_matrix",
            "measurement.agreement.kappa_of",
            "measurement.agreement.ac1_of",
            "measurement.aggregation.rwg_j",
            "measurement.aggregation.uniform_variance",
            "measurement.aggregation.null_variance",
            "measurement.answers.refuse_constant",
            "measurement.answers.correlation",
            "measurement.careless.longstring",
            "measurement.careless.mahalanobis",
            "measurement.careless.even_odd",
            "measurement.careless.synonyms",
            "measurement.careless.row_correlations",
        ],
        "arrays inside of the estimators above",
    ),
}


@pytest.fixture(scope="module")
def usual():
    return {name: estimator(FRAME, FRAME) for name, estimator in ESTIMATORS.items()}


def same(found, expected, factor=1.0, close=CLOSE):
    np.testing.assert_allclose(found.scaled, np.array(expected.scaled) * factor, rtol=close)
    np.testing.assert_allclose(found.free, expected.free, rtol=close, atol=1e-9)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_unit_changes_what_is_in_that_unit_and_nothing_else(name, usual):
    for unit in UNITS:
        scaled = FRAME.assign(**{item: FRAME[item] * unit for item in ITEMS})
        same(ESTIMATORS[name](scaled, scaled), usual[name], unit)


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name not in DRAWN])
def test_the_order_of_rows_changes_nothing(name, usual):
    shuffled = FRAME.iloc[np.random.default_rng(3).permutation(len(FRAME))]
    same(ESTIMATORS[name](shuffled, shuffled), usual[name])


@pytest.mark.parametrize("name", ESTIMATORS)
def test_labels_of_rows_change_nothing_even_where_they_repeat(name):
    gaps = FRAME.assign(**{item: FRAME[item].where(FRAME.index != 3) for item in ("y0", "g0")})
    labelled = gaps.set_axis(5 + np.arange(len(FRAME)) // 2)
    same(ESTIMATORS[name](labelled, labelled), ESTIMATORS[name](gaps, gaps), close=0)


@pytest.mark.parametrize("name", TWO_INPUTS)
def test_rows_that_are_not_aligned_are_refused(name):
    for other in (FRAME.iloc[::-1], FRAME.set_axis(FRAME.index + 1)):
        with pytest.raises(
            UserError, match=r"not aligned, .* is not .*; put both in the same order"
        ):
            ESTIMATORS[name](FRAME, other)


def test_a_category_that_nobody_has_changes_nothing(usual):
    wider = FRAME.assign(unit=FRAME["unit"].cat.add_categories(["nowhere"]))
    for name in TWO_INPUTS:
        same(ESTIMATORS[name](wider, wider), usual[name])


def of_all_items(values):
    return dict.fromkeys((*ITEMS, *(f"g{k}" for k in range(6))), values)


TWO_VALUES = {item: 1 + (FRAME[item] > 0.1) for item in ITEMS} | {
    f"g{k}": 1 + (FRAME[f"g{k}"] > 3) for k in range(6)
}
BROKEN = {
    "an item is 0": FRAME.assign(y0=0.0, g0=1.0, first=0),
    "an item is 0.1": FRAME.assign(y0=0.1, g0=2.0, second=1),
    "items are alike": FRAME.assign(**of_all_items(FRAME["g0"]), second=FRAME["first"]),
    "items have two values": FRAME.assign(**TWO_VALUES, first=FRAME["first"] // 2),
    "coders are constant": FRAME.assign(first=1, second=1),
    "coders never agree": FRAME.assign(first=0, second=1),
    "an item is the sum of others": FRAME.assign(y0=FRAME["y1"] + FRAME["y2"]),
    "an item differs by rounding": FRAME.assign(y0=0.1 + 1e-16 * np.arange(120)),
    "one unit": FRAME.assign(unit=pd.Categorical(["u"] * 120)),
    "units differ by rounding": FRAME.assign(y0=FRAME["unit"].cat.codes / 10 + 1e-17),
    "two units": FRAME[FRAME["unit"].isin(["u00", "u01", "u02", "u03"])],
    "rows as units": FRAME.assign(unit=pd.Categorical([str(i) for i in range(120)])),
    "seven rows": FRAME.iloc[:7],
    "30 rows": FRAME.iloc[:30],
    "one row": FRAME.iloc[:1],
    "no rows": FRAME.iloc[:0],
    "an answer is missing": FRAME.assign(y0=FRAME["y0"].where(FRAME.index > 3)),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_breaks_an_estimator_is_refused_or_said(case, usual):
    for name, estimator in ESTIMATORS.items():
        try:
            check_broken(estimator, BROKEN[case], usual[name])
        except Exception as error:
            raise AssertionError(f"{name}: {error!r}") from error


@pytest.mark.parametrize("name", QCA)
def test_configurations_do_not_depend_on_the_order_of_cases(name):
    shuffled = SETS.iloc[::-1].reset_index(drop=True)
    same(QCA[name](shuffled, shuffled), QCA[name](SETS, SETS))


@pytest.mark.parametrize("name", anchored(1.0))
def test_memberships_do_not_depend_on_the_unit(name):
    plain = calibrate(SETS, {"raw": anchored(1.0)[name]})["raw"]
    for unit in UNITS:
        scaled = SETS.assign(raw=SETS["raw"] * unit)
        found = calibrate(scaled, {"raw": anchored(unit)[name]})["raw"]
        np.testing.assert_allclose(found, plain, atol=2e-6)


def test_ranges_of_anchors_follow_the_unit():
    def ranges(unit):
        analysis = Analysis(
            SETS.assign(A=SETS["raw"] * unit),
            "Y",
            tuple(CONDITIONS),
            CUTS,
            calibrations={"A": Direct(*(np.array([15.0, 50.0, 90.0]) * unit))},
        )
        found = pd.DataFrame([vars(item) for item in robustness_ranges(analysis)])
        return found[found.iloc[:, 0].astype(str).str.contains("A")]

    plain = ranges(1.0).select_dtypes("number").to_numpy()
    np.testing.assert_allclose(ranges(1e6).select_dtypes("number") / 1e6, plain, rtol=1e-6)


@pytest.mark.parametrize(
    "frame",
    {
        "a condition is 0": SETS.assign(A=0.0),
        "a condition is 1": SETS.assign(A=1.0),
        "the outcome is 0": SETS.assign(Y=0.0),
        "the outcome is 1": SETS.assign(Y=1.0),
        "all is 0.5": SETS.assign(A=0.5, B=0.5, C=0.5),
        "crisp": SETS.round(),
        "conditions are alike": SETS.assign(B=SETS["A"], C=SETS["A"]),
        "one case": SETS.iloc[:1],
        "no cases": SETS.iloc[:0],
        "a membership is missing": SETS.assign(A=SETS["A"].where(SETS.index > 1)),
        "a membership is above 1": SETS.assign(A=SETS["A"] * 2),
    }.items(),
    ids=lambda pair: pair[0],
)
def test_sets_that_break_an_analysis_are_refused_or_said(frame):
    for name, estimator in QCA.items():
        try:
            check_broken(estimator, frame[1], estimator(SETS, SETS))
        except Exception as error:
            raise AssertionError(f"{name}: {error!r}") from error


def test_answers_that_differ_by_rounding_are_one_answer():
    with pytest.raises(UserError, match="same answer throughout"):
        answers(pd.DataFrame({"a": [0.3, 0.1 + 0.2, 0.3]}))


def test_codings_by_code_are_agreements():
    long = FRAME.assign(field="one")
    found = agreement_by_code(
        long, seed=1, draws=199, unit="unit", code="field", coders=("first", "second")
    )
    alone = agreement(long["first"], long["second"], cluster=long["unit"], seed=1, draws=199)
    assert found.by_code["one"].kappa.ci_low == alone.kappa.ci_low


def test_no_estimator_is_left_out():
    assert not missing_from("compendium.measurement", Path(__file__), EXCLUDED)


def test_no_function_of_the_configurations_is_left_out():
    functions = {name for name in qca.__all__ if inspect.isfunction(getattr(qca, name))}
    assert functions <= called_in(Path(__file__))
