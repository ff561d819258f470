"""XY plots put every case where it belongs and name those that deviate."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.forms.xy import apart, untangled
from compendium.text import Text

from .exhibit_cases import CASES, LABELS, XY, plan
from .test_forms import drawn_texts

FOUR = pd.DataFrame(
    {
        "category": ["typical", "contradicts", "uncovered", "neither"],
        "x": [0.8, 0.9, 0.1, 0.2],
        "value": [0.9, 0.2, 0.7, 0.1],
    }
)


def figure_of(data, **changes):
    return draw(data, plan("fig-x", "xy", **({"axes": XY} | changes)), LABELS, "en")


def crosses(first, second):
    def side(a, b, c):
        return np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    (a, b), (c, d) = first, second
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def test_deviant_cases_are_named_and_the_others_are_not():
    words = {text for text, _ in drawn_texts(figure_of(FOUR))}
    assert {"1 uncovered", "2 contradicts"} <= words
    assert not any("typical" in text or "neither" in text for text in words)


def test_cases_have_their_names_in_the_language_of_the_figure():
    named = replace(
        LABELS, plan_labels={**LABELS.plan_labels, "uncovered": Text("Flood in A", "甲地水灾")}
    )
    exhibit = plan("fig-x", "xy", axes=XY)
    for lang, name in (("en", "Flood in A"), ("zh", "甲地水灾")):
        words = {text for text, _ in drawn_texts(draw(FOUR, exhibit, named, lang))}
        assert f"1 {name}" in words
        assert "1 uncovered" not in words
        assert name in describe(FOUR, exhibit, named, lang)


def test_the_number_of_a_contradicting_case_stands_on_the_right():
    places = {text: box.x0 for text, box in drawn_texts(figure_of(FOUR))}
    assert places["0.5"] < places["2"]


def test_long_names_are_told_whole_and_leave_the_plot_its_room():
    name = "A very long name of an incident that no column beside the plot could ever hold whole"
    named = replace(LABELS, plan_labels={**LABELS.plan_labels, "uncovered": Text(name, name)})
    figure = draw(FOUR, plan("fig-x", "xy", axes=XY), named, "en")
    assert f"1 {name}" in " ".join(text for text, _ in drawn_texts(figure))
    places = {text: box.x0 for text, box in drawn_texts(figure)}
    assert places["2"] - places["0"] > 0.7 * figure.get_figwidth() * 72


def test_the_fit_on_the_figure_is_what_the_data_have_of_it():
    """Nothing is computed while it is drawn, and nothing said where the data have none."""
    fitted = FOUR.assign(consistency=0.6, pri=0.51, coverage=0.632)
    words = " ".join(text for text, _ in drawn_texts(figure_of(fitted)))
    assert "Consistency 0.60, PRI 0.51, coverage 0.63, n = 4" in words
    told = describe(fitted, plan("fig-x", "xy", axes=XY), LABELS, "en")
    assert told.startswith("Consistency 0.60, PRI 0.51, coverage 0.63, n = 4. Upwards: ")
    assert "Consistency" not in " ".join(text for text, _ in drawn_texts(figure_of(FOUR)))


def test_the_description_counts_quadrants_and_names_deviant_cases():
    told = describe(FOUR, plan("fig-x", "xy", axes=XY), LABELS, "en")
    assert "without the outcome, 1: contradicts" in told
    assert "outcome without the solution, 1: uncovered" in told
    assert "Neither, 1." in told


def test_no_two_points_cover_each_other_and_none_leaves_the_plot():
    wanted = [(10.0, 190.0)] * 40 + [(190.0, 10.0)] * 10
    placed = apart(wanted, 6.0, (190.0, 190.0))
    gaps = [np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in combinations(placed, 2)]
    assert min(gaps) > 5.8
    assert all(10 - 1e-6 <= x <= 190 + 1e-6 and 10 - 1e-6 <= y <= 190 + 1e-6 for x, y in placed)


def test_a_point_alone_stays_where_its_memberships_put_it():
    wanted = [(20.0, 30.0), (50.0, 30.0)]
    assert apart(wanted, 6.0, (190.0, 190.0)) == wanted


def test_leader_lines_do_not_cross():
    at = {f"c{i}": (20.0 + i * 37 % 90, 15.0 + i * 53 % 70) for i in range(14)}
    slots = [10.0 + 11 * i for i in range(14)]
    order = untangled(sorted(at), slots, at, -20.0)
    lines = [((-20.0, y), at[case]) for case, y in zip(order, slots, strict=True)]
    assert not [1 for a, b in combinations(lines, 2) if crosses(a, b)]
    assert sorted(order) == sorted(at)


def test_a_plot_grows_with_the_names_beside_it():
    many, few = (draw(*CASES[name][::-1], LABELS, "en") for name in ("xy-120", "xy-1"))
    assert many.get_figheight() > 1.2 * few.get_figheight()


@pytest.mark.parametrize("column", ["x", "value"])
def test_a_membership_outside_the_unit_interval_is_refused(column):
    with pytest.raises(UserError, match=r"row 2.*membership is no number from 0 to 1"):
        figure_of(FOUR.assign(**{column: [0.1, 1.2, 0.3, 0.4]}))


def test_both_axes_need_words():
    with pytest.raises(UserError, match="no words for its axis y"):
        figure_of(FOUR, axes={"x": XY["x"]})


def test_a_truth_table_with_an_unknown_result_is_refused():
    exhibit, data = CASES["truth-3"]
    with pytest.raises(UserError, match="unknown result"):
        draw(data.assign(part="maybe"), exhibit, LABELS, "en")


def test_a_truth_table_with_too_many_conditions_is_refused():
    columns = [CASES["truth-4"][1].assign(category=f"long{j}") for j in range(9)]
    data = pd.concat(columns).drop_duplicates(["row", "category", "group"])
    with pytest.raises(UserError, match="leave no room for the marks"):
        draw(data, CASES["truth-4"][0], LABELS, "en")


def test_a_truth_table_is_told_row_by_row():
    exhibit, data = CASES["truth_table-1"]
    told = describe(data, exhibit, LABELS, "en")
    assert "1 of 1 rows" in told
    assert "3 cases" in told
    assert "consistency 0.90, PRI 0.80, sufficient" in told
