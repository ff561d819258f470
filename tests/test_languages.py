"""Both languages of every text say the same: numbers, directions, strengths, negations, terms."""

import random
import re
from pathlib import Path

import pytest

from compendium.commands.data import unlike_lines
from compendium.plan import load_plan
from compendium.plan.parity import Languages, Unlike, load_languages, unlike_texts
from compendium.review.languages import different_texts, texts_of
from compendium.text import LANGS, Text

ROOT = Path(__file__).parents[1]
SWAPS = {
    "en": {
        "direction": [
            ("rose", "fell"),
            ("rise", "fall"),
            ("higher", "lower"),
            ("more", "less"),
            ("larger", "smaller"),
            ("later", "sooner"),
            ("before", "after"),
            ("above", "below"),
            ("increase", "decrease"),
            ("at least", "at most"),
        ],
        "negation": [
            (" not ", " "),
            ("is", "is not"),
            ("are", "are not"),
            (" no ", " "),
            ("can't", "can"),
        ],
        "number": [(r"(?<![\w.{])\d\d+(?![\w}])", "47")],
        "unit": [
            ("percentage points", "percent"),
            ("%", " percentage points"),
            ("percent", "percentage points"),
        ],
        "strength": [
            ("most", "few"),
            ("all", "some"),
            ("only", "also"),
            ("majority", "minority"),
            ("every", "some"),
        ],
        "name": [
            ("township", "county"),
            ("county", "township"),
            ("province", "township"),
            ("prefecture", "village"),
            ("centre", "county"),
            ("residents", "officials"),
            ("epidemic", "flood"),
        ],
    },
    "zh": {
        "direction": [
            ("上升", "下降"),
            ("高于", "低于"),
            ("更多", "更少"),
            ("较高", "较低"),
            ("多于", "少于"),
            ("之前", "之后"),
            ("以上", "以下"),
            ("增加", "减少"),
            ("至少", "至多"),
            ("超过", "低于"),
        ],
        "negation": [("不", ""), ("没有", ""), ("未", ""), ("无法", "可以"), ("是", "不是")],
        "number": [(r"(?<![\w.{])\d\d+(?![\w}])", "47")],
        "unit": [("个百分点", "%"), ("%", "个百分点")],
        "strength": [
            ("多数", "少数"),
            ("全部", "部分"),
            ("仅", "也"),
            ("所有", "部分"),
            ("各", "某"),
        ],
        "name": [
            ("乡镇", "县"),
            ("县", "乡镇"),
            ("省", "乡镇"),
            ("地级", "村"),
            ("中央", "县"),
            ("居民", "官员"),
            ("疫情", "洪水"),
        ],
    },
}


@pytest.fixture(scope="module")
def texts():
    return list(texts_of(ROOT, load_plan(ROOT)))


def test_no_text_says_in_one_language_what_it_does_not_in_the_other():
    told = [
        f"{place}: {one.concept} '{one.word}' ({one.lang})" for place, one in different_texts(ROOT)
    ]
    assert told == []


def swaps(texts, draw):
    """Draw, for each kind, texts and what becomes of them when one word in one language is swapped."""
    for kind in SWAPS["en"]:
        places = [
            (place, text, lang, old, new)
            for lang in LANGS
            for old, new in SWAPS[lang][kind]
            for place, text in texts
            if re.search(bounded(old, lang), text[lang])
        ]
        for place, text, lang, old, new in draw.sample(places, min(100, len(places))):
            found = draw.choice(list(re.finditer(bounded(old, lang), text[lang])))
            changed = text[lang][: found.start()] + new + text[lang][found.end() :]
            yield kind, place, Text(**{one: changed if one == lang else text[one] for one in LANGS})


def bounded(word, lang):
    return word if lang == "zh" or not word[0].isalpha() else rf"\b{word}\b"


def test_a_word_swapped_in_one_language_is_seen(texts):
    languages, caught, missed = load_languages(ROOT), {}, []
    for kind, place, text in swaps(texts, random.Random(15)):
        seen = bool(list(unlike_texts([(place, text)], languages)))
        caught.setdefault(kind, []).append(seen)
        missed += [] if seen else [(kind, place, text)]
    rates = {kind: sum(seen) / len(seen) for kind, seen in caught.items()}
    print(rates, *missed, sep="\n")
    assert sum(map(sum, caught.values())) / sum(map(len, caught.values())) >= 0.6
    assert min(rates.values()) >= 0.2, rates


@pytest.mark.parametrize(
    ("en", "zh", "concepts"),
    [
        ("Losses rose.", "损失下降。", {"rise", "fall"}),
        ("Losses [C1.x: rose|fell|are open].", "损失[C1.x: 下降|上升|未定]。", {"rise", "fall"}),
        ("Most are low.", "少数在基层。", {"most", "few"}),
        ("It is 12 of 100 million yuan.", "为 1 亿元中的 13 元。", {"number"}),
        ("By June 2025", "2025 年 6 月前", set()),
        ("Two of ten", "10 个中的 2 个", set()),
        ("by 3 percentage points", "3%", {"points", "percent"}),
        ("It can't be told.", "可以判定。", {"negation"}),
        ("At least three", "至多三个", {"at least", "at most"}),
        ("This proves that it holds.", "这证明其成立。", {"proof"}),
        ("This doesn't prove that it holds.", "这不证明其成立。", set()),
        ("It rose. It is known. It was seen. It ends.", "已知。它上升。见过。完。", set()),
    ],
)
def test_what_differs_is_named_by_its_concept(en, zh, concepts):
    found = unlike_texts([("x", Text(en, zh))], Languages())
    assert {one.concept for _, one in found} == concepts


def test_an_exception_holds_for_its_place_and_concept_alone():
    languages = Languages(unlike=[{"why": "a name", "where": ["a.*"], "concepts": ["rise"]}])
    text = Text("Losses rose.", "损失。")
    told = unlike_texts([("a.b", text), ("b.b", text)], languages)
    assert [place for place, _ in told] == ["b.b"]


def test_every_exception_is_needed(texts):
    languages = load_languages(ROOT)
    for number, entry in enumerate(languages.unlike):
        rest = [one for i, one in enumerate(languages.unlike) if i != number]
        for where in entry.where:
            others = [w for w in entry.where if w != where]
            less = [*rest, *([entry.model_copy(update={"where": tuple(others)})] if others else [])]
            near = [(p, t) for p, t in texts if matches(p, where)]
            assert list(unlike_texts(near, languages.model_copy(update={"unlike": tuple(less)}))), (
                where
            )


def matches(place, where):
    from fnmatch import fnmatchcase

    return fnmatchcase(place, where)


@pytest.mark.parametrize(("lang", "said"), [("en", "only the English text"), ("zh", "仅英文有")])
def test_the_check_of_data_says_where_languages_differ(monkeypatch, lang, said):
    told = Unlike("rise", "en", "rose", Text("It rose.", "它下降。"))
    monkeypatch.setattr("compendium.review.languages.different_texts", lambda _: [("x.y", told)])
    (line,) = unlike_lines(ROOT, lang)
    assert "x.y" in line
    assert said in line
    assert "rose" in line


SENTENCES = {"en": r"(?<=[.!?;])\s+", "zh": r"(?<=[。！？；])(?=.)"}


def test_the_limits_of_a_claim_are_as_many_in_both_languages():
    """Whoever drops a caveat in one language leaves it in the other."""
    for claim in load_plan(ROOT).claims.values():
        number = {lang: len(re.split(SENTENCES[lang], claim.limits[lang])) for lang in LANGS}
        assert number["en"] == number["zh"], (claim.id, claim.limits)
