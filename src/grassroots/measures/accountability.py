"""Who was sanctioned: tiers, ranks and named failures, as counts ready for a model."""

from __future__ import annotations

import numpy as np
import pandas as pd

TIERS = ("tier_province", "tier_prefecture", "tier_county", "tier_township", "tier_community")
TOWNSHIP_OR_BELOW = ("tier_township", "tier_community")
PHASES = ("phase_assessment", "phase_warning", "phase_response", "phase_aftermath")
FAILURES = ("duty_unclear", "coordination_failure", "weak_township_capacity", *PHASES)
BEFORE_EVENT = ("phase_assessment", "phase_warning")
INSPECTION_RANKS = ("rank_bureau", "rank_county", "below_county")


def fully_listed(incidents: pd.DataFrame, min_sanctioned: int = 1) -> pd.DataFrame:
    """Incidents whose tier list is complete, with what the analyses need.

    Parameters
    ----------
    incidents
        The table `incidents`.
    min_sanctioned
        Smallest number of persons on the list.

    Returns
    -------
    DataFrame
        One row an incident: id, province, `sanction_kind`, `group` (epidemic or other), the five
        tier counts, `sanctioned` (their sum) and `township_or_below`. An empty tier of a complete
        list is zero by the coding rule.
    """
    listed = incidents[incidents["tier_list_complete"] == 1]
    tiers = listed[list(TIERS)].astype("float64").fillna(0).astype("int64")
    out = pd.DataFrame(
        {
            "incident_id": listed["incident_id"].astype(str),
            "province": listed["province"].astype(str),
            "sanction_kind": listed["sanction_kind"].astype(str),
            "group": np.where(listed["hazard"].astype(str) == "epidemic", "epidemic", "other"),
            **{tier: tiers[tier] for tier in TIERS},
            "sanctioned": tiers.sum(axis=1),
            "township_or_below": tiers[list(TOWNSHIP_OR_BELOW)].sum(axis=1),
        }
    )
    return out[out["sanctioned"] >= min_sanctioned].reset_index(drop=True)


def inspection_ranks(inspections: pd.DataFrame) -> pd.DataFrame:
    """Rank counts of central environmental inspections, one row a province with a full split.

    Returns
    -------
    DataFrame
        `province`, `round_batch`, `persons_total`, `rank_bureau`, `rank_county`, `below_county`.
        `below_county` is the remainder below county rank as compiled; provinces without a
        published split are left out, as are totals of batches and rounds, which overlap.
    """
    rows = inspections[
        (inspections["programme"].astype(str) == "central_env_inspection")
        & (inspections["scope"].astype(str) == "province")
        & inspections["remainder_below_county"].notna()
    ]
    counts = {
        "persons_total": rows["persons_total"],
        "rank_bureau": rows["rank_bureau"],
        "rank_county": rows["rank_county"],
        "below_county": rows["remainder_below_county"],
    }
    return pd.DataFrame(
        {
            "province": rows["province"].astype(str),
            "round_batch": rows["round_batch"].astype(str),
            **{name: column.astype("int64") for name, column in counts.items()},
        }
    ).reset_index(drop=True)


def discipline_ranks(discipline: pd.DataFrame) -> pd.DataFrame:
    """National persons punished by rank, full years with every rank published.

    Returns
    -------
    DataFrame
        `year` and the counts `rank_ministerial`, `rank_bureau`, `rank_county`, `rank_section`,
        `ordinary_cadre`, `rural_enterprise_other`, with `below_county` (the last three),
        `persons_total` (the sum of all ranks) and `below_county_share`. Where two sources give one
        year, the row that stands first in the file (the better source) is used. Most figures are
        rounded.
    """
    ranks = [
        "rank_ministerial",
        "rank_bureau",
        "rank_county",
        "rank_section",
        "ordinary_cadre",
        "rural_enterprise_other",
    ]
    rows = discipline[
        (discipline["area"].astype(str) == "national")
        & (discipline["category"].astype(str) == "punished")
        & (discipline["period_label"].astype(str) == "full year")
    ]
    complete = rows.dropna(subset=ranks).drop_duplicates("year")
    counts = complete[["year", *ranks]].astype("int64").sort_values("year", ignore_index=True)
    below = counts[["rank_section", "ordinary_cadre", "rural_enterprise_other"]].sum(axis=1)
    return counts.assign(below_county=below, persons_total=counts[ranks].sum(axis=1)).assign(
        below_county_share=lambda frame: frame["below_county"] / frame["persons_total"]
    )


def named_failures(incidents: pd.DataFrame) -> pd.DataFrame:
    """Named failures, one row an incident: True where named, False where not seen.

    False is not absence. Adds `duty_or_coordination`, `any_named`, `phases_named` (0 to 4),
    `sanction_kind` and `first_named`, the earliest phase named ("" where none is).
    """
    named = (incidents[list(FAILURES)].astype("float64") == 1).reset_index(drop=True)
    phases = named[list(PHASES)].to_numpy()
    first = np.where(phases.any(axis=1), np.array(PHASES)[phases.argmax(axis=1)], "")
    return named.assign(
        incident_id=incidents["incident_id"].astype(str).to_numpy(),
        sanction_kind=incidents["sanction_kind"].astype("string").fillna("").to_numpy(dtype=str),
        duty_or_coordination=named["duty_unclear"] | named["coordination_failure"],
        any_named=named.any(axis=1),
        phases_named=phases.sum(axis=1),
        first_named=first,
    )


def phase_rows(failures: pd.DataFrame) -> pd.DataFrame:
    """Phases named as failed, one row a phase, among incidents with at least one named failure.

    Returns
    -------
    DataFrame
        `phase`; `first`, incidents in which it is the earliest phase named; and the share of
        incidents that name it where coordination failure is named (`coordination_named`) and where
        it is not (`coordination_not_named`). All are lower bounds.
    """
    named = failures[failures["any_named"]]
    with_failure = named[named["coordination_failure"]]
    without = named[~named["coordination_failure"]]
    rows = [
        (
            phase,
            int((named["first_named"] == phase).sum()),
            float(with_failure[phase].mean()),
            float(without[phase].mean()),
        )
        for phase in PHASES
    ]
    columns = ["phase", "first", "coordination_named", "coordination_not_named"]
    return pd.DataFrame(rows, columns=columns)
