"""Bad input is refused in one line that says what, where and how to mend it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.qca import (
    Bell,
    Crisp,
    Cuts,
    Direct,
    Indirect,
    Linear,
    calibrate,
    minimise,
    parameters_of_fit,
    read_sets,
    truth_table,
)
from compendium.qca.robustness import Analysis, robustness_ranges
from compendium.qca.views import diversity


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"A": [1.0, 0.8, 0.2, 0.0], "B": [0.9, 0.1, 0.7, 0.3], "Y": [1.0, 0.7, 0.1, 0.2]},
        index=["north", "south", "east", "west"],
    )


def test_membership_outside_the_unit_interval(frame):
    frame.loc["east", "B"] = 1.2
    with pytest.raises(UserError, match=r"row 3, column B, value 1\.2: .*case east in B"):
        truth_table(frame, "Y", ["A", "B"])


def test_missing_membership_names_case_and_condition(frame):
    frame.loc["south", "A"] = np.nan
    with pytest.raises(UserError, match=r"case south in A is missing"):
        truth_table(frame, "Y", ["A", "B"])


def test_text_instead_of_a_membership(frame):
    words = frame.assign(A=["1", "yes", "0", "0"])
    with pytest.raises(UserError, match=r"row 2, column A, value 'yes'"):
        truth_table(words, "Y", ["A", "B"])


def test_outcome_among_the_conditions(frame):
    with pytest.raises(UserError, match="outcome is among the conditions"):
        truth_table(frame, "~Y", ["A", "Y"])


def test_more_than_26_conditions():
    names = [f"X{i}" for i in range(27)]
    wide = pd.DataFrame(np.zeros((3, 28)), columns=[*names, "Y"])
    with pytest.raises(UserError, match="27 conditions are more than 26"):
        truth_table(wide, "Y", names)


def test_duplicate_case_names(frame):
    frame.index = ["north", "south", "north", "west"]
    with pytest.raises(UserError, match=r"row 3.*'north'.*row 1 stands here again"):
        truth_table(frame, "Y", ["A", "B"])


def test_duplicate_names_in_a_column_of_cases(frame):
    with pytest.raises(UserError, match="column who"):
        read_sets(frame.assign(who=["a", "b", "b", "c"]), "Y", ["A"], case="who")


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([], "no condition is given"),
        (["A", "A"], "given twice"),
        (["A", "Z"], "no such column"),
        (["A", "B*"], "no usable name"),
    ],
)
def test_conditions_that_cannot_be_used(frame, conditions, message):
    with pytest.raises(UserError, match=message):
        truth_table(frame, "Y", conditions)


def test_no_case_at_all(frame):
    with pytest.raises(UserError, match="no case"):
        truth_table(frame.iloc[:0], "Y", ["A"])


def test_no_positive_row(frame):
    table = truth_table(frame.assign(Y=0.1), "Y", ["A", "B"])
    with pytest.raises(UserError, match="no row of the truth table for Y is positive"):
        minimise(table, "parsimonious")


def test_nothing_negative(frame):
    table = truth_table(frame.assign(Y=1.0), "Y", ["A", "B"])
    for kind in ("conservative", "parsimonious"):
        with pytest.raises(UserError, match=r"no row .* is negative"):
            minimise(table, kind)


def test_constant_condition_is_flagged(frame):
    table = truth_table(frame.assign(A=1.0), "Y", ["A", "B"])
    assert [(flag.kind, flag.column) for flag in table.flags] == [("constant", "A")]
    assert "A is constant" in table.flags[0].text["en"]
    assert "常量" in table.flags[0].text["zh"]


def test_membership_of_one_half_is_flagged_and_in_no_row(frame):
    frame.loc["west", "B"] = 0.5
    table = truth_table(frame, "Y", ["A", "B"])
    (flag,) = table.flags
    assert (flag.kind, flag.column, flag.cases) == ("half", "B", ("west",))
    assert "west" not in {case for row in table.rows for case in row.cases}
    assert diversity(table)["cases_in_no_row"] == 1
    assert "west" in flag.text["en"]
    assert "west" in flag.text["zh"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Direct(5, 3, 8),
        lambda: Direct(1, 1, 2),
        lambda: Linear(1, 9, 5),
        lambda: Bell((1, 2, 3, 3, 2, 5)),
        lambda: Bell((5, 4, 3, 2, 1, 0)),
        lambda: Crisp((2, 1)),
        lambda: Crisp(()),
        lambda: Indirect((3, 3)),
        lambda: Direct(1, 2, 3, idm=0.5),
        lambda: Linear(1, 2, 3, below=0),
    ],
)
def test_anchors_out_of_order(make):
    with pytest.raises(UserError):
        make()


def test_indirect_method_refuses_negative_values():
    with pytest.raises(UserError, match="negative"):
        Indirect((1.0, 2.0)).apply([-1.0, 1.5, 3.0])


def test_calibration_of_an_absent_column(frame):
    with pytest.raises(UserError, match="column Z"):
        calibrate(frame, {"Z": Crisp((1.0,))})


@pytest.mark.parametrize(
    "make",
    [
        lambda: Cuts(consistency=1.2),
        lambda: Cuts(consistency=0.7, contradiction=0.8),
        lambda: Cuts(pri=-0.1),
        lambda: Cuts(frequency=0),
    ],
)
def test_cut_offs_that_make_no_sense(make):
    with pytest.raises(UserError):
        make()


def test_excluded_row_that_does_not_exist(frame):
    with pytest.raises(UserError, match="no such row among 4"):
        truth_table(frame, "Y", ["A", "B"], exclude=[5])


@pytest.mark.parametrize(
    ("kind", "expectations"),
    [
        ("intermediate", None),
        ("parsimonious", {"A": True}),
        ("intermediate", {"Z": True}),
        ("best", None),
    ],
)
def test_expectations_where_they_belong(frame, kind, expectations):
    table = truth_table(frame, "Y", ["A", "B"])
    with pytest.raises(UserError):
        minimise(table, kind, expectations=expectations)


def test_unknown_condition_in_an_expression(frame):
    with pytest.raises(UserError, match="Z is in no column"):
        parameters_of_fit(frame, "A*Z", "Y", "sufficiency")


def test_an_analysis_without_a_solution_has_no_robustness(frame):
    with pytest.raises(UserError, match="no row"):
        robustness_ranges(Analysis(frame.assign(Y=0.0), "Y", ("A", "B")))


def test_an_outcome_nobody_has_gives_no_number(frame):
    row = parameters_of_fit(frame.assign(Y=0.0), "A", "Y", "necessity").iloc[0]
    assert np.isnan(row["consistency"])
