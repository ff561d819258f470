"""A short entry of the file of exhibits means what the long one of before said."""

import pytest

from compendium.errors import UserError
from compendium.plan.exhibits_file import read_exhibits
from compendium.strict_yaml import load_strict
from compendium.text import Text

NOTEBOOKS = """\
notebooks:
  - {name: 01_data, title: {en: Data, zh: 数据}, data: [things]}
  - {name: 02_survey, title: {en: Survey, zh: 调查}, survey: true}
  - {name: 03_both, title: {en: Both, zh: 两者}, survey: true, data: [things]}
  - {name: 04_claims, title: {en: Claims, zh: 论断}, reads_ledger: true}
labels: {}
"""
WORDS = "title: {en: T, zh: 题}, note: {en: N, zh: 注}"
LONG = f"""\
{NOTEBOOKS}
exhibits:
  - id: tab-things
    kind: table
    notebook: 01_data
    evidence: [observed]
    title: {{en: T, zh: 题}}
    note: {{en: N, zh: 注}}
    columns:
      - {{name: n, label: {{en: Rows, zh: 行数}}, format: integer}}
      - {{name: p, label: {{en: p alone, zh: 单独 p}}, format: p, digits: 3}}
  - {{id: tab-models, kind: table, form: regression, notebook: 02_survey, evidence: [survey], {WORDS}}}
"""
SHORT = f"""\
{NOTEBOOKS}
columns:
  n: {{label: {{en: Rows, zh: 行数}}, format: integer}}
  p: {{label: {{en: p, zh: p}}, format: p, digits: 3}}
exhibits:
  01_data:
  - id: tab-things
    title: {{en: T, zh: 题}}
    note: {{en: N, zh: 注}}
    columns:
      - n
      - {{name: p, label: {{en: p alone, zh: 单独 p}}}}
  02_survey:
  - {{id: tab-models, columns: regression, {WORDS}}}
"""


@pytest.fixture
def read(tmp_path):
    def reading(text):
        path = tmp_path / "exhibits.yml"
        path.write_text(text, encoding="utf-8")
        return read_exhibits(load_strict(path))

    return reading


def test_the_short_form_reads_as_the_long_one(read):
    long, short = read(LONG), read(SHORT)
    assert long.exhibits == short.exhibits
    assert short.exhibits[0].columns[1].label == Text("p alone", "单独 p")
    assert (long.places, short.places) == (
        (("exhibits", 0), ("exhibits", 1)),
        (("exhibits", "01_data", 0), ("exhibits", "02_survey", 0)),
    )


def test_evidence_is_that_of_what_the_notebook_loads(read):
    text = SHORT.replace("02_survey:\n  -", "04_claims:\n  -")
    assert [one.evidence for one in read(text).exhibits] == [("observed",), ("observed",)]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("  02_survey:\n  -", "  03_both:\n  -", 20, "'evidence' is missing in exhibits.03_both.0"),
        ("tab-models", "models", 20, "'kind' is missing"),
        (
            "note: {en: N, zh: 注}\n    columns",
            "note: {en: N, zh: 注}\n    labels: {own: {en: Own, zh: 自有}}\n    columns",
            16,
            "labels.own' gives words; name the column that has them, own: TABLE.COLUMN",
        ),
        ("  02_survey:\n", "  2_survey:\n", 19, "unknown notebook '2_survey'; use one of: 01_data"),
        ("- n\n", "- rows\n", None, None),
        ("      - n\n", "      - {name: n, digit: 2}\n", 17, "unknown key 'digit'"),
        ("  n: {label", "  n: {lable", 9, "did you mean 'label'"),
        (
            "  - {id",
            "  - {notebook: 01_data, id",
            20,
            "stands under '02_survey' and names '01_data'",
        ),
        ("columns: regression", "columns: regresion", 20, "is not a list"),
        ("title: {en: T, zh: 题}\n", "title: {en: T}\n", 14, "'zh' is missing"),
    ],
)
def test_a_fault_of_a_short_entry_is_named_with_its_line(read, old, new, line, said):
    assert old in SHORT
    text = SHORT.replace(old, new, 1)
    if said is None:  # a column without words of its own: its heading is looked up by its name
        assert read(text).exhibits[0].columns[0].label is None
        return
    with pytest.raises(UserError) as caught:
        read(text)
    assert said in str(caught.value)
    assert caught.value.line == line
