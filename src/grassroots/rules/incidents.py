"""Rules of the folder `incidents`: incidents, their evidence, inspections, discipline."""

from __future__ import annotations

from collections.abc import Iterator

from compendium.data.cells import PRECISION_OF_LENGTH
from compendium.data.rules import (
    Breach,
    Record,
    Sheets,
    above,
    joins,
    orphans,
    parts_above,
    row_rule,
    rules_of,
    shown,
    table_rule,
    total,
)

TIERS = ("tier_province", "tier_prefecture", "tier_county", "tier_township", "tier_community")
RANKS = ("rank_ministerial", "rank_bureau", "rank_county", "rank_section_and_below")
FAILURES = (
    *("duty_unclear", "coordination_failure", "weak_township_capacity"),
    *("phase_assessment", "phase_warning", "phase_response", "phase_aftermath"),
)
ACCOUNTABILITY = (
    *("accountable_total", "criminal_measures", "officials_sanctioned"),
    *(*RANKS, *TIERS, "organisations_sanctioned"),
)
# Coded from a page, so each value has its page; the other columns rest on the row as a whole.
BACKED = (
    *("severity_class", "deaths", "missing", "injured", "direct_loss_10k_cny"),
    *("investigation_level", "deciding_level", "service_staff", *ACCOUNTABILITY, *FAILURES),
)
ROW_SOURCE = "row_source"

DISCIPLINE_PARTS = (
    *("rank_ministerial", "rank_bureau", "rank_county"),
    *("rank_section", "ordinary_cadre", "rural_enterprise_other"),
)
EIGHT_POINT_PARTS = ("cases_bureau", "cases_county", "cases_section_and_below")


@row_rule(
    *("date-precision-agrees", "incidents", "date"),
    en="date_precision says how much of the date is given",
    zh="date_precision 与日期的长度一致",
)
def date_precision(record: Record) -> str | None:
    """Compare the length of the date with its stated precision."""
    agrees = PRECISION_OF_LENGTH[len(record["date"])] == record["date_precision"]
    return None if agrees else shown(record, "date", "date_precision")


def sanctioned_whole(record: Record) -> str:
    """Column that tiers and ranks add up to."""
    empty = record["officials_sanctioned"] is None
    return "accountable_total" if empty else "officials_sanctioned"


@row_rule(
    *("parts-within-accountable-total", "incidents", "accountable_total"),
    en="neither criminal measures nor officials alone exceed all persons held accountable",
    zh="刑事措施人数与公职人员人数各自不超过被追责总人数",
)
def parts_within_total(record: Record) -> str | None:
    """Compare each part with the total."""
    for part in ("criminal_measures", "officials_sanctioned"):
        if above(record[part], record["accountable_total"]):
            return shown(record, part, "accountable_total")
    return None


@row_rule(
    *("criminal-and-officials-within-total", "incidents", "accountable_total"),
    en="criminal measures and officials together do not exceed all persons held accountable",
    zh="刑事措施人数与公职人员人数之和不超过被追责总人数",
)
def criminal_and_officials(record: Record) -> str | None:
    """Compare the sum with the total; persons in both groups are documented exceptions."""
    parts = ("criminal_measures", "officials_sanctioned")
    return parts_above(record, parts, "accountable_total")


@row_rule(
    *("complete-tier-list-adds-up", "incidents", "tier_list_complete"),
    en="the tiers of a complete list add up to officials_sanctioned, or accountable_total if empty",
    zh="完整名单的各层级人数之和等于 officials_sanctioned，该列为空时等于 accountable_total",
)
def complete_list(record: Record) -> str | None:
    """Compare the sum of a complete list with its whole."""
    whole = sanctioned_whole(record)
    if record["tier_list_complete"] != 1 or total(record, TIERS) == record[whole]:
        return None
    return f"{shown(record, *TIERS)}: {total(record, TIERS)} ≠ {whole} {record[whole]}"


@row_rule(
    *("complete-list-fills-every-tier", "incidents", "tier_list_complete"),
    en="a complete list states every tier, with 0 where nobody was sanctioned",
    zh="完整名单载明每一层级，无人时为 0",
)
def every_tier(record: Record) -> str | None:
    """Name the empty tiers of a complete list."""
    empty = [name for name in TIERS if record[name] is None]
    return ", ".join(empty) if record["tier_list_complete"] == 1 and empty else None


@row_rule(
    *("partial-tier-list-within-total", "incidents", "tier_list_complete"),
    en="the tiers of a partial list do not exceed the total",
    zh="不完整名单的各层级人数之和不超过总数",
)
def partial_list(record: Record) -> str | None:
    """Compare the sum of a partial list with its whole."""
    if record["tier_list_complete"] != 0:
        return None
    return parts_above(record, TIERS, sanctioned_whole(record))


@row_rule(
    *("tier-counts-are-marked", "incidents", "tier_list_complete"),
    en="tier_list_complete is filled exactly where there are tier counts",
    zh="有层级人数时且仅在此时填写 tier_list_complete",
)
def tier_mark(record: Record) -> str | None:
    """Compare the mark with the counts."""
    marked = record["tier_list_complete"] is not None
    if marked == (total(record, TIERS) is not None):
        return None
    return shown(record, "tier_list_complete", *TIERS)


@row_rule(
    *("tier-counts-have-a-deciding-level", "incidents", "deciding_level"),
    en="the level of the deciding body is given exactly where there are tier counts",
    zh="有层级人数时且仅在此时载明作出决定的机关的层级",
)
def deciding_level(record: Record) -> str | None:
    """Compare the level with the counts."""
    agrees = (record["deciding_level"] is None) == (total(record, TIERS) is None)
    return None if agrees else shown(record, "deciding_level", *TIERS) or "tiers = ''"


@row_rule(
    *("complete-list-has-a-scope", "incidents", "list_scope"),
    en="what a list covers is said exactly of complete lists",
    zh="仅对完整名单说明其范围，且必须说明",
)
def list_scope(record: Record) -> str | None:
    """Compare the scope with the mark of a complete list."""
    agrees = (record["list_scope"] is not None) == (record["tier_list_complete"] == 1)
    return (
        None if agrees else shown(record, "tier_list_complete", "list_scope") or "list_scope = ''"
    )


@row_rule(
    *("service-staff-within-tiers", "incidents", "service_staff"),
    en="staff of service units are among the persons of the tiers",
    zh="服务单位人员计入各层级人数之中",
)
def service_staff(record: Record) -> str | None:
    """Compare their number with the sum of the tiers; it stands where there are tiers only."""
    whole = total(record, TIERS)
    within = record["service_staff"] is None or (whole or 0) >= record["service_staff"]
    return None if within else shown(record, "service_staff", *TIERS)


@table_rule(
    *("version-1-list-is-unchanged", "incidents_v1", "incidents"),
    en="an incident of version 1 is still there, with its complete tier list as it was",
    zh="第 1 版的事件仍在，其完整的层级名单未变",
)
def version_1_unchanged(sheets: Sheets) -> Iterator[Breach]:
    """Compare the tiers of complete lists; an empty tier of a complete list is 0."""
    now = {record["incident_id"]: record for record in sheets["incidents"].records}
    yield from orphans(sheets, "incidents_v1", "incidents", "incident_id")
    for position, then in enumerate(sheets["incidents_v1"].records):
        record = now.get(then["incident_id"])
        if record is None or then["tier_list_complete"] != 1:
            continue
        for name in (*TIERS, "tier_list_complete"):
            if (record[name] or 0) != (then[name] or 0):
                yield Breach("incidents_v1", position, name, f"incidents.{name} {record[name]}")


@row_rule(
    *("ranks-within-total", "incidents", "officials_sanctioned"),
    en="the ranks do not exceed officials_sanctioned, or accountable_total if empty",
    zh="各职级人数之和不超过 officials_sanctioned，该列为空时不超过 accountable_total",
)
def ranks_within_total(record: Record) -> str | None:
    """Compare the sum of the ranks with their whole."""
    return parts_above(record, RANKS, sanctioned_whole(record))


@row_rule(
    *("sanction-kind-with-numbers", "incidents", "sanction_kind"),
    en="the kind of decision is stated exactly where there is an accountability number",
    zh="有追责数字时且仅在此时载明决定类型",
)
def sanction_kind(record: Record) -> str | None:
    """Compare the kind of decision with the numbers."""
    numbered = total(record, ACCOUNTABILITY) is not None
    if numbered == (record["sanction_kind"] is not None):
        return None
    return shown(record, "sanction_kind", *ACCOUNTABILITY) or "sanction_kind = ''"


@row_rule(
    *("enterprise-mark-needs-officials", "incidents", "sanctioned_includes_enterprise"),
    en="enterprise staff can be mixed in only where officials were counted",
    zh="仅在统计了公职人员时才可能混有企业人员",
)
def enterprise_mark(record: Record) -> str | None:
    """Look for a mark without a count."""
    marked = record["sanctioned_includes_enterprise"] == 1
    return (
        "officials_sanctioned = ''" if marked and record["officials_sanctioned"] is None else None
    )


evidence_joins = joins(
    *("evidence-joins-incidents", "incident_evidence", "incidents", "incident_id"),
    en="every evidence row belongs to an incident",
    zh="每一来源行都属于一起事件",
)


@table_rule(
    *("evidence-equals-incident", "incident_evidence", "incidents"),
    en="an evidence row names a column of incidents and equals its value, or is a row_source",
    zh="来源行指明 incidents 的一列并与其取值相等，或为 row_source",
)
def evidence_equals(sheets: Sheets) -> Iterator[Breach]:
    """Compare each backed value with the value in incidents, as written."""
    incidents = sheets["incidents"]
    cells = {row["incident_id"]: row for row in incidents.raw}
    for position, row in enumerate(sheets["incident_evidence"].raw):
        name = row["field"]
        incident = cells.get(row["incident_id"])
        if name == ROW_SOURCE or incident is None:
            continue
        if name not in incidents.table.columns:
            yield Breach("incident_evidence", position, "field", f"{name} ∉ incidents")
        elif row["value"] != incident[name]:
            found = f"incidents.{name} = {incident[name]!r}"
            yield Breach("incident_evidence", position, "value", found)


@row_rule(
    *("evidence-value-or-row-source", "incident_evidence", "value"),
    en="value is empty exactly for row_source",
    zh="value 仅在 row_source 行为空",
)
def evidence_value(record: Record) -> str | None:
    """Compare the emptiness of the value with the kind of the row."""
    agrees = (record["value"] is None) == (record["field"] == ROW_SOURCE)
    return None if agrees else shown(record, "field", "value")


@table_rule(
    *("incident-values-are-backed", "incidents", "incident_evidence"),
    en="every coded value of an incident is backed by a page, and the incident by a row_source",
    zh="事件的每个编码取值都有页面支持，事件本身有 row_source",
)
def values_backed(sheets: Sheets) -> Iterator[Breach]:
    """Look up every coded value, as written, in the evidence."""
    backed = {
        (row["incident_id"], row["field"], row["value"]) for row in sheets["incident_evidence"].raw
    }
    for position, row in enumerate(sheets["incidents"].raw):
        name = row["incident_id"]
        if (name, ROW_SOURCE, "") not in backed:
            yield Breach("incidents", position, "incident_id", f"{name}: {ROW_SOURCE}")
        for column in BACKED:
            if row[column] and (name, column, row[column]) not in backed:
                yield Breach("incidents", position, column, f"{name}: {column} {row[column]}")


@table_rule(
    *("incident-grade-is-the-best", "incidents", "incident_evidence"),
    en="the source grade of an incident is the best among its pages",
    zh="事件的来源等级为其页面中的最高等级",
)
def best_grade(sheets: Sheets) -> Iterator[Breach]:
    """Compare with the best grade in the evidence; the codebook lists grades from the best."""
    order = sheets["incidents"].table.columns["source_grade"].codes
    best: dict[str, int] = {}
    for record in sheets["incident_evidence"].records:
        grade = order.index(record["source_grade"])
        name = record["incident_id"]
        best[name] = min(grade, best.get(name, grade))
    for position, record in enumerate(sheets["incidents"].records):
        found = best.get(record["incident_id"])
        if found is not None and order[found] != record["source_grade"]:
            yield Breach("incidents", position, "source_grade", f"≠ {order[found]}")


second_coding_joins = joins(
    *("second-coding-joins-incidents", "second_coding", "incidents", "incident_id"),
    en="every second coding belongs to an incident",
    zh="每一二次编码都属于一起事件",
)


@table_rule(
    *("second-coding-agrees", "second_coding", "incidents"),
    en="coder_1 is 1 exactly where incidents has a 1",
    zh="incidents 为 1 时且仅在此时 coder_1 为 1",
)
def second_coding_agrees(sheets: Sheets) -> Iterator[Breach]:
    """Compare the first coding in both files."""
    incidents = {record["incident_id"]: record for record in sheets["incidents"].records}
    for position, record in enumerate(sheets["second_coding"].records):
        incident = incidents.get(record["incident_id"])
        if incident is None:
            continue
        code = incident[record["field"]]
        if (code == 1) != (record["coder_1"] == 1):
            yield Breach(
                "second_coding", position, "coder_1", f"incidents.{record['field']} {code}"
            )


@table_rule(
    *("second-coding-has-every-code", "second_coding"),
    en="an incident coded twice has all seven failure codes",
    zh="二次编码的事件具备全部七项失责编码",
)
def second_coding_complete(sheets: Sheets) -> Iterator[Breach]:
    """Count the codes of each incident."""
    first: dict[object, int] = {}
    fields: dict[object, set[object]] = {}
    for position, record in enumerate(sheets["second_coding"].records):
        first.setdefault(record["incident_id"], position)
        fields.setdefault(record["incident_id"], set()).add(record["field"])
    for name, seen in fields.items():
        missing = [code for code in FAILURES if code not in seen]
        if missing:
            yield Breach("second_coding", first[name], "field", f"{name}: - {', '.join(missing)}")


@row_rule(
    *("inspection-remainder", "inspection_accountability", "remainder_below_county"),
    en="the remainder is persons_total less ministerial (0 if empty), bureau and county rank",
    zh="差额为 persons_total 减去省部级（空为 0）、厅局级与县处级",
)
def inspection_remainder(record: Record) -> str | None:
    """Compute the remainder where its parts are known; it is empty otherwise."""
    parts = (record["persons_total"], record["rank_bureau"], record["rank_county"])
    expected = None
    if None not in parts:
        expected = parts[0] - (record["rank_ministerial"] or 0) - parts[1] - parts[2]
    if expected == record["remainder_below_county"]:
        return None
    return f"{shown(record, 'persons_total', *RANKS)} → {expected}"


@row_rule(
    *("inspection-remainder-is-marked", "inspection_accountability", "remainder_is_computed"),
    en="remainder_is_computed is 1 exactly where there is a remainder",
    zh="有差额时且仅在此时 remainder_is_computed 为 1",
)
def remainder_mark(record: Record) -> str | None:
    """Compare the mark with the remainder."""
    names = ("remainder_below_county", "remainder_is_computed")
    return shown(record, *names) if len({record[name] is None for name in names}) > 1 else None


@row_rule(
    *("inspection-ranks-within-total", "inspection_accountability", "persons_total"),
    en="the ranks do not exceed the persons held accountable",
    zh="各职级人数之和不超过追责人数",
)
def inspection_ranks(record: Record) -> str | None:
    """Compare the sum of the ranks with the total."""
    return parts_above(record, RANKS, "persons_total")


@row_rule(
    *("inspection-province-by-scope", "inspection_accountability", "province"),
    en="a province is named exactly where the scope is province",
    zh="范围为 province 时且仅在此时写明省份",
)
def inspection_scope(record: Record) -> str | None:
    """Compare the province with the scope."""
    agrees = (record["province"] is not None) == (record["scope"] == "province")
    return None if agrees else shown(record, "scope", "province")


@table_rule(
    *("inspection-batch-total-adds-up", "inspection_accountability"),
    en="a batch total is the sum of its provinces, wherever all of them are known",
    zh="批次汇总等于其各省之和（各省均已知时）",
)
def batch_totals(sheets: Sheets) -> Iterator[Breach]:
    """Compare persons, bureau and county rank of each batch with its provinces."""
    name = "inspection_accountability"
    records = sheets[name].records
    for position, batch in enumerate(records):
        if batch["scope"] != "batch_total":
            continue
        members = [
            record
            for record in records
            if record["scope"] == "province" and record["round_batch"] == batch["round_batch"]
        ]
        for column in ("persons_total", "rank_bureau", "rank_county"):
            parts = [record[column] for record in members]
            if parts and None not in parts and sum(parts) != batch[column]:
                found = f"{' + '.join(map(str, parts))} ≠ {batch[column]}"
                yield Breach(name, position, column, found)


@row_rule(
    *("discipline-year-of-period-end", "discipline_by_rank", "year"),
    en="year is the year of period_end",
    zh="year 为 period_end 所在年份",
)
def discipline_year(record: Record) -> str | None:
    """Compare the year with the end of the period."""
    agrees = record["period_end"][:4] == str(record["year"])
    return None if agrees else shown(record, "year", "period_end")


def period_order(record: Record) -> str | None:
    """Say so where a period starts after its end; shorter dates compare by their common part."""
    start, end = record["period_start"], record["period_end"]
    common = min(len(start), len(end))
    late = start[:common] > end[:common]
    return shown(record, "period_start", "period_end") if late else None


discipline_period = row_rule(
    *("discipline-period-order", "discipline_by_rank", "period_start"),
    en="a period starts before it ends",
    zh="时段的起始不晚于截止",
)(period_order)


def rounding_slack(number: int) -> float:
    """Half the unit that a published number is rounded to, read off its trailing zeros."""
    digits = str(number)
    zeros = len(digits) - len(digits.rstrip("0"))
    return 0.5 * 10**zeros if number and zeros else 0.0


def discipline_sums(record: Record) -> tuple[int, int, float] | None:
    """Sum of the known ranks, total, and what rounding allows between them; None if unknown."""
    parts = [record[name] for name in DISCIPLINE_PARTS if record[name] is not None]
    if not parts or record["total"] is None:
        return None
    slack = 0.0
    if record["rounded"] == 1:
        slack = sum(rounding_slack(number) for number in (*parts, record["total"]))
    return sum(parts), record["total"], slack


@row_rule(
    *("discipline-ranks-within-total", "discipline_by_rank", "total"),
    en="the ranks do not exceed the total by more than their rounding allows",
    zh="各职级之和超出总数的部分不大于取整误差",
)
def discipline_ranks(record: Record) -> str | None:
    """Compare the sum with the total, exactly where no figure is rounded."""
    sums = discipline_sums(record)
    if sums is None or sums[0] <= sums[1] + sums[2]:
        return None
    return f"{shown(record, *DISCIPLINE_PARTS)}: {sums[0]} > {sums[1]} + {sums[2]:g}"


@row_rule(
    *("discipline-ranks-add-up", "discipline_by_rank", "total"),
    en="where all six ranks are known they add up to the total, as far as rounding allows",
    zh="六个职级均已知时，其和在取整误差内等于总数",
)
def discipline_complete(record: Record) -> str | None:
    """Compare the sum of a complete set with the total from below."""
    sums = discipline_sums(record)
    complete = all(record[name] is not None for name in DISCIPLINE_PARTS)
    if sums is None or not complete or sums[0] >= sums[1] - sums[2]:
        return None
    return f"{shown(record, *DISCIPLINE_PARTS)}: {sums[0]} < {sums[1]} - {sums[2]:g}"


eight_point_period = row_rule(
    *("eight-point-period-order", "eight_point_rules", "period_start"),
    en="a period starts before it ends",
    zh="时段的起始不晚于截止",
)(period_order)


@row_rule(
    *("eight-point-ranks-add-up", "eight_point_rules", "cases_total"),
    en="the ranks add up to the cases where bureau, county and section rank are known",
    zh="地厅级、县处级与乡科级均已知时，各职级之和等于查处问题数",
)
def eight_point_ranks(record: Record) -> str | None:
    """Compare the sum with the cases; no provincial figure means that no such case was reported."""
    parts = ("cases_provincial", *EIGHT_POINT_PARTS)
    whole = record["cases_total"]
    complete = all(record[name] is not None for name in EIGHT_POINT_PARTS)
    if not complete or whole is None or total(record, parts) == whole:
        return None
    return f"{shown(record, *parts)}: {total(record, parts)} ≠ {whole}"


@row_rule(
    *("eight-point-ranks-within-total", "eight_point_rules", "cases_total"),
    en="the known ranks do not exceed the cases",
    zh="已知职级之和不超过查处问题数",
)
def eight_point_partial(record: Record) -> str | None:
    """Compare the sum of what is known with the cases."""
    return parts_above(record, ("cases_provincial", *EIGHT_POINT_PARTS), "cases_total")


@row_rule(
    *("eight-point-disciplined-within-dealt-with", "eight_point_rules", "persons_disciplined"),
    en="the persons disciplined are among the persons dealt with",
    zh="处分人数不超过处理人数",
)
def eight_point_persons(record: Record) -> str | None:
    """Compare both numbers of persons."""
    return parts_above(record, ("persons_disciplined",), "persons_dealt_with")


@table_rule(
    *("eight-point-kind-within-all", "eight_point_rules"),
    en="a kind of violation has no more cases than all kinds in the same period",
    zh="同一时段内，任一类型的问题数不超过全部类型",
)
def eight_point_kinds(sheets: Sheets) -> Iterator[Breach]:
    """Compare each kind with the figure set 'all' of the same period."""
    records = sheets["eight_point_rules"].records
    period = ("period_start", "period_end", "cumulative")
    every = {tuple(r[p] for p in period): r["cases_total"] for r in records if r["kind"] == "all"}
    for position, record in enumerate(records):
        whole = every.get(tuple(record[name] for name in period))
        if above(record["cases_total"], whole):
            found = f"{record['kind']} {record['cases_total']} > all {whole}"
            yield Breach("eight_point_rules", position, "cases_total", found)


RULES = rules_of(globals())
