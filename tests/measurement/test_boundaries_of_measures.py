"""Measures exactly at their cuts: the last input accepted, the first refused, ties, no variance."""

from math import inf, nan

import numpy as np
import pandas as pd
import pytest
from properties import check_limit

from compendium.errors import UserError
from compendium.measurement.aggregation import aggregation, consensus, icc, null_variance, rwg_j
from compendium.measurement.answers import answers
from compendium.measurement.careless import Cuts, careless, even_odd, row_correlations, synonyms
from compendium.measurement.congruence import discrepancies
from compendium.measurement.factor import cfa, normal_line
from compendium.measurement.fit_indices import FitIndices
from compendium.measurement.invariance import _compared, invariance
from compendium.measurement.items import item_statistics, scale_scores
from compendium.measurement.method_variance import marker_correction
from compendium.measurement.polychoric import polychoric
from compendium.measurement.reliability import cronbach_alpha, reliability
from compendium.measurement.simple_structure import refuse_few
from compendium.stats.method import NONE

from .simulated import five_points, two_factors, with_covariance

ALIKE = with_covariance(np.full((4, 4), 0.4) + 0.6 * np.eye(4), 60)
CODES = five_points(ALIKE)
TWO, UNIT = two_factors(60, 3, items=2)


def one_factor(n):
    return cfa(ALIKE, {"f": list(ALIKE.columns[:n])})


def second_factor(n):
    return cfa(two_factors(200, 1, items=2)[0], {"f": ["y0", "y1"], "g": ["y2", "y3"][:n]})


def in_groups(n):
    """A group of 60 rows and one of n."""
    rows = pd.concat([ALIKE, ALIKE.iloc[:n]], ignore_index=True)
    return invariance(rows, {"f": list(ALIKE.columns)}, ["a"] * 60 + ["b"] * n)


def of_categories(n):
    return polychoric(pd.DataFrame({"a": np.arange(60) % n, "b": np.arange(60) % 4}))


def both_answered(n):
    frame = pd.DataFrame({"a": np.arange(40.0) % 3, "b": np.arange(40.0) // 3 % 4})
    frame.loc[n:, "b"] = nan
    return polychoric(frame)


def complete(n):
    found = answers(
        pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [2.0, 1] + [3.0, 4][: n - 2] + [nan] * (4 - n)})
    )
    return found.complete_rows(3)


def spanning(top):
    return consensus(pd.DataFrame({"a": [1, 2, 2, top]}), list("uuvv"), categories=4)


def of_categories_2(categories):
    return consensus(pd.DataFrame({"a": [1, 2, 2, 1]}), list("uuvv"), categories=categories)


def marked(n):
    return marker_correction(
        ALIKE.set_axis(["a", "b", "c", "m"], axis=1)[[*["a", "b"][:n], "m"]], "m"
    )


def rows_of(n):
    return marker_correction(ALIKE.iloc[:n].set_axis(["a", "b", "c", "m"], axis=1), "m")


def within_range(low_and_high):
    low, high = low_and_high
    return item_statistics(
        pd.DataFrame({"a": [1, 2, 5, 3], "b": [2, 1, 4, 5]}), {"s": ["a", "b"]}, low=low, high=high
    )


def of_rows(n):
    return cronbach_alpha(pd.DataFrame({"a": [1, 2, 3], "b": [2, 1, 3]})[:n])


def share_answered(share):
    return scale_scores(ALIKE, {"s": list(ALIKE.columns)}, min_answered=share)


CASES = {
    "three rows for alpha": (of_rows, 3, 2, "2 complete rows"),
    "shares that sum to 1": (lambda p: null_variance([0.5, 0.5 + p]), 1e-10, 1e-8, "must sum to 1"),
    "three items of a single factor": (one_factor, 3, 2, "2 items, at least 3"),
    "two items of a factor beside another": (second_factor, 2, 1, "1 items, at least 2"),
    "more rows than parameters": (lambda n: refuse_few(n, 8), 9, 8, "8 complete rows for 8"),
    "30 rows of a group": (in_groups, 30, 29, "29 complete rows, at least 30"),
    "two groups": (in_groups, 30, 0, "1 group among"),
    "two items to correlate": (lambda k: polychoric(CODES.iloc[:, :k]), 2, 1, "one item"),
    "ten categories": (of_categories, 10, 11, "11 different answers, at most 10"),
    "30 rows with both answers": (both_answered, 30, 29, "29 rows answer both"),
    "as many complete rows as needed": (complete, 3, 2, "2 complete rows, at least 3"),
    "two items for alpha": (lambda k: cronbach_alpha(CODES.iloc[:, :k]), 2, 1, "two items or more"),
    "a share of answers above 0": (share_answered, 1e-9, 0.0, "share of answered items"),
    "a share of answers up to 1": (share_answered, 1.0, 1.0 + 1e-9, "share of answered items"),
    "the lowest answer": (within_range, (1, 5), (1.01, 5), "lies outside"),
    "the highest answer": (within_range, (1, 5), (1, 4.99), "lies outside"),
    "answers over all categories": (spanning, 4, 5, "answers span 4 steps"),
    "two categories": (of_categories_2, 2, 1, "answers span 1 steps"),
    "a unit of two complete rows": (
        lambda units: consensus(pd.DataFrame({"a": [1, 2, 3]}), units, categories=3),
        list("uuv"),
        list("uvw"),
        "no unit has two complete rows",
    ),
    "a unit of two rows": (
        lambda units: icc([1, 2, 4], units),
        list("uuv"),
        list("uvw"),
        "no unit has two rows",
    ),
    "a probability of 0": (null_variance, (0.0, 0.5, 0.5), (-0.1, 0.6, 0.5), "must sum to 1"),
    "two scales beside the marker": (marked, 2, 1, "two scales besides"),
    "30 rows for a marker": (rows_of, 30, 29, "29 complete rows, at least 30"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_last_input_is_accepted_and_the_next_refused(case):
    check_limit(*CASES[case])


@pytest.mark.parametrize("constant", [0.0, 2.0])
def test_an_item_of_one_answer_is_refused_whatever_the_answer(constant):
    with pytest.raises(UserError, match="same answer throughout"):
        answers(pd.DataFrame({"a": [1.0, 2, 3], "b": constant}))


@pytest.mark.parametrize(("k", "has_omega"), [(2, False), (3, True)])
def test_omega_needs_three_items(k, has_omega):
    found = reliability(CODES.iloc[:, :k])
    assert np.isfinite(found.omega.value) == has_omega
    assert np.isfinite(found.ordinal_omega.value) == has_omega


def test_a_person_with_exactly_the_share_of_answers_has_a_score():
    items = pd.DataFrame(
        {"a": [1.0, 1, 2], "b": [3.0, nan, 4], "c": [2.0, nan, 5], "d": [2.0, 4, nan]}
    )
    found = scale_scores(items, {"s": list("abcd")}, min_answered=0.5)["s"]
    assert found.tolist() == pytest.approx([2, 2.5, 11 / 3])
    assert scale_scores(items, {"s": list("abcd")}, min_answered=0.51)["s"].isna().tolist() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("k", "item_rest", "dropped"), [(1, False, False), (2, True, False), (3, True, True)]
)
def test_what_an_item_has_to_do_with_the_rest_needs_a_rest(k, item_rest, dropped):
    found = item_statistics(CODES, {"s": list(CODES.columns[:k])}, low=1, high=5)
    assert found["item_rest"].notna().all() == found["item_rest"].notna().any() == item_rest
    assert found["alpha_if_dropped"].notna().all() == dropped


@pytest.mark.parametrize("se", [0.0, nan])
def test_a_line_without_an_error_has_no_interval(se):
    line = normal_line("t", 0.5, se, 0.95, 10, 0, NONE)
    assert line.value == 0.5
    assert np.isnan([line.se, line.ci_low, line.ci_high, line.p]).all()


def indices(cfi=1.0, rmsea=0.0, df=5, **changed):
    values = {"n": 100, "n_clusters": 0, "chi2": float(df), "df": df, "p": 0.5, "scaling": 1.0}
    values |= {"cfi": cfi, "tli": 1.0, "rmsea": rmsea, "rmsea_low": 0.0, "rmsea_high": 0.0}
    values |= {"srmr": 0.01, "baseline_chi2": 200.0, "baseline_df": 10}
    return FitIndices(**(values | changed))


@pytest.mark.parametrize(("high", "has_interval"), [(0.0, False), (1e-9, True)])
def test_an_rmsea_interval_of_which_both_ends_are_0_is_none(high, has_interval):
    row = indices(rmsea_high=high).row()
    assert np.isfinite(row["rmsea_low"]) == np.isfinite(row["rmsea_high"]) == has_interval


@pytest.mark.parametrize(
    ("cfi", "rmsea", "holds"),
    [
        (-0.01, 0.0, True),
        (-0.0101, 0.0, False),
        (0.0, 0.015, True),
        (0.0, 0.0151, False),
        (-0.01, 0.015, True),
    ],
)
def test_a_level_of_invariance_holds_at_exactly_the_limits_of_chen(cfi, rmsea, holds):
    """Chen (2007): CFI falls by no more than 0.01 and RMSEA rises by no more than 0.015."""
    frame = _compared({"configural": indices(cfi=0.0), "metric": indices(cfi, rmsea, df=8)})
    assert frame["holds"].tolist() == [None, holds]
    assert frame["delta_df"].tolist()[1] == 3


@pytest.mark.parametrize(
    ("half_width", "second", "shares"),
    [
        (2.0, [0.5, -1.5], [0, 1, 0]),
        (1.99, [0.5, -1.5], [0, 0.5, 0.5]),
        (2.0, [-1.5, 0.5], [0, 1, 0]),
        (1.99, [-1.5, 0.5], [0.5, 0.5, 0]),
    ],
)
def test_scores_just_half_a_width_apart_agree(half_width, second, shares):
    """The standard deviation of -1.5, 0.5, 0.5, 0.5 is 1: the gaps are 0, and 2 or -2."""
    long = pd.DataFrame([[0.5, 0.5], second], columns=["responsibility", "power"])
    long = long.assign(domain="d", difference=long["responsibility"] - long["power"])
    found = discrepancies(long, half_width=half_width)
    sides = ["power_greater", "agreement", "responsibility_greater"]
    assert found[sides].to_numpy().tolist() == [shares]


def test_as_much_between_as_within_units_is_no_agreement_and_not_below_chance():
    """Units 0, 3 and 2, 6: squares between and within are both 6.25, so that F is 1."""
    found = icc([0, 3, 2, 6], list("aabb"))
    assert found.f == 1
    assert (found.icc1.value, found.icc2.value) == (0, 0)
    assert found.icc2.ci_low == 0


def test_the_pole_of_the_step_up_formula_belongs_to_no_agreement():
    """Two items of twice the null variance: 2 (1 - 2) + 2 is 0."""
    assert rwg_j(np.array([2.0]), 1.0, 2).tolist() == [-inf]
    assert rwg_j(np.array([1.0]), 1.0, 2).tolist() == [0]


@pytest.mark.parametrize(
    ("answered", "categories", "agreed", "near"),
    [
        ([3, 3, 3, 5, 5, 5], 7, 1, 1),  # variance 1.2 of 4: 0.7; distance 1 of 7/6
        ([3, 3, 5, 5], 6, 0, 1),  # variance 4/3 of 35/12; distance 1 of 1
        ([3, 3, 3, 5, 5, 6], 7, 0, 1),  # variance 1.77 of 4; distance 7/6 of 7/6
        ([3, 3, 3, 6, 6, 6], 7, 0, 0),  # variance 2.7 of 4; distance 1.5 of 7/6
    ],
)
def test_a_unit_just_at_the_cut_agrees(answered, categories, agreed, near):
    two = pd.DataFrame({"a": answered + [value - 1 for value in answered]})
    found, _, _ = aggregation(
        two, {"s": ["a"]}, np.repeat(["u", "v"], len(answered)), categories=categories
    )
    assert found["share_agreed"].tolist() == [agreed]
    assert found["share_ad"].tolist() == [near]


def crossed():
    """Two items and a marker, all of -1 and 1: a and marker are orthogonal, b goes with both."""
    a, m = np.tile([-1, -1, 1, 1], 10), np.tile([-1, 1, -1, 1], 10)
    b = np.where(np.arange(40) < 24, m, np.where(np.arange(40) % 3, a, -a))
    return pd.DataFrame({"a": a, "b": b, "marker": m})


def test_a_scale_that_has_nothing_to_do_with_the_marker_is_not_what_the_marker_shows():
    scales = crossed()
    R = np.corrcoef(scales.to_numpy(), rowvar=False)
    assert R[0, 2] == 0
    assert R[1, 2] > 0.1
    assert marker_correction(scales, "marker").r_marker == pytest.approx(R[1, 2])


def test_a_correlation_changes_where_its_p_value_reaches_the_level():
    S = np.array([[1, 0.06, 0.03], [0.06, 1, 0.04], [0.03, 0.04, 1]])
    scales = with_covariance(S, 100).set_axis(["a", "b", "marker"], axis=1)
    plain, corrected = marker_correction(scales, "marker").frame[["p", "p_corrected"]].iloc[0]
    assert 0.5 < plain < corrected < 1  # so that 1 - (1 - p) is p to the last digit
    for alpha, changes in [
        (plain, False),
        (np.nextafter(plain, 1), True),
        (corrected, True),
        (np.nextafter(corrected, 1), False),
    ]:
        found = marker_correction(scales, "marker", level=1 - alpha).frame
        assert found["changes"].tolist() == [changes]


SCALES = {f"s{k}": [f"y{2 * k}", f"y{2 * k + 1}"] for k in range(3)}
PEOPLE = pd.DataFrame(np.random.default_rng(2).integers(1, 8, (40, 6))).add_prefix("y")


@pytest.mark.parametrize("screen", ["mahalanobis", "even_odd", "synonyms"])
def test_a_person_is_flagged_below_a_cut_and_not_at_it(screen):
    column = "mahalanobis_p" if screen == "mahalanobis" else screen
    few = Cuts(synonym_pairs=-1.0)
    values = careless(PEOPLE, SCALES, cuts=few).frame[column]
    at = values.drop_duplicates(keep=False).nsmallest(5).index[-1]
    for cut, flagged in ((values[at], False), (np.nextafter(values[at], 2), True)):
        found = careless(PEOPLE, SCALES, cuts=Cuts(synonym_pairs=-1.0, **{screen: cut}))
        assert bool(found.flagged.loc[at, screen]) is flagged


@pytest.mark.parametrize(("run", "flagged"), [(3, True), (2, False)])
def test_a_string_of_half_of_the_items_is_long(run, flagged):
    people = PEOPLE.copy()
    people.loc[0] = [4] * run + [1, 2, 3, 5][: 6 - run]
    assert bool(careless(people, SCALES).flagged.loc[0, "longstring"]) is flagged


@pytest.mark.parametrize(("rows", "known"), [(6, False), (7, True)])
def test_distances_need_more_complete_rows_than_items(rows, known):
    found = careless(PEOPLE.iloc[:rows], SCALES).frame["mahalanobis"]
    assert found.notna().all() == found.notna().any() == known


@pytest.mark.parametrize(("pairs", "known"), [(2, False), (3, True)])
def test_three_pairs_of_synonyms_are_the_fewest(pairs, known):
    found = answers(PEOPLE)
    R = np.corrcoef(found.Y, rowvar=False)
    cut = float(np.sort(R[np.tril_indices(6, -1)])[-pairs])
    assert len(synonyms(found, cut)) == pairs
    screened = careless(PEOPLE, SCALES, cuts=Cuts(synonym_pairs=cut))
    assert screened.frame["synonyms"].notna().any() == known
    assert len(screened.synonym_pairs) == pairs


HALVES = [[1, 3], [2, 2], [3, 1], [5, 9]]


def halves(scales, first=HALVES):
    """A person whose answers to the scales are these; a second one, so that items differ."""
    row = [float(x) for pair in first[:scales] for x in pair]
    items = pd.DataFrame([row, [x + 1 for x in row]]).add_prefix("y")
    return answers(items), {str(k): [f"y{2 * k}", f"y{2 * k + 1}"] for k in range(scales)}


@pytest.mark.parametrize(("scales", "wanted"), [(2, nan), (3, -1.0)])
def test_even_and_odd_are_compared_over_three_scales_and_opposites_are_at_the_least(scales, wanted):
    """The halves 1, 2, 3 and 3, 2, 1 correlate by -1, where stepping up would divide by 0."""
    assert even_odd(*halves(scales)).tolist() == pytest.approx([wanted] * 2, nan_ok=True)


def test_scales_of_one_item_have_no_halves():
    found, scales = halves(3)
    assert np.isnan(even_odd(found, {"one": ["y0"], "1": scales["1"], "2": scales["2"]})).all()


def test_a_half_that_was_not_answered_is_left_out_and_is_no_answer_of_0():
    """The halves are 1, 2, 3 and 1, 2, 3; the fourth scale, of 9 and 1, spoils it for who gave 1."""
    found, scales = halves(4, [[1, 1], [2, 2], [3, 3], [9, 1]])
    found.Y[0, 7] = nan
    assert even_odd(found, scales)[0] == pytest.approx(1)
    assert even_odd(found, scales)[1] < 0


@pytest.mark.parametrize(
    ("x", "y", "wanted"),
    [
        ([1, 2, 3], [2, 4, 6], 1),
        ([1, 2, nan], [2, 4, 6], nan),
        ([0, 0, 0], [1, 2, 3], nan),
        ([1, 2, 3], [0, 0, 0], nan),
        ([5, 5, 5], [1, 2, 3], nan),
    ],
)
def test_a_row_correlates_over_three_pairs_of_which_neither_side_is_constant(x, y, wanted):
    found = row_correlations(np.array([x], dtype=float), np.array([y], dtype=float))
    assert found.tolist() == pytest.approx([wanted], nan_ok=True)


def test_screens_flag_where_their_sources_say():
    """Curran (2016), custom, Jackson (1976), none at all, Meade and Craig (2012)."""
    found = careless(PEOPLE, SCALES).summary.set_index("screen")["cut"]
    assert found[["longstring", "mahalanobis", "even_odd", "synonyms"]].tolist() == [
        0.5 * 6,
        0.001,
        0.3,
        0.0,
    ]
    assert Cuts().synonym_pairs == 0.6


@pytest.mark.parametrize(("gap", "agrees"), [(0.54, True), (0.56, False)])
def test_half_a_standard_deviation_is_agreement_unless_told_otherwise(gap, agrees):
    """Scores are gap / 2 below and above -1 and 1: gaps of 0.49 and 0.505 standard deviations."""
    centre = np.array([-1.0, -1, 1, 1])
    long = pd.DataFrame({"power": centre - gap / 2, "responsibility": centre + gap / 2})
    assert (gap / np.sqrt(8 * (1 + gap**2 / 4) / 7) < 0.5) == agrees
    found = discrepancies(long.assign(domain="d", difference=gap))
    assert found["agreement"].tolist() == [float(agrees)]


def test_units_whose_means_are_alike_have_the_least_icc_of_their_size() -> None:
    """With F at 0 ICC(1) is -1 / (size - 1); a reliability below chance is not given."""
    found = icc([-1.0, 1.0, -1.0, 1.0], ["a", "a", "b", "b"])
    assert found.f == 0.0
    assert found.icc1.value == -1.0
    assert np.isnan(found.icc2.value)
