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
    readmes = (*ROOT.glob("README*.md"), *ROOT.glob("data/README*"), *ROOT.glob("data/*/READ*"))
    for path in (one for one in readmes if one.parent.name != "incidents"):  # words of the sources
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
