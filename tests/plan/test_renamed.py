"""An estimate or notebook that had another id before can be cited and compared by it still."""

import csv

import pytest

from compendium.claims.ledger import COLUMNS, Estimate, read_ledger, write_ledger
from compendium.errors import UserError, each_of
from compendium.plan import load_plan, load_renamed
from compendium.plan.renamed import Renamed
from compendium.report.numbers import numbers_tex
from compendium.review.compare import read_rows
from compendium.review.verify import verify
from tests.plan.small import make_study

RENAMED = """\
estimates:
  slope.x: slopes.x
  steepness.x: slopes.x
notebooks:
  00_first: 01_first
"""


def estimate(name, value=2.0, notebook="01_first"):
    return Estimate(name, "Slope", "斜率", "x", value, 1.0, ci_low=1.0, n=5, notebook=notebook)


def test_the_file_is_read_with_the_plan(tmp_path):
    assert load_plan(make_study(tmp_path, renamed=RENAMED)).renamed.of_new == {
        "slopes.x": ("slope.x", "steepness.x")
    }


def test_a_study_without_the_file_has_renamed_nothing(tmp_path):
    assert load_renamed(make_study(tmp_path)) == load_plan(tmp_path).renamed == Renamed()


def test_a_ledger_of_either_edition_is_read_with_the_ids_of_today(tmp_path):
    renamed = load_renamed(make_study(tmp_path, renamed=RENAMED))
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    write_ledger(old, [estimate("slope.x", notebook="00_first"), estimate("other")])
    write_ledger(new, [estimate("slopes.x"), estimate("other")])
    assert read_ledger(old, renamed) == read_ledger(new, renamed) == read_ledger(new)
    write_ledger(new, [estimate("slopes.x"), estimate("slope.x")])
    with pytest.raises(UserError, match="the id stands twice"):
        read_ledger(new, renamed)


def test_a_manuscript_can_cite_the_id_of_before():
    told = numbers_tex([estimate("slopes.x")], {"slopes.x": ["slope.x"]})
    assert "set{slope.x}{value}{2" in told
    assert "set{slopes.x}{value}{2" in told
    assert "set{slope.x}" not in numbers_tex([estimate("slopes.x")])


@pytest.mark.parametrize(("value", "agrees"), [(2.0, True), (2.5, False)])
def test_a_reference_of_before_is_compared_under_the_ids_of_today(tmp_path, value, agrees):
    root = make_study(tmp_path, renamed=RENAMED)
    write_ledger(root / "reports/estimates.csv", [estimate("slopes.x", value)])
    write_ledger(root / "reports/reference/estimates.csv", [estimate("slope.x", 2.0, "00_first")])
    (found,) = verify(root)
    assert found.name == "estimates of 01_first"
    assert found.agrees == agrees
    rows = [(one.row, one.column, one.found) for one in found.comparison.differences]
    assert rows == ([] if agrees else [("slopes.x", "value", "2.5")])


def test_a_ledger_with_both_ids_cannot_be_compared(tmp_path):
    renamed = load_renamed(make_study(tmp_path, renamed=RENAMED))
    path = tmp_path / "both.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, COLUMNS)
        written.writeheader()
        written.writerows([{"id": "slopes.x"}, {"id": "slope.x"}])
    with pytest.raises(UserError, match="under its id of before too"):
        renamed.rows(read_rows(path, "id"), path)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("slope.x: slopes.x", "slope.x: steepness.x", 2, "an id of before itself; write slopes.x"),
        ("00_first: 01_first", "00_first: 02_none", 5, "leads to the unknown notebook '02_none'"),
        ("00_first: 01_first", "01_first: 01_first", 5, "'01_first', which is an id of before"),
        ("estimates:", "estimate:", 1, "did you mean|unknown key 'estimate'"),
        ("slope.x: slopes.x", "slope.x: [slopes.x]", 2, "estimates.slope.x"),
    ],
)
def test_an_id_that_leads_nowhere_is_named_with_its_line(tmp_path, old, new, line, said):
    root = make_study(tmp_path, renamed=RENAMED.replace(old, new))
    with pytest.raises(UserError, match=said) as caught:
        load_plan(root)
    assert line in {fault.line for fault in each_of(caught.value)}
