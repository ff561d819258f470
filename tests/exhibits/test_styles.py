"""Styles: figures fit one column, can be read in print, in grey and without colour vision."""

import io
import re
import zlib
from dataclasses import replace
from itertools import combinations, pairwise, product
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text as TextArtist
from PIL import Image

from compendium.errors import UserError
from compendium.exhibits.colours import DASHES, MARKERS, ink_on, inks, lightness, part_fills
from compendium.exhibits.display import shown_figure, shown_table
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.recorded import (
    RecordedExhibit,
    as_recorded,
    is_recorded,
    read_frame,
    read_recorded,
)
from compendium.exhibits.restyle import restyled_figure, restyled_table, with_room
from compendium.exhibits.save import render_figure
from compendium.exhibits.style import FAINT_INK, INK, SOFT_INK, active, styled, using
from compendium.exhibits.style_file import (
    HOUSE,
    Style,
    find_style,
    house_styles,
    named_style,
    points_of,
    read_style,
)
from compendium.plan import load_plan
from compendium.text import LANGS
from compendium.vocabulary import Vocabulary

from .exhibit_cases import CASES, LABELS, colophon, table_frame, table_plan
from .test_forms import overlap

PAGES = {
    "journal-single": replace(named_style("journal"), width=points_of("single")),
    "journal-double": replace(named_style("journal"), width=points_of("double")),
    "slide": named_style("slide"),
}
QUICK = ("tiers", "tier-shares", "fiscal", "failures", "rootogram", "standin")
ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "reports" / "reference"
PLAN = load_plan(ROOT)
VOCABULARY = Vocabulary(ROOT, PLAN)
PUBLISHED = [
    exhibit.id
    for exhibit in PLAN.exhibits.values()
    if exhibit.kind == "figure" and is_recorded(REFERENCE, exhibit.id)
]
MANY = [
    *product([name for name in CASES if name in QUICK], LANGS),
    *(pytest.param(name, "zh", marks=pytest.mark.slow) for name in CASES if name not in QUICK),
]
# Contrast of text that WCAG 2.2, 1.4.3, asks for, and of parts of a picture, 1.4.11.
TEXT_CONTRAST, MARK_CONTRAST = 4.5, 3.0
# Machado, Oliveira and Fernandes (2009), table 1, severity 1, on linear RGB.
BLIND = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
# Linear sRGB to XYZ (IEC 61966-2-1), and its white point D65.
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = XYZ.sum(axis=1)
# A difference of CIE 1976 colours that is seen at a glance; 2.3 is just noticeable.
APART = 10.0


def case(name):
    """A figure to test with: exhibit, data, labels and colophon."""
    if name in CASES:
        exhibit, data = CASES[name]
        return exhibit, data, LABELS, colophon(exhibit)
    defaults = {name: known.default for name, known in PLAN.parameters.items()}
    found = read_recorded(REFERENCE, PLAN.exhibits[name], defaults)
    labels = VOCABULARY.labels(found.exhibit.notebook)
    return found.exhibit, found.frame, labels, found.colophon


def drawn(name, lang, style):
    """A figure in a style, with its colophon."""
    exhibit, data, labels, origin = case(name)
    with using(with_room(style, origin, lang)):
        figure = draw(data, exhibit, labels, lang)
        render_figure(figure, exhibit, origin, lang, "", ())
    return figure


def out_of_view(axes):
    """Words of ticks beyond the ends of their axis, which matplotlib keeps and does not draw."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


def texts_of(figure, style):
    with using(style), styled():
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        beyond = {id(text) for axes in figure.axes for text in out_of_view(axes)}
        shown = [t for t in figure.findobj(TextArtist) if t.get_text() and t.get_visible()]
        shown = [t for t in shown if id(t) not in beyond]
        return [(t.get_text(), t.get_window_extent(renderer), t.get_fontsize()) for t in shown]


def fitted(name, lang, style):
    """A figure in a style, wider where it says that it has to be."""
    try:
        return drawn(name, lang, style)
    except UserError as error:
        pattern = r"does not fit a width of .* it needs at least (\d+) mm$"
        least = re.search(pattern, str(error))
        if least is None:
            raise
        return drawn(name, lang, replace(style, width=points_of(f"{least[1]}mm")))


def check_page(name, lang, page):
    figure = fitted(name, lang, PAGES[page])
    texts = texts_of(figure, PAGES[page])
    width, height = figure.get_size_inches() * figure.dpi
    for words, box, _ in texts:
        assert box.x0 > -0.5, words
        assert box.y0 > -0.5, words
        assert box.x1 < width + 0.5, words
        assert box.y1 < height + 0.5, words
    assert not [(a[0], b[0]) for a, b in combinations(texts, 2) if overlap(a[1], b[1])]
    return min(size for *_, size in texts)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", QUICK)
def test_one_column_holds_a_figure_and_nothing_is_below_eight_points(name, lang):
    assert check_page(name, lang, "journal-single") >= 8


# One column is the hardest, so every published figure is tried there in both languages; English
# words are the longest on two columns, Chinese ones the widest on a slide.
SHEETS = [
    *product(PUBLISHED, [("journal-single", "en"), ("journal-single", "zh")]),
    *product(PUBLISHED, [("journal-double", "en"), ("slide", "zh")]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "sheet"), SHEETS, ids=lambda part: "-".join(np.atleast_1d(part)))
def test_every_figure_fits_every_page_or_says_which_it_needs(name, sheet):
    page, lang = sheet
    least = check_page(name, lang, page)
    assert least >= (8 if page.startswith("journal") else 10)


def test_type_on_a_slide_is_large():
    figure = drawn("tiers", "en", PAGES["slide"])
    sizes = {size for words, _, size in texts_of(figure, PAGES["slide"]) if "·" not in words}
    assert min(sizes) >= 14
    assert figure.get_size_inches()[0] == pytest.approx(10)


@pytest.mark.parametrize(("name", "lang"), MANY)
def test_the_house_style_gives_the_bytes_of_the_run(name, lang, tmp_path):
    exhibit, data = CASES[name]
    data = as_recorded(data)
    shown = shown_figure(exhibit, data, LABELS, colophon(exhibit), lang, tmp_path)
    frame = read_frame(tmp_path / "exhibits" / f"{exhibit.id}.csv")
    recorded = RecordedExhibit(exhibit, frame, colophon(exhibit))
    again = restyled_figure(recorded, LABELS, lang, named_style(HOUSE), ("png", "svg", "pdf"))
    for ending in ("png", "svg", "pdf", "txt"):
        written = tmp_path / lang / "figures" / f"{exhibit.id}.{ending}"
        assert again.files[ending] == written.read_bytes()
    assert shown.rendered.alt.encode() + b"\n" == again.files["txt"]


@pytest.mark.parametrize("lang", LANGS)
def test_a_table_written_again_has_the_bytes_of_the_run(lang, tmp_path):
    exhibit = table_plan()
    data = as_recorded(table_frame())
    shown = shown_table(exhibit, data, LABELS, colophon(exhibit), lang, tmp_path)
    frame = read_frame(tmp_path / "exhibits" / f"{exhibit.id}.csv")
    recorded = RecordedExhibit(exhibit, frame, colophon(exhibit))
    again = restyled_table(recorded, LABELS, lang, ("html", "csv"))
    assert again.files["html"].decode() == shown.html
    assert again.files["csv"] == (tmp_path / "exhibits" / f"{exhibit.id}.csv").read_bytes()


def restyled(style, formats, name="standin", lang="zh"):
    exhibit, data = CASES[name]
    recorded = RecordedExhibit(exhibit, data, colophon(exhibit))
    return restyled_figure(recorded, LABELS, lang, style, formats).files


@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_pictures_have_the_width_and_resolution_that_were_asked_for(ending):
    style = replace(named_style("journal"), width=points_of("85mm"), dpi=600)
    with Image.open(io.BytesIO(restyled(style, (ending,))[ending])) as picture:
        assert picture.width == pytest.approx(85 / 25.4 * 600, abs=1)
        assert [float(d) for d in picture.info["dpi"]] == pytest.approx([600, 600], abs=0.1)


@pytest.mark.parametrize(
    ("style", "mode"),
    [
        (replace(named_style("journal"), dpi=100), "L"),
        (replace(named_style("journal"), dpi=100, series=("#7a1f1f",)), "RGB"),
        (replace(named_style("screen"), dpi=100), "RGB"),
    ],
)
def test_a_tiff_has_no_transparency_and_is_grey_where_the_style_is(style, mode):
    files = restyled(style, ("tiff", "png"), name="tiers")
    with Image.open(io.BytesIO(files["tiff"])) as picture:
        assert (picture.mode, picture.getpixel((1, 1))) in ((mode, 255), (mode, (255,) * 3))
        printed = np.asarray(picture.convert("L"), dtype=int)
    with Image.open(io.BytesIO(files["png"])) as picture:
        assert np.abs(printed - np.asarray(picture.convert("L"), dtype=int)).max() <= 1


def test_a_journal_pdf_has_its_width_and_a_truetype_font():
    content = restyled(named_style("journal"), ("pdf",))["pdf"]
    box = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+) ", content)
    assert float(box[1]) == pytest.approx(85 / 25.4 * 72, abs=0.01)
    streams = [
        zlib.decompressobj().decompress(s)
        for s in re.findall(rb"stream\n(x.*?)endstream", content, re.DOTALL)
    ]
    everything = content + b"".join(streams)
    assert b"/Subtype /CIDFontType2" in everything
    assert b"/FontFile2" in everything
    assert b"/Type3" not in everything
    assert content == restyled(named_style("journal"), ("pdf",))["pdf"]


def test_what_is_beside_a_figure_tells_how_it_was_made():
    import json

    told = json.loads(restyled(replace(named_style("journal"), dpi=300), ("svg",))["json"])
    exhibit, _ = CASES["standin"]
    assert told["data"] == dict(colophon(exhibit).data)
    assert (told["style"], told["width_mm"], told["dpi"], told["lang"]) == (
        "journal",
        85,
        300,
        "zh",
    )


@pytest.mark.parametrize("style", house_styles())
@pytest.mark.parametrize("lang", LANGS)
def test_every_style_shows_the_evidence_and_the_data_it_came_from(style, lang):
    words = {
        text
        for text, *_ in texts_of(drawn("standin", lang, named_style(style)), named_style(style))
    }
    mark = {
        "en": "Simulated data: pipeline check, not evidence",
        "zh": "模拟数据：仅检验流程，不作证据",
    }
    assert mark[lang] in words
    assert "incidents 3f9a3f9a" in "".join(words)


def test_title_note_and_colophon_can_be_left_to_the_journal():
    bare = named_style("journal").without("title", "note", "colophon")
    exhibit, _ = CASES["tiers"]
    said = " ".join(text for text, *_ in texts_of(drawn("tiers", "en", bare), bare))
    assert exhibit.title["en"] not in said.replace("\n", " ")
    assert exhibit.title["en"].rsplit(" ", 1)[-1] not in said
    assert "3f9a" not in said
    assert "Observed evidence" in said
    with pytest.raises(UserError, match=r"unknown part of a figure 'titel'.*did you mean title"):
        bare.without("titel")


def test_another_style_leaves_no_trace():
    before = active()
    drawn("tiers", "en", PAGES["slide"])
    assert active() is before
    with pytest.raises(RuntimeError), using(PAGES["slide"]):
        raise RuntimeError
    assert active() is before


def palette(style: Style) -> list[str]:
    fills = (*style.evidence.values(), *style.meanings.values(), *style.marks.values())
    return sorted({fill.colour for fill in (*fills, *style.parts)})


def contrast(a, b):
    dark, light = sorted((lightness(a), lightness(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", house_styles())
def test_text_stands_out_from_its_ground(style):
    for ink in (INK, SOFT_INK, FAINT_INK):
        assert contrast(ink, "#ffffff") >= TEXT_CONTRAST
    for fill in named_style(style).evidence.values():
        assert contrast("#ffffff", fill.colour) >= TEXT_CONTRAST
    for ground in palette(named_style(style)):
        assert contrast(ink_on(ground), ground) >= TEXT_CONTRAST


def test_lines_and_groups_of_a_journal_stand_out_from_the_paper():
    for colour in named_style("journal").series:
        assert contrast(colour, "#ffffff") >= MARK_CONTRAST


def linear(colour):
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE 1976 L*a*b* of linear RGB."""
    ratio = XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * 841 / 108 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(a, b, matrix=None):
    """Difference of two colours as they are seen, through a simulation of colour blindness."""
    seen = np.eye(3) if matrix is None else np.array(matrix)
    return float(np.linalg.norm(lab(seen @ linear(a)) - lab(seen @ linear(b))))


def test_the_difference_of_black_and_white_is_a_hundred():
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.01)
    red, green = "#c00000", "#006400"
    assert distance(red, green, BLIND["deuteranopia"]) < 0.35 * distance(red, green)


@pytest.mark.parametrize("style", house_styles())
def test_series_differ_without_any_colour(style):
    with using(named_style(style)):
        made = list(inks([f"s{i}" for i in range(8)]).values())
    for a, b in combinations(made, 2):
        assert a.marker != b.marker
        assert a.dash != b.dash
    assert len(set(MARKERS)) == len(set(DASHES)) == len(made)


@pytest.mark.parametrize("kind", [None, *BLIND])
@pytest.mark.parametrize(
    "codes",
    [
        ("province", "prefecture", "county", "township", "community"),
        ("rank_bureau", "rank_county", "rank_section", "ordinary_cadre"),
        ("basic_duties", "cooperative_duties", "taken_back_duties"),
        tuple(f"part{i}" for i in range(6)),
    ],
    ids=["tiers", "ranks", "duties", "parts"],
)
@pytest.mark.parametrize("style", house_styles())
def test_neighbouring_parts_differ_for_every_eye(style, codes, kind):
    with using(named_style(style)):
        fills = list(part_fills(codes).values())
    for a, b in pairwise(fills):
        assert a.hatch != b.hatch or distance(a.colour, b.colour, BLIND.get(kind)) >= APART


@pytest.mark.parametrize("kind", [None, *BLIND])
@pytest.mark.parametrize("style", house_styles())
def test_the_first_four_parts_differ_in_pairs_for_every_eye(style, kind):
    with using(named_style(style)):
        fills = list(part_fills([f"part{i}" for i in range(4)]).values())
    for a, b in combinations(fills, 2):
        assert a.hatch != b.hatch or distance(a.colour, b.colour, BLIND.get(kind)) >= APART


def test_a_journal_has_greys_only_and_parts_that_stay_apart_in_print():
    style = named_style("journal")
    for colour in [*palette(style), *style.series]:
        assert len(set(to_rgb(colour))) == 1
    for a, b in combinations(style.parts, 2):
        assert a.hatch != b.hatch or abs(lab(linear(a.colour))[0] - lab(linear(b.colour))[0]) > 8


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", [*PUBLISHED, *CASES])
def test_the_alternative_text_begins_with_what_the_data_show(name, lang):
    exhibit, data, labels, _ = case(name)
    sentences = describe(data, exhibit, labels, lang).split({"en": ". ", "zh": "。"}[lang])
    if "stand-in" in exhibit.evidence:
        assert sentences.pop(0).startswith({"en": "Simulated data", "zh": "模拟数据"}[lang])
    assert re.search(r"\d", sentences[0])
    assert exhibit.alt[lang].rstrip(".。") not in sentences[0]
    assert any(exhibit.alt[lang].rstrip(".。") in sentence for sentence in sentences[1:])


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_an_author_changes_every_figure_with_one_file(tmp_path):
    own = write(
        tmp_path / "house.yml",
        "base: slide\nwidth: 160mm\nsizes: {title: 15}\nmeanings: {new_code: '#123456 //'}\n"
        "marks: {single: '#800000'}\nshow: {note: true}\n",
    )
    style = read_style(own)
    assert (style.name, style.note, style.magnification) == ("house", True, 1.8)
    assert style.width == pytest.approx(160 / 25.4 * 72)
    assert (style.sizes["title"], style.sizes["text"]) == (15, 9)
    assert style.meanings["new_code"].hatch == "//"
    assert style.meanings["county"] == named_style("screen").meanings["county"]
    with using(style):
        assert part_fills(["new_code"])["new_code"].colour == "#123456"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wdth: 85mm\n", "1: unknown key 'wdth' in the file; did you mean 'width'?"),
        ("base: screen\nwidth: 85\n", "2, value 85: 'width' is not a text"),
        ("width: 85 furlongs\n", "1, value '85 furlongs': this is no width"),
        ("width: 3mm\n", "no figure has this width, only 40 mm to 1000 mm"),
        ("base: jurnal\n", "1: no style 'jurnal'; use one of journal, screen, slide"),
        ("sizes: {text: 90}\n", "'sizes.text' can't be this; give a number from 4 to 24"),
        ("sizes: {txt: 9}\n", "unknown key 'txt' in 'sizes'; did you mean 'text'?"),
        ("show: {title: maybe}\n", "'show.title' is not true or false"),
        ("show: {colophon: some}\n", "write one of: full, short, none"),
        ("parts: [red]\n", "1, value 'red': this is no colour"),
        ("parts: []\n", "'parts' is empty"),
        ("shades: Blus\n", "matplotlib has no such colour map"),
        ("marks: {singel: '#000000'}\n", "did you mean 'single'?"),
        ("dpi: true\n", "'dpi' can't be this"),
        ("pdf_font: type3\n", "write one of: outlines, truetype"),
    ],
)
def test_a_wrong_style_is_refused_with_its_line(text, said, tmp_path):
    with pytest.raises(UserError) as caught:
        read_style(write(tmp_path / "my.yml", text))
    assert said in str(caught.value)


def test_an_unknown_style_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(UserError, match="unknown style 'journl'; did you mean journal"):
        find_style("journl", tmp_path)
    with pytest.raises(UserError, match="no such file"):
        find_style(str(tmp_path / "none.yml"), tmp_path)


def test_an_own_style_in_the_plan_is_the_default(tmp_path):
    assert find_style(None, tmp_path).name == "screen"
    (tmp_path / "notebooks" / "plan").mkdir(parents=True)
    write(tmp_path / "notebooks" / "plan" / "style.yml", "base: journal\n")
    assert find_style(None, tmp_path).dpi == 600
    assert find_style("screen", tmp_path).dpi == 200


@pytest.mark.parametrize(
    ("length", "points"), [("85mm", 240.94), ("8.5 cm", 240.94), ("3in", 216), ("single", 240.94)]
)
def test_lengths_are_read(length, points):
    assert points_of(length) == pytest.approx(points, abs=0.01)


@pytest.mark.parametrize("length", ["", "85", "-85mm", "85 m", "1e3mm", "2mm", "wide"])
def test_what_is_no_width_is_refused(length):
    with pytest.raises(UserError, match="width"):
        points_of(length)
