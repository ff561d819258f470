"""An interval is shown and recorded at the level that stands over it, and only if it has a width."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.exhibits.arrange import open_bars, points, tidy_rows
from compendium.exhibits.levels import at_its_level, refuse_no_width
from compendium.stats.bounds import named_bounds
from compendium.stats.levels import at_level, noted_level
from compendium.stats.proportions import binomial_interval
from compendium.stats.tidy import Tidy
from compendium.study import Study
from compendium.text import Text

ROOT = Path(__file__).parents[2]
RECORD = {"en": "Share", "zh": "比例", "dataset": "series"}


@pytest.fixture(scope="module")
def opened():
    """The study at a level of 80 %; a figure without slots stands for those of authors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRASSROOTS_ROOT", str(ROOT))
        study = Study.open("02_context", lang="zh", level=0.8)
    words = dict.fromkeys(("title", "subtitle", "note", "alt"), Text("Satisfied", "满意"))
    plain = study.plan.exhibits["fig-satisfaction"].model_copy(update=words)
    study.plan.exhibits["fig-satisfaction"] = plain
    return study


@pytest.fixture
def study(opened, tmp_path):
    return replace(opened, staging=tmp_path / "暂 存", estimates={})


def shares(*levels):
    """Two shares, by default at the default level of their estimator, as a hurried author would."""
    how = [{"level": level} for level in levels] or [{}, {}]
    found = [binomial_interval(x, 100, **one) for x, one in zip((30, 60), how, strict=True)]
    return dict(zip([("township", "2003"), ("central", "2003")], found, strict=True))


def planned(study, **changes):
    """A figure of the plan as the run would draw it."""
    return study._exhibit("fig-satisfaction").model_copy(update=changes)


def test_a_level_that_was_left_out_is_refused_with_row_and_both_levels(study):
    with pytest.raises(UserError) as caught:
        study.show("fig-satisfaction", points(shares()))
    said = str(caught.value)
    assert "row 1 (township) has level 0.95, that of the exhibit is 0.8" in said
    assert "\n" not in said


def test_at_the_studys_level_it_is_drawn_and_recorded_without_the_column(study):
    study.show("fig-satisfaction", points(shares(0.8, 0.8)))
    told = (study.staging / "exhibits" / "fig-satisfaction.csv").read_text("utf-8-sig")
    assert told.startswith("category,group,value,ci_low,ci_high,n\n")


def test_a_level_that_got_lost_on_the_way_is_refused_not_guessed(study):
    rows = points(shares(0.8, 0.8))
    bare = pd.DataFrame(rows.to_dict("list"))
    for lost in (bare, pd.concat([rows, points(shares(0.95, 0.95))], ignore_index=True)):
        with pytest.raises(UserError, match="nobody knows the level of the interval in row 1"):
            study.show("fig-satisfaction", lost)
    at_its_level(bare.assign(level=0.8), planned(study))
    without = bare.assign(ci_low=np.nan, ci_high=np.nan)
    assert at_its_level(without, planned(study))[0].equals(without)


def test_columns_named_like_ends_that_hold_words_are_no_interval(study):
    rows = pd.DataFrame({"lowest": [0.1], "without_low": ["31"], "without_high": ["44"]})
    assert at_its_level(rows, planned(study))[0].equals(rows)


def test_rows_of_two_levels_are_not_arranged_together():
    for arranged in (points, tidy_rows):
        with pytest.raises(UserError, match=r"0\.8, 0\.95.*several levels"):
            arranged(shares(0.8, 0.95))
    with pytest.raises(UserError, match="several levels"):
        open_bars({"a": named_bounds([1, 0, 0], level=0.8), "b": named_bounds([1, 0, 0])})
    rows = at_level(points(shares(0.8, 0.8)), [])
    assert noted_level(rows.rename(columns={"group": "facet"})) == 0.8


def test_one_row_of_another_level_is_named(study):
    rows = points(shares(0.8, 0.8)).assign(level=[0.8, 0.95])
    with pytest.raises(UserError, match=r"row 2 \(central\) has level 0\.95"):
        at_its_level(rows, planned(study))


def test_an_exhibit_may_have_a_level_of_its_own_if_its_heading_says_so(study):
    own = planned(study, level=0.95, options={"level": 0.95})
    _, headed = at_its_level(points(shares()), own)
    assert headed.subtitle.en == f"{own.subtitle.en.strip()} (95% interval)"
    assert headed.subtitle.zh == f"{own.subtitle.zh.strip()}（95% 区间）"
    with pytest.raises(UserError, match=r"level 0\.8, that of the exhibit is 0\.95"):
        at_its_level(points(shares(0.8, 0.8)), own)


def test_a_table_that_lists_lines_of_several_levels_names_them_in_its_heading(study):
    rows = pd.concat([points(shares(0.8, 0.8)).assign(level=level) for level in (0.8, 0.9875)])
    shown, headed = at_its_level(rows, planned(study, level="each"))
    assert headed.subtitle.en.endswith(" (80% interval, 98.75% interval)")
    assert headed.subtitle.zh.endswith("（80% 区间、98.75% 区间）")
    assert "level" not in shown


def test_an_estimate_of_another_level_is_recorded_only_if_that_is_said(study):
    line = binomial_interval(30, 100)
    with pytest.raises(UserError, match=r"'a' has an interval of level 0\.95, the study 0\.8"):
        study.record("a", line, **RECORD)
    assert study.record("a", line, level=0.95, **RECORD).level == 0.95
    study.record("b", Tidy("share", 0.3, n=1, method="arithmetic"), **RECORD)


@pytest.mark.parametrize(
    "change",
    [{"ci_low": 0.3, "ci_high": 0.3}, {"se": 0.0}, {"ci_high": 0.3 + 1e-16, "ci_low": 0.3}],
)
def test_an_interval_without_width_is_not_recorded(study, change):
    line = replace(binomial_interval(30, 100, 0.8), **change)
    with pytest.raises(UserError, match="estimate a has an interval without width"):
        study.record("a", line, **RECORD)


@pytest.mark.parametrize("column", ["ci", "ratio_ci", "weighted_ci"])
def test_an_interval_without_width_is_not_shown(study, column):
    rows = pd.DataFrame({"term": ["a", "b"], f"{column}_low": [0.1, 0.2], f"{column}_high": 0.2})
    with pytest.raises(UserError, match=r"fig-satisfaction: .*without width .*row 2 \(b\)"):
        refuse_no_width(rows, planned(study))
    with pytest.raises(UserError, match="without width"):
        study.show("fig-satisfaction", points(shares(0.8, 0.8)).assign(ci_low=0.5, ci_high=0.5))
    with pytest.raises(UserError, match=r"an error of zero \(se\) in row 2 \(b\)"):
        refuse_no_width(pd.DataFrame({"term": ["a", "b"], "se": [0.1, 0]}), planned(study))


def test_a_table_does_not_print_an_interval_as_nothing_to_nothing(study):
    effects = study.plan.exhibits["tab-effects"]
    rows = tidy_rows({("a", "b"): Tidy("a", 2e-17, 1e-17, 1e-18, 3e-17, 0.95, 0.009, 9)})
    with pytest.raises(UserError, match=r"tab-effects: an interval without width .*row 1 \(a\)"):
        refuse_no_width(rows, effects)
    small = tidy_rows({("a", "b"): Tidy("a", 0.02, 0.01, 0.01, 0.03, 0.95, 0.009, 9)})
    refuse_no_width(small, effects)


def test_categories_without_rows_go_with_the_rows_and_are_named(study, capsys):
    codes = pd.Categorical(["fire", "flood", "fire"], categories=["fire", "flood", "epidemic"])
    frame = pd.DataFrame({"hazard": codes, "deaths": [1.0, np.nan, 2.0], "note": [None, "x", "y"]})
    kept = study.complete_rows(frame, "deaths")
    assert list(kept["hazard"].cat.categories) == ["fire"]
    assert len(kept) == 2
    assert list(frame["hazard"].cat.categories) == ["fire", "flood", "epidemic"]
    said = capsys.readouterr().err
    assert (
        said == "完整个案 2 例，剔除 1 例。`hazard` 中无对应行的类别已去除：`flood`、`epidemic`。\n"
    )


def test_levels_that_differ_are_told_in_their_order():
    levels = [0.95, 0.8, 0.99, 0.5, 0.9]
    assert list(set(levels)) != sorted(levels)
    with pytest.raises(UserError, match=r"value '0\.5, 0\.8, 0\.9, 0\.95, 0\.99'"):
        at_level(pd.DataFrame(), levels)


def test_a_formula_gives_no_column_of_zeros_once_rows_are_complete(study):
    import patsy

    codes = pd.Categorical(["a", "b", "a", "b"], categories=["a", "b", "c"])
    frame = pd.DataFrame({"kind": codes, "y": [1.0, 2.0, np.nan, 4.0]})
    assert 0 in patsy.dmatrix("kind", frame.dropna(), return_type="dataframe").abs().sum().tolist()
    kept = study.complete_rows(frame)
    assert 0 not in patsy.dmatrix("kind", kept, return_type="dataframe").abs().sum().tolist()
