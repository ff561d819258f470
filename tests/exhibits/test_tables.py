"""Tables are whole HTML that a screen reader can follow, with numbers as a journal sets them."""

from math import nan
from xml.etree import ElementTree

import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.exhibits.numbers import NumberStyle, style_for, tick_style, write_p
from compendium.exhibits.tables import table_html
from compendium.plan.types import ColumnPlan
from compendium.text import Text

from .exhibit_cases import LABELS, colophon, plan, table_frame, table_plan


def parsed(lang="en", **changes):
    exhibit = table_plan(**changes)
    return ElementTree.fromstring(
        table_html(table_frame(), exhibit, LABELS, lang, colophon(exhibit))
    )


def test_every_cell_has_a_heading_with_its_scope():
    table = parsed().find("table")
    assert [h.get("scope") for h in table.findall("thead/tr/th")] == ["col"] * 6
    rows = table.findall("tbody/tr")
    assert len(rows) == 5
    for row in rows:
        assert [cell.tag for cell in row] == ["th", *["td"] * 5]
        assert row[0].get("scope") == "row"


def test_the_caption_says_title_evidence_and_claims():
    caption = "".join(parsed("zh").find("table/caption").itertext())
    assert caption == "观测证据 论断 C3被问责官员以县级最多，乡镇（街道）次之"


def test_a_stand_in_is_marked_on_the_table():
    section = parsed(evidence=("stand-in",))
    assert "gr-stand-in" in section.get("class")
    assert "not evidence" in "".join(section.find("table/caption").itertext())


def test_the_language_is_declared():
    assert parsed("zh").get("lang") == "zh-CN"
    assert parsed("en").get("lang") == "en"


def test_note_and_colophon_follow_the_table():
    kinds = [p.get("class") for p in parsed().findall("p")]
    assert kinds == ["gr-note", "gr-colophon"]


def test_cells_are_written_as_planned():
    rows = [["".join(c.itertext()) for c in row] for row in parsed().findall("table/tbody/tr")]
    assert rows[0] == ["Province", "1.0%", "0.3 to 3.5%", "−0.12", "< 0.001", "1,234"]
    assert rows[2][3:] == ["–", "–", "6"]
    assert rows[3][3:] == ["1.00", "1.000", "7"]
    assert rows[4][3] == "0.00"


def test_intervals_use_words_in_chinese():
    row = parsed("zh").find("table/tbody/tr")
    assert row[2].text == "0.3 至 3.5%"


def test_words_are_escaped():
    frame = pd.DataFrame({"a": ["<b> & co"], "b": [1]})
    columns = (
        ColumnPlan(name="a", label=Text("A <i>", "甲")),
        ColumnPlan(name="b", label=Text("B", "乙"), format="integer"),
    )
    exhibit = plan("tab-x", "table", Text("x < y", "x < y"), kind="table", columns=columns)
    table = ElementTree.fromstring(table_html(frame, exhibit, LABELS, "en"))
    assert table.find("table/tbody/tr/th").text == "<b> & co"


def test_words_that_repeat_head_a_group_of_rows():
    frame = pd.DataFrame({"a": ["x", "x", "y"], "b": ["u", "v", "v"], "c": [1, 2, 3]})
    columns = (
        ColumnPlan(name="a", label=Text("A", "甲")),
        ColumnPlan(name="b", label=Text("B", "乙")),
        ColumnPlan(name="c", label=Text("C", "丙"), format="integer"),
    )
    exhibit = plan("tab-x", "table", kind="table", columns=columns)
    bodies = ElementTree.fromstring(table_html(frame, exhibit, LABELS, "en")).findall(".//tbody")
    assert [len(body) for body in bodies] == [2, 1]
    group, first, *_ = bodies[0][0]
    assert (group.text, group.get("scope"), group.get("rowspan")) == ("x", "rowgroup", "2")
    assert (first.text, first.get("scope")) == ("u", "row")
    assert [cell.text for cell in bodies[0][1]] == ["v", "2"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.drop(columns="p"), "has no column p"),
        (lambda frame: frame.assign(n="many"), "words; plan the column as text"),
        (lambda frame: frame.assign(category="moon"), "no label for this code"),
    ],
)
def test_a_frame_that_does_not_fit_its_plan_is_refused(change, words):
    with pytest.raises(UserError, match=words):
        table_html(change(table_frame()), table_plan(), LABELS, "en")


@pytest.mark.parametrize(
    ("style", "value", "written"),
    [
        (NumberStyle(), 1234567, "1,234,567"),
        (NumberStyle(digits=2), -0.004, "0.00"),
        (NumberStyle(digits=2), -0.005001, "−0.01"),
        (NumberStyle(percent=True), 0.125, "12%"),
        (NumberStyle(percent=True, digits=1), -0.125, "−12.5%"),
        (NumberStyle(), float("nan"), "–"),
    ],
)
def test_numbers(style, value, written):
    assert style.write(value) == written


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [(0.1, 0.2, "10–20%"), (0.1, nan, "≥ 10%"), (nan, 0.2, "≤ 20%"), (nan, nan, "–")],
)
def test_intervals_say_what_is_known_of_them(low, high, written):
    assert NumberStyle(percent=True).between(low, high) == written


@pytest.mark.parametrize(
    ("p", "written"), [(0.0004, "< 0.001"), (0.001, "0.001"), (0.0496, "0.050"), (1, "1.000")]
)
def test_p_values(p, written):
    assert write_p(p) == written


@pytest.mark.parametrize(
    ("step", "percent", "digits"),
    [(0.25, False, 2), (0.2, False, 1), (50, False, 0), (0.25, True, 0), (0.005, True, 1)],
)
def test_ticks_are_written_exactly(step, percent, digits):
    assert tick_style(step, percent).digits == digits


def test_decimals_follow_the_size_of_the_numbers():
    assert style_for([1.0, 250.0], False, None).digits == 0
    assert style_for([0.12, 0.7], False, None).digits == 2
    assert style_for([1.5, 12.25], False, None).digits == 0
