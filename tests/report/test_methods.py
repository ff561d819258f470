"""Every method that the ledger names is explained, in both languages, with formulas that can be set."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib import rc_context

from compendium.claims.ledger import read_ledger
from compendium.errors import UserError
from compendium.report.methods import METHODS, explanations, formula_png, formula_svg, methods
from compendium.stats.method_words import OTHER_FAMILY, WORDS

FAMILIES = {word.family for word in WORDS.values() if word.family}
ROOT = Path(__file__).parents[2]
KNOWN = methods(ROOT)
LEDGER = read_ledger(ROOT / "reports" / "reference" / "estimates.csv")


def write(root, text):
    path = root / METHODS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return root


def entry(name="one", lead="ols", more=""):
    return (
        f"  - id: {name}\n    leads: ['{lead}']\n"
        "    title: {en: One, zh: 一}\n    text: {en: Does one., zh: 做一。}\n" + more
    )


@pytest.mark.parametrize("codes", sorted({e.method_codes for e in LEDGER.values()}))
def test_every_method_of_the_ledger_is_explained(codes):
    assert any(one.leads_to(codes) for one in KNOWN), f"add it to {METHODS}"


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {OTHER_FAMILY}))
def test_every_family_is_explained(family):
    leads = {lead for one in KNOWN for lead in one.leads}
    assert any(WORDS[lead].family == family for lead in leads), f"add it to {METHODS}"


def test_an_estimate_is_led_to_its_method_first_and_to_its_errors_after():
    codes = ("ols", "clustered", "satterthwaite_freedom")
    assert [one.id for one in explanations(codes, KNOWN)] == ["ols", "clustered_errors"]


@pytest.mark.parametrize("formula", [f for one in KNOWN for f in one.formulas])
def test_every_formula_can_be_set(formula):
    svg = formula_svg(formula)
    ElementTree.fromstring(svg)
    assert b"<text" not in svg
    assert b"http" not in svg.replace(b"http://www.w3.org/", b"")


def test_a_formula_has_the_same_bytes_when_drawn_again():
    latex = KNOWN[1].formulas[0]
    before = formula_svg(latex), formula_png(latex)
    formula_svg.cache_clear()
    formula_png.cache_clear()
    author = {"text.color": "red", "font.size": 20.0, "figure.dpi": 50, "path.simplify": False}
    with rc_context(author):
        assert (formula_svg(latex), formula_png(latex)) == before


def test_a_formula_that_cannot_be_set_is_named():
    with pytest.raises(UserError, match="can't be set"):
        formula_svg(r"\frac{1")


def test_chinese_text_has_no_gaps_from_folded_lines():
    for one in KNOWN:
        assert not re.search(r"[\u3000-\u9fff\uff00-\uffef] +[\u4e00-\u9fff]", one.text.zh), one.id


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("methods:\n" + entry() + entry(lead="poisson"), "two methods have the id 'one'"),
        ("methods:\n" + entry() + entry("two"), "two methods have the lead 'ols'"),
        ("methods:\n" + entry().replace("zh: 一", "zh: ''"), "is empty"),
        ("methods:\n" + entry(more="    formula: [x]\n"), "unknown key 'formula'"),
        ("methods:\n" + entry("One"), "can't stand in an address"),
        ("methods:\n" + entry(lead="OLS"), "no word of a method has this code"),
        ("methods:\n" + entry().replace("    leads: ['ols']\n", ""), "explains nothing"),
        ("methods:\n" + entry(more="    references: [nobody1900]\n"), "no such entry"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, text, said):
    with pytest.raises(UserError, match=said) as caught:
        methods(write(tmp_path, text))
    assert caught.value.line
