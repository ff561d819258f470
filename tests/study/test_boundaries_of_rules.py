"""Rules of the tables at their boundaries: the last value that is right, the first that is not."""

from types import SimpleNamespace

import pytest

from compendium.data.rules import CrossRule
from grassroots.rules import incidents, messages, official, surveys


def broken(rule: CrossRule, table: str, *records: dict, **tables: list[dict]) -> bool:
    sheets = {table: SimpleNamespace(records=records)}
    others = {name: SimpleNamespace(records=rows) for name, rows in tables.items()}
    return bool(list(rule.find(sheets | others)))


@pytest.mark.parametrize(
    ("unit", "value", "wrong"),
    [
        ("share (0-1)", -0.0001, True),
        ("share (0-1)", 0.0, False),
        ("share (0-1)", 1.0, False),
        ("share (0-1)", 1.0001, True),
        ("%", -0.1, True),
        ("%", 0.0, False),
        ("%", 100.0, False),
        ("%", 100.1, True),
        ("persons", 1e9, False),
    ],
)
def test_a_share_reaches_from_0_to_1_and_a_percentage_to_100(unit, value, wrong):
    record = {"unit": unit, "value": value}
    assert broken(official.value_range, "series", record) is wrong


@pytest.mark.parametrize(
    ("share", "wrong"),
    [(0.24994, True), (0.24995, False), (0.25, False), (0.25005, False), (0.25006, True)],
)
def test_a_share_may_be_off_by_half_of_its_fourth_decimal(share, wrong):
    described = SimpleNamespace(name="share", formula="part / (part + rest)")
    sheet = SimpleNamespace(
        table=SimpleNamespace(series={"share": described}),
        records=[
            {"series_id": name, "region": "China", "year": 2000, "value": value}
            for name, value in (("share", share), ("part", 1.0), ("rest", 3.0))
        ],
    )
    assert bool(list(official.derived_shares.find({"series": sheet}))) is wrong


@pytest.mark.parametrize(
    ("statistic", "value", "wrong"),
    [
        ("proportion", -0.01, True),
        ("proportion", 0.0, False),
        ("proportion", 1.0, False),
        ("proportion", 1.01, True),
        ("alpha", -0.01, True),
        ("alpha", 0.0, False),
        ("alpha", 1.0, False),
        ("alpha", 1.01, True),
        ("correlation", -1.01, True),
        ("correlation", -1.0, False),
        ("correlation", 1.0, False),
        ("correlation", 1.01, True),
        ("mean", -7.0, False),
    ],
)
def test_a_figure_reaches_to_both_ends_of_its_range(statistic, value, wrong):
    record = {"statistic": statistic, "value": value}
    assert broken(surveys.statistic_range, "statistics", record) is wrong


@pytest.mark.parametrize(
    ("low", "high", "value", "wrong"),
    [
        (1, 5, 0.99, True),
        (1, 5, 1, False),
        (1, 5, 5, False),
        (1, 5, 5.01, True),
        (3, 3, 3, True),
        (5, 1, 3, True),
        (1, None, 3, True),
        (None, 5, 3, True),
        (None, None, 3, False),
    ],
)
def test_a_value_may_lie_at_an_end_of_a_scale_that_has_two_in_order(low, high, value, wrong):
    record = {"value": value, "scale_min": low, "scale_max": high}
    assert broken(surveys.within_scale, "statistics", record) is wrong


@pytest.mark.parametrize(("n", "wrong"), [(99, False), (100, False), (101, True), (None, False)])
def test_a_figure_may_be_of_the_whole_sample_of_its_study(n, wrong):
    figure, study = {"study_id": "a", "n": n}, {"study_id": "a", "n": 100}
    rule = surveys.figure_within_study
    assert broken(rule, "statistics", figure, studies=[study]) is wrong


@pytest.mark.parametrize(
    ("statistic", "value", "sd", "n", "expected"),
    [
        ("proportion", 0.5, None, 100, 0.05),
        ("mean", 3.0, 2.0, 16, 0.5),
        ("correlation", 0.6, None, 65, 0.08),
    ],
)
def test_a_standard_error_may_be_off_by_half_of_its_fourth_decimal(
    statistic, value, sd, n, expected
):
    record = {"statistic": statistic, "value": value, "sd": sd, "n": n, "poolable": 1}
    off = (-0.00006, -0.00005, 0, 0.00005, 0.00006)
    found = [
        broken(surveys.poolable_se, "statistics", record | {"se": expected + by}) for by in off
    ]
    assert found == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, False),
        ({"n": None}, True),
        ({"construct": "sample_composition"}, True),
        ({"statistic": "alpha"}, True),
        ({"study_id": "out"}, True),
        ({"study_id": "out", "poolable": 0}, False),
    ],
)
def test_a_poolable_figure_needs_all_that_is_asked_of_it(change, wrong):
    record = {"statistic": "mean", "n": 9, "construct": "strain", "study_id": "in", "poolable": 1}
    studies = [{"study_id": "in", "in_scope": 1}, {"study_id": "out", "in_scope": 0}]
    rule = surveys.poolable_qualifies
    assert broken(rule, "statistics", record | change, studies=studies) is wrong


@pytest.mark.parametrize(
    ("answered", "days", "mark", "wrong"),
    [
        ("2020-03-02", 1, 0, False),
        ("2020-03-01", 0, 0, False),
        ("2020-03-01", 0, 1, True),
        ("2020-02-29", -1, 1, False),
        ("2020-02-29", -1, 0, True),
        (None, None, 0, False),
        (None, None, 1, True),
    ],
)
def test_an_answer_on_the_same_day_is_in_the_right_order(answered, days, mark, wrong):
    record = {"asked": "2020-03-01", "answered": answered, "days": days, "date_order_wrong": mark}
    assert broken(messages.days, "messages", record) is wrong


@pytest.mark.parametrize(
    ("departments", "several", "units", "wrong"),
    [
        (0, 0, 1, False),
        (1, 0, 2, False),
        (1, 1, 2, True),
        (2, 1, 3, False),
        (2, 0, 3, True),
        (2, 1, 2, True),
        (None, None, None, False),
    ],
)
def test_several_departments_are_two_or_more(departments, several, units, wrong):
    record = {
        "acting_departments": departments,
        "several_departments": several,
        "acting_township": 1,
        "acting_units": units,
    }
    assert broken(messages.acting_units, "messages", record) is wrong


@pytest.mark.parametrize(
    ("staff", "persons", "wrong"),
    [(4, 4, False), (5, 4, True), (0, 0, False), (0, None, False), (1, None, True), (None, 4, False)],
)  # fmt: skip
def test_all_persons_of_the_tiers_may_be_service_staff(staff, persons, wrong):
    record = dict.fromkeys(incidents.TIERS) | {"tier_community": persons, "service_staff": staff}
    assert broken(incidents.service_staff, "incidents", record) is wrong


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("2020-01-01", "2020-01-01", False),
        ("2020-01-02", "2020-01-01", True),
        ("2020-01-31", "2020-01", False),
        ("2020", "2020-01-01", False),
        ("2020-02", "2020-01-31", True),
    ],
)
def test_a_period_may_end_on_the_day_on_which_it_starts(start, end, wrong):
    record = {"period_start": start, "period_end": end}
    assert broken(incidents.discipline_period, "discipline_by_rank", record) is wrong


PARTS = incidents.DISCIPLINE_PARTS


@pytest.mark.parametrize(
    ("parts", "total", "rounded", "above", "below"),
    [
        ((10, 1, 1, 1, 1, 1), 15, 0, False, False),
        ((10, 1, 1, 1, 1, 1), 14, 0, True, False),
        ((10, 1, 1, 1, 1, 1), 16, 0, False, True),
        # a part and the total end in one zero: each may be 5 off, so the sum 10
        ((10, 3, 3, 3, 3, 8), 20, 1, False, False),
        ((10, 3, 3, 3, 3, 9), 20, 1, True, False),
        ((10, 1, 1, 1, 1, 6), 30, 1, False, False),
        ((10, 1, 1, 1, 1, 5), 30, 1, False, True),
        # exact figures have no slack, however they end
        ((10, 3, 3, 3, 3, 8), 20, 0, True, False),
    ],
)
def test_ranks_may_differ_from_the_total_by_all_of_their_rounding(
    parts, total, rounded, above, below
):
    record = dict(zip(PARTS, parts, strict=True)) | {"total": total, "rounded": rounded}
    assert broken(incidents.discipline_ranks, "discipline_by_rank", record) is above
    assert broken(incidents.discipline_complete, "discipline_by_rank", record) is below


@pytest.mark.parametrize(
    ("number", "slack"), [(0, 0), (7, 0), (10, 5), (101, 0), (1200, 50), (3000, 500)]
)
def test_a_number_is_rounded_to_the_unit_of_its_trailing_zeros(number, slack):
    assert incidents.rounding_slack(number) == slack
