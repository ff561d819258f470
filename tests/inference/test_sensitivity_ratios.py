"""E-values agree with the published ones, on every scale."""

import json
from math import exp, inf, isnan, nan, sqrt
from pathlib import Path

import pytest

from compendium.errors import UserError
from compendium.inference.confounding import e_value
from compendium.inference.confounding.e_value import MEASURES
from compendium.stats.tidy import Tidy

FOLDER = Path(__file__).parents[1] / "reference" / "inference"
PUBLISHED = json.loads((FOLDER / "sensitivity_published.json").read_text(encoding="utf-8"))


def ratio(value, low=nan, high=nan):
    return Tidy("x", value, ci_low=low, ci_high=high, level=0.95)


def test_the_published_example_of_smoking_and_lung_cancer():
    known = PUBLISHED["e_value"]
    found = e_value(ratio(*known["ratio"]))
    assert found.value == pytest.approx(known["value"], abs=5e-6)
    assert found.limit == pytest.approx(known["limit"], abs=5e-6)


@pytest.mark.parametrize("case", PUBLISHED["e_value_formulas"]["cases"])
def test_the_published_cases(case):
    found = e_value(ratio(*case["ratio"]), case["measure"], true=case.get("true"))
    names = {"sqrt": sqrt, "__builtins__": {}}
    assert found.value == pytest.approx(eval(case["value"], names), rel=1e-12)
    assert found.limit == pytest.approx(eval(case["limit"], names), rel=1e-12)


@pytest.mark.parametrize("measure", ["risk_ratio", "rate_ratio", "odds_ratio_common"])
def test_a_ratio_and_its_inverse_need_the_same(measure):
    one, other = e_value(ratio(2.5, 1.5, 4), measure), e_value(ratio(0.4, 0.25, 1 / 1.5), measure)
    assert one.value == pytest.approx(other.value)
    assert one.limit == pytest.approx(other.limit)


def test_a_confounder_of_the_needed_strength_in_both_moves_the_ratio_by_exactly_so_much():
    found = e_value(ratio(1.86, 1.3, 2.6))
    bias = found.value**2 / (2 * found.value - 1)
    assert bias == pytest.approx(1.86)


def test_an_interval_that_holds_no_effect_needs_no_confounder():
    assert e_value(ratio(1.4, 0.9, 2.1)).limit == 1
    assert isnan(e_value(ratio(1.4)).limit)
    assert e_value(ratio(1.0, 0.8, 1.2)).value == 1


def test_differences_and_hazards_are_converted():
    found = e_value(ratio(0.5, 0.1, 0.9), "standardised_difference")
    assert found.ratio == pytest.approx(exp(0.91 * 0.5))
    assert found.ci_low == pytest.approx(exp(0.91 * 0.1))
    hazard = e_value(ratio(1.3, 1.2, 1.4), "hazard_ratio_common", true=1.1)
    risk = {h: (1 - 0.5 ** sqrt(h)) / (1 - 0.5 ** sqrt(1 / h)) for h in (1.3, 1.1)}
    away = risk[1.3] / risk[1.1]
    assert hazard.value == pytest.approx(away + sqrt(away * (away - 1)))
    assert "converted" in str(hazard.method)


def test_an_unbounded_interval_stays_unbounded():
    found = e_value(ratio(3.0, 0.0, inf), "odds_ratio_common")
    assert (found.ci_low, found.ci_high, found.limit) == (0.0, inf, 1.0)
    with_zero = e_value(ratio(3.0, 0.0, inf), "hazard_ratio_common")
    assert (with_zero.ci_low, with_zero.ci_high) == (0.0, inf)


@pytest.mark.parametrize("measure", [m for m in MEASURES if m != "standardised_difference"])
def test_a_ratio_that_is_none_is_refused(measure):
    for wrong in (ratio(0.0), ratio(-0.2, -0.5, 0.1), ratio(0.5, -0.1, 0.9)):
        with pytest.raises(UserError, match="a ratio must be above 0") as caught:
            e_value(wrong, measure)
        assert "\n" not in str(caught.value)


def test_other_bad_input_is_refused():
    for line, how, words in (
        (ratio(1.5), {"measure": "slope"}, "unknown measure"),
        (ratio(1.5), {"true": 0.0}, "must be above 0"),
        (ratio(nan), {}, "estimate is missing"),
        (ratio(1.2, 1.3, 1.4), {}, "leaves the estimate out"),
    ):
        with pytest.raises(UserError, match=words):
            e_value(line, **how)
