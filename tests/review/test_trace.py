"""A number leads to its cell, data and sources in one command, and a data row to what rests on it."""

import csv
import json
from pathlib import Path

import pytest

from compendium import cli
from compendium.errors import UserError
from compendium.review.trace import Trail

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def trail(tmp_path_factory):
    """The project with its reference as its last run."""
    root = tmp_path_factory.mktemp("trail") / "项目"
    root.mkdir()
    for name in ("notebooks", "data", "src", "pyproject.toml"):
        (root / name).symlink_to(ROOT / name)
    (root / "reports").symlink_to(ROOT / "reports" / "reference")
    return Trail(root)


def test_a_test_leads_to_its_cell_and_the_pages_of_its_data(trail):
    (node,) = trail.follow("C3.tier_other")
    estimate = node["estimate"]
    assert estimate["id"] == "tiers.early_notice.other.township_or_below"
    assert (estimate["rows used"], estimate["clusters"]) == (15, 15)
    notebook, _, line = estimate["file"].rpartition(":")
    told = (trail.root / notebook).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert f'"id": "{estimate["cell"]}"' in told
    assert any("tiers" in line for line in estimate["code"])
    (data,) = estimate["data"]
    assert data["file"] == "data/incidents/incidents_v1.csv" or data["table"] == "incidents"
    assert len(data["sources"]) == data["source pages"] > 100
    assert all(page.startswith("http") for page in data["sources"])
    assert node["claims"] == ["C3"]


def test_a_row_leads_to_its_sources_and_to_all_that_rests_on_it(trail):
    with (ROOT / "data/incidents/incident_evidence.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["incident_id"] == "2018-anxiang-blast"]
    pages = {one for row in rows for one in row["source_url"].split(" ; ")}
    (node,) = trail.follow("incidents:2018-anxiang-blast")
    assert set(node["sources"]) == pages
    assert {"C3.tier_other", "C6.duty_unclear"} <= {*node["tests"]}
    assert "tab-officials" in node["exhibits"]
    line = node["file"].rpartition(":")[2]
    assert trail.follow(f"data/incidents/incidents.csv:{line}") == (node,)


def test_a_printed_number_leads_to_every_estimate_that_is_printed_so(trail):
    found = {node["id"] for node in trail.follow("37.7 %")}
    assert "tiers.early_notice.other.township_or_below" in found
    assert all(f"{trail.ledger[name].value * 100:.1f}" == "37.7" for name in found)
    assert trail.follow("−0.23")[0]["id"] == "messages.load_mailbox"


def test_data_of_others_lead_to_their_public_address(trail):
    (node,) = trail.follow("C4.pressure_passed_down")
    (data,) = node["estimate"]["data"]
    assert data["sources"] == [trail._registry[data["table"]].address]


def test_an_exhibit_and_a_claim_lead_on(trail):
    (exhibit,) = trail.follow("tab-officials")
    assert exhibit["notebook"] == "03_accountability"
    assert any("tab-officials" in line for line in exhibit["code"])
    assert [one["table"] for one in exhibit["data"]]
    (claim,) = trail.follow("C5")
    assert {"C5.load_mailbox", "C5.load_messages"} <= {test["id"] for test in claim["tests"]}


@pytest.mark.parametrize("what", ["no.such.id", "incidents:nobody", "123456.789"])
def test_what_is_nowhere_is_refused_in_a_line(trail, what):
    with pytest.raises(UserError, match=r"nothing is called|no row of"):
        trail.follow(what)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Test C3.tier_other", "evidence: observed\n", "interval: [0.2266")),
        (
            "zh",
            ("检验 C3.tier_other", "证据：观测\n", "区间：[0.2266", "incidents，data/", "，总行数"),
        ),
    ],
)
def test_the_command_prints_and_writes_json(trail, capsys, tmp_path, lang, words):
    out = tmp_path / "trail.json"
    told = ("--root", str(trail.root), "--lang", lang, "--json", str(out))
    assert cli.main(["trace", "C3.tier_other", *told]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in words)
    assert "clusters: 0" not in said
    assert "03_accountability" in said
    assert json.loads(out.read_text(encoding="utf-8"))[0]["claims"] == ["C3"]


def test_the_command_tells_the_evidence_of_an_exhibit(trail, capsys):
    assert cli.main(["trace", "fig-tiers", "--root", str(trail.root)]) == 0
    assert "evidence: observed\n" in capsys.readouterr().out
