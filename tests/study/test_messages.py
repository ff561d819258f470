"""Rows, load and terms of the tests on messages are those that were written down beforehand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.data import load_books, load_table
from compendium.stats.tidy import Tidy
from grassroots import messages as ms
from grassroots.universes import prepare

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tables():
    books = load_books(ROOT)
    wanted = {"messages", "messages_hand_coding"}
    return {n: load_table(t) for b in books for n, t in b.tables.items() if n in wanted}


@pytest.fixture(scope="module")
def messages(tables):
    return tables["messages"]


def letters(*asked, **columns):
    base = {
        **dict.fromkeys(("date_order_wrong", "signed_order_wrong", "duplicate_question"), 0),
        **{"source": ms.MAILBOX, "place": "市", "answered": "2020-12-31", "days_to_answer": 3},
        **{"forwarded": 0, "forwarded_on": None, "signed": None, "answer_length": 10},
        **{"answering_unit_kind": "line_department", "several_departments": 0},
    }
    rows = [base | {"asked": day} for day in asked]
    return pd.DataFrame(rows).assign(**columns)


def test_the_load_counts_the_days_before_and_not_the_day_itself():
    frame = letters("2020-01-01", "2020-03-01", "2020-03-10", "2020-03-10", "2020-04-09")
    rows = ms.timed(frame, ms.MAILBOX)
    assert np.expm1(rows["load"]).round().tolist() == [0, 0, 1, 1, 2]
    assert np.expm1(rows["load_14"]).round().tolist() == [0, 0, 1, 1, 0]
    assert rows["log_days"].tolist() == pytest.approx([np.log(4)] * 5)


def test_the_load_of_one_place_is_not_that_of_another():
    days = ("2020-03-01", "2020-03-02", "2020-03-03")
    frame = letters(*days, place=["A", "B", "A"], source=ms.ONE_PROVINCE, days_to_signed=1)
    assert np.expm1(ms.timed(frame, ms.ONE_PROVINCE)["load"]).round().tolist() == [0, 0, 1]


def test_first_and_late_letters_are_out_of_the_outcome_and_in_the_load():
    days = ("2019-12-20", "2020-01-18", "2020-01-19", "2020-09-01", "2020-09-02", "2020-11-05")
    rows = ms.timed(letters(*days), ms.MAILBOX)
    assert rows["kept"].tolist() == [0, 0, 1, 1, 0, 0]
    assert rows["kept_short"].tolist() == [0, 0, 1, 1, 1, 0]
    assert rows["kept_long"].tolist() == [0, 0, 0, 0, 0, 0]
    assert np.expm1(rows["load"][2]).round() == 1 + 1


def test_wrong_orders_and_repeated_questions_are_out_of_everything():
    frame = letters("2020-03-01", "2020-03-02", "2020-03-03")
    frame = frame.assign(duplicate_question=[1, 0, 0], signed_order_wrong=[0, 1, 0])
    rows = ms.timed(frame, ms.MAILBOX)
    assert np.expm1(rows["load"]).tolist() == [0]
    assert ms.in_order(frame).index.tolist() == [0], "as rows of a fitted model are numbered"


def test_a_letter_without_a_place_is_in_neither_outcome_nor_load():
    days = ("2020-03-01", "2020-03-02", "2020-03-03")
    rows = ms.timed(letters(*days, place=["市", None, "市"]), ms.MAILBOX)
    assert np.expm1(rows["load"]).round().tolist() == [0, 1]


def test_rows_that_a_flag_keeps_are_numbered_as_those_of_a_fitted_model():
    rows = ms.timed(letters("2020-01-01", "2020-03-01", "2020-03-02"), ms.MAILBOX)
    assert ms.keep(rows).index.tolist() == [0, 1]


def test_days_are_described_where_they_are_known_and_answers_are_all_counted():
    columns = {"acting_township": 0, "risk": 0, "days_to_signed": None}
    days, named = [1, 3, 8, None], [0, 0, 1, 1]
    dates = ("2020-03-01", "2020-03-02", "2020-03-03", "2020-03-04")
    frame = letters(*dates, days_to_answer=days, outside_remit=named, **columns)
    rows = ms.remit_rows(frame).set_index("outside_remit")[["answers", "dated", "median"]]
    assert rows.T.to_dict("list") == {"remit_not_named": [2, 2, 2], "remit_named": [2, 1, 8]}
    found = ms.median_days(frame)[ms.MAILBOX]
    assert (found.value, found.n) == (3, 3)


def test_terms_are_the_ones_that_were_fixed(messages):
    mailbox, province = (ms.keep(ms.timed(messages, source)) for source in ms.OUTCOMES)
    assert ms.formula("load", mailbox) == "log_days ~ load + kind + month_of_year + year"
    assert ms.formula("load", province, kind=False) == "log_days ~ load + month_of_year + year + place"  # fmt: skip
    assert (len(mailbox), len(province)) == (1108, 1710)
    assert ms.timed(messages, ms.MAILBOX)["log_days"].notna().all()
    assert len(province["place"].unique()) == 13


def test_unsigned_letters_are_the_237_of_the_readme(messages):
    rows = messages[messages["source"].astype(str) == ms.MAILBOX]
    rows = rows[rows["answer_length"].notna() & rows["days_to_answer"].notna()]
    made = ms.timed(rows, ms.MAILBOX)
    late = letters("2020-05-01", "2020-05-02", "2020-05-03", "2019-05-01")
    late = late.assign(signed=[None, "2020-05-04", None, None], forwarded_on=[None, None, "2020-05-05", None])  # fmt: skip
    flags = ms.timed(late, ms.MAILBOX)
    assert (flags["kept"] - flags["kept_dated"]).tolist() == [1, 0, 0, 0]
    assert (flags["kept"] - flags["kept_direct"]).tolist() == [0, 0, 1, 0]
    assert made["kept"].sum() - made["kept_dated"].sum() == 216


def test_every_specification_named_beforehand_is_there(messages):
    rows = {test: ms.timed(messages, source) for test, source in ms.VARIED.items()}
    found = {test: set(ms.specifications(test, frame)) for test, frame in rows.items()}
    common = {"short_end", "long_end", "without_kind", "by_quarter"}
    assert found["load_mailbox"] == common | set(ms.MAILBOX_ONLY) | {"load_14", "load_60"}
    assert found["load_messages"] == common | {"load_14", "load_60"}
    assert found["several_departments"] == common | set(ms.MAILBOX_ONLY) | {"with_length"}


def test_unknown_steps_stand_at_none_and_at_the_most_possible(messages):
    rows = ms.steps_down(messages)
    unknown = rows[rows["steps"].isna()]
    assert rows["steps"].notna().sum() == 387
    assert (unknown["steps_least"] == 0).all()
    assert unknown.groupby("addressee")["steps_most"].first().to_dict() == ms.STEPS
    assert rows["log_days"].notna().all()


def test_error_rates_are_those_that_the_readme_gives(tables):
    read = tables["messages_hand_coding"]
    shipped, frozen = (ms.rates_of(read, draws) for draws in (ms.SHIPPED_DRAWS, ms.FROZEN_DRAWS))
    assert [round(x, 2) for x in frozen["risk"].point] == [0.71, 0.93]
    assert (shipped["risk"].positives, shipped["risk"].hits) == (7, 4)
    assert frozen["acting_township"].positives + frozen["acting_township"].negatives == 210


def test_letters_typed_for_others_stand_apart(messages):
    counted = ms.who_answers(ms.answers(messages)).groupby("category")["value"].sum()
    assert set(counted.index) == {ms.MAILBOX, "typed_for_others", ms.BOARD, ms.ONE_PROVINCE}
    assert counted["typed_for_others"] + counted[ms.MAILBOX] == 1164
    asked = ms.who_is_asked(messages).set_index(["category", "part"])["value"]
    assert asked[ms.MAILBOX, "prefecture"] == 1179


def test_messages_that_wait_are_not_answered_within_any_time(messages):
    shares = ms.how_long(messages).set_index(["series", "x"])["value"]
    lines = [ms.BOARD, ms.MAILBOX, ms.ONE_PROVINCE, "typed_for_others"]
    assert shares.index.unique("series").tolist() == lines
    assert shares[ms.BOARD, 90] < 0.93
    assert shares[ms.MAILBOX, 90] > 0.98
    assert shares.groupby("series").apply(lambda s: s.is_monotonic_increasing).all()


def test_effects_of_cities_and_years_are_out_of_the_topics():
    city, year = np.repeat(["a", "b", "c"], 4), np.tile([2016, 2017, 2018, 2019], 3)
    rng = np.random.default_rng(1)
    topics = pd.DataFrame({"city": city, "year": year, "complaints": rng.normal(size=12)})
    topics["environment"] = (city == "b") * 5.0 + year + 2 * topics.groupby("city")["complaints"].shift(1)  # fmt: skip
    rows = ms.city_years(topics.assign(environment=topics["environment"].fillna(0.0)))
    assert len(rows) == 9
    slope = (rows["environment"] @ rows["complaints"]) / (rows["complaints"] @ rows["complaints"])
    assert slope == pytest.approx(2)
    unknown = topics["complaints"].mask(topics.index == 1)
    gap = ms.city_years(topics.assign(environment=1.0, complaints=unknown))
    assert len(gap) == 8, "the year after a number of complaints that is not known is left out"


def test_the_rank_counts_topics_with_larger_slopes():
    agenda = {ms.ENVIRONMENT: Tidy("x", 0.2), "rural": Tidy("x", 0.3), "health": Tidy("x", -1.0)}
    assert ms.rank_of(agenda).value == 2


def test_the_multiverse_has_the_columns_that_its_plan_names(messages):
    made = prepare({"messages": messages})
    assert set(made) == {"mailbox", "one_province"}
    assert {*ms.WINDOWS, *ms.FLAGS.values(), "kept"} <= set(made["mailbox"])
