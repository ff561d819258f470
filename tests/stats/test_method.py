"""Methods print in both languages from one vocabulary, and nobody need read a sentence."""

import ast
import pickle
import re
from pathlib import Path
from string import Formatter

import pytest

from compendium.claims.ledger import read_ledger
from compendium.plan import load_plan
from compendium.stats.method import NONE, Method, clustered
from compendium.stats.method_words import ALONE, FREE, LOWER_BOUND, OTHER_FAMILY, WORDS
from compendium.stats.tidy import Tidy
from compendium.text import Text

FAMILIES = {word.family for word in WORDS.values() if word.family}
ROOT = Path(__file__).parents[2]
LEDGER = read_ledger(ROOT / "reports" / "reference" / "estimates.csv")
OLS = Method.of("ols").also(clustered("CR1", "county", 50))
NAMES = {"county": Text("county", "县"), "row": Text("row", "不用")}
PROPER = {
    "wild",  # the bootstrap's name, as the tests of the messages were fixed with
    "Romano-Wolf",
    *(
        "CFI",
        "CR",
        "HC",
        "NB",
        "REML",
        "ML",
        "GLM",
        "QCA",
        "PRI",
        "ICC",
        "AC",
        "R_max",
        "logit",
        "t",
        "p",
        "q",
    ),
    *("n", "z", "r", "ab", "F", "E", "R", "Q", "CFA", "Manski", "Imbens-Manski", "Wilson", "Webb"),
    *(
        "Clopper-Pearson",
        "Beta",
        "Delta",
        "Dirichlet",
        "Rademacher",
        "Satterthwaite",
        "Welch",
        "Fisher",
    ),
    *("Kendall", "b", "Cameron-Trivedi", "Hartung-Knapp", "Cronbach", "McDonald", "Gwet", "Cohen"),
    *(
        "Oster",
        "Holm",
        "Barnard-Rubin",
        "Johnson-Neyman",
        "Wald",
        "Aigner",
        "Jeffreys",
        "Rogan-Gladen",
    ),
}
"""Names that Chinese journals print in Latin letters."""
CASE = re.compile(r"\d{4}-[a-z-]+")
"""Codes of incidents."""

FILLED = "[a-z0-9_]*"

CASES = [
    (OLS, "OLS, CR1 by county, 50 clusters, t(49)", "regression"),
    (
        Method.of("marginal_effect", fit=OLS).then("without", case="湖北"),
        "average marginal effect, delta method, after OLS, CR1 by county, 50 clusters, t(49); "
        "without 湖北",
        "regression",
    ),
    (
        Method.of("alpha").namely("copies"),
        "Cronbach's alpha: no interval, for the items are copies of each other",
        "measurement",
    ),
    (
        Method.of("clustered", kind="CR1", by=("place", "kind"), G=(12, 10)),
        "CR1 by place and kind, 12 and 10 clusters",
        OTHER_FAMILY,
    ),
    (Method.free("read off a chart"), "read off a chart", OTHER_FAMILY),
    (NONE, "", ""),
]
CHINESE = [
    "普通最小二乘法，聚类稳健标准误（CR1），按县聚类，50 个聚类，t(49)",
    "平均边际效应，Delta 法，基于：普通最小二乘法，聚类稳健标准误（CR1），按县聚类，50 个聚类，t(49)；"
    "剔除湖北",
    "Cronbach α 系数：题项互为副本，无区间",
    "聚类稳健标准误（CR1），按 place 与 kind 聚类，12 与 10 个聚类",
    "read off a chart（英文原文）",
    "",
]


def places(template):
    return sorted((name, spec) for _, name, spec, _ in Formatter().parse(template) if name)


def patterns():
    """What the texts of the sources can be, with anything where something is filled in."""
    for path in (ROOT / "src").rglob("*.py"):
        if path.name == "method_words.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                told = (getattr(part, "value", None) for part in node.values)
                yield "".join(re.escape(t) if isinstance(t, str) else FILLED for t in told)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)


@pytest.mark.parametrize(("case", "chinese"), [*zip(CASES, CHINESE, strict=True)])
def test_a_method_prints_in_both_languages(case, chinese):
    method, english, family = case
    assert (str(method), method["en"], method.family) == (english, english, family)
    assert method.words("zh", NAMES.get) == chinese


def test_the_engines_own_names_need_no_study():
    assert clustered("CR1", "row", 9)["zh"] == "聚类稳健标准误（CR1），按行聚类，9 个聚类，t(8)"


def test_an_author_may_give_both_languages():
    method = Method.free("read off a chart", "从图上读取")
    assert (method["en"], method["zh"]) == ("read off a chart", "从图上读取")
    assert Tidy("x", 1.0, method="read off a chart").method == Method.free("read off a chart")


def test_the_words_of_a_method_are_known_without_its_sentence():
    method = Method.of("e_value", of=Method.of("rate_ratio")).then(OLS)
    assert method.codes == ("e_value", "rate_ratio", "ols", "clustered", "t")
    assert method.until("e_value") == Method.of("e_value", of=Method.of("rate_ratio"))


def test_nothing_added_changes_nothing():
    assert OLS.then(NONE) == OLS
    assert not NONE


def test_methods_travel_to_workers_and_back():
    assert pickle.loads(pickle.dumps(OLS)) == OLS


def test_an_unknown_word_is_refused():
    with pytest.raises(KeyError, match="no word 'olz'"):
        Method.of("olz")


@pytest.mark.parametrize("code", list(WORDS))
def test_both_languages_of_a_word_have_the_same_places(code):
    assert places(WORDS[code].en) == places(WORDS[code].zh)


def test_every_word_is_used():
    known = {one for one in patterns() if FILLED not in one or re.match("[a-z]{2}", one)}
    whole = re.compile("|".join(f"(?:{one})" for one in known if len(one) < 60))
    named = {FREE, LOWER_BOUND, ALONE}
    assert [code for code in WORDS if not whole.fullmatch(code) and code not in named] == []


def test_every_family_has_words():
    assert set(FAMILIES) <= set(load_plan(ROOT).labels)


def test_every_method_of_the_ledger_has_a_family_and_words():
    for estimate in LEDGER.values():
        assert estimate.family in set(FAMILIES) - {OTHER_FAMILY}, estimate.id
        assert set(estimate.method_codes) <= set(WORDS), estimate.id


def test_no_chinese_method_of_the_ledger_holds_english():
    odd = {
        (word, estimate.method_zh)
        for estimate in LEDGER.values()
        for word in re.findall(r"[A-Za-z_]+(?:-[A-Za-z]+)*", CASE.sub("", estimate.method_zh))
        if word not in PROPER
    }
    assert odd == set()
    assert all(estimate.method_zh for estimate in LEDGER.values())
