"""Configurations of incidents: outcome, conditions and anchors, set before any result was seen.

The set of incidents is that of `fully_listed`. A condition must be known for every one of them.
Deaths (11 of 46) and the level of the investigation (35 of 46) are not, so they are none. Three
incidents lie in centrally governed municipalities, too few for a set. Whether a township is named
follows from who was sanctioned, so it is no condition. The seven failure codes say 'named' or
'not seen': nobody can be calibrated as out of such a set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from grassroots.measures.accountability import fully_listed
from grassroots.qca import Calibration, Crisp, Direct

OUTCOME = "low_tier"
# Five tiers of government share a list. An even spread would leave two fifths to township tier and
# below: half of that is clearly not low, twice it clearly low. A list is more low than not where a
# majority sits there; 0.52 lies below the least majority of up to 18 persons (9 of 17) and above
# exactly one half, which is no majority.
SHARE_ANCHORS = Direct(0.2, 0.52, 0.8)
# Two persons are one post and its deputy. More than five are more persons than tiers, so that some
# tier is named twice; ten are two a tier.
LENGTH_ANCHORS = Direct(2, 5.5, 10)
# Health officials date the stage of 'dynamic zero', with the strictest duties on localities, from
# August 2021. A stage is in force or not, so the set is crisp.
DYNAMIC_ZERO_FROM = Crisp((2021 + 7 / 12,))

CALIBRATIONS: Mapping[str, Calibration] = {
    OUTCOME: SHARE_ANCHORS,
    "long_list": LENGTH_ANCHORS,
    "dynamic_zero": DYNAMIC_ZERO_FROM,
}
# Where claim C3 is most at home: pressure from above, in cities.
EXPECTED = "epidemic*urban"


@dataclass(frozen=True)
class Design:
    """One analysis: which incidents, which conditions, and what the article expects of them.

    Attributes
    ----------
    group
        "all", "epidemic" or "other".
    expectations
        True where presence is expected to put blame at township tier or below, None where the
        article expects nothing.
    """

    group: str
    expectations: Mapping[str, bool | None]

    @property
    def conditions(self) -> tuple[str, ...]:
        """Condition names."""
        return tuple(self.expectations)

    def choose(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of the group."""
        return frame if self.group == "all" else frame[frame["group"] == self.group]


# Claim C4: duties and pressure from above move down, most so in an epidemic and under dynamic zero.
# Claim C1: in cities primary-level government stands at the front line. The article says nothing of
# the length of a list: it is there because it bounds which shares are possible.
# 30 of the 32 incidents since 2020 are epidemics, so the year cannot stand beside `epidemic`.
DESIGNS = (
    Design("all", {"epidemic": True, "urban": True, "long_list": None}),
    Design("epidemic", {"dynamic_zero": True, "urban": True, "long_list": None}),
    Design("other", {"urban": True, "long_list": None}),
)


def measured(incidents: pd.DataFrame, min_sanctioned: int = 1) -> pd.DataFrame:
    """Measured outcome and conditions before calibration, one row an incident, ids in the index.

    Returns
    -------
    DataFrame
        `group`, `low_tier` (share of those sanctioned at township tier or below), `epidemic` and
        `urban` (0 or 1), `long_list` (persons), `dynamic_zero` (year and twelfths of it).
    """
    listed = fully_listed(incidents, min_sanctioned).set_index("incident_id")
    about = incidents.assign(incident_id=incidents["incident_id"].astype(str))
    about = about.set_index("incident_id").loc[listed.index]
    dates = about["date"].astype(str)
    return pd.DataFrame(
        {
            "group": listed["group"],
            OUTCOME: listed["township_or_below"] / listed["sanctioned"],
            "epidemic": np.where(listed["group"] == "epidemic", 1.0, 0.0),
            "urban": about["urban"].astype("float64"),
            "long_list": listed["sanctioned"].astype("float64"),
            "dynamic_zero": dates.str[:4].astype(float) + (dates.str[5:7].astype(float) - 1) / 12,
        }
    )
