"""Official series, duty inventories and satisfaction, arranged for figures and arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

DUTY_KINDS = ("basic_duties", "cooperative_duties", "taken_back_duties")

URBANIZATION_VINTAGES = ((1978, "single"), (1995, "first"), (1996, "yearbook"), (2011, "annual"))
CENSUS_REVISION = 2020


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


def urbanization_vintage(year: int) -> str:
    """Vintage of the urbanization rate that a year belongs to (see the codebook's breaks)."""
    if year >= CENSUS_REVISION:
        return "census_2020"
    return [name for start, name in URBANIZATION_VINTAGES if year >= start][-1]


def stack_series(
    series: pd.DataFrame, names: Sequence[str], segment_starts: Sequence[int] = ()
) -> pd.DataFrame:
    """Several series below one another: `x` (year), `value`, `series`, `segment`.

    `segment_starts` are the first years of new segments, across which no line is drawn.
    """
    parts = [series_values(series, name).assign(series=name) for name in names]
    long = pd.concat(parts, ignore_index=True).rename(columns={"year": "x"})
    segment = [sum(year >= start for start in segment_starts) for year in long["x"]]
    return long.assign(segment=[f"part {number + 1}" for number in segment])


def fiscal_gap(series: pd.DataFrame) -> pd.DataFrame:
    """Local share of expenditure minus local share of revenue, years with both."""
    revenue = series_values(series, "local_share_revenue").set_index("year")["value"]
    expenditure = series_values(series, "local_share_expenditure").set_index("year")["value"]
    gap = (expenditure - revenue).dropna()
    return gap.rename("gap").reset_index()


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
    """Shares satisfied by tier in the given years: `tier`, `year`, `value`."""
    rows = satisfaction[satisfaction["year"].isin(list(years))]
    return pd.DataFrame(
        {
            "tier": rows["tier"].astype(str),
            "year": rows["year"].astype("int64"),
            "value": rows["share_satisfied"].astype("float64"),
        }
    ).reset_index(drop=True)
