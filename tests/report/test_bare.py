"""Figures in a report have no title, note or frame of their own: the report sets these."""

import io

from PIL import Image

from compendium.exhibits.restyle import restyled_figure
from compendium.exhibits.style_file import HOUSE, named_style
from compendium.report.bare import AIR, SIDE, bare_png, bare_svg, box_of

SVG = '<svg width="504pt" height="300pt" viewBox="0 0 504 300"><g id="body-60.0-250.0"></g></svg>'


def test_the_body_is_cut_out_where_the_drawing_says(tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(SVG, encoding="utf-8")
    box = box_of(SVG)
    assert (box.top, box.height) == (60 - AIR, 190 + 2 * AIR)
    assert (box.left, box.width) == (SIDE, 504 - 2 * SIDE)
    assert f'viewBox="{SIDE:g} 57 492 196"' in bare_svg(path).decode()
    Image.new("RGB", (1008, 600), "white").save(tmp_path / "a.png")
    cut = Image.open(io.BytesIO(bare_png(tmp_path / "a.png", path)))
    assert cut.size == (984, 392)


def test_a_picture_that_does_not_say_stays_whole(tmp_path):
    path = tmp_path / "a.svg"
    path.write_text("<svg/>", encoding="utf-8")
    assert bare_svg(path) == b"<svg/>"


def test_a_drawn_figure_says_where_its_body_is(contents):
    one = contents["en"]
    part = one.exhibits["fig-tiers"]
    labels = one.vocabulary.labels(part.recorded.exhibit.notebook)
    drawn = restyled_figure(part.recorded, labels, "en", named_style(HOUSE), ["svg"])
    box = box_of(drawn.files["svg"].decode())
    assert box.page == 504
    assert 0 < box.top < box.top + box.height < 504
