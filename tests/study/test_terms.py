"""Words that the field or the project does not use may not come back where people read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import yaml

from compendium.plan import load_plan
from compendium.vocabulary import Vocabulary
from grassroots.sources import names_of

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "notebooks" / "plan"
OUT = {
    "below county rank excludes the county: 乡科级及以下": "县处级以下",
    "the made-up survey is simulated data": r"替身|\b[Ss]tand-ins?\b(?!`)",
    "a predicate is 判据": "谓词|判定标准",
    "a verdict is 判定": r"论断与结论|结论即为|计入[^，。]{0,6}结论|怎样读结论",
    "a universe is a specification, 设定": r"宇宙|\b[Uu]niverses?\b",
    "responsibility minus power is 权责落差": "责任减权力",
    "sanctions as a whole are 追责, 处分 is disciplinary": "受处分(?!人员)|被问责|无人受处分",
    "bottom-up demand is 自下而上的职责要求, on the survey's scale 居民诉求": "自下而上要求|居民要求",
    "no seen test was written before its outcome": (
        r"written (?:down )?before (?:its|their|the) (?:estimate|value|result|outcome)s?"
        "|(?:估计值|数值|结果)之前写定|事先写定"
    ),
    "the four phases end with aftermath, 善后": r"恢复重建(?!（)",
    "a dual function is no two masters": r"two masters\b|身兼二职",
}
"""Patterns that may not stand anywhere, by the reason."""
WORN = {
    "is associated with": r"\b(?:go(?:es)?|went|going) with\b",
    "responsibility and power differ, exceed, match": (
        r"\b(?:the two|power) part\b|\bbends? down\b|mismatch that hurts|二者在何处分离|有害的是错配"
        "|责与权相离"
    ),
    "no aphorism in place of a statement": (
        r"is no result\b|speaks? alone|\bare the many\b|Ask of every|Means hide|no acquittal"
        r"|kind judge|nobody counts|describe\s+nobody|one mind at one time|by looking long enough"
        "|不成其为结果|同一心境|并非无罪|谁也描述不了|受访者会如何作答|凡事附和"
    ),
    "depends on": r"\bhangs? on\b",
    "no respondents, can't be distinguished": r"nobody asked|\btold apart\b|\bcannot be told\b",
    "name no more often": r"\bno likelier\b|\bname no more,|不更可能点名",
    "under-coverage, false-positive rate": (
        r"covers too little|holds too often|nothing to remark|though nothing is there"
        "|不真而成立|毫无效应时"
    ),
    "bears on": r"\bspeaks to (?:it|C\d)",
    "scarce respondents": r"\bnext to no\b|受访者寥寥",
    "complete cases": r"[Cc]omplete rows|完整行|各模型共同的行",
    "names of tiers": "[省地县]级层级|村社区层级|乡镇街道层级",
    "Delta 法, Beta 二项": "德尔塔法|贝塔二项",
    "解表": "解见解的表格",
    "no zeros by design": "零值按设计缺失|zeros are missing by design",
    "因变量": "自变量与结果",
    "去个性化": "讥诮",
    "差额": "余数",
    "what a title says": "之上的绩效|每起事件已知什么|则无从判断|伴随较多",
}
"""Words that read like a riddle or a translation, by what stands in their place. What claims and
their tests say was fixed before their results and stays as it is."""
CODES = re.compile(r"`[^`]*`|\bC\d\.[\w.]+|\{[^}]*\}")
"""Ids, file names and slots, which keep the names of the first edition."""


def texts() -> Iterator[tuple[str, str]]:
    """Every text that people read, by its place: plan, notebooks, READMEs, words of the code."""
    for path in sorted(PLAN.glob("*.yml")):
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield from ((f"{path.name}: {place}", text) for place, text in values(loaded))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                yield f"{path.name}: {cell.id}", cell.source
    for path in sorted(ROOT.glob("data/*/*.yml")):
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield from ((f"{path.relative_to(ROOT)}: {place}", t) for place, t in values(loaded))
    readmes = (*ROOT.glob("README*.md"), *ROOT.glob("data/README*"), *ROOT.glob("data/*/READ*"))
    for path in readmes:
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "src").rglob("*.csv")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "src").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text":
                for one in (*node.args, *(k.value for k in node.keywords)):
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield f"{path.relative_to(ROOT)}:{one.lineno}", one.value


def values(loaded: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Words in a plan's file; entries without a language are ids and codes."""
    if isinstance(loaded, dict):
        for key, value in loaded.items():
            yield from values(value, f"{place}.{key}")
    elif isinstance(loaded, list):
        for i, value in enumerate(loaded):
            yield from values(value, f"{place}.{i}")
    elif isinstance(loaded, str) and place.rpartition(".")[2] in ("en", "zh"):
        yield place, loaded


TEXTS = tuple(texts())


def test_the_texts_are_found():
    places = {place.partition(":")[0] for place, _ in TEXTS}
    assert {"claims.yml", "12_claims.ipynb", "README.md", "data/survey/README.md"} <= places
    assert "src/compendium/report/words.py" in places


@pytest.mark.parametrize("reason", OUT)
def test_a_word_that_was_given_up_stays_away(reason):
    found = [
        f"{place}: {found[0]}"
        for place, text in TEXTS
        for found in [re.search(OUT[reason], CODES.sub(" ", text))]
        if found
    ]
    assert found == []


@pytest.mark.parametrize("instead", WORN)
def test_a_worn_phrase_stays_away(instead):
    found = [
        f"{place}: {found[0]}"
        for place, text in TEXTS
        if not place.startswith("claims.yml")
        for found in [re.search(WORN[instead], CODES.sub(" ", text))]
        if found
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("Final reports and deaths go with more officials sanctioned", "is associated with"),
        ("Where do the two part?", "responsibility and power differ, exceed, match"),
        ("A result that hangs on one case is no result.", "depends on"),
        ("so the product has next to no degrees of freedom", "scarce respondents"),
        ("取决于单个案例的结果不成其为结果", "no aphorism in place of a statement"),
        ("应对绩效：完整行与多重插补并列", "complete cases"),
        ("若未经二次阅读者不更可能点名", "name no more often"),
        ("地级层级", "names of tiers"),
    ],
)
def test_the_worn_phrases_of_before_are_found(text, instead):
    assert re.search(WORN[instead], text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("其中县处级以下占 31%", "below county rank excludes the county: 乡科级及以下"),
        ("The stand-in was built with", "the made-up survey is simulated data"),
        ("多数受处分者在基层", "sanctions as a whole are 追责, 处分 is disciplinary"),
        (
            "predicates written before their estimates were looked at",
            "no seen test was written before its outcome",
        ),
    ],
)
def test_the_patterns_find_what_they_are_for(text, reason):
    assert re.search(OUT[reason], CODES.sub(" ", text))


def test_every_incident_has_a_name_in_both_languages_and_figures_show_it():
    names = names_of(ROOT, ["incidents"])
    assert names["2015-rizhao-shida"].zh != names["2015-rizhao-shida"].en
    assert re.search(r"[\u4e00-\u9fff]", names["2015-rizhao-shida"].zh)
    assert names_of(ROOT, ["series"]) == {}
    labels = Vocabulary(ROOT, load_plan(ROOT)).labels("04_configurations")
    assert labels.text("2015-rizhao-shida", lang="zh") == names["2015-rizhao-shida"].zh


def test_names_of_files_and_parameters_keep_the_word():
    assert not re.search(
        OUT["the made-up survey is simulated data"],
        CODES.sub(" ", "run `data stand-in` {a.stand-in}"),
    )
