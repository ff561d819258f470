"""Scores of the questionnaire's constructs, made from what the instrument says of its items.

Reversed items are turned by the survey's loader and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from compendium.data.disclosure import MINIMUM_CELL
from compendium.errors import UserError
from compendium.measurement.answers import MIN_ROWS
from compendium.measurement.congruence import AGREEMENT
from compendium.measurement.items import scale_scores
from compendium.stats.checks import same_rows
from compendium.survey.instrument import HIGHEST, LOWEST, Instrument
from compendium.text import Text

LOAD, MEANS = "responsibility", "power"
"""The matched scales."""

PARTS = ("collaboration_government", "collaboration_society", "collaboration_residents")
PHASES = ("assessment", "warning", "response", "aftermath")
"""The full cycle, in order."""

DESIGN = ("unit_id", "county_id", "province_id", "stratum", "weight", "unit_kind")
"""Columns of the sample design that the scores keep."""

MIDPOINT = (LOWEST + HIGHEST) / 2


def scales_of(instrument: Instrument) -> dict[str, tuple[str, ...]]:
    """Items by scale; questions that stand alone make none.

    Raises
    ------
    UserError
        A scale without an item: the survey has no answers to it.
    """
    scales = {
        name: instrument.items_of(name)
        for name, scale in instrument.scales.items()
        if not scale.single_items
    }
    empty = next((name for name, items in scales.items() if not items), None)
    if empty is not None:
        raise UserError("no item of the scale tells anything", "collect the scale", value=empty)
    return scales


def domains_of(instrument: Instrument) -> dict[str, tuple[str, ...]]:
    """Items by scale and domain of the matched scales, e.g. `power_funds`."""
    return {
        f"{scale}_{domain}": instrument.items_of(scale, domain)
        for scale in (LOAD, MEANS)
        for domain in instrument.domains
    }


def domain_pairs(instrument: Instrument) -> dict[str, tuple[str, str]]:
    """Domain -> its two scores."""
    return {domain: (f"{LOAD}_{domain}", f"{MEANS}_{domain}") for domain in instrument.domains}


def words_of(instrument: Instrument) -> dict[str, Text]:
    """Words of scales, domains (`domain:funds`), phases (`phase:warning`) and domain scores."""
    scales = {name: scale.label for name, scale in instrument.scales.items()}
    domains = {f"domain:{name}": words for name, words in instrument.domains.items()}
    phases = {f"phase:{name}": words for name, words in instrument.phases.items()}
    scores = {
        f"{scale}_{domain}": Text(
            f"{scales[scale].en}: {words.en.lower()}", f"{scales[scale].zh}：{words.zh}"
        )
        for scale in (LOAD, MEANS)
        for domain, words in instrument.domains.items()
    }
    return scales | domains | phases | scores


def answers_of(frame: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Answers to the items of all scales as floats, nan where there is none."""
    names = [item for items in scales_of(instrument).values() for item in items]
    return frame[names].astype("float64")


def as_given(answers: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Turn reversed items back, as the respondents saw them: long strings show only so."""
    back = {name: LOWEST + HIGHEST - answers[name] for name in instrument.reversed_items}
    return answers.assign(**back)


def indicators(
    frame: pd.DataFrame, instrument: Instrument
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Columns and factors of the measurement models.

    Responsibility and power are measured by their domain scores, means of two items each: that is
    how the models use them, and two items on one domain share more than the factor.
    """
    answers = answers_of(frame, instrument)
    scores = scale_scores(answers, domains_of(instrument))
    factors = scales_of(instrument) | {
        scale: tuple(f"{scale}_{domain}" for domain in instrument.domains)
        for scale in (LOAD, MEANS)
    }
    return answers.join(scores), factors


def respondent_scores(frame: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Scores of each respondent beside the columns of the design.

    Returns
    -------
    DataFrame
        `DESIGN`; the mean answer of each scale and domain, nan where fewer than half of its items
        are answered; `collaboration` over the items of its parts and `performance` over the
        mean of the phases that were answered; `imbalance`, responsibility minus power in points
        of the scale; `side` of the match, -1, 0 or 1.
    """
    scales = scales_of(instrument)
    joint = tuple(item for part in PARTS for item in scales[part])
    made = {**scales, **domains_of(instrument), "collaboration": joint}
    scores = scale_scores(answers_of(frame, instrument), made)
    phases = scores[[f"performance_{phase}" for phase in PHASES]]
    return (
        frame[list(DESIGN)]
        .join(scores)
        .assign(
            performance=phases.mean(axis=1).where(phases.notna().sum(axis=1) >= len(PHASES) - 1),
            imbalance=scores[LOAD] - scores[MEANS],
            side=side_of(scores[LOAD], scores[MEANS]),
        )
    )


def side_of(load: pd.Series[float], means: pd.Series[float]) -> pd.Series[float]:
    """Side of the match: 1 where responsibility is greater, -1 where power is, 0 for agreement.

    Scores agree within half a standard deviation, one for both (see `congruence.discrepancies`).
    """
    same_rows(load=load, means=means)
    known = load.notna() & means.notna()
    both = np.r_[load[known], means[known]]
    if both.size == 0 or np.ptp(both) == 0:
        raise UserError("all scores are alike or missing", "there is no side without a difference")
    spread = float(np.std(both, ddof=1))
    gap = (load - means) / spread
    return (np.sign(gap) * (gap.abs() > AGREEMENT)).where(known)


def complete_rows(scores: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Rows with all the named columns.

    Raises
    ------
    UserError
        A column is missing, or no row is complete.
    """
    unknown = [name for name in columns if name not in scores]
    if unknown:
        raise UserError("unknown score", "use a column of the scores", column=unknown[0])
    rows = scores.dropna(subset=list(columns)).reset_index(drop=True)
    if rows.empty:
        raise UserError("no respondent has all scores", "look into the missing answers")
    return rows


def withhold_small(
    table: pd.DataFrame, count: str, also: Sequence[str] = (), least: int = MINIMUM_CELL
) -> pd.DataFrame:
    """Empty counts of 1 to `least` - 1 and what was computed from them; 0 tells of nobody."""
    small = table[count].between(1, least - 1)
    columns: Mapping[str, object] = {
        name: table[name].astype("float64").mask(small) for name in (count, *also)
    }
    return table.assign(**columns)


def comparable(
    rows: pd.DataFrame, factors: Mapping[str, Sequence[str]], kinds: pd.Series[str]
) -> tuple[pd.Series[bool], tuple[str, ...]]:
    """Which rows belong to kinds of unit with enough complete rows for a factor model.

    Returns
    -------
    tuple
        Rows to compare, and the kinds that are too small for it.
    """
    complete = rows[[name for names in factors.values() for name in names]].notna().all(axis=1)
    counted = kinds[complete].value_counts()
    small = tuple(str(kind) for kind in kinds.cat.categories if counted[kind] < MIN_ROWS)
    return ~kinds.isin(small), small


def centred(scores: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Scores with the named columns taken from their means, so that slopes are those of the mean.

    Products of centred columns keep their coefficient; only the terms beside them change meaning.
    """
    return scores.assign(**{name: scores[name] - scores[name].mean() for name in columns})
