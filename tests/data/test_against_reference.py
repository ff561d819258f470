"""Whatever changes in a data table is named by file, row and column."""

import argparse
import random

import pytest

from compendium.commands.data import main as data_command
from compendium.data import load_codebooks
from compendium.review.tables import compare_tables, tables_csv
from compendium.review.verify import DATA, REFERENCE, verify_data

from .samples import ROOT, edit


@pytest.fixture
def kept(project):
    """Give a copy of the shipped data with the hashes of its rows beside it."""
    path = project / REFERENCE / DATA
    path.parent.mkdir(parents=True)
    path.write_bytes((ROOT / REFERENCE / DATA).read_bytes())
    return project


def found(root, name):
    table = load_codebooks(root)[name]
    comparison = compare_tables(root / REFERENCE / DATA, [table])[table.file]
    return [(one.row, one.column, one.found) for one in comparison.differences]


def test_the_shipped_reference_is_that_of_the_shipped_data():
    assert (ROOT / REFERENCE / DATA).read_bytes() == tables_csv(load_codebooks(ROOT).values())
    assert all(one.agrees for one in verify_data(ROOT))


def test_any_one_cell_of_any_table_is_named(kept):
    draw = random.Random(15)
    tables = load_codebooks(kept)
    named = {}
    for name, table in tables.items():
        if not table.shipped:
            continue
        places = []

        def change(rows, table=table, places=places):
            for row in draw.sample(range(len(rows)), 5):
                column = draw.choice([c for c in table.columns if c not in table.key])
                rows[row][column] += "7"
                places.append((row, column, rows[row][column]))

        edit(kept, name, change)
        compared = compare_tables(kept / REFERENCE / DATA, [table])[table.file]
        told = [(one.row, one.column, one.found) for one in compared.differences]
        named[name] = {(column, value) for _, column, value in told} == {p[1:] for p in places}
        assert len(told) == len(places)
    assert all(named.values()), named


def test_a_row_is_named_by_line_and_key_and_a_changed_key_by_its_column(kept):
    edit(kept, "series", lambda rows: rows[3].update(year="1905"))
    assert found(kept, "series") == [("line 5 (budget_revenue_total|China|1905)", "year", "1905")]
    edit(kept, "studies", lambda rows: rows[0].update(n="4"))
    assert found(kept, "studies") == [("line 2 (SCSR2025_inventory)", "n", "4")]


def test_rows_that_are_gone_added_or_moved_are_told(kept):
    edit(kept, "studies", lambda rows: rows.pop(1))
    assert found(kept, "studies") == [("Kunshan2025", "", "no row")]
    edit(kept, "series", lambda rows: rows.insert(2, rows[0] | {"year": "1950", "value": "3"}))
    assert found(kept, "series") == [
        ("line 4 (budget_revenue_total|China|1950)", "", "a row"),
    ]
    edit(kept, "demands", lambda rows: rows.append(rows.pop(7)))
    assert [(column, told) for _, column, told in found(kept, "demands")] == [("", "moved")]
    edit(kept, "statistics", lambda rows: rows.insert(0, dict(rows[4])))
    told = {(row.partition(" (")[0], said) for row, _, said in found(kept, "statistics")}
    assert told == {("line 2", "moved"), ("line 7", "a row")}


def test_columns_and_files_that_cannot_be_compared_are_told(kept):
    tables = load_codebooks(kept)
    book = tables["demands"].path.parent / "codebook.yml"
    tables["demands"].path.write_text("team\n1\n", encoding="utf-8")
    assert found(kept, "demands") == [("no row can be read (see data check)", "", "none")]
    book.write_text(book.read_text("utf-8").replace("  demands:", "  asked:"), encoding="utf-8")
    statuses = {one.name: one.comparison.status for one in verify_data(kept)}
    assert set(statuses.values()) == {"same", "different"}
    (tables["studies"].path.parent / "codebook.yml").unlink()
    statuses = {one.name: one.comparison.status for one in verify_data(kept)}
    assert statuses["data/published_surveys/studies.csv"] == "missing"


@pytest.mark.parametrize(("lang", "said"), [("en", "1 row"), ("zh", "1 行")])
def test_a_check_of_data_notes_what_changed_and_blames_nobody(kept, capsys, lang, said):
    arguments = argparse.Namespace(root=kept, action="check", ids=[], lang=lang, all=False)
    assert data_command(arguments) == 0
    assert "studies.csv:" not in capsys.readouterr().out
    edit(kept, "studies", lambda rows: rows[0].update(title="Another"))
    assert data_command(arguments) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if said in line]
    assert len(told) == 1
    assert "data/published_surveys/studies.csv" in told[0]
