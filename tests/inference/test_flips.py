"""Which changes of choice turn an outcome, on outcomes that are set by hand."""

from collections.abc import Collection
from dataclasses import replace
from math import isnan

import pytest

from compendium.inference.multiverse import run_multiverse
from compendium.inference.multiverse.run import NOT_RUN, STRESS, Multiverse
from compendium.inference.multiverse.summary import (
    fewest_changes,
    flips,
    option_rows,
    summary_row,
)
from tests.inference import multiverse_cases as case

OTHER = {"outcome": "y2", "predictor": "x2", "sample": "some", "controls": "z"}
FOUND = run_multiverse(
    case.plan(case.OUTCOME, case.PREDICTOR, case.SAMPLE, case.CONTROLS), case.judged(), case.rows()
)


def changed_of(universe: object) -> frozenset[str]:
    return frozenset(
        name for name, other in OTHER.items() if universe[f"choice:{name}"] == f"{name}:{other}"
    )


def with_outcomes(failing: Collection[frozenset[str]], **marks: tuple[str, object]) -> Multiverse:
    """All hold, but for universes that differ from the main one in just these decisions."""
    frame = FOUND.frame.assign(outcome="holds", value=1.0)
    for place, universe in frame.iterrows():
        changed = changed_of(universe)
        if changed in failing:
            frame.loc[place, ["outcome", "value"]] = ["fails", -1.0]
            for column, value in marks.items():
                frame.loc[place, column] = value
    return replace(FOUND, frame=frame)


def test_all_changes_as_few_as_any_are_listed_in_the_order_of_the_decisions() -> None:
    pairs = [frozenset({"sample", "outcome"}), frozenset({"controls", "predictor"})]
    found = with_outcomes([*pairs, frozenset({"outcome", "predictor", "sample"})])
    rows = flips(found)
    assert rows.index.tolist() == [0, 1]
    assert sorted(rows["changed"]) == [
        "outcome:y2 + sample:some",
        "predictor:x2 + controls:z",
    ]
    assert rows["changes"].tolist() == [2, 2]
    assert rows["outcome"].tolist() == ["fails", "fails"]
    assert rows["value"].tolist() == [-1.0, -1.0]
    assert fewest_changes(found) == 2.0


def test_three_changes_are_listed_and_four_are_not() -> None:
    assert fewest_changes(with_outcomes([frozenset({"outcome", "predictor", "sample"})])) == 3.0
    four = with_outcomes([frozenset(OTHER)])
    assert flips(four).empty
    assert isnan(fewest_changes(four))


def test_nothing_turns_where_all_come_out_alike() -> None:
    assert flips(with_outcomes([])).empty
    assert isnan(fewest_changes(with_outcomes([])))


@pytest.mark.parametrize(("column", "value"), [("admissibility", STRESS), ("reason", "few_rows")])
def test_a_universe_that_does_not_count_turns_nothing(column: str, value: str) -> None:
    found = with_outcomes([frozenset({"outcome"})], **{column: value})
    assert flips(found).empty
    row = summary_row(found)
    assert (row["counted"], row["holds"], row["fails"]) == (15, 1.0, 0.0)
    assert (row["stress"], row["failed"]) == ((1, 0) if value == STRESS else (0, 1))


def test_a_main_universe_that_was_not_run_has_no_change_that_turns_it() -> None:
    found = with_outcomes([frozenset({"outcome"})])
    frame = found.frame.copy()
    frame.loc[frame["main"] == 1, "outcome"] = NOT_RUN
    assert isnan(fewest_changes(replace(found, frame=frame)))


def test_shares_of_an_option_are_of_the_universes_that_take_it() -> None:
    """Of 16 universes 8 take y2; of these two fail, one of them as the only change."""
    found = with_outcomes([frozenset({"outcome"}), frozenset({"outcome", "sample"})])
    rows = option_rows(found).set_index("option")
    assert rows.loc["outcome:y2", "universes"] == 8
    assert rows.loc["outcome:y2", "holds"] == 0.75
    assert rows.loc["outcome:y", "holds"] == 1.0
    assert rows.loc["sample:some", "holds"] == 0.875
    assert rows.loc["outcome:y2", "single"] == "fails"
    assert rows.loc["outcome:y2", "single_value"] == -1.0
    assert rows.loc["sample:some", "single"] == "holds"
    assert rows["main"].to_dict()["outcome:y"] == 1
    assert rows["main"].to_dict()["outcome:y2"] == 0
    row = summary_row(found)
    assert (row["universes"], row["holds"], row["fails"]) == (16, 0.875, 0.125)
    assert (row["lowest"], row["median"], row["highest"]) == (-1.0, 1.0, 1.0)
    assert row["changes"] == 1.0
