"""Batched universes against naive loops, joint inference against chance, summaries against truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from compendium.errors import UserError
from compendium.inference.multiverse import expand, run_multiverse
from compendium.inference.multiverse.summary import (
    flips,
    option_rows,
    shapley,
    summary_row,
    variance_shares,
)
from compendium.inference.multiverse.tables import curve_rows, failure_rows, file_rows
from compendium.inference.wild import wild_cluster_bootstrap
from compendium.stats.design import design
from compendium.stats.few_clusters import ols_cr2
from compendium.stats.fitted import fit, read
from compendium.stats.mediation import mediation
from compendium.stats.multilevel import within_ols
from grassroots.universes import first_component
from tests.inference import multiverse_cases as case

EVERYTHING = (
    case.OUTCOME,
    case.PREDICTOR,
    case.CONTROLS,
    case.EFFECTS,
    case.SAMPLE,
    case.WEIGHTS,
    case.MISSING,
)


def naive(model, frame):
    """One universe by statsmodels: estimate, clustered error, rows."""
    rows = frame if not model.samples else frame[frame["kept"] == 1]
    needed = [
        model.outcome,
        model.predictor,
        *(() if model.missing == "indicator" else model.controls),
    ]
    rows = rows.dropna(subset=needed)
    X = {"const": np.ones(len(rows)), "x": rows[model.predictor]}
    for control in model.controls:
        if control == "kind":
            labels = rows["kind"].astype(object).where(rows["kind"].notna(), "missing")
            X |= {
                f"kind {level}": (labels == level).astype(float)
                for level in sorted(labels.unique())[1:]
            }
        else:
            X |= {control: rows[control].fillna(0)}
            if rows[control].isna().any():
                X |= {f"{control} missing": rows[control].isna().astype(float)}
    if model.fixed_effects:
        places = rows[model.fixed_effects].astype(str)
        X |= {
            f"at {level}": (places == level).astype(float) for level in sorted(places.unique())[1:]
        }
    X = pd.DataFrame(X)
    weights = rows["w"] if model.weights else np.ones(len(rows))
    fit = sm.WLS(rows[model.outcome].to_numpy(), X.to_numpy(), weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["c"])[0]}
    )
    nested = rows["c"].nunique() - 1 if model.fixed_effects == "c" else 0
    n, k = X.shape
    return fit.params[1], fit.bse[1] * np.sqrt((n - k) / (n - k + nested)), n


def test_every_universe_equals_its_naive_fit_by_statsmodels():
    plan, frame = case.plan(*EVERYTHING), case.rows()
    found = run_multiverse(plan, case.judged(), frame).frame
    assert len(found) == plan.size == 192
    t = stats.t.ppf(0.975, 29)
    for universe, row in zip(expand(plan), found.itertuples(), strict=True):
        value, se, n = naive(universe.model, frame)
        assert row.n == n
        assert row.own == pytest.approx(value, rel=1e-10)
        assert (row.own_high - row.own_low) / (2 * t) == pytest.approx(se, rel=1e-10)


def test_nearly_collinear_terms_are_fitted_from_the_rows():
    frame = case.rows().dropna()
    frame["near"] = frame["x"] + 1e-4 * frame["z0"]
    controls = case.decision(
        "controls",
        "controls",
        case.option("none", True, columns=()),
        case.option("near", columns=("near",)),
    )
    found = run_multiverse(
        case.plan(controls, base={"outcome": "y", "predictor": "x"}), case.judged(), frame
    ).frame
    X = sm.add_constant(frame[["x", "near"]])
    fit = sm.OLS(frame["y"], X).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(frame["c"])[0]}
    )
    assert found["own"][1] == pytest.approx(fit.params["x"], rel=1e-6)
    assert found["own_high"][1] - found["own"][1] == pytest.approx(
        stats.t.ppf(0.975, 29) * fit.bse["x"], rel=1e-6
    )


def test_fixed_effects_within_clusters_are_those_of_the_within_estimator():
    frame = case.rows()
    found = run_multiverse(
        case.plan(case.OUTCOME, case.EFFECTS, base={"predictor": "x"}), case.judged(), frame
    )
    row = found.frame[(found.frame["choice:effects"] == "effects:c")].iloc[0]
    line = within_ols(frame["y"], frame[["x"]], frame["c"])["x"]
    assert (row["own"], row["own_low"], row["p"]) == pytest.approx(
        (line.value, line.ci_low, line.p), rel=1e-10
    )


def test_a_mean_is_judged_against_the_bound_of_its_predicate():
    frame = case.rows()
    samples = case.decision(
        "sample",
        "sample",
        case.option("all", True, column=None),
        case.option("some", column="kept"),
    )
    plan = case.plan(samples, case.WEIGHTS, base={"outcome": "flag", "predictor": "(mean)"})
    found = run_multiverse(
        plan, case.judged({"greater_than": 0.3}, "share"), frame, resamples=199, seed=1
    )
    weighted = found.frame[found.frame["choice:weights"] == "weights:w"].iloc[0]
    assert weighted["own"] == pytest.approx(
        np.average(frame["flag"], weights=frame["w"]), rel=1e-12
    )
    median = found.joint[0]
    assert median.value == pytest.approx(found.frame["own"].median())
    assert found.main.outcome == "holds"
    t = stats.t.ppf(0.975, 29)
    se = (found.main.own_high - found.main.own) / t
    assert found.main.p == pytest.approx(2 * stats.t.sf((found.main.own - 0.3) / se, 29))


def test_cr2_and_counts_are_the_models_own():
    frame = case.rows()
    two = case.plan(case.OUTCOME, base={"predictor": "x", "per_sd_of": "x"}, errors="CR2")
    row = run_multiverse(two, case.judged(), frame).frame.iloc[0]
    line = ols_cr2(frame["y"], design(frame, ["x"]), frame["c"], name="county")["x"]
    spread = frame["x"].std()
    assert (row["own"], row["own_low"]) == pytest.approx(
        (line.value * spread, line.ci_low * spread)
    )
    assert str(row["method"]) == str(line.method)
    family = case.decision(
        "family",
        "family",
        case.option("nb", True, family="negative_binomial"),
        case.option("poisson", family="poisson"),
    )
    counts = case.plan(family, base={"outcome": "count", "predictor": "x"})
    found = run_multiverse(
        counts, case.judged({"greater_than": 1}, "ratio"), frame, resamples=199, seed=2
    )
    X = design(frame, ["x"])
    fits = (
        read(fit(sm.NegativeBinomial(frame["count"], X), frame["c"]), 0.95),
        read(fit(sm.Poisson(frame["count"], X), frame["c"]), 0.95),
    )
    for value, one in zip(found.frame["own"], fits, strict=True):
        assert value == pytest.approx(one.ratio("x").value, rel=1e-9)
    assert found.joint[0].p < 0.05


def test_a_product_of_paths_is_that_of_the_mediation_model():
    frame = case.rows()
    frame["m"] = 0.5 * frame["x"] + frame["x2"]
    plan = case.plan(case.WEIGHTS, base={"outcome": "y", "predictor": "x", "mediator": "m"})
    found = run_multiverse(plan, case.judged(), frame, resamples=99)
    line = mediation(frame["y"], frame["m"], frame["x"], frame["c"], draws=100, seed=1).delta
    assert found.main.own == pytest.approx(line.value, rel=1e-9)
    assert found.main.own_high == pytest.approx(line.ci_high, rel=0.02)
    assert found.joint == ()


def test_the_p_of_a_product_agrees_with_its_interval_and_grows_with_its_error():
    frame = case.rows()
    rng = np.random.default_rng(6)
    frame["m"] = 0.1 * frame["x"] + rng.normal(size=len(frame))
    frame["strong"] = 0.9 * frame["x"] + 0.5 * rng.normal(size=len(frame))
    found = {}
    for mediator in ("m", "strong"):
        base = {"outcome": "y", "predictor": "x", "mediator": mediator}
        made = run_multiverse(
            case.plan(case.WEIGHTS, base=base), case.judged(), frame, resamples=99
        )
        found[mediator] = made.frame
    for table in found.values():
        excluded = (table["own_low"] > 0) | (table["own_high"] < 0)
        assert (excluded == (table["p"] < 0.05)).all()
        assert ((table["p"] >= 0) & (table["p"] <= 1)).all()
        half = (table["own_high"] - table["own_low"]) / 2
        t = (table["own"] / (half / stats.t.ppf(0.975, 29))).abs()
        assert table["p"].to_numpy() == pytest.approx(2 * stats.t.sf(t, 29), rel=1e-6)


def test_a_product_whose_second_path_cannot_be_fitted_is_not_fitted():
    frame = case.rows()
    rng = np.random.default_rng(6)
    frame["m"] = 0.5 * frame["x"] + rng.normal(size=len(frame))
    frame["w"] = frame["flag"]  # where it counts, the outcome of the second path is always 1
    base = {"outcome": "flag", "predictor": "x", "mediator": "m"}
    found = run_multiverse(case.plan(case.WEIGHTS, base=base), case.judged(), frame, resamples=99)
    assert found.frame["reason"].tolist() == ["", "outcome_constant"]
    assert found.frame["value"].isna().tolist() == [False, True]
    assert found.frame["n"].tolist() == [600, 0]


def test_one_universe_resampled_is_the_wild_cluster_bootstrap():
    frame = case.rows(n=200, G=8, effect=0.15)
    plan = case.plan(case.WEIGHTS, base={"outcome": "y", "predictor": "x"})
    twice = frame.assign(w=1.0)
    found = run_multiverse(plan, case.judged(), twice, resamples=256, seed=3)
    share = next(line for line in found.joint if line.term == "stouffer_z")
    alone = wild_cluster_bootstrap(
        frame["y"],
        design(frame, ["x"]),
        frame["c"],
        "x",
        seed=3,
        draws=4999,
        weights="webb",
        interval=False,
    )
    assert share.p == pytest.approx(alone.p / 2, abs=0.06)
    assert "null imposed" in str(share.method)
    assert "8 clusters" in str(share.method)
    assert "seed 3" in str(share.method)


def test_under_the_null_the_joint_test_rejects_as_often_as_it_says():
    plan = case.plan(case.OUTCOME, case.PREDICTOR, case.CONTROLS, case.EFFECTS)
    p = np.array(
        [
            [
                line.p
                for line in run_multiverse(
                    plan, case.judged(), case.rows(300, 20, 0.0, s), resamples=99, seed=s
                ).joint
            ]
            for s in range(120)
        ]
    )
    for column in (0, 2):
        assert stats.kstest(p[:, column], "uniform").pvalue > 0.01
        assert 0.01 <= (p[:, column] <= 0.05).mean() <= 0.11
    assert (p[:, 1] <= 0.05).mean() <= 0.11


def test_the_joint_test_sees_an_effect_and_its_direction():
    frame = case.rows(effect=0.4)
    plan = case.plan(case.OUTCOME, case.PREDICTOR, case.CONTROLS)
    up = run_multiverse(plan, case.judged(), frame, resamples=199, seed=1).joint
    down = run_multiverse(plan, case.judged({"less_than": 0}), frame, resamples=199, seed=1).joint
    assert [line.p for line in up] == pytest.approx([0.005, up[1].p, 0.005])
    assert up[1].p < 0.05
    assert all(line.p > 0.9 for line in down)
    assert down[0].value == up[0].value


def test_the_same_numbers_whatever_the_workers():
    plan, frame = case.plan(*EVERYTHING[:5]), case.rows()
    one, two = (
        run_multiverse(plan, case.judged(), frame, resamples=99, seed=1, jobs=jobs)
        for jobs in (1, 2)
    )
    assert one.joint == two.joint
    pd.testing.assert_frame_equal(file_rows(one), file_rows(two))


def test_shares_of_variance_of_a_constructed_multiverse():
    grid = np.array([(a, b, c) for a in range(2) for b in range(3) for c in range(2)], dtype=float)
    parts = [
        np.eye(2)[grid[:, 0].astype(int)][:, 1:],
        np.eye(3)[grid[:, 1].astype(int)][:, 1:],
        grid[:, 2:],
    ]
    y = 3 * grid[:, 0] + 1 * (grid[:, 1] == 1) + 0.0 * grid[:, 2]
    total = y.var()
    assert shapley(y, parts) == pytest.approx([9 * 0.25 / total, (2 / 9) / total, 0], abs=1e-10)
    crossed = (2 * grid[:, 0] - 1) * (2 * grid[:, 2] - 1)
    assert shapley(crossed, parts) == pytest.approx([0, 0, 0], abs=1e-10)


def test_the_decision_that_moves_the_estimate_is_found():
    frame = case.rows()
    frame["half"] = frame["y"] / 2
    outcomes = case.decision(
        "outcome", "outcome", case.option("y", True, column="y"), case.option("half", column="half")
    )
    found = run_multiverse(
        case.plan(outcomes, case.SAMPLE, base={"predictor": "x"}), case.judged(), frame
    )
    shares = variance_shares(found).set_index("decision")["share"]
    assert shares["outcome"] > 0.9
    assert shares.sum() == pytest.approx(1)


def test_estimates_that_are_all_alike_have_no_variance_to_share():
    frame = case.rows()
    frame["again"] = frame["y"]
    outcomes = case.decision(
        "outcome",
        "outcome",
        case.option("y", True, column="y"),
        case.option("again", column="again"),
    )
    found = run_multiverse(case.plan(outcomes, base={"predictor": "x"}), case.judged(), frame)
    assert len(found.counted) == 2
    assert variance_shares(found).empty


def test_which_single_choice_turns_the_test():
    frame = case.rows(effect=0.5)
    frame["noise"] = np.random.default_rng(5).normal(size=len(frame))
    outcomes = case.decision(
        "outcome",
        "outcome",
        case.option("y", True, column="y"),
        case.option("noise", column="noise"),
    )
    found = run_multiverse(case.plan(outcomes, case.PREDICTOR, case.SAMPLE), case.judged(), frame)
    row = summary_row(found)
    assert (row["universes"], row["holds"], row["main"], row["changes"]) == (8, 0.5, "holds", 1.0)
    turned = flips(found)
    assert turned["changed"].tolist() == ["outcome:noise"]
    assert turned.index.tolist() == [0]
    by_option = option_rows(found).set_index("option")
    assert by_option.loc["outcome:y", "holds"] == 1
    assert by_option.loc["outcome:noise", "holds"] == 0
    assert by_option.loc["outcome:noise", "single"] == "inconclusive"


def test_a_stress_test_is_shown_and_not_counted():
    stress = case.decision(
        "controls",
        "controls",
        case.option("none", True, columns=()),
        case.option("bad", False, "stress", columns=("z0",)),
    )
    found = run_multiverse(
        case.plan(case.OUTCOME, stress, base={"predictor": "x"}),
        case.judged(),
        case.rows(),
        resamples=99,
    )
    assert len(found.frame) == 3
    assert len(found.counted) == 2
    assert found.joint[0].n == 2
    assert summary_row(found)["stress"] == 1


def test_a_wider_interval_for_a_family_of_tests():
    plain, family = (
        run_multiverse(
            case.plan(case.OUTCOME, base={"predictor": "x"}, tests_in_family=k),
            case.judged(),
            case.rows(),
        ).main
        for k in (1, 4)
    )
    ratio = (family.own_high - family.own) / (plain.own_high - plain.own)
    assert ratio == pytest.approx(stats.t.ppf(1 - 0.025 / 4, 29) / stats.t.ppf(0.975, 29))


def test_standardised_universes_do_not_depend_on_units():
    frame = case.rows()
    frame["tenfold"] = 10 * frame["y"]
    outcomes = case.decision(
        "outcome",
        "outcome",
        case.option("y", True, column="y"),
        case.option("tenfold", column="tenfold"),
    )
    found = run_multiverse(
        case.plan(outcomes, base={"predictor": "x"}, unit="standardised"), case.judged(), frame
    ).frame
    assert found["value"][0] == pytest.approx(found["value"][1])
    assert found["own"][1] == pytest.approx(10 * found["own"][0])
    simple = case.plan(outcomes, base={"predictor": "x"}, unit="standardised")
    one = frame[["y", "x"]].std()
    assert run_multiverse(simple, case.judged(), frame).main.value == pytest.approx(
        found["own"][0] * one["x"] / one["y"]
    )


def fails(frame, controls=(), predictor="x", **more):
    """Reason and detail of the second universe, in which something is wrong."""
    options = case.decision(
        "d",
        "controls",
        case.option("fine", True, columns=()),
        case.option("wrong", columns=tuple(controls)),
    )
    base = {"outcome": "y", "predictor": predictor, **more}
    found = run_multiverse(case.plan(options, base=base), case.judged(), frame, resamples=99)
    assert len(found.frame) == 2
    assert len(curve_rows(found)) == 2
    row = found.frame.iloc[1]
    assert row["outcome"] == ("not run" if row["reason"] else row["outcome"])
    return row["reason"], row["detail"]


def test_collinear_controls_are_recorded():
    frame = case.rows().assign(double=lambda f: 2 * f["z0"], same=lambda f: 3 * f["x"] + 1)
    assert fails(frame, ["z0", "double"]) == ("control_collinear", "double")
    assert fails(frame, ["same"]) == ("predictor_collinear", "x")


def test_what_does_not_vary_is_recorded():
    frame = case.rows().assign(constant=1.0, level=lambda f: f["c"].str.len().astype(float))
    assert fails(frame, ["constant"]) == ("control_constant", "constant")
    assert fails(frame, ["z0"], predictor="constant")[0] == "predictor_constant"
    assert fails(frame.assign(y=2.0), ["z0"]) == ("outcome_constant", "y")
    assert fails(frame, ["z0"], predictor="level", fixed_effects="c") == (
        "predictor_constant",
        "level",
    )


def test_too_few_clusters_are_recorded():
    frame = case.rows(n=100, G=4)
    frame["z1"], frame["z2"] = np.random.default_rng(1).normal(size=(2, len(frame)))
    assert fails(frame, ["z0", "z1", "z2"]) == ("parameters_exceed_clusters", "5 ≥ 4")
    two = frame[frame["c"].isin(["county 0", "county 1"])]
    assert fails(two, ["z1"]) == ("parameters_exceed_clusters", "3 ≥ 2")
    one = frame.assign(kept=(frame["c"] == "county 0").astype(float))
    assert fails(one, ["z1"], samples=("kept",)) == ("one_cluster", "1")


def test_one_treated_cluster_is_recorded():
    frame = case.rows().assign(treated=lambda f: (f["c"] == "county 3").astype(float))
    assert fails(frame, [], predictor="treated") == ("one_treated_cluster", "treated")


def test_rows_that_run_out_are_recorded():
    frame = case.rows().assign(zero=0.0, perfect=lambda f: f["y"])
    assert fails(frame, [], samples=("zero",)) == ("no_rows", "")
    assert fails(frame, [], weights="zero") == ("no_rows", "")
    assert fails(frame, [], predictor="perfect")[0] == "perfect_fit"
    assert fails(frame.iloc[:3], ["z0"])[0] in ("few_rows", "parameters_exceed_clusters")


def test_failures_are_counted_by_reason():
    frame = case.rows().assign(constant=1.0)
    options = case.decision(
        "d",
        "controls",
        case.option("fine", True, columns=()),
        case.option("wrong", columns=("constant",)),
    )
    found = run_multiverse(
        case.plan(options, case.OUTCOME, base={"predictor": "x"}), case.judged(), frame
    )
    row = failure_rows({"t": found}).iloc[0]
    assert (row["reason"], row["detail"], row["size"], row["universes"]) == (
        "reason:control_constant",
        {"en": "word: word", "zh": "词：词"},
        2,
        4,
    )
    assert len(found.counted) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predictor": "nowhere"}, "no prepared column 'nowhere'"),
        ({"predictor": "kind"}, "a number is needed"),
        ({"weights": "minus"}, "a weight is negative"),
    ],
)
def test_a_plan_that_does_not_fit_the_data_is_refused(change, message):
    frame = case.rows().assign(minus=-1.0)
    plan = case.plan(case.OUTCOME, base={"predictor": "x", **change})
    with pytest.raises(UserError, match=message):
        run_multiverse(plan, case.judged(), frame)


def test_the_first_row_of_a_negative_weight_is_named():
    frame = case.rows().assign(minus=1.0)
    frame.loc[frame.index[[4, 7]], "minus"] = -2.0
    plan = case.plan(case.OUTCOME, base={"predictor": "x", "weights": "minus"})
    with pytest.raises(UserError, match=rf"row {frame.index[4] + 1}, column minus, value -2.0"):
        run_multiverse(plan, case.judged(), frame)


def test_a_missing_cluster_is_refused_not_dropped():
    frame = case.rows()
    plan = case.plan(case.OUTCOME, base={"predictor": "x"})
    with pytest.raises(UserError, match="cluster label is missing"):
        run_multiverse(plan, case.judged(), frame.assign(c=frame["c"].where(frame.index > 0)))
    with pytest.raises(UserError, match="no such column of clusters"):
        run_multiverse(plan, case.judged(), frame.drop(columns="c"))
    with pytest.raises(UserError, match="resamples"):
        run_multiverse(plan, case.judged(), frame, resamples=-1)


def test_the_first_component_rises_with_its_items():
    rng = np.random.default_rng(1)
    shared = rng.normal(size=200)
    items = pd.DataFrame({f"i{j}": shared + rng.normal(size=200) for j in range(4)})
    items.iloc[0, 0] = np.nan
    score = first_component(items)
    assert np.isnan(score.iloc[0])
    assert score.std() == pytest.approx(1)
    assert np.corrcoef(score[1:], items.mean(axis=1)[1:])[0, 1] > 0.95
