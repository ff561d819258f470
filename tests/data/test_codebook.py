"""A codebook says everything in two languages, and nothing else."""

import subprocess
import sys

import pytest

from compendium.data import load_books, load_codebook, load_codebooks, render_codebook
from compendium.errors import UserError
from compendium.text import LANGS, as_markdown

from .samples import CODEBOOK, ROOT

FAULTS = [
    ("title: {en: Sample, zh: 样例}", "title: {en: Sample}", 1, "'zh' is missing in title"),
    ("licence: CC BY 4.0", "license: CC BY 4.0", 2, "did you mean 'licence'"),
    ("file: sample.csv", "fiel: sample.csv", 5, "did you mean 'file'"),
    ("    rows: 3", "    rows: three", 9, "whole number"),
    ("    key: [id]", "    key: [ident]", 8, "names no column"),
    ("        type: date", "        type: time", 18, "type' is not known"),
    ("precisions: [day, month]", "precisions: [day, week]", 19, "is not known"),
    ("pattern: 'x[0-9]+'", "pattern: 'x[0-9'", 15, "regular expression"),
    ("        maximum: 500", "        maximum: lots", 25, "not a number"),
    ("        maximum: 500", "        pattern: 'x'", 25, "no meaning for a column of type"),
    ("fire: {en: Fire, zh: 火灾}", "fire: {en: Fire}", 43, "values.fire"),
    ("fire: {en: Fire, zh: 火灾}", "fire: {en: Fire, zh: ''}", 43, "is empty"),
    ("'1': {en: Named", "'2': {en: Named", 49, "a flag is 0 or 1"),
    ("        missing: {en: not seen, zh: 未见到}\n", "", 45, "nothing says what empty means"),
    ("        required: true", "        required: perhaps", 14, "true or false"),
]


@pytest.mark.parametrize(("good", "bad", "line", "said"), FAULTS)
def test_a_faulty_codebook_is_refused_with_its_line(sample, good, bad, line, said):
    assert good in CODEBOOK
    with pytest.raises(UserError) as caught:
        sample(codebook=CODEBOOK.replace(good, bad, 1))
    assert said in str(caught.value)
    assert caught.value.line == line


def test_a_table_name_stands_in_one_folder_only(sample):
    table = sample()
    other = table.path.parents[1] / "other"
    other.mkdir()
    (other / "codebook.yml").write_text(CODEBOOK, encoding="utf-8")
    with pytest.raises(UserError, match="'sample' is also in"):
        load_codebooks(table.path.parents[2])


def test_a_folder_without_codebooks_is_named(tmp_path):
    with pytest.raises(UserError, match="codebook"):
        load_codebooks(tmp_path)


def test_the_shipped_tables():
    tables = load_codebooks(ROOT)
    assert {name: table.rows for name, table in tables.items() if table.shipped} == {
        "incidents": 238,
        "incidents_v1": 195,
        "incident_evidence": 2509,
        "inspection_accountability": 41,
        "discipline_by_rank": 50,
        "eight_point_rules": 161,
        "second_coding": 707,
        "messages": 5045,
        "messages_hand_coding": 390,
        "messages_second_coding": 90,
        "pingshan_community_events": 345,
        "pingshan_subdistrict_months": 84,
        "prefecture_rules": 335,
        "demands": 668,
        "series": 529,
        "studies": 131,
        "statistics": 325,
        "duty_inventories": 13,
        "satisfaction_by_tier": 10,
    }
    assert sum(len(book.series) for book in load_books(ROOT)) == 53


def test_every_code_and_column_has_words_in_both_languages():
    for table in load_codebooks(ROOT).values():
        for column in table.columns.values():
            texts = [column.label, *(column.values or {}).values()]
            texts += [text for text in (column.missing, column.rule, column.unit) if text]
            assert all(text[lang].strip() for text in texts for lang in LANGS), column.name
            assert column.required or column.missing, column.name


@pytest.mark.parametrize("lang", LANGS)
def test_a_rendered_codebook_tells_all_that_it_holds(lang):
    for book in load_books(ROOT):
        for table in book.tables.values():
            page = render_codebook(table, lang)
            for column in table.columns.values():
                row = next(x for x in page.splitlines() if x.startswith(f"| `{column.name}` |"))
                assert as_markdown(column.label[lang]) in row
                assert row.replace("\\|", "").count("|") == 7
                if column.rule:
                    assert as_markdown(column.rule[lang]) in row


def test_importing_the_room_imports_no_pandas():
    code = "import sys, compendium.data; print(*({'pandas', 'pandera'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_table_beside_one_of_series_is_told_without_them(tmp_path):
    book = (ROOT / "data" / "official_statistics" / "codebook.yml").read_text("utf-8")
    table = CODEBOOK.partition("tables:\n")[2]
    (tmp_path / "codebook.yml").write_text(book.rstrip("\n") + "\n" + table, "utf-8")
    series, plain = load_codebook(tmp_path / "codebook.yml").tables.values()
    assert "Regions" in render_codebook(series, "en")
    assert "Regions" not in render_codebook(plain, "en")
