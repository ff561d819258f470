"""Who was sanctioned: tiers, ranks and named failures, as counts ready for a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from compendium.data import year_of
from compendium.stats.arithmetic import arithmetic
from compendium.stats.design import design, flag_missing
from compendium.stats.tidy import Tidy

TIERS = ("tier_province", "tier_prefecture", "tier_county", "tier_township", "tier_community")
TOWNSHIP_OR_BELOW = ("tier_township", "tier_community")
PHASES = ("phase_assessment", "phase_warning", "phase_response", "phase_aftermath")
FAILURES = ("duty_unclear", "coordination_failure", "weak_township_capacity", *PHASES)
BEFORE_EVENT = ("phase_assessment", "phase_warning")
INSPECTION_RANKS = ("rank_bureau", "rank_county", "below_county")
DUTY_OR_COORDINATION = ("duty_unclear", "coordination_failure")

MIDDLE_YEAR = 2015
"""Decades are counted from here, the middle of the years that the incidents cover."""
TIER_TERMS = ("epidemic", "log_deaths", "log_deaths_missing", "decade")
OFFICIALS_TERMS = (
    "higher_level",
    "log_deaths",
    "log_deaths_missing",
    "severity",
    "hazard_group",
    "final_report",
    "decade",
)
COMPLETE_TERMS = ("log_deaths", "severity", "hazard_group", "final_report", "decade")
"""Where class and deaths are known, the class tells the level: it cannot be a term beside it."""
SEVERITY = {"特别重大": "extraordinary", "重大": "major", "较大": "lower", "一般": "lower"}
HAZARD_GROUPS = {
    "epidemic": "epidemic",
    "flood": "nature",
    "landslide": "nature",
    "environmental": "nature",
}
REFERENCE = {"severity": "lower", "hazard_group": "accident"}
HIGHER = ("state_council", "province")
"""Levels of investigation above prefecture and county."""
NOT_STATED = "province_not_stated"
EIGHT_POINT_RANKS = {
    "rank_ministerial": "cases_provincial",
    "rank_bureau": "cases_bureau",
    "rank_county": "cases_county",
    "below_county": "cases_section_and_below",
}
EIGHT_POINT_SINCE = "2019-12-01"
"""Earlier figures cover fewer categories (codebook)."""


def province_of(incidents: pd.DataFrame) -> pd.Series:
    """Province of each incident; those whose pages state none are one group, NOT_STATED.

    They stay in the estimates, which need no province. As one cluster they count as if they might
    hang together; by themselves they would count as certainly independent.
    """
    return incidents["province"].fillna(NOT_STATED).astype(str)


def version_1(incidents: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """Incidents of version 1 in its order, with the tier lists that it had.

    Tests whose predicates were written on version 1 stay on it: the lists that version 2 adds were
    seen while they were compiled. All else of a row is as now.

    Parameters
    ----------
    first
        The table `incidents_v1`.
    """
    names = first["incident_id"].astype(str)
    rows = incidents.set_index(incidents["incident_id"].astype(str)).loc[names]
    lists = {name: first[name].array for name in (*TIERS, "tier_list_complete")}
    return rows.assign(**lists).reset_index(drop=True)


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
            "province": province_of(listed),
            "sanction_kind": listed["sanction_kind"].astype(str),
            "group": np.where(listed["hazard"].astype(str) == "epidemic", "epidemic", "other"),
            **{tier: tiers[tier] for tier in TIERS},
            "sanctioned": tiers.sum(axis=1),
            "township_or_below": tiers[list(TOWNSHIP_OR_BELOW)].sum(axis=1),
        }
    )
    return out[out["sanctioned"] >= min_sanctioned].reset_index(drop=True)


def decided(incidents: pd.DataFrame, min_sanctioned: int = 1) -> pd.DataFrame:
    """Complete lists by who decided and how, for description: no test rests on them.

    Returns
    -------
    DataFrame
        As `fully_listed`, with `setting` (epidemic, city or elsewhere, so that fires of forests are
        never among those of cities), `deciding_level`, and `staff` (number of service staff, which
        the tiers contain; missing where not known).
    """
    listed = fully_listed(incidents, min_sanctioned)
    about = incidents.set_index(incidents["incident_id"].astype(str)).loc[listed["incident_id"]]
    place = np.where((about["urban"] == 1).to_numpy(bool), "other_urban", "other_elsewhere")
    return listed.assign(
        setting=np.where(listed["group"] == "epidemic", "epidemic", place),
        deciding_level=about["deciding_level"].astype(str).array,
        staff=about["service_staff"].array,
    )


def deciding_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Data of the form `dots` from the strata of `decided`: share at township tier or below."""
    rows = frame[frame["part"] == "township_or_below"]
    names = {"deciding_level": "category", "sanction_kind": "group", "setting": "facet"}
    return rows.rename(columns=names | {"share": "value", "clusters": "n"}).drop(
        columns=["part", "successes", "trials"]
    )


def with_and_without_staff(lists: pd.DataFrame) -> pd.DataFrame:
    """Lists whose number of service staff is known, and again those of them without any, by `rows`.

    A person's own tier is not recorded, so staff can't be taken out of a list: lists with staff
    are left out instead.
    """
    known = lists[lists["staff"].notna()]
    parts = {"staff_in": known, "staff_out": known[known["staff"] == 0]}
    return pd.concat([part.assign(rows=name) for name, part in parts.items()], ignore_index=True)


def tier_terms(listed: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """Terms of a model of the share at township tier or below, (n, 5), for rows of `fully_listed`.

    `log_deaths` is log(1 + deaths), 0 where deaths are not known, and `log_deaths_missing` is 1
    there; `decade` counts from 2015. The kind of decision is no term: lists of unknown kind hold
    nobody at township tier or below, so their coefficient has no maximum (perfect separation).
    """
    about = incidents.set_index(incidents["incident_id"].astype(str)).loc[listed["incident_id"]]
    frame = pd.DataFrame(
        {
            "epidemic": (listed["group"] == "epidemic").to_numpy(dtype=float),
            "log_deaths": _log_deaths(about).array,
            "decade": _decade(about).array,
        },
        index=listed.index,
    )
    return design(flag_missing(frame, "log_deaths"), TIER_TERMS)


def officials_sanctioned(incidents: pd.DataFrame) -> pd.DataFrame:
    """Officials sanctioned per incident, where their number and the level of inquiry are known.

    Returns
    -------
    DataFrame
        `incident_id`, `province`, `officials` (1 or more: incidents without sanctions were not
        looked for), `higher_level` (1: State Council or province, 0: prefecture or county),
        `severity` (extraordinary, major, lower, or none stated), `hazard_group` (accident,
        epidemic, nature), `final_report` (1 or 0), `deaths`, `log_deaths`, `decade`, and
        `complete` (class and deaths are both known).
    """
    rows = incidents[
        incidents["officials_sanctioned"].notna() & incidents["investigation_level"].notna()
    ]
    level = rows["investigation_level"].astype(str)
    severity = rows["severity_class"].astype("string").map(SEVERITY).fillna("none").astype(str)
    hazard = rows["hazard"].astype("string").map(HAZARD_GROUPS).fillna("accident").astype(str)
    return pd.DataFrame(
        {
            "incident_id": rows["incident_id"].astype(str),
            "province": province_of(rows),
            "officials": rows["officials_sanctioned"].astype("int64"),
            "higher_level": level.isin(HIGHER).astype(float),
            "severity": severity,
            "hazard_group": hazard,
            "final_report": (rows["sanction_kind"].astype(str) == "final_report").astype(float),
            "deaths": rows["deaths"],
            "log_deaths": _log_deaths(rows),
            "decade": _decade(rows),
            "complete": (severity != "none") & rows["deaths"].notna(),
        }
    ).reset_index(drop=True)


def variables(incidents: pd.DataFrame) -> pd.DataFrame:
    """What is described of each incident, one column a variable, nan where it is not stated.

    `township_share` is known of complete lists only; `year` counts from 2000.
    """
    listed = fully_listed(incidents).set_index("incident_id")
    share = listed["township_or_below"] / listed["sanctioned"]
    level = incidents["investigation_level"].astype("string")
    told = {
        "officials_sanctioned": incidents["officials_sanctioned"],
        "township_share": incidents["incident_id"].astype(str).map(share),
        "deaths": incidents["deaths"],
        "higher_level": level.isin(HIGHER).where(level.notna()),
        "final_report": incidents["sanction_kind"].astype(str) == "final_report",
        "epidemic": incidents["hazard"].astype(str) == "epidemic",
        "urban": incidents["urban"],
        "year": year_of(incidents["date"]) - 2000,
    }
    return pd.DataFrame(told, dtype="Float64").astype("float64")


def sample_steps(incidents: pd.DataFrame) -> pd.DataFrame:
    """How many incidents are left as more is asked to be known, one row a `step`.

    Columns `incidents`, `epidemics`, `final_reports` and `nobody` (officials sanctioned are 0).
    """
    needs = {
        "incidents": "incident_id",
        "stated_officials": "officials_sanctioned",
        "stated_level": "investigation_level",
        "stated_class": "severity_class",
        "stated_deaths": "deaths",
    }
    rows, left = [], incidents
    for step, column in needs.items():
        left = left[left[column].notna()]
        epidemics = int((left["hazard"].astype(str) == "epidemic").sum())
        final = int((left["sanction_kind"].astype(str) == "final_report").sum())
        rows.append(
            (step, len(left), epidemics, final, int((left["officials_sanctioned"] == 0).sum()))
        )
    columns = ["step", "incidents", "epidemics", "final_reports", "nobody"]
    return pd.DataFrame(rows, columns=columns)


def officials_terms(
    officials: pd.DataFrame, terms: Sequence[str] = OFFICIALS_TERMS
) -> pd.DataFrame:
    """Terms of a model of officials per incident, from `officials_sanctioned`.

    Missing deaths get an indicator of their own; against class `lower` and hazard `accident`.
    """
    return design(flag_missing(officials, "log_deaths"), terms, REFERENCE)


def _log_deaths(rows: pd.DataFrame) -> pd.Series:
    return pd.Series(np.log1p(rows["deaths"].astype("Float64")), index=rows.index)


def _decade(rows: pd.DataFrame) -> pd.Series:
    return (year_of(rows["date"]).astype("float64") - MIDDLE_YEAR) / 10


def inspection_ranks(inspections: pd.DataFrame) -> pd.DataFrame:
    """Rank counts of central environmental inspections, one row a province with a full split.

    Returns
    -------
    DataFrame
        `province`, `round_batch`, `announced`, `persons_total`, `rank_bureau`, `rank_county`,
        `below_county`.
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
            "announced": rows["announced"].astype(str),
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


def eight_point_ranks(eight_point: pd.DataFrame) -> pd.DataFrame:
    """Cases against the eight-point rules by rank, all kinds, periods that do not overlap.

    Returns
    -------
    DataFrame
        `period`, `rank_ministerial`, `rank_bureau`, `rank_county`, `below_county` (township and
        section rank and below) and `persons_total` (their sum: cases, not persons), in order of
        time. Of periods one within the other the longer is kept; sets before December 2019 cover
        fewer categories and are left out.
    """
    whole = (eight_point["kind"].astype(str) == "all") & (
        eight_point["period_start"].astype(str) >= EIGHT_POINT_SINCE
    )
    rows = eight_point[whole].dropna(subset=list(EIGHT_POINT_RANKS.values()))
    kept = rows[~_within_another(rows)].sort_values("period_start")
    counts = {rank: kept[column].astype("int64") for rank, column in EIGHT_POINT_RANKS.items()}
    frame = pd.DataFrame({"period": kept["period"].astype(str), **counts})
    return frame.assign(persons_total=sum(counts.values())).reset_index(drop=True)


def _within_another(periods: pd.DataFrame) -> np.ndarray:
    start, end = (periods[f"period_{side}"].astype(str).to_numpy() for side in ("start", "end"))
    inside = (start[:, None] >= start) & (end[:, None] <= end)
    same = (start[:, None] == start) & (end[:, None] == end)
    return np.asarray((inside & ~same).any(axis=1))


def rank_sums(rows: pd.DataFrame) -> dict[str, Tidy]:
    """Share of each rank of `INSPECTION_RANKS` in all that a source counts, summed over periods."""
    total = rows["persons_total"].sum()
    return {
        rank: arithmetic(rank, rows[rank].sum() / total, "sum over periods", n=len(rows))
        for rank in INSPECTION_RANKS
    }


def rank_rows(
    inspections: pd.DataFrame, discipline: pd.DataFrame, eight_point: pd.DataFrame
) -> pd.DataFrame:
    """Three sources of ranks side by side, one row a source and period.

    Returns
    -------
    DataFrame
        `source`, `period` (of inspections the day of the announcement), `persons_total`, the counts
        `rank_ministerial` (nan where not published), `rank_bureau`, `rank_county`, `below_county`,
        and `below_county_share`.
    """
    batches = inspections.groupby("announced", as_index=False).sum(numeric_only=True)
    parts = {
        "inspection": batches.rename(columns={"announced": "period"}),
        "discipline": discipline.assign(period=discipline["year"].astype(str)),
        "eight_point": eight_point,
    }
    columns = ["source", "period", "persons_total", "rank_ministerial", *INSPECTION_RANKS]
    rows = pd.concat(
        [part.assign(source=source).reindex(columns=columns) for source, part in parts.items()],
        ignore_index=True,
    )
    return rows.assign(below_county_share=rows["below_county"] / rows["persons_total"])


def second_reading(failures: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Codes of the second coder, with the rows and the index of `failures`, empty where read once.

    The index is that of `failures`. Adds `duty_or_coordination`, 1 where either is.
    """
    coded = second.astype({"incident_id": str, "field": str})
    wide = coded.pivot_table("coder_2", "incident_id", "field", aggfunc="first")
    codes = wide[list(FAILURES)].astype("Int64")
    both = codes.assign(duty_or_coordination=codes[list(DUTY_OR_COORDINATION)].max(axis=1))
    return both.reindex(failures["incident_id"]).set_axis(failures.index)


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
