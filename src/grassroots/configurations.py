"""Configurations of incidents: outcome, conditions and anchors, set before any result was seen.

The set of incidents is that of `fully_listed`. A condition must be known for every one of them.
Deaths (11 of 46) and the level of the investigation (35 of 46) are not, so they are none. Three
incidents lie in centrally governed municipalities, too few for a set. Whether a township is named
follows from who was sanctioned, so it is no condition. The seven failure codes say 'named' or
'not seen': nobody can be calibrated as out of such a set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import floor, inf

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.qca import (
    Analysis,
    Calibration,
    Crisp,
    Cuts,
    Direct,
    StandardAnalysis,
    Term,
    calibrate,
    diversity,
    necessary_expressions,
    parameters_of_fit,
    parse,
    robustness_ranges,
    single_conditions,
    standard_analysis,
    truth_table_view,
)
from compendium.qca.fit import fit_sufficiency
from compendium.qca.standard import Side
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy
from compendium.text import Text
from grassroots.accountability import fully_listed

CONDITIONS = ("epidemic", "dynamic_zero", "urban", "long_list")
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
MIDDLE_MONTH = 7

CALIBRATIONS: Mapping[str, Calibration] = {
    OUTCOME: SHARE_ANCHORS,
    "long_list": LENGTH_ANCHORS,
    "dynamic_zero": DYNAMIC_ZERO_FROM,
}
# Where claim C3 is most at home: pressure from above, in cities.
EXPECTED = "epidemic*urban"

# A necessary condition is held to more than a sufficient one (Schneider and Wagemann 2012).
NECESSARY = 0.9
HALF = 0.5
# Beyond lists of six too few incidents are left for eight rows.
LONGEST_MINIMUM = 6
# An anchor outside the scale that it is measured on has no meaning.
SCALES = {OUTCOME: (0.0, 1.0), "long_list": (0.0, inf)}
SAME, ANOTHER, NONE = "same_solution", "another_solution", "no_solution"
SOLUTION_COLUMNS = [
    "design",
    "outcome",
    "solution",
    "model",
    *CONDITIONS,
    "consistency",
    "pri",
    "coverage",
    "unique_coverage",
    "cases",
    "model_consistency",
    "model_coverage",
    "assumed",
]
RANGE_COLUMNS = ["design", "outcome", "subject", "anchor", "value", "low", "high", "below", "above"]
RESULT_OF_CODE = {"1": "positive", "0": "negative", "C": "contradictory", "?": "remainder"}


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
    return pd.DataFrame(
        {
            "group": listed["group"],
            OUTCOME: listed["township_or_below"] / listed["sanctioned"],
            "epidemic": np.where(listed["group"] == "epidemic", 1.0, 0.0),
            "urban": about["urban"].astype("float64"),
            "long_list": listed["sanctioned"].astype("float64"),
            "dynamic_zero": _moments(about["date"].astype(str)),
        }
    )


def _moments(dates: pd.Series[str]) -> pd.Series[float]:
    """Year and twelfths of it; the middle of a year stands for one whose month is not known.

    Raises
    ------
    UserError
        In the year in which the stage began only the month tells whether it was in force.
    """
    year, month = dates.str[:4].astype(float), pd.to_numeric(dates.str[5:7], errors="coerce")
    (start,) = DYNAMIC_ZERO_FROM.thresholds
    unclear = month.isna() & (year == floor(start))
    if unclear.any():
        raise UserError(
            f"the date gives no month, and in {floor(start)} the month decides whether the stage "
            "of 'dynamic zero' was in force",
            "give the month, or leave the incident's tier_list_complete empty",
            column="date",
            value=unclear.idxmax(),
        )
    return year + (month.fillna(MIDDLE_MONTH) - 1) / 12


@dataclass(frozen=True)
class Found:
    """One design, analysed.

    Attributes
    ----------
    raw, sets
        Measured values and memberships of the group's incidents.
    analysis
        Truth tables and solutions for the outcome and for its negation.
    """

    design: Design
    cuts: Cuts
    raw: pd.DataFrame
    sets: pd.DataFrame
    analysis: StandardAnalysis

    @property
    def sides(self) -> tuple[Side, Side]:
        """The outcome and its negation."""
        return self.analysis.outcome, self.analysis.negation


def analyse(raw: pd.DataFrame, design: Design, cuts: Cuts) -> Found:
    """Calibrate the incidents of a design and find all solutions for both outcomes."""
    chosen = design.choose(raw)
    sets = calibrate(chosen, CALIBRATIONS)
    analysis = standard_analysis(
        sets, OUTCOME, design.conditions, cuts, expectations=design.expectations
    )
    return Found(design, cuts, chosen, sets, analysis)


def truth_rows(found: Found) -> pd.DataFrame:
    """Data of the form `truth_table`: both outcomes on the rows that have cases."""
    views = [
        truth_table_view(side.table).assign(group=side.table.outcome, cut=found.cuts.consistency)
        for side in found.sides
    ]
    whole = pd.concat(views, ignore_index=True).replace({"out": RESULT_OF_CODE})
    named = {"condition": "category", "present": "value", "out": "part"}
    columns = ["row", "category", "value", "group", "part", "n", "consistency", "pri", "cut"]
    return whole.rename(columns=named)[columns].assign(pri_cut=found.cuts.pri)


def xy_points(found: Found, side: Side) -> pd.DataFrame:
    """Data of the form `xy`: outcome against the first intermediate model, with its fit.

    Without a solution every membership in it is 0: it is an empty set.
    """
    table = side.table
    solution = side.solutions.get("intermediate")
    inside = solution.models[0].expression.membership(table.sets.as_mapping()) if solution else 0.0
    points = pd.DataFrame(
        {
            "category": table.sets.cases,
            "x": inside,
            "value": table.sets.y,
            "group": found.sets["group"].to_numpy(),
        }
    )
    fit = fit_sufficiency(points["x"].to_numpy(), points["value"].to_numpy())
    return points.assign(consistency=fit.consistency, pri=fit.pri, coverage=fit.coverage)


def diversity_rows(results: Iterable[Found]) -> pd.DataFrame:
    """How far the cases fill the truth tables, one row a design and outcome.

    Returns
    -------
    DataFrame
        `design`, `outcome`, `cases`, `with_outcome` (membership above one half), `possible` and
        `observed` rows, `positive` rows and the cases in them, contradictory simplifying
        `assumptions`, and `tipping`: incidents without any one of which the solution is another.
    """
    rows = []
    for found in results:
        shared = sum(item.assumptions.count for item in found.analysis.contradictions)
        for side in found.sides:
            table, size = side.table, diversity(side.table)
            rows.append(
                {
                    "design": found.design.group,
                    "outcome": table.outcome,
                    "cases": int(size["cases"]),
                    "with_outcome": int((table.sets.y > HALF).sum()),
                    "possible": int(size["possible"]),
                    "observed": int(size["observed"]),
                    "positive": len(table.positive),
                    "positive_cases": sum(table.row(number).n for number in table.positive),
                    "assumptions": shared,
                    "tipping": len(tipping_cases(found, side)),
                }
            )
    return pd.DataFrame(rows)


def tipping_cases(found: Found, side: Side) -> tuple[str, ...]:
    """Incidents whose omission changes the intermediate models, or whether there are any."""
    here = models_of(side)
    negated = side is found.analysis.negation
    changed = []
    for case in found.raw.index:
        again = analyse(found.raw.drop(index=case), found.design, found.cuts)
        if models_of(again.sides[int(negated)]) != here:
            changed.append(str(case))
    return tuple(changed)


def models_of(side: Side) -> frozenset[frozenset[Term]]:
    """Intermediate models as sets of terms; empty where there is no solution."""
    solution = side.solutions.get("intermediate")
    return solution.as_sets if solution else frozenset()


def necessity_rows(results: Iterable[Found], consistency: float = NECESSARY) -> pd.DataFrame:
    """Fit of necessity of every condition and its negation, and of the unions of two that pass.

    Returns
    -------
    DataFrame
        `design`, `outcome`, `first`, `second` (None for a single condition), `consistency`,
        `coverage`, `relevance`, and `passes`.
    """
    rows = []
    for found in results:
        for side in found.sides:
            sets = side.table.sets
            singles = single_conditions(sets)
            unions = necessary_expressions(sets, consistency=consistency, depth=2)
            for item in (*singles, *(u for u in unions if u.shape == "union")):
                terms = [str(term) for term in item.expression.terms]
                rows.append(
                    {
                        "design": found.design.group,
                        "outcome": sets.outcome,
                        "first": terms[0],
                        "second": terms[1] if len(terms) > 1 else None,
                        **vars(item.fit),
                        "passes": "passes" if item.fit.consistency >= consistency else "fails_cut",
                    }
                )
    return pd.DataFrame(rows)


def solution_rows(results: Iterable[Found]) -> pd.DataFrame:
    """Every term of every model as a configuration, one row a term.

    Returns
    -------
    DataFrame
        `design`, `outcome`, `solution` (kind, or `no_solution`), `model`, one column a condition
        (`present`, `absent`, `any`, or None where it is not in the design), fit of the term,
        `cases` in it, `model_consistency`, `model_coverage`, and `assumed`: rows without enough
        cases that the model covers.
    """
    rows = [
        line for found in results for side in found.sides for line in _side_rows(found.design, side)
    ]
    return pd.DataFrame(rows, columns=SOLUTION_COLUMNS)


def _side_rows(design: Design, side: Side) -> list[dict[str, object]]:
    about: dict[str, object] = {"design": design.group, "outcome": side.table.outcome}
    if not side.solutions:
        return [{**about, "solution": NONE, **_literals(design, None)}]
    return [
        {
            **about,
            "solution": kind,
            "model": number,
            **_literals(design, item.term),
            **vars(item.fit),
            "cases": sum(len(group) for group in item.cases),
            "model_consistency": model.fit.consistency,
            "model_coverage": model.fit.coverage,
            "assumed": solution.simplifying(model).count,
        }
        for kind, solution in side.solutions.items()
        for number, model in enumerate(solution.models, start=1)
        for item in model.terms
    ]


def _literals(design: Design, term: Term | None) -> dict[str, str | None]:
    signs = dict(term.literals) if term else {}
    words = {True: "present", False: "absent", None: "any"}
    return {
        name: words[signs.get(name)] if term and name in design.conditions else None
        for name in CONDITIONS
    }


def robustness_rows(results: Iterable[Found]) -> pd.DataFrame:
    """Ranges of cut-offs and anchors over which the intermediate models stay the same.

    Returns
    -------
    DataFrame
        `design`, `outcome`, `subject` and `anchor` (what is moved), `value`, `low`, `high`, and
        what lies `below` and `above`: `same_solution` (to the end of the scale or of what was
        looked at), `another_solution` or `no_solution`. Designs without a solution have no rows.
        The shortest list that enters is moved too.
    """
    rows: list[dict[str, object]] = []
    for found in results:
        for side in found.sides:
            if side.solutions:
                about = {"design": found.design.group, "outcome": side.table.outcome}
                rows += [{**about, **line} for line in _ranges(found, side)]
    return pd.DataFrame(rows, columns=RANGE_COLUMNS)


def _ranges(found: Found, side: Side) -> Iterator[dict[str, object]]:
    for item in robustness_ranges(as_analysis(found, side)):
        subject, _, anchor = item.parameter.rpartition(".")
        least, most = SCALES.get(subject, (-inf, inf))
        yield {
            "subject": {"": "cut_off", OUTCOME: "outcome_share"}.get(subject, subject),
            "anchor": anchor.partition("[")[0],
            "value": item.value,
            "low": max(item.low, least),
            "high": min(item.high, most),
            "below": SAME if item.low <= least else _beyond(item.below),
            "above": SAME if item.high >= most else _beyond(item.above),
        }
    yield _shortest_lists(found, side)


def as_analysis(found: Found, side: Side) -> Analysis:
    """Everything from measured values to the intermediate solution of one side."""
    negated = side is found.analysis.negation
    expected = found.design.expectations
    turned = {name: None if sign is None else not sign for name, sign in expected.items()}
    used = (OUTCOME, *found.design.conditions)
    return Analysis(
        frame=found.raw,
        outcome=side.table.outcome,
        conditions=found.design.conditions,
        cuts=found.cuts,
        calibrations={name: how for name, how in CALIBRATIONS.items() if name in used},
        kind="intermediate",
        expectations=turned if negated else expected,
    )


def _beyond(text: str) -> str:
    if not text:
        return SAME
    return ANOTHER if is_expression(text) else NONE


def is_expression(text: str) -> bool:
    """Tell models, joined by semicolons, from the reason why there are none."""
    try:
        for part in text.split(";"):
            parse(part)
    except UserError:
        return False
    return True


def _shortest_lists(found: Found, side: Side) -> dict[str, object]:
    start = int(found.raw["long_list"].min())
    negated = side is found.analysis.negation
    here, last, above = models_of(side), start, SAME
    for shortest in range(start + 1, LONGEST_MINIMUM + 1):
        fewer = found.raw[found.raw["long_list"] >= shortest]
        there = models_of(analyse(fewer, found.design, found.cuts).sides[int(negated)])
        if there != here:
            above = ANOTHER if there else NONE
            break
        last = shortest
    ends = {"value": start, "low": start, "high": last, "below": SAME, "above": above}
    return {"subject": "lists", "anchor": "shortest", **ends}


def fit_lines(found: Found) -> dict[str, Tidy]:
    """Estimates of a design for the ledger, by id; none has a sampling interval.

    Necessity of each condition, number of positive rows and, where there is one, consistency, PRI
    and coverage of the first intermediate model, for the outcome and for its negation.
    """
    lines: dict[str, Tidy] = {}
    for side in found.sides:
        stem = f"qca.{found.design.group}.{side.table.outcome.replace('~', 'not_')}"
        sets = side.table.sets
        for item in single_conditions(sets):
            name = str(item.expression)
            if name in found.design.conditions:
                for part in ("consistency", "coverage"):
                    value = getattr(item.fit, part)
                    line = _line(name, value, found, "necessity")
                    lines[f"{stem}.necessity.{name}.{part}"] = line
        count = len(side.table.positive)
        lines[f"{stem}.positive_rows"] = _line("rows", count, found, "truth_table")
        if side.solutions:
            model = side.solutions["intermediate"].models[0]
            for part in ("consistency", "pri", "coverage"):
                value = getattr(model.fit, part)
                line = _line(str(model), value, found, "intermediate")
                lines[f"{stem}.solution.{part}"] = line
    return lines


def expected_lines(found: Found) -> dict[str, Tidy]:
    """Consistency, PRI and coverage of the configuration that the article expects most."""
    fit = parameters_of_fit(found.sets, EXPECTED, OUTCOME, "sufficiency").iloc[0]
    return {
        f"qca.{found.design.group}.expected.{part}": _line(
            EXPECTED, fit[part], found, "sufficiency"
        )
        for part in ("consistency", "pri", "coverage")
    }


def ledger_lines(results: Mapping[str, Found]) -> dict[str, Tidy]:
    """Every estimate for the ledger, by id: the expected configuration, then each design."""
    fits = (fit_lines(found) for found in results.values())
    return {
        **expected_lines(results["all"]),
        **{k: line for lines in fits for k, line in lines.items()},
    }


def _line(term: str, value: float, found: Found, what: str) -> Tidy:
    cuts = found.cuts
    method = Method.of(f"qca_{what}").also("no_sampling")
    method = method.then(
        "cut_offs", consistency=cuts.consistency, pri=cuts.pri, frequency=cuts.frequency
    )
    first, *others = (_anchor(name) for name in (OUTCOME, *found.design.conditions))
    method = method.then("anchors").namely(first)
    for anchor in others:
        method = method.then(anchor)
    return Tidy(term, float(value), n=len(found.raw), method=method)


def _anchor(name: str) -> Method:
    how = CALIBRATIONS.get(name)
    if isinstance(how, Direct):
        ends = {"out": how.exclusion, "cross": how.crossover, "full": how.inclusion}
        return Method.of("direct", name=name, **ends)
    if isinstance(how, Crisp):
        return Method.of("crisp_from", name=name, at=how.thresholds[0])
    return Method.of("crisp", name=name)


def told(name: str, line: Tidy, word: Callable[[str], Text]) -> Text:
    """Say what an estimate of `fit_lines` or `expected_lines` is, in both languages.

    Parameters
    ----------
    word
        Looks up the words of a code.
    """
    _, group, outcome, *rest = name.split(".")
    if outcome == "expected":
        outcome, rest = OUTCOME, ["expected", *rest]
    set_name = word(outcome.replace("not_", "~", 1))
    subject = _subject(rest[0], line.term, word)
    part = word(rest[-1]) if rest[0] != "positive_rows" else Text("number", "数目")
    where = word(group)
    return Text(
        f"{subject.en}, {part.en}; outcome: {set_name.en}; incidents: {where.en}",
        f"{subject.zh}，{part.zh}；结果：{set_name.zh}；事件：{where.zh}",
    )


def _subject(kind: str, term: str, word: Callable[[str], Text]) -> Text:
    if kind == "positive_rows":
        return Text("Sufficient rows of the truth table", "真值表中充分的行")
    if kind == "necessity":
        name = word(term)
        return Text(f"Necessity of: {name.en}", f"必要条件：{name.zh}")
    model = [[word(str(Term((literal,)))) for literal in one.literals] for one in parse(term).terms]
    en = " or ".join(" and ".join(name.en for name in names) for names in model)
    zh = "，或".join("且".join(name.zh for name in names) for names in model)
    if kind == "expected":
        return Text(f"Expected configuration ({en})", f"预期组态（{zh}）")
    return Text(f"Intermediate solution ({en})", f"中间解（{zh}）")
