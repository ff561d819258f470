"""Lines break where Chinese and English typesetting allow it, and the font is the packaged one."""

from itertools import combinations, pairwise

import pytest

from compendium.exhibits.colours import inks, lightness, meaning
from compendium.exhibits.style import active, font_path, refuse_missing_glyphs
from compendium.exhibits.typeset import measure, wrap, wrap_evenly
from compendium.text import tidied

from .exhibit_cases import LONG_EN, LONG_ZH

TIERS = ("province", "prefecture", "county", "township", "community")
RANKS = (
    *("rank_ministerial", "rank_bureau", "rank_county", "rank_section"),
    *("ordinary_cadre", "rural_enterprise_other"),
)
TEXTS = [LONG_EN, LONG_ZH, "2024 年 GB/T 15834 规定:“乡镇(街道)”须达 95% 以上。" * 3]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [40, 90, 200, 480])
def test_wrapping_keeps_every_character_and_the_width(text, width):
    for lines in (wrap(text, width, 9), wrap_evenly(text, width, 9)):
        assert "".join(lines).replace(" ", "") == tidied(text).replace(" ", "")
        assert max(measure(line, 9) for line in lines) <= width


@pytest.mark.parametrize("width", [60, 75, 100, 130, 200])
def test_no_line_starts_or_ends_with_forbidden_punctuation(width):
    lines = wrap(LONG_ZH, width, 9)
    assert not {line[0] for line in lines} & set("，。、；：）”》%")
    assert not {line[-1] for line in lines[:-1]} & set("（“《")


def test_even_wrapping_needs_no_more_lines():
    for text in TEXTS:
        for width in (120, 300, 480):
            assert len(wrap_evenly(text, width, 13)) == len(wrap(text, width, 13))


def test_an_endless_word_is_cut():
    assert wrap("w" * 100, 50, 9)[0] == "w" * len(wrap("w" * 100, 50, 9)[0])
    assert "".join(wrap("w" * 100, 50, 9)) == "w" * 100


def test_folded_lines_join_without_a_gap_in_chinese():
    assert tidied("权责\n  失衡 in  cities\n常见") == "权责失衡 in cities 常见"


def test_the_font_is_packaged_and_has_what_papers_print():
    assert font_path().name == "NotoSansSC-Regular.ttf"
    refuse_missing_glyphs("0123456789 −%–—‰±×≤≥≈≠ τ²βχ，。、；：？！（）《》“”‘’…·①② 基层政府")


@pytest.mark.parametrize("scale", [TIERS, RANKS], ids=["tiers", "ranks"])
def test_ordered_scales_get_lighter_step_by_step(scale):
    steps = [lightness(meaning(code).colour) for code in scale]
    distinct = list(dict.fromkeys(steps))
    assert distinct == sorted(distinct)
    assert all(after + 0.05 >= 1.2 * (before + 0.05) for before, after in pairwise(distinct))


def test_series_differ_in_colour_marker_and_dash():
    made = inks([f"s{i}" for i in range(len(active().series))])
    for a, b in combinations(made.values(), 2):
        assert a.colour != b.colour
        assert a.marker != b.marker
        assert a.dash != b.dash


def test_even_lines_never_cut_a_word_that_fits():
    for text in ("Community or village", "Dynamic zero", "Several of these tiers"):
        whole = max(measure(word, 9) for word in text.split())
        for room in (whole, whole * 1.2, whole * 1.9):
            assert " ".join(wrap_evenly(text, room, 9)) == text
