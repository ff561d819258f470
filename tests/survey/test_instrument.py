"""The questionnaire: what is derived from it is current, valid, bilingual and balanced."""

import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest

from compendium.data import load_codebooks
from compendium.errors import UserError
from compendium.strict_yaml import load_strict
from compendium.survey.derive import derived
from compendium.survey.instrument import INSTRUMENT, TABLE, load_instrument, read_instrument
from compendium.survey.xlsform import survey_rows
from compendium.text import LANGS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def instrument():
    return load_instrument(ROOT)


def test_form_and_codebook_are_those_that_the_questionnaire_gives():
    for path, content in derived(ROOT).items():
        assert (ROOT / path).read_bytes() == content, f"run 'grassroots data instrument': {path}"


def test_the_form_converts_without_error_or_warning():
    from pyxform.xls2xform import convert

    done = convert(str(ROOT / "data" / "survey" / "instrument.xlsx"), validate=False)
    assert done.warnings == []
    for language in ("English (en)", "中文 (zh)"):
        assert f'lang="{language}"' in done.xform
    assert "${" not in done.xform


def test_the_workbook_carries_no_clock():
    content = (ROOT / "data" / "survey" / "instrument.xlsx").read_bytes()
    with zipfile.ZipFile(BytesIO(content)) as book:
        assert {entry.date_time for entry in book.infolist()} == {(2024, 1, 1, 0, 0, 0)}
        assert book.read("docProps/core.xml").count(b"2024-01-01T00:00:00Z") == 2


def test_every_text_of_the_form_is_in_both_languages(instrument):
    for row in survey_rows(instrument):
        labels = [row.get(f"label::{name}") for name in ("English (en)", "中文 (zh)")]
        assert all(labels) or row["type"] in ("start", "end", "end_group"), row


def test_power_and_responsibility_match_item_by_item_in_five_domains(instrument):
    assert len(instrument.domains) == 5
    for domain in instrument.domains:
        duties = instrument.items_of("responsibility", domain)
        powers = instrument.items_of("power", domain)
        assert len(duties) == len(powers) >= 2
        assert [instrument.pairs[name] for name in powers] == list(duties)
    sides = [instrument.questions[n] for pair in instrument.pairs.items() for n in pair]
    assert {(q.answers, q.reversed) for q in sides} == {("extent", False)}


def test_four_phases_three_partners_markers_reversed_items_and_a_check(instrument):
    scales = instrument.scales.values()
    assert [scale.phase for scale in scales if scale.phase] == list(instrument.phases)
    assert sum(scale.name.startswith("collaboration_") for scale in scales) == 3
    assert len(instrument.items_of("marker")) == 3
    turned = Counter(instrument.questions[name].scale for name in instrument.reversed_items)
    assert set(turned.values()) == {1}
    assert {"top_down", "bottom_up", "line_block", "burnout"} <= set(turned)
    assert list(instrument.screens.attention) == ["attention_1"]
    assert set(instrument.straight_line_items) & set(instrument.reversed_items)


def test_each_scale_has_items_and_names_a_published_one_or_none(instrument):
    published = {
        scale["id"]
        for scale in load_strict(ROOT / "data/published_surveys/instruments.yml").value[
            "instruments"
        ]
    }
    for scale in instrument.scales.values():
        assert len(instrument.items_of(scale.name)) >= 3
        assert scale.modelled_on in published | {None}
    assert sum(scale.modelled_on is not None for scale in instrument.scales.values()) >= 10


def test_no_item_tells_the_same_in_two_places_or_runs_long(instrument):
    for lang in LANGS:
        words = [instrument.questions[name].text[lang] for name in instrument.items]
        assert len(set(words)) == len(words)
        assert max(map(len, words)) < {"en": 120, "zh": 45}[lang]


def test_the_codebook_describes_the_loaded_table(instrument):
    table = load_codebooks(ROOT)[TABLE]
    assert list(table.columns) == list(instrument.questions)
    assert not table.shipped
    for name in instrument.items:
        column = table.columns[name]
        assert (column.type, column.minimum, column.maximum) == ("integer", 1, 5)
    assert "6 minus" in table.columns["td_4"].rule.en


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pair: resp_funds_1", "pair: resp_fund_1", "'pair' names nothing"),
        ("relevant: {had_incident: 1}", "relevant: {incident: 1}", "'relevant' names nothing"),
        ("      bu_1:", "      td_1:", "another section has a question of this name"),
        ("reversed: true", "reverse: true", "did you mean 'reversed'"),
        ("        type: flag", "        type: flags", "type' is not known"),
    ],
)
def test_a_faulty_questionnaire_is_refused_with_its_line(tmp_path, old, new, said):
    text = (ROOT / INSTRUMENT).read_text("utf-8")
    assert old in text
    path = tmp_path / "instrument.yml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(UserError, match=r"instrument\.yml") as caught:
        read_instrument(path)
    assert said in str(caught.value)
    assert caught.value.line is not None
