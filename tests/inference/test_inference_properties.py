"""Properties that every estimator of the inference room holds, whatever it computes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from properties import Result, check_broken, missing_from, tidy

from compendium.errors import UserError
from compendium.inference.cluster_shape import cluster_shape, warnings_of
from compendium.inference.confounding.benchmarks import benchmark_bounds, observed_r2
from compendium.inference.confounding.omitted import confounding
from compendium.inference.confounding.oster import movement, oster
from compendium.inference.confounding.residuals import partial_r2, regression
from compendium.inference.families import family_table
from compendium.inference.romano_wolf import Hypothesis
from compendium.inference.wild import wild_cluster_bootstrap, wild_p_values
from compendium.plan import load_plan
from compendium.stats.design import INTERCEPT

G, SIZE = 6, 9
UNITS = (1e-9, 1e9)
CLOSE = 1e-6
FAMILY = load_plan(Path(__file__).parents[2]).families["survey.phases"]


def sample():
    """Six clusters of nine rows: outcomes of four kinds, a term of interest and another."""
    rng = np.random.default_rng(20)
    cluster = np.repeat(np.arange(G), SIZE)
    x = rng.normal(size=G)[cluster] + rng.normal(size=cluster.size)
    z = rng.normal(size=cluster.size)
    line = 0.4 * x + 0.3 * z + 0.4 * rng.normal(size=G)[cluster]
    y = line + rng.normal(size=cluster.size)
    frame = pd.DataFrame({"y": y, "x": x, "z": z, "hits": rng.binomial(4, 1 / (1 + np.exp(-line)))})
    frame["count"] = rng.poisson(np.exp(0.5 + line / 2))
    frame["grade"] = np.digitize(line + rng.logistic(size=len(frame)), [-0.7, 0.8])
    frame["w"] = rng.uniform(0.5, 2.0, len(frame))
    frame["place"] = pd.Categorical([f"p{g}" for g in cluster])
    frame["group"] = np.tile(["a", "b", "c"], len(frame) // 3)
    return frame


FRAME = sample()


def terms(frame):
    return pd.DataFrame({INTERCEPT: 1.0, "x": frame["x"], "z": frame["z"]}, index=frame.index)


def wild(**how):
    def fit(frame, other):
        weights = {"row_weights": other["w"]} if how.get("weighted") else {}
        options = {k: v for k, v in how.items() if k != "weighted"}
        model = (frame["y"], terms(other), other["place"], "x")
        return tidy(wild_cluster_bootstrap(*model, seed=1, **options, **weights))

    return fit


def all_wild_p(frame, other):
    found = wild_p_values(frame["y"], terms(other), other["place"], seed=1, draws=64)
    return Result((), tuple(found.values()))


def members(frame, other):
    def hypothesis(column):
        return Hypothesis(frame[column], terms(other), other["place"], "x")

    return {
        "one": hypothesis("y"),
        "two": Hypothesis(frame["y"], terms(other), other["place"], "z"),
    }


def in_a_family(frame, other):
    one = members(frame, other)["one"]
    table = family_table(FAMILY, dict.fromkeys(FAMILY.tests, one), seed=1, draws=64)
    row = table.iloc[0]
    scaled = row[["value", "se", "ci_low", "ci_high"]]
    free = row[["p", "holm", "bh", "romano_wolf", "n", "n_clusters"]]
    return Result(tuple(scaled), tuple(free), row["method"])


def shape(frame, other):
    found = cluster_shape(frame["y"], terms(other), other["place"], "x", weights=other["w"])
    table = found.table.sort_values("cluster")
    free = (found.effective, found.effective_alike, found.varying, found.rarer, found.n)
    said = str(found.alone or "") + "".join(str(text) for text in warnings_of(found))
    if table["without"].isna().any():
        said += " does not exist without"
    return Result(tuple(table["without"]), free + tuple(table["partial_leverage"]), said)


def unseen(absorb=False):
    def fit(frame, other):
        how = {"absorb": other["group"]} if absorb else {"cluster": other["place"]}
        found = confounding(frame["y"], terms(other), "x", **how)
        bounds = benchmark_bounds(
            found, frame["y"], terms(other), {"z": ["z"]}, absorb=how.get("absorb")
        )
        free = (
            found.partial_r2,
            found.rv,
            found.rv_alpha,
            found.df,
            *bounds["r2_yz"],
            *bounds["t"],
        )
        line = tidy(found.line)
        scaled = (*line.scaled, *bounds["value"], found.se_classical)
        return Result(scaled, (*line.free, *free), line.said)

    return fit


def selection(frame, other):
    found = oster(frame["y"], terms(other), "x")
    moved = movement(frame["y"], terms(other), "x")
    star = found.beta_star
    admissible = "" if len(star.admissible) == 1 else "undefined"
    free = (found.delta, moved.r_o, moved.r_tilde, found.r_max)
    return Result((star.value, moved.beta_o, moved.beta_tilde), free, admissible)


def shares(frame, other):
    model = regression(frame["y"], terms(other))
    return Result((), (partial_r2(model, ["x"]), *observed_r2(model, "x", ["z"])))


ESTIMATORS = {
    "WCR": wild(draws=64),
    "WCR, equal-tailed": wild(draws=64, p_value="equal-tailed", interval=False),
    "WCU": wild(draws=64, null_imposed=False),
    "WCR, weighted": wild(draws=64, weighted=True, interval=False),
    "wild p-values": all_wild_p,
    "family": in_a_family,
    "cluster shape": shape,
    "confounding": unseen(),
    "confounding within groups": unseen(absorb=True),
    "Oster": selection,
    "partial R2": shares,
}
EXCLUDED = {
    "inference.diagnosis": "shares of simulations; tests/study/test_calibration.py compares them",
    "inference.least_squares": "fits in blocks; tests/study/test_calibration.py compares them with "
    "the ordinary estimators, which are here",
    "inference.multipliers.multipliers": "random weights without data; called by the bootstraps",
    "inference.multiverse": "runs ordinary fits in blocks; tests/inference/test_multiverse.py "
    "compares every universe with its own fit",
    "inference.size_study": "a simulation without data",
    "inference.workers": "spreads work",
    "inference.workers_dask": "spreads work",
    "inference.few_cluster_rows": "rows of tables",
    "inference.confounding.tables": "rows of tables",
    "inference.confounding.words": "sentences",
    "inference.confounding.omitted.of_line": "of a line that is there; called by confounding",
    "inference.confounding.omitted.robustness_value": "of two numbers; called by confounding",
    "inference.confounding.benchmarks.bound": "of two shares; called by benchmark_bounds",
    "inference.confounding.e_value": "of a ratio and its interval: tests/inference/"
    "test_sensitivity_ratios.py",
    "inference.confounding.oster.beta_star": "of a movement; called by oster",
    **{
        f"inference.confounding.residuals.{name}": "arrays inside of the above"
        for name in ("demean", "residuals", "squares")
    },
    "inference.rows": "arrays inside of the above",
    **{
        f"inference.wild.{name}": "inside of the above; tests/inference/test_exact_p_values.py"
        for name in (
            "term_last",
            "wild_problem",
            "draw",
            "tail_p",
            "interval_end",
            "lonely_words",
            "leaning",
            "open_words",
        )
    },
    "inference.cluster_shape.effective_clusters": "of shares; called by cluster_shape",
    **{
        f"inference.romano_wolf.{name}": "of statistics: tests/inference/test_exact_p_values.py"
        for name in ("step_down", "drawn_statistics")
    },
}


@pytest.fixture(scope="module")
def usual():
    return {name: estimator(FRAME, FRAME) for name, estimator in ESTIMATORS.items()}


def same(found, expected, factor=1.0):
    np.testing.assert_allclose(found.scaled, np.array(expected.scaled) * factor, rtol=CLOSE)
    np.testing.assert_allclose(found.free, expected.free, rtol=CLOSE, atol=1e-12)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_unit_changes_its_coefficient_and_nothing_else(name, usual):
    for unit in UNITS:
        scaled = FRAME.assign(x=FRAME["x"] * unit)
        same(ESTIMATORS[name](scaled, scaled), usual[name], 1 / unit)
        other = FRAME.assign(z=FRAME["z"] * unit)
        same(ESTIMATORS[name](other, other), usual[name])
        scaled = FRAME.assign(y=FRAME["y"] * unit)
        same(ESTIMATORS[name](scaled, scaled), usual[name], unit)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_order_of_rows_changes_nothing(name, usual):
    order = np.random.default_rng(3).permutation(len(FRAME))
    shuffled = FRAME.iloc[order]
    same(ESTIMATORS[name](shuffled, shuffled), usual[name])


@pytest.mark.parametrize("name", ESTIMATORS)
def test_rows_that_are_not_aligned_are_refused(name):
    for other in (FRAME.iloc[::-1], FRAME.set_axis(FRAME.index + 1)):
        with pytest.raises(
            UserError, match=r"not aligned, .* is not .*; put both in the same order"
        ):
            ESTIMATORS[name](FRAME, other)


def test_an_index_of_names_is_as_good_as_one_of_numbers(usual):
    named = FRAME.set_axis([f"r{i}" for i in range(len(FRAME))])
    for name, estimator in ESTIMATORS.items():
        same(estimator(named, named), usual[name])


def test_a_category_that_nobody_has_changes_nothing(usual):
    wider = FRAME.assign(place=FRAME["place"].cat.add_categories(["nowhere"]))
    for name, estimator in ESTIMATORS.items():
        same(estimator(wider, wider), usual[name])


BROKEN = {
    "x is 0": FRAME.assign(x=0.0),
    "x is 1": FRAME.assign(x=1.0),
    "x is 0.1": FRAME.assign(x=0.1),
    "x has two values": FRAME.assign(x=(FRAME["x"] > 0).astype(float)),
    "x is in one cluster": FRAME.assign(x=(FRAME["place"] == "p0").astype(float)),
    "x is in one row": FRAME.assign(x=(np.arange(len(FRAME)) == 4).astype(float)),
    "x is z": FRAME.assign(x=FRAME["z"]),
    "outcomes are 0": FRAME.assign(y=0.0, hits=0, count=0, grade=0),
    "outcomes are 1": FRAME.assign(y=1.0, hits=1, count=1, grade=1),
    "outcomes are alike": FRAME.assign(y=0.1, hits=4, count=3, grade=2),
    "outcomes have two values": FRAME.assign(
        y=(FRAME["y"] > 0).astype(float), hits=4 * (FRAME["y"] > 0), count=2 * (FRAME["y"] > 0)
    ),
    "y is x": FRAME.assign(y=FRAME["x"]),
    "one cluster": FRAME.assign(place=pd.Categorical(["p0"] * len(FRAME)), group="a"),
    "two clusters": FRAME[FRAME["place"].isin(["p0", "p1"])],
    "rows as clusters": FRAME.assign(place=pd.Categorical([str(i) for i in range(len(FRAME))])),
    "n is k": FRAME.iloc[[0, 20, 40]],
    "n is k + 1": FRAME.iloc[[0, 15, 30, 45]],
    "no rows": FRAME.iloc[:0],
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_breaks_an_estimator_is_refused_or_said(case, usual):
    for name, estimator in ESTIMATORS.items():
        try:
            check_broken(estimator, BROKEN[case], usual[name])
        except Exception as error:
            raise AssertionError(f"{name}: {error!r}") from error


def test_no_estimator_is_left_out():
    assert not missing_from("compendium.inference", Path(__file__), EXCLUDED)
