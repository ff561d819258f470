"""What notebook 11 asks of the claims' tests again, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from compendium.inference.cluster_shape import ClusterShape, cluster_shape
from compendium.inference.confounding import Confounding
from compendium.inference.confounding.tables import contour_points
from compendium.inference.multiverse import Multiverse
from compendium.inference.multiverse.run import NOT_RUN, STRESS
from compendium.inference.multiverse.summary import NO_UNIVERSE, option_rows
from compendium.inference.romano_wolf import Hypothesis
from compendium.plan import Plan
from compendium.stats.arithmetic import arithmetic
from compendium.stats.design import INTERCEPT, design
from compendium.stats.tidy import Tidy
from compendium.survey import Survey
from compendium.text import Text
from grassroots import accountability as acc
from grassroots import escalation as esc
from grassroots import messages as ms
from grassroots import scales as sc

Word = Callable[[str], Text]

TABLES = {
    "survey": "survey_responses",
    "prefectures": "covid19policy_cn",
    "ranks": "inspection_accountability",
    "mailbox": "messages",
    "one_province": "messages",
}
"""Data set of each source of the multiverse but the incidents."""

PAIR = ("imbalance", "collaboration")
IMBALANCE_TERMS = ("top_down", "bottom_up", "unit_kind")
ABROAD = {
    "C4.pressure_passed_down": ("province_force", esc.PRESSURE),
    "C4.capacity_moderates": (
        "province_force:digital",
        (*esc.PRESSURE, "digital", "province_force:digital"),
    ),
    "C5.attention": ("attention", esc.MODELS["public_attention"]),
}
"""Coefficient and terms of the tests on the rules of prefectures."""
STRESSED = f"admissible:{STRESS}"
SHARE = Text("the share", "该比例")


def rated_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Respondents with all that the models of imbalance need."""
    return sc.complete_rows(scores, ["imbalance", "line_block", "side", *IMBALANCE_TERMS])


def on_sides(rated: pd.DataFrame) -> dict[str, Hypothesis]:
    """The share of respondents with more responsibility than power, by its test."""
    inverted = (rated["side"] == 1).astype(int)
    one = Hypothesis(inverted, design(rated, ()), rated["county_id"], INTERCEPT)
    return {"C3.survey_inversion": one}


def on_imbalance(rated: pd.DataFrame) -> dict[str, Hypothesis]:
    """Hypotheses on imbalance, by test; effects of counties are dummies."""
    X = design(rated, [*IMBALANCE_TERMS, "county_id"])
    terms = {"C4.survey_pressure": "top_down", "C5.survey_demand": "bottom_up"}
    return {
        test: Hypothesis(rated["imbalance"], X, rated["county_id"], term)
        for test, term in terms.items()
    }


def on_phases(scores: pd.DataFrame) -> dict[str, Hypothesis]:
    """Hypotheses on collaboration in each phase, by test."""
    centred, found = sc.centred(scores, PAIR), {}
    for phase in sc.PHASES:
        rows = sc.complete_rows(centred, [f"performance_{phase}", *PAIR, "unit_kind"])
        X = design(rows, [*PAIR, "imbalance:collaboration", "unit_kind", "county_id"])
        y, county = rows[f"performance_{phase}"], rows["county_id"]
        found[f"C7.survey_{phase}"] = Hypothesis(y, X, county, "collaboration")
    return found


def on_letters(messages: pd.DataFrame) -> dict[str, Hypothesis]:
    """The tests on how long answers to messages take."""
    return {
        test: ms.hypothesis(name, messages) for name, test in ms.TESTS.items() if name in ms.VARIED
    }


def months_of(letters: Mapping[str, Hypothesis]) -> dict[str, Text]:
    """Months of asking read the same in both languages."""
    months = {month for one in letters.values() for month in pd.unique(pd.Series(one.cluster))}
    return {str(month): Text(str(month), str(month)) for month in sorted(months)}


def abroad(prefectures: pd.DataFrame) -> dict[str, Hypothesis]:
    """Hypotheses on the rules of prefectures, by test."""
    found = {}
    for test, (term, terms) in ABROAD.items():
        rows = esc.rows_for(prefectures, terms)
        found[test] = Hypothesis(rows["force"], design(rows, terms), rows["province_code"], term)
    return found


def shapes_of(hypotheses: Mapping[str, Hypothesis]) -> dict[str, ClusterShape]:
    """Clusters of each hypothesis."""
    return {
        test: cluster_shape(one.y, one.X, one.cluster, one.term) for test, one in hypotheses.items()
    }


def observed_shapes(
    listed: pd.DataFrame, ranks: pd.DataFrame, officials: pd.DataFrame
) -> dict[str, ClusterShape]:
    """Clusters of the tests on tiers of early notices, on ranks and on officials sanctioned."""
    parts = {
        f"C3.tier_{group}": (rows, "township_or_below", "sanctioned", "incident_id")
        for group in ("epidemic", "other")
        for rows in [listed[listed["group"] == group]]
    }
    parts["C3.rank_inspection"] = (ranks, "below_county", "persons_total", "province")
    found = {
        test: cluster_shape(
            rows[part] / rows[total], design(rows, ()), rows[by], INTERCEPT, weights=rows[total]
        )
        for test, (rows, part, total, by) in parts.items()
    }
    y, X, province = officials["officials"], acc.officials_terms(officials), officials["province"]
    return {**found, "C4.sanctions_from_above": cluster_shape(y, X, province, "higher_level")}


def coefficients(shapes: Mapping[str, ClusterShape], word: Word) -> dict[str, Text]:
    """What readers call the coefficient of each test."""
    return {
        test: SHARE if one.term == INTERCEPT else word(one.term) for test, one in shapes.items()
    }


def provinces_by_code(prefectures: pd.DataFrame) -> dict[str, Text]:
    """What readers call a province of which the code alone is known."""
    codes = prefectures["province_code"].unique()
    return {str(code): Text(f"Province {code} (code)", f"省份 {code}（代码）") for code in codes}


def between(word: Word, predictor: str, outcome: str) -> Text:
    """Words of a predictor and its outcome."""
    one, other = word(predictor), word(outcome)
    return Text(f"{one.en} → {other.en.lower()}", f"{one.zh} → {other.zh}")


def within_a_sentence(word: Word, codes: Mapping[str, object]) -> dict[str, Text]:
    """Words of codes as they stand within a sentence."""
    return {code: Text(word(code).en.lower(), word(code).zh) for code in codes}


def contours(found: Confounding, seen: pd.DataFrame) -> pd.DataFrame:
    """Contours of a coefficient and of its t; benchmarks as they are and three times as strong."""
    points = [
        contour_points(found, seen, of=of, multiples=(1, 3)).assign(facet=of)
        for of in ("value", "t")
    ]
    return pd.concat(points)


def origins(
    found: Mapping[str, Multiverse], kinds: Mapping[str, str], plan: Plan
) -> dict[str, dict[str, Any]]:
    """Data set and kind of evidence of each multiverse, as `Study.record` takes them."""
    external = {test: "external" for test, kind in kinds.items() if kind == "external"}
    return {
        "dataset": {test: TABLES.get(one.plan.data, "incidents") for test, one in found.items()},
        "evidence": {test: plan.tests[test].evidence for test in found} | external,
    }


def joint_lines(found: Mapping[str, Multiverse], survey: Survey) -> dict[str, list[Tidy]]:
    """What the universes of each test say together, of the survey as coarsely as it may be told."""

    def told(one: Multiverse) -> Iterable[Tidy]:
        of_survey = one.plan.data == "survey"
        return map(survey.coarse_line, one.joint) if of_survey else one.joint

    return {test: [*told(one), *counts_of_choices(one)] for test, one in found.items()}


def counts_of_choices(found: Multiverse) -> tuple[Tidy, Tidy]:
    """How many single choices turn the test, and how many specifications were not fitted."""
    single = option_rows(found).query("main == 0 and admissibility != @STRESSED")
    tried = single[~single["single"].isin([NOT_RUN, NO_UNIVERSE])]
    turns = int((tried["single"] != found.main.outcome).sum())
    return (
        arithmetic("flips", turns, "choices that alone turn the outcome", n=len(tried)),
        arithmetic("failed", len(found.failed), "specifications not fitted", n=len(found.frame)),
    )
