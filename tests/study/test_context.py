"""Series, inventories and satisfaction are arranged without inventing a value."""

import pandas as pd
import pytest

from grassroots import context


@pytest.fixture
def series():
    def rows(name, values, region="China"):
        return [
            {"series_id": name, "region": region, "year": y, "value": v} for y, v in values.items()
        ]

    return pd.DataFrame(
        rows("local_share_revenue", {1993: 0.8, 1995: 0.5, 1996: 0.5})
        + rows("local_share_expenditure", {1995: 0.7, 1996: 0.8, 2000: 0.9})
        + rows(
            "urbanization_rate_resident",
            {1978: 18, 1995: 29, 1996: 30, 2010: 50, 2019: 60, 2020: 64},
        )
        + rows("hotline", {2023: 20, 2019: 7}, "Beijing")
    )


def test_a_series_is_in_order_and_of_one_region(series):
    values = context.series_values(series, "hotline", "Beijing")
    assert values["year"].tolist() == [2019, 2023]
    with pytest.raises(KeyError, match="hotline"):
        context.series_values(series, "hotline", "China")


def test_the_fiscal_gap_uses_only_years_with_both_shares(series):
    gap = context.fiscal_gap(series)
    assert gap["year"].tolist() == [1995, 1996]
    assert gap["gap"].tolist() == pytest.approx([0.2, 0.3])


def test_a_change_of_vintage_starts_a_new_segment(series):
    line = context.urbanization(series)
    assert line["segment"].tolist() == [0, 1, 2, 2, 3, 4]


def test_within_a_vintage_both_years_must_exist(series):
    assert context.within_vintage(series, "urbanization_rate_resident", 1996, 2010) == (30, 50)
    with pytest.raises(KeyError):
        context.within_vintage(series, "urbanization_rate_resident", 1997, 2010)


def test_powers_withdrawn_joins_flows_and_stocks():
    columns = [
        "region",
        "penalty_powers_before",
        "penalty_powers_after",
        "items_devolved",
        "items_withdrawn",
    ]
    rows = [
        ("Beijing", None, None, 400, None),
        ("Beijing", None, None, None, 100),
        ("Hebei", 90, 30, None, 60),
        ("Henan", None, None, 50, None),
    ]
    found = context.powers_withdrawn(pd.DataFrame(rows, columns=columns))
    assert found["place"].tolist() == ["Beijing", "Hebei"]
    assert found["share_withdrawn"].tolist() == pytest.approx([0.25, 2 / 3])
