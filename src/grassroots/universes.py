"""Prepared columns of the multiverses: every construction that a choice can name, from the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from compendium.measurement.items import scale_scores
from compendium.survey import Survey
from compendium.survey.instrument import Instrument
from grassroots import accountability as acc
from grassroots import escalation as esc
from grassroots import messages as ms
from grassroots import scales as sc

PERSON = ("position", "tenure_group", "age_group", "gender", "education", "work_area")
SPREADS = {"half_sd": 0.5, "any": 0.0, "one_sd": 1.0}
"""Standard deviations by which responsibility must exceed power to count as inversion."""
SLOW_SHARE = 0.1
"""The fastest tenth of the respondents may not have read the questions."""
LARGE_UNIT = 10
"""Respondents from which a unit's own mean is worth something."""
LONG_LIST = 3
LARGEST_COUNT = 100
"""More officials than this were sanctioned in one incident only, which can decide a mean."""


def survey_columns(frame: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Scores of each respondent in every construction, with background, design and screens.

    Parameters
    ----------
    frame
        Respondents, as of the loaded survey.

    Returns
    -------
    DataFrame
        The scores of `measures.scales` with imbalance and collaboration taken from their means;
        other constructions named after what they do (`top_down_plain`: without reversed items;
        `_component`: first principal component; `_strict`: all items answered); background; 0/1
        flags of samples (`keeps_...`).
    """
    scores = sc.centred(sc.respondent_scores(frame, instrument), ("collaboration",))
    background = frame[[*PERSON, "has_duty_list"]].copy()
    background["log_staff"] = np.log(frame["unit_staff"].astype("Float64").astype("float64"))
    made = scores.join(background).assign(
        **_imbalances(scores, instrument),
        **_pressures(frame, instrument),
        **_collaborations(frame, scores, instrument),
        **_surface(scores),
        **_screens(frame),
    )
    phases = made[[f"performance_{phase}" for phase in sc.PHASES]]
    return made.assign(
        all_phases=phases.mean(axis=1).where(phases.notna().all(axis=1)),
        imbalance_centred=made["imbalance"] - made["imbalance"].mean(),
    )


def _imbalances(scores: pd.DataFrame, instrument: Instrument) -> dict[str, Any]:
    load, means = scores[sc.LOAD], scores[sc.MEANS]
    domains = {
        name: scores[duty] - scores[power]
        for name, (duty, power) in sc.domain_pairs(instrument).items()
    }
    gaps = pd.DataFrame(domains)
    known = (load.notna() & means.notna()).to_numpy()
    spread = float(np.std(np.r_[load[known], means[known]], ddof=1))
    inverted = {
        f"inverted_{name}": ((load - means) > width * spread).astype("float64").where(known)
        for name, width in SPREADS.items()
    }
    return {
        "imbalance_z": _standardised(load) - _standardised(means),
        "imbalance_log": np.log(load / means),
        "imbalance_domains": (gaps > 0).mean(axis=1).where(gaps.notna().all(axis=1)),
        "inverted_domains": ((gaps > 0).sum(axis=1) > len(domains) / 2)
        .astype("float64")
        .where(gaps.notna().all(axis=1)),
        "gap_smallest": gaps[gaps.mean().idxmin()],
        "gap_smallest_own": gaps.min(axis=1).where(gaps.notna().all(axis=1)),
        **inverted,
    }


def _pressures(frame: pd.DataFrame, instrument: Instrument) -> dict[str, Any]:
    answers = sc.answers_of(frame, instrument)
    turned = set(instrument.reversed_items)
    found: dict[str, Any] = {}
    for scale in ("top_down", "bottom_up", "line_block"):
        items = list(instrument.items_of(scale))
        plain = {f"{scale}_plain": [item for item in items if item not in turned]}
        strict = scale_scores(answers, {f"{scale}_strict": items}, min_answered=1.0)
        found |= dict(scale_scores(answers, plain).items())
        found |= dict(strict.items())
        found[f"{scale}_component"] = first_component(answers[items])
    return found


def _collaborations(
    frame: pd.DataFrame, scores: pd.DataFrame, instrument: Instrument
) -> dict[str, Any]:
    answers = sc.answers_of(frame, instrument)
    parts = (
        scores[list(sc.PARTS)].mean(axis=1).where(scores[list(sc.PARTS)].notna().sum(axis=1) > 1)
    )
    items = [item for part in (sc.PARTS[0], sc.PARTS[2]) for item in instrument.items_of(part)]
    asked = scale_scores(answers, {"asked": items})["asked"]
    found = {
        "collaboration_parts": parts - parts.mean(),
        "collaboration_asked_all": asked - asked.mean(),
        "collaboration_official": scores[sc.PARTS[0]] - scores[sc.PARTS[0]].mean(),
    }
    for phase in sc.PHASES:
        items = list(instrument.items_of(f"performance_{phase}"))
        found[f"performance_{phase}_component"] = first_component(answers[items])
    return found


def _surface(scores: pd.DataFrame) -> dict[str, Any]:
    """Terms of the response surface about the line on which responsibility equals power.

    With z = r - p and s = r + p, the surface's curvature along r = -p is four times the
    coefficient of z^2, beside r, p, s^2 and s z: `misfit_squared` is z^2 / 4.
    """
    r, p = scores[sc.LOAD] - sc.MIDPOINT, scores[sc.MEANS] - sc.MIDPOINT
    return {
        "misfit_squared": (r - p) ** 2 / 4,
        "fit_squared": (r + p) ** 2,
        "fit_by_misfit": (r + p) * (r - p),
    }


def _screens(frame: pd.DataFrame) -> dict[str, Any]:
    minutes = frame["duration_minutes"].astype("float64")
    size = frame.groupby("unit_id")["unit_id"].transform("size")
    return {
        "keeps_slow": (minutes > minutes.quantile(SLOW_SHARE)).astype(float),
        "keeps_government": (frame["position"].astype(str) != "community").astype(float),
        "keeps_large_units": (size >= LARGE_UNIT).astype(float),
    }


def first_component(items: pd.DataFrame) -> pd.Series[float]:
    """First principal component of standardised items, in standard deviations, nan with a gap.

    Its sign is such that it rises with the mean of the items.
    """
    known = items.dropna()
    Z = ((known - known.mean()) / known.std()).to_numpy(dtype=float)
    _, _, rows = np.linalg.svd(Z, full_matrices=False)
    score = Z @ rows[0]
    score = score * np.sign(score @ Z.mean(axis=1)) / score.std(ddof=1)
    return pd.Series(score, index=known.index).reindex(items.index)


def _standardised(values: pd.Series[float]) -> pd.Series[float]:
    return (values - values.mean()) / values.std()


def notice_columns(incidents: pd.DataFrame) -> pd.DataFrame:
    """Incidents with a complete list of those sanctioned: shares, weights, samples."""
    listed = acc.fully_listed(incidents)
    about = incidents.set_index(incidents["incident_id"].astype(str)).loc[listed["incident_id"]]
    below, persons = listed["township_or_below"], listed["sanctioned"]
    return listed.assign(
        share_below=below / persons,
        majority_below=(below / persons > 0.5).astype(float),
        sanctioned=persons.astype(float),
        is_epidemic=(listed["group"] == "epidemic").astype(float),
        is_other=(listed["group"] == "other").astype(float),
        keeps_early=(listed["sanction_kind"] == "early_notice").astype(float),
        keeps_long=(persons >= LONG_LIST).astype(float),
        keeps_urban=(about["urban"] == 1).astype(float).to_numpy(),
    )


def rank_columns(inspections: pd.DataFrame) -> pd.DataFrame:
    """Provinces inspected: shares of ranks, weights, samples."""
    rows = acc.inspection_ranks(inspections)
    total = rows["persons_total"].astype(float)
    first = rows["round_batch"].str.contains("batch 1")
    return rows.assign(
        share_below=rows["below_county"] / total,
        share_not_bureau=1 - rows["rank_bureau"] / total,
        majority_below=(rows["below_county"] / total > 0.5).astype(float),
        persons_total=total,
        keeps_later=(~first).astype(float),
        keeps_large=(total >= total.median()).astype(float),
    )


def official_columns(incidents: pd.DataFrame) -> pd.DataFrame:
    """Incidents whose number of officials sanctioned and level of inquiry are known."""
    rows = acc.officials_sanctioned(incidents)
    about = incidents.set_index(incidents["incident_id"].astype(str)).loc[rows["incident_id"]]
    level = about["investigation_level"].astype(str).to_numpy()
    central = pd.Series((level == "state_council").astype(float)).where(level != "province")
    enterprise = about["sanctioned_includes_enterprise"].fillna(0).to_numpy(dtype=float)
    return rows.assign(
        officials=rows["officials"].astype(float),
        log_officials=np.log(rows["officials"].astype(float)),
        steps_up=pd.Series(level).map({"county": 0, "prefecture": 1, "province": 2}).fillna(3.0),
        central=central,
        deaths=rows["deaths"].astype("Float64").astype("float64"),
        log_deaths=rows["log_deaths"].astype("float64"),
        severity=_levels(rows["severity"], acc.REFERENCE["severity"]),
        hazard_group=_levels(rows["hazard_group"], acc.REFERENCE["hazard_group"]),
        keeps_not_epidemic=(rows["hazard_group"] != "epidemic").astype(float),
        keeps_final=rows["final_report"],
        keeps_moderate=(rows["officials"] <= LARGEST_COUNT).astype(float),
        keeps_officials_only=1 - enterprise,
    )


def _levels(column: pd.Series[str], reference: str) -> pd.Categorical:
    """A category whose first level, which is left out, is the reference."""
    others = sorted(set(column) - {reference})
    return pd.Categorical(column, [reference, *others])


def phase_columns(incidents: pd.DataFrame) -> pd.DataFrame:
    """Incidents with at least one named failure: phases named, and what is named beside them."""
    named = acc.named_failures(incidents)
    about = incidents.reset_index(drop=True)
    year = about["date"].astype(str).str[:4].astype(float)
    hazard = about["hazard"].astype("string").map(acc.HAZARD_GROUPS).fillna("accident").astype(str)
    rows = named.assign(
        province=acc.province_of(about),
        hazard_group=_levels(hazard, acc.REFERENCE["hazard_group"]),
        decade=(year - acc.MIDDLE_YEAR) / 10,
        final_report=(named["sanction_kind"] == "final_report").astype(float),
        phases_named=named["phases_named"].astype(float),
        phases_before=named[list(acc.BEFORE_EVENT)].sum(axis=1).astype(float),
        coordination_failure=named["coordination_failure"].astype(float),
        duty_or_coordination=named["duty_or_coordination"].astype(float),
        weak_township_capacity=named["weak_township_capacity"].astype(float),
        log_deaths=np.log1p(about["deaths"].astype("Float64").astype("float64")),
        keeps_final=(named["sanction_kind"] == "final_report").astype(float),
        keeps_not_epidemic=(hazard != "epidemic").astype(float),
    )
    return rows[rows["any_named"]].reset_index(drop=True)


def prefecture_columns(rules: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Prefectures below a province: rules in every coding, cases, capacity, attention, samples."""
    rows = esc.prefectures(esc.assemble(rules, tables))
    province = rows["province_force"].astype(float)
    codings = {"": rows["force"], "_1": rows["force_1"], "_2": rows["force_2"]}
    made: dict[str, Any] = {}
    for end, force in codings.items():
        force = force.astype("Float64").astype("float64")
        made[f"force{end}"] = force
        made[f"excess{end}"] = force - province
        made[f"above{end}"] = (force > province).astype("float64").where(force.notna())
    return rows.assign(
        **made,
        province_force=province,
        province_above_floor=(province > 1).astype(float),
        log_population=np.log(rows["population"].astype("Float64").astype("float64")),
        keeps_no_cases=(rows["city_period"].astype(float) == 0).astype(float),
        keeps_indexed=rows["digital"].notna().astype(float),
        keeps_above_floor=(province > 1).astype(float),
        keeps_not_capital=(rows["city_class"] != esc.CAPITAL).astype(float),
    )


def _first(make: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """The same columns of the incidents of version 1."""
    return lambda incidents, first: make(acc.version_1(incidents, first))


INCIDENTS = ("incidents", "incidents_v1")
SOURCES: dict[str, tuple[tuple[str, ...], Callable[..., pd.DataFrame]]] = {
    "notices": (INCIDENTS, _first(notice_columns)),
    "officials": (INCIDENTS, _first(official_columns)),
    "phases": (INCIDENTS, _first(phase_columns)),
    "ranks": (("inspection_accountability",), rank_columns),
    "mailbox": (("messages",), lambda messages: ms.timed(messages, ms.MAILBOX)),
    "one_province": (("messages",), lambda messages: ms.timed(messages, ms.ONE_PROVINCE)),
}
"""Prepared columns that come from shipped tables, and what makes them."""
EXTERNAL = "prefectures"
RULES = "prefecture_rules"
"""Shipped table that the external data set is joined to."""
EXTERNAL_SET = "covid19policy_cn"
SURVEY = "survey"


def prepare(
    tables: Mapping[str, pd.DataFrame],
    covid: Mapping[str, pd.DataFrame] | None = None,
    *,
    survey: Survey | None = None,
) -> dict[str, pd.DataFrame]:
    """Prepared columns by source, of what is at hand.

    Parameters
    ----------
    tables
        Shipped tables by name.
    covid
        Tables of the external data set, None where absent.
    survey
        As it was loaded, with its questionnaire.
    """
    found = {
        name: make(*(tables[table] for table in needed))
        for name, (needed, make) in SOURCES.items()
        if tables.keys() >= set(needed)
    }
    if covid is not None:
        found[EXTERNAL] = prefecture_columns(tables[RULES], covid)
    if survey is not None:
        found[SURVEY] = survey_columns(survey.frame, survey.instrument)
    return found
