"""Series, notices, rules and messages where a number lies on the line between two answers."""

from math import nextafter
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.qca import Cuts
from compendium.stats.tidy import Tidy
from grassroots import accountability as acc
from grassroots import configurations as cfg
from grassroots import context, published
from grassroots import escalation as esc
from grassroots import messages as ms
from grassroots.published_rules import DIRECTIONS, _finding, directions


@pytest.mark.parametrize(
    ("name", "years", "segments"),
    [
        (context.URBANIZATION, (1994, 1995, 1996, 2010, 2011, 2019, 2020), [0, 1, 2, 2, 3, 3, 4]),
        ("disaster_deaths_missing", (2017, 2018, 2019), [0, 1, 1]),
        ("disaster_direct_loss", (2017, 2018), [0, 1]),
        ("major_and_above_accidents", (2017, 2018), [0, 0]),
    ],
)
def test_a_vintage_begins_with_its_first_year(name, years, segments):
    rows = [
        {"series_id": one, "region": "China", "year": year, "value": 1.0}
        for one in (*context.RISK, context.URBANIZATION)
        for year in years
    ]
    series = pd.DataFrame(rows)
    lines = context.urbanization(series) if name == context.URBANIZATION else context.risk(series)
    assert lines.loc[lines["series"] == name, "segment"].tolist() == segments


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        ("2019-11-30", "2020-01-31", False),
        ("2019-12-01", "2019-12-31", True),
        ("2021-01-01", "2021-01-31", False),  # the first month of the year
        ("2021-12-01", "2021-12-31", False),  # the last one
        ("2021-06-01", "2021-06-30", False),
        ("2020-12-31", "2021-12-31", True),  # a day more than the year
        ("2021-12-31", "2022-01-01", True),
    ],
)
def test_a_period_that_shares_an_end_with_a_longer_one_lies_within_it(start, end, kept):
    rows = pd.DataFrame(
        {
            "period": ["tried", "2021"],
            "period_start": [start, "2021-01-01"],
            "period_end": [end, "2021-12-31"],
            "kind": "all",
            **dict.fromkeys(acc.EIGHT_POINT_RANKS.values(), 1),
        }
    )
    assert ("tried" in acc.eight_point_ranks(rows)["period"].tolist()) is kept


def test_the_shortest_list_that_enters_has_the_number_asked_for():
    rows = [
        dict.fromkeys(acc.TIERS)
        | {"incident_id": str(n), "hazard": "fire", "tier_list_complete": 1, "tier_county": n}
        for n in (0, 1, 2, 3)
    ]
    incidents = pd.DataFrame(rows).assign(province=None, sanction_kind="early_notice")
    incidents = incidents.astype(dict.fromkeys(acc.TIERS, "Int64"))
    assert acc.fully_listed(incidents)["sanctioned"].tolist() == [1, 2, 3]
    assert acc.fully_listed(incidents, 3)["sanctioned"].tolist() == [3]


@pytest.mark.parametrize("values", [[2.0, 2.0, 2.0], [2.0, np.nan, np.nan]])
def test_a_term_without_spread_is_named(values):
    units = pd.DataFrame({"cases": [1.0, 2.0, 4.0], "alike": values})
    with pytest.raises(UserError, match="column alike: a term does not vary"):
        esc.rows_for(units, ["cases", "alike"] if np.isfinite(values).all() else ["alike"])


def test_a_demand_counts_from_its_first_step():
    names = {"name": ["a", "b", "c"]}
    one = pd.DataFrame(names | {code: [0, 1, 2] for code in esc.MEASURES}).assign(team=1)
    two = pd.DataFrame(names | {code: [2, 0, 1] for code in esc.MEASURES}).assign(team=2)
    found = esc.codings(pd.concat([one, two])).set_index("name")
    assert set(found.loc["a", "coder_1"]) == {0}
    assert set(found.loc["b", "coder_1"]) == set(found.loc["c", "coder_1"]) == {1}
    assert set(found.loc["a", "coder_2"]) == {1}


@pytest.mark.parametrize(
    ("value", "low", "high", "up", "down"),
    [
        (1.5, 1.01, 2.0, "same_direction_excludes_none", "other_direction"),
        (1.5, 1.0, 2.0, "same_direction", "other_direction"),
        (0.5, 0.2, 0.99, "other_direction", "same_direction_excludes_none"),
        (0.5, 0.2, 1.0, "other_direction", "same_direction"),
        (1.0, 0.9, 1.1, "other_direction", "other_direction"),
    ],
)
def test_a_ratio_of_one_has_no_direction_and_an_interval_that_ends_there_holds_it(
    value, low, high, up, down
):
    ratio = Tidy("x", value, ci_low=low, ci_high=high, n=9)
    found = directions(dict.fromkeys(DIRECTIONS, ratio)).set_index("published")["finding"]
    assert set(found["more_escalation"]) == {up}
    assert set(found["less_escalation"]) == {down}


@pytest.mark.parametrize(
    ("published_value", "ours", "said"),
    [
        (1.81, 1.814, "agrees"),
        (1.81, 1.816, "near"),
        (2.0, 1.96, "near"),
        (0.0, 0.049, "near"),
        (0.0, 0.05, "differs"),
        (2.0, 2.06, "differs"),
    ],
)
def test_a_mean_is_near_where_it_is_off_by_less_than_a_twentieth(published_value, ours, said):
    assert _finding(published_value, ours) == said


@pytest.mark.parametrize(
    ("samples", "done", "why"),
    [(1, "alone", "few_samples"), (2, "side_by_side", "few_samples"), (3, "averaged", "enough")],
)
def test_three_samples_are_enough_for_a_mean(samples, done, why):
    figures = pd.DataFrame({"n": [100] * samples})
    rows = published.pooling_rows({"strain": figures}, {"strain": True})
    assert rows.to_numpy().tolist() == [["strain", samples, 100 * samples, done, why]]
    other = published.pooling_rows({"strain": figures}, {"strain": False})
    assert other["why"].tolist() == ["not_alike"]
    assert other["done"].tolist() == ["alone" if samples == 1 else "side_by_side"]


CUTS = Cuts(consistency=0.8, pri=0.65, frequency=2)


def listed(*rows):
    """Measured incidents of complete lists: kind, city or not, persons, persons below."""
    made = [
        dict.fromkeys(acc.TIERS)
        | {
            "incident_id": f"case{number}",
            "hazard": hazard,
            "urban": urban,
            "tier_county": size - low,
            "tier_township": low,
        }
        for number, (hazard, urban, size, low) in enumerate(rows)
    ]
    same = {"date": "2021-03-05", "tier_list_complete": 1, "sanction_kind": "early_notice"}
    frame = pd.DataFrame(made).assign(province=None, **same).astype({"urban": "Int64"})
    return cfg.measured(frame)


def planted(*sizes):
    """Lists on which epidemics put all at township tier or below, and nothing else anybody."""
    return [
        (hazard, urban, size, size if hazard == "epidemic" else 0)
        for hazard in ("epidemic", "epidemic", "fire", "flood")
        for urban in (0, 1)
        for size in sizes
    ]


def test_a_list_of_exactly_half_membership_is_not_counted_with_the_outcome():
    """A share of 0.52 is the anchor itself."""
    raw = listed(*planted(2, 12), ("epidemic", 1, 25, 13))
    assert raw[cfg.OUTCOME].iloc[-1] == cfg.SHARE_ANCHORS.crossover == 0.52
    found = cfg.analyse(raw, cfg.DESIGNS[0], CUTS)
    rows = cfg.diversity_rows([found])
    assert rows["cases"].tolist() == [17, 17]
    assert rows["with_outcome"].tolist() == [8, 8]


def test_a_condition_whose_consistency_is_the_cut_passes():
    found = cfg.analyse(listed(*planted(2, 12)), cfg.DESIGNS[0], CUTS)
    rows = cfg.necessity_rows([found]).query("outcome == 'low_tier' and second.isna()")
    cut = rows.set_index("first").loc["urban", "consistency"]
    assert cut == pytest.approx(0.5)
    for asked, passes in ((cut, "passes"), (nextafter(cut, 1), "fails_cut")):
        again = cfg.necessity_rows([found], asked).query("outcome == 'low_tier' and second.isna()")
        assert again.set_index("first").loc["urban", "passes"] == passes


def test_lists_as_long_as_the_shortest_stay():
    """Without the lists of four only long ones are left, and the solution asks for them."""
    raw = listed(("epidemic", 1, 3, 3), *planted(4, 12))
    found = cfg.analyse(raw, cfg.DESIGNS[0], CUTS)
    rows = cfg.robustness_rows([found]).query("subject == 'lists' and outcome == 'low_tier'")
    assert rows[["value", "low", "high"]].to_numpy().tolist() == [[3, 3, 4]]
    assert rows["above"].tolist() == [cfg.ANOTHER]


def letters(*asked, **columns):
    base = {
        **dict.fromkeys(("date_order_wrong", "signed_order_wrong", "duplicate_question"), 0),
        **{"source": ms.MAILBOX, "place": "市", "answered": "2022-12-31", "days_to_answer": 3},
        **{"forwarded": 0, "forwarded_on": None, "signed": None, "answer_length": 10},
        **{"answering_unit_kind": "line_department", "several_departments": 0},
        **{"days_to_signed": None, "status": "answered", "typing_office": 0},
    }
    rows = [base | {"asked": day} for day in asked]
    return pd.DataFrame(rows).assign(**columns)


def test_letters_of_2020_are_recent_and_need_a_date_of_handing_on():
    days = ("2018-01-01", "2019-12-31", "2020-01-01", "2020-01-02", "2020-01-03")
    dates = {"forwarded_on": [None, None, None, "2020-01-04", None], "forwarded": [0, 1, 0, 0, 0]}
    rows = ms.timed(letters(*days, **dates, signed=[None] * 4 + ["2020-01-05"]), ms.MAILBOX)
    assert rows["kept"].tolist() == [0, 1, 1, 1, 1]
    assert rows["kept_recent"].tolist() == [0, 0, 1, 1, 1]
    assert rows["kept_dated"].tolist() == [0, 1, 0, 1, 1]
    assert rows["kept_direct"].tolist() == [0, 0, 1, 0, 1]
    assert rows["kept_forwarded"].tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("source", "asked", "kept"),
    [
        (ms.MAILBOX, "2021-12-30", {"kept": 1, "kept_short": 1, "kept_long": 1}),
        (ms.MAILBOX, "2021-12-31", {"kept": 1, "kept_short": 1, "kept_long": 0}),
        (ms.MAILBOX, "2022-09-01", {"kept": 1, "kept_short": 1, "kept_long": 0}),
        (ms.MAILBOX, "2022-09-02", {"kept": 0, "kept_short": 1, "kept_long": 0}),
        (ms.MAILBOX, "2022-10-31", {"kept": 0, "kept_short": 1, "kept_long": 0}),
        (ms.MAILBOX, "2022-11-01", {"kept": 0, "kept_short": 0, "kept_long": 0}),
        (ms.ONE_PROVINCE, "2022-07-03", {"kept": 1, "kept_short": 1, "kept_long": 0}),
        (ms.ONE_PROVINCE, "2022-07-04", {"kept": 0, "kept_short": 1, "kept_long": 0}),
        (ms.MAILBOX, "2018-01-30", {"kept": 0, "kept_short": 0, "kept_long": 0}),
        (ms.MAILBOX, "2018-01-31", {"kept": 1, "kept_short": 1, "kept_long": 1}),
    ],
)
def test_letters_are_kept_from_the_thirtieth_day_to_the_last_answer_less_the_window(
    source, asked, kept
):
    frame = letters("2018-01-01", asked, source=source, days_to_signed=3)
    rows = ms.timed(frame, source)
    assert rows.iloc[-1][list(kept)].to_dict() == kept


def test_an_effect_with_one_level_is_no_term():
    days = [f"2020-{month:02}-15" for month in range(1, 13)]
    rows = ms.timed(letters(*days), ms.MAILBOX)
    assert ms.formula("load", rows) == "log_days ~ load + month_of_year"
    two = rows.assign(place=["a", "b"] * 6, kind=["x", "y"] * 6)
    assert ms.formula("load", two) == "log_days ~ load + kind + month_of_year + place"
    assert ms.formula("load", two, kind=False) == "log_days ~ load + month_of_year + place"
    frame = letters(*days, several_departments=[0, 1, 1] * 4)
    terms = list(ms.hypothesis("several_departments", frame).X)
    assert not any(term.startswith(("place", "kind", "year")) for term in terms)
    assert "several_departments" in terms


def test_an_answer_after_three_days_is_one_within_three_days():
    frame = letters(*["2020-03-01"] * 4, days_to_answer=[0, 3, 4, 90])
    shares = ms.how_long(frame).set_index("x")["value"]
    assert shares.loc[[0, 3, 7, 60, 90]].tolist() == [0.25, 0.5, 0.75, 0.75, 1]


def test_topics_with_the_same_slope_share_the_better_rank():
    agenda = {ms.ENVIRONMENT: Tidy("x", 0.2), "rural": Tidy("x", 0.2), "health": Tidy("x", 0.3)}
    assert ms.rank_of(agenda).value == 2


@pytest.mark.parametrize(("places", "by_place"), [(["a"] * 4, False), (["a", "b"] * 2, True)])
def test_places_are_clusters_where_there_are_two(monkeypatch, places, by_place):
    monkeypatch.setattr(ms, "wild_cluster_bootstrap", lambda *_, name, **__: name)
    monkeypatch.setattr(ms, "fit", lambda *_, name: name)
    monkeypatch.setattr(ms, "read", lambda name, _: {"load": name})
    months = ["2020-01", "2020-02", "2020-03", "2020-04"]
    rows = pd.DataFrame({"month": months, "place": places, "log_days": 1.0, "days": [1, 2, 3, 4]})
    exog = np.column_stack([np.ones(4), [1.0, 2.0, 4.0, 3.0]])
    model = SimpleNamespace(exog=exog, exog_names=["Intercept", "load"])
    fitted = SimpleNamespace(model=model)
    found = ms.other_inference("load_mailbox", fitted, rows, 0.95, seed=1, draws=9)
    expected = {"wild": "month", "negative_binomial": "month"}
    expected |= {"wild_by_place": "place"} if by_place else {}
    assert found == {("load_mailbox", name): word for name, word in expected.items()}


@pytest.mark.parametrize(
    ("low", "high", "below", "above"),
    [
        (-0.1, 1.1, cfg.SAME, cfg.SAME),
        (0.0, 1.0, cfg.SAME, cfg.SAME),
        (0.01, 0.99, cfg.NONE, cfg.ANOTHER),
    ],
)
def test_a_range_to_the_end_of_its_scale_has_nothing_beyond(monkeypatch, low, high, below, above):
    ends = {"low": low, "high": high, "below": "no positive row", "above": "urban"}
    one = SimpleNamespace(parameter=f"{cfg.OUTCOME}.crossover", value=0.52, **ends)
    monkeypatch.setattr(cfg, "robustness_ranges", lambda _: [one])
    found = cfg.analyse(listed(*planted(2, 12)), cfg.DESIGNS[0], CUTS)
    row = cfg.robustness_rows([found]).query("subject == 'outcome_share'").iloc[0]
    assert [row["low"], row["high"]] == [max(low, 0), min(high, 1)]
    assert [row["below"], row["above"]] == [below, above]
