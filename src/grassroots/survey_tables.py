"""Results of the survey's measurement and models, arranged as the data of exhibits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from compendium.data.disclosure import MINIMUM_CELL, shown_range
from compendium.exhibits.arrange import correlated, described, points
from compendium.measurement.careless import Careless
from compendium.measurement.factor import FactorModel
from compendium.measurement.fit_indices import RMSEA_LEVEL
from compendium.stats.fit import Fit
from compendium.stats.levels import at_level, noted_level
from compendium.stats.mediation import Mediation, ModeratedMediation
from compendium.stats.mediation_multilevel import MultilevelMediation
from compendium.stats.moderation import johnson_neyman, marginal_effects, simple_slopes
from compendium.stats.response_surface import ResponseSurface
from compendium.stats.systems import JointTest
from compendium.stats.tidy import Tidy
from compendium.survey.instrument import HIGHEST, LOWEST
from grassroots.scales import LOAD, MEANS, withhold_small


def with_intervals(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Name the ends of intervals `x_ci_low` and `x_ci_high`, as tables ask for."""
    ends = ("low", "high")
    return frame.rename(columns={f"{n}_{end}": f"{n}_ci_{end}" for n in names for end in ends})


def fit_rows(models: Mapping[str, FactorModel]) -> pd.DataFrame:
    """Fit of measurement models, one row a model."""
    rows = [{"model": name} | found.indices.row() for name, found in models.items()]
    return at_level(with_intervals(pd.DataFrame(rows), "rmsea"), [RMSEA_LEVEL])


def item_rows(statistics: pd.DataFrame) -> pd.DataFrame:
    """Statistics of items; a share of the lowest or highest answer that few gave is withheld."""
    rows = statistics
    for end in ("floor", "ceiling"):
        counted = rows.assign(persons=(rows[end] * rows["n"]).round())
        rows = withhold_small(counted, "persons", also=(end,)).drop(columns="persons")
    return rows


def measured(models: Mapping[str, FactorModel]) -> dict[str, float]:
    """Weakest points of factor models: worst fit, loading and variance, and the closest pair.

    Loadings are those of the first model, which the figure shows.
    """
    fits, pairs = fit_rows(models), pair_rows(models)
    return {
        "rmsea": fits["rmsea"].max(),
        "cfi": fits["cfi"].min(),
        "loading": next(iter(models.values())).loading_frame["loading"].min(),
        "ave": validity_rows(models)["ave"].min(),
        "htmt": pairs["htmt"].max(),
    }


def changes_of_cfi(steps: pd.DataFrame) -> dict[str, float]:
    """Change of CFI at each step of a test of invariance, from the second on."""
    return dict(steps.set_index("model")["delta_cfi"].iloc[1:])


def loading_dots(model: FactorModel) -> pd.DataFrame:
    """Standardised loadings as the data of the form `dots`, a facet a factor."""
    rows = model.loading_frame.rename(columns={"factor": "facet", "item": "category"})
    return rows.rename(columns={"loading": "value"})[
        ["facet", "category", "value", "ci_low", "ci_high"]
    ]


def validity_rows(models: Mapping[str, FactorModel]) -> pd.DataFrame:
    """Composite reliability and average variance extracted, one row a factor."""
    rows = [found.factor_frame.assign(model=name) for name, found in models.items()]
    return with_intervals(pd.concat(rows, ignore_index=True), "composite", "ave")


def pair_rows(models: Mapping[str, FactorModel]) -> pd.DataFrame:
    """Correlations of factors and their HTMT, one row a pair."""
    return pd.concat(
        [found.pair_frame.assign(model=name) for name, found in models.items()], ignore_index=True
    )


def screen_rows(dropped: pd.DataFrame, answered: int, found: Careless) -> pd.DataFrame:
    """Rows that the loader left out and rows that screens flag; small counts are withheld.

    The attention check is the loader's, so it is not among the screens.

    Parameters
    ----------
    dropped
        As of the loaded survey.
    answered
        Rows of the file.
    """
    left = dropped["reason"].value_counts().rename_axis("category").reset_index(name="n")
    left["category"] = left["category"].replace({"attention": "attention_check"})
    left = left.assign(group="left_out", judged=answered, share=left["n"] / answered)
    used = (found.summary["judged"] > 0) & (found.summary["screen"] != "attention")
    flagged = found.summary[used].rename(columns={"screen": "category", "flagged": "n"})
    rows = pd.concat([left, flagged.assign(group="flagged")], ignore_index=True)
    rows = rows[["group", "category", "judged", "n", "share"]].sort_values(
        ["group", "category"], ascending=[False, True], ignore_index=True
    )
    return withhold_small(rows, "n", also=("share",))


def screens_without(found: Careless) -> tuple[str, ...]:
    """Screens that judged nobody: too few answered what they need."""
    none = (found.summary["judged"] == 0) & (found.summary["screen"] != "attention")
    return tuple(found.summary.loc[none, "screen"])


DESCRIBED = (
    "imbalance",
    LOAD,
    MEANS,
    "top_down",
    "bottom_up",
    "line_block",
    "collaboration",
    "performance",
    "burnout",
)
"""Scores that a first table describes."""


def score_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores described, one row each; least and most are the ends of the scale, nobody's answer."""
    ends = pd.DataFrame({"min": LOWEST, "max": HIGHEST}, index=list(DESCRIBED))
    ends.loc["imbalance"] = LOWEST - HIGHEST, HIGHEST - LOWEST
    return described(scores[list(DESCRIBED)], ends)


def score_correlations(scores: pd.DataFrame) -> pd.DataFrame:
    """Correlations of the same scores, as `arrange.correlated` has them."""
    return correlated(scores[list(DESCRIBED)], "pearson")


def gap_dots(means: pd.DataFrame) -> pd.DataFrame:
    """Mean differences by domain and kind of unit as the data of the form `dots`."""
    rows = means.rename(columns={"unit_kind": "group"})
    rows = rows.assign(category="domain:" + rows["domain"].astype(str))
    rows = withhold_small(rows, "n", also=("value", "ci_low", "ci_high")).dropna(subset="value")
    return rows[["category", "group", "value", "ci_low", "ci_high", "n"]]


def side_shares(sides: pd.DataFrame) -> pd.DataFrame:
    """Sides of the match by domain as the data of the form `shares`.

    A domain in which a side has fewer persons than may be shown is left out.
    """
    long = sides.melt(["domain", "n"], var_name="part", value_name="value")
    long = long.assign(count=(long["value"] * long["n"]).round())
    shown = withhold_small(long, "count", also=("value",))
    held = shown.loc[shown["value"].isna(), "domain"]
    kept = shown[~shown["domain"].isin(held)]
    return pd.DataFrame(
        {"category": "domain:" + kept["domain"], "part": kept["part"], "value": kept["value"]}
    )


def two_intervals(delta: Sequence[Tidy], bootstrap: Sequence[Tidy]) -> pd.DataFrame:
    """Parameters with their delta-method and bootstrap intervals, one row each."""
    drawn = {line.term: line for line in bootstrap}
    rows = [
        {
            **line.cells("term", "value", "ci_low", "ci_high"),
            "boot_low": drawn[line.term].ci_low if line.term in drawn else None,
            "boot_high": drawn[line.term].ci_high if line.term in drawn else None,
            **line.cells("p", "n"),
        }
        for line in delta
    ]
    frame = pd.DataFrame(rows).astype({"boot_low": "float64", "boot_high": "float64"})
    return at_level(frame, (line.level for line in (*delta, *bootstrap)))


def in_sight(surface: ResponseSurface, rows: pd.DataFrame) -> ResponseSurface:
    """Surface over the range of the two scores that several respondents have, for its drawing."""
    x, y = (shown_range(rows[score] - surface.center) for score in (LOAD, MEANS))
    return replace(surface, x_range=x, y_range=y)


def surface_points(grid: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Grid and lines of a response surface as the data of the form `surface`."""
    cut = lines[lines["path"] != "second_axis"].rename(columns={"path": "series"})
    columns = ["series", "x", "y", "value", "ci_low", "ci_high"]
    whole = pd.concat([grid.assign(series="surface"), cut], ignore_index=True)
    return at_level(whole.reindex(columns=columns), _levels(lines))


def model_rows(fits: Mapping[str, Mapping[str, Tidy]]) -> pd.DataFrame:
    """Terms of several models, one row a model and term."""
    frame = pd.DataFrame(
        [
            {
                "group": model,
                "category": term,
                **line.cells("value", "ci_low", "ci_high", "p", "n"),
                "method": str(line.method),
            }
            for model, lines in fits.items()
            for term, line in lines.items()
        ]
    )
    return at_level(frame, (line.level for lines in fits.values() for line in lines.values()))


def _levels(*frames: pd.DataFrame) -> list[float]:
    """Levels noted on frames."""
    return [level for frame in frames if (level := noted_level(frame)) is not None]


def curve_lines(curve: pd.DataFrame, x: str, series: str) -> pd.DataFrame:
    """A curve with its band as the data of the form `lines`."""
    rows = curve.rename(columns={x: "x"}).assign(series=series)
    return rows[["x", "value", "ci_low", "ci_high", "series"]]


def line_of(row: Any, term: str, level: float) -> Tidy:
    """A row with value, se, interval, p, n, n_clusters and method as one line."""
    names = ("value", "se", "ci_low", "ci_high", "p", "n", "n_clusters", "method")
    return Tidy(term=term, level=level, **{name: getattr(row, name) for name in names})


def mediation_rows(single: Mediation, between: MultilevelMediation) -> pd.DataFrame:
    """Paths and products of the single-level and of the 2-1-1 mediation, one row each."""
    parts: dict[str, dict[str, Tidy]] = {
        "single_level": {
            "path_a": single.a,
            "path_b": single.b,
            "direct": single.direct,
            "indirect": single.indirect,
            "indirect_delta": single.delta,
            "total": single.total,
        },
        "between_units": {
            "path_a": between.a,
            "path_b": between.b_between,
            "path_b_within": between.b_within,
            "direct": between.direct,
            "indirect": between.indirect,
        },
    }
    return model_rows(parts)


def holm(fits: Mapping[str, Fit], terms: Sequence[str]) -> dict[tuple[str, str], float]:
    """p-values by (model, term), those of a term adjusted over its models (Holm)."""
    from statsmodels.stats.multitest import multipletests

    adjusted = {
        term: multipletests([fit[term].p for fit in fits.values()], method="holm")[1]
        for term in terms
    }
    return {(name, term): adjusted[term][i] for term in terms for i, name in enumerate(fits)}


def phase_dots(fits: Mapping[str, Fit], terms: Sequence[str]) -> pd.DataFrame:
    """Terms of each phase's model as the data of the form `dots`, a facet a term."""
    lines = {(f"phase:{p}", term): fit[term] for term in terms for p, fit in fits.items()}
    rows = points(lines).rename(columns={"group": "facet"})
    return rows[["facet", "category", "value", "ci_low", "ci_high", "n"]]


def slope_lines(
    fits: Mapping[str, Fit], term: str, moderator: str, values: pd.Series[float], points: int = 31
) -> pd.DataFrame:
    """Slope of a term along a moderator as the data of the form `lines`, a facet a phase.

    Parameters
    ----------
    values
        The moderator as it was answered; the fits have it taken from its mean. Slopes are given
        between its 5th and 95th percentile, nearer to the median where fewer than `MINIMUM_CELL`
        lie beyond: there a few respondents speak.
    """
    beyond = min(max(0.05, MINIMUM_CELL / values.notna().sum()), 0.5)
    low, high = values.quantile([beyond, 1 - beyond]) - values.mean()
    grid = np.linspace(low, high, points)
    parts = [
        marginal_effects(fit, term, moderator, grid).assign(facet=f"phase:{phase}", series=term)
        for phase, fit in fits.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(x=(rows["moderator"] + values.mean()).round(4))
    return rows[["x", "value", "ci_low", "ci_high", "series", "facet"]]


def region_rows(
    fits: Mapping[str, Fit], term: str, moderator: str, values: pd.Series[float]
) -> pd.DataFrame:
    """Johnson-Neyman regions of each phase over the whole scale of a moderator.

    The lowest and the highest answer are somebody's, so the regions end where the scale does. Where
    one region holds too few respondents to be shown, no count of its phase is: they add up to a
    known total.
    """
    taken = values.dropna() - values.mean()
    parts = []
    for phase, fit in fits.items():
        low, high = (float(end - values.mean()) for end in (LOWEST, HIGHEST))
        found = johnson_neyman(fit, term, moderator, low, high, values=taken)
        parts.append(found.regions.assign(phase=f"phase:{phase}"))
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(
        low=rows["low"] + values.mean(),
        high=rows["high"] + values.mean(),
        slope="slope_" + rows["slope"],
        n=(rows["share"] * len(taken)).round(),
    )
    small = withhold_small(rows, "n")["n"].isna().groupby(rows["phase"]).transform("any")
    return rows.assign(**{name: rows[name].mask(small) for name in ("n", "share")})


def slopes_at(
    fits: Mapping[str, Fit], term: str, moderator: str, at: Mapping[str, float]
) -> dict[tuple[str, str], Tidy]:
    """Slope of a term at some values of a moderator, by (model, value)."""
    return {
        (name, value): line
        for name, fit in fits.items()
        for value, line in zip(
            at, simple_slopes(fit, term, moderator, list(at.values())), strict=True
        )
    }


def joint_rows(tests: Mapping[tuple[str, str], JointTest]) -> pd.DataFrame:
    """Joint tests by (term, hypothesis), one row each."""
    names = ("statistic", "df1", "df2", "p", "n")
    rows = [(*key, *(getattr(test, name) for name in names)) for key, test in tests.items()]
    return pd.DataFrame(rows, columns=["term", "hypothesis", *names])


def moderated_rows(found: ModeratedMediation, at: Sequence[str]) -> pd.DataFrame:
    """Index and conditional indirect associations, one row each."""
    lines = {"index": found.index, **dict(zip(at, found.conditional, strict=True))}
    return model_rows({"moderated": lines})
