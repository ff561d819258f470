"""What the authors of the prefecture rules printed, beside what their files give."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from compendium.stats.levels import at_level
from compendium.stats.tidy import Tidy

PUBLISHED = {
    "prefectures": 293.0,
    "province_mean": 1.23,
    "province_max": 3.0,
    "prefecture_mean": 1.81,
    "prefecture_max": 5.0,
    "zhejiang_mean": 1.00,
    "shanxi_mean": 2.23,
    "henan_mean": 2.23,
    "qinghai_mean": 2.70,
    "jilin_mean": 3.20,
    "coders": 3.0,
}
"""Abstract, section on coding, tables 1 and 2 of the draft paper/Covid19Policy.Rmd that lies beside
the data. Table 2 prints 2.23 for Shanxi while its text says that Henan was chosen."""

DIRECTIONS = {
    "digital_ability": -1,
    "beds": -1,
    "city_period": 1,
    "province_period": 1,
    "peer_period": 1,
    "attention_change": -1,
}
"""Signs that the draft reports for its Poisson model; it prints no coefficient."""

PROVINCES = {"zhejiang": 33, "shanxi": 14, "henan": 41, "qinghai": 63, "jilin": 22}
NEAR = 0.05
"""A mean of a few whole numbers that is off by less was cut or rounded to one decimal."""


def published_beside_ours(units: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Set each printed figure beside the one that the files give.

    Parameters
    ----------
    units
        As from `escalation.assemble`; means use every unit of the file under the code it has there,
        as the authors did.
    tables
        The tables `covid_*`.

    Returns
    -------
    DataFrame
        `figure`, `published` and `ours` as text with up to four digits, `finding` (agrees, near,
        differs).
    """
    provinces = tables["covid_provinces"]["province_force"].astype("float64")
    filed = units.groupby(units["code"] // 10_000)["force"].mean()
    ours = {
        "prefectures": float(units["is_prefecture"].sum()),
        "province_mean": float(provinces.mean()),
        "province_max": float(provinces.max()),
        "prefecture_mean": float(units["force"].mean()),
        "prefecture_max": float(units["force"].max()),
        **{f"{name}_mean": float(filed[code]) for name, code in PROVINCES.items()},
        "coders": 2.0,
    }
    rows = [
        (name, f"{published:g}", f"{ours[name]:.4g}", _finding(published, ours[name]))
        for name, published in PUBLISHED.items()
    ]
    return pd.DataFrame(rows, columns=["figure", "published", "ours", "finding"])


def directions(ratios: Mapping[str, Tidy]) -> pd.DataFrame:
    """Set the printed directions beside re-estimated ratios.

    Returns
    -------
    DataFrame
        `term`, `published` (more_escalation, less_escalation), `ratio` with interval, `n`,
        `finding`.
    """
    rows = []
    for term, sign in DIRECTIONS.items():
        found = ratios[term]
        same = (found.value - 1) * sign > 0
        excludes = not found.ci_low <= 1 <= found.ci_high
        rows.append(
            {
                "term": term,
                "published": "more_escalation" if sign > 0 else "less_escalation",
                "ratio": found.value,
                "ratio_ci_low": found.ci_low,
                "ratio_ci_high": found.ci_high,
                "n": found.n,
                "finding": _direction(same, excludes),
            }
        )
    return at_level(pd.DataFrame(rows), (found.level for found in ratios.values()))


def defects(units: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count what is wrong or odd in the files: `defect`, `rows` concerned, `handling`."""
    coded = units.dropna(subset=["force_1", "force_2"])
    filed_province = units["code"] // 10_000
    municipalities = units["code"] % 10_000 == 0
    counts = {
        "dalian_twice": int((tables["covid_cases"]["code"] == 210200).sum()),
        "nanjing_twice": int((tables["covid_attention"]["name"] == "南京市").sum()),
        "wrong_province": int((units["province_code"] != filed_province).sum()),
        "not_coded": len(units) - len(coded),
        "agreed_with_neither": int(
            ((coded["force"] != coded["force_1"]) & (coded["force"] != coded["force_2"])).sum()
        ),
        "county_level": int((~units["is_prefecture"] & ~municipalities).sum()),
        "municipalities": int(municipalities.sum()),
    }
    rows = [(name, count, f"{name}:handling") for name, count in counts.items()]
    return pd.DataFrame(rows, columns=["defect", "rows", "handling"])


def _finding(published: float, ours: float) -> str:
    if round(ours, 2) == published:
        return "agrees"
    return "near" if abs(ours - published) < NEAR else "differs"


def _direction(same: bool, excludes: bool) -> str:
    if not same:
        return "other_direction"
    return "same_direction_excludes_none" if excludes else "same_direction"
