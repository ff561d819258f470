"""Rules of the folder `messages`: messages, codes read by hand, counts of Pingshan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from compendium.data.rules import (
    Breach,
    CrossRule,
    Record,
    Sheets,
    joins,
    row_rule,
    rules_of,
    shown,
    table_rule,
)

PUBLISHED_EVENTS = 35_317
"""Events of Pingshan that the page itself states."""
CODES = (
    *("acting_township", "several_departments", "outside_remit", "risk"),
    *("answering_unit_kind", "answering_tier"),
)


def _days(record: Record, end: str) -> int | None:
    """Days from the message to another of its dates; None where a date is missing."""
    if record["asked"] is None or record[end] is None:
        return None
    return (date.fromisoformat(record[end]) - date.fromisoformat(record["asked"])).days


def _spans(name: str, end: str, wrong: str) -> CrossRule:
    """Rule that a span and the mark of a wrong order follow from two dates."""

    def fault(record: Record) -> str | None:
        span = _days(record, end)
        late = span is not None and span < 0
        agrees = span == record[name] and late == (record[wrong] == 1)
        return None if agrees else shown(record, "asked", end, name, wrong)

    return row_rule(
        *(f"message-{name.replace('_', '-')}", "messages", name),
        en=f"{name} and {wrong} follow from the dates asked and {end}",
        zh=f"{name} 与 {wrong} 由 asked 与 {end} 两个日期得出",
    )(fault)


days = _spans("days", "answered", "date_order_wrong")
days_to_signed = _spans("days_to_signed", "signed", "signed_order_wrong")


@row_rule(
    *("message-acting-units", "messages", "acting_units"),
    en="several departments are two or more; acting units are departments and a township or below",
    zh="多部门指两个及以上；办理单位数为部门数加乡镇街道及以下",
)
def acting_units(record: Record) -> str | None:
    """Compare both with the departments."""
    departments = record["acting_departments"]
    if departments is None:
        return None
    several = record["several_departments"] == (departments > 1)
    units = record["acting_units"] == departments + record["acting_township"]
    names = ("acting_departments", "several_departments", "acting_township", "acting_units")
    return None if several and units else shown(record, *names)


def _kind_of(flag: str, kind: str) -> CrossRule:
    """Rule that a kind stands exactly where its flag is 1."""

    def fault(record: Record) -> str | None:
        agrees = (record[flag] == 1) == (record[kind] is not None)
        return None if agrees else shown(record, flag, kind)

    return row_rule(
        *(f"message-{kind.replace('_', '-')}", "messages", kind),
        en=f"{kind} is given exactly where {flag} is 1",
        zh=f"{flag} 为 1 时且仅在此时载明 {kind}",
    )(fault)


outside_remit = _kind_of("outside_remit", "outside_remit_kind")
hazard = _kind_of("risk", "hazard")


@row_rule(
    *("message-answer", "messages", "answer_length"),
    en="a message has codes of an answer exactly where it has an answer",
    zh="有答复时且仅在此时有答复的各项编码",
)
def answer_codes(record: Record) -> str | None:
    """Compare the codes with the length and the state."""
    names = ("answering_unit_kind", "acting_township", "outside_remit", "forwarded")
    answered = record["answer_length"] is not None
    agrees = all((record[name] is not None) == answered for name in names)
    waiting = record["status"] == "pending" and answered
    return None if agrees and not waiting else shown(record, "status", "answer_length", *names)


hand_joins = joins(
    *("hand-coding-joins-messages", "messages_hand_coding", "messages", "message_id"),
    en="every message read by hand is one of the messages",
    zh="每条人工阅读的留言都在留言表中",
)


@table_rule(
    *("hand-coding-has-the-shipped-codes", "messages_hand_coding", "messages"),
    en="codes of the last draw are those of the messages, for its rules are the shipped ones",
    zh="最后一批的规则编码与留言表一致，因其规则即所发布者",
)
def shipped_codes(sheets: Sheets) -> Iterator[Breach]:
    """Compare the codes of draw 4."""
    messages = {record["message_id"]: record for record in sheets["messages"].records}
    for position, read in enumerate(sheets["messages_hand_coding"].records):
        message = messages.get(read["message_id"])
        if message is None or read["draw"] != "4":
            continue
        for code in CODES:
            if read[f"rule_{code}"] != message[code]:
                found = f"messages.{code} {message[code]}"
                yield Breach("messages_hand_coding", position, f"rule_{code}", found)


@table_rule(
    *("second-reading-joins-the-first-draw", "messages_second_coding", "messages_hand_coding"),
    en="every message coded a second time is of draw 1",
    zh="每条二次编码的留言都属第 1 批",
)
def second_joins(sheets: Sheets) -> Iterator[Breach]:
    """Look each up among the messages of draw 1."""
    read = sheets["messages_hand_coding"].records
    first = {record["message_id"] for record in read if record["draw"] == "1"}
    for position, record in enumerate(sheets["messages_second_coding"].records):
        if record["message_id"] not in first:
            yield Breach("messages_second_coding", position, "message_id", record["message_id"])


def _events(name: str) -> CrossRule:
    """Rule that the counts of a table add up to the published number."""

    def find(sheets: Sheets) -> Iterator[Breach]:
        found = sum(record["events"] for record in sheets[name].records)
        if found != PUBLISHED_EVENTS:
            yield Breach(name, None, "events", f"Σ {found} ≠ {PUBLISHED_EVENTS}")

    return table_rule(
        *(f"{name.replace('_', '-')}-add-up", name),
        en="events add up to the published total",
        zh="件数之和等于公布的总数",
    )(find)


communities = _events("pingshan_community_events")
subdistricts = _events("pingshan_subdistrict_months")
RULES = rules_of(globals())
