"""Published survey figures: what was reported on what, and which figures may stand together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd
from scipy import special

from compendium.errors import UserError
from compendium.stats.levels import at_level
from compendium.stats.meta_analysis import (
    Effects,
    MetaAnalysis,
    fisher_z,
    logit_shares,
    random_effects,
)
from compendium.stats.method import Method
from compendium.stats.proportions import binomial_interval
from compendium.stats.tidy import Tidy

KINDS = ("sample_figure", "partial_figure", "direction_only", "units_only", "design_only")
"""What can be read of a figure, best first; see `kinds_of`."""

SECTIONS = {
    "duty_side": (
        "responsibility_overload",
        "formalism_burden",
        "upward_accountability_pressure",
        "blame_avoidance",
    ),
    "power_side": ("power_delegation", "staffing", "resources"),
    "match_side": ("power_responsibility_mismatch", "tiaokuai_conflict"),
    "joint_side": ("collaboration", "public_participation"),
    "cycle_side": ("risk_assessment", "early_warning", "emergency_response", "recovery"),
    "outcome_side": ("strain", "burnout", "turnover_intention", "performance"),
    "no_construct_side": ("no_construct",),
}
"""Constructs of the codebook, arranged by the side of the argument that they speak to."""

POPULATIONS = {
    "township": "township_tier",
    "subdistrict": "township_tier",
    "community": "community_tier",
    "mixed": "several_tiers",
    "residents": "residents",
}
"""Tiers of studies in scope; townships and subdistricts are one tier."""

RESPONDENTS = ("convenience", "probability")
SCALE_STATISTICS = ("alpha", "fit_index", "weight")
LEVEL_STATISTICS = ("proportion", "mean", "correlation")
# Figures on these say whom a study asked, not what it found.
WITHOUT_CONSTRUCT = ("sample_composition", "other")
ESTIMATORS = ("REML", "DL")
MIN_POOL = 3
"""Independent samples from which a mean is printed: two cannot tell how samples differ."""


def figures_in_scope(statistics: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """Join the figures of studies in scope to design, tier and sample of their study."""
    about = ["study_id", "tier", "design", "in_scope", "independent_group"]
    joined = statistics.merge(studies[about], on="study_id", validate="many_to_one")
    return joined[joined["in_scope"] == 1].reset_index(drop=True)


def kinds_of(figures: pd.DataFrame) -> pd.Series:
    """What can be read of each figure.

    Returns
    -------
    Series
        "sample_figure": a proportion, mean or correlation with its n, usable as printed
        (`poolable`). "partial_figure": the same from respondents, but n was not seen, it is a
        bound, or it is doubtful. "direction_only": a path, ratio or count from respondents that
        tells no more than a direction. "units_only": a count over units or a case, nobody was
        asked. "design_only": the reliability or fit of a scale, or whom the study asked.
    """
    statistic, design = figures["statistic"].astype(str), figures["design"].astype(str)
    asked = design.isin(RESPONDENTS)
    no_level = statistic.isin(SCALE_STATISTICS) | figures["construct"].isin(WITHOUT_CONSTRUCT)
    kinds = np.select(
        [figures["poolable"] == 1, no_level, asked & statistic.isin(LEVEL_STATISTICS), asked],
        ["sample_figure", "design_only", "partial_figure", "direction_only"],
        default="units_only",
    )
    return pd.Series(kinds, index=figures.index, name="kind")


def evidence_map(statistics: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """Count the studies in scope by construct, population and the best that could be read.

    Returns
    -------
    DataFrame
        Data of the form `evidence_map`: every construct by every population by every kind, with
        zeros. A study counts once in a cell. A study without a figure on any construct stands in
        the row "no_construct".

    Raises
    ------
    UserError
        A study in scope is of a tier that the map has no column for.
    """
    figures = figures_in_scope(statistics, studies)
    figures = figures.assign(kind=kinds_of(figures), category=figures["construct"].astype(str))
    figures = figures[~figures["category"].isin(WITHOUT_CONSTRUCT)]
    rest = studies[(studies["in_scope"] == 1) & ~studies["study_id"].isin(figures["study_id"])]
    rest = rest.assign(kind="design_only", category="no_construct")
    kept = ["study_id", "category", "tier", "kind"]
    entries = pd.concat([figures[kept], rest[kept]], ignore_index=True)
    entries["group"] = _population(entries)
    entries["rank"] = entries["kind"].map(KINDS.index)
    best = entries.sort_values("rank", kind="stable").drop_duplicates(
        ["study_id", "category", "group"]
    )
    counts = best.groupby(["category", "group", "kind"]).size()
    rows = [
        (section, construct, population, kind, int(counts.get((construct, population, kind), 0)))
        for section, constructs in SECTIONS.items()
        for construct in constructs
        for population in dict.fromkeys(POPULATIONS.values())
        for kind in KINDS
    ]
    return pd.DataFrame(rows, columns=["facet", "category", "group", "part", "value"])


def same_thing(
    statistics: pd.DataFrame, studies: pd.DataFrame, signs: Mapping[str, int]
) -> pd.DataFrame:
    """Figures that measure one thing in independent samples, ready to be put side by side.

    Parameters
    ----------
    signs
        1 or -1 by `stat_id`: -1 reverses a correlation that points the other way by construction.

    Returns
    -------
    DataFrame
        `stat_id`, `study_id`, `statistic`, `value` (sign reversed where asked), `n`, `group`.

    Raises
    ------
    UserError
        A figure is unknown, not poolable or of another kind than the first, a share is to be
        reversed, or two come from one sample.
    """
    figures = figures_in_scope(statistics, studies).set_index("stat_id")
    unknown = [name for name in signs if name not in figures.index]
    if unknown:
        raise UserError("no figure in scope has this id", "correct the id", value=unknown[0])
    chosen = figures.loc[list(signs)]
    _refuse(chosen["poolable"] != 1, "the figure may not be pooled", chosen)
    kinds = chosen["statistic"].astype(str)
    _refuse(kinds != kinds.iloc[0], f"the figure is no {kinds.iloc[0]}", chosen)
    groups = chosen["independent_group"].astype(str)
    _refuse(groups.duplicated(), "a figure of this sample is already there", chosen)
    sign = pd.Series(signs)
    _refuse((sign < 0) & (kinds != "correlation"), "only a correlation can be reversed", chosen)
    return pd.DataFrame(
        {
            "study_id": chosen["study_id"].astype(str),
            "statistic": kinds,
            "value": chosen["value"] * sign,
            "n": chosen["n"].astype("int64"),
            "group": groups,
        }
    ).reset_index(names="stat_id")


def share_line(value: float, n: int, level: float) -> Tidy:
    """Published share with Wilson's interval, its count restored by rounding value times n.

    Simple random sampling is assumed, which no study here has: the interval is too narrow.
    """
    found = binomial_interval(round(value * n), n, level)
    return replace(found, method=Method.of("published_share"))


def correlation_line(value: float, n: int, level: float) -> Tidy:
    """Published correlation with the interval of Fisher's z; the same caution as for shares."""
    effects = fisher_z([value], [n], ["r"])
    half = float(special.ndtri((1 + level) / 2)) * np.sqrt(effects.v[0])
    low, high = (float(np.tanh(effects.y[0] + side * half)) for side in (-1, 1))
    method = Method.of("published_correlation")
    se = (1 - value**2) * float(np.sqrt(effects.v[0]))
    return Tidy("correlation", value, se, low, high, level, n=n, method=method)


def lines_of(figures: pd.DataFrame, level: float) -> dict[str, Tidy]:
    """Interval of each proportion or correlation of a frame with `stat_id`, `value`, `n`.

    Raises
    ------
    UserError
        Another kind of figure: its interval would need more than its n.
    """
    makers = {"proportion": share_line, "correlation": correlation_line}
    found = {}
    for row in figures.to_dict("records"):
        maker = makers.get(str(row["statistic"]))
        if maker is None:
            raise UserError(
                "no interval follows from n alone", "leave it out", value=row["stat_id"]
            )
        found[str(row["stat_id"])] = maker(float(row["value"]), int(row["n"]), level)
    return found


def lines_by_study(figures: pd.DataFrame, level: float) -> dict[str, Tidy]:
    """Return what `lines_of` does, by the study that each figure is from."""
    found = lines_of(figures, level)
    return dict(zip(figures["study_id"].astype(str), found.values(), strict=True))


def by_study(figures: pd.DataFrame, level: float) -> pd.DataFrame:
    """Data of the form `dots`: figures with their intervals, one facet a study."""
    lines = lines_of(figures, level)
    rows = [
        {"facet": study, "category": name, **lines[name].cells("value", "ci_low", "ci_high", "n")}
        for study, name in zip(figures["study_id"], figures["stat_id"], strict=True)
    ]
    return at_level(pd.DataFrame(rows), (line.level for line in lines.values()))


def single_shares(statistics: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """Usable shares of cadre samples, with the study that each comes from."""
    figures = figures_in_scope(statistics, studies)
    kept = (figures["poolable"] == 1) & (figures["statistic"] == "proportion")
    return figures.loc[kept, ["stat_id", "study_id", "statistic", "value", "n"]].astype(
        {"stat_id": str, "study_id": str, "statistic": str}
    )


def residents_per_worker(statistics: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """Published ratios of residents to staff, in scope, with the design that they come from."""
    figures = figures_in_scope(statistics, studies)
    per_resident = figures["unit"].astype(str).str.startswith("residents")
    kept = (figures["construct"] == "staffing") & per_resident
    rows = figures.loc[kept, ["study_id", "tier", "design", "value"]]
    return rows.sort_values("value", ignore_index=True).astype({"tier": str, "design": str})


def pooling_rows(sets: Mapping[str, pd.DataFrame], alike: Mapping[str, bool]) -> pd.DataFrame:
    """What is done with each set of figures and why.

    Parameters
    ----------
    sets
        Results of `same_thing` by outcome.
    alike
        Whether the figures of a set measure the same thing closely enough to be averaged at all.
    """
    rows = []
    for outcome, figures in sets.items():
        k = len(figures)
        why = "not_alike" if not alike[outcome] else "few_samples" if k < MIN_POOL else "enough"
        done = "averaged" if why == "enough" else "side_by_side" if k > 1 else "alone"
        rows.append((outcome, k, int(figures["n"].sum()), done, why))
    return pd.DataFrame(rows, columns=["outcome", "samples", "respondents", "done", "why"])


def averages(
    sets: Mapping[str, pd.DataFrame], alike: Mapping[str, bool], level: float
) -> dict[tuple[str, str], MetaAnalysis]:
    """Random-effects means of the sets that may be averaged, by outcome and estimator of tau2."""
    rows = pooling_rows(sets, alike)
    return {
        (outcome, method): random_effects(
            _effects(sets[outcome]), level, method=method, groups=sets[outcome]["group"]
        )
        for outcome in rows.loc[rows["done"] == "averaged", "outcome"]
        for method in ESTIMATORS
    }


def forest_rows(
    sets: Mapping[str, pd.DataFrame], found: Mapping[tuple[str, str], MetaAnalysis], level: float
) -> pd.DataFrame:
    """Data of the form `forest`: the studies of each set, and its means where it has some."""
    rows: list[tuple[object, ...]] = []
    for outcome, figures in sets.items():
        lines = lines_of(figures, level)
        analysis = found.get((outcome, ESTIMATORS[0]))
        weights = analysis.weights if analysis else [nan] * len(figures)
        for figure, weight in zip(figures.to_dict("records"), weights, strict=True):
            line = lines[figure["stat_id"]]
            ends = (line.value, line.ci_low, line.ci_high, line.n, weight)
            rows.append((outcome, figure["study_id"], "study", *ends))
        for method in ESTIMATORS:
            if (outcome, method) in found:
                rows += _mean_rows(outcome, method, found[outcome, method])
    columns = ["facet", "category", "group", "value", "ci_low", "ci_high", "n", "weight"]
    levels = [level, *(analysis.mean.level for analysis in found.values())]
    return at_level(pd.DataFrame(rows, columns=columns), levels)


def _mean_rows(outcome: str, method: str, analysis: MetaAnalysis) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for kind, line in (("mean", analysis.mean), ("prediction", analysis.prediction)):
        ends = (line.value, line.ci_low, line.ci_high, nan, nan)
        rows.append((outcome, f"{kind}_{method}", kind, *ends))
    return rows


def _effects(figures: pd.DataFrame) -> Effects:
    n, labels = figures["n"], figures["study_id"]
    if figures["statistic"].iloc[0] == "correlation":
        return fisher_z(figures["value"], n, labels)
    return logit_shares((figures["value"] * n).round(), n, labels)


def _population(entries: pd.DataFrame) -> pd.Series:
    tiers = entries["tier"].astype(str)
    strange = ~tiers.isin(POPULATIONS)
    if strange.any():
        raise UserError(
            f"study {entries.loc[strange, 'study_id'].iloc[0]} is in scope, but not its tier",
            "correct tier or in_scope in studies.csv",
            value=tiers[strange].iloc[0],
        )
    return tiers.map(POPULATIONS)


def _refuse(bad: pd.Series, problem: str, chosen: pd.DataFrame) -> None:
    if bad.any():
        raise UserError(problem, "leave it out of the set", value=chosen.index[bad.to_numpy()][0])
