"""Every number comes with a sentence that says what it shows, the same in both languages."""

import re
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.exhibits.forms import draw
from compendium.exhibits.labels import Labels
from compendium.exhibits.style import refuse_missing_glyphs
from compendium.inference.confounding import benchmark_bounds, confounding, e_value, of_line, oster
from compendium.inference.confounding import tables as rows
from compendium.inference.confounding.words import (
    benchmark_sentence,
    e_value_sentence,
    number,
    oster_sentence,
    robustness_sentence,
)
from compendium.plan.types import ExhibitPlan
from compendium.stats.design import design
from compendium.stats.tidy import Tidy
from compendium.text import LANGS, Text

FOLDER = Path(__file__).parents[1] / "reference" / "inference"
DATA = pd.read_csv(FOLDER / "data" / "sensitivity_simulated.csv")
X = design(DATA, ["d", "x1", "kind"])
WHAT = Text("d on y", "d 对 y")
X1 = Text("x1", "x1")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")


def found(**how):
    return confounding(DATA["y"], X, "d", DATA["g"], **how)


def bounds(multiples=(1, 2)):
    return benchmark_bounds(found(), DATA["y"], X, {"x1": ["x1"]}, multiples)


def sentences():
    plain, wide = found(), of_line(Tidy("d", 0.1, 0.2, level=0.9), 50)
    told = [
        robustness_sentence(plain, WHAT),
        robustness_sentence(wide, WHAT),
        robustness_sentence(found(q=0.5), WHAT),
    ]
    told += [
        benchmark_sentence(plain, row, WHAT, X1) for row in bounds((1, 2, 3, 50)).to_dict("records")
    ]
    for line, measure in (
        (Tidy("d", 1.9, ci_low=1.2, ci_high=3.1, level=0.95), "rate_ratio"),
        (Tidy("d", 0.9, ci_low=0.7, ci_high=1.1, level=0.95), "odds_ratio_common"),
        (Tidy("d", 1.9), "risk_ratio"),
    ):
        told.append(e_value_sentence(e_value(line, measure), WHAT))
    for terms, r_max, delta in ((["x1"], 0.75, 1), (["x1"], 0.75, 0.5), (["x1", "kind"], 0.5, 3)):
        terms = design(DATA, ["d", *terms])
        told.append(oster_sentence(oster(DATA["y"], terms, "d", r_max=r_max, delta=delta), WHAT))
    return told


@pytest.mark.parametrize("text", sentences())
def test_both_languages_give_the_same_numbers(text):
    numbers = {lang: sorted(re.findall(r"\d+\.\d+", text[lang])) for lang in LANGS}
    assert numbers["en"] == numbers["zh"]
    assert not re.search(r"nan|\{|\}|None", text.en + text.zh)
    assert not HALF_WIDTH.search(text.zh)
    refuse_missing_glyphs(text.en + text.zh)


def test_the_sentence_on_robustness_says_what_it_does_not_show():
    told = robustness_sentence(found(), WHAT)
    assert "37.7% of what the model leaves unexplained" in told.en
    assert "25.4% of both would let the 95% interval reach 0" in told.en
    assert told.en.endswith("not whether it exists.")
    assert told.zh.endswith("而不说明它是否存在。")


def test_an_interval_that_is_there_already_is_said_to_be_so():
    wide = of_line(Tidy("d", 0.1, 0.2, level=0.9), 50)
    assert "reaches 0 without any confounder" in robustness_sentence(wide, WHAT).en
    inside = e_value(Tidy("d", 0.9, ci_low=0.7, ci_high=1.1, level=0.95))
    assert "holds 1 already" in e_value_sentence(inside, WHAT).en


def test_an_impossible_benchmark_is_said_to_be_impossible():
    row = bounds((50,)).to_dict("records")[0]
    assert (
        "nothing unseen can be 50 times as strong" in benchmark_sentence(found(), row, WHAT, X1).en
    )


def test_several_solutions_and_none_are_said():
    many = oster(DATA["y"], design(DATA, ["d", "x1"]), "d", r_max=0.75, delta=0.5)
    star = many.beta_star
    assert ("admissible solutions" in oster_sentence(many, WHAT).en) == (len(star.admissible) > 1)
    none = oster(DATA["y"], X, "d", r_max=0.5, delta=3)
    assert "no admissible solution" in oster_sentence(none, WHAT).en


def test_numbers_are_written_for_readers():
    assert [number(x) for x in (-1234.5, 0.0213, 0.0, -0.0, float("inf"), nan)] == [
        "−1,234.50",
        "0.021",
        "0.00",
        "0.00",
        "∞",
        "–",
    ]


def test_rows_carry_the_sentence_in_both_languages():
    words = {"d": WHAT}
    for frame in (
        rows.robustness_rows({"d": found()}, words),
        rows.bound_rows(found(), bounds(), WHAT, {"x1": X1}),
        rows.e_value_rows({"d": e_value(Tidy("d", 1.9))}, words),
        rows.oster_rows({"d": oster(DATA["y"], X, "d")}, words),
    ):
        assert all(set(cell) == set(LANGS) for cell in frame["sentence"])


@pytest.mark.parametrize("of", ["value", "t"])
def test_the_points_of_the_contour_can_be_drawn(of):
    points = rows.contour_points(found(), bounds(), of=of, multiples=(1, 2))
    benchmarks = points[points["part"] == "benchmark"]
    wanted = bounds()["value" if of == "value" else "t"]
    np.testing.assert_allclose(benchmarks["value"], wanted)
    codes = [*benchmarks["category"], "nothing_left", "at_critical_t"]
    axes = {name: Text(name, name) for name in ("x", "y", "value")}
    exhibit = ExhibitPlan(
        id="fig-c",
        kind="figure",
        form="contour",
        notebook="n",
        evidence=("observed",),
        title=Text("t", "t"),
        note=Text("n", "n"),
        alt=Text("a", "a"),
        axes=axes,
    )
    draw(points, exhibit, Labels({code: Text(code, code) for code in codes}), "en")
