"""Prefecture rules above provincial ones: excess, pressure, capacity, attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.measurement.agreement import Agreement
from compendium.stats.fit import slopes_of
from compendium.stats.fitted import of_model
from compendium.stats.levels import at_level
from compendium.stats.tidy import Tidy

MUNICIPALITIES = (11, 12, 31, 50)
"""Beijing, Tianjin, Shanghai, Chongqing: no province stands above them."""

CORRECTED_PROVINCE = {"海口": 46, "海南": 63}
"""The files give both Guangdong's code. Haikou is the capital of Hainan; the unit called 海南
speaks of itself as a 州 and is the one prefecture that Qinghai lacks."""

CORRECTED_NAME = {"大理白族自治州": "大理", "黔南布": "黔南"}
"""Names under which two sources list a prefecture of the rules."""

CAPITAL = 2
"""Class of provincial capitals and sub-provincial cities in the digital governance index."""

PREFECTURE = 100
"""Codes of prefectures end in 00; the eight others are cities and districts of county level."""

KINDS = ("linear", "logit", "ratio")
"""Models of force: CR2, ordered logit, and rate ratios of a Poisson model."""
STEPS = ("below", "equal", "above")

PRESSURE = ("province_force", "new_cases", "province_new_cases")
AS_IS = ("province_force",)
"""Terms whose unit, a step of the scale, is that of the outcome."""

MODELS = {
    "pressure": PRESSURE,
    "capacity": (*PRESSURE, "peer_cases", "doctors"),
    "digital_capacity": (*PRESSURE, "digital"),
    "public_attention": (*PRESSURE, "attention"),
    "everything": (*PRESSURE, "peer_cases", "doctors", "digital", "attention", "inflow"),
}
"""Terms of the models side by side. Each has its own rows: the indices cover large cities only."""

AUTHORS = (
    *("digital_ability", "beds", "city_period", "province_period", "peer_period"),
    *("attention_change", "growth", "population"),
)
"""Terms of the authors' Poisson model, in the order of their draft."""

MEASURES = (
    *("temperature", "health_code", "written_notice", "inquiry", "reporting", "test_before"),
    *("test_after", "serology", "home_isolation", "monitoring", "central_isolation", "special"),
)


def ruled(rules: pd.DataFrame) -> pd.DataFrame:
    """Units with a rule, from the shipped table `prefecture_rules`, one row each.

    Returns
    -------
    DataFrame
        `name`, `code`, `province_code`, `force`, `force_1`, `force_2`, `province_force`, `excess`
        (force minus provincial force, in steps), `added` (force above the centre's level, 1) and
        `is_prefecture` (below a province and not of county level).
    """
    whole = ["code", "province_code", "force", "province_force"]
    units = rules.astype(dict.fromkeys(whole, "int64"))
    below = ~units["province_code"].isin(MUNICIPALITIES)
    return units.assign(
        is_prefecture=(units["code"] % PREFECTURE == 0) & below,
        excess=units["force"] - units["province_force"],
        added=units["force"] - 1,
    )


def assemble(rules: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Join cases, capacity and attention to the units with a rule.

    Parameters
    ----------
    rules
        The shipped table `prefecture_rules`.
    tables
        The tables `covid_*` of the registry, by name.

    Returns
    -------
    DataFrame
        The columns of `ruled`; log(1 + x) of cases
        newly confirmed in January 2021 in the unit (`new_cases`), its province
        (`province_new_cases`) and its peers (`peer_cases`), with the counts themselves
        (`city_period`, `province_period`, `peer_period`); `digital`, `digital_ability`, `doctors`
        and `beds_rate` (per 1,000 residents), `beds`, `population`, `growth`, log `attention`,
        `attention_change`, `inflow`. Missing where a source lacks the unit.
    """
    units = ruled(rules)
    for source in (_provincial(tables), _period(tables["covid_cases"]), *_by_name(tables)):
        key = "province_code" if "province_code" in source else "name"
        units = units.merge(source, on=key, how="left", validate="many_to_one")
    units["city_class"] = units["city_class"].fillna(1)
    units["peer_period"] = _peers(units)
    thousands = units["population"] * 10
    return units.assign(
        new_cases=np.log1p(units["city_period"].astype("float64")),
        province_new_cases=np.log1p(units["province_period"].astype("float64")),
        peer_cases=np.log1p(units["peer_period"]),
        doctors=units["doctors"] / thousands,
        attention=np.log(units["attention"].astype("float64")),
        attention_change=units["attention_change"].astype("float64"),
    )


def prefectures(units: pd.DataFrame) -> pd.DataFrame:
    """Prefectures below a province: without municipalities and county-level units."""
    return units[units["is_prefecture"]].reset_index(drop=True)


def rows_for(
    units: pd.DataFrame, terms: Sequence[str], as_is: Sequence[str] = AS_IS
) -> pd.DataFrame:
    """Rows in which all terms are known, with the terms standardised over these rows.

    Parameters
    ----------
    units
        As from `assemble`.
    terms
        Columns; products "a:b" are those of their parts.
    as_is
        Terms left in their own unit.

    Raises
    ------
    UserError
        A term does not vary.
    """
    parts = list(dict.fromkeys(part for term in terms for part in term.split(":")))
    rows = units.dropna(subset=parts).reset_index(drop=True)
    values = rows[[part for part in parts if part not in as_is]].astype("float64")
    spread = values.std()
    if not (spread > 0).all():
        column = str(spread.index[~(spread > 0)][0])
        raise UserError("a term does not vary", "leave it out", column=column)
    return rows.assign(**(values - values.mean()) / spread)


def step_counts(units: pd.DataFrame) -> pd.DataFrame:
    """Mark whether each unit lies below, at or above its province; trials are 1.

    Adds `floor`, whether its province asked for no more than the centre did: such a unit can't lie
    below its province, for the scale ends there.
    """
    signs = np.sign(units["excess"].to_numpy())
    flags = {
        step: (signs == sign).astype(int) for step, sign in zip(STEPS, (-1, 0, 1), strict=True)
    }
    floor = np.where(units["province_force"] == 1, "province_at_floor", "province_above_floor")
    columns = {"province_code": units["province_code"], "floor": floor, "trials": 1}
    return pd.DataFrame(flags | columns)


def excess_counts(units: pd.DataFrame) -> pd.DataFrame:
    """Count the units by steps of excess and whether their province was at the floor."""
    floor = step_counts(units)["floor"]
    counts = pd.crosstab(units["excess"].to_numpy(), floor.to_numpy())
    steps = range(int(units["excess"].min()), int(units["excess"].max()) + 1)
    counts = counts.reindex(steps, fill_value=0)
    rows = [
        (f"excess {step:+d}", group, int(counts.loc[step, group]))
        for step in reversed(steps)
        for group in counts.columns
    ]
    return pd.DataFrame(rows, columns=["category", "group", "value"])


def side_by_side(
    models: Mapping[str, Mapping[str, Any]], tests: Mapping[str, Mapping[str, float]], level: float
) -> dict[str, Any]:
    """What `Study.table` takes of several models of the same terms, a panel a kind of model.

    Parameters
    ----------
    models
        By set of terms: "linear" (CR2), and "logit" and "ratio" (Poisson) of statsmodels.
    tests
        Wild cluster bootstrap p of each term, by set of terms.
    """
    fits = {kind: {name: three[kind] for name, three in models.items()} for kind in KINDS}
    found = {
        (kind, name, term): fit.ratio(term) if kind == "ratio" else fit[term]
        for kind, ones in fits.items()
        for name, one in ones.items()
        for fit in [of_model(one, level)]
        for term in slopes_of(fit)
    }
    linear = [(name, term) for kind, name, term in found if kind == "linear"]
    wild_p = {("linear", name, term): tests[name][term] for name, term in linear}
    df = {("linear", name, term): _df(fits["linear"][name], term) for name, term in linear}
    return {"results": found, "fits": fits, "beside": {"wild_p": wild_p, "df": df}}


def _df(linear: Any, term: str) -> float:
    """Degrees of freedom of a term after Satterthwaite."""
    return float(linear.correction.df((np.array(linear.terms) == term).astype(float)))


def codings(demands: pd.DataFrame) -> pd.DataFrame:
    """Pair the two teams' codes of each demand, one row a demand of a unit.

    Takes the shipped table `demands`.

    A number of tests counts as one demand. Units that one team did not code are left out.
    """
    long = [
        team.melt("name", list(MEASURES), var_name="field", value_name="code").assign(
            code=lambda rows: (rows["code"] > 0).astype(int)
        )
        for team in (demands[demands["team"] == number] for number in (1, 2))
    ]
    both = long[0].merge(long[1], on=["name", "field"], validate="one_to_one")
    return both.rename(columns={"code_x": "coder_1", "code_y": "coder_2"})


def agreement_rows(found: Mapping[str, Agreement]) -> pd.DataFrame:
    """Agreement by code as the data of a table."""
    rows = [
        {
            "code": code,
            "n": agreed.percent.n,
            "agreement": agreed.percent.value,
            **_interval("kappa", agreed.kappa),
            **_interval("ac1", agreed.ac1),
        }
        for code, agreed in found.items()
    ]
    return at_level(pd.DataFrame(rows), (agreed.kappa.level for agreed in found.values()))


def _interval(name: str, tidy: Tidy) -> dict[str, float]:
    return {name: tidy.value, f"{name}_ci_low": tidy.ci_low, f"{name}_ci_high": tidy.ci_high}


def province_codes(units: pd.DataFrame) -> pd.Series:
    """Code of each unit's province, two of them corrected."""
    codes = units["code"].astype("int64") // 10_000
    return units["name"].map(CORRECTED_PROVINCE).fillna(codes).astype("int64")


def _provincial(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    cases = tables["covid_province_cases"]
    new = (cases["cases_end"] - cases["cases_start"]).astype("int64")
    period = pd.DataFrame({"province_code": cases["province_code"], "province_period": new})
    return period.astype("int64")


def _period(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases newly confirmed in January 2021; Zhuanghe has none of its own (it has Dalian's)."""
    new = (cases["cases_end"] - cases["cases_start"]).astype("int64")
    named = pd.DataFrame({"name": cases["name"], "city_period": new})
    return named[cases["name"] != "庄河"]


def _by_name(tables: Mapping[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """Sources that know units by name only, each unit once."""
    names = ("covid_digital", "covid_attention", "covid_movement", "covid_yearbook")
    return [
        table.assign(
            name=table["name"].str.removesuffix("市").replace(CORRECTED_NAME)
        ).drop_duplicates()
        for table in (tables[name] for name in names)
    ]


def _peers(units: pd.DataFrame) -> pd.Series:
    """Mean of new cases in peers, as the authors define them.

    For provincial capitals and sub-provincial cities the others of that class, for all other units
    the other units of their province; nan where there is none.
    """
    capital = units["city_class"] == CAPITAL
    cases = units["city_period"].astype("float64")
    return _others(cases, capital).where(capital, _others(cases, units["province_code"]))


def _others(values: pd.Series, group: pd.Series) -> pd.Series:
    """Mean over the other members of each row's group; nan (0 / 0) where there is none."""
    grouped = values.groupby(group.to_numpy())
    n = grouped.transform("count") - values.notna()
    return (grouped.transform("sum") - values.fillna(0)) / n
