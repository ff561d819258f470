"""Messages of residents: rows, load and terms of the tests, and what the figures show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from compendium.exhibits.arrange import points
from compendium.inference.romano_wolf import Hypothesis
from compendium.inference.wild import wild_cluster_bootstrap
from compendium.stats.arithmetic import arithmetic
from compendium.stats.design import design
from compendium.stats.fitted import fit, read
from compendium.stats.levels import at_level
from compendium.stats.misclassified import (
    ErrorRates,
    corrected_share,
    corrected_slope,
    differences_needed,
    error_rates,
)
from compendium.stats.proportions import binomial_interval
from compendium.stats.tidy import Tidy

MAILBOX, BOARD, ONE_PROVINCE = "sl_mailbox", "llmb_gas", "tipdm"
OUTCOMES = {MAILBOX: "days_to_answer", ONE_PROVINCE: "days_to_signed"}
LATE = {MAILBOX: 120, ONE_PROVINCE: 180}
"""Days before a source's last answer in which only letters answered fast are in it."""
SHORT, LONG = 60, 365
WINDOWS = {"load": 30, "load_14": 14, "load_60": 60}
RECENT = 2020
CODES = ("acting_township", "several_departments", "outside_remit", "risk")
SHIPPED_DRAWS, FROZEN_DRAWS = ("4",), ("2", "3", "4")
STEPS = {"province": 3, "prefecture": 2, "county": 1}
"""Steps from the official addressed down to the lowest tier, the most that can be handed down."""
ENVIRONMENT = "environment"
PLACEBOS = (
    *("finance", "innovation", "rural", "industries", "high_tech", "services", "trade", "private"),
    *("construction", "tourism", "agriculture", "health", "culture", "financing", "logistics"),
    "development",
)
EFFECTS = ("kind", "month_of_year", "year", "place")
SPANS = (0, 3, 7, 14, 21, 30, 45, 60, 90)


def in_order(messages: pd.DataFrame) -> pd.DataFrame:
    """Messages without repeated questions and dates in the wrong order, which no test takes."""
    flags = ["date_order_wrong", "signed_order_wrong", "duplicate_question"]
    return messages[~(messages[flags] == 1).any(axis=1)].reset_index(drop=True)


def timed(messages: pd.DataFrame, source: str) -> pd.DataFrame:
    """Letters of a source with days, load and flags of the rows that tests keep.

    Parameters
    ----------
    messages
        The table `messages`.
    source
        The mailbox, or the messages of one province, whose load is counted within places.

    Returns
    -------
    DataFrame
        Rows with an outcome and the text of an answer: `days`, `log_days`; `load`, `load_14`,
        `load_60`, log(1 + letters asked in the 30, 14 and 60 days before, the day itself not
        counted); `month_of_year`, `year` and `kind` as categories; `month` and `quarter` of asking;
        `place`; `several_departments`, `log_length`; and 0/1 flags: `kept` (asked after the
        source's first 30 days and 120 or 180 days before its last answer), `kept_short`,
        `kept_long` (60 and 365 days instead), and of the mailbox `kept_dated`, `kept_recent`,
        `kept_direct`, `kept_forwarded`.
    """
    rows = in_order(messages[messages["source"].astype(str) == source])
    rows = rows[rows["asked"].notna() & rows["place"].notna()].reset_index(drop=True)
    asked = pd.to_datetime(rows["asked"])
    loads = {
        name: np.log1p(_asked_before(asked, rows["place"], days)) for name, days in WINDOWS.items()
    }
    last = pd.to_datetime(rows["answered"]).max()
    begun = asked >= asked.min() + pd.Timedelta(days=WINDOWS["load"])
    kept = {
        end: begun & (asked < last - pd.Timedelta(days=end)) for end in (LATE[source], SHORT, LONG)
    }
    main, handed_on = kept[LATE[source]], (rows["forwarded"] == 1) | rows["forwarded_on"].notna()
    undated = (asked.dt.year >= RECENT) & rows["forwarded_on"].isna() & rows["signed"].isna()
    flags = {
        "kept": main,
        "kept_short": kept[SHORT],
        "kept_long": kept[LONG],
        "kept_dated": main & ~undated,
        "kept_recent": main & (asked.dt.year >= RECENT),
        "kept_direct": main & ~handed_on,
        "kept_forwarded": main & handed_on,
    }
    days = rows[OUTCOMES[source]].astype("Float64")
    made = pd.DataFrame(
        {
            "days": days.astype("float64"),
            "log_days": np.log1p(days.astype("float64")),
            **loads,
            "month_of_year": asked.dt.month.astype(str).astype("category"),
            "year": asked.dt.year.astype(str).astype("category"),
            "month": asked.dt.strftime("%Y-%m"),
            "quarter": asked.dt.to_period("Q").astype(str),
            "place": rows["place"].astype("category"),
            "kind": rows["answering_unit_kind"].astype(str).astype("category"),
            "several_departments": rows["several_departments"].astype("float64"),
            "log_length": np.log1p(rows["answer_length"].astype("float64")),
            **{name: flag.astype(float) for name, flag in flags.items()},
        }
    )
    return made.dropna(subset=["log_days", "several_departments"]).reset_index(drop=True)


def _asked_before(asked: pd.Series, place: pd.Series, days: int) -> pd.Series[int]:
    """Letters asked at the same place in so many days before each, its own day not counted."""
    found = pd.Series(0, index=asked.index)
    for _, dates in asked.groupby(place.to_numpy(), observed=True):
        ordered = np.sort(dates.to_numpy())
        first = np.searchsorted(ordered, (dates - pd.Timedelta(days=days)).to_numpy(), "left")
        found.loc[dates.index] = np.searchsorted(ordered, dates.to_numpy(), "left") - first
    return found


TERMS = {
    "load_mailbox": "load",
    "load_messages": "load",
    "several_departments": "several_departments",
    "risk_lands_below": "risk",
    "passed_down": "steps",
}
"""Term of each test's model."""
TESTS = {
    "load_mailbox": "C5.load_mailbox",
    "load_messages": "C5.load_messages",
    "several_departments": "C6.several_departments",
    "risk_lands_below": "C1.risk_lands_below",
}
"""Tests of the plan that make up the family."""
VARIED = {"load_mailbox": MAILBOX, "load_messages": ONE_PROVINCE, "several_departments": MAILBOX}
"""Tests on days, and the letters that they are of."""
FLAGS = {
    "short_end": "kept_short",
    "long_end": "kept_long",
    "without_undated": "kept_dated",
    "recent_years": "kept_recent",
    "not_handed_on": "kept_direct",
    "handed_on": "kept_forwarded",
}
MAILBOX_ONLY = ("without_undated", "recent_years", "not_handed_on", "handed_on")


def specifications(test: str, rows: pd.DataFrame) -> dict[str, tuple[str, str, pd.DataFrame, str]]:
    """Term, formula, rows and clusters of what was named beforehand, by its name, for one test."""
    term, main = TERMS[test], keep(rows)
    wanted = {
        name: (term, formula(term, kept := keep(rows, flag)), kept, "month")
        for name, flag in FLAGS.items()
        if test != "load_messages" or name not in MAILBOX_ONLY
    }
    wanted["without_kind"] = (term, formula(term, main, kind=False), main, "month")
    wanted["by_quarter"] = (term, formula(term, main), main, "quarter")
    if term == "load":
        for window in ("load_14", "load_60"):
            wanted[window] = (window, formula(window, main), main, "month")
    else:
        wanted["with_length"] = (term, formula(term, main, "log_length"), main, "month")
    return wanted


def keep(rows: pd.DataFrame, flag: str = "kept") -> pd.DataFrame:
    """Rows that a flag keeps, categories that none of them has dropped."""
    kept = rows[rows[flag] == 1].reset_index(drop=True)
    named = kept.select_dtypes("category")
    return kept.assign(**{name: named[name].cat.remove_unused_categories() for name in named})


def formula(term: str, rows: pd.DataFrame, *more: str, kind: bool = True) -> str:
    """Formula of a test on days: the term, kind of unit, month of the year, year and place."""
    wanted = [name for name in EFFECTS if kind or name != "kind"]
    effects = [name for name in wanted if len(rows[name].unique()) > 1]
    return f"log_days ~ {' + '.join([term, *more, *effects])}"


def answers(messages: pd.DataFrame) -> pd.DataFrame:
    """Messages with an answer, codes as numbers, `source` as text and month of asking."""
    rows = in_order(messages[messages["answer_length"].notna()])
    numbers = {code: rows[code].astype("float64") for code in CODES}
    month = pd.to_datetime(rows["asked"]).dt.strftime("%Y-%m").fillna("not published")
    return rows.assign(**numbers, source=rows["source"].astype(str), month=month)


def steps_down(messages: pd.DataFrame) -> pd.DataFrame:
    """Answered messages of the board whose city is known, with the steps handed down.

    Returns
    -------
    DataFrame
        `log_days`, `steps` (missing where the answering tier is not known), `steps_least` and
        `steps_most` (unknown ones at 0 and at the most possible), `addressee`, `province`, `city`.
    """
    rows = answers(messages[messages["source"].astype(str) == BOARD])
    known = rows["days_to_answer"].notna() & rows["prefecture"].notna()
    rows = rows[known].reset_index(drop=True)
    steps = rows["passed_down"].astype("Float64").astype("float64")
    addressee = rows["addressee_tier"].astype(str)
    return pd.DataFrame(
        {
            "log_days": np.log1p(rows["days_to_answer"].astype("float64")),
            "steps": steps,
            "steps_least": steps.fillna(0),
            "steps_most": steps.fillna(addressee.map(STEPS)),
            "addressee": addressee,
            "province": rows["province"].astype(str),
            "city": rows["prefecture"].astype(str),
        }
    )


def city_years(topics: pd.DataFrame) -> pd.DataFrame:
    """Topics of a city's work report and complaints of the year before, effects taken out.

    What a city or a year always has is taken out of every column (Frisch, Waugh and Lovell), so
    that a slope is that beside effects of cities and years.
    """
    before = topics[["city", "year", "complaints"]].dropna().assign(year=lambda f: f["year"] + 1)
    now = topics.drop(columns="complaints")
    rows = now.merge(before, on=["city", "year"], validate="one_to_one").astype({"year": str})
    effects = pd.get_dummies(rows[["city", "year"]], dtype=float).to_numpy()
    numbers = rows.drop(columns=["city", "year"]).astype("float64")
    fitted = effects @ np.linalg.lstsq(effects, numbers.to_numpy(), rcond=None)[0]
    return (numbers - fitted).assign(city=rows["city"])


def rates_of(read: pd.DataFrame, draws: tuple[str, ...]) -> dict[str, ErrorRates]:
    """Error rates of the codes against the reading by hand, over some draws."""
    rows = read[read["draw"].astype(str).isin(draws)]
    return {code: error_rates(rows[f"rule_{code}"], rows[f"hand_{code}"]) for code in CODES}


def rate_rows(rates: Mapping[str, Mapping[str, ErrorRates]], level: float) -> pd.DataFrame:
    """Rows of a table of error rates, one a code and set of draws."""
    rows = [
        {
            "code": code,
            "draws": draws,
            "readings": one.positives + one.negatives,
            "read_1": one.positives,
            **_spread(one.tidy(level)),
        }
        for draws, found in rates.items()
        for code, one in found.items()
    ]
    return at_level(pd.DataFrame(rows), [level])


def _spread(lines: Mapping[str, Tidy]) -> dict[str, float]:
    return {
        f"{name}{end}": getattr(line, field)
        for name, line in lines.items()
        for end, field in (("", "value"), ("_ci_low", "ci_low"), ("_ci_high", "ci_high"))
    }


def who_is_asked(messages: pd.DataFrame) -> pd.DataFrame:
    """Data of the form `shares`: tier of the official addressed, by source that says it."""
    rows = messages[messages["addressee_tier"].notna()]
    return _counted(rows, rows["source"].astype(str), rows["addressee_tier"].astype(str))


def office(rows: pd.DataFrame) -> pd.Series[str]:
    """Source of each row; letters that an office only typed stand apart."""
    typed = (rows["typing_office"] == 1).fillna(False).astype(bool)
    return rows["source"].astype(str).mask(typed, "typed_for_others")


def who_answers(rows: pd.DataFrame) -> pd.DataFrame:
    """Data of the form `shares`: kind of the answering unit, by source and typing office."""
    return _counted(rows, office(rows), rows["answering_unit_kind"].astype(str))


def _counted(rows: pd.DataFrame, category: pd.Series, part: pd.Series) -> pd.DataFrame:
    counts = rows.groupby([category.rename("category"), part.rename("part")]).size()
    frame = counts.rename("value").reset_index()
    return frame.assign(n=frame.groupby("category")["value"].transform("sum"))


def how_long(messages: pd.DataFrame) -> pd.DataFrame:
    """Data of the form `lines`: share of messages answered within so many days, by source.

    A message that still waits is not answered within any; one whose days are not known is left out.
    """
    rows = in_order(messages)
    series, days = office(rows), _days(rows)
    known = days.notna() | (rows["status"].astype(str) == "pending")
    found = [
        (span, float((days[known & (series == name)] <= span).mean()), name)
        for name in sorted(series.unique())
        for span in SPANS
    ]
    return pd.DataFrame(found, columns=["x", "value", "series"])


def _days(rows: pd.DataFrame) -> pd.Series[float]:
    """Days to the answer; in one province to its signature."""
    days = rows["days_to_answer"].where(rows["source"] != ONE_PROVINCE, rows["days_to_signed"])
    return days.astype("Float64").astype("float64")


def unnamed(rows: pd.DataFrame) -> dict[str, Tidy]:
    """Share of answers of which no unit gives its name, by source."""
    hidden = (rows["answering_unit_kind"].astype(str) == "unknown").groupby(rows["source"])
    how = "answers without the name of a unit / answers"
    return {
        name: arithmetic("share", one.mean(), how, n=len(one)) for name, one in hidden if len(one)
    }


def median_days(messages: pd.DataFrame) -> dict[str, Tidy]:
    """Median days to an answer whose days are known, by source."""
    rows = answers(messages)
    known = _days(rows).dropna().groupby(rows["source"])
    how = "median of days to the answer"
    return {name: arithmetic("median", one.median(), how, n=len(one)) for name, one in known}


def townships(
    rows: pd.DataFrame, rates: ErrorRates, level: float, *, seed: int, draws: int
) -> dict[tuple[str, str], Tidy]:
    """Share of answers that name a township or below, by source, as `coded` and as `corrected`."""
    found: dict[tuple[str, str], Tidy] = {}
    for source, group in rows["acting_township"].groupby(rows["source"]):
        ones, n = int(group.sum()), len(group)
        found[source, "coded"] = binomial_interval(ones, n, level)
        found[source, "corrected"] = corrected_share(ones, n, rates, level, seed=seed, draws=draws)
    return found


def design_of(fit: Any) -> pd.DataFrame:
    """Terms of a fitted model of statsmodels."""
    return pd.DataFrame(fit.model.exog, columns=fit.model.exog_names)


def other_inference(
    test: str, fitted: Any, rows: pd.DataFrame, level: float, *, seed: int, draws: int
) -> dict[tuple[str, str], Tidy]:
    """Wild bootstrap and negative binomial beside one test on days, by (test, specification)."""
    X, term, month = design_of(fitted), TERMS[test], rows["month"]
    clusters = {"wild": ("month", month)}
    if len(rows["place"].unique()) > 1:
        clusters["wild_by_place"] = ("place", rows["place"].astype(str))
    found = {
        name: wild_cluster_bootstrap(
            rows["log_days"], X, labels, term, level, seed=seed, draws=draws, name=word
        )
        for name, (word, labels) in clusters.items()
    }
    counted = fit(sm.NegativeBinomial(rows["days"], X), month, name="month")
    found["negative_binomial"] = read(counted, level)[term]
    return {(test, name): line for name, line in found.items()}


def corrections(
    main: Mapping[str, Tidy],
    fits: Mapping[str, Any],
    rates: Mapping[str, ErrorRates],
    *,
    seed: int,
    draws: int,
) -> dict[tuple[str, str], Tidy]:
    """Slopes on codes with the errors of the codes taken out, by (test, specification)."""
    coded = {
        "several_departments": ("several_departments", None),
        "risk_lands_below": ("risk", rates["acting_township"]),
    }
    return {
        (test, "corrected"): corrected_slope(
            main[test],
            design_of(fits[test]),
            code,
            rates[code],
            outcome=outcome,
            seed=seed,
            draws=draws,
        )
        for test, (code, outcome) in coded.items()
    }


def hypothesis(test: str, messages: pd.DataFrame) -> Hypothesis:
    """A test on days as it was fixed: outcome, terms, months of asking and the coefficient."""
    rows = keep(timed(messages, VARIED[test]))
    effects = [name for name in EFFECTS if len(rows[name].unique()) > 1]
    X = design(rows, [TERMS[test], *effects])
    return Hypothesis(rows["log_days"], X, rows["month"], TERMS[test])


def hypotheses(
    fits: Mapping[str, Any], rows: Mapping[str, pd.DataFrame], answered: pd.DataFrame
) -> dict[str, Hypothesis]:
    """The tests that count as hypotheses of one family, months of asking as clusters of all."""
    months = {test: kept["month"] for test, kept in rows.items()}
    months["risk_lands_below"] = answered["month"]
    return {
        TESTS[test]: Hypothesis(fits[test].model.endog, design_of(fits[test]), month, TERMS[test])
        for test, month in months.items()
    }


def errors_needed(slope: Tidy, rows: pd.DataFrame, rates: ErrorRates) -> dict[str, Tidy]:
    """Differences of error rates between risks and other messages that would make the slope."""
    sensitivity, specificity = rates.point
    share = (rows["acting_township"].mean() + specificity - 1) / (sensitivity + specificity - 1)
    found = differences_needed(slope.value, float(share))
    words = "slope over the corrected share that it would have to act on"
    return {rate: arithmetic(rate, value, words, n=slope.n) for rate, value in found.items()}


def rank_of(agenda: Mapping[str, Tidy]) -> Tidy:
    """Rank of the environment's coefficient among all topics, the largest being 1."""
    above = sum(line.value > agenda[ENVIRONMENT].value for line in agenda.values())
    return arithmetic("rank", above + 1, "rank among coefficients of all topics", n=len(agenda))


def topic_points(agenda: Mapping[str, Tidy]) -> pd.DataFrame:
    """Data of the form `dots`: one topic a row."""
    return points({(topic, ""): line for topic, line in agenda.items()}).drop(columns="group")


def remit_rows(messages: pd.DataFrame) -> pd.DataFrame:
    """Median days to the answer where it puts a limit of remit and where not, by source."""
    rows = answers(messages)
    grouped = rows.assign(days=_days(rows)).groupby(["source", "outside_remit"])["days"]
    frame = grouped.agg(answers="size", dated="count", median="median").reset_index()
    named = frame["outside_remit"].map({0.0: "remit_not_named", 1.0: "remit_named"})
    return frame.assign(outside_remit=named)


def specification_points(
    main: Mapping[str, Tidy], varied: Mapping[tuple[str, str], Tidy]
) -> pd.DataFrame:
    """Data of the form `dots`: each test as fixed, then with what was named beforehand."""
    lines = {(test, "as_fixed"): main[test] for test in VARIED} | {
        key: line for key, line in varied.items() if key[0] in VARIED
    }
    rows = [
        (name, line.value, line.ci_low, line.ci_high, line.n, test)
        for (test, name), line in lines.items()
    ]
    columns = ["category", "value", "ci_low", "ci_high", "n", "facet"]
    levels = (line.level for line in lines.values())
    return at_level(pd.DataFrame(rows, columns=columns), levels)


def specification_rows(found: Mapping[tuple[str, str], Tidy]) -> pd.DataFrame:
    """Rows of a table of specifications by (test, specification)."""
    names = ("value", "ci_low", "ci_high", "p", "n", "n_clusters")
    rows = [
        {"test": test, "specification": name, **{field: getattr(line, field) for field in names}}
        for (test, name), line in found.items()
    ]
    return at_level(pd.DataFrame(rows), (line.level for line in found.values()))
