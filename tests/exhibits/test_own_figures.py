"""A figure that an author draws: the house's page round it, its data kept, its texts in pairs."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text as TextArtist

from compendium.errors import UserError
from compendium.exhibits import forms
from compendium.exhibits.forms import describe, draw, named
from compendium.exhibits.labels import Labels
from compendium.exhibits.own import found
from compendium.exhibits.own.kept import plotted
from compendium.exhibits.own.page import figure_of
from compendium.exhibits.plots import bars, dots, heat, histogram, lines, scatter
from compendium.exhibits.recorded import AXES
from compendium.exhibits.save import render_figure
from compendium.exhibits.style import FONT_FAMILY, own_settings, using
from compendium.exhibits.style_file import named_style
from compendium.text import LANGS, Text

from .exhibit_cases import colophon, plan

HAZARDS = {"flood": ("Flood", "洪涝"), "fire": ("Fire", "火灾")}
WORDS = {
    **HAZARDS,
    "loss": ("Economic loss", "经济损失"),
    "urban": ("Share in towns and cities", "城镇人口比重"),
    "hazard": ("Hazard", "灾种"),
    "other_a": ("Other", "其他"),
    "other_b": ("Other", "另类"),
}
LABELS = Labels({code: Text(*words) for code, words in WORDS.items()})
CITIES = pd.DataFrame(
    {
        "urban": np.linspace(0.2, 0.9, 8),
        "loss": [3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0],
        "hazard": ["flood", "fire"] * 4,
    }
)


def column(**values):
    words = {code: Text(*both) for code, both in values.items()}
    return SimpleNamespace(label=Text("Hazard", "灾种"), values=words)


@pytest.fixture(autouse=True)
def _no_open_figures():
    yield
    plt.close("all")


def own(form=AXES, **changes):
    exhibit = plan("fig-own", "", options={}, axes=changes.pop("axes", {}), **changes)
    return exhibit.model_copy(update={"form": form})


def on_page(drawn, lang="en", labels=LABELS, **changes):
    return draw(None, own(**changes), labels, lang, figure_of(drawn, "fig-own"))


def texts(figure):
    return {artist.get_text() for artist in figure.findobj(TextArtist)}


def regression():
    _, ax = plt.subplots()
    return sns.regplot(data=CITIES, x="urban", y="loss", seed=0, ax=ax)


def test_texts_on_axes_are_put_into_either_language():
    drawn = sns.relplot(data=CITIES, x="urban", y="loss", hue="hazard", col="hazard", height=2)
    figure = figure_of(drawn, "fig-own")
    shown = {lang: texts(draw(None, own(), LABELS, lang, figure)) for lang in LANGS}
    assert {"Economic loss", "Hazard = Flood", "Hazard", "Fire"} <= shown["en"]
    assert {"经济损失", "灾种 = 洪涝", "灾种", "火灾"} <= shown["zh"]
    assert not shown["zh"] & {"loss", "flood", "Flood", "Hazard"}


def test_title_note_evidence_and_origin_are_put_round_axes():
    figure = on_page(regression(), "zh")
    told = texts(figure)
    assert "观测证据" in told
    assert any("城市风险事件" in line for line in told)
    picture = render_figure(figure, own(), colophon(own()), "zh", "x", ["svg", "png"])
    assert any("fig-own" in line for line in texts(figure))
    assert picture.files["png"].startswith(b"\x89PNG")


def test_type_of_an_author_becomes_that_of_the_house():
    with plt.style.context("default"):
        drawn = regression()
    families = {family for t in on_page(drawn).findobj(TextArtist) for family in t.get_fontfamily()}
    assert families == {FONT_FAMILY}


def test_the_plan_may_name_the_axes():
    axes = {"y": Text("Loss in millions", "损失（百万）")}
    assert "损失（百万）" in texts(on_page(regression(), "zh", axes=axes))


def test_a_picture_of_axes_has_the_same_bytes_on_two_draws():
    figure = figure_of(regression(), "fig-own")
    one, two = (
        render_figure(draw(None, own(), LABELS, "zh", figure), own(), colophon(own()), "zh", "x")
        for _ in range(2)
    )
    assert one.files == two.files


def test_an_axis_of_codes_gets_their_words():
    _, ax = plt.subplots()
    sns.barplot(data=CITIES, x="hazard", y="loss", errorbar=None, ax=ax)
    labels = [tick.get_text() for tick in on_page(ax, "zh").axes[0].get_xticklabels()]
    assert labels == ["洪涝", "火灾"]


def test_a_logarithmic_axis_is_written_in_powers():
    _, ax = plt.subplots()
    ax.loglog([1, 1000], [1, 1000])
    (ax,) = on_page(ax).axes
    shown = [tick.label1 for tick in ax.xaxis.get_major_ticks()]
    assert any("10^{2}" in text.get_text() and text.get_parse_math() for text in shown)


@pytest.mark.parametrize("lang", LANGS)
def test_words_stand_within_the_page_beside_no_other(lang):
    drawn = sns.heatmap(CITIES.pivot_table(index="hazard", columns="urban", values="loss"))
    figure = on_page(drawn, lang)
    inside = figure.bbox.padded(1)
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert inside.contains(box.x0, box.y0)
        assert inside.contains(box.x1, box.y1)


@pytest.mark.parametrize("settings", [own_settings(), {"figure.autolayout": True}, {}])
def test_codes_that_do_not_fit_a_narrow_page_are_refused_with_the_width_they_need(settings):
    long = {f"c{i}": Text(f"Antidisestablishmentarianism{i}", f"词{i}") for i in range(4)}
    with plt.rc_context(settings):
        _, ax = plt.subplots()
        ax.bar(list(long), range(1, 5))
    with using(named_style("journal")), pytest.raises(UserError, match=r"at least .* mm"):
        on_page(ax, labels=Labels(long))


# What is kept of axes


def test_points_and_lines_are_kept():
    kept = plotted(figure_of(regression(), "fig-own"))
    points = kept[kept["mark"] == "point"]
    np.testing.assert_allclose(points["x"], CITIES["urban"])
    np.testing.assert_allclose(points["y"], CITIES["loss"])
    assert {"point", "line", "area"} == set(kept["mark"])


def test_bars_are_kept_by_their_codes():
    _, ax = plt.subplots()
    sns.barplot(data=CITIES, x="hazard", y="loss", errorbar=None, ax=ax)
    kept = plotted(figure_of(ax, "fig-own"))
    assert list(zip(kept["x"], kept["height"], strict=True)) == [("flood", 3.5), ("fire", 4.375)]


def test_cells_are_kept_by_their_codes_and_not_those_of_their_key():
    table = pd.DataFrame([[1.0, 2.0]], index=["loss"], columns=["flood", "fire"])
    kept = plotted(figure_of(sns.heatmap(table), "fig-own"))
    cells = list(kept[["x", "y", "value"]].itertuples(index=False, name=None))
    assert cells == [("flood", "loss", 1.0), ("fire", "loss", 2.0)]


# What is refused


def empty():
    return plt.subplots()[1]


def closed():
    ax = regression()
    plt.close(ax.figure)
    return ax


def cleared():
    ax = regression()
    ax.figure.clear()
    return ax


def removed():
    ax = regression()
    ax.remove()
    return ax


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (empty, "have no data"),
        (closed, "closed or cleared"),
        (cleared, "closed or cleared"),
        (removed, "closed or cleared"),
    ],
)
def test_axes_that_show_nothing_are_refused(make, problem):
    with pytest.raises(UserError, match=problem):
        figure_of(make(), "fig-own")


def test_axes_of_a_figure_without_pyplot_are_never_closed():
    ax = Figure().subplots()
    ax.plot([1, 2])
    assert figure_of(ax, "fig-own") is ax.figure


@pytest.mark.parametrize(
    ("text", "problem", "value"),
    [
        ("Cost of it", "no pair in the other language", "Cost of it"),
        ("loss = Cost", "no pair in the other language", "Cost"),
        ("Other", "several pairs in the other language", "Other"),
        ("ᚠ", "no pair in the other language", "ᚠ"),
    ],
)
def test_a_text_without_its_pair_is_refused_by_name(text, problem, value):
    ax = regression()
    ax.annotate(text, (0.5, 2))
    with pytest.raises(UserError, match=problem) as refused:
        on_page(ax)
    assert refused.value.value == value


def test_a_character_without_a_glyph_is_refused():
    labels = Labels({**LABELS.plan_labels, "rune": Text("Rune ᚠ", "符 ᚠ")})
    ax = regression()
    ax.annotate("rune", (0.5, 2))
    with pytest.raises(UserError, match="no glyph for 'ᚠ'"):
        on_page(ax, labels=labels)


def test_a_title_of_its_own_is_refused():
    ax = regression()
    ax.figure.suptitle("loss")
    with pytest.raises(UserError, match="title of its own"):
        on_page(ax)


def test_axes_that_can_not_be_copied_ask_for_a_function():
    ax = regression()
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    with pytest.raises(UserError, match=r"give study\.figure a function"):
        on_page(ax)


def test_axes_are_not_there_any_more_when_they_are_to_be_drawn_again():
    with pytest.raises(UserError, match=r"a function \(ax, data\) of the study's package"):
        draw(CITIES, own(), LABELS, "en")


@pytest.mark.parametrize("plot", ["pie", 3, CITIES])
def test_what_is_no_plot_is_refused_with_what_is(plot):
    with pytest.raises(UserError, match=r"is no plot; give a function .* plots\.bars"):
        named(plot)


# Functions


def test_a_plot_is_named_so_that_it_is_found_again():
    assert named(dots) == "dots"
    where = named(scatter)
    assert where == "compendium.exhibits.plots.simple:scatter"
    assert found.found(where) is scatter


def test_a_function_that_can_not_be_found_again_says_where_to_put_it(monkeypatch):
    def inner(ax, data):
        ax.plot(data["x"])

    for lost in (inner, lambda ax, data: ax.plot(data["x"]), plt.plot):
        with pytest.raises(UserError, match=r"figures\.py, and import it"):
            named(lost)
    monkeypatch.setattr(found, "registered", lambda: SimpleNamespace(package="seaborn"))
    assert found.found("seaborn.relational:lineplot") is sns.lineplot


@pytest.mark.parametrize("where", ["os:system", "compendium.exhibits.plots:none", "compendium.x:y"])
def test_no_function_but_the_study_s_is_run_because_a_record_names_it(where):
    with pytest.raises(UserError, match="not there any more"):
        forms.draw(CITIES, own(form=where), LABELS, "en")


BOTH = {"x": LABELS.plan_labels["urban"], "y": LABELS.plan_labels["loss"]}
CODED = Labels(
    LABELS.plan_labels | {"flood": Text("All floods", "全部洪涝")},
    {
        "incidents": {"hazard": column(flood=("Flood", "洪涝"), fire=("Fire", "火灾"))},
        "messages": {"topic": column(flood=("Floods", "水患"), gas=("Gas", "燃气"))},
    },
)


@pytest.mark.parametrize("lang", LANGS)
def test_codes_of_a_drawn_column_have_the_words_of_the_sources_column(lang):
    form = named(sns.stripplot, {"x": "loss", "y": "hazard"})
    axes = {**BOTH, "y": Text("Hazard", "灾种")}
    exhibit = own(form=form, axes=axes, sources=("incidents",))
    assert HAZARDS["flood"][lang == "zh"] in texts(draw(CITIES, exhibit, CODED, lang))
    declared = own(form=form, axes=axes, labels={"y": "incidents.hazard"}, sources=())
    assert HAZARDS["flood"][lang == "zh"] in texts(draw(CITIES, declared, CODED, lang))
    other = own(form=form, axes=axes, sources=("messages",))
    assert CODED.plan_labels["flood"][lang] in texts(draw(CITIES, other, CODED, lang))


def test_a_code_of_a_column_that_is_not_drawn_names_that_column():
    ax = regression()
    ax.annotate("gas", (0.5, 2))
    with pytest.raises(UserError, match=r"labels: \{y: messages\.topic\}"):
        on_page(ax, labels=CODED)


def test_points_are_jittered_alike_each_time_and_no_other_chance_is_touched():
    exhibit = own(form=named(sns.stripplot, {"x": "loss", "y": "hazard"}), axes=BOTH)
    drawn = []
    for number, lang in enumerate(("en", "zh", "en")):
        np.random.seed(number)  # noqa: NPY002
        state = np.random.get_state()[1].tolist()  # noqa: NPY002
        drawn.append(draw(CITIES, exhibit, LABELS, lang).axes[0])
        assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
    places = [np.vstack([one.get_offsets() for one in axes.collections]) for axes in drawn]
    assert len(np.unique(places[0][:, 1])) > len(HAZARDS)
    for again in places[1:]:
        np.testing.assert_array_equal(again, places[0])


POINTS = CITIES.rename(columns={"urban": "x", "loss": "y", "hazard": "group"})


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("style", ["screen", "journal", "slide"])
def test_the_house_s_plain_functions_draw_in_every_style(lang, style):
    cells = POINTS.groupby(["group"])["y"].mean().reset_index().assign(x="loss")
    cases = {
        scatter: POINTS,
        histogram: POINTS[["x", "group"]],
        heat: cells.rename(columns={"y": "value", "group": "y"}),
    }
    for paint, data in cases.items():
        exhibit = own(form=named(paint), axes=BOTH)
        with using(named_style(style)):
            told = texts(draw(data, exhibit, LABELS, lang))
        assert {HAZARDS["flood"][lang == "zh"], HAZARDS["fire"][lang == "zh"]} <= told


def test_a_scatter_shows_each_point_and_a_heat_map_each_value():
    kept = plotted(draw(POINTS, own(form=named(scatter), axes=BOTH), LABELS, "en"))
    points = kept[kept["mark"] == "point"]
    np.testing.assert_allclose(points["y"], POINTS["y"])
    cells = pd.DataFrame({"x": ["flood", "fire"], "y": ["loss", "loss"], "value": [1.0, 2.5]})
    figure = draw(cells, own(form=named(heat), axes=BOTH), LABELS, "en")
    assert {"1", "2.5", "Flood", "Fire", "Economic loss"} <= texts(figure)


def test_what_nobody_can_know_of_axes_is_told_by_the_plan():
    exhibit = own(evidence=("stand-in",))
    assert describe(CITIES, exhibit, LABELS, "en") == (
        "Simulated data: pipeline check, not evidence. A chart."
    )


def test_dots_bars_bounds_and_forest_are_functions_of_axes_too():
    data = pd.DataFrame(
        {"category": ["flood", "fire"], "value": [0.2, 0.6], "ci_low": [0.1, np.nan]}
    ).assign(ci_high=[0.4, np.nan])
    _, axes = plt.subplots(1, 2)
    dots(axes[0], data)
    bars(axes[1], data)
    for ax in axes:
        assert [tick.get_text() for tick in ax.get_yticklabels()] == ["flood", "fire"]
        assert ax.yaxis_inverted()
    spans = [line.get_xdata() for line in axes[0].lines]
    np.testing.assert_allclose(spans[0], [0.1, 0.4])
    assert [list(span) for span in spans if len(span) == 1] == [[0.2], [0.6]]
    np.testing.assert_allclose([bar.get_width() for bar in axes[1].patches], [0.2, 0.6])
    with pytest.raises(UserError, match="lays out the whole page"):
        lines(axes[0], data)
