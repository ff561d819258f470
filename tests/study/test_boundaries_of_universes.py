"""Prepared columns of the multiverses where a value lies on the line between two answers."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compendium.root import find_root
from compendium.survey import load_instrument
from compendium.survey.load import frame_of
from grassroots import accountability as acc
from grassroots import scales as sc
from grassroots import universes as un
from grassroots.simulated import load_truth
from grassroots.standin import simulate

ROOT = find_root()
ROWS = 61
"""The fastest tenth ends at the seventh row: no quantile between two rows."""
PAIRS = [(4.5, 1.5), (4.0, 3.0), (3.5, 3.0), (2.0, 2.5)]
"""Responsibility and power of four: their mean is 3, their standard deviation 1."""


@pytest.fixture(scope="module")
def instrument():
    return load_instrument(ROOT)


@pytest.fixture(scope="module")
def frame(instrument):
    """Respondents of whom the first four alone rate responsibility and power."""
    truth = load_truth(ROOT, instrument)
    made = simulate(instrument, truth, respondents=ROWS, seed=3)
    frame = frame_of(instrument, made.columns).head(ROWS).reset_index(drop=True)
    for place, scale in enumerate((sc.LOAD, sc.MEANS)):
        items = list(instrument.items_of(scale))
        frame.loc[:, items] = pd.NA
        for row, pair in enumerate(PAIRS):
            half = len(items) // 2
            frame.loc[row, items[:half]] = int(np.ceil(pair[place]))
            frame.loc[row, items[half:]] = int(np.floor(pair[place]))
    parts = [list(instrument.items_of(part)) for part in sc.PARTS]
    for known in range(4):
        for number, items in enumerate(parts):
            frame.loc[known, items] = number + 2 if number < known else pd.NA
    frame["duration_minutes"] = np.arange(ROWS, 0, -1, dtype=float)
    frame["unit_id"] = ["u00001"] * 9 + ["u00002"] * 10 + ["u00003"] * (ROWS - 19)
    return frame


@pytest.fixture(scope="module")
def columns(frame, instrument):
    return un.survey_columns(frame, instrument)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("inverted_any", [1, 1, 1, 0]),
        ("inverted_half_sd", [1, 1, 0, 0]),
        ("inverted_one_sd", [1, 0, 0, 0]),
    ],
)
def test_a_gap_as_wide_as_the_line_is_no_inversion(columns, column, expected):
    scores = columns[[sc.LOAD, sc.MEANS]].dropna()
    assert scores.to_numpy().tolist() == [list(pair) for pair in PAIRS]
    assert np.std(scores.to_numpy().ravel(), ddof=1) == 1
    assert columns[column].head(4).tolist() == expected
    assert columns[column].iloc[4:].isna().all()


def test_alike_answers_are_no_gap_in_any_domain(frame, instrument):
    """Responsibility exceeds power in three domains, in two, and is the same in the others."""
    answers = frame.copy()
    answers.loc[:1, list(instrument.items_of(sc.LOAD))] = 3
    answers.loc[:1, list(instrument.items_of(sc.MEANS))] = 3
    answers.loc[4, list(instrument.items_of(sc.MEANS))] = 1
    for row, domains in ((0, 3), (1, 2)):
        for domain in list(instrument.domains)[:domains]:
            answers.loc[row, list(instrument.items_of(sc.LOAD, domain))] = 4
    made = un.survey_columns(answers, instrument)
    assert made["imbalance_domains"].head(2).tolist() == pytest.approx([3 / 5, 2 / 5])
    assert made["inverted_domains"].head(2).tolist() == [1, 0]


def test_collaboration_needs_two_of_its_parts(columns):
    parts = columns["collaboration_parts"]
    assert parts.head(4).isna().tolist() == [True, True, False, False]
    assert parts[3] - parts[2] == pytest.approx(3 - 2.5)


def test_the_fastest_tenth_and_small_units_can_be_left_out(columns):
    assert columns["keeps_slow"].tolist() == [1] * 54 + [0] * 7
    assert columns["keeps_large_units"].tolist() == [0] * 9 + [1] * (ROWS - 9)


def test_a_survey_alone_makes_the_columns_of_the_survey(frame, instrument, columns):
    found = un.prepare({}, survey=SimpleNamespace(frame=frame, instrument=instrument))
    assert list(found) == [un.SURVEY]
    pd.testing.assert_frame_equal(found[un.SURVEY], columns)


def incidents(*rows):
    base = dict.fromkeys([*acc.TIERS, *acc.FAILURES, "province", "deaths"])
    base |= {
        **{"hazard": "fire", "date": "2019-12-31", "urban": 1, "tier_list_complete": 1},
        **{"sanction_kind": "early_notice", "officials_sanctioned": 1, "severity_class": None},
        **{"investigation_level": "county", "sanctioned_includes_enterprise": 0},
    }
    whole = [*acc.TIERS, *acc.FAILURES, "deaths", "urban", "tier_list_complete"]
    whole += ["officials_sanctioned", "sanctioned_includes_enterprise"]
    frame = pd.DataFrame([base | {"incident_id": str(i)} | row for i, row in enumerate(rows)])
    return frame.astype(dict.fromkeys(whole, "Int64"))


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ({"tier_county": 2, "tier_township": 2}, "majority_below", 0),
        ({"tier_county": 2, "tier_township": 3}, "majority_below", 1),
        ({"tier_county": 2}, "keeps_long", 0),
        ({"tier_county": 3}, "keeps_long", 1),
    ],
)
def test_a_list_lies_on_its_side_of_each_line(row, column, expected):
    assert un.notice_columns(incidents(row))[column].tolist() == [expected]


@pytest.mark.parametrize(("officials", "kept"), [(99, 1), (100, 1), (101, 0)])
def test_a_hundred_officials_are_still_a_moderate_number(officials, kept):
    rows = un.official_columns(incidents({"officials_sanctioned": officials}))
    assert rows["keeps_moderate"].tolist() == [kept]


@pytest.mark.parametrize(
    ("level", "steps", "central"),
    [("county", 0, 0), ("prefecture", 1, 0), ("province", 2, np.nan), ("state_council", 3, 1)],
)
def test_steps_of_an_inquiry_are_counted_from_the_county(level, steps, central):
    rows = un.official_columns(incidents({"investigation_level": level}))
    assert rows["steps_up"].tolist() == [steps]
    np.testing.assert_equal(rows["central"].tolist(), [central])


def test_half_is_no_majority_of_ranks_and_a_province_at_the_median_is_large():
    persons = {"persons_total": [10, 20, 30], "remainder_below_county": [5, 11, 6]}
    ranks = {"rank_bureau": [1, 2, 3], "rank_county": [4, 7, 21]}
    named = {"province": ["A", "B", "C"], "announced": "2017-11-16"}
    where = {"programme": "central_env_inspection", "scope": "province", "round_batch": "batch 2"}
    rows = un.rank_columns(pd.DataFrame(persons | ranks | named | where))
    rows = rows.set_index("province")
    assert rows["majority_below"].to_dict() == {"A": 0, "B": 1, "C": 0}
    assert rows["keeps_large"].to_dict() == {"A": 0, "B": 1, "C": 1}
    assert rows["share_not_bureau"].tolist() == pytest.approx([0.9, 0.9, 0.9])


def test_a_rule_as_strict_as_the_provinces_is_not_above_it():
    """The first province asks for no more than the centre, level 1; its first city has no cases."""
    names, codes = ["甲", "乙", "丙"], [130100, 130200, 220100]
    cases = {"cases_start": [4, 4, 4], "cases_end": [4, 5, 6]}
    force = {"force": [1, 2, 2], "force_1": [1, 2, 3], "force_2": [2, 1, None]}
    provinces = {"province_code": [13, 13, 22], "province_force": [1, 1, 2]}
    rules = pd.DataFrame({"name": names, "code": codes} | force | provinces)
    empty = {name: pd.Series(dtype=float) for name in ("population", "beds", "doctors", "growth")}
    digital = {"name": ["甲市"], "digital_ability": [1.0], "digital": [2.0], "city_class": [2]}
    attention = {"name": ["甲市"], "attention": [10], "attention_change": [5]}
    tables = {
        "covid_cases": pd.DataFrame({"name": names, "code": codes} | cases),
        "covid_province_cases": pd.DataFrame(
            {"province_code": [13, 22], "cases_start": [1, 1], "cases_end": [4, 2]}
        ),
        "covid_digital": pd.DataFrame(digital),
        "covid_attention": pd.DataFrame(attention),
        "covid_movement": pd.DataFrame({"name": ["乙市"], "inflow": [0.5]}),
        "covid_yearbook": pd.DataFrame({"name": pd.Series(dtype=str)} | empty),
    }
    rows = un.prefecture_columns(rules, tables).set_index("name")
    columns = ["above", "above_1", "province_above_floor", "keeps_above_floor"]
    assert rows[columns].to_numpy().tolist() == [
        [0, 0, 0, 0],
        [1, 1, 0, 0],
        [0, 1, 1, 1],
    ]
    np.testing.assert_equal(rows["above_2"].tolist(), [1, 0, np.nan])
    assert rows["keeps_no_cases"].tolist() == [1, 0, 0]
    assert rows["keeps_not_capital"].tolist() == [0, 1, 1]


def test_each_sample_that_is_marked_is_one_of_the_plan() -> None:
    source = Path(un.__file__).read_text(encoding="utf-8")
    plan = (ROOT / "notebooks" / "plan" / "multiverse.yml").read_text(encoding="utf-8")
    marked = set(re.findall(r"\bkeeps_\w+", source))
    asked = set(re.findall(r"\bkeeps_\w+", plan))
    assert marked
    assert marked == asked
