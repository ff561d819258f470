"""The grammar of texts with slots: what is read, and the fault that each slip is told as."""

import pytest

from compendium.plan.templates import Choice, Slot, TemplateError, parse_template


def test_a_text_is_words_slots_and_choices():
    text = "In {a.b|n} lists [C1.x: most|few, {a.b|percent1},|some] reach down [[sic]]."
    found = parse_template(text)
    assert found.parts == (
        "In ",
        Slot("a.b", "n"),
        " lists ",
        Choice("C1.x", ("most",), ("few, ", Slot("a.b", "value", "percent", 1), ","), ("some",)),
        " reach down [sic].",
    )
    assert found.names == {"a.b", "C1.x"}
    assert found.literal == "In   lists   reach down [sic]."


@pytest.mark.parametrize(
    ("inside", "slot"),
    [
        ("a|percent", Slot("a", "value", "percent")),
        ("a|abs|number2", Slot("a", "abs", "number", 2)),
        ("a|interval|points1", Slot("a", "interval", "points", 1)),
        ("a|integer", Slot("a", "value", "integer")),
        ("a|p", Slot("a", "p")),
        ("C1|verdict", Slot("C1", "verdict")),
    ],
)
def test_slots(inside, slot):
    assert parse_template(f"{{{inside}}}").parts == (slot,)


def test_a_chinese_choice_keeps_its_ascii_colon():
    (choice,) = parse_template("[C1.x: 多数|少于半数|约半数]").parts
    assert (choice.holds, choice.fails) == (("多数",), ("少于半数",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{a", "is not closed"),
        ("a}", "closes nothing"),
        ("{a b|percent}", "is no slot"),
        ("{a}", "has no style"),
        ("{a|percents}", "asks for 'percents'"),
        ("{a|percent|number2}", "has two styles"),
        ("{a|p|number2}", "is written in one way"),
        ("[C1.x:most|few|some]", "a colon and a space"),
        ("[C1.x：多数|少数|半数]", "a colon and a space"),
        ("[C1.x: most|few]", "has 2 alternatives"),
        ("[C1.x: most|few|some|none]", "has 4 alternatives"),
    ],
)
def test_a_slip_is_told(text, said):
    with pytest.raises(TemplateError, match="a colon and a space" if "colon" in said else said):
        parse_template(text)
