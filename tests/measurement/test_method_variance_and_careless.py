"""Common-method variance and careless answers: what is built in is found, with known limits."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.measurement.careless import Cuts, careless, longstring
from compendium.measurement.method_variance import marker_correction, single_factor
from grassroots.survey_tables import screens_without

from .simulated import five_points, structure, with_covariance


def test_share_of_the_first_component_of_parallel_items():
    R = np.full((8, 8), 0.4) + np.diag([0.6] * 8)
    found = single_factor(with_covariance(R, 100), structure())
    # Eigenvalue 1 + 7 * 0.4 of 8.
    assert found.value == pytest.approx(3.8 / 8)


def test_variance_that_all_scales_share_with_the_marker_is_taken_out():
    # Truth: correlations 0.4 and 0, of which everything gains by a method with loading sqrt(0.2).
    true = np.array([[1, 0.4, 0, 0], [0.4, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    scales = with_covariance(0.8 * true + 0.2, 500).set_axis(["a", "b", "c", "marker"], axis=1)
    found = marker_correction(scales, "marker")
    assert found.r_marker == pytest.approx(0.2)
    frame = found.frame.set_index(["first", "second"])
    assert frame.loc[("a", "b"), "corrected"] == pytest.approx(0.4)
    assert frame.loc[("a", "c"), "corrected"] == pytest.approx(0, abs=1e-12)
    assert bool(frame.loc[("a", "c"), "changes"])
    assert not bool(frame.loc[("a", "b"), "changes"])


def test_marker_that_correlates_with_nothing_changes_nothing():
    S = np.array([[1, 0.3, -0.1], [0.3, 1, -0.05], [-0.1, -0.05, 1]])
    scales = with_covariance(S, 200).set_axis(["a", "b", "marker"], axis=1)
    found = marker_correction(scales, "marker")
    assert found.r_marker == 0
    assert found.corrected[0].value == pytest.approx(0.3)


def people(n=300):
    """Consistent people, with a straight-liner, a random one and an inattentive one at the front."""
    rng = np.random.default_rng(4)
    factor = rng.normal(size=(n, 5))[:, np.repeat(np.arange(5), 4)]
    items = five_points(
        pd.DataFrame(0.9 * factor + 0.44 * rng.normal(size=(n, 20))).add_prefix("y")
    )
    items.iloc[0] = 3
    items.iloc[1] = [1, 5] * 10
    return items.assign(check=[2, 2, 4] + [2] * (n - 3))


SCALES = {f"s{k}": [f"y{4 * k + j}" for j in range(4)] for k in range(5)}


def test_each_kind_of_carelessness_is_flagged_by_its_screen():
    found = careless(people(), SCALES, attention={"check": 2})
    assert found.frame.loc[0, "longstring"] == 20
    assert bool(found.flagged.loc[0, "longstring"])
    assert bool(found.flagged.loc[1, "mahalanobis"])
    assert found.flagged.index[found.flagged["attention"]].tolist() == [2]
    assert found.frame.loc[1, "flags"] >= 1
    assert found.frame["flags"].iloc[3:].mean() < 0.2
    summary = found.summary.set_index("screen")
    assert summary.loc["attention", "flagged"] == 1
    assert summary.loc["longstring", "cut"] == 10
    assert len(found.synonym_pairs) == 30


def test_random_answers_are_inconsistent():
    items = people()
    items.loc[100:199, "y0":"y19"] = np.random.default_rng(5).integers(1, 6, size=(100, 20))
    found = careless(items, SCALES, cuts=Cuts(synonym_pairs=0.4)).flagged
    honest = found.drop(index=range(100, 200))
    for screen in ("even_odd", "synonyms"):
        assert found.loc[100:199, screen].mean() > 0.35
        assert honest[screen].mean() < 0.05


def test_missing_answers_end_a_run_and_never_flag():
    nan = np.nan
    rows = np.array([[2, 2, nan, 2, 2, 2], [nan] * 6, [1, 2, 1, 2, 1, 1]])
    assert longstring(rows).tolist() == [3, 0, 2]
    items = people().astype(float)
    items.loc[5, "y0":"y19"] = nan
    items.loc[6, "y0":"y2"] = nan
    found = careless(items, SCALES, attention={"check": 2})
    assert found.frame.loc[5, ["mahalanobis", "even_odd", "synonyms"]].isna().all()
    assert found.frame.loc[5, "flags"] == 0
    assert found.frame.loc[6, "mahalanobis"] > 0


def test_distance_on_some_items_is_that_of_these_items_alone():
    items = people().astype(float)
    items.loc[7, ["y3", "y11"]] = np.nan
    rest = [item for members in SCALES.values() for item in members if item not in ("y3", "y11")]
    complete = items.drop(index=7)[rest]
    d = items.loc[7, rest].to_numpy() - complete.mean().to_numpy()
    expected = d @ np.linalg.solve(complete.cov().to_numpy(), d)
    assert careless(items, SCALES).frame.loc[7, "mahalanobis"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: careless(people().assign(y1=3), SCALES), "same answer throughout"),
        (lambda: careless(people(), SCALES, attention={"z": 1}), "attention item is not"),
        (lambda: careless(people().assign(y1=lambda d: d["y0"]), SCALES), "singular"),
        (lambda: careless(people().drop(columns="y7"), SCALES), "not in the table"),
        (lambda: marker_correction(people(), "z"), "marker is not in the table"),
        (lambda: marker_correction(people()[["y0", "check"]], "check"), "two scales besides"),
        (lambda: marker_correction(people().iloc[:12], "y0"), "12 complete rows"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(UserError, match=words):
        call()


def test_a_screen_that_too_few_rows_answer_judges_nobody_and_the_others_do():
    few = careless(people().iloc[:12], SCALES)
    assert few.frame["mahalanobis"].isna().all()
    judged = few.summary.set_index("screen")["judged"]
    assert (judged["mahalanobis"], judged["longstring"]) == (0, 12)
    assert "mahalanobis" in screens_without(few)
    assert "mahalanobis" not in screens_without(careless(people(), SCALES))
