"""Scores follow the instrument, and small cells are not shown."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.root import find_root
from compendium.survey import load_instrument
from compendium.survey.load import frame_of
from grassroots import scales as sc
from grassroots.simulated import load_truth
from grassroots.standin import simulate
from grassroots.survey_tables import gap_dots, screen_rows, side_shares, surface_points

ROOT = find_root()
SEED = 11


@pytest.fixture(scope="module")
def instrument():
    return load_instrument(ROOT)


@pytest.fixture(scope="module")
def drawn(instrument):
    truth = load_truth(ROOT, instrument)
    return simulate(instrument, truth, respondents=1500, seed=SEED, keep_latents=True)


@pytest.fixture(scope="module")
def frame(instrument, drawn):
    return frame_of(instrument, drawn.columns).head(1500)


@pytest.fixture(scope="module")
def scores(instrument, frame):
    return sc.respondent_scores(frame, instrument)


def test_every_item_of_a_scale_belongs_to_one_score(instrument):
    items = [item for items in sc.scales_of(instrument).values() for item in items]
    assert len(items) == len(set(items))
    matched = [item for items in sc.domains_of(instrument).values() for item in items]
    assert sorted(matched) == sorted(
        [*instrument.items_of("responsibility"), *instrument.items_of("power")]
    )


@pytest.mark.parametrize(
    "scale", ["top_down", "bottom_up", "line_block", "responsibility", "power", "burnout"]
)
def test_scores_go_with_the_constructs_they_stand_for(scores, drawn, scale):
    """Reversed items left as they were would spoil this."""
    true = pd.DataFrame(drawn.latents)[scale].head(1500).to_numpy()
    known = scores[scale].notna().to_numpy()
    assert np.corrcoef(scores.loc[known, scale], true[known])[0, 1] > 0.8


def test_imbalance_is_responsibility_less_power(scores):
    gap = scores["responsibility"] - scores["power"]
    assert np.allclose(scores["imbalance"].dropna(), gap.dropna())
    assert (scores.loc[scores["side"] == 1, "imbalance"] > 0).all()
    assert scores.loc[scores["side"] == 0, "imbalance"].abs().max() < 0.6


def test_a_score_needs_half_of_its_items(instrument, frame):
    asked = list(instrument.items_of("top_down"))
    gone = frame.dropna(subset=asked).reset_index(drop=True)
    gone.loc[0, asked[:3]] = pd.NA
    gone.loc[1, asked[:2]] = pd.NA
    found = sc.respondent_scores(gone, instrument)["top_down"]
    assert np.isnan(found.iloc[0])
    assert not np.isnan(found.iloc[1])


def test_turning_back_twice_changes_nothing(instrument, frame):
    answers = sc.answers_of(frame, instrument)
    given = sc.as_given(answers, instrument)
    assert not given["td_4"].equals(answers["td_4"])
    pd.testing.assert_frame_equal(sc.as_given(given, instrument), answers)


def test_slopes_of_centred_scores_are_those_of_the_mean(scores):
    assert sc.centred(scores, ["imbalance"])["imbalance"].mean() == pytest.approx(0, abs=1e-12)


def test_one_to_four_respondents_are_withheld_and_none_are_not():
    table = pd.DataFrame({"n": [0, 1, 4, 5], "share": [0.0, 0.1, 0.4, 0.5]})
    shown = sc.withhold_small(table, "n", also=("share",))
    assert shown["n"].isna().tolist() == [False, True, True, False]
    assert shown["share"].isna().tolist() == [False, True, True, False]


def test_no_exhibit_shows_a_cell_below_five():
    means = pd.DataFrame({"domain": ["funds", "staff"], "unit_kind": "town", "n": [4, 5]})
    means = means.assign(value=1.0, ci_low=0.5, ci_high=1.5)
    assert gap_dots(means)["category"].tolist() == ["domain:staff"]
    sides = pd.DataFrame({"domain": ["funds", "staff"], "n": [100, 100]})
    sides = sides.assign(power_greater=[0.03, 0.1], agreement=[0.3, 0.3])
    sides = sides.assign(responsibility_greater=[0.67, 0.6])
    assert set(side_shares(sides)["category"]) == {"domain:staff"}


def test_left_out_rows_are_counted_by_reason():
    class Found:
        summary = pd.DataFrame(
            {"screen": ["longstring"], "judged": [90], "flagged": [9], "share": [0.1], "cut": [1]}
        )

    dropped = pd.DataFrame(
        {"reason": ["straight_line"] * 9 + ["attention"] * 8 + ["duplicate"] * 2}
    )
    rows = screen_rows(dropped, 100, Found()).set_index("category")
    assert rows.index.tolist() == ["attention_check", "duplicate", "straight_line", "longstring"]
    assert rows.loc["attention_check", "share"] == pytest.approx(0.08)
    assert np.isnan(rows.loc["duplicate", "n"])
    assert rows.loc["longstring", "n"] == 9


def test_complete_rows_are_numbered_anew():
    frame = pd.DataFrame({"a": [np.nan, 1.0, 2.0], "b": [1.0, np.nan, 3.0]})
    found = sc.complete_rows(frame, ["a", "b"])
    assert found.to_dict("list") == {"a": [2.0], "b": [3.0]}
    assert found.index.tolist() == [0]


def test_the_drawing_of_a_surface_has_the_two_lines_that_are_spoken_of():
    grid = pd.DataFrame({"x": [0.0], "y": [1.0], "value": [2.0]})
    lines = pd.DataFrame({"path": ["congruence", "second_axis"], "x": 0.0, "y": 0.0, "value": 1.0})
    assert surface_points(grid, lines)["series"].tolist() == ["surface", "congruence"]


def test_an_unknown_score_is_named(scores):
    with pytest.raises(UserError, match="no_such"):
        sc.complete_rows(scores, ["no_such"])


def test_scores_half_a_standard_deviation_apart_still_agree():
    load, means = pd.Series([4.0, 6.0, 2.0]), pd.Series([3.0, 0.0, 3.0])
    assert np.std(np.r_[load, means], ddof=1) == 2
    assert list(sc.side_of(load, means)) == [0, 1, 0]
