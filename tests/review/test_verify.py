"""A run is compared with the reference exhibit by exhibit."""

import argparse
import codecs
import json

import pytest

from compendium.claims.ledger import Estimate, write_ledger
from compendium.commands.verify import main
from compendium.errors import UserError
from compendium.files import sha256_of
from compendium.review.verify import accept, report_json, verify


def estimate(name, value, notebook="03_accountability"):
    return Estimate(name, "share", "比例", "x", value, ci_low=0.1, n=5, notebook=notebook)


def write_exhibit(root, name, value, draws=1999, data="aa", title="Most sit low"):
    folder = root / "reports" / "exhibits"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text(f"category,value\n县,{value}\n", encoding="utf-8")
    colophon = {"parameters": {"draws": draws}, "data": {"incidents": data}}
    colophon["title"] = {"en": title, "zh": "多数在基层"}
    (folder / f"{name}.json").write_text(json.dumps(colophon), encoding="utf-8")


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "项目 one"
    write_ledger(
        root / "reports" / "estimates.csv",
        [estimate("a", 0.5), estimate("b", 0.25), estimate("c", 1.0, "02_context")],
    )
    write_exhibit(root, "fig-tiers", 0.5)
    write_exhibit(root, "tab-ranks", 7)
    accept(root)
    return root


def statuses(root):
    return {result.name: result.comparison.status for result in verify(root)}


def test_the_same_run_agrees(project):
    assert set(statuses(project).values()) == {"same"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (1e-8, "within tolerance"),
        (1e-7, "within tolerance"),
        (1e-5, "different"),
        (0.1, "different"),
    ],
)
def test_tolerance_has_two_sides(project, change, status):
    write_exhibit(project, "fig-tiers", 0.5 * (1 + change))
    assert statuses(project)["fig-tiers"] == status
    assert statuses(project)["tab-ranks"] == "same"


def test_a_difference_names_row_column_and_both_values(project):
    ledger = project / "reports" / "estimates.csv"
    write_ledger(
        ledger, [estimate("a", 0.6), estimate("b", 0.25), estimate("c", 1.0, "02_context")]
    )
    results = {result.name: result for result in verify(project)}
    (difference,) = results["estimates of 03_accountability"].comparison.differences
    assert (difference.row, difference.column) == ("a", "value")
    assert (difference.reference, difference.found) == ("0.5", "0.6")
    assert results["estimates of 02_context"].agrees
    entries = json.loads(report_json(results.values()))
    assert {entry["agrees"] for entry in entries} == {True, False}


def test_rows_in_another_order_are_said_to_be_that_alone(project):
    path = project / "reports" / "exhibits" / "fig-tiers.csv"
    rows = ["category,value", "县,0.5", "县,0.25", "乡,0.5"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    accept(project)
    moved = ["category,value", "乡,0.5", "县,0.2500000001", "县,0.5"]
    path.write_text("\n".join(moved) + "\n", encoding="utf-8")
    found = {result.name: result for result in verify(project)}["fig-tiers"]
    assert (found.comparison.status, found.comparison.differences) == ("different", ())
    assert found.reasons == ("same rows in another order",)
    moved[1] = "乡,0.51"
    path.write_text("\n".join(moved) + "\n", encoding="utf-8")
    found = {result.name: result for result in verify(project)}["fig-tiers"]
    assert found.reasons == ()
    assert found.comparison.differences


@pytest.mark.parametrize("content", ["{", "[]", '"x"', "", '{"data": 3}', '{"data": {"a": 1}}'])
@pytest.mark.parametrize("name", ["run.json", "exhibits/fig-tiers.json"])
def test_what_a_run_wrote_and_somebody_broke_is_said_in_one_line(project, name, content):
    (project / "reports" / name).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="not as a run writes it") as caught:
        verify(project)
    assert str(project / "reports" / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_ledger_that_was_edited_is_not_compared(project):
    reports = project / "reports"
    record = {"ledger": sha256_of(reports / "estimates.csv")}
    (reports / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert all(result.agrees for result in verify(project))
    ledger = reports / "estimates.csv"
    ledger.write_text(ledger.read_text(encoding="utf-8").replace("0.25", "0.75"), encoding="utf-8")
    with pytest.raises(UserError, match="the ledger is not as the last run wrote it"):
        verify(project)


def test_packages_that_were_not_the_locks_are_printed(project, capsys):
    entry = {"other_packages": {"scipy": "1.0", "numpy": "missing"}}
    record = {"notebooks": {"02_context": entry, "03_accountability": {"versions": {"a": "1"}}}}
    (project / "reports" / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert (
        main(
            argparse.Namespace(
                root=project,
                accept=False,
                json=None,
                lang="en",
                folder=None,
                against=None,
                numbers=True,
            )
        )
        == 0
    )
    said = " ".join(capsys.readouterr().out.split())
    told = "ran with other packages than requirements.lock: scipy 1.0, numpy missing"
    assert f"02_context {told}" in said
    assert said.count("packages") == 1


def test_the_mark_of_the_encoding_makes_no_difference(project):
    for folder in ("reports", "reports/reference"):
        path = project / folder / "exhibits" / "fig-tiers.csv"
        path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
        assert statuses(project)["fig-tiers"] == "same"


def test_a_text_is_never_within_tolerance(project):
    path = project / "reports" / "exhibits" / "fig-tiers.csv"
    path.write_text("category,value\n乡,0.5\n", encoding="utf-8")
    assert statuses(project)["fig-tiers"] == "different"


def test_a_changed_wording_is_reported_as_such(project):
    write_exhibit(project, "fig-tiers", 0.5, title="Fewer than half sit low")
    result = next(r for r in verify(project) if r.name == "fig-tiers")
    (difference,) = result.comparison.differences
    assert (difference.row, difference.column) == ("wording of title", "en")
    assert (difference.reference, difference.found) == ("Most sit low", "Fewer than half sit low")
    assert not result.agrees


def test_missing_and_new_exhibits_and_rows(project):
    (project / "reports" / "exhibits" / "tab-ranks.csv").unlink()
    write_exhibit(project, "fig-new", 1)
    found = statuses(project)
    assert found["tab-ranks"] == "missing"
    assert found["fig-new"] == "new"
    write_ledger(project / "reports" / "estimates.csv", [estimate("a", 0.5)])
    found = statuses(project)
    assert found["estimates of 02_context"] == "missing"
    assert found["estimates of 03_accountability"] == "different"


def test_other_parameters_and_data_are_named_as_reasons(project):
    write_exhibit(project, "fig-tiers", 0.7, draws=199, data="bb")
    result = next(r for r in verify(project) if r.name == "fig-tiers")
    assert result.reasons == (
        "parameter draws is 199, reference 1999",
        "data table incidents differs from the one behind the reference",
    )


def test_accepting_forgets_exhibits_that_are_gone(project):
    for suffix in (".csv", ".json"):
        (project / "reports" / "exhibits" / f"tab-ranks{suffix}").unlink()
    accept(project)
    assert "tab-ranks" not in statuses(project)


def test_nothing_to_compare_is_said_in_one_line(tmp_path):
    with pytest.raises(UserError, match="no reference results"):
        verify(tmp_path)
