"""Figures can be read: nothing overlaps, nothing is cut, every code has words."""

from itertools import combinations
from math import nan

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text as TextArtist

from compendium.errors import UserError
from compendium.exhibits.canvas import write_colophon
from compendium.exhibits.forms import FORMS, describe, draw
from compendium.exhibits.forms.axes import spread
from compendium.exhibits.labels import Labels
from compendium.exhibits.style import check_glyphs, styled
from compendium.text import LANGS, Text

from .exhibit_cases import CASES, LABELS, VALUE, colophon, dots_of, one_of, plan

# A touch of this many pixels is antialiasing, not an overlap.
TOUCH = 1.0


def drawn_texts(figure):
    with styled():
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        artists = [t for t in figure.findobj(TextArtist) if t.get_text() and t.get_visible()]
        return [(t.get_text(), t.get_window_extent(renderer)) for t in artists]


def overlap(a, b):
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return width > TOUCH and height > TOUCH


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", CASES)
def test_no_text_overlaps_another_or_leaves_the_canvas(name, lang):
    exhibit, data = CASES[name]
    figure = draw(data, exhibit, LABELS, lang)
    write_colophon(figure, colophon(exhibit).line(lang) * 3)
    check_glyphs(figure)
    texts = drawn_texts(figure)
    width, height = figure.get_size_inches() * figure.dpi
    outside = [
        words
        for words, box in texts
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    assert not outside
    assert not [(a[0], b[0]) for a, b in combinations(texts, 2) if overlap(a[1], b[1])]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["tiers", "standin", "mixed-evidence", "lines-1"])
def test_every_figure_says_what_kind_of_evidence_it_is(name, lang):
    exhibit, data = CASES[name]
    words = {
        "observed": {"en": "Observed evidence", "zh": "观测证据"},
        "external": {"en": "External data", "zh": "外部数据"},
        "stand-in": {
            "en": "Simulated data: pipeline check, not evidence",
            "zh": "模拟数据：仅检验流程，不作证据",
        },
    }
    shown = {text for text, _ in drawn_texts(draw(data, exhibit, LABELS, lang))}
    assert {words[kind][lang] for kind in exhibit.evidence} <= shown


def test_the_title_stands_on_the_figure_word_for_word():
    exhibit, data = CASES["dots-25"]
    for lang, glue in (("en", " "), ("zh", "")):
        shown = [text for text, _ in drawn_texts(draw(data, exhibit, LABELS, lang))]
        assert exhibit.title[lang] in glue.join(shown)


@pytest.mark.parametrize("name", ["tiers", "dots-25", "bounds-25", "shares-25", "bars-25"])
def test_a_figure_grows_with_its_rows(name):
    exhibit, data = CASES[name]
    few = draw(data.groupby("category", sort=False).head(1).head(1), exhibit, LABELS, "en")
    assert draw(data, exhibit, LABELS, "en").get_figheight() > 1.5 * few.get_figheight()


@pytest.mark.parametrize("form", FORMS)
def test_wrong_data_are_refused_by_name(form):
    exhibit, data = plan("fig-x", form), one_of(form)
    for wrong, words in (
        (
            data.drop(columns="value", errors="ignore").drop(columns="high", errors="ignore"),
            "lacks",
        ),
        (data.assign(colour=1), "unknown colour"),
        (data.head(0), "nothing to draw"),
        (pd.concat([data, data]), "two values for one mark"),
    ):
        with pytest.raises(UserError, match=words) as caught:
            draw(wrong, exhibit, LABELS, "en")
        assert "fig-x" in str(caught.value)


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"rootogram"}))
def test_a_code_without_words_is_refused(form):
    data = one_of(form).replace("long3", "unheard-of")
    with pytest.raises(UserError, match="no label for this code"):
        draw(data, plan("fig-x", form), LABELS, "en")


@pytest.mark.parametrize("form", ["dots", "bars", "bounds", "shares"])
def test_a_value_axis_needs_words(form):
    with pytest.raises(UserError, match="no words for its value axis"):
        draw(one_of(form), plan("fig-x", form, axes={}), LABELS, "en")


def test_a_character_without_a_glyph_is_refused_with_its_label():
    labels = Labels({"long3": Text("Runic ᚠ mark", "符号")})
    with pytest.raises(UserError, match=r"Runic ᚠ.*U\+16A0.*without"):
        draw(one_of("dots"), plan("fig-x", "dots"), labels, "en")
    figure = draw(one_of("dots"), plan("fig-x", "dots"), LABELS, "en")
    figure.text(0.5, 0.5, "Runic ᚠ")
    with pytest.raises(UserError, match="Runic ᚠ"):
        check_glyphs(figure)


def test_an_unknown_form_is_refused_when_the_plan_is_read():
    with pytest.raises(ValueError, match="use one of " + ", ".join(FORMS)):
        plan("fig-x", "pie")
    recorded = plan("fig-x", "dots").model_copy(update={"form": "pie"})
    with pytest.raises(UserError, match="unknown form"):
        draw(one_of("dots"), recorded, LABELS, "en")


def test_an_empty_code_names_its_row():
    data = dots_of(3).assign(category=["long1", None, "long2"])
    with pytest.raises(UserError, match="row 2, column category"):
        draw(data, plan("fig-x", "dots"), LABELS, "en")


def test_words_for_numbers_are_refused():
    with pytest.raises(UserError, match="not numbers"):
        draw(one_of("bars").assign(value=["many"]), plan("fig-x", "bars"), LABELS, "en")


def test_parts_of_a_whole_are_positive():
    data = one_of("shares")
    with pytest.raises(UserError, match="negative"):
        draw(data.assign(value=-1), plan("fig-x", "shares"), LABELS, "en")
    with pytest.raises(UserError, match="all parts are zero"):
        draw(data.assign(value=0), plan("fig-x", "shares"), LABELS, "en")


def test_bounds_do_not_cross():
    with pytest.raises(UserError, match="low is above high"):
        draw(one_of("bounds").assign(low=1, high=0), plan("fig-x", "bounds"), LABELS, "en")


def test_the_level_of_intervals_comes_from_the_data():
    data = CASES["tiers"][1].assign(level=0.9)
    shown = [words for words, _ in drawn_texts(draw(data, plan("fig-x", "dots"), LABELS, "zh"))]
    assert "90% 区间" in shown
    mixed = data.assign(level=[0.9, 0.95] * 5)
    with pytest.raises(UserError, match=r"0\.9, 0\.95.*mixes intervals"):
        draw(mixed, plan("fig-x", "dots"), LABELS, "en")


def test_nothing_known_is_not_a_line():
    with pytest.raises(UserError, match="no value is known"):
        draw(one_of("lines").assign(value=nan), plan("fig-x", "lines"), LABELS, "en")


def test_labels_spread_no_more_than_they_must():
    heights = dict.fromkeys("abcd", 10.0)
    placed = spread({"a": 50, "b": 52, "c": 90, "d": 99}, heights, 100)
    middles = sorted(placed.values())
    assert np.diff(middles).min() >= 10
    assert placed["c"], placed["d"] == (85, 95)
    assert max(middles) <= 95
    assert placed["a"] == 50
    assert placed["b"] == 60


def test_a_break_interrupts_the_line():
    exhibit, data = CASES["fiscal"]
    figure = draw(data, exhibit, LABELS, "en")
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    spans = sorted((min(line.get_xdata()), max(line.get_xdata())) for line in lines)
    assert spans == [(1978, 1993), (1978, 1993), (1994, 2020), (1994, 2021)]


def test_the_description_tells_each_row_of_a_short_chart():
    exhibit, data = CASES["failures"]
    told = describe(data, exhibit, LABELS, "en")
    assert told.startswith("Share of incidents: lower bounds from ")
    assert ". A chart. 7 rows. " in told
    assert "Failed coordination: at least 6%, at most 100%, n = 238." in told
    assert "协同失灵：下界 6%，上界 100%，n = 238。" in describe(data, exhibit, LABELS, "zh")


def test_the_description_of_a_long_chart_keeps_to_its_extremes():
    exhibit, data = CASES["dots-25"]
    told = describe(data, exhibit, LABELS, "en")
    assert "lowest −0.30 (Item 0:" in told
    assert "highest 0.67 (Item 19:" in told
    assert told.count("Item") == 2


def test_the_description_of_lines_names_ends_extremes_and_breaks():
    exhibit, data = CASES["fiscal"]
    told = describe(data, exhibit, LABELS, "en")
    assert (
        "Local share of revenue: 84% in 1978, 55% in 2021; lowest 44% in 1994, "
        "highest 84% in 1978; broken between 1993–1994, where its definition changes." in told
    )


def test_a_rootogram_hangs_every_bar_from_what_is_expected():
    exhibit, data = CASES["rootogram"]
    axes = draw(data, exhibit, LABELS, "en").axes[0]
    seen = data[data["observed"] > 0]
    tops = [bar.get_y() + bar.get_height() for bar in axes.patches]
    np.testing.assert_allclose(tops, np.sqrt(seen["expected"]))
    heights = [bar.get_height() for bar in axes.patches]
    np.testing.assert_allclose(heights, np.sqrt(seen["observed"]))


def test_a_rootogram_is_told_bin_by_bin():
    exhibit, data = CASES["rootogram"]
    told = describe(data, exhibit, LABELS, "en")
    assert "0: observed 0, expected 3.2" in told
    assert "61 or more: observed" in told


def test_a_negative_frequency_is_refused():
    exhibit, data = CASES["rootogram"]
    with pytest.raises(UserError, match="negative"):
        draw(data.assign(observed=-1), exhibit, LABELS, "en")


def test_the_key_of_a_forest_speaks_of_what_is_compared():
    rows = {"category": ["long3", "long4"], "group": ["study", "mean"], "value": 0.4}
    data = pd.DataFrame({**rows, "ci_low": 0.2, "ci_high": 0.6})
    axes = VALUE | {"study": Text("one province", "一个省份")}
    shown = [
        text for text, _ in drawn_texts(draw(data, plan("f", "forest", axes=axes), LABELS, "en"))
    ]
    assert "one province" in shown
    assert "mean of the studies, its width is the interval" in shown
