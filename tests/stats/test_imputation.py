"""Imputation: what is filled in, recovered truth, pooling identities, refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special
from survey_truth import clustered, near

from compendium.errors import UserError
from compendium.stats.design import INTERCEPT, design
from compendium.stats.fitted import ols
from compendium.stats.imputation import beside_complete_cases, impute, pool, pool_fits
from compendium.stats.tidy import Tidy

FOLDER = Path(__file__).parents[1] / "reference" / "models"


def holed(seed, n=300):
    """Ordinal item whose answers are missing more often where x is high: at random given x."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    item = np.clip(np.round(3 + 0.8 * x + rng.normal(size=n) * 0.7), 1, 5)
    y = 0.5 * item + rng.normal(size=n)
    item[rng.random(n) < special.expit(-1 + 1.5 * x)] = np.nan
    return pd.DataFrame({"x": x, "item": item, "y": y})


def mean_of_item(frame):
    return ols(
        frame["item"], pd.DataFrame({INTERCEPT: 1.0}, index=frame.index), cov_type="nonrobust"
    )


FRAME = holed(1)


def test_only_gaps_are_filled_and_only_with_answers_that_occur():
    found = impute(FRAME, m=3, seed=1, iterations=3)
    seen = FRAME["item"].notna()
    for frame in found.frames:
        pd.testing.assert_frame_equal(frame[seen], FRAME[seen])
        assert set(frame["item"]) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    assert found.missing == {"item": int((~seen).sum())}
    assert not found.frames[0].equals(found.frames[1])
    assert len(found.trace) == 9
    last = found.trace.groupby("imputation").last()
    for frame, mean, sd in zip(found.frames, last["mean"], last["sd"], strict=True):
        answers = frame["item"][FRAME["item"].isna()]
        assert (mean, sd) == pytest.approx((answers.mean(), answers.std()))
    assert "5 donors, 3 imputations, 3 iterations, seed 1" in str(found.method)


def test_a_frame_depends_on_the_seed_and_its_number_only():
    few, many, other = (
        impute(FRAME, m=m, seed=s, iterations=2) for m, s in ((2, 1), (4, 1), (2, 2))
    )
    pd.testing.assert_frame_equal(few.frames[1], many.frames[1])
    assert not few.frames[1].equals(other.frames[1])


def test_intervals_cover_where_complete_cases_do_not():
    simulations, truth = 100, 3.0
    covered = complete = 0
    for seed in range(simulations):
        frame = holed(500 + seed)
        imputed = impute(frame, m=5, seed=seed, iterations=3)
        row = beside_complete_cases(mean_of_item, frame, imputed).iloc[0]
        covered += row["pooled_ci_low"] <= truth <= row["pooled_ci_high"]
        complete += row["complete_ci_low"] <= truth <= row["complete_ci_high"]
    assert near(covered / simulations, 0.95, simulations)
    assert complete / simulations < 0.2


def test_likeness_within_clusters_survives_when_clusters_are_given():
    rng = np.random.default_rng(2)
    e, unit = clustered(rng, G=60, size=12, icc=0.5, n=2)
    frame = pd.DataFrame({"a": e[:, 0], "b": e[:, 1]})
    complete = _between(frame["a"], unit)
    frame.loc[rng.random(len(frame)) < 0.4, "a"] = np.nan
    kept, lost = (
        np.mean([_between(f["a"], unit) for f in impute(frame, c, m=4, seed=1).frames])
        for c in (unit, None)
    )
    assert lost < complete / 2
    assert kept == pytest.approx(complete, abs=0.1)


def _between(values, unit):
    by = pd.Series(values).groupby(unit)
    within = by.var().mean()
    between = by.mean().var() - within / 12
    return between / (between + within)


def lines(values, ses, n=50):
    return [Tidy("b", v, s, level=0.95, n=n) for v, s in zip(values, ses, strict=True)]


def test_without_spread_pooling_is_the_complete_analysis():
    found = pool(lines([0.4] * 3, [0.1] * 3), df_complete=30)
    assert found.line.value == pytest.approx(0.4)
    assert found.line.se == pytest.approx(0.1)
    assert found.riv == pytest.approx(0)
    assert found.df == pytest.approx(31 / 33 * 30)


def test_total_variance_is_within_plus_between():
    found = pool(lines([0.3, 0.5, 0.4], [0.1, 0.2, 0.1]))
    assert found.line.se**2 == pytest.approx(0.02 + 4 / 3 * 0.01)
    assert found.df == pytest.approx(2 / found.share**2)
    assert found.line.ci_low < 0.3


def test_missing_information_is_near_the_share_missing_when_nothing_else_helps():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"helper": rng.normal(size=600)})
    frame["item"] = 0.3 * frame["helper"] + rng.normal(size=600)
    frame.loc[rng.random(600) < 0.3, "item"] = np.nan
    imputed = impute(frame, m=40, seed=1, iterations=1)
    found = pool_fits([mean_of_item(f) for f in imputed.frames])[0]
    assert found.fmi == pytest.approx(0.3, abs=0.12)


def test_pooled_analysis_agrees_with_that_of_mice():
    """Both draw at random: the difference must lie within what 20 imputations leave open."""
    data = pd.read_csv(FOLDER / "data" / "survey_simulated.csv")
    stored = json.loads((FOLDER / "imputation.json").read_text("utf-8"))
    items = data[["pressure", "conflict", "imbalance", "age", "item_1", "item_2"]]
    fits = [
        ols(f["imbalance"], design(f, ["item_2", "pressure", "age"]), cov_type="nonrobust")
        for f in impute(items, m=20, seed=3).frames
    ]
    for found, value, se, between in zip(
        pool_fits(fits), stored["value"], stored["se"], stored["between"], strict=True
    ):
        chance = np.sqrt((between + found.between) / 20)
        assert abs(found.line.value - value) < 3 * chance
        assert found.line.se == pytest.approx(se, rel=0.05)


def test_frames_beside_complete_cases_keep_the_cluster():
    unit = pd.Series(np.arange(300) // 10, index=FRAME.index, name="unit")

    def estimate(frame):
        return ols(frame["y"], design(frame, ["item", "x"]), unit.loc[frame.index])

    table = beside_complete_cases(estimate, FRAME, impute(FRAME, m=3, seed=1, iterations=2))
    assert table["term"].tolist() == [INTERCEPT, "item", "x"]
    assert table["pooled_n"].tolist() == [300] * 3
    assert (table["complete_n"] < 300).all()
    assert (table["df"] < 29).all()


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (FRAME.fillna(3.0), "nothing is missing"),
        (FRAME.assign(kind="town"), r"column kind.*numbers"),
        (FRAME.assign(item=np.nan), r"column item.*0 answers"),
        (FRAME.assign(x=1.0), r"column x.*same in every row"),
        (FRAME[:12].assign(item=[*[np.nan] * 6, *range(6)]), r"column item.*6 answers"),
    ],
)
def test_frames_that_can_not_be_imputed_are_refused(frame, words):
    with pytest.raises(UserError, match=words):
        impute(frame, m=2, seed=1)


def test_other_refusals():
    with pytest.raises(UserError, match="two imputations"):
        impute(FRAME, m=1, seed=1)
    with pytest.raises(UserError, match="1 cluster"):
        impute(FRAME, np.ones(300), m=2, seed=1)
    with pytest.raises(UserError, match="two imputations"):
        pool(lines([1], [1]))
    with pytest.raises(UserError, match="no standard error"):
        pool(lines([1, 2], [1, np.nan]))
    with pytest.raises(UserError, match="differ in term"):
        pool([*lines([1], [1]), *lines([1], [1], n=51)])
