"""Every rule across tables finds the fault it is there for, and the shipped data break none."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from data.samples import ROOT, edit

from compendium.data import check
from compendium.text import LANGS
from grassroots.rules import RULES
from grassroots.rules.official import span_as_described


def violations(root):
    return [found for report in check(root) for found in report.violations]


def test_the_shipped_data_are_clean():
    reports = check(ROOT)
    assert [found.error() for report in reports for found in report.violations] == []
    assert [report.unchecked for report in reports if report.unchecked] == []
    assert sum(report.rows for report in reports) == 11866


@dataclass(frozen=True)
class Damage:
    """Change one cell of (or with no changes delete) the first row that `where` holds for."""

    rule: str
    table: str
    where: dict
    changes: dict | None = None

    def apply(self, rows):
        row = next(r for r in rows if all(r[name] == value for name, value in self.where.items()))
        if self.changes is None:
            rows.remove(row)
        else:
            row.update(self.changes)


FIRE = {"incident_id": "2009-beijing-cctv-tvcc-fire"}
YICHUN = {"incident_id": "2010-yichun-fireworks"}
PARTIAL = {"tier_list_complete": "0"}
COMPLETE = {"tier_list_complete": "1"}
PUNISHED_2016 = {"category": "punished", "year": "2016"}
EIGHT_2022 = {"period": "2022", "kind": "all"}
DAMAGE = [
    Damage("date-precision-agrees", "incidents", FIRE, {"date_precision": "month"}),
    Damage("parts-within-accountable-total", "incidents", FIRE, {"accountable_total": "1"}),
    Damage("criminal-and-officials-within-total", "incidents", YICHUN, {"accountable_total": "27"}),
    Damage("complete-tier-list-adds-up", "incidents", COMPLETE, {"tier_county": "99"}),
    Damage("complete-list-fills-every-tier", "incidents", COMPLETE, {"tier_province": ""}),
    Damage("partial-tier-list-within-total", "incidents", PARTIAL, {"tier_county": "999"}),
    Damage("tier-counts-are-marked", "incidents", COMPLETE, {"tier_list_complete": ""}),
    Damage("tier-counts-have-a-deciding-level", "incidents", COMPLETE, {"deciding_level": ""}),
    Damage("tier-counts-have-a-deciding-level", "incidents", FIRE, {"deciding_level": "county"}),
    Damage("complete-list-has-a-scope", "incidents", COMPLETE, {"list_scope": ""}),
    Damage("complete-list-has-a-scope", "incidents", PARTIAL, {"list_scope": "event"}),
    Damage("service-staff-within-tiers", "incidents", COMPLETE, {"service_staff": "99"}),
    Damage("service-staff-within-tiers", "incidents", FIRE, {"service_staff": "1"}),
    Damage("incident-values-are-backed", "incidents", COMPLETE, {"deciding_level": "not_stated"}),
    Damage(
        "incident-values-are-backed", "incidents", {"service_staff": "0"}, {"service_staff": "1"}
    ),
    Damage("version-1-list-is-unchanged", "incidents_v1", COMPLETE, {"tier_county": "99"}),
    Damage("version-1-list-is-unchanged", "incidents", FIRE),
    Damage("ranks-within-total", "incidents", FIRE, {"rank_bureau": "999"}),
    Damage("sanction-kind-with-numbers", "incidents", FIRE, {"sanction_kind": ""}),
    Damage(
        "enterprise-mark-needs-officials",
        "incidents",
        {"officials_sanctioned": ""},
        {"sanctioned_includes_enterprise": "1"},
    ),
    Damage("evidence-joins-incidents", "incidents", FIRE),
    Damage("evidence-equals-incident", "incident_evidence", {"field": "deaths"}, {"value": "9999"}),
    Damage("evidence-equals-incident", "incident_evidence", {"field": "deaths"}, {"field": "dead"}),
    Damage(
        "evidence-value-or-row-source", "incident_evidence", {"field": "row_source"}, {"value": "1"}
    ),
    Damage("incident-values-are-backed", "incidents", FIRE, {"duty_unclear": "1"}),
    Damage("incident-grade-is-the-best", "incidents", FIRE, {"source_grade": "other"}),
    Damage("second-coding-joins-incidents", "second_coding", {}, {"incident_id": "2000-x"}),
    Damage("second-coding-agrees", "second_coding", {"coder_1": "1"}, {"coder_1": "0"}),
    Damage("second-coding-has-every-code", "second_coding", {}),
    Damage(
        "inspection-remainder",
        "inspection_accountability",
        {"remainder_is_computed": "1"},
        {"remainder_below_county": "1"},
    ),
    Damage(
        "inspection-remainder-is-marked",
        "inspection_accountability",
        {"remainder_is_computed": "1"},
        {"remainder_is_computed": ""},
    ),
    Damage(
        "inspection-ranks-within-total",
        "inspection_accountability",
        {"remainder_is_computed": "1"},
        {"rank_bureau": "99999"},
    ),
    Damage(
        "inspection-province-by-scope",
        "inspection_accountability",
        {"scope": "province"},
        {"province": ""},
    ),
    Damage(
        "inspection-batch-total-adds-up",
        "inspection_accountability",
        {"id": "2017-ceei-r1b1-total"},
        {"rank_bureau": "131"},
    ),
    Damage("discipline-year-of-period-end", "discipline_by_rank", PUNISHED_2016, {"year": "2015"}),
    Damage(
        "discipline-period-order",
        "discipline_by_rank",
        PUNISHED_2016,
        {"period_start": "2017-01-01"},
    ),
    Damage(
        "discipline-ranks-within-total", "discipline_by_rank", PUNISHED_2016, {"total": "411000"}
    ),
    Damage("discipline-ranks-add-up", "discipline_by_rank", PUNISHED_2016, {"total": "425000"}),
    Damage(
        "eight-point-period-order", "eight_point_rules", EIGHT_2022, {"period_start": "2023-01-01"}
    ),
    Damage("eight-point-ranks-add-up", "eight_point_rules", EIGHT_2022, {"cases_bureau": "504.0"}),
    Damage(
        "eight-point-ranks-within-total",
        "eight_point_rules",
        {"period": "2023", "kind": "all"},
        {"cases_total": "600.0"},
    ),
    Damage(
        "eight-point-disciplined-within-dealt-with",
        "eight_point_rules",
        {"period": "2012-12..2013-09"},
        {"persons_disciplined": "16700.0"},
    ),
    Damage(
        "eight-point-kind-within-all",
        "eight_point_rules",
        {"kind": "formalism", "period": "2020-03"},
        {"cases_total": "9999999.0"},
    ),
    Damage("message-days", "messages", {"days": "3"}, {"days": "4"}),
    Damage("message-days", "messages", {"date_order_wrong": "1"}, {"date_order_wrong": "0"}),
    Damage("message-days-to-signed", "messages", {"days_to_signed": "3"}, {"signed": ""}),
    Damage("message-acting-units", "messages", {"acting_units": "2"}, {"acting_units": "3"}),
    Damage(
        "message-acting-units",
        "messages",
        {"several_departments": "1"},
        {"acting_departments": "1"},
    ),
    Damage(
        "message-outside-remit-kind", "messages", {"outside_remit": "1"}, {"outside_remit": "0"}
    ),
    Damage("message-hazard", "messages", {"risk": "1"}, {"hazard": ""}),
    Damage("message-answer", "messages", {"status": "in_progress"}, {"answer_length": ""}),
    Damage("message-answer", "messages", {"status": "answered"}, {"status": "pending"}),
    Damage("hand-coding-joins-messages", "messages_hand_coding", {}, {"message_id": "sl-0"}),
    Damage(
        "hand-coding-has-the-shipped-codes",
        "messages_hand_coding",
        {"draw": "4", "rule_risk": "1"},
        {"rule_risk": "0"},
    ),
    Damage(
        "second-reading-joins-the-first-draw", "messages_second_coding", {}, {"message_id": "sl-0"}
    ),
    Damage("pingshan-community-events-add-up", "pingshan_community_events", {}),
    Damage("pingshan-subdistrict-months-add-up", "pingshan_subdistrict_months", {}),
    Damage("statistics-join-studies", "studies", {"study_id": "SCSR2025_inventory"}),
    Damage("statistic-in-range", "statistics", {"statistic": "proportion"}, {"value": "65.6"}),
    Damage("value-within-scale", "statistics", {"scale_max": "6"}, {"value": "6.5"}),
    Damage("value-within-scale", "statistics", {"scale_max": "6"}, {"scale_min": ""}),
    Damage("poolable-figures-qualify", "statistics", {"poolable": "1"}, {"n": ""}),
    Damage("poolable-standard-error", "statistics", {"poolable": "1"}, {"se": "0.0521"}),
    Damage("poolable-standard-error", "statistics", {"poolable": "1"}, {"se": ""}),
    Damage("derived-figure-has-formula", "statistics", {"derived": "1"}, {"notes": ""}),
    Damage(
        "duty-parts-close-on-total",
        "duty_inventories",
        {"inventory_id": "DI01"},
        {"total_items": "341"},
    ),
    Damage("series-as-described", "series", {"unit": "%"}, {"unit": "count"}),
    Damage("series-as-described", "series", {"region": "Beijing"}, {"label_zh": "热线"}),
    Damage("series-span-as-described", "series", {"series_id": "towns_zhen"}),
    Damage(
        "derived-share-follows-formula",
        "series",
        {"series_id": "local_share_revenue", "year": "1994"},
        {"value": "0.5"},
    ),
    Damage(
        "derived-share-follows-formula",
        "series",
        {"series_id": "budget_revenue_local", "year": "1994"},
    ),
    Damage("figure-within-its-study", "statistics", {"n": "38000"}, {"n": "380000"}),
    Damage("series-value-in-range", "series", {"unit": "%"}, {"value": "100.5"}),
    Damage("series-without-address", "series", {"source_url": ""}, {"source_grade": "official"}),
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.rule)
def test_each_rule_finds_its_fault(project, damage):
    edit(project, damage.table, damage.apply)
    found = [v for v in violations(project) if v.rule == damage.rule]
    assert found
    assert all(v.file.startswith("data/") and v.row != 0 for v in found)
    assert all(v.problem[lang] and v.mend[lang] for v in found for lang in LANGS)


def test_every_rule_is_tried_and_has_words():
    assert {rule.id for rule in RULES} == {damage.rule for damage in DAMAGE}
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_a_deleted_incident_is_missed_by_its_evidence_and_the_row_count(project):
    edit(project, "incidents", Damage("", "incidents", FIRE).apply)
    found = {v.rule: v for v in violations(project)}
    assert set(found) == {
        "row-count",
        "evidence-joins-incidents",
        "second-coding-joins-incidents",
        "version-1-list-is-unchanged",
    }
    assert "237 rows, the codebook says 238" in found["row-count"].problem.en
    orphan = found["evidence-joins-incidents"]
    assert (orphan.file, orphan.column) == ("data/incidents/incident_evidence.csv", "incident_id")
    assert orphan.value == FIRE["incident_id"]
    assert "incident_evidence, line 62, 63" in orphan.problem.en


@pytest.mark.parametrize("lang", LANGS)
def test_the_report_names_every_violation(project, lang):
    edit(project, "incidents", lambda rows: rows[0].update(deaths="many"))
    reports = check(project)
    lines = [f"[{v.rule}] {v.error(lang)}" for report in reports for v in report.violations]
    assert "[integer] data/incidents/incidents.csv:2, column deaths, value 'many'" in "\n".join(
        lines
    )
    unchecked = {rule for report in reports for rule in report.unchecked}
    assert {"evidence-joins-incidents", "incident-values-are-backed"} <= unchecked


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (("budget_revenue_local", "budget_revenue_central"), "budget_revenue_central = ''"),
        (("local_share_revenue",), "None ≠ 0.4430"),
    ],
)
def test_a_share_without_its_parts_and_parts_without_their_share_are_found(project, gone, said):
    for series in gone:
        where = {"series_id": series, "year": "1994"}
        edit(project, "series", Damage("", "series", where).apply)
    rule = "derived-share-follows-formula"
    found = [v for v in violations(project) if v.rule == rule]
    assert len(found) == 1
    assert said in found[0].problem.en


def test_the_regions_of_a_series_stand_in_any_order_and_none_is_missing():
    described = SimpleNamespace(name="s", first_year=2001, last_year=2001, n=8, regions="hcbgafed")
    rows = [{"series_id": "s", "region": region, "year": 2001} for region in "gfedcbah"]
    table = SimpleNamespace(series={"s": described})
    assert (
        list(span_as_described.find({"series": SimpleNamespace(records=rows, table=table)})) == []
    )
    rows[0]["region"] = "f"
    found = span_as_described.find({"series": SimpleNamespace(records=rows, table=table)})
    assert [breach.column for breach in found] == ["series_id"]


def test_an_exception_that_is_none_any_more_is_reported(project):
    change = Damage(
        "", "incidents", {"incident_id": "2024-shangluo-bridge"}, {"criminal_measures": "1"}
    )
    edit(project, "incidents", change.apply)
    found = [v for v in violations(project) if v.rule == "exception-unused"]
    assert "2024-shangluo-bridge" in found[0].problem.en


def test_an_exception_to_no_rule_is_reported(project):
    path = project / "data" / "incidents" / "codebook.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("rule: criminal-and-", "rule: criminal-or-"), encoding="utf-8")
    assert "exception-unknown" in {v.rule for v in violations(project)}
