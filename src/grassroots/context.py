"""Official series, duty inventories and satisfaction, arranged for figures and arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

DUTY_KINDS = ("basic_duties", "cooperative_duties", "taken_back_duties")

URBANIZATION = "urbanization_rate_resident"
# First years of the vintages that the codebook's note on breaks tells apart.
URBANIZATION_VINTAGES = (1995, 1996, 2011, 2020)
RISK = ("major_and_above_accidents", "disaster_deaths_missing", "disaster_direct_loss")
# The ministry that reports disasters changed; accidents come from other sources.
DISASTER_BREAK = 2018
FISCAL = ("local_share_revenue", "local_share_expenditure")
KUNSHAN = "Jiangsu, Kunshan city"


def series_values(series: pd.DataFrame, name: str, region: str = "China") -> pd.DataFrame:
    """One official series, one row a year in order; years without a value are absent.

    Returns
    -------
    DataFrame
        Columns `year` (int) and `value` (float).

    Raises
    ------
    KeyError
        No such series in this region.
    """
    chosen = series[
        (series["series_id"].astype(str) == name) & (series["region"].astype(str) == region)
    ]
    if chosen.empty:
        raise KeyError(f"no series {name!r} for {region!r}")
    out = pd.DataFrame(
        {"year": chosen["year"].astype("int64"), "value": chosen["value"].astype("float64")}
    )
    return out.sort_values("year").reset_index(drop=True)


def with_segments(values: pd.DataFrame, name: str, starts: Sequence[int] = ()) -> pd.DataFrame:
    """Data of a line: `x`, `value`, `series`, `segment`; `starts` are first years of new segments.

    No line is drawn from one segment to the next.
    """
    segment = [sum(year >= start for start in starts) for year in values["year"]]
    return pd.DataFrame(
        {"x": values["year"], "value": values["value"], "series": name, "segment": segment}
    )


def urbanization(series: pd.DataFrame) -> pd.DataFrame:
    """Urbanization rate with a new segment at each change of vintage."""
    values = series_values(series, URBANIZATION)
    return with_segments(values, URBANIZATION, URBANIZATION_VINTAGES)


def risk(series: pd.DataFrame) -> pd.DataFrame:
    """Major accidents, disaster deaths and disaster losses, each in a facet named with its unit."""
    parts = []
    for name in RISK:
        starts = (DISASTER_BREAK,) if name.startswith("disaster") else ()
        line = with_segments(series_values(series, name), name, starts)
        parts.append(line.assign(facet=f"{name}:unit"))
    return pd.concat(parts, ignore_index=True)


def fiscal_shares(series: pd.DataFrame) -> pd.DataFrame:
    """Local shares of revenue and of expenditure, years with a published split."""
    lines = [with_segments(series_values(series, name), name) for name in FISCAL]
    return pd.concat(lines, ignore_index=True)


def within_vintage(series: pd.DataFrame, name: str, start: int, end: int) -> tuple[float, float]:
    """First and last value of a series within one vintage.

    Raises
    ------
    KeyError
        One of the years has no value.
    """
    values = series_values(series, name).set_index("year")["value"]
    return float(values.loc[start]), float(values.loc[end])


def fiscal_gap(series: pd.DataFrame) -> pd.DataFrame:
    """Local share of expenditure minus local share of revenue, years with both."""
    revenue = series_values(series, "local_share_revenue").set_index("year")["value"]
    expenditure = series_values(series, "local_share_expenditure").set_index("year")["value"]
    gap = (expenditure - revenue).dropna()
    return gap.rename("gap").reset_index()


def duty_items(inventories: pd.DataFrame) -> pd.DataFrame:
    """Duty items by kind, national average and Kunshan: `category`, `group`, `value`."""
    rows = inventories[inventories["region"].astype(str).isin(["China", KUNSHAN])]
    long = rows.melt(id_vars="region", value_vars=list(DUTY_KINDS), var_name="category")
    return pd.DataFrame(
        {
            "category": long["category"].astype(str),
            "group": long["region"].astype(str),
            "value": long["value"].astype("float64"),
        }
    )


def national_duties(inventories: pd.DataFrame) -> pd.Series:
    """Average duty items of a township-level unit by kind (`DUTY_KINDS`), national inventory."""
    row = inventories.loc[inventories["region"].astype(str) == "China", list(DUTY_KINDS)]
    return row.iloc[0].astype("int64")


def powers_withdrawn(inventories: pd.DataFrame) -> pd.DataFrame:
    """Places that publish both what was handed down and what was withdrawn or what remained.

    Returns
    -------
    DataFrame
        `place`, `handed_down`, `withdrawn`, `share_withdrawn`. A place with powers before and
        after the reform has withdrawn the difference; a place with two rows (handed down in one
        year, withdrawn in another) has them joined.
    """
    columns = ["penalty_powers_before", "penalty_powers_after", "items_devolved", "items_withdrawn"]
    by_place = inventories.assign(place=inventories["region"].astype(str)).groupby("place")
    known = by_place[columns].max().astype("float64")
    stock = known.dropna(subset=columns[:2])
    flow = known.dropna(subset=columns[2:]).drop(index=stock.index, errors="ignore")
    handed = pd.concat([stock["penalty_powers_before"], flow["items_devolved"]])
    remained = stock["penalty_powers_before"] - stock["penalty_powers_after"]
    withdrawn = pd.concat([remained, flow["items_withdrawn"]])
    out = pd.DataFrame({"handed_down": handed, "withdrawn": withdrawn})
    out["share_withdrawn"] = out["withdrawn"] / out["handed_down"]
    return out.sort_index().rename_axis("place").reset_index()


def satisfaction_by_year(satisfaction: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """Shares satisfied: `category` (tier), `group` (year), `value`; no interval is known."""
    rows = satisfaction[satisfaction["year"].isin(list(years))]
    return pd.DataFrame(
        {
            "category": rows["tier"].astype(str),
            "group": rows["year"].astype("int64").astype(str),
            "value": rows["share_satisfied"].astype("float64"),
            "ci_low": float("nan"),
            "ci_high": float("nan"),
        }
    ).reset_index(drop=True)
