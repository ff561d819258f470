"""The page of a run says the same in both languages, and says what is missing."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from compendium.claims.ledger import Estimate, write_ledger
from compendium.claims.wording import Wording
from compendium.plan import load_plan
from compendium.plan.templates import parse_template
from compendium.report.page import render, write_pages
from compendium.stats.bounds import named_bounds
from compendium.text import LANGS

ROOT = Path(__file__).parents[2]
VOID = {"meta", "img", "br", "link"}


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.images, self.lang, self.text = [], [], None, []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "html":
            self.lang = attributes["lang"]
        if tag == "img":
            self.images.append(attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


RECORDED = {"observed": "observed", "survey": "stand-in"}
"""Evidence that the run below has, by what its tests ask for."""


@pytest.fixture(scope="module")
def plan():
    return load_plan(ROOT)


@pytest.fixture(scope="module")
def ledger(plan):
    return {
        name: Estimate(
            name,
            "a",
            "甲",
            "x",
            0.4242,
            ci_low=0.3131,
            ci_high=0.5353,
            method="M <1>",
            evidence=RECORDED[test.evidence],
            level=0.95,
        )
        for test in plan.tests.values()
        if test.evidence in RECORDED
        for name in test.estimates
    } | {
        name: Estimate(name, "a", "甲", "x", 0.4242, 0.1, 0.3131, 0.5353, level=0.95)
        for name in said_in(plan)
        if name not in plan.tests
    }


def said_in(plan):
    """Estimates that the findings say or that choose their words."""
    texts = [parse_template(text.en) for text in plan.findings.values()]
    names = {name for template in texts for name in template.names}
    for name in list(names):
        reached = [name]
        while reached:
            condition = plan.conditions.get(reached.pop())
            if condition is not None:
                names.update(condition.estimates)
                reached += condition.parts
    judged = {estimate for test in plan.tests.values() for estimate in test.estimates}
    return sorted(names - judged - set(plan.conditions))


@pytest.fixture
def reports(plan, tmp_path):
    figure = next(e for e in plan.exhibits.values() if e.kind == "figure")
    for lang in LANGS:
        folder = tmp_path / lang / "figures"
        folder.mkdir(parents=True)
        (folder / f"{figure.id}.png").write_bytes(b"png")
        (folder / f"{figure.id}.txt").write_text('Dots & "lines"', encoding="utf-8")
    return tmp_path


def read(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_is_well_formed_and_every_picture_has_a_text(plan, ledger, reports, lang):
    reader = read(render(plan, ledger, reports, lang))
    assert reader.lang.startswith(lang)
    assert [image["alt"] for image in reader.images] == ['Dots & "lines"']
    whole = "".join(reader.text)
    for claim in plan.claims.values():
        assert claim.statement[lang] in whole
        assert claim.limits[lang] in whole
    assert "M <1>" in whole
    said = Wording(plan, ledger, lang)
    places = [whole.index(said.finding(claim)) for claim in plan.claims]
    assert places == sorted(places)
    assert places[-1] < whole.index(next(iter(plan.claims.values())).limits[lang])


@pytest.mark.parametrize("lang", LANGS)
def test_the_contents_lead_to_each_claim_and_to_each_notebook_with_an_exhibit(
    plan, ledger, reports, lang
):
    page = render(plan, ledger, reports, lang)
    contents = page.split('id="contents"')[1].split("</section>")[0]
    named = re.findall(r'href="#([^"]+)"', contents)
    figure = next(e for e in plan.exhibits.values() if e.kind == "figure")
    assert named == ["claims", *plan.claims, "exhibits", figure.notebook]
    assert all(re.search(rf"""id=['"]{name}['"]""", page) for name in named)


def test_exhibits_stand_in_the_order_of_the_notebooks(plan, ledger, reports):
    for figure in (e for e in plan.exhibits.values() if e.kind == "figure"):
        for suffix in ("png", "txt"):
            (reports / "en" / "figures" / f"{figure.id}.{suffix}").write_text("x", encoding="utf-8")
    heads = re.findall(r'<h3 id="(\d\d_\w+)">', render(plan, ledger, reports, "en"))
    assert len(heads) > 5
    assert heads == [name for name in plan.notebooks if name in heads]


def test_both_languages_show_the_same_numbers(plan, ledger, reports):
    numbers = [
        re.findall(r"0\.424 \[0\.313, 0\.535\]", render(plan, ledger, reports, lang))
        for lang in LANGS
    ]
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) == len([t for t in plan.tests.values() if t.evidence in RECORDED])


@pytest.mark.parametrize(
    ("lang", "mark"), [("en", "simulated (pipeline check)"), ("zh", "模拟数据（流程检验）")]
)
def test_each_test_on_a_stand_in_is_marked(plan, ledger, reports, lang, mark):
    survey = [t for t in plan.tests.values() if t.evidence == "survey"]
    assert render(plan, ledger, reports, lang).count(mark) >= len(survey) > 0


@pytest.mark.parametrize(("lang", "said"), [("en", "The run was partial"), ("zh", "不完整")])
def test_missing_exhibits_are_said(plan, ledger, reports, lang, said):
    assert said in render(plan, ledger, reports, lang)


def test_the_page_is_written_only_when_it_changes(plan, ledger, tmp_path):
    write_ledger(tmp_path / "reports" / "estimates.csv", ledger.values())
    before = {p: p.stat().st_mtime_ns for p in write_pages(tmp_path, plan).values()}
    assert len(before) == len(LANGS)
    assert {p: p.stat().st_mtime_ns for p in write_pages(tmp_path, plan).values()} == before


@pytest.mark.parametrize(("lang", "said"), [("en", "at least 0.424 [0"), ("zh", "至少 0.424 [0")])
def test_a_lower_bound_is_not_told_as_a_point(plan, ledger, reports, lang, said):
    assert said not in render(plan, ledger, reports, lang)
    name = "named.final_report.duty_unclear"
    codes = named_bounds(pd.Series([True, False])).tidy.method.codes
    bound = replace(ledger[name], method_words=" ".join(codes))
    assert said in render(plan, ledger | {name: bound}, reports, lang)
